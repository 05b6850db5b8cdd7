//! The supervisor's text under each shell that is here, without SSH: races, and death at every line.

use crate::daemon::{all_processes, command_line, kill, started};
use jobs::attempt::Op;
use jobs::time::Duration;
use server::remote::protocol::{Begin, Flags, INSTALL, LAUNCH, Request, Rights, Tried, Verb};
use std::fs::Permissions;
use std::io::Write;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use tempfile::TempDir;

const SUPERVISOR: &str = include_str!("../../src/remote/host.sh");

/// The shells that hosts have, and the tools that come with busybox.
const SHELLS: [(&str, &[&str]); 4] = [
    ("dash", &[]),
    ("bash", &[]),
    ("busybox", &[]),
    ("busybox", &["setsid", "sync", "dd", "head", "tail", "wc", "rm", "mkdir", "timeout", "sleep", "find"]),
];

/// busybox's flock, where it has one, knows neither `-w` nor `-E`; Debian's has none, so this stands in for it.
const BUSYBOX_FLOCK: &str = "#!/bin/sh\nfor option; do case $option in -w | -E) exit 1 ;; esac; done\n\
    exec /usr/bin/flock \"$@\"\n";

/// A folder of Stagger on this machine, used through one shell.
struct Folder {
    temporary: TempDir,
}

impl Folder {
    fn new(shell: &str, tools: &[&str]) -> Folder {
        let temporary = tempfile::tempdir().expect("a folder");
        let bin = temporary.path().join("path");
        std::fs::create_dir(&bin).expect("created");
        let program = ["/bin", "/usr/bin"].map(|folder| PathBuf::from(folder).join(shell));
        let program = program.into_iter().find(|path| path.exists()).unwrap_or_else(|| panic!("install {shell}"));
        symlink(&program, bin.join("sh")).expect("linked");
        tools.iter().for_each(|tool| symlink(&program, bin.join(tool)).expect("linked"));
        if !tools.is_empty() {
            std::fs::write(bin.join("flock"), BUSYBOX_FLOCK).expect("written");
            std::fs::set_permissions(bin.join("flock"), Permissions::from_mode(0o755)).expect("changed");
        }
        let folder = Folder { temporary };
        folder.boot("boot-1");
        folder.install(SUPERVISOR, "0000000000000000");
        folder
    }

    fn path(&self, name: &str) -> PathBuf {
        self.temporary.path().join(name)
    }

    fn boot(&self, id: &str) {
        std::fs::write(self.path("boot_id"), format!("{id}\n")).expect("written");
    }

    fn install(&self, text: &str, hash: &str) {
        let installed = self.say_as(hash, Verb::Install { bytes: text.len() as u64 }, text);
        let store = std::fs::read_to_string(self.path("stagger/store")).expect("made");
        assert_eq!(String::from_utf8_lossy(&installed.stdout), format!("stagger 1 installed store={store}"));
    }

