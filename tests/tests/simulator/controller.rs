//! One controller process: memory that a crash takes away, and a log that it does not. It does what the server's engine
//! does, in the same order: decide, make durable, then let it be known.
//!
//! Never found here: a rule about jobs, or a second way to start after a crash.

use crate::witness::Witness;
use jobs::attempt::Signal;
use jobs::command::{Actor, Body, Command, Rejection};
use jobs::decide::consequences;
use jobs::event::{AccessEvent, Event, SCHEMA, ServerStarted};
use jobs::fleet::{Change, Effect, Fleet};
use jobs::time::Timestamp;
use jobs::{apply, decide, follow};
use std::collections::BTreeSet;
use storage::memory::MemoryStore;
use storage::{EventStore, Group, Record};

/// The state, what of it is durable, and what waits to be.
pub struct Controller {
    pub fleet: Fleet,
    store: MemoryStore,
    /// What has to be done once the groups handed in are durable.
    staged: Vec<Change>,
    in_force: BTreeSet<Effect>,
    witness: Witness,
    /// The end of the log when a reply was last given: everything before it was promised to somebody.
    promised: u64,
}

impl Controller {
    pub fn new() -> Controller {
        Controller {
            fleet: Fleet::default(),
            store: MemoryStore::new(),
            staged: Vec::new(),
            in_force: BTreeSet::new(),
            witness: Witness::default(),
            promised: 0,
        }
    }

    /// Decides a command and hands its events in. They are not durable yet.
    pub fn carry_out(&mut self, actor: &str, body: Body, now: Timestamp) -> Result<Vec<Event>, Rejection> {
        let command = Command { actor: Actor(actor.into()), body };
        let mut events = decide(&self.fleet, &command, now)?;
        self.apply(&events, now);
        while let Some(job) = self.fleet.unsettled.first().copied() {
            let next = consequences(&self.fleet, job, now);
            if next.is_empty() {
                self.fleet.unsettled.remove(&job);
            }
            self.apply(&next, now);
            events.extend(next);
            assert!(events.len() < 50_000, "the consequences of {command:?} never end");
        }
        self.hand_in(&events, actor, now);
        Ok(events)
    }

    fn apply(&mut self, events: &[Event], now: Timestamp) {
        for event in events {
            apply(&mut self.fleet, event, now);
            self.witness.look(&self.fleet, event);
            for change in self.fleet.take_changes() {
                match change {
                    Change::InForce(effect) => assert!(self.in_force.insert(effect)),
                    Change::Signalled(effect, Signal::Kill) => assert!(self.in_force.contains(&effect)),
                    Change::Withdrawn(effect) => assert!(self.in_force.remove(&effect)),
                }
                self.staged.push(change);
            }
        }
        let all: BTreeSet<Effect> = jobs::effects(&self.fleet).into_iter().collect();
        assert_eq!(all, self.in_force, "the increments of effects do not add up");
    }

    fn hand_in(&mut self, events: &[Event], actor: &str, now: Timestamp) {
        if !events.is_empty() {
            let records = events.iter().map(|event| record(event, actor, now)).collect();
            self.store.submit(Group::of(records));
        }
    }

    /// Makes everything durable that was handed in: now it has happened, replies are given, and this is to be done.
    pub fn sync(&mut self) -> Vec<Change> {
        for answer in self.store.sync() {
            answer.expect("memory takes every group");
        }
        self.promised = self.store.head().position;
        std::mem::take(&mut self.staged)
    }

    /// `kill -9`, and a new process. Gives back everything in force, which is asked of the hosts again.
    pub fn crash(&mut self, seed: u64, now: Timestamp) -> Vec<Effect> {
        let before = self.store.read(0, usize::MAX).expect("memory reads");
        self.store = self.store.crash(seed);
        let left = self.store.read(0, usize::MAX).expect("memory reads");
        assert!(left.len() as u64 >= self.promised, "what was promised is gone");
        assert_eq!(left[..self.promised as usize], before[..self.promised as usize], "what was promised has changed");
        let events: Vec<(Timestamp, Event)> = left.iter().map(|envelope| read(&envelope.record)).collect();
        self.boot(&events, seed, now)
    }

    /// Folds the log, from the beginning or from a state in the middle of it that went through a snapshot.
    fn boot(&mut self, events: &[(Timestamp, Event)], seed: u64, now: Timestamp) -> Vec<Effect> {
        self.fleet = Fleet::default();
        let snapshot_at = if seed.is_multiple_of(3) { seed as usize / 3 % (events.len() + 1) } else { usize::MAX };
        self.witness = Witness::default();
        for (position, (at, event)) in events.iter().enumerate() {
            if position == snapshot_at {
                self.fleet = through_a_snapshot(&self.fleet);
            }
            apply(&mut self.fleet, event, *at);
            self.witness.look(&self.fleet, event);
        }
        self.fleet.take_changes();
        self.staged.clear();
        let in_force = jobs::effects(&self.fleet);
        self.in_force = in_force.iter().copied().collect();
        let mut events = Vec::new();
        follow(&mut self.fleet.clone(), now, &mut events);
        assert!(events.is_empty(), "a group was written without what follows from it: {events:?}");
        self.fleet.unsettled.clear();
        self.take_over(now);
        in_force
    }

    /// A new process records that it has begun before it does anything else.
    fn take_over(&mut self, now: Timestamp) {
        let started = ServerStarted { epoch: self.fleet.epoch + 1, version: "0".into() };
        let events = [Event::Access(AccessEvent::ServerStarted(started))];
        self.apply(&events, now);
        self.hand_in(&events, "system", now);
        self.sync();
    }

    /// Every event that is durable.
    pub fn log(&self) -> Vec<(Timestamp, Event)> {
        let all = self.store.read(0, usize::MAX).expect("memory reads");
        all.iter().map(|envelope| read(&envelope.record)).collect()
    }

    /// The root of the tree over the whole log.
    pub fn root(&self) -> [u8; 32] {
        self.store.head().root
    }
}

fn record(event: &Event, actor: &str, now: Timestamp) -> Record {
    Record {
        stream: event.stream().into(),
        kind: event.kind().into(),
        schema: SCHEMA,
        recorded_at_ms: now.0,
        actor: actor.into(),
        origin: "".into(),
        command: [0; 16],
        causation: 0,
        payload: event.payload(),
    }
}

fn read(record: &Record) -> (Timestamp, Event) {
    let event = Event::decode(&record.stream, &record.kind, record.schema, &record.payload);
    (Timestamp(record.recorded_at_ms), event.unwrap_or_else(|why| panic!("{why}")))
}

fn through_a_snapshot(fleet: &Fleet) -> Fleet {
    let bytes = serde_json::to_vec(fleet).expect("a fleet is JSON");
    let mut read: Fleet = serde_json::from_slice(&bytes).expect("a snapshot is read back");
    read.revive();
    read
}
