//! Access tokens. Who a token lets in, and how its secret is made, is not known here.

use super::not_found;
use crate::command::Rejection;
use crate::event::{AccessEvent, Event, TokenCreated, TokenRevoked};
use crate::fleet::Fleet;
use crate::ids::TokenId;
use std::sync::Arc;

pub(super) fn create_token(token: TokenId, name: &Arc<str>, hash: &Arc<str>) -> Vec<Event> {
    let created = TokenCreated { token, name: name.clone(), hash: hash.clone() };
    vec![Event::Access(AccessEvent::TokenCreated(created))]
}

pub(super) fn revoke_token(fleet: &Fleet, token: TokenId) -> Result<Vec<Event>, Rejection> {
    match fleet.tokens.get(&token) {
        Some(known) if !known.revoked => Ok(vec![Event::Access(AccessEvent::TokenRevoked(TokenRevoked { token }))]),
        Some(_) => Ok(Vec::new()),
        None => Err(not_found("token", &token, "`stagger token list` shows the tokens")),
    }
}
