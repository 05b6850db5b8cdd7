//! One SSH connection to one host, from the name to an authenticated session, every phase bounded in time.
//!
//! Never found here: when to connect again (`link`), and what runs on the host.

use crate::connection::{Connection, MissingSecret};
use crate::remote::cut::Cut;
use crate::remote::host_key::HostKeys;
use crate::remote::keyring::{Keyring, UnusableKey};
use crate::remote::known_hosts::{KnownHostsFiles, UnusableFile};
use crate::remote::login::log_in;
use russh::client::{self, Handle};
use russh::{Channel, Preferred, SshId, cipher, compression};
use std::borrow::Cow;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;
use tokio_util::sync::{CancellationToken, DropGuard};

/// Why a host cannot be reached. Nothing has run on this account.
#[derive(Debug, thiserror::Error)]
pub enum Unreachable {
    /// The name means nothing.
    #[error("{address} cannot be resolved ({source}); check `address` in the inventory")]
    Name {
        /// Which.
        address: String,
        /// Why.
        source: std::io::Error,
    },
    /// Nobody took the connection.
    #[error("{address} port {port}: {source}")]
    Tcp {
        /// Where.
        address: String,
        /// At which port.
        port: u16,
        /// Why.
        source: std::io::Error,
    },
    /// A phase took too long.
    #[error("{address}: no {phase} within {seconds} s")]
    TimedOut {
        /// Where.
        address: String,
        /// What was awaited.
        phase: &'static str,
        /// For how long.
        seconds: u64,
    },
    /// The key is not the one on file.
    #[error(
        "host {host} presented a different key than the one on file (known {known} in {place}, offered {offered}); \
         if the host was re-installed, replace the key there"
    )]
    HostKeyChanged {
        /// Whose, as on file.
        host: String,
        /// The fingerprint on file.
        known: String,
        /// The fingerprint offered.
        offered: String,
        /// Where the known one is written.
        place: String,
    },
    /// The host is not on file.
    #[error(
        "host {host} is not in {file} (it offers {offered}); compare the fingerprint and add the key, or set \
         host_key_check: accept-new"
    )]
    HostKeyUnknown {
        /// Whose, as it would be on file.
        host: String,
        /// The fingerprint offered.
        offered: String,
        /// The file.
        file: String,
    },
    /// The key must not be used any more.
    #[error("host {host} presented the key {offered}, which is revoked in {place}")]
    HostKeyRevoked {
        /// Whose, as on file.
        host: String,
        /// The fingerprint offered.
        offered: String,
        /// Where that is written.
        place: String,
    },
    /// The inventory names a key that is none.
    #[error("host_key of {host} in the inventory is no public key ({error})")]
    BadPin {
        /// Whose.
        host: String,
        /// Why.
        error: String,
    },
    /// The certificate of the host does not hold.
    #[error("host {host} presented a certificate that is not taken: {problem}")]
    HostCertificate {
        /// Whose.
        host: String,
        /// Why not.
        problem: String,
    },
    /// The known keys cannot be had.
    #[error(transparent)]
    KnownHosts(#[from] UnusableFile),
    /// A key of ours cannot be had.
    #[error(transparent)]
    Key(#[from] UnusableKey),
    /// A password of ours cannot be had.
    #[error("password: {0}")]
    Password(#[from] MissingSecret),
    /// Nothing of what we showed was taken.
    #[error("{address}: {user} was not let in; tried {tried}")]
    Login {
        /// Where.
        address: String,
        /// Who.
        user: String,
        /// With what.
        tried: String,
    },
    /// The way there is closed already.
    #[error("through {jump}: {why}")]
    Jump {
        /// The host in between.
        jump: String,
        /// What went wrong there.
        why: Arc<str>,
    },
    /// No channel could be opened.
    #[error("{address}: the SSH server opened no channel ({why})")]
    NoChannel {
        /// Where.
        address: String,
        /// Why.
        why: String,
    },
    /// The controller itself cannot start a shell.
    #[error("the controller cannot start /bin/sh ({0})")]
    Process(#[source] std::io::Error),
    /// The conversation went wrong in the SSH library's eyes.
    #[error("SSH: {0}")]
    Ssh(#[from] russh::Error),
}

/// What all connections share.
pub(super) struct Roads {
    pub(super) keyring: Keyring,
    pub(super) known_hosts: Arc<KnownHostsFiles>,
    /// Key exchanges and logins at the same time: more than the processors can do only makes each slower.
    pub(super) handshakes: Arc<Semaphore>,
    /// TCP connections on their way at the same time; they wait for others, not for us.
    pub(super) dialling: Arc<Semaphore>,
    /// After how long without a word a host is asked whether it is there.
    pub(super) keepalive: Duration,
}

/// A way to a host: a TCP connection, or a channel of another session.
pub(super) trait Road: AsyncRead + AsyncWrite + Unpin + Send + 'static {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send + 'static> Road for T {}

/// An authenticated connection to a host.
pub(super) struct Session {
    handle: Handle<HostKeys>,
    address: String,
    timeout: Duration,
    channels: Arc<Semaphore>,
    /// The session that this one goes through; it must stay open.
    _through: Option<Arc<Session>>,
    /// Counts against the greatest number of open connections.
    _open: OwnedSemaphorePermit,
    /// Cuts the connection, whatever the other side makes of it.
    _cut: DropGuard,
}

/// OpenSSH allows ten channels a connection (`MaxSessions`); two are left to others.
const CHANNELS: usize = 8;

impl Session {
    /// Connects and logs in, through another session if one is given.
    pub(super) async fn open(
        connection: Arc<Connection>,
        through: Option<Arc<Session>>,
        roads: &Roads,
        open: OwnedSemaphorePermit,
    ) -> Result<Session, Unreachable> {
        let keys = HostKeys::new(connection.clone(), roads.known_hosts.clone())?;
        let (handle, cut) = match &through {
            None => {
                let stream = dial(&connection, roads).await?;
                shake_hands(stream, keys, &connection, roads).await?
            }
            Some(session) => {
                let channel = session.channel_to(&connection.address, connection.port).await?;
                shake_hands(channel.into_stream(), keys, &connection, roads).await?
            }
        };
        Ok(Session {
            handle,
            address: connection.address.clone(),
            timeout: connection.connect_timeout,
            channels: Arc::new(Semaphore::new(CHANNELS)),
            _through: through,
            _open: open,
            _cut: cut,
        })
    }

    /// Whether the connection is gone.
    pub(super) fn is_closed(&self) -> bool {
        self.handle.is_closed()
    }

    /// A channel for one request, and the right to have it open.
    pub(super) async fn channel(&self) -> Result<(Channel<client::Msg>, OwnedSemaphorePermit), Unreachable> {
        let permit = self.channels.clone().acquire_owned().await.map_err(|_| russh::Error::Disconnect)?;
        let channel = within(self.timeout, &self.address, "channel", self.handle.channel_open_session()).await?;
        Ok((channel.map_err(|why| self.no_channel(why))?, permit))
    }

    async fn channel_to(&self, address: &str, port: u16) -> Result<Channel<client::Msg>, Unreachable> {
        let opening = self.handle.channel_open_direct_tcpip(address, port.into(), "127.0.0.1", 0);
        within(self.timeout, &self.address, "channel", opening).await?.map_err(|why| self.no_channel(why))
    }

    fn no_channel(&self, why: russh::Error) -> Unreachable {
        Unreachable::NoChannel { address: self.address.clone(), why: why.to_string() }
    }
}

/// Awaits something for so long.
pub(super) async fn within<T>(
    limit: Duration,
    address: &str,
    phase: &'static str,
    what: impl Future<Output = T>,
) -> Result<T, Unreachable> {
    let late = || Unreachable::TimedOut { address: address.to_owned(), phase, seconds: limit.as_secs() };
    timeout(limit, what).await.map_err(|_| late())
}

/// Opens the TCP connection, and waits until the other side speaks first, as SSH servers do: a silent one costs nobody a
/// handshake.
async fn dial(connection: &Connection, roads: &Roads) -> Result<TcpStream, Unreachable> {
    let _turn = roads.dialling.acquire().await.map_err(|_| russh::Error::Disconnect)?;
    let (address, limit) = (&connection.address, connection.connect_timeout);
    let found = within(limit, address, "answer to its name", resolve(address, connection.port)).await?;
    let found = found.map_err(|source| Unreachable::Name { address: address.clone(), source })?;
    let refused = |source| Unreachable::Tcp { address: address.clone(), port: connection.port, source };
    let stream = within(limit, address, "TCP connection", connect_to_any(&found)).await?.map_err(refused)?;
    stream.set_nodelay(true).map_err(refused)?;
    let mut first = [0];
    within(limit, address, "SSH greeting", stream.peek(&mut first)).await?.map_err(refused)?;
    Ok(stream)
}

async fn resolve(address: &str, port: u16) -> std::io::Result<Vec<SocketAddr>> {
    if let Ok(ip) = address.parse() {
        return Ok(vec![SocketAddr::new(ip, port)]);
    }
    let found: Vec<_> = tokio::net::lookup_host((address, port)).await?.collect();
    if found.is_empty() { Err(std::io::Error::other("the name has no address")) } else { Ok(found) }
}

async fn connect_to_any(addresses: &[SocketAddr]) -> std::io::Result<TcpStream> {
    let mut last = std::io::Error::other("the name has no address");
    for address in addresses {
        match TcpStream::connect(address).await {
            Ok(stream) => return Ok(stream),
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// Exchanges keys, checks the host, logs in. Whatever does not come to that end in time is cut, and so is the connection
/// when the guard is dropped.
async fn shake_hands(
    road: impl Road,
    keys: HostKeys,
    connection: &Arc<Connection>,
    roads: &Roads,
) -> Result<(Handle<HostKeys>, DropGuard), Unreachable> {
    let _turn = roads.handshakes.acquire().await.map_err(|_| russh::Error::Disconnect)?;
    let (address, limit) = (&connection.address, connection.connect_timeout);
    let config = Arc::new(config(&keys, roads.keepalive));
    let cut = CancellationToken::new();
    let (road, cut) = (Cut::new(road, cut.clone()), cut.drop_guard());
    let mut handle = within(limit, address, "key exchange", client::connect_stream(config, road, keys)).await??;
    within(limit, address, "answer to the login", log_in(&mut handle, connection, &roads.keyring)).await??;
    Ok((handle, cut))
}

fn config(keys: &HostKeys, keepalive: Duration) -> client::Config {
    client::Config {
        client_id: SshId::Standard(Cow::Borrowed(concat!("SSH-2.0-Stagger_", env!("CARGO_PKG_VERSION")))),
        channel_buffer_size: 32,
        keepalive_interval: Some(keepalive),
        keepalive_max: 3,
        nodelay: true,
        preferred: Preferred {
            key: Cow::Owned(keys.key_types()),
            host_key_certificates: Cow::Owned(keys.certificate_types()),
            cipher: Cow::Borrowed(&[
                cipher::AES_256_GCM,
                cipher::AES_128_GCM,
                cipher::CHACHA20_POLY1305,
                cipher::AES_256_CTR,
                cipher::AES_192_CTR,
                cipher::AES_128_CTR,
            ]),
            compression: Cow::Borrowed(&[compression::NONE]),
            ..Preferred::DEFAULT
        },
        ..client::Config::default()
    }
}
