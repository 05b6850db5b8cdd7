//! What must be true of every state, whatever led to it. Asked after every single event.
//!
//! Never found here: how a state came to be; only what the log says about the past.

use jobs::event::{Event, JobEvent};
use jobs::fleet::{Deadline, Fleet};
use jobs::host_run::{HostRun, StepState};
use jobs::ids::{AttemptId, BatchIndex, HostIndex, JobId};
use jobs::job::{BatchKind, BatchStatus, Job};
use jobs::outcome::{HostOutcome, HostStatus, JobStatus};
use jobs::statistics::Tally;
use jobs::time::Timestamp;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Remembers of the past what the promises are about.
#[derive(Default)]
pub struct Witness {
    attempts: BTreeMap<(JobId, HostIndex, u16), u16>,
    /// Jobs that a threshold holds and nobody resumed.
    breached: BTreeSet<JobId>,
    /// Jobs whose thresholds a person overruled at least once.
    overruled: BTreeSet<JobId>,
}

impl Witness {
    /// Looks at the state after an event.
    pub fn look(&mut self, fleet: &Fleet, event: &Event) {
        if let Event::Job(id, event) = event {
            self.remember(*id, event);
            self.look_at_event(fleet, *id, event);
        }
        fleet.jobs.values().for_each(look_at_job);
        look_at_leases(fleet);
        assert_eq!(fleet.deadlines, deadlines(fleet), "deadlines are not those of the state, after {event:?}");
    }

    fn remember(&mut self, job: JobId, event: &JobEvent) {
        match event {
            JobEvent::GateHeld(_) => drop(self.breached.insert(job)),
            JobEvent::JobResumed(_) | JobEvent::HostsRetried(_) => {
                self.breached.remove(&job);
                self.overruled.insert(job);
            }
            JobEvent::AttemptStarted(started) => {
                let AttemptId { host, step, number, .. } = started.attempt;
                let last = self.attempts.insert((job, host, step.0), number).unwrap_or(0);
                assert!(number > last, "attempt {} after number {last}", started.attempt);
            }
            _ => {}
        }
    }

    fn look_at_event(&self, fleet: &Fleet, id: JobId, event: &JobEvent) {
        let Some(job) = fleet.jobs.get(&id) else { return };
        match event {
            JobEvent::HostAdmitted(admitted) => self.look_at_admission(job, admitted.host),
            JobEvent::BatchOpened(_) => assert!(!self.breached.contains(&id), "a batch opened after a breach"),
            JobEvent::GatePassed(passed) if passed.batch == BatchIndex(0) && !self.overruled.contains(&id) => {
                let (canary, gate) = (&job.batches[0].tally, job.template.gates.canary);
                assert!(canary.failed() <= gate.max_failed, "a failed canary passed");
                assert!(canary.succeeded() >= gate.min_succeeded.min(canary.hosts()), "an unproven canary passed");
            }
            _ => {}
        }
    }

    fn look_at_admission(&self, job: &Job, host: HostIndex) {
        assert_eq!(job.status, JobStatus::Running, "a host was admitted");
        assert!(!self.breached.contains(&job.id), "a host was admitted after a breach");
        let batch = job.runs[host.at()].batch;
        assert_eq!((Some(batch), job.batches[batch.at()].status), (job.current_batch(), BatchStatus::Open));
        let in_flight = job.tally.status(HostStatus::Running);
        assert!(in_flight <= job.template.concurrency.max, "{in_flight} hosts are in flight");
        if batch != BatchIndex(0) && matches!(job.batches[batch.at()].kind, BatchKind::Planned { .. }) {
            let canary = job.batches[0].status;
            assert_eq!(canary, BatchStatus::Passed, "a host beyond the canary was admitted");
        }
        if !self.overruled.contains(&job.id) {
            within_thresholds(job);
        }
    }
}

