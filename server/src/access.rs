//! Who may ask: access tokens, and the actor that a token stands for.
//!
//! A token's secret is shown once and never kept; the log holds its SHA-256. A token that was taken back is refused
//! within [`FRESH`]. Never found here: what an actor may do, or how a secret arrived.

use futures_util::future::BoxFuture;
use jobs::command::Actor;
use jobs::fleet::Fleet;
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

/// A token that was not taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveToken {
    /// What it is called; its actor is `token:<name>`.
    pub name: Arc<str>,
    /// The SHA-256 of its secret, in hex.
    pub hash: Arc<str>,
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
            Denied::TooMany { .. } => "right tokens are still let in",
            Denied::Fault(_) => "look at the server's log",
        }
    }
}

/// Reads the live tokens.
pub type ReadTokens = Box<dyn Fn() -> BoxFuture<'static, Result<Vec<LiveToken>, String>> + Send + Sync>;

/// Tells who asks.
pub struct Access {
    read: ReadTokens,
    known: Mutex<Option<Known>>,
    failures: Mutex<HashMap<IpAddr, Failures>>,
}

#[derive(Clone)]
struct Known {
    tokens: Arc<[LiveToken]>,
    read_at: Instant,
}

#[derive(Clone, Copy)]
struct Failures {
    since: Instant,
    count: u32,
}

impl Access {
    /// Over a list of tokens that may be read at any time.
    pub fn new(read: ReadTokens) -> Access {
        Access { read, known: Mutex::new(None), failures: Mutex::default() }
    }

    /// Over the tokens of the fleet.
    pub fn over(backend: Arc<dyn Backend>) -> Access {
        Access::new(Box::new(move || {
            let backend = backend.clone();
            Box::pin(async move { schema::read(&*backend, live_tokens).await.map_err(|fault| fault.to_string()) })
        }))
    }

    /// The actor that a secret stands for. `from` is where the request came from.
    pub async fn actor(&self, secret: Option<&str>, from: IpAddr) -> Result<Actor, Denied> {
        let from = network_of(from);
        match self.check(secret, from).await {
            Err(denied @ (Denied::Malformed(_) | Denied::Unknown)) => Err(self.count_failure(from).unwrap_or(denied)),
            answer => answer,
        }
    }

    async fn check(&self, secret: Option<&str>, from: IpAddr) -> Result<Actor, Denied> {
        let hash = Secret::parse(secret.ok_or(Denied::Missing)?)?.hash();
        if let Some(tokens) = self.fresh() {
            let named = named_by(&tokens, &hash);
            // Reading again makes the engine look up: whoever guesses too often has to wait for the next time.
            if named.is_some() || self.has_failed_too_often(from) {
                return named.ok_or(Denied::Unknown);
            }
        }
        // A token that was made after the list was read is good at once: whoever was shown it may use it.
        named_by(&self.read_again().await?, &hash).ok_or(Denied::Unknown)
    }

    fn has_failed_too_often(&self, from: IpAddr) -> bool {
        let failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        failures.get(&from).is_some_and(|counted| {
            counted.count >= FAILURES_PER_MINUTE && counted.since.elapsed() < Duration::from_secs(60)
        })
    }

    /// The tokens, if they were read lately.
    fn fresh(&self) -> Option<Arc<[LiveToken]>> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).clone();
        known.filter(|known| known.read_at.elapsed() < FRESH).map(|known| known.tokens)
    }

    async fn read_again(&self) -> Result<Arc<[LiveToken]>, Denied> {
        let read_at = Instant::now();
        let tokens: Arc<[LiveToken]> = (self.read)().await.map_err(Denied::Fault)?.into();
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = Some(Known { tokens: tokens.clone(), read_at });
        Ok(tokens)
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

/// The actor whose token has this hash. Every token is compared, and every comparison takes the same time.
fn named_by(tokens: &[LiveToken], hash: &str) -> Option<Actor> {
    let found = tokens.iter().fold(None, |found, token| if same(&token.hash, hash) { Some(token) } else { found });
    found.map(|token| Actor(format!("token:{}", token.name).into()))
}

fn live_tokens(fleet: &Fleet, _position: u64) -> Vec<LiveToken> {
    let live = fleet.tokens.values().filter(|token| !token.revoked);
    live.map(|token| LiveToken { name: token.name.clone(), hash: token.hash.clone() }).collect()
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
        let tokens: Vec<LiveToken> = secrets
            .iter()
            .map(|(name, secret)| LiveToken { name: (*name).into(), hash: secret.hash().into() })
            .collect();
        let reads = Arc::new(AtomicUsize::new(0));
        let counted = reads.clone();
        let read: ReadTokens = Box::new(move || {
            counted.fetch_add(1, Ordering::Relaxed);
            Box::pin(std::future::ready(Ok(tokens.clone())))
        });
        (Access::new(read), reads)
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
        let token = |name: &str, secret: &Secret| LiveToken { name: name.into(), hash: secret.hash().into() };
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
        let token = LiveToken { name: "ops".into(), hash: secret.hash().into() };
        let live = Arc::new(Mutex::new(vec![token]));
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
