//! What a demo's job came to, for programs.

use super::DemoError;
use crate::fleet;
use crate::service::Service;
use jobs::host_run::HostRun;
use jobs::job::Job;
use jobs::outcome::HostStatus;
use serde::Serialize;
use std::path::Path;
use std::time::Duration;
use storage::EventStore;

/// What a demo's job came to.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// The job's id.
    pub job: String,
    /// Where the job is.
    pub status: &'static str,
    /// How it ended; only when finished.
    pub outcome: Option<&'static str>,
    /// All hosts.
    pub hosts: u32,
    /// Hosts that are patched.
    pub succeeded: u32,
    /// Hosts that gates count as failed.
    pub failed: u32,
    /// Hosts in doubt.
    pub in_doubt: u32,
    /// Hosts that were never started, or given up without being touched.
    pub skipped: u32,
    /// Hosts whose workflow was begun.
    pub touched: u32,
    /// Hosts out of service because of the job.
    pub out_of_service: u32,
    /// Batches whose gate was passed, or that were opened last.
    pub batches: u32,
    /// Attempts that were decided.
    pub steps: u64,
    /// Events in the log.
    pub events: u64,
    /// How long this process watched.
    pub seconds: f64,
    /// Scripts that were started on the hosts, by the fleet's own journal.
    pub scripts_started: u64,
    /// Scripts of which the journal says that they were started more than once. Must be 0.
    pub scripts_started_twice: u64,
}

impl Summary {
    /// In one line.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// What a job came to, by the state and by the fleet's own journal.
pub(super) fn of(service: &Service, job: &Job, journal: &Path, took: Duration) -> Result<Summary, DemoError> {
    let started = fleet::read_journal(journal).map_err(|why| DemoError::Journal(Box::new(why)))?;
    let touched = job.runs.iter().filter(|run| run.started_at.is_some()).count() as u32;
    let attempts = |run: &HostRun| -> u64 { run.steps.iter().map(|step| u64::from(step.attempts)).sum() };
    Ok(Summary {
        job: job.id.to_string(),
        status: jobs::render::status_word(job.status),
        outcome: job.outcome.map(jobs::render::outcome_word),
        hosts: job.tally.hosts(),
        succeeded: job.tally.succeeded(),
        failed: job.tally.failed(),
        in_doubt: job.tally.status(HostStatus::InDoubt),
        skipped: job.tally.hosts() - touched,
        touched,
        out_of_service: job.tally.out_of_service(),
        batches: job.batches.iter().filter(|batch| batch.opened_at.is_some()).count() as u32,
        steps: job.runs.iter().map(attempts).sum(),
        events: service.store.head().position,
        seconds: took.as_secs_f64(),
        scripts_started: started.started,
        scripts_started_twice: started.started_twice.len() as u64,
    })
}
