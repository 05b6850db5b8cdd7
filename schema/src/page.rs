//! Pages of lists, in the form of Relay connections: forwards only, at most 200 at a time.
//!
//! Never found here: what is listed.

use crate::fault::bad_argument;
use async_graphql::connection::{Connection, CursorType, Edge};
use async_graphql::{Error, ObjectType, OutputType, SimpleObject};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// The most objects of one page.
pub const MOST: i32 = 200;

/// The page size where none is asked for.
pub const USUAL: i32 = 50;

/// What a cursor points after: the key of the last object of a page, in base 64 so that nobody reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor(pub String);

/// A text that was to be a cursor and is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a cursor; pass an `endCursor` exactly as this API gave it")]
pub struct InvalidCursor(pub String);

impl CursorType for Cursor {
    type Error = InvalidCursor;

    fn decode_cursor(text: &str) -> Result<Cursor, InvalidCursor> {
        let invalid = || InvalidCursor(text.to_owned());
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| invalid())?;
        String::from_utf8(bytes).map(Cursor).map_err(|_| invalid())
    }

    fn encode_cursor(&self) -> String {
        URL_SAFE_NO_PAD.encode(&self.0)
    }
}

/// What a page says besides its objects.
#[derive(SimpleObject, Clone, Debug, Default, PartialEq, Eq)]
pub struct Total {
    /// How many objects there are on all pages; null where only looking at every one of them could tell.
    pub total_count: Option<u32>,
}

/// Which page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// At most this many objects.
    pub limit: usize,
    /// The key of the object the page comes after.
    pub after: Option<String>,
}

impl Page {
    /// Checks the arguments of a connection.
    pub fn of(first: Option<i32>, after: Option<String>) -> Result<Page, Error> {
        let limit = match first.unwrap_or(USUAL) {
            limit @ 1..=MOST => limit as usize,
            other => return Err(bad_argument(format!("first is {other}; ask for 1 to {MOST} at a time"))),
        };
        let after = after.map(|text| Cursor::decode_cursor(&text)).transpose().map_err(bad_argument)?;
        Ok(Page { limit, after: after.map(|cursor| cursor.0) })
    }

    /// The key of the object the page comes after, as what it is a text of.
    pub fn after_key<K: std::str::FromStr>(&self) -> Result<Option<K>, Error> {
        let parse =
            |key: &String| key.parse().map_err(|_| bad_argument(InvalidCursor(Cursor(key.clone()).encode_cursor())));
        self.after.as_ref().map(parse).transpose()
    }

    /// A page out of one object more than it has room for, which says whether there is a next page.
    pub fn connection<N: OutputType, F: ObjectType>(
        &self,
        mut objects: Vec<N>,
        key: impl Fn(&N) -> String,
        fields: F,
    ) -> Connection<Cursor, N, F> {
        let has_next = objects.len() > self.limit;
        objects.truncate(self.limit);
        let mut page = Connection::with_additional_fields(self.after.is_some(), has_next, fields);
        page.edges.extend(objects.into_iter().map(|object| Edge::new(Cursor(key(&object)), object)));
        page
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_at_least_one_and_at_most_two_hundred_objects() {
        for (first, limit) in
            [(None, Some(50)), (Some(1), Some(1)), (Some(200), Some(200)), (Some(0), None), (Some(201), None)]
        {
            assert_eq!(Page::of(first, None).ok().map(|page| page.limit), limit, "first: {first:?}");
        }
    }

    #[test]
    fn a_cursor_is_read_back_and_anything_else_refused() {
        let cursor = Cursor("web-1.example".to_owned());
        assert_eq!(Cursor::decode_cursor(&cursor.encode_cursor()), Ok(cursor));
        assert!(Cursor::decode_cursor("not a cursor").is_err());
    }
}
