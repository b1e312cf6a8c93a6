//! A database as a fixture sees it: its models, and the version that South has brought it to.

use super::Options;
use crate::catalog::Scope;
use crate::data::Base;
use crate::data::django::{self, Fixture, History};
use crate::engine;
use crate::error::{Error, ErrorKind, Result};
use crate::portable::django::Models;
use crate::portable::manifest::Engine;
use crate::sql::Flavor;

/// A database as a fixture sees it.
pub(super) struct Seen {
    pub(super) engine: Engine,
    pub(super) models: Models,
    pub(super) history: History,
}

impl Seen {
    pub(super) async fn read(base: Base<'_>) -> Result<Self> {
        let mut session = engine::connect(base.target, base.context).await?;
        engine::act_as(session.as_mut(), base.owner).await?;
        let catalog = session.catalog(Scope::All).await?;
        let models = django::models(session.as_mut(), &catalog, base.django).await?;
        let history = django::history(session.as_mut(), &catalog).await?;
        let engine = match session.flavor() {
            Flavor::Postgres => Engine::Postgres,
            Flavor::Sqlite => Engine::Sqlite,
        };
        session.close().await;
        Ok(Self { engine, models, history })
    }
}

/// Looks up what `fixture` refers to by natural keys.
pub(super) async fn look_up(base: Base<'_>, fixture: &mut Fixture) -> Result<()> {
    if fixture.wanted.is_empty() {
        return Ok(());
    }
    let mut session = engine::connect(base.target, base.context).await?;
    engine::act_as(session.as_mut(), base.owner).await?;
    let mut found = std::mem::take(&mut fixture.found);
    fixture.wanted.look_up(session.as_mut(), fixture.models(), &mut found).await?;
    session.close().await;
    fixture.found = found;
    Ok(())
}

/// The history of South's in a fixture is not loaded: it says which version the rows are of.
pub(super) fn check_history(theirs: &History, ours: &History, options: &Options) -> Result<()> {
    let shown = |(app, name): &(String, String)| format!("{app}.{name}");
    let missing =
        theirs.difference(ours).next().map(|one| format!("it has {}, which the database has not", shown(one)));
    let newer =
        || ours.difference(theirs).next().map(|one| format!("the database has {}, which it has not", shown(one)));
    match missing.or_else(newer).filter(|_| !options.any_version) {
        None => Ok(()),
        Some(why) => Err(Error::new(ErrorKind::Refused, format!("the fixture is of another version: {why}"))
            .hint("bring the database to the fixture's version: ./manage.py migrate")
            .hint("where tables and columns agree all the same: mainstay data load DUMP --any-version")),
    }
}
