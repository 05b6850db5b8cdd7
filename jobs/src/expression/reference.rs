//! What an expression refers to: `params.user`, `host.labels.role`, `steps.check.output.installed`, `job.id`.
//!
//! Never found here: the language around references.

use super::Scope;
use crate::action::Action;
use crate::diagnostic::did_you_mean;
use crate::ids::{StepIndex, StepName};
use crate::parameter::{Parameter, read_output};
use crate::template::Template;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// One thing in the scope, with the keys that lead further into it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Reference {
    pub target: Target,
    pub rest: Vec<String>,
}

/// A thing in the scope.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Target {
    Params,
    Param(String),
    Host,
    HostName,
    Labels,
    Label(String),
    Groups,
    Job,
    Steps,
    Step(StepIndex),
    Output(StepIndex),
    OutputKey(StepIndex, String),
    Succeeded(StepIndex),
    Skipped(StepIndex),
    Failed(StepIndex),
}

/// What can be referred to in a template, and from where.
pub(super) struct Names<'a> {
    pub template: &'a Template,
    /// The action of each step, where it is known; for the names and types of outputs.
    pub actions: Vec<Option<Arc<Action>>>,
    /// The first step whose results do not exist yet.
    pub until: StepIndex,
}

/// Why a reference leads nowhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Complaint {
    pub message: String,
    pub hint: String,
    /// Whether it may still be right: an output that is not declared.
    pub is_doubt: bool,
}

fn wrong<T>(message: String, hint: String) -> Result<T, Complaint> {
    Err(Complaint { message, hint, is_doubt: false })
}

/// "did you mean", or what else to write.
fn suggest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>, otherwise: &str) -> String {
    match did_you_mean(word, candidates) {
        Some(close) => format!("did you mean `{close}`?"),
        None => otherwise.to_owned(),
    }
}

impl Names<'_> {
    /// Finds out what a dotted path refers to.
    pub fn resolve(&self, path: &str) -> Result<Reference, Complaint> {
        let keys: Vec<&str> = path.split('.').collect();
        let (target, used) = match keys[0] {
            "params" => self.param(&keys)?,
            "host" => host(&keys)?,
            "job" => job(&keys)?,
            "steps" => self.step(&keys)?,
            other => return self.unknown_root(other),
        };
        let rest = keys.get(used..).unwrap_or_default().iter().map(|key| (*key).to_owned()).collect();
        Ok(Reference { target, rest })
    }

    fn unknown_root(&self, root: &str) -> Result<Reference, Complaint> {
        let hint = match root {
            _ if self.template.parameters.contains_key(root) => format!("write params.{root}"),
            _ if self.step_at(root).is_some() => format!("write steps.{root}"),
            "inputs" | "vars" | "parameters" | "param" => "write params.<name>".to_owned(),
            _ => suggest(
                root,
                ["params", "host", "steps", "job"],
                "expressions know params, host, steps and job; quote a text",
            ),
        };
        wrong(format!("`{root}` is not known"), hint)
    }

    fn param(&self, keys: &[&str]) -> Result<(Target, usize), Complaint> {
        let Some(name) = keys.get(1) else { return Ok((Target::Params, 1)) };
        let known = &self.template.parameters;
        if known.contains_key(*name) {
            return Ok((Target::Param((*name).to_owned()), 2));
        }
        let otherwise = format!("declare `{name}` under `parameters`");
        wrong(
            format!("the template has no parameter `{name}`"),
            suggest(name, known.keys().map(String::as_str), &otherwise),
        )
    }

    fn step_at(&self, name: &str) -> Option<StepIndex> {
        let at = self.template.workflow.iter().position(|step| step.step.as_str() == name)?;
        u16::try_from(at).ok().map(StepIndex)
    }

    fn step(&self, keys: &[&str]) -> Result<(Target, usize), Complaint> {
        let Some(name) = keys.get(1) else { return Ok((Target::Steps, 1)) };
        let Some(step) = self.step_at(name) else {
            let names = self.template.workflow.iter().take(self.until.at()).map(|step| step.step.as_str());
            return wrong(
                format!("there is no step `{name}`"),
                suggest(name, names, "name an earlier step of the workflow"),
            );
        };
        if step >= self.until {
            let hint = "refer to earlier steps; a step's own results exist only in its done_if and its undo".to_owned();
            return wrong(format!("step `{name}` has no results yet at this point"), hint);
        }
        match keys.get(2) {
            None => Ok((Target::Step(step), 2)),
            Some(&"output") => self.output(step, name, keys),
            Some(&"succeeded") => Ok((Target::Succeeded(step), 3)),
            Some(&"skipped") => Ok((Target::Skipped(step), 3)),
            Some(&"failed") => Ok((Target::Failed(step), 3)),
            Some(key) => {
                let output = self.declared(step).is_some_and(|outputs| outputs.contains_key(*key));
                let hint = match output {
                    true => format!("write steps.{name}.output.{key}"),
                    false => suggest(
                        key,
                        ["output", "succeeded", "skipped", "failed"],
                        "a step has output, succeeded, skipped and failed",
                    ),
                };
                wrong(format!("a step has no `{key}`"), hint)
            }
        }
    }

    fn declared(&self, step: StepIndex) -> Option<&BTreeMap<String, Parameter>> {
        self.actions.get(step.at())?.as_ref().map(|action| &action.output)
    }

    fn output(&self, step: StepIndex, name: &StepNameText, keys: &[&str]) -> Result<(Target, usize), Complaint> {
        let Some(key) = keys.get(3) else { return Ok((Target::Output(step), 3)) };
        match self.declared(step) {
            Some(declared) if !declared.is_empty() && !declared.contains_key(*key) => {
                let close = did_you_mean(key, declared.keys().map(String::as_str));
                Err(Complaint {
                    message: format!("the action of step `{name}` declares no output `{key}`"),
                    hint: suggest(key, declared.keys().map(String::as_str), "declare it under the action's `output`"),
                    is_doubt: close.is_none(),
                })
            }
            _ => Ok((Target::OutputKey(step, (*key).to_owned()), 4)),
        }
    }

    /// The reference of an output that is not declared; such ones are kept and may be used.
    pub fn doubtful(&self, path: &str) -> Option<Reference> {
        let mut keys = path.split('.').skip(1);
        let step = self.step_at(keys.next()?)?;
        let key = keys.nth(1)?.to_owned();
        Some(Reference { target: Target::OutputKey(step, key), rest: keys.map(str::to_owned).collect() })
    }
}

