//! Where jobs are that left the live state: summaries for lists, what was done to each host, and what figures over many
//! jobs need, as views of the store. All the rest is folded from the job's own stream of the log, when somebody looks.
//!
//! Never found here: which jobs leave, or when (`jobs::archive`), or what is kept of them (`jobs::digest`).

use crate::engine::{BootError, Until, fold_job};
use jobs::compliance;
use jobs::digest::{Digest, EndedRun, LabelDigest};
use jobs::fleet::Fleet;
use jobs::host_run::HostRun;
use jobs::ids::{HostIndex, HostName, JobId, TemplateName};
use jobs::job::Job;
use jobs::outcome::HostOutcome;
use jobs::time::Timestamp;
use schema::backend::EndedAfter;
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::ops::Bound;
use std::sync::{Arc, Mutex, PoisonError};
use storage::{EventStore, StoreError, View, ViewChange, ViewScan};

/// Views: summaries of jobs. The key goes on with the job's id, the value is the summary in JSON.
const SUMMARY: &[u8; 2] = b"aj";
/// Views: what was done to hosts. The key goes on with the host's name, a zero byte and the job's id.
const RUN: &[u8; 2] = b"ah";
/// Views: what stays of jobs for figures. The key goes on with the moment the job ended and its id; the value is its
/// `Digest` in JSON.
const DIGEST: &[u8; 2] = b"ad";
/// Views: the same by the values of one label. The key goes on with the label, a zero byte, the moment and the job's id;
/// the value is the `LabelDigest` in JSON.
const LABEL: &[u8; 2] = b"al";
/// Views: how hosts' runs of a template ended. The key goes on with the template's name, a zero byte, the moment the job
/// ended, its id, and which part of its hosts it is (4 bytes); the value is `KeptEnds` in JSON.
const ENDS: &[u8; 2] = b"at";
/// Jobs that were folded last and are kept in case somebody looks again.
const MOST_REMEMBERED: usize = 8;
/// The most hosts of those jobs together; the last one is kept, however many it has.
const MOST_HOSTS_REMEMBERED: usize = 50_000;
/// The most hosts of jobs that are folded once more because an earlier version archived them without their digests; some
/// three seconds of work.
const MOST_HOSTS_DIGESTED: u32 = 100_000;
/// How many runs of a host are remembered while none of them decides.
const MOST_LOOKED_BACK: usize = 20;
/// Hosts whose ends are kept in one view.
const HOSTS_OF_A_PART: usize = 5_000;
/// Parts that are read at once; each is less than a megabyte.
const PARTS_AT_ONCE: usize = 8;
/// The most templates of which the last runs are remembered.
const MOST_TEMPLATES: usize = 16;
/// Views that are read at once when all of a kind are looked through.
const READ_AT_ONCE: usize = 500;

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

/// The part of it that says where the host is in the job's plan.
#[derive(Deserialize)]
struct KeptPlace {
    index: HostIndex,
}

/// How the runs of some hosts of a job ended, as it is kept.
#[derive(Serialize, Deserialize)]
struct KeptEnds {
    job: JobId,
    ended_at: Timestamp,
    version: u32,
    ends: Vec<KeptEnd>,
}

/// One of them: the host, when, how, who took it over, and what went wrong. There are as many as hosts of all jobs, so
/// their fields have no names.
#[derive(Clone, Serialize, Deserialize)]
struct KeptEnd(HostName, Timestamp, HostOutcome, Option<Arc<str>>, Option<Arc<str>>);

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
    let digests = digests_of(job).into_iter().map(|(key, value)| ViewChange::Put(key, value));
    std::iter::once(summary).chain(runs).chain(digests).collect()
}

/// What figures over many jobs need of one that has ended.
fn digests_of(job: &Job) -> Vec<View> {
    let digest = Digest::of(job).map(|digest| (digest_key(digest.ended_at, job.id), json(&digest)));
    let labels = LabelDigest::all(job);
    let labels = labels.iter().map(|(label, digest)| (label_key(label, digest.ended_at, job.id), json(digest)));
    digest.into_iter().chain(labels).chain(ends_of(job)).collect()
}

