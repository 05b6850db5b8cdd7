//! What Stagger says about itself while it runs: log lines and figures.
//!
//! Never found here: the event log, which is the record of what happened.

pub mod metrics;

use std::fmt;
use std::io::IsTerminal;
use tracing_subscriber::EnvFilter;

/// The environment variable that says what is logged.
pub const FILTER_VARIABLE: &str = "STAGGER_LOG";

/// What log lines look like. They go to standard error.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// For people; coloured in a terminal.
    #[default]
    Pretty,
    /// One JSON object a line.
    Json,
}

/// A filter for log lines that cannot be understood.
#[derive(Debug)]
pub struct BadFilter {
    text: String,
    source: tracing_subscriber::filter::ParseError,
}

impl fmt::Display for BadFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{FILTER_VARIABLE}={:?} is not a log filter; write for example info or info,server::http=debug",
            self.text
        )
    }
}

impl std::error::Error for BadFilter {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}

/// Starts logging for this process. `unless_told` is the filter when [`FILTER_VARIABLE`] is not set, such as `info`.
/// Only the first call of a process has an effect.
pub fn start(format: LogFormat, unless_told: &str) -> Result<(), BadFilter> {
    let wanted = std::env::var(FILTER_VARIABLE).unwrap_or_else(|_| unless_told.to_owned());
    let filter = filter(&wanted).map_err(|source| BadFilter { text: wanted, source })?;
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // A second start happens in tests only, where several servers share a process; the first one's lines are kept.
    let _ = match format {
        LogFormat::Pretty => lines.with_ansi(std::io::stderr().is_terminal()).with_target(false).try_init(),
        LogFormat::Json => lines.json().flatten_event(true).try_init(),
    };
    Ok(())
}

/// The filter as wanted, with the SSH library kept to warnings unless it is named: it logs every packet otherwise.
fn filter(wanted: &str) -> Result<EnvFilter, tracing_subscriber::filter::ParseError> {
    let named = wanted.split(',').any(|part| part.trim_start().starts_with("russh"));
    let wanted = if named { wanted.to_owned() } else { format!("russh=warn,{wanted}") };
    EnvFilter::try_new(wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ssh_library_is_quiet_unless_it_is_asked() {
        assert!(filter("info").expect("good").to_string().contains("russh=warn"));
        assert!(!filter("info,russh=trace").expect("good").to_string().contains("russh=warn"));
    }

    #[test]
    fn a_filter_that_cannot_be_understood_names_the_variable() {
        let source = filter("server=loud").expect_err("no such level");
        let error = BadFilter { text: "server=loud".to_owned(), source };
        assert!(error.to_string().starts_with("STAGGER_LOG=\"server=loud\""), "{error}");
    }
}
