//! A job as it was at one position of the log.
//!
//! Never found here: what may be done with it, or what it waits for; `jobs::explain` says that.

use crate::backend::{Fault, stream_of};
use crate::batch::Batch;
use crate::cluster::FailureCluster;
use crate::counts::Counts;
use crate::definition::TemplateDefinition;
use crate::event::{self, EventConnection};
use crate::fault::{backend, bad_argument, fault};
use crate::grid::Grid;
use crate::history::JobHistory;
use crate::host_run::{self, HostRun, HostRunFilter};
use crate::id::GlobalId;
use crate::limits::LONG_WORK;
use crate::mutation::HostsInput;
use crate::node;
use crate::outcome::{JobOutcome, JobStatus};
use crate::page::{Cursor, Page, Total};
use crate::parameter;
use crate::plan::Plan;
use crate::scalar::{DateTime, Json, Long, Millis};
use crate::sentence::Sentence;
use crate::step::JobStep;
use crate::survey::surveys;
use crate::waiting::{Attention, JobAction, JobActionKind, Waiting};
use async_graphql::connection::Connection;
use async_graphql::{Context, Enum, Error, ID, Object, SimpleObject};
use jobs::explain;
use jobs::fleet::Fleet;
use jobs::ids::{BatchIndex, HostIndex, JobId};
use jobs::job as live;
use jobs::statistics::{StepStatistics, Tally};
use jobs::time::{Duration, Timestamp};
use std::sync::Arc;

/// One rollout of a template.
#[derive(Clone)]
pub struct Job(pub Arc<Seen>);

/// What was copied of a job at one position of the log: all that is small, and what is shared anyway.
pub struct Seen {
    /// The last durable position.
    pub position: u64,
    /// Its id.
    pub id: JobId,
    /// The template as it was when the job was created.
    pub template: Arc<jobs::template::Template>,
    /// The hosts and batches.
    pub plan: Arc<jobs::plan::Plan>,
    /// Where it is.
    pub status: jobs::outcome::JobStatus,
    /// Every step.
    pub steps: Vec<StepStatistics>,
    /// All hosts.
    pub tally: Tally,
    /// How it ended.
    pub outcome: Option<jobs::outcome::JobOutcome>,
    /// Why nobody is admitted.
    pub hold: Option<jobs::reason::HoldReason>,
    /// Who stops it.
    pub stopping: Option<live::Stopping>,
    /// Whether it has left the live state.
    pub archived: bool,
    /// Whether it was copied without its hosts: a line of a list of the archive.
    is_summary: bool,
    template_version: u32,
    parameters: jobs::parameter::Values,
    requested_by: Arc<str>,
    due: Option<jobs::event::Due>,
    zone: Option<String>,
    created_at: Timestamp,
    started_at: Option<Timestamp>,
    finished_at: Option<Timestamp>,
    took: Option<Duration>,
    batches: Vec<Batch>,
    current_batch: Option<BatchIndex>,
    actions: Vec<JobAction>,
    waiting_for: Vec<Waiting>,
    attention: Option<explain::Attention>,
    out_of_service_since: Option<Timestamp>,
    throughput: f64,
    estimated_end: Option<Timestamp>,
}

impl Seen {
    /// The name of a host of the plan.
    pub fn host_name(&self, host: HostIndex) -> &str {
        self.plan.hosts.get(host.at()).map_or("?", |planned| planned.name.as_str())
    }

    /// Every batch.
    pub fn batches(&self) -> &[Batch] {
        &self.batches
    }

    /// The batch that is open or at its gate.
    pub fn current_batch(&self) -> Option<&Batch> {
        self.batches.get(self.current_batch?.at())
    }

