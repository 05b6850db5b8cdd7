//! Nobody is locked out by a server that dies on its first start, whenever that is.
//!
//! Never found here: other tokens (`verbs`).

use crate::process::{Process, run, stagger};
use serde_json::Value;
use std::fs::OpenOptions;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::{Duration, Instant};
use tempfile::TempDir;

fn launch(folder: &TempDir) -> Process {
    let data = folder.path().join("data").display().to_string();
    let args = ["server", "--json", "--data", &data, "--listen", "127.0.0.1:0"];
    Process::start(&args, &folder.path().join("server.log"))
}

/// What a server says once it serves; `None` when it ended before.
fn said(process: &mut Process) -> Option<Value> {
    Some(serde_json::from_str(&process.line("{")?).expect("JSON"))
}

fn works(said: &Value, token: &str) -> bool {
    run(&["--server", said["url"].as_str().expect("a url"), "--token", token, "token", "list"]).exit == 0
}

#[test]
fn a_first_token_that_was_recorded_and_not_shown_is_shown_by_the_next_start() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    // Whatever it says is lost: it serves, records its token, cannot show it, and ends.
    let full = OpenOptions::new().write(true).open("/dev/full").expect("a full device");
    let at = data.display().to_string();
    let mut deaf = stagger(&["server", "--data", &at, "--listen", "127.0.0.1:0"]);
    assert!(!deaf.stdout(full).output().expect("it starts").status.success());
    let kept = data.join("first-token");
    let mode = std::fs::metadata(&kept).expect("it is kept until it was shown").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let mut server = launch(&folder);
    let first = said(&mut server).expect("it serves");
    let token = first["token"].as_str().expect("the token that nobody was shown");
    assert!(works(&first, token));
    wait_until_gone(&kept);
    server.kill();
    let mut server = launch(&folder);
    let second = said(&mut server).expect("it serves");
    assert!(second["token"].is_null(), "it is shown once");
    assert!(works(&second, token));
    let at = ["--server", second["url"].as_str().expect("a url"), "--token", token, "--json"];
    let tokens = run(&[&at[..], &["token", "list"]].concat()).json();
    let id = tokens[0]["id"].as_str().unwrap_or_else(|| panic!("{tokens}"));
    run(&[&at[..], &["token", "revoke", id]].concat()).expect(0, &[]);
    // What was taken back is refused within a second.
    let began = Instant::now();
    while works(&second, token) {
        assert!(began.elapsed() < Duration::from_secs(30), "a token that was taken back still works");
    }
    server.kill();
    let mut server = launch(&folder);
    let third = said(&mut server).expect("it serves");
    let token = third["token"].as_str().expect("nobody is locked out of a server that they can start");
    assert!(works(&third, token));
}

fn wait_until_gone(file: &Path) {
    for _ in 0..500 {
        if !file.exists() {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("{} is still there", file.display());
}

#[test]
fn killed_at_any_moment_of_its_first_start_it_lets_its_owner_in() {
    for milliseconds in [5, 30, 60, 90, 120, 160, 200, 260, 340, 450] {
        let folder = tempfile::tempdir().expect("a folder");
        let mut server = launch(&folder);
        std::thread::sleep(Duration::from_millis(milliseconds));
        server.kill();
        let shown_before = server.said().lines().next().and_then(|line| serde_json::from_str::<Value>(line).ok());
        let mut server = launch(&folder);
        let now = said(&mut server).expect("it serves");
        let before = shown_before.as_ref().and_then(|said| said["token"].as_str());
        let token = now["token"].as_str().or(before).unwrap_or_else(|| panic!("locked out after {milliseconds} ms"));
        assert!(works(&now, token), "killed after {milliseconds} ms");
    }
}
