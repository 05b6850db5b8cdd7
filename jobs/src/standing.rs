//! What jobs make of the managed servers: which of them serve nobody because of one, which need a person, and how what was
//! done to each went so far.
//!
//! Never found here: a change of it, or jobs of the archive, which leave nobody out of service and ask nobody.

use crate::fleet::Fleet;
use crate::host_run::HostRun;
use crate::ids::{HostIndex, HostName};
use crate::job::Job;
use crate::outcome::HostOutcome;

/// A host's way through a job, with both their names.
#[derive(Clone, Copy, Debug)]
pub struct NamedRun<'f> {
    /// The host.
    pub host: &'f HostName,
    /// The job.
    pub job: &'f Job,
    /// The host's way through it.
    pub run: &'f HostRun,
}

/// The runs because of which hosts serve nobody, and that nobody took over. Only jobs that have such a host are gone through.
pub fn out_of_service(fleet: &Fleet) -> impl Iterator<Item = NamedRun<'_>> {
    let jobs = fleet.jobs.values().filter(|job| job.tally.out_of_service() > 0);
    jobs.flat_map(runs).filter(|named| named.run.keeps_out_of_service())
}

/// The runs that a person has to look at. Only jobs that have such a host are gone through.
pub fn needing_a_person(fleet: &Fleet) -> impl Iterator<Item = NamedRun<'_>> {
    let jobs = fleet.jobs.values().filter(|job| job.tally.needing_a_person() > 0);
    jobs.flat_map(runs).filter(|named| named.run.needs_a_person())
}

fn runs(job: &Job) -> impl Iterator<Item = NamedRun<'_>> {
    job.plan.hosts.iter().zip(&job.runs).map(move |(host, run)| NamedRun { host: &host.name, job, run })
}

/// The hosts of a job that were admitted, by their places in the plan, with how their runs ended where they have.
pub fn begun(job: &Job) -> impl Iterator<Item = (HostIndex, Option<HostOutcome>)> {
    let placed = (0u32..).map(HostIndex).zip(&job.runs);
    placed.filter(|(_, run)| run.has_begun()).map(|(index, run)| (index, run.outcome))
}
