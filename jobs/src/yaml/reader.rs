//! Reads typed values out of a document and collects what is wrong with them, so that all problems are told at once.
//!
//! Every `read` answers with `None` where it has complained; the caller goes on with something harmless.
//!
//! Never found here: the formats themselves.

use super::document::{Content, Document, Key, Node, Place};
use crate::diagnostic::{Diagnostic, Severity, did_you_mean, shortened};
use crate::time::Duration;
use crate::units::{Amount, BasisPoints};
use serde_json::Value;
use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::str::FromStr;

/// After so many problems the rest is not told.
const MOST_PROBLEMS: usize = 100;

/// A document being read.
pub(super) struct Reader<'d> {
    pub document: &'d Document,
    problems: Vec<Diagnostic>,
}

/// The entries of a map, known by name.
pub(super) struct Fields<'d> {
    /// Where the map begins.
    pub place: Place,
    what: &'static str,
    entries: BTreeMap<&'d str, &'d Node>,
    /// Keys that unknown ones were probably meant to be; they are not missed as well.
    meant: Vec<String>,
}

impl<'d> Fields<'d> {
    /// The value of a key, unless it is missing or empty.
    pub fn get(&self, key: &str) -> Option<&'d Node> {
        self.entries.get(key).copied().filter(|node| !node.is_null())
    }

    /// Whether the key is there at all.
    pub fn has(&self, key: &str) -> bool {
        self.entries.contains_key(key)
    }

    /// Where the value of a key stands, or the map where there is none.
    pub fn place_of(&self, key: &str) -> Place {
        self.entries.get(key).map_or(self.place, |node| node.place)
    }
}

impl<'d> Reader<'d> {
    pub fn new(document: &'d Document) -> Reader<'d> {
        Reader { document, problems: Vec::new() }
    }

    /// Whether nothing is wrong so far.
    pub fn is_clean(&self) -> bool {
        self.problems.is_empty()
    }

    /// What was read, or everything that is wrong with it, from top to bottom.
    pub fn finish<T>(self, read: Option<T>) -> Result<T, Vec<Diagnostic>> {
        let mut problems = self.problems;
        problems.sort_by_key(|problem| (problem.line, problem.column));
        match read {
            Some(value) if problems.is_empty() => Ok(value),
            _ => Err(problems),
        }
    }

    /// Complains; always `None`, so that a reader can end with it.
    pub fn fail<T>(
        &mut self,
        code: &'static str,
        place: Place,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Option<T> {
        if self.problems.len() < MOST_PROBLEMS {
            self.problems.push(Diagnostic {
                code: code.into(),
                severity: Severity::Error,
                file: self.document.file.clone(),
                line: place.line,
                column: place.column,
                message: shortened(message.into()),
                help: shortened(help.into()),
            });
        }
        None
    }

    fn wrong_type<T>(&mut self, node: &Node, wanted: &str, help: &str) -> Option<T> {
        self.fail("wrong-type", node.place, format!("expected {wanted}, not {}", node.shown()), help)
    }

    /// The entries of a map with these keys and no others. `habits` are names other tools have for some of them.
    pub fn fields(
        &mut self,
        node: &'d Node,
        what: &'static str,
        keys: &[&str],
        habits: &[(&str, &str)],
    ) -> Option<Fields<'d>> {
        let Content::Map(entries) = &node.content else {
            return self.wrong_type(node, &format!("a map for {what}"), &format!("it has {}", keys.join(", ")));
        };
        let entries = self.unique(entries);
        let mut meant = Vec::new();
        for (key, _) in entries.iter().filter(|(key, _)| !keys.contains(&key.name.as_str())) {
            let habit = habits.iter().find(|(habit, _)| *habit == key.name).map(|(_, key)| *key);
            let close = habit.or_else(|| did_you_mean(&key.name, keys.iter().copied()));
            let help = match close {
                Some(close) => format!("did you mean `{close}`?"),
                None => format!("{what} has {}", keys.join(", ")),
            };
            meant.extend(close.map(str::to_owned));
            self.fail::<()>("unknown-key", key.place, format!("unknown key `{}` in {what}", key.name), help);
        }
        let entries = entries.into_iter().map(|(key, node)| (key.name.as_str(), node)).collect();
        Some(Fields { place: node.place, what, entries, meant })
    }

    /// Entries without the keys that were given before.
    fn unique(&mut self, entries: &'d [(Key, Node)]) -> Vec<(&'d Key, &'d Node)> {
        let mut first: BTreeMap<&str, Place> = BTreeMap::new();
        let mut unique = Vec::with_capacity(entries.len());
        for (key, node) in entries {
            match first.get(key.name.as_str()) {
                None => {
                    first.insert(&key.name, key.place);
                    unique.push((key, node));
                }
                Some(before) => {
                    let message = format!("`{}` is given twice", key.name);
                    let help = format!("keep one of them; the first is in line {}", before.line);
                    self.fail::<()>("duplicate-key", key.place, message, help);
                }
            }
        }
        unique
    }

    /// The value of a key that has to be there.
    pub fn required(&mut self, fields: &Fields<'d>, key: &'static str, help: &str) -> Option<&'d Node> {
        let value = fields.get(key);
        if value.is_none() && !fields.meant.iter().any(|meant| meant == key) {
            let message = format!("{} has no `{key}`", fields.what);
            self.fail::<()>("missing-key", fields.place_of(key), message, help);
        }
        value
    }

