//! The state as of what is durable, on a thread of its own: a second fold of the same events by the same `apply`, each
//! group taken in once it is on disk. Looks and snapshots are served from here, so the engine stands still for nobody.
//!
//! Whoever was told that something is durable finds it here: the engine hands a group on before it tells anybody.
//!
//! Never found here: a decision, or anything that is not on disk yet.

use super::snapshots::Snapshots;
use super::turn::Ended;
use jobs::event::Event;
use jobs::fleet::Fleet;
use jobs::time::Timestamp;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;
use storage::{Position, StoreError};

/// Groups and looks that may wait for the mirror; beyond that the engine, or whoever looks, waits for it.
const INBOX: usize = 1_024;

/// A look at the state as of a durable position.
pub type Look = Box<dyn FnOnce(&Fleet, u64) + Send>;

enum Message {
    Durable(Vec<Happened>, Position),
    Look(Look),
    Stop,
}

/// Events that were decided together, and when.
pub(super) struct Happened {
    /// The time they were recorded with.
    pub(super) at: Timestamp,
    /// The events, in their order.
    pub(super) events: Vec<Event>,
}

/// Looks at the state, from any thread.
#[derive(Clone)]
pub(super) struct Looks(SyncSender<Message>);

impl Looks {
    /// Queues a look.
    pub(super) fn look(&self, look: Look) -> Result<(), Ended> {
        self.0.send(Message::Look(look)).map_err(|_| Ended)
    }
}

/// A mirror whose thread does not run yet: looks may queue already.
pub(super) struct Mirror {
    inbox: SyncSender<Message>,
    messages: Receiver<Message>,
}

impl Mirror {
    pub(super) fn new() -> Mirror {
        let (inbox, messages) = sync_channel(INBOX);
        Mirror { inbox, messages }
    }

    pub(super) fn looks(&self) -> Looks {
        Looks(self.inbox.clone())
    }

    /// Starts the thread over a state that is durable.
    pub(super) fn run(self, fleet: Fleet, position: Position, snapshots: Snapshots) -> Result<Reflection, StoreError> {
        let folded = Folded { fleet, position, snapshots };
        let failed = |why: std::io::Error| StoreError::Stopped { why: format!("no thread for the mirror: {why}") };
        let messages = self.messages;
        let thread =
            std::thread::Builder::new().name("mirror".into()).spawn(move || folded.serve(&messages)).map_err(failed)?;
        Ok(Reflection { inbox: self.inbox, thread })
    }
}

/// The engine's end of a running mirror.
pub(super) struct Reflection {
    inbox: SyncSender<Message>,
    thread: JoinHandle<()>,
}

impl Reflection {
    /// These events are on disk, and the log ends at `position`. Waits while the mirror is far behind.
    pub(super) fn durable(&self, happened: Vec<Happened>, position: Position) {
        // It only ends with the engine, or by a panic that was reported where it happened.
        drop(self.inbox.send(Message::Durable(happened, position)));
    }

    /// Serves the looks that wait, writes a snapshot and ends.
    pub(super) fn stop(self) {
        drop(self.inbox.send(Message::Stop));
        if self.thread.join().is_err() {
            tracing::error!("the mirror's thread ended in a panic; no snapshot was written");
        }
    }
}

struct Folded {
    fleet: Fleet,
    position: Position,
    snapshots: Snapshots,
}

impl Folded {
    fn serve(mut self, messages: &Receiver<Message>) {
        for message in messages {
            match message {
                Message::Durable(happened, position) => self.take_in(&happened, position),
                Message::Look(look) => look(&self.fleet, self.position),
                Message::Stop => return self.snapshots.last(&self.fleet, self.position),
            }
        }
    }

    fn take_in(&mut self, happened: &[Happened], position: Position) {
        for Happened { at, events } in happened {
            events.iter().for_each(|event| jobs::apply(&mut self.fleet, event, *at));
        }
        // What follows, what is to be carried out, and what is to be archived, is the engine's.
        self.fleet.unsettled.clear();
        self.fleet.changes.clear();
        self.fleet.leaving.clear();
        self.position = position;
        self.snapshots.after(&self.fleet, position);
    }
}
