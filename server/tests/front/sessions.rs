//! Signing in to the dashboard and out: cookies that only our own pages may use.

use crate::front::Front;
use crate::socket::Socket;
use jobs::command::Body;
use jobs::fleet::Fleet;
use jobs::ids::TokenId;
use reqwest::{Response, StatusCode};
use serde_json::{Value, json};

const VIEWER: &str = "{ viewer { actor } }";

/// A browser: it keeps the cookie, and says from which page it asks.
struct Browser<'a> {
    front: &'a Front,
    cookie: Option<String>,
    site: &'a str,
}

impl<'a> Browser<'a> {
    fn of(front: &'a Front) -> Browser<'a> {
        Browser { front, cookie: None, site: "same-origin" }
    }

    async fn ask(&self, method: reqwest::Method, path: &str, body: Value) -> Response {
        let request = self.front.http.request(method, self.front.url(path)).header("sec-fetch-site", self.site);
        let request = match &self.cookie {
            Some(cookie) => request.header("cookie", cookie),
            None => request,
        };
        request.json(&body).send().await.expect("an answer")
    }

    /// What signing in is answered with; the cookie is kept.
    async fn signs_in(&mut self, with: Value) -> StatusCode {
        let answer = self.ask(reqwest::Method::POST, "/session", with).await;
        self.keep(&answer);
        answer.status()
    }

    async fn signs_out(&mut self) -> StatusCode {
        let answer = self.ask(reqwest::Method::DELETE, "/session", Value::Null).await;
        let status = answer.status();
        assert!(answer.headers()["set-cookie"].to_str().expect("text").contains("Max-Age=0"));
        status
    }

    fn keep(&mut self, answer: &Response) {
        let set = answer.headers().get("set-cookie").and_then(|set| set.to_str().ok());
        self.cookie = set.and_then(|set| set.split(';').next()).map(str::to_owned);
    }

    async fn looks(&self) -> (StatusCode, Value) {
        let answer = self.ask(reqwest::Method::POST, "/graphql", json!({ "query": VIEWER })).await;
        (answer.status(), answer.json().await.expect("JSON"))
    }

    async fn is_in(&self) -> bool {
        let (status, answer) = self.looks().await;
        status == StatusCode::OK && answer["data"]["viewer"]["actor"] == "token:tester"
    }
}

async fn token_of(front: &Front) -> TokenId {
    let first = |fleet: &Fleet, _| fleet.tokens.keys().next().copied();
    schema::read(&*front.backend, first).await.expect("in memory").expect("the tester's")
}

#[tokio::test]
async fn a_person_signs_in_with_a_token_and_out() {
    let front = Front::start(1).await;
    let mut browser = Browser::of(&front);
    assert!(!browser.is_in().await);
    assert_eq!(browser.signs_in(json!({ "token": front.secret.reveal() })).await, StatusCode::NO_CONTENT);
    assert!(browser.is_in().await);
    assert!(!browser.cookie.clone().expect("kept").contains(front.secret.reveal()), "the token itself stays nowhere");
    let kept = browser.cookie.clone();
    assert_eq!(browser.signs_out().await, StatusCode::NO_CONTENT);
    browser.cookie = kept;
    assert!(!browser.is_in().await, "a copied cookie is worth nothing any more");
    let (status, answer) = browser.looks().await;
    assert_eq!(
        (status, answer["errors"][0]["message"].as_str()),
        (StatusCode::UNAUTHORIZED, Some("the session is over"))
    );
}

#[tokio::test]
async fn a_session_ends_with_its_token() {
    let front = Front::start(1).await;
    let mut browser = Browser::of(&front);
    browser.signs_in(json!({ "token": front.secret.reveal() })).await;
    assert!(browser.is_in().await);
    front.backend.must(Body::RevokeToken { token: token_of(&front).await });
    tokio::time::sleep(server::access::FRESH + std::time::Duration::from_millis(100)).await;
    assert!(!browser.is_in().await);
}

#[tokio::test]
async fn what_is_no_token_signs_nobody_in() {
    let front = Front::start(1).await;
    let wrong = server::access::Secret::generate().expect("random bytes");
    let mut browser = Browser::of(&front);
    for (with, expected) in [
        (json!({ "token": wrong.reveal() }), StatusCode::UNAUTHORIZED),
        (json!({ "token": "stg_short" }), StatusCode::UNAUTHORIZED),
        (json!({ "once": front.secret.reveal() }), StatusCode::UNAUTHORIZED),
        (json!({ "name": "tester" }), StatusCode::UNPROCESSABLE_ENTITY),
        (json!({ "token": "x".repeat(10_000) }), StatusCode::PAYLOAD_TOO_LARGE),
    ] {
        assert_eq!(browser.signs_in(with.clone()).await, expected, "{with}");
        assert_eq!(browser.cookie, None);
    }
}

#[tokio::test]
async fn a_link_signs_in_once() {
    let front = Front::start(1).await;
    let code = front.access.invite(token_of(&front).await).expect("random bytes");
    let (mut first, mut second) = (Browser::of(&front), Browser::of(&front));
    assert_eq!(first.signs_in(json!({ "once": code.reveal() })).await, StatusCode::NO_CONTENT);
    assert!(first.is_in().await);
    assert_eq!(second.signs_in(json!({ "once": code.reveal() })).await, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn pages_of_other_sites_cannot_use_the_cookie() {
    let front = Front::start(1).await;
    let mut browser = Browser::of(&front);
    browser.signs_in(json!({ "token": front.secret.reveal() })).await;
    for site in ["cross-site", "same-site"] {
        browser.site = site;
        assert_eq!(browser.looks().await.0, StatusCode::FORBIDDEN, "{site}");
        let answer = browser.ask(reqwest::Method::DELETE, "/session", Value::Null).await;
        assert_eq!(answer.status(), StatusCode::FORBIDDEN);
        let answer = browser.ask(reqwest::Method::POST, "/session", json!({ "token": front.secret.reveal() })).await;
        assert_eq!(answer.status(), StatusCode::FORBIDDEN, "nobody is signed in from elsewhere");
    }
    browser.site = "same-origin";
    assert!(browser.is_in().await);
}

#[tokio::test]
async fn a_socket_opens_by_the_cookie() {
    let front = Front::start(1).await;
    let mut browser = Browser::of(&front);
    browser.signs_in(json!({ "token": front.secret.reveal() })).await;
    let cookie = browser.cookie.clone().expect("kept");
    let of_page = |cookie: &str| vec![("cookie", cookie.to_owned()), ("origin", format!("http://{}", front.address))];
    let mut socket = Socket::with(&front, &of_page(&cookie)).await;
    socket.say(json!({ "type": "connection_init" })).await;
    assert_eq!(socket.hear().await["type"], "connection_ack");
    socket.subscribe("q", VIEWER).await;
    assert_eq!(socket.hear().await["payload"]["data"]["viewer"]["actor"], "token:tester");
    socket.subscribe("s", "subscription { events { position } }").await;
    browser.signs_out().await;
    assert_eq!(socket.closed().await, 4403, "nobody listens on after signing out");
    let mut socket = Socket::with(&front, &of_page(&cookie)).await;
    socket.say(json!({ "type": "connection_init" })).await;
    assert_eq!(socket.closed().await, 4403);
}
