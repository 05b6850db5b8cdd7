//! The manifest of a pack: `pack.yaml`.
//!
//! Never found here: the other files of the pack.

use super::document::{Document, Limit};
use super::reader::Reader;
use crate::diagnostic::Diagnostic;
use crate::pack::Pack;

const LIMIT: Limit = Limit { bytes: 64 * 1024, values: 1_000 };

/// Reads `pack.yaml`.
///
/// ```yaml
/// pack: stagger
/// version: 1.4.0
/// description: Patching, services and packages
/// ```
pub fn read_pack(file: &str, text: &str) -> Result<Pack, Vec<Diagnostic>> {
    let document = Document::read(file, text, LIMIT).map_err(|problem| vec![problem])?;
    let mut reader = Reader::new(&document);
    let pack = pack(&mut reader);
    reader.finish(pack)
}

fn pack(reader: &mut Reader<'_>) -> Option<Pack> {
    let root = &reader.document.root;
    let fields = reader.fields(root, "a pack", &["pack", "version", "description"], &[("name", "pack")])?;
    let name = reader.required(&fields, "pack", "write `pack: name`").and_then(|node| reader.name(node, "a pack"));
    let version = reader.required(&fields, "version", "write `version: 1.0.0`").and_then(|node| {
        let version = reader.text(node, "a version")?;
        let parts: Vec<&str> = version.split('.').collect();
        let is_fine = parts.len() == 3 && parts.iter().all(|part| part.parse::<u32>().is_ok());
        if is_fine {
            return Some(version);
        }
        reader.fail(
            "bad-value",
            node.place,
            format!("`{version}` is not a version"),
            "write three numbers, such as 1.4.0",
        )
    });
    let description = fields.get("description").and_then(|node| reader.text(node, "the description"));
    Some(Pack { name: name?, version: version?, description: description.unwrap_or_default() })
}
