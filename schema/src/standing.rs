//! What jobs make of hosts: who has them, which serve nobody and why, what was done to them last. Hosts that are answered
//! together are looked up together, and only when somebody asks.
//!
//! Never found here: what it means (`jobs::standing`).

use crate::backend::{Backend, Fault, read};
use crate::host_run::HostRun;
use crate::job::Job;
use futures_util::future::try_join_all;
use jobs::fleet::Fleet;
use jobs::ids::{HostIndex, HostName, JobId};
use jobs::outcome::HostOutcome;
use jobs::plan::Plan;
use jobs::standing;
use jobs::time::Timestamp;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use tokio::sync::OnceCell;

/// Runs of the archive that are read at once while looking for a host's last one: most began.
const READ_AT_ONCE: usize = 4;

/// Hosts that are answered together.
#[derive(Default)]
pub struct Together {
    names: Vec<HostName>,
    standings: OnceCell<HashMap<HostName, Standing>>,
    last: OnceCell<HashMap<HostName, HostRun>>,
}

/// What jobs make of a host.
#[derive(Clone, Default)]
pub struct Standing {
    /// The job that has it.
    pub leased_to: Option<Job>,
    /// Jobs that wait until it is let go, oldest first.
    pub waiting: Vec<Job>,
    /// The job because of which it serves nobody, and since when, where nobody took it over.
    pub out_of_service: Option<(Job, Option<Timestamp>)>,
    /// Whether a person has to look at it.
    pub needs_a_person: bool,
}

impl Together {
    /// Hosts by their names.
    pub fn of(names: Vec<HostName>) -> Together {
        Together { names, ..Together::default() }
    }

    /// What jobs make of one of them.
    pub async fn standing(&self, backend: &dyn Backend, host: &HostName) -> Result<Standing, Fault> {
        let standings = self.standings.get_or_try_init(|| standings(backend, self.names.clone())).await?;
        Ok(standings.get(host).cloned().unwrap_or_default())
    }

    /// The newest run of one of them that has begun.
    pub async fn last_run(&self, backend: &dyn Backend, host: &HostName) -> Result<Option<HostRun>, Fault> {
        let last = self.last.get_or_try_init(|| last_runs(backend, &self.names)).await?;
        Ok(last.get(host).cloned())
    }
}

async fn standings(backend: &dyn Backend, names: Vec<HostName>) -> Result<HashMap<HostName, Standing>, Fault> {
    let now = backend.now();
    let look = move |fleet: &Fleet, position| {
        let out: HashMap<&HostName, _> = standing::out_of_service(fleet).map(|found| (found.host, found)).collect();
        let needing: HashSet<&HostName> = standing::needing_a_person(fleet).map(|found| found.host).collect();
        let mut jobs: HashMap<JobId, Option<Job>> = HashMap::new();
        let mut job = |id: JobId| jobs.entry(id).or_insert_with(|| Job::find(fleet, id, position, now)).clone();
        let mut of = |name: &HostName| Standing {
            leased_to: fleet.leases.get(name).and_then(|id| job(*id)),
            waiting: fleet.lease_queue.get(name).into_iter().flatten().filter_map(|(id, _)| job(*id)).collect(),
            out_of_service: out.get(name).and_then(|out| Some((job(out.job.id)?, out.run.out_of_service_since))),
            needs_a_person: needing.contains(name),
        };
        names.into_iter().map(|name| (name.clone(), of(&name))).collect()
    };
    read(backend, look).await
}

/// The runs of a job that have begun.
pub struct BegunRuns {
    /// The job.
    pub job: JobId,
    /// Its hosts.
    pub plan: Arc<Plan>,
    /// Which of them were admitted, and how their runs ended where they have.
    pub begun: Vec<(HostIndex, Option<HostOutcome>)>,
}

/// The runs that have begun of every job of the state, the newest job first.
pub async fn newest_runs(backend: &dyn Backend) -> Result<Vec<BegunRuns>, Fault> {
    let look = |fleet: &Fleet, _| {
        let jobs = fleet.jobs.iter().rev();
        let begun =
            jobs.map(|(id, job)| BegunRuns { job: *id, plan: job.plan.clone(), begun: standing::begun(job).collect() });
        begun.collect()
    };
    read(backend, look).await
}

/// The newest run of each host that has begun: of a job of the state, otherwise of the archive.
async fn last_runs(backend: &dyn Backend, names: &[HostName]) -> Result<HashMap<HostName, HostRun>, Fault> {
    let mut found = live_runs(backend, newest_places(names, &newest_runs(backend).await?)).await?;
    let missing = names.iter().filter(|name| !found.contains_key(*name));
    let archived = try_join_all(missing.map(|name| last_of_archive(backend, name))).await?;
    found.extend(archived.into_iter().flatten());
    Ok(found)
}

/// In which job each of the hosts was last, and at which place of its plan.
fn newest_places(names: &[HostName], runs: &[BegunRuns]) -> Vec<(HostName, JobId, HostIndex)> {
    let mut missing: HashSet<&HostName> = names.iter().collect();
    let mut places = Vec::with_capacity(names.len());
    for run in runs {
        if missing.is_empty() {
            break;
        }
        for (index, _) in &run.begun {
            let Some(host) = run.plan.hosts.get(index.at()) else { continue };
            if missing.remove(&host.name) {
                places.push((host.name.clone(), run.job, *index));
            }
        }
    }
    places
}

async fn live_runs(
    backend: &dyn Backend,
    places: Vec<(HostName, JobId, HostIndex)>,
) -> Result<HashMap<HostName, HostRun>, Fault> {
    let now = backend.now();
    let look = move |fleet: &Fleet, position| {
        let mut jobs: HashMap<JobId, Option<Job>> = HashMap::new();
        let mut of = |(name, id, index): (HostName, JobId, HostIndex)| {
            let job = jobs.entry(id).or_insert_with(|| Job::find(fleet, id, position, now)).as_ref()?;
            let run = fleet.jobs.get(&id)?.run(index)?.clone();
            Some((name, HostRun::of(job, index, run)))
        };
        places.into_iter().filter_map(&mut of).collect()
    };
    read(backend, look).await
}

async fn last_of_archive(backend: &dyn Backend, name: &HostName) -> Result<Option<(HostName, HostRun)>, Fault> {
    let (now, position) = (backend.now(), *backend.durable().borrow());
    let mut before = None;
    loop {
        let runs = backend.archived_runs(name.clone(), before, READ_AT_ONCE).await?;
        let Some(last) = runs.last() else { return Ok(None) };
        before = Some(last.job.id);
        if let Some(run) = runs.into_iter().find(|run| run.run.has_begun()) {
            return Ok(Some((name.clone(), HostRun::of_archive(name.clone(), run, position, now))));
        }
    }
}
