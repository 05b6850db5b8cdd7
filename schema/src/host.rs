//! A managed server: what the inventory says of it, which job has it, and what jobs did to it.
//!
//! Never found here: how to log in to one, or which of them are meant (`host_list`).

use crate::backend::{Backend, Fault, read};
use crate::event::EventConnection;
use crate::fault::{backend, fault};
use crate::host_record;
use crate::host_run::{self, HostRun};
use crate::id::GlobalId;
use crate::index::index_of;
use crate::job::Job;
use crate::label::Label;
use crate::limits::LONG_WORK;
use crate::page::{Cursor, Page, Total};
use crate::scalar::DateTime;
use crate::standing::{Standing, Together};
use async_graphql::connection::Connection;
use async_graphql::{Context, Error, ID, Object};
use jobs::fleet::Fleet;
use jobs::ids::{HostIndex, HostName, JobId};
use jobs::inventory as managed;
use jobs::plan::Plan;
use serde_json::Value;
use std::ops::Bound;
use std::sync::Arc;

/// How many jobs are copied at a time when looking for those that had a host.
const JOBS_AT_A_TIME: usize = 50;

/// A managed server.
#[derive(Clone)]
pub struct Host {
    host: Arc<managed::Host>,
    source: Option<Arc<str>>,
    /// Those it is answered with, itself among them.
    together: Arc<Together>,
}

/// A managed server.
#[Object]
impl Host {
    /// The global id.
    pub async fn id(&self) -> ID {
        GlobalId::Host(self.host.name.clone()).into()
    }

    /// Its name, unique in the inventory.
    async fn name(&self) -> &str {
        self.host.name.as_str()
    }

    /// What it is: role, environment, data centre, operating system.
    async fn labels(&self) -> Vec<Label> {
        Label::all(&self.host.labels)
    }

    /// The groups it belongs to; a selector asks with `group=web`.
    async fn groups(&self) -> Vec<&str> {
        self.host.groups.iter().map(String::as_str).collect()
    }

    /// The source of the inventory it comes from.
    async fn source(&self) -> Option<&str> {
        self.source.as_deref()
    }

    /// Where it is reached: `user@address:port`, as far as the inventory says. Keys and passwords are not shown.
    async fn address(&self) -> Option<String> {
        address(&self.host.connection)
    }

    /// The job that has it now.
    #[graphql(complexity = "2 + child_complexity")]
    async fn leased_to(&self, ctx: &Context<'_>) -> Result<Option<Job>, Error> {
        Ok(self.standing(ctx).await?.leased_to)
    }

    /// Its run in the job that has it now.
    #[graphql(complexity = "20 + child_complexity")]
    async fn current_run(&self, ctx: &Context<'_>) -> Result<Option<HostRun>, Error> {
        let Some(job) = self.standing(ctx).await?.leased_to else { return Ok(None) };
        let Some(index) = index_of(ctx, &job.0.plan, self.host_name())? else { return Ok(None) };
        host_run::one(&**backend(ctx)?, &job, index).await.map_err(fault)
    }

    /// Jobs that wait until the one that has it lets it go, oldest first.
    #[graphql(complexity = "2 + 2 * child_complexity")]
    async fn waiting_jobs(&self, ctx: &Context<'_>) -> Result<Vec<Job>, Error> {
        Ok(self.standing(ctx).await?.waiting)
    }

    /// Whether it serves nobody because of a job, and nobody took it over.
    #[graphql(complexity = 2)]
    async fn out_of_service(&self, ctx: &Context<'_>) -> Result<bool, Error> {
        Ok(self.standing(ctx).await?.out_of_service.is_some())
    }

    /// The job because of which it serves nobody; null where it serves, or somebody took it over.
    #[graphql(complexity = "2 + child_complexity")]
    async fn out_of_service_because_of(&self, ctx: &Context<'_>) -> Result<Option<Job>, Error> {
        Ok(self.standing(ctx).await?.out_of_service.map(|(job, _)| job))
    }

    /// Since when it serves nobody; null where it serves, or somebody took it over.
    #[graphql(complexity = 2)]
    async fn out_of_service_since(&self, ctx: &Context<'_>) -> Result<Option<DateTime>, Error> {
        let since = self.standing(ctx).await?.out_of_service.and_then(|(_, since)| since);
        Ok(since.map(DateTime))
    }

    /// Whether a person has to look at it before the job that has it can be closed.
    #[graphql(complexity = 2)]
    async fn needs_a_person(&self, ctx: &Context<'_>) -> Result<bool, Error> {
        Ok(self.standing(ctx).await?.needs_a_person)
    }

    /// The newest run that has begun, of whatever job; null where nothing was ever done to it.
    #[graphql(complexity = "5 + child_complexity")]
    async fn last_run(&self, ctx: &Context<'_>) -> Result<Option<HostRun>, Error> {
        self.together.last_run(&**backend(ctx)?, &self.host.name).await.map_err(fault)
    }

