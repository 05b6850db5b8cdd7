//! Schedules, and when they fire.
//!
//! Never found here: cron arithmetic (`jobs::schedule`).

use crate::backend::{Backend, Fault, read, read_job};
use crate::calendar::Occurrence;
use crate::fault::{backend, bad_argument, fault};
use crate::id::GlobalId;
use crate::job::Job;
use crate::page::{Cursor, Page};
use crate::parameter;
use crate::past::{self, Answer};
use crate::scalar::{DateTime, Json, Millis};
use crate::sentence::Sentence;
use async_graphql::connection::{Connection, Edge};
use async_graphql::{Context, Enum, Error, ID, Object, SimpleObject};
use jobs::calendar::Planned;
use jobs::fleet;
use jobs::ids::ScheduleId;
use jobs::outlook::Experience;
use jobs::schedule::{self as rule, ScheduleSpec};
use jobs::template::Template;
use jobs::time::Timestamp;
use std::sync::Arc;

/// The most firings of one answer.
const MOST_FIRINGS: i32 = 100;

/// When jobs of a template are created by themselves.
#[derive(Clone, Debug)]
pub struct Schedule {
    /// Its id.
    pub id: ScheduleId,
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

    /// How often it was made of something, the first time included.
    async fn version(&self) -> u32 {
        self.schedule.version
    }

    /// Who made it of what it is made of now.
    async fn changed_by(&self) -> &str {
        &self.schedule.changed_by
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

    /// Who paused it and why; null where it goes on, and where it was made paused.
    async fn pause(&self) -> Option<Pause> {
        self.schedule.pause.as_ref().map(Pause::from)
    }

    /// Who made it.
    async fn created_by(&self) -> &str {
        &self.schedule.by
    }

    /// What became of its moments, the last one first: jobs that it created, and moments that it skipped with why.
    #[graphql(complexity = "20 + first.unwrap_or(50).max(0) as usize * child_complexity")]
    async fn history(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "At most this many, up to 200; otherwise 50.")] first: Option<i32>,
        #[graphql(desc = "The `endCursor` of the page before.")] after: Option<String>,
    ) -> Result<Connection<Cursor, Occurrence>, Error> {
        let page = Page::of(first, after)?;
        let before = page.after_key::<u64>()?.unwrap_or(u64::MAX);
        let backend = backend(ctx)?;
        let answers = past::newest(&**backend, self.id, before, page.limit + 1).await.map_err(fault)?;
        let jobs = answers.iter().filter_map(Answer::job).collect();
        let jobs = past::jobs(&**backend, jobs).await.map_err(fault)?;
        let mut found = Connection::new(page.after.is_some(), answers.len() > page.limit);
        found.edges.extend(answers.into_iter().take(page.limit).map(|answer| {
            let cursor = Cursor(answer.position.to_string());
            let job = answer.job().and_then(|id| jobs.get(&id)).map(|(job, _)| job.clone());
            Edge::new(cursor, Occurrence::answered(self.clone(), answer, job))
        }));
        Ok(found)
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

/// Who paused a schedule, when and why.
#[derive(SimpleObject, Clone, Debug, PartialEq, Eq)]
pub struct Pause {
    /// Who.
    by: String,
    /// When.
    at: DateTime,
    /// Why; may be empty.
    reason: String,
}

impl From<&fleet::Pause> for Pause {
    fn from(pause: &fleet::Pause) -> Pause {
        Pause { by: pause.by.to_string(), at: DateTime(pause.at), reason: pause.reason.to_string() }
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
    /// A schedule as it stands.
    pub fn of(id: ScheduleId, schedule: &fleet::Schedule) -> Schedule {
        Schedule { id, schedule: schedule.clone() }
    }

    /// What it is made of.
    pub fn spec(&self) -> &ScheduleSpec {
        &self.schedule.spec
    }

    /// What its future depends on.
    pub fn planned(&self, template: Option<Arc<Template>>, experience: Experience) -> Planned {
        let (spec, handled_until) = (self.schedule.spec.clone(), self.schedule.handled_until);
        Planned { id: self.id, spec, handled_until, template, experience }
    }

    /// One schedule by its id.
    pub async fn find(backend: &dyn Backend, id: ScheduleId) -> Result<Option<Schedule>, Fault> {
        let look = move |fleet: &fleet::Fleet, _| fleet.schedules.get(&id).map(|schedule| Schedule::of(id, schedule));
        read(backend, look).await
    }

    /// Every schedule, oldest first.
    pub async fn all(backend: &dyn Backend) -> Result<Vec<Schedule>, Fault> {
        let look = |fleet: &fleet::Fleet, _| {
            let schedules = fleet.schedules.iter();
            schedules.map(|(id, schedule)| Schedule::of(*id, schedule)).collect()
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
