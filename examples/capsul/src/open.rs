//! From a folder and the environment to a database that is ready, and a client on it.

use std::path::PathBuf;
use std::time::Duration;

use mainstay::Database;
use mainstay::prepare::Prepared;
use tokio_postgres::Client;

/// How long a start waits for a server that is not up yet, as at boot.
const PATIENCE: Duration = Duration::from_secs(60);

/// The database of the project in `folder`, with the scripts of its `schema_migrations`.
///
/// # Errors
/// A setting is wrong: see [`mainstay::Builder::build`].
pub fn database(
    folder: impl Into<PathBuf>,
    vars: impl IntoIterator<Item = (String, String)>,
) -> mainstay::Result<Database> {
    Database::project(folder).vars(vars).wait(PATIENCE).build()
}

/// What every start of a hub does first: the database is there and at the desired version afterwards.
///
/// # Errors
/// Whatever stops it, with the database at the last good version.
pub async fn open(database: &Database) -> mainstay::Result<(Prepared, Client)> {
    let prepared = database.prepare().await?;
    Ok((prepared, database.client().await?))
}
