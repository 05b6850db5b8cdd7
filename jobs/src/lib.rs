//! Jobs decides: templates, plans, gates, schedules, and the one circle of `decide`, `apply` and `effects`.
//!
//! Never found here: tokio, SSH, RocksDB, a clock, randomness, or a file that is opened. Time, ids and the world's
//! answers arrive as arguments.

pub mod action;
pub mod diagnostic;
pub mod ids;
pub mod inventory;
pub mod parameter;
pub mod pattern;
pub mod selector;
pub mod template;
pub mod time;
pub mod units;
