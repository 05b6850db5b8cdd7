//! The SSH servers of a fleet: who gets in, and which host they meet.
//!
//! Many hosts share a listener and are told apart by the user that logs in, or each has a listener of its own. A host
//! that is down refuses: its own listener is closed; on a shared one the connection is dropped as soon as the client has
//! said which host it wants, before it has proved anything.
//!
//! Never found here: what a host answers to a request.

use super::host::Host;
use super::request::{Answer, Incoming, serve};
use crate::remote::cut::Cut;
use russh::keys::{PrivateKey, PublicKey};
use russh::server::{Auth, ChannelOpenHandle, Config, Handler, Msg, PublicKeyOffer, Session, VerifiedPublicKey};
use russh::{Channel, ChannelId, ChannelWriteHalf, MethodKind, MethodSet, Preferred, cipher};
use std::borrow::Cow;
use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

/// Most channels that one connection may have open, as sshd's `MaxSessions`.
const MAX_CHANNELS: usize = 10;
/// How long a client may be silent. Controllers keep connections alive.
const INACTIVITY: Duration = Duration::from_secs(3_600);
/// The pause after an accept that failed, most often for want of file descriptors.
const BREATH: Duration = Duration::from_millis(50);

/// Who listens where.
#[derive(Debug)]
pub struct Gate {
    hosts: HashMap<String, Arc<Host>>,
    authorized: Option<PublicKey>,
    closing: CancellationToken,
    next: AtomicU64,
    open: AtomicUsize,
    started: Instant,
    last: AtomicU64,
}

impl Gate {
    /// For these hosts, open to this key, or to any.
    pub fn new(hosts: &[Arc<Host>], authorized: Option<PublicKey>, closing: CancellationToken) -> Arc<Gate> {
        Arc::new(Gate {
            hosts: hosts.iter().map(|host| (host.name().to_owned(), Arc::clone(host))).collect(),
            authorized,
            closing,
            next: AtomicU64::new(0),
            open: AtomicUsize::new(0),
            started: Instant::now(),
            last: AtomicU64::new(0),
        })
    }

    /// How many connections are open.
    pub fn connections(&self) -> usize {
        self.open.load(Ordering::Relaxed)
    }

    /// How long nobody has been connected; zero while somebody is.
    pub fn idle(&self) -> Duration {
        if self.connections() > 0 {
            return Duration::ZERO;
        }
        self.started.elapsed().saturating_sub(Duration::from_millis(self.last.load(Ordering::Relaxed)))
    }

    fn came(&self) {
        self.open.fetch_add(1, Ordering::Relaxed);
    }

    fn left(&self) {
        self.last.store(self.started.elapsed().as_millis() as u64, Ordering::Relaxed);
        self.open.fetch_sub(1, Ordering::Relaxed);
    }

    /// Accepts whoever comes to a listener that hosts share, until the fleet closes.
    pub async fn share(self: Arc<Gate>, listener: TcpListener, config: Arc<Config>) {
        self.accept(&listener, &config, None).await;
    }

    /// Keeps a listener of a host of its own: closed while the host is down, open again at the same address.
    ///
    /// # Errors
    /// When the address cannot be listened on again.
    pub async fn keep(self: Arc<Gate>, listener: TcpListener, config: Arc<Config>, host: Arc<Host>) -> io::Result<()> {
        let address = listener.local_addr()?;
        let mut listening = Some(listener);
        while !self.closing.is_cancelled() {
            match listening.take().filter(|_| host.is_up()) {
                Some(listener) => {
                    tokio::select! {
                        () = self.accept(&listener, &config, Some(&host)) => {}
                        () = went_down(&host) => {}
                    }
                }
                None => {
                    self.until_back(&host).await;
                    listening = Some(super::listen::bind(address).await?);
                }
            }
        }
        Ok(())
    }

    async fn until_back(&self, host: &Host) {
        while !host.is_up() && !self.closing.is_cancelled() {
            let wait = host.back_in().unwrap_or(Duration::from_secs(1)).max(Duration::from_millis(1));
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = self.closing.cancelled() => {}
            }
        }
    }

    async fn accept(self: &Arc<Gate>, listener: &TcpListener, config: &Arc<Config>, host: Option<&Arc<Host>>) {
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                () = self.closing.cancelled() => return,
            };
            match accepted {
                Ok((stream, _)) => drop(tokio::spawn(Arc::clone(self).meet(stream, Arc::clone(config), host.cloned()))),
                Err(problem) => {
                    tracing::warn!(%problem, "a simulated host cannot accept a connection");
                    tokio::time::sleep(BREATH).await;
                }
            }
        }
    }

    /// The life of one connection.
    async fn meet(self: Arc<Gate>, stream: TcpStream, config: Arc<Config>, host: Option<Arc<Host>>) {
        self.came();
        let visit = Visit::new(Arc::clone(&self), host);
        let cut = Cut::new(stream, visit.connection.clone());
        if let Ok(session) = russh::server::run_stream(config, cut, visit).await {
            // How a client leaves is its own affair: a connection that breaks off is what fleets are for.
            let _ = session.await;
        }
        self.left();
    }
}

async fn went_down(host: &Host) {
    loop {
        let news = host.news();
        tokio::pin!(news);
        news.as_mut().enable();
        if !host.is_up() {
            return;
        }
        news.await;
    }
}

