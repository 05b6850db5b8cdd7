//! What is said to people, as values: a key, and what is told with it. English is made of them here, once; whoever shows
//! another language says the same in it. This file allots the keys; a key is never used again for anything else.
//!
//! Never found here: when something is said, and a text that people wrote: those are told as they are.

mod of_event;
mod of_host_run;
mod of_reason;

pub use of_event::{About, Names, about, sentence};
pub use of_host_run::state;
pub(crate) use of_host_run::{outcome, vanished};

use crate::ids::JobId;
use crate::time::{Duration, Timestamp};
use crate::units::{Amount, BasisPoints};
use serde_json::{Map, Value, json};
use std::fmt;
use std::sync::Arc;

/// Gives every sentence to a macro: its name, what is told in it, and its English. Where one of something reads otherwise
/// than several, the number is called `count`, and the English for one comes first.
#[macro_export]
macro_rules! each_sentence {
    ($then:ident) => {
        $then! {
            // Parts of other sentences.
            Hosts { count: u32 } one(count) "{count} host" "{count} hosts"
            Batches { count: u32 } one(count) "{count} batch" "{count} batches"
            Actions { count: u32 } one(count) "{count} action" "{count} actions"
            HostAt { number: u32 } "host {number}"
            StepAt { number: u32 } "step {number}"
            NoStep {} "the end"
            Because { what: Part, why: Arc<str> } "{what}: {why}"
            Also { what: Part, also: Part } "{what}; {also}"

            // What happened to a job.
            JobCreated { template: Arc<str>, version: u32 } "the job was created from {template} version {version}"
            PlanSealed { hosts: Part, batches: Part, hash: Arc<str> } "{hosts} dealt into {batches}; plan {hash}"
            JobStarted {} "the job began to admit hosts"
            JobHeld { why: Part } "nobody new is admitted: {why}"
            JobResumed {} "hosts are admitted again"
            JobDraining {} "hosts stop at their next safe point"
            JobCancelling {} "hosts stop at their next safe point, and the job ends"
            JobKilled {} "running scripts are signalled, and the job ends"
            JobSettled {} "nothing more happens by itself; hosts need a person"
            JobFinished { outcome: Part } "the job ended: {outcome}"
            RetriedFromStart { hosts: Part } "{hosts} given another run, from the start"
            RetriedFromFailedStep { hosts: Part } "{hosts} given another run, from the failed step"
            HostsAccepted { hosts: Part } "{hosts} taken over"
            JobSucceeded {} "succeeded"
            JobPartial {} "partial"
            JobFailed {} "failed"
            JobCancelled {} "cancelled"
            JobWasKilled {} "killed"
            JobNoTargets {} "no targets"

            // What happened to a batch.
            BatchOpened { batch: u32 } "batch {batch} opened"
            BakeStarted { batch: u32, until: Timestamp } "batch {batch} is settled, and watched until {until}"
            BakeFinished { batch: u32 } "batch {batch} was watched long enough"
            ApprovalAsked { batch: u32 } "somebody has to agree to what follows batch {batch}"
            ApprovalAskedUntil { batch: u32, until: Timestamp }
                "somebody has to agree to what follows batch {batch}, until {until}"
            BatchApproved { batch: u32 } "what follows batch {batch} was approved"
            ApprovalExpired { batch: u32 } "nobody approved what follows batch {batch} in time"
            GatePassed { batch: u32 } "batch {batch} passed its gate"
            GateHeld { batch: u32, why: Part } "batch {batch} is stopped by its gate: {why}"

            // What happened to a host.
            HostAdmitted { host: Named } "{host} was admitted"
            HostDeferred { host: Named, why: Part } "{host} has to wait: {why}"
            CanaryBackfilled { host: Named, instead: Named } "{host} took the place of {instead} in the canary"
            PersonAsked { host: Named } "a person has to say what became of {host}"
            DoubtResolved { host: Named, verdict: Part } "on {host}, {verdict}"
            VerdictSucceeded {} "it took effect"
            VerdictFailed {} "it failed"
            VerdictRunAgain {} "it is to be run again"
            HostRunFinished { host: Named, outcome: Part } "{host} ended: {outcome}"
            StepSkipped { host: Named, step: Named } "{host}: {step} was skipped, its condition was not true"
            RetryScheduled { host: Named, step: Named, at: Timestamp } "{host}: {step} is tried again at {at}"
            StepFailed { host: Named, step: Named, error: Arc<str> } "{host}: {step} failed for good: {error}"
            TakenBack {} "what was done is taken back"

            // What happened to an attempt. It is named by its step, unless it is for something else or not the first.
            QuestionOf { step: Named } "the question whether {step} took effect"
            UndoOf { step: Named } "the undo of {step}"
            TryOf { what: Named, number: u16 } "{what}, try {number}"
            AttemptStarted { host: Named, attempt: Named } "{host}: {attempt} began"
            HostOutOfReach { host: Named, why: Arc<str> } "{host} cannot be reached: {why}"
            HostInReach { host: Named } "{host} was reached after all"
            AttemptFinished { host: Named, attempt: Named, ending: Part, took: Duration }
                "{host}: {attempt} {ending} after {took}"
            AttemptInDoubt { host: Named, attempt: Named, why: Part } "{host}: {attempt} is in doubt: {why}"
            AttemptSucceeded {} "succeeded"
            AttemptFailed { code: i32 } "exited with {code}"
            AttemptSignalled { signal: i32 } "ended by signal {signal}"
            AttemptTimedOut {} "timed out"
            AttemptKilled {} "killed"
            AttemptRefused {} "refused"
            AttemptLost {} "lost"
            AttemptUnreachable {} "unreachable"
            NothingLeft {} "nothing is left to do here"

            // What became of everything else.
            TemplateApplied { template: Arc<str>, version: u32 } "version {version} of template {template} was applied"
            TemplateRemoved { template: Arc<str> } "template {template} was taken away"
            PackInstalled { pack: Arc<str>, version: Arc<str>, actions: Part }
                "version {version} of pack {pack} was installed, with {actions}"
            ScheduleCreated { schedule: Arc<str>, cron: Arc<str>, zone: Arc<str> }
                "schedule {schedule} was put in place: {cron} {zone}"
            ScheduleChanged { schedule: Arc<str>, cron: Arc<str>, zone: Arc<str> }
                "schedule {schedule} was changed: {cron} {zone}"
            SchedulePaused {} "the schedule was paused, and skips its moments"
            ScheduleResumed {} "the schedule creates jobs again"
            ScheduleDeleted {} "the schedule was taken away"
            ScheduleFired { moment: Timestamp, job: JobId } "the moment {moment} created job {job}"
            ScheduleQueued { moment: Timestamp } "the moment {moment} waits for the job before it to end"
            ScheduleSkipped { moment: Timestamp, why: Named } "the moment {moment} was skipped: {why}"
            InventoryChanged { source: Arc<str>, put: Part, removed: Part }
                "{put} of {source} put in place, {removed} removed"
            TokenCreated { token: Arc<str> } "access token {token} was made"
            TokenRevoked {} "an access token was taken back"
            SessionOpened { until: Timestamp } "somebody signed in, until {until} at most"
            SessionClosed {} "somebody signed out"
            ServerStarted { epoch: u64, version: Arc<str> } "a server started: epoch {epoch}, version {version}"
            BackupRestored {} "the log was restored from a backup"
            RoomAmple { percent: u32 } "the disk has room again: {percent} % free"
            RoomNoNewJobs { percent: u32 } "no job is created until the disk has room: {percent} % free"
            RoomNoNewHosts { percent: u32 } "no host is admitted until the disk has room: {percent} % free"

            // Why something waits or was stopped.
            Leased { job: JobId } "job {job} has this host; it is admitted when that job lets go of it"
            CanaryFailed { failed: u32, of: u32, allowed: u32 } "canary failed {failed} of {of} (at most {allowed} may)"
            CanaryUnproven { succeeded: u32, needed: u32 }
                "canary proved nothing: {succeeded} succeeded, {needed} needed"
            BatchFailed { failed: u32, of: u32, allowed: Amount } "batch failed {failed} of {of} (at most {allowed} may)"
            TotalShare { failed: u32, finished: u32, allowed: BasisPoints }
                "{failed} of {finished} finished hosts failed (at most {allowed} may)"
            TotalCap { count: u32, allowed: u32 } one(count) "{count} host failed (at most {allowed} may)"
                "{count} hosts failed (at most {allowed} may)"
            Unreachable { unreachable: u32, of: u32, allowed: Amount }
                "{unreachable} of {of} hosts could not be reached (at most {allowed} may)"
            SameError { count: u32, limit: u32, error: Arc<str> } one(count) "the same error on {count} host (limit {limit}): {error}"
                "the same error on {count} hosts (limit {limit}): {error}"
            HeldBy { by: Arc<str> } "held by {by}"
            DrainedBy { by: Arc<str> } "drained by {by}"
            NobodyApproved { batch: u32 } "nobody approved batch {batch} in time"

            // What a job waits for.
            ToBeStarted {} "somebody to start it"
            ToBeResumed { why: Part } "somebody to resume it: {why}"
            ToBake { batch: u32 } "batch {batch} to bake"
            ToBeApproved { batch: u32 } "somebody to approve what follows batch {batch}"
            ForRoom {} "room on the disk of the data folder: no host is admitted without it"
            ForAPerson { hosts: Part, doubt: u32 } "a person: {hosts} out of service, {doubt} in doubt"
            ForHostsInFlight { count: u32 } one(count) "{count} host in flight" "{count} hosts in flight"
            ForHostsOutOfReach { count: u32 } one(count) "{count} host that cannot be reached"
                "{count} hosts that cannot be reached"
            ForLeases { count: u32 } one(count) "other jobs to let go of {count} host"
                "other jobs to let go of {count} hosts"

            // Why a host is where it is.
            NotInPlan {} "the host is not in the plan"
            BatchNotOpen { batch: u32 } "batch {batch} is not open yet"
            BatchPlaces { batch: u32, count: u32 } one(count) "batch {batch} is open; {count} host may be in flight at once"
                "batch {batch} is open; {count} hosts may be in flight at once"
            BatchClosed { batch: u32 } "batch {batch} admits nobody"
            JobWaits { what: Part } "the job waits for {what}"
            Trying { step: Named, number: u16, length: Duration } "step {step}, attempt {number}, for {length}"
            TryingUndo { step: Named, number: u16, length: Duration }
                "taking back step {step}, attempt {number}, for {length}"
            TriedAgain { step: Named, length: Duration } "step {step} failed and is tried again in {length}"
            UndoTriedAgain { step: Named, length: Duration }
                "taking back step {step} failed and is tried again in {length}"
            StoppedBefore { step: Named } "stopped at a safe point before step {step}"
            OutOfReach { why: Arc<str> } "the host cannot be reached: {why}"
            Reboots {} "the step reboots the host, which is away meanwhile"
            OutOfService {} "it is out of service because of this job"
            LeftOutOfService { by: Arc<str> } "it was left out of service, and {by} took it over"
            Started { step: Named, then: Part } "step {step} started, and {then}"
            PersonSays {}
                "its action may not simply be repeated; a person says whether it took effect (`stagger job resolve`)"
            FailedAt { step: Named, error: Arc<str> } "step {step} failed: {error}"
            NeverCame {} "the job ended before it came to this host"
            JobStoppedBefore { step: Named } "the job was stopped before step {step}"
            NotKnown { step: Named } "it is not known what became of step {step}"
            AllThrough {} "all steps are through"

            // Why the end of an attempt cannot be known.
            Rebooted {} "the host was rebooted in the middle of it"
            SupervisorKilled {} "its supervisor on the host was killed"
            Forgotten {} "the host does not remember it; its disk may not be the one it had"
            Cleared {} "the host has put its result away, which is not on record here (was a backup restored?)"
            ControllerEnded {} "the controller ended in the middle of it"
            NotBack {} "the host did not answer for it"
            EndNotKnown {} "its end is not known"

            // How a host run ended.
            HostSucceeded {} "succeeded"
            HostAlreadyDone {} "nothing was left to do"
            HostStepFailed {} "a step failed"
            HostVerificationFailed {} "verification failed"
            HostTimedOut {} "timed out"
            HostLost {} "lost during the change"
            HostUnreachable {} "could not be reached; nothing was done to it"
            HostInDoubt {} "in doubt, taken over by a person"
            HostCancelled {} "the job ended before it did"

            // What is going on on a host.
            NotAdmitted {} "not admitted yet"
            Deferred { why: Part } "deferred: {why}"
            AtStep { step: Named, how: Part } "{step}: {how}"
            TakingBack { step: Named, how: Part } "taking {step} back: {how}"
            AlwaysRuns { step: Named, how: Part } "{step} (always runs): {how}"
            ThroughAll {} "through all steps"
            Next {} "next"
            AskingHost { number: u16 } "asking the host whether it took effect (attempt {number})"
            UnderWay { number: u16 } "attempt {number} under way"
            LastFailed {} "the last attempt failed"
            AgainAt { at: Timestamp } "tried again at {at}"
            InDoubt { why: Part } "in doubt: {why}"
            TookNoEffect {} "took no effect; it may run again"

            // Why a moment of a schedule made no job, and what clocks make of one.
            Paused {} "the schedule was paused"
            TooLate { late: Duration, deadline: Duration } "{late} late, and the schedule allows {deadline}"
            NotRunning { late: Duration }
                "no server was running then ({late} ago), and the schedule does not catch up on missed moments"
            Superseded { by: Timestamp } "missed; {by}, which is due as well, fires in its place"
            TooMany { since: Timestamp }
                "missed like all moments after {since} up to this one, too many to answer one by one"
            StillRunning {} "the job before has not ended, and the schedule forbids overlap"
            AlreadyQueued {} "the job before has not ended, and another moment waits for that already"
            ClocksForward { time: Arc<str>, date: Arc<str> }
                "clocks are put forward over {time} on {date}: fires right after"
            ClocksBack { time: Arc<str>, date: Arc<str> }
                "clocks are put back and show {time} twice on {date}: fires the first time"
        }
    };
}

