//! The loop: take in what came, decide it, hand what was decided to the writer, and, once that is durable, let
//! everybody know. While one group is being synced the next is decided already.

use super::boot::Booted;
use super::failure::{Failure, OnFailure, PanicWatch};
use super::journal::{output_key, record_of};
use super::mirror::{Happened, Look, Looks, Mirror, Reflection};
use super::snapshots::Snapshots;
use super::{Clock, Runner};
use crate::archive;
use jobs::attempt::Report;
use jobs::command::{Actor, Body, Command, Fresh, Rejection};
use jobs::event::Event;
use jobs::fleet::{Change, Deadline, Effect, Fleet};
use jobs::ids::{AttemptId, JobId};
use jobs::job::Job;
use jobs::time::{Duration, Timestamp};
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use storage::{EventStore, Group, Head, OutputChunk, Pipe, Record, StoreError, ViewChange, Writer};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot, watch};

/// Commands that may wait for the engine. Reports are at most a few for each attempt in force.
const MOST_COMMANDS: usize = 1_024;
/// Bytes of output that may be on their way to the disk.
const MOST_OUTPUT_BYTES: u32 = 64 * 1024 * 1024;
/// What a piece of output takes beside its bytes, so that many small ones are bounded, too.
const CHUNK_BYTES: usize = 128;
/// Records decided ahead of the disk; beyond that the engine waits for it.
const MOST_AHEAD: usize = 8_192;
/// The shortest wait between two ticks, so that a deadline nobody can meet does not spin.
const SHORTEST_NAP: Duration = Duration(5);
/// How many ids a tick may give to jobs that schedules create.
const FRESH_PER_TICK: usize = 16;

/// What the engine is given to work with.
pub struct Config {
    /// The store whose log was folded.
    pub store: Arc<dyn EventStore>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// A snapshot is written after so many records at least, and more where the state is large.
    pub snapshot_every: u64,
    /// Hears why the engine ended without being asked to. The process is to end, too.
    pub on_failure: OnFailure,
    /// Told how long each write took to become durable. Called on the writer's thread.
    pub committed: Arc<dyn Fn(std::time::Duration) + Send + Sync>,
}

/// What a command led to.
pub type Reply = Result<Durable, Rejection>;

/// A command was carried out, and its events are on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Durable {
    /// The log's position after them.
    pub position: u64,
}

/// A command with where it came from, and who waits for the reply.
pub struct Submission {
    /// The command.
    pub command: Command,
    /// Where it came from, for the log.
    pub origin: Arc<str>,
    /// Views that change with it if it is carried out.
    pub views: Vec<ViewChange>,
    /// Gets the reply once it is durable.
    pub reply: Option<oneshot::Sender<Reply>>,
}

enum Message {
    /// The permit is the place of the command among those that wait; a tick of the engine's own has none.
    Submit(Box<Submission>, Option<OwnedSemaphorePermit>),
    Report(JobId, AttemptId, Report),
    /// The permit is for its bytes, until they are on disk.
    Output(OutputChunk, OwnedSemaphorePermit),
    Written(Result<Head, StoreError>),
    Stop(oneshot::Sender<()>),
}

/// The engine, to be talked to from any thread.
#[derive(Clone)]
pub struct Engine {
    inbox: Sender<Message>,
    commands: Arc<Semaphore>,
    output: Arc<Semaphore>,
    looks: Looks,
    durable: watch::Receiver<u64>,
    applied: Arc<AtomicU64>,
}

/// How far the engine is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Whether its thread runs.
    pub alive: bool,
    /// The last position that the state holds.
    pub applied: u64,
    /// The last durable position.
    pub durable: u64,
}

