//! One host's way through a job's workflow, as it was at one position of the log.
//!
//! Never found here: what comes next for it.

use crate::attempt::{self, Attempt};
use crate::backend::{ArchivedRun, Backend, Fault, read_job};
use crate::event::{self, EventConnection};
use crate::fault::{backend, bad_argument, fault};
use crate::host::Host;
use crate::id::GlobalId;
use crate::job::Job;
use crate::label::Label;
use crate::limits::LONG_WORK;
use crate::outcome::{Absence, HostOutcome, HostStatus, Phase, StepResult};
use crate::output::{self, OutputRange, OutputStream};
use crate::page::{Cursor, Page, Total};
use crate::parameter;
use crate::scalar::{DateTime, Json, Long, Millis};
use crate::sentence::Sentence;
use async_graphql::connection::Connection;
use async_graphql::{Context, Error, ID, InputObject, Object, SimpleObject};
use jobs::explain;
use jobs::host_run as live;
use jobs::ids::{AttemptId, BatchIndex, HostIndex, HostName, JobId, StepIndex};
use jobs::outcome as ended;
use jobs::sentence;
use jobs::time::Timestamp;

/// How many host runs are looked at before the engine's thread does something else in between.
const MOST_LOOKED_AT: usize = 10_000;

/// One host's way through a job's workflow.
#[derive(Clone)]
pub struct HostRun {
    pub(crate) job: Job,
    pub(crate) index: HostIndex,
    host: HostName,
    run: Box<live::HostRun>,
}

/// Which host runs. What is not said does not matter.
#[derive(InputObject, Clone, Debug, Default)]
pub struct HostRunFilter {
    /// In one of these statuses.
    status: Option<Vec<HostStatus>>,
    /// Ended in one of these ways.
    outcome: Option<Vec<HostOutcome>>,
    /// In the batch with this number.
    batch: Option<u32>,
    /// With this step under way, next, or failed for good.
    step: Option<String>,
    /// Serving nobody because of this job.
    out_of_service: Option<bool>,
    /// Having to be looked at by a person.
    needs_a_person: Option<bool>,
    /// With this text in the host's name.
    search: Option<String>,
}

/// One host's way through a job's workflow, as it was at one position of the log.
#[Object]
impl HostRun {
    /// The global id.
    pub async fn id(&self) -> ID {
        GlobalId::HostRun(self.job.0.id, self.host.clone()).into()
    }

    /// The job.
    async fn job(&self) -> &Job {
        &self.job
    }

    /// The host's name.
    async fn host(&self) -> &str {
        self.host.as_str()
    }

    /// The host as the inventory has it now; null where it was removed.
    async fn managed(&self, ctx: &Context<'_>) -> Result<Option<Host>, Error> {
        Host::find(&**backend(ctx)?, self.host.clone()).await.map_err(fault)
    }

    /// Its place in the plan, from 0.
    async fn index(&self) -> u32 {
        self.index.0
    }

    /// The labels it had when the plan was sealed.
    async fn labels(&self, ctx: &Context<'_>) -> Result<Vec<Label>, Error> {
        let job = self.job.whole(ctx).await?;
        let planned = job.0.plan.hosts.get(self.index.at());
        Ok(planned.map(|host| Label::all(&host.labels)).unwrap_or_default())
    }

    /// The number of the batch it runs in.
    async fn batch(&self) -> u32 {
        self.run.batch.number()
    }

    /// Where it is.
    async fn status(&self) -> HostStatus {
        self.run.status.into()
    }

    /// How it ended; only when finished.
    async fn outcome(&self) -> Option<HostOutcome> {
        self.run.outcome.map(HostOutcome::from)
    }

    /// The step that is under way, comes next, or failed for good.
    async fn step(&self) -> Option<&str> {
        shown_step(&self.run).map(|step| self.step_name(step))
    }

    /// In words, what is going on.
    async fn state(&self) -> String {
        self.said().to_string()
    }

    /// What is going on, to be said in any language.
    async fn sentence(&self) -> Sentence {
        Sentence::from(&self.said())
    }

    /// The error of the step that failed for good.
    async fn error(&self) -> Option<&str> {
        self.run.failure.as_ref().map(|failure| &*failure.error)
    }

    /// Whether the host serves nobody because of this job.
    async fn out_of_service(&self) -> bool {
        self.run.out_of_service
    }