    /// Whether anybody who looked would see the same, the passing of time aside.
    pub fn is_same(&self, other: &Seen) -> bool {
        self.status == other.status
            && self.tally == other.tally
            && self.steps == other.steps
            && self.batches == other.batches
            && self.current_batch == other.current_batch
            && self.hold == other.hold
            && self.stopping == other.stopping
            && self.actions == other.actions
            && self.waiting_for == other.waiting_for
            && self.attention == other.attention
            && self.out_of_service_since == other.out_of_service_since
    }
}

impl Job {
    /// A job as it stands. Copies what is small: O(batches + steps), never O(hosts).
    pub fn of(fleet: &Fleet, job: &live::Job, position: u64, now: Timestamp) -> Job {
        let batch = |(index, batch): (usize, &live::Batch)| Batch::of(job, BatchIndex(index as u32), batch);
        Job(Arc::new(Seen {
            position,
            id: job.id,
            template: job.template.clone(),
            plan: job.plan.clone(),
            status: job.status,
            steps: job.steps.clone(),
            archived: job.archived,
            is_summary: job.is_summary(),
            tally: job.tally,
            template_version: job.template_version,
            parameters: job.parameters.clone(),
            requested_by: job.requested_by.clone(),
            due: job.due,
            zone: job.due.and_then(|due| fleet.schedules.get(&due.schedule)).map(|known| known.spec.zone.to_string()),
            outcome: job.outcome,
            hold: job.hold.clone(),
            stopping: job.stopping.clone(),
            created_at: job.created_at,
            started_at: job.started_at,
            finished_at: job.finished_at,
            took: job.started_at.map(|started| job.finished_at.unwrap_or(now) - started),
            batches: job.batches.iter().enumerate().map(batch).collect(),
            current_batch: job.current_batch(),
            actions: explain::actions(job).iter().map(JobAction::from).collect(),
            waiting_for: explain::waiting_for(fleet, job).iter().map(Waiting::from).collect(),
            attention: explain::attention(fleet, job),
            out_of_service_since: job.out_of_service_since(),
            throughput: explain::throughput(job, now),
            estimated_end: explain::estimated_end(job, now),
        }))
    }

    /// A job of the fleet, if there is one with that id.
    pub fn find(fleet: &Fleet, id: JobId, position: u64, now: Timestamp) -> Option<Job> {
        fleet.jobs.get(&id).map(|job| Job::of(fleet, job, position, now))
    }

    /// A job of the archive from its summary. The state has nothing more to say about it.
    pub fn of_archive(summary: &live::Job, position: u64, now: Timestamp) -> Job {
        Job::of(&Fleet::default(), summary, position, now)
    }

    /// The job with its hosts, as those from lists of the archive are without.
    pub async fn whole(&self, ctx: &Context<'_>) -> Result<Job, Error> {
        if !self.0.is_summary {
            return Ok(self.clone());
        }
        let whole = node::job(&**backend(ctx)?, self.0.id).await.map_err(fault)?;
        whole.ok_or_else(|| fault(Fault::Failed(format!("job {} is in the archive and not in the log", self.0.id))))
    }

    /// The stream of its events.
    pub fn stream(&self) -> String {
        stream_of(self.0.id)
    }
}

/// One rollout of a template, as it was at one position of the log.
#[Object]
impl Job {
    /// The global id.
    pub async fn id(&self) -> ID {
        GlobalId::Job(self.0.id).into()
    }

    /// The 26 letters and digits by which people and logs name it; accepted wherever its id is.
    async fn ulid(&self) -> String {
        self.0.id.to_string()
    }

    /// The log's position this is as of. What has happened later is not in it.
    async fn position(&self) -> Long {
        Long(self.0.position)
    }

    /// The name of the template it was created from.
    async fn template(&self) -> &str {
        self.0.template.name.as_str()
    }

    /// Which version of the template.
    async fn template_version(&self) -> u32 {
        self.0.template_version
    }

    /// The template as it was when the job was created.
    async fn definition(&self) -> TemplateDefinition {
        TemplateDefinition(self.0.template.clone())
    }

