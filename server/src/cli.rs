//! The command line. Commands about the live fleet are a client of the GraphQL API; those about a data folder work
//! while no server runs.
//!
//! Never found here: rules. What may be done, and what is waited for, the server says.

pub mod backup;
pub mod client;
pub mod clock;
pub mod completions;
pub mod diagnostic;
pub mod error;
pub mod events;
pub mod exit;
pub mod folder;
pub mod host;
pub mod inspect;
pub mod job;
pub mod mail;
pub mod operations;
pub mod schedule;
pub mod sdl;
pub mod server;
pub mod session;
pub mod simulated;
pub mod subscription;
pub mod table;
pub mod template;
pub mod terminal;
pub mod token;

use crate::telemetry::LogFormat;
use crate::{demo, fleet};
use clap::{Parser, Subcommand};
use error::CliError;
use exit::Exit;
use session::Session;

const LONG_ABOUT: &str = "\
Stagger changes fleets of servers safely: it takes a change through ten thousand servers over SSH in growing batches, \
stops by itself when something goes wrong, survives being killed at any moment, and can prove afterwards what happened.

The server speaks plain HTTP and listens on loopback unless told otherwise. To reach it from elsewhere, use an SSH \
tunnel (ssh -L 8080:127.0.0.1:8080 HOST) or put a TLS proxy in front of it.";

/// Changes fleets of servers safely
#[derive(Parser, Debug)]
#[command(name = "stagger", version, long_about = LONG_ABOUT, after_help = Exit::help(), propagate_version = true)]
#[command(subcommand_required = true, arg_required_else_help = true)]
pub struct Cli {
    /// Where the server is, and who asks.
    #[command(flatten)]
    pub place: client::Where,
    /// Answer in JSON
    #[arg(long, global = true)]
    pub json: bool,
    /// What log lines look like (what is logged: STAGGER_LOG, such as info or server::http=debug)
    #[arg(long, global = true, env = "STAGGER_LOG_FORMAT", value_enum, default_value_t)]
    pub log_format: LogFormat,
    /// What it is about.
    #[command(subcommand)]
    pub noun: Noun,
}

/// What a command is about.
#[derive(Subcommand, Debug)]
pub enum Noun {
    /// Run a server
    Server(server::ServerArgs),
    /// Patch a simulated fleet, to see how it goes
    Demo(demo::Options),
    /// Run a simulated fleet that speaks real SSH
    Fleet(fleet::Options),
    /// Definitions of jobs: apply, list, show, validate, remove
    #[command(subcommand)]
    Template(template::Verb),
    /// Rollouts of templates: create, watch, steer
    #[command(subcommand)]
    Job(job::Verb),
    /// Managed servers: list, show, apply an inventory
    #[command(subcommand)]
    Host(host::Verb),
    /// Jobs that create themselves: create, list, delete, next
    #[command(subcommand)]
    Schedule(schedule::Verb),
    /// What happened, from the log
    Events(events::Args),
    /// Access tokens: create, list, revoke
    #[command(subcommand)]
    Token(token::Verb),
    /// Show a job as the log in a data folder has it; needs no server
    Inspect(inspect::Inspect),
    /// Show a job as it was at a position of the log or at a time; needs no server
    Replay(inspect::Replay),
    /// Copy a data folder, of a running server too, and prove the copy
    Backup(backup::Backup),
    /// Copy a backup into a data folder, and prove the copy
    Restore(backup::Restore),
    /// Print the schema of the API, or of what authors write
    Schema(sdl::Args),
    /// Print completions for a shell
    Completions(completions::Args),
}

impl Noun {
    /// What is logged unless STAGGER_LOG says otherwise: a client's answers are its output, so it is quiet.
    pub fn usual_log_filter(&self) -> &'static str {
        match self {
            Noun::Server(_) => "info",
            _ => "warn",
        }
    }
}

/// Carries a command out.
pub async fn run(cli: Cli) -> Result<Exit, CliError> {
    let session = |cli: &Cli| Session::new(&cli.place, cli.json);
    match &cli.noun {
        Noun::Server(args) => server::run(args, cli.json).await,
        Noun::Demo(options) => simulated::demo(options).await,
        Noun::Fleet(options) => simulated::fleet(options).await,
        Noun::Template(verb) => template::run(&session(&cli)?, verb).await,
        Noun::Job(verb) => job::run(&session(&cli)?, verb).await,
        Noun::Host(verb) => host::run(&session(&cli)?, verb).await,
        Noun::Schedule(verb) => schedule::run(&session(&cli)?, verb).await,
        Noun::Events(args) => events::run(&session(&cli)?, args).await,
        Noun::Token(verb) => token::run(&session(&cli)?, verb).await,
        Noun::Inspect(asked) => inspect::inspect(asked, cli.json),
        Noun::Replay(asked) => inspect::replay(asked, cli.json),
        Noun::Backup(asked) => backup::backup(asked, &cli.place, cli.json).await,
        Noun::Restore(asked) => backup::restore(asked, cli.json),
        Noun::Schema(args) => sdl::run(args),
        Noun::Completions(args) => completions::run(args),
    }
}
