//! Jobs as they were: folded from their own streams up to a position or a moment, for whoever looks back.
//!
//! Who drags a slider asks for one moment after the other. States that were folded on the way are kept, as many as few hosts
//! allow, so that going on from a near earlier one folds the difference alone.
//!
//! Never found here: a rule. The fold is the one `apply`; what is worth remembering of it says `jobs::history`.

use crate::engine::{BootError, Starts, Until, recorded};
use jobs::event::Event;
use jobs::fleet::Fleet;
use jobs::history::{Chronicle, History};
use jobs::ids::JobId;
use jobs::time::Timestamp;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use storage::{Envelope, EventStore, Position, StoreError};

/// How many records are read at once.
const PAGE: usize = 4_096;
/// The most states that are kept.
const MOST_KEPT: usize = 16;
/// How many of those may be states that were only looked at.
const MOST_LOOKED_AT: usize = 4;
/// The most hosts that all of them have together; the last one is kept, however many it has.
const MOST_HOSTS: usize = 80_000;
/// While a job is folded, its state is kept this often, at most: going back to anywhere then folds a part of it only.
const STOPS: u64 = 5;
/// Fewer events than this are folded faster than a state is copied.
const LEAST_APART: u64 = 2_000;
/// The most histories that are kept.
const MOST_HISTORIES: usize = 16;

/// A job as it was.
pub struct Past {
    /// A state that holds the job and nothing else.
    pub fleet: Arc<Fleet>,
    /// The last of its events that is folded in.
    pub last: Envelope,
    /// The log's position of the one that comes after it, if there is one.
    pub next: Option<Position>,
}

/// Folds jobs up to where somebody looks.
pub struct Replays {
    store: Arc<dyn EventStore>,
    /// States that were folded last, the newest first.
    kept: Mutex<VecDeque<Kept>>,
    histories: Mutex<VecDeque<KeptHistory>>,
    starts: Mutex<Starts>,
    /// Held while one is folded: who wants the same at the same time waits for that.
    folding: Mutex<()>,
}

#[derive(Clone)]
struct Kept {
    job: JobId,
    /// Of the job's stream; everything up to it is folded in.
    version: u64,
    /// Where the last of that stands in the log; what servers that started later did to the job is not folded in.
    position: Position,
    fleet: Arc<Fleet>,
    /// Whether it was kept on the way to somewhere else, and not because somebody looked at it.
    is_stop: bool,
}

impl Kept {
    /// Before the first event of the job.
    fn nothing_of(job: JobId) -> Kept {
        Kept { job, version: 0, position: 0, fleet: Arc::default(), is_stop: false }
    }
}

struct KeptHistory {
    job: JobId,
    version: u64,
    slices: usize,
    history: Arc<History>,
}

impl Replays {
    /// Over the store that the engine writes to.
    pub fn over(store: Arc<dyn EventStore>) -> Replays {
        let (kept, histories) = (Mutex::default(), Mutex::default());
        Replays { store, kept, histories, starts: Mutex::default(), folding: Mutex::default() }
    }

    /// A job as it was; `None` where there was no such job by then.
    pub fn at(&self, job: JobId, until: Until) -> Result<Option<Past>, BootError> {
        let stream = Stream { store: &*self.store, name: format!("job/{job}") };
        let Some(last) = stream.last_by(until)? else { return Ok(None) };
        let next = stream.version(last.version + 1)?.map(|next| next.position);
        let mut fleet = self.folded(job, &stream, last.version)?;
        let (after, before) = (last.position, next.unwrap_or(Position::MAX));
        let starts = self.starts()?;
        if starts.are_any(after, before, until) {
            starts.apply(Arc::make_mut(&mut fleet), after, before, until);
        }
        drop(starts);
        Ok(fleet.jobs.contains_key(&job).then_some(Past { fleet, last, next }))
    }

