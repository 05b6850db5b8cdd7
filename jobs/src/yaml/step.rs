//! One step of a workflow.
//!
//! Never found here: what steps say about each other (see `contradictions`), or whether their actions exist (`check`).

use super::document::{Content, Node};
use super::reader::{Fields, Reader};
use crate::template::{Call, Retry, Step};
use crate::time::Duration;

const KEYS: &[&str] = &[
    "step",
    "action",
    "with",
    "when",
    "done_if",
    "retry",
    "timeout",
    "undo",
    "always",
    "takes_out_of_service",
    "returns_to_service",
    "safe_point",
    "verifies",
];

const HABITS: &[(&str, &str)] = &[
    ("name", "step"),
    ("id", "step"),
    ("uses", "action"),
    ("ref", "action"),
    ("task", "action"),
    ("params", "with"),
    ("parameters", "with"),
    ("input", "with"),
    ("vars", "with"),
    ("args", "with"),
    ("if", "when"),
    ("until", "done_if"),
    ("retries", "retry"),
    ("rollback", "undo"),
    ("finally", "always"),
];

const SHORTEST: Duration = Duration::seconds(1);

impl<'d> Reader<'d> {
    pub(super) fn step(&mut self, node: &'d Node) -> Option<Step> {
        let fields = self.fields(node, "a step", KEYS, HABITS)?;
        let name = self.required(&fields, "step", "write `step: name`").and_then(|node| {
            let name = self.text(node, "the name of a step")?;
            self.identifier(&name, node.place, "a step")
        });
        let action =
            self.required(&fields, "action", "write `action: pack.verb`").and_then(|node| self.name(node, "an action"));
        let with = fields.get("with").map(|node| self.values(node, "parameters"));
        let retry = fields.get("retry").map(|node| self.retry(node));
        let timeout = fields.get("timeout").map(|node| self.duration(node, SHORTEST));
        let undo = fields.get("undo").map(|node| self.call(node));
        let when = self.expression(&fields, "when");
        let done_if = self.expression(&fields, "done_if");
        Some(Step {
            always: self.flag(&fields, "always", false),
            takes_out_of_service: self.flag(&fields, "takes_out_of_service", false),
            returns_to_service: self.flag(&fields, "returns_to_service", false),
            safe_point: self.flag(&fields, "safe_point", true),
            verifies: self.flag(&fields, "verifies", false),
            step: name?.into(),
            action: action?.into(),
            with: with.flatten().unwrap_or_default(),
            when,
            done_if,
            retry: retry.flatten().unwrap_or_default(),
            timeout: timeout.flatten(),
            undo: undo.flatten(),
        })
    }

    fn expression(&mut self, fields: &Fields<'d>, key: &str) -> Option<String> {
        let node = fields.get(key)?;
        match &node.content {
            Content::Bool(truth) => Some(truth.to_string()),
            _ => self.text(node, "an expression"),
        }
    }

    /// `retry: 3`, or with the time between attempts.
    fn retry(&mut self, node: &'d Node) -> Option<Retry> {
        if let Content::Number(_) = node.content {
            let attempts = self.whole(node, 1..=100)?;
            return Some(Retry { attempts: attempts as u16, ..Retry::default() });
        }
        let habits = [("count", "attempts"), ("retries", "attempts"), ("wait", "delay"), ("factor", "backoff")];
        let fields = self.fields(node, "retry", &["attempts", "delay", "backoff"], &habits)?;
        let help = "write `attempts: 2`: the first one counts";
        let attempts = self.required(&fields, "attempts", help).and_then(|node| self.whole(node, 1..=100));
        let delay = fields.get("delay").map(|node| self.duration(node, Duration::ZERO));
        let backoff = fields.get("backoff").map(|node| self.whole(node, 1..=100));
        Some(Retry {
            attempts: attempts? as u16,
            delay: delay.unwrap_or(Some(Duration::ZERO))?,
            backoff: backoff.unwrap_or(Some(1))?,
        })
    }

    /// The name of an action, or one with parameters.
    fn call(&mut self, node: &'d Node) -> Option<Call> {
        if let Content::Text(_) = node.content {
            let action = self.name(node, "an action")?;
            return Some(Call { action: action.into(), with: Default::default() });
        }
        let fields = self.fields(node, "undo", &["action", "with"], &[("params", "with"), ("parameters", "with")])?;
        let action = self
            .required(&fields, "action", "write `undo: pack.verb`, or `undo: {action: pack.verb, with: {…}}`")
            .and_then(|node| self.name(node, "an action"));
        let with = fields.get("with").and_then(|node| self.values(node, "parameters"));
        Some(Call { action: action?.into(), with: with.unwrap_or_default() })
    }
}