macro_rules! define {
    ($($name:ident { $($field:ident : $type:ty),* } $(one($count:ident) $one:literal)? $text:literal)*) => {
        /// Something said to people. Its text form is English, with no full stop at the end.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum Sentence { $(#[doc = $text] $name { $(#[doc = stringify!($field)] $field: $type),* }),* }

        /// What is said, without what is told in it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum SentenceKey { $(#[doc = $text] $name),* }

        impl SentenceKey {
            /// Every key.
            pub const ALL: &'static [SentenceKey] = &[$(SentenceKey::$name),*];

            /// Its English, with the names of what is told in it in braces: `batch {batch} opened`.
            pub fn english(self) -> &'static str {
                match self { $(SentenceKey::$name => $text),* }
            }

            /// What is told in its sentence, by name.
            pub fn told(self) -> &'static [&'static str] {
                match self { $(SentenceKey::$name => &[$(stringify!($field)),*]),* }
            }
        }

        impl Sentence {
            /// What is said.
            pub fn key(&self) -> SentenceKey {
                match self { $(Sentence::$name { .. } => SentenceKey::$name),* }
            }

            fn each_value(&self) -> Vec<(&'static str, Value)> {
                match self { $(Sentence::$name { $($field),* } => vec![$((stringify!($field), $field.told())),*]),* }
            }
        }

        impl fmt::Display for Sentence {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    $(Sentence::$name { $($field),* } => {
                        $(if *$count == 1 { return write!(f, $one); })?
                        write!(f, $text)
                    })*
                }
            }
        }
    };
}

