//! Runs a script for real, under `/bin/sh` or the interpreter it names, in its host's own folder on this machine.
//!
//! ```text
//! <host>/home            $HOME and the working directory
//! <host>/tmp             $TMPDIR
//! <host>/ops/<op>.<n>/   script, out, err, res
//! ```
//!
//! A script runs with the rights of the fleet and sees this machine: a folder of its own keeps hosts apart that mean no
//! harm, it does not lock anybody in.
//!
//! Never found here: what is answered for an attempt, or whether a script may start.

use super::host::Look;
use crate::remote::protocol::{Cause, End, Stream, Tried, output_frame};
use jobs::time;
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::{Duration, Instant};
use tokio::process::{Child, Command};
use tokio_util::sync::CancellationToken;

/// How long a script may take to end after SIGTERM, before SIGKILL.
const GRACE: Duration = Duration::from_secs(10);
/// How often a follower looks at the files of a running script.
const GLANCE: Duration = Duration::from_millis(50);
/// The exit code of a script that could not be started, as shells have it.
const CANNOT_RUN: i32 = 126;
const LOGIN_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// A script to run.
#[derive(Clone, Debug)]
pub struct Errand {
    /// The host's folder.
    pub folder: PathBuf,
    /// The host's name.
    pub host: String,
    /// The attempt it is for.
    pub attempt: Tried,
    /// What comes on top of what a login has: nothing of the fleet's own environment is passed on.
    pub environment: Vec<(String, String)>,
    /// Its text.
    pub script: Vec<u8>,
    /// Its greatest time; zero is none.
    pub timeout: Duration,
}

/// By which a running script is held.
#[derive(Clone, Debug, Default)]
pub struct Leash {
    cancelled: CancellationToken,
    powerless: CancellationToken,
}

impl Leash {
    /// Ends the script: SIGTERM, ten seconds of grace, SIGKILL.
    pub fn cancel(&self) {
        self.cancelled.cancel();
    }

    /// Kills the script at once; nobody will hear how it ended.
    pub fn power_off(&self) {
        self.powerless.cancel();
    }
}

/// Runs a script to its end; none when the power went off. A script that cannot be started ends with 126 and says why.
pub async fn run(errand: Errand, leash: Leash) -> Option<End> {
    let folder = ops_folder(&errand.folder, errand.attempt);
    let started = Instant::now();
    let (status, cause) = match spawn(&errand, &folder) {
        Ok(mut child) => attend(&mut child, errand.timeout, &leash).await?,
        Err(reason) => {
            let said = format!("the simulated host {} cannot run the script: {reason}\n", errand.host);
            // Where even this cannot be written, the exit code says it alone.
            let _ = fs::write(folder.join("err"), said);
            (ExitStatus::from_raw(CANNOT_RUN << 8), Cause::Exit)
        }
    };
    let length = |name: &str| fs::metadata(folder.join(name)).map_or(0, |file| file.len());
    Some(End {
        exit: status.code().unwrap_or(0),
        signal: status.signal().unwrap_or(0),
        cause: if cause == Cause::Exit && status.signal().is_some() { Cause::Signal } else { cause },
        took: time::Duration(started.elapsed().as_millis() as u64),
        out: length("out"),
        err: length("err"),
    })
}

fn spawn(errand: &Errand, folder: &Path) -> io::Result<Child> {
    let (home, tmp) = (errand.folder.join("home"), errand.folder.join("tmp"));
    for made in [&home, &tmp, folder] {
        fs::create_dir_all(made)?;
    }
    let script = folder.join("script");
    fs::write(&script, &errand.script)?;
    let mut command = if errand.script.starts_with(b"#!") {
        fs::set_permissions(&script, fs::Permissions::from_mode(0o700))?;
        Command::new(&script)
    } else {
        let mut shell = Command::new("/bin/sh");
        shell.arg(&script);
        shell
    };
    File::create(folder.join("res"))?;
    command
        .env_clear()
        .env("PATH", LOGIN_PATH)
        .env("SHELL", "/bin/sh")
        .env("HOME", &home)
        .env("TMPDIR", &tmp)
        .env("STAGGER_HOST", &errand.host)
        .envs(errand.environment.iter().map(|(name, value)| (name, value)))
        .env("STAGGER_OUTPUT", folder.join("res"))
        .current_dir(&home)
        .stdin(Stdio::null())
        .stdout(File::create(folder.join("out"))?)
        .stderr(File::create(folder.join("err"))?)
        .process_group(0);
    command.spawn()
}

