//! Puts a server together: store, engine, runners, HTTP; and takes it apart again.
//!
//! Never found here: what any of the parts does.

mod first_token;

pub use first_token::FirstToken;

use crate::access::Access;
use crate::backend::EngineBackend;
use crate::cli::exit::Exit;
use crate::engine::{self, Clock, Engine, Failure, SystemClock, Until};
use crate::http::{self, Backups, HttpState, Progress, Readiness};
use crate::library::{self, LibraryError};
use crate::runners::{self, EngineRunners};
use crate::telemetry::metrics::Metrics;
use jobs::command::{Actor, Body, Command, Rejection};
use jobs::fleet::Fleet;
use jobs::time::Duration;
use schema::backend::Backend;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use storage::{Options, RocksStore, SpaceLevel, StoreError};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// A snapshot of the state is written after so many events.
const SNAPSHOT_EVERY: u64 = 100_000;
/// A server that was killed a moment ago holds its address until the system has taken its memory apart.
const ADDRESS_PATIENCE: std::time::Duration = std::time::Duration::from_secs(3);
/// How often the free space of the disk is looked at.
const SPACE_EVERY: std::time::Duration = std::time::Duration::from_secs(5);

/// What a server is made from.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The data folder.
    pub data: PathBuf,
    /// Where HTTP listens.
    pub listen: SocketAddr,
    /// Inventory files; each is a source of its own.
    pub inventories: Vec<PathBuf>,
    /// Folders of packs beside the built-in one.
    pub packs: Vec<PathBuf>,
    /// How scripts are run.
    pub runners: runners::Settings,
    /// Where the secret of the first access token is written, before the token exists.
    pub first_token_file: Option<PathBuf>,
}

