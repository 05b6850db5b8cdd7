//! What happened, in one sentence for people, with the names of hosts and steps.
//!
//! Never found here: when, and by whom where the record's actor says so; whoever shows a sentence shows those beside it.

use crate::command::Room;
use crate::event::{
    AccessEvent, AttemptFinished, Event, InventoryEvent, JobEvent, LibraryEvent, RetryFrom, ScheduleEvent, Verdict,
};
use crate::ids::{AttemptId, BatchIndex, HostIndex, Phase, StepIndex};
use crate::plan::Plan;
use crate::render::{attempt_word, host_outcome_word, outcome_word, vanished_word};
use crate::template::Template;
use std::fmt::Display;
use std::sync::Arc;

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

/// What happened. No full stop at the end.
pub fn sentence(event: &Event, names: Names<'_>) -> String {
    match event {
        Event::Job(_, event) => names.of_job(event),
        Event::Library(event) => of_library(event),
        Event::Schedule(_, event) => of_schedule(event),
        Event::Inventory(InventoryEvent::InventoryChanged(it)) => {
            format!("{} of {} put in place, {} removed", hosts(it.put.len()), it.source, hosts(it.removed.len()))
        }
        Event::Access(event) => of_access(event),
    }
}

impl Names<'_> {
    fn host(self, host: HostIndex) -> String {
        let planned = self.plan.and_then(|plan| plan.hosts.get(host.at()));
        planned.map_or_else(|| format!("host {}", host.0), |planned| planned.name.to_string())
    }

    fn step(self, step: StepIndex) -> String {
        let known = self.template.and_then(|template| template.workflow.get(step.at()));
        known.map_or_else(|| format!("step {}", step.0), |known| known.step.to_string())
    }

    /// `install`, `install, 2nd try`, `undo of install`.
    fn tried(self, attempt: AttemptId) -> String {
        let step = self.step(attempt.step);
        let what = match attempt.phase {
            Phase::Run => step,
            Phase::Verify => format!("the question whether {step} took effect"),
            Phase::Undo => format!("the undo of {step}"),
        };
        if attempt.number == 1 { what } else { format!("{what}, try {}", attempt.number) }
    }

    fn of_job(self, event: &JobEvent) -> String {
        match event {
            JobEvent::JobCreated(it) => {
                format!("the job was created from {} version {}", it.template.name, it.template_version)
            }
            JobEvent::PlanSealed(it) => {
                format!(
                    "{} were dealt into {} batches; plan {}",
                    hosts(it.plan.hosts.len()),
                    it.plan.batches.len(),
                    it.plan.hash
                )
            }
            JobEvent::JobStarted(_) => "the job began to admit hosts".to_owned(),
            JobEvent::JobHeld(it) => format!("nobody new is admitted: {}", it.why),
            JobEvent::JobResumed(it) => because("hosts are admitted again", &it.reason),
            JobEvent::JobDraining(it) => because("hosts stop at their next safe point", &it.reason),
            JobEvent::JobCancelling(it) => because("hosts stop at their next safe point, and the job ends", &it.reason),
            JobEvent::JobKilled(it) => because("running scripts are signalled, and the job ends", &it.reason),
            JobEvent::JobSettled(_) => "nothing more happens by itself; hosts need a person".to_owned(),
            JobEvent::JobFinished(it) => format!("the job ended: {}", outcome_word(it.outcome)),
            JobEvent::HostsRetried(it) => {
                let from = if it.from == RetryFrom::Start { "from the start" } else { "from the failed step" };
                because(&format!("{} are given another run, {from}", hosts(it.hosts.len())), &it.reason)
            }
            JobEvent::HostsAccepted(it) => because(&format!("{} were taken over", hosts(it.hosts.len())), &it.reason),
            other => self.of_batch(other).unwrap_or_else(|| self.of_host(other)),
        }
    }

    fn of_batch(self, event: &JobEvent) -> Option<String> {
        Some(match event {
            JobEvent::BatchOpened(it) => format!("batch {} opened", it.batch.number()),
            JobEvent::BakeStarted(it) => {
                format!("batch {} is settled, and watched until {}", it.batch.number(), it.until)
            }
            JobEvent::BakeFinished(it) => format!("batch {} was watched long enough", it.batch.number()),
            JobEvent::ApprovalAsked(it) => {
                let until = it.expires.map(|at| format!(", until {at}")).unwrap_or_default();
                format!("somebody has to agree to what follows batch {}{until}", it.batch.number())
            }
            JobEvent::BatchApproved(it) => {
                because(&format!("what follows batch {} was approved", it.batch.number()), &it.reason)
            }
            JobEvent::ApprovalExpired(it) => {
                format!("nobody approved what follows batch {} in time", it.batch.number())
            }
            JobEvent::GatePassed(it) => format!("batch {} passed its gate", it.batch.number()),
            JobEvent::GateHeld(it) => format!("batch {} is stopped by its gate: {}", it.batch.number(), it.breach),
            _ => return None,
        })
    }

    fn of_host(self, event: &JobEvent) -> String {
        match event {
            JobEvent::HostAdmitted(it) => format!("{} was admitted", self.host(it.host)),
            JobEvent::HostDeferred(it) => format!("{} has to wait: {}", self.host(it.host), it.why),
            JobEvent::CanaryBackfilled(it) => {
                format!("{} took the place of {} in the canary", self.host(it.host), self.host(it.instead_of))
            }
            JobEvent::PersonAsked(it) => format!("a person has to say what became of {}", self.host(it.host)),
            JobEvent::DoubtResolved(it) => {
                let said = match it.verdict {
                    Verdict::Succeeded => "it took effect",
                    Verdict::Failed => "it failed",
                    Verdict::RunAgain => "it is to be run again",
                };
                because(&format!("on {}, {said}", self.host(it.host)), &it.reason)
            }
            JobEvent::HostRunFinished(it) => format!("{} ended: {}", self.host(it.host), host_outcome_word(it.outcome)),
            JobEvent::StepSkipped(it) => {
                format!("{}: {} was skipped, its condition was not true", self.host(it.host), self.step(it.step))
            }
            JobEvent::RetryScheduled(it) => {
                format!("{}: {} is tried again at {}", self.host(it.host), self.step(it.step), it.at)
            }
            JobEvent::StepFailed(it) => {
                let undo = if it.undo { "; what was done is taken back" } else { "" };
                format!("{}: {} failed for good: {}{undo}", self.host(it.host), self.step(it.step), it.error)
            }
            other => self.of_attempt(other),
        }
    }

    fn of_attempt(self, event: &JobEvent) -> String {
        let on = |attempt: AttemptId, what: &dyn Display| {
            format!("{}: {} {what}", self.host(attempt.host), self.tried(attempt))
        };
        match event {
            JobEvent::AttemptStarted(it) => on(it.attempt, &"began"),
            JobEvent::HostOutOfReach(it) => format!("{} cannot be reached: {}", self.host(it.attempt.host), it.why),
            JobEvent::HostInReach(it) => format!("{} was reached after all", self.host(it.attempt.host)),
            JobEvent::AttemptFinished(it) => on(it.attempt, &finished(it)),
            JobEvent::AttemptInDoubt(it) => on(it.attempt, &format!("is in doubt: {}", vanished_word(it.why))),
            // Every other event was said before this is asked.
            other => other.kind().to_owned(),
        }
    }
}

