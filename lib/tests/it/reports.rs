//! The reports on a server: each on every version, and what it has to show.

use std::sync::Arc;

use mainstay::conn::Target;
use mainstay::engine::{Context, Session, connect};
use mainstay::inspect::{Found, REPORTS};
use mainstay::observer::Silent;
use mainstay::{Database, ErrorKind};
use mainstay_testing::{TestDatabase, TestServer, server, server_of, start_server_of};

async fn session(target: &Target) -> Box<dyn Session> {
    let context = Context { observer: Arc::new(Silent), dial: None, application_name: "reports".to_owned() };
    connect(target, &context).await.unwrap()
}

async fn ask(target: &Target, name: &str) -> Found {
    let report = REPORTS.iter().find(|report| report.name == name).unwrap();
    let mut session = session(target).await;
    let found = report.ask(session.as_mut()).await.unwrap_or_else(|error| panic!("{name}: {error:?}"));
    session.close().await;
    found
}

/// A row's cells by the names of their columns.
type Cells<'a> = Box<dyn Fn(&str) -> &'a str + 'a>;

/// The rows whose first cell has `text` in it.
fn rows<'a>(found: &'a Found, text: &str) -> Vec<Cells<'a>> {
    let fits = |row: &&'a Vec<Option<String>>| row[0].as_deref().is_some_and(|first| first.contains(text));
    let of = |row: &'a Vec<Option<String>>| -> Cells<'a> {
        Box::new(move |name| {
            let at = found.columns.iter().position(|column| column.name == name).unwrap_or_else(|| panic!("no {name}"));
            row[at].as_deref().unwrap_or_default()
        })
    };
    found.rows.iter().filter(fits).map(of).collect()
}

/// Tables with something for each report.
fn filled(server: &TestServer) -> TestDatabase {
    let database = server.database();
    for sql in [
        "CREATE SCHEMA app",
        "CREATE TABLE app.devices (id serial PRIMARY KEY, name text, site text)",
        "CREATE INDEX by_name ON app.devices (name)",
        "CREATE INDEX by_name_again ON app.devices (name)",
        "CREATE INDEX by_name_and_site ON app.devices (name, site)",
        "CREATE INDEX by_site_backwards ON app.devices (site DESC)",
        "CREATE INDEX some_names ON app.devices (name) WHERE site IS NULL",
        "CREATE TABLE app.logs (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, line text) WITH (autovacuum_enabled = false)",
        "INSERT INTO app.devices (name, site) SELECT 'd' || n, 's' || n % 7 FROM generate_series(1, 500) n",
        "INSERT INTO app.logs (line) SELECT repeat('x', 100) FROM generate_series(1, 20000) n",
        "ANALYZE app.devices, app.logs",
        "SELECT setval('app.devices_id_seq', 2000000000)",
    ] {
        database.psql(sql);
    }
    database
}

#[tokio::test]
async fn every_version_has_every_report() {
    for major in [13, 14, 15, 16, 17, 18] {
        let database = filled(server_of(major));
        for report in REPORTS.iter().filter(|report| report.needs.is_none()) {
            let found = ask(&database.target(), report.name).await;
            assert!(found.rows.iter().all(|row| row.len() == found.columns.len()), "{major} {}", report.name);
            assert_eq!(found.to_json().as_array().map(Vec::len), Some(found.rows.len()));
        }
    }
}

#[tokio::test]
async fn a_standby_has_every_report() {
    for major in [13, 18] {
        let mut server = start_server_of(major);
        let target = filled(&server).target();
        server.restart_as_standby();
        for report in REPORTS.iter().filter(|report| report.needs.is_none()) {
            let found = ask(&target, report.name).await;
            assert!(report.name != "table-sizes" || found.rows.len() >= 2, "{major} {found:?}");
        }
    }
}

#[tokio::test]
async fn sizes_indexes_and_sequences() {
    let database = filled(server());
    let target = database.target();
    let found = ask(&target, "table-sizes").await;
    assert_eq!(found.rows[0][0].as_deref(), Some("app.logs"), "the largest first");
    assert_eq!(rows(&found, "app.logs")[0]("rows"), "20000");
    let found = ask(&target, "index-sizes").await;
    assert_eq!(rows(&found, "devices_pkey")[0]("kind"), "primary key");

    let found = ask(&target, "duplicate-indexes").await;
    let said: Vec<_> = found.rows.iter().map(|row| row[0].clone().unwrap()).collect();
    assert!(said.contains(&"app.by_name_again".to_owned()), "{said:?}");
    assert_eq!(rows(&found, "by_name_again")[0]("same_as"), "app.by_name");
    assert_eq!(rows(&found, "by_name_again")[0]("how"), "the same");
    let beginning = said.iter().position(|name| name == "app.by_name").unwrap();
    assert_eq!(found.rows[beginning][4].as_deref(), Some("the beginning"));
    assert!(
        !said.iter().any(|name| name.contains("some_names") || name.contains("backwards") || name.contains("pkey"))
    );

    let unused = ask(&target, "unused-indexes").await;
    assert_eq!((rows(&unused, "by_name").len(), rows(&unused, "pkey").len()), (3, 0));

    let found = ask(&target, "sequences").await;
    let serial = &rows(&found, "devices_id_seq")[0];
    assert_eq!((serial("column"), serial("end"), serial("used")), ("app.devices.id", "2147483647", "93.13"));
    assert_eq!(rows(&found, "logs_id_seq")[0]("end"), "9223372036854775807");
}

