//! A backup as one stream of bytes, a tar archive: how it leaves a running server, and how it becomes a folder elsewhere.
//!
//! The manifest comes first, so that whoever receives the rest knows what has to come; it is written last, so that a
//! transfer that broke off leaves no backup. Never found here: the network, or a file that the manifest does not name.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;

use tar::{Archive, Builder, Entry, Header};

use super::{HashingWriter, MANIFEST, Manifest, ManifestFile};
use super::{
    check_head, checked_target, finish, hex, make_empty_folder, make_log_folder, parse_manifest, read_manifest,
};
use crate::{RocksStore, StoreError};

/// The longest manifest that is read from a stream. One file takes about 120 bytes of it.
const MANIFEST_BYTES: u64 = 64 << 20;

/// Writes the backup in a folder as one stream: the manifest, then every file that it names.
pub fn pack(folder: &Path, to: impl Write) -> Result<Manifest, StoreError> {
    let manifest = read_manifest(folder)?;
    let failed = |why: std::io::Error| StoreError::disk("sending the backup", folder, why);
    let mut archive = Builder::new(to);
    let names = std::iter::once(MANIFEST).chain(manifest.files.iter().map(|file| file.name.as_str()));
    for name in names {
        append(&mut archive, folder, name).map_err(failed)?;
    }
    archive.into_inner().and_then(|mut to| to.flush()).map_err(failed)?;
    Ok(manifest)
}

fn append(archive: &mut Builder<impl Write>, folder: &Path, name: &str) -> std::io::Result<()> {
    let mut file = File::open(folder.join(name))?;
    let mut header = Header::new_gnu();
    header.set_size(file.metadata()?.len());
    header.set_mode(0o600);
    archive.append_data(&mut header, name, &mut file)
}

/// Makes a backup of a stream, in a new or empty folder: every file is held against the manifest, and the whole copy is
/// read and held against its root, before the folder counts as a backup.
pub fn unpack(from: impl Read, to: &Path) -> Result<Manifest, StoreError> {
    let broken = |why: std::io::Error| StoreError::damaged("the backup that was received", why.to_string());
    make_empty_folder(to)?;
    make_log_folder(to)?;
    let mut archive = Archive::new(from);
    let mut entries = archive.entries().map_err(broken)?;
    let first = entries.next().ok_or_else(|| missing(MANIFEST))?.map_err(broken)?;
    let manifest = receive_manifest(first)?;
    let mut expected: BTreeMap<&str, &ManifestFile> =
        manifest.files.iter().map(|file| (file.name.as_str(), file)).collect();
    for entry in entries {
        let entry = entry.map_err(broken)?;
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let file = expected.remove(name.as_str()).ok_or_else(|| unexpected(&name))?;
        receive(entry, to, file)?;
    }
    if let Some(name) = expected.keys().next() {
        return Err(missing(name));
    }
    finish(to)?;
    let head = RocksStore::open_read_only(to)?.verify_all()?;
    check_head(to, head, &manifest)?;
    super::write_manifest(to, &manifest)?;
    Ok(manifest)
}

fn receive_manifest(entry: Entry<'_, impl Read>) -> Result<Manifest, StoreError> {
    let place = "the manifest that was received";
    if *entry.path_bytes() != *MANIFEST.as_bytes() {
        return Err(missing(MANIFEST));
    }
    let mut text = Vec::new();
    entry.take(MANIFEST_BYTES).read_to_end(&mut text).map_err(|why| StoreError::damaged(place, why.to_string()))?;
    parse_manifest(&text, place)
}

fn receive(mut entry: Entry<'_, impl Read>, to: &Path, file: &ManifestFile) -> Result<(), StoreError> {
    let path = checked_target(to, &file.name)?;
    let failed = |why| StoreError::disk("receiving the file", &path, why);
    let written = File::create_new(&path).map_err(failed)?;
    let mut both = HashingWriter::beside(&written);
    let bytes = std::io::copy(&mut entry, &mut both).map_err(failed)?;
    let sha256 = hex(&both.finish());
    written.sync_all().map_err(failed)?;
    if (bytes, sha256.as_str()) != (file.bytes, file.sha256.as_str()) {
        return Err(StoreError::damaged(format!("the file {} that was received", file.name), "it is not the one sent"));
    }
    Ok(())
}

fn missing(name: &str) -> StoreError {
    StoreError::damaged("the backup that was received", format!("it ends before the file {name}"))
}

fn unexpected(name: &str) -> StoreError {
    StoreError::refused(format!("the file {name:?} of the backup"), "its manifest does not name it, or it came twice")
}
