//! A batch of a job as it stands.
//!
//! Never found here: when a batch opens or passes.

use crate::counts::Counts;
use crate::definition::Stage;
use crate::mutation::asking;
use crate::plan::gate_text;
use crate::scalar::{DateTime, Millis};
use async_graphql::{ComplexObject, Context, Enum, Error, SimpleObject};
use jobs::explain;
use jobs::ids::BatchIndex;
use jobs::job as live;
use jobs::template::Approval;
use std::sync::Arc;

/// A batch: hosts with a barrier at its end.
#[derive(SimpleObject, Clone, Debug, PartialEq, Eq)]
#[graphql(complex)]
pub struct Batch {
    /// As people count: the canary is 1. Batches made for retries come after those of the plan.
    pub number: u32,
    /// What it was made for.
    kind: BatchKind,
    /// Where it is.
    status: BatchStatus,
    /// Whether it is the first of the plan.
    canary: bool,
    /// How many hosts it was made with; thresholds are shares of this.
    size: u32,
    /// The index of its first host in the plan; null for batches made for retries.
    first: Option<u32>,
    /// Its hosts by status and outcome.
    counts: Counts,
    /// How many of its hosts are not admitted yet.
    not_admitted: u32,
    /// The stage that made it; null for batches made for retries.
    stage: Option<Stage>,
    /// How long it is watched when its hosts are settled.
    bake: Millis,
    /// Until when it is being watched; only while baking.
    bake_until: Option<DateTime>,
    /// Whether a person has to agree before the next batch opens.
    approve: bool,
    /// Until when that question stands; only while awaiting approval.
    approval_until: Option<DateTime>,
    /// When it was opened.
    opened_at: Option<DateTime>,
    /// When its gate let the next one through.
    passed_at: Option<DateTime>,
    /// The failed host at which it stops: 6 where at most 5 may fail. Null where no number of failures within the batch
    /// alone stops it.
    stops_at: Option<u32>,
    /// That in words: `stops at the 6th failure`.
    gate: String,
    /// What is asked after it, and who created the job.
    #[graphql(skip)]
    approval: Option<(Approval, Arc<str>)>,
}

#[ComplexObject]
impl Batch {
    /// Why the asker may not approve what follows it, whenever that is asked; null where they may, or nothing is asked.
    async fn why_not_approver(&self, ctx: &Context<'_>) -> Result<Option<NotApprover>, Error> {
        let Some((approval, requester)) = &self.approval else { return Ok(None) };
        Ok(approval.refuses(&asking(ctx)?.actor.0, requester).map(NotApprover::from))
    }
}

/// Why somebody may not approve.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "jobs::template::NotApprover")]
pub enum NotApprover {
    /// Another access token has to: the one of the stage.
    OtherToken,
    /// They created the job.
    Requester,
}

/// What a batch was made for.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum BatchKind {
    /// A batch of the plan.
    Planned,
    /// The first host of a retry.
    RetryCanary,
    /// The other hosts of a retry.
    Retry,
}

/// Where a batch is.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum BatchStatus {
    /// It was not opened yet.
    Waiting,
    /// Its hosts are admitted.
    Open,
    /// Its hosts are settled, and it is watched.
    Baking,
    /// It was watched long enough; it goes on with approval, or passes.
    Baked,
    /// A person has to agree.
    AwaitingApproval,
    /// A person agreed.
    Approved,
    /// The next one may open.
    Passed,
    /// The job ended before this batch was through.
    Closed,
}

impl From<live::BatchStatus> for BatchStatus {
    fn from(status: live::BatchStatus) -> BatchStatus {
        match status {
            live::BatchStatus::Waiting => BatchStatus::Waiting,
            live::BatchStatus::Open => BatchStatus::Open,
            live::BatchStatus::Baking(_) => BatchStatus::Baking,
            live::BatchStatus::Baked => BatchStatus::Baked,
            live::BatchStatus::AwaitingApproval(_) => BatchStatus::AwaitingApproval,
            live::BatchStatus::Approved => BatchStatus::Approved,
            live::BatchStatus::Passed => BatchStatus::Passed,
            live::BatchStatus::Closed => BatchStatus::Closed,
        }
    }
}

impl Batch {
    /// One batch of a job.
    pub fn of(job: &live::Job, index: BatchIndex, batch: &live::Batch) -> Batch {
        let (bake_until, approval_until) = match batch.status {
            live::BatchStatus::Baking(until) => (Some(until), None),
            live::BatchStatus::AwaitingApproval(until) => (None, until),
            _ => (None, None),
        };
        let planned = job.plan.batches.get(index.at());
        let stage = job.plan.stage_of(index);
        Batch {
            number: index.number(),
            kind: kind(batch.kind),
            status: batch.status.into(),
            canary: index.0 == 0,
            size: planned.map_or_else(|| batch.tally.hosts(), |planned| planned.size),
            first: planned.map(|planned| planned.first),
            counts: Counts::from(&batch.tally),
            not_admitted: batch.waiting.len() as u32,
            stage: stage.map(Stage::from),
            bake: Millis(stage.map_or(jobs::time::Duration::ZERO, |stage| stage.bake)),
            bake_until: bake_until.map(DateTime),
            approve: stage.is_some_and(|stage| stage.approve.is_some()),
            approval_until: approval_until.map(DateTime),
            opened_at: batch.opened_at.map(DateTime),
            passed_at: batch.passed_at.map(DateTime),
            stops_at: explain::stops_at(job, index),
            gate: gate_text(explain::stops_at(job, index)),
            approval: job.approval_after(index).map(|approval| (approval, job.requested_by.clone())),
        }
    }
}

fn kind(kind: live::BatchKind) -> BatchKind {
    match kind {
        live::BatchKind::Planned { .. } => BatchKind::Planned,
        live::BatchKind::RetryCanary => BatchKind::RetryCanary,
        live::BatchKind::Retry => BatchKind::Retry,
    }
}
