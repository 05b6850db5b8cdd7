//! Long reads beside the async threads, only so many at once. Whoever waits for a turn holds no thread, and who goes away
//! meanwhile leaves the queue with nothing done for them.
//!
//! Never found here: what is read.

use super::blocking;
use schema::backend::Fault;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// A queue for reads that may take long.
pub(super) struct Queue(Arc<Semaphore>);

impl Queue {
    /// For so many reads at once.
    pub(super) fn of(places: usize) -> Queue {
        Queue(Arc::new(Semaphore::new(places)))
    }

    /// Reads when it is its turn.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce() -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Fault> {
        let place = self.0.clone().acquire_owned().await.map_err(|closed| Fault::Failed(closed.to_string()))?;
        blocking(move || {
            // What has begun cannot be stopped: it keeps its place to its end, whether somebody waits for it or not.
            let _place = place;
            read()
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;
    use std::pin::pin;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc;

    #[tokio::test]
    async fn who_goes_away_while_waiting_leaves_no_work_behind() {
        let queue = Queue::of(1);
        let (let_go, held) = mpsc::channel::<()>();
        let begun = Arc::new(AtomicUsize::new(0));
        let work = |begun: &Arc<AtomicUsize>| {
            let begun = begun.clone();
            move || Ok(begun.fetch_add(1, Ordering::SeqCst))
        };
        let mut first = pin!(queue.read(move || Ok(held.recv().is_ok())));
        assert!((&mut first).now_or_never().is_none());
        for _ in 0..100 {
            assert!(queue.read(work(&begun)).now_or_never().is_none(), "one read is under way");
        }
        let_go.send(()).expect("it is held");
        assert_eq!(first.await, Ok(true));
        assert_eq!(queue.read(work(&begun)).await, Ok(0), "nothing was done for those who left");
    }

    #[tokio::test]
    async fn a_read_that_has_begun_keeps_its_place_when_nobody_waits_for_it_any_more() {
        let queue = Queue::of(1);
        let (let_go, held) = mpsc::channel::<()>();
        assert!(queue.read(move || Ok(held.recv().is_ok())).now_or_never().is_none());
        assert_eq!(queue.0.available_permits(), 0, "it goes on");
        let_go.send(()).expect("it is held");
        assert_eq!(queue.read(|| Ok(())).await, Ok(()));
    }
}
