//! Creating jobs, and what a person does to a job as a whole.
//!
//! Never found here: what a person does about single hosts (`people`).

use super::policy::PolicyInput;
use super::{offer, submit};
use crate::backend::read_job;
use crate::fault::{backend, fault};
use crate::id;
use crate::job::Job;
use crate::scalar::Json;
use crate::user_error::UserError;
use async_graphql::{Context, Error, ID, InputObject, Object, SimpleObject};
use jobs::command::{Body, CreateJob};
use jobs::ids::JobId;
use jobs::parameter::Values;
use jobs::selector::Selector;
use serde_json::Value;
use std::sync::Arc;

/// What a job is created from.
#[derive(InputObject, Clone, Debug)]
pub struct CreateJobInput {
    /// The template's name.
    pub template: String,
    /// Its parameters, as a JSON object.
    pub parameters: Option<Json>,
    /// The hosts, as a selector; otherwise the template's.
    pub targets: Option<String>,
    /// What the job says itself about batches, concurrency and gates; otherwise the template's.
    pub policy: Option<PolicyInput>,
    /// Whether it starts at once; otherwise it waits for `startJob`.
    pub start: Option<bool>,
    /// The seed of a plan that was previewed: with the same hosts it gives the same plan.
    pub seed: Option<String>,
    /// The hash of a plan that was previewed: the job is created with that plan or not at all (`CONFLICT`).
    pub plan_hash: Option<String>,
    /// The version of the template that was looked at. Where it is another one by now, no job is created: `CONFLICT`. It
    /// says what a plan's hash does not: gates, concurrency, steps.
    pub template_version: Option<u32>,
    /// Sent again with the same key by the same actor, the job of the first time is returned and none is created.
    pub idempotency_key: Option<String>,
}

/// A job that was created, or why not.
#[derive(SimpleObject, Clone)]
pub struct CreateJobPayload {
    /// The job.
    job: Option<Job>,
    /// Whether the idempotency key was seen before, so that no job was created now.
    duplicate: bool,
    /// Why not.
    user_errors: Vec<UserError>,
}

/// Which job.
#[derive(InputObject, Clone, Debug)]
pub struct JobInput {
    /// The job's id.
    job: ID,
}

/// Which job, and why.
#[derive(InputObject, Clone, Debug)]
pub struct JobReasonInput {
    /// The job's id.
    job: ID,
    /// Why, for the log.
    reason: Option<String>,
}

/// A job after something was asked of it, or why that was not done.
#[derive(SimpleObject, Clone)]
pub struct JobPayload {
    /// The job as it is now; null where there is no such job.
    job: Option<Job>,
    /// Why it was not done.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub struct JobMutation;

#[Object]
impl JobMutation {
    /// Creates a job: chooses the hosts and seals the plan.
    async fn create_job(&self, ctx: &Context<'_>, input: CreateJobInput) -> Result<CreateJobPayload, Error> {
        let key = input.idempotency_key.clone();
        let fresh = backend(ctx)?.fresh_job();
        let create = match input.read(fresh) {
            Ok(create) => create,
            Err(errors) => return Ok(CreateJobPayload { job: None, duplicate: false, user_errors: errors }),
        };
        let id = create.job;
        Ok(match offer(ctx, Body::CreateJob(Box::new(create)), key).await? {
            Ok(accepted) => CreateJobPayload {
                job: job_now(ctx, accepted.job.unwrap_or(id)).await?,
                duplicate: accepted.duplicate,
                user_errors: Vec::new(),
            },
            Err(rejection) => CreateJobPayload { job: None, duplicate: false, user_errors: UserError::all(rejection) },
        })
    }

    /// Begins to admit hosts.
    async fn start_job(&self, ctx: &Context<'_>, input: JobInput) -> Result<JobPayload, Error> {
        steer(ctx, &input.job, |job| Body::StartJob { job }).await
    }

    /// Admits nobody new; hosts in flight finish.
    async fn hold_job(&self, ctx: &Context<'_>, input: JobReasonInput) -> Result<JobPayload, Error> {
        let reason: Arc<str> = input.reason.unwrap_or_default().into();
        steer(ctx, &input.job, |job| Body::HoldJob { job, reason }).await
    }

    /// Admits hosts again. Failures there are by now count as seen: a threshold trips again at the next one.
    async fn resume_job(&self, ctx: &Context<'_>, input: JobReasonInput) -> Result<JobPayload, Error> {
        let reason: Arc<str> = input.reason.unwrap_or_default().into();
        steer(ctx, &input.job, |job| Body::ResumeJob { job, reason }).await
    }

