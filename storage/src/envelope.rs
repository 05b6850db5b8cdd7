//! How an envelope is written as bytes. Bytes once written are never rewritten, so this layout is for ever; another
//! one gets another format number.
//!
//! Format 1, numbers big-endian:
//!
//! | Offset | Bytes | What |
//! |---|---|---|
//! | 0 | 1 | format: 1 |
//! | 1 | 1 | flags: none is allotted yet, and a reader refuses bits it does not know |
//! | 2 | 2 | length of the header, 62 or more; what lies beyond byte 62 is skipped |
//! | 4 | 2 | schema |
//! | 6 | 4 × 1 | lengths of stream, kind, actor, origin |
//! | 10 | 4 | length of the payload |
//! | 14 | 8 | causation |
//! | 22 | 16 | command |
//! | 38 | 8 | recorded at, milliseconds since 1970 |
//! | 46 | 8 | version in the stream |
//! | 54 | 8 | position in the log |
//! | 62 | … | stream, kind, actor, origin (UTF-8), payload |
//! | last 4 | 4 | CRC-32 (ISO-HDLC) of everything before it |
//!
//! Never found here: what a payload means, or where the bytes are kept.

use std::sync::Arc;

use crate::{Envelope, Position, Record, StoreError};

/// Longest payload, in bytes.
pub const MAX_PAYLOAD: usize = 32 << 20;

/// Longest stream, kind, actor or origin, in bytes.
pub const MAX_NAME: usize = u8::MAX as usize;

const FORMAT: u8 = 1;
const HEADER: usize = 62;
const CHECKSUM: usize = 4;

/// Why bytes are no envelope.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    #[error("{found} bytes are there, {needed} would be needed")]
    Length { found: usize, needed: usize },
    #[error("it has format {0}, known is {FORMAT}: a newer program wrote it, or these bytes are no envelope")]
    Format(u8),
    #[error("it has flags {0:#04x}, none of which is known: a newer program wrote it")]
    Flags(u8),
    #[error("its header claims {0} bytes, less than the {HEADER} of this format")]
    Header(u16),
    #[error("its checksum is {found:08x}, its bytes make {made:08x}")]
    Checksum { found: u32, made: u32 },
    #[error("its {0} is not UTF-8")]
    Text(&'static str),
}

/// Refuses a record that no envelope can hold, or that a stream index could not find again.
pub fn check(record: &Record) -> Result<(), StoreError> {
    let names = [
        ("stream", &record.stream, 1),
        ("kind", &record.kind, 1),
        ("actor", &record.actor, 0),
        ("origin", &record.origin, 0),
    ];
    for (what, name, least) in names {
        if name.len() < least || name.len() > MAX_NAME {
            let why = format!("it has {} bytes, allowed are {least} to {MAX_NAME}", name.len());
            return Err(StoreError::refused(format!("{what} {name:?} of a record"), why));
        }
    }
    if record.stream.contains('\0') {
        return Err(StoreError::refused(format!("stream {:?}", record.stream), "it contains a zero byte"));
    }
    if record.payload.len() > MAX_PAYLOAD {
        let why = format!("it has {} bytes, allowed are {MAX_PAYLOAD}", record.payload.len());
        return Err(StoreError::refused(format!("the payload of a {} in {}", record.kind, record.stream), why));
    }
    Ok(())
}

/// Writes the bytes of a record at its place behind what `out` holds already. The record has passed [`check`].
pub fn encode(position: Position, version: u64, record: &Record, out: &mut Vec<u8>) {
    let start = out.len();
    out.extend_from_slice(&[FORMAT, 0]);
    out.extend_from_slice(&(HEADER as u16).to_be_bytes());
    out.extend_from_slice(&record.schema.to_be_bytes());
    let names = [&record.stream, &record.kind, &record.actor, &record.origin];
    out.extend(names.map(|name| name.len() as u8));
    out.extend_from_slice(&(record.payload.len() as u32).to_be_bytes());
    out.extend_from_slice(&record.causation.to_be_bytes());
    out.extend_from_slice(&record.command);
    out.extend_from_slice(&record.recorded_at_ms.to_be_bytes());
    out.extend_from_slice(&version.to_be_bytes());
    out.extend_from_slice(&position.to_be_bytes());
    for name in names {
        out.extend_from_slice(name.as_bytes());
    }
    out.extend_from_slice(&record.payload);
    let checksum = crc32fast::hash(&out[start..]);
    out.extend_from_slice(&checksum.to_be_bytes());
}

/// Reads one envelope; the bytes must hold it and nothing else.
pub fn decode(bytes: &[u8]) -> Result<Envelope, DecodeError> {
    Decoder::default().decode(bytes)
}

/// Reads many envelopes, sharing the names that come again and again.
#[derive(Default)]
pub struct Decoder {
    names: Names,
}

