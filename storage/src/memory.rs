//! A store in memory that can crash: the log of [`crate::log`], kept in maps instead of on a disk.
//!
//! For the simulator and for tests. What `append` returned survives [`MemoryStore::crash`]; what was only submitted
//! survives as far as the seed of the crash says, always the first so many groups, as with a real disk.

use std::collections::{BTreeMap, HashMap};
use std::ops::{Bound, Range};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard};

use crate::keys::{self, Table};
use crate::log::Log;
use crate::outputs::OutputCap;
use crate::tables::{Batch, KeyRange, Tables, Visit};
use crate::{Direction, EventStore, Group, Head, Position, StoreError};

/// An event store in memory.
pub type MemoryStore = Log<MemoryTables>;

impl MemoryStore {
    /// An empty store.
    pub fn new() -> MemoryStore {
        MemoryStore::with_cap(OutputCap::default())
    }

    /// An empty store that keeps this much of each output.
    pub fn with_cap(cap: OutputCap) -> MemoryStore {
        MemoryStore::on(MemoryTables::default(), cap)
    }

    fn on(tables: MemoryTables, cap: OutputCap) -> MemoryStore {
        // The maps hold what this program wrote and nothing else can have touched them.
        Log::over(tables, cap).unwrap_or_else(|error| unreachable!("memory is damaged: {error}"))
    }

    /// Hands in a group without waiting for the disk. It is durable once [`MemoryStore::sync`] has answered.
    pub fn submit(&self, group: Group) {
        self.tables.in_flight().push(group);
    }

    /// Makes what was submitted durable, in order, and answers each group.
    pub fn sync(&self) -> Vec<Result<Head, StoreError>> {
        let groups = std::mem::take(&mut *self.tables.in_flight());
        self.append_all(groups)
    }

    /// Ends this store as `kill -9` would, and opens what is left. Of the groups in flight the first few have
    /// reached the disk, anything between none and all, as the seed says. The old store refuses every later append.
    pub fn crash(&self, seed: u64) -> MemoryStore {
        let mut groups = std::mem::take(&mut *self.tables.in_flight());
        groups.truncate((scrambled(seed) % (groups.len() as u64 + 1)) as usize);
        self.append_all(groups);
        self.stop("it crashed".into());
        let tables = MemoryTables { maps: self.tables.maps.clone(), in_flight: Mutex::default() };
        MemoryStore::on(tables, self.cap())
    }

    /// Flips a bit of the byte `at` of a record, as a bad disk would. Where there is no such byte nothing happens.
    pub fn spoil(&self, position: Position, at: usize) {
        let mut maps = self.tables.maps.write().unwrap_or_else(PoisonError::into_inner);
        let bytes = maps.get_mut(&Table::Events).and_then(|events| events.get_mut(&keys::event(position)[..]));
        if let Some(byte) = bytes.and_then(|bytes| bytes.get_mut(at)) {
            *byte ^= 1;
        }
    }
}

impl Default for MemoryStore {
    fn default() -> MemoryStore {
        MemoryStore::new()
    }
}

/// Spreads a small seed over all bits (the finaliser of MurmurHash3), so that seeds 1, 2, 3 crash in unlike ways.
fn scrambled(seed: u64) -> u64 {
    let mixed = (seed ^ seed >> 33).wrapping_mul(0xff51_afd7_ed55_8ccd);
    let mixed = (mixed ^ mixed >> 33).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    mixed ^ mixed >> 33
}

type Maps = HashMap<Table, BTreeMap<Vec<u8>, Vec<u8>>>;

/// Ordered tables in memory. Clones of the maps share them, as processes share a disk.
#[derive(Default)]
pub struct MemoryTables {
    maps: Arc<RwLock<Maps>>,
    in_flight: Mutex<Vec<Group>>,
}

impl MemoryTables {
    fn maps(&self) -> RwLockReadGuard<'_, Maps> {
        self.maps.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn in_flight(&self) -> std::sync::MutexGuard<'_, Vec<Group>> {
        self.in_flight.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Tables for MemoryTables {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.maps().get(&table).and_then(|map| map.get(key)).cloned())
    }

    fn scan(
        &self,
        table: Table,
        range: KeyRange<'_>,
        direction: Direction,
        visit: Visit<'_>,
    ) -> Result<(), StoreError> {
        let maps = self.maps();
        let Some(map) = maps.get(&table).filter(|_| !range.is_empty()) else { return Ok(()) };
        let end = range.end.map_or(Bound::Unbounded, Bound::Excluded);
        let entries = map.range::<[u8], _>((Bound::Included(range.start), end));
        let mut visit = |(key, value): (&Vec<u8>, &Vec<u8>)| visit(key, value);
        let _stopped_or_done = match direction {
            Direction::Forward => entries.into_iter().try_for_each(&mut visit),
            Direction::Backward => entries.into_iter().rev().try_for_each(&mut visit),
        };
        Ok(())
    }

    fn write(&self, fill: &mut dyn FnMut(&mut dyn Batch)) -> Result<(), StoreError> {
        fill(&mut *self.maps.write().unwrap_or_else(PoisonError::into_inner));
        Ok(())
    }

    fn committed(&self, _head: Head) -> Result<(), StoreError> {
        Ok(())
    }

    fn place(&self) -> String {
        "memory".into()
    }
}

