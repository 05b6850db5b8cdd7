//! Selectors: expressions over the name, labels and groups of a host.
//!
//! Never found here: the inventory they are asked about.
//!
//! ```text
//! role=web and env in (prod, stage) and not dc=sh
//! name=web-[001-040] or group=canaries
//! env=prod,role in (web,api),!retired             a comma is an `and`
//! web-*                                           a bare word is a host's name, or a group
//! ```

mod parse;

use crate::ids::HostName;
use crate::inventory::Host;
use crate::pattern::Pattern;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// The longest selector that is read, in bytes; room for some ten thousand names.
pub const LONGEST: usize = 512 * 1024;

/// How deep `not` and parentheses may nest.
pub const DEEPEST: usize = 64;

/// A selector, kept as it was typed. Cheap to clone.
#[derive(Clone)]
pub struct Selector {
    text: Arc<str>,
    test: Arc<Test>,
}

/// Why a text is not a selector, where, and what to write instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message} (at character {}): {hint}", offset + 1)]
pub struct SelectorError {
    /// Where in the text, in characters from 0.
    pub offset: usize,
    /// The problem, as a sentence without a full stop.
    pub message: String,
    /// The next step.
    pub hint: String,
}

/// A selector as it is evaluated.
#[derive(Debug)]
enum Test {
    Everyone,
    All(Vec<Test>),
    Any(Vec<Test>),
    Not(Box<Test>),
    /// The value of a key is one of these; a host without the key has none of them.
    Is(Key, OneOf),
    Has(Key),
}

/// What a test looks at.
#[derive(Debug)]
enum Key {
    Name,
    Group,
    Label(Box<str>),
}

/// A set of values: plain ones are looked up, patterns are tried in turn.
#[derive(Debug, Default)]
struct OneOf {
    exact: BTreeSet<Box<str>>,
    patterns: Vec<Pattern>,
}

impl Selector {
    /// Reads a selector. O(length of the text).
    pub fn parse(text: &str) -> Result<Selector, SelectorError> {
        let test = parse::parse(text)?;
        Ok(Selector { text: text.trim().into(), test: Arc::new(test) })
    }

    /// The hosts of exactly these names; of none if there are no names.
    pub fn names<'a>(names: impl IntoIterator<Item = &'a HostName>) -> Selector {
        let exact: BTreeSet<Box<str>> = names.into_iter().map(|name| name.as_str().into()).collect();
        let quoted: Vec<String> = exact.iter().map(|name| format!("\"{name}\"")).collect();
        let text = match quoted.is_empty() {
            true => "not all".to_owned(),
            false => format!("name in ({})", quoted.join(", ")),
        };
        Selector { text: text.into(), test: Arc::new(Test::Is(Key::Name, OneOf { exact, patterns: Vec::new() })) }
    }

    /// The selector as it was typed.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the host is one of those meant.
    pub fn matches(&self, host: &Host) -> bool {
        self.test.holds(host)
    }

    /// The labels the selector asks about, so that a person can be told which of them no host has.
    pub fn labels(&self) -> BTreeSet<&str> {
        let mut found = BTreeSet::new();
        self.test.collect_labels(&mut found);
        found
    }
}

impl Test {
    fn holds(&self, host: &Host) -> bool {
        match self {
            Test::Everyone => true,
            Test::All(tests) => tests.iter().all(|test| test.holds(host)),
            Test::Any(tests) => tests.iter().any(|test| test.holds(host)),
            Test::Not(test) => !test.holds(host),
            Test::Is(Key::Name, values) => values.hold(host.name.as_str()),
            Test::Is(Key::Group, values) => host.groups.iter().any(|group| values.hold(group)),
            Test::Is(Key::Label(key), values) => host.labels.get(&**key).is_some_and(|value| values.hold(value)),
            Test::Has(Key::Name) => true,
            Test::Has(Key::Group) => !host.groups.is_empty(),
            Test::Has(Key::Label(key)) => host.labels.contains_key(&**key),
        }
    }

    fn collect_labels<'a>(&'a self, found: &mut BTreeSet<&'a str>) {
        match self {
            Test::All(tests) | Test::Any(tests) => tests.iter().for_each(|test| test.collect_labels(found)),
            Test::Not(test) => test.collect_labels(found),
            Test::Is(Key::Label(key), _) | Test::Has(Key::Label(key)) => {
                found.insert(key);
            }
            Test::Everyone | Test::Is(Key::Name | Key::Group, _) | Test::Has(Key::Name | Key::Group) => {}
        }
    }
}

impl OneOf {
    fn add(&mut self, pattern: Pattern) {
        match pattern {
            Pattern::Exact(text) => {
                self.exact.insert(text);
            }
            other => self.patterns.push(other),
        }
    }

    fn hold(&self, text: &str) -> bool {
        self.exact.contains(text) || self.patterns.iter().any(|pattern| pattern.matches(text))
    }
}

impl FromStr for Selector {
    type Err = SelectorError;

    fn from_str(text: &str) -> Result<Selector, SelectorError> {
        Selector::parse(text)
    }
}

impl PartialEq for Selector {
    fn eq(&self, other: &Selector) -> bool {
        self.text == other.text
    }
}

impl Eq for Selector {}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Selector({:?})", self.text)
    }
}

impl Serialize for Selector {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for Selector {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Selector, D::Error> {
        let text = String::deserialize(deserializer)?;
        Selector::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests;
