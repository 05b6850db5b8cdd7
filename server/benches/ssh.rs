//! What a step costs: CPU of the controller (P1), CPU of the host (P1b), memory for each host in flight (P2).
//!
//! 200 hosts, which are one OpenSSH server on this machine over 200 connections, take 5 tiny steps each; beside, in the
//! same run, the same lines go over russh with nothing around it. Medians of 5. Runs as root, as sshd does.
//!
//! `STAGGER_BENCH_HOSTS` and `STAGGER_BENCH_ROUNDS` change the size.

use jobs::action::{Place, Run};
use jobs::attempt::{Order, Report};
use jobs::ids::{AttemptId, HostIndex, HostName, JobId, Phase, StepIndex};
use jobs::inventory::Host;
use jobs::time::{Duration, Timestamp};
use russh::keys::{PrivateKey, PrivateKeyWithHashAlg, PublicKeyOrCertificate, load_secret_key};
use russh::{ChannelMsg, client};
use serde_json::json;
use server::connection::Connection;
use server::remote::{Limits, Reports, Resolve, RunnerConfig, Runners, Stream};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use tempfile::TempDir;
use tokio::sync::mpsc;

const STEPS: u16 = 5;

fn main() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let hosts = from_environment("STAGGER_BENCH_HOSTS", 200);
    let rounds = from_environment("STAGGER_BENCH_ROUNDS", 5);
    let server = Sshd::start();
    let (mut bare, mut ours) = (Vec::new(), Vec::new());
    runtime.block_on(run_ours(&server, hosts, 1)); // installs the supervisor on each
    for round in 0..rounds {
        bare.push(measure(hosts, runtime.block_on(with_usage(&server, run_bare(&server, hosts)))));
        let work = run_ours(&server, hosts, round as u64 + 2);
        ours.push(measure(hosts, runtime.block_on(with_usage(&server, work))));
    }
    report(hosts, &bare, &ours);
}

fn from_environment(name: &str, otherwise: usize) -> usize {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

/// One round: milliseconds of CPU for each step, here and on the host, and bytes for each host.
struct Figures {
    controller_ms: f64,
    host_ms: f64,
    memory: f64,
}

struct Usage {
    controller_s: f64,
    host_s: f64,
    memory: f64,
}

async fn with_usage(server: &Sshd, work: impl Future<Output = f64>) -> Usage {
    let (controller, host) = (own_cpu(), server.cpu());
    let memory = work.await;
    // What is left on the host, such as the last sync, is its work, too.
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    Usage { controller_s: own_cpu() - controller, host_s: server.cpu() - host, memory }
}

fn measure(hosts: usize, usage: Usage) -> Figures {
    let steps = (hosts * usize::from(STEPS)) as f64;
    Figures {
        controller_ms: usage.controller_s * 1_000.0 / steps,
        host_ms: usage.host_s * 1_000.0 / steps,
        memory: usage.memory / hosts as f64,
    }
}

fn report(hosts: usize, bare: &[Figures], ours: &[Figures]) {
    let of = |all: &[Figures], value: fn(&Figures) -> f64| median(all.iter().map(value).collect());
    let (floor, figure) = (of(bare, |f| f.controller_ms), of(ours, |f| f.controller_ms));
    println!("{hosts} hosts x {STEPS} steps over OpenSSH, medians of {}", ours.len());
    line("P1", "controller CPU per step, ms (runner alone)", floor * 1.5, figure, floor, "bare russh");
    let (floor, figure) = (of(bare, |f| f.host_ms), of(ours, |f| f.host_ms));
    line("P1b", "host CPU per step, ms", 25.0, figure, floor, "plain exec");
    let (floor, figure) = (of(bare, |f| f.memory), of(ours, |f| f.memory));
    line("P2", "controller memory per host in flight, kB", 100.0, figure / 1e3, floor / 1e3, "bare russh");
}

fn line(name: &str, what: &str, goal: f64, figure: f64, floor: f64, peer: &str) {
    let verdict = if figure <= goal { "ok" } else { "MISSED" };
    let ratio = figure / floor;
    println!(
        "{name:4} {what:44} goal {goal:7.2}  figure {figure:7.2}  {peer} {floor:7.2}  ratio {ratio:5.2}  {verdict}"
    );
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// CPU seconds of this process so far, from the kernel's ticks of 10 ms.
fn own_cpu() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").expect("/proc");
    let fields: Vec<&str> = stat.rsplit_once(')').expect("a name").1.split_whitespace().collect();
    let ticks = |index: usize| fields[index].parse::<f64>().expect("a number");
    (ticks(11) + ticks(12)) / 100.0
}

fn own_memory() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("/proc");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a size");
    line.trim().trim_end_matches(" kB").parse::<f64>().expect("a number") * 1_024.0
}

