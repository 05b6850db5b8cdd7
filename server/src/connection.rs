//! How to reach a host: what the inventory says about logging in, read once and checked.
//!
//! Never found here: a socket, the value of a secret, and which hosts there are.

use jobs::ids::HostName;
use jobs::inventory::Host;
use serde::Deserialize;
use serde_json::Value;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

/// Everything needed to log in to one host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    /// A name or an IP address; the host's name where the inventory says nothing.
    pub address: String,
    /// The TCP port of its SSH server.
    pub port: u16,
    /// Who logs in.
    pub user: String,
    /// A private key file.
    pub key: Option<PathBuf>,
    /// An OpenSSH certificate for that key.
    pub certificate: Option<PathBuf>,
    /// The password of the user.
    pub password: Option<SecretReference>,
    /// The password that sudo asks for.
    pub sudo_password: Option<SecretReference>,
    /// Whether the keys of the SSH agent (`$SSH_AUTH_SOCK`) are tried.
    pub agent: bool,
    /// The file of known host keys; `~/.ssh/known_hosts` where the inventory says nothing.
    pub known_hosts: PathBuf,
    /// The only host key that is taken, whatever the file says.
    pub host_key: Option<PinnedKey>,
    /// What is done about a key that is not on file.
    pub host_key_check: HostKeyCheck,
    /// The host to go through.
    pub jump: Option<Jump>,
    /// Stagger's folder on the host, absolute; none is the default of whoever runs there.
    pub stagger_dir: Option<String>,
    /// How long each phase of connecting may last.
    pub connect_timeout: Duration,
}

/// Where a secret is found. The secret itself is read when it is needed, and never logged.
#[derive(Clone, PartialEq, Eq)]
pub enum SecretReference {
    /// In an environment variable of the controller.
    Environment(String),
    /// In a file on the controller; one line feed at its end does not count.
    File(PathBuf),
}

/// A host key that the inventory itself names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PinnedKey {
    /// `SHA256:…`, as `ssh-keygen -l` shows it.
    Fingerprint(String),
    /// `ssh-ed25519 AAAA…`, as in a `.pub` file.
    Key(String),
}

/// What is done about a host key that is not on file. A changed key is never taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HostKeyCheck {
    /// It is refused.
    #[default]
    Strict,
    /// It is written to the file, and taken.
    AcceptNew,
    /// Any key is taken. For laboratories: whoever is in between can read and change everything.
    Off,
}

/// The host to go through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Jump {
    /// Another host of the inventory.
    Host(HostName),
    /// An address of its own, with the key of the host behind it.
    Address {
        /// Who logs in.
        user: String,
        /// Name or IP address.
        address: String,
        /// TCP port.
        port: u16,
    },
}

impl fmt::Display for Jump {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Jump::Host(name) => name.fmt(f),
            Jump::Address { user, address, port } => write!(f, "{user}@{address}:{port}"),
        }
    }
}

/// A setting that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("host {host}: {setting}: {problem}")]
pub struct InvalidConnection {
    /// Whose.
    pub host: HostName,
    /// Which.
    pub setting: &'static str,
    /// What is wrong, and what would be right.
    pub problem: String,
}

/// The settings as the inventory writes them.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Settings {
    address: Option<String>,
    port: Option<u16>,
    user: Option<String>,
    key: Option<PathBuf>,
    certificate: Option<PathBuf>,
    password: Option<String>,
    sudo_password: Option<String>,
    agent: Option<bool>,
    known_hosts: Option<PathBuf>,
    host_key: Option<String>,
    host_key_check: HostKeyCheck,
    jump: Option<String>,
    stagger_dir: Option<String>,
    connect_timeout: Option<Value>,
}

/// How long each phase of connecting may last where the inventory says nothing.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);

impl Connection {
    /// Reads what the inventory says about `host`.
    pub fn of(host: &Host) -> Result<Connection, InvalidConnection> {
        let invalid = |setting, problem| InvalidConnection { host: host.name.clone(), setting, problem };
        let settings = match &host.connection {
            Value::Null => Settings::default(),
            value => Settings::deserialize(value).map_err(|error| invalid("connection", error.to_string()))?,
        };
        settings.check(&host.name).map_err(|(setting, problem)| invalid(setting, problem))
    }
}

