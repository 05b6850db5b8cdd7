//! Pursues one attempt to its end: begins it, follows it, begins again when the connection is lost, and says how it ended.
//!
//! `begin` is all there is: a first start, a lost connection and a restarted controller go the same way, and the host
//! says which it was.
//!
//! Never found here: a count of tries. It goes on until the order is withdrawn.

use crate::remote::link::{Use, pause};
use crate::remote::protocol::{
    Answers, Begin, Cause, End, Flags, Garbled, Header, Line, NOT_INSTALLED, REFUSED, State, Stream, Tried, Verb,
};
use crate::remote::result::parse_result;
use crate::remote::runners::Reports;
use crate::remote::script::Script;
use crate::remote::session::Unreachable;
use crate::remote::shell::{Running, Said, Shell};
use crate::remote::stores::Folder;
use futures_util::FutureExt;
use jobs::action::Place;
use jobs::attempt::{Ending, How, Order, Report, Vanished};
use jobs::parameter::Values;
use serde_json::Value;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};

/// The supervisor's text, given to hosts that do not have it.
pub(super) const SUPERVISOR: &str = include_str!("host.sh");

/// The longest pause between two tries to reach a host.
const PATIENCE: Duration = Duration::from_secs(60);
/// The same for a host that is being rebooted, and is expected back.
const REBOOT_PATIENCE: Duration = Duration::from_secs(4);
/// How often a host is asked whether it has been rebooted.
const REBOOT_PAUSE: Duration = Duration::from_secs(2);
/// So often a killed attempt is asked for at that pace; after that the host counts as out of reach.
const BUSY_TRIES: u32 = 20;
/// How often a killed attempt is asked for while the host is about to begin it.
const BAR_PAUSE: Duration = Duration::from_millis(500);
/// How long a host may take to the first line of an answer; it makes three files durable meanwhile.
const FIRST_ANSWER: Duration = Duration::from_secs(90);
/// How long a follower may say nothing at all; a supervisor's gives a sign of life every quarter of a minute.
const SILENCE: Duration = Duration::from_secs(60);
/// How much of stderr is read again when an attempt is taken up, to have its last line.
const LAST_LINE: u64 = 512;
/// How much of what an exec says on stderr by itself is kept for a message.
const MAX_COMPLAINT: usize = 400;

/// One attempt on its way.
pub(super) struct Pursuit {
    pub(super) order: Order,
    attempt: Tried,
    pub(super) script: Script,
    pub(super) epoch: u64,
    pub(super) hash: Arc<str>,
    pub(super) reports: Arc<dyn Reports>,
    pub(super) using: Use,
    /// Whether the script is to be ended.
    pub(super) killed: watch::Receiver<bool>,
    folder: Folder,
    /// Whether `begin` may have reached the host.
    may_have_begun: bool,
    /// The host has answered for the attempt.
    known: bool,
    /// The folder on the host that another controller may have begun the attempt in.
    begun_in: Option<Arc<str>>,
    kept: (u64, u64),
    last_error: LastLine,
    /// Exchanges in a row that came to nothing.
    failures: u32,
    /// How often a cancel was answered with `busy`.
    busy: u32,
    /// Whether the last word about the host was that it is out of reach.
    is_out: bool,
    /// For a reboot: when the host must be back.
    back_by: Option<Instant>,
}

/// What came of one exchange with the host.
enum Came {
    /// There is nothing more to find out.
    Report(Report),
    /// The host is to be asked again after this time: it is still to go down for its reboot.
    AskAgain(Duration),
}

/// Why an exchange ended without an answer.
enum Cut {
    /// The host has no supervisor yet.
    NotInstalled,
    /// It was refused before anything ran.
    Refused(String),
    /// Nothing is known.
    Lost(String),
}

impl From<Unreachable> for Cut {
    fn from(error: Unreachable) -> Cut {
        Cut::Lost(error.to_string())
    }
}

impl From<Garbled> for Cut {
    fn from(error: Garbled) -> Cut {
        Cut::Lost(format!("the host's answer makes no sense: {error}"))
    }
}

