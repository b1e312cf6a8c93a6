//! From a folder and the environment to a database that is ready.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use mainstay::Database;
use mainstay::prepare::Prepared;

use crate::Store;

/// How long a start waits for a server that is not up yet, or that has no connection free.
const PATIENCE: Duration = Duration::from_secs(60);

/// The database of the project in `folder`, with the migrations that are part of this binary. One folder of them serves both
/// engines.
///
/// # Errors
/// A setting is wrong: see [`mainstay::Builder::build`].
pub fn database(
    folder: impl Into<PathBuf>,
    vars: impl IntoIterator<Item = (String, String)>,
) -> mainstay::Result<Arc<Database>> {
    let migrations = mainstay::embed_migrations!("$CARGO_MANIFEST_DIR/migrations");
    Database::project(folder).vars(vars).migrations(migrations).wait(PATIENCE).build().map(Arc::new)
}

/// What every start does: whatever was there before, the layout is the newest afterwards, and a copy of what was there is kept.
///
/// # Errors
/// Whatever stops it, with the database at the last good migration.
pub async fn open(database: &Arc<Database>) -> mainstay::Result<(Prepared, Store)> {
    let prepared = database.prepare().await?;
    Ok((prepared, Store::new(database)?))
}

/// For maintenance: the database as it is. Nothing is created and nothing migrated.
///
/// # Errors
/// It cannot be used at all.
pub fn open_unchanged(database: &Arc<Database>) -> mainstay::Result<Store> {
    Store::new(database)
}
