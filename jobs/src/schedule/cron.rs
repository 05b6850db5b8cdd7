//! Cron expressions as people type them.
//!
//! Five fields as in Unix (minute, hour, day of month, month, weekday), or six with seconds in front. Lists, ranges,
//! steps, names; Sunday is 0 and 7; `?` for a day field left open; `L`, `L-3`, `LW`, `15W` as days of the month; `Tue#2`,
//! `Fri#L`, `5L` as weekdays; `H` for a value drawn from the schedule's name; `@yearly`, `@annually`, `@monthly`,
//! `@weekly`, `@daily`, `@midnight`, `@hourly`.
//!
//! Never found here: time zones (that is `firing`).

use super::days::Days;
use super::field::{Field, numbers};
use super::wall::Wall;
use crate::diagnostic::did_you_mean;

const NICKNAMES: [(&str, &str); 7] = [
    ("@yearly", "0 0 1 1 *"),
    ("@annually", "0 0 1 1 *"),
    ("@monthly", "0 0 1 * *"),
    ("@weekly", "0 0 * * 0"),
    ("@daily", "0 0 * * *"),
    ("@midnight", "0 0 * * *"),
    ("@hourly", "0 * * * *"),
];

/// A cron expression that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cron {
    pub(super) wall: Wall,
    /// Whether it follows elapsed time: its minute or its hour begins with `*`, or is `H/n`.
    pub(super) follows_elapsed_time: bool,
}

/// The most bytes an expression may have; every number of every field fits in.
pub const MOST_BYTES: usize = 1_000;

/// Why a cron expression cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CronProblem {
    /// Longer than any expression need be.
    #[error(
        "the cron expression has {bytes} bytes; at most {MOST_BYTES} are read, write ranges and steps instead of lists"
    )]
    TooLong {
        /// How many it has.
        bytes: usize,
    },
    /// Too many or too few fields.
    #[error(
        "a cron expression has five fields (minute, hour, day of month, month, weekday), or six with seconds in front; \
         {text:?} has {count}"
    )]
    FieldCount {
        /// What was given.
        text: String,
        /// How many fields it has.
        count: usize,
    },
    /// An `@` that is no nickname.
    #[error("{nickname:?} is no nickname of a cron expression: {advice}")]
    Nickname {
        /// What was given.
        nickname: String,
        /// What to write instead.
        advice: String,
    },
    /// One field.
    #[error("{field} {text:?} cannot be read: {reason}")]
    Field {
        /// Which field.
        field: Field,
        /// The item of it.
        text: String,
        /// Why, and what to write instead.
        reason: String,
    },
}

impl Cron {
    /// Reads an expression without `H`.
    pub fn parse(text: &str) -> Result<Cron, CronProblem> {
        Cron::read(text, None)
    }

    /// Reads the expression of the schedule called `name`; `H` stands for values drawn from the name.
    pub fn named(text: &str, name: &str) -> Result<Cron, CronProblem> {
        Cron::read(text, Some(name))
    }

    fn read(text: &str, name: Option<&str>) -> Result<Cron, CronProblem> {
        if text.len() > MOST_BYTES {
            return Err(CronProblem::TooLong { bytes: text.len() });
        }
        let fields: Vec<&str> = spelt_out(text.trim())?.split_whitespace().collect();
        let [second, minute, hour, day, month, weekday] = match *fields.as_slice() {
            [minute, hour, day, month, weekday] => ["0", minute, hour, day, month, weekday],
            [second, minute, hour, day, month, weekday] => [second, minute, hour, day, month, weekday],
            _ => return Err(CronProblem::FieldCount { text: text.to_owned(), count: fields.len() }),
        };
        let wall = Wall {
            seconds: numbers(Field::Second, second, name)?,
            minutes: numbers(Field::Minute, minute, name)?,
            hours: numbers(Field::Hour, hour, name)?,
            days: Days::parse(day, weekday, name)?,
            months: numbers(Field::Month, month, name)?,
        };
        let open = |text: &str| text.starts_with('*') || text.starts_with("H/");
        Ok(Cron { wall, follows_elapsed_time: open(minute) || open(hour) })
    }
}

/// The expression a nickname stands for; anything else as it is.
fn spelt_out(text: &str) -> Result<&str, CronProblem> {
    if !text.starts_with('@') {
        return Ok(text);
    }
    let lower = text.to_lowercase();
    match NICKNAMES.iter().find(|(nickname, _)| *nickname == lower) {
        Some((_, expression)) => Ok(expression),
        None => Err(CronProblem::Nickname { nickname: text.to_owned(), advice: advice(&lower) }),
    }
}

fn advice(nickname: &str) -> String {
    match (nickname, did_you_mean(nickname, NICKNAMES.map(|(known, _)| known))) {
        ("@reboot", _) => {
            "a schedule has moments, and the start of a server is none; write `@daily` or five fields".into()
        }
        (_, Some(likely)) => format!("did you mean {likely}?"),
        (_, None) => format!("write {}, or five fields", NICKNAMES.map(|(known, _)| known).join(", ")),
    }
}
