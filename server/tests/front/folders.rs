//! Commands about a data folder, which need no server: inspect, replay, backup, restore.

use crate::commands::{Run, run, stagger};
use futures_util::FutureExt;
use jobs::command::{Body, CreateJob};
use schema::testing::MemoryBackend;
use schema::{Backend, Edge, EventFilter, EventQuery};
use std::path::Path;
use storage::{EventStore, Group, Options, Record, RocksStore};

/// A data folder in which a job of three hosts was carried out, as a server would have left it.
struct Folder {
    folder: tempfile::TempDir,
    job: String,
    store: RocksStore,
}

impl Folder {
    fn new() -> Folder {
        let backend = MemoryBackend::demo(3);
        let fresh = backend.fresh_job();
        backend.must(Body::CreateJob(Box::new(CreateJob {
            job: fresh.job,
            seed: fresh.seed,
            template: "patch".into(),
            parameters: [].into(),
            targets: None,
            start: true,
            policy: None,
            plan_hash: None,
            template_version: None,
            due: None,
        })));
        backend.finish_all();
        let folder = tempfile::tempdir().expect("a folder");
        let store = RocksStore::open(&folder.path().join("data/store"), Options::default()).expect("a new store");
        store.append(Group::of(records(&backend))).expect("written");
        Folder { folder, job: fresh.job.to_string(), store }
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().expect("UTF-8").to_owned()
    }
}

fn records(backend: &MemoryBackend) -> Vec<Record> {
    let query = EventQuery { edge: Edge::After(0), limit: 10_000, filter: EventFilter::default() };
    let page = backend.events(query).now_or_never().expect("in memory").expect("all of it");
    let record = |event: schema::Recorded| Record {
        stream: event.stream.into(),
        kind: event.kind.into(),
        schema: jobs::event::SCHEMA,
        recorded_at_ms: event.at.0,
        actor: event.actor.into(),
        origin: event.origin.into(),
        command: [0; 16],
        causation: 0,
        payload: serde_json::to_vec(&event.payload).expect("JSON"),
    };
    page.events.into_iter().map(record).collect()
}

async fn offline(arguments: &[&str]) -> Run {
    run(stagger(arguments)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_is_inspected_and_replayed_without_a_server() {
    let folder = Folder::new();
    let data = folder.path("data");
    let inspected = offline(&["inspect", "last", "--data", &data]).await.expect(0).out;
    for part in [&folder.job[..], "finished", "succeeded", "web-00001", "check ok, install ok, join ok"] {
        assert!(inspected.contains(part), "{part} is missing in\n{inspected}");
    }
    let as_json = offline(&["inspect", &folder.job, "--data", &data, "--json"]).await.expect(0).json();
    let end = as_json["position"].as_u64().expect("a position");
    assert_eq!(as_json["job"]["status"], "finished");

    let at_the_end = offline(&["replay", "last", "--at", &end.to_string(), "--data", &data]).await.expect(0).out;
    assert_eq!(at_the_end, inspected);
    let before = offline(&["replay", "last", "--at", &(end - 1).to_string(), "--data", &data]).await.expect(0).out;
    assert!(before.contains("running") && !before.contains("finished, succeeded\n"), "{before}");
    let too_early = offline(&["replay", &folder.job, "--at", "1", "--data", &data]).await.expect(2).err;
    assert!(too_early.contains("no job") && too_early.contains("position 1"), "{too_early}");
    let long_ago = offline(&["replay", "last", "--at", "2001-01-01T00:00:00Z", "--data", &data]).await.expect(2).err;
    assert!(long_ago.contains("no job"), "{long_ago}");
    let never = offline(&["replay", "last", "--at", "soon", "--data", &data]).await.expect(2).err;
    assert!(never.contains("neither a position nor a time"), "{never}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_is_backed_up_and_restored() {
    let folder = Folder::new();
    let (data, copy, restored) = (folder.path("data"), folder.path("copy"), folder.path("restored"));
    let inspected = offline(&["inspect", "last", "--data", &data]).await.expect(0).out;
    let nobody = ["backup", &copy, "--data", &data, "--server", "http://127.0.0.1:9"];
    let in_use = offline(&nobody).await.expect(4).err;
    assert!(in_use.contains("a server uses") && in_use.contains("--server, or stop it"), "{in_use}");
    assert!(!Path::new(&copy).exists(), "nothing is begun");
    let position = folder.store.head().position;
    let Folder { folder: kept, store, .. } = folder;
    drop(store);
    let made = offline(&["backup", &copy, "--data", &data, "--json"]).await.expect(0).json();
    assert_eq!(made["position"].as_u64(), Some(position));
    assert!(Path::new(&copy).join("BACKUP.json").exists());
    let back = offline(&["restore", &copy, "--data", &restored, "--json"]).await.expect(0).json();
    assert_eq!((&back["position"], &back["root"]), (&made["position"], &made["root"]));
    // The log goes on with the restore itself; the job is what it was.
    let of_job = |inspected: &str| inspected.split_once('\n').map(|(_, job)| job.to_owned());
    let after = offline(&["inspect", "last", "--data", &restored]).await.expect(0).out;
    assert_eq!(of_job(&after), of_job(&inspected));

    let again = offline(&["backup", &copy, "--data", &data]).await.expect(2).err;
    assert!(again.contains("not empty"), "{again}");
    offline(&["restore", &copy, "--data", &data]).await.expect(2);
    offline(&["restore", &data, "--data", kept.path().join("elsewhere").to_str().expect("UTF-8")]).await.expect(2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_was_cut_short_is_refused_with_a_code_of_its_own() {
    let folder = Folder::new();
    let data = folder.path("data");
    let Folder { folder, store, .. } = folder;
    drop(store);
    for entry in std::fs::read_dir(folder.path().join("data/store/log")).expect("the log").flatten() {
        if entry.path().extension().is_some_and(|extension| extension == "log") {
            std::fs::write(entry.path(), b"").expect("cut");
        }
    }
    let refused = offline(&["inspect", "last", "--data", &data]).await.expect(7).err;
    assert!(refused.contains(&data), "{refused}");
}
