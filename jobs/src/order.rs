//! From the state to what a runner is asked: the action of a step in each phase, its time-out, its order.
//!
//! Never found here: the evaluation of expressions (`evaluate`), or anything a runner does.

use crate::action::{Action, Repeat};
use crate::attempt::Order;
use crate::evaluate;
use crate::expression::Program;
use crate::ids::{ActionName, AttemptId, Phase, StepIndex};
use crate::job::Job;
use crate::parameter::Values;
use crate::template::Template;
use crate::time::Duration;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Compiles a template's expressions; `None` where that fails, which `evaluate` then reports for every step.
pub fn compile(template: &Template, actions: &BTreeMap<ActionName, Arc<Action>>) -> Option<Arc<Program>> {
    Program::compile(template, actions).ok().map(Arc::new)
}

/// The action that a step calls in a phase.
pub fn action(job: &Job, step: StepIndex, phase: Phase) -> Option<&Arc<Action>> {
    let run = job.action_of(step);
    match phase {
        Phase::Run => run,
        Phase::Undo => job.actions.get(&job.step(step)?.undo.as_ref()?.action),
        Phase::Verify => match &run?.repeat {
            Repeat::Verify(verify) => job.actions.get(verify),
            Repeat::Safe | Repeat::Never => None,
        },
    }
}

/// How long an attempt may last.
pub fn timeout(job: &Job, step: StepIndex, phase: Phase) -> Option<Duration> {
    let of_action = action(job, step, phase)?.timeout;
    let of_step = job.step(step)?.timeout.filter(|_| phase == Phase::Run);
    Some(of_step.unwrap_or(of_action))
}

/// What a runner needs to carry out an attempt in force.
pub fn order(job: &Job, attempt: AttemptId) -> Option<Order> {
    let (in_force, open) = job.run(attempt.host)?.open_attempt(attempt.host)?;
    if in_force != attempt {
        return None;
    }
    let action = action(job, attempt.step, attempt.phase)?;
    // It could be worked out when the attempt was decided, from the same values.
    let parameters = evaluate::parameters(job, attempt.host, attempt.step, attempt.phase).unwrap_or_default();
    let secrets = action.parameters.iter().filter(|(_, parameter)| parameter.secret).map(|(name, _)| name.clone());
    Some(Order {
        job: job.id,
        attempt,
        host: job.planned_host(attempt.host)?.name.clone(),
        step: job.step(attempt.step)?.step.clone(),
        action: action.name.clone(),
        place: action.on,
        run: action.run.clone(),
        secrets: secrets.collect(),
        parameters: Values::clone(&parameters),
        sudo: action.sudo,
        timeout: timeout(job, attempt.step, attempt.phase)?,
        started_at: open.started_at,
        signal: open.signal,
        inherited: open.inherited,
    })
}
