//! Top-level errors: requests that cannot be answered. What a person can put right by asking otherwise is a
//! `UserError` in a payload instead.
//!
//! Never found here: rejections of commands.

use crate::backend::{Backend, Fault};
use crate::id::InvalidGlobalId;
use async_graphql::{Context, Error, ErrorExtensions};
use std::sync::Arc;

/// Stagger could not answer. `extensions.code` is `FAULT` or `CURSOR_GONE`; the latter comes with `oldest`.
pub fn fault(fault: Fault) -> Error {
    let error = Error::new(fault.to_string());
    match fault {
        Fault::Failed(_) => error.extend_with(|_, e| e.set("code", "FAULT")),
        Fault::Gone { oldest, .. } => error.extend_with(|_, e| {
            e.set("code", "CURSOR_GONE");
            e.set("oldest", oldest);
        }),
    }
}

/// An argument breaks a rule: `extensions.code` is `BAD_ARGUMENT`.
pub fn bad_argument(message: impl std::fmt::Display) -> Error {
    Error::new(message.to_string()).extend_with(|_, e| e.set("code", "BAD_ARGUMENT"))
}

/// What the argument names is not there: `extensions.code` is `NOT_FOUND`.
pub fn not_found(message: impl std::fmt::Display) -> Error {
    Error::new(message.to_string()).extend_with(|_, e| e.set("code", "NOT_FOUND"))
}

/// An id that is none is a bad argument.
pub fn bad_id(error: InvalidGlobalId) -> Error {
    bad_argument(error)
}

/// The backend of the schema a request is executed on.
pub fn backend<'c>(ctx: &Context<'c>) -> Result<&'c Arc<dyn Backend>, Error> {
    ctx.data::<Arc<dyn Backend>>()
}
