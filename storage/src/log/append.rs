//! From groups to one write: check each, give its records their places, collect what changes, write it once.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, PoisonError};

use super::{Log, head_record};
use crate::envelope;
use crate::keys::{self, Table};
use crate::merkle::{self, Frontier, Hash};
use crate::outputs::{OutputCap, OutputState};
use crate::runs::Runs;
use crate::tables::{Batch, Tables};
use crate::{Group, Head, OutputChunk, Position, Record, StoreError, ViewChange};

/// Longest key of a view, in bytes.
const MAX_VIEW_KEY: usize = 1024;

/// Longest single chunk of output, in bytes.
const MAX_CHUNK: usize = 16 << 20;

/// Streams whose version is kept in memory; when there are more, all are looked up again.
const HOT_STREAMS: usize = 100_000;

/// Where the next record goes.
pub(super) struct Tip {
    frontier: Frontier,
    /// Last version of the streams in use.
    versions: HashMap<Arc<str>, u64>,
}

impl Tip {
    pub(super) fn at(frontier: Frontier) -> Tip {
        Tip { frontier, versions: HashMap::new() }
    }

    fn version(&self, stream: &str) -> u64 {
        self.versions.get(stream).copied().unwrap_or(0)
    }
}

impl<T: Tables> Log<T> {
    pub(super) fn append_groups(&self, groups: Vec<Group>) -> Vec<Result<Head, StoreError>> {
        // A thread that panicked in here may have left the tip ahead of the disk.
        let Ok(mut tip) = self.tip.lock() else {
            let error = self.stop("a thread failed in the middle of a write".into());
            return groups.iter().map(|_| Err(error.clone())).collect();
        };
        // Between writes every version is on disk, so any may be forgotten.
        if tip.versions.len() > HOT_STREAMS {
            tip.versions.clear();
        }
        let mut staged = Staged::after(tip.frontier.leaves());
        let answers: Vec<_> = groups.into_iter().map(|group| self.stage(group, &mut tip, &mut staged)).collect();
        let written = self.write(&tip, &staged);
        answers.into_iter().map(|answer| answer.and_then(|()| written.clone())).collect()
    }

    /// Checks a group and puts it into the write. A refused group changes nothing.
    fn stage(&self, group: Group, tip: &mut Tip, staged: &mut Staged) -> Result<(), StoreError> {
        self.check_running()?;
        check_limits(&group)?;
        self.load_versions(&group, tip)?;
        check_versions(&group, tip)?;
        self.load_outputs(&group, staged)?;
        group.records.into_iter().for_each(|record| staged.take_record(record, tip));
        group.views.into_iter().for_each(|change| staged.take_view(change));
        group.outputs.iter().for_each(|chunk| staged.take_output(chunk, self.cap));
        Ok(())
    }

    fn load_versions(&self, group: &Group, tip: &mut Tip) -> Result<(), StoreError> {
        let expected = group.expected.iter().map(|expected| &expected.stream);
        for stream in group.records.iter().map(|record| &record.stream).chain(expected) {
            if !tip.versions.contains_key(stream) {
                tip.versions.insert(stream.clone(), self.version_on_disk(stream)?);
            }
        }
        Ok(())
    }

    fn load_outputs(&self, group: &Group, staged: &mut Staged) -> Result<(), StoreError> {
        for chunk in &group.outputs {
            if let Entry::Vacant(unknown) = staged.outputs.entry(keys::output_state(&chunk.key, chunk.pipe)) {
                unknown.insert(self.output_state(&chunk.key, chunk.pipe)?);
            }
        }
        Ok(())
    }

    /// Writes what was staged. An error here is the last thing this store does.
    fn write(&self, tip: &Tip, staged: &Staged) -> Result<Head, StoreError> {
        self.check_running()?;
        if staged.is_empty() {
            return Ok(*self.head.lock().unwrap_or_else(PoisonError::into_inner));
        }
        let head = Head { position: tip.frontier.leaves(), root: tip.frontier.root() };
        let record = head_record::encode(&tip.frontier, &head.root);
        self.tables
            .write(&mut |batch| staged.fill(&record, batch))
            .and_then(|()| self.tables.committed(head))
            .map_err(|error| self.write_failed(error))?;
        *self.head.lock().unwrap_or_else(PoisonError::into_inner) = head;
        Ok(head)
    }
}

/// What one write changes in the tables.
struct Staged {
    /// Position of the first record of this write.
    first: Position,
    /// Envelopes one behind the other, and where each ends.
    bytes: Vec<u8>,
    ends: Vec<usize>,
    /// By stream: its first version in this write, and where it and those that follow are.
    runs: HashMap<Arc<str>, (u64, Runs)>,
    /// Merkle blocks that became full.
    blocks: Vec<(u64, Hash)>,
    /// The last change of each view.
    views: HashMap<Vec<u8>, Option<Vec<u8>>>,
    outputs: HashMap<[u8; 25], OutputState>,
    pieces: Vec<([u8; 33], Vec<u8>)>,
    dropped: Vec<([u8; 33], [u8; 33])>,
}

