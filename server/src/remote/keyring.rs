//! Private keys and certificates of the controller, read once.
//!
//! Never found here: which of them a host is shown.

use russh::keys::agent::client::AgentClient;
use russh::keys::{Certificate, PrivateKey, load_openssh_certificate, load_secret_key};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;
use tokio::net::UnixStream;

/// Why a key cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum UnusableKey {
    /// The private key.
    #[error("the key {path} cannot be used ({why}); a key with a passphrase must be in the SSH agent (agent: true)")]
    Private {
        /// Which.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// The certificate.
    #[error("the certificate {path} cannot be used ({why})")]
    Certificate {
        /// Which.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// The agent.
    #[error("the SSH agent cannot be asked ({why}); SSH_AUTH_SOCK must be set where the server is started")]
    Agent {
        /// Why.
        why: String,
    },
}

/// Keys by file, each read again only when its file has changed.
pub struct Keyring {
    agent: Option<PathBuf>,
    keys: Mutex<HashMap<PathBuf, (Option<SystemTime>, Arc<PrivateKey>)>>,
}

impl Keyring {
    /// Knows no key yet. `agent` is the socket of the SSH agent.
    pub fn new(agent: Option<PathBuf>) -> Keyring {
        Keyring { agent, keys: Mutex::default() }
    }

    /// A connection to the SSH agent.
    pub async fn agent(&self) -> Result<AgentClient<UnixStream>, UnusableKey> {
        let Some(socket) = &self.agent else { return Err(UnusableKey::Agent { why: "there is none".to_owned() }) };
        let broken = |why: russh::keys::Error| UnusableKey::Agent { why: format!("{}: {why}", socket.display()) };
        AgentClient::connect_uds(socket).await.map_err(broken)
    }

    /// The key in this file.
    pub fn key(&self, path: &Path) -> Result<Arc<PrivateKey>, UnusableKey> {
        let changed = std::fs::metadata(path).and_then(|about| about.modified()).ok();
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((read, key)) = keys.get(path)
            && *read == changed
        {
            return Ok(key.clone());
        }
        let key = load_secret_key(path, None)
            .map_err(|why| UnusableKey::Private { path: path.to_owned(), why: why.to_string() })?;
        let key = Arc::new(key);
        keys.insert(path.to_owned(), (changed, key.clone()));
        Ok(key)
    }

    /// The certificate in this file. It is short-lived by nature, so it is read each time.
    pub fn certificate(&self, path: &Path) -> Result<Certificate, UnusableKey> {
        load_openssh_certificate(path)
            .map_err(|why| UnusableKey::Certificate { path: path.to_owned(), why: why.to_string() })
    }
}
