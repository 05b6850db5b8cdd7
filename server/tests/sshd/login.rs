//! Getting in: host keys, user keys, certificates, agent, passwords, sudo, jump hosts.

use crate::daemon::{TestHost, generate_key, inventory, resolve, run, runners_for};
use crate::recorder::Recorder;
use jobs::attempt::{How, Order, Report};
use russh::server::{self as ssh, Auth, Server as _};
use serde_json::{Value, json};
use server::remote::{Limits, RunnerConfig, Runners};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Runs a step that exits with 0 over this connection; the error is why the host was out of reach.
async fn try_login(host: &TestHost, connection: Value) -> Result<(), String> {
    let recorder = Recorder::new();
    let runners = runners_for(&inventory([("host", connection)]), &recorder, 1);
    let order = host.order("login", "exit 0");
    runners.start(order.clone());
    match recorder.wait_for(&order, |_| true).await {
        Report::Ended(ending) if ending.how == How::Exited(0) => Ok(()),
        Report::OutOfReach { why, may_have_begun } => {
            assert!(!may_have_begun, "{why}");
            Err(why.to_string())
        }
        other => panic!("{other:?}"),
    }
}

fn assert_says<T: std::fmt::Debug>(result: Result<T, String>, parts: &[&str]) {
    let why = result.expect_err("it was let in");
    for part in parts {
        assert!(why.contains(part), "{part:?} is not in: {why}");
    }
}

fn fingerprint(key: &Path) -> String {
    let line = run(Command::new("ssh-keygen").args(["-l", "-f"]).arg(key));
    line.split_whitespace().nth(1).expect("a fingerprint").to_owned()
}

/// The host's key as a line of known hosts, under this name.
fn on_file(host: &TestHost, names: &str) -> String {
    let key = std::fs::read_to_string(host.path("host.pub")).expect("readable");
    let key: Vec<&str> = key.split_whitespace().take(2).collect();
    format!("{names} {}\n", key.join(" "))
}

