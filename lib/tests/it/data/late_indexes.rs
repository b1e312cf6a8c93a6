//! Indexes of empty tables are built behind the rows, and are what they were.

use mainstay::engine::connect;
use mainstay_testing::{TestDatabase, server};

use super::lab::Lab;

const ITEM: &str =
    "CREATE TABLE item (id int PRIMARY KEY, name text, parent int REFERENCES item DEFERRABLE INITIALLY DEFERRED)";

const INDEXES: [&str; 11] = [
    "CREATE INDEX plain ON item (name)",
    "CREATE INDEX odd_ones ON item USING btree (name text_pattern_ops DESC) INCLUDE (id) WITH (fillfactor = 70)",
    "CREATE INDEX hashed ON item USING hash (name)",
    "CREATE UNIQUE INDEX unique_one ON item (id, name)",
    "CREATE INDEX some_rows ON item (id) WHERE name IS NULL",
    "CREATE INDEX lower_case ON item (lower(name))",
    "CREATE INDEX told ON item (name)",
    "COMMENT ON INDEX told IS 'for the search'",
    "CREATE INDEX order_of_rows ON item (name)",
    "ALTER TABLE item CLUSTER ON order_of_rows",
    "CREATE INDEX of_parents ON item (parent)",
];

/// The indexes that are others than before.
fn built_anew(database: &TestDatabase, before: &str) -> Vec<String> {
    let now = numbers(database);
    let anew = now.lines().filter(|line| !before.lines().any(|old| old == *line));
    anew.filter_map(|line| line.split('|').next().map(str::to_owned)).collect()
}

fn numbers(database: &TestDatabase) -> String {
    database.psql(
        "SELECT indexrelid::regclass::text, indexrelid FROM pg_index WHERE indrelid = 'item'::regclass ORDER BY 1",
    )
}

/// An empty table with all of them, and a dump of rows for it.
async fn ground(lab: &Lab) -> (TestDatabase, mainstay::conn::Target) {
    let rows = "INSERT INTO item SELECT n, 'name ' || n, (n + 1) % 500 FROM generate_series(0, 499) n";
    let (_, from) = lab.postgres(&format!("{ITEM}; {rows}"));
    if !lab.path("dump").exists() {
        lab.dump(&from, "dump").await;
    }
    lab.postgres(&format!("{ITEM}; {}", INDEXES.join("; ")))
}

#[tokio::test]
async fn those_that_come_back_as_they_were_are_built_at_the_end() {
    let lab = Lab::new();
    let (database, target) = ground(&lab).await;
    let (before, schema) = (numbers(&database), server().schema(database.name()));
    lab.load("dump", &target).await.unwrap();
    assert_eq!(built_anew(&database, &before), ["hashed", "odd_ones", "of_parents", "plain"]);
    assert_eq!(server().schema(database.name()), schema);
    let found = "SET enable_seqscan = off; SELECT id FROM item WHERE name = 'name 77'";
    assert_eq!(database.psql(found).trim().lines().last(), Some("77"));

    // Rows are there now: what is built row by row stays.
    let before = numbers(&database);
    database.psql("UPDATE item SET parent = id; DELETE FROM item WHERE id > 3");
    let options = mainstay::data::Options { on_conflict: mainstay::data::OnConflict::Skip, ..Default::default() };
    lab.load_with("dump", &target, &options).await.unwrap();
    assert!(built_anew(&database, &before).is_empty());
}

#[tokio::test]
async fn nobody_waits_for_it_and_nothing_is_lost() {
    let lab = Lab::new();
    let (database, target) = ground(&lab).await;
    let before = numbers(&database);
    let mut reader = connect(&target, &lab.context).await.unwrap();
    reader.query("BEGIN; SELECT count(*) FROM item").await.unwrap();
    lab.load("dump", &target).await.unwrap();
    assert!(built_anew(&database, &before).is_empty());
    assert_eq!(database.psql("SELECT count(*) FROM item").trim(), "500");
    reader.close().await;

    // A row that leads nowhere.
    let (database, target) = ground(&lab).await;
    let (before, schema) = (numbers(&database), server().schema(database.name()));
    database.psql("ALTER TABLE item ADD CHECK (id < 499)");
    let with_check = server().schema(database.name());
    assert_ne!(schema, with_check);
    lab.load("dump", &target).await.unwrap_err();
    assert!(built_anew(&database, &before).is_empty());
    assert_eq!(server().schema(database.name()), with_check);
}

#[tokio::test]
async fn a_role_that_may_not_and_a_server_that_watches_keep_theirs() {
    let lab = Lab::new();
    let (database, _) = ground(&lab).await;
    let before = numbers(&database);
    let _ = server().try_psql("postgres", "postgres", "CREATE ROLE only_writes LOGIN");
    database.psql("GRANT SELECT, INSERT, REFERENCES ON item TO only_writes");
    lab.load("dump", &database.target_as("only_writes")).await.unwrap();
    assert!(built_anew(&database, &before).is_empty());

    let (database, target) = ground(&lab).await;
    database.psql(
        "CREATE FUNCTION refuse() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''no DDL here''; END';
         CREATE EVENT TRIGGER no_ddl ON ddl_command_start EXECUTE FUNCTION refuse()",
    );
    let before = numbers(&database);
    lab.load("dump", &target).await.unwrap();
    assert!(built_anew(&database, &before).is_empty());
}
