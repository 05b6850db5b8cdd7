//! The dashboard's files, kept in the binary. Without them, one page that says how to build them.
//!
//! Never found here: anything the dashboard shows; it asks the GraphQL API like every other client.

use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use rust_embed::{EmbeddedFile, RustEmbed};

/// Where a browser may load from: this server only, and no script or style inside a page.
pub const CONTENT_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
     connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Bundlers put files whose names hold a hash of their content into this folder; they never change.
const HASHED: &str = "assets/";

#[derive(RustEmbed)]
#[folder = "../web-dashboard/dist"]
#[allow_missing = true]
struct Assets;

/// Answers a request that no other route took.
pub async fn serve(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    if method != Method::GET && method != Method::HEAD {
        return (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, "GET, HEAD")]).into_response();
    }
    let path = uri.path().trim_start_matches('/');
    let path = if path.is_empty() { "index.html" } else { path };
    match Assets::get(path) {
        Some(file) => send(path, file, &headers),
        None if wants_page(&headers) => page(&headers),
        None => (StatusCode::NOT_FOUND, "there is nothing here; the API is at /graphql\n").into_response(),
    }
}

/// A page of the dashboard that only the browser knows: its address is resolved by the script of `index.html`.
fn page(headers: &HeaderMap) -> Response {
    match Assets::get("index.html") {
        Some(index) => send("index.html", index, headers),
        None => not_built(),
    }
}

fn wants_page(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    accept.split(',').any(|part| part.split(';').next().map(str::trim) == Some("text/html"))
}

fn send(path: &str, file: EmbeddedFile, asked: &HeaderMap) -> Response {
    let tag = entity_tag(&file);
    let mut headers = HeaderMap::new();
    let kept = if path.starts_with(HASHED) { "public, max-age=31536000, immutable" } else { "no-cache" };
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(kept));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(header::ETAG, tag);
    }
    if asked.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes()) {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    if let Ok(media_type) = HeaderValue::from_str(file.metadata.mimetype()) {
        headers.insert(header::CONTENT_TYPE, media_type);
    }
    (headers, file.data).into_response()
}

fn entity_tag(file: &EmbeddedFile) -> String {
    let hash: String = file.metadata.sha256_hash().iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("\"{hash}\"")
}

fn not_built() -> Response {
    let headers = [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CACHE_CONTROL, "no-store")];
    (headers, NOT_BUILT).into_response()
}

const NOT_BUILT: &str = include_str!("dashboard/not_built.html");
