//! What an inventory says of a host, a group, or all hosts: labels, groups, and how to reach them.
//!
//! Never found here: which of several settings counts.

use super::super::document::{Content, Node, Place};
use super::super::reader::{Fields, Reader};
use super::{NAMES, is_name};
use crate::inventory::Labels;
use crate::parameter::is_secret_reference;
use crate::time::Duration;
use serde_json::{Map, Value};

/// The keys of `Host::connection`.
const CONNECTION: &[&str] = &[
    "address",
    "port",
    "user",
    "key",
    "certificate",
    "password",
    "agent",
    "known_hosts",
    "host_key",
    "host_key_check",
    "jump",
    "sudo_password",
    "stagger_dir",
    "connect_timeout",
];

const HABITS: &[(&str, &str)] = &[
    ("ansible_host", "address"),
    ("host", "address"),
    ("hostname", "address"),
    ("ip", "address"),
    ("ansible_port", "port"),
    ("ansible_user", "user"),
    ("remote_user", "user"),
    ("username", "user"),
    ("ansible_ssh_private_key_file", "key"),
    ("private_key", "key"),
    ("identity_file", "key"),
    ("ansible_password", "password"),
    ("ansible_become_password", "sudo_password"),
    ("proxy_jump", "jump"),
    ("vars", "labels"),
    ("tags", "labels"),
];

const MOST_LABELS: usize = 100;

/// What is said in one place.
#[derive(Clone, Debug, Default)]
pub(super) struct Settings {
    pub labels: Labels,
    pub connection: Map<String, Value>,
    /// The groups of a host, or the hosts of a group, as they are written.
    pub listed: Vec<(String, Place)>,
}

impl<'d> Reader<'d> {
    /// Reads settings; `list` is the key of groups or hosts. Jump hosts are added to `jumps`.
    pub(super) fn settings(
        &mut self,
        node: &'d Node,
        what: &'static str,
        list: &[&'static str],
        jumps: &mut Vec<(String, Place)>,
    ) -> Option<Settings> {
        let keys: Vec<&str> = list.iter().chain(&["labels"]).chain(CONNECTION).copied().collect();
        let fields = self.fields(node, what, &keys, HABITS)?;
        let listed = list.iter().find_map(|key| fields.get(key)).map(|node| self.listed(node, list[0]));
        let labels = fields.get("labels").and_then(|node| self.labels(node));
        let connection = self.connection(&fields);
        if let Some(Value::String(jump)) = connection.get("jump") {
            jumps.push((jump.clone(), fields.place_of("jump")));
        }
        Some(Settings { labels: labels.unwrap_or_default(), connection, listed: listed.unwrap_or_default() })
    }

    fn listed(&mut self, node: &'d Node, key: &str) -> Vec<(String, Place)> {
        let single = std::slice::from_ref(node);
        let nodes = if let Content::List(items) = &node.content { items } else { single };
        let mut listed = Vec::new();
        for node in nodes {
            match self.text(node, key) {
                Some(name) if key == "groups" && !is_name(&name) => {
                    self.fail::<()>("bad-name", node.place, format!("`{name}` cannot be the name of a group"), NAMES);
                }
                Some(name) => listed.push((name, node.place)),
                None => {}
            }
        }
        listed
    }

    fn labels(&mut self, node: &'d Node) -> Option<Labels> {
        let entries = self.entries(node, "labels")?;
        if entries.len() > MOST_LABELS {
            let message = format!("{} labels; at most {MOST_LABELS} are allowed", entries.len());
            return self.fail("limit", node.place, message, "keep what hosts are selected by");
        }
        let mut labels = Labels::new();
        for (key, node) in entries {
            let is_key = is_name(&key.name)
                && !matches!(key.name.as_str(), "name" | "group" | "and" | "or" | "not" | "in" | "has" | "all");
            if !is_key {
                let help = format!("{NAMES}, and none of the words selectors are made of");
                self.fail::<()>("bad-name", key.place, format!("`{}` cannot be a label", key.name), help);
                continue;
            }
            if let Some(value) = self.label(node) {
                labels.insert(key.name.clone(), value);
            }
        }
        Some(labels)
    }

    /// A label is a text; numbers and words like true stay as they are spelled.
    fn label(&mut self, node: &'d Node) -> Option<String> {
        match &node.content {
            Content::Bool(truth) => Some(truth.to_string()),
            Content::Null => Some(String::new()),
            _ => self.text(node, "a label"),
        }
    }

    fn connection(&mut self, fields: &Fields<'d>) -> Map<String, Value> {
        let mut connection = Map::new();
        for key in CONNECTION {
            let Some(node) = fields.get(key) else { continue };
            if let Some(value) = self.connection_value(key, node) {
                connection.insert((*key).to_owned(), value);
            }
        }
        connection
    }

    fn connection_value(&mut self, key: &str, node: &'d Node) -> Option<Value> {
        match key {
            "port" => self.whole(node, 1..=65_535).map(Value::from),
            "agent" => self.boolean(node).map(Value::from),
            "password" | "sudo_password" => self.secret(key, node).map(Value::from),
            "host_key" => self.host_key(node).map(Value::from),
            "host_key_check" => {
                let words = [("strict", "strict"), ("accept-new", "accept-new"), ("off", "off")];
                self.word(node, "a way to check host keys", &words).map(Value::from)
            }
            "connect_timeout" => {
                self.duration(node, Duration::seconds(1)).map(|length| Value::from(length.to_string()))
            }
            _ => self.plain(key, node).map(Value::from),
        }
    }

    /// A text without line ends, and not an empty one.
    fn plain(&mut self, key: &str, node: &'d Node) -> Option<String> {
        let text = self.text(node, key)?;
        match text.is_empty() || text.contains(char::is_control) {
            false => Some(text),
            true => {
                self.fail("bad-value", node.place, format!("`{key}` is empty or has line ends in it"), "write one line")
            }
        }
    }

    fn secret(&mut self, key: &str, node: &'d Node) -> Option<String> {
        let text = self.text(node, key)?;
        if is_secret_reference(&text) {
            return Some(text);
        }
        let help = "write env:NAME or file:/path; the secret itself never stands in an inventory";
        self.fail("bad-value", node.place, format!("`{key}` is not a reference to a secret"), help)
    }

    /// `SHA256:` and 43 characters of Base64, or a line of a public key file.
    fn host_key(&mut self, node: &'d Node) -> Option<String> {
        let text = self.plain("host_key", node)?;
        let is_base64 = |text: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || "+/=".contains(c));
        let is_fingerprint = text
            .strip_prefix("SHA256:")
            .is_some_and(|digest| digest.trim_end_matches('=').len() == 43 && is_base64(digest));
        let words: Vec<&str> = text.split_whitespace().collect();
        let is_key = words.len() >= 2 && words[1].starts_with("AAAA") && is_base64(words[1]);
        if is_fingerprint || is_key {
            return Some(text);
        }
        let help = "write SHA256:… as `ssh-keygen -lf` prints it, or a public key such as `ssh-ed25519 AAAA…`";
        self.fail("bad-value", node.place, "this is not a host key", help)
    }
}