impl Engine {
    /// Starts the engine's thread over a folded log.
    pub fn start(booted: Booted, config: Config) -> EngineStart {
        let (inbox, messages) = channel();
        let (publish, durable) = watch::channel(booted.position);
        let applied = Arc::new(AtomicU64::new(booted.position));
        let mirror = Mirror::new();
        let (commands, output) = (Semaphore::new(MOST_COMMANDS), Semaphore::new(MOST_OUTPUT_BYTES as usize));
        let (commands, output) = (Arc::new(commands), Arc::new(output));
        let engine = Engine { inbox, commands, output, looks: mirror.looks(), durable, applied };
        EngineStart { booted, config, messages, publish, mirror, engine }
    }

    /// Hands in a command, once fewer than 1,024 wait.
    pub async fn submit(&self, submission: Submission) -> Result<(), Ended> {
        let place = self.commands.clone().acquire_owned().await.map_err(|_| Ended)?;
        self.inbox.send(Message::Submit(Box::new(submission), Some(place))).map_err(|_| Ended)
    }

    /// Hands in a command and waits for the reply.
    pub async fn carry_out(&self, command: Command, origin: &str) -> Result<Reply, Ended> {
        let (reply, answer) = oneshot::channel();
        self.submit(Submission { command, origin: origin.into(), views: Vec::new(), reply: Some(reply) }).await?;
        answer.await.map_err(|_| Ended)
    }

    /// Hands in what a runner says.
    pub fn report(&self, job: JobId, attempt: AttemptId, report: Report) {
        // An engine that ended hears nothing any more; the host will tell the next one.
        drop(self.inbox.send(Message::Report(job, attempt, report)));
    }

    /// Hands in a piece of output, once less than 64 MiB are on their way to the disk. It is durable no later than any
    /// report handed in after it.
    pub async fn output(&self, job: JobId, attempt: AttemptId, pipe: Pipe, offset: u64, bytes: Vec<u8>) {
        let size = u32::try_from(bytes.len() + CHUNK_BYTES).unwrap_or(u32::MAX).min(MOST_OUTPUT_BYTES);
        let Ok(room) = self.output.clone().acquire_many_owned(size).await else { return };
        let chunk = OutputChunk { key: output_key(job, attempt), pipe, offset, bytes };
        drop(self.inbox.send(Message::Output(chunk, room)));
    }

    /// Queues a look at the state. It sees all that was durable when it was queued.
    pub fn look(&self, look: Look) -> Result<(), Ended> {
        self.looks.look(look)
    }

    /// The last durable position; changes as it grows.
    pub fn durable(&self) -> watch::Receiver<u64> {
        self.durable.clone()
    }

    /// How far it is. Waits for nothing.
    pub fn progress(&self) -> Progress {
        let applied = self.applied.load(Ordering::Relaxed);
        Progress { alive: self.durable.has_changed().is_ok(), applied, durable: *self.durable.borrow() }
    }

    /// Makes durable what was handed in, writes a snapshot and ends.
    pub async fn stop(&self) {
        let (done, ended) = oneshot::channel();
        if self.inbox.send(Message::Stop(done)).is_ok() {
            drop(ended.await);
        }
    }
}

/// The engine has ended; nothing is taken in any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the engine has ended; start the server again")]
pub struct Ended;

/// An engine whose thread does not run yet: runners are made with its handle, then it is given to them.
pub struct EngineStart {
    booted: Booted,
    config: Config,
    messages: Receiver<Message>,
    publish: watch::Sender<u64>,
    mirror: Mirror,
    engine: Engine,
}

impl EngineStart {
    /// The handle.
    pub fn engine(&self) -> Engine {
        self.engine.clone()
    }

