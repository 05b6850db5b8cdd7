//! The simulated fleet as a controller meets it: over real SSH connections, from another process's point of view.
//!
//! Never found here: Stagger's own runner, which has tests of its own against real servers.

#[path = "fleet/client.rs"]
mod client;

use client::{Client, script};
use jobs::attempt::Op;
use server::fleet::{Fleet, Options, read_journal};
use server::remote::protocol::{Begin, Cause, Flags, NOT_INSTALLED, REFUSED, State, Tried, Verb};
use std::fs::File;
use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

/// Options of a small fleet on free ports, with everything in this folder.
fn options(folder: &Path, line: &str) -> Options {
    use clap::{Args, Command, FromArgMatches};
    let (journal, state) = (folder.join("journal"), folder.join("state"));
    let listen = if line.contains("--listen") { [].as_slice() } else { &["--listen", "127.0.0.1:0"] };
    let fixed = ["fleet", "--roles", "web", "--hosts", "4"].iter().chain(listen).map(|word| (*word).to_owned());
    let files =
        ["--journal".to_owned(), journal.display().to_string(), "--state".to_owned(), state.display().to_string()];
    let given = line.split('|').filter(|word| !word.is_empty()).map(str::to_owned);
    let command = Options::augment_args(Command::new("fleet"));
    let matches = command.get_matches_from(fixed.chain(files).chain(given));
    Options::from_arg_matches(&matches).expect("the options are right")
}

async fn start(folder: &Path, line: &str) -> Fleet {
    Fleet::start(&options(folder, line)).await.unwrap_or_else(|problem| panic!("{problem}"))
}

fn started(folder: &Path) -> u64 {
    let summary = read_journal(&folder.join("journal")).expect("a journal");
    assert_eq!(summary.started_twice, []);
    summary.started
}

fn tried(number: u16) -> Tried {
    Tried { op: Op([9; 16]), number }
}

/// A step of this name; the environment and script come from [`script`].
fn step(name: &str, number: u16) -> (Begin, Vec<u8>) {
    script(tried(number), name, "true\n")
}

fn rebooting((begin, input): (Begin, Vec<u8>)) -> (Begin, Vec<u8>) {
    (Begin { flags: Flags { reboot: true, ..Flags::default() }, ..begin }, input)
}

#[tokio::test]
async fn a_step_is_started_once_followed_to_its_end_and_collected_as_often_as_asked() {
    let folder = tempfile::tempdir().unwrap();
    let fleet = start(folder.path(), "").await;
    let mut client = Client::log_in(&fleet, "web-0001").await.unwrap();
    let (begin, input) = step("install", 1);
    assert_eq!(client.ask(&Verb::Begin(begin.clone()), &input).await.exit, Some(NOT_INSTALLED));
    client.install().await;

    let first = client.ask(&Verb::Begin(begin.clone()), &input).await;
    assert_eq!(first.state(), State::Started);
    assert!(first.output().contains("Setting up openssl ...\nSetting up libssl3 ...\n"), "{}", first.output());
    assert!(first.result().contains("changed=true\n") && first.result().contains("reboot_required=true\n"));
    assert_eq!(first.end().map(|end| (end.exit, end.cause)), Some((0, Cause::Exit)));

    let again = client.ask(&Verb::Begin(begin.clone()), &input).await;
    assert_eq!((again.state(), again.output(), again.end()), (State::Done, first.output(), first.end()));
    let rest = client.ask(&Verb::Tail { attempt: tried(1), out_from: 10, err_from: 0 }, &[]).await;
    assert_eq!((rest.state(), rest.output()), (State::Done, first.output()[10..].to_owned()));

    let other = Begin { spec: "ffff".into(), ..begin.clone() };
    assert_eq!(client.ask(&Verb::Begin(other), &input).await.state(), State::Conflict);
    assert_eq!(client.ask(&Verb::List, &[]).await.text(), format!("op {} 1 done\n", tried(1).op));
    assert_eq!(client.ask(&Verb::Ack(vec![tried(1)]), &[]).await.state(), State::Acknowledged);
    assert_eq!(client.ask(&Verb::Begin(begin), &input).await.state(), State::Acked);
    assert_eq!(started(folder.path()), 1);
    fleet.stop().await;
}

