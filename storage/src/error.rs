//! What can go wrong, in words for the person who has to act: the thing, the reason, the next step.

use std::path::Path;

use crate::Position;

/// Why a store did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The group was refused; nothing of it is stored.
    #[error("stream {stream} is at version {actual}, not {expected}: read it again and decide anew")]
    WrongVersion { stream: String, expected: u64, actual: u64 },

    /// The caller broke a limit or a rule; nothing of the group is stored.
    #[error("{what} was refused: {why}")]
    Refused { what: String, why: String },

    /// The store writes no more, because an earlier write failed. Only opening it again helps.
    #[error("the store stopped writing: {why}; mend the cause and start again, what was acknowledged is safe")]
    Stopped { why: String },

    /// The store was opened for reading.
    #[error("the store in {folder} was opened for reading only; open it for writing in one process at a time")]
    ReadOnly { folder: String },

    /// Another process has the store open.
    #[error("the store in {folder} is in use by another process ({why}); stop that one, or use another folder")]
    InUse { folder: String, why: String },

    /// Records that had been acknowledged are gone.
    #[error(
        "the log in {folder} ends at position {found}, but {expected} was acknowledged: {} records are lost, {} to \
         {expected}; nothing was changed. Keep a copy of the folder, then restore a backup into an empty one",
        expected - found, found + 1
    )]
    Truncated { folder: String, expected: Position, found: Position },

    /// Bytes on disk are not what was written.
    #[error("{place} is damaged: {why}. Keep a copy of the folder, then restore a backup into an empty one")]
    Damaged { place: String, why: String },

    /// A later version of the program wrote this store.
    #[error("the store in {folder} has format {found}, this program knows up to {known}: use the newer program")]
    Newer { folder: String, found: u32, known: u32 },

    /// The folder is not one that can be used for this.
    #[error("{folder} cannot be used: {why}")]
    Unusable { folder: String, why: String },

    /// The disk or the database failed to read or write.
    #[error("{doing} failed in {place}: {why}")]
    Disk { doing: &'static str, place: String, why: String },
}

impl StoreError {
    pub fn stopped(why: impl Into<String>) -> StoreError {
        StoreError::Stopped { why: why.into() }
    }

    pub(crate) fn refused(what: impl Into<String>, why: impl Into<String>) -> StoreError {
        StoreError::Refused { what: what.into(), why: why.into() }
    }

    pub(crate) fn damaged(place: impl Into<String>, why: impl Into<String>) -> StoreError {
        StoreError::Damaged { place: place.into(), why: why.into() }
    }

    pub(crate) fn disk(doing: &'static str, place: &Path, why: impl ToString) -> StoreError {
        StoreError::Disk { doing, place: place.display().to_string(), why: why.to_string() }
    }

    pub(crate) fn unusable(folder: &Path, why: impl Into<String>) -> StoreError {
        StoreError::Unusable { folder: folder.display().to_string(), why: why.into() }
    }
}
