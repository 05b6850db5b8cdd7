//! Schemas as text: of the GraphQL API, as it is kept in `schema/schema.graphql`, and of what authors write, for their
//! editors.
//!
//! Never found here: the schema of a running server, which may be another version.

use super::error::CliError;
use super::exit::Exit;
use super::terminal;
use clap::ValueEnum;

/// Which schema.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Of the API (GraphQL), or of a text in YAML (JSON Schema)
    #[arg(value_enum, default_value_t = Of::Api)]
    of: Of,
}

/// What a schema is of.
#[derive(ValueEnum, Clone, Copy, Debug)]
enum Of {
    /// The GraphQL API
    Api,
    /// Templates in YAML, as JSON Schema
    Template,
    /// Actions in YAML, as JSON Schema
    Action,
}

/// Prints it.
pub fn run(args: &Args) -> Result<Exit, CliError> {
    terminal::print(&match args.of {
        Of::Api => schema::sdl(),
        Of::Template => format!("{:#}\n", jobs::yaml::template_json_schema()),
        Of::Action => format!("{:#}\n", jobs::yaml::action_json_schema()),
    })?;
    Ok(Exit::Ok)
}
