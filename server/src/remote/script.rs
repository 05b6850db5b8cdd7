//! Turns an order into what a supervisor takes: environment, script, and the hash that stands for both.
//!
//! What a script finds in its environment:
//!
//! | Variable | Holds |
//! |---|---|
//! | `STAGGER_JOB` | the job's id |
//! | `STAGGER_HOST` | the host's name in the inventory, for a script on the controller, too |
//! | `STAGGER_STEP` | the step's name in the template |
//! | `STAGGER_ACTION` | the action's name, `pack.verb`: of an `undo` or `verify`, that action's |
//! | `STAGGER_ATTEMPT` | which try of the step on this host it is, from 1 |
//! | `STAGGER_PARAM_<NAME>` | a parameter |
//! | `STAGGER_OUTPUT` | the file to write results to, as `key=value` lines or one JSON object; the supervisor sets it |
//!
//! Parameters reach a script in no other way. The name is in capitals, with `_` for whatever a variable's name cannot
//! hold; a text is as it is, a number or truth value as JSON writes it, a list or map as JSON, and for null there is no
//! variable at all.
//!
//! Never found here: text pasted into a shell, and a secret in anything that is hashed, logged or kept.

use crate::connection::{InvalidReference, MissingSecret, SecretReference};
use crate::remote::protocol::{InvalidVariable, encode_environment};
use jobs::action::{Builtin, Run};
use jobs::attempt::Order;
use jobs::parameter::Values;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// What is given to a supervisor.
#[derive(Clone, Debug)]
pub struct Script {
    /// Lines of `export NAME='value'`.
    pub environment: Arc<str>,
    /// The script.
    pub text: Arc<str>,
    /// A hash of what was decided: script, parameters, time-out. Secrets count by their references, so that one that was
    /// replaced in the meantime does not turn the same attempt into another; and what Stagger itself tells every script does
    /// not count, so that a later version that tells more takes up what an earlier one began.
    pub spec: String,
}

/// Why an order cannot be given to a supervisor; nothing ran.
#[derive(Debug, thiserror::Error)]
pub enum Unfit {
    /// A secret is not there.
    #[error("parameter {name}: {source}")]
    Secret {
        /// The parameter.
        name: String,
        /// Why.
        source: MissingSecret,
    },
    /// A secret is not a reference.
    #[error("parameter {name}: {source}")]
    Reference {
        /// The parameter.
        name: String,
        /// Why.
        source: InvalidReference,
    },
    /// A value cannot be in an environment.
    #[error(transparent)]
    Variable(#[from] InvalidVariable),
    /// It is too large.
    #[error("the script and its parameters are {bytes} bytes long; {MAX_BYTES} are allowed")]
    TooLong {
        /// How large it is.
        bytes: usize,
    },
}

/// The most that a script and its environment may be, in bytes. A host keeps both, and one parameter over 128 KiB could
/// not be given to a process anyway.
const MAX_BYTES: usize = 4 << 20;

/// Asks for a reboot a moment later, so that the answer still gets through.
const REBOOT: &str = "sleep \"${STAGGER_PARAM_DELAY:-1}\"\n\
    exec /bin/sh -c \"${STAGGER_PARAM_COMMAND:-systemctl reboot || reboot}\"\n";

impl Script {
    /// The script of `order`, if it is one that a supervisor runs.
    pub fn of(order: &Order) -> Option<Result<Script, Unfit>> {
        let text = match &order.run {
            Run::Script(text) => text.clone(),
            Run::Builtin(Builtin::Reboot) => REBOOT.into(),
            Run::Builtin(Builtin::Wait | Builtin::Http | Builtin::Assert | Builtin::Email) => return None,
        };
        Some(Script::with(order, text))
    }

