//! Lists: pages, filters, cursors.

use crate::client::{Client, text};
use serde_json::{Value, json};

/// Reads a list to its end, page by page, and returns the names of what it lists.
async fn all(client: &Client, document: &str, path: [&str; 2], first: u32, mut variables: Value) -> Vec<String> {
    let mut names = Vec::new();
    loop {
        variables["first"] = json!(first);
        let answer = client.ask(document, variables.clone()).await;
        let page = if path[0].is_empty() { &answer[path[1]] } else { &answer[path[0]][path[1]] };
        let nodes = page["nodes"].as_array().expect("nodes");
        assert!(nodes.len() <= first as usize);
        names.extend(nodes.iter().map(|node| text(&node["name"])));
        if page["pageInfo"]["hasNextPage"] == false {
            return names;
        }
        assert!(!nodes.is_empty(), "a page with a next one is not empty");
        variables["after"] = page["pageInfo"]["endCursor"].clone();
    }
}

const HOSTS: &str = "query($first: Int, $after: String, $selector: String, $search: String) {
    hosts(first: $first, after: $after, selector: $selector, search: $search) {
        totalCount nodes { id name source groups labels { name value } } pageInfo { hasNextPage endCursor } } }";

#[tokio::test]
async fn hosts_are_listed_by_name_all_or_chosen_ones() {
    let client = Client::of(95);
    for (variables, expected) in [
        (json!({}), 95),
        (json!({"selector": "dc=sh and os=rocky-9"}), 16),
        (json!({"search": "0009"}), 7),
        (json!({"selector": "dc=sh", "search": "0009"}), 3),
        (json!({"selector": "role=db"}), 0),
    ] {
        let names = all(&client, HOSTS, ["", "hosts"], 10, variables.clone()).await;
        assert_eq!(names.len(), expected, "{variables}");
        assert!(names.windows(2).all(|pair| pair[0] < pair[1]), "in order, none twice");
        let total = client.ask(HOSTS, variables).await["hosts"]["totalCount"].clone();
        assert_eq!(total, json!(expected));
    }
}

#[tokio::test]
async fn host_runs_are_listed_in_the_order_of_the_plan() {
    let client = Client::of(1_000);
    let id = client.job(json!({})).await;
    client.backend.in_force().into_iter().take(4).for_each(|effect| client.backend.exit(effect, 0, ""));
    let document = "query($id: ID!, $first: Int, $after: String, $filter: HostRunFilter) { job(id: $id) {
        hostRuns(first: $first, after: $after, filter: $filter) {
            totalCount nodes { name: host status step batch } pageInfo { hasNextPage endCursor } } } }";
    for (filter, expected) in [
        (json!({}), 1_000),
        (json!({"batch": 1}), 10),
        (json!({"batch": 2}), 100),
        (json!({"status": ["RUNNING"]}), 10),
        (json!({"status": ["RUNNING"], "step": "install"}), 4),
        (json!({"outOfService": true}), 4),
        (json!({"search": "0099"}), 11),
        (json!({"outcome": ["LOST"]}), 0),
        (json!({"needsAPerson": true}), 0),
    ] {
        let names = all(&client, document, ["job", "hostRuns"], 33, json!({ "id": id, "filter": filter })).await;
        assert_eq!(names.len(), expected, "{filter}");
    }
    let running = json!({ "id": id, "filter": {"status": ["RUNNING"]} });
    assert_eq!(client.ask(document, running).await["job"]["hostRuns"]["totalCount"], 10);
    let unknown = client.error(document, json!({ "id": id, "filter": {"step": "instal"} })).await;
    let message = "the workflow has no step \"instal\"; its steps are check, install, join";
    assert_eq!(unknown, (message.to_owned(), "BAD_ARGUMENT".to_owned()));
}

