//! Stagger in memory: a backend to execute operations against, for tests of this crate and of those who use it.
//!
//! It decides with `jobs` as the server does, and keeps the log in a list; what hosts would say is put into its mouth.
//! Its clock stands still until it is moved.
//!
//! Never found here: threads, disks, hosts.

use crate::backend::{
    Accepted, ArchivedRun, Backend, Edge, EndedAfter, EventPage, EventQuery, Fault, Look, OutputRange, OutputStream,
    PastJob, Proof, Recorded, Refusal, Request, Secret, StreamQuery, ToldByPlace, Until, Verification, stream_of,
};
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, ready};
use jobs::action::{Action, Place, Repeat, Run};
use jobs::attempt::{Ending, How, Report};
use jobs::command::{Actor, Body, Command, Fresh, Rejection};
use jobs::digest::{Digest, EndedRun, LabelDigest};
use jobs::event::{AccessEvent, Event, ServerStarted};
use jobs::fleet::{Effect, Fleet};
use jobs::history::{Chronicle, History};
use jobs::ids::{AttemptId, HostIndex, HostName, JobId, TemplateName};
use jobs::inventory::Host;
use jobs::job::Job;
use jobs::template::Template;
use jobs::time::{Duration, Timestamp};
use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// The moment at which the clock of a new backend stands: 2026-01-01T00:00:00Z.
pub const BEGINNING: Timestamp = Timestamp(1_767_225_600_000);

/// Records of a stream that are looked at for one part of it read backwards.
const MOST_LOOKED_AT: usize = 50;

/// Stagger in memory.
pub struct MemoryBackend {
    state: Mutex<State>,
    durable: watch::Sender<u64>,
    verification: watch::Sender<Verification>,
}

struct State {
    fleet: Fleet,
    archive: BTreeMap<JobId, Job>,
    log: Vec<Recorded>,
    versions: HashMap<String, u64>,
    keys: HashMap<(Actor, String), Accepted>,
    outputs: HashMap<(JobId, AttemptId, OutputStream), Written>,
    /// Events up to here are forgotten.
    forgotten: u64,
    now: Timestamp,
    ids: u64,
    /// How often the state was looked at.
    looks: u64,
    /// How often the whole log was read, and how often one stream backwards.
    logs_read: u64,
    streams_read: u64,
    /// How often a job of the archive was asked for whole, and how often what its events tell by its place.
    unpacked: u64,
    told: u64,
    /// How many events of single streams were read, oldest first.
    streamed: u64,
    /// What happens as soon as the state was looked at.
    meanwhile: Option<Meanwhile>,
}

/// Something that happens while a request is being answered.
type Meanwhile = Box<dyn FnOnce(&MemoryBackend) + Send>;

#[derive(Clone, Default)]
struct Written {
    bytes: Vec<u8>,
    complete: bool,
}

impl Default for MemoryBackend {
    fn default() -> MemoryBackend {
        let state = State {
            fleet: Fleet::default(),
            archive: BTreeMap::new(),
            log: Vec::new(),
            versions: HashMap::new(),
            keys: HashMap::new(),
            outputs: HashMap::new(),
            forgotten: 0,
            now: BEGINNING,
            ids: 0,
            looks: 0,
            logs_read: 0,
            streams_read: 0,
            unpacked: 0,
            told: 0,
            streamed: 0,
            meanwhile: None,
        };
        let nothing = Verification { checked: 0, of: 0, verdict: None };
        MemoryBackend {
            state: Mutex::new(state),
            durable: watch::Sender::new(0),
            verification: watch::Sender::new(nothing),
        }
    }
}

impl MemoryBackend {
    /// A fleet of `hosts` servers called `web-00001`… with labels `role`, `dc` and `os`, the actions `demo.check`,
    /// `demo.install` and `demo.join`, and the template `patch` made of them in batches of 10 %.
    pub fn demo(hosts: u32) -> MemoryBackend {
        let backend = MemoryBackend::default();
        let actions = ["demo.check", "demo.install", "demo.join"].map(|name| Arc::new(action(name))).to_vec();
        backend.must(Body::InstallPack { pack: "demo".into(), version: "1.0.0".into(), actions });
        backend.must(Body::PutInventory { source: "demo".into(), hosts: (1..=hosts).map(host).collect() });
        let template = Arc::new(template());
        backend.must(Body::ApplyTemplate { template, source: "template: patch".into(), base: None });
        backend
    }

