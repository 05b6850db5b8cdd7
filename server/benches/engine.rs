//! P4: the engine alone. A job of 10,000 hosts through six steps of `patch-server`, hosts that answer at once in this
//! process, every event durable; steps a second, and whether a step costs the same from 1,000 to 100,000 hosts. Beside
//! it the floor: the same job decided and applied in memory, nothing stored.
//!
//! `cargo bench -p server --bench engine [-- hosts...]`, by default 1000 10000 100000. The first two are repeated.
//! With one size, nothing is said about flatness.

#[path = "measure/at_once.rs"]
mod at_once;
#[path = "measure/goal.rs"]
mod goal;
#[path = "measure/machine.rs"]
mod machine;
#[path = "measure/median.rs"]
mod median;
#[path = "measure/rollout.rs"]
mod rollout;
#[path = "measure/running.rs"]
mod running;
#[path = "measure/usage.rs"]
mod usage;

use goal::Goals;
use jobs::command::{Actor, Body, Command};
use jobs::fleet::{Change, Fleet};
use jobs::ids::JobId;
use jobs::outcome::JobOutcome;
use jobs::time::Timestamp;
use median::median;
use rollout::{STEPS, command, commands, success};
use server::engine::{Clock, SystemClock};
use std::collections::VecDeque;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;
use storage::{EventStore, Options, RocksStore, SpaceLimits};
use tokio::sync::oneshot;

/// As in the binary.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// Hosts in flight, whatever the number of hosts, so that only that number differs.
const IN_FLIGHT: u32 = 2_000;
/// Of each size so many steps are measured in all, and at least one job.
const STEPS_OF_A_SIZE: u32 = 300_000;

/// One job, from its start to its last step.
struct Figures {
    wall_seconds: f64,
    cpu_seconds: f64,
    steps: f64,
    events: u64,
}

impl Figures {
    fn per_second(&self) -> f64 {
        self.steps / self.wall_seconds
    }

    fn cpu_microseconds(&self) -> f64 {
        self.cpu_seconds * 1e6 / self.steps
    }
}

/// Watches the clock and the processors.
struct Watch {
    began: Instant,
    cpu: f64,
}

impl Watch {
    fn start() -> Watch {
        Watch { cpu: usage::cpu_seconds(std::process::id()), began: Instant::now() }
    }

    fn stop(&self, hosts: u32, events: u64) -> Figures {
        Figures {
            wall_seconds: self.began.elapsed().as_secs_f64(),
            cpu_seconds: usage::cpu_seconds(std::process::id()) - self.cpu,
            steps: f64::from(hosts * STEPS),
            events,
        }
    }
}

fn main() -> ExitCode {
    let asked: Vec<u32> = std::env::args().filter_map(|argument| argument.parse().ok()).collect();
    let sizes = if asked.is_empty() { vec![1_000, 10_000, 100_000] } else { asked };
    println!("P4 on {}; {IN_FLIGHT} hosts in flight, {STEPS} steps each", machine::describe());
    let mut goals = Goals::default();
    let mut costs = Vec::new();
    for hosts in sizes {
        let (engine, memory) = bench(hosts);
        if hosts == 10_000 {
            let ratio = engine.per_second / memory.per_second;
            let figure = format!("{:.0}/s, in memory {:.0}/s, ratio {ratio:.2}", engine.per_second, memory.per_second);
            goals.judge("P4", ">= 40,000 steps/s, durable", &figure, engine.per_second >= 40_000.0);
        }
        costs.push((hosts, engine.cpu_microseconds, memory.cpu_microseconds));
    }
    judge_flatness(&mut goals, &costs);
    goals.exit()
}

fn judge_flatness(goals: &mut Goals, costs: &[(u32, f64, f64)]) {
    let (Some(first), Some(last)) = (costs.first(), costs.last()) else { return };
    if costs.len() < 2 {
        return;
    }
    for (what, ratio) in [("durable", last.1 / first.1), ("in memory", last.2 / first.2)] {
        let goal = format!("CPU a step, {} over {} hosts, 1 +- 0.2", last.0, first.0);
        goals.judge("P4", &goal, &format!("{ratio:.2} {what}"), (0.8..=1.2).contains(&ratio));
    }
}

