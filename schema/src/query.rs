//! Everything that can be looked at.
//!
//! Never found here: a change.

use crate::action::{self, Action, ActionFilter, Pack};
use crate::backend::Until;
use crate::calendar::Calendar;
use crate::compliance::{Compliance, Question};
use crate::event::{self, Event, EventConnection, EventFilterInput};
use crate::fault::{backend, bad_argument, bad_id, fault};
use crate::host::Host;
use crate::host_list::{self, Choice, HostConnection, HostFilter};
use crate::host_run;
use crate::id;
use crate::index::{Indexes, index_of};
use crate::job::Job;
use crate::job_list::{self, JobFilter};
use crate::label::{HostLabels, LabelQuery};
use crate::limits::LONG_WORK;
use crate::moment::JobMoment;
use crate::mutation::{CreateJobInput, asking};
use crate::node::{self, Node};
use crate::overview::Overview;
use crate::page::{Cursor, Page, Total};
use crate::preview::{PlanPreview, PreviewTemplateInput, TemplatePreview};
use crate::scalar::{DateTime, Json, Long};
use crate::schedule::{self, CronPreview, Schedule};
use crate::server::{Server, Viewer};
use crate::source::{self, HostCount, TemplateValidation};
use crate::statistics::{self, By, Range, Statistics};
use crate::template::{self, Template};
use crate::token::Token;
use async_graphql::connection::Connection;
use async_graphql::{Context, Error, ID, Object};
use jobs::compliance::Asked;
use jobs::schedule::ScheduleSpec;

/// Everything that can be looked at.
pub struct Query;

/// Everything that can be looked at.
#[Object]
impl Query {
    /// The server that answers.
    async fn server(&self, ctx: &Context<'_>) -> Result<Server, Error> {
        Server::answering(&**backend(ctx)?).await.map_err(fault)
    }

    /// Who is asking.
    async fn viewer(&self, ctx: &Context<'_>) -> Result<Viewer, Error> {
        asking(ctx).map(Viewer::from)
    }

    /// Everything at a glance.
    async fn overview(&self, ctx: &Context<'_>) -> Result<Overview, Error> {
        Overview::taken(&**backend(ctx)?).await.map_err(fault)
    }

    /// An object by its global id.
    async fn node(&self, ctx: &Context<'_>, #[graphql(desc = "Its id.")] id: ID) -> Result<Option<Node>, Error> {
        let id = id.parse().map_err(bad_id)?;
        Node::find(&**backend(ctx)?, ctx.data::<Indexes>()?, id).await.map_err(fault)
    }

