//! Commands: requests to Stagger. Each may be rejected; a rejection is an answer, not an error.
//!
//! Never found here: what a command leads to (`decide`), or how it arrived.

use crate::action::Action;
use crate::attempt::Report;
use crate::event::{Due, RetryFrom, Verdict};
use crate::ids::{AttemptId, BatchIndex, HostIndex, HostName, JobId, ScheduleId, TemplateName, TokenId};
use crate::inventory::Host;
use crate::outcome::HostOutcome;
use crate::parameter::Values;
use crate::policy::OwnPolicy;
use crate::schedule::ScheduleSpec;
use crate::selector::Selector;
use crate::template::Template;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;

/// A request to Stagger.
#[derive(Clone, Debug, PartialEq)]
pub struct Command {
    /// Who asks.
    pub actor: Actor,
    /// What for.
    pub body: Body,
}

/// Who asks: a person, a token, a schedule, a rule, or Stagger itself. Its text form is `user:alice`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Actor(pub Arc<str>);

impl Actor {
    /// Stagger itself: deadlines and reports of hosts.
    pub fn system() -> Actor {
        Actor("system".into())
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What is asked for.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    /// Put a version of a template in place. Applying the same text again changes nothing. `base` is the version the text
    /// was made from, 0 for a new template: where another one stands by now, nothing is applied.
    ApplyTemplate { template: Arc<Template>, source: Arc<str>, base: Option<u32> },
    /// Put a template that comes with a pack in place. One that a person has applied or taken away since is left alone.
    InstallTemplate { pack: Arc<str>, template: Arc<Template>, source: Arc<str> },
    /// Take a template away.
    RemoveTemplate { template: TemplateName, reason: Arc<str> },
    /// Put a pack's actions in place.
    InstallPack { pack: Arc<str>, version: Arc<str>, actions: Vec<Arc<Action>> },
    /// Make the inventory of one source be exactly these hosts.
    PutInventory { source: Arc<str>, hosts: Vec<Arc<Host>> },
    /// Create a job: choose the hosts and seal the plan.
    CreateJob(Box<CreateJob>),
    /// Begin to admit hosts.
    StartJob { job: JobId },
    /// Admit nobody new.
    HoldJob { job: JobId, reason: Arc<str> },
    /// Admit hosts again.
    ResumeJob { job: JobId, reason: Arc<str> },
    /// Stop hosts at their next safe point.
    DrainJob { job: JobId, reason: Arc<str> },
    /// Stop hosts at their next safe point and end the job.
    CancelJob { job: JobId, reason: Arc<str> },
    /// Signal running scripts, and end the job.
    KillJob { job: JobId, reason: Arc<str> },
    /// Agree that the next batch opens. `plan_hash` says which plan was looked at.
    ApproveBatch { job: JobId, batch: BatchIndex, plan_hash: Arc<str>, reason: Arc<str> },
    /// Give hosts another run.
    RetryHosts { job: JobId, which: Which, from: RetryFrom, reason: Arc<str> },
    /// Take over hosts that are out of service or in doubt.
    AcceptHosts { job: JobId, which: Which, reason: Arc<str> },
    /// Say what became of an attempt in doubt.
    ResolveInDoubt { job: JobId, host: HostIndex, verdict: Verdict, reason: Arc<str> },
    /// Put a schedule in place.
    CreateSchedule { schedule: ScheduleId, spec: Arc<ScheduleSpec> },
    /// Make a schedule of something else. `fresh` is for moments that are due by what it was made of until now.
    UpdateSchedule {
        schedule: ScheduleId,
        spec: Arc<ScheduleSpec>,
        /// The version that was looked at; another one by now refuses the change. Whoever says none does not care.
        base: Option<u32>,
        reason: Arc<str>,
        fresh: Vec<Fresh>,
    },
    /// Skip a schedule's moments from now on. `fresh` is for moments that are due already.
    PauseSchedule { schedule: ScheduleId, reason: Arc<str>, fresh: Vec<Fresh> },
    /// Create jobs at a schedule's moments again.
    ResumeSchedule { schedule: ScheduleId, reason: Arc<str>, fresh: Vec<Fresh> },
    /// Create the job a schedule would create, now and beside its moments.
    RunSchedule { schedule: ScheduleId, fresh: Fresh },
    /// Take a schedule away.
    DeleteSchedule { schedule: ScheduleId, reason: Arc<str> },
    /// What a runner says about an attempt.
    Report { job: JobId, attempt: AttemptId, report: Report },
    /// Time has passed: whatever is due is due. Carries ids and seeds for the jobs that schedules create.
    Tick { fresh: Vec<Fresh> },
    /// Say how much room the disk has.
    NoteRoom { room: Room, free_percent: u32 },
    /// Sign in with a token that is good. The hash is of the secret that stands for the session.
    OpenSession { token: TokenId, hash: Arc<str>, until: Timestamp },
    /// Sign out. A session that is not there (any more) changes nothing.
    CloseSession { hash: Arc<str> },
    /// Make an access token.
    CreateToken { token: TokenId, name: Arc<str>, hash: Arc<str> },
    /// Take an access token back.
    RevokeToken { token: TokenId },
}

impl Body {
    /// The job that it creates where it is carried out, if it creates one.
    pub fn creates(&self) -> Option<JobId> {
        match self {
            Body::CreateJob(create) => Some(create.job),
            Body::RunSchedule { fresh, .. } => Some(fresh.job),
            _ => None,
        }
    }
}

/// How much room the disk has, by what may still be done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Room {
    /// Everything.
    #[default]
    Ample,
    /// No job is created.
    NoNewJobs,
    /// No host is admitted either; what is in flight is recorded.
    NoNewHosts,
}

