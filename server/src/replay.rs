//! Jobs as they were: folded from their own streams up to a position or a moment, for whoever looks back.
//!
//! Who drags a slider asks for one moment after the other. States that were folded on the way are kept, as many as few hosts
//! allow, so that going on from a near earlier one folds the difference alone.
//!
//! Never found here: a rule. The fold is the one `apply`; what is worth remembering of it says `jobs::history`.

use crate::engine::{BootError, Until, recorded};
use jobs::event::Event;
use jobs::fleet::Fleet;
use jobs::history::{Chronicle, History};
use jobs::ids::JobId;
use jobs::time::Timestamp;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use storage::{Envelope, EventStore, Position, StoreError};

/// How many records are read at once.
const PAGE: usize = 4_096;
/// The most states that are kept.
const MOST_KEPT: usize = 16;
/// The most hosts that those have together; the last one is kept, however many it has.
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
    /// Held while one is folded: who wants the same at the same time waits for that.
    folding: Mutex<()>,
}

#[derive(Clone)]
struct Kept {
    job: JobId,
    /// Of the job's stream; everything up to it is folded in.
    version: u64,
    fleet: Arc<Fleet>,
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
        Replays { store, kept: Mutex::default(), histories: Mutex::default(), folding: Mutex::default() }
    }

    /// A job as it was; `None` where there was no such job by then.
    pub fn at(&self, job: JobId, until: Until) -> Result<Option<Past>, BootError> {
        let stream = Stream { store: &*self.store, name: format!("job/{job}") };
        let Some(last) = stream.last_by(until)? else { return Ok(None) };
        let next = stream.version(last.version + 1)?.map(|next| next.position);
        let fleet = self.folded(job, &stream, last.version)?;
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
        let mut fleet = Fleet::default();
        self.fold(job, &stream, 0..last.version, &mut fleet, &mut |envelope, event, at, fleet| {
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
        let (from, mut fleet) = match self.nearest(job, version) {
            Some(kept) if kept.version == version => return Ok(kept.fleet),
            Some(kept) => (kept.version, (*kept.fleet).clone()),
            None => (0, Fleet::default()),
        };
        self.fold(job, stream, from..version, &mut fleet, &mut |_, _, _, _| ())?;
        let fleet = Arc::new(fleet);
        self.keep(Kept { job, version, fleet: fleet.clone() });
        Ok(fleet)
    }

    /// Folds the versions after the first up to the last, and keeps the state every so often.
    fn fold(
        &self,
        job: JobId,
        stream: &Stream<'_>,
        versions: std::ops::Range<u64>,
        fleet: &mut Fleet,
        seen: &mut dyn FnMut(&Envelope, &Event, Timestamp, &Fleet),
    ) -> Result<(), BootError> {
        let apart = (self.store.stream_version(&stream.name)? / STOPS).max(LEAST_APART);
        let mut folded = versions.start;
        while folded < versions.end {
            let limit = PAGE.min((versions.end - folded) as usize);
            let page = self.store.read_stream(&stream.name, folded, limit)?;
            if page.is_empty() {
                break;
            }
            for envelope in &page {
                let (event, at) = recorded(envelope)?;
                jobs::apply(fleet, &event, at);
                fleet.changes.clear();
                seen(envelope, &event, at, fleet);
                folded = envelope.version;
                if folded.is_multiple_of(apart) && folded < versions.end {
                    self.keep(Kept { job, version: folded, fleet: Arc::new(fleet.clone()) });
                }
            }
        }
        Ok(())
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
