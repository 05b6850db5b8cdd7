//! How a template goes through its hosts: batches, concurrency, gates.
//!
//! Never found here: the arithmetic of batches (see `crate::policy`).

use super::document::{Content, Node};
use super::reader::{Fields, Reader};
use crate::policy::{MOST_HOSTS, MOST_STAGES, PolicyProblem, check_stages};
use crate::template::{Approval, CanaryGate, Concurrency, Gates, Ramp, Stage, StageSize, TotalGate};
use crate::time::Duration;

impl<'d> Reader<'d> {
    pub(super) fn batches(&mut self, fields: &Fields<'d>) -> Vec<Stage> {
        let Some(node) = fields.get("batches") else { return Vec::new() };
        let nodes = self.items(node, "stages").unwrap_or_default();
        if nodes.len() > MOST_STAGES {
            let message = format!("{} stages; at most {MOST_STAGES} are allowed", nodes.len());
            self.fail::<()>(
                "limit",
                node.place,
                message,
                "write `repeat: true` at the last stage instead of many equal ones",
            );
            return Vec::new();
        }
        if nodes.is_empty() && matches!(node.content, Content::List(_)) {
            let help = "remove `batches` for the default policy, or write stages such as `- {size: 1, bake: 30m}`";
            self.fail::<()>("bad-value", node.place, "there are no stages", help);
        }
        let stages: Vec<Option<Stage>> = nodes.iter().map(|node| self.stage(node)).collect();
        let complete: Option<Vec<Stage>> = stages.into_iter().collect();
        let Some(stages) = complete else { return Vec::new() };
        if let Err(problem) = check_stages(&stages) {
            self.policy_problem(&problem, nodes);
        }
        stages
    }

    fn policy_problem(&mut self, problem: &PolicyProblem, nodes: &'d [Node]) {
        let stage = match problem {
            PolicyProblem::Unreachable { unreachable, .. } => *unreachable,
            PolicyProblem::Shrinking { stage, .. } => *stage,
            PolicyProblem::BigBatch { batch, .. } => *batch,
        };
        let Some(node) = nodes.get(stage.saturating_sub(1)).or(nodes.last()) else { return };
        self.contradiction(node.place, problem.message(), problem.hint());
    }

    fn stage(&mut self, node: &'d Node) -> Option<Stage> {
        let keys = ["size", "up_to", "repeat", "bake", "approve"];
        let habits =
            [("count", "size"), ("percent", "size"), ("wait", "bake"), ("pause", "bake"), ("approval", "approve")];
        let fields = self.fields(node, "a stage", &keys, &habits)?;
        let size = match (fields.get("size"), fields.get("up_to")) {
            (Some(size), None) => self.amount(size, 1).map(StageSize::Size),
            (None, Some(up_to)) => self.amount(up_to, 1).map(StageSize::UpTo),
            (Some(_), Some(up_to)) => {
                let help = "`size` is so many more hosts, `up_to` so many in all: keep one";
                self.fail("contradiction", up_to.place, "a stage has both `size` and `up_to`", help)
            }
            (None, None) => {
                let help = "write `size: 1`, `size: 5%` or `up_to: 25%`";
                self.fail("missing-key", fields.place, "a stage has neither `size` nor `up_to`", help)
            }
        };
        let repeat = self.flag(&fields, "repeat", false);
        if repeat && fields.get("up_to").is_some() {
            let help = "`up_to` is reached once; write `size` to repeat";
            return self.fail("contradiction", fields.place_of("repeat"), "a stage with `up_to` cannot repeat", help);
        }
        let bake = fields.get("bake").map(|node| self.duration(node, Duration::ZERO));
        let approve = fields.get("approve").map(|node| self.approval(node));
        Some(Stage {
            size: size?,
            repeat,
            bake: bake.unwrap_or(Some(Duration::ZERO))?,
            approve: approve.unwrap_or(Some(None))?,
        })
    }

    /// `approve: true`, or who, and for how long the question stands. The inner `None` is `approve: false`.
    fn approval(&mut self, node: &'d Node) -> Option<Option<Approval>> {
        if let Content::Bool(wanted) = node.content {
            return Some(wanted.then(Approval::default));
        }
        let fields = self.fields(
            node,
            "approve",
            &["by", "not_requester", "expires"],
            &[("role", "by"), ("timeout", "expires")],
        )?;
        let by = fields.get("by").map(|node| self.name(node, "a role"));
        let expires = fields.get("expires").map(|node| self.duration(node, Duration::minutes(1)));
        Some(Some(Approval {
            by: by.map_or(Some(None), |by| by.map(Some))?,
            not_requester: self.flag(&fields, "not_requester", false),
            expires: expires.map_or(Some(None), |expires| expires.map(Some))?,
        }))
    }

