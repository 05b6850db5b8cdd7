//! Figures over jobs that have ended: those still in the state and those of the archive as one.
//!
//! Never found here: a sum. `jobs::figures` adds up what `jobs::digest` keeps.

use crate::backend::{Backend, EndedAfter, Fault, read};
use crate::fault::{backend, bad_argument, fault};
use crate::id::GlobalId;
use crate::limits::LONG_WORK;
use crate::scalar::{DateTime, Millis};
use async_graphql::{Context, Enum, Error, ID, Object, SimpleObject};
use jobs::digest::{self, Digest, LabelDigest};
use jobs::figures::{ErrorSums, Figures, LabelFigures, Sums, ValueSums};
use jobs::fleet::Fleet;
use jobs::ids::{JobId, TemplateName};
use jobs::outcome::JobOutcome;
use jobs::period::{self, Period, periods};
use jobs::schedule::zone_named;
use jobs::time::Timestamp;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Digests that are read from the archive at once.
const READ_AT_ONCE: usize = 200;

/// The most templates that are told apart.
const MOST_TEMPLATES: usize = 100;

/// How long a period is.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "jobs::period::By")]
pub enum By {
    /// Sixty minutes, from the full hour.
    Hour,
    /// From midnight to midnight.
    Day,
    /// From Monday to Sunday.
    Week,
}

/// What is asked for.
pub struct Range {
    /// The first moment.
    pub from: DateTime,
    /// The moment after the last.
    pub to: DateTime,
    /// Jobs of this template only.
    pub template: Option<String>,
    /// The time zone whose clocks say when a period begins.
    pub zone: Option<String>,
    /// How long a period is.
    pub by: By,
}

/// Figures over jobs that have ended in a range of time.
pub struct Statistics {
    zone: String,
    by: By,
    template: Option<TemplateName>,
    figures: Figures,
    undigested: u32,
}

impl Statistics {
    /// Adds up what there is.
    pub async fn of(backend: &dyn Backend, recent: &Recent, range: Range) -> Result<Statistics, Error> {
        let zone = range.zone.unwrap_or_else(|| "UTC".to_owned());
        let clocks = zone_named(&zone).map_err(bad_argument)?;
        let periods = periods(range.from.0, range.to.0, &clocks, period::By::from(range.by)).map_err(bad_argument)?;
        let mut statistics = Statistics {
            zone,
            by: range.by,
            template: range.template.map(TemplateName::from),
            figures: Figures::of(periods),
            undigested: 0,
        };
        statistics.add_up(backend, recent).await.map_err(fault)?;
        Ok(statistics)
    }

    async fn add_up(&mut self, backend: &dyn Backend, recent: &Recent) -> Result<(), Fault> {
        // The state first: a job that goes into the archive meanwhile is in both, and counted once.
        let live = recent.known(backend).await?;
        live.values().for_each(|known| self.add(&known.digest));
        let mut after = EndedAfter { at: self.from(), job: None };
        loop {
            let page = backend.digests(after, READ_AT_ONCE).await?;
            let Some(last) = page.last() else { break };
            after = EndedAfter { at: last.ended_at, job: Some(last.job) };
            let fresh = page.iter().filter(|digest| !live.contains_key(&digest.job));
            fresh.for_each(|digest| self.add(digest));
            if page.len() < READ_AT_ONCE || after.at >= self.to() {
                break;
            }
        }
        self.undigested = backend.undigested().await?;
        Ok(())
    }

    fn add(&mut self, digest: &Digest) {
        if self.is_wanted(&digest.template) {
            self.figures.add(digest);
        }
    }

    async fn values_of(&self, label: &str, backend: &dyn Backend, recent: &Recent) -> Result<LabelFigures, Fault> {
        let mut figures = LabelFigures::default();
        let live = recent.known(backend).await?;
        for digest in live.values().filter_map(|known| known.labels.get(label)) {
            self.add_by_label(&mut figures, digest);
        }
        let mut after = EndedAfter { at: self.from(), job: None };
        loop {
            let page = backend.label_digests(label.to_owned(), after, READ_AT_ONCE).await?;
            let Some(last) = page.last() else { break };
            after = EndedAfter { at: last.ended_at, job: Some(last.job) };
            let fresh = page.iter().filter(|digest| !live.contains_key(&digest.job));
            fresh.for_each(|digest| self.add_by_label(&mut figures, digest));
            if page.len() < READ_AT_ONCE || after.at >= self.to() {
                break;
            }
        }
        Ok(figures)
    }

