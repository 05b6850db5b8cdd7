//! Pages of the log.
//!
//! Nothing here asks the engine: where a host stands in the plan of a job, the log says itself.

use super::{EngineBackend, blocking, unreadable};
use jobs::ids::{HostIndex, HostName};
use jobs::time::Timestamp;
use schema::backend::{Edge, EventFilter, EventPage, EventQuery, Fault, Recorded, StreamQuery};
use serde::Deserialize;
use serde_json::Value;
use std::collections::HashMap;
use storage::{Envelope, EventStore};

/// The most records looked at for one page; what a filter leaves of them may be less than was asked for.
const MOST_LOOKED_AT: u64 = 20_000;
/// Records read at once.
const READ_AT_ONCE: u64 = 1_000;
/// Records of a stream that are read first, backwards: often they say that nothing there is in reach.
const READ_AT_FIRST: u64 = 16;
/// A job's plan is sealed with its creation: it stands among its first events.
const FIRST_EVENTS: usize = 4;

pub(super) async fn page(backend: &EngineBackend, query: EventQuery) -> Result<EventPage, Fault> {
    let store = backend.store.clone();
    let durable = *backend.engine.durable().borrow();
    blocking(move || {
        let mut sieve = Sieve { store: &*store, filter: &query.filter, places: HashMap::new() };
        match query.edge {
            Edge::After(position) => forward(&mut sieve, position, durable, query.limit),
            Edge::Before(position) => backward(&mut sieve, position.min(durable + 1), query.limit),
        }
    })
    .await
}

/// Lets through what a filter wants.
struct Sieve<'a> {
    store: &'a dyn EventStore,
    filter: &'a EventFilter,
    /// Where the host of the filter stands in the plans of the jobs that were met.
    places: HashMap<String, Option<HostIndex>>,
}

impl Sieve<'_> {
    fn take(&mut self, envelope: Envelope) -> Result<Option<Recorded>, Fault> {
        let record = &envelope.record;
        if !self.filter.may_match(&record.stream, &record.kind, &record.actor) {
            return Ok(None);
        }
        let event = recorded(envelope);
        let place = match &self.filter.host {
            Some(host) if event.stream.starts_with("job/") => self.place(&event.stream, host)?,
            _ => None,
        };
        Ok(Some(event).filter(|event| self.filter.matches(event, |_| place)))
    }

    fn place(&mut self, stream: &str, host: &HostName) -> Result<Option<HostIndex>, Fault> {
        if let Some(place) = self.places.get(stream) {
            return Ok(*place);
        }
        let first = self.store.read_stream(stream, 0, FIRST_EVENTS).map_err(unreadable)?;
        let sealed = first.iter().find(|envelope| *envelope.record.kind == *"PlanSealed");
        let place = sealed.and_then(|envelope| place_in(&envelope.record.payload, host));
        self.places.insert(stream.to_owned(), place);
        Ok(place)
    }
}

/// Where a host stands in the plan that an event sealed.
fn place_in(payload: &[u8], host: &HostName) -> Option<HostIndex> {
    #[derive(Deserialize)]
    struct Sealed {
        plan: Hosts,
    }
    #[derive(Deserialize)]
    struct Hosts {
        hosts: Vec<Named>,
    }
    #[derive(Deserialize)]
    struct Named {
        name: HostName,
    }
    let sealed: Sealed = serde_json::from_slice(payload).ok()?;
    let at = sealed.plan.hosts.iter().position(|planned| planned.name == *host)?;
    Some(HostIndex(at as u32))
}

fn forward(sieve: &mut Sieve<'_>, after: u64, durable: u64, limit: usize) -> Result<EventPage, Fault> {
    let mut page = EventPage { events: Vec::new(), seen: after, end: false };
    while page.seen - after < MOST_LOOKED_AT {
        let records = sieve.store.read(page.seen, READ_AT_ONCE as usize).map_err(unreadable)?;
        for envelope in records.into_iter().take_while(|envelope| envelope.position <= durable) {
            page.seen = envelope.position;
            page.events.extend(sieve.take(envelope)?);
            if page.events.len() == limit {
                page.end = page.seen >= durable;
                return Ok(page);
            }
        }
        if page.seen >= durable {
            page.end = true;
            break;
        }
    }
    Ok(page)
}

