use super::{actions, table, with};
use crate::diagnostic::{Diagnostic, Severity};
use crate::expression::Program;
use crate::template::{Template, TotalGate};
use crate::yaml::{TemplateFile, read_template};

pub(super) const GOOD: &str = r#"template: patch-server
description: Patches one server after the other
parameters:
  security_only: {type: boolean, default: true, description: Only security updates}
  packages: {type: array, items: {type: string}}
  level: {type: string, enum: [low, high], default: low}
  attempts: {type: integer, minimum: 1, maximum: 9, default: 2}
  token: {type: string, secret: true}
targets: role=web and env=prod
workflow:
  - step: check
    action: patch.check
    with: {security_only: "{{ params.security_only }}"}
    done_if: steps.check.output.installed == true
  - {step: leave, action: cluster.leave, takes_out_of_service: true, undo: cluster.join}
  - step: install
    action: patch.install
    with: {packages: "{{ params.packages }}", note: "for {{ host.name }}"}
    when: not steps.check.output.installed
    timeout: 30m
    retry: {attempts: 2, delay: 30s, backoff: 2}
    safe_point: false
    undo: {action: patch.remove, with: {packages: "{{ params.packages }}"}}
  - {step: verify, action: patch.check, verifies: true}
  - {step: join, action: cluster.join, returns_to_service: true}
  - {step: report, action: report.send, always: true, retry: 3}
on_failure: undo
batches:
  - {size: 1, bake: 30m, approve: {by: release, not_requester: true, expires: 8h}}
  - {size: 1%, bake: 1h, approve: true}
  - {up_to: 25%}
  - {size: 10%, repeat: true}
allow_big_batch: false
concurrency: {max: 200, ramp: doubling}
gates:
  canary: {max_failed: 0, min_succeeded: 1}
  batch: {max_failed: 10%}
  total: {max_failed: 5%, min_sample: 50, cap: none}
  unreachable: {max: 10%}
  signature: {hosts: 3}
stratify_by: [cluster, os]
unreachable_after: 90s
lost_after: 15m
"#;

fn good() -> TemplateFile {
    read_template("patch.yaml", GOOD).unwrap_or_else(|problems| panic!("{problems:#?}"))
}

fn template(text: &str) -> Template {
    read_template("patch.yaml", text).unwrap_or_else(|problems| panic!("{problems:#?}")).template
}

/// Everything that is wrong with a text: what reading finds, otherwise what checking finds.
fn problems(text: &str) -> Vec<Diagnostic> {
    match read_template("patch.yaml", text) {
        Ok(file) => file.check(&actions::all()),
        Err(problems) => problems,
    }
}

#[test]
fn a_template_is_read_as_written() {
    insta::assert_json_snapshot!(good().template);
}

#[test]
fn a_good_template_has_no_problems_and_compiles() {
    let file = good();
    assert_eq!(file.check(&actions::all()), []);
    assert!(Program::compile(&file.template, &actions::all()).is_ok());
}

#[test]
fn what_is_not_written_has_sensible_values() {
    let template = template("template: t\nworkflow:\n  - {step: a, action: patch.check}\n");
    insta::assert_json_snapshot!(template);
    assert_eq!(template.gates.total, TotalGate::default());
}

#[test]
fn a_stored_template_reads_back_the_same() {
    let file = good();
    let json = serde_json::to_string(&file.template).expect("plain values");
    assert_eq!(serde_json::from_str::<Template>(&json).expect("its own"), file.template);
}

#[test]
fn anchors_and_merged_keys_may_be_used() {
    let text = "template: t\nworkflow:\n  - &look {step: a, action: patch.check, retry: 2}\n  - {<<: *look, step: b}\n";
    let workflow = template(text).workflow;
    assert_eq!((workflow[1].step.as_str(), workflow[1].retry.attempts), ("b", 2));
}

