//! Attempts of a host run, put together from the events of the log.
//!
//! Never found here: the live state of an attempt.

use crate::backend::{Backend, Fault, Recorded};
use crate::fault::{backend, fault};
use crate::job::Job;
use crate::outcome::{AttemptOutcome, AttemptStatus, Phase};
use crate::output::{self, OutputRange, OutputStream};
use crate::parameter;
use crate::scalar::{DateTime, Json, Long, Millis};
use async_graphql::{Context, Error, Object};
use jobs::event::{AttemptFinished, AttemptInDoubt, AttemptStarted};
use jobs::ids::{AttemptId, HostIndex};
use jobs::outcome as ended;
use serde_json::Value;

/// Events that are read at a time.
const PAGE: usize = 200;

/// The most events that are looked at.
const MOST_EVENTS: usize = 5_000;

/// One try of one step on one host.
#[derive(Clone)]
pub struct Attempt {
    job: Job,
    id: AttemptId,
    started: Recorded,
    end: End,
}

/// How far an attempt is.
#[derive(Clone)]
enum End {
    Open,
    InDoubt(Recorded),
    Finished(Box<AttemptFinished>, Recorded),
}

/// One try of one step on one host.
#[Object]
impl Attempt {
    /// Host, step, phase and number with full stops between them: with the job it is the fencing token on the host.
    async fn token(&self) -> String {
        self.id.to_string()
    }

    /// The step's name.
    async fn step(&self) -> &str {
        self.job.0.template.workflow.get(self.id.step.at()).map_or("?", |step| step.step.as_str())
    }

    /// What it is for.
    async fn phase(&self) -> Phase {
        self.id.phase.into()
    }

    /// From 1; only ever grows for a host and step.
    async fn number(&self) -> u32 {
        self.id.number.into()
    }

    /// Where it is.
    async fn status(&self) -> AttemptStatus {
        match &self.end {
            End::Open => AttemptStatus::Running,
            End::InDoubt(_) => AttemptStatus::InDoubt,
            End::Finished(..) => AttemptStatus::Finished,
        }
    }

    /// How it ended; only when finished.
    async fn outcome(&self) -> Option<AttemptOutcome> {
        self.finished().map(|finished| finished.outcome.into())
    }

    /// The script's exit code, where it ended by itself.
    async fn exit_code(&self) -> Option<i32> {
        match self.finished()?.outcome {
            ended::AttemptOutcome::Succeeded => Some(0),
            ended::AttemptOutcome::Failed(code) => Some(code),
            _ => None,
        }
    }

    /// The signal that ended the script, where one did.
    async fn signal(&self) -> Option<i32> {
        match self.finished()?.outcome {
            ended::AttemptOutcome::Signalled(signal) => Some(signal),
            _ => None,
        }
    }

    /// When it was decided; not a byte had gone to the host yet.
    async fn started_at(&self) -> DateTime {
        DateTime(self.started.at)
    }

    /// When its end was recorded.
    async fn finished_at(&self) -> Option<DateTime> {
        match &self.end {
            End::Open => None,
            End::InDoubt(recorded) | End::Finished(_, recorded) => Some(DateTime(recorded.at)),
        }
    }

    /// How long it ran, on the host's clock.
    async fn took(&self) -> Option<Millis> {
        self.finished().map(|finished| Millis(finished.took))
    }

    /// What went wrong, in the script's last words or Stagger's.
    async fn error(&self) -> Option<&str> {
        self.finished()?.error.as_deref()
    }

    /// What it gave back through `$STAGGER_OUTPUT`.
    async fn output(&self) -> Option<Json> {
        self.finished().map(|finished| parameter::values(&finished.output))
    }

    /// Bytes of standard output, kept or not; null until it has ended.
    async fn out_bytes(&self) -> Option<Long> {
        self.finished().map(|finished| Long(finished.out_bytes))
    }

    /// Bytes of standard error.
    async fn err_bytes(&self) -> Option<Long> {
        self.finished().map(|finished| Long(finished.err_bytes))
    }

    /// A part of what it wrote.
    #[graphql(complexity = "20 + child_complexity")]
    async fn text(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which output.")] stream: OutputStream,
        #[graphql(desc = "The first byte; otherwise 0.")] from: Option<Long>,
        #[graphql(desc = "At most this many bytes, up to 1 MiB; otherwise 64 KiB.")] limit: Option<Long>,
    ) -> Result<OutputRange, Error> {
        let limit = output::limit(limit)?;
        let from = from.map_or(0, |from| from.0);
        OutputRange::read(&**backend(ctx)?, self.job.0.id, self.id, stream, from, limit).await.map_err(fault)
    }
}

impl Attempt {
    fn finished(&self) -> Option<&AttemptFinished> {
        match &self.end {
            End::Finished(finished, _) => Some(finished),
            End::Open | End::InDoubt(_) => None,
        }
    }
}

/// Every attempt on a host of a job, in the order they were decided.
pub async fn of_host(backend: &dyn Backend, job: &Job, host: HostIndex) -> Result<Vec<Attempt>, Fault> {
    let mut attempts: Vec<Attempt> = Vec::new();
    let (mut after, mut seen) = (0, 0);
    loop {
        let events = backend.stream_events(job.stream(), after, PAGE, Some(host)).await?;
        let Some(last) = events.last() else { return Ok(attempts) };
        after = last.version;
        seen += events.len();
        let full = events.len() == PAGE;
        events.into_iter().for_each(|event| add(&mut attempts, job, event));
        if !full || seen >= MOST_EVENTS {
            return Ok(attempts);
        }
    }
}

fn add(attempts: &mut Vec<Attempt>, job: &Job, event: Recorded) {
    let mut end = |id: AttemptId, end: End| {
        if let Some(attempt) = attempts.iter_mut().rev().find(|attempt| attempt.id == id) {
            attempt.end = end;
        }
    };
    match event.kind.as_str() {
        "AttemptStarted" => {
            if let Some(AttemptStarted { attempt: id, .. }) = payload(&event.payload) {
                attempts.push(Attempt { job: job.clone(), id, started: event, end: End::Open });
            }
        }
        "AttemptInDoubt" => {
            if let Some(AttemptInDoubt { attempt, .. }) = payload(&event.payload) {
                end(attempt, End::InDoubt(event));
            }
        }
        "AttemptFinished" => {
            if let Some(finished) = payload::<AttemptFinished>(&event.payload) {
                end(finished.attempt, End::Finished(Box::new(finished), event));
            }
        }
        _ => {}
    }
}

/// What an event of that name says. The log refuses at its door what does not read.
fn payload<T: serde::de::DeserializeOwned>(payload: &Value) -> Option<T> {
    T::deserialize(payload).ok()
}
