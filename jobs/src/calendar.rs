//! What schedules will do: which of their moments are to come, how long the jobs are likely to take, and which of them
//! will want the same hosts at the same time.
//!
//! Never found here: what schedules did (the log says that), a clock, or the state as a whole: a calendar is worked out
//! from a copy of what it needs, beside the engine.

use crate::ids::ScheduleId;
use crate::inventory::Host;
use crate::outlook::{Experience, Prediction, predict_for};
use crate::schedule::{DstNote, Firing, Overlap, ScheduleSpec, Timetable};
use crate::selector::Selector;
use crate::template::Template;
use crate::time::{Duration, Timestamp};
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::sync::Arc;

/// The longest stretch of time one calendar shows.
pub const LONGEST: Duration = Duration::minutes(62 * 24 * 60);

/// The most occurrences one calendar shows.
pub const MOST_OCCURRENCES: usize = 5_000;

/// The most collisions that are named of one occurrence; all of them are counted.
pub const MOST_COLLISIONS: usize = 20;

/// A schedule, as far as its future depends on it.
#[derive(Clone, Debug)]
pub struct Planned {
    /// Its id.
    pub id: ScheduleId,
    /// What it is made of.
    pub spec: Arc<ScheduleSpec>,
    /// The last moment that was answered; those after it are to come.
    pub handled_until: Timestamp,
    /// Its template; none where that was taken away.
    pub template: Option<Arc<Template>>,
    /// What earlier jobs teach about how long it takes.
    pub experience: Experience,
}

impl Planned {
    /// Its own choice of hosts, otherwise the template's.
    fn targets(&self) -> Option<&Selector> {
        let of_template = self.template.as_ref().and_then(|template| template.targets.as_ref());
        self.spec.targets.as_ref().or(of_template)
    }

    /// What will become of its moments, other jobs aside.
    fn expected(&self) -> Expected {
        match (self.spec.paused, &self.template) {
            (true, _) => Expected::Paused,
            (false, None) => Expected::NoTemplate,
            (false, Some(_)) => Expected::Job,
        }
    }
}

/// A moment that is to come.
#[derive(Clone, Debug, PartialEq)]
pub struct Occurrence {
    /// Whose moment, as a place in the list of schedules that were given.
    pub schedule: usize,
    /// When.
    pub at: Timestamp,
    /// What clocks being put forward or back made of it.
    pub note: Option<DstNote>,
    /// What will become of it.
    pub expected: Expected,
    /// How long its job will take; none where no earlier job says, or where none will be created.
    pub prediction: Option<Prediction>,
    /// How many hosts its job would have, as the inventory is now.
    pub hosts: u32,
    /// Jobs of other moments that will want some of the same hosts at the same time; the first [`MOST_COLLISIONS`].
    pub collisions: Vec<Collision>,
    /// How many there are.
    pub colliding: u32,
}

/// What will become of a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Expected {
    /// A job is created.
    Job,
    /// It is skipped: the schedule is paused.
    Paused,
    /// It is skipped: the template was taken away.
    NoTemplate,
    /// It is skipped: the schedule's job before is likely to run still.
    Skipped,
    /// It waits: the schedule's job before is likely to run still.
    Queued,
}

/// Two jobs will want the same hosts at the same time: those hosts are deferred in the one that comes later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Collision {
    /// The other one, as a place in the list of occurrences.
    pub with: usize,
    /// How many hosts both have.
    pub hosts: u32,
    /// Whether this one comes later, so that its hosts wait.
    pub waits: bool,
}

/// What schedules will do within a stretch of time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Forecast {
    /// The moments, soonest first.
    pub occurrences: Vec<Occurrence>,
    /// The moment of the first one that did not fit any more.
    pub cut_at: Option<Timestamp>,
}

/// What the schedules will do from `from` on and before `until`: at most `most` occurrences.
pub fn forecast(
    schedules: &[Planned],
    hosts: &[Arc<Host>],
    from: Timestamp,
    until: Timestamp,
    most: usize,
) -> Forecast {
    let wanted = wanted_hosts(schedules, hosts);
    let predictions: Vec<Option<Prediction>> =
        schedules.iter().zip(&wanted).map(|(schedule, hosts)| prediction(schedule, hosts)).collect();
    let (firings, cut_at) = firings(schedules, from, until, most);
    let occurrence = |(schedule, firing): (usize, Firing)| Occurrence {
        schedule,
        at: firing.nominal,
        note: firing.note,
        expected: schedules[schedule].expected(),
        prediction: predictions[schedule].filter(|_| schedules[schedule].expected() == Expected::Job),
        hosts: wanted[schedule].count(),
        collisions: Vec::new(),
        colliding: 0,
    };
    let mut occurrences: Vec<Occurrence> = firings.into_iter().map(occurrence).collect();
    collide(&mut occurrences, schedules, &wanted);
    Forecast { occurrences, cut_at }
}

