//! Schedules: one job for each of their moments, whoever looks and however late.

use crate::answers::{Answer, Script};
use crate::given::Given;
use crate::world::{World, job_id};
use jobs::command::{Body, Code, Fresh, Rejection};
use jobs::event::{Event, ScheduleEvent};
use jobs::ids::ScheduleId;
use jobs::outcome::JobStatus;
use jobs::schedule::{Missed, Overlap, ScheduleSpec};
use jobs::time::Duration;
use std::sync::Arc;

const NIGHTLY: ScheduleId = ScheduleId(ulid::Ulid(1));

fn spec(overlap: Overlap, missed: Missed) -> ScheduleSpec {
    ScheduleSpec {
        name: "hourly".to_owned(),
        template: "patch".into(),
        parameters: Default::default(),
        targets: None,
        cron: "0 * * * *".to_owned(),
        zone: "UTC".to_owned(),
        missed,
        deadline: None,
        overlap,
        paused: false,
    }
}

/// A world with one host whose job takes `length`, and an hourly schedule. It is on the hour.
fn world(length: &str, spec: ScheduleSpec) -> World<Script> {
    let mut given = Given::nothing();
    ["hosts web-1", "step install: timeout 9h", "batches 1"].into_iter().for_each(|line| given.take(line));
    let mut world = World::new(Script::default());
    let hosts: Vec<_> = given.hosts.iter().map(|(_, host)| host.clone()).collect();
    world.hosts.say(hosts[0].name.as_str(), "install", vec![Answer::parse(&format!("ok in {length}"))]);
    for body in [
        Body::PutInventory { source: "s".into(), hosts },
        Body::InstallPack { pack: "p".into(), version: "1".into(), actions: given.actions.clone() },
        Body::ApplyTemplate { template: Arc::new(given.template.clone()), source: "one".into(), base: None },
        Body::CreateSchedule { schedule: NIGHTLY, spec: Arc::new(spec) },
    ] {
        world.carry_out("user:author", body).expect("what is given is in order");
    }
    world
}

/// What the schedule did, with the minutes after the beginning that it was about.
fn told(world: &World<Script>) -> Vec<String> {
    let (start, _) = world.log[0];
    let line = |(_, event): &(_, Event)| {
        let Event::Schedule(_, event) = event else { return None };
        let minutes = |nominal: jobs::time::Timestamp| (nominal - start).0 / 60_000;
        Some(match event {
            ScheduleEvent::ScheduleFired(fired) => format!("fired {}", minutes(fired.nominal)),
            ScheduleEvent::ScheduleQueued(queued) => format!("queued {}", minutes(queued.nominal)),
            ScheduleEvent::ScheduleSkipped(skipped) => format!("skipped {}: {}", minutes(skipped.nominal), skipped.why),
            ScheduleEvent::ScheduleChanged(changed) => format!("changed: {}", changed.spec.cron),
            ScheduleEvent::SchedulePaused(paused) => format!("paused: {}", paused.reason),
            ScheduleEvent::ScheduleResumed(resumed) => format!("resumed: {}", resumed.reason),
            ScheduleEvent::ScheduleCreated(_) | ScheduleEvent::ScheduleDeleted(_) => return None,
        })
    };
    world.log.iter().filter_map(line).collect()
}

#[test]
fn a_job_is_created_at_every_moment() {
    let mut world = world("1m", spec(Overlap::Forbid, Missed::Once));
    world.wait(Duration::minutes(200));
    assert_eq!(told(&world), ["fired 60", "fired 120", "fired 180"]);
    let jobs: Vec<_> = world.fleet.jobs.values().map(|job| (job.status, job.requested_by.to_string())).collect();
    assert_eq!(jobs, vec![(JobStatus::Finished, "schedule:hourly".to_owned()); 3]);
    let delete = Body::DeleteSchedule { schedule: NIGHTLY, reason: "over".into() };
    world.carry_out("user:author", delete.clone()).expect("it is taken away");
    world.wait(Duration::minutes(200));
    assert_eq!(told(&world).len(), 3);
    assert_eq!(world.carry_out("user:author", delete).map_err(|rejection| rejection.code), Err(Code::NotFound));
    world.check_fold();
}

