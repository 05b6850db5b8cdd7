//! A world around the deciding core: a clock, hosts that answer, and the promises that are checked after every event.
//!
//! Never found here: what hosts answer (`Hosts` says), or a second way of deciding anything.

use crate::witness::Witness;
use jobs::attempt::{Order, Report};
use jobs::command::{Actor, Body, Code, Command, Fresh, Rejection};
use jobs::decide::consequences;
use jobs::event::{AccessEvent, BackupRestored, Event, ServerStarted};
use jobs::fleet::{Change, Effect, Fleet};
use jobs::ids::{AttemptId, JobId};
use jobs::time::{Duration, Timestamp};
use jobs::{apply, decide, follow};
use std::collections::{BTreeMap, BTreeSet};

/// More rounds of consequences than any command may have here: more means that it never ends.
const MOST_ROUNDS: usize = 5_000;

/// What hosts say when they are asked something: reports, each some time after being asked.
pub trait Hosts {
    /// An order came into force.
    fn begin(&mut self, order: &Order) -> Vec<(Duration, Report)>;
    /// The script of an order is to be signalled.
    fn signal(&mut self, order: &Order) -> Vec<(Duration, Report)>;
}

/// The core with its hosts and its time.
pub struct World<H> {
    pub fleet: Fleet,
    pub now: Timestamp,
    /// Everything that was ever recorded.
    pub log: Vec<(Timestamp, Event)>,
    pub hosts: H,
    /// Attempts whose script a host was asked to run, in order.
    pub asked: Vec<(JobId, AttemptId)>,
    /// Whether the controller is killed right after every command, before anybody hears of what was decided.
    pub dies: bool,
    in_force: BTreeSet<Effect>,
    to_do: Vec<Change>,
    arriving: BTreeMap<(Timestamp, u64), (JobId, AttemptId, Report)>,
    counted: u64,
    witness: Witness,
}

impl<H: Hosts> World<H> {
    pub fn new(hosts: H) -> World<H> {
        World {
            fleet: Fleet::default(),
            now: Timestamp(1_800_000_000_000),
            log: Vec::new(),
            hosts,
            asked: Vec::new(),
            dies: false,
            in_force: BTreeSet::new(),
            to_do: Vec::new(),
            arriving: BTreeMap::new(),
            counted: 0,
            witness: Witness::default(),
        }
    }

    /// A number that was not given before.
    pub fn count(&mut self) -> u64 {
        self.counted += 1;
        self.counted
    }

    /// Carries out a command as `jobs::carry_out` does, and looks at every state in between. At one of the rounds the
    /// state goes through a snapshot and comes back: what follows must be the same.
    pub fn carry_out(&mut self, actor: &str, body: Body) -> Result<(), Rejection> {
        let command = Command { actor: Actor(actor.into()), body };
        let events = decide(&self.fleet, &command, self.now)?;
        self.record(events);
        let cut = self.count() % 6;
        let mut reborn = None;
        for round in 0.. {
            assert!(round < MOST_ROUNDS, "the consequences of {command:?} never end");
            if round == cut as usize {
                reborn = Some((after_a_crash(&self.fleet), self.log.len()));
            }
            let Some(job) = self.fleet.unsettled.first().copied() else { break };
            let next = consequences(&self.fleet, job, self.now);
            if next.is_empty() {
                self.fleet.unsettled.remove(&job);
            }
            self.record(next);
        }
        let (fleet, since) = reborn.unwrap_or_else(|| (after_a_crash(&self.fleet), self.log.len()));
        self.same_ending(fleet, since);
        if self.dies {
            self.die();
        } else {
            self.act();
        }
        Ok(())
    }

    /// `kill -9` once everything is durable and before anything is done about it; the next process reads the log, finds
    /// that nothing follows from its end, and does what is in force. Reports of hosts are on their way meanwhile.
    fn die(&mut self) {
        let mut fleet = self.folded();
        let mut events = Vec::new();
        follow(&mut fleet, self.now, &mut events);
        assert!(events.is_empty(), "a command was recorded without what follows from it: {events:?}");
        self.fleet = fleet;
        let unheard = std::mem::take(&mut self.to_do);
        for effect in jobs::effects(&self.fleet) {
            if !self.asked.contains(&(effect.job, effect.attempt)) {
                self.ask(effect, false);
            }
            let signals = |change: &Change| matches!(change, Change::Signalled(other, _) if *other == effect);
            if unheard.iter().any(signals) {
                self.ask(effect, true);
            }
        }
    }

    fn same_ending(&self, mut reborn: Fleet, since: usize) {
        let mut events = Vec::new();
        follow(&mut reborn, self.now, &mut events);
        let expected: Vec<&Event> = self.log[since..].iter().map(|(_, event)| event).collect();
        assert_eq!(events.iter().collect::<Vec<_>>(), expected, "a crash leads elsewhere");
    }

    fn record(&mut self, events: Vec<Event>) {
        for event in events {
            apply(&mut self.fleet, &event, self.now);
            self.sum_up();
            self.witness.look(&self.fleet, &event);
            self.log.push((self.now, event));
        }
    }

