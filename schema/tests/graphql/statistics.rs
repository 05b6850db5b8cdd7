//! Figures over jobs that have ended, and which hosts are done: live and archived jobs as one.

use crate::client::{Client, text};
use jobs::archive::MOST_ENDED;
use jobs::time::Duration;
use serde_json::{Value, json};

/// A job of three hosts that is through, with as many of them failed as asked for.
async fn through(client: &Client, targets: &str, failing: &[&str]) -> String {
    let id = client.job(json!({ "targets": targets })).await;
    for _ in 0..200 {
        let effects = client.backend.in_force();
        if effects.is_empty() && is_over(client, &id).await {
            break;
        }
        for effect in effects {
            let host = host_of(client, &id, effect.attempt.host.0).await;
            match failing.contains(&host.as_str()) && effect.attempt.step.0 == 0 {
                true => client.backend.exit(effect, 100, &format!("E: no space left on {host}")),
                false => client.backend.exit(effect, 0, ""),
            }
        }
        client.backend.advance(Duration::minutes(1));
        resume(client, &id).await;
    }
    id
}

async fn host_of(client: &Client, id: &str, index: u32) -> String {
    let document = "query($id: ID!, $at: Int!) { job(id: $id) { hostRunAt(index: $at) { host } } }";
    text(&client.ask(document, json!({"id": id, "at": index})).await["job"]["hostRunAt"]["host"])
}

async fn is_over(client: &Client, id: &str) -> bool {
    client.ask("query($id: ID!) { job(id: $id) { status } }", json!({ "id": id })).await["job"]["status"] == "FINISHED"
}

async fn resume(client: &Client, id: &str) {
    client
        .ask("mutation($job: ID!) { resumeJob(input: {job: $job}) { userErrors { code } } }", json!({ "job": id }))
        .await;
}

const FIGURES: &str = "query($from: DateTime!, $to: DateTime!, $by: By!, $template: String, $zone: String, $label: String!) {
    statistics(from: $from, to: $to, by: $by, template: $template, zone: $zone) {
        from to zone by leftOut
        jobs { ended succeeded partial failed cancelled lengthP50 lengthP95 hostsPerMinute }
        hosts { hosts touched ended succeeded failed unreachable notStarted successShare timeP50 timeP95 }
        buckets { from to jobs { ended } hosts { hosts succeeded successShare } }
        byTemplate { template jobs { ended } hosts { hosts } }
        byLabel(label: $label) { label values { value jobs hosts { hosts succeeded failed } } others { hosts } without { hosts } }
        errors(first: 3) { error sample hosts jobs lastJob lastTemplate }
    } }";

fn days(from: &str, to: &str) -> Value {
    json!({"from": format!("{from}T00:00:00Z"), "to": format!("{to}T00:00:00Z"), "by": "DAY", "label": "dc"})
}

#[tokio::test]
async fn jobs_count_on_the_day_they_ended_in_also_once_they_are_archived() {
    let client = Client::of(9);
    through(&client, "web-0000[1-3]", &["web-00002"]).await;
    client.backend.advance(Duration::minutes(60 * 24));
    let second = through(&client, "web-0000[1-3]", &["web-00002"]).await;
    let first_look = client.ask(FIGURES, days("2026-01-01", "2026-01-04")).await["statistics"].clone();
    assert_eq!((&first_look["jobs"]["ended"], &first_look["jobs"]["partial"]), (&json!(2), &json!(2)));
    assert_eq!((&first_look["hosts"]["hosts"], &first_look["hosts"]["succeeded"]), (&json!(6), &json!(4)));
    assert_eq!(first_look["hosts"]["successShare"], 6_666);
    let jobs: Vec<&Value> =
        first_look["buckets"].as_array().expect("buckets").iter().map(|bucket| &bucket["jobs"]["ended"]).collect();
    assert_eq!(jobs, [1, 1, 0]);
    let error = &first_look["errors"][0];
    assert_eq!((&error["hosts"], &error["jobs"], &error["lastJob"]), (&json!(2), &json!(2), &json!(second)));
    assert_eq!((&error["lastTemplate"], text(&error["error"]).contains("<host>")), (&json!("patch"), true), "{error}");
    let values = first_look["byLabel"]["values"].as_array().expect("values");
    assert_eq!(values.iter().map(|value| value["hosts"]["hosts"].as_u64().unwrap_or(0)).sum::<u64>(), 6);
    assert!(values.iter().all(|value| value["jobs"] == 2), "{values:?}");

    client.backend.advance(Duration::minutes(60 * 24 * 30));
    for _ in 0..MOST_ENDED {
        let id = client.job(json!({"targets": "web-00009", "start": false})).await;
        let cancel = "mutation($job: ID!) { cancelJob(input: {job: $job, reason: \"no\"}) { userErrors { code } } }";
        client.ask(cancel, json!({ "job": id })).await;
    }
    let archived = client.ask(FIGURES, days("2026-01-01", "2026-01-04")).await["statistics"].clone();
    assert_eq!(archived, first_look, "nothing changes when jobs leave the live state");
    let later = client.ask(FIGURES, days("2026-01-01", "2026-03-01")).await["statistics"].clone();
    assert_eq!((&later["jobs"]["ended"], &later["jobs"]["cancelled"]), (&json!(MOST_ENDED + 2), &json!(MOST_ENDED)));
    assert_eq!((&later["hosts"]["ended"], &later["hosts"]["notStarted"]), (&json!(6), &json!(MOST_ENDED)));
}

