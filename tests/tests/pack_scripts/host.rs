//! A host for a script: a folder of fake tools that write down how they were called, under every shell there is.
//!
//! Never found here: what a particular tool answers (each story says so), and real time: `sleep` moves a clock of the
//! host's own, which `date` reads.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// Tools that are taken from this machine as they are; a script may use no others without a story saying so.
const REAL_TOOLS: [&str; 15] =
    ["awk", "cat", "cut", "env", "grep", "head", "mktemp", "rm", "sed", "sh", "sort", "tail", "tr", "true", "wc"];

/// The shells that scripts must run under, those of them that are installed. `/bin/sh` always is.
const SHELLS: [&[&str]; 4] = [&["/bin/sh"], &["/usr/bin/dash"], &["/bin/bash", "--posix"], &["/usr/bin/busybox", "sh"]];

/// Tells a story once for each shell, on a host of its own.
pub fn on_every_shell(story: impl Fn(&Host)) {
    for shell in SHELLS.iter().filter(|shell| Path::new(shell[0]).exists()) {
        let host = Host::new(shell);
        println!("under {}", shell.join(" "));
        story(&host);
    }
}

/// A host: its tools, its clock and the journal of what was called.
pub struct Host {
    folder: TempDir,
    shell: &'static [&'static str],
}

/// How a script ended.
#[derive(Debug)]
pub struct Ended {
    /// The exit code; -1 when a signal ended it.
    pub exit: i32,
    /// What it wrote to `$STAGGER_OUTPUT`, by key; a later line wins.
    pub output: BTreeMap<String, String>,
    /// What it said on stdout.
    pub said: String,
    /// The last line on stderr: the host's reason.
    pub reason: String,
}

impl Host {
    fn new(shell: &'static [&'static str]) -> Host {
        let folder = tempfile::tempdir().expect("a folder for the host");
        fs::create_dir(folder.path().join("bin")).expect("a folder for its tools");
        let host = Host { folder, shell };
        for tool in REAL_TOOLS {
            let real = find(tool).unwrap_or_else(|| panic!("{tool} is not on this machine's PATH"));
            symlink(real, host.path("bin").join(tool)).expect("a link to a real tool");
        }
        host.write("clock", "1000");
        host.fake("sleep", r#"echo $(($(cat "$HOST/clock") + $1)) >"$HOST/clock.new"; rename"#);
        host.fake("date", r#"cat "$HOST/clock""#);
        host.forget_calls();
        host
    }

    /// A path on the host.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Puts a file there.
    pub fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).expect("write a file of the host");
    }

    /// What a file holds; nothing when there is none.
    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_default()
    }

    /// Installs a fake tool: it notes its call, then does what `body`, in sh, says. `$HOST` is the host's folder and
    /// `rename` puts `clock.new` in the clock's place.
    pub fn fake(&self, tool: &str, body: &str) {
        let folder = self.folder.path().display();
        let text = format!(
            "#!/bin/sh\nHOST='{folder}'\nrename() {{ /bin/mv \"$HOST/clock.new\" \"$HOST/clock\"; }}\n\
             echo \"{tool} $*\" >>\"$HOST/calls\"\n{body}\n"
        );
        let path = self.path("bin").join(tool);
        fs::write(&path, text).expect("write a fake tool");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("make a fake tool executable");
    }

    /// Gives the host one of this machine's own tools.
    pub fn real(&self, tool: &str) -> bool {
        find(tool).is_some_and(|real| symlink(real, self.path("bin").join(tool)).is_ok())
    }

    /// Takes a tool away.
    pub fn remove(&self, tool: &str) {
        fs::remove_file(self.path("bin").join(tool)).expect("remove a tool");
    }

    /// How the tools were called, in order, clock and sleep left out.
    pub fn calls(&self) -> Vec<String> {
        let quiet = |call: &&str| !call.starts_with("sleep ") && !call.starts_with("date ");
        self.read("calls").lines().filter(quiet).map(str::to_owned).collect()
    }

    /// The calls that begin like this.
    pub fn calls_of(&self, beginning: &str) -> Vec<String> {
        self.calls().into_iter().filter(|call| call.starts_with(beginning)).collect()
    }

    /// Starts the journal anew.
    pub fn forget_calls(&self) {
        self.write("calls", "");
    }

    /// Seconds that have gone by on the host's clock.
    pub fn slept(&self) -> u64 {
        self.read("clock").trim().parse::<u64>().expect("the clock shows a number") - 1000
    }

    /// Runs an action of the pack: its own defaults, and `parameters` over them.
    pub fn run(&self, action: &str, parameters: &[(&str, &str)]) -> Ended {
        let (script, mut values) = read_action(action);
        for (name, value) in parameters {
            values.insert((*name).to_owned(), (*value).to_owned());
        }
        self.write("output", "");
        let ended = Command::new(self.shell[0])
            .args(&self.shell[1..])
            .arg(actions().join(script))
            .env_clear()
            .env("PATH", self.path("bin"))
            .env("TMPDIR", self.folder.path())
            .env("STAGGER_OUTPUT", self.path("output"))
            .env("STAGGER_HOST", "web-7")
            .envs(values.iter().map(|(name, value)| (format!("STAGGER_PARAM_{}", name.to_uppercase()), value)))
            .stdin(Stdio::null())
            .output()
            .expect("run the shell");
        let errors = String::from_utf8_lossy(&ended.stderr).into_owned();
        Ended {
            exit: ended.status.code().unwrap_or(-1),
            output: self.read("output").lines().filter_map(pair).collect(),
            said: String::from_utf8_lossy(&ended.stdout).into_owned(),
            reason: errors.lines().last().unwrap_or_default().to_owned(),
        }
    }

    /// Whether the script left nothing of its own behind.
    pub fn is_clean(&self) -> bool {
        let left = fs::read_dir(self.folder.path()).expect("read the host's folder");
        !left.flatten().any(|entry| entry.file_name().to_string_lossy().starts_with("tmp."))
    }
}

