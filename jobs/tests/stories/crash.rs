//! Every kind of event there is, each with a crash right before and right after it: the same ending.
//!
//! `check` tells every story a second time with a crash after every command, which is before the next one. Here are the
//! stories that together hold every kind of event, so that none is left out.

use crate::answers::Script;
use crate::story::tell;
use crate::world::{World, job_id};
use jobs::command::{Body, Room};
use jobs::event::{AccessEvent, InventoryEvent, JobEvent, LibraryEvent, ScheduleEvent};
use jobs::ids::{ScheduleId, TokenId};
use jobs::render;
use jobs::schedule::ScheduleSpec;
use jobs::template::Template;
use jobs::time::Duration;
use serde_json::json;
use std::collections::BTreeSet;
use std::sync::Arc;

/// A rollout in which everything happens that can happen to a job.
const STORIES: [(&str, &str); 4] = [
    (
        "a long night",
        "
        given hosts web-1..web-8 / undo / max 3
              step check: done if steps.check.output.installed / step tell: when steps.check.output.loud
              step leave: out, undo / step install: retry 2 10s x2 / step join: back / step say: always
              batches 2 bake 10m approve expires 1h, 3 / gate cap 1 / gate canary 1 1
        when  web-3..web-7 check: ok gives installed=false loud=false
              web-8 check: ok gives installed=true loud=false
              web-1 check: out of reach
              web-2 check: maybe begun
              web-4 install: exit 1
              web-5 install: vanish rebooted
              start / wait 1m / now web-2: begun / now web-2: ok gives installed=true loud=false / wait 12h
        then  job held (nobody approved batch 1 in time)
        when  approve 1 / resume / wait 1h
        then  job held (2 hosts failed (at most 1 may))
        when  resolve web-5 failed / wait 1m / resume / wait 1h
        then  job finished, partial / count 8, 3 succeeded, 2 already done, 2 step failed, 1 unreachable
        ",
    ),
    (
        "two jobs want one host, and the first leaves it out of service",
        "
        given hosts web-1..web-4 / step leave: out / step install / step join: back / batches 4 / gate canary 9 0
        when  web-1 install: exit 1, ok
              create second on web-1 / start / wait 1m / [second] start / wait 1m
        then  job settled / [second] web-1: deferred; job patch has this host; it is admitted when that job lets go of it
        when  retry web-1 / wait 1m
        then  job finished, succeeded
        ",
    ),
    (
        "drained, then cancelled",
        "
        given hosts web-1..web-4 / step leave: out / step install / step join: back / batches 4 / gate canary 9 0 / max 1
        when  web-1 install: exit 1
              start / wait 4s / hold / drain / wait 1m / resume / wait 2s / cancel / wait 1m / accept all
        then  job finished, cancelled (by user:alice)
        ",
    ),
    (
        "killed",
        "
        given hosts web-1..web-2 / step install / batches 2 / gate canary 9 0
        when  web-1..web-2 install: hang
              start / wait 1m / kill / now web-1: killed / now web-2: killed
        then  job finished, killed (by user:alice)
        ",
    ),
];

/// What a schedule, the library, the inventory and the tokens go through; with how it ends.
fn beside_jobs(dies: bool) -> (BTreeSet<&'static str>, String) {
    let mut world = World::new(Script::default());
    world.dies = dies;
    let template: Template = serde_json::from_value(json!({
        "name": "patch", "targets": "all", "workflow": [{"step": "do", "action": "do"}],
        "unreachableAfter": 60_000, "lostAfter": 60_000,
    }))
    .expect("a template");
    let spec: ScheduleSpec = serde_json::from_value(json!({
        "name": "hourly", "template": "patch", "cron": "0 * * * *", "zone": "UTC", "overlap": "queue",
    }))
    .expect("a schedule");
    let host = serde_json::from_value(json!({"name": "web-1"})).expect("a host");
    let action = Arc::new(jobs::action::Action { timeout: Duration::minutes(90), ..crate::given::plain_action("do") });
    let (schedule, token) = (ScheduleId(job_id(7).0), TokenId(job_id(8).0));
    world.hosts.say("web-1", "do", vec![crate::answers::Answer::parse("ok in 80m")]);
    let send = |world: &mut World<Script>, body: Body| world.carry_out("user:alice", body).expect("it is in order");
    send(&mut world, Body::NoteRoom { room: Room::NoNewHosts, free_percent: 4 });
    send(&mut world, Body::NoteRoom { room: Room::Ample, free_percent: 40 });
    send(&mut world, Body::CreateToken { token, name: "ci".into(), hash: "00".into() });
    let until = world.now + Duration::minutes(60 * 24 * 7);
    for hash in ["11", "22"] {
        send(&mut world, Body::OpenSession { token, hash: hash.into(), until });
    }
    send(&mut world, Body::CloseSession { hash: "11".into() });
    send(&mut world, Body::PutInventory { source: "hosts".into(), hosts: vec![host] });
    send(&mut world, Body::InstallPack { pack: "p".into(), version: "1".into(), actions: vec![action] });
    send(&mut world, Body::ApplyTemplate { template: Arc::new(template), source: "text".into(), base: None });
    send(&mut world, Body::CreateSchedule { schedule, spec: Arc::new(spec.clone()) });
    let (reason, fresh): (Arc<str>, _) = ("audit".into(), Vec::new());
    send(&mut world, Body::PauseSchedule { schedule, reason: reason.clone(), fresh: fresh.clone() });
    send(&mut world, Body::ResumeSchedule { schedule, reason: reason.clone(), fresh: fresh.clone() });
    let changed = Arc::new(ScheduleSpec { cron: "@hourly".to_owned(), ..spec });
    send(&mut world, Body::UpdateSchedule { schedule, spec: changed, base: None, reason, fresh });
    world.wait(Duration::minutes(60 * 5 + 30));
    send(&mut world, Body::RevokeToken { token });
    world.restore_backup();
    world.restart(Duration::minutes(60 * 5));
    world.wait(Duration::minutes(60 * 5));
    send(&mut world, Body::RemoveTemplate { template: "patch".into(), reason: "".into() });
    world.wait(Duration::minutes(90));
    send(&mut world, Body::DeleteSchedule { schedule, reason: "".into() });
    world.wait(Duration::minutes(90));
    world.check_fold();
    let shown: Vec<String> = world.fleet.jobs.values().map(|job| render::render(job).to_string()).collect();
    (world.log.iter().map(|(_, event)| event.kind()).collect(), shown.join("\n"))
}

#[test]
fn every_kind_of_event_is_crashed_around() {
    let mut seen = BTreeSet::new();
    for (title, text) in STORIES {
        let kinds = tell(title, text, false);
        assert_eq!(tell(title, text, true), kinds, "{title}: a crash leads to other events");
        seen.extend(kinds);
    }
    let (kinds, ending) = beside_jobs(false);
    assert_eq!(beside_jobs(true), (kinds.clone(), ending), "a crash leads elsewhere");
    seen.extend(kinds);
    let all = [JobEvent::KINDS, LibraryEvent::KINDS, ScheduleEvent::KINDS, InventoryEvent::KINDS, AccessEvent::KINDS];
    let missing: Vec<&str> = all.concat().into_iter().filter(|kind| !seen.contains(kind)).collect();
    assert!(missing.is_empty(), "no story holds {missing:?}");
}