/// The thresholds in the plainest words there are.
fn within_thresholds(job: &Job) {
    let gates = &job.template.gates;
    let count = |is: &dyn Fn(&HostRun) -> bool| job.runs.iter().filter(|run| is(run)).count() as u32;
    let failed = count(&|run| run.status == HostStatus::InDoubt || run.outcome.is_some_and(HostOutcome::is_failure));
    let unreachable = count(&|run| run.outcome == Some(HostOutcome::Unreachable));
    assert!(gates.total.cap.is_none_or(|cap| failed <= cap), "admitted with {failed} failed");
    let share = gates.unreachable.is_some_and(|allowed| allowed.exceeded_by(unreachable, job.runs.len() as u32));
    assert!(!share, "admitted with {unreachable} unreachable");
}

fn look_at_job(job: &Job) {
    assert_eq!(recount(job, |_| true), job.tally, "the job's tally");
    for (index, batch) in (0u32..).map(BatchIndex).zip(&job.batches) {
        assert_eq!(recount(job, |run| run.batch == index), batch.tally, "the tally of batch {}", index.number());
        let waiting = hosts(job, |run| run.batch == index && run.status == HostStatus::Waiting);
        let queued: BTreeSet<HostIndex> = batch.waiting.iter().copied().collect();
        assert_eq!(queued, waiting, "the queue of batch {}", index.number());
    }
    for (host, run) in (0u32..).map(HostIndex).zip(&job.runs) {
        look_at_run(job, host, run);
    }
    for (step, statistics) in job.steps.iter().enumerate() {
        let open =
            |run: &&HostRun| matches!(run.state, StepState::Open(_)) && run.step().is_some_and(|s| s.at() == step);
        assert_eq!(job.runs.iter().filter(open).count() as u32, statistics.running, "attempts of step {step}");
    }
    let out = |(at, run): (u32, &HostRun)| Some((run.out_and_not_taken_over()?, HostIndex(at)));
    assert_eq!(
        (0u32..).zip(&job.runs).filter_map(out).collect::<BTreeSet<_>>(),
        job.out_since,
        "who is out, since when"
    );
    assert_eq!(job.out_since.len() as u32, job.tally.out_of_service());
    if job.status == JobStatus::Finished {
        let left = |run: &HostRun| run.out_of_service && run.accepted_by.is_none();
        assert_eq!(hosts(job, left), BTreeSet::new(), "a finished job left hosts out of service in silence");
        assert_eq!(job.tally.status(HostStatus::Running) + job.tally.status(HostStatus::InDoubt), 0);
    }
    assert_eq!(job.outcome.is_some(), job.status == JobStatus::Finished, "an outcome exists only at the end");
}

fn look_at_run(job: &Job, host: HostIndex, run: &HostRun) {
    assert_eq!(run.outcome.is_some(), run.status == HostStatus::Finished, "an outcome exists only at the end");
    assert_eq!(run.deferred.is_some(), run.status == HostStatus::Deferred);
    assert_eq!(run.out_of_service_since.is_some(), run.out_of_service, "since when it is out of service");
    let to_decide = match run.state {
        StepState::Ready | StepState::Failed(_) | StepState::InDoubt(_) | StepState::TookNoEffect => true,
        StepState::Open(_) | StepState::RetryAt(_) => false,
    };
    if run.status == HostStatus::Running {
        assert!(!to_decide || job.movable.contains(&host), "nobody will ever move host {host:?}: {run:?}");
    } else {
        assert!(!job.movable.contains(&host), "host {host:?} is not in flight and is moved");
        assert!(run.open_attempt(host).is_none(), "host {host:?} is not in flight and has an attempt");
        assert!(run.out_of_reach.is_none());
    }
}

fn hosts(job: &Job, is: impl Fn(&HostRun) -> bool) -> BTreeSet<HostIndex> {
    (0u32..).zip(&job.runs).filter(|(_, run)| is(run)).map(|(index, _)| HostIndex(index)).collect()
}

