//! People: they do anything at any moment, and in the end they do what jobs wait for.

use crate::chance::Chance;
use jobs::command::{Body, Which};
use jobs::event::{RetryFrom, Verdict};
use jobs::explain::{WaitingKind, waiting_for};
use jobs::fleet::Fleet;
use jobs::ids::{BatchIndex, HostIndex, JobId};
use jobs::job::{Batch, BatchStatus, Job};
use jobs::outcome::{HostStatus, JobStatus};
use std::sync::Arc;

/// Any command about a job. Most of them are rejected at most moments.
pub fn anything(job: &Job, chance: &mut Chance) -> Body {
    let (id, reason): (JobId, Arc<str>) = (job.id, "chance".into());
    let host = HostIndex(chance.between(0, job.runs.len() as u64 + 1) as u32);
    let one = job.planned_host(host).map(|host| host.name.clone()).into_iter().collect();
    let some = Which { hosts: one, outcomes: Vec::new(), not_started: chance.once_in(300), error: None };
    let which = if chance.once_in(500) { some } else { Which::default() };
    match chance.between(0, 22) {
        0 => Body::HoldJob { job: id, reason },
        1..=6 => Body::ResumeJob { job: id, reason: "".into() },
        7 => Body::DrainJob { job: id, reason },
        8 if chance.once_in(300) => Body::CancelJob { job: id, reason },
        9 if chance.once_in(300) => Body::KillJob { job: id, reason },
        8..=13 => {
            let from = chance.pick(&[RetryFrom::FailedStep, RetryFrom::Start]);
            Body::RetryHosts { job: id, which, from, reason: "".into() }
        }
        14 => Body::AcceptHosts { job: id, which, reason },
        15..=18 => Body::ResolveInDoubt { job: id, host, verdict: verdict(chance), reason },
        _ => approve(job, chance.between(0, job.batches.len() as u64 + 1) as u32),
    }
}

fn verdict(chance: &mut Chance) -> Verdict {
    chance.pick(&[Verdict::Succeeded, Verdict::Failed, Verdict::RunAgain])
}

fn approve(job: &Job, batch: u32) -> Body {
    Body::ApproveBatch {
        job: job.id,
        batch: BatchIndex(batch),
        plan_hash: job.plan.hash.to_string().into(),
        reason: "".into(),
    }
}

/// What has to be done about whatever a job says it waits for; `None` for one that has ended or waits for another job.
///
/// Panics where a job waits for nothing that anybody could do.
pub fn needed(fleet: &Fleet, job: &Job, chance: &mut Chance) -> Option<Body> {
    let id = job.id;
    let kinds: Vec<WaitingKind> = waiting_for(fleet, job).into_iter().map(|waiting| waiting.kind).collect();
    let says = |kind| kinds.contains(&kind);
    let asks = |(_, batch): &(u32, &Batch)| matches!(batch.status, BatchStatus::AwaitingApproval(_));
    let doubt = (0u32..).zip(&job.runs).find(|(_, run)| run.status == HostStatus::InDoubt);
    let asking = (0u32..).zip(&job.batches).find(asks);
    match (job.status, doubt, asking) {
        (JobStatus::Finished, _, _) => None,
        (JobStatus::Held, _, _) if says(WaitingKind::Resume) => Some(Body::ResumeJob { job: id, reason: "".into() }),
        (_, Some((host, _)), _) if says(WaitingKind::Person) => {
            let verdict = verdict(chance);
            Some(Body::ResolveInDoubt { job: id, host: HostIndex(host), verdict, reason: "looked".into() })
        }
        (_, _, Some((batch, _))) if says(WaitingKind::Approval) => Some(approve(job, batch)),
        _ if says(WaitingKind::Person) => {
            Some(Body::AcceptHosts { job: id, which: Which::default(), reason: "looked".into() })
        }
        _ if says(WaitingKind::Lease) => None,
        _ => panic!("job {id} is {:?} and waits for {kinds:?}: nobody can do anything about that", job.status),
    }
}
