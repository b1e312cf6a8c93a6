//! From a folder and the environment to a database that is ready, and a client on it.

use std::path::PathBuf;
use std::time::Duration;

use mainstay::Database;
use mainstay::conn::{Address, SslMode, Target};
use mainstay::prepare::Prepared;
use tokio_postgres::{Client, Config, NoTls};

use crate::AnyError;

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
pub async fn open(database: &Database) -> Result<(Prepared, Client), AnyError> {
    let prepared = database.prepare().await?;
    Ok((prepared, connect(database.target()).await?))
}

/// A client on `target`. WalT's database is beside it, on a socket or on loopback, so there is no TLS here.
///
/// # Errors
/// The target asks for TLS or is no PostgreSQL, or there is no connection to be had.
pub async fn connect(target: &Target) -> Result<Client, AnyError> {
    let Target::Postgres(target) = target else {
        return Err(format!("walt needs PostgreSQL, and {} is none", target.describe()).into());
    };
    if matches!(target.sslmode, SslMode::Require | SslMode::VerifyCa | SslMode::VerifyFull) {
        return Err("walt talks to its own machine and has no TLS: leave sslmode away".into());
    }
    let mut config = Config::new();
    config.user(&target.user).dbname(&target.dbname).application_name("walt");
    for host in &target.hosts {
        match &host.address {
            Address::Socket(folder) => config.host_path(folder),
            Address::Tcp { name, .. } => config.host(name),
        };
        config.port(host.port);
        if let Some(password) = host.password.as_ref().or(target.password.as_ref()) {
            config.password(password.expose());
        }
    }
    let (client, connection) = config.connect(NoTls).await?;
    // When the connection breaks, the client's next call says so.
    tokio::spawn(connection);
    Ok(client)
}
