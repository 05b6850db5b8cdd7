//! Copies of a store: made while it runs, proved before they count, restored into an empty folder only.
//!
//! A backup is a folder with the database as of one moment, its HEAD file and a manifest that names the position, the
//! root and every file. Making and restoring both end with reading the whole copy and comparing it with its root: a
//! copy that nobody has read is not a backup.

mod archive;

use std::fs::File;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use rocksdb::checkpoint::Checkpoint;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

pub use archive::{pack, unpack};

use crate::rocks::head_file::{HeadFile, sync_folder_of};
use crate::rocks::{HEAD, LOG};
use crate::{EventStore, Head, Position, RocksStore, StoreError};

/// Name of the manifest in the folder of a backup.
pub const MANIFEST: &str = "BACKUP.json";

const FORMAT: u32 = 1;

/// What a backup holds, as its manifest says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Manifest {
    pub format: u32,
    /// Milliseconds since 1970, by the clock of whoever asked for it.
    pub made_at_ms: u64,
    /// The last record in it.
    pub position: Position,
    /// Root of the tree at that position, in hexadecimal.
    pub root: String,
    pub files: Vec<ManifestFile>,
}

/// One file of a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ManifestFile {
    /// Relative to the folder of the backup.
    pub name: String,
    pub bytes: u64,
    /// SHA-256, in hexadecimal.
    pub sha256: String,
}

impl RocksStore {
    /// Copies the store as it is now into a new or empty folder, reads the copy and proves it against its root.
    /// Appends go on meanwhile. On the same file system the copy shares the bytes of the store's older files.
    ///
    /// # Errors
    /// [`StoreError::ReadOnly`] when the store was opened for reading: what is in the write-ahead log only cannot be
    /// written into files then, and would be missing from the copy.
    pub fn backup(&self, to: &Path, now_ms: u64) -> Result<Manifest, StoreError> {
        if self.tables.read_only {
            return Err(StoreError::ReadOnly { folder: self.tables.folder.display().to_string() });
        }
        let at_least = self.head();
        make_empty_folder(to)?;
        let failed = |error: rocksdb::Error| StoreError::disk("copying the database", to, error);
        let checkpoint = Checkpoint::new(&self.tables.db).map_err(failed)?;
        checkpoint.create_checkpoint(to.join(LOG)).map_err(failed)?;
        let copy = RocksStore::open_unacknowledged(to)?;
        copy.check_acknowledged(Some(at_least))?;
        let head = copy.verify_all()?;
        drop(HeadFile::open(&to.join(HEAD), head)?);
        let files = list_files(to)?;
        let manifest =
            Manifest { format: FORMAT, made_at_ms: now_ms, position: head.position, root: hex(&head.root), files };
        write_manifest(to, &manifest)?;
        Ok(manifest)
    }
}

/// Copies a backup into a new or empty folder, and proves the copy against the manifest. A store opens there.
pub fn restore(from: &Path, to: &Path) -> Result<Manifest, StoreError> {
    let manifest = read_manifest(from)?;
    make_empty_folder(to)?;
    make_log_folder(to)?;
    // HEAD comes last: without it, a restore that broke off half-way does not open.
    let (head_file, others): (Vec<_>, Vec<_>) = manifest.files.iter().partition(|file| file.name == HEAD);
    others.into_iter().chain(head_file).try_for_each(|file| copy_file(from, to, file))?;
    finish(to)?;
    let head = RocksStore::open_read_only(to)?.verify_all()?;
    check_head(to, head, &manifest)?;
    Ok(manifest)
}

/// The manifest of a backup.
pub fn read_manifest(folder: &Path) -> Result<Manifest, StoreError> {
    let path = folder.join(MANIFEST);
    let text = match std::fs::read(&path) {
        Ok(text) => text,
        Err(why) if why.kind() == ErrorKind::NotFound => {
            return Err(StoreError::unusable(folder, format!("it is no backup: it has no file {MANIFEST}")));
        }
        Err(why) => return Err(StoreError::disk("reading the manifest", &path, why)),
    };
    parse_manifest(&text, &format!("the manifest {}", path.display()))
}

/// Reads a manifest; `place` is where it was found, for an error.
fn parse_manifest(text: &[u8], place: &str) -> Result<Manifest, StoreError> {
    let manifest: Manifest = serde_json::from_slice(text).map_err(|why| StoreError::damaged(place, why.to_string()))?;
    if manifest.format > FORMAT {
        return Err(StoreError::Newer { folder: place.to_owned(), found: manifest.format, known: FORMAT });
    }
    Ok(manifest)
}

