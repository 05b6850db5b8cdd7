//! The store on disk: the log of [`crate::log`] on RocksDB, in one folder.
//!
//! | In the folder | |
//! |---|---|
//! | `log/` | the database; its lock keeps a second process out |
//! | `HEAD` | what was acknowledged last, see `head_file` |
//! | `BALLAST` | room to throw overboard when the disk is full, see [`crate::space`] |
//!
//! The promise: it opens with everything that was acknowledged, or it does not open and says what is missing.

pub(crate) mod head_file;
mod options;
mod tables;

use std::path::Path;

use rocksdb::DB;

pub use options::Options;
pub use tables::RocksTables;

use crate::log::Log;
use crate::space::{self, Space, SpaceLimits};
use crate::{EventStore, Head, StoreError};
use head_file::{HeadFile, Keeper};
use tables::store_error;

/// Name of the database folder in the folder of a store.
pub(crate) const LOG: &str = "log";

/// Name of the HEAD file in the folder of a store.
pub(crate) const HEAD: &str = "HEAD";

/// An event store in a folder.
pub type RocksStore = Log<RocksTables>;

impl RocksStore {
    /// Opens the store in a folder, or makes a new one in an empty or missing folder.
    pub fn open(folder: &Path, options: Options) -> Result<RocksStore, StoreError> {
        std::fs::create_dir_all(folder).map_err(|why| StoreError::disk("making the folder", folder, why))?;
        let acknowledged = HeadFile::read(&folder.join(HEAD))?;
        check_database_is_there(folder, acknowledged)?;
        let db = DB::open_cf_descriptors(&options::database(), folder.join(LOG), options::tables(options.cache_bytes))
            .map_err(|error| store_error("opening the database", folder, &error))?;
        let tables = RocksTables { keeper: None, read_only: false, db, folder: folder.to_owned() };
        let mut store = Log::over(tables, options.output_cap)?;
        store.check_acknowledged(acknowledged)?;
        store.tables.keeper = Some(keeper(folder, store.head(), &options)?);
        space::lay_ballast(folder, options.space)?;
        Ok(store)
    }

    /// Opens the store in a folder for reading, also while another process writes to it; shows what was there at
    /// this moment. Every append is refused.
    pub fn open_read_only(folder: &Path) -> Result<RocksStore, StoreError> {
        let acknowledged = HeadFile::read(&folder.join(HEAD))?;
        check_database_is_there(folder, acknowledged)?;
        let store = RocksStore::open_unacknowledged(folder)?;
        store.check_acknowledged(acknowledged)?;
        Ok(store)
    }

    /// The same without asking the HEAD file.
    pub(crate) fn open_unacknowledged(folder: &Path) -> Result<RocksStore, StoreError> {
        if !folder.join(LOG).is_dir() {
            return Err(StoreError::unusable(folder, "there is no store in it"));
        }
        let options = Options::default();
        let families = options::tables(options.cache_bytes);
        let db = DB::open_cf_descriptors_read_only(&options::database(), folder.join(LOG), families, false)
            .map_err(|error| store_error("opening the database", folder, &error))?;
        let tables = RocksTables { keeper: None, read_only: true, db, folder: folder.to_owned() };
        Log::over(tables, options.output_cap)
    }

    /// Room on the file system of the store.
    pub fn space(&self, limits: SpaceLimits) -> Result<Space, StoreError> {
        Space::of(&self.tables.folder, limits)
    }

    /// Bytes of the files of each table, by its name; what is only in the write-ahead log does not count.
    pub fn table_sizes(&self) -> Vec<(&'static str, u64)> {
        self.tables.sizes()
    }

    /// Writes what is in memory into files and compacts everything. For measurements, and after large deletions.
    pub fn compact(&self) -> Result<(), StoreError> {
        self.tables.compact()
    }

    /// The log must reach what was acknowledged, and must be the same log.
    pub(crate) fn check_acknowledged(&self, acknowledged: Option<Head>) -> Result<(), StoreError> {
        let found = self.head();
        let folder = || self.tables.folder.display().to_string();
        match acknowledged {
            None if found.position == 0 => Ok(()),
            None => {
                let why = "the file HEAD is missing or empty, so nobody can tell whether the log is complete";
                Err(StoreError::damaged(format!("the store in {}", folder()), why))
            }
            Some(head) if head.position > found.position => {
                Err(StoreError::Truncated { folder: folder(), expected: head.position, found: found.position })
            }
            Some(head) if self.frontier_at(head.position)?.root() == head.root => Ok(()),
            Some(head) => {
                let why = format!("its first {} records are not those that were acknowledged", head.position);
                Err(StoreError::damaged(format!("the log in {}", folder()), why))
            }
        }
    }
}