/// The moments of all schedules in order, and the first one beyond `most`. At one moment the older schedule comes first,
/// as it does when they fire.
fn firings(
    schedules: &[Planned],
    from: Timestamp,
    until: Timestamp,
    most: usize,
) -> (Vec<(usize, Firing)>, Option<Timestamp>) {
    let timetables: Vec<Option<Timetable>> = schedules.iter().map(|planned| planned.spec.timetable().ok()).collect();
    let next = |schedule: usize, after: Timestamp| {
        let firing = timetables[schedule].as_ref()?.next_after(after)?;
        (firing.nominal < until).then(|| Reverse((firing.nominal, schedules[schedule].id, schedule, firing.note)))
    };
    let before = Timestamp(from.0.saturating_sub(1));
    let first = |(schedule, planned): (usize, &Planned)| next(schedule, planned.handled_until.max(before));
    let mut ahead: BinaryHeap<_> = schedules.iter().enumerate().filter_map(first).collect();
    let mut found = Vec::new();
    while let Some(Reverse((nominal, _, schedule, note))) = ahead.pop() {
        if found.len() == most {
            return (found, Some(nominal));
        }
        found.push((schedule, Firing { nominal, note }));
        ahead.extend(next(schedule, nominal));
    }
    (found, None)
}

fn prediction(schedule: &Planned, hosts: &HostSet) -> Option<Prediction> {
    predict_for(schedule.template.as_ref()?, hosts.count(), &schedule.experience)
}

/// Goes through the occurrences in order, with those before that still run then.
fn collide(occurrences: &mut [Occurrence], schedules: &[Planned], wanted: &[HostSet]) {
    let mut common: HashMap<(usize, usize), u32> = HashMap::new();
    let mut running: Vec<usize> = Vec::new();
    for here in 0..occurrences.len() {
        let (at, schedule) = (occurrences[here].at, occurrences[here].schedule);
        running.retain(|before| runs_at(&occurrences[*before], at));
        if occurrences[here].expected != Expected::Job {
            continue;
        }
        let own_runs = running.iter().any(|before| occurrences[*before].schedule == schedule);
        match (schedules[schedule].spec.overlap, own_runs) {
            (Overlap::Forbid, true) => {
                occurrences[here].expected = Expected::Skipped;
                occurrences[here].prediction = None;
                continue;
            }
            (Overlap::Queue, true) => {
                occurrences[here].expected = Expected::Queued;
                continue;
            }
            (Overlap::Forbid | Overlap::Queue, false) | (Overlap::Allow, _) => {}
        }
        for before in &running {
            let pair = (occurrences[*before].schedule, schedule);
            let hosts = *common.entry(pair).or_insert_with(|| wanted[pair.0].common(&wanted[pair.1]));
            if hosts > 0 {
                occurrences[here].collide(Collision { with: *before, hosts, waits: true });
                occurrences[*before].collide(Collision { with: here, hosts, waits: false });
            }
        }
        running.push(here);
    }
}

/// Whether the job of an occurrence runs at a moment that is not before it. One of unknown length is there at its own.
fn runs_at(occurrence: &Occurrence, at: Timestamp) -> bool {
    let length = occurrence.prediction.map_or(Duration::ZERO, |prediction| prediction.takes);
    occurrence.at == at || occurrence.at + length > at
}

impl Occurrence {
    fn collide(&mut self, collision: Collision) {
        self.colliding += 1;
        if self.collisions.len() < MOST_COLLISIONS {
            self.collisions.push(collision);
        }
    }
}

/// The hosts of every schedule. Schedules with the same selector are matched once.
fn wanted_hosts(schedules: &[Planned], hosts: &[Arc<Host>]) -> Vec<HostSet> {
    let mut known: HashMap<&str, HostSet> = HashMap::new();
    let mut sets = Vec::with_capacity(schedules.len());
    for planned in schedules {
        let Some(selector) = planned.targets() else {
            sets.push(HostSet::default());
            continue;
        };
        let set = known.entry(selector.as_str()).or_insert_with(|| HostSet::of(selector, hosts));
        sets.push(set.clone());
    }
    sets
}

/// Some of the hosts, one bit a host in the order of the inventory.
#[derive(Clone, Debug, Default)]
struct HostSet(Arc<Vec<u64>>);

impl HostSet {
    fn of(selector: &Selector, hosts: &[Arc<Host>]) -> HostSet {
        let mut bits = vec![0; hosts.len().div_ceil(64)];
        for (at, _) in hosts.iter().enumerate().filter(|(_, host)| selector.matches(host)) {
            bits[at / 64] |= 1 << (at % 64);
        }
        HostSet(Arc::new(bits))
    }

    fn count(&self) -> u32 {
        self.0.iter().map(|bits| bits.count_ones()).sum()
    }

    fn common(&self, other: &HostSet) -> u32 {
        self.0.iter().zip(other.0.iter()).map(|(one, other)| (one & other).count_ones()).sum()
    }
}

#[cfg(test)]
mod tests;
