//! From one database into another without a file between: a dump and a load at the two ends of a pipe.

use std::time::Instant;

use super::Base;
use super::dump::{self, AsLines, Opened, Order};
use super::load::{self, Again, Loaded, Options, Plan, Reader, Ready};
use super::places::pipe;
use crate::conn::Target;
use crate::engine::{connect, first_cell};
use crate::error::{Error, ErrorKind, Result};
use crate::portable::manifest::Manifest;

/// Rows that were copied.
#[derive(Clone, Debug)]
pub struct Copied {
    /// What was read, with its digests.
    pub manifest: Manifest,
    /// What was loaded.
    pub loaded: Loaded,
}

/// What [`copy`] would do. Both databases are only read.
///
/// # Errors
/// The tables of the one do not fit the other.
pub async fn plan_copy(from: Base<'_>, to: Base<'_>, order: &Order, options: &Options) -> Result<Plan> {
    check_apart(from, to).await?;
    let source = dump::open(from, order).await?;
    let (_, feed) = pipe(source.manifest().clone());
    let mut feed = Reader::new(Box::new(feed));
    let mut plan = load::plan_of(to, &mut feed, options).await?;
    let (_, counts) = source.count(from).await?;
    for table in &mut plan.tables {
        table.rows = counts.get(table.place).copied();
    }
    Ok(plan)
}

/// Copies rows of `from` into `to`: everything, or nothing.
///
/// # Errors
/// As [`dump`](super::dump) and [`load`](super::load), whichever fails first.
pub async fn copy(from: Base<'_>, to: Base<'_>, order: &Order, options: &Options) -> Result<Copied> {
    let begun = Instant::now();
    if options.batch.is_some() {
        let message = "a copy has no file to go on from, so it goes by no batches";
        return Err(Error::new(ErrorKind::Usage, message)
            .hint("dump to a folder, and load that: mainstay data load DIR --batch 10000"));
    }
    check_apart(from, to).await?;
    let source: Opened = dump::open(from, order).await?;
    let (end, feed) = pipe(source.manifest().clone());
    let mut feed = Reader::new(Box::new(feed));
    let plan = load::plan_of(to, &mut feed, options).await?;
    let ready = Ready::of(Box::new(feed), Again::Never, plan);
    let (poured, loaded) =
        tokio::join!(source.pour(Box::new(AsLines::to(Box::new(end))), from), load::load(to, ready, options));
    let mut copied = match (poured, loaded) {
        // Whoever lost the other end has nothing to say of why.
        (Err(read), Err(written)) if is_lost(&read) => return Err(written),
        (Err(read), _) => return Err(read),
        (Ok(_), Err(written)) => return Err(written),
        (Ok(manifest), Ok(loaded)) => Copied { manifest, loaded },
    };
    copied.loaded.seconds = begun.elapsed().as_secs_f64();
    Ok(copied)
}

/// # Errors
/// [`ErrorKind::Usage`]: both are one database, which would wait for itself, or have each row twice.
async fn check_apart(from: Base<'_>, to: Base<'_>) -> Result<()> {
    if from.target.flavor() != to.target.flavor() || identity(from).await? != identity(to).await? {
        return Ok(());
    }
    let message = format!("{} and {} are the same database", from.target.describe(), to.target.describe());
    Err(Error::new(ErrorKind::Usage, message).hint("name the two ends: mainstay data copy FROM TO"))
}

/// What no two databases share, whatever way leads to them.
async fn identity(base: Base<'_>) -> Result<String> {
    if let Target::Sqlite(file) = base.target {
        return Ok(std::fs::canonicalize(&file.path).unwrap_or_else(|_| file.path.clone()).display().to_string());
    }
    let mut session = connect(base.target, base.context).await?;
    let asked = "SELECT pg_catalog.pg_postmaster_start_time() || ' ' || oid FROM pg_catalog.pg_database \
         WHERE datname = pg_catalog.current_database()";
    let rows = session.query(asked).await?;
    session.close().await;
    Ok(first_cell(&rows).unwrap_or_default().to_owned())
}

fn is_lost(error: &Error) -> bool {
    error.kind() == ErrorKind::ConnectionLost && error.sql().is_none() && error.causes().is_empty()
}