    fn add_by_label(&self, figures: &mut LabelFigures, digest: &LabelDigest) {
        let in_range = (self.from()..self.to()).contains(&digest.ended_at);
        if in_range && self.is_wanted(&digest.template) {
            figures.add(digest);
        }
    }

    fn is_wanted(&self, template: &TemplateName) -> bool {
        self.template.as_ref().is_none_or(|wanted| wanted == template)
    }

    fn from(&self) -> Timestamp {
        self.figures.periods.first().map_or(Timestamp(0), |period| period.from)
    }

    fn to(&self) -> Timestamp {
        self.figures.periods.last().map_or(Timestamp(0), |period| period.to)
    }
}

/// Figures over jobs that have ended in a range of time. Jobs that go on are not in them.
#[Object]
impl Statistics {
    /// The first moment: the beginning of the period that the one asked for lies in.
    #[graphql(name = "from")]
    async fn first_moment(&self) -> DateTime {
        DateTime(self.from())
    }

    /// The moment after the last: the end of the period that the one asked for lies in.
    #[graphql(name = "to")]
    async fn last_moment(&self) -> DateTime {
        DateTime(self.to())
    }

    /// The time zone whose clocks say when a period begins.
    async fn zone(&self) -> &str {
        &self.zone
    }

    /// How long a period is.
    async fn by(&self) -> By {
        self.by
    }

    /// Every period of the range in order, also those in which nothing ended; at most 400.
    #[graphql(complexity = "100 * child_complexity")]
    async fn buckets(&self) -> Vec<StatisticsBucket> {
        let bucket = |(period, sums): (&Period, &Sums)| StatisticsBucket {
            from: DateTime(period.from),
            to: DateTime(period.to),
            jobs: JobSums::from(sums),
            hosts: HostSums::from(&sums.hosts),
        };
        self.figures.periods.iter().zip(&self.figures.by_period).map(bucket).collect()
    }

    /// The jobs of the whole range.
    async fn jobs(&self) -> JobSums {
        JobSums::from(&self.figures.total)
    }

    /// Their hosts; one that was in several jobs is counted in each.
    async fn hosts(&self) -> HostSums {
        HostSums::from(&self.figures.total.hosts)
    }

    /// The same by template, those of most hosts first; at most 100.
    #[graphql(complexity = "50 * child_complexity")]
    async fn by_template(&self) -> Vec<TemplateStatistics> {
        let mut templates: Vec<(&TemplateName, &Sums)> = self.figures.by_template.iter().collect();
        templates.sort_by_key(|(_, sums)| Reverse(sums.hosts.hosts));
        let present = |(template, sums): (&TemplateName, &Sums)| TemplateStatistics {
            template: template.to_string(),
            jobs: JobSums::from(sums),
            hosts: HostSums::from(&sums.hosts),
        };
        templates.into_iter().take(MOST_TEMPLATES).map(present).collect()
    }

    /// The hosts by the values that a label had when their plans were sealed.
    #[graphql(complexity = "LONG_WORK + 100 * child_complexity")]
    async fn by_label(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The label's name, such as `dc`.")] label: String,
    ) -> Result<LabelStatistics, Error> {
        let figures = self.values_of(&label, &**backend(ctx)?, recent(ctx)?).await.map_err(fault)?;
        Ok(LabelStatistics::of(label, &figures))
    }

    /// What went wrong, on most hosts first.
    #[graphql(complexity = "1 + first.unwrap_or(20).max(0) as usize * child_complexity")]
    async fn errors(
        &self,
        #[graphql(desc = "At most this many, up to 100; otherwise 20.")] first: Option<i32>,
    ) -> Result<Vec<ErrorStatistics>, Error> {
        let limit = match first.unwrap_or(20) {
            limit @ 1..=100 => limit as usize,
            other => return Err(bad_argument(format!("first is {other}; ask for 1 to 100 errors"))),
        };
        Ok(self.figures.errors().into_iter().take(limit).map(ErrorStatistics::from).collect())
    }

    /// How many jobs of the archive are in none of these figures: an earlier version of Stagger archived them, and they
    /// are too many to be read again from the log.
    async fn left_out(&self) -> u32 {
        self.undigested
    }
}

