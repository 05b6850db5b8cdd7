//! What one host does next in its workflow. The table in `next` is to be read aloud.

use crate::action::Repeat;
use crate::attempt::Vanished;
use crate::evaluate;
use crate::event::{AttemptStarted, HostRunFinished, JobEvent, PersonAsked, RetryScheduled, StepFailed, StepSkipped};
use crate::host_run::{Cursor, HostRun, StepState};
use crate::ids::{AttemptId, HostIndex, Phase, StepIndex};
use crate::job::Job;
use crate::order;
use crate::outcome::{AttemptOutcome, HostOutcome, JobStatus};
use crate::template::{OnFailure, Step};
use crate::time::Timestamp;
use std::sync::Arc;

/// How often an attempt in doubt is repeated by itself, where the step's retry policy does not say more.
const REPEATS_IN_DOUBT: u16 = 3;

/// The next moves of all hosts whose next move is to be decided.
pub(super) fn all(job: &Job, now: Timestamp) -> Vec<JobEvent> {
    job.movable.iter().flat_map(|host| next(job, *host, now)).collect()
}

/// The next move of one host; empty when it stands at a safe point of a job that is being stopped.
pub(super) fn next(job: &Job, host: HostIndex, now: Timestamp) -> Vec<JobEvent> {
    let Some(run) = job.run(host) else { return Vec::new() };
    if is_stopping(job) && may_stop(job, host) {
        return Vec::new();
    }
    match (run.state, run.cursor) {
        // Nothing is started for a killed job; only a person can still say what became of it.
        (StepState::InDoubt(_), _) if is_killed(job) => vec![PersonAsked { host }.into()],
        (StepState::Failed(AttemptOutcome::Lost), Cursor::Undo(_)) => {
            vec![HostRunFinished { host, outcome: HostOutcome::Lost }.into()]
        }
        (StepState::Ready, Cursor::Forward(step) | Cursor::Always(step)) => begin(job, run, host, step, now),
        (StepState::Ready, Cursor::Undo(step)) => start(job, run, host, step, Phase::Undo, now),
        (StepState::Ready, Cursor::End) => vec![HostRunFinished { host, outcome: outcome(run) }.into()],
        (StepState::Failed(outcome), Cursor::Forward(step) | Cursor::Always(step)) => {
            after_failure(job, run, host, step, outcome, now)
        }
        (StepState::Failed(_), Cursor::Undo(step)) => vec![gave_up_undoing(run, host, step)],
        (StepState::RetryAt(at), Cursor::Undo(step)) if at <= now => start(job, run, host, step, Phase::Undo, now),
        (StepState::RetryAt(at), Cursor::Forward(step) | Cursor::Always(step)) if at <= now => {
            start(job, run, host, step, Phase::Run, now)
        }
        (StepState::TookNoEffect, Cursor::Undo(step)) => start(job, run, host, step, Phase::Undo, now),
        (StepState::TookNoEffect, Cursor::Forward(step) | Cursor::Always(step)) => {
            start(job, run, host, step, Phase::Run, now)
        }
        (StepState::InDoubt(why), Cursor::Forward(step) | Cursor::Always(step)) => {
            in_doubt(job, run, host, step, Phase::Run, why, now)
        }
        (StepState::InDoubt(why), Cursor::Undo(step)) => in_doubt(job, run, host, step, Phase::Undo, why, now),
        (StepState::RetryAt(_) | StepState::Open(_), _) => Vec::new(),
        // Nothing is under way beyond the last step.
        (StepState::Failed(_) | StepState::TookNoEffect | StepState::InDoubt(_), Cursor::End) => Vec::new(),
    }
}

fn is_stopping(job: &Job) -> bool {
    match job.status {
        JobStatus::Draining | JobStatus::Cancelling => true,
        // Hosts that stopped in a drain stand still until the job is resumed.
        JobStatus::Held => matches!(job.hold, Some(crate::reason::HoldReason::Drained { .. })),
        JobStatus::Planned | JobStatus::Running | JobStatus::Settled | JobStatus::Finished => false,
    }
}

/// Whether a host of a job that is being stopped may stop where it is. A host that serves nobody goes on until it
/// serves again: the way back is the safe way. A killed job stops everywhere.
pub(super) fn may_stop(job: &Job, host: HostIndex) -> bool {
    let Some(run) = job.run(host) else { return false };
    if is_killed(job) {
        return may_be_left(run);
    }
    match (run.state, run.cursor) {
        (StepState::Ready, Cursor::Forward(step)) => {
            !run.out_of_service && job.step(step).is_some_and(|step| step.safe_point)
        }
        (StepState::RetryAt(_), Cursor::Forward(_)) => job.status == JobStatus::Cancelling && !run.out_of_service,
        _ => false,
    }
}

fn is_killed(job: &Job) -> bool {
    job.stopping.as_ref().is_some_and(|stopping| stopping.kill)
}

/// Whether a host of a killed job is left where it is. One that is through, lost or in doubt ends as what it is.
fn may_be_left(run: &HostRun) -> bool {
    match (run.state, run.cursor) {
        (StepState::Open(_) | StepState::InDoubt(_), _) | (_, Cursor::End) => false,
        (StepState::Failed(outcome), _) => !matches!(outcome, AttemptOutcome::Lost | AttemptOutcome::Unreachable),
        (StepState::Ready | StepState::RetryAt(_) | StepState::TookNoEffect, _) => true,
    }
}

/// How a host ends that is stopped on its way: what failed before stays failed.
pub(super) fn stopped(run: &HostRun) -> HostOutcome {
    run.failure.as_ref().map_or(HostOutcome::Cancelled, |failure| failure.outcome)
}

