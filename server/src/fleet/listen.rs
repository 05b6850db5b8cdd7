//! Where a fleet listens: addresses of this machine's loopback, one or many.
//!
//! Never found here: an address that anybody but this machine can reach. A simulated fleet takes any key unless told
//! otherwise, and with `--exec` it runs what it is given.

use super::ledger::LedgerError;
use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::path::Path;
use std::str::FromStr;
use tokio::net::{TcpListener, TcpSocket};

/// Connections that may wait to be accepted.
const BACKLOG: u32 = 4_096;

/// `127.0.0.1:2300`, or `127.0.0.1:2300+16` for that port on sixteen addresses from 127.0.0.1 to 127.0.0.16.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listen {
    /// The first address. Port 0 means any free one.
    pub first: SocketAddrV4,
    /// How many addresses.
    pub addresses: u16,
}

/// A text that was to be an address to listen on and is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidListen {
    /// Its form.
    #[error("{0:?} is no address to listen on: write 127.0.0.1:2300, or 127.0.0.1:2300+16 for 16 addresses in a row")]
    Form(String),
    /// Its reach.
    #[error("a simulated fleet listens on loopback addresses only, from 127.0.0.1 to 127.255.255.254, not on {0:?}")]
    Reach(String),
}

impl FromStr for Listen {
    type Err = InvalidListen;

    fn from_str(text: &str) -> Result<Listen, InvalidListen> {
        let form = || InvalidListen::Form(text.to_owned());
        let (address, count) = text.split_once('+').unwrap_or((text, "1"));
        let first: SocketAddrV4 = address.parse().map_err(|_| form())?;
        let addresses = count.parse().ok().filter(|count| *count > 0).ok_or_else(form)?;
        let listen = Listen { first, addresses };
        if !first.ip().is_loopback()
            || !listen.nth(u32::from(addresses) - 1).is_some_and(|last| last.ip().is_loopback())
        {
            return Err(InvalidListen::Reach(text.to_owned()));
        }
        Ok(listen)
    }
}

impl fmt::Display for Listen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.addresses {
            1 => write!(f, "{}", self.first),
            many => write!(f, "{}+{many}", self.first),
        }
    }
}

impl Listen {
    /// The address so many after the first, as long as it is one.
    pub fn nth(&self, places: u32) -> Option<SocketAddrV4> {
        nth_after(self.first, places)
    }

    /// All its addresses.
    pub fn all(&self) -> impl Iterator<Item = SocketAddrV4> {
        let first = self.first;
        (0..u32::from(self.addresses)).filter_map(move |places| nth_after(first, places))
    }
}

/// The address so many after this one, same port.
pub fn nth_after(first: SocketAddrV4, places: u32) -> Option<SocketAddrV4> {
    let ip = u32::from(*first.ip()).checked_add(places)?;
    Some(SocketAddrV4::new(Ipv4Addr::from(ip), first.port()))
}

/// Listens on all these addresses. Where one asks for any free port, those behind it get the same one.
///
/// # Errors
/// When an address is taken.
pub async fn bind_all(addresses: impl IntoIterator<Item = SocketAddrV4>) -> Result<Vec<TcpListener>, LedgerError> {
    let mut listeners: Vec<TcpListener> = Vec::new();
    let mut free_port = 0;
    for mut address in addresses {
        if address.port() == 0 {
            address.set_port(free_port);
        }
        let fail = |cause: io::Error| {
            let reason = format!("{cause}; is another fleet running there?");
            LedgerError { verb: "listen on", path: Path::new(&address.to_string()).to_owned(), reason }
        };
        let listener = bind(address.into()).await.map_err(fail)?;
        if address.port() == 0 {
            free_port = listener.local_addr().map_err(fail)?.port();
        }
        listeners.push(listener);
    }
    Ok(listeners)
}

/// Listens on one address.
///
/// # Errors
/// When it is taken.
pub async fn bind(address: std::net::SocketAddr) -> io::Result<TcpListener> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_read_back_as_written_and_spread_over_loopback() {
        for text in ["127.0.0.1:2300", "127.0.0.1:0+16", "127.1.2.3:2300+300"] {
            assert_eq!(text.parse::<Listen>().unwrap().to_string(), text);
        }
        let all: Vec<String> = "127.0.0.254:9+3".parse::<Listen>().unwrap().all().map(|a| a.to_string()).collect();
        assert_eq!(all, ["127.0.0.254:9", "127.0.0.255:9", "127.0.1.0:9"]);
    }

    #[test]
    fn nothing_but_loopback_is_listened_on() {
        for bad in ["0.0.0.0:2300", "10.0.0.1:2300", "127.255.255.254:2300+3"] {
            assert!(matches!(bad.parse::<Listen>(), Err(InvalidListen::Reach(_))), "{bad} was taken");
        }
        for bad in ["", "2300", "localhost:2300", "127.0.0.1:2300+0", "127.0.0.1:2300+x", "[::1]:2300"] {
            assert!(matches!(bad.parse::<Listen>(), Err(InvalidListen::Form(_))), "{bad} was taken");
        }
    }

    #[tokio::test]
    async fn a_free_port_is_the_same_on_all_addresses_and_a_taken_one_is_named() {
        let listen: Listen = "127.0.42.1:0+3".parse().unwrap();
        let listeners = bind_all(listen.all()).await.unwrap();
        let ports: Vec<u16> = listeners.iter().map(|listener| listener.local_addr().unwrap().port()).collect();
        assert!(ports[0] > 0 && ports == [ports[0]; 3], "{ports:?}");
        let taken = SocketAddrV4::new(Ipv4Addr::new(127, 0, 42, 1), ports[0]);
        let problem = bind_all([taken]).await.unwrap_err().to_string();
        assert!(problem.starts_with(&format!("cannot listen on {taken}: ")), "{problem}");
    }
}