/// An OpenSSH server in a control group of its own, which counts its CPU and that of all it starts.
struct Sshd {
    folder: TempDir,
    port: u16,
    daemon: Child,
    group: PathBuf,
}

impl Sshd {
    fn start() -> Sshd {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::create_dir_all("/run/sshd").expect("root's rights");
        std::fs::create_dir(folder.path().join("home")).expect("created");
        for key in ["host", "user"] {
            let mut command = Command::new("ssh-keygen");
            command.args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(folder.path().join(key));
            assert!(command.status().expect("ssh-keygen").success());
        }
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("bound").port();
        drop(listener);
        let config = folder.path().join("config");
        let place = folder.path().display();
        let text = format!(
            "ListenAddress 127.0.0.1\nPort {port}\nHostKey {place}/host\nPidFile none\nUsePAM no\nStrictModes no\n\
             AuthorizedKeysFile {place}/user.pub\nPrintMotd no\nPermitRootLogin yes\nMaxStartups 1000\n\
             SetEnv HOME={place}/home\nLogLevel ERROR\n"
        );
        std::fs::write(&config, text).expect("written");
        let group = control_group();
        let daemon =
            Command::new("/usr/sbin/sshd").args(["-D", "-f"]).arg(&config).stdin(Stdio::null()).spawn().expect("sshd");
        std::fs::write(group.join("cgroup.procs"), daemon.id().to_string()).expect("moved");
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        Sshd { folder, port, daemon, group }
    }

