//! Time zones by their IANA names, from the database bundled with the program.
//!
//! Never found here: the zone files of the machine, which are often a year old and differ from machine to machine.

use crate::diagnostic::did_you_mean;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use std::sync::LazyLock;

static ZONES: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// A name that is no time zone.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name:?} is not a time zone: {}", advice(.likely.as_deref()))]
pub struct UnknownZone {
    /// What was given.
    pub name: String,
    /// A name that looks like it.
    pub likely: Option<String>,
}

fn advice(likely: Option<&str>) -> String {
    match likely {
        Some(likely) => format!("did you mean {likely}?"),
        None => "write an IANA name such as UTC, Europe/Berlin or Asia/Shanghai".to_owned(),
    }
}

/// The zone of this IANA name; upper and lower case are the same.
pub fn zone_named(name: &str) -> Result<TimeZone, UnknownZone> {
    ZONES.get(name).map_err(|_| UnknownZone { name: name.to_owned(), likely: likely(name) })
}

/// The zone spelt most like `name`; else the one whose city alone is.
fn likely(name: &str) -> Option<String> {
    let names: Vec<String> = ZONES.available().map(|zone| zone.to_string()).collect();
    let wanted = name.replace(' ', "_");
    let whole = did_you_mean(&wanted, names.iter().map(String::as_str));
    whole.map(str::to_owned).or_else(|| {
        let city = did_you_mean(city_of(&wanted), names.iter().map(|name| city_of(name)))?;
        names.iter().find(|name| city_of(name) == city).cloned()
    })
}

fn city_of(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}
