//! `stagger template`: definitions of jobs.
//!
//! Never found here: what a template may say; the reader in `jobs` knows that.

use super::clock;
use super::error::CliError;
use super::exit::Exit;
use super::operations::{APPLY_TEMPLATE, LIST_TEMPLATES, REMOVE_TEMPLATE, SHOW_TEMPLATE, VALIDATE_TEMPLATE};
use super::session::{Session, found, read};
use super::{table, terminal};
use serde::Deserialize;
use serde_json::{Value, json};
use std::io::Read;
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
    List,
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

/// What is wrong with a text, and where.
#[derive(Deserialize, Debug, Clone)]
#[serde(rename_all = "camelCase")]
struct Diagnostic {
    severity: String,
    line: u32,
    column: u32,
    message: String,
    help: Option<String>,
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
        Verb::List => list(session).await,
        Verb::Show { name, source } => show(session, name, *source).await,
        Verb::Validate { files } => validate(session, files).await,
        Verb::Remove { name } => remove(session, name).await,
    }
}

async fn apply(session: &Session, files: &[PathBuf]) -> Result<Exit, CliError> {
    let texts = files.iter().map(|file| read_text(file)).collect::<Result<Vec<_>, _>>()?;
    for (file, text) in files.iter().zip(&texts) {
        check(session, file, text).await?;
        let payload = session.ask(&APPLY_TEMPLATE, json!({ "input": { "source": text } }), "applyTemplate").await?;
        session.show(&payload, || {
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
        let checked = check(session, file, &read_text(file)?).await;
        match checked {
            Ok(warnings) if !session.json => terminal::print(&format!("{warnings}{} is good\n", file.display()))?,
            Ok(_) => {}
            Err(error) if error.exit == Exit::Usage => worst = Err(error),
            Err(error) => return Err(error),
        }
    }
    worst
}

/// Asks the server about a text. The error, or the warnings, show every place with its line.
async fn check(session: &Session, file: &Path, text: &str) -> Result<String, CliError> {
    let variables = json!({ "source": text, "file": file.display().to_string() });
    let validation = session.ask(&VALIDATE_TEMPLATE, variables, "validateTemplate").await?;
    let diagnostics: Vec<Diagnostic> = read(&validation["diagnostics"])?;
    if session.json && !diagnostics.is_empty() {
        session.show_json(&validation)?;
    }
    let shown: String = diagnostics.iter().map(|diagnostic| rendered(file, text, diagnostic)).collect();
    let errors = diagnostics.iter().filter(|diagnostic| diagnostic.severity == "ERROR").count();
    if errors == 0 {
        return Ok(shown);
    }
    if !session.json {
        terminal::print(&shown)?;
    }
    let what = if errors == 1 { "1 error".to_owned() } else { format!("{errors} errors") };
    Err(CliError::usage(format!("{} has {what}", file.display()), "mend the lines above, then validate again"))
}

/// `file:line:column: error: message`, the line with a caret under the place, and help.
fn rendered(file: &Path, text: &str, diagnostic: &Diagnostic) -> String {
    let Diagnostic { line, column, .. } = *diagnostic;
    let severity = diagnostic.severity.to_lowercase();
    let message = terminal::plain(&diagnostic.message);
    let mut shown = format!("{}:{line}:{column}: {severity}: {message}\n", file.display());
    if let Some(source) = text.lines().nth((line as usize).saturating_sub(1)) {
        let indent = caret_indent(source, column);
        shown += &format!("{line:>5} | {}\n      | {indent}^\n", terminal::plain_line(source));
    }
    if let Some(help) = diagnostic.help.as_deref().filter(|help| !help.is_empty()) {
        shown += &format!("      = help: {}\n", terminal::plain(help));
    }
    shown
}

/// What stands before a column. Characters that take two places, such as 中, push the caret by two.
fn caret_indent(source: &str, column: u32) -> String {
    let before = source.chars().take((column as usize).saturating_sub(1));
    before.map(|c| if is_wide(c) { "  " } else { " " }).collect()
}

fn is_wide(c: char) -> bool {
    matches!(c, '\u{1100}'..='\u{115f}' | '\u{2e80}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7a3}' | '\u{f900}'..='\u{faff}'
        | '\u{fe30}'..='\u{fe4f}' | '\u{ff00}'..='\u{ff60}' | '\u{ffe0}'..='\u{ffe6}' | '\u{1f300}'..='\u{1faff}')
}

/// A file's text, or standard input for `-`.
pub fn read_text(file: &Path) -> Result<String, CliError> {
    let mut text = String::new();
    let read = match file.as_os_str() == "-" {
        true => std::io::stdin().read_to_string(&mut text).map(drop),
        false => std::fs::read_to_string(file).map(|read| text = read),
    };
    let unreadable = |error| {
        let hint = "name a text file in UTF-8, or - for standard input";
        CliError::usage(format!("{} cannot be read", file.display()), hint).because(error)
    };
    read.map_err(unreadable)?;
    Ok(text)
}

async fn list(session: &Session) -> Result<Exit, CliError> {
    let templates = session.ask(&LIST_TEMPLATES, Value::Null, "templates").await?;
    session.show(&templates, || {
        let lines: Vec<Line> = read(&templates)?;
        let row = |line: Line| {
            let targets = line.definition.targets.unwrap_or_default();
            let applied = clock::local(&line.applied_at);
            [line.name, line.version.to_string(), targets, applied, line.definition.description]
        };
        Ok(table::list(["TEMPLATE", "VERSION", "TARGETS", "APPLIED", "DESCRIPTION"], lines.into_iter().map(row).collect()))
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
    let payload = session.ask(&REMOVE_TEMPLATE, json!({ "input": { "name": name } }), "removeTemplate").await?;
    session.show(&payload, || Ok(format!("template {name} was removed; its jobs are not touched\n")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_diagnostic_shows_the_place() {
        let text = "template: patch\nbatchh:\n  - {size: 1}\n";
        let diagnostic = Diagnostic {
            severity: "ERROR".to_owned(),
            line: 2,
            column: 1,
            message: "unknown key batchh".to_owned(),
            help: Some("did you mean batches?".to_owned()),
        };
        assert_eq!(
            rendered(Path::new("patch.yaml"), text, &diagnostic),
            "patch.yaml:2:1: error: unknown key batchh\n    2 | batchh:\n      | ^\n      = help: did you mean batches?\n"
        );
    }

    #[test]
    fn the_caret_stands_under_its_column_after_wide_characters() {
        assert_eq!(caret_indent("补丁: x", 5), "      ");
    }
}
