//! Events about a batch and its gate.

use super::job::with_job;
use crate::event::JobEvent;
use crate::fleet::{Deadline, Fleet};
use crate::ids::{BatchIndex, HostIndex, JobId};
use crate::job::{BatchStatus, Job, Track};
use crate::time::Timestamp;
use std::collections::VecDeque;

pub(super) fn apply(fleet: &mut Fleet, id: JobId, event: &JobEvent, at: Timestamp) {
    match event {
        JobEvent::BatchOpened(opened) => with_job(fleet, id, |job| open(job, opened.batch, at)),
        JobEvent::BakeStarted(bake) => set_status(fleet, id, bake.batch, BatchStatus::Baking(bake.until)),
        JobEvent::BakeFinished(bake) => set_status(fleet, id, bake.batch, BatchStatus::Baked),
        JobEvent::ApprovalAsked(asked) => {
            set_status(fleet, id, asked.batch, BatchStatus::AwaitingApproval(asked.expires));
        }
        JobEvent::ApprovalExpired(expired) => {
            set_status(fleet, id, expired.batch, BatchStatus::AwaitingApproval(None));
        }
        JobEvent::BatchApproved(approved) => set_status(fleet, id, approved.batch, BatchStatus::Approved),
        JobEvent::GatePassed(passed) => {
            set_status(fleet, id, passed.batch, BatchStatus::Passed);
            with_job(fleet, id, |job| pass(job, passed.batch, at));
        }
        JobEvent::GateHeld(_) => {}
        _ => unreachable!("only events about a batch are handed on to here"),
    }
}

/// Moves a batch to another status, and the deadlines with it.
pub(super) fn set_status(fleet: &mut Fleet, id: JobId, batch: BatchIndex, status: BatchStatus) {
    let Some(entry) = fleet.jobs.get_mut(&id).and_then(|job| job.batches.get_mut(batch.at())) else { return };
    let before = std::mem::replace(&mut entry.status, status);
    if let Some(deadline) = deadline_of(id, batch, before) {
        fleet.deadlines.remove(&deadline);
    }
    if let Some(deadline) = deadline_of(id, batch, status) {
        fleet.deadlines.insert(deadline);
    }
}

fn deadline_of(job: JobId, batch: BatchIndex, status: BatchStatus) -> Option<(Timestamp, Deadline)> {
    match status {
        BatchStatus::Baking(until) => Some((until, Deadline::Bake(job, batch))),
        BatchStatus::AwaitingApproval(expires) => Some((expires?, Deadline::Approval(job, batch))),
        BatchStatus::Waiting
        | BatchStatus::Open
        | BatchStatus::Baked
        | BatchStatus::Approved
        | BatchStatus::Passed
        | BatchStatus::Closed => None,
    }
}

/// Takes every host out of the queue of a batch.
pub(super) fn empty(fleet: &mut Fleet, id: JobId, batch: BatchIndex) -> VecDeque<HostIndex> {
    let batch = fleet.jobs.get_mut(&id).and_then(|job| job.batches.get_mut(batch.at()));
    batch.map(|batch| std::mem::take(&mut batch.waiting)).unwrap_or_default()
}

fn track_of(job: &mut Job, batch: BatchIndex) -> &mut Track {
    if batch.at() < job.plan.batches.len() { &mut job.rollout } else { &mut job.retries }
}

fn open(job: &mut Job, batch: BatchIndex, at: Timestamp) {
    let track = track_of(job, batch);
    track.next.retain(|next| *next != batch);
    track.current = Some(batch);
    if let Some(entry) = job.batches.get_mut(batch.at()) {
        entry.status = BatchStatus::Open;
        entry.opened_at = Some(at);
    }
}

fn pass(job: &mut Job, batch: BatchIndex, at: Timestamp) {
    let track = track_of(job, batch);
    if track.current == Some(batch) {
        track.current = None;
    }
    if let Some(entry) = job.batches.get_mut(batch.at()) {
        entry.passed_at = Some(at);
    }
}
