//! Tables that refer to each other, and keys that lead nowhere.

use mainstay::ErrorKind;
use mainstay::data::Options;

use super::lab::{Lab, ask};

const ON_POSTGRES: &str = "
CREATE TABLE team (id int PRIMARY KEY, captain int NOT NULL);
CREATE TABLE player (id int PRIMARY KEY, team int NOT NULL REFERENCES team, mentor int REFERENCES player);
ALTER TABLE team ADD CONSTRAINT team_captain FOREIGN KEY (captain) REFERENCES player;
CREATE TABLE score (id int PRIMARY KEY, player int NOT NULL REFERENCES player);";

const ON_SQLITE: &str = "
CREATE TABLE team (id integer PRIMARY KEY, captain integer NOT NULL REFERENCES player);
CREATE TABLE player (id integer PRIMARY KEY, team integer NOT NULL REFERENCES team, mentor integer REFERENCES player);
CREATE TABLE score (id integer PRIMARY KEY, player integer NOT NULL REFERENCES player);";

const ROWS: &str = "BEGIN; SET CONSTRAINTS ALL DEFERRED; INSERT INTO team VALUES (1, 11), (2, 12);
INSERT INTO player VALUES (11, 1, 12), (12, 2, 11), (13, 1, NULL); INSERT INTO score VALUES (1, 13), (2, 11); COMMIT;";

const DEFERRABLE: &str = "ALTER TABLE team ALTER CONSTRAINT team_captain DEFERRABLE";

#[tokio::test]
async fn a_circle_goes_both_ways_and_its_keys_are_as_they_were() {
    let lab = Lab::new();
    let (_, from) = lab.postgres(&format!("{ON_POSTGRES}{DEFERRABLE};{ROWS}"));
    let (_, between) = lab.sqlite("between.db", ON_SQLITE);
    let (database, to) = lab.postgres(ON_POSTGRES);
    let keys =
        "SELECT conname, condeferrable, condeferred, convalidated FROM pg_constraint WHERE contype = 'f' ORDER BY 1";
    let before = database.psql(keys);
    lab.copy(&from, &between).await.unwrap();
    lab.dump(&between, "dump").await;
    lab.load("dump", &to).await.unwrap();
    assert_eq!(lab.digests(&from).await, lab.digests(&to).await);
    assert_eq!(database.psql(keys), before);
    assert!(before.contains("team_captain|f|f|t"), "{before}");
}

#[tokio::test]
async fn a_table_that_comes_too_early_in_a_stream_waits_for_its_key() {
    let lab = Lab::new();
    // The source knows of no key, so the tables come by name.
    let (_, from) = lab.sqlite("from.db", "CREATE TABLE a_child (id integer PRIMARY KEY, parent integer);
        CREATE TABLE b_parent (id integer PRIMARY KEY); INSERT INTO b_parent VALUES (5); INSERT INTO a_child VALUES (1, 5)");
    let schema = "CREATE TABLE b_parent (id int PRIMARY KEY); CREATE TABLE a_child (id int PRIMARY KEY, parent int REFERENCES b_parent)";
    for dump in ["dump", "dump.tar.zst"] {
        let (database, to) = lab.postgres(schema);
        lab.dump(&from, dump).await;
        lab.load(dump, &to).await.unwrap();
        assert_eq!(database.psql("SELECT parent FROM a_child"), "5");
    }
}

#[tokio::test]
async fn a_key_that_never_comes_is_told_with_its_line() {
    let lab = Lab::new();
    let lonely = "CREATE TABLE parent (id integer PRIMARY KEY, next integer);
                  CREATE TABLE child (id integer PRIMARY KEY, parent integer)";
    let (_, from) = lab.sqlite(
        "from.db",
        &format!(
            "{lonely}; INSERT INTO parent VALUES (1, 3), (2, NULL), (3, 7);
                  INSERT INTO child VALUES (1, 1), (2, 9)"
        ),
    );
    let cases =
        [("REFERENCES parent", "", "child.jsonl", "child"), ("", "REFERENCES parent", "parent.jsonl", "parent")];
    for (number, (on_child, on_parent, file, table)) in cases.into_iter().enumerate() {
        let ddl = |integer: &str| {
            format!(
                "CREATE TABLE parent (id {integer} PRIMARY KEY, next {integer} {on_parent});
                 CREATE TABLE child (id {integer} PRIMARY KEY, parent {integer} {on_child})"
            )
        };
        let (database, postgres) = lab.postgres(&ddl("bigint"));
        let (path, sqlite) = lab.sqlite(&format!("to{number}.db"), &ddl("integer"));
        for (to, dump) in
            [(&postgres, "folder"), (&sqlite, "folder"), (&postgres, "file.tar.zst"), (&sqlite, "file.tar.zst")]
        {
            let dump = format!("{number}{dump}");
            if !lab.path(&dump).exists() {
                lab.dump(&from, &dump).await;
            }
            let error = lab.load(&dump, to).await.unwrap_err();
            assert_eq!((error.kind(), error.sqlstate()), (ErrorKind::Sql, Some("23503")), "{error:?}");
            assert!(error.one_line().contains(table), "{error:?}");
            let place = error.place().unwrap_or_else(|| panic!("no place: {error:?}"));
            let line = if table == "child" { 2 } else { 3 };
            assert!(place.file.ends_with(file) && place.line == line, "{place:?}");
        }
        assert_eq!(database.psql("SELECT (SELECT count(*) FROM parent) + (SELECT count(*) FROM child)"), "0");
        assert_eq!(ask(&path, "SELECT (SELECT count(*) FROM parent) + (SELECT count(*) FROM child)"), "0");
    }
}

#[tokio::test]
async fn tables_of_a_circle_are_no_batches() {
    let lab = Lab::new();
    let (_, from) = lab.postgres(&format!("{ON_POSTGRES}{DEFERRABLE};{ROWS}"));
    let (database, to) = lab.postgres(ON_POSTGRES);
    let (_, file) = lab.sqlite("to.db", ON_SQLITE);
    lab.dump(&from, "dump").await;
    let options = Options { batch: Some(1), ..Options::default() };
    for to in [&to, &file] {
        lab.load_with("dump", to, &options).await.unwrap();
        assert_eq!(lab.digests(&from).await, lab.digests(to).await);
    }
    assert_eq!(database.psql("SELECT count(*) FROM pg_namespace WHERE nspname = 'mainstay'"), "0", "nothing is left");
}
