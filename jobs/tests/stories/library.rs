//! What jobs are made of: templates, packs, the inventory, tokens. And what is refused.

use crate::answers::Script;
use crate::given::{Given, SEED, plain_action};
use crate::world::{World, job_id};
use jobs::command::{Body, Code, CreateJob, Rejection};
use jobs::event::{AccessEvent, BackupRestored, Event, InventoryEvent, ServerStarted};
use jobs::ids::{JobId, TemplateName, TokenId};
use jobs::inventory::Host;
use jobs::outcome::{JobOutcome, JobStatus};
use jobs::parameter::{Kind, Parameter, Values};
use jobs::policy::{OwnGates, OwnPolicy};
use jobs::template::{Approval, Stage, Template};
use jobs::time::Duration;
use serde_json::json;
use std::sync::Arc;

fn host(name: &str, role: &str) -> Arc<Host> {
    Arc::new(serde_json::from_value(json!({"name": name, "labels": {"role": role}})).expect("a host"))
}

fn template(steps: &[&str]) -> Template {
    let mut given = Given::nothing();
    steps.iter().for_each(|step| given.take(&format!("step {step}")));
    given.template
}

/// A world with two hosts, one action `install` and one template `patch` that calls it.
fn world() -> World<Script> {
    let mut world = World::new(Script::default());
    let hosts = vec![host("web-1", "web"), host("db-1", "db")];
    put(&mut world, "files", hosts);
    let actions = vec![Arc::new(plain_action("install")), Arc::new(plain_action("check"))];
    world
        .carry_out("user:author", Body::InstallPack { pack: "p".into(), version: "1".into(), actions })
        .expect("a pack is installed");
    apply_template(&mut world, template(&["install"]), "one");
    world
}

fn put(world: &mut World<Script>, source: &str, hosts: Vec<Arc<Host>>) -> usize {
    let before = world.log.len();
    world.carry_out("user:author", Body::PutInventory { source: source.into(), hosts }).expect("hosts are put");
    world.log.len() - before
}

fn apply_template(world: &mut World<Script>, template: Template, source: &str) -> usize {
    let before = world.log.len();
    let body = Body::ApplyTemplate { template: Arc::new(template), source: source.into(), base: None };
    world.carry_out("user:author", body).expect("a template is applied");
    world.log.len() - before
}

fn create(world: &mut World<Script>, change: impl FnOnce(&mut CreateJob)) -> Result<JobId, Rejection> {
    let job = job_id(world.count() + 5_000);
    let mut create = CreateJob {
        job,
        seed: SEED,
        template: "patch".into(),
        parameters: Values::new(),
        targets: None,
        start: false,
        policy: None,
        plan_hash: None,
        template_version: None,
        due: None,
    };
    change(&mut create);
    world.carry_out("user:alice", Body::CreateJob(Box::new(create))).map(|()| job)
}

/// The rejection's kind, message and next step.
#[track_caller]
fn refused<T: std::fmt::Debug>(result: Result<T, Rejection>, code: Code, message: &str, hint: &str) {
    let rejection = result.expect_err("it was carried out");
    assert_eq!((rejection.code, rejection.message.as_str(), rejection.hint.as_str()), (code, message, hint));
}

#[test]
fn a_job_that_matches_nobody_has_no_targets() {
    let mut world = world();
    let nobody = |create: &mut CreateJob| {
        create.targets = Some("role=cache".parse().expect("a selector"));
        create.start = true;
    };
    let job = create(&mut world, nobody).expect("it is created");
    let job = &world.fleet.jobs[&job];
    assert_eq!((job.status, job.outcome), (JobStatus::Finished, Some(JobOutcome::NoTargets)));
    world.check_fold();
}

