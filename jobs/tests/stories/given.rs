//! The `given` part of a story: hosts, steps and policy, read from text.
//!
//! Every step calls an action of its own name; what takes it back is `undo.<step>`, what verifies it `verify.<step>`.

use jobs::action::{Action, Builtin, Place, Repeat, Run};
use jobs::ids::{HostName, TemplateName};
use jobs::inventory::Host;
use jobs::parameter::Parameter;
use jobs::template::{
    Approval, Call, Concurrency, Gates, OnFailure, Ramp, Retry, Stage, StageSize, Step, Template, TotalGate,
};
use jobs::time::Duration;
use jobs::units::Amount;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The seed of every plan in a story.
pub const SEED: u64 = 7;

/// What a story starts from.
pub struct Given {
    /// Hosts as the story calls them, in the order of the plan.
    pub hosts: Vec<(String, Arc<Host>)>,
    pub template: Template,
    pub actions: Vec<Arc<Action>>,
}

impl Given {
    /// Nothing but the defaults: gates are as in product.md.
    pub fn nothing() -> Given {
        let template = Template {
            name: TemplateName::from("patch"),
            description: String::new(),
            parameters: BTreeMap::new(),
            targets: Some("all".parse().expect("a selector")),
            workflow: Vec::new(),
            on_failure: None,
            batches: Vec::new(),
            allow_big_batch: true,
            concurrency: Concurrency::default(),
            gates: Gates { unreachable: None, ..Gates::default() },
            stratify_by: Vec::new(),
            unreachable_after: Duration::minutes(10),
            lost_after: Duration::minutes(5),
        };
        Given { hosts: Vec::new(), template, actions: Vec::new() }
    }

    /// Takes one statement in; panics on one that is not in the language.
    pub fn take(&mut self, statement: &str) {
        let (word, rest) = statement.split_once(' ').unwrap_or((statement, ""));
        match word {
            "hosts" => self.take_hosts(rest),
            "step" => self.take_step(rest),
            "batches" => self.template.batches = rest.split(", ").map(stage).collect(),
            "gate" => gate(&mut self.template.gates, rest),
            "max" => self.template.concurrency.max = rest.parse().expect(statement),
            "ramp" => self.template.concurrency.ramp = Ramp::Doubling,
            "spread" => self.template.stratify_by = vec![rest.to_owned()],
            "undo" => self.template.on_failure = Some(OnFailure::Undo),
            "unreachable" => self.template.unreachable_after = rest.parse().expect(statement),
            _ => panic!("{statement:?} is not in the language of `given`"),
        }
    }

    fn take_hosts(&mut self, text: &str) {
        let (names, label) = text.split_once(' ').unwrap_or((text, ""));
        for alias in names_in(names) {
            let labels = label.split_once('=').map(|(key, value)| (key.to_owned(), value.to_owned()));
            let place = self.hosts.len();
            let host = Host {
                name: HostName::from(in_place(&alias, place)),
                labels: Arc::new(labels.into_iter().collect()),
                groups: BTreeSet::new(),
                connection: serde_json::Value::Null,
            };
            self.hosts.push((alias, Arc::new(host)));
        }
    }

    fn take_step(&mut self, text: &str) {
        let (name, flags) = text.split_once(": ").unwrap_or((text, ""));
        let (mut step, mut action) = (plain_step(name), plain_action(name));
        for flag in flags.split(", ").filter(|flag| !flag.is_empty()) {
            self.take_flag(&mut step, &mut action, flag);
        }
        self.actions.push(Arc::new(action));
        self.template.workflow.push(step);
    }

    fn take_flag(&mut self, step: &mut Step, action: &mut Action, flag: &str) {
        let name = step.step.clone();
        match flag.split(' ').collect::<Vec<_>>()[..] {
            ["out"] => step.takes_out_of_service = true,
            ["back"] => step.returns_to_service = true,
            ["always"] => step.always = true,
            ["verifies"] => step.verifies = true,
            ["unsafe"] => step.safe_point = false,
            ["undo"] => {
                let undo = plain_action(&format!("undo.{name}"));
                step.undo = Some(Call { action: undo.name.clone(), with: BTreeMap::new() });
                self.actions.push(Arc::new(undo));
            }
            ["repeatable"] => action.repeat = Repeat::Safe,
            ["reboots"] => action.run = Run::Builtin(Builtin::Reboot),
            ["verify"] => {
                let verify = plain_action(&format!("verify.{name}"));
                action.repeat = Repeat::Verify(verify.name.clone());
                self.actions.push(Arc::new(verify));
            }
            ["retry", attempts, delay, backoff] => {
                let backoff = backoff.trim_start_matches('x').parse().expect(flag);
                let delay = delay.parse().expect(flag);
                step.retry = Retry { attempts: attempts.parse().expect(flag), delay, backoff };
            }
            ["verify", "takes", version] => {
                let text = |one_of| Parameter { one_of, required: true, ..Parameter::default() };
                step.with.insert("version".to_owned(), "{{ steps.check.output.version }}".into());
                action.parameters.insert("version".to_owned(), text(Vec::new()));
                let mut verify = plain_action(&format!("verify.{name}"));
                verify.parameters.insert("version".to_owned(), text(vec![version.into()]));
                action.repeat = Repeat::Verify(verify.name.clone());
                self.actions.push(Arc::new(verify));
            }
            ["timeout", length] => step.timeout = Some(length.parse().expect(flag)),
            ["when", ref expression @ ..] => step.when = Some(expression.join(" ")),
            ["done", "if", ref expression @ ..] => step.done_if = Some(expression.join(" ")),
            _ => panic!("{flag:?} is not said of a step"),
        }
    }
}

