//! The ground that the story stands on: a folder with the example's `mainstay.toml`, and a server where one is needed.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use mainstay::Database;
use mainstay_testing::TestServer;

/// A machine of one ToMaTo.
pub struct Ground {
    folder: tempfile::TempDir,
    server: Option<TestServer>,
}

impl Ground {
    /// Without a server: SQLite.
    pub fn with_a_file() -> Self {
        Self::new(None)
    }

    /// With a server that has 20 connections, 3 of them for superusers.
    pub fn with_a_server() -> Self {
        Self::new(Some(TestServer::start(&[("max_connections", "20")], "local all all trust")))
    }

    fn new(server: Option<TestServer>) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("mainstay.toml"), include_str!("../../mainstay.toml")).expect("a file");
        Self { folder, server }
    }

    /// The example's database.
    pub fn database(&self) -> Arc<Database> {
        tomato::database(self.folder.path(), self.vars()).expect("resolved")
    }

    /// The same, as it was at an earlier version.
    pub fn database_at(&self, version: &str) -> Database {
        Database::project(self.folder.path())
            .vars(self.vars())
            .migrations(mainstay::embed_migrations!("$CARGO_MANIFEST_DIR/migrations"))
            .to(Some(mainstay::dialect::Version::new(version)))
            .build()
            .expect("resolved")
    }

    /// Another database on the server, with nothing in it but what `sql` makes there.
    pub fn foreign_database(&self, name: &str, sql: &str) -> Database {
        let server = self.server.as_ref().expect("a server");
        server.psql("postgres", &format!("CREATE DATABASE {name}"));
        server.psql(name, sql);
        let socket = server.socket().display();
        let url = format!("postgresql:///{name}?host={socket}&port={}&user=postgres", server.port());
        let migrations = mainstay::embed_migrations!("$CARGO_MANIFEST_DIR/migrations");
        // What only ToMaTo's code says of its models: `db_table`.
        let names = "[data.django]\nmodels = { \"tomato.kvmqm_interface\" = \"tomato_kvm_interface\" }\n";
        let config = mainstay::config::parse("mainstay.toml", names).expect("a configuration");
        Database::url(url).config(config).migrations(migrations).build().expect("resolved")
    }

    /// The program, to be run in the project's folder.
    pub fn program(&self, args: &[&str]) -> Command {
        let mut program = Command::new(env!("CARGO_BIN_EXE_tomato"));
        program.args(args).current_dir(self.folder.path()).env_clear().envs(self.vars());
        program.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        program
    }

    /// What the program says, or how it complains.
    pub fn run(&self, args: &[&str]) -> Result<String, String> {
        said(self.program(args).spawn().expect("it starts"))
    }

    /// What psql answers the administrator.
    pub fn psql(&self, database: &str, sql: &str) -> String {
        self.server.as_ref().expect("a server").psql(database, sql)
    }

    /// The server is stopped and started again.
    pub fn restart(&mut self) {
        self.server.as_mut().expect("a server").restart();
    }

    /// The database file.
    pub fn file(&self) -> PathBuf {
        self.folder.path().join("tomato.sqlite3")
    }

    /// The bytes of the database file, with what has not been moved into it yet.
    pub fn contents(&self) -> (Vec<u8>, Vec<u8>) {
        let log = self.folder.path().join("tomato.sqlite3-wal");
        (std::fs::read(self.file()).expect("a file"), std::fs::read(log).unwrap_or_default())
    }

    fn vars(&self) -> Vec<(String, String)> {
        let mut vars = vec![("PATH".to_owned(), std::env::var("PATH").unwrap_or_default())];
        if let Some(server) = &self.server {
            vars.push(("PGHOST".to_owned(), server.socket().display().to_string()));
            vars.push(("PGPORT".to_owned(), server.port().to_string()));
            vars.push(("PGDATABASE".to_owned(), "tomato".to_owned()));
            vars.push(("PGUSER".to_owned(), "tomato".to_owned()));
        } else {
            let file = self.file();
            vars.push(("DATABASE_URL".to_owned(), format!("sqlite:{}", file.display())));
        }
        vars
    }
}

/// Waits for a run of the program to end.
pub fn said(run: Child) -> Result<String, String> {
    let run = run.wait_with_output().expect("it ends");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if run.status.success() { Ok(text(&run.stdout)) } else { Err(text(&run.stderr)) }
}

/// A file of the real ToMaTo, where this checkout has them beside it; says so where it has not.
pub fn real_file(name: &str) -> Option<String> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/cases/systems/tomato");
    let path: PathBuf = Path::new(folder).join(name);
    if !path.exists() {
        use std::io::Write;
        let _ = writeln!(std::io::stderr(), "not checked against the real ToMaTo: {} is not here", path.display());
        return None;
    }
    Some(std::fs::read_to_string(&path).expect("reads"))
}
