//! `stagger job create`.
//!
//! Never found here: which hosts match, or how they are dealt into batches.

use super::view::JobView;
use super::watch;
use crate::cli::diagnostic::read_text;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::operations::{CREATE_JOB, PREVIEW_PLAN, TEMPLATE_PARAMETERS};
use crate::cli::session::{Session, found, read};

use serde_json::{Map, Value, json};
use std::path::PathBuf;

/// What to create a job from.
#[derive(clap::Args, Debug)]
pub struct Create {
    /// The template's name
    template: String,
    /// A parameter; as JSON where the template wants no text
    #[arg(long = "set", value_name = "NAME=VALUE")]
    set: Vec<String>,
    /// A JSON file with parameters; - reads standard input
    #[arg(long, value_name = "FILE")]
    parameters: Option<PathBuf>,
    /// The hosts, as a selector, for example: role=web and env=prod; otherwise the template's
    #[arg(long, value_name = "SELECTOR")]
    targets: Option<String>,
    /// The sizes of its batches instead of the template's, for example: 1,1%,10%; the last repeats
    #[arg(long, value_name = "SIZES", value_delimiter = ',')]
    batches: Vec<String>,
    /// Start it at once
    #[arg(long)]
    start: bool,
    /// Start it at once, and watch it
    #[arg(long, conflicts_with = "dry_run")]
    watch: bool,
    /// Show the plan, and create nothing
    #[arg(long, conflicts_with = "start")]
    dry_run: bool,
    /// The same key makes one job, however often it is sent; otherwise a new one is made up
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
}

/// Creates a job, or shows what it would be.
pub async fn run(session: &Session, create: &Create) -> Result<Exit, CliError> {
    let parameters = parameters(session, create).await?;
    if create.dry_run {
        return preview(session, create, parameters).await;
    }
    let key = create.key.clone().unwrap_or_else(|| ulid::Ulid::generate().to_string());
    let input = json!({
        "template": create.template,
        "parameters": parameters,
        "targets": create.targets,
        "policy": policy(create),
        "start": create.start || create.watch,
        "idempotencyKey": key,
    });
    let payload = session.ask(&CREATE_JOB, json!({ "input": input }), "createJob").await;
    let payload = payload.map_err(|error| same_again(error, &key))?;
    let job: JobView = read(&payload["job"])?;
    if create.watch {
        return watch::follow(session, &job.ulid).await;
    }
    session.show(&payload["job"], || Ok(created(&job)))
}

/// The job's own policy, where it has one.
fn policy(create: &Create) -> Value {
    let stages: Vec<Value> = create.batches.iter().map(|size| json!({ "size": size.trim() })).collect();
    if stages.is_empty() { Value::Null } else { json!({ "batches": stages }) }
}

/// Nobody knows whether a lost request arrived; the same key makes it safe to send it again.
fn same_again(error: CliError, key: &str) -> CliError {
    if error.exit != Exit::NoServer {
        return error;
    }
    let hint = format!("send it again with --key {key}: however often it arrives, it makes one job");
    CliError::new(Exit::NoServer, "it is not known whether the job was created", hint).because(error.to_string())
}

fn created(job: &JobView) -> String {
    let next = match job.status.as_str() {
        "PLANNED" => format!("start it with: stagger job start {}", job.ulid),
        _ => format!("follow it with: stagger job watch {}", job.ulid),
    };
    format!("job {} of {} is {}\n{}\n{next}\n", job.ulid, job.title(), job.state(), job.plan.review.trim_end())
}

async fn preview(session: &Session, create: &Create, parameters: Value) -> Result<Exit, CliError> {
    let input = json!({
        "template": create.template, "targets": create.targets, "parameters": parameters, "policy": policy(create),
    });
    let preview = session.ask(&PREVIEW_PLAN, json!({ "input": input }), "previewPlan").await?;
    session.show(&preview, || {
        let review: String = read(&preview["plan"]["review"])?;
        Ok(format!("{}\nnothing was created\n", review.trim_end()))
    })
}

/// The parameters of the file, with those of `--set` over them.
async fn parameters(session: &Session, create: &Create) -> Result<Value, CliError> {
    let mut parameters = match &create.parameters {
        Some(file) => serde_json::from_str(&read_text(file)?).map_err(|error| {
            let hint = "write one JSON object, such as {\"security_only\": true}";
            CliError::usage(format!("{} holds no parameters", file.display()), hint).because(error)
        })?,
        None => Map::new(),
    };
    if !create.set.is_empty() {
        let schema = session.ask(&TEMPLATE_PARAMETERS, json!({ "name": create.template }), "template").await?;
        let hint = "`stagger template list` shows those there are";
        let schema = found(&schema, "template", &create.template, hint)?["definition"]["parameters"].clone();
        for pair in &create.set {
            let (name, value) = parameter(pair, &schema)?;
            parameters.insert(name, value);
        }
    }
    Ok(Value::Object(parameters))
}

/// `name=value`: text stays text where the template wants text, so that 1.10 does not become 1.1.
fn parameter(pair: &str, schema: &Value) -> Result<(String, Value), CliError> {
    let Some((name, text)) = pair.split_once('=') else {
        return Err(CliError::usage(format!("--set {pair} has no value"), "write --set NAME=VALUE"));
    };
    let wants_text = schema["properties"][name]["type"] == "string";
    let value = match serde_json::from_str(text) {
        Ok(value) if !wants_text => value,
        _ => Value::String(text.to_owned()),
    };
    Ok((name.to_owned(), value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_has_the_type_the_template_wants() {
        let schema = json!({ "properties": { "version": { "type": "string" }, "retries": { "type": "integer" } } });
        for (pair, value) in [
            ("version=1.10", json!("1.10")),
            ("retries=3", json!(3)),
            ("retries=many", json!("many")),
            ("packages=[\"vim\",\"jq\"]", json!(["vim", "jq"])),
            ("note=a=b", json!("a=b")),
        ] {
            assert_eq!(parameter(pair, &schema).expect(pair).1, value, "{pair}");
        }
        assert_eq!(parameter("version", &schema).expect_err("no value").exit, Exit::Usage);
    }
}
