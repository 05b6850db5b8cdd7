//! One run of the simulator: a controller that crashes, runners that lose and repeat what they say, hosts that go away,
//! and people. Everything happens in virtual time, and the same seed makes the same run.

use crate::case::{Case, LOST_AFTER};
use crate::chance::Chance;
use crate::controller::Controller;
use crate::hosts::{Begun, Host, Journal};
use crate::person;
use crate::truth::Truth;
use jobs::attempt::{Ending, How, Report};
use jobs::command::{Body, Code, Fresh, Room};
use jobs::event::{Event, JobEvent};
use jobs::fleet::{Change, Effect};
use jobs::ids::{HostName, JobId, ScheduleId};
use jobs::outcome::{AttemptOutcome, JobStatus};
use jobs::parameter::Values;
use jobs::time::{Duration, Timestamp};
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

/// How long there is trouble. After that hosts stay, nothing crashes, and people do what is needed.
const TROUBLE: Duration = Duration::minutes(90);

/// Something that is going to happen.
#[derive(Clone, Debug)]
enum Happening {
    /// A runner of this process asks the host of an effect.
    Ask(u32, Effect),
    /// A report arrives in the inbox of this process.
    Hear(u32, Effect, Report),
    /// What was handed in becomes durable.
    Sync(u32),
    Crash,
    Reboot,
    Outage,
    KillSupervisors,
    Person,
    /// Nothing goes wrong from now on, and no schedule makes jobs any more.
    Calm,
}

/// What a runner knows of an order it has; it goes away with the process.
#[derive(Clone, Copy, Default)]
struct Asking {
    /// Whether `begin` may have reached the host.
    may_have_begun: bool,
    said_out_of_reach: bool,
    /// Whether the engine has taken in that the host is in reach again.
    announced: bool,
    signalled: bool,
    /// What is said later is heard later.
    heard_until: Timestamp,
}

/// A run.
pub struct Run {
    now: Timestamp,
    calm_at: Timestamp,
    chance: Chance,
    controller: Controller,
    hosts: Vec<Host>,
    places: BTreeMap<HostName, usize>,
    journal: Journal,
    truth: Truth,
    agenda: BTreeMap<(Timestamp, u64), Happening>,
    counted: u64,
    /// Which process this is.
    process: u32,
    /// When it began.
    serving_since: Timestamp,
    asking: BTreeMap<Effect, Asking>,
    syncing: bool,
    trace: DefaultHasher,
    told: bool,
}

/// What a run came to: the hash of everything that happened, and how many events were recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct End {
    pub trace: u64,
    pub events: usize,
    pub scripts: usize,
    pub crashes: u32,
    /// Jobs that a schedule created.
    pub scheduled: usize,
}

/// Runs a seed to its end; panics where a promise is broken. `told` prints everything that happens.
pub fn run(seed: u64, told: bool) -> End {
    let mut run = Run::new(seed, told);
    run.live();
    run.end()
}

impl Run {
    fn new(seed: u64, told: bool) -> Run {
        let mut chance = Chance::of(seed);
        let case = Case::draw(&mut chance);
        let now = Timestamp(1_800_000_000_000);
        let mut run = Run {
            now,
            calm_at: now + TROUBLE,
            chance,
            controller: Controller::new(),
            hosts: case.hosts.iter().map(|_| Host::new()).collect(),
            places: case.hosts.iter().enumerate().map(|(place, host)| (host.name.clone(), place)).collect(),
            journal: Journal::default(),
            truth: Truth::default(),
            agenda: BTreeMap::new(),
            counted: 0,
            process: 0,
            serving_since: now,
            asking: BTreeMap::new(),
            syncing: false,
            trace: DefaultHasher::new(),
            told,
        };
        for body in case.commands() {
            run.command("user:alice", body);
        }
        for trouble in [Happening::Crash, Happening::Reboot, Happening::Outage, Happening::KillSupervisors] {
            run.again(trouble);
        }
        run.again(Happening::Person);
        run.after(TROUBLE.0, Happening::Calm);
        run
    }

    fn live(&mut self) {
        for _ in 0..200_000 {
            if self.step() || self.do_what_is_needed() {
                continue;
            }
            return;
        }
        panic!("it never ends");
    }

