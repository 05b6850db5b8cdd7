//! The access token of the first start: on the first start somebody has to be let in.
//!
//! Never found here: any later token; those are made through the API.

use super::{ServiceError, command};
use crate::access::Secret;
use crate::engine::{Ended, Engine};
use jobs::command::Body;
use jobs::fleet::Fleet;
use jobs::ids::TokenId;
use schema::backend::Backend;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Makes a token where the log has none yet. With a `file` the secret is written there, for its owner only.
///
/// # Errors
/// When the file cannot be written, or the engine has ended.
pub(super) async fn make(
    engine: &Engine,
    backend: &dyn Backend,
    file: Option<&Path>,
) -> Result<Option<Secret>, ServiceError> {
    let is_first = schema::backend::read(backend, |fleet: &Fleet, _| fleet.tokens.is_empty()).await;
    if !is_first.map_err(|_| Ended)? {
        return Ok(None);
    }
    let secret = Secret::generate().map_err(|why| ServiceError::System(std::io::Error::other(why)))?;
    // Written before it is recorded: a kill in between leaves a file that the next start replaces. The other way round
    // it would leave a token that nobody knows, and a server that lets nobody in.
    if let Some(file) = file {
        write(file, &secret).map_err(|source| ServiceError::TokenFile { path: file.to_owned(), source })?;
    }
    let token = TokenId(backend.fresh_id());
    let body = Body::CreateToken { token, name: "first".into(), hash: secret.hash().into() };
    command(engine, body, "the first access token").await?;
    Ok(Some(secret))
}

/// What stands there already is replaced, never written through.
fn write(file: &Path, secret: &Secret) -> std::io::Result<()> {
    let beside = file.with_extension("new");
    // Usually there is none; where one cannot be removed, making it says why.
    drop(std::fs::remove_file(&beside));
    let mut opened = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside)?;
    writeln!(opened, "{}", secret.reveal())?;
    opened.sync_all()?;
    std::fs::rename(&beside, file)
}
