//! What the reader takes, as JSON Schema (draft 2020-12): for completion and hints in editors.
//!
//! An editor is told less than the reader knows: places of contradictions, actions that exist, expressions that can be
//! read. Whatever the reader takes, but for
//! keys left empty, these schemas take, too; tests hold their keys and words against the reader's.
//!
//! Never found here: the reading itself, or the schema of the values of one template's parameters.

use serde_json::{Value, json};

const DRAFT: &str = "https://json-schema.org/draft/2020-12/schema";

/// The schema of a template's text.
pub fn template_json_schema() -> Value {
    json!({
        "$schema": DRAFT,
        "title": "Template of Stagger",
        "description": "The definition of a job: parameters, targets, the workflow one host goes through, and how the \
            batches grow.",
        "type": "object",
        "required": ["template", "workflow"],
        "additionalProperties": false,
        "properties": {
            "template": name("The template's name: small letters, digits, `.`, `-` and `_`."),
            "description": text("One sentence for people."),
            "parameters": parameters("What a job of this template takes. Expressions reach them as `params.name`."),
            "targets": text("The hosts, unless the job says otherwise: a selector such as `role=web and not dc=sh`."),
            "workflow": {
                "description": "The steps one host goes through, in order; at most 64.",
                "type": "array",
                "minItems": 1,
                "maxItems": 64,
                "items": { "$ref": "#/$defs/step" },
            },
            "on_failure": {
                "description": "What happens to a host when a step fails for good. Not written, a host that is out of \
                    service is parked and any other simply fails.",
                "oneOf": [
                    word("undo", "Completed steps are taken back, last first."),
                    word("park", "The host is left as it is, out of service if it was, counted and shown."),
                ],
            },
            "batches": {
                "description": "How the batches grow; the first one is the canary. Not written, the number of hosts decides.",
                "type": "array",
                "minItems": 1,
                "maxItems": 100,
                "items": { "$ref": "#/$defs/stage" },
            },
            "allow_big_batch": flag("Allows one batch to hold more than half of the hosts.", false),
            "concurrency": {
                "description": "How many hosts may be in flight at once.",
                "oneOf": [
                    count(1, "At most this many hosts."),
                    object("How many, and how their number grows within a batch.", &[], json!({
                        "max": count(1, "At most this many hosts."),
                        "ramp": {
                            "description": "How the number in flight grows within a batch.",
                            "oneOf": [
                                word("none", "All at once."),
                                word("doubling", "One, then one more for each host of the batch that succeeded."),
                            ],
                        },
                    })),
                ],
            },
            "gates": gates(),
            "stratify_by": {
                "description": "Labels over whose values every batch is spread evenly.",
                "oneOf": [text("One label."), { "type": "array", "items": text("A label.") }],
            },
            "unreachable_after": duration("How long a host that nothing was done to may stay out of reach before it is \
                given up as unreachable; otherwise 2m."),
            "lost_after": duration("How long after an attempt's timeout its result is waited for before the host is given \
                up as lost; otherwise 10m."),
        },
        "$defs": {
            "step": step(),
            "call": call(),
            "stage": stage(),
            "parameter": parameter(),
            "amount": amount(),
            "duration": duration("A length of time such as 500ms, 30s, 5m, 8h or 7d."),
        },
    })
}

