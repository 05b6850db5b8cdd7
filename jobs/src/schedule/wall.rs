//! The wall-clock times a cron expression means, as if clocks were never put forward or back.
//!
//! Never found here: time zones (that is `firing`).

use super::days::Days;
use super::field::Numbers;
use jiff::civil::{Date, DateTime};

/// Wall-clock times, to the second.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wall {
    pub(super) seconds: Numbers,
    pub(super) minutes: Numbers,
    pub(super) hours: Numbers,
    pub(super) months: Numbers,
    pub(super) days: Days,
}

impl Wall {
    /// The first time from `from` on, but before `until`.
    pub(super) fn first_from(&self, from: DateTime, until: DateTime) -> Option<DateTime> {
        let today = self.time_from(from).filter(|_| self.contains_day(from.date()));
        let first = match today {
            Some((hour, minute, second)) => from.date().at(hour, minute, second, 0),
            None => {
                let midnight = DateTime::from(self.day_after(from.date(), until.date())?);
                let (hour, minute, second) = self.time_from(midnight)?;
                midnight.date().at(hour, minute, second, 0)
            }
        };
        Some(first).filter(|first| *first < until)
    }

    fn contains_day(&self, date: Date) -> bool {
        self.months >> date.month() & 1 == 1 && self.days.contain(date)
    }

    /// The first day after `date`, `until` at the latest.
    fn day_after(&self, date: Date, until: Date) -> Option<Date> {
        let mut day = date.tomorrow().ok()?;
        while day <= until {
            if self.months >> day.month() & 1 == 0 {
                day = day.last_of_month().tomorrow().ok()?;
            } else if self.days.contain(day) {
                return Some(day);
            } else {
                day = day.tomorrow().ok()?;
            }
        }
        None
    }

    /// Hour, minute and second of the first time of the day that is not before `from`.
    fn time_from(&self, from: DateTime) -> Option<(i8, i8, i8)> {
        for hour in numbers_from(self.hours, from.hour()) {
            let this_hour = hour == from.hour();
            for minute in numbers_from(self.minutes, if this_hour { from.minute() } else { 0 }) {
                let this_minute = this_hour && minute == from.minute();
                let least = if this_minute { from.second() } else { 0 };
                if let Some(second) = numbers_from(self.seconds, least).next() {
                    return Some((hour, minute, second));
                }
            }
        }
        None
    }
}

fn numbers_from(numbers: Numbers, least: i8) -> impl Iterator<Item = i8> {
    (least..60).filter(move |number| numbers >> number & 1 == 1)
}
