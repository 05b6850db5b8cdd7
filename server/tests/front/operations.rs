//! Every operation the command line ships is carried out against Stagger in memory.

use crate::front::Front;
use futures_util::StreamExt;
use schema::ActorContext;
use serde_json::{Value, json};
use server::cli::operations::{ALL, Operation};
use std::collections::BTreeSet;

/// A story in which every operation has its place. Each line: an operation, its variables, and a path in its data that
/// must not be null.
struct Story {
    front: Front,
    told: BTreeSet<&'static str>,
}

impl Story {
    /// Carries an operation out and returns its data.
    async fn tell(&mut self, name: &str, variables: Value, path: &str) -> Value {
        let operation = self.operation(name);
        let answer = self.front.ask(operation.text, variables.clone()).await;
        assert!(answer["errors"].is_null(), "{name} with {variables}: {answer}");
        let problems = answer["data"].as_object().into_iter().flat_map(|data| data.values());
        for payload in problems.filter_map(|payload| payload["userErrors"].as_array()) {
            assert!(payload.is_empty(), "{name} with {variables}: {answer}");
        }
        let found = answer["data"].pointer(path).cloned().unwrap_or_default();
        assert!(!found.is_null(), "{name} has nothing at {path}: {answer}");
        found
    }

    /// Carries a subscription out up to its first answer.
    async fn follow(&mut self, name: &str, variables: Value, path: &str) -> Value {
        let operation = self.operation(name);
        let schema = schema::build(self.front.backend.clone(), schema::Limits::default());
        let actor = ActorContext { actor: jobs::command::Actor("user:tester".into()), origin: "test".into() };
        let variables = async_graphql::Variables::from_json(variables);
        let request = async_graphql::Request::new(operation.text).variables(variables).data(actor);
        let answer = schema.execute_stream(request).next().await.expect("an answer");
        assert!(answer.errors.is_empty(), "{name}: {:?}", answer.errors);
        let data = answer.data.into_json().expect("JSON");
        let found = data.pointer(path).cloned().unwrap_or_default();
        assert!(!found.is_null(), "{name} has nothing at {path}: {data}");
        found
    }

    fn operation(&mut self, name: &str) -> &'static Operation {
        let operation = ALL.iter().find(|operation| operation.name == name).expect(name);
        self.told.insert(operation.name);
        operation
    }

    async fn create(&mut self) -> Value {
        let input = json!({ "template": "patch", "targets": "dc=sh", "start": false, "idempotencyKey": null });
        self.tell("CreateJob", json!({ "input": input }), "/createJob/job/ulid").await
    }
}

#[tokio::test]
async fn every_operation_of_the_command_line_is_carried_out() {
    let mut story = Story { front: Front::start(30).await, told: BTreeSet::new() };
    templates_and_hosts(&mut story).await;
    schedules_and_tokens(&mut story).await;
    jobs_end_well(&mut story).await;
    jobs_are_stopped(&mut story).await;
    jobs_need_a_person(&mut story).await;
    story.tell("ListEvents", json!({ "first": 5, "filter": { "stream": "job/" } }), "/events/nodes/0/kind").await;
    story.follow("FollowEvents", json!({ "afterPosition": 1, "filter": null }), "/events/events/0/position").await;
    let untold: Vec<&str> =
        ALL.iter().map(|operation| operation.name).filter(|name| !story.told.contains(name)).collect();
    assert!(untold.is_empty(), "the story leaves out {untold:?}");
}

