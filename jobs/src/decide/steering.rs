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

/// Whether something may be asked of a job in a status; otherwise why not.
pub fn allowed(status: JobStatus, steer: Steer) -> Result<(), &'static str> {
    use JobStatus::{Cancelling, Draining, Finished, Held, Planned, Running, Settled};
    use Steer::{Accept, Approve, Cancel, Drain, Hold, Kill, Resolve, Resume, Retry, Start};
    match (steer, status) {
        (Start, Planned) => Ok(()),
        (Start, Running | Held | Draining | Cancelling | Settled) => Err("it was started already"),
        (Hold, Running) => Ok(()),
        (Resume, Held | Draining) => Ok(()),
        (Drain, Running | Held) => Ok(()),
        (Cancel, Planned | Running | Held | Draining) => Ok(()),
        (Kill, Planned | Running | Held | Draining | Cancelling) => Ok(()),
        (Retry, Running | Held | Settled | Finished) => Ok(()),
        (Accept, Running | Held | Settled | Draining | Cancelling) => Ok(()),
        (Approve, Running | Held | Draining) => Ok(()),
        (Resolve, Running | Held | Settled | Draining | Cancelling) => Ok(()),
        (Hold, Held) => Err("it is held already"),
        (Resume, Running) => Err("it is not held"),
        (Drain, Draining) => Err("it is draining already"),
        (Cancel, Cancelling) => Err("it is being cancelled already"),
        (Hold | Resume | Drain | Retry | Accept | Approve | Resolve, Planned) => Err("it was not started yet"),
        (Hold | Retry, Draining) => Err("it is draining"),
        (Hold | Resume | Drain | Retry | Approve, Cancelling) => Err("it is being cancelled"),
        (Hold | Resume | Drain | Cancel | Kill | Approve, Settled) => {
            Err("nothing is in flight; retry or accept the hosts that need a person")
        }
        (Start | Hold | Resume | Drain | Cancel | Kill | Accept | Approve | Resolve, Finished) => Err("it has ended"),
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
