//! What people write: templates, actions, packs, inventories, selectors, schedules.
//!
//! What is refused is refused at a line and a column that are there, with a message and a next step. What is taken is
//! taken all the way: a job is made of it, hosts answer, and the job is explained.

use crate::chance::Chance;
use crate::hunt::{hunt, promise};
use crate::mutation;
use jobs::command::{Actor, Body, Command, CreateJob, Fresh};
use jobs::diagnostic::{Diagnostic, render_all};
use jobs::fleet::Fleet;
use jobs::ids::JobId;
use jobs::inventory::Host;
use jobs::parameter::Values;
use jobs::schedule::{Missed, Overlap, ScheduleSpec};
use jobs::selector::Selector;
use jobs::template::Template;
use jobs::time::{Duration, Timestamp};
use jobs::{carry_out, explain, render, yaml};
use std::path::Path;
use std::sync::{Arc, LazyLock};

pub const NOW: Timestamp = Timestamp(1_800_000_000_000);

/// A template that says all that can be said.
const TEMPLATE: &str = r#"template: patch
description: "Leave, install, come back"
parameters:
  version: {type: string, required: true, default: "1.2", enum: ["1.2", "1.3"], pattern: "1.*", description: which}
  share: {type: number, default: 0.5, minimum: 0, maximum: 1}
  names: {type: array, items: string, default: [a, b]}
  key: {type: string, secret: true, default: "env:KEY"}
targets: role=web and env in (prod, stage) and not dc=sh
on_failure: undo
workflow:
  - {step: check, action: script.run, with: {script: "echo 1"}, done_if: "steps.check.output.installed == params.version"}
  - step: leave
    action: cluster.leave
    with: {command: "leave {{ host.name }}"}
    when: "host.labels.role == 'web' and steps.check.output.x is defined"
    takes_out_of_service: true
    undo: {action: cluster.join, with: {command: "join"}}
  - {step: install, action: patch.install, timeout: 30m, retry: {attempts: 3, delay: 10s, backoff: 2}, safe_point: false}
  - {step: reboot, action: host.reboot, verifies: true}
  - {step: join, action: cluster.join, with: {command: "join"}, returns_to_service: true, always: true}
batches:
  - {size: 1, bake: 30m, approve: {by: release, not_requester: true, expires: 8h}}
  - {size: 1%, bake: 1h, approve: true}
  - {up_to: 25%}
  - {size: 10%, bake: 10m, repeat: true}
allow_big_batch: true
concurrency: {max: 200, ramp: doubling}
gates:
  canary: {max_failed: 0, min_succeeded: 1}
  batch: {max_failed: 5%}
  total: {max_failed: 2%, min_sample: 50, cap: 10}
  unreachable: {max: 10%}
  signature: {hosts: 3}
stratify_by: [cluster, os]
unreachable_after: 90s
lost_after: 15m
"#;

const INVENTORY: &str = r#"defaults: {user: deploy, port: 22, key: ~/.ssh/id_ed25519, labels: {env: prod, tier: 1}}
groups:
  web: {labels: {role: web}, user: patcher, hosts: ["web-[001-040]", db-1]}
hosts:
  web-001: {address: 127.0.0.1, port: 2222, labels: {dc: bj, version: 1.10}, groups: [canaries]}
  "web-[002-010]": {labels: {dc: sh}, host_key_check: accept-new, jump: gate, connect_timeout: 90s}
  gate:
"#;

const SELECTORS: [&str; 5] = [
    "role=web and env in (prod, stage) and not dc=sh",
    "name=web-[001-040] or group=canaries",
    "env=prod,role in (web,api),!retired",
    "web-* or (os and not (os=debian or os=\"rocky 9\"))",
    "name in (web-001, web-002, db-1)",
];

const SCHEDULES: [&str; 7] =
    ["0 3 * * *", "*/15 9-17 * * mon-fri", "30 2 L * *", "0 0 1,15 jan,jul sun", "5 4 * * 7", "0 0 29 2 *", "@daily"];

static PACK: LazyLock<Pack> = LazyLock::new(Pack::read);

/// The built-in pack, as it is in the repository.
struct Pack {
    templates: Vec<String>,
    actions: Vec<String>,
    packs: Vec<String>,
    library: Vec<Arc<jobs::action::Action>>,
}

