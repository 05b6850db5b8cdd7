//! Carries out attempts on hosts and on the controller, and says how they ended.
//!
//! [`Runners`] takes orders; each is a pursuit over a link to its host, in the words of [`protocol`], and ends in a
//! report. The supervisor on the host is `host.sh`.
//!
//! Never found here: what follows from an answer. A runner reports; `jobs` decides.

mod builtin;
pub mod cut;
mod host_key;
mod keyring;
mod known_hosts;
mod link;
mod login;
pub mod protocol;
mod pursuit;
mod result;
mod runners;
mod script;
mod session;
mod shell;
mod stores;

pub use builtin::{Mail, Security};
pub use protocol::Stream;
pub use runners::{Limits, Reports, Resolve, RunnerConfig, Runners};
