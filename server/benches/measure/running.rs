//! An engine over a real store, with whatever hosts a bench gives it.

use jobs::command::Command;
use server::engine::{Clock, Config, Engine, Runner, SystemClock, Until, fold, take_over};
use std::sync::Arc;
use storage::RocksStore;

/// A snapshot after so many events, as the server writes them.
const SNAPSHOT_EVERY: u64 = 100_000;

/// Starts an engine over what is in the store.
pub fn start(store: &Arc<RocksStore>, hosts: impl FnOnce(Engine) -> Box<dyn Runner>) -> Engine {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::default());
    let mut booted = fold(store.as_ref(), Until::End, true).expect("the log is read");
    take_over(&mut booted, store.as_ref(), clock.now(), "bench").expect("the log is taken over");
    let on_failure = Arc::new(|failure| panic!("the engine ended: {failure}"));
    let committed = Arc::new(|_| ());
    let config = Config { store: store.clone(), clock, snapshot_every: SNAPSHOT_EVERY, committed, on_failure };
    let start = Engine::start(booted, config);
    let engine = start.engine();
    start.run(hosts(engine.clone())).expect("a thread");
    engine
}

/// Has a command carried out, and waits until it is durable.
pub fn submit(engine: &Engine, command: Command) {
    let reply = runtime().block_on(engine.carry_out(command, "bench"));
    reply.expect("the engine lives").expect("the command is carried out");
}

/// Ends the engine, with a snapshot.
pub fn stop(engine: &Engine) {
    runtime().block_on(engine.stop());
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().build().expect("a runtime")
}