    /// The next thing that happens; false when nothing more happens by itself.
    fn step(&mut self) -> bool {
        let deadline = self.controller.fleet.next_deadline();
        let next = self.agenda.first_key_value().map(|((at, _), _)| *at);
        match (next, deadline) {
            (None, None) => false,
            (Some(at), deadline) if deadline.is_none_or(|deadline| at <= deadline) => {
                self.now = self.now.max(at);
                if let Some((_, happening)) = self.agenda.pop_first() {
                    self.tell(&happening);
                    self.happen(happening);
                }
                true
            }
            (_, Some(deadline)) => {
                self.now = self.now.max(deadline);
                self.tell(&"tick");
                let fresh = (0..8).map(|_| self.fresh()).collect();
                self.command("system", Body::Tick { fresh });
                assert!(self.controller.fleet.next_deadline().is_none_or(|next| next > self.now), "nothing came of it");
                true
            }
            (Some(_), None) => unreachable!("an agenda without deadlines is taken first"),
        }
    }

    fn tell(&mut self, what: &dyn std::fmt::Debug) {
        let line = format!("{:>9} {what:?}", self.now.0 % 1_000_000_000);
        line.hash(&mut self.trace);
        if self.told {
            println!("{line}");
        }
    }

    fn after(&mut self, milliseconds: u64, happening: Happening) {
        self.counted += 1;
        self.agenda.insert((self.now + Duration(milliseconds), self.counted), happening);
    }

    /// Trouble comes again and again until it is calm.
    fn again(&mut self, happening: Happening) {
        let minutes = match happening {
            Happening::Person => 4,
            Happening::Crash | Happening::Outage => 12,
            _ => 20,
        };
        let after = self.chance.between(0, minutes * 120_000);
        if self.now + Duration(after) < self.calm_at {
            self.after(after, happening);
        }
    }

    fn happen(&mut self, happening: Happening) {
        match happening.clone() {
            Happening::Ask(process, effect) if process == self.process => self.ask(effect),
            Happening::Hear(process, effect, report) if process == self.process => self.hear(effect, report),
            Happening::Sync(process) if process == self.process => self.sync(),
            Happening::Ask(..) | Happening::Hear(..) | Happening::Sync(_) => {}
            Happening::Crash => self.crash(),
            Happening::Calm => self.calm_down(),
            Happening::Person => self.person(),
            Happening::Reboot | Happening::Outage | Happening::KillSupervisors => self.trouble_a_host(&happening),
        }
        match happening {
            Happening::Ask(..) | Happening::Hear(..) | Happening::Sync(_) | Happening::Calm => {}
            trouble => self.again(trouble),
        }
    }

    /// Without schedules a run ends; it goes on in peace where the last process was killed before it was said.
    fn calm_down(&mut self) {
        if self.now < self.calm_at {
            return self.after((self.calm_at - self.now).0, Happening::Calm);
        }
        let schedules: Vec<ScheduleId> = self.controller.fleet.schedules.keys().copied().collect();
        for schedule in schedules {
            self.command("user:carol", Body::DeleteSchedule { schedule, reason: "".into() });
        }
        self.command("system", Body::NoteRoom { room: Room::Ample, free_percent: 30 });
    }

    /// An id and a seed for a job that a schedule may create.
    fn fresh(&mut self) -> Fresh {
        self.counted += 1;
        Fresh { job: JobId(ulid::Ulid::from_parts(1_000 + self.counted, 0)), seed: self.counted }
    }

    fn trouble_a_host(&mut self, trouble: &Happening) {
        let at = self.chance.between(0, self.hosts.len() as u64) as usize;
        let away = Duration::seconds(self.chance.between(1, 400));
        let host = &mut self.hosts[at];
        match trouble {
            Happening::Reboot => host.reboot(self.now, away, &mut self.journal),
            Happening::Outage => host.out_until = host.out_until.max(self.now + away),
            _ => host.kill_supervisors(self.now, &mut self.journal),
        }
    }

    /// Carries out a command. What follows is let be known only once it is durable.
    fn command(&mut self, actor: &str, body: Body) -> bool {
        match self.controller.carry_out(actor, body, self.now) {
            Ok(events) => {
                self.truth.compare(&self.controller.fleet, &events, &self.journal);
                assert!(!has_lost(&events) || self.has_listened(), "a host is lost that nobody has asked");
                for event in &events {
                    if let Event::Job(_, event) = event {
                        self.tell(event);
                    }
                }
                if !std::mem::replace(&mut self.syncing, true) {
                    let after = if self.chance.once_in(50) { 3_000 } else { 20 };
                    let (after, process) = (self.chance.between(0, after), self.process);
                    self.after(after, Happening::Sync(process));
                }
                true
            }
            Err(rejection) => {
                self.tell(&rejection.code);
                rejection.code != Code::StaleAttempt
            }
        }
    }