/// The connection with its host key looked up in a file of this content.
fn with_file(host: &TestHost, content: &str, check: &str) -> Value {
    let path = host.path("known_hosts");
    std::fs::write(&path, content).expect("written");
    host.connection_with(json!({"host_key": null, "known_hosts": path, "host_key_check": check}))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_on_file_is_taken_however_it_is_written() {
    let host = TestHost::start();
    let name = format!("[127.0.0.1]:{}", host.port);
    let other = "[127.0.0.1]:1 ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJdd2PVzRzPmvyJ3vPf0x9SxSyvvlO4Pq7oxlRTJbUlz\n";
    let hashed = {
        std::fs::write(host.path("plain"), on_file(&host, &name)).expect("written");
        run(Command::new("ssh-keygen").args(["-q", "-H", "-f"]).arg(host.path("plain")));
        std::fs::read_to_string(host.path("plain")).expect("readable")
    };
    assert!(hashed.starts_with("|1|"), "{hashed}");
    for file in [
        on_file(&host, &name),
        format!("# a comment\n\n{other}{}", on_file(&host, &format!("web-1,{name}"))),
        on_file(&host, "[127.0.0.*]:*"),
        hashed,
    ] {
        try_login(&host, with_file(&host, &file, "strict")).await.unwrap_or_else(|why| panic!("{file}: {why}"));
    }
    let pinned = host.connection_with(json!({"host_key": fingerprint(&host.path("host.pub"))}));
    try_login(&host, pinned).await.expect("the fingerprint is right");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_not_right_is_never_taken() {
    let host = TestHost::start();
    generate_key(&host.path("other"), "ed25519");
    let name = format!("[127.0.0.1]:{}", host.port);
    let offered = fingerprint(&host.path("host.pub"));
    let known = fingerprint(&host.path("other.pub"));
    let other_key = std::fs::read_to_string(host.path("other.pub")).expect("readable");
    let changed = format!("{name} {other_key}");
    for check in ["strict", "accept-new"] {
        let result = try_login(&host, with_file(&host, &changed, check)).await;
        assert_says(result, &["different key than the one on file", &known, &offered, "known_hosts:1"]);
    }
    let pinned = host.connection_with(json!({"host_key": other_key}));
    assert_says(try_login(&host, pinned).await, &["different key", &known, &offered, "host_key in the inventory"]);
    let revoked = format!("@revoked * {}{}", on_file(&host, "").trim_start(), on_file(&host, &name));
    assert_says(try_login(&host, with_file(&host, &revoked, "accept-new")).await, &["revoked", &offered]);
    let negated = on_file(&host, &format!("!{name},*"));
    assert_says(try_login(&host, with_file(&host, &negated, "strict")).await, &["is not in", &offered]);
    assert!(host.started().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_key_is_an_answer_to_give() {
    let host = TestHost::start();
    let strict = with_file(&host, "", "strict");
    assert_says(try_login(&host, strict.clone()).await, &["is not in", "SHA256:", "accept-new"]);
    let file = host.path("new/known_hosts");
    let accepting =
        host.connection_with(json!({"host_key": null, "known_hosts": file, "host_key_check": "accept-new"}));
    try_login(&host, accepting).await.expect("taken");
    let written = std::fs::read_to_string(&file).expect("written");
    assert_eq!(written, on_file(&host, &format!("[127.0.0.1]:{}", host.port)));
    let strict = host.connection_with(json!({"host_key": null, "known_hosts": file}));
    try_login(&host, strict).await.expect("known now");
    try_login(&host, with_file(&host, "", "off")).await.expect("any key will do");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_cannot_be_understood_lets_nobody_in() {
    let host = TestHost::start();
    let good = on_file(&host, "*");
    for (file, part) in [
        (format!("{good}nonsense\n"), ":2:"),
        (format!("{good}@maybe * ssh-ed25519 AAAA\n"), "the mark is unknown"),
        (format!("{good}web-1 ssh-ed25519 AAAA\n"), ":2:"),
        (format!("{good}|1|broken ssh-ed25519 AAAA\n"), ":2:"),
    ] {
        assert_says(try_login(&host, with_file(&host, &file, "accept-new")).await, &["known_hosts", part]);
    }
    std::fs::create_dir(host.path("a-folder")).expect("created");
    let unreadable = host.connection_with(json!({"host_key": null, "known_hosts": host.path("a-folder")}));
    assert_says(try_login(&host, unreadable).await, &["cannot be read"]);
}

/// Signs a key, and returns the path of the certificate.
fn certify(authority: &Path, key: &Path, host: bool, principals: &str, validity: &str) -> PathBuf {
    let mut command = Command::new("ssh-keygen");
    command.args(["-q", "-s"]).arg(authority).args(["-I", "test", "-n", principals, "-V", validity]);
    if host {
        command.arg("-h");
    }
    run(command.arg(key.with_extension("pub")));
    key.with_file_name(format!("{}-cert.pub", key.file_name().expect("a name").to_string_lossy()))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_certificate_counts_only_if_all_of_it_holds() {
    let authority_line = |host: &TestHost| {
        let key = std::fs::read_to_string(host.path("authority.pub")).expect("readable");
        format!("@cert-authority * {key}")
    };
    for (principals, validity, is_host, problem) in [
        ("127.0.0.1", "+1d", true, None),
        ("web-1", "+1d", true, Some("it is for other hosts")),
        ("127.0.0.1", "-2d:-1d", true, Some("not valid now")),
    ] {
        let mut host = TestHost::with("");
        host.down();
        generate_key(&host.path("authority"), "ed25519");
        let certificate = certify(&host.path("authority"), &host.path("host"), is_host, principals, validity);
        let mut host = host.restarted_with(&format!("HostCertificate {}", certificate.display()));
        let line = authority_line(&host);
        let result = try_login(&host, with_file(&host, &line, "strict")).await;
        match problem {
            None => result.expect("the certificate holds"),
            Some(problem) => assert_says(result, &["certificate", problem]),
        }
        generate_key(&host.path("stranger"), "ed25519");
        let stranger = std::fs::read_to_string(host.path("stranger.pub")).expect("readable");
        let strange = format!("@cert-authority * {stranger}");
        assert!(try_login(&host, with_file(&host, &strange, "strict")).await.is_err(), "signed by a stranger");
        host.down();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_certificate_opens_the_door() {
    let host = TestHost::with("");
    generate_key(&host.path("authority"), "ed25519");
    generate_key(&host.path("certified"), "ed25519");
    let certificate = certify(&host.path("authority"), &host.path("certified"), false, "root", "+1d");
    let authority = format!("TrustedUserCAKeys {}", host.path("authority.pub").display());
    let host = host.restarted_with(&authority);
    let bare = host.connection_with(json!({"key": host.path("certified")}));
    assert_says(try_login(&host, bare).await, &["root was not let in", "certified"]);
    let certified = host.connection_with(json!({"key": host.path("certified"), "certificate": certificate}));
    try_login(&host, certified).await.expect("let in");
}

/// One ECDSA key in some hundred has a short number in it, which the library that reads keys refuses.
fn generate_readable_key(path: &std::path::Path, kind: &str) {
    for _ in 0..5 {
        generate_key(path, kind);
        if russh::keys::load_secret_key(path, None).is_ok() {
            return;
        }
        std::fs::remove_file(path).expect("removed");
        std::fs::remove_file(path.with_extension("pub")).expect("removed");
    }
    panic!("five {kind} keys in a row cannot be read");
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_of_other_types_work() {
    for kind in ["ecdsa", "rsa"] {
        let host = TestHost::start();
        generate_readable_key(&host.path("typed"), kind);
        std::fs::copy(host.path("typed.pub"), host.path("authorized_keys")).expect("copied");
        try_login(&host, host.connection_with(json!({"key": host.path("typed")}))).await.expect(kind);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_tried_in_vain_is_named() {
    let host = TestHost::start();
    generate_key(&host.path("stranger"), "ed25519");
    let stranger = host.connection_with(json!({"key": host.path("stranger")}));
    assert_says(try_login(&host, stranger).await, &["root was not let in", "stranger"]);
    let missing = host.connection_with(json!({"key": "/nowhere/at/all"}));
    assert_says(try_login(&host, missing).await, &["/nowhere/at/all"]);
    run(Command::new("ssh-keygen").args(["-q", "-p", "-P", "", "-N", "secret", "-f"]).arg(host.path("stranger")));
    let locked = host.connection_with(json!({"key": host.path("stranger")}));
    assert_says(try_login(&host, locked).await, &["stranger", "agent"]);
}

/// An agent of one test.
struct Agent(Child);

impl Drop for Agent {
    fn drop(&mut self) {
        self.0.kill().expect("killed");
        self.0.wait().expect("reaped");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_agent_signs_with_keys_that_are_in_no_file() {
    let host = TestHost::start();
    let socket = host.path("agent");
    let mut agent = Command::new("ssh-agent");
    let _agent = Agent(agent.arg("-D").arg("-a").arg(&socket).stdout(Stdio::null()).spawn().expect("ssh-agent starts"));
    for _ in 0..100 {
        if socket.exists() {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    generate_key(&host.path("decoy"), "ed25519");
    for key in ["decoy", "user"] {
        run(Command::new("ssh-add").arg("-q").arg(host.path(key)).env("SSH_AUTH_SOCK", &socket));
    }
    std::fs::remove_file(host.path("user")).expect("removed");
    let connection = host.connection_with(json!({"key": null, "agent": true}));
    let recorder = Recorder::new();
    let config = RunnerConfig {
        folder: recorder.folder.path().to_owned(),
        epoch: 1,
        limits: Limits::default(),
        agent: Some(socket),
        mail: None,
    };
    let runners = Runners::new(config, recorder.clone(), resolve(&inventory([("host", connection.clone())])));
    let runners = runners.expect("its folder can be written");
    let order = host.order("login", "exit 0");
    runners.start(order.clone());
    assert_eq!(recorder.how(&order).await, How::Exited(0));
    assert_says(try_login(&host, connection).await, &["SSH agent", "SSH_AUTH_SOCK"]);
}

/// A server of our own that takes a password only, in the way it is told to.
#[derive(Clone)]
struct PasswordServer {
    by_prompts: bool,
    logins: Arc<AtomicUsize>,
}

impl ssh::Server for PasswordServer {
    type Handler = PasswordServer;
    fn new_client(&mut self, _: Option<std::net::SocketAddr>) -> PasswordServer {
        self.clone()
    }
}

impl ssh::Handler for PasswordServer {
    type Error = russh::Error;

    async fn auth_password(&mut self, user: &str, password: &str) -> Result<Auth, russh::Error> {
        Ok(self.answer(!self.by_prompts && user == "deploy" && password == "s3cret"))
    }

    async fn auth_keyboard_interactive<'a>(
        &'a mut self,
        _user: &str,
        _submethods: &str,
        response: Option<ssh::Response<'a>>,
    ) -> Result<Auth, russh::Error> {
        let Some(mut answers) = response else {
            let prompts = vec![("Password: ".into(), false)].into();
            return Ok(Auth::Partial { name: "".into(), instructions: "".into(), prompts });
        };
        let right = answers.next().is_some_and(|answer| answer.as_ref() == b"s3cret");
        Ok(self.answer(self.by_prompts && right))
    }
}

impl PasswordServer {
    fn answer(&self, right: bool) -> Auth {
        if right {
            self.logins.fetch_add(1, Ordering::SeqCst);
            return Auth::Accept;
        }
        Auth::Reject { proceed_with_methods: None, partial_success: false }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_is_given_directly_and_at_prompts() {
    let host = TestHost::start();
    for by_prompts in [false, true] {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("bound").port();
        let key = russh::keys::load_secret_key(host.path("host"), None).expect("a key");
        let config = ssh::Config {
            keys: vec![key],
            auth_rejection_time: std::time::Duration::from_millis(10),
            ..Default::default()
        };
        let logins = Arc::new(AtomicUsize::new(0));
        let mut server = PasswordServer { by_prompts, logins: logins.clone() };
        let serving = tokio::spawn(async move { server.run_on_socket(Arc::new(config), &listener).await });
        for (secret, taken) in [("s3cret", 1), ("wrong", 0)] {
            std::fs::write(host.path("secret"), format!("{secret}\n")).expect("written");
            let password = format!("file:{}", host.path("secret").display());
            let changes = json!({"port": port, "user": "deploy", "key": null, "password": password});
            // The server opens no channel, so that logging in is all that can go well.
            let why = try_login(&host, host.connection_with(changes)).await.expect_err("no channels");
            assert_eq!(logins.swap(0, Ordering::SeqCst), taken, "{secret}: {why}");
            assert!(!why.contains("s3cret"), "{why}");
            assert_eq!(why.contains("deploy was not let in; tried the password"), taken == 0, "{why}");
        }
        serving.abort();
    }
}

/// A user of the system for one test.
struct TestUser {
    name: String,
    sudoers: PathBuf,
}

impl TestUser {
    fn create(host: &TestHost) -> TestUser {
        let name = format!("stagger{}", host.port);
        let home = host.path("home");
        run(Command::new("useradd").args(["-M", "-p", "*", "-s", "/bin/sh", "-d"]).arg(&home).arg(&name));
        run(Command::new("chown").arg(&name).arg(&home));
        run(Command::new("chmod").args(["-R", "a+rX"]).arg(host.folder.path()));
        run(Command::new("chmod").arg("600").arg(host.path("host")));
        let sudoers = PathBuf::from(format!("/etc/sudoers.d/{name}"));
        TestUser { name, sudoers }
    }

    fn may(&self, how: &str) {
        let mut file = std::fs::File::create(&self.sudoers).expect("sudo is installed");
        writeln!(file, "{} ALL=(root) {how}ALL", self.name).expect("written");
        run(Command::new("chmod").arg("440").arg(&self.sudoers));
    }

    fn has_password(&self, password: &str) {
        run(Command::new("sh").args(["-c", &format!("echo {}:{password} | chpasswd", self.name)]));
    }
}

impl Drop for TestUser {
    fn drop(&mut self) {
        if self.sudoers.exists() {
            std::fs::remove_file(&self.sudoers).expect("removed");
        }
        // By force: the connection may be open for a moment yet.
        Command::new("userdel").args(["-f", &self.name]).stderr(Stdio::null()).status().expect("userdel starts");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sudo_is_used_where_it_is_asked_for_and_nowhere_else() {
    let host = TestHost::start();
    let user = TestUser::create(&host);
    let dir = host.path("home/stagger");
    let secret = host.path("secret");
    std::fs::write(&secret, "sesame\n").expect("written");
    let plain = host.connection_with(json!({"user": user.name, "stagger_dir": dir}));
    let rooted = host.connection_with(json!({"user": user.name, "stagger_dir": host.path("stagger")}));
    let with_password = {
        let mut connection = rooted.clone();
        connection["sudo_password"] = json!(format!("file:{}", secret.display()));
        connection
    };
    let ask = async |connection: &Value, sudo: bool, step: &str| {
        let recorder = Recorder::new();
        let runners = runners_for(&inventory([("host", connection.clone())]), &recorder, 1);
        let order = Order { sudo, run: jobs::action::Run::Script("id -un".into()), ..host.order(step, "") };
        runners.start(order.clone());
        match recorder.last(&order).await {
            Report::Ended(_) => String::from_utf8_lossy(&recorder.out(&order)).trim().to_owned(),
            Report::Refused { why } => why.to_string(),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(ask(&plain, false, "plain").await, user.name);
    let refused = ask(&rooted, true, "refused").await;
    assert!(refused.contains("sudo") && refused.contains("sudo_password"), "{refused}");
    user.may("NOPASSWD: ");
    assert_eq!(ask(&rooted, true, "free").await, "root");
    assert_eq!(ask(&with_password, true, "not-asked").await, "root", "a password that nobody reads is not the script");
    user.has_password("sesame");
    user.may("");
    assert_eq!(ask(&with_password, true, "asked").await, "root");
}

#[tokio::test(flavor = "multi_thread")]
async fn sshd_takes_the_password_of_a_user() {
    let host = TestHost::with("PasswordAuthentication yes\nKbdInteractiveAuthentication no");
    let user = TestUser::create(&host);
    user.has_password("sesame");
    let secret = host.path("secret");
    let password = format!("file:{}", secret.display());
    let dir = host.path("home/stagger");
    let connection =
        host.connection_with(json!({"user": user.name, "key": null, "password": password, "stagger_dir": dir}));
    std::fs::write(&secret, "sesame\n").expect("written");
    try_login(&host, connection.clone()).await.expect("let in");
    std::fs::write(&secret, "open\n").expect("written");
    let said = try_login(&host, connection).await;
    assert_says(said, &[&format!("{} was not let in; tried the password", user.name)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_host_has_a_user_and_a_port_of_its_own() {
    let (one, other) = (TestHost::start(), TestHost::start());
    let user = TestUser::create(&other);
    let theirs = other.connection_with(json!({"user": user.name, "stagger_dir": other.path("home/stagger")}));
    let hosts = inventory([("one", one.connection()), ("other", theirs)]);
    let recorder = Recorder::new();
    let runners = runners_for(&hosts, &recorder, 1);
    let script = || jobs::action::Run::Script("id -un; echo $SSH_CONNECTION".into());
    for (name, host, expected) in [("one", &one, "root"), ("other", &other, user.name.as_str())] {
        let order = Order { host: name.into(), run: script(), ..host.order(name, "") };
        runners.start(order.clone());
        assert_eq!(recorder.how(&order).await, How::Exited(0));
        let said = String::from_utf8(recorder.out(&order)).expect("text");
        let (who, way) = said.split_once('\n').expect("two lines");
        assert_eq!((who, way.trim().rsplit(' ').next()), (expected, Some(host.port.to_string().as_str())));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_banner_is_read_past() {
    let mut host = TestHost::start();
    let banner = host.path("banner");
    std::fs::write(&banner, "Authorised use only. \u{1b}[31mAll is recorded.\r\n".repeat(2_000)).expect("written");
    host = host.restarted_with(&format!("Banner {}", banner.display()));
    try_login(&host, host.connection()).await.expect("let in");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_shell_that_talks_is_named_as_the_reason() {
    let mut host = TestHost::start();
    let shell = host.path("shell");
    std::fs::write(&shell, "#!/bin/sh\necho Welcome to $HOME\neval \"$SSH_ORIGINAL_COMMAND\"\n").expect("written");
    run(Command::new("chmod").arg("755").arg(&shell));
    host = host.restarted_with(&format!("ForceCommand {}", shell.display()));
    assert_says(try_login(&host, host.connection()).await, &["makes no sense", "Welcome to"]);
    assert!(host.started().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_is_reached_through_others() {
    let (gate, host) = (TestHost::start(), TestHost::start());
    let through = |jump: &str| host.connection_with(json!({"jump": jump}));
    let recorder = Recorder::new();
    let named = inventory([("host", through("gate")), ("gate", gate.connection())]);
    let runners = runners_for(&named, &recorder, 1);
    let order = host.order("through", "echo here");
    runners.start(order.clone());
    assert_eq!(recorder.how(&order).await, How::Exited(0));
    let log = std::fs::read_to_string(gate.path("sshd.log")).expect("a log");
    assert_eq!(log.matches("Accepted publickey").count(), 1, "{log}");

    let unknown = inventory([("host", through("nobody"))]);
    let circle = inventory([("host", through("gate")), ("gate", gate.connection_with(json!({"jump": "host"})))]);
    for (inventory, part) in [(unknown, "no host nobody"), (circle, "lead back to itself")] {
        let recorder = Recorder::new();
        let runners = runners_for(&inventory, &recorder, 1);
        let order = host.order("lost", "echo here");
        runners.start(order.clone());
        let (why, may_have_begun) = recorder.out_of_reach(&order).await;
        assert!(why.contains(part) && !may_have_begun, "{why}");
    }
    assert_eq!(host.started(), ["through.1"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_way_that_leads_nowhere_is_named() {
    let host = TestHost::start();
    let closed = host.connection_with(json!({"port": 1}));
    assert_says(try_login(&host, closed).await, &["127.0.0.1 port 1", "refused"]);
    let nowhere = host.connection_with(json!({"address": "no-such-host.invalid"}));
    assert_says(try_login(&host, nowhere).await, &["no-such-host.invalid", "cannot be resolved"]);
}
