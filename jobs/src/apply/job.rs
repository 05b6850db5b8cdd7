//! Events about a job as a whole.

use super::{batch, host_run, lease, retry};
use crate::archive;
use crate::event::{JobCreated, JobEvent, PlanSealed};
use crate::fleet::{Change, Effect, Fleet};
use crate::host_run::{HostRun, StepState};
use crate::ids::{BatchIndex, HostIndex, JobId};
use crate::job::{Batch, BatchKind, BatchStatus, Forgiven, Job, Stopping, Track};
use crate::outcome::{HostStatus, JobStatus};
use crate::plan::Plan;
use crate::statistics::{Histogram, StepStatistics, Tally};
use crate::time::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub(super) fn apply(fleet: &mut Fleet, id: JobId, event: &JobEvent, at: Timestamp) {
    fleet.unsettled.insert(id);
    match event {
        JobEvent::JobCreated(created) => {
            fleet.jobs.insert(id, create(id, created, at));
        }
        JobEvent::PlanSealed(sealed) => with_job(fleet, id, |job| seal(job, sealed)),
        JobEvent::JobStarted(_) => with_job(fleet, id, |job| {
            job.status = JobStatus::Running;
            job.started_at = Some(at);
        }),
        JobEvent::JobHeld(held) => with_job(fleet, id, |job| {
            job.status = JobStatus::Held;
            job.hold = Some(held.why.clone());
            job.stopping = None;
        }),
        JobEvent::JobResumed(_) => with_job(fleet, id, resume),
        JobEvent::JobDraining(stop) => with_job(fleet, id, |job| {
            job.status = JobStatus::Draining;
            job.hold = None;
            job.stopping = Some(Stopping { by: stop.by.clone(), reason: stop.reason.clone(), kill: false });
        }),
        JobEvent::JobCancelling(stop) => with_job(fleet, id, |job| {
            job.status = JobStatus::Cancelling;
            job.hold = None;
            job.stopping = Some(Stopping { by: stop.by.clone(), reason: stop.reason.clone(), kill: false });
            wake_retries(job);
        }),
        JobEvent::JobKilled(kill) => {
            with_job(fleet, id, |job| {
                job.status = JobStatus::Cancelling;
                job.hold = None;
                job.stopping = Some(Stopping { by: kill.by.clone(), reason: kill.reason.clone(), kill: true });
            });
            signal_all(fleet, id, kill.signal);
        }
        JobEvent::JobSettled(_) => {
            give_up(fleet, id, at);
            with_job(fleet, id, |job| job.status = JobStatus::Settled);
        }
        JobEvent::JobFinished(finished) => {
            give_up(fleet, id, at);
            with_job(fleet, id, |job| {
                job.status = JobStatus::Finished;
                job.outcome = Some(finished.outcome);
                job.finished_at = Some(at);
                job.hold = None;
            });
            super::wake_schedules(fleet, id);
            archive::ended(fleet, id);
        }
        JobEvent::BatchOpened(_)
        | JobEvent::BakeStarted(_)
        | JobEvent::BakeFinished(_)
        | JobEvent::ApprovalAsked(_)
        | JobEvent::BatchApproved(_)
        | JobEvent::ApprovalExpired(_)
        | JobEvent::GatePassed(_)
        | JobEvent::GateHeld(_) => batch::apply(fleet, id, event, at),
        JobEvent::HostsRetried(retried) => {
            archive::goes_on(fleet, id);
            retry::retried(fleet, id, retried);
            super::wake_schedules(fleet, id);
        }
        JobEvent::HostsAccepted(accepted) => retry::accepted(fleet, id, accepted, at),
        JobEvent::HostAdmitted(_)
        | JobEvent::HostDeferred(_)
        | JobEvent::CanaryBackfilled(_)
        | JobEvent::StepSkipped(_)
        | JobEvent::AttemptStarted(_)
        | JobEvent::HostOutOfReach(_)
        | JobEvent::HostInReach(_)
        | JobEvent::AttemptFinished(_)
        | JobEvent::AttemptInDoubt(_)
        | JobEvent::PersonAsked(_)
        | JobEvent::DoubtResolved(_)
        | JobEvent::RetryScheduled(_)
        | JobEvent::StepFailed(_)
        | JobEvent::HostRunFinished(_) => host_run::apply(fleet, id, event, at),
    }
}

/// Changes a job, if it is there.
pub(super) fn with_job(fleet: &mut Fleet, id: JobId, change: impl FnOnce(&mut Job)) {
    if let Some(job) = fleet.jobs.get_mut(&id) {
        change(job);
    }
}

