//! `POST /session` and `DELETE /session`: signing in and out of the dashboard.
//!
//! Whoever signs in gets a secret of a session's own in a cookie that no script can read. The log knows who signed in, when,
//! and with which token; when that is taken back, its sessions end. Never found here: what a session may do, which is what
//! its token may.

use super::graphql::request_error;
use super::{Front, refuse};
use crate::access::{Denied, Live, Secret};
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse, Response};
use jobs::command::{Body, Command};
use jobs::time::Duration;
use schema::backend::{Refusal, Request};
use serde::Deserialize;
use std::net::SocketAddr;
use std::sync::Arc;

/// How long a session lasts.
const LASTS: Duration = Duration::minutes(7 * 24 * 60);
const COOKIE: &str = "stagger_session";

/// What somebody signs in with: the secret of an access token, or the code of a link.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub enum SignIn {
    /// `{"token": "stg_…"}`
    Token(String),
    /// `{"once": "stg_…"}`
    Once(String),
}

/// `POST /session`: 204 with the cookie.
pub async fn open(
    State(front): State<Arc<Front>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    asked: Result<Json<SignIn>, JsonRejection>,
) -> Response {
    if !is_own_page(&headers) {
        return refuse(&Denied::Elsewhere);
    }
    let asked = match asked {
        Ok(Json(asked)) => asked,
        Err(why) => {
            let hint = "send {\"token\": \"stg_…\"} as application/json";
            return request_error(why.status(), "BAD_REQUEST", &why.body_text(), hint).into_response();
        }
    };
    let known = match &asked {
        SignIn::Token(secret) => front.state.access.token(Some(secret), peer.ip()).await,
        SignIn::Once(code) => front.state.access.redeem(code, peer.ip()).await,
    };
    let opened = match known {
        Ok(token) => open_with(&front, token, peer).await,
        Err(denied) => Err(denied),
    };
    match opened {
        Ok(secret) => (StatusCode::NO_CONTENT, set_cookie(&headers, secret.reveal(), LASTS)).into_response(),
        Err(denied) => refuse(&denied),
    }
}

async fn open_with(front: &Front, token: Live, peer: SocketAddr) -> Result<Secret, Denied> {
    let secret = Secret::generate().map_err(|why| Denied::Fault(why.to_string()))?;
    let until = front.state.backend.now() + LASTS;
    let body = Body::OpenSession { token: token.token, hash: secret.hash().into(), until };
    carry_out(front, &token, body, peer).await?;
    Ok(secret)
}

/// `DELETE /session`: 204, and the cookie is gone. Whoever is not signed in stays so.
pub async fn close(
    State(front): State<Arc<Front>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
) -> Response {
    if !is_own_page(&headers) {
        return refuse(&Denied::Elsewhere);
    }
    let ended = match cookie(&headers) {
        Some(secret) => close_with(&front, secret, peer).await,
        None => Ok(()),
    };
    match ended {
        Ok(()) | Err(Denied::SessionOver) => {
            (StatusCode::NO_CONTENT, set_cookie(&headers, "", Duration::ZERO)).into_response()
        }
        Err(denied) => refuse(&denied),
    }
}

async fn close_with(front: &Front, secret: &str, peer: SocketAddr) -> Result<(), Denied> {
    let session = front.state.access.session(secret).await?;
    let body = Body::CloseSession { hash: session.hash.clone() };
    carry_out(front, &session, body, peer).await
}

/// The session is known to whoever asks next.
async fn carry_out(front: &Front, by: &Live, body: Body, peer: SocketAddr) -> Result<(), Denied> {
    let command = Command { actor: by.actor(), body };
    let request = Request { command, origin: peer.ip().to_string().into(), key: None };
    let carried_out = front.state.backend.submit(request).await;
    front.state.access.forget();
    match carried_out {
        Ok(_) => Ok(()),
        // The token was taken back in this moment.
        Err(Refusal::Rejected(_)) => Err(Denied::Unknown),
        Err(Refusal::Fault(fault)) => Err(Denied::Fault(fault.to_string())),
    }
}

