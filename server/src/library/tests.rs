//! The built-in pack as its users meet it: everything in it is whole, and every documented parameter may be set.
//!
//! Never found here: what the scripts do on a host (`tests/pack_scripts`).

use super::*;
use jobs::attempt::{Ending, How, Report};
use jobs::carry_out;
use jobs::command::{Actor, Command, CreateJob};
use jobs::event::{Event, JobEvent};
use jobs::fleet::{Fleet, effects};
use jobs::ids::{ActionName, JobId};
use jobs::outcome::JobOutcome;
use jobs::parameter::{Kind, Parameter, Values, check_values};
use jobs::time::{Duration, Timestamp};
use serde_json::{Value, json};
use std::collections::BTreeMap;

type Actions = BTreeMap<ActionName, Arc<Action>>;

fn pack() -> (Pack, Actions) {
    let pack = builtin_pack().unwrap_or_else(|why| panic!("{why}"));
    let actions = pack.actions.iter().map(|action| (action.name.clone(), action.clone())).collect();
    (pack, actions)
}

/// Values that a parameter allows: every word of an enumeration, both ends of a range, something of each other kind.
fn values_of(parameter: &Parameter) -> Vec<Value> {
    if parameter.secret {
        return vec![json!("env:SOME_SECRET")];
    }
    if !parameter.one_of.is_empty() {
        return parameter.one_of.clone();
    }
    let least = parameter.minimum.unwrap_or(0.0) as i64;
    let most = parameter.maximum.map_or(least + 1_000, |most| most as i64);
    match parameter.kind {
        Kind::Boolean => vec![json!(true), json!(false)],
        Kind::Integer | Kind::Number => vec![json!(least), json!(most)],
        Kind::String => vec![json!("some 'quoted' text"), json!("30s")],
        Kind::Object => vec![json!({}), json!({"accept": "text/plain"})],
        Kind::Array if parameter.items == Some(Kind::Integer) => vec![json!([]), json!([80, 443])],
        Kind::Array => vec![json!([]), json!(["one", "the other"])],
    }
}

/// Each value of each parameter alone, and the last ones of all together; beside them what has to be given.
fn settings(schema: &BTreeMap<String, Parameter>) -> Vec<Values> {
    let last = |parameter: &Parameter| values_of(parameter).pop().expect("each kind has a value");
    let needed: Values = schema
        .iter()
        .filter(|(_, parameter)| parameter.required)
        .map(|(name, parameter)| (name.clone(), last(parameter)))
        .collect();
    let mut all: Vec<Values> = vec![needed.clone()];
    for (name, parameter) in schema {
        let with = |value| needed.clone().into_iter().chain([(name.clone(), value)]).collect();
        all.extend(values_of(parameter).into_iter().map(with));
    }
    all.push(schema.iter().map(|(name, parameter)| (name.clone(), last(parameter))).collect());
    all
}

/// What the dashboard begins a new template with.
#[test]
fn what_a_new_template_begins_with_can_be_applied() {
    let file =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../web-dashboard/src/features/templates/beginning.yaml");
    let text = std::fs::read_to_string(file).expect("the dashboard has a beginning");
    let template = jobs::yaml::read_template("beginning.yaml", &text).unwrap_or_else(|found| panic!("{found:?}"));
    assert_eq!(template.check(&pack().1), []);
}

#[test]
fn every_action_may_be_called_with_every_value_of_its_parameters() {
    let (pack, actions) = pack();
    assert!(pack.actions.len() >= 16, "actions are missing");
    let mut calls = 0;
    for action in &pack.actions {
        for with in settings(&action.parameters) {
            let with = serde_json::to_string(&with).expect("JSON");
            let source =
                format!("template: t\nworkflow:\n  - step: one\n    action: {}\n    with: {with}\n", action.name);
            let file =
                yaml::read_template("t.yaml", &source).unwrap_or_else(|said| panic!("{}\n{source}", shown(&said)));
            assert_eq!(shown(&file.check(&actions)), "", "{source}");
            calls += 1;
        }
    }
    assert!(calls > 150, "{calls} calls");
}

#[test]
fn every_template_reads_and_checks_clean() {
    let (pack, actions) = pack();
    assert!(!pack.templates.is_empty());
    for (template, source) in &pack.templates {
        let file =
            yaml::read_template(template.name.as_str(), source).unwrap_or_else(|said| panic!("{}", shown(&said)));
        assert_eq!(shown(&file.check(&actions)), "", "{}", template.name);
    }
}

