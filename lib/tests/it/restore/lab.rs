//! Databases that are dumped by stock programs and restored by us.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use mainstay::Error;
use mainstay::archive::sealed::Unlocking;
use mainstay::conn::{PostgresTarget, Target};
use mainstay::engine::Context;
use mainstay::observer::{Observer, Silent};
use mainstay::restore::{self, Backup, Birth, Consent, Options, Owners, Restored, Servers, Way};
use mainstay::tool::Binaries;
use mainstay_testing::{TestDatabase, TestServer};

/// The roles that the zoo names.
pub(super) const ROLES: [&str; 2] = ["restore_owner", "restore_reader"];

/// Makes the roles of the zoo on `server`.
pub(super) fn roles(server: &TestServer) {
    for role in ROLES {
        // Another test may be making it.
        let made = server.try_psql("postgres", "postgres", &format!("CREATE ROLE {role}"));
        assert!(made.as_ref().err().is_none_or(|words| words.contains("already exists") || words.contains("unique")));
    }
}

/// A database with something of every kind.
pub(super) fn zoo(server: &TestServer) -> TestDatabase {
    roles(server);
    let database = server.database();
    database.psql(include_str!("zoo.sql"));
    database
}

/// Dumps `database` of `server` with the pg_dump of `binaries`.
pub(super) fn dump(binaries: &Binaries, server: &TestServer, database: &str, options: &[&str], to: &Path) {
    let output = Command::new(binaries.program("pg_dump"))
        .args(["-U", "postgres", "-p", &server.port().to_string(), "-h"])
        .arg(server.socket())
        .args(["-d", database])
        .args(options)
        .arg("-f")
        .arg(to)
        .env_clear()
        .envs([("LC_ALL", "C.UTF-8"), ("PGPASSFILE", "/nonexistent")])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// What the server's own pg_dump says of a database, rows and all; rows of a table in one order.
pub(super) fn told(binaries: &Binaries, server: &TestServer, database: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("dump.sql");
    dump(binaries, server, database, &[], &file);
    let text = std::fs::read(&file).unwrap();
    let text = String::from_utf8_lossy(&text);
    let mut told = Vec::new();
    let mut rows: Option<Vec<&str>> = None;
    for line in text.lines().filter(|line| !line.starts_with("\\restrict") && !line.starts_with("\\unrestrict")) {
        match &mut rows {
            Some(held) if line == "\\." => {
                held.sort_unstable();
                told.append(held);
                told.push(line);
                rows = None;
            }
            Some(held) => held.push(line),
            None => {
                told.push(line);
                rows = line.ends_with("FROM stdin;").then(Vec::new);
            }
        }
    }
    told.join("\n")
}

/// Options of a restore into the new database `name`.
pub(super) fn into(name: &str) -> Options {
    Options {
        way: Way::New(name.to_owned()),
        only: Vec::new(),
        owners: Owners::default(),
        roles: false,
        owner: None,
        birth: Birth::default(),
        jobs: 3,
        clean: false,
        production: false,
        consent: Consent::default(),
        label: "20261121T221000Z".to_owned(),
    }
}

pub(super) fn postgres(target: Target) -> PostgresTarget {
    let Target::Postgres(target) = target else { unreachable!("a PostgreSQL server") };
    target
}

/// A name that no other test has.
pub(super) fn fresh() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    format!("restored_{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// Plans and restores `backup`.
pub(super) async fn run(backup: &mut Backup, options: &Options, target: &PostgresTarget) -> Result<Restored, Error> {
    watched(backup, options, target, Arc::new(Silent)).await
}

/// The same before an observer.
pub(super) async fn watched(
    backup: &mut Backup,
    options: &Options,
    target: &PostgresTarget,
    observer: Arc<dyn Observer>,
) -> Result<Restored, Error> {
    let context = Context { observer, dial: None, application_name: "restore".to_owned() };
    let servers = Servers { target, admin: None, context: &context };
    let plan = restore::plan(backup, options, &servers).await?;
    restore::restore(backup, &plan, options, &servers).await
}

/// Where the archive of a test is.
pub(super) struct Place {
    pub(super) folder: tempfile::TempDir,
}

impl Place {
    pub(super) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub(super) fn path(&self) -> PathBuf {
        self.folder.path().join("archive")
    }
}

/// Opens what is at `path`.
pub(super) async fn open(path: &Path) -> Backup {
    Backup::open(path, &Owners::default(), &Unlocking::default())
        .await
        .unwrap_or_else(|error| panic!("{}: {error:?}", path.display()))
}

/// The names of the databases on `server` that begin with one of these.
pub(super) fn databases(server: &TestServer, prefix: &str) -> String {
    let sql = format!(
        "SELECT string_agg(datname, ' ' ORDER BY datname) FROM pg_database WHERE starts_with(datname, '{prefix}')"
    );
    server.try_psql("postgres", "postgres", &sql).unwrap()
}
