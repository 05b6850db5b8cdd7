//! P8: `stagger demo` with 10,000 hosts over the real SSH protocol, both ends on this machine, in canary batches without
//! bakes, against russh alone and the same simulated fleet: login, supervisor, five scripts on every host.
//!
//! `cargo bench -p server --bench demo [-- hosts rounds]`, by default 10000 hosts once each way.

#[path = "measure/bare.rs"]
mod bare;
#[path = "measure/goal.rs"]
mod goal;
#[path = "measure/machine.rs"]
mod machine;
#[path = "measure/median.rs"]
mod median;
#[path = "measure/memory.rs"]
mod memory;
#[path = "measure/usage.rs"]
mod usage;

use bare::Visit;
use goal::Goals;
use jobs::attempt::Op;
use jobs::inventory::Host;
use median::median;
use server::connection::Connection;
use server::remote::protocol::{Begin, Flags, Request, Rights, Tried, Verb, encode_environment};
use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

const STAGGER: &str = env!("CARGO_BIN_EXE_stagger");
/// Hosts in flight, on both sides.
const IN_FLIGHT: &str = "200";
/// Scripts on each host for the floor.
const SCRIPTS: u8 = 5;
/// Nothing takes longer unless something is broken.
const PATIENCE: Duration = Duration::from_secs(900);

/// One way of visiting every host.
struct Round {
    wall_seconds: f64,
    controller_cpu: f64,
    fleet_cpu: f64,
    controller_megabytes: f64,
}

fn main() -> ExitCode {
    let asked: Vec<u32> = std::env::args().filter_map(|argument| argument.parse().ok()).collect();
    let (hosts, rounds) = (asked.first().copied().unwrap_or(10_000), asked.get(1).copied().unwrap_or(1));
    println!("P8 on {}; {hosts} hosts, {IN_FLIGHT} in flight", machine::describe());
    let (mut demos, mut floors) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        floors.push(bare_pair(hosts));
        println!("  bare russh and fleet: {}", shown(&floors[floors.len() - 1]));
        demos.push(demo(hosts));
        println!("  stagger demo:         {}", shown(&demos[demos.len() - 1]));
    }
    judge(&demos, &floors)
}

fn judge(demos: &[Round], floors: &[Round]) -> ExitCode {
    let mut goals = Goals::default();
    let of = |rounds: &[Round], what: fn(&Round) -> f64| median(rounds.iter().map(what).collect());
    let (ours, floor) = (of(demos, |round| round.wall_seconds), of(floors, |round| round.wall_seconds));
    let figure = format!("{ours:.1} s, bare pair {floor:.1} s, ratio {:.2}", ours / floor);
    goals.judge("P8", "<= 3 x the bare pair", &figure, ours <= 3.0 * floor);
    let (ours, floor) = (of(demos, both_cpus), of(floors, both_cpus));
    println!("     CPU of both ends: {ours:.1} s, bare pair {floor:.1} s, ratio {:.2}", ours / floor);
    let megabytes = of(demos, |round| round.controller_megabytes);
    goals.judge("P8", "controller's peak RSS < 1000 MB", &format!("{megabytes:.0} MB"), megabytes < 1000.0);
    goals.exit()
}

fn both_cpus(round: &Round) -> f64 {
    round.controller_cpu + round.fleet_cpu
}

fn shown(round: &Round) -> String {
    let Round { wall_seconds, controller_cpu, fleet_cpu, controller_megabytes } = round;
    format!(
        "{wall_seconds:.1} s, controller {controller_cpu:.1} s of CPU and {controller_megabytes:.0} MB, fleet {fleet_cpu:.1} s of CPU"
    )
}

/// The demo as a person runs it. CPU and memory are looked at until it ends.
fn demo(hosts: u32) -> Round {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut command = Command::new(STAGGER);
    command.args([
        "demo",
        "--scene",
        "patch",
        "--exit-when-done",
        "--speed",
        "instant",
        "--bake",
        "0s",
        "--listen",
        "127.0.0.1:0",
    ]);
    command.args(["--hosts", &hosts.to_string(), "--concurrency", IN_FLIGHT, "--data"]).arg(folder.path());
    let began = Instant::now();
    let mut child = command.stdout(Stdio::piped()).spawn().expect("the demo starts");
    let output = child.stdout.take().expect("a pipe");
    let said = std::thread::spawn(move || std::io::read_to_string(output).expect("text"));
    let mut round = Round { wall_seconds: 0.0, controller_cpu: 0.0, fleet_cpu: 0.0, controller_megabytes: 0.0 };
    let ended = loop {
        if let Some(ended) = child.try_wait().expect("it is ours") {
            break ended;
        }
        round.look(child.id(), fleet_of(folder.path()));
        assert!(began.elapsed() < PATIENCE, "the demo does not end");
        std::thread::sleep(Duration::from_millis(50));
    };
    let said = said.join().expect("it was read");
    assert!(ended.success(), "the demo did not end well: {said}");
    let summary: serde_json::Value =
        said.lines().last().and_then(|line| serde_json::from_str(line).ok()).expect("a summary");
    println!("  {summary}");
    Round { wall_seconds: summary["seconds"].as_f64().expect("a number"), ..round }
}

