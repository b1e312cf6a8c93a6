//! What can be told without the ledger.

use std::path::Path;

use crate::backup;
#[cfg(feature = "postgres")]
use crate::bootstrap::{self, Wish};
use crate::conn::Target;
#[cfg(feature = "postgres")]
use crate::engine::postgres::Usage;
use crate::engine::{Context, Session};
#[cfg(feature = "postgres")]
use crate::error::ErrorKind;
use crate::error::Result;
use crate::observer::Event;
use crate::sql::Flavor;

use super::{DatabaseFacts, Server, Status};

/// Size and number of tables. An extension's tables are its own; a standby and any role may ask.
const POSTGRES_FACTS: &str = "
SELECT CASE WHEN pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CONNECT')
            THEN pg_catalog.pg_database_size(pg_catalog.current_database()) END,
  (SELECT pg_catalog.count(*) FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relkind IN ('r', 'p', 'f') AND n.nspname NOT IN ('information_schema', 'mainstay') AND n.nspname !~ '^pg_'
     AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
       WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e'))";

/// The same; bytes as the file's pages have them.
const SQLITE_FACTS: &str = "
SELECT (SELECT page_count FROM pragma_page_count) * (SELECT page_size FROM pragma_page_size),
  (SELECT count(*) FROM sqlite_schema
   WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name NOT LIKE 'mainstay\\_%' ESCAPE '\\')";

/// Whose status it is.
pub struct Subject<'a> {
    /// Where it is.
    pub target: &'a Target,
    /// What bootstrap makes; `None` for SQLite.
    #[cfg(feature = "postgres")]
    pub wish: Option<&'a Wish>,
    /// The service's name.
    pub service: Option<&'a str>,
    /// `development`, `staging` or `production`, where the configuration says so.
    pub environment: Option<&'a str>,
    /// Where safety copies go.
    pub copies_in: &'a Path,
    /// Hears of what cannot be read.
    pub context: &'a Context,
}

/// Everything but what the ledger says; `session` may be any role's.
///
/// # Errors
/// The connection broke.
pub async fn survey(session: &mut dyn Session, subject: &Subject<'_>) -> Result<Status> {
    let (bytes, tables) = extent(session).await?;
    #[cfg(feature = "postgres")]
    let connections = connections(session, subject).await?;
    let server = session.server();
    let engine = match session.flavor() {
        Flavor::Postgres => "postgres",
        Flavor::Sqlite => "sqlite",
    };
    let server = Server {
        engine,
        version: server.version.clone(),
        version_number: server.version_number,
        address: if engine == "sqlite" { String::new() } else { server.address.clone() },
        user: server.user.clone(),
        tls: server.tls,
        standby: server.standby,
        #[cfg(feature = "postgres")]
        connections,
    };
    let missing = missing(session, subject).await?;
    let copies = backup::kept_copies(subject.target, subject.copies_in).map_err(|error| {
        subject.context.observer.event(Event::Warning { message: error.message() });
    });
    let name = match subject.target {
        Target::Postgres(target) => target.dbname.clone(),
        Target::Sqlite(target) => target.path.display().to_string(),
    };
    Ok(Status {
        service: subject.service.map(str::to_owned),
        environment: subject.environment.map(str::to_owned),
        marker: None,
        server,
        database: DatabaseFacts { name, bytes, tables },
        missing,
        migrations: None,
        last: None,
        copies_in: subject.copies_in.to_owned(),
        copies: copies.ok(),
        #[cfg(feature = "backup")]
        backups: None,
        next: None,
    })
}

async fn extent(session: &mut dyn Session) -> Result<(Option<u64>, u64)> {
    let sql = match session.flavor() {
        Flavor::Postgres => POSTGRES_FACTS,
        Flavor::Sqlite => SQLITE_FACTS,
    };
    let rows = session.query(sql).await?;
    let number = |at: usize| rows.first()?.get(at)?.as_deref()?.parse().ok();
    Ok((number(0), number(1).unwrap_or_default()))
}

/// Connections in use, with a warning when there are soon none left.
#[cfg(feature = "postgres")]
async fn connections(session: &mut dyn Session, subject: &Subject<'_>) -> Result<Option<Usage>> {
    let Target::Postgres(target) = subject.target else { return Ok(None) };
    let usage = Usage::ask(session, &target.user, &target.dbname).await?;
    if usage.is_tight() {
        let message = format!("{} are in use: {}", usage.counts(), usage.holders());
        subject.context.observer.event(Event::Warning { message: &message });
    }
    Ok(Some(usage))
}

/// What is not there yet.
async fn missing(session: &mut dyn Session, subject: &Subject<'_>) -> Result<Vec<String>> {
    if let Target::Sqlite(target) = subject.target {
        let there = target.path.exists();
        return Ok(if there { Vec::new() } else { vec![format!("the file {}", target.path.display())] });
    }
    #[cfg(feature = "postgres")]
    if let Some(wish) = subject.wish {
        return match bootstrap::check(session, wish).await {
            // A reader may look too, though its connection is none that bootstrap could make the app's.
            Err(error) if error.kind() == ErrorKind::Config => {
                subject.context.observer.event(Event::Warning { message: error.message() });
                Ok(Vec::new())
            }
            checked => checked,
        };
    }
    let _ = session;
    Ok(Vec::new())
}
