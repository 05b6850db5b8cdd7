//! One simulated host as a value: what it remembers of attempts, and the rules by which it answers for them.
//!
//! The rules are those of a real host's supervisor. Whatever happens is a [`Fact`]; facts change the machine here and
//! nowhere else, while it runs as well as when a log of them is read again, so a fleet that was restarted remembers what
//! it did. Scenes that were running go on where they are by then: to Stagger the fleet's own restart is a network that was down.
//!
//! Never found here: a clock, a file, a network, or a lock. Times are milliseconds since 1970 and arrive as arguments.

use super::affliction::Affliction;
use super::scene::{Condition, Fate, Scene};
use crate::remote::protocol::{Begin, Cause, End, State, Tried};
use jobs::time::Duration;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// SIGTERM, by which a cancelled or late script ends.
const TERM: i32 = 15;
/// A host that is down until this instant never comes back.
pub const NEVER: u64 = u64::MAX;

/// All that a host is and remembers.
#[derive(Clone, Debug, Default)]
pub struct Machine {
    /// What scripts can change.
    pub condition: Condition,
    /// How often it has booted; the boot id follows from it.
    pub boots: u32,
    /// Until when nobody gets in.
    pub down_until: u64,
    supervisor: String,
    epoch: u64,
    attempts: BTreeMap<Tried, Attempt>,
    acked: BTreeSet<Tried>,
    barred: BTreeSet<Tried>,
}

/// An attempt that a host has claimed.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// The hash of all that the script is.
    pub spec: String,
    /// When it started.
    pub at: u64,
    /// Its greatest time in milliseconds; 0 is none.
    pub timeout: u64,
    /// What runs.
    pub run: Run,
    /// How it ended, once it has.
    pub end: Option<End>,
    boots: u32,
    supervised: bool,
}

/// What runs in an attempt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Run {
    /// A simulated script, which goes on by itself while time passes.
    Scene(Box<Scene>),
    /// A real process, which ends with the fleet.
    Process,
}

/// Something that happened to a host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fact {
    /// The supervisor with this hash was installed.
    Installed(String),
    /// A controller of this epoch was here.
    Heard(u64),
    /// An attempt was claimed and its script started.
    Began {
        /// Which.
        #[serde(with = "as_text")]
        tried: Tried,
        /// The hash of all that the script is.
        spec: String,
        /// When.
        at: u64,
        /// Its greatest time in milliseconds; 0 is none.
        timeout: u64,
        /// What runs.
        run: Run,
    },
    /// A script ended.
    Ended {
        /// Which.
        #[serde(with = "as_text")]
        tried: Tried,
        /// How.
        #[serde(with = "as_text")]
        end: End,
    },
    /// A result was acknowledged, so the attempt is forgotten and can never start again.
    Acked(#[serde(with = "as_text")] Tried),
    /// An attempt was cancelled before it had begun, so it never will.
    Barred(#[serde(with = "as_text")] Tried),
    /// The host went down, and will boot.
    WentDown {
        /// Until when nobody gets in.
        until: u64,
    },
}

/// Values that the protocol writes as text, written the same way into the log.
mod as_text {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};
    use std::fmt::Display;
    use std::str::FromStr;

    pub fn serialize<T: Display, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(value)
    }

    pub fn deserialize<'de, T: FromStr<Err: Display>, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.trim_end().parse().map_err(D::Error::custom)
    }
}

/// What a host answers to `begin`, or that it is to start the script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// This, and nothing starts.
    Answer(State),
    /// Nothing is known of the attempt and nothing stands against it.
    Start,
}

impl Machine {
    /// A host that has just been set up.
    pub fn fresh(ill: &Affliction) -> Machine {
        Machine { condition: Condition::fresh(ill), ..Machine::default() }
    }

