//! Events about one host's way through the workflow.

use super::lease;
use crate::event::{AttemptFinished, AttemptInDoubt, AttemptStarted, DoubtResolved, JobEvent, StepFailed, Verdict};
use crate::fleet::{Change, Deadline, Effect, Fleet, effects};
use crate::host_run::{Cursor, Failure, HostRun, OpenAttempt, StepResult, StepRun, StepState};
use crate::ids::{AttemptId, HostIndex, HostName, JobId, Phase, StepIndex};
use crate::job::Job;
use crate::order;
use crate::outcome::{AttemptOutcome, HostOutcome, HostStatus, JobStatus};
use crate::statistics::{Cluster, StepStatistics, normalised};
use crate::template::Step;
use crate::time::Timestamp;
use std::sync::Arc;

pub(super) fn apply(fleet: &mut Fleet, id: JobId, event: &JobEvent, at: Timestamp) {
    match event {
        JobEvent::HostAdmitted(admitted) => admit(fleet, id, admitted.host, at),
        JobEvent::HostDeferred(deferred) => {
            leave_batch_queue(fleet, id, deferred.host);
            change_run(fleet, id, deferred.host, |run| {
                run.status = HostStatus::Deferred;
                run.deferred = Some(deferred.why.clone());
            });
            if let Some(name) = name_of(fleet, id, deferred.host) {
                lease::enqueue(fleet, id, deferred.host, &name);
            }
        }
        JobEvent::CanaryBackfilled(filled) => backfill(fleet, id, filled.host, filled.instead_of),
        JobEvent::StepSkipped(skipped) => step_skipped(fleet, id, skipped.host, skipped.step),
        JobEvent::AttemptStarted(started) => attempt_started(fleet, id, started, at),
        JobEvent::HostOutOfReach(out) => {
            out_of_reach(fleet, id, out.attempt, Some(out.why.clone()), out.until, out.begun)
        }
        JobEvent::HostInReach(back) => {
            out_of_reach(fleet, id, back.attempt, None, None, false);
            allow_whole_time(fleet, id, back.attempt, at);
        }
        JobEvent::AttemptFinished(finished) => attempt_finished(fleet, id, finished, at),
        JobEvent::AttemptInDoubt(doubt) => attempt_in_doubt(fleet, id, doubt),
        JobEvent::PersonAsked(asked) => {
            change_run(fleet, id, asked.host, |run| run.status = HostStatus::InDoubt);
            set_movable(fleet, id, asked.host, false);
        }
        JobEvent::DoubtResolved(resolved) => doubt_resolved(fleet, id, resolved, at),
        JobEvent::RetryScheduled(retry) => {
            change_run(fleet, id, retry.host, |run| run.state = StepState::RetryAt(retry.at));
            fleet.deadlines.insert((retry.at, Deadline::Retry(id, retry.host)));
            // A job that is being cancelled does not wait for a retry where the host may stop.
            let cancelling = fleet.jobs.get(&id).is_some_and(|job| job.status == JobStatus::Cancelling);
            set_movable(fleet, id, retry.host, cancelling);
        }
        JobEvent::StepFailed(failed) => step_failed(fleet, id, failed),
        JobEvent::HostRunFinished(finished) => finish(fleet, id, finished.host, finished.outcome, at),
        _ => unreachable!("only events about a host run are handed on to here"),
    }
}

/// Changes a host run and keeps the numbers of its job and batches right.
pub(super) fn change_run(fleet: &mut Fleet, id: JobId, host: HostIndex, change: impl FnOnce(&mut HostRun)) {
    let Some(job) = fleet.jobs.get_mut(&id) else { return };
    let Some(run) = job.runs.get_mut(host.at()) else { return };
    job.tally.remove(run);
    if let Some(since) = run.out_and_not_taken_over() {
        job.out_since.remove(&(since, host));
    }
    if let Some(batch) = job.batches.get_mut(run.batch.at()) {
        batch.tally.remove(run);
    }
    change(run);
    job.tally.add(run);
    if let Some(since) = run.out_and_not_taken_over() {
        job.out_since.insert((since, host));
    }
    if let Some(batch) = job.batches.get_mut(run.batch.at()) {
        batch.tally.add(run);
    }
}

