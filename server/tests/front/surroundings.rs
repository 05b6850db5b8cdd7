//! What surrounds the API: health, figures, the dashboard's place, and what every answer carries.

use crate::front::Front;
use reqwest::{Response, StatusCode};
use serde_json::{Value, json};

fn header<'a>(response: &'a Response, name: &str) -> &'a str {
    response.headers().get(name).map_or("", |value| value.to_str().expect("text"))
}

#[tokio::test]
async fn health_says_whether_it_lives_and_whether_it_goes_on() {
    let front = Front::start(2).await;
    let alive = front.http.get(front.url("/healthz")).send().await.expect("an answer");
    assert_eq!(alive.status(), StatusCode::OK);
    let ready = front.http.get(front.url("/readyz")).send().await.expect("an answer");
    assert_eq!(ready.status(), StatusCode::OK);
    let ready: Value = ready.json().await.expect("JSON");
    assert_eq!(ready["ready"], true);
    assert_eq!(ready["applied"], ready["durable"]);
    assert!(ready["durable"].as_u64() > Some(0));
}

#[tokio::test]
async fn figures_count_what_happened() {
    let front = Front::start(7).await;
    front.ask("{ server { version } }", Value::Null).await;
    let response = front.http.get(front.url("/metrics")).send().await.expect("an answer");
    assert!(header(&response, "content-type").starts_with("application/openmetrics-text"));
    let text = response.text().await.expect("text");
    for line in ["stagger_hosts 7", "stagger_http_requests_total{path=\"/graphql\",code=\"200\"} 1", "# EOF"] {
        assert!(text.lines().any(|found| found == line), "{line} is missing in\n{text}");
    }
}

#[tokio::test]
async fn every_answer_carries_an_id_and_keeps_browsers_in_bounds() {
    let front = Front::start(1).await;
    for path in ["/", "/healthz", "/graphql", "/nothing/here"] {
        let response = front.http.get(front.url(path)).send().await.expect("an answer");
        assert_eq!(header(&response, "x-request-id").len(), 26, "{path}");
        assert_eq!(header(&response, "x-content-type-options"), "nosniff", "{path}");
        assert_eq!(header(&response, "x-frame-options"), "DENY", "{path}");
        let policy = header(&response, "content-security-policy");
        assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{path}: {policy}");
    }
    let request = front.http.get(front.url("/healthz")).header("x-request-id", "of-the-proxy");
    assert_eq!(header(&request.send().await.expect("an answer"), "x-request-id"), "of-the-proxy");
}

#[tokio::test]
async fn a_browser_gets_a_page_and_everybody_else_a_404() {
    let front = Front::start(1).await;
    for path in ["/", "/jobs/01KB2Q6V7V4J8QZ0M6T3N5R9XA?tab=grid"] {
        let request = front.http.get(front.url(path)).header("accept", "text/html,application/xhtml+xml;q=0.9");
        let response = request.send().await.expect("an answer");
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        assert!(header(&response, "content-type").starts_with("text/html"), "{path}");
        let page = response.text().await.expect("text");
        assert!(!page.contains("<script>") && !page.contains("<style"), "a strict policy allows nothing inside a page");
        scripts_of(&front, &page).await;
    }
    let missing = front.http.get(front.url("/assets/gone.js")).header("accept", "*/*").send().await.expect("an answer");
    assert_eq!(missing.status(), StatusCode::NOT_FOUND);
    let posted = front.http.post(front.url("/")).json(&json!({})).send().await.expect("an answer");
    assert_eq!((posted.status(), header(&posted, "allow")), (StatusCode::METHOD_NOT_ALLOWED, "GET, HEAD"));
}

/// The files that the page of a dashboard asks for; the page of a binary without one asks for none.
async fn scripts_of(front: &Front, page: &str) {
    let sources = page.split("src=\"").skip(1).filter_map(|rest| rest.split('"').next());
    for source in sources.filter(|source| source.starts_with("/assets/")) {
        for encoding in ["br", "gzip"] {
            let request = front.http.get(front.url(source)).header("accept-encoding", encoding);
            let response = request.send().await.expect("an answer");
            let encodings: Vec<_> = response.headers().get_all("content-encoding").iter().collect();
            assert_eq!(encodings, [encoding], "{source}: compressed once");
        }
        let response = front.http.get(front.url(source)).send().await.expect("an answer");
        assert_eq!(response.status(), StatusCode::OK, "{source}");
        assert!(header(&response, "content-type").contains("javascript"), "{source}");
        assert!(header(&response, "cache-control").contains("immutable"), "{source}: its name holds a hash");
    }
}

#[tokio::test]
async fn large_answers_are_compressed_where_that_is_wanted() {
    let front = Front::start(200).await;
    let body = json!({ "query": "{ hosts(first: 200) { nodes { name labels { name value } } } }" });
    let request = front.post().header("accept-encoding", "gzip").json(&body);
    let response = request.send().await.expect("an answer");
    assert_eq!(header(&response, "content-encoding"), "gzip");
    let plain = front.post().json(&body).send().await.expect("an answer");
    assert_eq!(header(&plain, "content-encoding"), "");
}