impl Decoder {
    /// Reads one envelope; the bytes must hold it and nothing else.
    pub fn decode(&mut self, bytes: &[u8]) -> Result<Envelope, DecodeError> {
        let header = checked_header(bytes)?;
        let mut fields = Fields { rest: &header[4..] };
        let schema = u16::from_be_bytes(fields.take());
        let [stream, kind, actor, origin] = fields.take::<4>().map(usize::from);
        let payload = u32::from_be_bytes(fields.take()) as usize;
        let causation = u64::from_be_bytes(fields.take());
        let command = fields.take();
        let recorded_at_ms = u64::from_be_bytes(fields.take());
        let version = u64::from_be_bytes(fields.take());
        let position = u64::from_be_bytes(fields.take());

        let header_length = usize::from(u16::from_be_bytes([bytes[2], bytes[3]]));
        let needed = header_length + stream + kind + actor + origin + payload + CHECKSUM;
        if bytes.len() != needed {
            return Err(DecodeError::Length { found: bytes.len(), needed });
        }
        let (stream, rest) = bytes[header_length..bytes.len() - CHECKSUM].split_at(stream);
        let (kind, rest) = rest.split_at(kind);
        let (actor, rest) = rest.split_at(actor);
        let (origin, payload) = rest.split_at(origin);
        let record = Record {
            stream: self.names.share("stream", stream)?,
            kind: self.names.share("kind", kind)?,
            schema,
            recorded_at_ms,
            actor: self.names.share("actor", actor)?,
            origin: self.names.share("origin", origin)?,
            command,
            causation,
            payload: payload.to_vec(),
        };
        Ok(Envelope { position, version, record })
    }
}

/// The header, once length, format, flags and checksum have been found good.
fn checked_header(bytes: &[u8]) -> Result<&[u8; HEADER], DecodeError> {
    let short = DecodeError::Length { found: bytes.len(), needed: HEADER + CHECKSUM };
    let (body, checksum) = bytes.split_last_chunk::<CHECKSUM>().ok_or(short.clone())?;
    let header = body.first_chunk::<HEADER>().ok_or(short)?;
    let (found, made) = (u32::from_be_bytes(*checksum), crc32fast::hash(body));
    match (header[0], header[1], u16::from_be_bytes([header[2], header[3]])) {
        (FORMAT, 0, length) if usize::from(length) < HEADER => Err(DecodeError::Header(length)),
        (FORMAT, 0, _) if found != made => Err(DecodeError::Checksum { found, made }),
        (FORMAT, 0, _) => Ok(header),
        (FORMAT, flags, _) => Err(DecodeError::Flags(flags)),
        (format, ..) => Err(DecodeError::Format(format)),
    }
}

/// What is left to read of a header. Callers take no more than it has: the sizes are those of the table above.
struct Fields<'a> {
    rest: &'a [u8],
}

impl Fields<'_> {
    fn take<const N: usize>(&mut self) -> [u8; N] {
        let mut field = [0; N];
        let (taken, rest) = self.rest.split_at(N);
        field.copy_from_slice(taken);
        self.rest = rest;
        field
    }
}

/// Names seen lately. A log repeats a few streams and kinds over and over; sharing them saves four allocations each.
struct Names {
    slots: Vec<Arc<str>>,
}

impl Default for Names {
    fn default() -> Names {
        Names { slots: vec![Arc::from(""); 128] }
    }
}

