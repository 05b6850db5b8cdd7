//! `stagger job`: rollouts of templates.
//!
//! Never found here: what may be done with a job; its `actions` say that, and the server has the last word.

mod create;
mod list;
mod output;
mod person;
mod progress;
mod retry;
mod show;
mod steer;
mod view;
mod watch;
mod why;

use super::error::CliError;
use super::exit::Exit;
use super::operations::{JOB_TO_STEER, LIST_JOBS};
use super::session::{Session, found, read};
use clap::Args;
use serde_json::{Value, json};
pub use view::{JobView, words};

/// What to do with jobs.
#[derive(clap::Subcommand, Debug)]
pub enum Verb {
    /// Create a job: choose the hosts and seal the plan
    Create(create::Create),
    /// Begin to admit hosts
    Start {
        #[command(flatten)]
        job: JobRef,
        /// Watch it afterwards
        #[arg(long)]
        watch: bool,
    },
    /// List jobs, the newest first
    List(list::Filter),
    /// Show a job: batches, steps, failures, and what it waits for
    Show {
        #[command(flatten)]
        job: JobRef,
    },
    /// Follow a job until it ends; reconnects while the server is away
    Watch(watch::Watch),
    /// Admit nobody new; hosts in flight finish
    Hold(steer::Steer),
    /// Admit hosts again
    Resume(steer::Steer),
    /// Stop hosts at their next safe point
    Drain(steer::Steer),
    /// Stop hosts at their next safe point, and end the job
    Cancel(steer::ConfirmedSteer),
    /// Signal running scripts, and end the job
    Kill(steer::ConfirmedSteer),
    /// Agree that the next batch opens
    Approve(person::Approve),
    /// Give hosts that did not succeed another run
    Retry(retry::Retry),
    /// Take over hosts that are out of service or in doubt, so that the job can end
    Accept(person::Accept),
    /// Say what became of a step whose end is not known
    Resolve(person::Resolve),
    /// Print what a step's script wrote on a host
    Output(output::Output),
    /// Say why a job, or one host of it, does not go on
    Why(why::Why),
}

/// Which job.
#[derive(Args, Debug, Clone)]
pub struct JobRef {
    /// The job's id, or `last` for the newest job
    #[arg(value_name = "JOB")]
    pub job: String,
}

/// Carries a verb out.
pub async fn run(session: &Session, verb: &Verb) -> Result<Exit, CliError> {
    match verb {
        Verb::Create(create) => create::run(session, create).await,
        Verb::Start { job, watch } => steer::start(session, job, *watch).await,
        Verb::List(filter) => list::run(session, filter).await,
        Verb::Show { job } => show::run(session, job).await,
        Verb::Watch(watch) => watch::run(session, watch).await,
        Verb::Hold(steer) => steer::hold(session, steer).await,
        Verb::Resume(steer) => steer::resume(session, steer).await,
        Verb::Drain(steer) => steer::drain(session, steer).await,
        Verb::Cancel(steer) => steer::cancel(session, steer).await,
        Verb::Kill(steer) => steer::kill(session, steer).await,
        Verb::Approve(approve) => person::approve(session, approve).await,
        Verb::Retry(retry) => retry::run(session, retry).await,
        Verb::Accept(accept) => person::accept(session, accept).await,
        Verb::Resolve(resolve) => person::resolve(session, resolve).await,
        Verb::Output(asked) => output::run(session, asked).await,
        Verb::Why(why) => why::run(session, why).await,
    }
}

/// The id that was meant: `last` is the newest job.
async fn id_of(session: &Session, job: &JobRef) -> Result<String, CliError> {
    if job.job != "last" {
        return Ok(job.job.clone());
    }
    let newest = session.list(&LIST_JOBS, json!({ "filter": null }), "jobs", 1).await?;
    let none = || CliError::new(Exit::Rejected, "there is no job yet", "make one with `stagger job create TEMPLATE`");
    read(&newest.nodes.first().ok_or_else(none)?["ulid"])
}

/// A job as it stands, with what is to be known before it is steered.
async fn look_at(session: &Session, job: &JobRef) -> Result<JobView, CliError> {
    let id = id_of(session, job).await?;
    let answer: Value = session.ask(&JOB_TO_STEER, json!({ "id": id }), "job").await?;
    read(found(&answer, "job", &id, "`stagger job list` shows those there are")?)
}
