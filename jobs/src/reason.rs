//! Why something waits or was stopped, as values. `sentence` says them in words.
//!
//! Never found here: the decision to wait or stop.

use crate::ids::JobId;
use crate::sentence::Sentence;
use crate::units::{Amount, BasisPoints};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;

/// Why a host that would be admitted has to wait.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Deferral {
    /// Another job has the host.
    Leased(JobId),
}

impl fmt::Display for Deferral {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Sentence::from(self).fmt(f)
    }
}

/// Which threshold was exceeded, with the numbers it was exceeded by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Breach {
    /// More failed in the canary than it may have.
    CanaryFailed { failed: u32, of: u32, allowed: u32 },
    /// Fewer succeeded in the canary than it needs.
    CanaryUnproven { succeeded: u32, needed: u32 },
    /// More failed in one batch than allowed.
    BatchFailed { failed: u32, of: u32, allowed: Amount },
    /// More of the finished hosts failed than allowed.
    TotalShare { failed: u32, finished: u32, allowed: BasisPoints },
    /// More hosts failed than the job may have at all.
    TotalCap { failed: u32, allowed: u32 },
    /// More hosts could not be reached than allowed.
    Unreachable { unreachable: u32, of: u32, allowed: Amount },
    /// The same error on too many hosts.
    SameError { error: Arc<str>, hosts: u32, limit: u32 },
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Sentence::from(self).fmt(f)
    }
}

/// Why a job admits nobody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum HoldReason {
    /// A threshold was exceeded.
    Breach(Breach),
    /// A person said so.
    Person { by: Arc<str>, reason: Arc<str> },
    /// All hosts in flight stopped at a safe point.
    Drained { by: Arc<str> },
    /// Nobody agreed in time.
    ApprovalExpired { batch: u32 },
}

impl fmt::Display for HoldReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Sentence::from(self).fmt(f)
    }
}
