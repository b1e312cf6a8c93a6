//! Sessions beside the restored database: to ask, and to create.

use crate::conn::{PostgresTarget, Target};
use crate::engine::{Context, Session, connect, first_cell};
use crate::error::{Error, ErrorKind, Result};
use crate::ledger;
use crate::sql::ident;

/// Databases to be connected to while the target's own may not exist, or is about to be renamed.
const MAINTENANCE: [&str; 2] = ["postgres", "template1"];

/// How a server is reached: as the role that restores, and as one that may create databases where that one may not.
pub struct Servers<'a> {
    /// The target; its database need not be there.
    pub target: &'a PostgresTarget,
    /// The connection that creates, where one is configured.
    pub admin: Option<&'a PostgresTarget>,
    /// Observer, dialler and session name.
    pub context: &'a Context,
}

/// Who may create databases, and the server's version.
pub(super) struct Makers {
    pub(super) maintenance: PostgresTarget,
    pub(super) version: u32,
    pub(super) version_text: String,
}

/// The version of the server where `servers` may create databases, as it prints it.
///
/// # Errors
/// [`ErrorKind::Refused`]: they may not; nobody answers.
pub async fn maker_version(servers: &Servers<'_>) -> Result<String> {
    makers(servers).await.map(|makers| makers.version_text)
}

/// A session as the role that restores, on any database that lets it in.
pub(super) async fn any(servers: &Servers<'_>) -> Result<Box<dyn Session>> {
    beside(servers.target, &own_first(servers.target), servers).await.map(|(session, _)| session)
}

/// Whether the database `name`, where the session is on it, is marked as a production one.
pub(super) async fn is_marked(session: &mut dyn Session, name: &str) -> bool {
    session.server().database == name && ledger::is_marked(session).await
}

/// The target's own role where it may create databases, else the configured administrator.
///
/// # Errors
/// Neither may.
pub(super) async fn makers(servers: &Servers<'_>) -> Result<Makers> {
    for target in [Some(servers.target), servers.admin].into_iter().flatten() {
        let (session, target) = beside(target, &MAINTENANCE, servers).await?;
        if let Some(makers) = able(session, target).await? {
            return Ok(makers);
        }
    }
    let user = &servers.target.user;
    Err(Error::new(ErrorKind::Refused, format!("role {user} may not create databases"))
        .hint(format!(
            "give it that right, as an administrator: psql -d postgres -c 'ALTER ROLE {} CREATEDB'",
            ident(user)
        ))
        .hint("or name a connection that may: MAINSTAY_ADMIN_URL"))
}

/// A session as a role that may make roles, `powerful` ones too where that is wanted: the target's own, else the administrator's.
///
/// # Errors
/// Neither may.
pub(super) async fn role_maker(servers: &Servers<'_>, powerful: bool) -> Result<Box<dyn Session>> {
    let right = if powerful { "rolsuper" } else { "rolsuper OR rolcreaterole" };
    let sql = format!("SELECT {right} FROM pg_catalog.pg_roles WHERE rolname = current_user");
    for target in [Some(servers.target), servers.admin].into_iter().flatten() {
        let (mut session, _) = beside(target, &own_first(target), servers).await?;
        let answer = session.query(&sql).await?;
        if first_cell(&answer) == Some("t") {
            return Ok(session);
        }
        session.close().await;
    }
    let user = &servers.target.user;
    let what = if powerful { "the backup's roles, of which one is as good as a superuser" } else { "roles" };
    let error = Error::new(ErrorKind::Refused, format!("role {user} may not make {what}"))
        .hint("name a connection that may: MAINSTAY_ADMIN_URL");
    Err(match powerful {
        true => error.hint("or make them by hand: without --roles the same command names them"),
        false => error.hint(format!(
            "or give it that right, as an administrator: psql -d postgres -c 'ALTER ROLE {} CREATEROLE'",
            ident(user)
        )),
    })
}

async fn able(mut session: Box<dyn Session>, target: PostgresTarget) -> Result<Option<Makers>> {
    let sql = "SELECT rolsuper OR rolcreatedb FROM pg_catalog.pg_roles WHERE rolname = current_user";
    let answer = session.query(sql).await;
    let (version, version_text) = (session.server().version_number, session.server().version.clone());
    session.close().await;
    Ok((first_cell(&answer?) == Some("t")).then_some(Makers { maintenance: target, version, version_text }))
}

/// The target's own database, then those that are there for everybody.
fn own_first(target: &PostgresTarget) -> Vec<&str> {
    std::iter::once(target.dbname.as_str()).chain(MAINTENANCE).collect()
}

/// Connects to the first of the databases `names` of the target's server that lets us in.
async fn beside(
    target: &PostgresTarget,
    names: &[&str],
    servers: &Servers<'_>,
) -> Result<(Box<dyn Session>, PostgresTarget)> {
    let mut refusal = None;
    for name in names {
        let other = PostgresTarget { dbname: (*name).to_owned(), ..target.clone() };
        match connect(&Target::Postgres(other.clone()), servers.context).await {
            Ok(session) => return Ok((session, other)),
            // Some administrators drop the database `postgres`, or close it to others.
            Err(error) if error.kind() == ErrorKind::DatabaseMissing || error.sqlstate() == Some("42501") => {
                refusal.get_or_insert(error);
            }
            Err(error) => return Err(error),
        }
    }
    Err(refusal.unwrap_or_else(|| Error::new(ErrorKind::DatabaseMissing, "no database to connect to")))
}

/// Says what can be done where a database cannot be made.
pub(super) fn not_made(error: Error, maintenance: &PostgresTarget) -> Error {
    let hint = match error.sqlstate() {
        // invalid_parameter_value: a locale or encoding that this machine does not have.
        Some("22023" | "42809") => "say another one: --locale C.UTF-8, or --encoding UTF8".to_owned(),
        Some("42501") => format!(
            "give the right, as an administrator: psql -d postgres -c 'ALTER ROLE {} CREATEDB'",
            ident(&maintenance.user)
        ),
        _ => return error.context("cannot create a database to restore into"),
    };
    error.context("cannot create a database to restore into").hint(hint)
}
