//! Everything has a limit, and says so where it is exceeded: nothing that is decided is too large to be recorded.

use crate::answers::Script;
use crate::given::plain_action;
use crate::world::{World, job_id};
use jobs::command::{Body, Code, CreateJob, Rejection};
use jobs::decide::{LONGEST_NAME, LONGEST_OUTPUT, LONGEST_REASON, LONGEST_SOURCE};
use jobs::event::{Event, InventoryEvent, LONGEST_PAYLOAD};
use jobs::ids::{HostName, TokenId};
use jobs::inventory::Host;
use jobs::parameter::Values;
use jobs::template::Template;
use serde_json::json;
use std::sync::Arc;

fn world() -> World<Script> {
    World::new(Script::default())
}

fn refused(body: Body) -> Rejection {
    world().carry_out("user:alice", body).expect_err("it is too large")
}

fn taken(body: Body) {
    if let Err(rejection) = world().carry_out("user:alice", body) {
        assert_eq!(rejection.code, Code::NotFound, "{rejection}");
    }
}

fn token(name: &str) -> Body {
    Body::CreateToken { token: TokenId(job_id(7).0), name: name.into(), hash: "00".into() }
}

#[test]
fn a_text_that_is_too_long_is_refused_with_its_limit() {
    let reason = |length: usize| Body::HoldJob { job: job_id(1), reason: "x".repeat(length).into() };
    taken(reason(LONGEST_REASON));
    let said = refused(reason(LONGEST_REASON + 1));
    assert_eq!(said.to_string(), "the reason has 4097 bytes; at most 4096 are taken");
    assert_eq!(said.code, Code::LimitReached);

    let source = |length: usize| Body::PutInventory { source: "x".repeat(length).into(), hosts: Vec::new() };
    taken(source(LONGEST_SOURCE));
    assert_eq!(refused(source(LONGEST_SOURCE + 1)).code, Code::LimitReached);

    taken(token(&"x".repeat(LONGEST_NAME)));
    let said = refused(token(&"x".repeat(LONGEST_NAME + 1)));
    assert_eq!(said.to_string(), "the name of the token has 201 bytes; at most 200 are taken");
}

#[test]
fn a_name_that_would_tell_lies_in_the_log_is_refused() {
    for name in ["", " ci", "ci ", "ci\nuser:root", "ci\u{1b}[2J", "\u{0}"] {
        let said = refused(token(name));
        assert!(said.code == Code::Invalid && said.to_string().contains(&format!("{name:?}")), "{said}");
    }
    taken(token("Überwachung 24/7 (ci)"));
}

fn host(number: u32, label_bytes: usize) -> Arc<Host> {
    let note = "x".repeat(label_bytes);
    Arc::new(
        serde_json::from_value(json!({"name": format!("web-{number}"), "labels": {"note": note}})).expect("a host"),
    )
}

/// The library of a fleet of hosts with so many bytes of labels each.
fn with_hosts(hosts: u32, label_bytes: usize) -> World<Script> {
    let mut world = world();
    let hosts = (0..hosts).map(|number| host(number, label_bytes)).collect();
    let template: Template = serde_json::from_value(json!({
        "name": "patch", "targets": "all", "workflow": [{"step": "do", "action": "do"}],
        "unreachableAfter": 1_000, "lostAfter": 1_000,
    }))
    .expect("a template");
    for body in [
        Body::PutInventory { source: "hosts.yaml".into(), hosts },
        Body::InstallPack { pack: "p".into(), version: "1".into(), actions: vec![Arc::new(plain_action("do"))] },
        Body::ApplyTemplate { template: Arc::new(template), source: "text".into(), base: None },
    ] {
        world.carry_out("user:alice", body).expect("it is in order");
    }
    world
}

fn create() -> Body {
    Body::CreateJob(Box::new(CreateJob {
        job: job_id(1),
        seed: 7,
        template: "patch".into(),
        parameters: Values::new(),
        targets: None,
        start: false,
        policy: None,
        plan_hash: None,
        template_version: None,
        due: None,
    }))
}

