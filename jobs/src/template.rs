//! Templates: the definition of a job, as values.
//!
//! Never found here: YAML and its places (see `yaml`), hosts, or the state of a job.

use crate::ids::{ActionName, StepName, TemplateName};
use crate::parameter::{Parameter, Values};
use crate::selector::Selector;
use crate::time::Duration;
use crate::units::{Amount, BasisPoints};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

/// One version of a template.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Template {
    /// What the author calls it.
    pub name: TemplateName,
    /// One sentence for people.
    #[serde(default)]
    pub description: String,
    /// What a job of this template takes, by name.
    #[serde(default)]
    pub parameters: BTreeMap<String, Parameter>,
    /// The hosts, unless the job says otherwise.
    #[serde(default)]
    pub targets: Option<Selector>,
    /// The steps one host goes through, in order; at least one.
    pub workflow: Vec<Step>,
    /// What happens when a step fails for good; `None` is the default of product.md: park a host that is out of
    /// service, otherwise simply fail it.
    #[serde(default)]
    pub on_failure: Option<OnFailure>,
    /// The batch policy; empty is the default for the number of hosts (`policy::by_fleet_size`).
    #[serde(default)]
    pub batches: Vec<Stage>,
    /// Whether one batch may hold more than half of the hosts.
    #[serde(default)]
    pub allow_big_batch: bool,
    /// How many hosts at once.
    #[serde(default)]
    pub concurrency: Concurrency,
    /// When to stop.
    #[serde(default)]
    pub gates: Gates,
    /// Labels over whose values every batch is spread evenly.
    #[serde(default)]
    pub stratify_by: Vec<String>,
    /// How long a host that nothing was done to may stay out of reach before it is given up as unreachable.
    pub unreachable_after: Duration,
    /// How long after an attempt's timeout its result is waited for before the host is given up as lost.
    pub lost_after: Duration,
}

/// One step of a workflow.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Step {
    /// Its name, unique in the workflow; results are `steps.<name>.output.<key>`.
    pub step: StepName,
    /// The action it calls.
    pub action: ActionName,
    /// The action's parameters; texts may hold `{{ expressions }}`.
    #[serde(default)]
    pub with: Values,
    /// An expression; the step is skipped unless it is true.
    #[serde(default)]
    pub when: Option<String>,
    /// An expression over the results including this step's own; when true, the host is finished here, successfully.
    #[serde(default)]
    pub done_if: Option<String>,
    /// How often a failed attempt is tried again.
    #[serde(default)]
    pub retry: Retry,
    /// How long an attempt may last; otherwise the action's.
    #[serde(default)]
    pub timeout: Option<Duration>,
    /// What takes the completed step back.
    #[serde(default)]
    pub undo: Option<Call>,
    /// Runs even when an earlier step failed.
    #[serde(default)]
    pub always: bool,
    /// From the start of this step the host serves nobody.
    #[serde(default)]
    pub takes_out_of_service: bool,
    /// When this step has succeeded the host serves again.
    #[serde(default)]
    pub returns_to_service: bool,
    /// Whether a drained host may stop before this step.
    #[serde(default = "yes")]
    pub safe_point: bool,
    /// Whether a failure of this step is counted as "verification failed" rather than "step failed".
    #[serde(default)]
    pub verifies: bool,
}

fn yes() -> bool {
    true
}

/// An action with its parameters.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Call {
    /// The action.
    pub action: ActionName,
    /// Its parameters.
    #[serde(default)]
    pub with: Values,
}

/// How often a failed attempt is tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Retry {
    /// Attempts in all, at least 1.
    pub attempts: u16,
    /// The wait before the second attempt.
    pub delay: Duration,
    /// What each further wait is multiplied by; at least 1.
    pub backoff: u32,
}

impl Default for Retry {
    fn default() -> Self {
        Retry { attempts: 1, delay: Duration::ZERO, backoff: 1 }
    }
}

impl Retry {
    /// The wait after attempt `number` (from 1) failed.
    pub fn delay_after(&self, number: u16) -> Duration {
        self.delay.times(u64::from(self.backoff).saturating_pow(u32::from(number.saturating_sub(1))))
    }
}

/// What happens to a host when a step fails for good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum OnFailure {
    /// The completed steps are taken back, last first.
    Undo,
    /// The host is left as it is, out of service if it was, counted and shown.
    Park,
}

/// One line of a batch policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Stage {
    /// How many hosts.
    pub size: StageSize,
    /// Whether this stage makes batches until no host is left. The last stage always does.
    #[serde(default)]
    pub repeat: bool,
    /// How long a finished batch of this stage is watched before the next one opens.
    #[serde(default)]
    pub bake: Duration,
    /// Whether a person has to agree before the next batch opens.
    #[serde(default)]
    pub approve: Option<Approval>,
}

impl Stage {
    /// Whether no host is left after its first batch, however many there are.
    pub fn is_everything(&self) -> bool {
        let (StageSize::Size(amount) | StageSize::UpTo(amount)) = self.size;
        amount == Amount::Share(BasisPoints::ALL)
    }
}