/// Whether a copy goes on from what a store had acknowledged when this was asked for: it must hold the store's last
/// acknowledged record, and the same records before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Acknowledged(Option<Head>);

impl Acknowledged {
    /// What the store in a folder has acknowledged, also while another process writes to it.
    pub fn by(store: &Path) -> Result<Acknowledged, StoreError> {
        HeadFile::read(&store.join(HEAD)).map(Acknowledged)
    }

    /// Whether the backup in a folder holds all of it.
    pub fn is_in(&self, backup: &Path) -> Result<(), StoreError> {
        let Some(head) = self.0 else { return Ok(()) };
        RocksStore::open_read_only(backup)?.check_acknowledged(Some(head))
    }
}

fn make_empty_folder(folder: &Path) -> Result<(), StoreError> {
    let failed = |why| StoreError::disk("making the folder", folder, why);
    std::fs::create_dir_all(folder).map_err(failed)?;
    if std::fs::read_dir(folder).map_err(failed)?.next().is_some() {
        return Err(StoreError::unusable(
            folder,
            "it is not empty, and nothing is ever overwritten; name a new folder",
        ));
    }
    Ok(())
}

fn make_log_folder(folder: &Path) -> Result<(), StoreError> {
    let log = folder.join(LOG);
    std::fs::create_dir(&log).map_err(|why| StoreError::disk("making the folder", &log, why))
}

/// Makes the names of all files durable.
fn finish(folder: &Path) -> Result<(), StoreError> {
    sync_folder_of(&folder.join(LOG).join("CURRENT"))?;
    sync_folder_of(&folder.join(LOG))
}

/// Every file of a backup with its hash, each synced.
fn list_files(folder: &Path) -> Result<Vec<ManifestFile>, StoreError> {
    let log = folder.join(LOG);
    let failed = |why| StoreError::disk("listing the folder", &log, why);
    let entries = std::fs::read_dir(&log).map_err(failed)?.collect::<Result<Vec<_>, _>>().map_err(failed)?;
    let mut names: Vec<String> =
        entries.iter().map(|entry| format!("{LOG}/{}", entry.file_name().to_string_lossy())).collect();
    names.retain(|name| !is_local(name));
    names.push(HEAD.into());
    names.sort();
    names.into_iter().map(|name| describe(folder, name)).collect()
}

/// Files that speak of the process that had the database open and are made anew by the next.
fn is_local(name: &str) -> bool {
    name.ends_with("/LOCK") || name.contains("/LOG")
}

fn describe(folder: &Path, name: String) -> Result<ManifestFile, StoreError> {
    let path = folder.join(&name);
    let failed = |why| StoreError::disk("reading the file", &path, why);
    let mut file = File::open(&path).map_err(failed)?;
    file.sync_all().map_err(failed)?;
    let mut hash = HashingWriter::beside(std::io::sink());
    let bytes = std::io::copy(&mut file, &mut hash).map_err(failed)?;
    Ok(ManifestFile { name, bytes, sha256: hex(&hash.finish()) })
}

fn write_manifest(folder: &Path, manifest: &Manifest) -> Result<(), StoreError> {
    let path = folder.join(MANIFEST);
    let failed = |why: std::io::Error| StoreError::disk("writing the manifest", &path, why);
    let text = serde_json::to_vec_pretty(manifest).map_err(|why| failed(why.into()))?;
    std::fs::write(&path, text).and_then(|()| File::open(&path)?.sync_all()).map_err(failed)?;
    sync_folder_of(&path)
}

/// Copies one file of a backup, synced, and compares it with the manifest.
fn copy_file(from: &Path, to: &Path, file: &ManifestFile) -> Result<(), StoreError> {
    let target = checked_target(to, &file.name)?;
    std::fs::copy(from.join(&file.name), &target)
        .map_err(|why| StoreError::disk("copying the file", &from.join(&file.name), why))?;
    if describe(to, file.name.clone())? != *file {
        let place = format!("the file {} of the backup", from.join(&file.name).display());
        return Err(StoreError::damaged(place, "it is not the one that the manifest names"));
    }
    Ok(())
}

/// A manifest may have been edited; no name in it leads out of the folder.
fn checked_target(to: &Path, name: &str) -> Result<PathBuf, StoreError> {
    let plain = name.strip_prefix(LOG).and_then(|rest| rest.strip_prefix('/')).unwrap_or(name);
    if plain.is_empty() || plain.contains(['/', '\\']) || plain.starts_with('.') {
        return Err(StoreError::refused(format!("file {name:?} of the backup"), "it does not belong to a backup"));
    }
    Ok(to.join(name))
}

