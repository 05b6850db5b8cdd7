//! A real HTTP front over Stagger in memory, for the tests beside this folder.

use jobs::command::Body;
use jobs::fleet::{Effect, Fleet};
use jobs::ids::TokenId;
use schema::testing::MemoryBackend;
use schema::{Backend, Limits};
use serde_json::Value;
use server::access::{Access, Secret};
use server::http::{Backups, HttpState, Progress, Readiness, serve};
use server::telemetry::metrics::Metrics;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use storage::StoreError;
use storage::backup::Manifest;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// A running front.
pub struct Front {
    pub address: SocketAddr,
    pub backend: Arc<MemoryBackend>,
    pub access: Arc<Access>,
    pub secret: Secret,
    pub http: reqwest::Client,
    shutdown: CancellationToken,
    serving: JoinHandle<()>,
    _folder: TempDir,
}

struct AlwaysReady(Arc<MemoryBackend>);

impl Readiness for AlwaysReady {
    fn progress(&self) -> Progress {
        let position = *self.0.durable().borrow();
        Progress { applied: position, durable: position, reason: None }
    }
}

/// Stands for a copy that takes a while and then finds no room.
fn slow_to_fail(_: &Path) -> Result<Manifest, StoreError> {
    std::thread::sleep(Duration::from_millis(500));
    Err(StoreError::stopped("there is no room"))
}

impl Front {
    /// Over a fleet of `hosts` servers, with one token called `tester`.
    pub async fn start(hosts: u32) -> Front {
        let backend = Arc::new(MemoryBackend::demo(hosts));
        let secret = Secret::generate().expect("random bytes");
        let token = TokenId(backend.fresh_id());
        backend.must(Body::CreateToken { token, name: "tester".into(), hash: secret.hash().into() });
        Front::over(backend, secret, "127.0.0.1:0".parse().expect("an address")).await
    }

    /// Over a backend that is there already.
    pub async fn over(backend: Arc<MemoryBackend>, secret: Secret, address: SocketAddr) -> Front {
        // The second front of a process finds the provider there.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let listener = TcpListener::bind(address).await.expect("a free port");
        let address = listener.local_addr().expect("bound");
        let shutdown = CancellationToken::new();
        let folder = tempfile::tempdir().expect("a folder");
        let access = Arc::new(Access::over(backend.clone()));
        let state = HttpState {
            schema: schema::build(backend.clone(), Limits::default()),
            backend: backend.clone(),
            access: access.clone(),
            metrics: Arc::new(Metrics::default()),
            ready: Arc::new(AlwaysReady(backend.clone())),
            backups: Backups::new(folder.path().join("copy"), slow_to_fail),
        };
        let serving = tokio::spawn(serve(listener, state, shutdown.clone()));
        let http = reqwest::Client::builder().no_proxy().build().expect("a client");
        Front { address, backend, access, secret, http, shutdown, serving, _folder: folder }
    }

    /// Ends the front and leaves the backend as a server's data folder is left.
    pub async fn stop(self) -> (Arc<MemoryBackend>, Secret, SocketAddr) {
        self.shutdown.cancel();
        drop(self.http);
        self.serving.await.expect("no panic");
        (self.backend, self.secret, self.address)
    }

    /// An address on this front.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// A POST with the token.
    pub fn post(&self) -> reqwest::RequestBuilder {
        self.http.post(self.url("/graphql")).bearer_auth(self.secret.reveal())
    }

    /// The name of the host an effect is about.
    pub async fn host_of(&self, effect: Effect) -> String {
        let name = move |fleet: &Fleet, _| {
            fleet.jobs.get(&effect.job).map(|job| job.host_name(effect.attempt.host).to_owned())
        };
        schema::read(&*self.backend, name).await.expect("in memory").expect("its job")
    }

    /// Carries an operation out and returns the whole answer.
    pub async fn ask(&self, query: &str, variables: Value) -> Value {
        let body = serde_json::json!({ "query": query, "variables": variables });
        let response = self.post().json(&body).send().await.expect("an answer");
        response.json().await.expect("JSON")
    }
}
