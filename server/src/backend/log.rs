//! Pages of the log.

use super::{EngineBackend, blocking, unreadable};
use jobs::ids::{HostIndex, HostName, JobId};
use jobs::time::Timestamp;
use schema::backend::{Edge, EventFilter, EventPage, EventQuery, Fault, Recorded, read};
use serde_json::Value;
use std::collections::HashMap;
use storage::{Envelope, EventStore};

/// The most records looked at for one page; what a filter leaves of them may be less than was asked for.
const MOST_LOOKED_AT: u64 = 20_000;
/// Records read at once.
const READ_AT_ONCE: u64 = 1_000;

/// Where a host stands in the plans of the jobs it is in.
type Places = HashMap<JobId, HostIndex>;

pub(super) async fn page(backend: &EngineBackend, query: EventQuery) -> Result<EventPage, Fault> {
    let places = match query.filter.host.clone() {
        Some(host) => Some(read(backend, move |fleet, _| places(fleet, &host)).await?),
        None => None,
    };
    let store = backend.store.clone();
    let durable = *backend.engine.durable().borrow();
    blocking(move || match query.edge {
        Edge::After(position) => forward(&*store, position, durable, &query, places.as_ref()),
        Edge::Before(position) => backward(&*store, position.min(durable + 1), &query, places.as_ref()),
    })
    .await
}

fn places(fleet: &jobs::fleet::Fleet, host: &HostName) -> Places {
    let in_plan = |job: &jobs::job::Job| {
        let at = job.plan.hosts.iter().position(|planned| planned.name == *host)?;
        Some((job.id, HostIndex(at as u32)))
    };
    fleet.jobs.values().filter_map(in_plan).collect()
}

fn forward(
    store: &dyn EventStore,
    after: u64,
    durable: u64,
    query: &EventQuery,
    places: Option<&Places>,
) -> Result<EventPage, Fault> {
    let mut page = EventPage { events: Vec::new(), seen: after, end: false };
    while page.seen - after < MOST_LOOKED_AT {
        let records = store.read(page.seen, READ_AT_ONCE as usize).map_err(unreadable)?;
        for envelope in records.into_iter().take_while(|envelope| envelope.position <= durable) {
            page.seen = envelope.position;
            page.events.extend(Some(envelope).filter(|it| fits(it, &query.filter, places)).map(recorded));
            if page.events.len() == query.limit {
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

fn backward(
    store: &dyn EventStore,
    before: u64,
    query: &EventQuery,
    places: Option<&Places>,
) -> Result<EventPage, Fault> {
    let mut page = EventPage { events: Vec::new(), seen: before, end: before <= 1 };
    while !page.end && before - page.seen < MOST_LOOKED_AT {
        let first = page.seen.saturating_sub(READ_AT_ONCE).max(1);
        let records = store.read(first - 1, (page.seen - first) as usize).map_err(unreadable)?;
        for envelope in records.into_iter().rev() {
            page.seen = envelope.position;
            page.events.extend(Some(envelope).filter(|it| fits(it, &query.filter, places)).map(recorded));
            if page.events.len() == query.limit {
                page.end = page.seen <= 1;
                return Ok(page);
            }
        }
        page.seen = first;
        page.end = first <= 1;
    }
    Ok(page)
}

fn fits(envelope: &Envelope, filter: &EventFilter, places: Option<&Places>) -> bool {
    let record = &envelope.record;
    filter.stream.as_ref().is_none_or(|stream| record.stream.starts_with(stream.as_str()))
        && (filter.kinds.is_empty() || filter.kinds.iter().any(|kind| **kind == *record.kind))
        && filter.actor.as_ref().is_none_or(|actor| **actor == *record.actor)
        && places.is_none_or(|places| is_about(envelope, places))
}

fn is_about(envelope: &Envelope, places: &Places) -> bool {
    let job: Option<JobId> = envelope.record.stream.strip_prefix("job/").and_then(|id| id.parse().ok());
    job.and_then(|job| places.get(&job)).is_some_and(|host| names_host(&payload(envelope), *host))
}

fn names_host(payload: &Value, host: HostIndex) -> bool {
    let is_it = |value: &Value| value.as_u64() == Some(u64::from(host.0));
    payload.get("host").is_some_and(is_it)
        || payload.get("hosts").and_then(Value::as_array).is_some_and(|hosts| hosts.iter().any(is_it))
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
        for envelope in records.into_iter().filter(|it| host.is_none_or(|host| names_host(&payload(it), host))) {
            events.push(recorded(envelope));
            if events.len() == limit {
                return Ok(events);
            }
        }
    }
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
