//! Hosts: which of them are meant, what jobs make of each, and everything that is recorded about one.

use crate::client::{Client, text};
use jobs::archive::MOST_ENDED;
use jobs::time::Duration;
use serde_json::{Value, json};

fn names(hosts: &Value) -> Vec<String> {
    hosts["nodes"].as_array().expect("nodes").iter().map(|node| text(&node["name"])).collect()
}

async fn found(client: &Client, filter: Value) -> Vec<String> {
    let document = "query($filter: HostFilter) { hosts(first: 200, filter: $filter) { totalCount nodes { name } } }";
    let hosts = client.ask(document, json!({ "filter": filter })).await["hosts"].clone();
    assert_eq!(hosts["totalCount"], names(&hosts).len());
    names(&hosts)
}

/// Ends the attempts in force of the hosts that are meant; the others wait.
fn end(client: &Client, is_meant: impl Fn(u32) -> bool, code: i32) {
    let meant = client.backend.in_force().into_iter().filter(|effect| is_meant(effect.attempt.host.0));
    meant.for_each(|effect| client.backend.exit(effect, code, if code == 0 { "" } else { "E: broken" }));
}

async fn first_host(client: &Client, job: &str) -> String {
    let document = "query($id: ID!) { job(id: $id) { hostRunAt(index: 0) { host } } }";
    text(&client.ask(document, json!({ "id": job })).await["job"]["hostRunAt"]["host"])
}

#[tokio::test]
async fn a_selector_that_cannot_be_read_is_told_with_its_place() {
    let client = Client::of(3);
    let document = "{ hosts(selector: \"role=\") { totalCount nodes { name } problem { offset message hint } }
        labels(selector: \"role=\") { hosts labels { name } problem { offset } } }";
    let answer = client.ask(document, json!({})).await;
    let hosts = &answer["hosts"];
    assert_eq!((&hosts["totalCount"], &hosts["nodes"]), (&json!(0), &json!([])));
    assert_eq!(hosts["problem"]["offset"], 5);
    assert_ne!(text(&hosts["problem"]["hint"]), "");
    assert_eq!(answer["labels"], json!({"hosts": 0, "labels": [], "problem": {"offset": 5}}));
    let good = client.ask("{ hosts(selector: \" \") { totalCount problem { offset } } }", json!({})).await;
    assert_eq!(good["hosts"], json!({"totalCount": 3, "problem": null}), "nothing typed yet chooses everybody");
}

#[tokio::test]
async fn labels_are_counted_over_the_hosts_that_are_meant() {
    let client = Client::of(30);
    let document = "query($selector: String, $search: String, $filter: HostFilter, $name: String, $text: String) {
        labels(selector: $selector, search: $search, filter: $filter, name: $name, text: $text) {
            hosts names groupNames labels { name hosts distinct values { value hosts } } groups { value hosts } } }";
    let all = client.ask(document, json!({})).await["labels"].clone();
    assert_eq!((&all["hosts"], &all["names"], &all["groupNames"]), (&json!(30), &json!(3), &json!(1)));
    assert_eq!(all["groups"], json!([{"value": "web", "hosts": 30}]));
    let values = json!([{"value": "bj", "hosts": 10}, {"value": "fra", "hosts": 10}, {"value": "sh", "hosts": 10}]);
    assert_eq!(all["labels"][0], json!({"name": "dc", "hosts": 30, "distinct": 3, "values": values}));

    let some = json!({"selector": "dc=sh", "search": "WEB-0000", "name": "os", "text": "DEB"});
    let some = client.ask(document, some).await["labels"].clone();
    let debian = json!([{"value": "debian-12", "hosts": 1}]);
    assert_eq!(some["hosts"], 3);
    assert_eq!(some["labels"], json!([{"name": "os", "hosts": 3, "distinct": 1, "values": debian}]));
    assert_eq!(some["groups"], json!([]), "no group has the text");
    let nobody = client.ask(document, json!({"filter": {"outOfService": true}})).await["labels"].clone();
    assert_eq!((&nobody["hosts"], &nobody["labels"]), (&json!(0), &json!([])));
}

