//! How an output is kept: in pieces, with its middle left out when it is over the cap.
//!
//! Pieces never cross a grid line (64 KiB) nor the end of the head, so that what falls out of the tail can be deleted
//! as a range of keys, without reading any of it. Pure arithmetic: never found here is a table or a disk.

use std::ops::Range;

use crate::OutputSlice;

const GRID: u64 = 64 << 10;

/// How much of one output is kept: the first bytes and the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutputCap {
    pub head_bytes: u64,
    /// At least this much; up to 64 KiB more, because the cut moves in steps.
    pub tail_bytes: u64,
}

impl Default for OutputCap {
    fn default() -> OutputCap {
        OutputCap { head_bytes: 1 << 20, tail_bytes: 1 << 20 }
    }
}

/// How much was written to a pipe and what of it was left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OutputState {
    pub total: u64,
    /// Empty as long as nothing was cut.
    pub cut: Range<u64>,
}

/// What one chunk changes.
#[derive(Debug, PartialEq, Eq)]
pub struct Placed<'a> {
    /// Pieces to keep, by offset.
    pub pieces: Vec<(u64, &'a [u8])>,
    /// Offsets whose pieces go.
    pub dropped: Range<u64>,
}

impl OutputState {
    /// Takes in a chunk. What is known already is left out, and so is what would be cut at once.
    pub fn place<'a>(&mut self, offset: u64, bytes: &'a [u8], cap: OutputCap) -> Placed<'a> {
        let known = self.total.saturating_sub(offset).min(bytes.len() as u64);
        let (offset, bytes) = (offset + known, &bytes[known as usize..]);
        if bytes.is_empty() {
            return Placed { pieces: Vec::new(), dropped: 0..0 };
        }
        self.total = offset + bytes.len() as u64;
        let dropped = self.advance_cut(cap);
        let pieces = pieces(offset, bytes, cap.head_bytes)
            .filter(|(start, piece)| !(self.cut.start <= *start && start + piece.len() as u64 <= self.cut.end))
            .collect();
        Placed { pieces, dropped }
    }

    /// Moves the end of the cut so that only the tail lies behind it; returns the offsets newly cut.
    fn advance_cut(&mut self, cap: OutputCap) -> Range<u64> {
        let end = self.total.saturating_sub(cap.tail_bytes) / GRID * GRID;
        let start = if self.cut.is_empty() { cap.head_bytes } else { self.cut.start };
        let from = start.max(self.cut.end);
        if end <= from {
            return 0..0;
        }
        self.cut = start..end;
        from..end
    }

    pub fn encode(&self) -> [u8; 24] {
        let mut bytes = [0; 24];
        for (field, number) in bytes.chunks_exact_mut(8).zip([self.total, self.cut.start, self.cut.end]) {
            field.copy_from_slice(&number.to_be_bytes());
        }
        bytes
    }

    /// `None` if these bytes are no state.
    pub fn decode(bytes: &[u8]) -> Option<OutputState> {
        let (numbers, []) = bytes.as_chunks::<8>() else { return None };
        let [total, start, end] = numbers.iter().map(|number| u64::from_be_bytes(*number)).collect::<Vec<_>>()[..]
        else {
            return None;
        };
        Some(OutputState { total, cut: start..end })
    }

    /// Where reading from an offset really starts: behind the cut if it lies in it.
    fn first_kept(&self, from: u64) -> u64 {
        if self.cut.contains(&from) { self.cut.end } else { from }
    }
}

/// Cuts bytes at the end of the head and at every grid line.
fn pieces(mut offset: u64, mut bytes: &[u8], head: u64) -> impl Iterator<Item = (u64, &[u8])> {
    std::iter::from_fn(move || {
        if bytes.is_empty() {
            return None;
        }
        let line = (offset / GRID + 1) * GRID;
        let end = if offset < head { line.min(head) } else { line };
        let (piece, rest) = bytes.split_at(bytes.len().min((end - offset) as usize));
        let start = offset;
        (offset, bytes) = (offset + piece.len() as u64, rest);
        Some((start, piece))
    })
}

/// Puts together one slice from the pieces that are met from an offset on.
pub(crate) struct Gathering {
    slice: OutputSlice,
    from: u64,
    limit: usize,
}

impl Gathering {
    pub(crate) fn new(state: OutputState, from: u64, limit: usize) -> Gathering {
        let from = state.first_kept(from);
        let cut = Some(state.cut).filter(|cut| !cut.is_empty());
        Gathering { slice: OutputSlice { offset: from, bytes: Vec::new(), total: state.total, cut }, from, limit }
    }

