//! The dashboard's files, kept in the binary, plain and compressed. Without them, one page that says how to build them.
//!
//! Never found here: anything the dashboard shows; it asks the GraphQL API like every other client.

mod encoding;

use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use encoding::Encoding;
use rust_embed::{EmbeddedFile, RustEmbed};

/// Where a browser may load from: this server only, and no script or style inside a page.
pub const CONTENT_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
     connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Bundlers put files whose names hold a hash of their content into this folder; they never change.
const HASHED: &str = "assets/";
const INDEX: &str = "index.html";

#[derive(RustEmbed)]
#[folder = "../web-dashboard/dist"]
#[allow_missing = true]
struct Assets;

/// Answers a request that no other route took.
pub async fn serve(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    answer::<Assets>(&method, &uri, &headers)
}

fn answer<Files: RustEmbed>(method: &Method, uri: &Uri, headers: &HeaderMap) -> Response {
    if method != Method::GET && method != Method::HEAD {
        return (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, "GET, HEAD")]).into_response();
    }
    let path = uri.path().trim_start_matches('/');
    let path = if path.is_empty() { INDEX } else { path };
    match find::<Files>(path, headers) {
        Some(found) => send(path, found, headers),
        None if wants_page(headers) => page::<Files>(headers),
        None => (StatusCode::NOT_FOUND, "there is nothing here; the API is at /graphql\n").into_response(),
    }
}

/// A page of the dashboard that only the browser knows: its address is resolved by the script of `index.html`.
fn page<Files: RustEmbed>(headers: &HeaderMap) -> Response {
    match find::<Files>(INDEX, headers) {
        Some(found) => send(INDEX, found, headers),
        None => not_built(),
    }
}

fn wants_page(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    accept.split(',').any(|part| part.split(';').next().map(str::trim) == Some("text/html"))
}

/// A file as it is sent.
struct Found {
    file: EmbeddedFile,
    /// How it is compressed, if it is.
    encoding: Option<Encoding>,
    media_type: String,
}

/// The file at a path, in the encoding that the client takes best.
fn find<Files: RustEmbed>(path: &str, headers: &HeaderMap) -> Option<Found> {
    if Encoding::is_in(path) {
        return None;
    }
    let plain = Files::get(path)?;
    let media_type = match plain.metadata.mimetype() {
        text if text.starts_with("text/") => format!("{text}; charset=utf-8"),
        other => other.to_owned(),
    };
    let compressed = Encoding::wanted(headers)
        .into_iter()
        .find_map(|encoding| Some((Files::get(&format!("{path}{}", encoding.suffix()))?, Some(encoding))));
    let (file, encoding) = compressed.unwrap_or((plain, None));
    Some(Found { file, encoding, media_type })
}

fn send(path: &str, found: Found, asked: &HeaderMap) -> Response {
    let Found { file, encoding, media_type } = found;
    // The hash is that of the bytes sent, so that each encoding has a tag of its own.
    let tag = entity_tag(&file);
    let mut headers = HeaderMap::new();
    let kept = if path.starts_with(HASHED) { "public, max-age=31536000, immutable" } else { "no-cache" };
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(kept));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(header::ETAG, tag);
    }
    if is_known(&tag, asked) {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    if let Ok(media_type) = HeaderValue::from_str(&media_type) {
        headers.insert(header::CONTENT_TYPE, media_type);
    }
    if let Some(encoding) = encoding {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding.name()));
    }
    (headers, file.data).into_response()
}

