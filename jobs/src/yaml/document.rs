//! A YAML text as a tree of values that know where they stand.
//!
//! Never found here: what the values mean.

use crate::diagnostic::{Diagnostic, Severity, shortened};
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use serde_saphyr::options::DuplicateKeyPolicy;
use serde_saphyr::{MessageFormatter, Spanned, UserMessageFormatter};
use std::fmt;

/// A YAML text that could be read.
#[derive(Clone, Debug)]
pub(super) struct Document {
    pub file: String,
    pub text: String,
    pub root: Node,
}

/// A place in the text: line and column in characters, both from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub line: u32,
    pub column: u32,
}

/// A value and its place.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub place: Place,
    /// Where in the text, in bytes, the value is spelled.
    bytes: (usize, usize),
    pub content: Content,
}

/// A value.
#[derive(Clone, Debug)]
pub(super) enum Content {
    Null,
    Bool(bool),
    Number(serde_json::Number),
    Text(String),
    List(Vec<Node>),
    /// Entries in the order of the text, a key perhaps twice.
    Map(Vec<(Key, Node)>),
}

/// A key and its place.
#[derive(Clone, Debug)]
pub(super) struct Key {
    pub name: String,
    pub place: Place,
}

/// How much a text may hold.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limit {
    pub bytes: usize,
    pub values: usize,
}

impl Document {
    /// Reads a text. There is one diagnostic where it is not YAML, because a parser that lost its way knows no more.
    pub fn read(file: &str, text: &str, limit: Limit) -> Result<Document, Diagnostic> {
        let fail = |code, place: Place, message, help| Diagnostic {
            code: std::borrow::Cow::Borrowed(code),
            severity: Severity::Error,
            file: file.to_owned(),
            line: place.line,
            column: place.column,
            message: shortened(message),
            help: shortened(help),
        };
        const START: Place = Place { line: 1, column: 1 };
        if text.len() > limit.bytes {
            let message = format!("the text is {} bytes long; at most {} are read", text.len(), limit.bytes);
            return Err(fail("limit", START, message, "split it into several files".to_owned()));
        }
        let options = serde_saphyr::options! {
            budget: serde_saphyr::budget! { max_nodes: limit.values, max_events: limit.values * 3, max_merge_keys: 1_000 },
            duplicate_keys: DuplicateKeyPolicy::PassThrough,
            strict_booleans: true,
            leading_zero_numbers_as_strings: true,
            underscored_numbers_as_strings: true,
            reject_unsupported_tags: true,
            with_snippet: false,
        };
        match serde_saphyr::from_str_with_options::<Node>(text, options) {
            Ok(root) => Ok(Document { file: file.to_owned(), text: text.to_owned(), root }),
            Err(error) => {
                let found = error.location().map_or(START, place);
                let line = text.lines().nth(found.line.saturating_sub(1) as usize).unwrap_or_default();
                let message = UserMessageFormatter.format_message(&error).into_owned();
                Err(fail("yaml", found, format!("this is not valid YAML: {message}"), syntax_help(line, &message)))
            }
        }
    }

    /// A number or word as it is spelled: `1.10` is a version, not one and a tenth.
    pub fn spelled(&self, node: &Node) -> &str {
        self.text.get(node.bytes.0..node.bytes.1).unwrap_or_default().trim_end()
    }