    /// Starts the thread. Everything in force is issued again.
    pub fn run(self, runner: Box<dyn Runner>) -> Result<(), StoreError> {
        let (store, committed) = (self.config.store.clone(), self.config.committed.clone());
        let commit = move |groups| {
            let began = std::time::Instant::now();
            let heads = store.append_all(groups);
            committed(began.elapsed());
            heads
        };
        let writer = Writer::over(commit, storage::WriterLimits::default())?;
        let position = self.booted.position;
        // The log of a job that cannot be read yet must stay readable from its beginning, for a version that can.
        let every = if self.booted.parked.is_empty() { Some(self.config.snapshot_every) } else { None };
        let snapshots = Snapshots::new(self.config.store.clone(), every, position);
        let fleet = self.booted.fleet.clone();
        let mirror = self.mirror.run(fleet, position, snapshots, self.config.on_failure.clone())?;
        let in_force = jobs::effects(&self.booted.fleet);
        let turn = Turn {
            fleet: self.booted.fleet,
            position,
            config: self.config,
            runner,
            writer,
            engine: self.engine,
            publish: self.publish,
            mirror,
            staged: Staged::default(),
            in_flight: None,
            ids: ulid::Generator::new(),
            waiting: VecDeque::new(),
            stopping: None,
            next_tick: Timestamp(0),
        };
        let failed = |why: std::io::Error| StoreError::Stopped { why: format!("no thread for the engine: {why}") };
        let messages = self.messages;
        std::thread::Builder::new()
            .name("engine".into())
            .spawn(move || turn.run(&messages, in_force))
            .map(drop)
            .map_err(failed)
    }
}

/// What was decided and not yet handed to the writer, or is with it.
#[derive(Default)]
struct Staged {
    group: Group,
    /// Jobs that leave the live state with the group. Their views are made on the writer's thread: they take
    /// O(hosts × labels), and nothing would be decided meanwhile.
    leaving: Vec<Job>,
    /// How many records the group had when it went to the writer.
    handed_over: u64,
    happened: Vec<Happened>,
    changes: Vec<Change>,
    replies: Vec<(oneshot::Sender<Reply>, Reply)>,
    /// For the bytes of output in the group.
    room: Vec<OwnedSemaphorePermit>,
    inventory_changed: bool,
}

impl Staged {
    fn is_empty(&self) -> bool {
        let nothing_to_write = self.group.records.is_empty() && self.group.outputs.is_empty();
        nothing_to_write && self.replies.is_empty() && self.changes.is_empty()
    }
}

struct Turn {
    fleet: Fleet,
    /// The last durable position.
    position: u64,
    config: Config,
    runner: Box<dyn Runner>,
    writer: Writer,
    engine: Engine,
    publish: watch::Sender<u64>,
    mirror: Reflection,
    staged: Staged,
    in_flight: Option<Staged>,
    /// Names what belongs to one command in the log.
    ids: ulid::Generator,
    /// What came while the disk had to catch up.
    waiting: VecDeque<Message>,
    stopping: Option<oneshot::Sender<()>>,
    /// No tick before this: a deadline that nobody can meet must not spin.
    next_tick: Timestamp,
}

impl Turn {
    fn run(mut self, messages: &Receiver<Message>, in_force: Vec<Effect>) {
        let _watch = PanicWatch { thread: "engine", on_failure: self.config.on_failure.clone() };
        self.begin(in_force);
        while let Some(message) = self.next(messages) {
            if let Err(why) = self.take_in(message) {
                tracing::error!(%why, "the store stopped writing; the process ends");
                (self.config.on_failure)(Failure::Store(why));
                return;
            }
            self.hand_over();
            if self.is_quiet()
                && let Some(done) = self.stopping.take()
            {
                return self.end(done);
            }
        }
    }

    /// All that was taken in is durable. The store is closed before anybody hears of the end: a process must not exit in
    /// the middle of that.
    fn end(self, done: oneshot::Sender<()>) {
        self.mirror.stop();
        drop((self.writer, self.config, self.runner));
        drop(done);
    }

