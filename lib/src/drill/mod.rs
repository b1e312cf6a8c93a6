//! Drills: a backup is restored where nobody needs it, compared table by table, and what came of it is written beside it.

mod found;
#[cfg(feature = "postgres")]
mod postgres;
mod record;
#[cfg(feature = "sqlite")]
mod sqlite;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::Serialize;

use crate::archive::manifest::{Engine, Proof};
use crate::archive::sealed::Unlocking;
use crate::backup::Ledger;
use crate::conn::Target;
use crate::engine::Context;
use crate::error::{Error, ErrorKind, Result};
use crate::observer::Event;
use crate::store::{Found, Store};

use found::Outcome;

/// Where a PostgreSQL backup is restored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ground {
    /// On the target's server where databases may be made there, else on a private one.
    #[default]
    Any,
    /// On the target's server.
    Server,
    /// On a private server, which is made of the programs on this machine and goes again.
    Private,
}

/// What is asked of a drill.
#[derive(Clone, Copy)]
pub struct Order<'a> {
    /// Where.
    pub ground: Ground,
    /// The target, whose server may serve; its database is not touched.
    pub target: &'a Target,
    /// The connection that creates, where one is configured.
    pub admin: Option<&'a Target>,
    /// Reads the version of the migrations, where the project has any.
    pub ledger: Option<&'a dyn Ledger>,
    /// What opens encrypted backups, where there is anything that does.
    pub unlocking: Option<&'a Unlocking>,
    /// Sessions side by side; 0 for as many as suit this machine.
    pub jobs: usize,
    /// The value of PATH, for finding a server's programs.
    pub search_path: &'a str,
    /// Where scratch files and private servers are.
    pub temporary: &'a Path,
    /// Observer, dialler and session name.
    pub context: &'a Context,
}

impl Order<'_> {
    /// The keys; none where nobody has given any.
    fn unlocking(&self) -> Unlocking {
        self.unlocking.cloned().unwrap_or_default()
    }
}

/// What came of a drill.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Drilled {
    /// The backup.
    pub id: String,
    /// Whether it is proven.
    pub proven: bool,
    /// What was written beside it.
    #[serde(flatten)]
    pub proof: Proof,
}

/// Restores the backup `found` of `store` into a scratch, compares all of it, and writes the outcome beside its manifest. A backup
/// that is damaged or comes out otherwise is a result, not an error.
///
/// # Errors
/// It could not be tried: there is no place to restore it, something is missing there, the store cannot be read or written. What
/// was known of it stays.
pub async fn drill(store: Arc<dyn Store>, found: &Found, order: &Order<'_>) -> Result<Drilled> {
    let began = Instant::now();
    let mut outcome = tried(&store, found, order).await?;
    if let Some(reason) = outcome.broken() {
        // Bytes that are changed on their way once say nothing of those that lie there: what refutes a backup comes twice.
        let message = format!("{} could not be restored, so it is tried once more: {reason}", found.manifest.id);
        order.context.observer.event(Event::Warning { message: &message });
        outcome = tried(&store, found, order).await?;
    }
    let proof = outcome.proof(found, began.elapsed());
    record::write(store.as_ref(), found, &proof).await?;
    Ok(Drilled { id: found.manifest.id.clone(), proven: proof.is_clean(), proof })
}

async fn tried(store: &Arc<dyn Store>, found: &Found, order: &Order<'_>) -> Result<Outcome> {
    match found.manifest.source.engine {
        #[cfg(feature = "postgres")]
        Engine::Postgres => postgres::drill(store, found, order).await,
        #[cfg(feature = "sqlite")]
        Engine::Sqlite => sqlite::drill(store.as_ref(), found, order).await,
        #[allow(unreachable_patterns, reason = "with both engines compiled in, every backup has its arm")]
        other => Err(unknown(other)),
    }
}

/// Writes down beside the backup `found` that it is not what was backed up, without a drill: whoever has read it again says `why`,
/// a sentence each. It counts as refuted from then on.
///
/// # Errors
/// The store cannot be written, or the backup is another one by now.
pub async fn refute(store: &dyn Store, found: &Found, why: Vec<String>, took: Duration) -> Result<()> {
    let outcome = Outcome { place: "read again".to_owned(), failures: why, ..Outcome::default() };
    record::write(store, found, &outcome.proof(found, took)).await
}

fn unknown(engine: Engine) -> Error {
    let (name, feature) = match engine {
        Engine::Postgres => ("PostgreSQL", "postgres"),
        Engine::Sqlite => ("SQLite", "sqlite"),
    };
    let message = format!("this build of the library cannot restore backups of {name}");
    Error::new(ErrorKind::Unsupported, message).hint(format!("build with the feature `{feature}`"))
}
