//! What is going on on a host, and how it ended, in sentences.
//!
//! Never found here: why it is there (`explain`).

use super::{Named, Part, Sentence};
use crate::attempt::Vanished;
use crate::host_run::{Cursor, HostRun, StepState};
use crate::ids::{Phase, StepIndex};
use crate::outcome::{HostOutcome, HostStatus};
use crate::template::Template;

/// What is going on on a host.
pub fn state(template: &Template, run: &HostRun) -> Sentence {
    match (run.status, run.outcome) {
        (HostStatus::Waiting, _) => Sentence::NotAdmitted {},
        (HostStatus::Deferred, _) => match &run.deferred {
            Some(why) => Sentence::Deferred { why: Sentence::from(why).part() },
            None => Sentence::NotAdmitted {},
        },
        (HostStatus::Finished, Some(ended)) => outcome(ended),
        (HostStatus::InDoubt | HostStatus::Running | HostStatus::Finished, _) => at_step(template, run),
    }
}

fn at_step(template: &Template, run: &HostRun) -> Sentence {
    let step =
        |step: StepIndex| -> Named { template.workflow.get(step.at()).map_or("?", |step| step.step.as_str()).into() };
    match run.cursor {
        Cursor::Forward(at) => Sentence::AtStep { step: step(at), how: how(run) },
        Cursor::Undo(at) => Sentence::TakingBack { step: step(at), how: how(run) },
        Cursor::Always(at) => Sentence::AlwaysRuns { step: step(at), how: how(run) },
        Cursor::End => Sentence::ThroughAll {},
    }
}

fn how(run: &HostRun) -> Part {
    let how = match run.state {
        StepState::Ready => Sentence::Next {},
        StepState::Open(open) if open.phase == Phase::Verify => Sentence::AskingHost { number: open.number },
        StepState::Open(open) => Sentence::UnderWay { number: open.number },
        StepState::Failed(_) => Sentence::LastFailed {},
        StepState::RetryAt(at) => Sentence::AgainAt { at },
        StepState::InDoubt(why) => Sentence::InDoubt { why: vanished(why).part() },
        StepState::TookNoEffect => Sentence::TookNoEffect {},
    };
    how.part()
}

/// How a host run ended.
pub(crate) fn outcome(outcome: HostOutcome) -> Sentence {
    match outcome {
        HostOutcome::Succeeded => Sentence::HostSucceeded {},
        HostOutcome::AlreadyDone => Sentence::HostAlreadyDone {},
        HostOutcome::StepFailed => Sentence::HostStepFailed {},
        HostOutcome::VerificationFailed => Sentence::HostVerificationFailed {},
        HostOutcome::TimedOut => Sentence::HostTimedOut {},
        HostOutcome::Lost => Sentence::HostLost {},
        HostOutcome::Unreachable => Sentence::HostUnreachable {},
        HostOutcome::InDoubt => Sentence::HostInDoubt {},
        HostOutcome::Cancelled => Sentence::HostCancelled {},
    }
}

/// Why the end of an attempt cannot be known.
pub(crate) fn vanished(why: Vanished) -> Sentence {
    match why {
        Vanished::Rebooted => Sentence::Rebooted {},
        Vanished::SupervisorKilled => Sentence::SupervisorKilled {},
        Vanished::Forgotten => Sentence::Forgotten {},
        Vanished::Cleared => Sentence::Cleared {},
        Vanished::ControllerEnded => Sentence::ControllerEnded {},
        Vanished::NotBack => Sentence::NotBack {},
    }
}
