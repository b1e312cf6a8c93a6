//! A database held against what migrations make: run in a scratch, and compared.

use crate::catalog::{Catalog, Scope};
use crate::dialect::Version;
use crate::engine::Session;
use crate::error::Result;
use crate::migrate::{Folder, Rules};
use crate::observer::Event;
use crate::sql::{Flavor, words};

use super::States;
use super::compare::{Measure, compare};
use super::drift::Drift;
use super::recipe::Recipe;
#[cfg(feature = "postgres")]
use super::rows::Rows;
use super::settle::settled;
use super::stage::{Stage, silent};

/// What came of running migrations in a scratch and comparing.
#[derive(Clone, Debug)]
pub struct Replay {
    /// Where they were run, for people: `a scratch database on the same server`.
    pub place: String,
    /// How the database differs from what they made.
    pub drift: Vec<Drift>,
}

impl States {
    /// Runs `versions` of `folder` in a scratch, and tells how `found`, the project's database, differs from what they make.
    /// Extensions of `found` that no file makes are made before: an administrator's, on which files may lean.
    ///
    /// # Errors
    /// A migration fails, with its place; no scratch is to be had.
    pub async fn replay(
        &self,
        found: &Catalog,
        folder: &Folder,
        versions: &[Version],
        measure: Measure,
    ) -> Result<Replay> {
        let stage = self.replayed(folder, versions, found).await?;
        let place = stage.place();
        let drift = self.compared(&stage, found, folder.flavor, measure).await;
        if let Err(error) = stage.close().await {
            // What was found stands; somebody has to clean up.
            self.context.observer.event(Event::Warning { message: &error.one_line() });
        }
        Ok(Replay { place, drift: drift? })
    }

    /// A scratch in which `versions` of `folder` have been run, all of them, wherever `to` points.
    pub(super) async fn replayed(&self, folder: &Folder, versions: &[Version], like: &Catalog) -> Result<Stage> {
        let folder = folder.only(versions)?;
        let rules = Rules { to: None, out_of_order: true, ..self.rules.clone() };
        let extensions = foreign_extensions(&folder, like);
        self.produce(&Recipe::Migrations { folder: &folder, rules: &rules, extensions: &extensions }).await
    }

    /// A scratch in which all of `folder` have been run.
    #[cfg(feature = "postgres")]
    pub(crate) async fn scratch_of(&self, folder: &Folder) -> Result<Stage> {
        let versions: Vec<Version> = folder.migrations.iter().map(|migration| migration.version.clone()).collect();
        self.replayed(folder, &versions, &Catalog::default()).await
    }

    /// The rows in `stage`.
    #[cfg(feature = "postgres")]
    pub(crate) async fn rows_in(&self, stage: &Stage) -> Result<Rows> {
        let mut session = self.enter(stage, &silent(&self.context)).await?;
        let rows = Rows::read(session.as_mut()).await;
        session.close().await;
        rows
    }

    /// How `found` differs from what is in `stage`, whose expressions may be made again in that.
    pub(crate) async fn compared(
        &self,
        stage: &Stage,
        found: &Catalog,
        flavor: Flavor,
        measure: Measure,
    ) -> Result<Vec<Drift>> {
        let mut session = self.enter(stage, &silent(&self.context)).await?;
        let drift = differences(session.as_mut(), found, flavor, measure).await;
        session.close().await;
        drift
    }
}

/// How `found` differs from the database of `session`, whose expressions are printed once more before they count.
async fn differences(
    session: &mut dyn Session,
    found: &Catalog,
    flavor: Flavor,
    measure: Measure,
) -> Result<Vec<Drift>> {
    let made = session.catalog(Scope::Structure).await?;
    let drift = compare(&made, found, flavor, measure);
    if drift.is_empty() || flavor != Flavor::Postgres {
        return Ok(drift);
    }
    let again = compare(&settled(session, &made).await?, found, flavor, measure);
    Ok(Drift::in_both(drift, &again))
}

/// Extensions of `like` that no file of `folder` makes.
pub(super) fn foreign_extensions(folder: &Folder, like: &Catalog) -> Vec<String> {
    let statements = folder.migrations.iter().flat_map(|migration| migration.up.statements(folder.flavor));
    let made: Vec<String> = statements
        .filter(|one| words(one.text, folder.flavor, 2) == ["CREATE", "EXTENSION"])
        .map(|one| one.text.to_lowercase())
        .collect();
    let is_foreign = |name: &&String| !made.iter().any(|text| text.contains(&name.to_lowercase()));
    like.extensions.iter().map(|extension| &extension.name).filter(is_foreign).cloned().collect()
}
