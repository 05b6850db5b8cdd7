//! Everything that can be lost on the way: connections, controllers, supervisors, hosts, disks.

use crate::daemon::{TestHost, inventory, now, order, run, runners, runners_for};
use crate::recorder::Recorder;
use jobs::action::{Builtin, Run};
use jobs::attempt::{How, Order, Report, Vanished};
use jobs::ids::AttemptId;
use jobs::time::Duration;
use serde_json::json;
use std::path::PathBuf;
use std::process::Command;

/// Twenty lines in two seconds, so that something can happen in between.
const SLOW: &str = "n=0; while [ $n -lt 20 ]; do n=$((n + 1)); echo line $n; sleep 0.1; done; exit 7";

fn twenty_lines() -> Vec<u8> {
    (1..=20).map(|n| format!("line {n}\n")).collect::<String>().into_bytes()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_connection_is_made_again_and_nothing_is_missed() {
    let (host, recorder) = (TestHost::start(), Recorder::new());
    let runners = runners(&host, &recorder);
    let order = host.order("slow", SLOW);
    runners.start(order.clone());
    recorder.until_output(&order, 7).await;
    host.cut_connections();
    let (why, may_have_begun) = recorder.out_of_reach(&order).await;
    assert!(may_have_begun, "{why}");
    assert_eq!(recorder.how(&order).await, How::Exited(7));
    assert_eq!(recorder.out(&order), twenty_lines());
    assert_eq!(host.started(), ["slow.1"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_controller_takes_up_where_one_ended() {
    let (host, recorder) = (TestHost::start(), Recorder::new());
    let inventory = inventory([("host", host.connection())]);
    let first = runners_for(&inventory, &recorder, 1);
    let order = host.order("slow", SLOW);
    first.start(order.clone());
    recorder.until_output(&order, 7).await;
    drop(first);
    assert!(recorder.reports(&order).is_empty());
    let second = runners_for(&inventory, &recorder, 2);
    let order = Order { inherited: true, ..order };
    second.start(order.clone());
    assert_eq!(recorder.how(&order).await, How::Exited(7));
    assert_eq!(recorder.out(&order), twenty_lines());
    assert_eq!(host.started(), ["slow.1"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_ended_meanwhile_is_collected() {
    let (mut host, recorder) = (TestHost::start(), Recorder::new());
    let runners = runners(&host, &recorder);
    let order = host.order("slow", &format!("echo E: late >&2\n{SLOW}"));
    runners.start(order.clone());
    recorder.until_output(&order, 7).await;
    host.down();
    recorder.out_of_reach(&order).await;
    tokio::time::sleep(std::time::Duration::from_secs(3)).await;
    host.up();
    let ending = recorder.ending(&order).await;
    assert_eq!((ending.how, ending.error.as_deref()), (How::Exited(7), Some("E: late")));
    assert_eq!(recorder.out(&order), twenty_lines());
    assert_eq!(host.started(), ["slow.1"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_given_twice_is_carried_out_once_and_answered_again() {
    let (host, recorder) = (TestHost::start(), Recorder::new());
    let runners = runners(&host, &recorder);
    let order = host.order("once", "exit 5");
    runners.start(order.clone());
    runners.start(order.clone());
    let first = recorder.last(&order).await;
    runners.start(order.clone());
    assert_eq!(recorder.reports(&order), [first.clone(), first]);
    assert_eq!(host.started(), ["once.1"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_supervisor_leaves_the_attempt_in_doubt() {
    let (host, recorder) = (TestHost::start(), Recorder::new());
    let runners = runners(&host, &recorder);
    let order = host.order("doubtful", "echo here; sleep 30");
    runners.start(order.clone());
    recorder.until_output(&order, 5).await;
    let supervisors = host.processes(" supervise ");
    assert!(!supervisors.is_empty());
    supervisors.into_iter().for_each(|pid| crate::daemon::kill(pid, "KILL"));
    assert_eq!(recorder.last(&order).await, Report::Vanished(Vanished::SupervisorKilled));
    assert_eq!(host.started(), ["doubtful.1"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_attempt_waits_until_a_script_without_supervisor_has_ended() {
    let (host, recorder) = (TestHost::start(), Recorder::new());
    let runners = runners(&host, &recorder);
    let busy = host.path("busy").display().to_string();
    let script = format!("mkdir {busy} || exit 9; echo here; sleep 6; rmdir {busy}");
    let first = host.order("twice", &script);
    runners.start(first.clone());
    recorder.until_output(&first, 5).await;
    host.processes(" supervise ").into_iter().for_each(|pid| crate::daemon::kill(pid, "KILL"));
    assert_eq!(recorder.last(&first).await, Report::Vanished(Vanished::SupervisorKilled));
    runners.stop(first.job, first.attempt);
    let again = AttemptId { number: 2, ..first.attempt };
    let second = Order { attempt: again, ..first.clone() };
    runners.start(second.clone());
    let (why, _) = recorder.out_of_reach(&second).await;
    assert!(why.contains("an earlier attempt of this step still runs"), "{why}");
    assert_eq!(recorder.how(&second).await, How::Exited(0), "the two never ran at the same time");
    assert_eq!(host.started(), ["twice.1", "twice.2"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reboot_in_the_middle_leaves_the_attempt_in_doubt() {
    let (mut host, recorder) = (TestHost::start(), Recorder::new());
    let runners = runners(&host, &recorder);
    let order = host.order("doubtful", "echo here; sleep 30");
    runners.start(order.clone());
    recorder.until_output(&order, 5).await;
    host.reboot();
    assert_eq!(recorder.last(&order).await, Report::Vanished(Vanished::Rebooted));
    assert_eq!(host.started(), ["doubtful.1"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_forgot_is_not_made_to_start_again() {
    let (host, recorder) = (TestHost::start(), Recorder::new());
    let runners = runners(&host, &recorder);
    let order = host.order("once", "echo here; sleep 30");
    runners.start(order.clone());
    recorder.until_output(&order, 5).await;
    host.cut_connections();
    host.kill_scripts("KILL");
    std::fs::remove_dir_all(host.path("stagger")).expect("wiped, as by a new image");
    assert_eq!(recorder.last(&order).await, Report::Vanished(Vanished::Forgotten));
    assert_eq!(host.started(), ["once.1"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_forgot_while_nobody_looked_is_not_made_to_start_again() {
    let (host, recorder) = (TestHost::start(), Recorder::new());
    let inventory = inventory([("host", host.connection())]);
    let first = runners_for(&inventory, &recorder, 1);
    let silent = host.order("silent", "sleep 30");
    first.start(silent.clone());
    until(|| host.started() == ["silent.1"]).await;
    drop(first);
    host.kill_scripts("KILL");
    std::fs::remove_dir_all(host.path("stagger")).expect("wiped, as by a new image");
    let second = runners_for(&inventory, &recorder, 2);
    let inherited = Order { inherited: true, ..silent };
    second.start(inherited.clone());
    assert_eq!(recorder.last(&inherited).await, Report::Vanished(Vanished::Forgotten));
    // What nobody began before may begin on the new disk.
    let fresh = host.order("fresh", "exit 0");
    second.start(fresh.clone());
    assert_eq!(recorder.how(&fresh).await, How::Exited(0));
    assert_eq!(host.started(), ["fresh.1", "silent.1"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_earlier_controller_never_began_is_begun() {
    let (host, recorder) = (TestHost::start(), Recorder::new());
    let inventory = inventory([("host", host.connection())]);
    let first = runners_for(&inventory, &recorder, 1);
    let done = host.order("done", "exit 0");
    first.start(done.clone());
    recorder.last(&done).await;
    drop(first);
    let second = runners_for(&inventory, &recorder, 2);
    let inherited = Order { inherited: true, ..host.order("late", "exit 0") };
    second.start(inherited.clone());
    assert_eq!(recorder.how(&inherited).await, How::Exited(0));
    drop(second);
    // A controller that was never there has no folder on record, and so nothing to be afraid of.
    let elsewhere = Recorder::new();
    let third = runners_for(&inventory, &elsewhere, 3);
    let first_ever = Order { inherited: true, ..host.order("first", "exit 0") };
    third.start(first_ever.clone());
    assert_eq!(elsewhere.how(&first_ever).await, How::Exited(0));
    assert_eq!(host.started(), ["done.1", "first.1", "late.1"]);
}

async fn until(holds: impl Fn() -> bool) {
    for _ in 0..600 {
        if holds() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("it does not come to that");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_acknowledged_attempt_can_never_start_again() {
    let (host, recorder) = (TestHost::start(), Recorder::new());
    let inventory = inventory([("host", host.connection())]);
    let first = runners_for(&inventory, &recorder, 1);
    let order = host.order("once", "exit 0");
    first.start(order.clone());
    recorder.last(&order).await;
    first.stop(order.job, order.attempt);
    // The next step's begin takes the acknowledgement along.
    let next = Order { step: "next".into(), ..host.order("next", "exit 0") };
    first.start(next.clone());
    recorder.last(&next).await;
    drop(first);
    let recorder = Recorder::new();
    let from_an_old_backup = runners_for(&inventory, &recorder, 2);
    let order = Order { inherited: true, ..order };
    from_an_old_backup.start(order.clone());
    assert_eq!(recorder.last(&order).await, Report::Vanished(Vanished::Cleared));
    assert_eq!(host.started(), ["next.1", "once.1"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_controller_is_turned_away() {
    let (host, recorder) = (TestHost::start(), Recorder::new());
    let inventory = inventory([("host", host.connection())]);
    let (old, new) = (runners_for(&inventory, &recorder, 4), runners_for(&inventory, &recorder, 5));
    let first = host.order("first", "exit 0");
    new.start(first.clone());
    recorder.last(&first).await;
    let late = host.order("late", "exit 0");
    old.start(late.clone());
    let Report::Refused { why } = recorder.last(&late).await else { panic!("it was not refused") };
    assert!(why.contains("later controller (epoch 5, this one is 4)"), "{why}");
    assert_eq!(host.started(), ["first.1"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_attempt_with_another_script_never_runs() {
    let (host, recorder) = (TestHost::start(), Recorder::new());
    let inventory = inventory([("host", host.connection())]);
    let first = runners_for(&inventory, &recorder, 1);
    let order = host.order("once", "exit 0");
    first.start(order.clone());
    recorder.last(&order).await;
    drop(first);
    let other = Order { run: host.order("once", "exit 1").run, inherited: true, ..order.clone() };
    let recorder = Recorder::new();
    let second = runners_for(&inventory, &recorder, 2);
    second.start(other.clone());
    let Report::Refused { why } = recorder.last(&other).await else { panic!("it was not refused") };
    assert!(why.contains("another script"), "{why}");
    assert_eq!(host.started(), ["once.1"]);
}

fn reboot(host: &TestHost, timeout: Duration) -> Order {
    let mut order = order("host", "reboot", Run::Builtin(Builtin::Reboot));
    let command = format!("echo reboot >>{}", host.path("asked").display());
    order.parameters = [("command".to_owned(), json!(command)), ("delay".to_owned(), json!(0))].into();
    Order { timeout, started_at: now(), ..order }
}

async fn until_asked(host: &TestHost) {
    until(|| host.path("asked").exists()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reboot_has_succeeded_when_the_host_is_back_with_another_boot_id() {
    let (mut host, recorder) = (TestHost::start(), Recorder::new());
    let runners = runners(&host, &recorder);
    let order = reboot(&host, Duration::minutes(1));
    runners.start(order.clone());
    until_asked(&host).await;
    host.reboot();
    let ending = recorder.ending(&order).await;
    assert_eq!(ending.how, How::Exited(0));
    assert_eq!(ending.output["boot_id"], json!("22222222-bbbb-4bbb-8bbb-bbbbbbbbbbbb"));
    assert_eq!(recorder.reports(&order).len(), 1, "being out of reach is no news during a reboot");
    assert_eq!(std::fs::read_to_string(host.path("asked")).expect("there"), "reboot\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_controller_sees_that_the_reboot_happened() {
    let (mut host, recorder) = (TestHost::start(), Recorder::new());
    let inventory = inventory([("host", host.connection())]);
    let first = runners_for(&inventory, &recorder, 1);
    let order = reboot(&host, Duration::minutes(1));
    first.start(order.clone());
    until_asked(&host).await;
    drop(first);
    host.reboot();
    let second = runners_for(&inventory, &recorder, 2);
    let order = Order { inherited: true, ..order };
    second.start(order.clone());
    assert_eq!(recorder.how(&order).await, How::Exited(0));
    assert_eq!(std::fs::read_to_string(host.path("asked")).expect("there"), "reboot\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_does_not_come_back_is_given_up_at_its_deadline() {
    let (mut host, recorder) = (TestHost::start(), Recorder::new());
    let runners = runners(&host, &recorder);
    let order = reboot(&host, Duration::seconds(3));
    runners.start(order.clone());
    until_asked(&host).await;
    host.down();
    assert_eq!(recorder.last(&order).await, Report::Vanished(Vanished::NotBack));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reboot_that_cannot_be_asked_for_has_failed() {
    let (host, recorder) = (TestHost::start(), Recorder::new());
    let runners = runners(&host, &recorder);
    let mut order = reboot(&host, Duration::minutes(1));
    order.parameters.insert("command".into(), json!("echo 'shutdown: not permitted' >&2; exit 1"));
    runners.start(order.clone());
    let ending = recorder.ending(&order).await;
    assert_eq!((ending.how, ending.error.as_deref()), (How::Exited(1), Some("shutdown: not permitted")));
}

/// A disk of one megabyte.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mount(path: PathBuf) -> SmallDisk {
        std::fs::create_dir(&path).expect("created");
        run(Command::new("mount").args(["-t", "tmpfs", "-o", "size=1m", "tmpfs"]).arg(&path));
        SmallDisk(path)
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        run(Command::new("umount").arg("-l").arg(&self.0));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_refuses_new_scripts_and_still_records_the_end_of_running_ones() {
    let (host, recorder) = (TestHost::start(), Recorder::new());
    let disk = SmallDisk::mount(host.path("disk"));
    let connection = host.connection_with(json!({"stagger_dir": disk.0.join("stagger")}));
    let runners = runners_for(&inventory([("host", connection)]), &recorder, 1);
    let filler = disk.0.join("filler");
    let fill = host.order("fill", &format!("dd if=/dev/zero of={} bs=4k 2>/dev/null; exit 9", filler.display()));
    runners.start(fill.clone());
    assert_eq!(recorder.how(&fill).await, How::Exited(9), "the end is on record, however full the disk is");
    let refused = host.order("refused", "exit 0");
    runners.start(refused.clone());
    let Report::Refused { why } = recorder.last(&refused).await else { panic!("it was not refused") };
    assert!(why.contains("no space left"), "{why}");
    std::fs::remove_file(filler).expect("removed");
    let again = host.order("again", "exit 0");
    runners.start(again.clone());
    assert_eq!(recorder.how(&again).await, How::Exited(0));
    assert_eq!(host.started(), ["again.1", "fill.1"]);
}