    pub(super) fn concurrency(&mut self, fields: &Fields<'d>) -> Concurrency {
        let Some(node) = fields.get("concurrency") else { return Concurrency::default() };
        if let Content::Number(_) = node.content {
            let max = self.whole(node, 1..=MOST_HOSTS);
            return Concurrency { max: max.unwrap_or(1), ..Concurrency::default() };
        }
        let habits = [("limit", "max"), ("forks", "max")];
        let Some(fields) = self.fields(node, "concurrency", &["max", "ramp"], &habits) else {
            return Concurrency::default();
        };
        let max = fields.get("max").and_then(|node| self.whole(node, 1..=MOST_HOSTS));
        let words = [("none", Ramp::None), ("doubling", Ramp::Doubling)];
        let ramp = fields.get("ramp").and_then(|node| self.word(node, "a ramp", &words));
        let otherwise = Concurrency::default();
        Concurrency { max: max.unwrap_or(otherwise.max), ramp: ramp.unwrap_or(otherwise.ramp) }
    }

    pub(super) fn gates(&mut self, fields: &Fields<'d>) -> Gates {
        let otherwise = Gates::default();
        let keys = ["canary", "batch", "total", "unreachable", "signature"];
        let Some(fields) = fields.get("gates").and_then(|node| self.fields(node, "gates", &keys, &[])) else {
            return otherwise;
        };
        let batch = self.only(&fields, "batch", "max_failed").and_then(|node| self.amount(node, 0));
        let unreachable = self.only(&fields, "unreachable", "max").and_then(|node| self.amount(node, 0));
        let signature = self.only(&fields, "signature", "hosts").and_then(|node| self.whole(node, 1..=MOST_HOSTS));
        Gates {
            canary: fields.get("canary").and_then(|node| self.canary_gate(node)).unwrap_or(otherwise.canary),
            batch: batch.or(otherwise.batch),
            total: fields.get("total").and_then(|node| self.total_gate(node)).unwrap_or(otherwise.total),
            unreachable: unreachable.or(otherwise.unreachable),
            signature: signature.or(otherwise.signature),
        }
    }

    /// The value of the one key a gate has.
    fn only(&mut self, gates: &Fields<'d>, gate: &'static str, key: &'static str) -> Option<&'d Node> {
        let node = gates.get(gate)?;
        if !matches!(node.content, Content::Map(_)) {
            let help = format!("write `{gate}: {{{key}: {}}}`", self.document.spelled(node));
            return self.fail(
                "wrong-type",
                node.place,
                format!("expected a map for gate `{gate}`, not {}", node.shown()),
                help,
            );
        }
        let habits = [("max", key), ("max_failed", key), ("count", key)];
        let fields = self.fields(node, gate, &[key], &habits)?;
        self.required(&fields, key, "write the threshold, or remove the gate")
    }

    fn canary_gate(&mut self, node: &'d Node) -> Option<CanaryGate> {
        let fields = self.fields(node, "canary", &["max_failed", "min_succeeded"], &[])?;
        let otherwise = CanaryGate::default();
        let max_failed = fields.get("max_failed").map(|node| self.whole(node, 0..=MOST_HOSTS));
        let min_succeeded = fields.get("min_succeeded").map(|node| self.whole(node, 0..=MOST_HOSTS));
        Some(CanaryGate {
            max_failed: max_failed.unwrap_or(Some(otherwise.max_failed))?,
            min_succeeded: min_succeeded.unwrap_or(Some(otherwise.min_succeeded))?,
        })
    }

    fn total_gate(&mut self, node: &'d Node) -> Option<TotalGate> {
        let fields = self.fields(node, "total", &["max_failed", "min_sample", "cap"], &[("max", "cap")])?;
        let otherwise = TotalGate::default();
        let max_failed = fields.get("max_failed").map(|node| self.share(node));
        let min_sample = fields.get("min_sample").map(|node| self.whole(node, 0..=MOST_HOSTS));
        if min_sample.is_some() && max_failed.is_none() {
            let help = "write `max_failed: 5%` beside it, or remove it";
            let message = "`min_sample` means nothing without `max_failed`".to_owned();
            self.contradiction(fields.place_of("min_sample"), message, help);
        }
        Some(TotalGate {
            max_failed: max_failed.map_or(Some(None), |share| share.map(Some))?,
            min_sample: min_sample.unwrap_or(Some(otherwise.min_sample))?,
            cap: fields.get("cap").map_or(Some(otherwise.cap), |node| self.cap(node))?,
        })
    }

    /// A number of hosts, or `none`.
    fn cap(&mut self, node: &'d Node) -> Option<Option<u32>> {
        match &node.content {
            Content::Text(word) if word == "none" => Some(None),
            Content::Text(_) => {
                let help = "write a number of hosts, or `none`; a share is `max_failed: 5%`";
                self.fail("wrong-type", node.place, format!("expected a number or `none`, not {}", node.shown()), help)
            }
            _ => self.whole(node, 0..=MOST_HOSTS).map(Some),
        }
    }
}
