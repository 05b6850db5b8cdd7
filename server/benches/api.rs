//! P7: GraphQL while a job of 10,000 hosts runs: a job's header, the grid of all its hosts, a thousand subscribers.
//!
//! The hosts live in this process and answer at a steady pace, so that what the API costs is the difference between
//! windows of time with it and without.
//!
//! `cargo bench -p server --bench api [-- steps-a-second]`, by default 1,500.

#[path = "measure/goal.rs"]
mod goal;
#[path = "measure/machine.rs"]
mod machine;
#[path = "measure/rollout.rs"]
mod rollout;
#[path = "measure/running.rs"]
mod running;
#[path = "measure/usage.rs"]
mod usage;

use async_graphql::Request;
use futures_util::StreamExt;
use goal::Goals;
use jobs::attempt::{Order, Report, Signal};
use jobs::command::{Actor, Body};
use jobs::ids::{AttemptId, JobId};
use jobs::inventory::Inventory;
use rollout::{STEPS, command, commands, success};
use schema::{ActorContext, Backend, Limits, Schema};
use server::backend::EngineBackend;
use server::engine::{Engine, Runner, SystemClock};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};
use storage::{Options, RocksStore, SpaceLimits};

/// As in the binary.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

const HOSTS: u32 = 10_000;
const IN_FLIGHT: u32 = 1_000;
const SUBSCRIBERS: usize = 1_000;
/// How long each window is.
const WINDOW: Duration = Duration::from_secs(4);
/// How often a header or grid is asked for.
const EVERY: Duration = Duration::from_millis(20);

/// What stands above a job on its page.
const HEADER: &str = "query($id: ID!) { job(id: $id) { ulid position template templateVersion status outcome \
    requestedBy createdAt startedAt finishedAt hold { text } counts { hosts settled succeeded failed outOfService \
    needingAPerson byStatus { waiting deferred running inDoubt } } throughput estimatedEnd \
    waitingFor { text until } actions { action allowed reason } } }";
const GRID: &str = "query($id: ID!) { job(id: $id) { grid { position hosts cellBytes cells \
    palette { status outcome step outOfService outOfReach } } } }";
const PROGRESS: &str =
    "subscription($id: ID!) { jobProgress(job: $id) { position status counts { settled succeeded failed } } }";

/// Hosts that answer at a steady pace, in the order in which they were asked.
struct Paced(Sender<(JobId, AttemptId, Report)>);

impl Runner for Paced {
    fn start(&self, order: Order) {
        // A pace that has ended answers nobody any more.
        drop(self.0.send((order.job, order.attempt, success(&order))));
    }

    fn signal(&self, _: JobId, _: AttemptId, _: Signal) {}

    fn stop(&self, _: JobId, _: AttemptId) {}

    fn inventory(&self, _: &Inventory) {}
}

fn keep_pace(engine: &Engine, asked: &Receiver<(JobId, AttemptId, Report)>, a_second: u32) {
    let (began, mut answered) = (Instant::now(), 0);
    while let Ok((job, attempt, report)) = asked.recv() {
        let due = Duration::from_secs(1) * answered / a_second;
        std::thread::sleep(due.saturating_sub(began.elapsed()));
        engine.report(job, attempt, report);
        answered += 1;
    }
}

fn main() -> ExitCode {
    let asked = std::env::args().find_map(|argument| argument.parse::<u32>().ok());
    let pace = asked.unwrap_or(1_500);
    println!("P7 on {}; {HOSTS} hosts x {STEPS} steps at {pace} steps a second", machine::describe());
    let folder = tempfile::tempdir().expect("a temporary folder");
    let options = Options { space: SpaceLimits { ballast_bytes: 0, ..SpaceLimits::default() }, ..Options::default() };
    let store = Arc::new(RocksStore::open(folder.path(), options).expect("a store"));
    let engine = running::start(&store, |engine| {
        let (paced, asked) = channel();
        std::thread::spawn(move || keep_pace(&engine, &asked, pace));
        Box::new(Paced(paced))
    });
    let job = JobId(ulid::Ulid::from_parts(1_795_000_000_000, 1));
    for command in commands(HOSTS, IN_FLIGHT, job) {
        running::submit(&engine, command);
    }
    running::submit(&engine, command(Body::StartJob { job }));
    let backend: Arc<dyn Backend> =
        Arc::new(EngineBackend::new(engine.clone(), store, Arc::new(SystemClock::default())));
    let client = Client { schema: schema::build(backend, Limits::default()), job };
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let exit = runtime.block_on(client.bench());
    drop(runtime);
    running::stop(&engine);
    exit
}

#[derive(Clone)]
struct Client {
    schema: Schema,
    job: JobId,
}

/// What asking for something again and again came to.
struct Asked {
    milliseconds: Vec<f64>,
    bytes: usize,
}

