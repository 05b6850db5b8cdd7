//! The head record: where the log ends and the right edge of its tree, written in the same batch as the events.
//!
//! Bytes: format (1), position (8), root (32), one hash (32) for each bit set in the position, CRC-32 (4).

use crate::keys::{self, Table};
use crate::merkle::{Frontier, Hash};
use crate::tables::Tables;
use crate::{Head, StoreError};

const FORMAT: u8 = 1;

#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct HeadRecord {
    pub(super) frontier: Frontier,
}

impl HeadRecord {
    pub(super) fn read(tables: &impl Tables) -> Result<HeadRecord, StoreError> {
        let damaged = |why| StoreError::damaged(format!("the head record in {}", tables.place()), why);
        let bytes = tables.get(Table::Meta, keys::META_HEAD)?.ok_or_else(|| damaged("it is not there"))?;
        decode(&bytes).map_err(damaged)
    }

    pub(super) fn head(&self) -> Head {
        Head { position: self.frontier.leaves(), root: self.frontier.root() }
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        encode(&self.frontier, &self.frontier.root())
    }
}

/// The record of this frontier, whose root is known already.
pub(super) fn encode(frontier: &Frontier, root: &Hash) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(45 + frontier.peaks().len() * 32);
    bytes.push(FORMAT);
    bytes.extend_from_slice(&frontier.leaves().to_be_bytes());
    bytes.extend_from_slice(root);
    bytes.extend_from_slice(frontier.peaks().as_flattened());
    let checksum = crc32fast::hash(&bytes);
    bytes.extend_from_slice(&checksum.to_be_bytes());
    bytes
}

fn decode(bytes: &[u8]) -> Result<HeadRecord, &'static str> {
    let (body, checksum) = bytes.split_last_chunk::<4>().ok_or("it is too short")?;
    if crc32fast::hash(body) != u32::from_be_bytes(*checksum) {
        return Err("its checksum does not fit");
    }
    let (&[format], body) = body.split_first_chunk::<1>().ok_or("it is too short")?;
    if format != FORMAT {
        return Err("its format is not known");
    }
    let (position, body) = body.split_first_chunk::<8>().ok_or("it is too short")?;
    let (root, peaks) = body.split_first_chunk::<32>().ok_or("it is too short")?;
    let (peaks, []) = peaks.as_chunks::<32>() else { return Err("it has half a hash") };
    let frontier = Frontier::kept(u64::from_be_bytes(*position), peaks.to_vec())
        .ok_or("it has another number of hashes than its position needs")?;
    if frontier.root() != *root {
        return Err("its hashes do not make its root");
    }
    Ok(HeadRecord { frontier })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::merkle;

    #[test]
    fn a_head_record_survives_its_bytes_and_no_change_of_them() {
        let mut record = HeadRecord::default();
        (0..300u32).for_each(|n| _ = record.frontier.push(merkle::leaf(&n.to_be_bytes())));
        let bytes = record.encode();
        assert_eq!(decode(&bytes), Ok(record));
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            assert!(decode(&changed).is_err(), "byte {at}");
            assert!(decode(&bytes[..at]).is_err(), "cut at {at}");
        }
    }
}
