//! What a job says itself about how it goes through its hosts, laid over what its template says. The sealed template
//! of the job holds the outcome, so that nothing after its creation has to know where it came from.
//!
//! Never found here: the text a policy is written in (`yaml` for templates, the API for jobs).

use super::{PolicyProblem, check_stages};
use crate::command::FieldProblem;
use crate::template::{Approval, Ramp, Stage, StageSize, Template};
use crate::time::Duration;
use crate::units::Amount;

/// The most stages a policy may have.
pub const MOST_STAGES: usize = 100;
/// The most hosts a policy may speak of.
pub const MOST_HOSTS: u32 = 1_000_000;
/// The longest bake, and the longest time an approval may be waited for.
const LONGEST: Duration = Duration::minutes(30 * 24 * 60);
/// The longest name of a role.
const LONGEST_ROLE: usize = 128;

/// What a job says itself about batches, concurrency and gates. What is not said is the template's.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OwnPolicy {
    /// The stages; an empty list is the default for the number of hosts.
    pub batches: Option<Vec<Stage>>,
    /// Whether one batch may hold more than half of the hosts. Said for the template's stages it does not count for
    /// the job's own.
    pub allow_big_batch: Option<bool>,
    /// At most this many hosts in flight.
    pub concurrency: Option<u32>,
    /// How that number is reached.
    pub ramp: Option<Ramp>,
    /// When to stop.
    pub gates: OwnGates,
}

/// What a job says itself about when to stop. What is not said is the template's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OwnGates {
    /// At most this many hosts of the canary failed.
    pub canary_max_failed: Option<u32>,
    /// At least this many hosts of the canary succeeded.
    pub canary_min_succeeded: Option<u32>,
    /// At most this many failed hosts of one batch.
    pub batch: Option<Amount>,
    /// At most this many failed hosts in all.
    pub total_cap: Option<u32>,
}

impl OwnPolicy {
    /// Refuses what a template could not say either. Paths begin with `policy`.
    pub fn check(&self) -> Result<(), Vec<FieldProblem>> {
        let mut problems = self.batches.as_deref().map(check_batches).unwrap_or_default();
        if self.concurrency.is_some_and(|max| !(1..=MOST_HOSTS).contains(&max)) {
            let hint = format!("write a whole number from 1 to {MOST_HOSTS}");
            problems.push(FieldProblem::new(&["policy", "concurrency"], "so many hosts cannot be in flight", hint));
        }
        if problems.is_empty() { Ok(()) } else { Err(problems) }
    }

    /// Refuses stages that ask nobody where the template's ask somebody: who may create jobs does not choose whom they have
    /// to ask. Where in the job it is asked, they choose; but before its last host.
    pub fn keeps_approvals(&self, template: &Template) -> Result<(), FieldProblem> {
        let Some(own) = &self.batches else { return Ok(()) };
        let asked = || own.iter().filter(|stage| !stage.is_everything()).filter_map(|stage| stage.approve.as_ref());
        let wanted = template.batches.iter().filter_map(|stage| stage.approve.as_ref());
        let Some(missing) = wanted.into_iter().find(|wanted| !asked().any(|asked| asked.covers(wanted))) else {
            return Ok(());
        };
        let who = missing.words();
        let message = format!("template {} asks for {who}, and these stages do not", template.name);
        let hint = format!("ask for {who} after a stage that is not all hosts, or apply a template that does not ask");
        Err(FieldProblem::new(&["policy", "batches"], message, hint))
    }

    /// Puts what it says about batches and concurrency in the place of what the template says.
    pub fn lay_over(&self, template: &mut Template) {
        if let Some(batches) = &self.batches {
            template.batches = batches.clone();
            template.allow_big_batch = false;
        }
        let concurrency = &mut template.concurrency;
        template.allow_big_batch = self.allow_big_batch.unwrap_or(template.allow_big_batch);
        concurrency.max = self.concurrency.unwrap_or(concurrency.max);
        concurrency.ramp = self.ramp.unwrap_or(concurrency.ramp);
    }

    /// Puts what it says about gates in the place of what they would be otherwise, the number of hosts considered.
    pub fn lay_over_gates(&self, template: &mut Template) {
        let (own, gates) = (&self.gates, &mut template.gates);
        gates.canary.max_failed = own.canary_max_failed.unwrap_or(gates.canary.max_failed);
        gates.canary.min_succeeded = own.canary_min_succeeded.unwrap_or(gates.canary.min_succeeded);
        gates.batch = own.batch.or(gates.batch);
        gates.total.cap = own.total_cap.or(gates.total.cap);
    }
}

/// The field of a job's own policy that a problem is about.
pub fn field_of(problem: &PolicyProblem) -> FieldProblem {
    let message = problem.message();
    match problem {
        PolicyProblem::Unreachable { unreachable: stage, .. } | PolicyProblem::Shrinking { stage, .. } => {
            stage_problem(stage.saturating_sub(1), "size", message, problem.hint())
        }
        PolicyProblem::BigBatch { .. } => {
            FieldProblem::new(&["policy", "allowBigBatch"], message, "add smaller stages, or allow it if it is meant")
        }
    }
}