#[tokio::test]
async fn hosts_are_found_by_what_jobs_make_of_them() {
    let client = Client::of(200);
    let job = client.job(json!({})).await;
    end(&client, |_| true, 0);
    assert_eq!(found(&client, json!({"leased": true})).await.len(), 2, "the canary is in flight");
    assert_eq!(found(&client, json!({"outOfService": true})).await.len(), 2, "installing takes it out of service");
    assert_eq!(found(&client, json!({"needsAPerson": true})).await.len(), 0, "nobody has to do anything yet");
    end(&client, |host| host == 0, 9);
    end(&client, |_| true, 0);
    end(&client, |_| true, 0);

    let failed = first_host(&client, &job).await;
    for filter in [
        json!({"outOfService": true}),
        json!({"needsAPerson": true}),
        json!({"leased": true}),
        json!({"lastOutcome": ["STEP_FAILED", "LOST"]}),
        json!({"outOfService": true, "lastOutcome": ["STEP_FAILED"]}),
    ] {
        assert_eq!(found(&client, filter.clone()).await, [failed.as_str()], "{filter}");
    }
    assert_eq!(found(&client, json!({"outOfService": false})).await.len(), 199);
    assert_eq!(found(&client, json!({"outOfService": true, "lastOutcome": ["SUCCEEDED"]})).await.len(), 0);
    assert_eq!(found(&client, json!({"lastOutcome": ["SUCCEEDED"]})).await.len(), 1, "others have not begun");
}

#[tokio::test]
async fn a_host_says_since_when_and_because_of_what_it_serves_nobody() {
    let client = Client::of(20);
    let job = client.job(json!({})).await;
    let failed = first_host(&client, &job).await;
    const HOST: &str = "query($name: String!) { host(name: $name) { leasedTo { id } waitingJobs { id } needsAPerson
        outOfService outOfServiceBecauseOf { id } outOfServiceSince
        currentRun { status step outOfServiceSince } lastRun { outcome error job { id } } } }";
    let before = client.ask(HOST, json!({ "name": failed })).await["host"].clone();
    assert_eq!((&before["outOfService"], &before["outOfServiceSince"]), (&json!(false), &Value::Null));
    assert_eq!((&before["currentRun"]["step"], &before["leasedTo"]["id"]), (&json!("check"), &json!(job)));

    client.backend.advance(Duration::seconds(30));
    end(&client, |_| true, 0);
    client.backend.advance(Duration::seconds(30));
    end(&client, |host| host == 0, 9);
    let second = client.job(json!({ "targets": failed })).await;
    let host = client.ask(HOST, json!({ "name": failed })).await["host"].clone();
    assert_eq!(host["outOfServiceBecauseOf"]["id"], job);
    assert_eq!(host["outOfServiceSince"], "2026-01-01T00:00:30.000Z", "since its install began");
    assert_eq!(host["currentRun"]["outOfServiceSince"], host["outOfServiceSince"]);
    assert_eq!((&host["needsAPerson"], &host["waitingJobs"]), (&json!(true), &json!([{ "id": second }])));
    let last = json!({"outcome": "STEP_FAILED", "error": "E: broken", "job": {"id": job}});
    assert_eq!(host["lastRun"], last, "the job that waits for it has done nothing to it");

    let accept = "mutation($job: ID!, $hosts: [String!]) { acceptHosts(input: {job: $job, which: {hosts: $hosts}, reason: \"mine\"}) {
        userErrors { message } } }";
    let accepted = client.ask(accept, json!({"job": job, "hosts": [failed]})).await;
    assert_eq!(accepted["acceptHosts"]["userErrors"], json!([]));
    let host = client.ask(HOST, json!({ "name": failed })).await["host"].clone();
    assert_eq!((&host["outOfService"], &host["outOfServiceBecauseOf"]), (&json!(false), &Value::Null));
    assert_eq!((&host["leasedTo"]["id"], &host["waitingJobs"]), (&json!(second), &json!([])));
}

#[tokio::test]
async fn hosts_of_a_page_are_looked_up_together() {
    let client = Client::of(200);
    client.job(json!({})).await;
    client.backend.finish_all();
    let before = client.backend.looks();
    let document = "{ hosts(first: 100) { nodes { name leasedTo { ulid } outOfService outOfServiceSince needsAPerson
        waitingJobs { ulid } lastRun { outcome } } } }";
    let hosts = client.ask(document, json!({})).await["hosts"].clone();
    assert!(hosts["nodes"].as_array().expect("nodes").iter().all(|host| host["lastRun"]["outcome"] == "SUCCEEDED"));
    assert!(client.backend.looks() - before <= 5, "{} looks", client.backend.looks() - before);
}

/// One job after the other over the same three hosts; more of them than stay in the live state.
async fn archived(client: &Client, jobs: usize) {
    for _ in 0..jobs {
        client.backend.advance(Duration::seconds(1));
        client.job(json!({"targets": "web-0000[1-3]"})).await;
        client.backend.finish_all();
        client.backend.advance(Duration::minutes(10));
        client.backend.finish_all();
    }
}