#[test]
fn all_problems_of_a_text_are_told_at_once() {
    let text = with(GOOD, "template: patch-server", "template: Patch Server\ncolor: red");
    let text = with(&text, "size: 1%, bake: 1h", "size: 0%, bake: 1 hour");
    let text = with(&text, "max_failed: 10%", "max_fialed: 10%");
    let text = with(&text, "action: cluster.leave,", "");
    let text = with(&text, "role=web and", "role=web adn");
    let found = problems(&text);
    assert_eq!(found.iter().map(|one| one.line).collect::<Vec<_>>(), [1, 2, 10, 16, 31, 31, 38]);
    insta::assert_snapshot!(table(&[("many", text)], problems));
}

#[test]
fn keys_and_types_are_refused_at_their_place() {
    let cases = [
        ("not YAML", "template: [t\nworkflow: x".to_owned()),
        ("braces without quotes", with(GOOD, "\"{{ params.security_only }}\"", "{{ params.security_only }}")),
        ("tabs", "template: t\nworkflow:\n\t- step: a\n".to_owned()),
        ("a tag", with(GOOD, "on_failure: undo", "on_failure: !undo x")),
        ("two documents", format!("{GOOD}---\n{GOOD}")),
        ("an unknown anchor", with(GOOD, "on_failure: undo", "on_failure: *undo")),
        ("empty", String::new()),
        ("a list", "- template: t\n".to_owned()),
        ("nothing but a name", "template: t\n".to_owned()),
        ("empty values", "template:\nworkflow:\n".to_owned()),
        ("no steps", "template: t\nworkflow: []\n".to_owned()),
        ("an Ansible habit", with(GOOD, "targets:", "hosts:")),
        ("a misspelt key", with(GOOD, "takes_out_of_service", "takes_out_of_servise")),
        ("an unknown key", with(GOOD, "safe_point: false", "colour: red")),
        ("a key twice", with(GOOD, "on_failure: undo", "on_failure: undo\ntargets: all")),
        (
            "a parameter twice",
            with(GOOD, "with: {security_only: \"{{ params.security_only }}\"}", "with: {a: 1, a: 2}"),
        ),
        ("a text for a map", with(GOOD, "{max: 200, ramp: doubling}", "many")),
        ("yes for true", with(GOOD, "allow_big_batch: false", "allow_big_batch: no")),
        ("a step that is a word", with(GOOD, "- {step: verify, action: patch.check, verifies: true}", "- verify")),
        ("a step with a dash in its name", with(GOOD, "step: leave", "step: leave-cluster")),
        ("a bad word", with(GOOD, "on_failure: undo", "on_failure: rollback")),
        ("a word nearly right", with(GOOD, "ramp: doubling", "ramp: dubling")),
    ];
    insta::assert_snapshot!(table(&cases, problems));
}

#[test]
fn values_are_refused_at_their_place() {
    let batch = |stages: &str| with(GOOD, "- {size: 1%, bake: 1h, approve: true}", stages);
    let cases = [
        ("size 0", batch("- {size: 0}")),
        ("a negative size", batch("- {size: -5}")),
        ("half a host", batch("- {size: 1.5}")),
        ("0 %", batch("- {size: 0%}")),
        ("101 %", batch("- {size: 101%}")),
        ("too exact", batch("- {size: 0.001%}")),
        ("a share without %", batch("- {size: ten}")),
        ("a stage that is a number", batch("- 5")),
        ("a time without unit", with(GOOD, "bake: 30m", "bake: 30")),
        ("a negative time", with(GOOD, "timeout: 30m", "timeout: -30m")),
        ("no time at all", with(GOOD, "timeout: 30m", "timeout: 0s")),
        ("a very long time", with(GOOD, "timeout: 30m", "timeout: 90d")),
        ("no attempts", with(GOOD, "attempts: 2, delay", "attempts: 0, delay")),
        ("retry without attempts", with(GOOD, "attempts: 2, delay: 30s, backoff: 2", "delay: 30s")),
        ("backoff of 0", with(GOOD, "backoff: 2", "backoff: 0")),
        ("nobody at once", with(GOOD, "max: 200", "max: 0")),
        ("a share as a cap", with(GOOD, "cap: none", "cap: 5%")),
        ("a number as a share", with(GOOD, "max_failed: 5%, min", "max_failed: 5, min")),
        ("a gate that is a number", with(GOOD, "batch: {max_failed: 10%}", "batch: 10%")),
        ("a gate without its threshold", with(GOOD, "signature: {hosts: 3}", "signature: {}")),
        ("a bad selector in quotes", with(GOOD, "role=web and env=prod", "\"role=web && env=prod\"")),
        ("approve by nobody", with(GOOD, "by: release", "by: \"\"")),
        ("an approval that ends at once", with(GOOD, "expires: 8h", "expires: 1s")),
    ];
    insta::assert_snapshot!(table(&cases, problems));
}

