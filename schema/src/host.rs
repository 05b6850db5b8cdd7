//! Managed servers: what the inventory says of them, which job has them, and what jobs did to them.
//!
//! Never found here: how to log in to one.

use crate::backend::{Backend, Fault, read};
use crate::fault::{backend, bad_argument, fault};
use crate::host_run::{self, HostRun};
use crate::id::GlobalId;
use crate::job::Job;
use crate::page::{Cursor, Page, Total};
use async_graphql::connection::Connection;
use async_graphql::{Context, Error, ID, Object, SimpleObject};
use jobs::fleet::Fleet;
use jobs::ids::{HostIndex, HostName, JobId};
use jobs::inventory as managed;
use jobs::plan::Plan;
use jobs::selector::Selector;
use serde_json::Value;
use std::ops::Bound;
use std::sync::Arc;

/// How many jobs are copied at a time when looking for those that had a host.
const JOBS_AT_A_TIME: usize = 50;

/// A managed server.
#[derive(Clone, Debug)]
pub struct Host {
    host: Arc<managed::Host>,
    source: Option<Arc<str>>,
    lease: Option<JobId>,
}

/// A label of a host.
#[derive(SimpleObject, Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// Such as `role`.
    name: String,
    /// Such as `web`.
    value: String,
}

impl Label {
    /// All labels, by name.
    pub fn all(labels: &managed::Labels) -> Vec<Label> {
        labels.iter().map(|(name, value)| Label { name: name.clone(), value: value.clone() }).collect()
    }
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
    async fn leased_to(&self, ctx: &Context<'_>) -> Result<Option<Job>, Error> {
        let Some(id) = self.lease else { return Ok(None) };
        let backend = backend(ctx)?;
        let now = backend.now();
        read(&**backend, move |fleet, position| Job::find(fleet, id, position, now)).await.map_err(fault)
    }

    /// Whether it serves nobody because of a job, and nobody took it over.
    #[graphql(complexity = 20)]
    async fn out_of_service(&self, ctx: &Context<'_>) -> Result<bool, Error> {
        let name = self.host.name.clone();
        let look = move |fleet: &Fleet, _| {
            let open = fleet.jobs.values().filter(|job| job.tally.out_of_service() > 0);
            open.filter_map(|job| job.run(place(&job.plan, &name)?))
                .any(|run| run.out_of_service && run.accepted_by.is_none())
        };
        read(&**backend(ctx)?, look).await.map_err(fault)
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
}

impl Host {
    /// One host by its name.
    pub async fn find(backend: &dyn Backend, name: HostName) -> Result<Option<Host>, Fault> {
        read(backend, move |fleet, _| fleet.inventory.hosts.get(&name).map(|host| Host::of(fleet, host))).await
    }

    fn of(fleet: &Fleet, host: &Arc<managed::Host>) -> Host {
        Host {
            host: host.clone(),
            source: fleet.sources.get(&host.name).cloned(),
            lease: fleet.leases.get(&host.name).copied(),
        }
    }

    /// Its name.
    pub fn host_name(&self) -> &str {
        self.host.name.as_str()
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

/// Hosts by name; those a selector chooses, and with a text in their name.
pub async fn page(
    backend: &dyn Backend,
    page: Page,
    selector: Option<String>,
    search: Option<String>,
) -> Result<Connection<Cursor, Host, Total>, Error> {
    let selector = selector.as_deref().map(Selector::parse).transpose().map_err(bad_argument)?;
    let search = search.filter(|text| !text.is_empty());
    let after = page.after.clone().map(HostName::from);
    let (names, total) = match (&selector, &search) {
        (None, None) => in_order(backend, after, page.limit + 1).await.map_err(fault)?,
        _ => {
            let wanted = |host: &managed::Host| {
                selector.as_ref().is_none_or(|selector| selector.matches(host))
                    && search.as_ref().is_none_or(|text| host.name.as_str().contains(text.as_str()))
            };
            let all = all(backend).await.map_err(fault)?;
            let found: Vec<&Arc<managed::Host>> = all.iter().filter(|host| wanted(host)).collect();
            let total = found.len();
            let rest = found.into_iter().filter(|host| after.as_ref().is_none_or(|after| host.name > *after));
            (rest.take(page.limit + 1).map(|host| host.name.clone()).collect(), total)
        }
    };
    let look = move |fleet: &Fleet, _| -> Vec<Host> {
        names.iter().filter_map(|name| fleet.inventory.hosts.get(name)).map(|host| Host::of(fleet, host)).collect()
    };
    let hosts = read(backend, look).await.map_err(fault)?;
    Ok(page.connection(hosts, |host| host.host_name().to_owned(), Total { total_count: Some(total as u32) }))
}

async fn in_order(
    backend: &dyn Backend,
    after: Option<HostName>,
    limit: usize,
) -> Result<(Vec<HostName>, usize), Fault> {
    let look = move |fleet: &Fleet, _| {
        let hosts = &fleet.inventory.hosts;
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let names = hosts.range((from, Bound::Unbounded)).map(|(name, _)| name.clone());
        (names.take(limit).collect(), hosts.len())
    };
    read(backend, look).await
}

/// Every host. Only the pointers are copied on the engine's thread; whoever looks through them does so elsewhere.
pub async fn all(backend: &dyn Backend) -> Result<Vec<Arc<managed::Host>>, Fault> {
    read(backend, |fleet, _| fleet.inventory.hosts.values().cloned().collect()).await
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
        let jobs = jobs_before(backend, before).await.map_err(fault)?;
        let Some((last, _)) = jobs.last() else { break };
        before = Some(*last);
        for (id, plan) in jobs {
            let Some(index) = place(&plan, host) else { continue };
            runs.extend(run_of(backend, id, index).await.map_err(fault)?);
        }
    }
    Ok(runs)
}

async fn jobs_before(backend: &dyn Backend, before: Option<JobId>) -> Result<Vec<(JobId, Arc<Plan>)>, Fault> {
    let look = move |fleet: &Fleet, _| {
        let upto = before.map_or(Bound::Unbounded, Bound::Excluded);
        let jobs = fleet.jobs.range((Bound::Unbounded, upto)).rev();
        jobs.take(JOBS_AT_A_TIME).map(|(id, job)| (*id, job.plan.clone())).collect()
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
