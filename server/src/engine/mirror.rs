//! The state as of what is durable, on a thread of its own: a second fold of the same events by the same `apply`, each
//! group taken in once it is on disk. Looks and snapshots are served from here, so the engine stands still for nobody.
//!
//! Whoever was told that something is durable finds it here: the engine hands a group on before it tells anybody. What
//! was handed on is taken in when somebody looks, or when it has become much, so that a commit wakes no thread for it.
//!
//! Never found here: a decision, or anything that is not on disk yet.

use super::failure::{OnFailure, PanicWatch};
use super::snapshots::Snapshots;
use super::turn::Ended;
use jobs::event::Event;
use jobs::fleet::Fleet;
use jobs::time::Timestamp;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use storage::{Position, StoreError};

/// Looks that may wait for the mirror; beyond that whoever looks waits for it.
const INBOX: usize = 1_024;
/// Commands whose events may wait to be taken in until somebody looks: some milliseconds of work.
const MOST_BEHIND: usize = 2_000;

/// A look at the state as of a durable position.
pub type Look = Box<dyn FnOnce(&Fleet, u64) + Send>;

enum Message {
    CatchUp,
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

/// What is durable and not taken in yet.
#[derive(Default)]
struct Behind {
    happened: Vec<Happened>,
    position: Position,
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
    pub(super) fn run(
        self,
        fleet: Fleet,
        position: Position,
        snapshots: Snapshots,
        on_failure: OnFailure,
    ) -> Result<Reflection, StoreError> {
        let behind = Arc::new(Mutex::new(Behind { happened: Vec::new(), position }));
        let folded = Folded { fleet, position, behind: behind.clone(), snapshots };
        let failed = |why: std::io::Error| StoreError::Stopped { why: format!("no thread for the mirror: {why}") };
        let messages = self.messages;
        let thread = std::thread::Builder::new()
            .name("mirror".into())
            .spawn(move || folded.serve(&messages, on_failure))
            .map_err(failed)?;
        Ok(Reflection { inbox: self.inbox, behind, thread })
    }
}

/// The engine's end of a running mirror.
pub(super) struct Reflection {
    inbox: SyncSender<Message>,
    behind: Arc<Mutex<Behind>>,
    thread: JoinHandle<()>,
}

impl Reflection {
    /// These events are on disk, and the log ends at `position`. Waits while more looks wait than may.
    pub(super) fn durable(&self, mut happened: Vec<Happened>, position: Position) {
        let mut behind = self.behind.lock().unwrap_or_else(PoisonError::into_inner);
        let before = behind.happened.len();
        behind.happened.append(&mut happened);
        behind.position = position;
        let has_become_much = before < MOST_BEHIND && behind.happened.len() >= MOST_BEHIND;
        drop(behind);
        if has_become_much {
            // It only ends with the engine, or by a panic that was reported where it happened.
            drop(self.inbox.send(Message::CatchUp));
        }
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
    behind: Arc<Mutex<Behind>>,
    snapshots: Snapshots,
}

impl Folded {
    fn serve(mut self, messages: &Receiver<Message>, on_failure: OnFailure) {
        let _watch = PanicWatch { thread: "mirror", on_failure };
        for message in messages {
            self.catch_up();
            match message {
                Message::CatchUp => {}
                Message::Look(look) => self.show(look),
                Message::Stop => return self.snapshots.last(&self.fleet, self.position),
            }
        }
    }

    /// A look that panics changed nothing: whoever asked hears nothing, and everybody else is served on.
    fn show(&self, look: Look) {
        let looked = catch_unwind(AssertUnwindSafe(|| look(&self.fleet, self.position)));
        if looked.is_err() {
            tracing::error!("a look at the state met a bug; its message stands above");
        }
    }

    fn catch_up(&mut self) {
        let mut behind = self.behind.lock().unwrap_or_else(PoisonError::into_inner);
        let (happened, position) = (std::mem::take(&mut behind.happened), behind.position);
        drop(behind);
        if position == self.position {
            return;
        }
        for Happened { at, events } in &happened {
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

#[cfg(test)]
mod tests {
    use super::super::boot::{SNAPSHOT, SNAPSHOT_SCHEMA};
    use super::*;
    use jobs::event::{AccessEvent, ServerStarted};
    use std::sync::mpsc::channel;
    use storage::{EventStore, MemoryStore};

    fn started(epoch: u64) -> Vec<Happened> {
        let event = Event::Access(AccessEvent::ServerStarted(ServerStarted { epoch, version: "test".into() }));
        vec![Happened { at: Timestamp(epoch), events: vec![event] }]
    }

    fn running() -> (Looks, Reflection, Arc<MemoryStore>) {
        let (mirror, store) = (Mirror::new(), Arc::new(MemoryStore::new()));
        let looks = mirror.looks();
        let snapshots = Snapshots::new(store.clone(), Some(u64::MAX), 0);
        let on_failure: OnFailure = Arc::new(|failure| panic!("{failure}"));
        (looks, mirror.run(Fleet::default(), 0, snapshots, on_failure).expect("a thread"), store)
    }

    fn seen(looks: &Looks) -> (u64, u64) {
        let (say, hear) = channel();
        looks
            .look(Box::new(move |fleet, position| say.send((fleet.epoch, position)).expect("heard")))
            .expect("a mirror");
        hear.recv().expect("a look")
    }

    #[test]
    fn a_look_sees_all_that_was_durable_before_it() {
        let (looks, reflection, _store) = running();
        assert_eq!(seen(&looks), (0, 0));
        for epoch in 1..=50 {
            reflection.durable(started(epoch), epoch * 10);
            assert_eq!(seen(&looks), (epoch, epoch * 10));
        }
        reflection.stop();
        assert_eq!(looks.look(Box::new(|_, _| ())), Err(Ended));
    }

    #[test]
    fn a_look_that_panics_hurts_nobody_else() {
        let (looks, reflection, _store) = running();
        looks.look(Box::new(|_, _| panic!("on purpose"))).expect("a mirror");
        reflection.durable(started(1), 1);
        assert_eq!(seen(&looks), (1, 1));
        reflection.stop();
    }

    #[test]
    fn what_nobody_looks_at_does_not_pile_up() {
        let (_looks, reflection, _store) = running();
        (1..=MOST_BEHIND as u64).for_each(|epoch| reflection.durable(started(epoch), epoch));
        let piled_up = || reflection.behind.lock().expect("no panic").happened.len();
        let patience = std::time::Instant::now() + std::time::Duration::from_secs(60);
        while piled_up() > 0 {
            assert!(std::time::Instant::now() < patience, "{} groups were not taken in", piled_up());
            std::thread::yield_now();
        }
        reflection.stop();
    }

    #[test]
    fn the_last_snapshot_holds_what_nobody_looked_at() {
        let (_looks, reflection, store) = running();
        let record = super::super::record_of(&started(7)[0].events[0], &"system".into(), &"".into(), Timestamp(7));
        store.append(storage::Group::of(vec![record])).expect("a log");
        reflection.durable(started(7), 1);
        reflection.stop();
        let booted = super::super::fold(&*store, super::super::Until::End, true).expect("a state");
        assert_eq!((booted.fleet.epoch, booted.position), (7, 1));
        assert!(store.newest_snapshot(SNAPSHOT, SNAPSHOT_SCHEMA).expect("a store").is_some());
    }
}
