//! One service for two tools: a folder of migrations in another tool's layout and a database, on which Mainstay and that
//! tool take turns. The tools are in the tests.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use mainstay::Result;
use mainstay::config::MigrationsConfig;
use mainstay::conn::{SqliteTarget, Target};
use mainstay::engine::{self, Context};
use mainstay::migrate::{Folder, Goal, Migrator, Report, Rules, State};
use mainstay::observer::Silent;
use mainstay::sql::Flavor;
use mainstay_testing::TestDatabase;

/// A folder of migrations, and a database of its own.
pub struct Service {
    dialect: &'static str,
    folder: tempfile::TempDir,
    /// None is SQLite, a file in the folder.
    database: Option<TestDatabase>,
}

impl Service {
    /// On a new database of the test run's server.
    pub fn on_postgres(dialect: &'static str) -> Self {
        Self::new(dialect, Some(mainstay_testing::server().database()))
    }

    /// On a new file.
    pub fn on_sqlite(dialect: &'static str) -> Self {
        Self::new(dialect, None)
    }

    fn new(dialect: &'static str, database: Option<TestDatabase>) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(folder.path().join("migrations")).expect("a folder");
        Self { dialect, folder, database }
    }

    /// The folder of migrations.
    pub fn migrations(&self) -> PathBuf {
        self.folder.path().join("migrations")
    }

    /// SQLite's file.
    pub fn file(&self) -> PathBuf {
        self.folder.path().join("service.sqlite3")
    }

    /// The server's database as every tool reads it.
    ///
    /// # Panics
    /// It is on SQLite.
    pub fn url(&self) -> String {
        self.database.as_ref().expect("a server's database").url()
    }

    /// Writes a file of a migration, in a folder of its own where `name` has one.
    pub fn write(&self, name: &Path, text: &str) {
        let path = self.migrations().join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    }

    /// What Mainstay sees.
    ///
    /// # Errors
    /// As [`Migrator::state`].
    pub async fn state(&self) -> Result<State> {
        let folder = self.read()?;
        let mut session = engine::connect(&self.target(), &context()).await?;
        Migrator::new(session.as_mut(), &folder, &self.rules(), Arc::new(Silent)).state().await
    }

    /// Mainstay's turn.
    ///
    /// # Errors
    /// As [`Migrator::plan`] and [`Migrator::apply`].
    pub async fn go(&self, goal: Goal) -> Result<Report> {
        let (folder, rules) = (self.read()?, self.rules());
        let mut session = engine::connect(&self.target(), &context()).await?;
        let mut migrator = Migrator::new(session.as_mut(), &folder, &rules, Arc::new(Silent));
        migrator.lock().await?;
        let state = migrator.state().await?;
        let plan = migrator.plan(&state, &goal)?;
        let report = migrator.apply(&plan).await;
        migrator.unlock().await;
        report
    }

    fn read(&self) -> Result<Folder> {
        let flavor = if self.database.is_some() { Flavor::Postgres } else { Flavor::Sqlite };
        Folder::read(&self.migrations(), self.dialect, flavor)
    }

    fn target(&self) -> Target {
        match &self.database {
            Some(database) => database.target(),
            None => Target::Sqlite(SqliteTarget { path: self.file() }),
        }
    }

    fn rules(&self) -> Rules {
        Rules::new(&MigrationsConfig::default(), "peers")
    }
}

fn context() -> Context {
    Context { observer: Arc::new(Silent), dial: None, application_name: "mainstay peers".into() }
}
