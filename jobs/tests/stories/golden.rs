//! Every event ever written can be read for ever: one file for each name, and the list of names itself.
//!
//! A file is never changed. Where the shape of an event grows, its old file must still decode, and the new shape gets a
//! file of its own: `<Kind>.<n>.json`.

use crate::world::World;
use crate::{answers::Script, chance, given::Given};
use jobs::event::{AccessEvent, Event, InventoryEvent, JobEvent, LibraryEvent, ScheduleEvent};
use jobs::fleet::Fleet;
use jobs::sentence::SentenceKey;
use jobs::time::{Duration, Timestamp};
use jobs::{apply, effects, render, sentence};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/golden/events")
}

/// Every golden file: its kind, and what it holds.
fn files() -> Vec<(String, Value)> {
    let entries = std::fs::read_dir(folder()).expect("the golden events are there");
    let paths = entries.map(|entry| entry.expect("a folder is read").path());
    let mut paths: Vec<PathBuf> = paths.filter(|path| path.extension().is_some_and(|end| end == "json")).collect();
    paths.sort();
    let read = |path: PathBuf| {
        let name = path.file_name().expect("a file has a name").to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&path).expect("a golden event is read");
        let kind = name.split('.').next().expect("a name has a first part").to_owned();
        (kind, serde_json::from_str(&text).unwrap_or_else(|why| panic!("{name}: {why}")))
    };
    paths.into_iter().map(read).collect()
}

fn decode(kind: &str, file: &Value) -> Event {
    let (stream, schema) = (file["stream"].as_str().expect("a stream"), file["schema"].as_u64().expect("a schema"));
    let payload = serde_json::to_vec(&file["payload"]).expect("it was JSON");
    Event::decode(stream, kind, schema as u16, &payload).unwrap_or_else(|why| panic!("{why}"))
}

/// All golden events.
pub fn events() -> Vec<Event> {
    files().iter().map(|(kind, file)| decode(kind, file)).collect()
}

fn kinds() -> Vec<String> {
    let families: [(&str, &[&str]); 5] = [
        ("job", JobEvent::KINDS),
        ("library", LibraryEvent::KINDS),
        ("schedule", ScheduleEvent::KINDS),
        ("inventory", InventoryEvent::KINDS),
        ("access", AccessEvent::KINDS),
    ];
    let of_family =
        |(family, kinds): (&str, &[&str])| kinds.iter().map(|kind| format!("{family} {kind}")).collect::<Vec<_>>();
    families.into_iter().flat_map(of_family).collect()
}

#[test]
fn no_name_of_an_event_ever_disappears() {
    let text = std::fs::read_to_string(folder().join("kinds.txt")).expect("the list of names is there");
    let golden: BTreeSet<String> = text.lines().map(str::to_owned).collect();
    let known: BTreeSet<String> = kinds().into_iter().collect();
    let gone: Vec<&String> = golden.difference(&known).collect();
    assert!(gone.is_empty(), "these names are in logs somewhere and can never go: {gone:?}");
    let new: Vec<&String> = known.difference(&golden).collect();
    assert!(new.is_empty(), "add these to tests/golden/events/kinds.txt, and a file for each: {new:?}");
}

#[test]
fn every_event_is_said_in_a_sentence() {
    let said = |(kind, file): &(String, Value)| {
        let sentence = sentence::sentence(&decode(kind, file), sentence::Names::default());
        format!("{kind}: {sentence}")
    };
    insta::assert_snapshot!(files().iter().map(said).collect::<Vec<_>>().join("\n"));
}

