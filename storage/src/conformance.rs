//! The suite every [`EventStore`] must pass: one function per promise of the trait, run over fresh stores.
//!
//! A failed promise panics with what was expected, as tests do. Never found here: anything about one implementation.

use std::sync::Arc;

use crate::outputs::OutputCap;
use crate::{
    Direction, Envelope, EventStore, ExpectedVersion, Group, InclusionProof, OutputChunk, OutputKey, Pipe, Record,
    Snapshot, StoreError, ViewChange, ViewScan, envelope, merkle,
};

/// How much of each output a store under test must keep.
pub const CAP: OutputCap = OutputCap { head_bytes: 1 << 17, tail_bytes: 1 << 17 };

/// Runs every check on a store of its own. `fresh` makes an empty one that keeps [`CAP`] of each output.
pub fn check<S: EventStore>(fresh: &dyn Fn() -> S) {
    an_empty_store_has_an_empty_head(&fresh());
    records_get_consecutive_places(&fresh());
    a_stream_is_read_from_any_version(&fresh());
    a_stream_is_read_over_near_and_far_gaps(&fresh());
    the_root_is_that_of_the_bytes(&fresh());
    a_group_with_a_wrong_version_leaves_nothing_behind(&fresh());
    a_group_over_a_limit_leaves_nothing_behind(&fresh());
    the_last_change_of_a_view_wins(&fresh());
    views_are_scanned_both_ways(&fresh());
    outputs_are_read_by_range(&fresh());
    a_chunk_told_again_counts_once(&fresh());
    an_output_over_the_cap_keeps_head_and_tail(&fresh());
    outputs_are_deleted_by_prefix(&fresh());
    the_newest_fitting_snapshot_is_found(&fresh());
    every_record_is_proved_to_be_in_the_log(&fresh());
    the_whole_log_is_verified_block_by_block(&fresh());
    reading_goes_no_further_than_asked(&fresh());
    a_reader_beside_the_writer_sees_whole_groups(&fresh());
}

/// A small record for tests; `number` ends up in its payload.
pub fn record(stream: &str, number: u64) -> Record {
    Record {
        stream: stream.into(),
        kind: "Counted".into(),
        schema: 1,
        recorded_at_ms: 1_700_000_000_000 + number,
        actor: "system".into(),
        origin: "".into(),
        command: [0; 16],
        causation: 0,
        payload: format!("{{\"number\":{number}}}").into_bytes(),
    }
}

fn append(store: &impl EventStore, group: Group) -> crate::Head {
    match store.append(group) {
        Ok(head) => head,
        Err(error) => panic!("a good group was refused: {error}"),
    }
}

fn read(store: &impl EventStore, after: u64, limit: usize) -> Vec<Envelope> {
    store.read(after, limit).unwrap_or_else(|error| panic!("reading after {after} failed: {error}"))
}

fn scanned(store: &impl EventStore, scan: &ViewScan) -> Vec<String> {
    let views = store.scan_views(scan).unwrap_or_else(|error| panic!("scanning {scan:?} failed: {error}"));
    views.into_iter().map(|(key, _)| String::from_utf8_lossy(&key).into_owned()).collect()
}

fn an_empty_store_has_an_empty_head(store: &impl EventStore) {
    assert_eq!(store.head().position, 0);
    assert_eq!(store.head().root, merkle::Frontier::default().root());
    assert_eq!(store.read(0, 10), Ok(vec![]));
    assert_eq!(store.read_stream("nobody", 0, 10), Ok(vec![]));
    assert_eq!(store.stream_version("nobody"), Ok(0));
    assert_eq!(store.view(b"aanothing"), Ok(None));
    assert_eq!(append(store, Group::default()), store.head(), "an empty group is fine and changes nothing");
}

fn records_get_consecutive_places(store: &impl EventStore) {
    append(store, Group::of(vec![record("a", 1), record("b", 2), record("a", 3)]));
    let groups = (4..14).map(|n| Group::of(vec![record(if n % 3 == 0 { "b" } else { "a" }, n)])).collect();
    let answers = store.append_all(groups);
    assert!(answers.iter().all(|answer| answer.as_ref().is_ok_and(|head| head.position == 13)), "{answers:?}");
    let envelopes = read(store, 0, 100);
    let places: Vec<_> = envelopes.iter().map(|e| (e.position, &*e.record.stream, e.version)).collect();
    assert_eq!(places[..5], [(1, "a", 1), (2, "b", 1), (3, "a", 2), (4, "a", 3), (5, "a", 4)]);
    assert_eq!(envelopes.len(), 13);
    assert_eq!(envelopes[12].record, record("a", 13), "a record comes back as it was put");
    assert_eq!(store.stream_version("a"), Ok(9));
    assert_eq!(read(store, 11, 100), envelopes[11..]);
}