    fn spawn(&self, hash: &str, verb: Verb, input: &str) -> Child {
        let dir = Some(self.path("stagger").display().to_string());
        let line = Request { dir, hash: hash.to_owned(), verb }.line(Rights::Login);
        let mut child = Command::new(self.path("path/sh"))
            .args(["-c", &line])
            .env("PATH", format!("{}:/usr/bin:/bin", self.path("path").display()))
            .env("STAGGER_BOOT_ID_FILE", self.path("boot_id"))
            .env("STAGGER_MOST_OUTPUT", MOST_OUTPUT.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the shell starts");
        // One that has ended already, or never reads, is as good.
        child.stdin.take().expect("piped").write_all(input.as_bytes()).ok();
        child
    }

    fn say_as(&self, hash: &str, verb: Verb, input: &str) -> Output {
        self.spawn(hash, verb, input).wait_with_output().expect("it ends")
    }

    /// What is answered, without boot and store id.
    fn say(&self, verb: Verb, input: &str) -> String {
        self.answer_as("0000000000000000", verb, input)
    }

    fn answer_as(&self, hash: &str, verb: Verb, input: &str) -> String {
        let mut text = String::new();
        for _ in 0..20 {
            let output = self.say_as(hash, verb.clone(), input);
            text = String::from_utf8_lossy(&output.stdout).into_owned();
            // Somebody held the lock for a moment: no end was told, so it is to be asked again, as a runner does.
            if !text.starts_with("stagger 1 running") || text.contains("\nend ") {
                break;
            }
        }
        let words = |line: &str| {
            let kept =
                line.split(' ').filter(|word| !["boot=", "store=", "ms="].iter().any(|key| word.starts_with(key)));
            kept.collect::<Vec<_>>().join(" ")
        };
        text.lines().map(words).collect::<Vec<_>>().join("\n")
    }

    fn begin(&self, script: &str) -> (Verb, String) {
        let journal = self.path("journal");
        let script = format!("echo start >>{}\n{script}", journal.display());
        let begin = begin(script.len());
        let input = format!("{script}{}\n", begin.spec);
        (Verb::Begin(begin), input)
    }

    fn begun(&self, script: &str) -> String {
        let (verb, input) = self.begin(script);
        self.say(verb, &input)
    }

    /// Kills, by their ids, the processes whose command line names this folder and `part`.
    fn kill_those_with(&self, part: &str) {
        let place = self.path("stagger").display().to_string();
        let is_it = |pid: &u32| {
            let line = command_line(*pid);
            line.contains(&place) && line.contains(part)
        };
        self.kill_to_the_end(is_it);
    }

    /// The same for those that belong to an attempt's script by their environment.
    fn kill_with_environment(&self, number: u16) {
        let mark = format!("/ops/{}.{number}/res", attempt(number).op);
        let mark = format!("STAGGER_OUTPUT={}{mark}", self.path("stagger").display());
        let is_it = |pid: &u32| {
            let environment = std::fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
            environment.split(|byte| *byte == 0).any(|entry| entry == mark.as_bytes())
        };
        self.kill_to_the_end(is_it);
    }

    fn kill_to_the_end(&self, is_it: impl Fn(&u32) -> bool) {
        let those = || all_processes().into_iter().filter(&is_it).collect::<Vec<u32>>();
        assert!(!those().is_empty(), "there is nothing to kill");
        those().into_iter().for_each(|pid| kill(pid, "KILL"));
        wait_for(|| those().is_empty());
    }

    /// How often a script was started, which is once at most.
    fn starts(&self) -> usize {
        started(&self.path("journal")).len()
    }
}

fn begin(length: usize) -> Begin {
    Begin {
        attempt: attempt(1),
        epoch: 3,
        spec: "00112233aabbccdd".into(),
        timeout: Duration::seconds(20),
        env_bytes: 0,
        script_bytes: length as u64,
        out_from: 0,
        err_from: 0,
        acks: vec![],
        flags: Flags::default(),
    }
}

fn attempt(number: u16) -> Tried {
    Tried { op: Op([0x5a; 16]), number }
}

/// How much a script may write here; a gigabyte elsewhere.
const MOST_OUTPUT: u32 = 4_000_000;
const WELL: &str = "stagger 1 started\nout 0 3\nhi\nres 4\nk=v\nend exit=2 signal=0 cause=exit out=3 err=0";
const SCRIPT: &str = "echo hi; echo k=v >\"$STAGGER_OUTPUT\"; exit 2\n";

fn in_every_shell(check: impl Fn(Folder)) {
    for (shell, tools) in SHELLS {
        eprintln!("under {shell} with {} tools of its own", tools.len());
        check(Folder::new(shell, tools));
    }
}

#[test]
fn a_script_runs_once_and_its_end_is_told_as_often_as_asked() {
    in_every_shell(|folder| {
        assert_eq!(folder.begun(SCRIPT), WELL);
        let again = folder.begun(SCRIPT);
        assert_eq!(again, WELL.replace("started", "done"));
        let rest = Verb::Tail { attempt: attempt(1), out_from: 1, err_from: 0 };
        let expected = WELL.replace("started", "done").replace("out 0 3\nhi", "out 1 2\ni");
        assert_eq!(folder.say(rest, ""), expected);
        assert_eq!(folder.starts(), 1);
    });
}

#[test]
fn twenty_begins_at_once_start_one_script() {
    in_every_shell(|folder| {
        let (verb, input) = folder.begin("sleep 0.3; echo hi; echo k=v >\"$STAGGER_OUTPUT\"; exit 2\n");
        let racing: Vec<Child> = (0..20).map(|_| folder.spawn("0000000000000000", verb.clone(), &input)).collect();
        let answers: Vec<String> = racing
            .into_iter()
            .map(|child| String::from_utf8_lossy(&child.wait_with_output().expect("it ends").stdout).into_owned())
            .collect();
        assert_eq!(answers.iter().filter(|answer| answer.starts_with("stagger 1 started")).count(), 1, "{answers:?}");
        assert_eq!(folder.starts(), 1);
        let told = answers.iter().filter(|answer| answer.contains("end exit=2 signal=0 cause=exit")).count();
        assert!(told >= 1, "nobody was told the end: {answers:?}");
        assert!(folder.begun("sleep 0.3; echo hi; echo k=v >\"$STAGGER_OUTPUT\"; exit 2\n").contains("end exit=2"));
    });
}

#[test]
fn what_must_not_run_does_not() {
    in_every_shell(|folder| {
        folder.begun(SCRIPT);
        let (Verb::Begin(begin), input) = folder.begin(SCRIPT) else { unreachable!("begin gives a begin") };
        let other = Begin { spec: "ffffffffffffffff".into(), ..begin.clone() };
        let old = Begin { epoch: 2, ..begin.clone() };
        let unknown = Begin { attempt: attempt(7), flags: Flags { known: true, ..Flags::default() }, ..begin.clone() };
        let in_store = |id: &str| Flags { store: Some(id.into()), ..Flags::default() };
        let elsewhere = Begin { attempt: attempt(7), flags: in_store("another-disk"), ..begin.clone() };
        let continued = Begin { attempt: attempt(7), out_from: 9, ..begin.clone() };
        let store = std::fs::read_to_string(folder.path("stagger/store")).expect("made");
        let later = Begin { attempt: attempt(3), flags: in_store(store.trim()), ..begin.clone() };
        let acked = Verb::Ack(vec![attempt(1)]);
        for (verb, expected) in [
            (Verb::Begin(other), "stagger 1 conflict"),
            (Verb::Begin(old), "stagger 1 fenced epoch=3"),
            (Verb::Begin(unknown), "stagger 1 unknown"),
            (Verb::Begin(elsewhere), "stagger 1 unknown"),
            (Verb::Begin(continued), "stagger 1 unknown"),
            (Verb::List, "op 5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a 1 done"),
            (acked.clone(), "stagger 1 acknowledged"),
            (acked, "stagger 1 acknowledged"),
            (Verb::Begin(begin.clone()), "stagger 1 acked"),
            (Verb::Cancel { attempt: attempt(1), epoch: 3 }, "stagger 1 acked"),
            (Verb::Tail { attempt: attempt(2), out_from: 0, err_from: 0 }, "stagger 1 unknown"),
            (Verb::List, ""),
        ] {
            assert_eq!(folder.say(verb.clone(), &input), expected, "{verb}");
        }
        assert_eq!(folder.starts(), 1);
        std::fs::remove_file(folder.path("journal")).expect("removed");
        assert_eq!(folder.say(Verb::Begin(later), &input), WELL);
        let earlier = Begin { attempt: attempt(2), ..begin };
        assert_eq!(folder.say(Verb::Begin(earlier), &input), "stagger 1 fenced epoch=3");
        assert_eq!(folder.starts(), 1);
    });
}

#[test]
fn a_script_that_writes_without_end_is_ended() {
    in_every_shell(|folder| {
        let (verb, input) = folder.begin("while :; do head -c 100000 /dev/zero; sleep 0.01; done\n");
        let output = folder.say_as("0000000000000000", verb, &input).stdout;
        let text = String::from_utf8_lossy(&output);
        let end = text.lines().last().unwrap_or_default();
        assert!(end.starts_with("end exit=0 signal=15 cause=signal"), "{end}");
        assert!(text.contains("more than 4000000 bytes of output, and was ended"), "it says why");
    });
}

#[test]
fn what_was_cancelled_before_it_began_never_begins() {
    in_every_shell(|folder| {
        let (Verb::Begin(begin), input) = folder.begin(SCRIPT) else { unreachable!("begin gives a begin") };
        let cancel = Verb::Cancel { attempt: attempt(1), epoch: 3 };
        for (verb, expected) in [
            (cancel.clone(), "stagger 1 barred"),
            (cancel.clone(), "stagger 1 barred"),
            (Verb::Begin(begin.clone()), "stagger 1 barred"),
            (Verb::Tail { attempt: attempt(1), out_from: 0, err_from: 0 }, "stagger 1 barred"),
            (Verb::Cancel { attempt: attempt(1), epoch: 2 }, "stagger 1 fenced epoch=3"),
            (Verb::List, ""),
            (Verb::Ack(vec![attempt(1)]), "stagger 1 acknowledged"),
            (Verb::Begin(begin.clone()), "stagger 1 acked"),
        ] {
            let begun = Verb::Begin(Begin {
                attempt: attempt(9),
                flags: Flags { known: true, ..Flags::default() },
                ..begin.clone()
            });
            assert_eq!(folder.say(begun, &input), "stagger 1 unknown", "the host knows the epoch");
            assert_eq!(folder.say(verb.clone(), &input), expected, "{verb}");
        }
        assert_eq!(folder.starts(), 0);
        assert_eq!(folder.say(Verb::Begin(Begin { attempt: attempt(2), ..begin }), &input), WELL, "the next one may");
    });
}

/// Its begin has come half way when it is cancelled: whoever decides first wins, and the other is told.
#[test]
fn a_begin_and_a_cancel_at_once_agree() {
    in_every_shell(|folder| {
        let (verb, input) = folder.begin("sleep 0.1; exit 0\n");
        let cancel = Verb::Cancel { attempt: attempt(1), epoch: 3 };
        let racing = folder.spawn("0000000000000000", verb.clone(), &input);
        let mut answer = folder.say(cancel.clone(), "");
        while answer == "stagger 1 busy" {
            answer = folder.say(cancel.clone(), "");
        }
        racing.wait_with_output().expect("it ends");
        match answer.as_str() {
            "stagger 1 barred" => assert_eq!(folder.starts(), 0),
            "stagger 1 cancelling" | "stagger 1 done" => assert!(folder.say(verb, &input).contains("\nend ")),
            other => panic!("{other}"),
        }
    });
}

#[test]
fn no_attempt_starts_while_an_earlier_one_lives() {
    in_every_shell(|folder| {
        // Its children live on when it is killed: they are still what it began.
        let (Verb::Begin(first), input) = folder.begin("sleep 600; sleep 600\n") else { unreachable!("a begin") };
        let second = Verb::Begin(Begin { attempt: attempt(2), acks: vec![attempt(1)], ..first.clone() });
        let first = Verb::Begin(first);
        let mut follower = folder.spawn("0000000000000000", first.clone(), &input);
        wait_for(|| folder.starts() == 1);
        assert_eq!(folder.say(second.clone(), &input), "stagger 1 busy", "its supervisor holds the lock");
        folder.kill_those_with(" supervise ");
        follower.wait().expect("it ends");
        assert_eq!(folder.say(first.clone(), &input), "stagger 1 vanished-killed");
        assert_eq!(folder.say(second.clone(), &input), "stagger 1 busy", "its script lives on");
        folder.kill_those_with("/script");
        assert_eq!(folder.say(second.clone(), &input), "stagger 1 busy", "what the script began lives on");
        assert_eq!(folder.starts(), 1);
        folder.kill_with_environment(1);
        std::fs::remove_file(folder.path("journal")).expect("removed");
        let mut follower = folder.spawn("0000000000000000", second, &input);
        wait_for(|| folder.starts() == 1);
        assert_eq!(folder.say(first, &input), "stagger 1 acked", "the first never starts again");
        folder.kill_those_with(" supervise ");
        folder.kill_with_environment(2);
        follower.wait().expect("it ends");
    });
}

fn wait_for(done: impl Fn() -> bool) {
    for _ in 0..1_000 {
        if done() {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    panic!("it never came to that");
}

#[test]
fn half_a_script_never_runs() {
    in_every_shell(|folder| {
        let (verb, input) = folder.begin("echo this is the second line\necho and this the third\n");
        for length in [0, 1, input.len() / 2, input.len() - 20, input.len() - 2] {
            let answer = folder.say(verb.clone(), &input[..length]);
            assert!(!answer.contains("started"), "{length} of {} bytes: {answer}", input.len());
        }
        assert_eq!(folder.starts(), 0);
        assert!(folder.say(verb, &input).contains("started"));
        assert_eq!(folder.starts(), 1);
    });
}

#[test]
fn a_cancelled_script_ends() {
    in_every_shell(|folder| {
        let (verb, input) = folder.begin("echo hi; sleep 60\n");
        let running = folder.spawn("0000000000000000", verb, &input);
        let cancel = || folder.say(Verb::Cancel { attempt: attempt(1), epoch: 3 }, "");
        let begun = std::time::Instant::now();
        while folder.starts() == 0 {
            assert!(begun.elapsed().as_secs() < 20, "it does not start");
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        assert_eq!(folder.say(Verb::List, ""), "op 5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a 1 running");
        assert_eq!(cancel(), "stagger 1 cancelling");
        let answer = String::from_utf8_lossy(&running.wait_with_output().expect("it ends").stdout).into_owned();
        assert!(answer.contains("end exit=0 signal=15 cause=cancel"), "{answer}");
    });
}

#[test]
fn a_folder_of_somebody_else_is_not_trusted() {
    in_every_shell(|folder| {
        let own = std::process::Command::new("chown").args(["-R", "65534"]).arg(folder.path("stagger")).status();
        assert!(own.expect("chown starts").success());
        let (verb, input) = folder.begin(SCRIPT);
        let output = folder.say_as("0000000000000000", verb, &input);
        assert_eq!((output.status.code(), &output.stdout[..]), (Some(95), &b""[..]));
        assert_eq!(folder.starts(), 0);
    });
}

/// The supervisor's text with `kill -9 $$` before its statements, one at a time; each with the line it dies at.
fn deaths() -> Vec<(usize, String)> {
    let lines: Vec<&str> = SUPERVISOR.lines().collect();
    let is_statement = |index: &usize| {
        let (line, before) = (lines[*index], lines[index - 1]);
        let starts = line.starts_with("  ") && !line.starts_with("   ") && !line.trim_start().starts_with('#');
        let closes = ["fi", "done", "esac", "*)", "else", "}"].iter().any(|word| line.trim_start().starts_with(word));
        let goes_on = ["&&", "||", "\\", "|", "in"].iter().any(|end| before.ends_with(end));
        starts && !closes && !goes_on && !line.contains(";;")
    };
    let wanted = |name: &str| {
        let start = lines.iter().position(|line| line.starts_with(&format!("{name}()"))).expect(name);
        let end = start + lines[start..].iter().position(|line| *line == "}").expect("its end");
        start + 1..end
    };
    let functions =
        ["take_script", "claim", "alone", "decide", "begin", "become_script", "guard", "record", "supervise"];
    let statements = functions.into_iter().flat_map(wanted).filter(is_statement);
    statements
        .map(|index| {
            let mut text = lines.clone();
            text.insert(index, "  kill -9 $$");
            (index + 1, text.join("\n") + "\n")
        })
        .collect()
}

#[test]
fn death_at_any_line_starts_nothing_twice_and_is_told() {
    let deaths = deaths();
    assert!(deaths.len() > 40, "only {} places to die at", deaths.len());
    for (line, text) in deaths {
        let folder = Folder::new("dash", &[]);
        folder.install(&text, "dddddddddddddddd");
        let (verb, input) = folder.begin(SCRIPT);
        let first = folder.say_as("dddddddddddddddd", verb.clone(), &input);
        let started_before = wait_until_quiet(&folder);
        let second = folder.say(verb, &input);
        let starts = folder.starts();
        let state = second.lines().next().unwrap_or_default().to_owned();
        match state.as_str() {
            // Nothing had run: now it has.
            "stagger 1 started" => assert_eq!((started_before, second.as_str()), (0, WELL), "line {line}"),
            // It had run to its end, and the end was kept.
            "stagger 1 done" => {
                assert!(second.contains("end exit=2 signal=0 cause=exit"), "line {line}: {second}");
                assert_eq!(starts, 1, "line {line}");
            }
            "stagger 1 vanished-killed" => assert!(folder.path("stagger").exists(), "line {line}"),
            other => panic!("line {line}: {other:?} after {first:?}"),
        }
        assert!(starts <= 1, "line {line}: started {starts} times");
        if first.status.signal() == Some(9) {
            assert!(!second.is_empty());
        }
    }
}

/// Waits until nothing of the folder runs, and returns how many scripts had started by then.
fn wait_until_quiet(folder: &Folder) -> usize {
    let place = folder.path("stagger").display().to_string();
    for _ in 0..500 {
        if !all_processes().into_iter().any(|pid| command_line(pid).contains(&place)) {
            return folder.starts();
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    panic!("something in {place} never ends");
}

#[test]
fn a_reboot_is_told_from_a_killed_supervisor() {
    in_every_shell(|folder| {
        let dying = SUPERVISOR.replace("  wait \"$script\"\n", "  kill -9 $$\n");
        assert_ne!(dying, SUPERVISOR);
        folder.install(&dying, "dddddddddddddddd");
        let (verb, input) = folder.begin(SCRIPT);
        folder.answer_as("dddddddddddddddd", verb.clone(), &input);
        wait_until_quiet(&folder);
        assert_eq!(folder.say(verb.clone(), &input), "stagger 1 vanished-killed");
        folder.boot("boot-2");
        assert_eq!(folder.say(verb, &input), "stagger 1 vanished-rebooted");
    });
}

#[test]
fn output_that_the_power_took_is_not_told() {
    in_every_shell(|folder| {
        folder.begun(SCRIPT);
        let out = folder.path("stagger/ops").join(format!("{}.1/out", attempt(1).op));
        std::fs::write(out, "h").expect("written");
        folder.boot("boot-2");
        let told = folder.begun(SCRIPT);
        // On a busy machine the supervisor may still be putting its lock away: then it is told as running, to its end.
        let (state, rest) = told.split_once('\n').expect("a state and what follows");
        assert!(["stagger 1 done", "stagger 1 running"].contains(&state), "{told}");
        assert_eq!(rest, "out 0 1\nhres 4\nk=v\nend exit=2 signal=0 cause=exit out=1 err=0");
    });
}

#[test]
fn what_nobody_asked_for_in_thirty_days_is_removed() {
    in_every_shell(|folder| {
        let ops = folder.path("stagger/ops");
        let old = |name: &str| {
            let aged =
                Command::new("touch").args(["-d", "40 days ago"]).arg(folder.path("stagger").join(name)).status();
            assert!(aged.expect("touch starts").success());
        };
        let (old_op, young_op) = (format!("{}.1", "aa".repeat(16)), format!("{}.1", "bb".repeat(16)));
        for op in [&old_op, &young_op] {
            std::fs::create_dir(ops.join(op)).expect("created");
        }
        std::fs::write(folder.path("stagger/acked/old.1"), "").expect("written");
        old(&format!("ops/{old_op}"));
        old("acked/old.1");
        folder.boot("boot-2");
        assert_eq!(folder.begun(SCRIPT), WELL);
        wait_until_quiet(&folder);
        assert!(!ops.join(&old_op).exists() && ops.join(&young_op).exists());
        assert!(!folder.path("stagger/acked/old.1").exists());
        assert!(folder.path("stagger/acked").join(&old_op).exists(), "it must not start again");
    });
}

#[test]
fn the_texts_for_login_shells_are_plain_sh() {
    for text in [LAUNCH, INSTALL] {
        for (shell, _) in &SHELLS[..3] {
            let mut command = if *shell == "busybox" { Command::new("busybox") } else { Command::new(shell) };
            if *shell == "busybox" {
                command.arg("sh");
            }
            let checked = command.args(["-n", "-c", text]).status().expect("the shell starts");
            assert!(checked.success(), "{shell}: {text}");
        }
    }
}