/// Says whether a host's next move is to be decided.
pub(super) fn set_movable(fleet: &mut Fleet, id: JobId, host: HostIndex, movable: bool) {
    if let Some(job) = fleet.jobs.get_mut(&id) {
        if movable {
            job.movable.insert(host);
        } else {
            job.movable.remove(&host);
        }
    }
}

/// A new server process does not know whether the one before it had reached a host: none of the open attempts counts as
/// never begun any more. Nobody listened while no server ran, so each host has its whole time again to be heard.
pub(super) fn inherit(fleet: &mut Fleet, at: Timestamp) {
    fleet.deadlines.retain(|(_, deadline)| !matches!(deadline, Deadline::Reach(..)));
    for Effect { job, attempt } in effects(fleet) {
        allow_whole_time(fleet, job, attempt, at);
        change_run(fleet, job, attempt.host, |run| {
            if let StepState::Open(open) = &mut run.state {
                open.inherited = true;
                open.unreachable_at = None;
            }
        });
    }
}

/// An attempt may begin, or be heard of again, only from `at` on: its deadline is as far away as if it were decided then.
fn allow_whole_time(fleet: &mut Fleet, id: JobId, attempt: AttemptId, at: Timestamp) {
    let Some(job) = fleet.jobs.get(&id) else { return };
    let Some(timeout) = order::timeout(job, attempt.step, attempt.phase) else { return };
    let until = at + timeout + job.template.lost_after;
    let Some(open) = open_attempt(fleet, id, attempt.host).filter(|open| open.deadline < until) else { return };
    let before = std::mem::replace(&mut open.deadline, until);
    fleet.deadlines.remove(&(before, Deadline::Attempt(id, attempt)));
    fleet.deadlines.insert((until, Deadline::Attempt(id, attempt)));
}

fn open_attempt(fleet: &mut Fleet, id: JobId, host: HostIndex) -> Option<&mut OpenAttempt> {
    match &mut fleet.jobs.get_mut(&id)?.runs.get_mut(host.at())?.state {
        StepState::Open(open) => Some(open),
        StepState::Ready
        | StepState::Failed(_)
        | StepState::RetryAt(_)
        | StepState::InDoubt(_)
        | StepState::TookNoEffect => None,
    }
}

/// Takes a host out of the queue of its batch.
pub(super) fn leave_batch_queue(fleet: &mut Fleet, id: JobId, host: HostIndex) {
    let Some(job) = fleet.jobs.get_mut(&id) else { return };
    let Some(batch) = job.runs.get(host.at()).and_then(|run| job.batches.get_mut(run.batch.at())) else { return };
    if batch.waiting.front() == Some(&host) {
        batch.waiting.pop_front();
    } else {
        batch.waiting.retain(|waiting| *waiting != host);
    }
}

pub(super) fn name_of(fleet: &Fleet, id: JobId, host: HostIndex) -> Option<HostName> {
    Some(fleet.jobs.get(&id)?.planned_host(host)?.name.clone())
}

fn admit(fleet: &mut Fleet, id: JobId, host: HostIndex, at: Timestamp) {
    leave_batch_queue(fleet, id, host);
    if let Some(name) = name_of(fleet, id, host) {
        lease::take(fleet, id, &name);
    }
    let steps = fleet.jobs.get(&id).map_or(0, |job| job.template.workflow.len());
    change_run(fleet, id, host, |run| {
        run.status = HostStatus::Running;
        run.deferred = None;
        run.started_at.get_or_insert(at);
        run.steps.resize_with(steps, StepRun::default);
    });
    set_movable(fleet, id, host, true);
}

fn backfill(fleet: &mut Fleet, id: JobId, host: HostIndex, instead_of: HostIndex) {
    leave_batch_queue(fleet, id, host);
    let Some(batch) = fleet.jobs.get(&id).and_then(|job| Some(job.run(instead_of)?.batch)) else { return };
    change_run(fleet, id, host, |run| run.batch = batch);
    if let Some(batch) = fleet.jobs.get_mut(&id).and_then(|job| job.batches.get_mut(batch.at())) {
        batch.waiting.push_back(host);
    }
}