    /// Takes what happened as given.
    pub fn apply(&mut self, fact: &Fact) {
        match fact {
            Fact::Installed(hash) => self.supervisor.clone_from(hash),
            Fact::Heard(epoch) => self.epoch = self.epoch.max(*epoch),
            Fact::Began { tried, spec, at, timeout, run } => self.began(*tried, spec, *at, *timeout, run),
            Fact::Ended { tried, end } => self.ended(*tried, *end),
            Fact::Acked(tried) => {
                self.attempts.remove(tried);
                self.barred.remove(tried);
                self.acked.insert(*tried);
            }
            Fact::Barred(tried) => {
                self.barred.insert(*tried);
            }
            Fact::WentDown { until } => {
                self.boots += 1;
                self.down_until = *until;
                self.condition.booted();
            }
        }
    }

    fn began(&mut self, tried: Tried, spec: &str, at: u64, timeout: u64, run: &Run) {
        if let Run::Scene(scene) = run {
            self.condition.struck_by(scene);
        }
        let attempt = Attempt {
            spec: spec.to_owned(),
            at,
            timeout,
            run: run.clone(),
            end: None,
            boots: self.boots,
            supervised: matches!(run, Run::Scene(_)),
        };
        self.attempts.insert(tried, attempt);
    }

    fn ended(&mut self, tried: Tried, end: End) {
        let Some(attempt) = self.attempts.get_mut(&tried) else { return };
        attempt.end = Some(end);
        attempt.supervised = false;
        let change = attempt.scene().and_then(|scene| scene.change.clone());
        if let Some(change) = change.filter(|_| end.cause == Cause::Exit && end.exit == 0) {
            self.condition.change(&change);
        }
    }

    /// Says that this process supervises the attempt's own process, from now on until it has ended.
    pub fn supervise(&mut self, tried: Tried) {
        if let Some(attempt) = self.attempts.get_mut(&tried) {
            attempt.supervised = true;
        }
    }

    /// Whether this supervisor is installed.
    pub fn has_supervisor(&self, hash: &str) -> bool {
        self.supervisor == hash
    }

    /// The highest epoch of a controller that was here.
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// What `begin` is answered with, once the acknowledgements that come with it have been taken. `elsewhere` says that the
    /// attempt may have begun on another disk than this host has now.
    pub fn judge(&self, begin: &Begin, elsewhere: bool, ill: &Affliction) -> Verdict {
        let tried = begin.attempt;
        if begin.epoch < self.epoch {
            return Verdict::Answer(State::Fenced);
        }
        if let Some(state) = self.gone(tried) {
            return Verdict::Answer(state);
        }
        if let Some(attempt) = self.attempts.get(&tried) {
            return Verdict::Answer(self.standing(attempt, &begin.spec, begin.flags.reboot));
        }
        let known = elsewhere || begin.flags.known || begin.out_from > 0 || begin.err_from > 0;
        match (known, self.has_later(tried), ill.full_disk) {
            (true, _, _) => Verdict::Answer(State::Unknown),
            (_, true, _) => Verdict::Answer(State::Fenced),
            _ if self.has_earlier_alive(tried) => Verdict::Answer(State::Busy),
            (_, _, true) => Verdict::Answer(State::NoSpace),
            _ => Verdict::Start,
        }
    }

    /// Where a claimed attempt stands. For a reboot the new boot id is all that counts.
    fn standing(&self, attempt: &Attempt, spec: &str, reboot: bool) -> State {
        let booted_since = attempt.boots != self.boots;
        if attempt.spec != spec {
            State::Conflict
        } else if booted_since && (reboot || attempt.end.is_none()) {
            State::VanishedRebooted
        } else if attempt.end.is_some() {
            State::Done
        } else if attempt.supervised {
            State::Running
        } else {
            State::VanishedKilled
        }
    }

    fn has_later(&self, tried: Tried) -> bool {
        let later = (std::ops::Bound::Excluded(tried), std::ops::Bound::Included(Tried { number: u16::MAX, ..tried }));
        self.attempts.range(later).next().is_some()
            || [&self.acked, &self.barred].iter().any(|gone| gone.range(later).next().is_some())
    }

