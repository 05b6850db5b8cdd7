//! Access tokens, without their secrets.
//!
//! Never found here: checking one.

use crate::backend::{Backend, Fault, read};
use crate::id::GlobalId;
use crate::scalar::DateTime;
use async_graphql::{ID, Object};
use jobs::fleet;
use jobs::ids::TokenId;

/// An access token. Its secret was shown once and is not kept.
#[derive(Clone, Debug)]
pub struct Token {
    id: TokenId,
    token: fleet::Token,
}

/// An access token. Its secret was shown once and is not kept.
#[Object]
impl Token {
    /// The global id.
    pub async fn id(&self) -> ID {
        GlobalId::Token(self.id).into()
    }

    /// What it is called; whoever uses it is `token:<name>` in the log.
    async fn name(&self) -> &str {
        &self.token.name
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime {
        DateTime(self.token.created_at)
    }

    /// Whether it was taken back.
    async fn revoked(&self) -> bool {
        self.token.revoked
    }
}

impl Token {
    /// One token by its id.
    pub async fn find(backend: &dyn Backend, id: TokenId) -> Result<Option<Token>, Fault> {
        read(backend, move |fleet, _| fleet.tokens.get(&id).cloned().map(|token| Token { id, token })).await
    }

    /// Every token, oldest first.
    pub async fn all(backend: &dyn Backend) -> Result<Vec<Token>, Fault> {
        let token = |(id, token): (&TokenId, &fleet::Token)| Token { id: *id, token: token.clone() };
        read(backend, move |fleet, _| fleet.tokens.iter().map(token).collect()).await
    }
}
