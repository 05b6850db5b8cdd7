//! What a person does to a job as a whole. Which of it may be done in which status stands in one table, `allowed`.

use super::{job, of_job};
use crate::attempt::Signal;
use crate::command::{Code, Rejection};
use crate::event::{Event, JobCancelling, JobDraining, JobEvent, JobHeld, JobKilled, JobResumed, JobStarted};
use crate::fleet::Fleet;
use crate::ids::JobId;
use crate::job::Job;
use crate::outcome::JobStatus;
use crate::reason::HoldReason;
use std::fmt;
use std::sync::Arc;

/// What may be asked of a job as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Steer {
    /// Begin to admit hosts.
    Start,
    /// Admit nobody new.
    Hold,
    /// Admit hosts again.
    Resume,
    /// Stop hosts at their next safe point.
    Drain,
    /// Stop hosts at their next safe point and end the job.
    Cancel,
    /// Signal running scripts, and end the job.
    Kill,
    /// Give hosts another run.
    Retry,
    /// Take over hosts.
    Accept,
    /// Agree that the next batch opens.
    Approve,
    /// Say what became of an attempt in doubt.
    Resolve,
}

impl Steer {
    /// All of them, in order.
    pub const ALL: [Steer; 10] = [
        Steer::Start,
        Steer::Hold,
        Steer::Resume,
        Steer::Drain,
        Steer::Cancel,
        Steer::Kill,
        Steer::Retry,
        Steer::Accept,
        Steer::Approve,
        Steer::Resolve,
    ];
}

impl fmt::Display for Steer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Steer::Start => "started",
            Steer::Hold => "held",
            Steer::Resume => "resumed",
            Steer::Drain => "drained",
            Steer::Cancel => "cancelled",
            Steer::Kill => "killed",
            Steer::Retry => "retried",
            Steer::Accept => "accepted",
            Steer::Approve => "approved",
            Steer::Resolve => "resolved",
        })
    }
}

/// Why something may not be asked of a job now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WhyNot {
    /// It was started already.
    AlreadyStarted,
    /// It is held already.
    AlreadyHeld,
    /// It is not held.
    NotHeld,
    /// It is draining already.
    AlreadyDraining,
    /// It is being cancelled already.
    AlreadyCancelling,
    /// It was not started yet.
    NotStarted,
    /// It is draining.
    Draining,
    /// It is being cancelled.
    Cancelling,
    /// Nothing is in flight; hosts need a person.
    NothingInFlight,
    /// It has ended.
    Ended,
    /// It ended and was archived.
    Archived,
    /// No host needs a person.
    NobodyNeedsAPerson,
    /// No host ended without success.
    NobodyFailed,
    /// No batch waits for approval.
    NothingToApprove,
    /// No host is in doubt.
    NobodyInDoubt,
}

impl WhyNot {
    /// In words, and what to do instead.
    pub fn text(self) -> &'static str {
        match self {
            WhyNot::AlreadyStarted => "it was started already",
            WhyNot::AlreadyHeld => "it is held already",
            WhyNot::NotHeld => "it is not held",
            WhyNot::AlreadyDraining => "it is draining already",
            WhyNot::AlreadyCancelling => "it is being cancelled already",
            WhyNot::NotStarted => "it was not started yet",
            WhyNot::Draining => "it is draining",
            WhyNot::Cancelling => "it is being cancelled",
            WhyNot::NothingInFlight => "nothing is in flight; retry or accept the hosts that need a person",
            WhyNot::Ended => "it has ended",
            WhyNot::Archived => "it ended and was archived; create a job for the hosts that need it",
            WhyNot::NobodyNeedsAPerson => "no host needs a person",
            WhyNot::NobodyFailed => "no host ended without success",
            WhyNot::NothingToApprove => "no batch waits for approval",
            WhyNot::NobodyInDoubt => "no host is in doubt",
        }
    }
}

impl fmt::Display for WhyNot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