#[test]
fn parameters_that_cannot_work_are_refused() {
    let parameter = |schema: &str| with(GOOD, "{type: array, items: {type: string}}", schema);
    let cases = [
        ("a type of another tool", parameter("{type: bool}")),
        ("an unknown type", parameter("{type: colour}")),
        ("a name that is not one", with(GOOD, "  packages:", "  Packages-To-Install:")),
        ("a default of the wrong type", parameter("{type: integer, default: many}")),
        ("a default that is not allowed", parameter("{type: string, enum: [a, b], default: c}")),
        ("an allowed value of the wrong type", parameter("{type: integer, enum: [1, two]}")),
        ("least above most", parameter("{type: integer, minimum: 5, maximum: 1}")),
        ("a minimum for texts", parameter("{type: string, minimum: 5}")),
        ("items for texts", parameter("{type: string, items: string}")),
        ("required with a default", parameter("{type: string, required: true, default: a}")),
        ("a secret number", parameter("{type: integer, secret: true}")),
        ("a secret in the open", parameter("{type: string, secret: true, default: hunter2}")),
        ("a broken pattern", parameter("{type: string, pattern: \"web[\"}")),
        ("not a map", parameter("boolean")),
    ];
    let shown = table(&cases, problems);
    assert_eq!(shown.matches("hunter2").count(), 1, "the secret is shown beyond the line it stands in");
    insta::assert_snapshot!(shown);
}

#[test]
fn contradictions_are_refused() {
    let cases = [
        ("rejoining without leaving", with(GOOD, "takes_out_of_service: true, ", "")),
        ("done while out of service", with(GOOD, "timeout: 30m", "done_if: steps.install.succeeded")),
        (
            "done at a step that always runs",
            with(GOOD, "always: true", "always: true, done_if: steps.report.succeeded"),
        ),
        (
            "undo with nothing to undo",
            with(
                &with(GOOD, ", undo: cluster.join", ""),
                "    undo: {action: patch.remove, with: {packages: \"{{ params.packages }}\"}}\n",
                "",
            ),
        ),
        ("two steps of one name", with(GOOD, "step: verify", "step: check")),
        ("size and up_to", with(GOOD, "{up_to: 25%}", "{up_to: 25%, size: 5}")),
        ("neither size nor up_to", with(GOOD, "{up_to: 25%}", "{bake: 5m}")),
        ("up_to that repeats", with(GOOD, "{up_to: 25%}", "{up_to: 25%, repeat: true}")),
        ("up_to that shrinks", with(GOOD, "{up_to: 25%}", "{up_to: 25%}\n  - {up_to: 10%}")),
        ("a stage after one that repeats", with(GOOD, "{size: 1%, bake: 1h", "{size: 1%, repeat: true")),
        ("no stages", with(GOOD, "batches:\n", "batches: []\nstages:\n")),
        ("a sample without a threshold", with(GOOD, "max_failed: 5%, min_sample: 50", "min_sample: 50")),
        ("a canary that cannot pass", with(GOOD, "min_succeeded: 1", "min_succeeded: 2")),
        ("a label twice", with(GOOD, "[cluster, os]", "[os, os]")),
    ];
    insta::assert_snapshot!(table(&cases, problems));
}

