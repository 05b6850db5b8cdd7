//! `stagger job start|hold|resume|drain|cancel|kill`.
//!
//! Never found here: whether it is allowed.

use super::view::{Counts, JobView};
use super::{JobRef, id_of, look_at, watch};
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::operations::{CANCEL_JOB, DRAIN_JOB, HOLD_JOB, KILL_JOB, Operation, RESUME_JOB, START_JOB};
use crate::cli::session::{Session, read};
use crate::cli::terminal::confirm;
use serde_json::{Value, json};

/// A job, and why it is steered.
#[derive(clap::Args, Debug)]
pub struct Steer {
    #[command(flatten)]
    job: JobRef,
    /// Why, for the log and for colleagues
    #[arg(long, default_value = "")]
    reason: String,
}

/// The same, confirmed.
#[derive(clap::Args, Debug)]
pub struct ConfirmedSteer {
    #[command(flatten)]
    steer: Steer,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

/// Begins to admit hosts.
pub async fn start(session: &Session, job: &JobRef, and_watch: bool) -> Result<Exit, CliError> {
    let id = id_of(session, job).await?;
    if !and_watch {
        return send(session, &START_JOB, "startJob", json!({ "job": id })).await;
    }
    session.ask(&START_JOB, json!({ "input": { "job": id } }), "startJob").await?;
    watch::follow(session, &id).await
}

/// Admits nobody new.
pub async fn hold(session: &Session, steer: &Steer) -> Result<Exit, CliError> {
    let input = json!({ "job": id_of(session, &steer.job).await?, "reason": steer.reason });
    send(session, &HOLD_JOB, "holdJob", input).await
}

/// Admits hosts again.
pub async fn resume(session: &Session, steer: &Steer) -> Result<Exit, CliError> {
    let input = json!({ "job": id_of(session, &steer.job).await?, "reason": steer.reason });
    send(session, &RESUME_JOB, "resumeJob", input).await
}

/// Stops hosts at their next safe point.
pub async fn drain(session: &Session, steer: &Steer) -> Result<Exit, CliError> {
    let input = json!({ "job": id_of(session, &steer.job).await?, "reason": steer.reason });
    send(session, &DRAIN_JOB, "drainJob", input).await
}

/// Stops hosts at their next safe point, and ends the job.
pub async fn cancel(session: &Session, asked: &ConfirmedSteer) -> Result<Exit, CliError> {
    let job = look_at(session, &asked.steer.job).await?;
    let running = "stop before their next step that is a safe point";
    confirm(&consequences("Cancelling", &job, running), &job.template, asked.yes)?;
    send(session, &CANCEL_JOB, "cancelJob", json!({ "job": job.ulid, "reason": asked.steer.reason })).await
}

/// Signals running scripts, and ends the job.
pub async fn kill(session: &Session, asked: &ConfirmedSteer) -> Result<Exit, CliError> {
    let job = look_at(session, &asked.steer.job).await?;
    let running = "have their scripts signalled in the middle of what they do";
    confirm(&consequences("Killing", &job, running), &job.template, asked.yes)?;
    send(session, &KILL_JOB, "killJob", json!({ "job": job.ulid, "reason": asked.steer.reason })).await
}

/// What will happen to how many hosts, in words.
fn consequences(verb: &str, job: &JobView, running: &str) -> String {
    let Counts { hosts, settled, out_of_service, by_status, .. } = &job.counts;
    let untouched = by_status.waiting + by_status.deferred;
    let mut text = format!(
        "{verb} job {} ({}, {hosts} hosts): {} hosts that run now {running}; {untouched} are never started; {settled} are \
         settled and stay as they are.",
        job.ulid,
        job.title(),
        by_status.running,
    );
    if *out_of_service > 0 {
        text += &format!(
            "\n{out_of_service} hosts are out of service now; those that do not return by themselves stay so."
        );
    }
    text
}

async fn send(session: &Session, operation: &Operation, field: &str, input: Value) -> Result<Exit, CliError> {
    let payload = session.ask(operation, json!({ "input": input }), field).await?;
    session.show(&payload["job"], || {
        let job: JobView = read(&payload["job"])?;
        Ok(format!("job {} of {} is {}\n", job.ulid, job.title(), job.state()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::job::view::ByStatus;

    #[test]
    fn before_a_dangerous_thing_the_numbers_are_said() {
        let by_status = ByStatus { waiting: 7_900, deferred: 40, running: 60, in_doubt: 0 };
        let counts = Counts { hosts: 10_000, settled: 2_000, out_of_service: 12, by_status, ..Counts::default() };
        let job =
            JobView { ulid: "01J".into(), template: "patch".into(), template_version: 3, counts, ..JobView::default() };
        assert_eq!(
            consequences("Killing", &job, "have their scripts signalled"),
            "Killing job 01J (patch v3, 10000 hosts): 60 hosts that run now have their scripts signalled; 7940 are never \
             started; 2000 are settled and stay as they are.\n12 hosts are out of service now; those that do not return by \
             themselves stay so."
        );
    }
}
