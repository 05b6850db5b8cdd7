//! Who may ask: access tokens, sessions of people who have signed in with one, and the actor that either stands for.
//!
//! A token's secret is shown once and never kept; the log holds its SHA-256, and that of a session's. What was taken back is
//! refused within [`FRESH`]. Never found here: what an actor may do, or how a secret arrived.

mod once;

use futures_util::future::BoxFuture;
use jobs::command::Actor;
use jobs::fleet::Fleet;
use jobs::ids::TokenId;
use jobs::time::Timestamp;
use once::Once;
use schema::Backend;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long the list of tokens is used before it is read again.
pub const FRESH: Duration = Duration::from_secs(1);
/// How many wrong secrets one address may offer in a minute before the answer is "later".
pub const FAILURES_PER_MINUTE: u32 = 30;
/// How many addresses are counted at once; beyond it the oldest counts are dropped.
const COUNTED_ADDRESSES: usize = 1_024;

const PREFIX: &str = "stg_";
const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// 62^43 is more than 2^256, and 62^6 more than 2^32.
const RANDOM_DIGITS: usize = 43;
const CHECK_DIGITS: usize = 6;

/// The secret of an access token: `stg_`, 256 random bits in base 62, and a checksum that lets scanners and people
/// tell a mistyped secret from a wrong one.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

/// A text that was to be a token's secret and is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "this is not an access token: one starts with stg_, has 53 characters and a checksum; look whether it was copied whole"
)]
pub struct NotASecret;

/// The operating system gave no random bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the operating system gave no random bytes, so no access token was made; try again once it has booted fully")]
pub struct NoRandomness;

impl Secret {
    /// Makes a new one.
    pub fn generate() -> Result<Secret, NoRandomness> {
        let mut random = [0u8; 32];
        let provider = rustls::crypto::ring::default_provider();
        provider.secure_random.fill(&mut random).map_err(|_| NoRandomness)?;
        let body = format!("{PREFIX}{}", base62(&random, RANDOM_DIGITS));
        let check = checksum(&body);
        Ok(Secret(body + &check))
    }

    /// Reads one as somebody gave it; spaces and line ends around it do not matter.
    pub fn parse(text: &str) -> Result<Secret, NotASecret> {
        let text = text.trim();
        let whole = PREFIX.len() + RANDOM_DIGITS + CHECK_DIGITS;
        if text.len() != whole || !text.is_ascii() || !text.starts_with(PREFIX) {
            return Err(NotASecret);
        }
        let (body, check) = text.split_at(whole - CHECK_DIGITS);
        if checksum(body) != check {
            return Err(NotASecret);
        }
        Ok(Secret(text.to_owned()))
    }

    /// The secret itself, to be shown once or sent as a bearer.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// The SHA-256 of it in lower-case hex: all that is kept.
    pub fn hash(&self) -> String {
        Sha256::digest(self.0.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(stg_…)")
    }
}

fn checksum(body: &str) -> String {
    base62(&Sha256::digest(body.as_bytes())[..4], CHECK_DIGITS)
}

/// A big-endian number in base 62, with leading zeros up to `digits`.
fn base62(number: &[u8], digits: usize) -> String {
    let mut rest = number.to_vec();
    let mut text = vec![b'0'; digits];
    for digit in text.iter_mut().rev() {
        *digit = BASE62[divide_by_62(&mut rest)];
    }
    text.into_iter().map(char::from).collect()
}

fn divide_by_62(number: &mut [u8]) -> usize {
    number.iter_mut().fold(0, |remainder, byte| {
        let part = remainder * 256 + usize::from(*byte);
        *byte = (part / 62) as u8;
        part % 62
    })
}

/// A secret that lets somebody in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Live {
    /// The token that it is, or that the session was opened with.
    pub token: TokenId,
    /// What the token is called; its actor is `token:<name>`.
    pub name: Arc<str>,
    /// The SHA-256 of the secret, in hex.
    pub hash: Arc<str>,
    /// For a session: when it is over.
    pub until: Option<Timestamp>,
}

impl Live {
    /// Who the log says it was.
    pub fn actor(&self) -> Actor {
        Actor(format!("token:{}", self.name).into())
    }
}

