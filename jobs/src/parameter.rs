//! Parameters of actions and templates, in the words of JSON Schema, and whether values fit them.
//!
//! Never found here: where a value comes from, or the secret a reference points to.

use crate::diagnostic::did_you_mean;
use crate::pattern::Pattern;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;

/// The longest value, in bytes of its JSON text: a script gets it as one environment variable, and Linux takes no
/// longer ones than 128 KiB.
pub const LONGEST_VALUE: usize = 100 * 1024;

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
    /// A glob the text must match (see `pattern`); regular expressions are not offered.
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

/// Why a value does not fit, and what to give instead.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "camelCase")]
#[error("{message}: {hint}")]
pub struct ValueProblem {
    /// The parameter.
    pub name: String,
    /// The problem, as a sentence without a full stop.
    pub message: String,
    /// The next step.
    pub hint: String,
}

/// Checks values against their schema and fills in the defaults.
///
/// The answer has a value for every parameter of the schema: `null` where none was given and there is no default.
/// A `null` that is given counts as not given. All problems are reported, in the order of names.
pub fn check_values(schema: &BTreeMap<String, Parameter>, given: Values) -> Result<Values, Vec<ValueProblem>> {
    let mut problems: Vec<ValueProblem> =
        given.keys().filter(|name| !schema.contains_key(*name)).map(|name| unknown(name, schema)).collect();
    let mut given = given;
    let mut checked = Values::new();
    for (name, parameter) in schema {
        let value = given.remove(name).filter(|value| !value.is_null());
        match parameter.complete(name, value) {
            Ok(value) => drop(checked.insert(name.clone(), value)),
            Err(problem) => problems.push(problem),
        }
    }
    problems.sort_by(|one, other| one.name.cmp(&other.name));
    if problems.is_empty() { Ok(checked) } else { Err(problems) }
}

/// Gives texts the types their schema declares, where they can be read so: a script says `installed=true`, and the
/// output is the boolean. Everything else stays as it is.
pub fn read_output(schema: &BTreeMap<String, Parameter>, name: &str, value: &Value) -> Value {
    let (Some(parameter), Value::String(text)) = (schema.get(name), value) else { return value.clone() };
    match parameter.kind {
        Kind::String => value.clone(),
        Kind::Integer | Kind::Number | Kind::Boolean | Kind::Array | Kind::Object => serde_json::from_str(text.trim())
            .ok()
            .filter(|read| parameter.kind.fits(read))
            .unwrap_or_else(|| value.clone()),
    }
}

fn unknown(name: &str, schema: &BTreeMap<String, Parameter>) -> ValueProblem {
    let hint = match did_you_mean(name, schema.keys().map(String::as_str)) {
        Some(close) => format!("did you mean `{close}`?"),
        None if schema.is_empty() => "it takes no parameters; remove it".to_owned(),
        None => format!("it takes {}", listed(schema.keys())),
    };
    ValueProblem { name: name.to_owned(), message: format!("there is no parameter `{name}`"), hint }
}

fn listed(names: impl Iterator<Item = impl fmt::Display>) -> String {
    let mut names: Vec<String> = names.map(|name| format!("`{name}`")).collect();
    if names.len() > 8 {
        names.truncate(8);
        names.push("…".into());
    }
    names.join(", ")
}

impl Parameter {
    /// The value to use: what was given, if it fits, otherwise the default, otherwise `null`.
    fn complete(&self, name: &str, given: Option<Value>) -> Result<Value, ValueProblem> {
        match (given, &self.default) {
            (Some(value), _) => self.check(name, value),
            (None, Some(default)) => Ok(default.clone()),
            (None, None) if self.required => Err(ValueProblem {
                name: name.to_owned(),
                message: format!("parameter `{name}` is required"),
                hint: format!("give it {}", self.wanted()),
            }),
            (None, None) => Ok(Value::Null),
        }
    }

