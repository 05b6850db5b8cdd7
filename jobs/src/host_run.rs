//! One host's way through a job's workflow.
//!
//! Never found here: what comes next (`decide::advance`), or the change an event makes (`apply`).

use crate::attempt::{Signal, Vanished};
use crate::ids::{AttemptId, BatchIndex, HostIndex, Phase, StepIndex};
use crate::outcome::{AttemptOutcome, HostOutcome, HostStatus};
use crate::parameter::Values;
use crate::reason::Deferral;
use crate::time::{Duration, Timestamp};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// One host's way through a job's workflow, as it stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HostRun {
    /// Where it is.
    pub status: HostStatus,
    /// How it ended; only when finished.
    pub outcome: Option<HostOutcome>,
    /// The batch it runs in: the plan's, or the canary it was moved into, or a batch of retries.
    pub batch: BatchIndex,
    /// Which step comes next or is under way.
    pub cursor: Cursor,
    /// How far that step is.
    pub state: StepState,
    /// Attempts of that step since the run last came to it.
    pub tries: u16,
    /// What became of each step; as long as the workflow once admitted, empty before.
    pub steps: Vec<StepRun>,
    /// The step that failed for good, and how the run will end because of it.
    pub failure: Option<Failure>,
    /// Whether a step's `done_if` said that nothing is left to do.
    pub already_done: bool,
    /// Whether anything was, or may have been, done to the host in this job.
    #[serde(default)]
    pub touched: bool,
    /// Whether the host serves nobody because of this job.
    pub out_of_service: bool,
    /// Since when it does not; only while it is out of service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub out_of_service_since: Option<Timestamp>,
    /// Who took the host over, where it was left out of service or in doubt.
    pub accepted_by: Option<Arc<str>>,
    /// Why the host cannot be reached at the moment.
    pub out_of_reach: Option<Arc<str>>,
    /// Why it is not admitted; only when deferred.
    pub deferred: Option<Deferral>,
    /// When it was first admitted.
    pub started_at: Option<Timestamp>,
    /// When it last ended.
    pub finished_at: Option<Timestamp>,
}

/// Which step of the workflow comes next or is under way, and in which sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Cursor {
    /// On the way through the workflow.
    Forward(StepIndex),
    /// Taking completed steps back after a failure.
    Undo(StepIndex),
    /// Running what always runs, after a failure.
    Always(StepIndex),
    /// Through.
    End,
}

/// How far the step under the cursor is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum StepState {
    /// Nothing was decided yet.
    Ready,
    /// An attempt is open.
    Open(OpenAttempt),
    /// The last attempt did not succeed; what follows is not decided yet.
    Failed(AttemptOutcome),
    /// The next attempt waits for this moment.
    RetryAt(Timestamp),
    /// An attempt started and its end cannot be known; what follows is not decided yet, or a person was asked.
    InDoubt(Vanished),
    /// The host was asked whether an attempt in doubt took effect, and said no: it may run again.
    TookNoEffect,
}

/// An attempt whose end is not recorded yet. It is in force: its effect is issued again after a restart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OpenAttempt {
    /// What it is for.
    pub phase: Phase,
    /// Its number.
    pub number: u16,
    /// When it was decided.
    pub started_at: Timestamp,
    /// When the host is given up if nothing was heard.
    pub deadline: Timestamp,
    /// When the host is given up as unreachable, where nothing was done to it yet.
    pub unreachable_at: Option<Timestamp>,
    /// Whether its script is to be signalled.
    pub signal: Option<Signal>,
    /// Whether another server process decided it: whether that one reached the host, nobody knows.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub inherited: bool,
    /// Whether it reboots the host.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reboots: bool,
    /// Whether it may have begun before the host was out of reach.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub begun: bool,
}

/// Why a host is away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Absence {
    /// A step of the job reboots it: it is away, or about to be, as it should.
    Rebooting,
    /// It cannot be reached, and nobody asked for that.
    OutOfReach,
}