each_sentence!(define);

/// A sentence within another.
pub type Part = Box<Sentence>;

/// Something that has a name of its own, or has to be described.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Named {
    /// By its name, or in the words of whoever said it.
    Name(Arc<str>),
    /// In a sentence.
    Described(Part),
}

impl fmt::Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Named::Name(name) => f.write_str(name),
            Named::Described(sentence) => sentence.fmt(f),
        }
    }
}

impl From<&str> for Named {
    fn from(name: &str) -> Named {
        Named::Name(name.into())
    }
}

impl From<Sentence> for Named {
    fn from(sentence: Sentence) -> Named {
        Named::Described(sentence.part())
    }
}

impl Sentence {
    /// As a part of another.
    pub fn part(self) -> Part {
        Box::new(self)
    }

    /// With why somebody did it, where they said so.
    pub fn because(self, why: &Arc<str>) -> Sentence {
        if why.is_empty() { self } else { Sentence::Because { what: self.part(), why: why.clone() } }
    }

    /// With something else that is so.
    pub fn also(self, also: Sentence) -> Sentence {
        Sentence::Also { what: self.part(), also: also.part() }
    }

    /// What is told in it, by name: text and numbers as they are; `{"ms": …}` is a length of time, `{"at": …}` a moment in
    /// RFC 3339, `{"share": …}` hundredths of a percent, `{"hosts": …}` a number of them; `{"key": …, "values": …, "text": …}` is a
    /// sentence.
    pub fn values(&self) -> Value {
        Value::Object(
            self.each_value().into_iter().map(|(name, value)| (name.to_owned(), value)).collect::<Map<_, _>>(),
        )
    }
}

