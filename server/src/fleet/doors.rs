//! Opens a fleet's listeners: some that all hosts share, or one for each.
//!
//! Never found here: what happens to a connection.

use super::FleetError;
use super::host::Host;
use super::keys::HostKeys;
use super::ledger::LedgerError;
use super::listen::{Listen, bind_all, nth_after};
use super::options::Options;
use super::ssh::{self, Gate};
use russh::server::Config;
use std::net::{SocketAddr, SocketAddrV4};
use std::path::Path;
use std::sync::Arc;
use tokio::net::TcpListener;

/// Listens, and says where each host is to be found, in their order.
///
/// # Errors
/// When an address is taken, or there are not enough of them.
pub async fn open(
    options: &Options,
    hosts: &[Arc<Host>],
    gate: &Arc<Gate>,
    keys: HostKeys,
) -> Result<Vec<SocketAddr>, FleetError> {
    let (right, wrong) = (ssh::config(keys.right), ssh::config(keys.wrong));
    if options.per_address {
        return own(options, hosts, gate, &right, &wrong).await;
    }
    let listed: Vec<SocketAddrV4> = options.listen.iter().flat_map(Listen::all).collect();
    let mut places = shared(&listed, gate, &right).await?;
    let many = places.len();
    if hosts.iter().any(|host| host.ill.wrong_key) {
        places.extend(shared(&[beside(&listed, &places)], gate, &wrong).await?);
    }
    let place = |(index, host): (usize, &Arc<Host>)| {
        if host.ill.wrong_key { places[many] } else { places[index % many] }
    };
    Ok(hosts.iter().enumerate().map(place).collect())
}

async fn shared(
    addresses: &[SocketAddrV4],
    gate: &Arc<Gate>,
    config: &Arc<Config>,
) -> Result<Vec<SocketAddr>, LedgerError> {
    let listeners = bind_all(addresses.iter().copied()).await?;
    let places = places(&listeners)?;
    for listener in listeners {
        tokio::spawn(Arc::clone(gate).share(listener, Arc::clone(config)));
    }
    Ok(places)
}

fn places(listeners: &[TcpListener]) -> Result<Vec<SocketAddr>, LedgerError> {
    let place = |listener: &TcpListener| {
        listener.local_addr().map_err(|cause| LedgerError::new("listen on", Path::new("127.0.0.0/8"), &cause))
    };
    listeners.iter().map(place).collect()
}

/// Where hosts with a wrong key are met: on the port of the first listener, at the address behind the highest. A client
/// meets the key before it has said whom it wants, so they cannot share a listener with the others.
fn beside(listed: &[SocketAddrV4], places: &[SocketAddr]) -> SocketAddrV4 {
    let highest = listed.iter().max().copied().unwrap_or(SocketAddrV4::new([127, 0, 0, 1].into(), 0));
    let mut beside = nth_after(highest, 1).unwrap_or(highest);
    beside.set_port(places.first().map_or(0, SocketAddr::port));
    beside
}

async fn own(
    options: &Options,
    hosts: &[Arc<Host>],
    gate: &Arc<Gate>,
    right: &Arc<Config>,
    wrong: &Arc<Config>,
) -> Result<Vec<SocketAddr>, FleetError> {
    let first = options.listen.first().map_or(SocketAddrV4::new([127, 0, 1, 1].into(), 0), |listen| listen.first);
    let addresses: Option<Vec<SocketAddrV4>> = (0..options.hosts).map(|places| nth_after(first, places)).collect();
    let addresses = addresses.filter(|all| all.iter().all(|address| address.ip().is_loopback()));
    let addresses = addresses.ok_or(FleetError::TooFewAddresses { hosts: options.hosts, first })?;
    let listeners = bind_all(addresses).await?;
    let places = places(&listeners)?;
    for (listener, host) in listeners.into_iter().zip(hosts) {
        let config = if host.ill.wrong_key { wrong } else { right };
        tokio::spawn(guard(Arc::clone(gate), listener, Arc::clone(config), Arc::clone(host)));
    }
    Ok(places)
}

async fn guard(gate: Arc<Gate>, listener: TcpListener, config: Arc<Config>, host: Arc<Host>) {
    let name = host.name().to_owned();
    if let Err(problem) = gate.keep(listener, config, host).await {
        tracing::error!(host = %name, %problem, "a simulated host cannot listen on its address again, and stays away");
    }
}
