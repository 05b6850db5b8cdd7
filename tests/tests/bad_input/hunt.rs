//! Tries a subject with one seed after the other, and keeps what broke a promise.
//!
//! Never found here: what is tried.

use crate::chance::Chance;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

/// The stack of a thread that serves: tokio's and ours have this one.
const STACK: usize = 2 << 20;
/// The longest that one case may take, on a machine that is busy with something else.
const LONGEST: Duration = Duration::from_secs(20);
/// How much memory all cases of a subject may take beyond what the process had before.
const MOST_MEMORY: u64 = 768 << 20;

/// One input, made by chance, and what became of it. Gives back the input, to be shown where a promise is broken.
pub type Case = fn(&mut Chance) -> Result<(), String>;

/// Tries a subject with so many seeds, or as the environment says.
pub fn hunt(subject: &str, cases: u64, case: Case) {
    let thread = std::thread::Builder::new().name(subject.to_owned()).stack_size(STACK);
    let tried = thread.spawn(move || try_all(cases, case)).expect("a thread").join();
    let (cases, broken) = tried.unwrap_or_else(|_| panic!("{subject}: the hunt itself failed"));
    println!("{subject}: {cases} cases, {} MiB at most", peak_memory() >> 20);
    assert!(broken.is_empty(), "{subject}: {} of {cases} cases broke a promise\n{}", broken.len(), broken.join("\n"));
}

fn number(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name}={text} is not a number")))
}

/// How many cases were tried, and what was wrong with the first few that broke a promise.
fn try_all(cases: u64, case: Case) -> (u64, Vec<String>) {
    let (began, memory) = (Instant::now(), peak_memory());
    let limit = number("BAD_INPUT_SECONDS").map(Duration::from_secs);
    let goes_on = |tried: u64| limit.map_or(tried < cases, |limit| began.elapsed() < limit);
    if let Some(seed) = number("BAD_INPUT_SEED") {
        return (1, try_one(seed, case).err().into_iter().collect());
    }
    let (mut seed, mut broken) = (0, Vec::new());
    while goes_on(seed) && broken.len() < 5 {
        if number("BAD_INPUT_TELL").is_some() {
            eprintln!("BAD_INPUT_SEED={seed}");
        }
        broken.extend(try_one(seed, case).err());
        let more = peak_memory().saturating_sub(memory);
        if more > MOST_MEMORY {
            broken.push(format!("BAD_INPUT_SEED={seed}: {} MiB more memory than before", more >> 20));
            break;
        }
        seed += 1;
    }
    (seed, broken)
}

fn try_one(seed: u64, case: Case) -> Result<(), String> {
    let began = Instant::now();
    let came = catch_unwind(AssertUnwindSafe(|| case(&mut Chance::of(seed))));
    let why = match came {
        Ok(Ok(())) if began.elapsed() < LONGEST => return Ok(()),
        Ok(Ok(())) => format!("it took {:?}", began.elapsed()),
        Ok(Err(why)) => why,
        Err(panic) => format!("it panicked: {}", said(&*panic)),
    };
    Err(format!("BAD_INPUT_SEED={seed}: {why}"))
}

fn said(panic: &(dyn std::any::Any + Send)) -> &str {
    let owned = panic.downcast_ref::<String>().map(String::as_str);
    owned.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("without a word")
}

/// The most memory the process ever had, in bytes.
fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").trim().parse::<u64>().ok()).unwrap_or(0) << 10
}

/// An input as it is shown: whole where it is asked for by its seed, its beginning otherwise.
fn shown(input: &str) -> String {
    let most = if number("BAD_INPUT_SEED").is_some() { usize::MAX } else { 600 };
    let end = input.floor_char_boundary(most.min(input.len()));
    format!("{}{}", &input[..end], if end < input.len() { " …" } else { "" })
}

/// Breaks a promise unless `holds`; the input is shown with it.
pub fn promise(holds: bool, what: &str, input: &str) -> Result<(), String> {
    if holds { Ok(()) } else { Err(format!("{}\n{}", shown(what), shown(input))) }
}
