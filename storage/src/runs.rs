//! Where the records of a stream are: one entry of the stream index for each write that touched the stream.
//!
//! A write usually holds many records of one stream in a row, so an entry lists *runs*: the position of the first
//! record, then how many follow one another, how many positions lie between, how many follow, and so on. Numbers are
//! LEB128: seven bits a byte, the lowest first.

use std::ops::Range;

use crate::Position;

/// Positions of consecutive versions of a stream, in rising order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Runs(Vec<Range<Position>>);

impl Runs {
    /// Adds the position of the next version; it is greater than all before.
    pub fn push(&mut self, position: Position) {
        match self.0.last_mut() {
            Some(run) if run.end == position => run.end += 1,
            _ => self.0.push(position..position + 1),
        }
    }

    /// How many versions it lists.
    pub fn count(&self) -> u64 {
        self.0.iter().map(|run| run.end - run.start).sum()
    }

    /// What is left without the first `skip` versions, as ranges of positions.
    pub fn after(&self, mut skip: u64) -> impl Iterator<Item = Range<Position>> {
        self.0.iter().filter_map(move |run| {
            let skipped = skip.min(run.end - run.start);
            skip -= skipped;
            Some(run.start + skipped..run.end).filter(|rest| !rest.is_empty())
        })
    }

    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(12);
        let mut end = 0;
        for run in &self.0 {
            put_number(run.start - end, &mut bytes);
            put_number(run.end - run.start, &mut bytes);
            end = run.end;
        }
        bytes
    }

    /// `None` if these bytes are no entry.
    pub fn decode(mut bytes: &[u8]) -> Option<Runs> {
        let mut runs = Vec::new();
        let mut end = 0u64;
        while !bytes.is_empty() {
            let start = end.checked_add(take_number(&mut bytes)?)?;
            end = start.checked_add(take_number(&mut bytes)?)?;
            runs.push(start..end);
        }
        Some(Runs(runs)).filter(|runs| runs.count() > 0)
    }
}

fn put_number(mut number: u64, bytes: &mut Vec<u8>) {
    while number > 0x7f {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

fn take_number(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn runs(positions: impl IntoIterator<Item = u64>) -> Runs {
        let mut runs = Runs::default();
        positions.into_iter().for_each(|position| runs.push(position));
        runs
    }

    #[test]
    fn a_run_of_a_whole_write_takes_a_few_bytes() {
        assert_eq!(runs(1_000_000..1_001_024).encode().len(), 5);
    }

    #[test]
    fn garbage_is_no_entry() {
        assert_eq!(Runs::decode(&[]), None);
        assert_eq!(Runs::decode(&[5]), None, "a start without a length");
        assert_eq!(Runs::decode(&[0xff; 20]), None, "a number without an end");
        assert_eq!(Runs::decode(&[5, 0]), None, "an empty run");
    }

    proptest! {
        #[test]
        fn every_version_is_found_where_it_was_put(gaps in prop::collection::vec(1..4u64, 1..60), skip in 0..70u64) {
            let positions: Vec<u64> = gaps.iter().scan(0, |at, gap| { *at += gap; Some(*at) }).collect();
            let runs = Runs::decode(&runs(positions.clone()).encode()).expect("an entry decodes");
            prop_assert_eq!(runs.count(), positions.len() as u64);
            let found: Vec<u64> = runs.after(skip).flatten().collect();
            prop_assert_eq!(&found, &positions[positions.len().min(skip as usize)..]);
        }
    }
}