async fn templates_and_hosts(story: &mut Story) {
    let source = "template: other\ntargets: role=web\nworkflow:\n  - {step: check, action: demo.check}\n";
    story.tell("ValidateTemplate", json!({ "source": source, "file": "other.yaml" }), "/validateTemplate/valid").await;
    let input = json!({ "source": source, "file": "other.yaml" });
    story.tell("ApplyTemplate", json!({ "input": input }), "/applyTemplate/template/version").await;
    story.tell("ListTemplates", json!({ "first": 10 }), "/templates/nodes/1/definition/workflow/0/step").await;
    story.tell("ShowTemplate", json!({ "name": "patch" }), "/template/source").await;
    story
        .tell("TemplateParameters", json!({ "name": "patch" }), "/template/definition/parameters/properties/kernel")
        .await;
    story.tell("RemoveTemplate", json!({ "input": { "template": "other" } }), "/removeTemplate/template/name").await;
    let input = json!({ "source": "more", "text": "hosts:\n  db-1: {address: 127.0.0.9}\n", "file": "more.yaml" });
    assert_eq!(story.tell("PutInventory", json!({ "input": input }), "/putInventory/total").await, 31);
    story
        .tell("ListHosts", json!({ "first": 200, "selector": "role=web", "search": "1" }), "/hosts/nodes/0/name")
        .await;
    story.tell("ShowHost", json!({ "name": "db-1" }), "/host/address").await;
}

async fn schedules_and_tokens(story: &mut Story) {
    let input = json!({ "name": "nightly", "template": "patch", "cron": "30 2 * * *", "zone": "Europe/Berlin",
        "parameters": {}, "targets": "dc=sh", "missed": "ONCE", "missedMax": 10, "overlap": "FORBID" });
    let schedule = story.tell("CreateSchedule", json!({ "input": input }), "/createSchedule/schedule/id").await;
    story.tell("ListSchedules", json!({}), "/schedules/0/upcoming/0/at").await;
    story.tell("NextFirings", json!({ "id": schedule, "count": 3 }), "/schedule/upcoming/2/at").await;
    let expression = json!({ "expression": "30 2 * * *", "zone": "Europe/Berlin", "count": 100 });
    story.tell("PreviewCron", expression, "/previewCron/firings/99/at").await;
    schedules_are_changed(story, &schedule).await;
    story.tell("DeleteSchedule", json!({ "input": { "schedule": schedule } }), "/deleteSchedule/deleted").await;
    let token = story.tell("CreateToken", json!({ "input": { "name": "ci" } }), "/createToken/token/id").await;
    story.tell("ListTokens", json!({}), "/tokens/1/createdAt").await;
    story.tell("RevokeToken", json!({ "input": { "token": token } }), "/revokeToken/token/id").await;
}

async fn schedules_are_changed(story: &mut Story, schedule: &Value) {
    let mut spec = story.tell("ScheduleToUpdate", json!({ "id": schedule }), "/schedule").await;
    spec["schedule"] = schedule.clone();
    spec["cron"] = json!("0 4 * * *");
    story.tell("UpdateSchedule", json!({ "input": spec }), "/updateSchedule/schedule/id").await;
    let why = json!({ "input": { "schedule": schedule, "reason": "audit" } });
    assert_eq!(story.tell("PauseSchedule", why.clone(), "/pauseSchedule/schedule/paused").await, true);
    assert_eq!(story.tell("ResumeSchedule", why, "/resumeSchedule/schedule/paused").await, false);
    let job =
        story.tell("RunScheduleNow", json!({ "input": { "schedule": schedule } }), "/runScheduleNow/job/ulid").await;
    story.tell("KillJob", json!({ "input": { "job": job, "reason": "" } }), "/killJob/job/ulid").await;
    story.front.backend.finish_all();
}

async fn jobs_end_well(story: &mut Story) {
    let input = json!({ "template": "patch", "targets": "dc=sh", "parameters": {} });
    story.tell("PreviewPlan", json!({ "input": input }), "/previewPlan/plan/review").await;
    let job = story.create().await;
    let job = || json!({ "input": { "job": job } });
    let id = json!({ "id": job()["input"]["job"] });
    story.tell("StartJob", job(), "/startJob/job/status").await;
    story.tell("HoldJob", json!({ "input": { "job": id["id"], "reason": "lunch" } }), "/holdJob/job/status").await;
    story.tell("ResumeJob", job(), "/resumeJob/job/status").await;
    story.tell("WhyHost", json!({ "id": id["id"], "host": "web-00003" }), "/job/hostRun/why").await;
    assert_eq!(story.follow("WatchJob", id.clone(), "/jobProgress/status").await, "RUNNING");
    outputs_are_read(story, &id["id"]).await;
    story.front.backend.finish_all();
    assert_eq!(story.tell("ShowJob", id.clone(), "/job/status").await, "FINISHED");
    story.tell("JobToSteer", id, "/job/batches/0/counts/hosts").await;
    let filter = json!({ "first": 10, "filter": { "status": ["FINISHED"], "template": "patch", "search": null } });
    story.tell("ListJobs", filter, "/jobs/nodes/0/createdAt").await;
}

