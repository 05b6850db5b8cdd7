//! The command line from end to end: each main verb against a real server over a simulated fleet, with its exit code.
//!
//! Never found here: the wording of tables (`cli`), or every option.

use crate::machine::{FRAIL, Machine, STEPS, Server, TEMPLATE};
use crate::process::{Process, run};
use serde_json::Value;
use std::process::Command;

/// One session of a person at the command line.
struct Session {
    machine: Machine,
    server: Server,
}

impl Session {
    /// Carries a command out; what it has to end with, and what it has to say somewhere.
    fn types(&self, line: &str, exit: i32, says: &[&str]) -> String {
        self.server.cli(&words(line)).expect(exit, says)
    }

    fn asks(&self, line: &str) -> Value {
        self.server.cli(&[words(line).as_slice(), &["--json"]].concat()).json()
    }
}

/// The words of a command; what stands in single quotes is one word.
fn words(line: &str) -> Vec<&str> {
    let parts = line.split('\'').enumerate();
    parts.flat_map(|(at, part)| if at % 2 == 1 { vec![part] } else { part.split_whitespace().collect() }).collect()
}

#[test]
fn a_server_takes_all_the_open_files_it_may_have() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data").display().to_string();
    let mut few = Command::new("sh");
    few.args(["-c", "ulimit -S -n 256; ulimit -H -n 4096; exec \"$@\"", "sh", env!("CARGO_BIN_EXE_stagger")]);
    few.args(["server", "--json", "--data", &data, "--listen", "127.0.0.1:0"]);
    let mut server = Process::of(few, &folder.path().join("server.log"));
    assert!(server.line("{").is_some(), "{}", server.words());
    let limit = server.limit("Max open files");
    assert_eq!(limit.split_whitespace().nth(3), Some("4096"), "{limit}");
    assert!(
        server.words().contains("LimitNOFILE"),
        "it says that this is little for a large fleet: {}",
        server.words()
    );
}

#[test]
fn a_person_patches_a_fleet_from_the_command_line() {
    let machine = Machine::with_fleet(10, 5, "ignite fails on web-0002");
    let server = machine.serve();
    let mut session = Session { machine, server };
    templates_and_hosts(&session);
    let job = a_job_is_created_started_and_watched(&session);
    refusals_have_exit_codes(&session);
    schedules_and_tokens(&session);
    let copy = session.machine.path("copy");
    let data = session.machine.path("data");
    a_running_server_is_backed_up(&session, &job);
    assert_eq!(session.server.process.terminate(), 0, "{}", session.server.process.words());
    session.types("job list", 4, &["cannot be reached"]);
    run(&["backup", &copy, "--data", &data]).expect(0, &["backed up", "root"]);
    assert_ne!(run(&["backup", &copy, "--data", &data]).exit, 0, "nothing is overwritten");
    a_job_is_looked_at_without_a_server(&session.machine, &job);
    a_backup_is_restored(&session.machine, &copy, &job);
}

fn templates_and_hosts(session: &Session) {
    let good = session.machine.write("swift.yaml", TEMPLATE);
    let bad = session.machine.write("bad.yaml", "template: bad\nworkflow:\n  - {step: a, acton: patch.check}\n");
    session.types(&format!("template validate {good}"), 0, &["is good"]);
    session.types(&format!("template validate {bad}"), 2, &["bad.yaml", "acton", "action"]);
    session.types(&format!("template apply {bad}"), 2, &["acton"]);
    session.types(&format!("template apply {good}"), 0, &["swift", "version 1"]);
    session.types(&format!("template apply {good}"), 0, &["version 1"]);
    session.types("template list", 0, &["swift", "patch-server"]);
    assert_eq!(session.types("template show swift --source", 0, &[]).trim_end(), TEMPLATE.trim_end());
    session.types("host list 'name=web-000[1-3]'", 0, &["web-0001", "web-0003", "127.0.0.1"]);
    let hosts = session.asks("host list");
    assert_eq!(hosts["nodes"].as_array().map(Vec::len), Some(10), "{hosts}");
    session.types("host show web-0001", 0, &["in service", "no job has had this host"]);
}

