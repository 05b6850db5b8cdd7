//! The one trait between presenting and acting. The server implements it over engine and storage; `testing` in memory.
//!
//! Never found here: GraphQL, or a rule about jobs.

use futures_util::future::BoxFuture;
use jobs::command::{Actor, Command, Fresh, Rejection};
use jobs::digest::{Digest, EndedRun, LabelDigest};
use jobs::fleet::Fleet;
use jobs::history::History;
use jobs::host_run::HostRun;
use jobs::ids::{AttemptId, HostIndex, HostName, JobId, TemplateName};
use jobs::job::Job;
use jobs::plan::Plan;
use jobs::template::Template;
use jobs::time::{Duration, Timestamp};
use serde_json::Value;
use std::sync::Arc;
use tokio::sync::{oneshot, watch};

/// A closure over the state as of the last durable position, which it is given too. All looks share one thread: it copies
/// what a page needs and leaves.
pub type Look = Box<dyn FnOnce(&Fleet, u64) + Send>;

/// What presenting needs of the rest of Stagger.
pub trait Backend: Send + Sync + 'static {
    /// Hands a command to the engine; answers when its events are durable.
    fn submit(&self, request: Request) -> BoxFuture<'_, Result<Accepted, Refusal>>;

    /// Queues a look at the state. An error means that it will not be run; use [`read`], which returns what was seen.
    fn look(&self, look: Look) -> Result<(), Fault>;

    /// A state that holds one job of the archive, whole, and nothing else; `None` where the archive does not have it.
    fn archived(&self, job: JobId) -> BoxFuture<'_, Result<Option<Arc<Fleet>>, Fault>>;

    /// What the events of a job tell by its place, read from where its stream begins, wherever the job is now: nothing is
    /// folded for it. `None` where there is no such job.
    fn told_by_place(&self, job: JobId) -> BoxFuture<'_, Result<Option<ToldByPlace>, Fault>>;

    /// Jobs of the archive as summaries, newest first: at most `limit` of those with an id less than `before`.
    fn archive(&self, before: Option<JobId>, limit: usize) -> BoxFuture<'_, Result<Vec<Job>, Fault>>;

    /// Those jobs of the archive as summaries, in whatever order; what the archive does not have is left out.
    fn summaries(&self, jobs: Vec<JobId>) -> BoxFuture<'_, Result<Vec<Job>, Fault>>;

    /// Which jobs of the archive had a host, and at which places of their plans, in whatever order.
    fn archived_places(&self, host: HostName) -> BoxFuture<'_, Result<Vec<(JobId, HostIndex)>, Fault>>;

    /// What jobs of the archive did to a host, the newest job first: at most `limit` of those with an id less than
    /// `before`.
    fn archived_runs(
        &self,
        host: HostName,
        before: Option<JobId>,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<ArchivedRun>, Fault>>;

    /// What stays of jobs of the archive that ended at or after a moment: at most `limit` of them, in the order in which
    /// they ended. The next page comes after the last one of this.
    fn digests(&self, from: EndedAfter, limit: usize) -> BoxFuture<'_, Result<Vec<Digest>, Fault>>;

    /// The same by the values of one label; jobs none of whose hosts have it are not there.
    fn label_digests(
        &self,
        label: String,
        from: EndedAfter,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<LabelDigest>, Fault>>;

    /// How many jobs of the archive those two leave out: an earlier version archived them, and they are too many to be
    /// folded again.
    fn undigested(&self) -> BoxFuture<'_, Result<u32, Fault>>;

    /// How the last runs of hosts in archived jobs of a template ended, in the order of `hosts`: of each host the newest
    /// and those before it, up to the first that `jobs::compliance::decides`.
    fn last_runs(
        &self,
        template: TemplateName,
        hosts: Vec<HostName>,
    ) -> BoxFuture<'_, Result<Vec<Vec<EndedRun>>, Fault>>;

    /// The time of the engine's clock.
    fn now(&self) -> Timestamp;

    /// An id and a seed for a job about to be created.
    fn fresh_job(&self) -> Fresh;

    /// An id that was never given out before and sorts after all earlier ones.
    fn fresh_id(&self) -> ulid::Ulid;

    /// A new secret for an access token.
    fn fresh_secret(&self) -> Result<Secret, Fault>;

    /// The durable position, which changes as it grows.
    fn durable(&self) -> watch::Receiver<u64>;

    /// A page of the whole log.
    fn events(&self, query: EventQuery) -> BoxFuture<'_, Result<EventPage, Fault>>;

    /// A page of one stream, oldest first: at most `limit` events with a version greater than `after_version`, only
    /// those about `host` where one is given.
    fn stream_events(
        &self,
        stream: String,
        after_version: u64,
        limit: usize,
        host: Option<HostIndex>,
    ) -> BoxFuture<'_, Result<Vec<Recorded>, Fault>>;

    /// A part of one stream, newest first.
    fn stream_back(&self, query: StreamQuery) -> BoxFuture<'_, Result<EventPage, Fault>>;

    /// Where the newest record of each stream stands before a position of the log, in the order of `streams`; `None` of
    /// those that have none there.
    fn newest_positions(&self, streams: Vec<String>, before: u64) -> BoxFuture<'_, Result<Vec<Option<u64>>, Fault>>;

    /// At most `limit` bytes of what an attempt wrote, from byte `from` on.
    fn output(
        &self,
        job: JobId,
        attempt: AttemptId,
        stream: OutputStream,
        from: u64,
        limit: u64,
    ) -> BoxFuture<'_, Result<OutputRange, Fault>>;

    /// A job as it was, folded from its own events; `None` where there was no such job by then.
    fn job_at(&self, job: JobId, until: Until) -> BoxFuture<'_, Result<Option<PastJob>, Fault>>;

    /// The course of a job in at most so many slices; `None` where there is no such job.
    fn job_history(&self, job: JobId, slices: usize) -> BoxFuture<'_, Result<Option<Arc<History>>, Fault>>;

    /// Begins to verify the whole log, or joins the verification that is under way. What is received changes until it has
    /// a verdict.
    fn verify_log(&self) -> Result<watch::Receiver<Verification>, Fault>;

    /// What proves that the record at a position is in the log; `None` where the log does not reach it.
    fn prove(&self, position: u64) -> BoxFuture<'_, Result<Option<Proof>, Fault>>;
}

/// How far a job is folded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// All there is.
    End,
    /// Up to and including this position of the log.
    Position(u64),
    /// Up to and including what was recorded at this moment.
    Moment(Timestamp),
}

