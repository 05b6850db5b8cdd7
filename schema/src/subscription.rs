//! Everything that can be watched. Each subscription wakes when the durable position grows, sends what is new since it
//! last sent, and then rests (`pulse`): however much happens in between is one message.
//!
//! Whoever was away resumes from the last position received. A position that is older than what is kept is an error
//! with the code `CURSOR_GONE`.
//!
//! Never found here: a queue that can grow.

use crate::backend::{Backend, Edge, EventFilter, EventQuery, Fault, Verification};
use crate::event::{Event, EventBatch, EventFilterInput};
use crate::fault::{backend, bad_argument, bad_id, fault, not_found};
use crate::grid::{Grid, GridDelta, GridMessage};
use crate::host_run::{self, HostRun};
use crate::id;
use crate::index::index_of;
use crate::job::Job;
use crate::node;
use crate::outcome::Phase;
use crate::output::{OutputRange, OutputStream, USUAL_BYTES};
use crate::overview::{Overview, Overviews};
use crate::proof::LogVerification;
use crate::pulse::{Audience, LEAST_APART, Pulse};
use crate::scalar::Long;
use crate::survey::{Survey, Surveys, surveys};
use async_graphql::{Context, Error, ID, Subscription};
use futures_util::stream::{self, Stream};
use jobs::ids::{AttemptId, JobId};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::sleep;

/// The most events of one message.
const MOST_EVENTS: usize = 200;

/// How long output is not looked at when nothing came.
const OUTPUT_REST: Duration = Duration::from_secs(1);

/// What subscriptions send.
type Sent<T> = Result<T, Error>;

/// Everything that can be watched.
pub struct Subscription;

/// Everything that can be watched.
#[Subscription]
impl Subscription {
    /// A job whenever it changed, at most four times a second; the first time at once. Goes on when it has ended, for it
    /// may be retried; ends when it is archived, after which nothing changes.
    async fn job_progress(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The job's id.")] job: ID,
    ) -> Result<impl Stream<Item = Sent<Job>> + use<>, Error> {
        let watch = JobWatch::of(ctx, &job).await?;
        Ok(stream::try_unfold((watch, None::<Job>), |(mut watch, sent)| async move {
            while let Some(survey) = watch.next().await? {
                if sent.as_ref().is_none_or(|sent| !sent.0.is_same(&survey.job.0)) {
                    let job = survey.job.clone();
                    return Ok(Some((job.clone(), (watch, Some(job)))));
                }
            }
            Ok(None)
        }))
    }

    /// Every host of a job in a few bytes, then what changed, at most four times a second. Goes on when the job has
    /// ended, for it may be retried; ends when it is archived.
    async fn job_grid(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The job's id.")] job: ID,
        #[graphql(desc = "The last position received: only what changed since is sent, where that is still known.")]
        after_position: Option<Long>,
    ) -> Result<impl Stream<Item = Sent<GridMessage>> + use<>, Error> {
        let watch = JobWatch::of(ctx, &job).await?;
        let known = after_position.map(|after| after.0);
        Ok(stream::try_unfold((watch, known), |(mut watch, mut known)| async move {
            while let Some(survey) = watch.next().await? {
                let delta = known.and_then(|after| GridDelta::of(&survey, after));
                known = Some(survey.position);
                match delta {
                    Some(nothing) if nothing.hosts == 0 => {}
                    Some(delta) => return Ok(Some((GridMessage::Delta(delta), (watch, known)))),
                    None => return Ok(Some((GridMessage::Snapshot(Grid::of(&survey)), (watch, known)))),
                }
            }
            Ok(None)
        }))
    }

    /// Everything at a glance whenever something changed, at most four times a second; the first time at once.
    async fn overview(&self, ctx: &Context<'_>) -> Result<impl Stream<Item = Sent<Arc<Overview>>> + use<>, Error> {
        let (backend, overviews) = (backend(ctx)?.clone(), ctx.data::<Arc<Overviews>>()?.clone());
        let watch = OverviewWatch { pulse: pulse(ctx)?, backend, overviews, seen: None };
        Ok(stream::try_unfold(watch, |mut watch| async move { Ok(watch.next().await?.map(|shown| (shown, watch))) }))
    }