/// A missing database must not be taken for a new store when records were acknowledged.
fn check_database_is_there(folder: &Path, acknowledged: Option<Head>) -> Result<(), StoreError> {
    match acknowledged {
        Some(head) if head.position > 0 && !folder.join(LOG).join("CURRENT").exists() => {
            Err(StoreError::Truncated { folder: folder.display().to_string(), expected: head.position, found: 0 })
        }
        _ => Ok(()),
    }
}

fn keeper(folder: &Path, head: Head, options: &Options) -> Result<Keeper, StoreError> {
    let file = HeadFile::open(&folder.join(HEAD), head)?;
    if options.strict_head { Ok(Keeper::strict(file)) } else { Keeper::behind(file, head, options.head_interval) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conformance::{self, record};
    use crate::keys::{self, Table};
    use crate::tables::Tables;
    use crate::{Group, ViewChange};

    fn options() -> Options {
        let space = SpaceLimits { ballast_bytes: 0, ..SpaceLimits::default() };
        Options { output_cap: conformance::CAP, space, ..Options::default() }
    }

    fn folder() -> tempfile::TempDir {
        tempfile::tempdir().expect("a temporary folder")
    }

    fn open(folder: &tempfile::TempDir) -> RocksStore {
        RocksStore::open(folder.path(), options()).expect("a store")
    }

    fn refusal(folder: &tempfile::TempDir) -> StoreError {
        match RocksStore::open(folder.path(), options()) {
            Ok(_) => panic!("the store must not open"),
            Err(error) => error,
        }
    }

    fn append(store: &RocksStore, numbers: std::ops::Range<u64>) -> Head {
        store.append(Group::of(numbers.map(|n| record("a", n)).collect())).expect("a good group")
    }

    /// Does something to the database behind the store's back.
    fn tamper(folder: &tempfile::TempDir, change: &mut dyn FnMut(&mut dyn crate::tables::Batch)) {
        let db = DB::open_cf_descriptors(&options::database(), folder.path().join(LOG), options::tables(1 << 20));
        let db = db.expect("the database opens");
        RocksTables { keeper: None, read_only: false, db, folder: folder.path().into() }
            .write(change)
            .expect("a write");
    }

    #[test]
    fn the_disk_keeps_the_promises_of_a_store() {
        let folders = std::cell::RefCell::new(Vec::new());
        conformance::check(&|| {
            let folder = folder();
            let store = open(&folder);
            folders.borrow_mut().push(folder);
            store
        });
    }

    #[test]
    fn a_store_opens_with_everything_it_had() {
        let folder = folder();
        let store = open(&folder);
        append(&store, 0..300);
        let view = ViewChange::Put(b"aax".to_vec(), b"1".to_vec());
        let head = store.append(Group { views: vec![view], ..Group::of(vec![record("b", 1)]) }).expect("a good group");
        let all = store.read(0, 1000).expect("all records");
        drop(store);
        let store = open(&folder);
        assert_eq!(store.head(), head);
        assert_eq!(store.read(0, 1000), Ok(all));
        assert_eq!(store.view(b"aax"), Ok(Some(b"1".to_vec())));
        assert_eq!(append(&store, 0..1).position, 302);
        assert_eq!(store.stream_version("a"), Ok(301));
        assert_eq!(store.verify_all(), Ok(store.head()));
    }

    #[test]
    fn a_second_process_is_told_that_the_folder_is_in_use() {
        let folder = folder();
        let _store = open(&folder);
        let error = refusal(&folder);
        assert!(matches!(error, StoreError::InUse { .. }), "{error}");
        assert!(error.to_string().contains(&folder.path().display().to_string()));
    }

    #[test]
    fn reading_beside_a_writer_sees_what_was_durable_and_refuses_to_write() {
        let folder = folder();
        let store = open(&folder);
        let head = append(&store, 0..10);
        let reader = RocksStore::open_read_only(folder.path()).expect("a reader");
        append(&store, 10..20);
        assert_eq!(reader.head(), head);
        assert_eq!(reader.verify_all(), Ok(head));
        let refused = reader.append(Group::of(vec![record("a", 1)]));
        assert!(matches!(refused, Err(StoreError::ReadOnly { .. })), "{refused:?}");
        assert!(matches!(RocksStore::open_read_only(&folder.path().join("none")), Err(StoreError::Unusable { .. })));
    }

    #[test]
    fn a_log_that_came_back_short_is_refused_with_what_is_lost() {
        let folder = folder();
        let store = open(&folder);
        append(&store, 0..5);
        drop(store);
        let copy = self::folder();
        copy_folder(&folder.path().join(LOG), &copy.path().join(LOG));
        append(&open(&folder), 5..12);
        std::fs::copy(folder.path().join(HEAD), copy.path().join(HEAD)).expect("HEAD is copied");
        let error = refusal(&copy);
        assert!(matches!(error, StoreError::Truncated { expected: 12, found: 5, .. }), "{error}");
        assert!(error.to_string().contains("6 to 12 records are lost") || error.to_string().contains("6 to 12"));
    }

    #[test]
    fn a_missing_database_is_not_taken_for_a_new_store() {
        let folder = folder();
        append(&open(&folder), 0..5);
        std::fs::remove_dir_all(folder.path().join(LOG)).expect("the database is deleted");
        assert!(matches!(refusal(&folder), StoreError::Truncated { expected: 5, found: 0, .. }));
        assert!(!folder.path().join(LOG).exists(), "refusing changes nothing");
    }

    #[test]
    fn a_missing_head_file_is_refused() {
        let folder = folder();
        append(&open(&folder), 0..5);
        std::fs::remove_file(folder.path().join(HEAD)).expect("HEAD is deleted");
        assert!(refusal(&folder).to_string().contains("HEAD is missing or empty"));
    }

    #[test]
    fn a_head_file_that_was_made_and_never_written_stands_for_no_records_only() {
        for bytes in [&[][..], &[0; 4156]] {
            let folder = folder();
            drop(open(&folder));
            std::fs::write(folder.path().join(HEAD), bytes).expect("as after a kill in the first moment");
            append(&open(&folder), 0..5);
            std::fs::write(folder.path().join(HEAD), bytes).expect("as no kill leaves it");
            assert!(refusal(&folder).to_string().contains("HEAD is missing or empty"));
        }
    }

    #[test]
    fn another_log_of_the_same_length_is_refused() {
        let (one, other) = (folder(), folder());
        append(&open(&one), 0..5);
        append(&open(&other), 1..6);
        std::fs::copy(other.path().join(HEAD), one.path().join(HEAD)).expect("HEAD is swapped");
        assert!(refusal(&one).to_string().contains("not those that were acknowledged"));
    }

    #[test]
    fn a_changed_record_since_the_last_block_is_found_at_open() {
        let folder = folder();
        let store = open(&folder);
        append(&store, 0..300);
        let mut bytes = store.tables.get(Table::Events, &keys::event(290)).expect("a read").expect("record 290");
        drop(store);
        bytes[70] ^= 1;
        tamper(&folder, &mut |batch| batch.put(Table::Events, &keys::event(290), &bytes));
        assert!(refusal(&folder).to_string().contains("do not make its root"));
    }

    #[test]
    fn a_store_of_a_later_format_is_refused() {
        let folder = folder();
        append(&open(&folder), 0..5);
        tamper(&folder, &mut |batch| batch.put(Table::Meta, keys::META_FORMAT, &99u32.to_be_bytes()));
        assert!(matches!(refusal(&folder), StoreError::Newer { found: 99, .. }));
    }

    #[test]
    fn strict_head_is_on_disk_with_every_answer() {
        let folder = folder();
        let store = RocksStore::open(folder.path(), Options { strict_head: true, ..options() }).expect("a store");
        for n in 0..5 {
            let head = append(&store, n..n + 1);
            assert_eq!(HeadFile::read(&folder.path().join(HEAD)), Ok(Some(head)));
        }
    }

    #[test]
    fn damage_in_the_middle_of_the_write_ahead_log_is_never_passed_over() {
        let folder = folder();
        let store = open(&folder);
        (0..50).for_each(|n| _ = append(&store, n * 20..n * 20 + 20));
        drop(store);
        let wal = std::fs::read_dir(folder.path().join(LOG)).expect("the database");
        let wals = wal.flatten().map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|e| e == "log"));
        let wal = wals.max_by_key(|path| path.metadata().map_or(0, |file| file.len())).expect("a write-ahead log");
        let mut bytes = std::fs::read(&wal).expect("its bytes");
        let middle = bytes.len() / 2;
        bytes[middle..middle + 8].copy_from_slice(b"damaged!");
        std::fs::write(&wal, bytes).expect("damage");
        let error = refusal(&folder);
        assert!(matches!(error, StoreError::Damaged { .. } | StoreError::Truncated { .. }), "{error}");
    }

    fn copy_folder(from: &Path, to: &Path) {
        std::fs::create_dir_all(to).expect("a folder");
        for entry in std::fs::read_dir(from).expect("a folder").flatten() {
            std::fs::copy(entry.path(), to.join(entry.file_name())).expect("a copy");
        }
    }
}
