//! Other programs' migrations, with the real Alembic and the real Django: read, run, verified.

mod alembic;
mod capture;
mod django;
mod runner;
mod south;

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use mainstay::migrate::{Consent, Goal, Status};
use mainstay::observer::{Event, Observer};
use mainstay::plan::Hazard;
use mainstay::prepare::Migrated;
use mainstay::{Builder, Database, Error, Result};
use mainstay_testing::{TestDatabase, python_peers, server};

/// A project with another program's migrations, and its database.
struct Project {
    folder: tempfile::TempDir,
    database: TestDatabase,
    heard: Arc<Heard>,
    allow: Vec<Hazard>,
}

impl Project {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        Self { folder, database: server().database(), heard: Arc::default(), allow: Vec::new() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn file(&self, name: &str, text: &str) -> &Self {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, text).expect("a file");
        self
    }

    /// A program of the project's own, which counts as installed.
    fn program(&self, name: &str, script: &str) -> &Self {
        use std::os::unix::fs::PermissionsExt;
        let path = self.path(&format!(".venv/bin/{name}"));
        self.file(&format!(".venv/bin/{name}"), &format!("#!/bin/sh\n{script}\n"));
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).expect("a program");
        self
    }

    fn builder(&self) -> Builder {
        let url = self.database.url().replacen("postgresql://", "postgresql+psycopg://postgres@", 1);
        let path = format!("{}:{}", python_peers().display(), std::env::var("PATH").unwrap_or_default());
        let vars = [("DATABASE_URL", url), ("PATH", path)].map(|(name, value)| (name.to_owned(), value));
        let observer: Arc<dyn Observer> = self.heard.clone();
        let consent = Consent { allow: self.allow.clone(), confirm: None };
        Database::project(self.folder.path()).vars(vars).observer(observer).consent(consent)
    }

    fn open(&self) -> Database {
        self.builder().build().expect("builds")
    }

    async fn up(&self) -> Result<Migrated> {
        let database = self.open();
        let source = database.migrations()?.expect("migrations");
        database.migrate(source.as_ref(), &Goal::Up).await
    }

    async fn down(&self, goal: Goal) -> Result<Migrated> {
        let database = self.open();
        let source = database.migrations()?.expect("migrations");
        database.migrate(source.as_ref(), &goal).await
    }

    async fn lines(&self) -> Vec<Status> {
        let database = self.open();
        let source = database.migrations().expect("reads").expect("migrations");
        database.migration_state(source.as_ref()).await.expect("a state").1
    }

    /// `id state` of every revision.
    async fn standing(&self) -> Vec<String> {
        self.lines().await.iter().map(|line| format!("{} {}", line.version, line.state)).collect()
    }

    async fn new_migration(&self, name: &str) -> Result<Vec<PathBuf>> {
        let database = self.open();
        let source = database.migrations()?.expect("migrations");
        database.new_migration(source.as_ref(), name, "20261121120000").await.map(|created| created.files)
    }
}

/// What programs said.
#[derive(Default)]
struct Heard(Mutex<Vec<String>>);

impl Observer for Heard {
    fn event(&self, event: Event<'_>) {
        let line = match event {
            Event::Said { program, line } => format!("{program}: {line}"),
            Event::Warning { message } => format!("warning: {message}"),
            Event::Waiting { reason } => format!("waiting: {reason}"),
            _ => return,
        };
        self.0.lock().expect("no panic").push(line);
    }
}

impl Heard {
    fn all(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().expect("no panic"))
    }
}

/// An error as its user reads it, the parts that change replaced.
fn told(error: &Error, project: &Project) -> String {
    let mut text = format!("{:?}: {}\n", error.kind(), error.message());
    error.causes().iter().for_each(|cause| text.push_str(&format!("because: {cause}\n")));
    error.place().iter().for_each(|place| text.push_str(&format!("at {place}\n")));
    error.hints().iter().for_each(|hint| text.push_str(&format!("hint: {hint}\n")));
    let text =
        text.replace(&*project.folder.path().to_string_lossy(), "[project]").replace(project.database.name(), "[db]");
    let shown = |line: &str| match line.split_once("backups/") {
        Some((start, _)) => format!("{start}backups/[copy]"),
        None => line.to_owned(),
    };
    text.lines().map(|line| shown(line) + "\n").collect()
}
