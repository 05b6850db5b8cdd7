//! A step of a job over all its hosts: the funnel.
//!
//! Never found here: one host's step (`host_run`).

use crate::fault::{backend, fault};
use crate::job::Job;
use crate::scalar::{DateTime, Millis};
use crate::survey::{StepNow, surveys};
use async_graphql::{Context, Error, Object, SimpleObject};
use jobs::ids::StepIndex;
use jobs::statistics::StepStatistics;

/// A step of a job over all its hosts.
#[derive(Clone)]
pub struct JobStep {
    job: Job,
    step: StepIndex,
    statistics: StepStatistics,
    /// What only a pass over all hosts tells, where one was made already.
    now: Option<StepNow>,
}

/// A step of a job over all its hosts.
#[Object]
impl JobStep {
    /// Its place in the workflow, from 0.
    async fn index(&self) -> u32 {
        self.step.0.into()
    }

    /// Its name.
    async fn step(&self) -> &str {
        self.definition().map_or("?", |step| step.step.as_str())
    }

    /// The action it calls.
    async fn action(&self) -> &str {
        self.definition().map_or("?", |step| step.action.as_str())
    }

    /// Hosts that have not come to it yet, and still may.
    async fn waiting(&self, ctx: &Context<'_>) -> Result<u32, Error> {
        Ok(self.now(ctx).await?.waiting)
    }

    /// Attempts in force.
    async fn running(&self) -> u32 {
        self.statistics.running
    }

    /// Hosts on which it succeeded.
    async fn succeeded(&self) -> u32 {
        self.statistics.succeeded
    }

    /// Attempts that did not succeed.
    async fn failed(&self) -> u32 {
        self.statistics.failed
    }

    /// Hosts on which it was not wanted.
    async fn skipped(&self) -> u32 {
        self.statistics.skipped
    }

    /// How long half of its successful attempts took at most; right to within 10 %.
    async fn p50(&self) -> Option<Millis> {
        self.statistics.durations.percentile(50).map(Millis)
    }

    /// How long 95 % of its successful attempts took at most; right to within 10 %.
    async fn p95(&self) -> Option<Millis> {
        self.statistics.durations.percentile(95).map(Millis)
    }

    /// The attempt in force that was decided first.
    async fn slowest(&self, ctx: &Context<'_>) -> Result<Option<SlowestHost>, Error> {
        let slowest = self.now(ctx).await?.slowest;
        Ok(slowest.map(|(host, since)| SlowestHost {
            host: self.job.0.host_name(host).to_owned(),
            index: host.0,
            since: DateTime(since),
        }))
    }
}

impl JobStep {
    /// Every step of a job. `now` is what a pass over its hosts said about the step at a place, if one was made.
    pub fn all(job: &Job, now: impl Fn(usize) -> Option<StepNow>) -> Vec<JobStep> {
        let step = |(index, statistics): (usize, &StepStatistics)| JobStep {
            job: job.clone(),
            step: StepIndex(index as u16),
            statistics: statistics.clone(),
            now: now(index),
        };
        job.0.steps.iter().enumerate().map(step).collect()
    }

    fn definition(&self) -> Option<&jobs::template::Step> {
        self.job.0.template.workflow.get(self.step.at())
    }

    async fn now(&self, ctx: &Context<'_>) -> Result<StepNow, Error> {
        if let Some(now) = self.now {
            return Ok(now);
        }
        let survey = surveys(ctx)?.at_least(&**backend(ctx)?, &self.job).await.map_err(fault)?;
        Ok(survey.steps.get(self.step.at()).copied().unwrap_or_default())
    }
}

/// The host that has been in a step the longest.
#[derive(SimpleObject, Clone, Debug, PartialEq, Eq)]
pub struct SlowestHost {
    /// Its name.
    host: String,
    /// Its place in the plan.
    index: u32,
    /// When its attempt was decided.
    since: DateTime,
}
