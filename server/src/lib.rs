//! Server acts: the engine's loop, runners, HTTP, the command line. The only crate that touches network, clock, the
//! user's files and SSH.
//!
//! Never found here: decisions. An `if` about rollouts here is a bug.

pub mod engine;
pub mod fleet;
pub mod remote;
