//! Subscriptions: the `graphql-transport-ws` protocol on one WebSocket, with the limits the protocol leaves open.
//!
//! A socket must introduce itself within [`INTRODUCTION`], may have [`OPERATIONS`] operations at once, is pinged, and
//! is closed when nothing is heard of it. A slow reader slows its own socket only: nothing is queued for it. Never
//! found here: what an operation answers.

use super::graphql::{is_refused, missing_variable};
use super::session::is_own_page;
use super::{Front, Proof, refuse, who};
use crate::access::Denied;
use async_graphql::{Request, Response as Answered, Variables};
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use futures_util::stream::{AbortHandle, Abortable, BoxStream, SelectAll, once};
use futures_util::{StreamExt, future};
use schema::ActorContext;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, interval, timeout};

/// How long a client has to send `connection_init`.
pub const INTRODUCTION: Duration = Duration::from_secs(10);
/// How many operations one socket may have at once.
pub const OPERATIONS: usize = 100;
/// How often a client is pinged.
const PING: Duration = Duration::from_secs(20);
/// How often it is looked whether the token or the session of a client is still good.
const RECHECK: Duration = Duration::from_secs(5);
/// After how long without a word, pongs included, a client is taken for gone.
const SILENCE: Duration = Duration::from_secs(60);
/// How long one message may take to be taken by the client.
const SENDING: Duration = Duration::from_secs(30);
/// Longest message of a client.
const MESSAGE_LIMIT: usize = 1024 * 1024;
const PROTOCOL: &str = "graphql-transport-ws";

/// `GET /graphql/ws`.
pub async fn upgrade(
    State(front): State<Arc<Front>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    if !is_own_page(&headers) {
        return (StatusCode::FORBIDDEN, "a page of another site may not open this socket\n").into_response();
    }
    let Ok(place) = front.sockets.clone().try_acquire_owned() else {
        return (StatusCode::SERVICE_UNAVAILABLE, "too many sockets are open; close one or try later\n")
            .into_response();
    };
    let proof = Proof::of(&headers);
    if let Proof::Token(_) = proof
        && let Err(denied) = who(&front, &proof, peer).await
    {
        return refuse(&denied);
    }
    let upgrade = upgrade.protocols([PROTOCOL]).max_message_size(MESSAGE_LIMIT);
    if upgrade.selected_protocol().is_none() {
        return (StatusCode::BAD_REQUEST, "this socket speaks the subprotocol graphql-transport-ws only\n")
            .into_response();
    }
    upgrade.on_upgrade(async move |socket| {
        front.state.metrics.sockets.inc();
        converse(socket, &front, peer, proof).await;
        front.state.metrics.sockets.dec();
        drop(place);
    })
}

/// Why a socket is closed, by the protocol's numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Close {
    /// The client went away, or cannot be talked to.
    Gone,
    /// The server stops.
    Stopping,
    /// A message that is none of the protocol.
    Invalid(String),
    /// An operation before the introduction.
    NotIntroduced,
    /// The introduction was refused.
    Forbidden(String),
    /// No introduction in time.
    IntroductionLate,
    /// An operation with the id of another one.
    IdTaken(String),
    /// A second introduction.
    IntroducedTwice,
    /// More operations than [`OPERATIONS`].
    TooMany,
}

