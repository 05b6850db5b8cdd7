//! Group commit: one thread that turns many small groups into few synced writes, and answers each submitter in order.
//!
//! The promise: groups reach the store in the order in which they were submitted, and every submitter is answered
//! exactly once, after its group is on disk or will never be. Never found here: retries.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use crate::{EventStore, Group, Head, StoreError};

type Answer = Box<dyn FnOnce(Result<Head, StoreError>) + Send>;
type Completion = Box<dyn FnOnce(&mut Group) + Send>;

/// How much one write takes, and how many groups may wait for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WriterLimits {
    /// Records in one write. A single greater group is written alone.
    pub records: usize,
    /// Bytes in one write, by [`Group::size_bytes`].
    pub bytes: usize,
    /// Groups that may wait; when there are more, submitting waits.
    pub queue: usize,
}

impl Default for WriterLimits {
    fn default() -> WriterLimits {
        WriterLimits { records: 1024, bytes: 1 << 20, queue: 4096 }
    }
}

/// The writing end of a store. Dropping it writes what was submitted, answers, and ends the thread.
pub struct Writer {
    queue: Option<SyncSender<Submission>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    /// Starts the thread that writes to a store.
    pub fn start(store: Arc<dyn EventStore>, limits: WriterLimits) -> Result<Writer, StoreError> {
        Writer::over(move |groups| store.append_all(groups), limits)
    }

    /// Starts the thread over anything that takes groups, in order, and answers each.
    pub fn over(
        commit: impl FnMut(Vec<Group>) -> Vec<Result<Head, StoreError>> + Send + 'static,
        limits: WriterLimits,
    ) -> Result<Writer, StoreError> {
        let (queue, submissions) = sync_channel(limits.queue);
        let thread = std::thread::Builder::new()
            .name("store-writer".into())
            .spawn(move || Batches { submissions, limits, carried: None }.write_all(commit))
            .map_err(|why| StoreError::stopped(format!("the writer's thread cannot be started: {why}")))?;
        Ok(Writer { queue: Some(queue), thread: Some(thread) })
    }

    /// Hands in a group. Waits while the queue is full, never for the disk.
    ///
    /// `answer` is called once, on the writer's thread, in the order of submission. It should be quick, such as sending
    /// on a channel, and must not submit: with a full queue it would wait for itself.
    pub fn submit(&self, group: Group, answer: impl FnOnce(Result<Head, StoreError>) + Send + 'static) {
        self.hand_in(Submission { group, complete: None, answer: Some(Box::new(answer)) });
    }

    /// Hands in a group that is not whole yet: `complete` adds what takes long to make, on the writer's thread, before
    /// the group is written.
    pub fn submit_incomplete(
        &self,
        group: Group,
        complete: impl FnOnce(&mut Group) + Send + 'static,
        answer: impl FnOnce(Result<Head, StoreError>) + Send + 'static,
    ) {
        self.hand_in(Submission { group, complete: Some(Box::new(complete)), answer: Some(Box::new(answer)) });
    }

    fn hand_in(&self, submission: Submission) {
        if let Some(queue) = &self.queue {
            // An error gives the submission back, and dropping it answers.
            drop(queue.send(submission));
        }
    }

    /// Writes what was submitted, answers, and ends the thread.
    pub fn stop(self) {
        drop(self);
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.queue = None;
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the writer's thread failed: an answer panicked");
        }
    }
}

/// A group and who waits for it.
struct Submission {
    group: Group,
    complete: Option<Completion>,
    answer: Option<Answer>,
}

impl Submission {
    fn completed(mut self) -> Submission {
        if let Some(complete) = self.complete.take() {
            complete(&mut self.group);
        }
        self
    }

    fn answer(mut self, result: Result<Head, StoreError>) {
        if let Some(answer) = self.answer.take() {
            answer(result);
        }
    }
}

impl Drop for Submission {
    /// Nobody waits for ever: a submission that is never written is answered as well.
    fn drop(&mut self) {
        if let Some(answer) = self.answer.take() {
            answer(Err(StoreError::stopped("the writer's thread has ended")));
        }
    }
}

/// What was submitted, cut into writes.
struct Batches {
    submissions: Receiver<Submission>,
    limits: WriterLimits,
    /// A group that did not fit into the write before.
    carried: Option<Submission>,
}

impl Batches {
    fn write_all(mut self, mut commit: impl FnMut(Vec<Group>) -> Vec<Result<Head, StoreError>>) {
        while let Some(mut batch) = self.next() {
            let groups = batch.iter_mut().map(|submission| std::mem::take(&mut submission.group)).collect();
            let results = commit(groups);
            batch.into_iter().zip(results).for_each(|(submission, result)| submission.answer(result));
        }
    }

