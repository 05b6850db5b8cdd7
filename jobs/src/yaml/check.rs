//! A template held against the actions it calls.
//!
//! Never found here: the rules themselves; they are those of the program a job will run (see `expression`).

use super::document::{Place, Step as PathStep};
use super::template::TemplateFile;
use crate::action::Action;
use crate::diagnostic::{Diagnostic, Severity, shortened};
use crate::expression::{self, Problem};
use crate::ids::ActionName;
use crate::template::Template;
use std::collections::BTreeMap;
use std::sync::Arc;

impl TemplateFile {
    /// Everything that is wrong, or doubtful, with the calls and expressions of the template, given all actions there
    /// are. Without errors among them, `Program::compile` takes the template.
    pub fn check(&self, actions: &BTreeMap<ActionName, Arc<Action>>) -> Vec<Diagnostic> {
        let problems = expression::problems(&self.template, actions);
        let mut diagnostics: Vec<Diagnostic> = problems.into_iter().map(|problem| self.diagnostic(problem)).collect();
        diagnostics.extend(self.left_out_of_service());
        diagnostics.sort_by_key(|one| (one.line, one.column));
        diagnostics.dedup();
        diagnostics
    }

    fn diagnostic(&self, problem: Problem) -> Diagnostic {
        let mut path = vec![PathStep::Key("workflow"), PathStep::Item(problem.step.at())];
        path.extend(problem.field.keys().into_iter().map(PathStep::Key));
        let severity = if problem.is_doubt { Severity::Warning } else { Severity::Error };
        let message = format!("step `{}`: {}", problem.name, problem.message);
        self.at(self.document.follow(&path), "bad-reference", severity, message, problem.hint)
    }

    fn at(&self, place: Place, code: &'static str, severity: Severity, message: String, help: String) -> Diagnostic {
        let Place { line, column } = place;
        let (message, help) = (shortened(message), shortened(help));
        Diagnostic { code: code.into(), severity, file: self.document.file.clone(), line, column, message, help }
    }

    /// A template that leaves hosts out of service may be meant: it takes servers down for good.
    fn left_out_of_service(&self) -> Option<Diagnostic> {
        let at = never_returns(&self.template)?;
        let keys = [PathStep::Key("workflow"), PathStep::Item(at), PathStep::Key("takes_out_of_service")];
        let message = format!(
            "step `{}` takes hosts out of service, and no later step returns them",
            self.template.workflow[at].step
        );
        let help = "write `returns_to_service: true` at the step that rejoins, unless hosts are taken down for good";
        Some(self.at(self.document.follow(&keys), "out-of-service", Severity::Warning, message, help.into()))
    }
}

fn never_returns(template: &Template) -> Option<usize> {
    let left = template.workflow.iter().rposition(|step| step.takes_out_of_service)?;
    let returns = template.workflow[left..].iter().any(|step| step.returns_to_service);
    (!returns).then_some(left)
}
