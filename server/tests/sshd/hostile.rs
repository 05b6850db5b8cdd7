//! Servers that are broken or mean no good: silent at any point, endless, garbled, lying about what they ran. Each is left
//! in bounded time and memory, and the reason says which it was.

use crate::daemon::{TestHost, inventory, runners_for, runners_with};
use crate::recorder::Recorder;
use jobs::attempt::{Order, Report};
use russh::server::{Auth, ChannelOpenHandle, Config, Handler, Msg, PublicKeyOffer, Session, VerifiedPublicKey};
use russh::{Channel, ChannelId, ChannelWriteHalf};
use serde_json::{Value, json};
use server::remote::Limits;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::{Duration, Instant};

/// Why the host was out of reach first, whether the script may have begun, and how long it took to say so.
async fn first_word(host: &TestHost, connection: Value) -> (String, bool, Duration) {
    let recorder = Recorder::new();
    let runners = runners_for(&inventory([("host", connection)]), &recorder, 1);
    let (order, asked) = (host.order("step", "exit 0"), Instant::now());
    runners.start(order.clone());
    let (why, may_have_begun) = recorder.out_of_reach(&order).await;
    (why, may_have_begun, asked.elapsed())
}

/// A server that does this with each connection, each in a thread of its own.
fn serve_with(talk: fn(TcpStream)) -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("bound").port();
    std::thread::spawn(move || {
        listener.incoming().flatten().for_each(|stream| drop(std::thread::spawn(move || talk(stream))))
    });
    port
}

/// Takes what comes until the other side has gone, and says nothing.
fn listen(mut stream: TcpStream) {
    let mut bytes = [0; 4_096];
    while stream.read(&mut bytes).is_ok_and(|length| length > 0) {}
}

/// Says this again and again until the other side has had enough of it.
fn repeat(mut stream: TcpStream, bytes: &[u8]) {
    while stream.write_all(bytes).is_ok() {}
}

#[tokio::test(flavor = "multi_thread")]
async fn silence_is_left_in_time_at_every_phase() {
    let host = TestHost::start();
    let within_a_second = |port: u16| host.connection_with(json!({"port": port, "connect_timeout": 1}));
    let greets_only = serve_with(|mut stream| {
        stream.write_all(b"SSH-2.0-Asleep\r\n").expect("taken");
        listen(stream);
    });
    let full = Full::new();
    for (port, phase) in [
        (full.port, "no TCP connection"),
        (serve_with(listen), "no SSH greeting"),
        (greets_only, "no key exchange"),
        (Rogue::serve(&host, Habit::NeverLetsIn).await, "no answer to the login"),
        (Rogue::serve(&host, Habit::OpensNothing).await, "no channel"),
    ] {
        let (why, may_have_begun, took) = first_word(&host, within_a_second(port)).await;
        assert!(why.contains(&format!("{phase} within 1 s")), "{phase}: {why}");
        assert!(!may_have_begun, "{phase}: nothing was asked of it");
        assert!(took < Duration::from_secs(8), "{phase}: {took:?}");
    }
}

/// A port whose queue of connections is full, so that nobody is answered any more.
struct Full {
    port: u16,
    _listener: tokio::net::TcpListener,
}

