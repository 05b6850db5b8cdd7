//! The connections of the HTTP front: how many at once, how long one may take to ask, and how they end.
//!
//! Everything here guards file descriptors, which SSH needs, too. Never found here: what is answered.

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::response::Response;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1::{self, UpgradeableConnection};
use hyper::service::{HttpService, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

/// How long to wait after the system refused to accept a connection: it is out of something, and so for a while.
const REFUSED_PAUSE: Duration = Duration::from_millis(200);

/// How long requests under way may take to be answered once the server is to end.
const LAST_ANSWERS: Duration = Duration::from_secs(10);

/// What a client may take of the server before it has said who it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// Connections at once. More wait, in the system's queue, until one ends.
    pub connections: usize,
    /// How long a request's head may take: the first from the beginning of the connection, another from the answer before.
    /// A connection on which nothing is asked for so long is closed.
    pub head: Duration,
}

impl Default for Limits {
    fn default() -> Limits {
        // Longer than proxies keep an idle connection, so that none sends a request into one that is being closed.
        Limits { connections: 8_192, head: Duration::from_secs(75) }
    }
}

/// Serves until `shutdown` is cancelled and the requests under way are answered.
pub(super) async fn serve(listener: TcpListener, router: Router, limits: Limits, shutdown: CancellationToken) {
    let room = Arc::new(Semaphore::new(limits.connections));
    let open = TaskTracker::new();
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(limits.head);
    loop {
        let accepted = tokio::select! {
            () = shutdown.cancelled() => break,
            accepted = accept(&listener, &room) => accepted,
        };
        let Some((stream, peer, place)) = accepted else { continue };
        let router = router.clone();
        let answer = service_fn(move |request| answer(router.clone(), peer, request));
        let connection = http.serve_connection(TokioIo::new(stream), answer).with_upgrades();
        let told = shutdown.clone();
        open.spawn(async move {
            if let Err(why) = to_the_end(connection, told).await {
                tracing::debug!(%peer, %why, "a connection ended early");
            }
            drop(place);
        });
    }
    drop(listener);
    open.close();
    if timeout(LAST_ANSWERS, open.wait()).await.is_err() {
        tracing::warn!(left = open.len(), "some clients do not take their answers; their connections are cut");
    }
}

/// Serves a connection until it ends, or until the request under way is answered once `shutdown` is cancelled.
async fn to_the_end<S>(
    connection: UpgradeableConnection<TokioIo<TcpStream>, S>,
    shutdown: CancellationToken,
) -> hyper::Result<()>
where
    S: HttpService<Incoming, ResBody = Body>,
    S::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let mut connection = pin!(connection);
    tokio::select! {
        ended = connection.as_mut() => return ended,
        () = shutdown.cancelled() => connection.as_mut().graceful_shutdown(),
    }
    connection.await
}

/// The next connection, once there is room for it; none when it could not be taken.
async fn accept(
    listener: &TcpListener,
    room: &Arc<Semaphore>,
) -> Option<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let place = room.clone().acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, peer)) => {
            // Without it small answers may wait for one another; that it is a wish only is no harm.
            stream.set_nodelay(true).ok();
            Some((stream, peer, place))
        }
        Err(why) => {
            tracing::warn!(%why, "a connection could not be accepted");
            tokio::time::sleep(REFUSED_PAUSE).await;
            None
        }
    }
}

async fn answer(
    router: Router,
    peer: SocketAddr,
    mut request: Request<Incoming>,
) -> Result<Response, std::convert::Infallible> {
    request.extensions_mut().insert(ConnectInfo(peer));
    router.oneshot(request.map(Body::new)).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::routing::get;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    async fn start(limits: Limits) -> (SocketAddr, CancellationToken, tokio::task::JoinHandle<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("bound");
        let who = get(|ConnectInfo(peer): ConnectInfo<SocketAddr>| async move { peer.ip().to_string() });
        let slow = get(|| async {
            tokio::time::sleep(Duration::from_millis(300)).await;
            "slow"
        });
        let router = Router::new().route("/who", who).route("/slow", slow);
        let shutdown = CancellationToken::new();
        let serving = tokio::spawn(serve(listener, router, limits, shutdown.clone()));
        (address, shutdown, serving)
    }

    fn limits(connections: usize) -> Limits {
        Limits { connections, head: Duration::from_millis(500) }
    }

    /// What comes until the server closes the connection.
    async fn rest(stream: &mut TcpStream) -> String {
        let mut text = String::new();
        stream.read_to_string(&mut text).await.expect("text");
        text
    }

    async fn ask(address: SocketAddr, path: &str) -> String {
        let mut stream = TcpStream::connect(address).await.expect("it listens");
        let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.expect("sent");
        rest(&mut stream).await
    }

    #[tokio::test]
    async fn the_peer_is_known_to_whoever_answers() {
        let (address, ..) = start(limits(4)).await;
        assert!(ask(address, "/who").await.ends_with("127.0.0.1"));
    }

    #[tokio::test]
    async fn who_says_nothing_or_half_a_request_is_shown_out() {
        let (address, ..) = start(limits(4)).await;
        let mut silent = TcpStream::connect(address).await.expect("it listens");
        let mut slow = TcpStream::connect(address).await.expect("it listens");
        slow.write_all(b"GET /who HTTP/1.1\r\nhost:").await.expect("sent");
        let mut idle = TcpStream::connect(address).await.expect("it listens");
        idle.write_all(b"GET /who HTTP/1.1\r\nhost: x\r\n\r\n").await.expect("sent");
        assert!(!rest(&mut silent).await.contains("200 OK"));
        assert!(!rest(&mut slow).await.contains("200 OK"));
        assert!(rest(&mut idle).await.ends_with("127.0.0.1"), "answered, and closed when nothing more was asked");
    }

    #[tokio::test]
    async fn those_beyond_the_limit_wait_for_a_place() {
        let (address, ..) = start(limits(2)).await;
        let silent = [TcpStream::connect(address).await, TcpStream::connect(address).await];
        assert!(ask(address, "/who").await.ends_with("127.0.0.1"), "the silent ones were shown out");
        drop(silent);
    }

    #[tokio::test]
    async fn a_request_under_way_is_answered_before_the_end() {
        let (address, shutdown, serving) = start(limits(4)).await;
        let asked = tokio::spawn(async move { ask(address, "/slow").await });
        tokio::time::sleep(Duration::from_millis(100)).await;
        shutdown.cancel();
        assert!(asked.await.expect("asked").ends_with("slow"));
        serving.await.expect("it ends");
        assert!(TcpStream::connect(address).await.is_err(), "nobody listens any more");
    }
}