/// Jobs that ended in one period, and their hosts.
#[derive(SimpleObject, Clone, Debug)]
pub struct StatisticsBucket {
    /// The first moment.
    from: DateTime,
    /// The moment after the last.
    to: DateTime,
    /// The jobs.
    jobs: JobSums,
    /// Their hosts.
    hosts: HostSums,
}

/// Jobs of one template that ended, and their hosts.
#[derive(SimpleObject, Clone, Debug)]
pub struct TemplateStatistics {
    /// The template's name.
    template: String,
    /// The jobs.
    jobs: JobSums,
    /// Their hosts.
    hosts: HostSums,
}

/// Jobs that ended, by how they did.
#[derive(SimpleObject, Clone, Debug)]
pub struct JobSums {
    /// All of them.
    ended: u32,
    /// Every host succeeded, or had nothing to do.
    succeeded: u32,
    /// Some hosts succeeded, some did not.
    partial: u32,
    /// No host succeeded.
    failed: u32,
    /// A person ended them.
    cancelled: u32,
    /// A person ended them at once.
    killed: u32,
    /// No host matched.
    no_targets: u32,
    /// Half of those that were started lasted no longer than this, from their start to their end.
    length_p50: Option<Millis>,
    /// 95 % of them lasted no longer than this.
    length_p95: Option<Millis>,
    /// Hosts that ended per minute in which a job went on, bakes and waits included.
    hosts_per_minute: Option<f64>,
}

impl From<&Sums> for JobSums {
    fn from(sums: &Sums) -> JobSums {
        JobSums {
            ended: sums.all_jobs(),
            succeeded: sums.jobs_ended(JobOutcome::Succeeded),
            partial: sums.jobs_ended(JobOutcome::Partial),
            failed: sums.jobs_ended(JobOutcome::Failed),
            cancelled: sums.jobs_ended(JobOutcome::Cancelled),
            killed: sums.jobs_ended(JobOutcome::Killed),
            no_targets: sums.jobs_ended(JobOutcome::NoTargets),
            length_p50: sums.length(50).map(Millis),
            length_p95: sums.length(95).map(Millis),
            hosts_per_minute: sums.millihosts_per_minute().map(|thousandths| thousandths as f64 / 1_000.0),
        }
    }
}

/// Hosts of jobs that ended, by what became of them.
#[derive(SimpleObject, Clone, Debug)]
pub struct HostSums {
    /// All of them.
    hosts: u32,
    /// Those to which something was, or may have been, done.
    touched: u32,
    /// All but those that were stopped or not started: those that succeeded, failed, were lost, unreachable or in doubt.
    ended: u32,
    /// Hosts that are as the template wants them: all steps succeeded, or nothing was left to do.
    succeeded: u32,
    /// Those of them to which nothing was left to do.
    already_done: u32,
    /// A step failed, a verification failed, or a step's time was up.
    failed: u32,
    /// Lost during the change.
    lost: u32,
    /// Could not be reached, and nothing was done to them.
    unreachable: u32,
    /// In doubt, and taken over by a person.
    in_doubt: u32,
    /// Stopped on their way because the job was.
    stopped: u32,
    /// The job ended before their turn came.
    not_started: u32,
    /// The share of `ended` that succeeded, in hundredths of a percent and rounded down; null where none ended.
    success_share: Option<u32>,
    /// Half of the hosts that went all the way through took no longer than this, to within a tenth.
    time_p50: Option<Millis>,
    /// 95 % of them took no longer than this, to within a tenth.
    time_p95: Option<Millis>,
}

impl From<&digest::HostSums> for HostSums {
    fn from(sums: &digest::HostSums) -> HostSums {
        HostSums {
            hosts: sums.hosts,
            touched: sums.touched,
            ended: sums.ended(),
            succeeded: sums.done(),
            already_done: sums.already_done,
            failed: sums.failed,
            lost: sums.lost,
            unreachable: sums.unreachable,
            in_doubt: sums.in_doubt,
            stopped: sums.stopped,
            not_started: sums.not_started,
            success_share: sums.success_share().map(|share| share.0),
            time_p50: sums.times.percentile(50).map(Millis),
            time_p95: sums.times.percentile(95).map(Millis),
        }
    }
}

