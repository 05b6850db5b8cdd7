//! Hours, days and weeks as the clocks of a time zone show them: a day has 23 or 25 hours when they are put forward or
//! back.
//!
//! Never found here: what happened in them.

use crate::time::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp as Instant, ToSpan};

/// The most periods that are told apart at once.
pub const MOST_PERIODS: usize = 400;

/// How long a period is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// Sixty minutes, from the full hour; the last of a day is shorter where clocks are moved by half an hour.
    Hour,
    /// From midnight to midnight.
    Day,
    /// From Monday to Sunday.
    Week,
}

/// From a moment on and before another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    /// The first instant.
    pub from: Timestamp,
    /// The first instant after it.
    pub to: Timestamp,
}

/// Why periods cannot be told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PeriodProblem {
    /// They would be none.
    #[error("the end is not after the beginning: ask for a range of time, the earlier moment first")]
    Empty,
    /// They would be too many.
    #[error("the range has more than {MOST_PERIODS} periods: take longer ones, or a shorter range")]
    TooMany,
    /// They are beyond what calendars reach.
    #[error("the range is beyond the year 9999: ask for an earlier one")]
    Beyond,
}

/// The periods that hold all of a range, whole: the first begins at or before `from`, the last ends at or after `to`, and
/// each begins where the one before it ends.
pub fn periods(from: Timestamp, to: Timestamp, zone: &TimeZone, by: By) -> Result<Vec<Period>, PeriodProblem> {
    if from >= to {
        return Err(PeriodProblem::Empty);
    }
    let mut day = first_day(from, zone, by)?;
    let mut found = Vec::new();
    loop {
        let next = day.checked_add(length(by)).map_err(|_| PeriodProblem::Beyond)?;
        let whole = Period { from: midnight(day, zone)?, to: midnight(next, zone)? };
        let parts = match by {
            By::Hour => hours(whole),
            By::Day | By::Week => vec![whole],
        };
        let wanted = parts.into_iter().filter(|part| part.to > from && part.from < to);
        found.extend(wanted);
        if found.len() > MOST_PERIODS {
            return Err(PeriodProblem::TooMany);
        }
        if whole.to >= to {
            return Ok(found);
        }
        day = next;
    }
}

/// The period an instant lies in, by its place.
pub fn place(periods: &[Period], instant: Timestamp) -> Option<usize> {
    let after = periods.partition_point(|period| period.from <= instant);
    let at = after.checked_sub(1)?;
    (instant < periods[at].to).then_some(at)
}

fn length(by: By) -> jiff::Span {
    match by {
        By::Hour | By::Day => 1.day(),
        By::Week => 7.days(),
    }
}

fn first_day(from: Timestamp, zone: &TimeZone, by: By) -> Result<Date, PeriodProblem> {
    let day = instant(from)?.to_zoned(zone.clone()).date();
    match by {
        By::Hour | By::Day => Ok(day),
        By::Week => {
            let since_monday = i64::from(day.weekday().to_monday_zero_offset());
            day.checked_sub(since_monday.days()).map_err(|_| PeriodProblem::Beyond)
        }
    }
}

/// The first instant of a day, which is not at midnight where clocks are put forward then.
fn midnight(day: Date, zone: &TimeZone) -> Result<Timestamp, PeriodProblem> {
    let start = day.to_zoned(zone.clone()).and_then(|zoned| zoned.start_of_day());
    let start = start.map_err(|_| PeriodProblem::Beyond)?;
    Ok(Timestamp(start.timestamp().as_millisecond().max(0) as u64))
}

fn instant(at: Timestamp) -> Result<Instant, PeriodProblem> {
    i64::try_from(at.0).ok().and_then(|ms| Instant::from_millisecond(ms).ok()).ok_or(PeriodProblem::Beyond)
}

