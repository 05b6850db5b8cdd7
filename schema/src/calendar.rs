//! The calendar of the schedules: what their moments made of themselves, and what those to come will.
//!
//! It is worked out beside the engine, from a copy of what it needs and from the log.
//!
//! Never found here: the rules of it (`jobs::calendar`).

use crate::backend::{Backend, Fault, read};
use crate::fault::{bad_argument, fault};
use crate::job::Job;
use crate::past::{self, Answer, Fate as Answered};
use crate::preview::Prediction;
use crate::scalar::DateTime;
use crate::schedule::Schedule;
use crate::sentence::Sentence;
use async_graphql::{Enum, Error, SimpleObject};
use jobs::calendar::{self as rule, Expected, Forecast, LONGEST, MOST_OCCURRENCES, Planned};
use jobs::fleet;
use jobs::ids::{JobId, ScheduleId, TemplateName};
use jobs::inventory::Host;
use jobs::outlook::{Experience, MOST_EARLIER};
use jobs::sentence as said;
use jobs::statistics::Histogram;
use jobs::template::Template;
use jobs::time::Timestamp;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// Jobs of the archive that are looked through for a template whose schedule created none yet.
const MOST_OF_ARCHIVE: usize = 200;

/// Every moment at which a schedule fires between two moments: what became of it, or what will.
#[derive(SimpleObject, Clone)]
pub struct Calendar {
    /// The moments in order: those that were answered, then those to come.
    occurrences: Vec<Occurrence>,
    /// Whether there are more than one answer holds. Then those after `completeUntil` are missing.
    truncated: bool,
    /// Up to here nothing is missing.
    complete_until: DateTime,
}

/// A moment of a schedule.
#[derive(SimpleObject, Clone)]
pub struct Occurrence {
    /// Whose moment.
    schedule: Schedule,
    /// When it is due.
    at: DateTime,
    /// What became of it, or what will.
    fate: Fate,
    /// What clocks being put forward or back made of it; only of moments to come.
    note: Option<String>,
    /// Why no job was created; only where it was skipped.
    why: Option<String>,
    /// The note, or why it was skipped, to be said in any language; null where neither is, and where an earlier version
    /// has recorded only words.
    sentence: Option<Sentence>,
    /// When that was decided; null where it is to come.
    answered_at: Option<DateTime>,
    /// The job that was created. One of the archive is told as in lists.
    job: Option<Job>,
    /// How long its job will take; null where no earlier job says, or where none will be created.
    prediction: Option<Prediction>,
    /// Whose earlier jobs the prediction rests on.
    predicted_from: Option<PredictedFrom>,
    /// How many hosts its job would have, as the inventory is now; null where it was answered.
    hosts: Option<u32>,
    /// Jobs of other moments to come that will want some of the same hosts at the same time; at most 20.
    collisions: Vec<Collision>,
    /// How many there are.
    colliding: u32,
}

/// What became of a moment of a schedule, or what will.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// A job will be created.
    Expected,
    /// It will be skipped while the schedule is paused.
    WillBePaused,
    /// It will be skipped: the template was taken away.
    WillHaveNoTemplate,
    /// It will be skipped: the job before is likely to run still, and the schedule forbids overlap.
    WillBeSkipped,
    /// It will wait: the job before is likely to run still.
    WillWait,
    /// It created a job.
    Fired,
    /// It waits for the job before to end.
    Waits,
    /// It was skipped.
    Skipped,
}

/// Whose earlier jobs a prediction rests on.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum PredictedFrom {
    /// Those of the schedule.
    Schedule,
    /// Those of the template: the schedule has none in which a host succeeded.
    Template,
}

/// Two jobs will want the same hosts at the same time. Those hosts are deferred in the job that comes later.
#[derive(SimpleObject, Clone)]
pub struct Collision {
    /// Whose moment the other one is.
    schedule: Schedule,
    /// When that is.
    at: DateTime,
    /// How many hosts both have, as the inventory is now.
    hosts: u32,
    /// Whether this one comes later, so that its hosts wait.
    waits: bool,
}

impl Calendar {
    /// Of all schedules, from one moment on and before another.
    pub async fn of(backend: &dyn Backend, from: Timestamp, until: Timestamp) -> Result<Calendar, Error> {
        if until <= from || until - from > LONGEST {
            let message =
                format!("{until} is not after {from}, or more than {LONGEST} after it; ask for less at a time");
            return Err(bad_argument(message));
        }
        worked_out(backend, from, until).await.map_err(fault)
    }
}