#[test]
fn overlap_is_forbidden_queued_or_allowed() {
    let told_with = |overlap| {
        let mut world = world("150m", spec(overlap, Missed::Once));
        world.wait(Duration::minutes(400));
        world.check_fold();
        told(&world)
    };
    let still = |at| format!("skipped {at}: the job before has not ended, and the schedule forbids overlap");
    assert_eq!(
        told_with(Overlap::Forbid),
        ["fired 60".to_owned(), still(120), still(180), "fired 240".to_owned(), still(300), still(360)]
    );
    let queued = |at| format!("skipped {at}: the job before has not ended, and another moment waits for that already");
    assert_eq!(
        told_with(Overlap::Queue),
        [
            "fired 60".to_owned(),
            "queued 120".to_owned(),
            queued(180),
            "fired 120".to_owned(),
            "queued 240".to_owned(),
            queued(300),
            "fired 240".to_owned(),
            "queued 360".to_owned(),
        ]
    );
    let all = ["fired 60", "fired 120", "fired 180", "fired 240", "fired 300", "fired 360"];
    assert_eq!(told_with(Overlap::Allow), all);
}

#[test]
fn moments_that_nobody_looked_at_are_answered_later() {
    let told_after_a_night = |missed, overlap| {
        let mut world = world("1m", spec(overlap, missed));
        world.now = world.now + Duration::minutes(185);
        world.wait(Duration::minutes(30));
        world.check_fold();
        told(&world)
    };
    assert_eq!(
        told_after_a_night(Missed::Skip, Overlap::Allow),
        [
            "skipped 60: no server was running then (2h5m ago), and the schedule does not catch up on missed moments",
            "skipped 120: no server was running then (1h5m ago), and the schedule does not catch up on missed moments",
            "skipped 180: no server was running then (5m ago), and the schedule does not catch up on missed moments",
        ]
    );
    let once = told_after_a_night(Missed::Once, Overlap::Forbid);
    assert_eq!((once.len(), once[2].as_str()), (3, "fired 180"), "{once:?}");
    assert_eq!(told_after_a_night(Missed::All { max: 2 }, Overlap::Allow)[1..], ["fired 120", "fired 180"]);
    let queue = told_after_a_night(Missed::All { max: 3 }, Overlap::Queue);
    assert_eq!(
        queue,
        [
            "fired 60",
            "queued 120",
            "skipped 180: the job before has not ended, and another moment waits for that already",
            "fired 120"
        ]
    );
}

#[test]
fn a_queued_moment_makes_one_job_however_late_anybody_looks() {
    let mut world = world("90m", spec(Overlap::Queue, Missed::Once));
    world.wait(Duration::minutes(149));
    assert_eq!(told(&world), ["fired 60", "queued 120"]);
    world.now = world.now + Duration::minutes(100);
    world.wait(Duration::minutes(1));
    let fired: Vec<String> = told(&world).into_iter().filter(|line| line.starts_with("fired")).collect();
    assert_eq!(fired, ["fired 60", "fired 120"]);
    assert_eq!(world.fleet.jobs.len(), 2);
    world.check_fold();
}

#[test]
fn a_moment_whose_job_cannot_be_created_is_skipped_with_the_reason() {
    let mut world = world("1m", spec(Overlap::Queue, Missed::Once));
    world
        .carry_out("user:author", Body::RemoveTemplate { template: "patch".into(), reason: "".into() })
        .expect("it is taken away");
    world.wait(Duration::minutes(130));
    assert_eq!(told(&world), ["skipped 60: there is no template patch", "skipped 120: there is no template patch"]);
    assert_eq!(world.fleet.jobs.len(), 0);
}

#[test]
fn a_schedule_that_makes_no_sense_is_refused() {
    let mut world = world("1m", spec(Overlap::Queue, Missed::Once));
    let mut refused = |change: &dyn Fn(&mut ScheduleSpec)| {
        let mut spec = ScheduleSpec { name: "other".to_owned(), ..spec(Overlap::Queue, Missed::Once) };
        change(&mut spec);
        let body = Body::CreateSchedule { schedule: ScheduleId(ulid::Ulid(2)), spec: Arc::new(spec) };
        world.carry_out("user:author", body).expect_err("it was put in place")
    };
    assert_eq!(refused(&|spec| spec.name = "hourly".to_owned()).message, "there is a schedule hourly already");
    assert_eq!(refused(&|spec| spec.template = "upgrade".into()).code, Code::NotFound);
    assert_eq!(refused(&|spec| spec.cron = "61 * * * *".to_owned()).code, Code::Invalid);
    assert_eq!(refused(&|spec| spec.zone = "Europe/Atlantis".to_owned()).code, Code::Invalid);
    assert_eq!(refused(&|spec| spec.cron = "0 0 31 2 *".to_owned()).code, Code::Invalid);
}