    /// Its parameters with defaults filled in; secrets are references.
    async fn parameters(&self) -> Json {
        parameter::values(&self.0.parameters)
    }

    /// Where it is.
    async fn status(&self) -> JobStatus {
        self.0.status.into()
    }

    /// How it ended; only when finished.
    async fn outcome(&self) -> Option<JobOutcome> {
        self.0.outcome.map(JobOutcome::from)
    }

    /// Why nobody is admitted; only when held.
    async fn hold(&self) -> Option<HoldReason> {
        self.0.hold.as_ref().map(HoldReason::from)
    }

    /// Who is draining, cancelling or killing it, and why.
    async fn stopping(&self) -> Option<Stopping> {
        self.0.stopping.as_ref().map(Stopping::from)
    }

    /// Who asked for it.
    async fn requested_by(&self) -> &str {
        &self.0.requested_by
    }

    /// The schedule that created it, and the moment it was due.
    async fn due(&self) -> Option<Due> {
        let due = self.0.due?;
        let (schedule, zone) = (GlobalId::Schedule(due.schedule).into(), self.0.zone.clone());
        Some(Due { schedule, nominal: DateTime(due.nominal), zone })
    }

    /// When it was created.
    async fn created_at(&self) -> DateTime {
        DateTime(self.0.created_at)
    }

    /// When it was started.
    async fn started_at(&self) -> Option<DateTime> {
        self.0.started_at.map(DateTime)
    }

    /// When it ended.
    async fn finished_at(&self) -> Option<DateTime> {
        self.0.finished_at.map(DateTime)
    }

    /// The hosts and batches, sealed.
    async fn plan(&self, ctx: &Context<'_>) -> Result<Plan, Error> {
        let job = self.whole(ctx).await?;
        Ok(Plan::of_job(&job.0.plan, &job.0.template))
    }

    /// Every batch: those of the plan, then those made for retries.
    #[graphql(complexity = "20 * child_complexity")]
    async fn batches(&self) -> &[Batch] {
        self.0.batches()
    }

    /// The batch that is open or at its gate.
    async fn current_batch(&self) -> Option<&Batch> {
        self.0.current_batch()
    }

    /// Its hosts by status and outcome.
    async fn counts(&self) -> Counts {
        Counts::from(&self.0.tally)
    }

    /// Every step of the workflow over all hosts.
    #[graphql(complexity = "10 * child_complexity")]
    async fn steps(&self) -> Vec<JobStep> {
        JobStep::all(self, |_| None)
    }

    /// Whether it is in the archive: nothing of it changes any more, and nothing can be asked of it.
    async fn archived(&self) -> bool {
        self.0.archived
    }

