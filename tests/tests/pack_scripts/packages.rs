//! patch.check, patch.install and package.install on Debian-like and RHEL-like hosts.

use crate::host::{Host, on_every_shell};

/// What apt prints for an upgrade of three packages, one of them for security, that brings a new kernel along.
const SIMULATED: &str = "\
Reading package lists...
Inst base-files [12.4] (12.4+deb12u5 Debian:12.5/stable [amd64])
Inst linux-image-6.1.0-18-amd64 (6.1.76-1 Debian-Security:12/stable-security [amd64])
Inst linux-image-amd64 [6.1.69-1] (6.1.76-1 Debian-Security:12/stable-security [amd64])
Inst openssl [3.0.11-1] (3.0.13-1 Ubuntu:22.04/jammy-updates, Ubuntu:22.04/jammy-security [amd64])
Conf openssl (3.0.13-1 Ubuntu:22.04/jammy-updates, Ubuntu:22.04/jammy-security [amd64])
";

const LISTED: &str = "
kernel-core.x86_64               5.14.0-362.18.1.el9_3          baseos
a-package-with-a-very-long-name-that-is-wrapped.noarch
                                 1.2-3.el9                      appstream
Security: kernel-core-5.14.0-362.el9.x86_64 is an installed security update
Obsoleting Packages
old-thing.x86_64                 1.0-1.el9                      baseos
";

/// A Debian host on which `waiting` is what the simulated upgrade says.
fn debian(host: &Host, waiting: &str) {
    host.write("simulated", waiting);
    host.fake(
        "apt-get",
        r#"
        echo "environment $DEBIAN_FRONTEND" >>"$HOST/calls"
        case "$*" in
            *" -s "*) cat "$HOST/simulated" ;;
            *" install "*) [ ! -e "$HOST/install-fails" ] || { cat "$HOST/install-fails" >&2; exit 100; } ;;
            *update*) [ ! -e "$HOST/update-fails" ] || { cat "$HOST/update-fails" >&2; exit 100; } ;;
        esac"#,
    );
    host.fake("apt-mark", r#"[ "$1" != showauto ] || echo openssl"#);
    host.fake("dpkg", ":");
    host.fake("dpkg-query", r#"cat "$HOST/kernels" 2>/dev/null"#);
    host.fake("uname", "echo 6.1.0-17-amd64");
    room(host, 9_000_000);
}

/// A RHEL-like host on which `manager` lists `listed`.
fn rhel(host: &Host, manager: &str, listed: &str) {
    host.write("listed", listed);
    host.fake(
        manager,
        r#"
        case "$*" in
            *--version*) cat "$HOST/version" 2>/dev/null || echo 4.14.0 ;;
            *check-update*) cat "$HOST/listed"; [ ! -s "$HOST/listed" ] || exit 100 ;;
            *" upgrade"* | *" update"* | *" install"*) [ ! -e "$HOST/fails" ] || { cat "$HOST/fails" >&2; exit 1; } ;;
        esac"#,
    );
    host.fake("rpm", r#"case "$*" in *--qf*) cat "$HOST/kernels" 2>/dev/null ;; *nginx*) exit 1 ;; esac"#);
    host.fake("uname", "echo 5.14.0-284.el9.x86_64");
    room(host, 9_000_000);
}

fn room(host: &Host, kilobytes: u32) {
    host.fake("df", &format!("echo Filesystem\necho '/dev/sda1 20000000 1 {kilobytes} 1% /'"));
}

