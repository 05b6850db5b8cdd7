//! The journal of starts: one line for each script that a fleet really started, on disk before the script ran.
//!
//! ```text
//! {"t":1795401234567,"host":"web-0001","op":"8c1f…","number":1,"step":"install"}
//! ```
//!
//! Anyone can count by it that nothing ran twice: the same `op` and `number` on two lines is the same attempt started
//! twice, whatever the controller believes.
//!
//! Never found here: the state of a host; a journal is only ever added to, and nothing is decided by it.

use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

/// One start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Start<'a> {
    /// When: milliseconds since 1970.
    pub t: u64,
    /// The host.
    pub host: Cow<'a, str>,
    /// The effect, in 32 hexadecimal digits.
    pub op: Cow<'a, str>,
    /// Which try of it, from 1.
    pub number: u16,
    /// The step's name, as the order gave it.
    pub step: Cow<'a, str>,
}

/// What a journal says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JournalSummary {
    /// Starts, counted once for each line.
    pub started: u64,
    /// Attempts with more than one start. Empty is what everything here is for.
    pub started_twice: Vec<StartedTwice>,
    /// Starts by host.
    pub hosts: BTreeMap<String, u64>,
    /// Starts by step.
    pub steps: BTreeMap<String, u64>,
}

/// An attempt that was started more than once.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct StartedTwice {
    /// The host of its first start.
    pub host: String,
    /// The step of its first start.
    pub step: String,
    /// The effect.
    pub op: String,
    /// Which try of it.
    pub number: u16,
    /// How often it was started.
    pub times: u64,
}

/// A journal that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The file.
    #[error("cannot read the journal {path}: {cause}")]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Why not.
        #[source]
        cause: io::Error,
    },
    /// A line that is no start.
    #[error("the journal {path} holds no start in line {line} ({cause}); it was written by something else, or changed")]
    Garbled {
        /// Which file.
        path: PathBuf,
        /// Which line, from 1.
        line: usize,
        /// What is wrong with it.
        #[source]
        cause: serde_json::Error,
    },
}

/// Counts the starts in a journal. A last line without an end is left out: it was being written when the power failed,
/// so its script never ran.
///
/// # Errors
/// When the file cannot be read, or another line is no start.
pub fn read_journal(path: &Path) -> Result<JournalSummary, JournalError> {
    let unreadable = |cause| JournalError::Unreadable { path: path.to_owned(), cause };
    let mut reader = BufReader::new(File::open(path).map_err(unreadable)?);
    let (mut summary, mut seen, mut text) = (JournalSummary::default(), HashMap::new(), String::new());
    for line in 1.. {
        text.clear();
        if reader.read_line(&mut text).map_err(unreadable)? == 0 || !text.ends_with('\n') {
            break;
        }
        let start: Start = serde_json::from_str(&text).map_err(|cause| JournalError::Garbled {
            path: path.to_owned(),
            line,
            cause,
        })?;
        count(&start, &mut summary, &mut seen);
    }
    summary.started_twice = seen.into_values().filter(|attempt: &StartedTwice| attempt.times > 1).collect();
    summary.started_twice.sort();
    Ok(summary)
}

fn count(start: &Start, summary: &mut JournalSummary, seen: &mut HashMap<(String, u16), StartedTwice>) {
    summary.started += 1;
    *summary.hosts.entry(start.host.to_string()).or_default() += 1;
    *summary.steps.entry(start.step.to_string()).or_default() += 1;
    let first = || StartedTwice {
        host: start.host.to_string(),
        step: start.step.to_string(),
        op: start.op.to_string(),
        number: start.number,
        times: 0,
    };
    seen.entry((start.op.to_string(), start.number)).or_insert_with(first).times += 1;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(host: &str, op: &str, number: u16) -> String {
        let start = Start { t: 1, host: host.into(), op: op.into(), number, step: "install".into() };
        serde_json::to_string(&start).unwrap() + "\n"
    }

    fn read(text: &str) -> Result<JournalSummary, JournalError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        std::fs::write(&path, text).unwrap();
        read_journal(&path)
    }

    #[test]
    fn a_line_is_as_promised() {
        let promised = "{\"t\":1,\"host\":\"web-0001\",\"op\":\"aa\",\"number\":1,\"step\":\"install\"}\n";
        assert_eq!(line("web-0001", "aa", 1), promised);
    }

    #[test]
    fn the_same_attempt_on_two_lines_was_started_twice() {
        let other_try = line("web-0001", "aa", 2);
        let text = line("web-0001", "aa", 1) + &line("web-0002", "bb", 1) + &other_try + &line("web-0001", "aa", 1);
        let summary = read(&text).unwrap();
        assert_eq!(summary.started, 4);
        assert_eq!(summary.hosts, BTreeMap::from([("web-0001".to_owned(), 3), ("web-0002".to_owned(), 1)]));
        let twice = &summary.started_twice;
        assert_eq!(twice.len(), 1, "{twice:?}");
        assert_eq!((twice[0].op.as_str(), twice[0].number, twice[0].times), ("aa", 1, 2));
    }

    #[test]
    fn a_torn_last_line_is_left_out_and_any_other_is_an_error() {
        assert_eq!(read(&(line("web-0001", "aa", 1) + "{\"t\":2,\"ho")).unwrap().started, 1);
        let problem = read(&("nonsense\n".to_owned() + &line("web-0001", "aa", 1))).unwrap_err();
        assert!(problem.to_string().contains("in line 1"), "{problem}");
        let problem = read_journal(Path::new("/nowhere/journal")).unwrap_err();
        assert!(problem.to_string().starts_with("cannot read the journal /nowhere/journal"), "{problem}");
    }
}
