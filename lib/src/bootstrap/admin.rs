//! Who creates: sessions, as a role with the rights to, on the server that the target is on.

use crate::conn::{Address, Host, PostgresTarget, SessionAttrs, Target};
use crate::engine::{self, Context, Session, first_cell};
use crate::error::{Error, ErrorKind, Result};

/// The superuser that every packaged server has.
const SUPERUSER: &str = "postgres";

/// Databases to be connected to while the target's own does not exist.
const MAINTENANCE: [&str; 2] = ["postgres", "template1"];

/// How to open sessions, with rights to create, to any database of the target's server.
#[derive(Clone)]
pub struct Admin {
    target: PostgresTarget,
    maintenance: String,
    way: Way,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// As the target says.
    Direct,
    /// Through the local socket as the OS user that it belongs to.
    SocketOwner,
}

impl Admin {
    /// The connection that creates: the `configured` one where there is one, else the target's own user if it may
    /// create roles and databases, else `postgres` through the target's own socket, else the target's user after all.
    ///
    /// # Errors
    /// None of them can connect: the error is of the last attempt's kind, says what was tried and what to type.
    pub async fn find(configured: Option<&PostgresTarget>, target: &PostgresTarget, context: &Context) -> Result<Self> {
        if let Some(configured) = configured {
            let found = Self::reach(configured.clone(), Some(&configured.dbname), Way::Direct, context).await;
            return found.map(|(admin, _)| admin);
        }
        let own = Self::reach(target.clone(), None, Way::Direct, context).await;
        match own {
            Ok((admin, true)) => return Ok(admin),
            // A server that is not there is not there for `postgres` either.
            Err(error) if !is_about_identity(&error) => return Err(error),
            _ => {}
        }
        match (own, Self::local_superuser(target, context).await) {
            (_, Some(Ok((admin, _)))) | (Ok((admin, _)), _) => Ok(admin),
            (Err(own), Some(Err(local))) => Err(unreachable(target, &own, Some(local))),
            (Err(own), None) => Err(unreachable(target, &own, None)),
        }
    }

    /// A session on `database` of the same server.
    ///
    /// # Errors
    /// As [`engine::connect`].
    pub async fn session(&self, database: &str, context: &Context) -> Result<Box<dyn Session>> {
        open(&self.target, database, self.way, context).await
    }

    /// A session on the database used while the target's own may not exist.
    ///
    /// # Errors
    /// As [`engine::connect`].
    pub async fn maintenance(&self, context: &Context) -> Result<Box<dyn Session>> {
        self.session(&self.maintenance, context).await
    }

    async fn local_superuser(target: &PostgresTarget, context: &Context) -> Option<Result<(Self, bool)>> {
        let target = local_superuser(target)?;
        match Self::reach(target.clone(), None, Way::SocketOwner, context).await {
            Ok(found) => Some(Ok(found)),
            Err(_) => Some(Self::reach(target, None, Way::Direct, context).await),
        }
    }

    /// Connects once to find the maintenance database, and says whether roles and databases may be created.
    async fn reach(target: PostgresTarget, first: Option<&str>, way: Way, context: &Context) -> Result<(Self, bool)> {
        let mut target = target;
        if target.session_attrs == SessionAttrs::Any && target.hosts.len() > 1 {
            target.session_attrs = SessionAttrs::ReadWrite;
        }
        let mut refusal = None;
        for database in first.into_iter().chain(MAINTENANCE) {
            match open(&target, database, way, context).await {
                Ok(mut session) => {
                    let able = session.query(ABLE).await?;
                    session.close().await;
                    return Ok((Self { target, maintenance: database.into(), way }, first_cell(&able) == Some("t")));
                }
                // Some administrators drop the database `postgres`, or close it to others.
                Err(error) if is_about_database(&error) => drop(refusal.get_or_insert(error)),
                Err(error) => return Err(error),
            }
        }
        Err(refusal.unwrap_or_else(|| Error::new(ErrorKind::DatabaseMissing, "no database to connect to")))
    }
}

