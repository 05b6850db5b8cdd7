//! What may be done now, what asks for a person, and why things wait. Clients hold no rules: they ask here.
//!
//! Never found here: a decision; this only says what `decide` would.

use crate::command::Room;
use crate::command::Which;
use crate::decide::{Steer, WhyNot, allowed, to_accept, to_retry};
use crate::fleet::{Deadline, Fleet};
use crate::host_run::{Absence, Cursor, HostRun, OpenAttempt, StepState};
use crate::ids::{BatchIndex, HostIndex};
use crate::job::{Batch, BatchKind, BatchStatus, Job};
use crate::outcome::{HostOutcome, HostStatus, JobStatus};
use crate::reason::HoldReason;
use crate::sentence::{self, Named, Sentence};
use crate::time::{Duration, Timestamp};

/// Something that may, or may not, be asked of a job now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Action {
    /// What.
    pub steer: Steer,
    /// Why not; `None` where it may.
    pub refused: Option<WhyNot>,
}

/// Everything that may be asked of a job, with the reason where it may not be asked now.
pub fn actions(job: &Job) -> Vec<Action> {
    let action = |steer| Action { steer, refused: refused(job, steer) };
    Steer::ALL.into_iter().map(action).collect()
}

fn refused(job: &Job, steer: Steer) -> Option<WhyNot> {
    if job.archived {
        return Some(WhyNot::Archived);
    }
    if let Err(why) = allowed(job.status, steer) {
        return Some(why);
    }
    let without_success = |outcome: &HostOutcome| !outcome.is_success();
    let ended_badly = || HostOutcome::ALL.into_iter().filter(without_success).any(|o| job.tally.outcome(o) > 0);
    match steer {
        Steer::Accept if job.tally.needing_a_person() == 0 => Some(WhyNot::NobodyNeedsAPerson),
        Steer::Retry if !ended_badly() => Some(WhyNot::NobodyFailed),
        Steer::Approve if !asks_for_approval(job) => Some(WhyNot::NothingToApprove),
        Steer::Resolve if job.tally.status(HostStatus::InDoubt) == 0 => Some(WhyNot::NobodyInDoubt),
        Steer::Start
        | Steer::Hold
        | Steer::Resume
        | Steer::Drain
        | Steer::Cancel
        | Steer::Kill
        | Steer::Retry
        | Steer::Accept
        | Steer::Approve
        | Steer::Resolve => None,
    }
}

/// How many hosts something would touch now: those whose admission begins or stops, those in flight that are stopped, those
/// that get another run or an owner, the batch that opens. 0 where it may not be asked.
pub fn touched(job: &Job, steer: Steer, which: &Which) -> u32 {
    if refused(job, steer).is_some() {
        return 0;
    }
    let count = |hosts: Result<Vec<HostIndex>, _>| hosts.map_or(0, |hosts: Vec<HostIndex>| hosts.len() as u32);
    match steer {
        Steer::Start | Steer::Hold | Steer::Resume => {
            job.tally.status(HostStatus::Waiting) + job.tally.status(HostStatus::Deferred)
        }
        Steer::Drain | Steer::Cancel | Steer::Kill => job.tally.status(HostStatus::Running),
        Steer::Retry => count(to_retry(job, which)),
        Steer::Accept => count(to_accept(job, which)),
        Steer::Approve => opened_by_approval(job),
        Steer::Resolve => job.tally.status(HostStatus::InDoubt),
    }
}

/// The hosts of the batches behind those that ask.
fn opened_by_approval(job: &Job) -> u32 {
    let at_a_gate = [job.rollout.current, job.retries.current].into_iter().flatten();
    let asks = |batch: &BatchIndex| {
        job.batches.get(batch.at()).is_some_and(|batch| matches!(batch.status, BatchStatus::AwaitingApproval(_)))
    };
    let next = at_a_gate.filter(asks).filter_map(|batch| job.batches.get(batch.at() + 1));
    next.map(|batch| batch.tally.hosts()).sum()
}