/// The schema of an action's text.
pub fn action_json_schema() -> Value {
    json!({
        "$schema": DRAFT,
        "title": "Action of Stagger",
        "description": "One atomic operation that steps call: what it takes, what it gives back, and the script it runs.",
        "type": "object",
        "required": ["action"],
        "additionalProperties": false,
        "properties": {
            "action": name("The action's name: `pack.verb`."),
            "description": text("One sentence for people."),
            "parameters": parameters("What it takes. A script finds each in `$STAGGER_PARAM_<NAME>`."),
            "output": parameters("What it gives back: `key=value` lines or JSON in the file `$STAGGER_OUTPUT`."),
            "timeout": duration("How long an attempt may last unless the step says otherwise; otherwise 10m."),
            "repeat": {
                "description": "What may be done about an attempt that started and whose end cannot be known.",
                "default": "never",
                "oneOf": [
                    word("safe", "Run it again: doing it twice is as good as once."),
                    word("never", "Hold the host and ask a person."),
                    object("Ask the host by running another action.", &["verify"], json!({
                        "verify": name("An action that only looks, and changes nothing."),
                    })),
                ],
            },
            "on": {
                "description": "Where it runs.",
                "default": "host",
                "oneOf": [
                    word("host", "On the managed server."),
                    word("controller", "On the machine Stagger runs on, once for each host."),
                ],
            },
            "sudo": flag("Whether it runs as root by `sudo -n` where the login user is another.", false),
            "run": {
                "description": "What it is made of; otherwise what is written.",
                "oneOf": [
                    word("script", "A shell script."),
                    word("builtin", "What Stagger itself knows how to do."),
                    word("http", "One HTTP request from the controller."),
                ],
            },
            "script": text("The script: the name of a file beside this one, or several lines in place (`script: |`)."),
            "builtin": {
                "description": "What Stagger itself does.",
                "oneOf": [
                    word("reboot", "Reboots the host; done when it is back with another boot id."),
                    word("wait", "Waits for the time in parameter `for`."),
                    word("http", "Makes one HTTP request to `url` from the controller."),
                    word("assert", "Fails unless parameter `that` is true."),
                    word("email", "Sends an e-mail to `to` with `subject`."),
                ],
            },
        },
        "$defs": { "parameter": parameter() },
    })
}

fn step() -> Value {
    object(
        "One step: a call of an action, and what is to be known about it.",
        &["step", "action"],
        json!({
            "step": {
                "description": "The step's name: small letters, digits and `_`. Later expressions reach it as `steps.name`.",
                "type": "string",
                "pattern": "^[a-z][a-z0-9_]{0,63}$",
            },
            "action": name("The action it calls: `pack.verb`."),
            "with": with(),
            "when": expression("The step is skipped unless this is true, such as `params.reboot == 'always'`."),
            "done_if": expression("When this is true after the step, the host is finished here, successfully."),
            "retry": {
                "description": "How often it is tried; the first time counts.",
                "oneOf": [
                    whole(1, 100, "Attempts in all."),
                    object("Attempts in all, and the time between them.", &["attempts"], json!({
                        "attempts": whole(1, 100, "Attempts in all."),
                        "delay": duration("The wait before the second attempt."),
                        "backoff": whole(1, 100, "What each further wait is multiplied by."),
                    })),
                ],
            },
            "timeout": duration("How long an attempt may last; otherwise as long as the action says."),
            "undo": {
                "description": "The action that takes the completed step back.",
                "oneOf": [name("Its name."), { "$ref": "#/$defs/call" }],
            },
            "always": flag("Runs even when an earlier step failed.", false),
            "takes_out_of_service": flag("From the start of this step the host serves nobody.", false),
            "returns_to_service": flag("When this step has succeeded the host serves again.", false),
            "safe_point": flag("Whether a drained host may stop before this step.", true),
            "verifies": flag("Whether its failure counts as a failed verification.", false),
        }),
    )
}

fn call() -> Value {
    object(
        "An action with parameters.",
        &["action"],
        json!({
            "action": name("The action's name: `pack.verb`."),
            "with": with(),
        }),
    )
}

fn with() -> Value {
    json!({
        "description": "The action's parameters. Texts may hold expressions such as `{{ params.url }}`.",
        "type": "object",
    })
}

fn stage() -> Value {
    let mut stage = object(
        "One line of the batch policy; it may make several batches.",
        &[],
        json!({
            "size": { "description": "So many more hosts: a number, or a share of all hosts.", "$ref": "#/$defs/amount" },
            "up_to": { "description": "So many hosts in all, those of earlier batches included.", "$ref": "#/$defs/amount" },
            "repeat": flag("Makes batches of this size until no host is left.", false),
            "bake": duration("How long a finished batch is watched before the next one opens."),
            "approve": {
                "description": "Whether a person has to agree before the next batch opens.",
                "oneOf": [
                    { "type": "boolean" },
                    object("Who may agree, and for how long the question stands.", &[], json!({
                        "by": name("The role whoever agrees must have."),
                        "not_requester": flag("Whoever created the job may not be the one to agree.", false),
                        "expires": duration("How long the question stands."),
                    })),
                ],
            },
        }),
    );
    stage["oneOf"] = json!([{ "required": ["size"] }, { "required": ["up_to"] }]);
    stage
}

