//! Times and lengths of time as people read them: local, with their zone.
//!
//! Never found here: arithmetic that anything depends on.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// An instant of the API (RFC 3339) in local time, such as `2026-11-23 02:30:00 CET`; as it came if it is none.
pub fn local(instant: &str) -> String {
    local_in(instant, TimeZone::system())
}

fn local_in(instant: &str, zone: TimeZone) -> String {
    match instant.parse::<Timestamp>() {
        Ok(instant) => instant.to_zoned(zone).strftime("%Y-%m-%d %H:%M:%S %Z").to_string(),
        Err(_) => instant.to_owned(),
    }
}

/// The time of day of an instant, local, such as `02:30:00`.
pub fn time_of_day(instant: &str) -> String {
    match instant.parse::<Timestamp>() {
        Ok(instant) => instant.to_zoned(TimeZone::system()).strftime("%H:%M:%S").to_string(),
        Err(_) => instant.to_owned(),
    }
}

/// How long from now until an instant, such as `1h 05m`; nothing once it has passed.
pub fn until(instant: &str) -> Option<String> {
    let left = instant.parse::<Timestamp>().ok()?.duration_since(Timestamp::now());
    left.is_positive().then(|| length(left.as_millis() as u64))
}

/// How long from one instant to another, or to now.
pub fn between(from: &str, to: Option<&str>) -> Option<String> {
    let from: Timestamp = from.parse().ok()?;
    let to = match to {
        Some(to) => to.parse().ok()?,
        None => Timestamp::now(),
    };
    Some(length(to.duration_since(from).max(SignedDuration::ZERO).as_millis() as u64))
}

/// A length of time in its two largest units: `850ms`, `4.2s`, `3m 07s`, `1h 05m`, `2d 03h`.
pub fn length(ms: u64) -> String {
    let seconds = ms / 1_000;
    match seconds {
        0 => format!("{ms}ms"),
        1..60 => format!("{}.{}s", seconds, ms % 1_000 / 100),
        60..3_600 => format!("{}m {:02}s", seconds / 60, seconds % 60),
        3_600..86_400 => format!("{}h {:02}m", seconds / 3_600, seconds % 3_600 / 60),
        _ => format!("{}d {:02}h", seconds / 86_400, seconds % 86_400 / 3_600),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_local_with_their_zone() {
        let zone = || TimeZone::get("Europe/Berlin").expect("bundled");
        assert_eq!(local_in("2026-11-23T01:30:00.000Z", zone()), "2026-11-23 02:30:00 CET");
        assert_eq!(local_in("2026-07-01T00:00:00Z", zone()), "2026-07-01 02:00:00 CEST");
        assert_eq!(local_in("soon", zone()), "soon");
    }

    #[test]
    fn lengths_have_two_units() {
        let lengths = [0, 850, 4_250, 59_999, 60_000, 187_000, 3_900_000, 97_200_000].map(length);
        assert_eq!(lengths, ["0ms", "850ms", "4.2s", "59.9s", "1m 00s", "3m 07s", "1h 05m", "1d 03h"]);
    }

    #[test]
    fn a_span_ends_now_unless_it_has_an_end() {
        let ended = between("2026-11-23T01:30:00Z", Some("2026-11-23T01:30:04.200Z"));
        assert_eq!(ended.as_deref(), Some("4.2s"));
        assert_eq!(until("2001-01-01T00:00:00Z"), None);
    }
}