/// A session for looking where `target` gets none any more: the `configured` one, else `postgres` through the target's own
/// socket. Superusers have some in reserve.
///
/// # Errors
/// There is no such way in, or it is closed as well.
pub async fn look_in(
    configured: Option<&PostgresTarget>,
    target: &PostgresTarget,
    context: &Context,
) -> Result<Box<dyn Session>> {
    if let Some(configured) = configured {
        return open(configured, &configured.dbname, Way::Direct, context).await;
    }
    let no_way = || Error::new(ErrorKind::Authentication, "there is no socket of the server's to come in by");
    let superuser = local_superuser(target).ok_or_else(no_way)?;
    match open(&superuser, MAINTENANCE[0], Way::SocketOwner, context).await {
        Err(_) => open(&superuser, MAINTENANCE[0], Way::Direct, context).await,
        session => session,
    }
}

/// `postgres` on the socket of the target; a server on TCP may be any server, so there is none for it.
fn local_superuser(target: &PostgresTarget) -> Option<PostgresTarget> {
    let is_socket = |host: &&Host| matches!(host.address, Address::Socket(_));
    let sockets: Vec<Host> = target.hosts.iter().filter(is_socket).cloned().collect();
    if sockets.is_empty() || target.via.is_some() || target.user == SUPERUSER {
        return None;
    }
    let hosts = sockets.into_iter().map(|host| Host { password: None, ..host }).collect();
    Some(PostgresTarget { hosts, user: SUPERUSER.into(), password: None, ..target.clone() })
}

const ABLE: &str = "SELECT CASE WHEN rolsuper OR (rolcreaterole AND rolcreatedb) THEN 't' ELSE 'f' END \
                    FROM pg_catalog.pg_roles WHERE rolname = current_user";

/// 42501 while connecting: no CONNECT privilege on this database.
fn is_about_database(error: &Error) -> bool {
    error.kind() == ErrorKind::DatabaseMissing || error.sqlstate() == Some("42501")
}

fn is_about_identity(error: &Error) -> bool {
    use ErrorKind::{Authentication, PeerAuthentication, RoleMissing};
    is_about_database(error) || matches!(error.kind(), Authentication | PeerAuthentication | RoleMissing)
}

async fn open(target: &PostgresTarget, database: &str, way: Way, context: &Context) -> Result<Box<dyn Session>> {
    let target = PostgresTarget { dbname: database.to_owned(), ..target.clone() };
    match way {
        Way::Direct => engine::connect(&Target::Postgres(target), context).await,
        #[cfg(feature = "postgres")]
        Way::SocketOwner => {
            let session = engine::postgres::connect_as_socket_owner(&target, context).await?;
            Ok(Box::new(session))
        }
        #[cfg(not(feature = "postgres"))]
        Way::SocketOwner => engine::connect(&Target::Postgres(target), context).await,
    }
}

fn unreachable(target: &PostgresTarget, own: &Error, local: Option<Error>) -> Error {
    let place = target.hosts.iter().map(Host::to_string).collect::<Vec<_>>().join(",");
    let tried = format!("as {}: {own}", target.user);
    match local {
        Some(local) => {
            let kind = local.kind();
            let tried = format!("{tried}; as {SUPERUSER}: {local}");
            Error::new(kind, format!("no role that may create roles and databases can connect to {place} ({tried})"))
                .source(local)
                .hint("run it as the server's own user: sudo -u postgres mainstay bootstrap")
        }
        None => Error::new(
            own.kind(),
            format!("no role that may create roles and databases can connect to {place} ({tried})"),
        ),
    }
    .hint("name a role that may create: mainstay bootstrap --admin-url postgresql://ROLE@HOST/postgres")
    .hint("or hand the SQL to an administrator: mainstay bootstrap --print | psql")
}