/// A job as it was.
#[derive(Clone)]
pub struct PastJob {
    /// A state that holds the job and nothing else.
    pub fleet: Arc<Fleet>,
    /// The last of its events that is folded in.
    pub event: Recorded,
    /// The log's position of the one that comes after it, if there is one.
    pub next: Option<u64>,
}

/// How far a verification of the log is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verification {
    /// How many records were found good so far.
    pub checked: u64,
    /// How many there were when it began.
    pub of: u64,
    /// How it ended; `None` while it goes on.
    pub verdict: Option<Verdict>,
}

/// How a verification of the log ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The root of the tree over all that was checked, made from the bytes; or what is not as it was written.
    pub root: Result<Hash, Damage>,
    /// How long it took.
    pub took: Duration,
}

/// What is not as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// Where, such as `record 17`.
    pub place: String,
    /// What is wrong there.
    pub why: String,
}

/// A SHA-256.
pub type Hash = [u8; 32];

/// What proves that a record is in the log: RFC 6962, section 2.1.1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// The record's bytes as they are in the log.
    pub bytes: Vec<u8>,
    /// The hash of its leaf: SHA-256 of a zero byte and the bytes.
    pub leaf: Hash,
    /// Its leaf, counted from 0.
    pub index: u64,
    /// The hashes beside the way from the leaf to the root, the lowest first.
    pub path: Vec<Hash>,
    /// How many leaves the tree has.
    pub size: u64,
    /// The root they lead to.
    pub root: Hash,
}

/// What the events of a job tell by its place: the hosts of its plan, the steps of its template.
#[derive(Clone, Debug)]
pub struct ToldByPlace {
    /// The plan as it was sealed.
    pub plan: Arc<Plan>,
    /// The template as it was when the job was created.
    pub template: Arc<Template>,
}

/// After which job that has ended a page begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct EndedAfter {
    /// It ended at or after this moment.
    pub at: Timestamp,
    /// Of those that ended in that very moment, those with an id greater than this; all of them where there is none.
    pub job: Option<JobId>,
}

