//! Packs: what a folder of actions and templates says about itself.
//!
//! Never found here: its actions and templates, or how it is installed.

use serde::{Deserialize, Serialize};

/// A pack's manifest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Pack {
    /// Its name.
    pub name: String,
    /// Its version, such as `1.4.0`.
    pub version: String,
    /// One sentence for people.
    #[serde(default)]
    pub description: String,
}
