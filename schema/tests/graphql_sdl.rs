//! `schema.graphql` is what clients are written against: it says exactly what the code does.

use std::path::Path;

/// Set this to write the file anew.
const UPDATE: &str = "STAGGER_UPDATE_SDL";

#[test]
fn the_checked_in_schema_is_the_one_that_is_served() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema.graphql");
    let served = schema::sdl();
    if std::env::var_os(UPDATE).is_some() {
        std::fs::write(&file, &served).expect("schema.graphql can be written");
    }
    let checked_in = std::fs::read_to_string(&file).unwrap_or_default();
    let drift = checked_in.lines().zip(served.lines()).position(|(old, new)| old != new);
    assert!(
        checked_in == served,
        "schema/schema.graphql is not what is served (first difference in line {}): run `{UPDATE}=1 cargo test -p schema \
         --test graphql_sdl` and look at the difference before committing it",
        drift.map_or(checked_in.lines().count().min(served.lines().count()), |line| line) + 1,
    );
}

#[test]
fn everything_in_the_schema_is_described() {
    let sdl = schema::sdl();
    let mut described = false;
    let mut in_arguments = false;
    for line in sdl.lines().map(str::trim) {
        let is_description = line.starts_with("\"\"\"") || !line.starts_with(|c: char| c.is_alphabetic());
        let is_type =
            ["type ", "enum ", "input ", "interface ", "union ", "scalar "].iter().any(|kind| line.starts_with(kind));
        if is_type {
            assert!(described || line.contains("Connection") || line.contains("Edge"), "not described: {line}");
        }
        if !is_description && !in_arguments {
            described = false;
        }
        in_arguments = line.ends_with('(') || (in_arguments && !line.starts_with(')'));
        if line == "\"\"\"" {
            described = true;
        }
    }
}
