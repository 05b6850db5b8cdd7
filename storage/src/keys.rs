//! Every key that a store has on disk, allotted once. A table, kind or layout is never reused for something else;
//! one that is retired keeps its line here.
//!
//! Numbers in keys are big-endian, so that keys sort like the numbers they hold.
//!
//! | Table | Key | Value |
//! |---|---|---|
//! | `events` | position (8) | envelope bytes, see [`crate::envelope`] |
//! | `streams` | stream name, `00`, first version (8) | where that stream's versions of one write are, see `runs` |
//! | `views` | kind (2 letters), bytes | the caller's |
//! | `outputs` | output key (24), pipe (1) | how much was written and what was cut, see `outputs` |
//! | `outputs` | output key (24), pipe (1), offset (8) | bytes |
//! | `snapshots` | name, `00`, position (8) | schema (4), SHA-256 (32), bytes |
//! | `merkle` | level (1, always 8), index (8) | hash of 256 consecutive leaves |
//! | `meta` | `fv` | format version of the store (4) |
//! | `meta` | `hd` | head record: position, root, frontier, see `log::head_record` |
//!
//! The two-letter kinds of views are the caller's to allot, in one file of its own.

use crate::{OutputKey, Pipe, Position};

/// A part of a store with a key space of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Table {
    Events,
    Streams,
    Views,
    Outputs,
    Snapshots,
    Merkle,
    Meta,
}

impl Table {
    pub const ALL: [Table; 7] =
        [Table::Events, Table::Streams, Table::Views, Table::Outputs, Table::Snapshots, Table::Merkle, Table::Meta];

    /// Its name on disk.
    pub fn name(self) -> &'static str {
        match self {
            Table::Events => "events",
            Table::Streams => "streams",
            Table::Views => "views",
            Table::Outputs => "outputs",
            Table::Snapshots => "snapshots",
            Table::Merkle => "merkle",
            Table::Meta => "meta",
        }
    }
}

/// In `meta`: the format version of the store.
pub const META_FORMAT: &[u8] = b"fv";

/// In `meta`: the head record.
pub const META_HEAD: &[u8] = b"hd";

pub fn event(position: Position) -> [u8; 8] {
    position.to_be_bytes()
}

/// Where the versions of a stream from `first_version` on are listed.
pub fn stream_run(stream: &str, first_version: u64) -> Vec<u8> {
    named(stream, first_version)
}

pub fn snapshot(name: &str, position: Position) -> Vec<u8> {
    named(name, position)
}

fn named(name: &str, number: u64) -> Vec<u8> {
    let mut key = Vec::with_capacity(name.len() + 9);
    key.extend_from_slice(name.as_bytes());
    key.push(0);
    key.extend_from_slice(&number.to_be_bytes());
    key
}

pub fn output_state(key: &OutputKey, pipe: Pipe) -> [u8; 25] {
    let mut bytes = [0; 25];
    bytes[..24].copy_from_slice(key);
    bytes[24] = match pipe {
        Pipe::Out => 1,
        Pipe::Err => 2,
    };
    bytes
}

pub fn output_piece(key: &OutputKey, pipe: Pipe, offset: u64) -> [u8; 33] {
    let mut bytes = [0; 33];
    bytes[..25].copy_from_slice(&output_state(key, pipe));
    bytes[25..].copy_from_slice(&offset.to_be_bytes());
    bytes
}

/// The hash over leaves `256 × index` to `256 × index + 255`.
pub fn merkle_block(index: u64) -> [u8; 9] {
    let mut bytes = [crate::merkle::BLOCK_LEVEL; 9];
    bytes[1..].copy_from_slice(&index.to_be_bytes());
    bytes
}

/// The number in the last eight bytes of a key; `None` if the key is too short to hold one.
pub fn trailing_number(key: &[u8]) -> Option<u64> {
    key.last_chunk::<8>().map(|bytes| u64::from_be_bytes(*bytes))
}

/// The least key that is greater than every key with this prefix; `None` if there is none.
pub fn end_of_prefix(prefix: &[u8]) -> Option<Vec<u8>> {
    let kept = prefix.iter().rposition(|&byte| byte != 0xff)?;
    let mut end = prefix[..=kept].to_vec();
    end[kept] += 1;
    Some(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_sort_like_their_numbers() {
        assert!(event(255) < event(256));
        assert!(stream_run("a", 9) < stream_run("a", 10));
        assert!(stream_run("a", u64::MAX) < stream_run("a/b", 1), "a stream never interleaves with a longer name");
        assert!(output_state(&[7; 24], Pipe::Out)[..] < output_piece(&[7; 24], Pipe::Out, 0)[..]);
        assert!(output_piece(&[7; 24], Pipe::Out, u64::MAX)[..] < output_state(&[7; 24], Pipe::Err)[..]);
    }

    #[test]
    fn the_end_of_a_prefix_is_just_behind_it() {
        assert_eq!(end_of_prefix(b"ab"), Some(b"ac".to_vec()));
        assert_eq!(end_of_prefix(&[1, 0xff, 0xff]), Some(vec![2]));
        assert_eq!(end_of_prefix(&[0xff]), None);
        assert_eq!(end_of_prefix(b""), None);
    }

    #[test]
    fn table_names_are_what_is_on_disk() {
        let names: Vec<_> = Table::ALL.iter().map(|table| table.name()).collect();
        assert_eq!(names, ["events", "streams", "views", "outputs", "snapshots", "merkle", "meta"]);
    }
}
