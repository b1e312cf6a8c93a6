//! SQLite backups and files that take a database's place.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use mainstay::ErrorKind;
use mainstay::archive::codec::Codec;
use mainstay::archive::digest::Stored;
use mainstay::archive::manifest::MANIFEST;
use mainstay::archive::sealed::{Sealer, Unlocking};
use mainstay::backup::{Order, create};
use mainstay::conn::{SqliteTarget, Target};
use mainstay::engine::{Context, Session, connect};
use mainstay::observer::Silent;
use mainstay::restore::{Consent, Options, RestorePlan, Restored, SqliteBackup, Way, plan_sqlite, restore_sqlite};
use mainstay::store::{FolderStore, Store, find};

use super::encrypted::key;
use super::lab::into;

fn context() -> Context {
    Context { observer: Arc::new(Silent), dial: None, application_name: "restore".to_owned() }
}

async fn session(path: &Path) -> Box<dyn Session> {
    connect(&Target::Sqlite(SqliteTarget { path: path.to_owned() }), &context()).await.unwrap()
}

async fn run(path: &Path, sql: &str) -> String {
    let mut session = session(path).await;
    let answer = session.query(sql).await.unwrap();
    session.close().await;
    answer.first().and_then(|row| row[0].clone()).unwrap_or_default()
}

/// A service's file, and a backup of it in a store; after that the service has gone on.
struct Case {
    home: tempfile::TempDir,
    store: Arc<dyn Store>,
    id: String,
}

impl Case {
    async fn new() -> Self {
        Self::sealed(&Sealer::Plain).await
    }

    /// One whose backup is encrypted by `sealer`.
    async fn sealed(sealer: &Sealer) -> Self {
        let home = tempfile::tempdir().unwrap();
        let store: Arc<dyn Store> = Arc::new(FolderStore::new(home.path().join("kept")));
        let case = Self { home, store, id: String::new() };
        run(&case.path(), "CREATE TABLE device (id INTEGER PRIMARY KEY, name); INSERT INTO device (name) VALUES ('one'), (x'31'), (NULL)").await;
        let temporary = std::env::temp_dir();
        let mut order = Order { sealer, ..Order::new(case.store.as_ref(), "", &temporary) };
        order.compress = Some(Codec::None);
        let target = Target::Sqlite(SqliteTarget { path: case.path() });
        let id = create(&target, &order, &context()).await.unwrap().manifest.id;
        run(&case.path(), "INSERT INTO device (name) VALUES ('later')").await;
        Self { id, ..case }
    }

    fn path(&self) -> PathBuf {
        self.home.path().join("walt.db")
    }

    fn kept(&self) -> PathBuf {
        self.home.path().join("walt_before_20261121T221000Z.db")
    }

    fn swap(&self) -> Options {
        let way = Way::Swap(self.path().display().to_string());
        Options { way, consent: Consent { agreed: true, name: None }, ..into("") }
    }

    async fn backup(&self) -> SqliteBackup {
        self.opened(&Unlocking::default()).await.unwrap()
    }

    async fn opened(&self, unlocking: &Unlocking) -> mainstay::Result<SqliteBackup> {
        let found = find(self.store.as_ref(), &self.id, None).await?;
        SqliteBackup::stored(self.store.clone(), found.manifest, unlocking)
    }

    async fn restored(&self, options: &Options) -> mainstay::Result<(RestorePlan, Restored)> {
        let backup = self.backup().await;
        let plan = plan_sqlite(&backup, options, &context()).await?;
        let restored = restore_sqlite(&backup, &plan, options, &context()).await?;
        Ok((plan, restored))
    }

    /// What lies beside the store: nothing is left of what failed.
    fn files(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.home.path()).unwrap().map(|entry| entry.unwrap().file_name());
        let mut names: Vec<String> = entries.map(|name| name.into_string().unwrap()).collect();
        // Those who wait for a database, and its log while it is read, have files of their own.
        let other = ["kept", "mainstay-queue", "mainstay-lock", "-wal", "-shm"];
        names.retain(|name| !other.iter().any(|end| name.ends_with(end)));
        names.sort();
        names
    }
}

const COUNT: &str = "SELECT count(*) FROM device";