/// Why somebody is not let in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// No secret was given.
    #[error("no access token was given")]
    Missing,
    /// What was given cannot be a secret.
    #[error("{0}")]
    Malformed(#[from] NotASecret),
    /// No live token has this secret.
    #[error("the access token is unknown or was revoked")]
    Unknown,
    /// No live session has this secret.
    #[error("the session is over")]
    SessionOver,
    /// The link was used before, or is too old.
    #[error("this link was used already, or is too old")]
    UsedUp,
    /// A page of another site asks in the name of whoever is signed in here.
    #[error("a page of another site asked for this")]
    Elsewhere,
    /// This address offered too many wrong secrets.
    #[error("too many wrong access tokens came from this address; try again in {retry_after_seconds} s")]
    TooMany { retry_after_seconds: u64 },
    /// The tokens could not be read.
    #[error("the access tokens could not be read: {0}")]
    Fault(String),
}

impl Denied {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Denied::Missing | Denied::Malformed(_) => {
                "send `Authorization: Bearer stg_…`; the first token was shown when the server first started"
            }
            Denied::Unknown => "make a token with `stagger token create NAME` and one that still works",
            Denied::SessionOver => "sign in again",
            Denied::UsedUp => "sign in with an access token, or start the demo again for another link",
            Denied::Elsewhere => {
                "open Stagger's own page; a proxy in front of it has to pass the Host header on unchanged"
            }
            Denied::TooMany { .. } => "right tokens are still let in",
            Denied::Fault(_) => "look at the server's log",
        }
    }
}

/// Reads what lets people in now: tokens and sessions.
pub type ReadLive = Box<dyn Fn() -> BoxFuture<'static, Result<Vec<Live>, String>> + Send + Sync>;

/// Tells who asks.
pub struct Access {
    read: ReadLive,
    known: Mutex<Option<Known>>,
    failures: Mutex<HashMap<IpAddr, Failures>>,
    once: Once,
}

#[derive(Clone)]
struct Known {
    live: Arc<[Live]>,
    read_at: Instant,
}

#[derive(Clone, Copy)]
struct Failures {
    since: Instant,
    count: u32,
}

impl Access {
    /// Over a list that may be read at any time.
    pub fn new(read: ReadLive) -> Access {
        Access { read, known: Mutex::new(None), failures: Mutex::default(), once: Once::default() }
    }

    /// Over the tokens and sessions of the fleet.
    pub fn over(backend: Arc<dyn Backend>) -> Access {
        Access::new(Box::new(move || {
            let backend = backend.clone();
            Box::pin(async move {
                let now = backend.now();
                schema::read(&*backend, move |fleet, _| live(fleet, now)).await.map_err(|fault| fault.to_string())
            })
        }))
    }

    /// The actor that a token's secret stands for. `from` is where the request came from.
    pub async fn actor(&self, secret: Option<&str>, from: IpAddr) -> Result<Actor, Denied> {
        self.token(secret, from).await.map(|token| token.actor())
    }

    /// The session with this secret. It is too long to be guessed, so nobody is slowed down.
    pub async fn session(&self, secret: &str) -> Result<Live, Denied> {
        let hash = Secret::parse(secret).map_err(|_| Denied::SessionOver)?.hash();
        let live = match self.fresh() {
            Some(live) => live,
            None => self.read_again().await?,
        };
        named_by(&live, Kind::Session, &hash).cloned().ok_or(Denied::SessionOver)
    }

    /// Makes the code of a link that lets whoever follows it first sign in with this token.
    pub fn invite(&self, token: TokenId) -> Result<Secret, NoRandomness> {
        self.once.invite(token)
    }

    /// The token that such a code stands for; it is good no more.
    pub async fn redeem(&self, code: &str, from: IpAddr) -> Result<Live, Denied> {
        let from = network_of(from);
        let Some(token) = self.once.redeem(code) else {
            return Err(self.count_failure(from).unwrap_or(Denied::UsedUp));
        };
        let live = self.read_again().await?;
        let found = live.iter().find(|live| live.token == token && live.until.is_none());
        found.cloned().ok_or(Denied::Unknown)
    }

