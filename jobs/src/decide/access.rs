//! Access tokens. Who a token lets in, and how its secret is made, is not known here.

use super::not_found;
use crate::command::{Code, Rejection};
use crate::event::{AccessEvent, Event, SessionClosed, SessionOpened, TokenCreated, TokenRevoked};
use crate::fleet::Fleet;
use crate::ids::TokenId;
use crate::time::Timestamp;
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

/// How many sessions one token may have; the one that would end first makes room for another.
const MOST_SESSIONS: usize = 100;

pub(super) fn open_session(
    fleet: &Fleet,
    token: TokenId,
    hash: &Arc<str>,
    until: Timestamp,
    now: Timestamp,
) -> Result<Vec<Event>, Rejection> {
    if fleet.tokens.get(&token).is_none_or(|known| known.revoked) {
        return Err(not_found("token that is good", &token, "sign in with another one"));
    }
    let open = || fleet.sessions.iter().filter(|(_, session)| session.token == token && session.until > now);
    let mut events = Vec::new();
    if open().count() >= MOST_SESSIONS
        && let Some((first, _)) = open().min_by_key(|(_, session)| session.until)
    {
        events.push(Event::Access(AccessEvent::SessionClosed(SessionClosed { hash: first.clone() })));
    }
    let opened = SessionOpened { token, hash: hash.clone(), until };
    events.push(Event::Access(AccessEvent::SessionOpened(opened)));
    Ok(events)
}

pub(super) fn close_session(fleet: &Fleet, hash: &Arc<str>) -> Vec<Event> {
    let known = fleet.sessions.contains_key(hash);
    let closed = || Event::Access(AccessEvent::SessionClosed(SessionClosed { hash: hash.clone() }));
    known.then(closed).into_iter().collect()
}
