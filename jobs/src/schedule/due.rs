//! What is due: which moments of a schedule fire now, and which are skipped and why.
//!
//! Nothing is forgotten in silence: every moment that does not become a job is answered with its reason. When a server
//! was down for very long the oldest moments are answered together.
//!
//! Never found here: the job that is created, or the state of a schedule.

use super::{Missed, Overlap, ScheduleSpec, Timetable};
use crate::sentence::Sentence;
use crate::time::{Duration, Timestamp};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The most moments one call answers one by one.
pub const MOST_DUE: usize = 100;

/// A moment less than this ago is on time: the server was busy, not down.
pub const ON_TIME: Duration = Duration::minutes(1);

/// A moment that is due, and what becomes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    /// The moment.
    pub nominal: Timestamp,
    /// What becomes of it.
    pub verdict: Verdict,
}

/// What becomes of a moment that is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It fires, if the job before allows (see [`overlap_verdict`]).
    Fire,
    /// It was missed.
    Missed {
        /// Why it does not fire now.
        why: Skipped,
    },
}

/// What becomes of a moment that fires, in view of the job before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OverlapVerdict {
    /// A job is created.
    Fire,
    /// It waits for the job before to end.
    Queue,
    /// It is skipped.
    Skip {
        /// Why.
        why: Skipped,
    },
}

/// Why a moment made no job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Skipped {
    /// The schedule was paused.
    Paused,
    /// Later than the schedule's deadline allows.
    TooLate {
        /// By how much it was late.
        late: Duration,
        /// What is allowed.
        deadline: Duration,
    },
    /// No server was running then, and the schedule does not catch up.
    NotRunning {
        /// How long ago it was.
        late: Duration,
    },
    /// A later moment that is also due fires in its place.
    Superseded {
        /// The later moment, or the earliest of them.
        by: Timestamp,
    },
    /// This moment and all before it after `since` were missed, more than are answered one by one.
    TooMany {
        /// The last moment that was answered before.
        since: Timestamp,
    },
    /// The job before has not ended.
    StillRunning,
    /// The job before has not ended, and another moment waits for that already.
    AlreadyQueued,
}

impl fmt::Display for Skipped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Sentence::from(*self).fmt(f)
    }
}

impl ScheduleSpec {
    /// The first moment after an instant; none if none, or if the schedule cannot be read.
    pub fn next_after(&self, instant: Timestamp) -> Option<Timestamp> {
        Some(self.timetable().ok()?.next_after(instant)?.nominal)
    }
}

/// What becomes of the moments after `last`, the last one answered, up to and including `now`, in order.
///
/// At most [`MOST_DUE`] moments are answered one by one, the latest ones; the first answer may stand for all earlier ones
/// ([`Skipped::TooMany`]). None for a schedule that cannot be read, which `ScheduleSpec::check` would have refused.
pub fn due(spec: &ScheduleSpec, last: Timestamp, now: Timestamp) -> Vec<Due> {
    let Ok(timetable) = spec.timetable() else { return Vec::new() };
    let (since, moments) = latest(&timetable, last, now);
    let forgotten = (since > last).then(|| Due { nominal: since, verdict: missed(Skipped::TooMany { since: last }) });
    forgotten.into_iter().chain(answers(spec, &moments, now)).collect()
}

fn missed(why: Skipped) -> Verdict {
    Verdict::Missed { why }
}

/// Each moment with its verdict. The moments are in order and not after `now`.
fn answers(spec: &ScheduleSpec, moments: &[Timestamp], now: Timestamp) -> Vec<Due> {
    let in_time: Vec<Timestamp> =
        moments.iter().copied().filter(|nominal| obstacle(spec, *nominal, now).is_none()).collect();
    let most = match spec.missed {
        Missed::Skip => MOST_DUE,
        Missed::Once => 1,
        Missed::All { max } => max as usize,
    };
    let firing = &in_time[in_time.len().saturating_sub(most)..];
    let verdict = |nominal: &Timestamp| match (obstacle(spec, *nominal, now), firing.first()) {
        (Some(why), _) => missed(why),
        (None, Some(by)) if nominal < by => missed(Skipped::Superseded { by: *by }),
        (None, _) => Verdict::Fire,
    };
    moments.iter().map(|nominal| Due { nominal: *nominal, verdict: verdict(nominal) }).collect()
}

/// What keeps a moment from firing now, whatever other moments are due.
fn obstacle(spec: &ScheduleSpec, nominal: Timestamp, now: Timestamp) -> Option<Skipped> {
    let late = now - nominal;
    match (spec.paused, spec.deadline, spec.missed) {
        (true, _, _) => Some(Skipped::Paused),
        (_, Some(deadline), _) if late > deadline => Some(Skipped::TooLate { late, deadline }),
        (_, _, Missed::Skip) if late >= ON_TIME => Some(Skipped::NotRunning { late }),
        _ => None,
    }
}

/// The latest [`MOST_DUE`] moments after `last` and not after `now`, and the moment after which they are all of them.
fn latest(timetable: &Timetable, last: Timestamp, now: Timestamp) -> (Timestamp, Vec<Timestamp>) {
    let all_since = |since: Timestamp| {
        let next = |before: &Timestamp| next_until(timetable, *before, now);
        std::iter::successors(next(&since), next).take(MOST_DUE + 1).collect::<Vec<_>>()
    };
    let all = all_since(last);
    if all.len() <= MOST_DUE {
        return (last, all);
    }
    // Halving finds the least instant since which there are few enough; being the least it is itself a moment.
    let (mut too_early, mut since) = (last.0, now.0);
    while too_early + 1 < since {
        let middle = too_early.midpoint(since);
        if all_since(Timestamp(middle)).len() <= MOST_DUE { since = middle } else { too_early = middle }
    }
    (Timestamp(since), all_since(Timestamp(since)))
}

fn next_until(timetable: &Timetable, after: Timestamp, now: Timestamp) -> Option<Timestamp> {
    timetable.next_after(after).map(|firing| firing.nominal).filter(|nominal| *nominal <= now)
}

/// What becomes of a moment that fires, when a job of the schedule has not ended (`busy`) or a moment waits (`queued`).
pub fn overlap_verdict(overlap: Overlap, busy: bool, queued: bool) -> OverlapVerdict {
    match (overlap, busy, queued) {
        (Overlap::Allow, _, _) => OverlapVerdict::Fire,
        (Overlap::Forbid | Overlap::Queue, false, _) => OverlapVerdict::Fire,
        (Overlap::Forbid, true, _) => OverlapVerdict::Skip { why: Skipped::StillRunning },
        (Overlap::Queue, true, false) => OverlapVerdict::Queue,
        (Overlap::Queue, true, true) => OverlapVerdict::Skip { why: Skipped::AlreadyQueued },
    }
}