    fn has_earlier_alive(&self, tried: Tried) -> bool {
        let mut earlier = self.attempts.range(Tried { number: 0, ..tried }..tried);
        earlier.any(|(_, attempt)| self.standing(attempt, &attempt.spec, false) == State::Running)
    }

    /// What `tail` is answered with.
    pub fn stands(&self, tried: Tried) -> State {
        match self.attempts.get(&tried) {
            Some(attempt) => self.standing(attempt, &attempt.spec, false),
            None => self.gone(tried).unwrap_or(State::Unknown),
        }
    }

    /// Why it can never start, if it cannot.
    fn gone(&self, tried: Tried) -> Option<State> {
        let acked = self.acked.contains(&tried).then_some(State::Acked);
        acked.or_else(|| self.barred.contains(&tried).then_some(State::Barred))
    }

    /// The attempt, unless it was never here or is acknowledged.
    pub fn attempt(&self, tried: Tried) -> Option<&Attempt> {
        self.attempts.get(&tried)
    }

    /// Whether its script runs now.
    pub fn runs(&self, tried: Tried) -> bool {
        self.stands(tried) == State::Running
    }

    /// All attempts that are remembered with their results, as `list` says them.
    pub fn listed(&self) -> Vec<(Tried, &'static str)> {
        let word = |tried: &Tried| match self.stands(*tried) {
            State::Done => "done",
            State::Running => "running",
            _ => "lost",
        };
        self.attempts.keys().map(|tried| (*tried, word(tried))).collect()
    }

    /// Those whose scripts run now.
    pub fn running(&self) -> Vec<Tried> {
        self.attempts.keys().copied().filter(|tried| self.runs(*tried)).collect()
    }
}

impl Attempt {
    /// The simulated script, unless a real one runs.
    pub fn scene(&self) -> Option<&Scene> {
        match &self.run {
            Run::Scene(scene) => Some(scene),
            Run::Process => None,
        }
    }

    /// When it will end, unless somebody interferes; none for one that never will, and for real processes.
    pub fn due(&self) -> Option<u64> {
        let scene = self.scene()?;
        let by_itself = (scene.fate != Fate::Hangs).then(|| self.at + scene.took);
        let by_timeout = (self.timeout > 0).then(|| self.at.saturating_add(self.timeout));
        by_itself.into_iter().chain(by_timeout).min()
    }

    /// How a scene ends at its time; none when the host goes down with it instead.
    pub fn ending(&self) -> Option<End> {
        let scene = self.scene()?;
        if self.timeout > 0 && (scene.fate == Fate::Hangs || scene.took > self.timeout) {
            return self.cut_off(self.at.saturating_add(self.timeout), Cause::Timeout);
        }
        match scene.fate {
            Fate::Exits(code) => Some(End {
                exit: i32::from(code),
                signal: 0,
                cause: Cause::Exit,
                took: Duration(scene.took),
                out: scene.out.len() as u64,
                err: scene.err.len() as u64,
            }),
            Fate::Hangs | Fate::GoesDown => None,
        }
    }

    /// How a scene ends that is signalled now.
    pub fn cut_off(&self, now: u64, cause: Cause) -> Option<End> {
        let elapsed = now.saturating_sub(self.at);
        let out = self.scene()?.said(elapsed) as u64;
        Some(End { exit: 0, signal: TERM, cause, took: Duration(elapsed), out, err: 0 })
    }

