//! Where things are (status) and how they ended (outcome). Two enums each; an outcome exists only at the end.
//!
//! Never found here: the reasons in words.

use serde::{Deserialize, Serialize};

/// Where a job is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum JobStatus {
    /// The plan is sealed; nothing was started.
    Planned,
    /// Hosts are admitted as batches and gates allow.
    Running,
    /// Nobody new is admitted; hosts in flight finish.
    Held,
    /// Hosts in flight stop at their next safe point.
    Draining,
    /// Hosts in flight stop at their next safe point, and then the job ends.
    Cancelling,
    /// Nothing more will happen by itself, but hosts are out of service or in doubt: a person retries or accepts them.
    Settled,
    /// Ended.
    Finished,
}

/// How a job ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum JobOutcome {
    /// Every host succeeded, or had nothing to do.
    Succeeded,
    /// Some hosts succeeded, some did not.
    Partial,
    /// No host succeeded.
    Failed,
    /// A person ended it.
    Cancelled,
    /// A person ended it at once.
    Killed,
    /// No host matched.
    NoTargets,
}

/// Where a host run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum HostStatus {
    /// Its batch is not open, or there is no free place yet.
    Waiting,
    /// It would be admitted but for something named: a lease, a budget.
    Deferred,
    /// In its workflow.
    Running,
    /// Only a person can say what became of an attempt.
    InDoubt,
    /// Ended.
    Finished,
}

impl HostStatus {
    /// All of them, in order.
    pub const ALL: [HostStatus; 5] =
        [HostStatus::Waiting, HostStatus::Deferred, HostStatus::Running, HostStatus::InDoubt, HostStatus::Finished];
}

/// How a host run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum HostOutcome {
    /// All steps succeeded.
    Succeeded,
    /// A step's `done_if` said that nothing is left to do.
    AlreadyDone,
    /// A step failed.
    StepFailed,
    /// A step that verifies failed.
    VerificationFailed,
    /// A step's time was up.
    TimedOut,
    /// The host was lost during the change.
    Lost,
    /// The host could not be reached, and nothing was done to it.
    Unreachable,
    /// A person took over a host in doubt.
    InDoubt,
    /// The job ended before the host's run did.
    Cancelled,
}

impl HostOutcome {
    /// All of them, in order.
    pub const ALL: [HostOutcome; 9] = [
        HostOutcome::Succeeded,
        HostOutcome::AlreadyDone,
        HostOutcome::StepFailed,
        HostOutcome::VerificationFailed,
        HostOutcome::TimedOut,
        HostOutcome::Lost,
        HostOutcome::Unreachable,
        HostOutcome::InDoubt,
        HostOutcome::Cancelled,
    ];

    /// Whether the host is as the template wants it.
    pub fn is_success(self) -> bool {
        match self {
            HostOutcome::Succeeded | HostOutcome::AlreadyDone => true,
            HostOutcome::StepFailed
            | HostOutcome::VerificationFailed
            | HostOutcome::TimedOut
            | HostOutcome::Lost
            | HostOutcome::Unreachable
            | HostOutcome::InDoubt
            | HostOutcome::Cancelled => false,
        }
    }

    /// Whether gates count the host as failed. Unreachable has a limit of its own; a cancelled host says nothing.
    pub fn is_failure(self) -> bool {
        match self {
            HostOutcome::StepFailed
            | HostOutcome::VerificationFailed
            | HostOutcome::TimedOut
            | HostOutcome::Lost
            | HostOutcome::InDoubt => true,
            HostOutcome::Succeeded | HostOutcome::AlreadyDone | HostOutcome::Unreachable | HostOutcome::Cancelled => {
                false
            }
        }
    }
}

/// How an attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum AttemptOutcome {
    /// Exit code 0.
    Succeeded,
    /// Another exit code.
    Failed(i32),
    /// Ended by a signal it did not get from us.
    Signalled(i32),
    /// Its time was up, and its supervisor ended it.
    TimedOut,
    /// The job was killed.
    Killed,
    /// The host, or Stagger, would not run it.
    Refused,
    /// Nothing was heard of the host until the deadline.
    Lost,
    /// The host could not be reached, and nothing was done to it.
    Unreachable,
}
