//! What may be done about a job now, and what it waits for: the answers of `jobs::explain` in the words of the API.
//!
//! Never found here: the rules behind them.

use crate::scalar::{DateTime, Json};
use crate::sentence::Sentence;
use async_graphql::{Enum, SimpleObject};
use jobs::explain;

/// Something that may be asked of a job, or not, and why.
#[derive(SimpleObject, Clone, Debug, PartialEq, Eq)]
pub struct JobAction {
    /// What.
    action: JobActionKind,
    /// Whether it would be accepted now.
    allowed: bool,
    /// Why not; null where it is allowed.
    reason: Option<&'static str>,
    /// The same for programs.
    why: Option<WhyNot>,
}

/// Why something may not be asked of a job now.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "jobs::decide::WhyNot")]
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

/// What may be asked of a job, of its batches and of its hosts.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "jobs::decide::Steer")]
pub enum JobActionKind {
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
    /// Take over hosts that are out of service or in doubt.
    Accept,
    /// Agree that the next batch opens.
    Approve,
    /// Say what became of an attempt in doubt.
    Resolve,
}

/// Something a job waits for.
#[derive(SimpleObject, Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// For programs.
    kind: WaitingKind,
    /// For people.
    text: String,
    /// The same, to be said in any language.
    sentence: Sentence,
    /// The numbers in the text, by what they count: `hosts`, `batch`, `outOfService`, `inDoubt`.
    numbers: Json,
    /// The moment at which it is over by itself, where there is one.
    until: Option<DateTime>,
}

/// What kind of thing a job waits for.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "jobs::explain::WaitingKind")]
pub enum WaitingKind {
    /// Somebody to start it.
    Start,
    /// Somebody to resume it.
    Resume,
    /// Hosts in flight.
    Hosts,
    /// Bake time.
    Bake,
    /// Somebody to approve a batch.
    Approval,
    /// Other jobs to let go of hosts.
    Lease,
    /// Hosts to be reachable again.
    Reach,
    /// Somebody to deal with hosts that are out of service or in doubt.
    Person,
    /// Room on the disk.
    Room,
}

/// What a job asks of a person, the most urgent first.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "jobs::explain::Attention")]
pub enum Attention {
    /// Hosts serve nobody, or are in doubt, until a person deals with them.
    Hosts,
    /// No host is admitted for want of room on the disk.
    Room,
    /// A limit was exceeded, and nobody is admitted.
    Breach,
    /// Nobody is admitted for another reason.
    Held,
    /// Somebody has to approve what follows a batch.
    Approval,
}

impl From<&explain::Action> for JobAction {
    fn from(asked: &explain::Action) -> JobAction {
        let (reason, why) = (asked.refused.map(|why| why.text()), asked.refused.map(WhyNot::from));
        JobAction { action: asked.steer.into(), allowed: asked.refused.is_none(), reason, why }
    }
}

impl From<&explain::Waiting> for Waiting {
    fn from(waiting: &explain::Waiting) -> Waiting {
        let numbers: serde_json::Map<_, _> =
            waiting.numbers.iter().map(|(what, count)| ((*what).to_owned(), (*count).into())).collect();
        Waiting {
            kind: waiting.kind.into(),
            text: waiting.sentence.to_string(),
            sentence: Sentence::from(&waiting.sentence),
            numbers: async_graphql::Json(numbers.into()),
            until: waiting.until.map(DateTime),
        }
    }
}
