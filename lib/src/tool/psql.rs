//! psql in our place.

use std::os::unix::process::CommandExt;
use std::process::Command;

use crate::conn::PostgresTarget;
use crate::error::{Error, ErrorKind, Result};

use super::find::find_binaries;
use super::libpq;
use super::process::LIBPQ_VARIABLES;

/// Replaces this process by PostgreSQL's own psql, the newest one that `search_path` (the value of PATH) and the usual folders
/// have, connected to `target`. The connection is in its environment: nothing of it is in the list of processes. Never comes
/// back where that works.
///
/// # Errors
/// There is no psql here (with the line that installs it), it cannot be started, or `target` is reached by `via`, which psql
/// knows no way to.
pub fn become_psql(target: &PostgresTarget, search_path: &str, args: &[String]) -> Result<std::convert::Infallible> {
    if target.via.is_some() {
        return Err(Error::new(ErrorKind::Usage, "psql cannot reach a server through `via`")
            .hint("the console can: mainstay sql -c 'SELECT …'"));
    }
    let found = find_binaries(search_path, &["psql"])?;
    let Some(newest) = found.first() else {
        return Err(Error::new(ErrorKind::Program, "psql is not on this machine"));
    };
    let program = newest.program("psql");
    let mut command = Command::new(&program);
    for name in LIBPQ_VARIABLES {
        command.env_remove(name);
    }
    // Only as many hosts as share the first one's password, for the environment holds one.
    let password = target.hosts.first().and_then(|host| libpq::password(target, host));
    let same = target.hosts.iter().take_while(|host| libpq::password(target, host) == password).count();
    command.envs(libpq::environment(target, &target.hosts[..same])).args(args);
    Err(Error::io("start", &program, command.exec()))
}
