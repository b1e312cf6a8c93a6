//! Hosts, addresses and ports, matched to each other as libpq matches them.

use std::net::IpAddr;
use std::path::PathBuf;

use super::{Address, Host};
use crate::error::{Error, ErrorKind, Result};

/// PostgreSQL's port.
pub(super) const DEFAULT_PORT: u16 = 5432;

/// The servers that `host`, `hostaddr` and `port` name, each a list with commas or empty. `default` is the socket
/// folder that an empty host means.
///
/// # Errors
/// The lists do not match in length, a port is no port, an address is none.
pub(super) fn match_up(host: &str, hostaddr: &str, port: &str, default: &Address) -> Result<Vec<Host>> {
    let hosts: Vec<&str> = host.split(',').collect();
    let addresses: Vec<&str> = hostaddr.split(',').collect();
    let ports: Vec<&str> = port.split(',').collect();
    if !host.is_empty() && !hostaddr.is_empty() && hosts.len() != addresses.len() {
        return Err(fault(format!("{} host names do not match {} hostaddr values", hosts.len(), addresses.len())));
    }
    let count = if hostaddr.is_empty() { hosts.len() } else { addresses.len() };
    if ports.len() != 1 && ports.len() != count {
        return Err(fault(format!("{} port numbers do not match {count} hosts", ports.len()))
            .hint("give one port for all hosts, or one for each"));
    }
    (0..count)
        .map(|at| {
            let name = hosts.get(at).copied().unwrap_or_default();
            let ip = addresses.get(at).copied().unwrap_or_default();
            let port = ports.get(at).or(ports.first()).copied().unwrap_or_default();
            Ok(Host { address: address(name, ip, default)?, port: number(port)?, password: None })
        })
        .collect()
}

fn address(name: &str, ip: &str, default: &Address) -> Result<Address> {
    if !ip.is_empty() {
        let parsed: IpAddr = ip.parse().map_err(|_| fault(format!("hostaddr {ip:?} is no network address")))?;
        let name = if name.is_empty() { ip } else { name };
        return Ok(Address::Tcp { name: name.into(), ip: Some(parsed) });
    }
    match name.chars().next() {
        None => Ok(default.clone()),
        Some('/') => Ok(Address::Socket(PathBuf::from(name))),
        Some('@') => Err(fault("sockets in the abstract namespace are not supported").hint("name the socket's folder")),
        Some(_) => Ok(Address::Tcp { name: name.into(), ip: None }),
    }
}

fn number(port: &str) -> Result<u16> {
    let port = port.trim();
    if port.is_empty() {
        return Ok(DEFAULT_PORT);
    }
    port.parse::<u16>().ok().filter(|port| *port > 0).ok_or_else(|| {
        // Digits only are shown: with a misplaced @ or / in a URL, this may be the half of a password.
        let shown = if port.bytes().all(|byte| byte.is_ascii_digit()) { port } else { "given" };
        fault(format!("the port {shown} is not a number from 1 to 65535"))
            .hint("in a URL a password's @ must be %40, its / must be %2F and its : must be %3A")
    })
}

fn fault(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Config, message)
}
