//! `stagger schedule`: jobs that create themselves.
//!
//! Never found here: when a cron expression fires; the server says.

use super::clock;
use super::error::CliError;
use super::exit::Exit;
use super::job::{JobView, words};
use super::operations::{
    CREATE_SCHEDULE, DELETE_SCHEDULE, LIST_SCHEDULES, NEXT_FIRINGS, Operation, PAUSE_SCHEDULE, PREVIEW_CRON,
    RESUME_SCHEDULE, RUN_SCHEDULE_NOW, SCHEDULE_TO_UPDATE, UPDATE_SCHEDULE,
};
use super::session::{Session, found, read};
use super::table;
use clap::ValueEnum;
use serde::Deserialize;
use serde_json::{Map, Value, json};

const CRON_HELP: &str = "\
A cron expression has five fields:
  minute (0-59)  hour (0-23)  day of month (1-31)  month (1-12, jan-dec)  weekday (0-7, sun-sat; 0 and 7 are Sunday)
Each is *, a number, a range 1-5, a list 1,15 or a step */10. '30 2 * * sat' is 02:30 on every Saturday.
@hourly, @daily, @weekly, @monthly and @yearly stand for the usual ones.";

/// What to do with schedules.
#[derive(clap::Subcommand, Debug)]
pub enum Verb {
    /// Put a schedule in place
    Create(Box<Create>),
    /// List schedules
    List,
    /// Change a schedule; what is not said stays as it is
    Update(Box<Update>),
    /// Skip a schedule's moments from now on
    Pause(Reasoned),
    /// Create jobs at a schedule's moments again
    Resume(Reasoned),
    /// Create and start the job a schedule would create, now
    Run {
        /// Its id, from `schedule list`
        id: String,
    },
    /// Take a schedule away; its jobs are not touched
    Delete(Reasoned),
    /// Show when a schedule, or a cron expression, fires next
    #[command(after_help = CRON_HELP)]
    Next {
        /// A schedule's id
        #[arg(required_unless_present = "cron")]
        id: Option<String>,
        /// A cron expression to try, for example: "30 2 * * sat"
        #[arg(long, conflicts_with = "id", requires = "zone")]
        cron: Option<String>,
        /// The expression's time zone, for example: Europe/Berlin
        #[arg(long)]
        zone: Option<String>,
        /// How many times
        #[arg(long, default_value_t = 10)]
        count: u32,
    },
}

/// What a schedule is made of.
#[derive(clap::Args, Debug)]
#[command(after_help = CRON_HELP)]
pub struct Create {
    /// What to call it
    name: String,
    /// The template of its jobs
    #[arg(long)]
    template: String,
    /// When, as a cron expression, for example: "30 2 * * sat"
    #[arg(long)]
    cron: String,
    /// The time zone the expression is meant in, for example: Europe/Berlin
    #[arg(long)]
    zone: String,
    /// A parameter of its jobs; as JSON where it can be read as JSON
    #[arg(long = "set", value_name = "NAME=VALUE")]
    set: Vec<String>,
    /// The hosts, as a selector; otherwise the template's
    #[arg(long, value_name = "SELECTOR")]
    targets: Option<String>,
    /// What to do about moments at which no server was running
    #[arg(long, value_enum, default_value_t)]
    missed: Missed,
    /// With --missed all: at most so many
    #[arg(long, value_name = "COUNT", default_value_t = 10)]
    missed_max: u32,
    /// What to do when the job before has not ended
    #[arg(long, value_enum, default_value_t)]
    overlap: Overlap,
}

/// What a schedule is made of from now on.
#[derive(clap::Args, Debug)]
#[command(after_help = CRON_HELP)]
pub struct Update {
    /// Its id, from `schedule list`
    id: String,
    /// What to call it
    #[arg(long)]
    name: Option<String>,
    /// The template of its jobs
    #[arg(long)]
    template: Option<String>,
    /// When, as a cron expression, for example: "30 2 * * sat"
    #[arg(long)]
    cron: Option<String>,
    /// The time zone the expression is meant in, for example: Europe/Berlin
    #[arg(long)]
    zone: Option<String>,
    /// A parameter of its jobs; as JSON where it can be read as JSON
    #[arg(long = "set", value_name = "NAME=VALUE")]
    set: Vec<String>,
    /// The hosts, as a selector; an empty one leaves them to the template
    #[arg(long, value_name = "SELECTOR")]
    targets: Option<String>,
    /// What to do about moments at which no server was running
    #[arg(long, value_enum)]
    missed: Option<Missed>,
    /// With --missed all: at most so many
    #[arg(long, value_name = "COUNT")]
    missed_max: Option<u32>,
    /// What to do when the job before has not ended
    #[arg(long, value_enum)]
    overlap: Option<Overlap>,
    /// Why, for the log and for colleagues
    #[arg(long, default_value = "")]
    reason: String,
}