impl Pursuit {
    pub(super) fn new(
        order: Order,
        script: Script,
        epoch: u64,
        hash: Arc<str>,
        reports: Arc<dyn Reports>,
        using: Use,
        killed: watch::Receiver<bool>,
    ) -> Pursuit {
        // Of an attempt that was decided just now nothing can be there yet.
        let kept = if order.inherited { reports.kept(order.job, order.attempt) } else { (0, 0) };
        let folder = using.link.folder(&order.host, order.sudo);
        let begun_in = using.stores().id(&folder).filter(|_| order.inherited && order.place == Place::Host);
        Pursuit {
            may_have_begun: kept != (0, 0),
            known: false,
            folder,
            begun_in,
            last_error: LastLine::default(),
            failures: 0,
            busy: 0,
            is_out: false,
            back_by: None,
            attempt: Tried { op: order.op(), number: order.attempt.number },
            order,
            script,
            epoch,
            hash,
            reports,
            using,
            killed,
            kept,
        }
    }

    /// Goes on until there is a last report, and returns it. Reports on the way that the host cannot be reached.
    pub(super) async fn run(mut self) -> Report {
        loop {
            if self.is_late() {
                return Report::Vanished(Vanished::NotBack);
            }
            // Whatever a host makes us do, it is this host's failure only.
            let why = match AssertUnwindSafe(self.exchange()).catch_unwind().await {
                Ok(Ok(Came::Report(report))) => return report,
                Ok(Ok(Came::AskAgain(pause))) => {
                    sleep(pause).await;
                    continue;
                }
                Ok(Err(Cut::Refused(why))) => return Report::Refused { why: why.into() },
                Ok(Err(Cut::NotInstalled)) => "the supervisor was installed, and is not there".to_owned(),
                Ok(Err(Cut::Lost(why))) => why,
                Err(_) => "a fault of Stagger's own in this session; see its log".to_owned(),
            };
            self.out_of_reach(why.into());
            self.failures = self.failures.saturating_add(1);
            sleep(pause(self.failures, self.patience())).await;
        }
    }

    fn patience(&self) -> Duration {
        if self.back_by.is_some() { REBOOT_PATIENCE } else { PATIENCE }
    }

    /// A host that is being rebooted is expected to be out of reach; it is not news until its time is up.
    fn out_of_reach(&mut self, why: Arc<str>) {
        tracing::debug!(%why, "out of reach");
        if self.back_by.is_none() {
            let report = Report::OutOfReach { why, may_have_begun: self.may_have_begun };
            self.reports.report(self.order.job, self.order.attempt, report);
            self.is_out = true;
        }
    }

    /// Takes back that the host is out of reach, before the first byte that may begin anything there: whoever decides
    /// must not give a host up as untouched from then on.
    fn in_reach(&mut self) {
        if std::mem::take(&mut self.is_out) {
            self.reports.report(self.order.job, self.order.attempt, Report::Begun);
        }
    }

    fn is_late(&self) -> bool {
        self.back_by.is_some_and(|back_by| Instant::now() >= back_by)
    }

    async fn exchange(&mut self) -> Result<Came, Cut> {
        let connecting = self.using.shell(self.patience());
        let shell = match self.back_by {
            None => connecting.await,
            Some(back_by) => match tokio::time::timeout_at(back_by, connecting).await {
                Ok(shell) => shell,
                Err(_) => return Ok(Came::Report(Report::Vanished(Vanished::NotBack))),
            },
        };
        let shell = shell.map_err(|why| Cut::Lost(why.to_string()))?;
        if self.is_first_contact() {
            self.install(&shell).await?;
        }
        match self.ask(&shell).await {
            Err(Cut::NotInstalled) => {
                self.install(&shell).await?;
                self.ask(&shell).await
            }
            came => came,
        }
    }

    /// Whether the host's folder is not on record yet; nothing may begin before it is.
    fn is_first_contact(&self) -> bool {
        self.order.place == Place::Host && self.using.stores().id(&self.folder).is_none()
    }