fn finished(it: &AttemptFinished) -> String {
    let error = it.error.as_ref().map(|error| format!(": {error}")).unwrap_or_default();
    let done = if it.done { "; nothing is left to do here" } else { "" };
    format!("{} after {}{error}{done}", attempt_word(it.outcome), it.took)
}

fn because(what: &str, reason: &Arc<str>) -> String {
    if reason.is_empty() { what.to_owned() } else { format!("{what}: {reason}") }
}

fn hosts(count: usize) -> String {
    if count == 1 { "1 host".to_owned() } else { format!("{count} hosts") }
}

fn of_library(event: &LibraryEvent) -> String {
    match event {
        LibraryEvent::TemplateApplied(it) => {
            format!("version {} of template {} was applied", it.version, it.template.name)
        }
        LibraryEvent::TemplateRemoved(it) => format!("template {} was taken away", it.template),
        LibraryEvent::PackInstalled(it) => {
            format!("version {} of pack {} was installed, with {} actions", it.version, it.pack, it.actions.len())
        }
    }
}

fn of_schedule(event: &ScheduleEvent) -> String {
    match event {
        ScheduleEvent::ScheduleCreated(it) => {
            format!("schedule {} was put in place: {} {}", it.spec.name, it.spec.cron, it.spec.zone)
        }
        ScheduleEvent::ScheduleChanged(it) => {
            because(&format!("schedule {} was changed: {} {}", it.spec.name, it.spec.cron, it.spec.zone), &it.reason)
        }
        ScheduleEvent::SchedulePaused(it) => because("the schedule was paused", &it.reason),
        ScheduleEvent::ScheduleResumed(it) => because("the schedule creates jobs again", &it.reason),
        ScheduleEvent::ScheduleDeleted(it) => because("the schedule was taken away", &it.reason),
        ScheduleEvent::ScheduleFired(it) => format!("the moment {} created job {}", it.nominal, it.job),
        ScheduleEvent::ScheduleQueued(it) => format!("the moment {} waits for the job before it to end", it.nominal),
        ScheduleEvent::ScheduleSkipped(it) => format!("the moment {} was skipped: {}", it.nominal, it.why),
    }
}

fn of_access(event: &AccessEvent) -> String {
    match event {
        AccessEvent::TokenCreated(it) => format!("access token {} was made", it.name),
        AccessEvent::TokenRevoked(_) => "an access token was taken back".to_owned(),
        AccessEvent::SessionOpened(it) => format!("somebody signed in, until {} at most", it.until),
        AccessEvent::SessionClosed(_) => "somebody signed out".to_owned(),
        AccessEvent::ServerStarted(it) => format!("a server started: epoch {}, version {}", it.epoch, it.version),
        AccessEvent::BackupRestored(_) => "the log was restored from a backup".to_owned(),
        AccessEvent::RoomChanged(it) => match it.room {
            Room::Ample => format!("the disk has room again: {} % free", it.free_percent),
            Room::NoNewJobs => format!("no job is created until the disk has room: {} % free", it.free_percent),
            Room::NoNewHosts => format!("no host is admitted until the disk has room: {} % free", it.free_percent),
        },
    }
}
