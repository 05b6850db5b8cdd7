//! A client that speaks the protocol over one SSH connection, and hands back what came as it came.

use russh::client::{Config, Handle, Handler, Msg, connect};
use russh::keys::key::safe_rng;
use russh::keys::ssh_key::LineEnding;
use russh::keys::{Algorithm, HashAlg, PrivateKey, PrivateKeyWithHashAlg, PublicKeyOrCertificate, load_secret_key};
use russh::{Channel, ChannelMsg, Disconnect};
use server::fleet::Fleet;
use server::remote::protocol::{
    Answers, Begin, End, Flags, Header, Line, Request, Rights, State, Stream, Tried, Verb, encode_environment,
};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// What the tests install; a simulated host only keeps its hash.
const SUPERVISOR: &[u8] = b"a supervisor";
const HASH: &str = "0123456789abcdef";
/// No answer takes longer, unless something is broken.
const PATIENCE: Duration = Duration::from_secs(30);

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a client")
    }
}

pub struct Client {
    session: Handle<Pinned>,
}

/// What came back for one request.
#[derive(Debug, Default)]
pub struct Said {
    pub out: Vec<u8>,
    pub error: String,
    pub exit: Option<u32>,
}

/// Checks the host key against a fingerprint; none takes any.
struct Pinned(Option<String>);

impl Handler for Pinned {
    type Error = russh::Error;

    async fn check_server_key(&mut self, key: &PublicKeyOrCertificate) -> Result<bool, russh::Error> {
        let shown = match key {
            PublicKeyOrCertificate::PublicKey { key, .. } => key.fingerprint(HashAlg::Sha256).to_string(),
            PublicKeyOrCertificate::Certificate(_) => return Ok(false),
        };
        Ok(self.0.as_ref().is_none_or(|pin| *pin == shown))
    }
}

impl Client {
    /// As the host's own name, with a key of nobody's, checking the fleet's host key.
    pub async fn log_in(fleet: &Fleet, host: &str) -> Result<Client, String> {
        Client::enter(address(fleet, host), host, Some(fleet.pin().to_owned()), fresh_key()).await
    }

    /// With the key in this file.
    pub async fn log_in_with(fleet: &Fleet, host: &str, key: &Path) -> Result<Client, String> {
        let key = load_secret_key(key, None).expect("a key");
        let at = fleet.hosts().find(|(name, _)| *name == host).map_or_else(|| address(fleet, "web-0001"), |(_, at)| at);
        Client::enter(at, host, Some(fleet.pin().to_owned()), key).await
    }

    /// To an address, as any user.
    pub async fn log_in_as(address: SocketAddr, user: &str) -> Result<Client, String> {
        Client::enter(address, user, None, fresh_key()).await
    }