    /// Puts on record which folder answered.
    async fn meet(&self, header: &Header) -> Result<(), Cut> {
        if self.order.place == Place::Controller {
            return Ok(());
        }
        self.using.stores().keep(&self.folder, &header.store).await.map_err(|why| Cut::Lost(why.to_string()))
    }

    /// Puts the supervisor on the host, and the host's folder on record.
    async fn install(&self, shell: &Shell) -> Result<(), Cut> {
        let verb = Verb::Install { bytes: SUPERVISOR.len() as u64 };
        let mut running = self.say(shell, verb, SUPERVISOR.into()).await?;
        let answer = timeout(FIRST_ANSWER, header(&mut running, &mut Answers::default())).await;
        match answer.map_err(|_| Cut::Lost("no answer to install".to_owned()))?? {
            (header @ Header { state: State::Installed, .. }, _) => self.meet(&header).await,
            (other, _) => Err(Cut::Lost(format!("install was answered with {}", other.state))),
        }
    }

    /// A session that gives no channel in time is given up: the host may be down and its connection not know it yet.
    async fn say(&self, shell: &Shell, verb: Verb, input: Vec<u8>) -> Result<Running, Unreachable> {
        let said = self.using.link.ask(shell, &self.hash, verb, self.order.sudo, input).await;
        if let Err(Unreachable::TimedOut { .. }) = &said {
            self.using.link.drop_session().await;
        }
        said
    }

    /// Asks for the attempt, and follows it if it runs. A killed one that the host has not answered for is never begun to be
    /// ended at once.
    async fn ask(&mut self, shell: &Shell) -> Result<Came, Cut> {
        if *self.killed.borrow() && !self.known {
            return self.bar(shell).await;
        }
        let acks = self.using.link.take_acks(self.order.sudo);
        let mut answers = Answers::default();
        match self.first_answer(shell, acks.clone(), &mut answers).await {
            Ok((header, rest, running)) => self.answered(shell, header, rest, running, answers).await,
            Err(cut) => {
                self.using.link.give_back(acks, self.order.sudo);
                Err(cut)
            }
        }
    }

    async fn first_answer(
        &mut self,
        shell: &Shell,
        acks: Vec<Tried>,
        answers: &mut Answers,
    ) -> Result<(Header, Vec<u8>, Running), Cut> {
        let (verb, input) = self.begin(acks);
        self.in_reach();
        let mut running = self.say(shell, verb, input).await?;
        self.may_have_begun = true;
        let (header, rest) = first_header(&mut running, answers).await?;
        Ok((header, rest, running))
    }

    /// Sees to it that the attempt does not begin any more, though a `begin` that was sent earlier may still be on its way.
    async fn bar(&mut self, shell: &Shell) -> Result<Came, Cut> {
        let mut running = self.say(shell, self.to_cancel(), Vec::new()).await?;
        let (header, _) = first_header(&mut running, &mut Answers::default()).await?;
        self.failures = 0;
        self.meet(&header).await?;
        let report = match header.state {
            State::Cancelling | State::Done => {
                self.known = true;
                self.may_have_begun = true;
                return Ok(Came::AskAgain(Duration::ZERO));
            }
            State::Busy if self.busy < BUSY_TRIES => {
                self.busy += 1;
                return Ok(Came::AskAgain(BAR_PAUSE));
            }
            State::Busy => {
                let host = &self.order.host;
                let why = format!(
                    "{host} still waits for the script from a connection that was lost; it is killed when that ends"
                );
                return Err(Cut::Lost(why));
            }
            State::NoSpace => return Err(Cut::Lost(no_space(self.order.host.as_str()))),
            State::Barred if self.may_have_begun_elsewhere(&header) => Report::Vanished(Vanished::Forgotten),
            state => self.final_word(state, &header)?,
        };
        Ok(Came::Report(report))
    }

    fn to_cancel(&self) -> Verb {
        Verb::Cancel { attempt: self.attempt, epoch: self.epoch }
    }

