//! The database as it is now gets a second one beside it.

use std::process::Command;

use mainstay::restore::{By, Copied, Options, Owners, Way};
use mainstay::{Database, Error, ErrorKind};
use mainstay_testing::{TestDatabase, TestServer, server};

use super::lab::{databases, fresh, into, roles};

/// The database at `url` as the library has it.
fn opened(url: &str) -> Database {
    with(url, "")
}

/// The same with a configuration.
fn with(url: &str, configuration: &str) -> Database {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("mainstay.toml"), configuration).unwrap();
    let vars = [("DATABASE_URL", url.to_owned()), ("PATH", std::env::var("PATH").unwrap_or_default())];
    Database::project(folder.path()).vars(vars.map(|(name, value)| (name.to_owned(), value))).build().expect("builds")
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
        assert_eq!((plan.by, plan.because.as_deref(), plan.steps.len()), (By::Server, None, 3), "{plan:?}");
        assert_eq!(databases(server(), &name), "", "a plan makes nothing");
        let copied = copied(&opened(&database.url()), &into(&name)).await.expect("copies");
        assert_eq!((copied.by, copied.left_out.as_slice(), copied.restored.is_none()), (By::Server, &[][..], true));
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
    assert_eq!((taken.by, taken.because.as_deref()), (By::Backup, Some("other owners are wanted")));

    let owned = fresh();
    database.psql(&format!("ALTER DATABASE {} OWNER TO {role}", database.name()));
    let taken = copied(&opened(&url), &into(&owned)).await.expect("copies");
    assert_eq!((taken.by, taken.left_out.as_slice()), (By::Server, &[][..]));
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
    assert_eq!((taken.by, taken.because.as_deref()), (By::Backup, Some("1 other session is connected to it")));
    let restored = taken.restored.expect("a restore");
    assert_eq!((restored.database.as_str(), restored.rows, restored.compared), (name.as_str(), 30, 1));
    let taken = on.copy(&early, &into(&planned)).await.expect("copies");
    assert_eq!((taken.by, taken.because.as_deref()), (By::Backup, Some("somebody has connected to it")));
    // Where backups are encrypted, so is this one, to a key that nobody else ever has.
    let sealed = fresh();
    let key = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p";
    let encrypting = with(&database.url(), &format!("[backup]\nencrypt = [\"{key}\"]\n"));
    assert_eq!(copied(&encrypting, &into(&sealed)).await.expect("copies").by, By::Backup);
    for name in [&name, &planned, &sealed] {
        assert_eq!(server().psql(name, "SELECT count(*), sum(id) FROM devices"), "30|465");
    }
    holder.close().await;
    assert_eq!(copied(&on, &into(&later)).await.expect("copies").by, By::Server);
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

    let alone = TestServer::start(&[], "");
    let database = plain(&alone);
    let on = opened(&database.url());
    let plan = on.copy_plan(&into(&name)).await.expect("plans");
    alone.psql("postgres", &format!("CREATE DATABASE {name}"));
    let error = on.copy(&plan, &into(&name)).await.expect_err("somebody was quicker");
    assert_eq!(error.sqlstate(), Some("42P04"), "{error:?}");
    let left = (databases(&alone, "mainstay_scratch_"), alone.psql(&name, "SELECT to_regclass('devices') IS NULL"));
    assert_eq!((left.0.as_str(), left.1.as_str()), ("", "t"));
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
    assert_eq!((taken.by, taken.restored.map(|restored| restored.rows)), (By::Backup, Some(2)));
    session.query("COMMIT").await.unwrap();
    session.close().await;
    let mut copy = opened(&format!("sqlite:{}", path("copy.db"))).connect().await.expect("opens");
    let names = copy.query("SELECT group_concat(name) FROM device").await.unwrap();
    copy.close().await;
    assert_eq!(names[0][0].as_deref(), Some("one,two"));
}
