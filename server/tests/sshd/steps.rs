//! A script that is left alone: what it gets, what it gives, how it ends.

use crate::daemon::{TestHost, inventory, runners, runners_with};
use crate::recorder::Recorder;
use jobs::attempt::{How, Order, Report, Signal};
use jobs::time::Duration;
use serde_json::json;
use server::remote::Limits;
use std::time::Instant;

#[tokio::test(flavor = "multi_thread")]
async fn exit_codes_output_and_results_come_back() {
    let (host, recorder) = (TestHost::start(), Recorder::new());
    let runners = runners(&host, &recorder);
    let mut order = host.order(
        "install",
        "printf 'to stdout\\n'; echo 'E: could not get lock' >&2\n\
         echo installed=true >>\"$STAGGER_OUTPUT\"; echo \"job=$STAGGER_JOB\" >>\"$STAGGER_OUTPUT\"\n\
         echo \"text=$STAGGER_PARAM_TEXT\" >>\"$STAGGER_OUTPUT\"\n\
         echo \"by=$STAGGER_HOST/$STAGGER_STEP/$STAGGER_ACTION/$STAGGER_ATTEMPT\" >>\"$STAGGER_OUTPUT\"; exit 3",
    );
    order.parameters.insert("text".into(), json!("it's \"quoted\" $HOME `id`"));
    runners.start(order.clone());
    let ending = recorder.ending(&order).await;
    assert_eq!(ending.how, How::Exited(3));
    assert_eq!(ending.error.as_deref(), Some("E: could not get lock"));
    assert_eq!(recorder.out(&order), b"to stdout\n");
    assert_eq!(recorder.err(&order), b"E: could not get lock\n");
    assert_eq!((ending.out_bytes, ending.err_bytes), (10, 22));
    let expected = json!({
        "installed": true, "job": order.job.to_string(), "text": "it's \"quoted\" $HOME `id`",
        "by": "host/install/test.script/1",
    });
    assert_eq!(json!(ending.output), expected);
    assert_eq!(host.started(), ["install.1"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signal_is_told_from_an_exit_code() {
    let (host, recorder) = (TestHost::start(), Recorder::new());
    let runners = runners(&host, &recorder);
    let killed = host.order("killed", "kill -9 $$");
    let fine = host.order("fine", "exit 0");
    let odd = host.order("odd", "exit 255");
    for order in [&killed, &fine, &odd] {
        runners.start(order.clone());
    }
    assert_eq!(recorder.how(&killed).await, How::Signalled(9));
    assert_eq!(recorder.how(&fine).await, How::Exited(0));
    assert_eq!(recorder.how(&odd).await, How::Exited(255));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_line_may_name_an_interpreter() {
    let (host, recorder) = (TestHost::start(), Recorder::new());
    let runners = runners(&host, &recorder);
    let order = host.order("python", "#!/usr/bin/env python3\nimport sys\nprint(2 ** 70)\nsys.exit(4)\n");
    runners.start(order.clone());
    assert_eq!(recorder.how(&order).await, How::Exited(4));
    assert_eq!(recorder.out(&order), b"1180591620717411303424\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn time_is_up_for_the_whole_group_of_processes() {
    let (host, recorder) = (TestHost::start(), Recorder::new());
    let runners = runners(&host, &recorder);
    let alive = host.path("alive");
    let script = format!("(trap '' TERM; while :; do date >{}; sleep 0.2; done) &\nsleep 60", alive.display());
    let order = Order { timeout: Duration::seconds(1), ..host.order("slow", &script) };
    runners.start(order.clone());
    assert_eq!(recorder.how(&order).await, How::TimedOut);
    let last = std::fs::read(&alive).expect("it ran");
    tokio::time::sleep(std::time::Duration::from_millis(1_500)).await;
    assert_eq!(std::fs::read(&alive).expect("still there"), last, "something of the script still runs");
    assert_eq!(host.started(), ["slow.1"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_script_ends_early() {
    let (host, recorder) = (TestHost::start(), Recorder::new());
    let runners = runners(&host, &recorder);
    let order = host.order("long", "echo here; sleep 60");
    runners.start(order.clone());
    recorder.until_output(&order, 5).await;
    let asked = Instant::now();
    runners.signal(order.job, order.attempt, Signal::Kill);
    assert_eq!(recorder.how(&order).await, How::Killed);
    assert!(asked.elapsed() < std::time::Duration::from_secs(20));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attempt_killed_before_it_began_never_starts() {
    let (host, recorder) = (TestHost::start(), Recorder::new());
    let runners = runners(&host, &recorder);
    let order = Order { signal: Some(Signal::Kill), ..host.order("never", "echo here") };
    runners.start(order.clone());
    assert!(matches!(recorder.last(&order).await, Report::Refused { .. }));
    assert!(host.started().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_megabytes_of_any_bytes_arrive_whole() {
    let (host, recorder) = (TestHost::start(), Recorder::new());
    let runners = runners(&host, &recorder);
    let script = "head -c 52428800 /dev/urandom | tee -a /dev/fd/3 3>&1 | sha256sum | cut -c1-64 >&2";
    let script = script.replace("tee -a /dev/fd/3 3>&1", &format!("tee {}", host.path("copy").display()));
    let order = host.order("large", &format!("{script}\ncat {}", host.path("copy").display()));
    runners.start(order.clone());
    assert_eq!(recorder.how(&order).await, How::Exited(0));
    let out = recorder.out(&order);
    assert_eq!(out.len(), 52_428_800);
    assert!(out == std::fs::read(host.path("copy")).expect("there"), "the bytes differ");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_script_arrives_whole() {
    let (host, recorder) = (TestHost::start(), Recorder::new());
    let runners = runners(&host, &recorder);
    let padding = "# nothing but padding to make it long enough for many packets\n".repeat(40_000);
    let order = host.order("long", &format!("{padding}\necho end"));
    runners.start(order.clone());
    assert_eq!(recorder.how(&order).await, How::Exited(0));
    assert_eq!(recorder.out(&order), b"end\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_acknowledged_attempt_leaves_nothing_but_its_mark() {
    let (host, recorder) = (TestHost::start(), Recorder::new());
    let runners = runners(&host, &recorder);
    let order = host.order("first", "echo here");
    runners.start(order.clone());
    recorder.last(&order).await;
    runners.stop(order.job, order.attempt);
    let folder = host.path("stagger/ops").join(format!("{}.1", order.op()));
    for _ in 0..200 {
        if !folder.exists() && runners.open_connections() == 0 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert!(!folder.exists(), "the connection became idle, and the host was not told");
    assert!(host.path("stagger/acked").join(format!("{}.1", order.op())).exists());
    assert_eq!(runners.open_connections(), 0, "an idle connection stays open");
}

#[tokio::test(flavor = "multi_thread")]
async fn many_steps_use_one_connection() {
    let (host, recorder) = (TestHost::start(), Recorder::new());
    let runners = runners(&host, &recorder);
    let orders: Vec<_> = (0..12).map(|n| host.order(&format!("step-{n}"), "sleep 0.3; echo $STAGGER_STEP")).collect();
    orders.iter().for_each(|order| runners.start(order.clone()));
    for order in &orders {
        assert_eq!(recorder.how(order).await, How::Exited(0));
        assert_eq!(recorder.out(order), format!("{}\n", order.step).into_bytes());
    }
    let log = std::fs::read_to_string(host.path("sshd.log")).expect("a log");
    assert_eq!(log.matches("Accepted publickey").count(), 1, "{log}");
    assert_eq!(host.started().len(), 12);
}

#[tokio::test(flavor = "multi_thread")]
async fn idle_connections_make_room_for_others() {
    let (host, recorder) = (TestHost::start(), Recorder::new());
    let names = ["a", "b", "c", "d", "e", "f"];
    let hosts = inventory(names.map(|name| (name, host.connection())));
    let limits = Limits { connections: 2, ..Limits::default() };
    let runners = runners_with(limits, &hosts, &recorder, 1);
    let orders: Vec<_> =
        names.into_iter().map(|name| Order { host: name.into(), ..host.order(name, "sleep 0.2") }).collect();
    orders.iter().for_each(|order| runners.start(order.clone()));
    for order in &orders {
        assert_eq!(recorder.how(order).await, How::Exited(0));
    }
    assert!(runners.open_connections() <= 2);
    assert_eq!(host.started().len(), 6);
}
