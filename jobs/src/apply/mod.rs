//! What each event does to the live state. Total: a recorded fact cannot be refused, so an event about something that
//! is not there changes nothing. The same fold runs while serving and at boot.
//!
//! Never found here: a decision, a clock, or an error.

mod batch;
mod host_run;
mod job;
mod lease;
mod retry;

use crate::event::{AccessEvent, Event, InventoryEvent, LibraryEvent, PackInstalled, ScheduleEvent};
use crate::fleet::{AppliedTemplate, Deadline, Fleet, Pause, Schedule, Session, Token};
use crate::ids::{ActionName, JobId, ScheduleId};
use crate::outcome::JobStatus;
use crate::schedule::ScheduleSpec;
use crate::time::Timestamp;
use std::sync::Arc;

/// Applies one event that was recorded at `at`.
pub fn apply(fleet: &mut Fleet, event: &Event, at: Timestamp) {
    match event {
        Event::Job(job, event) => job::apply(fleet, *job, event, at),
        Event::Library(event) => apply_library(fleet, event, at),
        Event::Schedule(schedule, event) => apply_schedule(fleet, *schedule, event, at),
        Event::Inventory(event) => apply_inventory(fleet, event),
        Event::Access(event) => apply_access(fleet, event, at),
    }
}

fn apply_library(fleet: &mut Fleet, event: &LibraryEvent, at: Timestamp) {
    match event {
        LibraryEvent::TemplateApplied(applied) => {
            let template = AppliedTemplate {
                version: applied.version,
                template: applied.template.clone(),
                source: applied.source.clone(),
                applied_at: at,
                applied_by: applied.by.clone(),
                removed: false,
                pack: applied.pack.clone(),
            };
            fleet.templates.insert(applied.template.name.clone(), template);
        }
        LibraryEvent::TemplateRemoved(removed) => {
            if let Some(template) = fleet.templates.get_mut(&removed.template) {
                template.removed = true;
            }
        }
        LibraryEvent::PackInstalled(installed) => install(fleet, installed),
    }
}

/// The actions of a pack are those of its newest version and no others.
fn install(fleet: &mut Fleet, installed: &PackInstalled) {
    fleet.packs.insert(installed.pack.clone(), installed.version.clone());
    let before = |(_, pack): &(&ActionName, &Arc<str>)| **pack == installed.pack;
    let before: Vec<ActionName> = fleet.owners.iter().filter(before).map(|(name, _)| name.clone()).collect();
    for name in before {
        fleet.owners.remove(&name);
        fleet.actions.remove(&name);
    }
    for action in &installed.actions {
        fleet.owners.insert(action.name.clone(), installed.pack.clone());
        fleet.actions.insert(action.name.clone(), action.clone());
    }
}

fn apply_schedule(fleet: &mut Fleet, id: ScheduleId, event: &ScheduleEvent, at: Timestamp) {
    match event {
        ScheduleEvent::ScheduleCreated(created) => {
            let schedule = Schedule {
                spec: created.spec.clone(),
                handled_until: created.from,
                last_job: None,
                queued: None,
                by: created.by.clone(),
                version: 1,
                changed_by: created.by.clone(),
                pause: None,
            };
            fleet.schedules.insert(id, schedule);
        }
        ScheduleEvent::ScheduleChanged(changed) => {
            if let Some(schedule) = fleet.schedules.get_mut(&id) {
                schedule.spec = changed.spec.clone();
                schedule.version += 1;
                schedule.changed_by = changed.by.clone();
                schedule.handled_until = schedule.handled_until.max(changed.from);
            }
        }
        ScheduleEvent::SchedulePaused(paused) => {
            let pause = Pause { by: paused.by.clone(), at, reason: paused.reason.clone() };
            set_paused(fleet, id, Some(pause));
        }
        ScheduleEvent::ScheduleResumed(_) => set_paused(fleet, id, None),
        ScheduleEvent::ScheduleDeleted(_) => {
            fleet.schedules.remove(&id);
        }
        ScheduleEvent::ScheduleFired(fired) => {
            if let Some(schedule) = fleet.schedules.get_mut(&id) {
                schedule.handled_until = schedule.handled_until.max(fired.nominal);
                schedule.last_job = Some(fired.job);
                schedule.queued = None;
            }
        }
        ScheduleEvent::ScheduleQueued(queued) => {
            if let Some(schedule) = fleet.schedules.get_mut(&id) {
                schedule.handled_until = schedule.handled_until.max(queued.nominal);
                schedule.queued = Some(queued.nominal);
            }
        }
        ScheduleEvent::ScheduleSkipped(skipped) => {
            if let Some(schedule) = fleet.schedules.get_mut(&id) {
                schedule.handled_until = schedule.handled_until.max(skipped.nominal);
                schedule.queued = schedule.queued.filter(|queued| *queued != skipped.nominal);
            }
        }
    }
    plan_next_firing(fleet, id);
}