#[tokio::test]
async fn bloat_is_what_deleted_rows_have_left() {
    let database = filled(server());
    let target = database.target();
    assert_eq!(rows(&ask(&target, "bloat").await, "app.").len(), 0);
    database.psql("DELETE FROM app.logs WHERE id % 4 > 0");
    database.psql("VACUUM ANALYZE app.logs");
    let found = ask(&target, "bloat").await;
    let share: f64 = rows(&found, "app.logs")[0]("share").parse().unwrap();
    assert!((65.0..85.0).contains(&share), "{share}");
    // Without a vacuum the rows are there still, dead.
    database.psql("DELETE FROM app.logs");
    let found = ask(&target, "vacuum-stats").await;
    assert_eq!(rows(&found, "app.logs")[0]("autovacuum"), "off for this table");
}

#[tokio::test]
async fn who_waits_for_whom_is_a_tree() {
    let database = filled(server());
    let target = database.target();
    assert_eq!(ask(&target, "blocking").await.rows.len(), 0);
    let mut first = session(&target).await;
    first.query("BEGIN; LOCK TABLE app.devices IN ACCESS EXCLUSIVE MODE").await.unwrap();
    let waiting = |sql: &'static str| {
        let target = target.clone();
        tokio::spawn(async move { session(&target).await.query(sql).await.map(drop) })
    };
    let until = async |least: usize| loop {
        let found = ask(&target, "blocking").await;
        if found.rows.len() >= least {
            return found;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    };
    let second = waiting("BEGIN; LOCK TABLE app.devices IN ACCESS EXCLUSIVE MODE; COMMIT");
    until(2).await;
    let third = waiting("SELECT count(*) FROM app.devices");
    // The reader waits for both: for the first, and behind the second.
    let found = until(4).await;
    let all = rows(&found, "");
    assert_eq!((all[0]("depth"), all[0]("state"), all[0]("blocked_by")), ("0", "idle in transaction", ""));
    assert!(all.iter().any(|row| row("depth") == "2" && row("wants") == "AccessShareLock on app.devices"));
    let locks = ask(&target, "locks").await;
    let held: Vec<_> = rows(&locks, "").iter().map(|row| (row("granted").to_owned(), row("mode").to_owned())).collect();
    assert!(held.contains(&("yes".into(), "AccessExclusiveLock".into())), "{held:?}");
    assert!(held.contains(&("waits".into(), "AccessShareLock".into())), "{held:?}");
    let activity = ask(&target, "activity").await;
    assert!(rows(&activity, "").iter().any(|row| row("waits_for") == "Lock: relation"));
    first.query("COMMIT").await.unwrap();
    second.await.unwrap().unwrap();
    third.await.unwrap().unwrap();
}

#[tokio::test]
async fn statements_are_counted_where_the_extension_is_loaded() {
    let server = TestServer::start(&[("shared_preload_libraries", "pg_stat_statements")], "");
    let database = server.database();
    let report = REPORTS.iter().find(|report| report.name == "outliers").unwrap();
    let handle = Database::url(database.url()).build().unwrap();
    let error = handle.report(report).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(error.hints()[0].contains("CREATE EXTENSION pg_stat_statements"), "{error:?}");
    database.psql("CREATE SCHEMA stats; CREATE EXTENSION pg_stat_statements SCHEMA stats");
    for _ in 0..3 {
        database.psql("SELECT 'counted', pg_sleep(0.001)");
    }
    for name in ["outliers", "calls"] {
        let found = ask(&database.target(), name).await;
        let counted = found.rows.iter().find(|row| row[5].as_deref().is_some_and(|query| query.contains("pg_sleep")));
        assert!(counted.is_some(), "{found:?}");
    }
}

#[tokio::test]
async fn sqlite_has_no_server() {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::url(format!("sqlite:{}", folder.path().join("a.db").display())).build().unwrap();
    let error = database.report(REPORTS[0]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
}
