use super::{table, with};
use crate::action::{Action, Builtin, Place, Repeat, Run};
use crate::diagnostic::Diagnostic;
use crate::ids::ActionName;
use crate::time::Duration;
use crate::yaml::{read_action, read_pack};
use std::collections::BTreeMap;
use std::sync::Arc;

pub(super) const GOOD: &str = r#"action: patch.check
description: Says whether updates are waiting
parameters:
  security_only: {type: boolean, default: true, description: Only security updates}
  level: {type: string, enum: [low, high]}
output:
  installed: {type: boolean, description: Nothing is waiting}
  updates: {type: integer}
timeout: 10m
repeat: {verify: patch.look}
on: host
sudo: true
run: script
script: |
  set -eu
  echo installed=true >> "$STAGGER_OUTPUT"
"#;

fn action(text: &str) -> Action {
    read_action("a.yaml", text, |name| (name == "check.sh").then(|| "exit 0".to_owned()))
        .unwrap_or_else(|problems| panic!("{text}\n{problems:#?}"))
}

fn problems(text: &str) -> Vec<Diagnostic> {
    read_action("a.yaml", text, |_| None).err().unwrap_or_default()
}

/// Actions for templates to call.
pub(super) fn all() -> BTreeMap<ActionName, Arc<Action>> {
    let texts = [
        "action: patch.check\nparameters:\n  security_only: {type: boolean, default: true}\noutput:\n  installed: {type: boolean}\nscript: check.sh\n",
        "action: patch.install\nparameters:\n  packages: {type: array}\n  note: {type: string, required: true}\nscript: check.sh\n",
        "action: patch.remove\nparameters:\n  packages: {type: array}\nscript: check.sh\n",
        "action: cluster.leave\nscript: check.sh\n",
        "action: cluster.join\nscript: check.sh\n",
        "action: report.send\non: controller\nscript: check.sh\n",
    ];
    texts.iter().map(|text| action(text)).map(|action| (action.name.clone(), Arc::new(action))).collect()
}

#[test]
fn an_action_is_read_as_written() {
    insta::assert_json_snapshot!(action(GOOD));
}

#[test]
fn what_is_not_written_has_careful_values() {
    let action = action("action: a.b\nscript: check.sh\n");
    assert_eq!(action.repeat, Repeat::Never);
    assert_eq!((action.on, action.sudo, action.timeout), (Place::Host, false, Duration::minutes(10)));
    assert_eq!(action.run, Run::Script("exit 0".into()));
}

#[test]
fn built_ins_are_named() {
    for (lines, builtin) in [
        ("run: builtin\nbuiltin: reboot", Builtin::Reboot),
        ("builtin: wait\nparameters: {for: {required: true}}", Builtin::Wait),
        ("run: http\nparameters: {url: {}}", Builtin::Http),
        ("builtin: assert\nparameters: {that: {type: boolean}}", Builtin::Assert),
        ("builtin: email\nparameters: {to: {}, subject: {}}", Builtin::Email),
    ] {
        assert_eq!(action(&format!("action: a.b\n{lines}\n")).run, Run::Builtin(builtin));
    }
}

#[test]
fn actions_that_cannot_work_are_refused() {
    let minimal = |lines: &str| format!("action: a.b\n{lines}\n");
    let cases = [
        ("nothing", String::new()),
        ("no script", minimal("timeout: 5m")),
        ("an empty script", minimal("script: |\n\n\n")),
        ("a script that is not there", minimal("script: install.sh")),
        ("a command as a script", minimal("script: systemctl restart nginx")),
        ("a script of somebody else", minimal("script: ../../etc/passwd")),
        ("script and built-in", minimal("run: script\nscript: |\n  true\n  true\nbuiltin: wait")),
        ("an unknown built-in", minimal("builtin: rebot")),
        ("a built-in without what it needs", minimal("builtin: email\nparameters: {to: {}}")),
        ("an unknown way to run", minimal("run: python\nscript: x.py")),
        ("a wrong answer to repeat", with(GOOD, "{verify: patch.look}", "always")),
        ("repeat that verifies itself", "action: a.b\nbuiltin: reboot\nrepeat: {verify: a.b}\n".to_owned()),
        ("sudo on the controller", with(GOOD, "on: host", "on: controller")),
        ("a reboot of the controller", minimal("builtin: reboot\non: controller")),
        ("an unknown place", with(GOOD, "on: host", "on: hosts")),
        ("a StackStorm habit", with(GOOD, "run: script", "runner_type: local-shell-script")),
        ("a name with spaces", with(GOOD, "patch.check", "Patch Check")),
    ];
    insta::assert_snapshot!(table(&cases, problems));
}

#[test]
fn a_pack_says_what_it_is() {
    let pack =
        read_pack("pack.yaml", "pack: stagger\nversion: 1.4.0\ndescription: All that is needed\n").expect("valid");
    assert_eq!(
        (pack.name.as_str(), pack.version.as_str(), pack.description.as_str()),
        ("stagger", "1.4.0", "All that is needed")
    );
    let cases = [
        ("nothing", String::new()),
        ("a number as a version", "pack: stagger\nversion: 1.10\n".to_owned()),
        ("an unknown key", "pack: stagger\nversion: 1.0.0\nauthor: me\n".to_owned()),
        ("a bad name", "pack: my pack\nversion: 1.0.0\n".to_owned()),
    ];
    insta::assert_snapshot!(table(&cases, |text| read_pack("pack.yaml", text).err().unwrap_or_default()));
}
