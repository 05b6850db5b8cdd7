//! The values a store takes in and gives back: records, envelopes, groups, changes of views, pieces of output.
//!
//! Plain data, no behaviour beyond building it. How a record looks as bytes is in [`crate::envelope`].

use std::sync::Arc;

/// Place of a record in the whole log: 1, 2, 3, … without gaps. 0 stands for "before the first record".
pub type Position = u64;

/// Id of the request that led to a record, for de-duplication by the caller. All zero: there was none.
pub type CommandId = [u8; 16];

/// Name of one output. The first 16 bytes name what outputs are kept and deleted together for, the last 8 the output
/// within it; the store itself only ever compares and prefixes them.
pub type OutputKey = [u8; 24];

/// One fact to be appended: everything but position, version and checksum, which the store assigns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The stream it belongs to, e.g. `template/patch-server`. 1–255 bytes, no zero byte.
    pub stream: Arc<str>,
    /// What happened, e.g. `HostAdmitted`. 1–255 bytes.
    pub kind: Arc<str>,
    /// Version of the payload's shape, for up-casting on read.
    pub schema: u16,
    /// Milliseconds since 1970-01-01 UTC, by the caller's clock.
    pub recorded_at_ms: u64,
    /// Who caused it: `user:alice`, `token:ci`, `schedule:nightly`, `rule:disk-full`, `system`. 0–255 bytes.
    pub actor: Arc<str>,
    /// From where: `cli`, `10.0.0.7`, or empty. 0–255 bytes.
    pub origin: Arc<str>,
    /// The request it answers; all zero: none.
    pub command: CommandId,
    /// Position of the record that caused it; 0: none.
    pub causation: Position,
    /// JSON text, at most [`crate::envelope::MAX_PAYLOAD`] bytes. The store never looks into it.
    pub payload: Vec<u8>,
}

/// A record at the place it was given. It never changes again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// 1-based, consecutive over the whole log.
    pub position: Position,
    /// 1-based, consecutive within [`Record::stream`].
    pub version: u64,
    pub record: Record,
}

/// What is appended together or not at all: one write batch, one sync.
///
/// ```
/// use storage::Group;
/// let nothing = Group::default();
/// assert!(nothing.records.is_empty() && nothing.views.is_empty() && nothing.outputs.is_empty());
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Group {
    /// Streams that must be at these versions before the group, or the whole group is refused.
    pub expected: Vec<ExpectedVersion>,
    pub records: Vec<Record>,
    /// Applied in order; the last change of a key wins.
    pub views: Vec<ViewChange>,
    /// Pieces of output, durable together with the records that refer to them.
    pub outputs: Vec<OutputChunk>,
}

impl Group {
    /// A group of nothing but these records.
    pub fn of(records: Vec<Record>) -> Group {
        Group { records, ..Group::default() }
    }

    /// Bytes of everything a caller put in, without headers: what a limit on batches counts.
    pub fn size_bytes(&self) -> usize {
        let records: usize = self.records.iter().map(|record| record.payload.len() + 160).sum();
        let views: usize = self.views.iter().map(ViewChange::size_bytes).sum();
        let outputs: usize = self.outputs.iter().map(|chunk| chunk.bytes.len() + 64).sum();
        records + views + outputs
    }
}

/// The version a stream must be at for a group to be accepted; 0: it must not exist yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpectedVersion {
    pub stream: Arc<str>,
    pub version: u64,
}

/// One change of a view. A key is a two-letter kind (`a`–`z`) followed by any bytes, at most 1,024 in all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ViewChange {
    Put(Vec<u8>, Vec<u8>),
    Delete(Vec<u8>),
}

impl ViewChange {
    pub fn key(&self) -> &[u8] {
        match self {
            ViewChange::Put(key, _) | ViewChange::Delete(key) => key,
        }
    }

    fn size_bytes(&self) -> usize {
        match self {
            ViewChange::Put(key, value) => key.len() + value.len(),
            ViewChange::Delete(key) => key.len(),
        }
    }
}

/// Which of a script's two outputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Pipe {
    Out,
    Err,
}

/// Bytes that a script wrote, starting at `offset` of everything it wrote to that pipe.
///
/// What lies before the end of what is stored already is taken as the same bytes told again, and left out. What
/// lies beyond it leaves a gap, which reading shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutputChunk {
    pub key: OutputKey,
    pub pipe: Pipe,
    pub offset: u64,
    pub bytes: Vec<u8>,
}
