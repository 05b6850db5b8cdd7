//! Figures for Prometheus. Whoever does something counts it here; labels are few and never name a host.
//!
//! Never found here: anything that is decided upon.

use jobs::fleet::Fleet;
use jobs::outcome::{HostStatus, JobStatus};
use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The media type of [`Metrics::text`].
pub const MEDIA_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

type Seconds = Counter<f64, AtomicU64>;

/// Everything that is counted. Each figure may be changed from any thread at any time.
pub struct Metrics {
    events_appended: Counter,
    /// How long it took to make a group of events durable, in seconds.
    commit_seconds: Histogram,
    attempts_in_flight: Gauge,
    ssh_connections: Gauge,
    count_connections: OnceLock<Box<dyn Fn() -> usize + Send + Sync>>,
    /// HTTP requests by what they asked for and how they were answered.
    requests: Family<Answered, Counter>,
    /// Open GraphQL sockets.
    pub sockets: Gauge,
    jobs: Family<Status, Gauge>,
    hosts: Family<Status, Gauge>,
    out_of_service: Gauge,
    managed_hosts: Gauge,
    resident_bytes: Gauge,
    cpu_seconds: Seconds,
    registry: Registry,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Status {
    status: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    path: &'static str,
    code: u16,
}

impl Default for Metrics {
    fn default() -> Metrics {
        let mut metrics = Metrics {
            events_appended: Counter::default(),
            // 0.1 ms to some 3 s, doubling: a sync takes from a fraction of a millisecond to the disk's worst day.
            commit_seconds: Histogram::new(exponential_buckets(0.000_1, 2.0, 16)),
            attempts_in_flight: Gauge::default(),
            ssh_connections: Gauge::default(),
            count_connections: OnceLock::new(),
            requests: Family::default(),
            sockets: Gauge::default(),
            jobs: Family::default(),
            hosts: Family::default(),
            out_of_service: Gauge::default(),
            managed_hosts: Gauge::default(),
            resident_bytes: Gauge::default(),
            cpu_seconds: Seconds::default(),
            registry: Registry::default(),
        };
        metrics.registry = metrics.registered();
        metrics
    }
}

impl Metrics {
    fn registered(&self) -> Registry {
        let mut all = Registry::default();
        let own = all.sub_registry_with_prefix("stagger");
        own.register("events_appended", "Events in the log, all of them durable", self.events_appended.clone());
        let commit_help = "Time to make a group of events durable";
        own.register_with_unit("commit", commit_help, Unit::Seconds, self.commit_seconds.clone());
        own.register("attempts_in_flight", "Attempts in force", self.attempts_in_flight.clone());
        own.register("ssh_connections", "Open SSH connections", self.ssh_connections.clone());
        own.register("http_requests", "HTTP requests answered", self.requests.clone());
        own.register("graphql_sockets", "Open GraphQL sockets", self.sockets.clone());
        own.register("jobs", "Jobs by status", self.jobs.clone());
        own.register("job_hosts", "Hosts of jobs that have not finished, by status", self.hosts.clone());
        let ledger_help = "Hosts out of service because of jobs, not taken over by a person";
        own.register("hosts_out_of_service", ledger_help, self.out_of_service.clone());
        own.register("hosts", "Hosts in the inventory", self.managed_hosts.clone());
        let process = all.sub_registry_with_prefix("process");
        process.register("resident_memory_bytes", "Resident memory", self.resident_bytes.clone());
        process.register_with_unit("cpu", "Processor time used", Unit::Seconds, self.cpu_seconds.clone());
        all
    }

    /// Counts a group of events that became durable.
    pub fn committed(&self, took: Duration) {
        self.commit_seconds.observe(took.as_secs_f64());
    }

    /// Says who knows how many SSH connections are open; asked whenever the figures are. Only the first one is kept.
    pub fn watch_connections(&self, count: impl Fn() -> usize + Send + Sync + 'static) {
        // A second runner in one process happens in tests only.
        drop(self.count_connections.set(Box::new(count)));
    }

    /// Counts an answered HTTP request. `path` is one of few, never what the client wrote.
    pub fn answered(&self, path: &'static str, code: u16) {
        self.requests.get_or_create(&Answered { path, code }).inc();
    }

    /// All figures as text, with those of the process read now and those of the fleet as given.
    pub fn text(&self, fleet: &FleetFigures) -> String {
        self.take_over(fleet);
        if let Some(count) = self.count_connections.get() {
            self.ssh_connections.set(count() as i64);
        }
        if let Some(process) = Process::now() {
            self.resident_bytes.set(process.resident_bytes);
            self.cpu_seconds.inner().store(process.cpu_seconds.to_bits(), Ordering::Relaxed);
        }
        let mut written = String::with_capacity(8 * 1024);
        match text::encode(&mut written, &self.registry) {
            Ok(()) => written,
            Err(std::fmt::Error) => "# EOF\n".to_owned(),
        }
    }

