//! Keeps at most one connection to each host: made when it is needed, kept warm, closed when it is not, made again with
//! growing patience when it fails.
//!
//! Never found here: what is said over a connection, and when to give up. Only whoever ordered the work does that.

use crate::connection::{Connection, Jump};
use crate::remote::protocol::{Request, Rights, SUDO_MARK, Tried, Verb};
use crate::remote::runners::{Limits, Resolve};
use crate::remote::session::{Roads, Session, Unreachable};
use crate::remote::shell::{Running, Said, Shell};
use crate::remote::stores::{Folder, Stores};
use futures_util::future::BoxFuture;
use jobs::ids::HostName;
use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Every host in use.
pub(super) struct Links {
    pub(super) limits: Limits,
    pub(super) hash: Arc<str>,
    resolve: Resolve,
    roads: Roads,
    stores: Stores,
    open: Arc<Semaphore>,
    links: Mutex<HashMap<HostName, Arc<Link>>>,
    /// Links that nobody uses, longest idle first.
    idle: Mutex<VecDeque<Weak<Link>>>,
    controller: Arc<Link>,
}

/// One host in use, or the controller itself.
pub(super) struct Link {
    place: Where,
    state: tokio::sync::Mutex<State>,
    /// New connections through this host at the same time; sshd turns bursts away (`MaxStartups`).
    passing: Semaphore,
    acks: Mutex<Vec<Ack>>,
    users: AtomicUsize,
    uses: AtomicUsize,
    left_at: Mutex<Instant>,
    queued: AtomicBool,
    watched: AtomicBool,
}

/// What a host is to be told: this attempt is on record.
#[derive(Clone, Copy)]
struct Ack {
    attempt: Tried,
    /// Whether it ran by sudo, and is in the folder of root.
    sudo: bool,
}

enum Where {
    Host(Arc<Connection>),
    Controller { folder: String },
}

#[derive(Default)]
struct State {
    session: Option<Arc<Session>>,
    failures: u32,
    failed: Option<(Instant, Arc<str>)>,
}

/// New connections through one jump host at the same time.
const PASSING: usize = 4;
/// How many hosts a connection may go through.
const MAX_JUMPS: usize = 4;
/// The most acknowledgements that one request carries: its line stays far below what any shell takes.
const MAX_ACKS: usize = 64;
/// How long to wait for room before looking again for a connection that has become idle.
const ROOM_PAUSE: Duration = Duration::from_millis(500);
/// How long a host may take to take note.
const ACK_TIMEOUT: Duration = Duration::from_secs(30);
/// The first pause after a failure; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(500);

impl Links {
    pub(super) fn new(
        limits: Limits,
        folder: String,
        hash: Arc<str>,
        resolve: Resolve,
        roads: Roads,
        stores: Stores,
    ) -> Links {
        Links {
            open: Arc::new(Semaphore::new(limits.connections)),
            hash,
            resolve,
            roads,
            stores,
            links: Mutex::default(),
            idle: Mutex::default(),
            controller: Arc::new(Link::new(Where::Controller { folder })),
            limits,
        }
    }

    /// How many connections are open or being made.
    pub(super) fn open_connections(&self) -> usize {
        self.limits.connections.saturating_sub(self.open.available_permits())
    }

    /// The controller itself.
    pub(super) fn controller(&self) -> Arc<Link> {
        self.controller.clone()
    }

    /// The link to a host. A changed inventory gives a new one; work under way keeps the one that it has.
    pub(super) fn host(&self, host: &HostName) -> Result<Arc<Link>, Arc<str>> {
        let connection = (self.resolve)(host)?;
        let mut links = self.links.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(link) = links.get(host)
            && link.leads_to(&connection)
        {
            return Ok(link.clone());
        }
        let link = Arc::new(Link::new(Where::Host(connection)));
        links.insert(host.clone(), link.clone());
        Ok(link)
    }