impl SentenceKey {
    /// As it is written in values: `HOST_ADMITTED`.
    pub fn name(self) -> String {
        let camel = format!("{self:?}");
        let mut name = String::with_capacity(camel.len() + 4);
        for letter in camel.chars() {
            if letter.is_ascii_uppercase() && !name.is_empty() {
                name.push('_');
            }
            name.push(letter.to_ascii_uppercase());
        }
        name
    }
}

/// Something told in a sentence.
trait Told {
    fn told(&self) -> Value;
}

/// Text and numbers are told as they are.
macro_rules! told_as_they_are {
    ($($type:ty)*) => {
        $(impl Told for $type {
            fn told(&self) -> Value {
                json!(self)
            }
        })*
    };
}

told_as_they_are!(u16 u32 u64 i32 Arc<str> JobId Amount);

impl Told for BasisPoints {
    fn told(&self) -> Value {
        Amount::Share(*self).told()
    }
}

impl Told for Duration {
    fn told(&self) -> Value {
        json!({ "ms": self.0 })
    }
}

impl Told for Timestamp {
    fn told(&self) -> Value {
        json!({ "at": self.to_string() })
    }
}

impl Told for Part {
    fn told(&self) -> Value {
        json!({ "key": self.key().name(), "values": self.values(), "text": self.to_string() })
    }
}