fn check_batches(stages: &[Stage]) -> Vec<FieldProblem> {
    if stages.len() > MOST_STAGES {
        let message = format!("{} stages; at most {MOST_STAGES} are allowed", stages.len());
        let hint = "let the last stage repeat instead of writing many equal ones";
        return vec![FieldProblem::new(&["policy", "batches"], message, hint)];
    }
    let mut problems: Vec<FieldProblem> =
        stages.iter().enumerate().flat_map(|(place, stage)| check_stage(place, stage)).collect();
    if let Err(problem) = check_stages(stages) {
        problems.push(field_of(&problem));
    }
    problems
}

fn check_stage(place: usize, stage: &Stage) -> Vec<FieldProblem> {
    let mut problems = Vec::new();
    if stage.repeat && matches!(stage.size, StageSize::UpTo(_)) {
        let (message, hint) = ("a stage that goes up to a size cannot repeat", "write a size of its own to repeat");
        problems.push(stage_problem(place, "repeat", message, hint));
    }
    if stage.bake > LONGEST {
        problems.push(stage_problem(place, "bake", format!("{} is too long", stage.bake), at_most()));
    }
    problems.extend(stage.approve.iter().flat_map(|approval| check_approval(place, approval)));
    problems
}

fn check_approval(place: usize, approval: &Approval) -> Vec<FieldProblem> {
    let mut problems = Vec::new();
    if let Some(by) = approval.by.as_ref().filter(|by| !is_role(by)) {
        let hint = "use small letters, digits, `.`, `-` and `_`, at most 128, a letter or digit first";
        problems.push(stage_problem(place, "approvedBy", format!("{by:?} cannot be the name of a role"), hint));
    }
    match approval.expires {
        Some(length) if length < Duration::minutes(1) => {
            problems.push(stage_problem(
                place,
                "approvalExpires",
                format!("{length} is too short"),
                "write at least 1m",
            ));
        }
        Some(length) if length > LONGEST => {
            problems.push(stage_problem(place, "approvalExpires", format!("{length} is too long"), at_most()));
        }
        Some(_) | None => {}
    }
    problems
}

/// The same as in a template.
fn is_role(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || ".-_".contains(c))
        && name.len() <= LONGEST_ROLE
}

fn at_most() -> String {
    format!("write at most {LONGEST}")
}

fn stage_problem(place: usize, field: &str, message: impl Into<String>, hint: impl Into<String>) -> FieldProblem {
    FieldProblem::new(&["policy", "batches", &place.to_string(), field], message, hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stage(size: &str) -> Stage {
        Stage { size: size.parse().expect("a size"), repeat: false, bake: Duration::ZERO, approve: None }
    }

    fn found(batches: Vec<Stage>) -> Vec<String> {
        let policy = OwnPolicy { batches: Some(batches), ..OwnPolicy::default() };
        let problems = policy.check().err().unwrap_or_default();
        problems.iter().map(|problem| format!("{}: {}", problem.path.join("."), problem.message)).collect()
    }

    #[test]
    fn what_a_template_could_not_say_is_refused_at_its_field() {
        let day = Duration::minutes(24 * 60);
        let approve = |approval: Approval| Stage { approve: Some(approval), ..stage("1") };
        let release =
            Approval { by: Some("Release Team".into()), expires: Some(Duration::seconds(5)), ..Approval::default() };
        assert_eq!(found(vec![stage("1"), stage("5%"), Stage { repeat: true, ..stage("10%") }]), [""; 0]);
        assert_eq!(
            found(vec![
                Stage { repeat: true, ..stage("up to 25%") },
                Stage { bake: day.times(31), ..stage("1") },
                approve(release),
                approve(Approval { expires: Some(day.times(31)), ..Approval::default() }),
                stage("up to 10%"),
            ]),
            [
                "policy.batches.0.repeat: a stage that goes up to a size cannot repeat",
                "policy.batches.1.bake: 31d is too long",
                "policy.batches.2.approvedBy: \"Release Team\" cannot be the name of a role",
                "policy.batches.2.approvalExpires: 5s is too short",
                "policy.batches.3.approvalExpires: 31d is too long",
                "policy.batches.1.size: stage 1 of `batches` repeats until no host is left, so stage 2 never opens",
            ]
        );
        assert_eq!(
            found(vec![stage("up to 25%"), stage("up to 10%")]),
            ["policy.batches.1.size: stage 2 of `batches` goes up to 10%, but an earlier stage already goes up to 25%"]
        );
        assert_eq!(found(vec![stage("1"); 101]), ["policy.batches: 101 stages; at most 100 are allowed"]);
        let crowded = OwnPolicy { concurrency: Some(0), ..OwnPolicy::default() };
        assert_eq!(crowded.check().expect_err("nobody in flight")[0].path, ["policy", "concurrency"]);
    }

    #[test]
    fn sizes_are_read_as_they_are_written() {
        for text in ["1", "0.5%", "100%", "up to 25%", "up to 3"] {
            assert_eq!(text.parse::<StageSize>().expect(text).to_string(), text);
        }
        for text in ["", "0", "0%", "-1", "101%", "up to", "five", "up to 0%"] {
            assert!(text.parse::<StageSize>().is_err(), "{text:?} was taken");
        }
    }
}
