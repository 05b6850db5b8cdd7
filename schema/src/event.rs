//! Events: the record of what happened, as the log holds it.
//!
//! Never found here: what an event does.

use crate::backend::{Backend, Edge, EventFilter, EventPage, EventQuery, Fault, Recorded, ToldByPlace, read};
use crate::fault::{backend as backend_of, bad_argument, bad_id, fault};
use crate::id;
use crate::limits::each_once;
use crate::page::{Cursor, Page};
use crate::proof::EventProof;
use crate::scalar::{DateTime, Json, Long};
use crate::sentence::Sentence;
use async_graphql::connection::{self, Connection, CursorType};
use async_graphql::{ComplexObject, Context, Error, ID, InputObject, SimpleObject};
use jobs::event::{self as recorded, JobEvent, LibraryEvent};
use jobs::ids::{BatchIndex, HostIndex, JobId};
use jobs::job::Job;
use jobs::sentence::{self, About, Names};
use std::sync::OnceLock;

/// How many pages of the log are read for one page of an answer, where few events fit the filter.
const MOST_READS: usize = 20;

/// A recorded fact.
#[derive(SimpleObject, Clone, Debug)]
#[graphql(complex)]
pub struct Event {
    /// Its place in the whole log.
    pub position: Long,
    /// Its stream, such as `job/01KB2Q6V7V4J8QZ0M6T3N5R9XA` or `library`.
    stream: String,
    /// Its place in the stream.
    version: Long,
    /// When it was recorded.
    at: DateTime,
    /// Who caused it: `user:alice`, `token:ci`, `schedule:…`, `system`.
    actor: String,
    /// Where the command came from.
    origin: String,
    /// Its name, such as `HostAdmitted`.
    kind: String,
    /// What it says.
    payload: Json,
    /// As it is read, the first time somebody asks; `None` where this version cannot read it.
    #[graphql(skip)]
    decoded: OnceLock<Option<recorded::Event>>,
}

/// What it says, with the names of what it tells by its place. An event that this version cannot read has none of it.
#[ComplexObject]
impl Event {
    /// What happened, in one sentence for people; its name where it cannot be read.
    #[graphql(complexity = 2)]
    async fn text(&self, ctx: &Context<'_>) -> Result<String, Error> {
        Ok(self.said(ctx).await?.map_or_else(|| self.kind.clone(), |said| said.to_string()))
    }

    /// What happened, to be said in any language; null where it cannot be read.
    #[graphql(complexity = 2)]
    async fn sentence(&self, ctx: &Context<'_>) -> Result<Option<Sentence>, Error> {
        Ok(self.said(ctx).await?.as_ref().map(Sentence::from))
    }

    /// The host it is about, where it is about one.
    #[graphql(complexity = 2)]
    async fn host(&self, ctx: &Context<'_>) -> Result<Option<String>, Error> {
        let Some(host) = self.about().host else { return Ok(None) };
        let told = self.told_by(ctx).await?;
        Ok(told.and_then(|told| told.plan.hosts.get(host.at()).map(|host| host.name.to_string())))
    }

    /// The step it is about, where it is about one.
    #[graphql(complexity = 2)]
    async fn step(&self, ctx: &Context<'_>) -> Result<Option<String>, Error> {
        let Some(step) = self.about().step else { return Ok(None) };
        let told = self.told_by(ctx).await?;
        Ok(told.and_then(|told| told.template.workflow.get(step.at()).map(|step| step.step.to_string())))
    }

    /// The job it happened to, where it happened to one.
    #[graphql(complexity = 2)]
    async fn job(&self, ctx: &Context<'_>) -> Result<Option<EventJob>, Error> {
        let Some(id) = self.job_id() else { return Ok(None) };
        let told = self.told_by(ctx).await?;
        Ok(Some(EventJob { ulid: id.to_string(), template: told.map(|told| told.template.name.to_string()) }))
    }

    /// The batch it is about, as people count, where it is about one.
    async fn batch(&self) -> Option<u32> {
        self.about().batch.map(BatchIndex::number)
    }