impl Told for Named {
    fn told(&self) -> Value {
        match self {
            Named::Name(name) => name.told(),
            Named::Described(sentence) => sentence.told(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_said_otherwise_than_several() {
        let hosts = |count| Sentence::Hosts { count }.to_string();
        assert_eq!([hosts(0), hosts(1), hosts(2)], ["0 hosts", "1 host", "2 hosts"]);
    }

    #[test]
    fn what_is_told_says_what_it_is() {
        let outcome = Sentence::AttemptFailed { code: 100 }.part();
        let (host, attempt) =
            (Named::from("web-1"), Named::from(Sentence::TryOf { what: "install".into(), number: 2 }));
        let said = Sentence::AttemptFinished { host, attempt, ending: outcome, took: Duration::seconds(12) };
        assert_eq!(said.to_string(), "web-1: install, try 2 exited with 100 after 12s");
        assert_eq!(
            said.values(),
            json!({
                "host": "web-1",
                "attempt": {
                    "key": "TRY_OF", "values": {"what": "install", "number": 2}, "text": "install, try 2"
                },
                "ending": {"key": "ATTEMPT_FAILED", "values": {"code": 100}, "text": "exited with 100"},
                "took": {"ms": 12_000},
            })
        );
    }

    #[test]
    fn a_share_and_a_number_of_hosts_are_told_apart() {
        let allowed =
            |amount| Sentence::BatchFailed { failed: 6, of: 100, allowed: amount }.values()["allowed"].clone();
        assert_eq!(allowed(Amount::Hosts(5)), json!({"hosts": 5}));
        assert_eq!(allowed(Amount::Share(BasisPoints(500))), json!({"share": 500}));
    }

    #[test]
    fn no_reason_is_not_said() {
        let said = |why: &str| Sentence::JobResumed {}.because(&why.into()).to_string();
        assert_eq!(said(""), "hosts are admitted again");
        assert_eq!(said("the mirror is back"), "hosts are admitted again: the mirror is back");
    }
}
