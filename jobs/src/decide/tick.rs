//! What follows because time has passed.

use super::{host_moves, of_job, report::without_result, schedules};
use crate::command::Fresh;
use crate::event::{BakeFinished, Event, JobEvent, JobHeld, PersonAsked};
use crate::fleet::{Deadline, Fleet};
use crate::ids::{AttemptId, BatchIndex, JobId, Phase};
use crate::outcome::{AttemptOutcome, JobStatus};
use crate::reason::HoldReason;
use crate::time::Timestamp;

/// The most deadlines one tick deals with, so that a command never grows without bound; the next tick goes on.
const MOST_PER_TICK: usize = 1_000;

/// Events for everything that is due. Every deadline that is due is gone once they are applied.
pub(super) fn tick(fleet: &Fleet, fresh: &[Fresh], now: Timestamp) -> Vec<Event> {
    let mut fresh = fresh.iter();
    let due = fleet.deadlines.iter().take_while(|(at, _)| *at <= now).take(MOST_PER_TICK);
    due.flat_map(|(_, deadline)| match deadline {
        Deadline::Attempt(job, attempt) => of_job(*job, no_word(fleet, *job, *attempt, now)),
        Deadline::Reach(job, attempt) => of_job(*job, out_of_reach(fleet, *job, *attempt)),
        Deadline::Retry(job, host) => {
            of_job(*job, fleet.jobs.get(job).map(|job| host_moves::next(job, *host, now)).unwrap_or_default())
        }
        Deadline::Bake(job, batch) => of_job(*job, vec![BakeFinished { batch: *batch }.into()]),
        Deadline::Approval(job, batch) => of_job(*job, approval_expired(fleet, *job, *batch)),
        Deadline::Schedule(schedule) => schedules::due(fleet, *schedule, &mut fresh, now),
    })
    .collect()
}

fn no_word(fleet: &Fleet, job: JobId, attempt: AttemptId, now: Timestamp) -> Vec<JobEvent> {
    let Some(run) = fleet.jobs.get(&job).and_then(|job| job.run(attempt.host)) else { return Vec::new() };
    let reach = run.open_attempt(attempt.host).and_then(|(_, open)| open.unreachable_at);
    if reach.is_some_and(|until| until <= now) {
        // Both are due at once; the host was not reached, and that is said by its own deadline.
        return Vec::new();
    }
    let why = run.out_of_reach.clone();
    let error = why.unwrap_or_else(|| "nothing was heard of the host within the step's time".into());
    let lost = without_result(attempt, AttemptOutcome::Lost, Some(error));
    match attempt.phase {
        Phase::Run | Phase::Undo => vec![lost],
        // Asking the host settled nothing; a person is asked.
        Phase::Verify => {
            let doubt = crate::event::AttemptInDoubt { attempt, why: crate::attempt::Vanished::NotBack };
            vec![doubt.into(), PersonAsked { host: attempt.host }.into()]
        }
    }
}

fn out_of_reach(fleet: &Fleet, job: JobId, attempt: AttemptId) -> Vec<JobEvent> {
    let why = fleet.jobs.get(&job).and_then(|job| job.run(attempt.host)?.out_of_reach.clone());
    vec![without_result(attempt, AttemptOutcome::Unreachable, why)]
}

fn approval_expired(fleet: &Fleet, job: JobId, batch: BatchIndex) -> Vec<JobEvent> {
    let expired = crate::event::ApprovalExpired { batch }.into();
    match fleet.jobs.get(&job).map(|job| job.status) {
        Some(JobStatus::Running) => {
            vec![expired, JobHeld { why: HoldReason::ApprovalExpired { batch: batch.number() } }.into()]
        }
        _ => vec![expired],
    }
}
