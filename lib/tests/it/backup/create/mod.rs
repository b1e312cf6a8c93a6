//! Backups of PostgreSQL, taken and restored by stock pg_restores.

mod configured;
mod encrypted;
mod export;
mod faults;
mod sqlite;
mod standby;
mod whole;

use std::path::Path;
use std::process::Command;

use mainstay::archive::manifest::Manifest;
use mainstay::backup::{Order, Taken, create};
use mainstay::conn::Target;
use mainstay::store::FolderStore;
use mainstay::tool::Binaries;
use mainstay_testing::{TestDatabase, TestServer, clients, server};

use super::context;

/// A database with something of every kind.
fn zoo(server: &TestServer) -> TestDatabase {
    roles(server);
    let database = server.database();
    database.psql(include_str!("zoo.sql"));
    database
}

/// The roles that the zoo names.
fn roles(server: &TestServer) {
    for role in ["backup_owner", "backup_reader"] {
        // Another test may be making it.
        let made = server.try_psql("postgres", "postgres", &format!("CREATE ROLE {role} LOGIN"));
        assert!(made.as_ref().err().is_none_or(|words| words.contains("already exists") || words.contains("unique")));
    }
}

/// Takes a backup of `target` into `folder`, changed from the usual by `change`.
async fn taken(target: &Target, folder: &Path, change: impl for<'a> Fn(&mut Order<'a>)) -> mainstay::Result<Taken> {
    let folders: Vec<String> = clients().iter().map(|binaries| binaries.bin.display().to_string()).collect();
    let (store, path, temporary) = (FolderStore::new(folder), folders.join(":"), std::env::temp_dir());
    let mut order = Order::new(&store, &path, &temporary);
    change(&mut order);
    create(target, &order, &context()).await
}

/// The manifest of the one backup in `folder`, and where it is.
fn read(folder: &Path, taken: &Taken) -> (Manifest, std::path::PathBuf) {
    let archive = folder.join(&taken.manifest.id);
    let manifest = Manifest::read(&std::fs::read(archive.join("manifest.json")).unwrap()).unwrap();
    assert_eq!(manifest, taken.manifest);
    (manifest, archive)
}

/// Restores the archive by the pg_restore of `binaries`, which must not say a word.
fn restored(binaries: &Binaries, server: &TestServer, archive: &Path, jobs: usize) -> TestDatabase {
    roles(server);
    let database = server.database();
    let output = Command::new(binaries.program("pg_restore"))
        .args(["-U", "postgres", "-p", &server.port().to_string(), "-h"])
        .arg(server.socket())
        .args(["-j", &jobs.to_string(), "-d", database.name()])
        .arg(archive)
        .env_clear()
        .envs([("LC_ALL", "C.UTF-8"), ("PGPASSFILE", "/nonexistent")])
        .output()
        .unwrap();
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && words.is_empty(), "{} -j{jobs}: {words}", binaries.version);
    database
}

/// Everything that the pg_dump of `binaries` says of a database, the rows of each table sorted.
fn dumped(binaries: &Binaries, server: &TestServer, database: &TestDatabase) -> Vec<String> {
    let output = Command::new(binaries.program("pg_dump"))
        .args(["-U", "postgres", "-p", &server.port().to_string(), "-h"])
        .arg(server.socket())
        .args(["-d", database.name()])
        .env_clear()
        .envs([("LC_ALL", "C.UTF-8"), ("PGPASSFILE", "/nonexistent")])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let mut lines: Vec<String> = text
        .lines()
        .filter(|line| !line.starts_with("\\restrict") && !line.starts_with("\\unrestrict"))
        .map(str::to_owned)
        .collect();
    let mut at = 0;
    while at < lines.len() {
        if lines[at].starts_with("COPY ") {
            let end = at + lines[at..].iter().position(|line| line == "\\.").unwrap();
            lines[at + 1..end].sort();
            at = end;
        }
        at += 1;
    }
    lines
}

/// The programs beside the server of this run.
fn installed() -> Binaries {
    clients().into_iter().find(|binaries| binaries.bin == server().binaries().bin).unwrap()
}

fn same(found: &[String], expected: &[String], what: &str) {
    for (at, (found, expected)) in found.iter().zip(expected).enumerate() {
        assert_eq!(found, expected, "{what}: line {at}");
    }
    assert_eq!(found.len(), expected.len(), "{what}");
}