#[tokio::test]
async fn twenty_that_begin_at_once_make_one_start() {
    let folder = tempfile::tempdir().unwrap();
    let fleet = start(folder.path(), "").await;
    let mut clients = vec![];
    for _ in 0..20 {
        clients.push(Client::log_in(&fleet, "web-0001").await.unwrap());
    }
    clients[0].install().await;
    let asking = clients.into_iter().map(|mut client| {
        tokio::spawn(async move {
            let (begin, input) = step("install", 1);
            client.ask(&Verb::Begin(begin), &input).await
        })
    });
    let mut said = vec![];
    for asked in asking.collect::<Vec<_>>() {
        said.push(asked.await.unwrap());
    }
    assert_eq!(said.iter().filter(|said| said.state() == State::Started).count(), 1);
    assert!(said.iter().all(|one| one.output() == said[0].output() && one.end() == said[0].end()));
    assert_eq!(started(folder.path()), 1);
    fleet.stop().await;
}

#[tokio::test]
async fn a_script_outlives_the_connection_and_is_met_again_with_what_it_said_since() {
    let folder = tempfile::tempdir().unwrap();
    let fleet = start(folder.path(), "--speed|8").await;
    let mut client = Client::log_in(&fleet, "web-0001").await.unwrap();
    client.install().await;
    let (begin, input) = step("install", 1);
    let part = client.ask_for(&Verb::Begin(begin.clone()), &input, Duration::from_millis(900)).await;
    assert_eq!((part.state(), part.end()), (State::Started, None));
    drop(client);

    let mut client = Client::log_in(&fleet, "web-0001").await.unwrap();
    let seen = part.output().len() as u64;
    let again = Begin { out_from: seen, flags: Flags { known: true, ..Flags::default() }, ..begin };
    let rest = client.ask(&Verb::Begin(again), &input).await;
    assert_eq!(rest.state(), State::Running);
    let end = rest.end().expect("an end");
    assert_eq!((end.exit, end.out), (0, seen + rest.output().len() as u64));
    assert!(seen < end.out, "some was said after the connection was gone");
    assert_eq!(started(folder.path()), 1);
    fleet.stop().await;
}

#[tokio::test]
async fn a_script_that_is_cancelled_or_late_ends_by_a_signal() {
    let folder = tempfile::tempdir().unwrap();
    let fleet = start(folder.path(), "--trouble|install hangs on all hosts").await;
    let mut client = Client::log_in(&fleet, "web-0001").await.unwrap();
    client.install().await;
    let (begin, input) = step("install", 1);
    client.ask_for(&Verb::Begin(begin.clone()), &input, Duration::from_millis(200)).await;
    let old = client.ask(&Verb::Cancel { attempt: tried(1), epoch: 0 }, &[]).await;
    assert_eq!((old.state(), old.header().epoch), (State::Fenced, Some(1)));
    assert_eq!(client.ask(&Verb::Cancel { attempt: tried(1), epoch: 1 }, &[]).await.state(), State::Cancelling);
    let said = client.ask(&Verb::Begin(begin.clone()), &input).await;
    assert_eq!((said.state(), said.end().map(|end| (end.signal, end.cause))), (State::Done, Some((15, Cause::Cancel))));

    let late = Begin { attempt: tried(2), timeout: jobs::time::Duration(1_000), ..begin };
    let said = client.ask(&Verb::Begin(late), &input).await;
    let end = said.end().expect("an end");
    assert_eq!((end.signal, end.cause, end.took.0), (15, Cause::Timeout, 1_000));
    fleet.stop().await;
}

#[tokio::test]
async fn half_a_script_and_other_commands_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let fleet = start(folder.path(), "").await;
    let mut client = Client::log_in(&fleet, "web-0001").await.unwrap();
    client.install().await;
    let (begin, input) = step("install", 1);
    let said = client.ask(&Verb::Begin(begin), &input[..input.len() - 3]).await;
    assert_eq!(said.exit, Some(REFUSED));
    assert!(said.error.contains("cut before the whole script had come"), "{}", said.error);
    assert!(client.wants_a_shell().await.is_err(), "a shell is refused, not left without an answer");
    let said = client.run("uname -a", &[]).await;
    assert_eq!(said.exit, Some(127));
    assert!(said.error.contains("web-0001 is a simulated host"), "{}", said.error);
    assert_eq!(started(folder.path()), 0);
    fleet.stop().await;
}

