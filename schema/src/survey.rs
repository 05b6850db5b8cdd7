//! A survey of a job: one pass over all its hosts, shared by everybody who looks at the same job. It is what the grid
//! and the funnel are made of, and what the subscriptions of a job send.
//!
//! However many look, a job is surveyed on the engine's thread at most once per position and, for subscriptions, at
//! most four times a second.
//!
//! Never found here: GraphQL.

use crate::backend::{Backend, Fault, read_job};
use crate::host_run::shown_step;
use crate::job::Job;
use crate::pulse::LEAST_APART;
use async_graphql::{Context, Error};
use jobs::fleet::Fleet;
use jobs::host_run::{Absence, Cursor, HostRun, StepState};
use jobs::ids::{HostIndex, JobId};
use jobs::job as live;
use jobs::outcome::{HostOutcome, HostStatus};
use jobs::time::Timestamp;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Mutex as TurnMutex;
use tokio::time::Instant;

/// How many jobs' last surveys are kept when nobody looks at them any more.
const MOST_KEPT: usize = 32;

/// One pass over all hosts of a job.
pub struct Survey {
    /// The log's position it is as of.
    pub position: u64,
    /// The job at that position.
    pub job: Job,
    /// Every host in the order of the plan.
    pub cells: Vec<Cell>,
    /// Every step of the workflow.
    pub steps: Vec<StepNow>,
    /// For every host, the position of the survey that first showed its cell as it is now.
    changed_at: Vec<u64>,
    /// The position of the first survey in an unbroken row: changes since then are known.
    known_since: u64,
    taken_at: Instant,
}

/// What is to be known of a host at a glance, in 16 bits: status and outcome, step, out of service, absence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cell(u16);

/// A cell in full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CellState {
    /// Where the host is.
    pub status: HostStatus,
    /// How it ended.
    pub outcome: Option<HostOutcome>,
    /// The step under way, next, or failed for good.
    pub step: Option<u16>,
    /// Whether it serves nobody because of the job, and nobody took it over.
    pub out_of_service: bool,
    /// Why it is away.
    pub absence: Option<Absence>,
}

/// A step as it is now over all hosts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StepNow {
    /// Hosts that have not come to it yet, and still may.
    pub waiting: u32,
    /// The attempt in force that was decided first.
    pub slowest: Option<(HostIndex, Timestamp)>,
}

/// Room for the step in a cell: 0 is no step, n + 1 is step n.
const STEPS: u16 = 128;
const OUT_OF_SERVICE: u16 = STEPS;
const OUT_OF_REACH: u16 = 2 * STEPS;
const REBOOTING: u16 = 4 * STEPS;
const STATES: u16 = 8 * STEPS;

impl Cell {
    /// How many different cells there can be.
    pub const COUNT: usize = STATES as usize * (4 + HostOutcome::ALL.len() + 1);

    /// A host run at a glance.
    pub fn of(run: &HostRun) -> Cell {
        // Four statuses that have no outcome, then finished without one (which does not last), then each outcome.
        let state = match (run.status, run.outcome) {
            (HostStatus::Finished, Some(outcome)) => 5 + outcome as u16,
            (status, _) => status as u16,
        };
        let shown = if run.status == HostStatus::Waiting { None } else { shown_step(run) };
        let step = shown.map_or(0, |step| (step.0 + 1).min(STEPS - 1));
        let out_of_service = if run.out_of_service && run.accepted_by.is_none() { OUT_OF_SERVICE } else { 0 };
        let absence = match run.absence() {
            None => 0,
            Some(Absence::OutOfReach) => OUT_OF_REACH,
            Some(Absence::Rebooting) => REBOOTING,
        };
        Cell(state * STATES + absence + out_of_service + step)
    }

    /// A number below `COUNT`, different for different cells.
    pub fn code(self) -> usize {
        self.0.into()
    }

    /// What it says.
    pub fn state(self) -> CellState {
        let (state, step) = (usize::from(self.0 / STATES), self.0 % STEPS);
        CellState {
            status: *HostStatus::ALL.get(state).unwrap_or(&HostStatus::Finished),
            outcome: state.checked_sub(5).and_then(|outcome| HostOutcome::ALL.get(outcome)).copied(),
            step: step.checked_sub(1),
            out_of_service: self.0 & OUT_OF_SERVICE != 0,
            absence: match (self.0 & OUT_OF_REACH, self.0 & REBOOTING) {
                (0, 0) => None,
                (_, 0) => Some(Absence::OutOfReach),
                (_, _) => Some(Absence::Rebooting),
            },
        }
    }
}