/// How many hosts a stage takes, of all hosts of the job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum StageSize {
    /// This many.
    Size(Amount),
    /// As many as are missing to this many in all.
    UpTo(Amount),
}

impl fmt::Display for StageSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StageSize::Size(amount) => amount.fmt(f),
            StageSize::UpTo(amount) => write!(f, "up to {amount}"),
        }
    }
}

/// A text that was to be the size of a stage and is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no size of a stage: write a number of hosts from 1, a share above 0%, or `up to 25%`")]
pub struct InvalidStageSize(pub String);

impl FromStr for StageSize {
    type Err = InvalidStageSize;

    /// Reads `5`, `1%` and `up to 25%`, as `Display` writes them.
    fn from_str(text: &str) -> Result<StageSize, InvalidStageSize> {
        let of = |amount: &str| match amount.parse() {
            Ok(Amount::Hosts(0) | Amount::Share(BasisPoints(0))) | Err(_) => Err(InvalidStageSize(text.to_owned())),
            Ok(amount) => Ok(amount),
        };
        match text.trim().strip_prefix("up to ") {
            Some(amount) => of(amount).map(StageSize::UpTo),
            None => of(text).map(StageSize::Size),
        }
    }
}

/// Who has to agree.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Approval {
    /// The name of the access token that whoever agrees must have; anybody who may approve at all where it is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// Whether whoever created the job may not be the one to agree.
    #[serde(default)]
    pub not_requester: bool,
    /// How long the question stands; the job is held when nobody answered by then.
    #[serde(default)]
    pub expires: Option<Duration>,
}

impl Approval {
    /// Whether who answers this question has answered the other one, too.
    pub fn covers(&self, other: &Approval) -> bool {
        (other.by.is_none() || self.by == other.by) && (self.not_requester || !other.not_requester)
    }

    /// Why an actor may not answer it for a job that `requester` created; `None` where they may.
    pub fn refuses(&self, actor: &str, requester: &str) -> Option<NotApprover> {
        match &self.by {
            Some(token) if actor.strip_prefix("token:") != Some(token) => Some(NotApprover::OtherToken),
            _ => (self.not_requester && actor == requester).then_some(NotApprover::Requester),
        }
    }

    /// Whose approval it is: `approval by release`.
    pub fn words(&self) -> String {
        match (&self.by, self.not_requester) {
            (Some(by), false) => format!("approval by {by}"),
            (Some(by), true) => format!("approval by {by}, of somebody else than who created the job"),
            (None, false) => "approval".to_owned(),
            (None, true) => "approval by somebody else than who created the job".to_owned(),
        }
    }
}

/// Why somebody may not answer a question for approval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotApprover {
    /// Another access token has to.
    OtherToken,
    /// They created the job.
    Requester,
}

/// How many hosts of a job may be in flight at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Concurrency {
    /// At most this many.
    pub max: u32,
    /// How that number is reached.
    #[serde(default)]
    pub ramp: Ramp,
}

impl Default for Concurrency {
    fn default() -> Self {
        Concurrency { max: 200, ramp: Ramp::None }
    }
}

/// How the allowed number of hosts in flight grows within a batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Ramp {
    /// All at once.
    #[default]
    None,
    /// One, then one more for each host of the batch that succeeded: 1, 2, 4, 8 as rounds go by.
    Doubling,
}

/// When to stop. Thresholds are "at most"; the first host beyond one holds the job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Gates {
    /// The first batch.
    #[serde(default)]
    pub canary: CanaryGate,
    /// Failed hosts of one batch, as a share of the planned batch.
    #[serde(default)]
    pub batch: Option<Amount>,
    /// Failed hosts of the job.
    #[serde(default)]
    pub total: TotalGate,
    /// Hosts out of reach before anything was done to them, of all hosts of the job. They do not count as failed.
    #[serde(default)]
    pub unreachable: Option<Amount>,
    /// The same error on this many hosts.
    #[serde(default)]
    pub signature: Option<u32>,
}

impl Default for Gates {
    fn default() -> Self {
        Gates {
            canary: CanaryGate::default(),
            batch: None,
            total: TotalGate::default(),
            unreachable: Some(Amount::Share(BasisPoints(1_000))),
            signature: None,
        }
    }
}

/// What the first batch must show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CanaryGate {
    /// At most this many failed.
    pub max_failed: u32,
    /// At least this many succeeded.
    pub min_succeeded: u32,
}

impl Default for CanaryGate {
    fn default() -> Self {
        CanaryGate { max_failed: 0, min_succeeded: 1 }
    }
}

/// What the whole job may show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TotalGate {
    /// Failed hosts as a share of the finished hosts, once `min_sample` hosts are finished.
    #[serde(default)]
    pub max_failed: Option<BasisPoints>,
    /// How many hosts must be finished before `max_failed` means anything.
    #[serde(default)]
    pub min_sample: u32,
    /// At most this many failed hosts in all; `None` means no cap.
    #[serde(default)]
    pub cap: Option<u32>,
}

impl Default for TotalGate {
    fn default() -> Self {
        TotalGate { max_failed: None, min_sample: 20, cap: Some(10) }
    }
}
