//! Any job as text a person can read: the whole state, in the order of the plan. Snapshot tests and `stagger inspect`
//! show this.
//!
//! Never found here: times of day; lengths of time are relative to when the job was created, so that two runs of the
//! same story read the same.

use crate::attempt::Vanished;
use crate::host_run::{Cursor, HostRun, StepResult, StepState};
use crate::ids::{BatchIndex, HostIndex, Phase};
use crate::job::{BatchKind, BatchStatus, Job};
use crate::outcome::{AttemptOutcome, HostOutcome, HostStatus, JobOutcome, JobStatus};
use crate::time::Timestamp;
use std::fmt::{self, Display, Formatter};

/// A job as text.
pub struct Rendered<'job>(pub &'job Job);

/// Renders a job.
pub fn render(job: &Job) -> Rendered<'_> {
    Rendered(job)
}

impl Display for Rendered<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let job = self.0;
        header(job, f)?;
        for (index, _) in job.batches.iter().enumerate() {
            batch(job, BatchIndex(index as u32), f)?;
        }
        for (signature, cluster) in &job.clusters {
            writeln!(f, "failure on {} hosts: {signature}", cluster.hosts.len())?;
        }
        Ok(())
    }
}

fn header(job: &Job, f: &mut Formatter<'_>) -> fmt::Result {
    write!(f, "job {} v{}: {}", job.template.name, job.template_version, status_word(job.status))?;
    if let Some(outcome) = job.outcome {
        write!(f, ", {}", outcome_word(outcome))?;
    }
    if let Some(hold) = &job.hold {
        write!(f, " ({hold})")?;
    }
    if let Some(stopping) = &job.stopping {
        write!(f, " (by {})", stopping.by)?;
    }
    writeln!(f)?;
    let tally = &job.tally;
    write!(f, "hosts {}", tally.hosts())?;
    for status in HostStatus::ALL.into_iter().filter(|status| *status != HostStatus::Finished) {
        if tally.status(status) > 0 {
            write!(f, ", {} {}", tally.status(status), host_status_word(status))?;
        }
    }
    for outcome in HostOutcome::ALL {
        if tally.outcome(outcome) > 0 {
            write!(f, ", {} {}", tally.outcome(outcome), host_outcome_word(outcome))?;
        }
    }
    if tally.out_of_service() > 0 {
        write!(f, "; {} out of service", tally.out_of_service())?;
    }
    writeln!(f)
}

fn batch(job: &Job, index: BatchIndex, f: &mut Formatter<'_>) -> fmt::Result {
    let Some(batch) = job.batches.get(index.at()) else { return Ok(()) };
    let kind = match batch.kind {
        BatchKind::Planned { .. } if index.0 == 0 => "canary",
        BatchKind::Planned { .. } => "batch",
        BatchKind::RetryCanary => "retry canary",
        BatchKind::Retry => "retry",
    };
    write!(f, "{kind} {}: ", index.number())?;
    match batch.status {
        BatchStatus::Waiting => write!(f, "waiting")?,
        BatchStatus::Open => write!(f, "open")?,
        BatchStatus::Baking(until) => write!(f, "baking until {}", since(job, until))?,
        BatchStatus::Baked => write!(f, "baked")?,
        BatchStatus::AwaitingApproval(None) => write!(f, "waiting for approval")?,
        BatchStatus::AwaitingApproval(Some(at)) => write!(f, "waiting for approval until {}", since(job, at))?,
        BatchStatus::Approved => write!(f, "approved")?,
        BatchStatus::Passed => write!(f, "passed")?,
        BatchStatus::Closed => write!(f, "closed")?,
    }
    writeln!(f)?;
    for (index, run) in (0u32..).map(HostIndex).zip(&job.runs).filter(|(_, run)| run.batch == index) {
        host(job, index, run, f)?;
    }
    Ok(())
}

fn since(job: &Job, at: Timestamp) -> String {
    format!("+{}", at - job.created_at)
}

fn host(job: &Job, index: HostIndex, run: &HostRun, f: &mut Formatter<'_>) -> fmt::Result {
    write!(f, "  {}: {}", job.host_name(index), host_status_word(run.status))?;
    if let Some(outcome) = run.outcome {
        write!(f, ", {}", host_outcome_word(outcome))?;
    }
    if matches!(run.status, HostStatus::Running | HostStatus::InDoubt) {
        write!(f, ", ")?;
        position(job, run, f)?;
    }
    if let Some(failure) = &run.failure {
        let step = job.step(failure.step).map_or("?", |step| step.step.as_str());
        write!(f, "; {step} failed: {}", failure.error)?;
    }
    if let Some(why) = &run.deferred {
        write!(f, "; {why}")?;
    }
    if let Some(why) = &run.out_of_reach {
        write!(f, "; out of reach: {why}")?;
    }
    if run.out_of_service {
        write!(f, "; out of service")?;
    }
    if let Some(by) = &run.accepted_by {
        write!(f, "; accepted by {by}")?;
    }
    let steps = steps(job, run);
    if !steps.is_empty() {
        write!(f, "  [{steps}]")?;
    }
    writeln!(f)
}

