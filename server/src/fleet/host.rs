//! A simulated host that lives: its machine behind a lock, its scripts on the runtime's timers, its connections to cut.
//!
//! Connections come and go; scripts do not mind. What a host answers is decided by its [`Machine`], what a script does
//! by its scene or, with `--exec`, by a shell; this is where the two meet the clock and the ledger.
//!
//! Never found here: SSH, and the rules by which `begin` is answered.

use super::affliction::Affliction;
use super::dice::Dice;
use super::journal::Start;
use super::ledger::Ledger;
use super::machine::{Attempt, Fact, Machine, NEVER, Run, Verdict};
use super::roster::Profile;
use super::scene::{Script, play};
use super::shell::{self, Errand};
use super::speed::Speed;
use super::state::Line;
use crate::remote::protocol::{
    Begin, Cause, Header, State, Stream, Tried, decode_environment, output_frame, result_frame,
};
use std::borrow::Cow;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::sync::{Notify, oneshot};
use tokio_util::sync::CancellationToken;

/// How long a reboot takes on a real host: shortest and longest, in milliseconds.
const REBOOT: (u64, u64) = (30_000, 90_000);
/// Most bytes of output in one [`Look`].
const LOOK: usize = 128 * 1024;

/// What all hosts of a fleet share.
#[derive(Debug)]
pub struct World {
    /// What draws depend on.
    pub seed: u64,
    /// What ids depend on.
    pub salt: u64,
    /// How fast time goes.
    pub speed: Speed,
    /// Where facts and starts are kept.
    pub ledger: Ledger,
    /// With `--exec`: the folder under which each host has its own.
    pub shell: Option<PathBuf>,
}

/// One host.
#[derive(Debug)]
pub struct Host {
    /// Its name and labels.
    pub profile: Profile,
    /// What is wrong with it.
    pub ill: Affliction,
    world: Arc<World>,
    machine: Mutex<Machine>,
    news: Notify,
    connections: Mutex<HashMap<u64, CancellationToken>>,
    processes: Mutex<HashMap<Tried, shell::Leash>>,
    requests: AtomicU64,
}

/// What a follower gets to see of an attempt.
#[derive(Debug, Default)]
pub struct Look {
    /// Frames, as the protocol writes them.
    pub frames: Vec<u8>,
    /// Bytes of stdout shown by now.
    pub out_to: u64,
    /// Bytes of stderr shown by now.
    pub err_to: u64,
    /// Whether more can be seen at once.
    pub more: bool,
    /// Whether this was the end.
    pub over: bool,
    /// When there will be more to see without any [`Host::news`]; none when nobody knows.
    pub next: Option<Duration>,
}

/// What becomes of a `begin` under the lock.
enum Claim {
    Answered(State),
    Started(oneshot::Receiver<()>, Option<Errand>),
}

impl Host {
    /// A host with this past.
    pub fn new(profile: Profile, ill: Affliction, machine: Machine, world: Arc<World>) -> Arc<Host> {
        Arc::new(Host {
            profile,
            ill,
            world,
            machine: Mutex::new(machine),
            news: Notify::new(),
            connections: Mutex::default(),
            processes: Mutex::default(),
            requests: AtomicU64::new(0),
        })
    }

    /// Takes up again the scenes that were running when the fleet ended.
    pub fn resume(self: &Arc<Host>) {
        let running = self.machine().running();
        running.into_iter().for_each(|tried| self.let_run(tried, None));
    }

    /// The host's name.
    pub fn name(&self) -> &str {
        &self.profile.name
    }

    /// Whether anybody gets in now.
    pub fn is_up(&self) -> bool {
        !self.ill.unreachable && self.machine().down_until <= now()
    }

    /// How long until the host is back, if it is down and will be.
    pub fn back_in(&self) -> Option<Duration> {
        let until = self.machine().down_until;
        (until != NEVER && !self.ill.unreachable).then(|| Duration::from_millis(until.saturating_sub(now())))
    }

    /// The id of the boot it runs in.
    pub fn boot_id(&self) -> String {
        self.boot_of(&self.machine())
    }

    fn boot_of(&self, machine: &Machine) -> String {
        uuid(Dice::new(self.world.salt).with(self.name()).with("boot").and(u64::from(machine.boots)))
    }

    /// The id of its disk.
    pub fn store_id(&self) -> String {
        uuid(Dice::new(self.world.salt).with(self.name()).with("store"))
    }

    /// Whether this supervisor is installed.
    pub fn has_supervisor(&self, hash: &str) -> bool {
        self.machine().has_supervisor(hash)
    }

