//! Selectors: expressions over the name, labels and groups of a host.
//!
//! Never found here: the inventory they are asked about.

use serde::{Deserialize, Serialize};

/// A selector, kept as it was typed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Selector {
    text: String,
}
