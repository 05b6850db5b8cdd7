//! Where the time comes from.

use jobs::time::Timestamp;
use std::sync::atomic::{AtomicU64, Ordering};

/// A source of the time. It never goes back.
pub trait Clock: Send + Sync + 'static {
    /// The time now.
    fn now(&self) -> Timestamp;
}

/// The machine's clock. When somebody sets it back, the time stands still until it has caught up: instants in the
/// log only ever grow.
#[derive(Debug, Default)]
pub struct SystemClock {
    latest: AtomicU64,
}

impl SystemClock {
    /// The machine's clock, but never before `earliest`: where the log ends, time goes on.
    pub fn not_before(earliest: Timestamp) -> SystemClock {
        SystemClock { latest: AtomicU64::new(earliest.0) }
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let since_epoch = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        let ms = u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX);
        Timestamp(self.latest.fetch_max(ms, Ordering::Relaxed).max(ms))
    }
}
