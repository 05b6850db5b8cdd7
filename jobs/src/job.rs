//! A job as it stands: its sealed definition, its host runs, its batches, its numbers.
//!
//! Never found here: what comes next (`decide`), or the change an event makes (`apply`).

use crate::action::Action;
use crate::event::Due;
use crate::expression::Program;
use crate::host_run::HostRun;
use crate::ids::{ActionName, BatchIndex, HostIndex, JobId, StepIndex};
use crate::outcome::{JobOutcome, JobStatus};
use crate::parameter::Values;
use crate::plan::{Plan, PlannedHost};
use crate::reason::HoldReason;
use crate::statistics::{Cluster, Histogram, StepStatistics, Tally};
use crate::template::{Approval, Step, Template};
use crate::time::{Duration, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

/// A job as it stands.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Job {
    /// Its id.
    pub id: JobId,
    /// The template as it was when the job was created.
    pub template: Arc<Template>,
    /// Which version of it.
    pub template_version: u32,
    /// The actions its steps call, as they were.
    pub actions: BTreeMap<ActionName, Arc<Action>>,
    /// Its parameters.
    pub parameters: Values,
    /// Who asked for it.
    pub requested_by: Arc<str>,
    /// The schedule it comes from.
    pub due: Option<Due>,
    /// The hosts and batches, sealed.
    pub plan: Arc<Plan>,
    /// Where it is.
    pub status: JobStatus,
    /// How it ended; only when finished.
    pub outcome: Option<JobOutcome>,
    /// Why nobody is admitted; only when held.
    pub hold: Option<HoldReason>,
    /// Who is draining or cancelling it, and why.
    pub stopping: Option<Stopping>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was started.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
    /// Every host's run, in the order of the plan.
    pub runs: Vec<HostRun>,
    /// Every batch: those of the plan, then those made for retries.
    pub batches: Vec<Batch>,
    /// The plan's batches, in their order.
    pub rollout: Track,
    /// The batches made for retries. While there are any, the rollout waits.
    pub retries: Track,
    /// Hosts whose next move is to be decided.
    pub movable: BTreeSet<HostIndex>,
    /// All hosts.
    pub tally: Tally,
    /// Hosts that serve nobody because of it, and that nobody took over, by since when.
    #[serde(default)]
    pub out_since: BTreeSet<(Timestamp, HostIndex)>,
    /// Every step of the workflow.
    pub steps: Vec<StepStatistics>,
    /// How long hosts took from being admitted to success, those aside that were given another run.
    #[serde(default)]
    pub durations: Histogram,
    /// Failures by what is the same in their errors.
    pub clusters: BTreeMap<Arc<str>, Cluster>,
    /// What a person has seen of failures when the job was resumed; thresholds trip only beyond it.
    pub forgiven: Forgiven,
    /// Whether it is in the archive, where nothing changes any more.
    #[serde(default)]
    pub archived: bool,
    /// The compiled expressions; made anew wherever the job is read from.
    #[serde(skip)]
    pub program: Option<Arc<Program>>,
}

/// Batches that open one after the other.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Track {
    /// The batch that is open, baking, or waiting for approval.
    pub current: Option<BatchIndex>,
    /// Those that come after it.
    pub next: VecDeque<BatchIndex>,
}

impl Track {
    /// Whether nothing is left on it.
    pub fn is_done(&self) -> bool {
        self.current.is_none() && self.next.is_empty()
    }
}

/// Who stops a job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Stopping {
    /// Who.
    pub by: Arc<str>,
    /// Why.
    pub reason: Arc<str>,
    /// Whether running scripts are signalled.
    pub kill: bool,
}

/// A batch as it stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Batch {
    /// What it was made for.
    pub kind: BatchKind,
    /// Where it is.
    pub status: BatchStatus,
    /// Its hosts that are not admitted yet, in order.
    pub waiting: VecDeque<HostIndex>,
    /// Its hosts.
    pub tally: Tally,
    /// When it was opened.
    pub opened_at: Option<Timestamp>,
    /// When its gate let the next one through.
    pub passed_at: Option<Timestamp>,
}

