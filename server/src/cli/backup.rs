//! `stagger backup` and `stagger restore`: copies of a data folder, each proved against its root before it counts.
//!
//! A data folder that no server uses is copied as it lies there. One that a server uses is copied by that server, and
//! comes over HTTP; then the copy must hold what the server had acknowledged, so that no other server's is taken for it.
//! Never found here: overwriting anything.

use super::client::{Client, Where};
use super::error::CliError;
use super::exit::Exit;
use super::folder::{DataFolder, refused};
use super::{clock, terminal};
use crate::engine::{Clock, SystemClock, restored};
use jobs::time::Timestamp;
use serde_json::json;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, sync_channel};
use storage::StoreError;
use storage::backup::{Acknowledged, Manifest, unpack};

/// How many parts of an archive wait for the disk.
const PARTS_AHEAD: usize = 64;

/// Where a copy is put.
#[derive(clap::Args, Debug)]
pub struct Backup {
    /// A new or empty folder for the copy, on this machine
    folder: PathBuf,
    #[command(flatten)]
    data: DataFolder,
}

/// Where a copy is taken from.
#[derive(clap::Args, Debug)]
pub struct Restore {
    /// The folder of the backup; the data folder it is restored into must be new or empty
    folder: PathBuf,
    #[command(flatten)]
    data: DataFolder,
}

/// Copies a data folder: itself where no server uses it, otherwise through the server.
pub async fn backup(asked: &Backup, place: &Where, as_json: bool) -> Result<Exit, CliError> {
    if !asked.data.is_there() {
        return through_server(asked, place, None, as_json).await;
    }
    match asked.data.open_alone() {
        Ok(store) => {
            let now = SystemClock::not_before(Timestamp(0)).now();
            let manifest = store.backup(&asked.folder, now.0).map_err(refused)?;
            say("backed up", &asked.data.data.display().to_string(), &asked.folder, &manifest, as_json)
        }
        Err(StoreError::InUse { .. }) => {
            let acknowledged = Acknowledged::by(&asked.data.store()).map_err(refused)?;
            through_server(asked, place, Some(acknowledged), as_json).await.map_err(|why| in_use(asked, why))
        }
        Err(other) => Err(refused(other)),
    }
}

/// Why there is no backup of a folder that a server uses, where that server does not answer.
fn in_use(asked: &Backup, why: CliError) -> CliError {
    if why.exit != Exit::NoServer {
        return why;
    }
    let message = format!("a server uses {}, and it does not send a backup", asked.data.data.display());
    let hint = "say where that server is with --server, or stop it: scripts on hosts go on meanwhile";
    CliError::new(Exit::NoServer, message, hint).because(why)
}

async fn through_server(
    asked: &Backup,
    place: &Where,
    acknowledged: Option<Acknowledged>,
    as_json: bool,
) -> Result<Exit, CliError> {
    let client = Client::new(place)?;
    let manifest = receive(&client, &asked.folder).await?;
    if let Some(acknowledged) = acknowledged {
        acknowledged.is_in(&asked.folder).map_err(|why| another_server(asked, &client, why))?;
    }
    say("backed up", client.base(), &asked.folder, &manifest, as_json)
}

fn another_server(asked: &Backup, client: &Client, why: StoreError) -> CliError {
    let (data, base) = (asked.data.data.display(), client.base());
    let message = format!("the server at {base} is not the one that uses {data}: {why}");
    let hint = format!(
        "name the right server with --server; what is in {} is a backup of another one",
        asked.folder.display()
    );
    CliError::new(Exit::Storage, message, hint)
}

/// Takes a server's backup in, part by part, while it is unpacked beside.
async fn receive(client: &Client, to: &Path) -> Result<Manifest, CliError> {
    let mut answer = client.download("/backup").await?;
    let (parts, received) = sync_channel(PARTS_AHEAD);
    let folder = to.to_owned();
    let unpacking = tokio::task::spawn_blocking(move || unpack(Parts::of(received), &folder));
    loop {
        let part = answer.chunk().await;
        let is_last = !matches!(part, Ok(Some(_)));
        let part = part.map_err(|why| std::io::Error::other(format!("the server's answer broke off: {why}")));
        // Refused only when the unpacking has ended; then it says why.
        let unwanted = tokio::task::block_in_place(|| parts.send(part.map(|part| part.unwrap_or_default()))).is_err();
        if is_last || unwanted {
            break;
        }
    }
    drop(parts);
    let unpacked = unpacking.await.map_err(|why| CliError::unexpected("the unpacking failed").because(why))?;
    unpacked.map_err(refused)
}

/// The parts of an answer, read as one stream.
struct Parts {
    received: Receiver<std::io::Result<axum::body::Bytes>>,
    current: axum::body::Bytes,
}

impl Parts {
    fn of(received: Receiver<std::io::Result<axum::body::Bytes>>) -> Parts {
        Parts { received, current: axum::body::Bytes::new() }
    }
}

impl Read for Parts {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        while self.current.is_empty() {
            match self.received.recv() {
                Ok(part) => self.current = part?,
                Err(_) => return Ok(0),
            }
        }
        let taken = self.current.split_to(into.len().min(self.current.len()));
        into[..taken.len()].copy_from_slice(&taken);
        Ok(taken.len())
    }
}

/// Copies a backup into a data folder.
pub fn restore(asked: &Restore, as_json: bool) -> Result<Exit, CliError> {
    let manifest = storage::backup::restore(&asked.folder, &asked.data.store()).map_err(refused)?;
    let store = asked.data.open_alone().map_err(refused)?;
    let noted = restored(&store, SystemClock::not_before(Timestamp(0)).now());
    noted.map_err(|why| CliError::new(Exit::Storage, "the restored log cannot be taken over", "").because(why))?;
    say("restored", &asked.folder.display().to_string(), &asked.data.data, &manifest, as_json)
}

fn say(verb: &str, from: &str, to: &Path, manifest: &Manifest, as_json: bool) -> Result<Exit, CliError> {
    let bytes: u64 = manifest.files.iter().map(|file| file.bytes).sum();
    let made_at = Timestamp(manifest.made_at_ms).to_string();
    let text = if as_json {
        let Manifest { position, root, .. } = manifest;
        json!({ "from": from, "to": to, "position": position, "root": root, "bytes": bytes, "madeAt": made_at })
            .to_string()
    } else {
        format!(
            "{verb} {from} to {}\nposition {}, root {}\n{bytes} bytes, made {}; every record was read again and fits the root",
            to.display(),
            manifest.position,
            manifest.root,
            clock::local(&made_at),
        )
    };
    terminal::print(&(text + "\n"))?;
    Ok(Exit::Ok)
}