fn backward(sieve: &mut Sieve<'_>, before: u64, limit: usize) -> Result<EventPage, Fault> {
    let mut page = EventPage { events: Vec::new(), seen: before, end: before <= 1 };
    while !page.end && before - page.seen < MOST_LOOKED_AT {
        let first = page.seen.saturating_sub(READ_AT_ONCE).max(1);
        let records = sieve.store.read(first - 1, (page.seen - first) as usize).map_err(unreadable)?;
        for envelope in records.into_iter().rev() {
            page.seen = envelope.position;
            page.events.extend(sieve.take(envelope)?);
            if page.events.len() == limit {
                page.end = page.seen <= 1;
                return Ok(page);
            }
        }
        page.seen = first;
        page.end = first <= 1;
    }
    Ok(page)
}

/// A page of one stream.
pub(super) fn stream(
    store: &dyn EventStore,
    stream: &str,
    after_version: u64,
    limit: usize,
    host: Option<HostIndex>,
) -> Result<Vec<Recorded>, Fault> {
    let (mut events, mut seen) = (Vec::new(), after_version);
    loop {
        let records = store.read_stream(stream, seen, READ_AT_ONCE as usize).map_err(unreadable)?;
        let Some(last) = records.last() else { return Ok(events) };
        seen = last.version;
        let wanted = |event: &Recorded| host.is_none_or(|host| event.is_about(host));
        for event in records.into_iter().map(recorded).filter(wanted) {
            events.push(event);
            if events.len() == limit {
                return Ok(events);
            }
        }
    }
}

/// A part of one stream, newest first. At most so many records are looked at; what is asked for may begin before them.
pub(super) fn stream_back(store: &dyn EventStore, query: &StreamQuery) -> Result<EventPage, Fault> {
    let mut upto = versions_before(store, &query.stream, query.before)?;
    let mut page = EventPage { events: Vec::new(), seen: query.before, end: false };
    let (least, mut at_once) = (upto.saturating_sub(MOST_LOOKED_AT), READ_AT_FIRST);
    while upto > least {
        let first = upto.saturating_sub(at_once).max(least);
        let records = store.read_stream(&query.stream, first, (upto - first) as usize).map_err(unreadable)?;
        for envelope in records.into_iter().rev() {
            if envelope.position <= query.after {
                return Ok(EventPage { seen: query.after, end: true, ..page });
            }
            page.seen = envelope.position;
            page.events.extend(Some(recorded(envelope)).filter(|event| query.about.is_said_by(event)));
            if page.events.len() == query.limit {
                return Ok(page);
            }
        }
        upto = first;
        at_once = (at_once * 8).min(READ_AT_ONCE);
    }
    page.end = upto == 0;
    Ok(page)
}

/// How many records of a stream stand before a position: positions grow with versions.
fn versions_before(store: &dyn EventStore, stream: &str, position: u64) -> Result<u64, Fault> {
    let is_before = |version: u64| -> Result<bool, Fault> {
        let record = store.read_stream(stream, version - 1, 1).map_err(unreadable)?;
        Ok(record.first().is_none_or(|envelope| envelope.position < position))
    };
    let (mut before, mut after) = (0, store.stream_version(stream).map_err(unreadable)? + 1);
    // Mostly all of them do.
    if after > 1 && is_before(after - 1)? {
        return Ok(after - 1);
    }
    while after - before > 1 {
        let middle = before + (after - before) / 2;
        match is_before(middle)? {
            true => before = middle,
            false => after = middle,
        }
    }
    Ok(before)
}

/// What is not JSON is shown as the text it is.
fn payload(envelope: &Envelope) -> Value {
    let text = || Value::String(String::from_utf8_lossy(&envelope.record.payload).into_owned());
    serde_json::from_slice(&envelope.record.payload).unwrap_or_else(|_| text())
}