/// A sentence as a client says it who knows nothing but the English of each key, and the values.
fn filled_in(key: &str, values: &Value) -> String {
    let known = SentenceKey::ALL.iter().find(|known| known.name() == key).unwrap_or_else(|| panic!("no key {key}"));
    let told = values.as_object().expect("values have names");
    assert_eq!(told.keys().map(String::as_str).collect::<BTreeSet<_>>(), known.told().iter().copied().collect());
    let one = told.get("count") == Some(&Value::from(1));
    let mut text = known.english().to_owned();
    for (name, value) in told {
        let plain = match value {
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            value if value["ms"].is_u64() => Duration(value["ms"].as_u64().expect("a length")).to_string(),
            value if value["at"].is_string() => value["at"].as_str().expect("a moment").to_owned(),
            value if value["share"].is_u64() => format!("{}%", value["share"].as_u64().expect("a share") / 100),
            value => filled_in(value["key"].as_str().expect("a key"), &value["values"]),
        };
        text = text.replace(&format!("{{{name}}}"), &plain);
    }
    if one { text.replace("hosts", "host").replace("actions", "action") } else { text }
}

#[test]
fn the_values_of_a_sentence_say_all_that_its_english_says() {
    for (kind, file) in files() {
        let said = sentence::sentence(&decode(&kind, &file), sentence::Names::default());
        assert_eq!(filled_in(&said.key().name(), &said.values()), said.to_string(), "{kind}");
    }
}

#[test]
fn every_event_has_a_golden_file_that_reads_and_writes_the_same() {
    let files = files();
    for (kind, file) in &files {
        let event = decode(kind, file);
        assert_eq!(event.stream(), file["stream"].as_str().expect("a stream"), "{kind}");
        let written: Value = serde_json::from_slice(&event.payload()).expect("a payload is JSON");
        assert_eq!(written, file["payload"], "{kind} is written otherwise than it was read");
    }
    let found: BTreeSet<&str> = files.iter().map(|(kind, _)| kind.as_str()).collect();
    let all = kinds();
    let missing: Vec<&str> =
        all.iter().filter_map(|kind| kind.split(' ').next_back()).filter(|k| !found.contains(k)).collect();
    assert!(missing.is_empty(), "no golden file for {missing:?}");
}

#[test]
fn what_cannot_be_read_is_named() {
    let unread = |stream: &str, kind: &str, schema, payload: &str| {
        Event::decode(stream, kind, schema, payload.as_bytes()).expect_err("it was read").to_string()
    };
    let job = "job/01JDB0000000000000000000AA";
    for (stream, kind, schema, payload) in [
        (job, "JobTeleported", 1, "{}"),
        (job, "JobStarted", 2, "{}"),
        (job, "BatchOpened", 1, "{}"),
        (job, "BatchOpened", 1, "{\"batch\": -1}"),
        ("job/7", "JobStarted", 1, "{}"),
        ("planet/earth", "JobStarted", 1, "{}"),
        ("library", "TemplateRemoved", 1, "not json"),
    ] {
        let said = unread(stream, kind, schema, payload);
        assert!(said.contains(stream) && said.contains(kind), "{said}");
    }
}

/// Applies every golden event, in and out of order, to a state; nothing may panic, and effects stay readable.
fn shake(mut fleet: Fleet) {
    let events = events();
    let jobs: Vec<_> = fleet.jobs.keys().copied().collect();
    for round in 0..3 {
        for step in 0..events.len() {
            let event = &events[(step * (round * 2 + 1) + round) % events.len()];
            let about = jobs.iter().map(|job| match event {
                Event::Job(_, event) => Event::Job(*job, event.clone()),
                other => other.clone(),
            });
            for event in about.chain([event.clone()]).collect::<Vec<_>>() {
                apply(&mut fleet, &event, Timestamp(1_800_000_000_000 + step as u64));
                effects(&fleet).into_iter().for_each(|effect| drop(fleet.order(effect)));
            }
        }
    }
    fleet.jobs.values().for_each(|job| drop(render::render(job).to_string()));
}

#[test]
fn a_recorded_fact_is_never_refused() {
    shake(Fleet::default());
    let mut given = Given::nothing();
    ["hosts web-1..web-9", "step a: out, retry 2 1h x1", "step b: undo", "undo"]
        .into_iter()
        .for_each(|line| given.take(line));
    let mut world = World::new(Script::default());
    chance::begin(&mut world, given, 2);
    shake(world.fleet.clone());
    world.step();
    shake(world.fleet);
}