fn fresh(world: &mut World<Script>, count: u64) -> Vec<Fresh> {
    (0..count).map(|_| Fresh { job: job_id(world.count()), seed: 7 }).collect()
}

fn update(world: &mut World<Script>, ids: u64, change: impl Fn(&mut ScheduleSpec)) -> Result<(), Rejection> {
    update_from(world, None, ids, change)
}

fn update_from(
    world: &mut World<Script>,
    base: Option<u32>,
    ids: u64,
    change: impl Fn(&mut ScheduleSpec),
) -> Result<(), Rejection> {
    let mut spec = (*world.fleet.schedules[&NIGHTLY].spec).clone();
    change(&mut spec);
    let fresh = fresh(world, ids);
    let (spec, reason) = (Arc::new(spec), "the backup".into());
    let body = Body::UpdateSchedule { schedule: NIGHTLY, spec, base, reason, fresh };
    world.carry_out("user:author", body)
}

fn pause(world: &mut World<Script>, ids: u64) -> Result<(), Rejection> {
    let fresh = fresh(world, ids);
    world.carry_out("user:author", Body::PauseSchedule { schedule: NIGHTLY, reason: "audit".into(), fresh })
}

fn resume(world: &mut World<Script>) -> Result<(), Rejection> {
    let fresh = fresh(world, 1);
    world.carry_out("user:author", Body::ResumeSchedule { schedule: NIGHTLY, reason: "over".into(), fresh })
}

#[test]
fn a_change_is_about_the_moments_after_it() {
    let mut world = world("1m", spec(Overlap::Forbid, Missed::All { max: 9 }));
    world.wait(Duration::minutes(125));
    update(&mut world, 1, |spec| spec.cron = "*/10 * * * *".to_owned()).expect("it is changed");
    world.wait(Duration::minutes(20));
    // 70, 80 … 120 are moments of the new expression, and before it.
    assert_eq!(told(&world), ["fired 60", "fired 120", "changed: */10 * * * *", "fired 130", "fired 140"]);
    let schedule = &world.fleet.schedules[&NIGHTLY];
    assert_eq!((&*schedule.by, schedule.last_job.is_some()), ("user:author", true), "it is the same schedule");
    world.check_fold();
}

#[test]
fn what_is_due_when_a_schedule_is_changed_fires_by_what_it_was() {
    let mut world = world("1m", spec(Overlap::Allow, Missed::All { max: 9 }));
    world.now = world.now + Duration::minutes(125);
    let early = update(&mut world, 1, |spec| spec.cron = "5 * * * *".to_owned()).expect_err("two jobs need two ids");
    assert_eq!((early.code, early.hint.as_str()), (Code::Conflict, "ask again in a moment"));
    assert_eq!(told(&world), [""; 0], "what is refused leaves nothing behind");
    update(&mut world, 2, |spec| spec.cron = "5 * * * *".to_owned()).expect("it is changed");
    world.wait(Duration::minutes(61));
    assert_eq!(told(&world), ["fired 60", "fired 120", "changed: 5 * * * *", "fired 185"]);
    world.check_fold();
}

#[test]
fn a_moment_that_waits_is_not_lost_by_a_change() {
    let mut world = world("90m", spec(Overlap::Queue, Missed::Once));
    world.wait(Duration::minutes(125));
    update(&mut world, 1, |spec| spec.cron = "0 0 1 1 *".to_owned()).expect("it is changed");
    world.wait(Duration::minutes(60));
    assert_eq!(told(&world), ["fired 60", "queued 120", "changed: 0 0 1 1 *", "fired 120"]);
}

#[test]
fn two_who_change_a_schedule_at_once_do_not_undo_each_other() {
    let mut world = world("1m", spec(Overlap::Forbid, Missed::Once));
    update_from(&mut world, Some(1), 1, |spec| spec.cron = "5 * * * *".to_owned()).expect("it is changed");
    let late = update_from(&mut world, Some(1), 1, |spec| spec.zone = "Asia/Shanghai".to_owned());
    let late = late.expect_err("it was made from what is gone");
    let said = "schedule hourly was changed by user:author meanwhile: version 2";
    assert_eq!((late.code, &*late.message), (Code::Conflict, said));
    update_from(&mut world, Some(2), 1, |spec| spec.zone = "Asia/Shanghai".to_owned()).expect("it is changed");
    let spec = &world.fleet.schedules[&NIGHTLY].spec;
    assert_eq!((&*spec.cron, &*spec.zone), ("5 * * * *", "Asia/Shanghai"));
    world.check_fold();
}

