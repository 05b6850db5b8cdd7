//! Jobs that have ended leave the live state for the archive, oldest first; the newest stay at hand. The state, and with
//! it every start and every snapshot, is then as large as what goes on, however many jobs there were. Nothing is lost:
//! all of an archived job is in the log, and `explain` and `render` show it as they show any other.
//!
//! Never found here: where the archive is, or how a job is taken out of it again.

use crate::fleet::Fleet;
use crate::ids::JobId;
use crate::job::{Batch, Job};
use crate::plan::Plan;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

/// The most jobs that have ended and stay in the live state.
pub const MOST_ENDED: usize = 100;

/// The most hosts that those have together. The one that ended last stays, however many it has.
pub const MOST_HOSTS: u64 = 20_000;

/// A job has ended: it stays, and those before it that are too many are put into the archive.
pub(crate) fn ended(fleet: &mut Fleet, id: JobId) {
    fleet.ended.push_back(id);
    while is_full(fleet) {
        let Some(oldest) = fleet.ended.pop_front() else { return };
        if let Some(mut job) = fleet.jobs.remove(&oldest) {
            job.archived = true;
            fleet.unsettled.remove(&oldest);
            fleet.archived += 1;
            fleet.leaving.push(job);
        }
    }
}

/// A job that had ended goes on.
pub(crate) fn goes_on(fleet: &mut Fleet, id: JobId) {
    fleet.ended.retain(|ended| *ended != id);
}

fn is_full(fleet: &Fleet) -> bool {
    let hosts = |id: &JobId| fleet.jobs.get(id).map_or(0, |job| job.runs.len() as u64);
    let all: u64 = fleet.ended.iter().map(hosts).sum();
    fleet.ended.len() > 1 && (fleet.ended.len() > MOST_ENDED || all > MOST_HOSTS)
}

impl Job {
    /// The job without what grows with its hosts: enough for a line of a list. [`Job::is_summary`] tells it apart.
    pub fn summary(&self) -> Job {
        let batch = |batch: &Batch| Batch { waiting: VecDeque::new(), ..batch.clone() };
        Job {
            id: self.id,
            template: self.template.clone(),
            template_version: self.template_version,
            actions: BTreeMap::new(),
            parameters: self.parameters.clone(),
            requested_by: self.requested_by.clone(),
            due: self.due,
            plan: Arc::new(Plan { hosts: Vec::new(), ..(*self.plan).clone() }),
            status: self.status,
            outcome: self.outcome,
            hold: self.hold.clone(),
            stopping: self.stopping.clone(),
            created_at: self.created_at,
            started_at: self.started_at,
            finished_at: self.finished_at,
            runs: Vec::new(),
            batches: self.batches.iter().map(batch).collect(),
            rollout: self.rollout.clone(),
            retries: self.retries.clone(),
            movable: BTreeSet::new(),
            tally: self.tally,
            out_since: BTreeSet::new(),
            steps: self.steps.clone(),
            durations: self.durations.clone(),
            clusters: BTreeMap::new(),
            forgiven: self.forgiven,
            archived: self.archived,
            program: None,
        }
    }

    /// Whether its hosts are left out.
    pub fn is_summary(&self) -> bool {
        self.runs.len() < self.plan.total() as usize
    }
}