    fn through(&self, jump: &Jump, from: &Connection) -> Result<Arc<Link>, Unreachable> {
        let (name, connection) = match jump {
            Jump::Host(name) => {
                return self.host(name).map_err(|why| Unreachable::Jump { jump: name.to_string(), why });
            }
            Jump::Address { user, address, port } => {
                let (user, address, port) = (user.clone(), address.clone(), *port);
                let name = HostName::from(jump.to_string());
                (name, Connection { user, address, port, jump: None, host_key: None, ..from.clone() })
            }
        };
        let mut links = self.links.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(links.entry(name).or_insert_with(|| Arc::new(Link::new(Where::Host(Arc::new(connection))))).clone())
    }

    /// Whether the way ends. Checked before any of it is made: hosts that wait for each other would wait for ever.
    fn check_jumps(&self, from: &Connection) -> Result<(), Unreachable> {
        let Some(first) = &from.jump else { return Ok(()) };
        let mut link = self.through(first, from)?;
        for _ in 1..MAX_JUMPS {
            let Where::Host(connection) = &link.place else { return Ok(()) };
            let Some(jump) = &connection.jump else { return Ok(()) };
            let next = self.through(jump, connection)?;
            link = next;
        }
        let why = format!("there are more than {MAX_JUMPS} jumps; does the way lead back to itself?").into();
        Err(Unreachable::Jump { jump: first.to_string(), why })
    }

    /// The right to one more open connection; the one that has been idle longest is closed for it if need be.
    async fn room(&self) -> Result<OwnedSemaphorePermit, Unreachable> {
        loop {
            if let Ok(permit) = self.open.clone().try_acquire_owned() {
                return Ok(permit);
            }
            let longest_idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
            let Some(link) = longest_idle else {
                // All are in use; one of them may become idle as well as be closed.
                let waiting = tokio::time::timeout(ROOM_PAUSE, self.open.clone().acquire_owned());
                match waiting.await {
                    Ok(permit) => return permit.map_err(|_| russh::Error::Disconnect.into()),
                    Err(_) => continue,
                }
            };
            let Some(link) = link.upgrade() else { continue };
            link.queued.store(false, SeqCst);
            if link.users.load(SeqCst) == 0 {
                self.flush(&link).await;
                link.close_if_idle();
            }
        }
    }

    /// Somebody starts to use the link; until the value returned is dropped, it stays connected.
    pub(super) fn enter(self: &Arc<Self>, link: Arc<Link>) -> Use {
        link.users.fetch_add(1, SeqCst);
        link.uses.fetch_add(1, SeqCst);
        Use { links: self.clone(), link }
    }

    /// Nobody uses the link: it is closed after a while, unless somebody does again.
    fn leave(self: &Arc<Self>, link: &Arc<Link>) {
        *link.left_at.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
        if !link.queued.swap(true, SeqCst) {
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push_back(Arc::downgrade(link));
        }
        if let Ok(runtime) = tokio::runtime::Handle::try_current()
            && !link.watched.swap(true, SeqCst)
        {
            runtime.spawn(self.clone().watch(link.clone()));
        }
    }

    async fn watch(self: Arc<Self>, link: Arc<Link>) {
        loop {
            let uses = link.uses.load(SeqCst);
            let idle = if link.users.load(SeqCst) > 0 { Duration::ZERO } else { link.idle_for() };
            tokio::time::sleep(self.limits.idle.saturating_sub(idle)).await;
            if link.users.load(SeqCst) > 0 || link.uses.load(SeqCst) != uses {
                continue;
            }
            self.flush(&link).await;
            link.close_if_idle();
            link.watched.store(false, SeqCst);
            // Whoever came and went meanwhile saw the link watched, and left it to us.
            if link.uses.load(SeqCst) == uses || link.watched.swap(true, SeqCst) {
                return;
            }
        }
    }

    /// Tells the host what is on record here, over the connection that it has.
    async fn flush(&self, link: &Link) {
        for sudo in [false, true] {
            loop {
                let acks = link.take_acks(sudo);
                if acks.is_empty() {
                    break;
                }
                if !self.acknowledge(link, sudo, acks.clone()).await {
                    link.give_back(acks, sudo);
                    break;
                }
            }
        }
    }

