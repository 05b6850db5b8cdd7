//! Everything at a glance: the jobs that go on, and sums over all of them.
//!
//! Never found here: a job in full (`job`).

use crate::backend::{Backend, Fault, read};
use crate::cluster::FailureCluster;
use crate::fault::bad_argument;
use crate::job::Job;
use crate::job_list;
use crate::pulse::LEAST_APART;
use crate::scalar::Long;
use async_graphql::{Error, Object, SimpleObject};
use jobs::explain;
use jobs::fleet::Fleet;
use jobs::ids::JobId;
use jobs::job as live;
use jobs::outcome::{HostStatus, JobStatus};
use jobs::time::Timestamp;
use std::sync::Arc;
use tokio::sync::Mutex as TurnMutex;
use tokio::time::Instant;

/// The most jobs that go on which an overview lists, and the most that have ended.
const MOST_GOING_ON: usize = 50;
const MOST_ENDED: usize = 10;

/// The most failures that an overview lists, and the most of one job.
const MOST_FAILURES: usize = 20;
const MOST_OF_ONE_JOB: usize = 2;

/// Everything at a glance, as of one position of the log.
#[derive(Default)]
pub struct Overview {
    /// The last durable position.
    pub position: u64,
    hosts: u32,
    going_on: Vec<Job>,
    needing: Vec<Job>,
    under_way: Vec<Job>,
    keeping_out: Vec<Job>,
    last_failures: Vec<JobFailure>,
    ended: Vec<Job>,
    /// Whether there may be more of those in the archive.
    more_ended: bool,
    sums: Sums,
}

/// Sums over all jobs that have not ended.
#[derive(Clone, Copy, Default)]
struct Sums {
    needing: u32,
    under_way: u32,
    planned: u32,
    running: u32,
    held: u32,
    settled: u32,
    hosts_running: u32,
    out_of_service: u32,
    needing_a_person: u32,
    throughput: f64,
}

/// Everything at a glance, as of one position of the log.
#[Object]
impl Overview {
    /// The log's position this is as of.
    async fn position(&self) -> Long {
        Long(self.position)
    }

    /// Managed servers.
    async fn hosts(&self) -> u32 {
        self.hosts
    }

    /// Jobs that have not ended, newest first; at most 50.
    #[graphql(complexity = "20 * child_complexity")]
    async fn going_on(&self) -> &[Job] {
        &self.going_on
    }

    /// Jobs that ask for a person, in the order a person should look at them: by how much they ask, and among equals the
    /// oldest first; at most 50.
    #[graphql(complexity = "20 * child_complexity")]
    async fn needing(&self) -> &[Job] {
        &self.needing
    }

    /// All jobs that ask for a person.
    async fn needing_count(&self) -> u32 {
        self.sums.needing
    }

    /// Jobs that have not ended and ask for nobody, newest first; at most 50.
    #[graphql(complexity = "20 * child_complexity")]
    async fn under_way(&self) -> &[Job] {
        &self.under_way
    }

    /// All jobs that have not ended and ask for nobody.
    async fn under_way_count(&self) -> u32 {
        self.sums.under_way
    }

    /// Jobs that keep hosts out of service, the one with the host that is out longest first; at most 50.
    #[graphql(complexity = "20 * child_complexity")]
    async fn keeping_out(&self) -> &[Job] {
        &self.keeping_out
    }

    /// What hosts failed with in the newest jobs, whether these go on or have ended: of each job at most the two errors of
    /// most hosts. Jobs of the archive are not looked at.
    #[graphql(complexity = "first.unwrap_or(6).max(0) as usize * child_complexity")]
    async fn last_failures(
        &self,
        #[graphql(desc = "At most this many, up to 20; otherwise 6.")] first: Option<i32>,
    ) -> Result<&[JobFailure], Error> {
        let most = match first.unwrap_or(6) {
            most if (1..=MOST_FAILURES as i32).contains(&most) => most as usize,
            other => return Err(bad_argument(format!("first is {other}; ask for 1 to {MOST_FAILURES} failures"))),
        };
        Ok(&self.last_failures[..most.min(self.last_failures.len())])
    }

    /// Jobs that have ended, newest first; at most 10.
    #[graphql(complexity = "10 * child_complexity")]
    async fn ended(&self) -> &[Job] {
        &self.ended
    }

    /// Jobs that were created and not started.
    async fn planned(&self) -> u32 {
        self.sums.planned
    }

    /// Jobs that move: running, draining, cancelling.
    async fn running(&self) -> u32 {
        self.sums.running
    }

    /// Jobs that are held.
    async fn held(&self) -> u32 {
        self.sums.held
    }

    /// Jobs in which nothing moves by itself, but hosts need a person.
    async fn settled(&self) -> u32 {
        self.sums.settled
    }

    /// Hosts in their workflow now.
    async fn hosts_running(&self) -> u32 {
        self.sums.hosts_running
    }

    /// Hosts that serve nobody because of us, and that nobody took over.
    async fn hosts_out_of_service(&self) -> u32 {
        self.sums.out_of_service
    }

