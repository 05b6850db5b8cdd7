//! Snapshots of the state: when one is worth its cost, and its writing on a thread of its own.
//!
//! Without one the log is longer to read at a start, and nothing else: what goes wrong here is only logged.
//! Never found here: reading one (`boot`), or how many are kept (the store).

use super::boot::{SNAPSHOT, SNAPSHOT_SCHEMA};
use jobs::fleet::Fleet;
use std::sync::Arc;
use std::thread::JoinHandle;
use storage::{EventStore, Position, Snapshot};

/// Events between two snapshots for each host run in the state.
const EVENTS_A_HOST_RUN: u64 = 20;
/// The most events between two snapshots: a start reads them in some seconds.
const MOST_BETWEEN: u64 = 2_000_000;

/// Writes snapshots of one state.
pub(super) struct Snapshots {
    store: Arc<dyn EventStore>,
    /// The fewest events between two; none is ever written without.
    every: Option<u64>,
    last_at: Position,
    writing: Option<JoinHandle<()>>,
}

impl Snapshots {
    /// The newest one is as of `last_at`, or nothing new needs to be kept before it. Without `every` none is written.
    pub(super) fn new(store: Arc<dyn EventStore>, every: Option<u64>, last_at: Position) -> Snapshots {
        Snapshots { store, every, last_at, writing: None }
    }

    /// The state is now as of `position`: begins to write a snapshot of it, if one is due and none is being written.
    pub(super) fn after(&mut self, fleet: &Fleet, position: Position) {
        let is_due = self.is_due(fleet, position);
        if !is_due || self.writing.as_ref().is_some_and(|writing| !writing.is_finished()) {
            return;
        }
        self.last_at = position;
        let (fleet, store) = (fleet.clone(), self.store.clone());
        let thread = std::thread::Builder::new().name("snapshot".into());
        self.writing = match thread.spawn(move || write(&*store, &fleet, position)) {
            Ok(writing) => Some(writing),
            Err(why) => {
                tracing::warn!(position, %why, "no thread for a snapshot");
                None
            }
        };
    }

    /// A snapshot costs as much as the state is large. With so many events between two, it costs each of them the same.
    fn is_due(&self, fleet: &Fleet, position: Position) -> bool {
        let events = position.saturating_sub(self.last_at);
        let host_runs = || fleet.jobs.values().map(|job| job.runs.len()).sum::<usize>() as u64;
        self.every.is_some_and(|every| events >= every) && events >= (EVENTS_A_HOST_RUN * host_runs()).min(MOST_BETWEEN)
    }

    /// The state as of `position` is the last one: waits for what is being written, and writes that.
    pub(super) fn last(self, fleet: &Fleet, position: Position) {
        if let Some(writing) = self.writing
            && writing.join().is_err()
        {
            tracing::error!("the writing of a snapshot ended in a panic");
        }
        if self.every.is_some() && position != self.last_at {
            write(&*self.store, fleet, position);
        }
    }
}

fn write(store: &dyn EventStore, fleet: &Fleet, position: Position) {
    let kept = serde_json::to_vec(fleet).map_err(|why| why.to_string()).and_then(|bytes| {
        let snapshot = Snapshot { schema: SNAPSHOT_SCHEMA, position, bytes };
        store.put_snapshot(SNAPSHOT, &snapshot).map_err(|why| why.to_string())
    });
    if let Err(why) = kept {
        tracing::warn!(position, %why, "no snapshot was written");
    }
}