impl Staged {
    fn after(position: Position) -> Staged {
        Staged {
            first: position + 1,
            bytes: Vec::new(),
            ends: Vec::new(),
            runs: HashMap::new(),
            blocks: Vec::new(),
            views: HashMap::new(),
            outputs: HashMap::new(),
            pieces: Vec::new(),
            dropped: Vec::new(),
        }
    }

    fn is_empty(&self) -> bool {
        self.ends.is_empty() && self.views.is_empty() && self.outputs.is_empty()
    }

    fn take_record(&mut self, record: Record, tip: &mut Tip) {
        let position = tip.frontier.leaves() + 1;
        let version = tip.version(&record.stream) + 1;
        let start = self.bytes.len();
        envelope::encode(position, version, &record, &mut self.bytes);
        self.ends.push(self.bytes.len());
        self.blocks.extend(tip.frontier.push(merkle::leaf(&self.bytes[start..])));
        self.runs.entry(record.stream.clone()).or_insert_with(|| (version, Runs::default())).1.push(position);
        tip.versions.insert(record.stream, version);
    }

    fn take_view(&mut self, change: ViewChange) {
        match change {
            ViewChange::Put(key, value) => self.views.insert(key, Some(value)),
            ViewChange::Delete(key) => self.views.insert(key, None),
        };
    }

    fn take_output(&mut self, chunk: &OutputChunk, cap: OutputCap) {
        let state = self.outputs.entry(keys::output_state(&chunk.key, chunk.pipe)).or_default();
        let placed = state.place(chunk.offset, &chunk.bytes, cap);
        let piece_key = |offset| keys::output_piece(&chunk.key, chunk.pipe, offset);
        self.pieces.extend(placed.pieces.into_iter().map(|(offset, bytes)| (piece_key(offset), bytes.to_vec())));
        if !placed.dropped.is_empty() {
            self.dropped.push((piece_key(placed.dropped.start), piece_key(placed.dropped.end)));
        }
    }

    fn fill(&self, head_record: &[u8], batch: &mut dyn Batch) {
        self.fill_events(batch);
        // In order, because inserting keys that rise is quicker.
        let mut views: Vec<_> = self.views.iter().collect();
        views.sort_unstable();
        for (key, value) in views {
            match value {
                Some(value) => batch.put(Table::Views, key, value),
                None => batch.delete(Table::Views, key),
            }
        }
        for (key, bytes) in &self.pieces {
            batch.put(Table::Outputs, key, bytes);
        }
        // After the pieces, because a piece of this write may have fallen out of the tail by its end.
        for (start, end) in &self.dropped {
            batch.delete_range(Table::Outputs, start..end);
        }
        for (key, state) in &self.outputs {
            batch.put(Table::Outputs, key, &state.encode());
        }
        batch.put(Table::Meta, keys::META_HEAD, head_record);
    }

    fn fill_events(&self, batch: &mut dyn Batch) {
        let mut start = 0;
        for (position, &end) in (self.first..).zip(&self.ends) {
            batch.put(Table::Events, &keys::event(position), &self.bytes[start..end]);
            start = end;
        }
        for (stream, (first_version, runs)) in &self.runs {
            batch.put(Table::Streams, &keys::stream_run(stream, *first_version), &runs.encode());
        }
        for (index, hash) in &self.blocks {
            batch.put(Table::Merkle, &keys::merkle_block(*index), hash);
        }
    }
}

fn check_limits(group: &Group) -> Result<(), StoreError> {
    group.records.iter().try_for_each(envelope::check)?;
    group.views.iter().try_for_each(|change| check_view_key(change.key()))?;
    for chunk in &group.outputs {
        if chunk.bytes.len() > MAX_CHUNK || chunk.offset > u64::MAX - MAX_CHUNK as u64 {
            let why = format!("it has {} bytes at {}, allowed are {MAX_CHUNK}", chunk.bytes.len(), chunk.offset);
            return Err(StoreError::refused("a chunk of output", why));
        }
    }
    Ok(())
}

fn check_view_key(key: &[u8]) -> Result<(), StoreError> {
    let kind_ok = key.len() >= 2 && key[..2].iter().all(u8::is_ascii_lowercase);
    if kind_ok && key.len() <= MAX_VIEW_KEY {
        return Ok(());
    }
    let why = format!("a key is two letters a-z and up to {} bytes more", MAX_VIEW_KEY - 2);
    Err(StoreError::refused(format!("view {:?}", String::from_utf8_lossy(key)), why))
}

fn check_versions(group: &Group, tip: &Tip) -> Result<(), StoreError> {
    for expected in &group.expected {
        let actual = tip.version(&expected.stream);
        if actual != expected.version {
            let stream = expected.stream.to_string();
            return Err(StoreError::WrongVersion { stream, expected: expected.version, actual });
        }
    }
    Ok(())
}
