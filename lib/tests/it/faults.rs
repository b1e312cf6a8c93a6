//! What goes wrong between instances: a lock that is never given back, one that is lost, and a file that others write to.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use mainstay::config::MigrationsConfig;
use mainstay::conn::{SqliteTarget, Target};
use mainstay::engine::{self, Context, Session};
use mainstay::migrate::{Folder, Goal, LOCK, Migrator, Rules};
use mainstay::observer::{Event, Observer, Silent};
use mainstay::prepare::{self, Safety, Service};
use mainstay::sql::Flavor;
use mainstay::{Database, Error, ErrorKind};
use mainstay_testing::{TestDatabase, server};

/// Keeps what is waited for and warned of.
#[derive(Default)]
struct Heard(Mutex<Vec<String>>);

impl Heard {
    fn all(&self) -> Vec<String> {
        self.0.lock().expect("no panic").clone()
    }
}

impl Observer for Heard {
    fn event(&self, event: Event<'_>) {
        if let Event::Waiting { reason: words } | Event::Warning { message: words } = event {
            self.0.lock().expect("no panic").push(words.to_owned());
        }
    }
}

/// A folder with one migration, and rules with little patience.
fn folder(files: &tempfile::TempDir, flavor: Flavor) -> (Folder, Rules) {
    std::fs::write(files.path().join("1_a.up.sql"), "CREATE TABLE a (id int);").expect("a file");
    let mut rules = Rules::new(&MigrationsConfig::default(), "test");
    rules.runner_patience = Duration::from_millis(500);
    (Folder::read(files.path(), "mainstay", flavor).expect("reads"), rules)
}

fn context(observer: Arc<dyn Observer>) -> Context {
    Context { observer, dial: None, application_name: "the slow one".into() }
}

async fn session(target: &Target) -> Box<dyn Session> {
    engine::connect(target, &context(Arc::new(Silent))).await.expect("connects")
}

/// Another instance holds the runners' lock and does nothing.
async fn a_hanging_runner(target: &Target, flavor: Flavor) -> (Error, Vec<String>) {
    let files = tempfile::tempdir().expect("a folder");
    let (folder, rules) = folder(&files, flavor);
    let mut hanging = session(target).await;
    assert!(hanging.try_lock(LOCK).await.expect("free"));
    let heard = Arc::<Heard>::default();
    let mut mine = session(target).await;
    let error = Migrator::new(mine.as_mut(), &folder, &rules, heard.clone()).lock().await.expect_err("held");
    // The holder ends, and with it its lock.
    hanging.close().await;
    let mut migrator = Migrator::new(mine.as_mut(), &folder, &rules, heard.clone());
    migrator.lock().await.expect("free again");
    let state = migrator.state().await.expect("reads");
    let plan = migrator.plan(&state, &Goal::Up).expect("plans");
    migrator.apply(&plan).await.expect("applies");
    migrator.unlock().await;
    (error, heard.all())
}

#[tokio::test]
async fn a_runner_that_hangs_is_named_and_not_waited_for_for_ever() {
    let database = server().database();
    let file = tempfile::tempdir().unwrap();
    let targets = [
        (database.target(), Flavor::Postgres, "postgres with the slow one from this machine"),
        (
            Target::Sqlite(SqliteTarget { path: file.path().join("a.sqlite3") }),
            Flavor::Sqlite,
            "the slow one, process ",
        ),
    ];
    for (target, flavor, name) in targets {
        let (error, heard) = a_hanging_runner(&target, flavor).await;
        assert_eq!(error.kind(), ErrorKind::Locked);
        assert!(error.message().contains(name) && !error.hints().is_empty(), "{error:?}");
        assert!(heard.len() == 1 && heard[0].contains(name), "{heard:?}");
    }
}