impl Round {
    /// Keeps the last figures seen of processes that may be gone the next time.
    fn look(&mut self, controller: u32, fleet: Option<u32>) {
        self.controller_cpu = self.controller_cpu.max(usage::cpu_seconds(controller));
        self.fleet_cpu = self.fleet_cpu.max(fleet.map_or(0.0, usage::cpu_seconds));
        self.controller_megabytes =
            self.controller_megabytes.max(memory::kilobytes(controller, "VmHWM") as f64 / 1000.0);
    }
}

fn fleet_of(folder: &Path) -> Option<u32> {
    std::fs::read_to_string(folder.join("fleet.pid")).ok()?.trim().parse().ok()
}

/// The same fleet, and a client that does nothing but SSH.
fn bare_pair(hosts: u32) -> Round {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let key = write_key(folder.path());
    let mut fleet = start_fleet(folder.path(), hosts);
    let inventory = server::library::inventory_from(&folder.path().join("inventory.yaml")).expect("the fleet wrote it");
    assert_eq!(inventory.len(), hosts as usize);
    let visits: Vec<Visit> = (0..).zip(&inventory).map(|(number, host)| visit(number, host)).collect();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let (cpu, fleet_cpu, began) =
        (usage::cpu_seconds(std::process::id()), usage::cpu_seconds(fleet.id()), Instant::now());
    runtime.block_on(bare::make_all(visits, key, IN_FLIGHT.parse().expect("a number")));
    let round = Round {
        wall_seconds: began.elapsed().as_secs_f64(),
        controller_cpu: usage::cpu_seconds(std::process::id()) - cpu,
        fleet_cpu: usage::cpu_seconds(fleet.id()) - fleet_cpu,
        controller_megabytes: memory::kilobytes(std::process::id(), "VmHWM") as f64 / 1000.0,
    };
    fleet.kill().and_then(|()| fleet.wait()).expect("the fleet ends");
    round
}

fn write_key(folder: &Path) -> russh::keys::PrivateKey {
    let mut random = russh::keys::key::safe_rng();
    let key = russh::keys::PrivateKey::random(&mut random, russh::keys::Algorithm::Ed25519).expect("a key");
    let public = key.public_key().to_openssh().expect("a public key");
    std::fs::write(folder.join("key.pub"), public + "\n").expect("a file");
    key
}

/// Starts a fleet as the demo does, and waits until it is ready.
fn start_fleet(folder: &Path, hosts: u32) -> Child {
    let mut command = Command::new(STAGGER);
    command.args(["fleet", "--listen", "127.0.0.1:0+16", "--speed", "instant", "--hosts", &hosts.to_string()]);
    for (flag, file) in [
        ("--journal", "journal"),
        ("--state", "state"),
        ("--inventory", "inventory.yaml"),
        ("--authorized-key", "key.pub"),
    ] {
        command.arg(flag).arg(folder.join(file));
    }
    let log = folder.join("log");
    let child = command.stdout(std::fs::File::create(&log).expect("a file")).spawn().expect("the fleet starts");
    let began = Instant::now();
    while !std::fs::read_to_string(&log).unwrap_or_default().contains("fleet ready") {
        assert!(began.elapsed() < PATIENCE, "the fleet does not become ready");
        std::thread::sleep(Duration::from_millis(20));
    }
    child
}

/// A supervisor that a simulated host keeps the hash of, and five scripts.
fn visit(number: u32, host: &Host) -> Visit {
    const SUPERVISOR: &[u8] = b"a supervisor";
    let connection = Connection::of(host).expect("the fleet wrote it");
    let ip = connection.address.parse().expect("an address");
    let install = (request(Verb::Install { bytes: SUPERVISOR.len() as u64 }), SUPERVISOR.to_vec());
    let scripts = (0..SCRIPTS).map(|script| begin(number, script));
    Visit {
        address: std::net::SocketAddr::new(ip, connection.port),
        user: connection.user,
        lines: std::iter::once(install).chain(scripts).collect(),
    }
}

fn begin(host: u32, script: u8) -> (String, Vec<u8>) {
    let environment = encode_environment([("STAGGER_STEP", "check")]).expect("an environment");
    let (spec, text) = ("00112233aabbccdd", "true\n");
    let mut op = [script; 16];
    op[..4].copy_from_slice(&host.to_be_bytes());
    let begin = Begin {
        attempt: Tried { op: Op(op), number: 1 },
        epoch: 1,
        spec: spec.to_owned(),
        timeout: jobs::time::Duration(0),
        env_bytes: environment.len() as u64,
        script_bytes: text.len() as u64,
        out_from: 0,
        err_from: 0,
        acks: Vec::new(),
        flags: Flags::default(),
    };
    (request(Verb::Begin(begin)), format!("{environment}{text}{spec}\n").into_bytes())
}

fn request(verb: Verb) -> String {
    Request { dir: None, hash: "0123456789abcdef".to_owned(), verb }.line(Rights::Login)
}
