//! The plan a job would have: decided exactly as for a job, and not kept. And what it would meet: how long it will
//! probably take, and which of its hosts others have.
//!
//! Never found here: a rule of its own (`jobs::outlook` predicts).

use crate::backend::{ActorContext, Backend, Fault, read};
use crate::definition::TemplateDefinition;
use crate::fault::{backend, fault};
use crate::fold::fold;
use crate::job::Job;
use crate::mutation::CreateJobInput;
use crate::plan::Plan;
use crate::scalar::{DateTime, Json, Millis};
use crate::source;
use crate::user_error::{Diagnostic, UserError};
use async_graphql::{Context, Error, InputObject, Object, SimpleObject};
use jobs::command::{Body, Command, CreateJob, Rejection};
use jobs::event::{Event, JobEvent};
use jobs::fleet::Fleet;
use jobs::inventory::Inventory;
use jobs::outlook::{self, Experience, Taken};
use jobs::plan as sealed;
use jobs::template::Template;
use jobs::time::Timestamp;
use std::sync::Arc;

/// Archived jobs that are looked at for earlier ones of a template.
const MOST_ARCHIVED: usize = 200;
/// The most groups of folded names that are shown of hosts another job has.
const MOST_GROUPS: usize = 20;

/// The plan a job would have, or why no job could be created.
#[derive(Clone, Debug)]
pub struct PlanPreview {
    sealed: Option<Sealed>,
    user_errors: Vec<UserError>,
}

/// What a job would be created with.
#[derive(Clone, Debug)]
struct Sealed {
    plan: Arc<sealed::Plan>,
    template: Arc<Template>,
    template_version: u32,
}

/// The plan a job would have, or why no job could be created.
#[Object]
impl PlanPreview {
    /// The plan; null where no job could be created.
    async fn plan(&self) -> Option<Plan> {
        self.sealed.as_ref().map(|sealed| Plan::of_job(&sealed.plan, &sealed.template))
    }

    /// The version of the template that the job would be created from; given to `createJob`, no other is.
    async fn template_version(&self) -> Option<u32> {
        self.sealed.as_ref().map(|sealed| sealed.template_version)
    }

    /// The template as the job would hold it: its own targets and policy in it, and the gates it would have.
    async fn definition(&self) -> Option<TemplateDefinition> {
        self.sealed.as_ref().map(|sealed| TemplateDefinition(sealed.template.clone()))
    }

    /// How long it will probably take, by what hosts took in earlier jobs of the template; null where there are none.
    #[graphql(complexity = "50 + child_complexity")]
    async fn prediction(&self, ctx: &Context<'_>) -> Result<Option<Prediction>, Error> {
        let (Some(sealed), backend) = (&self.sealed, backend(ctx)?) else { return Ok(None) };
        let experience = experience(&**backend, &sealed.template).await.map_err(fault)?;
        let predicted = outlook::predict(&sealed.plan, sealed.template.concurrency, &experience);
        Ok(predicted.map(|predicted| Prediction::starting(predicted, backend.now())))
    }

    /// Hosts that another job has now: they would be deferred until it lets go of them.
    #[graphql(complexity = "50 + child_complexity")]
    async fn deferred_now(&self, ctx: &Context<'_>) -> Result<Vec<DeferredHosts>, Error> {
        let (Some(sealed), backend) = (&self.sealed, backend(ctx)?) else { return Ok(Vec::new()) };
        let (plan, now) = (sealed.plan.clone(), backend.now());
        let look = move |fleet: &Fleet, position| {
            let held = |(id, taken)| Some(DeferredHosts::of(&plan, Job::find(fleet, id, position, now)?, &taken));
            outlook::taken(fleet, &plan).into_iter().filter_map(held).collect()
        };
        read(&**backend, look).await.map_err(fault)
    }

    /// Why no job could be created.
    async fn user_errors(&self) -> &[UserError] {
        &self.user_errors
    }
}

/// How long a job will probably take.
#[derive(SimpleObject, Clone, Copy, Debug)]
pub struct Prediction {
    /// From its start to its end, bakes included. Time in which an approval is waited for is not: nobody knows it.
    takes: Millis,
    /// The part of it that is bakes.
    bakes: Millis,
    /// When it would be through if it were started now; the job of a schedule's moment, if it were started then.
    finishes_at: DateTime,
    /// How many earlier jobs it rests on.
    earlier_jobs: u32,
}

/// Hosts that another job has now.
#[derive(SimpleObject, Clone)]
pub struct DeferredHosts {
    /// That job.
    job: Job,
    /// How many hosts of the plan it has.
    hosts: u32,
    /// How many of them are out of service because of it.
    out_of_service: u32,
    /// Their names folded, such as `web[001-040]`; at most 20 groups of them.
    names: Vec<String>,
}

impl Prediction {
    /// Of a job that starts at a moment.
    pub fn starting(predicted: outlook::Prediction, at: Timestamp) -> Prediction {
        Prediction {
            takes: Millis(predicted.takes),
            bakes: Millis(predicted.bakes),
            finishes_at: DateTime(at + predicted.takes),
            earlier_jobs: predicted.earlier_jobs,
        }
    }
}

impl DeferredHosts {
    fn of(plan: &sealed::Plan, job: Job, taken: &Taken) -> DeferredHosts {
        let named = taken.hosts.iter().filter_map(|host| plan.hosts.get(host.at()));
        let mut names = fold(named.map(|host| host.name.as_str()));
        names.truncate(MOST_GROUPS);
        DeferredHosts { job, hosts: taken.hosts.len() as u32, out_of_service: taken.out_of_service, names }
    }
}

/// What earlier jobs of a template teach: those of the live state, newest first, then those archived last.
async fn experience(backend: &dyn Backend, template: &Template) -> Result<Experience, Fault> {
    let name = template.name.clone();
    let look = move |fleet: &Fleet, _| {
        let mut experience = Experience::default();
        let of_template = fleet.jobs.values().rev().filter(|job| job.template.name == name);
        of_template.for_each(|job| experience.learn(job));
        experience
    };
    let mut experience = read(backend, look).await?;
    if !experience.is_enough() {
        let archived = backend.archive(None, MOST_ARCHIVED).await?;
        archived.iter().filter(|job| job.template.name == template.name).for_each(|job| experience.learn(job));
    }
    Ok(experience)
}

impl PlanPreview {
    /// No job could be created.
    pub fn refused(user_errors: Vec<UserError>) -> PlanPreview {
        PlanPreview { sealed: None, user_errors }
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
            Err(rejection) => Ok(PlanPreview::refused(UserError::all(rejection))),
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
        Ok(decided.unwrap_or_else(|rejection| PlanPreview::refused(UserError::all(rejection))))
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
            Err(errors) => PlanPreview::refused(errors),
        };
        Ok(TemplatePreview { diagnostics, definition, preview: Some(preview) })
    }
}

fn decide(fleet: &Fleet, command: &Command, now: Timestamp) -> Result<PlanPreview, Rejection> {
    let (mut created, mut plan) = (None, None);
    for event in jobs::decide(fleet, command, now)? {
        match event {
            Event::Job(_, JobEvent::JobCreated(it)) => created = Some(it),
            Event::Job(_, JobEvent::PlanSealed(sealed)) => plan = Some(sealed.plan),
            _ => {}
        }
    }
    let sealed = created.zip(plan).map(|(created, plan)| Sealed {
        plan,
        template: created.template,
        template_version: created.template_version,
    });
    Ok(PlanPreview { sealed, user_errors: Vec::new() })
}
