//! What the dashboard asks for fits within the limits of the API: no document of its sources is refused for its cost.
//!
//! Never found here: what is answered; nothing that the documents name is there.

use async_graphql::parser::parse_query;
use async_graphql::parser::types::{BaseType, ExecutableDocument, Selection, SelectionSet, Type};
use async_graphql::{Request, Variables};
use jobs::command::Actor;
use schema::testing::MemoryBackend;
use schema::{ActorContext, Limits};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::Arc;

/// Rows of one page, and values of each label, wherever the dashboard says how many in a variable.
const ROWS: u32 = 50;
const VALUES: u32 = 12;

/// Every `graphql(`…`)` of the files under a folder.
fn documents_under(folder: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).expect("a folder of the dashboard").map(|entry| entry.expect("an entry").path()) {
        if entry.is_dir() {
            documents_under(&entry, found);
        } else if entry.to_string_lossy().ends_with(".query.ts") {
            let text = fs::read_to_string(&entry).expect("a file of the dashboard");
            let calls = text.split("graphql(").skip(1);
            found.extend(
                calls.filter_map(|call| Some(call.trim_start().strip_prefix('`')?.split_once('`')?.0.to_owned())),
            );
        }
    }
}

/// The names of the fragments that a document spreads.
fn spread(document: &ExecutableDocument) -> BTreeSet<String> {
    fn within(selections: &SelectionSet, names: &mut BTreeSet<String>) {
        for selection in &selections.items {
            match &selection.node {
                Selection::Field(field) => within(&field.node.selection_set.node, names),
                Selection::InlineFragment(inline) => within(&inline.node.selection_set.node, names),
                Selection::FragmentSpread(spread) => drop(names.insert(spread.node.fragment_name.node.to_string())),
            }
        }
    }
    let mut names = BTreeSet::new();
    let operations = document.operations.iter().map(|(_, operation)| &operation.node.selection_set.node);
    let fragments = document.fragments.values().map(|fragment| &fragment.node.selection_set.node);
    operations.chain(fragments).for_each(|selections| within(selections, &mut names));
    names
}

/// An operation with every fragment that it needs.
fn whole(operation: &str, fragments: &BTreeMap<String, String>) -> String {
    let (mut text, mut there) = (operation.to_owned(), BTreeSet::new());
    loop {
        let needed = spread(&parse_query(&text).expect("a document"));
        let Some(name) = needed.into_iter().find(|name| !there.contains(name)) else { return text };
        text.push_str(fragments.get(&name).unwrap_or_else(|| panic!("there is no fragment {name}")));
        there.insert(name);
    }
}

fn placeholder(variable: &str, of: &Type) -> Value {
    match &of.base {
        BaseType::List(_) => json!([]),
        BaseType::Named(name) => match name.as_str() {
            "Int" if variable == "values" => json!(VALUES),
            "Int" | "Long" => json!(ROWS),
            "Boolean" => json!(true),
            "DateTime" => json!("2026-01-01T00:00:00Z"),
            "String" | "ID" => json!("x"),
            _ => Value::Null,
        },
    }
}

fn variables(document: &ExecutableDocument) -> Variables {
    let definitions = document.operations.iter().flat_map(|(_, operation)| &operation.node.variable_definitions);
    let values = definitions.map(|definition| {
        let (name, of) = (&definition.node.name.node, &definition.node.var_type.node);
        (name.to_string(), placeholder(name, of))
    });
    Variables::from_json(Value::Object(values.collect()))
}

#[tokio::test]
async fn every_document_of_the_dashboard_has_room_in_a_request() {
    let mut found = Vec::new();
    documents_under(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../web-dashboard/src"), &mut found);
    let name_of = |text: &String| text.trim_start().strip_prefix("fragment ")?.split(' ').next().map(str::to_owned);
    let fragments: BTreeMap<String, String> =
        found.iter().filter_map(|text| Some((name_of(text)?, text.clone()))).collect();
    let operations: Vec<&String> = found.iter().filter(|text| name_of(text).is_none()).collect();
    assert!(operations.len() > 40 && fragments.len() > 5, "{} and {}", operations.len(), fragments.len());
    let schema = schema::build(Arc::new(MemoryBackend::demo(3)), Limits::default());
    for operation in operations {
        let text = whole(operation, &fragments);
        let document = parse_query(&text).expect("a document");
        let actor = ActorContext { actor: Actor("user:alice".into()), origin: "test".into() };
        let response = schema.execute(Request::new(&text).variables(variables(&document)).data(actor)).await;
        for error in response.errors {
            let refused = ["too complex", "too deep", "at most"].iter().any(|words| error.message.contains(words));
            let valid = !error.message.contains("Unknown");
            assert!(!refused && valid, "{}\n{operation}", error.message);
        }
    }
}