    /// Since when it does not; null while it serves.
    async fn out_of_service_since(&self) -> Option<DateTime> {
        self.run.out_of_service_since.map(DateTime)
    }

    /// Whether a person has to look at it before the job can be closed.
    async fn needs_a_person(&self) -> bool {
        self.run.needs_a_person()
    }

    /// Who took the host over, where it was left out of service or in doubt.
    async fn accepted_by(&self) -> Option<&str> {
        self.run.accepted_by.as_deref()
    }

    /// Why the host is away; null where it is not.
    async fn absence(&self) -> Option<Absence> {
        self.run.absence().map(Absence::from)
    }

    /// Why the host cannot be reached at the moment, as the network said it.
    async fn out_of_reach(&self) -> Option<&str> {
        self.run.out_of_reach.as_deref()
    }

    /// When it was first admitted.
    async fn started_at(&self) -> Option<DateTime> {
        self.run.started_at.map(DateTime)
    }

    /// When it last ended.
    async fn finished_at(&self) -> Option<DateTime> {
        self.run.finished_at.map(DateTime)
    }

    /// What became of each step.
    #[graphql(complexity = "10 * child_complexity")]
    async fn steps(&self) -> Vec<StepRun> {
        self.step_runs()
    }

    /// Every attempt in the order they were decided, read from the log; at most the first 5,000 events of this host.
    #[graphql(complexity = "20 + 10 * child_complexity")]
    async fn attempts(&self, ctx: &Context<'_>) -> Result<Vec<Attempt>, Error> {
        attempt::of_host(&**backend(ctx)?, &self.job, self.index).await.map_err(fault)
    }

    /// Why it is where it is: each line leads to the next.
    async fn why(&self, ctx: &Context<'_>) -> Result<Vec<String>, Error> {
        let why = why(&**backend(ctx)?, self.job.0.id, self.index).await.map_err(fault)?;
        Ok(why.iter().map(ToString::to_string).collect())
    }

    /// Why it is where it is, to be said in any language: each leads to the next.
    async fn reasons(&self, ctx: &Context<'_>) -> Result<Vec<Sentence>, Error> {
        let why = why(&**backend(ctx)?, self.job.0.id, self.index).await.map_err(fault)?;
        Ok(why.iter().map(Sentence::from).collect())
    }

    /// A part of what one attempt wrote.
    #[graphql(complexity = "20 + child_complexity")]
    #[expect(clippy::too_many_arguments, reason = "each is an argument of the field")]
    async fn output(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The step's name.")] step: String,
        #[graphql(desc = "The attempt's number; otherwise the step's last one.")] attempt: Option<u16>,
        #[graphql(desc = "What the attempt was for; otherwise the step itself.")] phase: Option<Phase>,
        #[graphql(desc = "Which output.")] stream: OutputStream,
        #[graphql(desc = "The first byte; otherwise 0.")] from: Option<Long>,
        #[graphql(desc = "At most this many bytes, up to 1 MiB; otherwise 64 KiB.")] limit: Option<Long>,
    ) -> Result<OutputRange, Error> {
        let attempt = self.attempt_id(&step, attempt, phase)?;
        let limit = output::limit(limit)?;
        let from = from.map_or(0, |from| from.0);
        OutputRange::read(&**backend(ctx)?, self.job.0.id, attempt, stream, from, limit).await.map_err(fault)
    }

    /// Its events, oldest first.
    #[graphql(complexity = "LONG_WORK + first.unwrap_or(50).max(0) as usize * child_complexity")]
    async fn events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "At most this many, up to 200; otherwise 50.")] first: Option<i32>,
        #[graphql(desc = "The `endCursor` of the page before.")] after: Option<String>,
    ) -> Result<EventConnection, Error> {
        event::of_stream(&**backend(ctx)?, self.job.stream(), Some(self.index), Page::of(first, after)?).await
    }
}

impl HostRun {
    /// A host's way through a job that came with its hosts.
    pub fn of(job: &Job, index: HostIndex, run: live::HostRun) -> HostRun {
        HostRun { job: job.clone(), index, host: job.0.host_name(index).into(), run: Box::new(run) }
    }

    /// The host's name.
    pub fn name(&self) -> &str {
        self.host.as_str()
    }

    /// The run itself.
    pub fn live(&self) -> &live::HostRun {
        &self.run
    }