fn a_stream_is_read_from_any_version(store: &impl EventStore) {
    for group in 0..6 {
        let records = (0..7).map(|n| record(["a", "a", "ab", "a/b", "b", "a", "b"][n], group)).collect();
        append(store, Group::of(records));
    }
    let all = store.read_stream("a", 0, 1000).unwrap_or_default();
    assert_eq!(all.len(), 18);
    assert!(all.iter().zip(1..).all(|(e, version)| e.version == version && &*e.record.stream == "a"));
    for (after, limit) in [(0, 5), (1, 1), (2, 7), (3, 100), (17, 2), (18, 2), (40, 1), (0, 0)] {
        let expected: Vec<_> = all.iter().skip(after).take(limit).cloned().collect();
        assert_eq!(store.read_stream("a", after as u64, limit), Ok(expected), "after {after}, {limit} at most");
    }
    assert_eq!(store.stream_version("ab"), Ok(6));
}

fn a_stream_is_read_over_near_and_far_gaps(store: &impl EventStore) {
    let is_rare = |n: &u64| n.is_multiple_of(7) && n % 400 < 100;
    append(store, Group::of((0..1500).map(|n| record(if is_rare(&n) { "rare" } else { "often" }, n)).collect()));
    let rare: Vec<u64> = (0..1500).filter(is_rare).collect();
    for (after, limit) in [(0, 1000), (0, 20), (14, 3), (rare.len() - 1, 5)] {
        let found = store.read_stream("rare", after as u64, limit).unwrap_or_default();
        let numbers: Vec<u64> = found.iter().map(|envelope| envelope.record.recorded_at_ms % 10_000).collect();
        assert_eq!(numbers, rare.iter().skip(after).take(limit).copied().collect::<Vec<_>>());
    }
}

fn the_root_is_that_of_the_bytes(store: &impl EventStore) {
    let mut tree = merkle::Frontier::default();
    for group in 0..9u64 {
        let head = append(store, Group::of((0..=group * 10).map(|n| record("a", n)).collect()));
        for Envelope { position, version, record } in read(store, tree.leaves(), 1000) {
            let mut bytes = Vec::new();
            envelope::encode(position, version, &record, &mut bytes);
            tree.push(merkle::leaf(&bytes));
        }
        assert_eq!((head.position, head.root), (tree.leaves(), tree.root()));
        assert_eq!(store.head(), head);
    }
}

fn a_group_with_a_wrong_version_leaves_nothing_behind(store: &impl EventStore) {
    let expecting = |stream: &str, version, number| Group {
        expected: vec![ExpectedVersion { stream: stream.into(), version }],
        records: vec![record(stream, number)],
        views: vec![ViewChange::Put(b"aalast".to_vec(), vec![number as u8])],
        ..Group::default()
    };
    let answers = store.append_all(vec![expecting("a", 0, 1), expecting("a", 0, 2), expecting("a", 1, 3)]);
    let wrong = StoreError::WrongVersion { stream: "a".into(), expected: 0, actual: 1 };
    assert!(answers[0].is_ok() && answers[2].is_ok(), "a refused group does not spoil the others: {answers:?}");
    assert_eq!(answers[1], Err(wrong), "versions count within one write");
    assert_eq!(read(store, 0, 10).iter().map(|e| e.record.recorded_at_ms % 10).collect::<Vec<_>>(), [1, 3]);
    assert_eq!(store.view(b"aalast"), Ok(Some(vec![3])));
    assert!(matches!(store.append(expecting("a", 7, 4)), Err(StoreError::WrongVersion { actual: 2, .. })));
    assert_eq!(store.head().position, 2);
}

fn a_group_over_a_limit_leaves_nothing_behind(store: &impl EventStore) {
    let head = append(store, Group::of(vec![record("a", 1)]));
    let bad = [
        Group::of(vec![record("a", 2), record("", 3)]),
        Group::of(vec![record("a", 2), record("a\0b", 3)]),
        Group { views: vec![ViewChange::Put(b"A1".to_vec(), vec![])], ..Group::of(vec![record("a", 2)]) },
        Group { views: vec![ViewChange::Delete(b"a".to_vec())], ..Group::of(vec![record("a", 2)]) },
        Group { views: vec![ViewChange::Delete(vec![b'a'; 1025])], ..Group::of(vec![record("a", 2)]) },
    ];
    for group in bad {
        assert!(matches!(store.append(group.clone()), Err(StoreError::Refused { .. })), "{group:?}");
    }
    assert_eq!(store.head(), head);
    assert_eq!(append(store, Group::of(vec![record("a", 2)])).position, 2, "a refusal does not stop the store");
}