    /// Whether the host has taken note.
    async fn acknowledge(&self, link: &Link, sudo: bool, acks: Vec<Tried>) -> bool {
        let told = async {
            let shell = link.open_shell()?;
            let mut running = link.ask(&shell, &self.hash, Verb::Ack(acks), sudo, Vec::new()).await.ok()?;
            loop {
                if let Said::Closed(exit) = running.next().await {
                    return exit;
                }
            }
        };
        tokio::time::timeout(ACK_TIMEOUT, told).await == Ok(Some(0))
    }
}

/// A use of a link.
pub(super) struct Use {
    links: Arc<Links>,
    pub(super) link: Arc<Link>,
}

impl Drop for Use {
    fn drop(&mut self) {
        if self.link.users.fetch_sub(1, SeqCst) == 1 {
            self.links.leave(&self.link);
        }
    }
}

impl Use {
    /// Which folder of Stagger each host has.
    pub(super) fn stores(&self) -> &Stores {
        &self.links.stores
    }

    /// A shell on the host: the connection that is there, or a new one. After a failure the next try waits, at most
    /// `patience`; those who wait together fail together.
    pub(super) async fn shell(&self, patience: Duration) -> Result<Shell, Arc<str>> {
        let Where::Host(connection) = &self.link.place else { return Ok(Shell::Controller) };
        let session = connect(&self.links, &self.link, connection, patience).await?;
        Ok(Shell::Host(session))
    }
}

/// The session of `link`.
async fn connect(
    links: &Arc<Links>,
    link: &Link,
    connection: &Arc<Connection>,
    patience: Duration,
) -> Result<Arc<Session>, Arc<str>> {
    let asked = Instant::now();
    let mut state = link.state.lock().await;
    if let Some(session) = state.session.as_ref().filter(|session| !session.is_closed()) {
        return Ok(session.clone());
    }
    state.session = None;
    if let Some((when, why)) = &state.failed {
        if *when > asked {
            return Err(why.clone());
        }
        let pause = pause(state.failures, patience);
        tokio::time::sleep(pause.saturating_sub(when.elapsed())).await;
    }
    // In a task of its own: whatever a hostile host does to it, it fails alone, and nobody who goes away stops it half-way.
    let opening = tokio::spawn(open(links.clone(), connection.clone(), patience));
    let opened = match opening.await {
        Ok(opened) => opened.map_err(|error| Arc::from(error.to_string())),
        Err(broken) => Err(Arc::from(format!("the SSH session broke ({broken})"))),
    };
    match opened {
        Ok(session) => {
            *state = State { session: Some(session.clone()), ..State::default() };
            Ok(session)
        }
        Err(why) => {
            state.failures = state.failures.saturating_add(1);
            state.failed = Some((Instant::now(), Arc::clone(&why)));
            Err(why)
        }
    }
}

/// Boxed, because the way to a host may lead over another, and so this calls [`connect`] again.
fn open(
    links: Arc<Links>,
    connection: Arc<Connection>,
    patience: Duration,
) -> BoxFuture<'static, Result<Arc<Session>, Unreachable>> {
    Box::pin(async move {
        let Some(jump) = &connection.jump else {
            let room = links.room().await?;
            return Ok(Arc::new(Session::open(connection, None, &links.roads, room).await?));
        };
        links.check_jumps(&connection)?;
        let broken = |why| Unreachable::Jump { jump: jump.to_string(), why };
        let between = links.enter(links.through(jump, &connection)?);
        let Where::Host(next) = &between.link.place else {
            return Err(broken("the controller is no jump host".into()));
        };
        let through = connect(&links, &between.link, next, patience).await.map_err(broken)?;
        let _turn = between.link.passing.acquire().await.map_err(|_| russh::Error::Disconnect)?;
        let room = links.room().await?;
        Ok(Arc::new(Session::open(connection.clone(), Some(through), &links.roads, room).await?))
    })
}

/// Twice as long after each failure, up to `patience`, and a quarter more or less so that hosts do not come in step.
pub(super) fn pause(failures: u32, patience: Duration) -> Duration {
    let doubled = FIRST_PAUSE.saturating_mul(1 << failures.saturating_sub(1).min(16)).min(patience);
    let chance = RandomState::new().hash_one(failures) % 512;
    doubled.mul_f64(0.75 + chance as f64 / 1_024.0)
}

