//! The expressions of a job, worked out for one host from the state as it is.
//!
//! Never found here: how expressions are compiled and run (`expression`).

use crate::event::Event;
use crate::expression::{CallKind, Scope, Which};
use crate::ids::{HostIndex, Phase, StepIndex};
use crate::job::Job;
use crate::order;
use crate::parameter::{self, Values};
use std::sync::Arc;
