//! One HTTP request from the controller.
//!
//! Never found here: a second try, and following a redirect to somewhere else.

use super::Came;
use jobs::parameter::Values;
use reqwest::{Client, Method, Request, Response, Url, redirect};
use serde_json::Value;
use std::sync::OnceLock;
use std::time::Duration;

/// The most of an answer's body that is kept, in bytes.
const MAX_BODY: usize = 64 << 10;

/// The HTTP client of the controller.
#[derive(Default)]
pub(super) struct Requests {
    client: OnceLock<Client>,
}

/// A request that can be sent.
pub(super) struct Prepared {
    client: Client,
    request: Request,
    expected: Vec<u64>,
}

impl Requests {
    /// Reads the parameters `url`, `method`, `headers`, `body` and `expect_status`.
    pub(super) fn prepare(&self, values: &Values, limit: Duration) -> Result<Prepared, String> {
        let client = self.client()?;
        let url = values.get("url").and_then(Value::as_str).ok_or("`url` is missing")?;
        let url: Url = url.parse().map_err(|error| format!("`url` {url:?}: {error}"))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(format!("`url` {url:?} must start with http:// or https://"));
        }
        let method = values.get("method").and_then(Value::as_str).unwrap_or("GET").to_ascii_uppercase();
        let method = Method::from_bytes(method.as_bytes()).map_err(|_| format!("`method` {method:?} is none"))?;
        let mut request = client.request(method, url);
        if limit > Duration::ZERO {
            request = request.timeout(limit);
        }
        if let Some(Value::Object(headers)) = values.get("headers") {
            for (name, value) in headers {
                request = request.header(name, as_text(value));
            }
        }
        request = match values.get("body") {
            None | Some(Value::Null) => request,
            Some(Value::String(text)) => request.body(text.clone()),
            Some(value) => request.json(value),
        };
        let request = request.build().map_err(|error| format!("the request: {error}"))?;
        Ok(Prepared { client, request, expected: expected(values)? })
    }

    fn client(&self) -> Result<Client, String> {
        if let Some(client) = self.client.get() {
            return Ok(client.clone());
        }
        let agent = concat!("stagger/", env!("CARGO_PKG_VERSION"));
        // A redirected POST would be another request than the one that was asked for.
        let built = Client::builder().user_agent(agent).redirect(redirect::Policy::none()).build();
        let built = built.map_err(|error| format!("no HTTP client: {error}"))?;
        Ok(self.client.get_or_init(|| built).clone())
    }
}

impl Prepared {
    pub(super) async fn send(self) -> Came {
        match self.client.execute(self.request).await {
            Ok(response) => judge(response, &self.expected).await,
            Err(error) if error.is_timeout() => Came::TimedOut,
            Err(error) => Came::Badly(chain(&error), Values::new()),
        }
    }
}

async fn judge(mut response: Response, expected: &[u64]) -> Came {
    let status = u64::from(response.status().as_u16());
    let well = if expected.is_empty() { response.status().is_success() } else { expected.contains(&status) };
    let mut body = Vec::new();
    let mut broken = None;
    while body.len() < MAX_BODY {
        match response.chunk().await {
            Ok(Some(chunk)) => body.extend_from_slice(&chunk[..chunk.len().min(MAX_BODY - body.len())]),
            Ok(None) => break,
            Err(error) => {
                broken = Some(chain(&error));
                break;
            }
        }
    }
    let body = String::from_utf8_lossy(&body).into_owned();
    let output = Values::from([("status".to_owned(), status.into()), ("body".to_owned(), body.into())]);
    match broken {
        Some(why) => Came::Badly(format!("HTTP {status}, and its body broke off: {why}"), output),
        None if well => Came::Well(output),
        None => Came::Badly(format!("HTTP {status}, expected {}", in_words(expected)), output),
    }
}

fn expected(values: &Values) -> Result<Vec<u64>, String> {
    let wrong = || "`expect_status` must be a status such as 200, or a list of them".to_owned();
    match values.get("expect_status") {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(list)) => list.iter().map(|status| status.as_u64().ok_or_else(wrong)).collect(),
        Some(status) => Ok(vec![status.as_u64().ok_or_else(wrong)?]),
    }
}

fn in_words(expected: &[u64]) -> String {
    match expected {
        [] => "2xx".to_owned(),
        list => list.iter().map(u64::to_string).collect::<Vec<_>>().join(" or "),
    }
}

fn as_text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The error with its causes. The address is left out: it may hold a secret.
fn chain(error: &reqwest::Error) -> String {
    let mut text = "no answer".to_owned();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
