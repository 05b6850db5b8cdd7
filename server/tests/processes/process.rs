//! Processes that cannot outlive a test: each is killed by its id when its guard goes out of scope.
//!
//! Never found here: what is run.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// How long a process may take to say what is waited for, on a machine that others use, too.
const PATIENCE: Duration = Duration::from_secs(60);

/// The binary, set up so that nothing of the tester's surroundings reaches it.
pub fn stagger(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_stagger"));
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("STAGGER_")) {
        command.env_remove(name);
    }
    command.args(args).env("TZ", "UTC").stdin(Stdio::null());
    command
}

/// A running process.
pub struct Process {
    child: Child,
    said: PathBuf,
}

impl Process {
    /// Starts one with its words in the file `said`, and its complaints beside it.
    pub fn start(args: &[&str], said: &Path) -> Process {
        Process::of(stagger(args), said)
    }

    /// Starts a command that becomes one.
    pub fn of(mut command: Command, said: &Path) -> Process {
        let (out, err) =
            (File::create(said).expect("a file"), File::create(said.with_extension("err")).expect("a file"));
        let child = command.stdout(out).stderr(err).spawn().expect("stagger starts");
        Process { child, said: said.to_owned() }
    }

    /// A limit of the process, as the system has it: `limit("Max open files")`.
    pub fn limit(&self, name: &str) -> String {
        let limits = std::fs::read_to_string(format!("/proc/{}/limits", self.child.id())).expect("a child");
        limits.lines().find(|line| line.starts_with(name)).expect("a limit").to_owned()
    }

    /// All lines that it has said.
    pub fn said(&self) -> String {
        std::fs::read_to_string(&self.said).expect("its words")
    }

    /// Waits for a whole line that begins so. `None` when the process ends before.
    pub fn line(&mut self, beginning: &str) -> Option<String> {
        let began = Instant::now();
        loop {
            let has_ended = self.exit_now().is_some();
            let said = self.said();
            let mut whole = said.split_inclusive('\n').filter(|line| line.ends_with('\n'));
            if let Some(line) = whole.find(|line| line.starts_with(beginning)) {
                return Some(line.trim_end().to_owned());
            }
            if has_ended {
                return None;
            }
            assert!(began.elapsed() < PATIENCE, "it did not say {beginning:?}: {}", self.words());
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// The exit code, if it has ended by itself.
    pub fn exit_now(&mut self) -> Option<i32> {
        self.child.try_wait().expect("a child").map(|status| status.code().unwrap_or(-1))
    }

    /// Waits until it ends by itself, and gives back its exit code.
    pub fn exit_within(&mut self, patience: Duration) -> i32 {
        let began = Instant::now();
        loop {
            if let Some(exit) = self.exit_now() {
                return exit;
            }
            assert!(began.elapsed() < patience, "it did not end within {patience:?}: {}", self.words());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// `kill -9`.
    pub fn kill(&mut self) {
        self.child.kill().expect("a child that was not waited for");
        self.child.wait().expect("a child");
    }

    /// Asks it to end, and waits until it has.
    pub fn terminate(&mut self) -> i32 {
        signal(self.child.id(), "-TERM");
        self.exit_within(PATIENCE)
    }

    /// What it said, for a test that failed.
    pub fn words(&self) -> String {
        let err = std::fs::read_to_string(self.said.with_extension("err")).unwrap_or_default();
        format!("{}\n{err}", self.said())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended long ago.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Sends a signal to one process.
pub fn signal(pid: u32, signal: &str) {
    drop(Command::new("kill").args([signal, &pid.to_string()]).stderr(Stdio::null()).status());
}

/// Runs a command to its end.
pub fn run(args: &[&str]) -> Answer {
    Answer::of(args, stagger(args).output().expect("stagger starts"))
}

/// What a command answered.
#[derive(Debug)]
pub struct Answer {
    args: String,
    /// The exit code.
    pub exit: i32,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl Answer {
    fn of(args: &[&str], output: Output) -> Answer {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
        let exit = output.status.code().unwrap_or(-1);
        Answer { args: args.join(" "), exit, out: text(output.stdout), err: text(output.stderr) }
    }

    /// The output, of a command that ended so and said all of this somewhere.
    pub fn expect(self, exit: i32, says: &[&str]) -> String {
        let all = format!("{}{}", self.out, self.err);
        assert_eq!(self.exit, exit, "`stagger {}` said\n{all}", self.args);
        for part in says {
            assert!(all.contains(part), "`stagger {}` does not say {part:?}:\n{all}", self.args);
        }
        self.out
    }

    /// The output of a command that ended well, as JSON.
    pub fn json(self) -> serde_json::Value {
        let args = self.args.clone();
        let out = self.expect(0, &[]);
        serde_json::from_str(&out).unwrap_or_else(|why| panic!("`stagger {args}`: {why}:\n{out}"))
    }
}
