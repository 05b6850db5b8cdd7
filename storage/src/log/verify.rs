//! Proving the log against its tree: hashes are made again from the bytes and compared with those that were kept.

use std::collections::HashMap;
use std::ops::{ControlFlow, RangeInclusive};
use std::sync::Arc;

use super::{HeadRecord, Log};
use crate::envelope::Decoder;
use crate::keys::{self, Table};
use crate::merkle::{self, BLOCK, Frontier, Hash};
use crate::store::{Direction, EventStore};
use crate::tables::{KeyRange, Tables};
use crate::{Head, Position, StoreError};

impl<T: Tables> Log<T> {
    /// Reads everything: every envelope's bytes against the tree, positions and versions without gaps, the kept
    /// nodes and the head record against the root. Returns the head that was proved.
    pub fn verify_all(&self) -> Result<Head, StoreError> {
        let head = self.head();
        self.verify(1..=head.position)?;
        self.verify_versions(head.position)?;
        let root = self.frontier_at(head.position)?.root();
        if root != head.root {
            return Err(self.damaged("the tree".into(), "its nodes do not make the root in the head record"));
        }
        Ok(head)
    }

    /// Makes the hashes of these positions again and compares them with the kept ones. Always whole blocks of 256
    /// are compared; the last, unfinished one with the frontier in the head record. Returns how many were read.
    pub fn verify(&self, positions: RangeInclusive<Position>) -> Result<u64, StoreError> {
        let head = HeadRecord::read(&self.tables)?;
        let end = head.head().position;
        let first = positions.start().saturating_sub(1) / BLOCK;
        let last = (*positions.end()).min(end).div_ceil(BLOCK);
        let mut read = 0;
        for block in first..last {
            let of_block = self.leaves(block * BLOCK, end.min((block + 1) * BLOCK))?;
            read += of_block.leaves();
            self.compare_block(block, &of_block, &head.frontier)?;
        }
        Ok(read)
    }

    fn compare_block(&self, block: u64, made: &Frontier, kept: &Frontier) -> Result<(), StoreError> {
        let good = if made.leaves() == BLOCK {
            self.block_hash(block)? == Some(made.root())
        } else {
            kept.peaks().ends_with(made.peaks())
        };
        let (from, to) = (block * BLOCK + 1, block * BLOCK + made.leaves());
        let why = "their bytes do not make the hash that was kept when they were written";
        if good { Ok(()) } else { Err(self.damaged(format!("at least one of the records {from} to {to}"), why)) }
    }

    fn block_hash(&self, block: u64) -> Result<Option<Hash>, StoreError> {
        let bytes = self.tables.get(Table::Merkle, &keys::merkle_block(block))?;
        Ok(bytes.and_then(|bytes| bytes.try_into().ok()))
    }

    /// The tree over positions `after + 1` to `end`, made from the bytes.
    fn leaves(&self, after: Position, end: Position) -> Result<Frontier, StoreError> {
        let mut frontier = Frontier::default();
        self.each_event_bytes(after + 1..end + 1, |_, bytes| {
            frontier.push(merkle::leaf(bytes));
            Ok(())
        })?;
        Ok(frontier)
    }

    /// The tree as it was when the log ended at this position: whole blocks from their kept hashes, the rest from
    /// the bytes.
    pub(crate) fn frontier_at(&self, position: Position) -> Result<Frontier, StoreError> {
        let (start, end) = (keys::merkle_block(0), keys::merkle_block(position / BLOCK));
        let mut frontier = Frontier::default();
        self.tables.scan(Table::Merkle, KeyRange::new(&start, &end), Direction::Forward, &mut |key, hash| {
            let expected = keys::merkle_block(frontier.leaves() / BLOCK);
            match Hash::try_from(hash) {
                Ok(hash) if key == expected => frontier.push_block(hash),
                _ => return ControlFlow::Break(()),
            }
            ControlFlow::Continue(())
        })?;
        if frontier.leaves() != position / BLOCK * BLOCK {
            return Err(self.damaged("the tree".into(), format!("node {} is missing", frontier.leaves() / BLOCK)));
        }
        self.each_event_bytes(frontier.leaves() + 1..position + 1, |_, bytes| {
            frontier.push(merkle::leaf(bytes));
            Ok(())
        })?;
        Ok(frontier)
    }

    /// Every stream counts 1, 2, 3, …, and the stream index knows the last.
    fn verify_versions(&self, end: Position) -> Result<(), StoreError> {
        let mut versions: HashMap<Arc<str>, u64> = HashMap::new();
        let mut decoder = Decoder::default();
        self.each_event_bytes(1..end + 1, |position, bytes| {
            let envelope = decoder.decode(bytes).map_err(|why| self.damaged_event(position, &why))?;
            let version = versions.entry(envelope.record.stream).or_default();
            *version += 1;
            if (envelope.position, envelope.version) == (position, *version) {
                return Ok(());
            }
            let why = format!("it says version {} at {}, expected {version}", envelope.version, envelope.position);
            Err(self.damaged_event(position, &why))
        })?;
        for (stream, version) in versions {
            let indexed = self.version_on_disk(&stream)?;
            if indexed < version {
                let why = format!("it ends at version {indexed}, the log holds {version}");
                return Err(self.damaged(format!("the index of stream {stream}"), why));
            }
        }
        Ok(())
    }
}
