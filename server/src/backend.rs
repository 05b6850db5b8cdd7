//! Presents the engine and its store to `schema`: the one implementation of `schema::Backend` that serves.
//!
//! Never found here: GraphQL, or a rule about jobs.

mod log;
mod plans;
mod queue;

use crate::access::Secret;
use crate::archive::{Archive, ArchiveError, PastRun};
use crate::engine::{self, Clock, Ended, Engine, Submission, output_key};
use crate::replay::{Past, Replays};
use crate::verification::Verifier;
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, ready};
use jobs::command::Fresh;
use jobs::digest::{Digest, EndedRun, LabelDigest};
use jobs::fleet::Fleet;
use jobs::history::History;
use jobs::ids::{AttemptId, HostIndex, HostName, JobId, TemplateName};
use jobs::job::Job;
use jobs::time::Timestamp;
use plans::Plans;
use queue::Queue;
use schema::backend::{
    Accepted, ArchivedRun, Backend, EndedAfter, EventPage, EventQuery, Fault, Look, OutputRange, OutputStream, PastJob,
    Proof, Recorded, Refusal, Request, StreamQuery, ToldByPlace, Until, Verification,
};
use sha2::{Digest as _, Sha256};
use std::sync::{Arc, Mutex, PoisonError};
use storage::{EventStore, InclusionProof, Pipe, ViewChange};
use tokio::sync::{oneshot, watch};

/// Views: idempotency keys. The key is the SHA-256 of actor and key, the value the id of the job that was created, or
/// nothing.
const IDEMPOTENCY: &[u8; 2] = b"ik";

/// Folds of jobs, and other reads of much of the archive, that go on at once.
const FOLDS_AT_ONCE: usize = 2;
/// Searches through the log that go on at once.
const SEARCHES_AT_ONCE: usize = 2;

/// The engine and its store, as `schema` sees them.
pub struct EngineBackend {
    engine: Engine,
    store: Arc<dyn EventStore>,
    archive: Arc<Archive>,
    replays: Arc<Replays>,
    plans: Arc<Plans>,
    folds: Queue,
    searches: Queue,
    verifier: Verifier,
    clock: Arc<dyn Clock>,
    ids: Mutex<ulid::Generator>,
    /// Requests with an idempotency key go one after the other, so that a key is never looked up twice at once.
    keyed: tokio::sync::Mutex<()>,
}

impl EngineBackend {
    /// Over a running engine and the store it writes to.
    pub fn new(engine: Engine, store: Arc<dyn EventStore>, clock: Arc<dyn Clock>) -> EngineBackend {
        EngineBackend {
            engine,
            archive: Arc::new(Archive::over(store.clone())),
            replays: Arc::new(Replays::over(store.clone())),
            plans: Arc::new(Plans::over(store.clone())),
            folds: Queue::of(FOLDS_AT_ONCE),
            searches: Queue::of(SEARCHES_AT_ONCE),
            verifier: Verifier::of(store.clone()),
            store,
            clock,
            ids: Mutex::new(ulid::Generator::new()),
            keyed: tokio::sync::Mutex::new(()),
        }
    }

    async fn submit_once(&self, request: Request, views: Vec<ViewChange>) -> Result<Accepted, Refusal> {
        let job = request.command.body.creates();
        let (reply, answer) = oneshot::channel();
        let submission = Submission { command: request.command, origin: request.origin, views, reply: Some(reply) };
        self.engine.submit(submission).await.map_err(ended)?;
        let durable = answer.await.map_err(|_| ended(Ended))?.map_err(Refusal::Rejected)?;
        Ok(Accepted { position: durable.position, duplicate: false, job })
    }

    async fn submit_keyed(&self, request: Request, key: &str) -> Result<Accepted, Refusal> {
        let view = idempotency_view(&request, key);
        let _alone = self.keyed.lock().await;
        if let Some(job) = self.store.view(&view).map_err(unreadable)? {
            let job = std::str::from_utf8(&job).ok().and_then(|id| id.parse().ok());
            return Ok(Accepted { position: *self.engine.durable().borrow(), duplicate: true, job });
        }
        let job = request.command.body.creates().map(|job| job.to_string()).unwrap_or_default();
        self.submit_once(request, vec![ViewChange::Put(view, job.into_bytes())]).await
    }
}

fn idempotency_view(request: &Request, key: &str) -> Vec<u8> {
    let mut hash = Sha256::new();
    hash.update(request.command.actor.0.as_bytes());
    hash.update([0]);
    hash.update(key.as_bytes());
    [&IDEMPOTENCY[..], &hash.finalize()].concat()
}

