//! `POST /backup`: a copy of the running server's store, as one tar archive that `stagger restore` takes once unpacked.
//!
//! Whoever may ask gets bytes and no more: the request names no path, so nothing on the server's machine can be chosen,
//! read or overwritten by it. The copy is made and proved in a folder of its own, goes out, and is deleted; one at a
//! time. Never found here: what a backup is (`storage::backup`), or a schedule for them.

use super::Front;
use super::graphql::request_error;
use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;
use futures_util::stream::once;
use schema::ActorContext;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::Duration;
use storage::StoreError;
use storage::backup::{Manifest, pack};
use tokio::io::{AsyncWriteExt, DuplexStream};
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;
use tokio_util::io::ReaderStream;

/// How long a client may take nothing of the archive before it is given up: it keeps others from theirs.
const PATIENCE: Duration = Duration::from_secs(60);
/// How much of the archive waits for a slow client.
const AHEAD_BYTES: usize = 256 * 1024;

type MakeCopy = dyn Fn(&Path) -> Result<Manifest, StoreError> + Send + Sync;

/// Makes copies of one store.
pub struct Backups {
    make: Arc<MakeCopy>,
    folder: PathBuf,
    alone: Arc<Semaphore>,
}

impl Backups {
    /// `make` copies the store into a folder that does not exist yet; `folder` is where, and is deleted after each
    /// copy, with whatever an earlier process left there.
    pub fn new(
        folder: PathBuf,
        make: impl Fn(&Path) -> Result<Manifest, StoreError> + Send + Sync + 'static,
    ) -> Backups {
        drop(Copied::at(folder.clone()));
        Backups { make: Arc::new(make), folder, alone: Arc::new(Semaphore::new(1)) }
    }

    /// Makes a copy, unless one is under way.
    async fn make(&self) -> Result<Copied, Refused> {
        let alone = self.alone.clone().try_acquire_owned().map_err(|_| Refused::Busy)?;
        let (make, folder) = (self.make.clone(), self.folder.clone());
        let made = tokio::task::spawn_blocking(move || {
            let copied = Copied { folder, _alone: Some(alone) };
            make(&copied.folder).map(|manifest| (copied, manifest))
        });
        let made = made.await.map_err(|why| Refused::Failed(why.to_string()))?;
        let (copied, manifest) = made.map_err(|why| Refused::Failed(why.to_string()))?;
        tracing::info!(position = manifest.position, "the copy for a backup is made");
        Ok(copied)
    }
}

enum Refused {
    Busy,
    Failed(String),
}

/// The folder of a copy. It goes when this does, and the next copy may be made.
struct Copied {
    folder: PathBuf,
    _alone: Option<OwnedSemaphorePermit>,
}

impl Copied {
    fn at(folder: PathBuf) -> Copied {
        Copied { folder, _alone: None }
    }
}

impl Drop for Copied {
    fn drop(&mut self) {
        match std::fs::remove_dir_all(&self.folder) {
            Err(why) if why.kind() != std::io::ErrorKind::NotFound => {
                tracing::warn!(%why, folder = %self.folder.display(), "the copy of a backup cannot be removed");
            }
            _ => {}
        }
    }
}

/// `POST /backup`.
pub async fn send(State(front): State<Arc<Front>>, Extension(asked): Extension<ActorContext>) -> Response {
    tracing::info!(actor = %asked.actor.0, origin = %asked.origin, "a backup is asked for");
    match front.state.backups.make().await {
        Ok(copied) => {
            let (sending, receiving) = tokio::io::duplex(AHEAD_BYTES);
            let client = Client { pipe: sending, patience: PATIENCE, runtime: Handle::current() };
            let whole = Arc::new(AtomicBool::new(false));
            let told = whole.clone();
            tokio::task::spawn_blocking(move || pack_into(&copied, client, &told));
            let until_the_end = ReaderStream::new(receiving).take_until(front.shutdown.clone().cancelled_owned());
            // An answer that ends early must not look like a whole one to whoever counts no bytes.
            let broken_off =
                once(async move { (!whole.load(SeqCst)).then(|| Err(std::io::Error::other("it broke off"))) });
            let until_the_end = until_the_end.chain(broken_off.filter_map(std::future::ready));
            let name = "attachment; filename=\"stagger-backup.tar\"";
            let headers = [
                (header::CONTENT_TYPE, "application/x-tar"),
                (header::CONTENT_DISPOSITION, name),
                (header::CACHE_CONTROL, "no-store"),
            ];
            (headers, Body::from_stream(until_the_end)).into_response()
        }
        Err(refused) => refuse(refused),
    }
}

/// Whoever receives it notices an archive that breaks off: its manifest says what has to come.
fn pack_into(copied: &Copied, mut client: Client, whole: &AtomicBool) {
    match pack(&copied.folder, &mut client) {
        Ok(_) => {
            whole.store(true, SeqCst);
            tracing::info!("the backup is sent");
        }
        Err(why) => tracing::warn!(%why, "the backup was not sent to its end"),
    }
}

/// The client as something that a thread writes to. One that takes nothing for long is an error.
struct Client {
    pipe: DuplexStream,
    patience: Duration,
    runtime: Handle,
}

impl Write for Client {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let taken = timeout(self.patience, self.pipe.write(bytes));
        let given_up = |_| std::io::Error::new(std::io::ErrorKind::TimedOut, "the client has stopped taking it");
        self.runtime.block_on(taken).map_err(given_up)?
    }

    /// What the pipe has is on its way.
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn refuse(refused: Refused) -> Response {
    let (status, code, message, hint) = match refused {
        Refused::Busy => {
            (StatusCode::CONFLICT, "BUSY", "another backup is under way".to_owned(), "ask again when it has ended")
        }
        Refused::Failed(why) => (
            StatusCode::SERVICE_UNAVAILABLE,
            "FAULT",
            format!("the backup was not made: {why}"),
            "mend the cause, then ask again",
        ),
    };
    request_error(status, code, &message, hint).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_client_that_stops_taking_is_given_up_and_one_that_is_slow_is_not() {
        let (sending, mut receiving) = tokio::io::duplex(8);
        let mut client = Client { pipe: sending, patience: Duration::from_millis(200), runtime: Handle::current() };
        let slow = tokio::spawn(async move {
            let mut taken = Vec::new();
            for _ in 0..5 {
                tokio::time::sleep(Duration::from_millis(60)).await;
                let mut piece = [0; 8];
                tokio::io::AsyncReadExt::read_exact(&mut receiving, &mut piece).await.expect("it comes");
                taken.extend(piece);
            }
            (taken, receiving)
        });
        let ended = tokio::task::spawn_blocking(move || client.write_all(&[7; 64])).await.expect("no panic");
        assert_eq!(ended.expect_err("nobody took the rest").kind(), std::io::ErrorKind::TimedOut);
        assert_eq!(slow.await.expect("no panic").0, [7; 40]);
    }
}
