//! The keys of a fleet: its host key, a second one for hosts with a wrong key, and the key that may log in.
//!
//! Never found here: a password; no simulated host takes one.

use super::ledger::LedgerError;
use russh::keys::key::safe_rng;
use russh::keys::ssh_key::LineEnding;
use russh::keys::{Algorithm, HashAlg, PrivateKey, PublicKey, load_public_key, load_secret_key};
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// The host keys of a fleet.
#[derive(Debug)]
pub struct HostKeys {
    /// What hosts show, and the inventory pins.
    pub right: PrivateKey,
    /// What hosts with a wrong key show.
    pub wrong: PrivateKey,
}

impl HostKeys {
    /// From the folder, made when they are not there yet; only for this process when there is no folder.
    ///
    /// # Errors
    /// When a key cannot be read, made or kept.
    pub fn open(folder: Option<&Path>) -> Result<HostKeys, LedgerError> {
        let key = |name: &str| match folder {
            Some(folder) => kept(&folder.join(name)),
            None => fresh(Path::new(name)),
        };
        Ok(HostKeys { right: key("host_key")?, wrong: key("wrong_key")? })
    }

    /// The right key's fingerprint, `SHA256:…`, for pinning.
    pub fn pin(&self) -> String {
        self.right.public_key().fingerprint(HashAlg::Sha256).to_string()
    }
}

fn kept(path: &Path) -> Result<PrivateKey, LedgerError> {
    let unusable = |verb, reason: String| LedgerError { verb, path: path.to_owned(), reason };
    if path.exists() {
        return load_secret_key(path, None).map_err(|cause| unusable("read the host key", cause.to_string()));
    }
    let key = fresh(path)?;
    let text = key.to_openssh(LineEnding::LF).map_err(|cause| unusable("write the host key", cause.to_string()))?;
    write_private(path, text.as_bytes()).map_err(|cause| unusable("write the host key", cause.to_string()))?;
    Ok(key)
}

fn fresh(path: &Path) -> Result<PrivateKey, LedgerError> {
    PrivateKey::random(&mut safe_rng(), Algorithm::Ed25519).map_err(|cause| LedgerError {
        verb: "make the host key",
        path: path.to_owned(),
        reason: cause.to_string(),
    })
}

fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// The key that may log in.
///
/// # Errors
/// When the file holds no public key in OpenSSH's format.
pub fn authorized_key(path: &Path) -> Result<PublicKey, LedgerError> {
    load_public_key(path).map_err(|cause| LedgerError {
        verb: "read the authorized key",
        path: path.to_owned(),
        reason: format!("{cause}; give it a public key file such as ~/.ssh/id_ed25519.pub"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn keys_are_made_once_kept_privately_and_differ() {
        let folder = tempfile::tempdir().unwrap();
        let first = HostKeys::open(Some(folder.path())).unwrap();
        let again = HostKeys::open(Some(folder.path())).unwrap();
        assert_eq!(first.pin(), again.pin());
        assert!(first.pin().starts_with("SHA256:"), "{}", first.pin());
        assert_ne!(first.right.public_key(), first.wrong.public_key());
        let mode = std::fs::metadata(folder.path().join("host_key")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_ne!(HostKeys::open(None).unwrap().pin(), HostKeys::open(None).unwrap().pin());
    }

    #[test]
    fn a_file_that_holds_no_key_is_named() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("host_key"), "not a key").unwrap();
        let problem = HostKeys::open(Some(folder.path())).unwrap_err().to_string();
        assert!(problem.contains("cannot read the host key") && problem.contains("host_key"), "{problem}");
        let problem = authorized_key(&folder.path().join("host_key")).unwrap_err().to_string();
        assert!(problem.contains("give it a public key file"), "{problem}");
    }
}