#[test]
fn nothing_changes_where_nothing_is_changed_and_nothing_bad_is_put_in_place() {
    let mut world = world("1m", spec(Overlap::Forbid, Missed::Once));
    let other = ScheduleSpec { name: "other".to_owned(), ..spec(Overlap::Forbid, Missed::Once) };
    let body = Body::CreateSchedule { schedule: ScheduleId(ulid::Ulid(2)), spec: Arc::new(other) };
    world.carry_out("user:author", body).expect("it is put in place");
    let before = world.log.len();
    update(&mut world, 1, |_| ()).expect("it is the same");
    update(&mut world, 1, |spec| spec.paused = true).expect("pausing is another command");
    assert_eq!(world.log.len(), before);
    let mut refused =
        |change: &dyn Fn(&mut ScheduleSpec)| update(&mut world, 1, change).expect_err("it was taken").code;
    assert_eq!(refused(&|spec| spec.name = "other".to_owned()), Code::Conflict);
    assert_eq!(refused(&|spec| spec.template = "upgrade".into()), Code::NotFound);
    assert_eq!(refused(&|spec| _ = spec.parameters.insert("colour".to_owned(), "red".into())), Code::Invalid);
    assert_eq!(refused(&|spec| spec.cron = "61 * * * *".to_owned()), Code::Invalid);
    let body = Body::PauseSchedule { schedule: ScheduleId(ulid::Ulid(9)), reason: "".into(), fresh: Vec::new() };
    assert_eq!(world.carry_out("user:author", body).map_err(|rejection| rejection.code), Err(Code::NotFound));
}

#[test]
fn a_paused_schedule_says_of_every_moment_that_it_was_skipped() {
    let mut world = world("1m", spec(Overlap::Forbid, Missed::Once));
    world.wait(Duration::minutes(61));
    pause(&mut world, 1).expect("it is paused");
    assert_eq!(pause(&mut world, 1).expect_err("it is paused").code, Code::WrongStatus);
    let why = world.fleet.schedules[&NIGHTLY].pause.clone().expect("somebody paused it");
    assert_eq!((&*why.by, &*why.reason), ("user:author", "audit"));
    world.wait(Duration::minutes(61));
    update(&mut world, 1, |spec| spec.cron = "30 * * * *".to_owned()).expect("it is changed");
    world.wait(Duration::minutes(61));
    resume(&mut world).expect("it goes on");
    assert_eq!(resume(&mut world).expect_err("it goes on").code, Code::WrongStatus);
    world.wait(Duration::minutes(60));
    assert_eq!(
        told(&world),
        [
            "fired 60",
            "paused: audit",
            "skipped 120: the schedule was paused",
            "changed: 30 * * * *",
            "skipped 150: the schedule was paused",
            "resumed: over",
            "fired 210",
        ]
    );
    assert_eq!(world.fleet.schedules[&NIGHTLY].pause, None);
    world.check_fold();
}

#[test]
fn pausing_does_not_take_away_what_is_due_already_nor_resuming_what_was_skipped() {
    let mut world = world("1m", spec(Overlap::Forbid, Missed::Once));
    world.now = world.now + Duration::minutes(61);
    pause(&mut world, 1).expect("it is paused");
    world.now = world.now + Duration::minutes(60);
    resume(&mut world).expect("it goes on");
    world.wait(Duration::minutes(60));
    let skipped = "skipped 120: the schedule was paused";
    assert_eq!(told(&world), ["fired 60", "paused: audit", skipped, "resumed: over", "fired 180"]);
    world.check_fold();
}

#[test]
fn a_job_of_a_schedule_can_be_created_between_its_moments() {
    let mut world = world("90m", spec(Overlap::Forbid, Missed::Once));
    let [fresh] = fresh(&mut world, 1)[..] else { panic!("one id") };
    world.carry_out("user:bob", Body::RunSchedule { schedule: NIGHTLY, fresh }).expect("a job");
    let job = &world.fleet.jobs[&fresh.job];
    assert_eq!((&*job.requested_by, job.due, job.status), ("user:bob", None, JobStatus::Running));
    world.wait(Duration::minutes(61));
    assert_eq!(told(&world), ["fired 60"], "the schedule does not wait for a job that it did not create");
    let unknown = Body::RunSchedule { schedule: ScheduleId(ulid::Ulid(9)), fresh };
    assert_eq!(world.carry_out("user:bob", unknown).map_err(|rejection| rejection.code), Err(Code::NotFound));
}
