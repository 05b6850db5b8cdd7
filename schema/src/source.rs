//! Texts people write, read by `jobs::yaml` against the actions there are now.
//!
//! Never found here: what may stand in them.

use crate::backend::{Backend, Fault, read};
use crate::definition::TemplateDefinition;
use crate::fold::fold;
use crate::host_list;
use crate::user_error::Diagnostic;
use async_graphql::SimpleObject;
use jobs::inventory::Host;
use jobs::selector::{Selector, SelectorError};
use jobs::template::Template;
use jobs::yaml;
use std::sync::Arc;

/// Whether a text is a template, and what is wrong with it.
#[derive(SimpleObject, Clone, Debug)]
pub struct TemplateValidation {
    /// Whether it could be applied.
    valid: bool,
    /// What is wrong, in the order of the text.
    diagnostics: Vec<Diagnostic>,
    /// What it says; null where it could not be applied.
    definition: Option<TemplateDefinition>,
}

/// A template that was read: the template unless something has to be put right, and what was found.
pub type ReadTemplate = (Option<Template>, Vec<Diagnostic>);

/// Reads a template and checks it against the actions there are.
pub async fn template(backend: &dyn Backend, file: &str, text: &str) -> Result<ReadTemplate, Fault> {
    let actions = read(backend, |fleet, _| fleet.actions.clone()).await?;
    let file = match yaml::read_template(file, text) {
        Ok(file) => file,
        Err(found) => return Ok((None, Diagnostic::all(&found))),
    };
    let found = file.check(&actions);
    let usable = !found.iter().any(|diagnostic| diagnostic.is_error());
    Ok((usable.then_some(file.template), Diagnostic::all(&found)))
}

/// Reads a template for somebody who is writing one.
pub async fn validate(backend: &dyn Backend, file: &str, text: &str) -> Result<TemplateValidation, Fault> {
    let (template, diagnostics) = template(backend, file, text).await?;
    let valid = template.is_some();
    let definition = template.map(|template| TemplateDefinition(Arc::new(template)));
    Ok(TemplateValidation { valid, diagnostics, definition })
}

/// Reads an inventory.
pub fn inventory(file: &str, text: &str) -> Result<Vec<Host>, Vec<Diagnostic>> {
    yaml::read_inventory(file, text).map_err(|found| Diagnostic::all(&found))
}

/// How many hosts a selector chooses, for somebody who is typing one.
#[derive(SimpleObject, Clone, Debug, Default)]
pub struct HostCount {
    /// How many; 0 where the selector cannot be read.
    count: u32,
    /// Their names folded, such as `web[001-040]`; at most 20 groups of them.
    hosts: Vec<String>,
    /// Why the selector cannot be read.
    problem: Option<SelectorProblem>,
}

/// Why a text is not a selector.
#[derive(SimpleObject, Clone, Debug)]
pub struct SelectorProblem {
    /// Where in the text, in characters from 0.
    offset: u32,
    /// The problem.
    message: String,
    /// What to write instead.
    hint: String,
}

impl From<SelectorError> for SelectorProblem {
    fn from(error: SelectorError) -> SelectorProblem {
        SelectorProblem { offset: error.offset as u32, message: error.message, hint: error.hint }
    }
}

/// The most groups of folded names that a count shows.
const MOST_GROUPS: usize = 20;

/// Counts the hosts a selector chooses.
pub async fn count(backend: &dyn Backend, selector: &str) -> Result<HostCount, Fault> {
    let selector = match Selector::parse(selector) {
        Ok(selector) => selector,
        Err(error) => return Ok(HostCount { problem: Some(error.into()), ..HostCount::default() }),
    };
    let all = host_list::all(backend).await?;
    let chosen: Vec<&str> = all.iter().filter(|host| selector.matches(host)).map(|host| host.name.as_str()).collect();
    let mut hosts = fold(chosen.iter().copied());
    hosts.truncate(MOST_GROUPS);
    Ok(HostCount { count: chosen.len() as u32, hosts, problem: None })
}
