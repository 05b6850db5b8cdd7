//! What is recorded against what really happened on the hosts.

use crate::hosts::Journal;
use jobs::action::Repeat;
use jobs::attempt::How;
use jobs::event::{Event, JobEvent, Verdict};
use jobs::fleet::Fleet;
use jobs::ids::{AttemptId, HostIndex, JobId, Phase};
use jobs::outcome::AttemptOutcome;
use jobs::time::Timestamp;
use std::collections::BTreeSet;

/// Hosts a person said may run something again.
#[derive(Default)]
pub struct Truth {
    pardoned: BTreeSet<(JobId, HostIndex)>,
}

impl Truth {
    /// Panics where an event says what is not so, or starts what may not be started again.
    pub fn compare(&mut self, fleet: &Fleet, events: &[Event], journal: &Journal) {
        for event in events {
            self.remember(event);
            match event {
                Event::Job(job, JobEvent::AttemptFinished(finished)) => {
                    finished_so(journal, *job, finished.attempt, finished.outcome);
                }
                Event::Job(job, JobEvent::AttemptStarted(started)) => {
                    self.may_start(fleet, journal, *job, started.attempt);
                }
                _ => {}
            }
        }
    }

    fn remember(&mut self, event: &Event) {
        match event {
            Event::Job(job, JobEvent::HostsRetried(retried)) => {
                self.pardoned.extend(retried.hosts.iter().map(|host| (*job, *host)));
            }
            Event::Job(job, JobEvent::DoubtResolved(resolved)) if resolved.verdict == Verdict::RunAgain => {
                self.pardoned.insert((*job, resolved.host));
            }
            _ => {}
        }
    }

    /// After a crash only what is in the log was ever said.
    pub fn forget_all_but(&mut self, log: &[(Timestamp, Event)]) {
        self.pardoned.clear();
        log.iter().for_each(|(_, event)| self.remember(event));
    }

    /// A script that may not be repeated runs again only when it is known how it ended, or a person said so.
    fn may_start(&self, fleet: &Fleet, journal: &Journal, job: JobId, attempt: AttemptId) {
        let action = fleet.jobs.get(&job).and_then(|job| job.action_of(attempt.step));
        let never = action.is_some_and(|action| action.repeat == Repeat::Never);
        if !never || attempt.phase != Phase::Run || self.pardoned.contains(&(job, attempt.host)) {
            return;
        }
        for number in 1..attempt.number {
            let before = (job, AttemptId { number, ..attempt });
            let known = !journal.started.contains_key(&before) || journal.ended.contains_key(&before);
            assert!(known, "{attempt} of job {job} repeats an attempt whose end nobody knows");
        }
    }
}

fn finished_so(journal: &Journal, job: JobId, attempt: AttemptId, outcome: AttemptOutcome) {
    let ended = journal.ended.get(&(job, attempt)).copied();
    let on_host = |(other, on): &(JobId, AttemptId)| *other == job && on.host == attempt.host;
    match outcome {
        AttemptOutcome::Succeeded => assert_eq!(ended, Some(How::Exited(0)), "{attempt} of job {job}"),
        AttemptOutcome::Failed(code) => assert_eq!(ended, Some(How::Exited(code)), "{attempt} of job {job}"),
        AttemptOutcome::Signalled(signal) => assert_eq!(ended, Some(How::Signalled(signal)), "{attempt} of job {job}"),
        AttemptOutcome::TimedOut => assert_eq!(ended, Some(How::TimedOut), "{attempt} of job {job}"),
        AttemptOutcome::Killed => assert!(ended.is_none_or(|how| how == How::Killed), "{attempt} of job {job}"),
        AttemptOutcome::Unreachable => {
            let touched = journal.started.keys().any(|token| on_host(token) && token.1 == attempt);
            assert!(!touched, "{attempt} of job {job} was called unreachable, and its script was started");
        }
        AttemptOutcome::Refused | AttemptOutcome::Lost => {}
    }
}
