//! The plan of a job: its hosts, dealt into batches, frozen and hashed when the job is created.
//!
//! Sealing is pure arithmetic over the hosts, the template's policy and a seed. The same seed and the same hosts, given
//! in any order, make the same plan, byte for byte; how the hosts are dealt and what that guarantees stands in `deal`,
//! what the hash covers in `hash`.
//!
//! Never found here: a clock, randomness, the state of a job, or a gate's decision.

mod deal;
mod hash;
mod review;

pub use hash::{InvalidPlanHash, PlanHash};
pub use review::Review;

use crate::ids::{BatchIndex, HostIndex, HostName};
use crate::inventory::{Host, Labels};
use crate::policy::{self, PolicyProblem};
use crate::template::{Stage, Template};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

/// The most hosts a job may have.
pub const MOST_HOSTS: usize = 1_000_000;

/// The hosts of a job, dealt into batches. It never changes once sealed; the default one is not sealed and has no hosts.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    /// The hosts in the order they were dealt: a `HostIndex` is a place in this list.
    pub hosts: Vec<PlannedHost>,
    /// The batches in order; together they hold every host once. No batch where there is no host.
    pub batches: Vec<PlannedBatch>,
    /// The stages the batches were made by: those of the policy that make a batch for this number of hosts.
    pub stages: Vec<Stage>,
    /// The labels over which the batches are spread evenly.
    pub stratify_by: Vec<String>,
    /// What the order within a stratum was drawn with.
    pub seed: u64,
    /// The hash over all of the above.
    pub hash: PlanHash,
}

/// One host as it was when the plan was sealed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PlannedHost {
    /// Its name.
    pub name: HostName,
    /// Its labels.
    #[serde(default, skip_serializing_if = "is_unlabelled")]
    pub labels: Arc<Labels>,
    /// The groups it belonged to.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub groups: BTreeSet<String>,
}

fn is_unlabelled(labels: &Arc<Labels>) -> bool {
    labels.is_empty()
}

/// One batch: `size` hosts from place `first` on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PlannedBatch {
    /// The stage that made it, by its place in `Plan::stages`.
    pub stage: usize,
    /// The place of its first host.
    pub first: u32,
    /// How many hosts it holds, at least 1.
    pub size: u32,
}

impl PlannedBatch {
    /// The place after its last host: how many hosts are dealt when it is full.
    pub fn end(self) -> u32 {
        self.first + self.size
    }
}

/// Why no plan could be sealed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanProblem {
    /// The same host twice.
    #[error("host {0} was given twice: a host can be in a plan once only, remove one of the two entries")]
    DuplicateHost(HostName),
    /// More hosts than a job may have.
    #[error("{0} hosts are more than a job may have ({MOST_HOSTS}): narrow the selector and make several jobs")]
    TooManyHosts(usize),
    /// The batch policy cannot be applied.
    #[error(transparent)]
    Policy(#[from] PolicyProblem),
}

impl Plan {
    /// Deals `hosts` into the batches of `template` and seals the result. No hosts make a plan without batches.
    ///
    /// `seed` draws the order within a stratum. Refused: a host given twice, more than [`MOST_HOSTS`], a policy that
    /// contradicts itself, or one batch of more than half of the hosts that the template does not allow.
    pub fn seal(hosts: Vec<&Host>, template: &Template, seed: u64) -> Result<Plan, PlanProblem> {
        let total = count(&hosts)?;
        refuse_duplicates(&hosts)?;
        let policy = policy::stages_for(template, total);
        policy::check_stages(&policy)?;
        let cut = policy::cut(&policy, total);
        cut.check_big_batch(total, template.allow_big_batch)?;
        let batches = lay_out(&cut.sizes);
        let spread = policy::spread_for(template, total);
        let mut plan = Plan {
            hosts: deal::deal(&hosts, &batches, &spread, seed).into_iter().map(planned).collect(),
            batches,
            stages: cut.stages,
            stratify_by: spread.labels,
            seed,
            hash: PlanHash::default(),
        };
        plan.hash = hash::hash(&plan);
        Ok(plan)
    }

    /// How many hosts the job has.
    pub fn total(&self) -> u32 {
        self.batches.last().map_or(0, |batch| batch.end())
    }

    /// The batch a host of this plan is in. For a host behind the last one it is the last batch.
    pub fn batch_of(&self, host: HostIndex) -> BatchIndex {
        let started = self.batches.partition_point(|batch| batch.first <= host.0);
        BatchIndex(started.saturating_sub(1) as u32)
    }

    /// The places of the hosts of a batch; empty if the plan has no such batch.
    pub fn range(&self, batch: BatchIndex) -> Range<u32> {
        self.batches.get(batch.at()).map_or(0..0, |batch| batch.first..batch.end())
    }

    /// The hosts of a batch; none if the plan has no such batch.
    pub fn hosts_of(&self, batch: BatchIndex) -> &[PlannedHost] {
        let range = self.range(batch);
        self.hosts.get(range.start as usize..range.end as usize).unwrap_or_default()
    }

    /// The stage that made a batch, with its bake and approval; none if the plan has no such batch.
    pub fn stage_of(&self, batch: BatchIndex) -> Option<&Stage> {
        self.stages.get(self.batches.get(batch.at())?.stage)
    }

    /// Whether the hash is the one of this plan: nobody changed it since it was sealed.
    pub fn verify_hash(&self) -> bool {
        self.hash == hash::hash(self)
    }
}

fn count(hosts: &[&Host]) -> Result<u32, PlanProblem> {
    match u32::try_from(hosts.len()) {
        Ok(total) if hosts.len() <= MOST_HOSTS => Ok(total),
        _ => Err(PlanProblem::TooManyHosts(hosts.len())),
    }
}

fn refuse_duplicates(hosts: &[&Host]) -> Result<(), PlanProblem> {
    let mut names: Vec<&HostName> = hosts.iter().map(|host| &host.name).collect();
    names.sort_unstable();
    match names.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(PlanProblem::DuplicateHost(pair[0].clone())),
        None => Ok(()),
    }
}

fn lay_out(sizes: &[(usize, u32)]) -> Vec<PlannedBatch> {
    let mut first = 0;
    let mut batches = Vec::with_capacity(sizes.len());
    for &(stage, size) in sizes {
        batches.push(PlannedBatch { stage, first, size });
        first += size;
    }
    batches
}

fn planned(host: &Host) -> PlannedHost {
    PlannedHost { name: host.name.clone(), labels: Arc::clone(&host.labels), groups: host.groups.clone() }
}

#[cfg(test)]
mod tests;
