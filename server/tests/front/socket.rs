//! Subscriptions over a WebSocket: the `graphql-transport-ws` protocol and the limits around it.

use crate::front::Front;
use futures_util::{SinkExt, StreamExt};
use jobs::command::Body;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

const CREATE: &str = "mutation { createJob(input: {template: \"patch\", start: true}) { job { ulid } } }";

pub struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    async fn open(front: &Front, headers: &[(&'static str, String)]) -> Result<Socket, Error> {
        let mut request = format!("ws://{}/graphql/ws", front.address).into_client_request().expect("a request");
        for (name, value) in headers {
            request.headers_mut().insert(*name, HeaderValue::from_str(value).expect("text"));
        }
        connect_async(request).await.map(|(socket, _)| Socket(socket))
    }

    /// With the protocol named, not introduced.
    async fn silent(front: &Front) -> Socket {
        Socket::with(front, &[]).await
    }

    /// The same, with headers beside.
    pub async fn with(front: &Front, headers: &[(&'static str, String)]) -> Socket {
        Socket::open(front, &[&protocol(), headers].concat()).await.expect("a socket")
    }

    /// Introduced with the token.
    async fn introduced(front: &Front) -> Socket {
        let mut socket = Socket::silent(front).await;
        let payload = json!({ "authorization": format!("Bearer {}", front.secret.reveal()) });
        socket.say(json!({ "type": "connection_init", "payload": payload })).await;
        assert_eq!(socket.hear().await["type"], "connection_ack");
        socket
    }

    pub async fn say(&mut self, message: Value) {
        self.0.send(Message::text(message.to_string())).await.expect("sent");
    }

    pub async fn subscribe(&mut self, id: &str, query: &str) {
        self.say(json!({ "type": "subscribe", "id": id, "payload": { "query": query } })).await;
    }

    /// The next message; pings of the connection are not messages.
    pub async fn hear(&mut self) -> Value {
        loop {
            match timeout(Duration::from_secs(20), self.0.next()).await.expect("in time") {
                Some(Ok(Message::Text(text))) => return serde_json::from_str(&text).expect("JSON"),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                other => panic!("no message but {other:?}"),
            }
        }
    }

    /// The code the server closes with.
    pub async fn closed(&mut self) -> u16 {
        loop {
            match timeout(Duration::from_secs(20), self.0.next()).await.expect("in time") {
                Some(Ok(Message::Close(Some(frame)))) => return frame.code.into(),
                Some(Ok(_)) => {}
                other => panic!("not closed but {other:?}"),
            }
        }
    }
}

fn protocol() -> Vec<(&'static str, String)> {
    vec![("sec-websocket-protocol", "graphql-transport-ws".to_owned())]
}

#[tokio::test]
async fn a_query_over_the_socket_is_answered_once_and_completed() {
    let front = Front::start(3).await;
    let mut socket = Socket::introduced(&front).await;
    socket.subscribe("q", "{ viewer { actor } }").await;
    let answer = socket.hear().await;
    assert_eq!(
        answer,
        json!({ "type": "next", "id": "q", "payload": { "data": { "viewer": { "actor": "token:tester" } } } })
    );
    assert_eq!(socket.hear().await, json!({ "type": "complete", "id": "q" }));
}

#[tokio::test]
async fn a_job_is_followed_to_its_end() {
    let front = Front::start(30).await;
    let job = front.ask(CREATE, Value::Null).await["data"]["createJob"]["job"]["ulid"].clone();
    let mut socket = Socket::introduced(&front).await;
    let query = format!("subscription {{ jobProgress(job: {job}) {{ status counts {{ settled }} }} }}");
    socket.subscribe("p", &query).await;
    let first = socket.hear().await;
    assert_eq!(first["payload"]["data"]["jobProgress"]["status"], "RUNNING");
    front.backend.finish_all();
    let last = loop {
        let message = socket.hear().await;
        match message["type"].as_str() {
            Some("next") if message["payload"]["data"]["jobProgress"]["status"] == "FINISHED" => break message,
            Some("next") => {}
            other => panic!("not followed to the end: {other:?}"),
        }
    };
    assert_eq!(last["payload"]["data"]["jobProgress"]["counts"]["settled"], 30);
    // It may be retried, until it leaves the live state for the archive.
    let nobody =
        r#"mutation { createJob(input: {template: "patch", targets: "name=nobody"}) { userErrors { message } } }"#;
    for _ in 0..=jobs::archive::MOST_ENDED {
        front.ask(nobody, Value::Null).await;
    }
    let mut message = socket.hear().await;
    while message["type"] == "next" {
        message = socket.hear().await;
    }
    assert_eq!(message, json!({ "type": "complete", "id": "p" }));
}

#[tokio::test]
async fn an_operation_that_is_completed_by_the_client_says_no_more() {
    let front = Front::start(5).await;
    let mut socket = Socket::introduced(&front).await;
    socket.subscribe("e", "subscription { events { position } }").await;
    socket.say(json!({ "type": "complete", "id": "e" })).await;
    socket.say(json!({ "type": "ping", "payload": { "n": 1 } })).await;
    assert_eq!(socket.hear().await, json!({ "type": "pong", "payload": { "n": 1 } }));
    front.backend.must(Body::PutInventory { source: "demo".into(), hosts: Vec::new() });
    tokio::time::sleep(Duration::from_millis(400)).await;
    socket.subscribe("e", "{ server { epoch } }").await;
    assert_eq!(
        socket.hear().await["payload"]["data"]["server"]["epoch"],
        0,
        "the id is free again, nothing came before"
    );
}

#[tokio::test]
async fn an_operation_that_is_refused_is_an_error_message_and_the_socket_goes_on() {
    let front = Front::start(1).await;
    let mut socket = Socket::introduced(&front).await;
    socket.subscribe("bad", "subscription { nothing }").await;
    let refused = socket.hear().await;
    assert_eq!((&refused["type"], &refused["id"]), (&json!("error"), &json!("bad")));
    assert!(refused["payload"][0]["message"].is_string());
    socket.subscribe("bad", "{ viewer { actor } }").await;
    assert_eq!(socket.hear().await["type"], "next");
}

#[tokio::test]
async fn the_protocol_is_kept_or_the_socket_is_closed_with_its_number() {
    let front = Front::start(1).await;
    let init = json!({ "type": "connection_init", "payload": { "token": front.secret.reveal() } });
    let query = |id: &str| json!({ "type": "subscribe", "id": id, "payload": { "query": "subscription { events { position } }" } });
    let wrong = server::access::Secret::generate().expect("random bytes");
    for (name, said, code) in [
        ("an operation before the introduction", vec![query("1")], 4401),
        ("no token", vec![json!({ "type": "connection_init" })], 4403),
        ("an unknown token", vec![json!({ "type": "connection_init", "payload": { "token": wrong.reveal() } })], 4403),
        ("two introductions", vec![init.clone(), init.clone()], 4429),
        ("one id twice", vec![init.clone(), query("1"), query("1")], 4409),
        ("no message of the protocol", vec![init.clone(), json!({ "type": "start" })], 4400),
    ] {
        let mut socket = Socket::silent(&front).await;
        for message in said {
            socket.say(message).await;
        }
        assert_eq!(socket.closed().await, code, "{name}");
    }
}

#[tokio::test]
async fn a_socket_has_room_for_a_hundred_operations() {
    let front = Front::start(1).await;
    let mut socket = Socket::introduced(&front).await;
    for id in 0..=100 {
        socket.subscribe(&id.to_string(), "subscription { events { position } }").await;
    }
    assert_eq!(socket.closed().await, 4429);
}

#[tokio::test]
async fn who_does_not_introduce_himself_is_closed_after_ten_seconds() {
    let front = Front::start(1).await;
    let mut socket = Socket::silent(&front).await;
    assert_eq!(socket.closed().await, 4408);
}

#[tokio::test]
async fn a_page_of_another_site_may_not_open_a_socket() {
    let front = Front::start(1).await;
    let from = |origin: String| [protocol(), vec![("origin", origin)]].concat();
    let own = Socket::open(&front, &from(format!("http://{}", front.address))).await;
    assert!(own.is_ok());
    for origin in ["http://evil.example", "null", "http://127.0.0.1:1"] {
        match Socket::open(&front, &from(origin.to_owned())).await {
            Err(Error::Http(response)) => assert_eq!(response.status().as_u16(), 403, "{origin}"),
            other => panic!("{origin} was let in: {:?}", other.err()),
        }
    }
}

#[tokio::test]
async fn another_protocol_and_a_wrong_header_are_refused_before_the_socket_opens() {
    let front = Front::start(1).await;
    let status = |refused: Result<Socket, Error>| match refused {
        Err(Error::Http(response)) => response.status().as_u16(),
        other => panic!("let in: {:?}", other.err()),
    };
    assert_eq!(status(Socket::open(&front, &[]).await), 400);
    let wrong = [protocol(), vec![("authorization", "Bearer stg_wrong".to_owned())]].concat();
    assert_eq!(status(Socket::open(&front, &wrong).await), 401);
}

#[tokio::test]
async fn a_header_with_the_token_is_introduction_enough() {
    let front = Front::start(1).await;
    let right = [protocol(), vec![("authorization", format!("Bearer {}", front.secret.reveal()))]].concat();
    let mut socket = Socket::open(&front, &right).await.expect("a socket");
    socket.say(json!({ "type": "connection_init" })).await;
    assert_eq!(socket.hear().await["type"], "connection_ack");
}

#[tokio::test]
async fn a_server_that_stops_says_so() {
    let front = Front::start(1).await;
    let mut socket = Socket::introduced(&front).await;
    let stopping = tokio::spawn(front.stop());
    assert_eq!(socket.closed().await, 1001);
    stopping.await.expect("stopped");
}