impl Pack {
    fn read() -> Pack {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../server/packs/stagger");
        let texts = |folder: &Path| -> Vec<String> {
            let mut paths: Vec<_> =
                std::fs::read_dir(folder).expect("the pack").map(|entry| entry.expect("a file").path()).collect();
            paths.sort();
            let yaml = paths.into_iter().filter(|path| path.extension().is_some_and(|end| end == "yaml"));
            yaml.map(|path| std::fs::read_to_string(path).expect("a text")).collect()
        };
        let actions = texts(&folder.join("actions"));
        let script = |_: &str| Some("true".to_owned());
        let library =
            actions.iter().map(|text| Arc::new(yaml::read_action("action.yaml", text, script).expect("good")));
        Pack {
            templates: texts(&folder.join("templates")).into_iter().chain([TEMPLATE.to_owned()]).collect(),
            library: library.collect(),
            packs: texts(&folder),
            actions,
        }
    }
}

/// Every problem stands at a place of the text, and says what to do.
fn are_told_well(problems: &[Diagnostic], text: &str) -> Result<(), String> {
    promise(!problems.is_empty(), "refused without a problem", text)?;
    let lines = text.lines().count().max(1) as u32 + 1;
    for problem in problems {
        let there = (1..=lines).contains(&problem.line) && problem.column >= 1;
        promise(there, &format!("line {} of {lines}: {problem}", problem.line), text)?;
        let said = !problem.message.is_empty() && !problem.help.is_empty() && problem.message.len() < 2_000;
        promise(said, &format!("said badly: {problem:?}"), text)?;
    }
    promise(!render_all(problems, text).is_empty(), "nothing is shown", text)
}

fn host(number: u32) -> Arc<Host> {
    let value = serde_json::json!({
        "name": format!("web-{number}"),
        "labels": {"role": "web", "env": "prod", "dc": "bj", "os": if number.is_multiple_of(2) { "debian" } else { "rocky" }},
    });
    Arc::new(serde_json::from_value(value).expect("a host"))
}

fn send(fleet: &mut Fleet, body: Body) -> bool {
    let command = Command { actor: Actor("user:alice".into()), body };
    carry_out(fleet, &command, NOW).is_ok()
}

/// A fleet with a started job of this template, if there can be one.
pub fn started(template: Template) -> Option<(Fleet, JobId)> {
    let (mut fleet, job) = (Fleet::default(), JobId(ulid::Ulid::from_parts(1, 0)));
    let name = template.name.clone();
    let put = Body::PutInventory { source: "hosts".into(), hosts: (0..30).map(host).collect() };
    send(&mut fleet, put);
    send(&mut fleet, Body::InstallPack { pack: "p".into(), version: "1".into(), actions: PACK.library.clone() });
    send(&mut fleet, Body::ApplyTemplate { template: Arc::new(template), source: "text".into(), base: None });
    let targets = Some(Selector::parse("all").expect("a selector"));
    let create = CreateJob {
        job,
        seed: 7,
        template: name,
        parameters: Values::new(),
        targets,
        start: true,
        policy: None,
        plan_hash: None,
        template_version: None,
        due: None,
    };
    send(&mut fleet, Body::CreateJob(Box::new(create))).then_some((fleet, job))
}

/// Looks at a job in every way there is.
pub fn look(fleet: &Fleet, id: JobId) {
    let job = fleet.jobs.get(&id).expect("it was created");
    let _ = render::render(job).to_string();
    let _ = (explain::actions(job), explain::waiting_for(fleet, job), explain::estimated_end(job, NOW));
    for host in 0..job.runs.len() as u32 {
        explain::why_host(fleet, job, jobs::ids::HostIndex(host), NOW);
    }
    for effect in jobs::effects(fleet) {
        fleet.order(effect).expect("an effect in force has an order");
    }
}

fn a_template(chance: &mut Chance) -> Result<(), String> {
    let text = mutation::text(&PACK.templates, chance);
    let file = match yaml::read_template("template.yaml", &text) {
        Ok(file) => file,
        Err(problems) => return are_told_well(&problems, &text),
    };
    let mut written = serde_json::to_vec(&file.template).map_err(|why| why.to_string())?;
    let again: Template = serde_json::from_slice(&written).map_err(|why| why.to_string())?;
    promise(again == file.template, "another template came back from the log", &text)?;
    written.clear();
    if let Some((mut fleet, job)) = started(file.template) {
        look(&fleet, job);
        send(&mut fleet, Body::Tick { fresh: Vec::new() });
    }
    Ok(())
}