#[tokio::test]
async fn jobs_are_listed_newest_first() {
    let client = Client::of(5);
    let mut ids = Vec::new();
    for start in [false, true, false, false, false] {
        ids.push(client.job(json!({ "start": start })).await);
    }
    ids.reverse();
    let document =
        "query($first: Int, $after: String, $filter: JobFilter) { jobs(first: $first, after: $after, filter: $filter) {
        totalCount nodes { name: id } pageInfo { hasNextPage endCursor hasPreviousPage } } }";
    assert_eq!(all(&client, document, ["", "jobs"], 2, json!({})).await, ids);
    for (filter, expected) in [
        (json!({"status": ["PLANNED"]}), 4),
        (json!({"template": "patch"}), 5),
        (json!({"template": "other"}), 0),
        (json!({"search": "ALICE"}), 5),
        (json!({"search": ids[0].trim_start_matches("job:").to_lowercase()}), 1),
        (json!({"outcome": ["SUCCEEDED"]}), 0),
        (json!({"requestedBy": "user:alice"}), 5),
        (json!({"requestedBy": "alice"}), 0),
        (json!({"createdFrom": "2026-01-01T00:00:00Z", "createdTo": "2026-01-01T00:00:01Z"}), 5),
        (json!({"createdFrom": "2026-01-01T00:00:01Z"}), 0),
        (json!({"createdTo": "2026-01-01T00:00:00Z"}), 0),
    ] {
        let found = all(&client, document, ["", "jobs"], 3, json!({ "filter": filter })).await;
        assert_eq!(found.len(), expected, "{filter}");
        let total = client.ask(document, json!({ "filter": filter })).await["jobs"]["totalCount"].clone();
        assert_eq!(total, json!(expected), "{filter}");
    }
    client.backend.finish_all();
    client.backend.advance(jobs::time::Duration::minutes(1));
    let ended = json!({ "filter": {"outcome": ["SUCCEEDED"]} });
    assert_eq!(client.ask(document, ended).await["jobs"]["nodes"], json!([{ "name": ids[3] }]));
    let took = client.ask("{ jobs { nodes { took } } }", json!({})).await["jobs"]["nodes"].clone();
    assert_eq!((&took[3]["took"], &took[0]["took"]), (&json!(0), &Value::Null));
}

#[tokio::test]
async fn a_host_remembers_every_job_that_had_it_newest_first() {
    let client = Client::of(5);
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.push(client.job(json!({})).await);
        client.backend.finish_all();
    }
    ids.push(client.job(json!({"targets": "web-00002", "start": false})).await);
    ids.reverse();
    let document = "query($first: Int, $after: String) { host(name: \"web-00002\") { leasedTo { id } outOfService
        runs(first: $first, after: $after) { nodes { job { name: id } outcome } pageInfo { hasNextPage endCursor } } } }";
    let mut found = Vec::new();
    let mut after = Value::Null;
    loop {
        let runs = client.ask(document, json!({"first": 2, "after": after})).await["host"]["runs"].clone();
        found.extend(runs["nodes"].as_array().expect("nodes").iter().map(|run| text(&run["job"]["name"])));
        after = runs["pageInfo"]["endCursor"].clone();
        if runs["pageInfo"]["hasNextPage"] == false {
            break;
        }
    }
    assert_eq!(found, ids);
}

#[tokio::test]
async fn templates_actions_packs_and_tokens_are_listed() {
    let client = Client::of(1);
    let document = "query($first: Int, $after: String) { actions(first: $first, after: $after) {
        totalCount nodes { id name description parameters output timeout repeat verifiedBy on sudo script builtin }
        pageInfo { hasNextPage endCursor } } }";
    let names = all(&client, document, ["", "actions"], 2, json!({})).await;
    assert_eq!(names, ["demo.check", "demo.install", "demo.join"]);
    let rest = client.ask(
        "{ packs { id name version } templates { totalCount nodes { id name version appliedAt removed source
            versions { version appliedAt appliedBy source position definition { name } } } }
           action(name: \"demo.check\") { script repeat timeout }
           tokens { name } template(name: \"none\") { id } }",
        json!({}),
    );
    let rest = rest.await;
    assert_eq!(rest["packs"], json!([{"id": "pack:demo", "name": "demo", "version": "1.0.0"}]));
    assert_eq!(rest["templates"]["nodes"][0]["versions"][0]["appliedBy"], "user:tester");
    assert_eq!(rest["action"]["script"], "#!/bin/sh\necho demo.check\n");
    assert_eq!((&rest["tokens"], &rest["template"]), (&json!([]), &Value::Null));
}

