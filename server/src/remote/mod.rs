//! Carries out attempts on hosts and on the controller, and says how they ended.
//!
//! Never found here: what follows from an answer. A runner reports; `jobs` decides.

pub mod protocol;
