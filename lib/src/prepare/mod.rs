//! `prepare`: wait for the server, bootstrap, safety copy, migrate, verify. What a service runs at every start.
//!
//! With nothing to do it is one connection and one or two queries: no lock, no write.

#[cfg(feature = "postgres")]
mod crowded;
#[cfg(feature = "postgres")]
mod missing;
mod plans;
mod safe;
mod safety;
mod unheard;
mod wait;

#[cfg(feature = "postgres")]
pub use crowded::tell_who;
#[cfg(feature = "postgres")]
pub use missing::{bootstrap, bootstrap_plan};
pub use plans::plans;
pub use safe::{Migrated, safe_migrate};
pub use safety::{Safety, SafetyOutcome};

use safe::{Standing, run, standing};
pub use wait::connect_waiting;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde::Serialize;

#[cfg(feature = "postgres")]
use crate::bootstrap::{self, Wish};
use crate::conn::Target;
use crate::dialect::Version;
use crate::engine::{Context, Session, act_as};
use crate::error::Result;
#[cfg(feature = "postgres")]
use crate::error::{Error, ErrorKind};
use crate::migrate::{Consent, Goal, Report, Rules, Source};

/// One service's database with everything that preparing it needs.
pub struct Service<'a> {
    /// Where it is.
    pub target: &'a Target,
    /// The connection that may create roles and databases, where one is configured.
    pub admin: Option<&'a Target>,
    /// What bootstrap makes; `None` for SQLite.
    #[cfg(feature = "postgres")]
    pub wish: Option<&'a Wish>,
    /// How they are run.
    pub rules: &'a Rules,
    /// What the user has agreed to.
    pub consent: &'a Consent,
    /// How copies are taken.
    pub safety: Safety<'a>,
    /// Where rehearsals are remembered.
    pub memory: PathBuf,
    /// Observer, dialler, session name.
    pub context: &'a Context,
    /// `development`, `staging` or `production`, where the configuration says so.
    pub environment: Option<&'a str>,
}

impl Service<'_> {
    /// The role that owns the objects; `None` where it is whoever is connected.
    pub fn owner(&self) -> Option<&str> {
        #[cfg(feature = "postgres")]
        return self.wish.map(|wish| wish.owner.as_str());
        #[cfg(not(feature = "postgres"))]
        None
    }
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

/// Makes `service` ready; waits up to `wait` for its server. `source` reads its migrations, `None` where it has none.
///
/// # Errors
/// Whatever stops it, with the database at the last good migration. Nothing is migrated without a copy where one was due.
pub async fn prepare(
    service: &Service<'_>,
    wait: Duration,
    source: impl FnOnce() -> Result<Option<Box<dyn Source>>>,
) -> Result<Prepared> {
    let started = Instant::now();
    let session = async { Ok(connect_waiting(service.target, service.context, wait).await) };
    // A wrong folder is reported at once, also while the server is still waited for.
    let (session, source) = tokio::try_join!(session, behind(source))?;
    let (mut session, mut created) = connected(service, session, wait).await?;
    act_as(session.as_mut(), service.owner()).await?;
    let mut migrated = Migrated { report: None, safety: SafetyOutcome::NotNeeded, version: None };
    if let Some(source) = source.as_deref() {
        migrated = match standing(session.as_mut(), source, &Goal::Up, service).await? {
            Standing::There(version) => Migrated { version, ..migrated },
            Standing::Pending => {
                created.extend(fill_gaps(service, session.as_mut()).await?);
                run(session.as_mut(), source, &Goal::Up, service).await?
            }
        };
    }
    created.extend(make_file(service.target, session.as_mut()).await?);
    session.close().await;
    Ok(Prepared {
        database: service.target.database(),
        created,
        safety: migrated.safety,
        migrations: migrated.report,
        version: migrated.version,
        seconds: started.elapsed().as_secs_f64(),
    })
}

/// Makes the file of an SQLite database where no migration has: whoever only reads takes one that is missing for a mistake.
async fn make_file(target: &Target, session: &mut dyn Session) -> Result<Option<String>> {
    match target {
        Target::Sqlite(file) if !file.path.exists() => {
            session.query("PRAGMA journal_mode = WAL").await?;
            Ok(Some(format!("create the file {}", file.path.display())))
        }
        _ => Ok(None),
    }
}

/// Runs `work` once the connection's first messages are out: the server forks and authenticates meanwhile.
async fn behind<T>(work: impl FnOnce() -> T) -> T {
    for _ in 0..3 {
        tokio::task::yield_now().await;
    }
    work()
}

#[cfg(not(feature = "postgres"))]
async fn connected(
    _: &Service<'_>,
    first: Result<Box<dyn Session>>,
    _: Duration,
) -> Result<(Box<dyn Session>, Vec<String>)> {
    Ok((first?, Vec::new()))
}

/// A session on the database, created where it is missing, with everything that the configuration asks for beyond it.
#[cfg(feature = "postgres")]
async fn connected(
    service: &Service<'_>,
    first: Result<Box<dyn Session>>,
    wait: Duration,
) -> Result<(Box<dyn Session>, Vec<String>)> {
    let mut created = Vec::new();
    let (Target::Postgres(target), Some(wish)) = (service.target, service.wish) else { return Ok((first?, created)) };
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
    // One role that has just logged in, and nothing else wished for: that is looked at when something is to be made.
    if !wish.is_only(&target.user) {
        created.extend(fill_gaps(service, session.as_mut()).await?);
    }
    Ok((session, created))
}

#[cfg(not(feature = "postgres"))]
async fn fill_gaps(_: &Service<'_>, _: &mut dyn Session) -> Result<Vec<String>> {
    Ok(Vec::new())
}

/// Asks the database what of the configuration is missing, and creates that.
#[cfg(feature = "postgres")]
async fn fill_gaps(service: &Service<'_>, session: &mut dyn Session) -> Result<Vec<String>> {
    let (Target::Postgres(target), Some(wish)) = (service.target, service.wish) else { return Ok(Vec::new()) };
    let missing = bootstrap::check(session, wish).await?;
    if missing.is_empty() {
        return Ok(Vec::new());
    }
    let needed =
        Error::new(ErrorKind::Refused, format!("the database `{}` lacks: {}", wish.database, missing.join(", ")));
    missing::create(service, target, wish, needed).await
}
