//! Templates, inventories, schedules, selectors and tokens: what people write, and what they are told about it and
//! about everything that goes on.

use crate::client::{Client, text};
use serde_json::{Value, json};

const TEMPLATE: &str = "template: hello
description: Says hello.
targets: role=web
workflow:
  - {step: check, action: demo.check}
";

#[tokio::test]
async fn a_template_is_checked_applied_versioned_and_taken_away() {
    let client = Client::of(2);
    let validate = "query($source: String!) { validateTemplate(source: $source, file: \"hello.yaml\") {
        valid definition { name } diagnostics { code severity file line column message help } } }";
    let good = client.ask(validate, json!({"source": TEMPLATE})).await["validateTemplate"].clone();
    assert_eq!((&good["valid"], &good["definition"]["name"]), (&json!(true), &json!("hello")));

    let misspelt = TEMPLATE.replace("demo.check", "demo.chek");
    let bad = client.ask(validate, json!({ "source": misspelt })).await["validateTemplate"].clone();
    assert_eq!((&bad["valid"], &bad["definition"]), (&json!(false), &Value::Null));
    let diagnostic = &bad["diagnostics"][0];
    assert_eq!((&diagnostic["file"], &diagnostic["line"]), (&json!("hello.yaml"), &json!(5)));
    assert!(text(&diagnostic["help"]).contains("demo.check"), "{diagnostic}");

    let apply = "mutation($input: ApplyTemplateInput!) { applyTemplate(input: $input) {
        template { id name version source } diagnostics { line } userErrors { code message path } } }";
    let applied = client.ask(apply, json!({"input": {"source": TEMPLATE}})).await["applyTemplate"].clone();
    assert_eq!(applied["template"], json!({"id": "template:hello", "name": "hello", "version": 1, "source": TEMPLATE}));
    let again = client.ask(apply, json!({"input": {"source": TEMPLATE}})).await["applyTemplate"].clone();
    assert_eq!(again["template"]["version"], 1, "the same text changes nothing");
    let changed = TEMPLATE.replace("Says hello.", "Says hello again.");
    let second = client.ask(apply, json!({"input": {"source": changed}})).await["applyTemplate"].clone();
    assert_eq!(second["template"]["version"], 2);
    let refused = client.ask(apply, json!({"input": {"source": misspelt}})).await["applyTemplate"].clone();
    assert_eq!((&refused["template"], &refused["diagnostics"][0]["line"]), (&Value::Null, &json!(5)));
    assert_eq!(refused["userErrors"][0]["path"], json!(["input", "source"]));
    assert!(text(&refused["userErrors"][0]["message"]).starts_with("template.yaml:5:"), "{refused}");

    let versions = "{ template(name: \"hello\") { removed versions { version appliedBy source } } }";
    let versions = client.ask(versions, json!({})).await["template"]["versions"].clone();
    assert_eq!(versions.as_array().map(Vec::len), Some(2));
    assert_eq!((&versions[1]["source"], &versions[1]["appliedBy"]), (&json!(changed), &json!("user:alice")));

    let remove = "mutation($input: RemoveTemplateInput!) { removeTemplate(input: $input) { template { removed } userErrors { code } } }";
    let removed = client.ask(remove, json!({"input": {"template": "hello"}})).await["removeTemplate"].clone();
    assert_eq!(removed, json!({"template": {"removed": true}, "userErrors": []}));
    let unknown = client.ask(remove, json!({"input": {"template": "hullo"}})).await["removeTemplate"].clone();
    assert_eq!(unknown["userErrors"][0]["code"], "NOT_FOUND");
    assert_eq!(client.ask("{ templates { totalCount } }", json!({})).await["templates"]["totalCount"], 1);
}

#[tokio::test]
async fn a_text_is_applied_only_over_the_version_it_was_made_from() {
    let client = Client::of(2);
    let apply = "mutation($input: ApplyTemplateInput!) { applyTemplate(input: $input) {
        template { version appliedBy pack } userErrors { code message } } }";
    let input = |source: &str, base: u32| json!({"input": {"source": source, "baseVersion": base}});
    let first = client.ask(apply, input(TEMPLATE, 0)).await["applyTemplate"].clone();
    assert_eq!(first["template"], json!({"version": 1, "appliedBy": "user:alice", "pack": null}));
    let taken = TEMPLATE.replace("hello.", "good-bye.");
    assert_eq!(client.ask(apply, input(&taken, 0)).await["applyTemplate"]["userErrors"][0]["code"], "CONFLICT");
    assert_eq!(client.ask(apply, input(&taken, 1)).await["applyTemplate"]["template"]["version"], 2);
    let late = client.ask(apply, input(&TEMPLATE.replace("hello.", "hi."), 1)).await["applyTemplate"].clone();
    assert_eq!((&late["template"], &late["userErrors"][0]["code"]), (&Value::Null, &json!("CONFLICT")));
    let remove = "mutation { removeTemplate(input: {template: \"hello\", reason: \"old\"}) { userErrors { code } } }";
    client.ask(remove, json!({})).await;
    let log = "{ events(first: 1, newestFirst: true) { nodes { kind text payload } } }";
    let removed = client.ask(log, json!({})).await["events"]["nodes"][0].clone();
    assert_eq!(removed["text"], "template hello was taken away: old");
}