    /// Reads everything again at the next question: something was opened or closed.
    pub fn forget(&self) {
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// The token with this secret.
    pub async fn token(&self, secret: Option<&str>, from: IpAddr) -> Result<Live, Denied> {
        let from = network_of(from);
        match self.check(secret, from).await {
            Err(denied @ (Denied::Malformed(_) | Denied::Unknown)) => Err(self.count_failure(from).unwrap_or(denied)),
            answer => answer,
        }
    }

    async fn check(&self, secret: Option<&str>, from: IpAddr) -> Result<Live, Denied> {
        let hash = Secret::parse(secret.ok_or(Denied::Missing)?)?.hash();
        if let Some(live) = self.fresh() {
            let named = named_by(&live, Kind::Token, &hash).cloned();
            // Reading again makes the engine look up: whoever guesses too often has to wait for the next time.
            if named.is_some() || self.has_failed_too_often(from) {
                return named.ok_or(Denied::Unknown);
            }
        }
        // A token that was made after the list was read is good at once: whoever was shown it may use it.
        named_by(&self.read_again().await?, Kind::Token, &hash).cloned().ok_or(Denied::Unknown)
    }

    fn has_failed_too_often(&self, from: IpAddr) -> bool {
        let failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        failures.get(&from).is_some_and(|counted| {
            counted.count >= FAILURES_PER_MINUTE && counted.since.elapsed() < Duration::from_secs(60)
        })
    }

    /// The list, if it was read lately.
    fn fresh(&self) -> Option<Arc<[Live]>> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).clone();
        known.filter(|known| known.read_at.elapsed() < FRESH).map(|known| known.live)
    }

    async fn read_again(&self) -> Result<Arc<[Live]>, Denied> {
        let read_at = Instant::now();
        let live: Arc<[Live]> = (self.read)().await.map_err(Denied::Fault)?.into();
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = Some(Known { live: live.clone(), read_at });
        Ok(live)
    }

    fn count_failure(&self, from: IpAddr) -> Option<Denied> {
        let minute = Duration::from_secs(60);
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        if failures.len() >= COUNTED_ADDRESSES {
            failures.retain(|_, counted| counted.since.elapsed() < minute);
        }
        if failures.len() >= COUNTED_ADDRESSES {
            failures.clear();
        }
        let now = Instant::now();
        let counted = failures.entry(from).or_insert(Failures { since: now, count: 0 });
        if counted.since.elapsed() >= minute {
            *counted = Failures { since: now, count: 0 };
        }
        counted.count = counted.count.saturating_add(1);
        let left = minute.saturating_sub(counted.since.elapsed());
        (counted.count > FAILURES_PER_MINUTE).then(|| Denied::TooMany { retry_after_seconds: left.as_secs() + 1 })
    }
}

/// Who is counted together: one IPv4 address, or the 2^64 IPv6 addresses that one customer has.
fn network_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64))),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Token,
    Session,
}

/// What has this hash. Everything is compared, and every comparison takes the same time.
fn named_by<'a>(live: &'a [Live], kind: Kind, hash: &str) -> Option<&'a Live> {
    let of_kind = live.iter().filter(|one| one.until.is_some() == (kind == Kind::Session));
    of_kind.fold(None, |found, one| if same(&one.hash, hash) { Some(one) } else { found })
}

fn live(fleet: &Fleet, now: Timestamp) -> Vec<Live> {
    let tokens = fleet.tokens.iter().filter(|(_, token)| !token.revoked);
    let tokens = tokens.map(|(id, token)| (*id, &token.name, &token.hash, None));
    let sessions = fleet.sessions.iter().filter(|(_, session)| session.until > now);
    let sessions = sessions.filter_map(|(hash, session)| {
        let token = fleet.tokens.get(&session.token)?;
        Some((session.token, &token.name, hash, Some(session.until)))
    });
    let live = |(token, name, hash, until): (TokenId, &Arc<str>, &Arc<str>, Option<Timestamp>)| Live {
        token,
        name: name.clone(),
        hash: hash.clone(),
        until,
    };
    tokens.chain(sessions).map(live).collect()
}