    /// Waits for a group and takes with it what else is there, up to the limits; `None` when no more can come.
    fn next(&mut self) -> Option<Vec<Submission>> {
        let first = self.carried.take().or_else(|| self.submissions.recv().ok().map(Submission::completed))?;
        let (mut records, mut bytes) = (first.group.records.len(), first.group.size_bytes());
        let mut batch = vec![first];
        while let Ok(next) = self.submissions.try_recv().map(Submission::completed) {
            records += next.group.records.len();
            bytes += next.group.size_bytes();
            if records > self.limits.records || bytes > self.limits.bytes {
                self.carried = Some(next);
                break;
            }
            batch.push(next);
        }
        Some(batch)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;
    use std::sync::{Condvar, Mutex};

    use super::*;
    use crate::MemoryStore;
    use crate::conformance::record;

    /// A store that notes the size of each write and lets none pass before the gate opens.
    #[derive(Default)]
    struct Gated {
        open: Mutex<bool>,
        changed: Condvar,
        writes: Mutex<Vec<usize>>,
    }

    impl Gated {
        fn commit(&self, store: &MemoryStore, groups: Vec<Group>) -> Vec<Result<Head, StoreError>> {
            let open = self.open.lock().expect("nobody panics here");
            drop(self.changed.wait_while(open, |open| !*open).expect("nobody panics here"));
            self.writes.lock().expect("nobody panics here").push(groups.len());
            store.append_all(groups)
        }

        fn open(&self) {
            *self.open.lock().expect("nobody panics here") = true;
            self.changed.notify_all();
        }
    }

    fn one(number: u64) -> Group {
        Group::of(vec![record("a", number)])
    }

    #[test]
    fn what_waits_is_written_together_and_answered_in_order() {
        let (gate, store) = (Arc::new(Gated::default()), Arc::new(MemoryStore::new()));
        let (gated, kept) = (gate.clone(), store.clone());
        let limits = WriterLimits { records: 40, ..WriterLimits::default() };
        let writer = Writer::over(move |groups| gated.commit(&kept, groups), limits).expect("a thread");
        let (answers, answered) = channel();
        for number in 0..101 {
            let answers = answers.clone();
            writer.submit(one(number), move |result| _ = answers.send((number, result.map(|head| head.position))));
        }
        gate.open();
        writer.stop();
        let answered: Vec<_> = answered.try_iter().collect();
        assert_eq!(answered.iter().map(|(number, _)| *number).collect::<Vec<_>>(), (0..101).collect::<Vec<_>>());
        assert!(answered.iter().all(|(number, result)| result.as_ref().is_ok_and(|position| position > number)));
        let writes = gate.writes.lock().expect("nobody panics here").clone();
        assert_eq!(writes.iter().sum::<usize>(), 101);
        assert!(writes.len() <= 4 && writes.iter().all(|count| *count <= 40), "{writes:?}");
        let in_order = store.read(0, 200).expect("all records");
        assert!(in_order.iter().zip(0..).all(|(envelope, number)| envelope.record == record("a", number)));
    }

    #[test]
    fn a_group_over_the_limits_is_written_alone() {
        let store = Arc::new(MemoryStore::new());
        let limits = WriterLimits { records: 2, bytes: 10, queue: 1 };
        let writer = Writer::start(store.clone(), limits).expect("a thread");
        writer.submit(Group::of((0..9).map(|n| record("a", n)).collect()), |result| assert!(result.is_ok()));
        writer.submit(one(9), |result| assert!(result.is_ok()));
        writer.stop();
        assert_eq!(store.head().position, 10);
    }

    #[test]
    fn after_a_stop_of_the_store_everybody_is_told() {
        let store = Arc::new(MemoryStore::new());
        let writer = Writer::start(store.clone(), WriterLimits::default()).expect("a thread");
        store.crash(1);
        let (answers, answered) = channel();
        for number in 0..3 {
            let answers = answers.clone();
            writer.submit(one(number), move |result| _ = answers.send(result));
        }
        writer.stop();
        let answered: Vec<_> = answered.try_iter().collect();
        assert_eq!(answered, vec![Err(StoreError::stopped("it crashed")); 3]);
    }

    #[test]
    fn a_panic_in_an_answer_leaves_nobody_waiting() {
        let writer = Writer::start(Arc::new(MemoryStore::new()), WriterLimits::default()).expect("a thread");
        writer.submit(one(0), |_| panic!("a bug of the submitter, on purpose"));
        let (answers, answered) = channel();
        for number in 1..4 {
            let answers = answers.clone();
            writer.submit(one(number), move |result| _ = answers.send(result.is_ok()));
        }
        assert_eq!((0..3).filter_map(|_| answered.recv().ok()).count(), 3);
    }
}
