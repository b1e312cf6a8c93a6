//! `prepare`: wait for the server, bootstrap, safety copy, migrate, verify. What a service runs at every start.
//!
//! With nothing to do it is one connection and one or two queries: no lock, no write.

#[cfg(feature = "postgres")]
mod missing;
mod plans;
mod safe;
mod wait;

#[cfg(feature = "postgres")]
pub use missing::{bootstrap, bootstrap_plan};
pub use plans::plans;
pub use safe::{Migrated, Safety, SafetyOutcome, safe_migrate};
pub use wait::connect_waiting;

use std::time::{Duration, Instant};

use serde::Serialize;

#[cfg(feature = "postgres")]
use crate::bootstrap::{self, Wish};
use crate::conn::Target;
use crate::dialect::Version;
use crate::engine::{Context, Session};
use crate::error::Result;
#[cfg(feature = "postgres")]
use crate::error::{Error, ErrorKind};
use crate::migrate::{Consent, Folder, Goal, Report, Rules};

/// One service's database with everything that preparing it needs.
pub struct Service<'a> {
    /// Where it is.
    pub target: &'a Target,
    /// The connection that may create roles and databases, where one is configured.
    pub admin: Option<&'a Target>,
    /// What bootstrap makes; `None` for SQLite.
    #[cfg(feature = "postgres")]
    pub wish: Option<&'a Wish>,
    /// Its migrations; `None` where the project has none.
    pub folder: Option<&'a Folder>,
    /// How they are run.
    pub rules: &'a Rules,
    /// What the user has agreed to.
    pub consent: &'a Consent,
    /// How copies are taken.
    pub safety: Safety<'a>,
    /// Observer, dialler, session name.
    pub context: &'a Context,
    /// `development`, `staging` or `production`, where the configuration says so.
    pub environment: Option<&'a str>,
    /// The role that runs DDL, where it is not the one connected as.
    pub owner: Option<&'a str>,
}

/// What preparing did.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Prepared {
    /// The database.
    pub database: String,
    /// What bootstrap created, a phrase each.
    pub created: Vec<String>,
    /// What became of the safety copy.
    pub safety: SafetyOutcome,
    /// What was migrated.
    pub migrations: Option<Report>,
    /// The version the database is at.
    pub version: Option<Version>,
    /// From first to last, in seconds.
    pub seconds: f64,
}

/// Makes `service` ready; waits up to `wait` for its server.
///
/// # Errors
/// Whatever stops it, with the database at the last good migration. Nothing is migrated without a copy where one was due.
pub async fn prepare(service: &Service<'_>, wait: Duration) -> Result<Prepared> {
    let started = Instant::now();
    let (mut session, created) = connect_ready(service, wait).await?;
    become_owner(session.as_mut(), service.owner).await?;
    let migrated = match service.folder {
        Some(folder) => Some(safe_migrate(session.as_mut(), folder, &Goal::Up, service).await?),
        None => None,
    };
    session.close().await;
    let (safety, version, migrations) = match migrated {
        Some(migrated) => (migrated.safety, migrated.version, migrated.report),
        None => (SafetyOutcome::NotNeeded, None, None),
    };
    Ok(Prepared {
        database: service.target.database(),
        created,
        safety,
        migrations,
        version,
        seconds: started.elapsed().as_secs_f64(),
    })
}

/// Runs what follows as the owning role, so that objects belong to it whoever is connected.
///
/// # Errors
/// The role is missing, or the one connected as may not become it.
pub async fn become_owner(session: &mut dyn Session, owner: Option<&str>) -> Result<()> {
    let Some(owner) = owner.filter(|owner| *owner != session.server().user) else { return Ok(()) };
    if session.flavor() == crate::sql::Flavor::Sqlite {
        return Ok(());
    }
    session.query(&format!("SET ROLE {}", crate::sql::ident(owner))).await.map_err(|error| {
        let user = session.server().user.clone();
        error.context(format!("`{user}` may not act as the owner `{owner}`")).hint("mainstay bootstrap")
    })?;
    Ok(())
}

#[cfg(not(feature = "postgres"))]
async fn connect_ready(service: &Service<'_>, wait: Duration) -> Result<(Box<dyn Session>, Vec<String>)> {
    Ok((connect_waiting(service.target, service.context, wait).await?, Vec::new()))
}

/// A session on a database that has everything bootstrap makes.
#[cfg(feature = "postgres")]
async fn connect_ready(service: &Service<'_>, wait: Duration) -> Result<(Box<dyn Session>, Vec<String>)> {
    let mut created = Vec::new();
    let first = connect_waiting(service.target, service.context, wait).await;
    let (Target::Postgres(target), Some(wish)) = (service.target, service.wish) else {
        return Ok((first?, created));
    };
    let mut session = match first {
        Ok(session) => session,
        // A server that asks for passwords does not say whether it was the role that is missing.
        Err(error)
            if matches!(
                error.kind(),
                ErrorKind::DatabaseMissing | ErrorKind::RoleMissing | ErrorKind::Authentication
            ) =>
        {
            created = missing::create(service, target, wish, error).await?;
            connect_waiting(service.target, service.context, wait).await?
        }
        Err(error) => return Err(error),
    };
    let missing = bootstrap::check(session.as_mut(), wish).await?;
    if !missing.is_empty() {
        let needed =
            Error::new(ErrorKind::Refused, format!("the database `{}` lacks: {}", wish.database, missing.join(", ")));
        created.extend(missing::create(service, target, wish, needed).await?);
    }
    Ok((session, created))
}
