//! What may be done now, and why things wait, in values and in words. Clients hold no rules: they ask here.
//!
//! Never found here: a decision; this only says what `decide` would.

use crate::command::Room;
use crate::command::Which;
use crate::decide::{Steer, WhyNot, allowed, to_accept, to_retry};
use crate::fleet::{Deadline, Fleet};
use crate::host_run::{Cursor, HostRun, StepState};
use crate::ids::{BatchIndex, HostIndex};
use crate::job::{Batch, BatchKind, BatchStatus, Job};
use crate::outcome::{HostOutcome, HostStatus, JobStatus};
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
    /// For people.
    pub text: String,
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

/// What a job waits for, the most pressing first; empty when it has ended.
pub fn waiting_for(fleet: &Fleet, job: &Job) -> Vec<Waiting> {
    let mut waiting = Vec::new();
    let mut say = |kind, text: String, numbers: &[(&'static str, u32)], until| {
        waiting.push(Waiting { kind, text, numbers: numbers.to_vec(), until });
    };
    match job.status {
        JobStatus::Planned => say(WaitingKind::Start, "somebody to start it".into(), &[], None),
        JobStatus::Held => {
            let why = job.hold.as_ref().map(ToString::to_string).unwrap_or_default();
            say(WaitingKind::Resume, format!("somebody to resume it: {why}"), &[], None);
        }
        JobStatus::Finished => return waiting,
        JobStatus::Running | JobStatus::Draining | JobStatus::Cancelling | JobStatus::Settled => {}
    }
    if fleet.room == Room::NoNewHosts && job.status == JobStatus::Running {
        say(WaitingKind::Room, "room on the disk of the data folder: no host is admitted without it".into(), &[], None);
    }
    if let Some((number, text, kind, until)) = job.current_batch().and_then(|batch| gate(job, batch)) {
        say(kind, text, &[("batch", number)], until);
    }
    let needing = job.tally.needing_a_person();
    if needing > 0 {
        let (out, doubt) = (job.tally.out_of_service(), job.tally.status(HostStatus::InDoubt));
        let text = format!("a person: {out} hosts out of service, {doubt} in doubt");
        say(WaitingKind::Person, text, &[("outOfService", out), ("inDoubt", doubt)], None);
    }
    let running = job.tally.status(HostStatus::Running);
    if running > 0 {
        say(WaitingKind::Hosts, format!("{running} hosts in flight"), &[("hosts", running)], None);
    }
    let away = job.tally.out_of_reach();
    if away > 0 {
        say(WaitingKind::Reach, format!("{away} hosts that cannot be reached"), &[("hosts", away)], None);
    }
    let deferred = job.tally.status(HostStatus::Deferred);
    if deferred > 0 {
        say(WaitingKind::Lease, format!("other jobs to let go of {deferred} hosts"), &[("hosts", deferred)], None);
    }
    waiting
}

fn gate(job: &Job, batch: BatchIndex) -> Option<(u32, String, WaitingKind, Option<Timestamp>)> {
    let number = batch.number();
    match job.batches.get(batch.at())?.status {
        BatchStatus::Baking(until) => Some((number, format!("batch {number} to bake"), WaitingKind::Bake, Some(until))),
        BatchStatus::AwaitingApproval(expires) => {
            Some((number, format!("somebody to approve what follows batch {number}"), WaitingKind::Approval, expires))
        }
        BatchStatus::Waiting
        | BatchStatus::Open
        | BatchStatus::Baked
        | BatchStatus::Approved
        | BatchStatus::Passed
        | BatchStatus::Closed => None,
    }
}

/// Why one host is where it is: the chain from the nearest reason to the last, each in words.
pub fn why_host(fleet: &Fleet, job: &Job, host: HostIndex, now: Timestamp) -> Vec<String> {
    let Some(run) = job.run(host) else { return vec!["the host is not in the plan".to_owned()] };
    let mut chain = match run.status {
        HostStatus::Waiting => why_waiting(fleet, job, run),
        HostStatus::Deferred => vec![run.deferred.as_ref().map(ToString::to_string).unwrap_or_default()],
        HostStatus::Running => why_running(job, run, now),
        HostStatus::InDoubt => why_in_doubt(job, run),
        HostStatus::Finished => why_finished(job, run),
    };
    if run.out_of_service {
        chain.push(match &run.accepted_by {
            None => "it is out of service because of this job".to_owned(),
            Some(by) => format!("it was left out of service, and {by} took it over"),
        });
    }
    chain
}

fn why_waiting(fleet: &Fleet, job: &Job, run: &HostRun) -> Vec<String> {
    let number = run.batch.number();
    let Some(batch) = job.batches.get(run.batch.at()) else { return Vec::new() };
    let mut chain = vec![match batch.status {
        BatchStatus::Waiting => format!("batch {number} is not open yet"),
        _ if job.status == JobStatus::Running => {
            format!("batch {number} is open; {} hosts may be in flight at once", job.places(batch))
        }
        _ => format!("batch {number} admits nobody"),
    }];
    chain.extend(waiting_for(fleet, job).into_iter().map(|waiting| format!("the job waits for {}", waiting.text)));
    chain
}

fn step_name(job: &Job, run: &HostRun) -> String {
    run.step().and_then(|step| job.step(step)).map_or_else(|| "the end".to_owned(), |step| step.step.to_string())
}

fn why_running(job: &Job, run: &HostRun, now: Timestamp) -> Vec<String> {
    let name = step_name(job, run);
    let verb = match run.cursor {
        Cursor::Undo(_) => "taking back step",
        Cursor::Forward(_) | Cursor::Always(_) | Cursor::End => "step",
    };
    let mut chain = vec![match run.state {
        StepState::Open(open) => format!("{verb} {name}, attempt {}, for {}", open.number, now - open.started_at),
        StepState::RetryAt(at) => format!("{verb} {name} failed and is tried again in {}", at - now),
        StepState::Ready | StepState::Failed(_) | StepState::InDoubt(_) | StepState::TookNoEffect => {
            format!("stopped at a safe point before step {name}")
        }
    }];
    chain.extend(run.out_of_reach.iter().map(|why| format!("the host cannot be reached: {why}")));
    chain
}

fn why_in_doubt(job: &Job, run: &HostRun) -> Vec<String> {
    use crate::attempt::Vanished;
    let why = match run.state {
        StepState::InDoubt(Vanished::Rebooted) => "the host was rebooted in the middle of it",
        StepState::InDoubt(Vanished::SupervisorKilled) => "its supervisor on the host was killed",
        StepState::InDoubt(Vanished::Forgotten) => "the host does not remember it; its disk may not be the one it had",
        StepState::InDoubt(Vanished::Cleared) => {
            "the host has put its result away, which is not on record here (was a backup restored?)"
        }
        StepState::InDoubt(Vanished::ControllerEnded) => "the controller ended in the middle of it",
        StepState::InDoubt(Vanished::NotBack) => "the host did not answer for it",
        StepState::Ready
        | StepState::Open(_)
        | StepState::Failed(_)
        | StepState::RetryAt(_)
        | StepState::TookNoEffect => "its end is not known",
    };
    vec![
        format!("step {} started, and {why}", step_name(job, run)),
        "its action may not simply be repeated; a person says whether it took effect (`stagger job resolve`)"
            .to_owned(),
    ]
}

fn why_finished(job: &Job, run: &HostRun) -> Vec<String> {
    if let Some(failure) = &run.failure {
        let step = job.step(failure.step).map_or("?", |step| step.step.as_str());
        return vec![format!("step {step} failed: {}", failure.error)];
    }
    vec![match run.outcome {
        Some(HostOutcome::AlreadyDone) => "nothing was left to do".to_owned(),
        _ if run.never_started() => "the job ended before it came to this host".to_owned(),
        Some(HostOutcome::Cancelled) => format!("the job was stopped before step {}", step_name(job, run)),
        Some(HostOutcome::InDoubt) => format!("it is not known what became of step {}", step_name(job, run)),
        Some(
            HostOutcome::Succeeded
            | HostOutcome::StepFailed
            | HostOutcome::VerificationFailed
            | HostOutcome::TimedOut
            | HostOutcome::Lost
            | HostOutcome::Unreachable,
        )
        | None => "all steps are through".to_owned(),
    }]
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