    /// Draws the consequences of the log's end, which a crash may have left open, and issues what is in force.
    fn begin(&mut self, in_force: Vec<Effect>) {
        self.runner.inventory(&self.fleet.inventory);
        for effect in in_force {
            self.carry_out_change(Change::InForce(effect));
        }
        let now = self.config.clock.now();
        let mut events = Vec::new();
        jobs::follow(&mut self.fleet, now, &mut events);
        self.stage(events, &Actor::system(), &"".into(), now, Vec::new());
        self.hand_over();
    }

    /// The next message; a tick when a deadline comes first. `None` when nobody can send any more.
    fn next(&mut self, messages: &Receiver<Message>) -> Option<Message> {
        if self.in_flight.is_some() && (self.stopping.is_some() || self.is_far_ahead()) {
            return self.next_written(messages);
        }
        let deadline = self.fleet.next_deadline();
        if deadline.is_some_and(|deadline| deadline.max(self.next_tick) <= self.config.clock.now()) {
            return Some(self.tick());
        }
        if let Some(message) = self.waiting.pop_front() {
            return Some(message);
        }
        let Some(deadline) = deadline else { return messages.recv().ok() };
        let nap = deadline.max(self.next_tick) - self.config.clock.now();
        match messages.recv_timeout(nap.to_std()) {
            Ok(message) => Some(message),
            Err(RecvTimeoutError::Timeout) => Some(self.tick()),
            Err(RecvTimeoutError::Disconnected) => None,
        }
    }

    fn is_far_ahead(&self) -> bool {
        self.staged.group.records.len() >= MOST_AHEAD
    }

    fn next_written(&mut self, messages: &Receiver<Message>) -> Option<Message> {
        loop {
            match messages.recv().ok()? {
                written @ Message::Written(_) => return Some(written),
                other => self.waiting.push_back(other),
            }
        }
    }

    fn tick(&mut self) -> Message {
        self.next_tick = self.config.clock.now() + SHORTEST_NAP;
        let scheduled = matches!(self.fleet.deadlines.first(), Some((_, Deadline::Schedule(_))));
        let fresh = || Fresh { job: JobId(ulid::Ulid::generate()), seed: ulid::Ulid::generate().random() as u64 };
        let fresh = if scheduled { (0..FRESH_PER_TICK).map(|_| fresh()).collect() } else { Vec::new() };
        let command = Command { actor: Actor::system(), body: Body::Tick { fresh } };
        Message::Submit(Box::new(Submission { command, origin: "".into(), views: Vec::new(), reply: None }), None)
    }

    fn take_in(&mut self, message: Message) -> Result<(), StoreError> {
        match message {
            Message::Submit(submission, place) => {
                self.decide(*submission);
                drop(place);
            }
            Message::Report(job, attempt, report) => self.take_report(job, attempt, report),
            Message::Output(chunk, room) => {
                self.staged.group.outputs.push(chunk);
                self.staged.room.push(room);
            }
            Message::Written(result) => self.written(result?),
            Message::Stop(done) => self.stopping = Some(done),
        }
        Ok(())
    }

    fn decide(&mut self, submission: Submission) {
        let now = self.config.clock.now();
        let Submission { command, origin, views, reply } = submission;
        let outcome = jobs::carry_out(&mut self.fleet, &command, now);
        let answer = match outcome {
            Ok(events) => {
                self.stage(events, &command.actor, &origin, now, views);
                Ok(Durable { position: self.position_ahead() })
            }
            Err(rejection) => Err(rejection),
        };
        if let Some(reply) = reply {
            self.staged.replies.push((reply, answer));
        }
    }

    fn take_report(&mut self, job: JobId, attempt: AttemptId, report: Report) {
        let now = self.config.clock.now();
        let command = Command { actor: Actor::system(), body: Body::Report { job, attempt, report } };
        match jobs::carry_out(&mut self.fleet, &command, now) {
            Ok(events) => self.stage(events, &command.actor, &"".into(), now, Vec::new()),
            // Said before, or given up meanwhile: whoever said it is told to stop.
            Err(rejection) => {
                tracing::debug!(%job, %attempt, why = %rejection, "a report was not wanted");
                self.staged.changes.push(Change::Withdrawn(Effect { job, attempt }));
            }
        }
    }