fn the_last_change_of_a_view_wins(store: &impl EventStore) {
    let put = |key: &str, value: &str| ViewChange::Put(key.into(), value.into());
    let delete = |key: &str| ViewChange::Delete(key.into());
    let group = |views| Group { views, ..Group::default() };
    append(store, group(vec![put("aax", "1"), put("aax", "2"), put("aay", "1"), delete("aay"), delete("aaz")]));
    assert_eq!(store.view(b"aax"), Ok(Some(b"2".to_vec())));
    assert_eq!(store.view(b"aay"), Ok(None));
    store.append_all(vec![group(vec![delete("aax"), put("aaz", "1")]), group(vec![put("aax", "3"), delete("aaz")])]);
    assert_eq!(store.view(b"aax"), Ok(Some(b"3".to_vec())));
    assert_eq!(store.view(b"aaz"), Ok(None));
}

fn views_are_scanned_both_ways(store: &impl EventStore) {
    let keys = ["aa1", "ab1", "ab2", "ab3", "ab4", "ac1"];
    let views = keys.map(|key| ViewChange::Put(key.into(), key.into())).to_vec();
    append(store, Group { views, ..Group::default() });
    let ab = |limit| ViewScan::under("ab", limit);
    assert_eq!(scanned(store, &ab(10)), ["ab1", "ab2", "ab3", "ab4"]);
    assert_eq!(scanned(store, &ab(2)), ["ab1", "ab2"]);
    assert_eq!(scanned(store, &ab(10).after("ab2")), ["ab3", "ab4"]);
    assert_eq!(scanned(store, &ab(10).after("ab25")), ["ab3", "ab4"], "a key that is gone still marks its place");
    assert_eq!(scanned(store, &ab(2).backward()), ["ab4", "ab3"]);
    assert_eq!(scanned(store, &ab(10).after("ab3").backward()), ["ab2", "ab1"]);
    assert_eq!(scanned(store, &ab(10).after("ab4")), [""; 0]);
    assert_eq!(scanned(store, &ab(10).after("ab1").backward()), [""; 0]);
    assert_eq!(scanned(store, &ab(10).after("aa1")), scanned(store, &ab(10)), "never before the prefix");
    assert_eq!(scanned(store, &ab(10).after("ac1").backward()), ["ab4", "ab3", "ab2", "ab1"], "nor behind it");
    assert_eq!(scanned(store, &ViewScan::under("", 10)), keys);
    let all = ViewScan { direction: Direction::Backward, ..ViewScan::under("", 1) };
    assert_eq!(scanned(store, &all), ["ac1"]);
    assert_eq!(scanned(store, &ab(0)), [""; 0]);
}

fn chunk(key: u8, pipe: Pipe, offset: u64, bytes: impl Into<Vec<u8>>) -> Group {
    let chunk = OutputChunk { key: [key; 24], pipe, offset, bytes: bytes.into() };
    Group { outputs: vec![chunk], ..Group::default() }
}

fn output(store: &impl EventStore, key: OutputKey, pipe: Pipe, from: u64, limit: usize) -> (u64, String, u64) {
    match store.read_output(&key, pipe, from, limit) {
        Ok(slice) => (slice.offset, String::from_utf8_lossy(&slice.bytes).into_owned(), slice.total),
        Err(error) => panic!("reading an output failed: {error}"),
    }
}

fn outputs_are_read_by_range(store: &impl EventStore) {
    append(store, chunk(1, Pipe::Out, 0, "hello "));
    append(store, Group { records: vec![record("a", 1)], ..chunk(1, Pipe::Out, 6, "big ") });
    store.append_all(vec![chunk(1, Pipe::Err, 0, "oh"), chunk(1, Pipe::Out, 10, "world"), chunk(2, Pipe::Out, 0, "x")]);
    let read = |from, limit| output(store, [1; 24], Pipe::Out, from, limit);
    assert_eq!(read(0, 100), (0, "hello big world".into(), 15));
    assert_eq!(read(4, 4), (4, "o bi".into(), 15));
    assert_eq!(read(12, 100), (12, "rld".into(), 15));
    assert_eq!(read(15, 100), (15, "".into(), 15));
    assert_eq!(output(store, [1; 24], Pipe::Err, 0, 100), (0, "oh".into(), 2));
    assert_eq!(output(store, [9; 24], Pipe::Out, 0, 100), (0, "".into(), 0));
}