impl Close {
    fn frame(&self) -> Option<CloseFrame> {
        let (code, reason) = match self {
            Close::Gone => return None,
            Close::Stopping => (1001, "the server is stopping".to_owned()),
            Close::Invalid(why) => (4400, why.clone()),
            Close::NotIntroduced => (4401, "Unauthorized".to_owned()),
            Close::Forbidden(why) => (4403, format!("Forbidden: {why}")),
            Close::IntroductionLate => (4408, "Connection initialisation timeout".to_owned()),
            Close::IdTaken(id) => (4409, format!("Subscriber for {id} already exists")),
            Close::IntroducedTwice => (4429, "Too many initialisation requests".to_owned()),
            Close::TooMany => (4429, format!("a socket may have {OPERATIONS} operations at once")),
        };
        // A close frame has room for 123 bytes (RFC 6455, section 5.5).
        let end = reason.floor_char_boundary(120);
        Some(CloseFrame { code, reason: reason[..end].into() })
    }
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Said {
    ConnectionInit { payload: Option<Value> },
    Ping { payload: Option<Value> },
    Pong {},
    Subscribe { id: String, payload: Asked },
    Complete { id: String },
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Asked {
    query: String,
    operation_name: Option<String>,
    variables: Option<serde_json::Map<String, Value>>,
}

impl Asked {
    fn request(self, actor: ActorContext) -> Request {
        let variables = Variables::from_json(Value::Object(self.variables.unwrap_or_default()));
        let request = Request::new(self.query).variables(variables).data(actor);
        match self.operation_name {
            Some(name) => request.operation_name(name),
            None => request,
        }
    }
}

async fn converse(mut socket: WebSocket, front: &Arc<Front>, peer: SocketAddr, proof: Proof) {
    let close = match timeout(INTRODUCTION, introduce(&mut socket, front, peer, proof)).await {
        Err(_) => Close::IntroductionLate,
        Ok(Err(close)) => close,
        Ok(Ok(introduced)) => Conversation::new(&mut socket, front, introduced).run().await,
    };
    tracing::debug!(peer = %peer, why = ?close, "a socket closes");
    if let Some(frame) = close.frame() {
        let _ = timeout(SENDING, socket.send(Message::Close(Some(frame)))).await;
    }
}

/// Waits for the introduction, and answers it.
async fn introduce(socket: &mut WebSocket, front: &Front, peer: SocketAddr, proof: Proof) -> Result<Introduced, Close> {
    let payload = loop {
        match hear(socket).await? {
            Some(Said::ConnectionInit { payload }) => break payload,
            Some(Said::Ping { payload }) => say(socket, json!({ "type": "pong", "payload": payload })).await?,
            Some(Said::Subscribe { .. }) => return Err(Close::NotIntroduced),
            Some(Said::Pong {} | Said::Complete { .. }) | None => {}
        }
    };
    let proof = secret_of(payload.as_ref()).map_or(proof, Proof::Token);
    let actor = who(front, &proof, peer).await.map_err(|denied| Close::Forbidden(denied.to_string()))?;
    say(socket, json!({ "type": "connection_ack" })).await?;
    Ok(Introduced { actor, proof, peer })
}

/// Who is at the other end, and what they showed. It is looked at again as long as the socket is open: what was taken back
/// meanwhile lets nobody listen on.
struct Introduced {
    actor: ActorContext,
    proof: Proof,
    peer: SocketAddr,
}

/// The secret in an introduction: `{"authorization": "Bearer stg_…"}` or `{"token": "stg_…"}`.
fn secret_of(payload: Option<&Value>) -> Option<String> {
    let payload = payload?.as_object()?;
    let field = |name: &str| payload.iter().find(|(key, _)| key.eq_ignore_ascii_case(name))?.1.as_str();
    let of_header = field("authorization").and_then(|value| value.split_once(' ')).map(|(_, secret)| secret);
    of_header.or_else(|| field("token")).map(str::to_owned)
}

/// The client's next message; `None` for one that only shows it is there.
async fn hear(socket: &mut WebSocket) -> Result<Option<Said>, Close> {
    let text = match socket.recv().await {
        Some(Ok(Message::Text(text))) => text,
        Some(Ok(Message::Ping(_) | Message::Pong(_))) => return Ok(None),
        Some(Ok(Message::Binary(_))) => return Err(Close::Invalid("messages are text".to_owned())),
        Some(Ok(Message::Close(_)) | Err(_)) | None => return Err(Close::Gone),
    };
    serde_json::from_str(&text).map(Some).map_err(|error| Close::Invalid(format!("Invalid message: {error}")))
}

async fn say(socket: &mut WebSocket, message: Value) -> Result<(), Close> {
    let sent = timeout(SENDING, socket.send(Message::Text(message.to_string().into()))).await;
    if matches!(sent, Ok(Ok(()))) { Ok(()) } else { Err(Close::Gone) }
}

/// What an operation brings: an answer, or its end.
type Brought = (String, Option<Answered>);

/// A socket that has introduced itself.
struct Conversation<'a> {
    socket: &'a mut WebSocket,
    front: &'a Arc<Front>,
    with: Introduced,
    operations: SelectAll<BoxStream<'static, Brought>>,
    by_id: HashMap<String, AbortHandle>,
    heard_at: Instant,
}

impl<'a> Conversation<'a> {
    fn new(socket: &'a mut WebSocket, front: &'a Arc<Front>, with: Introduced) -> Conversation<'a> {
        let (operations, by_id) = (SelectAll::new(), HashMap::new());
        Conversation { socket, front, with, operations, by_id, heard_at: Instant::now() }
    }