    /// Checks one value. Whole numbers written with a fraction of zero become whole numbers.
    pub fn check(&self, name: &str, value: Value) -> Result<Value, ValueProblem> {
        let problem = |message: String, hint: String| Err(ValueProblem { name: name.to_owned(), message, hint });
        if self.secret {
            return match value.as_str().is_some_and(is_secret_reference) {
                true => Ok(value),
                // The value may be the secret itself, so it is not repeated.
                false => problem(
                    format!("parameter `{name}` is a secret, and its value is not a reference"),
                    "write env:NAME or file:/path; the secret itself is never given".to_owned(),
                ),
            };
        }
        if !self.kind.fits(&value) {
            return problem(
                format!("parameter `{name}` is {}, not {}", self.kind, shown(&value)),
                format!("give it {}", self.wanted()),
            );
        }
        if value.to_string().len() > LONGEST_VALUE {
            return problem(
                format!("parameter `{name}` is longer than {LONGEST_VALUE} bytes"),
                "give it a shorter value".to_owned(),
            );
        }
        match self.objection(&value) {
            Some(objection) => problem(format!("parameter `{name}` {objection}"), format!("give it {}", self.wanted())),
            None => Ok(self.normal(value)),
        }
    }

    /// What a value of the right type still does wrong.
    fn objection(&self, value: &Value) -> Option<String> {
        if !self.one_of.is_empty() && !self.one_of.contains(value) {
            return Some(format!("may not be {}", shown(value)));
        }
        let number = value.as_f64();
        if number.zip(self.minimum).is_some_and(|(number, minimum)| number < minimum) {
            return Some(format!("is {value}, which is too small"));
        }
        if number.zip(self.maximum).is_some_and(|(number, maximum)| number > maximum) {
            return Some(format!("is {value}, which is too large"));
        }
        let pattern = self.pattern.as_deref().and_then(|pattern| Pattern::parse(pattern).ok());
        if pattern.zip(value.as_str()).is_some_and(|(pattern, text)| !pattern.matches(text)) {
            return Some(format!("is {}, which does not match its pattern", shown(value)));
        }
        let items = self.items.zip(value.as_array());
        let stranger =
            items.and_then(|(kind, items)| items.iter().find(|item| !kind.fits(item)).map(|item| (kind, item)));
        stranger.map(|(kind, item)| format!("holds {}, and each item is {kind}", shown(item)))
    }

    fn normal(&self, value: Value) -> Value {
        match (self.kind, &value) {
            (Kind::Integer, Value::Number(number)) if number.is_f64() => whole(number).map_or(value, Value::from),
            _ => value,
        }
    }

    /// What to give, in words.
    fn wanted(&self) -> String {
        if self.secret {
            return "a reference to a secret: env:NAME or file:/path".to_owned();
        }
        if !self.one_of.is_empty() {
            return format!("one of {}", self.one_of.iter().map(Value::to_string).collect::<Vec<_>>().join(", "));
        }
        if let Some(items) = self.items {
            return format!("{} in which each item is {items}", self.kind);
        }
        match (self.minimum, self.maximum, &self.pattern) {
            (Some(minimum), Some(maximum), _) => format!("{} from {minimum} to {maximum}", self.kind),
            (Some(minimum), None, _) => format!("{} of at least {minimum}", self.kind),
            (None, Some(maximum), _) => format!("{} of at most {maximum}", self.kind),
            (None, None, Some(pattern)) => format!("{} like {pattern}", self.kind),
            (None, None, None) => self.kind.to_string(),
        }
    }
}

impl Kind {
    /// Whether a value is of this kind.
    pub fn fits(self, value: &Value) -> bool {
        match self {
            Kind::String => value.is_string(),
            Kind::Integer => value.as_number().is_some_and(|number| !number.is_f64() || whole(number).is_some()),
            Kind::Number => value.is_number(),
            Kind::Boolean => value.is_boolean(),
            Kind::Array => value.is_array(),
            Kind::Object => value.is_object(),
        }
    }
}