    /// Events as they are recorded, in pages of at most 200.
    async fn events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The position to go on from; otherwise the last one there is.")] after_position: Option<Long>,
        #[graphql(desc = "Which of them.")] filter: Option<EventFilterInput>,
    ) -> Result<impl Stream<Item = Sent<EventBatch>> + use<>, Error> {
        let backend = backend(ctx)?.clone();
        let filter = filter.unwrap_or_default().read()?;
        let after = after_position.map_or_else(|| *backend.durable().borrow(), |after| after.0);
        let tail = Tail { backend, filter, after, pulse: pulse(ctx)?, behind: after_position.is_some() };
        Ok(stream::try_unfold(tail, |mut tail| async move { Ok(tail.next().await?.map(|events| (events, tail))) }))
    }

    /// Makes the tree of hashes again from the bytes of every record of the log and compares it with what was kept. Tells how
    /// far it is at most four times a second, and ends with what came of it. Only one runs at a time: whoever asks while it
    /// does hears of that one.
    async fn verify_log(&self, ctx: &Context<'_>) -> Result<impl Stream<Item = Sent<LogVerification>> + use<>, Error> {
        let watch = VerificationWatch { news: backend(ctx)?.verify_log().map_err(fault)?, rest: None, ended: false };
        Ok(stream::try_unfold(watch, |mut watch| async move { Ok(watch.next().await?.map(|told| (told, watch))) }))
    }

    /// What an attempt writes, as it is written; the first part at once. Ends when the attempt has ended and all was
    /// sent.
    #[allow(clippy::too_many_arguments)] // They are the arguments of the field.
    async fn output(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The job's id.")] job: ID,
        #[graphql(desc = "The host's name.")] host: String,
        #[graphql(desc = "The step's name.")] step: String,
        #[graphql(desc = "The attempt's number; otherwise the step's last one.")] attempt: Option<u16>,
        #[graphql(desc = "What the attempt was for; otherwise the step itself.")] phase: Option<Phase>,
        #[graphql(desc = "Which output.")] stream: OutputStream,
        #[graphql(desc = "The first byte; otherwise 0.")] from: Option<Long>,
    ) -> Result<impl Stream<Item = Sent<OutputRange>> + use<>, Error> {
        let run = run(ctx, &job, &host).await?;
        let follow = Follow {
            backend: backend(ctx)?.clone(),
            job: run.job.0.id,
            attempt: run.attempt_id(&step, attempt, phase)?,
            stream,
            from: from.map_or(0, |from| from.0),
            rest: Duration::ZERO,
            ended: false,
        };
        Ok(stream::try_unfold(follow, |mut follow| async move { Ok(follow.next().await?.map(|part| (part, follow))) }))
    }
}

/// One host's run of a job, both of which have to be there.
async fn run(ctx: &Context<'_>, job: &ID, host: &str) -> Result<HostRun, Error> {
    let backend = backend(ctx)?;
    let id = id::job(job).map_err(bad_id)?;
    let job = node::job(&**backend, id).await.map_err(fault)?.ok_or_else(|| no_job(id))?;
    let run = match index_of(ctx, &job.0.plan, host)? {
        Some(index) => host_run::one(&**backend, &job, index).await.map_err(fault)?,
        None => None,
    };
    run.ok_or_else(|| bad_argument(format!("host {host} is not in the plan of job {id}")))
}

/// What wakes one more subscription of the schema a request is executed on.
fn pulse(ctx: &Context<'_>) -> Result<Pulse, Error> {
    Ok(Pulse::of(&**backend(ctx)?, ctx.data::<Arc<Audience>>()?))
}

fn no_job(id: JobId) -> Error {
    not_found(format!("there is no job {id}; `jobs` lists them"))
}

/// Waits for a job to change.
struct JobWatch {
    backend: Arc<dyn Backend>,
    surveys: Arc<Surveys>,
    job: JobId,
    pulse: Pulse,
    seen: Option<u64>,
    ended: bool,
}

