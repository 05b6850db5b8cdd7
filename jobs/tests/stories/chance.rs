//! Promises kept under any template, any fleet, any answers, and any commands at any moment. What is promised stands in
//! `witness`; `World` sends the state through a crash in the middle of every command.

use crate::given::{Given, SEED};
use crate::world::{Hosts, World, job_id};
use jobs::attempt::{Ending, How, Order, Report, Vanished};
use jobs::command::{Body, CreateJob, Which};
use jobs::event::{RetryFrom, Verdict};
use jobs::explain::{WaitingKind, waiting_for};
use jobs::fleet::Fleet;
use jobs::ids::{BatchIndex, HostIndex, JobId};
use jobs::job::{BatchStatus, Job};
use jobs::outcome::{HostStatus, JobStatus};
use jobs::parameter::Values;
use jobs::time::Duration;
use proptest::prelude::*;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

/// Everything about a run that is left to chance.
#[derive(Clone, Debug)]
struct Case {
    seed: u64,
    hosts: u8,
    jobs: u8,
    steps: Vec<u16>,
    policy: u32,
    /// Seconds to wait, what to do, and to which job or host.
    moves: Vec<(u16, u8, u8)>,
}

fn cases() -> impl Strategy<Value = Case> {
    let moves = prop::collection::vec((0..400u16, any::<u8>(), any::<u8>()), 0..30);
    let steps = prop::collection::vec(any::<u16>(), 1..6);
    (any::<u64>(), 0..11u8, 1..4u8, steps, any::<u32>(), moves)
        .prop_map(|(seed, hosts, jobs, steps, policy, moves)| Case { seed, hosts, jobs, steps, policy, moves })
}

