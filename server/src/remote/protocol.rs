//! What Stagger and the supervisor on a host say to each other: the one place that writes and reads it, for both sides.
//!
//! A request is one line given to the host's login shell:
//!
//! ```text
//! [sudo -n -- ]sh -c '<LAUNCH>' stagger <DIR> <HASH> <VERB> <ARG>...
//! ```
//!
//! | Verb | Arguments | Standard input | Answer |
//! |---|---|---|---|
//! | `install` | BYTES | the supervisor's text | `stagger 1 installed store=<id>` |
//! | `begin` | OP NUMBER EPOCH SPEC TIMEOUT_S ENV_BYTES SCRIPT_BYTES OUT_FROM ERR_FROM ACKS FLAGS | environment, script, SPEC and a line feed | header, frames |
//! | `tail` | OP NUMBER OUT_FROM ERR_FROM | – | header, frames |
//! | `cancel` | OP NUMBER EPOCH | – | header |
//! | `ack` | ACKS | – | `stagger 1 acknowledged` |
//! | `list` | – | – | lines `op <OP> <NUMBER> done|running|claimed|lost` |
//!
//! The line after the script is its SPEC again: a connection that is cut while the script is on its way can never start
//! half of it.
//!
//! A header is `stagger 1 <STATE>[ boot=<id>][ store=<id>][ epoch=<n>]`. After `started`, `running` and `done` come
//! frames: `out <OFFSET> <LEN>` and `err <OFFSET> <LEN>`, each followed by LEN bytes (a LEN of 0 is a sign of life), in
//! the end `res <LEN>` with what the script wrote to `$STAGGER_OUTPUT`, and last
//! `end exit=<n> signal=<n> cause=<exit|signal|timeout|cancel> ms=<n> out=<total> err=<total>`. A channel that closes
//! before `end` says nothing about the script.
//!
//! Never found here: a connection, and what the runner or the host make of a message.

use jobs::attempt::Op;
use jobs::time::Duration;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

mod answer;
mod environment;

pub use answer::{Answers, Cause, End, Garbled, Header, Line, State, Stream, output_frame, result_frame};
pub use environment::{InvalidVariable, decode_environment, encode_environment};

/// The exit code of a request whose supervisor text is not on the host yet; nothing else has run.
pub const NOT_INSTALLED: u32 = 95;
/// The exit code of a request that was refused before anything ran; stderr says why.
pub const REFUSED: u32 = 97;

/// Finds the supervisor in its folder and hands over to it, or exits with [`NOT_INSTALLED`]. It holds no quote and no
/// exclamation mark, so that every login shell passes it on unchanged; a folder of somebody else is not trusted.
pub const LAUNCH: &str = "d=$1 h=$2; if [ \"$d\" = - ]; then if [ -O / ]; then d=/var/lib/stagger; \
else d=${XDG_STATE_HOME:-$HOME/.local/state}/stagger; fi; fi; \
[ -O \"$d\" ] && [ -s \"$d/store\" ] && [ -r \"$d/bin/$h/host\" ] || exit 95; shift 2; . \"$d/bin/$h/host\"";

/// Puts the supervisor's text in its folder by rename, and makes the folders that it needs, all of them private.
pub const INSTALL: &str = "d=$1 h=$2 n=$4; if [ \"$d\" = - ]; then if [ -O / ]; then d=/var/lib/stagger; \
else d=${XDG_STATE_HOME:-$HOME/.local/state}/stagger; fi; fi; umask 077; f=$d/bin/$h/host; \
mkdir -p \"$d/bin/$h\" \"$d/ops\" \"$d/acked\" && [ -O \"$d\" ] && chmod 700 \"$d\" && cat >\"$f.$$\" && \
[ \"$(wc -c <\"$f.$$\")\" -eq \"$n\" ] && mv -f \"$f.$$\" \"$f\" && \
{ [ -s \"$d/store\" ] || { read -r s </proc/sys/kernel/random/uuid && echo \"$s\" >\"$d/store.$$\" && \
{ ln \"$d/store.$$\" \"$d/store\" 2>/dev/null || [ -s \"$d/store\" ]; } && rm -f \"$d/store.$$\"; }; } && sync && \
read -r s <\"$d/store\" && echo \"stagger 1 installed store=$s\" && exit 0; echo \"stagger: cannot install into $d\" >&2; exit 97";

