//! Compiled conditions and parameters, and how they are worked out for a host.
//!
//! Never found here: reading or checking the text of an expression (see `compile`).

use super::reference::{Reference, Steps, Target};
use super::{Scope, Trouble};
use crate::ids::StepIndex;
use crate::parameter::{LONGEST_VALUE, Values, shown};
use minijinja::value::{Enumerator, Object, Serde};
use minijinja::{Environment, ErrorKind};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The variable that holds the result of an expression.
pub(super) const RESULT: &str = "result_of_expression";

/// The parameters of a call.
pub(super) enum With {
    /// The same for every host, complete and checked.
    Constant(Arc<Values>),
    /// Worked out for each host.
    Computed(BTreeMap<String, Part>),
}

/// One value of a call, or a part of one.
pub(super) enum Part {
    Constant(Value),
    /// Wholly one plain path.
    Path(Path),
    /// Wholly one expression; its value keeps its type.
    Whole(Formula),
    /// Text with expressions in it.
    Text(Formula),
    List(Vec<Part>),
    Map(Vec<(String, Part)>),
}

/// A condition.
pub(super) enum Condition {
    Path(Path),
    Formula(Formula),
}

/// A plain path such as `params.user`.
pub(super) struct Path {
    pub text: String,
    pub reference: Reference,
    pub steps: Steps,
}

/// Something for the expression language, compiled under a name.
pub(super) struct Formula {
    /// Its name in the environment.
    pub name: String,
    /// As it was written.
    pub text: String,
    /// All it refers to, with the paths as they were written.
    pub needs: Vec<(String, Reference)>,
    pub steps: Steps,
}

impl Condition {
    /// Whether it holds. Only `true`, `false` and those two words are taken.
    pub fn holds(&self, environment: &Environment<'static>, scope: &Scope<'_>) -> Result<bool, Trouble> {
        let (value, text) = match self {
            Condition::Path(path) => (path.value(scope)?, &path.text),
            Condition::Formula(formula) => (formula.value(environment, scope)?, &formula.text),
        };
        match &value {
            Value::Bool(holds) => Ok(*holds),
            Value::String(word) if word == "true" => Ok(true),
            Value::String(word) if word == "false" => Ok(false),
            other => Err(Trouble {
                source: text.clone(),
                message: format!("the condition is {}, not true or false", shown(other)),
                hint: "compare it with something, such as `… == \"installed\"` or `… > 0`".to_owned(),
            }),
        }
    }
}

impl Part {
    /// The value for a host.
    pub fn value(&self, environment: &Environment<'static>, scope: &Scope<'_>) -> Result<Value, Trouble> {
        match self {
            Part::Constant(value) => Ok(value.clone()),
            Part::Path(path) => path.value(scope),
            Part::Whole(formula) => formula.value(environment, scope),
            Part::Text(formula) => formula.text(environment, scope).map(Value::String),
            Part::List(parts) => parts.iter().map(|part| part.value(environment, scope)).collect(),
            Part::Map(parts) => {
                let entries = parts.iter().map(|(key, part)| Ok((key.clone(), part.value(environment, scope)?)));
                entries.collect::<Result<serde_json::Map<_, _>, Trouble>>().map(Value::Object)
            }
        }
    }

    /// Whether it is the same for every host.
    pub fn constant(&self) -> Option<&Value> {
        match self {
            Part::Constant(value) => Some(value),
            Part::Path(_) | Part::Whole(_) | Part::Text(_) | Part::List(_) | Part::Map(_) => None,
        }
    }

    /// The expression as it was written.
    pub fn source(&self) -> &str {
        match self {
            Part::Path(path) => &path.text,
            Part::Whole(formula) | Part::Text(formula) => &formula.text,
            Part::Constant(_) | Part::List(_) | Part::Map(_) => "",
        }
    }
}

impl Path {
    fn value(&self, scope: &Scope<'_>) -> Result<Value, Trouble> {
        self.steps.lookup(&self.reference, scope).ok_or_else(|| {
            let (message, hint) = self.steps.absence(&self.reference, &self.text, scope);
            Trouble { source: self.text.clone(), message, hint }
        })
    }
}

impl Formula {
    /// Its result, with its type.
    fn value(&self, environment: &Environment<'static>, scope: &Scope<'_>) -> Result<Value, Trouble> {
        let mut run = environment
            .get_template(&self.name)
            .and_then(|template| template.render_captured(self.context(scope)))
            .map_err(|error| self.trouble(&error, scope))?;
        let result = run.with_state_mut(|state| state.lookup(RESULT)).unwrap_or_default();
        if result.is_undefined() {
            return Err(self.trouble(&minijinja::Error::new(ErrorKind::UndefinedError, "it has no value"), scope));
        }
        let value = serde_json::to_value(&result).map_err(|error| self.plain(error.to_string()))?;
        self.bounded(value, |value| value.to_string().len())
    }

