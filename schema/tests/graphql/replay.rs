//! Looking back: a job at a position or a moment, its course, and the proofs of the log.

use crate::client::{Client, text};
use futures_util::{Stream, StreamExt};
use jobs::time::Duration;
use schema::backend::{Damage, Verdict, Verification};
use serde_json::{Value, json};
use std::time::Duration as Wait;
use tokio::time::{Instant, timeout};

const MOMENT: &str = "query($job: ID!, $position: Long, $at: DateTime) { jobAt(job: $job, position: $position, at: $at) {
    position at nextPosition event { kind position } status outcome hold { kind text } stopping { by }
    batches { number status counts { settled failed } bakeUntil } currentBatch { number }
    counts { hosts settled failed outOfService byStatus { running } }
    steps { step running succeeded failed waiting slowest { host since } }
    failureClusters(first: 5) { count firstHost sample }
    grid { position hosts palette { status outcome step outOfService absence } cellBytes cells }
    hostRun(host: \"web-00002\") { host index batch status outcome state error outOfService startedAt steps { step result } } } }";

/// A job of 100 hosts whose third batch is stopped by the third failure, an hour after it began.
async fn held(client: &Client) -> String {
    let job = client.job(json!({})).await;
    for round in 0..40 {
        client.backend.advance(Duration::minutes(1));
        for (nth, effect) in client.backend.in_force().into_iter().enumerate() {
            let fails = round > 7 && nth % 4 == 0;
            client.backend.exit(effect, i32::from(fails), if fails { "E: no lock" } else { "" });
        }
    }
    job
}

async fn moment(client: &Client, variables: Value) -> Value {
    client.ask(MOMENT, variables).await["jobAt"].clone()
}

#[tokio::test]
async fn a_job_is_shown_as_it_was_at_every_position_it_came_through() {
    let client = Client::of(100);
    let job = client.job(json!({})).await;
    const NOW: &str = "query($job: ID!) { server { position } job(id: $job) { status currentBatch { number }
        batches { number status counts { settled failed } bakeUntil }
        counts { hosts settled failed outOfService byStatus { running } }
        steps { step running succeeded failed waiting slowest { host since } } failureClusters(first: 5) { count firstHost sample }
        grid { hosts palette { status outcome step outOfService absence } cellBytes cells } } }";
    let mut seen = Vec::new();
    for round in 0..12 {
        client.backend.advance(Duration::minutes(1));
        for (nth, effect) in client.backend.in_force().into_iter().enumerate() {
            let fails = round > 5 && nth % 5 == 0;
            client.backend.exit(effect, i32::from(fails), if fails { "E: no lock" } else { "" });
        }
        seen.push(client.ask(NOW, json!({ "job": job })).await);
    }
    assert!(seen.iter().any(|now| now["job"]["counts"]["failed"] != 0), "something failed");
    for now in seen {
        let then = moment(&client, json!({"job": job, "position": now["server"]["position"]})).await;
        for field in ["status", "currentBatch", "batches", "counts", "steps", "failureClusters"] {
            assert_eq!(then[field], now["job"][field], "{field} at {}", now["server"]["position"]);
        }
        for field in ["hosts", "palette", "cellBytes", "cells"] {
            assert_eq!(then["grid"][field], now["job"]["grid"][field], "{field}");
        }
    }
}

#[tokio::test]
async fn a_moment_is_what_had_happened_by_then_and_none_is_before_the_job() {
    let client = Client::of(100);
    let before = client.ask("{ server { position } }", json!({})).await["server"]["position"].clone();
    let job = held(&client).await;
    assert_eq!(moment(&client, json!({"job": job, "position": before})).await, Value::Null);
    assert_eq!(moment(&client, json!({"job": job, "at": "2025-01-01T00:00:00Z"})).await, Value::Null);
    let unknown = json!({"job": "01KB2Q6V7V4J8QZ0M6T3N5R9XA"});
    assert_eq!(moment(&client, unknown).await, Value::Null);

    let at_once = moment(&client, json!({"job": job, "at": "2026-01-01T00:00:00Z"})).await;
    assert_eq!((&at_once["status"], &at_once["counts"]["settled"]), (&json!("RUNNING"), &json!(0)));
    assert_eq!(at_once["hostRun"]["host"], "web-00002");
    let now = moment(&client, json!({ "job": job })).await;
    assert_eq!((&now["status"], &now["hold"]["kind"]), (&json!("HELD"), &json!("BREACH")), "{now}");
    assert_eq!(now["event"]["position"], now["position"]);
    assert_eq!(now["nextPosition"], Value::Null);
    let position = now["position"].as_u64().expect("a position");
    let before = moment(&client, json!({"job": job, "position": position - 1})).await;
    assert_eq!(before["nextPosition"], now["position"]);
    let same = moment(&client, json!({"job": job, "at": now["at"]})).await;
    assert_eq!(same, now, "the moment of an event is after it");

    let both = json!({"job": job, "position": 5, "at": "2026-01-01T00:00:00Z"});
    assert_eq!(client.error(MOMENT, both).await.1, "BAD_ARGUMENT");
}

