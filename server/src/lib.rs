//! Server acts: SSH and other runners, HTTP, access, the command line. The only crate that touches network, clock, and
//! files of the user.
//!
//! Never found here: decisions. An `if` about rollouts in this crate is a bug; it belongs to `jobs`.

pub mod access;
pub mod cli;
pub mod dashboard;
pub mod http;
pub mod telemetry;
