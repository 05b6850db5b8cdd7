//! Proves to a host who we are: certificate, key, agent, password, in this order, as far as the inventory names them.
//!
//! Never found here: the check of who the host is (`host_key`).

use crate::connection::Connection;
use crate::remote::host_key::HostKeys;
use crate::remote::keyring::{Keyring, UnusableKey};
use crate::remote::session::Unreachable;
use russh::client::{AuthResult, Handle, KeyboardInteractiveAuthResponse};
use russh::keys::agent::AgentIdentity;
use russh::keys::{Algorithm, HashAlg, PrivateKey, PrivateKeyWithHashAlg};
use std::path::PathBuf;
use std::sync::Arc;

/// The keys that are tried where the inventory names nothing at all, as ssh does.
const DEFAULT_KEYS: [&str; 3] = ["id_ed25519", "id_ecdsa", "id_rsa"];

/// Logs in, or says what was tried.
pub(super) async fn log_in(
    handle: &mut Handle<HostKeys>,
    connection: &Connection,
    keyring: &Keyring,
) -> Result<(), Unreachable> {
    let mut login = Login { handle, user: &connection.user, tried: Vec::new() };
    if login.try_all(connection, keyring).await? {
        return Ok(());
    }
    let tried = if login.tried.is_empty() {
        "nothing: the inventory names no key, agent or password, and there is no key in ~/.ssh".to_owned()
    } else {
        login.tried.join(", ")
    };
    Err(Unreachable::Login { address: connection.address.clone(), user: connection.user.clone(), tried })
}

struct Login<'a> {
    handle: &'a mut Handle<HostKeys>,
    user: &'a str,
    tried: Vec<String>,
}

impl Login<'_> {
    async fn try_all(&mut self, connection: &Connection, keyring: &Keyring) -> Result<bool, Unreachable> {
        let names_nothing = connection.key.is_none() && !connection.agent && connection.password.is_none();
        let keys = match &connection.key {
            Some(path) => vec![path.clone()],
            None if names_nothing => default_keys(),
            None => Vec::new(),
        };
        for path in keys {
            let key = keyring.key(&path)?;
            if let Some(certificate) = &connection.certificate {
                let certificate = keyring.certificate(certificate)?;
                if self.certificate(key.clone(), certificate).await? {
                    return Ok(true);
                }
            }
            if self.key(key, &path.display().to_string()).await? {
                return Ok(true);
            }
        }
        if connection.agent && self.agent(keyring).await? {
            return Ok(true);
        }
        match &connection.password {
            Some(reference) => self.password(&reference.resolve()?).await,
            None => Ok(false),
        }
    }

    async fn certificate(
        &mut self,
        key: Arc<PrivateKey>,
        certificate: russh::keys::Certificate,
    ) -> Result<bool, Unreachable> {
        self.tried.push(format!("certificate {:?}", certificate.key_id()));
        Ok(self.handle.authenticate_openssh_cert(self.user, key, certificate).await?.success())
    }

    async fn key(&mut self, key: Arc<PrivateKey>, name: &str) -> Result<bool, Unreachable> {
        self.tried.push(format!("key {name}"));
        let hash = self.hash_for(&key.algorithm()).await?;
        let key = PrivateKeyWithHashAlg::new(key, hash);
        Ok(self.handle.authenticate_publickey(self.user, key).await?.success())
    }

    /// RSA keys sign with SHA-2, never with SHA-1, the best that the host takes.
    async fn hash_for(&self, kind: &Algorithm) -> Result<Option<HashAlg>, Unreachable> {
        if !matches!(kind, Algorithm::Rsa { .. }) {
            return Ok(None);
        }
        let best = self.handle.best_supported_rsa_hash().await?;
        Ok(Some(best.flatten().unwrap_or(HashAlg::Sha512)))
    }

    async fn agent(&mut self, keyring: &Keyring) -> Result<bool, Unreachable> {
        let broken = |why: russh::keys::Error| UnusableKey::Agent { why: why.to_string() };
        let mut agent = keyring.agent().await?;
        let identities = agent.request_identities().await.map_err(broken)?;
        if identities.is_empty() {
            self.tried.push("the SSH agent, which has no keys".to_owned());
        }
        for identity in identities {
            let result = match identity {
                AgentIdentity::PublicKey { key, comment } => {
                    self.tried.push(format!("key {comment} of the SSH agent"));
                    let hash = self.hash_for(&key.algorithm()).await?;
                    self.handle.authenticate_publickey_with(self.user, key, hash, &mut agent).await
                }
                AgentIdentity::Certificate { certificate, comment } => {
                    self.tried.push(format!("certificate {comment} of the SSH agent"));
                    let hash = self.hash_for(&certificate.algorithm()).await?;
                    self.handle.authenticate_certificate_with(self.user, certificate, hash, &mut agent).await
                }
            };
            // A key that the agent will not sign with is one that did not open the door; the next may.
            if matches!(result, Ok(AuthResult::Success)) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    async fn password(&mut self, password: &str) -> Result<bool, Unreachable> {
        self.tried.push("the password".to_owned());
        if self.handle.authenticate_password(self.user, password).await?.success() {
            return Ok(true);
        }
        self.answer_prompts(password).await
    }

    /// Many servers ask for the password by prompts only.
    async fn answer_prompts(&mut self, password: &str) -> Result<bool, Unreachable> {
        let mut reply = self.handle.authenticate_keyboard_interactive_start(self.user, None::<String>).await?;
        for _ in 0..4 {
            reply = match reply {
                KeyboardInteractiveAuthResponse::Success => return Ok(true),
                KeyboardInteractiveAuthResponse::Failure { .. } => return Ok(false),
                KeyboardInteractiveAuthResponse::InfoRequest { prompts, .. } => {
                    let hidden = |prompt: &russh::client::Prompt| if prompt.echo { "" } else { password }.to_owned();
                    let answers = prompts.iter().map(hidden).collect();
                    self.handle.authenticate_keyboard_interactive_respond(answers).await?
                }
            };
        }
        Ok(false)
    }
}

fn default_keys() -> Vec<PathBuf> {
    let Some(home) = std::env::var_os("HOME") else { return Vec::new() };
    let folder = PathBuf::from(home).join(".ssh");
    DEFAULT_KEYS.iter().map(|name| folder.join(name)).filter(|path| path.exists()).collect()
}