/// A schedule, and why something is done to it.
#[derive(clap::Args, Debug)]
pub struct Reasoned {
    /// Its id, from `schedule list`
    id: String,
    /// Why, for the log and for colleagues
    #[arg(long, default_value = "")]
    reason: String,
}

impl Reasoned {
    fn variables(&self) -> Value {
        json!({ "input": { "schedule": self.id, "reason": self.reason } })
    }
}

/// What to do about moments at which no server was running.
#[derive(ValueEnum, Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Missed {
    /// Nothing
    Skip,
    /// The latest one creates a job
    #[default]
    Once,
    /// Each creates a job
    All,
}

/// What to do when the job before has not ended.
#[derive(ValueEnum, Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Overlap {
    /// Skip the moment
    #[default]
    Forbid,
    /// Wait for the job before to end
    Queue,
    /// Create another job
    Allow,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Schedule {
    id: String,
    name: String,
    template: String,
    cron: String,
    zone: String,
    overlap: String,
    paused: bool,
    upcoming: Vec<Firing>,
}

#[derive(Deserialize)]
struct Firing {
    at: String,
    note: Option<String>,
}

/// Carries a verb out.
pub async fn run(session: &Session, verb: &Verb) -> Result<Exit, CliError> {
    match verb {
        Verb::Create(create) => self::create(session, create).await,
        Verb::List => list(session).await,
        Verb::Update(update) => self::update(session, update).await,
        Verb::Pause(asked) => changed(session, &PAUSE_SCHEDULE, "pauseSchedule", asked.variables()).await,
        Verb::Resume(asked) => changed(session, &RESUME_SCHEDULE, "resumeSchedule", asked.variables()).await,
        Verb::Run { id } => run_now(session, id).await,
        Verb::Delete(asked) => delete(session, asked).await,
        Verb::Next { id: Some(id), count, .. } => next(session, id, *count).await,
        Verb::Next { cron, zone, count, .. } => {
            let variables = json!({ "expression": cron, "zone": zone, "count": count });
            preview(session, variables).await
        }
    }
}

async fn preview(session: &Session, variables: Value) -> Result<Exit, CliError> {
    let preview = session.ask(&PREVIEW_CRON, variables, "previewCron").await?;
    if let Some(problem) = preview["problem"].as_str() {
        return Err(CliError::usage(problem, preview["hint"].as_str().unwrap_or_default()));
    }
    session.show(&preview, || firings(&read::<Vec<Firing>>(&preview["firings"])?))
}

async fn create(session: &Session, create: &Create) -> Result<Exit, CliError> {
    let input = json!({
        "name": create.name,
        "template": create.template,
        "cron": create.cron,
        "zone": create.zone,
        "parameters": parameters(&create.set)?,
        "targets": create.targets,
        "missed": format!("{:?}", create.missed).to_uppercase(),
        "missedMax": create.missed_max,
        "overlap": format!("{:?}", create.overlap).to_uppercase(),
    });
    let payload = session.ask(&CREATE_SCHEDULE, json!({ "input": input }), "createSchedule").await?;
    session.show(&payload["schedule"], || {
        let schedule: Schedule = read(&payload["schedule"])?;
        Ok(format!(
            "schedule {} ({}) is in place; it fires next at\n{}",
            schedule.name,
            schedule.id,
            firings(&schedule.upcoming)?
        ))
    })
}

fn parameters(set: &[String]) -> Result<Map<String, Value>, CliError> {
    let pair = |pair: &String| {
        let Some((name, text)) = pair.split_once('=') else {
            return Err(CliError::usage(format!("--set {pair} has no value"), "write --set NAME=VALUE"));
        };
        Ok((name.to_owned(), serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()))))
    };
    set.iter().map(pair).collect()
}