fn check_head(folder: &Path, head: Head, manifest: &Manifest) -> Result<(), StoreError> {
    if (head.position, hex(&head.root)) == (manifest.position, manifest.root.clone()) {
        return Ok(());
    }
    let why = format!("its log ends at {} with root {}, the manifest says otherwise", head.position, hex(&head.root));
    Err(StoreError::damaged(format!("the copy in {}", folder.display()), why))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Passes bytes on, and hashes them on the way.
struct HashingWriter<W> {
    to: W,
    hash: Sha256,
}

impl<W: Write> HashingWriter<W> {
    fn beside(to: W) -> HashingWriter<W> {
        HashingWriter { to, hash: Sha256::new() }
    }

    fn finish(self) -> [u8; 32] {
        self.hash.finalize().into()
    }
}

impl<W: Write> Write for HashingWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let written = self.to.write(bytes)?;
        self.hash.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.to.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conformance::record;
    use crate::{Group, Options, OutputChunk, Pipe, Snapshot, SpaceLimits};

    fn options() -> Options {
        Options { space: SpaceLimits { ballast_bytes: 0, ..SpaceLimits::default() }, ..Options::default() }
    }

    /// A folder with a store of 300 records, an output and a snapshot in `store`, and a backup of it in `backup`.
    fn backed_up() -> (tempfile::TempDir, Manifest) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let store = RocksStore::open(&folder.path().join("store"), options()).expect("a store");
        let chunk = OutputChunk { key: [1; 24], pipe: Pipe::Out, offset: 0, bytes: b"hello".to_vec() };
        let group = Group { outputs: vec![chunk], ..Group::of((0..300).map(|n| record("a", n)).collect()) };
        store.append(group).expect("a good group");
        store.put_snapshot("s", &Snapshot { schema: 1, position: 300, bytes: b"state".to_vec() }).expect("a snapshot");
        let manifest = store.backup(&folder.path().join("backup"), 5).expect("a backup");
        store.append(Group::of(vec![record("a", 301)])).expect("appends go on");
        (folder, manifest)
    }

    #[test]
    fn a_backup_comes_back_as_it_was() {
        let (folder, manifest) = backed_up();
        assert_eq!((manifest.position, manifest.made_at_ms), (300, 5));
        let to = folder.path().join("restored");
        assert_eq!(restore(&folder.path().join("backup"), &to), Ok(manifest.clone()));
        let store = RocksStore::open(&to, options()).expect("a restored store opens");
        assert_eq!((store.head().position, hex(&store.head().root)), (300, manifest.root));
        assert_eq!(store.read_output(&[1; 24], Pipe::Out, 0, 9).map(|slice| slice.bytes), Ok(b"hello".to_vec()));
        assert!(store.newest_snapshot("s", 1).is_ok_and(|found| found.is_some()));
        store.append(Group::of(vec![record("a", 1)])).expect("and goes on");
    }

    #[test]
    fn what_is_in_the_write_ahead_log_only_is_never_left_out() {
        let folder = tempfile::tempdir().expect("a folder");
        let (at, backup) = (folder.path().join("store"), folder.path().join("backup"));
        let store = RocksStore::open(&at, options()).expect("a store");
        store.append(Group::of((0..10).map(|n| record("a", n)).collect())).expect("a good group");
        store.compact().expect("written into files");
        store.append(Group::of((10..20).map(|n| record("a", n)).collect())).expect("a good group");
        let reader = RocksStore::open_read_only(&at).expect("a reader");
        let refused = reader.backup(&backup, 5);
        assert!(matches!(refused, Err(StoreError::ReadOnly { .. })), "{refused:?}");
        assert!(!backup.exists(), "nothing is left of it");
        assert_eq!(store.backup(&backup, 5).map(|manifest| manifest.position), Ok(20));
    }

    #[test]
    fn nothing_is_overwritten() {
        let (folder, _) = backed_up();
        let backup = folder.path().join("backup");
        let not_empty = |result: Result<Manifest, StoreError>| {
            let text = result.err().map(|error| error.to_string()).unwrap_or_default();
            assert!(text.contains("it is not empty"), "{text}");
        };
        not_empty(restore(&backup, &folder.path().join("store")));
        let store = RocksStore::open(&folder.path().join("store"), options()).expect("the store is untouched");
        not_empty(store.backup(&backup, 6));
        assert_eq!(store.head().position, 301);
    }

    #[test]
    fn a_changed_backup_is_refused() {
        let (folder, manifest) = backed_up();
        let backup = folder.path().join("backup");
        let table = manifest.files.iter().find(|file| file.name.ends_with(".sst")).expect("a table");
        let mut bytes = std::fs::read(backup.join(&table.name)).expect("its bytes");
        bytes[40] ^= 1;
        std::fs::remove_file(backup.join(&table.name)).expect("it shares its bytes with the store: not in place");
        std::fs::write(backup.join(&table.name), bytes).expect("damage");
        let refused = restore(&backup, &folder.path().join("restored"));
        assert!(matches!(refused, Err(StoreError::Damaged { .. })), "{refused:?}");
        let again = RocksStore::open(&folder.path().join("restored"), options());
        assert!(again.is_err(), "half a restore does not open");
    }

    fn packed(folder: &Path) -> Vec<u8> {
        let mut bytes = Vec::new();
        pack(folder, &mut bytes).expect("a stream");
        bytes
    }

    #[test]
    fn a_backup_travels_as_one_stream() {
        let (folder, manifest) = backed_up();
        let path = |name: &str| folder.path().join(name);
        let stream = packed(&path("backup"));
        assert_eq!(unpack(stream.as_slice(), &path("received")), Ok(manifest.clone()));
        assert_eq!(restore(&path("received"), &path("restored")), Ok(manifest));
        assert!(unpack(stream.as_slice(), &path("received")).is_err(), "nothing is overwritten");
    }

    #[test]
    fn a_stream_that_breaks_off_or_was_changed_leaves_no_backup() {
        let (folder, _) = backed_up();
        let stream = packed(&folder.path().join("backup"));
        let mut changed = stream.clone();
        let middle = stream.len() * 2 / 3;
        changed[middle] ^= 1;
        let cuts = [0, 100, 2_000, stream.len() / 2, stream.len() - 3_000];
        let streams = cuts.into_iter().map(|end| stream[..end].to_vec()).chain([changed]);
        for (number, bytes) in streams.enumerate() {
            let to = folder.path().join(format!("received-{number}"));
            let refused = unpack(bytes.as_slice(), &to);
            assert!(matches!(refused, Err(StoreError::Damaged { .. } | StoreError::Disk { .. })), "{refused:?}");
            assert!(read_manifest(&to).is_err(), "it is no backup");
        }
    }

    #[test]
    fn a_stream_writes_nothing_that_its_manifest_does_not_name() {
        let (folder, _) = backed_up();
        let mut archive = tar::Builder::new(Vec::new());
        let text = std::fs::read(folder.path().join("backup").join(MANIFEST)).expect("a manifest");
        for (name, bytes) in [(MANIFEST, text.as_slice()), ("log/evil.sst", b"evil")] {
            let mut header = tar::Header::new_gnu();
            header.set_size(bytes.len() as u64);
            archive.append_data(&mut header, name, bytes).expect("in memory");
        }
        let stream = archive.into_inner().expect("in memory");
        let to = folder.path().join("received");
        let refused = unpack(stream.as_slice(), &to);
        assert!(matches!(refused, Err(StoreError::Refused { .. })), "{refused:?}");
        assert!(!to.join("log/evil.sst").exists());
    }

    #[test]
    fn a_copy_of_another_store_is_told_from_one_of_this_store() {
        let (folder, _) = backed_up();
        let path = |name: &str| folder.path().join(name);
        let before = Acknowledged::by(&path("backup")).expect("its HEAD");
        assert_eq!(before.is_in(&path("backup")), Ok(()));
        let other = RocksStore::open(&path("other"), options()).expect("a store");
        other.append(Group::of((0..400).map(|n| record("b", n)).collect())).expect("a good group");
        other.backup(&path("copy"), 6).expect("a backup");
        assert!(before.is_in(&path("copy")).is_err());
        let after = Acknowledged::by(&path("store")).expect("its HEAD");
        assert!(matches!(after.is_in(&path("backup")), Err(StoreError::Truncated { .. })), "it lacks the last record");
    }

    #[test]
    fn a_manifest_cannot_lead_out_of_its_folder() {
        for name in ["../x", "log/../../x", "/etc/passwd", "", "log/", "a/b", ".x"] {
            assert!(checked_target(Path::new("/nowhere"), name).is_err(), "{name:?}");
        }
        assert!(checked_target(Path::new("/nowhere"), "log/000012.sst").is_ok());
    }

    #[test]
    fn a_folder_without_a_manifest_is_no_backup() {
        let (folder, _) = backed_up();
        let refused = restore(&folder.path().join("store"), &folder.path().join("restored"));
        assert!(refused.is_err_and(|error| error.to_string().contains("it is no backup")));
    }
}
