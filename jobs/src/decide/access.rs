//! Access tokens. Who a token lets in, and how its secret is made, is not known here.

use super::not_found;
use crate::command::{Code, Rejection};
use crate::event::{AccessEvent, Event, TokenCreated, TokenRevoked};
use crate::fleet::Fleet;
use crate::ids::TokenId;
use std::sync::Arc;

/// The name of a token is who did something, in the log and where two people are asked for: no two that are good share one.
pub(super) fn create_token(
    fleet: &Fleet,
    token: TokenId,
    name: &Arc<str>,
    hash: &Arc<str>,
) -> Result<Vec<Event>, Rejection> {
    if fleet.tokens.values().any(|known| !known.revoked && known.name == *name) {
        let message = format!("there is a token {name} already");
        return Err(Rejection::new(Code::Conflict, message, "give it another name, or revoke that one first"));
    }
    let created = TokenCreated { token, name: name.clone(), hash: hash.clone() };
    Ok(vec![Event::Access(AccessEvent::TokenCreated(created))])
}

pub(super) fn revoke_token(fleet: &Fleet, token: TokenId) -> Result<Vec<Event>, Rejection> {
    match fleet.tokens.get(&token) {
        Some(known) if !known.revoked => Ok(vec![Event::Access(AccessEvent::TokenRevoked(TokenRevoked { token }))]),
        Some(_) => Ok(Vec::new()),
        None => Err(not_found("token", &token, "`stagger token list` shows the tokens")),
    }
}
