//! A real OpenSSH server on loopback, for the time of one measurement, and the CPU time that everything it started took.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The server listens on so many addresses from 127.0.2.1 on, because a client has only so many ports to each.
const ADDRESSES: u8 = 16;
/// Nothing takes longer unless something is broken.
const PATIENCE: Duration = Duration::from_secs(20);

/// A folder with keys and configuration, from which servers are started one after the other.
pub struct Workshop {
    folder: PathBuf,
    port: u16,
}

impl Workshop {
    /// Makes keys and configuration. Whatever a server leaves behind without a parent becomes this process's child
    /// from now on, so that its CPU time is counted.
    pub fn open(folder: &Path) -> Workshop {
        rustix::process::set_child_subreaper(Some(rustix::process::getpid())).expect("Linux lets us");
        fs::create_dir_all(folder.join("home")).expect("a folder");
        for key in ["host", "login"] {
            let mut keygen = Command::new("ssh-keygen");
            keygen.args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(folder.join(key));
            assert!(keygen.status().expect("ssh-keygen is there; `make setup` installs it").success());
        }
        let first = TcpListener::bind((Ipv4Addr::new(127, 0, 2, 1), 0)).expect("a port");
        let port = first.local_addr().expect("an address").port();
        let workshop = Workshop { folder: folder.to_owned(), port };
        fs::write(folder.join("sshd_config"), workshop.config()).expect("a file");
        workshop
    }

    /// One key exchange for all: the default of OpenSSH 9 costs the client five times as much. HOME is set so that no
    /// profile of whoever runs this is read for every command.
    fn config(&self) -> String {
        let folder = self.folder.display();
        let listen: String = (1..=ADDRESSES).map(|last| format!("ListenAddress 127.0.2.{last}\n")).collect();
        format!(
            "Port {}\n{listen}HostKey {folder}/host\nAuthorizedKeysFile {folder}/login.pub\nPidFile none\nUsePAM no\n\
             StrictModes no\nPermitRootLogin yes\nMaxStartups 2000\nMaxSessions 100\nLoginGraceTime 0\nLogLevel ERROR\n\
             PrintMotd no\nKexAlgorithms curve25519-sha256\nSetEnv HOME={folder}/home\n",
            self.port
        )
    }

    /// Starts a server and waits until it answers.
    pub fn start(&self) -> Server {
        let program = ["/usr/sbin/sshd", "/usr/local/sbin/sshd", "/usr/bin/sshd"]
            .into_iter()
            .find(|path| Path::new(path).exists());
        let mut sshd = Command::new(program.expect("sshd is there; `make setup` installs it"));
        sshd.args(["-D", "-e", "-f"]).arg(self.folder.join("sshd_config"));
        let server =
            Server { process: sshd.stdin(Stdio::null()).spawn().expect("sshd starts"), cpu: children_cpu_seconds() };
        let began = Instant::now();
        while TcpStream::connect(self.address(0)).is_err() {
            assert!(began.elapsed() < PATIENCE, "sshd does not answer");
            std::thread::sleep(Duration::from_millis(20));
        }
        server
    }

    /// Where a host of this number is.
    pub fn address(&self, host: u32) -> SocketAddr {
        let last = 1 + (host % u32::from(ADDRESSES)) as u8;
        (Ipv4Addr::new(127, 0, 2, last), self.port).into()
    }

    /// The private key that is let in.
    pub fn login_key(&self) -> PathBuf {
        self.folder.join("login")
    }

    /// The server's public key, as in a `.pub` file.
    pub fn host_key(&self) -> String {
        fs::read_to_string(self.folder.join("host.pub")).expect("ssh-keygen wrote it").trim().to_owned()
    }
}

/// A running server.
pub struct Server {
    process: Child,
    cpu: f64,
}

impl Server {
    /// Ends the server and waits for everything it started. Gives back the CPU seconds of all that.
    pub fn end(mut self) -> f64 {
        self.process.kill().expect("it runs");
        self.process.wait().expect("it ends");
        let began = Instant::now();
        while let Ok(ended) = rustix::process::wait(rustix::process::WaitOptions::NOHANG) {
            assert!(began.elapsed() < PATIENCE, "a connection or a script does not end");
            if ended.is_none() {
                // A client may keep its connection open for the next job; there will be none.
                terminate_children();
                std::thread::sleep(Duration::from_millis(100));
            }
        }
        children_cpu_seconds() - self.cpu
    }
}

impl Drop for Server {
    /// A bench that panics leaves no server behind. Where it was ended before, there is nothing to end.
    fn drop(&mut self) {
        drop(self.process.kill().and_then(|()| self.process.wait()));
    }
}

/// CPU seconds of all children of this process that have ended: fields 16 and 17 of its `stat`.
fn children_cpu_seconds() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").expect("Linux has it");
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    fields.skip(13).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / 100.0
}

/// Asks every child of this process to end: what the server left behind, since there are no others.
fn terminate_children() {
    let threads = fs::read_dir("/proc/self/task").expect("Linux has it").flatten();
    let children = threads.map(|thread| fs::read_to_string(thread.path().join("children")).unwrap_or_default());
    for child in children.collect::<String>().split_whitespace().filter_map(|child| child.parse().ok()) {
        if let Some(process) = rustix::process::Pid::from_raw(child) {
            // One that has ended meanwhile is waited for all the same.
            let _ = rustix::process::kill_process(process, rustix::process::Signal::TERM);
        }
    }
}