impl Survey {
    /// A survey of a job at hand, which nothing is known of before.
    /// `presented` is the same job as it is presented.
    pub fn of(job: &live::Job, presented: Job) -> Survey {
        pass_over(job, presented)
    }

    /// The hosts whose cells changed after `position`; `None` where that is not known, and all of them are to be sent.
    pub fn changed_since(&self, position: u64) -> Option<impl Iterator<Item = HostIndex>> {
        let known = position >= self.known_since && position <= self.position;
        let changed = move |(index, at): (usize, &u64)| (*at > position).then_some(HostIndex(index as u32));
        known.then(|| self.changed_at.iter().enumerate().filter_map(changed))
    }

    async fn take(backend: &dyn Backend, id: JobId, before: Option<Arc<Survey>>) -> Result<Option<Arc<Survey>>, Fault> {
        let now = backend.now();
        let look = move |fleet: &Fleet, position| {
            fleet.jobs.get(&id).map(|job| Survey::of(job, Job::of(fleet, job, position, now)))
        };
        let Some(seen) = read_job(backend, id, look).await? else { return Ok(None) };
        Ok(Some(Arc::new(seen.after(before.as_deref()))))
    }

    /// Finds out what changed since the survey before.
    fn after(mut self, before: Option<&Survey>) -> Survey {
        let Some(before) = before.filter(|before| before.cells.len() == self.cells.len()) else { return self };
        self.known_since = before.known_since;
        let cells = self.cells.iter().zip(before.cells.iter().zip(&before.changed_at));
        let changed_at = |(now, (then, at)): (&Cell, (&Cell, &u64))| if now == then { *at } else { self.position };
        self.changed_at = cells.map(changed_at).collect();
        self
    }
}

/// The pass itself; over a job of the live state it is made on the engine's thread.
fn pass_over(job: &live::Job, presented: Job) -> Survey {
    let mut steps = vec![StepNow::default(); job.template.workflow.len()];
    let mut arrivals = vec![0u32; steps.len() + 1];
    let mut cells = Vec::with_capacity(job.runs.len());
    for (index, run) in job.runs.iter().enumerate() {
        cells.push(Cell::of(run));
        if let Some(first) = first_waiting(run) {
            arrivals[first.min(steps.len())] += 1;
        }
        note_slowest(&mut steps, HostIndex(index as u32), run);
    }
    let mut waiting = 0;
    for (step, arriving) in steps.iter_mut().zip(arrivals) {
        waiting += arriving;
        step.waiting = waiting;
    }
    let position = presented.0.position;
    let changed_at = vec![position; cells.len()];
    let taken_at = Instant::now();
    Survey { position, job: presented, cells, steps, changed_at, known_since: position, taken_at }
}

/// The first step that a host is still to come to; it is to come to all that follow, too.
fn first_waiting(run: &HostRun) -> Option<usize> {
    match (run.status, run.cursor) {
        (HostStatus::Waiting | HostStatus::Deferred, _) => Some(0),
        (HostStatus::Running | HostStatus::InDoubt, Cursor::Forward(step)) => {
            let is_in_it = !matches!(run.state, StepState::Ready);
            Some(step.at() + usize::from(is_in_it))
        }
        (HostStatus::Running | HostStatus::InDoubt, Cursor::Undo(_) | Cursor::Always(_) | Cursor::End) => None,
        (HostStatus::Finished, _) => None,
    }
}

fn note_slowest(steps: &mut [StepNow], host: HostIndex, run: &HostRun) {
    let (StepState::Open(open), Some(step)) = (run.state, run.step()) else { return };
    let Some(step) = steps.get_mut(step.at()) else { return };
    if step.slowest.is_none_or(|(_, since)| open.started_at < since) {
        step.slowest = Some((host, open.started_at));
    }
}

/// The last survey of every job that is looked at.
#[derive(Default)]
pub struct Surveys {
    jobs: Mutex<HashMap<JobId, Arc<Latest>>>,
}

/// The last survey of one job; whoever holds it takes the next one.
type Latest = TurnMutex<Option<Arc<Survey>>>;

/// The surveys of the schema a request is executed on.
pub fn surveys<'c>(ctx: &Context<'c>) -> Result<&'c Arc<Surveys>, Error> {
    ctx.data::<Arc<Surveys>>()
}

