//! One turn of the circle: a command is decided, its events are applied, and so is whatever follows from them, until
//! nothing does.
//!
//! Never found here: a rule. Whoever calls this makes the events durable before anybody hears of them.

use crate::apply::apply;
use crate::command::{Command, Rejection};
use crate::decide::{consequences, decide};
use crate::event::Event;
use crate::fleet::Fleet;
use crate::time::Timestamp;

/// Carries out one command. All events it gives belong into one write: they happened together.
pub fn carry_out(fleet: &mut Fleet, command: &Command, now: Timestamp) -> Result<Vec<Event>, Rejection> {
    let mut events = decide(fleet, command, now)?;
    for event in &events {
        apply(fleet, event, now);
    }
    follow(fleet, now, &mut events);
    Ok(events)
}

/// Applies whatever follows by itself from the state as it is, and appends it to `events`.
pub fn follow(fleet: &mut Fleet, now: Timestamp, events: &mut Vec<Event>) {
    while let Some(job) = fleet.unsettled.first().copied() {
        let next = consequences(fleet, job, now);
        if next.is_empty() {
            fleet.unsettled.remove(&job);
        }
        for event in &next {
            apply(fleet, event, now);
        }
        events.extend(next);
    }
}
