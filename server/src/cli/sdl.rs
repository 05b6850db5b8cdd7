//! The GraphQL schema as text, as it is kept in `schema/schema.graphql`.
//!
//! Never found here: the schema of a running server, which may be another version.

use super::error::CliError;
use super::exit::Exit;
use super::terminal;

/// Prints it.
pub fn run() -> Result<Exit, CliError> {
    terminal::print(&schema::sdl())?;
    Ok(Exit::Ok)
}
