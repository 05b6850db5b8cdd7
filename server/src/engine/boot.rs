//! From the log to the state: the newest snapshot that verifies, then every event after it, by the one `apply`.
//!
//! Never found here: a rule for the time after a crash. What is in force after the fold is issued again, that is all.

use super::journal::{event_of, record_of};
use super::starts::Starts;
use jobs::event::{AccessEvent, BackupRestored, Event, ServerStarted, Undecodable};
use jobs::fleet::Fleet;
use jobs::ids::JobId;
use jobs::job::Job;
use jobs::time::Timestamp;
use std::collections::BTreeMap;
use storage::{EventStore, Group, Position, StoreError};

/// The shape of a snapshot's bytes; another number is passed over and the log is read instead.
pub(super) const SNAPSHOT_SCHEMA: u32 = 3;
/// The name of the state's snapshots in the store.
pub(super) const SNAPSHOT: &str = "fleet";
/// How many records are read at once.
const PAGE: usize = 4_096;

/// The state as of a position.
pub struct Booted {
    /// The state.
    pub fleet: Fleet,
    /// The last position folded in.
    pub position: Position,
    /// When that was recorded.
    pub at: Timestamp,
    /// Streams with an event that this version cannot read. Their jobs stand still.
    pub parked: BTreeMap<String, Undecodable>,
}

/// Why the state could not be read.
#[derive(Debug, thiserror::Error)]
pub enum BootError {
    /// The store does not answer.
    #[error("the log cannot be read")]
    Store(#[from] StoreError),
    /// Something all jobs rest on cannot be read.
    #[error("the log holds something this version does not know: {0}; use the version of stagger that wrote it")]
    Undecodable(#[from] Undecodable),
}

/// Folds the log up to and including `until`, or all of it. `use_snapshot` starts from the newest snapshot.
pub fn fold(store: &dyn EventStore, until: Until, use_snapshot: bool) -> Result<Booted, BootError> {
    let mut booted = start(store, use_snapshot)?;
    loop {
        let page = store.read(booted.position, PAGE)?;
        if page.is_empty() {
            break;
        }
        for envelope in &page {
            if until.is_before(envelope.position, envelope.record.recorded_at_ms) {
                return Ok(booted);
            }
            take_in(&mut booted, &envelope.record)?;
            booted.position = envelope.position;
            booted.at = Timestamp(envelope.record.recorded_at_ms);
        }
    }
    Ok(booted)
}

/// Folds the stream of one job up to and including `until`, or all of it, with the starts of servers in between; `None`
/// where there is no such job by then. The log alone is read: what a snapshot says is not believed.
pub fn fold_job(store: &dyn EventStore, id: JobId, until: Until) -> Result<Option<Job>, BootError> {
    let (stream, mut version, mut position) = (format!("job/{id}"), 0, 0);
    let mut starts = Starts::default();
    starts.catch_up(store)?;
    let mut fleet = Fleet::default();
    'log: loop {
        let page = store.read_stream(&stream, version, PAGE)?;
        let Some(last) = page.last() else { break };
        version = last.version;
        for envelope in &page {
            if until.is_before(envelope.position, envelope.record.recorded_at_ms) {
                break 'log;
            }
            let (event, at) = event_of(&envelope.record)?;
            starts.apply(&mut fleet, position, envelope.position, Until::End);
            jobs::apply(&mut fleet, &event, at);
            fleet.changes.clear();
            position = envelope.position;
        }
    }
    starts.apply(&mut fleet, position, Position::MAX, until);
    Ok(fleet.jobs.remove(&id))
}

/// How far to fold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// All of the log.
    End,
    /// Up to and including this position.
    Position(Position),
    /// Up to and including what was recorded at this moment.
    Moment(Timestamp),
}

impl Until {
    /// Whether a record comes after it.
    pub fn is_before(self, position: Position, recorded_at_ms: u64) -> bool {
        match self {
            Until::End => false,
            Until::Position(last) => position > last,
            Until::Moment(last) => recorded_at_ms > last.0,
        }
    }
}