    /// Carries a command out as the user `tester`; a rejection is a mistake of the test.
    #[track_caller]
    pub fn must(&self, body: Body) -> Vec<Event> {
        let command = Command { actor: Actor("user:tester".into()), body };
        self.carry_out(&command, "test").unwrap_or_else(|rejection| panic!("{rejection}: {}", rejection.hint))
    }

    /// Carries a command out and records its events.
    pub fn carry_out(&self, command: &Command, origin: &str) -> Result<Vec<Event>, Rejection> {
        let mut state = self.state();
        let now = state.now;
        let events = jobs::carry_out(&mut state.fleet, command, now)?;
        events.iter().for_each(|event| state.record(event, command, origin));
        let leaving = std::mem::take(&mut state.fleet.leaving);
        state.archive.extend(leaving.into_iter().map(|job| (job.id, job)));
        let position = state.position();
        drop(state);
        self.durable.send_replace(position);
        Ok(events)
    }

    /// Says what a runner would say about an attempt.
    #[track_caller]
    pub fn report(&self, effect: Effect, report: Report) {
        let body = Body::Report { job: effect.job, attempt: effect.attempt, report };
        let command = Command { actor: Actor::system(), body };
        self.carry_out(&command, "runner").unwrap_or_else(|rejection| panic!("{rejection}"));
    }

    /// Ends an attempt with an exit code; 0 is success.
    #[track_caller]
    pub fn exit(&self, effect: Effect, code: i32, error: &str) {
        let ending = Ending {
            how: How::Exited(code),
            output: [("changed".to_owned(), serde_json::json!(code == 0))].into(),
            error: (!error.is_empty()).then(|| error.into()),
            took: Duration(1_500),
            out_bytes: 0,
            err_bytes: error.len() as u64,
        };
        self.report(effect, Report::Ended(ending));
    }

    /// What somebody sees of the live state.
    pub fn live<T>(&self, look: impl FnOnce(&Fleet) -> T) -> T {
        look(&self.state().fleet)
    }

    /// All attempts in force, in the order of the plan.
    pub fn in_force(&self) -> Vec<Effect> {
        jobs::effects(&self.state().fleet)
    }

    /// Ends all attempts in force with success, again and again, until nothing is in force.
    pub fn finish_all(&self) {
        while let Some(effects) = Some(self.in_force()).filter(|effects| !effects.is_empty()) {
            effects.into_iter().for_each(|effect| self.exit(effect, 0, ""));
        }
    }

    /// Moves the clock on, and does what is due by then.
    pub fn advance(&self, by: Duration) {
        let now = self.now() + by;
        self.state().now = now;
        let fresh = (0..4).map(|_| self.fresh_job()).collect();
        let command = Command { actor: Actor::system(), body: Body::Tick { fresh } };
        self.carry_out(&command, "clock").unwrap_or_else(|rejection| panic!("{rejection}"));
    }

    /// Appends to what an attempt wrote; `complete` says that nothing more will come.
    pub fn write(&self, effect: Effect, stream: OutputStream, bytes: &[u8], complete: bool) {
        let mut state = self.state();
        let written = state.outputs.entry((effect.job, effect.attempt, stream)).or_default();
        written.bytes.extend_from_slice(bytes);
        written.complete = complete;
    }

    /// Starts the server anew: what was open is inherited.
    pub fn restart(&self) {
        let mut state = self.state();
        let (epoch, now) = (state.fleet.epoch + 1, state.now);
        let started = Event::Access(AccessEvent::ServerStarted(ServerStarted { epoch, version: "test".into() }));
        jobs::apply(&mut state.fleet, &started, now);
        let command = Command { actor: Actor::system(), body: Body::Tick { fresh: Vec::new() } };
        state.record(&started, &command, "start");
        let position = state.position();
        drop(state);
        self.durable.send_replace(position);
    }

    /// Says how far the verification of the log is, for whoever listens.
    pub fn verified(&self, verification: Verification) {
        self.verification.send_replace(verification);
    }

    /// Forgets the events up to a position, as retention would.
    pub fn forget(&self, position: u64) {
        self.state().forgotten = position;
    }

    /// How often the state was looked at so far.
    pub fn looks(&self) -> u64 {
        self.state().looks
    }

