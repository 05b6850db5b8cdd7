//! What happened, in a sentence, with the names of hosts and steps.
//!
//! Never found here: when, and by whom where the record's actor says so; whoever shows a sentence shows those beside it.

use super::{Named, Part, Sentence, outcome, vanished};
use crate::command::Room;
use crate::event::{
    AccessEvent, AttemptFinished, Event, InventoryEvent, JobEvent, LibraryEvent, RetryFrom, ScheduleEvent,
    ScheduleSkipped, StepFailed, Verdict,
};
use crate::ids::{AttemptId, BatchIndex, HostIndex, Phase, StepIndex};
use crate::outcome::{AttemptOutcome, JobOutcome};
use crate::plan::Plan;
use crate::template::Template;

/// Names of what an event of a job tells by its place. Without them, places are said: `host 17`.
#[derive(Clone, Copy, Default)]
pub struct Names<'a> {
    /// The plan of the event's job.
    pub plan: Option<&'a Plan>,
    /// The template of the event's job.
    pub template: Option<&'a Template>,
}

/// What an event of a job is about, as far as it is about one of each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct About {
    /// The host, by its place in the plan.
    pub host: Option<HostIndex>,
    /// The step, by its place in the workflow.
    pub step: Option<StepIndex>,
    /// The batch.
    pub batch: Option<BatchIndex>,
}

/// What an event is about.
pub fn about(event: &Event) -> About {
    let host = |host: HostIndex| About { host: Some(host), ..About::default() };
    let step = |host, step| About { host: Some(host), step: Some(step), batch: None };
    let attempt = |attempt: AttemptId| step(attempt.host, attempt.step);
    let batch = |batch: BatchIndex| About { batch: Some(batch), ..About::default() };
    let Event::Job(_, event) = event else { return About::default() };
    match event {
        JobEvent::BatchOpened(it) => batch(it.batch),
        JobEvent::BakeStarted(it) => batch(it.batch),
        JobEvent::BakeFinished(it) => batch(it.batch),
        JobEvent::ApprovalAsked(it) => batch(it.batch),
        JobEvent::BatchApproved(it) => batch(it.batch),
        JobEvent::ApprovalExpired(it) => batch(it.batch),
        JobEvent::GatePassed(it) => batch(it.batch),
        JobEvent::GateHeld(it) => batch(it.batch),
        JobEvent::HostAdmitted(it) => host(it.host),
        JobEvent::HostDeferred(it) => host(it.host),
        JobEvent::CanaryBackfilled(it) => host(it.host),
        JobEvent::PersonAsked(it) => host(it.host),
        JobEvent::DoubtResolved(it) => host(it.host),
        JobEvent::HostRunFinished(it) => host(it.host),
        JobEvent::StepSkipped(it) => step(it.host, it.step),
        JobEvent::RetryScheduled(it) => step(it.host, it.step),
        JobEvent::StepFailed(it) => step(it.host, it.step),
        JobEvent::AttemptStarted(it) => attempt(it.attempt),
        JobEvent::HostOutOfReach(it) => attempt(it.attempt),
        JobEvent::HostInReach(it) => attempt(it.attempt),
        JobEvent::AttemptFinished(it) => attempt(it.attempt),
        JobEvent::AttemptInDoubt(it) => attempt(it.attempt),
        JobEvent::JobCreated(_)
        | JobEvent::PlanSealed(_)
        | JobEvent::JobStarted(_)
        | JobEvent::JobHeld(_)
        | JobEvent::JobResumed(_)
        | JobEvent::JobDraining(_)
        | JobEvent::JobCancelling(_)
        | JobEvent::JobKilled(_)
        | JobEvent::HostsRetried(_)
        | JobEvent::HostsAccepted(_)
        | JobEvent::JobSettled(_)
        | JobEvent::JobFinished(_) => About::default(),
    }
}

