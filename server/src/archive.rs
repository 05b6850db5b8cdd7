//! Where jobs are that left the live state: summaries for lists and what was done to each host, as views of the store. All
//! the rest is folded from the job's own stream of the log, when somebody looks.
//!
//! Never found here: which jobs leave, or when (`jobs::archive`).

use crate::engine::{BootError, Until, fold_job};
use jobs::fleet::Fleet;
use jobs::host_run::HostRun;
use jobs::ids::{HostIndex, HostName, JobId};
use jobs::job::Job;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use storage::{EventStore, StoreError, ViewChange, ViewScan};

/// Views: summaries of jobs. The key goes on with the job's id, the value is the summary in JSON.
const SUMMARY: &[u8; 2] = b"aj";
/// Views: what was done to hosts. The key goes on with the host's name, a zero byte and the job's id.
const RUN: &[u8; 2] = b"ah";
/// Jobs that were folded last and are kept in case somebody looks again.
const MOST_REMEMBERED: usize = 8;
/// The most hosts of those jobs together; the last one is kept, however many it has.
const MOST_HOSTS_REMEMBERED: usize = 50_000;

/// Why the archive does not answer.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// The store does not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The job's stream cannot be folded.
    #[error(transparent)]
    Fold(#[from] BootError),
    /// A view does not hold what was put into it.
    #[error("the archive's entry of job {job} cannot be read: {why}; `stagger inspect {job}` reads the log instead")]
    Damaged {
        /// Which.
        job: JobId,
        /// What is wrong with it.
        why: serde_json::Error,
    },
}

/// What a job did to a host, as it is kept.
#[derive(Serialize, Deserialize)]
struct KeptRun {
    index: HostIndex,
    run: HostRun,
}

/// What a job did to a host.
pub struct PastRun {
    /// A summary of the job.
    pub job: Job,
    /// The host's place in its plan.
    pub index: HostIndex,
    /// The host's way through it.
    pub run: HostRun,
}

/// The views of a job that leaves the live state.
pub fn views_of(job: &Job) -> Vec<ViewChange> {
    let runs = job.plan.hosts.iter().zip(&job.runs).enumerate().map(|(index, (host, run))| {
        let kept = KeptRun { index: HostIndex(index as u32), run: run.clone() };
        ViewChange::Put(run_key(&host.name, job.id), json(&kept))
    });
    let summary = ViewChange::Put(summary_key(job.id), json(&job.summary()));
    std::iter::once(summary).chain(runs).collect()
}

/// Values of the state are maps with texts as keys, lists and numbers: JSON has all of that.
fn json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).unwrap_or_default()
}

fn summary_key(job: JobId) -> Vec<u8> {
    [&SUMMARY[..], &job.0.to_bytes()].concat()
}

fn runs_of(host: &HostName) -> Vec<u8> {
    [&RUN[..], host.as_str().as_bytes(), &[0]].concat()
}

fn run_key(host: &HostName, job: JobId) -> Vec<u8> {
    [&runs_of(host)[..], &job.0.to_bytes()].concat()
}

/// The job whose id a key ends with.
fn job_of(key: &[u8]) -> Option<JobId> {
    let id: [u8; 16] = key.get(key.len().checked_sub(16)?..)?.try_into().ok()?;
    Some(JobId(ulid::Ulid::from_bytes(id)))
}

/// Reads what was put away.
pub struct Archive {
    store: Arc<dyn EventStore>,
    /// Jobs that were folded last, the newest first, each in a state of its own.
    folded: Mutex<VecDeque<(JobId, Arc<Fleet>)>>,
    /// Held while one is folded: who wants the same at the same time waits for that.
    folding: Mutex<()>,
}

impl Archive {
    /// Over the store that the engine writes to.
    pub fn over(store: Arc<dyn EventStore>) -> Archive {
        Archive { store, folded: Mutex::default(), folding: Mutex::default() }
    }

