//! `stagger demo` and `stagger fleet`: hosts that exist only on this machine.
//!
//! Never found here: how a host is simulated (`fleet`), or what a demo plays (`demo`).

use super::error::CliError;
use super::exit::Exit;
use crate::demo::{self, DemoError};
use crate::fleet;
use crate::service::ServiceError;

/// Plays a demo; fails unless every host ended as it should.
pub async fn demo(options: &demo::Options) -> Result<Exit, CliError> {
    match demo::run(options.clone()).await {
        Ok(true) => Ok(Exit::Ok),
        Ok(false) => Ok(Exit::Failed),
        Err(error) => {
            let exit = match &error {
                DemoError::Service(ServiceError::Store(_) | ServiceError::Boot(_)) => Exit::Storage,
                DemoError::Service(ServiceError::Listen { .. }) | DemoError::Fleet(_) => Exit::Usage,
                _ => Exit::Bug,
            };
            Err(CliError::new(exit, "the demo did not run", "mend the cause and start it again").because(error))
        }
    }
}

/// Runs a simulated fleet until it is told to end.
pub async fn fleet(options: &fleet::Options) -> Result<Exit, CliError> {
    let failed =
        |error| CliError::usage("the simulated fleet ended", "mend the cause and start it again").because(error);
    fleet::run(options.clone()).await.map(|()| Exit::Ok).map_err(failed)
}
