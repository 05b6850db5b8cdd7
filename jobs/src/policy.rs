//! The batch policy: which stages a fleet of a certain size goes through, and how many hosts each batch takes.
//!
//! A template may say nothing about batches; then the number of hosts decides (product.md, Batches). What a template
//! does say stands as it is.
//!
//! Never found here: hosts, or which of them go into which batch (that is `plan`).

mod own;

pub use own::{MOST_HOSTS, MOST_STAGES, OwnGates, OwnPolicy, field_of};

use crate::template::{Approval, Gates, Stage, StageSize, Template, TotalGate};
use crate::time::Duration;
use crate::units::{Amount, BasisPoints};
use std::fmt;

/// The label by which the default policy spreads a fleet of more than a thousand hosts.
const OS: &str = "os";

/// The default stages for a job of `total` hosts.
pub fn by_fleet_size(total: u32) -> Vec<Stage> {
    let one = Amount::Hosts(1);
    let percent = |percent: u32| Amount::Share(BasisPoints(percent * 100));
    match total {
        0..=20 => growing(&[one]),
        21..=100 => growing(&[one, percent(5)]),
        101..=1_000 => growing(&[one, percent(1), percent(5), percent(10)]),
        _ => growing(&[percent(1), percent(5), percent(10)]),
    }
}

/// Stages of these sizes without bake or approval, the last one repeating.
fn growing(sizes: &[Amount]) -> Vec<Stage> {
    let last = sizes.len().saturating_sub(1);
    let stage = |(place, size): (usize, &Amount)| Stage {
        size: StageSize::Size(*size),
        repeat: place == last,
        bake: Duration::ZERO,
        approve: None,
    };
    sizes.iter().enumerate().map(stage).collect()
}

/// The stages a job of this template goes through on `total` hosts: the template's own, or the default ones.
pub fn stages_for(template: &Template, total: u32) -> Vec<Stage> {
    match template.batches.is_empty() {
        true => by_fleet_size(total),
        false => template.batches.clone(),
    }
}

/// The gates a job of this template has on `total` hosts.
///
/// They are the template's own, but for one case: twenty hosts or fewer under the default policy stop at the first
/// failure, unless the template's author changed `gates.total`.
pub fn gates_for(template: &Template, total: u32) -> Gates {
    let mut gates = template.gates;
    if template.batches.is_empty() && total <= 20 && gates.total == TotalGate::default() {
        gates.total.cap = Some(0);
    }
    gates
}

/// Over what the batches are spread evenly.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spread {
    /// The labels; hosts with the same values of all of them are one stratum. Empty: all hosts are one stratum.
    pub labels: Vec<String>,
    /// Whether every stratum must have a host in the canary, if the canary has room for one of each.
    pub all_in_canary: bool,
}

/// Over what the batches of a job on `total` hosts are spread: the template's `stratify_by`, or, for more than a
/// thousand hosts under the default policy, the label `os`, with every OS in the canary.
pub fn spread_for(template: &Template, total: u32) -> Spread {
    if template.stratify_by.is_empty() && template.batches.is_empty() && total > 1_000 {
        return Spread { labels: vec![OS.to_owned()], all_in_canary: true };
    }
    Spread { labels: template.stratify_by.clone(), all_in_canary: false }
}

/// A policy that contradicts itself, whatever the number of hosts. Stages are counted from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PolicyProblem {
    /// A stage after one that takes all hosts that are left.
    Unreachable {
        /// The stage that repeats.
        repeats: usize,
        /// The stage after it.
        unreachable: usize,
    },
    /// A cumulative stage that asks for less than an earlier one.
    Shrinking {
        /// The stage that asks for less.
        stage: usize,
        /// What it asks for.
        up_to: Amount,
        /// What was asked for before.
        before: Amount,
    },
    /// One batch would hold more than half of the hosts.
    BigBatch {
        /// The batch, counted from 1.
        batch: usize,
        /// How many hosts it would hold.
        size: u32,
        /// All hosts of the job.
        total: u32,
    },
}

impl PolicyProblem {
    /// What is wrong.
    pub fn message(&self) -> String {
        match self {
            PolicyProblem::Unreachable { repeats, unreachable } => {
                format!(
                    "stage {repeats} of `batches` repeats until no host is left, so stage {unreachable} never opens"
                )
            }
            PolicyProblem::Shrinking { stage, up_to, before } => {
                format!(
                    "stage {stage} of `batches` goes up to {up_to}, but an earlier stage already goes up to {before}"
                )
            }
            PolicyProblem::BigBatch { batch, size, total } => {
                format!("batch {batch} would hold {size} of {total} hosts, more than half of them")
            }
        }
    }

