//! Reads what a script wrote to `$STAGGER_OUTPUT`: a JSON object, or lines of `key=value`.
//!
//! Never found here: what the values mean.

use jobs::parameter::Values;
use serde_json::Value;

/// The values in `bytes`. Among lines, `true`, `false` and whole numbers become what they look like and everything else
/// is text (`1.10` is a version more often than a number); a later line wins, and a line without `=` says nothing.
pub fn parse_result(bytes: &[u8]) -> Values {
    let text = String::from_utf8_lossy(bytes);
    if text.trim_start().starts_with('{')
        && let Ok(values) = serde_json::from_str(&text)
    {
        return values;
    }
    let pairs = text.lines().filter_map(|line| line.split_once('='));
    pairs.map(|(key, value)| (key.trim().to_owned(), typed(value.trim()))).filter(|(key, _)| !key.is_empty()).collect()
}

fn typed(text: &str) -> Value {
    match text {
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        // Only as a number would be written: 007 is somebody's name.
        _ => match text.parse::<i64>() {
            Ok(number) if number.to_string() == text => number.into(),
            _ => Value::String(text.to_owned()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn lines_and_objects_give_values() {
        for (text, expected) in [
            ("", json!({})),
            ("installed=true\nupdates=12\n", json!({"installed": true, "updates": 12})),
            ("version=1.10\nid=007\nnote=a=b\n", json!({"version": "1.10", "id": "007", "note": "a=b"})),
            ("noise\n=x\na=1\na=2\n", json!({"a": 2})),
            (" {\"list\": [1, 2.5], \"deep\": {\"x\": null}}", json!({"list": [1, 2.5], "deep": {"x": null}})),
            ("{broken=yes\n", json!({"{broken": "yes"})),
        ] {
            assert_eq!(json!(parse_result(text.as_bytes())), expected, "{text:?}");
        }
    }
}