/// What a calendar needs of the state.
struct Seen {
    schedules: Vec<(Schedule, Option<Arc<Template>>)>,
    hosts: Vec<Arc<Host>>,
    ended: Vec<(TemplateName, Histogram)>,
    archived: u64,
}

impl Seen {
    fn of(state: &fleet::Fleet) -> Seen {
        let template =
            |name| state.templates.get(name).filter(|known| !known.removed).map(|known| known.template.clone());
        let schedules = state.schedules.iter();
        let ended = state.ended.iter().rev().filter_map(|id| state.jobs.get(id));
        Seen {
            schedules: schedules.map(|(id, it)| (Schedule::of(*id, it), template(&it.spec.template))).collect(),
            hosts: state.inventory.hosts.values().cloned().collect(),
            ended: ended.map(|job| (job.template.name.clone(), job.durations.clone())).collect(),
            archived: state.archived,
        }
    }
}

async fn worked_out(backend: &dyn Backend, from: Timestamp, until: Timestamp) -> Result<Calendar, Fault> {
    let seen = read(backend, |state, _| Seen::of(state)).await?;
    let schedules: Vec<Schedule> = seen.schedules.iter().map(|(schedule, _)| schedule.clone()).collect();
    let (mut answers, cut) = answered(backend, &schedules, from, until).await?;
    let (planned, sources) = planned(backend, seen.schedules, seen.ended, seen.archived).await?;
    let left = MOST_OCCURRENCES.saturating_sub(answers.len());
    let hosts = seen.hosts;
    let ahead = move || rule::forecast(&planned, &hosts, from, until, left);
    let ahead = tokio::task::spawn_blocking(ahead).await;
    let ahead = ahead.map_err(|error| Fault::Failed(format!("working out the calendar failed: {error}")))?;
    let cut_at = cut.or(ahead.cut_at);
    // What was answered since the state was seen is not to come any more.
    let over: HashSet<_> = answers.iter().map(Occurrence::moment).collect();
    let to_come = to_come(&ahead, &schedules, &sources).into_iter().filter(|moment| !over.contains(&moment.moment()));
    answers.extend(to_come.collect::<Vec<_>>());
    answers.retain(|occurrence| cut_at.is_none_or(|cut_at| occurrence.at.0 < cut_at));
    answers.sort_by_key(|occurrence| occurrence.at);
    Ok(Calendar {
        occurrences: answers,
        truncated: cut_at.is_some(),
        complete_until: DateTime(cut_at.unwrap_or(until)),
    })
}

/// The moments that were answered, and the first one that did not fit any more: behind it nothing is read.
async fn answered(
    backend: &dyn Backend,
    schedules: &[Schedule],
    from: Timestamp,
    mut until: Timestamp,
) -> Result<(Vec<Occurrence>, Option<Timestamp>), Fault> {
    if from > backend.now() {
        return Ok((Vec::new(), None));
    }
    let (mut all, mut cut_at): (Vec<(&Schedule, Answer)>, _) = (Vec::new(), None);
    for schedule in schedules {
        let answers = past::between(backend, schedule.id, from, until, MOST_OCCURRENCES + 1).await?;
        all.extend(answers.into_iter().map(|answer| (schedule, answer)));
        all.sort_by_key(|(_, answer)| answer.nominal);
        if let Some((_, first_left_out)) = all.get(MOST_OCCURRENCES) {
            until = first_left_out.nominal;
            cut_at = Some(until);
            all.truncate(MOST_OCCURRENCES);
        }
    }
    let jobs = past::jobs(backend, all.iter().filter_map(|(_, answer)| answer.job()).collect()).await?;
    let occurrence = |(schedule, answer): (&Schedule, Answer)| {
        let job = answer.job().and_then(|id| jobs.get(&id)).map(|(job, _)| job.clone());
        Occurrence::answered(schedule.clone(), answer, job)
    };
    Ok((all.into_iter().map(occurrence).collect(), cut_at))
}