impl JobWatch {
    async fn of(ctx: &Context<'_>, job: &ID) -> Result<JobWatch, Error> {
        let (backend, surveys) = (backend(ctx)?.clone(), surveys(ctx)?.clone());
        let id = id::job(job).map_err(bad_id)?;
        node::job(&*backend, id).await.map_err(fault)?.ok_or_else(|| no_job(id))?;
        Ok(JobWatch { backend, surveys, job: id, pulse: pulse(ctx)?, seen: None, ended: false })
    }

    /// The next survey after the last one; `None` once the job was archived in the last one.
    async fn next(&mut self) -> Result<Option<Arc<Survey>>, Error> {
        loop {
            if self.ended || self.pulse.next(self.seen).await.is_none() {
                return Ok(None);
            }
            let recent = self.surveys.recent(&*self.backend, self.job).await.map_err(fault)?;
            let Some(survey) = recent else { return Ok(None) };
            self.ended = survey.job.0.archived;
            if self.seen.is_none_or(|seen| survey.position > seen) {
                self.seen = Some(survey.position);
                return Ok(Some(survey));
            }
        }
    }
}

/// Waits for a verification to come on.
struct VerificationWatch {
    news: watch::Receiver<Verification>,
    /// How long nothing is sent after the last message; `None` before the first.
    rest: Option<Duration>,
    ended: bool,
}

impl VerificationWatch {
    async fn next(&mut self) -> Result<Option<LogVerification>, Error> {
        if self.ended {
            return Ok(None);
        }
        if let Some(rest) = self.rest.replace(LEAST_APART) {
            sleep(rest).await;
            let broken =
                |_| fault(Fault::Failed("the verification ended without a verdict; begin it again".to_owned()));
            self.news.changed().await.map_err(broken)?;
        }
        let told = self.news.borrow_and_update();
        self.ended = told.verdict.is_some();
        Ok(Some(LogVerification::from(&*told)))
    }
}

/// Waits for anything to change.
struct OverviewWatch {
    backend: Arc<dyn Backend>,
    overviews: Arc<Overviews>,
    pulse: Pulse,
    seen: Option<u64>,
}

impl OverviewWatch {
    async fn next(&mut self) -> Result<Option<Arc<Overview>>, Error> {
        while self.pulse.next(self.seen).await.is_some() {
            let overview = self.overviews.recent(&*self.backend).await.map_err(fault)?;
            if self.seen.is_none_or(|seen| overview.position > seen) {
                self.seen = Some(overview.position);
                return Ok(Some(overview));
            }
        }
        Ok(None)
    }
}

/// Reads the log as it grows.
struct Tail {
    backend: Arc<dyn Backend>,
    filter: EventFilter,
    after: u64,
    pulse: Pulse,
    /// Whether there is more to read without waiting.
    behind: bool,
}

impl Tail {
    async fn next(&mut self) -> Result<Option<EventBatch>, Error> {
        loop {
            if !self.behind && self.pulse.next(Some(self.after)).await.is_none() {
                return Ok(None);
            }
            let query = EventQuery { edge: Edge::After(self.after), limit: MOST_EVENTS, filter: self.filter.clone() };
            let page = self.backend.events(query).await.map_err(fault)?;
            self.after = page.seen;
            self.behind = !page.end;
            if !page.events.is_empty() {
                let events = page.events.into_iter().map(Event::from).collect();
                return Ok(Some(EventBatch { events, position: Long(self.after) }));
            }
        }
    }
}

/// Reads what an attempt writes.
struct Follow {
    backend: Arc<dyn Backend>,
    job: JobId,
    attempt: AttemptId,
    stream: OutputStream,
    from: u64,
    rest: Duration,
    ended: bool,
}

impl Follow {
    async fn next(&mut self) -> Result<Option<OutputRange>, Error> {
        while !self.ended {
            sleep(self.rest).await;
            let part = OutputRange::read(&*self.backend, self.job, self.attempt, self.stream, self.from, USUAL_BYTES);
            let part = part.await.map_err(fault)?;
            self.ended = part.is_last();
            self.from = part.next_offset();
            self.rest = if part.is_empty() { OUTPUT_REST } else { LEAST_APART };
            if !part.is_empty() || self.ended {
                return Ok(Some(part));
            }
        }
        Ok(None)
    }
}