impl Surveys {
    /// A survey of a job not older than what was seen of the job.
    pub async fn at_least(&self, backend: &dyn Backend, job: &Job) -> Result<Arc<Survey>, Fault> {
        let position = job.0.position;
        let survey = self.take_unless(backend, job.0.id, |last| last.position >= position).await?;
        survey.ok_or_else(|| Fault::Failed(format!("job {} is gone", job.0.id)))
    }

    /// A survey of a job for a subscription: one that is a quarter of a second old is new enough, and so is any that is
    /// as of the durable position. `None` when there is no such job.
    pub async fn recent(&self, backend: &dyn Backend, job: JobId) -> Result<Option<Arc<Survey>>, Fault> {
        let durable = *backend.durable().borrow();
        self.take_unless(backend, job, |last| last.position >= durable || last.taken_at.elapsed() < LEAST_APART).await
    }

    async fn take_unless(
        &self,
        backend: &dyn Backend,
        job: JobId,
        is_enough: impl Fn(&Survey) -> bool,
    ) -> Result<Option<Arc<Survey>>, Fault> {
        let place = self.place(job);
        let mut last = place.lock().await;
        if let Some(enough) = last.as_ref().filter(|last| is_enough(last)) {
            return Ok(Some(enough.clone()));
        }
        *last = Survey::take(backend, job, last.take()).await?;
        Ok(last.clone())
    }

    fn place(&self, job: JobId) -> Arc<TurnMutex<Option<Arc<Survey>>>> {
        let mut jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        if jobs.len() > MOST_KEPT && !jobs.contains_key(&job) {
            jobs.retain(|_, place| Arc::strong_count(place) > 1);
        }
        jobs.entry(job).or_default().clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jobs::host_run::OpenAttempt;
    use jobs::ids::{BatchIndex, Phase, StepIndex};

    fn run(status: HostStatus, outcome: Option<HostOutcome>, step: u16) -> HostRun {
        let cursor = Cursor::Forward(StepIndex(step));
        HostRun { status, outcome, cursor, ..HostRun::waiting(BatchIndex(0)) }
    }

    #[test]
    fn a_cell_says_what_the_host_run_says() {
        let moving = [HostStatus::Deferred, HostStatus::Running, HostStatus::InDoubt].map(|status| (status, None));
        let ended = HostOutcome::ALL.map(|outcome| (HostStatus::Finished, Some(outcome)));
        for (status, outcome) in moving.into_iter().chain(ended) {
            let away = Some(Absence::OutOfReach);
            for (step, out_of_service, absence) in [(0, false, None), (1, true, None), (63, true, away)] {
                let reach = absence.map(|_| "no route to host".into());
                let run = HostRun { out_of_service, out_of_reach: reach, ..run(status, outcome, step) };
                let state = CellState { status, outcome, step: Some(step), out_of_service, absence };
                assert_eq!(Cell::of(&run).state(), state);
                assert!(Cell::of(&run).code() < Cell::COUNT);
            }
        }
        let (started_at, deadline) = (Timestamp(0), Timestamp(1));
        let open = OpenAttempt {
            phase: Phase::Run,
            number: 1,
            started_at,
            deadline,
            unreachable_at: None,
            signal: None,
            inherited: false,
            reboots: true,
            begun: false,
        };
        let boots = HostRun { state: StepState::Open(open), ..run(HostStatus::Running, None, 3) };
        assert_eq!(Cell::of(&boots).state().absence, Some(Absence::Rebooting));
        let waiting = Cell::of(&HostRun::waiting(BatchIndex(0))).state();
        assert_eq!((waiting.status, waiting.step), (HostStatus::Waiting, None), "it has not come to any step");
    }

    #[test]
    fn a_host_waits_for_the_steps_it_is_still_to_come_to() {
        let open = |step| HostRun { state: StepState::TookNoEffect, ..run(HostStatus::Running, None, step) };
        assert_eq!(first_waiting(&HostRun::waiting(BatchIndex(0))), Some(0));
        assert_eq!(first_waiting(&run(HostStatus::Running, None, 2)), Some(2));
        assert_eq!(first_waiting(&open(2)), Some(3));
        assert_eq!(first_waiting(&run(HostStatus::Finished, Some(HostOutcome::Lost), 2)), None);
        assert_eq!(first_waiting(&HostRun { cursor: Cursor::Undo(StepIndex(1)), ..open(1) }), None);
    }
}
