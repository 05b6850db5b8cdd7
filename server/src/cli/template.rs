//! `stagger template`: definitions of jobs.
//!
//! Never found here: what a template may say; the reader in `jobs` knows that.

use super::client::refuse_rejections;
use super::clock;
use super::diagnostic::{Diagnostic, read_text, refuse_errors};
use super::error::CliError;
use super::exit::Exit;
use super::operations::{APPLY_TEMPLATE, LIST_TEMPLATES, REMOVE_TEMPLATE, SHOW_TEMPLATE, VALIDATE_TEMPLATE};
use super::session::{Session, found, read};
use super::{table, terminal};
use serde::Deserialize;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// What to do with templates.
#[derive(clap::Subcommand, Debug)]
pub enum Verb {
    /// Put a template in place; the same text again changes nothing
    Apply {
        /// The YAML files; - reads standard input
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// List templates
    List {
        /// At most so many
        #[arg(long, default_value_t = 50)]
        limit: usize,
    },
    /// Show a template
    Show {
        /// Its name
        name: String,
        /// Print the text as its author wrote it, and nothing else
        #[arg(long)]
        source: bool,
    },
    /// Say what is wrong with a template, with line and column; changes nothing
    Validate {
        /// The YAML files; - reads standard input
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// Take a template away; its jobs are not touched
    Remove {
        /// Its name
        name: String,
    },
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Line {
    name: String,
    version: u32,
    applied_at: String,
    definition: Definition,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Definition {
    description: String,
    targets: Option<String>,
    workflow: Vec<Step>,
    batches: Vec<Stage>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Step {
    step: String,
    action: String,
    takes_out_of_service: bool,
    returns_to_service: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Stage {
    size: String,
    repeat: bool,
    bake: u64,
    approve: bool,
}

/// Carries a verb out.
pub async fn run(session: &Session, verb: &Verb) -> Result<Exit, CliError> {
    match verb {
        Verb::Apply { files } => apply(session, files).await,
        Verb::List { limit } => list(session, *limit).await,
        Verb::Show { name, source } => show(session, name, *source).await,
        Verb::Validate { files } => validate(session, files).await,
        Verb::Remove { name } => remove(session, name).await,
    }
}

async fn apply(session: &Session, files: &[PathBuf]) -> Result<Exit, CliError> {
    let texts = files.iter().map(|file| read_text(file)).collect::<Result<Vec<_>, _>>()?;
    for (file, text) in files.iter().zip(&texts) {
        let input = json!({ "source": text, "file": file.display().to_string() });
        let answer = session.client.ask_openly(&APPLY_TEMPLATE, json!({ "input": input })).await?;
        let payload = &answer["applyTemplate"];
        show_problems(session, file, text, &read::<Vec<Diagnostic>>(&payload["diagnostics"])?, payload)?;
        refuse_rejections(&answer)?;
        session.show(payload, || {
            let template = &payload["template"];
            let (name, version): (String, u32) = (read(&template["name"])?, read(&template["version"])?);
            Ok(format!("template {name} is at version {version}\n"))
        })?;
    }
    Ok(Exit::Ok)
}

async fn validate(session: &Session, files: &[PathBuf]) -> Result<Exit, CliError> {
    let mut worst = Ok(Exit::Ok);
    for file in files {
        let text = read_text(file)?;
        let variables = json!({ "source": text, "file": file.display().to_string() });
        let validation = session.ask(&VALIDATE_TEMPLATE, variables, "validateTemplate").await?;
        let diagnostics: Vec<Diagnostic> = read(&validation["diagnostics"])?;
        match show_problems(session, file, &text, &diagnostics, &validation) {
            Err(error) => worst = Err(error),
            Ok(()) => drop(session.show(&validation, || Ok(format!("{} is good\n", file.display())))?),
        }
    }
    worst
}

/// Shows what is wrong in a text. It is an error where something has to be put right.
pub fn show_problems(
    session: &Session,
    file: &Path,
    text: &str,
    diagnostics: &[Diagnostic],
    answer: &Value,
) -> Result<(), CliError> {
    let refused = refuse_errors(file, diagnostics);
    if session.json {
        return if refused.is_err() { session.show_json(answer).and(refused) } else { Ok(()) };
    }
    let shown: String = diagnostics.iter().map(|diagnostic| diagnostic.rendered(file, text)).collect();
    terminal::print(&shown)?;
    refused
}

async fn list(session: &Session, limit: usize) -> Result<Exit, CliError> {
    let templates = session.list(&LIST_TEMPLATES, json!({}), "templates", limit).await?;
    session.show(&templates.to_json(), || {
        let lines: Vec<Line> = templates.read()?;
        let row = |line: Line| {
            let targets = line.definition.targets.unwrap_or_default();
            let applied = clock::local(&line.applied_at);
            [line.name, line.version.to_string(), targets, applied, line.definition.description]
        };
        let head = ["TEMPLATE", "VERSION", "TARGETS", "APPLIED", "DESCRIPTION"];
        Ok(table::list(head, lines.into_iter().map(row).collect()) + &templates.rest())
    })
}

async fn show(session: &Session, name: &str, source: bool) -> Result<Exit, CliError> {
    let template = session.ask(&SHOW_TEMPLATE, json!({ "name": name }), "template").await?;
    found(&template, "template", name, "`stagger template list` shows those there are")?;
    if source {
        terminal::print(&read::<String>(&template["source"])?)?;
        return Ok(Exit::Ok);
    }
    session.show(&template, || {
        let line: Line = read(&template)?;
        let definition = &line.definition;
        let batches: Vec<String> = definition.batches.iter().map(stage).collect();
        let head = table::record(vec![
            ("template", line.name.clone()),
            ("version", line.version.to_string()),
            ("applied", clock::local(&line.applied_at)),
            ("about", definition.description.clone()),
            ("targets", definition.targets.clone().unwrap_or_default()),
            ("batches", if batches.is_empty() { "by the number of hosts".to_owned() } else { batches.join(", then ") }),
        ]);
        let steps = definition.workflow.iter().map(step).collect();
        Ok(format!("{head}\n{}", table::list(["STEP", "ACTION", ""], steps)))
    })
}

fn stage(stage: &Stage) -> String {
    let repeat = if stage.repeat { " repeating" } else { "" };
    let bake = if stage.bake > 0 { format!(" bake {}", clock::length(stage.bake)) } else { String::new() };
    let approve = if stage.approve { " approve" } else { "" };
    format!("{}{repeat}{bake}{approve}", stage.size)
}

fn step(step: &Step) -> [String; 3] {
    let service = match (step.takes_out_of_service, step.returns_to_service) {
        (true, _) => "out of service from here",
        (false, true) => "back in service",
        (false, false) => "",
    };
    [step.step.clone(), step.action.clone(), service.to_owned()]
}

async fn remove(session: &Session, name: &str) -> Result<Exit, CliError> {
    let payload = session.ask(&REMOVE_TEMPLATE, json!({ "input": { "template": name } }), "removeTemplate").await?;
    session.show(&payload, || Ok(format!("template {name} was removed; its jobs are not touched\n")))
}
