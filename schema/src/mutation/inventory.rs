//! Putting the inventory of a source in place.
//!
//! Never found here: reading YAML (`source`).

use super::submit;
use crate::fault::{backend, fault};
use crate::host_list;
use crate::source;
use crate::user_error::{Diagnostic, UserError};
use async_graphql::{Context, Error, InputObject, Object, SimpleObject};
use jobs::command::Body;
use std::sync::Arc;

/// All hosts of one source.
#[derive(InputObject, Clone, Debug)]
pub struct PutInventoryInput {
    /// The name of the source: hosts it had before and has no more are removed, those of other sources stay.
    source: String,
    /// The inventory in YAML.
    text: String,
    /// The name of the file it comes from, for the diagnostics; otherwise `inventory.yaml`.
    file: Option<String>,
}

/// What the inventory is now, or why nothing was changed.
#[derive(SimpleObject, Clone, Debug, Default)]
pub struct PutInventoryPayload {
    /// How many hosts the source has; null where nothing was changed.
    hosts: Option<u32>,
    /// How many hosts all sources have.
    total: Option<u32>,
    /// What is wrong in the text, and where.
    diagnostics: Vec<Diagnostic>,
    /// Why nothing was changed.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub struct InventoryMutation;

#[Object]
impl InventoryMutation {
    /// Makes the inventory of one source be exactly these hosts. Running jobs keep theirs.
    async fn put_inventory(&self, ctx: &Context<'_>, input: PutInventoryInput) -> Result<PutInventoryPayload, Error> {
        let hosts = match source::inventory(input.file.as_deref().unwrap_or("inventory.yaml"), &input.text) {
            Ok(hosts) => hosts,
            Err(diagnostics) => return Ok(PutInventoryPayload::unreadable(diagnostics)),
        };
        let count = hosts.len() as u32;
        let hosts = hosts.into_iter().map(Arc::new).collect();
        match submit(ctx, Body::PutInventory { source: input.source.into(), hosts }, None).await? {
            Ok(_) => {
                let total = host_list::all(&**backend(ctx)?).await.map_err(fault)?.len() as u32;
                Ok(PutInventoryPayload { hosts: Some(count), total: Some(total), ..PutInventoryPayload::default() })
            }
            Err(error) => Ok(PutInventoryPayload { user_errors: vec![error], ..PutInventoryPayload::default() }),
        }
    }
}

impl PutInventoryPayload {
    fn unreadable(diagnostics: Vec<Diagnostic>) -> PutInventoryPayload {
        let error = UserError::unreadable("text", &diagnostics);
        PutInventoryPayload { diagnostics, user_errors: vec![error], ..PutInventoryPayload::default() }
    }
}
