//! The database as it is now gets a second one beside it.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use mainstay::restore::{By, Copied, Options, Owners, Way};
use mainstay::{Database, Error, ErrorKind};
use mainstay_testing::{TestDatabase, TestServer, server};

use super::lab::{databases, fresh, into, roles};

/// The database at `url` as the library has it.
fn opened(url: &str) -> Database {
    with(url, "", None)
}

/// The same with a configuration, and a folder for temporary files.
fn with(url: &str, configuration: &str, temporary: Option<&Path>) -> Database {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("mainstay.toml"), configuration).unwrap();
    let vars = [("DATABASE_URL", url.to_owned()), ("PATH", std::env::var("PATH").unwrap_or_default())];
    let temporary = temporary.map(|path| ("TMPDIR".to_owned(), path.display().to_string()));
    let vars = vars.map(|(name, value)| (name.to_owned(), value)).into_iter().chain(temporary);
    Database::project(folder.path()).vars(vars).build().expect("builds")
}

/// Plans the copy and makes it.
async fn copied(database: &Database, options: &Options) -> Result<Copied, Error> {
    database.copy(&database.copy_plan(options).await?, options).await
}

/// Everything that pg_dump knows of the database `name`, its own settings and rights among it, as it would say it of one called
/// `called`.
fn whole(server: &TestServer, name: &str, called: &str) -> String {
    let output = Command::new(server.binaries().program("pg_dump"))
        .args(["-U", "postgres", "--create", "-p", &server.port().to_string(), "-d", name, "-h"])
        .arg(server.socket())
        .env_clear()
        .env("LC_ALL", "C.UTF-8")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let lines = text.lines().filter(|line| !line.starts_with("\\restrict") && !line.starts_with("\\unrestrict"));
    lines.collect::<Vec<_>>().join("\n").replace(name, called)
}

/// A database with rows, and nothing of its own beside them.
fn plain(server: &TestServer) -> TestDatabase {
    let database = server.database();
    database.psql("CREATE TABLE devices (id int PRIMARY KEY, name text); INSERT INTO devices SELECT n, 'd' || n FROM generate_series(1, 30) n");
    database
}

/// What no file of the database has in it comes along too; a reader who was kept out is kept out of the second one.
#[tokio::test]
async fn by_the_server_with_settings_rights_and_comment() {
    roles(server());
    let mine = [
        "",
        "ALTER DATABASE {} SET work_mem TO '7MB'; ALTER DATABASE {} SET search_path TO \"a b\", public;
         ALTER ROLE restore_reader IN DATABASE {} SET statement_timeout TO '3s'; ALTER DATABASE {} CONNECTION LIMIT 7;
         COMMENT ON DATABASE {} IS 'it''s walt''s'; REVOKE ALL ON DATABASE {} FROM PUBLIC;
         GRANT CONNECT ON DATABASE {} TO restore_reader WITH GRANT OPTION",
        "ALTER DATABASE {} OWNER TO restore_owner; GRANT CREATE ON DATABASE {} TO restore_reader",
    ];
    for sql in mine {
        let (database, name) = (plain(server()), fresh());
        database.psql(&sql.replace("{}", database.name()));
        let plan = opened(&database.url()).copy_plan(&into(&name)).await.expect("plans");
        assert_eq!((plan.by, plan.because.as_deref(), plan.steps.len()), (By::Server, None, 4), "{plan:?}");
        assert_eq!(databases(server(), &name), "", "a plan makes nothing");
        let copied = copied(&opened(&database.url()), &into(&name)).await.expect("copies");
        assert_eq!(
            (copied.plan.by, copied.left_out.as_slice(), copied.restored.is_none()),
            (By::Server, &[][..], true)
        );
        assert_eq!(whole(server(), &name, database.name()), whole(server(), database.name(), database.name()));
        assert_eq!(server().psql(&name, "SELECT count(*), sum(id) FROM devices"), "30|465");
        let stranger = format!("SELECT has_database_privilege('restore_owner', '{name}', 'CONNECT')");
        assert_eq!(server().psql("postgres", &stranger) == "f", sql.contains("REVOKE ALL"));
    }
}

