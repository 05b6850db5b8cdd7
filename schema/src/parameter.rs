//! Parameters as JSON Schema, so that an editor or a form can be made from them.
//!
//! Never found here: checking values (`jobs::parameter`).

use crate::scalar::Json;
use jobs::parameter::{Parameter, Values};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The schema of an object with these parameters as its properties.
pub fn json_schema(parameters: &BTreeMap<String, Parameter>) -> Value {
    let properties: Map<String, Value> =
        parameters.iter().map(|(name, parameter)| (name.clone(), property(parameter))).collect();
    let required: Vec<&String> =
        parameters.iter().filter(|(_, parameter)| parameter.required).map(|(name, _)| name).collect();
    json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
}

fn property(parameter: &Parameter) -> Value {
    let mut schema = Map::new();
    schema.insert("type".to_owned(), json!(parameter.kind));
    let mut put = |key: &str, value: Option<Value>| {
        if let Some(value) = value {
            schema.insert(key.to_owned(), value);
        }
    };
    put("description", some(!parameter.description.is_empty(), || json!(parameter.description)));
    put("default", parameter.default.clone());
    put("enum", some(!parameter.one_of.is_empty(), || json!(parameter.one_of)));
    put("minimum", parameter.minimum.map(|least| json!(least)));
    put("maximum", parameter.maximum.map(|most| json!(most)));
    // Stagger's patterns are globs, JSON Schema's are regular expressions: another keyword keeps them apart.
    put("x-glob", parameter.pattern.as_ref().map(|glob| json!(glob)));
    put("items", parameter.items.map(|kind| json!({ "type": kind })));
    put("writeOnly", some(parameter.secret, || json!(true)));
    Value::Object(schema)
}

fn some(wanted: bool, value: impl FnOnce() -> Value) -> Option<Value> {
    wanted.then(value)
}

/// Values by name, as one JSON object.
pub fn values(values: &Values) -> Json {
    async_graphql::Json(Value::Object(values.iter().map(|(name, value)| (name.clone(), value.clone())).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jobs::parameter::Kind;

    #[test]
    fn parameters_read_as_json_schema() {
        let kernel =
            Parameter { kind: Kind::String, required: true, pattern: Some("6.*".into()), ..Parameter::default() };
        let wait =
            Parameter { kind: Kind::Integer, default: Some(json!(5)), minimum: Some(0.0), ..Parameter::default() };
        let token = Parameter { secret: true, description: "for the balancer".into(), ..Parameter::default() };
        let parameters = [("kernel", kernel), ("wait", wait), ("token", token)].map(|(name, p)| (name.to_owned(), p));
        assert_eq!(
            json_schema(&BTreeMap::from(parameters)),
            json!({
                "type": "object",
                "additionalProperties": false,
                "required": ["kernel"],
                "properties": {
                    "kernel": {"type": "string", "x-glob": "6.*"},
                    "token": {"type": "string", "description": "for the balancer", "writeOnly": true},
                    "wait": {"type": "integer", "default": 5, "minimum": 0.0},
                },
            })
        );
    }
}
