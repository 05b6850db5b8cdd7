//! The log itself, written once over [`Tables`]: appending, reading, proving.
//!
//! The promise: positions without gaps, versions consecutive in each stream, and a head record in the same write as
//! the events it speaks of. Never found here: a file, a thread, or a second way to do any of it for recovery.

mod append;
mod head_record;
mod read;
mod snapshots;
mod verify;

use std::sync::{Mutex, OnceLock, PoisonError};

use crate::keys::{self, Table};
use crate::outputs::OutputCap;
use crate::store::{Head, InclusionProof, OutputSlice, Snapshot, View, ViewScan};
use crate::tables::Tables;
use crate::{Envelope, EventStore, Group, OutputKey, Pipe, Position, StoreError};
use append::Tip;
use head_record::HeadRecord;

/// Format of a store as a whole: tables, keys, values. A store with a greater number is refused.
pub const FORMAT: u32 = 1;

/// An event store over some tables. See [`crate::MemoryStore`] for one in memory.
pub struct Log<T> {
    pub(crate) tables: T,
    cap: OutputCap,
    /// Where the next record goes. Held while a batch is made and written, so there is one writer at a time.
    tip: Mutex<Tip>,
    /// What is durable. Never held while anything is written.
    head: Mutex<Head>,
    stopped: OnceLock<String>,
}

impl<T: Tables> std::fmt::Debug for Log<T> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "log in {} up to {}", self.tables.place(), self.head().position)
    }
}

impl<T: Tables> Log<T> {
    /// Takes up what the tables hold, or starts a log in empty ones. The tree is made again from its kept nodes and
    /// the envelopes since the last of them, and compared with the head record.
    pub(crate) fn over(tables: T, cap: OutputCap) -> Result<Log<T>, StoreError> {
        check_format(&tables)?;
        let record = HeadRecord::read(&tables)?;
        let log = Log {
            cap,
            head: Mutex::new(record.head()),
            tip: Mutex::new(Tip::at(record.frontier.clone())),
            tables,
            stopped: OnceLock::new(),
        };
        if log.frontier_at(record.head().position)? != record.frontier {
            let why = "the hashes kept beside the log do not make its root";
            return Err(StoreError::damaged(log.tables.place(), why));
        }
        Ok(log)
    }

    pub(crate) fn cap(&self) -> OutputCap {
        self.cap
    }

    /// Refuses every later append, for this reason. The first reason stands.
    pub(crate) fn stop(&self, why: String) -> StoreError {
        StoreError::stopped(self.stopped.get_or_init(|| why))
    }

    /// After a failed write: nothing may be written any more, unless nothing ever could.
    fn write_failed(&self, error: StoreError) -> StoreError {
        match error {
            StoreError::ReadOnly { .. } => error,
            error => self.stop(error.to_string()),
        }
    }

    fn check_running(&self) -> Result<(), StoreError> {
        self.stopped.get().map_or(Ok(()), |why| Err(StoreError::stopped(why)))
    }

    fn damaged(&self, what: String, why: impl Into<String>) -> StoreError {
        StoreError::damaged(format!("{what} in {}", self.tables.place()), why)
    }
}

/// Writes the format number into empty tables, and refuses a number from the future.
fn check_format(tables: &impl Tables) -> Result<(), StoreError> {
    let Some(bytes) = tables.get(Table::Meta, keys::META_FORMAT)? else {
        return tables.write(&mut |batch| {
            batch.put(Table::Meta, keys::META_FORMAT, &FORMAT.to_be_bytes());
            batch.put(Table::Meta, keys::META_HEAD, &HeadRecord::default().encode());
        });
    };
    let Ok(found) = bytes.try_into().map(u32::from_be_bytes) else {
        return Err(StoreError::damaged(tables.place(), "its format number has not four bytes"));
    };
    if found > FORMAT {
        return Err(StoreError::Newer { folder: tables.place(), found, known: FORMAT });
    }
    Ok(())
}

impl<T: Tables> EventStore for Log<T> {
    fn append_all(&self, groups: Vec<Group>) -> Vec<Result<Head, StoreError>> {
        self.append_groups(groups)
    }