type StepNameText = str;

fn host(keys: &[&str]) -> Result<(Target, usize), Complaint> {
    match keys.get(1) {
        None => Ok((Target::Host, 1)),
        Some(&"name") => Ok((Target::HostName, 2)),
        Some(&"groups") => Ok((Target::Groups, 2)),
        Some(&"labels") => Ok(match keys.get(2) {
            None => (Target::Labels, 2),
            Some(label) => (Target::Label((*label).to_owned()), 3),
        }),
        Some(key) => {
            let otherwise = format!("write host.labels.{key} for its label; a host has name, labels and groups");
            wrong(format!("a host has no `{key}`"), suggest(key, ["name", "labels", "groups"], &otherwise))
        }
    }
}

fn job(keys: &[&str]) -> Result<(Target, usize), Complaint> {
    match keys.get(1) {
        None => Ok((Target::Job, 1)),
        Some(&"id") => Ok((Target::Job, 1)),
        Some(key) => wrong(format!("a job has no `{key}`"), "write job.id".to_owned()),
    }
}

/// The names and outputs of steps as a program keeps them, to find values at run time.
#[derive(Clone)]
pub(super) struct Steps(pub Arc<[(StepName, Arc<Action>)]>);

impl Steps {
    /// What a step gave, all of it.
    pub fn facts(&self, step: StepIndex, scope: &Scope<'_>) -> Value {
        let facts = scope.facts(step);
        json!({
            "output": self.output(step, scope),
            "succeeded": facts.succeeded,
            "skipped": facts.skipped,
            "failed": facts.failed,
        })
    }

    fn output(&self, step: StepIndex, scope: &Scope<'_>) -> Value {
        let given = scope.facts(step).output.into_iter().flatten();
        given.map(|(key, value)| (key.clone(), self.typed(step, key, value))).collect::<serde_json::Map<_, _>>().into()
    }

    fn typed(&self, step: StepIndex, key: &str, value: &Value) -> Value {
        match self.0.get(step.at()) {
            Some((_, action)) => read_output(&action.output, key, value),
            None => value.clone(),
        }
    }

    fn all(&self, scope: &Scope<'_>) -> Value {
        let numbered = (0..).map(StepIndex).zip(self.0.iter());
        numbered
            .map(|(step, (name, _))| (name.to_string(), self.facts(step, scope)))
            .collect::<serde_json::Map<_, _>>()
            .into()
    }

    /// The value of a target, if it has one.
    pub fn value(&self, target: &Target, scope: &Scope<'_>) -> Option<Value> {
        Some(match target {
            Target::Params => json!(scope.params),
            Target::Param(name) => scope.params.get(name)?.clone(),
            Target::Host => json!({"name": scope.host.name, "labels": *scope.host.labels, "groups": scope.host.groups}),
            Target::HostName => Value::String(scope.host.name.to_string()),
            Target::Labels => json!(*scope.host.labels),
            Target::Label(label) => Value::String(scope.host.labels.get(label)?.clone()),
            Target::Groups => json!(scope.host.groups),
            Target::Job => json!({"id": scope.job}),
            Target::Steps => self.all(scope),
            Target::Step(step) => self.facts(*step, scope),
            Target::Output(step) => self.output(*step, scope),
            Target::OutputKey(step, key) => self.typed(*step, key, scope.facts(*step).output?.get(key)?),
            Target::Succeeded(step) => Value::Bool(scope.facts(*step).succeeded),
            Target::Skipped(step) => Value::Bool(scope.facts(*step).skipped),
            Target::Failed(step) => Value::Bool(scope.facts(*step).failed),
        })
    }

    /// The value a reference leads to, if there is one.
    pub fn lookup(&self, reference: &Reference, scope: &Scope<'_>) -> Option<Value> {
        let mut value = self.value(&reference.target, scope)?;
        for key in &reference.rest {
            value = value.as_object_mut()?.remove(key)?;
        }
        Some(value)
    }

    /// Why a reference has no value, in words.
    pub fn absence(&self, reference: &Reference, path: &str, scope: &Scope<'_>) -> (String, String) {
        let name = |step: StepIndex| self.0.get(step.at()).map_or("?", |(name, _)| name.as_str());
        let default = format!("write `{path} | default(…)`, or test `{path} is defined`");
        let message = match &reference.target {
            Target::Label(label) => format!("host {} has no label `{label}`", scope.host.name),
            Target::OutputKey(step, key) if scope.facts(*step).output.is_some() => {
                format!("step {} gave no output `{key}`", name(*step))
            }
            Target::OutputKey(step, key) => format!("step {} did not run, so it gave no output `{key}`", name(*step)),
            _ => format!("`{path}` has no value"),
        };
        (message, default)
    }
}
