//! Putting schedules in place and taking them away.
//!
//! Never found here: when they fire.

use super::job::{self, job_now};
use super::submit;
use crate::fault::{backend, fault};
use crate::id::{self, GlobalId};
use crate::job::Job;
use crate::scalar::{Json, Millis};
use crate::schedule::{Missed, Overlap, Schedule};
use crate::user_error::UserError;
use async_graphql::{Context, Error, ID, InputObject, Object, SimpleObject};
use jobs::command::{Body, Fresh};
use jobs::ids::ScheduleId;
use jobs::schedule::{self as rule, ScheduleSpec};
use jobs::selector::Selector;
use std::sync::Arc;

const FRESH_PER_CHANGE: usize = 4;

/// What a schedule is made of.
#[derive(InputObject, Clone, Debug)]
pub struct CreateScheduleInput {
    /// What it is called.
    name: String,
    /// The template of its jobs.
    template: String,
    /// The parameters of its jobs, as a JSON object.
    parameters: Option<Json>,
    /// The hosts, as a selector; otherwise the template's.
    targets: Option<String>,
    /// When, as a cron expression: `30 2 * * TUE#2`.
    cron: String,
    /// The time zone it is meant in, by its IANA name; otherwise UTC.
    zone: Option<String>,
    /// What is done about moments at which no server was running; otherwise the latest of them fires.
    missed: Option<Missed>,
    /// How many missed moments fire at most, where all do; otherwise 10.
    missed_max: Option<u32>,
    /// What is done when the job before has not ended; otherwise the moment is skipped.
    overlap: Option<Overlap>,
    /// How late a job may still be created.
    deadline: Option<Millis>,
    /// Whether its moments are skipped for now.
    paused: Option<bool>,
}

/// Which schedule, and what it is made of from now on: all of it, also what stays as it was.
#[derive(InputObject, Clone, Debug)]
pub struct UpdateScheduleInput {
    /// Its id.
    schedule: ID,
    /// What it is called.
    name: String,
    /// The template of its jobs.
    template: String,
    /// The parameters of its jobs, as a JSON object.
    parameters: Option<Json>,
    /// The hosts, as a selector; otherwise the template's.
    targets: Option<String>,
    /// When, as a cron expression: `30 2 * * TUE#2`.
    cron: String,
    /// The time zone it is meant in, by its IANA name; otherwise UTC.
    zone: Option<String>,
    /// What is done about moments at which no server was running; otherwise the latest of them fires.
    missed: Option<Missed>,
    /// How many missed moments fire at most, where all do; otherwise 10.
    missed_max: Option<u32>,
    /// What is done when the job before has not ended; otherwise the moment is skipped.
    overlap: Option<Overlap>,
    /// How late a job may still be created.
    deadline: Option<Millis>,
    /// The version of the schedule that this was made from. Where it was changed since, nothing is done: `CONFLICT`.
    base_version: Option<u32>,
    /// Why, for the log.
    reason: Option<String>,
}

/// Which schedule, and why.
#[derive(InputObject, Clone, Debug)]
pub struct ScheduleReasonInput {
    /// Its id.
    schedule: ID,
    /// Why, for the log.
    reason: Option<String>,
}

/// Which schedule.
#[derive(InputObject, Clone, Debug)]
pub struct RunScheduleNowInput {
    /// Its id.
    schedule: ID,
    /// Chosen by the asker. The same key again creates no second job, and answers with the first one.
    idempotency_key: Option<String>,
}

/// Which schedule.
#[derive(InputObject, Clone, Debug)]
pub struct DeleteScheduleInput {
    /// Its id.
    schedule: ID,
    /// Why, for the log.
    reason: Option<String>,
}

/// A schedule that was put in place, or why not.
#[derive(SimpleObject, Clone, Debug)]
pub struct CreateSchedulePayload {
    /// The schedule.
    schedule: Option<Schedule>,
    /// Why not.
    user_errors: Vec<UserError>,
}

