//! Codes of links that let somebody in once, such as the one that `stagger demo` prints.
//!
//! They live in memory: a link that nobody followed before a restart is made again by it. Never found here: what signing in
//! leads to.

use super::{NoRandomness, Secret};
use jobs::ids::TokenId;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long a link is good.
const GOOD_FOR: Duration = Duration::from_secs(60 * 60);

/// The codes that nobody has used yet, by their hashes.
#[derive(Default)]
pub(super) struct Once(Mutex<HashMap<String, Invitation>>);

#[derive(Clone, Copy)]
struct Invitation {
    token: TokenId,
    made_at: Instant,
}

impl Invitation {
    fn is_good(&self) -> bool {
        self.made_at.elapsed() < GOOD_FOR
    }
}

impl Once {
    pub(super) fn invite(&self, token: TokenId) -> Result<Secret, NoRandomness> {
        let code = Secret::generate()?;
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|_, invitation| invitation.is_good());
        open.insert(code.hash(), Invitation { token, made_at: Instant::now() });
        Ok(code)
    }

    /// Looked up by its hash, so that the time it takes says nothing about a code.
    pub(super) fn redeem(&self, code: &str) -> Option<TokenId> {
        let hash = Secret::parse(code).ok()?.hash();
        let invitation = self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&hash)?;
        invitation.is_good().then_some(invitation.token)
    }
}