/// An id and a seed for a job that may have to be created.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fresh {
    /// The id.
    pub job: JobId,
    /// The seed of its plan.
    pub seed: u64,
}

/// What a job is created from.
#[derive(Clone, Debug, PartialEq)]
pub struct CreateJob {
    /// Its id, new.
    pub job: JobId,
    /// The seed of its plan.
    pub seed: u64,
    /// The template.
    pub template: TemplateName,
    /// Its parameters.
    pub parameters: Values,
    /// The hosts; otherwise the template's.
    pub targets: Option<Selector>,
    /// Whether it starts at once.
    pub start: bool,
    /// What it says itself about batches, concurrency and gates; otherwise the template's.
    pub policy: Option<OwnPolicy>,
    /// The hash of the plan that was looked at: the job is created with that plan or not at all.
    pub plan_hash: Option<Arc<str>>,
    /// The version of the template that was looked at; another one by now creates no job. Gates and concurrency are in
    /// no plan's hash.
    pub template_version: Option<u32>,
    /// The schedule it comes from.
    pub due: Option<Due>,
}

/// Which hosts of a job. Empty lists mean "any".
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Which {
    /// These hosts.
    pub hosts: Vec<HostName>,
    /// Hosts that ended so.
    pub outcomes: Vec<HostOutcome>,
    /// Also hosts that were never started: the job ended before their turn came.
    pub not_started: bool,
    /// Hosts that failed with this error, as `FailureCluster` names it.
    pub error: Option<Arc<str>>,
}

/// A request that was understood and not carried out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Rejection {
    /// For programs.
    pub code: Code,
    /// The thing and the reason, for people.
    pub message: String,
    /// The next step, for people; may be empty.
    pub hint: String,
    /// What is wrong in which field of what was asked; empty where it is not about single fields.
    pub fields: Vec<FieldProblem>,
}

/// What is wrong in one field of what was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldProblem {
    /// The way to the field, such as `policy`, `batches`, `0`, `size`.
    pub path: Vec<String>,
    /// The thing and the reason.
    pub message: String,
    /// The next step; may be empty.
    pub hint: String,
}

/// What kind of rejection it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Code {
    /// No such job, template, host, schedule or token.
    NotFound,
    /// Not in this status.
    WrongStatus,
    /// The same name or id exists with other content.
    Conflict,
    /// What was given breaks a rule.
    Invalid,
    /// The asker may not do this.
    NotAllowed,
    /// A limit was reached.
    LimitReached,
    /// The attempt is not open (any more). Said to runners only.
    StaleAttempt,
}

impl Rejection {
    /// A rejection with a next step.
    pub fn new(code: Code, message: impl Into<String>, hint: impl Into<String>) -> Rejection {
        Rejection { code, message: message.into(), hint: hint.into(), fields: Vec::new() }
    }

    /// A rejection because of single fields, all of which are named.
    pub fn of_fields(code: Code, fields: Vec<FieldProblem>, hint: impl Into<String>) -> Rejection {
        let said = |field: &FieldProblem| match field.hint.is_empty() {
            true => field.message.clone(),
            false => format!("{}: {}", field.message, field.hint),
        };
        let message: Vec<String> = fields.iter().map(said).collect();
        Rejection { fields, ..Rejection::new(code, message.join("; "), hint) }
    }
}

impl FieldProblem {
    /// A problem of the field at the end of a path.
    pub fn new(path: &[&str], message: impl Into<String>, hint: impl Into<String>) -> FieldProblem {
        let path = path.iter().map(|part| (*part).to_owned()).collect();
        FieldProblem { path, message: message.into(), hint: hint.into() }
    }
}
