//! P3: durable events a second, 256 in flight, against the same pipeline into a plain file, in turns in one process.
//! P10: bytes on disk per event. Boot: opening, reading and proving a million events.
//!
//! `cargo bench -p storage --bench append [-- seconds-per-round events]`. Prints goal, figure and ratio.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use storage::{
    EventStore, Group, Head, Options, Record, RocksStore, SpaceLimits, StoreError, ViewChange, Writer, WriterLimits,
    envelope,
};

/// As in the binary.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

const IN_FLIGHT: u64 = 256;
const ROUNDS: usize = 5;
const HOSTS: u64 = 10_000;

/// Names that repeat, made once, as an engine would.
struct Names {
    streams: Vec<Arc<str>>,
    started: Arc<str>,
    finished: Arc<str>,
    system: Arc<str>,
    none: Arc<str>,
}

impl Names {
    fn new() -> Names {
        let stream = |n: u64| format!("job/01JDB5QZ3K8W{n:02}RN9T4YVXHM7C").into();
        Names {
            streams: (0..3).map(stream).collect(),
            started: "AttemptStarted".into(),
            finished: "AttemptFinished".into(),
            system: "system".into(),
            none: "".into(),
        }
    }

    /// Event `n` of a rollout: every attempt starts and finishes, hosts interleaved.
    fn event(&self, n: u64) -> Record {
        let (attempt, host, step) = (n / 2, n / 2 * 7919 % HOSTS, n / 2 / HOSTS % 6);
        let (kind, payload) = match n % 2 {
            0 => (&self.started, format!(r#"{{"host":{host},"step":{step},"attempt":1}}"#)),
            _ => {
                let (milliseconds, bytes) = (attempt * 37 % 4000, attempt * 101 % 9000);
                let end = format!(r#""exit":0,"milliseconds":{milliseconds},"outputBytes":{bytes}"#);
                (&self.finished, format!(r#"{{"host":{host},"step":{step},"attempt":1,{end}}}"#))
            }
        };
        Record {
            stream: self.streams[(host % 3) as usize].clone(),
            kind: kind.clone(),
            schema: 1,
            recorded_at_ms: 1_795_000_000_000 + n / 20,
            actor: self.system.clone(),
            origin: self.none.clone(),
            command: [0; 16],
            causation: 0,
            payload: payload.into_bytes(),
        }
    }

    /// The event with the two views it changes: its host's line and its job's counters.
    fn group(&self, n: u64) -> Group {
        let record = self.event(n);
        let host = [b"hr", record.stream.as_bytes(), &((n / 2 * 7919 % HOSTS) as u32).to_be_bytes()].concat();
        let counters = [b"jc", record.stream.as_bytes()].concat();
        let line = format!(r#"{{"status":"running","step":{},"since":{n}}}"#, n / 2 / HOSTS % 6);
        let counts = format!(r#"{{"running":200,"succeeded":{n},"failed":0,"outOfService":12}}"#);
        let views = vec![ViewChange::Put(host, line.into_bytes()), ViewChange::Put(counters, counts.into_bytes())];
        Group { views, ..Group::of(vec![record]) }
    }
}

struct Figures {
    per_second: f64,
    /// CPU time of the whole process, user and system, for each event.
    cpu_microseconds: f64,
    p50: Duration,
    p99: Duration,
}

/// Keeps `IN_FLIGHT` groups with a writer for a while.
fn drive(writer: Writer, names: &Names, duration: Duration) -> Figures {
    let (answers, answered) = channel();
    let (mut submitted, mut latencies) = (0, Vec::with_capacity(1 << 20));
    let (started, cpu) = (Instant::now(), cpu_seconds());
    let submit = |number: u64| {
        let (answers, at) = (answers.clone(), Instant::now());
        writer.submit(names.group(number), move |result| {
            result.expect("the disk takes it");
            answers.send(at.elapsed()).expect("the bench listens");
        });
    };
    while started.elapsed() < duration {
        while submitted - (latencies.len() as u64) < IN_FLIGHT {
            submit(submitted);
            submitted += 1;
        }
        latencies.extend(answered.recv());
        latencies.extend(answered.try_iter());
    }
    let per_second = latencies.len() as f64 / started.elapsed().as_secs_f64();
    let cpu_microseconds = (cpu_seconds() - cpu) * 1e6 / latencies.len() as f64;
    writer.stop();
    latencies.sort_unstable();
    Figures {
        per_second,
        cpu_microseconds,
        p50: latencies[latencies.len() / 2],
        p99: latencies[latencies.len() * 99 / 100],
    }
}

/// CPU time of this process so far: fields 14 and 15 of its `stat`, in hundredths of a second.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").expect("Linux has it");
    let fields = stat.rsplit(')').next().expect("the fields behind the name").split_whitespace();
    fields.skip(11).take(2).map(|ticks| ticks.parse::<f64>().expect("a number") / 100.0).sum()
}

/// Resident memory of this process.
fn resident_megabytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux has it");
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("Linux tells it");
    line.split_whitespace().nth(1).and_then(|kilobytes| kilobytes.parse::<u64>().ok()).expect("a number") / 1024
}

/// The floor: envelopes behind one another in a file, one fdatasync for each write; no index, views, tree or head.
fn file_writer(path: &Path) -> Writer {
    let mut file = File::create(path).expect("a file");
    let (mut bytes, mut position) = (Vec::new(), 0);
    let commit = move |groups: Vec<Group>| -> Vec<Result<Head, StoreError>> {
        bytes.clear();
        for record in groups.iter().flat_map(|group| &group.records) {
            position += 1;
            envelope::encode(position, position, record, &mut bytes);
        }
        file.write_all(&bytes).and_then(|()| file.sync_data()).expect("the disk takes it");
        groups.iter().map(|_| Ok(Head { position, root: [0; 32] })).collect()
    };
    Writer::over(commit, WriterLimits::default()).expect("a thread")
}

fn options() -> Options {
    Options { space: SpaceLimits { ballast_bytes: 0, ..SpaceLimits::default() }, ..Options::default() }
}

fn store_writer(folder: &Path) -> Writer {
    let store = Arc::new(RocksStore::open(folder, options()).expect("a store"));
    Writer::start(store, WriterLimits::default()).expect("a thread")
}

fn shown(figures: &Figures) -> String {
    let Figures { per_second, cpu_microseconds, p50, p99 } = figures;
    format!("{per_second:>7.0}/s, {cpu_microseconds:>4.1} us CPU, p50 {p50:.2?}, p99 {p99:.2?}")
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

fn verdict(good: bool) -> &'static str {
    if good { "met" } else { "MISSED" }
}

fn bench_appends(names: &Names, seconds: f64) {
    let duration = Duration::from_secs_f64(seconds);
    let (mut ratios, mut p99s, mut files, mut stores, mut cpus) = (vec![], vec![], vec![], vec![], vec![]);
    for round in 1..=ROUNDS {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = drive(file_writer(&folder.path().join("floor")), names, duration);
        let store = drive(store_writer(&folder.path().join("store")), names, duration);
        println!("  round {round}: file {}   store {}", shown(&file), shown(&store));
        ratios.push(store.per_second / file.per_second);
        p99s.push(store.p99.as_secs_f64() / file.p99.as_secs_f64());
        cpus.push(store.cpu_microseconds / file.cpu_microseconds);
        files.push(file.per_second);
        stores.push(store.per_second);
    }
    let (ratio, p99) = (median(ratios), median(p99s));
    let (file, store) = (median(files), median(stores));
    println!(
        "P3  goal >= 0.60 x file    figure {store:.0}/s, file {file:.0}/s, ratio {ratio:.2}  {}",
        verdict(ratio >= 0.6)
    );
    println!("P3  goal p99 <= 2 x file   ratio {p99:.2}  {}", verdict(p99 <= 2.0));
    println!("P3  CPU of the process an event, store over file: {:.2}", median(cpus));
}

fn bench_disk_and_boot(names: &Names, events: u64) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let store = RocksStore::open(folder.path(), options()).expect("a store");
    for start in (0..events).step_by(128) {
        let groups = (start..events.min(start + 128)).map(|n| names.group(n)).collect();
        store.append_all(groups).into_iter().for_each(|answer| _ = answer.expect("the disk takes it"));
    }
    drop(store);
    let started = Instant::now();
    let store = RocksStore::open(folder.path(), options()).expect("the store opens");
    println!("boot: open with what is in the write-ahead log {:.0} ms", started.elapsed().as_secs_f64() * 1e3);
    store.compact().expect("the store compacts");
    let events = events as f64;
    println!("    tables, bytes an event:");
    for (table, bytes) in store.table_sizes() {
        println!("      {table:<10} {:.2}", bytes as f64 / events);
    }
    drop(store);
    let per_event = bytes_under(folder.path()) as f64 / events;
    println!("P10 goal <= 80 B an event  figure {per_event:.1} B  {}", verdict(per_event <= 80.0));
    bench_boot(folder.path(), events);
}

fn bench_boot(folder: &Path, events: f64) {
    let started = Instant::now();
    let store = RocksStore::open(folder, options()).expect("the store opens");
    let opened = started.elapsed();
    let (mut read, mut after) = (0, 0);
    while let Some(last) = read_page(&store, after) {
        read += last - after;
        after = last;
    }
    assert_eq!(read as f64, events);
    let scanned = started.elapsed() - opened;
    println!("boot: {} MB of memory after reading everything", resident_megabytes());
    let proved = Instant::now();
    store.verify_all().expect("the log proves");
    let million = 1e6 / events;
    println!(
        "boot: open {:.0} ms, read + decode {:.2} s per million events ({:.0}/s), verify_all {:.2} s per million",
        opened.as_secs_f64() * 1e3,
        scanned.as_secs_f64() * million,
        events / scanned.as_secs_f64(),
        proved.elapsed().as_secs_f64() * million
    );
}

fn read_page(store: &RocksStore, after: u64) -> Option<u64> {
    store.read(after, 10_000).expect("the log is read").last().map(|envelope| envelope.position)
}

fn bytes_under(folder: &Path) -> u64 {
    let entries = std::fs::read_dir(folder).expect("a folder").flatten();
    entries.map(|entry| if entry.path().is_dir() { bytes_under(&entry.path()) } else { size(&entry.path()) }).sum()
}

fn size(file: &Path) -> u64 {
    // What counts is the space taken: files of the write-ahead log are longer than what is in them.
    use std::os::unix::fs::MetadataExt;
    file.metadata().map_or(0, |file| file.blocks() * 512)
}

fn main() {
    let numbers: Vec<f64> = std::env::args().filter_map(|argument| argument.parse().ok()).collect();
    let (seconds, events) = (numbers.first().copied().unwrap_or(2.0), numbers.get(1).copied().unwrap_or(1e6));
    let names = Names::new();
    println!("{ROUNDS} rounds of {seconds} s each way, {IN_FLIGHT} in flight, one event and two views a group");
    bench_appends(&names, seconds);
    bench_disk_and_boot(&names, events as u64);
}