async fn list(session: &Session) -> Result<Exit, CliError> {
    let schedules = session.ask(&LIST_SCHEDULES, Value::Null, "schedules").await?;
    session.show(&schedules, || {
        let row = |schedule: Schedule| {
            let next = schedule.upcoming.first().map(|firing| clock::local(&firing.at)).unwrap_or_default();
            let next = if schedule.paused { "paused".to_owned() } else { next };
            let overlap = words(&schedule.overlap);
            [schedule.id, schedule.name, schedule.template, schedule.cron, schedule.zone, overlap, next]
        };
        let rows = read::<Vec<Schedule>>(&schedules)?.into_iter().map(row).collect();
        Ok(table::list(["ID", "NAME", "TEMPLATE", "CRON", "ZONE", "OVERLAP", "NEXT"], rows))
    })
}

async fn update(session: &Session, update: &Update) -> Result<Exit, CliError> {
    let mut input = session.ask(&SCHEDULE_TO_UPDATE, json!({ "id": update.id }), "schedule").await?;
    found(&input, "schedule", &update.id, "`stagger schedule list` shows those there are")?;
    let enumerated = |value: String| json!(value.to_uppercase());
    let said = [
        ("name", update.name.as_ref().map(|name| json!(name))),
        ("template", update.template.as_ref().map(|template| json!(template))),
        ("cron", update.cron.as_ref().map(|cron| json!(cron))),
        ("zone", update.zone.as_ref().map(|zone| json!(zone))),
        ("targets", update.targets.as_ref().map(|text| if text.is_empty() { Value::Null } else { json!(text) })),
        ("missed", update.missed.map(|missed| enumerated(format!("{missed:?}")))),
        ("missedMax", update.missed_max.map(|most| json!(most))),
        ("overlap", update.overlap.map(|overlap| enumerated(format!("{overlap:?}")))),
    ];
    for (name, value) in said {
        if let Some(value) = value {
            input[name] = value;
        }
    }
    for (name, value) in parameters(&update.set)? {
        input["parameters"][name] = value;
    }
    input["schedule"] = json!(update.id);
    input["reason"] = json!(update.reason);
    changed(session, &UPDATE_SCHEDULE, "updateSchedule", json!({ "input": input })).await
}

async fn changed(session: &Session, operation: &Operation, field: &str, variables: Value) -> Result<Exit, CliError> {
    let payload = session.ask(operation, variables, field).await?;
    session.show(&payload["schedule"], || {
        let schedule: Schedule = read(&payload["schedule"])?;
        match schedule.paused {
            true => Ok(format!("schedule {} is paused: its moments are skipped until it is resumed\n", schedule.name)),
            false => Ok(format!("schedule {} fires next at\n{}", schedule.name, firings(&schedule.upcoming)?)),
        }
    })
}

async fn run_now(session: &Session, id: &str) -> Result<Exit, CliError> {
    let payload = session.ask(&RUN_SCHEDULE_NOW, json!({ "input": { "schedule": id } }), "runScheduleNow").await?;
    session.show(&payload["job"], || {
        let job: JobView = read(&payload["job"])?;
        Ok(format!("job {} of {} is {}\n", job.ulid, job.title(), job.state()))
    })
}

async fn delete(session: &Session, asked: &Reasoned) -> Result<Exit, CliError> {
    let payload = session.ask(&DELETE_SCHEDULE, asked.variables(), "deleteSchedule").await?;
    session.show(&payload, || Ok(format!("schedule {} was taken away; its jobs are not touched\n", asked.id)))
}

async fn next(session: &Session, id: &str, count: u32) -> Result<Exit, CliError> {
    let schedule = session.ask(&NEXT_FIRINGS, json!({ "id": id, "count": count }), "schedule").await?;
    found(&schedule, "schedule", id, "`stagger schedule list` shows those there are")?;
    session.show(&schedule, || firings(&read::<Schedule>(&schedule)?.upcoming))
}

/// One moment a line, in local time, with what is odd about it.
fn firings(firings: &[Firing]) -> Result<String, CliError> {
    let line = |firing: &Firing| {
        let note = firing.note.as_ref().map(|note| format!("  ({})", words(note))).unwrap_or_default();
        format!("  {}{note}\n", clock::local(&firing.at))
    };
    Ok(firings.iter().map(line).collect())
}