    /// How often the whole log was read so far, and how often one stream backwards.
    pub fn reads(&self) -> (u64, u64) {
        let state = self.state();
        (state.logs_read, state.streams_read)
    }

    /// How often a job of the archive was asked for whole so far, and how often what the events of a job tell by its place.
    pub fn opened(&self) -> (u64, u64) {
        let state = self.state();
        (state.unpacked, state.told)
    }

    /// How many events of single streams were read so far, oldest first.
    pub fn streamed(&self) -> u64 {
        self.state().streamed
    }

    /// Lets something happen as soon as the state was looked at the next time, while whoever looked goes on.
    pub fn after_the_next_look(&self, happens: impl FnOnce(&MemoryBackend) + Send + 'static) {
        self.state().meanwhile = Some(Box::new(happens));
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Archived jobs, newest first.
    fn archived_before(&self, before: Option<JobId>) -> impl Iterator<Item = &Job> {
        let upto = before.map_or(Bound::Unbounded, Bound::Excluded);
        self.archive.range((Bound::Unbounded, upto)).rev().map(|(_, job)| job)
    }

    fn position(&self) -> u64 {
        self.log.len() as u64
    }

    fn record(&mut self, event: &Event, command: &Command, origin: &str) {
        let stream = event.stream();
        let version = self.versions.entry(stream.clone()).or_default();
        *version += 1;
        self.log.push(Recorded {
            position: self.log.len() as u64 + 1,
            stream,
            version: *version,
            at: self.now,
            actor: command.actor.to_string(),
            origin: origin.to_owned(),
            kind: event.kind().to_owned(),
            payload: serde_json::from_slice(&event.payload()).expect("a payload is JSON"),
        });
    }

    /// The events of a job and the starts of servers, as they stand in the log and as they were decided.
    fn events_of(&self, job: JobId) -> Vec<(Recorded, Event)> {
        let stream = stream_of(job);
        let decoded = |event: &Recorded| {
            let payload = serde_json::to_vec(&event.payload).expect("JSON");
            let event = Event::decode(&event.stream, &event.kind, jobs::event::SCHEMA, &payload);
            event.expect("what was written can be read")
        };
        let wanted = |event: &&Recorded| event.stream == stream || event.kind == "ServerStarted";
        self.log.iter().filter(wanted).map(|event| (event.clone(), decoded(event))).collect()
    }

    fn place(&self, event: &Recorded, host: &HostName) -> Option<HostIndex> {
        let id: JobId = event.stream.strip_prefix("job/")?.parse().ok()?;
        let at = self.fleet.jobs.get(&id)?.plan.hosts.iter().position(|planned| planned.name == *host)?;
        Some(HostIndex(at as u32))
    }

    fn page(&self, query: &EventQuery) -> Result<EventPage, Fault> {
        let wanted = |event: &&Recorded| query.filter.matches(event, |host| self.place(event, host));
        let kept = self.log.iter().filter(|event| event.position > self.forgotten);
        let (events, end): (Vec<Recorded>, u64) = match query.edge {
            Edge::After(after) if after < self.forgotten && after > 0 => {
                return Err(Fault::Gone { asked: after, oldest: self.forgotten + 1 });
            }
            Edge::After(after) => {
                let after = kept.filter(|event| event.position > after);
                (after.filter(wanted).take(query.limit).cloned().collect(), self.position())
            }
            Edge::Before(before) => {
                let before = kept.rev().filter(|event| event.position < before);
                (before.filter(wanted).take(query.limit).cloned().collect(), 0)
            }
        };
        let full = events.len() == query.limit;
        let seen = events.last().filter(|_| full).map_or(end, |event| event.position);
        Ok(EventPage { events, seen, end: !full })
    }
}

impl Backend for MemoryBackend {
    fn submit(&self, request: Request) -> BoxFuture<'_, Result<Accepted, Refusal>> {
        ready(self.submit_now(&request)).boxed()
    }

    fn look(&self, look: Look) -> Result<(), Fault> {
        let mut state = self.state();
        state.looks += 1;
        look(&state.fleet, state.position());
        let meanwhile = state.meanwhile.take();
        drop(state);
        meanwhile.into_iter().for_each(|happens| happens(self));
        Ok(())
    }

