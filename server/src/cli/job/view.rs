//! A job as the API gives it to the command line.
//!
//! Never found here: numbers that the API does not give.

use serde::Deserialize;

/// A job. What an operation does not ask for is empty.
#[derive(Deserialize, Clone, Debug, Default)]
#[serde(rename_all = "camelCase", default)]
pub struct JobView {
    /// The 26 letters and digits that people name it by.
    pub ulid: String,
    /// The log's position this is as of.
    pub position: u64,
    pub template: String,
    pub template_version: u32,
    pub parameters: serde_json::Value,
    pub status: String,
    pub outcome: Option<String>,
    pub hold: Option<Text>,
    pub stopping: Option<Stopping>,
    pub requested_by: String,
    pub created_at: String,
    pub started_at: Option<String>,
    pub finished_at: Option<String>,
    pub plan: Plan,
    pub counts: Counts,
    pub batches: Vec<Batch>,
    pub current_batch: Option<Batch>,
    pub steps: Vec<Step>,
    pub failure_clusters: Vec<Cluster>,
    /// Hosts settled per minute.
    pub throughput: f64,
    pub estimated_end: Option<String>,
    pub waiting_for: Vec<Waiting>,
    pub actions: Vec<Action>,
}

/// Something in words.
#[derive(Deserialize, Clone, Debug, Default)]
pub struct Text {
    pub text: String,
}

/// Who stops a job, and why.
#[derive(Deserialize, Clone, Debug, Default)]
pub struct Stopping {
    pub by: String,
    pub reason: String,
}

/// The sealed plan.
#[derive(Deserialize, Clone, Debug, Default)]
#[serde(default)]
pub struct Plan {
    pub hash: String,
    pub hosts: u32,
    pub review: String,
}

/// How many hosts are where.
#[derive(Deserialize, Clone, Debug, Default, PartialEq, Eq)]
#[serde(rename_all = "camelCase", default)]
pub struct Counts {
    pub hosts: u32,
    pub settled: u32,
    pub succeeded: u32,
    pub failed: u32,
    pub out_of_service: u32,
    #[serde(rename = "needingAPerson")]
    pub needing_a_person: u32,
    pub by_status: ByStatus,
    pub by_outcome: ByOutcome,
}

/// Hosts by where they are.
#[derive(Deserialize, Clone, Debug, Default, PartialEq, Eq)]
#[serde(rename_all = "camelCase", default)]
pub struct ByStatus {
    pub waiting: u32,
    pub deferred: u32,
    pub running: u32,
    pub in_doubt: u32,
}

/// Finished hosts by how they ended, those that need a word of their own.
#[derive(Deserialize, Clone, Debug, Default, PartialEq, Eq)]
#[serde(rename_all = "camelCase", default)]
pub struct ByOutcome {
    pub already_done: u32,
    pub unreachable: u32,
    pub cancelled: u32,
}

/// Hosts with a barrier at its end.
#[derive(Deserialize, Clone, Debug, Default)]
#[serde(rename_all = "camelCase", default)]
pub struct Batch {
    pub number: u32,
    pub kind: String,
    pub status: String,
    pub size: u32,
    pub counts: Counts,
    pub bake_until: Option<String>,
    pub approval_until: Option<String>,
    pub gate: Option<String>,
}

/// A step over all hosts.
#[derive(Deserialize, Clone, Debug, Default)]
#[serde(default)]
pub struct Step {
    pub step: String,
    pub action: String,
    pub waiting: u32,
    pub running: u32,
    pub succeeded: u32,
    pub failed: u32,
    pub skipped: u32,
    pub p50: Option<u64>,
    pub p95: Option<u64>,
}

/// Hosts that failed with the same error.
#[derive(Deserialize, Clone, Debug, Default)]
#[serde(rename_all = "camelCase", default)]
pub struct Cluster {
    pub count: u32,
    pub sample: String,
    pub hosts: Vec<String>,
    pub step: Option<String>,
}

/// Something a job waits for.
#[derive(Deserialize, Clone, Debug, Default)]
#[serde(default)]
pub struct Waiting {
    pub text: String,
    pub until: Option<String>,
}

/// Something that may be asked of a job, or why not.
#[derive(Deserialize, Clone, Debug, Default)]
#[serde(default)]
pub struct Action {
    pub action: String,
    pub allowed: bool,
    pub reason: Option<String>,
}

impl JobView {
    /// `patch-server v3`.
    pub fn title(&self) -> String {
        format!("{} v{}", self.template, self.template_version)
    }

    /// Where it is and how it ended: `running`, `finished: partial`.
    pub fn state(&self) -> String {
        match &self.outcome {
            Some(outcome) => format!("{}: {}", words(&self.status), words(outcome)),
            None => words(&self.status),
        }
    }

    /// Whether it has ended.
    pub fn is_finished(&self) -> bool {
        self.status == "FINISHED"
    }
}

/// An enum of the API in words: `AWAITING_APPROVAL` is `awaiting approval`.
pub fn words(name: &str) -> String {
    name.replace('_', " ").to_lowercase()
}
