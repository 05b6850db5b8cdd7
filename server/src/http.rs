//! The HTTP front: GraphQL, its subscriptions, backups, health, figures, and the dashboard's files.
//!
//! Plain HTTP; whoever listens beyond loopback puts a TLS proxy in front. Never found here: what a query answers
//! (`schema`), or who may ask (`access`).

mod backup;
mod connections;
mod envelope;
mod graphql;
mod health;
mod negotiation;
mod session;
mod socket;

pub use backup::Backups;
pub use health::{Progress, Readiness};

use crate::access::{Access, Denied};
use crate::dashboard;
use crate::telemetry::metrics::Metrics;
use axum::Router;
use axum::extract::{ConnectInfo, DefaultBodyLimit, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use schema::{ActorContext, Backend};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

/// Longest request body. An inventory of 100,000 hosts fits.
pub const BODY_LIMIT: usize = 32 * 1024 * 1024;
/// Longest body of a request to sign in.
const SIGN_IN_LIMIT: usize = 4 * 1024;
/// How long a GraphQL request may take.
pub const REQUEST_TIME: Duration = Duration::from_secs(60);
/// How many GraphQL sockets may be open at once.
pub const SOCKETS: usize = 4_096;

/// What the HTTP front answers from.
pub struct HttpState {
    /// The API.
    pub schema: schema::Schema,
    /// What the API answers from; here only the figures about the fleet are read.
    pub backend: Arc<dyn Backend>,
    /// Who may ask.
    pub access: Arc<Access>,
    /// What is counted.
    pub metrics: Arc<Metrics>,
    /// Whether the engine makes progress.
    pub ready: Arc<dyn Readiness>,
    /// Copies of the store.
    pub backups: Backups,
}

struct Front {
    state: HttpState,
    sockets: Arc<Semaphore>,
    shutdown: CancellationToken,
}

/// Serves until `shutdown` is cancelled and the requests under way are answered.
pub async fn serve(listener: TcpListener, state: HttpState, shutdown: CancellationToken) {
    let sockets = Arc::new(Semaphore::new(SOCKETS));
    let front = Arc::new(Front { state, sockets, shutdown: shutdown.clone() });
    connections::serve(listener, router(front), connections::Limits::default(), shutdown).await;
}

fn router(front: Arc<Front>) -> Router {
    let graphql = Router::new()
        .route("/graphql", get(graphql::get).post(graphql::post).fallback(graphql::other_method))
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(envelope::time_limit(REQUEST_TIME))
        .layer(middleware::from_fn_with_state(front.clone(), let_in));
    let backup =
        Router::new().route("/backup", post(backup::send)).layer(middleware::from_fn_with_state(front.clone(), let_in));
    let session = Router::new()
        .route("/session", post(session::open).delete(session::close))
        .layer(DefaultBodyLimit::max(SIGN_IN_LIMIT))
        .layer(envelope::time_limit(REQUEST_TIME));
    let routes = Router::new()
        .merge(session)
        .merge(graphql)
        .merge(backup)
        .route("/graphql/ws", any(socket::upgrade))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(health::metrics))
        .fallback(dashboard::serve)
        .with_state(front.clone());
    envelope::wrap(routes, front)
}

/// Lets a request through once it is known who asks.
async fn let_in(
    State(front): State<Arc<Front>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    mut request: Request,
    next: Next,
) -> Response {
    match who(&front, &Proof::of(request.headers()), peer).await {
        Ok(actor) => {
            request.extensions_mut().insert(actor);
            next.run(request).await
        }
        Err(denied) => refuse(&denied),
    }
}

/// What somebody shows to be let in.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Proof {
    /// Nothing.
    None,
    /// The secret of a token.
    Token(String),
    /// The secret of a session, from a page of this server.
    Session(String),
    /// The secret of a session, from a page of another site.
    Elsewhere,
}

impl Proof {
    /// A token in the header counts before a cookie, which a browser sends without being asked.
    fn of(headers: &HeaderMap) -> Proof {
        match (bearer(headers), session::cookie(headers)) {
            (Some(secret), _) => Proof::Token(secret.to_owned()),
            (None, Some(secret)) if session::is_own_page(headers) => Proof::Session(secret.to_owned()),
            (None, Some(_)) => Proof::Elsewhere,
            (None, None) => Proof::None,
        }
    }
}

/// Who asks.
async fn who(front: &Front, proof: &Proof, peer: SocketAddr) -> Result<ActorContext, Denied> {
    let actor = match proof {
        Proof::None => return Err(Denied::Missing),
        Proof::Elsewhere => return Err(Denied::Elsewhere),
        Proof::Token(secret) => front.state.access.actor(Some(secret), peer.ip()).await?,
        Proof::Session(secret) => front.state.access.session(secret).await?.actor(),
    };
    Ok(ActorContext { actor, origin: peer.ip().to_string().into() })
}

/// The secret of an `Authorization: Bearer` header.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, secret) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(secret)
}

fn refuse(denied: &Denied) -> Response {
    let (status, code) = match denied {
        Denied::Missing | Denied::Malformed(_) | Denied::Unknown | Denied::SessionOver | Denied::UsedUp => {
            (StatusCode::UNAUTHORIZED, "UNAUTHENTICATED")
        }
        Denied::Elsewhere => (StatusCode::FORBIDDEN, "ANOTHER_SITE"),
        Denied::TooMany { .. } => (StatusCode::TOO_MANY_REQUESTS, "TOO_MANY_FAILURES"),
        Denied::Fault(_) => (StatusCode::SERVICE_UNAVAILABLE, "FAULT"),
    };
    let mut response = graphql::request_error(status, code, &denied.to_string(), denied.hint()).into_response();
    match denied {
        Denied::TooMany { retry_after_seconds } => {
            response.headers_mut().insert(header::RETRY_AFTER, (*retry_after_seconds).into());
        }
        _ if status == StatusCode::UNAUTHORIZED => {
            let challenge = header::HeaderValue::from_static("Bearer realm=\"stagger\"");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
        }
        _ => {}
    }
    response
}
