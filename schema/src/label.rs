//! Labels of hosts: those of one host, and which there are over many, so that a fleet can be narrowed down and a selector
//! completed.
//!
//! Never found here: which hosts are meant (`host_list`).

use crate::fault::bad_argument;
use crate::source::SelectorProblem;
use async_graphql::{Error, SimpleObject};
use jobs::inventory as managed;
use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;
use std::sync::Arc;

/// The most label names that are listed.
const MOST_NAMES: usize = 100;
/// The most values of a label that may be asked for, and how many are given where nothing is said.
const MOST_VALUES: i32 = 200;
const USUAL_VALUES: i32 = 20;

/// A label of a host.
#[derive(SimpleObject, Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// Such as `role`.
    name: String,
    /// Such as `web`.
    value: String,
}

impl Label {
    /// All labels, by name.
    pub fn all(labels: &managed::Labels) -> Vec<Label> {
        labels.iter().map(|(name, value)| Label { name: name.clone(), value: value.clone() }).collect()
    }
}

/// Which labels some hosts have.
#[derive(SimpleObject, Clone, Debug, Default)]
pub struct HostLabels {
    /// How many hosts were looked at.
    hosts: u32,
    /// How many label names they have; only the first 100 are listed.
    names: u32,
    /// The labels that most of them have come first.
    labels: Vec<LabelCount>,
    /// How many groups they belong to.
    group_names: u32,
    /// The groups that most of them belong to come first; a selector asks with `group=web`.
    groups: Vec<ValueCount>,
    /// Why the selector cannot be read; then nothing is counted.
    problem: Option<SelectorProblem>,
}

/// A label name, with how many hosts have it.
#[derive(SimpleObject, Clone, Debug, PartialEq, Eq)]
pub struct LabelCount {
    /// Such as `role`.
    name: String,
    /// How many hosts have it.
    hosts: u32,
    /// How many different values it has among them.
    distinct: u32,
    /// The most frequent values come first; as many as were asked for.
    values: Vec<ValueCount>,
}

/// A value, with how many hosts have it.
#[derive(SimpleObject, Clone, Debug, PartialEq, Eq)]
pub struct ValueCount {
    /// Such as `web`.
    value: String,
    /// How many hosts have it.
    hosts: u32,
}

/// Which labels, and how many values of each.
#[derive(Clone, Debug)]
pub struct LabelQuery {
    name: Option<String>,
    text: String,
    values: usize,
}

impl LabelQuery {
    /// Checks what is asked for: one label or all, values with a text in them, at most so many of each.
    pub fn of(name: Option<String>, text: Option<String>, values: Option<i32>) -> Result<LabelQuery, Error> {
        let values = match values.unwrap_or(USUAL_VALUES) {
            values @ 0..=MOST_VALUES => values as usize,
            other => {
                return Err(bad_argument(format!("values is {other}; ask for at most {MOST_VALUES} of each label")));
            }
        };
        Ok(LabelQuery { name, text: text.unwrap_or_default().to_lowercase(), values })
    }

    /// How many values a query may be answered with: as many of each label.
    pub fn room(name: Option<&str>, values: Option<i32>) -> usize {
        let names = if name.is_some() { 1 } else { MOST_NAMES };
        names * values.unwrap_or(USUAL_VALUES).max(1) as usize
    }

    fn asks_for(&self, name: &str) -> bool {
        self.name.as_ref().is_none_or(|wanted| wanted == name)
    }

    fn has_text(&self, value: &str) -> bool {
        self.text.is_empty() || value.to_lowercase().contains(&self.text)
    }

    /// How many different values there are, and the most frequent ones.
    fn most_frequent(&self, counts: &HashMap<&str, u32>) -> (u32, Vec<ValueCount>) {
        let fitting = counts.iter().filter(|(value, _)| self.has_text(value));
        let mut values: Vec<(&str, u32)> = fitting.map(|(value, hosts)| (*value, *hosts)).collect();
        let distinct = values.len() as u32;
        values.sort_unstable_by(|(a, more), (b, less)| less.cmp(more).then(a.cmp(b)));
        values.truncate(self.values);
        let count = |(value, hosts): (&str, u32)| ValueCount { value: value.to_owned(), hosts };
        (distinct, values.into_iter().map(count).collect())
    }
}