fn an_action(chance: &mut Chance) -> Result<(), String> {
    let text = mutation::text(&PACK.actions, chance);
    let script = |name: &str| name.ends_with(".sh").then(|| "true".to_owned());
    match yaml::read_action("action.yaml", &text, script) {
        Ok(_) => Ok(()),
        Err(problems) => are_told_well(&problems, &text),
    }
}

fn a_pack(chance: &mut Chance) -> Result<(), String> {
    let text = mutation::text(&PACK.packs, chance);
    yaml::read_pack("pack.yaml", &text).map(drop).or_else(|problems| are_told_well(&problems, &text))
}

fn an_inventory(chance: &mut Chance) -> Result<(), String> {
    let text = mutation::text(&[INVENTORY.to_owned()], chance);
    let hosts = match yaml::read_inventory("inventory.yaml", &text) {
        Ok(hosts) => hosts,
        Err(problems) => return are_told_well(&problems, &text),
    };
    promise(hosts.len() <= 100_000, "more hosts than may be", &text)?;
    let mut fleet = Fleet::default();
    let hosts = hosts.into_iter().map(Arc::new).collect();
    promise(send(&mut fleet, Body::PutInventory { source: "hosts".into(), hosts }), "read and not taken", &text)
}

fn a_selector(chance: &mut Chance) -> Result<(), String> {
    let corpus = SELECTORS.map(str::to_owned);
    let text = mutation::text(&corpus, chance);
    match Selector::parse(&text) {
        Ok(selector) => {
            let again = Selector::parse(selector.as_str()).map_err(|why| format!("{why}: {text}"))?;
            let hosts: Vec<_> = (0..4).map(host).collect();
            let same = hosts.iter().all(|host| selector.matches(host) == again.matches(host));
            promise(same, "it chooses others when read again", &text)
        }
        Err(error) => {
            let told = error.offset <= text.chars().count() && !error.message.is_empty() && !error.hint.is_empty();
            promise(told && error.to_string().len() < 2_000, &format!("said badly: {error}"), &text)
        }
    }
}

fn a_schedule(chance: &mut Chance) -> Result<(), String> {
    let corpus = SCHEDULES.map(str::to_owned);
    let cron = mutation::text(&corpus, chance);
    let zone = chance.pick(&["UTC", "Europe/Berlin", "America/Sao_Paulo", "Asia/Kathmandu", "Nowhere/Land", ""]);
    let spec: ScheduleSpec = serde_json::from_value(serde_json::json!({
        "name": "nightly", "template": "patch", "cron": cron, "zone": zone, "parameters": {},
        "missed": "once", "overlap": "forbid",
    }))
    .map_err(|why| format!("the test's own schedule: {why}"))?;
    let spec = ScheduleSpec {
        missed: chance.pick(&[Missed::Skip, Missed::Once, Missed::All { max: 5 }]),
        overlap: chance.pick(&[Overlap::Forbid, Overlap::Queue, Overlap::Allow]),
        ..spec
    };
    if let Err(problem) = spec.check() {
        return promise(problem.to_string().len() < 4_000, "a very long message", &cron);
    }
    let length = Duration::minutes(chance.pick(&[1, 60, 60 * 24 * 400]));
    let due = jobs::schedule::due(&spec, NOW, NOW + length);
    let in_order = due.windows(2).all(|two| two[0].nominal < two[1].nominal);
    promise(in_order && due.len() <= 101, "out of order, or without end", &cron)?;
    let mut fleet = Fleet::default();
    let schedule = jobs::ids::ScheduleId(ulid::Ulid::from_parts(3, 0));
    send(&mut fleet, Body::CreateSchedule { schedule, spec: Arc::new(spec) });
    send(&mut fleet, Body::Tick { fresh: vec![Fresh { job: JobId(ulid::Ulid::from_parts(9, 9)), seed: 1 }] });
    Ok(())
}

#[test]
fn templates() {
    hunt("templates", 3_000, a_template);
}

#[test]
fn actions() {
    hunt("actions", 3_000, an_action);
}

#[test]
fn packs() {
    hunt("packs", 2_000, a_pack);
}

#[test]
fn inventories() {
    hunt("inventories", 2_000, an_inventory);
}

#[test]
fn selectors() {
    hunt("selectors", 10_000, a_selector);
}

#[test]
fn schedules() {
    hunt("schedules", 1_500, a_schedule);
}
