//! Putting schedules in place and taking them away.
//!
//! Never found here: when they fire.

use super::{job, submit};
use crate::fault::{backend, fault};
use crate::id::{self, GlobalId};
use crate::scalar::{Json, Millis};
use crate::schedule::{Missed, Overlap, Schedule};
use crate::user_error::UserError;
use async_graphql::{Context, Error, ID, InputObject, Object, SimpleObject};
use jobs::command::Body;
use jobs::ids::ScheduleId;
use jobs::schedule::{self as rule, ScheduleSpec};
use jobs::selector::Selector;
use std::sync::Arc;

/// What a schedule is made of.
#[derive(InputObject, Clone, Debug)]
pub struct CreateScheduleInput {
    /// What it is called.
    name: String,
    /// The template of its jobs.
    template: String,
    /// The parameters of its jobs, as a JSON object.
    parameters: Option<Json>,
    /// The hosts, as a selector; otherwise the template's.
    targets: Option<String>,
    /// When, as a cron expression: `30 2 * * TUE#2`.
    cron: String,
    /// The time zone it is meant in, by its IANA name; otherwise UTC.
    zone: Option<String>,
    /// What is done about moments at which no server was running; otherwise the latest of them fires.
    missed: Option<Missed>,
    /// How many missed moments fire at most, where all do; otherwise 10.
    missed_max: Option<u32>,
    /// What is done when the job before has not ended; otherwise the moment is skipped.
    overlap: Option<Overlap>,
    /// How late a job may still be created.
    deadline: Option<Millis>,
    /// Whether its moments are skipped for now.
    paused: Option<bool>,
}

/// Which schedule.
#[derive(InputObject, Clone, Debug)]
pub struct DeleteScheduleInput {
    /// Its id.
    schedule: ID,
}

/// A schedule that was put in place, or why not.
#[derive(SimpleObject, Clone, Debug)]
pub struct CreateSchedulePayload {
    /// The schedule.
    schedule: Option<Schedule>,
    /// Why not.
    user_errors: Vec<UserError>,
}

/// A schedule that was taken away, or why not.
#[derive(SimpleObject, Clone, Debug)]
pub struct DeleteSchedulePayload {
    /// The id it had.
    deleted: Option<ID>,
    /// Why not.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub struct ScheduleMutation;

#[Object]
impl ScheduleMutation {
    /// Puts a schedule in place.
    async fn create_schedule(
        &self,
        ctx: &Context<'_>,
        input: CreateScheduleInput,
    ) -> Result<CreateSchedulePayload, Error> {
        let refused = |error| Ok(CreateSchedulePayload { schedule: None, user_errors: vec![error] });
        let spec = match input.read() {
            Ok(spec) => Arc::new(spec),
            Err(error) => return refused(error),
        };
        let backend = backend(ctx)?;
        let id = ScheduleId(backend.fresh_id());
        match submit(ctx, Body::CreateSchedule { schedule: id, spec }, None).await? {
            Ok(_) => {
                let schedule = Schedule::find(&**backend, id).await.map_err(fault)?;
                Ok(CreateSchedulePayload { schedule, user_errors: Vec::new() })
            }
            Err(error) => refused(error),
        }
    }

    /// Takes a schedule away. Its jobs are not touched.
    async fn delete_schedule(
        &self,
        ctx: &Context<'_>,
        input: DeleteScheduleInput,
    ) -> Result<DeleteSchedulePayload, Error> {
        let refused = |error| Ok(DeleteSchedulePayload { deleted: None, user_errors: vec![error] });
        let schedule = match id::schedule(&input.schedule) {
            Ok(id) => id,
            Err(error) => return refused(UserError::id("schedule", &error)),
        };
        match submit(ctx, Body::DeleteSchedule { schedule }, None).await? {
            Ok(_) => {
                let deleted = Some(GlobalId::Schedule(schedule).into());
                Ok(DeleteSchedulePayload { deleted, user_errors: Vec::new() })
            }
            Err(error) => refused(error),
        }
    }
}

impl CreateScheduleInput {
    fn read(self) -> Result<ScheduleSpec, UserError> {
        let targets = self.targets.as_deref().map(Selector::parse).transpose();
        Ok(ScheduleSpec {
            name: self.name,
            template: self.template.into(),
            parameters: job::values(self.parameters)?,
            targets: targets.map_err(|error| UserError::selector("targets", &error))?,
            cron: self.cron,
            zone: self.zone.unwrap_or_else(|| "UTC".to_owned()),
            missed: match self.missed.unwrap_or(Missed::Once) {
                Missed::Skip => rule::Missed::Skip,
                Missed::Once => rule::Missed::Once,
                Missed::All => rule::Missed::All { max: self.missed_max.unwrap_or(10) },
            },
            deadline: self.deadline.map(|deadline| deadline.0),
            overlap: self.overlap.map(Into::into).unwrap_or_default(),
            paused: self.paused.unwrap_or(false),
        })
    }
}
