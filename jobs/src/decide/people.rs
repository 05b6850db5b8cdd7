//! What a person decides about batches and hosts: approve, retry, accept, resolve.

use super::steering::{Steer, allowed, check};
use super::{host_moves, job, of_job};
use crate::command::{Code, Rejection, Which};
use crate::event::{
    BatchApproved, DoubtResolved, Event, HostsAccepted, HostsRetried, JobEvent, RetryFrom, StepFailed, Verdict,
};
use crate::fleet::Fleet;
use crate::host_run::{Cursor, HostRun};
use crate::ids::{BatchIndex, HostIndex, HostName, JobId};
use crate::job::{BatchStatus, Job};
use crate::outcome::{HostOutcome, HostStatus};
use crate::template::NotApprover;
use crate::time::Timestamp;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Who says something, and why.
#[derive(Clone, Copy)]
pub(super) struct Word<'a> {
    pub(super) by: &'a Arc<str>,
    pub(super) reason: &'a Arc<str>,
}

/// Agrees that the next batch opens. The hash says which plan the person looked at.
pub(super) fn approve(
    fleet: &Fleet,
    id: JobId,
    batch: BatchIndex,
    plan_hash: &Arc<str>,
    Word { by, reason }: Word<'_>,
    now: Timestamp,
) -> Result<Vec<Event>, Rejection> {
    let job = job(fleet, id)?;
    let entry = job.batches.get(batch.at()).ok_or_else(|| {
        let message = format!("job {id} has no batch {}", batch.number());
        Rejection::new(Code::NotFound, message, format!("it has batches 1 to {}", job.batches.len()))
    })?;
    match entry.status {
        BatchStatus::AwaitingApproval(expires)
            if allowed(job.status, Steer::Approve).is_ok() && expires.is_none_or(|at| now <= at) => {}
        BatchStatus::AwaitingApproval(_)
        | BatchStatus::Waiting
        | BatchStatus::Open
        | BatchStatus::Baking(_)
        | BatchStatus::Baked
        | BatchStatus::Approved
        | BatchStatus::Passed
        | BatchStatus::Closed => {
            let message = format!("batch {} of job {id} does not wait for approval", batch.number());
            return Err(Rejection::new(
                Code::WrongStatus,
                message,
                format!("`stagger job show {id}` shows what it waits for"),
            ));
        }
    }
    if job.plan.hash.to_string() != **plan_hash {
        let message = format!("the plan of job {id} is {}, not {plan_hash}", job.plan.hash);
        return Err(Rejection::new(Code::Conflict, message, "look at the plan again, then approve that one"));
    }
    may_approve(job, batch, by)?;
    let (by, reason) = (by.clone(), reason.clone());
    let approved = BatchApproved { batch, by, plan_hash: plan_hash.clone(), reason };
    Ok(of_job(id, vec![approved.into()]))
}

/// Who may agree stands in the policy.
fn may_approve(job: &Job, batch: BatchIndex, by: &Arc<str>) -> Result<(), Rejection> {
    let refused = |message: String, hint: String| Err(Rejection::new(Code::NotAllowed, message, hint));
    let approval = job.approval_after(batch).unwrap_or_default();
    match approval.refuses(by, &job.requested_by) {
        None => Ok(()),
        Some(NotApprover::OtherToken) => {
            let token = approval.by.unwrap_or_default();
            let message = format!("batch {} of job {} is approved by {token}, and {by} is not", batch.number(), job.id);
            refused(message, format!("approve it with the access token that is named {token}"))
        }
        Some(NotApprover::Requester) => {
            refused(format!("{by} created job {} and may not approve it", job.id), "ask somebody else".to_owned())
        }
    }
}

/// Gives hosts that did not succeed another run.
pub(super) fn retry(
    fleet: &Fleet,
    id: JobId,
    which: &Which,
    from: RetryFrom,
    Word { by, reason }: Word<'_>,
) -> Result<Vec<Event>, Rejection> {
    let job = job(fleet, id)?;
    check(job, Steer::Retry)?;
    let hosts = to_retry(job, which)?;
    Ok(of_job(id, vec![HostsRetried { hosts, from, by: by.clone(), reason: reason.clone() }.into()]))
}

/// The hosts that a retry would give another run.
pub fn to_retry(job: &Job, which: &Which) -> Result<Vec<HostIndex>, Rejection> {
    let may = |run: &HostRun| may_retry(run) && (which.not_started || !run.never_started());
    chosen(job, which, may, "none of the chosen hosts can be retried")
}