    /// The request to begin or go on, and what to give with it.
    fn begin(&self, acks: Vec<Tried>) -> (Verb, Vec<u8>) {
        let (out_from, err_from) = (self.kept.0, self.kept.1.saturating_sub(LAST_LINE));
        let Script { environment, text, spec } = &self.script;
        let begin = Begin {
            attempt: self.attempt,
            epoch: self.epoch,
            spec: spec.clone(),
            timeout: self.order.timeout,
            env_bytes: environment.len() as u64,
            script_bytes: text.len() as u64,
            out_from,
            err_from,
            acks,
            flags: Flags {
                reboot: self.order.expects_reboot(),
                known: self.is_known_to_have_begun(),
                store: self.begun_in.clone(),
            },
        };
        (Verb::Begin(begin), [environment.as_bytes(), text.as_bytes(), spec.as_bytes(), b"\n"].concat())
    }

    async fn answered(
        &mut self,
        shell: &Shell,
        header: Header,
        rest: Vec<u8>,
        running: Running,
        answers: Answers,
    ) -> Result<Came, Cut> {
        self.failures = 0;
        self.meet(&header).await?;
        let host = &self.order.host;
        let report = match header.state {
            State::Started | State::Running | State::Done => {
                self.is_known(header.state);
                let (end, result) = self.follow(shell, rest, running, answers).await?;
                return Ok(self.ended(end, &result));
            }
            State::VanishedRebooted if self.order.expects_reboot() => Report::Ended(rebooted(&header)),
            State::NoSpace => Report::Refused { why: no_space(host.as_str()).into() },
            State::Conflict => Report::Refused {
                why: format!("{host} has this attempt on file with another script; retry it as a new attempt").into(),
            },
            State::Busy => {
                let why =
                    format!("an earlier attempt of this step still runs on {host}; this one starts once it ended");
                return Err(Cut::Lost(why));
            }
            state => self.final_word(state, &header)?,
        };
        Ok(Came::Report(report))
    }

    /// What an answer means that says the same whatever was asked.
    fn final_word(&self, state: State, header: &Header) -> Result<Report, Cut> {
        Ok(match state {
            State::VanishedRebooted => Report::Vanished(Vanished::Rebooted),
            State::VanishedKilled => Report::Vanished(Vanished::SupervisorKilled),
            State::Acked => Report::Vanished(Vanished::Cleared),
            State::Unknown => Report::Vanished(Vanished::Forgotten),
            State::Barred => Report::Refused { why: "it was killed before it started".into() },
            State::Fenced => Report::Refused { why: fenced(self.order.host.as_str(), header.epoch, self.epoch).into() },
            other => return Err(Cut::Lost(format!("the host answered with {other}"))),
        })
    }

    fn is_known_to_have_begun(&self) -> bool {
        self.known || self.kept != (0, 0)
    }

    /// Whether a host that knows nothing of the attempt proves nothing by that.
    fn may_have_begun_elsewhere(&self, header: &Header) -> bool {
        let is_another_folder = self.begun_in.as_ref().is_some_and(|store| **store != header.store);
        self.is_known_to_have_begun() || is_another_folder
    }

    /// The host answers for the attempt from now on. A reboot has its deadline from the start of the script; taken up by
    /// another controller, from the moment the attempt was decided, with some time to look.
    fn is_known(&mut self, state: State) {
        self.known = true;
        self.may_have_begun = true;
        if !self.order.expects_reboot() || self.back_by.is_some() {
            return;
        }
        let limit = self.order.timeout.to_std();
        let left = match state {
            State::Started => limit,
            _ => limit.saturating_sub(since(self.order.started_at.0)).max(Duration::from_secs(30)),
        };
        self.back_by = Some(Instant::now() + left);
    }