#[tokio::test]
async fn the_history_of_a_job_says_what_each_of_its_positions_shows() {
    let client = Client::of(100);
    let job = held(&client).await;
    const HISTORY: &str = "query($job: ID!, $buckets: Int) { job(id: $job) { history(buckets: $buckets) {
        firstPosition lastPosition from to buckets { until position settled failed running outOfService }
        marks { position at kind batch text sentence { key text } } } } }";
    let history = client.ask(HISTORY, json!({"job": job, "buckets": 20})).await["job"]["history"].clone();
    let buckets = history["buckets"].as_array().expect("buckets");
    assert_eq!(buckets.len(), 20);
    assert_eq!(buckets[19]["position"], history["lastPosition"]);
    assert_eq!(buckets[19]["until"], history["to"]);
    for bucket in buckets {
        let then = moment(&client, json!({"job": job, "at": bucket["until"]})).await;
        let counts = &then["counts"];
        assert_eq!(
            (&bucket["position"], &bucket["settled"], &bucket["failed"]),
            (&then["position"], &counts["settled"], &counts["failed"]),
        );
        assert_eq!(
            (&bucket["running"], &bucket["outOfService"]),
            (&counts["byStatus"]["running"], &counts["outOfService"]),
        );
    }
    let marks = history["marks"].as_array().expect("marks");
    let kinds: Vec<String> = marks.iter().map(|mark| text(&mark["kind"])).collect();
    assert!(marks.iter().all(|mark| mark["sentence"]["text"] == mark["text"]), "{marks:?}");
    assert_eq!(kinds[..3], ["CREATED", "STARTED", "BATCH_OPENED"]);
    assert_eq!(kinds[kinds.len() - 2..], ["GATE_HELD", "HELD"], "{kinds:?}");
    let opened = marks.iter().find(|mark| mark["kind"] == "BATCH_OPENED").expect("a batch opened");
    assert_eq!((&opened["batch"], &opened["text"]), (&json!(1), &json!("batch 1 opened")));
    let shown = moment(&client, json!({"job": job, "position": opened["position"]})).await;
    assert_eq!((&shown["event"]["kind"], &shown["batches"][0]["status"]), (&json!("BatchOpened"), &json!("OPEN")));
    for buckets in [0, 501] {
        assert_eq!(client.error(HISTORY, json!({"job": job, "buckets": buckets})).await.1, "BAD_ARGUMENT");
    }
}

#[tokio::test]
async fn a_job_that_happened_at_once_has_one_slice() {
    let client = Client::of(3);
    let job = client.job(json!({"start": false})).await;
    let history = "query($job: ID!) { job(id: $job) { history { buckets { settled } marks { kind } } } }";
    let history = client.ask(history, json!({ "job": job })).await["job"]["history"].clone();
    assert_eq!((&history["buckets"], &history["marks"]), (&json!([{"settled": 0}]), &json!([{"kind": "CREATED"}])));
}

const EVENTS: &str = "query($filter: EventFilterInput, $back: Boolean, $after: String, $first: Int) {
    events(filter: $filter, newestFirst: $back, after: $after, first: $first) { nodes { position kind stream at template }
        continueAfter pageInfo { hasNextPage } } }";

#[tokio::test]
async fn events_are_filtered_by_job_and_time() {
    let client = Client::of(30);
    let first = client.job(json!({"start": false})).await;
    client.backend.advance(Duration::minutes(10));
    client.job(json!({"start": false})).await;
    let ulid = first.replace("job:", "");
    for id in [&first, &ulid] {
        let page = client.ask(EVENTS, json!({"filter": {"job": id}})).await["events"]["nodes"].clone();
        let nodes = page.as_array().expect("nodes");
        assert!(nodes.len() == 2 && nodes.iter().all(|node| node["stream"] == format!("job/{ulid}")), "{page}");
        assert_eq!(nodes[0]["template"], "patch");
    }
    let later = json!({"filter": {"from": "2026-01-01T00:10:00Z", "kinds": ["JobCreated"]}});
    let earlier = json!({"filter": {"to": "2026-01-01T00:10:00Z", "kinds": ["JobCreated"]}, "back": true});
    let streams = |page: &Value| -> Vec<String> {
        page["events"]["nodes"].as_array().expect("nodes").iter().map(|node| text(&node["stream"])).collect()
    };
    assert_eq!(streams(&client.ask(EVENTS, earlier).await), [format!("job/{ulid}")]);
    assert_ne!(streams(&client.ask(EVENTS, later).await), [format!("job/{ulid}")]);
    assert_eq!(client.error(EVENTS, json!({"filter": {"job": "nonsense"}})).await.1, "BAD_ARGUMENT");
    assert_eq!(client.error(EVENTS, json!({"filter": {"kinds": ["Nonsense"]}})).await.1, "BAD_ARGUMENT");
}

