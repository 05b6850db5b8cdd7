//! `stagger job list`.
//!
//! Never found here: one job in full.

use super::view::JobView;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::operations::LIST_JOBS;
use crate::cli::session::Session;
use crate::cli::{clock, table};
use clap::ValueEnum;
use serde_json::{Value, json};

/// Which jobs.
#[derive(clap::Args, Debug)]
pub struct Filter {
    /// Only jobs in this status
    #[arg(long, value_enum)]
    status: Vec<Status>,
    /// Only jobs of this template
    #[arg(long)]
    template: Option<String>,
    /// Only jobs whose id, template or requester has this in it
    #[arg(long)]
    search: Option<String>,
    /// At most so many
    #[arg(long, default_value_t = 20)]
    limit: usize,
}

/// Where a job is.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
enum Status {
    Planned,
    Running,
    Held,
    Draining,
    Cancelling,
    Settled,
    Finished,
}

impl Status {
    fn name(self) -> String {
        format!("{self:?}").to_uppercase()
    }
}

/// Lists jobs, the newest first.
pub async fn run(session: &Session, filter: &Filter) -> Result<Exit, CliError> {
    let statuses: Vec<String> = filter.status.iter().map(|status| status.name()).collect();
    let statuses = if statuses.is_empty() { Value::Null } else { json!(statuses) };
    let variables = json!({ "filter": { "status": statuses, "template": filter.template, "search": filter.search } });
    let jobs = session.list(&LIST_JOBS, variables, "jobs", filter.limit).await?;
    session.show(&jobs.to_json(), || {
        let rows = jobs.read::<JobView>()?.iter().map(row).collect();
        let head = ["JOB", "TEMPLATE", "STATE", "HOSTS", "OK", "FAILED", "OUT", "CREATED", "BY"];
        Ok(table::list(head, rows) + &jobs.rest())
    })
}

fn row(job: &JobView) -> [String; 9] {
    let counts = &job.counts;
    let number = |count: u32| count.to_string();
    [
        job.ulid.clone(),
        job.title(),
        job.state(),
        number(counts.hosts),
        number(counts.succeeded),
        number(counts.failed),
        number(counts.out_of_service),
        clock::local(&job.created_at),
        job.requested_by.clone(),
    ]
}
