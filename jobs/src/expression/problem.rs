//! What is wrong with the calls and expressions of a template, before any host is touched.
//!
//! Never found here: lines and columns (see `yaml`, which knows where each field stands).

use crate::ids::{StepIndex, StepName};
use std::fmt;

/// One problem of a template.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("step {name}, {field}: {message}: {hint}")]
pub struct Problem {
    /// The step.
    pub step: StepIndex,
    /// Its name.
    pub name: StepName,
    /// What in the step.
    pub field: Field,
    /// The problem, as a sentence without a full stop.
    pub message: String,
    /// The next step.
    pub hint: String,
    /// Whether it may be meant: a warning, not an error.
    pub is_doubt: bool,
}

impl Problem {
    /// Whether the template cannot be used like this.
    pub fn is_error(&self) -> bool {
        !self.is_doubt
    }
}

/// A field of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Field {
    /// `when`.
    When,
    /// `done_if`.
    DoneIf,
    /// `action`.
    Action,
    /// `with`, or one parameter in it.
    With(Option<String>),
    /// The action of `undo`.
    Undo,
    /// `undo.with`, or one parameter in it.
    UndoWith(Option<String>),
}

impl Field {
    /// The keys that lead from the step to it.
    pub fn keys(&self) -> Vec<&str> {
        match self {
            Field::When => vec!["when"],
            Field::DoneIf => vec!["done_if"],
            Field::Action => vec!["action"],
            Field::With(None) => vec!["with"],
            Field::With(Some(name)) => vec!["with", name],
            Field::Undo => vec!["undo"],
            Field::UndoWith(None) => vec!["undo", "with"],
            Field::UndoWith(Some(name)) => vec!["undo", "with", name],
        }
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.keys().join("."))
    }
}
