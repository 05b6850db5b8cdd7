//! SIGKILL of a writing process at random moments, over and over, against what it had acknowledged.
//!
//! Every group is a function of the seed and its number, so the log must always be exactly the first so many groups:
//! all that were acknowledged, and perhaps some that were still under way. Views, outputs and snapshots must be what a
//! replay of that log makes. `CRASH_SEED` and `CRASH_ROUNDS` choose another run.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use storage::{
    Envelope, EventStore, Group, Options, OutputChunk, Pipe, Record, RocksStore, Snapshot, SpaceLimits, ViewChange,
    ViewScan, Writer, WriterLimits,
};

/// Groups that a writing process submits before it waits to be killed.
const GROUPS_PER_LIFE: u64 = 300;

/// A store is given up for a new one after so many kills, so that checking it whole stays quick.
const KILLS_PER_STORE: u64 = 10;

const STREAMS: u64 = 5;

/// SplitMix64, so that a seed is all there is to a run.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ mixed >> 31) % limit
    }
}

/// Group `number` (1, 2, …) of a store with this seed.
fn group(seed: u64, number: u64) -> Group {
    let mut random = Random(seed ^ number.wrapping_mul(0x1_0001));
    let mut group = Group::default();
    for _ in 0..=random.below(11) {
        let stream = random.below(STREAMS);
        group.records.push(record(&format!("stream/{stream}"), number, random.below(1000)));
        let view = ViewChange::Put(format!("st{stream}").into_bytes(), number.to_be_bytes().to_vec());
        group.views.push(view);
    }
    group.views.push(ViewChange::Put(b"gn".to_vec(), number.to_be_bytes().to_vec()));
    group
}

fn record(stream: &str, number: u64, noise: u64) -> Record {
    Record {
        stream: stream.into(),
        kind: "Counted".into(),
        schema: 1,
        recorded_at_ms: number,
        actor: "system".into(),
        origin: "".into(),
        command: [0; 16],
        causation: 0,
        payload: format!("{{\"number\":{number},\"noise\":\"{}\"}}", "x".repeat(noise as usize % 97)).into_bytes(),
    }
}

/// The same with a line of output, which depends on how much there is already.
fn group_with_output(seed: u64, number: u64, written: u64) -> Group {
    let chunk = OutputChunk { key: [7; 24], pipe: Pipe::Out, offset: written, bytes: line(number) };
    Group { outputs: vec![chunk], ..group(seed, number) }
}

fn line(number: u64) -> Vec<u8> {
    format!("{number:015}\n").into_bytes()
}

fn options(strict: bool) -> Options {
    let space = SpaceLimits { ballast_bytes: 0, ..SpaceLimits::default() };
    Options { strict_head: strict, cache_bytes: 8 << 20, space, ..Options::default() }
}

fn last_group(store: &impl EventStore) -> u64 {
    let view = store.view(b"gn").expect("the view is read");
    view.map_or(0, |bytes| u64::from_be_bytes(bytes.try_into().expect("eight bytes")))
}

fn snapshot(position: u64) -> Snapshot {
    Snapshot { schema: 1, position, bytes: position.to_be_bytes().repeat(100) }
}

/// Not a test of its own: what the killed process runs. It writes groups and notes each one that was acknowledged.
#[test]
fn writing_process() {
    let Ok(folder) = std::env::var("CRASH_FOLDER") else { return };
    let folder = PathBuf::from(folder);
    let seed = std::env::var("CRASH_SEED").expect("a seed").parse().expect("a number");
    let store = RocksStore::open(&folder.join("store"), options(seed % 2 == 0)).expect("the store opens after a kill");
    let store = Arc::new(store);
    let acknowledged = File::options().append(true).create(true).open(folder.join("acknowledged")).expect("the file");
    let acknowledged = Arc::new(acknowledged);
    let limits = WriterLimits { queue: 64, records: 100, ..WriterLimits::default() };
    let writer = Writer::start(store.clone(), limits).expect("a thread");
    let first = last_group(&*store) + 1;
    for number in first..first + GROUPS_PER_LIFE {
        let noted = acknowledged.clone();
        writer.submit(group_with_output(seed, number, (number - 1) * 16), move |result| {
            result.expect("a good group is written");
            (&*noted).write_all(&number.to_be_bytes()).expect("the note is written");
        });
        if number % 37 == 0 {
            store.put_snapshot("state", &snapshot(store.head().position)).expect("a snapshot is kept");
        }
    }
    std::thread::sleep(Duration::from_secs(60));
}

fn start_writing(folder: &Path, seed: u64) -> Child {
    Command::new(std::env::current_exe().expect("the test's own program"))
        .args(["--exact", "writing_process", "--nocapture", "--test-threads=1"])
        .env("CRASH_FOLDER", folder)
        .env("CRASH_SEED", seed.to_string())
        .stdout(Stdio::null())
        .stderr(File::create(folder.join("stderr")).expect("a file for errors"))
        .spawn()
        .expect("a second process")
}

