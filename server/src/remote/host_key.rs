//! Decides whether the server at the other end is the host it should be.
//!
//! Never found here: logging in, and any way to go on with a key that was not taken.

use crate::connection::{Connection, HostKeyCheck, PinnedKey};
use crate::remote::known_hosts::{KnownHosts, KnownHostsFiles, Verdict, fits, name_on_file};
use crate::remote::session::Unreachable;
use russh::client;
use russh::keys::ssh_key::certificate::CertType;
use russh::keys::{Algorithm, Certificate, HashAlg, PublicKey, PublicKeyOrCertificate};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

/// Checks the key of one host, at each connection.
pub(super) struct HostKeys {
    files: Arc<KnownHostsFiles>,
    connection: Arc<Connection>,
    known: Arc<KnownHosts>,
    name: String,
}

impl HostKeys {
    pub(super) fn new(connection: Arc<Connection>, files: Arc<KnownHostsFiles>) -> Result<HostKeys, Unreachable> {
        let known = if needs_file(&connection) { files.read(&connection.known_hosts)? } else { Arc::default() };
        let name = name_on_file(&connection.address, connection.port);
        Ok(HostKeys { files, connection, known, name })
    }

    /// The types of host key to ask for, those on file first: a host with keys of two types would otherwise present the
    /// one that is not on file. SHA-1 is not among them.
    pub(super) fn key_types(&self) -> Vec<Algorithm> {
        let mut wanted = self.known.key_types(&self.name);
        if let Some(PinnedKey::Key(key)) = &self.connection.host_key {
            wanted.extend(PublicKey::from_openssh(key).map(|key| key.algorithm()));
        }
        let mut types: Vec<Algorithm> =
            client::Config::default().preferred.key.iter().filter(|kind| !is_sha1(kind)).cloned().collect();
        types.sort_by_key(|kind| !wanted.iter().any(|wanted| same_type(wanted, kind)));
        types
    }

    /// The types of host certificate to ask for: none unless the file names an authority for the host.
    pub(super) fn certificate_types(&self) -> Vec<Algorithm> {
        if self.known.authorities(&self.name).next().is_none() {
            return Vec::new();
        }
        client::Config::default().preferred.key.iter().filter(|kind| !is_sha1(kind)).cloned().collect()
    }

    fn check_key(&self, key: &PublicKey) -> Result<(), Unreachable> {
        if let Some(pin) = &self.connection.host_key {
            return self.check_pin(pin, key);
        }
        if self.connection.host_key_check == HostKeyCheck::Off {
            return Ok(());
        }
        match self.known.judge(&self.name, key) {
            Verdict::Known => Ok(()),
            Verdict::Unknown => self.unknown(key),
            Verdict::Changed(known, line) => Err(Unreachable::HostKeyChanged {
                host: self.name.clone(),
                known: known.fingerprint(HashAlg::Sha256).to_string(),
                offered: key.fingerprint(HashAlg::Sha256).to_string(),
                place: format!("{}:{line}", self.connection.known_hosts.display()),
            }),
            Verdict::Revoked(line) => Err(Unreachable::HostKeyRevoked {
                host: self.name.clone(),
                offered: key.fingerprint(HashAlg::Sha256).to_string(),
                place: format!("{}:{line}", self.connection.known_hosts.display()),
            }),
        }
    }

    fn check_pin(&self, pin: &PinnedKey, key: &PublicKey) -> Result<(), Unreachable> {
        let offered = key.fingerprint(HashAlg::Sha256).to_string();
        let known = match pin {
            PinnedKey::Fingerprint(known) => known.clone(),
            PinnedKey::Key(text) => match PublicKey::from_openssh(text) {
                Ok(known) => known.fingerprint(HashAlg::Sha256).to_string(),
                Err(error) => return Err(Unreachable::BadPin { host: self.name.clone(), error: error.to_string() }),
            },
        };
        if known == offered {
            return Ok(());
        }
        let place = "host_key in the inventory".to_owned();
        Err(Unreachable::HostKeyChanged { host: self.name.clone(), known, offered, place })
    }

    fn unknown(&self, key: &PublicKey) -> Result<(), Unreachable> {
        if self.connection.host_key_check == HostKeyCheck::AcceptNew {
            return Ok(self.files.learn(&self.connection.known_hosts, &self.name, key)?);
        }
        Err(Unreachable::HostKeyUnknown {
            host: self.name.clone(),
            offered: key.fingerprint(HashAlg::Sha256).to_string(),
            file: self.connection.known_hosts.display().to_string(),
        })
    }

    /// A certificate is taken only if all of it holds: authority, signature, kind, name, time, and no condition that is
    /// not understood.
    fn check_certificate(&self, certificate: &Certificate) -> Result<(), Unreachable> {
        let refused = |problem: &str| {
            let problem = problem.to_owned();
            Err(Unreachable::HostCertificate { host: self.name.clone(), problem })
        };
        if certificate.cert_type() != CertType::Host {
            return refused("it is not a host certificate");
        }
        if !certificate.critical_options().is_empty() {
            return refused("it has a critical option, and none is known for hosts");
        }
        let address = self.connection.address.to_ascii_lowercase();
        if !certificate.valid_principals().iter().any(|name| fits(&name.to_ascii_lowercase(), &address)) {
            return refused("it is for other hosts");
        }
        let public = PublicKey::from(certificate.public_key().clone());
        if let Verdict::Revoked(_) = self.known.judge(&self.name, &public) {
            return refused("its key is revoked");
        }
        let authorities: Vec<_> =
            self.known.authorities(&self.name).map(|authority| authority.fingerprint(HashAlg::Sha256)).collect();
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        match certificate.validate_at(now, &authorities) {
            Ok(()) => Ok(()),
            Err(_) => refused("it is not signed by an authority on file for this host, or not valid now"),
        }
    }
}

fn needs_file(connection: &Connection) -> bool {
    connection.host_key.is_none() && connection.host_key_check != HostKeyCheck::Off
}

fn is_sha1(kind: &Algorithm) -> bool {
    matches!(kind, Algorithm::Rsa { hash: None })
}

fn same_type(one: &Algorithm, other: &Algorithm) -> bool {
    one == other || matches!((one, other), (Algorithm::Rsa { .. }, Algorithm::Rsa { .. }))
}

impl client::Handler for HostKeys {
    type Error = Unreachable;

    async fn check_server_key(&mut self, presented: &PublicKeyOrCertificate) -> Result<bool, Unreachable> {
        match presented {
            PublicKeyOrCertificate::PublicKey { key, .. } => self.check_key(key)?,
            PublicKeyOrCertificate::Certificate(certificate) => self.check_certificate(certificate)?,
        }
        Ok(true)
    }
}