    /// Reads to the end of the attempt. Meanwhile the order may be to end the script.
    async fn follow(
        &mut self,
        shell: &Shell,
        rest: Vec<u8>,
        mut running: Running,
        mut answers: Answers,
    ) -> Result<(End, Vec<u8>), Cut> {
        let mut result = Vec::new();
        let mut cancelled = false;
        let mut bytes = rest;
        loop {
            if let Some(end) = self.take_in(&mut answers, &bytes, &mut result).await? {
                running.has_said_all();
                return Ok((end, result));
            }
            if *self.killed.borrow_and_update() && !cancelled {
                cancelled = self.cancel(shell).await;
            }
            let said = tokio::select! {
                said = timeout(SILENCE, running.next()) => said,
                Ok(()) = self.killed.changed() => {
                    bytes = Vec::new();
                    continue;
                }
            };
            bytes = match said {
                Ok(Said::Out(bytes)) => bytes,
                Ok(Said::Err(_)) => Vec::new(),
                Ok(Said::Closed(_)) => return Err(Cut::Lost("the connection ended while the script ran".to_owned())),
                Err(_) => return Err(Cut::Lost("the host said nothing for a minute".to_owned())),
            };
        }
    }

    /// Hands on output that is new; returns the end when it has come.
    async fn take_in(&mut self, answers: &mut Answers, bytes: &[u8], result: &mut Vec<u8>) -> Result<Option<End>, Cut> {
        let mut bytes = bytes;
        while let Some(line) = answers.next(&mut bytes)? {
            match line {
                Line::Header(_) => {}
                Line::Output(stream, offset, bytes) => self.output(stream, offset, bytes).await?,
                Line::Result(whole) => *result = whole,
                Line::End(end) => return Ok(Some(end)),
            }
        }
        Ok(None)
    }

    /// Hands on what of these bytes is new. A host that leaves some out is not believed.
    async fn output(&mut self, stream: Stream, offset: u64, bytes: &[u8]) -> Result<(), Cut> {
        if stream == Stream::Err {
            self.last_error.push(bytes);
        }
        let kept = match stream {
            Stream::Out => &mut self.kept.0,
            Stream::Err => &mut self.kept.1,
        };
        let end = offset.saturating_add(bytes.len() as u64);
        if end <= *kept {
            return Ok(());
        }
        if offset > *kept {
            return Err(Cut::Lost(format!("the host left out output: it has gone on at {offset}, not at {kept}")));
        }
        let known = kept.saturating_sub(offset) as usize;
        *kept = end;
        let (job, attempt) = (self.order.job, self.order.attempt);
        self.reports.output(job, attempt, stream, offset + known as u64, bytes[known..].to_vec()).await;
        Ok(())
    }

    /// Whether the host knows that the script is to be ended. If it cannot be told now, it is at the next exchange.
    async fn cancel(&self, shell: &Shell) -> bool {
        let told = async {
            let mut running = self.say(shell, self.to_cancel(), Vec::new()).await.ok()?;
            header(&mut running, &mut Answers::default()).await.ok()
        };
        let heard = timeout(FIRST_ANSWER, told).await.ok().flatten();
        let knows =
            |state| matches!(state, State::Cancelling | State::Done | State::Barred | State::Acked | State::Fenced);
        heard.is_some_and(|(header, _)| knows(header.state))
    }

    fn ended(&self, end: End, result: &[u8]) -> Came {
        let how = match end.cause {
            Cause::Timeout => How::TimedOut,
            Cause::Cancel => How::Killed,
            Cause::Signal => How::Signalled(end.signal),
            Cause::Exit => How::Exited(end.exit),
        };
        if self.order.expects_reboot() && how == How::Exited(0) {
            return Came::AskAgain(REBOOT_PAUSE);
        }
        // Going down ends a script that waits for it; whether the host comes back is what counts.
        if self.order.expects_reboot() && matches!(how, How::Signalled(_)) {
            return Came::AskAgain(REBOOT_PAUSE);
        }
        let error = if how == How::Exited(0) { None } else { self.last_error.text() };
        let output = parse_result(result);
        let ending = Ending { how, output, error, took: end.took, out_bytes: end.out, err_bytes: end.err };
        Came::Report(Report::Ended(ending))
    }
}

fn since(instant_ms: u64) -> Duration {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    now.saturating_sub(Duration::from_millis(instant_ms))
}

fn rebooted(header: &Header) -> Ending {
    let output = Values::from([("boot_id".to_owned(), Value::String(header.boot.clone()))]);
    let took = jobs::time::Duration::ZERO;
    Ending { how: How::Exited(0), output, error: None, took, out_bytes: 0, err_bytes: 0 }
}

