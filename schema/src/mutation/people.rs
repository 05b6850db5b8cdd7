//! What a person does about batches and single hosts: approve, retry, accept, resolve.
//!
//! Never found here: what a person does to a job as a whole (`job`).

use super::job::{JobPayload, job_now, steer};
use crate::id;
use crate::index::index_of;
use crate::outcome::HostOutcome;
use crate::user_error::UserError;
use async_graphql::{Context, Enum, Error, ID, InputObject, Object};
use jobs::command::{Body, Which};
use jobs::ids::BatchIndex;
use std::sync::Arc;

/// Which batch, and which plan was looked at.
#[derive(InputObject, Clone, Debug)]
pub struct ApproveBatchInput {
    /// The job's id.
    job: ID,
    /// The number of the batch whose gate asks: the one after it opens.
    batch: u32,
    /// The hash of the plan that was looked at.
    plan_hash: String,
    /// Why, for the log.
    reason: Option<String>,
}

/// Which hosts of a job. Empty lists mean any.
#[derive(InputObject, Clone, Debug, Default)]
pub struct HostsInput {
    /// Hosts by name.
    hosts: Option<Vec<String>>,
    /// Hosts that ended in one of these ways.
    outcomes: Option<Vec<HostOutcome>>,
    /// Also hosts that were never started.
    not_started: Option<bool>,
    /// Hosts that failed with this error, as a failure cluster names it.
    error: Option<String>,
}

/// Which hosts are given another run, and from where.
#[derive(InputObject, Clone, Debug)]
pub struct RetryHostsInput {
    /// The job's id.
    job: ID,
    /// Which hosts; otherwise all that did not succeed.
    which: Option<HostsInput>,
    /// Where their workflow begins; otherwise at the failed step.
    from: Option<RetryFrom>,
    /// Why, for the log.
    reason: Option<String>,
}

/// Where a retried host's workflow begins.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "jobs::event::RetryFrom")]
pub enum RetryFrom {
    /// At the step that failed, where its action may be repeated; otherwise at the start.
    FailedStep,
    /// At the first step.
    Start,
}

/// Which hosts a person takes over, and why.
#[derive(InputObject, Clone, Debug)]
pub struct AcceptHostsInput {
    /// The job's id.
    job: ID,
    /// Which hosts; otherwise all that need a person.
    which: Option<HostsInput>,
    /// Why, for the log.
    reason: Option<String>,
}

/// What became of an attempt in doubt.
#[derive(InputObject, Clone, Debug)]
pub struct ResolveInDoubtInput {
    /// The job's id.
    job: ID,
    /// The host's name.
    host: String,
    /// What a person says.
    verdict: Verdict,
    /// How that is known, for the log.
    reason: Option<String>,
}

/// What a person says became of an attempt in doubt.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "jobs::event::Verdict")]
pub enum Verdict {
    /// It took effect: go on with the next step.
    Succeeded,
    /// It failed for good.
    Failed,
    /// Run it again.
    RunAgain,
}

#[derive(Default)]
pub struct PeopleMutation;

#[Object]
impl PeopleMutation {
    /// Agrees that the batch after one that asks may open.
    async fn approve_batch(&self, ctx: &Context<'_>, input: ApproveBatchInput) -> Result<JobPayload, Error> {
        let Some(batch) = input.batch.checked_sub(1).map(BatchIndex) else {
            let error = UserError::invalid("batch", "there is no batch 0", "the canary is batch 1");
            return Ok(JobPayload::refused(None, error));
        };
        let plan_hash: Arc<str> = input.plan_hash.into();
        let reason: Arc<str> = input.reason.unwrap_or_default().into();
        steer(ctx, &input.job, |job| Body::ApproveBatch { job, batch, plan_hash, reason }).await
    }

    /// Gives hosts that did not succeed another run, with a canary of one.
    async fn retry_hosts(&self, ctx: &Context<'_>, input: RetryHostsInput) -> Result<JobPayload, Error> {
        let which = input.which.unwrap_or_default().into();
        let from = input.from.map(Into::into).unwrap_or_default();
        let reason: Arc<str> = input.reason.unwrap_or_default().into();
        steer(ctx, &input.job, |job| Body::RetryHosts { job, which, from, reason }).await
    }

    /// Takes over hosts that are out of service or in doubt: they are somebody's business now, and the job can end.
    async fn accept_hosts(&self, ctx: &Context<'_>, input: AcceptHostsInput) -> Result<JobPayload, Error> {
        let which = input.which.unwrap_or_default().into();
        let reason: Arc<str> = input.reason.unwrap_or_default().into();
        steer(ctx, &input.job, |job| Body::AcceptHosts { job, which, reason }).await
    }

    /// Says what became of an attempt in doubt.
    async fn resolve_in_doubt(&self, ctx: &Context<'_>, input: ResolveInDoubtInput) -> Result<JobPayload, Error> {
        let id = match id::job(&input.job) {
            Ok(id) => id,
            Err(error) => return Ok(JobPayload::refused(None, UserError::id("job", &error))),
        };
        let Some(job) = job_now(ctx, id).await? else {
            let error =
                UserError::not_found("job", format!("there is no job {id}"), "`stagger job list` shows the jobs");
            return Ok(JobPayload::refused(None, error));
        };
        let Some(host) = index_of(ctx, &job.0.plan, &input.host)? else {
            let message = format!("host {} is not in the plan of job {id}", input.host);
            return Ok(JobPayload::refused(Some(job), UserError::not_found("host", message, "")));
        };
        let verdict = input.verdict.into();
        let reason: Arc<str> = input.reason.unwrap_or_default().into();
        steer(ctx, &input.job, |job| Body::ResolveInDoubt { job, host, verdict, reason }).await
    }
}

impl From<HostsInput> for Which {
    fn from(input: HostsInput) -> Which {
        Which {
            hosts: input.hosts.unwrap_or_default().into_iter().map(Into::into).collect(),
            outcomes: input.outcomes.unwrap_or_default().into_iter().map(Into::into).collect(),
            not_started: input.not_started.unwrap_or(false),
            error: input.error.map(Into::into),
        }
    }
}
