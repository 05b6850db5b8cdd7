//! Every verb of the command line answers programs: in JSON when it did as asked, and in JSON when it did not. And every
//! verb, argument and exit code is explained.
//!
//! Never found here: what an answer says (`commands`, `folders`).

use crate::commands::{at, run, stagger};
use crate::front::Front;
use clap::{Command, CommandFactory};
use serde_json::Value;
use server::cli::Cli;
use server::cli::exit::Exit;
use std::collections::BTreeSet;

/// The verbs that every version has; scripts are written with them.
const PROMISED: [&str; 47] = [
    "server",
    "demo",
    "fleet",
    "template apply",
    "template list",
    "template show",
    "template validate",
    "template remove",
    "job create",
    "job start",
    "job list",
    "job show",
    "job watch",
    "job hold",
    "job resume",
    "job drain",
    "job cancel",
    "job kill",
    "job approve",
    "job retry",
    "job accept",
    "job resolve",
    "job output",
    "job why",
    "host list",
    "host show",
    "host apply",
    "schedule create",
    "schedule list",
    "schedule update",
    "schedule pause",
    "schedule resume",
    "schedule run",
    "schedule delete",
    "schedule next",
    "events",
    "token create",
    "token list",
    "token revoke",
    "inspect",
    "replay",
    "backup",
    "restore",
    "schema",
    "completions",
    "help",
    "--version",
];

/// What these print is a document of its own kind, or they serve until they are stopped (`processes`); the last four work
/// on a folder (`folders`).
const ELSEWHERE: [&str; 9] =
    ["server", "demo", "fleet", "schema", "completions", "inspect", "replay", "backup", "restore"];

fn verbs() -> BTreeSet<String> {
    fn collect(command: &Command, path: &str, found: &mut BTreeSet<String>) {
        let under = command.get_subcommands().filter(|sub| sub.get_name() != "help").collect::<Vec<_>>();
        if under.is_empty() {
            found.insert(path.to_owned());
        }
        under.into_iter().for_each(|sub| collect(sub, format!("{path} {}", sub.get_name()).trim(), found));
    }
    let mut found = BTreeSet::new();
    collect(&Cli::command(), "", &mut found);
    found
}

#[test]
fn every_promised_verb_is_there() {
    let there = verbs();
    let promised = PROMISED.iter().filter(|verb| !["help", "--version"].contains(*verb));
    let missing: Vec<_> = promised.filter(|verb| !there.contains(**verb)).collect();
    assert!(missing.is_empty(), "{missing:?} are missing");
    let unknown: Vec<_> = there.iter().filter(|verb| !PROMISED.contains(&verb.as_str())).collect();
    assert!(unknown.is_empty(), "{unknown:?} are new: promise them, and show below that they answer programs");
}

#[test]
fn everything_on_the_command_line_is_explained() {
    fn look(command: &Command) {
        let name = command.get_name();
        assert!(
            command.get_about().is_some_and(|about| !about.to_string().is_empty()),
            "{name} says nothing of itself"
        );
        for argument in command.get_arguments().filter(|argument| !argument.is_hide_set()) {
            let said = argument.get_help().map(ToString::to_string).unwrap_or_default();
            assert!(said.len() > 5, "{name} does not explain {}", argument.get_id());
        }
        command.get_subcommands().for_each(look);
    }
    let mut command = Cli::command();
    command.build();
    command.clone().debug_assert();
    look(&command);
    let help = Exit::help();
    for exit in [0, 1, 2, 3, 4, 5, 6, 7, 70, 130] {
        assert!(help.lines().any(|line| line.trim().starts_with(&format!("{exit} "))), "exit code {exit} is missing");
    }
    assert!(command.render_help().to_string().contains(help.trim()), "the exit codes stand in the help");
}

/// A person's day, as a program would live it.
struct Day {
    front: Front,
    told: BTreeSet<String>,
}

impl Day {
    /// Asks for JSON and gets it: one value, or one a line.
    async fn asks(&mut self, verb: &str, more: &[&str], code: i32) -> Value {
        self.told.insert(verb.to_owned());
        let words: Vec<&str> = verb.split(' ').chain(more.iter().copied()).chain(["--json"]).collect();
        let answer = run(at(&self.front, &words)).await.expect(code);
        let text = if code == 0 { &answer.out } else { &answer.err };
        let whole = serde_json::from_str(text);
        let last = || text.lines().map(|line| serde_json::from_str(line).ok()).collect::<Option<Vec<Value>>>()?.pop();
        whole.ok().or_else(last).unwrap_or_else(|| panic!("{words:?} does not answer in JSON:\n{text}"))
    }

