//! What a template says: workflow, batch policy, gates. Of a template as it stands, of a text that is checked, and of a
//! job as it was created.
//!
//! Never found here: versions and texts of templates (`template`).

use crate::parameter;
use crate::scalar::{Json, Millis};
use async_graphql::{Enum, Object, SimpleObject};
use jobs::template as written;
use std::sync::Arc;

/// What a template says.
#[derive(Clone, Debug)]
pub struct TemplateDefinition(pub Arc<written::Template>);

/// What a template says.
#[Object]
impl TemplateDefinition {
    /// What the author calls it.
    async fn name(&self) -> &str {
        self.0.name.as_str()
    }

    /// One sentence for people.
    async fn description(&self) -> &str {
        &self.0.description
    }

    /// What a job of this template takes, as a JSON Schema of type `object`. Values of parameters with `writeOnly` are
    /// references to secrets.
    async fn parameters(&self) -> Json {
        async_graphql::Json(parameter::json_schema(&self.0.parameters))
    }

    /// The hosts, unless the job says otherwise; a selector.
    async fn targets(&self) -> Option<&str> {
        self.0.targets.as_ref().map(|selector| selector.as_str())
    }

    /// The steps one host goes through, in order.
    async fn workflow(&self) -> Vec<WorkflowStep> {
        self.0.workflow.iter().enumerate().map(|(index, step)| WorkflowStep::of(index, step)).collect()
    }

    /// What happens to a host when a step fails for good; null is the usual: a host that is out of service is parked,
    /// any other simply fails.
    async fn on_failure(&self) -> Option<OnFailure> {
        self.0.on_failure.map(OnFailure::from)
    }

    /// The batch policy as written; empty where the number of hosts decides.
    async fn batches(&self) -> Vec<Stage> {
        self.0.batches.iter().map(Stage::from).collect()
    }

    /// How many hosts may be in flight at once.
    async fn concurrency(&self) -> u32 {
        self.0.concurrency.max
    }

    /// How the number of hosts in flight grows within a batch.
    async fn ramp(&self) -> Ramp {
        self.0.concurrency.ramp.into()
    }

    /// When the job stops by itself.
    async fn gates(&self) -> Gates {
        Gates::from(&self.0.gates)
    }

    /// Labels over whose values every batch is spread evenly.
    async fn stratify_by(&self) -> &[String] {
        &self.0.stratify_by
    }

    /// How long a host that nothing was done to may stay out of reach before it is given up as unreachable.
    async fn unreachable_after(&self) -> Millis {
        Millis(self.0.unreachable_after)
    }

    /// How long after an attempt's timeout its result is waited for before the host is given up as lost.
    async fn lost_after(&self) -> Millis {
        Millis(self.0.lost_after)
    }
}

/// One step of a workflow.
#[derive(SimpleObject, Clone, Debug)]
pub struct WorkflowStep {
    /// Its place, from 0.
    index: u32,
    /// Its name.
    step: String,
    /// The action it calls.
    action: String,
    /// The action's parameters; texts may hold expressions.
    with: Json,
    /// An expression; the step is skipped unless it is true.
    when: Option<String>,
    /// An expression; when true after the step, the host is finished here, successfully.
    done_if: Option<String>,
    /// Attempts in all.
    attempts: u32,
    /// The wait before the second attempt.
    retry_delay: Millis,
    /// What each further wait is multiplied by.
    retry_backoff: u32,
    /// How long an attempt may last; null is the action's.
    timeout: Option<Millis>,
    /// The action that takes the completed step back.
    undo: Option<String>,
    /// That action's parameters; texts may hold expressions. Null where there is none.
    undo_with: Option<Json>,
    /// Runs even when an earlier step failed.
    always: bool,
    /// From the start of this step the host serves nobody.
    takes_out_of_service: bool,
    /// When this step has succeeded the host serves again.
    returns_to_service: bool,
    /// Whether a drained host may stop before this step.
    safe_point: bool,
    /// Whether its failure counts as a failed verification.
    verifies: bool,
}