fn given(case: &Case) -> Given {
    let mut given = Given::nothing();
    (1..=case.hosts).for_each(|host| given.take(&format!("hosts web-{host} os={}", host % 3)));
    for (at, bits) in case.steps.iter().enumerate() {
        let flags = [
            (bits & 0x3 == 1, "out"),
            (bits & 0x3 == 2, "back"),
            (bits >> 2 & 0x3 == 1, "undo"),
            (bits >> 4 & 0x7 == 1, "always"),
            (bits >> 7 & 0x3 == 1, "repeatable"),
            (bits >> 7 & 0x3 == 2, "verify"),
            (bits >> 9 & 0x3 == 1, "retry 3 20s x2"),
            (bits >> 11 & 0x7 == 1, "unsafe"),
            (bits >> 14 & 0x3 == 1, "done if host.name is defined and steps.s0.succeeded"),
        ];
        let flags: Vec<&str> = flags.into_iter().filter(|(set, _)| *set).map(|(_, flag)| flag).collect();
        let colon = if flags.is_empty() { "" } else { ": " };
        given.take(&format!("step s{at}{colon}{}", flags.join(", ")));
    }
    let pick = |shift: u32, choices: &[&'static str]| choices[(case.policy >> shift) as usize % choices.len()];
    let chosen = [
        pick(0, &["batches 1, 2", "batches 2 bake 10m, 30%", "batches 1 approve expires 1h, 50%", "", "batches 100%"]),
        pick(3, &["max 1", "max 2", "max 3", "max 100", "ramp doubling"]),
        pick(6, &["gate canary 0 1", "gate canary 1 1", "gate canary 9 0"]),
        pick(9, &["", "gate batch 1", "gate batch 30%"]),
        pick(12, &["gate cap none", "gate cap 0", "gate cap 3", "gate total 25% of 4", ""]),
        pick(15, &["", "gate unreachable 1", "gate unreachable 20%"]),
        pick(18, &["", "gate signature 1", "gate signature 2"]),
        pick(21, &["", "undo"]),
        pick(24, &["", "spread os"]),
    ];
    chosen.into_iter().filter(|line| !line.is_empty()).for_each(|line| given.take(line));
    given
}

/// Hosts that answer by chance, and the same to the same attempt.
struct Moody {
    seed: u64,
}

impl Moody {
    fn draw(&self, of: impl Hash) -> u64 {
        let mut hasher = DefaultHasher::new();
        (self.seed, of).hash(&mut hasher);
        hasher.finish()
    }
}

fn ended(how: How, draw: u64) -> Report {
    let error = (draw & 1 == 1).then(|| format!("error {}", draw >> 1 & 1).into());
    let took = Duration::seconds(draw >> 8 & 0x3f);
    Report::Ended(Ending { how, output: Values::new(), error, took, out_bytes: draw & 3, err_bytes: 0 })
}

impl Hosts for Moody {
    fn begin(&mut self, order: &Order) -> Vec<(Duration, Report)> {
        let draw = self.draw((order.job, order.attempt, 'b'));
        let soon = Duration::seconds(draw >> 16 & 0x1f);
        let later = Duration::seconds(soon.0 / 1_000 + (draw >> 24 & 0x1ff));
        let out = |may_have_begun| Report::OutOfReach { why: "no route".into(), may_have_begun };
        let end = |how| ended(how, draw >> 32);
        match draw % 100 {
            0..64 => vec![(soon, end(How::Exited(0)))],
            64..70 => vec![(soon, end(How::Exited(1))), (later, end(How::Exited(0)))],
            70..73 => vec![(soon, end(How::TimedOut))],
            73..75 => vec![(soon, end(How::Signalled(9)))],
            75..80 => vec![(soon, Report::Vanished(Vanished::Rebooted))],
            80 => vec![(soon, Report::Vanished(Vanished::Forgotten))],
            81 => vec![(soon, Report::Vanished(Vanished::Cleared))],
            82..85 => vec![(soon, out(false)), (later, Report::Begun), (later, end(How::Exited(0)))],
            85..88 => vec![(soon, out(false))],
            88..90 => vec![(soon, out(true)), (later, out(false))],
            90..92 => vec![(soon, out(false)), (later, Report::Begun), (later, out(false))],
            92..94 => vec![(soon, Report::Refused { why: "not me".into() })],
            94..96 => Vec::new(),
            _ => vec![(soon, Report::Begun), (later, end(How::Exited(0))), (later, end(How::Exited(0)))],
        }
    }

    fn signal(&mut self, order: &Order) -> Vec<(Duration, Report)> {
        let draw = self.draw((order.job, order.attempt, 's'));
        match draw % 4 {
            0 => Vec::new(),
            1 => vec![(Duration::seconds(1), ended(How::Exited(143), draw))],
            _ => vec![(Duration::seconds(2), ended(How::Killed, draw))],
        }
    }
}

/// Puts in place what is given, and starts so many jobs of it.
pub fn begin<H: Hosts>(world: &mut World<H>, given: Given, jobs: u8) -> Vec<JobId> {
    let hosts = given.hosts.iter().map(|(_, host)| host.clone()).collect();
    let template = Arc::new(given.template);
    for body in [
        Body::PutInventory { source: "s".into(), hosts },
        Body::InstallPack { pack: "p".into(), version: "1".into(), actions: given.actions },
        Body::ApplyTemplate { template, source: "one".into(), base: None },
    ] {
        world.carry_out("user:author", body).expect("what is given is in order");
    }
    let jobs: Vec<JobId> = (0..jobs).map(|number| job_id(u64::from(number) + 1)).collect();
    for job in &jobs {
        let create = CreateJob {
            job: *job,
            seed: SEED,
            template: "patch".into(),
            parameters: Values::new(),
            targets: None,
            start: true,
            policy: None,
            plan_hash: None,
            template_version: None,
            due: None,
        };
        world.carry_out("user:alice", Body::CreateJob(Box::new(create))).expect("a job is created");
    }
    jobs
}

/// Any command, about any job and host. Most of them will be rejected at most moments.
fn command(job: &Job, what: u8, whom: u8) -> Body {
    let (id, reason): (JobId, Arc<str>) = (job.id, "chance".into());
    let host = HostIndex(u32::from(whom) % (job.runs.len() as u32 + 1));
    let one =
        Which { hosts: job.planned_host(host).map(|host| host.name.clone()).into_iter().collect(), ..Which::default() };
    let some = || if whom & 0x40 == 0 { one.clone() } else { Which { not_started: whom & 1 == 1, ..Which::default() } };
    let from = if whom & 2 == 0 { RetryFrom::FailedStep } else { RetryFrom::Start };
    match what % 20 {
        0 | 1 => Body::HoldJob { job: id, reason },
        2..=5 => Body::ResumeJob { job: id, reason: "".into() },
        6 => Body::DrainJob { job: id, reason },
        7 => Body::CancelJob { job: id, reason },
        8 => Body::KillJob { job: id, reason },
        9..=13 => Body::RetryHosts { job: id, which: some(), from, reason: "".into() },
        14 => Body::AcceptHosts { job: id, which: some(), reason },
        15 | 16 => Body::ResolveInDoubt { job: id, host, verdict: verdict(whom), reason },
        17 => Body::StartJob { job: id },
        _ => approval(job, u32::from(whom)),
    }
}

fn verdict(chance: u8) -> Verdict {
    [Verdict::Succeeded, Verdict::Failed, Verdict::RunAgain][usize::from(chance) % 3]
}

fn approval(job: &Job, batch: u32) -> Body {
    let batch = BatchIndex(batch % (job.batches.len() as u32 + 1));
    Body::ApproveBatch { job: job.id, batch, plan_hash: job.plan.hash.to_string().into(), reason: "".into() }
}

fn run(case: &Case) -> World<Moody> {
    let mut world = World::new(Moody { seed: case.seed });
    let jobs = begin(&mut world, given(case), case.jobs);
    for (seconds, what, whom) in &case.moves {
        world.wait(Duration::seconds(u64::from(*seconds)));
        let job = &world.fleet.jobs[&jobs[usize::from(*whom >> 5) % jobs.len()]];
        // A rejection is an answer, and must leave the state as it was.
        let (body, before) = (command(job, *what, *whom), world.log.len());
        if world.carry_out("user:bob", body).is_err() {
            assert_eq!(world.log.len(), before);
        }
    }
    world
}

/// Lets everything happen that happens by itself.
fn come_to_rest(world: &mut World<Moody>) {
    for _ in 0..20_000 {
        match world.next_moment() {
            Some(_) => world.step(),
            None => return,
        }
    }
    panic!("it never comes to rest");
}

/// What a person does about whatever a job says it waits for; `None` for a job that has ended.
fn next_step(fleet: &Fleet, job: &Job) -> Option<Body> {
    let id = job.id;
    let kinds: Vec<WaitingKind> = waiting_for(fleet, job).into_iter().map(|waiting| waiting.kind).collect();
    let doubt = job.runs.iter().position(|run| run.status == HostStatus::InDoubt);
    let host = |at: usize| HostIndex(at as u32);
    match (job.status, doubt) {
        (JobStatus::Finished, _) => return None,
        (JobStatus::Planned, _) if kinds.contains(&WaitingKind::Start) => return Some(Body::StartJob { job: id }),
        (JobStatus::Held, _) if kinds.contains(&WaitingKind::Resume) => {
            return Some(Body::ResumeJob { job: id, reason: "".into() });
        }
        (_, Some(at)) if kinds.contains(&WaitingKind::Person) => {
            let verdict = verdict(at as u8);
            return Some(Body::ResolveInDoubt { job: id, host: host(at), verdict, reason: "seen".into() });
        }
        _ => {}
    }
    let asks = |(_, batch): &(u32, &jobs::job::Batch)| matches!(batch.status, BatchStatus::AwaitingApproval(_));
    let asking = (0u32..).zip(&job.batches).find(asks).map(|(at, _)| at);
    match asking {
        Some(at) if kinds.contains(&WaitingKind::Approval) => Some(approval(job, at)),
        _ if kinds.contains(&WaitingKind::Person) => {
            Some(Body::AcceptHosts { job: id, which: Which::default(), reason: "seen".into() })
        }
        _ if kinds.contains(&WaitingKind::Lease) => None,
        _ => panic!("job {id} is {:?} and waits for {kinds:?}, which nobody can do anything about", job.status),
    }
}

/// A person who does what jobs wait for brings all of them to their end.
fn end(world: &mut World<Moody>) {
    for _ in 0..500 {
        come_to_rest(world);
        let mut next: Vec<Body> = world.fleet.jobs.values().filter_map(|job| next_step(&world.fleet, job)).collect();
        if next.is_empty() {
            // Each may keep a host out of service that the other waits for. They say so, and one has to give in.
            let waiting = world.fleet.jobs.values().find(|job| job.status != JobStatus::Finished);
            let Some(job) = waiting.map(|job| job.id) else { return };
            next.push(Body::CancelJob { job, reason: "it waits for one that waits for it".into() });
        }
        for body in next {
            // What was done about one job may have changed what another waits for.
            drop(world.carry_out("user:carol", body));
        }
    }
    panic!("there is no end to what a person has to do");
}

/// So many cases, or as many as `CASES` says.
fn config(cases: u32) -> ProptestConfig {
    let cases = std::env::var("CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(cases);
    ProptestConfig { cases, failure_persistence: None, max_shrink_iters: 500, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config(160))]

    #[test]
    fn every_promise_holds_and_every_job_ends(case in cases()) {
        let mut world = run(&case);
        end(&mut world);
        world.check_fold();
    }
}

proptest! {
    #![proptest_config(config(24))]

    #[test]
    fn the_same_again_is_the_same(case in cases()) {
        prop_assert_eq!(run(&case).log, run(&case).log);
    }
}
