//! What a job may expect before it is created: how long it will probably take, and which of its hosts others have.
//!
//! Never found here: which earlier jobs are looked at, a clock, or a decision; nothing is decided by a guess.

use crate::fleet::Fleet;
use crate::ids::{HostIndex, HostName, JobId};
use crate::job::Job;
use crate::plan::Plan;
use crate::policy;
use crate::statistics::Histogram;
use crate::template::{Concurrency, Ramp, Template};
use crate::time::Duration;
use std::collections::{BTreeMap, HashMap};

/// How many earlier jobs of a template a prediction rests on at most: the newest say best how long it takes today.
pub const MOST_EARLIER: usize = 10;

/// How long hosts took in earlier jobs of a template.
#[derive(Clone, Debug, Default)]
pub struct Experience {
    jobs: u32,
    hosts: Histogram,
}

impl Experience {
    /// Takes an earlier job in, also one that goes on. One in which no host succeeded teaches nothing, and is left out.
    pub fn learn(&mut self, job: &Job) {
        if !self.is_enough() && job.durations.count() > 0 {
            self.jobs += 1;
            self.hosts.add(&job.durations);
        }
    }

    /// Takes in what of earlier jobs is kept of how long their hosts took, as `learn` does.
    pub fn of(durations: &[Histogram]) -> Experience {
        let taught = durations.iter().filter(|durations| durations.count() > 0).take(MOST_EARLIER);
        taught.fold(Experience::default(), |mut experience, durations| {
            experience.jobs += 1;
            experience.hosts.add(durations);
            experience
        })
    }

    /// Whether no more jobs are taken in.
    pub fn is_enough(&self) -> bool {
        self.jobs as usize >= MOST_EARLIER
    }
}

/// How long a job will probably take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prediction {
    /// From its start to its end, bakes included; time in which an approval is waited for is not.
    pub takes: Duration,
    /// The part of it that is bakes.
    pub bakes: Duration,
    /// How many earlier jobs it rests on.
    pub earlier_jobs: u32,
}

/// Predicts how long a plan takes; `None` where there is nothing to learn from.
///
/// A batch of `n` hosts, at most `c` of them in flight, takes as long as a list of jobs on `c` machines may
/// (Graham's bound, 1966): `mean × n/c + (slow − mean) × (1 − 1/c)`, where `slow` is what 95 % of the hosts do not exceed.
/// That is the mean for a single host, and nearly the slow one's time where all run at once. A doubling ramp adds its
/// rounds. Every batch but the last is followed by its bake.
pub fn predict(plan: &Plan, concurrency: Concurrency, experience: &Experience) -> Option<Prediction> {
    let bake = |stage: usize| plan.stages.get(stage).map_or(Duration::ZERO, |stage| stage.bake);
    let batches: Vec<_> = plan.batches.iter().map(|batch| (batch.size, bake(batch.stage))).collect();
    predict_batches(&batches, concurrency, experience)
}

/// Predicts how long a job of a template takes on so many hosts; `None` where there are none, or nothing to learn from.
pub fn predict_for(template: &Template, hosts: u32, experience: &Experience) -> Option<Prediction> {
    let cut = policy::cut(&policy::stages_for(template, hosts), hosts);
    let bake = |stage: usize| cut.stages.get(stage).map_or(Duration::ZERO, |stage| stage.bake);
    let batches: Vec<_> = cut.sizes.iter().map(|(stage, size)| (*size, bake(*stage))).collect();
    predict_batches(&batches, template.concurrency, experience).filter(|_| hosts > 0)
}

/// The sizes of the batches, each with its bake.
fn predict_batches(
    batches: &[(u32, Duration)],
    concurrency: Concurrency,
    experience: &Experience,
) -> Option<Prediction> {
    let (mean, slow) = (experience.hosts.mean()?, experience.hosts.percentile(95)?);
    let spent = batches.iter().map(|(size, _)| batch_time(*size, concurrency, mean, slow));
    let work = spent.fold(Duration::ZERO, plus);
    let bakes = batches.iter().rev().skip(1).map(|(_, bake)| *bake).fold(Duration::ZERO, plus);
    Some(Prediction { takes: plus(work, bakes), bakes, earlier_jobs: experience.jobs })
}

fn plus(one: Duration, other: Duration) -> Duration {
    Duration(one.0.saturating_add(other.0))
}

