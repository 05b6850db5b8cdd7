//! Makes one request and hands on what is said to it: by a shell on a host through SSH, or on the controller itself.
//!
//! Never found here: what the request means, and what is made of the answer.

use crate::remote::protocol::{Request, Rights, Verb};
use crate::remote::session::{Session, Unreachable};
use russh::{Channel, ChannelMsg, client};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::timeout;

/// Where requests are made.
#[derive(Clone)]
pub(super) enum Shell {
    /// On a host.
    Host(Arc<Session>),
    /// Here.
    Controller,
}

/// A request under way. Dropping it says that nobody listens any more.
pub(super) enum Running {
    Host(OnHost),
    Controller(Box<Process>),
}

/// A request under way on a host.
pub(super) struct OnHost {
    /// Until it is closed.
    channel: Option<Channel<client::Msg>>,
    exit: Option<u32>,
    _permit: OwnedSemaphorePermit,
}

/// What is said to a request.
#[derive(Debug)]
pub(super) enum Said {
    Out(Vec<u8>),
    Err(Vec<u8>),
    /// It has ended: with this exit code, or without any, which says nothing.
    Closed(Option<u32>),
}

/// How long the end of a channel may take after its exit code has come.
const CLOSING: Duration = Duration::from_secs(5);

/// All that a process of the controller gets of the environment of Stagger itself, which may hold secrets.
const PASSED_ON: [&str; 5] = ["PATH", "HOME", "USER", "LANG", "TZ"];

impl Shell {
    /// Makes the request, with this standard input.
    pub(super) async fn run(&self, request: &Request, rights: Rights, input: Vec<u8>) -> Result<Running, Unreachable> {
        match self {
            Shell::Host(session) => {
                let (channel, permit) = session.channel().await?;
                channel.exec(false, request.line(rights)).await?;
                // `begin` says how much it gives, so that no end of the input need be told.
                feed(&channel, input, !matches!(request.verb, Verb::Begin(_))).await?;
                Ok(Running::Host(OnHost { channel: Some(channel), exit: None, _permit: permit }))
            }
            Shell::Controller => Process::start(request, input).map(|process| Running::Controller(Box::new(process))),
        }
    }
}

/// Sends standard input. One that fits the window that every server grants goes at once; a longer one is sent beside,
/// because a host that answers without reading all of it must still be heard.
async fn feed(channel: &Channel<client::Msg>, input: Vec<u8>, has_end: bool) -> Result<(), Unreachable> {
    const AT_ONCE: usize = 32 << 10;
    if input.len() <= AT_ONCE {
        channel.data_bytes(input).await?;
        if has_end {
            channel.eof().await?;
        }
        return Ok(());
    }
    let mut writer = channel.make_writer();
    tokio::spawn(async move {
        // A failure shows as the end of the channel.
        if writer.write_all(&input).await.is_ok() {
            writer.shutdown().await.ok();
        }
    });
    Ok(())
}

impl Running {
    /// The request ends by itself now, and nobody waits for that: the host closes what is left of it.
    pub(super) fn has_said_all(&mut self) {
        if let Running::Host(host) = self {
            host.channel = None;
        }
    }

    /// The next thing it says. After `Closed` there is nothing more.
    pub(super) async fn next(&mut self) -> Said {
        match self {
            Running::Controller(process) => process.next().await,
            Running::Host(host) => host.next().await,
        }
    }
}

impl OnHost {
    /// A host may send its exit code before or after the last of the output, so only the end of the channel counts.
    async fn next(&mut self) -> Said {
        while let Some(channel) = &mut self.channel {
            let message = match self.exit {
                None => channel.wait().await,
                Some(_) => timeout(CLOSING, channel.wait()).await.unwrap_or(None),
            };
            match message {
                Some(ChannelMsg::Data { data }) => return Said::Out(data.into()),
                Some(ChannelMsg::ExtendedData { data, ext: 1 }) => return Said::Err(data.into()),
                Some(ChannelMsg::ExitStatus { exit_status }) => self.exit = Some(exit_status),
                Some(ChannelMsg::Close) | None => self.channel = None,
                Some(_) => {}
            }
        }
        Said::Closed(self.exit)
    }
}

impl Drop for OnHost {
    fn drop(&mut self) {
        if let (Some(channel), Ok(runtime)) = (self.channel.take(), tokio::runtime::Handle::try_current()) {
            // If that fails the connection is gone, and the channel with it.
            runtime.spawn(async move { channel.close().await.ok() });
        }
    }
}

/// A request under way on the controller.
pub(super) struct Process {
    child: Child,
    out: Option<ChildStdout>,
    err: Option<ChildStderr>,
}

impl Process {
    fn start(request: &Request, input: Vec<u8>) -> Result<Process, Unreachable> {
        let passed_on = PASSED_ON.iter().filter_map(|name| Some((name, std::env::var_os(name)?)));
        let mut child = Command::new("/bin/sh")
            .args(request.arguments())
            .env_clear()
            .envs(passed_on)
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(Unreachable::Process)?;
        if let Some(stdin) = child.stdin.take() {
            tokio::spawn(write_all(stdin, input));
        }
        Ok(Process { out: child.stdout.take(), err: child.stderr.take(), child })
    }

    async fn next(&mut self) -> Said {
        let (mut out, mut err) = (vec![0; 32 << 10], vec![0; 4 << 10]);
        loop {
            tokio::select! {
                read = read(&mut self.out, &mut out), if self.out.is_some() => match read {
                    0 => self.out = None,
                    length => { out.truncate(length); return Said::Out(out) }
                },
                read = read(&mut self.err, &mut err), if self.err.is_some() => match read {
                    0 => self.err = None,
                    length => { err.truncate(length); return Said::Err(err) }
                },
                else => break,
            }
        }
        let status = self.child.wait().await.ok();
        Said::Closed(status.and_then(|status| status.code()).and_then(|code| u32::try_from(code).ok()))
    }
}

async fn write_all(mut stdin: ChildStdin, input: Vec<u8>) {
    // A failure shows as the end of the process.
    stdin.write_all(&input).await.ok();
}

async fn read(from: &mut Option<impl AsyncReadExt + Unpin>, into: &mut [u8]) -> usize {
    match from {
        Some(from) => from.read(into).await.unwrap_or(0),
        None => 0,
    }
}
