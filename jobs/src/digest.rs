//! What stays of a job that has ended, for figures over many jobs: how it ended, what became of its hosts, by label value
//! too, how long they took, and what went wrong most often. A few kilobytes, however many hosts there were.
//!
//! One function makes it, of a job in the live state and of one that leaves it alike. It is kept as it was made.
//!
//! Never found here: figures over many jobs (`figures`), or where digests are kept.

use crate::host_run::HostRun;
use crate::ids::{HostIndex, JobId, TemplateName};
use crate::job::Job;
use crate::outcome::{HostOutcome, JobOutcome};
use crate::plan::PlannedHost;
use crate::statistics::{Cluster, Histogram};
use crate::time::{Duration, Timestamp};
use crate::units::BasisPoints;
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The most labels of a job's hosts that are told apart, by name.
pub const MOST_LABELS: usize = 50;

/// The most values of a label that are told apart: those of most hosts. The hosts of the others are counted together.
pub const MOST_VALUES: usize = 100;

/// The most errors of a job that are kept: those of most hosts.
pub const MOST_ERRORS: usize = 50;

/// A job that has ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Digest {
    /// Which.
    pub job: JobId,
    /// The template it was created from.
    pub template: TemplateName,
    /// How it ended.
    pub outcome: JobOutcome,
    /// When it was started; none where it ended before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Timestamp,
    /// What became of its hosts.
    pub hosts: HostSums,
    /// What went wrong, on most hosts first; at most [`MOST_ERRORS`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<ErrorCount>,
}

/// An error of a job, once what differs from host to host is taken out of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ErrorCount {
    /// What is the same on all the hosts.
    pub signature: Arc<str>,
    /// The error as the first of them said it.
    pub sample: Arc<str>,
    /// How many hosts.
    pub hosts: u32,
}

/// The hosts of a job by the values of one label.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LabelDigest {
    /// Which job.
    pub job: JobId,
    /// The template it was created from.
    pub template: TemplateName,
    /// When it ended.
    pub ended_at: Timestamp,
    /// The hosts with each value; at most [`MOST_VALUES`].
    pub values: BTreeMap<String, HostSums>,
    /// The hosts with other values, together.
    #[serde(default, skip_serializing_if = "HostSums::is_empty")]
    pub others: HostSums,
    /// The hosts without the label.
    #[serde(default, skip_serializing_if = "HostSums::is_empty")]
    pub without: HostSums,
}

/// Hosts by what became of them. Every host is one of the last eight.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct HostSums {
    /// All of them.
    pub hosts: u32,
    /// Those to which something was, or may have been, done.
    pub touched: u32,
    /// All steps succeeded.
    #[serde(skip_serializing_if = "is_zero")]
    pub succeeded: u32,
    /// Nothing was left to do.
    #[serde(skip_serializing_if = "is_zero")]
    pub already_done: u32,
    /// A step failed, a verification failed, or a step's time was up.
    #[serde(skip_serializing_if = "is_zero")]
    pub failed: u32,
    /// Lost during the change.
    #[serde(skip_serializing_if = "is_zero")]
    pub lost: u32,
    /// Could not be reached, and nothing was done to them.
    #[serde(skip_serializing_if = "is_zero")]
    pub unreachable: u32,
    /// In doubt, and taken over by a person.
    #[serde(skip_serializing_if = "is_zero")]
    pub in_doubt: u32,
    /// Stopped on their way because the job was.
    #[serde(skip_serializing_if = "is_zero")]
    pub stopped: u32,
    /// The job ended before their turn came.
    #[serde(skip_serializing_if = "is_zero")]
    pub not_started: u32,
    /// How long those took that went all the way through, in one go.
    pub times: Histogram,
}

fn is_zero(count: &u32) -> bool {
    *count == 0
}

impl HostSums {
    /// Whether there is no host.
    pub fn is_empty(&self) -> bool {
        self.hosts == 0
    }

    /// Hosts that are as the template wants them.
    pub fn done(&self) -> u32 {
        self.succeeded.saturating_add(self.already_done)
    }

    /// Hosts whose workflow came to its own end, or would have if they had been there.
    pub fn ended(&self) -> u32 {
        let troubled = [self.failed, self.lost, self.unreachable, self.in_doubt];
        troubled.into_iter().fold(self.done(), u32::saturating_add)
    }

    /// The share of them that are as the template wants them, rounded down: all of it means every one. None of none.
    pub fn success_share(&self) -> Option<BasisPoints> {
        BasisPoints::share(self.done(), self.ended())
    }

    /// Counts a host in as its run ended.
    fn count(&mut self, job: &Job, run: &HostRun) {
        self.hosts += 1;
        self.touched += u32::from(run.touched);
        let Some(outcome) = run.outcome else { return };
        *self.kind(outcome, run.never_started()) += 1;
        if let Some(time) = job.time_in_one_go(run).filter(|_| outcome == HostOutcome::Succeeded) {
            self.times.record(time);
        }
    }

    fn kind(&mut self, outcome: HostOutcome, never_started: bool) -> &mut u32 {
        match outcome {
            HostOutcome::Succeeded => &mut self.succeeded,
            HostOutcome::AlreadyDone => &mut self.already_done,
            HostOutcome::StepFailed | HostOutcome::VerificationFailed | HostOutcome::TimedOut => &mut self.failed,
            HostOutcome::Lost => &mut self.lost,
            HostOutcome::Unreachable => &mut self.unreachable,
            HostOutcome::InDoubt => &mut self.in_doubt,
            HostOutcome::Cancelled if never_started => &mut self.not_started,
            HostOutcome::Cancelled => &mut self.stopped,
        }
    }