#[tokio::test]
async fn a_text_that_is_not_applied_is_tried_as_a_job_of_it_would_be() {
    let client = Client::of(20);
    let preview = "query($input: PreviewTemplateInput!) { previewTemplate(input: $input) {
        diagnostics { line message } definition { name }
        preview { plan { hosts seed hash batches { size gate } } userErrors { code message path } } } }";
    let source =
        format!("{TEMPLATE}parameters: {{greeting: {{required: true}}}}\nbatches: [{{size: 5, repeat: true}}]\n");
    let ask = |more: Value| {
        let mut input = json!({ "source": source, "parameters": {"greeting": "hi"}, "seed": "7" });
        input.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        client.ask(preview, json!({ "input": input }))
    };
    let tried = ask(json!({})).await["previewTemplate"].clone();
    assert_eq!((&tried["diagnostics"], &tried["definition"]["name"]), (&json!([]), &json!("hello")));
    assert_eq!((&tried["preview"]["plan"]["hosts"], &tried["preview"]["plan"]["seed"]), (&json!(20), &json!("7")));
    assert_eq!(tried["preview"]["plan"]["batches"].as_array().map(Vec::len), Some(4));
    let few = ask(json!({"targets": "name=web-00001"})).await["previewTemplate"].clone();
    assert_eq!(few["preview"]["plan"]["hosts"], 1);
    let without = ask(json!({"parameters": {}})).await["previewTemplate"]["preview"].clone();
    assert_eq!((&without["plan"], &without["userErrors"][0]["code"]), (&Value::Null, &json!("INVALID")));
    let unread = ask(json!({"targets": "role="})).await["previewTemplate"]["preview"].clone();
    assert_eq!(unread["userErrors"][0]["path"], json!(["input", "targets"]));
    let broken = ask(json!({"source": "template: x\n"})).await["previewTemplate"].clone();
    assert_eq!((&broken["preview"], &broken["definition"]), (&Value::Null, &Value::Null));
    assert!(!broken["diagnostics"].as_array().expect("a list").is_empty());
    assert_eq!(client.ask("{ template(name: \"hello\") { name } }", json!({})).await["template"], Value::Null);
}

