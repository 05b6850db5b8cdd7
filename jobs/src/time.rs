//! Instants and lengths of time, in whole milliseconds. Time is always an argument.
//!
//! Never found here: a clock.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::ops::{Add, Sub};
use std::str::FromStr;

/// An instant: milliseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub u64);

/// A length of time in milliseconds. Its text form is `1h30m`, `45s`, `250ms`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Duration(pub u64);

impl Duration {
    /// No time at all.
    pub const ZERO: Duration = Duration(0);

    /// `seconds` whole seconds.
    pub const fn seconds(seconds: u64) -> Duration {
        Duration(seconds * 1_000)
    }

    /// `minutes` whole minutes.
    pub const fn minutes(minutes: u64) -> Duration {
        Duration::seconds(minutes * 60)
    }

    /// Multiplied by `factor`, without overflow.
    pub fn times(self, factor: u64) -> Duration {
        Duration(self.0.saturating_mul(factor))
    }

    /// For the standard library and tokio.
    pub fn to_std(self) -> std::time::Duration {
        std::time::Duration::from_millis(self.0)
    }
}

impl Add<Duration> for Timestamp {
    type Output = Timestamp;
    fn add(self, length: Duration) -> Timestamp {
        Timestamp(self.0.saturating_add(length.0))
    }
}

impl Sub for Timestamp {
    type Output = Duration;
    /// The time from `earlier` to `self`; nothing if the clock went back.
    fn sub(self, earlier: Timestamp) -> Duration {
        Duration(self.0.saturating_sub(earlier.0))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match i64::try_from(self.0).ok().and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok()) {
            Some(instant) => write!(f, "{instant:.3}"),
            None => write!(f, "{} ms", self.0),
        }
    }
}

impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [(u64, &str); 5] = [(86_400_000, "d"), (3_600_000, "h"), (60_000, "m"), (1_000, "s"), (1, "ms")];
        if self.0 == 0 {
            return f.write_str("0s");
        }
        let mut rest = self.0;
        for (length, unit) in UNITS {
            let count = rest / length;
            rest %= length;
            if count > 0 {
                write!(f, "{count}{unit}")?;
            }
        }
        Ok(())
    }
}

/// A text that was to be a length of time and is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a length of time: write 90s, 30m, 8h, 1d, or 1h30m")]
pub struct InvalidDuration(pub String);

impl FromStr for Duration {
    type Err = InvalidDuration;

    fn from_str(text: &str) -> Result<Duration, InvalidDuration> {
        let invalid = || InvalidDuration(text.to_owned());
        let mut rest = text.trim();
        if rest.is_empty() {
            return Err(invalid());
        }
        let mut total: u64 = 0;
        while !rest.is_empty() {
            let digits = rest.find(|c: char| !c.is_ascii_digit()).ok_or_else(invalid)?;
            let count: u64 = rest[..digits].parse().map_err(|_| invalid())?;
            let unit_end = rest[digits..].find(|c: char| c.is_ascii_digit()).map_or(rest.len(), |end| digits + end);
            let length = unit_millis(rest[digits..unit_end].trim()).ok_or_else(invalid)?;
            total = count.checked_mul(length).and_then(|part| total.checked_add(part)).ok_or_else(invalid)?;
            rest = &rest[unit_end..];
        }
        Ok(Duration(total))
    }
}

fn unit_millis(unit: &str) -> Option<u64> {
    Some(match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" | "min" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        "w" => 7 * 86_400_000,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_read_as_people_write_them() {
        for (text, ms, shown) in [
            ("30m", 1_800_000, "30m"),
            ("1h30m", 5_400_000, "1h30m"),
            ("90s", 90_000, "1m30s"),
            ("250ms", 250, "250ms"),
            ("0s", 0, "0s"),
            ("2d", 172_800_000, "2d"),
        ] {
            let length: Duration = text.parse().expect(text);
            assert_eq!((length.0, length.to_string()), (ms, shown.to_owned()));
        }
    }

    #[test]
    fn a_bare_number_or_an_unknown_unit_is_refused() {
        for text in ["", "30", "m", "3 fortnights", "-1s", "99999999999999999999s"] {
            assert!(text.parse::<Duration>().is_err(), "{text:?} was taken");
        }
    }
}
