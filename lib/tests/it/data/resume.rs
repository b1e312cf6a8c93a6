//! Loads by batches that are killed in the midst of it.

use std::time::Duration;

use mainstay::ErrorKind;
use mainstay::conn::Target;
use mainstay::data::Options;
use mainstay::rusqlite::Connection;

use super::lab::{Lab, ask};

const DDL: &str = "CREATE TABLE a_first (id integer PRIMARY KEY, note text); CREATE TABLE b_second (id integer PRIMARY KEY, first integer REFERENCES a_first);";

fn options(batch: u64) -> Options {
    Options { batch: Some(batch), ..Options::default() }
}

async fn dumped(lab: &Lab, name: &str) -> Target {
    let (_, from) = lab.postgres(&format!(
        "{DDL} INSERT INTO a_first SELECT n, 'note ' || n FROM generate_series(1, 1050) n;
         INSERT INTO b_second SELECT n, n FROM generate_series(1, 777) n"
    ));
    lab.dump(&from, name).await;
    from
}

async fn until(mut reached: impl FnMut() -> bool) {
    for _ in 0..2000 {
        if reached() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("it never comes that far");
}

#[tokio::test]
async fn a_load_that_was_killed_goes_on_where_it_was() {
    let lab = Lab::new();
    for dump in ["dump", "dump.tar.zst"] {
        let from = dumped(&lab, dump).await;
        let (database, to) = lab.postgres(DDL);
        // Somebody holds the second table, so that the load stands still after the first.
        let mut holder = mainstay::engine::connect(&to, &lab.context).await.unwrap();
        holder.query("BEGIN; LOCK TABLE b_second IN SHARE MODE").await.unwrap();
        {
            let batches = options(100);
            let load = lab.load_with(dump, &to, &batches);
            let waits = until(|| {
                database
                    .psql("SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'b_second'::regclass")
                    .trim()
                    == "1"
            });
            // Dropping the future ends the session as a kill does.
            tokio::select! { loaded = load => panic!("{loaded:?}"), () = waits => {} }
        }
        holder.query("ROLLBACK").await.unwrap();
        assert_eq!(database.psql("SELECT count(*) FROM a_first").trim(), "1050");
        assert_eq!(database.psql("SELECT tables, row_count, total FROM mainstay.data_load").trim(), "1|0|1050");
        until(|| database.psql("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())").trim() == "0").await;

        let error = lab.load(dump, &to).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Refused);
        assert!(error.message().contains("has brought in 1050 rows and was interrupted"), "{error:?}");
        let loaded = lab.load_with(dump, &to, &options(50)).await.unwrap();
        assert_eq!((loaded.earlier, loaded.tables[1].rows), (1050, 777));
        assert_eq!(lab.digests(&from).await, lab.digests(&to).await);
        assert_eq!(database.psql("SELECT count(*) FROM pg_namespace WHERE nspname = 'mainstay'"), "0");
    }
}

#[tokio::test]
async fn a_row_that_is_refused_in_the_midst_of_a_table_is_gone_on_from() {
    let lab = Lab::new();
    let from = dumped(&lab, "dump").await;
    let (database, server) = lab.postgres(DDL);
    database.psql("ALTER TABLE a_first ADD CONSTRAINT low CHECK (id < 430)");
    let (path, file) = lab.sqlite("to.db", &DDL.replace("note text", "note text, CHECK (id < 430 OR note = 'x')"));
    for to in [&server, &file] {
        let error = lab.load_with("dump", to, &options(100)).await.unwrap_err();
        assert_eq!(error.sqlstate(), Some("23514"), "{error:?}");
        assert_eq!(error.place().map(|place| place.line), Some(430), "{error:?}");
    }
    assert_eq!(database.psql("SELECT count(*) FROM a_first"), "400");
    assert_eq!(ask(&path, "SELECT count(*) FROM a_first"), "400");
    database.psql("ALTER TABLE a_first DROP CONSTRAINT low");
    // SQLite takes a check back by the table's own text alone.
    Connection::open(&path).unwrap().execute_batch(
        "PRAGMA writable_schema = on; UPDATE sqlite_schema SET sql = replace(sql, ', CHECK (id < 430 OR note = ''x'')', ''); PRAGMA writable_schema = reset;",
    ).unwrap();
    for to in [&server, &file] {
        let loaded = lab.load_with("dump", to, &options(100)).await.unwrap();
        assert_eq!((loaded.earlier, loaded.tables[0].rows), (400, 650));
        assert_eq!(lab.digests(&from).await, lab.digests(to).await);
    }
    assert_eq!(ask(&path, "SELECT count(*) FROM sqlite_schema WHERE name LIKE 'mainstay%'"), "0");
}
