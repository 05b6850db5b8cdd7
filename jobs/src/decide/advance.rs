//! What follows by itself: hosts move on, thresholds hold the job, gates open the next batch, hosts are admitted, the
//! job ends. Asked again and again until nothing follows.

use super::{admission, gate, host_moves, of_job};
use crate::event::{BatchOpened, Event, HostRunFinished, JobEvent, JobFinished, JobHeld, JobSettled};
use crate::fleet::Fleet;
use crate::ids::{HostIndex, JobId};
use crate::job::Job;
use crate::outcome::{HostStatus, JobOutcome, JobStatus};
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
        let standing = job.movable.iter().copied().filter(|host| host_moves::may_stop(job, *host));
        return standing.chain(begun_before(job)).filter_map(|host| stopped(job, host)).collect();
    }
    let all_stand = job.tally.status(HostStatus::Running) as usize == job.movable.len();
    if job.status == JobStatus::Draining && all_stand {
        return vec![JobHeld { why: HoldReason::Drained { by: stopping.by.clone() } }.into()];
    }
    Vec::new()
}

fn stopped(job: &Job, host: HostIndex) -> Option<JobEvent> {
    Some(HostRunFinished { host, outcome: host_moves::stopped(job.run(host)?) }.into())
}

/// Hosts that wait for another run after one that failed. They end with the job: whatever the first run left behind
/// must not be forgotten with the second.
fn begun_before(job: &Job) -> impl Iterator<Item = HostIndex> {
    let retries = job.retries.current.iter().chain(&job.retries.next);
    let waiting = retries.filter_map(|batch| job.batches.get(batch.at())).flat_map(|batch| &batch.waiting).copied();
    let may_be_deferred = if job.tally.status(HostStatus::Deferred) > 0 { job.runs.len() as u32 } else { 0 };
    let is_deferred = |host: &HostIndex| job.run(*host).is_some_and(|run| run.status == HostStatus::Deferred);
    let deferred = (0..may_be_deferred).map(HostIndex).filter(is_deferred);
    let has_begun = |host: &HostIndex| job.run(*host).is_some_and(|run| run.started_at.is_some());
    waiting.chain(deferred).filter(has_begun)
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
