//! The folder in which a fleet remembers itself: its salt, its host keys, and the log of what happened to each host.
//!
//! | File | Holds |
//! |---|---|
//! | `salt` | a number made once; store ids and boot ids follow from it, so a new folder is a fleet of new disks |
//! | `host_key`, `wrong_key` | the two host keys, in OpenSSH's format |
//! | `facts` | one JSON line for each fact, in order |
//! | `hosts/` | with `--exec`, a folder for each host |
//!
//! Never found here: what a fact does to a host.

use super::ledger::{LedgerError, cut_torn_line};
use super::machine::Fact;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// An opened folder.
#[derive(Debug)]
pub struct State {
    /// The folder.
    pub folder: PathBuf,
    /// What ids of this fleet depend on.
    pub salt: u64,
    facts: File,
}

/// One line of the log.
#[derive(Debug, Serialize, Deserialize)]
pub struct Line<'a> {
    /// The host's name.
    #[serde(borrow)]
    pub host: Cow<'a, str>,
    /// What happened to it.
    pub fact: Cow<'a, Fact>,
}

impl Line<'_> {
    /// The line with its end.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = serde_json::to_vec(self).unwrap_or_default();
        bytes.push(b'\n');
        bytes
    }
}

impl State {
    /// Opens the folder, and makes it where there is none.
    ///
    /// # Errors
    /// When a file cannot be read or written, or another fleet has the folder open.
    pub fn open(folder: &Path) -> Result<State, LedgerError> {
        let fail = |verb, path: &Path| {
            let path = path.to_owned();
            move |cause: io::Error| LedgerError::new(verb, &path, &cause)
        };
        std::fs::create_dir_all(folder).map_err(fail("make the folder", folder))?;
        let path = folder.join("facts");
        let open = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
        let mut facts = open.map_err(fail("open", &path))?;
        facts.try_lock().map_err(|_| LedgerError {
            verb: "open",
            path: path.clone(),
            reason: "another fleet lives in this folder; stop that one first, or give this one another".into(),
        })?;
        cut_torn_line(&mut facts).map_err(fail("mend", &path))?;
        let salt = folder.join("salt");
        let salt = read_salt(&salt).map_err(fail("keep a number in", &salt))?;
        Ok(State { folder: folder.to_owned(), salt, facts })
    }

    /// Tells all facts in order.
    ///
    /// # Errors
    /// When the log cannot be read, or holds something else.
    pub fn replay(&mut self, mut tell: impl FnMut(&str, &Fact)) -> Result<(), LedgerError> {
        let path = self.folder.join("facts");
        let fail = |cause: io::Error| LedgerError::new("read", &path, &cause);
        self.facts.seek(SeekFrom::Start(0)).map_err(fail)?;
        for (number, text) in BufReader::new(&self.facts).lines().enumerate() {
            let text = text.map_err(fail)?;
            let line: Line = serde_json::from_str(&text).map_err(|problem| LedgerError {
                verb: "read",
                path: path.clone(),
                reason: format!("line {} is no fact ({problem}); start with an empty folder", number + 1),
            })?;
            tell(&line.host, &line.fact);
        }
        self.facts.seek(SeekFrom::End(0)).map(|_| ()).map_err(fail)
    }

    /// The log, for adding to.
    pub fn into_log(self) -> File {
        self.facts
    }
}

/// A number that no other fleet has.
pub fn fresh_salt() -> u64 {
    let ulid = ulid::Ulid::generate();
    ulid.random() as u64
}

fn read_salt(path: &Path) -> io::Result<u64> {
    match std::fs::read_to_string(path) {
        Ok(text) => text.trim().parse().map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "it holds no number")),
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => {
            let salt = fresh_salt();
            std::fs::write(path, format!("{salt}\n")).map(|()| salt)
        }
        Err(cause) => Err(cause),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn told(state: &mut State) -> Vec<(String, Fact)> {
        let mut told = vec![];
        state.replay(|host, fact| told.push((host.to_owned(), fact.clone()))).unwrap();
        told
    }

    #[test]
    fn a_folder_that_is_opened_again_tells_what_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let mut state = State::open(folder.path()).unwrap();
        let (salt, fact) = (state.salt, Fact::Heard(3));
        assert_eq!(told(&mut state), []);
        let line = Line { host: "web-0001".into(), fact: Cow::Borrowed(&fact) }.to_bytes();
        let mut log = state.into_log();
        log.write_all(&line).unwrap();
        log.write_all(b"{\"host\":\"web-00").unwrap();
        drop(log);
        let mut again = State::open(folder.path()).unwrap();
        assert_eq!(again.salt, salt);
        assert_eq!(told(&mut again), [("web-0001".to_owned(), fact)]);
    }

    #[test]
    fn a_folder_of_another_fleet_or_of_something_else_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let state = State::open(folder.path()).unwrap();
        assert!(State::open(folder.path()).unwrap_err().to_string().contains("another fleet lives in this folder"));
        drop(state);
        std::fs::write(folder.path().join("facts"), "dear diary\n").unwrap();
        let problem = State::open(folder.path()).unwrap().replay(|_, _| {}).unwrap_err().to_string();
        assert!(problem.contains("line 1 is no fact"), "{problem}");
    }
}