#[tokio::test]
async fn a_pack_shows_what_it_brings_and_an_action_who_uses_it() {
    let client = Client::of(2);
    let asked = "{ packs { name actions { name } templates { name } }
        action(name: \"demo.install\") { pack { name version } usedBy { name lastJob { id } } }
        template(name: \"patch\") { lastJob { id } }
        templates(search: \"PAT\") { totalCount nodes { name } }
        none: templates(search: \"nothing\") { totalCount }
        actions(filter: {pack: \"demo\", search: \"inst\"}) { totalCount nodes { name } }
        others: actions(filter: {pack: \"other\"}) { totalCount } }";
    let job = client.job(json!({})).await;
    let shown = client.ask(asked, json!({})).await;
    let names = json!([{"name": "demo.check"}, {"name": "demo.install"}, {"name": "demo.join"}]);
    assert_eq!(shown["packs"], json!([{"name": "demo", "actions": names, "templates": []}]));
    assert_eq!(shown["action"]["pack"], json!({"name": "demo", "version": "1.0.0"}));
    assert_eq!(shown["action"]["usedBy"], json!([{"name": "patch", "lastJob": {"id": job}}]));
    assert_eq!(shown["templates"], json!({"totalCount": 1, "nodes": [{"name": "patch"}]}));
    assert_eq!(shown["none"]["totalCount"], 0);
    assert_eq!(shown["actions"], json!({"totalCount": 1, "nodes": [{"name": "demo.install"}]}));
    assert_eq!(shown["others"]["totalCount"], 0);
    let schemas = client.ask("{ templateSchema actionSchema }", json!({})).await;
    assert_eq!(schemas["templateSchema"]["required"], json!(["template", "workflow"]));
    assert_eq!(schemas["actionSchema"]["required"], json!(["action"]));
}

#[tokio::test]
async fn an_inventory_replaces_the_hosts_of_its_source_only() {
    let client = Client::of(5);
    let put = "mutation($input: PutInventoryInput!) { putInventory(input: $input) {
        hosts total diagnostics { line message } userErrors { code path } } }";
    let inventory = "hosts:\n  \"db-[1-3]\": {address: 127.0.0.9, user: deploy, labels: {role: db}}\n";
    let answer = client.ask(put, json!({"input": {"source": "lab", "text": inventory}})).await["putInventory"].clone();
    assert_eq!((&answer["hosts"], &answer["total"], &answer["userErrors"]), (&json!(3), &json!(8), &json!([])));
    let host = client.ask("{ host(name: \"db-2\") { source address labels { name value } } }", json!({})).await;
    assert_eq!(
        host["host"],
        json!({
            "source": "lab", "address": "deploy@127.0.0.9", "labels": [{"name": "role", "value": "db"}]
        })
    );
    let bad = json!({"input": {"source": "lab", "text": "hosts:\n  db-1: {adress: x}\n"}});
    let refused = client.ask(put, bad).await["putInventory"].clone();
    assert_eq!((&refused["hosts"], &refused["diagnostics"][0]["line"]), (&Value::Null, &json!(2)));
    assert_eq!(refused["userErrors"][0]["path"], json!(["input", "text"]));
}

#[tokio::test]
async fn a_selector_is_counted_while_it_is_typed() {
    let client = Client::of(30);
    let count = "query($s: String!) { countHosts(selector: $s) { count hosts problem { offset message hint } } }";
    let some = client.ask(count, json!({"s": "name=web-0000*"})).await["countHosts"].clone();
    assert_eq!(some, json!({"count": 9, "hosts": ["web-[00001-00009]"], "problem": null}));
    let typing = client.ask(count, json!({"s": "role=web and"})).await["countHosts"].clone();
    assert_eq!(typing["count"], 0);
    assert_eq!(typing["problem"]["offset"], 12);
    assert_ne!(text(&typing["problem"]["hint"]), "");
}

#[tokio::test]
async fn a_schedule_tells_when_it_fires_and_what_clocks_do_to_it() {
    let client = Client::of(2);
    let create = "mutation($input: CreateScheduleInput!) { createSchedule(input: $input) { schedule {
        id name template cron zone missed missedMax overlap paused deadline targets parameters createdBy queued
        lastJob { id } upcoming(count: 3, from: \"2026-03-28T00:00:00Z\") { at note } } userErrors { code message path } } }";
    let input = json!({
        "name": "nightly", "template": "patch", "cron": "30 2 * * *", "zone": "Europe/Berlin",
        "targets": "dc=sh", "missed": "ALL", "missedMax": 3, "overlap": "QUEUE", "deadline": 3_600_000
    });
    let created = client.ask(create, json!({ "input": input })).await["createSchedule"].clone();
    assert_eq!(created["userErrors"], json!([]));
    let schedule = &created["schedule"];
    assert_eq!((&schedule["missed"], &schedule["missedMax"]), (&json!("ALL"), &json!(3)));
    assert_eq!(schedule["upcoming"][0], json!({"at": "2026-03-28T01:30:00.000Z", "note": null}));
    assert_eq!(schedule["upcoming"][1]["at"], "2026-03-29T01:00:00.000Z");
    assert!(text(&schedule["upcoming"][1]["note"]).contains("put forward"));

    let listed = client.ask("{ schedules { id name } }", json!({})).await["schedules"].clone();
    assert_eq!(listed[0]["id"], schedule["id"]);
    let bad = json!({"name": "broken", "template": "patch", "cron": "61 * * * *"});
    let refused = client.ask(create, json!({ "input": bad })).await["createSchedule"].clone();
    assert_eq!((&refused["schedule"], &refused["userErrors"][0]["code"]), (&Value::Null, &json!("INVALID")));

    let delete =
        "mutation($input: DeleteScheduleInput!) { deleteSchedule(input: $input) { deleted userErrors { code } } }";
    let deleted = client.ask(delete, json!({"input": {"schedule": schedule["id"]}})).await["deleteSchedule"].clone();
    assert_eq!(deleted, json!({"deleted": schedule["id"], "userErrors": []}));
    let again = client.ask(delete, json!({"input": {"schedule": schedule["id"]}})).await["deleteSchedule"].clone();
    assert_eq!(again["userErrors"][0]["code"], "NOT_FOUND");

    let preview = "query($e: String!, $z: String!) { previewCron(expression: $e, zone: $z, count: 2) { firings { at } problem } }";
    let shown = client.ask(preview, json!({"e": "0 9 * * *", "z": "Asia/Shanghai"})).await["previewCron"].clone();
    assert_eq!(shown["firings"][0]["at"], "2026-01-01T01:00:00.000Z");
    let wrong = client.ask(preview, json!({"e": "0 9 * * *", "z": "Asia/Shangai"})).await["previewCron"].clone();
    assert_eq!(wrong["firings"], json!([]));
    assert!(text(&wrong["problem"]).contains("Asia/Shangai"));
}

#[tokio::test]
async fn the_secret_of_a_token_is_shown_once() {
    let client = Client::of(1);
    let create = "mutation { createToken(input: {name: \"ci\"}) { token { id name createdAt revoked } secret userErrors { code } } }";
    let created = client.ask(create, json!({})).await["createToken"].clone();
    assert!(text(&created["secret"]).starts_with("stg_"));
    assert_eq!((&created["token"]["name"], &created["token"]["revoked"]), (&json!("ci"), &json!(false)));
    let revoke = "mutation($input: RevokeTokenInput!) { revokeToken(input: $input) { token { revoked } userErrors { code path } } }";
    let revoked = client.ask(revoke, json!({"input": {"token": created["token"]["id"]}})).await["revokeToken"].clone();
    assert_eq!(revoked["token"]["revoked"], true);
    let none = client.ask(revoke, json!({"input": {"token": "job:x"}})).await["revokeToken"].clone();
    assert_eq!(none["userErrors"][0]["path"], json!(["input", "token"]));
    let log = client.ask("{ events(first: 200) { nodes { payload } } }", json!({})).await.to_string();
    assert!(!log.contains(&text(&created["secret"])), "the secret is nowhere in the log");
}

#[tokio::test]
async fn the_server_and_the_overview_say_where_things_stand() {
    let client = Client::of(20);
    client.job(json!({})).await;
    client.job(json!({"start": false})).await;
    let shown = client.ask(
        "{ server { version position epoch now } overview { position hosts goingOn { status } ended { id } planned running
           held settled hostsRunning hostsOutOfService hostsNeedingAPerson throughput } }",
        json!({}),
    );
    let shown = shown.await;
    assert_eq!(shown["server"]["now"], "2026-01-01T00:00:00.000Z");
    let overview = &shown["overview"];
    assert_eq!(overview["position"], shown["server"]["position"]);
    assert_eq!((&overview["hosts"], &overview["planned"], &overview["running"]), (&json!(20), &json!(1), &json!(1)));
    assert_eq!(overview["goingOn"], json!([{"status": "PLANNED"}, {"status": "RUNNING"}]));
}

#[tokio::test]
async fn what_is_said_comes_in_values_too() {
    let client = Client::of(10);
    let id = client.job(json!({})).await;
    let first = client.backend.in_force()[0];
    client.backend.exit(first, 3, "E: no space left");
    let said = "query($id: ID!, $host: String!) { job(id: $id) {
        hold { text sentence { key values text } } waitingFor { text sentence { key values text } }
        hostRun(host: $host) { state sentence { key values text } why reasons { key values text } }
        events(first: 100) { nodes { kind text sentence { key values text } } } } }";
    let names = client.ask("query($id: ID!) { job(id: $id) { hostRunAt(index: 0) { host } } }", json!({ "id": id }));
    let host = names.await["job"]["hostRunAt"]["host"].clone();
    let job = client.ask(said, json!({ "id": id, "host": host })).await["job"].clone();

    assert_eq!(job["hold"]["sentence"]["key"], "CANARY_FAILED");
    assert_eq!(job["hold"]["sentence"]["values"], json!({"failed": 1, "of": 1, "allowed": 0}));
    assert_eq!(job["hold"]["sentence"]["text"], job["hold"]["text"]);
    let waits = &job["waitingFor"][0]["sentence"];
    assert_eq!((&waits["key"], &waits["values"]["why"]["key"]), (&json!("TO_BE_RESUMED"), &json!("CANARY_FAILED")));

    let run = &job["hostRun"];
    assert_eq!(run["sentence"], json!({"key": "HOST_STEP_FAILED", "values": {}, "text": run["state"]}));
    let failed = &run["reasons"][0];
    assert_eq!((&failed["key"], &failed["text"]), (&json!("FAILED_AT"), &run["why"][0]));
    assert_eq!(failed["values"], json!({"step": "check", "error": "E: no space left"}));

    for event in job["events"]["nodes"].as_array().expect("events") {
        assert_eq!(event["sentence"]["text"], event["text"], "{event}");
    }
    let events = job["events"]["nodes"].as_array().expect("events").iter();
    let ended = events.clone().find(|event| event["kind"] == "AttemptFinished").expect("an attempt ended");
    let what = &ended["sentence"]["values"]["what"];
    assert_eq!((&ended["sentence"]["key"], &what["key"]), (&json!("BECAUSE"), &json!("ATTEMPT_FINISHED")));
    assert_eq!((&what["values"]["host"], &what["values"]["attempt"]), (&host, &json!("check")));
    assert!(what["values"]["took"]["ms"].is_u64(), "{what}");
}

#[tokio::test]
async fn who_needs_a_person_comes_in_the_order_to_look_at() {
    let client = Client::of(20);
    let job = async |hosts: &str| client.job(json!({ "targets": format!("name in (web-[{hosts}])") })).await;
    let planned = client.job(json!({"start": false})).await;
    let (held, calm, out) = (job("00001-00002").await, job("00003-00004").await, job("00005-00006").await);
    let hold = "mutation($job: ID!) { holdJob(input: {job: $job, reason: \"lunch\"}) { userErrors { code } } }";
    client.ask(hold, json!({ "job": held })).await;
    let is_of = |id: &str, effect: &jobs::fleet::Effect| id.ends_with(&effect.job.to_string());
    let of_out = client.backend.in_force().into_iter().find(|effect| is_of(&out, effect)).expect("it runs");
    client.backend.exit(of_out, 0, "");
    client.backend.advance(jobs::time::Duration::minutes(3));
    let of_out = client.backend.in_force().into_iter().find(|effect| is_of(&out, effect)).expect("it runs");
    client.backend.exit(of_out, 3, "E: no space left");

    let overview = "{ overview { needing { id attention } underWay { id attention } keepingOut { id outOfServiceSince }
        lastFailures(first: 1) { job { id } cluster { error count } } } }";
    let overview = client.ask(overview, json!({})).await["overview"].clone();
    assert_eq!(
        overview["needing"],
        json!([{"id": out, "attention": "HOSTS"}, {"id": held, "attention": "HELD"}]),
        "hosts that serve nobody come before a job that somebody holds"
    );
    assert_eq!(overview["underWay"], json!([{"id": calm, "attention": null}, {"id": planned, "attention": null}]));
    assert_eq!(overview["keepingOut"][0]["id"], json!(out));
    let failed = json!([{"job": {"id": out}, "cluster": {"error": "E: no space left", "count": 1}}]);
    assert_eq!(overview["lastFailures"], failed);
    let (_, code) = client.error("{ overview { lastFailures(first: 21) { job { id } } } }", json!({})).await;
    assert_eq!(code, "BAD_ARGUMENT");
}

#[tokio::test]
async fn a_failure_names_as_many_hosts_as_are_asked_for() {
    let client = Client::of(30);
    let hosts = "name in (web-00001, web-00003, web-00005, web-00007)";
    let id = client.job(json!({ "targets": hosts })).await;
    let fail_all =
        || client.backend.in_force().into_iter().for_each(|effect| client.backend.exit(effect, 3, "E: full"));
    fail_all();
    let resume = "mutation($job: ID!) { resumeJob(input: {job: $job}) { userErrors { code } } }";
    for _ in 0..3 {
        client.ask(resume, json!({ "job": id })).await;
        fail_all();
    }
    let clusters = "query($id: ID!, $first: Int) { job(id: $id) { failureClusters { count hosts(first: $first) } } }";
    let cluster = async |first: Value| {
        client.ask(clusters, json!({ "id": id, "first": first })).await["job"]["failureClusters"][0].clone()
    };
    let names = |of: &str| json!([format!("web-[{of}]")]);
    assert_eq!(cluster(Value::Null).await, json!({"count": 4, "hosts": names("00001,00003,00005,00007")}));
    let two = cluster(json!(2)).await;
    assert_eq!(two["count"], 4, "it stays exact: {two}");
    assert_eq!(text(&two["hosts"][0]).matches("0000").count(), 2, "{two}");
    let none = json!({ "id": id, "first": 0 });
    assert_eq!(client.error(clusters, none).await.1, "BAD_ARGUMENT");
}