/// Reads standard input up to a line of its own, then runs what follows. It stands behind `sudo -S`, which reads the
/// password only where one is asked for: without it, an unread password would be taken for the script.
const SWALLOW: &str = "while IFS= read -r l; do [ \"$l\" = stagger-stdin ] && exec \"$@\"; done; exit 97";

/// The line that ends what `sudo -S` may or may not have read.
pub const SUDO_MARK: &str = "stagger-stdin\n";

/// How a request becomes root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rights {
    /// Not at all: as whoever logged in.
    Login,
    /// By `sudo -n`: it must not ask.
    Sudo,
    /// By `sudo -S`: standard input starts with the password, a line feed and [`SUDO_MARK`].
    SudoPassword,
}

/// One request to a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The absolute folder of Stagger on the host; none is the default of whoever runs it.
    pub dir: Option<String>,
    /// The first 16 hexadecimal digits of the SHA-256 of the supervisor's text.
    pub hash: String,
    /// What is asked.
    pub verb: Verb,
}

/// What is asked of a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verb {
    /// Take this supervisor; its text is on standard input.
    Install {
        /// Its length.
        bytes: u64,
    },
    /// Start the attempt unless it has been started, and follow it to its end.
    Begin(Begin),
    /// Follow the attempt; never start it.
    Tail {
        /// Which.
        attempt: Tried,
        /// Bytes of stdout that the controller has.
        out_from: u64,
        /// Bytes of stderr that the controller has.
        err_from: u64,
    },
    /// End the script: SIGTERM, ten seconds of grace, SIGKILL. One that has not begun never will, even if its `begin` is
    /// still on the way.
    Cancel {
        /// Which.
        attempt: Tried,
        /// Who asks.
        epoch: u64,
    },
    /// Forget these; their results are on record. They can never be started again.
    Ack(Vec<Tried>),
    /// Say what is there.
    List,
}

/// The arguments of `begin`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Begin {
    /// Which.
    pub attempt: Tried,
    /// The controller's epoch: it grows each time a controller starts, and a host listens to the highest only.
    pub epoch: u64,
    /// A hash of all that the script is; the same attempt with another one is a conflict.
    pub spec: String,
    /// How long the script may run, in whole seconds; zero is for ever.
    pub timeout: Duration,
    /// How much of standard input is the environment.
    pub env_bytes: u64,
    /// How much of standard input, after the environment, is the script. `spec` and a line feed end it.
    pub script_bytes: u64,
    /// Bytes of stdout that the controller has.
    pub out_from: u64,
    /// Bytes of stderr that the controller has.
    pub err_from: u64,
    /// Earlier attempts to forget.
    pub acks: Vec<Tried>,
    /// What else holds.
    pub flags: Flags,
}

/// What else holds for a `begin`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Flags {
    /// `reboot`: losing the host is what the script is for. A host that has another boot id than when it claimed the
    /// attempt answers `vanished-rebooted` whatever else it knows.
    pub reboot: bool,
    /// `known`: the host has answered for this attempt before. One that knows nothing of it answers `unknown`, and
    /// starts nothing: it was re-imaged or rolled back.
    pub known: bool,
    /// `store.<id>`: the attempt may have begun in the folder with this id. Another folder that knows nothing of it answers
    /// `unknown`, and starts nothing; the same one knows whether it began.
    pub store: Option<Arc<str>>,
}

/// One attempt as a host names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tried {
    /// The effect.
    pub op: Op,
    /// Which try of it, from 1.
    pub number: u16,
}

impl fmt::Display for Tried {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.op, self.number)
    }
}

impl FromStr for Tried {
    type Err = Garbled;

    fn from_str(text: &str) -> Result<Tried, Garbled> {
        let parsed = text.split_once('/').and_then(|(op, number)| tried(op, number));
        parsed.ok_or_else(|| Garbled::new("an attempt", text))
    }
}

