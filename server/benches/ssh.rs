//! P1: CPU time of the controller for each step on each host, over a real OpenSSH server, with everything that the
//! server does: durable events, supervised scripts, output kept. Beside it, in turns, russh alone doing the same logins
//! and command lines. P1b: CPU time on the host for each step, the SSH server's included. P2: the controller's memory.
//!
//! `cargo bench -p server --bench ssh [-- hosts rounds]`, by default 200 hosts, 5 rounds each way.

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
#[path = "measure/peers.rs"]
mod peers;
#[path = "measure/sshd.rs"]
mod sshd;
#[path = "measure/usage.rs"]
mod usage;

use goal::Goals;
use jobs::command::{Actor, Body, Command, CreateJob};
use jobs::fleet::Fleet;
use jobs::ids::JobId;
use jobs::inventory::Host;
use jobs::outcome::JobOutcome;
use jobs::selector::Selector;
use median::median;
use peers::{Peers, Work};
use schema::backend::read;
use serde_json::json;
use server::service::{Service, Settings};
use sshd::Workshop;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// The five tiny steps.
const SCRIPTS: [&str; 5] =
    ["test -f /etc/passwd", "echo done", "sleep 0", "echo written >\"$HOME/mark-$$\" && rm \"$HOME/mark-$$\"", "true"];
/// Hosts in flight.
const IN_FLIGHT: u32 = 200;
/// Ansible takes a process for each host and step; its cost for each does not depend on how many there are.
const MOST_FOR_ANSIBLE: u32 = 50;
/// No round takes longer unless something is broken.
const PATIENCE: Duration = Duration::from_secs(600);

fn main() -> ExitCode {
    let asked: Vec<u32> = std::env::args().filter_map(|argument| argument.parse().ok()).collect();
    let (hosts, rounds) = (asked.first().copied().unwrap_or(200), asked.get(1).copied().unwrap_or(5));
    println!("P1 on {}; {hosts} hosts x {} steps, {IN_FLIGHT} in flight", machine::describe(), SCRIPTS.len());
    // The only failure is that a provider is there already, which is as good.
    drop(rustls::crypto::ring::default_provider().install_default());
    let folder = tempfile::tempdir().expect("a temporary folder");
    let bench =
        Bench { workshop: Workshop::open(&folder.path().join("sshd")), folder: folder.path().to_owned(), hosts };
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(bench.run(rounds))
}

struct Bench {
    workshop: Workshop,
    folder: PathBuf,
    hosts: u32,
}

/// One round: milliseconds for each step on each host.
struct Round {
    controller: f64,
    host: f64,
    wall_seconds: f64,
}

impl Bench {
    async fn run(&self, rounds: u32) -> ExitCode {
        let mut goals = Goals::default();
        let (first, peak) = self.first_round().await;
        println!("  first contact, supervisor installed: {}", shown(&first));
        let (mut stagger, mut bare) = (Vec::new(), Vec::new());
        for round in 1..=rounds {
            bare.push(self.bare().await);
            stagger.push(self.stagger(round).await);
            let (one, other) = (&stagger[stagger.len() - 1], &bare[bare.len() - 1]);
            println!("  round {round}: Stagger {}   bare russh {}", shown(one), shown(other));
        }
        self.judge(&mut goals, &stagger, &bare);
        judge_memory(&mut goals, peak);
        self.judge_peers(&mut goals, &stagger);
        goals.exit()
    }

    fn judge(&self, goals: &mut Goals, stagger: &[Round], bare: &[Round]) {
        let of = |rounds: &[Round], what: fn(&Round) -> f64| median(rounds.iter().map(what).collect());
        let (ours, floor) = (of(stagger, |round| round.controller), of(bare, |round| round.controller));
        let ratio = median(stagger.iter().zip(bare).map(|(one, other)| one.controller / other.controller).collect());
        let figure = format!("{ours:.2} ms, bare russh {floor:.2} ms, ratio {ratio:.2}");
        goals.judge("P1", "<= 0.48 ms of controller CPU a step", &figure, ours <= 0.48);
        goals.judge("P1", "<= 1.5 x bare russh", &format!("{ratio:.2}"), ratio <= 1.5);
        let (ours, floor) = (of(stagger, |round| round.host), of(bare, |round| round.host));
        let figure = format!("{ours:.1} ms, plain exec {floor:.1} ms, ratio {:.2}", ours / floor);
        goals.judge("P1b", "<= 25 ms of host CPU a step", &figure, ours <= 25.0);
    }

