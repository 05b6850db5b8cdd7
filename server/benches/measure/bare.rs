//! The floor for everything over SSH: russh and nothing else. Logs in to every host once, runs command lines there one
//! after the other, and keeps nothing.

use russh::client::{Config, Handler, connect};
use russh::keys::{PrivateKey, PrivateKeyWithHashAlg, PublicKeyOrCertificate};
use russh::{ChannelMsg, Disconnect, Preferred, cipher};
use std::borrow::Cow;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// A host, and what to run there.
pub struct Visit {
    /// Where its SSH server is.
    pub address: SocketAddr,
    /// Who logs in.
    pub user: String,
    /// Command lines, each with its standard input; all must exit with 0.
    pub lines: Vec<(String, Vec<u8>)>,
}

/// Makes all visits, so many at the same time. Any failure ends the bench: a floor that skipped something is none.
pub async fn make_all(visits: Vec<Visit>, key: PrivateKey, at_once: usize) {
    let (key, places) = (Arc::new(key), Arc::new(Semaphore::new(at_once)));
    let config = Arc::new(config());
    let mut under_way = JoinSet::new();
    for visit in visits {
        let place = places.clone().acquire_owned().await.expect("the semaphore is never closed");
        let (key, config) = (key.clone(), config.clone());
        under_way.spawn(async move {
            make(visit, key, config).await.expect("the host does what it is asked");
            drop(place);
        });
        while let Some(ended) = under_way.try_join_next() {
            ended.expect("the visit ends well");
        }
    }
    while let Some(ended) = under_way.join_next().await {
        ended.expect("the visit ends well");
    }
}

/// The same preferences as Stagger's.
fn config() -> Config {
    let preferred = Preferred { cipher: Cow::Borrowed(&[cipher::AES_256_GCM]), ..Preferred::DEFAULT };
    Config { preferred, nodelay: true, ..Config::default() }
}

struct AnyKey;

impl Handler for AnyKey {
    type Error = russh::Error;

    async fn check_server_key(&mut self, _: &PublicKeyOrCertificate) -> Result<bool, russh::Error> {
        Ok(true)
    }
}

async fn make(visit: Visit, key: Arc<PrivateKey>, config: Arc<Config>) -> Result<(), russh::Error> {
    let mut session = connect(config, visit.address, AnyKey).await?;
    let login = session.authenticate_publickey(visit.user, PrivateKeyWithHashAlg::new(key, None)).await?;
    assert!(login.success(), "the host lets nobody in");
    for (line, input) in visit.lines {
        let mut channel = session.channel_open_session().await?;
        channel.exec(true, line.as_str()).await?;
        if !input.is_empty() {
            channel.data(input.as_slice()).await?;
        }
        channel.eof().await?;
        let mut exit = None;
        while let Some(message) = channel.wait().await {
            if let ChannelMsg::ExitStatus { exit_status } = message {
                exit = Some(exit_status);
            }
        }
        assert_eq!(exit, Some(0), "on {line}");
    }
    session.disconnect(Disconnect::ByApplication, "", "").await
}
