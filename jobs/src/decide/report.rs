//! What follows from a runner's word about an attempt.

use super::{host_moves, of_job};
use crate::attempt::{Ending, How, Report, Vanished};
use crate::command::{Code, Rejection};
use crate::diagnostic::shortened;
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

/// The most that a step may give back to the steps after it, in bytes of JSON: it is kept for every host.
pub const LONGEST_OUTPUT: usize = 64 << 10;

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
        Report::Refused { why } => vec![without_result(attempt, AttemptOutcome::Refused, Some(in_short(why)))],
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
    let output = taken_output(&ending.output);
    let done = output.as_ref().map_err(Arc::clone).and_then(|output| is_done(job, run, attempt, outcome, output));
    let goes_on = outcome == AttemptOutcome::Succeeded && attempt.phase == Phase::Run;
    let problem = done.as_ref().err().filter(|_| goes_on && matches!(run.cursor, Cursor::Forward(_)));
    let finished = AttemptFinished {
        attempt,
        outcome,
        output: output.cloned().unwrap_or_default(),
        error: ending.error.as_ref().filter(|_| outcome != AttemptOutcome::Succeeded).map(in_short),
        took: ending.took,
        done: done.as_ref().is_ok_and(|done| *done),
        out_bytes: ending.out_bytes,
        err_bytes: ending.err_bytes,
    };
    let mut events = vec![finished.into()];
    if let Some(error) = problem.cloned() {
        let AttemptId { host, step, .. } = attempt;
        let undo = host_moves::undoes(job);
        events.push(StepFailed { host, step, outcome: HostOutcome::StepFailed, error, undo }.into());
    }
    events
}

/// What a script gave back, unless it is too much to be kept for every host of a fleet.
fn taken_output(output: &Values) -> Result<&Values, Arc<str>> {
    let size = if output.is_empty() { 0 } else { serde_json::to_vec(output).map_or(0, |text| text.len()) };
    if size <= LONGEST_OUTPUT {
        return Ok(output);
    }
    let most = LONGEST_OUTPUT >> 10;
    Err(format!("it gave back {size} bytes in $STAGGER_OUTPUT; at most {most} KiB are taken: print what is long")
        .into())
}

/// What a host or a runner says, kept in short.
fn in_short(said: &Arc<str>) -> Arc<str> {
    // Bytes are at least as many as characters, so most texts are neither counted nor copied.
    if said.len() <= 500 { said.clone() } else { shortened(said.to_string()).into() }
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
    // That a reboot may have begun after all makes an absence one that is expected.
    let is_news = open.reboots && may_have_begun && !open.begun;
    if run.out_of_reach.is_some() && open.unreachable_at.is_some() == until.is_some() && !is_news {
        return Vec::new();
    }
    vec![HostOutOfReach { attempt, why: in_short(why), until, begun: may_have_begun }.into()]
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
