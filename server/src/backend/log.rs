//! Pages of the log.
//!
//! Nothing here asks the engine: where a host stands in the plan of a job, the log says itself.

use super::{EngineBackend, unreadable};
use jobs::ids::{HostIndex, HostName, JobId};
use jobs::time::Timestamp;
use schema::backend::{About, Edge, EventFilter, EventPage, EventQuery, Fault, Recorded, StreamQuery, stream_of};
use serde::Deserialize;
use serde_json::Value;
use std::collections::HashMap;
use std::ops::Range;
use storage::{Envelope, EventStore, StoreError};

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
    backend.searches.read(move || page_of(&*store, durable, &query)).await
}

fn page_of(store: &dyn EventStore, durable: u64, query: &EventQuery) -> Result<EventPage, Fault> {
    let row = Row::of(store, query.filter.job, durable)?;
    let too_early = query.filter.from.map_or(Ok(0), |from| row.count_while(|it| recorded_at(it) < from))?;
    let last = query.filter.to.map_or(Ok(row.length), |to| row.count_while(|it| recorded_at(it) < to))?;
    let mut sieve = Sieve { store, filter: &query.filter, places: HashMap::new() };
    match query.edge {
        Edge::After(position) => {
            let after = row.up_to(position)?.max(too_early);
            forward(&row, &mut sieve, after..last.max(after), query.limit).map(|mut page| {
                // Whoever waits for more goes on behind all that is durable, whatever of it the filter could want.
                page.seen = if page.end { durable.max(position) } else { page.seen };
                page
            })
        }
        Edge::Before(position) => {
            let end = row.up_to(position.saturating_sub(1))?.min(last);
            backward(&row, &mut sieve, too_early.min(end)..end, query.limit, position)
        }
    }
}

/// The records a page is taken of, numbered from 1: the whole log, or the stream of one job. Both are in the order of time.
struct Row<'a> {
    store: &'a dyn EventStore,
    stream: Option<String>,
    /// How many there are that are durable.
    length: u64,
}

impl Row<'_> {
    fn of(store: &dyn EventStore, job: Option<JobId>, durable: u64) -> Result<Row<'_>, Fault> {
        let Some(job) = job else { return Ok(Row { store, stream: None, length: durable }) };
        let stream = stream_of(job);
        let length = store.stream_version(&stream).map_err(unreadable)?;
        let row = Row { store, stream: Some(stream), length };
        Ok(Row { length: row.up_to(durable)?, ..row })
    }

    /// At most `limit` records behind the first so many.
    fn read(&self, after: u64, limit: usize) -> Result<Vec<Envelope>, Fault> {
        match &self.stream {
            None => self.store.read(after, limit),
            Some(stream) => self.store.read_stream(stream, after, limit),
        }
        .map_err(unreadable)
    }

    /// How many of them are at or before a position of the log.
    fn up_to(&self, position: u64) -> Result<u64, Fault> {
        match self.stream {
            None => Ok(position.min(self.length)),
            Some(_) => self.count_while(|it| it.position <= position),
        }
    }

    /// How many of the first ones are so, found by halves: where one is not, none that follows is.
    fn count_while(&self, is_so: impl Fn(&Envelope) -> bool) -> Result<u64, Fault> {
        let (mut so, mut not) = (0, self.length + 1);
        while not - so > 1 {
            let middle = so + (not - so) / 2;
            match self.read(middle - 1, 1)?.first().is_some_and(&is_so) {
                true => so = middle,
                false => not = middle,
            }
        }
        Ok(so)
    }
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
        if !self.filter.may_match(&record.stream, &record.kind, &record.actor, Timestamp(record.recorded_at_ms)) {
            return Ok(None);
        }
        let place = match &self.filter.host {
            Some(host) if record.stream.starts_with("job/") => self.place(&record.stream, host)?,
            _ => None,
        };
        let about = match (&self.filter.host, place) {
            (None, _) => About::Anything,
            (Some(_), Some(place)) => About::Place(place),
            (Some(host), None) => About::Named(host.clone()),
        };
        let event = Trace::of(&about).may_be_in(&envelope).then(|| recorded(envelope));
        Ok(event.filter(|event| self.filter.matches(event, |_| place)))
    }

    fn place(&mut self, stream: &str, host: &HostName) -> Result<Option<HostIndex>, Fault> {
        if let Some(place) = self.places.get(stream) {
            return Ok(*place);
        }
        let first = first_records(self.store, stream).map_err(unreadable)?;
        let sealed = first.iter().find(|envelope| *envelope.record.kind == *"PlanSealed");
        let place = sealed.and_then(|envelope| place_in(&envelope.record.payload, host));
        self.places.insert(stream.to_owned(), place);
        Ok(place)
    }
}