    /// The peers run once: they take long, and differ by more than rounds do.
    fn judge_peers(&self, goals: &mut Goals, stagger: &[Round]) {
        let Some(installed) = Peers::installed() else {
            println!(
                "  Ansible and parallel-ssh are not installed: `make peers` installs them, then they are run here, too"
            );
            return;
        };
        let ours = median(stagger.iter().map(|round| round.controller).collect());
        let (key, user) = (self.workshop.login_key(), user());
        let work = |hosts: u32| Work {
            hosts: (0..hosts).map(|number| self.workshop.address(number)).collect(),
            user: &user,
            key: &key,
            lines: &SCRIPTS,
            at_once: IN_FLIGHT.min(hosts),
            folder: &self.folder,
        };
        let server = self.workshop.start();
        let parallel_ssh = installed.parallel_ssh(&work(self.hosts));
        let ansible = installed.ansible(&work(self.hosts.min(MOST_FOR_ANSIBLE)));
        server.end();
        let figure = format!("{parallel_ssh:.2} ms, {:.1} x Stagger", parallel_ssh / ours);
        goals.judge("P1", "less than parallel-ssh", &figure, ours < parallel_ssh);
        let figure = format!("{ansible:.1} ms, {:.0} x Stagger", ansible / ours);
        goals.judge("P1", "<= 1/100 of Ansible", &figure, ours * 100.0 <= ansible);
    }

    /// Logs every host's supervisor in for the first time; what it takes of memory is not mixed with anything else.
    async fn first_round(&self) -> (Round, u64) {
        std::fs::write("/proc/self/clear_refs", "5").expect("Linux forgets the peak so far");
        let round = self.stagger(0).await;
        (round, memory::kilobytes(std::process::id(), "VmHWM"))
    }

    async fn stagger(&self, number: u32) -> Round {
        let server = self.workshop.start();
        let service = self.start_service().await;
        for body in self.definitions() {
            carry_out(&service, body).await;
        }
        let (cpu, began) = (usage::cpu_seconds(std::process::id()), Instant::now());
        let job = JobId(ulid::Ulid::from_parts(1_795_000_000_000, number.into()));
        carry_out(&service, self.job(job)).await;
        finished(&service, job).await;
        let (wall, cpu) = (began.elapsed(), usage::cpu_seconds(std::process::id()) - cpu);
        service.stop().await;
        self.round(cpu, server.end(), wall)
    }

    fn round(&self, controller: f64, host: f64, wall: Duration) -> Round {
        let steps = f64::from(self.hosts) * SCRIPTS.len() as f64;
        Round { controller: controller * 1e3 / steps, host: host * 1e3 / steps, wall_seconds: wall.as_secs_f64() }
    }

    async fn start_service(&self) -> Service {
        let settings = Settings {
            data: self.folder.join("data"),
            listen: ([127, 0, 0, 1], 0).into(),
            inventories: Vec::new(),
            packs: Vec::new(),
            first_token_file: None,
            runners: server::runners::Settings::default(),
        };
        Service::start(settings).await.expect("the server starts")
    }

    fn definitions(&self) -> [Body; 3] {
        let action = |(number, script): (usize, &&str)| {
            let text = format!("action: tiny.step{number}\nrun: script\nscript: tiny.sh\ntimeout: 5m\nrepeat: never\n");
            let script = format!("#!/bin/sh\n{script}\n");
            Arc::new(jobs::yaml::read_action("tiny.yaml", &text, |_| Some(script.clone())).expect("an action"))
        };
        let actions = SCRIPTS.iter().enumerate().map(action).collect();
        let steps: String =
            (0..SCRIPTS.len()).map(|number| format!("  - {{step: s{number}, action: tiny.step{number}}}\n")).collect();
        let source = format!(
            "template: tiny\nworkflow:\n{steps}batches:\n  - {{size: 100%}}\nallow_big_batch: true\n\
             concurrency: {{max: {IN_FLIGHT}}}\n"
        );
        let template = jobs::yaml::read_template("tiny.yaml", &source).expect("a template").template;
        [
            Body::InstallPack { pack: "tiny".into(), version: "1.0.0".into(), actions },
            Body::ApplyTemplate { template: Arc::new(template), source: source.into(), base: None },
            Body::PutInventory {
                source: "bench".into(),
                hosts: (0..self.hosts).map(|number| self.host(number)).collect(),
            },
        ]
    }

