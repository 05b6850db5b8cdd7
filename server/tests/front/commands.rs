//! The command line as people and scripts meet it: the real binary against a real front.

use crate::front::Front;
use serde_json::Value;
use std::process::{Output, Stdio};
use tokio::process::Command;

/// A run of the binary that has ended.
pub struct Run {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Run {
    fn of(output: Output) -> Run {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
        Run { code: output.status.code().unwrap_or(-1), out: text(output.stdout), err: text(output.stderr) }
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}{}", self.out, self.err))
    }

    #[track_caller]
    pub fn expect(self, code: i32) -> Run {
        assert_eq!(self.code, code, "{}{}", self.out, self.err);
        self
    }
}

/// The binary with nothing of this process's surroundings, nobody at its keyboard, and a known time zone.
pub fn stagger(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_stagger"));
    command.args(arguments).env_clear().env("TZ", "Europe/Berlin").stdin(Stdio::null()).kill_on_drop(true);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// The binary against a front, with its token.
pub fn at(front: &Front, arguments: &[&str]) -> Command {
    let mut command = stagger(arguments);
    command.env("STAGGER_SERVER", front.url("")).env("STAGGER_TOKEN", front.secret.reveal());
    command
}

/// Runs it to its end.
pub async fn run(mut command: Command) -> Run {
    Run::of(command.output().await.expect("the binary runs"))
}

async fn ask(front: &Front, arguments: &[&str]) -> Run {
    run(at(front, arguments)).await
}

async fn create(front: &Front, more: &[&str]) -> String {
    let created = ask(front, &[&["job", "create", "patch", "--json"], more].concat()).await.expect(0);
    created.json()["ulid"].as_str().expect("an id").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn help_is_as_it_was_looked_at() {
    insta::assert_snapshot!("help", run(stagger(&["--help"])).await.expect(0).out);
    insta::assert_snapshot!("help_job", run(stagger(&["job", "--help"])).await.expect(0).out);
    insta::assert_snapshot!("help_job_create", run(stagger(&["job", "create", "--help"])).await.expect(0).out);
}

#[tokio::test(flavor = "multi_thread")]
async fn exit_codes_tell_what_went_wrong() {
    let front = Front::start(3).await;
    let nobody = run(stagger(&["job", "list", "--server", "http://127.0.0.1:9"])).await.expect(4);
    assert!(nobody.err.contains("cannot be reached") && nobody.err.contains("next: "), "{}", nobody.err);
    let no_token = run(stagger(&["job", "list", "--server", &front.url("")])).await.expect(5);
    assert!(no_token.err.contains("no access token was given"), "{}", no_token.err);
    let mistyped = run(stagger(&["job", "list", "--server", &front.url(""), "--token", "stg_short"])).await.expect(5);
    assert!(mistyped.err.contains("copied whole"), "{}", mistyped.err);
    ask(&front, &["job", "dance"]).await.expect(2);
    ask(&front, &["job", "list", "--server", "127.0.0.1"]).await.expect(2);
    let missing = ask(&front, &["job", "show", "01KB2Q6V7V4J8QZ0M6T3N5R9XA"]).await.expect(3);
    assert!(missing.err.contains("there is no job"), "{}", missing.err);
    ask(&front, &["job", "create", "nothing"]).await.expect(3);
    let as_json = ask(&front, &["job", "create", "nothing", "--json"]).await.expect(3);
    let error: Value = serde_json::from_str(&as_json.err).expect("errors are JSON, too");
    assert_eq!(error["error"]["exit"], 3);
    let inspected = run(stagger(&["inspect", "last", "--data", "/nowhere/at/all"])).await.expect(2);
    assert!(inspected.err.contains("/nowhere/at/all"), "{}", inspected.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_may_stand_in_a_file() {
    let front = Front::start(1).await;
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("token");
    std::fs::write(&file, format!("{}\n", front.secret.reveal())).expect("written");
    let url = front.url("");
    let path = file.to_str().expect("UTF-8");
    run(stagger(&["token", "list", "--server", &url, "--token-file", path])).await.expect(0);
    let missing = run(stagger(&["token", "list", "--server", &url, "--token-file", "/nowhere"])).await.expect(5);
    assert!(missing.err.contains("/nowhere"), "{}", missing.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_is_created_looked_at_and_steered() {
    let front = Front::start(30).await;
    let preview = ask(&front, &["job", "create", "patch", "--targets", "dc=sh", "--dry-run"]).await.expect(0);
    assert!(preview.out.contains("nothing was created"), "{}", preview.out);
    assert_eq!(ask(&front, &["job", "list", "--json"]).await.expect(0).json()["nodes"], serde_json::json!([]));

    let job = create(&front, &["--targets", "dc=sh", "--set", "kernel=6.10", "--key", "once"]).await;
    assert_eq!(create(&front, &["--targets", "dc=sh", "--set", "kernel=6.10", "--key", "once"]).await, job);
    let shown = ask(&front, &["job", "show", "last", "--json"]).await.expect(0).json();
    assert_eq!((&shown["ulid"], &shown["parameters"]["kernel"]), (&Value::from(job.clone()), &Value::from("6.10")));

    assert!(ask(&front, &["job", "start", &job]).await.expect(0).out.contains("is running"));
    ask(&front, &["job", "hold", &job, "--reason", "lunch"]).await.expect(0);
    let why = ask(&front, &["job", "why", &job]).await.expect(0);
    assert!(why.out.contains("is held") && why.out.contains("lunch"), "{}", why.out);
    ask(&front, &["job", "resume", &job]).await.expect(0);
    assert!(ask(&front, &["job", "why", &job, "web-00003"]).await.expect(0).out.contains("because"));
    let table = ask(&front, &["job", "show", &job]).await.expect(0).out;
    for part in ["BATCH", "1 canary", "stops at the", "STEP", "demo.install", "10 hosts"] {
        assert!(table.contains(part), "{part} is missing in\n{table}");
    }
    front.backend.finish_all();
    let list = ask(&front, &["job", "list", "--status", "finished"]).await.expect(0).out;
    assert!(list.contains(&job) && list.contains("finished: succeeded"), "{list}");
    ask(&front, &["job", "start", &job]).await.expect(3);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_script_wrote_is_printed() {
    let front = Front::start(3).await;
    let job = create(&front, &["--start"]).await;
    let effect = front.backend.in_force()[0];
    let host = front.host_of(effect).await;
    front.backend.write(effect, schema::OutputStream::Out, b"Reading package lists...\n", false);
    let printed = ask(&front, &["job", "output", &job, &host]).await.expect(0).out;
    assert_eq!(printed, "Reading package lists...\n");
    front.backend.write(effect, schema::OutputStream::Out, b"Done\n", true);
    let followed = ask(&front, &["job", "output", "last", &host, "--step", "check", "--follow"]).await.expect(0).out;
    assert_eq!(followed, "Reading package lists...\nDone\n");
    assert_eq!(ask(&front, &["job", "output", &job, &host, "--stream", "err"]).await.expect(0).out, "");
    ask(&front, &["job", "output", &job, "web-99999"]).await.expect(3);
}

#[tokio::test(flavor = "multi_thread")]
async fn dangerous_things_are_not_done_unasked() {
    let front = Front::start(30).await;
    let job = create(&front, &["--start"]).await;
    let asked = ask(&front, &["job", "kill", &job]).await.expect(2);
    for part in ["Killing job", "30 hosts", "signalled", "--yes"] {
        assert!(asked.err.contains(part), "{part} is missing in\n{}", asked.err);
    }
    assert!(ask(&front, &["job", "show", &job]).await.expect(0).out.contains("running"));
    ask(&front, &["job", "kill", &job, "--yes", "--reason", "wrong kernel"]).await.expect(0);
    let events = ask(&front, &["events", "--job", &job, "--kind", "JobKilled"]).await.expect(0).out;
    assert!(events.contains("wrong kernel") && events.contains("token:tester"), "{events}");
}

#[tokio::test(flavor = "multi_thread")]
async fn hosts_schedules_and_tokens_have_their_verbs() {
    let front = Front::start(30).await;
    let hosts = ask(&front, &["host", "list", "dc=sh", "--limit", "3"]).await.expect(0).out;
    assert!(hosts.contains("web-00003") && hosts.contains("… 3 of 10 shown"), "{hosts}");
    let bad = ask(&front, &["host", "list", "dc="]).await;
    assert_eq!(bad.code, 2, "{}", bad.err);
    let host = ask(&front, &["host", "show", "web-00003"]).await.expect(0).out;
    assert!(host.contains("dc=sh") && host.contains("no job has had this host"), "{host}");

    let arguments =
        ["schedule", "create", "nightly", "--template", "patch", "--cron", "30 2 * * sat", "--zone", "Europe/Berlin"];
    let created = ask(&front, &arguments).await.expect(0).out;
    assert!(created.contains("02:30:00 CET"), "{created}");
    let schedules = ask(&front, &["schedule", "list", "--json"]).await.expect(0).json();
    let id = schedules[0]["id"].as_str().expect("an id");
    let next = ask(&front, &["schedule", "next", id, "--count", "60"]).await.expect(0).out;
    assert_eq!(next.lines().count(), 60);
    let tried = ask(&front, &["schedule", "next", "--cron", "99 2 * * *", "--zone", "UTC"]).await.expect(2).err;
    assert!(tried.contains("minute"), "{tried}");
    ask(&front, &["schedule", "delete", id]).await.expect(0);

    let made = ask(&front, &["token", "create", "ci"]).await.expect(0).out;
    assert!(made.starts_with("stg_") && made.contains("only time"), "{made}");
    let tokens = ask(&front, &["token", "list", "--json"]).await.expect(0).json();
    let ci = tokens.as_array().expect("a list").iter().find(|token| token["name"] == "ci").expect("there");
    ask(&front, &["token", "revoke", ci["id"].as_str().expect("an id")]).await.expect(0);
    assert!(ask(&front, &["token", "list"]).await.expect(0).out.contains("revoked"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_template_that_is_wrong_is_shown_with_its_line() {
    let front = Front::start(1).await;
    let folder = tempfile::tempdir().expect("a folder");
    let bad = folder.path().join("bad.yaml");
    std::fs::write(&bad, "template: other\nworkflow:\n  - {step: check, action: demo.chekc}\n").expect("written");
    let path = bad.to_str().expect("UTF-8");
    for verb in ["validate", "apply"] {
        let refused = ask(&front, &["template", verb, path]).await.expect(2);
        assert!(refused.out.contains(&format!("{path}:3:")), "{}", refused.out);
        assert!(refused.out.contains("    3 |   - {step: check, action: demo.chekc}\n"), "{}", refused.out);
        assert!(refused.out.contains("demo.check"), "{}", refused.out);
    }
    let good = folder.path().join("good.yaml");
    std::fs::write(&good, "template: other\nworkflow:\n  - {step: check, action: demo.check}\n").expect("written");
    let path = good.to_str().expect("UTF-8");
    assert!(ask(&front, &["template", "validate", path]).await.expect(0).out.contains("is good"));
    assert!(ask(&front, &["template", "apply", path]).await.expect(0).out.contains("at version 1"));
    assert!(ask(&front, &["template", "list"]).await.expect(0).out.contains("other"));
    assert!(ask(&front, &["template", "show", "other", "--source"]).await.expect(0).out.starts_with("template: other"));
    assert!(ask(&front, &["template", "show", "other"]).await.expect(0).out.contains("demo.check"));
    ask(&front, &["template", "remove", "other"]).await.expect(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_schema_and_completions_need_no_server() {
    let printed = run(stagger(&["schema"])).await.expect(0).out;
    let kept = include_str!("../../../schema/schema.graphql");
    assert!(printed.trim_end() == kept.trim_end(), "`stagger schema` is not schema/schema.graphql; run `make sdl`");
    assert!(run(stagger(&["completions", "bash"])).await.expect(0).out.contains("_stagger"));
}
