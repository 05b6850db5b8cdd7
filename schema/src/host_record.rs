//! Everything that is recorded about one host, newest first, put together from the streams of the jobs that had it and of
//! the inventory. A server that is rarely mentioned would otherwise cost a walk through the whole log.
//!
//! Never found here: what an event says (`event`).

use crate::backend::{About, Backend, Fault, Recorded, StreamQuery, stream_of};
use crate::event::{self, EventConnection};
use crate::fault::fault;
use crate::host;
use crate::page::Page;
use async_graphql::Error;
use jobs::ids::HostName;

/// How many parts of streams are read for one page: where they say little about the host, a page may be short.
const MOST_READS: usize = 40;

/// The stream of the inventory's events.
const INVENTORY: &str = "inventory";

/// A stream that may say something about the host, as far as it was read: backwards.
struct Source {
    stream: String,
    about: About,
    /// Everything from here on was looked at. At first that is right behind its newest record in reach, so that no stream
    /// is read before it is its turn.
    seen: u64,
    /// Whether its beginning was reached.
    end: bool,
}

/// A page of what is recorded about a host before a position.
pub async fn page(backend: &dyn Backend, host: &HostName, page: Page) -> Result<EventConnection, Error> {
    let before = page.after_key::<u64>()?.unwrap_or(u64::MAX);
    let mut sources = sources(backend, host, before).await.map_err(fault)?;
    let found = newest(backend, &mut sources, page.limit).await.map_err(fault)?;
    debug_assert!(found.seen.is_none_or(|seen| seen < before), "the next page goes on from further back");
    let seen = found.seen.unwrap_or(0);
    Ok(event::connection(found.events, |event| event.position.0, seen, found.seen.is_some(), page.after.is_some()))
}

async fn sources(backend: &dyn Backend, host: &HostName, before: u64) -> Result<Vec<Source>, Fault> {
    let places = host::places(backend, host).await?;
    let jobs = places.into_iter().map(|(id, index)| (stream_of(id), About::Place(index)));
    let streams: Vec<(String, About)> = jobs.chain([(INVENTORY.to_owned(), About::Named(host.clone()))]).collect();
    let names = streams.iter().map(|(stream, _)| stream.clone()).collect();
    let newest = backend.newest_positions(names, before).await?;
    let in_reach = streams.into_iter().zip(newest).filter_map(|(stream, newest)| Some((stream, newest?)));
    let source = |((stream, about), newest)| Source { stream, about, seen: newest + 1, end: false };
    Ok(in_reach.map(source).collect())
}

/// The newest events of all sources.
struct Newest {
    events: Vec<Recorded>,
    /// Where to go on from; `None` where nothing older is left.
    seen: Option<u64>,
}

/// At most `limit` events. Each time the stream is read on that was read back least far, and no further than the page can
/// reach: once it is full, only what is newer than its oldest event matters. No two streams have a record in common, so
/// that after the first read all of them were looked at further back than where the page begins.
async fn newest(backend: &dyn Backend, sources: &mut [Source], limit: usize) -> Result<Newest, Fault> {
    let mut events: Vec<Recorded> = Vec::new();
    let mut reads = 0;
    loop {
        // One more than there is room for says that there is a next page.
        events.sort_unstable_by_key(|event| std::cmp::Reverse(event.position));
        events.truncate(limit + 1);
        let reach = events.get(limit).map_or(0, |oldest| oldest.position);
        let open = sources.iter_mut().filter(|source| !source.end && source.seen > reach);
        let Some(source) = open.min_by_key(|source| std::cmp::Reverse(source.seen)) else {
            let is_more = events.len() > limit;
            events.truncate(limit);
            let seen = events.last().map(|oldest| oldest.position).filter(|_| is_more);
            return Ok(Newest { events, seen });
        };
        if reads == MOST_READS {
            let seen = source.seen;
            events.retain(|event| event.position >= seen);
            events.truncate(limit);
            return Ok(Newest { events, seen: Some(seen) });
        }
        let (stream, about) = (source.stream.clone(), source.about.clone());
        let query = StreamQuery { stream, after: reach, before: source.seen, limit: limit + 1, about };
        let read = backend.stream_back(query).await?;
        reads += 1;
        source.seen = read.seen;
        source.end = read.end;
        events.extend(read.events);
    }
}
