//! The byte streams that carry the protocol: TCP, unix sockets, `via`.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream, lookup_host};

use super::refusal;
use super::socket_owner;
use super::wire::Wire;
use crate::conn::{Address, Host, PostgresTarget};
use crate::engine::Context;
use crate::error::{Error, ErrorKind, Result};

/// One thing to open: a host name has an endpoint for each of its addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Endpoint {
    /// An address and port.
    Tcp(SocketAddr),
    /// The socket's file.
    Socket(PathBuf),
    /// A command's standard input and output.
    Via(String),
}

/// As whom a unix socket is opened, which is what peer authentication sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Identity {
    /// As this process.
    Process,
    /// As the OS user that owns the socket's file; only root can.
    SocketOwner,
}

/// The endpoints of `host`, looking its name up where it has to be.
pub(super) async fn endpoints(host: &Host, target: &PostgresTarget) -> Result<Vec<Endpoint>> {
    if let Some(via) = &target.via {
        return Ok(vec![Endpoint::Via(via.clone())]);
    }
    match &host.address {
        Address::Socket(folder) => Ok(vec![Endpoint::Socket(folder.join(format!(".s.PGSQL.{}", host.port)))]),
        Address::Tcp { ip: Some(ip), .. } => Ok(vec![Endpoint::Tcp(SocketAddr::new(*ip, host.port))]),
        Address::Tcp { name, ip: None } => match lookup_host((name.as_str(), host.port)).await {
            Ok(found) => Ok(found.map(Endpoint::Tcp).collect()),
            Err(error) => Err(Error::new(ErrorKind::Unreachable, format!("the host name {name} does not resolve"))
                .source(error)
                .hint("see where the name came from: mainstay conn show")),
        },
    }
}

/// Opens `endpoint` of `host`.
pub(super) async fn open(
    endpoint: &Endpoint,
    host: &Host,
    target: &PostgresTarget,
    context: &Context,
    identity: Identity,
) -> Result<Wire> {
    match endpoint {
        Endpoint::Tcp(address) => {
            let stream = TcpStream::connect(address).await.map_err(|error| refusal::tcp(error, host, *address))?;
            tune(&stream, target).map_err(|error| refusal::tcp(error, host, *address))?;
            Ok(Wire::new(stream))
        }
        Endpoint::Socket(path) => Ok(Wire::new(open_socket(path, identity).await?)),
        Endpoint::Via(command) => match &context.dial {
            Some(dial) => dial.dial(command).await.map(Wire::from),
            None => {
                Err(Error::new(ErrorKind::Usage, "`via` needs a program to be started, and the caller allows none")
                    .hint("give the context a dialer, such as mainstay::tool::ViaDial"))
            }
        },
    }
}

async fn open_socket(path: &Path, identity: Identity) -> Result<UnixStream> {
    match identity {
        Identity::Process => UnixStream::connect(path).await.map_err(|error| refusal::socket(error, path)),
        Identity::SocketOwner => socket_owner::connect(path).await,
    }
}

/// What libpq sets on a TCP socket: no delay, keepalives.
fn tune(stream: &TcpStream, target: &PostgresTarget) -> io::Result<()> {
    stream.set_nodelay(true)?;
    rustix::net::sockopt::set_socket_keepalive(stream, target.keepalives)?;
    if let (true, Some(idle)) = (target.keepalives, target.keepalives_idle) {
        rustix::net::sockopt::set_tcp_keepidle(stream, idle)?;
    }
    Ok(())
}

/// The code of an SSLRequest message (PostgreSQL documentation, "Message Formats").
const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 4, 210, 22, 47];

/// Asks the server for TLS. `false`: it has none, and goes on without on the same stream.
pub(super) async fn ask_for_tls(stream: &mut Wire, host: &Host) -> Result<bool> {
    let mut answer = [0];
    let asked = async {
        stream.write_all(&SSL_REQUEST).await?;
        stream.flush().await?;
        // Not a byte more is read here: what follows the answer belongs to the TLS handshake (CVE-2021-23222).
        stream.read_exact(&mut answer).await
    };
    asked.await.map_err(|error| refusal::closed(host).source(error))?;
    match answer[0] {
        b'S' => Ok(true),
        b'N' => Ok(false),
        _ => Err(Error::new(ErrorKind::Unreachable, format!("{host} does not answer as a PostgreSQL server does"))
            .hint("see what is being connected to: mainstay conn show")),
    }
}
