//! Shares and thresholds, in exact integer arithmetic.
//!
//! Never found here: a floating-point number.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A share in hundredths of a percent: 10,000 is everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BasisPoints(pub u32);

impl BasisPoints {
    /// 100 %.
    pub const ALL: BasisPoints = BasisPoints(10_000);

    /// The share of `total`, rounded down.
    pub fn of(self, total: u32) -> u32 {
        (u64::from(self.0) * u64::from(total) / 10_000) as u32
    }

    /// Which share `part` is of `total`, rounded down: [`Self::ALL`] only for all of it. None of nothing.
    pub fn share(part: u32, total: u32) -> Option<BasisPoints> {
        let points = (u64::from(part) * 10_000).checked_div(u64::from(total))?;
        Some(BasisPoints(u32::try_from(points).unwrap_or(u32::MAX)))
    }

    /// Whether `part` of `total` is more than this share; not rounded.
    pub fn exceeded_by(self, part: u32, total: u32) -> bool {
        u64::from(part) * 10_000 > u64::from(self.0) * u64::from(total)
    }
}

impl fmt::Display for BasisPoints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, part) = (self.0 / 100, self.0 % 100);
        match part {
            0 => write!(f, "{whole}%"),
            _ if part % 10 == 0 => write!(f, "{whole}.{}%", part / 10),
            _ => write!(f, "{whole}.{part:02}%"),
        }
    }
}

/// A text that was to be a share and is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a share: write a percentage from 0% to 100% with at most two decimals, such as 5% or 0.5%")]
pub struct InvalidShare(pub String);

impl FromStr for BasisPoints {
    type Err = InvalidShare;

    fn from_str(text: &str) -> Result<BasisPoints, InvalidShare> {
        parse_percent(text)
            .filter(|points| *points <= 10_000)
            .map(BasisPoints)
            .ok_or_else(|| InvalidShare(text.to_owned()))
    }
}

fn parse_percent(text: &str) -> Option<u32> {
    let number = text.trim().strip_suffix('%')?.trim_end();
    let (whole, decimals) = number.split_once('.').unwrap_or((number, ""));
    let digits = |s: &str| s.chars().all(|c| c.is_ascii_digit());
    if whole.is_empty() || decimals.len() > 2 || !digits(whole) || !digits(decimals) || number.ends_with('.') {
        return None;
    }
    let hundredths: u32 = format!("{decimals:0<2}").parse().ok()?;
    whole.parse::<u32>().ok()?.checked_mul(100)?.checked_add(hundredths)
}

/// A number of hosts, or a share of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Amount {
    /// So many hosts.
    Hosts(u32),
    /// So large a part of all hosts the sentence is about.
    Share(BasisPoints),
}

impl Amount {
    /// As a number of hosts out of `total`: rounded down, at least 1 (product.md, Batches).
    pub fn size(self, total: u32) -> u32 {
        match self {
            Amount::Hosts(count) => count.max(1),
            Amount::Share(share) => share.of(total).max(1),
        }
    }

    /// As a threshold: whether `part` out of `total` is more than is allowed. Not rounded: at most N trips at N + 1.
    pub fn exceeded_by(self, part: u32, total: u32) -> bool {
        match self {
            Amount::Hosts(count) => part > count,
            Amount::Share(share) => share.exceeded_by(part, total),
        }
    }

    /// The first count out of `total` that exceeds this amount, for "stops at the 6th failure".
    pub fn trips_at(self, total: u32) -> u32 {
        match self {
            Amount::Hosts(count) => count.saturating_add(1),
            Amount::Share(share) => share.of(total) + 1,
        }
    }
}

/// A text that was to be a number of hosts or a share of them, and is neither.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no number of hosts: write a number such as 5, or a share such as 10%")]
pub struct InvalidAmount(pub String);

impl FromStr for Amount {
    type Err = InvalidAmount;

    fn from_str(text: &str) -> Result<Amount, InvalidAmount> {
        let invalid = || InvalidAmount(text.to_owned());
        match text.contains('%') {
            true => text.parse().map(Amount::Share).map_err(|_| invalid()),
            false => text.trim().parse().map(Amount::Hosts).map_err(|_| invalid()),
        }
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Amount::Hosts(count) => count.fmt(f),
            Amount::Share(share) => share.fmt(f),
        }
    }
}

/// A place in a row as it is said: `1st`, `2nd`, `11th`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ordinal(pub u32);

impl fmt::Display for Ordinal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ending = match (self.0 % 10, self.0 % 100) {
            (1, tens) if tens != 11 => "st",
            (2, tens) if tens != 12 => "nd",
            (3, tens) if tens != 13 => "rd",
            _ => "th",
        };
        write!(f, "{}{ending}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_exact_to_a_hundredth_of_a_percent() {
        for (text, points) in [("1%", 100), ("0.5%", 50), ("0.05%", 5), ("100%", 10_000), ("12.34 %", 1_234)] {
            assert_eq!(text.parse::<BasisPoints>().expect(text).0, points);
        }
        for text in ["", "%", "5", "-1%", "100.01%", "1.234%", "1.%", "x%"] {
            assert!(text.parse::<BasisPoints>().is_err(), "{text:?} was taken");
        }
        assert_eq!([50, 5, 1_234, 100].map(|p| BasisPoints(p).to_string()), ["0.5%", "0.05%", "12.34%", "1%"]);
    }

    #[test]
    fn a_size_is_rounded_down_and_at_least_one() {
        let one_percent = Amount::Share(BasisPoints(100));
        assert_eq!([3, 99, 100, 10_000].map(|total| one_percent.size(total)), [1, 1, 1, 100]);
    }

    #[test]
    fn ordinals_are_written_as_people_say_them() {
        let numbers = [1, 2, 3, 4, 6, 11, 12, 13, 21, 101, 111, 122];
        assert_eq!(
            numbers.map(|number| Ordinal(number).to_string()),
            ["1st", "2nd", "3rd", "4th", "6th", "11th", "12th", "13th", "21st", "101st", "111th", "122nd"]
        );
    }

    #[test]
    fn a_threshold_is_not_rounded() {
        let five_percent = Amount::Share(BasisPoints(500));
        assert!(!five_percent.exceeded_by(5, 100));
        assert!(five_percent.exceeded_by(6, 100));
        assert!(five_percent.exceeded_by(1, 19), "1 of 19 is more than 5 %");
        assert_eq!((five_percent.trips_at(100), Amount::Hosts(5).trips_at(7)), (6, 6));
    }
}
