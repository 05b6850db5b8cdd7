//! Whether the server is alive, whether it makes progress, and its figures.
//!
//! Never found here: a repair.

use super::Front;
use crate::telemetry::metrics::{FleetFigures, MEDIA_TYPE};
use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use std::sync::Arc;

/// Says whether the engine makes progress.
pub trait Readiness: Send + Sync + 'static {
    /// As it stands now. Must not wait for anything.
    fn progress(&self) -> Progress;
}

/// How far the engine is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Progress {
    /// The last position of the log that the live state holds.
    pub applied: u64,
    /// The last position that is durable.
    pub durable: u64,
    /// Why work does not go on; `None` when it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

#[derive(Serialize)]
struct Ready {
    ready: bool,
    #[serde(flatten)]
    progress: Progress,
}

/// `GET /healthz`: the process is alive.
pub async fn alive() -> Response {
    ([(header::CACHE_CONTROL, "no-store")], Json(serde_json::json!({ "alive": true }))).into_response()
}

/// `GET /readyz`: 200 while the engine makes progress, 503 with the reason otherwise.
pub async fn ready(State(front): State<Arc<Front>>) -> Response {
    let mut progress = front.state.ready.progress();
    if front.shutdown.is_cancelled() {
        progress.reason.get_or_insert_with(|| "the server is stopping".to_owned());
    }
    let ready = progress.reason.is_none();
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, [(header::CACHE_CONTROL, "no-store")], Json(Ready { ready, progress })).into_response()
}

/// `GET /metrics`: figures for Prometheus.
pub async fn metrics(State(front): State<Arc<Front>>) -> Response {
    match schema::read(&*front.state.backend, FleetFigures::of).await {
        Ok(figures) => ([(header::CONTENT_TYPE, MEDIA_TYPE)], front.state.metrics.text(&figures)).into_response(),
        Err(fault) => {
            (StatusCode::SERVICE_UNAVAILABLE, format!("the live state cannot be read: {fault}\n")).into_response()
        }
    }
}