/// Whether the client has a file with this tag already. A proxy may have made a tag weak.
fn is_known(tag: &str, asked: &HeaderMap) -> bool {
    let known = asked.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    known.flat_map(|value| value.split(',')).map(str::trim).any(|known| known.trim_start_matches("W/") == tag)
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// A small dashboard, built as the real one is.
    #[derive(RustEmbed)]
    #[folder = "tests/front/dashboard"]
    struct Sample;

    /// A binary that was built without Node.
    #[derive(RustEmbed)]
    #[folder = "tests/front/there-is-no-such-folder"]
    #[allow_missing = true]
    struct Nothing;

    fn get<Files: RustEmbed>(path: &str, asked: &[(header::HeaderName, &str)]) -> Response {
        let headers = asked.iter().map(|(name, value)| (name.clone(), HeaderValue::from_str(value).expect("a value")));
        answer::<Files>(&Method::GET, &path.parse().expect("a path"), &headers.collect())
    }

    fn header_of<'a>(response: &'a Response, name: &str) -> &'a str {
        response.headers().get(name).map_or("", |value| value.to_str().expect("text"))
    }

    async fn body(response: Response) -> Vec<u8> {
        axum::body::to_bytes(response.into_body(), 1_000_000).await.expect("a body").to_vec()
    }

    #[tokio::test]
    async fn a_file_is_sent_as_the_client_takes_it_best_each_with_a_tag_of_its_own() {
        let path = "/assets/app-1a2b.js";
        let mut tags = BTreeSet::new();
        for (accepted, encoding, kept) in [
            ("gzip, deflate, br", "br", &include_bytes!("../tests/front/dashboard/assets/app-1a2b.js.br")[..]),
            ("gzip", "gzip", &include_bytes!("../tests/front/dashboard/assets/app-1a2b.js.gz")[..]),
            ("br;q=0, gzip;q=0", "", &include_bytes!("../tests/front/dashboard/assets/app-1a2b.js")[..]),
        ] {
            let response = get::<Sample>(path, &[(header::ACCEPT_ENCODING, accepted)]);
            assert_eq!(header_of(&response, "content-encoding"), encoding, "{accepted}");
            assert_eq!(header_of(&response, "content-type"), "text/javascript; charset=utf-8");
            assert_eq!(header_of(&response, "vary"), "accept-encoding");
            assert_eq!(header_of(&response, "cache-control"), "public, max-age=31536000, immutable");
            tags.insert(header_of(&response, "etag").to_owned());
            assert_eq!(body(response).await, kept, "{accepted}");
        }
        assert_eq!(tags.len(), 3, "{tags:?}");
    }

    #[tokio::test]
    async fn what_the_client_has_is_not_sent_again_in_that_encoding() {
        let brotli = (header::ACCEPT_ENCODING, "br");
        let first = get::<Sample>("/", &[brotli.clone(), (header::ACCEPT, "text/html")]);
        assert_eq!((header_of(&first, "content-encoding"), header_of(&first, "cache-control")), ("br", "no-cache"));
        let tag = header_of(&first, "etag").to_owned();
        for known in [tag.clone(), format!("W/{tag}"), format!("\"other\", {tag}")] {
            let again = get::<Sample>("/", &[brotli.clone(), (header::IF_NONE_MATCH, &known)]);
            assert_eq!(again.status(), StatusCode::NOT_MODIFIED, "{known}");
            assert_eq!(header_of(&again, "vary"), "accept-encoding");
        }
        let plain = get::<Sample>("/", &[(header::IF_NONE_MATCH, &tag)]);
        assert_eq!(plain.status(), StatusCode::OK, "the tag of a compressed file says nothing of the plain one");
    }

    #[tokio::test]
    async fn a_file_without_compressed_ones_is_sent_plain_and_those_have_no_address() {
        let font = get::<Sample>("/assets/font-3c4d.woff2", &[(header::ACCEPT_ENCODING, "br, gzip")]);
        assert_eq!((header_of(&font, "content-encoding"), header_of(&font, "content-type")), ("", "font/woff2"));
        assert_eq!(get::<Sample>("/assets/app-1a2b.js.br", &[]).status(), StatusCode::NOT_FOUND);
        assert_eq!(get::<Sample>("/assets/gone.js", &[]).status(), StatusCode::NOT_FOUND);
    }

    #[tokio::test]
    async fn a_binary_without_the_dashboard_says_what_to_run() {
        for path in ["/", "/jobs/01KB2Q6V7V4J8QZ0M6T3N5R9XA"] {
            let response = get::<Nothing>(path, &[(header::ACCEPT, "text/html")]);
            assert_eq!((response.status(), header_of(&response, "cache-control")), (StatusCode::OK, "no-store"));
            let page = String::from_utf8(body(response).await).expect("text");
            assert!(page.contains("<code>make dashboard</code>"), "{page}");
        }
    }
}
