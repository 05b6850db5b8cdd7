//! Remembers: an append-only log of records in streams, views that change with it, outputs and snapshots beside it.
//!
//! The promise: what [`EventStore::append`] has returned is on disk, in one piece, at the position it was given, for
//! ever; and a store that cannot prove this when it is opened refuses to open and says what to do.
//!
//! Never found here: what a record *means* (payloads are bytes), a clock (times are handed in), an async runtime (the
//! store has its own threads), or the network.
//!
//! | Module | Holds |
//! |---|---|
//! | [`record`] | the values that go in and come out |
//! | [`envelope`] | how a record is written as bytes, for ever |
//! | [`keys`] | every key that is on disk, allotted once |
//! | [`merkle`] | the tree of hashes over all envelopes |
//! | [`store`] | the trait [`EventStore`] and what it promises |
//! | [`memory`], [`rocks`] | its two implementations |
//! | [`conformance`] | the suite that both must pass |
//! | [`writer`] | the thread that turns many small groups into few synced writes |
//! | [`backup`], [`space`] | copies of a store, and room for it |

pub mod backup;
pub mod conformance;
pub mod envelope;
pub mod error;
pub mod keys;
pub mod log;
pub mod memory;
pub mod merkle;
pub mod outputs;
pub mod record;
pub mod rocks;
mod runs;
pub mod space;
pub mod store;
pub mod tables;
pub mod writer;

pub use error::StoreError;
pub use log::Log;
pub use memory::MemoryStore;
pub use outputs::OutputCap;
pub use record::{
    CommandId, Envelope, ExpectedVersion, Group, OutputChunk, OutputKey, Pipe, Position, Record, ViewChange,
};
pub use rocks::{Options, RocksStore};
pub use space::{Space, SpaceLevel, SpaceLimits};
pub use store::{Direction, EventStore, Head, InclusionProof, OutputSlice, Snapshot, View, ViewScan};
pub use writer::{Writer, WriterLimits};
