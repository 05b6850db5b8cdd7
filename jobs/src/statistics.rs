//! Numbers about a job that are kept up as events are applied: tallies, durations, clusters of failures.
//!
//! Never found here: a number that decides anything but a gate; those only read the tallies.

use crate::host_run::{Absence, HostRun};
use crate::ids::HostIndex;
use crate::outcome::{HostOutcome, HostStatus};
use crate::time::Duration;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// How many hosts are where, and how the finished ones ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    by_status: [u32; HostStatus::ALL.len()],
    by_outcome: [u32; HostOutcome::ALL.len()],
    out_of_service: u32,
    needing_a_person: u32,
    out_of_reach: u32,
    #[serde(default)]
    rebooting: u32,
}

impl Tally {
    /// Counts a host run in.
    pub fn add(&mut self, run: &HostRun) {
        self.change(run, |count| *count += 1);
    }

    /// Counts a host run out, as it was when it was counted in.
    pub fn remove(&mut self, run: &HostRun) {
        self.change(run, |count| {
            debug_assert!(*count > 0, "a host run is counted out that was never counted in");
            *count = count.saturating_sub(1);
        });
    }

    fn change(&mut self, run: &HostRun, by: impl Fn(&mut u32)) {
        by(&mut self.by_status[run.status as usize]);
        if let Some(outcome) = run.outcome {
            by(&mut self.by_outcome[outcome as usize]);
        }
        if run.keeps_out_of_service() {
            by(&mut self.out_of_service);
        }
        if run.needs_a_person() {
            by(&mut self.needing_a_person);
        }
        match run.absence() {
            Some(Absence::OutOfReach) => by(&mut self.out_of_reach),
            Some(Absence::Rebooting) => by(&mut self.rebooting),
            None => {}
        }
    }

    /// Hosts in this status.
    pub fn status(&self, status: HostStatus) -> u32 {
        self.by_status[status as usize]
    }

    /// Hosts that ended so.
    pub fn outcome(&self, outcome: HostOutcome) -> u32 {
        self.by_outcome[outcome as usize]
    }

    /// All hosts counted.
    pub fn hosts(&self) -> u32 {
        self.by_status.iter().sum()
    }

    /// Hosts that nothing more happens to by itself.
    pub fn settled(&self) -> u32 {
        self.status(HostStatus::Finished) + self.status(HostStatus::InDoubt)
    }

    /// Hosts whose workflow came to its own end: finished, and not because the job was.
    pub fn ended(&self) -> u32 {
        self.status(HostStatus::Finished) - self.outcome(HostOutcome::Cancelled)
    }

    /// Hosts that are as the template wants them.
    pub fn succeeded(&self) -> u32 {
        HostOutcome::ALL.into_iter().filter(|o| o.is_success()).map(|o| self.outcome(o)).sum()
    }

    /// Hosts that gates count as failed. A host in doubt is one.
    pub fn failed(&self) -> u32 {
        let ended: u32 = HostOutcome::ALL.into_iter().filter(|o| o.is_failure()).map(|o| self.outcome(o)).sum();
        ended + self.status(HostStatus::InDoubt)
    }

    /// Hosts that serve nobody because of the job and that nobody took over.
    pub fn out_of_service(&self) -> u32 {
        self.out_of_service
    }

    /// Hosts a person has to look at before the job can be closed.
    pub fn needing_a_person(&self) -> u32 {
        self.needing_a_person
    }

    /// Running hosts that cannot be reached at the moment, and are not being rebooted.
    pub fn out_of_reach(&self) -> u32 {
        self.out_of_reach
    }

    /// Running hosts that a step reboots.
    pub fn rebooting(&self) -> u32 {
        self.rebooting
    }
}

/// What became of one step over all hosts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StepStatistics {
    /// Attempts in force.
    pub running: u32,
    /// Hosts on which it succeeded.
    pub succeeded: u32,
    /// Attempts that did not succeed.
    pub failed: u32,
    /// Hosts on which it was not wanted.
    pub skipped: u32,
    /// How long its successful attempts ran.
    pub durations: Histogram,
}

/// Lengths of time in buckets a quarter of an octave wide: percentiles are right to within 10 %.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Histogram {
    buckets: BTreeMap<u16, u32>,
}

impl Histogram {
    /// Counts a length of time in.
    pub fn record(&mut self, length: Duration) {
        *self.buckets.entry(bucket(length.0)).or_default() += 1;
    }

    /// The mean of those counted; `None` when none was counted.
    pub fn mean(&self) -> Option<Duration> {
        let count = u128::from(self.count());
        let sum: u128 =
            self.buckets.iter().map(|(bucket, count)| u128::from(middle(*bucket)) * u128::from(*count)).sum();
        sum.checked_div(count).map(|mean| Duration(u64::try_from(mean).unwrap_or(u64::MAX)))
    }