fn create(id: JobId, created: &JobCreated, at: Timestamp) -> Job {
    Job {
        id,
        template: created.template.clone(),
        template_version: created.template_version,
        actions: created.actions.clone(),
        parameters: created.parameters.clone(),
        requested_by: created.requested_by.clone(),
        due: created.due,
        plan: Arc::new(Plan::default()),
        status: JobStatus::Planned,
        outcome: None,
        hold: None,
        stopping: None,
        created_at: at,
        started_at: None,
        finished_at: None,
        runs: Vec::new(),
        batches: Vec::new(),
        rollout: Track::default(),
        retries: Track::default(),
        movable: BTreeSet::new(),
        tally: Tally::default(),
        out_since: BTreeSet::new(),
        steps: vec![StepStatistics::default(); created.template.workflow.len()],
        durations: Histogram::default(),
        clusters: BTreeMap::new(),
        forgiven: Forgiven::default(),
        archived: false,
        program: crate::order::compile(&created.template, &created.actions),
    }
}

/// A plan is sealed once: its hosts would be counted twice.
fn seal(job: &mut Job, sealed: &PlanSealed) {
    if !job.batches.is_empty() {
        return;
    }
    let plan = sealed.plan.clone();
    for planned in &plan.batches {
        let batch = BatchIndex(job.batches.len() as u32);
        let stage = plan.stages.get(planned.stage);
        let mut tally = Tally::default();
        for _ in 0..planned.size {
            let run = HostRun::waiting(batch);
            tally.add(&run);
            job.tally.add(&run);
            job.runs.push(run);
        }
        job.batches.push(Batch {
            kind: BatchKind::Planned {
                size: planned.size,
                bake: stage.map(|stage| stage.bake).unwrap_or_default(),
                approve: stage.is_some_and(|stage| stage.approve.is_some()),
            },
            status: BatchStatus::Waiting,
            waiting: (planned.first..planned.first + planned.size).map(HostIndex).collect(),
            tally,
            opened_at: None,
            passed_at: None,
        });
        job.rollout.next.push_back(batch);
    }
    job.plan = plan;
}

/// Whoever resumes has seen what there is of failures: thresholds trip only beyond it.
fn resume(job: &mut Job) {
    let overruled_canary = job.current_batch().is_some_and(|batch| warns(job, batch));
    job.status = JobStatus::Running;
    job.hold = None;
    job.stopping = None;
    job.forgiven = Forgiven {
        failed: job.tally.failed(),
        unreachable: job.tally.outcome(crate::outcome::HostOutcome::Unreachable),
        canary: job.forgiven.canary || overruled_canary,
    };
    for cluster in job.clusters.values_mut() {
        cluster.forgiven = cluster.hosts.len() as u32;
    }
}

/// Whether a batch is a canary that failed, or that is through and proved nothing.
fn warns(job: &Job, index: BatchIndex) -> bool {
    let Some(batch) = job.batches.get(index.at()).filter(|batch| batch.is_canary(index)) else { return false };
    let (tally, gate) = (&batch.tally, &job.template.gates.canary);
    let through = tally.settled() == tally.hosts();
    tally.failed() > gate.max_failed || (through && tally.succeeded() < gate.min_succeeded)
}

/// What a job did not come to before it ended, it never comes to: a retry is about the hosts it names only. Its batches
/// close, and the hosts that still wait end as cancelled; the one event that ended the job says it for all of them.
fn give_up(fleet: &mut Fleet, id: JobId, at: Timestamp) {
    lease::leave_queue(fleet, id);
    let Some(job) = fleet.jobs.get_mut(&id) else { return };
    (job.rollout, job.retries) = (Track::default(), Track::default());
    let is_open = |(_, batch): &(u32, &Batch)| !matches!(batch.status, BatchStatus::Passed | BatchStatus::Closed);
    let open: Vec<BatchIndex> = (0u32..).zip(&job.batches).filter(is_open).map(|(at, _)| BatchIndex(at)).collect();
    for batch in open {
        batch::set_status(fleet, id, batch, BatchStatus::Closed);
        let waiting = batch::empty(fleet, id, batch);
        waiting.into_iter().for_each(|host| host_run::never_started(fleet, id, host, at));
    }
}

/// Hosts that wait for a retry are asked again whether they may stop.
fn wake_retries(job: &mut Job) {
    let waits = |run: &HostRun| run.status == HostStatus::Running && matches!(run.state, StepState::RetryAt(_));
    let waiting = (0u32..).zip(&job.runs).filter(|(_, run)| waits(run)).map(|(index, _)| HostIndex(index));
    job.movable.extend(waiting);
}

fn signal_all(fleet: &mut Fleet, id: JobId, signal: crate::attempt::Signal) {
    let Some(job) = fleet.jobs.get_mut(&id) else { return };
    for (index, run) in job.runs.iter_mut().enumerate() {
        let host = HostIndex(index as u32);
        let Some((attempt, _)) = run.open_attempt(host) else {
            if run.status == HostStatus::Running {
                job.movable.insert(host);
            }
            continue;
        };
        if let StepState::Open(open) = &mut run.state {
            open.signal = Some(signal);
            fleet.changes.push(Change::Signalled(Effect { job: id, attempt }, signal));
        }
    }
}