/// What happened.
pub fn sentence(event: &Event, names: Names<'_>) -> Sentence {
    match event {
        Event::Job(_, event) => names.of_job(event),
        Event::Library(event) => of_library(event),
        Event::Schedule(_, event) => of_schedule(event),
        Event::Inventory(InventoryEvent::InventoryChanged(it)) => Sentence::InventoryChanged {
            source: it.source.clone(),
            put: hosts(it.put.len()),
            removed: hosts(it.removed.len()),
        },
        Event::Access(event) => of_access(event),
    }
}

impl Names<'_> {
    fn host(self, host: HostIndex) -> Named {
        match self.plan.and_then(|plan| plan.hosts.get(host.at())) {
            Some(planned) => planned.name.as_str().into(),
            None => Sentence::HostAt { number: host.0 }.into(),
        }
    }

    fn step(self, step: StepIndex) -> Named {
        match self.template.and_then(|template| template.workflow.get(step.at())) {
            Some(known) => known.step.as_str().into(),
            None => Sentence::StepAt { number: step.0.into() }.into(),
        }
    }

    /// The step itself, what else its attempt is for, or which try it is.
    fn attempt(self, attempt: AttemptId) -> Named {
        let step = self.step(attempt.step);
        let what = match attempt.phase {
            Phase::Run => step,
            Phase::Verify => Sentence::QuestionOf { step }.into(),
            Phase::Undo => Sentence::UndoOf { step }.into(),
        };
        if attempt.number == 1 { what } else { Sentence::TryOf { what, number: attempt.number }.into() }
    }

    fn of_job(self, event: &JobEvent) -> Sentence {
        match event {
            JobEvent::JobCreated(it) => {
                Sentence::JobCreated { template: it.template.name.as_str().into(), version: it.template_version }
            }
            JobEvent::PlanSealed(it) => Sentence::PlanSealed {
                hosts: hosts(it.plan.hosts.len()),
                batches: Sentence::Batches { count: it.plan.batches.len() as u32 }.part(),
                hash: it.plan.hash.to_string().into(),
            },
            JobEvent::JobStarted(_) => Sentence::JobStarted {},
            JobEvent::JobHeld(it) => Sentence::JobHeld { why: Sentence::from(&it.why).part() },
            JobEvent::JobResumed(it) => Sentence::JobResumed {}.because(&it.reason),
            JobEvent::JobDraining(it) => Sentence::JobDraining {}.because(&it.reason),
            JobEvent::JobCancelling(it) => Sentence::JobCancelling {}.because(&it.reason),
            JobEvent::JobKilled(it) => Sentence::JobKilled {}.because(&it.reason),
            JobEvent::JobSettled(_) => Sentence::JobSettled {},
            JobEvent::JobFinished(it) => Sentence::JobFinished { outcome: of_outcome(it.outcome).part() },
            JobEvent::HostsRetried(it) => {
                let hosts = hosts(it.hosts.len());
                let retried = match it.from {
                    RetryFrom::Start => Sentence::RetriedFromStart { hosts },
                    RetryFrom::FailedStep => Sentence::RetriedFromFailedStep { hosts },
                };
                retried.because(&it.reason)
            }
            JobEvent::HostsAccepted(it) => Sentence::HostsAccepted { hosts: hosts(it.hosts.len()) }.because(&it.reason),
            JobEvent::BatchOpened(it) => Sentence::BatchOpened { batch: it.batch.number() },
            JobEvent::BakeStarted(it) => Sentence::BakeStarted { batch: it.batch.number(), until: it.until },
            JobEvent::BakeFinished(it) => Sentence::BakeFinished { batch: it.batch.number() },
            JobEvent::ApprovalAsked(it) => match it.expires {
                Some(until) => Sentence::ApprovalAskedUntil { batch: it.batch.number(), until },
                None => Sentence::ApprovalAsked { batch: it.batch.number() },
            },
            JobEvent::BatchApproved(it) => Sentence::BatchApproved { batch: it.batch.number() }.because(&it.reason),
            JobEvent::ApprovalExpired(it) => Sentence::ApprovalExpired { batch: it.batch.number() },
            JobEvent::GatePassed(it) => Sentence::GatePassed { batch: it.batch.number() },
            JobEvent::GateHeld(it) => {
                Sentence::GateHeld { batch: it.batch.number(), why: Sentence::from(&it.breach).part() }
            }
            JobEvent::HostAdmitted(it) => Sentence::HostAdmitted { host: self.host(it.host) },
            JobEvent::HostDeferred(it) => {
                Sentence::HostDeferred { host: self.host(it.host), why: Sentence::from(&it.why).part() }
            }
            JobEvent::CanaryBackfilled(it) => {
                Sentence::CanaryBackfilled { host: self.host(it.host), instead: self.host(it.instead_of) }
            }
            JobEvent::PersonAsked(it) => Sentence::PersonAsked { host: self.host(it.host) },
            JobEvent::DoubtResolved(it) => {
                let resolved = Sentence::DoubtResolved { host: self.host(it.host), verdict: of_verdict(it.verdict) };
                resolved.because(&it.reason)
            }
            JobEvent::HostRunFinished(it) => {
                Sentence::HostRunFinished { host: self.host(it.host), outcome: outcome(it.outcome).part() }
            }
            JobEvent::StepSkipped(it) => Sentence::StepSkipped { host: self.host(it.host), step: self.step(it.step) },
            JobEvent::RetryScheduled(it) => {
                Sentence::RetryScheduled { host: self.host(it.host), step: self.step(it.step), at: it.at }
            }
            JobEvent::StepFailed(it) => self.step_failed(it),
            JobEvent::AttemptStarted(it) => {
                Sentence::AttemptStarted { host: self.host(it.attempt.host), attempt: self.attempt(it.attempt) }
            }
            JobEvent::HostOutOfReach(it) => {
                Sentence::HostOutOfReach { host: self.host(it.attempt.host), why: it.why.clone() }
            }
            JobEvent::HostInReach(it) => Sentence::HostInReach { host: self.host(it.attempt.host) },
            JobEvent::AttemptFinished(it) => self.attempt_finished(it),
            JobEvent::AttemptInDoubt(it) => Sentence::AttemptInDoubt {
                host: self.host(it.attempt.host),
                attempt: self.attempt(it.attempt),
                why: vanished(it.why).part(),
            },
        }
    }

    fn step_failed(self, it: &StepFailed) -> Sentence {
        let failed =
            Sentence::StepFailed { host: self.host(it.host), step: self.step(it.step), error: it.error.clone() };
        if it.undo { failed.also(Sentence::TakenBack {}) } else { failed }
    }

    fn attempt_finished(self, it: &AttemptFinished) -> Sentence {
        let (host, attempt) = (self.host(it.attempt.host), self.attempt(it.attempt));
        let ended = Sentence::AttemptFinished { host, attempt, ending: of_ending(it.outcome).part(), took: it.took };
        let ended = match &it.error {
            Some(error) => ended.because(error),
            None => ended,
        };
        if it.done { ended.also(Sentence::NothingLeft {}) } else { ended }
    }
}

