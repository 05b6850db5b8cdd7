//! A folder with a simulated fleet and a server over it, each a process of its own.
//!
//! Never found here: what a test does with them.

use crate::process::{Answer, Process, run};
use serde_json::Value;
use server::cli::client::{Client, Where};
use server::fleet::{JournalSummary, read_journal};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A template with short waits, whose every step is done each time: nothing counts as done already.
pub const TEMPLATE: &str = "\
template: swift
description: All that patching does, without waiting
workflow:
  - {step: check, action: patch.check, retry: {attempts: 3, delay: 1s}}
  - step: leave
    action: cluster.leave
    with: {drain_seconds: 0}
    takes_out_of_service: true
  - {step: install, action: patch.install, retry: {attempts: 3, delay: 1s}}
  - {step: reboot, action: host.reboot}
  - {step: join, action: cluster.join, retry: {attempts: 3, delay: 1s}, returns_to_service: true}
batches:
  - {size: 1}
  - {size: 20%, repeat: true}
concurrency: {max: 12}
";

/// The steps of [`TEMPLATE`].
pub const STEPS: u64 = 5;

/// A host on which `ignite` fails stays out of service.
pub const FRAIL: &str = "\
template: frail
parameters:
  url: {type: string, default: 'http://127.0.0.1/', description: 'What is asked'}
workflow:
  - {step: leave, action: cluster.leave, with: {drain_seconds: 0}, takes_out_of_service: true}
  - {step: ignite, action: app.ignite, with: {url: '{{ params.url }}'}}
  - {step: join, action: cluster.join, returns_to_service: true}
batches:
  - {size: 100%}
";

/// A folder with a fleet that runs, and a server that may.
pub struct Machine {
    folder: TempDir,
    fleet: Process,
}

impl Machine {
    /// With a fleet of so many hosts, and what goes wrong on them.
    pub fn with_fleet(hosts: u32, seed: u64, trouble: &str) -> Machine {
        let folder = tempfile::tempdir().expect("a folder");
        make_key(&folder.path().join("id_ed25519"));
        let file = |name: &str| folder.path().join(name).display().to_string();
        let (journal, state, inventory, key) =
            (file("journal"), file("fleet"), file("inventory.yaml"), file("id_ed25519.pub"));
        let (hosts, seed) = (hosts.to_string(), seed.to_string());
        let mut args =
            vec!["fleet", "--listen", "127.0.0.1:0", "--hosts", &hosts, "--seed", &seed, "--journal", &journal];
        args.extend(["--state", &state, "--inventory", &inventory, "--authorized-key", &key, "--until-idle", "5m"]);
        if !trouble.is_empty() {
            args.extend(["--trouble", trouble]);
        }
        let mut fleet = Process::start(&args, &folder.path().join("fleet.log"));
        assert!(fleet.line("fleet ready").is_some(), "{}", fleet.words());
        Machine { folder, fleet }
    }

    /// A file in the folder.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The same, as an argument.
    pub fn path(&self, name: &str) -> String {
        self.file(name).display().to_string()
    }

    /// A file in the folder with this text.
    pub fn write(&self, name: &str, text: &str) -> String {
        std::fs::write(self.file(name), text).expect("a file");
        self.path(name)
    }

    /// Starts the server's process and waits for nothing.
    pub fn launch(&self) -> Process {
        let (data, inventory, token) = (self.path("data"), self.path("inventory.yaml"), self.path("token"));
        let mut args = vec!["server", "--json", "--data", &data, "--listen", "127.0.0.1:0"];
        args.extend(["--inventory", &inventory, "--first-token-file", &token]);
        Process::start(&args, &self.file("server.log"))
    }

    /// Starts the server and waits until it serves.
    pub fn serve(&self) -> Server {
        let mut process = self.launch();
        let url = served(&mut process).unwrap_or_else(|| panic!("the server did not start: {}", process.words()));
        Server { process, url, token: self.file("token") }
    }

    /// What the fleet's journal says. The fleet must still be there: what a dead fleet did not start proves nothing.
    pub fn journal(&mut self) -> JournalSummary {
        assert_eq!(self.fleet.exit_now(), None, "the fleet ended: {}", self.fleet.words());
        read_journal(&self.file("journal")).expect("the journal")
    }
}

/// The address of a server that came to serve; `None` when its process ended before.
fn served(process: &mut Process) -> Option<String> {
    let line = process.line("{")?;
    let said: Value = serde_json::from_str(&line).expect("JSON");
    Some(said["url"].as_str().expect("a url").to_owned())
}

/// A server that serves.
pub struct Server {
    /// Its process.
    pub process: Process,
    /// Where it listens.
    pub url: String,
    token: PathBuf,
}

impl Server {
    /// A client of it.
    pub fn client(&self) -> Client {
        client(Where { server: self.url.clone(), token: None, token_file: Some(self.token.clone()) })
    }

    /// A client that shows this token.
    pub fn client_with(&self, secret: &str) -> Client {
        client(Where { server: self.url.clone(), token: Some(secret.to_owned()), token_file: None })
    }

    /// Runs a command of the command line against it.
    pub fn cli(&self, args: &[&str]) -> Answer {
        let token = self.token.display().to_string();
        run(&[&["--server", &self.url, "--token-file", &token], args].concat())
    }
}

fn client(place: Where) -> Client {
    // It is there already from the second client on.
    drop(rustls::crypto::ring::default_provider().install_default());
    Client::new(&place).unwrap_or_else(|why| panic!("{why}"))
}

fn make_key(path: &Path) {
    use russh::keys::ssh_key::LineEnding;
    use russh::keys::{Algorithm, PrivateKey};
    let key = PrivateKey::random(&mut russh::keys::key::safe_rng(), Algorithm::Ed25519).expect("a key");
    key.write_openssh_file(path, LineEnding::LF).expect("a file");
    let public = key.public_key().to_openssh().expect("a key");
    std::fs::write(path.with_extension("pub"), public + "\n").expect("a file");
}
