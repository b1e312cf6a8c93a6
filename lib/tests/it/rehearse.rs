//! Tests of `rehearse`: pending migrations on a clone of the database.

mod clones;
mod memory;
mod offences;
mod sqlite;
mod traces;
mod trouble;
mod wrapped;

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use mainstay::conn::{PostgresTarget, Target};
use mainstay::observer::{Event, Observer};
use mainstay::rehearse::{Means, Offence, Options, Rehearsal, Rehearsed};
use mainstay::{Builder, Database, Result};
use mainstay_testing::{TestDatabase, server};

/// A project whose database has had its first migration.
struct Lab {
    folder: tempfile::TempDir,
    database: TestDatabase,
    user: String,
    path: String,
    scheme: String,
    heard: Arc<Heard>,
}

#[derive(Default)]
struct Heard(Mutex<Vec<String>>);

impl Observer for Heard {
    fn event(&self, event: Event<'_>) {
        if let Event::Warning { message } = event {
            self.0.lock().unwrap().push(message.to_owned());
        }
    }
}

impl Lab {
    /// On a new database in which `sql` has run.
    fn new(sql: &str) -> Self {
        Self::on(server().database(), "postgres", sql)
    }

    fn on(database: TestDatabase, user: &str, sql: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        // A private server runs as another user, who must get at its folder.
        let open = || std::os::unix::fs::PermissionsExt::from_mode(0o711);
        std::fs::set_permissions(folder.path(), open()).unwrap();
        std::fs::create_dir(folder.path().join("tmp")).unwrap();
        std::fs::set_permissions(folder.path().join("tmp"), open()).unwrap();
        let path = std::env::var("PATH").unwrap_or_default();
        let lab =
            Self { folder, database, user: user.to_owned(), path, scheme: "postgresql".into(), heard: Arc::default() };
        if !sql.is_empty() {
            lab.database.psql(sql);
        }
        lab
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn file(&self, name: &str, text: &str) -> &Self {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
        self
    }

    /// The pending migration number `number`.
    fn migration(&self, number: u32, sql: &str) -> &Self {
        self.file(&format!("migrations/{number}_step.up.sql"), sql)
    }

    fn builder(&self) -> Builder {
        let url = self.database.url().replace("user=postgres", &format!("user={}", self.user));
        let url = url.replacen("postgresql://", &format!("{}://{}@", self.scheme, self.user), 1);
        let temporary = self.path("tmp").display().to_string();
        let vars = [("DATABASE_URL", url), ("PATH", self.path.clone()), ("TMPDIR", temporary)];
        let observer: Arc<dyn Observer> = self.heard.clone();
        let vars = vars.map(|(name, value)| (name.to_owned(), value));
        Database::project(self.folder.path()).vars(vars).observer(observer)
    }

    fn open(&self) -> Database {
        self.builder().build().unwrap()
    }

    async fn rehearse(&self, means: Means) -> Result<Rehearsal> {
        self.open().rehearse(Options { means, keep: false }).await
    }

    /// Rehearses, and sees that the database, its rows and its locks are as before and that nothing is left behind.
    async fn rehearsed(&self, means: Means) -> Rehearsal {
        let before = self.fingerprint();
        let rehearsal = self.rehearse(means).await.unwrap_or_else(|error| panic!("{error:?}"));
        assert_eq!(self.fingerprint(), before, "the database was touched");
        self.assert_clean();
        rehearsal
    }

    /// The one migration that was rehearsed.
    async fn one(&self) -> Rehearsed {
        let mut rehearsal = self.rehearsed(Means::Any).await;
        assert_eq!(rehearsal.migrations.len(), 1);
        rehearsal.migrations.remove(0)
    }

    /// Schema, ledger and rows of every table, as pg_dump has them.
    fn fingerprint(&self) -> String {
        let rows = self.database.psql(
            "SELECT string_agg(format('%s %s', c.oid::regclass, (xpath('/row/d/text()', query_to_xml(format( \
               'SELECT md5(string_agg(t::text, '','' ORDER BY t::text)) AS d FROM ONLY %s t', c.oid::regclass), \
               false, true, '')))[1]), ' ' ORDER BY c.oid) FROM pg_class c \
             WHERE relkind = 'r' AND relnamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)",
        );
        // Newer dumps have a random word in a line of psql's own.
        let schema = self.database.dump_schema();
        let schema: Vec<&str> = schema.lines().filter(|line| !line.starts_with('\\')).collect();
        format!("{}\n{rows}", schema.join("\n"))
    }

    /// Neither a scratch database nor a file of ours is left.
    fn assert_clean(&self) {
        let left: Vec<PathBuf> =
            std::fs::read_dir(self.path("tmp")).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert!(left.is_empty(), "{left:?}");
        let sessions = self.database.psql(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() \
             AND state <> 'idle'",
        );
        assert_eq!(sessions, "0");
    }

    fn target(&self) -> PostgresTarget {
        match self.database.target() {
            Target::Postgres(target) => target,
            Target::Sqlite(_) => unreachable!("a test database is PostgreSQL's"),
        }
    }
}

/// `1 row of public.t breaks CHECK …: id=1; id=2`.
fn told(offence: &Offence) -> String {
    format!("{} of {}: {}: {}", offence.rows, offence.table, offence.breaks, offence.examples.join("; "))
}
