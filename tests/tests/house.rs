//! The scripts around the code (`.ci/`): that each check fails when it should, told in folders made for the purpose.
//!
//! Never found here: a package manager, a network, or a change of this machine; what the scripts call is fake.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

/// A checkout with some of the repository's own files, and the only tools that its scripts can see.
struct Checkout(TempDir);

impl Checkout {
    fn with(files: &[&str], tools: &[&str]) -> Checkout {
        let checkout = Checkout(tempfile::tempdir().expect("a folder"));
        for file in files {
            let path = checkout.path().join(file);
            fs::create_dir_all(path.parent().expect("a file is in a folder")).expect("a folder in the checkout");
            fs::copy(Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(file), path).expect(file);
        }
        fs::create_dir(checkout.path().join("bin")).expect("a folder for tools");
        for tool in tools {
            let folders = std::env::var_os("PATH").unwrap_or_default();
            let real = std::env::split_paths(&folders).map(|folder| folder.join(tool)).find(|path| path.is_file());
            symlink(real.expect(tool), checkout.path().join("bin").join(tool)).expect("a link to a tool");
        }
        checkout
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, file: &str, text: &str) {
        fs::write(self.path().join(file), text).expect(file);
    }

    fn fake(&self, tool: &str, body: &str) {
        let path = self.path().join("bin").join(tool);
        fs::write(&path, format!("#!/bin/sh\n{body}\n")).expect(tool);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect(tool);
    }

    fn run(&self, command: &[&str]) -> Ended {
        let output = Command::new("/bin/sh")
            .args(command)
            .current_dir(self.path())
            .env_clear()
            .env("PATH", self.path().join("bin"))
            .env("TMPDIR", self.path())
            .stdin(Stdio::null())
            .output();
        Ended::from(output.expect("run sh"))
    }
}

struct Ended {
    exit: Option<i32>,
    text: String,
}

impl From<Output> for Ended {
    fn from(output: Output) -> Ended {
        let text = [output.stdout, output.stderr].concat();
        Ended { exit: output.status.code(), text: String::from_utf8_lossy(&text).into_owned() }
    }
}

impl Ended {
    #[track_caller]
    fn with(self, exit: i32, said: &str) {
        assert!(self.exit == Some(exit) && self.text.contains(said), "exit {:?}, said:\n{}", self.exit, self.text);
    }
}

/// A machine on which only make is missing, or not even that. libclang and ccache are where the test's machine has them.
fn machine(user: u32) -> Checkout {
    let machine = Checkout::with(&[".ci/setup"], &["find", "grep", "tr", "sh"]);
    for present in ["c++", "ccache"] {
        machine.fake(present, "");
    }
    machine.fake("id", &format!("echo {user}"));
    machine.fake(
        "apt-get",
        "echo apt-get \"$@\" >>calls; case \"$*\" in *install*make*) : >bin/make; /bin/chmod 755 bin/make ;; esac",
    );
    machine
}

#[test]
fn what_is_missing_is_installed_by_root_and_asked_of_others() {
    let user = machine(1000);
    user.run(&[".ci/setup", "build"]).with(2, "missing on this machine: make\n");
    user.run(&[".ci/setup", "build"]).with(2, "repeat the command:  su -c 'sh .ci/setup build'\n");
    user.fake("sudo", "exit 1");
    user.run(&[".ci/setup", "build"]).with(2, "repeat the command:  sudo sh .ci/setup build\n");
    assert!(!user.path().join("calls").exists(), "a package manager was called without the right to");

    let root = machine(0);
    root.run(&[".ci/setup", "build"]).with(0, "installing make\n");
    let calls = fs::read_to_string(root.path().join("calls")).expect("apt-get was called");
    assert!(calls.lines().any(|call| call.starts_with("apt-get install -y") && call.ends_with(" make")), "{calls}");
}

#[test]
fn with_nothing_missing_no_package_manager_is_asked() {
    let machine = machine(0);
    machine.fake("make", "");
    machine.run(&[".ci/setup", "build"]).with(0, "");
    assert!(!machine.path().join("calls").exists(), "a package manager was called");
    machine.run(&[".ci/setup", "kitchen"]).with(1, "no such group: 'kitchen'");
    machine.run(&[".ci/setup", "rust"]).with(2, "cargo is not on the PATH");
}

#[test]
fn a_path_of_somebodys_machine_is_refused() {
    let checkout = Checkout::with(&[".ci/paths"], &["git", "dirname", "sh"]);
    let home = concat!("/", "home/alice/stagger");
    checkout.run(&["-c", "git init -q . && git add .ci"]).with(0, "");
    checkout.write("notes.md", "built in lib/work/home\n");
    checkout.run(&["-c", "git add notes.md && sh .ci/paths"]).with(0, "no tracked file names a folder");
    checkout.write("notes.md", &format!("first\nsee {home}/x\n"));
    checkout.run(&[".ci/paths"]).with(1, &format!("notes.md:2:see {home}/x"));
}

/// What `.ci/licences` calls.
const LICENCE_TOOLS: [&str; 10] = ["awk", "cut", "dirname", "grep", "mktemp", "rm", "sed", "sort", "tr", "wc"];

