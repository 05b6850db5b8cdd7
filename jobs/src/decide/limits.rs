//! How large what is asked for may be. Everything else about a command is decided elsewhere; this is asked first.
//!
//! What is too large for the log must be refused here: once decided, events can only be recorded.

use crate::command::{Body, Code, Rejection};
use crate::event::{Event, LONGEST_PAYLOAD};

/// The longest reason that a person may give, in bytes.
pub const LONGEST_REASON: usize = 4 * 1024;

/// The longest name of a token or a schedule, in bytes. With what stands before it, a token's name is the actor of every
/// event it causes.
pub const LONGEST_NAME: usize = 200;

/// The longest name of a source of the inventory, in bytes: it may be the path of a file.
pub const LONGEST_SOURCE: usize = 4 * 1024;

/// Refuses a command with a text that is too long, or with a name that would tell lies in the log.
pub(super) fn check(body: &Body) -> Result<(), Rejection> {
    match body {
        Body::HoldJob { reason, .. }
        | Body::ResumeJob { reason, .. }
        | Body::ApproveBatch { reason, .. }
        | Body::RetryHosts { reason, .. }
        | Body::RemoveTemplate { reason, .. }
        | Body::DrainJob { reason, .. }
        | Body::CancelJob { reason, .. }
        | Body::KillJob { reason, .. }
        | Body::AcceptHosts { reason, .. }
        | Body::ResolveInDoubt { reason, .. }
        | Body::PauseSchedule { reason, .. }
        | Body::ResumeSchedule { reason, .. }
        | Body::DeleteSchedule { reason, .. } => at_most("the reason", reason, LONGEST_REASON),
        Body::CreateToken { name, .. } => is_name("the name of the token", name),
        Body::CreateSchedule { spec, .. } => is_name("the name of the schedule", &spec.name),
        Body::UpdateSchedule { spec, reason, .. } => {
            is_name("the name of the schedule", &spec.name)?;
            at_most("the reason", reason, LONGEST_REASON)
        }
        Body::PutInventory { source, .. } => at_most("the name of the source", source, LONGEST_SOURCE),
        Body::ApplyTemplate { .. }
        | Body::InstallTemplate { .. }
        | Body::InstallPack { .. }
        | Body::CreateJob(_)
        | Body::StartJob { .. }
        | Body::RunSchedule { .. }
        | Body::Report { .. }
        | Body::Tick { .. }
        | Body::NoteRoom { .. }
        | Body::RevokeToken { .. }
        | Body::OpenSession { .. }
        | Body::CloseSession { .. } => Ok(()),
    }
}

fn at_most(what: &str, text: &str, most: usize) -> Result<(), Rejection> {
    if text.len() <= most {
        return Ok(());
    }
    let message = format!("{what} has {} bytes; at most {most} are taken", text.len());
    Err(Rejection::new(Code::LimitReached, message, "say it shorter"))
}

/// A name is read in one line of a log and told from every other name.
fn is_name(what: &str, text: &str) -> Result<(), Rejection> {
    at_most(what, text, LONGEST_NAME)?;
    if !text.is_empty() && text.trim() == text && !text.chars().any(char::is_control) {
        return Ok(());
    }
    let message = format!("{what}, {text:?}, is empty, begins or ends with a space, or holds a control character");
    Err(Rejection::new(Code::Invalid, message, "choose another name"))
}

/// Refuses what no event can hold. `what` is named in the message, `hint` says what to do.
pub(super) fn fits_the_log(events: &[Event], what: &str, hint: &str) -> Result<(), Rejection> {
    let size = events.iter().map(|event| event.payload().len()).max().unwrap_or(0);
    if size <= LONGEST_PAYLOAD {
        return Ok(());
    }
    let message = format!("{what} takes {} MiB in the log; at most {} fit", size >> 20, LONGEST_PAYLOAD >> 20);
    Err(Rejection::new(Code::LimitReached, message, hint))
}