    /// Whether this process has served long enough to say that a host was not heard of.
    fn has_listened(&self) -> bool {
        self.now >= self.serving_since + LOST_AFTER
    }

    fn sync(&mut self) {
        self.syncing = false;
        for change in self.controller.sync() {
            match change {
                Change::InForce(effect) => self.start(effect, Asking::default()),
                Change::Signalled(effect, _) => {
                    if let Some(asking) = self.asking.get_mut(&effect) {
                        asking.signalled = true;
                        let process = self.process;
                        self.after(100, Happening::Ask(process, effect));
                    }
                }
                Change::Withdrawn(effect) => drop(self.asking.remove(&effect)),
            }
        }
    }

    fn start(&mut self, effect: Effect, asking: Asking) {
        self.asking.insert(effect, asking);
        let (after, process) = (self.chance.between(0, 1_500), self.process);
        self.after(after, Happening::Ask(process, effect));
    }

    /// The process is killed. Mostly another one begins at once; sometimes nobody looks for longer than any step may
    /// last, and hosts go on.
    fn crash(&mut self) {
        self.process += 1;
        if self.chance.once_in(200) {
            let away = Duration::minutes(self.chance.between(1, 40));
            (self.now, self.calm_at) = (self.now + away, self.calm_at + away);
        }
        self.serving_since = self.now;
        self.syncing = false;
        self.asking.clear();
        let seed = self.chance.next();
        let in_force = self.controller.crash(seed, self.now);
        self.truth.forget_all_but(&self.controller.log());
        for effect in in_force {
            let signalled = self.controller.fleet.order(effect).is_some_and(|order| order.signal.is_some());
            // What the process before has asked nobody knows.
            self.start(effect, Asking { may_have_begun: true, signalled, ..Asking::default() });
        }
    }

    fn ask(&mut self, effect: Effect) {
        let Some(asking) = self.asking.get(&effect).copied() else { return };
        let Some(order) = self.controller.fleet.order(effect) else { return };
        let place = self.places[&order.host];
        if self.hosts[place].is_out(self.now) {
            self.out_of_reach(effect, asking);
        } else if asking.said_out_of_reach && !asking.may_have_begun && !asking.announced {
            self.announce(effect, asking);
        } else if self.chance.once_in(30) {
            // The host hears it, and the connection breaks before its answer.
            self.begin(effect, place, asking);
            self.out_of_reach(effect, Asking { may_have_begun: true, ..asking });
        } else {
            let begun = self.begin(effect, place, asking);
            self.answer(effect, asking, begun);
        }
        let (again, process) = (self.chance.between(2_000, 15_000), self.process);
        self.after(again, Happening::Ask(process, effect));
    }

    /// A host may be given up as unreachable at any moment as long as nothing was done to it. So whoever said that it is
    /// out of reach takes that back, and is heard, before anything begins there.
    fn announce(&mut self, effect: Effect, asking: Asking) {
        self.asking.insert(effect, asking);
        self.say_once(effect, Report::Begun, 500);
    }

    fn begin(&mut self, effect: Effect, place: usize, asking: Asking) -> Begun {
        let token = (effect.job, effect.attempt);
        let known = self.journal.started.contains_key(&token);
        if asking.signalled && !known {
            let how = How::Killed;
            let took = Duration::ZERO;
            return Begun::Done(Ending { how, output: Values::new(), error: None, took, out_bytes: 0, err_bytes: 0 });
        }
        if asking.signalled {
            self.hosts[place].cancel(token, self.now, &mut self.chance);
        }
        let begun = self.hosts[place].begin(token, self.now, &mut self.chance, &mut self.journal);
        if !known && matches!(begun, Begun::Running) {
            let others = self.hosts[place].running().filter(|(job, _)| *job != effect.job);
            let in_force = jobs::effects(&self.controller.fleet);
            for (job, attempt) in others {
                assert!(!in_force.contains(&Effect { job, attempt }), "two jobs change one host: {job} and {token:?}");
            }
        }
        begun
    }