impl Batch for Maps {
    fn put(&mut self, table: Table, key: &[u8], value: &[u8]) {
        self.entry(table).or_default().insert(key.to_vec(), value.to_vec());
    }

    fn delete(&mut self, table: Table, key: &[u8]) {
        self.entry(table).or_default().remove(key);
    }

    fn delete_range(&mut self, table: Table, range: Range<&[u8]>) {
        self.entry(table).or_default().retain(|key, _| !(range.start..range.end).contains(&key.as_slice()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conformance::{self, record};

    #[test]
    fn memory_keeps_the_promises_of_a_store() {
        conformance::check(&|| MemoryStore::with_cap(conformance::CAP));
    }

    fn positions_after_crash(seed: u64) -> (u64, MemoryStore) {
        let store = MemoryStore::new();
        store.append(Group::of(vec![record("a", 1)])).expect("memory takes a group");
        (2..6).for_each(|n| store.submit(Group::of(vec![record("a", n), record("b", n)])));
        let left = store.crash(seed);
        assert!(matches!(store.append(Group::of(vec![record("a", 9)])), Err(StoreError::Stopped { .. })));
        (left.head().position, left)
    }

    #[test]
    fn a_crash_keeps_what_was_appended_and_a_prefix_of_what_was_in_flight() {
        let mut seen: Vec<u64> = (0..100).map(|seed| positions_after_crash(seed).0).collect();
        assert_eq!(seen, (0..100).map(|seed| positions_after_crash(seed).0).collect::<Vec<_>>(), "same seed, same end");
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen, [1, 3, 5, 7, 9], "whole groups, from none to all");
    }

    #[test]
    fn what_a_crash_left_proves_and_goes_on() {
        let (position, left) = positions_after_crash(3);
        assert_eq!(left.verify_all().map(|head| head.position), Ok(position));
        let head = left.append(Group::of(vec![record("a", 9)])).expect("the new store takes groups");
        assert_eq!(head.position, position + 1);
        assert_eq!(left.verify_all(), Ok(head));
    }

    #[test]
    fn a_changed_byte_in_the_log_is_found() {
        let store = MemoryStore::new();
        store.append(Group::of((0..700).map(|n| record("a", n)).collect())).expect("memory takes a group");
        for position in [1u64, 256, 257, 600, 700] {
            let key = crate::keys::event(position);
            let good = store.tables.get(Table::Events, &key).expect("memory reads").expect("the record is there");
            let mut bad = good.clone();
            bad[60] ^= 4;
            store.tables.write(&mut |batch| batch.put(Table::Events, &key, &bad)).expect("memory writes");
            assert!(matches!(store.verify_all(), Err(StoreError::Damaged { .. })), "record {position}");
            assert!(store.verify(position..=position).is_err());
            assert!(store.read(position - 1, 1).is_err());
            let why = store.verify_all().expect_err("a changed byte").to_string();
            assert!(why.contains(&format!("record {position} in memory is damaged")), "{why}");
            store.tables.write(&mut |batch| batch.put(Table::Events, &key, &good)).expect("memory writes");
        }
        assert_eq!(store.verify_all(), Ok(store.head()));
    }

    #[test]
    fn a_record_that_was_rewritten_with_a_good_checksum_is_found() {
        let store = MemoryStore::new();
        store.append(Group::of((0..700).map(|n| record("a", n)).collect())).expect("memory takes a group");
        for (position, block) in [(1, "1 to 256"), (300, "257 to 512"), (700, "513 to 700")] {
            let key = keys::event(position);
            let good = store.tables.get(Table::Events, &key).expect("memory reads").expect("the record is there");
            let mut forged = Vec::new();
            crate::envelope::encode(position, position, &record("a", 7_777), &mut forged);
            store.tables.write(&mut |batch| batch.put(Table::Events, &key, &forged)).expect("memory writes");
            assert!(store.read(position - 1, 1).is_ok(), "nothing about the record itself is wrong");
            let why = store.verify_all().expect_err("another record").to_string();
            assert!(why.contains(&format!("at least one of the records {block}")), "{why}");
            store.tables.write(&mut |batch| batch.put(Table::Events, &key, &good)).expect("memory writes");
        }
    }

    #[test]
    fn a_spoilt_byte_is_found() {
        let store = MemoryStore::new();
        store.append(Group::of((0..20).map(|n| record("a", n)).collect())).expect("memory takes a group");
        store.spoil(7, 80);
        assert!(store.verify_all().is_err_and(|error| error.to_string().contains("record 7 in memory is damaged")));
    }

    #[test]
    fn a_missing_record_is_an_error_and_not_a_gap() {
        let store = MemoryStore::new();
        store.append(Group::of((0..20).map(|n| record("a", n)).collect())).expect("memory takes a group");
        store.tables.write(&mut |batch| batch.delete(Table::Events, &crate::keys::event(7))).expect("memory writes");
        assert!(store.read(0, 100).is_err_and(|error| error.to_string().contains("record 7 in memory is damaged")));
        assert_eq!(store.read(0, 6).map(|found| found.len()), Ok(6));
        assert!(
            Log::over(
                MemoryTables { maps: store.tables.maps.clone(), ..MemoryTables::default() },
                OutputCap::default()
            )
            .is_err()
        );
    }
}