    fn with(order: &Order, text: Arc<str>) -> Result<Script, Unfit> {
        let references = encode(parameters(&order.parameters))?;
        let spec = spec(&references, &text, order.timeout.0);
        let parameters = if order.secrets.is_empty() { references } else { encode(parameters(&resolve(order)?))? };
        let environment = encode(surroundings(order).into_iter())? + &parameters;
        let bytes = environment.len() + text.len();
        if bytes > MAX_BYTES {
            return Err(Unfit::TooLong { bytes });
        }
        Ok(Script { environment: environment.into(), text, spec })
    }
}

/// The parameters of `order` with every secret in place of its reference.
pub fn resolve(order: &Order) -> Result<Values, Unfit> {
    let mut values = order.parameters.clone();
    for name in &order.secrets {
        let Some(Value::String(text)) = values.get(name) else { continue };
        let reference: SecretReference =
            text.parse().map_err(|source| Unfit::Reference { name: name.clone(), source })?;
        let secret = reference.resolve().map_err(|source| Unfit::Secret { name: name.clone(), source })?;
        values.insert(name.clone(), Value::String(secret));
    }
    Ok(values)
}

/// What every script is told.
fn surroundings(order: &Order) -> [(String, String); 5] {
    [
        ("STAGGER_JOB", order.job.to_string()),
        ("STAGGER_HOST", order.host.to_string()),
        ("STAGGER_STEP", order.step.to_string()),
        ("STAGGER_ACTION", order.action.to_string()),
        ("STAGGER_ATTEMPT", order.attempt.number.to_string()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
}

fn parameters(values: &Values) -> impl Iterator<Item = (String, String)> {
    values.iter().filter_map(|(name, value)| Some((variable(name), as_text(value)?)))
}

fn encode(variables: impl Iterator<Item = (String, String)>) -> Result<String, Unfit> {
    let variables: Vec<_> = variables.collect();
    Ok(encode_environment(variables.iter().map(|(name, value)| (name.as_str(), value.as_str())))?)
}

fn variable(name: &str) -> String {
    let plain = |letter: char| if letter.is_ascii_alphanumeric() { letter.to_ascii_uppercase() } else { '_' };
    format!("STAGGER_PARAM_{}", name.chars().map(plain).collect::<String>())
}

fn as_text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

fn spec(environment: &str, text: &str, timeout_ms: u64) -> String {
    let mut hash = Sha256::new();
    for part in [environment.as_bytes(), text.as_bytes(), &timeout_ms.to_be_bytes()] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hex(&hash.finalize()[..8])
}

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::remote::protocol::decode_environment;
    use jobs::action::Place;
    use jobs::ids::{AttemptId, HostIndex, JobId, Phase, StepIndex};
    use jobs::time::{Duration, Timestamp};
    use serde_json::json;

    fn order(parameters: Value, secrets: &[&str]) -> Order {
        Order {
            job: JobId(ulid::Ulid::from_parts(1, 2)),
            attempt: AttemptId { host: HostIndex(0), step: StepIndex(0), phase: Phase::Run, number: 3 },
            host: "web-1".into(),
            step: "install".into(),
            action: "patch.install".into(),
            place: Place::Host,
            run: Run::Script("true\n".into()),
            parameters: serde_json::from_value(parameters).expect("an object"),
            secrets: secrets.iter().map(|name| (*name).to_owned()).collect(),
            sudo: false,
            timeout: Duration::minutes(1),
            started_at: Timestamp(0),
            signal: None,
            inherited: false,
        }
    }

    fn script(order: &Order) -> Script {
        Script::of(order).expect("a script").expect("fit")
    }

    #[test]
    fn parameters_become_variables() {
        let order = order(json!({"security-only": true, "n": 3, "list": ["a", 1], "text": "it's", "none": null}), &[]);
        let variables = decode_environment(&script(&order).environment).expect("readable");
        let expected = [
            ("STAGGER_JOB", "00000000010000000000000002"),
            ("STAGGER_HOST", "web-1"),
            ("STAGGER_STEP", "install"),
            ("STAGGER_ACTION", "patch.install"),
            ("STAGGER_ATTEMPT", "3"),
            ("STAGGER_PARAM_LIST", "[\"a\",1]"),
            ("STAGGER_PARAM_N", "3"),
            ("STAGGER_PARAM_SECURITY_ONLY", "true"),
            ("STAGGER_PARAM_TEXT", "it's"),
        ];
        assert_eq!(variables, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }

    #[test]
    fn a_replaced_secret_changes_the_environment_and_not_the_spec() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        let order = order(json!({"token": format!("file:{}", file.path().display())}), &["token"]);
        std::fs::write(file.path(), "old").expect("written");
        let before = script(&order);
        std::fs::write(file.path(), "new").expect("written");
        let after = script(&order);
        assert!(before.environment.contains("='old'") && after.environment.contains("='new'"));
        assert_eq!(before.spec, after.spec);
        assert_eq!(before.spec.len(), 16);
    }

    #[test]
    fn what_stagger_tells_every_script_is_no_part_of_the_spec() {
        let first = order(json!({"a": 1}), &[]);
        let renamed = Order { action: "patch.upgrade".into(), ..first.clone() };
        assert_ne!(script(&renamed).environment, script(&first).environment);
        assert_eq!(script(&renamed).spec, script(&first).spec);
    }

    #[test]
    fn anything_else_that_changes_is_another_spec() {
        let first = order(json!({"a": 1}), &[]);
        let others = [
            order(json!({"a": 2}), &[]),
            Order { run: Run::Script("false\n".into()), ..first.clone() },
            Order { timeout: Duration::minutes(2), ..first.clone() },
        ];
        for other in others {
            assert_ne!(script(&other).spec, script(&first).spec, "{other:?}");
        }
    }

    #[test]
    fn what_cannot_be_given_to_a_host_is_refused_before() {
        let missing = order(json!({"token": "env:STAGGER_TEST_NOT_SET"}), &["token"]);
        let plain = order(json!({"token": "hunter2"}), &["token"]);
        let long = Order { run: Run::Script("#".repeat(MAX_BYTES).into()), ..order(json!({}), &[]) };
        for (order, part) in [(missing, "STAGGER_TEST_NOT_SET"), (plain, "env:NAME"), (long, "4194304 are allowed")] {
            let error = Script::of(&order).expect("a script").expect_err("unfit").to_string();
            assert!(error.contains(part) && !error.contains("hunter2"), "{error}");
        }
    }
}
