//! Every migration up, down and up again, and the schema compared each time.

use std::sync::{Mutex, PoisonError};

use serde::Serialize;

use crate::catalog::{Catalog, Scope};
use crate::dialect::{Direction, Migration, Version};
use crate::engine::Session;
use crate::error::Result;
use crate::migrate::{Folder, Rules};

use super::compare::{Measure, compare};
use super::drift::Drift;
use super::one_by_one::OneByOne;
use super::stage::Home;

/// What became of one migration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Tried {
    /// Its version.
    pub version: Version,
    /// Its name.
    pub name: String,
    /// Whether it has a way back, which was gone.
    pub undone: bool,
    /// How the schema after its down differs from that before its up.
    pub after_down: Vec<Drift>,
    /// How the schema after its second up differs from that after the first.
    pub after_up: Vec<Drift>,
}

impl Tried {
    /// Its way back leads back, and its way up leads to the same place twice; or there is no way back.
    pub fn is_good(&self) -> bool {
        self.after_down.is_empty() && self.after_up.is_empty()
    }
}

/// All migrations of a folder, to be tried in an empty database.
pub(super) struct RoundTrip<'a> {
    pub(super) folder: &'a Folder,
    pub(super) rules: &'a Rules,
    pub(super) tried: Mutex<Vec<Tried>>,
}

impl RoundTrip<'_> {
    /// Tries them in order; ends early where a down leaves another schema, since nothing after it would be told from that.
    pub(super) async fn run(&self, session: &mut dyn Session, home: &Home) -> Result<()> {
        let mut tried = Vec::new();
        let mut before = session.catalog(Scope::Structure).await?;
        for migration in &self.folder.migrations {
            let (one, after) = self.one(session, home, migration, &before).await?;
            before = after;
            let good = one.is_good();
            tried.push(one);
            if !good {
                break;
            }
        }
        *self.tried.lock().unwrap_or_else(PoisonError::into_inner) = tried;
        Ok(())
    }

    async fn one(
        &self,
        session: &mut dyn Session,
        home: &Home,
        migration: &Migration,
        before: &Catalog,
    ) -> Result<(Tried, Catalog)> {
        let (version, name) = (migration.version.clone(), migration.name.clone());
        let mut tried = Tried { version, name, undone: false, after_down: Vec::new(), after_up: Vec::new() };
        self.go(session, home, migration, Direction::Up).await?;
        let after = session.catalog(Scope::Structure).await?;
        if migration.down.is_none() {
            return Ok((tried, after));
        }
        tried.undone = self.go(session, home, migration, Direction::Down).await?;
        if !tried.undone {
            return Ok((tried, after));
        }
        tried.after_down = self.drift(before, &session.catalog(Scope::Structure).await?);
        if tried.after_down.is_empty() {
            self.go(session, home, migration, Direction::Up).await?;
            tried.after_up = self.drift(&after, &session.catalog(Scope::Structure).await?);
        }
        Ok((tried, after))
    }

    /// The same files made both, so everything counts.
    fn drift(&self, expected: &Catalog, found: &Catalog) -> Vec<Drift> {
        compare(expected, found, self.folder.flavor, Measure { rights: true, others: true, extensions: true })
    }

    async fn go(
        &self,
        session: &mut dyn Session,
        home: &Home,
        migration: &Migration,
        direction: Direction,
    ) -> Result<bool> {
        OneByOne { folder: self.folder, rules: self.rules }.go(session, home, migration, direction).await
    }
}
