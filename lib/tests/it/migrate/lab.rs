//! A folder of migrations in some dialect, and a database of its own on some engine.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use mainstay::Result;
use mainstay::config::MigrationsConfig;
use mainstay::conn::{SqliteTarget, Target};
use mainstay::engine::{self, Context, Row, Session};
use mainstay::migrate::{Folder, Goal, MigrationPlan, Migrator, Report, Rules, State};
use mainstay::observer::{Observer, Silent};
use mainstay::sql::Flavor;
use mainstay::states::States;
use mainstay_testing::TestDatabase;

use super::shape::Shape;

pub struct Lab {
    pub flavor: Flavor,
    pub dialect: &'static str,
    pub shape: Shape,
    pub folder: tempfile::TempDir,
    pub rules: Rules,
    pub observer: Arc<dyn Observer>,
    pub target: Target,
    pub database: Option<TestDatabase>,
}

impl Lab {
    pub fn new(flavor: Flavor, dialect: &'static str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(folder.path().join("migrations")).expect("a folder");
        let (target, database) = match flavor {
            Flavor::Postgres => {
                let database = mainstay_testing::server().database();
                (database.target(), Some(database))
            }
            Flavor::Sqlite => (Target::Sqlite(SqliteTarget { path: folder.path().join("service.sqlite3") }), None),
        };
        let config = MigrationsConfig {
            lock_timeout: Duration::from_millis(100),
            lock_patience: Duration::from_secs(10),
            ..MigrationsConfig::default()
        };
        let rules = Rules::new(&config, "lab");
        let shape = Shape::of(dialect);
        Self { flavor, dialect, shape, folder, rules, observer: Arc::new(Silent), target, database }
    }

    pub fn dir(&self) -> PathBuf {
        self.folder.path().join("migrations")
    }

    pub fn write(&self, name: &str, text: &str) {
        let path = self.dir().join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    }

    /// Migration `number` in the lab's dialect.
    pub fn step(&self, number: u32, name: &str, up: &str, down: &str) {
        for (file, text) in self.shape.files(number, name, up, down) {
            self.write(&file, &text);
        }
    }

    /// Takes the files of migration `number` away.
    pub fn remove(&self, number: u32, name: &str) {
        for (file, _) in self.shape.files(number, name, "", "") {
            std::fs::remove_file(self.dir().join(file)).expect("removes");
        }
    }

    pub fn folder(&self) -> Folder {
        self.try_folder().expect("the folder reads")
    }

    pub fn try_folder(&self) -> Result<Folder> {
        Folder::read(&self.dir(), self.dialect, self.flavor)
    }

    /// The server's database as a URL that other programs understand.
    pub fn url(&self) -> String {
        let name = self.database.as_ref().expect("a server's database").name();
        let server = mainstay_testing::server();
        format!("postgres://postgres@/{name}?host={}&port={}&sslmode=disable", server.socket().display(), server.port())
    }

    /// What reads states of the project that the lab is.
    pub fn states(&self) -> States {
        States {
            home: Some(self.target.clone()),
            flavor: self.target.flavor(),
            owner: None,
            migrations: self.dir(),
            dialect: self.dialect.to_owned(),
            rules: self.rules.clone(),
            search_path: std::env::var("PATH").unwrap_or_default(),
            temporary: std::env::temp_dir(),
            context: Context { observer: Arc::clone(&self.observer), dial: None, application_name: "lab".into() },
        }
    }

    pub async fn session(&self) -> Box<dyn Session> {
        let context =
            Context { observer: Arc::clone(&self.observer), dial: None, application_name: "mainstay lab".into() };
        engine::connect(&self.target, &context).await.expect("a session")
    }

    pub async fn query(&self, sql: &str) -> Vec<Row> {
        self.session().await.query(sql).await.expect("the query runs")
    }

    /// The first cell of the first row.
    pub async fn cell(&self, sql: &str) -> String {
        self.query(sql).await[0][0].clone().unwrap_or_else(|| "NULL".into())
    }

    pub async fn state(&self) -> Result<State> {
        let (mut session, folder) = (self.session().await, self.try_folder()?);
        self.migrator(session.as_mut(), &folder).state().await
    }

    pub async fn plan(&self, goal: Goal) -> Result<MigrationPlan> {
        let (mut session, folder) = (self.session().await, self.try_folder()?);
        let mut migrator = self.migrator(session.as_mut(), &folder);
        let state = migrator.state().await?;
        migrator.plan(&state, &goal)
    }

    pub async fn go(&self, goal: Goal) -> Result<Report> {
        let (mut session, folder) = (self.session().await, self.try_folder()?);
        let mut migrator = self.migrator(session.as_mut(), &folder);
        migrator.lock().await?;
        let state = migrator.state().await?;
        let plan = migrator.plan(&state, &goal)?;
        let report = migrator.apply(&plan).await;
        migrator.unlock().await;
        report
    }

    pub async fn up(&self) -> Result<Report> {
        self.go(Goal::Up).await
    }

    fn migrator<'a>(&'a self, session: &'a mut dyn Session, folder: &'a Folder) -> Migrator<'a> {
        Migrator::new(session, folder, &self.rules, Arc::clone(&self.observer))
    }

    pub async fn has_table(&self, name: &str) -> bool {
        let sql = match self.flavor {
            Flavor::Postgres => format!("SELECT (to_regclass('{name}') IS NOT NULL)::int"),
            Flavor::Sqlite => format!("SELECT count(*) FROM sqlite_schema WHERE name = '{name}'"),
        };
        self.cell(&sql).await == "1"
    }
}

pub fn versions(report: &Report) -> Vec<&str> {
    report.done.iter().map(|done| done.version.as_str()).collect()
}