    /// Every host is a folder of its own on the same machine.
    fn host(&self, number: u32) -> Arc<Host> {
        let address = self.workshop.address(number);
        Arc::new(Host {
            name: format!("host-{number:05}").into(),
            labels: Arc::default(),
            groups: Default::default(),
            connection: json!({
                "address": address.ip().to_string(),
                "port": address.port(),
                "user": user(),
                "key": self.workshop.login_key(),
                "host_key": self.workshop.host_key(),
                "stagger_dir": self.folder.join(format!("hosts/{number:05}")),
            }),
        })
    }

    fn job(&self, job: JobId) -> Body {
        Body::CreateJob(Box::new(CreateJob {
            job,
            seed: 1,
            template: "tiny".into(),
            parameters: Default::default(),
            targets: Selector::parse("*").ok(),
            start: true,
            policy: None,
            plan_hash: None,
            template_version: None,
            due: None,
        }))
    }

    async fn bare(&self) -> Round {
        let server = self.workshop.start();
        let key = russh::keys::load_secret_key(self.workshop.login_key(), None).expect("a key");
        let visit = |number| bare::Visit {
            address: self.workshop.address(number),
            user: user(),
            lines: SCRIPTS.map(|script| (script.to_owned(), Vec::new())).into(),
        };
        let (cpu, began) = (usage::cpu_seconds(std::process::id()), Instant::now());
        bare::make_all((0..self.hosts).map(visit).collect(), key, IN_FLIGHT as usize).await;
        let (wall, cpu) = (began.elapsed(), usage::cpu_seconds(std::process::id()) - cpu);
        self.round(cpu, server.end(), wall)
    }
}

fn judge_memory(goals: &mut Goals, peak_kilobytes: u64) {
    let allowed = 60_000 + 100 * u64::from(IN_FLIGHT);
    let figure = format!("{} MB, a goal of {} MB", peak_kilobytes / 1000, allowed / 1000);
    goals.judge("P2", "peak RSS <= 60 MB + 100 kB a host in flight", &figure, peak_kilobytes <= allowed);
}

fn shown(round: &Round) -> String {
    let Round { controller, host, wall_seconds } = round;
    format!("{controller:.2} ms, on the host {host:.1} ms, {wall_seconds:.1} s")
}

async fn carry_out(service: &Service, body: Body) {
    let command = Command { actor: Actor("user:bench".into()), body };
    service.engine.carry_out(command, "bench").await.expect("the engine lives").expect("the command is carried out");
}

/// Waits for the end of the job, as a client does that looks now and then.
async fn finished(service: &Service, job: JobId) {
    let began = Instant::now();
    loop {
        tokio::time::sleep(Duration::from_millis(100)).await;
        let look = move |fleet: &Fleet, _| {
            fleet.jobs.get(&job).map(|job| (job.outcome, jobs::render::status_word(job.status), job.tally))
        };
        let seen = read(service.backend.as_ref(), look).await.expect("the engine lives").expect("the job is there");
        assert!(began.elapsed() < PATIENCE, "the job does not end: {seen:?}");
        if let (Some(outcome), ..) = seen {
            assert_eq!(outcome, JobOutcome::Succeeded, "{seen:?}");
            return;
        }
    }
}

/// Who runs this, and so who logs in.
fn user() -> String {
    use std::os::unix::fs::MetadataExt;
    let own = Path::new("/proc/self").metadata().map_or(0, |metadata| metadata.uid());
    let accounts = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let name = accounts.lines().find_map(|line| {
        let mut fields = line.split(':');
        let (name, id) = (fields.next()?, fields.nth(1)?);
        (id.parse() == Ok(own)).then(|| name.to_owned())
    });
    name.unwrap_or_else(|| "root".to_owned())
}
