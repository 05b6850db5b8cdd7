//! What a simulated host costs: login and five steps over real SSH, next to a bare russh server that answers at once.
//!
//! ```text
//! cargo bench -p server --bench fleet            1,000 hosts, 200 in flight
//! HOSTS=10000 IN_FLIGHT=500 cargo bench -p server --bench fleet
//! ```
//!
//! Servers run in a process of their own, so that either side's CPU seconds are its own. Supervisors are installed in a
//! round before, which is not counted. Each round is run `ROUNDS` times (3), fleet and floor in turn; shown are medians.
//! At the end every host is connected at once, for the memory of a connection.
//!
//! Never found here: Stagger's runner; the client here does the least that any controller must.

use futures_util::stream::{self, StreamExt};
use jobs::attempt::Op;
use russh::client::{self, Handle};
use russh::keys::key::safe_rng;
use russh::keys::{Algorithm, PrivateKey, PrivateKeyWithHashAlg, PublicKeyOrCertificate};
use russh::server::{self as ssh, Auth, ChannelOpenHandle, Msg, PublicKeyOffer, Session, VerifiedPublicKey};
use russh::{Channel, ChannelId, ChannelMsg, Disconnect, Preferred, cipher, kex};
use server::fleet::{Fleet, Options, read_journal};
use server::remote::protocol::{Begin, Flags, Request, Rights, Tried, Verb, encode_environment};
use std::borrow::Cow;
use std::error::Error;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

const STEPS: [&str; 5] = ["check", "leave", "install", "ignite", "join"];
const HASH: &str = "0123456789abcdef";
const SUPERVISOR: &[u8] = &[b'#'; 12 * 1024];
/// Clock ticks per second in /proc/<pid>/stat; Linux has had 100 on every architecture for decades.
const TICKS: f64 = 100.0;

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

fn main() -> Outcome<()> {
    let number = |name: &str, usual| std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(usual);
    let (hosts, in_flight) = (number("HOSTS", 1_000), number("IN_FLIGHT", 200));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    match std::env::var("STAGGER_BENCH_SERVES").as_deref() {
        Ok("fleet") => runtime.block_on(serve_fleet(hosts)),
        Ok("bare") => runtime.block_on(serve_bare(hosts)),
        _ => runtime.block_on(measure(hosts, in_flight, number("ROUNDS", 3))),
    }
}

// --- the serving process -------------------------------------------------------------------------------------------

/// Serves until standard input ends, after a line with each host's name and address.
async fn serve_fleet(hosts: usize) -> Outcome<()> {
    use clap::{Args, FromArgMatches};
    let folder = std::env::var("STAGGER_BENCH_FOLDER")?;
    let line = format!(
        "fleet --roles web --hosts {hosts} --speed instant --listen 127.0.101.1:0+16 --journal {folder}/journal --state {folder}/state"
    );
    let command = Options::augment_args(clap::Command::new("fleet"));
    let options = Options::from_arg_matches(&command.get_matches_from(line.split(' ')))?;
    let fleet = Fleet::start(&options).await?;
    announce(fleet.hosts().map(|(host, address)| (host.to_owned(), address)))?;
    wait_for_end_of_input().await?;
    fleet.stop().await;
    Ok(())
}

/// A server that lets everybody in, and says `ok` to every request.
async fn serve_bare(hosts: usize) -> Outcome<()> {
    let config = Arc::new(ssh::Config {
        keys: vec![PrivateKey::random(&mut safe_rng(), Algorithm::Ed25519)?],
        preferred: quick(),
        nodelay: true,
        ..ssh::Config::default()
    });
    let mut addresses: Vec<SocketAddr> = Vec::new();
    for last in 1..=16 {
        let port = addresses.first().map_or(0, SocketAddr::port);
        let listener = tokio::net::TcpListener::bind(SocketAddr::from(([127, 0, 102, last], port))).await?;
        addresses.push(listener.local_addr()?);
        let config = Arc::clone(&config);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let config = Arc::clone(&config);
                tokio::spawn(async move {
                    if let Ok(session) = ssh::run_stream(config, stream, Bare).await {
                        let _ = session.await;
                    }
                });
            }
        });
    }
    announce((0..hosts).map(|host| (format!("web-{host}"), addresses[host % addresses.len()])))?;
    wait_for_end_of_input().await
}