#[test]
fn calls_and_references_are_checked_at_their_place() {
    let cases = [
        ("an unknown action", with(GOOD, "action: patch.install", "action: patch.instal")),
        ("an unknown undo", with(GOOD, "undo: cluster.join", "undo: cluster.jion")),
        ("an unknown parameter", with(GOOD, "{security_only: ", "{securty_only: ")),
        ("a missing parameter", with(GOOD, ", note: \"for {{ host.name }}\"", "")),
        ("a wrong type", with(GOOD, "{{ params.packages }}\", note", "{{ params.level }}\", note")),
        ("a parameter the template lacks", with(GOOD, "params.security_only }}", "params.security }}")),
        ("a step that comes later", with(GOOD, "when: not steps.check", "when: not steps.verify")),
        (
            "its own result too early",
            with(GOOD, "when: not steps.check.output.installed", "when: steps.install.succeeded"),
        ),
        (
            "an output nearly right",
            with(GOOD, "done_if: steps.check.output.installed", "done_if: steps.check.output.instaled"),
        ),
        (
            "an output nobody declared",
            with(GOOD, "done_if: steps.check.output.installed", "done_if: steps.check.output.fingerprint"),
        ),
        (
            "an expression that is none",
            with(GOOD, "when: not steps.check.output.installed", "when: not (steps.check.output.installed"),
        ),
        ("a secret that would be shown", with(GOOD, "for {{ host.name }}", "{{ params.token }}")),
        (
            "a parameter of undo",
            with(
                GOOD,
                "with: {packages: \"{{ params.packages }}\"}}\n  - {step: verify",
                "with: {package: x}}\n  - {step: verify",
            ),
        ),
        ("nobody returns", with(GOOD, "returns_to_service: true", "verifies: true")),
    ];
    insta::assert_snapshot!(table(&cases, problems));
}

#[test]
fn doubts_do_not_stop_a_template() {
    let text = with(GOOD, "done_if: steps.check.output.installed", "done_if: steps.check.output.fingerprint");
    let found = problems(&text);
    assert_eq!(found.iter().map(|one| one.severity).collect::<Vec<_>>(), [Severity::Warning]);
    assert!(Program::compile(&template(&text), &actions::all()).is_ok());
}

#[test]
fn limits_are_told() {
    let steps = |count: usize| {
        let steps: String = (0..count).map(|n| format!("  - {{step: s{n}, action: patch.check}}\n")).collect();
        format!("template: t\nworkflow:\n{steps}")
    };
    let stages = |count: usize| format!("{}batches:\n{}", steps(1), "  - {size: 1}\n".repeat(count));
    assert!(read_template("t", &steps(64)).is_ok() && read_template("t", &stages(100)).is_ok());
    for (text, said) in [
        (steps(65), "65 steps; at most 64 are allowed"),
        (stages(101), "101 stages; at most 100 are allowed"),
        (format!("{}#{}", steps(1), "x".repeat(256 * 1024)), "bytes long; at most 262144 are read"),
        (format!("template: t\nworkflow: {}1{}\n", "[".repeat(100), "]".repeat(100)), "not valid YAML"),
        (format!("template: t\nworkflow: [{}]\n", "1,".repeat(30_000)), "not valid YAML"),
    ] {
        let found = read_template("t", &text).expect_err(said);
        assert!(found[0].message.contains(said), "{}", found[0]);
    }
}

#[test]
fn an_alias_bomb_is_refused() {
    let mut text = "template: t\nx0: &x0 [a, a, a, a, a, a, a, a, a, a]\n".to_owned();
    for level in 1..12 {
        let before = level - 1;
        text.push_str(&format!("x{level}: &x{level} [{}]\n", format!("*x{before}, ").repeat(10)));
    }
    assert!(read_template("t", &text).is_err());
}
