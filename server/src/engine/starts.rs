//! The starts of server processes, for whoever folds the stream of one job alone: each of them changes the open attempts of
//! every job, and stands in a stream of its own.
//!
//! Never found here: what a start means for an attempt; that says `apply`.

use super::boot::{BootError, Until};
use super::journal::event_of;
use jobs::event::{AccessEvent, Event, ServerStarted};
use jobs::fleet::Fleet;
use jobs::time::Timestamp;
use storage::{EventStore, Position};

/// How many records are read at once.
const PAGE: usize = 4_096;
const STREAM: &str = "access";

/// All that were read so far, in the order of the log.
#[derive(Default)]
pub struct Starts {
    /// Up to where the stream was read.
    version: u64,
    starts: Vec<(Position, Timestamp, ServerStarted)>,
}

impl Starts {
    /// Reads those that were recorded since.
    pub fn catch_up(&mut self, store: &dyn EventStore) -> Result<(), BootError> {
        loop {
            let page = store.read_stream(STREAM, self.version, PAGE)?;
            let Some(last) = page.last() else { return Ok(()) };
            self.version = last.version;
            for envelope in &page {
                if let (Event::Access(AccessEvent::ServerStarted(started)), at) = event_of(&envelope.record)? {
                    self.starts.push((envelope.position, at, started));
                }
            }
        }
    }

    /// Applies those between two positions, up to and including `until`.
    pub fn apply(&self, fleet: &mut Fleet, after: Position, before: Position, until: Until) {
        for (_, at, started) in self.between(after, before, until) {
            jobs::apply(fleet, &Event::Access(AccessEvent::ServerStarted(started.clone())), *at);
            fleet.changes.clear();
        }
    }

    /// Whether there are any between two positions, up to and including `until`.
    pub fn are_any(&self, after: Position, before: Position, until: Until) -> bool {
        self.between(after, before, until).next().is_some()
    }

    fn between(
        &self,
        after: Position,
        before: Position,
        until: Until,
    ) -> impl Iterator<Item = &(Position, Timestamp, ServerStarted)> {
        let first = self.starts.partition_point(|(position, ..)| *position <= after);
        let wanted = move |(position, at, _): &&(Position, Timestamp, ServerStarted)| {
            *position < before && !until.is_before(*position, at.0)
        };
        self.starts[first..].iter().take_while(wanted)
    }
}
