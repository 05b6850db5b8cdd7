//! Which media type a client sends and wants back (GraphQL over HTTP, "Media Types"; RFC 9110, section 12.5.1).
//!
//! Never found here: what is sent.

use axum::http::{HeaderMap, header};

/// A media type that GraphQL answers are written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// `application/graphql-response+json`, the one that says what a status code means.
    GraphQl,
    /// `application/json`, for clients that know no other.
    Json,
}

impl Answer {
    /// As sent in `Content-Type`.
    pub fn content_type(self) -> &'static str {
        match self {
            Answer::GraphQl => "application/graphql-response+json; charset=utf-8",
            Answer::Json => "application/json; charset=utf-8",
        }
    }

    /// The best answer for a request's `Accept`; `None` when it wants neither.
    pub fn wanted(headers: &HeaderMap) -> Option<Answer> {
        let mut values = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok()).peekable();
        if values.peek().is_none() {
            return Some(Answer::GraphQl);
        }
        let ranges: Vec<Range> = values.flat_map(|value| value.split(',')).map(Range::read).collect();
        let graphql = quality(&ranges, "graphql-response+json");
        let json = quality(&ranges, "json");
        match (graphql, json) {
            (0, 0) => None,
            (graphql, json) if graphql >= json => Some(Answer::GraphQl),
            _ => Some(Answer::Json),
        }
    }
}

/// One part of an `Accept` header: what it covers, and how much it is wanted in thousandths.
struct Range<'a> {
    media_type: &'a str,
    quality: u16,
}

impl<'a> Range<'a> {
    fn read(text: &'a str) -> Range<'a> {
        let mut parts = text.split(';').map(str::trim);
        let media_type = parts.next().unwrap_or_default();
        let weight = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
        let quality = weight.and_then(|weight| weight.parse::<f32>().ok()).unwrap_or(1.0).clamp(0.0, 1.0);
        Range { media_type, quality: (quality * 1_000.0) as u16 }
    }

    /// How exactly it covers `application/<subtype>`; `None` when it does not.
    fn covers(&self, subtype: &str) -> Option<u8> {
        let (kind, sub) = self.media_type.split_once('/')?;
        match (kind, sub) {
            ("*", "*") => Some(0),
            (kind, "*") if kind.eq_ignore_ascii_case("application") => Some(1),
            (kind, sub) if kind.eq_ignore_ascii_case("application") && sub.eq_ignore_ascii_case(subtype) => Some(2),
            _ => None,
        }
    }
}

/// The quality of the range that covers a type most exactly.
fn quality(ranges: &[Range], subtype: &str) -> u16 {
    let covering = ranges.iter().filter_map(|range| Some((range.covers(subtype)?, range.quality)));
    covering.max().map_or(0, |(_, quality)| quality)
}

/// Whether a request's body is JSON in UTF-8. Anything else is refused: browsers send other types across sites unasked.
pub fn sends_json(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()) else { return false };
    let mut parts = value.split(';').map(str::trim);
    let is_json = parts.next().is_some_and(|kind| kind.eq_ignore_ascii_case("application/json"));
    let mut parameters = parts.filter_map(|part| part.split_once('='));
    is_json && parameters.all(|(name, value)| !name.eq_ignore_ascii_case("charset") || is_utf8(value))
}

fn is_utf8(charset: &str) -> bool {
    let charset = charset.trim_matches('"');
    charset.eq_ignore_ascii_case("utf-8") || charset.eq_ignore_ascii_case("utf8")
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn an_accept_header_gets_the_answer_it_wants_most() {
        for (accept, wanted) in [
            ("*/*", Some(Answer::GraphQl)),
            ("application/*", Some(Answer::GraphQl)),
            ("application/json", Some(Answer::Json)),
            ("application/graphql-response+json", Some(Answer::GraphQl)),
            ("Application/GraphQL-Response+JSON; charset=utf-8", Some(Answer::GraphQl)),
            ("application/graphql-response+json; q=0.5, application/json", Some(Answer::Json)),
            ("application/graphql-response+json, application/json; q=0.9", Some(Answer::GraphQl)),
            ("application/json, */*; q=0.1", Some(Answer::Json)),
            ("text/html, application/json;q=0", None),
            ("text/html", None),
            ("", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT, HeaderValue::from_static(accept));
            assert_eq!(Answer::wanted(&headers), wanted, "{accept}");
        }
        assert_eq!(Answer::wanted(&HeaderMap::new()), Some(Answer::GraphQl));
    }

    #[test]
    fn only_json_in_utf_8_is_read() {
        for (sent, is_read) in [
            ("application/json", true),
            ("application/json; charset=utf-8", true),
            ("application/JSON;charset=\"UTF-8\"", true),
            ("application/json; charset=latin1", false),
            ("text/plain", false),
            ("application/x-www-form-urlencoded", false),
            ("multipart/form-data; boundary=x", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(sent));
            assert_eq!(sends_json(&headers), is_read, "{sent}");
        }
        assert!(!sends_json(&HeaderMap::new()));
    }
}
