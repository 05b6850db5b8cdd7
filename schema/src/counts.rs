//! How many hosts of a job or batch are where, and how the finished ones ended.
//!
//! Never found here: counting; `jobs` keeps the tallies.

use async_graphql::SimpleObject;
use jobs::outcome::{HostOutcome, HostStatus};
use jobs::statistics::Tally;

/// How many hosts are where.
#[derive(SimpleObject, Clone, Debug, PartialEq, Eq)]
pub struct Counts {
    /// All hosts.
    hosts: u32,
    /// Hosts that nothing more happens to by itself: finished or in doubt.
    settled: u32,
    /// Hosts that are as the template wants them.
    succeeded: u32,
    /// Hosts that gates count as failed.
    failed: u32,
    /// Hosts that serve nobody because of this job, and that nobody took over.
    out_of_service: u32,
    /// Hosts a person has to look at before the job can be closed.
    needing_a_person: u32,
    /// By where they are.
    by_status: StatusCounts,
    /// By how they ended.
    by_outcome: OutcomeCounts,
}

/// Hosts by where they are.
#[derive(SimpleObject, Clone, Debug, PartialEq, Eq)]
pub struct StatusCounts {
    /// Not admitted yet.
    waiting: u32,
    /// Would be admitted but for something named.
    deferred: u32,
    /// In their workflow.
    running: u32,
    /// Only a person can say what became of an attempt.
    in_doubt: u32,
    /// Ended.
    finished: u32,
}

/// Finished hosts by how they ended.
#[derive(SimpleObject, Clone, Debug, PartialEq, Eq)]
pub struct OutcomeCounts {
    /// All steps succeeded.
    succeeded: u32,
    /// Nothing was left to do.
    already_done: u32,
    /// A step failed.
    step_failed: u32,
    /// A step that verifies failed.
    verification_failed: u32,
    /// A step's time was up.
    timed_out: u32,
    /// Lost during the change.
    lost: u32,
    /// Could not be reached, and nothing was done to them.
    unreachable: u32,
    /// In doubt, and taken over by a person.
    in_doubt: u32,
    /// The job ended before their run did.
    cancelled: u32,
}

impl From<&Tally> for Counts {
    fn from(tally: &Tally) -> Counts {
        Counts {
            hosts: tally.hosts(),
            settled: tally.settled(),
            succeeded: tally.succeeded(),
            failed: tally.failed(),
            out_of_service: tally.out_of_service(),
            needing_a_person: tally.needing_a_person(),
            by_status: StatusCounts::of(tally),
            by_outcome: OutcomeCounts::of(tally),
        }
    }
}

impl StatusCounts {
    fn of(tally: &Tally) -> StatusCounts {
        StatusCounts {
            waiting: tally.status(HostStatus::Waiting),
            deferred: tally.status(HostStatus::Deferred),
            running: tally.status(HostStatus::Running),
            in_doubt: tally.status(HostStatus::InDoubt),
            finished: tally.status(HostStatus::Finished),
        }
    }
}

impl OutcomeCounts {
    fn of(tally: &Tally) -> OutcomeCounts {
        OutcomeCounts {
            succeeded: tally.outcome(HostOutcome::Succeeded),
            already_done: tally.outcome(HostOutcome::AlreadyDone),
            step_failed: tally.outcome(HostOutcome::StepFailed),
            verification_failed: tally.outcome(HostOutcome::VerificationFailed),
            timed_out: tally.outcome(HostOutcome::TimedOut),
            lost: tally.outcome(HostOutcome::Lost),
            unreachable: tally.outcome(HostOutcome::Unreachable),
            in_doubt: tally.outcome(HostOutcome::InDoubt),
            cancelled: tally.outcome(HostOutcome::Cancelled),
        }
    }
}
