//! Schedules, and when they fire.
//!
//! Never found here: cron arithmetic (`jobs::schedule`).

use crate::backend::{Backend, Fault, read, read_job};
use crate::fault::{backend, bad_argument, fault};
use crate::id::GlobalId;
use crate::job::Job;
use crate::parameter;
use crate::scalar::{DateTime, Json, Millis};
use crate::sentence::Sentence;
use async_graphql::{Context, Enum, Error, ID, Object, SimpleObject};
use jobs::fleet;
use jobs::ids::ScheduleId;
use jobs::schedule::{self as rule, ScheduleSpec};
use jobs::time::Timestamp;

/// The most firings of one answer.
const MOST_FIRINGS: i32 = 100;

/// When jobs of a template are created by themselves.
#[derive(Clone, Debug)]
pub struct Schedule {
    id: ScheduleId,
    schedule: fleet::Schedule,
}

/// When jobs of a template are created by themselves.
#[Object]
impl Schedule {
    /// The global id.
    pub async fn id(&self) -> ID {
        GlobalId::Schedule(self.id).into()
    }

    /// What it is called.
    async fn name(&self) -> &str {
        &self.schedule.spec.name
    }

    /// The template of its jobs.
    async fn template(&self) -> &str {
        self.schedule.spec.template.as_str()
    }

    /// The parameters of its jobs.
    async fn parameters(&self) -> Json {
        parameter::values(&self.schedule.spec.parameters)
    }

    /// The hosts, where they are not the template's; a selector.
    async fn targets(&self) -> Option<&str> {
        self.schedule.spec.targets.as_ref().map(|selector| selector.as_str())
    }

    /// When, as a cron expression.
    async fn cron(&self) -> &str {
        &self.schedule.spec.cron
    }

    /// The time zone the expression is meant in, by its IANA name.
    async fn zone(&self) -> &str {
        &self.schedule.spec.zone
    }

    /// What is done about moments at which no server was running.
    async fn missed(&self) -> Missed {
        match self.schedule.spec.missed {
            rule::Missed::Skip => Missed::Skip,
            rule::Missed::Once => Missed::Once,
            rule::Missed::All { .. } => Missed::All,
        }
    }

    /// How many missed moments fire at most, where all do.
    async fn missed_max(&self) -> Option<u32> {
        match self.schedule.spec.missed {
            rule::Missed::All { max } => Some(max),
            rule::Missed::Skip | rule::Missed::Once => None,
        }
    }

    /// What is done when the job before has not ended.
    async fn overlap(&self) -> Overlap {
        self.schedule.spec.overlap.into()
    }

    /// How late a job may still be created.
    async fn deadline(&self) -> Option<Millis> {
        self.schedule.spec.deadline.map(Millis)
    }

    /// Whether its moments are skipped for now.
    async fn paused(&self) -> bool {
        self.schedule.spec.paused
    }

    /// Who made it.
    async fn created_by(&self) -> &str {
        &self.schedule.by
    }

    /// The job it last created.
    async fn last_job(&self, ctx: &Context<'_>) -> Result<Option<Job>, Error> {
        let Some(id) = self.schedule.last_job else { return Ok(None) };
        let backend = backend(ctx)?;
        let now = backend.now();
        read_job(&**backend, id, move |fleet, position| Job::find(fleet, id, position, now)).await.map_err(fault)
    }

    /// A moment that waits for the last job to end.
    async fn queued(&self) -> Option<DateTime> {
        self.schedule.queued.map(DateTime)
    }

    /// When it fires next.
    #[graphql(complexity = "1 + count.unwrap_or(10).max(0) as usize * child_complexity")]
    async fn upcoming(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, up to 100; otherwise 10.")] count: Option<i32>,
        #[graphql(desc = "After this moment; otherwise now.")] from: Option<DateTime>,
    ) -> Result<Vec<Firing>, Error> {
        let from = from.map_or_else(|| backend(ctx).map(|backend| backend.now()), |from| Ok(from.0))?;
        upcoming(&self.schedule.spec, from, count.unwrap_or(10))
    }
}

/// What is done about moments at which no server was running.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missed {
    /// Nothing.
    Skip,
    /// Of all moments that are due, the latest fires.
    Once,
    /// The latest ones fire, each for itself.
    All,
}

/// What is done when the job before has not ended.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "jobs::schedule::Overlap")]
pub enum Overlap {
    /// The moment is skipped.
    Forbid,
    /// The moment waits for the job before to end; one moment at most waits.
    Queue,
    /// Another job is created.
    Allow,
}

/// A moment at which a schedule fires.
#[derive(SimpleObject, Clone, Debug, PartialEq, Eq)]
pub struct Firing {
    /// When.
    at: DateTime,
    /// What clocks being put forward or back made of it.
    note: Option<String>,
    /// The same, to be said in any language.
    sentence: Option<Sentence>,
}

/// When a cron expression fires.
#[derive(SimpleObject, Clone, Debug, PartialEq, Eq)]
pub struct CronPreview {
    /// The next moments; empty where the expression cannot be read.
    firings: Vec<Firing>,
    /// Why the expression or the zone cannot be read.
    problem: Option<String>,
    /// What to write instead; null where there is no problem.
    hint: Option<String>,
}

impl Schedule {
    /// One schedule by its id.
    pub async fn find(backend: &dyn Backend, id: ScheduleId) -> Result<Option<Schedule>, Fault> {
        let look = move |fleet: &fleet::Fleet, _| {
            fleet.schedules.get(&id).map(|schedule| Schedule { id, schedule: schedule.clone() })
        };
        read(backend, look).await
    }

    /// Every schedule, oldest first.
    pub async fn all(backend: &dyn Backend) -> Result<Vec<Schedule>, Fault> {
        let look = |fleet: &fleet::Fleet, _| {
            let schedules = fleet.schedules.iter();
            schedules.map(|(id, schedule)| Schedule { id: *id, schedule: schedule.clone() }).collect()
        };
        read(backend, look).await
    }
}

/// When a cron expression would fire, for somebody who is typing one.
pub fn preview(spec: &ScheduleSpec, from: Timestamp, count: i32) -> Result<CronPreview, Error> {
    match spec.check() {
        Ok(()) => Ok(CronPreview { firings: upcoming(spec, from, count)?, problem: None, hint: None }),
        Err(problem) => {
            let hint = Some(problem.hint().to_owned());
            Ok(CronPreview { firings: Vec::new(), problem: Some(problem.to_string()), hint })
        }
    }
}

fn upcoming(spec: &ScheduleSpec, from: Timestamp, count: i32) -> Result<Vec<Firing>, Error> {
    if !(1..=MOST_FIRINGS).contains(&count) {
        return Err(bad_argument(format!("count is {count}; ask for 1 to {MOST_FIRINGS} firings")));
    }
    let timetable = spec.timetable().map_err(bad_argument)?;
    let firing = |firing: rule::Firing| {
        let note = firing.note.map(jobs::sentence::Sentence::from);
        let (text, sentence) = (note.as_ref().map(ToString::to_string), note.as_ref().map(Sentence::from));
        Firing { at: DateTime(firing.nominal), note: text, sentence }
    };
    Ok(timetable.upcoming(from, count as usize).into_iter().map(firing).collect())
}