    fn head(&self) -> Head {
        *self.head.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read(&self, after: Position, limit: usize) -> Result<Vec<Envelope>, StoreError> {
        self.read_log(after, limit)
    }

    fn read_stream(&self, stream: &str, after_version: u64, limit: usize) -> Result<Vec<Envelope>, StoreError> {
        self.read_versions(stream, after_version, limit)
    }

    fn stream_version(&self, stream: &str) -> Result<u64, StoreError> {
        self.version_on_disk(stream)
    }

    fn view(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.tables.get(Table::Views, key)
    }

    fn scan_views(&self, scan: &ViewScan) -> Result<Vec<View>, StoreError> {
        self.read_views(scan)
    }

    fn read_output(&self, key: &OutputKey, pipe: Pipe, from: u64, limit: usize) -> Result<OutputSlice, StoreError> {
        self.read_pieces(key, pipe, from, limit)
    }

    fn delete_outputs(&self, prefix: &[u8]) -> Result<(), StoreError> {
        self.delete_output_keys(prefix)
    }

    fn put_snapshot(&self, name: &str, snapshot: &Snapshot) -> Result<(), StoreError> {
        self.keep_snapshot(name, snapshot)
    }

    fn newest_snapshot(&self, name: &str, schema: u32) -> Result<Option<Snapshot>, StoreError> {
        self.find_snapshot(name, schema)
    }

    fn verify_log(&self, told: &mut dyn FnMut(Position)) -> Result<Head, StoreError> {
        self.verify_telling(told)
    }

    fn prove(&self, position: Position) -> Result<Option<InclusionProof>, StoreError> {
        self.prove_record(position)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;
    use crate::conformance::record;
    use crate::memory::MemoryTables;
    use crate::tables::{Batch, KeyRange, Visit};
    use crate::{Direction, ViewChange};

    /// Tables on a disk that can break.
    #[derive(Default)]
    struct Breaking {
        tables: MemoryTables,
        broken: AtomicBool,
    }

    impl Tables for Breaking {
        fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
            self.tables.get(table, key)
        }

        fn scan(
            &self,
            table: Table,
            range: KeyRange<'_>,
            direction: Direction,
            visit: Visit<'_>,
        ) -> Result<(), StoreError> {
            self.tables.scan(table, range, direction, visit)
        }

        fn write(&self, fill: &mut dyn FnMut(&mut dyn Batch)) -> Result<(), StoreError> {
            match self.broken.load(Ordering::Relaxed) {
                true => Err(StoreError::Disk { doing: "writing", place: self.place(), why: "no space left".into() }),
                false => self.tables.write(fill),
            }
        }

        fn committed(&self, head: Head) -> Result<(), StoreError> {
            self.tables.committed(head)
        }

        fn place(&self) -> String {
            "a breaking disk".into()
        }
    }

    #[test]
    fn after_a_failed_write_nothing_is_written_any_more() {
        let log = Log::over(Breaking::default(), OutputCap::default()).expect("an empty log");
        let group = |n| Group { views: vec![ViewChange::Put(b"aa".to_vec(), vec![n])], ..one(n) };
        let head = log.append(group(1)).expect("the disk is whole");
        log.tables.broken.store(true, Ordering::Relaxed);
        let failed = log.append_all(vec![group(2), group(3)]);
        let why = "writing failed in a breaking disk: no space left";
        assert_eq!(failed, vec![Err(StoreError::stopped(why)); 2]);
        log.tables.broken.store(false, Ordering::Relaxed);
        assert_eq!(log.append(group(4)), Err(StoreError::stopped(why)), "not even when the disk is whole again");
        assert_eq!(
            log.put_snapshot("s", &Snapshot { schema: 1, position: 1, bytes: vec![] }),
            Err(StoreError::stopped(why))
        );
        assert_eq!(log.delete_outputs(b"x"), Err(StoreError::stopped(why)));
        assert_eq!((log.head(), log.view(b"aa")), (head, Ok(Some(vec![1]))), "what was acknowledged can be read");
        assert_eq!(log.verify_all(), Ok(head));
    }

    fn one(n: u8) -> Group {
        Group::of(vec![record("a", n.into())])
    }

    #[test]
    fn more_streams_than_are_kept_in_memory_still_count_on() {
        let log = Log::over(MemoryTables::default(), OutputCap::default()).expect("an empty log");
        log.append(Group::of((0..100_001).map(|n| record(&format!("s/{n}"), n)).collect())).expect("a great group");
        log.append(Group::of(vec![record("s/7", 1), record("s/100000", 1)])).expect("a small one");
        assert_eq!(
            (log.stream_version("s/7"), log.stream_version("s/100000"), log.stream_version("s/8")),
            (Ok(2), Ok(2), Ok(1))
        );
        assert_eq!(log.verify_all(), Ok(log.head()));
    }
}