    /// What to write in a template instead.
    pub fn hint(&self) -> &'static str {
        match self {
            PolicyProblem::Unreachable { .. } => "keep `repeat: true` for the last stage",
            PolicyProblem::Shrinking { .. } => "write the stages in growing order",
            PolicyProblem::BigBatch { .. } => {
                "add smaller stages, or write `allow_big_batch: true` in the template if that is meant"
            }
        }
    }
}

impl fmt::Display for PolicyProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.message(), self.hint())
    }
}

impl std::error::Error for PolicyProblem {}

/// Refuses stages that contradict each other on any number of hosts.
pub fn check_stages(stages: &[Stage]) -> Result<(), PolicyProblem> {
    if let Some(at) = stages.iter().position(|stage| stage.repeat).filter(|at| at + 1 < stages.len()) {
        return Err(PolicyProblem::Unreachable { repeats: at + 1, unreachable: at + 2 });
    }
    let mut reached: Vec<Amount> = Vec::new();
    for (at, stage) in stages.iter().enumerate() {
        let StageSize::UpTo(up_to) = stage.size else { continue };
        if let Some(before) = reached.iter().copied().find(|before| is_less(up_to, *before)) {
            return Err(PolicyProblem::Shrinking { stage: at + 1, up_to, before });
        }
        reached.push(up_to);
    }
    Ok(())
}

/// Whether one amount is less than another of the same kind. A share and a count cannot be told apart without a total.
fn is_less(left: Amount, right: Amount) -> bool {
    match (left, right) {
        (Amount::Hosts(left), Amount::Hosts(right)) => left < right,
        (Amount::Share(left), Amount::Share(right)) => left < right,
        (Amount::Hosts(_), Amount::Share(_)) | (Amount::Share(_), Amount::Hosts(_)) => false,
    }
}

/// A policy applied to a number of hosts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cut {
    /// The stages that make a batch. Cumulative stages that asked for equal sizes are one stage here.
    pub stages: Vec<Stage>,
    /// The batches in order: place of the stage in `stages`, and number of hosts, 0 where a stage is a gate alone. They
    /// sum up to the total.
    pub sizes: Vec<(usize, u32)>,
}

/// Applies `stages` to `total` hosts.
///
/// Sizes are shares of the total, rounded down, at least 1; the last stage repeats until no host is left, a
/// cumulative one in steps as large as its first. A cumulative stage that asks for no more than is already dealt makes
/// no batch; its bake and its approval are then asked for together with those of the stage before. Where the two want
/// different people to agree, each is asked: the later stage makes a batch without hosts, which is its gate alone.
pub fn cut(stages: &[Stage], total: u32) -> Cut {
    let mut cut = Cut::default();
    let mut left = total;
    for stage in stages {
        let size = size_of(stage, total, left);
        match (size, cut.stages.last_mut()) {
            (0, _) if left == 0 => break,
            (0, Some(before)) if of_other_people(before, stage) => {
                before.bake = before.bake.max(stage.bake);
                cut.open(Stage { bake: Duration::ZERO, ..stage.clone() }, 0);
            }
            (0, Some(before)) => *before = together(before, stage),
            _ => left -= cut.open(stage.clone(), size),
        }
    }
    while left > 0 && !cut.sizes.is_empty() {
        left -= cut.repeat(left);
    }
    cut
}

/// The first batch of a stage when `left` of `total` hosts are not dealt yet; 0 if it asks for nothing more.
fn size_of(stage: &Stage, total: u32, left: u32) -> u32 {
    match stage.size {
        StageSize::Size(amount) => amount.size(total).min(left),
        StageSize::UpTo(amount) => amount.size(total).min(total).saturating_sub(total - left),
    }
}

/// Whether two stages want the agreement of different roles.
fn of_other_people(before: &Stage, after: &Stage) -> bool {
    let role = |stage: &Stage| stage.approve.as_ref().and_then(|approval| approval.by.clone());
    role(before).zip(role(after)).is_some_and(|(one, other)| one != other)
}