fn no_space(host: &str) -> String {
    format!("{host} has no space left for Stagger's folder; make room there and retry")
}

fn fenced(host: &str, seen: Option<u64>, own: u64) -> String {
    match seen {
        Some(seen) if seen > own => {
            format!("{host} has answered a later controller (epoch {seen}, this one is {own}); stop one of them")
        }
        _ => format!("{host} has a later attempt of this step on file; this one will not run"),
    }
}

/// The same as [`header`], within the time that a host may take to it.
async fn first_header(running: &mut Running, answers: &mut Answers) -> Result<(Header, Vec<u8>), Cut> {
    let heard = timeout(FIRST_ANSWER, header(running, answers)).await;
    heard.map_err(|_| Cut::Lost("the host did not answer in time".to_owned()))?
}

/// Reads the first line of an answer, and returns what came after it.
async fn header(running: &mut Running, answers: &mut Answers) -> Result<(Header, Vec<u8>), Cut> {
    let mut complaint = Vec::new();
    loop {
        match running.next().await {
            Said::Out(bytes) => {
                let mut rest = &bytes[..];
                if let Some(Line::Header(header)) = answers.next(&mut rest)? {
                    return Ok((header, rest.to_vec()));
                }
            }
            Said::Err(bytes) => {
                let room = MAX_COMPLAINT.saturating_sub(complaint.len());
                complaint.extend_from_slice(&bytes[..bytes.len().min(room)]);
            }
            Said::Closed(exit) => return Err(without_answer(exit, &complaint)),
        }
    }
}

/// What it means that a request ended without an answer.
fn without_answer(exit: Option<u32>, complaint: &[u8]) -> Cut {
    let complaint = String::from_utf8_lossy(complaint).trim().to_owned();
    match exit {
        Some(NOT_INSTALLED) => Cut::NotInstalled,
        Some(REFUSED) => Cut::Refused(complaint.trim_start_matches("stagger: ").to_owned()),
        Some(1) if complaint.starts_with("sudo:") => {
            Cut::Refused(format!("{complaint}; let the user run sudo without a password, or set sudo_password"))
        }
        Some(code) => Cut::Lost(format!("the host's shell ended with {code} ({complaint})")),
        None => Cut::Lost("the connection ended before the host answered".to_owned()),
    }
}

/// The last line of a stream, read in pieces.
#[derive(Default)]
struct LastLine {
    tail: Vec<u8>,
}

impl LastLine {
    fn push(&mut self, bytes: &[u8]) {
        const MOST: usize = LAST_LINE as usize;
        self.tail.extend_from_slice(&bytes[bytes.len().saturating_sub(MOST)..]);
        let excess = self.tail.len().saturating_sub(MOST);
        self.tail.drain(..excess);
    }

    fn text(&self) -> Option<Arc<str>> {
        let text = String::from_utf8_lossy(&self.tail);
        let line = text.lines().rev().find(|line| !line.trim().is_empty())?;
        Some(line.trim().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_is_found_in_pieces_of_any_size() {
        let text = format!("{}\nE: could not get lock\n\n", "x".repeat(5_000));
        for size in [1, 7, 100, 9_999] {
            let mut last = LastLine::default();
            text.as_bytes().chunks(size).for_each(|piece| last.push(piece));
            assert_eq!(last.text().as_deref(), Some("E: could not get lock"), "pieces of {size}");
        }
        assert_eq!(LastLine::default().text(), None);
    }

    #[test]
    fn an_end_without_an_answer_says_no_more_than_is_known() {
        assert!(matches!(without_answer(Some(NOT_INSTALLED), b""), Cut::NotInstalled));
        assert!(matches!(without_answer(Some(REFUSED), b"stagger: no"), Cut::Refused(why) if why == "no"));
        assert!(matches!(without_answer(Some(1), b"sudo: a password is required"), Cut::Refused(_)));
        assert!(matches!(without_answer(Some(1), b"This account is closed."), Cut::Lost(_)));
        assert!(matches!(without_answer(None, b""), Cut::Lost(_)));
    }
}
