//! An sshd of one test: own port, own keys, own folder.

use jobs::action::{Place, Run};
use jobs::attempt::Order;
use jobs::ids::{AttemptId, HostIndex, JobId, Phase, StepIndex};
use jobs::inventory::Host;
use jobs::time::{Duration, Timestamp};
use serde_json::{Value, json};
use server::connection::Connection;
use server::remote::{Limits, Resolve, RunnerConfig, Runners};
use std::collections::BTreeMap;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use tempfile::TempDir;

use crate::recorder::Recorder;

/// One host: an sshd, what it needs, and what its scripts write down.
pub struct TestHost {
    pub port: u16,
    pub folder: TempDir,
    daemon: Option<Child>,
    extra: String,
}

/// The connections of a test's inventory, by name; they may be changed while runners use them.
pub type Inventory = Arc<Mutex<BTreeMap<String, Value>>>;

impl TestHost {
    pub fn start() -> TestHost {
        TestHost::with("")
    }

    /// With these lines in sshd's configuration as well.
    pub fn with(extra: &str) -> TestHost {
        let folder = tempfile::Builder::new().prefix("stagger-sshd-").tempdir().expect("a folder");
        std::fs::create_dir_all("/run/sshd").expect("/run/sshd (these tests run as root)");
        for key in ["host", "user"] {
            generate_key(&folder.path().join(key), "ed25519");
        }
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("bound").port();
        drop(listener);
        std::fs::copy(folder.path().join("user.pub"), folder.path().join("authorized_keys")).expect("copied");
        std::fs::create_dir(folder.path().join("home")).expect("created");
        let mut host = TestHost { port, folder, daemon: None, extra: extra.to_owned() };
        host.set_boot_id("11111111-aaaa-4aaa-8aaa-aaaaaaaaaaaa");
        host.up();
        host
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Starts sshd, and waits until it listens.
    pub fn up(&mut self) {
        let config = self.path("sshd_config");
        std::fs::write(&config, self.config()).expect("written");
        let log = std::fs::File::create(self.path("sshd.log")).expect("created");
        let daemon = Command::new("/usr/sbin/sshd")
            .args(["-D", "-e", "-f"])
            .arg(&config)
            .stdin(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("sshd starts (apt-get install openssh-server)");
        self.daemon = Some(daemon);
        for _ in 0..200 {
            if TcpStream::connect(("127.0.0.1", self.port)).is_ok() {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        panic!("sshd does not listen: {}", std::fs::read_to_string(self.path("sshd.log")).unwrap_or_default());
    }

    /// Ends sshd and every connection to it, as a host that goes down does.
    pub fn down(&mut self) {
        self.cut_connections();
        if let Some(mut daemon) = self.daemon.take() {
            daemon.kill().expect("killed");
            daemon.wait().expect("reaped");
        }
    }

    /// Kills the processes that serve connections; what they started goes on.
    pub fn cut_connections(&self) {
        self.sessions().into_iter().for_each(|session| kill(session, "KILL"));
    }

    /// The processes of sshd that serve connections.
    pub fn sessions(&self) -> Vec<u32> {
        let all = self.daemon.as_ref().map(|daemon| descendants(daemon.id())).unwrap_or_default();
        all.into_iter().filter(|pid| name_of(*pid).starts_with("sshd")).collect()
    }

    fn config(&self) -> String {
        let Self { port, extra, .. } = self;
        let folder = self.folder.path().display();
        format!(
            "ListenAddress 127.0.0.1\nPort {port}\nHostKey {folder}/host\nPidFile none\nUsePAM no\nStrictModes no\n\
             AuthorizedKeysFile {folder}/authorized_keys\nPrintMotd no\nPermitRootLogin yes\nMaxStartups 100\n\
             SetEnv STAGGER_BOOT_ID_FILE={folder}/boot_id HOME={folder}/home\n{extra}\n"
        )
    }

    /// The same host with other lines in sshd's configuration.
    pub fn restarted_with(mut self, extra: &str) -> TestHost {
        self.down();
        self.extra = extra.to_owned();
        self.up();
        self
    }

    pub fn set_boot_id(&self, id: &str) {
        std::fs::write(self.path("boot_id"), format!("{id}\n")).expect("written");
    }

    /// Goes down, forgets what ran, and comes up with another boot id.
    pub fn reboot(&mut self) {
        self.down();
        self.kill_scripts("KILL");
        self.set_boot_id("22222222-bbbb-4bbb-8bbb-bbbbbbbbbbbb");
        self.up();
    }

    /// Kills everything of Stagger that runs on this host, supervisors and scripts alike.
    pub fn kill_scripts(&self, signal: &str) {
        for pid in self.processes("") {
            kill(pid, signal);
        }
    }

    /// The processes whose command line names this host's folder and `part`, sshd's own left out.
    pub fn processes(&self, part: &str) -> Vec<u32> {
        let folder = self.path("stagger").display().to_string();
        let of_this_host = |pid: &u32| {
            let line = command_line(*pid);
            line.contains(&folder) && line.contains(part) && !line.starts_with("sshd")
        };
        all_processes().into_iter().filter(of_this_host).collect()
    }

    /// What the inventory would say about this host.
    pub fn connection(&self) -> Value {
        json!({
            "address": "127.0.0.1",
            "port": self.port,
            "user": "root",
            "key": self.path("user"),
            "host_key": std::fs::read_to_string(self.path("host.pub")).expect("readable").trim(),
            "stagger_dir": self.path("stagger"),
            "connect_timeout": "10s",
        })
    }

    /// The same with some settings changed; null removes one.
    pub fn connection_with(&self, changes: Value) -> Value {
        let mut connection = self.connection();
        for (key, value) in changes.as_object().expect("an object") {
            connection[key] = value.clone();
        }
        connection.as_object_mut().expect("an object").retain(|_, value| !value.is_null());
        connection
    }

    /// An order for this script, the first try of step `step`.
    pub fn order(&self, step: &str, script: &str) -> Order {
        let journal = self.path("journal");
        let journal = journal.display();
        let (interpreter, rest) = match script.strip_prefix("#!") {
            Some(script) => script.split_once('\n').map_or(("", ""), |(line, rest)| (line, rest)),
            None => ("/bin/sh", script),
        };
        let line = if interpreter.contains("python") {
            format!(
                "import os\nopen('{journal}', 'a').write(os.environ['STAGGER_STEP'] + '.' + os.environ['STAGGER_ATTEMPT'] + '\\n')"
            )
        } else {
            format!("echo \"$STAGGER_STEP.$STAGGER_ATTEMPT\" >>{journal}")
        };
        order("host", step, Run::Script(format!("#!{interpreter}\n{line}\n{rest}").into()))
    }

    /// The lines that scripts wrote when they started. Fails if one of them started twice.
    pub fn started(&self) -> Vec<String> {
        started(&self.path("journal"))
    }
}

impl Drop for TestHost {
    fn drop(&mut self) {
        self.down();
        self.kill_scripts("KILL");
    }
}

/// The lines of a journal, each of which must be the only one of its kind.
pub fn started(journal: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(journal).unwrap_or_default();
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    lines.sort();
    let count = lines.len();
    lines.dedup();
    assert_eq!(lines.len(), count, "a script was started twice:\n{text}");
    lines
}

/// The first try of `step`, for `host`.
pub fn order(host: &str, step: &str, run: Run) -> Order {
    Order {
        job: job(),
        attempt: AttemptId { host: HostIndex(0), step: StepIndex(0), phase: Phase::Run, number: 1 },
        host: host.into(),
        step: step.into(),
        action: "test.script".into(),
        place: Place::Host,
        run,
        parameters: BTreeMap::new(),
        secrets: Vec::new(),
        sudo: false,
        timeout: Duration::minutes(1),
        started_at: now(),
        signal: None,
        inherited: false,
    }
}

/// Another job each time.
fn job() -> JobId {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    JobId(ulid::Ulid::from_parts(1_700_000_000_000, NEXT.fetch_add(1, Ordering::Relaxed).into()))
}

pub fn now() -> Timestamp {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970");
    Timestamp(now.as_millis() as u64)
}

/// Runners for an inventory of one host, called `host`.
pub fn runners(host: &TestHost, recorder: &Arc<Recorder>) -> Runners {
    runners_for(&inventory([("host", host.connection())]), recorder, 1)
}

pub fn inventory<const N: usize>(hosts: [(&str, Value); N]) -> Inventory {
    Arc::new(Mutex::new(hosts.into_iter().map(|(name, connection)| (name.to_owned(), connection)).collect()))
}

pub fn runners_for(inventory: &Inventory, recorder: &Arc<Recorder>, epoch: u64) -> Runners {
    let limits = Limits { idle: std::time::Duration::from_secs(2), ..Limits::default() };
    runners_with(limits, inventory, recorder, epoch)
}

pub fn runners_with(limits: Limits, inventory: &Inventory, recorder: &Arc<Recorder>, epoch: u64) -> Runners {
    let config =
        RunnerConfig { folder: recorder.folder.path().join("it's $HERE"), epoch, limits, agent: None, mail: None };
    Runners::new(config, recorder.clone(), resolve(inventory)).expect("its folder can be written")
}

pub fn resolve(inventory: &Inventory) -> Resolve {
    let inventory = inventory.clone();
    Arc::new(move |name| {
        let connection = inventory.lock().expect("not poisoned").get(name.as_str()).cloned();
        let connection = connection.ok_or_else(|| format!("no host {name} in the inventory"))?;
        let host = Host { name: name.clone(), labels: Arc::default(), groups: Default::default(), connection };
        Connection::of(&host).map(Arc::new).map_err(|error| error.to_string().into())
    })
}

pub fn generate_key(path: &Path, kind: &str) {
    run(Command::new("ssh-keygen").args(["-q", "-t", kind, "-N", "", "-C", "test", "-f"]).arg(path));
}

/// Runs a program that must succeed, and returns what it says.
pub fn run(command: &mut Command) -> String {
    let output = command.stdin(Stdio::null()).output().expect("it starts");
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

pub fn kill(pid: u32, signal: &str) {
    // It may have ended by itself a moment ago.
    Command::new("kill").args(["-s", signal, &pid.to_string()]).stderr(Stdio::null()).status().expect("kill starts");
}

/// The command line of a process; empty when it is gone. While a process becomes another program it has none for a moment,
/// and must not be taken for one that has ended: it still has a program then.
pub fn command_line(pid: u32) -> String {
    loop {
        let line = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        if !line.is_empty() || std::fs::read_link(format!("/proc/{pid}/exe")).is_err() {
            return String::from_utf8_lossy(&line).replace('\0', " ");
        }
        std::thread::yield_now();
    }
}

pub fn all_processes() -> Vec<u32> {
    let entries = std::fs::read_dir("/proc").expect("/proc");
    entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect()
}

fn name_of(pid: u32) -> String {
    std::fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default()
}

fn descendants(root: u32) -> Vec<u32> {
    let parent = |pid: &u32| {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse::<u32>().ok()
    };
    let all = all_processes();
    let mut found = vec![root];
    let mut next = 0;
    while next < found.len() {
        let of = found[next];
        found.extend(all.iter().filter(|pid| parent(pid) == Some(of)));
        next += 1;
    }
    found.split_off(1)
}