fn hosts(count: usize) -> Part {
    Sentence::Hosts { count: count as u32 }.part()
}

fn of_outcome(outcome: JobOutcome) -> Sentence {
    match outcome {
        JobOutcome::Succeeded => Sentence::JobSucceeded {},
        JobOutcome::Partial => Sentence::JobPartial {},
        JobOutcome::Failed => Sentence::JobFailed {},
        JobOutcome::Cancelled => Sentence::JobCancelled {},
        JobOutcome::Killed => Sentence::JobWasKilled {},
        JobOutcome::NoTargets => Sentence::JobNoTargets {},
    }
}

fn of_verdict(verdict: Verdict) -> Part {
    let said = match verdict {
        Verdict::Succeeded => Sentence::VerdictSucceeded {},
        Verdict::Failed => Sentence::VerdictFailed {},
        Verdict::RunAgain => Sentence::VerdictRunAgain {},
    };
    said.part()
}

fn of_ending(outcome: AttemptOutcome) -> Sentence {
    match outcome {
        AttemptOutcome::Succeeded => Sentence::AttemptSucceeded {},
        AttemptOutcome::Failed(code) => Sentence::AttemptFailed { code },
        AttemptOutcome::Signalled(signal) => Sentence::AttemptSignalled { signal },
        AttemptOutcome::TimedOut => Sentence::AttemptTimedOut {},
        AttemptOutcome::Killed => Sentence::AttemptKilled {},
        AttemptOutcome::Refused => Sentence::AttemptRefused {},
        AttemptOutcome::Lost => Sentence::AttemptLost {},
        AttemptOutcome::Unreachable => Sentence::AttemptUnreachable {},
    }
}

