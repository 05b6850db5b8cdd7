//! Between the engine and those who carry orders out: orders and withdrawals one way, reports and output the other.
//!
//! Never found here: SSH (`remote`), or what an answer leads to (`jobs`).

use crate::connection::Connection;
use crate::engine::{Engine, Runner, output_key};
use crate::remote::protocol::Stream;
use crate::remote::{Limits, Mail, Reports, Resolve, RunnerConfig, Runners};
use crate::telemetry::metrics::Metrics;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use jobs::attempt::{Order, Report, Signal};
use jobs::ids::{AttemptId, HostName, JobId};
use jobs::inventory::{Host, Inventory};
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use storage::{EventStore, Pipe};

/// How orders are carried out, as far as a person may say.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// How much at the same time.
    pub limits: Limits,
    /// The mail server, for steps that send mail.
    pub mail: Option<Mail>,
}

/// Runners that report to the engine and know the inventory as it is.
pub struct EngineRunners {
    runners: Runners,
    addresses: Arc<Addresses>,
    /// Orders that came before [`EngineRunners::open`]; none are kept from then on.
    early: Mutex<Option<Vec<Order>>>,
}

/// Makes the runners. To be called inside the tokio runtime that is to carry the orders out.
pub fn start(
    settings: Settings,
    epoch: u64,
    engine: &Engine,
    store: Arc<dyn EventStore>,
    data: &Path,
    metrics: &Metrics,
) -> std::io::Result<Arc<EngineRunners>> {
    let addresses = Arc::new(Addresses::default());
    let book = addresses.clone();
    let resolve: Resolve = Arc::new(move |host: &HostName| book.connection(host));
    let folder: PathBuf = std::path::absolute(data.join("local"))?;
    let agent = std::env::var_os("SSH_AUTH_SOCK").map(PathBuf::from);
    let config = RunnerConfig { folder, epoch, limits: settings.limits, mail: settings.mail, agent };
    let reports = Arc::new(ToEngine { engine: engine.clone(), store });
    let runners = Runners::new(config, reports, resolve)?;
    metrics.watch_connections(runners.connection_count());
    Ok(Arc::new(EngineRunners { runners, addresses, early: Mutex::new(Some(Vec::new())) }))
}

impl EngineRunners {
    /// Begins to carry orders out. Until then they only gather: with ten thousand hosts in flight a server that starts again
    /// would be busy with all of them before it could answer anybody.
    pub fn open(&self) {
        let mut early = self.early();
        early.take().into_iter().flatten().for_each(|order| self.runners.start(order));
    }

    fn early(&self) -> MutexGuard<'_, Option<Vec<Order>>> {
        self.early.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Runner for Arc<EngineRunners> {
    fn start(&self, order: Order) {
        match self.early().as_mut() {
            Some(early) => early.push(order),
            None => self.runners.start(order),
        }
    }

    fn signal(&self, job: JobId, attempt: AttemptId, signal: Signal) {
        match self.early().as_mut() {
            Some(early) => {
                let meant = early.iter_mut().filter(|order| (order.job, order.attempt) == (job, attempt));
                meant.for_each(|order| order.signal = Some(signal));
            }
            None => self.runners.signal(job, attempt, signal),
        }
    }

    fn stop(&self, job: JobId, attempt: AttemptId) {
        match self.early().as_mut() {
            Some(early) => early.retain(|order| (order.job, order.attempt) != (job, attempt)),
            None => self.runners.stop(job, attempt),
        }
    }

    fn inventory(&self, inventory: &Inventory) {
        self.addresses.replace(inventory);
    }
}

/// How to reach each host, as the inventory says now.
#[derive(Default)]
struct Addresses {
    book: RwLock<Book>,
}

#[derive(Default)]
struct Book {
    hosts: BTreeMap<HostName, Arc<Host>>,
    /// What was made of their settings, as far as anybody asked: every step of every host does.
    read: HashMap<HostName, Arc<Connection>>,
}

impl Addresses {
    fn replace(&self, inventory: &Inventory) {
        let book = Book { hosts: inventory.hosts.clone(), read: HashMap::new() };
        *self.book.write().unwrap_or_else(PoisonError::into_inner) = book;
    }

    fn connection(&self, host: &HostName) -> Result<Arc<Connection>, Arc<str>> {
        if let Some(read) = self.book.read().unwrap_or_else(PoisonError::into_inner).read.get(host) {
            return Ok(read.clone());
        }
        let mut book = self.book.write().unwrap_or_else(PoisonError::into_inner);
        let gone = || -> Arc<str> { format!("host {host} is not in the inventory any more").into() };
        let settings = book.hosts.get(host).ok_or_else(gone)?;
        let connection =
            Connection::of(settings).map(Arc::new).map_err(|why| -> Arc<str> { why.to_string().into() })?;
        book.read.insert(host.clone(), connection.clone());
        Ok(connection)
    }
}

struct ToEngine {
    engine: Engine,
    store: Arc<dyn EventStore>,
}

impl Reports for ToEngine {
    fn report(&self, job: JobId, attempt: AttemptId, report: Report) {
        self.engine.report(job, attempt, report);
    }

    fn output(&self, job: JobId, attempt: AttemptId, stream: Stream, offset: u64, bytes: Vec<u8>) -> BoxFuture<'_, ()> {
        self.engine.output(job, attempt, pipe(stream), offset, bytes).boxed()
    }

    fn kept(&self, job: JobId, attempt: AttemptId) -> (u64, u64) {
        let key = output_key(job, attempt);
        // What cannot be read now is asked of the host again, from its beginning.
        let total = |pipe| self.store.read_output(&key, pipe, u64::MAX, 0).map_or(0, |slice| slice.total);
        (total(Pipe::Out), total(Pipe::Err))
    }
}

fn pipe(stream: Stream) -> Pipe {
    match stream {
        Stream::Out => Pipe::Out,
        Stream::Err => Pipe::Err,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn inventory(port: u16) -> Inventory {
        let (labels, groups) = Default::default();
        let host = Host { name: "web-1".into(), labels, groups, connection: json!({"port": port}) };
        Inventory { hosts: [(host.name.clone(), Arc::new(host))].into() }
    }

    #[test]
    fn settings_are_read_once_for_each_inventory() {
        let (addresses, web) = (Addresses::default(), HostName::from("web-1"));
        assert!(addresses.connection(&web).expect_err("nobody is there yet").contains("not in the inventory"));
        addresses.replace(&inventory(22));
        let first = addresses.connection(&web).expect("valid");
        assert!(Arc::ptr_eq(&first, &addresses.connection(&web).expect("valid")));
        addresses.replace(&inventory(2_222));
        assert_eq!((first.port, addresses.connection(&web).expect("valid").port), (22, 2_222));
    }
}
