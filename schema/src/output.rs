//! What scripts wrote, by range of bytes.
//!
//! Never found here: where output is kept.

use crate::backend::{self, Backend, Fault};
use crate::fault::bad_argument;
use crate::scalar::Long;
use async_graphql::{Enum, Error, Object, SimpleObject};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jobs::ids::{AttemptId, JobId};

/// The most bytes of one answer: 1 MiB.
pub const MOST_BYTES: u64 = 1 << 20;

/// The bytes of one answer where no number is asked for: 64 KiB.
pub const USUAL_BYTES: u64 = 1 << 16;

/// Which output of a script.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "crate::backend::OutputStream")]
pub enum OutputStream {
    /// Standard output.
    Out,
    /// Standard error.
    Err,
}

/// A part of what an attempt wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputRange(backend::OutputRange);

/// A part of what an attempt wrote.
#[Object]
impl OutputRange {
    /// Where it begins, in bytes; greater than what was asked for where that was cut.
    async fn offset(&self) -> Long {
        Long(self.0.offset)
    }

    /// Where the next part begins: the next `from`.
    async fn next(&self) -> Long {
        Long(self.next_offset())
    }

    /// How many bytes were written so far, kept or not.
    async fn total(&self) -> Long {
        Long(self.0.total)
    }

    /// The bytes as text; what is no UTF-8 becomes U+FFFD. A character is never torn between two parts.
    async fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.bytes).into_owned()
    }

    /// The bytes themselves in base 64.
    async fn base64(&self) -> String {
        STANDARD.encode(&self.0.bytes)
    }

    /// The bytes that were not kept because the script wrote more than is kept of one step.
    async fn cut(&self) -> Option<Cut> {
        self.0.cut.as_ref().map(|cut| Cut { from: Long(cut.start), to: Long(cut.end) })
    }

    /// Whether nothing more will come after `total`: the attempt has ended.
    async fn complete(&self) -> bool {
        self.0.complete
    }
}

/// Bytes that were not kept.
#[derive(SimpleObject, Clone, Debug, PartialEq, Eq)]
pub struct Cut {
    /// The first of them.
    from: Long,
    /// The first one after them.
    to: Long,
}

impl OutputRange {
    /// At most `limit` bytes from byte `from` on.
    pub async fn read(
        backend: &dyn Backend,
        job: JobId,
        attempt: AttemptId,
        stream: OutputStream,
        from: u64,
        limit: u64,
    ) -> Result<OutputRange, Fault> {
        let range = backend.output(job, attempt, stream.into(), from, limit).await?;
        Ok(OutputRange(whole_characters(range)))
    }

    /// Where the next part begins.
    pub fn next_offset(&self) -> u64 {
        self.0.offset + self.0.bytes.len() as u64
    }

    /// Whether there is anything in it.
    pub fn is_empty(&self) -> bool {
        self.0.bytes.is_empty()
    }

    /// Whether it reaches the end of all that will ever be written.
    pub fn is_last(&self) -> bool {
        self.0.complete && self.next_offset() >= self.0.total
    }
}

/// Checks how many bytes are asked for.
pub fn limit(asked: Option<Long>) -> Result<u64, Error> {
    match asked {
        None => Ok(USUAL_BYTES),
        Some(Long(bytes)) if (16..=MOST_BYTES).contains(&bytes) => Ok(bytes),
        Some(Long(bytes)) => Err(bad_argument(format!("limit is {bytes}; ask for 16 to {MOST_BYTES} bytes at a time"))),
    }
}

/// Leaves the first bytes of a character whose others are still to come for the next part.
fn whole_characters(mut range: backend::OutputRange) -> backend::OutputRange {
    let more_to_come = !range.complete || range.offset + (range.bytes.len() as u64) < range.total;
    if more_to_come {
        let torn = torn_tail(&range.bytes);
        if torn < range.bytes.len() {
            range.bytes.truncate(range.bytes.len() - torn);
        }
    }
    range
}

/// How many bytes at the end are the beginning of a character that is not there in full.
fn torn_tail(bytes: &[u8]) -> usize {
    let lengths = |lead: u8| match lead {
        0xC2..=0xDF => 2,
        0xE0..=0xEF => 3,
        0xF0..=0xF4 => 4,
        _ => 1,
    };
    let is_lead = |byte: &u8| *byte & 0xC0 != 0x80;
    match bytes.iter().rev().take(3).position(is_lead) {
        Some(after) if lengths(bytes[bytes.len() - 1 - after]) > after + 1 => after + 1,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_character_is_never_torn_between_two_parts() {
        let text = "a中€🦀".as_bytes();
        let mut shown = String::new();
        let mut from = 0;
        while from < text.len() {
            let bytes = text[from..(from + 4).min(text.len())].to_vec();
            let range = backend::OutputRange { offset: from as u64, bytes, total: 11, cut: None, complete: true };
            let part = OutputRange(whole_characters(range));
            shown.push_str(std::str::from_utf8(&part.0.bytes).expect("whole characters"));
            from = part.next_offset() as usize;
        }
        assert_eq!(shown, "a中€🦀");
    }

    #[test]
    fn binary_output_goes_on_even_where_it_looks_like_a_torn_character() {
        assert_eq!(torn_tail(&[0xFF, 0xFE]), 0);
        assert_eq!(torn_tail(&[b'a', 0xF0, 0x9F]), 2);
        assert_eq!(torn_tail("é".as_bytes()), 0);
        let lonely = backend::OutputRange { bytes: vec![0xF0], total: 9, ..backend::OutputRange::default() };
        assert_eq!(whole_characters(lonely).bytes, [0xF0], "at least one byte, or reading would never go on");
    }
}
