//! Figures over many jobs that have ended: by period, by template, by the values of a label, and what went wrong most.
//! Exact sums over their digests, however many there are; only a host's time is known to within a tenth, and an error was
//! on at least as many hosts as are counted: a digest leaves its rarest errors out, and so do these where there are very many.
//!
//! Never found here: what a digest says (`digest`), or where digests are read from.

use crate::digest::{Digest, ErrorCount, HostSums, LabelDigest, MOST_VALUES};
use crate::ids::{JobId, TemplateName};
use crate::outcome::JobOutcome;
use crate::period::{Period, place};
use crate::time::{Duration, Timestamp};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The most different errors that are counted at once. Beyond it half of them are forgotten, those of fewest hosts; one
/// that comes again counts from there.
const MOST_ERRORS: usize = 4_096;

/// Jobs that have ended, and their hosts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// The jobs by how they ended.
    pub jobs: BTreeMap<JobOutcome, u32>,
    /// Their hosts.
    pub hosts: HostSums,
    /// How long each job lasted that was started.
    lengths: Vec<Duration>,
    /// Hosts whose workflow came to its own end in those.
    ended: u64,
}

impl Sums {
    /// Counts a job in.
    pub fn add(&mut self, digest: &Digest) {
        *self.jobs.entry(digest.outcome).or_default() += 1;
        self.hosts.add(&digest.hosts);
        if let Some(length) = digest.length() {
            self.lengths.push(length);
            self.ended += u64::from(digest.hosts.ended());
        }
    }

    /// How many jobs.
    pub fn all_jobs(&self) -> u32 {
        self.jobs.values().sum()
    }

    /// Jobs that ended so.
    pub fn jobs_ended(&self, outcome: JobOutcome) -> u32 {
        self.jobs.get(&outcome).copied().unwrap_or_default()
    }

    /// The length that `percent` % of the jobs that were started do not exceed (nearest rank); none where none was.
    pub fn length(&self, percent: u32) -> Option<Duration> {
        let mut lengths = self.lengths.clone();
        let rank = (lengths.len() as u64 * u64::from(percent)).div_ceil(100).max(1) as usize;
        (rank <= lengths.len()).then(|| *lengths.select_nth_unstable(rank - 1).1)
    }

    /// Thousandths of a host that ended per minute in which one of the jobs went on, bakes and waits included; rounded
    /// down. None where no job lasted any time.
    pub fn millihosts_per_minute(&self) -> Option<u64> {
        let lasted: u128 = self.lengths.iter().map(|length| u128::from(length.0)).sum();
        let rate = (u128::from(self.ended) * 60_000 * 1_000).checked_div(lasted)?;
        Some(u64::try_from(rate).unwrap_or(u64::MAX))
    }
}

/// An error over all jobs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErrorSums {
    /// What is the same on all the hosts.
    pub signature: Arc<str>,
    /// The error as it was said last.
    pub sample: Arc<str>,
    /// How many hosts of how many jobs, at least.
    pub hosts: u32,
    /// How many jobs, at least.
    pub jobs: u32,
    /// The job that ended last with it.
    pub last_job: JobId,
    /// The template of that.
    pub last_template: TemplateName,
    /// When that ended.
    pub last_at: Timestamp,
}

/// Jobs that have ended in a range of time.
#[derive(Clone, Debug)]
pub struct Figures {
    /// The periods of the range, in order.
    pub periods: Vec<Period>,
    /// The jobs that ended in each of them.
    pub by_period: Vec<Sums>,
    /// The jobs by their templates.
    pub by_template: BTreeMap<TemplateName, Sums>,
    /// All of them.
    pub total: Sums,
    errors: BTreeMap<Arc<str>, ErrorSums>,
}

impl Figures {
    /// Nothing yet, for these periods.
    pub fn of(periods: Vec<Period>) -> Figures {
        Figures {
            by_period: vec![Sums::default(); periods.len()],
            periods,
            by_template: BTreeMap::new(),
            total: Sums::default(),
            errors: BTreeMap::new(),
        }
    }

