//! A batch policy as it is given with a job.
//!
//! Never found here: whether it holds (`jobs::policy`), or what becomes of the template's.

use crate::definition::Ramp;
use crate::scalar::Millis;
use crate::user_error::UserError;
use async_graphql::InputObject;
use jobs::policy::{OwnGates, OwnPolicy};
use jobs::template::{Approval, Stage};
use jobs::units::Amount;

/// What a job says itself about batches, concurrency and gates. What is not said is the template's.
#[derive(InputObject, Clone, Debug)]
pub struct PolicyInput {
    /// The stages; an empty list is the default for the number of hosts.
    batches: Option<Vec<StageInput>>,
    /// Whether one batch may hold more than half of the hosts.
    allow_big_batch: Option<bool>,
    /// At most this many hosts in flight.
    concurrency: Option<u32>,
    /// How that number is reached within a batch.
    ramp: Option<Ramp>,
    /// When the job stops by itself.
    gates: Option<GatesInput>,
}

/// One line of a batch policy.
#[derive(InputObject, Clone, Debug)]
pub struct StageInput {
    /// How many hosts: `5`, `1%`, or `up to 25%` in all.
    size: String,
    /// Whether this stage makes batches until no host is left. The last stage always does.
    repeat: Option<bool>,
    /// How long a finished batch is watched before the next one opens; otherwise not at all.
    bake: Option<Millis>,
    /// Whether a person has to agree before the next batch opens. What is said about the approval says so, too.
    approve: Option<bool>,
    /// The role whoever agrees must have; otherwise anybody who may approve at all.
    approved_by: Option<String>,
    /// How long that question stands; otherwise for ever.
    approval_expires: Option<Millis>,
    /// Whether whoever created the job may not be the one to agree.
    not_requester: Option<bool>,
}

/// When a job stops by itself. Thresholds are "at most"; what is not said is the template's.
#[derive(InputObject, Clone, Debug)]
pub struct GatesInput {
    /// At most this many hosts of the canary failed.
    canary_max_failed: Option<u32>,
    /// At least this many hosts of the canary succeeded.
    canary_min_succeeded: Option<u32>,
    /// At most this many failed hosts of one batch: a number, or a share of it such as `10%`.
    batch: Option<String>,
    /// At most this many failed hosts in all.
    total_cap: Option<u32>,
}

impl PolicyInput {
    /// Reads the texts in it. All that cannot be read is named.
    pub fn read(self) -> Result<OwnPolicy, Vec<UserError>> {
        let mut errors = Vec::new();
        let stages = |(place, stage): (usize, StageInput)| stage.read(place).map_err(|error| errors.push(error)).ok();
        let batches = self.batches.map(|batches| batches.into_iter().enumerate().filter_map(stages).collect());
        let gates = match self.gates.map(GatesInput::read).transpose() {
            Ok(gates) => gates.unwrap_or_default(),
            Err(error) => {
                errors.push(error);
                OwnGates::default()
            }
        };
        if !errors.is_empty() {
            return Err(errors);
        }
        Ok(OwnPolicy {
            batches,
            allow_big_batch: self.allow_big_batch,
            concurrency: self.concurrency,
            ramp: self.ramp.map(Into::into),
            gates,
        })
    }
}

impl StageInput {
    fn read(self, place: usize) -> Result<Stage, UserError> {
        let size = self.size.parse();
        let size = size.map_err(|error| unreadable(&["policy", "batches", &place.to_string(), "size"], &error))?;
        let (expires, not_requester) = (self.approval_expires, self.not_requester.unwrap_or(false));
        let says_so = self.approved_by.is_some() || expires.is_some() || not_requester;
        let asked = self.approve.unwrap_or(says_so);
        let expires = expires.map(|length| length.0);
        Ok(Stage {
            size,
            repeat: self.repeat.unwrap_or(false),
            bake: self.bake.map(|length| length.0).unwrap_or_default(),
            approve: asked.then_some(Approval { by: self.approved_by, not_requester, expires }),
        })
    }
}

impl GatesInput {
    fn read(self) -> Result<OwnGates, UserError> {
        let batch = self.batch.as_deref().map(str::parse::<Amount>).transpose();
        Ok(OwnGates {
            canary_max_failed: self.canary_max_failed,
            canary_min_succeeded: self.canary_min_succeeded,
            batch: batch.map_err(|error| unreadable(&["policy", "gates", "batch"], &error))?,
            total_cap: self.total_cap,
        })
    }
}

/// Errors of texts say what is wrong before a colon, and after it what to write.
fn unreadable(path: &[&str], error: &dyn std::fmt::Display) -> UserError {
    let said = error.to_string();
    let (message, hint) = said.split_once(": ").unwrap_or((&said, ""));
    let path = path.iter().map(|part| (*part).to_owned());
    UserError::at(jobs::command::Code::Invalid, path, message, hint)
}