/// Compares in a time that depends on the lengths only.
fn same(left: &str, right: &str) -> bool {
    let differences = left.bytes().zip(right.bytes()).fold(0u8, |sum, (l, r)| std::hint::black_box(sum | (l ^ r)));
    left.len() == right.len() && differences == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;
    use std::sync::atomic::{AtomicUsize, Ordering};

    const HOME: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

    fn access_to(secrets: &[(&str, &Secret)]) -> (Access, Arc<AtomicUsize>) {
        let tokens: Vec<Live> = secrets.iter().map(|(name, secret)| token(name, secret)).collect();
        let reads = Arc::new(AtomicUsize::new(0));
        let counted = reads.clone();
        let read: ReadLive = Box::new(move || {
            counted.fetch_add(1, Ordering::Relaxed);
            Box::pin(std::future::ready(Ok(tokens.clone())))
        });
        (Access::new(read), reads)
    }

    fn token(name: &str, secret: &Secret) -> Live {
        let id = TokenId(ulid::Ulid::from_parts(1, name.len() as u128));
        Live { token: id, name: name.into(), hash: secret.hash().into(), until: None }
    }

    #[tokio::test]
    async fn a_session_is_no_token_and_a_token_no_session() {
        let (secret, key) = (Secret::generate().expect("random"), Secret::generate().expect("random"));
        let ops = token("ops", &secret);
        let session = Live { hash: key.hash().into(), until: Some(Timestamp(1)), ..ops.clone() };
        let live = vec![ops, session];
        let access = Access::new(Box::new(move || Box::pin(std::future::ready(Ok(live.clone())))));
        assert_eq!(access.session(key.reveal()).await.map(|live| live.actor()), Ok(Actor("token:ops".into())));
        assert_eq!(access.session(secret.reveal()).await, Err(Denied::SessionOver));
        assert_eq!(access.session("stg_").await, Err(Denied::SessionOver));
        assert_eq!(access.actor(Some(key.reveal()), HOME).await, Err(Denied::Unknown));
    }

    #[test]
    fn sessions_live_until_their_time_and_as_long_as_their_token() {
        let mut fleet = Fleet::default();
        let id = TokenId(ulid::Ulid::from_parts(1, 1));
        let kept =
            |revoked| jobs::fleet::Token { name: "ops".into(), hash: "aa".into(), created_at: Timestamp(1), revoked };
        fleet.tokens.insert(id, kept(false));
        fleet.sessions.insert("bb".into(), jobs::fleet::Session { token: id, until: Timestamp(50) });
        let hashes =
            |fleet: &Fleet, now| live(fleet, Timestamp(now)).iter().map(|one| one.hash.to_string()).collect::<Vec<_>>();
        assert_eq!(hashes(&fleet, 49), ["aa", "bb"]);
        assert_eq!(hashes(&fleet, 50), ["aa"]);
    }

    #[tokio::test]
    async fn a_link_lets_the_first_one_in_and_nobody_after() {
        let secret = Secret::generate().expect("random");
        let (access, _) = access_to(&[("ops", &secret)]);
        let id = token("ops", &secret).token;
        let code = access.invite(id).expect("random");
        assert_eq!(access.redeem(code.reveal(), HOME).await.map(|live| live.token), Ok(id));
        assert_eq!(access.redeem(code.reveal(), HOME).await, Err(Denied::UsedUp));
        assert_eq!(access.redeem(secret.reveal(), HOME).await, Err(Denied::UsedUp));
        for _ in 0..FAILURES_PER_MINUTE {
            access.redeem("guessed", HOME).await.expect_err("no such code");
        }
        assert!(matches!(access.redeem("guessed", HOME).await, Err(Denied::TooMany { .. })));
    }

    #[test]
    fn a_secret_reads_back_and_no_two_are_the_same() {
        let (one, other) = (Secret::generate().expect("random"), Secret::generate().expect("random"));
        assert_ne!(one, other);
        assert_eq!(one.reveal().len(), 53);
        assert_eq!(Secret::parse(&format!(" {}\n", one.reveal())), Ok(one.clone()));
        assert_eq!(one.hash().len(), 64);
        assert_eq!(format!("{one:?}"), "Secret(stg_…)");
    }

    #[test]
    fn a_mistyped_secret_is_told_from_a_wrong_one() {
        let secret = Secret::generate().expect("random");
        for at in 4..secret.reveal().len() {
            let mut typed = secret.reveal().as_bytes().to_vec();
            typed[at] = if typed[at] == b'x' { b'y' } else { b'x' };
            let typed = String::from_utf8(typed).expect("ascii");
            assert_eq!(Secret::parse(&typed), Err(NotASecret), "{typed}");
        }
        assert_eq!(Secret::parse(""), Err(NotASecret));
        assert_eq!(Secret::parse(&"ü".repeat(27)), Err(NotASecret));
    }

    #[test]
    fn base_62_is_exact_at_its_ends() {
        assert_eq!(base62(&[0; 4], 6), "000000");
        assert_eq!(base62(&[0, 0, 0, 61], 6), "00000z");
        assert_eq!(base62(&[0, 0, 0, 62], 6), "000010");
        assert_eq!(base62(&u32::MAX.to_be_bytes(), 6), "4gfFC3");
    }

    #[tokio::test]
    async fn a_live_token_names_its_actor_and_the_list_is_read_once() {
        let (ci, ops) = (Secret::generate().expect("random"), Secret::generate().expect("random"));
        let (access, reads) = access_to(&[("ci", &ci), ("ops", &ops)]);
        for _ in 0..5 {
            assert_eq!(access.actor(Some(ci.reveal()), HOME).await, Ok(Actor("token:ci".into())));
            assert_eq!(access.actor(Some(ops.reveal()), HOME).await, Ok(Actor("token:ops".into())));
        }
        assert_eq!(reads.load(Ordering::Relaxed), 1);
    }

    #[tokio::test]
    async fn wrong_secrets_are_slowed_down_and_right_ones_are_not() {
        let (right, wrong) = (Secret::generate().expect("random"), Secret::generate().expect("random"));
        let (access, _) = access_to(&[("ops", &right)]);
        assert_eq!(access.actor(None, HOME).await, Err(Denied::Missing));
        for _ in 0..FAILURES_PER_MINUTE {
            assert_eq!(access.actor(Some(wrong.reveal()), HOME).await, Err(Denied::Unknown));
        }
        let denied = access.actor(Some("stg_short"), HOME).await;
        assert!(matches!(denied, Err(Denied::TooMany { retry_after_seconds: 1..=61 })), "{denied:?}");
        assert_eq!(access.actor(Some(right.reveal()), HOME).await, Ok(Actor("token:ops".into())));
        let elsewhere = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2));
        assert_eq!(access.actor(Some(wrong.reveal()), elsewhere).await, Err(Denied::Unknown));
    }

    #[tokio::test]
    async fn guessing_costs_no_more_reading_and_locks_nobody_else_out() {
        let (right, wrong) = (Secret::generate().expect("random"), Secret::generate().expect("random"));
        let (access, reads) = access_to(&[("ops", &right)]);
        for guess in 0..2_000u128 {
            let attacker = IpAddr::V6(Ipv6Addr::from_bits((0x2001_0db8 << 96) | guess));
            assert!(access.actor(Some(wrong.reveal()), attacker).await.is_err());
        }
        let read = reads.load(Ordering::Relaxed) as u32;
        // One more each time that the list grew old.
        assert!(read < FAILURES_PER_MINUTE + 20, "{read} reads");
        let owner = IpAddr::V6(Ipv6Addr::from_bits((0x2001_0db8 << 96) | 7));
        assert_eq!(access.actor(Some(right.reveal()), owner).await, Ok(Actor("token:ops".into())));
        let elsewhere = IpAddr::V6(Ipv6Addr::from_bits((0x2001_0db8 << 96) | (1 << 64)));
        assert_eq!(access.actor(Some(wrong.reveal()), elsewhere).await, Err(Denied::Unknown));
    }

    #[tokio::test]
    async fn a_token_that_was_just_made_is_good_at_once() {
        let (old, new) = (Secret::generate().expect("random"), Secret::generate().expect("random"));
        let live = Arc::new(Mutex::new(vec![token("old", &old)]));
        let seen = live.clone();
        let read = move || seen.lock().expect("no panic").clone();
        let access = Access::new(Box::new(move || Box::pin(std::future::ready(Ok(read())))));
        assert_eq!(access.actor(Some(old.reveal()), HOME).await, Ok(Actor("token:old".into())));
        live.lock().expect("no panic").push(token("new", &new));
        assert_eq!(access.actor(Some(new.reveal()), HOME).await, Ok(Actor("token:new".into())));
    }

    #[tokio::test]
    async fn a_token_taken_back_is_refused_once_the_list_is_read_again() {
        let secret = Secret::generate().expect("random");
        let live = Arc::new(Mutex::new(vec![token("ops", &secret)]));
        let list = live.clone();
        let access =
            Access::new(Box::new(move || Box::pin(std::future::ready(Ok(list.lock().expect("not poisoned").clone())))));
        assert!(access.actor(Some(secret.reveal()), HOME).await.is_ok());
        live.lock().expect("not poisoned").clear();
        tokio::time::sleep(FRESH + Duration::from_millis(50)).await;
        assert_eq!(access.actor(Some(secret.reveal()), HOME).await, Err(Denied::Unknown));
    }

    #[tokio::test]
    async fn very_many_addresses_do_not_fill_the_memory() {
        let (access, _) = access_to(&[]);
        let wrong = Secret::generate().expect("random");
        for n in 0..(COUNTED_ADDRESSES as u32 * 3) {
            let from = IpAddr::V4(Ipv4Addr::from(n));
            assert_eq!(access.actor(Some(wrong.reveal()), from).await, Err(Denied::Unknown));
        }
        assert!(access.failures.lock().expect("not poisoned").len() <= COUNTED_ADDRESSES);
    }
}