fn asks_for_approval(job: &Job) -> bool {
    let at_a_gate = [job.rollout.current, job.retries.current].into_iter().flatten();
    let mut batches = at_a_gate.filter_map(|batch| job.batches.get(batch.at()));
    batches.any(|batch| matches!(batch.status, BatchStatus::AwaitingApproval(_)))
}

/// Something a job waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// For programs.
    pub kind: WaitingKind,
    /// For people: what comes after "it waits for".
    pub sentence: Sentence,
    /// The numbers in it, by what they count.
    pub numbers: Vec<(&'static str, u32)>,
    /// The moment at which it is over by itself, where there is one.
    pub until: Option<Timestamp>,
}

/// What kind of thing a job waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WaitingKind {
    /// Somebody to start it.
    Start,
    /// Somebody to resume it.
    Resume,
    /// Hosts in flight.
    Hosts,
    /// Bake time.
    Bake,
    /// Somebody to approve a batch.
    Approval,
    /// Other jobs to let go of hosts.
    Lease,
    /// Hosts to be reachable again.
    Reach,
    /// Somebody to deal with hosts that are out of service or in doubt.
    Person,
    /// Room on the disk.
    Room,
}

/// How much a job asks of a person, the most urgent first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Attention {
    /// Hosts serve nobody, or are in doubt, until a person deals with them.
    Hosts,
    /// No host is admitted for want of room on the disk.
    Room,
    /// A limit was exceeded, and nobody is admitted.
    Breach,
    /// Nobody is admitted for another reason.
    Held,
    /// Somebody has to approve what follows a batch.
    Approval,
}

/// What a job asks of a person. `None` where it goes on by itself, or does not go on because it was meant so: a job that was
/// planned and not started hurts nobody.
pub fn attention(fleet: &Fleet, job: &Job) -> Option<Attention> {
    let at_its_gate = job.current_batch().and_then(|batch| gate(job, batch));
    let asks = at_its_gate.is_some_and(|gate| gate.kind == WaitingKind::Approval);
    match (&job.hold, job.status) {
        (_, JobStatus::Finished) => None,
        _ if job.tally.needing_a_person() > 0 => Some(Attention::Hosts),
        _ if lacks_room(fleet, job) => Some(Attention::Room),
        (Some(HoldReason::Breach(_)), _) => Some(Attention::Breach),
        (Some(HoldReason::Person { .. } | HoldReason::Drained { .. } | HoldReason::ApprovalExpired { .. }), _) => {
            Some(Attention::Held)
        }
        (None, _) => asks.then_some(Attention::Approval),
    }
}

fn lacks_room(fleet: &Fleet, job: &Job) -> bool {
    fleet.room == Room::NoNewHosts && job.status == JobStatus::Running
}

