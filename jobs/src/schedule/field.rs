//! One field of a cron expression, read into a set of numbers.
//!
//! The `cron` crate reads seconds, minutes, hours, days of the month and months. Weekdays are read here, because it
//! counts them from Sunday = 1 and people type Unix numbers, where Sunday is 0 and 7. So is `H`, which stands for a value
//! drawn from the schedule's name: many schedules written alike then fire at different moments, each at its own.
//!
//! Never found here: dates.

use super::cron::CronProblem;
use crate::diagnostic::did_you_mean;
use cron::{Schedule, TimeUnitSpec};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

/// The numbers a field allows; bit 5 is the number 5.
pub(super) type Numbers = u64;

/// A field of a cron expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Field {
    /// 0 to 59; only where six fields are given.
    Second,
    /// 0 to 59.
    Minute,
    /// 0 to 23.
    Hour,
    /// 1 to 31.
    DayOfMonth,
    /// 1 to 12, or names.
    Month,
    /// 0 to 7, Sunday being 0 and 7, or names.
    Weekday,
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Field::Second => "second",
            Field::Minute => "minute",
            Field::Hour => "hour",
            Field::DayOfMonth => "day of month",
            Field::Month => "month",
            Field::Weekday => "weekday",
        })
    }
}

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const WEEKDAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const LONG_WEEKDAYS: [&str; 7] = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];

impl Field {
    /// The numbers people may write.
    pub(super) fn range(self) -> RangeInclusive<u32> {
        match self {
            Field::Second | Field::Minute => 0..=59,
            Field::Hour => 0..=23,
            Field::DayOfMonth => 1..=31,
            Field::Month => 1..=12,
            Field::Weekday => 0..=7,
        }
    }

    fn names(self) -> &'static [&'static str] {
        match self {
            Field::Month => &MONTHS,
            Field::Weekday => &WEEKDAYS,
            Field::Second | Field::Minute | Field::Hour | Field::DayOfMonth => &[],
        }
    }

    /// A problem with `text` in this field.
    pub(super) fn problem(self, text: &str, reason: impl Into<String>) -> CronProblem {
        CronProblem::Field { field: self, text: text.to_owned(), reason: reason.into() }
    }
}

/// What a whole list `1,5-9,*/20` allows. `name` is what `H` is drawn from.
pub(super) fn numbers(field: Field, text: &str, name: Option<&str>) -> Result<Numbers, CronProblem> {
    text.split(',').try_fold(0, |all, item| Ok(all | item_numbers(field, item, name)?))
}

/// What one item of a list allows.
pub(super) fn item_numbers(field: Field, item: &str, name: Option<&str>) -> Result<Numbers, CronProblem> {
    let drawn = match item.strip_prefix('H') {
        Some(rest) => draw(field, item, rest, name)?,
        None => item.to_owned(),
    };
    let numbers = match field {
        Field::Weekday => weekdays(&drawn),
        _ => read_by_cron(field, &drawn),
    };
    numbers.ok_or_else(|| field.problem(item, explain(field, item)))
}

/// Reads an item by the `cron` crate, alone in its field so that what it refuses is known.
fn read_by_cron(field: Field, item: &str) -> Option<Numbers> {
    let schedule = |text: String| Schedule::from_str(&text).ok();
    match field {
        Field::Second => schedule(format!("{item} * * * * *")).map(|read| bits(read.seconds().iter())),
        Field::Minute => schedule(format!("* {item} * * * *")).map(|read| bits(read.minutes().iter())),
        Field::Hour => schedule(format!("* * {item} * * *")).map(|read| bits(read.hours().iter())),
        Field::DayOfMonth => schedule(format!("* * * {item} * *")).map(|read| bits(read.days_of_month().iter())),
        Field::Month => schedule(format!("* * * * {item} *")).map(|read| bits(read.months().iter())),
        Field::Weekday => None,
    }
}

fn bits(numbers: impl Iterator<Item = u32>) -> Numbers {
    numbers.fold(0, |all, number| all | 1 << number)
}

/// Reads `*`, `3`, `tue`, `1-5`, `fri-mon`, and each of them with `/2`; bit 0 is Sunday.
fn weekdays(item: &str) -> Option<Numbers> {
    let (days, step) = item.split_once('/').map_or((item, None), |(days, step)| (days, Some(step)));
    let step: u32 = step.map_or(Some(1), |step| step.parse().ok()).filter(|step| (1..=7).contains(step))?;
    let (first, last) = match days.split_once('-') {
        _ if days == "*" || days == "?" => (0, 6),
        Some((first, last)) => (weekday(first)?, weekday(last)?),
        None if item.contains('/') => (weekday(days)? % 7, 6),
        None => (weekday(days)?, weekday(days)?),
    };
    // A range may run over the end of the week: Friday to Monday.
    let last = if last < first { last + 7 } else { last };
    Some(bits((first..=last).step_by(step as usize).map(|day| day % 7)))
}

