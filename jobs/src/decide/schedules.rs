//! Schedules: put in place, changed, taken away, and what they do when their moment comes.
//!
//! A change is about the moments that come after it. Those that are due when it is asked for are answered first, by what
//! the schedule was made of until then: none is lost, and none fires a second time.

use super::{create, not_found};
use crate::command::{Code, CreateJob, Fresh, Rejection};
use crate::event::{
    Due, Event, ScheduleChanged, ScheduleCreated, ScheduleDeleted, ScheduleEvent, ScheduleFired, SchedulePaused,
    ScheduleQueued, ScheduleResumed, ScheduleSkipped,
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
    check(fleet, id, spec)?;
    let created = ScheduleCreated { spec: spec.clone(), from: now, by: by.clone() };
    Ok(vec![Event::Schedule(id, ScheduleEvent::ScheduleCreated(created))])
}

/// Refuses what no schedule can be made of.
fn check(fleet: &Fleet, id: ScheduleId, spec: &ScheduleSpec) -> Result<(), Rejection> {
    let mut others = fleet.schedules.iter().filter(|(other, _)| **other != id);
    if others.any(|(_, schedule)| schedule.spec.name == spec.name) {
        let message = format!("there is a schedule {} already", spec.name);
        return Err(Rejection::new(Code::Conflict, message, "choose another name, or delete that one first"));
    }
    spec.check().map_err(|problem| Rejection::new(Code::Invalid, problem.to_string(), problem.hint()))?;
    check_jobs(fleet, spec)
}

/// Refuses what no job could be created from, as far as that can be known before its moment comes.
fn check_jobs(fleet: &Fleet, spec: &ScheduleSpec) -> Result<(), Rejection> {
    let template = create::template(fleet, &spec.template)?;
    create::parameters(&template.template, &spec.parameters)?;
    match (&spec.targets, &template.template.targets) {
        (None, None) => Err(create::no_targets(&template.template, "the schedule")),
        _ => Ok(()),
    }
}

fn schedule(fleet: &Fleet, id: ScheduleId) -> Result<&Schedule, Rejection> {
    let hint = "`stagger schedule list` shows the schedules";
    fleet.schedules.get(&id).ok_or_else(|| not_found("schedule", &id, hint))
}

/// Who changes a schedule, why and when, and ids for jobs that are due by then.
pub(super) struct Change<'a> {
    pub by: &'a Arc<str>,
    pub reason: &'a Arc<str>,
    pub fresh: &'a [Fresh],
    pub now: Timestamp,
}

/// Makes a schedule of something else. Whether it is paused stays as it is. What is the same already changes nothing.
pub(super) fn update(
    fleet: &Fleet,
    id: ScheduleId,
    spec: &Arc<ScheduleSpec>,
    base: Option<u32>,
    change: Change<'_>,
) -> Result<Vec<Event>, Rejection> {
    let known = schedule(fleet, id)?;
    if base.is_some_and(|base| base != known.version) {
        return Err(changed_since(known));
    }
    let before = &known.spec;
    let spec = Arc::new(ScheduleSpec { paused: before.paused, ..(**spec).clone() });
    check(fleet, id, &spec)?;
    if spec == *before {
        return Ok(Vec::new());
    }
    let changed = ScheduleChanged { spec, from: change.now, by: change.by.clone(), reason: change.reason.clone() };
    after_what_is_due(fleet, id, change, changed.into())
}

/// Two who change the same schedule at once: the later one has not seen what the other made of it.
fn changed_since(schedule: &Schedule) -> Rejection {
    let Schedule { spec, changed_by, version, .. } = schedule;
    Rejection::new(
        Code::Conflict,
        format!("schedule {} was changed by {changed_by} meanwhile: version {version}", spec.name),
        "look at it again, and change what is still to be changed",
    )
}

