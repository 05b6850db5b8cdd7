//! The HEAD file: what was acknowledged last, kept apart from the database so that a log that came back short is
//! noticed. Two slots of 60 bytes, 4,096 apart, written in turn, so that a torn write spoils one at most:
//! magic (8), generation (8), position (8), root (32), CRC-32 (4), big-endian.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::{Head, Position, StoreError};

const MAGIC: &[u8; 8] = b"LOGHEAD1";
const SLOT: usize = 60;
const SLOT_DISTANCE: u64 = 4096;

/// An open HEAD file.
pub(crate) struct HeadFile {
    path: PathBuf,
    file: File,
    generation: u64,
}

impl HeadFile {
    /// What the file says; `None` if there is no file, or one that was never written.
    pub(crate) fn read(path: &Path) -> Result<Option<Head>, StoreError> {
        Ok(read_newest(path)?.map(|(_, head)| head))
    }

    /// Opens the file for writing, with this head in it. A new file and its name are on disk when this returns.
    pub(crate) fn open(path: &Path, head: Head) -> Result<HeadFile, StoreError> {
        let generation = read_newest(path)?.map_or(0, |(generation, _)| generation);
        let open = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path);
        let file = open.map_err(|why| StoreError::disk("opening the file", path, why))?;
        let mut head_file = HeadFile { path: path.to_owned(), file, generation };
        head_file.write(head)?;
        sync_folder_of(path)?;
        Ok(head_file)
    }

    /// Writes the other slot and syncs it.
    pub(crate) fn write(&mut self, head: Head) -> Result<(), StoreError> {
        self.generation += 1;
        let place = self.generation % 2 * SLOT_DISTANCE;
        self.file
            .write_all_at(&encode(self.generation, head), place)
            .and_then(|()| self.file.sync_data())
            .map_err(|why| StoreError::disk("writing the file", &self.path, why))
    }
}

/// Makes a new name in a folder durable.
pub(crate) fn sync_folder_of(path: &Path) -> Result<(), StoreError> {
    let folder = path.parent().unwrap_or(path);
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(|why| StoreError::disk("syncing the folder", folder, why))
}

fn encode(generation: u64, head: Head) -> [u8; SLOT] {
    let mut slot = [0; SLOT];
    slot[..8].copy_from_slice(MAGIC);
    slot[8..16].copy_from_slice(&generation.to_be_bytes());
    slot[16..24].copy_from_slice(&head.position.to_be_bytes());
    slot[24..56].copy_from_slice(&head.root);
    let checksum = crc32fast::hash(&slot[..56]);
    slot[56..].copy_from_slice(&checksum.to_be_bytes());
    slot
}

/// The slot of the greatest generation whose checksum fits.
fn read_newest(path: &Path) -> Result<Option<(u64, Head)>, StoreError> {
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(why) if why.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(why) => return Err(StoreError::disk("reading the file", path, why)),
    };
    // Made, and never written: whoever made it died before the first sync, so nothing was acknowledged by it.
    if bytes.iter().all(|byte| *byte == 0) {
        return Ok(None);
    }
    let slots = [0, SLOT_DISTANCE as usize].map(|start| bytes.get(start..).and_then(decode));
    let newest = slots.into_iter().flatten().max_by_key(|(generation, _)| *generation);
    let why = "neither of its two slots has a checksum that fits";
    newest.map(Some).ok_or_else(|| StoreError::damaged(format!("the file {}", path.display()), why))
}

fn decode(bytes: &[u8]) -> Option<(u64, Head)> {
    let slot: &[u8; SLOT] = bytes.first_chunk()?;
    let (body, checksum) = slot.split_last_chunk::<4>()?;
    let (magic, body) = body.split_first_chunk::<8>()?;
    let (generation, body) = body.split_first_chunk::<8>()?;
    let (position, root) = body.split_first_chunk::<8>()?;
    let good = magic == MAGIC && crc32fast::hash(&slot[..56]) == u32::from_be_bytes(*checksum);
    let head = Head { position: u64::from_be_bytes(*position), root: root.try_into().ok()? };
    good.then_some((u64::from_be_bytes(*generation), head))
}

/// Writes the HEAD file: on its own thread a little behind the log, or before every answer.
pub(crate) enum Keeper {
    Strict(Mutex<HeadFile>),
    Behind { shared: Arc<Shared>, thread: Option<JoinHandle<()>> },
}

/// What the log and the thread that follows it tell each other.
pub(crate) struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    latest: Head,
    written: Position,
    stopping: bool,
    failed: Option<StoreError>,
}

impl Keeper {
    /// Syncs every head before it is acknowledged.
    pub(crate) fn strict(file: HeadFile) -> Keeper {
        Keeper::Strict(Mutex::new(file))
    }

