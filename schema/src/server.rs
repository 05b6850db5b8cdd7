//! The server itself, and who is asking.
//!
//! Never found here: metrics for machines (`/metrics`).

use crate::backend::{ActorContext, Backend, Fault, read};
use crate::scalar::{DateTime, Long};
use async_graphql::SimpleObject;
use jobs::fleet::Fleet;

/// The server that answers.
#[derive(SimpleObject, Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// Its version.
    version: &'static str,
    /// The log's last durable position.
    position: Long,
    /// How often a server process has taken the log over. Hosts refuse controllers of an earlier epoch.
    epoch: Long,
    /// Its clock.
    now: DateTime,
}

impl Server {
    /// The server as it is now.
    pub async fn answering(backend: &dyn Backend) -> Result<Server, Fault> {
        let now = backend.now();
        let look = move |fleet: &Fleet, position| Server {
            version: env!("CARGO_PKG_VERSION"),
            position: Long(position),
            epoch: Long(fleet.epoch),
            now: DateTime(now),
        };
        read(backend, look).await
    }
}

/// Who is asking.
#[derive(SimpleObject, Clone, Debug, PartialEq, Eq)]
pub struct Viewer {
    /// The name by which the log will know it: `user:alice`, `token:ci`.
    actor: String,
    /// From where.
    origin: String,
}

impl From<&ActorContext> for Viewer {
    fn from(context: &ActorContext) -> Viewer {
        Viewer { actor: context.actor.to_string(), origin: context.origin.to_string() }
    }
}
