//! Schedules: one job for each of their moments, whoever looks and however late.

use crate::answers::{Answer, Script};
use crate::given::Given;
use crate::world::World;
use jobs::command::{Body, Code};
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
    let delete = Body::DeleteSchedule { schedule: NIGHTLY };
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