/// A weekday's number from its number or its name in any case; 7 stays 7, for ranges.
pub(super) fn weekday(text: &str) -> Option<u32> {
    let lower = text.to_lowercase();
    let named = |names: &[&str]| names.iter().position(|name| *name == lower).map(|day| day as u32);
    match text.starts_with(|first: char| first.is_ascii_digit()) {
        true => text.parse().ok().filter(|day| *day <= 7),
        false => named(&WEEKDAYS).or_else(|| named(&LONG_WEEKDAYS)),
    }
}

/// Puts numbers for `H`, `H/15`, `H(0-7)` and `H(30-59)/10`; `rest` is what follows the `H`.
fn draw(field: Field, item: &str, rest: &str, name: Option<&str>) -> Result<String, CronProblem> {
    let Some(name) = name else {
        return Err(
            field.problem(item, "`H` stands for a value drawn from a schedule's name, and there is no name here")
        );
    };
    let bad = || field.problem(item, "write `H`, `H/15`, `H(0-7)` or `H(0-29)/10`");
    let (range, step) = rest.split_once('/').map_or((rest, None), |(range, step)| (range, Some(step)));
    let (first, last) = drawn_from(field, range).ok_or_else(bad)?;
    match step {
        None => Ok((first + drawn(field, name, last - first + 1)).to_string()),
        Some(step) => {
            let step: u32 = step.parse().ok().filter(|step| (1..=last - first + 1).contains(step)).ok_or_else(bad)?;
            Ok(format!("{}-{last}/{step}", first + drawn(field, name, step)))
        }
    }
}

/// The range `(0-7)` after an `H`; without one the field's own, but days that every month and every week has.
fn drawn_from(field: Field, range: &str) -> Option<(u32, u32)> {
    let (least, most) = (*field.range().start(), *field.range().end());
    let most = match field {
        Field::DayOfMonth if range.is_empty() => 28,
        Field::Weekday => 6,
        _ => most,
    };
    if range.is_empty() {
        return Some((least, most));
    }
    let (first, last) = range.strip_prefix('(')?.strip_suffix(')')?.split_once('-')?;
    let (first, last) = (first.parse().ok()?, last.parse().ok()?);
    (least <= first && first <= last && last <= most).then_some((first, last))
}

/// A number below `count`, the same for ever for this field and name.
fn drawn(field: Field, name: &str, count: u32) -> u32 {
    let digest = Sha256::new().chain_update(field.to_string()).chain_update([0]).chain_update(name).finalize();
    let number = digest.iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte));
    (number % u64::from(count)) as u32
}

/// Why an item cannot be read, and what to write instead.
fn explain(field: Field, item: &str) -> String {
    let (least, most) = (*field.range().start(), *field.range().end());
    let (range, step) = item.split_once('/').map_or((item, None), |(range, step)| (range, Some(step)));
    let parts: Vec<&str> = range.split('-').collect();
    if item.is_empty() {
        return "there is nothing between two commas; remove one".to_owned();
    }
    if let Some(reason) = parts.iter().find_map(|part| explain_part(field, part)) {
        return reason;
    }
    match (parts.as_slice(), step.map(str::parse::<u32>)) {
        (_, Some(Ok(0))) => "a step of 0 never gets anywhere; write 1 or more".to_owned(),
        (_, Some(Ok(step))) if step > most => {
            format!("a step of {step} is larger than the field; write at most {most}")
        }
        (_, Some(Err(_))) => "the step after `/` must be a number".to_owned(),
        ([first, last], _) if first.parse::<u32>().ok() > last.parse::<u32>().ok() => {
            format!("the range runs backwards; write {first}-{most},{least}-{last}")
        }
        _ => "write numbers, ranges `1-5`, steps `*/15`, or lists of them with commas".to_owned(),
    }
}

/// What is wrong with one number or name.
fn explain_part(field: Field, part: &str) -> Option<String> {
    let (least, most) = (*field.range().start(), *field.range().end());
    match part.parse::<u32>() {
        Ok(number) if (least..=most).contains(&number) => None,
        Ok(_) => Some(format!("{part} is out of range; write {least} to {most}")),
        Err(_) if part == "*" => None,
        Err(_) if !part.is_empty() && part.chars().all(|letter| letter.is_ascii_digit()) => {
            Some(format!("{part} is out of range; write {least} to {most}"))
        }
        Err(_) if field.names().is_empty() || !part.chars().all(char::is_alphabetic) || part.is_empty() => None,
        Err(_) => explain_name(field, &part.to_lowercase()),
    }
}

fn explain_name(field: Field, name: &str) -> Option<String> {
    if field.names().contains(&name) {
        return None;
    }
    match did_you_mean(name, field.names().iter().copied()) {
        Some(likely) => Some(format!("there is no {field} {name:?}; did you mean {likely}?")),
        None => Some(format!("there is no {field} {name:?}; write {}", field.names().join(", "))),
    }
}