/// A policy of the job's own: one host, then half of them again and again.
fn own_policy() -> OwnPolicy {
    let stage = |size: &str, repeat| Stage {
        size: size.parse().expect("a size"),
        repeat,
        bake: Duration::minutes(5),
        approve: None,
    };
    OwnPolicy {
        batches: Some(vec![stage("1", false), stage("50%", true)]),
        concurrency: Some(7),
        gates: OwnGates { total_cap: Some(2), ..OwnGates::default() },
        ..OwnPolicy::default()
    }
}

#[test]
fn a_job_may_have_a_policy_of_its_own_and_says_so_all_by_itself() {
    let mut world = world();
    let job = create(&mut world, |create| create.policy = Some(own_policy())).expect("it is created");
    let plain = create(&mut world, |_| {}).expect("it is created");
    let (job, plain) = (&world.fleet.jobs[&job], &world.fleet.jobs[&plain]);
    assert_eq!((job.template.concurrency.max, job.template.gates.total.cap), (7, Some(2)));
    assert_eq!(job.template.batches, own_policy().batches.expect("stages"));
    assert_eq!(job.plan.stages[0].bake, Duration::minutes(5));
    assert_ne!(plain.template.concurrency.max, 7, "the template is as it was");
    world.check_fold();
}

#[test]
fn a_policy_of_a_jobs_own_asks_whom_the_template_asks() {
    let mut world = world();
    let release = Approval { by: Some("release".to_owned()), not_requester: true, expires: None };
    let asks = Stage { approve: Some(release.clone()), ..own_policy().batches.expect("stages")[0].clone() };
    let batches = vec![asks, own_policy().batches.expect("stages")[1].clone()];
    apply_template(&mut world, Template { batches: batches.clone(), ..template(&["install"]) }, "asks");
    let mut with = |batches: Vec<Stage>| {
        let own = OwnPolicy { batches: Some(batches), allow_big_batch: Some(true), ..own_policy() };
        create(&mut world, |create| create.policy = Some(own))
    };
    let approved = |size: &str, approval: &Approval| Stage {
        size: size.parse().expect("a size"),
        approve: Some(approval.clone()),
        ..batches[1].clone()
    };
    let refused = [
        own_policy().batches.expect("stages"),
        Vec::new(),
        vec![approved("100%", &release)],
        vec![approved("1", &Approval { not_requester: false, ..release.clone() })],
        vec![approved("1", &Approval { by: None, ..release.clone() })],
    ];
    for stages in refused {
        let rejection = with(stages).expect_err("nobody would be asked");
        let said = "template patch asks for approval by release, of somebody else than who created the job, and these \
                    stages do not";
        assert_eq!(
            (rejection.code, rejection.fields[0].path.join(".")),
            (Code::NotAllowed, "policy.batches".to_owned())
        );
        assert_eq!(rejection.fields[0].message, said);
    }
    with(vec![approved("20%", &release)]).expect("it asks");
}

#[test]
fn a_policy_that_cannot_be_is_refused_at_its_field() {
    let mut world = world();
    put(&mut world, "more", (1..10).map(|number| host(&format!("web-1{number}"), "web")).collect());
    let paths = |refused: Result<JobId, Rejection>| -> Vec<String> {
        refused.expect_err("it was created").fields.iter().map(|field| field.path.join(".")).collect()
    };
    let mut contradicts = own_policy();
    contradicts.batches.iter_mut().flatten().for_each(|stage| stage.repeat = true);
    let refused = create(&mut world, |create| create.policy = Some(contradicts));
    assert_eq!(paths(refused), ["policy.batches.1.size"]);

    let mut big = own_policy();
    big.batches.iter_mut().flatten().for_each(|stage| stage.size = "90%".parse().expect("a size"));
    let refused = create(&mut world, |create| create.policy = Some(big.clone()));
    assert_eq!(paths(refused), ["policy.allowBigBatch"]);
    big.allow_big_batch = Some(true);
    create(&mut world, |create| create.policy = Some(big)).expect("it is created where that is meant");
}