/// An owner without other rights than to make databases copies its own, and somebody else's only by what it may read.
#[tokio::test]
async fn whose_it_is() {
    let role = fresh();
    server().psql("postgres", &format!("CREATE ROLE {role} LOGIN CREATEDB"));
    let (database, name) = (plain(server()), fresh());
    let url = database.url().replace("user=postgres", &format!("user={role}"));
    database
        .psql(&format!("GRANT SELECT ON devices TO {role}; ALTER DATABASE {} SET lock_timeout TO 7", database.name()));
    let error = copied(&opened(&url), &into(&name)).await.expect_err("the table is postgres's, who is not to be had");
    assert_eq!(databases(server(), &name), "", "{error:?}");
    let options = Options { owners: Owners::parse(true, &[]).unwrap(), ..into(&name) };
    let taken = copied(&opened(&url), &options).await.expect("copies");
    assert_eq!((taken.plan.by, taken.plan.because.as_deref()), (By::Backup, Some("other owners are wanted")));

    let owned = fresh();
    database.psql(&format!("ALTER DATABASE {} OWNER TO {role}", database.name()));
    let taken = copied(&opened(&url), &into(&owned)).await.expect("copies");
    assert_eq!((taken.plan.by, taken.left_out.as_slice()), (By::Server, &[][..]));
    assert_eq!(whole(server(), &owned, database.name()), whole(server(), database.name(), database.name()));
}

/// Nobody is put out: where somebody is connected, before the plan or after it, a backup is restored.
#[tokio::test]
async fn by_a_backup_where_somebody_is_connected() {
    let database = plain(server());
    let (planned, name, later) = (fresh(), fresh(), fresh());
    let on = opened(&database.url());
    let early = on.copy_plan(&into(&planned)).await.expect("plans");
    assert_eq!(early.by, By::Server);
    let holder = on.connect().await.expect("connects");

    let taken = copied(&on, &into(&name)).await.expect("copies");
    assert_eq!(
        (taken.plan.by, taken.plan.because.as_deref()),
        (By::Backup, Some("1 other session is connected to it"))
    );
    let restored = taken.restored.expect("a restore");
    assert_eq!((restored.database.as_str(), restored.rows, restored.compared), (name.as_str(), 30, 1));
    let taken = on.copy(&early, &into(&planned)).await.expect("copies");
    assert!(
        taken.plan.because.is_some_and(|why| why.contains("being accessed by other users"))
            && taken.plan.by == By::Backup
    );
    for name in [&name, &planned] {
        assert_eq!(server().psql(name, "SELECT count(*), sum(id) FROM devices"), "30|465");
    }
    holder.close().await;
    assert_eq!(copied(&on, &into(&later)).await.expect("copies").plan.by, By::Server);
}

/// A copy has the owner that the first one has, whichever way it goes; nobody waits for a production database's files.
#[tokio::test]
async fn both_ways_lead_to_one_owner() {
    roles(server());
    let database = plain(server());
    let sql = "ALTER DATABASE {} OWNER TO restore_owner; REVOKE ALL ON DATABASE {} FROM PUBLIC";
    database.psql(&sql.replace("{}", database.name()));
    let (one, other) = (fresh(), fresh());
    let on = opened(&database.url());
    assert_eq!(copied(&on, &into(&one)).await.expect("copies").plan.by, By::Server);
    let production = Options { production: true, ..into(&other) };
    let taken = copied(&on, &production).await.expect("copies");
    assert!(taken.plan.by == By::Backup && taken.plan.because.is_some_and(|why| why.contains("would have to wait")));
    for name in [&one, &other] {
        assert_eq!(whole(server(), name, database.name()), whole(server(), database.name(), database.name()));
    }
    database.psql("CREATE SCHEMA mainstay; CREATE TABLE mainstay.setting (name text, value text)");
    database.psql("INSERT INTO mainstay.setting VALUES ('environment', 'production')");
    assert_eq!(on.copy_plan(&into(&fresh())).await.expect("plans").by, By::Backup);
}

/// Where backups are encrypted this one is too, though it goes again.
#[tokio::test]
async fn nothing_lies_open_where_backups_are_encrypted() {
    let (database, name) = (plain(server()), fresh());
    let key = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p";
    for (configuration, suffix) in [(String::new(), ""), (format!("[backup]\nencrypt = [\"{key}\"]\n"), ".age")] {
        let temporary = tempfile::tempdir().unwrap();
        let on = with(&database.url(), &configuration, Some(temporary.path()));
        let seen = Seen::watch(temporary.path());
        let name = format!("{name}{}", suffix.trim_start_matches('.'));
        let options = Options { production: true, ..into(&name) };
        assert_eq!(copied(&on, &options).await.expect("copies").plan.by, By::Backup);
        let seen: BTreeSet<String> = seen.end().into_iter().filter(|name| is_of_rows(name)).collect();
        assert!(!seen.is_empty() && seen.iter().all(|name| name.ends_with(".age") != suffix.is_empty()), "{seen:?}");
        assert_eq!(server().psql(&name, "SELECT count(*), sum(id) FROM devices"), "30|465");
        assert_eq!(std::fs::read_dir(temporary.path()).unwrap().count(), 0);
    }
}