impl Names {
    fn share(&mut self, what: &'static str, bytes: &[u8]) -> Result<Arc<str>, DecodeError> {
        let slot = crc32fast::hash(bytes) as usize % self.slots.len();
        if self.slots[slot].as_bytes() != bytes {
            let text = std::str::from_utf8(bytes).map_err(|_| DecodeError::Text(what))?;
            self.slots[slot] = Arc::from(text);
        }
        Ok(self.slots[slot].clone())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn patched() -> Record {
        Record {
            stream: "host/web-1".into(),
            kind: "Patched".into(),
            schema: 2,
            recorded_at_ms: 0x0123_4567_89ab,
            actor: "user:alice".into(),
            origin: "cli".into(),
            command: *b"0123456789abcdef",
            causation: 6,
            payload: br#"{"ok":true}"#.to_vec(),
        }
    }

    /// What format 1 looks like. If this test fails, the layout has changed, and stores on disk can no longer be read.
    #[test]
    fn format_1_has_these_bytes_for_ever() {
        let golden = concat!(
            "0100003e0002",                     // format, flags, header length, schema
            "0a070a03",                         // lengths of the names
            "0000000b",                         // length of the payload
            "0000000000000006",                 // causation
            "30313233343536373839616263646566", // command
            "00000123456789ab",                 // recorded at
            "0000000000000003",                 // version
            "0000000000000007",                 // position
            "686f73742f7765622d31",             // host/web-1
            "50617463686564",                   // Patched
            "757365723a616c696365",             // user:alice
            "636c69",                           // cli
            "7b226f6b223a747275657d",           // {"ok":true}
        );
        let mut bytes = Vec::new();
        encode(7, 3, &patched(), &mut bytes);
        let (body, checksum) = bytes.split_at(bytes.len() - 4);
        assert_eq!(hex(body), golden);
        assert_eq!(hex(checksum), "222bfa6e");
        assert_eq!(decode(&bytes), Ok(Envelope { position: 7, version: 3, record: patched() }));
    }

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn a_longer_header_is_read_over() {
        let mut bytes = Vec::new();
        encode(1, 1, &patched(), &mut bytes);
        bytes.truncate(bytes.len() - CHECKSUM);
        bytes.splice(HEADER..HEADER, *b"later");
        bytes[3] += 5;
        bytes.extend_from_slice(&crc32fast::hash(&bytes).to_be_bytes());
        assert_eq!(decode(&bytes).map(|envelope| envelope.record), Ok(patched()));
    }

    #[test]
    fn what_is_wrong_is_told_apart() {
        let mut good = Vec::new();
        encode(1, 1, &patched(), &mut good);
        let spoilt = |at: usize, byte: u8| {
            let mut bytes = good.clone();
            bytes[at] = byte;
            decode(&bytes)
        };
        assert_eq!(spoilt(0, 9), Err(DecodeError::Format(9)));
        assert_eq!(spoilt(1, 1), Err(DecodeError::Flags(1)));
        assert_eq!(spoilt(3, 10), Err(DecodeError::Header(10)));
        assert!(matches!(spoilt(70, b'X'), Err(DecodeError::Checksum { .. })));
        assert!(matches!(decode(b"short"), Err(DecodeError::Length { found: 5, needed: 66 })));
        assert_eq!(resealed(&good, 80, 0xff), Err(DecodeError::Text("actor")));
        assert!(matches!(resealed(&good, 6, 200), Err(DecodeError::Length { .. })));
    }

    /// Decodes the bytes with one of them changed and a checksum that fits.
    fn resealed(good: &[u8], at: usize, byte: u8) -> Result<Envelope, DecodeError> {
        let mut bytes = good[..good.len() - CHECKSUM].to_vec();
        bytes[at] = byte;
        bytes.extend_from_slice(&crc32fast::hash(&bytes).to_be_bytes());
        decode(&bytes)
    }

    #[test]
    fn records_that_no_envelope_can_hold_are_refused() {
        let refused = |record: Record| check(&record).err().map(|error| error.to_string()).unwrap_or_default();
        assert_eq!(check(&patched()), Ok(()));
        assert!(refused(Record { stream: "".into(), ..patched() }).contains("1 to 255"));
        assert!(refused(Record { stream: "a\0b".into(), ..patched() }).contains("zero byte"));
        assert!(refused(Record { kind: "K".repeat(256).into(), ..patched() }).contains("256 bytes"));
        assert!(refused(Record { payload: vec![b' '; MAX_PAYLOAD + 1], ..patched() }).contains("payload of a Patched"));
    }

    prop_compose! {
        fn any_record()(
            stream in "[^\0]{1,60}", kind in ".{1,60}", actor in ".{0,60}", origin in ".{0,60}",
            schema: u16, recorded_at_ms: u64, command: [u8; 16], causation: u64,
            payload in prop::collection::vec(any::<u8>(), 0..300),
        ) -> Record {
            Record {
                stream: stream.into(), kind: kind.into(), actor: actor.into(), origin: origin.into(),
                schema, recorded_at_ms, command, causation, payload,
            }
        }
    }

    proptest! {
        #[test]
        fn what_was_encoded_decodes_to_itself(record in any_record(), position: u64, version: u64) {
            prop_assume!(check(&record).is_ok());
            let mut bytes = Vec::new();
            encode(position, version, &record, &mut bytes);
            prop_assert_eq!(decode(&bytes), Ok(Envelope { position, version, record }));
        }

        #[test]
        fn no_changed_byte_goes_unseen(record in any_record(), at: prop::sample::Index, change in 1..=255u8) {
            prop_assume!(check(&record).is_ok());
            let mut bytes = Vec::new();
            encode(5, 2, &record, &mut bytes);
            let at = at.index(bytes.len());
            bytes[at] ^= change;
            prop_assert!(decode(&bytes).is_err());
        }

        #[test]
        fn garbage_is_an_error_and_never_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), sealed: bool) {
            let mut bytes = bytes;
            if sealed && bytes.len() > 4 {
                // Past format and checksum, so that the lengths inside are what is tried.
                bytes[..4].copy_from_slice(&[FORMAT, 0, 0, HEADER as u8]);
                bytes.extend_from_slice(&crc32fast::hash(&bytes).to_be_bytes());
            }
            let _either = decode(&bytes);
        }

        #[test]
        fn a_cut_envelope_is_an_error(record in any_record(), at: prop::sample::Index) {
            prop_assume!(check(&record).is_ok());
            let mut bytes = Vec::new();
            encode(5, 2, &record, &mut bytes);
            bytes.truncate(at.index(bytes.len()));
            prop_assert!(decode(&bytes).is_err());
        }
    }
}
