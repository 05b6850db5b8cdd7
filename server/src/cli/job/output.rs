//! `stagger job output`: what a step's script wrote on one host.
//!
//! Never found here: changing it, but for what would command a terminal.

use super::{JobRef, id_of};
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::operations::{FOLLOW_OUTPUT, HOST_STEPS, READ_OUTPUT};
use crate::cli::session::{Session, found, read};
use crate::cli::subscription::Subscription;
use crate::cli::terminal::{self, plain};
use clap::ValueEnum;
use serde::Deserialize;
use serde_json::json;
use std::io::IsTerminal;

/// Whose output.
#[derive(clap::Args, Debug)]
pub struct Output {
    #[command(flatten)]
    job: JobRef,
    /// The host
    host: String,
    /// The step; otherwise the one under way, or the last one that ran
    #[arg(long)]
    step: Option<String>,
    /// The attempt's number; otherwise the last one
    #[arg(long)]
    attempt: Option<u16>,
    /// Which output
    #[arg(long, value_enum, default_value_t)]
    stream: Stream,
    /// Go on until the script has ended
    #[arg(long, short)]
    follow: bool,
}

/// Which output of a script.
#[derive(ValueEnum, Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Stream {
    /// Standard output
    #[default]
    Out,
    /// Standard error
    Err,
}

impl Stream {
    fn name(self) -> &'static str {
        match self {
            Stream::Out => "OUT",
            Stream::Err => "ERR",
        }
    }
}

#[derive(Deserialize)]
struct HostRun {
    step: Option<String>,
    steps: Vec<StepRun>,
}

#[derive(Deserialize)]
struct StepRun {
    step: String,
    attempts: u32,
}

/// A part of an output.
#[derive(Deserialize)]
struct Part {
    offset: u64,
    next: u64,
    total: u64,
    text: String,
    cut: Option<Cut>,
}

#[derive(Deserialize)]
struct Cut {
    from: u64,
    to: u64,
}

/// Prints an output, or follows it.
pub async fn run(session: &Session, asked: &Output) -> Result<Exit, CliError> {
    let id = id_of(session, &asked.job).await?;
    let step = match &asked.step {
        Some(step) => step.clone(),
        None => latest_step(session, &id, &asked.host).await?,
    };
    let variables = json!({ "job": id, "host": asked.host, "step": step, "attempt": asked.attempt,
        "stream": asked.stream.name(), "from": 0 });
    if asked.follow { follow(session, variables).await } else { print_all(session, variables).await }
}

/// The step under way, or the last one that ran.
async fn latest_step(session: &Session, id: &str, host: &str) -> Result<String, CliError> {
    let answer = session.ask(&HOST_STEPS, json!({ "id": id, "host": host }), "job").await?;
    let job = found(&answer, "job", id, "`stagger job list` shows those there are")?;
    let run: HostRun =
        read(found(&job["hostRun"], "host in this job called", host, "`stagger host list` shows all hosts")?)?;
    let ran = |name: &&StepRun| name.attempts > 0;
    let under_way = run.steps.iter().filter(ran).find(|step| Some(&step.step) == run.step.as_ref());
    let latest = under_way.or(run.steps.iter().rev().find(ran)).map(|step| step.step.clone());
    latest.ok_or_else(|| {
        let hint = format!("`stagger job why {id} {host}` says what it waits for");
        CliError::new(Exit::Rejected, format!("nothing ran on {host} in this job yet"), hint)
    })
}

async fn print_all(session: &Session, mut variables: serde_json::Value) -> Result<Exit, CliError> {
    loop {
        let answer = session.ask(&READ_OUTPUT, variables.clone(), "job").await?;
        let part = &answer["hostRun"]["output"];
        let part: Part = read(found(part, "host in this job called", &variables["host"].to_string(), "")?)?;
        print_part(session, &part)?;
        if part.next >= part.total || part.text.is_empty() {
            return Ok(Exit::Ok);
        }
        variables["from"] = json!(part.next);
    }
}

async fn follow(session: &Session, variables: serde_json::Value) -> Result<Exit, CliError> {
    let mut parts = Subscription::open(&session.client, &FOLLOW_OUTPUT, variables).await?;
    while let Some(answer) = parts.next().await? {
        print_part(session, &read(&answer["output"])?)?;
    }
    Ok(Exit::Ok)
}

/// As it came where a program reads it; harmless where a person does.
fn print_part(session: &Session, part: &Part) -> Result<(), CliError> {
    if session.json {
        let line = json!({ "offset": part.offset, "next": part.next, "total": part.total, "text": part.text });
        return terminal::print(&format!("{line}\n"));
    }
    if let Some(Cut { from, to }) = part.cut.as_ref().filter(|cut| cut.to == part.offset) {
        eprintln!("… {} bytes were not kept", to - from);
    }
    if std::io::stdout().is_terminal() { terminal::print(&plain(&part.text)) } else { terminal::print(&part.text) }
}