#[test]
fn whoever_looked_at_a_plan_gets_that_plan_or_none() {
    let mut world = world();
    let first = create(&mut world, |_| {}).expect("it is created");
    let hash: Arc<str> = world.fleet.jobs[&first].plan.hash.to_string().into();
    create(&mut world, |create| create.plan_hash = Some(hash.clone())).expect("the plan is the same");
    let version = world.fleet.templates["patch"].version;
    create(&mut world, |create| create.template_version = Some(version)).expect("the template is the same");
    let older =
        create(&mut world, |create| create.template_version = Some(version + 1)).expect_err("it is another one");
    assert_eq!((older.code, older.fields[0].path.join(".")), (Code::Conflict, "templateVersion".to_owned()));
    let other = create(&mut world, |create| (create.plan_hash, create.seed) = (Some(hash), SEED + 1));
    let rejection = other.expect_err("another seed makes another plan");
    assert_eq!((rejection.code, &rejection.fields[0].path[..]), (Code::Conflict, &["planHash".to_owned()][..]));
}

#[test]
fn a_new_version_of_a_template_touches_no_job_that_runs() {
    let mut world = world();
    let old = create(&mut world, |create| create.start = true).expect("it is created");
    assert_eq!(apply_template(&mut world, template(&["install"]), "one"), 0, "the same text again is nothing new");
    assert_eq!(apply_template(&mut world, template(&["install", "check"]), "two"), 1);
    let new = create(&mut world, |_| {}).expect("it is created");
    let removed = Body::RemoveTemplate { template: "patch".into(), reason: "".into() };
    world.carry_out("user:author", removed.clone()).expect("it is taken away");
    world.carry_out("user:author", removed).expect("taking it away again changes nothing");
    world.wait(Duration::minutes(10));
    let steps = |job: &JobId| (world.fleet.jobs[job].template_version, world.fleet.jobs[job].template.workflow.len());
    assert_eq!((steps(&old), steps(&new)), ((1, 1), (2, 2)));
    assert_eq!(world.fleet.jobs[&old].outcome, Some(JobOutcome::Succeeded));
    assert_eq!(apply_template(&mut world, template(&["check"]), "three"), 1, "the number goes on");
    assert_eq!(world.fleet.templates[&TemplateName::from("patch")].version, 3);
    world.check_fold();
}

#[test]
fn a_text_made_from_an_older_version_is_not_applied_over_a_newer_one() {
    let mut world = world();
    let apply = |world: &mut World<Script>, who: &str, source: &str, base| {
        let body = Body::ApplyTemplate { template: Arc::new(template(&["install"])), source: source.into(), base };
        world.carry_out(who, body)
    };
    apply(&mut world, "user:bob", "two", Some(1)).expect("it was made from what stands");
    refused(
        apply(&mut world, "user:alice", "mine", Some(1)),
        Code::Conflict,
        "version 2 of template patch was applied by user:bob, and this text was made from version 1",
        "compare it with version 2, and apply what is still wanted on top of that",
    );
    refused(
        apply(&mut world, "user:alice", "mine", Some(0)),
        Code::Conflict,
        "there is a template patch already: version 2, applied by user:bob",
        "give yours another name, or edit that one",
    );
    apply(&mut world, "user:alice", "two", Some(1)).expect("the same text is no change, whatever it was made from");
    apply(&mut world, "user:alice", "mine", None).expect("nobody asked");
    let reason = "no longer wanted".into();
    world.carry_out("user:alice", Body::RemoveTemplate { template: "patch".into(), reason }).expect("it is there");
    apply(&mut world, "user:carol", "new", Some(0)).expect("a new one may take the place of one taken away");
    let applied = &world.fleet.templates[&TemplateName::from("patch")];
    assert_eq!((applied.version, applied.applied_by.as_deref()), (4, Some("user:carol")));
    world.check_fold();
}

