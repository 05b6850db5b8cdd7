//! `stagger job retry`.
//!
//! Never found here: which hosts may be retried.

use super::view::JobView;
use super::{JobRef, id_of, watch};
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::operations::RETRY_HOSTS;
use crate::cli::session::{Session, read};
use clap::ValueEnum;
use serde_json::json;

/// Which hosts get another run, and from where.
#[derive(clap::Args, Debug)]
pub struct Retry {
    #[command(flatten)]
    job: JobRef,
    /// These hosts; otherwise all that ended without success
    #[arg(long = "host", value_name = "HOST")]
    hosts: Vec<String>,
    /// Hosts that ended so
    #[arg(long, value_enum)]
    outcome: Vec<Outcome>,
    /// Also hosts that were never started
    #[arg(long)]
    not_started: bool,
    /// Begin each host's workflow again, rather than at the step that failed
    #[arg(long)]
    from_start: bool,
    /// Why, for the log and for colleagues
    #[arg(long, default_value = "")]
    reason: String,
    /// Watch the job afterwards
    #[arg(long)]
    watch: bool,
}

/// How a host run ended.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    StepFailed,
    VerificationFailed,
    TimedOut,
    Lost,
    Unreachable,
    InDoubt,
    Cancelled,
}

impl Outcome {
    fn name(self) -> &'static str {
        match self {
            Outcome::StepFailed => "STEP_FAILED",
            Outcome::VerificationFailed => "VERIFICATION_FAILED",
            Outcome::TimedOut => "TIMED_OUT",
            Outcome::Lost => "LOST",
            Outcome::Unreachable => "UNREACHABLE",
            Outcome::InDoubt => "IN_DOUBT",
            Outcome::Cancelled => "CANCELLED",
        }
    }
}

/// Gives hosts another run.
pub async fn run(session: &Session, retry: &Retry) -> Result<Exit, CliError> {
    let id = id_of(session, &retry.job).await?;
    let outcomes: Vec<&str> = retry.outcome.iter().map(|outcome| outcome.name()).collect();
    let which = json!({ "hosts": retry.hosts, "outcomes": outcomes, "notStarted": retry.not_started });
    let from = if retry.from_start { "START" } else { "FAILED_STEP" };
    let input = json!({ "job": id, "which": which, "from": from, "reason": retry.reason });
    let payload = session.ask(&RETRY_HOSTS, json!({ "input": input }), "retryHosts").await?;
    if retry.watch {
        return watch::follow(session, &id).await;
    }
    session.show(&payload["job"], || {
        let job: JobView = read(&payload["job"])?;
        Ok(format!(
            "job {} of {} is {}; the first host of the retry is its canary\n",
            job.ulid,
            job.title(),
            job.state()
        ))
    })
}
