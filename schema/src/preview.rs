//! The plan a job would have: decided exactly as for a job, and not kept.
//!
//! Never found here: a rule of its own.

use crate::backend::{ActorContext, Backend, Fault, read};
use crate::definition::TemplateDefinition;
use crate::mutation::CreateJobInput;
use crate::plan::Plan;
use crate::scalar::Json;
use crate::source;
use crate::user_error::{Diagnostic, UserError};
use async_graphql::{InputObject, SimpleObject};
use jobs::command::{Body, Command, CreateJob, Rejection};
use jobs::event::{Event, JobEvent};
use jobs::fleet::Fleet;
use jobs::inventory::Inventory;
use jobs::template::Template;
use jobs::time::Timestamp;
use std::sync::Arc;

/// The plan a job would have.
#[derive(SimpleObject, Clone, Debug)]
pub struct PlanPreview {
    /// The plan; null where no job could be created.
    plan: Option<Plan>,
    /// Why not.
    user_errors: Vec<UserError>,
}

impl PlanPreview {
    /// No job could be created.
    pub fn refused(error: UserError) -> PlanPreview {
        PlanPreview { plan: None, user_errors: vec![error] }
    }

    /// Decides about a job as the engine would, on a copy of what the decision looks at and off the engine's thread.
    pub async fn of(backend: &dyn Backend, asking: &ActorContext, create: CreateJob) -> Result<PlanPreview, Fault> {
        let name = create.template.clone();
        let look = move |fleet: &Fleet, _| {
            let template = fleet.templates.get(&name).cloned();
            Fleet { templates: template.map(|template| (name, template)).into_iter().collect(), ..looked_at(fleet) }
        };
        let fleet = read(backend, look).await?;
        PlanPreview::decided(backend, asking, fleet, create).await
    }

    /// The same for a template that is not in place: as if it had just been applied.
    pub async fn of_text(
        backend: &dyn Backend,
        asking: &ActorContext,
        create: CreateJob,
        template: Template,
        source: &str,
    ) -> Result<PlanPreview, Fault> {
        let mut fleet = read(backend, |fleet, _| looked_at(fleet)).await?;
        let body = Body::ApplyTemplate { template: Arc::new(template), source: source.into(), base: None };
        let apply = Command { actor: asking.actor.clone(), body };
        match jobs::carry_out(&mut fleet, &apply, backend.now()) {
            Ok(_) => PlanPreview::decided(backend, asking, fleet, create).await,
            Err(rejection) => Ok(PlanPreview::refused(rejection.into())),
        }
    }

    async fn decided(
        backend: &dyn Backend,
        asking: &ActorContext,
        fleet: Fleet,
        create: CreateJob,
    ) -> Result<PlanPreview, Fault> {
        let command = Command { actor: asking.actor.clone(), body: Body::CreateJob(Box::new(create)) };
        let now = backend.now();
        let decided = tokio::task::spawn_blocking(move || decide(&fleet, &command, now)).await;
        let decided = decided.map_err(|error| Fault::Failed(format!("sealing a plan for review failed: {error}")))?;
        Ok(decided.unwrap_or_else(|rejection| PlanPreview::refused(rejection.into())))
    }
}

/// What the decision about a job looks at, but for its template.
fn looked_at(fleet: &Fleet) -> Fleet {
    let inventory = Inventory { hosts: fleet.inventory.hosts.clone() };
    Fleet { actions: fleet.actions.clone(), inventory, ..Fleet::default() }
}

/// A dry run of a text that is not applied.
#[derive(InputObject, Clone, Debug)]
pub struct PreviewTemplateInput {
    /// The template in YAML.
    source: String,
    /// The name of the file it comes from, for the diagnostics; otherwise `template.yaml`.
    file: Option<String>,
    /// The parameters a job would be given, as a JSON object.
    parameters: Option<Json>,
    /// The hosts, as a selector; otherwise the template's.
    targets: Option<String>,
    /// The seed of the plan; otherwise a new one.
    seed: Option<String>,
}

/// What a job of a text that is not applied would be.
#[derive(SimpleObject, Clone, Debug)]
pub struct TemplatePreview {
    /// What is wrong in the text, in the order of the text.
    diagnostics: Vec<Diagnostic>,
    /// What it says; null where it could not be applied.
    definition: Option<TemplateDefinition>,
    /// The plan a job of it would have; null where it could not be applied.
    preview: Option<PlanPreview>,
}

impl TemplatePreview {
    /// Reads the text, and decides about a job of it as for any other. Nothing is kept.
    pub async fn of(
        backend: &dyn Backend,
        asking: &ActorContext,
        input: PreviewTemplateInput,
    ) -> Result<TemplatePreview, Fault> {
        let PreviewTemplateInput { source, file, parameters, targets, seed } = input;
        let (template, diagnostics) =
            source::template(backend, file.as_deref().unwrap_or("template.yaml"), &source).await?;
        let Some(template) = template else {
            return Ok(TemplatePreview { diagnostics, definition: None, preview: None });
        };
        let definition = Some(TemplateDefinition(Arc::new(template.clone())));
        let job = CreateJobInput { parameters, targets, seed, ..CreateJobInput::of(template.name.to_string()) };
        let preview = match job.read(backend.fresh_job()) {
            Ok(create) => PlanPreview::of_text(backend, asking, create, template, &source).await?,
            Err(error) => PlanPreview::refused(error),
        };
        Ok(TemplatePreview { diagnostics, definition, preview: Some(preview) })
    }
}

fn decide(fleet: &Fleet, command: &Command, now: Timestamp) -> Result<PlanPreview, Rejection> {
    let (mut template, mut plan) = (None, None);
    for event in jobs::decide(fleet, command, now)? {
        match event {
            Event::Job(_, JobEvent::JobCreated(created)) => template = Some(created.template),
            Event::Job(_, JobEvent::PlanSealed(sealed)) => plan = Some(sealed.plan),
            _ => {}
        }
    }
    let plan = template.zip(plan).map(|(template, plan)| Plan::of_job(&plan, &template));
    Ok(PlanPreview { plan, user_errors: Vec::new() })
}
