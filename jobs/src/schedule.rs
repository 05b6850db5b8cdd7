//! Schedules: when jobs are created by themselves.
//!
//! A schedule is a cron expression in a time zone, and what to do about moments that were missed or that come while the
//! job before still runs. Its moments are *nominal*: the instant at which it should fire. With the schedule's id the
//! nominal instant is the key that makes one job of it, whoever looks and however often.
//!
//! Never found here: a clock, the job that is created, or the machine's own time zone data (the bundled ones are used,
//! so that every machine answers alike).

mod cron;
mod days;
mod due;
mod field;
mod firing;
mod wall;
mod zone;

pub use cron::{Cron, CronProblem};
pub use due::{Due, MOST_DUE, ON_TIME, OverlapVerdict, Skipped, Verdict, due, overlap_verdict};
pub use field::Field;
pub use firing::{DstNote, Firing};
pub use zone::{UnknownZone, zone_named};

use crate::ids::TemplateName;
use crate::parameter::Values;
use crate::selector::Selector;
use crate::time::{Duration, Timestamp};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

/// What a schedule is made of, as it was written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ScheduleSpec {
    /// What people call it. `H` in the expression stands for values drawn from it.
    pub name: String,
    /// The template of the jobs it creates.
    pub template: TemplateName,
    /// Their parameters.
    #[serde(default, skip_serializing_if = "Values::is_empty")]
    pub parameters: Values,
    /// Their hosts, unless the template's targets are meant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub targets: Option<Selector>,
    /// The cron expression as typed: `30 2 * * *`.
    pub cron: String,
    /// The IANA name of the time zone it is meant in: `Europe/Berlin`.
    pub zone: String,
    /// What to do about moments at which no server was running.
    #[serde(default)]
    pub missed: Missed,
    /// How late a job may still be created; `None`: however late.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline: Option<Duration>,
    /// What to do when the job before has not ended.
    #[serde(default)]
    pub overlap: Overlap,
    /// While true its moments are skipped.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub paused: bool,
}

/// What to do about moments at which no server was running.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Missed {
    /// Nothing: only a moment that is less than [`ON_TIME`] old fires.
    Skip,
    /// Of all moments that are due, the latest fires.
    #[default]
    Once,
    /// The latest `max` moments that are due fire, each for itself; at most [`MOST_DUE`].
    All {
        /// How many at most.
        max: u32,
    },
}

/// What to do when the job before has not ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Overlap {
    /// The moment is skipped.
    #[default]
    Forbid,
    /// The moment waits for the job before to end; one moment at most waits.
    Queue,
    /// Another job is created.
    Allow,
}

/// Why a schedule cannot be put in place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScheduleProblem {
    /// It has no name.
    #[error("the schedule has no name: give it one, jobs and messages will show it")]
    NoName,
    /// The expression cannot be read.
    #[error(transparent)]
    Cron(#[from] CronProblem),
    /// The zone is not known.
    #[error(transparent)]
    Zone(#[from] UnknownZone),
    /// The expression names no date that exists.
    #[error("cron expression {cron:?} never fires: no date in a hundred years fits it; check day of month and month")]
    NeverFires {
        /// The expression.
        cron: String,
    },
    /// `All { max }` out of bounds.
    #[error("`missed: all` wants to catch up on {max} moments: `max` must be from 1 to {MOST_DUE}")]
    BadMax {
        /// What was given.
        max: u32,
    },
}

/// What the fields of an expression mean.
const FIELDS: &str = "write five fields: minute (0-59), hour (0-23), day of month (1-31), month (1-12 or jan-dec) and \
    weekday (0-7 or sun-sat; 0 and 7 are Sunday), each as *, a number, a range 1-5, a list 1,15 or a step */10; \
    `30 2 * * sat` is 02:30 on every Saturday";

impl ScheduleProblem {
    /// What to write instead.
    pub fn hint(&self) -> &'static str {
        match self {
            ScheduleProblem::Cron(_) | ScheduleProblem::NeverFires { .. } => FIELDS,
            ScheduleProblem::Zone(_) => "name the zone as the IANA does: area and city, such as Europe/Berlin, or UTC",
            ScheduleProblem::NoName => "a schedule is called something, such as nightly",
            ScheduleProblem::BadMax { .. } => "`missed: once` catches up on the latest moment alone",
        }
    }
}

/// A schedule's expression and zone, read and known to fire.
#[derive(Clone, Debug)]
pub struct Timetable {
    cron: Cron,
    zone: TimeZone,
}

impl ScheduleSpec {
    /// Refuses a schedule that cannot be put in place.
    pub fn check(&self) -> Result<(), ScheduleProblem> {
        self.timetable().map(|_| ())
    }

    /// Reads expression and zone, and checks the rest.
    pub fn timetable(&self) -> Result<Timetable, ScheduleProblem> {
        if self.name.trim().is_empty() {
            return Err(ScheduleProblem::NoName);
        }
        if let Missed::All { max } = self.missed
            && !(1..=MOST_DUE as u32).contains(&max)
        {
            return Err(ScheduleProblem::BadMax { max });
        }
        let timetable = Timetable { cron: Cron::named(&self.cron, &self.name)?, zone: zone_named(&self.zone)? };
        match timetable.next_after(Timestamp::default()) {
            Some(_) => Ok(timetable),
            None => Err(ScheduleProblem::NeverFires { cron: self.cron.clone() }),
        }
    }
}

impl Timetable {
    /// The first moment after an instant; none within the next hundred years if none.
    pub fn next_after(&self, instant: Timestamp) -> Option<Firing> {
        self.cron.next_after(instant, &self.zone)
    }

    /// The first `count` moments after an instant.
    pub fn upcoming(&self, from: Timestamp, count: usize) -> Vec<Firing> {
        self.cron.upcoming(from, &self.zone, count)
    }
}

#[cfg(test)]
mod tests;
