//! Where the time comes from.

use jobs::time::{Duration, Timestamp};
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

impl SystemClock {
    /// How far the time it gives is ahead of the machine's clock: so long it stands still.
    pub fn ahead(&self) -> Duration {
        Duration(self.latest.load(Ordering::Relaxed).saturating_sub(machine_ms()))
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let ms = machine_ms();
        Timestamp(self.latest.fetch_max(ms, Ordering::Relaxed).max(ms))
    }
}

fn machine_ms() -> u64 {
    let since_epoch = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_from_the_future_is_told_by_how_much() {
        assert_eq!(SystemClock::not_before(Timestamp(0)).ahead(), Duration(0));
        let hour = Duration::minutes(60);
        let clock = SystemClock::not_before(SystemClock::default().now() + hour);
        assert!(clock.ahead() > Duration::minutes(59) && clock.ahead() <= hour, "{}", clock.ahead());
        assert_eq!(clock.now(), clock.now());
    }
}
