//! From wall-clock times to instants: what happens when clocks are put forward or back.
//!
//! A schedule with a fixed minute and hour fires once for each wall-clock time it names. A time that is left out when
//! clocks are put forward fires at the first instant after the gap, once, however many times lie in the gap. A time that
//! comes twice when clocks are put back fires the first time. A schedule whose minute or hour is `*` or `*/n` follows
//! elapsed time instead: it fires whenever the clock shows a time it names, so twice in an hour that is repeated and
//! never in one that is left out. This is the rule of Vixie's and ISC's cron.
//!
//! Never found here: the reading of expressions.

use super::cron::Cron;
use crate::sentence::Sentence;
use crate::time::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{Span, Timestamp as Instant, Unit};
use serde::{Deserialize, Serialize};
use std::fmt;

/// No date comes back less often: 29 February on one weekday skips at most forty years.
const HORIZON_YEARS: i32 = 100;

/// A moment at which a schedule fires.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Firing {
    /// The instant, to the second.
    pub nominal: Timestamp,
    /// What clocks being put forward or back made of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<DstNote>,
}

/// What clocks being put forward or back made of a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum DstNote {
    /// This wall-clock time does not exist on that day; fires at the first instant after the gap.
    LeftOut(DateTime),
    /// This wall-clock time comes twice; fires the first time only.
    ComesTwice(DateTime),
}

impl fmt::Display for DstNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Sentence::from(*self).fmt(f)
    }
}

impl Cron {
    /// The first moment after an instant, on the clocks of `zone`; none within the next hundred years if none.
    pub fn next_after(&self, instant: Timestamp, zone: &TimeZone) -> Option<Firing> {
        let after = Instant::from_millisecond(i64::try_from(instant.0).ok()?).ok()?;
        match self.follows_elapsed_time {
            true => self.next_elapsed(after, zone),
            false => self.next_fixed(after, zone),
        }
    }

    /// The first `count` moments after an instant.
    pub fn upcoming(&self, from: Timestamp, zone: &TimeZone, count: usize) -> Vec<Firing> {
        let next = |before: &Firing| self.next_after(before.nominal, zone);
        std::iter::successors(self.next_after(from, zone), next).take(count).collect()
    }

    /// Wall-clock times in order; each is one instant, and these are in order too.
    fn next_fixed(&self, after: Instant, zone: &TimeZone) -> Option<Firing> {
        let start = whole_seconds(zone.to_datetime(after))?;
        let horizon = start.checked_add(Span::new().years(HORIZON_YEARS)).unwrap_or(DateTime::MAX);
        let mut wall = self.wall.first_from(next_second(start)?, horizon)?;
        loop {
            let (instant, note) = settle(wall, zone)?;
            // In an hour that is repeated the clock shows times whose one firing has already been.
            if instant > after {
                return firing(instant, note);
            }
            wall = self.wall.first_from(next_second(wall)?, horizon)?;
        }
    }

    /// Stretches between changes of the clock in order, and in each of them its wall-clock times.
    fn next_elapsed(&self, after: Instant, zone: &TimeZone) -> Option<Firing> {
        let mut start = Instant::from_second(after.as_millisecond().div_euclid(1_000) + 1).ok()?;
        let years = i64::from(HORIZON_YEARS) * 366;
        let horizon = start.checked_add(Span::new().hours(years * 24)).unwrap_or(Instant::MAX);
        while start < horizon {
            let offset = zone.to_offset(start);
            let end = zone.following(start).next().map_or(horizon, |change| change.timestamp().min(horizon));
            if let Some(wall) = self.wall.first_from(offset.to_datetime(start), offset.to_datetime(end)) {
                return firing(offset.to_timestamp(wall).ok()?, None);
            }
            start = end;
        }
        None
    }
}

/// The instant of a wall-clock time.
fn settle(wall: DateTime, zone: &TimeZone) -> Option<(Instant, Option<DstNote>)> {
    match zone.to_ambiguous_timestamp(wall).offset() {
        AmbiguousOffset::Unambiguous { offset } => Some((offset.to_timestamp(wall).ok()?, None)),
        AmbiguousOffset::Fold { before, .. } => {
            Some((before.to_timestamp(wall).ok()?, Some(DstNote::ComesTwice(wall))))
        }
        AmbiguousOffset::Gap { after, .. } => {
            // Read with the offset that comes after the gap, a time in the gap lies before it.
            let before_gap = after.to_timestamp(wall).ok()?;
            let change = zone.following(before_gap).next()?.timestamp();
            Some((change, Some(DstNote::LeftOut(wall))))
        }
    }
}

fn firing(instant: Instant, note: Option<DstNote>) -> Option<Firing> {
    let nominal = Timestamp(u64::try_from(instant.as_millisecond()).ok()?);
    Some(Firing { nominal, note })
}

fn whole_seconds(wall: DateTime) -> Option<DateTime> {
    wall.round(jiff::civil::DateTimeRound::new().smallest(Unit::Second).mode(jiff::RoundMode::Trunc)).ok()
}

fn next_second(wall: DateTime) -> Option<DateTime> {
    wall.checked_add(Span::new().seconds(1)).ok()
}
