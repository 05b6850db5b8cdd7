//! Keeps what runners report, as the engine would.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use jobs::attempt::{Ending, How, Order, Report};
use jobs::ids::{AttemptId, JobId};
use server::remote::{Reports, Stream};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tempfile::TempDir;
use tokio::sync::Notify;

type Key = (JobId, AttemptId);

/// Every report and all output, in the order they came.
pub struct Recorder {
    pub folder: TempDir,
    reports: Mutex<Vec<(Key, Report)>>,
    output: Mutex<BTreeMap<(Key, Stream), Vec<u8>>>,
    news: Notify,
}

impl Recorder {
    pub fn new() -> Arc<Recorder> {
        let folder = tempfile::tempdir().expect("a folder");
        Arc::new(Recorder { folder, reports: Mutex::default(), output: Mutex::default(), news: Notify::new() })
    }

    /// All that was reported about the order so far.
    pub fn reports(&self, order: &Order) -> Vec<Report> {
        let key = (order.job, order.attempt);
        let reports = self.reports.lock().expect("not poisoned");
        reports.iter().filter(|(about, _)| *about == key).map(|(_, report)| report.clone()).collect()
    }

    /// The first report that `wanted` takes, within a minute.
    pub async fn wait_for(&self, order: &Order, wanted: impl Fn(&Report) -> bool) -> Report {
        let waiting = async {
            loop {
                let news = self.news.notified();
                if let Some(report) = self.reports(order).into_iter().find(&wanted) {
                    return report;
                }
                news.await;
            }
        };
        let found = tokio::time::timeout(Duration::from_secs(60), waiting).await;
        found.unwrap_or_else(|_| panic!("not reported within a minute; so far: {:?}", self.reports(order)))
    }

    /// The report that ends the attempt.
    pub async fn last(&self, order: &Order) -> Report {
        self.wait_for(order, |report| !matches!(report, Report::OutOfReach { .. } | Report::Begun)).await
    }

    /// How it ended.
    pub async fn ending(&self, order: &Order) -> Ending {
        match self.last(order).await {
            Report::Ended(ending) => ending,
            other => panic!("it did not end: {other:?}"),
        }
    }

    pub async fn how(&self, order: &Order) -> How {
        self.ending(order).await.how
    }

    /// Why the host was out of reach, the first time.
    pub async fn out_of_reach(&self, order: &Order) -> (String, bool) {
        match self.wait_for(order, |report| !matches!(report, Report::Vanished(_))).await {
            Report::OutOfReach { why, may_have_begun } => (why.to_string(), may_have_begun),
            other => panic!("it was within reach: {other:?}"),
        }
    }

    /// Waits until this much of stdout has come.
    pub async fn until_output(&self, order: &Order, length: usize) {
        for _ in 0..600 {
            if self.out(order).len() >= length {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("only {} bytes of output came", self.out(order).len());
    }

    pub fn out(&self, order: &Order) -> Vec<u8> {
        self.stream(order, Stream::Out)
    }

    pub fn err(&self, order: &Order) -> Vec<u8> {
        self.stream(order, Stream::Err)
    }

    fn stream(&self, order: &Order, stream: Stream) -> Vec<u8> {
        let output = self.output.lock().expect("not poisoned");
        output.get(&((order.job, order.attempt), stream)).cloned().unwrap_or_default()
    }
}

impl Reports for Recorder {
    fn report(&self, job: JobId, attempt: AttemptId, report: Report) {
        self.reports.lock().expect("not poisoned").push(((job, attempt), report));
        self.news.notify_waiters();
    }

    fn output(&self, job: JobId, attempt: AttemptId, stream: Stream, offset: u64, bytes: Vec<u8>) -> BoxFuture<'_, ()> {
        let mut output = self.output.lock().expect("not poisoned");
        let kept = output.entry(((job, attempt), stream)).or_default();
        assert_eq!(offset as usize, kept.len(), "output came with a gap, or twice");
        kept.extend(bytes);
        std::future::ready(()).boxed()
    }

    fn kept(&self, job: JobId, attempt: AttemptId) -> (u64, u64) {
        let output = self.output.lock().expect("not poisoned");
        let length = |stream| output.get(&((job, attempt), stream)).map_or(0, |kept| kept.len() as u64);
        (length(Stream::Out), length(Stream::Err))
    }
}