    /// Takes a supervisor.
    pub fn install(&self, hash: &str) -> Header {
        self.tell(&mut self.machine(), Fact::Installed(hash.to_owned()));
        Header { state: State::Installed, boot: String::new(), store: self.store_id(), epoch: None }
    }

    /// Starts an attempt unless it was started, and says where it stands. `input` is what came on standard input.
    ///
    /// # Errors
    /// When the script did not come whole, or its start could not be put into the journal; nothing ran.
    pub async fn begin(self: &Arc<Host>, begin: &Begin, input: &[u8]) -> Result<Header, Refusal> {
        self.ack(&begin.acks);
        let state = match self.claim(begin, input)? {
            Claim::Answered(state) => state,
            Claim::Started(durable, errand) => {
                durable.await.map_err(|_| Refusal::NotDurable)?;
                self.let_run(begin.attempt, errand);
                State::Started
            }
        };
        Ok(self.header(state))
    }

    fn claim(&self, begin: &Begin, input: &[u8]) -> Result<Claim, Refusal> {
        let mut machine = self.machine();
        let elsewhere = begin.flags.store.as_deref().is_some_and(|store| store != self.store_id());
        if let Verdict::Answer(state) = machine.judge(begin, elsewhere, &self.ill) {
            return Ok(Claim::Answered(state));
        }
        let (environment, text) = unpack(begin, input).ok_or(Refusal::HalfScript)?;
        let script = Script::new(&environment, begin.flags.reboot);
        // A script that is to reboot a real machine must not: this one is not only the fleet's.
        let real = self.world.shell.as_ref().filter(|_| !begin.flags.reboot);
        let errand = real.map(|root| Errand {
            folder: root.join(self.name()),
            host: self.name().to_owned(),
            attempt: begin.attempt,
            environment,
            script: text.to_vec(),
            timeout: Duration::from_millis(begin.timeout.0),
        });
        let run = if errand.is_some() { Run::Process } else { self.scene(&script, &machine) };
        Ok(Claim::Started(self.start(&mut machine, begin, run, &script.step), errand))
    }

    /// Makes the start a fact, and puts it into the journal. The receiver hears of it when it is on disk.
    fn start(&self, machine: &mut Machine, begin: &Begin, run: Run, step: &str) -> oneshot::Receiver<()> {
        if begin.epoch > machine.epoch() {
            self.tell(machine, Fact::Heard(begin.epoch));
        }
        let (tried, at) = (begin.attempt, now());
        self.tell(machine, Fact::Began { tried, spec: begin.spec.clone(), at, timeout: begin.timeout.0, run });
        machine.supervise(tried);
        let (host, op) = (Cow::Borrowed(self.name()), tried.op.to_string().into());
        self.world.ledger.start(&Start { t: at, host, op, number: tried.number, step: step.into() })
    }

    fn scene(&self, script: &Script, machine: &Machine) -> Run {
        let dice = Dice::new(self.world.seed).with(self.name()).with(&script.step);
        let pace = |milliseconds| self.world.speed.pace(milliseconds);
        Run::Scene(Box::new(play(script, &machine.condition, &self.ill, dice, pace)))
    }

    /// Sees to it that a started attempt comes to its end: a process of its own, or a timer for its scene.
    fn let_run(self: &Arc<Host>, tried: Tried, errand: Option<Errand>) {
        let host = Arc::clone(self);
        if let Some(errand) = errand {
            let leash = shell::Leash::default();
            lock(&self.processes).insert(tried, leash.clone());
            tokio::spawn(async move { host.supervise(errand, leash).await });
            return;
        }
        let Some(due) = self.machine().attempt(tried).map(Attempt::due) else { return };
        match due.map(|due| due.saturating_sub(now())) {
            None => {}
            Some(0) => self.finish(tried),
            Some(wait) => {
                tokio::spawn(async move {
                    tokio::time::sleep(Duration::from_millis(wait)).await;
                    host.finish(tried);
                });
            }
        }
    }

    async fn supervise(&self, errand: Errand, leash: shell::Leash) {
        let tried = errand.attempt;
        let end = shell::run(errand, leash).await;
        lock(&self.processes).remove(&tried);
        let mut machine = self.machine();
        if let Some(end) = end.filter(|_| machine.runs(tried)) {
            self.tell(&mut machine, Fact::Ended { tried, end });
        }
        drop(machine);
        self.news.notify_waiters();
    }

    /// A scene's time is up.
    fn finish(&self, tried: Tried) {
        let mut machine = self.machine();
        if !machine.runs(tried) {
            return;
        }
        match machine.attempt(tried).and_then(Attempt::ending) {
            Some(end) => self.tell(&mut machine, Fact::Ended { tried, end }),
            None => self.go_down(&mut machine),
        }
        drop(machine);
        self.news.notify_waiters();
    }