#[test]
fn only_what_differs_in_an_inventory_is_recorded() {
    let mut world = world();
    assert_eq!(put(&mut world, "files", vec![host("db-1", "db"), host("web-1", "web")]), 0);
    assert_eq!(put(&mut world, "cloud", vec![host("web-2", "web")]), 1);
    assert_eq!(put(&mut world, "files", vec![host("web-1", "api")]), 1);
    let Some((_, Event::Inventory(InventoryEvent::InventoryChanged(changed)))) = world.log.last() else {
        panic!("the inventory changed")
    };
    assert_eq!(changed.put, [host("web-1", "api")]);
    assert_eq!(changed.removed, ["db-1".into()]);
    assert_eq!(put(&mut world, "cloud", vec![host("web-1", "api"), host("web-2", "web")]), 1, "it moves to the cloud");
    assert_eq!(put(&mut world, "files", Vec::new()), 0, "and is not removed with the files");
    let left: Vec<&str> = world.fleet.inventory.hosts.keys().map(|name| name.as_str()).collect();
    assert_eq!(left, ["web-1", "web-2"]);
    world.check_fold();
}

#[test]
fn a_job_that_cannot_be_created_says_why_and_what_to_do() {
    let mut world = world();
    refused(
        create(&mut world, |create| create.template = "upgrade".into()),
        Code::NotFound,
        "there is no template upgrade",
        "`stagger template list` shows the templates",
    );
    let job = create(&mut world, |_| {}).expect("it is created");
    refused(
        create(&mut world, |create| create.job = job),
        Code::Conflict,
        &format!("there is a job {job} already"),
        "",
    );
    apply_template(&mut world, template(&["reboot"]), "four");
    refused(
        create(&mut world, |_| {}),
        Code::NotFound,
        "there is no action reboot",
        "install the pack that holds it, or correct the template and apply it again",
    );
    let silent = Template { targets: None, ..template(&["install"]) };
    apply_template(&mut world, silent, "five");
    refused(
        create(&mut world, |_| {}),
        Code::Invalid,
        "template patch names no targets, and neither does the job",
        "say which hosts, for example --targets 'role=web'",
    );
    let mut wants = template(&["install"]);
    let required = Parameter { kind: Kind::Integer, required: true, ..Parameter::default() };
    wants.parameters.insert("kb".to_owned(), required);
    apply_template(&mut world, wants, "six");
    let rejection = create(&mut world, |_| {}).expect_err("a parameter is missing");
    assert_eq!(rejection.code, Code::Invalid);
    assert!(rejection.message.contains("kb"), "{rejection}");
    let mut wrong = template(&["install"]);
    wrong.workflow[0].when = Some("steps.nobody.output.x".to_owned());
    apply_template(&mut world, wrong, "seven");
    let rejection = create(&mut world, |_| {}).expect_err("an expression is wrong");
    assert_eq!((rejection.code, rejection.message.contains("nobody")), (Code::Invalid, true), "{rejection}");
}

#[test]
fn what_is_not_there_is_not_found() {
    let mut world = world();
    let job = job_id(1);
    let missing = format!("there is no job {job}");
    for body in [
        Body::StartJob { job },
        Body::ResumeJob { job, reason: "".into() },
        Body::KillJob { job, reason: "".into() },
        Body::ApproveBatch { job, batch: jobs::ids::BatchIndex(0), plan_hash: "".into(), reason: "".into() },
    ] {
        refused(
            world.carry_out("user:bob", body),
            Code::NotFound,
            &missing,
            "`stagger job list` shows the jobs; those in the archive stay as they ended",
        );
    }
    refused(
        world.carry_out("user:bob", Body::RemoveTemplate { template: "upgrade".into(), reason: "".into() }),
        Code::NotFound,
        "there is no template upgrade",
        "`stagger template list` shows the templates",
    );
    let token = TokenId(ulid::Ulid::from_parts(1, 1));
    refused(
        world.carry_out("user:bob", Body::RevokeToken { token }),
        Code::NotFound,
        &format!("there is no token {token}"),
        "`stagger token list` shows the tokens",
    );
}