impl HostLabels {
    /// Counts the labels of hosts. O(hosts × their labels).
    pub fn of(hosts: &[Arc<managed::Host>], query: &LabelQuery) -> HostLabels {
        let mut counts: BTreeMap<&str, HashMap<&str, u32>> = BTreeMap::new();
        let mut groups: HashMap<&str, u32> = HashMap::new();
        for host in hosts {
            for (name, value) in host.labels.iter().filter(|(name, _)| query.asks_for(name)) {
                count(counts.entry(name).or_default(), value);
            }
            host.groups.iter().for_each(|group| count(&mut groups, group));
        }
        let names = counts.len() as u32;
        let label = |(name, values): (&str, HashMap<&str, u32>)| {
            let (distinct, most) = query.most_frequent(&values);
            LabelCount { name: name.to_owned(), hosts: values.values().sum(), distinct, values: most }
        };
        let mut labels: Vec<LabelCount> = counts.into_iter().map(label).collect();
        labels.sort_by_key(|label| std::cmp::Reverse(label.hosts));
        labels.truncate(MOST_NAMES);
        let (group_names, groups) = query.most_frequent(&groups);
        HostLabels { hosts: hosts.len() as u32, names, labels, group_names, groups, problem: None }
    }

    /// Nothing, because the selector cannot be read.
    pub fn unread(problem: SelectorProblem) -> HostLabels {
        HostLabels { problem: Some(problem), ..HostLabels::default() }
    }
}

fn count<K: Eq + Hash>(counts: &mut HashMap<K, u32>, key: K) {
    *counts.entry(key).or_default() += 1;
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn hosts() -> Vec<Arc<managed::Host>> {
        let host = |number: u32| {
            let labels = json!({"role": if number.is_multiple_of(4) { "db" } else { "web" }, "serial": format!("SN{number:03}")});
            let host = json!({"name": format!("h{number}"), "labels": labels, "groups": ["all"]});
            Arc::new(serde_json::from_value(host).expect("a host"))
        };
        (0..40).map(host).collect()
    }

    fn counted(name: Option<&str>, text: Option<&str>, values: i32) -> HostLabels {
        let query = LabelQuery::of(name.map(Into::into), text.map(Into::into), Some(values)).expect("a query");
        HostLabels::of(&hosts(), &query)
    }

    #[test]
    fn the_most_frequent_values_come_first_and_no_more_than_asked_for() {
        let all = counted(None, None, 3);
        assert_eq!((all.hosts, all.names, all.groups[0].hosts), (40, 2, 40));
        let shown = |label: &LabelCount| {
            let values: Vec<_> = label.values.iter().map(|value| (value.value.clone(), value.hosts)).collect();
            (label.name.clone(), label.distinct, values)
        };
        let pairs = |pairs: &[(&str, u32)]| pairs.iter().map(|(value, hosts)| ((*value).to_owned(), *hosts)).collect();
        assert_eq!(shown(&all.labels[0]), ("role".into(), 2, pairs(&[("web", 30), ("db", 10)])));
        assert_eq!(shown(&all.labels[1]), ("serial".into(), 40, pairs(&[("SN000", 1), ("SN001", 1), ("SN002", 1)])));
    }

    #[test]
    fn one_label_is_searched_for_values_with_a_text() {
        let found = counted(Some("serial"), Some("sn03"), 200);
        assert_eq!((found.names, found.labels[0].distinct), (1, 10));
        assert!(found.labels[0].values.iter().all(|value| value.value.starts_with("SN03")));
        assert!(LabelQuery::of(None, None, Some(201)).is_err());
    }
}