/// Medians over the jobs of one size.
struct Medians {
    per_second: f64,
    cpu_microseconds: f64,
}

impl Medians {
    fn of(figures: &[Figures]) -> Medians {
        Medians {
            per_second: median(figures.iter().map(Figures::per_second).collect()),
            cpu_microseconds: median(figures.iter().map(Figures::cpu_microseconds).collect()),
        }
    }
}

/// Both ways in turns.
fn bench(hosts: u32) -> (Medians, Medians) {
    let rounds = (STEPS_OF_A_SIZE / (hosts * STEPS)).clamp(1, 25);
    let (mut engine, mut memory) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        memory.push(in_memory(hosts));
        engine.push(durable(hosts));
    }
    let events = engine.last().map_or(0, |figures| figures.events);
    let (engine, memory) = (Medians::of(&engine), Medians::of(&memory));
    for (what, medians) in [("engine, durable", &engine), ("memory alone", &memory)] {
        let Medians { per_second, cpu_microseconds } = medians;
        println!(
            "  {hosts:>6} hosts, {what:<15} {per_second:>7.0} steps/s, {cpu_microseconds:>5.1} us CPU a step ({rounds} jobs of {events} events)"
        );
    }
    (engine, memory)
}

fn job() -> JobId {
    JobId(ulid::Ulid::from_parts(1_795_000_000_000, 1))
}

/// The floor: what the rules cost, and nothing else.
fn in_memory(hosts: u32) -> Figures {
    let clock = SystemClock::default();
    let mut fleet = Fleet::default();
    for command in commands(hosts, IN_FLIGHT, job()) {
        jobs::carry_out(&mut fleet, &command, clock.now()).expect("the job is set up");
    }
    let watch = Watch::start();
    let start = command(Body::StartJob { job: job() });
    let mut events = jobs::carry_out(&mut fleet, &start, clock.now()).expect("the job starts").len();
    let mut reports = VecDeque::new();
    loop {
        reports.extend(answers(&mut fleet));
        let Some(body) = reports.pop_front() else { break };
        events += carry_out(&mut fleet, body, clock.now());
    }
    assert_eq!(fleet.jobs[&job()].outcome, Some(JobOutcome::Succeeded));
    watch.stop(hosts, events as u64)
}

fn carry_out(fleet: &mut Fleet, body: Body, now: Timestamp) -> usize {
    let command = Command { actor: Actor::system(), body };
    jobs::carry_out(fleet, &command, now).expect("the report is wanted").len()
}

/// What hosts say to the orders that came into force.
fn answers(fleet: &mut Fleet) -> Vec<Body> {
    let changes = fleet.take_changes();
    let orders = changes.into_iter().filter_map(|change| match change {
        Change::InForce(effect) => fleet.order(effect),
        Change::Signalled(..) | Change::Withdrawn(_) => None,
    });
    orders.map(|order| Body::Report { job: order.job, attempt: order.attempt, report: success(&order) }).collect()
}

fn durable(hosts: u32) -> Figures {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let options = Options { space: SpaceLimits { ballast_bytes: 0, ..SpaceLimits::default() }, ..Options::default() };
    let store = Arc::new(RocksStore::open(folder.path(), options).expect("a store"));
    let mut done = None;
    let engine = running::start(&store, |engine| {
        let (runner, all) = at_once::hosts(engine, hosts * STEPS, |_| true);
        done = Some(all);
        runner
    });
    for command in commands(hosts, IN_FLIGHT, job()) {
        running::submit(&engine, command);
    }
    let before = store.head().position;
    let watch = Watch::start();
    running::submit(&engine, command(Body::StartJob { job: job() }));
    done.and_then(|done| done.recv().ok()).expect("the job goes through");
    let figures = watch.stop(hosts, store.head().position - before);
    let (seen, outcome) = oneshot::channel();
    let look = Box::new(move |fleet: &Fleet, _| {
        seen.send(fleet.jobs[&job()].outcome).expect("the bench waits");
    });
    engine.look(look).expect("the engine lives");
    assert_eq!(outcome.blocking_recv(), Ok(Some(JobOutcome::Succeeded)));
    running::stop(&engine);
    figures
}
