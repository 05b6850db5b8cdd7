//! Which of the ways a file is kept in a client takes best (RFC 9110, section 12.5.3).
//!
//! Never found here: the compressing itself; the dashboard's build does that once, as well as can be.

use axum::http::{HeaderMap, header};

/// A way in which a file lies beside itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    /// As `FILE.br`.
    Brotli,
    /// As `FILE.gz`.
    Gzip,
}

impl Encoding {
    /// The smaller first.
    const ALL: [Encoding; 2] = [Encoding::Brotli, Encoding::Gzip];

    /// As sent in `Content-Encoding`.
    pub fn name(self) -> &'static str {
        match self {
            Encoding::Brotli => "br",
            Encoding::Gzip => "gzip",
        }
    }

    /// What follows the name of the file.
    pub fn suffix(self) -> &'static str {
        match self {
            Encoding::Brotli => ".br",
            Encoding::Gzip => ".gz",
        }
    }

    /// Whether a path names a compressed file itself, which is no address of its own.
    pub fn is_in(path: &str) -> bool {
        Encoding::ALL.into_iter().any(|encoding| path.ends_with(encoding.suffix()))
    }

    /// Those a request's `Accept-Encoding` takes at least as gladly as the plain file, the best first.
    pub fn wanted(headers: &HeaderMap) -> Vec<Encoding> {
        let values = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
        let codings: Vec<(&str, u16)> = values.flat_map(|value| value.split(',')).map(coding).collect();
        // What is not named is as good as `*`; the plain file is acceptable unless it is ruled out, but never sought.
        let plain = quality(&codings, "identity").unwrap_or(0);
        let mut wanted: Vec<(u16, Encoding)> = Encoding::ALL
            .into_iter()
            .filter_map(|encoding| Some((named_or_any(&codings, encoding.name())?, encoding)))
            .filter(|(quality, _)| *quality > 0 && *quality >= plain)
            .collect();
        // Stable: of two that are as welcome the smaller comes first.
        wanted.sort_by_key(|(quality, _)| std::cmp::Reverse(*quality));
        wanted.into_iter().map(|(_, encoding)| encoding).collect()
    }
}

/// A coding and how welcome it is, in thousandths.
fn coding(part: &str) -> (&str, u16) {
    let mut parts = part.split(';').map(str::trim);
    let name = parts.next().unwrap_or_default();
    let weight = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
    let quality = weight.and_then(|weight| weight.parse::<f32>().ok()).unwrap_or(1.0).clamp(0.0, 1.0);
    (name, (quality * 1_000.0) as u16)
}

fn quality(codings: &[(&str, u16)], name: &str) -> Option<u16> {
    codings.iter().find(|(coding, _)| coding.eq_ignore_ascii_case(name)).map(|(_, quality)| *quality)
}

fn named_or_any(codings: &[(&str, u16)], name: &str) -> Option<u16> {
    quality(codings, name).or_else(|| quality(codings, "*"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn the_most_welcome_comes_first_and_the_unwelcome_not_at_all() {
        use Encoding::{Brotli, Gzip};
        let cases: [(&str, &[Encoding]); 12] = [
            ("", &[]),
            ("identity", &[]),
            ("gzip, deflate, br, zstd", &[Brotli, Gzip]),
            ("gzip", &[Gzip]),
            ("GZIP;Q=0.5", &[Gzip]),
            ("br;q=0.2, gzip;q=0.8", &[Gzip, Brotli]),
            ("br;q=0, gzip", &[Gzip]),
            ("*", &[Brotli, Gzip]),
            ("*;q=0.1, gzip;q=0", &[Brotli]),
            ("identity;q=1, gzip;q=0.5", &[]),
            ("identity;q=0.5, gzip;q=0.5", &[Gzip]),
            ("deflate, zstd", &[]),
        ];
        for (accepted, wanted) in cases {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_str(accepted).expect("a header"));
            assert_eq!(Encoding::wanted(&headers), wanted, "{accepted}");
        }
        assert_eq!(Encoding::wanted(&HeaderMap::new()), []);
    }
}