    /// Stops hosts at their next safe point.
    async fn drain_job(&self, ctx: &Context<'_>, input: JobReasonInput) -> Result<JobPayload, Error> {
        let reason: Arc<str> = input.reason.unwrap_or_default().into();
        steer(ctx, &input.job, |job| Body::DrainJob { job, reason }).await
    }

    /// Stops hosts at their next safe point and ends the job.
    async fn cancel_job(&self, ctx: &Context<'_>, input: JobReasonInput) -> Result<JobPayload, Error> {
        let reason: Arc<str> = input.reason.unwrap_or_default().into();
        steer(ctx, &input.job, |job| Body::CancelJob { job, reason }).await
    }

    /// Signals running scripts, and ends the job.
    async fn kill_job(&self, ctx: &Context<'_>, input: JobReasonInput) -> Result<JobPayload, Error> {
        let reason: Arc<str> = input.reason.unwrap_or_default().into();
        steer(ctx, &input.job, |job| Body::KillJob { job, reason }).await
    }
}

impl CreateJobInput {
    /// A job of a template with nothing else said.
    pub fn of(template: String) -> CreateJobInput {
        CreateJobInput {
            template,
            parameters: None,
            targets: None,
            policy: None,
            start: None,
            seed: None,
            plan_hash: None,
            template_version: None,
            idempotency_key: None,
        }
    }

    /// Reads the texts in it. All that cannot be read is named.
    pub fn read(self, fresh: jobs::command::Fresh) -> Result<CreateJob, Vec<UserError>> {
        let mut errors = Vec::new();
        let targets = self.targets.as_deref().map(Selector::parse).transpose();
        let targets = noted(&mut errors, targets.map_err(|error| vec![UserError::selector("targets", &error)]));
        let seed = self.seed.as_deref().map(str::parse).transpose();
        let seed =
            noted(&mut errors, seed.map_err(|_| vec![UserError::invalid("seed", "the seed is no whole number", "")]));
        if self.plan_hash.is_some() && self.seed.is_none() {
            let hint = "a plan that was looked at has a seed: give that one, too";
            errors.push(UserError::invalid(
                "seed",
                "planHash says which plan is wanted, and the seed is missing",
                hint,
            ));
        }
        let parameters = noted(&mut errors, values(self.parameters).map_err(|error| vec![error]));
        let policy = noted(&mut errors, self.policy.map(PolicyInput::read).transpose());
        if !errors.is_empty() {
            return Err(errors);
        }
        Ok(CreateJob {
            job: fresh.job,
            seed: seed.unwrap_or(fresh.seed),
            template: self.template.into(),
            parameters,
            targets,
            start: self.start.unwrap_or(false),
            policy,
            plan_hash: self.plan_hash.map(Into::into),
            template_version: self.template_version,
            due: None,
        })
    }
}

/// What was read; nothing, and the errors noted, where it cannot be.
fn noted<T: Default>(errors: &mut Vec<UserError>, read: Result<T, Vec<UserError>>) -> T {
    read.unwrap_or_else(|found| {
        errors.extend(found);
        T::default()
    })
}

/// Parameters given as a JSON object.
pub fn values(given: Option<Json>) -> Result<Values, UserError> {
    match given.map(|json| json.0) {
        None | Some(Value::Null) => Ok(Values::new()),
        Some(Value::Object(values)) => Ok(values.into_iter().collect()),
        Some(other) => {
            let hint = "write them like {\"security_only\": true}";
            Err(UserError::invalid("parameters", format!("{other} is not an object of parameters by name"), hint))
        }
    }
}

/// Asks something of a job, and shows it as it is afterwards.
pub async fn steer(ctx: &Context<'_>, job: &ID, body: impl FnOnce(JobId) -> Body) -> Result<JobPayload, Error> {
    let id = match id::job(job) {
        Ok(id) => id,
        Err(error) => return Ok(JobPayload::refused(None, UserError::id("job", &error))),
    };
    let answer = submit(ctx, body(id), None).await?;
    let job = job_now(ctx, id).await?;
    Ok(match answer {
        Ok(_) => JobPayload { job, user_errors: Vec::new() },
        Err(error) => JobPayload::refused(job, error),
    })
}

/// A job as it is now.
pub async fn job_now(ctx: &Context<'_>, id: JobId) -> Result<Option<Job>, Error> {
    let backend = backend(ctx)?;
    let now = backend.now();
    read_job(&**backend, id, move |fleet, position| Job::find(fleet, id, position, now)).await.map_err(fault)
}

impl JobPayload {
    /// It was not done.
    pub fn refused(job: Option<Job>, error: UserError) -> JobPayload {
        JobPayload { job, user_errors: vec![error] }
    }
}