    /// Hosts a person has to look at.
    async fn hosts_needing_a_person(&self) -> u32 {
        self.sums.needing_a_person
    }

    /// Hosts settled per minute over all jobs that move.
    async fn throughput(&self) -> f64 {
        self.sums.throughput
    }
}

impl Overview {
    /// Everything as it is now.
    pub async fn taken(backend: &dyn Backend) -> Result<Overview, Fault> {
        let now = backend.now();
        let mut overview = read(backend, move |fleet, position| Overview::of(fleet, position, now)).await?;
        if overview.more_ended {
            overview.ended = job_list::ended(backend, MOST_ENDED).await?;
        }
        Ok(overview)
    }

    fn of(fleet: &Fleet, position: u64, now: Timestamp) -> Overview {
        let mut overview = Overview { position, hosts: fleet.inventory.hosts.len() as u32, ..Overview::default() };
        let newest_first = fleet.jobs.iter().rev().map(|(_, job): (&JobId, &live::Job)| job);
        for job in newest_first {
            overview.sums.add(fleet, job, now);
            overview.add(fleet, job, position, now);
        }
        overview.needing = in_order(fleet, position, now, |job| explain::attention(fleet, job));
        overview.keeping_out = in_order(fleet, position, now, |job| {
            (job.tally.out_of_service() > 0).then(|| job.out_of_service_since().unwrap_or(job.created_at))
        });
        overview.more_ended = overview.ended.len() < MOST_ENDED && fleet.archived > 0;
        overview
    }

    /// Lists a job where jobs are listed newest first.
    fn add(&mut self, fleet: &Fleet, job: &live::Job, position: u64, now: Timestamp) {
        let has_failures = self.last_failures.len() < MOST_FAILURES && !job.clusters.is_empty();
        if job.status == JobStatus::Finished && self.ended.len() == MOST_ENDED && !has_failures {
            return;
        }
        let seen = Job::of(fleet, job, position, now);
        if has_failures {
            let failure = |cluster| JobFailure { job: seen.clone(), cluster };
            self.last_failures.extend(FailureCluster::of(job, &seen.0, MOST_OF_ONE_JOB).into_iter().map(failure));
        }
        match job.status {
            JobStatus::Finished => list(&mut self.ended, &seen, MOST_ENDED),
            _ => {
                list(&mut self.going_on, &seen, MOST_GOING_ON);
                if explain::attention(fleet, job).is_none() {
                    list(&mut self.under_way, &seen, MOST_GOING_ON);
                }
            }
        }
    }
}

fn list(jobs: &mut Vec<Job>, job: &Job, most: usize) {
    if jobs.len() < most {
        jobs.push(job.clone());
    }
}

/// Jobs that have a rank by their rank, and among equals the oldest first.
fn in_order<Rank: Ord>(
    fleet: &Fleet,
    position: u64,
    now: Timestamp,
    rank: impl Fn(&live::Job) -> Option<Rank>,
) -> Vec<Job> {
    let mut ranked: Vec<(Rank, &live::Job)> = fleet.jobs.values().filter_map(|job| Some((rank(job)?, job))).collect();
    ranked.sort_by(|(a, _), (b, _)| a.cmp(b));
    ranked.into_iter().take(MOST_GOING_ON).map(|(_, job)| Job::of(fleet, job, position, now)).collect()
}

/// What hosts of a job failed with.
#[derive(SimpleObject, Clone)]
pub struct JobFailure {
    /// The job.
    job: Job,
    /// The hosts and their error.
    cluster: FailureCluster,
}

impl Sums {
    fn add(&mut self, fleet: &Fleet, job: &live::Job, now: Timestamp) {
        match explain::attention(fleet, job) {
            Some(_) => self.needing += 1,
            None => self.under_way += u32::from(job.status != JobStatus::Finished),
        }
        match job.status {
            JobStatus::Planned => self.planned += 1,
            JobStatus::Running | JobStatus::Draining | JobStatus::Cancelling => {
                self.running += 1;
                self.throughput += explain::throughput(job, now);
            }
            JobStatus::Held => self.held += 1,
            JobStatus::Settled => self.settled += 1,
            JobStatus::Finished => {}
        }
        self.hosts_running += job.tally.status(HostStatus::Running);
        self.out_of_service += job.tally.out_of_service();
        self.needing_a_person += job.tally.needing_a_person();
    }
}

/// The last overview that was taken, for all who watch.
#[derive(Default)]
pub struct Overviews {
    last: TurnMutex<Option<(Instant, Arc<Overview>)>>,
}

impl Overviews {
    /// An overview for a subscription: one that is a quarter of a second old is new enough, and so is any that is as of
    /// the durable position.
    pub async fn recent(&self, backend: &dyn Backend) -> Result<Arc<Overview>, Fault> {
        let durable = *backend.durable().borrow();
        let mut last = self.last.lock().await;
        if let Some((taken_at, overview)) = &*last
            && (overview.position >= durable || taken_at.elapsed() < LEAST_APART)
        {
            return Ok(overview.clone());
        }
        let overview = Arc::new(Overview::taken(backend).await?);
        *last = Some((Instant::now(), overview.clone()));
        Ok(overview)
    }
}
