//! What every answer has: a request id, security headers, a span in the log, a count, compression, and an answer even
//! where the code panicked.
//!
//! Never found here: anything about one route.

use super::Front;
use crate::dashboard::CONTENT_POLICY;
use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use std::any::Any;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tower_http::CompressionLevel;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, NotForContentType, Predicate};
use tower_http::request_id::{MakeRequestId, PropagateRequestIdLayer, RequestId, SetRequestIdLayer};
use tower_http::timeout::TimeoutLayer;
use tower_http::trace::TraceLayer;
use tracing::Span;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Wraps all routes. What is listed last sees a request first.
pub fn wrap(routes: Router, front: Arc<Front>) -> Router {
    let spans = TraceLayer::new_for_http().make_span_with(span).on_request(()).on_response(log).on_failure(());
    // The dashboard's files are compressed already, and so are fonts by themselves.
    let worthwhile = DefaultPredicate::new().and(NotForContentType::const_new("font/"));
    routes
        .layer(CompressionLayer::new().quality(CompressionLevel::Fastest).compress_when(worthwhile))
        .layer(CatchPanicLayer::custom(answer_panic))
        .layer(middleware::map_response(secure))
        .layer(middleware::from_fn_with_state(front, count))
        .layer(spans)
        .layer(PropagateRequestIdLayer::new(REQUEST_ID))
        .layer(SetRequestIdLayer::new(REQUEST_ID, UlidRequestId))
}

/// Ends requests that take longer with 503.
pub fn time_limit(limit: Duration) -> TimeoutLayer {
    TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, limit)
}

#[derive(Clone, Copy)]
struct UlidRequestId;

impl MakeRequestId for UlidRequestId {
    fn make_request_id<B>(&mut self, _request: &axum::http::Request<B>) -> Option<RequestId> {
        HeaderValue::from_str(&ulid::Ulid::generate().to_string()).ok().map(RequestId::new)
    }
}

fn span(request: &axum::http::Request<Body>) -> Span {
    let id = request.headers().get(REQUEST_ID).and_then(|id| id.to_str().ok()).unwrap_or_default();
    tracing::info_span!("request", method = %request.method(), path = request.uri().path(), id)
}

fn log(response: &axum::http::Response<impl Sized>, took: Duration, _span: &Span) {
    let status = response.status();
    let ms = took.as_secs_f64() * 1_000.0;
    if status.is_server_error() {
        tracing::warn!(status = status.as_u16(), ms, "answered");
    } else {
        tracing::debug!(status = status.as_u16(), ms, "answered");
    }
}

async fn count(State(front): State<Arc<Front>>, request: Request, next: Next) -> Response {
    let path = label(request.uri().path());
    let response = next.run(request).await;
    front.state.metrics.answered(path, response.status().as_u16());
    response
}

/// One of few names for a path, so that clients cannot make up labels.
fn label(path: &str) -> &'static str {
    ["/graphql", "/graphql/ws", "/session", "/backup", "/healthz", "/readyz", "/metrics"]
        .into_iter()
        .find(|known| *known == path)
        .unwrap_or("dashboard")
}

async fn secure(mut response: Response) -> Response {
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, CONTENT_POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

fn answer_panic(panic: Box<dyn Any + Send>) -> Response {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
    tracing::error!(panic = text, at = ?Instant::now(), "a request met a bug in stagger");
    let body = "this request met a bug in stagger; the server's log has it under this answer's x-request-id\n";
    (StatusCode::INTERNAL_SERVER_ERROR, body).into_response()
}
