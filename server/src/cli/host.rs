//! `stagger host`: managed servers.
//!
//! Never found here: logging in to one.

use super::client::refuse_rejections;
use super::diagnostic::{Diagnostic, read_text};
use super::error::CliError;
use super::exit::Exit;
use super::job::words;
use super::operations::{LIST_HOSTS, PUT_INVENTORY, SHOW_HOST};
use super::session::{Session, found, read};
use super::template::show_problems;
use super::{clock, table};
use serde::Deserialize;
use serde_json::json;
use std::path::{Path, PathBuf};

/// What to do with hosts.
#[derive(clap::Subcommand, Debug)]
pub enum Verb {
    /// List hosts
    List {
        /// Only these, for example: role=web and not dc=sh
        selector: Option<String>,
        /// Only hosts whose name has this in it
        #[arg(long)]
        search: Option<String>,
        /// At most so many
        #[arg(long, default_value_t = 50)]
        limit: usize,
    },
    /// Show a host: its labels, who has it, and what jobs did to it
    Show {
        /// Its name
        host: String,
    },
    /// Make the inventory be what a file says: hosts are added, changed and removed
    Apply {
        /// The YAML file; - reads standard input
        file: PathBuf,
        /// The name of the source: its hosts are replaced, those of other sources stay; otherwise the file's name
        #[arg(long)]
        source: Option<String>,
    },
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Host {
    name: String,
    labels: Vec<Label>,
    groups: Vec<String>,
    leased_to: Option<JobName>,
    /// Asked for one host only: it is looked for in every job.
    out_of_service: Option<bool>,
    out_of_service_since: Option<String>,
    out_of_service_because_of: Option<JobName>,
    source: Option<String>,
    address: Option<String>,
    runs: Option<Runs>,
}

#[derive(Deserialize)]
struct Label {
    name: String,
    value: String,
}

#[derive(Deserialize)]
struct Runs {
    nodes: Vec<Run>,
}

#[derive(Deserialize)]
struct JobName {
    ulid: String,
    template: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Run {
    job: JobName,
    status: String,
    outcome: Option<String>,
    error: Option<String>,
    finished_at: Option<String>,
}

/// Carries a verb out.
pub async fn run(session: &Session, verb: &Verb) -> Result<Exit, CliError> {
    match verb {
        Verb::List { selector, search, limit } => list(session, selector.as_deref(), search.as_deref(), *limit).await,
        Verb::Show { host } => show(session, host).await,
        Verb::Apply { file, source } => apply(session, file, source.as_deref()).await,
    }
}

async fn list(session: &Session, selector: Option<&str>, search: Option<&str>, limit: usize) -> Result<Exit, CliError> {
    let variables = json!({ "selector": selector, "search": search });
    let hosts = session.list(&LIST_HOSTS, variables, "hosts", limit).await?;
    session.show(&hosts.to_json(), || {
        let row = |host: Host| {
            let lease = host.leased_to.as_ref().map(job_name).unwrap_or_default();
            let (labels, groups) = (labels(&host), host.groups.join(","));
            [host.name, host.address.unwrap_or_default(), labels, groups, lease]
        };
        let rows = hosts.read::<Host>()?.into_iter().map(row).collect();
        Ok(table::list(["HOST", "ADDRESS", "LABELS", "GROUPS", "JOB"], rows) + &hosts.rest())
    })
}

fn labels(host: &Host) -> String {
    host.labels.iter().map(|Label { name, value }| format!("{name}={value}")).collect::<Vec<_>>().join(" ")
}

fn job_name(job: &JobName) -> String {
    format!("{} ({})", job.ulid, job.template)
}

async fn show(session: &Session, name: &str) -> Result<Exit, CliError> {
    let answer = session.ask(&SHOW_HOST, json!({ "name": name }), "host").await?;
    found(&answer, "host", name, "`stagger host list` shows those there are")?;
    session.show(&answer, || Ok(text(&read(&answer)?)))
}

fn text(host: &Host) -> String {
    let head = table::record(vec![
        ("host", host.name.clone()),
        ("address", host.address.clone().unwrap_or_default()),
        ("labels", labels(host)),
        ("groups", host.groups.join(", ")),
        ("from", host.source.clone().unwrap_or_default()),
        ("service", service(host)),
        ("job now", host.leased_to.as_ref().map(job_name).unwrap_or_default()),
    ]);
    let runs = host.runs.as_ref().map(|runs| &runs.nodes[..]).unwrap_or_default();
    if runs.is_empty() {
        return format!("{head}\nno job has had this host\n");
    }
    let row = |run: &Run| {
        let outcome = run.outcome.as_deref().unwrap_or(&run.status);
        let ended = run.finished_at.as_deref().map(clock::local).unwrap_or_default();
        [run.job.ulid.clone(), run.job.template.clone(), words(outcome), ended, run.error.clone().unwrap_or_default()]
    };
    format!("{head}\n{}", table::list(["JOB", "TEMPLATE", "OUTCOME", "ENDED", "ERROR"], runs.iter().map(row).collect()))
}

fn service(host: &Host) -> String {
    let Some(job) = host.out_of_service_because_of.as_ref().filter(|_| host.out_of_service == Some(true)) else {
        return "in service".to_owned();
    };
    let since = host.out_of_service_since.as_deref().map(|at| format!(" since {}", clock::local(at)));
    format!("out of service{} because of job {}", since.unwrap_or_default(), job_name(job))
}

async fn apply(session: &Session, file: &Path, source: Option<&str>) -> Result<Exit, CliError> {
    let text = read_text(file)?;
    let name = file.display().to_string();
    let source = source.unwrap_or(&name);
    let input = json!({ "source": source, "text": text, "file": name });
    let answer = session.client.ask_openly(&PUT_INVENTORY, json!({ "input": input })).await?;
    let payload = &answer["putInventory"];
    show_problems(session, file, &text, &read::<Vec<Diagnostic>>(&payload["diagnostics"])?, payload)?;
    refuse_rejections(&answer)?;
    session.show(payload, || {
        Ok(format!("the inventory has {} hosts from {source}, {} in all\n", payload["hosts"], payload["total"]))
    })
}