    fn stage(&mut self, events: Vec<Event>, actor: &Actor, origin: &Arc<str>, at: Timestamp, views: Vec<ViewChange>) {
        let (command, first) = (self.command_id(), self.position_ahead() + 1);
        let records = events.iter().enumerate().map(|(index, event)| Record {
            command,
            causation: if index == 0 { 0 } else { first },
            ..record_of(event, &actor.0, origin, at)
        });
        self.staged.group.records.extend(records);
        self.staged.group.views.extend(views);
        self.staged.leaving.append(&mut self.fleet.leaving);
        self.engine.applied.store(self.position_ahead(), Ordering::Relaxed);
        self.staged.changes.append(&mut self.fleet.changes);
        self.staged.inventory_changed |= events.iter().any(|event| matches!(event, Event::Inventory(_)));
        if !events.is_empty() {
            self.staged.happened.push(Happened { at, events });
        }
    }

    fn command_id(&mut self) -> storage::CommandId {
        // Only fails when 2^80 ids were given out in one millisecond; then a random one is as good.
        self.ids.generate().unwrap_or_else(|_| ulid::Ulid::generate()).to_bytes()
    }

    /// The position after everything that was decided.
    fn position_ahead(&self) -> u64 {
        let with_writer = self.in_flight.as_ref().map_or(0, |staged| staged.handed_over);
        self.position + with_writer + self.staged.group.records.len() as u64
    }

    /// Gives the writer what was decided since it was last given something, unless it still has that.
    fn hand_over(&mut self) {
        if self.in_flight.is_some() || self.staged.is_empty() {
            return;
        }
        let mut staged = std::mem::take(&mut self.staged);
        let group = std::mem::take(&mut staged.group);
        staged.handed_over = group.records.len() as u64;
        if group.records.is_empty() && group.outputs.is_empty() {
            self.let_know(staged);
            return;
        }
        let inbox = self.engine.inbox.clone();
        let answer = move |result| drop(inbox.send(Message::Written(result)));
        match std::mem::take(&mut staged.leaving) {
            none if none.is_empty() => self.writer.submit(group, answer),
            leaving => {
                let archive = move |group: &mut Group| group.views.extend(leaving.iter().flat_map(archive::views_of));
                self.writer.submit_incomplete(group, archive, answer);
            }
        }
        self.in_flight = Some(staged);
    }

    /// The group with the writer is on disk: now it has happened.
    fn written(&mut self, head: Head) {
        self.position = head.position;
        if let Some(staged) = self.in_flight.take() {
            self.let_know(staged);
        }
    }

    /// The mirror first: whoever hears of it may look at once.
    fn let_know(&mut self, mut staged: Staged) {
        if !staged.happened.is_empty() {
            self.mirror.durable(std::mem::take(&mut staged.happened), self.position);
            self.publish.send_replace(self.position);
        }
        for (reply, answer) in staged.replies {
            // Who asked may have gone.
            drop(reply.send(answer));
        }
        if staged.inventory_changed {
            self.runner.inventory(&self.fleet.inventory);
        }
        for change in staged.changes {
            self.carry_out_change(change);
        }
    }

    fn carry_out_change(&self, change: Change) {
        match change {
            Change::InForce(effect) => {
                if let Some(order) = self.fleet.order(effect) {
                    self.runner.start(order);
                }
            }
            Change::Signalled(effect, signal) => self.runner.signal(effect.job, effect.attempt, signal),
            Change::Withdrawn(effect) => self.runner.stop(effect.job, effect.attempt),
        }
    }

    /// Whether the state is exactly what is on disk.
    fn is_quiet(&self) -> bool {
        self.in_flight.is_none() && self.staged.is_empty()
    }
}
