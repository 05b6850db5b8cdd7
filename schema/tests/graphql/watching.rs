//! Subscriptions: snapshots, coalesced deltas, resuming; however much happens, little is sent.

use crate::client::{Client, text};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures_util::{FutureExt, Stream, StreamExt};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};

const GRID: &str = "subscription($job: ID!, $after: Long) { jobGrid(job: $job, afterPosition: $after) { __typename
    ... on Grid { position hosts palette { status outcome step outOfService outOfReach } cellBytes cells }
    ... on GridDelta { position after hosts palette { status outcome step outOfService outOfReach } cellBytes changes } } }";

async fn next(stream: &mut (impl Stream<Item = Value> + Unpin), field: &str) -> Value {
    let message = timeout(Duration::from_secs(30), stream.next()).await.expect("a message in time");
    message.expect("not ended")[field].clone()
}

async fn is_quiet(stream: &mut (impl Stream<Item = Value> + Unpin)) -> bool {
    timeout(Duration::from_secs(20), stream.next()).await.is_err()
}

/// Cells by host, as a client keeps them.
#[derive(Debug, Default, PartialEq)]
struct Cells(BTreeMap<u32, Value>);

impl Cells {
    fn take(&mut self, message: &Value) {
        let palette = message["palette"].as_array().expect("a palette");
        let width = message["cellBytes"].as_u64().expect("a width") as usize;
        let place = |bytes: &[u8]| bytes.iter().rev().fold(0, |place, byte| place * 256 + usize::from(*byte));
        match text(&message["__typename"]).as_str() {
            "Grid" => {
                let bytes = STANDARD.decode(text(&message["cells"])).expect("base 64");
                let cells = bytes.chunks(width).map(|cell| palette[place(cell)].clone());
                self.0 = (0..).zip(cells).collect();
            }
            "GridDelta" => {
                let bytes = STANDARD.decode(text(&message["changes"])).expect("base 64");
                for change in bytes.chunks(4 + width) {
                    self.0.insert(place(&change[..4]) as u32, palette[place(&change[4..])].clone());
                }
            }
            other => panic!("no such message: {other}"),
        }
    }
}

/// The grid as a fresh query shows it.
async fn fresh(client: &Client, job: &str) -> Cells {
    let query = "query($id: ID!) { job(id: $id) { grid { __typename hosts palette { status outcome step outOfService
        outOfReach } cellBytes cells } } }";
    let mut cells = Cells::default();
    cells.take(&client.ask(query, json!({ "id": job })).await["job"]["grid"]);
    cells
}

#[tokio::test(start_paused = true)]
async fn a_grid_is_a_snapshot_and_then_what_changed() {
    let client = Client::of(500);
    let job = client.job(json!({})).await;
    let mut grid = client.watch(GRID, json!({ "job": job }));
    let snapshot = next(&mut grid, "jobGrid").await;
    assert_eq!((&snapshot["__typename"], &snapshot["hosts"]), (&json!("Grid"), &json!(500)));
    let mut cells = Cells::default();
    cells.take(&snapshot);
    assert_eq!(cells, fresh(&client, &job).await);

    let begun = Instant::now();
    let mut deltas = 0;
    while !client.backend.in_force().is_empty() {
        client.backend.in_force().into_iter().for_each(|effect| client.backend.exit(effect, 0, ""));
        sleep(Duration::from_millis(20)).await;
        if let Some(message) = grid.next().now_or_never().flatten() {
            assert_eq!(message["jobGrid"]["__typename"], "GridDelta");
            cells.take(&message["jobGrid"]);
            deltas += 1;
        }
    }
    assert!(deltas <= begun.elapsed().as_millis() / 250 + 1, "{deltas} in {:?}", begun.elapsed());
    while cells.0[&499]["status"] != "FINISHED" {
        cells.take(&next(&mut grid, "jobGrid").await);
    }
    assert_eq!(cells, fresh(&client, &job).await, "nothing was missed");
    let one = &cells.0[&499];
    assert_eq!((&one["status"], &one["outcome"]), (&json!("FINISHED"), &json!("SUCCEEDED")));
}