impl Client {
    async fn bench(&self) -> ExitCode {
        let mut goals = Goals::default();
        let ((), alone) = window(tokio::time::sleep(WINDOW)).await;
        println!("  the job alone: {:.0} % of a processor", alone * 100.0);
        let (headers, with_headers) = window(self.ask(HEADER)).await;
        let (grids, with_grids) = window(self.ask(GRID)).await;
        let (messages, with_subscribers) = window(self.subscribe()).await;
        let ((), after) = window(tokio::time::sleep(WINDOW)).await;
        // The job's own cost in between is taken to lie in the middle.
        let base = (alone + after) / 2.0;
        println!(
            "  the job alone again: {:.0} %; {} headers, {} grids, {messages} messages",
            after * 100.0,
            headers.len(),
            grids.len()
        );
        let p99 = headers.percentile(0.99);
        let figure = format!(
            "p50 {:.2} ms, p99 {p99:.2} ms, {:.2} ms of CPU",
            headers.percentile(0.5),
            headers.cost(with_headers - base)
        );
        goals.judge("P7", "job header p99 < 5 ms", &figure, p99 < 5.0);
        let (kilobytes, cost) = (grids.bytes as f64 / 1e3, grids.cost(with_grids - base));
        goals.judge("P7", "grid of 10,000 hosts <= 20 kB", &format!("{kilobytes:.1} kB"), grids.bytes <= 20_000);
        let figure = format!("{cost:.2} ms, answered in {:.2} ms", grids.percentile(0.5));
        goals.judge("P7", "grid <= 1 ms of CPU", &figure, cost <= 1.0);
        let share = (with_subscribers - base) * 100.0;
        let figure = format!("{share:.1} %");
        goals.judge("P7", "1,000 subscribers < 10 % of a processor", &figure, share < 10.0);
        goals.exit()
    }

    fn request(&self, text: &str) -> Request {
        let variables = serde_json::json!({ "id": self.job.to_string() });
        let actor = ActorContext { actor: Actor("user:bench".into()), origin: "bench".into() };
        Request::new(text).variables(async_graphql::Variables::from_json(variables)).data(actor)
    }

    /// Asks again and again, one after the other, for the time of a window.
    async fn ask(&self, text: &str) -> Asked {
        let mut asked = Asked { milliseconds: Vec::new(), bytes: 0 };
        let until = Instant::now() + WINDOW;
        while Instant::now() < until {
            let began = Instant::now();
            let response = self.schema.execute(self.request(text)).await;
            assert!(response.errors.is_empty(), "{:?}", response.errors);
            asked.bytes = asked.bytes.max(serde_json::to_vec(&response).expect("JSON").len());
            asked.milliseconds.push(began.elapsed().as_secs_f64() * 1e3);
            tokio::time::sleep(EVERY.saturating_sub(began.elapsed())).await;
        }
        asked
    }

    /// A thousand subscribers for the time of a window. Gives back how many messages they got.
    async fn subscribe(&self) -> u64 {
        let got = Arc::new(AtomicU64::new(0));
        let subscribers: Vec<_> = (0..SUBSCRIBERS).map(|_| tokio::spawn(self.clone().follow(got.clone()))).collect();
        tokio::time::sleep(WINDOW).await;
        subscribers.iter().for_each(|subscriber| subscriber.abort());
        got.load(Ordering::Relaxed)
    }

    async fn follow(self, got: Arc<AtomicU64>) {
        let mut messages = Box::pin(self.schema.execute_stream(self.request(PROGRESS)));
        while let Some(message) = messages.next().await {
            assert!(message.errors.is_empty(), "{:?}", message.errors);
            drop(serde_json::to_vec(&message).expect("JSON"));
            got.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl Asked {
    fn len(&self) -> usize {
        self.milliseconds.len()
    }

    fn percentile(&self, share: f64) -> f64 {
        let mut sorted = self.milliseconds.clone();
        sorted.sort_by(f64::total_cmp);
        let place = (sorted.len() as f64 * share) as usize;
        sorted.get(place.min(sorted.len().saturating_sub(1))).copied().unwrap_or(f64::NAN)
    }

    /// Milliseconds of CPU for each, of so much of a processor for the time of a window.
    fn cost(&self, share: f64) -> f64 {
        share * WINDOW.as_secs_f64() * 1e3 / self.len() as f64
    }
}

/// Something that lasts as long as a window, and how much of a processor this process used meanwhile.
async fn window<T>(what: impl Future<Output = T>) -> (T, f64) {
    let (cpu, began) = (usage::cpu_seconds(std::process::id()), Instant::now());
    let came = what.await;
    let share = (usage::cpu_seconds(std::process::id()) - cpu) / began.elapsed().as_secs_f64();
    (came, share)
}