    /// Where the first piece is to be looked for.
    pub(crate) fn from(&self) -> u64 {
        self.from
    }

    /// Takes the next piece; false when the slice is complete: full, or the piece does not follow without a gap.
    pub(crate) fn take(&mut self, offset: u64, piece: &[u8]) -> bool {
        let piece = self.without_cut(offset, piece);
        let skipped = self.from.saturating_sub(offset).min(piece.len() as u64);
        let (offset, piece) = (offset + skipped, &piece[skipped as usize..]);
        if piece.is_empty() {
            return true;
        }
        if self.slice.bytes.is_empty() {
            self.slice.offset = offset;
        } else if self.slice.offset + self.slice.bytes.len() as u64 != offset {
            return false;
        }
        let room = self.limit - self.slice.bytes.len();
        self.slice.bytes.extend_from_slice(&piece[..piece.len().min(room)]);
        self.slice.bytes.len() < self.limit
    }

    /// A piece kept under a greater head than today's may reach into the cut; that part counts as cut.
    fn without_cut<'a>(&self, offset: u64, piece: &'a [u8]) -> &'a [u8] {
        match &self.slice.cut {
            Some(cut) if offset < cut.start => &piece[..piece.len().min((cut.start - offset) as usize)],
            _ => piece,
        }
    }

    pub(crate) fn finish(self) -> OutputSlice {
        self.slice
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const CAP: OutputCap = OutputCap { head_bytes: 100_000, tail_bytes: 100_000 };

    #[test]
    fn an_output_under_the_cap_is_kept_whole() {
        let mut state = OutputState::default();
        let placed = state.place(0, &[b'x'; 150_000], CAP);
        let starts: Vec<u64> = placed.pieces.iter().map(|(start, _)| *start).collect();
        assert_eq!(starts, [0, 65_536, 100_000, 131_072], "grid lines and the end of the head");
        assert_eq!(placed.dropped, 0..0);
        assert_eq!(state, OutputState { total: 150_000, cut: 0..0 });
    }

    #[test]
    fn what_falls_out_of_the_tail_is_dropped_at_grid_lines() {
        let mut state = OutputState::default();
        state.place(0, &[b'x'; 200_000], CAP);
        assert_eq!(state.cut, 0..0);
        let placed = state.place(200_000, &[b'y'; 100_000], CAP);
        assert_eq!(placed.dropped, 100_000..196_608);
        assert_eq!(state, OutputState { total: 300_000, cut: 100_000..196_608 });
        let placed = state.place(300_000, &[b'z'; 100_000], CAP);
        assert_eq!(placed.dropped, 196_608..262_144);
        assert_eq!(state.cut, 100_000..262_144);
    }

    #[test]
    fn a_chunk_told_again_changes_nothing() {
        let mut state = OutputState::default();
        state.place(0, b"hello ", CAP);
        assert_eq!(state.place(0, b"hello", CAP).pieces, []);
        assert_eq!(state.place(3, b"lo world", CAP).pieces, [(6, &b"world"[..])]);
        assert_eq!(state.total, 11);
    }

    #[test]
    fn a_state_survives_its_bytes() {
        let state = OutputState { total: 9, cut: 3..5 };
        assert_eq!(OutputState::decode(&state.encode()), Some(state));
        assert_eq!(OutputState::decode(b"too short"), None);
    }

    proptest! {
        /// Head and tail are there, nothing dropped is needed, and no more than 64 KiB beyond the caps is kept.
        #[test]
        fn head_and_tail_are_kept_and_little_else(
            lengths in prop::collection::vec(1..90_000usize, 1..40), head in 0..200_000u64, tail in 0..200_000u64,
        ) {
            let cap = OutputCap { head_bytes: head, tail_bytes: tail };
            let (mut state, mut kept) = (OutputState::default(), std::collections::BTreeMap::new());
            for length in lengths {
                let bytes = vec![b'.'; length];
                let placed = state.place(state.total, &bytes, cap);
                kept.extend(placed.pieces.iter().map(|(start, piece)| (*start, piece.len() as u64)));
                kept.retain(|start, _| !placed.dropped.contains(start));
            }
            let total = state.total;
            let covered = |offset: u64| kept.range(..=offset).next_back().is_some_and(|(s, len)| offset < s + len);
            let wanted = (0..head.min(total)).chain(total.saturating_sub(tail)..total);
            prop_assert!(wanted.step_by(97).all(covered));
            prop_assert!(kept.values().sum::<u64>() <= head + tail + GRID);
        }
    }
}
