//! Why something waits or was stopped, as values that can be said in words.
//!
//! Never found here: the decision to wait or stop.

use crate::ids::JobId;
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
        match self {
            Deferral::Leased(job) => write!(f, "job {job} has this host; it is admitted when that job lets go of it"),
        }
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
        match self {
            Breach::CanaryFailed { failed, of, allowed } => {
                write!(f, "canary failed {failed} of {of} (at most {allowed} may)")
            }
            Breach::CanaryUnproven { succeeded, needed } => {
                write!(f, "canary proved nothing: {succeeded} succeeded, {needed} needed")
            }
            Breach::BatchFailed { failed, of, allowed } => {
                write!(f, "batch failed {failed} of {of} (at most {allowed} may)")
            }
            Breach::TotalShare { failed, finished, allowed } => {
                write!(f, "{failed} of {finished} finished hosts failed (at most {allowed} may)")
            }
            Breach::TotalCap { failed, allowed } => write!(f, "{failed} hosts failed (at most {allowed} may)"),
            Breach::Unreachable { unreachable, of, allowed } => {
                write!(f, "{unreachable} of {of} hosts could not be reached (at most {allowed} may)")
            }
            Breach::SameError { error, hosts, limit } => {
                write!(f, "the same error on {hosts} hosts (limit {limit}): {error}")
            }
        }
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
        match self {
            HoldReason::Breach(breach) => breach.fmt(f),
            HoldReason::Person { by, reason } if reason.is_empty() => write!(f, "held by {by}"),
            HoldReason::Person { by, reason } => write!(f, "held by {by}: {reason}"),
            HoldReason::Drained { by } => write!(f, "drained by {by}"),
            HoldReason::ApprovalExpired { batch } => write!(f, "nobody approved batch {batch} in time"),
        }
    }
}
