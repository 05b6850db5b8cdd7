//! What a disk gives back: envelopes whose bytes are wrong, payloads that no version of this program has written.

use crate::chance::Chance;
use crate::hunt::{hunt, promise};
use crate::mutation;
use jobs::event::Event;
use serde_json::Value;
use std::path::Path;
use std::sync::LazyLock;
use storage::Record;
use storage::envelope::{decode, encode};

static GOLDEN: LazyLock<Vec<Golden>> = LazyLock::new(read);

/// An event as it is in a log.
struct Golden {
    kind: String,
    stream: String,
    payload: Value,
}

fn read() -> Vec<Golden> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/events");
    let paths = std::fs::read_dir(folder).expect("golden events").map(|entry| entry.expect("a file").path());
    let mut paths: Vec<_> = paths.filter(|path| path.extension().is_some_and(|end| end == "json")).collect();
    paths.sort();
    let golden = paths.into_iter().map(|path| {
        let file: Value = serde_json::from_str(&std::fs::read_to_string(&path).expect("a text")).expect("JSON");
        let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
        let kind = name.split('.').next().unwrap_or_default().to_owned();
        let stream = file["stream"].as_str().expect("a stream").to_owned();
        Golden { kind, stream, payload: file["payload"].clone() }
    });
    golden.collect()
}

fn a_payload(chance: &mut Chance) -> Result<(), String> {
    let golden = &GOLDEN[chance.between(0, GOLDEN.len() as u64) as usize];
    let others: Vec<Value> = GOLDEN.iter().map(|golden| golden.payload.clone()).collect();
    let payload = match chance.between(0, 4) {
        0 => mutation::bytes(golden.payload.to_string().as_bytes(), chance),
        _ => mutation::json(&golden.payload, &others, chance).to_string().into_bytes(),
    };
    let input = String::from_utf8_lossy(&payload);
    match Event::decode(&golden.stream, &golden.kind, 1, &payload) {
        Ok(event) => {
            let again = Event::decode(&golden.stream, &golden.kind, 1, &event.payload());
            promise(again.as_ref() == Ok(&event), "another event came back", &input)
        }
        Err(error) => {
            let said = error.to_string();
            promise(said.contains(&golden.kind) && said.contains(&golden.stream), &said, &input)
        }
    }
}

fn an_envelope(chance: &mut Chance) -> Result<(), String> {
    let golden = &GOLDEN[chance.between(0, GOLDEN.len() as u64) as usize];
    let record = Record {
        stream: golden.stream.as_str().into(),
        kind: golden.kind.as_str().into(),
        schema: 1,
        recorded_at_ms: chance.next(),
        actor: "user:alice".into(),
        origin: "127.0.0.1".into(),
        command: [7; 16],
        causation: chance.next(),
        payload: golden.payload.to_string().into_bytes(),
    };
    let mut good = Vec::new();
    encode(7, 3, &record, &mut good);
    let mut bytes = mutation::bytes(&good, chance);
    let repaired = chance.once_in(600) && bytes.len() > 4;
    if repaired {
        // Damage that the checksum does not show: a program wrote it so.
        let end = bytes.len() - 4;
        let checksum = crc32(&bytes[..end]);
        bytes[end..].copy_from_slice(&checksum.to_be_bytes());
    }
    let input = format!("{bytes:?}");
    match decode(&bytes) {
        Ok(_) if bytes == good => Ok(()),
        Ok(envelope) => {
            promise(repaired, "damage was not noticed", &input)?;
            promise(envelope.record.payload.len() <= bytes.len(), "more came out than went in", &input)
        }
        Err(error) => promise(!error.to_string().is_empty(), "no reason", &input),
    }
}

/// CRC-32 (ISO-HDLC), bit by bit.
fn crc32(bytes: &[u8]) -> u32 {
    let step = |sum: u32, _| if sum & 1 == 1 { sum >> 1 ^ 0xedb8_8320 } else { sum >> 1 };
    !bytes.iter().fold(u32::MAX, |sum, byte| (0..8).fold(sum ^ u32::from(*byte), step))
}

#[test]
fn payloads() {
    hunt("payloads", 20_000, a_payload);
}

#[test]
fn envelopes() {
    hunt("envelopes", 30_000, an_envelope);
}