fn batch_time(hosts: u32, concurrency: Concurrency, mean: Duration, slow: Duration) -> Duration {
    let (rounds, hosts) = ramp(hosts, concurrency);
    let at_once = u128::from(concurrency.max.min(hosts).max(1));
    let (mean, slow) = (u128::from(mean.0), u128::from(slow.0).max(u128::from(mean.0)));
    let time = mean * u128::from(rounds) + mean * u128::from(hosts) / at_once + (slow - mean) * (at_once - 1) / at_once;
    Duration(u64::try_from(time).unwrap_or(u64::MAX))
}

/// The rounds of a ramp before all places are open, and how many hosts are left then: 1, 2, 4, 8 go by.
fn ramp(hosts: u32, concurrency: Concurrency) -> (u32, u32) {
    let (mut rounds, mut left, mut places) = (0, hosts, 1);
    while concurrency.ramp == Ramp::Doubling && places < concurrency.max && left > places {
        rounds += 1;
        left -= places;
        places = places.saturating_mul(2);
    }
    (rounds, left)
}

/// Hosts of a plan that another job has: they would be deferred until it lets go of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// Their places in the plan.
    pub hosts: Vec<HostIndex>,
    /// How many of them are out of service because of that job, and wait for a person or for its next step.
    pub out_of_service: u32,
}

/// The hosts of a plan that other jobs have now, by job.
pub fn taken(fleet: &Fleet, plan: &Plan) -> BTreeMap<JobId, Taken> {
    let places = (0..).map(HostIndex);
    let places: HashMap<&HostName, HostIndex> = plan.hosts.iter().map(|host| &host.name).zip(places).collect();
    let mut found: BTreeMap<JobId, Taken> = BTreeMap::new();
    for (host, job) in &fleet.leases {
        if let Some(place) = places.get(host) {
            found.entry(*job).or_insert(Taken { hosts: Vec::new(), out_of_service: 0 }).hosts.push(*place);
        }
    }
    for (id, taken) in &mut found {
        taken.hosts.sort_unstable();
        let Some(job) = fleet.jobs.get(id) else { continue };
        let out = job.plan.hosts.iter().zip(&job.runs).filter(|(_, run)| run.out_of_service);
        taken.out_of_service = out.filter(|(host, _)| places.contains_key(&host.name)).count() as u32;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::minutes(1);

    fn takes(hosts: u32, max: u32, ramp: Ramp) -> u64 {
        batch_time(hosts, Concurrency { max, ramp }, MINUTE, Duration::minutes(3)).0 / 1_000
    }

    #[test]
    fn a_batch_takes_its_rounds_and_its_slowest() {
        assert_eq!(takes(1, 200, Ramp::None), 60, "one host takes the mean");
        assert_eq!(takes(100, 100, Ramp::None), 60 + 118, "all at once take the slow one's time, nearly");
        assert_eq!(takes(1_000, 100, Ramp::None), 600 + 118);
        assert_eq!(takes(10, 1, Ramp::None), 600, "one after the other");
        assert_eq!(takes(7, 200, Ramp::Doubling), 180 + 90, "1, 2, then 4");
        assert_eq!(takes(1, 200, Ramp::Doubling), 60);
    }

    #[test]
    fn a_prediction_rests_on_what_hosts_took_and_counts_every_bake_but_the_last() {
        let plan: Plan = serde_json::from_value(serde_json::json!({
            "hosts": [], "stratifyBy": [], "seed": 1, "hash": "0".repeat(64),
            "stages": [{"size": {"size": {"hosts": 1}}, "bake": 60_000}, {"size": {"size": {"hosts": 2}}, "bake": 600_000}],
            "batches": [{"stage": 0, "first": 0, "size": 1}, {"stage": 1, "first": 1, "size": 2}, {"stage": 1, "first": 3, "size": 2}],
        }))
        .expect("a plan");
        let mut experience = Experience { jobs: 3, ..Experience::default() };
        assert_eq!(predict(&plan, Concurrency::default(), &experience), None);
        experience.hosts.record(Duration(4));
        let predicted = predict(&plan, Concurrency::default(), &experience);
        let bakes = Duration(660_000);
        assert_eq!(predicted, Some(Prediction { takes: Duration(660_012), bakes, earlier_jobs: 3 }));
    }
}
