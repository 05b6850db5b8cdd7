//! Actions: atomic operations that steps call.
//!
//! Never found here: YAML (see `yaml`), and anything that runs one.

use crate::ids::ActionName;
use crate::parameter::Parameter;
use crate::time::Duration;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// One atomic operation: what it takes, what it gives, how long it may last, and what it does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Action {
    /// `pack.verb`.
    pub name: ActionName,
    /// One sentence for people.
    #[serde(default)]
    pub description: String,
    /// What it takes, by name.
    #[serde(default)]
    pub parameters: BTreeMap<String, Parameter>,
    /// What it gives back through `$STAGGER_OUTPUT`, by name. Other keys are kept too; these are for the editor.
    #[serde(default)]
    pub output: BTreeMap<String, Parameter>,
    /// How long an attempt may last unless the step says otherwise.
    pub timeout: Duration,
    /// What may be done about an attempt in doubt.
    #[serde(default)]
    pub repeat: Repeat,
    /// Where it runs.
    #[serde(default)]
    pub on: Place,
    /// Whether it runs as root by `sudo -n` where the login user is another.
    #[serde(default)]
    pub sudo: bool,
    /// What it does.
    pub run: Run,
}

impl Action {
    /// Whether losing the host in the middle is what it is for.
    pub fn reboots(&self) -> bool {
        self.run == Run::Builtin(Builtin::Reboot)
    }
}

/// What may be done when an attempt started and its end cannot be known.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Repeat {
    /// Run it again: doing it twice is as good as once.
    Safe,
    /// Ask the host by running this action: exit 0 means it took effect, any other exit that it did not.
    Verify(ActionName),
    /// Hold the host and ask a person.
    #[default]
    Never,
}

/// Where an action runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Place {
    /// On the managed server.
    #[default]
    Host,
    /// On the machine Stagger runs on, once for each host.
    Controller,
}

/// What an action does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Run {
    /// Runs a script; its first line may name an interpreter with `#!`, otherwise `/bin/sh` runs it.
    Script(Arc<str>),
    /// Something Stagger itself knows how to do.
    Builtin(Builtin),
}

/// What Stagger itself knows how to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Builtin {
    /// Reboots the host; done when it is back with another boot id.
    /// Parameters: `command` (default `systemctl reboot || reboot`), `delay` in seconds.
    Reboot,
    /// Waits. Parameter: `for`, a length of time such as `30s`.
    Wait,
    /// Makes one HTTP request from the controller.
    /// Parameters: `url`, `method`, `headers`, `body`, `expect_status`. Outputs: `status`, `body`.
    Http,
    /// Fails unless its parameter `that` is true; `message` says why it matters.
    Assert,
    /// Sends an e-mail. Parameters: `to`, `subject`, `body`.
    Email,
}
