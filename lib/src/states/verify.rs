//! `migrate verify`: the migrations against themselves, and the live database against what they produce.

use std::sync::{Mutex, PoisonError};

use serde::Serialize;

use crate::conn::Target;
use crate::engine::first_cell;
use crate::error::{ErrorKind, Result};
use crate::migrate::{Folder, Migrator};

use super::compare::Measure;
use super::drift::Drift;
use super::recipe::Recipe;
use super::round_trip::{RoundTrip, Tried};
use super::{State, States};

/// What verifying found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verification {
    /// Every migration that was tried, in order; those after a bad one were not.
    pub migrations: Vec<Tried>,
    /// How many there are.
    pub of: usize,
    /// How the live database differs from what its ledger's migrations produce; `None` where there is none to compare.
    pub drift: Option<Vec<Drift>>,
}

impl Verification {
    /// Nothing is wrong.
    pub fn is_good(&self) -> bool {
        self.migrations.iter().all(Tried::is_good) && self.drift.as_ref().is_none_or(Vec::is_empty)
    }
}

impl States {
    /// Runs every migration up, down and up again in a scratch and compares the schema each time; then compares the project's
    /// database with what its ledger's migrations produce. The database itself is only read.
    ///
    /// # Errors
    /// A migration fails, with its place; the ledger and the folder disagree; no scratch is to be had.
    pub async fn verify(&self) -> Result<Verification> {
        let dialect = self.live_dialect().await?;
        let name = dialect.unwrap_or(&self.dialect);
        let folder = Folder::read(&self.migrations, name, self.flavor)?;
        let trip = RoundTrip { folder: &folder, rules: &self.rules, tried: Mutex::default() };
        self.produce(&Recipe::RoundTrip(&trip)).await?.close().await?;
        let drift = match (dialect, &self.home) {
            (Some(_), Some(home)) => Some(self.drift_of(home).await?),
            _ => None,
        };
        let migrations = trip.tried.into_inner().unwrap_or_else(PoisonError::into_inner);
        Ok(Verification { migrations, of: folder.migrations.len(), drift })
    }

    async fn drift_of(&self, home: &Target) -> Result<Vec<Drift>> {
        let (folder, versions) = self.ledger().await?;
        let found = self.read(&State::Live(Box::new(home.clone()))).await?;
        // The owner's rights are the files' doing, an administrator's extensions and grants are not.
        let measure = Measure { rights: true, others: false, extensions: false };
        Ok(self.replay(&found.catalog, &folder, &versions, measure).await?.drift)
    }

    /// The dialect whose ledger the project's database has; `None` where there is no database, or no ledger in it.
    async fn live_dialect(&self) -> Result<Option<&'static str>> {
        let Some(home) = &self.home else { return Ok(None) };
        if matches!(home, Target::Sqlite(file) if !file.path.exists()) {
            return Ok(None);
        }
        let mut session = match self.connect_as_owner(home).await {
            Err(error) if matches!(error.kind(), ErrorKind::DatabaseMissing | ErrorKind::RoleMissing) => {
                return Ok(None);
            }
            session => session?,
        };
        // An empty database has no ledger that could tell whose the folder is, and needs none.
        let query = crate::dialect::foreign_ledger_query(session.flavor());
        let foreign = session.query(&query).await?;
        let own = session.query(crate::ledger::has_ledger_query(session.flavor())).await?;
        let ledgers = !foreign.is_empty() || first_cell(&own) == Some("1");
        let mut found = None;
        if ledgers {
            let folder = Folder::read(&self.migrations, &self.dialect, self.flavor)?;
            let mut migrator = Migrator::new(session.as_mut(), &folder, &self.rules, self.context.observer.clone());
            let state = migrator.state().await?;
            found = state.has_ledger.then(|| migrator.folder().dialect.name());
        }
        session.close().await;
        Ok(found)
    }
}
