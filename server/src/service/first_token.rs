//! The access token of the first start: on the first start somebody has to be let in.
//!
//! The secret is in a file, for its owner only, before the token is recorded, and stays there until it was shown: killed
//! at any moment, a server has either no token yet, or one that can still be read. Never found here: any later token;
//! those are made through the API.

use super::{ServiceError, command};
use crate::access::Secret;
use crate::engine::{Ended, Engine};
use jobs::command::Body;
use jobs::fleet::Fleet;
use jobs::ids::TokenId;
use schema::backend::Backend;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// Where the secret waits in the data folder until it was shown.
const UNSHOWN: &str = "first-token";

/// A first token that nobody has been shown.
pub struct FirstToken {
    /// What to show.
    pub secret: Secret,
    /// The file to remove once it was shown; none where the file is how it is shown.
    unshown: Option<PathBuf>,
}

impl FirstToken {
    /// Whether somebody has to be shown it; otherwise it stands in a file that was asked for.
    pub fn is_to_be_shown(&self) -> bool {
        self.unshown.is_some()
    }

    /// Says that somebody has seen the secret: it is kept nowhere from then on.
    pub fn was_shown(&self) {
        let Some(file) = &self.unshown else { return };
        if let Err(why) = std::fs::remove_file(file) {
            tracing::warn!(%why, file = %file.display(), "the first access token was shown, remove its file by hand");
        }
    }
}

/// Makes a token where none is good, so that nobody is locked out of a server that they can start; or finds the one that nobody was shown. With a `file` the secret is written
/// there and stays; otherwise it is kept in the data folder until it was shown.
///
/// # Errors
/// When the file cannot be written, or the engine has ended.
pub(super) async fn make(
    engine: &Engine,
    backend: &dyn Backend,
    data: &Path,
    file: Option<&Path>,
) -> Result<Option<FirstToken>, ServiceError> {
    let hashes = schema::backend::read(backend, |fleet: &Fleet, _| live_hashes(fleet)).await.map_err(|_| Ended)?;
    let unshown = data.join(UNSHOWN);
    if hashes.is_empty() {
        return first(engine, backend, unshown, file).await.map(Some);
    }
    Ok(left_behind(&unshown, &hashes))
}

/// The hashes of the tokens that are good.
fn live_hashes(fleet: &Fleet) -> Vec<String> {
    let live = fleet.tokens.values().filter(|token| !token.revoked);
    live.map(|token| token.hash.to_string()).collect()
}

/// The token of a start that was killed before it showed it.
fn left_behind(unshown: &Path, hashes: &[String]) -> Option<FirstToken> {
    let text = std::fs::read_to_string(unshown).ok()?;
    let secret = Secret::parse(&text).ok().filter(|secret| hashes.contains(&secret.hash()));
    let Some(secret) = secret else {
        tracing::warn!(file = %unshown.display(), "this file holds no token that is good; it can be removed");
        return None;
    };
    Some(FirstToken { secret, unshown: Some(unshown.to_owned()) })
}

async fn first(
    engine: &Engine,
    backend: &dyn Backend,
    unshown: PathBuf,
    file: Option<&Path>,
) -> Result<FirstToken, ServiceError> {
    let secret = Secret::generate().map_err(|why| ServiceError::System(std::io::Error::other(why)))?;
    let path = file.unwrap_or(&unshown);
    write(path, &secret).map_err(|source| ServiceError::TokenFile { path: path.to_owned(), source })?;
    let token = TokenId(backend.fresh_id());
    let body = Body::CreateToken { token, name: "first".into(), hash: secret.hash().into() };
    command(engine, body, "the first access token").await?;
    Ok(FirstToken { secret, unshown: file.is_none().then_some(unshown) })
}

/// What stands there already is replaced, never written through. On disk, its name too, when this returns.
fn write(file: &Path, secret: &Secret) -> std::io::Result<()> {
    let beside = file.with_extension("new");
    match std::fs::remove_file(&beside) {
        Err(why) if why.kind() != ErrorKind::NotFound => return Err(why),
        _ => {}
    }
    let mut opened = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside)?;
    writeln!(opened, "{}", secret.reveal())?;
    opened.sync_all()?;
    std::fs::rename(&beside, file)?;
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::File::open(folder)?.sync_all()
}