pub(super) fn pause(fleet: &Fleet, id: ScheduleId, change: Change<'_>) -> Result<Vec<Event>, Rejection> {
    if schedule(fleet, id)?.spec.paused {
        return Err(Rejection::new(Code::WrongStatus, "the schedule is paused already", ""));
    }
    let paused = SchedulePaused { by: change.by.clone(), reason: change.reason.clone() };
    after_what_is_due(fleet, id, change, paused.into())
}

pub(super) fn resume(fleet: &Fleet, id: ScheduleId, change: Change<'_>) -> Result<Vec<Event>, Rejection> {
    if !schedule(fleet, id)?.spec.paused {
        return Err(Rejection::new(Code::WrongStatus, "the schedule is not paused", ""));
    }
    let resumed = ScheduleResumed { by: change.by.clone(), reason: change.reason.clone() };
    after_what_is_due(fleet, id, change, resumed.into())
}

/// Answers what is due by what the schedule was made of until now, and then changes it.
fn after_what_is_due(
    fleet: &Fleet,
    id: ScheduleId,
    change: Change<'_>,
    event: ScheduleEvent,
) -> Result<Vec<Event>, Rejection> {
    let before = schedule(fleet, id)?;
    let mut events = due(fleet, id, &mut change.fresh.iter(), change.now);
    let last_due = schedule::due(&before.spec, before.handled_until, change.now).last().map(|due| due.nominal);
    if last_due > events.iter().filter_map(answered).max() {
        // There were too few ids. The next tick answers them, within moments.
        return Err(Rejection::new(
            Code::Conflict,
            "moments of the schedule are due just now",
            "ask again in a moment",
        ));
    }
    events.push(Event::Schedule(id, event));
    Ok(events)
}

/// The moment of a schedule that an event answers.
fn answered(event: &Event) -> Option<Timestamp> {
    match event {
        Event::Schedule(_, ScheduleEvent::ScheduleFired(it)) => Some(it.nominal),
        Event::Schedule(_, ScheduleEvent::ScheduleQueued(it)) => Some(it.nominal),
        Event::Schedule(_, ScheduleEvent::ScheduleSkipped(it)) => Some(it.nominal),
        _ => None,
    }
}

/// Creates the job a schedule would create. It is nobody's moment: the schedule neither waits for it nor counts it.
pub(super) fn run_now(fleet: &Fleet, id: ScheduleId, fresh: &Fresh, by: &Arc<str>) -> Result<Vec<Event>, Rejection> {
    create::create_job(fleet, &job_of(schedule(fleet, id)?, fresh, None), by)
}

pub(super) fn delete(fleet: &Fleet, id: ScheduleId, by: &Arc<str>, reason: &Arc<str>) -> Result<Vec<Event>, Rejection> {
    schedule(fleet, id)?;
    let deleted = ScheduleDeleted { by: by.clone(), reason: reason.clone() };
    Ok(vec![Event::Schedule(id, ScheduleEvent::ScheduleDeleted(deleted))])
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
    let wanted = job_of(schedule, fresh, Some(Due { schedule: id, nominal }));
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

fn job_of(schedule: &Schedule, fresh: &Fresh, due: Option<Due>) -> CreateJob {
    CreateJob {
        job: fresh.job,
        seed: fresh.seed,
        template: schedule.spec.template.clone(),
        parameters: schedule.spec.parameters.clone(),
        targets: schedule.spec.targets.clone(),
        start: true,
        policy: None,
        plan_hash: None,
        template_version: None,
        due,
    }
}

fn skipped(id: ScheduleId, nominal: Timestamp, why: &str, cause: Option<Skipped>) -> Event {
    Event::Schedule(id, ScheduleEvent::ScheduleSkipped(ScheduleSkipped { nominal, why: why.into(), cause }))
}

fn queued(id: ScheduleId, nominal: Timestamp) -> Event {
    Event::Schedule(id, ScheduleEvent::ScheduleQueued(ScheduleQueued { nominal }))
}