fn a_job_is_created_started_and_watched(session: &Session) -> String {
    session.types("job create swift --targets * --dry-run", 0, &["10 hosts in 6 batches", "nothing was created"]);
    let created = session.asks("job create swift --targets * --key once");
    let again = session.asks("job create swift --targets * --key once");
    assert_eq!(created["ulid"], again["ulid"], "one key makes one job");
    let job = created["ulid"].as_str().expect("an id").to_owned();
    session.types(&format!("job show {job}"), 0, &[&job, "planned"]);
    session.types("job why last web-0004", 0, &["web-0004 is waiting", "because"]);
    session.types(&format!("job start {job}"), 0, &["is running"]);
    session.types("job watch last", 0, &["finished", "10"]);
    session.types("job show last", 0, &["succeeded", "reboot", "join"]);
    let shown = session.asks("job show last");
    assert_eq!((&shown["outcome"], &shown["counts"]["succeeded"]), (&"SUCCEEDED".into(), &10.into()), "{shown}");
    session.types("job list", 0, &[&job, "swift v1"]);
    session.types("host show web-0001", 0, &[&job, "succeeded"]);
    session.types(&format!("events --job {job} --limit 3"), 0, &["JobFinished"]);
    let events = session.asks(&format!("events --job {job} --kind AttemptStarted --limit 1000"));
    assert_eq!(events["nodes"].as_array().map(Vec::len), Some(10 * STEPS as usize));
    job
}

fn refusals_have_exit_codes(session: &Session) {
    session.types("job start last", 3, &["next:"]);
    session.types("job create swift --targets 'role='", 3, &["next:"]);
    session.types("job create nothing", 3, &["nothing"]);
    session.types("job show 01ARZ3NDEKTSV4RRFFQ69G5FAV", 3, &["there is no job"]);
    session.types("job fly", 2, &["unrecognized"]);
    let denied = ["--server", &session.server.url, "--token", &format!("stg_{}", "x".repeat(45)), "job", "list"];
    run(&denied).expect(5, &["token"]);
    let frail = session.machine.write("frail.yaml", FRAIL);
    session.types(&format!("template apply {frail}"), 0, &["frail"]);
    let line = "job create frail --targets name=web-0002 --set url=http://localhost/ --watch";
    let held = session.types(line, 6, &["needs a person"]);
    assert!(held.contains("job why"), "{held}");
    session.types("job why last", 0, &["it waits for"]);
    session.types("job accept last --reason 'it is looked after' --yes", 0, &["taken over"]);
}

fn schedules_and_tokens(session: &Session) {
    let line = "schedule create nightly --template swift --cron '30 2 * * sat' --zone Europe/Berlin --targets *";
    session.types(line, 0, &["nightly"]);
    let listed = session.types("schedule list", 0, &["nightly", "30 2 * * sat"]);
    let id = listed.split_whitespace().find(|word| word.starts_with("schedule:")).expect("an id").to_owned();
    session.types(&format!("schedule pause {id} --reason audit"), 0, &["nightly is paused"]);
    session.types("schedule list", 0, &["paused"]);
    session.types(&format!("schedule pause {id}"), 3, &["is paused already"]);
    session.types(&format!("schedule resume {id}"), 0, &["fires next at"]);
    session.types(&format!("schedule update {id} --cron '30 3 * * sun'"), 0, &["nightly fires next at"]);
    session.types("schedule list", 0, &["30 3 * * sun", "Europe/Berlin"]);
    session.types(&format!("schedule update {id} --cron '61 * * * *'"), 3, &["next:", "minute (0-59)"]);
    session.types(&format!("schedule run {id}"), 0, &["swift", "running"]);
    let next = session.types("schedule next --cron '30 2 * * sat' --zone Asia/Shanghai --count 2", 0, &["18:30:00"]);
    assert_eq!(next.lines().count(), 2, "{next}");
    session.types("schedule next --cron 'every day' --zone UTC", 2, &["five fields", "next:", "30 2 * * sat"]);
    session.types("schedule next --cron '61 2 * * *' --zone UTC", 2, &["next:", "minute (0-59)", "weekday (0-7"]);
    session.types("schedule next --cron '30 2 30 2 *' --zone UTC", 2, &["never fires", "next:"]);
    session.types("schedule next --cron '30 2 * * *' --zone Europe/Berlim", 2, &["Europe/Berlin", "next:"]);
    session.types("schedule create x --template swift --cron '61 2 * * *' --zone UTC", 3, &["next:", "minute (0-59)"]);
    session.types("schedule next --help", 0, &["five fields", "day of month (1-31)"]);
    session.types("token create ci", 0, &["stg_"]);
    session.types("token list", 0, &["first", "ci", "live"]);
}

