//! app.ignite with fake and with real clients.

use crate::host::{Host, on_every_shell};
use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;

const URL: (&str, &str) = ("url", "http://127.0.0.1:8080/healthz");

/// A curl that answers one line of `answers` after another, the last one for ever: a status, or `exit N`.
fn curl(host: &Host, answers: &str) {
    host.write("answers", answers);
    host.fake(
        "curl",
        r#"asked=$(($(cat "$HOST/asked" 2>/dev/null || echo 0) + 1)); echo $asked >"$HOST/asked"
        answer=$(head -n $asked "$HOST/answers" | tail -n 1)
        case $answer in exit*) $answer ;; esac
        while [ "$1" != -o ]; do shift; done
        echo 'all is ok here' >"$2"; printf %s "$answer""#,
    );
}

#[test]
fn well_means_good_answers_in_a_row() {
    on_every_shell(|host| {
        curl(host, "exit 7\n200\n200\n503\n200\n200\n200\n");
        let ended = host.run("app.ignite", &[URL]).succeeded();
        assert_eq!((ended.get("answers"), ended.get("seconds")), ("7", "12"));
        assert!(host.is_clean(), "a temporary folder was left behind");
    });
}

#[test]
fn not_well_by_the_deadline_says_what_the_last_answer_lacked() {
    for (answer, why) in [
        ("503", "status 503"),
        ("exit 7", "connection refused"),
        ("exit 28", "no answer within 10 s"),
        ("exit 6", "the name does not resolve"),
        ("exit 60", "the TLS certificate is not trusted, or TLS is not spoken"),
    ] {
        on_every_shell(|host| {
            curl(host, answer);
            let reason = format!("http://127.0.0.1:8080/healthz is not well after 30 s: {why}");
            let ended = host.run("app.ignite", &[URL, ("deadline_seconds", "30")]).failed(1, &reason);
            assert_eq!((ended.get("answers"), host.slept()), ("16", 30));
        });
    }
}

#[test]
fn a_good_answer_may_have_to_hold_a_text() {
    on_every_shell(|host| {
        curl(host, "200");
        host.run("app.ignite", &[URL, ("expect_text", "is ok")]).succeeded();
        let ended = host.run("app.ignite", &[URL, ("expect_text", "-ready-"), ("deadline_seconds", "4")]);
        let why = "status 200, without the text '-ready-'";
        ended.failed(1, &format!("http://127.0.0.1:8080/healthz is not well after 4 s: {why}"));
    });
}

#[test]
fn warm_up_asks_each_address_once_and_judges_none() {
    on_every_shell(|host| {
        curl(host, "500\nexit 7\n200\n");
        let warm_up = ("warm_up", r#"["http://127.0.0.1/a?x=1,2", "http://127.0.0.1/b"]"#);
        let given = [URL, warm_up, ("good_answers", "1"), ("host_header", "shop.example"), ("verify_tls", "false")];
        let ended = host.run("app.ignite", &given).succeeded();
        assert_eq!(ended.get("answers"), "1");
        let calls = host.calls();
        assert_eq!(calls.len(), 3, "{calls:?}");
        assert!(
            calls[0].ends_with(" http://127.0.0.1/a?x=1,2") && calls[1].ends_with(" http://127.0.0.1/b"),
            "{calls:?}"
        );
        assert!(calls.iter().all(|call| call.contains("-k -H Host: shop.example")), "{calls:?}");
    });
}

#[test]
fn wget_serves_where_curl_is_not() {
    on_every_shell(|host| {
        host.fake("wget", "printf '  HTTP/1.1 302 Found\\n  HTTP/1.1 200 OK\\n' >&2");
        host.run("app.ignite", &[URL]).succeeded();
        host.fake("wget", "printf '  HTTP/1.1 500 Oops\\n' >&2; exit 8");
        let reason = "http://127.0.0.1:8080/healthz is not well after 1 s: status 500";
        host.run("app.ignite", &[URL, ("deadline_seconds", "1")]).failed(1, reason);
        host.remove("wget");
        host.run("app.ignite", &[URL]).failed(3, "neither curl nor wget is on this host; install one of them");
        let given = [("url", "file:///etc/passwd")];
        host.run("app.ignite", &given).failed(2, "'file:///etc/passwd' is not an http:// or https:// address");
    });
}

/// Answers every request with 200 and a page that names the Host header, until the test's process ends.
fn serve() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("its address").port();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.expect("a connection");
            let mut request = [0; 4096];
            let length = stream.read(&mut request).expect("a request");
            let request = String::from_utf8_lossy(&request[..length]).into_owned();
            let host = request.lines().find(|line| line.to_lowercase().starts_with("host:")).unwrap_or_default();
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", host.len());
            stream.write_all((head + host).as_bytes()).expect("answer");
        }
    });
    port
}

#[test]
fn the_real_clients_understand_what_they_are_told() {
    let url = format!("http://127.0.0.1:{}/", serve());
    let closed = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a closed port");
    for client in ["curl", "wget"] {
        on_every_shell(|host| {
            if !host.real(client) {
                assert_eq!(client, "wget", "curl is needed to build Stagger, so it is here");
                return;
            }
            let given = [("url", url.as_str()), ("host_header", "shop.example"), ("expect_text", "shop.example")];
            assert_eq!(host.run("app.ignite", &given).succeeded().get("answers"), "3");
            let nobody = format!("http://{closed}/");
            let ended = host.run("app.ignite", &[("url", &nobody), ("deadline_seconds", "1")]);
            assert_eq!(ended.exit, 1, "{ended:?}");
            assert!(
                ended.reason.starts_with(&format!("{nobody} is not well after 1 s: connection refused")),
                "{ended:?}"
            );
        });
    }
}