impl WorkflowStep {
    fn of(index: usize, step: &written::Step) -> WorkflowStep {
        WorkflowStep {
            index: index as u32,
            step: step.step.to_string(),
            action: step.action.to_string(),
            with: parameter::values(&step.with),
            when: step.when.clone(),
            done_if: step.done_if.clone(),
            attempts: step.retry.attempts.into(),
            retry_delay: Millis(step.retry.delay),
            retry_backoff: step.retry.backoff,
            timeout: step.timeout.map(Millis),
            undo: step.undo.as_ref().map(|call| call.action.to_string()),
            undo_with: step.undo.as_ref().map(|call| parameter::values(&call.with)),
            always: step.always,
            takes_out_of_service: step.takes_out_of_service,
            returns_to_service: step.returns_to_service,
            safe_point: step.safe_point,
            verifies: step.verifies,
        }
    }
}

/// What happens to a host when a step fails for good.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "jobs::template::OnFailure")]
pub enum OnFailure {
    /// The completed steps are taken back, last first.
    Undo,
    /// The host is left as it is, out of service if it was, counted and shown.
    Park,
}

/// How the number of hosts in flight grows within a batch.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "jobs::template::Ramp")]
pub enum Ramp {
    /// All at once.
    None,
    /// One, then one more for each host of the batch that succeeded.
    Doubling,
}

/// One line of a batch policy.
#[derive(SimpleObject, Clone, Debug, PartialEq, Eq)]
pub struct Stage {
    /// How many hosts: `5`, `1%`, or `up to 25%` in all.
    size: String,
    /// The same without words: `5`, `1%`, `25%`.
    amount: String,
    /// Whether that is how many it may be in all, batches before included.
    up_to: bool,
    /// Whether this stage makes batches until no host is left.
    repeat: bool,
    /// How long a finished batch is watched before the next one opens.
    bake: Millis,
    /// Whether a person has to agree before the next batch opens.
    approve: bool,
    /// The role whoever agrees must have; null is anybody who may approve at all.
    approved_by: Option<String>,
    /// How long that question stands.
    approval_expires: Option<Millis>,
    /// Whether whoever created the job may not be the one to agree.
    not_requester: bool,
}

impl From<&written::Stage> for Stage {
    fn from(stage: &written::Stage) -> Stage {
        let (amount, up_to) = match stage.size {
            written::StageSize::Size(amount) => (amount.to_string(), false),
            written::StageSize::UpTo(amount) => (amount.to_string(), true),
        };
        let approval = stage.approve.as_ref();
        Stage {
            size: stage.size.to_string(),
            amount,
            up_to,
            repeat: stage.repeat,
            bake: Millis(stage.bake),
            approve: approval.is_some(),
            approved_by: approval.and_then(|approval| approval.by.clone()),
            approval_expires: approval.and_then(|approval| approval.expires).map(Millis),
            not_requester: approval.is_some_and(|approval| approval.not_requester),
        }
    }
}

/// When a job stops by itself. Thresholds are "at most".
#[derive(SimpleObject, Clone, Debug)]
pub struct Gates {
    /// At most this many hosts of the canary failed.
    canary_max_failed: u32,
    /// At least this many hosts of the canary succeeded.
    canary_min_succeeded: u32,
    /// At most this many failed hosts of one batch: a number, or a share of it such as `10%`.
    batch: Option<String>,
    /// At most this share of the finished hosts failed.
    total_max_failed: Option<String>,
    /// How many hosts must be finished before that share means anything.
    total_min_sample: u32,
    /// At most this many failed hosts in all.
    total_cap: Option<u32>,
    /// At most this many hosts out of reach: a number, or a share of all hosts.
    unreachable: Option<String>,
    /// The same error on this many hosts holds the job.
    signature: Option<u32>,
}

impl From<&written::Gates> for Gates {
    fn from(gates: &written::Gates) -> Gates {
        Gates {
            canary_max_failed: gates.canary.max_failed,
            canary_min_succeeded: gates.canary.min_succeeded,
            batch: gates.batch.map(|amount| amount.to_string()),
            total_max_failed: gates.total.max_failed.map(|share| share.to_string()),
            total_min_sample: gates.total.min_sample,
            total_cap: gates.total.cap,
            unreachable: gates.unreachable.map(|amount| amount.to_string()),
            signature: gates.signature,
        }
    }
}
