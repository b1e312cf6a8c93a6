//! Tests of `states`: everything that a state may be, and what may be wrong with it.

mod bad;
mod files;
mod migrations;
mod places;
mod services;

use std::path::PathBuf;
use std::sync::Arc;

use mainstay::catalog::Catalog;
use mainstay::config::MigrationsConfig;
use mainstay::conn::Target;
use mainstay::engine::Context;
use mainstay::migrate::Rules;
use mainstay::observer::Silent;
use mainstay::states::{State, States};

/// A project's folder and what reads its states.
struct Lab {
    folder: tempfile::TempDir,
    states: States,
}

impl Lab {
    /// On `home`, with PostgreSQL's programs at hand.
    fn new(home: Option<Target>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        // A private server runs as another user, who must get at its folder.
        std::fs::set_permissions(folder.path(), std::os::unix::fs::PermissionsExt::from_mode(0o711)).unwrap();
        let temporary = folder.path().join("tmp");
        std::fs::create_dir(&temporary).unwrap();
        std::fs::set_permissions(&temporary, std::os::unix::fs::PermissionsExt::from_mode(0o711)).unwrap();
        let states = States {
            flavor: home.as_ref().map_or(mainstay::sql::Flavor::Postgres, Target::flavor),
            home,
            owner: None,
            migrations: folder.path().join("migrations"),
            dialect: "auto".into(),
            rules: Rules::new(&MigrationsConfig::default(), "test"),
            search_path: std::env::var("PATH").unwrap_or_default(),
            temporary,
            context: Context { observer: Arc::new(Silent), dial: None, application_name: "test".into() },
        };
        Self { folder, states }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn file(&self, name: &str, text: impl AsRef<[u8]>) -> &Self {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
        self
    }

    /// The catalog of the file or folder of SQL `name`.
    async fn sql(&self, name: &str) -> mainstay::Result<Catalog> {
        self.states.read(&State::Sql(self.path(name))).await.map(|snapshot| snapshot.catalog)
    }

    /// The error of reading `state`, as people read it, without the folder.
    async fn refusal(&self, state: State) -> String {
        let error = self.states.read(&state).await.expect_err("it should not load");
        let place = error.place().map(|place| format!("\n  at {place}: {}", place.text)).unwrap_or_default();
        let rest = error.causes().into_iter().map(|cause| format!("\n  because {cause}"));
        let hints = error.hints().iter().map(|hint| format!("\n  hint: {hint}"));
        let text = format!("{:?}: {}{place}{}", error.kind(), error.message(), rest.chain(hints).collect::<String>());
        let folder = self.folder.path().display().to_string();
        text.replace(&format!("{folder}/"), "").replace(&folder, "[folder]")
    }

    /// Nothing of a scratch is left in the folder for temporary files.
    fn assert_clean(&self) {
        let left: Vec<PathBuf> =
            std::fs::read_dir(self.path("tmp")).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert!(left.is_empty(), "{left:?}");
    }
}

fn tables(catalog: &Catalog) -> Vec<&str> {
    catalog.tables.iter().map(|table| table.name.name.as_str()).collect()
}

/// An embedder may spawn it on a runtime with several threads.
#[test]
fn reading_and_verifying_are_send() {
    fn is_send<T: Send>(_: &T) {}
    let lab = Lab::new(None);
    is_send(&lab.states.read(&State::Ledger));
    is_send(&lab.states.sql(&State::Ledger));
    is_send(&lab.states.verify());
}
