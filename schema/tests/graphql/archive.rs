//! Jobs that left the live state are looked at as any other.

use crate::client::{Client, text};
use jobs::archive::MOST_ENDED;
use jobs::time::Duration;
use serde_json::{Value, json};

/// Jobs that are through, the oldest first; more than stay in the live state.
async fn through(client: &Client, count: usize) -> Vec<String> {
    let mut ids = Vec::new();
    for _ in 0..count {
        client.backend.advance(Duration::seconds(1));
        ids.push(client.job(json!({"targets": "web-0000[1-3]"})).await);
        client.backend.finish_all();
        client.backend.advance(Duration::minutes(10));
        client.backend.finish_all();
    }
    ids
}

fn ids(connection: &Value) -> Vec<String> {
    connection["nodes"].as_array().expect("nodes").iter().map(|node| text(&node["id"])).collect()
}

#[tokio::test]
async fn lists_go_on_into_the_archive() {
    let client = Client::of(5);
    let all: Vec<String> = through(&client, MOST_ENDED + 7).await.into_iter().rev().collect();
    const LIST: &str = "query($after: String, $filter: JobFilter) { jobs(first: 10, after: $after, filter: $filter) {
        nodes { id status outcome counts { succeeded } plan { hostNames } } totalCount pageInfo { hasNextPage endCursor } } }";
    let (mut found, mut after) = (Vec::new(), Value::Null);
    loop {
        let page = client.ask(LIST, json!({ "after": after })).await["jobs"].clone();
        assert_eq!(page["totalCount"], MOST_ENDED + 7);
        for node in page["nodes"].as_array().expect("nodes") {
            assert_eq!((&node["outcome"], &node["counts"]["succeeded"]), (&json!("SUCCEEDED"), &json!(3)));
            assert_eq!(node["plan"]["hostNames"].as_array().map(Vec::len), Some(3), "{node}");
        }
        found.extend(ids(&page));
        if page["pageInfo"]["hasNextPage"] == false {
            break;
        }
        after = page["pageInfo"]["endCursor"].clone();
    }
    assert_eq!(found, all);

    let running = client.ask(LIST, json!({"filter": {"status": ["RUNNING"]}})).await;
    assert_eq!((&running["jobs"]["nodes"], &running["jobs"]["totalCount"]), (&json!([]), &json!(0)));
    let succeeded = client.ask(LIST, json!({"filter": {"outcome": ["SUCCEEDED"]}})).await;
    assert_eq!(succeeded["jobs"]["totalCount"], Value::Null, "only reading the archive could tell");
    let oldest = all.last().expect("a job").as_str();
    let ulid =
        text(&client.ask("query($id: ID!) { job(id: $id) { ulid } }", json!({ "id": oldest })).await["job"]["ulid"]);
    let one = client.ask(LIST, json!({"filter": {"search": ulid}})).await;
    assert_eq!(ids(&one["jobs"]), [oldest]);
}

#[tokio::test]
async fn an_archived_job_is_whole() {
    let client = Client::of(5);
    let oldest = through(&client, MOST_ENDED + 1).await.remove(0);
    const JOB: &str = "query($id: ID!) { job(id: $id) { status outcome finishedAt
        plan { hash hosts review batches { firstHosts } } batches { number status }
        hostRuns(first: 2) { nodes { id host status labels { name } job { id } } totalCount }
        hostRun(host: \"web-00002\") { outcome steps { step result } why attempts { status } }
        grid { cells } actions { action allowed reason } failureClusters { count } events(first: 3) { nodes { kind } } } }";
    let job = client.ask(JOB, json!({ "id": oldest })).await["job"].clone();
    assert_eq!((&job["status"], &job["outcome"]), (&json!("FINISHED"), &json!("SUCCEEDED")));
    assert_eq!(job["hostRuns"]["totalCount"], 3);
    assert_eq!(job["hostRuns"]["nodes"][0]["job"]["id"], oldest.as_str());
    assert_eq!(job["hostRun"]["outcome"], "SUCCEEDED");
    assert_eq!(job["hostRun"]["why"], json!(["all steps are through"]));
    assert_eq!(job["hostRun"]["attempts"].as_array().map(Vec::len), Some(3));
    assert!(job["actions"].as_array().expect("actions").iter().all(|action| action["allowed"] == false));
    assert!(!text(&job["grid"]["cells"]).is_empty() && !text(&job["plan"]["review"]).is_empty());

    const RETRY: &str = "mutation($job: ID!) { retryHosts(input: {job: $job, which: {notStarted: true}}) {
        userErrors { code hint } } }";
    let refused = client.ask(RETRY, json!({ "job": oldest })).await["retryHosts"]["userErrors"][0].clone();
    assert!(text(&refused["hint"]).contains("archive"), "{refused}");
}

