//! What a seed stands for: a fleet, a template, jobs.

use crate::chance::Chance;
use jobs::action::Action;
use jobs::command::{Body, CreateJob};
use jobs::ids::{JobId, ScheduleId};
use jobs::inventory::Host;
use jobs::parameter::Values;
use jobs::schedule::ScheduleSpec;
use jobs::template::Template;
use jobs::time::Duration;
use serde_json::{Value, json};
use std::sync::Arc;

/// How long a host may say nothing beyond the time of its step.
pub const LOST_AFTER: Duration = Duration(60_000);

/// What a run begins with.
pub struct Case {
    pub hosts: Vec<Arc<Host>>,
    pub actions: Vec<Arc<Action>>,
    pub template: Arc<Template>,
    pub jobs: u64,
    pub schedule: Option<Arc<ScheduleSpec>>,
}

/// The schedule of a case that has one.
pub const SCHEDULE: ScheduleId = ScheduleId(ulid::Ulid::from_parts(7, 7));

impl Case {
    pub fn draw(chance: &mut Chance) -> Case {
        let hosts = (0..chance.between(1, 13)).map(|number| host(number, chance)).collect();
        let steps = chance.between(1, 5);
        let actions = (0..steps).flat_map(|step| actions(step, chance)).collect();
        let jobs = chance.between(1, 4);
        let schedule = chance.once_in(300).then(|| schedule(chance));
        Case { hosts, actions, template: template(steps, chance), jobs, schedule }
    }

    /// The commands that put everything in place, and create and start the jobs.
    pub fn commands(&self) -> Vec<Body> {
        let put = Body::PutInventory { source: "hosts.yaml".into(), hosts: self.hosts.clone() };
        let install = Body::InstallPack { pack: "p".into(), version: "1".into(), actions: self.actions.clone() };
        let apply = Body::ApplyTemplate { template: self.template.clone(), source: "text".into(), base: None };
        let jobs = (1..=self.jobs).map(|number| {
            Body::CreateJob(Box::new(CreateJob {
                job: JobId(ulid::Ulid::from_parts(number, 0)),
                seed: number,
                template: self.template.name.clone(),
                parameters: Values::new(),
                targets: None,
                start: true,
                policy: None,
                plan_hash: None,
                template_version: None,
                due: None,
            }))
        });
        let spec = self.schedule.clone();
        let schedule = spec.map(|spec| Body::CreateSchedule { schedule: SCHEDULE, spec });
        [put, install, apply].into_iter().chain(jobs).chain(schedule).collect()
    }
}

fn read<T: serde::de::DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value.clone()).unwrap_or_else(|why| panic!("{why}: {value}"))
}

fn schedule(chance: &mut Chance) -> Arc<ScheduleSpec> {
    let missed = [json!("skip"), json!("once"), json!({"all": {"max": 3}})][chance.between(0, 3) as usize].clone();
    Arc::new(read(json!({
        "name": "often", "template": "patch", "zone": "UTC",
        "cron": chance.pick(&["*/10 * * * *", "*/25 * * * *", "7 * * * *"]),
        "overlap": chance.pick(&["forbid", "queue", "allow"]),
        "missed": missed,
    })))
}

fn host(number: u64, chance: &mut Chance) -> Arc<Host> {
    let os = chance.pick(&["debian", "rocky"]);
    Arc::new(read(json!({"name": format!("web-{number}"), "labels": {"os": os}})))
}

/// The action of a step, of its undo, and the one that verifies it.
fn actions(step: u64, chance: &mut Chance) -> Vec<Arc<Action>> {
    let verify = json!({"verify": format!("verify.{step}")});
    let repeat = chance.pick(&[0, 1, 2]);
    let repeat = [json!("never"), json!("safe"), verify][repeat].clone();
    let action = |name: String, repeat: Value| {
        Arc::new(read(json!({"name": name, "timeout": 300_000, "repeat": repeat, "run": {"script": "true"}})))
    };
    vec![
        action(format!("do.{step}"), repeat),
        action(format!("undo.{step}"), json!("safe")),
        action(format!("verify.{step}"), json!("safe")),
    ]
}

fn step(number: u64, last: u64, chance: &mut Chance) -> Value {
    let mut step = json!({
        "step": format!("s{number}"),
        "action": format!("do.{number}"),
        "takesOutOfService": number == 1,
        "returnsToService": number == last && last > 1,
        "always": chance.once_in(150),
        "safePoint": !chance.once_in(200),
    });
    if chance.once_in(300) {
        step["retry"] = json!({"attempts": 3, "delay": 5_000, "backoff": 2});
    }
    if chance.once_in(400) {
        step["undo"] = json!({"action": format!("undo.{number}")});
    }
    step
}

fn template(steps: u64, chance: &mut Chance) -> Arc<Template> {
    let approve = json!({"notRequester": true, "expires": 600_000});
    let stage = |size: u64, bake: u64, approve: Value| json!({"size": {"size": {"hosts": size}}, "bake": bake, "approve": approve});
    let batches = match chance.between(0, 4) {
        0 => json!([]),
        1 => json!([stage(1, 60_000, Value::Null), stage(2, 0, Value::Null)]),
        2 => json!([stage(1, 0, approve), stage(3, 0, Value::Null)]),
        _ => json!([stage(2, 0, Value::Null), stage(9, 0, Value::Null)]),
    };
    let workflow: Vec<Value> = (0..steps).map(|number| step(number, steps - 1, chance)).collect();
    Arc::new(read(json!({
        "name": "patch",
        "targets": "all",
        "workflow": workflow,
        "onFailure": chance.pick(&[None, Some("undo"), Some("park")]),
        "batches": batches,
        "allowBigBatch": true,
        "concurrency": {"max": chance.between(1, 6), "ramp": chance.pick(&["none", "doubling"])},
        "gates": {
            "canary": {"maxFailed": chance.between(0, 2), "minSucceeded": 1},
            "total": {"cap": chance.between(0, 4)},
            "signature": chance.pick(&[None, Some(2)]),
        },
        "stratifyBy": chance.pick(&[&[][..], &["os"][..]]),
        "unreachableAfter": 120_000,
        "lostAfter": LOST_AFTER.0,
    })))
}