    /// Counts a job in that ended in one of the periods.
    pub fn add(&mut self, digest: &Digest) {
        let Some(at) = place(&self.periods, digest.ended_at) else { return };
        self.by_period[at].add(digest);
        self.by_template.entry(digest.template.clone()).or_default().add(digest);
        self.total.add(digest);
        digest.errors.iter().for_each(|error| self.add_error(digest, error));
        if self.errors.len() > MOST_ERRORS {
            self.forget_half_the_errors();
        }
    }

    /// Keeps those of most hosts; of equally many, those that came last.
    fn forget_half_the_errors(&mut self) {
        let kept = self.errors().into_iter().take(MOST_ERRORS / 2);
        let kept: BTreeSet<Arc<str>> = kept.map(|error| error.signature.clone()).collect();
        self.errors.retain(|signature, _| kept.contains(signature));
    }

    fn add_error(&mut self, digest: &Digest, error: &ErrorCount) {
        let fresh = || ErrorSums {
            signature: error.signature.clone(),
            sample: error.sample.clone(),
            hosts: 0,
            jobs: 0,
            last_job: digest.job,
            last_template: digest.template.clone(),
            last_at: digest.ended_at,
        };
        let sums = self.errors.entry(error.signature.clone()).or_insert_with(fresh);
        sums.hosts = sums.hosts.saturating_add(error.hosts);
        sums.jobs += 1;
        if (digest.ended_at, digest.job) > (sums.last_at, sums.last_job) {
            *sums = ErrorSums { hosts: sums.hosts, jobs: sums.jobs, ..fresh() };
        }
    }

    /// The errors, on most hosts first; of equally many, the last one first.
    pub fn errors(&self) -> Vec<&ErrorSums> {
        let mut errors: Vec<&ErrorSums> = self.errors.values().collect();
        errors.sort_by_key(|error| Reverse((error.hosts, error.last_at)));
        errors
    }
}

/// Hosts of jobs that have ended by the values of one label.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LabelFigures {
    values: BTreeMap<String, ValueSums>,
    /// Hosts with values that their jobs did not tell apart.
    others: ValueSums,
    /// Hosts without the label.
    pub without: ValueSums,
}

/// Hosts with one value of a label.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ValueSums {
    /// How many jobs had any.
    pub jobs: u32,
    /// The hosts.
    pub hosts: HostSums,
}

impl ValueSums {
    fn add(&mut self, hosts: &HostSums) {
        if !hosts.is_empty() {
            self.jobs += 1;
            self.hosts.add(hosts);
        }
    }
}

impl LabelFigures {
    /// Counts a job's hosts in.
    pub fn add(&mut self, digest: &LabelDigest) {
        for (value, hosts) in &digest.values {
            match self.values.get_mut(value) {
                Some(sums) => sums.add(hosts),
                None => self.values.entry(value.clone()).or_default().add(hosts),
            }
        }
        self.others.add(&digest.others);
        self.without.add(&digest.without);
    }