#[test]
fn a_plan_with_another_hash_is_not_approved() {
    let mut world = world();
    let mut wants = template(&["install"]);
    let mut given = Given::nothing();
    given.take("batches 1 approve");
    wants.batches = given.template.batches;
    apply_template(&mut world, wants, "eight");
    let job = create(&mut world, |create| create.start = true).expect("it is created");
    world.wait(Duration::minutes(1));
    let hash = world.fleet.jobs[&job].plan.hash.to_string();
    let other = format!("{}{}", if hash.starts_with('0') { '1' } else { '0' }, &hash[1..]);
    let batch = jobs::ids::BatchIndex(0);
    refused(
        world.carry_out(
            "user:bob",
            Body::ApproveBatch { job, batch, plan_hash: other.as_str().into(), reason: "".into() },
        ),
        Code::Conflict,
        &format!("the plan of job {job} is {hash}, not {other}"),
        "look at the plan again, then approve that one",
    );
}

#[test]
fn a_token_is_taken_back_once() {
    let mut world = world();
    let token = TokenId(ulid::Ulid::from_parts(1, 1));
    let made = |token| Body::CreateToken { token, name: "ci".into(), hash: "00".into() };
    world.carry_out("user:root", made(token)).expect("a token is made");
    let other = TokenId(ulid::Ulid::from_parts(1, 2));
    let refused = world.carry_out("user:root", made(other)).expect_err("its name is somebody's");
    assert_eq!((refused.code, refused.message.as_str()), (Code::Conflict, "there is a token ci already"));
    for expected in [true, true] {
        world.carry_out("user:root", Body::RevokeToken { token }).expect("it is taken back");
        assert_eq!(world.fleet.tokens[&token].revoked, expected);
    }
    let revoked = world.log.iter().filter(|(_, event)| event.kind() == "TokenRevoked").count();
    assert_eq!(revoked, 1);
    world.carry_out("user:root", made(other)).expect("the name is free again");
}

#[test]
fn sessions_end_with_their_token_their_time_or_a_word() {
    let mut world = world();
    let token = |number| TokenId(ulid::Ulid::from_parts(1, number));
    for (number, name) in [(1, "ops"), (2, "ci")] {
        let made = Body::CreateToken { token: token(number), name: name.into(), hash: "00".into() };
        world.carry_out("user:root", made).expect("a token is made");
    }
    let start = world.now;
    let open = |world: &mut World<Script>, number, hash: &str, minutes| {
        let body =
            Body::OpenSession { token: token(number), hash: hash.into(), until: start + Duration::minutes(minutes) };
        world.carry_out("token:ops", body).map(drop)
    };
    let known = |world: &World<Script>| world.fleet.sessions.keys().map(ToString::to_string).collect::<Vec<_>>();
    for (number, hash, minutes) in [(1, "a", 10), (1, "b", 60), (2, "c", 60)] {
        open(&mut world, number, hash, minutes).expect("its token is good");
    }
    world.carry_out("token:ops", Body::CloseSession { hash: "b".into() }).expect("it is there");
    world.carry_out("token:ops", Body::CloseSession { hash: "b".into() }).expect("nothing to do");
    assert_eq!(known(&world), ["a", "c"]);
    world.wait(Duration::minutes(11));
    open(&mut world, 1, "d", 90).expect("its token is good");
    assert_eq!(known(&world), ["c", "d"], "the time of one is up");
    world.carry_out("user:root", Body::RevokeToken { token: token(2) }).expect("it is there");
    assert_eq!(known(&world), ["d"]);
    assert_eq!(open(&mut world, 2, "e", 90).expect_err("taken back").code, Code::NotFound);
    for number in 0..100 {
        open(&mut world, 1, &format!("f{number:03}"), 100).expect("there is room");
    }
    assert_eq!(known(&world).len(), 100);
    assert_eq!(known(&world)[0], "f000", "the one that would end first made room");
    world.check_fold();
}

