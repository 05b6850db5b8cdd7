//! Jobs that have ended stay for a while, then leave for the archive.

use crate::given::{Given, SEED, plain_action};
use jobs::archive::{MOST_ENDED, MOST_HOSTS};
use jobs::command::{Actor, Body, Code, Command, CreateJob, Rejection, Which};
use jobs::event::{Event, RetryFrom};
use jobs::explain;
use jobs::fleet::Fleet;
use jobs::ids::JobId;
use jobs::inventory::Host;
use jobs::job::Job;
use jobs::outcome::{JobOutcome, JobStatus};
use jobs::parameter::Values;
use jobs::time::Timestamp;
use serde_json::json;
use std::sync::Arc;

struct Room {
    fleet: Fleet,
    log: Vec<Event>,
}

impl Room {
    /// A fleet of so many hosts and a template without targets of its own.
    fn of(hosts: u64) -> Room {
        let host = |at: u64| -> Arc<Host> {
            let host = json!({"name": format!("web-{at:05}"), "labels": {"role": "web"}});
            Arc::new(serde_json::from_value(host).expect("a host"))
        };
        let mut room = Room { fleet: Fleet::default(), log: Vec::new() };
        let mut given = Given::nothing();
        given.take("step install");
        let actions = vec![Arc::new(plain_action("install"))];
        room.must(Body::InstallPack { pack: "p".into(), version: "1".into(), actions });
        room.must(Body::ApplyTemplate { template: Arc::new(given.template), source: "one".into(), base: None });
        room.must(Body::PutInventory { source: "files".into(), hosts: (0..hosts).map(host).collect() });
        room
    }

    fn carry_out(&mut self, body: Body) -> Result<(), Rejection> {
        let command = Command { actor: Actor("user:alice".into()), body };
        let events = jobs::carry_out(&mut self.fleet, &command, Timestamp(1_000 + self.log.len() as u64))?;
        self.log.extend(events);
        Ok(())
    }

    #[track_caller]
    fn must(&mut self, body: Body) {
        self.carry_out(body).unwrap_or_else(|rejection| panic!("{rejection}: {}", rejection.hint));
    }

    /// A job that ends before it was started.
    fn ended(&mut self, number: u64) -> JobId {
        let job = JobId(ulid::Ulid::from_parts(number, 0));
        self.must(Body::CreateJob(Box::new(CreateJob {
            job,
            seed: SEED,
            template: "patch".into(),
            parameters: Values::new(),
            targets: Some("role=web".parse().expect("a selector")),
            start: false,
            policy: None,
            plan_hash: None,
            template_version: None,
            due: None,
        })));
        self.must(Body::CancelJob { job, reason: "not tonight".into() });
        job
    }

    fn end_all(&mut self, numbers: std::ops::RangeInclusive<u64>) {
        for number in numbers {
            self.ended(number);
        }
    }

    fn retry(&mut self, job: JobId) -> Result<(), Rejection> {
        let which = Which { not_started: true, ..Which::default() };
        self.carry_out(Body::RetryHosts { job, which, from: RetryFrom::Start, reason: "".into() })
    }

    fn ids(&self) -> Vec<u64> {
        self.fleet.jobs.keys().map(|id| id.0.timestamp_ms()).collect()
    }

    fn leaving(&mut self) -> Vec<Job> {
        std::mem::take(&mut self.fleet.leaving)
    }
}

#[test]
fn the_oldest_leave_first_and_whole() {
    let mut room = Room::of(3);
    room.end_all(1..=MOST_ENDED as u64);
    assert_eq!((room.leaving().len(), room.fleet.archived), (0, 0));
    room.ended(1_000);
    room.ended(1_001);
    let left = room.leaving();
    assert_eq!(left.iter().map(|job| job.id.0.timestamp_ms()).collect::<Vec<_>>(), [1, 2]);
    assert_eq!((room.fleet.jobs.len(), room.fleet.archived), (MOST_ENDED, 2));
    assert_eq!((left[0].runs.len(), left[0].plan.hosts.len()), (3, 3));
    assert_eq!((left[0].status, left[0].outcome), (JobStatus::Finished, Some(JobOutcome::Cancelled)));
}

#[test]
fn hosts_count_and_the_last_one_stays_however_large() {
    let third = MOST_HOSTS / 3 + 1;
    let mut room = Room::of(third);
    room.end_all(1..=3);
    assert_eq!(room.ids(), [2, 3]);

    let mut room = Room::of(MOST_HOSTS + 1);
    room.end_all(1..=2);
    assert_eq!(room.ids(), [2]);
}

#[test]
fn what_is_retried_stays_and_what_is_archived_stays_as_it_ended() {
    let mut room = Room::of(1);
    let first = room.ended(1);
    room.retry(first).expect("a job that has just ended");
    room.end_all(2..=MOST_ENDED as u64 + 2);
    assert!(room.fleet.jobs.contains_key(&first), "it goes on, so it stays");
    let left = room.leaving();
    assert_eq!(left.iter().map(|job| job.id.0.timestamp_ms()).collect::<Vec<_>>(), [2]);
    assert!(explain::actions(&left[0]).iter().all(|action| action.refused == Some(jobs::decide::WhyNot::Archived)));
    let rejection = room.retry(left[0].id).expect_err("it is in the archive");
    assert_eq!(rejection.code, Code::NotFound);
    assert!(rejection.hint.contains("archive"), "{}", rejection.hint);
}

#[test]
fn the_log_alone_leads_to_the_same_jobs() {
    let mut room = Room::of(2);
    room.end_all(1..=MOST_ENDED as u64 + 5);
    let mut folded = Fleet::default();
    room.log.iter().for_each(|event| jobs::apply(&mut folded, event, Timestamp(1)));
    assert_eq!(folded.jobs.keys().collect::<Vec<_>>(), room.fleet.jobs.keys().collect::<Vec<_>>());
    assert_eq!((&folded.ended, folded.archived), (&room.fleet.ended, room.fleet.archived));
    let snapshot = serde_json::to_value(&room.fleet).expect("JSON");
    let back: Fleet = serde_json::from_value(snapshot).expect("a state");
    assert_eq!((&back.ended, back.archived), (&room.fleet.ended, room.fleet.archived));
}

#[test]
fn a_summary_is_the_job_without_its_hosts() {
    let mut room = Room::of(4);
    let id = room.ended(1);
    let job = &room.fleet.jobs[&id];
    let summary = job.summary();
    assert!(summary.is_summary() && !job.is_summary());
    assert_eq!((summary.plan.hosts.len(), summary.plan.total(), summary.tally), (0, 4, job.tally));
    assert_eq!((summary.plan.hash, summary.batches.len()), (job.plan.hash, job.batches.len()));
}