impl Settings {
    fn check(self, host: &HostName) -> Result<Connection, (&'static str, String)> {
        let secret = |setting, text: Option<String>| {
            text.map(|text| text.parse().map_err(|error: InvalidReference| (setting, error.to_string()))).transpose()
        };
        Ok(Connection {
            address: self.address.unwrap_or_else(|| host.to_string()),
            port: self.port.unwrap_or(22),
            user: self.user.unwrap_or_else(|| "root".to_owned()),
            key: self.key.map(expand),
            certificate: self.certificate.map(expand),
            password: secret("password", self.password)?,
            sudo_password: secret("sudo_password", self.sudo_password)?,
            agent: self.agent.unwrap_or(false),
            known_hosts: expand(self.known_hosts.unwrap_or_else(|| "~/.ssh/known_hosts".into())),
            host_key: self.host_key.map(|text| pinned(&text)).transpose()?,
            host_key_check: self.host_key_check,
            jump: self.jump.map(|text| jump(&text)).transpose()?,
            stagger_dir: self.stagger_dir.map(folder).transpose()?,
            connect_timeout: timeout(self.connect_timeout)?,
        })
    }
}

/// `~/` is the home of whoever runs Stagger.
fn expand(path: PathBuf) -> PathBuf {
    match (path.strip_prefix("~"), std::env::var_os("HOME")) {
        (Ok(rest), Some(home)) => PathBuf::from(home).join(rest),
        _ => path,
    }
}

fn pinned(text: &str) -> Result<PinnedKey, (&'static str, String)> {
    let text = text.trim();
    if text.starts_with("SHA256:") {
        return Ok(PinnedKey::Fingerprint(text.trim_end_matches('=').to_owned()));
    }
    match text.split_whitespace().collect::<Vec<_>>()[..] {
        [kind, key, ..] => Ok(PinnedKey::Key(format!("{kind} {key}"))),
        _ => Err(("host_key", format!("{text:?} is neither SHA256:… nor a public key; see ssh-keygen -l"))),
    }
}

fn jump(text: &str) -> Result<Jump, (&'static str, String)> {
    let Some((user, address)) = text.split_once('@') else { return Ok(Jump::Host(text.into())) };
    let (address, port) = match address.rsplit_once(':') {
        Some((address, port)) if !address.ends_with(':') => {
            let port = port.parse().map_err(|_| ("jump", format!("{port:?} is not a port: write user@address:22")))?;
            (address, port)
        }
        _ => (address, 22),
    };
    let address = address.trim_start_matches('[').trim_end_matches(']').to_owned();
    Ok(Jump::Address { user: user.to_owned(), address, port })
}

/// The folder stands unquoted in a line for the host's shell, so it may hold nothing that a shell would read.
fn folder(text: String) -> Result<String, (&'static str, String)> {
    let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._/-+@".contains(&byte));
    if !text.starts_with('/') || !plain || text.split('/').any(|part| part == "..") {
        let problem = format!("{text:?} must be an absolute path of letters, digits and . _ - + @");
        return Err(("stagger_dir", problem));
    }
    Ok(text)
}

fn timeout(value: Option<Value>) -> Result<Duration, (&'static str, String)> {
    let wrong = |value: &Value| ("connect_timeout", format!("{value} is not a length of time: write 15s"));
    match value {
        None => Ok(CONNECT_TIMEOUT),
        Some(Value::String(text)) => match text.parse::<jobs::time::Duration>() {
            Ok(length) if length.0 > 0 => Ok(length.to_std()),
            _ => Err(wrong(&Value::String(text))),
        },
        Some(value) => match value.as_u64() {
            Some(seconds @ 1..=3_600) => Ok(Duration::from_secs(seconds)),
            _ => Err(wrong(&value)),
        },
    }
}

/// A text that was to say where a secret is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a secret is given as env:NAME or file:/PATH, never itself")]
pub struct InvalidReference;

/// Why a secret cannot be had. Shows where it was looked for, never what was there.
#[derive(Debug, thiserror::Error)]
pub enum MissingSecret {
    /// The variable is not set.
    #[error("the environment variable {0} is not set for the controller; set it where the server is started")]
    Variable(String),
    /// The file cannot be read.
    #[error("the secret in {path} cannot be read ({source}); it must be a text file that the controller may read")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

impl FromStr for SecretReference {
    type Err = InvalidReference;