/// How the hosts' runs of a job ended that has, in parts.
fn ends_of(job: &Job) -> Vec<View> {
    let Some(ended_at) = job.finished_at else { return Vec::new() };
    let end = |(index, host): (usize, &jobs::plan::PlannedHost)| {
        let run = EndedRun::of(job, HostIndex(index as u32))?;
        Some(KeptEnd(host.name.clone(), run.at, run.outcome, run.accepted_by, run.error))
    };
    let ends: Vec<KeptEnd> = job.plan.hosts.iter().enumerate().filter_map(end).collect();
    let part = |(number, ends): (usize, &[KeptEnd])| {
        let key = [ends_under(&job.template.name), moment(ended_at, job.id), (number as u32).to_be_bytes().to_vec()];
        (key.concat(), json(&KeptEnds { job: job.id, ended_at, version: job.template_version, ends: ends.to_vec() }))
    };
    ends.chunks(HOSTS_OF_A_PART).enumerate().map(part).collect()
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

fn moment(at: Timestamp, job: JobId) -> Vec<u8> {
    [&at.0.to_be_bytes()[..], &job.0.to_bytes()].concat()
}

fn digest_key(ended_at: Timestamp, job: JobId) -> Vec<u8> {
    [&DIGEST[..], &moment(ended_at, job)].concat()
}

fn labels_of(label: &str) -> Vec<u8> {
    [&LABEL[..], label.as_bytes(), &[0]].concat()
}

fn label_key(label: &str, ended_at: Timestamp, job: JobId) -> Vec<u8> {
    [labels_of(label), moment(ended_at, job)].concat()
}

fn ends_under(template: &TemplateName) -> Vec<u8> {
    [&ENDS[..], template.as_str().as_bytes(), &[0]].concat()
}

/// The views of a kind of digest that come after a job that has ended.
fn scan_from(prefix: Vec<u8>, from: EndedAfter, limit: usize) -> ViewScan {
    // A key without a job comes before those of all jobs that ended in its moment.
    let place = from.job.map_or_else(|| from.at.0.to_be_bytes().to_vec(), |job| moment(from.at, job));
    let after = [&prefix[..], &place].concat();
    ViewScan::under(prefix, limit).after(after)
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
    /// What earlier versions did not keep of the jobs they archived; made when it is first asked for.
    older: Mutex<Option<Arc<Older>>>,
    /// How the last runs of hosts ended, by template. What was archived since is added when it is asked for.
    lasts: Mutex<HashMap<TemplateName, Lasts>>,
}

/// How the last runs of hosts of one template ended.
#[derive(Default)]
struct Lasts {
    /// Jobs that ended before this are all in it.
    upto: Timestamp,
    /// Of each host the newest run, and those before it up to the first that decides.
    runs: HashMap<HostName, Vec<EndedRun>>,
}

/// Digests of jobs that an earlier version archived without any, as the views they would be.
#[derive(Default)]
struct Older {
    views: BTreeMap<Vec<u8>, Vec<u8>>,
    /// Jobs that were too many to be folded.
    left_out: u32,
}

impl Archive {
    /// Over the store that the engine writes to.
    pub fn over(store: Arc<dyn EventStore>) -> Archive {
        Archive {
            store,
            folded: Mutex::default(),
            folding: Mutex::default(),
            older: Mutex::default(),
            lasts: Mutex::default(),
        }
    }

    /// Summaries, newest first: at most `limit` of those with an id less than `before`.
    pub fn summaries(&self, before: Option<JobId>, limit: usize) -> Result<Vec<Job>, ArchiveError> {
        let scan = ViewScan::under(SUMMARY, limit).backward();
        let scan = before.map_or(scan.clone(), |before| scan.after(summary_key(before)));
        self.store.scan_views(&scan)?.iter().filter_map(|(key, value)| Some(parsed(job_of(key)?, value))).collect()
    }

    /// Those of some jobs; what the archive does not have is left out.
    pub fn summaries_of(&self, jobs: &[JobId]) -> Result<Vec<Job>, ArchiveError> {
        let mut found = Vec::with_capacity(jobs.len());
        for id in jobs {
            let summary = self.store.view(&summary_key(*id))?;
            found.extend(summary.map(|summary| parsed(*id, &summary)).transpose()?);
        }
        Ok(found)
    }

    /// Which jobs had a host, and at which places of their plans.
    pub fn places(&self, host: &HostName) -> Result<Vec<(JobId, HostIndex)>, ArchiveError> {
        let (mut found, prefix) = (Vec::new(), runs_of(host));
        let mut scan = ViewScan::under(prefix.clone(), READ_AT_ONCE);
        loop {
            let page = self.store.scan_views(&scan)?;
            let Some((last, _)) = page.last() else { return Ok(found) };
            scan = ViewScan::under(prefix.clone(), READ_AT_ONCE).after(last.clone());
            for (key, value) in &page {
                let Some(id) = job_of(key) else { continue };
                let KeptPlace { index } = parsed(id, value)?;
                found.push((id, index));
            }
        }
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

    /// What stays of jobs that ended from a moment on, in the order in which they did.
    pub fn digests(&self, from: EndedAfter, limit: usize) -> Result<Vec<Digest>, ArchiveError> {
        self.parsed_all(&scan_from(DIGEST.to_vec(), from, limit))
    }

    /// The same by the values of one label.
    pub fn label_digests(&self, label: &str, from: EndedAfter, limit: usize) -> Result<Vec<LabelDigest>, ArchiveError> {
        self.parsed_all(&scan_from(labels_of(label), from, limit))
    }

    /// How many archived jobs have no digest and are too many to be folded.
    pub fn undigested(&self) -> Result<u32, ArchiveError> {
        Ok(self.older()?.left_out)
    }

    /// How the last runs of hosts ended in jobs of a template, newest first, of each up to the first that decides. The
    /// first question about a template reads what all of its jobs left; every other one what has come since.
    pub fn last_runs(&self, template: &TemplateName, hosts: &[HostName]) -> Result<Vec<Vec<EndedRun>>, ArchiveError> {
        let mut all = self.lasts.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= MOST_TEMPLATES && !all.contains_key(template) {
            all.clear();
        }
        let lasts = all.entry(template.clone()).or_default();
        self.catch_up(template, lasts)?;
        Ok(hosts.iter().map(|host| lasts.runs.get(host).cloned().unwrap_or_default()).collect())
    }

    fn catch_up(&self, template: &TemplateName, lasts: &mut Lasts) -> Result<(), ArchiveError> {
        let prefix = ends_under(template);
        // Jobs that ended in the very moment of the last one may have come later: that moment is read once more.
        let from = EndedAfter { at: lasts.upto, job: None };
        let mut scan = scan_from(prefix.clone(), from, PARTS_AT_ONCE);
        loop {
            let page = self.scan(&scan)?;
            let Some((last, _)) = page.last() else { return Ok(()) };
            scan = ViewScan::under(prefix.clone(), PARTS_AT_ONCE).after(last.clone());
            for (key, value) in &page {
                let Some(id) = key.len().checked_sub(4).and_then(|end| job_of(&key[..end])) else { continue };
                lasts.take_in(parsed(id, value)?);
            }
        }
    }

    fn parsed_all<T: serde::de::DeserializeOwned>(&self, scan: &ViewScan) -> Result<Vec<T>, ArchiveError> {
        self.scan(scan)?.iter().filter_map(|(key, value)| Some(parsed(job_of(key)?, value))).collect()
    }

    /// Views of the store, and those it lacks.
    fn scan(&self, scan: &ViewScan) -> Result<Vec<View>, ArchiveError> {
        let older = self.older()?;
        let mut found = self.store.scan_views(scan)?;
        if !older.views.is_empty() {
            found.extend(older.page(scan));
            found.sort_unstable();
            found.dedup_by(|(one, _), (other, _)| one == other);
            found.truncate(scan.limit);
        }
        Ok(found)
    }

    fn older(&self) -> Result<Arc<Older>, ArchiveError> {
        let mut older = self.older.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = &*older {
            return Ok(known.clone());
        }
        let made = Arc::new(self.make_older(MOST_HOSTS_DIGESTED)?);
        *older = Some(made.clone());
        Ok(made)
    }

    /// Folds the jobs that have no digest, the newest first and only so many that nobody waits for long. One that is too
    /// large for what is left of `most_hosts` leaves it to the smaller ones before it.
    fn make_older(&self, most_hosts: u32) -> Result<Older, ArchiveError> {
        // In this order: a job that is archived meanwhile has its digest with its summary.
        let archived = self.jobs_under(SUMMARY)?;
        let digested: HashSet<JobId> = self.jobs_under(DIGEST)?.into_iter().collect();
        let (mut older, mut hosts) = (Older::default(), 0);
        for id in archived.into_iter().rev().filter(|id| !digested.contains(id)) {
            let Some(summary) = self.store.view(&summary_key(id))? else { continue };
            let of_job = parsed::<Job>(id, &summary)?.plan.total();
            if of_job > most_hosts - hosts {
                older.left_out += 1;
            } else if let Some(job) = fold_job(&*self.store, id, Until::End)? {
                hosts += of_job;
                older.views.extend(digests_of(&job));
            }
        }
        if older.left_out > 0 {
            tracing::warn!(jobs = older.left_out, "an earlier version archived jobs that are in no statistics now");
        }
        Ok(older)
    }

    /// The jobs that have a view of a kind, in the order of its keys.
    fn jobs_under(&self, kind: &[u8; 2]) -> Result<Vec<JobId>, ArchiveError> {
        let mut found = Vec::new();
        let mut scan = ViewScan::under(kind, READ_AT_ONCE);
        loop {
            let page = self.store.scan_views(&scan)?;
            let Some((last, _)) = page.last() else { return Ok(found) };
            scan = ViewScan::under(kind, READ_AT_ONCE).after(last.clone());
            found.extend(page.iter().filter_map(|(key, _)| job_of(key)));
        }
    }

    /// A job as it was folded lately; `None` where that is to be done.
    pub fn remembered(&self, id: JobId) -> Option<Arc<Fleet>> {
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

impl Lasts {
    fn take_in(&mut self, KeptEnds { job, ended_at, version, ends }: KeptEnds) {
        self.upto = self.upto.max(ended_at);
        for KeptEnd(host, at, outcome, accepted_by, error) in ends {
            let runs = self.runs.entry(host).or_default();
            // A job that ended later may have done less to a host lately: runs are ordered by their own ends.
            let Err(place) = runs.binary_search_by_key(&Reverse((at, job)), |run| Reverse((run.at, run.job))) else {
                continue;
            };
            runs.insert(place, EndedRun { job, version, at, outcome, accepted_by, error });
            let deciding = runs.iter().position(compliance::decides);
            runs.truncate(deciding.map_or(MOST_LOOKED_BACK, |at| at + 1));
        }
    }
}

impl Older {
    /// What a store would answer that had them; forwards, as all digests are read.
    fn page(&self, scan: &ViewScan) -> Vec<View> {
        let from = scan.after.as_ref().map_or(Bound::Included(&scan.prefix), Bound::Excluded);
        let behind = self.views.range::<Vec<u8>, _>((from, Bound::Unbounded));
        let of_kind = behind.take_while(|(key, _)| key.starts_with(&scan.prefix)).take(scan.limit);
        of_kind.map(|(key, value)| (key.clone(), value.clone())).collect()
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
        let host = |name: &str| -> Arc<Host> {
            Arc::new(serde_json::from_value(json!({"name": name, "labels": {"dc": "sh"}})).expect("a host"))
        };
        let hosts = ["web-1", "web-10", "web-2"].map(host).to_vec();
        must(engine, Body::PutInventory { source: "test".into(), hosts }).await;
    }

    /// A job that is cancelled before it starts.
    async fn ended(engine: &Engine, job: JobId) {
        ended_on(engine, job, "*").await;
    }

    async fn ended_on(engine: &Engine, job: JobId, targets: &str) {
        must(
            engine,
            Body::CreateJob(Box::new(CreateJob {
                job,
                seed: 1,
                template: "patch-server".into(),
                parameters: [("cluster".to_owned(), json!("none"))].into(),
                targets: Some(targets.parse().expect("a selector")),
                start: false,
                policy: None,
                plan_hash: None,
                template_version: None,
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
        let mut places = backend.archived_places("web-1".into()).await.expect("an archive");
        places.sort_unstable();
        let before = runs.iter().rev().map(|run| (run.job.id, run.index)).collect::<Vec<_>>();
        assert_eq!((places.len(), &places[..2]), (3, &before[..]), "those of web-10 are its own");
        let some = backend.summaries(vec![id(2), id(99), id(1)]).await.expect("an archive");
        assert_eq!(of(&some), [2, 1]);
        let whole = backend.archived(id(2)).await.expect("an archive").expect("it was archived");
        let job = &whole.jobs[&id(2)];
        assert_eq!((job.archived, job.runs.len(), job.host_name(runs[0].index)), (true, 3, "web-1"));
        assert_eq!(job.run(runs[0].index), Some(&runs[0].run));
        let told = backend.told_by_place(id(2)).await.expect("a log").expect("it has a stream");
        assert_eq!((&told.plan, &told.template), (&job.plan, &job.template), "what its fold has");
        assert_eq!(backend.told_by_place(id(2)).await.expect("a log").map(|again| again.plan), Some(told.plan));
        assert!(backend.told_by_place(id(999)).await.expect("a log").is_none());
        assert!(backend.archived(id(4)).await.expect("an archive").is_none(), "it did not leave yet");
        assert!(backend.archived(id(99)).await.expect("an archive").is_none());

        let live = schema::read(backend, |fleet, _| (fleet.jobs.len(), fleet.archived)).await.expect("a look");
        assert_eq!(live, (MOST_ENDED, 3));
        engine.stop().await;
    }

    /// Pages of what stays of the jobs, one after the other, and how the last runs of a host ended.
    async fn check_digests(backend: &EngineBackend) {
        let (mut found, mut after) = (Vec::new(), EndedAfter { at: Timestamp(0), job: None });
        loop {
            let page = backend.digests(after, 2).await.expect("an archive");
            let Some(last) = page.last() else { break };
            after = EndedAfter { at: last.ended_at, job: Some(last.job) };
            found.extend(page);
        }
        assert_eq!(found.iter().map(|digest| digest.job).collect::<Vec<_>>(), [id(1), id(2), id(3)]);
        assert!(found.iter().all(|digest| (digest.hosts.hosts, digest.hosts.not_started) == (3, 3)));
        let first = EndedAfter { at: found[0].ended_at, job: None };
        assert_eq!(backend.digests(first, 9).await.expect("an archive").len(), 3, "from a moment on, itself included");

        let by_dc = backend.label_digests("dc".into(), first, 9).await.expect("an archive");
        assert_eq!(by_dc.iter().map(|digest| digest.values["sh"].hosts).collect::<Vec<_>>(), [3, 3, 3]);
        assert_eq!(backend.label_digests("d".into(), first, 9).await.expect("an archive"), []);

        let names = ["web-1", "web-9", "web-10"].map(HostName::from).to_vec();
        let runs = backend.last_runs("patch-server".into(), names).await.expect("an archive");
        let jobs = |runs: &[EndedRun]| runs.iter().map(|run| run.job).collect::<Vec<_>>();
        assert_eq!(
            runs.iter().map(|runs| jobs(runs)).collect::<Vec<_>>(),
            [vec![id(3), id(2), id(1)], vec![], vec![id(3), id(2), id(1)]]
        );
        assert_eq!(backend.undigested().await.expect("an archive"), 0);
    }

    /// Takes away what this version keeps of archived jobs and earlier ones did not.
    fn forget_digests(store: &MemoryStore) {
        let kinds = [DIGEST, LABEL, ENDS];
        let all = kinds.map(|kind| store.scan_views(&ViewScan::under(kind, 1_000)).expect("views"));
        let views = all.into_iter().flatten().map(|(key, _)| ViewChange::Delete(key)).collect();
        store.append(storage::Group { views, ..storage::Group::default() }).expect("a write");
    }

    #[test]
    fn the_newest_run_that_decides_is_the_last_that_is_remembered() {
        use HostOutcome::{Cancelled, StepFailed, Succeeded};
        let mut lasts = Lasts::default();
        let mut take_in = |job: u64, ended: u64, at: u64, outcome| {
            let ends = vec![KeptEnd("web-1".into(), Timestamp(at), outcome, None, None)];
            lasts.take_in(KeptEnds { job: id(job), ended_at: Timestamp(ended), version: 1, ends });
            let kept = lasts.runs[&HostName::from("web-1")].iter().map(|run| run.job.0.timestamp_ms());
            (kept.collect::<Vec<_>>(), lasts.upto)
        };
        assert_eq!(take_in(2, 50, 30, Succeeded), (vec![2], Timestamp(50)));
        assert_eq!(take_in(3, 60, 55, Cancelled), (vec![3, 2], Timestamp(60)));
        assert_eq!(take_in(3, 60, 55, Cancelled), (vec![3, 2], Timestamp(60)), "read once more");
        // It ended last, and was through with the host before the others came to it.
        assert_eq!(take_in(1, 90, 10, StepFailed), (vec![3, 2], Timestamp(90)));
        assert_eq!(take_in(4, 95, 40, StepFailed), (vec![3, 4], Timestamp(95)));
        assert_eq!(take_in(5, 96, 96, Succeeded), (vec![5], Timestamp(96)));
    }

    #[tokio::test]
    async fn what_figures_need_is_kept_and_made_anew_where_an_earlier_version_did_not_keep_it() {
        let store = Arc::new(MemoryStore::new());
        let (engine, backend) = serve(&store);
        stock(&engine).await;
        for number in 1..=MOST_ENDED as u64 + 3 {
            ended(&engine, id(number)).await;
        }
        check_digests(&backend).await;
        engine.stop().await;
        forget_digests(&store);
        let (engine, backend) = serve(&store);
        check_digests(&backend).await;
        // One that leaves now is kept, and found beside those made anew.
        ended(&engine, id(500)).await;
        let all = backend.digests(EndedAfter { at: Timestamp(0), job: None }, 9).await.expect("an archive");
        assert_eq!(all.iter().map(|digest| digest.job).collect::<Vec<_>>(), [id(1), id(2), id(3), id(4)]);
        let runs = backend.last_runs("patch-server".into(), vec!["web-2".into()]).await.expect("an archive");
        assert_eq!(runs[0].first().map(|run| run.job), Some(id(4)));
        engine.stop().await;
    }

    #[tokio::test]
    async fn a_job_too_large_to_be_folded_leaves_out_no_smaller_one() {
        let store = Arc::new(MemoryStore::new());
        let (engine, _) = serve(&store);
        stock(&engine).await;
        let targets = |number: u64| if number == 2 { "*" } else { "name=web-2" };
        for number in 1..=MOST_ENDED as u64 + 3 {
            ended_on(&engine, id(number), targets(number)).await;
        }
        engine.stop().await;
        forget_digests(&store);
        let older = Archive::over(store).make_older(2).expect("an archive");
        let all = older.page(&ViewScan::under(DIGEST, 9));
        assert_eq!(all.iter().filter_map(|(key, _)| job_of(key)).collect::<Vec<_>>(), [id(1), id(3)]);
        assert_eq!(older.left_out, 1);
        assert_eq!(older.page(&ViewScan::under(DIGEST, 1)), all[..1]);
        assert_eq!(older.page(&ViewScan::under(DIGEST, 9).after(all[0].0.clone())), all[1..]);
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