#[test]
fn an_inventory_of_any_size_is_recorded_in_parts() {
    let mut world = with_hosts(200, 300_000);
    let sizes: Vec<usize> = world.log.iter().map(|(_, event)| event.payload().len()).collect();
    assert!(sizes.iter().sum::<usize>() > LONGEST_PAYLOAD, "no more than one event could hold");
    assert!(sizes.iter().all(|size| *size < LONGEST_PAYLOAD / 4), "{sizes:?}");
    assert_eq!(world.fleet.inventory.hosts.len(), 200);

    let since = world.log.len();
    let left = Body::PutInventory { source: "hosts.yaml".into(), hosts: vec![host(7, 300_000)] };
    world.carry_out("user:alice", left).expect("it is in order");
    let Some((_, Event::Inventory(InventoryEvent::InventoryChanged(changed)))) = world.log.get(since) else {
        panic!("the others are removed");
    };
    assert_eq!((changed.put.len(), changed.removed.len()), (0, 199));
    assert!(world.fleet.inventory.hosts.contains_key(&HostName::from("web-7")));
}

#[test]
fn a_plan_that_no_event_can_hold_is_refused_before_anything_is_decided() {
    let mut world = with_hosts(120, 300_000);
    let since = world.log.len();
    let said = world.carry_out("user:alice", create()).expect_err("34 MiB of labels");
    assert_eq!(said.to_string(), "the plan of the job takes 34 MiB in the log; at most 32 fit");
    assert_eq!((said.code, world.log.len()), (Code::LimitReached, since));
    assert!(world.fleet.jobs.is_empty());
    with_hosts(60, 300_000).carry_out("user:alice", create()).expect("17 MiB fit");
}

#[test]
fn a_host_or_a_pack_that_no_event_can_hold_is_refused() {
    let hosts = vec![host(1, LONGEST_PAYLOAD)];
    let said = refused(Body::PutInventory { source: "hosts.yaml".into(), hosts });
    assert!(said.code == Code::LimitReached && said.to_string().contains("at most 32 fit"), "{said}");
    let actions = (0..70)
        .map(|number| {
            let run = jobs::action::Run::Script("x".repeat(512 * 1024).into());
            Arc::new(jobs::action::Action { run, ..plain_action(&format!("do.{number}")) })
        })
        .collect();
    let said = refused(Body::InstallPack { pack: "huge".into(), version: "1".into(), actions });
    assert_eq!(said.to_string(), "pack huge takes 35 MiB in the log; at most 32 fit");
}

#[test]
fn what_a_step_gives_back_has_a_size() {
    let text = |length: usize| "x".repeat(length - r#"{"note":""}"#.len());
    let told = |length: usize, ending: &str| {
        let title = format!("{length} bytes");
        let story = format!(
            "
            given hosts web-1 / step check / step leave: when steps.check.output.note is defined / batches 1
            when  web-1 check: ok gives note=\"{}\"
                  start / wait 1m
            then  {ending}
            ",
            text(length)
        );
        crate::story::check(&title, &story);
    };
    told(LONGEST_OUTPUT, "ran web-1: check, leave");
    let said = "it gave back 65537 bytes in $STAGGER_OUTPUT; at most 64 KiB are taken: print what is long";
    told(LONGEST_OUTPUT + 1, &format!("ran web-1: check\nthen web-1: finished, step failed; check failed: {said}"));
}

#[test]
fn what_is_said_of_a_failure_is_kept_in_short() {
    let long = "x".repeat(100_000);
    for answer in [format!("exit 1 \"{long}\""), format!("refuse \"{long}\""), format!("out of reach \"{long}\"")] {
        let story = format!(
            "
            given hosts web-1 / step check / batches 1
            when  web-1 check: {answer}
                  start / wait 1h
            then  count 1, 1 {}
            ",
            if answer.starts_with("out") { "unreachable" } else { "step failed" }
        );
        let longest = crate::story::longest_event(&story);
        assert!(longest < 4_000, "an event of {longest} bytes");
    }
}
