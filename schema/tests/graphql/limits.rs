//! What is too much is refused before anything is executed, and what cannot be answered says why.

use crate::client::Client;
use async_graphql::Request;
use schema::Limits;
use serde_json::json;

#[tokio::test]
async fn pages_have_a_size() {
    let client = Client::of(3);
    for first in [0, -1, 201, 10_000] {
        let document = format!("{{ hosts(first: {first}) {{ totalCount }} }}");
        let (message, code) = client.error(&document, json!({})).await;
        assert!(message.starts_with(&format!("first is {first}")) && code == "BAD_ARGUMENT", "{message}");
    }
    let (_, code) = client.error("{ hosts(after: \"%%\") { totalCount } }", json!({})).await;
    assert_eq!(code, "BAD_ARGUMENT");
}

#[tokio::test]
async fn deep_wide_long_and_repeated_documents_are_refused() {
    let client = Client::of(3);
    let deep = format!("{{ jobs {{ nodes {{ hostRuns {{ nodes {} }} }} }} }}", nested("job { hostRun(host: \"a\")", 8));
    assert!(client.error(&deep, json!({})).await.0.contains("too deep"));

    let wide = "{ jobs(first: 200) { nodes { hostRuns(first: 200) { nodes { host status } } } } }";
    assert!(client.error(wide, json!({})).await.0.contains("too complex"));
    let narrow = "{ jobs(first: 20) { nodes { hostRuns(first: 200) { nodes { host status } } } } }";
    client.ask(narrow, json!({})).await;

    let aliases: String = (0..101).map(|n| format!("a{n}: server {{ version }} ")).collect();
    let (message, code) = client.error(&format!("{{ {aliases} }}"), json!({})).await;
    assert_eq!(message, "the document has 101 aliases; at most 100 may be: split the request");
    assert_eq!(code, "LIMIT_REACHED");
    let hidden: String = (0..101).map(|n| format!("a{n}: version ")).collect();
    let document = format!("{{ server {{ ...f }} }} fragment f on Server {{ {hidden} }}");
    assert_eq!(client.error(&document, json!({})).await.1, "LIMIT_REACHED");

    let long = format!("{{ server {{ version }} }} # {}", " ".repeat(Limits::default().bytes));
    assert_eq!(client.error(&long, json!({})).await.1, "LIMIT_REACHED");
}

fn nested(field: &str, times: usize) -> String {
    (0..times).fold("{ host }".to_owned(), |inner, _| format!("{{ {field} {inner} }} }}"))
}

#[tokio::test]
async fn introspection_is_allowed_as_editors_do_it() {
    let of_type = (0..9).fold("{ name kind }".to_owned(), |inner, _| format!("{{ name kind ofType {inner} }}"));
    let document = format!("{{ __schema {{ types {{ fields {{ type {of_type} args {{ type {of_type} }} }} }} }} }}");
    Client::of(1).ask(&document, json!({})).await;
}

#[tokio::test]
async fn nobody_changes_anything_without_a_name() {
    let client = Client::of(1);
    let document = "mutation { createJob(input: {template: \"patch\"}) { job { id } } }";
    let response = client.schema.execute(Request::new(document)).await;
    let error = serde_json::to_value(&response.errors[0]).expect("JSON");
    assert_eq!(error["extensions"]["code"], "UNAUTHENTICATED");
    let viewer = client.ask("{ viewer { actor origin } }", json!({})).await;
    assert_eq!(viewer["viewer"], json!({"actor": "user:alice", "origin": "127.0.0.1"}));
}

