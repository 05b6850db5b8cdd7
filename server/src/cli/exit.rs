//! What the process ends with, for scripts. One enum; the help text is made from it.
//!
//! Never found here: when which one is used.

use std::process::ExitCode;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// As asked.
    Ok = 0,
    /// The job that was waited for ended otherwise than succeeded.
    Failed = 1,
    /// The request makes no sense: arguments, a file, an answer to a question.
    Usage = 2,
    /// The server understood and refused.
    Rejected = 3,
    /// The server cannot be reached, or cannot answer.
    NoServer = 4,
    /// The access token is missing, unknown or revoked.
    NotAuthorised = 5,
    /// The job is held, or hosts need a person.
    NeedsPerson = 6,
    /// The data folder is in use, damaged, or cut short.
    Storage = 7,
    /// A bug in stagger.
    Bug = 70,
    /// Ended from the keyboard.
    Interrupted = 130,
}

impl Exit {
    const ALL: [Exit; 10] = [
        Exit::Ok,
        Exit::Failed,
        Exit::Usage,
        Exit::Rejected,
        Exit::NoServer,
        Exit::NotAuthorised,
        Exit::NeedsPerson,
        Exit::Storage,
        Exit::Bug,
        Exit::Interrupted,
    ];

    /// What it means, for the help text.
    pub fn meaning(self) -> &'static str {
        match self {
            Exit::Ok => "done as asked",
            Exit::Failed => "the job that was waited for failed, in whole or in part, or was cancelled",
            Exit::Usage => "the arguments, a file or an answer make no sense",
            Exit::Rejected => "the server understood and refused; it says why and what to do",
            Exit::NoServer => "the server cannot be reached, or cannot answer",
            Exit::NotAuthorised => "the access token is missing, unknown or revoked",
            Exit::NeedsPerson => "the job is held or hosts need a person (job watch)",
            Exit::Storage => "the data folder is in use, damaged or cut short, and was left alone",
            Exit::Bug => "a bug in stagger",
            Exit::Interrupted => "ended from the keyboard; what was started on the server goes on",
        }
    }

    /// All of them, as the help text has them.
    pub fn help() -> String {
        let lines = Exit::ALL.map(|exit| format!("  {:>3}  {}\n", exit as u8, exit.meaning()));
        format!("Exit codes:\n{}", lines.concat())
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit as u8)
    }
}
