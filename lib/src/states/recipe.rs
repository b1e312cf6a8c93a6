//! What is run in an empty database to bring it to a state.

use std::sync::Arc;

use crate::dialect::Script;
use crate::engine::{Context, Session};
use crate::error::{Error, Result};
use crate::migrate::{Folder, Goal, Migrator, Rules};
use crate::observer::Silent;
use crate::sql::{Flavor, ident};

use super::history::History;
use super::round_trip::RoundTrip;
use super::stage::Home;
use super::{load, reach};

/// What is run in an empty database to bring it to a state.
pub(super) enum Recipe<'a> {
    /// Files of SQL, in any order.
    Scripts(&'a [Script]),
    /// Migrations, after the extensions that are there without them.
    Migrations { folder: &'a Folder, rules: &'a Rules, extensions: &'a [String] },
    /// Migrations up, down and up again.
    RoundTrip(&'a RoundTrip<'a>),
    /// Migrations one by one, held against a database each time.
    History(&'a History<'a>),
}

impl Recipe<'_> {
    /// Whether its statements are told of: those of migrations are none of the project's database.
    pub(super) fn is_told(&self) -> bool {
        matches!(self, Self::Scripts(_))
    }

    pub(super) fn flavor_of(&self, default: Flavor) -> Flavor {
        match self {
            Self::Scripts(_) => default,
            Self::Migrations { folder, .. } => folder.flavor,
            Self::RoundTrip(trip) => trip.folder.flavor,
            Self::History(history) => history.folder.flavor,
        }
    }

    /// Whether anything in it reaches beyond the database that it is run in.
    pub(super) fn reaches_beyond(&self, flavor: Flavor) -> Result<bool> {
        match self {
            Self::Scripts(scripts) => reach::beyond(*scripts, flavor),
            Self::Migrations { folder, .. } | Self::History(History { folder, .. }) => {
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
            Self::Migrations { folder, rules, extensions } => {
                make_extensions(session, extensions).await;
                loop {
                    match replay(session, folder, rules).await {
                        // What was applied stays applied: the next round goes on from there.
                        Err(error) if home.makes_role(session, &error).await? => {}
                        done => return done.map_err(of_scratch),
                    }
                }
            }
            Self::RoundTrip(trip) => trip.run(session, home).await.map_err(of_scratch),
            Self::History(history) => {
                make_extensions(session, &history.extensions).await;
                history.run(session, home).await.map_err(of_scratch)
            }
        }
    }
}

/// One that cannot be made here is missed by the file that needs it, which says so with its place.
async fn make_extensions(session: &mut dyn Session, extensions: &[String]) {
    for extension in extensions {
        let _ = session.query(&format!("CREATE EXTENSION IF NOT EXISTS {}", ident(extension))).await;
    }
}

/// Applies what is pending of `folder`. The scratch is nobody else's, so there is no lock, and
/// nothing in it to be lost, so there is no consent; its steps are none of the project's database, so nobody is told of them.
async fn replay(session: &mut dyn Session, folder: &Folder, rules: &Rules) -> Result<()> {
    let mut migrator = Migrator::new(session, folder, rules, Arc::new(Silent));
    let state = migrator.own_state().await?;
    let plan = migrator.plan(&state, &Goal::Up)?;
    migrator.apply(&plan).await.map(drop)
}

/// A migration's error without the advice for the database that it is meant for: this one is gone.
fn of_scratch(error: Error) -> Error {
    let (Some(sql), Some(place)) = (error.sql().cloned(), error.place().cloned()) else { return error };
    let hint = format!("mend {}, then try again", place.file);
    Error::from_sql(sql).context(error.message()).of_kind(error.kind()).at(place).hint(hint)
}