#[tokio::test]
async fn every_name_of_an_event_is_told_and_may_be_asked_for() {
    let client = Client::of(3);
    let kinds = client.ask("{ eventKinds }", json!({})).await["eventKinds"].clone();
    let names: Vec<&str> = kinds.as_array().expect("names").iter().filter_map(Value::as_str).collect();
    assert_eq!(names[0], "JobCreated");
    for name in ["ScheduleFired", "TemplateApplied", "InventoryChanged", "TokenCreated"] {
        assert!(names.contains(&name), "{name}");
    }
    client.ask(EVENTS, json!({"filter": {"kinds": names}})).await;
}

#[tokio::test]
async fn one_event_is_found_by_its_position_and_proved() {
    let client = Client::of(3);
    client.job(json!({})).await;
    const EVENT: &str = "query($position: Long!) { event(position: $position) { position kind
        proof { record leafHash leafIndex path treeSize root } } server { position } }";
    let found = client.ask(EVENT, json!({"position": 4})).await;
    let (event, size) = (&found["event"], &found["server"]["position"]);
    assert_eq!((&event["position"], &event["kind"]), (&json!(4), &json!("JobCreated")));
    let proof = &event["proof"];
    assert_eq!((&proof["leafIndex"], &proof["treeSize"]), (&json!(3), size));
    assert_eq!(proof["record"], "cmVjb3JkIDQ=", "the bytes themselves");
    assert_eq!((text(&proof["leafHash"]), text(&proof["root"])), ("01".repeat(32), "03".repeat(32)));
    assert!(proof["path"].as_array().is_some_and(|path| path.iter().all(|hash| *hash == "02".repeat(32))));
    for nowhere in [0, 9_999] {
        assert_eq!(client.ask(EVENT, json!({"position": nowhere})).await["event"], Value::Null);
    }
}

const VERIFY: &str = "subscription { verifyLog { checked of verified root took problem { place what } } }";

async fn next(stream: &mut (impl Stream<Item = Value> + Unpin)) -> Value {
    let message = timeout(Wait::from_secs(30), stream.next()).await.expect("a message in time");
    message.expect("not ended")["verifyLog"].clone()
}

fn verification(checked: u64, root: Option<Result<[u8; 32], Damage>>) -> Verification {
    Verification { checked, of: 900, verdict: root.map(|root| Verdict { root, took: Duration(40) }) }
}

#[tokio::test(start_paused = true)]
async fn a_verification_tells_how_far_it_is_four_times_a_second_and_ends_with_the_root() {
    let client = Client::of(3);
    let mut news = client.watch(VERIFY, json!({}));
    assert_eq!(next(&mut news).await["verified"], Value::Null);
    let begun = Instant::now();
    for checked in 1..=5 {
        client.backend.verified(verification(checked * 100, None));
        assert_eq!(next(&mut news).await["checked"], checked * 100);
    }
    assert!(begun.elapsed() >= Wait::from_millis(1_250), "{:?}", begun.elapsed());
    client.backend.verified(verification(900, Some(Ok([7; 32]))));
    let proved = next(&mut news).await;
    assert_eq!((&proved["verified"], &proved["checked"], &proved["took"]), (&json!(true), &json!(900), &json!(40)));
    assert_eq!((text(&proved["root"]), &proved["problem"]), ("07".repeat(32), &Value::Null));
    assert!(news.next().await.is_none(), "it ends with the verdict");
}

#[tokio::test(start_paused = true)]
async fn a_damaged_log_is_told_with_the_place() {
    let client = Client::of(3);
    let damage = Damage { place: "record 17".into(), why: "its checksum is another".into() };
    client.backend.verified(verification(0, Some(Err(damage))));
    let told = next(&mut client.watch(VERIFY, json!({}))).await;
    assert_eq!((&told["verified"], &told["root"]), (&json!(false), &Value::Null));
    assert_eq!(told["problem"], json!({"place": "record 17", "what": "its checksum is another"}));
}
