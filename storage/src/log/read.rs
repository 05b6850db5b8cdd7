//! Reading what is durable: the log, one stream, views, outputs.

use std::ops::{ControlFlow, Range};

use super::Log;
use crate::envelope::Decoder;
use crate::keys::{self, Table};
use crate::outputs::{Gathering, OutputState};
use crate::runs::Runs;
use crate::store::{Direction, EventStore, OutputSlice, View, ViewScan};
use crate::tables::{KeyRange, Tables};
use crate::{Envelope, OutputKey, Pipe, Position, StoreError};

/// Records of other streams that are rather read over than jumped over: a jump costs as much as reading a dozen.
const NEAR: u64 = 16;

impl<T: Tables> Log<T> {
    pub(super) fn read_log(&self, after: Position, limit: usize) -> Result<Vec<Envelope>, StoreError> {
        let end = self.head().position.min(after.saturating_add(limit as u64));
        let mut envelopes = Vec::with_capacity(end.saturating_sub(after) as usize);
        let mut decoder = Decoder::default();
        self.each_event_bytes(after.saturating_add(1)..end + 1, |position, bytes| {
            envelopes.push(self.decoded(position, bytes, &mut decoder)?);
            Ok(())
        })?;
        Ok(envelopes)
    }

    /// The envelope in these bytes, which were found at this position.
    fn decoded(&self, position: Position, bytes: &[u8], decoder: &mut Decoder) -> Result<Envelope, StoreError> {
        let envelope = decoder.decode(bytes).map_err(|why| self.damaged_event(position, &why))?;
        if envelope.position == position {
            return Ok(envelope);
        }
        Err(self.damaged_event(position, &format!("it says it is record {}", envelope.position)))
    }

