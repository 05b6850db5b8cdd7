//! What follows from a runner's word about an attempt.

use super::{host_moves, of_job};
use crate::attempt::{Ending, How, Report, Vanished};
use crate::command::{Code, Rejection};
use crate::evaluate;
use crate::event::{
    AttemptFinished, AttemptInDoubt, Event, HostInReach, HostOutOfReach, JobEvent, PersonAsked, StepFailed,
};
use crate::fleet::Fleet;
use crate::host_run::{Cursor, HostRun, OpenAttempt};
use crate::ids::{AttemptId, JobId, Phase};
use crate::job::Job;
use crate::outcome::{AttemptOutcome, HostOutcome};
use crate::parameter::Values;
use crate::time::{Duration, Timestamp};
use std::sync::Arc;

/// Takes a report in. A report about an attempt that is not open any more is stale: it was given up, or said before.
pub(super) fn report(
    fleet: &Fleet,
    id: JobId,
    attempt: AttemptId,
    report: &Report,
    now: Timestamp,
) -> Result<Vec<Event>, Rejection> {
    let stale = || Rejection::new(Code::StaleAttempt, format!("attempt {attempt} of job {id} is not open"), "");
    let job = fleet.jobs.get(&id).ok_or_else(stale)?;
    let run = job.run(attempt.host).ok_or_else(stale)?;
    let (in_force, open) = run.open_attempt(attempt.host).ok_or_else(stale)?;
    if in_force != attempt {
        return Err(stale());
    }
    let events = match report {
        // Only an exit answers what the host was asked about an attempt in doubt.
        Report::Ended(ending) if attempt.phase == Phase::Verify && !matches!(ending.how, How::Exited(_)) => {
            vanished(attempt, Vanished::NotBack)
        }
        Report::Refused { .. } if attempt.phase == Phase::Verify => vanished(attempt, Vanished::NotBack),
        Report::Ended(ending) => ended(job, run, attempt, open, ending),
        Report::Vanished(why) => vanished(attempt, *why),
        Report::Begun if run.out_of_reach.is_some() => vec![HostInReach { attempt }.into()],
        Report::Begun => Vec::new(),
        Report::OutOfReach { why, may_have_begun } => out_of_reach(job, run, attempt, open, why, *may_have_begun, now),
        Report::Refused { why } => vec![without_result(attempt, AttemptOutcome::Refused, Some(why.clone()))],
    };
    Ok(of_job(id, events))
}

fn ended(job: &Job, run: &HostRun, attempt: AttemptId, open: &OpenAttempt, ending: &Ending) -> Vec<JobEvent> {
    let outcome = match ending.how {
        How::Exited(0) => AttemptOutcome::Succeeded,
        How::Exited(code) => AttemptOutcome::Failed(code),
        How::Killed if open.signal.is_some() => AttemptOutcome::Killed,
        How::Killed => AttemptOutcome::Signalled(15),
        How::Signalled(signal) => AttemptOutcome::Signalled(signal),
        How::TimedOut => AttemptOutcome::TimedOut,
    };
    let (done, problem) = match is_done(job, run, attempt, outcome, &ending.output) {
        Ok(done) => (done, None),
        Err(problem) => (false, Some(problem)),
    };
    let finished = AttemptFinished {
        attempt,
        outcome,
        output: ending.output.clone(),
        error: ending.error.clone().filter(|_| outcome != AttemptOutcome::Succeeded),
        took: ending.took,
        done,
        out_bytes: ending.out_bytes,
        err_bytes: ending.err_bytes,
    };
    let mut events = vec![finished.into()];
    if let Some(error) = problem {
        let AttemptId { host, step, .. } = attempt;
        let undo = host_moves::undoes(job);
        events.push(StepFailed { host, step, outcome: HostOutcome::StepFailed, error, undo }.into());
    }
    events
}

/// Whether nothing is left to do on the host. A host that serves nobody is never done before it serves again.
fn is_done(
    job: &Job,
    run: &HostRun,
    attempt: AttemptId,
    outcome: AttemptOutcome,
    output: &Values,
) -> Result<bool, Arc<str>> {
    let forward = matches!(run.cursor, Cursor::Forward(_));
    if outcome != AttemptOutcome::Succeeded || attempt.phase != Phase::Run || !forward || run.out_of_service {
        return Ok(false);
    }
    evaluate::done(job, attempt.host, attempt.step, output)
}

fn vanished(attempt: AttemptId, why: Vanished) -> Vec<JobEvent> {
    let mut events: Vec<JobEvent> = vec![AttemptInDoubt { attempt, why }.into()];
    // Who asks a host about a doubt and is left in doubt about that asks a person.
    if attempt.phase == Phase::Verify {
        events.push(PersonAsked { host: attempt.host }.into());
    }
    events
}

fn out_of_reach(
    job: &Job,
    run: &HostRun,
    attempt: AttemptId,
    open: &OpenAttempt,
    why: &Arc<str>,
    may_have_begun: bool,
    now: Timestamp,
) -> Vec<JobEvent> {
    let untouched = !run.touched && !may_have_begun && !open.inherited;
    let until = untouched.then(|| (open.started_at + job.template.unreachable_after).max(now));
    if run.out_of_reach.is_some() && open.unreachable_at.is_some() == until.is_some() {
        return Vec::new();
    }
    vec![HostOutOfReach { attempt, why: why.clone(), until }.into()]
}

/// The end of an attempt that has no result.
pub(super) fn without_result(attempt: AttemptId, outcome: AttemptOutcome, error: Option<Arc<str>>) -> JobEvent {
    AttemptFinished {
        attempt,
        outcome,
        output: Values::new(),
        error,
        took: Duration::ZERO,
        done: false,
        out_bytes: 0,
        err_bytes: 0,
    }
    .into()
}