async fn record(client: &Client, host: &str, first: u32) -> (Vec<u64>, Vec<String>) {
    let document = "query($name: String!, $first: Int, $after: String) { host(name: $name) { events(first: $first, after: $after) {
        nodes { position kind host } continueAfter pageInfo { hasNextPage } } } }";
    let (mut positions, mut kinds, mut after) = (Vec::new(), Vec::new(), Value::Null);
    loop {
        let variables = json!({"name": host, "first": first, "after": after});
        let page = client.ask(document, variables).await["host"]["events"].clone();
        let nodes = page["nodes"].as_array().expect("nodes");
        assert!(nodes.len() <= first as usize);
        positions.extend(nodes.iter().filter_map(|node| node["position"].as_u64()));
        kinds.extend(nodes.iter().map(|node| text(&node["kind"])));
        if page["pageInfo"]["hasNextPage"] == false {
            return (positions, kinds);
        }
        after = page["continueAfter"].clone();
    }
}

#[tokio::test]
async fn the_record_of_a_host_is_what_a_walk_through_the_whole_log_finds() {
    let client = Client::of(5);
    archived(&client, MOST_ENDED + 5).await;
    let walk = "query($after: String, $host: String) { events(first: 200, after: $after, newestFirst: true, filter: {host: $host}) {
        nodes { position } continueAfter pageInfo { hasNextPage } } }";
    let (mut expected, mut after) = (Vec::new(), Value::Null);
    // The log in memory finds hosts in jobs of the live state only: those come first.
    loop {
        let page = client.ask(walk, json!({"host": "web-00002", "after": after})).await["events"].clone();
        let positions = page["nodes"].as_array().expect("nodes").iter().filter_map(|node| node["position"].as_u64());
        expected.extend(positions);
        after = page["continueAfter"].clone();
        if page["pageInfo"]["hasNextPage"] == false {
            break;
        }
    }
    let inventory = expected.pop().expect("the inventory put it there");
    let (logs, _) = client.backend.reads();
    for first in [7, 200] {
        let (positions, kinds) = record(&client, "web-00002", first).await;
        assert!(positions.windows(2).all(|pair| pair[0] > pair[1]), "newest first, none twice");
        assert_eq!(positions[..expected.len()], expected[..]);
        assert_eq!(positions.last(), Some(&inventory));
        assert_eq!(
            kinds.iter().filter(|kind| *kind == "HostAdmitted").count(),
            MOST_ENDED + 5,
            "those of the archive, too"
        );
    }
    assert_eq!(client.backend.reads().0, logs, "the whole log was not read for it");
    let (positions, kinds) = record(&client, "web-00005", 50).await;
    assert_eq!((positions, kinds), (vec![inventory], vec!["InventoryChanged".to_owned()]), "no job had it");
}

#[tokio::test]
async fn the_record_of_a_host_of_many_jobs_with_little_to_say_comes_to_an_end() {
    let client = Client::of(2);
    for _ in 0..60 {
        // The first has the host for good: each of the others says once that it waits for it.
        client.job(json!({"targets": "web-00002"})).await;
    }
    let (positions, kinds) = record(&client, "web-00002", 200).await;
    assert!(positions.windows(2).all(|pair| pair[0] > pair[1]), "newest first, none twice");
    let told = |kind: &str| kinds.iter().filter(|told| *told == kind).count();
    assert_eq!((told("HostDeferred"), told("HostAdmitted"), told("InventoryChanged")), (59, 1, 1));
    assert_eq!(record(&client, "web-00002", 7).await, (positions, kinds));
}

#[tokio::test]
async fn the_record_of_a_host_that_a_long_job_hardly_mentions_is_found_page_by_page() {
    let client = Client::of(400);
    let job = client.job(json!({})).await;
    let first = first_host(&client, &job).await;
    client.backend.finish_all();
    let (positions, kinds) = record(&client, &first, 3).await;
    assert!(positions.windows(2).all(|pair| pair[0] > pair[1]), "newest first, none twice");
    let ends: (Option<&str>, Option<&str>) = (kinds.first().map(|it| &**it), kinds.last().map(|it| &**it));
    assert_eq!(ends, (Some("HostRunFinished"), Some("InventoryChanged")));
    assert_eq!(kinds.iter().filter(|kind| *kind == "AttemptFinished").count(), 3);
}
