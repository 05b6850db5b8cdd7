//! The scripts of the built-in pack, run as a host would run them, on hosts made of small fake tools.
//!
//! Never found here: a real package manager or service manager, or anything that would change this machine.

mod cluster;
mod host;
mod ignite;
mod packages;
mod script;
mod service;