    fn take_over(&self, fleet: &FleetFigures) {
        for (status, count) in fleet.jobs {
            self.jobs.get_or_create(&Status { status }).set(count);
        }
        for (status, count) in fleet.hosts {
            self.hosts.get_or_create(&Status { status }).set(count);
        }
        self.events_appended.inner().store(fleet.position, Ordering::Relaxed);
        self.attempts_in_flight.set(fleet.attempts);
        self.out_of_service.set(fleet.out_of_service);
        self.managed_hosts.set(fleet.managed_hosts);
    }
}

/// Figures about the fleet at one moment. Taking them costs one step per job, none per host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FleetFigures {
    /// The log's length.
    position: u64,
    attempts: i64,
    jobs: [(&'static str, i64); 7],
    hosts: [(&'static str, i64); HostStatus::ALL.len()],
    out_of_service: i64,
    managed_hosts: i64,
}

impl FleetFigures {
    /// As the fleet is at a position of the log.
    pub fn of(fleet: &Fleet, position: u64) -> FleetFigures {
        let archived = |status| if status == JobStatus::Finished { fleet.archived as i64 } else { 0 };
        let live = |status| fleet.jobs.values().filter(|job| job.status == status).count() as i64;
        let in_status = |status| live(status) + archived(status);
        let unfinished = || fleet.jobs.values().filter(|job| job.status != JobStatus::Finished);
        let hosts_in = |status| unfinished().map(|job| i64::from(job.tally.status(status))).sum();
        let attempts = unfinished().flat_map(|job| &job.steps).map(|step| i64::from(step.running)).sum();
        FleetFigures {
            position,
            attempts,
            jobs: JOB_STATUSES.map(|status| (job_status(status), in_status(status))),
            hosts: HostStatus::ALL.map(|status| (host_status(status), hosts_in(status))),
            out_of_service: fleet.jobs.values().map(|job| i64::from(job.tally.out_of_service())).sum(),
            managed_hosts: fleet.inventory.hosts.len() as i64,
        }
    }
}

const JOB_STATUSES: [JobStatus; 7] = [
    JobStatus::Planned,
    JobStatus::Running,
    JobStatus::Held,
    JobStatus::Draining,
    JobStatus::Cancelling,
    JobStatus::Settled,
    JobStatus::Finished,
];

fn job_status(status: JobStatus) -> &'static str {
    match status {
        JobStatus::Planned => "planned",
        JobStatus::Running => "running",
        JobStatus::Held => "held",
        JobStatus::Draining => "draining",
        JobStatus::Cancelling => "cancelling",
        JobStatus::Settled => "settled",
        JobStatus::Finished => "finished",
    }
}

fn host_status(status: HostStatus) -> &'static str {
    match status {
        HostStatus::Waiting => "waiting",
        HostStatus::Deferred => "deferred",
        HostStatus::Running => "running",
        HostStatus::InDoubt => "in_doubt",
        HostStatus::Finished => "finished",
    }
}

/// What this process uses, as Linux tells it.
struct Process {
    resident_bytes: i64,
    cpu_seconds: f64,
}

impl Process {
    fn now() -> Option<Process> {
        let status = std::fs::read_to_string("/proc/self/status").ok()?;
        let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        let kilobytes: i64 = resident.split_whitespace().next()?.parse().ok()?;
        let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
        // The second field is the program's name in parentheses and may hold spaces; user and system time are the 14th
        // and 15th, in hundredths of a second on every Linux (proc(5), USER_HZ).
        let after_name = stat.rsplit_once(')')?.1;
        let ticks: u64 = after_name.split_whitespace().skip(11).take(2).filter_map(|n| n.parse::<u64>().ok()).sum();
        Some(Process { resident_bytes: kilobytes * 1_024, cpu_seconds: ticks as f64 / 100.0 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_read_as_prometheus_wants_them() {
        let metrics = Metrics::default();
        metrics.committed(Duration::from_millis(3));
        metrics.committed(Duration::from_millis(1));
        metrics.watch_connections(|| 17);
        metrics.answered("/graphql", 200);
        let text = metrics.text(&FleetFigures::of(&Fleet::default(), 42));
        for line in [
            "stagger_events_appended_total 42",
            "stagger_commit_seconds_count 2",
            "stagger_ssh_connections 17",
            "stagger_attempts_in_flight 0",
            "stagger_http_requests_total{path=\"/graphql\",code=\"200\"} 1",
            "stagger_jobs{status=\"running\"} 0",
            "stagger_job_hosts{status=\"in_doubt\"} 0",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} is missing in\n{text}");
        }
        assert!(text.ends_with("# EOF\n"));
    }

    #[test]
    fn the_process_is_measured() {
        let process = Process::now().expect("Linux");
        assert!(process.resident_bytes > 1_000_000, "{}", process.resident_bytes);
        assert!(process.cpu_seconds >= 0.0);
    }
}