#[tokio::test]
async fn a_backup_takes_the_files_place_and_the_old_one_is_kept() {
    let case = Case::new().await;
    let asked = Options { consent: Consent::default(), ..case.swap() };
    assert_eq!(case.restored(&asked).await.unwrap_err().kind(), ErrorKind::Refused);
    assert_eq!(run(&case.path(), COUNT).await, "4");
    let production = Options { production: true, ..case.swap() };
    let error = case.restored(&production).await.unwrap_err();
    assert!(error.hints().iter().any(|hint| hint.contains("--confirm")), "{error:?}");

    let (plan, restored) = case.restored(&case.swap()).await.unwrap();
    assert_eq!((plan.tables, plan.rows), (1, Some(3)));
    assert_eq!((restored.rows, restored.compared, restored.counted), (3, 1, 0));
    assert_eq!(restored.kept.as_deref(), case.kept().to_str());
    assert_eq!((run(&case.path(), COUNT).await, run(&case.kept(), COUNT).await), ("3".into(), "4".into()));
    assert_eq!(case.files(), ["walt.db", "walt_before_20261121T221000Z.db"]);
    let error = case.restored(&case.swap()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused, "that name is taken");

    // Into a file of another name, and from a file.
    let other = case.home.path().join("other.db").display().to_string();
    let new = Options { way: Way::New(other.clone()), ..case.swap() };
    assert_eq!(case.restored(&new).await.unwrap().1.kept, None);
    assert_eq!(run(Path::new(&other), COUNT).await, "3");
    assert_eq!(case.restored(&new).await.unwrap_err().kind(), ErrorKind::Refused);
    let later = Options { label: "20261121T221001Z".to_owned(), ..case.swap() };
    let file = SqliteBackup::file(&case.kept()).unwrap();
    let plan = plan_sqlite(&file, &later, &context()).await.unwrap();
    let restored = restore_sqlite(&file, &plan, &later, &context()).await.unwrap();
    assert_eq!((restored.rows, restored.compared, restored.counted), (4, 0, 1));
    assert_eq!(run(&case.path(), COUNT).await, "4");
    assert!(SqliteBackup::file(&case.home.path().join("kept")).is_none());
}

#[tokio::test]
async fn an_encrypted_backup_comes_back_with_its_key() {
    let (unlocking, sealer) = key();
    let case = Case::sealed(&sealer).await;
    let error = case.opened(&Unlocking::default()).await.err().expect("there is no key");
    assert!(error.message().contains("no secret key is given"), "{error:?}");
    let backup = case.opened(&unlocking).await.unwrap();
    let plan = plan_sqlite(&backup, &case.swap(), &context()).await.unwrap();
    let restored = restore_sqlite(&backup, &plan, &case.swap(), &context()).await.unwrap();
    assert_eq!((restored.rows, restored.compared), (3, 1));
    assert_eq!(run(&case.path(), COUNT).await, "3");
}

#[tokio::test]
async fn a_table_that_the_manifest_does_not_have_is_none_of_the_backup() {
    let case = Case::new().await;
    let mut manifest = find(case.store.as_ref(), &case.id, None).await.unwrap().manifest;
    manifest.tables.clear();
    let backup = SqliteBackup::stored(case.store.clone(), manifest, &Unlocking::default()).unwrap();
    let plan = plan_sqlite(&backup, &case.swap(), &context()).await.unwrap();
    let error = restore_sqlite(&backup, &plan, &case.swap(), &context()).await.unwrap_err();
    assert!(error.kind() == ErrorKind::Verification && error.message().contains("device"), "{error:?}");
    assert_eq!((run(&case.path(), COUNT).await, case.files()), ("4".into(), vec!["walt.db".into()]));
}

#[tokio::test]
async fn a_file_in_use_stays_where_it_is() {
    let case = Case::new().await;
    // One that reads holds the file as one that writes does.
    let mut other = session(&case.path()).await;
    other.query("BEGIN; SELECT count(*) FROM device").await.unwrap();
    let error = case.restored(&case.swap()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Locked, "{error:?}");
    assert!(error.hints().iter().any(|hint| hint.contains("stop the service")), "{error:?}");
    other.query("COMMIT").await.unwrap();
    other.query("INSERT INTO device (name) VALUES ('more')").await.unwrap();
    other.close().await;
    assert_eq!(run(&case.path(), COUNT).await, "5");
    assert!(!case.files().iter().any(|name| name.contains("part") || name.contains("before")), "{:?}", case.files());
    // What was only in the log is in the file that is kept.
    case.restored(&case.swap()).await.unwrap();
    assert_eq!(run(&case.kept(), COUNT).await, "5");
    assert_eq!(run(&case.path(), COUNT).await, "3");
}