    /// Follows the log, with at least this time between two writes.
    pub(crate) fn behind(file: HeadFile, head: Head, interval: Duration) -> Result<Keeper, StoreError> {
        let path = file.path.clone();
        let state = State { latest: head, written: head.position, stopping: false, failed: None };
        let shared = Arc::new(Shared { state: Mutex::new(state), changed: Condvar::new() });
        let follower = shared.clone();
        let thread = std::thread::Builder::new()
            .name("store-head".into())
            .spawn(move || follower.follow(file, interval))
            .map_err(|why| StoreError::disk("starting a thread", &path, why))?;
        Ok(Keeper::Behind { shared, thread: Some(thread) })
    }

    /// Told of every new head. An earlier failure to write one is an error now.
    pub(crate) fn committed(&self, head: Head) -> Result<(), StoreError> {
        match self {
            Keeper::Strict(file) => file.lock().unwrap_or_else(PoisonError::into_inner).write(head),
            Keeper::Behind { shared, .. } => shared.publish(head),
        }
    }
}

impl Drop for Keeper {
    /// A clean stop leaves the HEAD file at the head of the log.
    fn drop(&mut self) {
        if let Keeper::Behind { shared, thread } = self {
            shared.lock().stopping = true;
            shared.changed.notify_one();
            if thread.take().is_some_and(|thread| thread.join().is_err()) {
                tracing::error!("the thread that writes HEAD failed; the log itself is complete");
            }
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn publish(&self, head: Head) -> Result<(), StoreError> {
        let mut state = self.lock();
        state.latest = head;
        self.changed.notify_one();
        state.failed.clone().map_or(Ok(()), Err)
    }

    fn follow(&self, mut file: HeadFile, interval: Duration) {
        while let Some(head) = self.next_head() {
            let written = file.write(head);
            let mut state = self.lock();
            state.written = head.position;
            if let Err(error) = written {
                tracing::error!(%error, "the store stops writing");
                state.failed = Some(error);
                return;
            }
            drop(self.changed.wait_timeout_while(state, interval, |state| !state.stopping));
        }
    }

    /// Waits for a head that is not written yet; `None` when there is none and none will come.
    fn next_head(&self) -> Option<Head> {
        let idle = |state: &mut State| state.latest.position == state.written && !state.stopping;
        let state = self.changed.wait_while(self.lock(), idle).unwrap_or_else(PoisonError::into_inner);
        (state.latest.position != state.written).then_some(state.latest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(position: u64) -> Head {
        Head { position, root: [position as u8; 32] }
    }

    #[test]
    fn the_newest_good_slot_counts() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("HEAD");
        assert_eq!(HeadFile::read(&path), Ok(None));
        let mut file = HeadFile::open(&path, head(1)).expect("a new file");
        assert_eq!(HeadFile::read(&path), Ok(Some(head(1))));
        file.write(head(5)).expect("a second slot");
        file.write(head(9)).expect("the first slot again");
        assert_eq!(HeadFile::read(&path), Ok(Some(head(9))));

        let mut bytes = std::fs::read(&path).expect("the file");
        let newest = file.generation as usize % 2 * SLOT_DISTANCE as usize;
        bytes[newest + 20] ^= 1;
        std::fs::write(&path, &bytes).expect("a torn write");
        assert_eq!(HeadFile::read(&path), Ok(Some(head(5))), "the slot before still stands");
        bytes[SLOT_DISTANCE as usize - newest + 20] ^= 1;
        std::fs::write(&path, &bytes).expect("another");
        assert!(matches!(HeadFile::read(&path), Err(StoreError::Damaged { .. })));
    }

    #[test]
    fn the_file_follows_within_the_interval_and_at_the_end() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("HEAD");
        let file = HeadFile::open(&path, head(0)).expect("a new file");
        let keeper = Keeper::behind(file, head(0), Duration::from_secs(3600)).expect("a thread");
        keeper.committed(head(1)).expect("no failure yet");
        let mut rounds = 0;
        while HeadFile::read(&path) != Ok(Some(head(1))) {
            std::thread::sleep(Duration::from_millis(2));
            rounds += 1;
            assert!(rounds < 5_000, "the first head is written at once");
        }
        keeper.committed(head(2)).expect("no failure yet");
        drop(keeper);
        assert_eq!(HeadFile::read(&path), Ok(Some(head(2))), "a clean stop does not wait for the interval");
    }

    #[test]
    fn a_head_that_cannot_be_written_is_an_error_of_the_next_append() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("HEAD");
        drop(HeadFile::open(&path, head(0)).expect("a new file"));
        let file = File::open(&path).expect("for reading only, so that writing fails");
        let unwritable = HeadFile { path: path.clone(), file, generation: 1 };
        let keeper = Keeper::behind(unwritable, head(0), Duration::ZERO).expect("a thread");
        let failed = (1..5_000).find_map(|position| {
            std::thread::sleep(Duration::from_millis(1));
            keeper.committed(head(position)).err()
        });
        assert!(failed.is_some_and(|error| error.to_string().contains("HEAD")), "the failure must come to light");
    }
}
