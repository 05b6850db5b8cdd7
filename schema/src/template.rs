//! Templates as they stand, and their versions.
//!
//! Never found here: what a template says (`definition`).

use crate::backend::{Backend, Fault, Recorded, read};
use crate::definition::TemplateDefinition;
use crate::fault::{backend, fault};
use crate::id::GlobalId;
use crate::job::Job;
use crate::page::{Cursor, Page, Total};
use crate::scalar::{DateTime, Long};
use async_graphql::connection::Connection;
use async_graphql::{Context, Error, ID, Object, SimpleObject};
use jobs::event::TemplateApplied;
use jobs::fleet::{AppliedTemplate, Fleet};
use jobs::ids::TemplateName;
use serde::Deserialize;
use std::ops::Bound;

/// The stream that holds the versions of all templates.
const LIBRARY: &str = "library";

/// Events that are read at a time.
const PAGE: usize = 200;

/// A template as it stands.
#[derive(Clone, Debug)]
pub struct Template(AppliedTemplate);

/// A template as it stands: the versioned definition of a job.
#[Object]
impl Template {
    /// The global id.
    pub async fn id(&self) -> ID {
        GlobalId::Template(self.0.template.name.clone()).into()
    }

    /// What the author calls it.
    async fn name(&self) -> &str {
        self.0.template.name.as_str()
    }

    /// One sentence for people.
    async fn description(&self) -> &str {
        &self.0.template.description
    }

    /// The newest version's number, from 1.
    async fn version(&self) -> u32 {
        self.0.version
    }

    /// The newest version as text, as its author wrote it.
    async fn source(&self) -> &str {
        &self.0.source
    }

    /// What the newest version says.
    async fn definition(&self) -> TemplateDefinition {
        TemplateDefinition(self.0.template.clone())
    }

    /// When the newest version was applied.
    async fn applied_at(&self) -> DateTime {
        DateTime(self.0.applied_at)
    }

    /// Who applied the newest version; null where that was before this was kept.
    async fn applied_by(&self) -> Option<&str> {
        self.0.applied_by.as_deref()
    }

    /// The name of the pack whose next version brings the next version of this; null once a person has applied one.
    async fn pack(&self) -> Option<&str> {
        self.0.pack.as_deref()
    }

    /// The newest job of it, as far as the live state knows: jobs of the archive are told by `jobs`.
    async fn last_job(&self, ctx: &Context<'_>) -> Result<Option<Job>, Error> {
        last_job(&**backend(ctx)?, self.0.template.name.clone()).await.map_err(fault)
    }

    /// Whether it was taken away; no job can be created from it then.
    async fn removed(&self) -> bool {
        self.0.removed
    }

    /// Every version, oldest first, read from the log.
    #[graphql(complexity = "20 + 10 * child_complexity")]
    async fn versions(&self, ctx: &Context<'_>) -> Result<Vec<TemplateVersion>, Error> {
        versions(&**backend(ctx)?, &self.0.template.name).await.map_err(fault)
    }
}

/// One version of a template.
#[derive(SimpleObject, Clone, Debug)]
pub struct TemplateVersion {
    /// Its number, from 1.
    version: u32,
    /// Its text, as its author wrote it.
    source: String,
    /// What it says.
    definition: TemplateDefinition,
    /// When it was applied.
    applied_at: DateTime,
    /// By whom.
    applied_by: String,
    /// The log's position.
    position: Long,
}

impl Template {
    /// One template by its name, also one that was taken away.
    pub async fn find(backend: &dyn Backend, name: TemplateName) -> Result<Option<Template>, Fault> {
        read(backend, move |fleet, _| fleet.templates.get(&name).cloned().map(Template)).await
    }
}

async fn last_job(backend: &dyn Backend, template: TemplateName) -> Result<Option<Job>, Fault> {
    let now = backend.now();
    let look = move |fleet: &Fleet, position| {
        let newest = fleet.jobs.values().rev().find(|job| job.template.name == template);
        newest.map(|job| Job::of(fleet, job, position, now))
    };
    read(backend, look).await
}

impl Template {
    /// Templates that stand, chosen by what they are, by name.
    pub async fn chosen(
        backend: &dyn Backend,
        wanted: impl Fn(&AppliedTemplate) -> bool + Send + 'static,
    ) -> Result<Vec<Template>, Fault> {
        let look = move |fleet: &Fleet, _| {
            let there = fleet.templates.values().filter(|template| !template.removed && wanted(template));
            there.cloned().map(Template).collect()
        };
        read(backend, look).await
    }
}

/// Templates by name, without those that were taken away.
pub async fn page(
    backend: &dyn Backend,
    page: Page,
    search: Option<String>,
) -> Result<Connection<Cursor, Template, Total>, Error> {
    let search = search.unwrap_or_default().to_lowercase();
    let from = page.after.clone().map_or(Bound::Unbounded, |after| Bound::Excluded(TemplateName::from(after)));
    let limit = page.limit + 1;
    let look = move |fleet: &Fleet, _| {
        let wanted = |applied: &&AppliedTemplate| {
            let AppliedTemplate { template, removed, .. } = applied;
            !removed && is_found(&search, template.name.as_str(), &template.description)
        };
        let there = fleet.templates.range((from, Bound::Unbounded)).map(|(_, template)| template);
        let templates: Vec<Template> = there.filter(wanted).take(limit).cloned().map(Template).collect();
        (templates, fleet.templates.values().filter(wanted).count())
    };
    let (templates, total) = read(backend, look).await.map_err(fault)?;
    let total = Total { total_count: Some(total as u32) };
    Ok(page.connection(templates, |template| template.0.template.name.to_string(), total))
}

/// Whether a text in small letters is in a name or its description.
pub fn is_found(search: &str, name: &str, description: &str) -> bool {
    search.is_empty() || name.contains(search) || description.to_lowercase().contains(search)
}

async fn versions(backend: &dyn Backend, name: &TemplateName) -> Result<Vec<TemplateVersion>, Fault> {
    let mut versions = Vec::new();
    let mut after = 0;
    loop {
        let events = backend.stream_events(LIBRARY.to_owned(), after, PAGE, None).await?;
        let Some(last) = events.last() else { return Ok(versions) };
        after = last.version;
        versions.extend(events.into_iter().filter_map(|event| version(event, name)));
    }
}

fn version(event: Recorded, name: &TemplateName) -> Option<TemplateVersion> {
    if event.kind != "TemplateApplied" {
        return None;
    }
    let applied = TemplateApplied::deserialize(&event.payload).ok().filter(|applied| applied.template.name == *name)?;
    Some(TemplateVersion {
        version: applied.version,
        source: applied.source.to_string(),
        definition: TemplateDefinition(applied.template),
        applied_at: DateTime(event.at),
        applied_by: event.actor,
        position: Long(event.position),
    })
}
