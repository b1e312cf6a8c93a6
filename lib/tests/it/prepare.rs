//! `prepare` end to end: from nothing to a migrated database, and the same again at every start.

mod again;
mod backed_up;
mod copy;
mod crowd;
mod embedder;
mod nothing;
mod plans;
mod roles;
mod sqlite;

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use mainstay::observer::{Event, Observer};
use mainstay::{Builder, Database};
use mainstay_testing::{TestServer, server};

/// A service's project.
struct Service {
    folder: tempfile::TempDir,
    vars: Vec<(String, String)>,
    heard: Arc<Heard>,
}

impl Service {
    /// On the shared server, as role `name` in database `name`, neither of which is there yet.
    fn new(name: &str) -> Self {
        Self::on(server(), name)
    }

    /// The same on another server.
    fn on(server: &TestServer, name: &str) -> Self {
        Self::at(&format!("postgresql:///{name}?host={}&user={name}", server.socket().display()))
    }

    /// At the database that `url` names, with two migrations.
    fn at(url: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(folder.path().join("migrations")).expect("a folder");
        let path = std::env::var("PATH").unwrap_or_default();
        let vars = [("DATABASE_URL", url), ("PATH", path.as_str())];
        let vars = vars.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        let service = Self { folder, vars, heard: Arc::default() };
        service.step(1, "CREATE TABLE devices (id int)");
        service.step(2, "CREATE TABLE nodes (id int)");
        service
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn file(&self, name: &str, text: &str) -> &Self {
        std::fs::write(self.path(name), text).expect("a file");
        self
    }

    /// Migration `version`.
    fn step(&self, version: u32, sql: &str) -> &Self {
        self.file(&format!("migrations/{version}_step.up.sql"), &format!("{sql};\n"))
    }

    fn var(&mut self, name: &str, value: &str) -> &mut Self {
        self.vars.push((name.to_owned(), value.to_owned()));
        self
    }

    fn builder(&self) -> Builder {
        let observer: Arc<dyn Observer> = self.heard.clone();
        Database::project(self.folder.path()).vars(self.vars.clone()).observer(observer)
    }

    fn database(&self) -> Database {
        self.builder().build().expect("builds")
    }
}

/// An observer that keeps statements, waits and warnings.
#[derive(Default)]
struct Heard(Mutex<Vec<String>>);

impl Heard {
    /// What was heard since the last call.
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().expect("no panic"))
    }
}

impl Observer for Heard {
    fn event(&self, event: Event<'_>) {
        let line = match event {
            Event::Sql { sql, .. } => format!("sql: {sql}"),
            Event::Waiting { reason } => format!("waiting: {reason}"),
            Event::Warning { message } => format!("warning: {message}"),
            _ => return,
        };
        self.0.lock().expect("no panic").push(line);
    }

    fn wants_sql(&self) -> bool {
        true
    }
}
