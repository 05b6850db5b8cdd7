//! What people write: templates, actions, packs and inventories in YAML, read into values or refused with every problem
//! at its line and column and what to write instead.
//!
//! Never found here: a file that is opened, or what becomes of the values.

mod action;
mod check;
mod contradictions;
mod document;
mod inventory;
mod json_schema;
mod pack;
mod parameters;
mod policy;
mod reader;
mod step;
mod template;

pub use action::read_action;
pub use inventory::read_inventory;
pub use json_schema::{action_json_schema, template_json_schema};
pub use pack::read_pack;
pub use template::{TemplateFile, read_template};

#[cfg(test)]
mod tests;