#[test]
fn licences_follow_the_allow_list_through_and_or_with_and_brackets() {
    let files = [".ci/licences", ".cargo/deny.toml", "Cargo.lock", "web-dashboard/package-lock.json"];
    let checkout = Checkout::with(&files, &LICENCE_TOOLS);
    checkout
        .fake("cargo", "case $1 in deny) exit 1 ;; tree) while read -r line; do echo \"$line\"; done <tree ;; esac");
    for (licence, allowed) in [
        ("MIT OR Apache-2.0", true),
        ("GPL-3.0-only OR MIT", true),
        ("Apache-2.0/MIT", true),
        ("Apache-2.0 WITH LLVM-exception", true),
        ("(GPL-3.0-only OR MIT) AND Unicode-3.0", true),
        ("MIT WITH LLVM-exception", false),
        ("MIT AND GPL-3.0-only", false),
        ("(MIT OR ISC) AND (GPL-2.0-only OR LGPL-3.0-only)", false),
        ("AGPL-3.0-only", false),
        ("", false),
    ] {
        checkout.write("tree", &format!("fine v1.0.0|MIT\nodd v2.0.0 (proc-macro)|{licence} (*)\n"));
        let ended = checkout.run(&[".ci/licences"]);
        match allowed {
            true => ended.with(0, "2 crates, each of an allowed licence"),
            false => ended.with(1, &format!("odd 2.0.0 is under \"{licence}\", which .cargo/deny.toml does not allow")),
        }
    }
}

#[test]
fn what_the_dashboard_ships_is_held_to_the_same_list() {
    let files = [".ci/licences", ".cargo/deny.toml", "Cargo.lock", "web-dashboard/package-lock.json"];
    let checkout = Checkout::with(&files, &LICENCE_TOOLS);
    checkout
        .fake("cargo", "case $1 in deny) exit 1 ;; tree) while read -r line; do echo \"$line\"; done <tree ;; esac");
    checkout.write("tree", "fine v1.0.0|MIT\n");
    checkout.run(&[".ci/licences"]).with(0, "packages in the dashboard, each of an allowed licence");
    let lock = |licence: &str, dev: &str| {
        format!(
            "{{\n  \"packages\": {{\n    \"\": {{\n      \"name\": \"stagger-dashboard\"\n    }},\n    \
             \"node_modules/@scope/odd\": {{\n      \"version\": \"2.0.0\",\n{dev}      \"license\": \"{licence}\"\n    }}\n  }}\n}}\n"
        )
    };
    checkout.write("web-dashboard/package-lock.json", &lock("(GPL-3.0-only OR MIT)", ""));
    checkout.run(&[".ci/licences"]).with(0, "1 packages in the dashboard");
    checkout.write("web-dashboard/package-lock.json", &lock("GPL-3.0-only", "      \"dev\": true,\n"));
    checkout.run(&[".ci/licences"]).with(0, "0 packages in the dashboard");
    checkout.write("web-dashboard/package-lock.json", &lock("GPL-3.0-only", ""));
    checkout
        .run(&[".ci/licences"])
        .with(1, "@scope/odd 2.0.0 is under \"GPL-3.0-only\", which .cargo/deny.toml does not allow");
}

#[test]
fn denied_crates_second_copies_and_other_sources_are_refused() {
    let files = [".ci/licences", ".cargo/deny.toml", "Cargo.lock", "web-dashboard/package-lock.json"];
    let checkout = Checkout::with(&files, &LICENCE_TOOLS);
    checkout
        .fake("cargo", "case $1 in deny) exit 1 ;; tree) while read -r line; do echo \"$line\"; done <tree ;; esac");
    checkout.write("tree", "openssl-sys v0.9.1|MIT\n");
    checkout.run(&[".ci/licences"]).with(1, "openssl-sys is in the graph 1 times and may be 0 times");
    checkout.write("tree", "ring v0.17.0|MIT\nring v0.16.0|MIT\n");
    checkout.run(&[".ci/licences"]).with(1, "ring is in the graph 2 times and may be 1 times");
    checkout.write("tree", "ring v0.17.0|MIT\n");
    checkout.run(&[".ci/licences"]).with(0, "1 crates");
    checkout.write("Cargo.lock", "source = \"git+https://elsewhere.example/x#1\"\n");
    checkout.run(&[".ci/licences"]).with(1, "git+https://elsewhere.example/x#1");
}

#[test]
fn a_drifted_sdl_is_refused_and_shown() {
    let checkout = Checkout::with(&[".ci/sdl"], &["cat", "diff", "dirname", "mktemp", "rm"]);
    checkout.fake("stagger", "[ \"$1\" = schema ] && cat sdl");
    checkout.write("sdl", "");
    checkout.run(&[".ci/sdl", "bin/stagger"]).with(0, "no API yet");
    checkout.write("sdl", "type Query { jobs: Int }\n");
    checkout.run(&[".ci/sdl", "bin/stagger"]).with(1, "make sdl");
    fs::create_dir(checkout.path().join("schema")).expect("a folder");
    checkout.write("schema/schema.graphql", "type Query { jobs: Int }\n");
    checkout.run(&[".ci/sdl", "bin/stagger"]).with(0, "is what the code says");
    checkout.write("sdl", "type Query { jobs: String }\n");
    checkout.run(&[".ci/sdl", "bin/stagger"]).with(1, "+type Query { jobs: String }");
}