fn a_chunk_told_again_counts_once(store: &impl EventStore) {
    store.append_all(vec![chunk(1, Pipe::Out, 0, "hello"), chunk(1, Pipe::Out, 0, "hello wor")]);
    append(store, chunk(1, Pipe::Out, 3, "lo world"));
    assert_eq!(output(store, [1; 24], Pipe::Out, 0, 100), (0, "hello world".into(), 11));
    append(store, chunk(1, Pipe::Out, 20, "later"));
    assert_eq!(output(store, [1; 24], Pipe::Out, 0, 100), (0, "hello world".into(), 25), "a slice has no gap inside");
    assert_eq!(output(store, [1; 24], Pipe::Out, 11, 100), (20, "later".into(), 25));
}

fn an_output_over_the_cap_keeps_head_and_tail(store: &impl EventStore) {
    let line: Vec<u8> = (0..999_990u32).map(|n| b'a' + (n % 23) as u8).collect();
    let mut offset = 0;
    for bytes in line.chunks(99_999).cycle().take(20) {
        append(store, chunk(1, Pipe::Out, offset, bytes));
        offset += bytes.len() as u64;
    }
    let read = |from, limit| match store.read_output(&[1; 24], Pipe::Out, from, limit) {
        Ok(slice) => slice,
        Err(error) => panic!("reading a cut output failed: {error}"),
    };
    let head = read(0, 1 << 20);
    let Some(cut) = head.cut.clone() else { panic!("two megabytes are more than the cap") };
    assert_eq!((head.total, head.bytes.len() as u64), (offset, CAP.head_bytes));
    assert_eq!(head.bytes, line[..head.bytes.len()]);
    assert_eq!(cut.start, CAP.head_bytes);
    let tail = read(cut.start + 5, 1 << 20);
    assert_eq!(tail.offset, cut.end, "reading goes on behind the cut");
    assert!((CAP.tail_bytes..=CAP.tail_bytes + (64 << 10)).contains(&(tail.bytes.len() as u64)));
    let last = &line[line.len() - 1000..];
    assert!(tail.bytes.ends_with(last), "the last bytes written are the last bytes kept");
    assert_eq!(read(offset - 10, 100).bytes, last[990..]);
}

fn outputs_are_deleted_by_prefix(store: &impl EventStore) {
    for key in [3, 4, 5] {
        append(store, chunk(key, Pipe::Out, 0, "out"));
        append(store, chunk(key, Pipe::Err, 0, "err"));
    }
    assert_eq!(store.delete_outputs(&[4; 16]), Ok(()));
    assert_eq!(output(store, [4; 24], Pipe::Out, 0, 9), (0, "".into(), 0));
    assert_eq!(output(store, [4; 24], Pipe::Err, 0, 9), (0, "".into(), 0));
    assert_eq!(output(store, [3; 24], Pipe::Err, 0, 9), (0, "err".into(), 3));
    assert_eq!(output(store, [5; 24], Pipe::Out, 0, 9), (0, "out".into(), 3));
    assert!(matches!(store.delete_outputs(b""), Err(StoreError::Refused { .. })), "not everything by accident");
}

fn the_newest_fitting_snapshot_is_found(store: &impl EventStore) {
    append(store, Group::of((0..9).map(|n| record("a", n)).collect()));
    let snapshot = |schema, position, bytes: &str| Snapshot { schema, position, bytes: bytes.into() };
    let put = |name, snapshot| store.put_snapshot(name, &snapshot);
    assert_eq!(store.newest_snapshot("state", 1), Ok(None));
    for position in [2, 8, 4, 6] {
        assert_eq!(put("state", snapshot(1, position, "then")), Ok(()));
    }
    assert_eq!(store.newest_snapshot("state", 1), Ok(Some(snapshot(1, 8, "then"))));
    assert_eq!(store.newest_snapshot("stat", 1), Ok(None));
    assert_eq!(store.newest_snapshot("state", 2), Ok(None));
    assert_eq!(put("state", snapshot(2, 9, "new shape")), Ok(()));
    assert_eq!(store.newest_snapshot("state", 1), Ok(Some(snapshot(1, 8, "then"))), "another shape is passed over");
    assert_eq!(put("state", snapshot(2, 8, "again")), Ok(()));
    assert_eq!(store.newest_snapshot("state", 1), Ok(Some(snapshot(1, 6, "then"))), "three are kept: 6, 8, 9");
    assert!(matches!(put("state", snapshot(1, 10, "ahead")), Err(StoreError::Refused { .. })));
    assert!(matches!(put("", snapshot(1, 1, "nameless")), Err(StoreError::Refused { .. })));
}

