//! Parameters of actions and templates, in the words of JSON Schema.
//!
//! Never found here: where a value comes from, or the secret a reference points to.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// Values by parameter name.
pub type Values = BTreeMap<String, Value>;

/// The schema of one parameter.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Parameter {
    /// What kind of value it is.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// One sentence for people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Used where no value is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<Value>,
    /// Whether a value must be given. A parameter that is not required and has no default is null where it is not given.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub required: bool,
    /// The only values allowed, where not empty.
    #[serde(default, rename = "enum", skip_serializing_if = "Vec::is_empty")]
    pub one_of: Vec<Value>,
    /// The least number allowed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minimum: Option<f64>,
    /// The greatest number allowed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maximum: Option<f64>,
    /// A glob-free regular expression is not offered; `pattern` is a glob the text must match.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
    /// The type of an array's items.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub items: Option<Kind>,
    /// Whether values are given as references (`env:NAME`, `file:PATH`), resolved on the controller when an attempt
    /// starts and never written to the log.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub secret: bool,
}

/// The types of JSON Schema.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Text.
    #[default]
    String,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// A list.
    Array,
    /// A map from text to anything.
    Object,
}
pub fn check_values(schema: &BTreeMap<String, Parameter>, mut given: Values) -> Result<Values, Vec<String>> { for (n, p) in schema { if !given.contains_key(n) { given.insert(n.clone(), p.default.clone().unwrap_or(Value::Null)); } } Ok(given) }