fn step_skipped(fleet: &mut Fleet, id: JobId, host: HostIndex, step: StepIndex) {
    step_statistics(fleet, id, step, |statistics| statistics.skipped += 1);
    let template = fleet.jobs.get(&id).map(|job| job.template.clone());
    change_run(fleet, id, host, |run| {
        set_result(run, step, StepResult::Skipped);
        move_on(run, template.as_deref().map_or(&[], |t| &t.workflow));
    });
}

fn attempt_started(fleet: &mut Fleet, id: JobId, started: &AttemptStarted, at: Timestamp) {
    let AttemptId { host, step, phase, number } = started.attempt;
    drop_retry_deadline(fleet, id, host);
    let takes_out = phase == Phase::Run && step_of(fleet, id, step).is_some_and(|step| step.takes_out_of_service);
    let action = fleet.jobs.get(&id).and_then(|job| order::action(job, step, phase));
    let reboots = action.is_some_and(|action| action.reboots());
    change_run(fleet, id, host, |run| {
        run.tries = run.tries.saturating_add(u16::from(phase != Phase::Verify));
        set_out_of_service(run, run.out_of_service || takes_out, at);
        run.state = StepState::Open(OpenAttempt {
            phase,
            number,
            started_at: at,
            deadline: started.deadline,
            unreachable_at: None,
            signal: None,
            inherited: false,
            reboots,
            begun: false,
        });
        if let Some(entry) = run.steps.get_mut(step.at()) {
            entry.attempts = number;
        }
    });
    set_movable(fleet, id, host, false);
    step_statistics(fleet, id, step, |statistics| statistics.running += 1);
    fleet.deadlines.insert((started.deadline, Deadline::Attempt(id, started.attempt)));
    fleet.changes.push(Change::InForce(Effect { job: id, attempt: started.attempt }));
}

fn out_of_reach(
    fleet: &mut Fleet,
    id: JobId,
    attempt: AttemptId,
    why: Option<Arc<str>>,
    until: Option<Timestamp>,
    begun: bool,
) {
    let mut before = None;
    change_run(fleet, id, attempt.host, |run| {
        run.out_of_reach = why;
        // It is under way, or it may be: from now on this host cannot be called unreachable, only lost.
        run.touched |= until.is_none();
        if let StepState::Open(open) = &mut run.state {
            before = std::mem::replace(&mut open.unreachable_at, until);
            open.begun |= begun;
        }
    });
    if let Some(before) = before {
        fleet.deadlines.remove(&(before, Deadline::Reach(id, attempt)));
    }
    if let Some(until) = until {
        fleet.deadlines.insert((until, Deadline::Reach(id, attempt)));
    }
}

/// An attempt is no longer in force. Gives back whether it was.
fn close_attempt(fleet: &mut Fleet, id: JobId, attempt: AttemptId) -> bool {
    let open = fleet.jobs.get(&id).and_then(|job| job.run(attempt.host)?.open_attempt(attempt.host));
    let Some((in_force, open)) = open.map(|(in_force, open)| (in_force, *open)) else { return false };
    if in_force != attempt {
        return false;
    }
    fleet.deadlines.remove(&(open.deadline, Deadline::Attempt(id, attempt)));
    if let Some(until) = open.unreachable_at {
        fleet.deadlines.remove(&(until, Deadline::Reach(id, attempt)));
    }
    step_statistics(fleet, id, attempt.step, |statistics| statistics.running -= 1);
    fleet.changes.push(Change::Withdrawn(Effect { job: id, attempt }));
    set_movable(fleet, id, attempt.host, true);
    true
}