/// What a job waits for, the most pressing first; empty when it has ended.
pub fn waiting_for(fleet: &Fleet, job: &Job) -> Vec<Waiting> {
    let mut waiting = Vec::new();
    let say = |kind, sentence, numbers: &[(&'static str, u32)]| Waiting {
        kind,
        sentence,
        numbers: numbers.to_vec(),
        until: None,
    };
    match job.status {
        JobStatus::Planned => waiting.push(say(WaitingKind::Start, Sentence::ToBeStarted {}, &[])),
        JobStatus::Held => waiting.extend(
            job.hold
                .as_ref()
                .map(|why| say(WaitingKind::Resume, Sentence::ToBeResumed { why: Sentence::from(why).part() }, &[])),
        ),
        JobStatus::Finished => return waiting,
        JobStatus::Running | JobStatus::Draining | JobStatus::Cancelling | JobStatus::Settled => {}
    }
    if lacks_room(fleet, job) {
        waiting.push(say(WaitingKind::Room, Sentence::ForRoom {}, &[]));
    }
    waiting.extend(job.current_batch().and_then(|batch| gate(job, batch)));
    if job.tally.needing_a_person() > 0 {
        let (out, doubt) = (job.tally.out_of_service(), job.tally.status(HostStatus::InDoubt));
        let sentence = Sentence::ForAPerson { hosts: Sentence::Hosts { count: out }.part(), doubt };
        waiting.push(say(WaitingKind::Person, sentence, &[("outOfService", out), ("inDoubt", doubt)]));
    }
    let mut count = |count, kind, sentence| {
        if count > 0 {
            waiting.push(say(kind, sentence, &[("hosts", count)]));
        }
    };
    let (running, away) = (job.tally.status(HostStatus::Running), job.tally.out_of_reach());
    count(running, WaitingKind::Hosts, Sentence::ForHostsInFlight { count: running });
    count(away, WaitingKind::Reach, Sentence::ForHostsOutOfReach { count: away });
    let deferred = job.tally.status(HostStatus::Deferred);
    count(deferred, WaitingKind::Lease, Sentence::ForLeases { count: deferred });
    waiting
}

fn gate(job: &Job, batch: BatchIndex) -> Option<Waiting> {
    let number = batch.number();
    let (kind, sentence, until) = match job.batches.get(batch.at())?.status {
        BatchStatus::Baking(until) => (WaitingKind::Bake, Sentence::ToBake { batch: number }, Some(until)),
        BatchStatus::AwaitingApproval(expires) => {
            (WaitingKind::Approval, Sentence::ToBeApproved { batch: number }, expires)
        }
        BatchStatus::Waiting
        | BatchStatus::Open
        | BatchStatus::Baked
        | BatchStatus::Approved
        | BatchStatus::Passed
        | BatchStatus::Closed => return None,
    };
    Some(Waiting { kind, sentence, numbers: vec![("batch", number)], until })
}

/// Why one host is where it is: the chain from the nearest reason to the last.
pub fn why_host(fleet: &Fleet, job: &Job, host: HostIndex, now: Timestamp) -> Vec<Sentence> {
    let Some(run) = job.run(host) else { return vec![Sentence::NotInPlan {}] };
    let mut chain = match run.status {
        HostStatus::Waiting => why_waiting(fleet, job, run),
        HostStatus::Deferred => run.deferred.iter().map(Sentence::from).collect(),
        HostStatus::Running => why_running(job, run, now),
        HostStatus::InDoubt => why_in_doubt(job, run),
        HostStatus::Finished => vec![why_finished(job, run)],
    };
    if run.out_of_service {
        chain.push(match &run.accepted_by {
            None => Sentence::OutOfService {},
            Some(by) => Sentence::LeftOutOfService { by: by.clone() },
        });
    }
    chain
}

fn why_waiting(fleet: &Fleet, job: &Job, run: &HostRun) -> Vec<Sentence> {
    let number = run.batch.number();
    let Some(batch) = job.batches.get(run.batch.at()) else { return Vec::new() };
    let of_batch = match batch.status {
        BatchStatus::Waiting => Sentence::BatchNotOpen { batch: number },
        _ if job.status == JobStatus::Running => Sentence::BatchPlaces { batch: number, count: job.places(batch) },
        _ => Sentence::BatchClosed { batch: number },
    };
    let waits = |waiting: Waiting| Sentence::JobWaits { what: waiting.sentence.part() };
    [of_batch].into_iter().chain(waiting_for(fleet, job).into_iter().map(waits)).collect()
}

fn step_of(job: &Job, run: &HostRun) -> Named {
    match run.step().and_then(|step| job.step(step)) {
        Some(step) => step.step.as_str().into(),
        None => Sentence::NoStep {}.into(),
    }
}

fn why_running(job: &Job, run: &HostRun, now: Timestamp) -> Vec<Sentence> {
    let step = step_of(job, run);
    let takes_back = match run.cursor {
        Cursor::Undo(_) => true,
        Cursor::Forward(_) | Cursor::Always(_) | Cursor::End => false,
    };
    let here = match run.state {
        StepState::Open(OpenAttempt { number, started_at, .. }) => {
            let length = now - started_at;
            match takes_back {
                true => Sentence::TryingUndo { step, number, length },
                false => Sentence::Trying { step, number, length },
            }
        }
        StepState::RetryAt(at) => match takes_back {
            true => Sentence::UndoTriedAgain { step, length: at - now },
            false => Sentence::TriedAgain { step, length: at - now },
        },
        StepState::Ready | StepState::Failed(_) | StepState::InDoubt(_) | StepState::TookNoEffect => {
            Sentence::StoppedBefore { step }
        }
    };
    let away = match (run.absence(), &run.out_of_reach) {
        (Some(Absence::Rebooting), _) => Some(Sentence::Reboots {}),
        (Some(Absence::OutOfReach), Some(why)) => Some(Sentence::OutOfReach { why: why.clone() }),
        (_, None) | (None, _) => None,
    };
    [here].into_iter().chain(away).collect()
}

fn why_in_doubt(job: &Job, run: &HostRun) -> Vec<Sentence> {
    let then = match run.state {
        StepState::InDoubt(why) => sentence::vanished(why),
        StepState::Ready
        | StepState::Open(_)
        | StepState::Failed(_)
        | StepState::RetryAt(_)
        | StepState::TookNoEffect => Sentence::EndNotKnown {},
    };
    vec![Sentence::Started { step: step_of(job, run), then: then.part() }, Sentence::PersonSays {}]
}

fn why_finished(job: &Job, run: &HostRun) -> Sentence {
    if let Some(failure) = &run.failure {
        let step = job.step(failure.step).map_or("?", |step| step.step.as_str()).into();
        return Sentence::FailedAt { step, error: failure.error.clone() };
    }
    match run.outcome {
        Some(HostOutcome::AlreadyDone) => Sentence::HostAlreadyDone {},
        _ if run.never_started() => Sentence::NeverCame {},
        Some(HostOutcome::Cancelled) => Sentence::JobStoppedBefore { step: step_of(job, run) },
        Some(HostOutcome::InDoubt) => Sentence::NotKnown { step: step_of(job, run) },
        Some(
            HostOutcome::Succeeded
            | HostOutcome::StepFailed
            | HostOutcome::VerificationFailed
            | HostOutcome::TimedOut
            | HostOutcome::Lost
            | HostOutcome::Unreachable,
        )
        | None => Sentence::AllThrough {},
    }
}

/// At which failure the job stops, counted over a batch, in words; `None` where no threshold counts failures.
pub fn stops_at(job: &Job, index: BatchIndex) -> Option<u32> {
    let batch = job.batches.get(index.at())?;
    match batch.kind {
        BatchKind::Planned { .. } => job.plan.stops_at(index, &job.template.gates),
        BatchKind::RetryCanary => Some(job.template.gates.canary.max_failed + 1),
        BatchKind::Retry => job.template.gates.total.cap.map(|cap| cap + 1),
    }
}

/// Hosts per minute whose workflow came to its own end, since the job was started.
pub fn throughput(job: &Job, now: Timestamp) -> f64 {
    let Some(started) = job.started_at else { return 0.0 };
    let elapsed = (job.finished_at.unwrap_or(now) - started).0.max(1);
    f64::from(job.tally.ended()) * 60_000.0 / elapsed as f64
}

/// When the job will have ended if it goes on like this, bakes included; `None` before the first host finished, while
/// the job does not move, and once it ended.
pub fn estimated_end(job: &Job, now: Timestamp) -> Option<Timestamp> {
    let moving = job.status == JobStatus::Running;
    let ended = u64::from(job.tally.ended());
    let started = job.started_at.filter(|_| moving && ended > 0)?;
    let left = u64::from(job.tally.hosts() - job.tally.status(HostStatus::Finished));
    let baked: u64 = job.batches.iter().filter(|b| b.status == BatchStatus::Passed).map(|b| bake_of(b).0).sum();
    let working = (now - started).0.saturating_sub(baked);
    let to_bake: u64 = job.rollout.next.iter().filter_map(|b| job.batches.get(b.at())).map(|b| bake_of(b).0).sum();
    Some(now + Duration(working.saturating_mul(left) / ended + to_bake))
}

fn bake_of(batch: &Batch) -> Duration {
    match batch.kind {
        BatchKind::Planned { bake, .. } => bake,
        BatchKind::RetryCanary | BatchKind::Retry => Duration::ZERO,
    }
}

/// The moments at which something is due for a job, soonest first.
pub fn due(fleet: &Fleet, job: &Job) -> Vec<(Timestamp, Deadline)> {
    fleet.deadlines.iter().filter(|(_, deadline)| deadline.is_of(job.id)).copied().collect()
}
