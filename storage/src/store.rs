//! What every store promises: the trait [`EventStore`] and the values of its answers.
//!
//! [`crate::conformance`] checks the promises; nothing here knows how they are kept.

use crate::{Envelope, Group, OutputKey, Pipe, Position, StoreError};

/// An append-only log with views, outputs and snapshots beside it.
///
/// All methods block; `append` until the group is on disk. Reads see what is durable and nothing else. Once a head
/// can be seen, so can everything written with it; views may show the next write a moment before its head does.
pub trait EventStore: Send + Sync {
    /// Appends groups in order, in one write and one sync, and answers each.
    ///
    /// A refused group (wrong version, over a limit) leaves nothing behind and does not touch the others. The head
    /// of every answer is that of the whole write: everything up to its position is durable.
    ///
    /// After an error of the disk every later append answers [`StoreError::Stopped`]; nothing is tried again.
    fn append_all(&self, groups: Vec<Group>) -> Vec<Result<Head, StoreError>>;

    /// Appends one group: all of it or nothing. It is durable when this returns.
    fn append(&self, group: Group) -> Result<Head, StoreError> {
        self.append_all(vec![group]).pop().unwrap_or_else(|| Err(StoreError::stopped("the store gave no answer")))
    }

    /// The last durable position and the root of the tree over everything up to it.
    fn head(&self) -> Head;

    /// Up to `limit` envelopes after a position (0: from the first), in the order of the log.
    fn read(&self, after: Position, limit: usize) -> Result<Vec<Envelope>, StoreError>;

    /// Up to `limit` envelopes of one stream after a version (0: from the first). Empty for an unknown stream.
    fn read_stream(&self, stream: &str, after_version: u64, limit: usize) -> Result<Vec<Envelope>, StoreError>;

    /// The last version of a stream; 0 for an unknown one.
    fn stream_version(&self, stream: &str) -> Result<u64, StoreError>;

    /// The value of one view.
    fn view(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError>;

    /// Keys and values of the views under a prefix, in the order of their keys' bytes.
    fn scan_views(&self, scan: &ViewScan) -> Result<Vec<View>, StoreError>;

    /// What is kept of an output at or after `from`, in one piece of at most `limit` bytes.
    fn read_output(&self, key: &OutputKey, pipe: Pipe, from: u64, limit: usize) -> Result<OutputSlice, StoreError>;

    /// Deletes every output whose key starts with these bytes.
    fn delete_outputs(&self, prefix: &[u8]) -> Result<(), StoreError>;

    /// Keeps a snapshot under a name, durably; of each name the last three by position are kept.
    fn put_snapshot(&self, name: &str, snapshot: &Snapshot) -> Result<(), StoreError>;

    /// The newest snapshot of that name which has this schema number, is not ahead of the log, and whose bytes are
    /// the ones that were put. Others are passed over.
    fn newest_snapshot(&self, name: &str, schema: u32) -> Result<Option<Snapshot>, StoreError>;

    /// Makes the tree again from the bytes of every envelope there is when it begins, and compares it with what was kept.
    /// `told` hears after every 256 records up to where they were found good. Answers the head that was proved;
    /// [`StoreError::Damaged`] says where something is not as it was written. Reads the whole log.
    fn verify_log(&self, told: &mut dyn FnMut(Position)) -> Result<Head, StoreError>;

    /// Proves that the record at a position is part of the log as it ends now; `None` where the log does not reach it. The
    /// bytes are those on disk, good or not: whoever makes the root of the proof from them knows.
    fn prove(&self, position: Position) -> Result<Option<InclusionProof>, StoreError>;
}

/// What proves that a record is in the log: RFC 6962, section 2.1.1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InclusionProof {
    /// Which record; its leaf is the one before.
    pub position: Position,
    /// The bytes of its envelope.
    pub bytes: Vec<u8>,
    /// The hash of its leaf: SHA-256 of `00` and the bytes.
    pub leaf: [u8; 32],
    /// The hashes beside the way from the leaf to the root, the lowest first.
    pub path: Vec<[u8; 32]>,
    /// The end of the log whose root they lead to.
    pub head: Head,
}

/// The end of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// Position of the last durable record; 0 for an empty log.
    pub position: Position,
    /// RFC 6962 SHA-256 tree hash over the bytes of all envelopes up to it.
    pub root: [u8; 32],
}

/// Key and value of a view.
pub type View = (Vec<u8>, Vec<u8>);

/// Which views to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ViewScan {
    pub prefix: Vec<u8>,
    /// Start behind this key (before it when going backward).
    pub after: Option<Vec<u8>>,
    pub limit: usize,
    pub direction: Direction,
}

impl ViewScan {
    /// The first `limit` views under a prefix.
    pub fn under(prefix: impl Into<Vec<u8>>, limit: usize) -> ViewScan {
        ViewScan { prefix: prefix.into(), after: None, limit, direction: Direction::Forward }
    }

    /// The same, continued behind a key seen before.
    pub fn after(self, key: impl Into<Vec<u8>>) -> ViewScan {
        ViewScan { after: Some(key.into()), ..self }
    }

    /// The same, from the greatest key down.
    pub fn backward(self) -> ViewScan {
        ViewScan { direction: Direction::Backward, ..self }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    Forward,
    Backward,
}

/// A piece of an output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutputSlice {
    /// Where the piece starts; later than asked for if what lies between was cut or never came.
    pub offset: u64,
    /// Empty at the end of what is kept.
    pub bytes: Vec<u8>,
    /// Length of everything that was written to the pipe, kept or not.
    pub total: u64,
    /// What was left out between head and tail because the output is over the cap.
    pub cut: Option<std::ops::Range<u64>>,
}

/// State folded from the log up to a position, so that opening need not read everything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// Number of the shape of `bytes`; a reader that knows another one passes this snapshot over.
    pub schema: u32,
    /// The last record that is folded in.
    pub position: Position,
    pub bytes: Vec<u8>,
}
