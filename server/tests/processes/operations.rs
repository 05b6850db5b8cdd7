//! Every operation the command line ships, carried out by a real server over a simulated fleet: over HTTP, and
//! subscriptions over WebSocket.
//!
//! Never found here: the command line itself (`verbs`), or how the API is made (`schema`).

use crate::machine::{FRAIL, Machine, Server, TEMPLATE};
use serde_json::{Value, json};
use server::cli::client::Client;
use server::cli::operations::{ALL, Operation};
use server::cli::subscription::Subscription;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// How long a job of a few hosts may take on a machine that others use, too.
const PATIENCE: Duration = Duration::from_secs(60);

/// The second batch is opened by a person.
const ASKING: &str = "\
template: asking
workflow:
  - {step: check, action: patch.check}
batches:
  - {size: 1, approve: true}
  - {size: 100%}
";

/// A step that may not be run twice; the trouble takes a host's power while it runs.
const DOUBTFUL: &str = "\
template: doubtful
workflow:
  - {step: note, action: script.run, with: {script: 'echo noted'}}
batches:
  - {size: 100%}
";

const TROUBLE: &str = "note crashes on web-0002, ignite fails on web-0003 with 'connection refused', 2 hosts are slow";

/// A story in which every operation has its place.
struct Story {
    client: Client,
    told: BTreeSet<&'static str>,
}