/// The records a job's stream begins with: its creation, and the plan that was sealed with it.
pub(super) fn first_records(store: &dyn EventStore, stream: &str) -> Result<Vec<Envelope>, StoreError> {
    store.read_stream(stream, 0, FIRST_EVENTS)
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

/// Records of a row in their order, those numbered behind the start of the range up to its end.
fn forward(row: &Row<'_>, sieve: &mut Sieve<'_>, numbers: Range<u64>, limit: usize) -> Result<EventPage, Fault> {
    let mut page = EventPage { events: Vec::new(), seen: 0, end: numbers.is_empty() };
    let mut read = numbers.start;
    while !page.end && read - numbers.start < MOST_LOOKED_AT {
        let records = row.read(read, READ_AT_ONCE.min(numbers.end - read) as usize)?;
        page.end = records.is_empty();
        for envelope in records {
            read += 1;
            page.seen = envelope.position;
            page.end = read >= numbers.end;
            page.events.extend(sieve.take(envelope)?);
            if page.events.len() == limit {
                return Ok(page);
            }
        }
    }
    Ok(page)
}

/// The same from the end of the range down. A page of none goes on from where it began.
fn backward(
    row: &Row<'_>,
    sieve: &mut Sieve<'_>,
    numbers: Range<u64>,
    limit: usize,
    before: u64,
) -> Result<EventPage, Fault> {
    let mut page = EventPage { events: Vec::new(), seen: before, end: numbers.is_empty() };
    let mut unread = numbers.end;
    while !page.end && numbers.end - unread < MOST_LOOKED_AT {
        let from = unread.saturating_sub(READ_AT_ONCE).max(numbers.start);
        for envelope in row.read(from, (unread - from) as usize)?.into_iter().rev() {
            unread -= 1;
            page.seen = envelope.position;
            page.end = unread <= numbers.start;
            page.events.extend(sieve.take(envelope)?);
            if page.events.len() == limit {
                return Ok(page);
            }
        }
        unread = from;
        page.end = from <= numbers.start;
    }
    Ok(page)
}

/// What the payload of every event about something has in it: a look before the payload is read as JSON, which nearly all
/// records of a job of many hosts are spared.
struct Trace(Option<String>);

impl Trace {
    fn of(about: &About) -> Trace {
        Trace(match about {
            About::Anything => None,
            About::Place(host) => Some(host.0.to_string()),
            About::Named(host) => serde_json::to_string(host).ok(),
        })
    }

    /// False only where the record is not about it.
    fn may_be_in(&self, envelope: &Envelope) -> bool {
        let text = || std::str::from_utf8(&envelope.record.payload);
        self.0.as_ref().is_none_or(|trace| text().is_ok_and(|text| text.contains(trace)))
    }
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
    let about = host.map_or(About::Anything, About::Place);
    let trace = Trace::of(&about);
    let at_once = host.map_or(limit.min(READ_AT_ONCE as usize), |_| READ_AT_ONCE as usize);
    loop {
        let records = store.read_stream(stream, seen, at_once).map_err(unreadable)?;
        let Some(last) = records.last() else { return Ok(events) };
        seen = last.version;
        let records = records.into_iter().filter(|envelope| trace.may_be_in(envelope));
        for event in records.map(recorded).filter(|event| about.is_said_by(event)) {
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
    let trace = Trace::of(&query.about);
    while upto > least {
        let first = upto.saturating_sub(at_once).max(least);
        let records = store.read_stream(&query.stream, first, (upto - first) as usize).map_err(unreadable)?;
        for envelope in records.into_iter().rev() {
            if envelope.position <= query.after {
                return Ok(EventPage { seen: query.after, end: true, ..page });
            }
            page.seen = envelope.position;
            let event = trace.may_be_in(&envelope).then(|| recorded(envelope));
            page.events.extend(event.filter(|event| query.about.is_said_by(event)));
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

/// Where the newest record of a stream stands before a position; `None` where it has none there.
pub(super) fn newest_position(store: &dyn EventStore, stream: &str, before: u64) -> Result<Option<u64>, Fault> {
    let Some(others) = versions_before(store, stream, before)?.checked_sub(1) else { return Ok(None) };
    let newest = store.read_stream(stream, others, 1).map_err(unreadable)?;
    Ok(newest.first().map(|envelope| envelope.position))
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

fn recorded_at(envelope: &Envelope) -> Timestamp {
    Timestamp(envelope.record.recorded_at_ms)
}

/// A record as it is presented.
pub(super) fn recorded(envelope: Envelope) -> Recorded {
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
            recorded_at_ms: store.head().position / 2 * 1_000,
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

    const JOBS: [JobId; 2] = [JobId(ulid::Ulid(1)), JobId(ulid::Ulid(2))];

    /// Two jobs whose plans have the host `b` at different places, and what happens to it. Two records have one second.
    fn log() -> MemoryStore {
        let store = MemoryStore::new();
        append(&store, "inventory", "InventoryChanged", json!({"source": "x", "put": [{"name": "b"}], "removed": []}));
        for (job, hosts) in JOBS.into_iter().zip([["a", "b"], ["b", "a"]]) {
            let (stream, hosts) = (stream_of(job), hosts.map(|name| json!({"name": name, "labels": {}})));
            append(&store, &stream, "JobCreated", json!({}));
            append(&store, &stream, "PlanSealed", json!({"plan": {"hosts": hosts, "seed": 7}}));
            append(&store, &stream, "HostAdmitted", json!({"host": 1}));
            append(&store, &stream, "CanaryBackfilled", json!({"host": 5, "insteadOf": 1}));
            append(&store, &stream, "HostsRetried", json!({"hosts": [3, 0], "from": "start", "by": "user:alice"}));
        }
        append(&store, "inventory", "InventoryChanged", json!({"source": "x", "put": [], "removed": ["b"]}));
        store
    }

    fn read(store: &MemoryStore, durable: u64, edge: Edge, limit: usize, filter: &EventFilter) -> EventPage {
        page_of(store, durable, &EventQuery { edge, limit, filter: filter.clone() }).expect("a page")
    }

    fn kinds(events: &[Recorded]) -> Vec<(u64, &str)> {
        events.iter().map(|event| (event.position, event.kind.as_str())).collect()
    }

    fn positions(page: &EventPage) -> Vec<u64> {
        page.events.iter().map(|event| event.position).collect()
    }

    #[test]
    fn a_page_about_a_host_has_what_every_event_says_about_it() {
        let store = log();
        let filter = EventFilter { host: Some("b".into()), ..EventFilter::default() };
        let expected = [
            (1, "InventoryChanged"),
            (4, "HostAdmitted"),
            (5, "CanaryBackfilled"),
            (11, "HostsRetried"),
            (12, "InventoryChanged"),
        ];
        let page = read(&store, 12, Edge::After(0), 100, &filter);
        assert_eq!(kinds(&page.events), expected);
        assert!(page.end);
        let mut back = read(&store, 12, Edge::Before(13), 100, &filter).events;
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
            let about = About::Place(HostIndex(1));
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
        let about = About::Place(HostIndex(1));
        let none = StreamQuery { stream: "job/none".into(), after: 0, before: 9, limit: 9, about };
        assert!(stream_back(&store, &none).expect("a page").end, "a stream that is not there has nothing");
    }

    #[test]
    fn the_newest_record_of_a_stream_before_a_position_is_found() {
        let store = log();
        let job = stream_of(JOBS[0]);
        let newest = |stream: &str, before| newest_position(&store, stream, before).expect("a log");
        let before = |stream: &str| [1, 2, 3, 6, 7, 12, 13, u64::MAX].map(|before| newest(stream, before));
        assert_eq!(before(&job), [None, None, Some(2), Some(5), Some(6), Some(6), Some(6), Some(6)]);
        assert_eq!(before("inventory")[3..], [Some(1), Some(1), Some(1), Some(12), Some(12)]);
        assert_eq!(newest("job/none", u64::MAX), None);
    }

    #[test]
    fn a_record_that_may_be_about_a_host_is_never_passed_over() {
        let store = MemoryStore::new();
        append(&store, "job/one", "HostAdmitted", json!({"host": 17, "undo": false}));
        append(&store, "job/one", "HostAdmitted", json!({"host": 3, "why": "port 17"}));
        append(&store, "inventory", "InventoryChanged", json!({"put": [{"name": "a\"b"}], "removed": []}));
        let all = store.read(0, 9).expect("records");
        let found = |about: About| {
            let may = all.iter().filter(|envelope| Trace::of(&about).may_be_in(envelope)).map(|it| it.position);
            let is = all.iter().filter(|it| about.is_said_by(&recorded((*it).clone()))).map(|it| it.position);
            (may.collect::<Vec<_>>(), is.collect::<Vec<_>>())
        };
        assert_eq!(found(About::Place(HostIndex(17))), (vec![1, 2], vec![1]));
        assert_eq!(found(About::Place(HostIndex(3))), (vec![2], vec![2]));
        assert_eq!(found(About::Named("a\"b".into())), (vec![3], vec![3]));
        assert_eq!(found(About::Named("a".into())), (vec![], vec![]), "a part of a name is another name");
        assert_eq!(found(About::Anything).0, [1, 2, 3]);
    }

    #[test]
    fn a_page_stops_at_its_limit_and_goes_on_from_there() {
        let store = log();
        let filter = EventFilter { kinds: vec!["HostAdmitted".into()], ..EventFilter::default() };
        let first = read(&store, 12, Edge::After(0), 1, &filter);
        assert_eq!((positions(&first), first.seen, first.end), (vec![4], 4, false));
        let second = read(&store, 12, Edge::After(first.seen), 1, &filter);
        assert_eq!(positions(&second), [9]);
        let hidden = read(&store, 3, Edge::After(0), 9, &filter);
        assert!(hidden.events.is_empty() && hidden.end, "what is not durable is not shown");
        assert_eq!(read(&store, 12, Edge::Before(9), 9, &filter).events.len(), 1);
    }

    #[test]
    fn a_page_of_a_job_is_read_from_its_own_stream() {
        let store = log();
        let filter = EventFilter { job: Some(JOBS[1]), ..EventFilter::default() };
        let of_job = read(&store, 12, Edge::After(0), 100, &filter);
        assert_eq!((positions(&of_job), of_job.seen, of_job.end), (vec![7, 8, 9, 10, 11], 12, true));
        assert_eq!(positions(&read(&store, 12, Edge::After(8), 2, &filter)), [9, 10]);
        assert_eq!(positions(&read(&store, 9, Edge::After(7), 9, &filter)), [8, 9], "the rest is not durable");
        let back = read(&store, 12, Edge::Before(u64::MAX), 2, &filter);
        assert_eq!((positions(&back), back.end), (vec![11, 10], false));
        let rest = read(&store, 12, Edge::Before(back.seen), 9, &filter);
        assert_eq!((positions(&rest), rest.end), (vec![9, 8, 7], true));
        let unknown = EventFilter { job: Some(JobId(ulid::Ulid(9))), ..EventFilter::default() };
        assert!(read(&store, 12, Edge::After(0), 9, &unknown).end);
        assert!(read(&store, 12, Edge::Before(u64::MAX), 9, &unknown).end);
    }

    #[test]
    fn a_time_is_found_in_the_log_and_in_the_stream_of_a_job() {
        let store = log();
        // Positions 1 to 12 were recorded at 0, 0, 1, 1, 2, 2 … seconds.
        let between = |from, to, job| EventFilter {
            from: Some(Timestamp(from)),
            to: Some(Timestamp(to)),
            job,
            ..EventFilter::default()
        };
        for (filter, expected) in [
            (between(1_000, 3_000, None), vec![3, 4, 5, 6]),
            (between(1_001, 2_001, None), vec![5, 6]),
            (between(0, 1, None), vec![1, 2]),
            (between(5_000, 99_000, None), vec![11, 12]),
            (between(9_000, 99_000, None), vec![]),
            (between(3_000, 1_000, None), vec![]),
            (between(1_000, 4_000, Some(JOBS[1])), vec![7, 8]),
        ] {
            let page = read(&store, 12, Edge::After(0), 100, &filter);
            assert_eq!((positions(&page), page.end, page.seen), (expected.clone(), true, 12), "{filter:?}");
            let back = read(&store, 12, Edge::Before(u64::MAX), 100, &filter);
            let mut backwards = positions(&back);
            backwards.reverse();
            assert_eq!((backwards, back.end), (expected, true), "{filter:?}");
        }
        let page = read(&store, 12, Edge::Before(6), 1, &between(1_000, 3_000, None));
        assert_eq!((positions(&page), page.seen, page.end), (vec![5], 5, false));
    }

    #[test]
    fn a_moment_in_a_long_log_is_found_by_halves() {
        let store = MemoryStore::new();
        let records = (0..30_000u64).map(|n| storage::conformance::record("a", n)).collect();
        store.append(Group::of(records)).expect("a good group");
        let row = Row::of(&store, None, 30_000).expect("a log");
        let looks = std::cell::Cell::new(0);
        let found = row.count_while(|it| {
            looks.set(looks.get() + 1);
            it.record.recorded_at_ms < 1_700_000_012_345
        });
        assert_eq!(found, Ok(12_345));
        assert!(looks.get() <= 15, "{} looks", looks.get());
    }
}
