//! The schemas that a folder's migrations lead through, and which of them a database has.

use std::sync::{Mutex, PoisonError};

use serde::Serialize;

use crate::catalog::{Catalog, Scope};
use crate::dialect::{Direction, Version};
use crate::engine::Session;
use crate::error::Result;
use crate::migrate::{Folder, Rules};
use crate::sql::Flavor;

use super::States;
use super::compare::{Measure, between};
use super::drift::{Change, Drift};
use super::objects::{Objects, objects};
use super::one_by_one::OneByOne;
use super::recipe::Recipe;
use super::replay::foreign_extensions;
use super::stage::Home;

/// Whoever ran the files may have been another role, and extensions are an administrator's.
const MEASURE: Measure = Measure { rights: false, others: true, extensions: false };

/// A schema that a history leads through.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Station {
    /// The migrations that lead to it: the first makes it, those after it change rows at most.
    pub versions: Vec<Version>,
    /// How the database differs from it.
    pub drift: Vec<Drift>,
}

/// A history held against a database, step by step.
#[derive(Clone, Debug)]
pub struct Passed {
    /// Where it was run, for people: `a scratch database on the same server`.
    pub place: String,
    /// Every schema on the way, in order.
    pub stations: Vec<Station>,
}

/// All migrations of a folder, to be run one by one in an empty database.
pub(super) struct History<'a> {
    pub(super) folder: &'a Folder,
    rules: &'a Rules,
    pub(super) extensions: Vec<String>,
    found: &'a Catalog,
    stations: Mutex<Vec<Station>>,
}

impl States {
    /// Runs the migrations of `folder` one by one in a scratch, and tells of each schema on the way how `found`, the project's
    /// database, differs from it.
    ///
    /// # Errors
    /// A migration fails, with its place; no scratch is to be had.
    pub async fn pass(&self, found: &Catalog, folder: &Folder) -> Result<Passed> {
        let history = History {
            folder,
            rules: &self.rules,
            extensions: foreign_extensions(folder, found),
            found,
            stations: Mutex::default(),
        };
        let stage = self.produce(&Recipe::History(&history)).await?;
        let place = stage.place();
        stage.close().await?;
        let mut stations = history.stations.into_inner().unwrap_or_else(PoisonError::into_inner);
        if folder.flavor == Flavor::Postgres {
            self.settle(&mut stations, found, folder).await?;
        }
        Ok(Passed { place, stations })
    }

    /// An expression that was printed and read in again is printed in another way. So, where nothing fits and the nearest
    /// stations have all the objects, these are compared once more with their expressions made again.
    async fn settle(&self, stations: &mut [Station], found: &Catalog, folder: &Folder) -> Result<()> {
        let same_objects = |station: &&Station| station.drift.iter().all(|drift| drift.change == Change::Changed);
        let Some(least) = stations.iter().filter(same_objects).map(|station| station.drift.len()).min() else {
            return Ok(());
        };
        if least == 0 {
            return Ok(());
        }
        let all: Vec<Version> = folder.migrations.iter().map(|migration| migration.version.clone()).collect();
        let mut before = 0;
        for station in stations {
            before += station.versions.len();
            if same_objects(&&*station) && station.drift.len() == least {
                station.drift = self.replay(found, folder, &all[..before], MEASURE).await?.drift;
            }
        }
        Ok(())
    }
}

impl History<'_> {
    /// Runs all of them, and compares where a schema is another than the one before.
    pub(super) async fn run(&self, session: &mut dyn Session, home: &Home) -> Result<()> {
        let step = OneByOne { folder: self.folder, rules: self.rules };
        let flavor = self.folder.flavor;
        let found = objects(self.found, flavor, MEASURE);
        let mut before: Option<Objects> = None;
        let mut stations: Vec<Station> = Vec::new();
        for migration in &self.folder.migrations {
            step.go(session, home, migration, Direction::Up).await?;
            let now = objects(&session.catalog(Scope::Structure).await?, flavor, MEASURE);
            let is_same = before.as_ref().is_some_and(|before| between(before, &now, MEASURE).is_empty());
            match stations.last_mut().filter(|_| is_same) {
                Some(station) => station.versions.push(migration.version.clone()),
                None => stations
                    .push(Station { versions: vec![migration.version.clone()], drift: between(&now, &found, MEASURE) }),
            }
            before = Some(now);
        }
        *self.stations.lock().unwrap_or_else(PoisonError::into_inner) = stations;
        Ok(())
    }
}
