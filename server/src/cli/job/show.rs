//! `stagger job show`.
//!
//! Never found here: one host (`job why`, `host show`).

use super::view::{Batch, Cluster, JobView, Step, words};
use super::{JobRef, id_of};
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::operations::SHOW_JOB;
use crate::cli::session::{Session, found, read};
use crate::cli::{clock, table, terminal};
use serde_json::json;

/// Shows a job.
pub async fn run(session: &Session, job: &JobRef) -> Result<Exit, CliError> {
    let id = id_of(session, job).await?;
    let answer = session.ask(&SHOW_JOB, json!({ "id": id }), "job").await?;
    found(&answer, "job", &id, "`stagger job list` shows those there are")?;
    session.show(&answer, || Ok(text(&read(&answer)?)))
}

fn text(job: &JobView) -> String {
    let batches = table::list(
        ["BATCH", "STATE", "HOSTS", "OK", "FAILED", "RUNNING", "WAITING", "GATE"],
        job.batches.iter().map(batch).collect(),
    );
    let steps = table::list(
        ["STEP", "ACTION", "WAITING", "RUNNING", "OK", "FAILED", "SKIPPED", "P50", "P95"],
        job.steps.iter().map(step).collect(),
    );
    let failures: String = job.failure_clusters.iter().map(failure).collect();
    let failures = if failures.is_empty() { failures } else { format!("\nFAILURES\n{failures}") };
    format!("{}\n{batches}\n{steps}{failures}", head(job))
}

fn head(job: &JobView) -> String {
    let local = |instant: &Option<String>| instant.as_deref().map(clock::local).unwrap_or_default();
    let waits: Vec<String> = job.waiting_for.iter().map(|waiting| waiting.text.clone()).collect();
    let may: Vec<String> = job.actions.iter().filter(|a| a.allowed).map(|a| words(&a.action)).collect();
    let stopping = job.stopping.as_ref().map(|stopping| format!("by {}: {}", stopping.by, stopping.reason));
    table::record(vec![
        ("job", job.ulid.clone()),
        ("template", job.title()),
        ("state", job.state()),
        ("held", job.hold.as_ref().map(|hold| hold.text.clone()).unwrap_or_default()),
        ("stopped", stopping.unwrap_or_default()),
        ("waits for", waits.join("; ")),
        ("hosts", hosts(job)),
        ("pace", pace(job)),
        ("requested", format!("by {}, {}", job.requested_by, clock::local(&job.created_at))),
        ("started", local(&job.started_at)),
        ("ended", local(&job.finished_at)),
        ("plan", format!("{} hosts, hash {}", job.plan.hosts, job.plan.hash)),
        ("you may", may.join(", ")),
    ])
}

/// Where the hosts are, in one line; what is nowhere is left out.
pub fn hosts(job: &JobView) -> String {
    let counts = &job.counts;
    let parts = [
        (counts.succeeded, "succeeded"),
        (counts.failed, "failed"),
        (counts.by_outcome.unreachable, "unreachable"),
        (counts.by_outcome.cancelled, "cancelled"),
        (counts.by_status.running, "running"),
        (counts.by_status.deferred, "deferred"),
        (counts.by_status.waiting, "waiting"),
        (counts.by_status.in_doubt, "in doubt"),
        (counts.out_of_service, "out of service"),
    ];
    let said = parts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}"));
    let said: Vec<String> = said.collect();
    format!(
        "{} of {} settled{}{}",
        counts.settled,
        counts.hosts,
        if said.is_empty() { "" } else { ": " },
        said.join(", ")
    )
}

/// How quickly it goes and when it may end.
pub fn pace(job: &JobView) -> String {
    let end = job.estimated_end.as_deref().and_then(clock::until).map(|left| format!(", about {left} left"));
    match job.throughput {
        pace if pace > 0.0 && !job.is_finished() => format!("{pace:.1} hosts a minute{}", end.unwrap_or_default()),
        _ => String::new(),
    }
}

fn batch(batch: &Batch) -> [String; 8] {
    let counts = &batch.counts;
    let state = match batch.bake_until.as_deref().and_then(clock::until) {
        Some(left) => format!("{}, {left} left", words(&batch.status)),
        None => words(&batch.status),
    };
    let kind = match batch.kind.as_str() {
        "PLANNED" if batch.number == 1 => " canary".to_owned(),
        "PLANNED" => String::new(),
        other => format!(" {}", words(other)),
    };
    [
        format!("{}{kind}", batch.number),
        state,
        batch.size.to_string(),
        counts.succeeded.to_string(),
        counts.failed.to_string(),
        counts.by_status.running.to_string(),
        (counts.by_status.waiting + counts.by_status.deferred).to_string(),
        batch.gate.clone().unwrap_or_default(),
    ]
}

fn step(step: &Step) -> [String; 9] {
    let length = |ms: Option<u64>| ms.map(clock::length).unwrap_or_default();
    [
        step.step.clone(),
        step.action.clone(),
        step.waiting.to_string(),
        step.running.to_string(),
        step.succeeded.to_string(),
        step.failed.to_string(),
        step.skipped.to_string(),
        length(step.p50),
        length(step.p95),
    ]
}

fn failure(cluster: &Cluster) -> String {
    let step = cluster.step.as_deref().unwrap_or("?");
    let sample = terminal::plain_line(&cluster.sample);
    format!("{:>6} × {step}: {sample}\n         {}\n", cluster.count, terminal::plain_line(&cluster.hosts.join(",")))
}