/// Everything a forecast asks of the schedules, and whose jobs it will predict from.
async fn planned(
    backend: &dyn Backend,
    schedules: Vec<(Schedule, Option<Arc<Template>>)>,
    mut ended: Vec<(TemplateName, Histogram)>,
    archived: u64,
) -> Result<(Vec<Planned>, Vec<PredictedFrom>), Fault> {
    let own = own_earlier(backend, schedules.iter().map(|(schedule, _)| schedule.id).collect()).await?;
    if archived > 0 && schedules.iter().any(|(schedule, _)| !own.contains_key(&schedule.id)) {
        let summaries = backend.archive(None, MOST_OF_ARCHIVE).await?;
        ended.extend(summaries.into_iter().map(|job| (job.template.name.clone(), job.durations)));
    }
    let of_template = |name: &TemplateName| -> Vec<Histogram> {
        ended.iter().filter(|(template, _)| template == name).map(|(_, durations)| durations.clone()).collect()
    };
    let plan = |(schedule, template): (Schedule, Option<Arc<Template>>)| {
        let (durations, source) = match own.get(&schedule.id) {
            Some(durations) => (durations.clone(), PredictedFrom::Schedule),
            None => (of_template(&schedule.spec().template), PredictedFrom::Template),
        };
        (schedule.planned(template, Experience::of(&durations)), source)
    };
    Ok(schedules.into_iter().map(plan).unzip())
}

/// How long hosts took in the jobs of each schedule that has some which say so, the newest job first.
async fn own_earlier(
    backend: &dyn Backend,
    schedules: Vec<ScheduleId>,
) -> Result<HashMap<ScheduleId, Vec<Histogram>>, Fault> {
    let mut fired: Vec<(ScheduleId, Vec<JobId>)> = Vec::new();
    for schedule in schedules {
        let answers = past::newest(backend, schedule, u64::MAX, 2 * MOST_EARLIER).await?;
        fired.push((schedule, answers.iter().filter_map(Answer::job).collect()));
    }
    let jobs = past::jobs(backend, fired.iter().flat_map(|(_, jobs)| jobs.clone()).collect()).await?;
    let durations = |id: &JobId| jobs.get(id).map(|(_, durations)| durations.clone());
    let says = |durations: &Histogram| durations.count() > 0;
    let own = fired.iter().map(|(schedule, ids)| (*schedule, ids.iter().filter_map(durations).filter(says).collect()));
    Ok(own.filter(|(_, durations): &(_, Vec<_>)| !durations.is_empty()).collect())
}

fn to_come(ahead: &Forecast, schedules: &[Schedule], sources: &[PredictedFrom]) -> Vec<Occurrence> {
    let collision = |found: &rule::Collision| {
        let other = &ahead.occurrences[found.with];
        let schedule = schedules[other.schedule].clone();
        Collision { schedule, at: DateTime(other.at), hosts: found.hosts, waits: found.waits }
    };
    let occurrence = |found: &rule::Occurrence| Occurrence {
        schedule: schedules[found.schedule].clone(),
        at: DateTime(found.at),
        fate: found.expected.into(),
        note: found.note.map(|note| note.to_string()),
        why: None,
        sentence: found.note.map(said::Sentence::from).as_ref().map(Sentence::from),
        answered_at: None,
        job: None,
        prediction: found.prediction.map(|predicted| Prediction::starting(predicted, found.at)),
        predicted_from: found.prediction.map(|_| sources[found.schedule]),
        hosts: Some(found.hosts),
        collisions: found.collisions.iter().map(collision).collect(),
        colliding: found.colliding,
    };
    ahead.occurrences.iter().map(occurrence).collect()
}

impl Occurrence {
    /// Whose moment it is, and when.
    fn moment(&self) -> (ScheduleId, Timestamp) {
        (self.schedule.id, self.at.0)
    }

    /// A moment that was answered.
    pub fn answered(schedule: Schedule, answer: Answer, job: Option<Job>) -> Occurrence {
        let (fate, why, cause) = match answer.fate {
            Answered::Fired(_) => (Fate::Fired, None, None),
            Answered::Queued => (Fate::Waits, None, None),
            Answered::Skipped(why, cause) => (Fate::Skipped, Some(why.to_string()), cause),
        };
        Occurrence {
            schedule,
            at: DateTime(answer.nominal),
            fate,
            note: None,
            why,
            sentence: cause.map(said::Sentence::from).as_ref().map(Sentence::from),
            answered_at: Some(DateTime(answer.at)),
            job,
            prediction: None,
            predicted_from: None,
            hosts: None,
            collisions: Vec::new(),
            colliding: 0,
        }
    }
}

impl From<Expected> for Fate {
    fn from(expected: Expected) -> Fate {
        match expected {
            Expected::Job => Fate::Expected,
            Expected::Paused => Fate::WillBePaused,
            Expected::NoTemplate => Fate::WillHaveNoTemplate,
            Expected::Skipped => Fate::WillBeSkipped,
            Expected::Queued => Fate::WillWait,
        }
    }
}
