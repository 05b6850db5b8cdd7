//! The expressions of a job, worked out for one host from the state as it is.
//!
//! Never found here: how expressions are compiled and run (`expression`).

use crate::expression::{CallKind, Program, Scope, Which};
use crate::ids::{HostIndex, Phase, StepIndex};
use crate::job::Job;
use crate::parameter::Values;
use std::sync::Arc;

/// Whether a step is wanted on a host.
pub fn wanted(job: &Job, host: HostIndex, step: StepIndex) -> Result<bool, Arc<str>> {
    if job.step(step).is_none_or(|step| step.when.is_none()) {
        return Ok(true);
    }
    let (program, scope) = scope(job, host, None)?;
    program.condition(step, Which::When, &scope).map_err(|error| error.to_string().into())
}

/// Whether nothing is left to do on a host, given what the step gave back just now.
pub fn done(job: &Job, host: HostIndex, step: StepIndex, output: &Values) -> Result<bool, Arc<str>> {
    if job.step(step).is_none_or(|step| step.done_if.is_none()) {
        return Ok(false);
    }
    let (program, scope) = scope(job, host, Some((step, output)))?;
    program.condition(step, Which::DoneIf, &scope).map_err(|error| error.to_string().into())
}

/// The parameters of the action that a step calls in a phase, complete and checked against the action.
pub fn parameters(job: &Job, host: HostIndex, step: StepIndex, phase: Phase) -> Result<Arc<Values>, Arc<str>> {
    let (program, scope) = scope(job, host, None)?;
    let kind = match phase {
        Phase::Run => CallKind::Step,
        Phase::Verify => CallKind::Verify,
        Phase::Undo => CallKind::Undo,
    };
    program.parameters(step, kind, &scope).map_err(|error| error.to_string().into())
}

fn scope<'job>(
    job: &'job Job,
    host: HostIndex,
    own: Option<(StepIndex, &'job Values)>,
) -> Result<(&'job Program, Scope<'job>), Arc<str>> {
    let program = job.program.as_deref().ok_or("the template's expressions cannot be compiled")?;
    let planned = job.planned_host(host).ok_or("the host is not in the plan")?;
    let steps = job.run(host).map_or(&[][..], |run| &run.steps);
    Ok((program, Scope { job: job.id, params: &job.parameters, host: planned, steps, own }))
}
