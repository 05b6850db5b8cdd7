//! One request to a simulated host: from the line and the bytes on standard input to the bytes of the answer.
//!
//! Never found here: logging in, or how a channel is opened.

use super::host::{Host, Whim, input_bytes};
use crate::remote::protocol::{NOT_INSTALLED, REFUSED, Request, SUDO_MARK, Tried, Verb};
use russh::ChannelWriteHalf;
use russh::server::Msg;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Most bytes of standard input that are taken.
pub const MAX_INPUT: usize = 16 << 20;
/// The exit code of a command that does not exist, as shells have it.
const NO_SUCH_COMMAND: u32 = 127;
/// The stream of standard error on an SSH channel.
const STDERR: u32 = 1;
/// How long a follower stays silent at most; then it gives a sign of life.
const SILENCE: Duration = Duration::from_secs(3);

/// A request whose standard input is still coming.
#[derive(Debug)]
pub struct Incoming {
    request: Option<Request>,
    line: String,
    behind_password: bool,
    input: Vec<u8>,
}

impl Incoming {
    /// From the line for the login shell.
    pub fn new(line: String) -> Incoming {
        let request = Request::parse(&line);
        Incoming { request, behind_password: line.contains("sudo -S"), line, input: Vec::new() }
    }

    /// Takes more of standard input. False when it is more than anybody may send.
    pub fn take(&mut self, bytes: &[u8]) -> bool {
        self.input.extend_from_slice(bytes);
        self.input.len() <= MAX_INPUT
    }

    /// Whether all has come that the request waits for.
    pub fn is_whole(&self) -> bool {
        let wanted = match self.request.as_ref().map(|request| &request.verb) {
            Some(Verb::Begin(begin)) => input_bytes(begin),
            Some(Verb::Install { bytes }) => *bytes,
            _ => 0,
        };
        match self.without_password() {
            Some(input) => input.len() as u64 >= wanted,
            None => false,
        }
    }

    /// What comes for the host itself: a password for sudo, with the mark behind it, is not its business.
    fn without_password(&self) -> Option<&[u8]> {
        if !self.behind_password {
            return Some(&self.input);
        }
        let mark = SUDO_MARK.as_bytes();
        let at = self.input.windows(mark.len()).position(|window| window == mark)?;
        Some(&self.input[at + mark.len()..])
    }
}

/// The channel on which an answer goes out, and the connection it belongs to.
#[derive(Debug)]
pub struct Answer {
    /// The channel.
    pub channel: ChannelWriteHalf<Msg>,
    /// Cut when the host goes down or the client is gone.
    pub connection: CancellationToken,
}

/// Answers a request to its end. Whatever a client does with its connection, the host has done what it was asked.
pub async fn serve(host: Arc<Host>, incoming: Incoming, answer: Answer) {
    let connection = answer.connection.clone();
    let answering = async {
        // A channel that is closed takes nothing more; its client has gone away, and that is its right.
        let _ = respond(&host, &incoming, &answer).await;
    };
    tokio::select! {
        biased;
        () = connection.cancelled() => {}
        () = answering => {}
    }
}

async fn respond(host: &Arc<Host>, incoming: &Incoming, answer: &Answer) -> Result<(), russh::Error> {
    let whim = host.whim();
    if whim == Whim::BeforeRequest {
        answer.connection.cancel();
        return Ok(());
    }
    let reply = match &incoming.request {
        None => Reply::error(NO_SUCH_COMMAND, &unknown(host, &incoming.line)),
        Some(request) => carry_out(host, request, incoming.without_password().unwrap_or_default()).await,
    };
    if whim == Whim::BeforeAnswer {
        answer.connection.cancel();
        return Ok(());
    }
    answer.send(host, reply).await
}

/// What is said to a request.
#[derive(Debug)]
struct Reply {
    out: String,
    error: String,
    exit: u32,
    follow: Option<Followed>,
}

/// An attempt that is to be followed, from these offsets on.
#[derive(Clone, Copy, Debug)]
struct Followed {
    tried: Tried,
    out_from: u64,
    err_from: u64,
}

impl Reply {
    fn text(out: String) -> Reply {
        Reply { out, error: String::new(), exit: 0, follow: None }
    }

