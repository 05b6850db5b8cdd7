//! GraphQL over HTTP, as a client meets it: status codes, media types, methods, and who is let in.

use crate::front::Front;
use reqwest::{Response, StatusCode};
use serde_json::{Value, json};

const GRAPHQL: &str = "application/graphql-response+json; charset=utf-8";

async fn json_of(response: Response) -> Value {
    response.json().await.expect("JSON")
}

fn header<'a>(response: &'a Response, name: &str) -> &'a str {
    response.headers().get(name).map_or("", |value| value.to_str().expect("text"))
}

#[tokio::test]
async fn a_query_is_answered_in_the_media_type_that_was_wanted() {
    let front = Front::start(3).await;
    let body = json!({ "query": "{ server { version } }" });
    for (accept, content_type) in [
        (None, GRAPHQL),
        (Some("*/*"), GRAPHQL),
        (Some("application/graphql-response+json"), GRAPHQL),
        (Some("application/json"), "application/json; charset=utf-8"),
        (Some("application/json, application/graphql-response+json; q=0.1"), "application/json; charset=utf-8"),
    ] {
        let mut request = front.post().json(&body);
        if let Some(accept) = accept {
            request = request.header("accept", accept);
        }
        let response = request.send().await.expect("an answer");
        assert_eq!(
            (response.status(), header(&response, "content-type")),
            (StatusCode::OK, content_type),
            "{accept:?}"
        );
        assert_eq!(json_of(response).await, json!({ "data": { "server": { "version": env!("CARGO_PKG_VERSION") } } }));
    }
}

#[tokio::test]
async fn a_media_type_nobody_writes_or_reads_is_refused() {
    let front = Front::start(1).await;
    let body = r#"{"query": "{ server { version } }"}"#;
    let refused = front.post().header("accept", "text/html").header("content-type", "application/json").body(body);
    assert_eq!(refused.send().await.expect("an answer").status(), StatusCode::NOT_ACCEPTABLE);
    for sent in [None, Some("text/plain"), Some("application/x-www-form-urlencoded"), Some("multipart/form-data")] {
        let mut request = front.post().body(body);
        if let Some(sent) = sent {
            request = request.header("content-type", sent);
        }
        let response = request.send().await.expect("an answer");
        assert_eq!(response.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE, "{sent:?}");
        assert!(json_of(response).await.get("data").is_none());
    }
}

#[tokio::test]
async fn a_request_that_cannot_be_carried_out_is_answered_400_without_data() {
    let front = Front::start(1).await;
    for body in [
        "",
        "not json",
        "7",
        "[]",
        r#"[{"query": "{ server { version } }"}]"#,
        "{}",
        r#"{"query": 7}"#,
        r#"{"query": "{ server { version } }", "variables": [1]}"#,
        r#"{"query": "{ server { version } }", "variables": "{}"}"#,
        r#"{"query": "{ server { version } }", "operationName": 7}"#,
        r#"{"query": "{ server { version "}"#,
        r#"{"query": "{ nothing }"}"#,
        r#"{"query": "query Q($id: ID!) { job(id: $id) { ulid } }"}"#,
        r#"{"query": "query Q($id: ID!) { job(id: $id) { ulid } }", "variables": {"id": null}}"#,
        r#"{"query": "query Q($id: ID!) { job(id: $id) { ulid } }", "variables": {"id": [1]}}"#,
        r#"{"query": "query A { server { version } } query B { server { version } }"}"#,
        r#"{"query": "query A { server { version } }", "operationName": "B"}"#,
        r#"{"query": "subscription { jobProgress(job: \"x\") { ulid } }"}"#,
    ] {
        let response =
            front.post().header("content-type", "application/json").body(body).send().await.expect("an answer");
        assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{body}");
        let answer = json_of(response).await;
        assert!(answer.get("data").is_none(), "{body}: {answer}");
        assert!(answer["errors"][0]["message"].as_str().is_some_and(|message| !message.is_empty()), "{body}: {answer}");
    }
}

#[tokio::test]
async fn an_error_of_a_field_is_answered_200_with_data() {
    let front = Front::start(1).await;
    let body = json!({ "query": "{ server { version } job(id: \"nonsense\") { ulid } }" });
    let response = front.post().json(&body).send().await.expect("an answer");
    assert_eq!(response.status(), StatusCode::OK);
    let answer = json_of(response).await;
    assert!(answer.get("data").is_some(), "{answer}");
    assert_eq!(answer["errors"][0]["path"], json!(["job"]));
}