/// Every step that something happened to: `check ok, install failed x2`.
fn steps(job: &Job, run: &HostRun) -> String {
    let said = job.template.workflow.iter().zip(&run.steps).filter_map(|(step, entry)| {
        let word = match entry.result {
            StepResult::None => return None,
            StepResult::Succeeded => "ok",
            StepResult::Skipped => "skipped",
            StepResult::Failed => "failed",
            StepResult::Undone => "undone",
        };
        let times = if entry.attempts > 1 { format!(" x{}", entry.attempts) } else { String::new() };
        Some(format!("{} {word}{times}", step.step))
    });
    said.collect::<Vec<_>>().join(", ")
}

fn position(job: &Job, run: &HostRun, f: &mut Formatter<'_>) -> fmt::Result {
    let step = run.step().and_then(|step| job.step(step)).map_or("end", |step| step.step.as_str());
    match run.cursor {
        Cursor::Undo(_) => write!(f, "undo of {step} ")?,
        Cursor::Forward(_) | Cursor::Always(_) | Cursor::End => write!(f, "{step} ")?,
    }
    match run.state {
        StepState::Ready => write!(f, "to come"),
        StepState::Open(open) => {
            let verifying = if open.phase == Phase::Verify { " verifying" } else { "" };
            let killed = if open.signal.is_some() { " killed" } else { "" };
            write!(f, "attempt {}{verifying}{killed} until {}", open.number, since(job, open.deadline))
        }
        StepState::Failed(outcome) => write!(f, "{}", attempt_word(outcome)),
        StepState::RetryAt(at) => write!(f, "again at {}", since(job, at)),
        StepState::InDoubt(why) => write!(f, "in doubt ({})", vanished_word(why)),
        StepState::TookNoEffect => write!(f, "took no effect"),
    }
}

/// A status in a word.
pub fn status_word(status: JobStatus) -> &'static str {
    match status {
        JobStatus::Planned => "planned",
        JobStatus::Running => "running",
        JobStatus::Held => "held",
        JobStatus::Draining => "draining",
        JobStatus::Cancelling => "cancelling",
        JobStatus::Settled => "settled",
        JobStatus::Finished => "finished",
    }
}

/// An outcome in a word.
pub fn outcome_word(outcome: JobOutcome) -> &'static str {
    match outcome {
        JobOutcome::Succeeded => "succeeded",
        JobOutcome::Partial => "partial",
        JobOutcome::Failed => "failed",
        JobOutcome::Cancelled => "cancelled",
        JobOutcome::Killed => "killed",
        JobOutcome::NoTargets => "no targets",
    }
}

/// A host's status in a word or two.
pub fn host_status_word(status: HostStatus) -> &'static str {
    match status {
        HostStatus::Waiting => "waiting",
        HostStatus::Deferred => "deferred",
        HostStatus::Running => "running",
        HostStatus::InDoubt => "in doubt",
        HostStatus::Finished => "finished",
    }
}

/// A host's outcome in a word or two.
pub fn host_outcome_word(outcome: HostOutcome) -> &'static str {
    match outcome {
        HostOutcome::Succeeded => "succeeded",
        HostOutcome::AlreadyDone => "already done",
        HostOutcome::StepFailed => "step failed",
        HostOutcome::VerificationFailed => "verification failed",
        HostOutcome::TimedOut => "timed out",
        HostOutcome::Lost => "lost",
        HostOutcome::Unreachable => "unreachable",
        HostOutcome::InDoubt => "left in doubt",
        HostOutcome::Cancelled => "cancelled",
    }
}

pub(crate) fn attempt_word(outcome: AttemptOutcome) -> String {
    match outcome {
        AttemptOutcome::Succeeded => "succeeded".to_owned(),
        AttemptOutcome::Failed(code) => format!("exited with {code}"),
        AttemptOutcome::Signalled(signal) => format!("ended by signal {signal}"),
        AttemptOutcome::TimedOut => "timed out".to_owned(),
        AttemptOutcome::Killed => "killed".to_owned(),
        AttemptOutcome::Refused => "refused".to_owned(),
        AttemptOutcome::Lost => "lost".to_owned(),
        AttemptOutcome::Unreachable => "unreachable".to_owned(),
    }
}

pub(crate) fn vanished_word(why: Vanished) -> &'static str {
    match why {
        Vanished::Rebooted => "rebooted",
        Vanished::SupervisorKilled => "supervisor killed",
        Vanished::Forgotten => "forgotten",
        Vanished::Cleared => "cleared",
        Vanished::ControllerEnded => "controller ended",
        Vanished::NotBack => "not back",
    }
}