#[tokio::test]
async fn ids_and_outputs_are_checked_where_they_enter() {
    let client = Client::of(1);
    for document in [
        "{ job(id: \"no\") { id } }",
        "{ schedule(id: \"job:01KDVDNA000000000000000001\") { id } }",
        "{ why(job: \"01KDVDNA000000000000000009\", host: \"web-00001\") }",
        "{ labels(values: 201) { hosts } }",
        "{ previewCron(expression: \"@daily\", count: 101) { problem } }",
    ] {
        assert_eq!(client.error(document, json!({})).await.1, "BAD_ARGUMENT", "{document}");
    }
    let id = client.job(json!({})).await;
    let output = "query($id: ID!, $limit: Long, $step: String!) { job(id: $id) { hostRunAt(index: 0) {
        output(step: $step, stream: OUT, limit: $limit) { text } } } }";
    for variables in [
        json!({"id": id, "step": "check", "limit": 1}),
        json!({"id": id, "step": "check", "limit": 1_048_577}),
        json!({"id": id, "step": "reboot", "limit": 16}),
    ] {
        assert_eq!(client.error(output, variables.clone()).await.1, "BAD_ARGUMENT", "{variables}");
    }
    let fraction = client.error(output, json!({"id": id, "step": "check", "limit": 16.5})).await;
    assert!(fraction.0.contains("whole number"), "{}", fraction.0);
}

#[tokio::test]
async fn there_is_room_for_a_few_fields_that_mean_long_work_and_not_for_many() {
    let client = Client::of(3);
    let id = client.job(json!({})).await;
    for field in [
        "jobAt(job: JOB) { status }",
        "job(id: JOB) { history { from } }",
        "job(id: JOB) { hostRunAt(index: 0) { events(first: 1) { nodes { kind } } } }",
        "host(name: \"web-00001\") { events(first: 1) { nodes { kind } } }",
        "events(first: 1, newestFirst: true) { nodes { kind } }",
        "statistics(from: \"2026-01-01T00:00:00Z\", to: \"2026-01-02T00:00:00Z\", by: DAY) { leftOut }",
        "compliance(template: \"patch\") { done }",
        "calendar(from: \"2026-01-01T00:00:00Z\", to: \"2026-01-02T00:00:00Z\") { truncated }",
    ] {
        let field = field.replace("JOB", &format!("{id:?}"));
        let times = |count: usize| (0..count).map(|n| format!("a{n}: {field} ")).collect::<String>();
        let (message, _) = client.error(&format!("{{ {} }}", times(30)), json!({})).await;
        assert!(message.contains("too complex"), "{field}: {message}");
        client.ask(&format!("{{ {} }}", times(3)), json!({})).await;
    }
    for list in ["hosts { nodes { events { nodes { kind } } } }", "jobs { nodes { history { from } } }"] {
        assert!(client.error(&format!("{{ {list} }}"), json!({})).await.0.contains("too complex"), "{list}");
    }
}

#[tokio::test]
async fn values_of_labels_are_counted_for_every_label() {
    let client = Client::of(3);
    let labels = |arguments: &str| format!("{{ labels{arguments} {{ labels {{ name values {{ value hosts }} }} }} }}");
    client.ask(&labels(""), json!({})).await;
    client.ask(&labels("(values: 200, name: \"dc\")"), json!({})).await;
    assert!(client.error(&labels("(values: 200)"), json!({})).await.0.contains("too complex"));
}

#[tokio::test]
async fn a_list_of_what_is_wanted_is_no_longer_than_there_is_to_want() {
    let client = Client::of(3);
    client.job(json!({})).await;
    for (document, value) in [
        ("query($list: [String!]) { events(filter: {kinds: $list}) { nodes { kind } } }", "JobCreated"),
        ("query($list: [JobStatus!]) { jobs(filter: {status: $list}) { nodes { id } } }", "RUNNING"),
        ("query($list: [JobOutcome!]) { jobs(filter: {outcome: $list}) { nodes { id } } }", "FAILED"),
        ("query($list: [HostOutcome!]) { hosts(filter: {lastOutcome: $list}) { nodes { id } } }", "LOST"),
        ("query($list: [HostOutcome!]) { labels(filter: {lastOutcome: $list}) { hosts } }", "LOST"),
    ] {
        let once = client.ask(document, json!({"list": [value]})).await;
        assert_eq!(client.ask(document, json!({"list": [value, value, value]})).await, once);
        let (message, code) = client.error(document, json!({"list": vec![value; 100]})).await;
        assert!(message.contains("has 100 entries, and there are ") && code == "BAD_ARGUMENT", "{message}");
    }
}