    /// Shows the bytes of every envelope of a range of positions; a missing one is an error.
    pub(super) fn each_event_bytes(
        &self,
        positions: Range<Position>,
        mut visit: impl FnMut(Position, &[u8]) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        if positions.is_empty() {
            return Ok(());
        }
        let (start, end) = (keys::event(positions.start), keys::event(positions.end));
        let (mut next, mut visited) = (positions.start, Ok(()));
        self.tables.scan(Table::Events, KeyRange::new(&start, &end), Direction::Forward, &mut |key, bytes| {
            visited = match *key == keys::event(next) {
                true => visit(next, bytes),
                false => Err(self.damaged_event(next, &"it is missing")),
            };
            next += 1;
            if visited.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
        visited?;
        if next == positions.end { Ok(()) } else { Err(self.damaged_event(next, &"it is missing")) }
    }

    pub(super) fn damaged_event(&self, position: Position, why: &dyn ToString) -> StoreError {
        self.damaged(format!("record {position}"), why.to_string())
    }

    pub(super) fn read_versions(&self, stream: &str, after: u64, limit: usize) -> Result<Vec<Envelope>, StoreError> {
        let (mut envelopes, mut decoder) = (Vec::new(), Decoder::default());
        let runs = self.positions_of(stream, after, limit)?;
        for near in runs.chunk_by(|run, next| next.start - run.end <= NEAR) {
            let (Some(first), Some(last)) = (near.first(), near.last()) else { continue };
            let mut wanted = near.iter().cloned().flatten().take(limit - envelopes.len()).peekable();
            self.each_event_bytes(first.start..last.end, |position, bytes| {
                if wanted.next_if_eq(&position).is_some() {
                    envelopes.push(self.decoded(position, bytes, &mut decoder)?);
                }
                Ok(())
            })?;
        }
        for (envelope, version) in envelopes.iter().zip(after.saturating_add(1)..) {
            if envelope.version != version || *envelope.record.stream != *stream {
                let why = format!("it is version {} of {}", envelope.version, envelope.record.stream);
                return Err(self.damaged(format!("version {version} of {stream}"), why));
            }
        }
        Ok(envelopes)
    }

    /// Where the versions after one are: at least `limit` of them, or all there are.
    fn positions_of(&self, stream: &str, after: u64, limit: usize) -> Result<Vec<Range<Position>>, StoreError> {
        let mut found = Vec::new();
        let Some((first, runs)) = self.last_run_up_to(stream, after.saturating_add(1))? else { return Ok(found) };
        found.extend(runs.after(after.saturating_add(1) - first));
        let mut missing = (limit as u64).saturating_sub(found.iter().map(|run| run.end - run.start).sum());
        let (start, end) = (keys::stream_run(stream, first + runs.count()), keys::stream_run(stream, u64::MAX));
        let mut good = Ok(());
        self.tables.scan(Table::Streams, KeyRange::new(&start, &end), Direction::Forward, &mut |_, bytes| {
            if missing == 0 {
                return ControlFlow::Break(());
            }
            let Some(runs) = Runs::decode(bytes) else {
                good = Err(self.damaged_index(stream));
                return ControlFlow::Break(());
            };
            missing = missing.saturating_sub(runs.count());
            found.extend(runs.after(0));
            ControlFlow::Continue(())
        })?;
        good.map(|()| found)
    }

    pub(super) fn version_on_disk(&self, stream: &str) -> Result<u64, StoreError> {
        let last = self.last_run_up_to(stream, u64::MAX)?;
        Ok(last.map_or(0, |(first, runs)| first + runs.count() - 1))
    }

    /// The last entry of the stream index that starts at or before a version: its first version and its runs.
    fn last_run_up_to(&self, stream: &str, version: u64) -> Result<Option<(u64, Runs)>, StoreError> {
        let (start, end) = (keys::stream_run(stream, 0), keys::stream_run(stream, version.saturating_add(1)));
        let mut found = Ok(None);
        self.tables.scan(Table::Streams, KeyRange::new(&start, &end), Direction::Backward, &mut |key, bytes| {
            let entry = keys::trailing_number(key).zip(Runs::decode(bytes));
            found = entry.map(Some).ok_or_else(|| self.damaged_index(stream));
            ControlFlow::Break(())
        })?;
        found
    }

    fn damaged_index(&self, stream: &str) -> StoreError {
        self.damaged(format!("the index of stream {stream}"), "an entry cannot be read")
    }

    pub(super) fn read_views(&self, scan: &ViewScan) -> Result<Vec<View>, StoreError> {
        let end = keys::end_of_prefix(&scan.prefix);
        let mut range = KeyRange { start: &scan.prefix, end: end.as_deref() };
        let behind = scan.after.as_ref().map(|key| [key, &[0][..]].concat());
        match (scan.direction, &scan.after, &behind) {
            (Direction::Forward, _, Some(behind)) => range.start = range.start.max(behind),
            (Direction::Backward, Some(key), _) => range.end = Some(range.end.map_or(key, |end| end.min(key))),
            (_, _, None) | (_, None, _) => {}
        }
        let mut views = Vec::new();
        if scan.limit == 0 || range.is_empty() {
            return Ok(views);
        }
        self.tables.scan(Table::Views, range, scan.direction, &mut |key, value| {
            views.push((key.to_vec(), value.to_vec()));
            if views.len() < scan.limit { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
        Ok(views)
    }

    pub(super) fn output_state(&self, key: &OutputKey, pipe: Pipe) -> Result<OutputState, StoreError> {
        let bytes = self.tables.get(Table::Outputs, &keys::output_state(key, pipe))?;
        let Some(bytes) = bytes else { return Ok(OutputState::default()) };
        OutputState::decode(&bytes).ok_or_else(|| self.damaged("the record of an output".into(), "it cannot be read"))
    }

    pub(super) fn read_pieces(
        &self,
        key: &OutputKey,
        pipe: Pipe,
        from: u64,
        limit: usize,
    ) -> Result<OutputSlice, StoreError> {
        let mut gathering = Gathering::new(self.output_state(key, pipe)?, from, limit);
        let first = self.piece_holding(key, pipe, gathering.from())?;
        let (start, end) = (keys::output_piece(key, pipe, first), keys::output_piece(key, pipe, u64::MAX));
        self.tables.scan(Table::Outputs, KeyRange::new(&start, &end), Direction::Forward, &mut |key, bytes| {
            match keys::trailing_number(key).is_some_and(|offset| gathering.take(offset, bytes)) {
                true => ControlFlow::Continue(()),
                false => ControlFlow::Break(()),
            }
        })?;
        Ok(gathering.finish())
    }

    /// Start of the last piece at or before an offset; the offset itself if there is none.
    fn piece_holding(&self, key: &OutputKey, pipe: Pipe, offset: u64) -> Result<u64, StoreError> {
        let (start, end) = (keys::output_piece(key, pipe, 0), keys::output_piece(key, pipe, offset.saturating_add(1)));
        let mut found = offset;
        self.tables.scan(Table::Outputs, KeyRange::new(&start, &end), Direction::Backward, &mut |key, _| {
            found = keys::trailing_number(key).unwrap_or(offset);
            ControlFlow::Break(())
        })?;
        Ok(found)
    }

    pub(super) fn delete_output_keys(&self, prefix: &[u8]) -> Result<(), StoreError> {
        self.check_running()?;
        let Some(end) = keys::end_of_prefix(prefix) else {
            let why = "it would delete outputs without end; give a prefix that has a byte other than ff";
            return Err(StoreError::refused("deleting outputs", why));
        };
        self.tables
            .write(&mut |batch| batch.delete_range(Table::Outputs, prefix..&end))
            .map_err(|error| self.write_failed(error))
    }
}
