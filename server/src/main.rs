//! The binary `stagger`: parse, log, dispatch, exit code.
//!
//! Never found here: anything else.

use clap::Parser;
use server::cli::error::CliError;
use server::cli::exit::Exit;
use server::cli::{self, Cli};
use server::open_files;
use server::telemetry;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let json = cli.json;
    match catch_unwind(AssertUnwindSafe(|| carry_out(cli))) {
        Ok(Ok(exit)) => exit.into(),
        Ok(Err(error)) => {
            if json {
                eprintln!("{}", error.to_json())
            } else {
                eprintln!("{error}")
            }
            error.exit.into()
        }
        Err(_) => {
            eprintln!("error: this is a bug in stagger\n  next: please report it with the lines above");
            Exit::Bug.into()
        }
    }
}

fn carry_out(cli: Cli) -> Result<Exit, CliError> {
    telemetry::start(cli.log_format, cli.noun.usual_log_filter())
        .map_err(|error| CliError::usage("logging cannot be started", "").because(error))?;
    // The only failure is that a provider is there already, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    open_files::raise();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| {
        CliError::new(Exit::Bug, "no threads can be started", "look at the limits of processes and memory")
            .because(error)
    })?;
    runtime.block_on(cli::run(cli))
}