    /// The template it is about, where it is about one.
    async fn template(&self) -> Option<String> {
        match self.decoded()? {
            recorded::Event::Library(LibraryEvent::TemplateApplied(it)) => Some(it.template.name.to_string()),
            recorded::Event::Library(LibraryEvent::TemplateRemoved(it)) => Some(it.template.to_string()),
            recorded::Event::Job(_, JobEvent::JobCreated(it)) => Some(it.template.name.to_string()),
            _ => None,
        }
    }

    /// What proves that this record is in the log as it ends now, for whoever makes the hashes again.
    #[graphql(complexity = 100)]
    async fn proof(&self, ctx: &Context<'_>) -> Result<EventProof, Error> {
        let proof = backend_of(ctx)?.prove(self.position.0).await.map_err(fault)?;
        let missing = || fault(Fault::Failed(format!("the log does not reach record {}", self.position.0)));
        proof.map(EventProof::from).ok_or_else(missing)
    }
}

/// The job of an event, as far as lists of events name it.
#[derive(SimpleObject, Clone, Debug)]
pub struct EventJob {
    /// Its 26 letters and digits.
    ulid: String,
    /// The template it was created from; null where this version cannot read that.
    template: Option<String>,
}

impl Event {
    fn job_id(&self) -> Option<JobId> {
        self.stream.strip_prefix("job/")?.parse().ok()
    }

    fn decoded(&self) -> Option<&recorded::Event> {
        let decode = || {
            let payload = serde_json::to_vec(&self.payload.0).ok()?;
            recorded::Event::decode(&self.stream, &self.kind, recorded::SCHEMA, &payload).ok()
        };
        self.decoded.get_or_init(decode).as_ref()
    }

    fn about(&self) -> About {
        self.decoded().map(sentence::about).unwrap_or_default()
    }

    async fn said(&self, ctx: &Context<'_>) -> Result<Option<sentence::Sentence>, Error> {
        let Some(event) = self.decoded() else { return Ok(None) };
        // No sentence names a host or a step of an event that is about neither.
        let told = match sentence::about(event) {
            About { host: None, step: None, .. } => None,
            About { .. } => self.told_by(ctx).await?,
        };
        let names = told.as_ref().map(|told| Names { plan: Some(&told.plan), template: Some(&told.template) });
        Ok(Some(sentence::sentence(event, names.unwrap_or_default())))
    }

    /// What an event of a job tells by its place: of the live state where the job is there, otherwise of its stream.
    async fn told_by(&self, ctx: &Context<'_>) -> Result<Option<ToldByPlace>, Error> {
        let Some(id) = self.job_id() else { return Ok(None) };
        let backend = &**backend_of(ctx)?;
        let told = |job: &Job| ToldByPlace { plan: job.plan.clone(), template: job.template.clone() };
        match read(backend, move |fleet, _| fleet.jobs.get(&id).map(told)).await.map_err(fault)? {
            Some(told) => Ok(Some(told)),
            None => backend.told_by_place(id).await.map_err(fault),
        }
    }
}

impl From<Recorded> for Event {
    fn from(recorded: Recorded) -> Event {
        Event {
            position: Long(recorded.position),
            stream: recorded.stream,
            version: Long(recorded.version),
            at: DateTime(recorded.at),
            actor: recorded.actor,
            origin: recorded.origin,
            kind: recorded.kind,
            payload: async_graphql::Json(recorded.payload),
            decoded: OnceLock::new(),
        }
    }
}

/// Which events. What is not said does not matter.
#[derive(InputObject, Clone, Debug, Default)]
pub struct EventFilterInput {
    /// The beginning of the stream's name, such as `job/`.
    stream: Option<String>,
    /// Names of events.
    kinds: Option<Vec<String>>,
    /// The actor in full, such as `user:alice`.
    actor: Option<String>,
    /// A host the event is about.
    host: Option<String>,
    /// The job it happened to, by its id or its 26 letters and digits. Reads that job's events alone.
    job: Option<ID>,
    /// Recorded at this moment or later.
    from: Option<DateTime>,
    /// Recorded before this moment.
    to: Option<DateTime>,
}

