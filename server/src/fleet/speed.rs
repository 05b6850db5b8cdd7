//! How fast a simulated fleet lives.
//!
//! Never found here: how long anything takes on a real host.

use std::fmt;
use std::str::FromStr;

/// How many times as fast as real hosts simulated ones are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Speed {
    /// Nothing takes any time.
    Instant,
    /// So many times as fast, at least once.
    Times(u32),
}

impl Speed {
    /// Milliseconds of a real host, in milliseconds of the fleet.
    pub fn pace(self, milliseconds: u64) -> u64 {
        match self {
            Speed::Instant => 0,
            Speed::Times(times) => milliseconds / u64::from(times.max(1)),
        }
    }
}

/// A text that was to be a speed and is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no speed: write instant, quick (500 times as fast as real), real, or a number from 1")]
pub struct InvalidSpeed(pub String);

impl FromStr for Speed {
    type Err = InvalidSpeed;

    fn from_str(text: &str) -> Result<Speed, InvalidSpeed> {
        match text {
            "instant" => Ok(Speed::Instant),
            "quick" => Ok(Speed::Times(500)),
            "real" => Ok(Speed::Times(1)),
            _ => text
                .parse()
                .ok()
                .filter(|times| *times > 0)
                .map(Speed::Times)
                .ok_or_else(|| InvalidSpeed(text.to_owned())),
        }
    }
}

impl fmt::Display for Speed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Speed::Instant => f.write_str("instant"),
            Speed::Times(500) => f.write_str("quick"),
            Speed::Times(1) => f.write_str("real"),
            Speed::Times(times) => write!(f, "{times}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speeds_read_back_as_written_and_nonsense_is_refused() {
        for (text, of_a_minute) in [("instant", 0), ("quick", 120), ("real", 60_000), ("60", 1_000)] {
            let speed: Speed = text.parse().unwrap();
            assert_eq!((speed.to_string().as_str(), speed.pace(60_000)), (text, of_a_minute));
        }
        for bad in ["", "0", "-1", "fast", "1.5"] {
            assert!(bad.parse::<Speed>().unwrap_err().to_string().contains("write instant"), "{bad:?} was taken");
        }
    }
}
