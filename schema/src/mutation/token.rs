//! Making access tokens and taking them back.
//!
//! Never found here: how a secret is made (the backend makes it) or checked.

use super::submit;
use crate::fault::{backend, fault};
use crate::id;
use crate::token::Token;
use crate::user_error::UserError;
use async_graphql::{Context, Error, ID, InputObject, Object, SimpleObject};
use jobs::command::Body;
use jobs::ids::TokenId;

/// What a token is called.
#[derive(InputObject, Clone, Debug)]
pub struct CreateTokenInput {
    /// Whoever uses it is `token:<name>` in the log.
    name: String,
}

/// Which token.
#[derive(InputObject, Clone, Debug)]
pub struct RevokeTokenInput {
    /// Its id.
    token: ID,
}

/// A token that was made, or why not.
#[derive(SimpleObject, Clone, Debug)]
pub struct CreateTokenPayload {
    /// The token.
    token: Option<Token>,
    /// Its secret. It is shown this once; only its SHA-256 is kept.
    secret: Option<String>,
    /// Why not.
    user_errors: Vec<UserError>,
}

/// A token that was taken back, or why not.
#[derive(SimpleObject, Clone, Debug)]
pub struct RevokeTokenPayload {
    /// The token.
    token: Option<Token>,
    /// Why not.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub struct TokenMutation;

#[Object]
impl TokenMutation {
    /// Makes an access token. Its secret is in the answer, and nowhere else ever after.
    async fn create_token(&self, ctx: &Context<'_>, input: CreateTokenInput) -> Result<CreateTokenPayload, Error> {
        let backend = backend(ctx)?;
        let (id, secret) = (TokenId(backend.fresh_id()), backend.fresh_secret().map_err(fault)?);
        let body = Body::CreateToken { token: id, name: input.name.into(), hash: secret.hash };
        Ok(match submit(ctx, body, None).await? {
            Ok(_) => CreateTokenPayload {
                token: Token::find(&**backend, id).await.map_err(fault)?,
                secret: Some(secret.text),
                user_errors: Vec::new(),
            },
            Err(error) => CreateTokenPayload { token: None, secret: None, user_errors: vec![error] },
        })
    }

    /// Takes an access token back; it is refused from now on.
    async fn revoke_token(&self, ctx: &Context<'_>, input: RevokeTokenInput) -> Result<RevokeTokenPayload, Error> {
        let token = match id::token(&input.token) {
            Ok(id) => id,
            Err(error) => {
                return Ok(RevokeTokenPayload { token: None, user_errors: vec![UserError::id("token", &error)] });
            }
        };
        Ok(match submit(ctx, Body::RevokeToken { token }, None).await? {
            Ok(_) => RevokeTokenPayload {
                token: Token::find(&**backend(ctx)?, token).await.map_err(fault)?,
                user_errors: Vec::new(),
            },
            Err(error) => RevokeTokenPayload { token: None, user_errors: vec![error] },
        })
    }
}
