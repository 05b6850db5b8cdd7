//! What one crate lets through the next one can hold: whatever is decided can be recorded, and whatever is recorded has
//! a size. The limits themselves are tried where they are checked (`jobs/tests/stories/limits.rs`, `schema/tests`).

use jobs::command::{Actor, Body, Command};
use jobs::decide::{LONGEST_NAME, LONGEST_REASON, LONGEST_SOURCE};
use jobs::event::{Event, LONGEST_PAYLOAD, SCHEMA};
use jobs::fleet::Fleet;
use jobs::ids::{JobId, ScheduleId, TokenId};
use jobs::inventory::Host;
use jobs::schedule::ScheduleSpec;
use jobs::time::Timestamp;
use serde_json::json;
use std::sync::Arc;
use storage::envelope::{MAX_NAME, MAX_PAYLOAD};
use storage::{EventStore, Group, MemoryStore, OutputCap, OutputChunk, Pipe, Record};
use ulid::Ulid;

/// As the server's engine does it.
fn record(event: &Event, actor: &str) -> Record {
    Record {
        stream: event.stream().into(),
        kind: event.kind().into(),
        schema: SCHEMA,
        recorded_at_ms: 0,
        actor: actor.into(),
        origin: "2001:0db8:85a3:0000:0000:8a2e:0370:7334".into(),
        command: [0; 16],
        causation: 0,
        payload: event.payload(),
    }
}

/// Decides a command and records its events.
fn record_all(store: &MemoryStore, actor: &str, body: Body) {
    let command = Command { actor: Actor(actor.into()), body };
    let events = jobs::carry_out(&mut Fleet::default(), &command, Timestamp(0)).expect("it is within the limits");
    assert!(!events.is_empty());
    let records = events.iter().map(|event| record(event, actor)).collect();
    store.append(Group::of(records)).expect("what was decided is recorded");
}

#[test]
fn whatever_is_decided_can_be_recorded() {
    let (store, id) = (MemoryStore::new(), Ulid::from_parts(u64::MAX >> 16, u128::MAX >> 48));
    let longest = "ä".repeat(LONGEST_NAME / 2);
    let actor = format!("token:{longest}");
    assert!(actor.len() <= MAX_NAME, "a token's actor has {} bytes", actor.len());
    let token = Body::CreateToken { token: TokenId(id), name: longest.as_str().into(), hash: "f".repeat(64).into() };
    record_all(&store, &actor, token);
    let note = "x".repeat(LONGEST_PAYLOAD / 100);
    let host = |number: u32| -> Arc<Host> {
        let host = json!({"name": format!("web-{number}"), "labels": {"note": note}});
        Arc::new(serde_json::from_value(host).expect("a host"))
    };
    let source = "/".repeat(LONGEST_SOURCE).into();
    record_all(&store, &actor, Body::PutInventory { source, hosts: (0..120).map(host).collect() });
    for stream in [format!("job/{}", JobId(id)), format!("schedule/{}", ScheduleId(id))] {
        assert!(stream.len() <= MAX_NAME, "{stream}");
    }
    const { assert!(LONGEST_PAYLOAD <= MAX_PAYLOAD && LONGEST_REASON < LONGEST_PAYLOAD) };
}

#[test]
fn the_actor_of_a_schedule_can_be_recorded() {
    let spec: ScheduleSpec = serde_json::from_value(json!({
        "name": "x".repeat(LONGEST_NAME), "template": "patch", "cron": "@daily", "zone": "UTC",
    }))
    .expect("a schedule");
    assert!(format!("schedule:{}", spec.name).len() <= MAX_NAME);
}

#[test]
fn output_without_end_is_kept_at_both_ends_and_its_cut_is_told() {
    let (store, key, chunk) = (MemoryStore::new(), [7; 24], vec![b'x'; 1 << 20]);
    for number in 0..40 {
        let output = OutputChunk { key, pipe: Pipe::Out, offset: number << 20, bytes: chunk.clone() };
        store.append(Group { outputs: vec![output], ..Group::default() }).expect("a chunk is kept");
    }
    let head = store.read_output(&key, Pipe::Out, 0, usize::MAX).expect("the head");
    let cut = head.cut.expect("most of it was cut");
    let cap = OutputCap::default();
    assert_eq!((head.total, head.bytes.len() as u64, cut.start), (40 << 20, cap.head_bytes, cap.head_bytes));
    let tail = store.read_output(&key, Pipe::Out, cut.start, usize::MAX).expect("the tail");
    assert_eq!(tail.offset, cut.end, "reading goes on behind the cut");
    assert!((cap.tail_bytes..cap.tail_bytes + (64 << 10)).contains(&(tail.bytes.len() as u64)));
}
