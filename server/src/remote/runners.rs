//! The runners as the rest of Stagger sees them: orders in, reports out.
//!
//! Never found here: what a report leads to, and any memory of an order beyond the moment it is withdrawn.

use crate::connection::Connection;
use crate::remote::builtin::{Builtins, Mail};
use crate::remote::keyring::Keyring;
use crate::remote::known_hosts::KnownHostsFiles;
use crate::remote::link::{Link, Links};
use crate::remote::protocol::{Stream, Tried};
use crate::remote::pursuit::{Pursuit, SUPERVISOR};
use crate::remote::script::{Script, hex};
use crate::remote::session::Roads;
use crate::remote::stores::Stores;
use futures_util::future::BoxFuture;
use jobs::action::Place;
use jobs::attempt::{Order, Report, Signal};
use jobs::ids::{AttemptId, HostName, JobId};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::{Semaphore, watch};
use tokio::task::AbortHandle;
use tracing::Instrument;

/// Where reports go. Called on tokio's threads; must not block long.
pub trait Reports: Send + Sync + 'static {
    /// What is said about an attempt. The same may be said twice.
    fn report(&self, job: JobId, attempt: AttemptId, report: Report);
    /// Output of an attempt, before the report that ends it: `bytes` stand at `offset` of the stream, in bytes. The
    /// callee makes them durable before it passes the end on. Until this is through, no more of the attempt is read, and
    /// so a disk that is slower than the hosts slows the hosts down.
    fn output(&self, job: JobId, attempt: AttemptId, stream: Stream, offset: u64, bytes: Vec<u8>) -> BoxFuture<'_, ()>;
    /// How many bytes of the attempt's output are kept already: of stdout, of stderr.
    fn kept(&self, job: JobId, attempt: AttemptId) -> (u64, u64);
}

/// How to log in to a host: by its name in the inventory, as it is now. The error is for people.
pub type Resolve = Arc<dyn Fn(&HostName) -> Result<Arc<Connection>, Arc<str>> + Send + Sync>;

/// What the runners need to know.
#[derive(Clone, Debug)]
pub struct RunnerConfig {
    /// The folder for steps that run on the controller; absolute.
    pub folder: PathBuf,
    /// The controller's epoch, larger at each start.
    pub epoch: u64,
    /// How much at the same time.
    pub limits: Limits,
    /// The socket of the SSH agent, `$SSH_AUTH_SOCK` as a rule.
    pub agent: Option<PathBuf>,
    /// The mail server, for steps that send mail.
    pub mail: Option<Mail>,
}

/// How much at the same time.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Key exchanges and logins in flight.
    pub handshakes: usize,
    /// TCP connections on their way.
    pub dialling: usize,
    /// Open connections. The one idle longest is closed for a new one.
    pub connections: usize,
    /// How long an unused connection stays open.
    pub idle: Duration,
    /// Processes of steps that run on the controller.
    pub local: usize,
    /// After how long without a word a host is asked whether it is there; the fourth question in vain ends the connection.
    pub keepalive: Duration,
}

impl Default for Limits {
    fn default() -> Limits {
        let processors = std::thread::available_parallelism().map_or(2, usize::from);
        Limits {
            // Most of a login is waiting for the other side; far more than this and each only becomes slower.
            handshakes: 16 * processors,
            dialling: 256,
            connections: 4_096,
            // The next step of a host follows at once. One that has to wait logs in again, which is cheaper than the memory of
            // thousands of connections to hosts that are done.
            idle: Duration::from_secs(10),
            local: 64,
            keepalive: Duration::from_secs(15),
        }
    }
}

/// Carries out orders.
pub struct Runners {
    shared: Arc<Shared>,
    runtime: Handle,
}

struct Shared {
    epoch: u64,
    hash: Arc<str>,
    links: Arc<Links>,
    builtins: Builtins,
    local: Arc<Semaphore>,
    reports: Arc<dyn Reports>,
    orders: Mutex<HashMap<(JobId, AttemptId), Underway>>,
}

/// An order in force.
struct Underway {
    task: AbortHandle,
    kill: watch::Sender<bool>,
    ended: Option<Ended>,
}

/// How it came out; said again whenever the order is given again.
struct Ended {
    report: Report,
    trace: Trace,
}

/// What an attempt left behind, to be removed when its end is on record.
enum Trace {
    Nothing,
    /// On a host, in the folder of root if it ran by sudo.
    OnHost {
        link: Arc<Link>,
        attempt: Tried,
        sudo: bool,
    },
    /// The mark of a built-in step.
    Mark(PathBuf),
}

impl Runners {
    /// Starts with no orders. To be called inside the tokio runtime that is to carry them out.
    ///
    /// # Errors
    /// When what is kept in the folder cannot be read, or nothing can be written there.
    pub fn new(config: RunnerConfig, reports: Arc<dyn Reports>, resolve: Resolve) -> std::io::Result<Runners> {
        let limits = config.limits;
        let roads = Roads {
            keyring: Keyring::new(config.agent),
            known_hosts: Arc::new(KnownHostsFiles::default()),
            handshakes: Arc::new(Semaphore::new(limits.handshakes)),
            dialling: Arc::new(Semaphore::new(limits.dialling)),
            keepalive: limits.keepalive,
        };
        let hash: Arc<str> = hex(&Sha256::digest(SUPERVISOR)[..8]).into();
        let folder = config.folder.display().to_string();
        let stores = Stores::open(&config.folder)?;
        let local = Arc::new(Semaphore::new(limits.local));
        let shared = Shared {
            epoch: config.epoch,
            links: Arc::new(Links::new(limits, folder, hash.clone(), resolve, roads, stores)),
            hash,
            builtins: Builtins::new(&config.folder, config.mail),
            local,
            reports,
            orders: Mutex::default(),
        };
        Ok(Runners { shared: Arc::new(shared), runtime: Handle::current() })
    }

