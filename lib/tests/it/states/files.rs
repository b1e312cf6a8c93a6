//! Files of SQL, in every order.

use mainstay::conn::{SqliteTarget, Target};
use mainstay::states::State;
use mainstay_testing::server;

use crate::states::{Lab, tables};

const PARTS: [(&str, &str); 5] = [
    ("tables", "CREATE TABLE app.device (id int PRIMARY KEY, kind app.kind NOT NULL, owner int NOT NULL);"),
    (
        "people",
        "CREATE TABLE app.person (id int PRIMARY KEY);\n\
         ALTER TABLE app.device ADD FOREIGN KEY (owner) REFERENCES app.person (id);",
    ),
    (
        "views",
        "CREATE VIEW app.owned AS SELECT d.id, app.label(d.id) FROM app.device d JOIN app.person p ON p.id = d.owner;",
    ),
    (
        "functions",
        "CREATE FUNCTION app.label(int) RETURNS text LANGUAGE sql AS 'SELECT kind::text FROM app.device WHERE id = $1';",
    ),
    ("types", "CREATE SCHEMA app; CREATE TYPE app.kind AS ENUM ('a', 'b');"),
];

#[tokio::test]
async fn the_order_of_files_does_not_matter() {
    let lab = Lab::new(Some(server().database().target()));
    for (place, (name, text)) in PARTS.iter().enumerate() {
        lab.file(&format!("forwards/{place}_{name}.sql"), text);
        lab.file(&format!("backwards/{}_{name}.sql", 9 - place), text);
    }
    lab.file("forwards/deeper/more.sql", "CREATE INDEX ON app.device (owner);");
    lab.file("backwards/more.sql", "CREATE INDEX ON app.device (owner);");
    let forwards = lab.sql("forwards").await.unwrap();
    assert_eq!(forwards, lab.sql("backwards").await.unwrap());
    assert_eq!(tables(&forwards), ["device", "person"]);
    assert_eq!(forwards.tables[0].indexes.len(), 2);
    assert_eq!(forwards.views.len(), 1);
    // In one file, statement by statement.
    let all: Vec<&str> = PARTS.iter().map(|(_, text)| *text).collect();
    lab.file("one.sql", all.join("\n") + "CREATE INDEX ON app.device (owner);");
    assert_eq!(forwards, lab.sql("one.sql").await.unwrap());
}

#[tokio::test]
async fn each_file_has_its_own_settings_when_it_is_tried_again_too() {
    let lab = Lab::new(Some(server().database().target()));
    lab.file(
        "a.sql/1.sql",
        "SET search_path = one; CREATE TABLE t (id other.kind); SET search_path = two; CREATE TABLE t ();",
    );
    lab.file("a.sql/2.sql", "CREATE TABLE plain (); CREATE SCHEMA one; CREATE SCHEMA two;");
    lab.file("a.sql/3.sql", "CREATE SCHEMA other; CREATE TYPE other.kind AS ENUM (); CREATE TABLE final ();");
    let catalog = lab.sql("a.sql").await.unwrap();
    let names: Vec<String> = catalog.tables.iter().map(|table| table.name.to_string()).collect();
    assert_eq!(names, ["one.t", "public.final", "public.plain", "two.t"]);
}

#[tokio::test]
async fn a_block_is_loaded_whole_and_statements_that_stand_alone_too() {
    let lab = Lab::new(Some(server().database().target()));
    lab.file(
        "a.sql",
        "CREATE TYPE k AS ENUM ('a'); BEGIN; CREATE TABLE t (v text DEFAULT 'x'); CREATE VIEW w AS SELECT * FROM u; COMMIT;\n\
         CREATE TABLE u (x int); CREATE INDEX CONCURRENTLY ON u (x); ALTER TYPE k ADD VALUE 'b';\n\
         ALTER TABLE u ADD c k DEFAULT 'b';",
    );
    let catalog = lab.sql("a.sql").await.unwrap();
    assert_eq!(tables(&catalog), ["t", "u"]);
    assert_eq!((catalog.views.len(), catalog.tables[1].indexes.len()), (1, 1));
}

/// pg_dump's own text, rows and fences in it, is a state equal to the database that it is of.
#[tokio::test]
async fn a_dump_is_the_state_of_its_database() {
    let database = server().database();
    database.psql(&[PARTS[4].1, PARTS[0].1, PARTS[1].1, PARTS[3].1, PARTS[2].1].join("\n"));
    database.psql("INSERT INTO app.person VALUES (1); INSERT INTO app.device VALUES (1, 'a', 1); COMMENT ON TABLE app.device IS E'a\\nb';");
    let pg_dump = server().binaries().program("pg_dump");
    let dump = |options: &[&str]| {
        let output = std::process::Command::new(&pg_dump).args(options).arg(database.url()).output().unwrap();
        assert!(output.status.success());
        output.stdout
    };
    let lab = Lab::new(Some(database.target()));
    let live = lab.states.read(&State::Live(Box::new(database.target()))).await.unwrap();
    lab.file("copy.sql", dump(&[])).file("inserts.sql", dump(&["--inserts"]));
    for name in ["copy.sql", "inserts.sql"] {
        assert_eq!(live.catalog, lab.sql(name).await.unwrap(), "{name}");
    }
}

#[tokio::test]
async fn of_sqlite() {
    let lab = Lab::new(Some(Target::Sqlite(SqliteTarget { path: "never-made.db".into() })));
    lab.file("s/1.sql", "CREATE INDEX i ON t (a); INSERT INTO t VALUES (1); CREATE VIEW v AS SELECT a FROM t;");
    lab.file("s/2.sql", "PRAGMA foreign_keys = on; CREATE TABLE t (a, b); BEGIN; CREATE TABLE u (c); COMMIT;");
    let catalog = lab.sql("s").await.unwrap();
    assert_eq!(tables(&catalog), ["t", "u"]);
    assert_eq!(catalog.tables[0].indexes.len(), 1);
    lab.assert_clean();
    lab.file("bad.sql", "CREATE TABLE t (a);\nCREATE INDEX i ON t (nope);");
    insta::assert_snapshot!(lab.refusal(State::Sql(lab.path("bad.sql"))).await, @"
    Sql: bad.sql does not load
      at bad.sql:2:22: CREATE INDEX i ON t (nope);
      because no such column: nope
      hint: mend bad.sql, then try again
    ");
    lab.file("attach.sql", "ATTACH 'live.db' AS live");
    insta::assert_snapshot!(lab.refusal(State::Sql(lab.path("attach.sql"))).await, @"
    Refused: ATTACH reaches beyond the scratch database
      at attach.sql:1:1: ATTACH 'live.db' AS live
      hint: it would open or write another file: take it out of attach.sql
    ");
    lab.assert_clean();
    assert!(!lab.path("live.db").exists());
}