fn recount(job: &Job, is: impl Fn(&HostRun) -> bool) -> Tally {
    let mut tally = Tally::default();
    job.runs.iter().filter(|run| is(run)).for_each(|run| tally.add(run));
    tally
}

fn look_at_leases(fleet: &Fleet) {
    let mut queued = BTreeSet::new();
    for (name, queue) in &fleet.lease_queue {
        queued.extend(queue.iter().map(|(job, host)| (name.as_str(), *job, *host)));
    }
    let mut deferred = BTreeSet::new();
    for job in fleet.jobs.values() {
        for (index, run) in (0u32..).map(HostIndex).zip(&job.runs) {
            let Some(planned) = job.planned_host(index) else { continue };
            let holder = fleet.leases.get(&planned.name).copied();
            if matches!(run.status, HostStatus::Running | HostStatus::InDoubt) {
                assert_eq!(holder, Some(job.id), "host {} is changed without its lease", planned.name);
            }
            if run.status == HostStatus::Deferred {
                let other = holder.is_some_and(|holder| holder != job.id);
                assert!(other, "host {} waits for a lease that nobody has", planned.name);
                deferred.insert((planned.name.as_str(), job.id, index));
            }
            let done_with = run.status == HostStatus::Finished && !run.needs_a_person();
            assert!(!done_with || holder != Some(job.id), "host {} is held for nothing", planned.name);
        }
    }
    assert_eq!(queued, deferred, "who waits for a lease");
    for (name, holder) in &fleet.leases {
        let job = fleet.jobs.get(holder).unwrap_or_else(|| panic!("host {name} is held by no job"));
        assert_ne!(job.status, JobStatus::Finished, "host {name} is held by a job that has ended");
    }
}

/// Deadlines as they follow from the state: of open attempts, retries, bakes, approvals and schedules, and no others.
fn deadlines(fleet: &Fleet) -> BTreeSet<(Timestamp, Deadline)> {
    let mut found: BTreeSet<(Timestamp, Deadline)> = fleet.jobs.values().flat_map(deadlines_of_job).collect();
    for (id, schedule) in &fleet.schedules {
        let ended = schedule.last_job.and_then(|job| fleet.jobs.get(&job)).is_none_or(|job| job.outcome.is_some());
        let next = schedule.spec.next_after(schedule.handled_until);
        let queued = schedule.queued.filter(|_| ended);
        found.extend(queued.or(next).map(|at| (at, Deadline::Schedule(*id))));
    }
    found
}

fn deadlines_of_job(job: &Job) -> VecDeque<(Timestamp, Deadline)> {
    let mut found = VecDeque::new();
    for (host, run) in (0u32..).map(HostIndex).zip(&job.runs) {
        if let Some((attempt, open)) = run.open_attempt(host) {
            found.push_back((open.deadline, Deadline::Attempt(job.id, attempt)));
            found.extend(open.unreachable_at.map(|at| (at, Deadline::Reach(job.id, attempt))));
        }
        if let StepState::RetryAt(at) = run.state {
            found.push_back((at, Deadline::Retry(job.id, host)));
        }
    }
    for (index, batch) in (0u32..).map(BatchIndex).zip(&job.batches) {
        match batch.status {
            BatchStatus::Baking(until) => found.push_back((until, Deadline::Bake(job.id, index))),
            BatchStatus::AwaitingApproval(Some(at)) => found.push_back((at, Deadline::Approval(job.id, index))),
            BatchStatus::AwaitingApproval(None)
            | BatchStatus::Waiting
            | BatchStatus::Open
            | BatchStatus::Baked
            | BatchStatus::Approved
            | BatchStatus::Passed
            | BatchStatus::Closed => {}
        }
    }
    if job.status == JobStatus::Finished {
        assert!(found.is_empty(), "a finished job waits for {found:?}");
        let finished = job.tally.status(HostStatus::Finished);
        assert_eq!(finished as usize, job.plan.hosts.len(), "hosts of a finished job have not ended");
    }
    found
}
