//! Settings of a template that cannot all be meant.
//!
//! Never found here: what is wrong with one setting by itself.

use super::document::{Place, Step as PathStep};
use super::reader::Reader;
use crate::template::{OnFailure, StageSize, Step, Template};
use crate::units::Amount;

impl Reader<'_> {
    /// Tells everything in a template that contradicts something else in it.
    pub(super) fn contradictions(&mut self, template: &Template) {
        for (at, step) in template.workflow.iter().enumerate() {
            let earlier = &template.workflow[..at];
            self.repeated_name(at, step, earlier);
            self.service(at, step, earlier);
            if step.always && step.done_if.is_some() {
                let message = format!("step `{}` always runs, so it cannot finish the workflow early", step.step);
                self.contradiction(self.at_step(at, "done_if"), message, "remove `done_if` or `always`");
            }
        }
        self.undo_without_undo(template);
        self.canary(template);
        self.strata(template);
    }

    fn at_step(&self, at: usize, key: &str) -> Place {
        self.document.follow(&[PathStep::Key("workflow"), PathStep::Item(at), PathStep::Key(key)])
    }

    fn repeated_name(&mut self, at: usize, step: &Step, earlier: &[Step]) {
        if let Some(first) = earlier.iter().position(|other| other.step == step.step) {
            let message = format!("two steps are called `{}`", step.step);
            let help =
                format!("give one of them another name; the first is in line {}", self.at_step(first, "step").line);
            let place = self.at_step(at, "step");
            self.fail::<()>("duplicate-name", place, message, help);
        }
    }

    /// Leaving and rejoining.
    fn service(&mut self, at: usize, step: &Step, earlier: &[Step]) {
        let left = earlier.iter().rposition(|step| step.takes_out_of_service);
        let rejoined = earlier.iter().rposition(|step| step.returns_to_service);
        if step.returns_to_service && left.is_none() && !step.takes_out_of_service {
            let message =
                format!("step `{}` returns to service, but no step before it takes out of service", step.step);
            let help = "write `takes_out_of_service: true` at the step that leaves";
            self.contradiction(self.at_step(at, "returns_to_service"), message, help);
        }
        let is_out = (step.takes_out_of_service
            || left.is_some_and(|left| rejoined.is_none_or(|rejoined| rejoined < left)))
            && !step.returns_to_service;
        if is_out && step.done_if.is_some() && !step.always {
            let message = format!("step `{}` may finish the workflow while the host is out of service", step.step);
            let help = "put `done_if` before the step that leaves or after the one that rejoins, or use `when`";
            self.contradiction(self.at_step(at, "done_if"), message, help);
        }
    }

    fn undo_without_undo(&mut self, template: &Template) {
        let has_undo = template.workflow.iter().any(|step| step.undo.is_some());
        if template.on_failure == Some(OnFailure::Undo) && !has_undo {
            let place = self.document.follow(&[PathStep::Key("on_failure")]);
            let help = "write `undo: pack.verb` at the steps that can be taken back, or `on_failure: park`";
            self.contradiction(place, "`on_failure: undo`, but no step has an `undo`".into(), help);
        }
    }

    fn canary(&mut self, template: &Template) {
        let wanted = template.gates.canary.min_succeeded;
        let Some(StageSize::Size(Amount::Hosts(size)) | StageSize::UpTo(Amount::Hosts(size))) =
            template.batches.first().map(|stage| stage.size)
        else {
            return;
        };
        if wanted > size {
            let path = ["gates", "canary", "min_succeeded"].map(PathStep::Key);
            let message = format!("{wanted} hosts of the canary have to succeed, and it has only {size}");
            let help = "make the first stage larger, or ask for fewer";
            self.contradiction(self.document.follow(&path), message, help);
        }
    }

    fn strata(&mut self, template: &Template) {
        let labels = &template.stratify_by;
        let repeated = labels.iter().enumerate().find(|(at, label)| labels[..*at].contains(label));
        if let Some((at, label)) = repeated {
            let place = self.document.follow(&[PathStep::Key("stratify_by"), PathStep::Item(at)]);
            self.contradiction(place, format!("label `{label}` is named twice"), "keep one of them");
        }
    }
}