    /// Tries until the host lets somebody in.
    pub async fn log_in_when_up(fleet: &Fleet, host: &str) -> Client {
        for _ in 0..600 {
            if let Ok(client) = Client::log_in(fleet, host).await {
                return client;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{host} did not come back");
    }

    async fn enter(address: SocketAddr, user: &str, pin: Option<String>, key: PrivateKey) -> Result<Client, String> {
        let connected = connect(Arc::new(Config::default()), address, Pinned(pin)).await;
        let mut session = connected.map_err(|problem| match problem {
            russh::Error::UnknownKey => format!("{user} showed another host key"),
            other => format!("{user} cannot be reached: {other}"),
        })?;
        let key = PrivateKeyWithHashAlg::new(Arc::new(key), None);
        let let_in = session.authenticate_publickey(user, key).await;
        match let_in {
            Ok(answer) if answer.success() => Ok(Client { session }),
            Ok(_) => Err(format!("{user} was not let in")),
            Err(problem) => Err(format!("{user} was cut off: {problem}")),
        }
    }

    /// Installs the supervisor, and insists on it.
    pub async fn install(&mut self) {
        assert_eq!(self.run_install().await.state(), State::Installed);
    }

    /// Installs the supervisor.
    pub async fn run_install(&mut self) -> Said {
        self.ask(&Verb::Install { bytes: SUPERVISOR.len() as u64 }, SUPERVISOR).await
    }

    /// Asks, and takes what comes, be it cut off.
    pub async fn run_verb(&mut self, verb: &Verb, input: &[u8]) -> Said {
        self.run(&line(verb), input).await
    }

    /// Asks, and waits for all of the answer.
    pub async fn ask(&mut self, verb: &Verb, input: &[u8]) -> Said {
        tokio::time::timeout(PATIENCE, self.run(&line(verb), input)).await.expect("an answer in time")
    }

    /// Asks, and takes what has come so long after the answer began.
    pub async fn ask_for(&mut self, verb: &Verb, input: &[u8], long: Duration) -> Said {
        let mut channel = self.exec(&line(verb), input).await.expect("a channel");
        let mut said = Said::default();
        let beginning = async {
            while said.first_header().is_none() {
                said.hear(channel.wait().await.expect("the beginning of an answer"));
            }
        };
        tokio::time::timeout(PATIENCE, beginning).await.expect("the beginning of an answer in time");
        let going_on = async {
            while let Some(message) = channel.wait().await {
                said.hear(message);
            }
        };
        assert!(tokio::time::timeout(long, going_on).await.is_err(), "it ended too soon");
        said
    }

    /// Asks for a shell instead of a command.
    pub async fn wants_a_shell(&mut self) -> Result<(), String> {
        let mut channel = self.session.channel_open_session().await.expect("a channel");
        channel.request_shell(true).await.expect("a request");
        let answer = tokio::time::timeout(PATIENCE, channel.wait()).await.expect("an answer in time");
        match answer {
            Some(ChannelMsg::Success) => Ok(()),
            other => Err(format!("{other:?}")),
        }
    }

    /// Runs any command line.
    pub async fn run(&mut self, line: &str, input: &[u8]) -> Said {
        let mut said = Said::default();
        self.listen(line, input, &mut said).await;
        said
    }

    /// A connection that is cut on the way leaves what came until then.
    async fn listen(&mut self, line: &str, input: &[u8], said: &mut Said) {
        let Ok(mut channel) = self.exec(line, input).await else { return };
        while let Some(message) = channel.wait().await {
            said.hear(message);
        }
    }

    async fn exec(&mut self, line: &str, input: &[u8]) -> Result<Channel<Msg>, russh::Error> {
        let channel = self.session.channel_open_session().await?;
        channel.exec(true, line).await?;
        channel.data(input).await?;
        channel.eof().await?;
        Ok(channel)
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        let goodbye = self.session.disconnect(Disconnect::ByApplication, "", "");
        // The session's own task sends it; nobody waits for that.
        drop(futures_util::FutureExt::now_or_never(goodbye));
    }
}

impl Said {
    /// All of it as text, for answers without a header.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.out).into_owned()
    }

    fn hear(&mut self, message: ChannelMsg) {
        match message {
            ChannelMsg::Data { data } => self.out.extend_from_slice(&data),
            ChannelMsg::ExtendedData { data, .. } => self.error.push_str(&String::from_utf8_lossy(&data)),
            ChannelMsg::ExitStatus { exit_status } => self.exit = Some(exit_status),
            _ => {}
        }
    }

    pub fn header(&self) -> Header {
        self.first_header().unwrap_or_else(|| panic!("no header in {self:?}"))
    }

    fn first_header(&self) -> Option<Header> {
        let mut header = None;
        self.read(|line| {
            if let Line::Header(read) = line {
                header = Some(read);
            }
        });
        header
    }

    pub fn state(&self) -> State {
        self.header().state
    }

    pub fn output(&self) -> String {
        self.stream(Stream::Out)
    }

    pub fn error_output(&self) -> String {
        self.stream(Stream::Err)
    }

    fn stream(&self, wanted: Stream) -> String {
        let mut bytes = vec![];
        self.read(|line| match line {
            Line::Output(stream, _, piece) if stream == wanted => bytes.extend_from_slice(piece),
            _ => {}
        });
        String::from_utf8_lossy(&bytes).into_owned()
    }

    pub fn result(&self) -> String {
        let mut result = vec![];
        self.read(|line| {
            if let Line::Result(read) = line {
                result = read;
            }
        });
        String::from_utf8_lossy(&result).into_owned()
    }

    pub fn end(&self) -> Option<End> {
        let mut end = None;
        self.read(|line| {
            if let Line::End(read) = line {
                end = Some(read);
            }
        });
        end
    }

    fn read(&self, mut tell: impl FnMut(Line)) {
        let (mut answers, mut bytes) = (Answers::default(), self.out.as_slice());
        while let Some(line) = answers.next(&mut bytes).unwrap_or_else(|problem| panic!("{problem} in {self:?}")) {
            tell(line);
        }
    }
}

/// A `begin` of epoch 1 for a step of this name, and its standard input.
pub fn script(attempt: Tried, step: &str, text: &str) -> (Begin, Vec<u8>) {
    let variables = [("STAGGER_STEP", step), ("GREETING", "it's me")];
    let environment = encode_environment(variables).expect("an environment");
    let begin = Begin {
        attempt,
        epoch: 1,
        spec: "00112233aabbccdd".to_owned(),
        timeout: jobs::time::Duration(0),
        env_bytes: environment.len() as u64,
        script_bytes: text.len() as u64,
        out_from: 0,
        err_from: 0,
        acks: vec![],
        flags: Flags::default(),
    };
    let input = format!("{environment}{text}{}\n", begin.spec).into_bytes();
    (begin, input)
}

/// A key pair in files: private, public.
pub fn write_key(folder: &Path) -> (PathBuf, PathBuf) {
    let (private, public) = (folder.join("id"), folder.join("id.pub"));
    let key = fresh_key();
    key.write_openssh_file(&private, LineEnding::LF).expect("a private key file");
    key.public_key().write_openssh_file(&public).expect("a public key file");
    (private, public)
}

fn fresh_key() -> PrivateKey {
    PrivateKey::random(&mut safe_rng(), Algorithm::Ed25519).expect("a key")
}

fn address(fleet: &Fleet, host: &str) -> SocketAddr {
    fleet.hosts().find(|(name, _)| *name == host).unwrap_or_else(|| panic!("no host {host}")).1
}

fn line(verb: &Verb) -> String {
    Request { dir: None, hash: HASH.to_owned(), verb: verb.clone() }.line(Rights::Login)
}