fn attempt_finished(fleet: &mut Fleet, id: JobId, finished: &AttemptFinished, at: Timestamp) {
    let AttemptId { host, step, phase, .. } = finished.attempt;
    let inherited = open_attempt(fleet, id, host).is_some_and(|open| open.inherited);
    if !close_attempt(fleet, id, finished.attempt) {
        return;
    }
    let succeeded = finished.outcome == AttemptOutcome::Succeeded;
    if phase == Phase::Run {
        step_statistics(fleet, id, step, |statistics| {
            if succeeded {
                statistics.succeeded += 1;
                statistics.durations.record(finished.took);
            } else {
                statistics.failed += 1;
            }
        });
    }
    let template = fleet.jobs.get(&id).map(|job| job.template.clone());
    let Some(template) = template else { return };
    change_run(fleet, id, host, |run| {
        run.out_of_reach = None;
        // What is refused now may have run for the server process before this one.
        run.touched |= inherited || !matches!(finished.outcome, AttemptOutcome::Unreachable | AttemptOutcome::Refused);
        // Where nothing was ever done, nothing was taken out of service.
        set_out_of_service(run, run.out_of_service && run.touched, at);
        note_attempt(run, finished);
        match (phase, succeeded) {
            (Phase::Run | Phase::Verify, true) => step_succeeded(run, step, finished.done, &template.workflow, at),
            (Phase::Run, false) => {
                set_result(run, step, StepResult::Failed);
                run.state = StepState::Failed(finished.outcome);
            }
            (Phase::Verify, false) => run.state = StepState::TookNoEffect,
            (Phase::Undo, true) => step_undone(run, step, &template.workflow, at),
            (Phase::Undo, false) => run.state = StepState::Failed(finished.outcome),
        }
    });
}

fn note_attempt(run: &mut HostRun, finished: &AttemptFinished) {
    let Some(entry) = run.steps.get_mut(finished.attempt.step.at()) else { return };
    entry.took = finished.took;
    entry.error.clone_from(&finished.error);
    if finished.attempt.phase == Phase::Run {
        entry.output = (!finished.output.is_empty()).then(|| Arc::new(finished.output.clone()));
    }
}

fn set_result(run: &mut HostRun, step: StepIndex, result: StepResult) {
    if let Some(entry) = run.steps.get_mut(step.at()) {
        entry.result = result;
    }
}

fn step_succeeded(run: &mut HostRun, step: StepIndex, done: bool, workflow: &[Step], at: Timestamp) {
    set_result(run, step, StepResult::Succeeded);
    if workflow.get(step.at()).is_some_and(|step| step.returns_to_service) {
        set_out_of_service(run, false, at);
    }
    if done {
        run.already_done = true;
        run.cursor = Cursor::End;
        run.state = StepState::Ready;
    } else {
        move_on(run, workflow);
    }
}

fn step_undone(run: &mut HostRun, step: StepIndex, workflow: &[Step], at: Timestamp) {
    set_result(run, step, StepResult::Undone);
    if let Some(step) = workflow.get(step.at()) {
        let stays_out = run.out_of_service && !step.takes_out_of_service;
        set_out_of_service(run, stays_out || step.returns_to_service, at);
    }
    move_on(run, workflow);
}

/// A host serves, or it serves nobody: since when, is known from the change on.
fn set_out_of_service(run: &mut HostRun, out: bool, at: Timestamp) {
    run.out_of_service_since = match out {
        true if run.out_of_service => run.out_of_service_since,
        true => Some(at),
        false => None,
    };
    run.out_of_service = out;
}

/// Puts the cursor on what comes after the step under it.
fn move_on(run: &mut HostRun, workflow: &[Step]) {
    run.state = StepState::Ready;
    run.tries = 0;
    run.cursor = match run.cursor {
        Cursor::Forward(step) if step.at() + 1 < workflow.len() => Cursor::Forward(StepIndex(step.0 + 1)),
        Cursor::Forward(_) | Cursor::End => Cursor::End,
        Cursor::Undo(step) => undo_before(run, step, workflow).unwrap_or_else(|| always_from_failure(run, workflow)),
        Cursor::Always(step) => always_after(step.at() + 1, workflow),
    };
}

