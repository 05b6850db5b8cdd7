//! A server that is killed with -9 again and again, in the middle of a job and while it is being talked to: whatever it
//! acknowledged is still so afterwards, every host ends right, and no script is started twice.
//!
//! Never found here: a clean stop before the end of a round.

use crate::machine::{Machine, STEPS, Server, TEMPLATE};
use serde_json::{Value, json};
use server::cli::client::Client;
use server::cli::error::CliError;
use server::cli::exit::Exit;
use server::cli::operations::*;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// Kills in the middle of a job, in each round.
const KILLS: u32 = 12;
/// How long what is left of a job may take once nobody kills any more.
const PATIENCE: Duration = Duration::from_secs(120);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_any_moment_it_forgets_nothing_and_starts_nothing_twice() {
    let seed = seed();
    for (round, (hosts, trouble)) in [
        (30, "3 hosts are slow, 2 hosts are flaky"),
        (40, "install fails once on 3 hosts, 4 hosts are slow"),
        (50, "5 hosts are flaky, check fails once on 2 hosts, reboot is slow on 2 hosts"),
    ]
    .into_iter()
    .enumerate()
    {
        Round::new(hosts, seed.wrapping_add(round as u64), trouble).play().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_in_its_first_second_it_starts_as_if_it_were_new() {
    let mut dice = Dice(seed());
    for _ in 0..3 {
        let machine = Machine::with_fleet(3, 1, "");
        for kill in 0..5 {
            let mut server = machine.launch();
            tokio::time::sleep(Duration::from_millis(dice.below(if kill == 4 { 1_000 } else { 200 }))).await;
            server.kill();
        }
        let server = machine.serve();
        let client = server.client();
        let templates = ask(&client, &LIST_TEMPLATES, json!({ "first": 10 })).await["templates"]["nodes"].take();
        assert_eq!(
            (&templates[0]["name"], &templates[0]["version"]),
            (&json!("patch-server"), &json!(1)),
            "{templates}"
        );
        assert_eq!(ask(&client, &LIST_HOSTS, json!({ "first": 10 })).await["hosts"]["totalCount"], 3);
        let tokens = ask(&client, &LIST_TOKENS, Value::Null).await["tokens"].take();
        assert_eq!(tokens.as_array().map(Vec::len), Some(1), "{tokens}");
    }
}

/// One fleet with one data folder.
struct Round {
    machine: Machine,
    dice: Dice,
    promises: Promises,
    hosts: u32,
}

/// What the server said, and has to stand by.
#[derive(Default)]
struct Promises {
    tokens: Vec<(String, String)>,
    schedules: BTreeSet<String>,
    jobs: Vec<JobPromise>,
    /// Names given out so far, answered or not.
    names: u32,
}

/// A job that was asked for by its key, as often as it takes.
struct JobPromise {
    key: String,
    id: Option<String>,
    hold: Hold,
}

/// Whether a job is held, as far as its client knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hold {
    No,
    Yes,
    /// It was asked for, and nobody answered.
    Unknown,
}

impl Round {
    fn new(hosts: u32, seed: u64, trouble: &str) -> Round {
        let machine = Machine::with_fleet(hosts, seed, trouble);
        machine.write("swift.yaml", TEMPLATE);
        Round { machine, dice: Dice(seed), promises: Promises::default(), hosts }
    }

    async fn play(mut self) {
        self.machine.serve().cli(&["template", "apply", &self.machine.path("swift.yaml")]).expect(0, &["version 1"]);
        let (mut kills, mut in_the_middle) = (0, 0);
        while in_the_middle < KILLS {
            let was_under_way = self.live_and_die().await;
            in_the_middle += u32::from(was_under_way);
            kills += 1;
            assert!(kills < 20 * KILLS, "only {in_the_middle} of {kills} kills were in the middle of a job");
            if self.dice.below(3) == 0 {
                self.die_young().await;
                kills += 1;
            }
        }
        self.ends_right(kills).await;
    }

    /// One life of the server, from serving to the kill. Gives back whether a job was under way at its beginning.
    async fn live_and_die(&mut self) -> bool {
        let mut server = self.machine.serve();
        let is_under_way = self.promises.are_kept(&server.client()).await;
        let talk = tokio::spawn(talk(server.client(), std::mem::take(&mut self.promises), self.dice.fork()));
        tokio::time::sleep(Duration::from_millis(20 + self.dice.below(600))).await;
        server.process.kill();
        self.promises = talk.await.expect("the client goes on until the server is gone");
        is_under_way
    }

    /// A second kill right after the first, while the server is starting.
    async fn die_young(&mut self) {
        let mut process = self.machine.launch();
        tokio::time::sleep(Duration::from_millis(self.dice.below(150))).await;
        process.kill();
    }

    async fn ends_right(mut self, kills: u32) {
        let mut server = self.machine.serve();
        let client = server.client();
        self.promises.are_kept(&client).await;
        self.promises.one_job(&client).await.expect("an answer");
        for job in &self.promises.jobs {
            self.job_ends_right(&client, job.id.as_deref().expect("the last answer was not lost")).await;
        }
        self.nothing_was_lost_or_made_up(&server).await;
        assert_eq!(server.process.terminate(), 0, "{}", server.process.words());
        let attempts = self.attempts();
        let journal = self.machine.journal();
        assert_eq!(journal.started_twice, [], "after {kills} kills");
        assert_eq!(journal.started, attempts, "each attempt in the log was started, and none beside");
        assert_eq!(journal.hosts.len(), self.hosts as usize);
        let least = STEPS * self.promises.jobs.len() as u64;
        assert!(journal.hosts.values().all(|starts| *starts >= least), "{:?}", journal.hosts);
        println!("{kills} kills, {} jobs, {} scripts started, none twice", self.promises.jobs.len(), journal.started);
    }

    async fn job_ends_right(&self, client: &Client, id: &str) {
        let began = Instant::now();
        let mut job = look(client, id).await.expect("an answer");
        while job["status"] != "FINISHED" {
            assert!(began.elapsed() < PATIENCE, "job {id} does not end: {job:#}");
            if job["status"] == "HELD" {
                ask(client, &RESUME_JOB, json!({ "input": { "job": id } })).await;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
            job = look(client, id).await.expect("an answer");
        }
        assert_eq!(
            (&job["outcome"], &job["counts"]["succeeded"]),
            (&json!("SUCCEEDED"), &json!(self.hosts)),
            "{job:#}"
        );
        assert_eq!(job["counts"]["outOfService"], 0);
    }

    async fn nothing_was_lost_or_made_up(&self, server: &Server) {
        let jobs = ask(&server.client(), &LIST_JOBS, json!({ "first": 100 })).await["jobs"].take();
        assert_eq!(jobs["totalCount"], self.promises.jobs.len(), "one job for each key: {jobs}");
        let Some((name, secret)) = self.promises.tokens.last() else { return };
        let client = server.client_with(secret);
        ask(&client, &LIST_TOKENS, Value::Null).await;
        assert!(!name.is_empty());
    }

    /// How many attempts the log knows, by the jobs as a fold of it.
    fn attempts(&self) -> u64 {
        let data = self.machine.path("data");
        let of_job = |promise: &JobPromise| {
            let id = promise.id.as_deref().expect("answered");
            let job = crate::process::run(&["inspect", id, "--data", &data, "--json"]).json();
            let runs = job["job"]["runs"].as_array().expect("runs").clone();
            let steps = runs.iter().flat_map(|run| run["steps"].as_array().expect("steps"));
            steps.map(|step| step["attempts"].as_u64().expect("a number")).sum::<u64>()
        };
        self.promises.jobs.iter().map(of_job).sum()
    }
}

impl Promises {
    /// Everything that was acknowledged is so. Gives back whether the last job is under way.
    async fn are_kept(&self, client: &Client) -> bool {
        let tokens = ask(client, &LIST_TOKENS, Value::Null).await;
        let names = names(&tokens["tokens"]);
        assert!(self.tokens.iter().all(|(name, _)| names.contains(name)), "{:?} are in {tokens}", self.tokens);
        let schedules = ask(client, &LIST_SCHEDULES, Value::Null).await;
        assert!(self.schedules.is_subset(&self::names(&schedules["schedules"])), "{:?} in {schedules}", self.schedules);
        let mut is_under_way = false;
        for promise in &self.jobs {
            let Some(id) = &promise.id else { continue };
            let job = look(client, id).await.expect("an answer");
            assert!(!job.is_null(), "job {id} is gone");
            let status = job["status"].as_str().expect("a status");
            is_under_way = status != "FINISHED";
            match promise.hold {
                Hold::Yes => assert!(["HELD", "FINISHED"].contains(&status), "job {id} was held and is {status}"),
                Hold::No => assert!(["RUNNING", "FINISHED"].contains(&status), "job {id} ran and is {status}: {job:#}"),
                Hold::Unknown => {}
            }
        }
        is_under_way
    }

    fn name(&mut self, kind: &str) -> String {
        self.names += 1;
        format!("{kind}-{}", self.names)
    }

    async fn token(&mut self, client: &Client) -> Result<(), CliError> {
        let name = self.name("token");
        let made = client.ask(&CREATE_TOKEN, json!({ "input": { "name": name } })).await?;
        self.tokens.push((name, made["createToken"]["secret"].as_str().expect("a secret").to_owned()));
        Ok(())
    }

    async fn schedule(&mut self, client: &Client) -> Result<(), CliError> {
        let name = self.name("schedule");
        let input = json!({ "name": name, "template": "swift", "cron": "0 0 29 2 *", "zone": "UTC", "targets": "*" });
        client.ask(&CREATE_SCHEDULE, json!({ "input": input })).await?;
        self.schedules.insert(name);
        Ok(())
    }

    /// Asks for the last job again, with its key; for another one when the last one has ended.
    async fn one_job(&mut self, client: &Client) -> Result<(), CliError> {
        let last = self.jobs.last().and_then(|job| job.id.clone());
        let has_ended = match &last {
            Some(id) => look(client, id).await?["status"] == "FINISHED",
            None => false,
        };
        if self.jobs.is_empty() || has_ended {
            let key = self.name("key");
            self.jobs.push(JobPromise { key, id: None, hold: Hold::No });
        }
        let promise = self.jobs.last_mut().expect("one was pushed");
        let input = json!({ "template": "swift", "targets": "*", "start": true, "idempotencyKey": promise.key });
        let made = client.ask(&CREATE_JOB, json!({ "input": input })).await?;
        let id = made["createJob"]["job"]["ulid"].as_str().expect("an id");
        assert!(
            promise.id.as_deref().is_none_or(|known| known == id),
            "{} made {:?} and {id}",
            promise.key,
            promise.id
        );
        promise.id = Some(id.to_owned());
        Ok(())
    }

    async fn steer(&mut self, client: &Client, hold: Hold) -> Result<(), CliError> {
        let Some(promise) = self.jobs.last_mut() else { return Ok(()) };
        let Some(id) = &promise.id else { return Ok(()) };
        let operation = if hold == Hold::Yes { &HOLD_JOB } else { &RESUME_JOB };
        let before = std::mem::replace(&mut promise.hold, Hold::Unknown);
        let answer = client.ask(operation, json!({ "input": { "job": id } })).await;
        match answer {
            Ok(_) => promise.hold = hold,
            // It is so already, or the job has ended: nothing has changed.
            Err(why) if why.exit == Exit::Rejected => promise.hold = before,
            Err(why) => return Err(why),
        }
        Ok(())
    }
}

/// A client that wants one thing after the other, until the server is gone.
async fn talk(client: Client, mut promises: Promises, mut dice: Dice) -> Promises {
    let mut wanted = 0;
    loop {
        let answered = match wanted {
            0 => promises.one_job(&client).await,
            1 => promises.token(&client).await,
            2 => promises.schedule(&client).await,
            3 => promises.steer(&client, Hold::Yes).await,
            _ => promises.steer(&client, Hold::No).await,
        };
        match answered {
            Ok(()) => {}
            Err(why) if why.exit == Exit::NoServer => return promises,
            Err(why) => panic!("a command was not carried out: {why}"),
        }
        tokio::time::sleep(Duration::from_millis(dice.below(30))).await;
        wanted = dice.below(7);
    }
}

fn names(list: &Value) -> BTreeSet<String> {
    let list = list.as_array().expect("a list").iter();
    list.map(|thing| thing["name"].as_str().expect("a name").to_owned()).collect()
}

async fn look(client: &Client, id: &str) -> Result<Value, CliError> {
    Ok(client.ask(&JOB_TO_STEER, json!({ "id": id })).await?["job"].take())
}

/// Asks a server that is not being killed.
async fn ask(client: &Client, operation: &Operation, variables: Value) -> Value {
    client.ask(operation, variables).await.unwrap_or_else(|why| panic!("{}: {why}", operation.name))
}

/// The seed of this run: given, or anything.
fn seed() -> u64 {
    let given = std::env::var("SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = given.unwrap_or_else(|| ulid::Ulid::generate().random() as u64);
    println!("SEED={seed} gives the same kills and commands; what they meet is up to the machine");
    seed
}

/// SplitMix64: small, and the same everywhere.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    fn fork(&mut self) -> Dice {
        Dice(self.next())
    }
}