/// Hosts of jobs that ended, by the values of one label.
#[derive(SimpleObject, Clone, Debug)]
pub struct LabelStatistics {
    /// The label's name.
    label: String,
    /// Its values, those of most hosts first; at most 100.
    values: Vec<LabelValueStatistics>,
    /// Hosts with any other value, together; null where there are none.
    others: Option<HostSums>,
    /// Hosts without the label; null where there are none.
    without: Option<HostSums>,
}

impl LabelStatistics {
    fn of(label: String, figures: &LabelFigures) -> LabelStatistics {
        let (values, others) = figures.largest();
        let value = |(value, sums): (&str, &ValueSums)| LabelValueStatistics {
            value: value.to_owned(),
            jobs: sums.jobs,
            hosts: HostSums::from(&sums.hosts),
        };
        let some = |sums: &digest::HostSums| (!sums.is_empty()).then(|| HostSums::from(sums));
        LabelStatistics {
            label,
            values: values.into_iter().map(value).collect(),
            others: some(&others),
            without: some(&figures.without.hosts),
        }
    }
}

/// Hosts with one value of a label.
#[derive(SimpleObject, Clone, Debug)]
pub struct LabelValueStatistics {
    /// The value.
    value: String,
    /// How many jobs had any of them.
    jobs: u32,
    /// The hosts.
    hosts: HostSums,
}

/// An error over all jobs.
#[derive(SimpleObject, Clone, Debug)]
pub struct ErrorStatistics {
    /// The error without what differs from host to host: its names, numbers and ids.
    error: String,
    /// The error as it was said in the job that ended last with it.
    sample: String,
    /// How many hosts, at least: a job keeps its 50 most frequent errors only. One that was in several jobs is counted in
    /// each.
    hosts: u32,
    /// How many jobs, at least.
    jobs: u32,
    /// The job that ended last with it.
    last_job: ID,
    /// The 26 letters and digits of that.
    last_job_ulid: String,
    /// The template of that.
    last_template: String,
    /// When that ended.
    last_at: DateTime,
}

impl From<&ErrorSums> for ErrorStatistics {
    fn from(sums: &ErrorSums) -> ErrorStatistics {
        ErrorStatistics {
            error: sums.signature.to_string(),
            sample: sums.sample.to_string(),
            hosts: sums.hosts,
            jobs: sums.jobs,
            last_job: GlobalId::Job(sums.last_job).into(),
            last_job_ulid: sums.last_job.to_string(),
            last_template: sums.last_template.to_string(),
            last_at: DateTime(sums.last_at),
        }
    }
}

/// Digests of the jobs that have ended and are still in the state. Each is made once, because that looks at every host.
#[derive(Default)]
pub struct Recent {
    known: Mutex<BTreeMap<JobId, Arc<Known>>>,
}

/// What stays of one of them.
pub struct Known {
    digest: Digest,
    labels: BTreeMap<String, LabelDigest>,
}

/// What was digested, in the schema a request is executed on.
pub fn recent<'c>(ctx: &Context<'c>) -> Result<&'c Arc<Recent>, Error> {
    ctx.data::<Arc<Recent>>()
}

impl Recent {
    async fn known(&self, backend: &dyn Backend) -> Result<BTreeMap<JobId, Arc<Known>>, Fault> {
        let look = |fleet: &Fleet, _| -> Vec<(JobId, Option<Timestamp>)> {
            let ended = fleet.ended.iter().filter_map(|id| fleet.jobs.get(id));
            ended.map(|job| (job.id, job.finished_at)).collect()
        };
        let mut now = BTreeMap::new();
        for (id, ended_at) in read(backend, look).await? {
            let remembered = self.before(id).filter(|known| Some(known.digest.ended_at) == ended_at);
            let known = match remembered {
                Some(known) => Some(known),
                // One job a look, so that the thread they share is not held up by all of them at once.
                None => read(backend, move |fleet, _| fleet.jobs.get(&id).and_then(Known::of)).await?.map(Arc::new),
            };
            now.extend(known.map(|known| (id, known)));
        }
        self.known.lock().unwrap_or_else(PoisonError::into_inner).clone_from(&now);
        Ok(now)
    }

    fn before(&self, id: JobId) -> Option<Arc<Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).get(&id).cloned()
    }
}

impl Known {
    fn of(job: &jobs::job::Job) -> Option<Known> {
        Some(Known { digest: Digest::of(job)?, labels: LabelDigest::all(job) })
    }
}
