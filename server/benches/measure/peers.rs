//! What P1 is held against: Ansible and parallel-ssh, from the virtualenv that `make peers` fills, doing the same command
//! lines on the same hosts, each as its own documentation recommends for speed.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Hosts, who logs in there and how, and what to run.
pub struct Work<'a> {
    pub hosts: Vec<SocketAddr>,
    pub user: &'a str,
    pub key: &'a Path,
    pub lines: &'a [&'a str],
    /// Hosts in flight.
    pub at_once: u32,
    /// A folder for what the peers need in files.
    pub folder: &'a Path,
}

/// The installed peers.
pub struct Peers(PathBuf);

impl Peers {
    /// Those that `make peers` installed, if it did.
    pub fn installed() -> Option<Peers> {
        let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
        let cache = cache.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cache")))?;
        let folder = cache.join("stagger/peers");
        folder.join("pins").is_file().then_some(Peers(folder))
    }

    /// CPU milliseconds of parallel-ssh for each line on each host.
    pub fn parallel_ssh(&self, work: &Work) -> f64 {
        let places = work.folder.join("places");
        let lines: String = work.hosts.iter().map(|host| format!("{} {}\n", host.ip(), host.port())).collect();
        std::fs::write(&places, lines).expect("a file");
        let mut program = self.python(work.folder);
        program.arg(self.0.join("bin/python")).arg(script(work.folder, "parallel_ssh.py", PARALLEL_SSH));
        program.arg(places).args([work.user]).arg(work.key).arg(work.at_once.to_string()).args(work.lines);
        per_step(program, work)
    }

    /// CPU milliseconds of Ansible for each line on each host: `raw`, pipelining, connections kept.
    pub fn ansible(&self, work: &Work) -> f64 {
        std::fs::create_dir_all(work.folder.join("control")).expect("a folder");
        let host = |(number, host): (usize, &SocketAddr)| {
            let control = work.folder.join(format!("control/{number}"));
            format!(
                "host-{number:05} ansible_host={} ansible_port={} ansible_user={} ansible_ssh_private_key_file={} \
                 ansible_control_path={}\n",
                host.ip(),
                host.port(),
                work.user,
                work.key.display(),
                control.display()
            )
        };
        let inventory: String = work.hosts.iter().enumerate().map(host).collect();
        let tasks: String = work.lines.iter().map(|line| format!("    - raw: {}\n", yaml_text(line))).collect();
        let (hosts, playbook) = (work.folder.join("hosts.ini"), work.folder.join("play.yml"));
        std::fs::write(&hosts, inventory).expect("a file");
        let play = format!("- hosts: all\n  gather_facts: false\n  strategy: free\n  tasks:\n{tasks}");
        std::fs::write(&playbook, play).expect("a file");
        let mut program = self.python(work.folder);
        program.arg(self.0.join("bin/ansible-playbook")).arg("-i").arg(hosts).arg(playbook);
        program.args(["-f", &work.at_once.to_string()]);
        program.env("ANSIBLE_HOST_KEY_CHECKING", "False").env("ANSIBLE_PIPELINING", "True");
        program.env("ANSIBLE_HOME", work.folder.join("ansible")).env("ANSIBLE_NOCOLOR", "1");
        program.env("ANSIBLE_SSH_ARGS", "-o ControlMaster=auto -o ControlPersist=60s -o UserKnownHostsFile=/dev/null");
        per_step(program, work)
    }

    /// The program that runs another and tells its CPU time.
    fn python(&self, folder: &Path) -> Command {
        let mut python = Command::new(self.0.join("bin/python"));
        python.arg(script(folder, "account.py", ACCOUNT)).stdin(Stdio::null()).stderr(Stdio::inherit());
        python.env("LC_ALL", "C.UTF-8");
        python
    }
}

const ACCOUNT: &str = include_str!("peers/account.py");
const PARALLEL_SSH: &str = include_str!("peers/parallel_ssh.py");

fn script(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, text).expect("a file");
    path
}

/// A text in YAML's single quotes.
fn yaml_text(line: &str) -> String {
    format!("'{}'", line.replace('\'', "''"))
}

fn per_step(mut program: Command, work: &Work) -> f64 {
    let done = program.stdout(Stdio::piped()).output().expect("the peer starts");
    assert!(done.status.success(), "the peer failed; its message stands above");
    let seconds: f64 = String::from_utf8_lossy(&done.stdout).trim().parse().expect("CPU seconds");
    seconds * 1e3 / (work.hosts.len() * work.lines.len()) as f64
}