/// A number such as 3.0 as a whole one, where that loses nothing.
fn whole(number: &serde_json::Number) -> Option<i64> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    number.as_f64().filter(|number| number.fract() == 0.0 && number.abs() <= EXACT).map(|number| number as i64)
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Kind::String => "a text",
            Kind::Integer => "a whole number",
            Kind::Number => "a number",
            Kind::Boolean => "true or false",
            Kind::Array => "a list",
            Kind::Object => "a map",
        })
    }
}

/// Whether a text is `env:NAME` or `file:/path`.
pub fn is_secret_reference(text: &str) -> bool {
    let is_name = |name: &str| {
        name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    match text.split_once(':') {
        Some(("env", name)) => is_name(name),
        Some(("file", path)) => path.starts_with('/') || path.starts_with("~/"),
        _ => false,
    }
}

/// A value as a person would say it, in at most some forty characters.
pub fn shown(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "a map".to_owned(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        Value::String(text) if text.chars().count() <= 40 => format!("the text {text:?}"),
        Value::String(text) => format!("the text {:?}…", text.chars().take(40).collect::<String>()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn schema(json: Value) -> BTreeMap<String, Parameter> {
        serde_json::from_value(json).expect("a schema")
    }

    #[test]
    fn defaults_are_filled_in_and_nothing_is_left_open() {
        let schema = schema(json!({
            "reboot": {"type": "boolean", "default": true}, "count": {"type": "integer"}, "packages": {"type": "array"},
        }));
        let given = Values::from([("count".into(), json!(3.0)), ("packages".into(), Value::Null)]);
        let all = check_values(&schema, given).expect("valid");
        assert_eq!(json!(all), json!({"reboot": true, "count": 3, "packages": null}));
    }

    #[test]
    fn every_problem_is_named_with_a_next_step() {
        let schema = schema(json!({
            "level": {"type": "string", "enum": ["low", "high"]},
            "ratio": {"type": "number", "minimum": 0.5, "maximum": 2},
            "attempts": {"type": "integer", "minimum": 1},
            "at_most": {"type": "integer", "maximum": 9},
            "host": {"type": "string", "pattern": "web-*"},
            "ports": {"type": "array", "items": "integer"},
            "token": {"type": "string", "secret": true},
            "user": {"type": "string", "required": true},
            "reboot": {"type": "boolean"},
            "labels": {"type": "object"},
            "note": {"type": "string"},
        }));
        let given: Values = serde_json::from_value(json!({
            "level": "middle", "ratio": 3, "attempts": 0, "at_most": 10, "host": "db-1", "ports": [22, "http"], "token": "hunter2",
            "rebot": true, "reboot": "yes", "labels": [], "note": "x".repeat(LONGEST_VALUE), "zone": 1,
        }))
        .expect("values");
        let problems = check_values(&schema, given).expect_err("full of problems");
        let table: String = problems.iter().map(|problem| format!("{problem}\n")).collect();
        assert!(!table.contains("hunter2"), "the secret is shown");
        insta::assert_snapshot!(table);
    }

    #[test]
    fn a_secret_is_a_reference() {
        let token = Parameter { secret: true, ..Parameter::default() };
        for reference in ["env:DB_PASSWORD", "file:/etc/stagger/token", "file:~/.token"] {
            assert!(token.check("token", json!(reference)).is_ok(), "{reference}");
        }
        for text in ["", "env:", "env:A B", "file:", "file:token", "hunter2", "ENV:A", "env:1A"] {
            assert!(token.check("token", json!(text)).is_err(), "{text} was taken");
        }
    }

    #[test]
    fn output_written_as_text_gets_its_declared_type() {
        let schema =
            schema(json!({"installed": {"type": "boolean"}, "count": {"type": "integer"}, "note": {"type": "string"}}));
        for (name, text, read) in [
            ("installed", "true", json!(true)),
            ("installed", "yes", json!("yes")),
            ("count", " 12 ", json!(12)),
            ("count", "1.5", json!("1.5")),
            ("note", "12", json!("12")),
            ("other", "true", json!("true")),
        ] {
            assert_eq!(read_output(&schema, name, &json!(text)), read, "{name}={text}");
        }
    }
}