#[tokio::test]
async fn a_host_remembers_what_archived_jobs_did_to_it() {
    let client = Client::of(5);
    let all: Vec<String> = through(&client, MOST_ENDED + 4).await.into_iter().rev().collect();
    const HOST: &str = "query($after: String) { host(name: \"web-00003\") { runs(first: 9, after: $after) {
        nodes { host outcome labels { value } job { id outcome } } pageInfo { hasNextPage endCursor } } } }";
    let (mut found, mut after) = (Vec::new(), Value::Null);
    loop {
        let runs = client.ask(HOST, json!({ "after": after })).await["host"]["runs"].clone();
        for run in runs["nodes"].as_array().expect("nodes") {
            assert_eq!((&run["host"], &run["outcome"]), (&json!("web-00003"), &json!("SUCCEEDED")));
            assert!(run["labels"].as_array().is_some_and(|labels| !labels.is_empty()), "{run}");
            found.push(text(&run["job"]["id"]));
        }
        if runs["pageInfo"]["hasNextPage"] == false {
            break;
        }
        after = runs["pageInfo"]["endCursor"].clone();
    }
    assert_eq!(found, all);
}

#[tokio::test]
async fn the_record_of_an_archived_job_is_told_with_names_and_without_opening_it() {
    let client = Client::of(5);
    let oldest = through(&client, MOST_ENDED + 1).await.remove(0);
    const EVENTS: &str = "query($job: ID!) { events(first: 200, filter: {job: $job}) {
        nodes { kind text sentence { text } host step batch template } } }";
    let opened = client.backend.opened();
    let events = client.ask(EVENTS, json!({ "job": oldest })).await["events"]["nodes"].clone();
    let events = events.as_array().expect("nodes");
    let told = |kind: &str| events.iter().find(|event| event["kind"] == kind).expect("it happened").clone();
    let (began, through) = (told("AttemptStarted"), told("HostRunFinished"));
    let host = text(&began["host"]);
    assert!(host.starts_with("web-0000"), "{began}");
    assert_eq!((&began["step"], &began["text"]), (&json!("check"), &json!(format!("{host}: check began"))));
    assert_eq!(began["sentence"]["text"], began["text"]);
    assert_eq!(through["text"], format!("{} ended: succeeded", text(&through["host"])));
    assert_eq!(told("JobCreated")["template"], "patch");
    assert_eq!((&told("BatchOpened")["batch"], &told("BatchOpened")["text"]), (&json!(1), &json!("batch 1 opened")));

    let (whole, names) = client.backend.opened();
    assert_eq!(whole, opened.0, "it was not opened for its record");
    let named = events.iter().filter(|event| !event["host"].is_null()).count() as u64;
    let stepped = events.iter().filter(|event| !event["step"].is_null()).count() as u64;
    // Text, sentence and host of each event that is about a host, and the step where there is one.
    assert_eq!(names - opened.1, 3 * named + stepped, "names are looked up for what tells them and for nothing else");
}