/// The last completed step before `step` that can be taken back.
fn undo_before(run: &HostRun, step: StepIndex, workflow: &[Step]) -> Option<Cursor> {
    let can_be_undone = |at: &usize| {
        workflow[*at].undo.is_some() && run.steps.get(*at).is_some_and(|step| step.result == StepResult::Succeeded)
    };
    (0..step.at().min(workflow.len())).rev().find(can_be_undone).map(|at| Cursor::Undo(StepIndex(at as u16)))
}

fn always_from_failure(run: &HostRun, workflow: &[Step]) -> Cursor {
    let after = run.failure.as_ref().map_or(0, |failure| failure.step.at() + 1);
    always_after(after, workflow)
}

fn always_after(first: usize, workflow: &[Step]) -> Cursor {
    let found = workflow.iter().enumerate().skip(first).find(|(_, step)| step.always);
    found.map_or(Cursor::End, |(at, _)| Cursor::Always(StepIndex(at as u16)))
}

fn attempt_in_doubt(fleet: &mut Fleet, id: JobId, doubt: &AttemptInDoubt) {
    if !close_attempt(fleet, id, doubt.attempt) {
        return;
    }
    change_run(fleet, id, doubt.attempt.host, |run| {
        run.out_of_reach = None;
        run.touched = true;
        run.state = StepState::InDoubt(doubt.why);
    });
}

fn doubt_resolved(fleet: &mut Fleet, id: JobId, resolved: &DoubtResolved, at: Timestamp) {
    let Some(template) = fleet.jobs.get(&id).map(|job| job.template.clone()) else { return };
    change_run(fleet, id, resolved.host, |run| {
        run.status = HostStatus::Running;
        match (resolved.verdict, run.cursor) {
            (Verdict::Succeeded, Cursor::Undo(step)) => step_undone(run, step, &template.workflow, at),
            (Verdict::Succeeded, Cursor::Forward(step) | Cursor::Always(step)) => {
                step_succeeded(run, step, false, &template.workflow, at);
            }
            (Verdict::RunAgain, _) => run.state = StepState::TookNoEffect,
            (Verdict::Failed, Cursor::Forward(step) | Cursor::Always(step) | Cursor::Undo(step)) => {
                set_result(run, step, StepResult::Failed);
            }
            (Verdict::Succeeded | Verdict::Failed, Cursor::End) => {}
        }
    });
    set_movable(fleet, id, resolved.host, true);
    let Some(job) = fleet.jobs.get_mut(&id) else { return };
    // What is resolved counts as failed no more; if it fails after all, that is a failure nobody has seen yet.
    job.forgiven.failed = job.forgiven.failed.min(job.tally.failed());
    if job.status == JobStatus::Settled {
        job.status = if job.stopping.is_some() { JobStatus::Cancelling } else { JobStatus::Running };
    }
}

fn step_failed(fleet: &mut Fleet, id: JobId, failed: &StepFailed) {
    let Some(job) = fleet.jobs.get_mut(&id) else { return };
    let template = job.template.clone();
    note_failure(job, failed.host, &failed.error, failed.outcome);
    drop_retry_deadline(fleet, id, failed.host);
    change_run(fleet, id, failed.host, |run| {
        set_result(run, failed.step, StepResult::Failed);
        let was_under = match run.cursor {
            // It succeeded as the last one, and its `done_if` could not be worked out.
            Cursor::End if run.failure.is_none() => Cursor::Forward(failed.step),
            cursor => cursor,
        };
        run.failure.get_or_insert_with(|| Failure {
            step: failed.step,
            outcome: failed.outcome,
            error: failed.error.clone(),
        });
        run.cursor = match was_under {
            Cursor::Forward(_) if failed.undo => Cursor::Undo(failed.step),
            Cursor::Forward(_) => Cursor::Always(failed.step),
            // What cannot be taken back ends the taking back; what always runs still does.
            Cursor::Undo(_) => Cursor::Always(run.failure.as_ref().map_or(failed.step, |failure| failure.step)),
            Cursor::Always(_) | Cursor::End => was_under,
        };
        move_on(run, &template.workflow);
    });
    set_movable(fleet, id, failed.host, true);
}