impl EventFilterInput {
    /// What is asked for; an error where it could match nothing because of a name or an id that is none.
    pub fn read(self) -> Result<EventFilter, Error> {
        let kinds = each_once("kinds", self.kinds.unwrap_or_default(), kinds_known().count())?;
        if let Some(unknown) = kinds.iter().find(|kind| !kinds_known().any(|known| known == kind.as_str())) {
            return Err(bad_argument(format!("no event is called {unknown:?}; `eventKinds` lists their names")));
        }
        Ok(EventFilter {
            stream: self.stream,
            kinds,
            actor: self.actor,
            host: self.host.map(|host| host.into()),
            job: self.job.map(|job| id::job(&job)).transpose().map_err(bad_id)?,
            from: self.from.map(|from| from.0),
            to: self.to.map(|to| to.0),
        })
    }
}

/// Every name an event may have, those of one kind of stream together.
pub fn kinds_known() -> impl Iterator<Item = &'static str> {
    recorded::KINDS.iter().flat_map(|kinds| kinds.iter().copied())
}

/// The event at a position of the log, if the log reaches it.
pub async fn at(backend: &dyn Backend, position: u64) -> Result<Option<Event>, Error> {
    let Some(before) = position.checked_sub(1) else { return Ok(None) };
    let query = EventQuery { edge: Edge::After(before), limit: 1, filter: EventFilter::default() };
    let found = backend.events(query).await.map_err(fault)?.events.pop();
    Ok(found.filter(|event| event.position == position).map(Event::from))
}

/// Events of the whole log that were read together.
#[derive(SimpleObject, Clone, Debug)]
pub struct EventBatch {
    /// The events, oldest first.
    pub events: Vec<Event>,
    /// Up to where the log was looked at. A subscription resumes from here.
    pub position: Long,
}

/// What a page of events says besides the events.
#[derive(SimpleObject, Clone, Debug)]
pub struct Progress {
    /// The cursor to go on from. Unlike `endCursor` it is there for an empty page, too: where few events fit the
    /// filter, a page may be short although there is a next one.
    continue_after: String,
}

/// A page of events.
pub type EventConnection = Connection<Cursor, Event, Progress>;

/// A page of the whole log: oldest first after a position, or newest first before one.
pub async fn of_log(
    backend: &dyn Backend,
    filter: EventFilter,
    newest_first: bool,
    page: Page,
) -> Result<EventConnection, Error> {
    let after = page.after_key::<u64>()?;
    let mut edge = match newest_first {
        true => Edge::Before(after.unwrap_or(u64::MAX)),
        false => Edge::After(after.unwrap_or(0)),
    };
    let mut events = Vec::new();
    let mut end = false;
    for _ in 0..MOST_READS {
        let limit = page.limit - events.len();
        let read = backend.events(EventQuery { edge, limit, filter: filter.clone() }).await.map_err(fault)?;
        edge = continued(edge, &read);
        events.extend(read.events);
        end = read.end;
        if end || events.len() >= page.limit {
            break;
        }
    }
    let (Edge::After(seen) | Edge::Before(seen)) = edge;
    Ok(connection(events, |event| event.position.0, seen, !end, page.after.is_some()))
}

fn continued(edge: Edge, read: &EventPage) -> Edge {
    match edge {
        Edge::After(_) => Edge::After(read.seen),
        Edge::Before(_) => Edge::Before(read.seen),
    }
}

/// A page of one stream, oldest first; only events about `host` where one is given.
pub async fn of_stream(
    backend: &dyn Backend,
    stream: String,
    host: Option<HostIndex>,
    page: Page,
) -> Result<EventConnection, Error> {
    let after = page.after_key::<u64>()?.unwrap_or(0);
    let mut events = backend.stream_events(stream, after, page.limit + 1, host).await.map_err(fault)?;
    let has_next = events.len() > page.limit;
    events.truncate(page.limit);
    let seen = events.last().map_or(after, |event| event.version);
    Ok(connection(events, |event| event.version.0, seen, has_next, page.after.is_some()))
}

/// A page with what was read for it; `seen` is the key to go on from.
pub fn connection(
    events: Vec<Recorded>,
    key: impl Fn(&Event) -> u64,
    seen: u64,
    has_next: bool,
    has_previous: bool,
) -> EventConnection {
    let progress = Progress { continue_after: Cursor(seen.to_string()).encode_cursor() };
    let mut page = Connection::with_additional_fields(has_previous, has_next, progress);
    let edge = |event: Event| connection::Edge::new(Cursor(key(&event).to_string()), event);
    page.edges.extend(events.into_iter().map(Event::from).map(edge));
    page
}