fn hours(day: Period) -> Vec<Period> {
    const HOUR: u64 = SignedDuration::from_hours(1).as_millis() as u64;
    let starts = (day.from.0..day.to.0).step_by(HOUR as usize);
    starts.map(|start| Period { from: Timestamp(start), to: Timestamp((start + HOUR).min(day.to.0)) }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schedule::zone_named;
    use proptest::prelude::*;

    fn at(text: &str) -> Timestamp {
        let instant: Instant = text.parse().expect(text);
        Timestamp(instant.as_millisecond() as u64)
    }

    #[track_caller]
    fn check(zone: &str, by: By, from: &str, to: &str, expected: &[&str]) {
        let zone = zone_named(zone).expect("a zone");
        let found = periods(at(from), at(to), &zone, by).expect("periods");
        let found: Vec<String> = found.iter().map(|p| format!("{} {}", p.from, p.to - p.from)).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn days_have_as_many_hours_as_their_clocks_show() {
        check(
            "Europe/Berlin",
            By::Day,
            "2026-03-28T12:00:00Z",
            "2026-03-30T01:00:00Z",
            &["2026-03-27T23:00:00.000Z 1d", "2026-03-28T23:00:00.000Z 23h", "2026-03-29T22:00:00.000Z 1d"],
        );
        check(
            "Europe/Berlin",
            By::Day,
            "2026-10-25T00:00:00Z",
            "2026-10-25T01:00:00Z",
            &["2026-10-24T22:00:00.000Z 1d1h"],
        );
        // Clocks in Beirut are put forward at midnight: the day begins at one.
        check(
            "Asia/Beirut",
            By::Day,
            "2026-03-28T23:00:00Z",
            "2026-03-28T23:30:00Z",
            &["2026-03-28T22:00:00.000Z 23h"],
        );
    }

    #[test]
    fn weeks_begin_on_monday_and_hours_on_the_hour() {
        check(
            "Asia/Shanghai",
            By::Week,
            "2026-11-24T00:00:00Z",
            "2026-11-30T00:00:00Z",
            &["2026-11-22T16:00:00.000Z 7d", "2026-11-29T16:00:00.000Z 7d"],
        );
        check(
            "Asia/Kolkata",
            By::Hour,
            "2026-11-24T00:10:00Z",
            "2026-11-24T00:40:00Z",
            &["2026-11-23T23:30:00.000Z 1h", "2026-11-24T00:30:00.000Z 1h"],
        );
        // Lord Howe moves its clocks by half an hour.
        let zone = zone_named("Australia/Lord_Howe").expect("a zone");
        let day = periods(at("2026-10-03T13:30:00Z"), at("2026-10-04T13:00:00Z"), &zone, By::Hour).expect("hours");
        assert_eq!((day.len(), day[23].to - day[23].from), (24, crate::time::Duration::minutes(30)));
    }

    #[test]
    fn what_cannot_be_told_apart_is_refused() {
        let utc = zone_named("UTC").expect("a zone");
        let refused = |from: &str, to: &str, by| periods(at(from), at(to), &utc, by).expect_err("refused");
        assert_eq!(refused("2026-01-02T00:00:00Z", "2026-01-01T00:00:00Z", By::Day), PeriodProblem::Empty);
        assert_eq!(refused("2026-01-01T00:00:00Z", "2027-02-06T00:00:00Z", By::Day), PeriodProblem::TooMany);
        assert_eq!(refused("2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z", By::Hour), PeriodProblem::TooMany);
        let beyond = periods(Timestamp(0), Timestamp(u64::MAX), &utc, By::Week);
        assert_eq!(beyond, Err(PeriodProblem::TooMany));
        assert_eq!(periods(Timestamp(u64::MAX - 1), Timestamp(u64::MAX), &utc, By::Day), Err(PeriodProblem::Beyond));
    }

    proptest! {
        #[test]
        fn periods_follow_each_other_without_gaps_and_hold_the_range(
            from in 0u64..2_500_000_000_000,
            length in 1u64..900_000_000,
            zone in prop::sample::select(vec!["UTC", "Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "Asia/Beirut"]),
            by in prop::sample::select(vec![By::Hour, By::Day, By::Week]),
        ) {
            let zone = zone_named(zone).expect("a zone");
            let (from, to) = (Timestamp(from), Timestamp(from + length));
            let found = periods(from, to, &zone, by).expect("few");
            prop_assert!(found[0].from <= from && to <= found[found.len() - 1].to);
            prop_assert!(found.windows(2).all(|pair| pair[0].to == pair[1].from));
            prop_assert!(found.iter().all(|period| period.from < period.to));
            for (index, period) in found.iter().enumerate() {
                prop_assert_eq!(place(&found, period.from), Some(index));
                prop_assert_eq!(place(&found, Timestamp(period.to.0 - 1)), Some(index));
            }
            prop_assert_eq!(place(&found, found[found.len() - 1].to), None);
        }
    }
}