#[tokio::test]
async fn the_log_is_read_forwards_and_backwards_and_through_filters() {
    let client = Client::of(20);
    client.job(json!({})).await;
    client.backend.finish_all();
    let document = "query($first: Int, $after: String, $filter: EventFilterInput, $back: Boolean) {
        events(first: $first, after: $after, filter: $filter, newestFirst: $back) {
            nodes { position kind stream actor at } continueAfter pageInfo { hasNextPage } } }";
    let read = async |filter: Value, back: bool| {
        let (mut positions, mut after) = (Vec::new(), Value::Null);
        loop {
            let variables = json!({"first": 7, "after": after, "filter": filter, "back": back});
            let page = client.ask(document, variables).await["events"].clone();
            positions.extend(page["nodes"].as_array().expect("nodes").iter().filter_map(|it| it["position"].as_u64()));
            after = page["continueAfter"].clone();
            if page["pageInfo"]["hasNextPage"] == false {
                return positions;
            }
        }
    };
    let forwards = read(Value::Null, false).await;
    let mut backwards = read(Value::Null, true).await;
    assert_eq!(forwards, (1..=forwards.len() as u64).collect::<Vec<_>>(), "no gap, none twice");
    backwards.reverse();
    assert_eq!(forwards, backwards);
    assert_eq!(read(json!({"kinds": ["HostAdmitted"]}), false).await.len(), 20);
    assert_eq!(read(json!({"kinds": ["HostAdmitted"], "host": "web-00003"}), true).await.len(), 1);
    assert_eq!(read(json!({"stream": "inventory", "host": "web-00003"}), true).await.len(), 1);
    assert_eq!(read(json!({"actor": "user:alice", "kinds": ["JobCreated"]}), false).await.len(), 1);
    assert_eq!(read(json!({"actor": "user:bob"}), false).await.len(), 0);
    let unknown = client.error(document, json!({"filter": {"kinds": ["HostAdmited"]}})).await;
    assert_eq!(unknown.1, "BAD_ARGUMENT", "{}", unknown.0);
    client.backend.forget(10);
    let (message, code) = client.error(document, json!({"after": "NQ"})).await;
    assert_eq!(code, "CURSOR_GONE", "{message}");
}

#[tokio::test]
async fn every_id_leads_back_to_its_object() {
    let client = Client::of(3);
    let job = client.job(json!({})).await;
    let run = client.ask("query($id: ID!) { job(id: $id) { hostRunAt(index: 1) { id } } }", json!({ "id": job }));
    let run = text(&run.await["job"]["hostRunAt"]["id"]);
    let token = client.ask("mutation { createToken(input: {name: \"ci\"}) { token { id } secret } }", json!({}));
    let token = text(&token.await["createToken"]["token"]["id"]);
    for id in [&job, &run, &token, "template:patch", "action:demo.join", "pack:demo", "host:web-00001"] {
        let found = client.ask("query($id: ID!) { node(id: $id) { id __typename } }", json!({ "id": id })).await;
        assert_eq!(found["node"]["id"], json!(id), "{found}");
    }
    let gone = client.ask("{ node(id: \"host:web-9\") { id } }", json!({})).await;
    assert_eq!(gone["node"], Value::Null);
    assert_eq!(client.error("{ node(id: \"nonsense\") { id } }", json!({})).await.1, "BAD_ARGUMENT");
}