    fn error(exit: u32, error: &str) -> Reply {
        Reply { out: String::new(), error: format!("stagger: {error}\n"), exit, follow: None }
    }
}

async fn carry_out(host: &Arc<Host>, request: &Request, input: &[u8]) -> Reply {
    if let Verb::Install { bytes } = request.verb {
        return install(host, &request.hash, bytes, input);
    }
    if !host.has_supervisor(&request.hash) {
        return Reply { exit: NOT_INSTALLED, ..Reply::text(String::new()) };
    }
    match &request.verb {
        Verb::Begin(begin) => match host.begin(begin, input).await {
            Err(refusal) => Reply::error(REFUSED, &refusal.to_string()),
            Ok(header) => {
                let followed = Followed { tried: begin.attempt, out_from: begin.out_from, err_from: begin.err_from };
                let follow = header.state.has_frames().then_some(followed);
                Reply { follow, ..Reply::text(header.to_string()) }
            }
        },
        Verb::Tail { attempt, out_from, err_from } => {
            let header = host.tail(*attempt);
            let followed = Followed { tried: *attempt, out_from: *out_from, err_from: *err_from };
            let follow = header.state.has_frames().then_some(followed);
            Reply { follow, ..Reply::text(header.to_string()) }
        }
        Verb::Cancel { attempt, epoch } => Reply::text(host.cancel(*attempt, *epoch).to_string()),
        Verb::Ack(acks) => Reply::text(host.ack(acks).to_string()),
        Verb::List => Reply::text(host.list()),
        Verb::Install { .. } => Reply::text(String::new()),
    }
}

fn install(host: &Host, hash: &str, bytes: u64, input: &[u8]) -> Reply {
    if host.ill.full_disk {
        return Reply::error(REFUSED, "cannot install: no space left on device");
    }
    if input.len() as u64 != bytes {
        return Reply::error(REFUSED, &format!("cannot install: {} of {bytes} bytes came", input.len()));
    }
    Reply::text(host.install(hash).to_string())
}

fn unknown(host: &Host, line: &str) -> String {
    let line: String = line.chars().take(80).collect();
    format!("{} is a simulated host and runs nothing but Stagger's own requests, so not: {line}", host.name())
}

impl Answer {
    async fn send(&self, host: &Host, reply: Reply) -> Result<(), russh::Error> {
        match reply.follow {
            None => self.channel.data_bytes(reply.out.into_bytes()).await?,
            Some(followed) => self.follow(host, reply.out, followed).await?,
        }
        self.channel.extended_data_bytes(STDERR, reply.error.into_bytes()).await?;
        self.channel.exit_status(reply.exit).await?;
        self.channel.eof().await?;
        self.channel.close().await
    }

    /// Sends the header and, as they come, the frames. An attempt that is lost on the way has no end to send.
    async fn follow(&self, host: &Host, header: String, mut followed: Followed) -> Result<(), russh::Error> {
        let mut bytes = header.into_bytes();
        loop {
            let news = host.news();
            tokio::pin!(news);
            news.as_mut().enable();
            let Some(look) = host.look(followed.tried, followed.out_from, followed.err_from) else {
                return self.lose(bytes).await;
            };
            bytes.extend(look.frames);
            self.channel.data_bytes(std::mem::take(&mut bytes)).await?;
            (followed.out_from, followed.err_from) = (look.out_to, look.err_to);
            if look.over {
                return Ok(());
            }
            if !look.more {
                let waited = tokio::time::timeout(look.next.unwrap_or(SILENCE).min(SILENCE), news).await;
                let silent = waited.is_err() && look.next.is_none_or(|next| next > SILENCE);
                bytes.extend(if silent { followed.sign_of_life() } else { Vec::new() });
            }
        }
    }
}

impl Answer {
    /// The attempt is lost. A host that went down with it says nothing any more, not even that it is done.
    async fn lose(&self, unsent: Vec<u8>) -> Result<(), russh::Error> {
        if self.connection.is_cancelled() {
            return Err(russh::Error::Disconnect);
        }
        self.channel.data_bytes(unsent).await
    }
}

impl Followed {
    /// A frame without bytes.
    fn sign_of_life(&self) -> Vec<u8> {
        format!("out {} 0\n", self.out_from).into_bytes()
    }
}
