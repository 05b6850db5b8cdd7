//! All live state: a fold of the log and nothing else.
//!
//! Never found here: the change an event makes (`apply`), a decision (`decide`), or anything that is not in the log.

use crate::action::Action;
use crate::attempt::{Order, Signal};
use crate::command::Room;
use crate::ids::{ActionName, AttemptId, BatchIndex, HostIndex, HostName, JobId, ScheduleId, TemplateName, TokenId};
use crate::inventory::Inventory;
use crate::job::Job;
use crate::schedule::ScheduleSpec;
use crate::template::Template;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

/// All live state.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Fleet {
    /// Every job that is not archived.
    pub jobs: BTreeMap<JobId, Job>,
    /// Those of them that have ended, in the order in which they did.
    #[serde(default)]
    pub ended: VecDeque<JobId>,
    /// How many jobs were archived.
    #[serde(default)]
    pub archived: u64,
    /// Every template, with its versions.
    pub templates: BTreeMap<TemplateName, AppliedTemplate>,
    /// Every action of the installed packs.
    pub actions: BTreeMap<ActionName, Arc<Action>>,
    /// Which pack each of them belongs to.
    #[serde(default)]
    pub owners: BTreeMap<ActionName, Arc<str>>,
    /// The installed packs and their versions.
    pub packs: BTreeMap<Arc<str>, Arc<str>>,
    /// The managed servers.
    pub inventory: Inventory,
    /// Which source of the inventory each host comes from.
    pub sources: BTreeMap<HostName, Arc<str>>,
    /// Every schedule.
    pub schedules: BTreeMap<ScheduleId, Schedule>,
    /// Every access token.
    pub tokens: BTreeMap<TokenId, Token>,
    /// Who has signed in, by the SHA-256 of the session's secret in hex. Some may be over.
    #[serde(default)]
    pub sessions: BTreeMap<Arc<str>, Session>,
    /// How often a server process has taken the log over.
    pub epoch: u64,
    /// How much room the disk has.
    #[serde(default)]
    pub room: Room,
    /// Which job has which host.
    pub leases: BTreeMap<HostName, JobId>,
    /// Hosts that wait for a lease.
    pub lease_queue: BTreeMap<HostName, BTreeSet<(JobId, HostIndex)>>,
    /// Moments at which something is due.
    pub deadlines: BTreeSet<(Timestamp, Deadline)>,
    /// Jobs whose consequences were not drawn yet.
    #[serde(skip)]
    pub unsettled: BTreeSet<JobId>,
    /// Jobs that left for the archive since they were last taken.
    #[serde(skip)]
    pub leaving: Vec<Job>,
    /// Effects that came into force or went out of it since they were last taken.
    #[serde(skip)]
    pub changes: Vec<Change>,
}

/// A template as it stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AppliedTemplate {
    /// The newest version's number, from 1.
    pub version: u32,
    /// The newest version.
    pub template: Arc<Template>,
    /// Its text.
    pub source: Arc<str>,
    /// When it was applied.
    pub applied_at: Timestamp,
    /// Who applied it, where the log says that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub applied_by: Option<Arc<str>>,
    /// Whether it was taken away; the number goes on if it comes back.
    pub removed: bool,
    /// The pack whose next version brings the next one; none once a person has applied one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pack: Option<Arc<str>>,
}

/// A schedule as it stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Schedule {
    /// What it was made of.
    pub spec: Arc<ScheduleSpec>,
    /// The last moment that was fired or skipped; moments after it are to come.
    pub handled_until: Timestamp,
    /// The job it last created.
    pub last_job: Option<JobId>,
    /// A moment that waits for the last job to end.
    pub queued: Option<Timestamp>,
    /// Who made it.
    pub by: Arc<str>,
    /// How often it was made of something, the first time included.
    pub version: u32,
    /// Who made it of what it is made of now.
    pub changed_by: Arc<str>,
    /// Who paused it, where somebody did; not for one that was made so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pause: Option<Pause>,
}

/// Who paused a schedule, when and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Pause {
    /// Who.
    pub by: Arc<str>,
    /// When.
    pub at: Timestamp,
    /// Why; may be empty.
    pub reason: Arc<str>,
}

/// An access token as it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Token {
    /// What it is called.
    pub name: Arc<str>,
    /// The SHA-256 of its secret, in hex.
    pub hash: Arc<str>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Whether it was taken back.
    pub revoked: bool,
}

/// Somebody who has signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Session {
    /// With which token; when that is taken back, the session ends.
    pub token: TokenId,
    /// When it is over.
    pub until: Timestamp,
}

/// Something that is due at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Deadline {
    /// An attempt is given up: nothing was heard of the host.
    Attempt(JobId, AttemptId),
    /// A host that nothing was done to is given up as unreachable.
    Reach(JobId, AttemptId),
    /// A failed attempt is tried again.
    Retry(JobId, HostIndex),
    /// A batch was watched long enough.
    Bake(JobId, BatchIndex),
    /// Nobody agreed in time.
    Approval(JobId, BatchIndex),
    /// A schedule fires.
    Schedule(ScheduleId),
}

impl Deadline {
    /// Whether it is about this job.
    pub fn is_of(&self, job: JobId) -> bool {
        match self {
            Deadline::Attempt(id, _)
            | Deadline::Reach(id, _)
            | Deadline::Retry(id, _)
            | Deadline::Bake(id, _)
            | Deadline::Approval(id, _) => *id == job,
            Deadline::Schedule(_) => false,
        }
    }
}

/// Something asked of the world. It may be asked twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Effect {
    /// The job.
    pub job: JobId,
    /// The attempt whose script is to run and whose result is to be reported.
    pub attempt: AttemptId,
}

/// An effect that came into force, changed, or went out of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// To be carried out from now on.
    InForce(Effect),
    /// Its script is to be signalled.
    Signalled(Effect, Signal),
    /// No longer wanted: it ended, or it was given up.
    Withdrawn(Effect),
}

/// All effects in force, found by looking at every host run. The increments in `Fleet::changes` add up to the same.
pub fn effects(fleet: &Fleet) -> Vec<Effect> {
    let of_job = |job: &Job| -> Vec<Effect> {
        let open = |(index, run): (usize, &crate::host_run::HostRun)| {
            let (attempt, _) = run.open_attempt(HostIndex(index as u32))?;
            Some(Effect { job: job.id, attempt })
        };
        job.runs.iter().enumerate().filter_map(open).collect()
    };
    fleet.jobs.values().flat_map(of_job).collect()
}

impl Fleet {
    /// The moment at which something is due next.
    pub fn next_deadline(&self) -> Option<Timestamp> {
        self.deadlines.first().map(|(at, _)| *at)
    }

    /// What a runner needs to carry out an effect in force; `None` once it is not.
    pub fn order(&self, effect: Effect) -> Option<Order> {
        crate::order::order(self.jobs.get(&effect.job)?, effect.attempt)
    }

    /// Takes the changes of effects since the last time.
    pub fn take_changes(&mut self) -> Vec<Change> {
        std::mem::take(&mut self.changes)
    }

    /// After reading a snapshot: makes anew what is not kept in one. Every job's consequences are drawn once more,
    /// because a crash may have come between an event and what follows from it.
    pub fn revive(&mut self) {
        for job in self.jobs.values_mut() {
            job.program = crate::order::compile(&job.template, &job.actions);
        }
        self.unsettled = self.jobs.keys().copied().collect();
    }
}
