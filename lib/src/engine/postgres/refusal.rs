//! Why a connection could not be made, each reason with its kind and the next command to type.

use std::io;
use std::net::SocketAddr;
use std::path::Path;

use super::error::{io_cause, words};
use crate::conn::{Address, Host, PostgresTarget};
use crate::error::{Error, ErrorKind};

/// A TCP connection that was not made.
pub(super) fn tcp(error: io::Error, host: &Host, address: SocketAddr) -> Error {
    let (name, address) = (host.to_string(), address.to_string());
    let place = if name == address { name } else { format!("{address} ({name})") };
    let message = match error.kind() {
        io::ErrorKind::ConnectionRefused => format!("nobody listens at {place}"),
        io::ErrorKind::TimedOut => format!("{place} does not answer"),
        _ => format!("cannot reach {place}"),
    };
    Error::new(ErrorKind::Unreachable, message)
        .source(error)
        .hint("check that the server runs and listens there, and where the address came from: mainstay conn show")
}

/// A unix socket that was not opened.
pub(super) fn socket(error: io::Error, path: &Path) -> Error {
    let shown = path.display();
    // The queue of those who connect is as long as max_connections allows: whoever does not fit in is turned away unheard.
    if error.kind() == io::ErrorKind::WouldBlock {
        let message = format!("more programs are connecting to {shown} at once than the server lets wait");
        return Error::new(ErrorKind::TooManyConnections, message).source(error).hint(OPEN_FEWER).hint(RAISE);
    }
    let message = match error.kind() {
        io::ErrorKind::NotFound => format!("no server socket at {shown}"),
        io::ErrorKind::ConnectionRefused => format!("nobody listens at the socket {shown}; its server is gone"),
        io::ErrorKind::PermissionDenied => format!("this user may not open the socket {shown}"),
        _ => format!("cannot open the socket {shown}"),
    };
    let error = Error::new(ErrorKind::Unreachable, message).source(error);
    match existing_sockets(path) {
        sockets if sockets.is_empty() => {
            error.hint("start the server, or see where the address came from: mainstay conn show")
        }
        sockets => error.hint(format!(
            "there are sockets at {}: give the folder with -h and the number with -p",
            sockets.join(", ")
        )),
    }
}

/// Where distributions put sockets.
const USUAL_FOLDERS: [&str; 3] = ["/run/postgresql", "/var/run/postgresql", "/tmp"];

/// The other server sockets in the folder of `path` and in the usual folders, each real folder once.
fn existing_sockets(path: &Path) -> Vec<String> {
    let mut seen = Vec::new();
    let mut found = Vec::new();
    for folder in path.parent().into_iter().chain(USUAL_FOLDERS.iter().map(Path::new)) {
        let Ok(real) = folder.canonicalize() else { continue };
        if seen.contains(&real) {
            continue;
        }
        let entries = std::fs::read_dir(&real).into_iter().flatten().flatten();
        let sockets = entries.map(|entry| entry.path()).filter(|entry| is_socket_name(entry) && entry != path);
        found.extend(sockets.map(|socket| socket.display().to_string()));
        seen.push(real);
    }
    found.sort();
    found
}

fn is_socket_name(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    name.strip_prefix(".s.PGSQL.").is_some_and(|port| port.parse::<u16>().is_ok())
}

/// The server hung up before it had said yes or no.
pub(super) fn closed(host: &Host) -> Error {
    Error::new(ErrorKind::Unreachable, format!("{host} closed the connection while it was being made"))
        .hint("see the server's log; a proxy in between may have no server behind it")
}

/// No answer within `connect_timeout`.
pub(super) fn timeout(host: &Host, after: std::time::Duration) -> Error {
    Error::new(ErrorKind::Unreachable, format!("{host} did not answer within {} s", after.as_secs_f32()))
        .hint("check the address, or allow more time with connect_timeout: mainstay conn show")
}

/// What the driver reports from the start of a session on `host`.
pub(super) fn startup(error: tokio_postgres::Error, target: &PostgresTarget, host: &Host, has_password: bool) -> Error {
    if let Some(db) = error.as_db_error() {
        return refused(words(db), target, host);
    }
    if error.is_closed() || io_cause(&error).is_some() {
        return closed(host).source(error);
    }
    if !has_password {
        return Error::new(
            ErrorKind::Authentication,
            format!("{host} wants a password for role {}, and none is set", target.user),
        )
        .hint("set PGPASSWORD, or put a line for this server into ~/.pgpass")
        .hint("see where each setting came from: mainstay conn show");
    }
    Error::new(ErrorKind::Authentication, format!("cannot agree with {host} on how to authenticate")).source(error)
}