impl Full {
    fn new() -> Full {
        let socket = tokio::net::TcpSocket::new_v4().expect("a socket");
        socket.bind("127.0.0.1:0".parse().expect("an address")).expect("a free port");
        let listener = socket.listen(1).expect("it listens");
        let address = listener.local_addr().expect("bound");
        let hold = || async move {
            let stream = tokio::net::TcpStream::connect(address).await;
            std::future::pending::<()>().await;
            drop(stream);
        };
        (0..8).for_each(|_| drop(tokio::spawn(hold())));
        // The system's own clients above fill the queue within this time; those left over wait like everybody else.
        std::thread::sleep(Duration::from_millis(300));
        Full { port: address.port(), _listener: listener }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn garbage_in_the_place_of_ssh_is_left_in_time() {
    let host = TestHost::start();
    for (talk, reason) in [
        ((|stream| repeat(stream, &[b'x'; 4_096])) as fn(TcpStream), "SSH"),
        (|stream| repeat(stream, b"HTTP/1.1 400 Bad Request\r\nServer: nginx\r\n"), "SSH"),
        (|stream| repeat(stream, &[0; 4_096]), "SSH"),
        (
            |mut stream| {
                stream.write_all(b"SSH-2.0-Rogue\r\n").expect("taken");
                repeat(stream, &[0xff; 4_096]);
            },
            "SSH",
        ),
        (
            |mut stream| {
                stream.write_all(b"SSH-1.5-Ancient\r\n").expect("taken");
                listen(stream);
            },
            "",
        ),
    ] {
        let connection = host.connection_with(json!({"port": serve_with(talk), "connect_timeout": 1}));
        let (why, may_have_begun, took) = first_word(&host, connection).await;
        assert!(why.contains(reason) && !why.is_empty(), "{why}");
        assert!(!may_have_begun && took < Duration::from_secs(8), "{why}: {took:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_lies_about_a_request_is_not_believed() {
    let host = TestHost::start();
    for (habit, reason) in [
        (
            Habit::Says(b"Last login: today\nWelcome to web-1!\n"),
            "makes no sense: expected an answer of the supervisor",
        ),
        (Habit::Says(b"stagger 1 asleep\n"), "makes no sense"),
        (Habit::Says(b""), "ended before the host answered"),
        (Habit::Exits(0), "the host's shell ended with 0"),
        (Habit::Exits(127), "the host's shell ended with 127"),
        (Habit::Endless(b"x"), "makes no sense: expected a line of the supervisor"),
    ] {
        let connection = host.connection_with(json!({"port": Rogue::serve(&host, habit).await}));
        let (why, _, took) = first_word(&host, connection).await;
        assert!(why.contains(reason), "{habit:?}: {why}");
        assert!(took < Duration::from_secs(10), "{habit:?}: {took:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_server_says_beside_the_protocol_takes_no_room() {
    let host = TestHost::start();
    let before = memory();
    let connection = host.connection_with(json!({"port": Rogue::serve(&host, Habit::Complains).await}));
    let (why, ..) = first_word(&host, connection).await;
    assert!(why.contains("the host's shell ended with 1") && why.len() < 1_000, "{why}");
    let grown = memory().saturating_sub(before);
    assert!(grown < 40 << 20, "{grown} bytes for {} bytes of complaints", COMPLAINTS * CHUNK);
}

/// Bytes that this process has resident.
fn memory() -> usize {
    let pages = std::fs::read_to_string("/proc/self/statm").expect("Linux has it");
    pages.split_whitespace().nth(1).and_then(|pages| pages.parse::<usize>().ok()).expect("a number") * 4_096
}

#[tokio::test(flavor = "multi_thread")]
async fn no_more_handshakes_are_under_way_than_are_allowed() {
    static UNDER_WAY: AtomicUsize = AtomicUsize::new(0);
    static MOST: AtomicUsize = AtomicUsize::new(0);
    static SERVED: AtomicUsize = AtomicUsize::new(0);
    let host = TestHost::start();
    // Greets everybody at once; who answers that is shaking hands, for as long as it takes to lose patience.
    let port = serve_with(|mut stream| {
        stream.write_all(b"SSH-2.0-Slow\r\n").expect("taken");
        let mut first = [0];
        if stream.read(&mut first).is_ok_and(|length| length > 0) {
            MOST.fetch_max(UNDER_WAY.fetch_add(1, SeqCst) + 1, SeqCst);
            SERVED.fetch_add(1, SeqCst);
            listen(stream);
            UNDER_WAY.fetch_sub(1, SeqCst);
        }
    });
    let names = ["a", "b", "c", "d", "e", "f"];
    let connection = host.connection_with(json!({"port": port, "connect_timeout": 1}));
    let hosts = inventory(names.map(|name| (name, connection.clone())));
    let recorder = Recorder::new();
    let runners = runners_with(Limits { handshakes: 2, ..Limits::default() }, &hosts, &recorder, 1);
    let orders = names.map(|name| Order { host: name.into(), ..host.order(name, "exit 0") });
    orders.iter().for_each(|order| runners.start(order.clone()));
    for order in &orders {
        let (why, _) = recorder.out_of_reach(order).await;
        assert!(why.contains("no key exchange within 1 s"), "{why}");
    }
    assert!(SERVED.load(SeqCst) >= 6, "all of them had their turn");
    // The server may see the end of one connection a moment after the beginning of the next.
    assert!((2..=4).contains(&MOST.load(SeqCst)), "{} at the same time", MOST.load(SeqCst));
}

#[tokio::test(flavor = "multi_thread")]
async fn frames_that_leave_something_out_are_not_taken_for_output() {
    let host = TestHost::start();
    let lies = b"stagger 1 started boot=b store=s-1\nout 5 4\nabc\nres 0\n\
        end exit=0 signal=0 cause=exit ms=1 out=9 err=0\n";
    let recorder = Recorder::new();
    let connection = host.connection_with(json!({"port": Rogue::serve(&host, Habit::Says(lies)).await}));
    let runners = runners_for(&inventory([("host", connection)]), &recorder, 1);
    let order = host.order("step", "exit 0");
    runners.start(order.clone());
    let report = recorder.wait_for(&order, |_| true).await;
    let Report::OutOfReach { why, may_have_begun: true } = report else { panic!("{report:?}") };
    assert!(why.contains("left out output"), "{why}");
    assert!(recorder.out(&order).is_empty());
}

/// An SSH server of our own that lets everybody in, and has one bad habit.
struct Rogue {
    habit: Habit,
    channel: Option<ChannelWriteHalf<Msg>>,
}

#[derive(Clone, Copy, Debug)]
enum Habit {
    NeverLetsIn,
    OpensNothing,
    /// Takes the supervisor; answers everything else with this, and closes the channel without an exit code.
    Says(&'static [u8]),
    /// Takes the supervisor; ends everything else with this code and without a word.
    Exits(u32),
    /// Takes the supervisor; then says this for ever.
    Endless(&'static [u8]),
    /// Takes the supervisor; then complains at length on the other stream, and exits with 1.
    Complains,
}

const CHUNK: usize = 32 << 10;
const COMPLAINTS: usize = 4_000;

impl Rogue {
    /// Serves until the test ends; gives back the port.
    async fn serve(host: &TestHost, habit: Habit) -> u16 {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("bound").port();
        let key = russh::keys::load_secret_key(host.path("host"), None).expect("a key");
        let config = Arc::new(Config { keys: vec![key], ..Config::default() });
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let config = config.clone();
                tokio::spawn(async move {
                    if let Ok(session) = russh::server::run_stream(config, stream, Rogue { habit, channel: None }).await
                    {
                        // However it ends.
                        drop(session.await);
                    }
                });
            }
        });
        port
    }

    async fn let_in(&self) -> Auth {
        if matches!(self.habit, Habit::NeverLetsIn) {
            std::future::pending::<()>().await;
        }
        Auth::Accept
    }
}

impl Handler for Rogue {
    type Error = russh::Error;

    async fn auth_publickey_offered(&mut self, _: &str, _: PublicKeyOffer<'_>) -> Result<Auth, russh::Error> {
        Ok(self.let_in().await)
    }

    async fn auth_publickey(&mut self, _: &str, _: VerifiedPublicKey<'_>) -> Result<Auth, russh::Error> {
        Ok(self.let_in().await)
    }

    async fn channel_open_session(
        &mut self,
        channel: Channel<Msg>,
        reply: ChannelOpenHandle,
        _: &mut Session,
    ) -> Result<(), russh::Error> {
        if matches!(self.habit, Habit::OpensNothing) {
            std::future::pending::<()>().await;
        }
        self.channel = Some(channel.split().1);
        reply.accept().await;
        Ok(())
    }

    async fn exec_request(&mut self, _: ChannelId, line: &[u8], _: &mut Session) -> Result<(), russh::Error> {
        let line = String::from_utf8_lossy(line).into_owned();
        let (habit, channel) = (self.habit, self.channel.take().expect("opened before"));
        // Beside the session, which is to go on meanwhile.
        tokio::spawn(async move {
            let installs = line.contains(" install ");
            let habit = if installs { Habit::Says(b"stagger 1 installed store=s-1\n") } else { habit };
            // The other side may go away at any moment, and is right to.
            drop(indulge(habit, &channel).await);
            drop(channel.close().await);
        });
        Ok(())
    }
}

async fn indulge(habit: Habit, channel: &ChannelWriteHalf<Msg>) -> Result<(), russh::Error> {
    match habit {
        Habit::NeverLetsIn | Habit::OpensNothing => Ok(()),
        Habit::Says(text) => channel.data_bytes(text.to_vec()).await,
        Habit::Exits(code) => channel.exit_status(code).await,
        Habit::Endless(text) => loop {
            channel.data_bytes(text.repeat(CHUNK)).await?;
        },
        Habit::Complains => {
            for _ in 0..COMPLAINTS {
                channel.extended_data_bytes(1, vec![b'!'; CHUNK]).await?;
            }
            channel.exit_status(1).await
        }
    }
}