struct Bare;

impl ssh::Handler for Bare {
    type Error = russh::Error;

    async fn auth_publickey_offered(&mut self, _: &str, _: PublicKeyOffer<'_>) -> Result<Auth, russh::Error> {
        Ok(Auth::Accept)
    }

    async fn auth_publickey(&mut self, _: &str, _: VerifiedPublicKey<'_>) -> Result<Auth, russh::Error> {
        Ok(Auth::Accept)
    }

    async fn channel_open_session(
        &mut self,
        channel: Channel<Msg>,
        reply: ChannelOpenHandle,
        _: &mut Session,
    ) -> Result<(), russh::Error> {
        drop(channel);
        reply.accept().await;
        Ok(())
    }

    async fn exec_request(&mut self, id: ChannelId, _: &[u8], session: &mut Session) -> Result<(), russh::Error> {
        session.channel_success(id)?;
        session.data(id, &b"ok\n"[..])?;
        session.exit_status_request(id, 0)?;
        session.eof(id)?;
        session.close(id)
    }
}

fn announce(hosts: impl Iterator<Item = (String, SocketAddr)>) -> std::io::Result<()> {
    let text: String = hosts.map(|(host, address)| format!("{host} {address}\n")).collect();
    let mut out = std::io::stdout().lock();
    writeln!(out, "{text}")?;
    out.flush()
}

async fn wait_for_end_of_input() -> Outcome<()> {
    Ok(tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new()).map(|_| ())).await??)
}

// --- the measuring process ------------------------------------------------------------------------------------------

/// A serving process and what it serves.
struct Served {
    process: Child,
    hosts: Vec<(String, SocketAddr)>,
}

