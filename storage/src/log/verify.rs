//! Proving the log against its tree: hashes are made again from the bytes and compared with those that were kept.

use std::collections::HashMap;
use std::ops::{ControlFlow, Range, RangeInclusive};
use std::sync::Arc;

use super::{HeadRecord, Log};
use crate::envelope::Decoder;
use crate::keys::{self, Table};
use crate::merkle::{self, BLOCK, Frontier, Hash};
use crate::store::{Direction, EventStore, InclusionProof};
use crate::tables::{KeyRange, Tables};
use crate::{Head, Position, StoreError};

impl<T: Tables> Log<T> {
    /// Reads everything: every envelope's bytes against the tree, positions and versions without gaps, the kept
    /// nodes and the head record against the root. Returns the head that was proved.
    pub fn verify_all(&self) -> Result<Head, StoreError> {
        self.verify_telling(&mut |_| ())
    }

    /// The same; `told` hears after every 256 records up to where they were found good.
    pub(super) fn verify_telling(&self, told: &mut dyn FnMut(Position)) -> Result<Head, StoreError> {
        let kept = HeadRecord::read(&self.tables)?;
        let head = kept.head();
        let (mut tree, mut versions) = (Frontier::default(), Versions::default());
        for block in 0..head.position.div_ceil(BLOCK) {
            let end = head.position.min((block + 1) * BLOCK);
            let leaves = self.leaves_in_order(block * BLOCK, end, &mut versions)?;
            self.compare_block(block, &over(&leaves), &kept.frontier)?;
            leaves.into_iter().for_each(|leaf| _ = tree.push(leaf));
            told(end);
        }
        if tree.root() != head.root {
            return Err(
                self.damaged("the tree".into(), "the bytes of the records do not make the root in the head record")
            );
        }
        self.compare_index(versions.last)?;
        Ok(head)
    }

    /// Proves that the record at a position is in the log as it ends now; `None` where the log does not reach it.
    pub(super) fn prove_record(&self, position: Position) -> Result<Option<InclusionProof>, StoreError> {
        let head = self.head();
        if !(1..=head.position).contains(&position) {
            return Ok(None);
        }
        let bytes = self.tables.get(Table::Events, &keys::event(position))?;
        let bytes = bytes.ok_or_else(|| self.damaged_event(position, &"it is missing"))?;
        let subtree = |leaves| self.frontier_over(leaves).map(|frontier| frontier.root());
        let path = merkle::path(position - 1, head.position, subtree)?;
        Ok(Some(InclusionProof { position, leaf: merkle::leaf(&bytes), bytes, path, head }))
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

    /// The leaves of positions `after + 1` to `end`, whose envelopes can be read and are counted in.
    fn leaves_in_order(&self, after: Position, end: Position, seen: &mut Versions) -> Result<Vec<Hash>, StoreError> {
        let mut leaves = Vec::with_capacity((end - after) as usize);
        self.each_event_bytes(after + 1..end + 1, |position, bytes| {
            leaves.push(merkle::leaf(bytes));
            seen.count(position, bytes).map_err(|why| self.damaged_event(position, &why))
        })?;
        Ok(leaves)
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
        self.frontier_over(0..position)
    }

    /// The tree over a range of leaves alone. Where it begins with a block, whole blocks come from their kept hashes.
    fn frontier_over(&self, leaves: Range<u64>) -> Result<Frontier, StoreError> {
        let first = leaves.start.div_ceil(BLOCK);
        let blocks = if leaves.start.is_multiple_of(BLOCK) { first..leaves.end / BLOCK } else { first..first };
        let (start, end) = (keys::merkle_block(blocks.start), keys::merkle_block(blocks.end));
        let mut frontier = Frontier::default();
        self.tables.scan(Table::Merkle, KeyRange::new(&start, &end), Direction::Forward, &mut |key, hash| {
            let expected = keys::merkle_block(blocks.start + frontier.leaves() / BLOCK);
            match Hash::try_from(hash) {
                Ok(hash) if key == expected => frontier.push_block(hash),
                _ => return ControlFlow::Break(()),
            }
            ControlFlow::Continue(())
        })?;
        let found = frontier.leaves() / BLOCK;
        if blocks.start + found != blocks.end {
            return Err(self.damaged("the tree".into(), format!("node {} is missing", blocks.start + found)));
        }
        self.each_event_bytes(leaves.start + frontier.leaves() + 1..leaves.end + 1, |_, bytes| {
            frontier.push(merkle::leaf(bytes));
            Ok(())
        })?;
        Ok(frontier)
    }

    /// The stream index knows the last version of every stream.
    fn compare_index(&self, last: HashMap<Arc<str>, u64>) -> Result<(), StoreError> {
        for (stream, version) in last {
            let indexed = self.version_on_disk(&stream)?;
            if indexed < version {
                let why = format!("it ends at version {indexed}, the log holds {version}");
                return Err(self.damaged(format!("the index of stream {stream}"), why));
            }
        }
        Ok(())
    }
}

fn over(leaves: &[Hash]) -> Frontier {
    let mut frontier = Frontier::default();
    leaves.iter().for_each(|leaf| _ = frontier.push(*leaf));
    frontier
}

/// Sees to it that every stream counts 1, 2, 3, …
#[derive(Default)]
struct Versions {
    last: HashMap<Arc<str>, u64>,
    decoder: Decoder,
}

impl Versions {
    /// Counts the envelope at a position in; otherwise says what is wrong with it.
    fn count(&mut self, position: Position, bytes: &[u8]) -> Result<(), String> {
        let envelope = self.decoder.decode(bytes).map_err(|why| why.to_string())?;
        let version = self.last.entry(envelope.record.stream).or_default();
        *version += 1;
        if (envelope.position, envelope.version) == (position, *version) {
            return Ok(());
        }
        Err(format!("it says version {} at {}, expected {version}", envelope.version, envelope.position))
    }
}
