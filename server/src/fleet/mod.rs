//! A simulated fleet: one process that is many servers, each speaking the real SSH protocol.
//!
//! A fleet is for demos, tests and benchmarks of everything that Stagger does to servers without owning any. Each host has
//! a state of its own (patched or not, in its cluster or not, rebooting, out of reach), answers `begin`, `tail`, `cancel`
//! and `ack` by the same rules as the supervisor on a real host, and writes a line into a journal each time a script
//! really starts, so that anybody can count that nothing ran twice. What goes wrong is written in plain words and dealt
//! by a seed ([`Troubles`]).
//!
//! | File | Is about |
//! |---|---|
//! | `options`, `listen`, `speed`, `roster`, `inventory` | what is asked for: hosts, addresses, names, the file for Stagger |
//! | `trouble`, `affliction`, `dice` | what goes wrong, and with whom |
//! | `machine`, `scene` | a host as a value: its rules, and what simulated scripts do |
//! | `host`, `shell` | a host that lives: timers, connections, real scripts |
//! | `journal`, `ledger`, `state`, `keys` | what is on disk |
//! | `doors`, `ssh`, `request` | what is on the wire |
//!
//! Never found here: anything of the product itself. The server may start a fleet; it never asks one.

mod affliction;
mod dice;
mod doors;
mod host;
mod inventory;
mod journal;
mod keys;
mod ledger;
mod listen;
mod machine;
mod options;
mod request;
mod roster;
mod scene;
mod shell;
mod speed;
mod ssh;
mod state;
mod trouble;

pub use affliction::NobodyHit;
pub use journal::{JournalError, JournalSummary, StartedTwice, read_journal};
pub use ledger::LedgerError;
pub use listen::Listen;
pub use options::Options;
pub use roster::Roles;
pub use speed::Speed;
pub use trouble::{InvalidTrouble, Trouble, Troubles};

use affliction::afflictions;
use host::{Host, World};
use keys::{HostKeys, authorized_key};
use ledger::{Closer, Ledger};
use machine::Machine;
use roster::{Profile, profiles};
use ssh::Gate;
use state::{State, fresh_salt};
use std::collections::HashMap;
use std::io::Write;
use std::net::{SocketAddr, SocketAddrV4};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::{CancellationToken, DropGuard};

/// How often an idle fleet looks whether it has been idle long enough.
const IDLE_GLANCE: Duration = Duration::from_millis(200);

/// Why a fleet cannot start, or had to end.
#[derive(Debug, thiserror::Error)]
pub enum FleetError {
    /// A file or an address that cannot be used.
    #[error(transparent)]
    Unusable(#[from] LedgerError),
    /// A trouble that hits nobody.
    #[error(transparent)]
    NobodyHit(#[from] NobodyHit),
    /// More hosts than there are loopback addresses behind the first.
    #[error(
        "there are not {hosts} loopback addresses from {first} on; listen from 127.0.1.1, or leave out --per-address"
    )]
    TooFewAddresses {
        /// How many hosts.
        hosts: u32,
        /// The first address.
        first: SocketAddrV4,
    },
    /// `--exec` without a folder to run in.
    #[error("--exec needs --state DIR: each host runs its scripts in a folder of its own there")]
    NowhereToRun,
    /// Signals or standard output are not to be had.
    #[error("cannot {verb}: {cause}")]
    System {
        /// What was tried.
        verb: &'static str,
        /// Why it failed.
        #[source]
        cause: std::io::Error,
    },
}

/// A fleet that runs. Dropping it ends it without ceremony, as a power cut would.
#[derive(Debug)]
pub struct Fleet {
    hosts: Vec<Arc<Host>>,
    addresses: Vec<SocketAddr>,
    pin: String,
    world: Arc<World>,
    gate: Arc<Gate>,
    closing: DropGuard,
    ledger: Option<Closer>,
    journal: PathBuf,
}

/// Runs a fleet until it is signalled (SIGTERM, SIGINT) or idle for as long as the options say. Prints one line when it
/// is ready.
///
/// # Errors
/// When it cannot start, or can no longer keep its journal.
pub async fn run(options: Options) -> Result<(), FleetError> {
    let system = |verb| move |cause| FleetError::System { verb, cause };
    let mut terminate = signal(SignalKind::terminate()).map_err(system("listen for SIGTERM"))?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(system("listen for SIGINT"))?;
    let fleet = Fleet::start(&options).await?;
    let mut out = std::io::stdout();
    writeln!(out, "{}", fleet.ready_line())
        .and_then(|()| out.flush())
        .map_err(system("say that the fleet is ready"))?;
    let ended = tokio::select! {
        _ = terminate.recv() => Ok(()),
        _ = interrupt.recv() => Ok(()),
        () = fleet.idle_for(options.until_idle) => Ok(()),
        problem = fleet.world.ledger.failed() => Err(problem.into()),
    };
    fleet.stop().await;
    ended
}

