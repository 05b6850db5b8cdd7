//! Everything at a glance: the jobs that go on, and sums over all of them.
//!
//! Never found here: a job in full (`job`).

use crate::backend::{Backend, Fault, read};
use crate::job::Job;
use crate::job_list;
use crate::pulse::LEAST_APART;
use crate::scalar::Long;
use async_graphql::Object;
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

/// Everything at a glance, as of one position of the log.
pub struct Overview {
    /// The last durable position.
    pub position: u64,
    hosts: u32,
    going_on: Vec<Job>,
    ended: Vec<Job>,
    /// Whether there may be more of those in the archive.
    more_ended: bool,
    sums: Sums,
}

/// Sums over all jobs that have not ended.
#[derive(Clone, Copy, Default)]
struct Sums {
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
        let mut sums = Sums::default();
        let (mut going_on, mut ended): (Vec<Job>, Vec<Job>) = (Vec::new(), Vec::new());
        let newest_first = fleet.jobs.iter().rev().map(|(_, job): (&JobId, &live::Job)| job);
        for job in newest_first {
            sums.add(job, now);
            let (list, most) = match job.status {
                JobStatus::Finished => (&mut ended, MOST_ENDED),
                _ => (&mut going_on, MOST_GOING_ON),
            };
            if list.len() < most {
                list.push(Job::of(fleet, job, position, now));
            }
        }
        let more_ended = ended.len() < MOST_ENDED && fleet.archived > 0;
        Overview { position, hosts: fleet.inventory.hosts.len() as u32, going_on, ended, more_ended, sums }
    }
}

impl Sums {
    fn add(&mut self, job: &live::Job, now: Timestamp) {
        match job.status {
            JobStatus::Planned => self.planned += 1,
            JobStatus::Running | JobStatus::Draining | JobStatus::Cancelling => {
                self.running += 1;
                self.throughput += jobs::explain::throughput(job, now);
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