fn outcome(run: &HostRun) -> HostOutcome {
    match &run.failure {
        Some(failure) => failure.outcome,
        None if run.already_done => HostOutcome::AlreadyDone,
        None => HostOutcome::Succeeded,
    }
}

fn begin(job: &Job, run: &HostRun, host: HostIndex, step: StepIndex, now: Timestamp) -> Vec<JobEvent> {
    match evaluate::wanted(job, host, step) {
        Ok(true) => start(job, run, host, step, Phase::Run, now),
        Ok(false) => vec![StepSkipped { host, step }.into()],
        Err(error) => vec![failed(job, run, host, step, HostOutcome::StepFailed, error)],
    }
}

/// Starts an attempt, unless what it needs cannot be worked out.
fn start(job: &Job, run: &HostRun, host: HostIndex, step: StepIndex, phase: Phase, now: Timestamp) -> Vec<JobEvent> {
    let Some(timeout) = order::timeout(job, step, phase) else { return Vec::new() };
    if let Err(error) = evaluate::parameters(job, host, step, phase) {
        return match phase {
            Phase::Run | Phase::Undo => vec![failed(job, run, host, step, HostOutcome::StepFailed, error)],
            // That the host cannot be asked says nothing about what became of the step.
            Phase::Verify => vec![PersonAsked { host }.into()],
        };
    }
    let number = run.steps.get(step.at()).map_or(0, |entry| entry.attempts).saturating_add(1);
    let attempt = AttemptId { host, step, phase, number };
    vec![AttemptStarted { attempt, deadline: now + timeout + job.template.lost_after }.into()]
}

fn after_failure(
    job: &Job,
    run: &HostRun,
    host: HostIndex,
    step: StepIndex,
    outcome: AttemptOutcome,
    now: Timestamp,
) -> Vec<JobEvent> {
    let finished = |outcome| vec![HostRunFinished { host, outcome }.into()];
    let host_outcome = match outcome {
        AttemptOutcome::Unreachable => return finished(HostOutcome::Unreachable),
        // Whatever else the workflow would do needs the host.
        AttemptOutcome::Lost => return finished(HostOutcome::Lost),
        AttemptOutcome::Killed => return finished(HostOutcome::Cancelled),
        AttemptOutcome::TimedOut => HostOutcome::TimedOut,
        AttemptOutcome::Failed(_)
        | AttemptOutcome::Signalled(_)
        | AttemptOutcome::Refused
        | AttemptOutcome::Succeeded => failure_class(job.step(step)),
    };
    let retry = job.step(step).map(|step| step.retry).unwrap_or_default();
    if run.tries < retry.attempts {
        return vec![RetryScheduled { host, step, at: now + retry.delay_after(run.tries) }.into()];
    }
    let error = run.steps.get(step.at()).and_then(|entry| entry.error.clone());
    let error = error.unwrap_or_else(|| describe(outcome).into());
    vec![failed(job, run, host, step, host_outcome, error)]
}

fn failure_class(step: Option<&Step>) -> HostOutcome {
    if step.is_some_and(|step| step.verifies) { HostOutcome::VerificationFailed } else { HostOutcome::StepFailed }
}

fn describe(outcome: AttemptOutcome) -> String {
    match outcome {
        AttemptOutcome::Failed(code) => format!("exit code {code}"),
        AttemptOutcome::Signalled(signal) => format!("ended by signal {signal}"),
        AttemptOutcome::TimedOut => "its time was up".to_owned(),
        AttemptOutcome::Refused => "the host would not run it".to_owned(),
        AttemptOutcome::Lost => "nothing was heard of the host".to_owned(),
        AttemptOutcome::Unreachable => "the host could not be reached".to_owned(),
        AttemptOutcome::Killed => "the job was killed".to_owned(),
        AttemptOutcome::Succeeded => "it succeeded".to_owned(),
    }
}

/// A step failed for good. Completed steps are taken back where the template says so; a step of the taking back, or
/// one that always runs, fails for itself alone.
fn failed(
    job: &Job,
    run: &HostRun,
    host: HostIndex,
    step: StepIndex,
    outcome: HostOutcome,
    error: Arc<str>,
) -> JobEvent {
    let undo = matches!(run.cursor, Cursor::Forward(_)) && undoes(job);
    StepFailed { host, step, outcome, error, undo }.into()
}

/// Whether completed steps are taken back when a step fails for good.
pub(super) fn undoes(job: &Job) -> bool {
    job.template.on_failure == Some(OnFailure::Undo)
}

fn gave_up_undoing(run: &HostRun, host: HostIndex, step: StepIndex) -> JobEvent {
    let said = run.steps.get(step.at()).and_then(|entry| entry.error.clone());
    let error = format!("could not be taken back: {}", said.as_deref().unwrap_or("no reason was given"));
    StepFailed { host, step, outcome: HostOutcome::StepFailed, error: error.into(), undo: false }.into()
}

fn in_doubt(
    job: &Job,
    run: &HostRun,
    host: HostIndex,
    step: StepIndex,
    phase: Phase,
    why: Vanished,
    now: Timestamp,
) -> Vec<JobEvent> {
    let repeat = order::action(job, step, phase).map(|action| &action.repeat).unwrap_or(&Repeat::Never);
    let retry = job.step(step).map(|step| step.retry.attempts).unwrap_or(1);
    match repeat {
        // A host whose disk is not the one it was answers no question about what ran on it.
        Repeat::Verify(_) if phase == Phase::Run && why != Vanished::Forgotten => {
            start(job, run, host, step, Phase::Verify, now)
        }
        Repeat::Safe if run.tries < retry.max(REPEATS_IN_DOUBT) => start(job, run, host, step, phase, now),
        Repeat::Safe | Repeat::Verify(_) | Repeat::Never => vec![PersonAsked { host }.into()],
    }
}