    /// The text with its expressions worked out.
    fn text(&self, environment: &Environment<'static>, scope: &Scope<'_>) -> Result<String, Trouble> {
        let text = environment
            .get_template(&self.name)
            .and_then(|template| template.render(self.context(scope)))
            .map_err(|error| self.trouble(&error, scope))?;
        self.bounded(text, String::len)
    }

    fn bounded<T>(&self, value: T, length: impl Fn(&T) -> usize) -> Result<T, Trouble> {
        match length(&value) <= LONGEST_VALUE {
            true => Ok(value),
            false => Err(self.plain(format!("the result is longer than {LONGEST_VALUE} bytes"))),
        }
    }

    fn plain(&self, message: String) -> Trouble {
        Trouble { source: self.text.clone(), message, hint: "change the expression".to_owned() }
    }

    /// An error of the expression language, with what is missing named.
    fn trouble(&self, error: &minijinja::Error, scope: &Scope<'_>) -> Trouble {
        let missing = || self.needs.iter().find(|(_, reference)| self.steps.lookup(reference, scope).is_none());
        match (error.kind(), missing()) {
            (ErrorKind::UndefinedError, Some((path, reference))) => {
                let (message, hint) = self.steps.absence(reference, path, scope);
                Trouble { source: self.text.clone(), message, hint }
            }
            (ErrorKind::OutOfFuel, _) => self.plain("the expression takes too many steps".to_owned()),
            (_, _) => self.plain(error.detail().map_or_else(|| error.kind().to_string(), str::to_owned)),
        }
    }

    /// Only what the expression refers to.
    fn context(&self, scope: &Scope<'_>) -> minijinja::Value {
        let mut root = Branch::default();
        for (_, reference) in &self.needs {
            self.steps.plant(&mut root, &reference.target, scope);
        }
        root.into_value()
    }
}

impl Steps {
    /// Puts the value of a target where the expression will look for it.
    fn plant(&self, root: &mut Branch, target: &Target, scope: &Scope<'_>) {
        let step = |step: &StepIndex| self.0.get(step.at()).map_or("", |(name, _)| name.as_str());
        let path: &[&str] = match target {
            Target::Params => &["params"],
            Target::Param(name) => &["params", name],
            Target::Host => &["host"],
            Target::HostName => &["host", "name"],
            Target::Labels => &["host", "labels"],
            Target::Label(label) => &["host", "labels", label],
            Target::Groups => &["host", "groups"],
            Target::Job => &["job"],
            Target::Steps => &["steps"],
            Target::Step(at) => &["steps", step(at)],
            Target::Output(at) => &["steps", step(at), "output"],
            Target::OutputKey(at, key) => &["steps", step(at), "output", key],
            Target::Succeeded(at) => &["steps", step(at), "succeeded"],
            Target::Skipped(at) => &["steps", step(at), "skipped"],
            Target::Failed(at) => &["steps", step(at), "failed"],
        };
        root.plant(path, self.value(target, scope).as_ref());
    }
}

/// A map of values, being put together.
#[derive(Default)]
struct Branch(Vec<(String, Growth)>);

enum Growth {
    Leaf(minijinja::Value),
    Branch(Branch),
}

impl Branch {
    /// Puts a value under a path; a branch is made on the way even where there is no value. What is there already stays,
    /// because a longer path leads into the same value.
    fn plant(&mut self, path: &[&str], value: Option<&Value>) {
        let Some((key, rest)) = path.split_first() else { return };
        let at = self.0.iter().position(|(known, _)| known == key);
        if rest.is_empty() {
            if let Some(value) = value {
                at.map(|at| self.0.remove(at));
                self.0.push(((*key).to_owned(), Growth::Leaf(value_of(value))));
            }
            return;
        }
        let at = at.unwrap_or_else(|| {
            self.0.push(((*key).to_owned(), Growth::Branch(Branch::default())));
            self.0.len() - 1
        });
        if let Growth::Branch(branch) = &mut self.0[at].1 {
            branch.plant(rest, value);
        }
    }

    fn into_value(self) -> minijinja::Value {
        let entries = self.0.into_iter().map(|(key, growth)| match growth {
            Growth::Leaf(value) => (key, value),
            Growth::Branch(branch) => (key, branch.into_value()),
        });
        minijinja::Value::from_object(Entries(entries.collect()))
    }
}

/// A small map of values; cheaper to make than a sorted one.
#[derive(Debug)]
struct Entries(Vec<(String, minijinja::Value)>);

impl Object for Entries {
    fn get_value(self: &Arc<Self>, key: &minijinja::Value) -> Option<minijinja::Value> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<minijinja::Value> {
        self.0.iter().find(|(known, _)| known == key).map(|(_, value)| value.clone())
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(self.0.iter().map(|(key, _)| minijinja::Value::from(key)).collect())
    }
}

/// A value for the expression language.
fn value_of(value: &Value) -> minijinja::Value {
    match value {
        Value::Null => minijinja::Value::from(()),
        Value::Bool(truth) => minijinja::Value::from(*truth),
        Value::String(text) => minijinja::Value::from(text),
        Value::Number(_) | Value::Array(_) | Value::Object(_) => minijinja::Value::from(Serde(value)),
    }
}