    /// Whether it ended by its own exit, so that what it wrote to `$STAGGER_OUTPUT` and stderr is there.
    pub fn exited(&self) -> bool {
        self.end.is_some_and(|end| end.cause == Cause::Exit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::remote::protocol::Flags;
    use jobs::attempt::Op;

    fn tried(number: u16) -> Tried {
        Tried { op: Op([7; 16]), number }
    }

    fn begin(number: u16) -> Begin {
        Begin {
            attempt: tried(number),
            epoch: 1,
            spec: "aaaa".into(),
            timeout: Duration(0),
            env_bytes: 0,
            script_bytes: 0,
            out_from: 0,
            err_from: 0,
            acks: vec![],
            flags: Flags::default(),
        }
    }

    fn began(number: u16, run: Run) -> Fact {
        Fact::Began { tried: tried(number), spec: "aaaa".into(), at: 1_000, timeout: 0, run }
    }

    fn scene(fate: Fate) -> Run {
        Run::Scene(Box::new(Scene {
            fate,
            took: 300,
            out: "one\ntwo\n".into(),
            err: String::new(),
            result: String::new(),
            change: None,
            strikes: None,
        }))
    }

    fn end() -> End {
        End { exit: 0, signal: 0, cause: Cause::Exit, took: Duration(5), out: 8, err: 0 }
    }

    /// The answer to `begin` after these facts.
    fn judged(facts: &[Fact], begin: &Begin) -> Verdict {
        let mut machine = Machine::default();
        facts.iter().for_each(|fact| machine.apply(fact));
        machine.judge(begin, false, &Affliction::default())
    }

    #[test]
    fn what_may_have_begun_on_another_disk_does_not_begin_on_this_one() {
        let (fresh, ill) = (Machine::default(), Affliction::default());
        assert_eq!(fresh.judge(&begin(1), true, &ill), Verdict::Answer(State::Unknown));
        let mut knows = Machine::default();
        knows.apply(&began(1, scene(Fate::Exits(0))));
        assert_eq!(knows.judge(&begin(1), true, &ill), Verdict::Answer(State::Running), "it did begin here");
    }

    #[test]
    fn begin_is_answered_by_the_rules() {
        let answer = Verdict::Answer;
        let running = began(1, scene(Fate::Exits(0)));
        let ended = Fact::Ended { tried: tried(1), end: end() };
        let down = Fact::WentDown { until: 0 };
        let known = Begin { flags: Flags { known: true, ..Flags::default() }, ..begin(1) };
        let reboot = Begin { flags: Flags { reboot: true, ..Flags::default() }, ..begin(1) };
        let old = Begin { epoch: 0, ..begin(1) };
        let other = Begin { spec: "bbbb".into(), ..begin(1) };
        let table: &[(&str, &[Fact], &Begin, Verdict)] = &[
            ("nothing there", &[], &begin(1), Verdict::Start),
            ("running", std::slice::from_ref(&running), &begin(1), answer(State::Running)),
            ("done", &[running.clone(), ended.clone()], &begin(1), answer(State::Done)),
            ("another spec", std::slice::from_ref(&running), &other, answer(State::Conflict)),
            ("another spec, done", &[running.clone(), ended.clone()], &other, answer(State::Conflict)),
            ("acknowledged", &[running.clone(), ended.clone(), Fact::Acked(tried(1))], &begin(1), answer(State::Acked)),
            ("supervisor gone", &[began(1, Run::Process)], &begin(1), answer(State::VanishedKilled)),
            ("booted since", &[running.clone(), down.clone()], &begin(1), answer(State::VanishedRebooted)),
            ("booted since, done", &[running.clone(), ended.clone(), down.clone()], &begin(1), answer(State::Done)),
            (
                "reboot, done, booted",
                &[running.clone(), ended.clone(), down.clone()],
                &reboot,
                answer(State::VanishedRebooted),
            ),
            ("reboot, done, not booted", &[running.clone(), ended.clone()], &reboot, answer(State::Done)),
            ("an old controller", &[Fact::Heard(1)], &old, answer(State::Fenced)),
            ("cancelled before", &[Fact::Barred(tried(1))], &begin(1), answer(State::Barred)),
            (
                "cancelled before, acked",
                &[Fact::Barred(tried(1)), Fact::Acked(tried(1))],
                &begin(1),
                answer(State::Acked),
            ),
            ("a later one, cancelled before", &[Fact::Barred(tried(2))], &begin(1), answer(State::Fenced)),
            ("a later attempt", &[began(2, Run::Process)], &begin(1), answer(State::Fenced)),
            ("a later one, acked", &[Fact::Acked(tried(2))], &begin(1), answer(State::Fenced)),
            ("the next while it runs", std::slice::from_ref(&running), &begin(2), answer(State::Busy)),
            ("the next once it ended", &[running.clone(), ended.clone()], &begin(2), Verdict::Start),
            ("the next after a boot", &[running.clone(), down.clone()], &begin(2), Verdict::Start),
            ("re-imaged", &[], &known, answer(State::Unknown)),
            ("re-imaged, with output", &[], &Begin { out_from: 1, ..begin(1) }, answer(State::Unknown)),
            ("known and there", std::slice::from_ref(&running), &known, answer(State::Running)),
        ];
        for (name, facts, begin, expected) in table {
            assert_eq!(judged(facts, begin), *expected, "{name}");
        }
    }

    #[test]
    fn a_full_disk_takes_nothing_new_and_answers_for_what_it_has() {
        let mut machine = Machine::default();
        let ill = Affliction { full_disk: true, ..Affliction::default() };
        assert_eq!(machine.judge(&begin(1), false, &ill), Verdict::Answer(State::NoSpace));
        machine.apply(&began(1, scene(Fate::Exits(0))));
        assert_eq!(machine.judge(&begin(1), false, &ill), Verdict::Answer(State::Running));
    }

    #[test]
    fn facts_read_back_from_their_lines_make_the_same_machine() {
        let facts = [
            Fact::Installed("ff".into()),
            Fact::Heard(4),
            began(1, scene(Fate::Exits(0))),
            Fact::Ended { tried: tried(1), end: end() },
            Fact::Acked(tried(1)),
            began(2, scene(Fate::Hangs)),
            began(3, Run::Process),
            Fact::WentDown { until: 7 },
            began(4, Run::Process),
            Fact::Barred(tried(5)),
        ];
        let mut machine = Machine::default();
        for fact in &facts {
            let line = serde_json::to_string(fact).unwrap();
            let read: Fact = serde_json::from_str(&line).unwrap_or_else(|problem| panic!("{line}: {problem}"));
            assert_eq!(read, *fact);
            machine.apply(&read);
        }
        assert_eq!((machine.epoch(), machine.has_supervisor("ff"), machine.boots), (4, true, 1));
        let stands = [1, 2, 3, 4, 5].map(|number| machine.stands(tried(number)));
        let expected =
            [State::Acked, State::VanishedRebooted, State::VanishedRebooted, State::VanishedKilled, State::Barred];
        assert_eq!(stands, expected);
        assert_eq!(machine.running(), []);
    }

    #[test]
    fn a_scene_ends_by_itself_or_by_its_timeout() {
        let attempt = |fate, timeout| {
            let mut machine = Machine::default();
            let run = scene(fate);
            machine.apply(&Fact::Began { tried: tried(1), spec: "aaaa".into(), at: 1_000, timeout, run });
            machine.attempt(tried(1)).unwrap().clone()
        };
        let story = |fate, timeout| {
            let attempt = attempt(fate, timeout);
            (attempt.due(), attempt.ending().map(|end| (end.cause, end.signal, end.out)))
        };
        assert_eq!(story(Fate::Exits(0), 0), (Some(1_300), Some((Cause::Exit, 0, 8))));
        assert_eq!(story(Fate::Exits(0), 9_000), (Some(1_300), Some((Cause::Exit, 0, 8))));
        assert_eq!(story(Fate::Exits(0), 150), (Some(1_150), Some((Cause::Timeout, TERM, 4))));
        assert_eq!(story(Fate::Hangs, 150), (Some(1_150), Some((Cause::Timeout, TERM, 4))));
        assert_eq!(story(Fate::Hangs, 0), (None, None));
        assert_eq!(story(Fate::GoesDown, 0), (Some(1_300), None));
    }
}
