//! The one thread that writes a fleet's files: the journal of starts and the log of what happened to each host.
//!
//! Starts of all hosts that come while one group is being synced are written and synced together as the next, so that
//! ten thousand hosts stay quick. In a group the log is written before the journal: should the process be killed
//! between the two, a start is remembered and not in the journal, which loses an attempt; the other way round it would
//! be started again, which is the one thing that must not happen.
//!
//! Never found here: what a fact means, or a decision.

use super::journal::Start;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use tokio::sync::{oneshot, watch};

/// No line of a journal or a log is longer, in bytes.
const LONGEST_LINE: u64 = 1 << 20;

/// The log of hosts has the operating system's memory for safety, the journal has the disk: a fleet is made to
/// outlive its own process, not its machine.
enum Entry {
    /// A fact about a host.
    Fact(Vec<u8>),
    /// A start: the line for the journal, and whom to tell when it is on disk.
    Start(Vec<u8>, oneshot::Sender<()>),
    /// Write everything and end.
    Close,
}

/// Writes facts and starts in the order in which they are given.
#[derive(Debug)]
pub struct Ledger {
    entries: Sender<Entry>,
    failed: watch::Receiver<Option<LedgerError>>,
}

/// Ends the thread of a [`Ledger`] when it is dropped, after what was given so far has been written.
#[derive(Debug)]
pub struct Closer {
    entries: Sender<Entry>,
    thread: Option<JoinHandle<()>>,
}

/// A file of the fleet that cannot be used.
#[derive(Clone, Debug, thiserror::Error)]
#[error("cannot {verb} {path}: {reason}")]
pub struct LedgerError {
    /// What was tried.
    pub verb: &'static str,
    /// The file.
    pub path: PathBuf,
    /// Why it failed, and where it helps the next step.
    pub reason: String,
}

impl LedgerError {
    /// For an error of the operating system.
    pub fn new(verb: &'static str, path: &Path, cause: &io::Error) -> LedgerError {
        LedgerError { verb, path: path.to_owned(), reason: cause.to_string() }
    }
}

impl Ledger {
    /// Opens the journal, and the log where there is one, for adding to.
    ///
    /// # Errors
    /// When a file cannot be opened, or another fleet has the journal open.
    pub fn open(journal: &Path, log: Option<File>) -> Result<(Ledger, Closer), LedgerError> {
        let file = open_journal(journal)?;
        let (entries, inbox) = channel();
        let (failure, failed) = watch::channel(None);
        let path = journal.to_owned();
        let write = move || {
            if let Err(cause) = write_groups(&inbox, file, log) {
                failure.send_replace(Some(LedgerError::new("write", &path, &cause)));
            }
        };
        let thread = std::thread::Builder::new().name("fleet-ledger".into()).spawn(write);
        let thread = thread.map_err(|cause| LedgerError::new("start a thread for", journal, &cause))?;
        Ok((Ledger { entries: entries.clone(), failed }, Closer { entries, thread: Some(thread) }))
    }

    /// Keeps a fact: one line, with its end.
    pub fn fact(&self, line: Vec<u8>) {
        // A ledger that failed ends the fleet (see `failed`), so what it no longer takes is of no use to anybody.
        let _ = self.entries.send(Entry::Fact(line));
    }

    /// Puts a start into the journal. The receiver hears of it when it is on disk.
    pub fn start(&self, start: &Start) -> oneshot::Receiver<()> {
        let (durable, receiver) = oneshot::channel();
        let mut line = serde_json::to_vec(start).unwrap_or_default();
        line.push(b'\n');
        let _ = self.entries.send(Entry::Start(line, durable));
        receiver
    }

    /// Waits until a write fails, and says how; for ever while all goes well.
    pub async fn failed(&self) -> LedgerError {
        let mut failed = self.failed.clone();
        match failed.wait_for(Option::is_some).await.map(|problem| problem.clone()) {
            Ok(Some(problem)) => problem,
            _ => std::future::pending().await,
        }
    }
}

