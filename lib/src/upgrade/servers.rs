//! Sessions on the live server, and servers on private sockets that nobody else finds.

use std::path::{Path, PathBuf};

use super::{Order, Site};
use crate::cluster::Cluster;
use crate::conn::{Address, Host, PostgresTarget, SslMode};
use crate::engine::postgres::{PostgresSession, connect, connect_as_socket_owner};
use crate::engine::{Session, first_cell};
use crate::error::{Error, ErrorKind, Result};
use crate::scratch::ScratchFolder;
use crate::tool::{Keeper, give_like, way_is_open};

/// The number in the name of the old server's private socket.
pub(super) const OLD_PORT: u16 = 50_432;

/// The same of the new one: both may be up at once.
pub(super) const NEW_PORT: u16 = 50_433;

/// The names of the databases that can be connected to, for a session on any of them.
const DATABASES: &str =
    "SELECT datname FROM pg_catalog.pg_database WHERE datallowconn AND datconnlimit <> -2 ORDER BY datname";

/// Names come out with their schemas, every row is seen, nothing that was set for a role ends what takes long, and no standby is
/// waited for: there may be none until the upgrade is through.
const OURS: &str = "SET search_path = ''; SET row_security = off; SET statement_timeout = 0; SET lock_timeout = 0; \
     SET idle_in_transaction_session_timeout = 0; SET default_transaction_read_only = off; \
     SET synchronous_commit = local";

/// Where the live server of `order` is, as its bootstrap superuser, connected to the database `postgres` or `template1`.
///
/// # Errors
/// It does not run, nobody gets in, or who does is no superuser.
pub(super) async fn live(order: &Order<'_>) -> Result<(PostgresTarget, PostgresSession)> {
    let cluster = order.cluster;
    let mut users: Vec<&str> = order.user.into_iter().collect();
    if users.is_empty() {
        users.push("postgres");
        users.extend(cluster.owner.as_deref().filter(|owner| *owner != "postgres"));
    }
    let mut failure = None;
    for user in users {
        for database in ["postgres", "template1"] {
            let target = target(cluster, user, database, order)?;
            match open(&target, order).await {
                Ok(mut session) => return as_install_user(target, &mut session, order).await,
                Err(error) if error.kind() == ErrorKind::DatabaseMissing => failure = Some(error),
                Err(error) => {
                    failure = failure.or(Some(error));
                    break;
                }
            }
        }
    }
    let failure = failure.unwrap_or_else(|| Error::new(ErrorKind::Unreachable, "nobody was tried"));
    Err(failure
        .context(format!("the server of {} cannot be looked into", cluster.name))
        .hint("a superuser is needed: name it with -U, its password as ever (PGPASSWORD, .pgpass, -W)"))
}

/// pg_upgrade wants the role that made the cluster, whatever its name is now.
async fn as_install_user(
    target: PostgresTarget,
    session: &mut PostgresSession,
    order: &Order<'_>,
) -> Result<(PostgresTarget, PostgresSession)> {
    if !session.server().superuser {
        let message = format!("`{}` is no superuser, and an upgrade is done by one", target.user);
        return Err(Error::new(ErrorKind::Refused, message).hint("name one: -U postgres"));
    }
    let rows = session.query("SELECT rolname FROM pg_catalog.pg_roles WHERE oid = 10").await?;
    let made_by = first_cell(&rows).unwrap_or("postgres").to_owned();
    let target = PostgresTarget { user: made_by.clone(), ..target };
    // One that cannot log in is a blocker, and is found by whom we are.
    match open(&target, order).await {
        Ok(session) => Ok((target, session)),
        Err(_) => {
            let target = PostgresTarget { user: session.server().user.clone(), ..target };
            let session = open(&target, order).await?;
            Ok((target, session))
        }
    }
}

fn target(cluster: &Cluster, user: &str, database: &str, order: &Order<'_>) -> Result<PostgresTarget> {
    let Some(server) = cluster.running() else {
        return Err(Error::new(ErrorKind::Unreachable, format!("no server runs on {}", cluster.name)));
    };
    let port = server.port.unwrap_or(5432);
    let address = match (&server.socket, &server.listens) {
        (Some(folder), _) => Address::Socket(folder.clone()),
        (None, Some(listens)) => {
            let name = if listens == "*" { "127.0.0.1" } else { listens };
            Address::Tcp { name: name.to_owned(), ip: None }
        }
        (None, None) => {
            let message = format!("the server of {} has neither a socket nor a port", cluster.name);
            return Err(Error::new(ErrorKind::Unreachable, message));
        }
    };
    let host = Host { address, port, password: None };
    let sslmode = SslMode::Prefer;
    Ok(PostgresTarget { sslmode, password: order.password.cloned(), ..PostgresTarget::new(host, user, database) })
}

