//! Status says where a thing is, outcome says how it ended: the enums of `jobs` in the words of the API.
//!
//! Never found here: which of them follows on which.

use async_graphql::Enum;

/// Where a job is.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "jobs::outcome::JobStatus")]
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
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "jobs::outcome::JobOutcome")]
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
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "jobs::outcome::HostStatus")]
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

/// How a host run ended.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "jobs::outcome::HostOutcome")]
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

/// Why a host is away.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "jobs::host_run::Absence")]
pub enum Absence {
    /// A step of the job reboots it: it is away, or about to be, as it should.
    Rebooting,
    /// It cannot be reached, and nobody asked for that.
    OutOfReach,
}

/// Where an attempt is.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttemptStatus {
    /// It was decided, and its end is not recorded yet.
    Running,
    /// It started, and its end cannot be known.
    InDoubt,
    /// Ended.
    Finished,
}

/// How an attempt ended.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttemptOutcome {
    /// Exit code 0.
    Succeeded,
    /// Another exit code.
    Failed,
    /// Ended by a signal it did not get from Stagger.
    Signalled,
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

impl From<jobs::outcome::AttemptOutcome> for AttemptOutcome {
    fn from(outcome: jobs::outcome::AttemptOutcome) -> AttemptOutcome {
        use jobs::outcome::AttemptOutcome as Ended;
        match outcome {
            Ended::Succeeded => AttemptOutcome::Succeeded,
            Ended::Failed(_) => AttemptOutcome::Failed,
            Ended::Signalled(_) => AttemptOutcome::Signalled,
            Ended::TimedOut => AttemptOutcome::TimedOut,
            Ended::Killed => AttemptOutcome::Killed,
            Ended::Refused => AttemptOutcome::Refused,
            Ended::Lost => AttemptOutcome::Lost,
            Ended::Unreachable => AttemptOutcome::Unreachable,
        }
    }
}

/// Where a step of a host run stands.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "jobs::host_run::StepResult")]
pub enum StepResult {
    /// Nothing happened yet, or it is under way.
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

/// Why a step's action is being run on a host.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "jobs::ids::Phase")]
pub enum Phase {
    /// The step itself.
    Run,
    /// The action that asks a host whether an attempt in doubt took effect.
    Verify,
    /// The action that takes a completed step back.
    Undo,
}
