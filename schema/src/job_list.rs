//! Jobs, newest first: those of the state and those of the archive as one list.
//!
//! Never found here: a job in full (`job`).

use crate::backend::{Backend, Fault, read};
use crate::fault::fault;
use crate::job::Job;
use crate::limits::each_once;
use crate::outcome::{JobOutcome, JobStatus};
use crate::page::{Cursor, Page, Total};
use crate::scalar::DateTime;
use async_graphql::connection::Connection;
use async_graphql::resolver_utils::EnumType;
use async_graphql::{Error, InputObject};
use jobs::fleet::Fleet;
use jobs::ids::JobId;
use jobs::job as live;
use jobs::outcome;
use jobs::time::Timestamp;
use std::ops::Bound;
use std::sync::Arc;

/// Summaries that are read from the archive at once.
const READ_AT_ONCE: usize = 200;

/// Which jobs. What is not said does not matter.
#[derive(InputObject, Clone, Debug, Default)]
pub struct JobFilter {
    /// In one of these statuses.
    status: Option<Vec<JobStatus>>,
    /// Ended in one of these ways.
    outcome: Option<Vec<JobOutcome>>,
    /// Of this template.
    template: Option<String>,
    /// Asked for by this actor, in full: `user:alice`.
    requested_by: Option<String>,
    /// Created at this moment or later.
    created_from: Option<DateTime>,
    /// Created before this moment.
    created_to: Option<DateTime>,
    /// With this text in the id, the template's name, or the name of whoever asked for it.
    search: Option<String>,
}

/// A page of jobs.
pub async fn page(
    backend: &dyn Backend,
    page: Page,
    filter: JobFilter,
) -> Result<Connection<Cursor, Job, Total>, Error> {
    let before = page.after_key::<JobId>()?;
    let wanted = Arc::new(Wanted::of(filter)?);
    let (found, total) = newest(backend, before, wanted, page.limit + 1).await.map_err(fault)?;
    Ok(page.connection(found, |job| job.0.id.to_string(), Total { total_count: total }))
}

/// The newest jobs that have ended, at most `limit` of them.
pub async fn ended(backend: &dyn Backend, limit: usize) -> Result<Vec<Job>, Fault> {
    let wanted = Wanted { status: vec![outcome::JobStatus::Finished], ..Wanted::default() };
    Ok(newest(backend, None, Arc::new(wanted), limit).await?.0)
}

/// At most `limit` jobs with an id less than `before`, and how many there are on all pages where that can be told without
/// reading the archive.
async fn newest(
    backend: &dyn Backend,
    before: Option<JobId>,
    wanted: Arc<Wanted>,
    limit: usize,
) -> Result<(Vec<Job>, Option<u32>), Fault> {
    let Live { jobs: mut found, total, archived, position } = live(backend, before, wanted.clone(), limit).await?;
    if archived {
        found.extend(from_archive(backend, before, &wanted, limit, position).await?);
        // One that went into the archive between the two looks is in both.
        found.sort_by_key(|job| std::cmp::Reverse(job.0.id));
        found.dedup_by_key(|job| job.0.id);
        found.truncate(limit);
    }
    Ok((found, total))
}

struct Live {
    jobs: Vec<Job>,
    total: Option<u32>,
    /// Whether some of them may be in the archive.
    archived: bool,
    position: u64,
}

async fn live(backend: &dyn Backend, before: Option<JobId>, wanted: Arc<Wanted>, limit: usize) -> Result<Live, Fault> {
    let now = backend.now();
    let look = move |fleet: &Fleet, position| {
        let upto = before.map_or(Bound::Unbounded, Bound::Excluded);
        let newest_first = fleet.jobs.range((Bound::Unbounded, upto)).rev().map(|(_, job)| job);
        let jobs = newest_first.filter(|job| wanted.matches(job)).take(limit);
        let jobs = jobs.map(|job| Job::of(fleet, job, position, now)).collect();
        let archived = fleet.archived > 0 && wanted.may_have_ended();
        let total = match (wanted.is_any(), archived) {
            (true, _) => Some(fleet.jobs.len() as u64 + fleet.archived),
            (false, false) => Some(fleet.jobs.values().filter(|job| wanted.matches(job)).count() as u64),
            (false, true) => None,
        };
        let total = total.map(|total| u32::try_from(total).unwrap_or(u32::MAX));
        Live { jobs, total, archived, position }
    };
    read(backend, look).await
}

async fn from_archive(
    backend: &dyn Backend,
    mut before: Option<JobId>,
    wanted: &Wanted,
    limit: usize,
    position: u64,
) -> Result<Vec<Job>, Fault> {
    let now = backend.now();
    let mut found = Vec::new();
    while found.len() < limit {
        let summaries = backend.archive(before, READ_AT_ONCE.min(limit)).await?;
        let Some(last) = summaries.last() else { break };
        before = Some(last.id);
        let fitting = summaries.iter().filter(|job| wanted.matches(job));
        found.extend(fitting.map(|job| Job::of_archive(job, position, now)));
        if last.created_at < wanted.from {
            break;
        }
    }
    found.truncate(limit);
    Ok(found)
}

/// A filter in the terms of the state.
#[derive(Default, PartialEq, Eq)]
struct Wanted {
    status: Vec<outcome::JobStatus>,
    outcome: Vec<outcome::JobOutcome>,
    template: Option<String>,
    requested_by: Option<String>,
    from: Timestamp,
    to: Option<Timestamp>,
    search: String,
}

impl Wanted {
    fn of(filter: JobFilter) -> Result<Wanted, Error> {
        let status = each_once("status", filter.status.unwrap_or_default(), JobStatus::items().len())?;
        let outcome = each_once("outcome", filter.outcome.unwrap_or_default(), JobOutcome::items().len())?;
        Ok(Wanted {
            status: status.into_iter().map(Into::into).collect(),
            outcome: outcome.into_iter().map(Into::into).collect(),
            template: filter.template,
            requested_by: filter.requested_by,
            from: filter.created_from.map(|from| from.0).unwrap_or_default(),
            to: filter.created_to.map(|to| to.0),
            search: filter.search.unwrap_or_default().to_lowercase(),
        })
    }

    /// Whether a job that has ended could be one of them.
    fn may_have_ended(&self) -> bool {
        self.status.is_empty() || self.status.contains(&outcome::JobStatus::Finished)
    }

    fn is_any(&self) -> bool {
        *self == Wanted::default()
    }

    fn matches(&self, job: &live::Job) -> bool {
        (self.status.is_empty() || self.status.contains(&job.status))
            && (self.outcome.is_empty() || job.outcome.is_some_and(|outcome| self.outcome.contains(&outcome)))
            && self.template.as_deref().is_none_or(|template| job.template.name.as_str() == template)
            && self.requested_by.as_deref().is_none_or(|by| &*job.requested_by == by)
            && job.created_at >= self.from
            && self.to.is_none_or(|to| job.created_at < to)
            && (self.search.is_empty() || self.is_found_in(job))
    }

    fn is_found_in(&self, job: &live::Job) -> bool {
        let texts = [job.id.to_string(), job.template.name.to_string(), job.requested_by.to_string()];
        texts.iter().any(|text| text.to_lowercase().contains(&self.search))
    }
}
