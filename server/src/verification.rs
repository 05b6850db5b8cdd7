//! Verifies the log beside everything else: on a thread of its own, one at a time, for everybody who asks.
//!
//! Never found here: what makes a log good (`storage`), or who is told of it.

use jobs::time::Duration;
use schema::backend::{Damage, Fault, Verdict, Verification};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;
use storage::{EventStore, StoreError};
use tokio::sync::watch;

/// Verifies the log of a store.
pub struct Verifier {
    store: Arc<dyn EventStore>,
    last: Mutex<Option<watch::Receiver<Verification>>>,
}

impl Verifier {
    /// Of the store that the engine writes to.
    pub fn of(store: Arc<dyn EventStore>) -> Verifier {
        Verifier { store, last: Mutex::default() }
    }

    /// Begins to verify, or joins the verification that is under way.
    pub fn begin(&self) -> Result<watch::Receiver<Verification>, Fault> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(news) = last.as_ref().filter(|news| is_under_way(news)) {
            return Ok(news.clone());
        }
        let of = self.store.head().position;
        let (told, news) = watch::channel(Verification { checked: 0, of, verdict: None });
        let store = self.store.clone();
        let no_thread = |why| Fault::Failed(format!("the log is not verified, for want of a thread: {why}; try again"));
        std::thread::Builder::new().name("verify".into()).spawn(move || verify(&*store, &told)).map_err(no_thread)?;
        *last = Some(news.clone());
        Ok(news)
    }
}

/// A verification whose thread is gone without a verdict is not waited for.
fn is_under_way(news: &watch::Receiver<Verification>) -> bool {
    news.borrow().verdict.is_none() && news.has_changed().is_ok()
}

fn verify(store: &dyn EventStore, told: &watch::Sender<Verification>) {
    let begun = Instant::now();
    let proved = store.verify_log(&mut |checked| told.send_modify(|it| it.checked = checked));
    let took = Duration(begun.elapsed().as_millis() as u64);
    told.send_modify(|it| {
        if let Ok(head) = proved {
            (it.checked, it.of) = (head.position, head.position);
        }
        it.verdict = Some(Verdict { root: proved.map(|head| head.root).map_err(damage), took });
    });
}

fn damage(error: StoreError) -> Damage {
    match error {
        StoreError::Damaged { place, why } => Damage { place, why },
        other => Damage { place: "the log".to_owned(), why: other.to_string() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use storage::conformance::record;
    use storage::{Group, MemoryStore};

    fn log(records: u64) -> Arc<MemoryStore> {
        let store = MemoryStore::new();
        store.append(Group::of((0..records).map(|n| record("a", n)).collect())).expect("a good group");
        Arc::new(store)
    }

    async fn verdict(mut news: watch::Receiver<Verification>) -> Verification {
        news.wait_for(|it| it.verdict.is_some()).await.expect("a verdict").clone()
    }

    #[tokio::test]
    async fn a_log_as_it_was_written_is_verified_with_its_root() {
        let store = log(1_000);
        let ended = verdict(Verifier::of(store.clone()).begin().expect("a thread")).await;
        assert_eq!((ended.checked, ended.of), (1_000, 1_000));
        assert_eq!(ended.verdict.expect("one").root, Ok(store.head().root));
    }

    #[tokio::test]
    async fn a_byte_that_is_another_is_found_and_the_place_is_told() {
        let store = log(1_000);
        store.spoil(777, 70);
        let ended = verdict(Verifier::of(store).begin().expect("a thread")).await;
        let damage = ended.verdict.expect("one").root.expect_err("a damaged record");
        assert_eq!((ended.checked, damage.place.as_str()), (768, "record 777 in memory"));
        assert!(damage.why.contains("checksum"), "{}", damage.why);
    }

    #[tokio::test]
    async fn whoever_asks_again_hears_of_the_one_under_way_and_later_of_a_new_one() {
        let (told, news) = watch::channel(Verification { checked: 5, of: 9, verdict: None });
        let store = log(3);
        let verifier = Verifier { store, last: Mutex::new(Some(news)) };
        assert_eq!(verifier.begin().expect("joined").borrow().of, 9);
        drop(told);
        assert_eq!(verdict(verifier.begin().expect("a new one")).await.of, 3, "the first has gone without a verdict");
    }
}
