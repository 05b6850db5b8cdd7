//! Snapshots: three of each name, each with the hash of what it says, so that a damaged one is passed over.

use std::ops::ControlFlow;

use sha2::{Digest, Sha256};

use super::Log;
use crate::keys::{self, Table};
use crate::store::{Direction, EventStore, Snapshot};
use crate::tables::{KeyRange, Tables};
use crate::{Position, StoreError};

/// How many snapshots of one name are kept.
const KEPT: usize = 3;

impl<T: Tables> Log<T> {
    pub(super) fn keep_snapshot(&self, name: &str, snapshot: &Snapshot) -> Result<(), StoreError> {
        self.check_running()?;
        self.check_snapshot(name, snapshot)?;
        let mut positions = self.snapshot_positions(name)?;
        positions.retain(|position| *position != snapshot.position);
        positions.push(snapshot.position);
        positions.sort_unstable_by(|a, b| b.cmp(a));
        let value = encode(name, snapshot);
        self.tables
            .write(&mut |batch| {
                batch.put(Table::Snapshots, &keys::snapshot(name, snapshot.position), &value);
                for old in positions.iter().skip(KEPT) {
                    batch.delete(Table::Snapshots, &keys::snapshot(name, *old));
                }
            })
            .map_err(|error| self.write_failed(error))
    }

    fn check_snapshot(&self, name: &str, snapshot: &Snapshot) -> Result<(), StoreError> {
        let head = self.head().position;
        let what = format!("a snapshot of {name:?} at {}", snapshot.position);
        if name.is_empty() || name.contains('\0') {
            return Err(StoreError::refused(what, "a name has at least one byte and no zero byte"));
        }
        if snapshot.position > head {
            return Err(StoreError::refused(what, format!("the log ends at {head}")));
        }
        Ok(())
    }

    pub(super) fn find_snapshot(&self, name: &str, schema: u32) -> Result<Option<Snapshot>, StoreError> {
        let head = self.head().position;
        for position in self.snapshot_positions(name)?.into_iter().filter(|position| *position <= head) {
            let value = self.tables.get(Table::Snapshots, &keys::snapshot(name, position))?;
            match value.and_then(|value| decode(name, position, value)) {
                Some(snapshot) if snapshot.schema == schema => return Ok(Some(snapshot)),
                Some(snapshot) => {
                    tracing::info!(
                        name,
                        position,
                        found = snapshot.schema,
                        known = schema,
                        "snapshot of another shape"
                    );
                }
                None => tracing::warn!(name, position, "snapshot is damaged, taking an older one"),
            }
        }
        Ok(None)
    }

    /// Positions of the snapshots of a name, the newest first.
    fn snapshot_positions(&self, name: &str) -> Result<Vec<Position>, StoreError> {
        let (start, mut end) = (keys::snapshot(name, 0), keys::snapshot(name, u64::MAX));
        end.push(0);
        let mut positions = Vec::new();
        self.tables.scan(Table::Snapshots, KeyRange::new(&start, &end), Direction::Backward, &mut |key, _| {
            positions.extend(keys::trailing_number(key));
            ControlFlow::Continue(())
        })?;
        Ok(positions)
    }
}

fn encode(name: &str, snapshot: &Snapshot) -> Vec<u8> {
    let mut value = Vec::with_capacity(36 + snapshot.bytes.len());
    value.extend_from_slice(&snapshot.schema.to_be_bytes());
    value.extend_from_slice(&hash(name, snapshot.position, snapshot.schema, &snapshot.bytes));
    value.extend_from_slice(&snapshot.bytes);
    value
}

/// `None` if the bytes are not those that were put under this name and position.
fn decode(name: &str, position: Position, value: Vec<u8>) -> Option<Snapshot> {
    let (schema, rest) = value.split_first_chunk::<4>()?;
    let (kept, bytes) = rest.split_first_chunk::<32>()?;
    let schema = u32::from_be_bytes(*schema);
    (hash(name, position, schema, bytes) == *kept).then(|| Snapshot { schema, position, bytes: bytes.to_vec() })
}

fn hash(name: &str, position: Position, schema: u32, bytes: &[u8]) -> [u8; 32] {
    let place = keys::snapshot(name, position);
    Sha256::new().chain_update(place).chain_update(schema.to_be_bytes()).chain_update(bytes).finalize().into()
}
