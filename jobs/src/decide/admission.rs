//! Which hosts begin their workflow now.

use crate::command::Room;
use crate::event::{HostAdmitted, HostDeferred, JobEvent};
use crate::fleet::Fleet;
use crate::ids::HostIndex;
use crate::job::{BatchStatus, Job};
use crate::outcome::HostStatus;
use crate::reason::Deferral;

/// Admits hosts of the open batch while there are places; a host that another job has is deferred.
pub(super) fn admit(fleet: &Fleet, job: &Job) -> Vec<JobEvent> {
    let Some(batch) = job.current_batch().and_then(|batch| job.batches.get(batch.at())) else { return Vec::new() };
    if batch.status != BatchStatus::Open || fleet.room == Room::NoNewHosts {
        return Vec::new();
    }
    let in_flight = job.tally.status(HostStatus::Running);
    let mut places = job.places(batch).saturating_sub(in_flight);
    let mut events = Vec::new();
    for host in &batch.waiting {
        if places == 0 {
            break;
        }
        match leased_to_another(fleet, job, *host) {
            Some(why) => events.push(HostDeferred { host: *host, why }.into()),
            None => {
                places -= 1;
                events.push(HostAdmitted { host: *host }.into());
            }
        }
    }
    events
}

fn leased_to_another(fleet: &Fleet, job: &Job, host: HostIndex) -> Option<Deferral> {
    let holder = fleet.leases.get(&job.planned_host(host)?.name)?;
    (*holder != job.id).then_some(Deferral::Leased(*holder))
}