/// What a listener offers: one host key, and what is quickest of what Stagger and OpenSSH ask for.
pub fn config(key: PrivateKey) -> Arc<Config> {
    let preferred = Preferred {
        cipher: Cow::Borrowed(&[cipher::AES_256_GCM, cipher::CHACHA20_POLY1305, cipher::AES_256_CTR]),
        ..Preferred::default()
    };
    Arc::new(Config {
        methods: MethodSet::from(&[MethodKind::PublicKey][..]),
        auth_rejection_time: Duration::from_millis(100),
        auth_rejection_time_initial: Some(Duration::ZERO),
        keys: vec![key],
        preferred,
        inactivity_timeout: Some(INACTIVITY),
        nodelay: true,
        ..Config::default()
    })
}

/// One connection, as russh's server sees it.
struct Visit {
    gate: Arc<Gate>,
    id: u64,
    host: Option<Arc<Host>>,
    connection: CancellationToken,
    channels: HashMap<ChannelId, Open>,
}

/// A channel: opened, with a request that is not whole, or being answered.
enum Open {
    Silent(ChannelWriteHalf<Msg>),
    Asking(ChannelWriteHalf<Msg>, Box<Incoming>),
    Answering,
}

/// Ends a connection.
#[derive(Debug, thiserror::Error)]
enum Leave {
    #[error(transparent)]
    Ssh(#[from] russh::Error),
    #[error("the host is down")]
    Down,
}

impl Visit {
    fn new(gate: Arc<Gate>, host: Option<Arc<Host>>) -> Visit {
        let id = gate.next.fetch_add(1, Ordering::Relaxed);
        let connection = gate.closing.child_token();
        Visit { gate, id, host, connection, channels: HashMap::new() }
    }

    /// Finds the host that a user name means, and whether it is up: on a listener of its own a host is given.
    fn find(&mut self, user: &str) -> Result<bool, Leave> {
        let host = match &self.host {
            Some(host) => Arc::clone(host),
            None => match self.gate.hosts.get(user) {
                Some(host) => Arc::clone(host),
                None => return Ok(false),
            },
        };
        if !host.connect(self.id, &self.connection) {
            return Err(Leave::Down);
        }
        self.host = Some(host);
        Ok(true)
    }

    fn admit(&mut self, user: &str, key: &PublicKey) -> Result<Auth, Leave> {
        let known = self.find(user)?;
        let allowed = self.gate.authorized.as_ref().is_none_or(|authorized| authorized.key_data() == key.key_data());
        Ok(if known && allowed { Auth::Accept } else { Auth::reject() })
    }

    /// Answers a request that has come whole, beside the connection, so that others can be made meanwhile.
    fn answer(&mut self, id: ChannelId) {
        let Some(host) = &self.host else { return };
        match self.channels.insert(id, Open::Answering) {
            Some(Open::Asking(channel, incoming)) => {
                let answer = Answer { channel, connection: self.connection.clone() };
                tokio::spawn(serve(Arc::clone(host), *incoming, answer));
            }
            Some(other) => drop(self.channels.insert(id, other)),
            None => drop(self.channels.remove(&id)),
        }
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        self.connection.cancel();
        if let Some(host) = &self.host {
            host.disconnect(self.id);
        }
    }
}

impl Handler for Visit {
    type Error = Leave;

    async fn auth_none(&mut self, user: &str) -> Result<Auth, Leave> {
        self.find(user)?;
        Ok(Auth::reject())
    }

    async fn auth_publickey_offered(&mut self, user: &str, offer: PublicKeyOffer<'_>) -> Result<Auth, Leave> {
        self.admit(user, offer.public_key)
    }

    async fn auth_publickey(&mut self, user: &str, key: VerifiedPublicKey<'_>) -> Result<Auth, Leave> {
        self.admit(user, key.public_key)
    }

    async fn channel_open_session(
        &mut self,
        channel: Channel<Msg>,
        reply: ChannelOpenHandle,
        _session: &mut Session,
    ) -> Result<(), Leave> {
        if self.channels.len() < MAX_CHANNELS {
            // What comes in is handed to this handler anyway; an unread half would only fill up.
            let (_, write) = channel.split();
            self.channels.insert(write.id(), Open::Silent(write));
            reply.accept().await;
        }
        Ok(())
    }

    async fn exec_request(&mut self, id: ChannelId, line: &[u8], session: &mut Session) -> Result<(), Leave> {
        match self.channels.remove(&id) {
            Some(Open::Silent(channel)) => {
                session.channel_success(id)?;
                let incoming = Box::new(Incoming::new(String::from_utf8_lossy(line).into_owned()));
                let whole = incoming.is_whole();
                self.channels.insert(id, Open::Asking(channel, incoming));
                if whole {
                    self.answer(id);
                }
            }
            other => {
                self.channels.extend(other.map(|other| (id, other)));
                session.channel_failure(id)?;
            }
        }
        Ok(())
    }

    async fn shell_request(&mut self, id: ChannelId, session: &mut Session) -> Result<(), Leave> {
        Ok(session.channel_failure(id)?)
    }

    async fn subsystem_request(&mut self, id: ChannelId, _name: &str, session: &mut Session) -> Result<(), Leave> {
        Ok(session.channel_failure(id)?)
    }

    async fn data(&mut self, id: ChannelId, bytes: &[u8], session: &mut Session) -> Result<(), Leave> {
        let Some(Open::Asking(_, incoming)) = self.channels.get_mut(&id) else { return Ok(()) };
        if !incoming.take(bytes) {
            session.close(id)?;
            self.channels.remove(&id);
        } else if incoming.is_whole() {
            self.answer(id);
        }
        Ok(())
    }

    async fn channel_eof(&mut self, id: ChannelId, _session: &mut Session) -> Result<(), Leave> {
        self.answer(id);
        Ok(())
    }

    async fn channel_close(&mut self, id: ChannelId, _session: &mut Session) -> Result<(), Leave> {
        self.channels.remove(&id);
        Ok(())
    }
}