#[tokio::test]
async fn a_range_is_widened_to_whole_periods_on_the_clocks_of_a_zone() {
    let client = Client::of(3);
    let mut asked = json!({"from": "2026-03-28T12:00:00Z", "to": "2026-03-29T12:00:00Z", "by": "DAY", "label": "dc"});
    asked["zone"] = json!("Europe/Berlin");
    let found = client.ask(FIGURES, asked.clone()).await["statistics"].clone();
    assert_eq!(
        (&found["from"], &found["to"]),
        (&json!("2026-03-27T23:00:00.000Z"), &json!("2026-03-29T22:00:00.000Z"))
    );
    assert_eq!(found["buckets"].as_array().map(Vec::len), Some(2));
    assert_eq!(found["hosts"]["successShare"], Value::Null);
    asked["by"] = json!("HOUR");
    let hours = client.ask(FIGURES, asked.clone()).await["statistics"]["buckets"].as_array().map(Vec::len);
    assert_eq!(hours, Some(24));

    asked["zone"] = json!("Europe/Berlim");
    let (message, code) = client.error(FIGURES, asked.clone()).await;
    assert_eq!((message.contains("Europe/Berlin"), code.as_str()), (true, "BAD_ARGUMENT"), "{message}");
    let (message, _) = client.error(FIGURES, days("2026-01-01", "2028-01-01")).await;
    assert!(message.contains("400"), "{message}");
    let (message, _) = client.error(FIGURES, days("2026-01-02", "2026-01-01")).await;
    assert!(message.contains("earlier moment first"), "{message}");
}

#[tokio::test]
async fn figures_are_of_one_template_where_one_is_named() {
    let client = Client::of(3);
    through(&client, "web-00001", &[]).await;
    let mut asked = days("2026-01-01", "2026-01-02");
    asked["template"] = json!("another");
    let none = client.ask(FIGURES, asked.clone()).await["statistics"].clone();
    assert_eq!((&none["jobs"]["ended"], &none["byLabel"]["values"]), (&json!(0), &json!([])));
    asked["template"] = json!("patch");
    let one = client.ask(FIGURES, asked).await["statistics"].clone();
    assert_eq!((&one["jobs"]["ended"], &one["byTemplate"][0]["template"]), (&json!(1), &json!("patch")));
    assert!(one["hosts"]["timeP50"].as_u64().is_some_and(|ms| ms > 0), "{one}");
}

const COMPLIANCE: &str = "query($template: String!, $selector: String, $since: DateTime, $version: Int, $reason: NotDoneReason,
    $first: Int, $after: String) {
    compliance(template: $template, selector: $selector, since: $since, version: $version) {
        template selector hosts done doneShare
        reasons { reason outcome count hosts targets }
        notDone(first: $first, after: $after, reason: $reason) {
            totalCount pageInfo { hasNextPage endCursor } nodes { host reason outcome error job jobUlid at version } } } }";

fn reasons(compliance: &Value) -> Vec<(String, u64)> {
    let reasons = compliance["reasons"].as_array().expect("reasons").iter();
    reasons.map(|reason| (text(&reason["reason"]), reason["count"].as_u64().unwrap_or(0))).collect()
}

