//! The whole of Stagger as its users meet it: the binary as processes of its own, killed and started again, talked to
//! over HTTP, WebSocket and the command line, with a simulated fleet behind real SSH.
//!
//! Never found here: Stagger's parts inside this process, other than its own client.

mod demo;
mod first_token;
mod kill_server;
mod machine;
mod mail;
mod operations;
mod process;
mod verbs;