#[tokio::test(start_paused = true)]
async fn whoever_was_away_resumes_with_what_changed_since() {
    let client = Client::of(1_000);
    let job = client.job(json!({})).await;
    let mut cells = Cells::default();
    let mut first = client.watch(GRID, json!({ "job": job }));
    let snapshot = next(&mut first, "jobGrid").await;
    cells.take(&snapshot);
    drop(first);

    let effects = client.backend.in_force();
    client.backend.exit(effects[0], 0, "");
    client.backend.exit(effects[3], 7, "broken");
    sleep(Duration::from_secs(1)).await;
    let mut second = client.watch(GRID, json!({"job": job, "after": snapshot["position"]}));
    let delta = next(&mut second, "jobGrid").await;
    assert_eq!((&delta["__typename"], &delta["hosts"]), (&json!("GridDelta"), &json!(2)));
    cells.take(&delta);
    assert_eq!(cells, fresh(&client, &job).await);

    for unknown in [0, 9_999_999] {
        let mut stranger = client.watch(GRID, json!({"job": job, "after": unknown}));
        assert_eq!(
            next(&mut stranger, "jobGrid").await["__typename"],
            "Grid",
            "what changed since {unknown} is not known"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn progress_comes_at_most_four_times_a_second_and_only_when_something_changed() {
    let client = Client::of(400);
    let job = client.job(json!({})).await;
    let document =
        "subscription($job: ID!) { jobProgress(job: $job) { status counts { settled } batches { status } } }";
    let mut progress = client.watch(document, json!({ "job": job }));
    assert_eq!(next(&mut progress, "jobProgress").await["counts"]["settled"], 0);
    assert!(is_quiet(&mut progress).await);

    client.backend.must(jobs::command::Body::CreateToken {
        token: jobs::ids::TokenId(schema::Backend::fresh_id(&*client.backend)),
        name: "unrelated".into(),
        hash: "00".into(),
    });
    assert!(is_quiet(&mut progress).await, "another stream's events are no progress of this job");

    let looks = client.backend.looks();
    client.backend.finish_all();
    let last = next(&mut progress, "jobProgress").await;
    assert_eq!((&last["status"], &last["counts"]["settled"]), (&json!("FINISHED"), &json!(400)));
    assert!(is_quiet(&mut progress).await, "nothing moves any more");
    assert!(client.backend.looks() - looks <= 3, "1,600 commands were one look");
}

#[tokio::test(start_paused = true)]
async fn a_thousand_watchers_of_a_job_look_at_the_state_as_often_as_one() {
    let client = Client::of(300);
    let job = client.job(json!({})).await;
    let mut watchers: Vec<_> = (0..1_000).map(|_| client.watch(GRID, json!({ "job": job }))).collect();
    for watcher in &mut watchers {
        next(watcher, "jobGrid").await;
    }
    let before = client.backend.looks();
    let effect = client.backend.in_force()[0];
    client.backend.exit(effect, 0, "");
    for watcher in &mut watchers {
        assert_eq!(next(watcher, "jobGrid").await["hosts"], 1);
    }
    assert!(client.backend.looks() - before <= 2, "{} looks", client.backend.looks() - before);
}

#[tokio::test(start_paused = true)]
async fn events_go_on_from_a_position_without_a_gap() {
    let client = Client::of(300);
    let job = client.job(json!({})).await;
    client.backend.finish_all();
    let document = "subscription($after: Long, $filter: EventFilterInput) {
        events(afterPosition: $after, filter: $filter) { position events { position kind } } }";
    let mut events = client.watch(document, json!({"after": 5}));
    let last =
        client.ask("{ server { position } }", json!({})).await["server"]["position"].as_u64().expect("a position");
    let mut seen = 5;
    while seen < last {
        let page = next(&mut events, "events").await;
        let page_events = page["events"].as_array().expect("events");
        assert!(page_events.len() <= 200);
        for event in page_events {
            assert_eq!(event["position"], seen + 1);
            seen += 1;
        }
        assert_eq!(page["position"], seen);
    }
    assert!(is_quiet(&mut events).await);
    client.job(json!({"start": false})).await;
    assert_eq!(next(&mut events, "events").await["events"][0]["kind"], "JobCreated");

    let filter = json!({"stream": job.replace("job:", "job/"), "kinds": ["JobFinished"]});
    let mut ends = client.watch(document, json!({"after": 0, "filter": filter}));
    assert_eq!(next(&mut ends, "events").await["events"].as_array().map(Vec::len), Some(1));
    assert!(is_quiet(&mut ends).await);
}

#[tokio::test(start_paused = true)]
async fn a_position_older_than_what_is_kept_is_an_error_with_a_code() {
    let client = Client::of(10);
    client.job(json!({})).await;
    client.backend.forget(8);
    let document = "subscription { events(afterPosition: 3) { position } }";
    let mut events = client.schema.execute_stream(client.request(document, json!({}))).boxed();
    let response = serde_json::to_value(events.next().await.expect("a response")).expect("JSON");
    assert_eq!(response["errors"][0]["extensions"], json!({"code": "CURSOR_GONE", "oldest": 9}));
}

#[tokio::test(start_paused = true)]
async fn output_is_followed_to_its_end() {
    let client = Client::of(3);
    let job = client.job(json!({})).await;
    let effect = client.backend.in_force()[0];
    let host =
        client.ask("query($id: ID!) { job(id: $id) { hostRunAt(index: 0) { host } } }", json!({ "id": job })).await;
    let document = "subscription($job: ID!, $host: String!) {
        output(job: $job, host: $host, step: \"check\", stream: OUT) { text offset next complete } }";
    let mut output = client.watch(document, json!({"job": job, "host": host["job"]["hostRunAt"]["host"]}));
    client.backend.write(effect, schema::OutputStream::Out, b"one\n\xe4\xb8", false);
    let part = next(&mut output, "output").await;
    assert_eq!((&part["text"], &part["next"]), (&json!("one\n"), &json!(4)), "half a character waits for its rest");
    client.backend.write(effect, schema::OutputStream::Out, b"\xad two\n", true);
    let part = next(&mut output, "output").await;
    assert_eq!((&part["text"], &part["offset"]), (&json!("中 two\n"), &json!(4)));
    assert!(output.next().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_job_that_has_ended_is_watched_on_until_it_is_archived() {
    let client = Client::of(5);
    let job = client.job(json!({})).await;
    let document = "subscription($job: ID!) { jobProgress(job: $job) { status archived failureClusterCount } }";
    let mut progress = client.watch(document, json!({ "job": job }));
    client.backend.in_force().into_iter().for_each(|effect| client.backend.exit(effect, 7, "broken"));
    let cancel = "mutation($job: ID!) { cancelJob(input: {job: $job}) { userErrors { message } } }";
    client.ask(cancel, json!({ "job": job })).await;
    client.backend.finish_all();
    let mut last = next(&mut progress, "jobProgress").await;
    while last["status"] != "FINISHED" {
        last = next(&mut progress, "jobProgress").await;
    }
    assert_eq!(last, json!({"status": "FINISHED", "archived": false, "failureClusterCount": 1}));
    assert!(is_quiet(&mut progress).await, "it may be retried");
    for _ in 0..=jobs::archive::MOST_ENDED {
        client.job(json!({"targets": "name=nobody"})).await;
    }
    assert_eq!(next(&mut progress, "jobProgress").await["archived"], true);
    assert!(
        timeout(Duration::from_secs(20), progress.next()).await.expect("an end").is_none(),
        "nothing changes any more"
    );
}

#[tokio::test(start_paused = true)]
async fn the_overview_follows_everything() {
    let client = Client::of(10);
    let mut overview = client.watch(
        "subscription { overview { position running planned needingCount underWayCount ended { outcome } } }",
        json!({}),
    );
    assert_eq!(next(&mut overview, "overview").await["running"], 0);
    assert!(is_quiet(&mut overview).await);
    client.job(json!({})).await;
    let running = next(&mut overview, "overview").await;
    assert_eq!(
        (&running["running"], &running["underWayCount"], &running["needingCount"]),
        (&json!(1), &json!(1), &json!(0))
    );
    client.backend.finish_all();
    sleep(Duration::from_millis(300)).await;
    let before = client.backend.looks();
    let mut others: Vec<_> =
        (0..50).map(|_| client.watch("subscription { overview { running } }", json!({}))).collect();
    for other in &mut others {
        assert_eq!(next(other, "overview").await["running"], 0);
    }
    assert_eq!(client.backend.looks() - before, 1, "all of them share one look");
    let last = next(&mut overview, "overview").await;
    assert_eq!((&last["running"], &last["ended"][0]["outcome"]), (&json!(0), &json!("SUCCEEDED")));
}

#[tokio::test]
async fn a_grid_of_ten_thousand_hosts_fits_into_twenty_kilobytes() {
    let client = Client::of(10_000);
    let job = client.job(json!({})).await;
    for round in 0..3 {
        for (nth, effect) in client.backend.in_force().into_iter().enumerate() {
            client.backend.exit(effect, i32::from((nth + round) % 97 == 0), "broken");
        }
    }
    let query = "query($id: ID!) { job(id: $id) { grid { position hosts palette { status outcome step outOfService
        outOfReach } cellBytes cells } } }";
    let response = client.respond(query, json!({ "id": job })).await;
    let bytes = serde_json::to_vec(&response).expect("JSON").len();
    assert!(bytes <= 20_000, "{bytes} bytes");
}

#[tokio::test]
async fn a_job_that_is_not_there_is_an_error_with_a_code() {
    let client = Client::of(1);
    let document = "subscription { jobProgress(job: \"01AAAAAAAAAAAAAAAAAAAAAAAA\") { id } }";
    let first = client.schema.execute_stream(client.request(document, json!({}))).next().await.expect("an answer");
    let errors = serde_json::to_value(first).expect("JSON")["errors"].clone();
    assert_eq!(errors[0]["extensions"]["code"], "NOT_FOUND");
    let job = client.ask("{ job(id: \"01AAAAAAAAAAAAAAAAAAAAAAAA\") { id } }", json!({})).await;
    assert_eq!(job["job"], Value::Null);
}