impl Request {
    fn text(&self) -> &'static str {
        if matches!(self.verb, Verb::Install { .. }) { INSTALL } else { LAUNCH }
    }

    /// The arguments of a `sh` that is started without another shell before it, so that the folder may be any path.
    pub fn arguments(&self) -> Vec<String> {
        let dir = self.dir.as_deref().unwrap_or("-");
        let mut arguments: Vec<String> = ["-c", self.text(), "stagger", dir, &self.hash].map(str::to_owned).into();
        arguments.extend(self.verb.to_string().split(' ').map(str::to_owned));
        arguments
    }

    /// The line for the host's login shell. The folder must be one that no shell reads anything into.
    pub fn line(&self, rights: Rights) -> String {
        let text = self.text();
        let sudo = match rights {
            Rights::Login => String::new(),
            Rights::Sudo => "sudo -n -- ".to_owned(),
            Rights::SudoPassword => format!("sudo -S -p '' -- sh -c '{SWALLOW}' stagger-sudo "),
        };
        let dir = self.dir.as_deref().unwrap_or("-");
        format!("{sudo}sh -c '{text}' stagger {dir} {} {}", self.hash, self.verb)
    }

    /// Reads such a line; none when it is anything else.
    pub fn parse(line: &str) -> Option<Request> {
        let (_, rest) = line.split_once("sh -c '")?;
        let (_, words) = rest.rsplit_once("' stagger ")?;
        let mut words = words.split_ascii_whitespace();
        let dir = words.next().filter(|dir| *dir == "-" || dir.starts_with('/'))?;
        let hash = words.next()?.to_owned();
        let verb = words.next()?;
        let rest: Vec<&str> = words.collect();
        let dir = (dir != "-").then(|| dir.to_owned());
        Some(Request { dir, hash, verb: Verb::parse(verb, &rest)? })
    }
}

impl fmt::Display for Verb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Verb::Install { bytes } => write!(f, "install {bytes}"),
            Verb::Begin(begin) => begin.fmt(f),
            Verb::Tail { attempt: Tried { op, number }, out_from, err_from } => {
                write!(f, "tail {op} {number} {out_from} {err_from}")
            }
            Verb::Cancel { attempt: Tried { op, number }, epoch } => write!(f, "cancel {op} {number} {epoch}"),
            Verb::Ack(acks) => write!(f, "ack {}", join(acks)),
            Verb::List => f.write_str("list"),
        }
    }
}

impl fmt::Display for Begin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Begin { attempt: Tried { op, number }, epoch, spec, timeout, env_bytes, script_bytes, .. } = self;
        let Begin { out_from, err_from, acks, flags, .. } = self;
        let seconds = timeout.0.div_ceil(1_000);
        write!(f, "begin {op} {number} {epoch} {spec} {seconds} {env_bytes} {script_bytes}")?;
        write!(f, " {out_from} {err_from} {} {flags}", join(acks))
    }
}

impl Verb {
    fn parse(verb: &str, words: &[&str]) -> Option<Verb> {
        match (verb, words) {
            ("install", [bytes]) => Some(Verb::Install { bytes: bytes.parse().ok()? }),
            ("begin", words) => Begin::parse(words).map(Verb::Begin),
            ("tail", [op, number, out, err]) => {
                let (out_from, err_from) = (out.parse().ok()?, err.parse().ok()?);
                Some(Verb::Tail { attempt: tried(op, number)?, out_from, err_from })
            }
            ("cancel", [op, number, epoch]) => {
                Some(Verb::Cancel { attempt: tried(op, number)?, epoch: epoch.parse().ok()? })
            }
            ("ack", [acks]) => Some(Verb::Ack(parse_acks(acks)?)),
            ("list", []) => Some(Verb::List),
            _ => None,
        }
    }
}

impl Begin {
    fn parse(words: &[&str]) -> Option<Begin> {
        let [op, number, epoch, spec, seconds, env_bytes, script_bytes, out_from, err_from, acks, flags] = words else {
            return None;
        };
        let timeout = Duration(seconds.parse::<u64>().ok()?.checked_mul(1_000)?);
        Some(Begin {
            attempt: tried(op, number)?,
            epoch: epoch.parse().ok()?,
            spec: (*spec).to_owned(),
            timeout,
            env_bytes: env_bytes.parse().ok()?,
            script_bytes: script_bytes.parse().ok()?,
            out_from: out_from.parse().ok()?,
            err_from: err_from.parse().ok()?,
            acks: parse_acks(acks)?,
            flags: Flags::parse(flags),
        })
    }
}

impl Flags {
    /// A flag that is not known yet is left aside, so that a later controller may ask for more.
    fn parse(text: &str) -> Flags {
        let has = |name| text.split(',').any(|flag| flag == name);
        let store = text.split(',').find_map(|flag| flag.strip_prefix("store.")).map(Arc::from);
        Flags { reboot: has("reboot"), known: has("known"), store }
    }
}

