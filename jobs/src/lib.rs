//! Jobs decides: templates, plans, gates, schedules, and the one circle of `decide`, `apply` and `effects`.
//!
//! Never found here: tokio, SSH, RocksDB, a clock, randomness, or a file that is opened. Time, ids and the world's
//! answers arrive as arguments.

pub mod action;
pub mod apply;
pub mod archive;
pub mod attempt;
pub mod calendar;
pub mod command;
pub mod compliance;
pub mod decide;
pub mod diagnostic;
pub mod digest;
pub mod evaluate;
pub mod event;
pub mod explain;
pub mod expression;
pub mod figures;
pub mod fleet;
pub mod history;
pub mod host_run;
pub mod ids;
pub mod inventory;
pub mod job;
pub mod order;
pub mod outcome;
pub mod outlook;
pub mod pack;
pub mod parameter;
pub mod pattern;
pub mod period;
pub mod plan;
pub mod policy;
pub mod reason;
pub mod render;
pub mod schedule;
pub mod selector;
pub mod sentence;
pub mod standing;
pub mod statistics;
pub mod template;
pub mod time;
pub mod units;
pub mod yaml;

mod carry_out;

pub use apply::apply;
pub use carry_out::{carry_out, follow};
pub use decide::decide;
pub use fleet::effects;
