//! Inventories: hosts with their labels, groups and how to reach them.
//!
//! A setting of the host counts before one of its groups, a later group before an earlier one, any group before the
//! defaults. Labels are put together in the same order, key by key.
//!
//! Never found here: other sources of hosts, or a connection that is made.

mod settings;

use super::document::{Content, Document, Key, Limit, Node, Place};
use super::reader::{Fields, Reader};
use crate::diagnostic::{Diagnostic, did_you_mean};
use crate::ids::HostName;
use crate::inventory::{Host, Labels};
use crate::pattern::{Pattern, expand, is_glob};
use serde_json::Value;
use settings::Settings;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// The most hosts an inventory may have.
const MOST_HOSTS: usize = 100_000;

const LIMIT: Limit = Limit { bytes: 64 * 1024 * 1024, values: 5_000_000 };

const HABITS: &[(&str, &str)] = &[("all", "hosts"), ("vars", "defaults"), ("children", "groups")];

/// Reads an inventory. The hosts are in the order of their names.
///
/// ```yaml
/// defaults: {user: deploy, key: ~/.ssh/id_ed25519, labels: {env: prod}}
/// groups:
///   web: {labels: {role: web}, hosts: ["web-[001-040]", db-1]}
/// hosts:
///   web-001: {address: 127.0.0.1, labels: {dc: sh}, groups: [canaries]}
///   "web-[002-010]": {labels: {dc: bj}}
/// ```
pub fn read_inventory(file: &str, text: &str) -> Result<Vec<Host>, Vec<Diagnostic>> {
    let document = Document::read(file, text, LIMIT).map_err(|problem| vec![problem])?;
    let mut reader = Reader::new(&document);
    let hosts = inventory(&mut reader);
    reader.finish(hosts)
}

fn inventory(reader: &mut Reader<'_>) -> Option<Vec<Host>> {
    let root = &reader.document.root;
    if root.is_null() {
        return Some(Vec::new());
    }
    let fields = reader.fields(root, "an inventory", &["defaults", "groups", "hosts"], HABITS)?;
    let mut roll = Roll::default();
    if let Some(node) = fields.get("defaults") {
        roll.defaults = reader.settings(node, "defaults", &["groups"], &mut roll.jumps).unwrap_or_default();
    }
    roll.hosts(reader, &fields);
    roll.groups(reader, &fields);
    roll.check_jumps(reader);
    Some(roll.finish())
}

/// An inventory as it is being read.
#[derive(Default)]
struct Roll {
    defaults: Settings,
    /// Groups in the order of the text.
    groups: Vec<(String, Settings)>,
    /// The settings given under `hosts`, one for each entry; ranges share theirs.
    entries: Vec<Settings>,
    members: BTreeMap<String, Member>,
    /// Jump hosts by where they are named, to be looked for when all hosts are known.
    jumps: Vec<(String, Place)>,
}

/// What counts for a host: its labels and its connection. Hosts of one range share it.
type Merged = (Arc<Labels>, Value);

/// A host as it is being read.
struct Member {
    place: Place,
    /// Its entry under `hosts`; `None` for one that only a group names.
    entry: Option<usize>,
    /// Its groups by their place in `Roll::groups`, in order.
    groups: Vec<usize>,
}

