//! Steps that run on the controller itself.

use crate::daemon::{Inventory, inventory, now, order, resolve, runners_for, started};
use crate::recorder::Recorder;
use jobs::action::{Builtin, Place, Run};
use jobs::attempt::{How, Order, Report, Signal, Vanished};
use jobs::time::{Duration, Timestamp};
use serde_json::{Value, json};
use server::remote::{Limits, Mail, RunnerConfig, Runners, Security};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Instant;

fn nobody() -> Inventory {
    inventory([])
}

fn builtin(step: &str, which: Builtin, parameters: Value) -> Order {
    let parameters = serde_json::from_value(parameters).expect("an object");
    Order { place: Place::Controller, parameters, ..order("web-1", step, Run::Builtin(which)) }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_on_the_controller_outlives_it() {
    let recorder = Recorder::new();
    let journal = recorder.folder.path().join("journal");
    let script = format!("echo $STAGGER_HOST >>{}; echo one; sleep 1.5; echo two; exit 6", journal.display());
    let order = Order { place: Place::Controller, ..order("web-1", "drain", Run::Script(script.into())) };
    let first = runners_for(&nobody(), &recorder, 1);
    first.start(order.clone());
    recorder.until_output(&order, 4).await;
    drop(first);
    let second = runners_for(&nobody(), &recorder, 2);
    let order = Order { inherited: true, ..order };
    second.start(order.clone());
    assert_eq!(recorder.how(&order).await, How::Exited(6));
    assert_eq!(recorder.out(&order), b"one\ntwo\n");
    assert_eq!(started(&journal), ["web-1"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_on_the_controller_does_not_see_its_environment() {
    let recorder = Recorder::new();
    let order = Order { place: Place::Controller, ..order("web-1", "look", Run::Script("env".into())) };
    let runners = runners_for(&nobody(), &recorder, 1);
    runners.start(order.clone());
    assert_eq!(recorder.how(&order).await, How::Exited(0));
    let seen = String::from_utf8(recorder.out(&order)).expect("text");
    assert!(seen.contains("STAGGER_HOST=web-1"), "{seen}");
    assert!(std::env::var_os("CARGO_MANIFEST_DIR").is_some() && !seen.contains("CARGO_MANIFEST_DIR"), "{seen}");
}

#[tokio::test(flavor = "multi_thread")]
async fn waiting_is_until_an_instant_and_can_be_killed() {
    let recorder = Recorder::new();
    let runners = runners_for(&nobody(), &recorder, 1);
    let begun = Instant::now();
    let short = builtin("short", Builtin::Wait, json!({"for": "700ms"}));
    let over = Order {
        started_at: Timestamp(now().0 - Duration::minutes(9).0),
        ..builtin("over", Builtin::Wait, json!({"for": "8m"}))
    };
    let killed = builtin("killed", Builtin::Wait, json!({"for": "8h"}));
    let wrong = builtin("wrong", Builtin::Wait, json!({"for": "a while"}));
    for order in [&short, &over, &killed, &wrong] {
        runners.start(order.clone());
    }
    assert_eq!(recorder.how(&over).await, How::Exited(0));
    runners.signal(killed.job, killed.attempt, Signal::Kill);
    assert_eq!(recorder.how(&killed).await, How::Killed);
    assert_eq!(recorder.how(&short).await, How::Exited(0));
    assert!(begun.elapsed() >= std::time::Duration::from_millis(690));
    assert!(matches!(recorder.last(&wrong).await, Report::Refused { .. }));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_assertion_says_why_it_matters() {
    let recorder = Recorder::new();
    let runners = runners_for(&nobody(), &recorder, 1);
    let holds = builtin("holds", Builtin::Assert, json!({"that": true}));
    let fails = builtin("fails", Builtin::Assert, json!({"that": false, "message": "too few replicas"}));
    runners.start(holds.clone());
    runners.start(fails.clone());
    assert_eq!(recorder.how(&holds).await, How::Exited(0));
    let ending = recorder.ending(&fails).await;
    assert_eq!((ending.how, ending.error.as_deref()), (How::Exited(1), Some("too few replicas")));
}

/// Serves this answer, or none at all, and keeps what was asked.
fn serve(answer: Option<&'static str>) -> (u16, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("bound").port();
    let requests = Arc::new(Mutex::new(Vec::new()));
    let kept = requests.clone();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut bytes = [0; 8_192];
            let length = stream.read(&mut bytes).unwrap_or(0);
            kept.lock().expect("not poisoned").push(String::from_utf8_lossy(&bytes[..length]).into_owned());
            match answer {
                Some(answer) => stream.write_all(answer.as_bytes()).expect("taken"),
                None => std::thread::sleep(std::time::Duration::from_secs(60)),
            }
        }
    });
    (port, requests)
}

fn trust_ring() {
    // Another test of this process may have done it.
    rustls::crypto::ring::default_provider().install_default().ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn one_request_is_made_and_judged() {
    trust_ring();
    let (port, requests) = serve(Some("HTTP/1.1 202 Accepted\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok"));
    let recorder = Recorder::new();
    let runners = runners_for(&nobody(), &recorder, 1);
    let url = format!("http://127.0.0.1:{port}/drain?host=web-1");
    let ask = |step, more: Value| {
        let mut parameters = json!({"url": url, "method": "post", "headers": {"X-Reason": "patch"}, "body": {"a": 1}});
        more.as_object().expect("an object").iter().for_each(|(key, value)| parameters[key] = value.clone());
        builtin(step, Builtin::Http, parameters)
    };
    let taken = ask("taken", json!({}));
    let strict = ask("strict", json!({"expect_status": [200, 204]}));
    for order in [&taken, &strict] {
        runners.start(order.clone());
    }
    let ending = recorder.ending(&taken).await;
    assert_eq!(ending.how, How::Exited(0));
    assert_eq!(json!(ending.output), json!({"status": 202, "body": "ok"}));
    let ending = recorder.ending(&strict).await;
    assert_eq!(ending.error.as_deref(), Some("HTTP 202, expected 200 or 204"));
    let requests = requests.lock().expect("not poisoned");
    assert_eq!(requests.len(), 2);
    assert!(requests[0].starts_with("POST /drain?host=web-1 HTTP/1.1\r\n"), "{}", requests[0]);
    assert!(requests[0].to_lowercase().contains("x-reason: patch") && requests[0].ends_with("{\"a\":1}"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_of_an_earlier_life_is_not_made_again() {
    trust_ring();
    let (port, requests) = serve(None);
    let recorder = Recorder::new();
    let order = builtin("drain", Builtin::Http, json!({"url": format!("http://127.0.0.1:{port}/")}));
    let first = runners_for(&nobody(), &recorder, 1);
    first.start(order.clone());
    for _ in 0..200 {
        if !requests.lock().expect("not poisoned").is_empty() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    drop(first);
    let second = runners_for(&nobody(), &recorder, 2);
    second.start(order.clone());
    assert_eq!(recorder.last(&order).await, Report::Vanished(Vanished::ControllerEnded));
    assert_eq!(requests.lock().expect("not poisoned").len(), 1);
    let slow = Order { timeout: Duration(300), ..builtin("slow", Builtin::Http, json!(order.parameters)) };
    second.start(slow.clone());
    assert_eq!(recorder.how(&slow).await, How::TimedOut);
    let nobody_there = builtin("nobody", Builtin::Http, json!({"url": "http://127.0.0.1:1/?token=s3cret"}));
    second.start(nobody_there.clone());
    let error = recorder.ending(&nobody_there).await.error.expect("an error");
    assert!(error.contains("refused") && !error.contains("s3cret"), "{error}");
}

/// Speaks as much SMTP as taking one letter needs, and returns it.
fn take_letter(stream: TcpStream) -> String {
    let mut writer = stream.try_clone().expect("cloned");
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
    let mut letter = String::new();
    let mut say = |text: &str| writer.write_all(text.as_bytes()).expect("taken");
    say("220 test\r\n");
    while let Some(line) = lines.next() {
        match line.split_whitespace().next().unwrap_or_default() {
            "EHLO" | "MAIL" | "RCPT" => say("250 ok\r\n"),
            "DATA" => {
                say("354 go on\r\n");
                for line in lines.by_ref().take_while(|line| line != ".") {
                    letter.push_str(&line);
                    letter.push('\n');
                }
                say("250 taken\r\n");
                return letter;
            }
            _ => say("221 bye\r\n"),
        }
    }
    letter
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_is_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("bound").port();
    let taking = std::thread::spawn(move || take_letter(listener.accept().expect("a connection").0));
    let recorder = Recorder::new();
    let mail = Mail {
        server: "127.0.0.1".into(),
        port,
        security: Security::None,
        from: "Stagger <stagger@example.org>".into(),
        login: None,
    };
    let config = RunnerConfig {
        folder: recorder.folder.path().to_owned(),
        epoch: 1,
        limits: Limits::default(),
        agent: None,
        mail: Some(mail),
    };
    let runners = Runners::new(config, recorder.clone(), resolve(&nobody())).expect("its folder can be written");
    let parameters = json!({"to": "ops@example.org, night@example.org", "subject": "patched", "body": "all is well"});
    let order = builtin("notify", Builtin::Email, parameters);
    runners.start(order.clone());
    assert_eq!(recorder.how(&order).await, How::Exited(0));
    let letter = taking.join().expect("taken");
    for part in ["Subject: patched", "ops@example.org", "night@example.org", "all is well"] {
        assert!(letter.contains(part), "{part} is not in: {letter}");
    }
    let without = runners_for(&nobody(), &recorder, 2);
    let other = builtin("other", Builtin::Email, json!({"to": "a@example.org"}));
    without.start(other.clone());
    assert!(matches!(recorder.last(&other).await, Report::Refused { why } if why.contains("no mail server")));
}
