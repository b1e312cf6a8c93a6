//! Archives against PostgreSQL's own programs.

mod build;
mod digests;
mod restore;
mod stock;

use std::path::Path;
use std::process::Command;

use futures_util::TryStreamExt;
use mainstay::tokio_postgres::{Client, Config, NoTls};
use mainstay::tool::Binaries;
use mainstay_testing::{TestDatabase, TestServer};

/// A database with something of everything, on `server`.
fn zoo(server: &TestServer) -> TestDatabase {
    roles(server);
    let database = server.database();
    database.psql(include_str!("zoo.sql"));
    database
}

/// The roles that the zoo names.
fn roles(server: &TestServer) {
    for role in ["archive_other", "archive_reader"] {
        // Another test may be making it.
        let made = server.try_psql("postgres", "postgres", &format!("CREATE ROLE {role}"));
        assert!(made.as_ref().err().is_none_or(|words| words.contains("already exists") || words.contains("unique")));
    }
}

/// A session of the driver's own.
async fn client(server: &TestServer, database: &TestDatabase) -> Client {
    let mut config = Config::new();
    config.host_path(server.socket()).port(server.port()).user("postgres").dbname(database.name());
    let (client, connection) = config.connect(NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

/// What a `COPY … TO STDOUT` sends, message by message.
async fn copied(client: &Client, copy: &str) -> Vec<Vec<u8>> {
    let messages = client.copy_out(copy).await.unwrap_or_else(|error| panic!("{copy}: {error:?}"));
    messages.map_ok(|message| message.to_vec()).try_collect().await.unwrap()
}

/// Runs one of PostgreSQL's programs on a database; `Err` has its words, warnings too.
fn run(binaries: &Binaries, name: &str, server: &TestServer, args: &[&str], folder: &Path) -> Result<(), String> {
    let output = Command::new(binaries.program(name))
        .args(["-U", "postgres", "-p", &server.port().to_string(), "-h"])
        .arg(server.socket())
        .args(args)
        .arg(folder)
        .env_clear()
        .envs([("LC_ALL", "C.UTF-8"), ("PGPASSFILE", "/nonexistent"), ("TZ", "Europe/Zurich")])
        .output()
        .unwrap();
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    if output.status.success() && words.is_empty() { Ok(()) } else { Err(words) }
}
