//! cluster.leave and cluster.join by command, by HTTP, and for hosts that are in no cluster.

use crate::host::{Host, on_every_shell};

const HTTP: [(&str, &str); 2] = [("via", "http"), ("url", "https://lb.example/{host}/out")];

/// A curl that keeps what it was told on stdin and answers `status`.
fn curl(host: &Host, status: u16) {
    host.fake(
        "curl",
        &format!(
            r#"cat >"$HOST/settings"
            while [ "$1" != -o ]; do shift; done
            echo '{{"ok":true}}' >"$2"; printf {status}"#
        ),
    );
}

#[test]
fn a_command_on_the_host_takes_it_out_and_puts_it_back() {
    on_every_shell(|host| {
        host.fake("pool", "");
        let leave = host.run("cluster.leave", &[("command", "pool out $STAGGER_HOST"), ("drain_seconds", "12")]);
        assert_eq!(leave.succeeded().get("changed"), "true");
        assert_eq!(host.slept(), 12, "time to drain");
        host.run("cluster.join", &[("command", "pool in")]).succeeded();
        assert_eq!(host.calls(), ["pool out web-7", "pool in"]);
        assert_eq!(host.slept(), 12, "joining drains nothing");
    });
}

#[test]
fn a_command_that_is_not_there_or_fails_stops_the_host() {
    on_every_shell(|host| {
        let ended = host.run("cluster.leave", &[]);
        assert_eq!(ended.exit, 3, "{ended:?}");
        assert!(ended.reason.starts_with("cannot run '/etc/stagger/leave' to leave; put it there"), "{ended:?}");
        let ended = host.run("cluster.leave", &[("command", "echo quorum lost >&2; exit 9")]);
        ended.failed(1, "'echo quorum lost >&2; exit 9' gave exit 9");
        host.run("cluster.join", &[("command", "")]).failed(2, "via is command, and 'command' is empty");
        assert_eq!(host.slept(), 0, "nothing is drained that did not leave");
    });
}

#[test]
fn an_http_call_names_the_host_and_hides_the_token() {
    on_every_shell(|host| {
        curl(host, 204);
        let body = r#"{"state":"out","why":"a \ b"}"#;
        let mut given = HTTP.to_vec();
        given.extend([("token", "s3cret"), ("body", body), ("drain_seconds", "0")]);
        let ended = host.run("cluster.leave", &given).succeeded();
        assert_eq!((ended.get("status"), ended.get("changed")), ("204", "true"));
        assert!(!host.calls().join(" ").contains("s3cret"), "the token is in the list of processes");
        let settings = host.read("settings");
        for line in [
            "url = \"https://lb.example/web-7/out\"",
            "request = \"POST\"",
            "header = \"Authorization: Bearer s3cret\"",
            "header = \"Content-Type: application/json\"",
        ] {
            assert!(settings.lines().any(|there| there == line), "no {line} in\n{settings}");
        }
        assert!(host.is_clean(), "the body was left behind");
    });
}

#[test]
fn an_answer_that_was_not_expected_is_a_failure_that_all_hosts_share() {
    on_every_shell(|host| {
        curl(host, 503);
        let reason = "POST https://lb.example/{host}/out: answered 503, and 2xx was expected";
        host.run("cluster.leave", &HTTP).failed(1, reason);
        let mut given = HTTP.to_vec();
        given.push(("expect_status", "503"));
        host.run("cluster.join", &given).succeeded();
        host.fake("curl", "echo 'curl: (7) Failed to connect to lb.example' >&2; exit 7");
        let reason = "POST https://lb.example/{host}/out: curl: (7) Failed to connect to lb.example";
        host.run("cluster.leave", &HTTP).failed(1, reason);
        host.remove("curl");
        host.run("cluster.leave", &HTTP).failed(3, "curl is not on this host; install it, or set via to command");
    });
}

#[test]
fn a_token_that_would_break_out_of_its_header_is_refused() {
    on_every_shell(|host| {
        curl(host, 200);
        let mut given = HTTP.to_vec();
        given.push(("token", "x\"\nurl = \"https://elsewhere.example"));
        host.run("cluster.leave", &given).failed(2, "the token holds a character that no bearer token may have");
        assert_eq!(host.calls(), Vec::<String>::new());
    });
}

#[test]
fn leaving_waits_until_nobody_is_connected() {
    on_every_shell(|host| {
        host.fake("pool", "");
        host.fake("ss", r#"[ "$(cat "$HOST/clock")" -ge 1007 ] || echo '0 0 10.0.0.1:443 10.0.0.2:5555'"#);
        let given = [("command", "pool out"), ("drain_ports", "[443,8443]")];
        let ended = host.run("cluster.leave", &given).succeeded();
        assert!(ended.said.ends_with("drained after 7 s\n"), "{ended:?}");
        assert!(host.calls().contains(&"ss -Htn state established sport = :8443".to_owned()), "{:?}", host.calls());

        host.fake("ss", "echo '0 0 10.0.0.1:443 10.0.0.2:5555'");
        let given = [("command", "pool out"), ("drain_ports", "[443]"), ("drain_seconds", "20")];
        let reason = "still connected to port 443 after 20 s (drain_seconds): 1";
        host.run("cluster.leave", &given).failed(7, reason);
        assert_eq!(host.slept(), 27);
    });
}

#[test]
fn a_host_in_no_cluster_is_asked_for_nothing() {
    on_every_shell(|host| {
        for action in ["cluster.leave", "cluster.join"] {
            assert_eq!(host.run(action, &[("via", "none")]).succeeded().get("changed"), "false");
        }
        assert_eq!((host.calls(), host.slept()), (vec![], 0));
    });
}
