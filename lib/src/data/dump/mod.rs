//! Rows out of a database, on one snapshot.

mod writing;

pub(super) use writing::{AsLines, Form, PIECE, Writing};

use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::{Duration, Instant};

use super::django::{self, Layout};
use super::places::Output;
use super::tables::Portable;
use super::{Base, Format, without_engine};
use crate::archive::digest::Seed;
use crate::catalog::Catalog;
use crate::conn::Target;
use crate::engine::{ServerInfo, Session};
use crate::error::Result;
use crate::ledger::TOOL_VERSION;
use crate::portable::Kind;
use crate::portable::django::Models;
use crate::portable::manifest::{Engine, FORMAT, Manifest, Source};

/// Which tables are wanted.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// As people type them; all where none is named. For a fixture, applications and models.
    pub tables: Vec<String>,
    /// Applications and models that are left out of a fixture.
    pub excluded: Vec<String>,
}

/// What is asked of a dump.
#[derive(Clone, Debug)]
pub struct Order {
    /// Which tables.
    pub selection: Selection,
    /// In which form.
    pub format: Format,
    /// How long to wait for a table that somebody has locked.
    pub lock_wait: Duration,
}

impl Default for Order {
    fn default() -> Self {
        Self { selection: Selection::default(), format: Format::Own, lock_wait: Duration::from_secs(30) }
    }
}

/// A dump that was made.
#[derive(Clone, Debug)]
pub struct Dumped {
    /// What it holds.
    pub manifest: Manifest,
    /// Where it is, for people.
    pub to: String,
    /// How long it took.
    pub seconds: f64,
}

/// What a dump would hold.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Foreseen {
    /// The tables, in the order in which they would be written.
    pub tables: Vec<ForeseenTable>,
    /// What has rows and would not be in it.
    pub left_out: Vec<String>,
}

/// A table of a dump to be.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct ForeseenTable {
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// Its rows, counted.
    pub rows: u64,
}

/// Dumps rows of the database to `output`, where the dump is, whole, once this returns.
///
/// # Errors
/// A table is not there or cannot be read, or the dump cannot be written: nothing is left of it then.
pub async fn dump(base: Base<'_>, order: &Order, output: Output) -> Result<Dumped> {
    let begun = Instant::now();
    output.check()?;
    let to = output.describe();
    let opened = open(base, order).await?;
    let form = output.open(order.format, opened.draft().layouts.clone())?;
    let manifest = opened.pour(form, base).await?;
    Ok(Dumped { manifest, to, seconds: begun.elapsed().as_secs_f64() })
}

/// What [`dump`] would write: every row is counted, and none is.
///
/// # Errors
/// As [`dump`], before the first row.
pub async fn foresee(base: Base<'_>, order: &Order) -> Result<Foreseen> {
    let (manifest, counts) = open(base, order).await?.count(base).await?;
    let table = |(table, rows): (&crate::portable::manifest::Table, u64)| ForeseenTable {
        schema: table.schema.clone(),
        name: table.name.clone(),
        rows,
    };
    Ok(Foreseen { tables: manifest.tables.iter().zip(counts).map(table).collect(), left_out: manifest.left_out })
}

/// A database whose rows are about to be read.
#[allow(clippy::large_enum_variant, reason = "there is one of them in a process")]
pub(super) enum Opened {
    #[cfg(feature = "postgres")]
    Postgres(super::postgres::Source),
    #[cfg(feature = "sqlite")]
    Sqlite(super::sqlite::Source),
}

impl Opened {
    /// What is read.
    pub(super) fn draft(&self) -> &Draft {
        match self {
            #[cfg(feature = "postgres")]
            Self::Postgres(source) => source.draft(),
            #[cfg(feature = "sqlite")]
            Self::Sqlite(source) => source.draft(),
        }
    }

    /// What is read, the rows not counted yet.
    pub(super) fn manifest(&self) -> &Manifest {
        &self.draft().manifest
    }

