//! Creating a job: the template and its actions as they are now, the parameters checked, the hosts chosen, the plan
//! sealed.

use super::{limits, not_found};
use crate::action::{Action, Repeat};
use crate::command::{Code, CreateJob, FieldProblem, Rejection, Room};
use crate::event::{Event, JobCreated, JobEvent, JobFinished, JobStarted, PlanSealed};
use crate::expression::Program;
use crate::fleet::{AppliedTemplate, Fleet};
use crate::ids::{ActionName, TemplateName};
use crate::inventory::Host;
use crate::outcome::JobOutcome;
use crate::parameter::{self, ValueProblem, Values};
use crate::plan::{Plan, PlanProblem};
use crate::policy;
use crate::template::Template;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Creates a job, and starts it where asked to.
pub(super) fn create_job(fleet: &Fleet, create: &CreateJob, by: &Arc<str>) -> Result<Vec<Event>, Rejection> {
    if fleet.jobs.contains_key(&create.job) {
        return Err(Rejection::new(Code::Conflict, format!("there is a job {} already", create.job), ""));
    }
    if fleet.room != Room::Ample {
        let message = "no job is created while the disk is nearly full";
        return Err(Rejection::new(Code::LimitReached, message, "make room on the disk of the data folder"));
    }
    let applied = template(fleet, &create.template)?;
    check_version(applied, create)?;
    let actions = actions(fleet, &applied.template)?;
    let parameters = parameters(&applied.template, &create.parameters)?;
    check_expressions(&applied.template, &actions)?;
    let mut template = of_job(&applied.template, create)?;
    let hosts = hosts(fleet, &template)?;
    // What stops the job is sealed with it, also where the number of hosts decides it.
    template.gates = policy::gates_for(&template, hosts.len() as u32);
    if let Some(own) = &create.policy {
        own.lay_over_gates(&mut template);
    }
    let plan = Plan::seal(hosts, &template, create.seed).map_err(|problem| unsealed(&problem, create))?;
    check_looked_at(&plan, create)?;
    let no_targets = plan.hosts.is_empty();
    let created = JobCreated {
        template: Arc::new(template),
        template_version: applied.version,
        actions,
        parameters,
        requested_by: by.clone(),
        due: create.due,
    };
    let mut events: Vec<JobEvent> = vec![created.into(), PlanSealed { plan: Arc::new(plan) }.into()];
    if no_targets {
        events.push(JobFinished { outcome: JobOutcome::NoTargets }.into());
    } else if create.start {
        events.push(JobStarted {}.into());
    }
    let events = super::of_job(create.job, events);
    limits::fits_the_log(&events, "the plan of the job", "choose fewer hosts, or give them fewer labels")?;
    Ok(events)
}

/// A template that jobs may be created from.
pub(super) fn template<'fleet>(
    fleet: &'fleet Fleet,
    name: &TemplateName,
) -> Result<&'fleet AppliedTemplate, Rejection> {
    let known = fleet.templates.get(name).filter(|template| !template.removed);
    known.ok_or_else(|| not_found("template", name, "`stagger template list` shows the templates"))
}

/// The template with the job's own choice of hosts and its own policy in it, so that the job says all by itself what it
/// was about.
fn of_job(template: &Template, create: &CreateJob) -> Result<Template, Rejection> {
    let targets = create.targets.clone().or_else(|| template.targets.clone());
    let mut template = Template { targets, ..template.clone() };
    if let Some(own) = &create.policy {
        own.check().map_err(|problems| Rejection::of_fields(Code::Invalid, problems, ""))?;
        own.keeps_approvals(&template).map_err(|problem| Rejection::of_fields(Code::NotAllowed, vec![problem], ""))?;
        own.lay_over(&mut template);
    }
    Ok(template)
}

/// Why no plan could be sealed, at the field of the job's own policy where that is to blame.
fn unsealed(problem: &PlanProblem, create: &CreateJob) -> Rejection {
    let own_stages = create.policy.as_ref().is_some_and(|own| own.batches.is_some());
    match problem {
        PlanProblem::Policy(problem) if own_stages => {
            Rejection::of_fields(Code::Invalid, vec![policy::field_of(problem)], "")
        }
        _ => Rejection::new(Code::Invalid, problem.to_string(), ""),
    }
}