#[tokio::test]
async fn a_host_that_reboots_cuts_everybody_off_refuses_for_a_while_and_has_another_boot_id() {
    let folder = tempfile::tempdir().unwrap();
    let fleet = start(folder.path(), "--speed|30").await;
    let mut client = Client::log_in(&fleet, "web-0001").await.unwrap();
    client.install().await;
    let before = client.ask(&Verb::Tail { attempt: tried(1), out_from: 0, err_from: 0 }, &[]).await.header().boot;
    let (begin, input) = rebooting(step("reboot", 1));
    let said = client.ask(&Verb::Begin(begin.clone()), &input).await;
    assert_eq!((said.exit, said.end()), (None, None), "the connection was cut: {said:?}");
    let refused = Client::log_in(&fleet, "web-0001").await;
    assert!(refused.is_err(), "the host is down");
    assert!(Client::log_in(&fleet, "web-0002").await.is_ok(), "and only that one");

    let mut client = Client::log_in_when_up(&fleet, "web-0001").await;
    let said = client.ask(&Verb::Begin(begin), &input).await;
    assert_eq!(said.state(), State::VanishedRebooted);
    assert_ne!(said.header().boot, before);
    assert_eq!(Some(said.header().boot), fleet.boot_id("web-0001"));
    assert_eq!(started(folder.path()), 1);
    fleet.stop().await;
}

#[tokio::test]
async fn a_host_with_an_address_of_its_own_closes_it_while_it_reboots() {
    let folder = tempfile::tempdir().unwrap();
    let fleet = start(folder.path(), "--per-address|--listen|127.0.77.1:0|--speed|30").await;
    let addresses: Vec<_> = fleet.hosts().map(|(_, address)| address).collect();
    assert_eq!(addresses[3].ip().to_string(), "127.0.77.4");
    let mut client = Client::log_in_as(addresses[1], "anybody").await.unwrap();
    client.install().await;
    let (begin, input) = rebooting(step("reboot", 1));
    client.ask(&Verb::Begin(begin), &input).await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    let refused = tokio::net::TcpStream::connect(addresses[1]).await.unwrap_err();
    assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);
    assert!(tokio::net::TcpStream::connect(addresses[2]).await.is_ok());
    Client::log_in_when_up(&fleet, "web-0002").await;
    fleet.stop().await;
}

#[tokio::test]
async fn a_host_that_never_comes_back_stays_away_and_one_that_crashes_is_in_doubt() {
    let folder = tempfile::tempdir().unwrap();
    let trouble = "--trouble|web-0001 never comes back from reboot, web-0002 crashes in install|--speed|instant";
    let fleet = start(folder.path(), trouble).await;
    let mut client = Client::log_in(&fleet, "web-0001").await.unwrap();
    client.install().await;
    let (begin, input) = rebooting(step("reboot", 1));
    client.ask(&Verb::Begin(begin), &input).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(Client::log_in(&fleet, "web-0001").await.is_err());

    let mut client = Client::log_in(&fleet, "web-0002").await.unwrap();
    client.install().await;
    let (begin, input) = step("install", 1);
    assert_eq!(client.ask(&Verb::Begin(begin.clone()), &input).await.exit, None);
    let mut client = Client::log_in_when_up(&fleet, "web-0002").await;
    assert_eq!(client.ask(&Verb::Begin(begin.clone()), &input).await.state(), State::VanishedRebooted);
    let next = Begin { attempt: tried(2), ..begin };
    assert_eq!(client.ask(&Verb::Begin(next), &input).await.end().map(|end| end.exit), Some(0));
    fleet.stop().await;
}