/// The secret of the session that a browser sends.
pub(super) fn cookie(headers: &HeaderMap) -> Option<&str> {
    let name = cookie_name(headers);
    let lines = headers.get_all(header::COOKIE).into_iter().filter_map(|line| line.to_str().ok());
    let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.filter(|(key, _)| *key == name).map(|(_, value)| value).next()
}

/// Cookies do not tell ports apart: two servers on one machine would sign each other's people out.
fn cookie_name(headers: &HeaderMap) -> String {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    match host.rsplit_once(':').filter(|(_, port)| port.bytes().all(|digit| digit.is_ascii_digit())) {
        Some((_, port)) => format!("{COOKIE}_{port}"),
        None => COOKIE.to_owned(),
    }
}

fn set_cookie(headers: &HeaderMap, value: &str, lasts: Duration) -> AppendHeaders<[(header::HeaderName, String); 2]> {
    let is_https = headers.get("x-forwarded-proto").is_some_and(|scheme| scheme == HeaderValue::from_static("https"));
    let secure = if is_https { "; Secure" } else { "" };
    let (name, seconds) = (cookie_name(headers), lasts.0 / 1_000);
    let cookie = format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}");
    AppendHeaders([(header::SET_COOKIE, cookie), (header::CACHE_CONTROL, "no-store".to_owned())])
}

/// Whether a browser asks for a page of this server, or it is no browser. A cookie alone is not believed: another site
/// on the same machine, with another port, counts as the same site for it.
pub(super) fn is_own_page(headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    if text(header::HeaderName::from_static("sec-fetch-site"))
        .is_some_and(|site| site != "same-origin" && site != "none")
    {
        return false;
    }
    let Some(origin) = headers.get(header::ORIGIN) else { return true };
    let site = origin.to_str().ok().and_then(|origin| origin.split_once("://")).map(|(_, site)| site);
    site.is_some() && site == text(header::HOST)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().expect("a name"), HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn a_cookie_is_found_among_others_and_by_the_port() {
        let of = |host, cookie| headers(&[("host", host), ("cookie", cookie)]);
        let asked = of("127.0.0.1:8080", "a=b; stagger_session_8080=one; stagger_session=two");
        assert_eq!(cookie(&asked), Some("one"));
        assert_eq!(cookie(&of("stagger.example", "stagger_session_8080=one; stagger_session=two")), Some("two"));
        assert_eq!(cookie(&of("[::1]:9", "stagger_session_9=three")), Some("three"));
        assert_eq!(cookie(&of("127.0.0.1:8081", "stagger_session_8080=one")), None);
        assert_eq!(cookie(&headers(&[])), None);
    }

    #[test]
    fn pages_of_other_sites_are_told_from_our_own() {
        let table: &[(&[(&'static str, &'static str)], bool)] = &[
            (&[("host", "a:1")], true),
            (&[("host", "a:1"), ("origin", "http://a:1")], true),
            (&[("host", "a:1"), ("origin", "http://a:2")], false),
            (&[("host", "a:1"), ("origin", "null")], false),
            (&[("host", "a:1"), ("sec-fetch-site", "same-origin"), ("origin", "http://a:1")], true),
            (&[("host", "a:1"), ("sec-fetch-site", "none")], true),
            (&[("host", "a:1"), ("sec-fetch-site", "same-site")], false),
            (&[("host", "a:1"), ("sec-fetch-site", "cross-site")], false),
        ];
        for (pairs, expected) in table {
            assert_eq!(is_own_page(&headers(pairs)), *expected, "{pairs:?}");
        }
    }

    #[test]
    fn a_cookie_is_for_this_server_only_and_no_script() {
        let cookie = |pairs| set_cookie(&headers(pairs), "secret", LASTS).0[0].1.clone();
        let plain = cookie(&[("host", "a:80")]);
        assert_eq!(plain, "stagger_session_80=secret; Path=/; Max-Age=604800; HttpOnly; SameSite=Strict");
        assert!(cookie(&[("host", "a"), ("x-forwarded-proto", "https")]).ends_with("; Secure"));
    }
}