    /// The course of a job in at most so many slices of time; `None` where there is no such job.
    pub fn history(&self, job: JobId, slices: usize) -> Result<Option<Arc<History>>, BootError> {
        let stream = Stream { store: &*self.store, name: format!("job/{job}") };
        let (Some(first), Some(last)) = (stream.version(1)?, stream.last_by(Until::End)?) else { return Ok(None) };
        let _alone = self.folding.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = self.known_history(job, last.version, slices) {
            return Ok(Some(known));
        }
        let mut chronicle = Chronicle::between(recorded_at(&first), recorded_at(&last), slices);
        self.fold(Kept::nothing_of(job), &stream, last.version, &mut |envelope, event, at, fleet| {
            if let Some(job) = fleet.jobs.get(&job) {
                chronicle.take(envelope.position, at, event, job);
            }
        })?;
        let history = Arc::new(chronicle.end());
        let mut histories = self.histories.lock().unwrap_or_else(PoisonError::into_inner);
        histories.retain(|kept| (kept.job, kept.slices) != (job, slices));
        histories.push_front(KeptHistory { job, version: last.version, slices, history: history.clone() });
        histories.truncate(MOST_HISTORIES);
        Ok(Some(history))
    }

    fn known_history(&self, job: JobId, version: u64, slices: usize) -> Option<Arc<History>> {
        let histories = self.histories.lock().unwrap_or_else(PoisonError::into_inner);
        let known = |kept: &&KeptHistory| (kept.job, kept.version, kept.slices) == (job, version, slices);
        histories.iter().find(known).map(|kept| kept.history.clone())
    }

    /// The state after a version of the job's stream, from the nearest one that is kept.
    fn folded(&self, job: JobId, stream: &Stream<'_>, version: u64) -> Result<Arc<Fleet>, BootError> {
        let _alone = self.folding.lock().unwrap_or_else(PoisonError::into_inner);
        let from = self.nearest(job, version).unwrap_or_else(|| Kept::nothing_of(job));
        if from.version == version {
            return Ok(from.fleet);
        }
        let folded = self.fold(from, stream, version, &mut |_, _, _, _| ())?;
        self.keep(folded.clone());
        Ok(folded.fleet)
    }

    /// Folds on from a state up to a version of the job's stream, with the starts of servers in between, and keeps the
    /// state every so often.
    fn fold(
        &self,
        from: Kept,
        stream: &Stream<'_>,
        upto: u64,
        seen: &mut dyn FnMut(&Envelope, &Event, Timestamp, &Fleet),
    ) -> Result<Kept, BootError> {
        let apart = (self.store.stream_version(&stream.name)? / STOPS).max(LEAST_APART);
        let starts = self.starts()?;
        let Kept { job, mut version, mut position, fleet, .. } = from;
        let mut fleet = Arc::unwrap_or_clone(fleet);
        while version < upto {
            let limit = PAGE.min((upto - version) as usize);
            let page = self.store.read_stream(&stream.name, version, limit)?;
            if page.is_empty() {
                break;
            }
            for envelope in &page {
                let (event, at) = recorded(envelope)?;
                starts.apply(&mut fleet, position, envelope.position, Until::End);
                jobs::apply(&mut fleet, &event, at);
                fleet.changes.clear();
                seen(envelope, &event, at, &fleet);
                (version, position) = (envelope.version, envelope.position);
                if version.is_multiple_of(apart) && version < upto {
                    self.keep(Kept { job, version, position, fleet: Arc::new(fleet.clone()), is_stop: true });
                }
            }
        }
        Ok(Kept { job, version, position, fleet: Arc::new(fleet), is_stop: false })
    }

    /// The starts of servers up to now.
    fn starts(&self) -> Result<MutexGuard<'_, Starts>, BootError> {
        let mut starts = self.starts.lock().unwrap_or_else(PoisonError::into_inner);
        starts.catch_up(&*self.store)?;
        Ok(starts)
    }

    fn nearest(&self, job: JobId, version: u64) -> Option<Kept> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let earlier = kept.iter().enumerate().filter(|(_, kept)| kept.job == job && kept.version <= version);
        let (at, _) = earlier.max_by_key(|(_, kept)| kept.version)?;
        let found = kept.remove(at)?;
        kept.push_front(found.clone());
        Some(found)
    }

    fn keep(&self, fresh: Kept) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|old| (old.job, old.version) != (fresh.job, fresh.version));
        kept.push_front(fresh);
        // However much somebody looks around in one place, the way to the others stays short.
        let mut looked_at = 0;
        kept.retain(|kept| {
            looked_at += usize::from(!kept.is_stop);
            kept.is_stop || looked_at <= MOST_LOOKED_AT
        });
        kept.truncate(MOST_KEPT);
        let hosts = |kept: &Kept| kept.fleet.jobs.values().map(|job| job.runs.len()).sum::<usize>();
        while kept.len() > 1 && kept.iter().map(hosts).sum::<usize>() > MOST_HOSTS {
            kept.pop_back();
        }
    }
}

