//! Rows whose keys are there already.

use mainstay::data::{self, Base, Input, OnConflict, Options};
use mainstay::{ErrorKind, Result};

use super::lab::{Lab, ask};

const DDL: &str = "CREATE TABLE item (id integer PRIMARY KEY, note text);";

fn counts(loaded: Result<mainstay::data::Loaded>) -> (u64, u64, u64) {
    let table = loaded.unwrap().tables.remove(0);
    (table.inserted, table.updated, table.skipped)
}

#[tokio::test]
async fn a_key_that_is_there_stops_is_left_or_gets_new_values() {
    let lab = Lab::new();
    let (_, from) = lab.postgres(&format!("{DDL} INSERT INTO item VALUES (1, 'new'), (2, 'new'), (3, 'new')"));
    lab.dump(&from, "dump").await;
    let there = format!("{DDL} INSERT INTO item VALUES (2, 'old'), (9, 'old');");
    let (database, server) = lab.postgres(&there);
    let (path, file) = lab.sqlite("to.db", &there);
    let rows = "SELECT group_concat(id || ' ' || note, ', ') FROM (SELECT * FROM item ORDER BY id)";
    let server_rows = "SELECT string_agg(id || ' ' || note, ', ' ORDER BY id) FROM item";
    let both = || (database.psql(server_rows).trim().to_owned(), ask(&path, rows));
    let same = |text: &str| (text.to_owned(), text.to_owned());

    for to in [&server, &file] {
        let error = lab.load("dump", to).await.unwrap_err();
        assert_eq!((error.kind(), error.sqlstate()), (ErrorKind::Sql, Some("23505")), "{error:?}");
        let place = error.place().expect("a place");
        assert_eq!((place.line, place.text.as_str()), (2, "{\"id\":2,\"note\":\"new\"}"), "{error:?}");
        assert!(error.hints().iter().any(|hint| hint.contains("--on-conflict skip")), "{error:?}");
    }
    assert_eq!(both(), same("2 old, 9 old"));
    for to in [&server, &file] {
        let options = Options { on_conflict: OnConflict::Skip, ..Options::default() };
        assert_eq!(counts(lab.load_with("dump", to, &options).await), (2, 0, 1));
    }
    assert_eq!(both(), same("1 new, 2 old, 3 new, 9 old"));
    for to in [&server, &file] {
        let options = Options { on_conflict: OnConflict::Update, ..Options::default() };
        assert_eq!(counts(lab.load_with("dump", to, &options).await), (0, 3, 0));
    }
    assert_eq!(both(), same("1 new, 2 new, 3 new, 9 old"));
}

#[tokio::test]
async fn without_a_key_there_is_nothing_to_update_by() {
    let lab = Lab::new();
    let (_, from) = lab.postgres("CREATE TABLE item (id int)");
    lab.dump(&from, "dump").await;
    let options = Options { on_conflict: OnConflict::Update, ..Options::default() };
    let error = lab.load_with("dump", &from, &options).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused);
    assert!(error.message().contains("public.item has no primary key"), "{error:?}");
}

#[tokio::test]
async fn a_production_databases_rows_are_written_over_by_name_alone() {
    let lab = Lab::new();
    let (_, from) = lab.postgres(&format!("{DDL} INSERT INTO item VALUES (1, 'new')"));
    lab.dump(&from, "dump").await;
    let (database, to) = lab.postgres(&format!("{DDL} INSERT INTO item VALUES (1, 'old')"));
    let base = Base { environment: Some("production"), ..lab.base(&to) };
    let update = Options { on_conflict: OnConflict::Update, ..Options::default() };
    let confirmed = Options { confirm: Some(database.name().to_owned()), ..update.clone() };
    for (options, note) in [(&update, "old"), (&confirmed, "new")] {
        let ready = data::plan(base, Input::Path(lab.path("dump")), options).await.unwrap();
        let loaded = data::load(base, ready, options).await;
        assert_eq!(loaded.err().map(|error| error.kind()), (note == "old").then_some(ErrorKind::Refused));
        assert_eq!(database.psql("SELECT note FROM item"), note);
    }
}