    /// Summaries, newest first: at most `limit` of those with an id less than `before`.
    pub fn summaries(&self, before: Option<JobId>, limit: usize) -> Result<Vec<Job>, ArchiveError> {
        let scan = ViewScan::under(SUMMARY, limit).backward();
        let scan = before.map_or(scan.clone(), |before| scan.after(summary_key(before)));
        self.store.scan_views(&scan)?.iter().filter_map(|(key, value)| Some(parsed(job_of(key)?, value))).collect()
    }

    /// What was done to a host, the newest job first: at most `limit` of those with an id less than `before`.
    pub fn runs(&self, host: &HostName, before: Option<JobId>, limit: usize) -> Result<Vec<PastRun>, ArchiveError> {
        let scan = ViewScan::under(runs_of(host), limit).backward();
        let scan = before.map_or(scan.clone(), |before| scan.after(run_key(host, before)));
        let mut found = Vec::new();
        for (key, value) in self.store.scan_views(&scan)? {
            let Some(id) = job_of(&key) else { continue };
            let KeptRun { index, run } = parsed(id, &value)?;
            let Some(summary) = self.store.view(&summary_key(id))? else { continue };
            found.push(PastRun { job: parsed(id, &summary)?, index, run });
        }
        Ok(found)
    }

    /// A state that holds one archived job and nothing else; `None` where it is not in the archive.
    pub fn whole(&self, id: JobId) -> Result<Option<Arc<Fleet>>, ArchiveError> {
        if let Some(known) = self.remembered(id) {
            return Ok(Some(known));
        }
        if self.store.view(&summary_key(id))?.is_none() {
            return Ok(None);
        }
        let _alone = self.folding.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = self.remembered(id) {
            return Ok(Some(known));
        }
        let Some(mut job) = fold_job(&*self.store, id, Until::End)? else { return Ok(None) };
        job.archived = true;
        let alone = Arc::new(Fleet { jobs: [(id, job)].into(), ..Fleet::default() });
        self.remember(id, alone.clone());
        Ok(Some(alone))
    }

    fn remembered(&self, id: JobId) -> Option<Arc<Fleet>> {
        let mut folded = self.folded.lock().unwrap_or_else(PoisonError::into_inner);
        let at = folded.iter().position(|(known, _)| *known == id)?;
        let found = folded.remove(at)?;
        let fleet = found.1.clone();
        folded.push_front(found);
        Some(fleet)
    }

    fn remember(&self, id: JobId, fleet: Arc<Fleet>) {
        let mut folded = self.folded.lock().unwrap_or_else(PoisonError::into_inner);
        folded.push_front((id, fleet));
        folded.truncate(MOST_REMEMBERED);
        let hosts = |fleet: &Fleet| fleet.jobs.values().map(|job| job.runs.len()).sum::<usize>();
        while folded.len() > 1 && folded.iter().map(|(_, fleet)| hosts(fleet)).sum::<usize>() > MOST_HOSTS_REMEMBERED {
            folded.pop_back();
        }
    }
}

