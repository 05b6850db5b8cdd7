//! `schema.graphql` is what clients are written against: it says exactly what the code does, and what everything means.

use crate::client::Client;
use serde_json::{Value, json};
use std::path::Path;

#[test]
fn the_checked_in_schema_is_the_one_that_is_served() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema.graphql");
    let served = schema::sdl();
    let checked_in = std::fs::read_to_string(&file).unwrap_or_default();
    let same = checked_in.lines().zip(served.lines()).take_while(|(old, new)| old == new).count();
    assert!(
        checked_in == served,
        "schema/schema.graphql is not what is served, line {} is the first difference: run `make sdl`, and look at the \
         difference before committing it",
        same + 1,
    );
}

const EVERYTHING: &str = "{ __schema { types {
    name kind description
    fields(includeDeprecated: true) { name description args { name description } }
    inputFields { name description }
    enumValues(includeDeprecated: true) { name description }
} } }";

#[tokio::test]
async fn everything_is_described_because_the_descriptions_are_the_documentation() {
    let types = Client::of(1).ask(EVERYTHING, json!({})).await;
    let types = types["__schema"]["types"].as_array().expect("types").clone();
    assert!(types.len() > 100, "only {} types were found", types.len());
    let mut silent = Vec::new();
    for kind in types.iter().filter(|kind| !named(kind).starts_with("__")) {
        // Relay says what a connection is, and GraphQL what an ID is.
        if !named(kind).ends_with("Connection") && named(kind) != "ID" {
            note_silent(&mut silent, &named(kind), kind);
        }
        for list in ["fields", "inputFields", "enumValues"] {
            for member in kind[list].as_array().into_iter().flatten() {
                let place = format!("{}.{}", named(kind), named(member));
                note_silent(&mut silent, &place, member);
                for argument in member["args"].as_array().into_iter().flatten() {
                    // A mutation's one argument is its input, which is described where it is defined.
                    if named(argument) != "input" {
                        note_silent(&mut silent, &format!("{place}({})", named(argument)), argument);
                    }
                }
            }
        }
    }
    assert_eq!(silent, Vec::<String>::new());
}

fn note_silent(silent: &mut Vec<String>, place: &str, thing: &Value) {
    if thing["description"].as_str().unwrap_or_default().trim().is_empty() {
        silent.push(place.to_owned());
    }
}

fn named(thing: &Value) -> String {
    thing["name"].as_str().unwrap_or_default().to_owned()
}
