//! Which hosts: what a selector, a text and what jobs make of them leave of the inventory, by name and page by page.
//!
//! Never found here: a host in full (`host`).

use crate::backend::{Backend, Fault, read};
use crate::fault::fault;
use crate::host::Host;
use crate::label::{HostLabels, LabelQuery};
use crate::limits::each_once;
use crate::outcome::HostOutcome;
use crate::page::{Cursor, Page};
use crate::source::SelectorProblem;
use crate::standing::{Together, newest_runs};
use async_graphql::connection::Connection;
use async_graphql::resolver_utils::EnumType;
use async_graphql::{Error, InputObject, SimpleObject};
use jobs::fleet::Fleet;
use jobs::ids::HostName;
use jobs::inventory as managed;
use jobs::outcome;
use jobs::selector::Selector;
use jobs::standing;
use std::collections::{HashMap, HashSet};
use std::ops::Bound;
use std::sync::Arc;

/// Which hosts, by what jobs make of them. What is not said does not matter.
#[derive(InputObject, Clone, Debug, Default)]
pub struct HostFilter {
    /// Serving nobody because of a job, and taken over by nobody.
    out_of_service: Option<bool>,
    /// Had by a job now.
    leased: Option<bool>,
    /// Having to be looked at by a person before the job that has it can be closed.
    needs_a_person: Option<bool>,
    /// Whose last run ended in one of these ways. Jobs of the archive are not looked at: a host that only those had is
    /// left out.
    last_outcome: Option<Vec<HostOutcome>>,
}

impl HostFilter {
    /// With each value of its lists once; an error where one has more entries than there are values.
    pub fn read(self) -> Result<HostFilter, Error> {
        let once = |outcomes| each_once("lastOutcome", outcomes, HostOutcome::items().len());
        Ok(HostFilter { last_outcome: self.last_outcome.map(once).transpose()?, ..self })
    }
}

/// What a page of hosts says besides the hosts.
#[derive(SimpleObject, Clone, Debug, Default)]
pub struct HostsFound {
    /// How many hosts there are on all pages.
    total_count: u32,
    /// Why the selector cannot be read; then there are no hosts.
    problem: Option<SelectorProblem>,
}

/// A page of hosts.
pub type HostConnection = Connection<Cursor, Host, HostsFound>;

/// Which hosts, with the selector read.
#[derive(Debug)]
pub struct Choice {
    selector: Option<Selector>,
    search: String,
    filter: HostFilter,
}

impl Choice {
    /// Reads the selector.
    pub fn read(
        selector: Option<String>,
        search: Option<String>,
        filter: Option<HostFilter>,
    ) -> Result<Choice, SelectorProblem> {
        let selector = selector.filter(|text| !text.trim().is_empty());
        Ok(Choice {
            selector: selector.as_deref().map(Selector::parse).transpose().map_err(SelectorProblem::from)?,
            search: search.unwrap_or_default().to_lowercase(),
            filter: filter.unwrap_or_default(),
        })
    }

    /// All of them, by name.
    async fn hosts(&self, backend: &dyn Backend) -> Result<Vec<Arc<managed::Host>>, Fault> {
        let mut hosts = all(backend).await?;
        hosts.retain(|host| self.matches(host));
        let HostFilter { out_of_service, leased, needs_a_person, .. } = self.filter;
        if out_of_service.is_some() || leased.is_some() || needs_a_person.is_some() {
            let marks = read(backend, Marks::of).await?;
            let is = |wanted: Option<bool>, marked: &HashSet<HostName>, host: &managed::Host| {
                wanted.is_none_or(|wanted| wanted == marked.contains(&host.name))
            };
            hosts.retain(|host| {
                is(out_of_service, &marks.out_of_service, host)
                    && is(leased, &marks.leased, host)
                    && is(needs_a_person, &marks.needing_a_person, host)
            });
        }
        if let Some(wanted) = &self.filter.last_outcome {
            let wanted: Vec<outcome::HostOutcome> = wanted.iter().map(|outcome| (*outcome).into()).collect();
            let last = last_outcomes(backend).await?;
            hosts.retain(|host| last.get(&host.name).copied().flatten().is_some_and(|last| wanted.contains(&last)));
        }
        Ok(hosts)
    }

