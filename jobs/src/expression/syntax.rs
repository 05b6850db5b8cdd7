//! What the text of an expression shows before it is compiled.
//!
//! Never found here: a parser; the expression language has its own.

use serde_json::Value;

/// How a text is to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// Wholly an expression.
    Expression,
    /// Text with expressions between `{{` and `}}`.
    Text,
}

/// Names of the language that a text uses.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct LanguageNames {
    pub filters: Vec<String>,
    pub tests: Vec<String>,
}

/// Whether a text holds anything for the expression language.
pub(super) fn has_markup(text: &str) -> bool {
    ["{{", "{%", "{#"].iter().any(|mark| text.contains(mark))
}

/// Whether a text anywhere in a value does.
pub(super) fn holds_markup(value: &Value) -> bool {
    match value {
        Value::String(text) => has_markup(text),
        Value::Array(items) => items.iter().any(holds_markup),
        Value::Object(entries) => entries.values().any(holds_markup),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// What stands between `{{` and `}}` where a text begins and ends with them. It may still be two expressions.
pub(super) fn whole_expression(text: &str) -> Option<&str> {
    let inside = text.trim().strip_prefix("{{")?.strip_suffix("}}")?;
    let inside = inside.strip_prefix(['-', '+']).unwrap_or(inside);
    Some(inside.strip_suffix(['-', '+']).unwrap_or(inside))
}

/// Whether an expression is only names with dots between them.
pub(super) fn is_plain_path(expression: &str) -> bool {
    let is_name = |name: &str| {
        name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    expression.contains('.') && expression.split('.').all(is_name)
}

/// What people write by habit, and what to write here.
pub(super) fn syntax_hint(text: &str) -> String {
    let bytes = text.as_bytes();
    let single_equals = (0..bytes.len()).any(|at| {
        bytes[at] == b'=' && bytes.get(at + 1) != Some(&b'=') && (at == 0 || !b"=!<>".contains(&bytes[at - 1]))
    });
    let hint = match () {
        () if text.contains("&&") => "write `and` for `&&`",
        () if text.contains("||") => "write `or` for `||`",
        () if text.contains("===") => "write `==` to compare",
        () if single_equals => "write `==` to compare",
        () if text.trim_start().starts_with('!') => "write `not` for `!`",
        () if text.trim().is_empty() => "write a condition such as params.reboot == true, or remove it",
        () => "check quotation marks and brackets",
    };
    hint.to_owned()
}

/// The filters and tests a text uses, outside of quoted texts.
pub(super) fn language_names(text: &str, form: Form) -> LanguageNames {
    let mut names = LanguageNames::default();
    match form {
        Form::Expression => collect_names(text, &mut names),
        Form::Text => {
            let mut rest = text;
            while let Some(open) = rest.find("{{").into_iter().chain(rest.find("{%")).min() {
                let inside = &rest[open + 2..];
                let close = inside.find("}}").into_iter().chain(inside.find("%}")).min().unwrap_or(inside.len());
                collect_names(&inside[..close], &mut names);
                rest = &inside[close..];
            }
        }
    }
    names
}

fn collect_names(expression: &str, names: &mut LanguageNames) {
    let mut words = words(expression).into_iter().peekable();
    while let Some(word) = words.next() {
        match word {
            "|" => names.filters.extend(words.next_if(|word| is_word(word)).map(str::to_owned)),
            "is" => {
                words.next_if_eq(&"not");
                names.tests.extend(words.next_if(|word| is_word(word)).map(str::to_owned));
            }
            _ => {}
        }
    }
}

fn is_word(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
}

/// The words and signs of an expression; a quoted text is left out.
fn words(expression: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = expression;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '"' | '\'' => {
                rest = &rest[quoted_length(rest, first)..];
                continue;
            }
            _ if first.is_alphanumeric() || first == '_' => {
                rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len())
            }
            _ => first.len_utf8(),
        };
        if !first.is_whitespace() {
            found.push(&rest[..length]);
        }
        rest = &rest[length..];
    }
    found
}

/// The length of the quoted text `rest` begins with, in bytes.
fn quoted_length(rest: &str, quote: char) -> usize {
    let mut is_escaped = false;
    for (at, letter) in rest.char_indices().skip(1) {
        match letter {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            _ if letter == quote => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_and_tests_are_found_outside_of_quotes() {
        let names =
            language_names("params.a | lower == 'x | y is z' and b is not defined and c|default(1)", Form::Expression);
        assert_eq!((names.filters, names.tests), (vec!["lower".into(), "default".into()], vec!["defined".into()]));
        let names =
            language_names("cat x | grep {{ params.a | lower }} | wc; this is text {% if a is none %}", Form::Text);
        assert_eq!((names.filters, names.tests), (vec!["lower".into()], vec!["none".into()]));
    }

    #[test]
    fn a_plain_path_has_names_and_dots_only() {
        for path in ["params.a", "steps.check.output.installed", "host.labels._x1"] {
            assert!(is_plain_path(path), "{path}");
        }
        for other in ["true", "params", "params.", ".a", "params.a + 1", "params.1a", "params['a']", "a.b()", "1.5"] {
            assert!(!is_plain_path(other), "{other}");
        }
    }
}
