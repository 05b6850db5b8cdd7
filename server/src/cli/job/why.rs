//! `stagger job why`.
//!
//! Never found here: reasons; the server has them.

use super::view::JobView;
use super::{JobRef, id_of, look_at};
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::operations::WHY_HOST;
use crate::cli::session::{Session, found, read};
use crate::cli::{clock, terminal};
use serde_json::json;

/// What does not go on.
#[derive(clap::Args, Debug)]
pub struct Why {
    #[command(flatten)]
    job: JobRef,
    /// One host of it
    host: Option<String>,
}

/// Says why.
pub async fn run(session: &Session, why: &Why) -> Result<Exit, CliError> {
    match &why.host {
        Some(host) => of_host(session, &why.job, host).await,
        None => of_job(session, &why.job).await,
    }
}

async fn of_job(session: &Session, job: &JobRef) -> Result<Exit, CliError> {
    let job = look_at(session, job).await?;
    let waits: Vec<&str> = job.waiting_for.iter().map(|waiting| waiting.text.as_str()).collect();
    session.show(&json!({ "job": job.ulid, "state": job.state(), "waitingFor": waits }), || Ok(text(&job)))
}

fn text(job: &JobView) -> String {
    let mut text = format!("job {} of {} is {}\n", job.ulid, job.title(), job.state());
    for waiting in &job.waiting_for {
        let left = waiting.until.as_deref().and_then(clock::until).map(|left| format!(" ({left} left)"));
        text += &format!("it waits for {}{}\n", terminal::plain_line(&waiting.text), left.unwrap_or_default());
    }
    if job.waiting_for.is_empty() {
        text += "it waits for nothing\n";
    }
    text
}

async fn of_host(session: &Session, job: &JobRef, host: &str) -> Result<Exit, CliError> {
    let id = id_of(session, job).await?;
    let answer = session.ask(&WHY_HOST, json!({ "id": id, "host": host }), "job").await?;
    let job = found(&answer, "job", &id, "`stagger job list` shows those there are")?;
    let run = found(&job["hostRun"], "host in this job called", host, "`stagger host list` shows all hosts")?;
    session.show(run, || {
        let chain: Vec<String> = read(&run["why"])?;
        let status: String = read(&run["status"])?;
        let reasons: String =
            chain.iter().map(|reason| format!("  because {}\n", terminal::plain_line(reason))).collect();
        Ok(format!("{host} is {}\n{reasons}", super::view::words(&status)))
    })
}