/// A schedule after something was asked of it, or why that was not done.
#[derive(SimpleObject, Clone, Debug)]
pub struct SchedulePayload {
    /// The schedule as it is now; null where there is no such schedule.
    schedule: Option<Schedule>,
    /// Why it was not done.
    user_errors: Vec<UserError>,
}

/// The job that was created, or why not.
#[derive(SimpleObject, Clone)]
pub struct RunScheduleNowPayload {
    /// The job.
    job: Option<Job>,
    /// Why not.
    user_errors: Vec<UserError>,
}

/// A schedule that was taken away, or why not.
#[derive(SimpleObject, Clone, Debug)]
pub struct DeleteSchedulePayload {
    /// The id it had.
    deleted: Option<ID>,
    /// Why not.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub struct ScheduleMutation;

#[Object]
impl ScheduleMutation {
    /// Puts a schedule in place.
    async fn create_schedule(
        &self,
        ctx: &Context<'_>,
        input: CreateScheduleInput,
    ) -> Result<CreateSchedulePayload, Error> {
        let refused = |error| Ok(CreateSchedulePayload { schedule: None, user_errors: vec![error] });
        let spec = match input.read() {
            Ok(spec) => Arc::new(spec),
            Err(error) => return refused(error),
        };
        let backend = backend(ctx)?;
        let id = ScheduleId(backend.fresh_id());
        match submit(ctx, Body::CreateSchedule { schedule: id, spec }, None).await? {
            Ok(_) => {
                let schedule = Schedule::find(&**backend, id).await.map_err(fault)?;
                Ok(CreateSchedulePayload { schedule, user_errors: Vec::new() })
            }
            Err(error) => refused(error),
        }
    }

    /// Makes a schedule of something else, from now on. Its id, its jobs and its history stay; so does whether it is paused.
    /// Moments that are due already are answered by what it was made of until now.
    async fn update_schedule(&self, ctx: &Context<'_>, input: UpdateScheduleInput) -> Result<SchedulePayload, Error> {
        let UpdateScheduleInput { schedule, reason, base_version: base, .. } = input.clone();
        let spec = match input.read() {
            Ok(spec) => Arc::new(spec),
            Err(error) => return Ok(SchedulePayload { schedule: None, user_errors: vec![error] }),
        };
        let (reason, fresh) = (reason.unwrap_or_default().into(), fresh(ctx)?);
        change(ctx, &schedule, |schedule| Body::UpdateSchedule { schedule, spec, base, reason, fresh }).await
    }

    /// Skips the moments of a schedule from now on. Each of them is noted as skipped; its jobs are not touched, and a
    /// moment that waits already still creates its job.
    async fn pause_schedule(&self, ctx: &Context<'_>, input: ScheduleReasonInput) -> Result<SchedulePayload, Error> {
        let (reason, fresh) = (input.reason.unwrap_or_default().into(), fresh(ctx)?);
        change(ctx, &input.schedule, |schedule| Body::PauseSchedule { schedule, reason, fresh }).await
    }

    /// Creates jobs at the moments of a paused schedule again. What was skipped meanwhile stays skipped.
    async fn resume_schedule(&self, ctx: &Context<'_>, input: ScheduleReasonInput) -> Result<SchedulePayload, Error> {
        let (reason, fresh) = (input.reason.unwrap_or_default().into(), fresh(ctx)?);
        change(ctx, &input.schedule, |schedule| Body::ResumeSchedule { schedule, reason, fresh }).await
    }