#[tokio::test]
async fn what_is_damaged_or_not_for_files_changes_nothing() {
    let case = Case::new().await;
    let before = case.files();
    for options in [
        Options { only: vec!["device".to_owned()], ..case.swap() },
        Options { way: Way::InPlace(case.path().display().to_string()), ..case.swap() },
        Options { birth: mainstay::restore::Birth { encoding: Some("UTF8".into()), locale: None }, ..case.swap() },
    ] {
        let error = case.restored(&options).await.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Usage | ErrorKind::Unsupported), "{error:?}");
        assert!(!error.hints().is_empty(), "{error:?}");
    }
    let folder = case.home.path().join("kept").join(&case.id);
    let file = folder.join("database.sqlite3");
    let whole = std::fs::read(&file).unwrap();
    std::fs::write(&file, &whole[..whole.len() / 2]).unwrap();
    let error = case.restored(&case.swap()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Verification, "{error:?}");

    // Another row, and a manifest that knows the new bytes: the digest of the rows does not.
    std::fs::write(case.home.path().join("changed"), &whole).unwrap();
    run(&case.home.path().join("changed"), "UPDATE device SET name = 'two' WHERE id = 1").await;
    let changed = std::fs::read(case.home.path().join("changed")).unwrap();
    std::fs::remove_file(case.home.path().join("changed")).unwrap();
    std::fs::write(&file, &changed).unwrap();
    let mut manifest = find(case.store.as_ref(), &case.id, None).await.unwrap().manifest;
    (manifest.files[0].stored, manifest.files[0].plain_bytes) = (Stored::of(&changed), changed.len() as u64);
    std::fs::write(folder.join(MANIFEST), manifest.to_bytes()).unwrap();
    let error = case.restored(&case.swap()).await.unwrap_err();
    assert!(error.message().contains("table device has come out with other rows"), "{error:?}");
    assert_eq!(case.files(), before);
    assert_eq!(run(&case.path(), COUNT).await, "4");
}

#[tokio::test]
async fn the_log_of_a_file_that_is_gone_is_not_read_into_the_new_one() {
    for log in ["walt.db-wal", "walt.db-journal"] {
        let case = Case::new().await;
        std::fs::remove_file(case.path()).unwrap();
        std::fs::write(case.home.path().join(log), "changes").unwrap();
        for way in [Way::Swap(case.path().display().to_string()), Way::New(case.path().display().to_string())] {
            let error = case.restored(&Options { way, ..case.swap() }).await.unwrap_err();
            assert!(error.kind() == ErrorKind::Refused && error.message().contains(log), "{error:?}");
        }
        std::fs::remove_file(case.home.path().join(log)).unwrap();
        case.restored(&case.swap()).await.unwrap();
        assert_eq!(run(&case.path(), COUNT).await, "3");
    }
}

#[tokio::test]
async fn a_damaged_file_is_put_away_with_its_log() {
    for keep in [0, 4096 + 100] {
        let case = Case::new().await;
        let mut bytes = std::fs::read(case.path()).unwrap();
        bytes.truncate(keep);
        bytes.extend(b"this has never been a page of a database");
        std::fs::write(case.path(), &bytes).unwrap();
        std::fs::write(case.home.path().join("walt.db-wal"), "changes").unwrap();
        let (_, restored) = case.restored(&case.swap()).await.unwrap();
        assert_eq!((restored.rows, restored.compared), (3, 1), "{keep}");
        assert_eq!(run(&case.path(), COUNT).await, "3");
        let kept = std::fs::read(case.kept()).unwrap();
        assert!(kept.ends_with(b"this has never been a page of a database"), "{keep}");
    }
}

#[tokio::test]
async fn behind_a_link_the_database_itself_is_exchanged() {
    let case = Case::new().await;
    let volume = case.home.path().join("volume");
    std::fs::create_dir(&volume).unwrap();
    std::fs::rename(case.path(), volume.join("real.db")).unwrap();
    std::os::unix::fs::symlink("volume/real.db", case.path()).unwrap();
    case.restored(&case.swap()).await.unwrap();
    assert!(case.path().is_symlink());
    assert_eq!(run(&case.path(), COUNT).await, "3");
    assert_eq!(run(&volume.join("real_before_20261121T221000Z.db"), COUNT).await, "4");
}

#[tokio::test]
async fn who_has_the_file_open_by_another_name_is_seen() {
    let case = Case::new().await;
    let other = case.home.path().join("other");
    std::fs::hard_link(case.path(), &other).unwrap();
    let open = std::fs::File::open(&other).unwrap();
    let mut program = std::process::Command::new("sleep").arg("600").stdin(open).spawn().unwrap();
    let error = case.restored(&case.swap()).await.unwrap_err();
    assert!(error.kind() == ErrorKind::Locked && format!("{error:?}").contains("sleep, process"), "{error:?}");
    assert_eq!(std::fs::read(case.path()).unwrap()[18], 2, "it stays in WAL mode");
    program.kill().unwrap();
    program.wait().unwrap();
    case.restored(&case.swap()).await.unwrap();
    assert_eq!(run(&case.path(), COUNT).await, "3");
}