#[tokio::test]
async fn an_identity_outside_of_the_key_gets_the_dumps_value_too() {
    let lab = Lab::new();
    let ddl = "CREATE TABLE item (code text PRIMARY KEY, id int GENERATED ALWAYS AS IDENTITY, note text);";
    let rows = |rows: &str| format!("INSERT INTO item OVERRIDING SYSTEM VALUE VALUES {rows}");
    let (_, from) = lab.postgres(&format!("{ddl} {}", rows("('a', 11, 'new'), ('b', 12, 'new')")));
    lab.dump(&from, "dump").await;
    let (database, to) = lab.postgres(&format!("{ddl} {}", rows("('a', 1, 'old'), ('c', 3, 'old')")));
    let options = Options { on_conflict: OnConflict::Update, ..Options::default() };
    assert_eq!(counts(lab.load_with("dump", &to, &options).await), (1, 1, 0));
    let rows = "SELECT string_agg(concat_ws(' ', code, id, note), ', ' ORDER BY code) FROM item";
    assert_eq!(database.psql(rows), "a 11 new, b 12 new, c 3 old");
    assert_eq!(
        database.psql("SELECT attidentity FROM pg_attribute WHERE attrelid = 'item'::regclass AND attname = 'id'"),
        "a"
    );
    assert_eq!(database.psql("INSERT INTO item VALUES ('d') RETURNING id").lines().next(), Some("13"));
}

#[tokio::test]
async fn rows_of_a_table_that_inherits_are_not_counted_as_its_own() {
    let lab = Lab::new();
    let (_, from) = lab.postgres(&format!("{DDL} INSERT INTO item VALUES (1, 'one'), (2, 'two')"));
    lab.dump(&from, "dump").await;
    let inherits = "CREATE TABLE part () INHERITS (item); INSERT INTO part VALUES (2, 'a part'); INSERT INTO item VALUES (1, 'old')";
    let (database, to) = lab.postgres(&format!("{DDL} {inherits}"));
    let options = Options { on_conflict: OnConflict::Update, ..Options::default() };
    let loaded = lab.load_with("dump", &to, &options).await.unwrap();
    assert_eq!((loaded.tables[0].inserted, loaded.tables[0].updated), (1, 1));
    assert_eq!(database.psql("SELECT note FROM part"), "a part");
}

#[tokio::test]
async fn a_row_that_is_refused_has_its_place_whatever_is_done_with_others() {
    let lab = Lab::new();
    let ddl = "CREATE TABLE item (id integer PRIMARY KEY, note text, code integer);";
    let (_, from) = lab.postgres(&format!("{ddl} INSERT INTO item VALUES (1, 'a', 1), (2, NULL, 2), (3, 'c', 9)"));
    lab.dump(&from, "dump").await;
    let cases = [
        ("ALTER TABLE item ALTER note SET NOT NULL", "23502", Some(2)),
        ("CREATE UNIQUE INDEX ON item (code); INSERT INTO item VALUES (7, 'other', 9)", "23505", Some(3)),
        ("ALTER TABLE item ADD CHECK (code < 5)", "23514", None),
    ];
    for (change, sqlstate, line) in cases {
        let (database, to) = lab.postgres(&format!("{ddl} {change}"));
        let before = database.psql("SELECT count(*) FROM item");
        let options = Options { on_conflict: OnConflict::Update, ..Options::default() };
        let error = lab.load_with("dump", &to, &options).await.unwrap_err();
        assert_eq!(error.sqlstate(), Some(sqlstate), "{error:?}");
        assert_eq!(error.place().map(|place| place.line), line, "{error:?}");
        assert!(format!("{error:?}").contains("a row of public.item cannot be loaded"), "{error:?}");
        assert!(!error.hints().iter().any(|hint| hint.contains("--on-conflict update")), "{error:?}");
        assert_eq!(database.psql("SELECT count(*) FROM item"), before);
    }
}

#[tokio::test]
async fn a_table_without_columns_is_left_as_others_are() {
    let lab = Lab::new();
    let (_, from) = lab.postgres("CREATE TABLE bare (); INSERT INTO bare DEFAULT VALUES");
    lab.dump(&from, "dump").await;
    let options = Options { on_conflict: OnConflict::Skip, ..Options::default() };
    let (database, to) = lab.postgres("CREATE TABLE bare ()");
    assert_eq!(counts(lab.load_with("dump", &to, &options).await), (1, 0, 0));
    assert_eq!(database.psql("SELECT count(*) FROM bare"), "1");
}

#[tokio::test]
async fn a_key_that_is_looked_at_only_later_is_told_before_the_first_row() {
    let lab = Lab::new();
    let (_, from) = lab.postgres(&format!("{DDL} INSERT INTO item VALUES (1, 'new')"));
    lab.dump(&from, "dump").await;
    let (_, to) = lab.postgres("CREATE TABLE item (id integer PRIMARY KEY DEFERRABLE, note text)");
    for on_conflict in [OnConflict::Skip, OnConflict::Update] {
        let options = Options { on_conflict, ..Options::default() };
        let error = lab.load_with("dump", &to, &options).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Refused);
        assert!(error.message().contains("item_pkey is DEFERRABLE"), "{error:?}");
    }
    assert_eq!(counts(lab.load("dump", &to).await), (1, 0, 0));
}