impl Ended {
    /// The value of an output key.
    pub fn get(&self, key: &str) -> &str {
        self.output.get(key).unwrap_or_else(|| panic!("no output '{key}' in {self:?}"))
    }

    /// Insists on success.
    pub fn succeeded(self) -> Ended {
        assert_eq!(self.exit, 0, "{self:?}");
        self
    }

    /// Insists on a failure with this exit code and this reason.
    pub fn failed(self, exit: i32, reason: &str) -> Ended {
        assert_eq!((self.exit, self.reason.as_str()), (exit, reason), "{self:?}");
        self
    }
}

fn pair(line: &str) -> Option<(String, String)> {
    let (key, value) = line.split_once('=')?;
    Some((key.to_owned(), value.to_owned()))
}

fn actions() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../server/packs/stagger/actions")
}

/// The script of an action and the defaults of its parameters, which stand one a line in the pack.
fn read_action(action: &str) -> (String, BTreeMap<String, String>) {
    let path = actions().join(format!("{action}.yaml"));
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let script = text.lines().find_map(|line| line.strip_prefix("script: ")).expect("a script is named").to_owned();
    let parameters = text.split("parameters:\n").nth(1).and_then(|rest| rest.split("output:\n").next());
    let defaults = parameters.expect("parameters").lines().filter_map(default_of).collect();
    (script, defaults)
}

fn default_of(line: &str) -> Option<(String, String)> {
    let (name, schema) = line.strip_prefix("  ")?.split_once(": {")?;
    let (default, _) = schema.split_once("default: ")?.1.split_once(", description: ")?;
    Some((name.to_owned(), default.trim_matches('"').to_owned()))
}

fn find(tool: &str) -> Option<PathBuf> {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&folders).map(|folder| folder.join(tool)).find(|path| path.is_file())
}
