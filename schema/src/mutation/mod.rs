//! Mutations: one per intention, each with an input and a payload that holds the object and `userErrors`.
//!
//! Never found here: whether something may be done; the engine says that.

mod inventory;
mod job;
mod people;
mod policy;
mod schedule;
mod template;
mod token;

pub use job::CreateJobInput;
pub use people::HostsInput;

use crate::backend::{Accepted, ActorContext, Refusal, Request};
use crate::fault::{backend, fault};
use crate::user_error::UserError;
use async_graphql::{Context, Error, ErrorExtensions, MergedObject};
use jobs::command::{Body, Command, Rejection};

/// Everything that can be asked of Stagger.
#[derive(MergedObject, Default)]
pub struct Mutation(
    job::JobMutation,
    people::PeopleMutation,
    template::TemplateMutation,
    schedule::ScheduleMutation,
    inventory::InventoryMutation,
    token::TokenMutation,
);

/// Who is asking; a request without is refused.
pub fn asking<'c>(ctx: &Context<'c>) -> Result<&'c ActorContext, Error> {
    ctx.data_opt::<ActorContext>().ok_or_else(|| {
        Error::new("nobody is signed in; send an access token").extend_with(|_, e| e.set("code", "UNAUTHENTICATED"))
    })
}

/// Hands a command to the engine. A rejection is the inner error, a fault the outer one.
async fn submit(ctx: &Context<'_>, body: Body, key: Option<String>) -> Result<Result<Accepted, UserError>, Error> {
    Ok(offer(ctx, body, key).await?.map_err(UserError::from))
}

/// As [`submit`], with the rejection as it is: it may be about several fields.
async fn offer(ctx: &Context<'_>, body: Body, key: Option<String>) -> Result<Result<Accepted, Rejection>, Error> {
    let asking = asking(ctx)?;
    let command = Command { actor: asking.actor.clone(), body };
    let request = Request { command, origin: asking.origin.clone(), key };
    match backend(ctx)?.submit(request).await {
        Ok(accepted) => Ok(Ok(accepted)),
        Err(Refusal::Rejected(rejection)) => Ok(Err(rejection)),
        Err(Refusal::Fault(wrong)) => Err(fault(wrong)),
    }
}