/// Through a pooler the lock may be lost: then two runners have it. The ledger's key lets one of them through, and the
/// other starts over and finds the work done.
#[tokio::test]
async fn a_lost_lock_applies_nothing_twice() {
    let database = server().database();
    let target = database.target();
    let files = tempfile::tempdir().unwrap();
    let (_, rules) = folder(&files, Flavor::Postgres);
    std::fs::write(files.path().join("1_a.up.sql"), "SELECT pg_sleep(0.3); CREATE TABLE IF NOT EXISTS a (id int);")
        .unwrap();
    let slow = Folder::read(files.path(), "mainstay", Flavor::Postgres).unwrap();
    let (mut one, mut other) = (session(&target).await, session(&target).await);
    let run = async |session: &mut dyn Session| {
        let mut migrator = Migrator::new(session, &slow, &rules, Arc::new(Silent));
        let state = migrator.state().await.expect("reads");
        let plan = migrator.plan(&state, &Goal::Up).expect("plans");
        migrator.apply(&plan).await
    };
    let (one, other) = tokio::join!(run(one.as_mut()), run(other.as_mut()));
    let mut failures: Vec<Error> = [one.err(), other.err()].into_iter().flatten().collect();
    assert_eq!(failures.len(), 1, "{failures:?}");
    let failure = failures.remove(0);
    assert_eq!(failure.kind(), ErrorKind::Locked, "{failure:?}");
    assert_eq!(database.psql("SELECT count(*) FROM mainstay.migration"), "1");
}

/// The same by way of `prepare`'s own loop, with the lock given away behind its back.
#[tokio::test]
async fn a_runner_that_lost_its_lock_starts_over() {
    let database = server().database();
    let files = tempfile::tempdir().unwrap();
    let (_, rules) = folder(&files, Flavor::Postgres);
    let text = "SELECT pg_advisory_unlock_all(); SELECT pg_sleep(0.3); CREATE TABLE a (id int);";
    std::fs::write(files.path().join("1_a.up.sql"), text).unwrap();
    let folder = Folder::read(files.path(), "mainstay", Flavor::Postgres).unwrap();
    let heard = Arc::<Heard>::default();
    let (one, other) = tokio::join!(
        migrated(&database, &folder, &rules, heard.clone()),
        migrated(&database, &folder, &rules, heard.clone())
    );
    assert_eq!(one.expect("succeeds") + other.expect("succeeds"), 1, "one of them applied it");
    assert_eq!(database.psql("SELECT count(*) FROM mainstay.migration"), "1");
    assert!(heard.all().iter().any(|words| words.contains("a pooler in transaction mode")), "{:?}", heard.all());
}

/// Migrates as `prepare` does; how many migrations that applied.
async fn migrated(
    database: &TestDatabase,
    folder: &Folder,
    rules: &Rules,
    heard: Arc<Heard>,
) -> mainstay::Result<usize> {
    let (target, context) = (database.target(), context(heard));
    let service = Service {
        target: &target,
        admin: None,
        wish: None,
        rules,
        consent: &Default::default(),
        safety: Safety {
            rule: mainstay::config::BackupRule::Never,
            folder: "unused".into(),
            keep: mainstay::config::Keep::default(),
            search_path: "",
            encrypted: false,
            backups: None,
        },
        memory: "unused".into(),
        context: &context,
        environment: None,
    };
    let mut session = engine::connect(&target, &context).await?;
    let migrated = prepare::safe_migrate(session.as_mut(), folder, &Goal::Up, &service).await?;
    session.close().await;
    Ok(migrated.report.map_or(0, |report| report.done.len()))
}

#[tokio::test]
async fn an_sqlite_file_that_another_program_writes_to() {
    let files = tempfile::tempdir().unwrap();
    let path = files.path().join("service.sqlite3");
    std::fs::create_dir(files.path().join("migrations")).unwrap();
    std::fs::write(files.path().join("migrations/1_a.up.sql"), "CREATE TABLE a (id int);").unwrap();
    let target = Target::Sqlite(SqliteTarget { path: path.clone() });
    let mut writer = session(&target).await;
    writer.query("CREATE TABLE t (a)").await.unwrap();
    writer.query("BEGIN EXCLUSIVE").await.unwrap();
    let url = format!("sqlite:{}", path.display());
    let vars = [("DATABASE_URL".to_owned(), url)];
    let database = Database::project(files.path()).vars(vars).build().unwrap();
    let release = async {
        tokio::time::sleep(Duration::from_millis(700)).await;
        writer.query("COMMIT").await.unwrap();
    };
    let (prepared, ()) = tokio::join!(database.prepare(), release);
    assert_eq!(prepared.expect("waits and succeeds").version.unwrap().to_string(), "1");
}