    /// Everything stops: connections are cut without a word, processes are killed, nobody gets in for a while.
    fn go_down(&self, machine: &mut Machine) {
        let dice = Dice::new(self.world.seed).with(self.name()).with("reboot").and(u64::from(machine.boots));
        let lasts = self.world.speed.pace(dice.between(REBOOT.0, REBOOT.1));
        let until = if self.ill.never_back { NEVER } else { now() + lasts };
        self.tell(machine, Fact::WentDown { until });
        lock(&self.processes).drain().for_each(|(_, leash)| leash.power_off());
        lock(&self.connections).drain().for_each(|(_, connection)| connection.cancel());
    }

    /// Kills real scripts, and waits until they are gone. Simulated ones go on when the fleet is started again.
    pub async fn kill_scripts(&self) {
        loop {
            let news = self.news();
            tokio::pin!(news);
            news.as_mut().enable();
            let leashes: Vec<shell::Leash> = lock(&self.processes).values().cloned().collect();
            if leashes.is_empty() {
                return;
            }
            leashes.iter().for_each(shell::Leash::power_off);
            news.await;
        }
    }

    /// Says where an attempt stands, and starts nothing.
    pub fn tail(&self, tried: Tried) -> Header {
        let state = self.machine().stands(tried);
        self.header(state)
    }

    /// Ends the script of an attempt, or keeps it from ever beginning.
    pub fn cancel(&self, tried: Tried, epoch: u64) -> Header {
        let mut machine = self.machine();
        let state = match machine.stands(tried) {
            _ if epoch < machine.epoch() => State::Fenced,
            State::Running => {
                self.signal(&mut machine, tried);
                State::Cancelling
            }
            State::Unknown => {
                self.tell(&mut machine, Fact::Barred(tried));
                State::Barred
            }
            other => other,
        };
        drop(machine);
        self.news.notify_waiters();
        self.header(state)
    }

    fn signal(&self, machine: &mut Machine, tried: Tried) {
        if let Some(leash) = lock(&self.processes).get(&tried) {
            return leash.cancel();
        }
        if let Some(end) = machine.attempt(tried).and_then(|attempt| attempt.cut_off(now(), Cause::Cancel)) {
            self.tell(machine, Fact::Ended { tried, end });
        }
    }

    /// Forgets these attempts for good. One whose script runs is left alone.
    pub fn ack(&self, acks: &[Tried]) -> Header {
        let mut machine = self.machine();
        for tried in acks.iter().filter(|tried| machine.stands(**tried) != State::Acked).collect::<Vec<_>>() {
            if machine.runs(*tried) {
                continue;
            }
            if let Some(root) = &self.world.shell {
                shell::forget(&root.join(self.name()), *tried);
            }
            self.tell(&mut machine, Fact::Acked(*tried));
        }
        Header { state: State::Acknowledged, boot: String::new(), store: String::new(), epoch: None }
    }

    /// All that it remembers, as the protocol says it.
    pub fn list(&self) -> String {
        let line = |(tried, word): (Tried, &str)| format!("op {} {} {word}\n", tried.op, tried.number);
        self.machine().listed().into_iter().map(line).collect()
    }

    /// What there is to see of an attempt beyond these offsets; none when it was lost or is forgotten.
    pub fn look(&self, tried: Tried, out_from: u64, err_from: u64) -> Option<Look> {
        let machine = self.machine();
        if !matches!(machine.stands(tried), State::Running | State::Done) {
            return None;
        }
        let attempt = machine.attempt(tried)?;
        let Some(scene) = attempt.scene() else {
            let (end, root) = (attempt.end, self.world.shell.clone()?);
            drop(machine);
            return shell::look(&root.join(self.name()), tried, end, out_from, err_from, LOOK).ok();
        };
        let elapsed = now().saturating_sub(attempt.at);
        let said = attempt.end.map_or_else(|| scene.said(elapsed), |end| end.out as usize);
        let err = if attempt.exited() { scene.err.as_str() } else { "" };
        let mut look = Look { out_to: out_from, err_to: err_from, ..Look::default() };
        look.show(Stream::Out, &scene.out.as_bytes()[..said]);
        look.show(Stream::Err, err.as_bytes());
        if let Some(end) = attempt.end {
            let result = if attempt.exited() { scene.result.as_str() } else { "" };
            look.conclude(result.as_bytes(), &end.to_string());
        }
        look.next = scene.says_more_at(elapsed).map(|at| Duration::from_millis(at - elapsed));
        Some(look)
    }