    /// The values of most hosts, at most [`MOST_VALUES`], those of most hosts first; and the hosts of all others together.
    pub fn largest(&self) -> (Vec<(&str, &ValueSums)>, HostSums) {
        let mut values: Vec<(&str, &ValueSums)> = self.values.iter().map(|(value, sums)| (&**value, sums)).collect();
        values.sort_by_key(|(_, sums)| Reverse(sums.hosts.hosts));
        let mut others = self.others.hosts.clone();
        for (_, sums) in values.drain(values.len().min(MOST_VALUES)..) {
            others.add(&sums.hosts);
        }
        (values, others)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::JobOutcome::{Cancelled, Failed, Partial, Succeeded};
    use crate::statistics::Histogram;
    use crate::units::BasisPoints;
    use proptest::prelude::*;

    fn digest(number: u64, lasted: Option<u64>, ended: u64, hosts: HostSums) -> Digest {
        Digest {
            job: JobId(ulid::Ulid::from_parts(number, 0)),
            template: ["patch", "reboot"][number as usize % 2].into(),
            outcome: [Succeeded, Partial, Failed, Cancelled][number as usize % 4],
            started_at: lasted.map(|lasted| Timestamp(ended - lasted)),
            ended_at: Timestamp(ended),
            hosts,
            errors: Vec::new(),
        }
    }

    fn hosts(succeeded: u32, failed: u32, not_started: u32) -> HostSums {
        let mut times = Histogram::default();
        (0..succeeded).for_each(|at| times.record(Duration(u64::from(at) * 37)));
        let hosts = succeeded + failed + not_started;
        HostSums { hosts, touched: succeeded + failed, succeeded, failed, not_started, times, ..HostSums::default() }
    }

    fn thousands(count: u64) -> Vec<Period> {
        (0..count).map(|at| Period { from: Timestamp(at * 1_000), to: Timestamp((at + 1) * 1_000) }).collect()
    }

    #[test]
    fn a_job_counts_where_it_ended_and_nowhere_else() {
        let mut figures = Figures::of(thousands(3));
        figures.add(&digest(4, Some(1_500), 2_000, hosts(3, 1, 2)));
        figures.add(&digest(6, None, 999, hosts(0, 0, 5)));
        figures.add(&digest(8, Some(1), 3_000, hosts(9, 9, 9)));
        let jobs: Vec<u32> = figures.by_period.iter().map(Sums::all_jobs).collect();
        assert_eq!(jobs, [1, 0, 1]);
        assert_eq!((figures.total.all_jobs(), figures.total.hosts.hosts), (2, 11));
        assert_eq!((figures.total.jobs_ended(Succeeded), figures.total.jobs_ended(Failed)), (1, 1));
        assert_eq!(figures.total.hosts.success_share(), Some(BasisPoints(7_500)));
        assert_eq!(figures.by_period[0].hosts.success_share(), None, "nobody was tried");
        // Four hosts ended in a second and a half.
        assert_eq!(figures.total.millihosts_per_minute(), Some(160_000));
        assert_eq!(figures.by_period[0].millihosts_per_minute(), None);
    }

    #[test]
    fn a_share_is_whole_only_where_all_succeeded() {
        assert_eq!(hosts(9_999_999, 1, 0).success_share(), Some(BasisPoints(9_999)));
    }

    #[test]
    fn errors_add_up_over_jobs_and_know_the_last_one() {
        let error = |signature: &str, hosts| ErrorCount { signature: signature.into(), sample: "E".into(), hosts };
        let with = |number, ended, errors| Digest { errors, ..digest(number, None, ended, HostSums::default()) };
        let mut figures = Figures::of(thousands(9));
        figures.add(&with(3, 3_000, vec![error("no space", 2), error("locked", 1)]));
        figures.add(&with(1, 5_000, vec![error("no space", 40)]));
        figures.add(&with(2, 4_000, vec![error("no space", 1), error("gone", 1)]));
        let errors = figures.errors();
        let told: Vec<(&str, u32, u32, u64)> =
            errors.iter().map(|e| (&*e.signature, e.hosts, e.jobs, e.last_job.0.timestamp_ms())).collect();
        assert_eq!(told, [("no space", 43, 3, 1), ("gone", 1, 1, 2), ("locked", 1, 1, 3)]);
    }

    #[test]
    fn endlessly_many_errors_are_not_all_remembered() {
        let mut figures = Figures::of(thousands(9));
        for number in 0..200u64 {
            let error = |at: u64| ErrorCount {
                signature: format!("error {number} {at}").into(),
                sample: "E".into(),
                hosts: if at == 0 { 1_000 } else { 1 },
            };
            let errors = (0..50).map(error).collect();
            figures.add(&Digest { errors, ..digest(number, None, 1, HostSums::default()) });
        }
        assert!(figures.errors().len() <= MOST_ERRORS);
        assert_eq!(figures.errors().iter().filter(|error| error.hosts == 1_000).count(), 200);
    }

    #[test]
    fn of_errors_on_one_host_each_the_last_ones_are_remembered() {
        let mut figures = Figures::of(thousands(9));
        for number in 0..=MOST_ERRORS as u64 {
            let signature = format!("error {number}").into();
            let errors = vec![ErrorCount { signature, sample: "E".into(), hosts: 1 }];
            figures.add(&Digest { errors, ..digest(number, None, number, HostSums::default()) });
        }
        let errors = figures.errors();
        assert_eq!((errors.len(), errors[0].last_at), (MOST_ERRORS / 2, Timestamp(MOST_ERRORS as u64)));
        assert!(errors.iter().all(|error| error.last_at.0 > MOST_ERRORS as u64 / 2));
    }

    #[test]
    fn the_largest_values_of_a_label_stand_alone() {
        let digest = |values: Vec<(String, HostSums)>| LabelDigest {
            job: JobId(ulid::Ulid(1)),
            template: "patch".into(),
            ended_at: Timestamp(1),
            values: values.into_iter().collect(),
            others: hosts(0, 3, 0),
            without: hosts(1, 0, 0),
        };
        let mut figures = LabelFigures::default();
        let rack = |at: u32| (format!("rack-{at:03}"), hosts(at, 0, 0));
        figures.add(&digest((1..=90).map(rack).collect()));
        figures.add(&digest((61..=150).map(rack).collect()));
        let (largest, others) = figures.largest();
        assert_eq!((largest.len(), largest[0].0, largest[0].1.hosts.hosts), (MOST_VALUES, "rack-090", 180));
        let left_out: u32 = (1..=50).sum();
        assert_eq!((others.succeeded, others.failed), (left_out, 6));
        assert_eq!((figures.without.jobs, figures.without.hosts.hosts), (2, 2));
    }

    proptest! {
        #[test]
        fn parts_add_up_to_the_whole_in_any_order(
            jobs in prop::collection::vec((0u64..50, prop::option::of(0u64..5_000), 5_000u64..9_000, 0u32..40, 0u32..9, 0u32..9), 0..40),
        ) {
            let digests: Vec<Digest> = jobs
                .iter()
                .map(|&(number, lasted, ended, good, bad, rest)| digest(number, lasted, ended, hosts(good, bad, rest)))
                .collect();
            let sum = |digests: &mut dyn Iterator<Item = &Digest>| {
                let mut figures = Figures::of(thousands(9));
                digests.for_each(|digest| figures.add(digest));
                figures
            };
            let (forwards, backwards) = (sum(&mut digests.iter()), sum(&mut digests.iter().rev()));
            let total = &forwards.total;
            for parts in [forwards.by_period.iter().collect::<Vec<_>>(), forwards.by_template.values().collect()] {
                prop_assert_eq!(parts.iter().map(|part| part.all_jobs()).sum::<u32>(), total.all_jobs());
                let mut hosts = HostSums::default();
                parts.iter().for_each(|part| hosts.add(&part.hosts));
                prop_assert_eq!(&hosts, &total.hosts);
            }
            prop_assert_eq!(&backwards.total.hosts, &total.hosts);
            prop_assert_eq!(backwards.total.millihosts_per_minute(), total.millihosts_per_minute());
            let mut lengths: Vec<u64> = jobs.iter().filter_map(|job| job.1).collect();
            lengths.sort_unstable();
            for percent in [1u32, 50, 95, 100] {
                let at_most = |length: Duration| lengths.iter().filter(|one| **one <= length.0).count() as u64 * 100;
                let needed = lengths.len() as u64 * u64::from(percent);
                prop_assert_eq!(backwards.total.length(percent), total.length(percent));
                match total.length(percent) {
                    None => prop_assert!(lengths.is_empty()),
                    Some(length) => {
                        prop_assert!(lengths.contains(&length.0) && at_most(length) >= needed);
                        prop_assert!(length.0 == 0 || at_most(Duration(length.0 - 1)) < needed.max(1));
                    }
                }
            }
        }

        #[test]
        fn histograms_add_up_to_one_of_everything(first in prop::collection::vec(0u64..1 << 40, 0..50), second in prop::collection::vec(0u64..1 << 40, 0..50)) {
            let of = |lengths: &[u64]| {
                let mut histogram = Histogram::default();
                lengths.iter().for_each(|length| histogram.record(Duration(*length)));
                histogram
            };
            let mut sum = of(&first);
            sum.add(&of(&second));
            prop_assert_eq!(&sum, &of(&[first.clone(), second.clone()].concat()));
            prop_assert_eq!(sum.count(), (first.len() + second.len()) as u64);
        }
    }
}