impl Fleet {
    /// Starts a fleet. It serves when this returns.
    ///
    /// # Errors
    /// When a file or an address cannot be used, or a trouble hits nobody.
    pub async fn start(options: &Options) -> Result<Fleet, FleetError> {
        let profiles = profiles(options.hosts, &options.roles);
        let ills = afflictions(&options.troubles(), &profiles, options.seed)?;
        let authorized = options.authorized_key.as_deref().map(authorized_key).transpose()?;
        let keys = open_keys(options)?;
        let (world, mut pasts, closer) = open_world(options)?;
        let build = |(profile, ill): (Profile, affliction::Affliction)| {
            let mut machine = Machine::fresh(&ill);
            pasts.remove(&profile.name).unwrap_or_default().iter().for_each(|fact| machine.apply(fact));
            Host::new(profile, ill, machine, Arc::clone(&world))
        };
        let hosts: Vec<Arc<Host>> = profiles.into_iter().zip(ills).map(build).collect();
        let closing = CancellationToken::new().drop_guard();
        let gate = Gate::new(&hosts, authorized, closing.token().clone());
        let pin = keys.pin();
        let addresses = doors::open(options, &hosts, &gate, keys).await?;
        hosts.iter().for_each(Host::resume);
        let (journal, ledger) = (options.journal.clone(), Some(closer));
        let fleet = Fleet { hosts, addresses, pin, world, gate, closing, ledger, journal };
        fleet.write_inventory(options)?;
        Ok(fleet)
    }

    /// The line that says that it serves.
    pub fn ready_line(&self) -> String {
        let mut listening = self.addresses.clone();
        listening.sort();
        listening.dedup();
        let first = self.addresses.first().map_or_else(String::new, SocketAddr::to_string);
        let more = match listening.len() {
            0 | 1 => String::new(),
            2 => " and 1 more address".to_owned(),
            many => format!(" and {} more addresses", many - 1),
        };
        format!("fleet ready: {} hosts on {first}{more}, journal {}", self.hosts.len(), self.journal.display())
    }

    /// Each host's name and where to find it, in order. On an address that hosts share, the name is the user to log in as.
    pub fn hosts(&self) -> impl Iterator<Item = (&str, SocketAddr)> {
        self.hosts.iter().map(|host| host.name()).zip(self.addresses.iter().copied())
    }

    /// The fingerprint of the host key, `SHA256:…`. Hosts with a wrong key show another.
    pub fn pin(&self) -> &str {
        &self.pin
    }

    /// The boot id of a host as it is now; none when there is no such host.
    pub fn boot_id(&self, host: &str) -> Option<String> {
        self.hosts.iter().find(|known| known.name() == host).map(|host| host.boot_id())
    }

    /// Connections that are open now.
    pub fn connections(&self) -> usize {
        self.gate.connections()
    }

    /// Waits until nobody has been connected for so long; for ever when there is no limit.
    pub async fn idle_for(&self, limit: Option<Duration>) {
        let Some(limit) = limit else { return std::future::pending().await };
        while self.gate.idle() < limit {
            tokio::time::sleep(IDLE_GLANCE.min(limit)).await;
        }
    }

    /// Cuts all connections, kills real scripts, and puts on disk what is not there yet.
    pub async fn stop(mut self) {
        self.closing.token().cancel();
        for host in &self.hosts {
            host.kill_scripts().await;
        }
        let ledger = self.ledger.take();
        // It waits for a thread, which is not for the runtime's own threads to do.
        let _ = tokio::task::spawn_blocking(move || drop(ledger)).await;
    }

    fn write_inventory(&self, options: &Options) -> Result<(), LedgerError> {
        let Some(path) = &options.inventory else { return Ok(()) };
        let key = options.authorized_key.as_deref().and_then(private_beside);
        let common = inventory::Common { pin: &self.pin, key: key.as_deref() };
        let entries = self.hosts.iter().map(|host| &host.profile).zip(self.addresses.iter().copied());
        let text = inventory::inventory(&common, entries);
        std::fs::write(path, text).map_err(|cause| LedgerError::new("write the inventory", path, &cause))
    }
}

/// `id_ed25519` beside `id_ed25519.pub`, when it is there.
fn private_beside(public: &Path) -> Option<PathBuf> {
    let private = public.with_extension("");
    let found = private.exists() && private != public;
    found.then(|| std::path::absolute(&private).unwrap_or(private))
}

fn open_keys(options: &Options) -> Result<HostKeys, LedgerError> {
    if let Some(folder) = &options.state {
        std::fs::create_dir_all(folder).map_err(|cause| LedgerError::new("make the folder", folder, &cause))?;
    }
    HostKeys::open(options.state.as_deref())
}

/// What happened to each host before, by its name.
type Pasts = HashMap<String, Vec<machine::Fact>>;

fn open_world(options: &Options) -> Result<(Arc<World>, Pasts, Closer), FleetError> {
    let mut pasts = Pasts::new();
    let mut state = options.state.as_deref().map(State::open).transpose()?;
    if let Some(state) = &mut state {
        state.replay(|host, fact| pasts.entry(host.to_owned()).or_default().push(fact.clone()))?;
    }
    let shell = match (&state, options.exec) {
        (Some(state), true) => Some(state.folder.join("hosts")),
        (None, true) => return Err(FleetError::NowhereToRun),
        (_, false) => None,
    };
    let salt = state.as_ref().map_or_else(fresh_salt, |state| state.salt);
    let (ledger, closer) = Ledger::open(&options.journal, state.map(State::into_log))?;
    let world = World { seed: options.seed, salt, speed: options.speed, ledger, shell };
    Ok((Arc::new(world), pasts, closer))
}
