//! `stagger server`: what surrounds the engine. The first token, the listener, and the way down.
//!
//! Never found here: the engine, runners, packs and inventories; those are started before and handed in.

use super::error::CliError;
use super::exit::Exit;
use super::folder::DataFolder;
use super::terminal;
use crate::access::Access;
use crate::http::{self, HttpState, Readiness};
use crate::telemetry::metrics::Metrics;
use jobs::command::{Actor, Body, Command};
use jobs::ids::TokenId;
use schema::{Backend, Request};
use std::io::Write;
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

/// The name of the token that is made on the first start.
const FIRST_TOKEN: &str = "first";

/// How the server is run.
#[derive(clap::Args, Clone, Debug)]
pub struct ServerArgs {
    /// Where everything is kept.
    #[command(flatten)]
    pub folder: DataFolder,
    /// Where to listen; plain HTTP, so think before going beyond loopback
    #[arg(long, env = "STAGGER_LISTEN", default_value = "127.0.0.1:8080", value_name = "ADDRESS:PORT")]
    pub listen: SocketAddr,
    /// An inventory file to take the hosts from; may be given many times
    #[arg(long = "inventory", value_name = "FILE")]
    pub inventories: Vec<PathBuf>,
    /// A folder with a pack to install; may be given many times
    #[arg(long = "pack", value_name = "DIR")]
    pub packs: Vec<PathBuf>,
    /// Write the token of the first start to this file, for its owner only, rather than showing it
    #[arg(long, value_name = "FILE")]
    pub first_token_file: Option<PathBuf>,
}

/// What the engine's side hands in.
pub struct Service {
    /// What the API answers from.
    pub backend: Arc<dyn Backend>,
    /// Whether the engine makes progress.
    pub ready: Arc<dyn Readiness>,
    /// What is counted.
    pub metrics: Arc<Metrics>,
    /// Resolves with the reason when the engine had to stop by itself.
    pub failed: oneshot::Receiver<String>,
}

/// Serves until it is told to stop, or the engine had to. The engine is stopped by the caller afterwards.
pub async fn serve(args: &ServerArgs, service: Service) -> Result<Exit, CliError> {
    let listener = TcpListener::bind(args.listen).await.map_err(|error| {
        let hint = "give another address with --listen, or stop what listens there";
        CliError::usage(format!("nobody can listen on {}", args.listen), hint).because(error)
    })?;
    let address = listener.local_addr().unwrap_or(args.listen);
    warn_beyond_loopback(address);
    let token = first_token(&*service.backend, args.first_token_file.as_deref()).await?;
    terminal::print(&format!("stagger serves http://{address}\n{token}"))?;
    let shutdown = CancellationToken::new();
    let state = HttpState {
        schema: schema::build(service.backend.clone(), schema::Limits::default()),
        access: Access::over(service.backend.clone()),
        backend: service.backend,
        metrics: service.metrics,
        ready: service.ready,
    };
    let serving = tokio::spawn(http::serve(listener, state, shutdown.clone()));
    let ended = wait_for_the_end(service.failed).await;
    shutdown.cancel();
    match serving.await {
        Ok(Ok(())) => ended,
        Ok(Err(error)) => ended.and(Err(CliError::usage("the listener failed", "start the server again").because(error))),
        Err(error) => Err(CliError::new(Exit::Bug, "the HTTP front ended by itself", "please report it").because(error)),
    }
}

fn warn_beyond_loopback(address: SocketAddr) {
    if !address.ip().is_loopback() {
        tracing::warn!(%address, "listening beyond loopback without TLS: tokens can be read on the way; use a TLS proxy");
    }
}

/// Until a signal, which is a good end, or until the engine had to stop.
async fn wait_for_the_end(failed: oneshot::Receiver<String>) -> Result<Exit, CliError> {
    let no_signals = |error| CliError::new(Exit::Bug, "signals cannot be waited for", "").because(error);
    let mut terminate = signal(SignalKind::terminate()).map_err(no_signals)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(no_signals)?;
    tokio::select! {
        _ = terminate.recv() => Ok(Exit::Ok),
        _ = interrupt.recv() => Ok(Exit::Ok),
        Ok(why) = failed => {
            let hint = "mend the cause and start the server again; what was acknowledged is safe";
            Err(CliError::new(Exit::Storage, format!("the engine had to stop: {why}"), hint))
        }
    }
}

/// Makes a token if there is none that works, and says so; empty otherwise.
async fn first_token(backend: &dyn Backend, file: Option<&Path>) -> Result<String, CliError> {
    let fault = |fault: schema::Fault| CliError::new(Exit::Storage, "the engine does not answer", "").because(fault);
    let has_token = |fleet: &jobs::fleet::Fleet, _| fleet.tokens.values().any(|token| !token.revoked);
    if schema::read(backend, has_token).await.map_err(fault)? {
        return Ok(String::new());
    }
    let secret = backend.fresh_secret();
    let token = TokenId(backend.fresh_id());
    let body = Body::CreateToken { token, name: FIRST_TOKEN.into(), hash: secret.hash.clone() };
    let command = Command { actor: Actor::system(), body };
    let made = backend.submit(Request { command, origin: "first start".into(), key: None }).await;
    made.map_err(|why| CliError::new(Exit::Bug, "the first access token cannot be made", "").because(why))?;
    match file {
        Some(file) => {
            write_token(file, &secret.text)?;
            Ok(format!("the access token is in {}\n", file.display()))
        }
        None => Ok(format!("access token, shown this once:\n  {}\n", secret.text)),
    }
}

/// Writes a secret for its owner only, without following what may stand there already.
fn write_token(file: &Path, secret: &str) -> Result<(), CliError> {
    let failed = |error| {
        let hint = "name a file that does not exist yet; make another token with `stagger token create`";
        CliError::usage(format!("the access token cannot be written to {}", file.display()), hint).because(error)
    };
    let opened = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(file);
    opened.and_then(|mut file| writeln!(file, "{secret}")).map_err(failed)
}
