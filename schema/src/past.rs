//! What became of the moments of a schedule, as its stream of the log says it.
//!
//! Never found here: moments that are to come (`calendar`).

use crate::backend::{About, Backend, EventPage, Fault, Recorded, StreamQuery, read};
use crate::job::Job;
use jobs::event::{Event, SCHEMA, ScheduleEvent};
use jobs::fleet::Fleet;
use jobs::ids::{JobId, ScheduleId};
use jobs::job as live;
use jobs::schedule::Skipped;
use jobs::statistics::Histogram;
use jobs::time::Timestamp;
use std::collections::HashMap;
use std::sync::Arc;

/// Events of one stream, or summaries of jobs, that are read at once.
const READ_AT_ONCE: usize = 500;

/// A moment that was answered.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The position of the log at which it was answered.
    pub position: u64,
    /// The moment.
    pub nominal: Timestamp,
    /// When it was answered.
    pub at: Timestamp,
    /// How.
    pub fate: Fate,
}

/// What became of a moment.
#[derive(Clone, Debug)]
pub enum Fate {
    /// A job was created.
    Fired(JobId),
    /// It waits for the job before to end.
    Queued,
    /// No job was created, for this reason: in words, and as a value where it was the schedule's own doing.
    Skipped(Arc<str>, Option<Skipped>),
}

impl Answer {
    /// The job that was created.
    pub fn job(&self) -> Option<JobId> {
        match self.fate {
            Fate::Fired(job) => Some(job),
            Fate::Queued | Fate::Skipped(..) => None,
        }
    }
}

/// The answer that an event of a schedule gives.
fn answer(recorded: &Recorded) -> Option<Answer> {
    let payload = serde_json::to_vec(&recorded.payload).ok()?;
    let (nominal, fate) = match Event::decode(&recorded.stream, &recorded.kind, SCHEMA, &payload).ok()? {
        Event::Schedule(_, ScheduleEvent::ScheduleFired(it)) => (it.nominal, Fate::Fired(it.job)),
        Event::Schedule(_, ScheduleEvent::ScheduleQueued(it)) => (it.nominal, Fate::Queued),
        Event::Schedule(_, ScheduleEvent::ScheduleSkipped(it)) => (it.nominal, Fate::Skipped(it.why, it.cause)),
        _ => return None,
    };
    Some(Answer { position: recorded.position, nominal, at: recorded.at, fate })
}

fn stream_of(schedule: ScheduleId) -> String {
    format!("schedule/{schedule}")
}

/// Events of a schedule, newest first, before a position of the log.
async fn back(backend: &dyn Backend, schedule: ScheduleId, before: u64, limit: usize) -> Result<EventPage, Fault> {
    let query = StreamQuery { stream: stream_of(schedule), after: 0, before, limit, about: About::Anything };
    backend.stream_back(query).await
}

/// At most `limit` moments that were answered for good before a position of the log, the newest answer first.
pub async fn newest(
    backend: &dyn Backend,
    schedule: ScheduleId,
    mut before: u64,
    limit: usize,
) -> Result<Vec<Answer>, Fault> {
    let mut found = Vec::new();
    while found.len() < limit {
        let page = back(backend, schedule, before, READ_AT_ONCE.min(limit * 2)).await?;
        let for_good = |answer: &Answer| !matches!(answer.fate, Fate::Queued);
        found.extend(page.events.iter().filter_map(answer).filter(for_good));
        before = page.seen;
        if page.end || page.events.is_empty() {
            break;
        }
    }
    found.truncate(limit);
    Ok(found)
}

/// The moments from `from` on and before `until` that were answered, in order; at most `most` of them.
pub async fn between(
    backend: &dyn Backend,
    schedule: ScheduleId,
    from: Timestamp,
    until: Timestamp,
    most: usize,
) -> Result<Vec<Answer>, Fault> {
    let mut seen = last_before(backend, schedule, from).await?;
    // A moment that waited was answered twice; the later answer is the one.
    let mut found: HashMap<Timestamp, Answer> = HashMap::new();
    while found.len() < most {
        let events = backend.stream_events(stream_of(schedule), seen, READ_AT_ONCE, None).await?;
        let Some(last) = events.last() else { break };
        seen = last.version;
        let answers: Vec<Answer> = events.iter().filter_map(answer).collect();
        let is_over = answers.last().is_some_and(|answer| answer.nominal >= until);
        let within = answers.into_iter().filter(|answer| (from..until).contains(&answer.nominal));
        found.extend(within.map(|answer| (answer.nominal, answer)));
        if is_over {
            break;
        }
    }
    let mut found: Vec<Answer> = found.into_values().collect();
    found.sort_by_key(|answer| answer.nominal);
    found.truncate(most);
    Ok(found)
}

/// The version of the last event of a schedule that was recorded before a moment, found by halving: a moment is never
/// answered before it comes.
async fn last_before(backend: &dyn Backend, schedule: ScheduleId, moment: Timestamp) -> Result<u64, Fault> {
    let newest = back(backend, schedule, u64::MAX, 1).await?;
    let (mut before, mut since) = (0, newest.events.first().map_or(0, |event| event.version));
    while before < since {
        let middle = u64::midpoint(before, since);
        let event = backend.stream_events(stream_of(schedule), middle, 1, None).await?;
        match event.first().is_some_and(|event| event.at < moment) {
            true => before = middle + 1,
            false => since = middle,
        }
    }
    Ok(before)
}

/// Jobs wherever they are, those of the archive as summaries, each with how long its hosts took.
pub async fn jobs(backend: &dyn Backend, ids: Vec<JobId>) -> Result<HashMap<JobId, (Job, Histogram)>, Fault> {
    let now = backend.now();
    let wanted = ids.clone();
    let look = move |fleet: &Fleet, position| {
        let found = wanted.iter().filter_map(|id| fleet.jobs.get(id));
        let found = found.map(|job| (job.id, (Job::of(fleet, job, position, now), job.durations.clone())));
        (found.collect::<HashMap<_, _>>(), position, fleet.archived)
    };
    let (mut found, position, archived) = read(backend, look).await?;
    let missing = ids.into_iter().filter(|id| archived > 0 && !found.contains_key(id));
    for some in missing.collect::<Vec<_>>().chunks(READ_AT_ONCE) {
        let summaries = backend.summaries(some.to_vec()).await?;
        let archived = |job: live::Job| (job.id, (Job::of_archive(&job, position, now), job.durations));
        found.extend(summaries.into_iter().map(archived));
    }
    Ok(found)
}