    /// Carries out an order. One that is under way is left alone; one that has ended is reported again.
    pub fn start(&self, order: Order) {
        let (job, attempt) = (order.job, order.attempt);
        let mut orders = self.shared.lock();
        if let Some(underway) = orders.get(&(job, attempt)) {
            let said = underway.ended.as_ref().map(|ended| ended.report.clone());
            drop(orders);
            if let Some(report) = said {
                self.shared.reports.report(job, attempt, report);
            }
            return;
        }
        let (kill, killed) = watch::channel(order.signal.is_some());
        let span = tracing::info_span!("attempt", %job, host = %order.host, %attempt);
        let task = self.runtime.spawn(self.shared.clone().carry_out(order, killed).instrument(span));
        orders.insert((job, attempt), Underway { task: task.abort_handle(), kill, ended: None });
    }

    /// Ends the script of an order in force: SIGTERM, ten seconds of grace, SIGKILL. It is reported as ever.
    pub fn signal(&self, job: JobId, attempt: AttemptId, signal: Signal) {
        let Signal::Kill = signal;
        if let Some(underway) = self.shared.lock().get(&(job, attempt)) {
            underway.kill.send_replace(true);
        }
    }

    /// The order is no longer in force. Nothing more is reported. If it had ended, its host is told at the next occasion
    /// that this is on record, and forgets it.
    pub fn stop(&self, job: JobId, attempt: AttemptId) {
        let Some(underway) = self.shared.lock().remove(&(job, attempt)) else { return };
        underway.task.abort();
        match underway.ended.map(|ended| ended.trace) {
            None | Some(Trace::Nothing) => {}
            Some(Trace::OnHost { link, attempt, sudo }) => {
                link.remember(attempt, sudo);
                // Its last use is over: entering and leaving makes sure that somebody tells it.
                let _runtime = self.runtime.enter();
                drop(self.shared.links.enter(link));
            }
            // One that stays is swept away a month later.
            Some(Trace::Mark(path)) => drop(std::fs::remove_file(path)),
        }
    }

    /// How many orders are in force.
    pub fn in_force(&self) -> usize {
        self.shared.lock().len()
    }

    /// How many connections are open.
    pub fn open_connections(&self) -> usize {
        self.shared.links.open_connections()
    }

    /// The same, to be asked at any later time.
    pub fn connection_count(&self) -> impl Fn() -> usize + Send + Sync + use<> {
        let links = self.shared.links.clone();
        move || links.open_connections()
    }
}

impl Drop for Runners {
    /// Leaves what runs on the hosts alone; another controller, or this one started again, takes it up.
    fn drop(&mut self) {
        for (_, underway) in self.shared.lock().drain() {
            underway.task.abort();
        }
    }
}

impl Shared {
    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<(JobId, AttemptId), Underway>> {
        self.orders.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn carry_out(self: Arc<Self>, order: Order, killed: watch::Receiver<bool>) {
        let (job, attempt) = (order.job, order.attempt);
        let ended = match Script::of(&order) {
            None => {
                let report = self.builtins.run(&order, killed).await;
                Ended { report, trace: Trace::Mark(self.builtins.path(&order)) }
            }
            Some(Err(unfit)) => refused(unfit.to_string().into()),
            Some(Ok(script)) => self.pursue(order, script, killed).await,
        };
        self.end(job, attempt, ended);
    }

    async fn pursue(&self, order: Order, script: Script, killed: watch::Receiver<bool>) -> Ended {
        let link = match order.place {
            Place::Controller => self.links.controller(),
            Place::Host => match self.links.host(&order.host) {
                Ok(link) => link,
                Err(why) => return refused(why),
            },
        };
        let _turn = match order.place {
            Place::Controller => self.local.acquire().await.ok(),
            Place::Host => None,
        };
        let attempt = Tried { op: order.op(), number: order.attempt.number };
        let sudo = order.sudo;
        let using = self.links.enter(link.clone());
        let (hash, reports) = (self.hash.clone(), self.reports.clone());
        let report = Pursuit::new(order, script, self.epoch, hash, reports, using, killed).run().await;
        let on_host = matches!(report, Report::Ended(_) | Report::Vanished(_));
        let trace = if on_host { Trace::OnHost { link, attempt, sudo } } else { Trace::Nothing };
        Ended { report, trace }
    }

    /// Reports, unless the order was withdrawn at the last moment.
    fn end(&self, job: JobId, attempt: AttemptId, ended: Ended) {
        let report = ended.report.clone();
        match self.lock().get_mut(&(job, attempt)) {
            Some(underway) => underway.ended = Some(ended),
            None => return,
        }
        tracing::debug!(?report, "ended");
        self.reports.report(job, attempt, report);
    }
}

fn refused(why: Arc<str>) -> Ended {
    Ended { report: Report::Refused { why }, trace: Trace::Nothing }
}
