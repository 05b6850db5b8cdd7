//! The decision after a batch, and the thresholds that hold a job in the middle of one.
//!
//! Thresholds are "at most": the first host beyond one trips it. Whoever resumes a held job has seen the failures
//! there are; a threshold trips again only at the next one.

use crate::event::{ApprovalAsked, BakeStarted, CanaryBackfilled, GateHeld, GatePassed, JobEvent, JobHeld};
use crate::host_run::HostRun;
use crate::ids::{BatchIndex, HostIndex};
use crate::job::{Batch, BatchKind, BatchStatus, Job};
use crate::outcome::{HostOutcome, HostStatus};
use crate::reason::{Breach, HoldReason};
use crate::statistics::Cluster;
use crate::time::{Duration, Timestamp};
use std::collections::BTreeMap;

/// Holds the job if a threshold is exceeded.
pub(super) fn breach(job: &Job) -> Vec<JobEvent> {
    let batch = job.current_batch();
    let found = failures(job, batch).or_else(|| unreachable(job)).or_else(|| same_error(job));
    found.map_or_else(Vec::new, |breach| held(batch.unwrap_or(BatchIndex(0)), breach))
}

fn held(batch: BatchIndex, breach: Breach) -> Vec<JobEvent> {
    vec![GateHeld { batch, breach: breach.clone() }.into(), JobHeld { why: HoldReason::Breach(breach) }.into()]
}

fn failures(job: &Job, batch: Option<BatchIndex>) -> Option<Breach> {
    let gates = &job.template.gates;
    // A cancelled host says nothing: after a retry it must not make the failed ones look few.
    let (failed, finished) = (job.tally.failed(), job.tally.ended() + job.tally.status(HostStatus::InDoubt));
    if failed <= job.forgiven.failed {
        return None;
    }
    if let Some((batch, entry)) = batch.and_then(|batch| Some((batch, job.batches.get(batch.at())?))) {
        let (failed, size) = (entry.tally.failed(), planned_size(entry));
        if entry.is_canary(batch) && failed > gates.canary.max_failed {
            return Some(Breach::CanaryFailed { failed, of: size, allowed: gates.canary.max_failed });
        }
        if let Some(allowed) = gates.batch.filter(|allowed| allowed.exceeded_by(failed, size)) {
            return Some(Breach::BatchFailed { failed, of: size, allowed });
        }
    }
    if let Some(allowed) = gates.total.cap.filter(|cap| failed > *cap) {
        return Some(Breach::TotalCap { failed, allowed });
    }
    let share = gates.total.max_failed.filter(|share| share.exceeded_by(failed, finished));
    share.filter(|_| finished >= gates.total.min_sample).map(|allowed| Breach::TotalShare { failed, finished, allowed })
}

fn unreachable(job: &Job) -> Option<Breach> {
    let (unreachable, of) = (job.tally.outcome(HostOutcome::Unreachable), job.tally.hosts());
    if unreachable <= job.forgiven.unreachable {
        return None;
    }
    let allowed = job.template.gates.unreachable.filter(|allowed| allowed.exceeded_by(unreachable, of))?;
    Some(Breach::Unreachable { unreachable, of, allowed })
}

fn same_error(job: &Job) -> Option<Breach> {
    let limit = job.template.gates.signature?;
    let trips = |cluster: &&Cluster| {
        let hosts = cluster.hosts.len() as u32;
        hosts >= limit && hosts > cluster.forgiven && counts_as_failed(job, cluster)
    };
    let cluster = job.clusters.values().find(trips)?;
    Some(Breach::SameError { error: cluster.sample.clone(), hosts: cluster.hosts.len() as u32, limit })
}

/// Hosts that could not be reached are clusters of their own, with a threshold of their own.
fn counts_as_failed(job: &Job, cluster: &Cluster) -> bool {
    let first = cluster.hosts.first().and_then(|host| job.run(*host));
    first.is_some_and(|run| run.outcome != Some(HostOutcome::Unreachable))
}

fn planned_size(batch: &Batch) -> u32 {
    match batch.kind {
        BatchKind::Planned { size, .. } => size,
        BatchKind::RetryCanary | BatchKind::Retry => batch.tally.hosts(),
    }
}

