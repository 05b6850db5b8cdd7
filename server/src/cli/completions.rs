//! Completions for shells.
//!
//! Never found here: completions of names that only the server knows.

use super::Cli;
use super::error::CliError;
use super::exit::Exit;
use super::terminal;
use clap::CommandFactory;
use clap_complete::Shell;

/// Which shell.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// The shell, for example: stagger completions bash > /etc/bash_completion.d/stagger
    pub shell: Shell,
}

/// Prints completions.
pub fn run(args: &Args) -> Result<Exit, CliError> {
    let mut written = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "stagger", &mut written);
    terminal::print(&String::from_utf8_lossy(&written))?;
    Ok(Exit::Ok)
}