    /// Until somebody goes, which is what it returns.
    async fn run(mut self) -> Close {
        let (mut ping, mut recheck) = (interval(PING), interval(RECHECK));
        loop {
            let step = tokio::select! {
                heard = hear(self.socket) => match heard {
                    Ok(said) => self.answer(said).await,
                    Err(close) => Err(close),
                },
                Some((id, brought)) = self.operations.next() => self.bring(id, brought).await,
                _ = ping.tick() => self.ping().await,
                _ = recheck.tick() => self.recheck().await,
                () = self.front.shutdown.cancelled() => Err(Close::Stopping),
            };
            if let Err(close) = step {
                return close;
            }
        }
    }

    async fn answer(&mut self, said: Option<Said>) -> Result<(), Close> {
        self.heard_at = Instant::now();
        match said {
            Some(Said::ConnectionInit { .. }) => Err(Close::IntroducedTwice),
            Some(Said::Ping { payload }) => say(self.socket, json!({ "type": "pong", "payload": payload })).await,
            Some(Said::Subscribe { id, payload }) => self.subscribe(id, payload),
            Some(Said::Complete { id }) => {
                if let Some(operation) = self.by_id.remove(&id) {
                    operation.abort();
                }
                Ok(())
            }
            Some(Said::Pong {}) | None => Ok(()),
        }
    }

    fn subscribe(&mut self, id: String, asked: Asked) -> Result<(), Close> {
        if self.by_id.contains_key(&id) {
            return Err(Close::IdTaken(id));
        }
        if self.by_id.len() >= OPERATIONS {
            return Err(Close::TooMany);
        }
        let answers = self.execute(asked.request(self.with.actor.clone()));
        let (of_answer, of_end) = (id.clone(), id.clone());
        let answers = answers.map(move |answered| (of_answer.clone(), Some(answered)));
        let end = once(future::ready((of_end, None)));
        let (handle, registration) = AbortHandle::new_pair();
        self.operations.push(Abortable::new(answers.chain(end), registration).boxed());
        self.by_id.insert(id, handle);
        Ok(())
    }

    fn execute(&self, mut request: Request) -> BoxStream<'static, Answered> {
        match missing_variable(&mut request) {
            Some(error) => once(future::ready(Answered::from_errors(vec![error]))).boxed(),
            None => self.front.state.schema.execute_stream(request).boxed(),
        }
    }

    async fn bring(&mut self, id: String, brought: Option<Answered>) -> Result<(), Close> {
        if !self.by_id.contains_key(&id) {
            return Ok(());
        }
        match brought {
            None => {
                self.by_id.remove(&id);
                say(self.socket, json!({ "type": "complete", "id": id })).await
            }
            Some(answered) if is_refused(&answered) => {
                if let Some(operation) = self.by_id.remove(&id) {
                    operation.abort();
                }
                say(self.socket, json!({ "type": "error", "id": id, "payload": answered.errors })).await
            }
            Some(answered) => say(self.socket, json!({ "type": "next", "id": id, "payload": answered })).await,
        }
    }

    /// Whether what was shown is still good. A fault of the server's takes nobody's socket away.
    async fn recheck(&mut self) -> Result<(), Close> {
        match who(self.front, &self.with.proof, self.with.peer).await {
            Ok(_) | Err(Denied::Fault(_)) => Ok(()),
            Err(denied) => Err(Close::Forbidden(denied.to_string())),
        }
    }

    async fn ping(&mut self) -> Result<(), Close> {
        if self.heard_at.elapsed() > SILENCE {
            return Err(Close::Gone);
        }
        let sent = timeout(SENDING, self.socket.send(Message::Ping(Vec::new().into()))).await;
        if matches!(sent, Ok(Ok(()))) { Ok(()) } else { Err(Close::Gone) }
    }
}