/// A canary that was switched off warns nobody: a host of its stratum from a later batch takes its place.
pub(super) fn canary_backfill(job: &Job) -> Vec<JobEvent> {
    let canary = BatchIndex(0);
    let Some(entry) = job.batches.first().filter(|batch| batch.status == BatchStatus::Open) else { return Vec::new() };
    let switched_off = entry.tally.outcome(HostOutcome::Unreachable);
    let replaced = entry.tally.hosts().saturating_sub(planned_size(entry));
    if job.current_batch() != Some(canary) || replaced >= switched_off {
        return Vec::new();
    }
    let found = missing(job).and_then(|missing| Some((backfill_for(job, missing)?, missing)));
    found.map_or_else(Vec::new, |(host, instead_of)| vec![CanaryBackfilled { host, instead_of }.into()])
}

/// A host of the canary that could not be reached and whose stratum has fewer hosts in it than were planned.
fn missing(job: &Job) -> Option<HostIndex> {
    let canary = BatchIndex(0);
    let is_off = |run: &HostRun| run.outcome == Some(HostOutcome::Unreachable);
    let mut short: BTreeMap<Stratum<'_>, i64> = BTreeMap::new();
    job.plan.range(canary).for_each(|host| *short.entry(stratum(job, HostIndex(host))).or_default() += 1);
    let mut off = Vec::new();
    for (host, run) in (0u32..).map(HostIndex).zip(&job.runs).filter(|(_, run)| run.batch == canary) {
        match is_off(run) {
            true => off.push(host),
            false => *short.entry(stratum(job, host)).or_default() -= 1,
        }
    }
    off.into_iter().find(|host| short.get(&stratum(job, *host)).is_some_and(|missing| *missing > 0))
}

/// The values of the labels over which the plan is spread.
type Stratum<'job> = Vec<Option<&'job String>>;

fn stratum(job: &Job, host: HostIndex) -> Stratum<'_> {
    let labels = job.planned_host(host).map(|planned| &planned.labels);
    job.plan.stratify_by.iter().map(|label| labels.and_then(|labels| labels.get(label))).collect()
}

fn backfill_for(job: &Job, missing: HostIndex) -> Option<HostIndex> {
    let wanted = stratum(job, missing);
    let waiting = || job.rollout.next.iter().filter_map(|batch| job.batches.get(batch.at())).flat_map(|b| &b.waiting);
    waiting().copied().find(|host| stratum(job, *host) == wanted).or_else(|| waiting().next().copied())
}

/// Takes the current batch through its gate: canary proof, bake, approval, and on to the next.
pub(super) fn pass(job: &Job, now: Timestamp) -> Vec<JobEvent> {
    let Some(index) = job.current_batch() else { return Vec::new() };
    let Some(batch) = job.batches.get(index.at()) else { return Vec::new() };
    let passed = || vec![GatePassed { batch: index }.into()];
    match batch.status {
        BatchStatus::Open if batch.tally.settled() < batch.tally.hosts() => Vec::new(),
        BatchStatus::Open => unproven(job, index, batch).unwrap_or_else(|| bake(job, index, batch, now)),
        BatchStatus::Baked => ask(job, index, now).unwrap_or_else(passed),
        BatchStatus::Approved => passed(),
        BatchStatus::Waiting
        | BatchStatus::Baking(_)
        | BatchStatus::AwaitingApproval(_)
        | BatchStatus::Passed
        | BatchStatus::Closed => Vec::new(),
    }
}

/// A canary of which too few succeeded proved nothing. Hosts that were moved into a retry are judged there.
fn unproven(job: &Job, index: BatchIndex, batch: &Batch) -> Option<Vec<JobEvent>> {
    let needed = job.template.gates.canary.min_succeeded.min(batch.tally.hosts());
    let succeeded = batch.tally.succeeded();
    let trips = batch.is_canary(index) && succeeded < needed && !job.forgiven.canary;
    trips.then(|| held(index, Breach::CanaryUnproven { succeeded, needed }))
}

fn bake(job: &Job, index: BatchIndex, batch: &Batch, now: Timestamp) -> Vec<JobEvent> {
    match batch.kind {
        BatchKind::Planned { bake, .. } if bake > Duration::ZERO && !is_last(job) => {
            vec![BakeStarted { batch: index, until: now + bake }.into()]
        }
        _ => ask(job, index, now).unwrap_or_else(|| vec![GatePassed { batch: index }.into()]),
    }
}

fn ask(job: &Job, index: BatchIndex, now: Timestamp) -> Option<Vec<JobEvent>> {
    let approval = job.approval_after(index).filter(|_| !is_last(job))?;
    let expires = approval.expires.map(|length| now + length);
    Some(vec![ApprovalAsked { batch: index, expires }.into()])
}

/// After the last batch there is nothing to watch or to agree to.
fn is_last(job: &Job) -> bool {
    job.moving_track().next.is_empty() && job.rollout.next.is_empty()
}