fn gates() -> Value {
    object(
        "When the job stops by itself. Thresholds are \"at most\".",
        &[],
        json!({
            "canary": object("What the first batch has to prove.", &[], json!({
                "max_failed": count(0, "At most this many of its hosts failed."),
                "min_succeeded": count(0, "At least this many of its hosts succeeded."),
            })),
            "batch": object("Failures within one batch.", &["max_failed"], json!({
                "max_failed": threshold("At most this many of its hosts failed: a number, or a share such as 10%."),
            })),
            "total": object("Failures in all.", &[], json!({
                "max_failed": share("At most this share of the finished hosts failed."),
                "min_sample": count(0, "How many hosts must be finished before that share means anything."),
                "cap": {
                    "description": "At most this many hosts failed in all; otherwise 10.",
                    "oneOf": [count(0, "A number of hosts."), word("none", "No absolute limit.")],
                },
            })),
            "unreachable": object("Hosts out of reach.", &["max"], json!({
                "max": threshold("At most this many: a number, or a share of all hosts."),
            })),
            "signature": object("The same new error on several hosts.", &["hosts"], json!({
                "hosts": count(1, "On this many hosts it holds the job."),
            })),
        }),
    )
}

fn parameters(description: &str) -> Value {
    json!({
        "description": description,
        "type": "object",
        "maxProperties": 100,
        "propertyNames": { "pattern": "^[a-z][a-z0-9_]{0,63}$" },
        "additionalProperties": { "$ref": "#/$defs/parameter" },
    })
}

fn parameter() -> Value {
    object(
        "What may be given.",
        &[],
        json!({
            "type": {
                "description": "What kind of value it is.",
                "default": "string",
                "oneOf": kinds(),
            },
            "description": text("One sentence for people."),
            "default": { "description": "The value where none is given." },
            "enum": { "description": "The only values that may be given.", "type": "array" },
            "minimum": { "description": "The least number.", "type": "number" },
            "maximum": { "description": "The greatest number.", "type": "number" },
            "pattern": text("What a text has to look like; `*` stands for anything, `?` for one character."),
            "items": {
                "description": "What kind of values an array holds.",
                "oneOf": [
                    { "oneOf": kinds() },
                    object("As JSON Schema has it.", &["type"], json!({ "type": { "oneOf": kinds() } })),
                ],
            },
            "required": flag("Whether a value has to be given.", false),
            "secret": flag("Whether it is a reference to a secret, which is never shown.", false),
        }),
    )
}

fn kinds() -> Value {
    json!([
        word("string", "A text."),
        word("integer", "A whole number."),
        word("number", "A number."),
        word("boolean", "True or false."),
        word("array", "A list."),
        word("object", "A map."),
    ])
}

fn object(description: &str, required: &[&str], properties: Value) -> Value {
    json!({
        "description": description,
        "type": "object",
        "required": required,
        "additionalProperties": false,
        "properties": properties,
    })
}

/// A number is as good as a text: it is taken as it is spelled.
fn text(description: &str) -> Value {
    json!({ "description": description, "type": ["string", "number"] })
}

fn name(description: &str) -> Value {
    json!({ "description": description, "type": ["string", "number"], "pattern": "^[a-z0-9][a-z0-9._-]{0,127}$" })
}

fn expression(description: &str) -> Value {
    json!({ "description": description, "type": ["string", "boolean", "number"] })
}

fn flag(description: &str, otherwise: bool) -> Value {
    json!({ "description": description, "type": "boolean", "default": otherwise })
}

fn word(word: &str, description: &str) -> Value {
    json!({ "const": word, "description": description })
}

fn whole(least: u32, most: u32, description: &str) -> Value {
    json!({ "description": description, "type": "integer", "minimum": least, "maximum": most })
}

fn count(least: u32, description: &str) -> Value {
    whole(least, 1_000_000, description)
}

fn duration(description: &str) -> Value {
    json!({
        "description": description,
        "type": "string",
        "pattern": r"^\s*([0-9]+\s*(ms|s|min|m|h|d|w)\s*)+$",
        "examples": ["30s", "5m", "8h"],
    })
}

fn amount() -> Value {
    json!({ "oneOf": [count(1, "A number of hosts."), share("A share of all hosts, such as 5% or 0.5%.")] })
}

fn threshold(description: &str) -> Value {
    json!({ "description": description, "oneOf": [count(0, "A number of hosts."), share("A share of them.")] })
}

fn share(description: &str) -> Value {
    json!({ "description": description, "type": "string", "pattern": r"^\s*[0-9]+(\.[0-9]{1,2})?\s*%\s*$" })
}