impl Link {
    fn new(place: Where) -> Link {
        Link {
            place,
            state: tokio::sync::Mutex::default(),
            passing: Semaphore::new(PASSING),
            acks: Mutex::default(),
            users: AtomicUsize::new(0),
            uses: AtomicUsize::new(0),
            left_at: Mutex::new(Instant::now()),
            queued: AtomicBool::new(false),
            watched: AtomicBool::new(false),
        }
    }

    fn leads_to(&self, connection: &Arc<Connection>) -> bool {
        matches!(&self.place, Where::Host(known) if Arc::ptr_eq(known, connection) || known == connection)
    }

    /// The folder that a script of `host` is in, reached over this link.
    pub(super) fn folder(&self, host: &HostName, sudo: bool) -> Folder {
        let of_root = match &self.place {
            Where::Controller { .. } => false,
            Where::Host(connection) => sudo && connection.user != "root" && connection.stagger_dir.is_none(),
        };
        Folder { host: host.clone(), of_root }
    }

    /// Asks for something, as root if `sudo` says so and the login is another.
    pub(super) async fn ask(
        &self,
        shell: &Shell,
        hash: &str,
        verb: Verb,
        sudo: bool,
        input: Vec<u8>,
    ) -> Result<Running, Unreachable> {
        let (dir, rights, password) = match &self.place {
            Where::Controller { folder } => (Some(folder.clone()), Rights::Login, None),
            Where::Host(connection) => {
                let sudo = sudo && connection.user != "root";
                let password = connection.sudo_password.as_ref().filter(|_| sudo);
                let rights = match (sudo, password) {
                    (false, _) => Rights::Login,
                    (true, None) => Rights::Sudo,
                    (true, Some(_)) => Rights::SudoPassword,
                };
                (connection.stagger_dir.clone(), rights, password)
            }
        };
        let request = Request { dir, hash: hash.to_owned(), verb };
        let input = match password {
            None => input,
            Some(password) => {
                let mut whole = format!("{}\n{SUDO_MARK}", password.resolve()?).into_bytes();
                whole.extend(input);
                whole
            }
        };
        shell.run(&request, rights, input).await
    }

    /// To be told to the host at the next occasion.
    pub(super) fn remember(&self, attempt: Tried, sudo: bool) {
        self.acks.lock().unwrap_or_else(PoisonError::into_inner).push(Ack { attempt, sudo });
    }

    /// What is to be told now; whoever takes it tells it or gives it back.
    pub(super) fn take_acks(&self, sudo: bool) -> Vec<Tried> {
        let mut acks = self.acks.lock().unwrap_or_else(PoisonError::into_inner);
        let mut taken = Vec::new();
        acks.retain(|ack| {
            let stays = ack.sudo != sudo || taken.len() == MAX_ACKS;
            if !stays {
                taken.push(ack.attempt);
            }
            stays
        });
        taken
    }

    pub(super) fn give_back(&self, attempts: Vec<Tried>, sudo: bool) {
        let acks = attempts.into_iter().map(|attempt| Ack { attempt, sudo });
        self.acks.lock().unwrap_or_else(PoisonError::into_inner).extend(acks);
    }

    /// A shell over the connection that is there. None while one is being made: whoever waits for that may be waited for.
    fn open_shell(&self) -> Option<Shell> {
        if let Where::Controller { .. } = self.place {
            return Some(Shell::Controller);
        }
        let state = self.state.try_lock().ok()?;
        state.session.clone().filter(|session| !session.is_closed()).map(Shell::Host)
    }

    /// How long nobody has used it, where nobody does.
    fn idle_for(&self) -> Duration {
        self.left_at.lock().unwrap_or_else(PoisonError::into_inner).elapsed()
    }

    fn close_if_idle(&self) {
        if let Ok(mut state) = self.state.try_lock()
            && self.users.load(SeqCst) == 0
        {
            state.session = None;
        }
    }

    /// Gives up a session that behaves badly; the next use makes another.
    pub(super) async fn drop_session(&self) {
        self.state.lock().await.session = None;
    }
}
