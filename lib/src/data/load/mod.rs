//! Rows into a database.

mod fit;
mod incoming;
mod plan;
mod reader;
pub(super) mod resume;
mod seen;
mod state;

pub(super) use incoming::{Again, Incoming};
pub(super) use plan::{Counter, Unit};
pub use plan::{LateKey, Plan, PlannedColumn, PlannedTable, Silenced};
pub(super) use reader::{Place, Reader, Stop, Take};
pub(super) use resume::Position;
use seen::Seen;
use state::TargetState;

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::django::{Fixture, FixtureRows};
use super::places::{Found, Input};
use super::{Base, thread_gone, without_engine};
use crate::conn::Target;
use crate::engine::Session;
use crate::error::{Error, ErrorKind, Result};

/// What to do with a row whose key is there already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum OnConflict {
    /// Stop, with nothing loaded.
    #[default]
    Error,
    /// Leave the row that is there.
    Skip,
    /// Give the row that is there, by its primary key, the dump's values.
    Update,
}

/// What is asked of a load.
#[derive(Clone, Debug)]
pub struct Options {
    /// Rows whose key is there already.
    pub on_conflict: OnConflict,
    /// Commit after so many rows, and go on from there after an interruption; all at once where nothing is said.
    pub batch: Option<u64>,
    /// Take the columns' word for it where the versions of the migrations differ.
    pub any_version: bool,
    /// The database's name, typed: a production database's rows are not written over without it.
    pub confirm: Option<String>,
    /// How long to wait for a table that somebody has locked.
    pub lock_wait: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            on_conflict: OnConflict::Error,
            batch: None,
            any_version: false,
            confirm: None,
            lock_wait: Duration::from_secs(30),
        }
    }
}

/// What was loaded.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Loaded {
    /// The tables, in the order in which they were filled.
    pub tables: Vec<LoadedTable>,
    /// Rows that are in the database by this load: new ones, and those that got the dump's values.
    pub rows: u64,
    /// Rows of the dump that are not: the row that was there was left.
    pub skipped: u64,
    /// Rows that an earlier load, which was interrupted, had brought in already.
    pub earlier: u64,
    /// How long it took.
    pub seconds: f64,
}

impl Loaded {
    /// The sum of `tables`, and what an earlier load has done.
    pub(super) fn of(tables: Vec<LoadedTable>, earlier: u64) -> Self {
        let rows = tables.iter().map(|table| table.inserted + table.updated).sum();
        let skipped = tables.iter().map(|table| table.skipped).sum();
        Self { tables, rows, skipped, earlier, seconds: 0.0 }
    }
}

/// What became of a table's rows in this load.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct LoadedTable {
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// Rows of the dump.
    pub rows: u64,
    /// Those that are new.
    pub inserted: u64,
    /// Those whose values were given to a row that was there.
    pub updated: u64,
    /// Those for which the row that was there was left.
    pub skipped: u64,
}

/// A dump that is about to be loaded, and what loading it will do.
pub struct Ready {
    incoming: Box<dyn Incoming>,
    again: Again,
    plan: Plan,
}

impl Ready {
    pub(super) fn of(incoming: Box<dyn Incoming>, again: Again, plan: Plan) -> Self {
        Self { incoming, again, plan }
    }

    /// What loading it will do.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }
}

/// Opens the dump and says what loading it will do. The database is only read.
///
/// # Errors
/// It is no dump or a damaged one, or it does not fit the database: each table and column that does not is named.
pub async fn plan(base: Base<'_>, input: Input, options: &Options) -> Result<Ready> {
    let again = input.path().map_or(Again::Never, Again::Lines);
    let temporary = base.temporary.to_owned();
    let found = tokio::task::spawn_blocking(move || input.find(&temporary)).await.map_err(thread_gone)??;
    let (mut incoming, again): (Box<dyn Incoming>, Again) = match found {
        Found::Dump(feed) => (Box::new(Reader::new(feed)), again),
        Found::Fixture(text) => {
            let Seen { engine, models, history } = Seen::read(base).await?;
            let read = move || Fixture::of(text, models, engine);
            let mut fixture = tokio::task::spawn_blocking(read).await.map_err(thread_gone)??;
            seen::look_up(base, &mut fixture).await?;
            let fixture = Arc::new(fixture);
            if let Some(said) = &fixture.history {
                seen::check_history(said, &history, options)?;
            }
            (Box::new(FixtureRows::new(Arc::clone(&fixture))), Again::Fixture(fixture))
        }
    };
    let plan = plan_of(base, incoming.as_mut(), options).await?;
    Ok(Ready { incoming, again, plan })
}