    /// Failures by what is the same in their errors, those of most hosts first.
    #[graphql(complexity = "1 + first.unwrap_or(20).max(0) as usize * child_complexity")]
    async fn failure_clusters(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "At most this many, up to 100; otherwise 20.")] first: Option<i32>,
    ) -> Result<Vec<FailureCluster>, Error> {
        let limit = match first.unwrap_or(20) {
            limit @ 1..=100 => limit as usize,
            other => return Err(bad_argument(format!("first is {other}; ask for 1 to 100 clusters"))),
        };
        FailureCluster::largest(&**backend(ctx)?, &self.whole(ctx).await?.0, limit).await.map_err(fault)
    }

    /// How many such clusters there are.
    #[graphql(complexity = 2)]
    async fn failure_cluster_count(&self, ctx: &Context<'_>) -> Result<u32, Error> {
        FailureCluster::how_many(&**backend(ctx)?, self.0.id).await.map_err(fault)
    }

    /// How long it has gone on since it was started, or did until it ended; null where it was not started.
    async fn took(&self) -> Option<Millis> {
        self.0.took.map(Millis)
    }

    /// Hosts settled per minute.
    async fn throughput(&self) -> f64 {
        self.0.throughput
    }

    /// When it will have ended if all goes on like this, bakes included.
    async fn estimated_end(&self) -> Option<DateTime> {
        self.0.estimated_end.map(DateTime)
    }

    /// What may be asked of it now, and what not and why.
    async fn actions(&self) -> &[JobAction] {
        &self.0.actions
    }

    /// How many hosts an action would touch now: those whose admission begins or stops (`START`, `HOLD`, `RESUME`), those in
    /// flight that are stopped (`DRAIN`, `CANCEL`, `KILL`), those that get another run (`RETRY`) or an owner (`ACCEPT`), the
    /// batch that opens (`APPROVE`), those in doubt (`RESOLVE`). 0 where it is not allowed.
    #[graphql(complexity = 20)]
    async fn touches(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What would be done.")] action: JobActionKind,
        #[graphql(desc = "To which hosts, for `RETRY` and `ACCEPT`; otherwise all it may be done to.")] which: Option<
            HostsInput,
        >,
    ) -> Result<u32, Error> {
        let (id, which) = (self.0.id, which.unwrap_or_default().into());
        let look = move |fleet: &Fleet, _| fleet.jobs.get(&id).map(|job| explain::touched(job, action.into(), &which));
        Ok(crate::backend::read_job(&**backend(ctx)?, id, look).await.map_err(fault)?.unwrap_or(0))
    }

    /// What it waits for.
    async fn waiting_for(&self) -> &[Waiting] {
        &self.0.waiting_for
    }

    /// What it asks of a person; null where it goes on by itself, or was not started yet.
    async fn attention(&self) -> Option<Attention> {
        self.0.attention.map(Attention::from)
    }

    /// Since when the one of its hosts that is out of service longest is so, of those that nobody took over; null where
    /// none is, and where that is not on record.
    async fn out_of_service_since(&self) -> Option<DateTime> {
        self.0.out_of_service_since.map(DateTime)
    }

    /// Its host runs in the order of the plan.
    #[graphql(complexity = "1 + first.unwrap_or(50).max(0) as usize * child_complexity")]
    async fn host_runs(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "At most this many, up to 200; otherwise 50.")] first: Option<i32>,
        #[graphql(desc = "The `endCursor` of the page before.")] after: Option<String>,
        #[graphql(desc = "Which of them.")] filter: Option<HostRunFilter>,
    ) -> Result<Connection<Cursor, HostRun, Total>, Error> {
        let page = Page::of(first, after)?;
        host_run::page(&**backend(ctx)?, &self.whole(ctx).await?, page, filter.unwrap_or_default()).await
    }

    /// One host's run, by the host's name.
    async fn host_run(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The host's name.")] host: String,
    ) -> Result<Option<HostRun>, Error> {
        let job = self.whole(ctx).await?;
        let Some(index) = crate::index::index_of(ctx, &job.0.plan, &host)? else { return Ok(None) };
        host_run::one(&**backend(ctx)?, &job, index).await.map_err(fault)
    }

    /// One host's run, by its place in the plan: what a cell of the grid stands for.
    async fn host_run_at(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The place in the plan, from 0.")] index: u32,
    ) -> Result<Option<HostRun>, Error> {
        host_run::one(&**backend(ctx)?, &self.whole(ctx).await?, HostIndex(index)).await.map_err(fault)
    }

    /// Every host in a few bytes.
    #[graphql(complexity = "100 + child_complexity")]
    async fn grid(&self, ctx: &Context<'_>) -> Result<Grid, Error> {
        let survey = surveys(ctx)?.at_least(&**backend(ctx)?, self).await.map_err(fault)?;
        Ok(Grid::of(&survey))
    }

    /// Its events, oldest first.
    #[graphql(complexity = "1 + first.unwrap_or(50).max(0) as usize * child_complexity")]
    async fn events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "At most this many, up to 200; otherwise 50.")] first: Option<i32>,
        #[graphql(desc = "The `endCursor` of the page before.")] after: Option<String>,
    ) -> Result<EventConnection, Error> {
        event::of_stream(&**backend(ctx)?, self.stream(), None, Page::of(first, after)?).await
    }

    /// Its course over time: figures at equal steps, and its milestones. `jobAt` shows the job at any of these positions.
    #[graphql(complexity = "LONG_WORK + buckets.unwrap_or(120).max(0) as usize")]
    async fn history(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "In at most this many slices of time, up to 500; otherwise 120.")] buckets: Option<i32>,
    ) -> Result<JobHistory, Error> {
        let slices = match buckets.unwrap_or(120) {
            slices @ 1..=500 => slices as usize,
            other => return Err(bad_argument(format!("buckets is {other}; ask for 1 to 500 slices of time"))),
        };
        let history = backend(ctx)?.job_history(self.0.id, slices).await.map_err(fault)?;
        let missing = || fault(Fault::Failed(format!("no event of job {} is in the log", self.0.id)));
        history.map(|history| JobHistory::from(&*history)).ok_or_else(missing)
    }
}

