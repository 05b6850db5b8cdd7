//! The simulated fleet's process: started once, found again after the server was killed.

use super::Options;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long a fleet may take to be ready, keys and all.
const READY_WITHIN: Duration = Duration::from_secs(60);
/// A fleet that nobody was connected to for so long ends by itself.
const UNTIL_IDLE: &str = "10m";

/// A fleet that is ready.
pub(super) struct FleetProcess {
    /// The inventory it wrote.
    pub inventory: PathBuf,
    /// Its journal of starts.
    pub journal: PathBuf,
    pid: u32,
}

/// Why there is no fleet.
#[derive(Debug, thiserror::Error)]
pub enum FleetError {
    /// A file of the demo cannot be written or read.
    #[error("{} cannot be used", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// The process cannot be started.
    #[error("the simulated fleet cannot be started")]
    Start(#[source] std::io::Error),
    /// A key pair cannot be made.
    #[error("no key pair can be made for the demo: {0}")]
    Key(String),
    /// It did not become ready.
    #[error("the simulated fleet did not become ready; its last words are in {}", log.display())]
    NotReady {
        /// Where its output is.
        log: PathBuf,
    },
}

impl FleetProcess {
    /// Finds the fleet that an earlier demo left behind, or starts one.
    pub(super) fn start_or_find(options: &Options) -> Result<FleetProcess, FleetError> {
        let files = Files::in_folder(&options.data);
        std::fs::create_dir_all(&options.data).map_err(|source| file_error(&options.data, source))?;
        if let Some(pid) = files.running().filter(|pid| files.is_ready_in_time(|| files.is_running(*pid))) {
            return Ok(files.process(pid));
        }
        files.make_key()?;
        let mut child = files.spawn(options)?;
        // For people who want to end it.
        std::fs::write(&files.pid, child.id().to_string()).map_err(|source| file_error(&files.pid, source))?;
        let is_ready = files.is_ready_in_time(|| matches!(child.try_wait(), Ok(None)));
        if is_ready { Ok(files.process(child.id())) } else { Err(files.not_ready()) }
    }

    /// Asks the fleet to end.
    pub(super) fn end(self) {
        // It ends by itself when nobody has been connected for a while, should this fail.
        drop(Command::new("kill").arg(self.pid.to_string()).stderr(Stdio::null()).status());
    }
}

fn file_error(path: &Path, source: std::io::Error) -> FleetError {
    FleetError::File { path: path.to_owned(), source }
}

/// The files a demo's fleet has in the demo's folder.
struct Files {
    inventory: PathBuf,
    journal: PathBuf,
    state: PathBuf,
    log: PathBuf,
    pid: PathBuf,
    key: PathBuf,
}

impl Files {
    fn in_folder(folder: &Path) -> Files {
        // The inventory names the key by its path, which must mean the same from everywhere.
        let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
        let file = |name: &str| folder.join(name);
        Files {
            inventory: file("inventory.yaml"),
            journal: file("journal.jsonl"),
            state: file("fleet"),
            log: file("fleet.log"),
            pid: file("fleet.pid"),
            key: file("id_ed25519"),
        }
    }

    fn process(&self, pid: u32) -> FleetProcess {
        FleetProcess { inventory: self.inventory.clone(), journal: self.journal.clone(), pid }
    }

    fn not_ready(&self) -> FleetError {
        FleetError::NotReady { log: self.log.clone() }
    }

    /// The fleet of an earlier demo, if its process is still there. It is looked for among all processes: a demo that was
    /// killed right after it started its fleet had no time to write down which one that is.
    fn running(&self) -> Option<u32> {
        let processes = std::fs::read_dir("/proc").ok()?;
        let mut ids = processes.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
        ids.find(|pid| self.is_running(*pid))
    }

    /// Whether a process is there and is this fleet.
    fn is_running(&self, pid: u32) -> bool {
        let command = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        command.split(|byte| *byte == 0).any(|part| part == self.journal.as_os_str().as_encoded_bytes())
    }

    /// Where the fleet listens, by the ready line in its log.
    fn address(&self) -> Option<SocketAddr> {
        let log = BufReader::new(File::open(&self.log).ok()?);
        let ready = log.lines().map_while(Result::ok).filter(|line| line.starts_with("fleet ready")).last()?;
        ready.split([' ', ',']).find_map(|word| word.split('+').next()?.parse().ok())
    }

    /// Makes a key pair where there is none. The private key gets its name last, so that a pair is whole or not there.
    fn make_key(&self) -> Result<(), FleetError> {
        use russh::keys::ssh_key::LineEnding;
        if self.key.exists() {
            return Ok(());
        }
        let failed = |why: russh::keys::ssh_key::Error| FleetError::Key(why.to_string());
        let mut random = russh::keys::key::safe_rng();
        let key = russh::keys::PrivateKey::random(&mut random, russh::keys::Algorithm::Ed25519).map_err(failed)?;
        let public = key.public_key().to_openssh().map_err(failed)?;
        let (path, beside) = (self.key.with_extension("pub"), self.key.with_extension("new"));
        std::fs::write(&path, public + "\n").map_err(|source| file_error(&path, source))?;
        key.write_openssh_file(&beside, LineEnding::LF).map_err(failed)?;
        std::fs::rename(&beside, &self.key).map_err(|source| file_error(&self.key, source))
    }

    /// Starts the process in a group of its own, so that what ends the server does not end the fleet. Its log begins
    /// anew: what it says of an address is said by the fleet that runs.
    fn spawn(&self, options: &Options) -> Result<Child, FleetError> {
        use std::os::unix::process::CommandExt;
        let log = File::create(&self.log).map_err(|source| file_error(&self.log, source))?;
        let errors = log.try_clone().map_err(|source| file_error(&self.log, source))?;
        let program = std::env::current_exe().map_err(FleetError::Start)?;
        let mut command = Command::new(program);
        command.args(["fleet", "--hosts", &options.hosts.to_string(), "--listen", listen_on(options.hosts)]);
        command.args(["--seed", &options.seed.to_string(), "--speed", &options.speed, "--until-idle", UNTIL_IDLE]);
        for (flag, path) in [
            ("--journal", &self.journal),
            ("--state", &self.state),
            ("--inventory", &self.inventory),
            ("--authorized-key", &self.key.with_extension("pub")),
        ] {
            command.arg(flag).arg(path);
        }
        for trouble in options.scene.trouble().into_iter().chain(options.trouble.iter().map(String::as_str)) {
            command.args(["--trouble", trouble]);
        }
        command.stdin(Stdio::null()).stdout(log).stderr(errors).process_group(0);
        command.spawn().map_err(FleetError::Start)
    }

    /// Waits until the fleet listens; `false` when it ends before, or takes too long.
    fn is_ready_in_time(&self, mut is_running: impl FnMut() -> bool) -> bool {
        let began = Instant::now();
        let listens = |address: SocketAddr| TcpStream::connect_timeout(&address, Duration::from_secs(1)).is_ok();
        while began.elapsed() < READY_WITHIN && is_running() {
            if self.address().is_some_and(listens) {
                return true;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        false
    }
}

/// Thousands of connections need more than one address to go to, or the client runs out of ports.
fn listen_on(hosts: u32) -> &'static str {
    if hosts > 5_000 { "127.0.0.1:0+16" } else { "127.0.0.1:0" }
}