fn note_failure(job: &mut Job, host: HostIndex, error: &Arc<str>, outcome: HostOutcome) {
    let said = normalised(error, job.host_name(host));
    // Hosts that could not be reached did not fail: what they have in common is kept apart.
    let signature = if outcome == HostOutcome::Unreachable { format!("unreachable: {said}") } else { said };
    let fresh = || Cluster { hosts: Vec::new(), sample: error.clone(), forgiven: 0 };
    let cluster = job.clusters.entry(signature.into()).or_insert_with(fresh);
    if !cluster.hosts.contains(&host) {
        cluster.hosts.push(host);
    }
}

/// Takes a host out of the clusters of failures: it is given another run.
pub(super) fn forget_failure(job: &mut Job, host: HostIndex) {
    job.clusters.retain(|_, cluster| {
        cluster.hosts.retain(|failed| *failed != host);
        cluster.forgiven = cluster.forgiven.min(cluster.hosts.len() as u32);
        !cluster.hosts.is_empty()
    });
}

fn finish(fleet: &mut Fleet, id: JobId, host: HostIndex, outcome: HostOutcome, at: Timestamp) {
    drop_retry_deadline(fleet, id, host);
    leave_batch_queue(fleet, id, host);
    lease::dequeue(fleet, id, host);
    let unreachable = fleet.jobs.get(&id).and_then(|job| {
        let run = job.run(host)?;
        let step = run.steps.get(run.step()?.at())?;
        matches!(outcome, HostOutcome::Unreachable | HostOutcome::Lost).then(|| step.error.clone())?
    });
    if let (Some(error), Some(job)) = (&unreachable, fleet.jobs.get_mut(&id)) {
        note_failure(job, host, error, outcome);
    }
    change_run(fleet, id, host, |run| {
        if let (Some(error), Some(step)) = (unreachable, run.step()) {
            run.failure.get_or_insert(Failure { step, outcome, error });
        }
        run.status = HostStatus::Finished;
        run.outcome = Some(outcome);
        run.state = StepState::Ready;
        run.out_of_reach = None;
        run.deferred = None;
        run.finished_at = Some(at);
    });
    if outcome.is_success() {
        note_duration(fleet, id, host);
    }
    set_movable(fleet, id, host, false);
    let keeps_host = fleet.jobs.get(&id).and_then(|job| job.run(host)).is_some_and(HostRun::needs_a_person);
    if let Some(name) = name_of(fleet, id, host).filter(|_| !keeps_host) {
        lease::release(fleet, id, &name);
    }
}

fn note_duration(fleet: &mut Fleet, id: JobId, host: HostIndex) {
    let Some(job) = fleet.jobs.get_mut(&id) else { return };
    if let Some(time) = job.run(host).and_then(|run| job.time_in_one_go(run)) {
        job.durations.record(time);
    }
}

/// A host whose turn never came ends with its job. It holds no lease, and nothing is under way on it.
pub(super) fn never_started(fleet: &mut Fleet, id: JobId, host: HostIndex, at: Timestamp) {
    change_run(fleet, id, host, |run| {
        run.status = HostStatus::Finished;
        run.outcome = Some(HostOutcome::Cancelled);
        run.finished_at = Some(at);
    });
}

fn drop_retry_deadline(fleet: &mut Fleet, id: JobId, host: HostIndex) {
    let state = fleet.jobs.get(&id).and_then(|job| job.run(host)).map(|run| run.state);
    if let Some(StepState::RetryAt(at)) = state {
        fleet.deadlines.remove(&(at, Deadline::Retry(id, host)));
    }
}

fn step_of(fleet: &Fleet, id: JobId, step: StepIndex) -> Option<&Step> {
    fleet.jobs.get(&id)?.step(step)
}

fn step_statistics(fleet: &mut Fleet, id: JobId, step: StepIndex, change: impl FnOnce(&mut StepStatistics)) {
    if let Some(statistics) = fleet.jobs.get_mut(&id).and_then(|job| job.steps.get_mut(step.at())) {
        change(statistics);
    }
}