    /// The rows of each table, counted.
    pub(super) async fn count(self, base: Base<'_>) -> Result<(Manifest, Vec<u64>)> {
        match self {
            #[cfg(feature = "postgres")]
            Self::Postgres(mut source) => source.count().await,
            #[cfg(feature = "sqlite")]
            Self::Sqlite(source) => source.count(base).await,
        }
    }

    /// Reads all of it, and writes it down in this form.
    pub(super) async fn pour(self, form: Box<dyn Form>, base: Base<'_>) -> Result<Manifest> {
        match self {
            #[cfg(feature = "postgres")]
            Self::Postgres(mut source) => source.pour(form, base).await,
            #[cfg(feature = "sqlite")]
            Self::Sqlite(source) => source.pour(form, base).await,
        }
    }
}

pub(super) async fn open(base: Base<'_>, order: &Order) -> Result<Opened> {
    match base.target {
        #[cfg(feature = "postgres")]
        Target::Postgres(target) => super::postgres::Source::open(target, base, order).await.map(Opened::Postgres),
        #[cfg(feature = "sqlite")]
        Target::Sqlite(target) => super::sqlite::Source::open(target, base, order).await.map(Opened::Sqlite),
        #[allow(unreachable_patterns, reason = "with both engines compiled in, every target has its arm")]
        other => Err(without_engine(other)),
    }
}

/// A dump before its rows are read.
#[derive(Clone)]
pub(super) struct Draft {
    /// What it will hold.
    pub(super) manifest: Manifest,
    /// What is read for it, one after the other.
    pub(super) reads: Vec<Read>,
    /// How objects of a fixture are written, by the place of their table in the manifest.
    pub(super) layouts: Vec<(usize, Layout)>,
}

/// Rows that are read.
#[derive(Clone)]
pub(super) struct Read {
    /// The table, by its place in the manifest.
    pub(super) table: usize,
    /// What each row has: a name, and what the values mean.
    pub(super) columns: Vec<(String, Kind)>,
    /// The query that gives them, where it is not the table itself.
    pub(super) select: Option<String>,
}

impl Read {
    /// What the values of each row mean.
    pub(super) fn kinds(&self) -> Vec<Kind> {
        self.columns.iter().map(|(_, kind)| *kind).collect()
    }
}

/// What is known of a dump before its rows are; of a fixture, where there are `models`.
pub(super) fn draft(
    catalog: &Catalog,
    engine: Engine,
    server: &ServerInfo,
    migration: Option<String>,
    selection: &Selection,
    models: Option<&Models>,
) -> Result<Draft> {
    let begun = jiff::Timestamp::now();
    let seed = Seed(RandomState::new().build_hasher().finish());
    let mut manifest = Manifest {
        format: FORMAT,
        id: format!("{}-{:016x}", begun.strftime("%Y%m%dT%H%M%SZ"), seed.0),
        created: begun.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        tool: TOOL_VERSION.to_owned(),
        source: Source { engine, database: server.database.clone(), version: server.version.clone() },
        migration,
        seed,
        complete: false,
        tables: Vec::new(),
        left_out: Vec::new(),
    };
    if let Some(models) = models {
        return django::draft(catalog, engine, models, selection, manifest);
    }
    let portable = Portable::of(catalog, engine);
    let tables = portable.named(&selection.tables)?;
    manifest.tables = portable.describe(&tables);
    // What was not asked for is not left out.
    manifest.left_out = if selection.tables.is_empty() { portable.left_out } else { Vec::new() };
    let columns = |table: &crate::portable::manifest::Table| -> Vec<(String, Kind)> {
        table.columns.iter().map(|column| (column.name.clone(), column.kind)).collect()
    };
    let reads = manifest.tables.iter().enumerate();
    let reads = reads.map(|(at, table)| Read { table: at, columns: columns(table), select: None }).collect();
    Ok(Draft { manifest, reads, layouts: Vec::new() })
}

/// The models of the database, where a fixture is wanted.
pub(super) async fn models(
    session: &mut dyn Session,
    catalog: &Catalog,
    base: Base<'_>,
    order: &Order,
) -> Result<Option<Models>> {
    match order.format {
        Format::Own => Ok(None),
        Format::Django => django::models(session, catalog, base.django).await.map(Some),
    }
}