    /// What became of each step.
    pub fn step_runs(&self) -> Vec<StepRun> {
        let workflow = self.job.0.template.workflow.iter().enumerate();
        workflow.map(|(index, step)| StepRun::of(index, step, self.run.steps.get(index))).collect()
    }

    /// A host's way through a job of the archive.
    pub fn of_archive(host: HostName, archived: ArchivedRun, position: u64, now: Timestamp) -> HostRun {
        let job = Job::of_archive(&archived.job, position, now);
        HostRun { job, index: archived.index, host, run: Box::new(archived.run) }
    }

    /// The id of an attempt of a step by the step's name.
    pub fn attempt_id(&self, step: &str, number: Option<u16>, phase: Option<Phase>) -> Result<AttemptId, Error> {
        let step = step_of(&self.job, step)?;
        let last = self.run.steps.get(step.at()).map_or(0, |run| run.attempts);
        let number = number.unwrap_or(last.max(1));
        Ok(AttemptId { host: self.index, step, phase: phase.map(Into::into).unwrap_or_default(), number })
    }

    fn step_name(&self, step: StepIndex) -> &str {
        self.job.0.template.workflow.get(step.at()).map_or("?", |step| step.step.as_str())
    }

    /// What is going on.
    pub fn said(&self) -> sentence::Sentence {
        sentence::state(&self.job.0.template, &self.run)
    }
}

/// The step that is under way, comes next, or failed for good.
pub fn shown_step(run: &live::HostRun) -> Option<StepIndex> {
    match &run.failure {
        Some(failure) => Some(failure.step),
        None => run.step(),
    }
}

/// What became of a step on a host.
#[derive(SimpleObject, Clone, Debug)]
pub struct StepRun {
    /// Its place in the workflow, from 0.
    index: u32,
    /// Its name.
    step: String,
    /// The action it calls.
    action: String,
    /// Where it stands.
    result: StepResult,
    /// Attempts so far, over all phases and retries; the last one's number.
    attempts: u32,
    /// How long the last attempt ran.
    took: Option<Millis>,
    /// What the last attempt complained about.
    error: Option<String>,
    /// What the last attempt gave back through `$STAGGER_OUTPUT`.
    output: Option<Json>,
}

impl StepRun {
    fn of(index: usize, step: &jobs::template::Step, run: Option<&live::StepRun>) -> StepRun {
        let none = live::StepRun::default();
        let run = run.unwrap_or(&none);
        StepRun {
            index: index as u32,
            step: step.step.to_string(),
            action: step.action.to_string(),
            result: run.result.into(),
            attempts: run.attempts.into(),
            took: (run.attempts > 0).then_some(Millis(run.took)),
            error: run.error.as_ref().map(ToString::to_string),
            output: run.output.as_ref().map(|values| parameter::values(values)),
        }
    }
}

/// One host run of a job by the host's place in the plan.
pub async fn one(backend: &dyn Backend, job: &Job, index: HostIndex) -> Result<Option<HostRun>, Fault> {
    let id = job.0.id;
    let look = move |fleet: &jobs::fleet::Fleet, _| fleet.jobs.get(&id)?.run(index).cloned();
    let run = read_job(backend, id, look).await?;
    Ok(run.map(|run| HostRun::of(job, index, run)))
}

/// Why a host of a job is where it is: each sentence leads to the next.
pub async fn why(backend: &dyn Backend, id: JobId, host: HostIndex) -> Result<Vec<sentence::Sentence>, Fault> {
    let now = backend.now();
    let look = move |fleet: &jobs::fleet::Fleet, _| {
        fleet.jobs.get(&id).map(|job| explain::why_host(fleet, job, host, now)).unwrap_or_default()
    };
    read_job(backend, id, look).await
}

/// A page of host runs in the order of the plan.
pub async fn page(
    backend: &dyn Backend,
    job: &Job,
    page: Page,
    filter: HostRunFilter,
) -> Result<Connection<Cursor, HostRun, Total>, Error> {
    let wanted = Wanted::of(job, filter)?;
    let total = wanted.total(job);
    let mut next = page.after_key::<u32>()?.map_or(0, |after| after.saturating_add(1));
    let mut runs = Vec::new();
    while runs.len() <= page.limit && next < job.0.plan.total() {
        let (found, seen) = look(backend, job, &wanted, next, page.limit + 1 - runs.len()).await.map_err(fault)?;
        runs.extend(found);
        next = seen;
    }
    Ok(page.connection(runs, |run| run.index.0.to_string(), Total { total_count: total }))
}