impl Story {
    fn operation(&mut self, name: &str) -> &'static Operation {
        let operation = ALL.iter().find(|operation| operation.name == name).expect(name);
        self.told.insert(operation.name);
        operation
    }

    /// Carries an operation out and gives back what is at a place of its answer: not null, and without any error.
    async fn tell(&mut self, name: &str, variables: Value, place: &str) -> Value {
        let operation = self.operation(name);
        let answer = self.client.ask(operation, variables.clone()).await;
        let answer = answer.unwrap_or_else(|why| panic!("{name} with {variables}: {why}"));
        let found = answer.pointer(place).cloned().unwrap_or_default();
        assert!(!found.is_null(), "{name} with {variables} has nothing at {place}: {answer:#}");
        found
    }

    /// Subscribes, and gives back the first of the answers in which there is what is wanted at a place.
    async fn follow(&mut self, name: &str, variables: Value, place: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let operation = self.operation(name);
        let opened = Subscription::open(&self.client, operation, variables).await;
        let mut answers = opened.unwrap_or_else(|why| panic!("{name}: {why}"));
        let to_the_wanted = async {
            while let Some(answer) = answers.next().await.unwrap_or_else(|why| panic!("{name}: {why}")) {
                if answer.pointer(place).is_some_and(&wanted) {
                    return answer;
                }
            }
            panic!("{name} was complete too early")
        };
        tokio::time::timeout(PATIENCE, to_the_wanted).await.unwrap_or_else(|_| panic!("{name} did not say it"))
    }

    async fn create(&mut self, template: &str, targets: &str) -> String {
        let input = json!({ "template": template, "targets": targets, "parameters": {}, "start": false });
        let job = self.tell("CreateJob", json!({ "input": input }), "/createJob/job/ulid").await;
        job.as_str().expect("an id").to_owned()
    }

    async fn start(&mut self, template: &str, targets: &str) -> String {
        let job = self.create(template, targets).await;
        self.steer("StartJob", json!({ "job": job })).await;
        job
    }

    /// Steers a job, and gives back its status.
    async fn steer(&mut self, name: &str, input: Value) -> Value {
        let field = name[..1].to_lowercase() + &name[1..];
        self.tell(name, json!({ "input": input }), &format!("/{field}/job/status")).await
    }

    async fn look(&mut self, job: &str) -> Value {
        self.tell("ShowJob", json!({ "id": job }), "/job").await
    }

    async fn until(&mut self, job: &str, status: &str) -> Value {
        let began = Instant::now();
        loop {
            let now = self.look(job).await;
            if now["status"] == status {
                return now;
            }
            assert!(began.elapsed() < PATIENCE, "job {job} is not {status}: {now:#}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

#[tokio::test]
async fn every_operation_of_the_command_line_is_answered_well() {
    let machine = Machine::with_fleet(8, 3, TROUBLE);
    let server = machine.serve();
    let mut story = Story { client: server.client(), told: BTreeSet::new() };
    templates(&mut story).await;
    hosts(&mut story).await;
    schedules(&mut story).await;
    tokens(&mut story, &server).await;
    a_job_goes_through(&mut story).await;
    jobs_are_stopped(&mut story).await;
    a_batch_is_approved(&mut story).await;
    a_host_in_doubt_is_resolved(&mut story).await;
    a_host_out_of_service_is_looked_after(&mut story).await;
    events(&mut story).await;
    let untold: Vec<_> = ALL.iter().map(|operation| operation.name).filter(|name| !story.told.contains(name)).collect();
    assert_eq!(untold, [""; 0], "the story leaves these out");
    every_file_is_of_an_operation();
}

/// A document that no operation is made of would never be tried.
fn every_file_is_of_an_operation() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/cli/operations");
    for entry in std::fs::read_dir(folder).expect("the operations") {
        let path = entry.expect("a file").path();
        let text = std::fs::read_to_string(&path).expect("a document");
        assert!(ALL.iter().any(|operation| operation.text.contains(&text)), "{} is in no operation", path.display());
    }
}

async fn templates(story: &mut Story) {
    for source in [TEMPLATE, ASKING, DOUBTFUL, FRAIL] {
        let variables = json!({ "source": source, "file": "t.yaml" });
        assert_eq!(
            story.tell("ValidateTemplate", variables.clone(), "/validateTemplate/valid").await,
            true,
            "{source}"
        );
        assert_eq!(
            story.tell("ApplyTemplate", json!({ "input": variables }), "/applyTemplate/template/version").await,
            1
        );
    }
    let wrong = json!({ "source": "template: x\nworkflow:\n  - {step: a, acton: patch.check}\n", "file": "x.yaml" });
    let found = story.tell("ValidateTemplate", wrong, "/validateTemplate/diagnostics/0").await;
    assert_eq!((&found["severity"], &found["line"]), (&json!("ERROR"), &json!(3)), "{found}");
    let nodes = story.tell("ListTemplates", json!({ "first": 10 }), "/templates/nodes").await;
    let names: Vec<_> = nodes.as_array().expect("nodes").iter().map(|node| &node["name"]).collect();
    assert_eq!(names, ["asking", "doubtful", "frail", "patch-server", "swift"]);
    assert_eq!(story.tell("ShowTemplate", json!({ "name": "swift" }), "/template/source").await, TEMPLATE);
    let url =
        story.tell("TemplateParameters", json!({ "name": "frail" }), "/template/definition/parameters/properties/url");
    assert_eq!(url.await["type"], "string");
    let input = json!({ "input": { "source": ASKING.replace("asking", "spare"), "file": "spare.yaml" } });
    story.tell("ApplyTemplate", input, "/applyTemplate/template").await;
    story.tell("RemoveTemplate", json!({ "input": { "template": "spare" } }), "/removeTemplate/template/name").await;
}

async fn hosts(story: &mut Story) {
    let text = "hosts:\n  db-1: {address: 127.0.0.9, labels: {role: db}}\n";
    let input = json!({ "source": "more", "text": text, "file": "more.yaml" });
    assert_eq!(story.tell("PutInventory", json!({ "input": input }), "/putInventory/total").await, 9);
    let none = json!({ "source": "more", "text": "hosts: {}\n", "file": "more.yaml" });
    let found =
        story.tell("ListHosts", json!({ "first": 5, "selector": "role=db and name=db-1" }), "/hosts/nodes").await;
    assert_eq!((&found[0]["name"], found.as_array().map(Vec::len)), (&json!("db-1"), Some(1)));
    assert_eq!(story.tell("ShowHost", json!({ "name": "db-1" }), "/host/address").await, "127.0.0.9");
    assert_eq!(story.tell("PutInventory", json!({ "input": none }), "/putInventory/total").await, 8);
}

async fn schedules(story: &mut Story) {
    let input = json!({ "name": "nightly", "template": "swift", "cron": "30 2 29 2 *", "zone": "Europe/Berlin",
        "parameters": {}, "targets": "*", "missed": "ONCE", "missedMax": 10, "overlap": "FORBID" });
    let id = story.tell("CreateSchedule", json!({ "input": input }), "/createSchedule/schedule/id").await;
    assert_eq!(story.tell("ListSchedules", json!({}), "/schedules/0/name").await, "nightly");
    let third = story.tell("NextFirings", json!({ "id": id, "count": 3 }), "/schedule/upcoming/2/at").await;
    assert!(third.as_str().expect("a time").contains("-02-29T01:30:00"), "{third}");
    let cron = json!({ "expression": "30 2 * * *", "zone": "Asia/Shanghai", "count": 2 });
    let first = story.tell("PreviewCron", cron, "/previewCron/firings/0/at").await;
    assert!(first.as_str().expect("a time").contains("T18:30:00"), "{first}");
    let reasoned = json!({ "input": { "schedule": id, "reason": "audit" } });
    assert_eq!(story.tell("PauseSchedule", reasoned.clone(), "/pauseSchedule/schedule/paused").await, true);
    assert_eq!(story.tell("ResumeSchedule", reasoned, "/resumeSchedule/schedule/paused").await, false);
    let mut input = story.tell("ScheduleToUpdate", json!({ "id": id }), "/schedule").await;
    input["schedule"] = id.clone();
    input["cron"] = json!("30 2 * * sat");
    let cron = story.tell("UpdateSchedule", json!({ "input": input }), "/updateSchedule/schedule/cron").await;
    assert_eq!(cron, "30 2 * * sat");
    let run = story.tell("RunScheduleNow", json!({ "input": { "schedule": id } }), "/runScheduleNow/job").await;
    assert_eq!(run["status"], "RUNNING");
    story.until(run["ulid"].as_str().expect("an id"), "FINISHED").await;
    assert_eq!(
        story.tell("DeleteSchedule", json!({ "input": { "schedule": id } }), "/deleteSchedule/deleted").await,
        id
    );
    assert_eq!(story.tell("ListSchedules", json!({}), "/schedules").await, json!([]));
}

async fn tokens(story: &mut Story, server: &Server) {
    let made = story.tell("CreateToken", json!({ "input": { "name": "ci" } }), "/createToken").await;
    let mut ci =
        Story { client: server.client_with(made["secret"].as_str().expect("a secret")), told: BTreeSet::new() };
    assert_eq!(ci.tell("ListTokens", Value::Null, "/tokens/1/name").await, "ci");
    let input = json!({ "input": { "token": made["token"]["id"] } });
    story.tell("RevokeToken", input, "/revokeToken/token/id").await;
    assert_eq!(story.tell("ListTokens", Value::Null, "/tokens/1/revoked").await, true);
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    let operation = ci.operation("ListTokens");
    assert!(ci.client.ask(operation, Value::Null).await.is_err(), "a token is refused a second after it was revoked");
}

async fn a_job_goes_through(story: &mut Story) {
    let input = json!({ "template": "swift", "targets": "name=web-*", "parameters": {} });
    let plan = story.tell("PreviewPlan", json!({ "input": input }), "/previewPlan/plan").await;
    assert_eq!(plan["hosts"], 8);
    let job = story.create("swift", "name=web-*").await;
    let before = story.tell("ListEvents", json!({ "first": 1 }), "/events/nodes/0/position").await;
    assert_eq!(story.steer("StartJob", json!({ "job": job })).await, "RUNNING");
    assert_eq!(story.steer("HoldJob", json!({ "job": job, "reason": "lunch" })).await, "HELD");
    let why = story.tell("WhyHost", json!({ "id": job, "host": "web-0004" }), "/job/hostRun/why").await;
    assert!(why.as_array().is_some_and(|why| !why.is_empty()), "{why}");
    assert_eq!(story.steer("ResumeJob", json!({ "job": job })).await, "RUNNING");
    let finished = |status: &Value| status == "FINISHED";
    let seen = story.follow("WatchJob", json!({ "id": job }), "/jobProgress/status", finished).await;
    assert_eq!(
        (&seen["jobProgress"]["outcome"], &seen["jobProgress"]["counts"]["succeeded"]),
        (&json!("SUCCEEDED"), &json!(8))
    );
    let shown = story.look(&job).await;
    let steps = shown["steps"].as_array().expect("steps");
    assert!(steps.len() == 5 && steps.iter().all(|step| step["succeeded"] == 8), "{shown:#}");
    let batches = story.tell("JobToSteer", json!({ "id": job }), "/job/batches").await;
    let sizes = batches.as_array().expect("batches").iter().map(|batch| batch["size"].as_u64().expect("a size"));
    assert_eq!(sizes.sum::<u64>(), 8);
    let filter = json!({ "first": 10, "filter": { "status": ["FINISHED"], "template": "swift", "search": null } });
    assert_eq!(story.tell("ListJobs", filter, "/jobs/nodes/0/ulid").await, json!(job));
    assert_eq!(story.tell("ShowHost", json!({ "name": "web-0004" }), "/host/runs/nodes/0/outcome").await, "SUCCEEDED");
    let filter = json!({ "stream": format!("job/{job}"), "kinds": ["JobFinished"] });
    let ended = |events: &Value| events.as_array().is_some_and(|events| !events.is_empty());
    story.follow("FollowEvents", json!({ "afterPosition": before, "filter": filter }), "/events/events", ended).await;
    what_scripts_wrote(story, &job).await;
}

async fn what_scripts_wrote(story: &mut Story, job: &str) {
    let steps = story.tell("HostSteps", json!({ "id": job, "host": "web-0004" }), "/job/hostRun/steps").await;
    let mut written = None;
    for step in steps.as_array().expect("steps") {
        let asked = json!({ "job": job, "host": "web-0004", "step": step["step"], "stream": "OUT", "from": 0 });
        let output = story.tell("ReadOutput", asked.clone(), "/job/hostRun/output").await;
        if output["text"].as_str().is_some_and(|text| !text.is_empty()) {
            written = Some((asked, output));
        }
    }
    let (asked, output) = written.expect("a step that wrote something");
    let whole = |text: &Value| *text == output["text"];
    story.follow("FollowOutput", asked, "/output/text", whole).await;
}

async fn jobs_are_stopped(story: &mut Story) {
    for (name, status) in [("DrainJob", "HELD"), ("CancelJob", "FINISHED"), ("KillJob", "FINISHED")] {
        let job = story.start("swift", "name=web-*").await;
        story.steer(name, json!({ "job": job, "reason": "enough" })).await;
        story.until(&job, status).await;
        if status == "HELD" {
            story.steer("CancelJob", json!({ "job": job, "reason": "enough" })).await;
            story.until(&job, "FINISHED").await;
        }
    }
}

async fn a_batch_is_approved(story: &mut Story) {
    let job = story.start("asking", "name in (web-0004, web-0005, web-0006)").await;
    let began = Instant::now();
    let batch = loop {
        let batch = story.tell("JobToSteer", json!({ "id": job }), "/job/batches/0").await;
        if batch["status"] == "AWAITING_APPROVAL" {
            break batch;
        }
        assert!(began.elapsed() < PATIENCE, "{batch:#}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    let plan = story.look(&job).await["plan"]["hash"].take();
    story.steer("ApproveBatch", json!({ "job": job, "batch": batch["number"], "planHash": plan })).await;
    assert_eq!(story.until(&job, "FINISHED").await["outcome"], "SUCCEEDED");
}

async fn a_host_in_doubt_is_resolved(story: &mut Story) {
    let job = story.start("doubtful", "name=web-0002").await;
    let began = Instant::now();
    loop {
        let run = story.tell("WhyHost", json!({ "id": job, "host": "web-0002" }), "/job/hostRun").await;
        if run["status"] == "IN_DOUBT" {
            break;
        }
        assert!(began.elapsed() < PATIENCE, "{run:#}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let input = json!({ "job": job, "host": "web-0002", "verdict": "SUCCEEDED", "reason": "the note is there" });
    story.steer("ResolveInDoubt", input).await;
    let counts = story.look(&job).await["counts"].take();
    assert_eq!((&counts["succeeded"], &counts["byStatus"]["inDoubt"]), (&json!(1), &json!(0)), "{counts}");
}

async fn a_host_out_of_service_is_looked_after(story: &mut Story) {
    let job = story.start("frail", "name in (web-0003, web-0004)").await;
    needs_a_person(story, &job).await;
    assert_eq!(story.tell("ShowHost", json!({ "name": "web-0003" }), "/host/outOfService").await, true);
    let which = json!({ "hosts": ["web-0003"], "outcomes": [], "notStarted": false });
    story.steer("RetryHosts", json!({ "job": job, "which": which, "from": "FAILED_STEP" })).await;
    let held = story.look(&job).await["status"] == "HELD";
    if held {
        story.steer("ResumeJob", json!({ "job": job })).await;
    }
    needs_a_person(story, &job).await;
    let which = json!({ "hosts": [] });
    story.steer("AcceptHosts", json!({ "job": job, "which": which, "reason": "I look after it" })).await;
    let counts = story.look(&job).await["counts"].take();
    assert_eq!((&counts["needingAPerson"], &counts["succeeded"]), (&json!(0), &json!(1)), "{counts}");
}

async fn needs_a_person(story: &mut Story, job: &str) {
    let began = Instant::now();
    loop {
        let now = story.look(job).await;
        if now["counts"]["needingAPerson"] == 1 && now["counts"]["byStatus"]["running"] == 0 {
            assert_eq!(now["failureClusters"][0]["step"], "ignite", "{now:#}");
            return;
        }
        assert!(began.elapsed() < PATIENCE, "{now:#}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn events(story: &mut Story) {
    let filter = json!({ "stream": "job/", "kinds": ["JobCreated"] });
    let nodes = story.tell("ListEvents", json!({ "first": 50, "filter": filter }), "/events/nodes").await;
    let nodes = nodes.as_array().expect("events");
    assert!(nodes.len() >= 6 && nodes.iter().all(|event| event["kind"] == "JobCreated"), "{nodes:#?}");
    assert!(
        nodes.windows(2).all(|pair| pair[0]["position"].as_u64() > pair[1]["position"].as_u64()),
        "the newest first"
    );
}