/// Whoever looked at a template before gets a job of that version or none.
fn check_version(applied: &AppliedTemplate, create: &CreateJob) -> Result<(), Rejection> {
    let Some(looked_at) = create.template_version.filter(|looked_at| *looked_at != applied.version) else {
        return Ok(());
    };
    let (name, version) = (&applied.template.name, applied.version);
    let message = format!("version {looked_at} of template {name} was looked at, and it is at version {version} now");
    let hint = "look at the plan again";
    let field = FieldProblem::new(&["templateVersion"], message.clone(), hint);
    Err(Rejection { fields: vec![field], ..Rejection::new(Code::Conflict, message, hint) })
}

/// Whoever looked at a plan before gets that plan or none: hosts may have come and gone since.
fn check_looked_at(plan: &Plan, create: &CreateJob) -> Result<(), Rejection> {
    let Some(looked_at) = create.plan_hash.as_deref().filter(|looked_at| *looked_at != plan.hash.to_string()) else {
        return Ok(());
    };
    let (total, batches) = (plan.total(), plan.batches.len());
    let message = format!(
        "the plan would not be the one that was looked at ({looked_at}): it would be {} now, hosts {total}, batches {batches}",
        plan.hash
    );
    let hint = "hosts, labels or the template changed meanwhile: look at the plan again";
    let field = FieldProblem::new(&["planHash"], message.clone(), hint);
    Err(Rejection { fields: vec![field], ..Rejection::new(Code::Conflict, message, hint) })
}

/// Every action the workflow may call: of steps, of their undo, and those that verify them.
fn actions(fleet: &Fleet, template: &Template) -> Result<BTreeMap<ActionName, Arc<Action>>, Rejection> {
    let mut found = BTreeMap::new();
    let mut wanted: Vec<&ActionName> = Vec::new();
    for step in &template.workflow {
        wanted.push(&step.action);
        wanted.extend(step.undo.as_ref().map(|undo| &undo.action));
    }
    while let Some(name) = wanted.pop() {
        if found.contains_key(name) {
            continue;
        }
        let action = fleet.actions.get(name).ok_or_else(|| {
            not_found("action", name, "install the pack that holds it, or correct the template and apply it again")
        })?;
        if let Repeat::Verify(verify) = &action.repeat {
            wanted.push(verify);
        }
        found.insert(name.clone(), action.clone());
    }
    Ok(found)
}

/// What can be known to be wrong before a host is touched is said now.
fn check_expressions(template: &Template, actions: &BTreeMap<ActionName, Arc<Action>>) -> Result<(), Rejection> {
    Program::compile(template, actions).map(drop).map_err(|problems| {
        let said: Vec<String> = problems.iter().map(ToString::to_string).collect();
        let hint = format!("correct template {} and apply it again", template.name);
        Rejection::new(Code::Invalid, said.join("; "), hint)
    })
}

/// Neither the template nor what is made of it says which hosts are meant.
pub(super) fn no_targets(template: &Template, who: &str) -> Rejection {
    let message = format!("template {} names no targets, and neither does {who}", template.name);
    let hint = "say which hosts, for example --targets 'role=web'";
    let field = FieldProblem::new(&["targets"], message.clone(), hint);
    Rejection { fields: vec![field], ..Rejection::new(Code::Invalid, message, hint) }
}

/// What is given for the parameters of a template, with what is usual for the others.
pub(super) fn parameters(template: &Template, given: &Values) -> Result<Values, Rejection> {
    parameter::check_values(&template.parameters, given.clone()).map_err(|problems| {
        let field = |ValueProblem { name, message, hint }| FieldProblem::new(&["parameters", &name], message, hint);
        let hint = format!("`stagger template show {}` shows its parameters", template.name);
        Rejection::of_fields(Code::Invalid, problems.into_iter().map(field).collect(), hint)
    })
}

fn hosts<'fleet>(fleet: &'fleet Fleet, template: &Template) -> Result<Vec<&'fleet Host>, Rejection> {
    let targets = template.targets.as_ref().ok_or_else(|| no_targets(template, "the job"))?;
    Ok(fleet.inventory.hosts.values().map(Arc::as_ref).filter(|host| targets.matches(host)).collect())
}
