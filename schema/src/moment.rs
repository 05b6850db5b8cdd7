//! A job as it was at a moment of the past, folded from its own events. It has no global id: whoever keeps objects by their
//! ids must not mix it with the job as it is.
//!
//! Never found here: what may be done, or what is waited for; that is of now.

use crate::backend::PastJob;
use crate::batch::Batch;
use crate::cluster::FailureCluster;
use crate::counts::Counts;
use crate::event::Event;
use crate::fault::bad_argument;
use crate::grid::Grid;
use crate::host_run::{HostRun, StepRun};
use crate::index::index_of;
use crate::job::{HoldReason, Job, Stopping};
use crate::outcome::{HostOutcome, HostStatus, JobOutcome, JobStatus};
use crate::scalar::{DateTime, Long};
use crate::sentence::Sentence;
use crate::step::JobStep;
use crate::survey::Survey;
use async_graphql::{Context, Error, Object};
use jobs::fleet::Fleet;
use jobs::ids::JobId;
use jobs::job as live;
use jobs::time::Timestamp;
use std::sync::{Arc, OnceLock};

/// A job as it was at a moment of the past.
pub struct JobMoment {
    fleet: Arc<Fleet>,
    /// When the last event was recorded.
    at: Timestamp,
    event: Event,
    next: Option<u64>,
    job: Job,
    survey: OnceLock<Survey>,
}

impl JobMoment {
    /// A job as it was; `None` where the state does not hold it.
    pub fn of(id: JobId, past: PastJob) -> Option<JobMoment> {
        let (position, at) = (past.event.position, past.event.at);
        let job = Job::find(&past.fleet, id, position, at)?;
        Some(JobMoment {
            fleet: past.fleet,
            at,
            event: past.event.into(),
            next: past.next,
            job,
            survey: OnceLock::new(),
        })
    }

    fn live(&self) -> Option<&live::Job> {
        self.fleet.jobs.get(&self.job.0.id)
    }

    /// One pass over all hosts, made when the first field asks for it.
    fn survey(&self) -> Option<&Survey> {
        let live = self.live()?;
        Some(self.survey.get_or_init(|| Survey::of(live, self.job.clone())))
    }
}

/// A job as it was at a moment of the past. It has no id: it is not the job as it is.
#[Object]
impl JobMoment {
    /// The log's position of the last event of the job by then.
    async fn position(&self) -> Long {
        Long(self.job.0.position)
    }

    /// When that event was recorded.
    async fn at(&self) -> DateTime {
        DateTime(self.at)
    }

    /// That event.
    async fn event(&self) -> &Event {
        &self.event
    }

    /// The log's position of the job's next event: where one step on leads. Null where this is the last.
    async fn next_position(&self) -> Option<Long> {
        self.next.map(Long)
    }

    /// Where it was.
    async fn status(&self) -> JobStatus {
        self.job.0.status.into()
    }

    /// How it had ended; only when finished by then.
    async fn outcome(&self) -> Option<JobOutcome> {
        self.job.0.outcome.map(JobOutcome::from)
    }

    /// Why nobody was admitted; only when held.
    async fn hold(&self) -> Option<HoldReason> {
        self.job.0.hold.as_ref().map(HoldReason::from)
    }

    /// Who was draining, cancelling or killing it, and why.
    async fn stopping(&self) -> Option<Stopping> {
        self.job.0.stopping.as_ref().map(Stopping::from)
    }

    /// Every batch by then: those of the plan, then those made for retries.
    #[graphql(complexity = "20 * child_complexity")]
    async fn batches(&self) -> &[Batch] {
        self.job.0.batches()
    }

    /// The batch that was open or at its gate.
    async fn current_batch(&self) -> Option<&Batch> {
        self.job.0.current_batch()
    }

    /// Its hosts by status and outcome.
    async fn counts(&self) -> Counts {
        Counts::from(&self.job.0.tally)
    }

    /// Every step of the workflow over all hosts.
    #[graphql(complexity = "10 * child_complexity")]
    async fn steps(&self) -> Vec<JobStep> {
        let now = |step: usize| self.survey().and_then(|survey| survey.steps.get(step)).copied().unwrap_or_default();
        JobStep::all(&self.job, |step| Some(now(step)))
    }

    /// Failures by what is the same in their errors, those of most hosts first.
    #[graphql(complexity = "1 + first.unwrap_or(20).max(0) as usize * child_complexity")]
    async fn failure_clusters(
        &self,
        #[graphql(desc = "At most this many, up to 100; otherwise 20.")] first: Option<i32>,
    ) -> Result<Vec<FailureCluster>, Error> {
        let limit = match first.unwrap_or(20) {
            limit @ 1..=100 => limit as usize,
            other => return Err(bad_argument(format!("first is {other}; ask for 1 to 100 clusters"))),
        };
        Ok(self.live().map(|live| FailureCluster::of(live, &self.job.0, limit)).unwrap_or_default())
    }

    /// Every host in a few bytes; null where the plan was not sealed yet.
    #[graphql(complexity = "100 + child_complexity")]
    async fn grid(&self) -> Option<Grid> {
        self.survey().filter(|survey| !survey.cells.is_empty()).map(Grid::of)
    }

    /// One host's run, by the host's name.
    async fn host_run(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The host's name.")] host: String,
    ) -> Result<Option<HostMoment>, Error> {
        let Some(index) = index_of(ctx, &self.job.0.plan, &host)? else { return Ok(None) };
        let run = self.live().and_then(|live| live.run(index)).cloned();
        Ok(run.map(|run| HostMoment(HostRun::of(&self.job, index, run))))
    }
}

/// One host's way through a job as it was at a moment of the past.
pub struct HostMoment(HostRun);

/// One host's way through a job as it was at a moment of the past. It has no id: it is not the host run as it is.
#[Object]
impl HostMoment {
    /// The host's name.
    async fn host(&self) -> &str {
        self.0.name()
    }

    /// Its place in the plan, from 0.
    async fn index(&self) -> u32 {
        self.0.index.0
    }

    /// The number of the batch it ran in.
    async fn batch(&self) -> u32 {
        self.0.live().batch.number()
    }

    /// Where it was.
    async fn status(&self) -> HostStatus {
        self.0.live().status.into()
    }

    /// How it had ended; only when finished by then.
    async fn outcome(&self) -> Option<HostOutcome> {
        self.0.live().outcome.map(HostOutcome::from)
    }

    /// In words, what was going on.
    async fn state(&self) -> String {
        self.0.said().to_string()
    }

    /// What was going on, to be said in any language.
    async fn sentence(&self) -> Sentence {
        Sentence::from(&self.0.said())
    }

    /// The error of the step that had failed for good.
    async fn error(&self) -> Option<&str> {
        self.0.live().failure.as_ref().map(|failure| &*failure.error)
    }

    /// Whether the host served nobody because of this job.
    async fn out_of_service(&self) -> bool {
        self.0.live().out_of_service
    }

    /// Who had taken the host over.
    async fn accepted_by(&self) -> Option<&str> {
        self.0.live().accepted_by.as_deref()
    }

    /// When it was first admitted.
    async fn started_at(&self) -> Option<DateTime> {
        self.0.live().started_at.map(DateTime)
    }

    /// When it had last ended.
    async fn finished_at(&self) -> Option<DateTime> {
        self.0.live().finished_at.map(DateTime)
    }

    /// What had become of each step.
    #[graphql(complexity = "10 * child_complexity")]
    async fn steps(&self) -> Vec<StepRun> {
        self.0.step_runs()
    }
}
