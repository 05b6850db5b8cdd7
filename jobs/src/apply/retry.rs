//! Events by which a person deals with hosts that did not succeed.

use super::host_run::{change_run, forget_failure, name_of};
use super::lease;
use crate::event::{HostsAccepted, HostsRetried, RetryFrom};
use crate::fleet::Fleet;
use crate::host_run::{Cursor, HostRun, StepResult, StepState};
use crate::ids::{BatchIndex, HostIndex, JobId, StepIndex};
use crate::job::{Batch, BatchKind, BatchStatus, Job};
use crate::outcome::{HostOutcome, HostStatus, JobStatus};
use crate::statistics::Tally;
use crate::time::Timestamp;

/// Retried hosts form two batches of their own: a canary of one, then the rest.
pub(super) fn retried(fleet: &mut Fleet, id: JobId, retried: &HostsRetried) {
    let Some((canary, rest)) = retried.hosts.split_first() else { return };
    new_batch(fleet, id, BatchKind::RetryCanary, &[*canary], retried.from);
    if !rest.is_empty() {
        new_batch(fleet, id, BatchKind::Retry, rest, retried.from);
    }
    let Some(job) = fleet.jobs.get_mut(&id) else { return };
    if matches!(job.status, JobStatus::Settled | JobStatus::Finished) {
        job.status = JobStatus::Running;
        job.outcome = None;
        job.finished_at = None;
        job.stopping = None;
    }
    job.forgiven.failed = job.forgiven.failed.min(job.tally.failed());
    job.forgiven.unreachable = job.forgiven.unreachable.min(job.tally.outcome(HostOutcome::Unreachable));
    job.forgiven.canary = false;
}

fn new_batch(fleet: &mut Fleet, id: JobId, kind: BatchKind, hosts: &[HostIndex], from: RetryFrom) {
    let Some(job) = fleet.jobs.get_mut(&id) else { return };
    let batch = BatchIndex(job.batches.len() as u32);
    job.batches.push(Batch {
        kind,
        status: BatchStatus::Waiting,
        waiting: hosts.iter().copied().collect(),
        tally: Tally::default(),
        opened_at: None,
        passed_at: None,
    });
    job.retries.next.push_back(batch);
    for host in hosts {
        super::host_run::leave_batch_queue(fleet, id, *host);
        let first = fleet.jobs.get(&id).map_or(StepIndex(0), |job| first_step(job, *host, from));
        change_run(fleet, id, *host, |run| begin_again(run, batch, first));
        if let Some(job) = fleet.jobs.get_mut(&id) {
            forget_failure(job, *host);
        }
    }
}

/// Where a retried host's workflow begins: at the step that failed, where its action may be repeated and the host is as
/// that step left it: nothing was taken back, the host does not serve where it did not, and nobody took it over.
fn first_step(job: &Job, host: HostIndex, from: RetryFrom) -> StepIndex {
    use crate::action::Repeat;
    let taken_back = |run: &&HostRun| run.steps.iter().any(|step| step.result == StepResult::Undone);
    let stands = job.run(host).filter(|run| !taken_back(run) && run.accepted_by.is_none());
    let failed = stands.and_then(|run| {
        let step = run.failure.as_ref()?.step;
        (run.out_of_service || !was_out_of_service(job, run, step)).then_some(step)
    });
    match (from, failed) {
        (RetryFrom::FailedStep, Some(step))
            if job.action_of(step).is_some_and(|action| action.repeat == Repeat::Safe) =>
        {
            step
        }
        (RetryFrom::FailedStep | RetryFrom::Start, _) => StepIndex(0),
    }
}

/// Whether the host served nobody when a step of its workflow began.
fn was_out_of_service(job: &Job, run: &HostRun, step: StepIndex) -> bool {
    let before = job.template.workflow.iter().zip(&run.steps).take(step.at());
    let succeeded = before.filter(|(_, run)| run.result == StepResult::Succeeded);
    succeeded.fold(false, |out, (step, _)| (out || step.takes_out_of_service) && !step.returns_to_service)
}

fn begin_again(run: &mut HostRun, batch: BatchIndex, first: StepIndex) {
    run.status = HostStatus::Waiting;
    run.outcome = None;
    run.batch = batch;
    run.cursor = Cursor::Forward(first);
    run.state = StepState::Ready;
    run.tries = 0;
    run.failure = None;
    run.already_done = false;
    run.accepted_by = None;
    run.finished_at = None;
}

/// A person took the hosts over: the job asks nobody about them any more and lets go of them.
pub(super) fn accepted(fleet: &mut Fleet, id: JobId, accepted: &HostsAccepted, at: Timestamp) {
    for host in &accepted.hosts {
        change_run(fleet, id, *host, |run| {
            run.accepted_by = Some(accepted.by.clone());
            if run.status == HostStatus::InDoubt {
                run.status = HostStatus::Finished;
                run.outcome = Some(HostOutcome::InDoubt);
                run.finished_at = Some(at);
            }
        });
        if let Some(name) = name_of(fleet, id, *host) {
            lease::release(fleet, id, &name);
        }
    }
}