    fn archived(&self, job: JobId) -> BoxFuture<'_, Result<Option<Arc<Fleet>>, Fault>> {
        let mut state = self.state();
        state.unpacked += 1;
        let found = state.archive.get(&job).cloned();
        let alone = found.map(|found| Arc::new(Fleet { jobs: [(job, found)].into(), ..Fleet::default() }));
        ready(Ok(alone)).boxed()
    }

    fn told_by_place(&self, job: JobId) -> BoxFuture<'_, Result<Option<ToldByPlace>, Fault>> {
        let mut state = self.state();
        state.told += 1;
        let found = state.fleet.jobs.get(&job).or_else(|| state.archive.get(&job));
        let told = found.map(|job| ToldByPlace { plan: job.plan.clone(), template: job.template.clone() });
        ready(Ok(told)).boxed()
    }

    fn archive(&self, before: Option<JobId>, limit: usize) -> BoxFuture<'_, Result<Vec<Job>, Fault>> {
        let found = self.state().archived_before(before).take(limit).map(Job::summary).collect();
        ready(Ok(found)).boxed()
    }

    fn summaries(&self, jobs: Vec<JobId>) -> BoxFuture<'_, Result<Vec<Job>, Fault>> {
        let state = self.state();
        let found = jobs.iter().filter_map(|id| state.archive.get(id)).map(Job::summary).collect();
        ready(Ok(found)).boxed()
    }

    fn archived_places(&self, host: HostName) -> BoxFuture<'_, Result<Vec<(JobId, HostIndex)>, Fault>> {
        let place = |(id, job): (&JobId, &Job)| {
            let at = job.plan.hosts.iter().position(|planned| planned.name == host)?;
            Some((*id, HostIndex(at as u32)))
        };
        ready(Ok(self.state().archive.iter().filter_map(place).collect())).boxed()
    }

    fn archived_runs(
        &self,
        host: HostName,
        before: Option<JobId>,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<ArchivedRun>, Fault>> {
        let run_of = |job: &Job| {
            let at = job.plan.hosts.iter().position(|planned| planned.name == host)?;
            let index = HostIndex(at as u32);
            Some(ArchivedRun { job: job.summary(), index, run: job.run(index)?.clone() })
        };
        let found = self.state().archived_before(before).filter_map(run_of).take(limit).collect();
        ready(Ok(found)).boxed()
    }

    fn digests(&self, from: EndedAfter, limit: usize) -> BoxFuture<'_, Result<Vec<Digest>, Fault>> {
        let state = self.state();
        let mut found: Vec<Digest> = state.archive.values().filter_map(Digest::of).collect();
        found.retain(|digest| is_after(from, digest.ended_at, digest.job));
        found.sort_by_key(|digest| (digest.ended_at, digest.job));
        found.truncate(limit);
        ready(Ok(found)).boxed()
    }

    fn label_digests(
        &self,
        label: String,
        from: EndedAfter,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<LabelDigest>, Fault>> {
        let state = self.state();
        let of_job = |job: &Job| LabelDigest::all(job).remove(&label);
        let mut found: Vec<LabelDigest> = state.archive.values().filter_map(of_job).collect();
        found.retain(|digest| is_after(from, digest.ended_at, digest.job));
        found.sort_by_key(|digest| (digest.ended_at, digest.job));
        found.truncate(limit);
        ready(Ok(found)).boxed()
    }

    fn undigested(&self) -> BoxFuture<'_, Result<u32, Fault>> {
        ready(Ok(0)).boxed()
    }

    fn last_runs(
        &self,
        template: TemplateName,
        hosts: Vec<HostName>,
    ) -> BoxFuture<'_, Result<Vec<Vec<EndedRun>>, Fault>> {
        let state = self.state();
        let jobs: Vec<&Job> = state.archive.values().filter(|job| job.template.name == template).collect();
        let of_host = |host: &HostName| {
            let place = |job: &Job| job.plan.hosts.iter().position(|planned| planned.name == *host);
            jobs.iter().filter_map(|job| EndedRun::of(job, HostIndex(place(job)? as u32))).collect()
        };
        ready(Ok(hosts.iter().map(of_host).collect())).boxed()
    }

    fn now(&self) -> Timestamp {
        self.state().now
    }

    fn fresh_job(&self) -> Fresh {
        let id = self.fresh_id();
        Fresh { job: JobId(id), seed: id.0 as u64 }
    }

    fn fresh_id(&self) -> ulid::Ulid {
        let mut state = self.state();
        state.ids += 1;
        ulid::Ulid::from_parts(state.now.0, state.ids.into())
    }

    fn fresh_secret(&self) -> Result<Secret, Fault> {
        let text = format!("stg_{}", self.fresh_id());
        let hash = format!("{:064x}", self.state().ids).into();
        Ok(Secret { text, hash })
    }

    fn durable(&self) -> watch::Receiver<u64> {
        self.durable.subscribe()
    }

    fn events(&self, query: EventQuery) -> BoxFuture<'_, Result<EventPage, Fault>> {
        let mut state = self.state();
        state.logs_read += 1;
        ready(state.page(&query)).boxed()
    }

    fn stream_events(
        &self,
        stream: String,
        after_version: u64,
        limit: usize,
        host: Option<HostIndex>,
    ) -> BoxFuture<'_, Result<Vec<Recorded>, Fault>> {
        let mut state = self.state();
        let of_stream = state.log.iter().filter(|event| event.stream == stream && event.version > after_version);
        let wanted = of_stream.filter(|event| host.is_none_or(|host| event.is_about(host)));
        let found: Vec<Recorded> = wanted.take(limit).cloned().collect();
        state.streamed += found.len() as u64;
        ready(Ok(found)).boxed()
    }

    fn stream_back(&self, query: StreamQuery) -> BoxFuture<'_, Result<EventPage, Fault>> {
        let mut state = self.state();
        state.streams_read += 1;
        let in_reach = |event: &&Recorded| event.position > query.after && event.position < query.before;
        let of_stream = state.log.iter().rev().filter(|event| event.stream == query.stream).filter(in_reach);
        let mut page = EventPage { events: Vec::new(), seen: query.after, end: true };
        for (nth, event) in of_stream.enumerate() {
            if nth == MOST_LOOKED_AT || page.events.len() == query.limit {
                page.end = false;
                return ready(Ok(page)).boxed();
            }
            page.seen = event.position;
            page.events.extend(Some(event).filter(|event| query.about.is_said_by(event)).cloned());
        }
        ready(Ok(EventPage { seen: query.after, ..page })).boxed()
    }

    fn newest_positions(&self, streams: Vec<String>, before: u64) -> BoxFuture<'_, Result<Vec<Option<u64>>, Fault>> {
        let state = self.state();
        let in_reach = || state.log.iter().rev().filter(|event| event.position < before);
        let newest = |stream: &String| in_reach().find(|event| event.stream == *stream).map(|event| event.position);
        ready(Ok(streams.iter().map(newest).collect())).boxed()
    }

    fn output(
        &self,
        job: JobId,
        attempt: AttemptId,
        stream: OutputStream,
        from: u64,
        limit: u64,
    ) -> BoxFuture<'_, Result<OutputRange, Fault>> {
        let written = self.state().outputs.get(&(job, attempt, stream)).cloned().unwrap_or_default();
        let bytes = written.bytes.iter().skip(from as usize).take(limit as usize).copied().collect();
        let total = written.bytes.len() as u64;
        ready(Ok(OutputRange { offset: from, bytes, total, cut: None, complete: written.complete })).boxed()
    }

    fn job_at(&self, job: JobId, until: Until) -> BoxFuture<'_, Result<Option<PastJob>, Fault>> {
        let (mut fleet, mut last, mut next) = (Fleet::default(), None, None);
        for (recorded, event) in self.state().events_of(job) {
            let is_later = match until {
                Until::Position(until) => recorded.position > until,
                Until::Moment(until) => recorded.at > until,
                Until::End => false,
            };
            let is_own = recorded.stream == stream_of(job);
            if is_later && is_own {
                next = Some(recorded.position);
                break;
            }
            if !is_later {
                jobs::apply(&mut fleet, &event, recorded.at);
                last = Some(recorded).filter(|_| is_own).or(last);
            }
        }
        ready(Ok(last.map(|event| PastJob { fleet: Arc::new(fleet), event, next }))).boxed()
    }

    fn job_history(&self, job: JobId, slices: usize) -> BoxFuture<'_, Result<Option<Arc<History>>, Fault>> {
        let events = self.state().events_of(job);
        let is_own = |(recorded, _): &&(Recorded, Event)| recorded.stream == stream_of(job);
        let (Some((first, _)), Some((last, _))) = (events.iter().find(is_own), events.iter().rfind(is_own)) else {
            return ready(Ok(None)).boxed();
        };
        let (mut fleet, mut chronicle) = (Fleet::default(), Chronicle::between(first.at, last.at, slices));
        for (recorded, event) in &events {
            jobs::apply(&mut fleet, event, recorded.at);
            if recorded.stream == stream_of(job) {
                chronicle.take(recorded.position, recorded.at, event, &fleet.jobs[&job]);
            }
        }
        ready(Ok(Some(Arc::new(chronicle.end())))).boxed()
    }

    fn verify_log(&self) -> Result<watch::Receiver<Verification>, Fault> {
        Ok(self.verification.subscribe())
    }

    /// The log of this backend has no hashes: bytes and hashes are as many as there would be, and say where they are from.
    fn prove(&self, position: u64) -> BoxFuture<'_, Result<Option<Proof>, Fault>> {
        let size = self.state().position();
        let proof = (1..=size).contains(&position).then(|| Proof {
            bytes: format!("record {position}").into_bytes(),
            leaf: [1; 32],
            index: position - 1,
            path: vec![[2; 32]; size.next_power_of_two().ilog2() as usize],
            size,
            root: [3; 32],
        });
        ready(Ok(proof)).boxed()
    }
}