/// Looks through host runs from one place of the plan on; returns those wanted and how far it came.
async fn look(
    backend: &dyn Backend,
    job: &Job,
    wanted: &Wanted,
    from: u32,
    limit: usize,
) -> Result<(Vec<HostRun>, u32), Fault> {
    let (id, plan, wanted) = (job.0.id, job.0.plan.clone(), wanted.clone());
    let look = move |fleet: &jobs::fleet::Fleet, _| {
        let mut found = Vec::new();
        let runs = fleet.jobs.get(&id).map_or(&[][..], |job| &job.runs);
        let upto = runs.len().min(from as usize + MOST_LOOKED_AT);
        let indexed = (0u32..).zip(runs.iter().zip(&plan.hosts));
        for (at, (run, host)) in indexed.take(upto).skip(from as usize) {
            if wanted.matches(run, || host.name.as_str()) {
                found.push((HostIndex(at), run.clone()));
            }
            if found.len() == limit {
                return (found, at + 1);
            }
        }
        (found, if upto == runs.len() { u32::MAX } else { upto as u32 })
    };
    let (found, seen) = read_job(backend, id, look).await?;
    let present = |(index, run)| HostRun::of(job, index, run);
    Ok((found.into_iter().map(present).collect(), seen))
}

/// A filter with its names resolved.
#[derive(Clone, Debug)]
struct Wanted {
    status: Vec<ended::HostStatus>,
    outcome: Vec<ended::HostOutcome>,
    batch: Option<BatchIndex>,
    step: Option<StepIndex>,
    out_of_service: Option<bool>,
    needs_a_person: Option<bool>,
    search: String,
}

impl Wanted {
    fn of(job: &Job, filter: HostRunFilter) -> Result<Wanted, Error> {
        let batch = match filter.batch {
            Some(0) => return Err(bad_argument("there is no batch 0; the canary is batch 1")),
            batch => batch.map(|number| BatchIndex(number - 1)),
        };
        Ok(Wanted {
            status: filter.status.unwrap_or_default().into_iter().map(Into::into).collect(),
            outcome: filter.outcome.unwrap_or_default().into_iter().map(Into::into).collect(),
            batch,
            step: filter.step.map(|step| step_of(job, &step)).transpose()?,
            out_of_service: filter.out_of_service,
            needs_a_person: filter.needs_a_person,
            search: filter.search.unwrap_or_default(),
        })
    }

    fn matches<'n>(&self, run: &live::HostRun, name: impl FnOnce() -> &'n str) -> bool {
        let is = |wanted: Option<bool>, it: bool| wanted.is_none_or(|wanted| wanted == it);
        (self.status.is_empty() || self.status.contains(&run.status))
            && (self.outcome.is_empty() || run.outcome.is_some_and(|outcome| self.outcome.contains(&outcome)))
            && self.batch.is_none_or(|batch| batch == run.batch)
            && self.step.is_none_or(|step| shown_step(run) == Some(step))
            && is(self.out_of_service, run.out_of_service)
            && is(self.needs_a_person, run.needs_a_person())
            && (self.search.is_empty() || name().contains(&self.search))
    }

    /// How many there are, where a tally knows.
    fn total(&self, job: &Job) -> Option<u32> {
        let one_by_one = self.batch.is_some()
            || self.step.is_some()
            || self.out_of_service.is_some()
            || self.needs_a_person.is_some()
            || !self.search.is_empty();
        let tally = &job.0.tally;
        match (one_by_one, &self.status[..], &self.outcome[..]) {
            (true, _, _) => None,
            (false, [], []) => Some(tally.hosts()),
            (false, [status], []) => Some(tally.status(*status)),
            (false, [], [outcome]) => Some(tally.outcome(*outcome)),
            (false, _, _) => None,
        }
    }
}

fn step_of(job: &Job, name: &str) -> Result<StepIndex, Error> {
    let workflow = &job.0.template.workflow;
    match workflow.iter().position(|step| step.step.as_str() == name) {
        Some(index) => Ok(StepIndex(index as u16)),
        None => {
            let known: Vec<&str> = workflow.iter().map(|step| step.step.as_str()).collect();
            Err(bad_argument(format!("the workflow has no step {name:?}; its steps are {}", known.join(", "))))
        }
    }
}