#[tokio::test]
async fn troubles_show_as_they_are_written() {
    let folder = tempfile::tempdir().unwrap();
    let trouble = "--trouble|web-0001 fails install once with exit 100, web-0002 has a full disk, \
        web-0003 has a wrong key, web-0004 is unreachable";
    let fleet = start(folder.path(), trouble).await;
    let mut client = Client::log_in(&fleet, "web-0001").await.unwrap();
    client.install().await;
    let (begin, input) = step("install", 1);
    let said = client.ask(&Verb::Begin(begin.clone()), &input).await;
    assert_eq!(said.end().map(|end| end.exit), Some(100));
    assert!(said.error_output().starts_with("E: Could not get lock"), "{}", said.error_output());
    let next = Begin { attempt: tried(2), ..begin };
    assert_eq!(client.ask(&Verb::Begin(next), &input).await.end().map(|end| end.exit), Some(0));

    let mut full = Client::log_in(&fleet, "web-0002").await.unwrap();
    assert_eq!(full.run_install().await.exit, Some(REFUSED));
    let wrong = Client::log_in(&fleet, "web-0003").await.unwrap_err();
    assert!(wrong.contains("another host key"), "{wrong}");
    assert!(Client::log_in(&fleet, "web-0004").await.is_err());
    fleet.stop().await;
}

#[tokio::test]
async fn a_flaky_host_breaks_off_now_and_then_and_still_starts_each_attempt_once() {
    let folder = tempfile::tempdir().unwrap();
    let fleet = start(folder.path(), "--trouble|all hosts are flaky|--speed|instant").await;
    let mut cuts = 0;
    for number in 1..=30 {
        let (begin, input) = step("check", number);
        loop {
            let mut client = Client::log_in(&fleet, "web-0001").await.unwrap();
            let mut said = client.ask(&Verb::Begin(begin.clone()), &input).await;
            if said.exit == Some(NOT_INSTALLED) {
                client.run_install().await;
                said = client.ask(&Verb::Begin(begin.clone()), &input).await;
            }
            if said.end().is_some() {
                break;
            }
            cuts += 1;
        }
    }
    assert!((1..30).contains(&cuts), "{cuts} of 30 were cut");
    assert_eq!(started(folder.path()), 30);
    fleet.stop().await;
}

#[tokio::test]
async fn a_fleet_that_is_started_again_remembers_everything() {
    let folder = tempfile::tempdir().unwrap();
    let fleet = start(folder.path(), "--speed|8").await;
    let pin = fleet.pin().to_owned();
    let mut client = Client::log_in(&fleet, "web-0001").await.unwrap();
    client.install().await;
    let (check, check_input) = script(Tried { op: Op([3; 16]), number: 1 }, "check", "true\n");
    let checked = client.ask(&Verb::Begin(check.clone()), &check_input).await;
    let (begin, input) = step("install", 1);
    let part = client.ask_for(&Verb::Begin(begin.clone()), &input, Duration::from_millis(300)).await;
    fleet.stop().await;

    let fleet = start(folder.path(), "--speed|8").await;
    assert_eq!(fleet.pin(), pin);
    let mut client = Client::log_in(&fleet, "web-0001").await.unwrap();
    let again = client.ask(&Verb::Begin(check), &check_input).await;
    assert_eq!(
        (again.state(), again.result(), again.header().store),
        (State::Done, checked.result(), part.header().store)
    );
    let said = client.ask(&Verb::Begin(begin), &input).await;
    assert_eq!((said.state(), said.end().map(|end| end.exit)), (State::Running, Some(0)));
    assert_eq!(said.header().boot, part.header().boot);
    let (verify, input) = script(Tried { op: Op([4; 16]), number: 1 }, "verify", "true\n");
    assert!(client.ask(&Verb::Begin(verify), &input).await.result().starts_with("installed=true\n"));
    assert_eq!(started(folder.path()), 3);
    fleet.stop().await;
}

/// Set to a folder where a test is to be the fleet's process instead.
const SERVE: &str = "STAGGER_TEST_SERVES_FLEET_IN";
const ROUNDS: u16 = 6;

