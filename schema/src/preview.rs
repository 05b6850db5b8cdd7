//! The plan a job would have: decided exactly as for a job, and not kept.
//!
//! Never found here: a rule of its own.

use crate::backend::{ActorContext, Backend, Fault, read};
use crate::plan::Plan;
use crate::user_error::UserError;
use async_graphql::SimpleObject;
use jobs::command::{Body, Command, CreateJob, Rejection};
use jobs::event::{Event, JobEvent};
use jobs::fleet::Fleet;
use jobs::inventory::Inventory;
use jobs::time::Timestamp;

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
        let look = move |fleet: &Fleet, _| Fleet {
            templates: fleet.templates.get(&name).map(|template| (name, template.clone())).into_iter().collect(),
            actions: fleet.actions.clone(),
            inventory: Inventory { hosts: fleet.inventory.hosts.clone() },
            ..Fleet::default()
        };
        let fleet = read(backend, look).await?;
        let command = Command { actor: asking.actor.clone(), body: Body::CreateJob(Box::new(create)) };
        let now = backend.now();
        let decided = tokio::task::spawn_blocking(move || decide(&fleet, &command, now)).await;
        let decided = decided.map_err(|error| Fault::Failed(format!("sealing a plan for review failed: {error}")))?;
        Ok(decided.unwrap_or_else(|rejection| PlanPreview::refused(rejection.into())))
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
