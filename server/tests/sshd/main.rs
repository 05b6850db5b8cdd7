//! The supervisor and the runners against the real OpenSSH server, on this machine.
//!
//! They run as root, as sshd does. Every script writes a line to a journal when it starts; no test ends well when there
//! are two lines of one attempt.
//!
//! Never found here: a simulated host (those have tests of their own), and a test that is left out silently.

mod controller;
mod daemon;
mod doubt;
mod hostile;
mod killed;
mod login;
mod network;
mod recorder;
mod steps;
mod supervisor;
