//! `stagger backup` and `stagger restore`: copies of a data folder, each proved against its root before it counts.
//!
//! Never found here: overwriting anything.

use super::error::CliError;
use super::exit::Exit;
use super::folder::{DataFolder, refused};
use super::{clock, terminal};
use crate::engine::{Clock, SystemClock};
use jobs::time::Timestamp;
use serde_json::json;
use std::path::{Path, PathBuf};
use storage::backup::Manifest;

/// Where a copy is put.
#[derive(clap::Args, Debug)]
pub struct Backup {
    /// A new or empty folder for the copy
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

/// Copies a data folder that no server uses: beside a running one, what it holds in memory would be missing.
pub fn backup(asked: &Backup, as_json: bool) -> Result<Exit, CliError> {
    let store = asked.data.open_alone()?;
    let manifest = store.backup(&asked.folder, SystemClock::not_before(Timestamp(0)).now().0).map_err(refused)?;
    say("backed up", &asked.data.data, &asked.folder, &manifest, as_json)
}

/// Copies a backup into a data folder.
pub fn restore(asked: &Restore, as_json: bool) -> Result<Exit, CliError> {
    let manifest = storage::backup::restore(&asked.folder, &asked.data.store()).map_err(refused)?;
    say("restored", &asked.folder, &asked.data.data, &manifest, as_json)
}

fn say(verb: &str, from: &Path, to: &Path, manifest: &Manifest, as_json: bool) -> Result<Exit, CliError> {
    let bytes: u64 = manifest.files.iter().map(|file| file.bytes).sum();
    let made_at = Timestamp(manifest.made_at_ms).to_string();
    let text = if as_json {
        let Manifest { position, root, .. } = manifest;
        json!({ "from": from, "to": to, "position": position, "root": root, "bytes": bytes, "madeAt": made_at })
            .to_string()
    } else {
        format!(
            "{verb} {} to {}\nposition {}, root {}\n{bytes} bytes, made {}; every record was read again and fits the root",
            from.display(),
            to.display(),
            manifest.position,
            manifest.root,
            clock::local(&made_at),
        )
    };
    terminal::print(&(text + "\n"))?;
    Ok(Exit::Ok)
}
