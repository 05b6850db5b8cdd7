//! Why a command did not do what was asked: the thing, the reason, the next step, and everything that caused it.
//!
//! Never found here: panics. Those are bugs.

use super::exit::Exit;
use serde_json::{Value, json};
use std::error::Error;
use std::fmt;

/// Why a command did not do what was asked.
#[derive(Debug)]
pub struct CliError {
    /// What the process ends with.
    pub exit: Exit,
    /// The thing and the reason.
    message: String,
    /// The next step; may be empty.
    hint: String,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl CliError {
    /// An error without a cause of its own.
    pub fn new(exit: Exit, message: impl Into<String>, hint: impl Into<String>) -> CliError {
        CliError { exit, message: message.into(), hint: hint.into(), source: None }
    }

    /// What the user gave makes no sense.
    pub fn usage(message: impl Into<String>, hint: impl Into<String>) -> CliError {
        CliError::new(Exit::Usage, message, hint)
    }

    /// The server's answer is not what this version expects.
    pub fn unexpected(message: impl Into<String>) -> CliError {
        let hint = "use the same version of stagger on both sides; otherwise this is a bug, please report it";
        CliError::new(Exit::Bug, message, hint)
    }

    /// With what caused it.
    pub fn because(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> CliError {
        self.source = Some(source.into());
        self
    }

    /// Everything that caused it, nearest first. Causes that repeat their own cause in their text appear once.
    fn causes(&self) -> Vec<String> {
        let mut causes: Vec<String> = Vec::new();
        let mut next = self.source();
        while let Some(cause) = next {
            let text = cause.to_string();
            if !causes.iter().any(|said| said.contains(&text)) {
                causes.push(text);
            }
            next = cause.source();
        }
        causes
    }

    /// For programs.
    pub fn to_json(&self) -> Value {
        json!({ "error": {
            "exit": self.exit as u8, "message": self.message, "hint": self.hint, "causes": self.causes(),
        }})
    }
}

impl fmt::Display for CliError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error: {}", self.message)?;
        for cause in self.causes() {
            write!(f, "\n  because {cause}")?;
        }
        if !self.hint.is_empty() {
            write!(f, "\n  next: {}", self.hint)?;
        }
        Ok(())
    }
}

impl Error for CliError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn Error + 'static))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_says_the_thing_the_reason_and_the_next_step() {
        let cause = std::io::Error::other("the disk is on fire");
        let error = CliError::usage("inventory.yaml cannot be read", "look at the disk").because(cause);
        assert_eq!(
            error.to_string(),
            "error: inventory.yaml cannot be read\n  because the disk is on fire\n  next: look at the disk"
        );
        assert_eq!(error.to_json()["error"]["exit"], 2);
    }
}