#[tokio::test]
async fn only_queries_are_carried_out_by_get() {
    let front = Front::start(1).await;
    let get = |query: &[(&str, &str)]| {
        let address = reqwest::Url::parse_with_params(&front.url("/graphql"), query).expect("an address");
        front.http.get(address).bearer_auth(front.secret.reveal())
    };
    let named = get(&[
        ("query", "query A { server { version } } query B($id: ID!) { job(id: $id) { ulid } }"),
        ("operationName", "B"),
        ("variables", r#"{"id": "01KB2Q6V7V4J8QZ0M6T3N5R9XA"}"#),
    ]);
    let response = named.send().await.expect("an answer");
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(json_of(response).await["data"], json!({ "job": null }));

    let mutation = "mutation { removeTemplate(input: {template: \"patch\"}) { userErrors { code } } }";
    let named = mutation.replacen("mutation", "mutation WithAName", 1);
    for query in [mutation, &named, "subscription { overview { position } }"] {
        let response = get(&[("query", query)]).send().await.expect("an answer");
        assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED, "{query}");
        assert_eq!(header(&response, "allow"), "POST");
        assert!(json_of(response).await.get("data").is_none());
    }
    let untouched = front.ask("{ template(name: \"patch\") { removed } }", Value::Null).await;
    assert_eq!(untouched["data"]["template"]["removed"], false);

    for bad in [&[][..], &[("query", "{ server { version } }"), ("variables", "[")]] {
        assert_eq!(get(bad).send().await.expect("an answer").status(), StatusCode::BAD_REQUEST, "{bad:?}");
    }
    let put = front.http.put(front.url("/graphql")).bearer_auth(front.secret.reveal());
    let response = put.send().await.expect("an answer");
    assert_eq!((response.status(), header(&response, "allow")), (StatusCode::METHOD_NOT_ALLOWED, "GET, POST"));
}

#[tokio::test]
async fn nobody_is_let_in_without_a_token() {
    let front = Front::start(1).await;
    let body = json!({ "query": "{ viewer { actor } }" });
    let answer = json_of(front.post().json(&body).send().await.expect("an answer")).await;
    assert_eq!(answer["data"]["viewer"]["actor"], "token:tester");

    let wrong = server::access::Secret::generate().expect("random bytes");
    let bare = front.http.post(front.url("/graphql")).json(&body);
    let in_address = front.http.post(front.url(&format!("/graphql?token={}", front.secret.reveal()))).json(&body);
    let basic = front.http.post(front.url("/graphql")).basic_auth("tester", Some(front.secret.reveal())).json(&body);
    let unknown = front.http.post(front.url("/graphql")).bearer_auth(wrong.reveal()).json(&body);
    for request in [bare, in_address, basic, unknown] {
        let response = request.send().await.expect("an answer");
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
        assert_eq!(header(&response, "www-authenticate"), "Bearer realm=\"stagger\"");
        let answer = json_of(response).await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], "UNAUTHENTICATED");
        assert!(answer.get("data").is_none());
    }
}

#[tokio::test]
async fn many_wrong_tokens_are_answered_later_and_right_ones_at_once() {
    let front = Front::start(1).await;
    let body = json!({ "query": "{ viewer { actor } }" });
    let wrong = server::access::Secret::generate().expect("random bytes");
    let mut last = StatusCode::OK;
    for _ in 0..=server::access::FAILURES_PER_MINUTE {
        let request = front.http.post(front.url("/graphql")).bearer_auth(wrong.reveal()).json(&body);
        last = request.send().await.expect("an answer").status();
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(front.post().json(&body).send().await.expect("an answer").status(), StatusCode::OK);
}

#[tokio::test]
async fn a_body_beyond_the_limit_is_refused() {
    let front = Front::start(1).await;
    let padding = " ".repeat(server::http::BODY_LIMIT);
    let body = format!("{{\"query\": \"{{ server {{ version }} }}\"{padding}}}");
    let request = front.post().header("content-type", "application/json").body(body);
    let response = request.send().await.expect("an answer");
    assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(json_of(response).await["errors"][0]["extensions"]["code"], "TOO_LARGE");
}