/// The stream of one job.
struct Stream<'a> {
    store: &'a dyn EventStore,
    name: String,
}

impl Stream<'_> {
    fn version(&self, version: u64) -> Result<Option<Envelope>, StoreError> {
        let Some(before) = version.checked_sub(1) else { return Ok(None) };
        Ok(self.store.read_stream(&self.name, before, 1)?.pop())
    }

    /// The last event by then, found by halves: a stream is in the order of the log, and of time.
    fn last_by(&self, until: Until) -> Result<Option<Envelope>, StoreError> {
        let (mut by_then, mut after) = (0, self.store.stream_version(&self.name)? + 1);
        if until == Until::End {
            return self.version(after - 1);
        }
        while after - by_then > 1 {
            let middle = by_then + (after - by_then) / 2;
            let is_later = |it: &Envelope| until.is_before(it.position, it.record.recorded_at_ms);
            match self.version(middle)?.is_none_or(|it| is_later(&it)) {
                true => after = middle,
                false => by_then = middle,
            }
        }
        self.version(by_then)
    }
}

fn recorded_at(envelope: &Envelope) -> Timestamp {
    Timestamp(envelope.record.recorded_at_ms)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::fold_job;
    use jobs::command::{Body, CreateJob, Fresh};
    use jobs::time::Duration;
    use schema::testing::MemoryBackend;
    use schema::{Backend, Edge, EventFilter, EventQuery};
    use serde_json::Value;
    use storage::{Group, MemoryStore, Record};

    /// A job of a thousand hosts of which some fail, among the events of others, as a store has it.
    async fn log() -> (Arc<MemoryStore>, MemoryBackend, JobId) {
        log_of(30).await
    }

    /// The same after so many rounds of answers.
    async fn log_of(rounds: u32) -> (Arc<MemoryStore>, MemoryBackend, JobId) {
        let backend = MemoryBackend::demo(1_000);
        let Fresh { job, seed } = backend.fresh_job();
        let (template, parameters) = ("patch".into(), jobs::parameter::Values::new());
        let create = CreateJob {
            job,
            seed,
            template,
            parameters,
            targets: None,
            policy: None,
            plan_hash: None,
            template_version: None,
            start: true,
            due: None,
        };
        backend.must(Body::CreateJob(Box::new(create)));
        for round in 0..rounds {
            backend.advance(Duration::minutes(1));
            if round == 7 {
                backend.restart();
            }
            for (nth, effect) in backend.in_force().into_iter().enumerate() {
                backend.exit(effect, i32::from(round > 20 && nth % 50 == 0), "broken");
            }
        }
        let store = Arc::new(MemoryStore::new());
        copy(&backend, &store).await;
        (store, backend, job)
    }

    /// Appends to a store what it lacks of the log.
    async fn copy(backend: &MemoryBackend, store: &MemoryStore) {
        let edge = Edge::After(store.head().position);
        let query = EventQuery { edge, limit: usize::MAX, filter: EventFilter::default() };
        let records = backend.events(query).await.expect("a log").events.into_iter().map(|event| Record {
            stream: event.stream.into(),
            kind: event.kind.into(),
            schema: 1,
            recorded_at_ms: event.at.0,
            actor: event.actor.into(),
            origin: event.origin.into(),
            command: [0; 16],
            causation: 0,
            payload: event.payload.to_string().into_bytes(),
        });
        store.append(Group::of(records.collect())).expect("a good group");
    }

    fn shown(fleet: &Fleet, job: JobId) -> Value {
        serde_json::to_value(&fleet.jobs[&job]).expect("JSON")
    }

    #[tokio::test]
    async fn a_job_is_the_same_wherever_one_comes_from() {
        let (store, _, job) = log().await;
        let replays = Replays::over(store.clone());
        let end = store.head().position;
        assert!(end > 4_000, "{end} events");
        for position in [end, 5_000, 5_001, 400, 4_100, 12, end - 1, 4_100, end] {
            let past = replays.at(job, Until::Position(position)).expect("a fold").expect("a job");
            let whole = fold_job(&*store, job, Until::Position(position)).expect("a fold").expect("a job");
            assert_eq!(shown(&past.fleet, job), serde_json::to_value(&whole).expect("JSON"), "at {position}");
            assert!(past.last.position <= position && past.next.is_none_or(|next| next > position));
        }
        assert!(replays.at(job, Until::Position(2)).expect("a fold").is_none(), "there was no such job yet");
        assert!(replays.at(JobId(ulid::Ulid(7)), Until::End).expect("a fold").is_none());
    }

    #[tokio::test]
    async fn a_job_is_as_it_lived_on_however_often_servers_were_started() {
        let (store, backend, job) = log_of(10).await;
        let replays = Replays::over(store.clone());
        let live = |backend: &MemoryBackend| backend.live(|fleet| shown(fleet, job));
        let end = replays.at(job, Until::End).expect("a fold").expect("a job");
        assert_eq!(shown(&end.fleet, job), live(&backend));
        assert!(!backend.in_force().is_empty(), "attempts are open when the next server starts");

        backend.restart();
        copy(&backend, &store).await;
        let inherited = replays.at(job, Until::End).expect("a fold").expect("a job");
        assert_eq!(shown(&inherited.fleet, job), live(&backend));
        let whole = fold_job(&*store, job, Until::End).expect("a fold");
        assert_eq!(serde_json::to_value(whole).expect("JSON"), live(&backend));
        let before = replays.at(job, Until::Position(store.head().position - 1)).expect("a fold").expect("a job");
        assert_eq!(shown(&before.fleet, job), shown(&end.fleet, job), "not before it was started");
    }

    #[tokio::test]
    async fn a_moment_is_everything_that_was_recorded_by_then() {
        let (store, backend, job) = log().await;
        let replays = Replays::over(store.clone());
        for minutes in [1, 7, 30, 99] {
            let moment = schema::testing::BEGINNING + Duration::minutes(minutes);
            let past = replays.at(job, Until::Moment(moment)).expect("a fold").expect("a job");
            let known = backend.job_at(job, schema::backend::Until::Moment(moment)).await.expect("one").expect("a job");
            assert_eq!((past.last.position, past.next), (known.event.position, known.next), "after {minutes} minutes");
            assert_eq!(shown(&past.fleet, job), shown(&known.fleet, job));
        }
    }

    #[tokio::test]
    async fn what_is_kept_stays_within_bounds_and_helps_who_goes_back() {
        let (store, _, job) = log().await;
        let replays = Replays::over(store.clone());
        let end = store.head().position;
        for position in (end - 60..end).rev() {
            replays.at(job, Until::Position(position)).expect("a fold");
        }
        let kept = replays.kept.lock().expect("no panic");
        assert!(kept.len() <= MOST_KEPT && kept.len() * 1_000 <= MOST_HOSTS, "{} states", kept.len());
        assert!(kept.iter().any(|kept| kept.version < end / 2), "stops on the way outlive what was only looked at");
    }

    #[tokio::test]
    async fn a_history_is_the_one_of_the_jobs_own_events_and_is_made_once() {
        let (store, backend, job) = log().await;
        let replays = Replays::over(store);
        let history = replays.history(job, 40).expect("a fold").expect("a job");
        assert_eq!(Some(history.clone()), backend.job_history(job, 40).await.expect("one"));
        assert_eq!(history.slices.len(), 40);
        assert!(Arc::ptr_eq(&history, &replays.history(job, 40).expect("a fold").expect("a job")));
        assert!(replays.history(JobId(ulid::Ulid(7)), 40).expect("a fold").is_none());
    }
}