async fn outputs_are_read(story: &mut Story, job: &Value) {
    let effect = story.front.backend.in_force()[0];
    let host = story.front.host_of(effect).await;
    story.front.backend.write(effect, schema::OutputStream::Out, b"Hello\n", true);
    story.tell("HostSteps", json!({ "id": job, "host": host }), "/job/hostRun/steps/0/attempts").await;
    let variables = json!({ "job": job, "host": host, "step": "check", "attempt": null, "stream": "OUT", "from": 0 });
    assert_eq!(story.tell("ReadOutput", variables.clone(), "/job/hostRun/output/text").await, "Hello\n");
    assert_eq!(story.follow("FollowOutput", variables, "/output/text").await, "Hello\n");
}

async fn jobs_are_stopped(story: &mut Story) {
    for (operation, path) in [
        ("DrainJob", "/drainJob/job/status"),
        ("CancelJob", "/cancelJob/job/status"),
        ("KillJob", "/killJob/job/status"),
    ] {
        let job = story.create().await;
        story.tell("StartJob", json!({ "input": { "job": job } }), "/startJob/job/ulid").await;
        story.tell(operation, json!({ "input": { "job": job, "reason": "enough" } }), path).await;
        story.tell("KillJob", json!({ "input": { "job": job, "reason": "" } }), "/killJob/job/ulid").await;
        story.front.backend.finish_all();
    }
}

/// A canary whose second step fails out of service: it is accepted in one job and given another run in the next.
async fn jobs_need_a_person(story: &mut Story) {
    let which = json!({ "hosts": [], "outcomes": [], "notStarted": false });
    for (operation, more, path) in [
        ("AcceptHosts", json!({ "which": { "hosts": [] }, "reason": "I look after it" }), "/acceptHosts/job/ulid"),
        ("RetryHosts", json!({ "which": which, "from": "FAILED_STEP" }), "/retryHosts/job/ulid"),
    ] {
        let job = story.create().await;
        story.tell("StartJob", json!({ "input": { "job": job } }), "/startJob/job/ulid").await;
        fail_canary(&story.front);
        let mut input = more;
        input["job"] = job.clone();
        story.tell(operation, json!({ "input": input }), path).await;
        story.tell("KillJob", json!({ "input": { "job": job, "reason": "" } }), "/killJob/job/ulid").await;
        story.front.backend.finish_all();
    }
    refused_as_expected(story).await;
}

fn fail_canary(front: &Front) {
    front.backend.in_force().into_iter().for_each(|effect| front.backend.exit(effect, 0, ""));
    front.backend.in_force().into_iter().for_each(|effect| front.backend.exit(effect, 100, "E: Could not get lock"));
}

/// Nothing waits for approval and nothing is in doubt here: the operations are understood, and refused in words.
async fn refused_as_expected(story: &mut Story) {
    let job = story.create().await;
    for (name, field, input) in [
        ("ApproveBatch", "approveBatch", json!({ "job": job, "batch": 1, "planHash": "beef" })),
        (
            "ResolveInDoubt",
            "resolveInDoubt",
            json!({ "job": job, "host": "web-00003", "verdict": "FAILED", "reason": "" }),
        ),
    ] {
        let operation = story.operation(name);
        let answer = story.front.ask(operation.text, json!({ "input": input })).await;
        assert!(answer["errors"].is_null(), "{name}: {answer}");
        assert!(answer["data"][field]["userErrors"][0]["message"].is_string(), "{name}: {answer}");
    }
}
