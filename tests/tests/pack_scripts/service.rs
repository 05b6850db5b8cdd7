//! service.start, service.stop, service.restart and service.status under systemd, OpenRC and sysvinit.

use crate::host::{Host, on_every_shell};

const NGINX: (&str, &str) = ("name", "nginx");

/// A host whose one service is what the file `state` says; `start` and `stop` do what `obedient` allows.
fn systemd(host: &Host, state: &str) {
    host.write("state", state);
    host.fake(
        "systemctl",
        r#"case $1 in
            is-system-running) echo degraded; exit 1 ;;
            is-active) grep -q '^active' "$HOST/state" ;;
            start | restart) echo "${AFTER:-$(cat "$HOST/after" 2>/dev/null || echo active)}" >"$HOST/state" ;;
            stop) echo inactive >"$HOST/state" ;;
        esac"#,
    );
    host.fake("journalctl", "echo 'bind: address in use'; echo");
}

fn changes(host: &Host) -> Vec<String> {
    host.calls().into_iter().filter(|call| !call.contains("is-") && !call.ends_with("status")).collect()
}

#[test]
fn a_service_is_started_once_and_only_if_it_does_not_run() {
    on_every_shell(|host| {
        systemd(host, "inactive");
        let ended = host.run("service.start", &[NGINX]).succeeded();
        assert_eq!((ended.get("active"), ended.get("changed")), ("true", "true"));
        assert_eq!(host.slept(), 2);
        let again = host.run("service.start", &[NGINX]).succeeded();
        assert_eq!((again.get("active"), again.get("changed")), ("true", "false"));
        assert_eq!(changes(host), ["systemctl start nginx"]);
    });
}

#[test]
fn a_service_that_dies_after_its_start_was_not_started() {
    on_every_shell(|host| {
        systemd(host, "inactive");
        host.write("after", "failed");
        let reason = "nginx is not running 2 s after its start: bind: address in use";
        let ended = host.run("service.start", &[NGINX]).failed(1, reason);
        assert_eq!(ended.get("active"), "false");
    });
}

#[test]
fn stop_restart_and_status_say_what_they_changed() {
    on_every_shell(|host| {
        systemd(host, "active");
        assert_eq!(host.run("service.restart", &[NGINX]).succeeded().get("changed"), "true");
        let ended = host.run("service.stop", &[NGINX]).succeeded();
        assert_eq!((ended.get("active"), ended.get("changed")), ("false", "true"));
        assert_eq!(host.run("service.stop", &[NGINX]).succeeded().get("changed"), "false");
        assert_eq!(changes(host), ["systemctl restart nginx", "systemctl stop nginx"]);
        assert_eq!(host.run("service.status", &[NGINX]).succeeded().get("active"), "false");
        let expect = [NGINX, ("expect", "active")];
        host.run("service.status", &expect).failed(1, "nginx is inactive, and active was expected");
        assert_eq!(changes(host).len(), 2, "looking changes nothing");
    });
}

#[test]
fn a_manager_that_refuses_is_named_with_its_exit_code() {
    on_every_shell(|host| {
        host.fake("systemctl", "case $1 in is-system-running) echo running ;; is-active) exit 3 ;; *) exit 5 ;; esac");
        host.run("service.start", &[NGINX]).failed(1, "nginx did not start: systemd gave exit 5");
    });
}

#[test]
fn without_systemd_openrc_or_service_is_asked() {
    for (tool, start) in [("rc-service", "rc-service nginx start"), ("service", "service nginx start")] {
        on_every_shell(|host| {
            host.fake("systemctl", "echo offline; exit 1");
            host.fake(
                tool,
                r#"case "$*" in *status) [ -e "$HOST/runs" ] ;; *start) : >"$HOST/runs" ;; *) exit 1 ;; esac"#,
            );
            assert_eq!(host.run("service.start", &[NGINX]).succeeded().get("active"), "true");
            assert_eq!(changes(host), [start]);
        });
    }
}

#[test]
fn no_manager_and_no_name_are_told_apart() {
    on_every_shell(|host| {
        host.run("service.start", &[NGINX]).failed(3, "neither systemd, rc-service nor service is on this host");
        for name in ["", "--now", "a b", "x;reboot", "../sshd"] {
            let ended = host.run("service.start", &[("name", name)]);
            ended.failed(2, &format!("'{name}' is not the name of a service"));
        }
        assert_eq!(host.calls(), Vec::<String>::new());
    });
}