/// Whether something may be asked of a job in a status; otherwise why not.
pub fn allowed(status: JobStatus, steer: Steer) -> Result<(), WhyNot> {
    use JobStatus::{Cancelling, Draining, Finished, Held, Planned, Running, Settled};
    use Steer::{Accept, Approve, Cancel, Drain, Hold, Kill, Resolve, Resume, Retry, Start};
    use WhyNot::{
        AlreadyCancelling, AlreadyDraining, AlreadyHeld, AlreadyStarted, Ended, NotHeld, NotStarted, NothingInFlight,
    };
    match (steer, status) {
        (Start, Planned) => Ok(()),
        (Start, Running | Held | Draining | Cancelling | Settled) => Err(AlreadyStarted),
        (Hold, Running) => Ok(()),
        (Resume, Held | Draining) => Ok(()),
        (Drain, Running | Held) => Ok(()),
        (Cancel, Planned | Running | Held | Draining) => Ok(()),
        (Kill, Planned | Running | Held | Draining | Cancelling) => Ok(()),
        (Retry, Running | Held | Settled | Finished) => Ok(()),
        (Accept, Running | Held | Settled | Draining | Cancelling) => Ok(()),
        (Approve, Running | Held | Draining) => Ok(()),
        (Resolve, Running | Held | Settled | Draining | Cancelling) => Ok(()),
        (Hold, Held) => Err(AlreadyHeld),
        (Resume, Running) => Err(NotHeld),
        (Drain, Draining) => Err(AlreadyDraining),
        (Cancel, Cancelling) => Err(AlreadyCancelling),
        (Hold | Resume | Drain | Retry | Accept | Approve | Resolve, Planned) => Err(NotStarted),
        (Hold | Retry, Draining) => Err(WhyNot::Draining),
        (Hold | Resume | Drain | Retry | Approve, Cancelling) => Err(WhyNot::Cancelling),
        (Hold | Resume | Drain | Cancel | Kill | Approve, Settled) => Err(NothingInFlight),
        (Start | Hold | Resume | Drain | Cancel | Kill | Accept | Approve | Resolve, Finished) => Err(Ended),
    }
}

/// Rejects what may not be asked of the job now.
pub(super) fn check(job: &Job, steer: Steer) -> Result<(), Rejection> {
    allowed(job.status, steer).map_err(|why| {
        let message = format!("job {} cannot be {steer}: {why}", job.id);
        Rejection::new(Code::WrongStatus, message, format!("`stagger job show {}` shows what may be done now", job.id))
    })
}

fn steer(fleet: &Fleet, id: JobId, steer: Steer, event: JobEvent) -> Result<Vec<Event>, Rejection> {
    check(job(fleet, id)?, steer)?;
    Ok(of_job(id, vec![event]))
}

pub(super) fn start(fleet: &Fleet, id: JobId) -> Result<Vec<Event>, Rejection> {
    steer(fleet, id, Steer::Start, JobStarted {}.into())
}

pub(super) fn hold(fleet: &Fleet, id: JobId, by: &Arc<str>, reason: &Arc<str>) -> Result<Vec<Event>, Rejection> {
    let why = HoldReason::Person { by: by.clone(), reason: reason.clone() };
    steer(fleet, id, Steer::Hold, JobHeld { why }.into())
}

pub(super) fn resume(fleet: &Fleet, id: JobId, by: &Arc<str>, reason: &Arc<str>) -> Result<Vec<Event>, Rejection> {
    steer(fleet, id, Steer::Resume, JobResumed { by: by.clone(), reason: reason.clone() }.into())
}

pub(super) fn drain(fleet: &Fleet, id: JobId, by: &Arc<str>, reason: &Arc<str>) -> Result<Vec<Event>, Rejection> {
    steer(fleet, id, Steer::Drain, JobDraining { by: by.clone(), reason: reason.clone() }.into())
}

pub(super) fn cancel(fleet: &Fleet, id: JobId, by: &Arc<str>, reason: &Arc<str>) -> Result<Vec<Event>, Rejection> {
    steer(fleet, id, Steer::Cancel, JobCancelling { by: by.clone(), reason: reason.clone() }.into())
}

pub(super) fn kill(fleet: &Fleet, id: JobId, by: &Arc<str>, reason: &Arc<str>) -> Result<Vec<Event>, Rejection> {
    let killed = JobKilled { by: by.clone(), reason: reason.clone(), signal: Signal::Kill };
    steer(fleet, id, Steer::Kill, killed.into())
}