impl fmt::Display for Flags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match (self.reboot, self.known) {
            (false, false) => "-",
            (true, false) => "reboot",
            (false, true) => "known",
            (true, true) => "reboot,known",
        })?;
        match &self.store {
            None => Ok(()),
            Some(store) => write!(f, ",store.{store}"),
        }
    }
}

fn tried(op: &str, number: &str) -> Option<Tried> {
    if op.len() != 32 || !op.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f')) {
        return None;
    }
    let bytes = u128::from_str_radix(op, 16).ok()?.to_be_bytes();
    Some(Tried { op: Op(bytes), number: number.parse().ok()? })
}

fn join(acks: &[Tried]) -> String {
    if acks.is_empty() {
        return "-".to_owned();
    }
    acks.iter().map(Tried::to_string).collect::<Vec<_>>().join(",")
}

fn parse_acks(text: &str) -> Option<Vec<Tried>> {
    if text == "-" {
        return Some(Vec::new());
    }
    text.split(',').map(|ack| ack.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attempt(number: u16) -> Tried {
        Tried { op: Op([0xab; 16]), number }
    }

    fn begin() -> Begin {
        Begin {
            attempt: attempt(2),
            epoch: 7,
            spec: "0011223344556677".to_owned(),
            timeout: Duration::seconds(90),
            env_bytes: 41,
            script_bytes: 9,
            out_from: 10,
            err_from: 0,
            acks: vec![attempt(1), Tried { op: Op([0; 16]), number: 9 }],
            flags: Flags { reboot: true, known: true, store: Some("s-1".into()) },
        }
    }

    #[test]
    fn every_request_reads_back_as_it_was_written() {
        let verbs = [
            Verb::Install { bytes: 12_345 },
            Verb::Begin(begin()),
            Verb::Begin(Begin { acks: vec![], flags: Flags::default(), ..begin() }),
            Verb::Tail { attempt: attempt(1), out_from: 5, err_from: 6 },
            Verb::Cancel { attempt: attempt(1), epoch: 3 },
            Verb::Ack(vec![attempt(1), attempt(2)]),
            Verb::List,
        ];
        for verb in verbs {
            for dir in [None, Some("/srv/stagger".to_owned())] {
                for rights in [Rights::Login, Rights::Sudo, Rights::SudoPassword] {
                    let request = Request { dir: dir.clone(), hash: "0123456789abcdef".to_owned(), verb: verb.clone() };
                    assert_eq!(Request::parse(&request.line(rights)), Some(request));
                }
            }
        }
    }

    #[test]
    fn a_request_is_the_line_that_the_protocol_promises() {
        let request = Request { dir: None, hash: "0123456789abcdef".to_owned(), verb: Verb::Begin(begin()) };
        let line = request.line(Rights::Sudo);
        let op = "ab".repeat(16);
        assert!(line.starts_with("sudo -n -- sh -c '"), "{line}");
        let zeros = "00".repeat(16);
        let end = format!(
            "' stagger - 0123456789abcdef begin {op} 2 7 0011223344556677 90 41 9 10 0 {op}/1,{zeros}/9 reboot,known,store.s-1"
        );
        assert!(line.ends_with(&end), "{line}");
    }

    #[test]
    fn texts_for_the_shell_hold_nothing_that_a_login_shell_could_change() {
        for text in [LAUNCH, INSTALL, SWALLOW] {
            assert!(!text.contains(['\'', '!', '\n', '\\']), "{text}");
        }
    }

    #[test]
    fn anything_else_is_not_a_request() {
        let op = "ab".repeat(16);
        for line in [
            "ls".to_owned(),
            "sh -c 'x' stagger".to_owned(),
            "sh -c 'x' stagger relative 00 list".to_owned(),
            "sh -c 'x' stagger - 00 erase".to_owned(),
            format!("sh -c 'x' stagger - 00 tail {op} 1 0"),
            format!("sh -c 'x' stagger - 00 tail {} 1 0 0", &op[1..]),
            format!("sh -c 'x' stagger - 00 tail {op} 70000 0 0"),
            format!("sh -c 'x' stagger - 00 ack {op}"),
        ] {
            assert_eq!(Request::parse(&line), None, "{line}");
        }
    }

    #[test]
    fn part_of_a_second_counts_as_a_second() {
        let short = Begin { timeout: Duration(1), ..begin() };
        assert!(short.to_string().contains(" 0011223344556677 1 41 9 "), "{short}");
    }
}