impl Served {
    fn start(what: &str, folder: &Path) -> Outcome<Served> {
        let mut process = Command::new(std::env::current_exe()?)
            .env("STAGGER_BENCH_SERVES", what)
            .env("STAGGER_BENCH_FOLDER", folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let out = BufReader::new(process.stdout.take().ok_or("no standard output")?);
        let lines: Result<Vec<String>, _> =
            out.lines().take_while(|line| line.as_ref().is_ok_and(|l| !l.is_empty())).collect();
        let host = |line: String| -> Outcome<(String, SocketAddr)> {
            let (host, address) = line.split_once(' ').ok_or("no address")?;
            Ok((host.to_owned(), address.parse()?))
        };
        let hosts = lines?.into_iter().map(host).collect::<Outcome<_>>()?;
        Ok(Served { process, hosts })
    }

    fn end(mut self) -> Outcome<()> {
        drop(self.process.stdin.take());
        self.process.wait()?;
        Ok(())
    }
}

/// CPU seconds of both sides and the wall, for one round.
#[derive(Clone, Copy)]
struct Cost {
    client: f64,
    server: f64,
    wall: f64,
}

async fn measure(hosts: usize, in_flight: usize, rounds: usize) -> Outcome<()> {
    let folder = tempfile::tempdir()?;
    let (fleet, bare) = (Served::start("fleet", folder.path())?, Served::start("bare", folder.path())?);
    let key = Arc::new(PrivateKey::random(&mut safe_rng(), Algorithm::Ed25519)?);
    let empty = resident_bytes(fleet.process.id())?;
    let install = [(line(&Verb::Install { bytes: SUPERVISOR.len() as u64 }), SUPERVISOR.to_vec())];
    visit_all(&fleet.hosts, in_flight, &key, &install).await?;
    let (mut of_fleet, mut of_bare) = (vec![], vec![]);
    for round in 0..rounds {
        let work: Vec<Vec<_>> = (0..hosts).map(|host| steps(round, host)).collect();
        of_bare.push(cost(&bare, in_flight, &key, &work).await?);
        of_fleet.push(cost(&fleet, in_flight, &key, &work).await?);
    }
    print(hosts, in_flight, median(of_fleet), median(of_bare));
    memory(&fleet, empty, in_flight, &key).await?;
    fleet.end()?;
    bare.end()?;
    let journal = read_journal(&folder.path().join("journal"))?;
    let expected = (rounds * hosts * STEPS.len()) as u64;
    println!("journal: {} starts of {expected}, {} started twice", journal.started, journal.started_twice.len());
    Ok(())
}

fn print(hosts: usize, in_flight: usize, fleet: Cost, bare: Cost) {
    println!("{hosts} hosts, {in_flight} in flight, login + {} steps each, CPU in ms per host", STEPS.len());
    println!("{:<28}{:>10}{:>10}{:>10}", "", "client", "server", "wall s");
    for (name, cost) in [("simulated fleet, begin", fleet), ("bare russh, exec", bare)] {
        let each = |seconds: f64| seconds * 1_000.0 / hosts as f64;
        println!("{name:<28}{:>10.2}{:>10.2}{:>10.1}", each(cost.client), each(cost.server), cost.wall);
    }
    let ratio = (fleet.server / bare.server, fleet.client / bare.client);
    println!("ratio{:>33.2}{:>10.2}{:>10.2}", ratio.1, ratio.0, fleet.wall / bare.wall);
}

async fn cost(served: &Served, in_flight: usize, key: &Arc<PrivateKey>, work: &[Vec<Asked>]) -> Outcome<Cost> {
    let (here, there) = (std::process::id(), served.process.id());
    let (client, server, started) = (cpu_seconds(here)?, cpu_seconds(there)?, Instant::now());
    let visits = served.hosts.iter().zip(work).map(|(host, work)| visit(host, key, work));
    let visits: Vec<Outcome<()>> = stream::iter(visits).buffer_unordered(in_flight).collect().await;
    visits.into_iter().collect::<Outcome<()>>()?;
    let wall = started.elapsed().as_secs_f64();
    // The last goodbyes are still on their way, and they are part of the cost.
    tokio::time::sleep(Duration::from_millis(200)).await;
    Ok(Cost { client: cpu_seconds(here)? - client, server: cpu_seconds(there)? - server, wall })
}

fn median(mut costs: Vec<Cost>) -> Cost {
    costs.sort_by(|a, b| (a.client + a.server).total_cmp(&(b.client + b.server)));
    costs[costs.len() / 2]
}

/// Connects to every host at once. What the hosts remember of their steps is part of what is shown.
async fn memory(fleet: &Served, empty: u64, in_flight: usize, key: &Arc<PrivateKey>) -> Outcome<()> {
    let started = Instant::now();
    let logins = fleet.hosts.iter().map(|host| log_in(host, key));
    let logins: Vec<Outcome<Handle<Anybody>>> = stream::iter(logins).buffer_unordered(in_flight).collect().await;
    let open = logins.into_iter().collect::<Outcome<Vec<_>>>()?;
    let (seconds, full) = (started.elapsed().as_secs_f64(), resident_bytes(fleet.process.id())?);
    let each = full.saturating_sub(empty) / open.len().max(1) as u64 / 1_024;
    let (empty, full) = (empty >> 20, full >> 20);
    println!(
        "{} connections open in {seconds:.1} s: fleet {empty} MB at first, {full} MB now, {each} kB a host",
        open.len()
    );
    Ok(())
}

fn cpu_seconds(process: u32) -> Outcome<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
    // The name, in parentheses, may hold anything; fields are counted behind it.
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |place: usize| fields.get(place).and_then(|field| field.parse::<f64>().ok()).ok_or("no such field");
    Ok((ticks(11)? + ticks(12)?) / TICKS)
}