    fn from_str(text: &str) -> Result<SecretReference, InvalidReference> {
        match text.split_once(':') {
            Some(("env", name)) if !name.is_empty() => Ok(SecretReference::Environment(name.to_owned())),
            Some(("file", path)) if !path.is_empty() => Ok(SecretReference::File(expand(path.into()))),
            _ => Err(InvalidReference),
        }
    }
}

impl fmt::Debug for SecretReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SecretReference::Environment(name) => write!(f, "env:{name}"),
            SecretReference::File(path) => write!(f, "file:{}", path.display()),
        }
    }
}

impl SecretReference {
    /// The secret.
    pub fn resolve(&self) -> Result<String, MissingSecret> {
        match self {
            SecretReference::Environment(name) => {
                std::env::var(name).map_err(|_| MissingSecret::Variable(name.clone()))
            }
            SecretReference::File(path) => {
                let text = std::fs::read_to_string(path)
                    .map_err(|source| MissingSecret::File { path: path.clone(), source })?;
                let end = text.strip_suffix('\n').map_or(text.len(), str::len);
                Ok(text[..end].to_owned())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(connection: Value) -> Result<Connection, InvalidConnection> {
        let (labels, groups) = Default::default();
        Connection::of(&Host { name: "web-1".into(), labels, groups, connection })
    }

    #[test]
    fn a_host_without_settings_is_reached_by_its_name() {
        let connection = read(Value::Null).expect("valid");
        assert_eq!((connection.address.as_str(), connection.port, connection.user.as_str()), ("web-1", 22, "root"));
        assert_eq!(connection.host_key_check, HostKeyCheck::Strict);
    }

    #[test]
    fn every_setting_is_read() {
        let connection = read(json!({
            "address": "10.0.0.7", "port": 2222, "user": "deploy", "key": "/k", "certificate": "/c",
            "password": "env:P", "sudo_password": "file:/s", "agent": true, "known_hosts": "/kh",
            "host_key": "SHA256:abc=", "host_key_check": "accept-new", "jump": "ops@gate:2200",
            "stagger_dir": "/srv/stagger", "connect_timeout": "3s",
        }));
        let connection = connection.expect("valid");
        assert_eq!(connection.password, Some(SecretReference::Environment("P".into())));
        assert_eq!(connection.sudo_password, Some(SecretReference::File("/s".into())));
        assert_eq!(connection.host_key, Some(PinnedKey::Fingerprint("SHA256:abc".into())));
        assert_eq!(connection.host_key_check, HostKeyCheck::AcceptNew);
        let jump = Jump::Address { user: "ops".into(), address: "gate".into(), port: 2200 };
        assert_eq!(connection.jump, Some(jump));
        assert_eq!(connection.connect_timeout, Duration::from_secs(3));
    }

    #[test]
    fn settings_that_cannot_be_used_are_named() {
        for (settings, setting) in [
            (json!({"adress": "x"}), "connection"),
            (json!({"port": 70_000}), "connection"),
            (json!({"host_key_check": "maybe"}), "connection"),
            (json!({"password": "hunter2"}), "password"),
            (json!({"sudo_password": "env:"}), "sudo_password"),
            (json!({"host_key": "yes"}), "host_key"),
            (json!({"jump": "ops@gate:ssh"}), "jump"),
            (json!({"stagger_dir": "srv"}), "stagger_dir"),
            (json!({"stagger_dir": "/srv/$(id)"}), "stagger_dir"),
            (json!({"stagger_dir": "/srv/../etc"}), "stagger_dir"),
            (json!({"connect_timeout": "soon"}), "connect_timeout"),
            (json!({"connect_timeout": 0}), "connect_timeout"),
        ] {
            let error = read(settings.clone()).expect_err(&settings.to_string());
            assert_eq!(error.setting, setting, "{error}");
            assert!(!error.to_string().contains("hunter2"), "a secret is shown: {error}");
        }
    }

    #[test]
    fn a_jump_host_may_have_an_ipv6_address() {
        let with_port = Jump::Address { user: "ops".into(), address: "fe80::1".into(), port: 2200 };
        assert_eq!(jump("ops@[fe80::1]:2200"), Ok(with_port));
        assert_eq!(jump("gate-1"), Ok(Jump::Host("gate-1".into())));
    }

    #[test]
    fn a_secret_in_a_file_ends_before_its_line_feed() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), "s3cret \n").expect("written");
        assert_eq!(SecretReference::File(file.path().into()).resolve().expect("there"), "s3cret ");
        let missing = SecretReference::File("/nowhere/at/all".into()).resolve();
        assert!(missing.expect_err("not there").to_string().contains("/nowhere/at/all"));
    }
}
