//! `stagger inspect` and `stagger replay`: a job as the log has it, at its end or at any moment before. They need no
//! server.
//!
//! Never found here: a second way to read events; the fold is the engine's own.

use super::clock;
use super::error::CliError;
use super::exit::Exit;
use super::folder::{DataFolder, job};
use super::terminal::{self, plain};
use crate::engine::Until;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jobs::time::Timestamp;
use serde_json::json;

/// Which job, as it is.
#[derive(clap::Args, Debug)]
pub struct Inspect {
    /// The job's id, or `last` for the newest job
    job: String,
    #[command(flatten)]
    folder: DataFolder,
}

/// Which job, as it was.
#[derive(clap::Args, Debug)]
pub struct Replay {
    /// The job's id, or `last` for the newest job
    job: String,
    /// A position of the log, or a moment: 2026-11-23T02:30:00Z, or local time such as "2026-11-23 02:30"
    #[arg(long, value_name = "POSITION|TIME")]
    at: String,
    #[command(flatten)]
    folder: DataFolder,
}

/// Shows a job as it is.
pub fn inspect(asked: &Inspect, as_json: bool) -> Result<Exit, CliError> {
    show(&asked.folder, Until::End, &asked.job, as_json)
}

/// Shows a job as it was.
pub fn replay(asked: &Replay, as_json: bool) -> Result<Exit, CliError> {
    show(&asked.folder, until(&asked.at)?, &asked.job, as_json)
}

fn show(folder: &DataFolder, until: Until, named: &str, as_json: bool) -> Result<Exit, CliError> {
    let (booted, job) = job(folder, until, named)?;
    if as_json {
        let answer = json!({ "position": booted.position, "at": booted.at.to_string(), "job": job });
        terminal::print(&format!("{answer:#}\n"))?;
        return Ok(Exit::Ok);
    }
    let head =
        format!("job {} at position {} of the log, {}", job.id, booted.position, clock::local(&booted.at.to_string()));
    terminal::print(&format!("{head}\n\n{}", plain(&jobs::render::render(&job).to_string())))?;
    Ok(Exit::Ok)
}

/// A position, an instant, or a local time.
fn until(text: &str) -> Result<Until, CliError> {
    if let Ok(position) = text.parse::<u64>() {
        return Ok(Until::Position(position));
    }
    let instant = text.parse::<jiff::Timestamp>().or_else(|_| {
        text.parse::<DateTime>().and_then(|local| local.to_zoned(TimeZone::system())).map(|zoned| zoned.timestamp())
    });
    let ms = instant.ok().and_then(|instant| u64::try_from(instant.as_millisecond()).ok());
    ms.map(|ms| Until::Moment(Timestamp(ms))).ok_or_else(|| {
        let hint = "write a number, an instant such as 2026-11-23T02:30:00Z, or a local time such as 2026-11-23T02:30";
        CliError::usage(format!("{text:?} is neither a position nor a time"), hint)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_a_position_an_instant_or_a_local_time() {
        assert_eq!(until("1200").ok(), Some(Until::Position(1_200)));
        assert_eq!(until("1970-01-01T00:00:01Z").ok(), Some(Until::Moment(Timestamp(1_000))));
        assert_eq!(until("2026-11-23T02:30:00+08:00").ok(), until("2026-11-22T18:30:00Z").ok());
        assert!(matches!(until("2026-11-23 02:30"), Ok(Until::Moment(_))));
        assert_eq!(until("yesterday").expect_err("no time").exit, Exit::Usage);
    }
}