fn recorded(envelope: Envelope) -> Recorded {
    Recorded {
        position: envelope.position,
        version: envelope.version,
        payload: payload(&envelope),
        stream: envelope.record.stream.to_string(),
        at: Timestamp(envelope.record.recorded_at_ms),
        actor: envelope.record.actor.to_string(),
        origin: envelope.record.origin.to_string(),
        kind: envelope.record.kind.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use storage::{CommandId, Group, MemoryStore, Record};

    fn append(store: &MemoryStore, stream: &str, kind: &str, payload: Value) {
        let record = Record {
            stream: stream.into(),
            recorded_at_ms: 1,
            actor: "user:alice".into(),
            origin: "test".into(),
            command: CommandId::default(),
            causation: 0,
            kind: kind.into(),
            schema: 1,
            payload: payload.to_string().into_bytes(),
        };
        store.append(Group::of(vec![record])).expect("a good record");
    }

    /// Two jobs whose plans have the host `b` at different places, and what happens to it.
    fn log() -> MemoryStore {
        let store = MemoryStore::new();
        append(&store, "inventory", "InventoryChanged", json!({"source": "x", "put": [{"name": "b"}], "removed": []}));
        for (stream, hosts) in [("job/one", ["a", "b"]), ("job/two", ["b", "a"])] {
            let hosts = hosts.map(|name| json!({"name": name, "labels": {}}));
            append(&store, stream, "JobCreated", json!({}));
            append(&store, stream, "PlanSealed", json!({"plan": {"hosts": hosts, "seed": 7}}));
            append(&store, stream, "HostAdmitted", json!({"host": 1}));
            append(&store, stream, "CanaryBackfilled", json!({"host": 5, "insteadOf": 1}));
            append(&store, stream, "HostsRetried", json!({"hosts": [3, 0], "from": "start", "by": "user:alice"}));
        }
        append(&store, "inventory", "InventoryChanged", json!({"source": "x", "put": [], "removed": ["b"]}));
        store
    }

    fn kinds(events: &[Recorded]) -> Vec<(&str, &str)> {
        events.iter().map(|event| (event.stream.as_str(), event.kind.as_str())).collect()
    }

    #[test]
    fn a_page_about_a_host_has_what_every_event_says_about_it() {
        let store = log();
        let filter = EventFilter { host: Some("b".into()), ..EventFilter::default() };
        let mut sieve = Sieve { store: &store, filter: &filter, places: HashMap::new() };
        let expected = [
            ("inventory", "InventoryChanged"),
            ("job/one", "HostAdmitted"),
            ("job/one", "CanaryBackfilled"),
            ("job/two", "HostsRetried"),
            ("inventory", "InventoryChanged"),
        ];
        let page = forward(&mut sieve, 0, 12, 100).expect("a page");
        assert_eq!(kinds(&page.events), expected);
        assert!(page.end);
        let mut back = backward(&mut sieve, 13, 100).expect("a page").events;
        back.reverse();
        assert_eq!(kinds(&back), expected);
    }

    #[test]
    fn a_stream_is_read_backwards_between_two_positions() {
        let store = MemoryStore::new();
        for number in 0..200u32 {
            append(&store, "job/one", "HostAdmitted", json!({"host": number % 2}));
            append(&store, "job/two", "HostAdmitted", json!({"host": 0}));
        }
        let back = |after, before, limit| {
            let about = schema::backend::About::Place(HostIndex(1));
            let page = stream_back(&store, &StreamQuery { stream: "job/one".into(), after, before, limit, about });
            let page = page.expect("a page");
            (page.events.iter().map(|event| event.position).collect::<Vec<_>>(), page.seen, page.end)
        };
        let (all, _, end) = back(0, u64::MAX, 1_000);
        assert_eq!((all.len(), all[0], all[99], end), (100, 399, 3, true));
        assert!(all.windows(2).all(|pair| pair[0] == pair[1] + 4));
        for before in [2, 3, 4, 5, 150, 398, 399, 400] {
            let expected: Vec<u64> = all.iter().copied().filter(|position| *position < before).collect();
            assert_eq!(back(0, before, 1_000), (expected.clone(), expected.last().map_or(1.min(before), |_| 1), true));
        }
        assert_eq!(back(0, 399, 2), (vec![395, 391], 391, false), "it goes on from there");
        assert_eq!(back(391, u64::MAX, 9), (vec![399, 395], 391, true), "nothing else is in reach");
        assert_eq!(back(399, u64::MAX, 9), (vec![], 399, true));
        let about = schema::backend::About::Place(HostIndex(1));
        let none = StreamQuery { stream: "job/none".into(), after: 0, before: 9, limit: 9, about };
        assert!(stream_back(&store, &none).expect("a page").end, "a stream that is not there has nothing");
    }

    #[test]
    fn a_page_stops_at_its_limit_and_goes_on_from_there() {
        let store = log();
        let filter = EventFilter { kinds: vec!["HostAdmitted".into()], ..EventFilter::default() };
        let mut sieve = Sieve { store: &store, filter: &filter, places: HashMap::new() };
        let first = forward(&mut sieve, 0, 12, 1).expect("a page");
        assert_eq!((kinds(&first.events), first.end), (vec![("job/one", "HostAdmitted")], false));
        let second = forward(&mut sieve, first.seen, 12, 1).expect("a page");
        assert_eq!(kinds(&second.events), [("job/two", "HostAdmitted")]);
        let hidden = forward(&mut sieve, 0, 3, 9).expect("a page");
        assert!(hidden.events.is_empty() && hidden.end, "what is not durable is not shown");
    }
}