fn start(store: &dyn EventStore, use_snapshot: bool) -> Result<Booted, BootError> {
    let empty = Booted { fleet: Fleet::default(), position: 0, at: Timestamp(0), parked: BTreeMap::new() };
    if !use_snapshot {
        return Ok(empty);
    }
    let Some(snapshot) = store.newest_snapshot(SNAPSHOT, SNAPSHOT_SCHEMA)? else { return Ok(empty) };
    match serde_json::from_slice::<Fleet>(&snapshot.bytes) {
        Ok(mut fleet) => {
            fleet.revive();
            Ok(Booted { fleet, position: snapshot.position, ..empty })
        }
        Err(why) => {
            tracing::warn!(position = snapshot.position, %why, "a snapshot cannot be read; the log is read instead");
            Ok(empty)
        }
    }
}

fn take_in(booted: &mut Booted, record: &storage::Record) -> Result<(), Undecodable> {
    if booted.parked.contains_key(&*record.stream) {
        return Ok(());
    }
    match event_of(record) {
        Ok((event, at)) => jobs::apply(&mut booted.fleet, &event, at),
        Err(undecodable) => park(booted, undecodable)?,
    }
    // Nobody carries out what came and went before the end of the log, and what was archived is in the archive.
    booted.fleet.changes.clear();
    booted.fleet.leaving.clear();
    Ok(())
}

/// Takes the log over: records that a server process has begun, with an epoch greater than any before it. Hosts turn
/// away controllers of an earlier epoch.
pub fn take_over(
    booted: &mut Booted,
    store: &dyn EventStore,
    now: Timestamp,
    version: &str,
) -> Result<u64, StoreError> {
    let epoch = booted.fleet.epoch + 1;
    let started = Event::Access(AccessEvent::ServerStarted(ServerStarted { epoch, version: version.into() }));
    let at = now.max(booted.at);
    let head = store.append(Group::of(vec![record_of(&started, &"system".into(), &"".into(), at)]))?;
    jobs::apply(&mut booted.fleet, &started, at);
    booted.position = head.position;
    Ok(epoch)
}

/// How many server processes may have come after a backup was made, at most.
const EPOCHS_SINCE_BACKUP: u64 = 100_000;

/// Records that this log was restored from a backup: the next server process takes an epoch greater than any that hosts
/// have seen since the backup was made, so that they do not turn it away.
pub fn restored(store: &dyn EventStore, now: Timestamp) -> Result<(), BootError> {
    let booted = fold(store, Until::End, true)?;
    let event = BackupRestored { epoch: booted.fleet.epoch + EPOCHS_SINCE_BACKUP };
    let event = Event::Access(AccessEvent::BackupRestored(event));
    store.append(Group::of(vec![record_of(&event, &"system".into(), &"restore".into(), now.max(booted.at))]))?;
    Ok(())
}

/// Takes a job with an unreadable event out of the state. Its leases stay: its scripts may still run on those hosts, so no
/// other job may change them. Any other stream carries all jobs, so it stops the start.
fn park(booted: &mut Booted, undecodable: Undecodable) -> Result<(), Undecodable> {
    let job: Option<JobId> = undecodable.stream.strip_prefix("job/").and_then(|id| id.parse().ok());
    let Some(job) = job else { return Err(undecodable) };
    tracing::error!(%job, why = %undecodable, "the job is parked");
    booted.fleet.jobs.remove(&job);
    booted.fleet.ended.retain(|ended| *ended != job);
    booted.fleet.unsettled.remove(&job);
    booted.fleet.deadlines.retain(|(_, deadline)| !deadline.is_of(job));
    booted.parked.insert(undecodable.stream.clone(), undecodable);
    Ok(())
}

/// Every event of a page of the log, for whoever shows the log.
pub fn recorded(envelope: &storage::Envelope) -> Result<(Event, Timestamp), Undecodable> {
    event_of(&envelope.record)
}
