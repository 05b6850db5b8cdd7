//! Failures folded by what is the same in their errors.
//!
//! Never found here: what makes two errors the same (`jobs::statistics`).

use crate::backend::{Backend, Fault, read_job};
use crate::fault::bad_argument;
use crate::fold::fold;
use crate::job::Seen;
use crate::outcome::HostOutcome;
use async_graphql::{ComplexObject, Error, SimpleObject};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jobs::ids::{HostIndex, JobId};
use jobs::job as live;
use std::sync::Arc;

/// The most hosts whose names are in one answer.
const MOST_HOSTS: i32 = 100_000;

/// Hosts that failed with the same error, once what differs from host to host is taken out of it.
#[derive(SimpleObject, Clone)]
#[graphql(complex)]
pub struct FailureCluster {
    /// The error without what differs: its names, numbers and ids.
    error: String,
    /// How many hosts.
    count: u32,
    /// The first host that failed so.
    first_host: String,
    /// The error as the first of them said it.
    sample: String,
    /// How the first of them ended; null while its run goes on.
    outcome: Option<HostOutcome>,
    /// The step the first of them failed in.
    step: Option<String>,
    #[graphql(skip)]
    job: Arc<Seen>,
    #[graphql(skip)]
    indexes: Vec<HostIndex>,
}

/// The hosts themselves, which may be many.
#[ComplexObject]
impl FailureCluster {
    /// The names of those that failed first, folded: `web[001-040]`. Joined by commas they are a selector. `count` says how many
    /// there are in all.
    #[graphql(complexity = "1 + first.unwrap_or(1_000).max(0) as usize / 100")]
    async fn hosts(
        &self,
        #[graphql(desc = "Of at most this many hosts, up to 100,000; otherwise 1,000.")] first: Option<i32>,
    ) -> Result<Vec<String>, Error> {
        let most = match first.unwrap_or(1_000) {
            most @ 1..=MOST_HOSTS => most as usize,
            other => return Err(bad_argument(format!("first is {other}; ask for 1 to {MOST_HOSTS} hosts"))),
        };
        Ok(fold(self.indexes.iter().take(most).map(|host| self.job.host_name(*host))))
    }

    /// Their places in the plan, packed: four bytes each, little endian, in base 64.
    async fn indexes(&self) -> String {
        STANDARD.encode(self.indexes.iter().flat_map(|host| host.0.to_le_bytes()).collect::<Vec<u8>>())
    }
}

/// What is copied of a cluster on the engine's thread.
struct Found {
    error: Arc<str>,
    sample: Arc<str>,
    hosts: Vec<HostIndex>,
    outcome: Option<jobs::outcome::HostOutcome>,
    step: Option<jobs::ids::StepIndex>,
}

impl FailureCluster {
    /// The clusters of most hosts, at most `limit` of them.
    pub async fn largest(backend: &dyn Backend, job: &Arc<Seen>, limit: usize) -> Result<Vec<FailureCluster>, Fault> {
        let id = job.id;
        let look = move |fleet: &jobs::fleet::Fleet, _| fleet.jobs.get(&id).map(|job| largest(job, limit));
        let found = read_job(backend, id, look).await?.unwrap_or_default();
        Ok(found.into_iter().map(|found| found.present(job)).collect())
    }

    /// How many clusters a job has.
    pub async fn how_many(backend: &dyn Backend, id: JobId) -> Result<u32, Fault> {
        let look = move |fleet: &jobs::fleet::Fleet, _| fleet.jobs.get(&id).map(|job| with_hosts(job).count() as u32);
        Ok(read_job(backend, id, look).await?.unwrap_or_default())
    }

    /// The clusters of most hosts of a job that stands as it was seen, at most `limit` of them.
    pub fn of(job: &live::Job, seen: &Arc<Seen>, limit: usize) -> Vec<FailureCluster> {
        largest(job, limit).into_iter().map(|found| found.present(seen)).collect()
    }
}

/// The clusters that still have hosts.
fn with_hosts(job: &live::Job) -> impl Iterator<Item = (&Arc<str>, &jobs::statistics::Cluster)> {
    job.clusters.iter().filter(|(_, cluster)| !cluster.hosts.is_empty())
}

fn largest(job: &live::Job, limit: usize) -> Vec<Found> {
    let mut clusters: Vec<_> = with_hosts(job).collect();
    clusters.sort_by_key(|(_, cluster)| std::cmp::Reverse(cluster.hosts.len()));
    clusters.truncate(limit);
    let found = |(error, cluster): (&Arc<str>, &jobs::statistics::Cluster)| {
        let first = cluster.hosts.first().and_then(|host| job.run(*host));
        Found {
            error: error.clone(),
            sample: cluster.sample.clone(),
            hosts: cluster.hosts.clone(),
            outcome: first.and_then(|run| run.outcome),
            step: first.and_then(|run| run.failure.as_ref()).map(|failure| failure.step),
        }
    };
    clusters.into_iter().map(found).collect()
}

impl Found {
    fn present(self, job: &Arc<Seen>) -> FailureCluster {
        let step = self.step.and_then(|step| job.template.workflow.get(step.at()));
        FailureCluster {
            error: self.error.to_string(),
            count: self.hosts.len() as u32,
            first_host: self.hosts.first().map_or("?", |host| job.host_name(*host)).to_owned(),
            sample: self.sample.to_string(),
            outcome: self.outcome.map(HostOutcome::from),
            step: step.map(|step| step.step.to_string()),
            job: job.clone(),
            indexes: self.hosts,
        }
    }
}
