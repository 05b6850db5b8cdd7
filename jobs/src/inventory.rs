//! The managed servers.
//!
//! Never found here: how to log in to one (that is `connection`, which only the server reads), or the state of one.

use crate::ids::HostName;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Labels of a host.
pub type Labels = BTreeMap<String, String>;

/// One managed server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Host {
    /// Its name, unique in the inventory.
    pub name: HostName,
    /// What it is: `role`, `env`, `dc`, `os` …
    #[serde(default)]
    pub labels: Arc<Labels>,
    /// The groups it belongs to; a selector asks with `group=web`.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub groups: BTreeSet<String>,
    /// How to reach it: address, port, user, key, jump host. Opaque here; the server's `connection` module reads it.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub connection: Value,
}

/// Every managed server, by name.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Inventory {
    /// The hosts.
    pub hosts: BTreeMap<HostName, Arc<Host>>,
}