/// Two stages that end at the same host: the longer bake, and everybody's agreement.
fn together(before: &Stage, after: &Stage) -> Stage {
    let approve = match (before.approve.clone(), after.approve.clone()) {
        (Some(one), Some(other)) => Some(Approval {
            // At most one of them names a role, or both the same.
            by: other.by.or(one.by),
            not_requester: one.not_requester || other.not_requester,
            expires: [one.expires, other.expires].into_iter().flatten().min(),
        }),
        (one, other) => one.or(other),
    };
    Stage { size: after.size, repeat: after.repeat, bake: before.bake.max(after.bake), approve }
}

impl Cut {
    /// Adds a stage with its first batch, and gives back the number of its hosts.
    fn open(&mut self, stage: Stage, size: u32) -> u32 {
        self.stages.push(stage);
        self.sizes.push((self.stages.len() - 1, size));
        size
    }

    /// Adds one more batch of the last stage, as large as the last one with hosts, and gives back the number of its hosts.
    fn repeat(&mut self, left: u32) -> u32 {
        let with_hosts = self.sizes.iter().rev().find(|(_, size)| *size > 0);
        let Some((_, size)) = with_hosts.copied() else { return left };
        let stage = self.stages.len().saturating_sub(1);
        self.sizes.push((stage, size.min(left)));
        size.min(left)
    }

