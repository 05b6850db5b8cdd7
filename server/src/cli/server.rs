//! `stagger server`: starts a server, says where it is, and stops it when it is told to.
//!
//! Never found here: what a server is made of (`service`).

use super::error::CliError;
use super::exit::Exit;
use super::folder::DataFolder;
use super::mail::MailArgs;
use super::terminal;
use crate::runners;
use crate::service::{FirstToken, Service, ServiceError, Settings};
use std::net::SocketAddr;
use std::path::PathBuf;
use tokio::signal::unix::{SignalKind, signal};

/// How the server is run.
#[derive(clap::Args, Clone, Debug)]
pub struct ServerArgs {
    /// Where everything is kept.
    #[command(flatten)]
    folder: DataFolder,
    /// Where to listen; plain HTTP, so think before going beyond loopback
    #[arg(long, env = "STAGGER_LISTEN", default_value = "127.0.0.1:8080", value_name = "ADDRESS:PORT")]
    listen: SocketAddr,
    /// An inventory file to take the hosts from; may be given many times
    #[arg(long = "inventory", value_name = "FILE")]
    inventories: Vec<PathBuf>,
    /// A folder with a pack to install; may be given many times
    #[arg(long = "pack", value_name = "DIR")]
    packs: Vec<PathBuf>,
    /// Write the token of the first start to this file, for its owner only, rather than showing it
    #[arg(long, value_name = "FILE")]
    first_token_file: Option<PathBuf>,
    /// The mail server.
    #[command(flatten)]
    mail: MailArgs,
}

impl ServerArgs {
    fn settings(&self) -> Result<Settings, CliError> {
        Ok(Settings {
            data: self.folder.data.clone(),
            listen: self.listen,
            inventories: self.inventories.clone(),
            packs: self.packs.clone(),
            runners: runners::Settings { mail: self.mail.mail()?, ..runners::Settings::default() },
            first_token_file: self.first_token_file.clone(),
        })
    }
}

/// Serves until it is told to stop. An engine that has to stop by itself ends the process.
pub async fn run(args: &ServerArgs, as_json: bool) -> Result<Exit, CliError> {
    let service = Service::start(args.settings()?).await.map_err(not_started)?;
    if !service.address.ip().is_loopback() {
        tracing::warn!(address = %service.address, "beyond loopback without TLS, tokens can be read on the way: use a TLS proxy");
    }
    say(args, &service, as_json).await?;
    let told = wait_to_be_told().await;
    service.stop().await;
    told
}

/// What whoever started the server has to know: where it is and, the first time, its token.
async fn say(args: &ServerArgs, service: &Service, as_json: bool) -> Result<(), CliError> {
    let url = format!("http://{}", service.address);
    let first = service.first_token.as_ref().filter(|token| token.is_to_be_shown());
    let shown = first.map(|token| token.secret.reveal());
    if as_json {
        let answer =
            serde_json::json!({ "url": url, "data": args.folder.data, "epoch": service.epoch, "token": shown });
        terminal::print(&format!("{answer}\n"))?;
    } else {
        let token = match shown {
            Some(secret) => {
                let link = service.sign_in_link().await.map_err(not_started)?.unwrap_or_else(|| url.clone());
                format!("access token, shown this once:\n  {secret}\nsign in, within the hour:\n  {link}\n")
            }
            None => String::new(),
        };
        terminal::print(&format!("stagger serves {url}\n{token}"))?;
    }
    first.into_iter().for_each(FirstToken::was_shown);
    Ok(())
}

fn not_started(error: ServiceError) -> CliError {
    let exit = match &error {
        ServiceError::Store(_) | ServiceError::Boot(_) => Exit::Storage,
        ServiceError::System(_) | ServiceError::Ended(_) => Exit::Bug,
        ServiceError::Rejected { .. } => Exit::Rejected,
        _ => Exit::Usage,
    };
    CliError::new(exit, "the server did not start", "mend the cause and start it again").because(error)
}

async fn wait_to_be_told() -> Result<Exit, CliError> {
    let no_signals = |error| CliError::new(Exit::Bug, "signals cannot be waited for", "").because(error);
    let mut terminate = signal(SignalKind::terminate()).map_err(no_signals)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(no_signals)?;
    tokio::select! {
        _ = terminate.recv() => Ok(Exit::Ok),
        _ = interrupt.recv() => Ok(Exit::Ok),
    }
}
