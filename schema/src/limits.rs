//! Limits of requests, so that no single one is too dear.
//!
//! Never found here: limits of what may be listed (`page`).

use crate::fault::bad_argument;
use async_graphql::extensions::{Extension, ExtensionContext, ExtensionFactory, NextParseQuery};
use async_graphql::parser::types::{ExecutableDocument, Selection, SelectionSet};
use async_graphql::{Error, ErrorExtensionValues, ServerError, ServerResult, Variables};
use std::sync::Arc;

/// Limits of one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How deep selections may nest. Introspection as editors do it needs 13.
    pub depth: usize,
    /// How much may be asked for: a field is 1, a page is as many times its fields as it has room for.
    pub complexity: usize,
    /// How often a field may be asked for under another name, over the whole document.
    pub aliases: usize,
    /// Bytes of the document.
    pub bytes: usize,
    /// Directives on one field.
    pub directives: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { depth: 16, complexity: 50_000, aliases: 100, bytes: 64 << 10, directives: 10 }
    }
}

/// What a field costs whose answer has to be folded from a job's own events, searched for in the log, or gathered from the
/// whole archive: a request has room for a few of them.
pub const LONG_WORK: usize = 2_000;

/// The values of a list that says what is wanted, each once. A list with more entries than there are values is refused.
pub fn each_once<T: PartialEq>(argument: &str, wanted: Vec<T>, values: usize) -> Result<Vec<T>, Error> {
    if wanted.len() > values {
        let entries = wanted.len();
        return Err(bad_argument(format!(
            "{argument} has {entries} entries, and there are {values} values: name each once"
        )));
    }
    let mut once = Vec::with_capacity(wanted.len());
    for value in wanted {
        if !once.contains(&value) {
            once.push(value);
        }
    }
    Ok(once)
}

/// Refuses a document that is too long or has too many aliases. The library checks depth, complexity and directives.
pub struct DocumentLimits(pub Limits);

impl ExtensionFactory for DocumentLimits {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(DocumentLimits(self.0))
    }
}

#[async_graphql::async_trait::async_trait]
impl Extension for DocumentLimits {
    async fn parse_query(
        &self,
        ctx: &ExtensionContext<'_>,
        query: &str,
        variables: &Variables,
        next: NextParseQuery<'_>,
    ) -> ServerResult<ExecutableDocument> {
        let Limits { bytes, aliases, .. } = self.0;
        if query.len() > bytes {
            let found = query.len();
            return Err(too_much(format!(
                "the document has {found} bytes; at most {bytes} are read: split the request"
            )));
        }
        let document = next.run(ctx, query, variables).await?;
        let found = aliases_of(&document);
        if found > aliases {
            return Err(too_much(format!(
                "the document has {found} aliases; at most {aliases} may be: split the request"
            )));
        }
        Ok(document)
    }
}

fn too_much(message: String) -> ServerError {
    let mut extensions = ErrorExtensionValues::default();
    extensions.set("code", "LIMIT_REACHED");
    ServerError { extensions: Some(extensions), ..ServerError::new(message, None) }
}

fn aliases_of(document: &ExecutableDocument) -> usize {
    let operations = document.operations.iter().map(|(_, operation)| &operation.node.selection_set.node);
    let fragments = document.fragments.values().map(|fragment| &fragment.node.selection_set.node);
    operations.chain(fragments).map(aliases_in).sum()
}

fn aliases_in(selections: &SelectionSet) -> usize {
    let in_selection = |selection: &Selection| match selection {
        Selection::Field(field) => usize::from(field.node.alias.is_some()) + aliases_in(&field.node.selection_set.node),
        Selection::InlineFragment(fragment) => aliases_in(&fragment.node.selection_set.node),
        Selection::FragmentSpread(_) => 0,
    };
    selections.items.iter().map(|selection| in_selection(&selection.node)).sum()
}