#[tokio::test]
async fn every_host_is_done_or_says_why_not() {
    let client = Client::of(12);
    through(&client, "web-0000[1-3]", &["web-00002"]).await;
    let running = client.job(json!({"targets": "web-0000[5-8]"})).await;
    let found = client.ask(COMPLIANCE, json!({"template": "patch"})).await["compliance"].clone();
    assert_eq!((&found["selector"], &found["hosts"], &found["done"]), (&json!("role=web"), &json!(12), &json!(2)));
    assert_eq!(found["doneShare"], 1_666);
    let expected = [("FAILED", 1), ("NEVER", 5), ("RUNNING", 1), ("WAITING", 3)];
    assert_eq!(reasons(&found), expected.map(|(reason, count)| (reason.to_owned(), count)));
    assert_eq!(found["reasons"][0]["outcome"], "STEP_FAILED");
    assert_eq!(found["reasons"][1]["hosts"], json!(["web-[00004,00009-00012]"]));
    let nodes = found["notDone"]["nodes"].as_array().expect("nodes");
    assert_eq!((nodes.len(), &nodes[0]["host"]), (10, &json!("web-00002")));
    assert_eq!(
        (&nodes[0]["version"], text(&nodes[0]["error"]).contains("no space")),
        (&json!(1), true),
        "{}",
        nodes[0]
    );
    let runs = nodes.iter().find(|node| node["reason"] == "RUNNING").expect("one runs");
    assert_eq!((&runs["job"], &runs["outcome"]), (&json!(running), &Value::Null));

    // What a reason names is exactly who has it.
    for reason in found["reasons"].as_array().expect("reasons") {
        let asked = json!({"template": "patch", "selector": reason["targets"]});
        let again = client.ask(COMPLIANCE, asked).await["compliance"].clone();
        assert_eq!((&again["hosts"], &again["done"]), (&reason["count"], &json!(0)));
        assert_eq!(reasons(&again), [(text(&reason["reason"]), reason["count"].as_u64().expect("a count"))]);
    }
}

#[tokio::test]
async fn what_was_done_too_long_ago_or_with_an_old_version_is_not_done() {
    let client = Client::of(4);
    through(&client, "web-00001", &[]).await;
    let done = async |asked: Value| {
        let mut whole = json!({"template": "patch", "selector": "web-00001"});
        whole.as_object_mut().expect("an object").extend(asked.as_object().expect("an object").clone());
        let found = client.ask(COMPLIANCE, whole).await["compliance"].clone();
        (found["done"].as_u64(), reasons(&found).first().map(|(reason, _)| reason.clone()))
    };
    let outdated = (Some(0), Some("OUTDATED".to_owned()));
    assert_eq!(done(json!({"since": "2026-01-01T00:00:00Z", "version": 1})).await, (Some(1), None));
    assert_eq!(done(json!({"since": "2026-02-01T00:00:00Z"})).await, outdated);
    assert_eq!(done(json!({"version": 2})).await, outdated);
}

#[tokio::test]
async fn archived_runs_count_and_pages_go_on() {
    let client = Client::of(7);
    through(&client, "web-0000[1-3]", &["web-00002"]).await;
    for _ in 0..MOST_ENDED {
        through(&client, "web-00007", &[]).await;
    }
    let live = schema::read(&*client.backend, |fleet, _| fleet.archived).await.expect("a look");
    assert_eq!(live, 1, "the first has left");
    let asked = |after: Value| json!({"template": "patch", "first": 2, "after": after});
    let first = client.ask(COMPLIANCE, asked(Value::Null)).await["compliance"].clone();
    assert_eq!((&first["done"], &first["notDone"]["totalCount"]), (&json!(3), &json!(4)));
    let hosts = |page: &Value| -> Vec<String> {
        page["notDone"]["nodes"].as_array().expect("nodes").iter().map(|node| text(&node["host"])).collect()
    };
    assert_eq!(hosts(&first), ["web-00002", "web-00004"]);
    let second = client.ask(COMPLIANCE, asked(first["notDone"]["pageInfo"]["endCursor"].clone())).await;
    assert_eq!(hosts(&second["compliance"]), ["web-00005", "web-00006"]);
    let failed = json!({"template": "patch", "reason": "FAILED"});
    assert_eq!(hosts(&client.ask(COMPLIANCE, failed).await["compliance"]), ["web-00002"]);
}

#[tokio::test]
async fn what_cannot_be_asked_says_why() {
    let client = Client::of(2);
    let (message, code) = client.error(COMPLIANCE, json!({"template": "pach"})).await;
    assert_eq!((message.contains("pach"), code.as_str()), (true, "BAD_ARGUMENT"), "{message}");
    let (_, code) = client.error(COMPLIANCE, json!({"template": "patch", "selector": "role="})).await;
    assert_eq!(code, "BAD_ARGUMENT");
    let nobody =
        client.ask(COMPLIANCE, json!({"template": "patch", "selector": "not all"})).await["compliance"].clone();
    assert_eq!((&nobody["hosts"], &nobody["doneShare"], reasons(&nobody).len()), (&json!(0), &Value::Null, 0));
}