fn set_paused(fleet: &mut Fleet, id: ScheduleId, pause: Option<Pause>) {
    if let Some(schedule) = fleet.schedules.get_mut(&id) {
        schedule.spec = Arc::new(ScheduleSpec { paused: pause.is_some(), ..(*schedule.spec).clone() });
        schedule.pause = pause;
    }
}

/// Keeps exactly one deadline for every schedule that will fire again: its next moment, or the one that waited for the
/// last job to end, once that has ended.
fn plan_next_firing(fleet: &mut Fleet, id: ScheduleId) {
    fleet.deadlines.retain(|(_, deadline)| *deadline != Deadline::Schedule(id));
    let Some(schedule) = fleet.schedules.get(&id) else { return };
    let last = schedule.last_job.and_then(|job| fleet.jobs.get(&job));
    let ended = last.is_none_or(|job| job.status == JobStatus::Finished);
    let queued = schedule.queued.filter(|_| ended);
    if let Some(at) = queued.or_else(|| schedule.spec.next_after(schedule.handled_until)) {
        fleet.deadlines.insert((at, Deadline::Schedule(id)));
    }
}

/// A job ended, or goes on after its end: a schedule whose next job waits for that may be due at once.
fn wake_schedules(fleet: &mut Fleet, job: JobId) {
    let waiting =
        |(_, schedule): &(&ScheduleId, &Schedule)| schedule.last_job == Some(job) && schedule.queued.is_some();
    let waiting: Vec<ScheduleId> = fleet.schedules.iter().filter(waiting).map(|(id, _)| *id).collect();
    waiting.into_iter().for_each(|id| plan_next_firing(fleet, id));
}

fn apply_inventory(fleet: &mut Fleet, event: &InventoryEvent) {
    let InventoryEvent::InventoryChanged(changed) = event;
    for host in &changed.put {
        fleet.sources.insert(host.name.clone(), changed.source.clone());
        fleet.inventory.hosts.insert(host.name.clone(), host.clone());
    }
    for name in &changed.removed {
        fleet.sources.remove(name);
        fleet.inventory.hosts.remove(name);
    }
}

fn apply_access(fleet: &mut Fleet, event: &AccessEvent, at: Timestamp) {
    match event {
        AccessEvent::TokenCreated(created) => {
            let token =
                Token { name: created.name.clone(), hash: created.hash.clone(), created_at: at, revoked: false };
            fleet.tokens.insert(created.token, token);
        }
        AccessEvent::TokenRevoked(revoked) => {
            if let Some(token) = fleet.tokens.get_mut(&revoked.token) {
                token.revoked = true;
            }
            fleet.sessions.retain(|_, session| session.token != revoked.token);
        }
        AccessEvent::SessionOpened(opened) => {
            // Nobody says of a session that its time is up; those that were forgotten go with the next one.
            fleet.sessions.retain(|_, session| session.until > at);
            fleet.sessions.insert(opened.hash.clone(), Session { token: opened.token, until: opened.until });
        }
        AccessEvent::SessionClosed(closed) => {
            fleet.sessions.remove(&closed.hash);
        }
        AccessEvent::ServerStarted(started) => {
            fleet.epoch = fleet.epoch.max(started.epoch);
            host_run::inherit(fleet, at);
        }
        AccessEvent::BackupRestored(restored) => {
            fleet.epoch = fleet.epoch.max(restored.epoch);
            // Which of them have been closed since the backup is not known.
            fleet.sessions.clear();
        }
        AccessEvent::RoomChanged(changed) => {
            fleet.room = changed.room;
            fleet.unsettled.extend(fleet.jobs.keys());
        }
    }
}