#[test]
fn every_template_goes_through_with_every_value_of_its_parameters() {
    let (pack, actions) = pack();
    for (template, _) in &pack.templates {
        for parameters in settings(&template.parameters) {
            for is_true in [false, true] {
                let outcome = went_through(&pack, &actions, template, parameters.clone(), is_true);
                assert_eq!(outcome, Some(JobOutcome::Succeeded), "{} with {parameters:?}", template.name);
            }
        }
    }
}

/// How a job on one host ends on which every script does well, and says yes, or no, to everything it is asked.
fn went_through(
    pack: &Pack,
    actions: &Actions,
    template: &Template,
    parameters: Values,
    is_true: bool,
) -> Option<JobOutcome> {
    let mut fleet = Fleet::default();
    let mut outcome = None;
    let mut carry = |fleet: &mut Fleet, body: Body| {
        let command = Command { actor: Actor::system(), body };
        let events = carry_out(fleet, &command, Timestamp(1_000)).unwrap_or_else(|why| panic!("{why}"));
        for event in events {
            if let Event::Job(_, JobEvent::JobFinished(finished)) = event {
                outcome = Some(finished.outcome);
            }
        }
    };
    pack.commands().into_iter().for_each(|body| carry(&mut fleet, body));
    let hosts = yaml::read_inventory("hosts.yaml", "hosts:\n  web-1: {labels: {os: debian}}\n");
    let hosts = hosts.unwrap_or_else(|said| panic!("{}", shown(&said))).into_iter().map(Arc::new).collect();
    carry(&mut fleet, Body::PutInventory { source: "test".into(), hosts });
    let job = JobId(ulid::Ulid::from_parts(1, 1));
    let targets = Some("name=web-1".parse().expect("a selector"));
    let template = template.name.clone();
    let create = CreateJob {
        job,
        seed: 7,
        template,
        parameters,
        targets,
        start: true,
        policy: None,
        plan_hash: None,
        template_version: None,
        due: None,
    };
    carry(&mut fleet, Body::CreateJob(Box::new(create)));
    while let Some(effect) = effects(&fleet).first().copied() {
        let order = fleet.order(effect).expect("what is in force can be carried out");
        let action = &actions[&order.action];
        if let Err(problems) = check_values(&action.parameters, order.parameters.clone()) {
            panic!("step {} gives {} what it does not take: {problems:?}", order.step, action.name);
        }
        let output = action.output.iter().map(|(name, result)| (name.clone(), answer(result, is_true))).collect();
        let (how, took) = (How::Exited(0), Duration(5));
        let ending = Ending { how, output, error: None, took, out_bytes: 0, err_bytes: 0 };
        carry(&mut fleet, Body::Report { job, attempt: effect.attempt, report: Report::Ended(ending) });
    }
    outcome
}

fn answer(result: &Parameter, is_true: bool) -> Value {
    match result.kind {
        Kind::Boolean => json!(is_true),
        _ => values_of(result).swap_remove(0),
    }
}

#[test]
fn what_two_packs_bring_is_named_with_both() {
    let (builtin, mut other) = (builtin_pack().expect("right"), builtin_pack().expect("right"));
    other.name = "acme".into();
    other.templates.clear();
    other.actions.truncate(1);
    let said = check_packs(&[builtin, other]).expect_err("one action of two packs").to_string();
    assert!(["action", "stagger", "acme"].iter().all(|word| said.contains(word)), "{said}");
    assert!(check_packs(&[builtin_pack().expect("right")]).is_ok());
}

#[test]
fn a_host_in_two_inventories_is_named_with_both() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, hosts: &[&str]| {
        let hosts = hosts.iter().map(|host| format!("  {host}: {{}}\n")).collect::<String>();
        let file = folder.path().join(name);
        std::fs::write(&file, format!("hosts:\n{hosts}")).expect("a file");
        file
    };
    let files = [write("a.yaml", &["web-1", "web-2"]), write("b.yaml", &["db-1"]), write("c.yaml", &["web-2"])];
    assert_eq!(inventories_from(&files[..2]).expect("no host twice").len(), 2);
    let said = inventories_from(&files).expect_err("web-2 is there twice").to_string();
    assert!(["web-2", "a.yaml", "c.yaml"].iter().all(|word| said.contains(word)), "{said}");
}

#[test]
fn a_folder_without_a_manifest_is_not_a_pack() {
    let folder = tempfile::tempdir().unwrap_or_else(|why| panic!("{why}"));
    let said = pack_from(folder.path()).err().map(|why| why.to_string()).unwrap_or_default();
    assert!(said.contains("has no pack.yaml"), "{said}");
}
