//! psql in our place, or below us where it needs a way that only we know.

use std::os::unix::process::CommandExt;
use std::process::{Command, ExitStatus};

use crate::conn::{Host, PostgresTarget};
use crate::error::{Error, ErrorKind, Result};

use super::bridge::Bridge;
use super::find::find_binaries;
use super::libpq;
use super::process::LIBPQ_VARIABLES;

/// Runs PostgreSQL's own psql, the newest one that `search_path` (the value of PATH) and the usual folders have, connected to
/// `target`. The connection is in its environment: nothing of it is in the list of processes.
///
/// It replaces this process, so that the terminal is all psql's, and this function never comes back where that works. A target
/// that is reached by `via` needs a private socket, which lives in this process: psql then runs as a child with our terminal,
/// and how it ended is returned. The caller leaves signals to it.
///
/// # Errors
/// There is no psql here (with the line that installs it), it cannot be started, or the settings insist on TLS through `via`.
pub async fn psql(target: &PostgresTarget, search_path: &str, args: &[String]) -> Result<ExitStatus> {
    let found = find_binaries(search_path, &["psql"])?;
    let Some(newest) = found.first() else {
        return Err(Error::new(ErrorKind::Program, "psql is not on this machine"));
    };
    let program = newest.program("psql");
    let mut command = Command::new(&program);
    for name in LIBPQ_VARIABLES {
        command.env_remove(name);
    }
    command.args(args);
    let Some(bridge) = Bridge::where_needed(target, "psql")? else {
        command.envs(libpq::environment(target, of_one_password(target)));
        return Err(Error::io("start", &program, command.exec()));
    };
    let through = libpq::through(target, bridge.folder(), Bridge::PORT);
    command.envs(libpq::environment(&through, &through.hosts));
    let mut child = tokio::process::Command::from(command);
    let ended = child.kill_on_drop(true).status().await.map_err(|error| Error::io("start", &program, error))?;
    match bridge.trouble() {
        Some(trouble) if !ended.success() => {
            Err(Error::new(ErrorKind::Program, format!("psql could not connect: {trouble}")))
        }
        _ => Ok(ended),
    }
}

/// As many hosts as share the first one's password, for the environment holds one.
fn of_one_password(target: &PostgresTarget) -> &[Host] {
    let password = target.hosts.first().and_then(|host| libpq::password(target, host));
    let same = target.hosts.iter().take_while(|host| libpq::password(target, host) == password).count();
    &target.hosts[..same]
}
