//! What is run in an empty database to bring it to a state.

use std::sync::Arc;

use crate::dialect::{Applied, AppliedState, Script};
use crate::engine::{Context, Session};
use crate::error::{Error, Result};
use crate::migrate::{Folder, Goal, Migrator, Rules};
use crate::observer::Silent;
use crate::sql::Flavor;

use super::round_trip::RoundTrip;
use super::stage::Home;
use super::{load, reach};

/// What is run in an empty database to bring it to a state.
pub(super) enum Recipe<'a> {
    /// Files of SQL, in any order.
    Scripts(&'a [Script]),
    /// Migrations: all of them, or those that a ledger has.
    Migrations { folder: &'a Folder, rules: &'a Rules, only: Option<&'a [Applied]> },
    /// Migrations up, down and up again.
    RoundTrip(&'a RoundTrip<'a>),
}

impl Recipe<'_> {
    pub(super) fn flavor_of(&self, default: Flavor) -> Flavor {
        match self {
            Self::Scripts(_) => default,
            Self::Migrations { folder, .. } => folder.flavor,
            Self::RoundTrip(trip) => trip.folder.flavor,
        }
    }

    /// Whether anything in it reaches beyond the database that it is run in.
    pub(super) fn reaches_beyond(&self, flavor: Flavor) -> Result<bool> {
        match self {
            Self::Scripts(scripts) => reach::beyond(*scripts, flavor),
            Self::Migrations { folder, .. } => {
                reach::beyond(folder.migrations.iter().map(|migration| &migration.up), flavor)
            }
            Self::RoundTrip(trip) => {
                let scripts = trip.folder.migrations.iter().flat_map(|one| [Some(&one.up), one.down.as_ref()]);
                reach::beyond(scripts.flatten(), flavor)
            }
        }
    }

    /// Runs it in the empty database of `session`, which is `home` at first.
    pub(super) async fn run(&self, session: &mut dyn Session, home: &Home, context: &Context) -> Result<()> {
        match self {
            Self::Scripts(scripts) => load::load(session, scripts, home, context.observer.as_ref()).await,
            Self::Migrations { folder, rules, only } => loop {
                match replay(session, folder, rules, *only).await {
                    // What was applied stays applied: the next round goes on from there.
                    Err(error) if home.makes_role(session, &error).await? => {}
                    done => return done.map_err(of_scratch),
                }
            },
            Self::RoundTrip(trip) => trip.run(session, home).await.map_err(of_scratch),
        }
    }
}

/// Applies what is pending of `folder`, or of it what `only` has. The scratch is nobody else's, so there is no lock, and
/// nothing in it to be lost, so there is no consent; its steps are none of the project's database, so nobody is told of them.
async fn replay(session: &mut dyn Session, folder: &Folder, rules: &Rules, only: Option<&[Applied]>) -> Result<()> {
    let rules = match only {
        Some(_) => &Rules { to: None, ..rules.clone() },
        None => rules,
    };
    let mut migrator = Migrator::new(session, folder, rules, Arc::new(Silent));
    let state = migrator.state().await?;
    let mut plan = migrator.plan(&state, &Goal::Up)?;
    if let Some(only) = only {
        let had = |version: &_| only.iter().any(|one| one.version == *version && one.state == AppliedState::Done);
        let steps = plan.plan.steps.into_iter().zip(plan.versions).filter(|(_, version)| had(version));
        (plan.plan.steps, plan.versions) = steps.unzip();
    }
    migrator.apply(&plan).await.map(drop)
}

/// A migration's error without the advice for the database that it is meant for: this one is gone.
fn of_scratch(error: Error) -> Error {
    let (Some(sql), Some(place)) = (error.sql().cloned(), error.place().cloned()) else { return error };
    let hint = format!("mend {}, then try again", place.file);
    Error::from_sql(sql).context(error.message()).of_kind(error.kind()).at(place).hint(hint)
}
