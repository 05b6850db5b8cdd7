//! P5: a server that was killed with a job of 10,000 hosts in flight and a long log behind it, until it serves again.
//! P6: replay of a job's 150,000 events to a position, against reading and decoding them and nothing else.
//!
//! `cargo bench -p server --bench boot [-- events rounds]`, by default 1,000,000 events and 3 rounds.

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
use jobs::attempt::Order;
use jobs::command::Body;
use jobs::event::Event;
use jobs::ids::JobId;
use median::median;
use rollout::{STEPS, command, commands};
use server::engine::{Until, fold};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};
use storage::{EventStore, Options, RocksStore, SpaceLimits};

/// As in the binary.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

const HOSTS: u32 = 10_000;
/// Said by the process that fills the log.
const FILLED: &str = "filled";
/// Records read at once, as the fold does.
const PAGE: usize = 4_096;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [fill, folder, events] = arguments.as_slice()
        && fill == "--fill"
    {
        fill_log(Path::new(folder), events.parse().expect("a number"));
    }
    let asked: Vec<u64> = arguments.iter().filter_map(|argument| argument.parse().ok()).collect();
    let (events, rounds) = (asked.first().copied().unwrap_or(1_000_000), asked.get(1).copied().unwrap_or(3));
    println!("P5, P6 on {}", machine::describe());
    let folder = tempfile::tempdir().expect("a temporary folder");
    fill_and_kill(folder.path(), events);
    let mut goals = Goals::default();
    show_parts(folder.path());
    bench_replay(&mut goals, folder.path(), rounds);
    bench_boot(&mut goals, folder.path(), rounds);
    goals.exit()
}

/// The store where the server keeps it.
fn open(folder: &Path) -> Arc<RocksStore> {
    let options = Options { space: SpaceLimits { ballast_bytes: 0, ..SpaceLimits::default() }, ..Options::default() };
    Arc::new(RocksStore::open(&folder.join("store"), options).expect("the store opens"))
}

fn fill_and_kill(folder: &Path, events: u64) {
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    command.arg("--fill").arg(folder).arg(events.to_string());
    let mut filling = command.stdout(Stdio::piped()).spawn().expect("it starts");
    assert_eq!(first_line(&mut filling), FILLED, "the log was not filled");
    // SIGKILL: what the server finds is what a crash leaves behind.
    filling.kill().and_then(|()| filling.wait()).expect("it ends");
}

fn first_line(process: &mut Child) -> String {
    let mut line = String::new();
    BufReader::new(process.stdout.as_mut().expect("a pipe")).read_line(&mut line).expect("it says something");
    line.trim().to_owned()
}

/// Whole jobs until so many events are in the log, then one that stops with every host in flight; never returns.
fn fill_log(folder: &Path, events: u64) -> ! {
    let store = open(folder);
    let mut job = 0;
    while store.head().position < events {
        job += 1;
        run_job(&store, job, HOSTS * STEPS, |_| true);
    }
    // Where a host stands differs from host to host, as it would.
    let answers = |order: &Order| attempts_before(order) < order.attempt.host.0 % STEPS;
    let answered: u32 = (0..HOSTS).map(|host| host % STEPS).sum();
    run_job(&store, job + 1, answered, answers);
    println!("{FILLED}");
    loop {
        std::thread::park();
    }
}

/// How many attempts the host went through before this one; the fourth step of the workflow is skipped.
fn attempts_before(order: &Order) -> u32 {
    let step = u32::from(order.attempt.step.0);
    step - u32::from(step > 3)
}

/// Runs a job until so many attempts have ended. An engine with open attempts is left running.
fn run_job(store: &Arc<RocksStore>, number: u64, attempts: u32, answers: fn(&Order) -> bool) {
    let job = JobId(ulid::Ulid::from_parts(1_795_000_000_000, number.into()));
    let mut done = None;
    let engine = running::start(store, |engine| {
        let (runner, all) = at_once::hosts(engine, attempts, answers);
        done = Some(all);
        runner
    });
    for command in commands(HOSTS, HOSTS, job) {
        running::submit(&engine, command);
    }
    running::submit(&engine, command(Body::StartJob { job }));
    done.and_then(|done| done.recv().ok()).expect("the attempts end");
    if attempts == HOSTS * STEPS {
        running::stop(&engine);
    }
}

/// What a boot is made of, each part alone.
fn show_parts(folder: &Path) {
    let began = Instant::now();
    let store = open(folder);
    let opened = began.elapsed();
    let booted = fold(store.as_ref(), Until::End, true).expect("the log is folded");
    let folded = began.elapsed() - opened;
    let in_flight = jobs::effects(&booted.fleet).len();
    println!(
        "  {} events, {in_flight} attempts in force; after the kill the store opens in {:.0} ms, snapshot and tail are folded in {:.0} ms",
        booted.position,
        opened.as_secs_f64() * 1e3,
        folded.as_secs_f64() * 1e3
    );
    assert_eq!(in_flight as u32, HOSTS);
}

fn bench_boot(goals: &mut Goals, folder: &Path, rounds: u64) {
    let mut seconds = Vec::new();
    let mut cpu = Vec::new();
    for _ in 0..rounds {
        let began = Instant::now();
        let mut command = Command::new(env!("CARGO_BIN_EXE_stagger"));
        command.args(["server", "--listen", "127.0.0.1:0", "--data"]).arg(folder);
        let mut server = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("the server starts");
        let said = first_line(&mut server);
        seconds.push(began.elapsed().as_secs_f64());
        cpu.push(usage::cpu_seconds(server.id()));
        assert!(said.contains("serves"), "the server did not start: {said}");
        // Long enough for the engine to write down what the runners have to say at first.
        std::thread::sleep(Duration::from_millis(500));
        server.kill().and_then(|()| server.wait()).expect("it ends");
    }
    let (seconds, cpu) = (median(seconds), median(cpu));
    let figure = format!("{seconds:.2} s, {cpu:.2} s of CPU");
    goals.judge("P5", "serving < 2 s after the start", &figure, seconds < 2.0);
}

fn bench_replay(goals: &mut Goals, folder: &Path, rounds: u64) {
    let store = open(folder);
    let position = u64::from(HOSTS) * 15;
    let (mut ratios, mut floors, mut replays) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..rounds {
        let began = Instant::now();
        decode(&store, position);
        let floor = began.elapsed().as_secs_f64();
        let began = Instant::now();
        let booted = fold(store.as_ref(), Until::Position(position), false).expect("the log is folded");
        let replay = began.elapsed().as_secs_f64();
        assert_eq!(booted.position, position);
        ratios.push(replay / floor);
        floors.push(floor);
        replays.push(replay);
    }
    let (ratio, floor, replay) = (median(ratios), median(floors), median(replays));
    let figure = format!("{replay:.2} s, decoding alone {floor:.2} s, ratio {ratio:.2}");
    goals.judge("P6", "replay to event 150,000 <= 2 x decoding", &figure, ratio <= 2.0);
}

/// Reads and decodes everything up to a position, and does nothing with it.
fn decode(store: &RocksStore, position: u64) {
    let (mut after, mut decoded) = (0, 0);
    while after < position {
        for envelope in store.read(after, PAGE).expect("the log is read") {
            let record = &envelope.record;
            let event = Event::decode(&record.stream, &record.kind, record.schema, &record.payload).expect("an event");
            decoded += u64::from(!event.kind().is_empty());
            after = envelope.position;
        }
    }
    assert_eq!(decoded, after);
}