/// The hosts that a person would take over.
pub fn to_accept(job: &Job, which: &Which) -> Result<Vec<HostIndex>, Rejection> {
    chosen(job, which, HostRun::needs_a_person, "none of the chosen hosts needs a person")
}

/// Whether a host can be given another run, or its first where the job ended before that.
pub fn may_retry(run: &HostRun) -> bool {
    run.status == HostStatus::Finished && run.outcome.is_some_and(|outcome| !outcome.is_success())
}

/// Takes over hosts that are out of service or in doubt.
pub(super) fn accept(
    fleet: &Fleet,
    id: JobId,
    which: &Which,
    by: &Arc<str>,
    reason: &Arc<str>,
) -> Result<Vec<Event>, Rejection> {
    let job = job(fleet, id)?;
    check(job, Steer::Accept)?;
    let hosts = to_accept(job, which)?;
    Ok(of_job(id, vec![HostsAccepted { hosts, by: by.clone(), reason: reason.clone() }.into()]))
}

/// Says what became of an attempt in doubt.
pub(super) fn resolve(
    fleet: &Fleet,
    id: JobId,
    host: HostIndex,
    verdict: Verdict,
    by: &Arc<str>,
    reason: &Arc<str>,
) -> Result<Vec<Event>, Rejection> {
    let job = job(fleet, id)?;
    let in_doubt = job.run(host).filter(|run| run.status == HostStatus::InDoubt);
    let cursor = in_doubt.map(|run| run.cursor);
    let step = in_doubt.and_then(HostRun::step).ok_or_else(|| {
        let message = format!("host {} of job {id} is not in doubt", job.host_name(host));
        Rejection::new(Code::WrongStatus, message, format!("`stagger job why {id} HOST` says where it is"))
    })?;
    let resolved = DoubtResolved { host, verdict, by: by.clone(), reason: reason.clone() };
    let mut events: Vec<JobEvent> = vec![resolved.into()];
    if verdict == Verdict::Failed {
        let error: Arc<str> = format!("{by} said it failed: {reason}").into();
        let undo = matches!(cursor, Some(Cursor::Forward(_))) && host_moves::undoes(job);
        events.push(StepFailed { host, step, outcome: HostOutcome::StepFailed, error, undo }.into());
    }
    Ok(of_job(id, events))
}

/// The hosts of a job that a choice names and a condition allows, in the order of the plan.
pub fn choose(job: &Job, which: &Which, may: impl Fn(&HostRun) -> bool) -> Vec<HostIndex> {
    let names: BTreeSet<&str> = which.hosts.iter().map(|name| name.as_str()).collect();
    let named = |host: HostIndex| names.is_empty() || names.contains(job.host_name(host));
    let of_class = |run: &HostRun| match run.outcome {
        _ if which.outcomes.is_empty() => true,
        Some(_) if run.never_started() => which.not_started,
        Some(outcome) => which.outcomes.contains(&outcome),
        None => which.outcomes.contains(&HostOutcome::InDoubt),
    };
    let of_cluster = which.error.as_ref().map(|error| -> BTreeSet<HostIndex> {
        job.clusters.get(error).map(|cluster| cluster.hosts.iter().copied().collect()).unwrap_or_default()
    });
    let failed_so = |host| of_cluster.as_ref().is_none_or(|hosts| hosts.contains(&host));
    let indexed = (0u32..).map(HostIndex).zip(&job.runs);
    let is_meant = |host, run| may(run) && of_class(run) && named(host) && failed_so(host);
    indexed.filter(|(host, run)| is_meant(*host, *run)).map(|(host, _)| host).collect()
}

/// A host that is named and not planned.
fn unplanned<'a>(job: &'a Job, which: &'a Which) -> Option<&'a HostName> {
    let named: BTreeSet<&HostName> = which.hosts.iter().collect();
    let planned: BTreeSet<&HostName> =
        job.plan.hosts.iter().map(|host| &host.name).filter(|name| named.contains(name)).collect();
    named.difference(&planned).next().copied()
}

fn chosen(job: &Job, which: &Which, may: impl Fn(&HostRun) -> bool, none: &str) -> Result<Vec<HostIndex>, Rejection> {
    if let Some(unknown) = unplanned(job, which) {
        let message = format!("host {unknown} is not in the plan of job {}", job.id);
        return Err(Rejection::new(
            Code::NotFound,
            message,
            format!("`stagger job show {} --hosts` lists them", job.id),
        ));
    }
    let hosts = choose(job, which, may);
    if hosts.is_empty() {
        let hint = format!("`stagger job show {}` shows how its hosts ended", job.id);
        return Err(Rejection::new(Code::Invalid, format!("{none} (job {})", job.id), hint));
    }
    Ok(hosts)
}
