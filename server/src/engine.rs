//! The engine: one thread that owns all live state and turns commands into events, events into effects.
//!
//! The loop narrates (`turn`); `jobs` decides. Durable first, visible second: no reply, no effect and no look at the
//! state leaves before what it rests on is on disk. There is no recovery code: `boot` folds the log with the same
//! `apply`, and what is still in force is issued again.
//!
//! Never found here: a rule about jobs, SSH, HTTP.

mod boot;
mod clock;
mod failure;
mod journal;
mod mirror;
mod runner;
mod snapshots;
mod starts;
mod turn;

pub use boot::{BootError, Booted, Until, fold, fold_job, recorded, restored, take_over};
pub use clock::{Clock, SystemClock};
pub use failure::{Failure, OnFailure};
pub use journal::{output_key, record_of};
pub use mirror::Look;
pub use runner::Runner;
pub use starts::Starts;
pub use turn::{Config, Durable, Ended, Engine, EngineStart, Progress, Reply, Submission};
