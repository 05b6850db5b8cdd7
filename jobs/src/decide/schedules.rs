//! Schedules: put in place, taken away, and what they do when their moment comes.

use super::{create, not_found};
use crate::command::{Code, CreateJob, Fresh, Rejection};
use crate::event::{
    Due, Event, ScheduleCreated, ScheduleDeleted, ScheduleEvent, ScheduleFired, ScheduleQueued, ScheduleSkipped,
};
use crate::fleet::{Fleet, Schedule};
use crate::ids::ScheduleId;
use crate::outcome::JobStatus;
use crate::schedule::{self, OverlapVerdict, ScheduleSpec, Skipped, Verdict};
use crate::time::Timestamp;
use std::sync::Arc;

pub(super) fn create(
    fleet: &Fleet,
    id: ScheduleId,
    spec: &Arc<ScheduleSpec>,
    by: &Arc<str>,
    now: Timestamp,
) -> Result<Vec<Event>, Rejection> {
    if let Some(same) = fleet.schedules.values().find(|schedule| schedule.spec.name == spec.name) {
        let message = format!("there is a schedule {} already", same.spec.name);
        return Err(Rejection::new(Code::Conflict, message, "choose another name, or delete that one first"));
    }
    if fleet.templates.get(&spec.template).is_none_or(|template| template.removed) {
        return Err(not_found("template", &spec.template, "`stagger template list` shows the templates"));
    }
    spec.check().map_err(|problem| Rejection::new(Code::Invalid, problem.to_string(), problem.hint()))?;
    let created = ScheduleCreated { spec: spec.clone(), from: now, by: by.clone() };
    Ok(vec![Event::Schedule(id, ScheduleEvent::ScheduleCreated(created))])
}

pub(super) fn delete(fleet: &Fleet, id: ScheduleId, by: &Arc<str>) -> Result<Vec<Event>, Rejection> {
    if !fleet.schedules.contains_key(&id) {
        return Err(not_found("schedule", &id, "`stagger schedule list` shows the schedules"));
    }
    Ok(vec![Event::Schedule(id, ScheduleEvent::ScheduleDeleted(ScheduleDeleted { by: by.clone() }))])
}

/// What a schedule does at its moment: a job, or a note of why there is none.
pub(super) fn due<'f>(
    fleet: &Fleet,
    id: ScheduleId,
    fresh: &mut impl Iterator<Item = &'f Fresh>,
    now: Timestamp,
) -> Vec<Event> {
    let Some(schedule) = fleet.schedules.get(&id) else { return Vec::new() };
    let mut events = Vec::new();
    let (mut busy, mut queue) = (is_busy(fleet, schedule), schedule.queued);
    if let Some(nominal) = queue.filter(|_| !busy) {
        let Some(fresh) = fresh.next() else { return events };
        let fired = fire(fleet, id, schedule, nominal, fresh);
        (busy, queue) = (has_fired(&fired), None);
        events.extend(fired);
    }
    for due in schedule::due(&schedule.spec, schedule.handled_until, now) {
        let verdict = schedule::overlap_verdict(schedule.spec.overlap, busy, queue.is_some());
        match (due.verdict, verdict) {
            (Verdict::Missed { why }, _) | (Verdict::Fire, OverlapVerdict::Skip { why }) => {
                events.push(skipped(id, due.nominal, &why.to_string(), Some(why)));
            }
            (Verdict::Fire, OverlapVerdict::Queue) => {
                queue = Some(due.nominal);
                events.push(queued(id, due.nominal));
            }
            (Verdict::Fire, OverlapVerdict::Fire) => {
                // Without an id nothing can be recorded, nor anything after it; the next tick brings one.
                let Some(fresh) = fresh.next() else { return events };
                let fired = fire(fleet, id, schedule, due.nominal, fresh);
                busy |= has_fired(&fired);
                events.extend(fired);
            }
        }
    }
    events
}

fn has_fired(events: &[Event]) -> bool {
    events.iter().any(|event| matches!(event, Event::Schedule(_, ScheduleEvent::ScheduleFired(_))))
}

fn is_busy(fleet: &Fleet, schedule: &Schedule) -> bool {
    let last = schedule.last_job.and_then(|job| fleet.jobs.get(&job));
    last.is_some_and(|job| job.status != JobStatus::Finished)
}

fn fire(fleet: &Fleet, id: ScheduleId, schedule: &Schedule, nominal: Timestamp, fresh: &Fresh) -> Vec<Event> {
    let wanted = CreateJob {
        job: fresh.job,
        seed: fresh.seed,
        template: schedule.spec.template.clone(),
        parameters: schedule.spec.parameters.clone(),
        targets: schedule.spec.targets.clone(),
        start: true,
        policy: None,
        plan_hash: None,
        due: Some(Due { schedule: id, nominal }),
    };
    let by: Arc<str> = format!("schedule:{}", schedule.spec.name).into();
    match create::create_job(fleet, &wanted, &by) {
        Ok(mut events) => {
            let fired = ScheduleFired { nominal, job: fresh.job };
            events.push(Event::Schedule(id, ScheduleEvent::ScheduleFired(fired)));
            events
        }
        Err(rejection) => vec![skipped(id, nominal, &rejection.message, None)],
    }
}

fn skipped(id: ScheduleId, nominal: Timestamp, why: &str, cause: Option<Skipped>) -> Event {
    Event::Schedule(id, ScheduleEvent::ScheduleSkipped(ScheduleSkipped { nominal, why: why.into(), cause }))
}

fn queued(id: ScheduleId, nominal: Timestamp) -> Event {
    Event::Schedule(id, ScheduleEvent::ScheduleQueued(ScheduleQueued { nominal }))
}
