//! Server acts: the engine's loop, runners, HTTP, the command line. The only crate that touches network, clock, the
//! user's files and SSH.
//!
//! Never found here: decisions. An `if` about rollouts here is a bug.

pub mod access;
pub mod archive;
pub mod backend;
pub mod cli;
pub mod connection;
pub mod dashboard;
pub mod demo;
pub mod engine;
pub mod fleet;
pub mod http;
pub mod library;
pub mod open_files;
pub mod remote;
pub mod replay;
pub mod runners;
pub mod service;
pub mod telemetry;
pub mod verification;