pub(super) async fn plan_of(base: Base<'_>, incoming: &mut dyn Incoming, options: &Options) -> Result<Plan> {
    let read = TargetState::read(base).await?;
    let order = read.order(incoming.manifest())?;
    let order = if incoming.choose(&order) { order } else { (0..incoming.manifest().tables.len()).collect() };
    read.plan(incoming, &order, options)
}

/// Loads the dump as its plan says: wholly, or in batches from where an earlier load has ended.
///
/// # Errors
/// The database has changed since the plan was made; a row is damaged or cannot be held, with its file and line; a key is there
/// already, or refers to a row that never comes. Without batches nothing is loaded then.
pub async fn load(base: Base<'_>, ready: Ready, options: &Options) -> Result<Loaded> {
    let begun = Instant::now();
    let Ready { incoming, again, plan } = ready;
    let state = TargetState::read(base).await?;
    state.check_consent(options)?;
    let now = state.plan(incoming.as_ref(), &plan.order(), options)?;
    if now != plan {
        let message = "the database has changed since it was looked at";
        return Err(Error::new(ErrorKind::Refused, message)
            .hint("see what loading will do now: mainstay data load DUMP --dry-run"));
    }
    let work = Work { incoming, again, plan, options: options.clone() };
    let mut loaded = match base.target {
        #[cfg(feature = "postgres")]
        Target::Postgres(target) => super::postgres::Target::load(target, base, work).await,
        #[cfg(feature = "sqlite")]
        Target::Sqlite(target) => super::sqlite::Target::load(target, base, work).await,
        #[allow(unreachable_patterns, reason = "with both engines compiled in, every target has its arm")]
        other => Err(without_engine(other)),
    }?;
    loaded.seconds = begun.elapsed().as_secs_f64();
    Ok(loaded)
}

/// A load that goes to an engine's end.
pub(super) struct Work {
    pub(super) incoming: Box<dyn Incoming>,
    /// The dump, where it can be read once more to look something up.
    pub(super) again: Again,
    pub(super) plan: Plan,
    pub(super) options: Options,
}

/// The lock that loads of one database share.
pub(super) const LOCK: &str = "data load";

/// Makes sure that nobody else loads into the database meanwhile.
pub(super) async fn alone(session: &mut dyn Session) -> Result<()> {
    if session.try_lock(LOCK).await? {
        return Ok(());
    }
    let holder = session.lock_holder(LOCK).await?;
    let holder = holder.map_or_else(|| "another instance".to_owned(), |holder| holder.description);
    Err(Error::new(ErrorKind::Locked, format!("{holder} is loading rows into this database"))
        .hint("wait until it is done, and look at what is there: mainstay tables"))
}

/// What is done in one transaction each, beginning where an earlier load has ended.
pub(super) fn units(plan: &Plan, options: &Options, earlier: Position) -> Vec<Unit> {
    let all = Unit { from: 0, to: plan.tables.len().saturating_sub(1), whole: true };
    let units = match options.batch {
        _ if plan.tables.is_empty() => Vec::new(),
        None => vec![all],
        Some(_) => plan.units.clone(),
    };
    units.into_iter().filter(|unit| unit.to >= earlier.tables).collect()
}

/// Nothing loaded yet.
pub(super) fn empty(table: &PlannedTable) -> LoadedTable {
    LoadedTable { schema: table.schema.clone(), name: table.name.clone(), ..LoadedTable::default() }
}