    /// The node that keys and numbers of items lead to; the last one found where the way ends early.
    pub fn follow(&self, path: &[Step<'_>]) -> Place {
        let mut place = self.root.place;
        let mut at = &self.root;
        for step in path {
            let next = match (&at.content, step) {
                (Content::Map(entries), Step::Key(name)) => {
                    entries.iter().find(|(key, _)| key.name == *name).map(|(key, node)| (key.place, node))
                }
                (Content::List(items), Step::Item(number)) => items.get(*number).map(|node| (node.place, node)),
                _ => None,
            };
            let Some((found, node)) = next else { break };
            (place, at) = (found, node);
        }
        match at.content {
            Content::List(_) | Content::Map(_) => place,
            Content::Null | Content::Bool(_) | Content::Number(_) | Content::Text(_) => at.place,
        }
    }
}

/// One step on the way to a node.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step<'a> {
    Key(&'a str),
    Item(usize),
}

fn syntax_help(line: &str, message: &str) -> String {
    let help = match () {
        () if line.contains("{{") => "put quotation marks around a text with {{ … }}",
        () if line.starts_with('\t') || message.contains("tab") => "indent with spaces",
        () if message.contains("tag") => "remove the tag; the value alone says what is meant",
        () if message.contains("document") => "put each into a file of its own",
        () if line.matches(": ").count() > 1 => "put quotation marks around a text that holds `: `",
        () if line.contains(": @") || line.contains(": %") || line.contains(": *") || line.contains(": `") => {
            "put quotation marks around a text that begins with a sign"
        }
        () => "check indentation, brackets and quotation marks here and in the line before",
    };
    help.to_owned()
}

fn place(location: serde_saphyr::Location) -> Place {
    let small = |number: u64| u32::try_from(number).unwrap_or(u32::MAX).max(1);
    Place { line: small(location.line()), column: small(location.column()) }
}

impl Node {
    /// As JSON. The last of two equal keys wins; the reader has complained about it.
    pub fn to_value(&self) -> Value {
        match &self.content {
            Content::Null => Value::Null,
            Content::Bool(truth) => Value::Bool(*truth),
            Content::Number(number) => Value::Number(number.clone()),
            Content::Text(text) => Value::String(text.clone()),
            Content::List(items) => items.iter().map(Node::to_value).collect(),
            Content::Map(entries) => entries.iter().map(|(key, node)| (key.name.clone(), node.to_value())).collect(),
        }
    }

    /// What it is, in words.
    pub fn shown(&self) -> String {
        crate::parameter::shown(&self.to_value())
    }

    pub fn is_null(&self) -> bool {
        matches!(self.content, Content::Null)
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Node, D::Error> {
        let spanned = Spanned::<Content>::deserialize(deserializer)?;
        let span = spanned.defined.span();
        let start = span.byte_offset().unwrap_or_default() as usize;
        let bytes = (start, start + span.byte_len().unwrap_or_default() as usize);
        Ok(Node { place: place(spanned.referenced), bytes, content: spanned.value })
    }
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Key, D::Error> {
        let spanned = Spanned::<String>::deserialize(deserializer)?;
        Ok(Key { name: spanned.value, place: place(spanned.referenced) })
    }
}

impl<'de> Deserialize<'de> for Content {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Content, D::Error> {
        deserializer.deserialize_any(ContentVisitor)
    }
}

struct ContentVisitor;

impl<'de> Visitor<'de> for ContentVisitor {
    type Value = Content;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Content, E> {
        Ok(Content::Null)
    }

    fn visit_none<E>(self) -> Result<Content, E> {
        Ok(Content::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Content, D::Error> {
        Content::deserialize(deserializer)
    }

    fn visit_bool<E>(self, truth: bool) -> Result<Content, E> {
        Ok(Content::Bool(truth))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Content, E> {
        Ok(Content::Number(number.into()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Content, E> {
        Ok(Content::Number(number.into()))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Content, E> {
        serde_json::Number::from_f64(number).map(Content::Number).ok_or_else(|| E::custom("this is not a number"))
    }

    fn visit_str<E>(self, text: &str) -> Result<Content, E> {
        Ok(Content::Text(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Content, E> {
        Ok(Content::Text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Content, A::Error> {
        let mut read = Vec::new();
        while let Some(item) = items.next_element()? {
            read.push(item);
        }
        Ok(Content::List(read))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Content, A::Error> {
        let mut read = Vec::new();
        while let Some(entry) = entries.next_entry()? {
            read.push(entry);
        }
        Ok(Content::Map(read))
    }
}