/// The last group that was acknowledged.
fn acknowledged(folder: &Path) -> u64 {
    let notes = std::fs::read(folder.join("acknowledged")).unwrap_or_default();
    notes.as_chunks::<8>().0.last().map_or(0, |number| u64::from_be_bytes(*number))
}

/// Lets the process write for a while and kills it: at any moment of its life, or once it has begun to acknowledge.
fn write_and_kill(folder: &Path, seed: u64, random: &mut Random) {
    let before = acknowledged(folder);
    let mut process = start_writing(folder, seed);
    if random.below(4) > 0 {
        let patience = Instant::now() + Duration::from_secs(30);
        while acknowledged(folder) == before && Instant::now() < patience {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
    std::thread::sleep(Duration::from_micros(random.below(40_000)));
    process.kill().expect("the process is killed");
    let status = process.wait().expect("the process is gone");
    let errors = std::fs::read_to_string(folder.join("stderr")).unwrap_or_default();
    assert!(status.code().is_none(), "the writing process failed by itself: {errors}");
}

/// Everything that must hold after a kill. Returns the number of the last group that survived.
fn check_store(folder: &Path, seed: u64) -> u64 {
    let store = RocksStore::open(&folder.join("store"), options(false)).expect("the store opens after a kill");
    let survived = last_group(&store);
    let acknowledged = acknowledged(folder);
    assert!(survived >= acknowledged, "group {acknowledged} was acknowledged, the log ends with {survived}");
    assert_eq!(store.verify_all(), Ok(store.head()), "the root is that of the bytes");
    let log = store.read(0, usize::MAX).expect("the log is read");
    check_log(&log, seed, survived);
    check_views(&store, &log);
    check_output(&store, survived);
    if let Some(found) = store.newest_snapshot("state", 1).expect("snapshots are read") {
        assert_eq!(found, snapshot(found.position));
    }
    survived
}

/// The log is exactly the first groups, each whole, positions and versions without a gap.
fn check_log(log: &[Envelope], seed: u64, groups: u64) {
    let expected: Vec<Record> = (1..=groups).flat_map(|number| group(seed, number).records).collect();
    assert_eq!(log.len(), expected.len(), "no record more and none less than those of {groups} groups");
    let mut versions = BTreeMap::new();
    for ((envelope, record), position) in log.iter().zip(&expected).zip(1..) {
        let version = versions.entry(&record.stream).or_insert(0);
        *version += 1;
        assert_eq!((envelope.position, envelope.version, &envelope.record), (position, *version, record));
    }
}

/// The views are what replaying the log makes of them.
fn check_views(store: &RocksStore, log: &[Envelope]) {
    let mut replayed = BTreeMap::new();
    for Envelope { record, .. } in log {
        let stream = record.stream.trim_start_matches("stream/");
        replayed.insert(format!("st{stream}").into_bytes(), record.recorded_at_ms.to_be_bytes().to_vec());
        replayed.insert(b"gn".to_vec(), record.recorded_at_ms.to_be_bytes().to_vec());
    }
    let views = store.scan_views(&ViewScan::under("", 1000)).expect("views are read");
    assert_eq!(views, replayed.into_iter().collect::<Vec<_>>());
}

fn check_output(store: &RocksStore, groups: u64) {
    let expected: Vec<u8> = (1..=groups).flat_map(line).collect();
    let slice = store.read_output(&[7; 24], Pipe::Out, 0, usize::MAX).expect("the output is read");
    assert_eq!((slice.total, slice.bytes), (expected.len() as u64, expected), "a line for each group");
}

fn setting(name: &str, otherwise: impl FnOnce() -> u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or_else(otherwise)
}

#[test]
fn what_was_acknowledged_survives_every_kill() {
    if std::env::var("CRASH_FOLDER").is_ok() {
        return;
    }
    let now = || std::time::UNIX_EPOCH.elapsed().map_or(1, |time| time.as_nanos() as u64);
    let (seed, rounds) = (setting("CRASH_SEED", now), setting("CRASH_ROUNDS", || 200));
    println!("{rounds} kills, CRASH_SEED={seed}");
    let (mut random, started, mut groups) = (Random(seed), Instant::now(), 0);
    for store in 0..rounds.div_ceil(KILLS_PER_STORE) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut survived = 0;
        for kill in 0..KILLS_PER_STORE.min(rounds - store * KILLS_PER_STORE) {
            write_and_kill(folder.path(), seed.wrapping_add(store), &mut random);
            let before = survived;
            survived = check_store(folder.path(), seed.wrapping_add(store));
            assert!(survived >= before, "store {store}, kill {kill}: from {before} back to {survived} groups");
        }
        groups += survived;
    }
    println!("{groups} groups survived {rounds} kills in {:.1} s", started.elapsed().as_secs_f64());
    assert!(groups > rounds, "the processes hardly wrote anything: {groups} groups in {rounds} lives");
}
