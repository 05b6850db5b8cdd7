//! Bad input for what only the server reads: answers of hosts on the wire, what the simulated fleet is asked, how a host
//! is reached, and trouble for a demo. How it is made, tried and repeated stands in `tests/tests/bad_input`.
//!
//! Never found here: a connection.

#[path = "../../tests/tests/simulator/chance.rs"]
mod chance;
#[path = "../../tests/tests/bad_input/hunt.rs"]
mod hunt;
#[path = "../../tests/tests/bad_input/mutation.rs"]
mod mutation;

use chance::Chance;
use hunt::{hunt, promise};
use jobs::attempt::Op;
use jobs::inventory::Host;
use jobs::time::Duration;
use serde_json::json;
use server::connection::Connection;
use server::fleet::Troubles;
use server::remote::protocol::{
    Answers, Cause, End, Header, Line, Request, State, Stream, Tried, Verb, decode_environment, encode_environment,
    output_frame, result_frame,
};

/// The most that a host's answer may make us hold at once.
const MOST_HELD: usize = 1 << 20;

/// A whole answer, as a supervisor gives it.
fn answer() -> Vec<u8> {
    let header = Header { state: State::Done, boot: "b-1".into(), store: "s-1".into(), epoch: Some(7) };
    let end = End { exit: 3, signal: 0, cause: Cause::Exit, took: Duration(1_500), out: 11, err: 4 };
    let mut bytes = header.to_string().into_bytes();
    for (stream, text) in [(Stream::Out, "hello\nthere"), (Stream::Err, "oops"), (Stream::Out, "")] {
        bytes.extend(output_frame(stream, 0, text.len()).bytes().chain(text.bytes()));
    }
    bytes.extend(result_frame(15).bytes().chain(*b"installed=true\n"));
    bytes.extend(end.to_string().bytes());
    bytes
}

fn an_answer(chance: &mut Chance) -> Result<(), String> {
    let bytes = match chance.once_in(500) {
        true => mutation::bytes(&answer(), chance),
        false => {
            let good = String::from_utf8_lossy(&answer()).into_owned();
            mutation::text(&[good], chance).into_bytes()
        }
    };
    let (mut answers, mut handed_on, mut rest) = (Answers::default(), 0, &bytes[..]);
    let input = String::from_utf8_lossy(&bytes);
    while !rest.is_empty() {
        let length = (chance.pick(&[1, 7, 1_000, 70_000])).min(rest.len());
        let (mut piece, after) = rest.split_at(length);
        rest = after;
        while !piece.is_empty() {
            match answers.next(&mut piece) {
                Ok(Some(Line::Output(_, _, output))) => handed_on += output.len(),
                Ok(Some(Line::Result(result))) => {
                    promise(result.len() <= MOST_HELD, "a result beyond its greatest length", &input)?;
                    handed_on += result.len();
                }
                Ok(_) => {}
                Err(garbled) => {
                    let said = garbled.to_string();
                    return promise(said.len() < 2_000 && said.starts_with("expected"), &said, &input);
                }
            }
        }
    }
    promise(handed_on <= bytes.len(), "more was handed on than came", &input)
}

fn a_request(chance: &mut Chance) -> Result<(), String> {
    let verb = Verb::Tail { attempt: Tried { op: Op([7; 16]), number: 2 }, out_from: 0, err_from: 9 };
    let good = Request { dir: Some("/var/lib/stagger".into()), hash: "abc".into(), verb };
    let line = mutation::text(&[good.line(server::remote::protocol::Rights::Login)], chance);
    if let Some(read) = Request::parse(&line) {
        let again = Request::parse(&read.line(server::remote::protocol::Rights::Login));
        promise(again.is_some(), "it does not read its own line", &line)?;
    }
    let environment = encode_environment([("STAGGER_JOB", "a'b\n c"), ("STAGGER_PARAM_X", "")]).expect("good names");
    let text = mutation::text(&[environment], chance);
    match decode_environment(&text) {
        Ok(variables) => {
            let pairs = variables.iter().map(|(name, value)| (name.as_str(), value.as_str()));
            match encode_environment(pairs) {
                Ok(again) => promise(again == text, "another environment came back", &text),
                Err(why) => promise(text.contains('\0'), &why.to_string(), &text),
            }
        }
        Err(garbled) => promise(garbled.to_string().len() < 2_000, "a very long message", &text),
    }
}

fn a_connection(chance: &mut Chance) -> Result<(), String> {
    let good = json!({
        "address": "127.0.0.1", "port": 2222, "user": "deploy", "key": "~/.ssh/id_ed25519", "password": "env:LATE",
        "agent": true, "sudo_password": "file:/etc/stagger/sudo", "jump": "gate", "connect_timeout": "90s",
        "host_key": "SHA256:uNiVztksCsDhcc0u9e8BrVXR6PC3Rm0c4oJtQ0tXc2E", "host_key_check": "accept-new",
    });
    let settings = mutation::json(&good, &[], chance);
    let host: Host = serde_json::from_value(json!({"name": "web-1", "connection": settings}))
        .map_err(|why| format!("a host takes any settings: {why}"))?;
    match Connection::of(&host) {
        Ok(_) => Ok(()),
        Err(error) => promise(error.to_string().contains("web-1"), &error.to_string(), &host.connection.to_string()),
    }
}

fn a_trouble(chance: &mut Chance) -> Result<(), String> {
    let good = [
        "install fails on 2%, 1 host never comes back from reboot",
        "5 hosts are flaky, check fails once on 2 hosts, reboot is slow on 2 hosts",
        "3 hosts have a full disk, web-0001 has the wrong key, 10% are slow",
    ];
    let text = mutation::text(&good.map(str::to_owned), chance);
    match text.parse::<Troubles>() {
        Ok(_) => Ok(()),
        Err(error) => {
            let told = error.offset <= text.chars().count() && !error.message.is_empty() && !error.hint.is_empty();
            promise(told, &format!("said badly: {error}"), &text)
        }
    }
}

#[test]
fn answers() {
    hunt("answers", 10_000, an_answer);
}

#[test]
fn requests() {
    hunt("requests", 5_000, a_request);
}

#[test]
fn connections() {
    hunt("connections", 10_000, a_connection);
}

#[test]
fn troubles() {
    hunt("troubles", 2_000, a_trouble);
}