#[test]
fn an_epoch_only_grows() {
    let mut world = world();
    for (epoch, now) in [(3, 3), (2, 3), (4, 4)] {
        let started = AccessEvent::ServerStarted(ServerStarted { epoch, version: "1".into() });
        jobs::apply(&mut world.fleet, &Event::Access(started), world.now);
        assert_eq!(world.fleet.epoch, now);
    }
    let restored = AccessEvent::BackupRestored(BackupRestored { epoch: 100_004 });
    jobs::apply(&mut world.fleet, &Event::Access(restored), world.now);
    assert_eq!(world.fleet.epoch, 100_004, "the next server process takes a greater one");
}

#[test]
fn what_people_make_of_a_template_outlives_the_pack_that_brought_it() {
    let mut world = world();
    let template = Arc::new(world.fleet.templates.values().next().expect("one").template.as_ref().clone());
    let named = |name: &str| Arc::new(Template { name: TemplateName::from(name), ..Template::clone(&template) });
    let install = |world: &mut World<Script>, pack: &str, name: &str, source: &str| {
        let before = world.log.len();
        let body = Body::InstallTemplate { pack: pack.into(), template: named(name), source: source.into() };
        world.carry_out("system", body).map(|()| world.log.len() - before)
    };
    for name in ["kept", "edited", "removed"] {
        assert_eq!(install(&mut world, "p", name, "1"), Ok(1), "{name}");
        assert_eq!(install(&mut world, "p", name, "1"), Ok(0), "{name}, the same again");
    }
    let edit = Body::ApplyTemplate { template: named("edited"), source: "mine".into(), base: None };
    world.carry_out("user:author", edit).expect("a person may");
    world
        .carry_out("user:author", Body::RemoveTemplate { template: named("removed").name.clone(), reason: "".into() })
        .expect("may");
    for (name, expected) in [("kept", 1), ("edited", 0), ("removed", 0)] {
        assert_eq!(install(&mut world, "p", name, "2"), Ok(expected), "{name} by the pack's next version");
    }
    let stands = |name: &str| {
        let known = &world.fleet.templates[&named(name).name];
        (known.version, known.source.to_string(), known.removed)
    };
    assert_eq!(stands("kept"), (2, "2".to_owned(), false));
    assert_eq!(stands("edited"), (2, "mine".to_owned(), false));
    assert_eq!(stands("removed"), (1, "1".to_owned(), true));
    assert_eq!(install(&mut world, "q", "kept", "2"), Ok(1), "taken over by a pack of another name");
    assert_eq!(install(&mut world, "q", "kept", "2"), Ok(0));
    world.check_fold();
}

#[test]
fn the_actions_of_a_pack_are_those_of_its_newest_version() {
    let mut world = world();
    let install = |world: &mut World<Script>, pack: &str, version: &str, names: &[&str]| {
        let before = world.log.len();
        let actions = names.iter().map(|name| Arc::new(plain_action(name))).collect();
        let body = Body::InstallPack { pack: pack.into(), version: version.into(), actions };
        world.carry_out("user:author", body).map(|()| world.log.len() - before)
    };
    let known = |world: &World<Script>| world.fleet.actions.keys().map(|name| name.to_string()).collect::<Vec<_>>();
    assert_eq!(install(&mut world, "p", "1", &["install", "check"]), Ok(0), "the same again is nothing new");
    assert_eq!(install(&mut world, "q", "1", &["q.look"]), Ok(1));
    assert_eq!(install(&mut world, "p", "1", &["install"]), Ok(1), "fewer actions are another pack");
    assert_eq!(known(&world), ["install", "q.look"]);
    assert_eq!(install(&mut world, "q", "2", &["check"]), Ok(1), "one that is no more of p");
    assert_eq!(known(&world), ["check", "install"]);
    world.check_fold();
}