    /// Counts the hosts of another sum in.
    pub fn add(&mut self, other: &HostSums) {
        let HostSums {
            hosts,
            touched,
            succeeded,
            already_done,
            failed,
            lost,
            unreachable,
            in_doubt,
            stopped,
            not_started,
            times,
        } = other;
        for (sum, count) in [
            (&mut self.hosts, hosts),
            (&mut self.touched, touched),
            (&mut self.succeeded, succeeded),
            (&mut self.already_done, already_done),
            (&mut self.failed, failed),
            (&mut self.lost, lost),
            (&mut self.unreachable, unreachable),
            (&mut self.in_doubt, in_doubt),
            (&mut self.stopped, stopped),
            (&mut self.not_started, not_started),
        ] {
            *sum = sum.saturating_add(*count);
        }
        self.times.add(times);
    }
}

impl Digest {
    /// Of a job that has ended; none of one that has not. O(hosts).
    pub fn of(job: &Job) -> Option<Digest> {
        let mut hosts = HostSums::default();
        job.runs.iter().for_each(|run| hosts.count(job, run));
        Some(Digest {
            job: job.id,
            template: job.template.name.clone(),
            outcome: job.outcome?,
            started_at: job.started_at,
            ended_at: job.finished_at?,
            hosts,
            errors: errors(job),
        })
    }

    /// How long the job lasted from its start; none where it was never started.
    pub fn length(&self) -> Option<Duration> {
        self.started_at.map(|started| self.ended_at - started)
    }
}

fn errors(job: &Job) -> Vec<ErrorCount> {
    let error = |(signature, cluster): (&Arc<str>, &Cluster)| ErrorCount {
        signature: signature.clone(),
        sample: cluster.sample.clone(),
        hosts: cluster.hosts.len() as u32,
    };
    let mut errors: Vec<ErrorCount> = job.clusters.iter().map(error).filter(|error| error.hosts > 0).collect();
    errors.sort_by_key(|error| Reverse(error.hosts));
    errors.truncate(MOST_ERRORS);
    errors
}

impl LabelDigest {
    /// Of a job that has ended, for each label its hosts have: at most [`MOST_LABELS`]. O(hosts × labels).
    pub fn all(job: &Job) -> BTreeMap<String, LabelDigest> {
        let labels: BTreeSet<&String> = job.plan.hosts.iter().flat_map(|host| host.labels.keys()).collect();
        labels
            .into_iter()
            .take(MOST_LABELS)
            .filter_map(|label| Some((label.clone(), LabelDigest::of(job, label)?)))
            .collect()
    }

    /// The hosts of a job that has ended by the values of one label; none of a job that has not.
    pub fn of(job: &Job, label: &str) -> Option<LabelDigest> {
        let mut digest = LabelDigest {
            job: job.id,
            template: job.template.name.clone(),
            ended_at: job.finished_at?,
            values: BTreeMap::new(),
            others: HostSums::default(),
            without: HostSums::default(),
        };
        let told_apart = most_frequent(&job.plan.hosts, label);
        for (host, run) in job.plan.hosts.iter().zip(&job.runs) {
            match host.labels.get(label) {
                None => digest.without.count(job, run),
                Some(value) if told_apart.contains(value.as_str()) => match digest.values.get_mut(value) {
                    Some(sums) => sums.count(job, run),
                    None => digest.values.entry(value.clone()).or_default().count(job, run),
                },
                Some(_) => digest.others.count(job, run),
            }
        }
        Some(digest)
    }
}

/// The values of a label that most hosts have; of equally many, the first by name.
fn most_frequent<'h>(hosts: &'h [PlannedHost], label: &str) -> BTreeSet<&'h str> {
    let mut counts: BTreeMap<&str, u32> = BTreeMap::new();
    for value in hosts.iter().filter_map(|host| host.labels.get(label)) {
        *counts.entry(value).or_default() += 1;
    }
    let mut values: Vec<(&str, u32)> = counts.into_iter().collect();
    values.sort_by_key(|(_, count)| Reverse(*count));
    values.into_iter().take(MOST_VALUES).map(|(value, _)| value).collect()
}

/// A host's run in a job of the archive, as far as it says whether the host is as the template wants it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EndedRun {
    /// Which job.
    pub job: JobId,
    /// Which version of the template.
    pub version: u32,
    /// When the run ended.
    pub at: Timestamp,
    /// How it ended.
    pub outcome: HostOutcome,
    /// Who took the host over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepted_by: Option<Arc<str>>,
    /// What went wrong, cut after 300 bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Arc<str>>,
}

impl EndedRun {
    /// Of a host run that has ended; none of one that has not.
    pub fn of(job: &Job, host: HostIndex) -> Option<EndedRun> {
        let run = job.run(host)?;
        Some(EndedRun {
            job: job.id,
            version: job.template_version,
            at: run.finished_at?,
            outcome: run.outcome?,
            accepted_by: run.accepted_by.clone(),
            error: run.failure.as_ref().map(|failure| short(&failure.error)),
        })
    }
}

fn short(error: &Arc<str>) -> Arc<str> {
    match error.floor_char_boundary(300) {
        all if all == error.len() => error.clone(),
        cut => error[..cut].into(),
    }
}