/// A session, as the owner of the socket where there is one: `peer` then lets in whom it lets in.
pub(super) async fn open(target: &PostgresTarget, order: &Order<'_>) -> Result<PostgresSession> {
    let socket = matches!(target.hosts.first().map(|host| &host.address), Some(Address::Socket(_)));
    let mut session = match socket && rustix::process::geteuid().is_root() {
        true => connect_as_socket_owner(target, order.context).await?,
        false => connect(target, order.context).await?,
    };
    session.query(OURS).await?;
    // These came with later versions.
    for (since, setting) in [(140_000, "idle_session_timeout"), (170_000, "transaction_timeout")] {
        if session.server().version_number >= since {
            session.query(&format!("SET {setting} = 0")).await?;
        }
    }
    Ok(session)
}

/// The names of the databases that can be connected to.
///
/// # Errors
/// The connection broke.
pub async fn databases_of(session: &mut dyn Session) -> Result<Vec<String>> {
    Ok(session.query(DATABASES).await?.into_iter().filter_map(|row| row.into_iter().next().flatten()).collect())
}

/// A server on a private socket, down when it was told so; a run that was killed leaves it to the next one.
pub(super) struct Private<'a> {
    pub(super) keeper: Keeper<'a>,
    pub(super) socket: &'a Path,
    pub(super) port: u16,
    pub(super) user: &'a str,
}

impl Private<'_> {
    /// Where its database `name` is.
    pub(super) fn target(&self, name: &str) -> PostgresTarget {
        let host = Host { address: Address::Socket(self.socket.to_owned()), port: self.port, password: None };
        PostgresTarget { sslmode: SslMode::Disable, ..PostgresTarget::new(host, self.user, name) }
    }

    /// Starts it.
    pub(super) async fn start(&self, options: &[String], log: &Path) -> Result<()> {
        let own = [
            format!("port={}", self.port),
            "listen_addresses=".to_owned(),
            format!("unix_socket_directories={}", self.socket.display()),
            "unix_socket_permissions=0700".to_owned(),
        ];
        let own = own.into_iter().flat_map(|one| ["-c".to_owned(), one]);
        let all: Vec<String> = options.iter().cloned().chain(own).collect();
        self.keeper.start(&all, log).await
    }
}

/// A folder for a private socket: short, and for the owner of the cluster alone.
pub(super) fn socket_folder(order: &Order<'_>, site: &Site) -> Result<ScratchFolder> {
    way_is_open(order.temporary, &site.data)?;
    let folder = ScratchFolder::create(order.temporary)?;
    give_like(folder.path(), &site.data)?;
    Ok(folder)
}

/// What a server is told that only we are to reach: nobody but `user` may log in, nothing is archived, and what works in the
/// background is still. `configuration` is where it is not in the data folder.
pub(super) fn private_options(data: &Path, hba: &Path, configuration: Option<&Path>, major: u32) -> Vec<String> {
    let mut settings = vec![
        format!("data_directory={}", data.display()),
        format!("hba_file={}", hba.display()),
        "external_pid_file=".to_owned(),
        "logging_collector=off".to_owned(),
        "log_destination=stderr".to_owned(),
        "archive_mode=off".to_owned(),
        "ssl=off".to_owned(),
        "autovacuum=off".to_owned(),
        // What extensions do by themselves waits until the server is the cluster's own.
        "max_worker_processes=0".to_owned(),
        "synchronous_standby_names=".to_owned(),
        // Its own may hold all of those.
        "huge_pages=try".to_owned(),
        "max_logical_replication_workers=0".to_owned(),
    ];
    if major >= 17 {
        settings.push("event_triggers=off".to_owned());
    }
    if let Some(file) = configuration {
        settings.insert(0, format!("config_file={}", file.display()));
    }
    settings.into_iter().flat_map(|one| ["-c".to_owned(), one]).collect()
}

/// The text of the private hba file.
pub(super) fn only(user: &str) -> String {
    format!("local all {} trust\n", crate::sql::ident(user))
}

/// The configuration of `cluster`, where it is not the one of the data folder.
pub(super) fn outside(cluster: &Cluster) -> Option<PathBuf> {
    (cluster.configuration != cluster.data.join("postgresql.conf")).then(|| cluster.configuration.clone())
}