    /// Waits until something may have happened to an attempt of this host. Create it before looking.
    pub fn news(&self) -> tokio::sync::futures::Notified<'_> {
        self.news.notified()
    }

    /// Lets a connection be cut when the host goes down. False, and cut already, when it is down.
    pub fn connect(&self, id: u64, connection: &CancellationToken) -> bool {
        let machine = self.machine();
        let up = !self.ill.unreachable && machine.down_until <= now();
        if up {
            lock(&self.connections).insert(id, connection.clone());
        } else {
            connection.cancel();
        }
        up
    }

    /// A connection is gone.
    pub fn disconnect(&self, id: u64) {
        lock(&self.connections).remove(&id);
    }

    /// Whether a flaky host breaks off at the next request, and when.
    pub fn whim(&self) -> Whim {
        let request = self.requests.fetch_add(1, Ordering::Relaxed);
        if !self.ill.flaky {
            return Whim::None;
        }
        match Dice::new(self.world.seed).with(self.name()).with("flaky").and(request).below(10) {
            0 => Whim::BeforeRequest,
            1 => Whim::BeforeAnswer,
            _ => Whim::None,
        }
    }

    fn header(&self, state: State) -> Header {
        let machine = self.machine();
        let epoch = (state == State::Fenced).then(|| machine.epoch());
        Header { state, boot: self.boot_of(&machine), store: self.store_id(), epoch }
    }

    /// Makes a fact of something, here and in the log. Given under the lock, so that the log has a host's facts in order.
    fn tell(&self, machine: &mut Machine, fact: Fact) {
        machine.apply(&fact);
        let line = Line { host: self.name().into(), fact: Cow::Owned(fact) };
        self.world.ledger.fact(line.to_bytes());
    }

    fn machine(&self) -> MutexGuard<'_, Machine> {
        lock(&self.machine)
    }
}

/// Why a script did not start, and no answer of the protocol says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Standard input ended before its time.
    #[error("the connection was cut before the whole script had come")]
    HalfScript,
    /// The journal did not take the start.
    #[error("the start could not be put into the fleet's journal, so nothing ran; the fleet ends and says why")]
    NotDurable,
}

/// How much standard input a `begin` brings.
pub fn input_bytes(begin: &Begin) -> u64 {
    begin.env_bytes.saturating_add(begin.script_bytes).saturating_add(begin.spec.len() as u64 + 1)
}

/// Variables with their values, in order.
type Environment = Vec<(String, String)>;

/// Environment and script; none when they did not come whole.
fn unpack<'a>(begin: &Begin, input: &'a [u8]) -> Option<(Environment, &'a [u8])> {
    let (environment, rest) = input.split_at_checked(usize::try_from(begin.env_bytes).ok()?)?;
    let (script, mark) = rest.split_at_checked(usize::try_from(begin.script_bytes).ok()?)?;
    let whole = mark.strip_suffix(b"\n") == Some(begin.spec.as_bytes());
    let environment = decode_environment(std::str::from_utf8(environment).ok()?).ok()?;
    whole.then_some((environment, script))
}

/// When a flaky host breaks a connection off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whim {
    /// Not this time.
    None,
    /// Before it has done anything.
    BeforeRequest,
    /// When it has done what was asked and said nothing.
    BeforeAnswer,
}

impl Look {
    /// Adds what of a stream is beyond what was seen.
    fn show(&mut self, stream: Stream, all: &[u8]) {
        let seen = match stream {
            Stream::Out => &mut self.out_to,
            Stream::Err => &mut self.err_to,
        };
        let Some(fresh) = all.get(*seen as usize..).filter(|fresh| !fresh.is_empty()) else { return };
        self.frames.extend(output_frame(stream, *seen, fresh.len()).bytes());
        self.frames.extend(fresh);
        *seen += fresh.len() as u64;
    }

    /// Adds the last two frames.
    pub(super) fn conclude(&mut self, result: &[u8], end: &str) {
        self.frames.extend(result_frame(result.len()).bytes());
        self.frames.extend(result);
        self.frames.extend(end.bytes());
        self.over = true;
    }
}

/// Milliseconds since 1970.
pub fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as u64)
}

/// A lock that outlives a panic: each holder leaves the value whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The drawn number in the form of boot ids.
fn uuid(dice: Dice) -> String {
    let (high, low) = (dice.number(), dice.with("low").number());
    let (a, b, c) = (high >> 32, high >> 16 & 0xffff, high & 0xfff | 0x4000);
    format!("{a:08x}-{b:04x}-{c:04x}-{:04x}-{:012x}", low >> 48 & 0x3fff | 0x8000, low & 0xffff_ffff_ffff)
}