impl Roll {
    fn hosts<'d>(&mut self, reader: &mut Reader<'d>, fields: &Fields<'d>) {
        let Some(node) = fields.get("hosts") else { return };
        if let Content::List(items) = &node.content {
            for item in items {
                if let Some(name) = reader.text(item, "a host") {
                    self.add_entry(reader, &name, item.place, Settings::default());
                }
            }
            return;
        }
        for (key, node) in reader.entries(node, "hosts").unwrap_or_default() {
            let settings = match node.is_null() {
                true => Some(Settings::default()),
                false => reader.settings(node, "a host", &["groups"], &mut self.jumps),
            };
            self.add_entry(reader, &key.name, key.place, settings.unwrap_or_default());
        }
    }

    /// One entry under `hosts`, which may be a range.
    fn add_entry(&mut self, reader: &mut Reader<'_>, pattern: &str, place: Place, settings: Settings) {
        let names = reader.host_names(pattern, place, MOST_HOSTS).unwrap_or_default();
        if self.is_too_many(reader, names.len(), place) {
            return;
        }
        self.entries.push(settings);
        let entry = self.entries.len() - 1;
        for name in names {
            if let Some(first) = self.members.get(&name) {
                let help = format!("keep one of them; the first is in line {}", first.place.line);
                reader.fail::<()>("duplicate-host", place, format!("host `{name}` is given twice"), help);
                continue;
            }
            self.members.insert(name, Member { place, entry: Some(entry), groups: Vec::new() });
        }
    }

    fn is_too_many(&self, reader: &mut Reader<'_>, more: usize, place: Place) -> bool {
        let is_too_many = self.members.len() + more > MOST_HOSTS;
        if is_too_many {
            let message = format!("more than {MOST_HOSTS} hosts");
            reader.fail::<()>("limit", place, message, "split the inventory between several controllers");
        }
        is_too_many
    }

    fn groups<'d>(&mut self, reader: &mut Reader<'d>, fields: &Fields<'d>) {
        if let Some(node) = fields.get("groups") {
            for (key, node) in reader.entries(node, "groups").unwrap_or_default() {
                self.group(reader, key, node);
            }
        }
        self.groups_named_by_hosts();
    }

    fn group<'d>(&mut self, reader: &mut Reader<'d>, key: &'d Key, node: &'d Node) {
        if !is_name(&key.name) {
            reader.fail::<()>("bad-name", key.place, format!("`{}` cannot be the name of a group", key.name), NAMES);
        }
        let group = self.groups.len();
        let settings = match node.is_null() {
            true => None,
            false => reader.settings(node, "a group", &["hosts"], &mut self.jumps),
        };
        let listed = settings.as_ref().map(|settings| settings.listed.clone()).unwrap_or_default();
        self.groups.push((key.name.clone(), settings.unwrap_or_default()));
        for (pattern, place) in listed {
            for name in self.group_members(reader, &pattern, place) {
                let member =
                    self.members.entry(name).or_insert_with(|| Member { place, entry: None, groups: Vec::new() });
                if member.groups.last() != Some(&group) {
                    member.groups.push(group);
                }
            }
        }
        if self.members.contains_key(&key.name) {
            let message = format!("`{}` is a group and a host", key.name);
            let help = "give one of them another name: a selector could not tell them apart";
            reader.fail::<()>("duplicate-name", key.place, message, help);
        }
    }

    /// The hosts a line of a group means: a glob those that are known, a name or range also new ones.
    fn group_members(&self, reader: &mut Reader<'_>, pattern: &str, place: Place) -> Vec<String> {
        if pattern.contains(['*', '?']) {
            let Ok(glob) = Pattern::parse(pattern) else {
                return reader.host_names(pattern, place, 0).unwrap_or_default();
            };
            let found: Vec<String> = self.members.keys().filter(|name| glob.matches(name)).cloned().collect();
            if found.is_empty() {
                let help =
                    "hosts a pattern can find stand under `hosts`; write a range such as web-[001-040] for new ones";
                reader.fail::<()>("bad-reference", place, format!("no host is like `{pattern}`"), help);
            }
            return found;
        }
        let names = reader.host_names(pattern, place, MOST_HOSTS).unwrap_or_default();
        let more = names.iter().filter(|name| !self.members.contains_key(*name)).count();
        if self.is_too_many(reader, more, place) { Vec::new() } else { names }
    }

    /// Hosts say `groups: [canaries]` as well; a group nobody described is one without settings.
    fn groups_named_by_hosts(&mut self) {
        let mut numbers: HashMap<String, usize> =
            self.groups.iter().enumerate().map(|(at, (name, _))| (name.clone(), at)).collect();
        for member in self.members.values_mut() {
            let own = member.entry.map(|entry| &self.entries[entry]);
            let named = own.into_iter().flat_map(|own| &own.listed).chain(&self.defaults.listed);
            for (name, _) in named {
                let at = *numbers.entry(name.clone()).or_insert_with(|| {
                    self.groups.push((name.clone(), Settings::default()));
                    self.groups.len() - 1
                });
                member.groups.push(at);
            }
            member.groups.sort_unstable();
            member.groups.dedup();
        }
    }

    fn check_jumps(&self, reader: &mut Reader<'_>) {
        for (jump, place) in &self.jumps {
            // A name of its own is fine too where it can only be one: user@address:port.
            if self.members.contains_key(jump) || jump.contains(['@', ':', '.']) {
                continue;
            }
            let help = match did_you_mean(jump, self.members.keys().map(String::as_str)) {
                Some(close) => format!("did you mean `{close}`?"),
                None => "name a host of the inventory, or write user@address:port".to_owned(),
            };
            reader.fail::<()>("bad-reference", *place, format!("there is no host `{jump}` to jump over"), help);
        }
    }

    fn finish(self) -> Vec<Host> {
        let group_names: Vec<&String> = self.groups.iter().map(|(name, _)| name).collect();
        let mut merged: HashMap<(Option<usize>, &[usize]), Merged> = HashMap::new();
        let hosts = self.members.iter().map(|(name, member)| {
            let (labels, connection) =
                merged.entry((member.entry, &member.groups)).or_insert_with(|| self.merge(member));
            Host {
                name: HostName::from(name.as_str()),
                labels: labels.clone(),
                groups: member.groups.iter().map(|at| group_names[*at].clone()).collect::<BTreeSet<_>>(),
                connection: connection.clone(),
            }
        });
        hosts.collect()
    }

    /// What counts for a host, of all that is said.
    fn merge(&self, member: &Member) -> Merged {
        let groups = member.groups.iter().map(|at| &self.groups[*at].1);
        let own = member.entry.map(|entry| &self.entries[entry]);
        let mut labels = Labels::new();
        let mut connection = serde_json::Map::new();
        for settings in std::iter::once(&self.defaults).chain(groups).chain(own) {
            labels.extend(settings.labels.clone());
            connection.extend(settings.connection.clone());
        }
        let connection = if connection.is_empty() { Value::Null } else { Value::Object(connection) };
        (Arc::new(labels), connection)
    }
}

const NAMES: &str = "use letters, digits, `.`, `-` and `_`, at most 253";

fn is_name(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 253
        && name.chars().all(|c| c.is_alphanumeric() || ".-_".contains(c))
        && !name.starts_with('-')
}

impl Reader<'_> {
    /// The names a range stands for, or the one name it is.
    fn host_names(&mut self, pattern: &str, place: Place, most: usize) -> Option<Vec<String>> {
        let names = match is_glob(pattern) {
            false => vec![pattern.to_owned()],
            true => match expand(pattern, most) {
                Ok(names) => names,
                Err(error) => {
                    return self.fail("bad-name", place, format!("`{pattern}`: {}", error.message), error.hint);
                }
            },
        };
        match names.iter().find(|name| !is_name(name)) {
            None => Some(names),
            Some(name) => self.fail("bad-name", place, format!("`{name}` cannot be the name of a host"), NAMES),
        }
    }
}