impl MemoryBackend {
    fn submit_now(&self, request: &Request) -> Result<Accepted, Refusal> {
        let key = request.key.clone().map(|key| (request.command.actor.clone(), key));
        if let Some(before) = key.as_ref().and_then(|key| self.state().keys.get(key).copied()) {
            return Ok(Accepted { duplicate: true, ..before });
        }
        self.carry_out(&request.command, &request.origin)?;
        let job = request.command.body.creates();
        let mut state = self.state();
        let accepted = Accepted { position: state.position(), duplicate: false, job };
        state.keys.extend(key.map(|key| (key, accepted)));
        Ok(accepted)
    }
}

fn is_after(from: EndedAfter, ended_at: Timestamp, job: JobId) -> bool {
    match from.job {
        Some(last) => (ended_at, job) > (from.at, last),
        None => ended_at >= from.at,
    }
}

fn action(name: &str) -> Action {
    Action {
        name: name.into(),
        description: format!("Does what {name} does."),
        parameters: [].into(),
        output: [].into(),
        timeout: Duration::minutes(5),
        repeat: Repeat::Never,
        on: Place::Host,
        sudo: false,
        run: Run::Script(format!("#!/bin/sh\necho {name}\n").into()),
    }
}

fn host(number: u32) -> Arc<Host> {
    let pick = |values: &[&str]| values[number as usize % values.len()].to_owned();
    let labels =
        [("role", "web".to_owned()), ("dc", pick(&["sh", "bj", "fra"])), ("os", pick(&["debian-12", "rocky-9"]))];
    Arc::new(Host {
        name: format!("web-{number:05}").into(),
        labels: Arc::new(labels.map(|(name, value)| (name.to_owned(), value)).into()),
        groups: ["web".to_owned()].into(),
        connection: serde_json::json!({"address": "127.0.0.1", "port": 2222, "user": format!("web-{number:05}")}),
    })
}

fn template() -> Template {
    let step = |step: &str, more: serde_json::Value| {
        let mut values = serde_json::json!({"step": step, "action": format!("demo.{step}")});
        if let (Some(values), Some(more)) = (values.as_object_mut(), more.as_object()) {
            values.extend(more.clone());
        }
        values
    };
    let template = serde_json::json!({
        "name": "patch",
        "description": "Patches web servers.",
        "parameters": {"kernel": {"type": "string", "default": "6.1", "description": "Which kernel."}},
        "targets": "role=web",
        "workflow": [
            step("check", serde_json::json!({})),
            step("install", serde_json::json!({"takesOutOfService": true})),
            step("join", serde_json::json!({"returnsToService": true})),
        ],
        "batches": [{"size": {"size": {"share": 100}}}, {"size": {"size": {"share": 1_000}}, "repeat": true}],
        "concurrency": {"max": 200},
        "gates": {"signature": 50},
        "unreachableAfter": 120_000,
        "lostAfter": 600_000,
    });
    serde_json::from_value(template).expect("the template is one")
}
