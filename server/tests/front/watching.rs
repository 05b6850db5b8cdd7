//! Following things with the real binary, also while the server is away.

use crate::commands::at;
use crate::front::Front;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout};
use tokio::time::timeout;

/// The binary while it follows something.
struct Follower {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Follower {
    fn start(front: &Front, arguments: &[&str]) -> Follower {
        let mut child = at(front, arguments).spawn().expect("the binary runs");
        let lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        Follower { child, lines }
    }

    /// Reads lines up to one with this text in it, and returns that one.
    async fn reads(&mut self, text: &str) -> String {
        let mut read = Vec::new();
        let found = timeout(Duration::from_secs(20), async {
            while let Some(line) = self.lines.next_line().await.expect("readable") {
                if line.contains(text) {
                    return Some(line);
                }
                read.push(line);
            }
            None
        });
        found.await.ok().flatten().unwrap_or_else(|| panic!("{text:?} was not said, but {read:#?}"))
    }

    async fn exit(mut self) -> i32 {
        while let Ok(Some(_)) = self.lines.next_line().await {}
        let status = timeout(Duration::from_secs(20), self.child.wait()).await.expect("in time").expect("ended");
        status.code().expect("a code")
    }
}

async fn started(front: &Front) -> String {
    let answer = front.ask(
        "mutation { createJob(input: {template: \"patch\", start: true}) { job { ulid } } }",
        serde_json::Value::Null,
    );
    answer.await["data"]["createJob"]["job"]["ulid"].as_str().expect("an id").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_is_watched_to_its_good_end() {
    let front = Front::start(40).await;
    let job = started(&front).await;
    let mut watch = Follower::start(&front, &["job", "watch", &job]);
    watch.reads("running, batch 1 of").await;
    front.backend.finish_all();
    let last = watch.reads("finished: succeeded").await;
    assert!(last.contains("40 of 40 settled: 40 succeeded"), "{last}");
    assert_eq!(watch.exit().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn watching_goes_on_when_the_server_is_back() {
    let front = Front::start(40).await;
    let job = started(&front).await;
    let mut watch = Follower::start(&front, &["job", "watch", &job]);
    watch.reads("running").await;
    let (backend, secret, address) = front.stop().await;
    watch.reads("the server is away").await;
    backend.finish_all();
    let _front = Front::over(backend, secret, address).await;
    watch.reads("finished: succeeded").await;
    assert_eq!(watch.exit().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn watching_a_held_job_ends_with_a_code_of_its_own() {
    let front = Front::start(40).await;
    let job = started(&front).await;
    let canary = || front.backend.in_force().into_iter();
    canary().for_each(|effect| front.backend.exit(effect, 100, "E: Could not get lock"));
    let mut watch = Follower::start(&front, &["job", "watch", &job]);
    let line = watch.reads("canary failed 1 of 1").await;
    assert!(line.contains("held"), "{line}");
    watch.reads(&format!("stagger job why {job}")).await;
    assert_eq!(watch.exit().await, 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_job_is_no_success() {
    let front = Front::start(40).await;
    let job = started(&front).await;
    let mut watch = Follower::start(&front, &["job", "watch", &job, "--json"]);
    watch.reads("\"status\":\"RUNNING\"").await;
    let id = job.parse().expect("an id");
    front.backend.must(jobs::command::Body::CancelJob { job: id, reason: "enough".into() });
    front.backend.finish_all();
    watch.reads("\"outcome\":\"CANCELLED\"").await;
    assert_eq!(watch.exit().await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn events_are_followed_over_a_restart_without_a_gap() {
    let front = Front::start(3).await;
    let mut follow = Follower::start(&front, &["events", "--follow", "--from", "0"]);
    follow.reads("TemplateApplied").await;
    let (backend, secret, address) = front.stop().await;
    let empty = jobs::command::Body::PutInventory { source: "demo".into(), hosts: Vec::new() };
    backend.must(empty);
    let _front = Front::over(backend, secret, address).await;
    let line = follow.reads("InventoryChanged").await;
    assert!(line.contains("by user:tester"), "{line}");
}
