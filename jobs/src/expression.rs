//! Expressions: the conditions of steps, and what stands between `{{` and `}}` in parameters.
//!
//! A program is compiled once for a job and asked for every step of every host, so what does not change costs a
//! reference count, a plain path such as `params.user` a look-up, and only real expressions run (some microseconds).
//!
//! Never found here: the state of a job, or anything an expression could change. Expressions cannot read a clock, a
//! file or the network; they have a budget of steps and of memory.

mod compile;
mod problem;
mod reference;
mod syntax;
mod value;

pub use problem::{Field, Problem};

use crate::action::Action;
use crate::host_run::{StepResult, StepRun};
use crate::ids::{ActionName, JobId, StepIndex, StepName};
use crate::parameter::{Values, check_values};
use crate::plan::PlannedHost;
use crate::template::Template;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use value::{Condition, With};

/// What an expression may look at.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    /// `job.id`.
    pub job: JobId,
    /// `params`: the job's parameters, complete (see `parameter::check_values`).
    pub params: &'a Values,
    /// `host.name`, `host.labels`, `host.groups`.
    pub host: &'a PlannedHost,
    /// `steps.<name>`: what became of each step on this host; may be shorter than the workflow.
    pub steps: &'a [StepRun],
    /// A step that succeeded just now, with its output: more recent than `steps`.
    pub own: Option<(StepIndex, &'a Values)>,
}

/// What an expression may know of a step; the default is a step that nothing happened to yet.
#[derive(Clone, Copy, Debug, Default)]
struct StepFacts<'a> {
    output: Option<&'a Values>,
    succeeded: bool,
    skipped: bool,
    failed: bool,
}

impl<'a> Scope<'a> {
    fn facts(&self, step: StepIndex) -> StepFacts<'a> {
        if let Some((_, output)) = self.own.filter(|(own, _)| *own == step) {
            return StepFacts { output: Some(output), succeeded: true, ..StepFacts::default() };
        }
        let Some(run) = self.steps.get(step.at()) else { return StepFacts::default() };
        StepFacts {
            output: run.output.as_deref(),
            succeeded: run.result == StepResult::Succeeded,
            skipped: run.result == StepResult::Skipped,
            failed: run.result == StepResult::Failed,
        }
    }
}

/// Which condition of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Which {
    /// Whether it runs at all.
    When,
    /// Whether the host is finished after it.
    DoneIf,
}

/// Which call of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CallKind {
    /// Its action.
    Step,
    /// The action that takes it back.
    Undo,
    /// The action that asks the host whether an attempt in doubt took effect. It gets those of the step's parameters
    /// that it takes.
    Verify,
}

/// An expression that cannot be worked out for a host.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("step {step}, {field}: {message}{}: {hint}", shown_source(.source_text))]
pub struct ExpressionError {
    /// The step.
    pub step: StepName,
    /// The place in the step, such as `when` or `with.user`.
    pub field: String,
    /// The expression as it was written; empty where the value is not one.
    pub source_text: String,
    /// The problem, as a sentence without a full stop.
    pub message: String,
    /// The next step.
    pub hint: String,
}

fn shown_source(source: &str) -> String {
    if source.is_empty() { String::new() } else { format!(" (`{source}`)") }
}

/// A problem before it is known where the value stands.
#[derive(Clone, Debug)]
struct Trouble {
    source: String,
    message: String,
    hint: String,
}

/// All expressions of a template, ready to run.
pub struct Program {
    environment: minijinja::Environment<'static>,
    steps: Vec<StepProgram>,
}

struct StepProgram {
    name: StepName,
    when: Option<Condition>,
    done_if: Option<Condition>,
    run: CallProgram,
    undo: Option<CallProgram>,
    verify: Option<CallProgram>,
}

struct CallProgram {
    action: Arc<Action>,
    with: With,
}

/// Everything that is wrong, or doubtful, with the calls and expressions of a template, step by step.
pub fn problems(template: &Template, actions: &BTreeMap<ActionName, Arc<Action>>) -> Vec<Problem> {
    compile::compile(template, actions).1
}

impl Program {
    /// Compiles all expressions of a template and checks every call against its action.
    ///
    /// Whatever can be known to be wrong before a host is touched is reported, all at once.
    pub fn compile(template: &Template, actions: &BTreeMap<ActionName, Arc<Action>>) -> Result<Program, Vec<Problem>> {
        let (program, problems) = compile::compile(template, actions);
        let errors: Vec<Problem> = problems.into_iter().filter(Problem::is_error).collect();
        if errors.is_empty() { Ok(program) } else { Err(errors) }
    }

    /// Whether a condition holds. A `when` that is not written does, a `done_if` that is not written does not.
    pub fn condition(&self, step: StepIndex, which: Which, scope: &Scope<'_>) -> Result<bool, ExpressionError> {
        let Some(program) = self.steps.get(step.at()) else { return Ok(which == Which::When) };
        let (condition, field, otherwise) = match which {
            Which::When => (&program.when, "when", true),
            Which::DoneIf => (&program.done_if, "done_if", false),
        };
        match condition {
            None => Ok(otherwise),
            Some(condition) => {
                condition.holds(&self.environment, scope).map_err(|trouble| program.error(field.to_owned(), trouble))
            }
        }
    }

    /// The parameters of a call: complete, checked against the action, and shared between hosts where they are the
    /// same for all. Empty for an undo or verification the step does not have.
    pub fn parameters(
        &self,
        step: StepIndex,
        kind: CallKind,
        scope: &Scope<'_>,
    ) -> Result<Arc<Values>, ExpressionError> {
        let Some(program) = self.steps.get(step.at()) else { return Ok(Arc::default()) };
        let (call, field) = match kind {
            CallKind::Step => (Some(&program.run), "with"),
            CallKind::Undo => (program.undo.as_ref(), "undo.with"),
            CallKind::Verify => (program.verify.as_ref(), "with"),
        };
        let Some(call) = call else { return Ok(Arc::default()) };
        call.parameters(&self.environment, scope)
            .map_err(|(name, trouble)| program.error(format!("{field}.{name}"), trouble))
    }
}

impl StepProgram {
    fn error(&self, field: String, trouble: Trouble) -> ExpressionError {
        let Trouble { source, message, hint } = trouble;
        ExpressionError { step: self.name.clone(), field, source_text: source, message, hint }
    }
}

impl CallProgram {
    fn parameters(
        &self,
        environment: &minijinja::Environment<'static>,
        scope: &Scope<'_>,
    ) -> Result<Arc<Values>, (String, Trouble)> {
        let computed = match &self.with {
            With::Constant(values) => return Ok(values.clone()),
            With::Computed(computed) => computed,
        };
        let mut given = Values::new();
        for (name, part) in computed {
            let value: Value = part.value(environment, scope).map_err(|trouble| (name.clone(), trouble))?;
            given.insert(name.clone(), value);
        }
        check_values(&self.action.parameters, given).map(Arc::new).map_err(|problems| {
            let first = problems.into_iter().next();
            let (name, message, hint) =
                first.map_or_else(Default::default, |first| (first.name, first.message, first.hint));
            let source = computed.get(&name).map(|part| part.source().to_owned()).unwrap_or_default();
            (name, Trouble { source, message, hint })
        })
    }
}

impl fmt::Debug for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.steps.iter().map(|step| &step.name)).finish()
    }
}

#[cfg(test)]
mod tests;
