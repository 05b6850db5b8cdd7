//! How long a job will take, told from those that came before it: the time one round of hosts took them, for as many
//! rounds as this one has, and its bakes.
//!
//! A round is what may be in flight at once: a batch of 500 hosts with a concurrency of 200 is three. That carries a
//! figure from a job of forty hosts to one of ten thousand, which hosts per minute would not: most batches of a small
//! job are a single round.
//!
//! Never found here: which jobs are comparable, or how long a job that goes on has left (`explain::estimated_end`).

use crate::job::Job;
use crate::outcome::JobOutcome;
use crate::plan::Plan;
use crate::policy;
use crate::template::{Concurrency, Ramp, Template};
use crate::time::Duration;

/// The most earlier jobs a prediction rests on: the newest say most.
pub const MOST_EARLIER: usize = 10;

/// How long a job will take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prediction {
    /// From its start to its end.
    pub length: Duration,
    /// How many earlier jobs that rests on.
    pub jobs: u32,
}

/// What of a plan takes time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Extent {
    /// How often hosts go through the workflow one after the other.
    pub rounds: u64,
    /// How long its batches are watched, together.
    pub baking: Duration,
}

impl Extent {
    /// Of a job of this plan.
    pub fn of_plan(plan: &Plan, concurrency: Concurrency) -> Extent {
        let batches =
            plan.batches.iter().map(|batch| (batch.size, plan.stages.get(batch.stage).map(|stage| stage.bake)));
        Extent::of_batches(batches, concurrency)
    }

    /// Of a job of a template on so many hosts.
    pub fn of_hosts(template: &Template, hosts: u32) -> Extent {
        let cut = policy::cut(&policy::stages_for(template, hosts), hosts);
        let batches = cut.sizes.iter().map(|(stage, size)| (*size, cut.stages.get(*stage).map(|stage| stage.bake)));
        Extent::of_batches(batches, template.concurrency)
    }

    fn of_batches(batches: impl Iterator<Item = (u32, Option<Duration>)>, concurrency: Concurrency) -> Extent {
        let add = |sum: Extent, (size, bake): (u32, Option<Duration>)| Extent {
            rounds: sum.rounds + rounds(size, concurrency),
            baking: Duration(sum.baking.0.saturating_add(bake.unwrap_or_default().0)),
        };
        batches.fold(Extent::default(), add)
    }
}

/// How many rounds a batch takes: with a doubling ramp 1, 2, 4 … hosts at once until `max` are.
fn rounds(size: u32, concurrency: Concurrency) -> u64 {
    let (max, mut left) = (u64::from(concurrency.max.max(1)), u64::from(size));
    let (mut places, mut rounds) = (if concurrency.ramp == Ramp::Doubling { 1 } else { max }, 0);
    while left > 0 && places < max {
        left = left.saturating_sub(places);
        places = (places * 2).min(max);
        rounds += 1;
    }
    rounds + left.div_ceil(max)
}

/// A job that ran to its own end, as far as a prediction asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Earlier {
    /// From its start to its end, times in which it was held and waits for people included.
    pub took: Duration,
    /// What of its plan took time.
    pub extent: Extent,
}

impl Earlier {
    /// None for a job that has not ended, that somebody stopped, or that had no hosts: its time says nothing. A summary
    /// from the archive is as good as the whole job.
    pub fn of(job: &Job) -> Option<Earlier> {
        let own_end = match job.outcome? {
            JobOutcome::Succeeded | JobOutcome::Partial | JobOutcome::Failed => true,
            JobOutcome::Cancelled | JobOutcome::Killed | JobOutcome::NoTargets => false,
        };
        let took = job.finished_at? - job.started_at?;
        let extent = Extent::of_plan(&job.plan, job.template.concurrency);
        (own_end && extent.rounds > 0).then_some(Earlier { took, extent })
    }
}

/// How long a job of this extent will take: the median of what each earlier job says. None without any, and for a job
/// that has no hosts.
pub fn predict(earlier: &[Earlier], extent: Extent) -> Option<Prediction> {
    if extent.rounds == 0 {
        return None;
    }
    let mut lengths: Vec<u64> = earlier.iter().take(MOST_EARLIER).map(|job| carried_over(job, extent)).collect();
    lengths.sort_unstable();
    let length = Duration(*lengths.get(lengths.len().checked_sub(1)? / 2)?);
    Some(Prediction { length, jobs: lengths.len() as u32 })
}

/// What one earlier job says, in milliseconds.
fn carried_over(job: &Earlier, extent: Extent) -> u64 {
    let working = u128::from(job.took.0.saturating_sub(job.extent.baking.0));
    let scaled = working * u128::from(extent.rounds) / u128::from(job.extent.rounds.max(1));
    u64::try_from(scaled).unwrap_or(u64::MAX).saturating_add(extent.baking.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn concurrency(max: u32, ramp: Ramp) -> Concurrency {
        Concurrency { max, ramp }
    }

    fn extent(rounds: u64, baking: u64) -> Extent {
        Extent { rounds, baking: Duration::minutes(baking) }
    }

    fn earlier(took: u64, extent: Extent) -> Earlier {
        Earlier { took: Duration::minutes(took), extent }
    }

    #[test]
    fn a_round_is_what_may_be_in_flight_at_once() {
        for (size, max, ramp, expected) in [
            (0, 200, Ramp::None, 0),
            (1, 200, Ramp::None, 1),
            (200, 200, Ramp::None, 1),
            (500, 200, Ramp::None, 3),
            (7, 200, Ramp::Doubling, 3),
            (8, 200, Ramp::Doubling, 4),
            (100, 4, Ramp::Doubling, 2 + 25),
            (5, 0, Ramp::None, 5),
        ] {
            assert_eq!(rounds(size, concurrency(max, ramp)), expected, "{size} hosts, {max} at once, {ramp:?}");
        }
    }

    #[test]
    fn rounds_are_carried_over_and_bakes_are_not_scaled() {
        let before = earlier(70, extent(4, 30));
        let predicted = predict(&[before], extent(8, 60));
        assert_eq!(predicted, Some(Prediction { length: Duration::minutes(80 + 60), jobs: 1 }));
    }

    #[test]
    fn one_night_on_which_nobody_approved_does_not_count_for_all() {
        let usual = extent(2, 0);
        let nights = [earlier(10, usual), earlier(600, usual), earlier(12, usual)];
        assert_eq!(predict(&nights, usual), Some(Prediction { length: Duration::minutes(12), jobs: 3 }));
    }

    #[test]
    fn the_newest_jobs_say_most_and_without_any_nothing_is_said() {
        let usual = extent(1, 0);
        let slow_once = [vec![earlier(5, usual); MOST_EARLIER], vec![earlier(90, usual); 50]].concat();
        let predicted = predict(&slow_once, usual).expect("there are earlier jobs");
        assert_eq!((predicted.length, predicted.jobs), (Duration::minutes(5), MOST_EARLIER as u32));
        assert_eq!(predict(&[], usual), None);
        assert_eq!(predict(&[earlier(5, usual)], extent(0, 0)), None, "a job without hosts ends at once");
    }
}
