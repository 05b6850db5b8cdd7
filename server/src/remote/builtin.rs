//! Steps that Stagger itself carries out on the controller: waiting, asserting, one HTTP request, one e-mail.
//!
//! A request and an e-mail go out at most once: a mark is made durable before, and a controller that finds the mark of an
//! earlier life says that it does not know, instead of sending again.
//!
//! Never found here: scripts, and a reboot (`pursuit`).

use crate::remote::script::resolve;
use jobs::action::{Builtin, Run};
use jobs::attempt::{Ending, How, Order, Report, Vanished};
use jobs::parameter::Values;
use jobs::time::{Duration, Timestamp};
use serde_json::Value;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::time::{Instant, SystemTime, UNIX_EPOCH};
use tokio::sync::watch;

mod email;
mod http;

pub use email::{Mail, Security};

/// What built-in steps share.
pub(super) struct Builtins {
    folder: PathBuf,
    mail: Option<Mail>,
    http: http::Requests,
}

/// How a built-in came out, in its own words.
pub(super) enum Came {
    Well(Values),
    Badly(String, Values),
    TimedOut,
}

/// Marks older than this belong to nobody.
const MARKS_KEPT: std::time::Duration = std::time::Duration::from_secs(30 * 86_400);

impl Builtins {
    pub(super) fn new(folder: &Path, mail: Option<Mail>) -> Builtins {
        let folder = folder.join("once");
        remove_old(&folder);
        Builtins { folder, mail, http: http::Requests::default() }
    }

    /// Carries the step out, unless it is killed before.
    pub(super) async fn run(&self, order: &Order, mut killed: watch::Receiver<bool>) -> Report {
        let started = Instant::now();
        let values = match resolve(order) {
            Ok(values) => values,
            Err(unfit) => return Report::Refused { why: unfit.to_string().into() },
        };
        let report = tokio::select! {
            report = self.carry_out(order, &values) => report,
            _ = killed.wait_for(|killed| *killed) => Ok(ended(How::Killed, Values::new(), None)),
        };
        match report {
            Ok(Report::Ended(ending)) => {
                let took = Duration(u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX));
                Report::Ended(Ending { took, ..ending })
            }
            Ok(report) => report,
            Err(why) => Report::Refused { why: why.into() },
        }
    }

    /// The error is why nothing was done.
    async fn carry_out(&self, order: &Order, values: &Values) -> Result<Report, String> {
        let came = match order.run {
            Run::Builtin(Builtin::Wait) => wait(order.started_at, length(values)?).await,
            Run::Builtin(Builtin::Assert) => assert(values),
            Run::Builtin(Builtin::Http) => {
                let request = self.http.prepare(values, order.timeout.to_std())?;
                if !self.mark(order)? {
                    return Ok(Report::Vanished(Vanished::ControllerEnded));
                }
                request.send().await
            }
            Run::Builtin(Builtin::Email) => {
                let letter = email::prepare(self.mail.as_ref(), values)?;
                if !self.mark(order)? {
                    return Ok(Report::Vanished(Vanished::ControllerEnded));
                }
                letter.send(order.timeout.to_std()).await
            }
            Run::Builtin(Builtin::Reboot) | Run::Script(_) => return Err("it is a step for a host".to_owned()),
        };
        Ok(match came {
            Came::Well(output) => ended(How::Exited(0), output, None),
            Came::Badly(why, output) => ended(How::Exited(1), output, Some(why)),
            Came::TimedOut => ended(How::TimedOut, Values::new(), None),
        })
    }

    /// Makes the mark of this attempt, durably. False if it is there already.
    fn mark(&self, order: &Order) -> Result<bool, String> {
        let path = self.path(order);
        match make_mark(&path) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
            Err(error) => Err(format!("{} cannot be written ({error}); nothing was sent", path.display())),
        }
    }

    /// The mark of an attempt, to be removed when its end is on record.
    pub(super) fn path(&self, order: &Order) -> PathBuf {
        self.folder.join(format!("{}.{}", order.op(), order.attempt.number))
    }
}

fn make_mark(path: &Path) -> io::Result<()> {
    let Some(folder) = path.parent() else { return Err(io::ErrorKind::InvalidInput.into()) };
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    OpenOptions::new().create_new(true).write(true).open(path)?.sync_all()?;
    File::open(folder)?.sync_all()
}

fn remove_old(folder: &Path) {
    let Ok(marks) = std::fs::read_dir(folder) else { return };
    for mark in marks.flatten() {
        let age = mark.metadata().and_then(|about| about.modified()).ok().and_then(|time| time.elapsed().ok());
        if age.is_some_and(|age| age > MARKS_KEPT) && std::fs::remove_file(mark.path()).is_err() {
            tracing::warn!(path = %mark.path().display(), "an old mark cannot be removed");
        }
    }
}

fn ended(how: How, output: Values, error: Option<String>) -> Report {
    let error = error.map(Into::into);
    Report::Ended(Ending { how, output, error, took: Duration::ZERO, out_bytes: 0, err_bytes: 0 })
}

fn length(values: &Values) -> Result<Duration, String> {
    match values.get("for") {
        Some(Value::String(text)) => text.parse().map_err(|error: jobs::time::InvalidDuration| error.to_string()),
        Some(Value::Number(number)) if number.as_u64().is_some() => {
            Ok(Duration::seconds(number.as_u64().unwrap_or_default()))
        }
        _ => Err("`for` must be a length of time, such as 30s".to_owned()),
    }
}

/// Until an instant, not for a time: a controller that was away in between does not wait again.
async fn wait(from: Timestamp, length: Duration) -> Came {
    let until = from + length;
    loop {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let now = Timestamp(u64::try_from(now.as_millis()).unwrap_or(u64::MAX));
        if now >= until {
            return Came::Well(Values::new());
        }
        // In short stretches, because the clock may be set meanwhile.
        tokio::time::sleep((until - now).to_std().min(std::time::Duration::from_secs(30))).await;
    }
}

fn assert(values: &Values) -> Came {
    let holds = match values.get("that") {
        Some(Value::Bool(holds)) => *holds,
        Some(Value::String(text)) => text == "true",
        _ => false,
    };
    if holds {
        return Came::Well(Values::new());
    }
    let message = values.get("message").and_then(Value::as_str).unwrap_or("the assertion does not hold");
    Came::Badly(message.to_owned(), Values::new())
}