    fn matches(&self, host: &managed::Host) -> bool {
        self.selector.as_ref().is_none_or(|selector| selector.matches(host))
            && (self.search.is_empty() || host.name.as_str().to_lowercase().contains(&self.search))
    }

    fn is_everybody(&self) -> bool {
        let HostFilter { out_of_service, leased, needs_a_person, last_outcome } = &self.filter;
        let by_jobs =
            out_of_service.is_some() || leased.is_some() || needs_a_person.is_some() || last_outcome.is_some();
        self.selector.is_none() && self.search.is_empty() && !by_jobs
    }
}

/// Hosts that jobs left a mark on.
struct Marks {
    out_of_service: HashSet<HostName>,
    needing_a_person: HashSet<HostName>,
    leased: HashSet<HostName>,
}

impl Marks {
    fn of(fleet: &Fleet, _: u64) -> Marks {
        let name = |run: standing::NamedRun<'_>| run.host.clone();
        Marks {
            out_of_service: standing::out_of_service(fleet).map(name).collect(),
            needing_a_person: standing::needing_a_person(fleet).map(name).collect(),
            leased: fleet.leases.keys().cloned().collect(),
        }
    }
}

/// How the last run of each host ended, where it has.
async fn last_outcomes(backend: &dyn Backend) -> Result<HashMap<HostName, Option<outcome::HostOutcome>>, Fault> {
    let mut last = HashMap::new();
    for job in newest_runs(backend).await? {
        for (index, outcome) in &job.begun {
            let Some(host) = job.plan.hosts.get(index.at()) else { continue };
            last.entry(host.name.clone()).or_insert(*outcome);
        }
    }
    Ok(last)
}

/// A page of the chosen hosts by name.
pub async fn page(
    backend: &dyn Backend,
    page: Page,
    choice: Result<Choice, SelectorProblem>,
) -> Result<HostConnection, Error> {
    let choice = match choice {
        Ok(choice) => choice,
        Err(problem) => {
            let found = HostsFound { problem: Some(problem), ..HostsFound::default() };
            return Ok(page.connection(Vec::new(), |host: &Host| host.host_name().to_owned(), found));
        }
    };
    let after = page.after.clone().map(HostName::from);
    let (names, total) = match choice.is_everybody() {
        true => in_order(backend, after, page.limit + 1).await.map_err(fault)?,
        false => {
            let chosen = choice.hosts(backend).await.map_err(fault)?;
            let rest = chosen.iter().filter(|host| after.as_ref().is_none_or(|after| host.name > *after));
            (rest.take(page.limit + 1).map(|host| host.name.clone()).collect(), chosen.len())
        }
    };
    let together = Arc::new(Together::of(names.clone()));
    let look = move |fleet: &Fleet, _| -> Vec<Host> {
        let hosts = names.iter().filter_map(|name| fleet.inventory.hosts.get(name));
        hosts.map(|host| Host::of(fleet, host, together.clone())).collect()
    };
    let hosts = read(backend, look).await.map_err(fault)?;
    let found = HostsFound { total_count: total as u32, problem: None };
    Ok(page.connection(hosts, |host| host.host_name().to_owned(), found))
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

/// Which labels the chosen hosts have.
pub async fn labels(
    backend: &dyn Backend,
    choice: Result<Choice, SelectorProblem>,
    query: LabelQuery,
) -> Result<HostLabels, Fault> {
    match choice {
        Ok(choice) => Ok(HostLabels::of(&choice.hosts(backend).await?, &query)),
        Err(problem) => Ok(HostLabels::unread(problem)),
    }
}