    /// Jobs, newest first.
    #[graphql(complexity = "1 + first.unwrap_or(50).max(0) as usize * child_complexity")]
    async fn jobs(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "At most this many, up to 200; otherwise 50.")] first: Option<i32>,
        #[graphql(desc = "The `endCursor` of the page before.")] after: Option<String>,
        #[graphql(desc = "Which of them.")] filter: Option<JobFilter>,
    ) -> Result<Connection<Cursor, Job, Total>, Error> {
        job_list::page(&**backend(ctx)?, Page::of(first, after)?, filter.unwrap_or_default()).await
    }

    /// A job by its id, or by its 26 letters and digits.
    async fn job(&self, ctx: &Context<'_>, #[graphql(desc = "Its id.")] id: ID) -> Result<Option<Job>, Error> {
        node::job(&**backend(ctx)?, id::job(&id).map_err(bad_id)?).await.map_err(fault)
    }

    /// Templates by name, without those that were taken away.
    #[graphql(complexity = "1 + first.unwrap_or(50).max(0) as usize * child_complexity")]
    async fn templates(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "At most this many, up to 200; otherwise 50.")] first: Option<i32>,
        #[graphql(desc = "The `endCursor` of the page before.")] after: Option<String>,
        #[graphql(desc = "Those with this text in their name or description.")] search: Option<String>,
    ) -> Result<Connection<Cursor, Template, Total>, Error> {
        template::page(&**backend(ctx)?, Page::of(first, after)?, search).await
    }

    /// A template by its name, also one that was taken away.
    async fn template(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its name.")] name: String,
    ) -> Result<Option<Template>, Error> {
        Template::find(&**backend(ctx)?, name.into()).await.map_err(fault)
    }

    /// Whether a text is a template that could be applied, and what is wrong with it.
    #[graphql(complexity = "100 + child_complexity")]
    async fn validate_template(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The template in YAML.")] source: String,
        #[graphql(desc = "The file's name, for the diagnostics; otherwise `template.yaml`.")] file: Option<String>,
    ) -> Result<TemplateValidation, Error> {
        source::validate(&**backend(ctx)?, file.as_deref().unwrap_or("template.yaml"), &source).await.map_err(fault)
    }

    /// A dry run of a text that is not applied: what is wrong with it, and the plan a job of it would have.
    #[graphql(complexity = "300 + child_complexity")]
    async fn preview_template(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The text, and what the job would be created from.")] input: PreviewTemplateInput,
    ) -> Result<TemplatePreview, Error> {
        TemplatePreview::of(&**backend(ctx)?, asking(ctx)?, input).await.map_err(fault)
    }

    /// A JSON Schema (draft 2020-12) of a template's YAML, for completion in editors. `stagger schema template` prints the same.
    async fn template_schema(&self) -> Json {
        async_graphql::Json(jobs::yaml::template_json_schema())
    }

    /// A JSON Schema (draft 2020-12) of an action's YAML, for completion in editors. `stagger schema action` prints the same.
    async fn action_schema(&self) -> Json {
        async_graphql::Json(jobs::yaml::action_json_schema())
    }

    /// Actions by name.
    #[graphql(complexity = "1 + first.unwrap_or(50).max(0) as usize * child_complexity")]
    async fn actions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "At most this many, up to 200; otherwise 50.")] first: Option<i32>,
        #[graphql(desc = "The `endCursor` of the page before.")] after: Option<String>,
        #[graphql(desc = "Which of them.")] filter: Option<ActionFilter>,
    ) -> Result<Connection<Cursor, Action, Total>, Error> {
        action::page(&**backend(ctx)?, Page::of(first, after)?, filter.unwrap_or_default()).await
    }

    /// An action by its name.
    async fn action(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its name.")] name: String,
    ) -> Result<Option<Action>, Error> {
        Action::find(&**backend(ctx)?, name.into()).await.map_err(fault)
    }

    /// The installed packs, by name.
    async fn packs(&self, ctx: &Context<'_>) -> Result<Vec<Pack>, Error> {
        Pack::all(&**backend(ctx)?).await.map_err(fault)
    }

    /// Hosts by name.
    #[graphql(complexity = "1 + first.unwrap_or(50).max(0) as usize * child_complexity")]
    async fn hosts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "At most this many, up to 200; otherwise 50.")] first: Option<i32>,
        #[graphql(desc = "The `endCursor` of the page before.")] after: Option<String>,
        #[graphql(desc = "Those this selector chooses.")] selector: Option<String>,
        #[graphql(desc = "Those with this text in their name, in whatever case.")] search: Option<String>,
        #[graphql(desc = "Those of whom jobs made this.")] filter: Option<HostFilter>,
    ) -> Result<HostConnection, Error> {
        let choice = Choice::read(selector, search, filter.map(HostFilter::read).transpose()?);
        host_list::page(&**backend(ctx)?, Page::of(first, after)?, choice).await
    }

    /// Which labels and groups hosts have, the most frequent first: to narrow a fleet down, and to complete a selector
    /// while it is typed.
    #[graphql(complexity = "100 + LabelQuery::room(name.as_deref(), values) * child_complexity")]
    #[expect(clippy::too_many_arguments, reason = "each is an argument of the field")]
    async fn labels(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Of the hosts this selector chooses; otherwise of all.")] selector: Option<String>,
        #[graphql(desc = "Of those of them with this text in their name, in whatever case.")] search: Option<String>,
        #[graphql(desc = "Of those of them of whom jobs made this.")] filter: Option<HostFilter>,
        #[graphql(desc = "Only the label of this name; otherwise every label.")] name: Option<String>,
        #[graphql(desc = "Only values, and groups, with this text in them, in whatever case.")] text: Option<String>,
        #[graphql(desc = "At most this many values of each label, and groups, up to 200; otherwise 20.")]
        values: Option<i32>,
    ) -> Result<HostLabels, Error> {
        let query = LabelQuery::of(name, text, values)?;
        let choice = Choice::read(selector, search, filter.map(HostFilter::read).transpose()?);
        host_list::labels(&**backend(ctx)?, choice, query).await.map_err(fault)
    }

    /// A host by its name.
    async fn host(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its name.")] name: String,
    ) -> Result<Option<Host>, Error> {
        Host::find(&**backend(ctx)?, name.into()).await.map_err(fault)
    }

    /// How many hosts a selector chooses, and what is wrong with it.
    #[graphql(complexity = "50 + child_complexity")]
    async fn count_hosts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The selector.")] selector: String,
    ) -> Result<HostCount, Error> {
        source::count(&**backend(ctx)?, &selector).await.map_err(fault)
    }

    /// Every schedule, oldest first.
    #[graphql(complexity = "20 * child_complexity")]
    async fn schedules(&self, ctx: &Context<'_>) -> Result<Vec<Schedule>, Error> {
        Schedule::all(&**backend(ctx)?).await.map_err(fault)
    }

    /// A schedule by its id, or by its 26 letters and digits.
    async fn schedule(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its id.")] id: ID,
    ) -> Result<Option<Schedule>, Error> {
        Schedule::find(&**backend(ctx)?, id::schedule(&id).map_err(bad_id)?).await.map_err(fault)
    }

    /// Every moment at which a schedule fires from one moment on and before another, at most 62 days after it: what
    /// became of those that are over, and how long the jobs of those to come will take and which of them collide. At most
    /// 5,000 moments.
    #[graphql(complexity = "LONG_WORK + 100 * child_complexity")]
    async fn calendar(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "From this moment on.")] from: DateTime,
        #[graphql(desc = "Before this moment.")] to: DateTime,
    ) -> Result<Calendar, Error> {
        Calendar::of(&**backend(ctx)?, from.0, to.0).await
    }

    /// When a cron expression fires, and what is wrong with it.
    #[graphql(complexity = "1 + count.unwrap_or(10).max(0) as usize * child_complexity")]
    async fn preview_cron(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The expression, such as `30 2 * * *`.")] expression: String,
        #[graphql(desc = "The time zone by its IANA name; otherwise UTC.")] zone: Option<String>,
        #[graphql(desc = "How many firings, up to 100; otherwise 10.")] count: Option<i32>,
        #[graphql(desc = "After this moment; otherwise now.")] from: Option<DateTime>,
        #[graphql(desc = "The schedule's name: `H` in the expression is drawn from it.")] name: Option<String>,
    ) -> Result<CronPreview, Error> {
        let from = from.map_or_else(|| backend(ctx).map(|backend| backend.now()), |from| Ok(from.0))?;
        schedule::preview(&spec(expression, zone, name), from, count.unwrap_or(10))
    }

    /// The plan a job would have: batches with counts and names, strata, and where it stops.
    #[graphql(complexity = "200 + child_complexity")]
    async fn preview_plan(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the job would be created from.")] input: CreateJobInput,
    ) -> Result<PlanPreview, Error> {
        let backend = backend(ctx)?;
        match input.read(backend.fresh_job()) {
            Ok(create) => PlanPreview::of(&**backend, asking(ctx)?, create).await.map_err(fault),
            Err(errors) => Ok(PlanPreview::refused(errors)),
        }
    }

    /// Events of the whole log.
    #[graphql(complexity = "LONG_WORK + first.unwrap_or(50).max(0) as usize * child_complexity")]
    async fn events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "At most this many, up to 200; otherwise 50.")] first: Option<i32>,
        #[graphql(desc = "The `continueAfter` or `endCursor` of the page before.")] after: Option<String>,
        #[graphql(desc = "Which of them.")] filter: Option<EventFilterInput>,
        #[graphql(desc = "Whether the newest come first.")] newest_first: Option<bool>,
    ) -> Result<EventConnection, Error> {
        let filter = filter.unwrap_or_default().read()?;
        event::of_log(&**backend(ctx)?, filter, newest_first.unwrap_or(false), Page::of(first, after)?).await
    }

    /// The event at a position of the log; null where the log does not reach it.
    async fn event(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its place in the whole log.")] position: Long,
    ) -> Result<Option<Event>, Error> {
        event::at(&**backend(ctx)?, position.0).await
    }

    /// Every name an event may have, in a lasting order: those of jobs, schedules, templates and packs, inventory, access.
    async fn event_kinds(&self) -> Vec<&'static str> {
        event::kinds_known().collect()
    }

    /// A job as it was at a position of the log or at a moment, folded from its own events; as it is where neither is said.
    /// Null where there was no such job by then.
    #[graphql(complexity = "LONG_WORK + child_complexity")]
    async fn job_at(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The job's id.")] job: ID,
        #[graphql(desc = "With everything that had happened up to and including this position.")] position: Option<
            Long,
        >,
        #[graphql(desc = "With everything that had happened up to and including this moment.")] at: Option<DateTime>,
    ) -> Result<Option<JobMoment>, Error> {
        let until = match (position, at) {
            (None, None) => Until::End,
            (Some(position), None) => Until::Position(position.0),
            (None, Some(at)) => Until::Moment(at.0),
            (Some(_), Some(_)) => return Err(bad_argument("say position or at: both at once may be two moments")),
        };
        let id = id::job(&job).map_err(bad_id)?;
        let past = backend(ctx)?.job_at(id, until).await.map_err(fault)?;
        Ok(past.and_then(|past| JobMoment::of(id, past)))
    }

    /// Why a host of a job is where it is: each line leads to the next.
    async fn why(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The job's id.")] job: ID,
        #[graphql(desc = "The host's name.")] host: String,
    ) -> Result<Vec<String>, Error> {
        let backend = backend(ctx)?;
        let id = id::job(&job).map_err(bad_id)?;
        let job = node::job(&**backend, id).await.map_err(fault)?;
        let job = job.ok_or_else(|| bad_argument(format!("there is no job {id}; `jobs` lists them")))?;
        let index = index_of(ctx, &job.0.plan, &host)?;
        let index = index.ok_or_else(|| bad_argument(format!("host {host} is not in the plan of job {id}")))?;
        let why = host_run::why(&**backend, id, index).await.map_err(fault)?;
        Ok(why.iter().map(ToString::to_string).collect())
    }

    /// Success, lengths and throughput of the jobs that ended in a range of time: by period, by template, by the values of
    /// a label, and what went wrong. The range is widened to whole periods, of which there may be 400.
    #[graphql(complexity = "LONG_WORK + child_complexity")]
    async fn statistics(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The first moment.")] from: DateTime,
        #[graphql(desc = "The moment after the last.")] to: DateTime,
        #[graphql(desc = "Jobs of this template only.")] template: Option<String>,
        #[graphql(desc = "The time zone whose clocks say when a period begins, by its IANA name; otherwise UTC.")]
        zone: Option<String>,
        #[graphql(desc = "How long a period is.")] by: By,
    ) -> Result<Statistics, Error> {
        let range = Range { from, to, template, zone, by };
        Statistics::of(&**backend(ctx)?, statistics::recent(ctx)?, range).await
    }

    /// Which hosts are as a template wants them, and why the others are not. The newest run of a host that came to an end
    /// of its own decides: a success stands until a later run fails.
    #[graphql(complexity = "LONG_WORK + child_complexity")]
    async fn compliance(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The template's name.")] template: String,
        #[graphql(desc = "Which hosts; otherwise those that the template is for.")] selector: Option<String>,
        #[graphql(desc = "What succeeded before this does not count.")] since: Option<DateTime>,
        #[graphql(desc = "What succeeded with an earlier version of the template does not count.")] version: Option<
            u32,
        >,
    ) -> Result<Compliance, Error> {
        let asked = Asked { since: since.map(|since| since.0), version };
        Compliance::of(&**backend(ctx)?, Question { template, selector, asked }).await
    }

    /// Every access token, oldest first, without the secrets.
    async fn tokens(&self, ctx: &Context<'_>) -> Result<Vec<Token>, Error> {
        Token::all(&**backend(ctx)?).await.map_err(fault)
    }
}

fn spec(cron: String, zone: Option<String>, name: Option<String>) -> ScheduleSpec {
    ScheduleSpec {
        name: name.unwrap_or_else(|| "preview".to_owned()),
        template: "preview".into(),
        parameters: jobs::parameter::Values::new(),
        targets: None,
        cron,
        zone: zone.unwrap_or_else(|| "UTC".to_owned()),
        missed: jobs::schedule::Missed::Once,
        deadline: None,
        overlap: jobs::schedule::Overlap::Forbid,
        paused: false,
    }
}