#[test]
fn debian_tells_security_updates_from_others_and_upgrades_from_new_packages() {
    on_every_shell(|host| {
        debian(host, SIMULATED);
        let ended = host.run("patch.check", &[]).succeeded();
        assert_eq!(ended.get("installed"), "false");
        assert_eq!((ended.get("updates"), ended.get("packages")), ("2", r#"["linux-image-amd64","openssl"]"#));
        let all = host.run("patch.check", &[("security_only", "false")]).succeeded();
        assert_eq!(all.get("packages"), r#"["base-files","linux-image-amd64","openssl"]"#);
        let named = host.run("patch.check", &[("packages", r#"["openssl", "nginx"]"#)]).succeeded();
        assert_eq!(named.get("packages"), r#"["openssl"]"#);
        assert!(host.is_clean(), "a temporary folder was left behind");
    });
}

#[test]
fn nothing_waiting_is_installed() {
    on_every_shell(|host| {
        debian(host, "Reading package lists...\n");
        let ended = host.run("patch.check", &[("expect", "installed")]).succeeded();
        assert_eq!((ended.get("installed"), ended.get("updates"), ended.get("packages")), ("true", "0", "[]"));
        assert_eq!(ended.get("reboot_required"), "false");
        assert_eq!(ended.said, "updates: none\n");
    });
}

#[test]
fn a_verifying_check_fails_and_names_what_still_waits() {
    on_every_shell(|host| {
        debian(host, SIMULATED);
        let ended = host.run("patch.check", &[("expect", "installed")]);
        let ended = ended.failed(1, "updates are still waiting: linux-image-amd64 openssl");
        assert_eq!(ended.get("installed"), "false");
    });
}

#[test]
fn sources_that_cannot_be_read_are_no_reason_to_say_installed() {
    on_every_shell(|host| {
        debian(host, "");
        host.write(
            "update-fails",
            "Err:1 http://deb.example bookworm\nE: Failed to fetch http://deb.example  404\nE: Some\n",
        );
        let ended = host.run("patch.check", &[]);
        let ended =
            ended.failed(6, "apt-get could not read its package sources: E: Failed to fetch http://deb.example  404");
        assert!(ended.output.is_empty(), "{ended:?}");
        host.forget_calls();
        host.run("patch.check", &[("refresh", "false")]).succeeded();
        assert!(!host.calls().iter().any(|call| call.contains("update")), "{:?}", host.calls());
    });
}

#[test]
fn a_lock_is_waited_for_but_not_for_ever() {
    let lock = "E: Could not get lock /var/lib/apt/lists/lock. It is held by process 812 (unattended-upgr)\n";
    on_every_shell(|host| {
        debian(host, "");
        host.write("lock", lock);
        host.fake(
            "apt-get",
            r#"case "$*" in *update*) ;; *) exit 0 ;; esac
            tries=$(($(cat "$HOST/tries" 2>/dev/null || echo 0) + 1)); echo $tries >"$HOST/tries"
            [ $tries -gt "$(cat "$HOST/free-after")" ] || { cat "$HOST/lock" >&2; exit 100; }"#,
        );
        host.write("free-after", "2");
        host.run("patch.check", &[]).succeeded();
        assert_eq!(host.slept(), 10);

        host.write("free-after", "1000");
        let ended = host.run("patch.check", &[("lock_seconds", "60")]);
        let reason = "the package manager's lock stayed taken for 60 s (lock_seconds): ";
        ended.failed(5, &format!("{reason}{}", lock.trim_end()));
        assert_eq!(host.slept(), 70);
    });
}

#[test]
fn debian_says_when_a_reboot_is_needed() {
    on_every_shell(|host| {
        debian(host, "");
        let flag = host.path("reboot-required").display().to_string();
        let required = |host: &Host| {
            host.run("patch.check", &[("reboot_file", &flag)]).succeeded().get("reboot_required").to_owned()
        };
        assert_eq!(required(host), "false", "no kernel of the distribution: nobody can say");
        host.write("kernels", "installed linux-image-6.1.0-17-amd64\ninstalled linux-image-6.1.0-9-amd64\n");
        assert_eq!(required(host), "false", "17 is newer than 9");
        host.write(
            "kernels",
            "installed linux-image-6.1.0-17-amd64\ninstalled linux-image-6.1.0-18-cloud-amd64\n\
             config-files linux-image-6.1.0-18-amd64\n",
        );
        assert_eq!(required(host), "false", "another flavour, and one that was removed");
        host.write("kernels", "installed linux-image-6.1.0-18-amd64\ninstalled linux-image-6.1.0-17-amd64\n");
        assert_eq!(required(host), "true");
        host.fake("needrestart", "echo NEEDRESTART-VER: 3.6; echo NEEDRESTART-KSTA: 1");
        assert_eq!(required(host), "false", "needrestart knows better");
        host.fake("needrestart", "[ -z \"$NEEDRESTART_SUSPEND\" ] && echo NEEDRESTART-KSTA: 3");
        assert_eq!(required(host), "true");
        host.fake("needrestart", "echo NEEDRESTART-KSTA: 1");
        host.write("reboot-required", "");
        assert_eq!(required(host), "true");
    });
}

#[test]
fn a_package_name_that_is_none_reaches_no_command() {
    for name in ["x;reboot", "$(reboot)", "-o=Dir::Etc=x", "a b", "../x"] {
        on_every_shell(|host| {
            debian(host, SIMULATED);
            let ended = host.run("package.install", &[("packages", &format!("[\"{name}\"]"))]);
            ended.failed(2, &format!("'{name}' is not a package name"));
            assert_eq!(host.calls(), Vec::<String>::new());
        });
    }
}

#[test]
fn debian_installs_what_waits_and_nothing_else() {
    on_every_shell(|host| {
        debian(host, SIMULATED);
        let ended = host.run("patch.install", &[]).succeeded();
        assert_eq!((ended.get("changed"), ended.get("updates")), ("true", "2"));
        assert_eq!(ended.get("reboot_required"), "false");
        let install = host.calls_of("apt-get -q -y");
        assert_eq!(install.len(), 1, "{install:?}");
        assert!(install[0].ends_with("--no-remove install --only-upgrade linux-image-amd64 openssl"), "{install:?}");
        assert!(install[0].contains("--force-confold"), "the owner's configuration files stay: {install:?}");
        assert_eq!(host.calls_of("apt-mark auto"), ["apt-mark auto openssl"], "marks are put back");
        assert!(host.calls_of("environment").iter().all(|call| call == "environment noninteractive"));
        assert_eq!(host.calls()[0], "dpkg --configure -a --force-confdef --force-confold");
        for never in ["reboot", "shutdown", "systemctl", "--allow-change-held-packages", "autoremove"] {
            assert!(!host.calls().iter().any(|call| call.contains(never)), "{never} in {:?}", host.calls());
        }
    });
}

#[test]
fn with_nothing_waiting_nothing_is_installed() {
    on_every_shell(|host| {
        debian(host, "");
        room(host, 1);
        let ended = host.run("patch.install", &[]).succeeded();
        assert_eq!((ended.get("changed"), ended.get("packages")), ("false", "[]"));
        assert_eq!(host.calls_of("apt-get -q -y"), Vec::<String>::new());
    });
}

#[test]
fn a_full_disk_is_seen_before_the_installation() {
    on_every_shell(|host| {
        debian(host, SIMULATED);
        room(host, 204_800);
        let reason = "only 200 MB are free on /usr and 500 MB are wanted (min_free_mb); make room, then retry";
        host.run("patch.install", &[]).failed(4, reason);
        assert_eq!(host.calls_of("apt-get -q -y"), Vec::<String>::new());
        host.run("patch.install", &[("min_free_mb", "100")]).succeeded();
    });
}

#[test]
fn a_failed_installation_gives_its_first_error_and_puts_the_marks_back() {
    on_every_shell(|host| {
        debian(host, SIMULATED);
        host.write(
            "install-fails",
            "dpkg: error processing package openssl (--configure):\n \
             post-installation script returned error exit status 1\nE: Sub-process /usr/bin/dpkg returned an error code (1)\n",
        );
        let reason = "apt-get install failed: dpkg: error processing package openssl (--configure):  \
                      post-installation script returned error exit status 1";
        host.run("patch.install", &[]).failed(1, reason);
        assert_eq!(host.calls_of("apt-mark auto"), ["apt-mark auto openssl"]);
        assert!(host.is_clean(), "a temporary folder was left behind");
    });
}

#[test]
fn an_interrupted_installation_is_finished_first() {
    on_every_shell(|host| {
        debian(host, SIMULATED);
        host.fake("dpkg", "echo 'dpkg: error: unable to write' >&2; exit 2");
        host.run("patch.install", &[]).failed(1, "dpkg --configure -a failed: dpkg: error: unable to write");
        assert_eq!(host.calls_of("apt-get"), Vec::<String>::new());
    });
}

#[test]
fn rhel_lists_names_and_leaves_out_what_is_obsoleted() {
    for manager in ["dnf", "yum"] {
        on_every_shell(|host| {
            rhel(host, manager, LISTED);
            let ended = host.run("patch.check", &[]).succeeded();
            assert_eq!(ended.get("packages"), r#"["a-package-with-a-very-long-name-that-is-wrapped","kernel-core"]"#);
            assert_eq!(ended.get("installed"), "false");
            let asked = format!("{manager} --setopt=exit_on_lock=1 -q check-update --security");
            assert_eq!(host.calls_of(&asked).len(), 1, "{:?}", host.calls());
            host.write("listed", "");
            let ended = host.run("patch.check", &[("security_only", "false")]).succeeded();
            assert_eq!((ended.get("installed"), ended.get("updates")), ("true", "0"));
        });
    }
}

#[test]
fn rhel_updates_for_security_and_says_when_a_reboot_is_needed() {
    for (manager, verb) in [("dnf", "upgrade"), ("yum", "update")] {
        on_every_shell(|host| {
            rhel(host, manager, LISTED);
            host.write("kernels", "5.14.0-284.el9.x86_64\n5.14.0-362.el9.x86_64\npackage kernel is not installed\n");
            let ended = host.run("patch.install", &[]).succeeded();
            assert_eq!((ended.get("changed"), ended.get("reboot_required")), ("true", "true"));
            let call = format!("{manager} --setopt=exit_on_lock=1 -y {verb} --security");
            assert_eq!(host.calls_of(&format!("{manager} --setopt=exit_on_lock=1 -y {verb}")), [call]);
            host.fake("needs-restarting", "exit 0");
            assert_eq!(host.run("patch.check", &[]).succeeded().get("reboot_required"), "false");
            host.fake("needs-restarting", "exit 1");
            assert_eq!(host.run("patch.check", &[]).succeeded().get("reboot_required"), "true");
        });
    }
}

#[test]
fn dnf_5_is_not_given_a_setting_it_refuses() {
    on_every_shell(|host| {
        rhel(host, "dnf", LISTED);
        host.write("version", "dnf5 version 5.2.8.1\n");
        host.run("patch.install", &[("security_only", "false"), ("packages", r#"["kernel-core"]"#)]).succeeded();
        assert_eq!(host.calls_of("dnf -y upgrade"), ["dnf -y upgrade kernel-core"]);
        assert_eq!(host.calls_of("dnf --setopt"), Vec::<String>::new());
    });
}

#[test]
fn a_failed_rhel_update_gives_its_error_and_what_follows_it() {
    on_every_shell(|host| {
        rhel(host, "dnf", LISTED);
        host.write("fails", "Error: Transaction test error:\n  installing package kernel needs 12MB on /boot\n");
        let reason =
            "dnf upgrade failed: Error: Transaction test error:   installing package kernel needs 12MB on /boot";
        host.run("patch.install", &[]).failed(1, reason);
    });
}

#[test]
fn a_lock_that_dnf_gives_up_on_is_asked_for_again() {
    on_every_shell(|host| {
        rhel(host, "dnf", "");
        host.fake(
            "dnf",
            r#"case "$*" in *--version*) echo 4.14 ;; *) echo "Failed to obtain the lock" >&2; exit 200 ;; esac"#,
        );
        let reason = "the package manager's lock stayed taken for 15 s (lock_seconds): Failed to obtain the lock";
        host.run("patch.check", &[("lock_seconds", "15")]).failed(5, reason);
        assert_eq!(host.slept(), 15);
    });
}

#[test]
fn a_host_without_a_package_manager_says_so() {
    on_every_shell(|host| {
        let ended = host.run("patch.check", &[]);
        assert_eq!(ended.exit, 3, "{ended:?}");
        assert!(ended.reason.starts_with("neither apt-get, dnf nor yum is on this host"), "{ended:?}");
    });
}

#[test]
fn only_missing_packages_are_installed() {
    on_every_shell(|host| {
        debian(host, "Inst nginx (1.22 Debian:12 [amd64])\nInst nginx-common (1.22 Debian:12 [all])\n");
        let ended = host.run("package.install", &[("packages", r#"["nginx","curl"]"#)]).succeeded();
        assert_eq!((ended.get("changed"), ended.get("packages")), ("true", r#"["nginx","nginx-common"]"#));
        let install = host.calls_of("apt-get -q -y");
        assert!(install[0].ends_with("install --option=APT::Get::Upgrade=false nginx curl"), "{install:?}");
        assert_eq!(host.calls_of("apt-mark"), Vec::<String>::new(), "what a person names is a person's");
        host.write("simulated", "");
        let again = host.run("package.install", &[("packages", r#"["nginx","curl"]"#)]).succeeded();
        assert_eq!((again.get("changed"), again.get("packages")), ("false", "[]"));
    });
    on_every_shell(|host| {
        rhel(host, "dnf", "");
        let ended = host.run("package.install", &[("packages", r#"["nginx","curl"]"#)]).succeeded();
        assert_eq!((ended.get("changed"), ended.get("packages")), ("true", r#"["nginx"]"#));
        assert_eq!(host.calls_of("dnf --setopt=exit_on_lock=1 -y"), ["dnf --setopt=exit_on_lock=1 -y install nginx"]);
        host.run("package.install", &[("packages", "[]")])
            .failed(2, "no package is named: give 'packages' at least one");
    });
}
