//! The seam between the log and the place where its bytes are kept: ordered tables, written in whole batches.
//!
//! An implementor keeps bytes and knows nothing of records. [`crate::log::Log`] is written once, over this.

use std::ops::{ControlFlow, Range};

use crate::keys::Table;
use crate::{Direction, Head, StoreError};

/// Is shown a key and its value, and says whether to go on.
pub type Visit<'a> = &'a mut dyn FnMut(&[u8], &[u8]) -> ControlFlow<()>;

/// Ordered tables of keys and values.
pub trait Tables: Send + Sync {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError>;

    /// Shows the entries of a range in the order of their keys, or the other way round, until told to break.
    fn scan(&self, table: Table, range: KeyRange<'_>, direction: Direction, visit: Visit<'_>)
    -> Result<(), StoreError>;

    /// Writes everything that `fill` puts into the batch, or nothing; it is on disk when this returns.
    fn write(&self, fill: &mut dyn FnMut(&mut dyn Batch)) -> Result<(), StoreError>;

    /// Told after a write that moved the head.
    fn committed(&self, head: Head) -> Result<(), StoreError>;

    /// Where this is, for messages.
    fn place(&self) -> String;
}

/// Changes that are made together, in the order in which they are told.
pub trait Batch {
    fn put(&mut self, table: Table, key: &[u8], value: &[u8]);
    fn delete(&mut self, table: Table, key: &[u8]);
    fn delete_range(&mut self, table: Table, range: Range<&[u8]>);
}

/// Keys from `start` on, up to and without `end`; no end: up to the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyRange<'a> {
    pub start: &'a [u8],
    pub end: Option<&'a [u8]>,
}

impl<'a> KeyRange<'a> {
    pub fn new(start: &'a [u8], end: &'a [u8]) -> KeyRange<'a> {
        KeyRange { start, end: Some(end) }
    }

    /// No key lies in it.
    pub fn is_empty(&self) -> bool {
        self.end.is_some_and(|end| end <= self.start)
    }
}
