//! Why the engine ended without being asked to. Whoever hears of it ends the process: memory must never be more than a
//! fold of the disk, and a server that decides nothing any more must not look alive.
//!
//! Never found here: the ending itself.

use std::sync::Arc;
use storage::StoreError;

/// Why the engine ended without being asked to.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The store stopped writing.
    #[error(transparent)]
    Store(StoreError),
    /// A bug: a thread of the engine panicked, and said where on its own.
    #[error(
        "the {thread}'s thread met a bug and ended (its message stands above; please report it). What was acknowledged is \
         on disk, scripts on hosts go on: start the server again"
    )]
    Panicked {
        /// Which.
        thread: &'static str,
    },
}

/// Hears of a failure, on the thread that failed.
pub type OnFailure = Arc<dyn Fn(Failure) + Send + Sync>;

/// Tells of a panic of the thread that holds this. It is dropped before what was made before it, so nothing that waits
/// for the thread can keep it silent.
pub(super) struct PanicWatch {
    pub(super) thread: &'static str,
    pub(super) on_failure: OnFailure,
}

impl Drop for PanicWatch {
    fn drop(&mut self) {
        if std::thread::panicking() {
            (self.on_failure)(Failure::Panicked { thread: self.thread });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::channel;

    #[test]
    fn a_panic_is_told_and_a_good_end_is_not() {
        let (say, hear) = channel();
        let on_failure: OnFailure = Arc::new(move |failure| say.send(failure.to_string()).expect("heard"));
        let watched = |on_failure: OnFailure, panics: bool| {
            std::thread::spawn(move || {
                let _watch = PanicWatch { thread: "engine", on_failure };
                assert!(!panics, "on purpose");
            })
        };
        watched(on_failure.clone(), false).join().expect("a good end");
        assert!(hear.try_recv().is_err());
        assert!(watched(on_failure, true).join().is_err());
        let told = hear.recv().expect("it is told");
        assert!(told.starts_with("the engine's thread met a bug"), "{told}");
    }
}
