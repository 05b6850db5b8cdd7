//! Who carries effects out.

use jobs::attempt::{Order, Signal};
use jobs::ids::{AttemptId, JobId};
use jobs::inventory::Inventory;

/// Carries out what is in force and reports back. Called on the engine's thread: every method returns at once.
pub trait Runner: Send + 'static {
    /// Carries an order out. May be asked twice for the same attempt; one that is under way is left alone.
    fn start(&self, order: Order);

    /// Signals a running script.
    fn signal(&self, job: JobId, attempt: AttemptId, signal: Signal);

    /// The attempt is not wanted any more: it ended, and its result is durable, or it was given up.
    fn stop(&self, job: JobId, attempt: AttemptId);

    /// The inventory as it is from now on.
    fn inventory(&self, inventory: &Inventory);
}
