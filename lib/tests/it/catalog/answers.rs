//! `inspect` on a real catalog.

use mainstay::error::ErrorKind;
use mainstay::inspect::{RelationKind, describe, tables};
use mainstay_testing::server;

use super::read;

#[test]
fn tables_and_one_of_them() {
    let database = server().database();
    database.psql(
        "CREATE SCHEMA app;
         CREATE TABLE devices (id serial PRIMARY KEY, name text NOT NULL UNIQUE, kind text CHECK (kind <> ''));
         COMMENT ON TABLE devices IS 'what is on the network';
         CREATE TABLE app.logs (device int REFERENCES devices ON DELETE CASCADE, at timestamptz) PARTITION BY RANGE (at);
         CREATE TABLE app.logs_2020 PARTITION OF app.logs FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
         INSERT INTO devices (name) VALUES ('a');
         INSERT INTO app.logs SELECT 1, '2020-02-02' FROM generate_series(1, 50);
         CREATE VIEW names AS SELECT name FROM devices;
         ANALYZE",
    );
    let catalog = read(&database.target());
    let names = |pattern: Option<&str>| -> Vec<String> {
        tables(&catalog, pattern).into_iter().map(|line| format!("{}.{}", line.name.schema, line.name.name)).collect()
    };
    assert_eq!(names(None), ["app.logs", "app.logs_2020", "public.devices", "public.names"]);
    assert_eq!(names(Some("log*")), ["app.logs", "app.logs_2020"]);
    assert_eq!(names(Some("public.*")), ["public.devices", "public.names"]);
    assert_eq!(names(Some("nothing")), [""; 0]);
    let lines = tables(&catalog, Some("app.*"));
    assert_eq!((lines[0].kind, lines[1].kind), (RelationKind::PartitionedTable, RelationKind::Partition));
    assert_eq!((lines[0].rows, lines[0].bytes), (Some(50), lines[1].bytes));

    let devices = describe(&catalog, "devices").expect("the table");
    assert_eq!(devices.comment.as_deref(), Some("what is on the network"));
    let indexes: Vec<&str> = devices.indexes.iter().map(|line| line.index.name.as_str()).collect();
    assert_eq!(indexes, ["devices_pkey", "devices_name_key"]);
    assert_eq!(devices.checks.len(), 1);
    let from: Vec<&str> = devices.referenced_by.iter().map(|one| one.table.name.as_str()).collect();
    assert_eq!(from, ["logs", "logs_2020"]);
    assert_eq!(devices.sequences[0].name, "devices_id_seq");
    let logs = describe(&catalog, "APP.Logs").expect("the table");
    assert_eq!(logs.partitions.len(), 1);
    assert_eq!(logs.foreign_keys.len(), 1);
    let view = describe(&catalog, "names").expect("the view");
    assert!(view.definition.is_some_and(|text| text.contains("FROM public.devices")));
    let sequence = describe(&catalog, "devices_id_seq").expect("the sequence");
    assert_eq!(sequence.sequence.and_then(|one| one.last_value), Some(1));
}

#[test]
fn a_wrong_name_gets_the_nearest() {
    let database = server().database();
    database.psql("CREATE TABLE devices (a int); CREATE TABLE logs (a int)");
    let catalog = read(&database.target());
    let error = describe(&catalog, "devces").expect_err("no such table");
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert_eq!(error.message(), "no table, view or sequence is named devces");
    assert!(error.hints()[0].contains("devices") && !error.hints()[0].contains("logs"), "{:?}", error.hints());
    let error = describe(&catalog, "zzz").expect_err("no such table");
    assert_eq!(error.hints(), ["list what there is: mainstay tables"]);
}
