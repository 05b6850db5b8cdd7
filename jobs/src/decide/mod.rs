//! What follows from a command, and what follows from what follows. Pure: the state, the command and the time come in,
//! events or a rejection go out. One subject a file.
//!
//! Never found here: a change of the state (`apply`), a clock, randomness, I/O.

mod access;
mod admission;
mod advance;
mod create;
mod gate;
mod host_moves;
mod library;
mod limits;
mod people;
mod report;
mod schedules;
mod steering;
mod tick;

pub use advance::consequences;
pub use limits::{LONGEST_NAME, LONGEST_REASON, LONGEST_SOURCE};
pub use people::{choose, may_retry, to_accept, to_retry};
pub use report::LONGEST_OUTPUT;
pub use steering::{Steer, WhyNot, allowed};

use crate::command::{Body, Code, Command, Rejection};
use crate::event::{AccessEvent, Event, JobEvent, RoomChanged};
use crate::fleet::Fleet;
use crate::ids::JobId;
use crate::job::Job;
use crate::time::Timestamp;

/// The first events that follow from a command; `consequences` says what follows from those.
pub fn decide(fleet: &Fleet, command: &Command, now: Timestamp) -> Result<Vec<Event>, Rejection> {
    limits::check(&command.body)?;
    let by = &command.actor.0;
    match &command.body {
        Body::ApplyTemplate { template, source, base } => {
            library::apply_template(fleet, library::Text { template, source, by }, *base)
        }
        Body::InstallTemplate { pack, template, source } => {
            Ok(library::install_template(fleet, pack, library::Text { template, source, by }))
        }
        Body::RemoveTemplate { template, reason } => library::remove_template(fleet, template, by, reason),
        Body::InstallPack { pack, version, actions } => library::install_pack(fleet, pack, version, actions),
        Body::PutInventory { source, hosts } => library::put_inventory(fleet, source, hosts),
        Body::CreateJob(create) => create::create_job(fleet, create, by),
        Body::StartJob { job } => steering::start(fleet, *job),
        Body::HoldJob { job, reason } => steering::hold(fleet, *job, by, reason),
        Body::ResumeJob { job, reason } => steering::resume(fleet, *job, by, reason),
        Body::DrainJob { job, reason } => steering::drain(fleet, *job, by, reason),
        Body::CancelJob { job, reason } => steering::cancel(fleet, *job, by, reason),
        Body::KillJob { job, reason } => steering::kill(fleet, *job, by, reason),
        Body::ApproveBatch { job, batch, plan_hash, reason } => {
            people::approve(fleet, *job, *batch, plan_hash, people::Word { by, reason }, now)
        }
        Body::RetryHosts { job, which, from, reason } => {
            people::retry(fleet, *job, which, *from, people::Word { by, reason })
        }
        Body::AcceptHosts { job, which, reason } => people::accept(fleet, *job, which, by, reason),
        Body::ResolveInDoubt { job, host, verdict, reason } => {
            people::resolve(fleet, *job, *host, *verdict, by, reason)
        }
        Body::CreateSchedule { schedule, spec } => schedules::create(fleet, *schedule, spec, by, now),
        Body::UpdateSchedule { schedule, spec, base, reason, fresh } => {
            schedules::update(fleet, *schedule, spec, *base, schedules::Change { by, reason, fresh, now })
        }
        Body::PauseSchedule { schedule, reason, fresh } => {
            schedules::pause(fleet, *schedule, schedules::Change { by, reason, fresh, now })
        }
        Body::ResumeSchedule { schedule, reason, fresh } => {
            schedules::resume(fleet, *schedule, schedules::Change { by, reason, fresh, now })
        }
        Body::RunSchedule { schedule, fresh } => schedules::run_now(fleet, *schedule, fresh, by),
        Body::DeleteSchedule { schedule, reason } => schedules::delete(fleet, *schedule, by, reason),
        Body::Report { job, attempt, report } => report::report(fleet, *job, *attempt, report, now),
        Body::Tick { fresh } => Ok(tick::tick(fleet, fresh, now)),
        Body::NoteRoom { room, .. } if fleet.room == *room => Ok(Vec::new()),
        Body::NoteRoom { room, free_percent } => {
            let changed = RoomChanged { room: *room, free_percent: *free_percent };
            Ok(vec![Event::Access(AccessEvent::RoomChanged(changed))])
        }
        Body::CreateToken { token, name, hash } => access::create_token(fleet, *token, name, hash),
        Body::RevokeToken { token } => access::revoke_token(fleet, *token),
        Body::OpenSession { token, hash, until } => access::open_session(fleet, *token, hash, *until, now),
        Body::CloseSession { hash } => Ok(access::close_session(fleet, hash)),
    }
}

/// Where to look for a job that cannot be changed.
const HINT_JOBS: &str = "`stagger job list` shows the jobs; those in the archive stay as they ended";

fn not_found(noun: &str, id: &dyn std::fmt::Display, hint: &str) -> Rejection {
    Rejection::new(Code::NotFound, format!("there is no {noun} {id}"), hint)
}

fn job(fleet: &Fleet, id: JobId) -> Result<&Job, Rejection> {
    fleet.jobs.get(&id).ok_or_else(|| not_found("job", &id, HINT_JOBS))
}

/// Events of one job, ready to be recorded.
fn of_job(job: JobId, events: Vec<JobEvent>) -> Vec<Event> {
    events.into_iter().map(|event| Event::Job(job, event)).collect()
}