fn ended(ended: Ended) -> Fault {
    Fault::Failed(ended.to_string())
}

fn unanswered(why: ArchiveError) -> Fault {
    Fault::Failed(why.to_string())
}

fn not_folded(why: engine::BootError) -> Fault {
    Fault::Failed(why.to_string())
}

fn unreadable(why: storage::StoreError) -> Fault {
    Fault::Failed(why.to_string())
}

impl Backend for EngineBackend {
    fn submit(&self, request: Request) -> BoxFuture<'_, Result<Accepted, Refusal>> {
        async move {
            match request.key.clone() {
                Some(key) => self.submit_keyed(request, &key).await,
                None => self.submit_once(request, Vec::new()).await,
            }
        }
        .boxed()
    }

    fn look(&self, look: Look) -> Result<(), Fault> {
        self.engine.look(look).map_err(ended)
    }

    fn archived(&self, job: JobId) -> BoxFuture<'_, Result<Option<Arc<Fleet>>, Fault>> {
        if let Some(known) = self.archive.remembered(job) {
            return ready(Ok(Some(known))).boxed();
        }
        let archive = self.archive.clone();
        self.folds.read(move || archive.whole(job).map_err(unanswered)).boxed()
    }

    fn told_by_place(&self, job: JobId) -> BoxFuture<'_, Result<Option<ToldByPlace>, Fault>> {
        if let Some(known) = self.plans.remembered(job) {
            return ready(Ok(Some(known))).boxed();
        }
        let plans = self.plans.clone();
        self.folds.read(move || plans.of(job)).boxed()
    }

    fn archive(&self, before: Option<JobId>, limit: usize) -> BoxFuture<'_, Result<Vec<Job>, Fault>> {
        let archive = self.archive.clone();
        blocking(move || archive.summaries(before, limit).map_err(unanswered)).boxed()
    }

    fn summaries(&self, jobs: Vec<JobId>) -> BoxFuture<'_, Result<Vec<Job>, Fault>> {
        let archive = self.archive.clone();
        self.folds.read(move || archive.summaries_of(&jobs).map_err(unanswered)).boxed()
    }

    fn archived_places(&self, host: HostName) -> BoxFuture<'_, Result<Vec<(JobId, HostIndex)>, Fault>> {
        let archive = self.archive.clone();
        self.folds.read(move || archive.places(&host).map_err(unanswered)).boxed()
    }

    fn archived_runs(
        &self,
        host: HostName,
        before: Option<JobId>,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<ArchivedRun>, Fault>> {
        let archive = self.archive.clone();
        let present = |PastRun { job, index, run }| ArchivedRun { job, index, run };
        let read =
            move || Ok(archive.runs(&host, before, limit).map_err(unanswered)?.into_iter().map(present).collect());
        blocking(read).boxed()
    }

    fn digests(&self, from: EndedAfter, limit: usize) -> BoxFuture<'_, Result<Vec<Digest>, Fault>> {
        let archive = self.archive.clone();
        self.folds.read(move || archive.digests(from, limit).map_err(unanswered)).boxed()
    }

    fn label_digests(
        &self,
        label: String,
        from: EndedAfter,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<LabelDigest>, Fault>> {
        let archive = self.archive.clone();
        self.folds.read(move || archive.label_digests(&label, from, limit).map_err(unanswered)).boxed()
    }

    fn undigested(&self) -> BoxFuture<'_, Result<u32, Fault>> {
        let archive = self.archive.clone();
        self.folds.read(move || archive.undigested().map_err(unanswered)).boxed()
    }

    fn last_runs(
        &self,
        template: TemplateName,
        hosts: Vec<HostName>,
    ) -> BoxFuture<'_, Result<Vec<Vec<EndedRun>>, Fault>> {
        let archive = self.archive.clone();
        self.folds.read(move || archive.last_runs(&template, &hosts).map_err(unanswered)).boxed()
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn fresh_job(&self) -> Fresh {
        Fresh { job: JobId(self.fresh_id()), seed: ulid::Ulid::generate().random() as u64 }
    }

    fn fresh_id(&self) -> ulid::Ulid {
        let mut ids = self.ids.lock().unwrap_or_else(PoisonError::into_inner);
        // Only fails when 2^80 ids were given out in one millisecond; then a random one is as good.
        ids.generate().unwrap_or_else(|_| ulid::Ulid::generate())
    }

    fn fresh_secret(&self) -> Result<schema::backend::Secret, Fault> {
        let secret = Secret::generate().map_err(|why| Fault::Failed(why.to_string()))?;
        Ok(schema::backend::Secret { text: secret.reveal().to_owned(), hash: secret.hash().into() })
    }

    fn durable(&self) -> watch::Receiver<u64> {
        self.engine.durable()
    }

    fn events(&self, query: EventQuery) -> BoxFuture<'_, Result<EventPage, Fault>> {
        log::page(self, query).boxed()
    }

    fn stream_events(
        &self,
        stream: String,
        after_version: u64,
        limit: usize,
        host: Option<HostIndex>,
    ) -> BoxFuture<'_, Result<Vec<Recorded>, Fault>> {
        let store = self.store.clone();
        self.searches.read(move || log::stream(&*store, &stream, after_version, limit, host)).boxed()
    }

    fn stream_back(&self, query: StreamQuery) -> BoxFuture<'_, Result<EventPage, Fault>> {
        let store = self.store.clone();
        let durable = *self.engine.durable().borrow();
        let query = StreamQuery { before: query.before.min(durable + 1), ..query };
        self.searches.read(move || log::stream_back(&*store, &query)).boxed()
    }

    fn newest_positions(&self, streams: Vec<String>, before: u64) -> BoxFuture<'_, Result<Vec<Option<u64>>, Fault>> {
        let store = self.store.clone();
        let before = before.min(*self.engine.durable().borrow() + 1);
        let find = move || streams.iter().map(|stream| log::newest_position(&*store, stream, before)).collect();
        self.searches.read(find).boxed()
    }

    fn output(
        &self,
        job: JobId,
        attempt: AttemptId,
        stream: OutputStream,
        from: u64,
        limit: u64,
    ) -> BoxFuture<'_, Result<OutputRange, Fault>> {
        async move {
            let is_open =
                move |fleet: &jobs::fleet::Fleet, _| fleet.order(jobs::fleet::Effect { job, attempt }).is_some();
            // Asked first: what is read after an attempt has ended is all there will be.
            let open = schema::backend::read(self, is_open).await?;
            let (store, limit) = (self.store.clone(), usize::try_from(limit).unwrap_or(usize::MAX));
            let pipe = match stream {
                OutputStream::Out => Pipe::Out,
                OutputStream::Err => Pipe::Err,
            };
            let read = move || store.read_output(&output_key(job, attempt), pipe, from, limit).map_err(unreadable);
            let slice = blocking(read).await?;
            let end = slice.offset + slice.bytes.len() as u64;
            let complete = !open && end >= slice.total;
            Ok(OutputRange { offset: slice.offset, bytes: slice.bytes, total: slice.total, cut: slice.cut, complete })
        }
        .boxed()
    }

    fn job_at(&self, job: JobId, until: Until) -> BoxFuture<'_, Result<Option<PastJob>, Fault>> {
        let replays = self.replays.clone();
        let until = match until {
            Until::End => engine::Until::End,
            Until::Position(position) => engine::Until::Position(position),
            Until::Moment(moment) => engine::Until::Moment(moment),
        };
        let present = |Past { fleet, last, next }| PastJob { fleet, event: log::recorded(last), next };
        self.folds.read(move || Ok(replays.at(job, until).map_err(not_folded)?.map(present))).boxed()
    }

    fn job_history(&self, job: JobId, slices: usize) -> BoxFuture<'_, Result<Option<Arc<History>>, Fault>> {
        let replays = self.replays.clone();
        self.folds.read(move || replays.history(job, slices).map_err(not_folded)).boxed()
    }

    fn verify_log(&self) -> Result<watch::Receiver<Verification>, Fault> {
        self.verifier.begin()
    }

    fn prove(&self, position: u64) -> BoxFuture<'_, Result<Option<Proof>, Fault>> {
        let store = self.store.clone();
        let present = |proof: InclusionProof| Proof {
            bytes: proof.bytes,
            leaf: proof.leaf,
            index: proof.position - 1,
            path: proof.path,
            size: proof.head.position,
            root: proof.head.root,
        };
        blocking(move || Ok(store.prove(position).map_err(unreadable)?.map(present))).boxed()
    }
}

/// Reads the store beside the async threads.
async fn blocking<T: Send + 'static>(read: impl FnOnce() -> Result<T, Fault> + Send + 'static) -> Result<T, Fault> {
    tokio::task::spawn_blocking(read).await.unwrap_or_else(|why| Err(Fault::Failed(why.to_string())))
}
