//! A network that fails while scripts run: connections that die without a word, that are cut again and again, and output
//! that never ends.

use crate::daemon::{TestHost, inventory, kill, runners, runners_with};
use crate::recorder::Recorder;
use jobs::attempt::{How, Order};
use jobs::time::Duration;
use server::remote::Limits;
use std::time::Instant;

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_died_without_a_word_is_noticed() {
    let (host, recorder) = (TestHost::start(), Recorder::new());
    let limits = Limits { keepalive: std::time::Duration::from_millis(500), ..Limits::default() };
    let runners = runners_with(limits, &inventory([("host", host.connection())]), &recorder, 1);
    let order = host.order("slow", "echo here; sleep 3; echo there; exit 4");
    runners.start(order.clone());
    recorder.until_output(&order, 5).await;
    let frozen = host.sessions();
    assert!(!frozen.is_empty());
    frozen.iter().for_each(|pid| kill(*pid, "STOP"));
    let asked = Instant::now();
    let (why, may_have_begun) = recorder.out_of_reach(&order).await;
    assert!(may_have_begun && why.contains("ended while the script ran"), "{why}");
    // Far less than a supervisor's silence is given: it was the keepalive.
    assert!(asked.elapsed() < std::time::Duration::from_secs(20), "{:?}", asked.elapsed());
    assert_eq!(recorder.how(&order).await, How::Exited(4));
    assert_eq!(recorder.out(&order), b"here\nthere\n");
    assert_eq!(host.started(), ["slow.1"]);
    frozen.iter().for_each(|pid| kill(*pid, "KILL"));
}

#[tokio::test(flavor = "multi_thread")]
async fn cut_again_and_again_it_misses_no_byte() {
    let (host, recorder) = (TestHost::start(), Recorder::new());
    let runners = runners(&host, &recorder);
    let copy = host.path("copy");
    let script = format!(
        "n=0; while [ $n -lt 40 ]; do n=$((n + 1)); head -c 100003 /dev/urandom | tee -a {}; sleep 0.1; done; exit 5",
        copy.display()
    );
    let order = host.order("noisy", &script);
    runners.start(order.clone());
    for cut in 1..=3 {
        recorder.until_output(&order, cut * 900_000).await;
        host.cut_connections();
    }
    assert_eq!(recorder.how(&order).await, How::Exited(5));
    let out = recorder.out(&order);
    assert_eq!(out.len(), 40 * 100_003);
    assert!(out == std::fs::read(copy).expect("there"), "the bytes differ");
    assert_eq!(host.started(), ["noisy.1"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn endless_output_ends_with_its_script() {
    let (host, recorder) = (TestHost::start(), Recorder::new());
    let runners = runners(&host, &recorder);
    let script = "n=0; while :; do n=$((n + 1)); echo \"line $n of output that nobody will read\"; done";
    let order = Order { timeout: Duration::seconds(2), ..host.order("endless", script) };
    runners.start(order.clone());
    let ending = recorder.ending(&order).await;
    assert_eq!(ending.how, How::TimedOut);
    let out = recorder.out(&order);
    assert_eq!(out.len() as u64, ending.out_bytes, "all that was written has come");
    assert!(out.len() > 100_000 && out.starts_with(b"line 1 of output"), "{}", out.len());
}
