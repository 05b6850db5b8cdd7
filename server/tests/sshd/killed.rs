//! A real controller, killed with -9 in the middle of scripts on real OpenSSH servers, again and again.

use crate::daemon::TestHost;
use serde_json::{Value, json};
use std::fs::File;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Kills while the job is under way.
const KILLS: u32 = 4;
/// How long anything may take on a machine that others use, too.
const PATIENCE: Duration = Duration::from_secs(60);

/// A data folder and what a server needs beside it.
struct Controller {
    folder: TempDir,
}

/// A server's process; it ends with its test.
struct Server {
    process: Child,
    url: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.process.kill().expect("it is there, or has ended");
        self.process.wait().expect("it ends");
    }
}

fn stagger() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_stagger"));
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("STAGGER_")) {
        command.env_remove(name);
    }
    command.stdin(Stdio::null());
    command
}

impl Controller {
    fn new(hosts: &[(&str, &TestHost)]) -> Controller {
        let controller = Controller { folder: tempfile::tempdir().expect("a folder") };
        let entries: serde_json::Map<String, Value> =
            hosts.iter().map(|(name, host)| ((*name).to_owned(), host.connection())).collect();
        // JSON is YAML, too.
        std::fs::write(controller.path("inventory.yaml"), json!({"hosts": entries}).to_string()).expect("written");
        controller
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Starts the server, and waits until it says where it serves.
    fn serve(&self) -> Server {
        let said = self.path("said");
        let mut command = stagger();
        command.args(["server", "--json", "--listen", "127.0.0.1:0"]);
        for (option, name) in [("--data", "data"), ("--inventory", "inventory.yaml"), ("--first-token-file", "token")] {
            command.arg(option).arg(self.path(name));
        }
        let err = File::create(self.path("err")).expect("created");
        let process = command.stdout(File::create(&said).expect("created")).stderr(err).spawn().expect("it starts");
        let mut server = Server { process, url: String::new() };
        let began = Instant::now();
        while server.url.is_empty() {
            let text = std::fs::read_to_string(&said).expect("readable");
            let line = text.lines().find_map(|line| serde_json::from_str::<Value>(line).ok());
            server.url = line.and_then(|line| line["url"].as_str().map(str::to_owned)).unwrap_or_default();
            assert!(began.elapsed() < PATIENCE, "{}", std::fs::read_to_string(self.path("err")).unwrap_or_default());
            std::thread::sleep(Duration::from_millis(10));
        }
        server
    }

    /// A command of a person, whatever comes of it.
    fn ask(&self, server: &Server, arguments: &[&str]) -> Output {
        let mut command = stagger();
        command.args(["--server", &server.url, "--token-file"]).arg(self.path("token")).args(arguments);
        command.output().expect("it starts")
    }

    /// A command of a person that goes well, and what it says.
    fn tell(&self, server: &Server, arguments: &[&str]) -> String {
        let output = self.ask(server, arguments);
        let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        assert!(output.status.success(), "{arguments:?}: {}{}", said(&output.stdout), said(&output.stderr));
        said(&output.stdout)
    }
}

/// Three steps on each host: one line to the journal when it starts, then ten lines in a second.
fn template(hosts: &[(&str, &TestHost)]) -> String {
    let journals: String =
        hosts.iter().map(|(name, host)| format!("{name}) journal={} ;; ", host.path("journal").display())).collect();
    let script = format!(
        "case $STAGGER_HOST in {journals} esac; echo $STAGGER_STEP.$STAGGER_ATTEMPT.$STAGGER_ACTION >>$journal; \
         for n in 1 2 3 4 5 6 7 8 9 10; do echo line $n; sleep 0.1; done"
    );
    let step = |name: &str| json!({"step": name, "action": "script.run", "with": {"script": script}});
    let steps = ["one", "two", "three"].map(step);
    json!({"template": "slow", "workflow": steps, "batches": [{"size": "100%"}]}).to_string()
}

#[test]
fn killed_in_the_middle_it_takes_up_what_runs_and_starts_nothing_twice() {
    let (first, second) = (TestHost::start(), TestHost::start());
    let hosts = [("web-1", &first), ("web-2", &second)];
    let controller = Controller::new(&hosts);
    std::fs::write(controller.path("slow.yaml"), template(&hosts)).expect("written");
    let mut server = controller.serve();
    let file = controller.path("slow.yaml").display().to_string();
    controller.tell(&server, &["template", "apply", &file]);
    controller.tell(&server, &["job", "create", "slow", "--start", "--targets", "*"]);
    for kill in 1..=KILLS {
        // Each time a little later in a step.
        let starts =
            |host: &TestHost| std::fs::read_to_string(host.path("journal")).unwrap_or_default().lines().count();
        let began = Instant::now();
        while starts(&first) * 2 < kill as usize && began.elapsed() < PATIENCE {
            std::thread::sleep(Duration::from_millis(20));
        }
        std::thread::sleep(Duration::from_millis(150 * u64::from(kill)));
        drop(server);
        server = controller.serve();
    }
    controller.tell(&server, &["job", "watch", "last"]);
    let lines = (1..=10).map(|n| format!("line {n}\n")).collect::<String>();
    for (name, host) in hosts {
        let expected = ["one", "three", "two"].map(|step| format!("{step}.1.script.run"));
        assert_eq!(host.started(), expected, "{name}");
        for step in ["one", "two", "three"] {
            assert_eq!(
                controller.tell(&server, &["job", "output", "last", name, "--step", step]),
                lines,
                "{name} {step}"
            );
        }
    }
}