/// What a job of the archive did to a host.
#[derive(Clone, Debug)]
pub struct ArchivedRun {
    /// A summary of the job.
    pub job: Job,
    /// The host's place in its plan.
    pub index: HostIndex,
    /// The host's way through it.
    pub run: HostRun,
}

/// A command with where it came from.
#[derive(Clone, Debug)]
pub struct Request {
    /// The command.
    pub command: Command,
    /// Where it came from, for the log: an address, `schedule`, a hook's name.
    pub origin: Arc<str>,
    /// An idempotency key. The same key of the same actor sent again is answered as the first time, and does nothing.
    pub key: Option<String>,
}

/// Who sends a request, and from where. It comes in the data of the GraphQL request.
#[derive(Clone, Debug)]
pub struct ActorContext {
    /// Who.
    pub actor: Actor,
    /// From where.
    pub origin: Arc<str>,
}

/// A command was carried out, and its events are durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// The log's position after them.
    pub position: u64,
    /// Whether the idempotency key was seen before, so that nothing was done now.
    pub duplicate: bool,
    /// The job that was created: now, or when the key was first seen.
    pub job: Option<JobId>,
}

/// A command was not carried out.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Refusal {
    /// A normal answer.
    #[error(transparent)]
    Rejected(#[from] Rejection),
    /// Stagger could not answer.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Stagger could not answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The thing, the reason and the next step, in words.
    #[error("{0}")]
    Failed(String),
    /// A cursor points to before what is kept.
    #[error(
        "position {asked} is older than what is kept; the oldest is {oldest}: read from there, or take a new snapshot"
    )]
    Gone {
        /// The position asked for.
        asked: u64,
        /// The oldest that can be read.
        oldest: u64,
    },
}

/// The secret of an access token, before it is forgotten.
#[derive(Clone)]
pub struct Secret {
    /// The secret itself, shown once.
    pub text: String,
    /// Its SHA-256 in hex, which is what is kept.
    pub hash: Arc<str>,
}

/// Which page of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventQuery {
    /// From where, and in which direction.
    pub edge: Edge,
    /// At most this many events.
    pub limit: usize,
    /// Which of them.
    pub filter: EventFilter,
}

/// From where in the log, and in which direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edge {
    /// Positions greater than this, oldest first.
    After(u64),
    /// Positions less than this, newest first.
    Before(u64),
}

/// Which events. What is not said does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventFilter {
    /// The beginning of the stream's name, such as `job/`.
    pub stream: Option<String>,
    /// Names of events.
    pub kinds: Vec<String>,
    /// The actor in full, such as `user:alice`.
    pub actor: Option<String>,
    /// A host the event is about.
    pub host: Option<HostName>,
    /// The job whose stream it is recorded in.
    pub job: Option<JobId>,
    /// Recorded at this moment or later.
    pub from: Option<Timestamp>,
    /// Recorded before this moment.
    pub to: Option<Timestamp>,
}

impl EventFilter {
    /// Whether an event is wanted. `place` says where `host` is in the plan of the job whose event it is, if it is there:
    /// events of jobs name hosts by their place in the plan.
    pub fn matches(&self, event: &Recorded, place: impl FnOnce(&HostName) -> Option<HostIndex>) -> bool {
        self.may_match(&event.stream, &event.kind, &event.actor, event.at)
            && self.host.as_ref().is_none_or(|host| match event.stream.starts_with("job/") {
                true => place(host).is_some_and(|place| event.is_about(place)),
                false => event.names(host),
            })
    }

    /// Whether an event with this head may be wanted: what can be told without reading what it says.
    pub fn may_match(&self, stream: &str, kind: &str, actor: &str, at: Timestamp) -> bool {
        self.stream.as_ref().is_none_or(|prefix| stream.starts_with(prefix.as_str()))
            && self.job.is_none_or(|job| stream == stream_of(job))
            && self.from.is_none_or(|from| at >= from)
            && self.to.is_none_or(|to| at < to)
            && (self.kinds.is_empty() || self.kinds.iter().any(|wanted| wanted == kind))
            && self.actor.as_ref().is_none_or(|wanted| wanted == actor)
    }
}

/// The stream of a job's events.
pub fn stream_of(job: JobId) -> String {
    format!("job/{job}")
}

impl Recorded {
    /// Whether an event of a job is about the host at this place of the plan.
    pub fn is_about(&self, host: HostIndex) -> bool {
        let is = |value: &Value| value.as_u64() == Some(host.0.into());
        let one = |key: &str| self.payload.get(key).is_some_and(is);
        let many = || self.payload.get("hosts").and_then(Value::as_array).is_some_and(|hosts| hosts.iter().any(is));
        one("host") || one("insteadOf") || many()
    }

