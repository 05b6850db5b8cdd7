//! Which hosts are as a template wants them, and why the others are not.
//!
//! The newest run that came to an end of its own decides: a success stands until a later run fails, and a run that was
//! cancelled or never reached its host takes nothing back.
//!
//! Never found here: where runs are read from.

use crate::digest::EndedRun;
use crate::ids::{HostIndex, JobId};
use crate::job::Job;
use crate::outcome::{HostOutcome, HostStatus};
use crate::time::Timestamp;

/// What is asked of a host for it to be done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// It succeeded not before this moment.
    pub since: Option<Timestamp>,
    /// It succeeded with at least this version of the template.
    pub version: Option<u32>,
}

/// A host in a job of the template that has not ended for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenRun {
    /// Which job.
    pub job: JobId,
    /// Where the host is in it.
    pub status: HostStatus,
}

/// Why a host is not as the template wants it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NotDone {
    /// Its last run failed, and this is how.
    Failed(HostOutcome),
    /// Only a person can say what became of an attempt.
    InDoubt,
    /// A person took it over after its run had failed.
    TakenOver,
    /// It could not be reached, and nothing was done to it.
    Unreachable,
    /// It succeeded too long ago, or with too old a version.
    Outdated,
    /// Its job ended before its run did, or before its turn came.
    Cancelled,
    /// It was in no job of the template.
    Never,
    /// It is admitted to a job that has not ended, and has not ended there.
    Running,
    /// Its turn in a job has not come.
    Waiting,
}

/// What is found of a host: whether it is as the template wants it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// It is, since that run.
    Done(EndedRun),
    /// It is not.
    Not {
        /// Why.
        why: NotDone,
        /// The job that says so.
        job: Option<JobId>,
        /// The run that says so, where it has ended.
        run: Option<EndedRun>,
    },
}

impl OpenRun {
    /// Of a host in a job; none where it has ended for it.
    pub fn of(job: &Job, host: HostIndex) -> Option<OpenRun> {
        let status = job.run(host)?.status;
        (status != HostStatus::Finished).then_some(OpenRun { job: job.id, status })
    }

    fn why(self) -> NotDone {
        match self.status {
            HostStatus::InDoubt => NotDone::InDoubt,
            HostStatus::Running => NotDone::Running,
            // A run that has finished is none of these.
            HostStatus::Waiting | HostStatus::Deferred | HostStatus::Finished => NotDone::Waiting,
        }
    }
}

/// Whether a run says by itself what the host is like now, so that no earlier one has to be looked at.
pub fn decides(run: &EndedRun) -> bool {
    run.outcome.is_success() || run.outcome.is_failure()
}

/// What is found of a host by its runs in jobs of the template, in any order. Of those that have ended, every one from the
/// newest to the first that decides has to be among them.
pub fn find(asked: Asked, open: &[OpenRun], mut ended: Vec<EndedRun>) -> Finding {
    ended.sort_by_key(|run| std::cmp::Reverse((run.at, run.job)));
    if let Some(run) = ended.iter().find(|run| decides(run)).filter(|run| asked.is_met_by(run)) {
        return Finding::Done(run.clone());
    }
    if let Some(run) = open.iter().min_by_key(|run| (run.why(), run.job)) {
        return Finding::Not { why: run.why(), job: Some(run.job), run: None };
    }
    let says_something = ended.iter().find(|run| run.outcome != HostOutcome::Cancelled);
    let Some(run) = says_something.or(ended.first()) else {
        return Finding::Not { why: NotDone::Never, job: None, run: None };
    };
    Finding::Not { why: why(run), job: Some(run.job), run: Some(run.clone()) }
}

impl Asked {
    fn is_met_by(self, run: &EndedRun) -> bool {
        run.outcome.is_success()
            && self.since.is_none_or(|since| run.at >= since)
            && self.version.is_none_or(|version| run.version >= version)
    }
}