/// Why a job admits nobody.
#[derive(SimpleObject, Clone, Debug)]
pub struct HoldReason {
    /// For programs.
    kind: HoldKind,
    /// In words, with the numbers.
    text: String,
    /// The same, to be said in any language.
    sentence: Sentence,
    /// For programs: the threshold that was exceeded, such as `canaryFailed`; null where a person or time holds it.
    threshold: Option<String>,
    /// What the words are made of, by name: numbers, who, why.
    parameters: Json,
}

/// What kind of thing holds a job.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum HoldKind {
    /// A threshold was exceeded.
    Breach,
    /// A person said so.
    Person,
    /// All hosts in flight stopped at a safe point.
    Drained,
    /// Nobody agreed in time.
    ApprovalExpired,
}

impl From<&jobs::reason::HoldReason> for HoldReason {
    fn from(why: &jobs::reason::HoldReason) -> HoldReason {
        use jobs::reason::HoldReason as Why;
        let kind = match why {
            Why::Breach(_) => HoldKind::Breach,
            Why::Person { .. } => HoldKind::Person,
            Why::Drained { .. } => HoldKind::Drained,
            Why::ApprovalExpired { .. } => HoldKind::ApprovalExpired,
        };
        let (threshold, parameters) = match why {
            Why::Breach(breach) => innermost(breach),
            Why::Person { .. } | Why::Drained { .. } | Why::ApprovalExpired { .. } => (None, innermost(why).1),
        };
        let said = jobs::sentence::Sentence::from(why);
        HoldReason { kind, text: said.to_string(), sentence: Sentence::from(&said), threshold, parameters }
    }
}

/// The name of an enum's variant and what it holds.
fn innermost(value: &impl serde::Serialize) -> (Option<String>, Json) {
    let named = serde_json::to_value(value).ok().and_then(|value| match value {
        serde_json::Value::Object(named) => named.into_iter().next(),
        _ => None,
    });
    let (name, parameters) = named.unzip();
    (name, async_graphql::Json(parameters.unwrap_or_default()))
}

/// Who stops a job.
#[derive(SimpleObject, Clone, Debug)]
pub struct Stopping {
    /// Who.
    by: String,
    /// Why.
    reason: String,
    /// Whether running scripts are signalled.
    kill: bool,
}

impl From<&live::Stopping> for Stopping {
    fn from(stopping: &live::Stopping) -> Stopping {
        Stopping { by: stopping.by.to_string(), reason: stopping.reason.to_string(), kill: stopping.kill }
    }
}

/// The moment of a schedule that created a job.
#[derive(SimpleObject, Clone, Debug)]
pub struct Due {
    /// The schedule's id.
    schedule: ID,
    /// The moment it was due.
    nominal: DateTime,
    /// The time zone it is meant in, by its IANA name; null where the schedule is there no more.
    zone: Option<String>,
}
