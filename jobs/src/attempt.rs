//! One try of one step on one host: what is asked of a runner, and what it may answer.
//!
//! Never found here: how it is carried out (the server's runners), and what follows from an answer (`decide`).

use crate::action::{Builtin, Place, Run};
use crate::ids::{ActionName, AttemptId, HostName, JobId, StepName};
use crate::parameter::Values;
use crate::time::{Duration, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What is asked of a runner. It may be asked twice; a runner that has it under way, or done, answers for that.
#[derive(Clone, Debug, PartialEq)]
pub struct Order {
    /// The job.
    pub job: JobId,
    /// The fencing token.
    pub attempt: AttemptId,
    /// The host it is for; a step on the controller is for a host, too.
    pub host: HostName,
    /// The step's name, for logs and for the environment.
    pub step: StepName,
    /// The action that the step calls in this phase, for the environment.
    pub action: ActionName,
    /// Where it runs.
    pub place: Place,
    /// What runs.
    pub run: Run,
    /// Its parameters, rendered. Secrets are references still.
    pub parameters: Values,
    /// Names of the parameters whose values are references to secrets.
    pub secrets: Vec<String>,
    /// Whether it runs as root.
    pub sudo: bool,
    /// How long it may last, enforced on the host.
    pub timeout: Duration,
    /// When the attempt was decided.
    pub started_at: Timestamp,
    /// Whether a script that runs is to be signalled.
    pub signal: Option<Signal>,
    /// Whether another server process decided it, which may have begun it on the host.
    pub inherited: bool,
}

/// Why a running script is to be ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Signal {
    /// The job was killed: SIGTERM, ten seconds of grace, SIGKILL.
    Kill,
}

/// The name of an effect on a host, the same however often it is asked: 128 bits in hex.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Op(pub [u8; 16]);

impl Op {
    /// From job, step, phase and host (architecture.md, "A step on a host").
    pub fn of(job: JobId, attempt: AttemptId, step: &StepName, host: &HostName) -> Op {
        let mut hash = Sha256::new();
        hash.update(job.0.to_bytes());
        hash.update([attempt.phase as u8]);
        hash.update((step.as_str().len() as u64).to_be_bytes());
        hash.update(step.as_str());
        hash.update(host.as_str());
        let digest: [u8; 32] = hash.finalize().into();
        let mut short = [0; 16];
        short.copy_from_slice(&digest[..16]);
        Op(short)
    }
}

impl std::fmt::Display for Op {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// What a runner says about an attempt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Report {
    /// It ended, and this is how.
    Ended(Ending),
    /// It started, and its end cannot be known.
    Vanished(Vanished),
    /// It is under way on the host. Said at least once after `OutOfReach`.
    Begun,
    /// The host cannot be reached now; the runner keeps trying until the order is withdrawn.
    OutOfReach {
        /// In words.
        why: Arc<str>,
        /// Whether `begin` may have reached the host.
        may_have_begun: bool,
    },
    /// The host, or Stagger itself, will not run it; nothing ran.
    Refused {
        /// In words.
        why: Arc<str>,
    },
}

/// How a script or built-in ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Ending {
    /// How.
    pub how: How,
    /// What it wrote to `$STAGGER_OUTPUT`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub output: Values,
    /// The last line it said on stderr, or what went wrong in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Arc<str>>,
    /// How long it ran, on the host's clock.
    pub took: Duration,
    /// Bytes it wrote to stdout, all of them, kept or not.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub out_bytes: u64,
    /// Bytes it wrote to stderr.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub err_bytes: u64,
}

fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// How a script ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum How {
    /// By itself, with this exit code; 0 is success.
    Exited(i32),
    /// By this signal.
    Signalled(i32),
    /// By its supervisor when its time was up.
    TimedOut,
    /// By its supervisor because the order asked for it.
    Killed,
}

/// Why an attempt's end cannot be known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Vanished {
    /// The host was rebooted in the middle.
    Rebooted,
    /// The supervisor on the host was killed.
    SupervisorKilled,
    /// The host does not remember the attempt, or its disk is not the one it had: re-imaged or rolled back.
    Forgotten,
    /// The host has put the result away, and this controller has none of it: either a controller said that it is on
    /// record, and the record was lost since (a restored backup), or nobody asked for it in thirty days.
    Cleared,
    /// The controller ended while a step of its own ran.
    ControllerEnded,
    /// The host did not come back in time.
    NotBack,
}

impl Order {
    /// The effect's name on the host.
    pub fn op(&self) -> Op {
        Op::of(self.job, self.attempt, &self.step, &self.host)
    }

    /// Whether losing the host in the middle is what the order asks for.
    pub fn expects_reboot(&self) -> bool {
        self.run == Run::Builtin(Builtin::Reboot)
    }
}
