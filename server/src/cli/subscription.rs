//! Subscriptions of the API over a WebSocket (`graphql-transport-ws`), one operation a socket.
//!
//! Never found here: when to connect again; that is for whoever follows something.

use super::client::{Client, data_of, unreachable_server};
use super::error::CliError;
use super::exit::Exit;
use super::operations::Operation;
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::http::header::SEC_WEBSOCKET_PROTOCOL;
use tokio_tungstenite::tungstenite::{Error as SocketError, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

/// How long connecting and introducing may take.
const OPENING: Duration = Duration::from_secs(10);
/// After how long without a word, pings included, the server is taken for gone. It pings every 20 s.
const SILENCE: Duration = Duration::from_secs(50);

/// One operation's answers as they come.
pub struct Subscription {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    base: String,
}

impl Subscription {
    /// Opens a socket and starts the operation.
    pub async fn open(client: &Client, operation: &Operation, variables: Value) -> Result<Subscription, CliError> {
        let late = |_| unreachable_server(client.base()).because(std::io::Error::from(std::io::ErrorKind::TimedOut));
        timeout(OPENING, open(client, operation, variables)).await.map_err(late)?
    }

    /// The next answer's data; `None` once the operation is complete. An error with [`Exit::NoServer`] means that the
    /// connection is lost and the operation may be started again.
    pub async fn next(&mut self) -> Result<Option<Value>, CliError> {
        loop {
            let mut said = self.hear().await?;
            match said["type"].as_str() {
                Some("next") => return data_of(said["payload"].take()).map(Some),
                Some("error") => {
                    let refused = data_of(json!({ "errors": said["payload"].take() }));
                    return refused.and(Err(CliError::unexpected("an operation was refused without saying why")));
                }
                Some("complete") => return Ok(None),
                Some("ping") => self.say(json!({ "type": "pong" })).await?,
                _ => {}
            }
        }
    }

    async fn hear(&mut self) -> Result<Value, CliError> {
        loop {
            let message = timeout(SILENCE, self.socket.next()).await.map_err(|_| {
                self.lost().because(std::io::Error::other("nothing was heard of the server, not even a ping"))
            })?;
            match message {
                Some(Ok(Message::Text(text))) => {
                    return serde_json::from_str(&text)
                        .map_err(|error| CliError::unexpected("the server's message is not JSON").because(error));
                }
                Some(Ok(Message::Close(frame))) => {
                    return Err(self.closed(frame.map(|f| (f.code.into(), f.reason.to_string()))));
                }
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(self.lost().because(error)),
                None => return Err(self.lost()),
            }
        }
    }

    async fn say(&mut self, message: Value) -> Result<(), CliError> {
        let sent = self.socket.send(Message::text(message.to_string())).await;
        sent.map_err(|error| self.lost().because(error))
    }

    fn lost(&self) -> CliError {
        CliError::new(Exit::NoServer, format!("the connection to the server at {} was lost", self.base), "")
    }

    fn closed(&self, frame: Option<(u16, String)>) -> CliError {
        match frame {
            Some((4401 | 4403, reason)) => {
                let hint = "give a token with --token, --token-file, STAGGER_TOKEN or STAGGER_TOKEN_FILE";
                CliError::new(Exit::NotAuthorised, reason, hint)
            }
            Some((code, reason)) if code >= 4000 => {
                CliError::unexpected(format!("the server closed the connection: {reason} ({code})"))
            }
            _ => self.lost(),
        }
    }
}

async fn open(client: &Client, operation: &Operation, variables: Value) -> Result<Subscription, CliError> {
    let address = socket_address(client.base())?;
    let refused = |error: SocketError| not_opened(client, error);
    let mut request = address.into_client_request().map_err(refused)?;
    request.headers_mut().insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static("graphql-transport-ws"));
    let (socket, _) = connect_async(request).await.map_err(refused)?;
    let mut subscription = Subscription { socket, base: client.base().to_owned() };
    let introduction = client.secret().map(|secret| json!({ "authorization": format!("Bearer {}", secret.reveal()) }));
    subscription.say(json!({ "type": "connection_init", "payload": introduction })).await?;
    while subscription.hear().await?["type"] != "connection_ack" {}
    let asked = json!({ "query": operation.text, "operationName": operation.name, "variables": variables });
    subscription.say(json!({ "type": "subscribe", "id": "1", "payload": asked })).await?;
    Ok(subscription)
}

fn socket_address(base: &str) -> Result<String, CliError> {
    match base.strip_prefix("http://") {
        Some(rest) => Ok(format!("ws://{rest}/graphql/ws")),
        None => {
            let hint = "use http:// on the server itself, or through an SSH tunnel (ssh -L 8080:127.0.0.1:8080 HOST)";
            Err(CliError::usage(format!("{base}: following is possible over http:// only"), hint))
        }
    }
}

fn not_opened(client: &Client, error: SocketError) -> CliError {
    match &error {
        SocketError::Http(response) if response.status().as_u16() == 401 => CliError::new(
            Exit::NotAuthorised,
            "the server does not know this access token",
            "give another with --token",
        ),
        _ => unreachable_server(client.base()).because(error),
    }
}