    async fn creates(&mut self) -> String {
        let created = self.asks("job create", &["patch", "--targets", "dc=sh", "--start"], 0).await;
        created["ulid"].as_str().expect("an id").to_owned()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_verb_answers_programs() {
    let mut day = Day { front: Front::start(30).await, told: BTreeSet::new() };
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str, text: &str| {
        std::fs::write(folder.path().join(name), text).expect("a file");
        folder.path().join(name).display().to_string()
    };
    let template = file("other.yaml", "template: other\nworkflow:\n  - {step: check, action: demo.check}\n");
    let hosts = file("more.yaml", "hosts:\n  db-1: {address: 127.0.0.9}\n");
    library(&mut day, &template, &hosts).await;
    schedules_and_tokens(&mut day).await;
    a_job_goes_through(&mut day).await;
    jobs_are_stopped(&mut day).await;
    a_job_needs_a_person(&mut day).await;
    day.asks("events", &["--limit", "3"], 0).await;
    let told: BTreeSet<String> = day.told.into_iter().chain(ELSEWHERE.map(str::to_owned)).collect();
    let untold: Vec<String> = verbs().difference(&told).cloned().collect();
    assert!(untold.is_empty(), "nobody has asked {untold:?} for JSON");
}

async fn library(day: &mut Day, template: &str, hosts: &str) {
    day.asks("template validate", &[template], 0).await;
    assert_eq!(day.asks("template apply", &[template], 0).await["template"]["name"], "other");
    assert!(day.asks("template list", &[], 0).await["nodes"].is_array());
    assert_eq!(day.asks("template show", &["other"], 0).await["name"], "other");
    day.asks("template remove", &["other"], 0).await;
    assert_eq!(day.asks("template show", &["nothing"], 3).await["error"]["exit"], 3);
    day.asks("host apply", &[hosts], 0).await;
    assert!(day.asks("host list", &["name=db-1"], 0).await["nodes"][0]["name"] == "db-1");
    assert_eq!(day.asks("host show", &["db-1"], 0).await["name"], "db-1");
}

async fn schedules_and_tokens(day: &mut Day) {
    let what = ["nightly", "--template", "patch", "--targets", "dc=sh", "--cron", "30 2 * * *", "--zone", "UTC"];
    let made = day.asks("schedule create", &what, 0).await;
    let id = made["id"].as_str().expect("an id").to_owned();
    assert!(day.asks("schedule list", &[], 0).await[0]["upcoming"].is_array());
    day.asks("schedule next", &[&id], 0).await;
    assert!(day.asks("schedule next", &["--cron", "30 2 * * *", "--zone", "UTC"], 0).await["firings"].is_array());
    let wrong = day.asks("schedule next", &["--cron", "x", "--zone", "UTC"], 2).await;
    assert!(wrong["error"]["hint"].as_str().is_some_and(|hint| hint.contains("minute (0-59)")), "{wrong}");
    let later = ["--cron", "0 4 * * *", "--reason", "the backup takes longer now"];
    let changed = day.asks("schedule update", &[&[id.as_str()], &later[..]].concat(), 0).await;
    assert_eq!((&changed["cron"], &changed["name"]), (&"0 4 * * *".into(), &"nightly".into()));
    assert_eq!(day.asks("schedule pause", &[&id, "--reason", "audit"], 0).await["paused"], true);
    assert_eq!(day.asks("schedule resume", &[&id], 0).await["paused"], false);
    let job = day.asks("schedule run", &[&id], 0).await;
    day.asks("job kill", &[job["ulid"].as_str().expect("an id"), "--yes"], 0).await;
    day.front.backend.finish_all();
    day.asks("schedule delete", &[&id], 0).await;
    let token = day.asks("token create", &["ci"], 0).await;
    assert!(day.asks("token list", &[], 0).await.is_array());
    day.asks("token revoke", &[token["token"]["id"].as_str().expect("an id")], 0).await;
}

async fn a_job_goes_through(day: &mut Day) {
    day.asks("job create", &["patch", "--targets", "dc=sh", "--dry-run"], 0).await;
    let created = day.asks("job create", &["patch", "--targets", "dc=sh"], 0).await;
    let job = created["ulid"].as_str().expect("an id").to_owned();
    day.asks("job start", &[&job], 0).await;
    day.asks("job hold", &[&job], 0).await;
    assert_eq!(day.asks("job show", &[&job], 0).await["status"], "HELD");
    day.asks("job why", &[&job], 0).await;
    day.asks("job why", &[&job, "web-00003"], 0).await;
    day.asks("job resume", &[&job], 0).await;
    let effect = day.front.backend.in_force()[0];
    let host = day.front.host_of(effect).await;
    day.front.backend.write(effect, schema::OutputStream::Out, b"Hello\n", true);
    day.asks("job output", &[&job, &host], 0).await;
    assert_eq!(day.asks("job approve", &[&job, "--batch", "1", "--yes"], 3).await["error"]["exit"], 3);
    let doubt = ["last", "web-00003", "failed", "--reason", "seen"];
    assert_eq!(day.asks("job resolve", &doubt, 3).await["error"]["exit"], 3);
    day.front.backend.finish_all();
    assert_eq!(day.asks("job watch", &[&job], 0).await["outcome"], "SUCCEEDED");
    assert!(day.asks("job list", &[], 0).await["nodes"].is_array());
}

async fn jobs_are_stopped(day: &mut Day) {
    for (verb, more) in [("job drain", None), ("job cancel", Some("--yes")), ("job kill", Some("--yes"))] {
        let job = day.creates().await;
        let words: Vec<&str> = [job.as_str()].into_iter().chain(more).collect();
        day.asks(verb, &words, 0).await;
        day.asks("job kill", &[&job, "--yes"], 0).await;
        day.front.backend.finish_all();
    }
}

/// A canary whose second step fails out of service: it is taken over in one job, and given another run in the next.
async fn a_job_needs_a_person(day: &mut Day) {
    for (verb, more) in [("job accept", &["--reason", "I look after it", "--yes"][..]), ("job retry", &[])] {
        let job = day.creates().await;
        for (exit, why) in [(0, ""), (100, "E: Could not get lock")] {
            day.front.backend.in_force().into_iter().for_each(|effect| day.front.backend.exit(effect, exit, why));
        }
        day.asks(verb, &[&[job.as_str()], more].concat(), 0).await;
        day.asks("job kill", &[&job, "--yes"], 0).await;
        day.front.backend.finish_all();
    }
}

/// Runs it in a terminal of its own, as `script` gives one, and returns what came to its screen.
async fn in_a_terminal(front: &Front, words: &str) -> String {
    let mut command = tokio::process::Command::new("script");
    let line = format!("{} {words}", stagger(&[]).as_std().get_program().display());
    command.args(["--quiet", "--return", "--command", &line, "/dev/null"]).env("TERM", "xterm");
    command.env("STAGGER_SERVER", front.url("")).env("STAGGER_TOKEN", front.secret.reveal());
    command.stdin(std::process::Stdio::null()).kill_on_drop(true);
    let output = command.output().await.expect("script runs");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn watching_is_live_in_a_terminal_and_plain_elsewhere() {
    let front = Front::start(30).await;
    let created = run(at(&front, &["job", "create", "patch", "--start", "--json"])).await.expect(0).json();
    let job = created["ulid"].as_str().expect("an id");
    let (screen, lines, ()) =
        tokio::join!(in_a_terminal(&front, "job watch last"), run(at(&front, &["job", "watch", job])), async {
            tokio::time::sleep(std::time::Duration::from_secs(2)).await;
            front.backend.finish_all();
        });
    let lines = lines.expect(0).out;
    assert!(screen.contains('\u{1b}') && screen.contains("batches"), "drawn in place: {screen:?}");
    assert!(screen.contains("RUNNING") && screen.contains("FINISHED: SUCCEEDED"), "{screen:?}");
    assert!(!lines.contains('\u{1b}') && !lines.contains("batches  "), "{lines:?}");
    assert!(lines.lines().count() >= 2 && lines.contains("finished: succeeded"), "{lines:?}");
}
