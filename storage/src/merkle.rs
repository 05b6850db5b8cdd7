//! The tree of hashes over the log: RFC 6962, SHA-256. Leaf `n` is the envelope at position `n + 1`.
//!
//! Only arithmetic on hashes: never found here are envelopes, keys or a place to keep nodes.

use sha2::{Digest, Sha256};
use std::ops::Range;

pub type Hash = [u8; 32];

/// Level of the nodes that a store keeps: each covers `2^8 = 256` leaves. Everything below is made again from the
/// envelopes, everything above from these.
pub const BLOCK_LEVEL: u8 = 8;

/// Leaves under one kept node.
pub const BLOCK: u64 = 1 << BLOCK_LEVEL;

/// Hash of a leaf: SHA-256 of `00` and its bytes.
pub fn leaf(bytes: &[u8]) -> Hash {
    Sha256::new().chain_update([0]).chain_update(bytes).finalize().into()
}

/// Hash of an inner node: SHA-256 of `01` and its two children.
pub fn join(left: &Hash, right: &Hash) -> Hash {
    Sha256::new().chain_update([1]).chain_update(left).chain_update(right).finalize().into()
}

/// What leads from a leaf to the root of a tree of so many leaves: the hashes that stand beside the way, the lowest first
/// (RFC 6962, section 2.1.1). `subtree` makes the hash of a range of leaves.
pub fn path<E>(leaf: u64, leaves: u64, mut subtree: impl FnMut(Range<u64>) -> Result<Hash, E>) -> Result<Vec<Hash>, E> {
    let (mut under, mut path) = (0..leaves, Vec::new());
    while under.end - under.start > 1 {
        let middle = under.start + (under.end - under.start).next_power_of_two() / 2;
        let (left, right) = (under.start..middle, middle..under.end);
        let (way, beside) = if leaf < middle { (left, right) } else { (right, left) };
        path.push(subtree(beside)?);
        under = way;
    }
    path.reverse();
    Ok(path)
}

/// The right edge of a tree that grows: the hash of every full subtree that is not yet part of a greater one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Frontier {
    leaves: u64,
    /// One hash for each bit that is set in `leaves`, the greatest subtree first.
    peaks: Vec<Hash>,
}

impl Frontier {
    /// Takes up a frontier that was kept; `None` if the number of hashes does not fit the number of leaves.
    pub fn kept(leaves: u64, peaks: Vec<Hash>) -> Option<Frontier> {
        (peaks.len() == leaves.count_ones() as usize).then_some(Frontier { leaves, peaks })
    }

    /// How many leaves the tree has.
    pub fn leaves(&self) -> u64 {
        self.leaves
    }

    /// Hashes of the full subtrees, the greatest first.
    pub fn peaks(&self) -> &[Hash] {
        &self.peaks
    }

    /// Adds a leaf. If that fills a block of 256 leaves, returns the block's index and hash.
    pub fn push(&mut self, leaf: Hash) -> Option<(u64, Hash)> {
        let index = self.leaves >> BLOCK_LEVEL;
        self.add(leaf, 0).map(|block| (index, block))
    }

    /// Adds a whole block of 256 leaves by its hash. The tree has only whole blocks so far.
    pub fn push_block(&mut self, block: Hash) {
        debug_assert_eq!(self.leaves % BLOCK, 0);
        self.add(block, BLOCK_LEVEL);
    }

    /// Adds a full subtree of `2^level` leaves, joining it with its equals; returns the node made at block level.
    fn add(&mut self, mut hash: Hash, mut level: u8) -> Option<Hash> {
        let added = 1 << level;
        let mut block = None;
        while self.leaves >> level & 1 == 1
            && let Some(left) = self.peaks.pop()
        {
            hash = join(&left, &hash);
            level += 1;
            if level == BLOCK_LEVEL {
                block = Some(hash);
            }
        }
        self.peaks.push(hash);
        self.leaves += added;
        block
    }

    /// Hash of the whole tree; of the empty one SHA-256 of nothing.
    pub fn root(&self) -> Hash {
        let mut peaks = self.peaks.iter().rev();
        let Some(&least) = peaks.next() else { return Sha256::digest([]).into() };
        peaks.fold(least, |right, left| join(left, &right))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The definition in RFC 6962, section 2.1, word for word: split at the greatest power of two below the length.
    fn by_definition(leaves: &[Vec<u8>]) -> Hash {
        match leaves {
            [] => Sha256::digest([]).into(),
            [one] => leaf(one),
            many => {
                let (left, right) = many.split_at(many.len().next_power_of_two() / 2);
                join(&by_definition(left), &by_definition(right))
            }
        }
    }

    fn leaves(count: usize) -> Vec<Vec<u8>> {
        (0..count).map(|n| format!("leaf {n}").into_bytes()).collect()
    }

    #[test]
    fn the_frontier_makes_the_root_of_the_definition() {
        let leaves = leaves(600);
        let mut frontier = Frontier::default();
        for count in 0..=leaves.len() {
            assert_eq!(frontier.root(), by_definition(&leaves[..count]), "{count} leaves");
            if let Some(next) = leaves.get(count) {
                frontier.push(leaf(next));
            }
        }
    }

    /// The root that a path makes of a leaf, as the definition of the path says it from the root down.
    fn root_by(leaf: Hash, index: usize, leaves: usize, path: &[Hash]) -> Hash {
        let Some((last, below)) = path.split_last() else { return leaf };
        let left = leaves.next_power_of_two() / 2;
        match index < left {
            true => join(&root_by(leaf, index, left, below), last),
            false => join(last, &root_by(leaf, index - left, leaves - left, below)),
        }
    }

    #[test]
    fn a_path_makes_the_root_of_the_definition_of_its_own_leaf_and_of_no_other() {
        let leaves = leaves(300);
        for count in (1..=70).chain([127, 128, 129, 255, 256, 257, 300]) {
            let known = &leaves[..count];
            for index in 0..count {
                let subtree = |range: Range<u64>| Ok(by_definition(&known[range.start as usize..range.end as usize]));
                let path = path::<()>(index as u64, count as u64, subtree).expect("subtrees are made");
                let root = root_by(leaf(&known[index]), index, count, &path);
                assert_eq!(root, by_definition(known), "leaf {index} of {count}");
                assert_ne!(root_by(leaf(b"another"), index, count, &path), by_definition(known));
                assert!(path.len() <= count.next_power_of_two().ilog2() as usize, "leaf {index} of {count}");
            }
        }
    }

    #[test]
    fn a_full_block_is_told_once_and_can_stand_for_its_leaves() {
        let leaves = leaves(1000);
        let mut frontier = Frontier::default();
        let blocks: Vec<_> = leaves.iter().filter_map(|bytes| frontier.push(leaf(bytes))).collect();
        assert_eq!(blocks.iter().map(|(index, _)| *index).collect::<Vec<_>>(), [0, 1, 2]);
        assert_eq!(blocks[1].1, by_definition(&leaves[256..512]));

        let mut from_blocks = Frontier::default();
        blocks.iter().for_each(|(_, hash)| from_blocks.push_block(*hash));
        leaves[768..].iter().for_each(|bytes| _ = from_blocks.push(leaf(bytes)));
        assert_eq!(from_blocks, frontier);
    }

    #[test]
    fn a_kept_frontier_must_fit_its_size() {
        assert!(Frontier::kept(5, vec![[0; 32]; 2]).is_some());
        assert!(Frontier::kept(5, vec![[0; 32]; 3]).is_none());
    }
}