fn of_library(event: &LibraryEvent) -> Sentence {
    match event {
        LibraryEvent::TemplateApplied(it) => {
            Sentence::TemplateApplied { template: it.template.name.as_str().into(), version: it.version }
        }
        LibraryEvent::TemplateRemoved(it) => {
            Sentence::TemplateRemoved { template: it.template.as_str().into() }.because(&it.reason)
        }
        LibraryEvent::PackInstalled(it) => {
            let actions = Sentence::Actions { count: it.actions.len() as u32 }.part();
            Sentence::PackInstalled { pack: it.pack.clone(), version: it.version.clone(), actions }
        }
    }
}

fn of_schedule(event: &ScheduleEvent) -> Sentence {
    match event {
        ScheduleEvent::ScheduleCreated(it) => Sentence::ScheduleCreated {
            schedule: it.spec.name.as_str().into(),
            cron: it.spec.cron.as_str().into(),
            zone: it.spec.zone.as_str().into(),
        },
        ScheduleEvent::ScheduleChanged(it) => Sentence::ScheduleChanged {
            schedule: it.spec.name.as_str().into(),
            cron: it.spec.cron.as_str().into(),
            zone: it.spec.zone.as_str().into(),
        }
        .because(&it.reason),
        ScheduleEvent::SchedulePaused(it) => Sentence::SchedulePaused {}.because(&it.reason),
        ScheduleEvent::ScheduleResumed(it) => Sentence::ScheduleResumed {}.because(&it.reason),
        ScheduleEvent::ScheduleDeleted(it) => Sentence::ScheduleDeleted {}.because(&it.reason),
        ScheduleEvent::ScheduleFired(it) => Sentence::ScheduleFired { moment: it.nominal, job: it.job },
        ScheduleEvent::ScheduleQueued(it) => Sentence::ScheduleQueued { moment: it.nominal },
        ScheduleEvent::ScheduleSkipped(it) => Sentence::ScheduleSkipped { moment: it.nominal, why: of_skipped(it) },
    }
}

/// In the words it was recorded with, where what they say is not on record.
fn of_skipped(it: &ScheduleSkipped) -> Named {
    match it.cause {
        Some(cause) => Sentence::from(cause).into(),
        None => Named::Name(it.why.clone()),
    }
}

fn of_access(event: &AccessEvent) -> Sentence {
    match event {
        AccessEvent::TokenCreated(it) => Sentence::TokenCreated { token: it.name.clone() },
        AccessEvent::TokenRevoked(_) => Sentence::TokenRevoked {},
        AccessEvent::SessionOpened(it) => Sentence::SessionOpened { until: it.until },
        AccessEvent::SessionClosed(_) => Sentence::SessionClosed {},
        AccessEvent::ServerStarted(it) => Sentence::ServerStarted { epoch: it.epoch, version: it.version.clone() },
        AccessEvent::BackupRestored(_) => Sentence::BackupRestored {},
        AccessEvent::RoomChanged(it) => match it.room {
            Room::Ample => Sentence::RoomAmple { percent: it.free_percent },
            Room::NoNewJobs => Sentence::RoomNoNewJobs { percent: it.free_percent },
            Room::NoNewHosts => Sentence::RoomNoNewHosts { percent: it.free_percent },
        },
    }
}