    /// Refuses a batch of more than half of the hosts (where there are more than three) unless that is allowed.
    pub fn check_big_batch(&self, total: u32, allowed: bool) -> Result<(), PolicyProblem> {
        let too_big = |size: u32| !allowed && total > 3 && u64::from(size) * 2 > u64::from(total);
        match self.sizes.iter().position(|(_, size)| too_big(*size)) {
            Some(at) => Err(PolicyProblem::BigBatch { batch: at + 1, size: self.sizes[at].1, total }),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NO_STAGE: Stage =
        Stage { size: StageSize::Size(Amount::Hosts(1)), repeat: false, bake: Duration::ZERO, approve: None };

    fn percent(percent: u32) -> Amount {
        Amount::Share(BasisPoints(percent * 100))
    }

    fn up_to(amounts: &[Amount]) -> Vec<Stage> {
        amounts.iter().map(|amount| Stage { size: StageSize::UpTo(*amount), ..NO_STAGE }).collect()
    }

    fn sizes(stages: &[Stage], total: u32) -> Vec<u32> {
        cut(stages, total).sizes.iter().map(|(_, size)| *size).collect()
    }

    #[test]
    fn the_default_policy_grows_with_the_fleet() {
        let check = |total, start: &[u32], batches| {
            let sizes = sizes(&by_fleet_size(total), total);
            assert_eq!((&sizes[..start.len()], sizes.len()), (start, batches), "{total} hosts");
            assert_eq!(sizes.iter().sum::<u32>(), total);
        };
        check(1, &[1], 1);
        check(2, &[1, 1], 2);
        check(20, &[1, 1, 1], 20);
        check(21, &[1, 1, 1], 21);
        check(100, &[1, 5, 5], 21);
        check(101, &[1, 1, 5, 10, 10], 13);
        check(1_000, &[1, 10, 50, 100, 100], 13);
        check(1_001, &[10, 50, 100, 100], 12);
        check(10_000, &[100, 500, 1_000, 1_000], 12);
    }

    #[test]
    fn cumulative_stages_of_equal_sizes_are_one() {
        let growing = up_to(&[1, 5, 10, 25, 50, 100].map(percent));
        assert_eq!(sizes(&growing, 50), [1, 1, 3, 7, 13, 25]);
        assert_eq!(sizes(&growing, 10_000), [100, 400, 500, 1_500, 2_500, 5_000]);
        assert_eq!(sizes(&growing, 10), [1, 1, 3, 5]);
        assert_eq!(sizes(&growing, 1), [1]);
        assert_eq!(sizes(&growing, 2), [1, 1], "the canary is never merged with the next batch");
    }

    #[test]
    fn a_last_cumulative_stage_repeats_in_its_own_steps() {
        assert_eq!(sizes(&up_to(&[percent(5), percent(30)]), 100), [5, 25, 25, 25, 20]);
        assert_eq!(sizes(&up_to(&[percent(25)]), 100), [25, 25, 25, 25]);
    }

    #[test]
    fn cumulative_stages_that_fall_together_ask_for_everything_both_ask_for() {
        let mut stages = up_to(&[percent(1), percent(5), percent(50)]);
        stages[0].bake = Duration::minutes(30);
        stages[0].approve = Some(Approval { by: None, not_requester: true, expires: Some(Duration::minutes(480)) });
        stages[1].bake = Duration::minutes(5);
        stages[1].approve = Some(Approval { by: None, not_requester: false, expires: Some(Duration::minutes(60)) });
        let cut = cut(&stages, 10);
        assert_eq!(cut.sizes, [(0, 1), (1, 4), (1, 4), (1, 1)]);
        let both = Approval { by: None, not_requester: true, expires: Some(Duration::minutes(60)) };
        assert_eq!((cut.stages[0].bake, cut.stages[0].approve.clone()), (Duration::minutes(30), Some(both)));
    }

    #[test]
    fn stages_that_fall_together_and_ask_different_roles_are_each_asked() {
        let asks = |role: &str| Some(Approval { by: Some(role.into()), ..Approval::default() });
        let mut stages = up_to(&[percent(1), percent(5), percent(50)]);
        (stages[0].approve, stages[1].approve) = (asks("release"), asks("security"));
        stages[1].bake = Duration::minutes(5);
        let ten = cut(&stages, 10);
        assert_eq!(ten.sizes, [(0, 1), (1, 0), (2, 4), (2, 4), (2, 1)]);
        assert_eq!([&ten.stages[0].approve, &ten.stages[1].approve], [&stages[0].approve, &stages[1].approve]);
        assert_eq!([ten.stages[0].bake, ten.stages[1].bake], [Duration::minutes(5), Duration::ZERO]);
        assert_eq!(cut(&stages[..2], 3).sizes, [(0, 1), (1, 0), (1, 1), (1, 1)], "it goes on in steps of hosts");
        stages[1].approve = asks("release");
        assert_eq!(cut(&stages, 10).sizes, [(0, 1), (1, 4), (1, 4), (1, 1)]);
    }

    #[test]
    fn equal_sizes_that_are_not_cumulative_stay_separate_batches() {
        let stages = [1, 5, 10].map(|size| Stage { size: StageSize::Size(percent(size)), ..NO_STAGE });
        assert_eq!(cut(&stages, 3).sizes, [(0, 1), (1, 1), (2, 1)]);
    }

    #[test]
    fn stages_that_contradict_each_other_are_refused() {
        let mut stages = by_fleet_size(5_000);
        stages[0].repeat = true;
        assert_eq!(
            check_stages(&stages).map_err(|problem| problem.to_string()),
            Err("stage 1 of `batches` repeats until no host is left, so stage 2 never opens: \
                 keep `repeat: true` for the last stage"
                .to_owned())
        );
        assert_eq!(
            check_stages(&up_to(&[percent(25), Amount::Hosts(3), percent(10)])).map_err(|problem| problem.to_string()),
            Err("stage 3 of `batches` goes up to 10%, but an earlier stage already goes up to 25%: \
                 write the stages in growing order"
                .to_owned())
        );
        assert_eq!(check_stages(&by_fleet_size(5_000)), Ok(()));
    }

    fn template(json: serde_json::Value) -> Template {
        let mut all = serde_json::json!({"name": "t", "workflow": [], "unreachableAfter": 0, "lostAfter": 0});
        if let (Some(all), Some(more)) = (all.as_object_mut(), json.as_object()) {
            all.extend(more.clone());
        }
        serde_json::from_value(all).expect("a template")
    }

    #[test]
    fn a_small_fleet_stops_at_the_first_failure_unless_the_author_says_otherwise() {
        let silent = template(serde_json::json!({}));
        assert_eq!([20, 21].map(|total| gates_for(&silent, total).total.cap), [Some(0), Some(10)]);
        let own_gate = template(serde_json::json!({"gates": {"total": {"cap": 3}}}));
        assert_eq!(gates_for(&own_gate, 20).total.cap, Some(3));
        let own_batches = template(serde_json::json!({"batches": [{"size": {"size": {"hosts": 1}}}]}));
        assert_eq!(gates_for(&own_batches, 20).total.cap, Some(10));
    }

    #[test]
    fn a_large_fleet_is_spread_over_its_systems_unless_the_author_says_otherwise() {
        let silent = template(serde_json::json!({}));
        let by_os = Spread { labels: vec!["os".to_owned()], all_in_canary: true };
        assert_eq!([1_000, 1_001].map(|total| spread_for(&silent, total)), [Spread::default(), by_os]);
        let own = template(serde_json::json!({"stratifyBy": ["dc"]}));
        assert_eq!(spread_for(&own, 5_000), Spread { labels: vec!["dc".to_owned()], all_in_canary: false });
    }
}
