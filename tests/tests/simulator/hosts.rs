//! Hosts as architecture.md describes them ("A step on a host"): claims, runs and results on disk, supervisors that hold
//! a lock, boot ids. What is here survives every crash of the controller.
//!
//! Never found here: what the controller makes of an answer.

use crate::chance::Chance;
use jobs::attempt::{Ending, How, Vanished};
use jobs::ids::{AttemptId, JobId, Phase};
use jobs::parameter::Values;
use jobs::time::{Duration, Timestamp};
use std::collections::BTreeMap;

/// An attempt of a job: what a host is asked to begin.
pub type Token = (JobId, AttemptId);

/// One managed server.
pub struct Host {
    boot: u64,
    /// Nobody can log in before this.
    pub out_until: Timestamp,
    disk: BTreeMap<Token, Run>,
    /// Attempts below these are refused: a later one was seen.
    highest: BTreeMap<(JobId, u16), u16>,
}

/// What the disk says about an attempt, and the supervisor, who is there or not.
struct Run {
    boot: u64,
    supervised: bool,
    started_at: Timestamp,
    ends_at: Timestamp,
    ending: Ending,
    done: bool,
}

/// A host's answer to `begin`.
pub enum Begun {
    Running,
    Done(Ending),
    Vanished(Vanished),
    Refused(&'static str),
}

/// Every script that was ever started on a host, with what became of it.
#[derive(Default)]
pub struct Journal {
    pub started: BTreeMap<Token, u32>,
    pub ended: BTreeMap<Token, How>,
}

impl Host {
    pub fn new() -> Host {
        Host { boot: 1, out_until: Timestamp(0), disk: BTreeMap::new(), highest: BTreeMap::new() }
    }

    pub fn is_out(&self, now: Timestamp) -> bool {
        now < self.out_until
    }

    /// The only way to start something. Idempotent: asked again, it answers for what is there.
    pub fn begin(&mut self, token: Token, now: Timestamp, chance: &mut Chance, journal: &mut Journal) -> Begun {
        self.come_to(now, journal);
        let (job, attempt) = token;
        if let Some(run) = self.disk.get(&token) {
            return match run {
                Run { done: true, ending, .. } => Begun::Done(ending.clone()),
                Run { supervised: true, .. } => Begun::Running,
                Run { boot, .. } if *boot != self.boot => Begun::Vanished(Vanished::Rebooted),
                Run { .. } => Begun::Vanished(Vanished::SupervisorKilled),
            };
        }
        let highest = self.highest.entry((job, attempt.step.0)).or_default();
        if attempt.number < *highest {
            return Begun::Refused("a later attempt was here before");
        }
        *highest = attempt.number;
        let step = |other: &Token| (other.0, other.1.step) == (job, attempt.step);
        if self.disk.iter().any(|(other, run)| step(other) && run.supervised && !run.done) {
            return Begun::Refused("an earlier attempt still runs");
        }
        *journal.started.entry(token).or_default() += 1;
        self.disk.insert(token, self.fresh_run(attempt, now, chance));
        Begun::Running
    }

    fn fresh_run(&self, attempt: AttemptId, now: Timestamp, chance: &mut Chance) -> Run {
        let length = if chance.once_in(40) { chance.between(200, 500) } else { chance.between(1, 40) };
        let (length, timeout) = (Duration::seconds(length), Duration::minutes(5));
        let how = match chance.between(0, 100) {
            _ if length > timeout => How::TimedOut,
            0..88 => How::Exited(0),
            88..98 => How::Exited(if attempt.phase == Phase::Verify { 1 } else { 100 }),
            _ => How::Signalled(11),
        };
        let error = (how != How::Exited(0)).then(|| "E: it did not work".into());
        let took = length.min(timeout);
        let ending = Ending { how, output: Values::new(), error, took, out_bytes: 7, err_bytes: 0 };
        Run { boot: self.boot, supervised: true, started_at: now, ends_at: now + took, ending, done: false }
    }

    /// Writes `done` for what has ended by now.
    pub fn come_to(&mut self, now: Timestamp, journal: &mut Journal) {
        for (token, run) in &mut self.disk {
            if run.supervised && !run.done && run.ends_at <= now {
                run.done = true;
                journal.ended.insert(*token, run.ending.how);
            }
        }
    }

    /// Asks a script that runs to end; it does within ten seconds, or ends by itself before.
    pub fn cancel(&mut self, token: Token, now: Timestamp, chance: &mut Chance) {
        if let Some(run) = self.disk.get_mut(&token).filter(|run| run.supervised && !run.done) {
            let end = now + Duration(chance.between(0, 10_000));
            if end < run.ends_at {
                run.ends_at = end;
                run.ending = Ending { how: How::Killed, took: end - run.started_at, ..run.ending.clone() };
            }
        }
    }

    /// The power goes, and comes back after a while: nobody supervises what ran.
    pub fn reboot(&mut self, now: Timestamp, away: Duration, journal: &mut Journal) {
        self.come_to(now, journal);
        self.boot += 1;
        self.out_until = self.out_until.max(now + away);
        self.disk.values_mut().filter(|run| !run.done).for_each(|run| run.supervised = false);
    }

    /// Somebody kills a supervisor, and its script with it.
    pub fn kill_supervisors(&mut self, now: Timestamp, journal: &mut Journal) {
        self.come_to(now, journal);
        self.disk.values_mut().filter(|run| !run.done).for_each(|run| run.supervised = false);
    }

    /// Attempts whose script runs now.
    pub fn running(&self) -> impl Iterator<Item = Token> {
        self.disk.iter().filter(|(_, run)| run.supervised && !run.done).map(|(token, _)| *token)
    }
}
