//! Events: recorded facts, in the past tense, for ever. This file allots their names; a name is never used again for
//! anything else, and every one has a golden file that must decode for ever.
//!
//! Never found here: what an event does to the state (`apply`), or why it was decided (`decide`).

use crate::action::Action;
use crate::attempt::{Signal, Vanished};
use crate::command::Room;
use crate::ids::{
    ActionName, AttemptId, BatchIndex, HostIndex, HostName, JobId, ScheduleId, StepIndex, TemplateName, TokenId,
};
use crate::inventory::Host;
use crate::outcome::{AttemptOutcome, HostOutcome, JobOutcome};
use crate::parameter::Values;
use crate::plan::Plan;
use crate::reason::{Breach, Deferral, HoldReason};
use crate::schedule::{ScheduleSpec, Skipped};
use crate::template::Template;
use crate::time::{Duration, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Defines the events of one kind of stream: an enum with one struct per event, the event's name as kept in the log,
/// and reading and writing of payloads by that name.
macro_rules! events {
    ($(#[$doc:meta])* $stream:ident { $($(#[$event_doc:meta])* $event:ident { $($(#[$field_doc:meta])* $field:ident : $type:ty),* $(,)? })* }) => {
        $(
            $(#[$event_doc])*
            #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
            #[serde(rename_all = "camelCase")]
            pub struct $event { $($(#[$field_doc])* pub $field: $type),* }

            impl From<$event> for $stream {
                fn from(event: $event) -> Self {
                    $stream::$event(event)
                }
            }
        )*

        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq)]
        pub enum $stream { $($(#[$event_doc])* $event($event)),* }

        impl $stream {
            /// The names of all events of this kind of stream.
            pub const KINDS: &'static [&'static str] = &[$(stringify!($event)),*];

            /// The event's name in the log.
            pub fn kind(&self) -> &'static str {
                match self { $($stream::$event(_) => stringify!($event)),* }
            }

            /// The event's payload as JSON.
            pub fn payload(&self) -> Vec<u8> {
                let written = match self { $($stream::$event(event) => serde_json::to_vec(event)),* };
                written.expect("an event holds nothing that JSON cannot")
            }

            /// Reads a payload written by `payload`; `Ok(None)` where no event of this stream has that name.
            fn read(kind: &str, payload: &[u8]) -> Result<Option<Self>, serde_json::Error> {
                Ok(Some(match kind {
                    $(stringify!($event) => $stream::$event(serde_json::from_slice(payload)?),)*
                    _ => return Ok(None),
                }))
            }
        }
    };
}

events! {
    /// What happens to one job. Stream `job/<id>`.
    JobEvent {
        /// A job was created: everything it will ever need, as it was at that moment.
        JobCreated {
            /// The template as it was.
            template: Arc<Template>,
            /// Which version of it.
            template_version: u32,
            /// The actions its steps call, as they were.
            actions: BTreeMap<ActionName, Arc<Action>>,
            /// The parameters, checked, with defaults filled in; secrets are references.
            parameters: Values,
            /// Who asked for it.
            requested_by: Arc<str>,
            /// The schedule that created it, and the moment it was due.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            due: Option<Due>,
        }
        /// The hosts were dealt into batches.
        PlanSealed {
            /// The plan, with its hash.
            plan: Arc<Plan>,
        }
        /// The job began to admit hosts.
        JobStarted {}
        /// A batch began to admit hosts.
        BatchOpened { batch: BatchIndex }
        /// A host's workflow began, or began again.
        HostAdmitted { host: HostIndex }
        /// A host that would have been admitted has to wait.
        HostDeferred { host: HostIndex, why: Deferral }
        /// A host took the place of one that could not be reached in the canary.
        CanaryBackfilled { host: HostIndex, instead_of: HostIndex }
        /// A step's condition was not true.
        StepSkipped { host: HostIndex, step: StepIndex }
        /// An attempt was decided; not a byte has gone to the host yet.
        AttemptStarted {
            #[serde(flatten)]
            attempt: AttemptId,
            /// When the host is given up if nothing was heard.
            deadline: Timestamp,
        }
        /// The host of an attempt cannot be reached for now.
        HostOutOfReach {
            #[serde(flatten)]
            attempt: AttemptId,
            /// In words.
            why: Arc<str>,
            /// When the host is given up as unreachable, where nothing was done to it yet.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            until: Option<Timestamp>,
            /// Whether the attempt may have begun there before.
            #[serde(default, skip_serializing_if = "std::ops::Not::not")]
            begun: bool,
        }
        /// The host of an attempt was reached after all.
        HostInReach {
            #[serde(flatten)]
            attempt: AttemptId,
        }
        /// An attempt ended.
        AttemptFinished {
            #[serde(flatten)]
            attempt: AttemptId,
            /// How.
            outcome: AttemptOutcome,
            /// What it gave back.
            #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
            output: Values,
            /// What went wrong, in the script's last words or ours.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            error: Option<Arc<str>>,
            /// How long it ran.
            took: Duration,
            /// Whether the step's `done_if` was true: nothing is left to do on this host.
            #[serde(default, skip_serializing_if = "std::ops::Not::not")]
            done: bool,
            /// Bytes of stdout.
            #[serde(default, skip_serializing_if = "is_zero")]
            out_bytes: u64,
            /// Bytes of stderr.
            #[serde(default, skip_serializing_if = "is_zero")]
            err_bytes: u64,
        }
        /// An attempt started and its end cannot be known.
        AttemptInDoubt {
            #[serde(flatten)]
            attempt: AttemptId,
            /// Why not.
            why: Vanished,
        }
        /// Only a person can say what became of an attempt in doubt.
        PersonAsked { host: HostIndex }
        /// A person said what became of it.
        DoubtResolved { host: HostIndex, verdict: Verdict, by: Arc<str>, reason: Arc<str> }
        /// A failed attempt will be tried again.
        RetryScheduled { host: HostIndex, step: StepIndex, at: Timestamp }
        /// A step failed for good.
        StepFailed {
            host: HostIndex,
            step: StepIndex,
            /// How the host run will end.
            outcome: HostOutcome,
            /// In words.
            error: Arc<str>,
            /// Whether the completed steps are taken back.
            undo: bool,
        }
        /// A host's workflow ended.
        HostRunFinished { host: HostIndex, outcome: HostOutcome }
        /// All hosts of a batch are settled and its thresholds hold; it is watched until then.
        BakeStarted { batch: BatchIndex, until: Timestamp }
        /// A batch was watched long enough.
        BakeFinished { batch: BatchIndex }
        /// A person has to agree before the next batch opens.
        ApprovalAsked {
            batch: BatchIndex,
            #[serde(default, skip_serializing_if = "Option::is_none")]
            expires: Option<Timestamp>,
        }
        /// A person agreed.
        BatchApproved {
            batch: BatchIndex,
            by: Arc<str>,
            plan_hash: Arc<str>,
            #[serde(default, skip_serializing_if = "is_nothing")]
            reason: Arc<str>,
        }
        /// Nobody agreed in time. The question still stands.
        ApprovalExpired { batch: BatchIndex }
        /// The next batch may open.
        GatePassed { batch: BatchIndex }
        /// A threshold was exceeded.
        GateHeld { batch: BatchIndex, breach: Breach }
        /// Nobody new is admitted.
        JobHeld { why: HoldReason }
        /// Hosts are admitted again.
        JobResumed {
            by: Arc<str>,
            #[serde(default, skip_serializing_if = "is_nothing")]
            reason: Arc<str>,
        }
        /// Hosts stop at their next safe point.
        JobDraining { by: Arc<str>, reason: Arc<str> }
        /// Hosts stop at their next safe point, and the job ends.
        JobCancelling { by: Arc<str>, reason: Arc<str> }
        /// Running scripts are signalled, too.
        JobKilled { by: Arc<str>, reason: Arc<str>, signal: Signal }
        /// Hosts that did not succeed are given another run.
        HostsRetried {
            hosts: Vec<HostIndex>,
            from: RetryFrom,
            by: Arc<str>,
            #[serde(default, skip_serializing_if = "is_nothing")]
            reason: Arc<str>,
        }
        /// A person took over hosts that are out of service or in doubt.
        HostsAccepted { hosts: Vec<HostIndex>, by: Arc<str>, reason: Arc<str> }
        /// Nothing more will happen by itself, but hosts need a person.
        JobSettled {}
        /// The job ended.
        JobFinished { outcome: JobOutcome }
    }
}

events! {
    /// What happens to the templates and actions. Stream `library`.
    LibraryEvent {
        /// A version of a template was put in place.
        TemplateApplied {
            template: Arc<Template>,
            version: u32,
            /// The text as its author wrote it.
            source: Arc<str>,
            /// The pack that it came with; none for one that a person has applied.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pack: Option<Arc<str>>,
            /// Who applied it; events of before this was kept do not say.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            by: Option<Arc<str>>,
        }
        /// A template was taken away. Its jobs are not touched.
        TemplateRemoved {
            template: TemplateName,
            /// By whom; events of before this was kept do not say.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            by: Option<Arc<str>>,
            /// Why, where a reason was given.
            #[serde(default, skip_serializing_if = "is_nothing")]
            reason: Arc<str>,
        }
        /// A version of a pack was put in place, with all its actions.
        PackInstalled { pack: Arc<str>, version: Arc<str>, actions: Vec<Arc<Action>> }
    }
}

events! {
    /// What happens to the schedules. Stream `schedule/<id>`.
    ScheduleEvent {
        /// A schedule was put in place.
        ScheduleCreated { spec: Arc<ScheduleSpec>, from: Timestamp, by: Arc<str> }
        /// What a schedule is made of was changed. Moments up to `from` are answered; those after it are the new ones.
        ScheduleChanged {
            spec: Arc<ScheduleSpec>,
            from: Timestamp,
            by: Arc<str>,
            #[serde(default, skip_serializing_if = "is_nothing")]
            reason: Arc<str>,
        }
        /// From now on the moments of a schedule are skipped.
        SchedulePaused {
            by: Arc<str>,
            #[serde(default, skip_serializing_if = "is_nothing")]
            reason: Arc<str>,
        }
        /// The moments of a schedule create jobs again.
        ScheduleResumed {
            by: Arc<str>,
            #[serde(default, skip_serializing_if = "is_nothing")]
            reason: Arc<str>,
        }
        /// A schedule was taken away.
        ScheduleDeleted {
            by: Arc<str>,
            #[serde(default, skip_serializing_if = "is_nothing")]
            reason: Arc<str>,
        }
        /// A schedule's moment came and a job was created.
        ScheduleFired { nominal: Timestamp, job: JobId }
        /// A schedule's moment came while its last job still ran; the job is created when that one ends.
        ScheduleQueued { nominal: Timestamp }
        /// A schedule's moment came and no job was created.
        ScheduleSkipped {
            nominal: Timestamp,
            /// In words.
            why: Arc<str>,
            /// As a value, where it was the schedule's own doing.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            cause: Option<Skipped>,
        }
    }
}

events! {
    /// What happens to the inventory. Stream `inventory`.
    InventoryEvent {
        /// Hosts were added or changed, and others removed.
        InventoryChanged { source: Arc<str>, put: Vec<Arc<Host>>, removed: Vec<HostName> }
    }
}

events! {
    /// Who may ask, and who acted. Stream `access`.
    AccessEvent {
        /// An access token was made. Only the SHA-256 of its secret is kept, in hex.
        TokenCreated { token: TokenId, name: Arc<str>, hash: Arc<str> }
        /// An access token was taken back.
        TokenRevoked { token: TokenId }
        /// Somebody has signed in with a token, until then at most. Only the SHA-256 of the session's secret is kept, in hex.
        SessionOpened { token: TokenId, hash: Arc<str>, until: Timestamp }
        /// A session has ended before its time.
        SessionClosed { hash: Arc<str> }
        /// A server process took the log over. Hosts refuse controllers of an earlier epoch.
        ServerStarted { epoch: u64, version: Arc<str> }
        /// The log was restored from a backup. Hosts may have seen controllers that it does not know of: the epoch of the
        /// next one is greater than this, and than theirs.
        BackupRestored { epoch: u64 }
        /// The disk has less room, or more again.
        RoomChanged { room: Room, free_percent: u32 }
    }
}

fn is_nothing(text: &Arc<str>) -> bool {
    text.is_empty()
}

fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// The moment of a schedule that created a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Due {
    /// The schedule.
    pub schedule: ScheduleId,
    /// The moment it was due, which with the schedule is the key that makes one job of it.
    pub nominal: Timestamp,
}

/// What a person says became of an attempt in doubt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Verdict {
    /// It took effect: go on with the next step.
    Succeeded,
    /// It failed for good.
    Failed,
    /// Run it again.
    RunAgain,
}

/// Where a retried host's workflow begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum RetryFrom {
    /// At the step that failed, where its action may be repeated; otherwise at the start.
    #[default]
    FailedStep,
    /// At the first step.
    Start,
}

/// A recorded fact and the stream it belongs to.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// About one job.
    Job(JobId, JobEvent),
    /// About templates and actions.
    Library(LibraryEvent),
    /// About one schedule.
    Schedule(ScheduleId, ScheduleEvent),
    /// About the managed servers.
    Inventory(InventoryEvent),
    /// About access, and about the server itself.
    Access(AccessEvent),
}

/// The longest payload an event may have, in bytes: no log has to take a longer one.
pub const LONGEST_PAYLOAD: usize = 32 << 20;

/// The version of the payload schema that is written now.
pub const SCHEMA: u16 = 1;

/// The names of all events, by the kind of stream they are recorded in.
pub const KINDS: &[&[&str]] =
    &[JobEvent::KINDS, ScheduleEvent::KINDS, LibraryEvent::KINDS, InventoryEvent::KINDS, AccessEvent::KINDS];

impl Event {
    /// The stream's name in the log.
    pub fn stream(&self) -> String {
        match self {
            Event::Job(job, _) => format!("job/{job}"),
            Event::Library(_) => "library".to_owned(),
            Event::Schedule(schedule, _) => format!("schedule/{schedule}"),
            Event::Inventory(_) => "inventory".to_owned(),
            Event::Access(_) => "access".to_owned(),
        }
    }

    /// The event's name in the log.
    pub fn kind(&self) -> &'static str {
        match self {
            Event::Job(_, event) => event.kind(),
            Event::Library(event) => event.kind(),
            Event::Schedule(_, event) => event.kind(),
            Event::Inventory(event) => event.kind(),
            Event::Access(event) => event.kind(),
        }
    }

    /// The event's payload as JSON.
    pub fn payload(&self) -> Vec<u8> {
        match self {
            Event::Job(_, event) => event.payload(),
            Event::Library(event) => event.payload(),
            Event::Schedule(_, event) => event.payload(),
            Event::Inventory(event) => event.payload(),
            Event::Access(event) => event.payload(),
        }
    }

    /// Reads an event back. `schema` is the version its payload was written with.
    pub fn decode(stream: &str, kind: &str, schema: u16, payload: &[u8]) -> Result<Event, Undecodable> {
        let undecodable = |why: String| Undecodable { stream: stream.to_owned(), kind: kind.to_owned(), why };
        if schema != SCHEMA {
            return Err(undecodable(format!("payload schema {schema} is newer than {SCHEMA}; use a newer stagger")));
        }
        let unreadable = |error: serde_json::Error| undecodable(error.to_string());
        let (family, id) = stream.split_once('/').unwrap_or((stream, ""));
        let event = match family {
            "job" => JobEvent::read(kind, payload)
                .map_err(unreadable)?
                .map(|event| Ok(Event::Job(id.parse().map_err(|e| undecodable(format!("{e}")))?, event))),
            "schedule" => ScheduleEvent::read(kind, payload)
                .map_err(unreadable)?
                .map(|event| Ok(Event::Schedule(id.parse().map_err(|e| undecodable(format!("{e}")))?, event))),
            "library" => LibraryEvent::read(kind, payload).map_err(unreadable)?.map(|event| Ok(Event::Library(event))),
            "inventory" => {
                InventoryEvent::read(kind, payload).map_err(unreadable)?.map(|event| Ok(Event::Inventory(event)))
            }
            "access" => AccessEvent::read(kind, payload).map_err(unreadable)?.map(|event| Ok(Event::Access(event))),
            _ => return Err(undecodable("no such stream is known; use a newer stagger".to_owned())),
        };
        event.unwrap_or_else(|| Err(undecodable("no such event is known; use a newer stagger".to_owned())))
    }
}

/// An event of the log that this version cannot read. Its stream is parked, never skipped.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("event {kind} of stream {stream} cannot be read: {why}")]
pub struct Undecodable {
    /// The stream.
    pub stream: String,
    /// The event's name.
    pub kind: String,
    /// Why not, and what to do.
    pub why: String,
}
