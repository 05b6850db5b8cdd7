//! The seeded simulator: hours of trouble in milliseconds. A controller on `storage::MemoryStore` that is killed between
//! writing, syncing and doing; hosts that reboot, lose supervisors and cannot be reached; reports lost, late and said
//! twice; people who do anything. After every event the promises of `jobs` are checked (`witness`); in the end every
//! job has ended, and what is recorded is what happened.
//!
//! `SEEDS=20000` runs more seeds, `SEED=17` runs one and prints everything that happens in it.

mod case;
mod chance;
mod controller;
mod hosts;
mod person;
mod run;
mod truth;
#[path = "../../../jobs/tests/stories/witness.rs"]
mod witness;

use run::{End, run};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

/// How many seeds run where `SEEDS` does not say otherwise.
const SEEDS: u64 = 2_000;

fn number(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name}={text} is not a number")))
}

/// Seeds that failed once.
fn kept() -> Vec<u64> {
    let lines = include_str!("seeds.txt").lines().filter(|line| !line.starts_with('#'));
    lines
        .filter_map(|line| line.split_whitespace().next())
        .map(|seed| seed.parse().expect("a seed is a number"))
        .collect()
}

/// Runs seeds on all cores; gives back those that broke a promise, and the ends of the others.
fn run_all(seeds: &[u64]) -> (Vec<u64>, Vec<End>) {
    let (next, failed, ends) = (AtomicU64::new(0), Mutex::new(Vec::new()), Mutex::new(Vec::new()));
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                while let Some(seed) = seeds.get(next.fetch_add(1, Ordering::Relaxed) as usize) {
                    match catch_unwind(AssertUnwindSafe(|| run(*seed, false))) {
                        Ok(end) => ends.lock().expect("no panic holds it").push(end),
                        Err(_) => {
                            println!("seed {seed} broke a promise: SEED={seed} shows how");
                            failed.lock().expect("no panic holds it").push(*seed);
                        }
                    }
                }
            });
        }
    });
    (failed.into_inner().expect("no panic held it"), ends.into_inner().expect("no panic held it"))
}

#[test]
fn seeds_keep_every_promise() {
    if let Some(seed) = number("SEED") {
        println!("{:?}", run(seed, true));
        return;
    }
    let seeds: Vec<u64> = kept().into_iter().chain(0..number("SEEDS").unwrap_or(SEEDS)).collect();
    let (failed, ends) = run_all(&seeds);
    assert!(failed.is_empty(), "{} of {} seeds broke a promise: {failed:?}", failed.len(), seeds.len());
    let sum = |of: fn(&End) -> usize| ends.iter().map(of).sum::<usize>();
    let (events, scripts, crashes) = (sum(|end| end.events), sum(|end| end.scripts), sum(|end| end.crashes as usize));
    let scheduled = sum(|end| end.scheduled);
    println!(
        "{} seeds: {events} events, {scripts} scripts, {crashes} crashes, {scheduled} scheduled jobs",
        seeds.len()
    );
    // A simulator in which nothing happens finds nothing.
    assert!(events > 100 * ends.len() && scripts > 10 * ends.len() && crashes > 2 * ends.len());
    assert!(scheduled > ends.len() / 2, "schedules hardly fired: {scheduled} times");
}

#[test]
fn the_same_seed_is_the_same_run() {
    for seed in 0..20 {
        assert_eq!(run(seed, false), run(seed, false), "seed {seed}");
    }
}