fn every_record_is_proved_to_be_in_the_log(store: &impl EventStore) {
    assert_eq!(store.prove(1), Ok(None), "nothing is in an empty log");
    for upto in [1u64, 2, 3, 7, 255, 256, 257, 511, 513, 700] {
        let from = store.head().position;
        let head = append(store, Group::of((from..upto).map(|n| record(["a", "b"][n as usize % 2], n)).collect()));
        for Envelope { position, version, record } in read(store, 0, 1000) {
            let proof = match store.prove(position) {
                Ok(Some(proof)) => proof,
                other => panic!("record {position} of {upto} is not proved: {other:?}"),
            };
            let mut bytes = Vec::new();
            envelope::encode(position, version, &record, &mut bytes);
            assert_eq!((proof.head, &proof.bytes, proof.leaf), (head, &bytes, merkle::leaf(&bytes)));
            assert_eq!(root_of(&proof), head.root, "record {position} of {upto}");
        }
        assert_eq!((store.prove(0), store.prove(upto + 1)), (Ok(None), Ok(None)));
    }
}

/// The root a proof leads to, as RFC 9162 (section 2.1.3.2) has clients make it.
fn root_of(proof: &InclusionProof) -> merkle::Hash {
    let (mut node, mut last) = (proof.position - 1, proof.head.position - 1);
    let mut root = merkle::leaf(&proof.bytes);
    for beside in &proof.path {
        assert!(last > 0, "the path is too long");
        if node % 2 == 1 || node == last {
            root = merkle::join(beside, &root);
            while node != 0 && node.is_multiple_of(2) {
                (node, last) = (node >> 1, last >> 1);
            }
        } else {
            root = merkle::join(&root, beside);
        }
        (node, last) = (node >> 1, last >> 1);
    }
    assert_eq!(last, 0, "the path is too short");
    root
}

fn the_whole_log_is_verified_block_by_block(store: &impl EventStore) {
    let verified = |store: &dyn EventStore| {
        let mut told = Vec::new();
        let head = store.verify_log(&mut |position| told.push(position));
        (head, told)
    };
    assert_eq!(verified(store), (Ok(store.head()), vec![]));
    let head = append(store, Group::of((0..600).map(|n| record("a", n)).collect()));
    assert_eq!(verified(store), (Ok(head), vec![256, 512, 600]));
}

fn reading_goes_no_further_than_asked(store: &impl EventStore) {
    append(store, Group::of((0..50).map(|n| record("a", n)).collect()));
    assert_eq!(read(store, 10, 5).iter().map(|e| e.position).collect::<Vec<_>>(), [11, 12, 13, 14, 15]);
    assert_eq!(read(store, 48, 5).len(), 2);
    assert_eq!(read(store, 50, 5), []);
    assert_eq!(read(store, u64::MAX, 5), []);
    assert_eq!(read(store, 0, 0), []);
    let names: Vec<Arc<str>> = read(store, 0, 2).into_iter().map(|e| e.record.stream).collect();
    assert!(Arc::ptr_eq(&names[0], &names[1]), "names that repeat are shared");
}

fn a_reader_beside_the_writer_sees_whole_groups(store: &impl EventStore) {
    const GROUPS: u64 = 200;
    std::thread::scope(|scope| {
        let writing = scope.spawn(|| {
            for number in 1..=GROUPS {
                let views = vec![ViewChange::Put(b"aacount".to_vec(), number.to_be_bytes().to_vec())];
                append(store, Group { views, ..Group::of((0..5).map(|_| record("a", number)).collect()) });
            }
        });
        let mut seen = 0;
        while seen < GROUPS * 5 && !writing.is_finished() || seen < store.head().position {
            let head = store.head().position;
            let counted = store.view(b"aacount").ok().flatten().map_or(0, |count| u64::from(count[7]));
            assert!(counted * 5 >= head, "a head was seen before the views of its groups");
            let envelopes = read(store, seen, 1000);
            assert!(envelopes.iter().zip(seen + 1..).all(|(envelope, position)| envelope.position == position));
            seen += envelopes.len() as u64;
            assert_eq!(seen % 5, 0, "half a group was seen");
            assert!(seen >= head, "what is below the head can be read");
        }
        assert_eq!(seen, GROUPS * 5);
    });
}
