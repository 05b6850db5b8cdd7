//! The parameters (and outputs) of templates and actions.
//!
//! Never found here: values given for them, other than defaults.

use super::document::{Content, Key, Node, Place};
use super::reader::{Fields, Reader};
use crate::parameter::{Kind, Parameter};
use crate::pattern::Pattern;
use std::collections::BTreeMap;

const MOST: usize = 100;

const KEYS: &[&str] =
    &["type", "description", "default", "enum", "minimum", "maximum", "pattern", "items", "required", "secret"];

const HABITS: &[(&str, &str)] = &[("min", "minimum"), ("max", "maximum"), ("choices", "enum"), ("help", "description")];

const KINDS: &[(&str, Kind)] = &[
    ("string", Kind::String),
    ("integer", Kind::Integer),
    ("number", Kind::Number),
    ("boolean", Kind::Boolean),
    ("array", Kind::Array),
    ("object", Kind::Object),
];

impl<'d> Reader<'d> {
    /// The parameters under a key; none where it is missing.
    pub(super) fn parameters(&mut self, fields: &Fields<'d>, key: &str) -> BTreeMap<String, Parameter> {
        let Some(node) = fields.get(key) else { return BTreeMap::new() };
        let entries = self.entries(node, "parameters").unwrap_or_default();
        if entries.len() > MOST {
            let message = format!("{} parameters; at most {MOST} are allowed", entries.len());
            self.fail::<()>("limit", node.place, message, "put several values into one parameter of type object");
        }
        let mut parameters = BTreeMap::new();
        for (key, node) in entries {
            if let Some((name, parameter)) = self.named_parameter(key, node) {
                parameters.insert(name, parameter);
            }
        }
        parameters
    }

    fn named_parameter(&mut self, key: &Key, node: &'d Node) -> Option<(String, Parameter)> {
        let name = self.identifier(&key.name, key.place, "a parameter");
        let parameter = self.parameter(&key.name, node);
        Some((name?, parameter?))
    }

    fn parameter(&mut self, name: &str, node: &'d Node) -> Option<Parameter> {
        let fields = self.fields(node, "a parameter", KEYS, HABITS)?;
        let kind = fields.get("type").map(|node| self.kind(node));
        // Without its type nothing else can be judged.
        let kind = kind.unwrap_or(Some(Kind::String))?;
        let enumerated = fields.get("enum").and_then(|node| self.items(node, "values")).unwrap_or_default();
        let parameter = Parameter {
            kind,
            description: fields
                .get("description")
                .and_then(|node| self.text(node, "a description"))
                .unwrap_or_default(),
            default: fields.get("default").map(|node| self.value(node)),
            required: self.flag(&fields, "required", false),
            one_of: enumerated.iter().map(|node| self.value(node)).collect(),
            minimum: fields.get("minimum").and_then(|node| self.number(node)),
            maximum: fields.get("maximum").and_then(|node| self.number(node)),
            pattern: fields.get("pattern").and_then(|node| self.text(node, "a pattern")),
            items: fields.get("items").and_then(|node| self.item_kind(node)),
            secret: self.flag(&fields, "secret", false),
        };
        self.check_parameter(name, &parameter, &fields);
        Some(parameter)
    }

    fn kind(&mut self, node: &'d Node) -> Option<Kind> {
        if let Content::Text(text) = &node.content {
            let habit = match text.as_str() {
                "str" | "text" => Some("string"),
                "int" | "long" => Some("integer"),
                "float" | "double" => Some("number"),
                "bool" => Some("boolean"),
                "list" => Some("array"),
                "map" | "dict" => Some("object"),
                _ => None,
            };
            if let Some(kind) = habit {
                let message = format!("`{text}` is not a type");
                return self.fail("bad-value", node.place, message, format!("did you mean `{kind}`?"));
            }
        }
        self.word(node, "a type", KINDS)
    }

    /// `items: string`, or as JSON Schema has it `items: {type: string}`.
    fn item_kind(&mut self, node: &'d Node) -> Option<Kind> {
        match &node.content {
            Content::Map(_) => {
                let fields = self.fields(node, "`items`", &["type"], &[])?;
                let kind = self.required(&fields, "type", "write `items: {type: string}`")?;
                self.kind(kind)
            }
            _ => self.kind(node),
        }
    }

    /// Settings that contradict each other, and values of the schema that the schema itself would refuse.
    fn check_parameter(&mut self, name: &str, parameter: &Parameter, fields: &Fields<'d>) {
        let is_number = matches!(parameter.kind, Kind::Integer | Kind::Number);
        let misplaced = [
            ("minimum", is_number, "numbers"),
            ("maximum", is_number, "numbers"),
            ("pattern", parameter.kind == Kind::String, "texts"),
            ("items", parameter.kind == Kind::Array, "arrays"),
            ("secret", parameter.kind == Kind::String || !parameter.secret, "texts"),
        ];
        for (key, _, what) in misplaced.into_iter().filter(|(key, fits, _)| fields.get(key).is_some() && !fits) {
            let message = format!("`{key}` is for {what}, and `{name}` is {}", parameter.kind);
            self.contradiction(fields.place_of(key), message, &format!("remove `{key}`, or change the type"));
        }
        if parameter.minimum.zip(parameter.maximum).is_some_and(|(minimum, maximum)| minimum > maximum) {
            self.contradiction(fields.place_of("minimum"), "`minimum` is above `maximum`".into(), "swap them");
        }
        if let Some(error) = parameter.pattern.as_deref().and_then(|pattern| Pattern::parse(pattern).err()) {
            self.fail::<()>("bad-value", fields.place_of("pattern"), error.message, error.hint);
        }
        if parameter.required && parameter.default.is_some() {
            let help = "keep `required: true` or the default";
            self.contradiction(fields.place_of("required"), format!("`{name}` is required and has a default"), help);
        }
        let plain = Parameter { one_of: Vec::new(), default: None, ..parameter.clone() };
        if let Some(problem) = parameter.one_of.iter().find_map(|value| plain.check(name, value.clone()).err()) {
            self.fail::<()>("bad-value", fields.place_of("enum"), problem.message, problem.hint);
        }
        if let Some(problem) = parameter.default.clone().and_then(|value| parameter.check(name, value).err()) {
            self.fail::<()>(
                "bad-value",
                fields.place_of("default"),
                format!("default: {}", problem.message),
                problem.hint,
            );
        }
    }

    pub(super) fn contradiction(&mut self, place: Place, message: String, help: &str) {
        self.fail::<()>("contradiction", place, message, help);
    }
}