fn a_job_is_looked_at_without_a_server(machine: &Machine, job: &str) {
    let data = machine.path("data");
    run(&["inspect", job, "--data", &data]).expect(0, &[job, "finished"]);
    let now = run(&["inspect", job, "--data", &data, "--json"]).json();
    let end = now["position"].as_u64().expect("a position");
    let at_end = run(&["replay", job, "--data", &data, "--at", &end.to_string(), "--json"]).json();
    assert_eq!(at_end, now, "a replay up to the end is the state");
    let created = position_of(&data, job);
    run(&["replay", job, "--data", &data, "--at", &created.to_string()]).expect(0, &["planned"]);
    run(&["replay", job, "--data", &data, "--at", &(created - 1).to_string()]).expect(2, &["there is no job"]);
    run(&["inspect", "last", "--data", &machine.path("nowhere")]).expect(2, &["there is no data folder"]);
}

/// Where in the log a job begins: the first position at which a replay knows it.
fn position_of(data: &str, job: &str) -> u64 {
    let knows = |at: u64| run(&["replay", job, "--data", data, "--at", &at.to_string()]).exit == 0;
    let (mut without, mut with) = (0, 4_096);
    while with - without > 1 {
        let middle = (without + with) / 2;
        if knows(middle) { with = middle } else { without = middle }
    }
    with
}

/// Beside a running server the copy comes through it, and only through the one that uses the data folder.
fn a_running_server_is_backed_up(session: &Session, job: &str) {
    let (data, copy, restored) =
        (session.machine.path("data"), session.machine.path("live"), session.machine.path("back"));
    run(&["backup", &copy, "--data", &data, "--server", &session.server.url]).expect(5, &["token"]);
    session.types(&format!("backup {copy} --data {data}"), 0, &["backed up", &session.server.url, "root"]);
    session.types(&format!("backup {copy} --data {data}"), 2, &["it is not empty"]);
    let far = session.machine.path("far");
    session.types(&format!("backup {far} --data {}", session.machine.path("nowhere")), 0, &["backed up"]);
    assert!(!session.machine.file("data/outgoing-backup").exists(), "nothing is left on the server's side");
    run(&["restore", &copy, "--data", &restored]).expect(0, &["restored"]);
    run(&["inspect", job, "--data", &restored]).expect(0, &[job, "finished"]);
    let other = Machine::with_fleet(1, 1, "");
    let stranger = other.serve();
    let wrong = session.machine.path("wrong");
    stranger.cli(&["backup", &wrong, "--data", &data]).expect(7, &["is not the one that uses"]);
}

fn a_backup_is_restored(machine: &Machine, copy: &str, job: &str) {
    let data = machine.path("restored");
    run(&["restore", copy, "--data", &data]).expect(0, &["restored", "root"]);
    assert_ne!(run(&["restore", copy, "--data", &data]).exit, 0, "nothing is overwritten");
    let both = [machine.path("data"), data].map(|data| run(&["inspect", job, "--data", &data, "--json"]).json());
    assert_eq!(both[0]["job"], both[1]["job"]);
}