impl Batch {
    /// Whether it goes first to warn of what would happen to the others. `index` is its own.
    pub fn is_canary(&self, index: BatchIndex) -> bool {
        match self.kind {
            BatchKind::Planned { .. } => index == BatchIndex(0),
            BatchKind::RetryCanary => true,
            BatchKind::Retry => false,
        }
    }
}

/// What a batch was made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum BatchKind {
    /// A batch of the plan.
    Planned {
        /// How many hosts the plan gave it; thresholds are shares of this.
        size: u32,
        /// How long it is watched.
        bake: Duration,
        /// Whether a person has to agree.
        approve: bool,
    },
    /// The first host of a retry.
    RetryCanary,
    /// The other hosts of a retry.
    Retry,
}

/// Where a batch is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum BatchStatus {
    /// It was not opened yet.
    Waiting,
    /// Its hosts are admitted.
    Open,
    /// Its hosts are settled; it is watched until then.
    Baking(Timestamp),
    /// It was watched long enough; it goes on with approval, or passes.
    Baked,
    /// A person has to agree; the question stands until then.
    AwaitingApproval(Option<Timestamp>),
    /// A person agreed.
    Approved,
    /// The next one may open.
    Passed,
    /// The job ended before this batch was through.
    Closed,
}

/// What a person had seen of failures when the job was last resumed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Forgiven {
    /// Failed hosts of the job.
    pub failed: u32,
    /// Unreachable hosts of the job.
    pub unreachable: u32,
    /// Whether the canary's verdict was overruled.
    pub canary: bool,
}

impl Job {
    /// One host's run. The index is one of this job's plan.
    pub fn run(&self, host: HostIndex) -> Option<&HostRun> {
        self.runs.get(host.at())
    }

    /// How long a host took from its first step to its end. One that was given another run is left out: it stood still in
    /// between.
    pub fn time_in_one_go(&self, run: &HostRun) -> Option<Duration> {
        let planned = matches!(self.batches.get(run.batch.at())?.kind, BatchKind::Planned { .. });
        Some(run.finished_at? - run.started_at?).filter(|_| planned)
    }

    /// One host as it was when the plan was sealed.
    pub fn planned_host(&self, host: HostIndex) -> Option<&PlannedHost> {
        self.plan.hosts.get(host.at())
    }

    /// The name of a host of the plan; a question mark for an index beyond it.
    pub fn host_name(&self, host: HostIndex) -> &str {
        self.planned_host(host).map_or("?", |planned| planned.name.as_str())
    }

    /// One step of the workflow.
    pub fn step(&self, step: StepIndex) -> Option<&Step> {
        self.template.workflow.get(step.at())
    }

    /// The action a step calls.
    pub fn action_of(&self, step: StepIndex) -> Option<&Arc<Action>> {
        self.actions.get(&self.step(step)?.action)
    }

    /// Since when the host that is out of service longest is so, of those that nobody took over.
    pub fn out_of_service_since(&self) -> Option<Timestamp> {
        self.out_since.first().map(|(since, _)| *since)
    }

    /// The track that moves now: retries first.
    pub fn moving_track(&self) -> &Track {
        if self.retries.is_done() { &self.rollout } else { &self.retries }
    }

    /// The batch that is open or at its gate.
    pub fn current_batch(&self) -> Option<BatchIndex> {
        self.moving_track().current
    }

    /// The approval the policy asks for after a batch.
    pub fn approval_after(&self, batch: BatchIndex) -> Option<Approval> {
        let planned = self.plan.batches.get(batch.at())?;
        self.plan.stages.get(planned.stage)?.approve.clone()
    }

    /// How many hosts may be in flight now.
    pub fn places(&self, batch: &Batch) -> u32 {
        use crate::template::Ramp;
        let concurrency = self.template.concurrency;
        match concurrency.ramp {
            Ramp::None => concurrency.max,
            Ramp::Doubling => concurrency.max.min(batch.tally.succeeded().saturating_add(1)),
        }
    }
}
