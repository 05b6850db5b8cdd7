//! Which days a cron expression means.
//!
//! Where both day fields are restricted a day that fits either is meant; where one of them begins with `*` or is `?`,
//! both must fit, as in Vixie's cron.
//!
//! Never found here: hours, or time zones.

use super::cron::CronProblem;
use super::field::{Field, Numbers, item_numbers, weekday};
use jiff::civil::Date;

/// The days of the two day fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Days {
    of_month: DaysOfMonth,
    of_week: DaysOfWeek,
    either: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct DaysOfMonth {
    /// `15`: bit 15.
    numbers: Numbers,
    /// `L`: bit 0; `L-3`: bit 3.
    before_last: Numbers,
    /// `15W`: bit 15; the weekday from Monday to Friday nearest to it in the same month.
    nearest: Numbers,
    /// `LW`.
    last_workday: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct DaysOfWeek {
    /// `Tue`: bit 2; Sunday is bit 0.
    numbers: Numbers,
    /// `Tue#2`: bit 2 of the second; by place in the month from 0.
    nth: [Numbers; 5],
    /// `Fri#L` or `5L`: bit 5.
    last: Numbers,
}

impl Days {
    /// Reads both day fields. `name` is what `H` is drawn from.
    pub(super) fn parse(of_month: &str, of_week: &str, name: Option<&str>) -> Result<Days, CronProblem> {
        let restricted = |text: &str| !text.starts_with('*') && text != "?";
        Ok(Days {
            either: restricted(of_month) && restricted(of_week),
            of_month: DaysOfMonth::parse(of_month, name)?,
            of_week: DaysOfWeek::parse(of_week, name)?,
        })
    }

    /// Whether `date` is meant.
    pub(super) fn contain(&self, date: Date) -> bool {
        match self.either {
            true => self.of_month.contain(date) || self.of_week.contain(date),
            false => self.of_month.contain(date) && self.of_week.contain(date),
        }
    }
}

impl DaysOfMonth {
    fn parse(text: &str, name: Option<&str>) -> Result<DaysOfMonth, CronProblem> {
        let mut days = DaysOfMonth::default();
        for item in text.split(',') {
            days.add(item, name)?;
        }
        Ok(days)
    }

    fn add(&mut self, item: &str, name: Option<&str>) -> Result<(), CronProblem> {
        let upper = item.to_uppercase();
        match (upper.as_str(), upper.strip_prefix("L-"), upper.strip_suffix('W')) {
            ("L", ..) => self.before_last |= 1,
            ("LW", ..) => self.last_workday = true,
            (_, Some(days), _) => self.before_last |= 1 << bounded(item, days, 0..=30, "write `L-1` to `L-30`")?,
            (_, _, Some(day)) => self.nearest |= 1 << bounded(item, day, 1..=31, "write `1W` to `31W`, or `LW`")?,
            _ => self.numbers |= item_numbers(Field::DayOfMonth, item, name)?,
        }
        Ok(())
    }

    fn contain(&self, date: Date) -> bool {
        let (day, last) = (date.day() as u32, date.days_in_month() as u32);
        has(self.numbers, day)
            || has(self.before_last, last - day)
            || (self.last_workday && day == nearest_workday(date, last))
            || (self.nearest != 0
                && (1..=last).any(|wanted| has(self.nearest, wanted) && day == nearest_workday(date, wanted)))
    }
}

fn bounded(item: &str, digits: &str, range: std::ops::RangeInclusive<u32>, advice: &str) -> Result<u32, CronProblem> {
    let number = digits.parse().ok().filter(|number| range.contains(number));
    number.ok_or_else(|| Field::DayOfMonth.problem(item, advice))
}

/// The day from Monday to Friday nearest to day `wanted` in the month of `date`.
fn nearest_workday(date: Date, wanted: u32) -> u32 {
    let last = date.days_in_month() as u32;
    let first_weekday = date.first_of_month().weekday().to_sunday_zero_offset() as u32;
    match (first_weekday + wanted - 1) % 7 {
        6 if wanted == 1 => 3,
        6 => wanted - 1,
        0 if wanted == last => wanted - 2,
        0 => wanted + 1,
        _ => wanted,
    }
}

impl DaysOfWeek {
    fn parse(text: &str, name: Option<&str>) -> Result<DaysOfWeek, CronProblem> {
        let mut days = DaysOfWeek::default();
        for item in text.split(',') {
            days.add(item, name)?;
        }
        Ok(days)
    }

    fn add(&mut self, item: &str, name: Option<&str>) -> Result<(), CronProblem> {
        match (item.split_once('#'), item.strip_suffix(['L', 'l'])) {
            (Some((day, "L" | "l")), _) | (None, Some(day)) => self.last |= on(item, day)?,
            (Some((day, place)), _) => self.nth[nth(item, place)?] |= on(item, day)?,
            (None, None) => self.numbers |= item_numbers(Field::Weekday, item, name)?,
        }
        Ok(())
    }

    fn contain(&self, date: Date) -> bool {
        let weekday = date.weekday().to_sunday_zero_offset() as u32;
        let (before, after) = (date.day() - 1, date.days_in_month() - date.day());
        has(self.numbers, weekday)
            || has(self.nth[before as usize / 7], weekday)
            || (after < 7 && has(self.last, weekday))
    }
}

/// The bit of one weekday.
fn on(item: &str, day: &str) -> Result<Numbers, CronProblem> {
    let day = weekday(day)
        .ok_or_else(|| Field::Weekday.problem(item, "write a weekday before it: `Tue#2`, `Fri#L`, `5L`"))?;
    Ok(1 << (day % 7))
}

/// The place from 0 of the 1st to the 5th of a weekday in its month.
fn nth(item: &str, place: &str) -> Result<usize, CronProblem> {
    let place: Option<usize> = place.parse().ok().filter(|place| (1..=5).contains(place));
    let place =
        place.ok_or_else(|| Field::Weekday.problem(item, "write `#1` to `#5`, or `#L` for the last one of a month"))?;
    Ok(place - 1)
}

fn has(numbers: Numbers, number: u32) -> bool {
    numbers >> number & 1 == 1
}