    /// The increments of effects add up to all effects in force.
    fn sum_up(&mut self) {
        for change in self.fleet.take_changes() {
            match change {
                Change::InForce(effect) => assert!(self.in_force.insert(effect), "{effect:?} came into force twice"),
                Change::Signalled(effect, _) => assert!(self.in_force.contains(&effect), "{effect:?} is not in force"),
                Change::Withdrawn(effect) => assert!(self.in_force.remove(&effect), "{effect:?} was not in force"),
            }
            self.to_do.push(change);
        }
        let all: BTreeSet<Effect> = jobs::effects(&self.fleet).into_iter().collect();
        assert_eq!(all, self.in_force, "the increments of effects do not add up");
    }

    /// Does what was decided: asks the hosts.
    fn act(&mut self) {
        for change in std::mem::take(&mut self.to_do) {
            match change {
                Change::InForce(effect) => self.ask(effect, false),
                Change::Signalled(effect, _) => self.ask(effect, true),
                Change::Withdrawn(_) => {}
            }
        }
    }

    fn ask(&mut self, effect: Effect, signal: bool) {
        let Some(order) = self.fleet.order(effect) else { return };
        if !signal {
            self.asked.push((effect.job, effect.attempt));
        }
        let said = if signal { self.hosts.signal(&order) } else { self.hosts.begin(&order) };
        for (after, report) in said {
            self.arrive(after, effect, report);
        }
    }

    /// The log turns out to be a backup's: its hosts may have seen later controllers.
    pub fn restore_backup(&mut self) {
        let restored = BackupRestored { epoch: self.fleet.epoch + 7 };
        self.record(vec![Event::Access(AccessEvent::BackupRestored(restored))]);
    }

    /// No server runs for a while, and nothing is heard. Then one takes the log over, and asks about everything in force.
    pub fn restart(&mut self, after: Duration) {
        self.arriving.clear();
        self.now = self.now + after;
        let started = ServerStarted { epoch: self.fleet.epoch + 1, version: "0".into() };
        self.fleet = after_a_crash(&self.fleet);
        self.record(vec![Event::Access(AccessEvent::ServerStarted(started))]);
        for effect in jobs::effects(&self.fleet) {
            let Some(order) = self.fleet.order(effect) else { continue };
            for (after, report) in self.hosts.begin(&order) {
                self.arrive(after, effect, report);
            }
        }
    }

    /// A report that arrives some time from now.
    pub fn arrive(&mut self, after: Duration, effect: Effect, report: Report) {
        let place = (self.now + after, self.count());
        self.arriving.insert(place, (effect.job, effect.attempt, report));
    }

    /// The next moment at which something happens by itself.
    pub fn next_moment(&self) -> Option<Timestamp> {
        let report = self.arriving.keys().next().map(|(at, _)| *at);
        report.into_iter().chain(self.fleet.next_deadline()).min()
    }

    /// Lets everything happen that happens by itself within a length of time.
    pub fn wait(&mut self, length: Duration) {
        let until = self.now + length;
        while self.next_moment().is_some_and(|at| at <= until) {
            self.step();
        }
        self.now = until;
    }

    /// Lets the next thing happen that happens by itself; a report before a deadline of the same moment.
    pub fn step(&mut self) {
        let Some(at) = self.next_moment() else { return };
        self.now = self.now.max(at);
        match self.arriving.first_key_value().map(|((at, _), _)| *at <= self.now) {
            Some(true) => {
                if let Some((_, (job, attempt, report))) = self.arriving.pop_first() {
                    self.report(job, attempt, report);
                }
            }
            _ => self.tick(),
        }
    }

    /// Takes in a report; one about an attempt that is not open any more is refused, and nothing else is.
    pub fn report(&mut self, job: JobId, attempt: AttemptId, report: Report) {
        if let Err(rejection) = self.carry_out("system", Body::Report { job, attempt, report }) {
            assert_eq!(rejection.code, Code::StaleAttempt, "{rejection}");
        }
    }

    fn tick(&mut self) {
        let due: Vec<_> = self.fleet.deadlines.iter().take_while(|(at, _)| *at <= self.now).copied().collect();
        let fresh = (0..8).map(|_| Fresh { job: job_id(self.count()), seed: 7 }).collect();
        self.carry_out("system", Body::Tick { fresh }).expect("time cannot be refused");
        for deadline in due {
            assert!(!self.fleet.deadlines.contains(&deadline), "{deadline:?} is due, and nothing came of it");
        }
    }

    /// The log as a disk gives it back, folded from nothing.
    fn folded(&self) -> Fleet {
        let mut folded = Fleet::default();
        for (at, event) in &self.log {
            let read = Event::decode(&event.stream(), event.kind(), jobs::event::SCHEMA, &event.payload());
            assert_eq!(read.as_ref(), Ok(event), "an event does not survive being written");
            apply(&mut folded, &read.expect("just compared"), *at);
        }
        folded.take_changes();
        folded
    }

    /// The log, folded from nothing, is the state.
    pub fn check_fold(&self) {
        let folded = self.folded();
        let text = |fleet: &Fleet| serde_json::to_value(fleet).expect("a fleet is JSON");
        assert_eq!(text(&folded), text(&self.fleet), "the fold of the log is another state");
    }
}

/// The state as a new process finds it: read from a snapshot.
fn after_a_crash(fleet: &Fleet) -> Fleet {
    let bytes = serde_json::to_vec(fleet).expect("a fleet is JSON");
    let mut reborn: Fleet = serde_json::from_slice(&bytes).expect("a snapshot is read back");
    reborn.revive();
    reborn
}

/// A job's id, made of a number.
pub fn job_id(number: u64) -> JobId {
    JobId(ulid::Ulid::from_parts(number, 0))
}
