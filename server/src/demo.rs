//! `stagger demo`: a simulated fleet as a process of its own, a server, and `patch-server` going through it in canary
//! batches. Started again with the same folder after a kill, it takes the same fleet and the same job up again.
//!
//! Never found here: a short cut. The server is the real one, and it talks to the fleet over SSH like to any other.

mod fleet_process;
mod scene;
mod summary;

use crate::runners;
use crate::service::{Service, ServiceError, Settings, put_inventory};
use clap::Args;
use fleet_process::FleetProcess;
use jobs::command::{Actor, Command};
use jobs::fleet::Fleet;
use jobs::ids::JobId;
use jobs::job::Job;
use jobs::outcome::JobStatus;
use schema::backend::{Refusal, Request, read};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::{Duration, Instant};

pub use fleet_process::FleetError;
pub use scene::Scene;
pub use summary::Summary;

/// How often the progress is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// How often a line about it is printed where nobody sees a progress bar.
const SAY_EVERY: Duration = Duration::from_secs(2);

/// Patch a simulated fleet, to see how it goes
#[derive(Args, Clone, Debug)]
pub struct Options {
    /// How many hosts
    #[arg(long, value_name = "N", default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub hosts: u32,
    /// Where everything is kept; after a kill, the same folder goes on where it was
    #[arg(long, value_name = "DIR", default_value = ".stagger/demo")]
    pub data: PathBuf,
    /// What is played
    #[arg(long, value_enum, default_value_t)]
    pub scene: Scene,
    /// Where the server listens
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
    /// End when the job has ended or needs a person, with a JSON summary as the last line
    #[arg(long)]
    pub exit_when_done: bool,
    /// How long finished batches are watched
    #[arg(long, value_name = "DURATION", default_value = "2s")]
    pub bake: jobs::time::Duration,
    /// How many hosts may be in flight at once
    #[arg(long, value_name = "N", default_value_t = 200)]
    pub concurrency: u32,
    /// How fast the simulated hosts are: instant, quick, real, or a number of times
    #[arg(long, default_value = "quick")]
    pub speed: String,
    /// What goes wrong on the hosts, beside what the scene brings
    #[arg(long, value_name = "TEXT")]
    pub trouble: Vec<String>,
    /// What the choice of hosts and durations depend on
    #[arg(long, value_name = "S", default_value_t = 1)]
    pub seed: u64,
}

/// Why a demo did not run.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The fleet did not start.
    #[error(transparent)]
    Fleet(#[from] FleetError),
    /// The server did not start.
    #[error(transparent)]
    Service(#[from] ServiceError),
    /// The job was refused.
    #[error("the job was refused")]
    Refused(#[from] Refusal),
    /// The server stopped answering.
    #[error(transparent)]
    Fault(#[from] schema::backend::Fault),
    /// The journal of the fleet cannot be read.
    #[error("the fleet's journal cannot be read")]
    Journal(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Runs the demo. Gives back whether every host ended as it should.
pub async fn run(options: Options) -> Result<bool, DemoError> {
    let fleet = FleetProcess::start_or_find(&options)?;
    let service = Service::start(settings(&options)).await?;
    put_inventory(&service.engine, &fleet.inventory).await?;
    let job = start_job(&service, &options).await?;
    introduce(&service, &options, job).await?;
    let began = Instant::now();
    let ended = if options.exit_when_done {
        watch(&service, job).await?
    } else {
        until_interrupted(&service, job).await?;
        return Ok(true);
    };
    let summary = summary::of(&service, &ended, &fleet.journal, began.elapsed())?;
    service.stop().await;
    fleet.end();
    println!("{}", summary.to_json());
    Ok(options.scene.ended_well(&summary))
}

fn settings(options: &Options) -> Settings {
    Settings {
        data: options.data.clone(),
        listen: options.listen,
        inventories: Vec::new(),
        packs: Vec::new(),
        runners: runners::Settings::default(),
        first_token_file: None,
    }
}

/// The demo's one job: created at the first start, found again at every other.
async fn start_job(service: &Service, options: &Options) -> Result<JobId, DemoError> {
    let backend = service.backend.as_ref();
    let found = read(backend, |fleet: &Fleet, _| fleet.jobs.keys().next().copied()).await?;
    if let Some(job) = found {
        return Ok(job);
    }
    for body in scene::commands(options, backend.fresh_job()) {
        let command = Command { actor: Actor("user:demo".into()), body };
        backend.submit(Request { command, origin: "demo".into(), key: None }).await?;
    }
    let created = read(backend, |fleet: &Fleet, _| fleet.jobs.keys().next().copied()).await?;
    created.ok_or_else(|| schema::backend::Fault::Failed("the demo's job was not created".into()).into())
}

async fn introduce(service: &Service, options: &Options, job: JobId) -> Result<(), DemoError> {
    println!("{} simulated hosts, job {job}", options.hosts);
    let link = service.sign_in_link().await?;
    println!("open {}", link.unwrap_or_else(|| format!("http://{}", service.address)));
    if let Some(token) = &service.first_token {
        println!("access token (shown once): {}", token.secret.reveal());
        token.was_shown();
    }
    Ok(())
}

/// Follows the job until nothing more happens by itself.
async fn watch(service: &Service, job: JobId) -> Result<Job, DemoError> {
    let mut said = Instant::now();
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        let (line, over) = read(service.backend.as_ref(), move |fleet: &Fleet, _| look(fleet, job)).await?;
        if said.elapsed() >= SAY_EVERY || over {
            println!("{line}");
            said = Instant::now();
        }
        if over {
            let ended = read(service.backend.as_ref(), move |fleet: &Fleet, _| fleet.jobs.get(&job).cloned()).await?;
            return ended.ok_or_else(|| schema::backend::Fault::Failed(format!("job {job} is gone")).into());
        }
    }
}

/// A line about the job, and whether nothing more happens by itself.
fn look(fleet: &Fleet, job: JobId) -> (String, bool) {
    use jobs::outcome::HostStatus;
    let Some(job) = fleet.jobs.get(&job) else { return (format!("job {job} is gone"), true) };
    let in_flight = job.tally.status(HostStatus::Running);
    let over = match job.status {
        JobStatus::Finished | JobStatus::Settled => true,
        JobStatus::Held => in_flight == 0,
        JobStatus::Planned | JobStatus::Running | JobStatus::Draining | JobStatus::Cancelling => false,
    };
    let batch = job.current_batch().map_or(job.batches.len() as u32, jobs::ids::BatchIndex::number);
    let status = jobs::render::status_word(job.status);
    let (succeeded, failed) = (job.tally.succeeded(), job.tally.failed());
    let held = job.hold.as_ref().map(|why| format!(" ({why})")).unwrap_or_default();
    let line = format!(
        "{status}{held}: batch {batch} of {}, {succeeded} succeeded, {failed} failed, {in_flight} in flight, {} to come",
        job.batches.len(),
        job.tally.status(HostStatus::Waiting) + job.tally.status(HostStatus::Deferred),
    );
    (line, over)
}

/// Serves until Ctrl-C; the fleet ends by itself when nobody has been connected for a while.
async fn until_interrupted(service: &Service, job: JobId) -> Result<(), DemoError> {
    let mut last = String::new();
    loop {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => return Ok(()),
            () = tokio::time::sleep(SAY_EVERY) => {}
        }
        let (line, _) = read(service.backend.as_ref(), move |fleet: &Fleet, _| look(fleet, job)).await?;
        if line != last {
            println!("{line}");
            last = line;
        }
    }
}