/// What became of a step on a host.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StepRun {
    /// Where it stands.
    pub result: StepResult,
    /// Attempts decided so far, over all phases and retries; the last one's number.
    pub attempts: u16,
    /// What its last attempt gave back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<Arc<Values>>,
    /// How long its last attempt ran.
    pub took: Duration,
    /// What its last attempt complained about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Arc<str>>,
}

/// Where a step of a host run stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum StepResult {
    /// Nothing happened yet, or it is under way.
    #[default]
    None,
    /// It succeeded.
    Succeeded,
    /// It was not wanted.
    Skipped,
    /// It failed, for good or until it is retried.
    Failed,
    /// It had succeeded and was taken back.
    Undone,
}

/// The step that failed for good.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Failure {
    /// The step.
    pub step: StepIndex,
    /// How the run ends because of it.
    pub outcome: HostOutcome,
    /// In words.
    pub error: Arc<str>,
}

impl HostRun {
    /// A host that nothing happened to yet.
    pub fn waiting(batch: BatchIndex) -> HostRun {
        HostRun {
            status: HostStatus::Waiting,
            outcome: None,
            batch,
            cursor: Cursor::Forward(StepIndex(0)),
            state: StepState::Ready,
            tries: 0,
            steps: Vec::new(),
            failure: None,
            already_done: false,
            touched: false,
            out_of_service: false,
            out_of_service_since: None,
            accepted_by: None,
            out_of_reach: None,
            deferred: None,
            started_at: None,
            finished_at: None,
        }
    }

    /// The step under the cursor.
    pub fn step(&self) -> Option<StepIndex> {
        match self.cursor {
            Cursor::Forward(step) | Cursor::Undo(step) | Cursor::Always(step) => Some(step),
            Cursor::End => None,
        }
    }

    /// The attempt in force, if one is.
    pub fn open_attempt(&self, host: HostIndex) -> Option<(AttemptId, &OpenAttempt)> {
        match (&self.state, self.step()) {
            (StepState::Open(open), Some(step)) => {
                Some((AttemptId { host, step, phase: open.phase, number: open.number }, open))
            }
            _ => None,
        }
    }

    /// Why it is away; `None` where it is not.
    pub fn absence(&self) -> Option<Absence> {
        let reboots = match self.state {
            // A runner that saw the reboot begin says nothing of the host until its time is up. Where nobody saw it, because
            // the connection was lost too soon or the server process is another one, the host may well be away as it should.
            StepState::Open(open) => open.reboots && (open.begun || open.inherited || self.out_of_reach.is_none()),
            StepState::Ready
            | StepState::Failed(_)
            | StepState::RetryAt(_)
            | StepState::InDoubt(_)
            | StepState::TookNoEffect => false,
        };
        if reboots { Some(Absence::Rebooting) } else { self.out_of_reach.as_ref().map(|_| Absence::OutOfReach) }
    }

    /// Since when it serves nobody, where nobody took it over.
    pub fn out_and_not_taken_over(&self) -> Option<Timestamp> {
        self.out_of_service_since.filter(|_| self.out_of_service && self.accepted_by.is_none())
    }

    /// Whether the job ended before this host's turn came.
    pub fn never_started(&self) -> bool {
        self.outcome == Some(HostOutcome::Cancelled) && self.started_at.is_none()
    }

    /// Whether the host was admitted.
    pub fn has_begun(&self) -> bool {
        self.started_at.is_some()
    }

    /// Whether nothing more happens to it by itself.
    pub fn is_settled(&self) -> bool {
        match self.status {
            HostStatus::Finished | HostStatus::InDoubt => true,
            HostStatus::Waiting | HostStatus::Deferred | HostStatus::Running => false,
        }
    }

    /// Whether the host serves nobody because of this run, and nobody took it over.
    pub fn keeps_out_of_service(&self) -> bool {
        self.out_of_service && self.accepted_by.is_none()
    }

    /// Whether a person has to look at it before the job can be closed.
    pub fn needs_a_person(&self) -> bool {
        self.accepted_by.is_none()
            && (self.status == HostStatus::InDoubt || (self.out_of_service && self.status == HostStatus::Finished))
    }
}