fn why(run: &EndedRun) -> NotDone {
    if run.accepted_by.is_some() {
        return NotDone::TakenOver;
    }
    match run.outcome {
        HostOutcome::Succeeded | HostOutcome::AlreadyDone => NotDone::Outdated,
        HostOutcome::Unreachable => NotDone::Unreachable,
        HostOutcome::Cancelled => NotDone::Cancelled,
        failed @ (HostOutcome::StepFailed
        | HostOutcome::VerificationFailed
        | HostOutcome::TimedOut
        | HostOutcome::Lost
        | HostOutcome::InDoubt) => NotDone::Failed(failed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u64) -> JobId {
        JobId(ulid::Ulid::from_parts(number, 0))
    }

    fn run(at: u64, version: u32, outcome: HostOutcome) -> EndedRun {
        EndedRun { job: id(at), version, at: Timestamp(at), outcome, accepted_by: None, error: None }
    }

    fn open(job: u64, status: HostStatus) -> OpenRun {
        OpenRun { job: id(job), status }
    }

    /// Why a host is not done and which job says so; `None` where it is done.
    fn reason(asked: Asked, open: &[OpenRun], ended: &[EndedRun]) -> Option<(NotDone, u64)> {
        match find(asked, open, ended.to_vec()) {
            Finding::Done(_) => None,
            Finding::Not { why, job, .. } => Some((why, job.map_or(0, |job| job.0.timestamp_ms()))),
        }
    }

    #[test]
    fn a_success_stands_until_a_later_run_fails() {
        use HostOutcome::{Cancelled, Lost, StepFailed, Succeeded, Unreachable};
        let any = Asked::default();
        assert_eq!(reason(any, &[], &[run(1, 1, Succeeded)]), None);
        assert_eq!(
            reason(any, &[], &[run(1, 1, Succeeded), run(2, 1, StepFailed)]),
            Some((NotDone::Failed(StepFailed), 2))
        );
        assert_eq!(reason(any, &[], &[run(1, 1, Lost), run(2, 1, Succeeded)]), None);
        for takes_nothing_back in [Cancelled, Unreachable] {
            assert_eq!(reason(any, &[], &[run(1, 1, Succeeded), run(2, 1, takes_nothing_back)]), None);
        }
        assert_eq!(reason(any, &[], &[run(1, 1, StepFailed), run(2, 1, Unreachable)]), Some((NotDone::Unreachable, 2)));
        assert_eq!(
            reason(any, &[], &[run(1, 1, StepFailed), run(2, 1, Cancelled)]),
            Some((NotDone::Failed(StepFailed), 1))
        );
        assert_eq!(reason(any, &[], &[run(2, 1, Cancelled)]), Some((NotDone::Cancelled, 2)));
        assert_eq!(reason(any, &[], &[]), Some((NotDone::Never, 0)));
    }

    #[test]
    fn what_is_asked_is_a_moment_and_a_version() {
        let ended = [run(10, 2, HostOutcome::AlreadyDone), run(5, 3, HostOutcome::Succeeded)];
        let asked = |since: Option<u64>, version| Asked { since: since.map(Timestamp), version };
        assert_eq!(reason(asked(Some(10), Some(2)), &[], &ended), None);
        assert_eq!(reason(asked(Some(11), None), &[], &ended), Some((NotDone::Outdated, 10)));
        // The newest success counts: version 2 is what the host has now.
        assert_eq!(reason(asked(None, Some(3)), &[], &ended), Some((NotDone::Outdated, 10)));
    }

    #[test]
    fn what_goes_on_is_said_before_what_was() {
        use HostStatus::{Deferred, InDoubt, Running, Waiting};
        let failed = [run(1, 1, HostOutcome::TimedOut)];
        let any = Asked::default();
        assert_eq!(reason(any, &[open(3, Waiting)], &failed), Some((NotDone::Waiting, 3)));
        assert_eq!(reason(any, &[open(3, Deferred), open(4, Running)], &failed), Some((NotDone::Running, 4)));
        assert_eq!(reason(any, &[open(4, Running), open(3, InDoubt)], &failed), Some((NotDone::InDoubt, 3)));
        assert_eq!(reason(any, &[open(3, Running)], &[run(1, 1, HostOutcome::Succeeded)]), None);
    }

    #[test]
    fn a_host_that_a_person_took_over_is_theirs() {
        let taken = EndedRun { accepted_by: Some("user:alice".into()), ..run(2, 1, HostOutcome::StepFailed) };
        assert_eq!(reason(Asked::default(), &[], &[taken]), Some((NotDone::TakenOver, 2)));
    }
}