/// Why a server did not start.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// The data folder cannot be made.
    #[error("the data folder {} cannot be made", path.display())]
    Folder {
        /// Which.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// The store refuses.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The log cannot be folded.
    #[error(transparent)]
    Boot(#[from] engine::BootError),
    /// A pack or an inventory cannot be read.
    #[error(transparent)]
    Library(#[from] LibraryError),
    /// A pack or an inventory was rejected.
    #[error("{what} was rejected: {rejection}")]
    Rejected {
        /// What.
        what: String,
        /// Why.
        rejection: Rejection,
    },
    /// The address cannot be listened on.
    #[error("cannot listen on {address}; choose another with --listen, or end whoever has it")]
    Listen {
        /// Which.
        address: SocketAddr,
        /// The system's reason.
        source: std::io::Error,
    },
    /// The file for the first access token cannot be written.
    #[error("the first access token cannot be written to {}", path.display())]
    TokenFile {
        /// Which.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// A thread cannot be started, or the system gives no random bytes.
    #[error("the server cannot be started")]
    System(#[source] std::io::Error),
    /// The engine ended before the server was up.
    #[error(transparent)]
    Ended(#[from] engine::Ended),
}

/// A running server.
pub struct Service {
    /// The engine.
    pub engine: Engine,
    /// Who may ask.
    pub access: Arc<Access>,
    /// What the API answers from.
    pub backend: Arc<dyn Backend>,
    /// The store.
    pub store: Arc<RocksStore>,
    /// Where HTTP listens.
    pub address: SocketAddr,
    /// The first access token, as long as nobody was shown it.
    pub first_token: Option<FirstToken>,
    /// How many server processes this log has seen, this one included.
    pub epoch: u64,
    http: tokio::task::JoinHandle<()>,
    shutdown: CancellationToken,
}

impl Service {
    /// Starts a server. When it returns, what was in force is in force again, and HTTP answers.
    pub async fn start(settings: Settings) -> Result<Service, ServiceError> {
        crate::open_files::warn_if_few();
        make_folder(&settings.data)?;
        let listener = listen(settings.listen).await?;
        let store = Arc::new(RocksStore::open(&settings.data.join("store"), Options::default())?);
        let metrics = Arc::new(Metrics::default());
        let Begun { engine, runners, epoch, clock: machine } = start_engine(&settings, &store, &metrics)?;
        let clock: Arc<dyn Clock> = machine.clone();
        let backend: Arc<dyn Backend> = Arc::new(EngineBackend::new(engine.clone(), store.clone(), clock.clone()));
        stock(&engine, &settings).await?;
        let first_token = settings.first_token_file.as_deref();
        let first_token = first_token::make(&engine, backend.as_ref(), &settings.data, first_token).await?;
        let shutdown = CancellationToken::new();
        watch_space(engine.clone(), store.clone(), shutdown.clone());
        let address = listener.local_addr().map_err(ServiceError::System)?;
        let access = Arc::new(Access::over(backend.clone()));
        let state = HttpState {
            schema: schema::build(backend.clone(), schema::Limits::default()),
            backend: backend.clone(),
            access: access.clone(),
            metrics,
            ready: Arc::new(EngineProgress { engine: engine.clone(), clock: machine }),
            backups: backups(&settings.data, &store, clock),
        };
        let http = tokio::spawn(http::serve(listener, state, shutdown.clone()));
        runners.open();
        Ok(Service { engine, access, backend, store, address, first_token, epoch, http, shutdown })
    }

    /// A page of the dashboard that signs whoever opens it first in, with a token that is good; none where no token is.
    ///
    /// # Errors
    /// When the state cannot be read, or the system has no random bytes.
    pub async fn sign_in_link(&self) -> Result<Option<String>, ServiceError> {
        let oldest = |fleet: &Fleet, _| fleet.tokens.iter().find(|(_, token)| !token.revoked).map(|(id, _)| *id);
        let token = schema::backend::read(self.backend.as_ref(), oldest).await.map_err(|_| engine::Ended)?;
        let Some(token) = token else { return Ok(None) };
        let code = self.access.invite(token).map_err(|why| ServiceError::System(std::io::Error::other(why)))?;
        Ok(Some(format!("http://{}/sign-in#once={}", self.address, code.reveal())))
    }

    /// Stops taking requests, makes durable what was taken in, and ends. Scripts on hosts go on.
    pub async fn stop(self) {
        self.shutdown.cancel();
        if let Err(why) = self.http.await {
            tracing::warn!(%why, "HTTP ended with an error");
        }
        self.engine.stop().await;
    }
}

fn make_folder(path: &Path) -> Result<(), ServiceError> {
    std::fs::create_dir_all(path).map_err(|source| ServiceError::Folder { path: path.to_owned(), source })
}

async fn listen(address: SocketAddr) -> Result<TcpListener, ServiceError> {
    let patience = tokio::time::Instant::now() + ADDRESS_PATIENCE;
    loop {
        match TcpListener::bind(address).await {
            Err(why) if why.kind() == std::io::ErrorKind::AddrInUse && tokio::time::Instant::now() < patience => {
                tokio::time::sleep(ADDRESS_PATIENCE / 50).await;
            }
            bound => return bound.map_err(|source| ServiceError::Listen { address, source }),
        }
    }
}

/// An engine that runs, and what it was started with.
struct Begun {
    engine: Engine,
    runners: Arc<EngineRunners>,
    epoch: u64,
    clock: Arc<SystemClock>,
}

/// Folds the log, takes it over with an epoch of its own, and starts the engine's thread with its runners.
fn start_engine(settings: &Settings, store: &Arc<RocksStore>, metrics: &Arc<Metrics>) -> Result<Begun, ServiceError> {
    let mut booted = engine::fold(store.as_ref(), Until::End, true)?;
    let clock = Arc::new(SystemClock::not_before(booted.at));
    if let Some(warning) = time_stands_still(&clock) {
        tracing::error!("{warning}");
    }
    let epoch = engine::take_over(&mut booted, store.as_ref(), clock.now(), env!("CARGO_PKG_VERSION"))?;
    let counted = metrics.clone();
    let config = engine::Config {
        store: store.clone(),
        clock: clock.clone(),
        snapshot_every: SNAPSHOT_EVERY,
        on_failure: Arc::new(end_process),
        committed: Arc::new(move |took| counted.committed(took)),
    };
    let start = Engine::start(booted, config);
    let engine = start.engine();
    let runners = runners::start(settings.runners.clone(), epoch, &engine, store.clone(), &settings.data, metrics)
        .map_err(ServiceError::System)?;
    start.run(Box::new(runners.clone()))?;
    Ok(Begun { engine, runners, epoch, clock })
}

/// The process ends, at once: whatever watches over it starts it again.
fn end_process(failure: Failure) {
    eprintln!("error: {failure}");
    let exit = match failure {
        Failure::Store(_) => Exit::Storage,
        Failure::Panicked { .. } => Exit::Bug,
    };
    std::process::exit(exit as i32);
}

/// Puts the packs and inventories in place. What is there already changes nothing.
async fn stock(engine: &Engine, settings: &Settings) -> Result<(), ServiceError> {
    let mut packs = vec![library::builtin_pack()?];
    for folder in &settings.packs {
        packs.push(library::pack_from(folder)?);
    }
    library::check_packs(&packs)?;
    for pack in &packs {
        for body in pack.commands() {
            command(engine, body, &format!("pack {}", pack.name)).await?;
        }
    }
    for (file, hosts) in library::inventories_from(&settings.inventories)? {
        put_hosts(engine, file, hosts).await?;
    }
    Ok(())
}

/// Makes the hosts of an inventory file be exactly those in the inventory that came from it.
pub async fn put_inventory(engine: &Engine, file: &Path) -> Result<(), ServiceError> {
    put_hosts(engine, file, library::inventory_from(file)?).await
}

async fn put_hosts(engine: &Engine, file: &Path, hosts: library::Hosts) -> Result<(), ServiceError> {
    let source = file.display().to_string();
    let body = Body::PutInventory { source: source.as_str().into(), hosts };
    command(engine, body, &format!("inventory {source}")).await
}

async fn command(engine: &Engine, body: Body, what: &str) -> Result<(), ServiceError> {
    let command = Command { actor: Actor::system(), body };
    let reply = engine.carry_out(command, "start").await?;
    reply.map(drop).map_err(|rejection| ServiceError::Rejected { what: what.to_owned(), rejection })
}

/// Copies go through a folder beside the store, so that they share the bytes of its files.
fn backups(data: &Path, store: &Arc<RocksStore>, clock: Arc<dyn Clock>) -> Backups {
    let store = store.clone();
    Backups::new(data.join("outgoing-backup"), move |folder| store.backup(folder, clock.now().0))
}

/// How far the log may end ahead of the machine's clock before that is worth a word: clocks are set right by less.
const WORTH_A_WORD: Duration = Duration::minutes(1);

/// What is wrong where the log ends ahead of the machine's clock.
fn time_stands_still(clock: &SystemClock) -> Option<String> {
    let ahead = clock.ahead();
    (ahead > WORTH_A_WORD).then(|| {
        format!(
            "the log ends {ahead} ahead of this machine's clock: until that has caught up, time stands still, and no \
             deadline, bake, retry or schedule is due. Set the machine's clock right; if it is right, an earlier start was \
             not: restore a backup from before that"
        )
    })
}

struct EngineProgress {
    engine: Engine,
    clock: Arc<SystemClock>,
}

impl Readiness for EngineProgress {
    fn progress(&self) -> Progress {
        let progress = self.engine.progress();
        let ended = || (!progress.alive).then(|| "the engine has ended; start the server again".to_owned());
        let reason = ended().or_else(|| time_stands_still(&self.clock));
        Progress { applied: progress.applied, durable: progress.durable, reason }
    }
}

/// When the disk is nearly full, running jobs are held while there is still room to record what is in flight.
fn watch_space(engine: Engine, store: Arc<RocksStore>, shutdown: CancellationToken) {
    tokio::spawn(async move {
        loop {
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = tokio::time::sleep(SPACE_EVERY) => {}
            }
            match store.space(storage::SpaceLimits::default()) {
                Ok(space) => {
                    let command = Command { actor: Actor::system(), body: space_command(&space) };
                    if engine.carry_out(command, "").await.is_err() {
                        return;
                    }
                }
                Err(why) => tracing::warn!(%why, "the free space of the disk cannot be told"),
            }
        }
    });
}

fn space_command(space: &storage::Space) -> Body {
    use jobs::command::Room;
    let room = match space.level {
        SpaceLevel::Ample => Room::Ample,
        SpaceLevel::Low => Room::NoNewJobs,
        SpaceLevel::Critical => Room::NoNewHosts,
    };
    Body::NoteRoom { room, free_percent: space.free_percent() as u32 }
}