fn resident_bytes(process: u32) -> Outcome<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS")?;
    Ok(line.trim().trim_end_matches(" kB").parse::<u64>()? * 1_024)
}

// --- the client ------------------------------------------------------------------------------------------------------

/// A line for the login shell, and its standard input.
type Asked = (String, Vec<u8>);

struct Anybody;

impl client::Handler for Anybody {
    type Error = russh::Error;

    async fn check_server_key(&mut self, _: &PublicKeyOrCertificate) -> Result<bool, russh::Error> {
        Ok(true)
    }
}

async fn visit_all(
    hosts: &[(String, SocketAddr)],
    in_flight: usize,
    key: &Arc<PrivateKey>,
    work: &[Asked],
) -> Outcome<()> {
    let visits = hosts.iter().map(|host| visit(host, key, work));
    let visits: Vec<Outcome<()>> = stream::iter(visits).buffer_unordered(in_flight).collect().await;
    visits.into_iter().collect()
}

async fn visit(host: &(String, SocketAddr), key: &Arc<PrivateKey>, work: &[Asked]) -> Outcome<()> {
    let session = log_in(host, key).await?;
    for (line, input) in work {
        let mut channel = session.channel_open_session().await?;
        channel.exec(true, line.as_str()).await?;
        channel.data(input.as_slice()).await?;
        channel.eof().await?;
        let mut exit = None;
        while let Some(message) = channel.wait().await {
            if let ChannelMsg::ExitStatus { exit_status } = message {
                exit = Some(exit_status);
            }
        }
        if exit != Some(0) {
            return Err(format!("{} answered {exit:?} to {line}", host.0).into());
        }
    }
    session.disconnect(Disconnect::ByApplication, "", "").await?;
    Ok(())
}

async fn log_in((host, address): &(String, SocketAddr), key: &Arc<PrivateKey>) -> Outcome<Handle<Anybody>> {
    let config = Arc::new(client::Config { preferred: quick(), nodelay: true, ..client::Config::default() });
    let mut session = client::connect(config, address, Anybody).await?;
    let key = PrivateKeyWithHashAlg::new(Arc::clone(key), None);
    match session.authenticate_publickey(host.as_str(), key).await?.success() {
        true => Ok(session),
        false => Err(format!("{host} did not let the client in").into()),
    }
}

/// What costs least, on either side: curve25519 and AES in hardware.
fn quick() -> Preferred {
    Preferred {
        kex: Cow::Borrowed(&[kex::CURVE25519, kex::EXTENSION_SUPPORT_AS_CLIENT, kex::EXTENSION_SUPPORT_AS_SERVER]),
        cipher: Cow::Borrowed(&[cipher::AES_256_GCM]),
        ..Preferred::default()
    }
}

fn steps(round: usize, host: usize) -> Vec<Asked> {
    let step = |(place, name): (usize, &&str)| {
        let number = (round * STEPS.len() + place) as u128 | (host as u128) << 64;
        let environment = encode_environment([("STAGGER_STEP", *name)]).unwrap_or_default();
        let begin = Begin {
            attempt: Tried { op: Op(number.to_be_bytes()), number: 1 },
            epoch: 1,
            spec: "0011223344556677".to_owned(),
            timeout: jobs::time::Duration(60_000),
            env_bytes: environment.len() as u64,
            script_bytes: 0,
            out_from: 0,
            err_from: 0,
            acks: vec![],
            flags: Flags::default(),
        };
        let input = format!("{environment}{}\n", begin.spec);
        (line(&Verb::Begin(begin)), input.into_bytes())
    };
    STEPS.iter().enumerate().map(step).collect()
}

fn line(verb: &Verb) -> String {
    Request { dir: None, hash: HASH.to_owned(), verb: verb.clone() }.line(Rights::Login)
}