/// Waits for the end of a script, and brings it about where it has to be. None when the power went off.
async fn attend(child: &mut Child, timeout: Duration, leash: &Leash) -> Option<(ExitStatus, Cause)> {
    let group = child.id();
    let late =
        async { if timeout.is_zero() { std::future::pending().await } else { tokio::time::sleep(timeout).await } };
    let cause = tokio::select! {
        status = child.wait() => return status.ok().map(|status| (status, Cause::Exit)),
        () = leash.powerless.cancelled() => {
            signal(group, "KILL").await;
            let _ = child.wait().await;
            return None;
        }
        () = leash.cancelled.cancelled() => Cause::Cancel,
        () = late => Cause::Timeout,
    };
    signal(group, "TERM").await;
    let ended = tokio::time::timeout(GRACE, child.wait()).await;
    signal(group, "KILL").await;
    let status = match ended {
        Ok(status) => status,
        Err(_) => child.wait().await,
    };
    status.ok().map(|status| (status, cause))
}

/// Signals a whole process group. The shell's own `kill` does it, which every POSIX system has.
async fn signal(group: Option<u32>, name: &str) {
    let Some(group) = group else { return };
    let script = format!("kill -s {name} -- -{group}");
    // A group that is gone by now needs no signal.
    let _ = Command::new("/bin/sh").args(["-c", &script]).stderr(Stdio::null()).status().await;
}

/// What there is to see of a script beyond these offsets, `at_most` so many bytes of each stream.
///
/// # Errors
/// When its files cannot be read.
pub fn look(
    folder: &Path,
    tried: Tried,
    end: Option<End>,
    out_from: u64,
    err_from: u64,
    at_most: usize,
) -> io::Result<Look> {
    let folder = ops_folder(folder, tried);
    let mut look = Look { next: Some(GLANCE), ..Look::default() };
    let end_of = |total: fn(&End) -> u64| end.as_ref().map(total);
    look.out_to = show(&mut look.frames, Stream::Out, &folder.join("out"), out_from, end_of(|end| end.out), at_most)?;
    look.err_to = show(&mut look.frames, Stream::Err, &folder.join("err"), err_from, end_of(|end| end.err), at_most)?;
    look.more = (look.out_to - out_from).max(look.err_to - err_from) >= at_most as u64;
    if let Some(end) = end.filter(|_| !look.more) {
        look.conclude(&fs::read(folder.join("res")).unwrap_or_default(), &end.to_string());
    }
    Ok(look)
}

/// Adds a frame of what stands in the file from this offset on, up to where the script ended. Returns the offset behind it.
fn show(
    frames: &mut Vec<u8>,
    stream: Stream,
    path: &Path,
    from: u64,
    total: Option<u64>,
    at_most: usize,
) -> io::Result<u64> {
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(from),
        Err(cause) => return Err(cause),
    };
    file.seek(SeekFrom::Start(from))?;
    let room = total.map_or(at_most as u64, |total| total.saturating_sub(from).min(at_most as u64));
    let mut fresh = Vec::new();
    file.take(room).read_to_end(&mut fresh)?;
    if !fresh.is_empty() {
        frames.extend(output_frame(stream, from, fresh.len()).bytes());
        frames.extend(&fresh);
    }
    Ok(from + fresh.len() as u64)
}

/// Removes the files of an attempt.
pub fn forget(folder: &Path, tried: Tried) {
    // What cannot be removed is in nobody's way: the attempt itself is forgotten by the host's memory.
    let _ = fs::remove_dir_all(ops_folder(folder, tried));
}

fn ops_folder(folder: &Path, tried: Tried) -> PathBuf {
    folder.join("ops").join(format!("{}.{}", tried.op, tried.number))
}
