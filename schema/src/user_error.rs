//! What a person can put right by asking otherwise: rejections of commands, and texts that cannot be read.
//!
//! Never found here: faults (`fault`), which a payload has no place for.

use crate::id::InvalidGlobalId;
use async_graphql::{Enum, SimpleObject};
use jobs::command::{Code, FieldProblem, Rejection};
use jobs::diagnostic as found;
use jobs::selector::SelectorError;

/// Why a request was understood and not carried out.
#[derive(SimpleObject, Clone, Debug, PartialEq, Eq)]
pub struct UserError {
    /// For programs.
    code: UserErrorCode,
    /// The thing and the reason, for people.
    message: String,
    /// The next step, for people; may be empty.
    hint: String,
    /// The argument it is about, such as `["input", "targets"]`; empty where it is about the request as a whole.
    path: Vec<String>,
}

/// What kind of error it is.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "jobs::command::Code")]
pub enum UserErrorCode {
    /// No such job, template, host, schedule or token.
    NotFound,
    /// Not in this status.
    WrongStatus,
    /// The same name or id exists with other content.
    Conflict,
    /// What was given breaks a rule.
    Invalid,
    /// The asker may not do this.
    NotAllowed,
    /// A limit was reached.
    LimitReached,
    /// The attempt is not open (any more). Said to runners only.
    StaleAttempt,
}

impl UserError {
    /// Something in the input breaks a rule.
    pub fn invalid(field: &str, message: impl ToString, hint: impl Into<String>) -> UserError {
        let path = vec!["input".to_owned(), field.to_owned()];
        UserError { code: Code::Invalid.into(), message: message.to_string(), hint: hint.into(), path }
    }

    /// Something the input names is not there.
    pub fn not_found(field: &str, message: impl ToString, hint: impl Into<String>) -> UserError {
        UserError { code: Code::NotFound.into(), ..UserError::invalid(field, message, hint) }
    }

    /// A selector cannot be read.
    pub fn selector(field: &str, error: &SelectorError) -> UserError {
        UserError::invalid(field, format!("{} (at character {})", error.message, error.offset + 1), error.hint.clone())
    }

    /// An id is none.
    pub fn id(field: &str, error: &InvalidGlobalId) -> UserError {
        UserError::invalid(field, error, "")
    }

    /// A text cannot be read; the diagnostics say where.
    pub fn unreadable(field: &str, diagnostics: &[Diagnostic]) -> UserError {
        let errors: Vec<&Diagnostic> = diagnostics.iter().filter(|found| found.severity == Severity::Error).collect();
        let message = match &errors[..] {
            [] => "the text cannot be used".to_owned(),
            [only] => format!("{}:{}:{}: {}", only.file, only.line, only.column, only.message),
            [first, others @ ..] => {
                let Diagnostic { file, line, column, message, .. } = first;
                format!("{file}:{line}:{column}: {message} (and {} more)", others.len())
            }
        };
        UserError::invalid(field, message, "the diagnostics say where and what to write instead")
    }
}

impl From<Rejection> for UserError {
    fn from(rejection: Rejection) -> UserError {
        let Rejection { code, message, hint, .. } = rejection;
        UserError { code: code.into(), message, hint, path: Vec::new() }
    }
}

impl UserError {
    /// Something at the end of a path through the input breaks a rule.
    pub fn at(
        code: Code,
        path: impl IntoIterator<Item = String>,
        message: impl ToString,
        hint: impl Into<String>,
    ) -> UserError {
        let path = std::iter::once("input".to_owned()).chain(path).collect();
        UserError { code: code.into(), message: message.to_string(), hint: hint.into(), path }
    }

    /// A rejection: one error for every field it is about, otherwise one about the request as a whole.
    pub fn all(rejection: Rejection) -> Vec<UserError> {
        if rejection.fields.is_empty() {
            return vec![rejection.into()];
        }
        let error = |FieldProblem { path, message, hint }| UserError::at(rejection.code, path, message, hint);
        rejection.fields.into_iter().map(error).collect()
    }
}

/// What is wrong in a text a person wrote, and where.
#[derive(SimpleObject, Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// For programs.
    code: String,
    /// Whether it has to be put right.
    severity: Severity,
    /// The name of the text, where it has one.
    file: String,
    /// The line, from 1.
    line: u32,
    /// The column in characters, from 1.
    column: u32,
    /// The problem.
    message: String,
    /// The next step; null where there is none to give.
    help: Option<String>,
}

/// Whether a diagnostic has to be put right.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "jobs::diagnostic::Severity")]
pub enum Severity {
    /// It has to be put right.
    Error,
    /// It should be looked at.
    Warning,
}

impl From<&found::Diagnostic> for Diagnostic {
    fn from(diagnostic: &found::Diagnostic) -> Diagnostic {
        Diagnostic {
            code: diagnostic.code.to_string(),
            severity: diagnostic.severity.into(),
            file: diagnostic.file.clone(),
            line: diagnostic.line,
            column: diagnostic.column,
            message: diagnostic.message.clone(),
            help: (!diagnostic.help.is_empty()).then(|| diagnostic.help.clone()),
        }
    }
}

impl Diagnostic {
    /// All of them.
    pub fn all(diagnostics: &[found::Diagnostic]) -> Vec<Diagnostic> {
        diagnostics.iter().map(Diagnostic::from).collect()
    }
}
