//! Names and numbers of things, each in its own type so that one cannot be taken for another.
//!
//! Never found here: rules about the things named.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// Defines a ULID in a newtype. Its text form is the 26-character Crockford base 32 of the ULID.
macro_rules! ulid_newtype {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub ulid::Ulid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                ulid::Ulid::from_string(text)
                    .map($name)
                    .map_err(|_| InvalidId { kind: stringify!($name), text: text.to_owned() })
            }
        }
    };
}

/// Defines a cheap-to-clone name.
macro_rules! name_newtype {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Arc<str>);

        impl $name {
            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:?}", &*self.0)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                $name(text.into())
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                $name(text.into())
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }
    };
}

ulid_newtype!(
    /// One rollout of a template.
    JobId
);
ulid_newtype!(
    /// A rule that creates jobs at certain times.
    ScheduleId
);
ulid_newtype!(
    /// A request to Stagger. The same id sent twice is carried out once.
    CommandId
);
ulid_newtype!(
    /// An access token; the secret itself is never kept.
    TokenId
);

name_newtype!(
    /// A managed server, as the inventory calls it.
    HostName
);
name_newtype!(
    /// The definition of a job, as its author calls it.
    TemplateName
);
name_newtype!(
    /// One atomic operation, `pack.verb` by convention.
    ActionName
);
name_newtype!(
    /// One step of a workflow, unique in its template.
    StepName
);

/// A text that was to be an id and is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a {kind}: expected 26 letters and digits, such as 01KB2Q6V7V4J8QZ0M6T3N5R9XA")]
pub struct InvalidId {
    /// The type that was asked for.
    pub kind: &'static str,
    /// What was given.
    pub text: String,
}

/// The place of a host in its job's plan, from 0. Events name hosts by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct HostIndex(pub u32);

/// The place of a step in its workflow, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StepIndex(pub u16);

/// The place of a batch in its job's plan, from 0; number 0 is the canary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BatchIndex(pub u32);

impl HostIndex {
    /// For indexing a slice.
    pub fn at(self) -> usize {
        self.0 as usize
    }
}

impl StepIndex {
    /// For indexing a slice.
    pub fn at(self) -> usize {
        self.0 as usize
    }
}

impl BatchIndex {
    /// For indexing a slice.
    pub fn at(self) -> usize {
        self.0 as usize
    }

    /// As people count: the canary is batch 1.
    pub fn number(self) -> u32 {
        self.0 + 1
    }
}

/// Why a step's action is being run on a host.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Phase {
    /// The step itself.
    #[default]
    Run,
    /// The action that asks a host whether an attempt in doubt took effect.
    Verify,
    /// The action that takes a completed step back.
    Undo,
}

impl Phase {
    /// True for the step itself; keeps the common case short on disk.
    pub fn is_run(&self) -> bool {
        *self == Phase::Run
    }
}

/// One try of one step on one host of a job. With the job's id it is the fencing token on the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct AttemptId {
    /// The host, by its place in the plan.
    pub host: HostIndex,
    /// The step, by its place in the workflow.
    pub step: StepIndex,
    /// What the attempt is for.
    #[serde(default, skip_serializing_if = "Phase::is_run")]
    pub phase: Phase,
    /// From 1; only ever grows for a host, step and phase.
    #[serde(rename = "attempt")]
    pub number: u16,
}

impl fmt::Display for AttemptId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let phase = match self.phase {
            Phase::Run => "run",
            Phase::Verify => "verify",
            Phase::Undo => "undo",
        };
        write!(f, "{}.{}.{phase}.{}", self.host.0, self.step.0, self.number)
    }
}