    fn out_of_reach(&mut self, effect: Effect, asking: Asking) {
        let may_have_begun = asking.may_have_begun;
        self.asking.insert(effect, Asking { said_out_of_reach: true, ..asking });
        if !asking.said_out_of_reach || self.chance.once_in(100) {
            self.say(effect, Report::OutOfReach { why: "connection refused".into(), may_have_begun });
        }
    }

    fn answer(&mut self, effect: Effect, asking: Asking, begun: Begun) {
        let report = match begun {
            Begun::Running if asking.said_out_of_reach || self.chance.once_in(50) => Report::Begun,
            Begun::Running => {
                self.asking.insert(effect, Asking { may_have_begun: true, ..asking });
                return;
            }
            Begun::Done(ending) => Report::Ended(ending),
            Begun::Vanished(why) => Report::Vanished(why),
            Begun::Refused(why) => Report::Refused { why: why.into() },
        };
        self.asking.insert(effect, Asking { may_have_begun: true, said_out_of_reach: false, ..asking });
        self.say(effect, report);
    }

    /// A report goes to the engine: at once, late, twice, or never.
    fn say(&mut self, effect: Effect, report: Report) {
        let times = self.chance.pick(&[1, 1, 1, 1, 1, 1, 1, 1, 0, 2]);
        for _ in 0..times {
            let late = if self.chance.once_in(100) { 60_000 } else { 500 };
            self.say_once(effect, report.clone(), late);
        }
    }

    fn say_once(&mut self, effect: Effect, report: Report, late: u64) {
        let soon = self.now + Duration(self.chance.between(0, late));
        let Some(asking) = self.asking.get_mut(&effect) else { return };
        asking.heard_until = asking.heard_until.max(soon);
        let after = asking.heard_until - self.now;
        self.after(after.0, Happening::Hear(self.process, effect, report));
    }

    fn hear(&mut self, effect: Effect, report: Report) {
        let Effect { job, attempt } = effect;
        if report == Report::Begun
            && let Some(asking) = self.asking.get_mut(&effect)
        {
            asking.announced = true;
        }
        if !self.command("system", Body::Report { job, attempt, report }) {
            self.asking.remove(&effect);
        }
    }

    fn person(&mut self) {
        if self.chance.once_in(80) {
            let room = self.chance.pick(&[Room::Ample, Room::NoNewJobs, Room::NoNewHosts]);
            self.command("system", Body::NoteRoom { room, free_percent: 3 });
        }
        let at = self.chance.between(0, self.controller.fleet.jobs.len().max(1) as u64) as usize;
        let Some(job) = self.controller.fleet.jobs.values().nth(at) else { return };
        let body = person::anything(job, &mut self.chance);
        self.tell(&body);
        self.command("user:bob", body);
    }

    /// People do what the jobs say they wait for; false when every job has ended.
    fn do_what_is_needed(&mut self) -> bool {
        let (fleet, chance) = (&self.controller.fleet, &mut self.chance);
        let mut needed: Vec<Body> = fleet.jobs.values().filter_map(|job| person::needed(fleet, job, chance)).collect();
        if needed.is_empty() {
            // Each may keep a host out of service that the other waits for. They say so, and one has to give in.
            let waiting = fleet.jobs.values().find(|job| job.status != JobStatus::Finished);
            let Some(job) = waiting.map(|job| job.id) else { return false };
            needed.push(Body::CancelJob { job, reason: "it waits for one that waits for it".into() });
        }
        for body in needed {
            self.tell(&body);
            self.command("user:carol", body);
        }
        true
    }

    fn end(mut self) -> End {
        self.sync();
        let log = self.controller.log();
        self.controller.root().hash(&mut self.trace);
        for (token, times) in &self.journal.started {
            assert_eq!(*times, 1, "the script of {token:?} was started {times} times");
        }
        End {
            trace: self.trace.finish(),
            events: log.len(),
            scripts: self.journal.started.len(),
            crashes: self.process,
            scheduled: log.iter().filter(|(_, event)| event.kind() == "ScheduleFired").count(),
        }
    }
}

fn has_lost(events: &[Event]) -> bool {
    events.iter().any(|event| {
        matches!(event, Event::Job(_, JobEvent::AttemptFinished(finished)) if finished.outcome == AttemptOutcome::Lost)
    })
}