    /// Whether an event of the inventory puts or removes a host.
    fn names(&self, host: &HostName) -> bool {
        let list = |key: &str| self.payload.get(key).and_then(Value::as_array).into_iter().flatten();
        let put = list("put").filter_map(|put| put.get("name"));
        put.chain(list("removed")).any(|name| name.as_str() == Some(host.as_str()))
    }
}

/// Which part of a stream, newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamQuery {
    /// The stream in full.
    pub stream: String,
    /// Positions greater than this.
    pub after: u64,
    /// Positions less than this.
    pub before: u64,
    /// At most this many events.
    pub limit: usize,
    /// What they are about.
    pub about: About,
}

/// What events of a stream are about: a host, as they name it, or anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum About {
    /// Anything.
    Anything,
    /// By its place in the plan: those of a job.
    Place(HostIndex),
    /// By its name: those of the inventory.
    Named(HostName),
}

impl About {
    /// Whether an event is about it.
    pub fn is_said_by(&self, event: &Recorded) -> bool {
        match self {
            About::Anything => true,
            About::Place(host) => event.is_about(*host),
            About::Named(host) => event.names(host),
        }
    }
}

/// A page of the log.
#[derive(Clone, Debug, Default)]
pub struct EventPage {
    /// The events, in the direction asked for.
    pub events: Vec<Recorded>,
    /// How far the log was looked at: the position the next page goes on from. It may be beyond the last event of
    /// the page, where the events there did not fit the filter.
    pub seen: u64,
    /// Whether the end of the log, or of what was asked for, was reached in that direction.
    pub end: bool,
}

/// An event as it stands in the log.
#[derive(Clone, Debug, PartialEq)]
pub struct Recorded {
    /// Its place in the whole log.
    pub position: u64,
    /// Its stream, such as `job/01KB2Q6V7V4J8QZ0M6T3N5R9XA`.
    pub stream: String,
    /// Its place in the stream.
    pub version: u64,
    /// When it was recorded.
    pub at: Timestamp,
    /// Who caused it.
    pub actor: String,
    /// Where the command came from.
    pub origin: String,
    /// Its name.
    pub kind: String,
    /// What it says.
    pub payload: Value,
}

/// Which output of a script.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OutputStream {
    /// Standard output.
    Out,
    /// Standard error.
    Err,
}

/// A part of what an attempt wrote.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OutputRange {
    /// Where `bytes` begins; greater than what was asked for where that was cut.
    pub offset: u64,
    /// The bytes.
    pub bytes: Vec<u8>,
    /// How many bytes were written so far, kept or not.
    pub total: u64,
    /// The bytes that were not kept because the output was longer than what is kept of one step.
    pub cut: Option<std::ops::Range<u64>>,
    /// Whether the attempt has ended, so that nothing more will come.
    pub complete: bool,
}

/// Looks at the state and returns what was seen. `look` gets the last durable position, too.
pub async fn read<T: Send + 'static>(
    backend: &dyn Backend,
    look: impl FnOnce(&Fleet, u64) -> T + Send + 'static,
) -> Result<T, Fault> {
    let (seen, answer) = oneshot::channel();
    // Nobody waits any more when the request was dropped: then what was seen is dropped, too.
    backend.look(Box::new(move |fleet, position| drop(seen.send(look(fleet, position)))))?;
    answer.await.map_err(|_| Fault::Failed("the engine has ended; start the server again".to_owned()))
}

/// Looks at a job wherever it is: in the state, or in the archive. `look` gets a state that holds the job if there is such
/// a job at all, and the last durable position; what else it holds is not said.
pub async fn read_job<T: Send + 'static>(
    backend: &dyn Backend,
    id: JobId,
    look: impl FnOnce(&Fleet, u64) -> T + Send + 'static,
) -> Result<T, Fault> {
    let live = move |fleet: &Fleet, position| match fleet.jobs.contains_key(&id) {
        true => Ok(look(fleet, position)),
        false => Err((look, position)),
    };
    match read(backend, live).await? {
        Ok(seen) => Ok(seen),
        Err((look, position)) => Ok(look(&backend.archived(id).await?.unwrap_or_default(), position)),
    }
}
