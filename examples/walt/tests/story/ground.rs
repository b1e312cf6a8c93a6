//! The ground that the story stands on: a PostgreSQL server of its own, in a time zone that is not UTC.

use std::io::{BufRead, BufReader, Lines};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use mainstay::Database;
use mainstay::dialect::Version;
use mainstay::prepare::Prepared;
use mainstay_testing::{Cli, TestServer};
use tokio_postgres::Client;

/// A machine with a PostgreSQL server and the example's `mainstay.toml`, and nothing else.
pub struct Ground {
    server: TestServer,
    folder: tempfile::TempDir,
}

impl Ground {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("mainstay.toml"), include_str!("../../mainstay.toml")).expect("a file");
        // Without autovacuum, every transaction is the story's.
        Self { server: TestServer::start(&[("timezone", "Europe/Paris"), ("autovacuum", "off")], ""), folder }
    }

    /// The example's database, under another name than `walt` where several are needed.
    pub fn database(&self, name: &str) -> Database {
        walt::database(self.folder.path(), self.vars(name)).expect("resolved")
    }

    /// The same, as it was at an earlier version of WalT.
    pub fn database_at(&self, name: &str, version: &str) -> Database {
        Database::project(self.folder.path())
            .vars(self.vars(name))
            .migrations(mainstay::embed_migrations!("$CARGO_MANIFEST_DIR/migrations"))
            .to(Some(Version::new(version)))
            .build()
            .expect("resolved")
    }

    /// A start of WalT.
    pub async fn start(&self, name: &str) -> (Prepared, Client) {
        walt::open(&self.database(name)).await.expect("WalT starts")
    }

    /// What the program says when it is run in the project's folder; `Err` where it fails.
    pub fn run(&self, args: &[&str]) -> Result<String, String> {
        let mut program = Command::new(env!("CARGO_BIN_EXE_walt"));
        let run = program.args(args).current_dir(self.folder.path()).env_clear().envs(self.vars("walt")).output();
        let run = run.expect("it runs");
        let said = if run.status.success() { run.stdout } else { run.stderr };
        let said = String::from_utf8_lossy(&said).into_owned();
        if run.status.success() { Ok(said) } else { Err(said) }
    }

    /// What the command `mainstay` prints for the database `walt`; it must succeed.
    pub fn mainstay(&self, args: &[&str]) -> String {
        let mut cli = Cli::new(mainstay_testing::mainstay());
        for (name, value) in self.vars("walt") {
            cli.env(&name, &value);
        }
        cli.file("mainstay.toml", include_str!("../../mainstay.toml"));
        let run = cli.args(args.to_vec()).run();
        assert_eq!(run.code, 0, "{args:?}: {}", run.snapshot());
        run.stdout
    }

    /// The server's data folder.
    pub fn data(&self) -> PathBuf {
        self.server.data().canonicalize().expect("it is there")
    }

    /// A server that owns the database `walt` until it is told to end.
    pub fn serve(&self, mac: &str) -> Serving {
        let mut program = Command::new(env!("CARGO_BIN_EXE_walt"));
        program
            .args(["serve", mac, "192.168.152.1"])
            .current_dir(self.folder.path())
            .env_clear()
            .envs(self.vars("walt"));
        let mut child = program.stdout(Stdio::piped()).spawn().expect("it runs");
        let lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        Serving { child, lines }
    }

    /// A database from before there was a ledger, filled by `sql`, a script of psql.
    pub fn old_database(&self, name: &str, sql: &str) {
        self.psql("postgres", &format!("CREATE DATABASE {name} OWNER walt"));
        self.server.try_psql("walt", name, sql).expect("loads");
    }

    /// What psql answers the administrator.
    pub fn psql(&self, database: &str, sql: &str) -> String {
        self.server.psql(database, sql)
    }

    /// What psql answers `role`; `Err` where it is refused.
    pub fn psql_as(&self, role: &str, database: &str, sql: &str) -> Result<String, String> {
        self.server.try_psql(role, database, sql)
    }

    /// The version that the ledger of the migrations is at.
    pub fn version(&self, database: &str) -> Option<String> {
        Some(self.psql(database, "SELECT max(version) FROM mainstay.migration"))
    }

    /// What pg_dump says of the schema, without comments and settings.
    pub fn schema(&self, database: &str) -> String {
        self.server.schema(database)
    }

    /// The machine is switched off and on again.
    pub fn reboot(&mut self) {
        self.server.restart();
    }

    fn vars(&self, name: &str) -> Vec<(String, String)> {
        let vars = [
            ("PGHOST", self.server.socket().display().to_string()),
            ("PGPORT", self.server.port().to_string()),
            ("PGDATABASE", name.to_owned()),
            ("PATH", std::env::var("PATH").unwrap_or_default()),
        ];
        vars.map(|(name, value)| (name.to_owned(), value)).to_vec()
    }
}

/// A `walt serve` that runs.
pub struct Serving {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Serving {
    /// The next line that it says, those with the details left out.
    pub fn line(&mut self) -> String {
        let mut lines = self.lines.by_ref().map(|line| line.expect("text"));
        lines.find(|line| line.starts_with("walt at ") || line.contains("lease")).expect("it says something")
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Tells it to end; whether it did so in order.
    pub fn end(mut self) -> bool {
        let told = Command::new("kill").arg(self.pid().to_string()).status().expect("kill runs");
        told.success() && self.child.wait().expect("it ends").success()
    }
}

/// A file of the real WalT, where this checkout has them beside it.
pub fn real_file(name: &str) -> Option<String> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/cases/systems/walt");
    let path: PathBuf = Path::new(folder).join(name);
    path.exists().then(|| std::fs::read_to_string(&path).expect("reads"))
}