    fn cpu(&self) -> f64 {
        if let Ok(text) = std::fs::read_to_string(self.group.join("cpuacct.usage")) {
            return text.trim().parse::<f64>().expect("a number") / 1e9;
        }
        let text = std::fs::read_to_string(self.group.join("cpu.stat")).expect("a control group");
        let line = text.lines().find_map(|line| line.strip_prefix("usage_usec ")).expect("usage");
        line.parse::<f64>().expect("a number") / 1e6
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

fn control_group() -> PathBuf {
    let roots = ["/sys/fs/cgroup/cpuacct", "/sys/fs/cgroup/cpu,cpuacct", "/sys/fs/cgroup"];
    let root = roots.into_iter().map(Path::new).find(|path| path.join("cgroup.procs").exists());
    let group = root.expect("control groups").join(format!("stagger-bench-{}", std::process::id()));
    std::fs::create_dir(&group).expect("root's rights over control groups");
    group
}

impl Drop for Sshd {
    fn drop(&mut self) {
        self.daemon.kill().expect("killed");
        self.daemon.wait().expect("reaped");
        for _ in 0..50 {
            if std::fs::remove_dir(&self.group).is_ok() {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(100));
        }
    }
}

// --- bare russh ---------------------------------------------------------------------------------------------------------

struct AnyKey;

impl client::Handler for AnyKey {
    type Error = russh::Error;
    async fn check_server_key(&mut self, _: &PublicKeyOrCertificate) -> Result<bool, russh::Error> {
        Ok(true)
    }
}

/// Logs in to every host and runs every step; returns the memory that the open connections took.
async fn run_bare(server: &Sshd, hosts: usize) -> f64 {
    let before = own_memory();
    let key = Arc::new(load_secret_key(server.path("user"), None).expect("a key"));
    let turns = Arc::new(tokio::sync::Semaphore::new(Limits::default().handshakes));
    let runs = (0..hosts).map(|_| tokio::spawn(one_bare(server.port, key.clone(), turns.clone())));
    let mut open = Vec::new();
    for run in runs.collect::<Vec<_>>() {
        open.push(run.await.expect("no panic"));
    }
    own_memory() - before
}

async fn one_bare(port: u16, key: Arc<PrivateKey>, turns: Arc<tokio::sync::Semaphore>) -> client::Handle<AnyKey> {
    let turn = turns.acquire().await.expect("open");
    let config = Arc::new(client::Config { nodelay: true, ..client::Config::default() });
    let mut handle = client::connect(config, ("127.0.0.1", port), AnyKey).await.expect("connected");
    let key = PrivateKeyWithHashAlg::new(key, None);
    assert!(handle.authenticate_publickey("root", key).await.expect("answered").success());
    drop(turn);
    for _ in 0..STEPS {
        let mut channel = handle.channel_open_session().await.expect("a channel");
        channel.exec(false, "sh -c 'echo here'").await.expect("sent");
        let mut output = Vec::new();
        while let Some(message) = channel.wait().await {
            if let ChannelMsg::Data { data } = message {
                output.extend_from_slice(&data);
            }
        }
        assert_eq!(output, b"here\n");
    }
    handle
}

// --- Stagger ------------------------------------------------------------------------------------------------------------

/// Passes ends on.
struct Ends(mpsc::UnboundedSender<(JobId, AttemptId, Report)>);

impl Reports for Ends {
    fn report(&self, job: JobId, attempt: AttemptId, report: Report) {
        self.0.send((job, attempt, report)).expect("received");
    }
    fn output(&self, _: JobId, _: AttemptId, _: Stream, _: u64, bytes: &[u8]) {
        assert_eq!(bytes, b"here\n");
    }
    fn kept(&self, _: JobId, _: AttemptId) -> (u64, u64) {
        (0, 0)
    }
}

/// The same over the runners: each step starts when the one before has ended.
async fn run_ours(server: &Sshd, hosts: usize, round: u64) -> f64 {
    let before = own_memory();
    let connection = json!({
        "address": "127.0.0.1", "port": server.port, "user": "root", "key": server.path("user"),
        "host_key": std::fs::read_to_string(server.path("host.pub")).expect("readable"),
        "stagger_dir": server.path("stagger"), "connect_timeout": 60,
    });
    let host = Host { name: "host".into(), labels: Arc::default(), groups: Default::default(), connection };
    let connection = Connection::of(&host).expect("valid");
    let config =
        RunnerConfig { folder: server.path("local"), epoch: round, limits: Limits::default(), agent: None, mail: None };
    let (ends, mut ended) = mpsc::unbounded_channel();
    let runners = Runners::new(config, Arc::new(Ends(ends)), resolve(connection));
    let job = JobId(ulid::Ulid::from_parts(round, 1));
    (0..hosts).for_each(|host| runners.start(order(job, host, 0)));
    let mut left = hosts * usize::from(STEPS);
    while left > 0 {
        let (job, attempt, report) = ended.recv().await.expect("it goes on");
        assert!(matches!(&report, Report::Ended(ending) if ending.out_bytes == 5), "{report:?}");
        left -= 1;
        let next = attempt.step.0 + 1;
        if next < STEPS {
            runners.start(order(job, attempt.host.at(), next));
        }
        runners.stop(job, attempt);
    }
    own_memory() - before
}

/// Each host has a folder of its own, as on a machine of its own.
fn resolve(connection: Connection) -> Resolve {
    Arc::new(move |name| {
        let folder = connection.stagger_dir.as_ref().map(|folder| format!("{folder}/{name}"));
        Ok(Connection { stagger_dir: folder, ..connection.clone() })
    })
}

fn order(job: JobId, host: usize, step: u16) -> Order {
    Order {
        job,
        attempt: AttemptId { host: HostIndex(host as u32), step: StepIndex(step), phase: Phase::Run, number: 1 },
        host: HostName::from(format!("host-{host}")),
        step: format!("step-{step}").into(),
        place: Place::Host,
        run: Run::Script("echo here\n".into()),
        parameters: Default::default(),
        secrets: Vec::new(),
        sudo: false,
        timeout: Duration::minutes(10),
        started_at: Timestamp(0),
        signal: None,
    }
}
