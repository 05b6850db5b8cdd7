//! Failures folded by what is the same in their errors.
//!
//! Never found here: what makes two errors the same (`jobs::statistics`).

use crate::backend::{Backend, Fault, read_job};
use crate::fold::fold;
use crate::job::Seen;
use crate::outcome::HostOutcome;
use async_graphql::SimpleObject;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jobs::ids::HostIndex;
use jobs::job as live;
use std::sync::Arc;

/// Hosts that failed with the same error, once what differs from host to host is taken out of it.
#[derive(SimpleObject, Clone, Debug)]
pub struct FailureCluster {
    /// The error without what differs: its names, numbers and ids.
    error: String,
    /// How many hosts.
    count: u32,
    /// The first host that failed so.
    first_host: String,
    /// All of them, folded: `web[001-040]`. Joined by commas they are a selector.
    hosts: Vec<String>,
    /// Their places in the plan, packed: four bytes each, little endian, in base 64.
    indexes: String,
    /// The error as the first of them said it.
    sample: String,
    /// How the first of them ended; null while its run goes on.
    outcome: Option<HostOutcome>,
    /// The step the first of them failed in.
    step: Option<String>,
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
    pub async fn largest(backend: &dyn Backend, job: &Seen, limit: usize) -> Result<Vec<FailureCluster>, Fault> {
        let id = job.id;
        let look = move |fleet: &jobs::fleet::Fleet, _| fleet.jobs.get(&id).map(|job| largest(job, limit));
        let found = read_job(backend, id, look).await?.unwrap_or_default();
        Ok(found.into_iter().map(|found| found.present(job)).collect())
    }

    /// The clusters of most hosts of a job that is at hand.
    pub fn of(job: &live::Job, seen: &Seen, limit: usize) -> Vec<FailureCluster> {
        largest(job, limit).into_iter().map(|found| found.present(seen)).collect()
    }
}

fn largest(job: &live::Job, limit: usize) -> Vec<Found> {
    let mut clusters: Vec<_> = job.clusters.iter().filter(|(_, cluster)| !cluster.hosts.is_empty()).collect();
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
    fn present(self, job: &Seen) -> FailureCluster {
        let step = self.step.and_then(|step| job.template.workflow.get(step.at()));
        FailureCluster {
            error: self.error.to_string(),
            count: self.hosts.len() as u32,
            first_host: self.hosts.first().map_or("?", |host| job.host_name(*host)).to_owned(),
            hosts: fold(self.hosts.iter().map(|host| job.host_name(*host))),
            indexes: STANDARD.encode(self.hosts.iter().flat_map(|host| host.0.to_le_bytes()).collect::<Vec<u8>>()),
            sample: self.sample.to_string(),
            outcome: self.outcome.map(HostOutcome::from),
            step: step.map(|step| step.step.to_string()),
        }
    }
}
