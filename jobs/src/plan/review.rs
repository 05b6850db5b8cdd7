//! A plan as text a person can read before saying yes: batches, strata, and where it stops.
//!
//! Never found here: anything that is decided; this only says what was.

use super::{Plan, PlannedBatch, PlannedHost};
use crate::ids::BatchIndex;
use crate::template::{Gates, Stage};
use crate::units::Ordinal;
use std::collections::BTreeMap;
use std::fmt;

/// More batches than this are counted, not listed.
const MOST_LISTED: usize = 60;

/// More strata than this are counted, not listed.
const MOST_STRATA: usize = 8;

/// A plan and the gates it will meet, to be displayed.
#[derive(Clone, Copy, Debug)]
pub struct Review<'p> {
    plan: &'p Plan,
    gates: &'p Gates,
}

impl Plan {
    /// The plan as text, with the failures at which `gates` would stop it.
    pub fn review<'p>(&'p self, gates: &'p Gates) -> Review<'p> {
        Review { plan: self, gates }
    }

    /// The failed host at which a batch stops by its own gates: the 6th where at most 5 may fail. None if no number of
    /// failures within the batch alone stops it.
    pub fn stops_at(&self, batch: BatchIndex, gates: &Gates) -> Option<u32> {
        let size = self.batches.get(batch.at())?.size;
        let canary = (batch.0 == 0).then(|| gates.canary.max_failed.saturating_add(1));
        let limits = [canary, gates.batch.map(|amount| amount.trips_at(size)), stops_job_at(gates)];
        limits.into_iter().flatten().min().filter(|failure| *failure <= size)
    }

    /// The failed host of the whole job at which it stops by its cap; none where no number of failures in all stops it.
    pub fn stops_job_at(&self, gates: &Gates) -> Option<u32> {
        stops_job_at(gates).filter(|failure| *failure <= self.total())
    }

    /// How many hosts of a batch are in each of its strata, by the values that make the stratum.
    pub fn strata_of(&self, batch: BatchIndex) -> BTreeMap<String, u32> {
        let mut counts = BTreeMap::new();
        for host in self.hosts_of(batch) {
            *counts.entry(self.stratum_of(host)).or_default() += 1;
        }
        counts
    }

    /// How many hosts of each stratum are among the first `dealt` ones of the plan, by the values that make the stratum.
    pub fn strata(&self, dealt: u32) -> BTreeMap<String, u32> {
        let mut counts = BTreeMap::new();
        for (place, host) in self.hosts.iter().enumerate() {
            *counts.entry(self.stratum_of(host)).or_default() += u32::from(place < dealt as usize);
        }
        counts
    }

    /// `ubuntu/eu`: the values of `stratify_by`, `-` where the host has none.
    fn stratum_of(&self, host: &PlannedHost) -> String {
        let value = |label: &String| host.labels.get(label).map_or("-", String::as_str);
        self.stratify_by.iter().map(value).collect::<Vec<_>>().join("/")
    }
}

/// The failed host of the whole job at which its cap stops it.
fn stops_job_at(gates: &Gates) -> Option<u32> {
    gates.total.cap.map(|cap| cap.saturating_add(1))
}

impl fmt::Display for Review<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Plan { hosts, batches, seed, hash, .. } = self.plan;
        let (total, count) = (Counted(hosts.len(), "host", "hosts"), Counted(batches.len(), "batch", "batches"));
        writeln!(f, "{total} in {count}, seed {seed}, hash {hash}")?;
        self.write_spread(f)?;
        for (place, batch) in batches.iter().enumerate().take(MOST_LISTED) {
            self.write_batch(f, BatchIndex(place as u32), batch)?;
        }
        if let Some(more) = batches.len().checked_sub(MOST_LISTED).filter(|more| *more > 0) {
            writeln!(f, "and {} more", Counted(more, "batch", "batches"))?;
        }
        self.write_gates(f)
    }
}

impl Review<'_> {
    fn write_spread(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.plan.stratify_by.is_empty() {
            return Ok(());
        }
        let all = self.plan.strata(self.plan.total());
        let canary = self.plan.strata(self.plan.batches.first().map_or(0, |batch| batch.size));
        let covered = canary.values().filter(|count| **count > 0).count();
        write!(f, "spread over {}: ", self.plan.stratify_by.join(", "))?;
        write_counts(f, &all)?;
        writeln!(f, "; the canary covers {covered} of {}", Counted(all.len(), "stratum", "strata"))
    }

    fn write_batch(&self, f: &mut fmt::Formatter<'_>, index: BatchIndex, batch: &PlannedBatch) -> fmt::Result {
        let name = if index.0 == 0 { " (canary)" } else { "" };
        write!(f, "batch {}{name}: {}", index.number(), Counted(batch.size as usize, "host", "hosts"))?;
        if let Some(stage) = self.plan.stages.get(batch.stage) {
            write!(f, ", stage {} ({})", batch.stage + 1, StageLine(stage))?;
        }
        if !self.plan.stratify_by.is_empty() {
            f.write_str(", ")?;
            write_counts(f, &self.plan.strata_of(index))?;
        }
        match self.plan.stops_at(index, self.gates) {
            Some(failure) => writeln!(f, ", stops at the {} failure", Ordinal(failure)),
            None => writeln!(f),
        }
    }

    fn write_gates(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (gates, total) = (self.gates, self.plan.total());
        match stops_job_at(gates) {
            Some(failure) => writeln!(f, "the job stops at the {} failure in all", Ordinal(failure))?,
            None => writeln!(f, "no number of failures in all stops the job")?,
        }
        if let Some(share) = gates.total.max_failed {
            let sample = Counted(gates.total.min_sample as usize, "host", "hosts");
            writeln!(f, "it stops when more than {share} of the finished hosts failed, once {sample} finished")?;
        }
        if let Some(count) = gates.signature {
            writeln!(f, "it stops when {} failed with the same error", Counted(count as usize, "host", "hosts"))?;
        }
        match gates.unreachable.map(|amount| amount.trips_at(total)).filter(|host| *host <= total) {
            Some(host) => {
                writeln!(f, "it stops at the {} host that is out of reach before anything is done", Ordinal(host))
            }
            None => Ok(()),
        }
    }
}

fn write_counts(f: &mut fmt::Formatter<'_>, counts: &BTreeMap<String, u32>) -> fmt::Result {
    for (place, (stratum, count)) in counts.iter().enumerate().take(MOST_STRATA) {
        write!(f, "{}{stratum} {count}", if place == 0 { "" } else { " · " })?;
    }
    match counts.len().checked_sub(MOST_STRATA) {
        None | Some(0) => Ok(()),
        Some(more) => write!(f, " · and {more} more"),
    }
}

/// `1%, bake 1h, approval`.
struct StageLine<'s>(&'s Stage);

impl fmt::Display for StageLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.size.fmt(f)?;
        if self.0.bake.0 > 0 {
            write!(f, ", bake {}", self.0.bake)?;
        }
        match self.0.approve {
            Some(_) => f.write_str(", approval"),
            None => Ok(()),
        }
    }
}

/// `1 host`, `10,000 hosts`.
struct Counted(usize, &'static str, &'static str);

impl fmt::Display for Counted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.to_string();
        for (place, digit) in digits.chars().enumerate() {
            let rest = digits.len() - place;
            let comma = if place > 0 && rest.is_multiple_of(3) { "," } else { "" };
            write!(f, "{comma}{digit}")?;
        }
        write!(f, " {}", if self.0 == 1 { self.1 } else { self.2 })
    }
}