const OPEN_FEWER: &str = "open fewer: give the service's pool a limit, and see who has the others: mainstay status";
const RAISE: &str = "or raise the limit and restart the server: psql -c 'ALTER SYSTEM SET max_connections = 200'";

/// What the server says when it refuses a session, by SQLSTATE and source routine.
///
/// Source of the pairs: `auth.c` (`auth_failed`, `ClientAuthentication`), `miscinit.c`
/// (`InitializeSessionUserId`), `postinit.c` (`InitPostgres`, `CheckMyDatabase`), `proc.c` (`InitProcess`), `postmaster.c`.
fn refused(sql: crate::error::SqlError, target: &PostgresTarget, host: &Host) -> Error {
    let (user, dbname) = (&target.user, &target.dbname);
    let routine = sql.routine.clone().unwrap_or_default();
    let code = sql.sqlstate.clone();
    let is_socket = matches!(host.address, Address::Socket(_)) && target.via.is_none();
    let say = |kind, message: String| Error::from_sql(sql).of_kind(kind).context(message);
    match (code.as_str(), routine.as_str()) {
        ("28P01", _) => say(ErrorKind::Authentication, format!("{host} refuses the password of role {user}"))
            .hint("see where the password came from: mainstay conn show")
            .hint(format!("if role {user} does not exist yet: mainstay bootstrap")),
        ("28000", "InitializeSessionUserId") => {
            say(ErrorKind::RoleMissing, format!("role {user} does not exist on {host}, or may not log in"))
                .hint("create it: mainstay bootstrap")
        }
        ("28000", "auth_failed") if is_socket => {
            say(ErrorKind::PeerAuthentication, format!("{host} lets only the OS user {user} be role {user}"))
                .hint(format!("run as that OS user: sudo -u {user} mainstay …"))
                .hint("or connect over TCP with a password: mainstay -h localhost …")
        }
        ("28000", "ClientAuthentication") => {
            say(ErrorKind::Authentication, format!("pg_hba.conf of {host} has no line that lets {user} into {dbname}"))
                .hint("add a line to pg_hba.conf and reload the server: psql -c 'SELECT pg_reload_conf()'")
        }
        ("28000", _) => say(ErrorKind::Authentication, format!("{host} does not accept us as role {user}"))
            .hint("see what is being connected as: mainstay conn show"),
        ("42501", _) => say(ErrorKind::Authentication, format!("role {user} may not connect to database {dbname}"))
            .hint(format!("grant it: psql -c 'GRANT CONNECT ON DATABASE {dbname} TO {user}'")),
        ("3D000", _) => say(ErrorKind::DatabaseMissing, format!("database {dbname} does not exist on {host}"))
            .hint("create it: mainstay bootstrap"),
        ("57P03" | "57P01" | "57P02", _) => {
            say(ErrorKind::Starting, format!("{host} is starting up, shutting down or recovering"))
                .hint("wait for it: mainstay prepare --wait 60s")
        }
        ("53300", "InitializeSessionUserId") => {
            say(ErrorKind::TooManyConnections, format!("role {user} has as many connections to {host} as it may have"))
                .hint(OPEN_FEWER)
                .hint(format!("or raise its limit: psql -c 'ALTER ROLE {user} CONNECTION LIMIT 50'"))
        }
        ("53300", "CheckMyDatabase") => say(
            ErrorKind::TooManyConnections,
            format!("database {dbname} on {host} has as many connections as it may have"),
        )
        .hint(OPEN_FEWER)
        .hint(format!("or raise its limit: psql -c 'ALTER DATABASE {dbname} CONNECTION LIMIT 50'")),
        ("53300", "InitPostgres") => say(
            ErrorKind::TooManyConnections,
            format!("{host} has no connection left for role {user}: the last ones are reserved for superusers"),
        )
        .hint(OPEN_FEWER)
        .hint(RAISE),
        ("53300", _) => {
            say(ErrorKind::TooManyConnections, format!("{host} has no connection left, not even for superusers"))
                .hint(OPEN_FEWER)
                .hint(RAISE)
        }
        _ => say(ErrorKind::Unreachable, format!("{host} refuses a session for {user} on {dbname}"))
            .hint("see what is being connected to: mainstay conn show"),
    }
}
