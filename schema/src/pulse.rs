//! When a subscription wakes: when the durable position grew, and then not again for a while, so that however much
//! happens is one message.
//!
//! Four times a second is often enough for eyes. When many watch they share that out: two thousand messages a second
//! in all are sent, and everybody still hears within a second.
//!
//! Never found here: what is sent.

use crate::backend::Backend;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

/// The least time between two messages of one subscription: 4 Hz.
pub const LEAST_APART: Duration = Duration::from_millis(250);

/// The most time between them.
const MOST_APART: Duration = Duration::from_secs(1);

/// What each subscription adds to the time between two messages once there are many.
const SHARE: Duration = Duration::from_micros(500);

/// How many watch.
#[derive(Default)]
pub struct Audience(AtomicU32);

impl Audience {
    /// The time between two messages of each of them.
    fn apart(&self) -> Duration {
        (SHARE * self.0.load(Ordering::Relaxed)).clamp(LEAST_APART, MOST_APART)
    }
}

/// Wakes one subscription; the first time at once.
pub struct Pulse {
    durable: watch::Receiver<u64>,
    audience: Arc<Audience>,
    rest_until: Option<Instant>,
}

impl Pulse {
    /// For one subscription, which is one of the audience until it is dropped.
    pub fn of(backend: &dyn Backend, audience: &Arc<Audience>) -> Pulse {
        audience.0.fetch_add(1, Ordering::Relaxed);
        Pulse { durable: backend.durable(), audience: audience.clone(), rest_until: None }
    }

    /// Waits until there is something after what was seen; `None` when the engine has ended.
    pub async fn next(&mut self, seen: Option<u64>) -> Option<()> {
        if let Some(until) = self.rest_until {
            sleep_until(until).await;
        }
        if let Some(seen) = seen {
            self.durable.wait_for(|durable| *durable > seen).await.ok()?;
        }
        self.rest_until = Some(Instant::now() + self.audience.apart());
        Some(())
    }
}

impl Drop for Pulse {
    fn drop(&mut self) {
        self.audience.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_share_what_few_have_to_themselves() {
        let apart = |watchers: u32| Audience(AtomicU32::new(watchers)).apart().as_millis();
        assert_eq!([1, 500, 1_000, 100_000].map(apart), [250, 250, 500, 1_000]);
    }
}