    /// The entries of a map whose keys the author chose.
    pub fn entries(&mut self, node: &'d Node, what: &str) -> Option<Vec<(&'d Key, &'d Node)>> {
        match &node.content {
            Content::Map(entries) => Some(self.unique(entries)),
            _ => self.wrong_type(node, &format!("a map of {what}"), "write `name: value` lines"),
        }
    }

    /// The items of a list.
    pub fn items(&mut self, node: &'d Node, what: &str) -> Option<&'d [Node]> {
        match &node.content {
            Content::List(items) => Some(items),
            _ => self.wrong_type(node, &format!("a list of {what}"), "begin each line with `- `"),
        }
    }

    /// A text. Numbers are taken as they are spelled.
    pub fn text(&mut self, node: &'d Node, what: &str) -> Option<String> {
        match &node.content {
            Content::Text(text) => Some(text.clone()),
            Content::Number(_) => Some(self.document.spelled(node).to_owned()),
            _ => self.wrong_type(
                node,
                &format!("a text for {what}"),
                "write a text; put quotation marks around words like true and null",
            ),
        }
    }

    /// Texts, of which a single one needs no list.
    pub fn texts(&mut self, node: &'d Node, what: &str) -> Option<Vec<String>> {
        match &node.content {
            Content::List(items) => items.iter().map(|item| self.text(item, what)).collect(),
            _ => self.text(node, what).map(|text| vec![text]),
        }
    }

    pub fn boolean(&mut self, node: &'d Node) -> Option<bool> {
        match &node.content {
            Content::Bool(truth) => Some(*truth),
            _ => self.wrong_type(node, "true or false", "write true or false"),
        }
    }

    /// The value of a key that is true or false; `otherwise` where it is missing or wrong.
    pub fn flag(&mut self, fields: &Fields<'d>, key: &str, otherwise: bool) -> bool {
        fields.get(key).and_then(|node| self.boolean(node)).unwrap_or(otherwise)
    }

    /// A whole number in a range.
    pub fn whole(&mut self, node: &'d Node, range: RangeInclusive<u32>) -> Option<u32> {
        let help = format!("write a whole number from {} to {}", range.start(), range.end());
        let Content::Number(number) = &node.content else { return self.wrong_type(node, "a whole number", &help) };
        match number.as_u64().and_then(|number| u32::try_from(number).ok()).filter(|number| range.contains(number)) {
            Some(number) => Some(number),
            None => self.fail("bad-value", node.place, format!("{number} is not allowed here"), help),
        }
    }

    pub fn number(&mut self, node: &'d Node) -> Option<f64> {
        match &node.content {
            Content::Number(number) => number.as_f64(),
            _ => self.wrong_type(node, "a number", "write a number"),
        }
    }

    /// Something that is written as a text of a certain form.
    pub fn parsed<T: FromStr>(&mut self, node: &'d Node, what: &str) -> Option<T>
    where
        T::Err: std::fmt::Display,
    {
        let text = self.text(node, what)?;
        match text.parse() {
            Ok(value) => Some(value),
            Err(error) => {
                let said = error.to_string();
                let (message, help) = said.rsplit_once(": ").unwrap_or((&said, "see the reference for its form"));
                self.fail("bad-value", node.place, message, help)
            }
        }
    }

    /// A length of time from `least` to 30 days.
    pub fn duration(&mut self, node: &'d Node, least: Duration) -> Option<Duration> {
        const MOST: Duration = Duration::minutes(30 * 24 * 60);
        let length: Duration = self.parsed(node, "a length of time")?;
        match length {
            _ if length < least => {
                self.fail("bad-value", node.place, format!("{length} is too short"), format!("write at least {least}"))
            }
            _ if length > MOST => {
                self.fail("bad-value", node.place, format!("{length} is too long"), format!("write at most {MOST}"))
            }
            _ => Some(length),
        }
    }

    /// A number of hosts, or a share of them written with `%`.
    pub fn amount(&mut self, node: &'d Node, least: u32) -> Option<Amount> {
        let help = match least {
            0 => "write a number of hosts such as 5, or a share such as 10%",
            _ => "write a number of hosts from 1, or a share above 0% up to 100%, such as 0.5%",
        };
        match &node.content {
            Content::Number(number) => match number.as_u64().and_then(|number| u32::try_from(number).ok()) {
                Some(hosts) if hosts >= least => Some(Amount::Hosts(hosts)),
                _ => self.fail("bad-value", node.place, format!("{number} is not a number of hosts"), help),
            },
            Content::Text(text) => match text.parse::<BasisPoints>() {
                Ok(share) if share.0 >= least => Some(Amount::Share(share)),
                _ => self.fail("bad-value", node.place, format!("{text:?} is not a share of hosts"), help),
            },
            _ => self.wrong_type(node, "a number or a share of hosts", help),
        }
    }

    pub fn share(&mut self, node: &'d Node) -> Option<BasisPoints> {
        match self.amount(node, 0)? {
            Amount::Share(share) => Some(share),
            Amount::Hosts(count) => {
                let help = format!("write a share such as 5%; an absolute limit is `cap: {count}`");
                self.fail("wrong-type", node.place, format!("expected a share, not the number {count}"), help)
            }
        }
    }

    /// One of a few words.
    pub fn word<T: Copy>(&mut self, node: &'d Node, what: &str, words: &[(&str, T)]) -> Option<T> {
        let listed = words.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", ");
        let Content::Text(text) = &node.content else {
            return self.wrong_type(node, what, &format!("write one of {listed}"));
        };
        if let Some((_, value)) = words.iter().find(|(word, _)| word == text) {
            return Some(*value);
        }
        let help = match did_you_mean(text, words.iter().map(|(word, _)| *word)) {
            Some(close) => format!("did you mean `{close}`?"),
            None => format!("write one of {listed}"),
        };
        self.fail("bad-value", node.place, format!("`{text}` is not {what}"), help)
    }

    /// A name that expressions and scripts can use: small letters, digits and `_`.
    pub fn identifier(&mut self, name: &str, place: Place, what: &str) -> Option<String> {
        let is_fine = name.starts_with(|c: char| c.is_ascii_lowercase())
            && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
            && name.len() <= 64;
        if is_fine {
            return Some(name.to_owned());
        }
        let plain: String = name
            .to_lowercase()
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
            .skip_while(|c| !c.is_ascii_lowercase())
            .take(64)
            .collect();
        let help = match plain.is_empty() {
            true => "use small letters, digits and `_`, a letter first, at most 64".to_owned(),
            false => format!("use small letters, digits and `_`, such as `{plain}`"),
        };
        self.fail("bad-name", place, format!("`{name}` cannot be the name of {what}"), help)
    }

    /// A name of a thing in a list of such things: small letters, digits, `.`, `-` and `_`.
    pub fn name(&mut self, node: &'d Node, what: &str) -> Option<String> {
        let name = self.text(node, what)?;
        let is_fine = name.starts_with(|c: char| c.is_ascii_alphanumeric())
            && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || ".-_".contains(c))
            && name.len() <= 128;
        match is_fine {
            true => Some(name),
            false => {
                let help = "use small letters, digits, `.`, `-` and `_`, at most 128, a letter or digit first";
                self.fail("bad-name", node.place, format!("{name:?} cannot be the name of {what}"), help)
            }
        }
    }

    /// Any map, as values by name; repeated keys anywhere in it are complained about.
    pub fn values(&mut self, node: &'d Node, what: &str) -> Option<BTreeMap<String, Value>> {
        let entries = self.entries(node, what)?;
        Some(entries.into_iter().map(|(key, node)| (key.name.clone(), self.value(node))).collect())
    }

    /// Any value.
    pub fn value(&mut self, node: &'d Node) -> Value {
        match &node.content {
            Content::List(items) => items.iter().map(|item| self.value(item)).collect(),
            Content::Map(entries) => {
                let entries = self.unique(entries);
                entries.into_iter().map(|(key, node)| (key.name.clone(), self.value(node))).collect()
            }
            Content::Null | Content::Bool(_) | Content::Number(_) | Content::Text(_) => node.to_value(),
        }
    }
}
