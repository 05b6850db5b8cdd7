//! Leases: a host belongs to one running job at a time; others wait in a queue until it is let go.

use super::host_run::change_run;
use super::job::with_job;
use crate::fleet::Fleet;
use crate::ids::{HostIndex, HostName, JobId};
use crate::outcome::HostStatus;

/// A job takes a host.
pub(super) fn take(fleet: &mut Fleet, job: JobId, host: &HostName) {
    fleet.leases.insert(host.clone(), job);
}

/// A job lets go of a host. Whoever waits for it may be admitted again.
pub(super) fn release(fleet: &mut Fleet, job: JobId, host: &HostName) {
    if fleet.leases.get(host) != Some(&job) {
        return;
    }
    fleet.leases.remove(host);
    for (waiting, index) in fleet.lease_queue.remove(host).unwrap_or_default() {
        undefer(fleet, waiting, index);
        fleet.unsettled.insert(waiting);
    }
}

/// A host waits for another job to let go of it.
pub(super) fn enqueue(fleet: &mut Fleet, job: JobId, index: HostIndex, host: &HostName) {
    fleet.lease_queue.entry(host.clone()).or_default().insert((job, index));
}

/// A host waits no longer, if it did.
pub(super) fn dequeue(fleet: &mut Fleet, id: JobId, index: HostIndex) {
    let Some(job) = fleet.jobs.get(&id) else { return };
    let deferred = job.run(index).is_some_and(|run| run.status == HostStatus::Deferred);
    let Some(host) = job.planned_host(index).map(|host| host.name.clone()).filter(|_| deferred) else { return };
    if let Some(queue) = fleet.lease_queue.get_mut(&host) {
        queue.remove(&(id, index));
        if queue.is_empty() {
            fleet.lease_queue.remove(&host);
        }
    }
}

/// A job that ended waits for nobody.
pub(super) fn leave_queue(fleet: &mut Fleet, id: JobId) {
    let Some(job) = fleet.jobs.get(&id) else { return };
    if job.tally.status(HostStatus::Deferred) == 0 {
        return;
    }
    let deferred: Vec<(HostIndex, HostName)> = (0u32..)
        .zip(job.runs.iter().zip(&job.plan.hosts))
        .filter(|(_, (run, _))| run.status == HostStatus::Deferred)
        .map(|(index, (_, host))| (HostIndex(index), host.name.clone()))
        .collect();
    for (index, name) in deferred {
        if let Some(queue) = fleet.lease_queue.get_mut(&name) {
            queue.remove(&(id, index));
        }
        undefer(fleet, id, index);
    }
    fleet.lease_queue.retain(|_, queue| !queue.is_empty());
}

fn undefer(fleet: &mut Fleet, job: JobId, index: HostIndex) {
    change_run(fleet, job, index, |run| {
        run.status = HostStatus::Waiting;
        run.deferred = None;
    });
    with_job(fleet, job, |job| {
        let batch = job.runs.get(index.at()).map(|run| run.batch);
        if let Some(batch) = batch.and_then(|batch| job.batches.get_mut(batch.at())) {
            batch.waiting.push_front(index);
        }
    });
}
