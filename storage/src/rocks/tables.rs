//! [`Tables`] on RocksDB: each table a column family, each write one synced batch.

use std::ops::Range;
use std::path::{Path, PathBuf};

use rocksdb::{
    BottommostLevelCompaction, ColumnFamily, CompactOptions, DB, DBRawIterator, ErrorKind, ReadOptions, WriteBatch,
    WriteOptions, properties,
};

use super::head_file::Keeper;
use crate::keys::Table;
use crate::tables::{Batch, KeyRange, Tables, Visit};
use crate::{Direction, Head, StoreError};

/// The tables of one folder.
pub struct RocksTables {
    /// Declared before the database, so that HEAD is written before the database is closed. None while the store is
    /// being opened, and for reading only.
    pub(super) keeper: Option<Keeper>,
    pub(crate) read_only: bool,
    pub(crate) db: DB,
    pub(crate) folder: PathBuf,
}

impl RocksTables {
    fn family(&self, table: Table) -> Result<&ColumnFamily, StoreError> {
        let missing = || StoreError::damaged(self.place(), format!("the table {} is not there", table.name()));
        self.db.cf_handle(table.name()).ok_or_else(missing)
    }

    pub(super) fn sizes(&self) -> Vec<(&'static str, u64)> {
        let size = |table| {
            let size = self.db.property_int_value_cf(self.family(table).ok()?, properties::TOTAL_SST_FILES_SIZE);
            size.ok().flatten()
        };
        Table::ALL.iter().map(|table| (table.name(), size(*table).unwrap_or(0))).collect()
    }

    pub(super) fn compact(&self) -> Result<(), StoreError> {
        for table in Table::ALL {
            let family = self.family(table)?;
            self.db.flush_cf(family).map_err(self.failed("writing"))?;
            let mut options = CompactOptions::default();
            options.set_bottommost_level_compaction(BottommostLevelCompaction::Force);
            self.db.compact_range_cf_opt(family, None::<&[u8]>, None::<&[u8]>, &options);
        }
        Ok(())
    }

    fn failed(&self, doing: &'static str) -> impl Fn(rocksdb::Error) -> StoreError {
        let folder = self.folder.clone();
        move |error| store_error(doing, &folder, &error)
    }
}

/// Puts an error of the database into words, told apart by what a person can do about it.
pub(super) fn store_error(doing: &'static str, folder: &Path, error: &rocksdb::Error) -> StoreError {
    let why = error.to_string();
    match error.kind() {
        ErrorKind::Corruption => StoreError::damaged(format!("the store in {}", folder.display()), why),
        ErrorKind::IOError if why.contains("/LOCK:") => {
            StoreError::InUse { folder: folder.display().to_string(), why: "its lock is held".into() }
        }
        _ => StoreError::disk(doing, folder, why),
    }
}

impl Tables for RocksTables {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.db.get_cf(self.family(table)?, key).map_err(self.failed("reading"))
    }

    fn scan(
        &self,
        table: Table,
        range: KeyRange<'_>,
        direction: Direction,
        visit: Visit<'_>,
    ) -> Result<(), StoreError> {
        if range.is_empty() {
            return Ok(());
        }
        let mut entries = self.db.raw_iterator_cf_opt(self.family(table)?, bounded(table, range));
        match direction {
            Direction::Forward => entries.seek_to_first(),
            Direction::Backward => entries.seek_to_last(),
        }
        walk(&mut entries, direction, visit);
        entries.status().map_err(self.failed("reading"))
    }

    fn write(&self, fill: &mut dyn FnMut(&mut dyn Batch)) -> Result<(), StoreError> {
        if self.read_only {
            return Err(StoreError::ReadOnly { folder: self.place() });
        }
        let mut families = Vec::with_capacity(Table::ALL.len());
        for table in Table::ALL {
            families.push(self.family(table)?);
        }
        let mut batch = RocksBatch { families, batch: WriteBatch::default() };
        fill(&mut batch);
        let mut options = WriteOptions::default();
        options.set_sync(true);
        self.db.write_opt(batch.batch, &options).map_err(self.failed("writing"))
    }

    fn committed(&self, head: Head) -> Result<(), StoreError> {
        self.keeper.as_ref().map_or(Ok(()), |keeper| keeper.committed(head))
    }

    fn place(&self) -> String {
        self.folder.display().to_string()
    }
}

fn bounded(table: Table, range: KeyRange<'_>) -> ReadOptions {
    let mut options = ReadOptions::default();
    options.set_iterate_lower_bound(range.start);
    if let Some(end) = range.end {
        options.set_iterate_upper_bound(end);
    }
    // A replay reads everything once; it must not push what lists read again and again out of the cache.
    options.fill_cache(table != Table::Events);
    options
}

fn walk(entries: &mut DBRawIterator<'_>, direction: Direction, visit: Visit<'_>) {
    while let Some((key, value)) = entries.item() {
        if visit(key, value).is_break() {
            return;
        }
        match direction {
            Direction::Forward => entries.next(),
            Direction::Backward => entries.prev(),
        }
    }
}

/// A write batch and the column families by the number of their table.
struct RocksBatch<'a> {
    families: Vec<&'a ColumnFamily>,
    batch: WriteBatch,
}

impl Batch for RocksBatch<'_> {
    fn put(&mut self, table: Table, key: &[u8], value: &[u8]) {
        self.batch.put_cf(self.families[table as usize], key, value);
    }

    fn delete(&mut self, table: Table, key: &[u8]) {
        self.batch.delete_cf(self.families[table as usize], key);
    }

    fn delete_range(&mut self, table: Table, range: Range<&[u8]>) {
        self.batch.delete_range_cf(self.families[table as usize], range.start, range.end);
    }
}
