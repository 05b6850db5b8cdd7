//! What follows by itself: hosts move on, thresholds hold the job, gates open the next batch, hosts are admitted, the
//! job ends. Asked again and again until nothing follows.

use super::{admission, gate, host_moves, of_job};
use crate::event::{BatchOpened, Event, HostRunFinished, JobEvent, JobFinished, JobHeld, JobSettled};
use crate::fleet::Fleet;
use crate::ids::JobId;
use crate::job::Job;
use crate::outcome::{HostOutcome, HostStatus, JobOutcome, JobStatus};
use crate::reason::HoldReason;
use crate::time::Timestamp;

/// The next events that follow for one job, or none. O(hosts that can move), never O(hosts of the job).
pub fn consequences(fleet: &Fleet, id: JobId, now: Timestamp) -> Vec<Event> {
    let Some(job) = fleet.jobs.get(&id) else { return Vec::new() };
    let events = match job.status {
        JobStatus::Planned => Vec::new(),
        JobStatus::Finished | JobStatus::Settled => settle(job),
        JobStatus::Held | JobStatus::Draining | JobStatus::Cancelling => {
            first_of([&|| host_moves::all(job, now), &|| stop(job), &|| end(job)])
        }
        JobStatus::Running => first_of([
            &|| host_moves::all(job, now),
            &|| gate::breach(job),
            &|| gate::canary_backfill(job),
            &|| gate::pass(job, now),
            &|| open_next_batch(job),
            &|| admission::admit(fleet, job),
            &|| end(job),
        ]),
    };
    of_job(id, events)
}

/// The first answer that is not empty.
fn first_of<const N: usize>(questions: [&dyn Fn() -> Vec<JobEvent>; N]) -> Vec<JobEvent> {
    questions.into_iter().map(|ask| ask()).find(|events| !events.is_empty()).unwrap_or_default()
}

/// Retries come first; while there are any, the rollout waits.
fn open_next_batch(job: &Job) -> Vec<JobEvent> {
    let track = job.moving_track();
    match (track.current, track.next.front()) {
        (None, Some(batch)) => vec![BatchOpened { batch: *batch }.into()],
        _ => Vec::new(),
    }
}

/// Once every host in flight stands at a safe point: a draining job is held, a cancelled one lets them go.
fn stop(job: &Job) -> Vec<JobEvent> {
    let Some(stopping) = &job.stopping else { return Vec::new() };
    if job.status == JobStatus::Cancelling {
        let finished = |host: &_| HostRunFinished { host: *host, outcome: HostOutcome::Cancelled }.into();
        return job.movable.iter().filter(|host| host_moves::may_stop(job, **host)).map(finished).collect();
    }
    let all_stand = job.tally.status(HostStatus::Running) as usize == job.movable.len();
    if job.status == JobStatus::Draining && all_stand {
        return vec![JobHeld { why: HoldReason::Drained { by: stopping.by.clone() } }.into()];
    }
    Vec::new()
}

/// Ends the job, or says that it needs a person, once nothing is in flight and nothing is to come.
fn end(job: &Job) -> Vec<JobEvent> {
    let in_flight = job.tally.status(HostStatus::Running) > 0;
    let over = job.status == JobStatus::Cancelling || (job.rollout.is_done() && job.retries.is_done());
    if in_flight || !over || job.status == JobStatus::Draining {
        return Vec::new();
    }
    if job.tally.needing_a_person() > 0 {
        return vec![JobSettled {}.into()];
    }
    vec![JobFinished { outcome: outcome(job) }.into()]
}

/// A settled job ends when the last host that needed a person was dealt with.
fn settle(job: &Job) -> Vec<JobEvent> {
    if job.status == JobStatus::Settled && job.tally.needing_a_person() == 0 {
        return vec![JobFinished { outcome: outcome(job) }.into()];
    }
    Vec::new()
}

fn outcome(job: &Job) -> JobOutcome {
    let succeeded = job.tally.succeeded();
    match &job.stopping {
        Some(stopping) if stopping.kill => JobOutcome::Killed,
        Some(_) => JobOutcome::Cancelled,
        None if job.tally.hosts() == 0 => JobOutcome::NoTargets,
        None if succeeded == job.tally.hosts() => JobOutcome::Succeeded,
        None if succeeded == 0 => JobOutcome::Failed,
        None => JobOutcome::Partial,
    }
}