/// A process that is a fleet in this folder, played by the test of this name; and its hosts' address.
fn spawn_fleet(test: &str, folder: &Path) -> (std::process::Child, SocketAddr) {
    let said = folder.join("said");
    let mut command = std::process::Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", test, "--nocapture"]).env(SERVE, folder).stdout(File::create(&said).unwrap());
    let mut process = command.spawn().unwrap();
    for _ in 0..2_000 {
        let text = std::fs::read_to_string(&said).unwrap();
        let ready =
            text.lines().find_map(|line| line.split_once("fleet ready: 4 hosts on ")?.1.split_once(", journal "));
        if let Some((address, _)) = ready {
            return (process, address.parse().unwrap());
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    process.kill().unwrap();
    process.wait().unwrap();
    panic!("the fleet was not ready in time");
}

#[tokio::test]
async fn a_fleet_that_is_killed_in_the_middle_starts_nothing_twice() {
    if let Some(folder) = std::env::var_os(SERVE) {
        return server::fleet::run(options(Path::new(&folder), "--speed|40|--until-idle|60s")).await.unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    for round in 1..=ROUNDS {
        let (mut process, address) =
            spawn_fleet("a_fleet_that_is_killed_in_the_middle_starts_nothing_twice", folder.path());
        let asking = (1..=4).map(|host| tokio::spawn(begin_until_done(address, host, round, Duration::ZERO)));
        let asking: Vec<_> = asking.collect();
        tokio::time::sleep(Duration::from_millis(40 * u64::from(round))).await;
        process.kill().unwrap();
        process.wait().unwrap();
        for asked in asking {
            asked.await.unwrap();
        }
        let (mut process, address) =
            spawn_fleet("a_fleet_that_is_killed_in_the_middle_starts_nothing_twice", folder.path());
        for host in 1..=4 {
            assert!(
                begin_until_done(address, host, round, Duration::from_secs(20)).await,
                "host {host}, round {round}"
            );
        }
        process.kill().unwrap();
        process.wait().unwrap();
    }
    assert_eq!(started(folder.path()), u64::from(ROUNDS) * 4);
}

/// Begins the attempt of this round on a host until it has ended; false when that takes longer.
async fn begin_until_done(address: SocketAddr, host: u8, round: u16, patience: Duration) -> bool {
    let (begin, input) = script(Tried { op: Op([host; 16]), number: round }, "install", "true\n");
    let since = Instant::now();
    loop {
        if let Ok(mut client) = Client::log_in_as(address, &format!("web-000{host}")).await {
            client.run_install().await;
            if client.run_verb(&Verb::Begin(begin.clone()), &input).await.end().is_some() {
                return true;
            }
        }
        if since.elapsed() >= patience {
            return false;
        }
    }
}

#[tokio::test]
async fn a_fleet_that_is_told_to_end_or_is_idle_ends_well() {
    if let Some(folder) = std::env::var_os(SERVE) {
        return server::fleet::run(options(Path::new(&folder), "--until-idle|700ms")).await.unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    for told in [true, false] {
        let (mut process, address) = spawn_fleet("a_fleet_that_is_told_to_end_or_is_idle_ends_well", folder.path());
        let client = Client::log_in_as(address, "web-0001").await.unwrap();
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert!(process.try_wait().unwrap().is_none(), "somebody is connected");
        if told {
            let kill = format!("kill -s TERM {}", process.id());
            assert!(std::process::Command::new("/bin/sh").args(["-c", &kill]).status().unwrap().success());
        } else {
            drop(client);
        }
        assert!(tokio::task::spawn_blocking(move || process.wait()).await.unwrap().unwrap().success());
    }
}

#[tokio::test]
async fn a_fleet_without_its_state_is_one_of_new_disks() {
    let folder = tempfile::tempdir().unwrap();
    let fleet = start(folder.path(), "").await;
    let mut client = Client::log_in(&fleet, "web-0001").await.unwrap();
    client.install().await;
    let store = client.ask(&Verb::Tail { attempt: tried(1), out_from: 0, err_from: 0 }, &[]).await.header().store;
    fleet.stop().await;
    std::fs::remove_dir_all(folder.path().join("state")).unwrap();
    let fleet = start(folder.path(), "").await;
    let mut client = Client::log_in(&fleet, "web-0001").await.unwrap();
    client.install().await;
    let known = Begin { flags: Flags { known: true, ..Flags::default() }, ..step("install", 1).0 };
    let said = client.ask(&Verb::Begin(known), &step("install", 1).1).await;
    assert_eq!(said.state(), State::Unknown);
    assert_ne!(said.header().store, store);
    fleet.stop().await;
}

#[tokio::test]
async fn with_exec_a_script_really_runs_in_its_hosts_own_folder() {
    let folder = tempfile::tempdir().unwrap();
    let fleet = start(folder.path(), "--exec").await;
    let mut client = Client::log_in(&fleet, "web-0002").await.unwrap();
    client.install().await;
    let text = "echo \"$STAGGER_HOST in $(basename \"$(dirname \"$PWD\")\"): $GREETING\"\necho oops >&2\n\
        echo answer=42 >>\"$STAGGER_OUTPUT\"\nexit 3\n";
    let (begin, input) = script(tried(1), "greet", text);
    let said = client.ask(&Verb::Begin(begin), &input).await;
    assert_eq!(said.output(), "web-0002 in web-0002: it's me\n");
    assert_eq!((said.error_output(), said.result()), ("oops\n".to_owned(), "answer=42\n".to_owned()));
    assert_eq!(said.end().map(|end| (end.exit, end.signal, end.cause)), Some((3, 0, Cause::Exit)));
    let (begin, input) = script(tried(2), "perl", "#!/bin/cat\nall of this\n");
    assert_eq!(client.ask(&Verb::Begin(begin), &input).await.output(), "#!/bin/cat\nall of this\n");
    let (begin, input) = script(tried(3), "die", "kill -9 $$\n");
    let end = client.ask(&Verb::Begin(begin), &input).await.end().expect("an end");
    assert_eq!((end.signal, end.cause), (9, Cause::Signal));
    let (begin, input) = script(tried(4), "broken", "#!/no/such/interpreter\n");
    let said = client.ask(&Verb::Begin(begin), &input).await;
    assert_eq!(said.end().map(|end| end.exit), Some(126));
    assert!(said.error_output().contains("cannot run the script"), "{}", said.error_output());
    fleet.stop().await;
}

#[tokio::test]
async fn with_exec_much_output_comes_whole_and_cancel_and_reboot_kill_the_whole_group() {
    let folder = tempfile::tempdir().unwrap();
    let fleet = start(folder.path(), "--exec|--speed|500").await;
    let mut client = Client::log_in(&fleet, "web-0001").await.unwrap();
    client.install().await;
    let (begin, input) = script(tried(1), "flood", "head -c 5000000 /dev/zero\n");
    let said = client.ask(&Verb::Begin(begin), &input).await;
    assert_eq!((said.output().len(), said.end().map(|end| end.out)), (5_000_000, Some(5_000_000)));

    // The mark in its command line is how this test finds its own sleeper, and nobody else's.
    let mark = format!("31{:05}", std::process::id());
    let text = format!("sleep {mark} & echo up; wait\n");
    let sleeps = || {
        let processes = std::fs::read_dir("/proc").unwrap().flatten();
        let lines = processes.filter_map(|process| std::fs::read(process.path().join("cmdline")).ok());
        lines.into_iter().any(|line| line == format!("sleep\0{mark}\0").into_bytes())
    };
    for number in [2, 3] {
        let (begin, input) = script(tried(number), "sleep", &text);
        client.ask_for(&Verb::Begin(begin), &input, Duration::from_millis(500)).await;
        assert!(sleeps(), "it sleeps");
        if number == 2 {
            client.ask(&Verb::Cancel { attempt: tried(number), epoch: 1 }, &[]).await;
            let end = client.ask(&Verb::Tail { attempt: tried(2), out_from: 0, err_from: 0 }, &[]).await.end();
            assert_eq!(end.map(|end| (end.signal, end.cause)), Some((15, Cause::Cancel)));
        } else {
            let (begin, input) = rebooting(script(Tried { op: Op([5; 16]), number: 1 }, "reboot", "exit 1\n"));
            client.ask(&Verb::Begin(begin), &input).await;
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
        assert!(!sleeps(), "nobody sleeps any more after attempt {number}");
    }
    let mut client = Client::log_in_when_up(&fleet, "web-0001").await;
    let said = client.ask(&Verb::Tail { attempt: tried(3), out_from: 0, err_from: 0 }, &[]).await;
    assert_eq!(said.state(), State::VanishedRebooted);
    fleet.stop().await;
}

#[tokio::test]
async fn with_exec_a_script_that_ran_when_the_fleet_ended_has_vanished() {
    let folder = tempfile::tempdir().unwrap();
    let fleet = start(folder.path(), "--exec").await;
    let mut client = Client::log_in(&fleet, "web-0001").await.unwrap();
    client.install().await;
    let (begin, input) = script(tried(1), "sleep", "sleep 600\n");
    client.ask_for(&Verb::Begin(begin.clone()), &input, Duration::from_millis(300)).await;
    tokio::time::timeout(Duration::from_secs(10), fleet.stop()).await.expect("it does not wait for the script");
    let fleet = start(folder.path(), "--exec").await;
    let mut client = Client::log_in(&fleet, "web-0001").await.unwrap();
    assert_eq!(client.ask(&Verb::Begin(begin), &input).await.state(), State::VanishedKilled);
    assert_eq!(started(folder.path()), 1);
    fleet.stop().await;
}

#[tokio::test]
async fn only_the_authorized_key_gets_in_and_the_inventory_names_it() {
    let folder = tempfile::tempdir().unwrap();
    let (private, public) = client::write_key(folder.path());
    let inventory = folder.path().join("inventory.yaml");
    let line = format!("--authorized-key|{}|--inventory|{}", public.display(), inventory.display());
    let fleet = start(folder.path(), &line).await;
    let stranger = Client::log_in(&fleet, "web-0001").await.unwrap_err();
    assert!(stranger.contains("not let in"), "{stranger}");
    assert!(Client::log_in_with(&fleet, "web-0001", &private).await.is_ok());
    let nobody = Client::log_in_with(&fleet, "web-9999", &private).await.unwrap_err();
    assert!(nobody.contains("not let in"), "{nobody}");
    let text = std::fs::read_to_string(&inventory).unwrap();
    assert!(text.contains(&format!("host_key: \"{}\"", fleet.pin())), "{text}");
    assert!(text.contains(&format!("key: \"{}\"", private.display())), "{text}");
    assert_eq!(text.matches("user: web-000").count(), 4);
    fleet.stop().await;
}

#[tokio::test]
async fn a_fleet_says_when_it_is_ready_and_when_nobody_has_come_for_long() {
    let folder = tempfile::tempdir().unwrap();
    let fleet = start(folder.path(), "--listen|127.0.78.1:0+3").await;
    let ready = fleet.ready_line();
    let (_, first) = fleet.hosts().next().unwrap();
    assert!(ready.starts_with(&format!("fleet ready: 4 hosts on {first} and 2 more addresses, journal /")), "{ready}");
    let client = Client::log_in(&fleet, "web-0001").await.unwrap();
    let limit = Duration::from_millis(300);
    let idle = tokio::time::timeout(limit * 3, fleet.idle_for(Some(limit))).await;
    assert!(idle.is_err(), "somebody is connected");
    drop(client);
    tokio::time::timeout(Duration::from_secs(20), fleet.idle_for(Some(limit))).await.expect("it is idle at last");
    assert_eq!(fleet.connections(), 0);
    fleet.stop().await;
}

#[tokio::test]
async fn what_cannot_be_used_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let refusal = async |line: &str| match Fleet::start(&options(folder.path(), line)).await {
        Ok(_) => panic!("{line:?} was taken"),
        Err(problem) => problem.to_string(),
    };
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    for (line, says) in [
        ("--trouble|web-0009 is flaky", "the fleet has no host \"web-0009\""),
        ("--per-address|--listen|127.255.255.253:0", "not 4 loopback addresses"),
        ("--authorized-key|/nowhere", "cannot read the authorized key /nowhere"),
        (&format!("--listen|{address}"), &format!("cannot listen on {address}")),
    ] {
        let problem = refusal(line).await;
        assert!(problem.contains(says), "{problem} should say {says:?}");
    }
    let fleet = start(folder.path(), "").await;
    assert!(refusal("").await.contains("another fleet lives in this folder"));
    fleet.stop().await;
}
