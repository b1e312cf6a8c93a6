//! From a folder and the environment to a database that is ready, and a client on it.

use std::path::PathBuf;
use std::time::Duration;

use mainstay::Database;
use mainstay::prepare::Prepared;
use tokio_postgres::Client;

/// How long a start waits for a server that is not up yet, as at boot.
const PATIENCE: Duration = Duration::from_secs(60);

/// The database of the project in `folder`, with the migrations that are part of this binary.
///
/// # Errors
/// A setting is wrong: see [`mainstay::Builder::build`].
pub fn database(
    folder: impl Into<PathBuf>,
    vars: impl IntoIterator<Item = (String, String)>,
) -> mainstay::Result<Database> {
    let migrations = mainstay::embed_migrations!("$CARGO_MANIFEST_DIR/migrations");
    Database::project(folder).vars(vars).migrations(migrations).wait(PATIENCE).build()
}

/// What every start does: role, database, tables and indexes are there afterwards, whatever was there before.
///
/// # Errors
/// Whatever stops it, with the database at the last good migration.
pub async fn open(database: &Database) -> mainstay::Result<(Prepared, Client)> {
    let prepared = database.prepare().await?;
    Ok((prepared, database.client().await?))
}
