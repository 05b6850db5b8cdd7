//! `stagger demo`, as somebody meets it who tries Stagger for the first time.
//!
//! Never found here: the server's API.

use crate::process::{Answer, Process, run, signal};
use serde_json::Value;
use std::time::Duration;
use tempfile::TempDir;

/// How long a demo of some sixty hosts may take on a machine that others use, too.
const PATIENCE: Duration = Duration::from_secs(150);

/// A demo's folder. Its fleet is a process of its own, which outlives the demo; it does not outlive this.
struct Folder(TempDir);

impl Folder {
    fn new() -> Folder {
        Folder(tempfile::tempdir().expect("a folder"))
    }

    fn args(&self, more: &str) -> Vec<String> {
        let data = self.0.path().join("data").display().to_string();
        let fixed = ["demo", "--listen", "127.0.0.1:0", "--exit-when-done", "--bake", "0s", "--data", &data];
        fixed.into_iter().chain(more.split_whitespace()).map(str::to_owned).collect()
    }

    fn run(&self, more: &str) -> Answer {
        run(&words(&self.args(more)))
    }

    fn start(&self, more: &str) -> Process {
        Process::start(&words(&self.args(more)), &self.0.path().join("demo.log"))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let pid = std::fs::read_to_string(self.0.path().join("data/fleet.pid"));
        let Some(pid) = pid.ok().and_then(|pid| pid.trim().parse().ok()) else { return };
        // The id may have been given to somebody else by now.
        let command = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        if String::from_utf8_lossy(&command).contains(&*self.0.path().to_string_lossy()) {
            signal(pid, "-KILL");
        }
    }
}

fn words(args: &[String]) -> Vec<&str> {
    args.iter().map(String::as_str).collect()
}

/// The summary: the last line.
fn summary(out: &str) -> Value {
    serde_json::from_str(out.lines().last().expect("a last line")).unwrap_or_else(|why| panic!("{why}:\n{out}"))
}

fn numbers(summary: &Value, names: &[&str]) -> Vec<u64> {
    names.iter().map(|name| summary[name].as_u64().unwrap_or_else(|| panic!("{name} of {summary}"))).collect()
}

#[test]
fn it_patches_every_host_and_sums_up() {
    let folder = Folder::new();
    let out = folder
        .run("--hosts 60 --scene patch")
        .expect(0, &["60 simulated hosts, job 01", "open http://127.0.0.1:", "stg_"]);
    let summary = summary(&out);
    let counts = ["hosts", "succeeded", "failed", "inDoubt", "skipped", "outOfService", "scriptsStartedTwice"];
    assert_eq!(numbers(&summary, &counts), [60, 60, 0, 0, 0, 0, 0], "{summary}");
    assert_eq!((&summary["status"], &summary["outcome"]), (&"finished".into(), &"succeeded".into()));
    let [batches, steps, scripts, events] = numbers(&summary, &["batches", "steps", "scriptsStarted", "events"])[..]
    else {
        panic!("four numbers")
    };
    assert!((4..=60).contains(&batches), "{summary}");
    assert_eq!((steps, scripts), (60 * 7, 60 * 7), "seven steps on each host: {summary}");
    assert!(events > 2 * steps, "each step was begun and ended: {summary}");
    assert!(summary["seconds"].as_f64() > Some(0.0), "{summary}");
}

#[test]
fn a_usual_night_has_hosts_that_fail_and_need_a_person() {
    let out = Folder::new().run("--hosts 60").expect(0, &["60 simulated hosts, job 01"]);
    let summary = summary(&out);
    let failed = numbers(&summary, &["failed", "scriptsStartedTwice"]);
    assert!((1..=6).contains(&failed[0]) && failed[1] == 0, "{summary}");
    assert!(["settled", "held"].contains(&summary["status"].as_str().expect("a status")), "{summary}");
}

#[test]
fn killed_and_run_again_it_goes_on_with_the_same_job() {
    let folder = Folder::new();
    for milliseconds in [5, 100, 400] {
        let mut young = folder.start("--hosts 60 --scene patch");
        std::thread::sleep(Duration::from_millis(milliseconds));
        young.kill();
    }
    let mut first = folder.start("--hosts 60 --scene patch");
    let job = first.line("60 simulated hosts, job ").unwrap_or_else(|| panic!("no job: {}", first.words()));
    assert!(first.line("running: batch").is_some(), "{}", first.words());
    first.kill();
    let mut second = folder.start("--hosts 60 --scene patch");
    assert_eq!(second.line("60 simulated hosts, job ").as_ref(), Some(&job));
    std::thread::sleep(Duration::from_millis(700));
    second.kill();
    let mut third = folder.start("--hosts 60 --scene patch");
    assert_eq!(third.exit_within(PATIENCE), 0, "{}", third.words());
    let summary = summary(&third.said());
    assert!(job.ends_with(summary["job"].as_str().expect("an id")), "{job}: {summary}");
    let counts = ["succeeded", "outOfService", "scriptsStarted", "scriptsStartedTwice"];
    assert_eq!(numbers(&summary, &counts), [60, 0, 60 * 7, 0], "{summary}");
}

#[test]
fn a_bad_patch_stops_at_the_canary() {
    let out = Folder::new().run("--hosts 60 --scene bad-patch").expect(0, &["held (", "canary"]);
    let summary = summary(&out);
    let counts =
        ["hosts", "succeeded", "failed", "touched", "skipped", "outOfService", "batches", "scriptsStartedTwice"];
    assert_eq!(numbers(&summary, &counts), [60, 0, 1, 1, 59, 1, 1, 0], "{summary}");
    assert_eq!((&summary["status"], &summary["outcome"]), (&"held".into(), &Value::Null));
}

#[test]
fn a_host_that_does_not_end_as_it_should_fails_the_demo() {
    let folder = Folder::new();
    let mut args = folder.args("--hosts 10 --scene patch --trouble");
    args.push("ignite fails on 1 host with 'connection refused'".to_owned());
    let summary = summary(&run(&words(&args)).expect(1, &[]));
    assert_eq!(numbers(&summary, &["failed", "outOfService", "scriptsStartedTwice"]), [1, 1, 0], "{summary}");
    assert!(numbers(&summary, &["succeeded"])[0] < 10);
}