impl Drop for Closer {
    fn drop(&mut self) {
        // A thread that is gone already has said why (see `Ledger::failed`).
        let _ = self.entries.send(Entry::Close);
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

fn open_journal(path: &Path) -> Result<File, LedgerError> {
    let fail = |verb| move |cause: io::Error| LedgerError::new(verb, path, &cause);
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)
        .map_err(fail("open the journal"))?;
    file.try_lock().map_err(|_| LedgerError {
        verb: "open the journal",
        path: path.to_owned(),
        reason: "another fleet is writing it; stop that one first, or give this one a journal of its own".into(),
    })?;
    cut_torn_line(&mut file).map_err(fail("mend the journal"))?;
    Ok(file)
}

/// Cuts off a last line without an end, and stands behind what is left.
pub(super) fn cut_torn_line(file: &mut File) -> io::Result<()> {
    let length = file.seek(SeekFrom::End(0))?;
    let start = length.saturating_sub(LONGEST_LINE);
    file.seek(SeekFrom::Start(start))?;
    let mut tail = Vec::new();
    file.take(length - start).read_to_end(&mut tail)?;
    let whole = tail.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    if whole == 0 && start > 0 {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "it holds no lines, so it is something else"));
    }
    if whole < tail.len() {
        file.set_len(start + whole as u64)?;
    }
    file.seek(SeekFrom::End(0)).map(|_| ())
}

/// The life of the thread: take all there is, write it, sync it, tell those who wait.
fn write_groups(inbox: &Receiver<Entry>, mut journal: File, mut log: Option<File>) -> io::Result<()> {
    let (mut facts, mut lines, mut waiting) = (Vec::new(), Vec::new(), Vec::new());
    let mut open = true;
    while open && let Ok(first) = inbox.recv() {
        for entry in std::iter::once(first).chain(inbox.try_iter()) {
            match entry {
                Entry::Fact(line) => facts.extend(line),
                Entry::Start(line, durable) => {
                    lines.extend(line);
                    waiting.push(durable);
                }
                Entry::Close => open = false,
            }
        }
        write_group(&mut journal, &mut log, &facts, &lines)?;
        for durable in waiting.drain(..) {
            // Whoever asked may be gone by now; the start is on disk all the same.
            let _ = oneshot::Sender::send(durable, ());
        }
        facts.clear();
        lines.clear();
    }
    Ok(())
}

fn write_group(journal: &mut File, log: &mut Option<File>, facts: &[u8], lines: &[u8]) -> io::Result<()> {
    if let Some(log) = log.as_mut().filter(|_| !facts.is_empty()) {
        log.write_all(facts)?;
    }
    if lines.is_empty() {
        return Ok(());
    }
    journal.write_all(lines)?;
    journal.sync_data()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fleet::journal::read_journal;

    fn start(number: u16) -> Start<'static> {
        Start { t: 5, host: "web-0001".into(), op: "aa".into(), number, step: "install".into() }
    }

    #[test]
    fn a_start_is_in_the_journal_before_anybody_hears_of_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let (ledger, closer) = Ledger::open(&path, None).unwrap();
        for number in 1..=50 {
            ledger.start(&start(number)).blocking_recv().unwrap();
            assert_eq!(read_journal(&path).unwrap().started, u64::from(number));
        }
        drop(closer);
    }

    #[test]
    fn a_fact_is_written_before_the_start_that_follows_it() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        let (ledger, closer) = Ledger::open(&folder.path().join("journal"), Some(File::create(&log).unwrap())).unwrap();
        ledger.fact(b"began\n".to_vec());
        ledger.start(&start(1)).blocking_recv().unwrap();
        assert_eq!(std::fs::read_to_string(&log).unwrap(), "began\n");
        drop(closer);
    }

    #[test]
    fn a_torn_line_is_cut_off_and_the_journal_goes_on_behind_the_last_whole_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let whole = serde_json::to_string(&start(1)).unwrap() + "\n";
        std::fs::write(&path, whole.clone() + "{\"t\":6,").unwrap();
        let (ledger, closer) = Ledger::open(&path, None).unwrap();
        ledger.start(&start(2)).blocking_recv().unwrap();
        drop(closer);
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(text, whole + &serde_json::to_string(&start(2)).unwrap() + "\n");
    }

    #[test]
    fn two_fleets_cannot_write_one_journal() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let (_ledger, closer) = Ledger::open(&path, None).unwrap();
        assert!(Ledger::open(&path, None).unwrap_err().to_string().contains("another fleet"));
        drop(closer);
        drop(Ledger::open(&path, None).unwrap());
    }

    #[tokio::test]
    async fn a_write_that_fails_is_told_and_no_start_is_confirmed_any_more() {
        let (ledger, closer) = Ledger::open(Path::new("/dev/full"), None).unwrap();
        let durable = ledger.start(&start(1));
        assert!(ledger.failed().await.to_string().contains("cannot write /dev/full"));
        assert!(durable.await.is_err());
        drop(closer);
    }
}