    /// How many were counted.
    pub fn count(&self) -> u64 {
        self.buckets.values().copied().map(u64::from).sum()
    }

    /// Counts in what another one has counted.
    pub fn add(&mut self, other: &Histogram) {
        for (bucket, count) in &other.buckets {
            let sum = self.buckets.entry(*bucket).or_default();
            *sum = sum.saturating_add(*count);
        }
    }

    /// The length that `percent` % of those counted do not exceed; `None` when none was counted.
    pub fn percentile(&self, percent: u32) -> Option<Duration> {
        let rank = (self.count() * u64::from(percent)).div_ceil(100).max(1);
        let mut seen = 0u64;
        self.buckets.iter().find_map(|(bucket, count)| {
            seen += u64::from(*count);
            (seen >= rank).then(|| Duration(middle(*bucket)))
        })
    }
}

/// Four buckets an octave: 1, 2, 3, 4, 5, 6, 7, 8–9, 10–11, 12–13, 14–15, 16–19 …
fn bucket(ms: u64) -> u16 {
    if ms < 4 {
        return ms as u16;
    }
    let octave = 63 - ms.leading_zeros() as u16;
    let quarter = ((ms >> (octave - 2)) & 3) as u16;
    octave * 4 + quarter - 4
}

fn middle(bucket: u16) -> u64 {
    if bucket < 4 {
        return u64::from(bucket);
    }
    let (octave, quarter) = ((bucket + 4) / 4, u64::from((bucket + 4) % 4));
    let width = 1u64 << (octave - 2);
    (4 + quarter) * width + width / 2
}

/// Hosts that failed with the same error, once what differs from host to host is taken out of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Cluster {
    /// The hosts, in the order they failed.
    pub hosts: Vec<HostIndex>,
    /// The error as the first of them said it.
    pub sample: Arc<str>,
    /// How many of them a person had seen when the job was last resumed.
    #[serde(default)]
    pub forgiven: u32,
}

/// Takes out of an error what differs from host to host: its name, numbers, and hexadecimal ids.
pub fn normalised(error: &str, host: &str) -> String {
    let without_host = if host.is_empty() { error.to_owned() } else { error.replace(host, "<host>") };
    let mut words = String::with_capacity(without_host.len());
    let mut word = String::new();
    for c in without_host.chars() {
        if c.is_ascii_alphanumeric() {
            word.push(c);
        } else {
            flush(&mut word, &mut words);
            words.push(c);
        }
    }
    flush(&mut word, &mut words);
    words.truncate(words.floor_char_boundary(300));
    words
}

fn flush(word: &mut String, words: &mut String) {
    let digits = word.chars().filter(char::is_ascii_digit).count();
    let hexadecimal = word.len() >= 8 && digits > 0 && word.chars().all(|c| c.is_ascii_hexdigit());
    if hexadecimal || (digits > 0 && digits == word.len()) {
        words.push('#');
    } else {
        words.push_str(word);
    }
    word.clear();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_fold_once_host_numbers_and_ids_are_out() {
        let fold = |error, host| normalised(error, host);
        assert_eq!(
            fold("web-1: lock held by pid 4242 (deadbeef01)", "web-1"),
            fold("web-2: lock held by pid 17 (0badcafe77)", "web-2")
        );
        assert_ne!(fold("E: no space left", "web-1"), fold("E: could not get lock", "web-1"));
        assert_eq!(fold("utf8 and ext4 stay", ""), "utf8 and ext4 stay");
    }

    #[test]
    fn a_sum_that_no_number_holds_stays_at_the_most_there_is() {
        let full = Histogram { buckets: [(bucket(5), u32::MAX)].into() };
        let mut sum = full.clone();
        sum.add(&full);
        assert_eq!(sum, full);
    }

    #[test]
    fn percentiles_are_right_to_within_a_bucket() {
        let mut histogram = Histogram::default();
        (1..=1_000).for_each(|ms| histogram.record(Duration(ms)));
        for (percent, exact) in [(50, 500.0), (95, 950.0), (100, 1_000.0)] {
            let found = histogram.percentile(percent).expect("not empty").0 as f64;
            assert!((found - exact).abs() / exact < 0.13, "p{percent}: {found} for {exact}");
        }
        assert_eq!(Histogram::default().percentile(50), None);
    }

    #[test]
    fn every_bucket_holds_its_own_middle() {
        for ms in (0..5_000).chain([1 << 20, 1 << 40, u64::MAX / 2]) {
            assert_eq!(bucket(middle(bucket(ms))), bucket(ms), "at {ms} ms");
        }
    }
}