    /// Creates and starts the job a schedule would create, now. It is the asker's job: the schedule neither waits for it
    /// nor skips a moment because of it. Hosts that another job has are deferred, as in every job.
    async fn run_schedule_now(
        &self,
        ctx: &Context<'_>,
        input: RunScheduleNowInput,
    ) -> Result<RunScheduleNowPayload, Error> {
        let refused = |error| Ok(RunScheduleNowPayload { job: None, user_errors: vec![error] });
        let schedule = match id::schedule(&input.schedule) {
            Ok(id) => id,
            Err(error) => return refused(UserError::id("schedule", &error)),
        };
        let fresh = backend(ctx)?.fresh_job();
        match submit(ctx, Body::RunSchedule { schedule, fresh }, input.idempotency_key).await? {
            Ok(accepted) => {
                let job = job_now(ctx, accepted.job.unwrap_or(fresh.job)).await?;
                Ok(RunScheduleNowPayload { job, user_errors: Vec::new() })
            }
            Err(error) => refused(error),
        }
    }

    /// Takes a schedule away. Its jobs are not touched.
    async fn delete_schedule(
        &self,
        ctx: &Context<'_>,
        input: DeleteScheduleInput,
    ) -> Result<DeleteSchedulePayload, Error> {
        let refused = |error| Ok(DeleteSchedulePayload { deleted: None, user_errors: vec![error] });
        let schedule = match id::schedule(&input.schedule) {
            Ok(id) => id,
            Err(error) => return refused(UserError::id("schedule", &error)),
        };
        let reason = input.reason.unwrap_or_default().into();
        match submit(ctx, Body::DeleteSchedule { schedule, reason }, None).await? {
            Ok(_) => {
                let deleted = Some(GlobalId::Schedule(schedule).into());
                Ok(DeleteSchedulePayload { deleted, user_errors: Vec::new() })
            }
            Err(error) => refused(error),
        }
    }
}

/// Asks something of a schedule, and shows it as it is afterwards.
async fn change(
    ctx: &Context<'_>,
    schedule: &ID,
    body: impl FnOnce(ScheduleId) -> Body,
) -> Result<SchedulePayload, Error> {
    let id = match id::schedule(schedule) {
        Ok(id) => id,
        Err(error) => {
            return Ok(SchedulePayload { schedule: None, user_errors: vec![UserError::id("schedule", &error)] });
        }
    };
    let answer = submit(ctx, body(id), None).await?;
    let schedule = Schedule::find(&**backend(ctx)?, id).await.map_err(fault)?;
    Ok(SchedulePayload { schedule, user_errors: answer.err().into_iter().collect() })
}

/// Ids for jobs of moments that are due when a schedule is changed; hardly ever is one needed.
fn fresh(ctx: &Context<'_>) -> Result<Vec<Fresh>, Error> {
    let backend = backend(ctx)?;
    Ok((0..FRESH_PER_CHANGE).map(|_| backend.fresh_job()).collect())
}

impl CreateScheduleInput {
    fn read(self) -> Result<ScheduleSpec, UserError> {
        let targets = self.targets.as_deref().map(Selector::parse).transpose();
        Ok(ScheduleSpec {
            name: self.name,
            template: self.template.into(),
            parameters: job::values(self.parameters)?,
            targets: targets.map_err(|error| UserError::selector("targets", &error))?,
            cron: self.cron,
            zone: self.zone.unwrap_or_else(|| "UTC".to_owned()),
            missed: match self.missed.unwrap_or(Missed::Once) {
                Missed::Skip => rule::Missed::Skip,
                Missed::Once => rule::Missed::Once,
                Missed::All => rule::Missed::All { max: self.missed_max.unwrap_or(10) },
            },
            deadline: self.deadline.map(|deadline| deadline.0),
            overlap: self.overlap.map(Into::into).unwrap_or_default(),
            paused: self.paused.unwrap_or(false),
        })
    }
}

impl UpdateScheduleInput {
    fn read(self) -> Result<ScheduleSpec, UserError> {
        let UpdateScheduleInput {
            name,
            template,
            parameters,
            targets,
            cron,
            zone,
            missed,
            missed_max,
            overlap,
            deadline,
            ..
        } = self;
        let all = CreateScheduleInput {
            name,
            template,
            parameters,
            targets,
            cron,
            zone,
            missed,
            missed_max,
            overlap,
            deadline,
            paused: None,
        };
        all.read()
    }
}