fn parsed<T: serde::de::DeserializeOwned>(job: JobId, value: &[u8]) -> Result<T, ArchiveError> {
    serde_json::from_slice(value).map_err(|why| ArchiveError::Damaged { job, why })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::EngineBackend;
    use crate::engine::{Clock, Config, Engine, Runner, SystemClock, fold};
    use jobs::archive::MOST_ENDED;
    use jobs::attempt::{Order, Signal};
    use jobs::command::{Actor, Body, Command, CreateJob};
    use jobs::ids::AttemptId;
    use jobs::inventory::{Host, Inventory};
    use schema::Backend;
    use serde_json::json;
    use storage::MemoryStore;

    struct NoHosts;

    impl Runner for NoHosts {
        fn start(&self, _: Order) {}
        fn signal(&self, _: JobId, _: AttemptId, _: Signal) {}
        fn stop(&self, _: JobId, _: AttemptId) {}
        fn inventory(&self, _: &Inventory) {}
    }

    fn serve(store: &Arc<MemoryStore>) -> (Engine, EngineBackend) {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::default());
        let config = Config {
            store: store.clone(),
            clock: clock.clone(),
            snapshot_every: 1_000_000,
            on_failure: Arc::new(|failure| panic!("{failure}")),
            committed: Arc::new(|_| ()),
        };
        let start = Engine::start(fold(&**store, Until::End, true).expect("a log"), config);
        let engine = start.engine();
        start.run(Box::new(NoHosts)).expect("a thread");
        (engine.clone(), EngineBackend::new(engine, store.clone(), clock))
    }

    fn id(number: u64) -> JobId {
        JobId(ulid::Ulid::from_parts(number, 0))
    }

    async fn must(engine: &Engine, body: Body) {
        let command = Command { actor: Actor("user:alice".into()), body };
        engine.carry_out(command, "test").await.expect("an engine").expect("it is carried out");
    }

    async fn stock(engine: &Engine) {
        for body in crate::library::builtin_pack().expect("the built-in pack").commands() {
            must(engine, body).await;
        }
        let host =
            |name: &str| -> Arc<Host> { Arc::new(serde_json::from_value(json!({"name": name})).expect("a host")) };
        let hosts = ["web-1", "web-10", "web-2"].map(host).to_vec();
        must(engine, Body::PutInventory { source: "test".into(), hosts }).await;
    }

    /// A job that is cancelled before it starts.
    async fn ended(engine: &Engine, job: JobId) {
        must(
            engine,
            Body::CreateJob(Box::new(CreateJob {
                job,
                seed: 1,
                template: "patch-server".into(),
                parameters: [("cluster".to_owned(), json!("none"))].into(),
                targets: Some("*".parse().expect("a selector")),
                start: false,
                policy: None,
                plan_hash: None,
                due: None,
            })),
        )
        .await;
        must(engine, Body::CancelJob { job, reason: "not tonight".into() }).await;
    }

    async fn check(engine: &Engine, backend: &EngineBackend) {
        let of = |jobs: &[Job]| jobs.iter().map(|job| job.id.0.timestamp_ms()).collect::<Vec<_>>();
        let all = backend.archive(None, 10).await.expect("an archive");
        assert_eq!(of(&all), [3, 2, 1]);
        assert!(all.iter().all(Job::is_summary));
        assert_eq!(of(&backend.archive(Some(id(3)), 1).await.expect("an archive")), [2]);

        let runs = backend.archived_runs("web-1".into(), Some(id(3)), 10).await.expect("an archive");
        assert_eq!(runs.iter().map(|run| run.job.id).collect::<Vec<_>>(), [id(2), id(1)]);
        let whole = backend.archived(id(2)).await.expect("an archive").expect("it was archived");
        let job = &whole.jobs[&id(2)];
        assert_eq!((job.archived, job.runs.len(), job.host_name(runs[0].index)), (true, 3, "web-1"));
        assert_eq!(job.run(runs[0].index), Some(&runs[0].run));
        assert!(backend.archived(id(4)).await.expect("an archive").is_none(), "it did not leave yet");
        assert!(backend.archived(id(99)).await.expect("an archive").is_none());

        let live = schema::read(backend, |fleet, _| (fleet.jobs.len(), fleet.archived)).await.expect("a look");
        assert_eq!(live, (MOST_ENDED, 3));
        engine.stop().await;
    }

    #[tokio::test]
    async fn what_left_the_live_state_is_found_also_after_a_restart() {
        let store = Arc::new(MemoryStore::new());
        let (engine, backend) = serve(&store);
        stock(&engine).await;
        for number in 1..=MOST_ENDED as u64 + 3 {
            ended(&engine, id(number)).await;
        }
        check(&engine, &backend).await;
        let (engine, backend) = serve(&store);
        check(&engine, &backend).await;
    }
}
