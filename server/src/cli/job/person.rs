//! `stagger job approve|accept|resolve`: what only a person can say.
//!
//! Never found here: a default for any of it.

use super::view::{Batch, JobView};
use super::{JobRef, id_of, look_at};
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::operations::{ACCEPT_HOSTS, APPROVE_BATCH, RESOLVE_IN_DOUBT};
use crate::cli::session::{Session, read};
use crate::cli::terminal::confirm;
use clap::ValueEnum;
use serde_json::json;

/// Which batch is approved.
#[derive(clap::Args, Debug)]
pub struct Approve {
    #[command(flatten)]
    job: JobRef,
    /// The batch whose gate waits for approval; otherwise the one that waits now
    #[arg(long)]
    batch: Option<u32>,
    /// Why, for the log and for colleagues
    #[arg(long, default_value = "")]
    reason: String,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

/// Which hosts are taken over.
#[derive(clap::Args, Debug)]
pub struct Accept {
    #[command(flatten)]
    job: JobRef,
    /// These hosts; otherwise all that need a person
    #[arg(long = "host", value_name = "HOST")]
    hosts: Vec<String>,
    /// Why, for the log and for colleagues
    #[arg(long)]
    reason: String,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

/// What became of a step whose end is not known.
#[derive(clap::Args, Debug)]
pub struct Resolve {
    #[command(flatten)]
    job: JobRef,
    /// The host
    host: String,
    /// What became of it
    #[arg(value_enum)]
    verdict: Verdict,
    /// How you know, for the log and for colleagues
    #[arg(long)]
    reason: String,
}

/// What became of a step whose end is not known.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    /// It took effect: go on with the next step
    Succeeded,
    /// It failed for good
    Failed,
    /// It took no effect: run it again
    RunAgain,
}

impl Verdict {
    fn name(self) -> &'static str {
        match self {
            Verdict::Succeeded => "SUCCEEDED",
            Verdict::Failed => "FAILED",
            Verdict::RunAgain => "RUN_AGAIN",
        }
    }
}

/// Agrees that the next batch opens, after showing which one.
pub async fn approve(session: &Session, asked: &Approve) -> Result<Exit, CliError> {
    let job = look_at(session, &asked.job).await?;
    let batch = waiting_batch(&job, asked.batch)?;
    confirm(&approval(&job, batch), "yes", asked.yes)?;
    let input = json!({ "job": job.ulid, "batch": batch.number, "planHash": job.plan.hash, "reason": asked.reason });
    let payload = session.ask(&APPROVE_BATCH, json!({ "input": input }), "approveBatch").await?;
    session
        .show(&payload["job"], || Ok(format!("what follows batch {} of job {} is approved\n", batch.number, job.ulid)))
}

fn waiting_batch(job: &JobView, number: Option<u32>) -> Result<&Batch, CliError> {
    let waits = |batch: &&Batch| match number {
        Some(number) => batch.number == number,
        None => batch.status == "AWAITING_APPROVAL",
    };
    let found = job.batches.iter().find(waits);
    found.ok_or_else(|| match number {
        Some(number) => {
            let hint = format!("it has batches 1 to {}", job.batches.len());
            CliError::usage(format!("job {} has no batch {number}", job.ulid), hint)
        }
        None => {
            let hint = format!("`stagger job why {}` says what it waits for", job.ulid);
            CliError::new(Exit::Rejected, format!("no batch of job {} waits for approval", job.ulid), hint)
        }
    })
}

/// What is approved, in words.
fn approval(job: &JobView, batch: &Batch) -> String {
    let counts = &batch.counts;
    let next = job.batches.iter().find(|next| next.number > batch.number && next.status == "WAITING");
    let opens = match next {
        Some(next) => {
            let gate = next.gate.as_ref().map(|gate| format!(", which {gate}")).unwrap_or_default();
            format!("Approving opens batch {} with {} hosts{gate}.", next.number, next.size)
        }
        None => "No batch follows: approving lets the job end.".to_owned(),
    };
    let name = if batch.number == 1 { "canary" } else { "batch" };
    format!(
        "Job {} ({}), plan {}\nThe {name} {} is through: {} of {} hosts succeeded, {} failed, {} out of service.\n{opens}",
        job.ulid,
        job.title(),
        job.plan.hash,
        batch.number,
        counts.succeeded,
        counts.hosts,
        counts.failed,
        counts.out_of_service,
    )
}

/// Takes hosts over.
pub async fn accept(session: &Session, asked: &Accept) -> Result<Exit, CliError> {
    let job = look_at(session, &asked.job).await?;
    let which = match asked.hosts.len() {
        0 => format!("{} hosts that need a person", job.counts.needing_a_person),
        count => format!("{count} hosts"),
    };
    let what = format!(
        "You take over {which} of job {} ({}).\nStagger does no more for them: those out of service stay so until you act.",
        job.ulid,
        job.title()
    );
    confirm(&what, "yes", asked.yes)?;
    let input = json!({ "job": job.ulid, "which": { "hosts": asked.hosts }, "reason": asked.reason });
    let payload = session.ask(&ACCEPT_HOSTS, json!({ "input": input }), "acceptHosts").await?;
    session.show(&payload["job"], || {
        let job: JobView = read(&payload["job"])?;
        Ok(format!("{which} taken over; job {} is {}\n", job.ulid, job.state()))
    })
}

/// Says what became of a step whose end is not known.
pub async fn resolve(session: &Session, asked: &Resolve) -> Result<Exit, CliError> {
    let id = id_of(session, &asked.job).await?;
    let input = json!({ "job": id, "host": asked.host, "verdict": asked.verdict.name(), "reason": asked.reason });
    let payload = session.ask(&RESOLVE_IN_DOUBT, json!({ "input": input }), "resolveInDoubt").await?;
    session.show(&payload["job"], || {
        let job: JobView = read(&payload["job"])?;
        Ok(format!("host {} is no longer in doubt; job {} is {}\n", asked.host, job.ulid, job.state()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::job::view::{Counts, Plan};

    fn job() -> JobView {
        let counts = Counts { hosts: 100, succeeded: 98, failed: 2, out_of_service: 1, ..Counts::default() };
        let batch = |number, status: &str, size, counts| Batch {
            number,
            status: status.to_owned(),
            size,
            counts,
            gate: Some("stops at the 6th failure".to_owned()),
            ..Batch::default()
        };
        let batches = vec![batch(1, "AWAITING_APPROVAL", 100, counts), batch(2, "WAITING", 500, Counts::default())];
        let plan = Plan { hash: "beef".to_owned(), ..Plan::default() };
        JobView {
            ulid: "01J".into(),
            template: "patch".into(),
            template_version: 3,
            batches,
            plan,
            ..JobView::default()
        }
    }

    #[test]
    fn an_approval_says_what_it_opens() {
        let job = job();
        let batch = waiting_batch(&job, None).expect("one waits");
        assert_eq!(
            approval(&job, batch),
            "Job 01J (patch v3), plan beef\nThe canary 1 is through: 98 of 100 hosts succeeded, 2 failed, 1 out of service.\n\
             Approving opens batch 2 with 500 hosts, which stops at the 6th failure."
        );
    }

    #[test]
    fn a_batch_that_is_not_there_cannot_be_approved() {
        assert_eq!(waiting_batch(&job(), Some(9)).expect_err("two batches").exit, Exit::Usage);
        let mut job = job();
        job.batches[0].status = "OPEN".to_owned();
        assert_eq!(waiting_batch(&job, None).expect_err("none waits").exit, Exit::Rejected);
    }
}