    /// What jobs did to it, the newest job first.
    #[graphql(complexity = "20 + first.unwrap_or(50).max(0) as usize * child_complexity")]
    async fn runs(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "At most this many, up to 200; otherwise 50.")] first: Option<i32>,
        #[graphql(desc = "The `endCursor` of the page before.")] after: Option<String>,
    ) -> Result<Connection<Cursor, HostRun, Total>, Error> {
        runs(&**backend(ctx)?, &self.host.name, Page::of(first, after)?).await
    }

    /// Everything that is recorded about it, newest first: what every job that had it says about it, and the inventory.
    /// Unlike `events` with a filter, nothing else of the log is looked at.
    #[graphql(complexity = "LONG_WORK + first.unwrap_or(50).max(0) as usize * child_complexity")]
    async fn events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "At most this many, up to 200; otherwise 50.")] first: Option<i32>,
        #[graphql(desc = "The `continueAfter` or `endCursor` of the page before.")] after: Option<String>,
    ) -> Result<EventConnection, Error> {
        host_record::page(&**backend(ctx)?, &self.host.name, Page::of(first, after)?).await
    }
}

impl Host {
    /// One host by its name.
    pub async fn find(backend: &dyn Backend, name: HostName) -> Result<Option<Host>, Fault> {
        let look = move |fleet: &Fleet, _| {
            let host = fleet.inventory.hosts.get(&name)?;
            Some(Host::of(fleet, host, Arc::new(Together::of(vec![name]))))
        };
        read(backend, look).await
    }

    /// A host of the inventory, with those it is answered with.
    pub fn of(fleet: &Fleet, host: &Arc<managed::Host>, together: Arc<Together>) -> Host {
        Host { host: host.clone(), source: fleet.sources.get(&host.name).cloned(), together }
    }

    /// Its name.
    pub fn host_name(&self) -> &str {
        self.host.name.as_str()
    }

    async fn standing(&self, ctx: &Context<'_>) -> Result<Standing, Error> {
        self.together.standing(&**backend(ctx)?, &self.host.name).await.map_err(fault)
    }
}

fn address(connection: &Value) -> Option<String> {
    let text = |key: &str| connection.get(key).and_then(Value::as_str);
    let user = text("user").map(|user| format!("{user}@")).unwrap_or_default();
    let port = connection.get("port").and_then(Value::as_u64).map(|port| format!(":{port}")).unwrap_or_default();
    text("address").map(|address| format!("{user}{address}{port}"))
}

fn place(plan: &Plan, host: &HostName) -> Option<HostIndex> {
    let at = plan.hosts.iter().position(|planned| planned.name == *host)?;
    Some(HostIndex(at as u32))
}

/// Which jobs had a host, and at which places of their plans, newest first: those of the state, then those of the archive.
pub async fn places(backend: &dyn Backend, host: &HostName) -> Result<Vec<(JobId, HostIndex)>, Fault> {
    let plans = jobs_before(backend, None, usize::MAX).await?;
    let mut places: Vec<_> = plans.iter().filter_map(|(id, plan)| Some((*id, place(plan, host)?))).collect();
    places.extend(backend.archived_places(host.clone()).await?);
    // One that went into the archive between the two looks is in both.
    places.sort_by_key(|(id, _)| std::cmp::Reverse(*id));
    places.dedup_by_key(|(id, _)| *id);
    Ok(places)
}

/// A page of a host's runs, the newest job first. Cursors are the jobs' ids.
async fn runs(backend: &dyn Backend, host: &HostName, page: Page) -> Result<Connection<Cursor, HostRun, Total>, Error> {
    let mut runs = live_runs(backend, host, &page).await?;
    let (now, position) = (backend.now(), *backend.durable().borrow());
    let before = page.after_key::<JobId>()?;
    let archived = backend.archived_runs(host.clone(), before, page.limit + 1).await.map_err(fault)?;
    runs.extend(archived.into_iter().map(|run| HostRun::of_archive(host.clone(), run, position, now)));
    // One that went into the archive between the two looks is in both.
    runs.sort_by_key(|run| std::cmp::Reverse(run.job.0.id));
    runs.dedup_by_key(|run| run.job.0.id);
    runs.truncate(page.limit + 1);
    Ok(page.connection(runs, |run| run.job.0.id.to_string(), Total { total_count: None }))
}

/// The host's runs in jobs of the state, one more than the page has room for.
async fn live_runs(backend: &dyn Backend, host: &HostName, page: &Page) -> Result<Vec<HostRun>, Error> {
    let mut before = page.after_key::<JobId>()?;
    let mut runs = Vec::new();
    while runs.len() <= page.limit {
        let jobs = jobs_before(backend, before, JOBS_AT_A_TIME).await.map_err(fault)?;
        let Some((last, _)) = jobs.last() else { break };
        before = Some(*last);
        for (id, plan) in jobs {
            let Some(index) = place(&plan, host) else { continue };
            runs.extend(run_of(backend, id, index).await.map_err(fault)?);
        }
    }
    Ok(runs)
}

async fn jobs_before(
    backend: &dyn Backend,
    before: Option<JobId>,
    limit: usize,
) -> Result<Vec<(JobId, Arc<Plan>)>, Fault> {
    let look = move |fleet: &Fleet, _| {
        let upto = before.map_or(Bound::Unbounded, Bound::Excluded);
        let jobs = fleet.jobs.range((Bound::Unbounded, upto)).rev();
        jobs.take(limit).map(|(id, job)| (*id, job.plan.clone())).collect()
    };
    read(backend, look).await
}

async fn run_of(backend: &dyn Backend, id: JobId, index: HostIndex) -> Result<Option<HostRun>, Fault> {
    let now = backend.now();
    let job = read(backend, move |fleet, position| Job::find(fleet, id, position, now)).await?;
    match job {
        Some(job) => host_run::one(backend, &job, index).await,
        None => Ok(None),
    }
}