/// `web-1..web-3`, or one name, or several between commas.
pub fn names_in(text: &str) -> Vec<String> {
    let of_part = |part: &str| match part.split_once("..") {
        None => vec![part.to_owned()],
        Some((first, last)) => {
            let split = |name: &str| {
                let at = name.rfind('-').expect("a name with a number");
                (name[..=at].to_owned(), name[at + 1..].parse::<u32>().expect("a number"))
            };
            let ((stem, from), (_, to)) = (split(first), split(last));
            (from..=to).map(|number| format!("{stem}{number}")).collect()
        }
    };
    text.split([',', ' ']).filter(|part| !part.is_empty()).flat_map(of_part).collect()
}

/// A plan orders the hosts of a stratum by a hash of their names. This finds a name that comes in its place, so that
/// stories can speak of the first and the second host.
fn in_place(alias: &str, place: usize) -> String {
    let wanted = u32::try_from(place * 8 % 256).expect("few hosts");
    let drawn = |name: &str| u32::from(Sha256::new().chain_update(SEED.to_be_bytes()).chain_update(name).finalize()[0]);
    let fits = |name: &String| (wanted..wanted + 8).contains(&drawn(name));
    (0..).map(|tag| format!("{alias}~{tag}")).find(fits).expect("one of 32 fits")
}

fn plain_step(name: &str) -> Step {
    let text = serde_json::json!({ "step": name, "action": name });
    serde_json::from_value(text).expect("a step")
}

/// An action that takes nothing and runs for five minutes at most.
pub fn plain_action(name: &str) -> Action {
    Action {
        name: name.into(),
        description: String::new(),
        parameters: BTreeMap::new(),
        output: BTreeMap::new(),
        timeout: Duration::minutes(5),
        repeat: Repeat::Never,
        on: Place::Host,
        sudo: false,
        run: Run::Script("true".into()),
    }
}

/// `1`, `10%`, each with `bake 30m`, `approve`, `approve expires 8h`, `approve by another`,
/// `approve role release`; `<=25%` is up to 25 %.
fn stage(text: &str) -> Stage {
    let mut words = text.split(' ');
    let size = words.next().unwrap_or_default();
    let size = match size.strip_prefix("<=") {
        Some(up_to) => StageSize::UpTo(amount(up_to)),
        None => StageSize::Size(amount(size)),
    };
    let mut stage = Stage { size, repeat: false, bake: Duration::ZERO, approve: None };
    while let Some(word) = words.next() {
        match word {
            "bake" => stage.bake = words.next().unwrap_or_default().parse().expect(text),
            "approve" => stage.approve = Some(Approval::default()),
            "expires" => {
                let expires = words.next().map(|length| length.parse().expect(text));
                stage.approve = Some(Approval { expires, ..stage.approve.unwrap_or_default() });
            }
            "role" => {
                let by = words.next().map(str::to_owned);
                stage.approve = Some(Approval { by, ..stage.approve.unwrap_or_default() });
            }
            "another" => stage.approve = Some(Approval { not_requester: true, ..stage.approve.unwrap_or_default() }),
            "by" => {}
            _ => panic!("{word:?} is not said of a batch"),
        }
    }
    stage
}

fn amount(text: &str) -> Amount {
    match text.ends_with('%') {
        true => Amount::Share(text.parse().expect(text)),
        false => Amount::Hosts(text.parse().expect(text)),
    }
}

fn gate(gates: &mut Gates, text: &str) {
    let number = |text: &str| text.parse().expect("a number");
    match text.split(' ').collect::<Vec<_>>()[..] {
        ["canary", failed, succeeded] => {
            gates.canary.max_failed = number(failed);
            gates.canary.min_succeeded = number(succeeded);
        }
        ["batch", allowed] => gates.batch = Some(amount(allowed)),
        ["total", share, "of", sample] => {
            let max_failed = Some(share.parse().expect(text));
            gates.total = TotalGate { max_failed, min_sample: number(sample), cap: None };
        }
        ["cap", "none"] => gates.total.cap = None,
        ["cap", cap] => gates.total.cap = Some(number(cap)),
        ["unreachable", allowed] => gates.unreachable = Some(amount(allowed)),
        ["signature", hosts] => gates.signature = Some(number(hosts)),
        _ => panic!("{text:?} is not a gate"),
    }
}
