//! The schemas for editors, held against the reader.

use super::{actions, templates};
use crate::yaml::{action_json_schema, read_action, read_template, template_json_schema};
use boon::{Compiler, Schemas};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// No key of anything.
const NO_KEY: &str = "zzzzzzzzzzzz";

/// What is wrong with a value by a schema; empty where nothing is.
fn problems(schema: &Value, text: &str) -> String {
    let value: Value = serde_saphyr::from_str(text).unwrap_or_else(|why| panic!("{why}\n{text}"));
    let (mut compiler, mut schemas) = (Compiler::new(), Schemas::new());
    compiler.add_resource("schema.json", schema.clone()).expect("it is JSON");
    let compiled = compiler.compile("schema.json", &mut schemas).expect("it is a schema of its draft");
    schemas.validate(&value, compiled).err().map_or(String::new(), |error| error.to_string())
}

/// The text of the pack that Stagger brings along.
fn pack(folder: &str) -> Vec<(String, String)> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../server/packs/stagger").join(folder);
    let entries = std::fs::read_dir(folder).expect("the pack is there").map(|entry| entry.expect("it is read").path());
    let yaml = entries.filter(|path| path.extension().is_some_and(|end| end == "yaml"));
    yaml.map(|path| (path.display().to_string(), std::fs::read_to_string(path).expect("it is read"))).collect()
}

#[test]
fn what_the_reader_takes_the_schemas_take() {
    let mut written = vec![(template_json_schema(), "a template".to_owned(), templates::GOOD.to_owned())];
    written.push((action_json_schema(), "an action".to_owned(), actions::GOOD.to_owned()));
    written.extend(pack("templates").into_iter().map(|(file, text)| (template_json_schema(), file, text)));
    written.extend(pack("actions").into_iter().map(|(file, text)| (action_json_schema(), file, text)));
    assert!(written.len() > 15, "the pack was found");
    for (schema, file, text) in written {
        assert_eq!(problems(&schema, &text), "", "{file}");
    }
}

#[test]
fn short_forms_and_long_ones_are_taken() {
    let head = "template: t\nworkflow: [{step: a, action: b}]\n";
    for rest in [
        "concurrency: 5",
        "concurrency: {max: 5}",
        "stratify_by: os",
        "stratify_by: [os, dc]",
        "batches: [{size: 1, approve: false}, {up_to: 0.5%}, {size: 10 %, repeat: true}]",
        "gates: {total: {cap: none}, batch: {max_failed: 0}, unreachable: {max: 2.5%}}",
        "parameters: {a: {}, b: {type: array, items: {type: integer}}}",
        "unreachable_after: 1h 30min",
        "lost_after: 1d",
    ] {
        let text = format!("{head}{rest}\n");
        assert!(read_template("t.yaml", &text).is_ok(), "{rest}");
        assert_eq!(problems(&template_json_schema(), &text), "", "{rest}");
    }
}

#[test]
fn what_no_reader_takes_the_schemas_refuse() {
    let step = "workflow: [{step: a, action: b}]";
    for (workflow, wrong) in [
        ("", "workflow: []"),
        (step, "batches: [{}]"),
        (step, "batches: [{size: 1, up_to: 2}]"),
        (step, "gates: {batch: 5}"),
        (step, "lost_after: 5"),
    ] {
        let text = format!("template: t\n{workflow}\n{wrong}\n");
        assert!(read_template("t.yaml", &text).is_err(), "{wrong}");
        assert_ne!(problems(&template_json_schema(), &text), "", "{wrong}");
    }
}

/// Every map of a schema: where it stands in a text, and its keys. What the author names stands there as `x`, a place in
/// a list as `0`.
fn maps(root: &Value, schema: &Value, path: &[String], found: &mut Vec<(Vec<String>, BTreeSet<String>)>) {
    if let Some(reference) = schema["$ref"].as_str() {
        let target = root.pointer(reference.trim_start_matches('#')).expect("a reference leads somewhere");
        maps(root, target, path, found);
    }
    for choice in schema["oneOf"].as_array().into_iter().flatten() {
        maps(root, choice, path, found);
    }
    let deeper = |key: &str| [path, &[key.to_owned()]].concat();
    if let Some(properties) = schema["properties"].as_object() {
        found.push((path.to_vec(), properties.keys().cloned().collect()));
        for (key, property) in properties {
            maps(root, property, &deeper(key), found);
        }
    }
    if schema["items"].is_object() {
        maps(root, &schema["items"], &deeper("0"), found);
    }
    if schema["additionalProperties"].is_object() {
        maps(root, &schema["additionalProperties"], &deeper("x"), found);
    }
}

/// A text in which nothing but one map stands, and in it a key that nothing has.
fn text_with(path: &[String]) -> String {
    let innermost = json!({ NO_KEY: 1 });
    let whole = path.iter().rev().fold(innermost, |value, key| match key.as_str() {
        "0" => json!([value]),
        key => json!({ key: value }),
    });
    whole.to_string()
}

/// The keys the reader says a map has when it meets one that nothing has.
fn keys_by_the_reader(help: &str) -> BTreeSet<String> {
    let (_, keys) = help.split_once(" has ").unwrap_or_else(|| panic!("no list of keys: {help}"));
    keys.split(", ").map(str::to_owned).collect()
}

#[test]
fn every_key_of_the_reader_is_in_the_schemas_and_the_other_way_round() {
    type Read = fn(&str) -> Vec<crate::diagnostic::Diagnostic>;
    let template: Read = |text| read_template("t.yaml", text).err().unwrap_or_default();
    let action: Read = |text| read_action("a.yaml", text, |_| None).err().unwrap_or_default();
    for (schema, read, least) in [(template_json_schema(), template, 15), (action_json_schema(), action, 6)] {
        let mut found = Vec::new();
        maps(&schema, &schema, &[], &mut found);
        assert!(found.len() >= least, "only {} maps were found", found.len());
        for (path, keys) in found {
            let text = text_with(&path);
            let told = read(&text);
            let unknown = told.iter().find(|one| one.message.contains(NO_KEY));
            let unknown = unknown.unwrap_or_else(|| panic!("{path:?} takes any key: {text}"));
            assert_eq!(keys_by_the_reader(&unknown.help), keys, "{path:?}");
        }
    }
}

#[test]
fn everything_in_the_schemas_is_described() {
    fn silent(schema: &Value, path: &str, found: &mut Vec<String>) {
        for (key, property) in schema["properties"].as_object().into_iter().flatten() {
            let path = format!("{path}.{key}");
            if property["description"].as_str().is_none_or(str::is_empty) && property["oneOf"].is_null() {
                found.push(path.clone());
            }
            silent(property, &path, found);
        }
        for choice in schema["oneOf"].as_array().into_iter().flatten() {
            silent(choice, path, found);
        }
        for (name, definition) in schema["$defs"].as_object().into_iter().flatten() {
            silent(definition, name, found);
        }
    }
    let mut found = Vec::new();
    silent(&template_json_schema(), "template", &mut found);
    silent(&action_json_schema(), "action", &mut found);
    assert_eq!(found, Vec::<String>::new());
}