/// Whether a finished file is called so: `3346.dat.zst`.
fn is_of_rows(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_digit()) && name.contains(".dat")
}

/// The names of the files that come and go below a folder.
struct Seen {
    over: Arc<AtomicBool>,
    names: JoinHandle<BTreeSet<String>>,
}

impl Seen {
    fn watch(folder: &Path) -> Self {
        let (over, folder) = (Arc::<AtomicBool>::default(), folder.to_owned());
        let until = Arc::clone(&over);
        let names = std::thread::spawn(move || {
            let mut names = BTreeSet::new();
            while !until.load(Ordering::Relaxed) {
                look(&folder, &mut names);
                std::thread::sleep(Duration::from_millis(2));
            }
            names
        });
        Self { over, names }
    }

    fn end(self) -> BTreeSet<String> {
        self.over.store(true, Ordering::Relaxed);
        self.names.join().unwrap()
    }
}

fn look(folder: &Path, names: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        names.insert(entry.file_name().to_string_lossy().into_owned());
        if entry.path().is_dir() {
            look(&entry.path(), names);
        }
    }
}

/// What is refused, and what fails on its way, leaves nothing.
#[tokio::test]
async fn what_cannot_be() {
    let (database, name) = (plain(server()), fresh());
    let on = opened(&database.url());
    let swap = Options { way: Way::Swap(database.name().to_owned()), ..into("") };
    assert_eq!(on.copy_plan(&swap).await.expect_err("no name").kind(), ErrorKind::Usage);
    let taken = on.copy_plan(&into(database.name())).await.expect_err("the name is taken");
    assert_eq!((taken.kind(), taken.message().contains("already")), (ErrorKind::Refused, true), "{taken:?}");
    let nowhere = opened(&database.url().replace(database.name(), "nowhere_at_all"));
    let missing = nowhere.copy_plan(&into(&name)).await.expect_err("there is none");
    assert_eq!(
        (missing.kind(), missing.message()),
        (ErrorKind::DatabaseMissing, "there is no database nowhere_at_all")
    );
    let untold = Options { only: vec!["devices".to_owned(), "gadgets".to_owned()], ..into(&name) };
    let missing = on.copy_plan(&untold).await.expect_err("there is no such table");
    assert_eq!((missing.kind(), missing.message()), (ErrorKind::NotFound, "there is no table gadgets to restore"));

    let alone = TestServer::start(&[], "");
    let database = plain(&alone);
    let on = opened(&database.url());
    let plan = on.copy_plan(&into(&name)).await.expect("plans");
    alone.psql("postgres", &format!("CREATE DATABASE {name}"));
    alone.psql("postgres", &format!("ALTER DATABASE {} IS_TEMPLATE true", database.name()));
    let error = on.copy(&plan, &into(&name)).await.expect_err("somebody was quicker");
    assert_eq!(error.sqlstate(), Some("42P04"), "{error:?}");
    let left = (databases(&alone, "mainstay_scratch_"), alone.psql(&name, "SELECT to_regclass('devices') IS NULL"));
    assert_eq!((left.0.as_str(), left.1.as_str()), ("", "t"));

    // A template can be copied, and so can the database where one is otherwise to ask.
    let (of_template, of_postgres) = (fresh(), fresh());
    assert_eq!(copied(&on, &into(&of_template)).await.expect("copies").plan.by, By::Server);
    let postgres = opened(&database.url().replace(database.name(), "postgres"));
    assert_eq!(copied(&postgres, &into(&of_postgres)).await.expect("copies").plan.by, By::Server);
    assert_eq!(databases(&alone, "mainstay_scratch_"), "");
}

#[tokio::test]
async fn an_sqlite_file_while_others_write_to_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let on = opened(&format!("sqlite:{}", path("walt.db")));
    let mut session = on.connect().await.expect("opens");
    session
        .query("CREATE TABLE device (id INTEGER PRIMARY KEY, name); INSERT INTO device (name) VALUES ('one'), ('two')")
        .await
        .unwrap();
    session.query("BEGIN IMMEDIATE").await.unwrap();
    session.query("INSERT INTO device (name) VALUES ('not yet')").await.unwrap();
    let taken = copied(&on, &into(&path("copy.db"))).await.expect("copies");
    assert_eq!((taken.plan.by, taken.restored.map(|restored| restored.rows)), (By::Backup, Some(2)));
    session.query("COMMIT").await.unwrap();
    session.close().await;
    let mut copy = opened(&format!("sqlite:{}", path("copy.db"))).connect().await.expect("opens");
    let names = copy.query("SELECT group_concat(name) FROM device").await.unwrap();
    copy.close().await;
    assert_eq!(names[0][0].as_deref(), Some("one,two"));
}
