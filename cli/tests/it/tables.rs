//! `mainstay tables`.

use mainstay_testing::server;

use crate::{on_database, on_sqlite};

const SCHEMA: &str = r#"
CREATE SCHEMA app;
CREATE SCHEMA mainstay;
CREATE TABLE mainstay.setting (name text);
CREATE TABLE device (id int PRIMARY KEY, name text);
COMMENT ON TABLE device IS E'a phone,\nor a	board';
CREATE TABLE "Größe 名前" (id int);
CREATE VIEW app.cheap AS SELECT id FROM device;
INSERT INTO device SELECT i FROM generate_series(1, 1200) i;
ANALYZE device;
"#;

#[test]
fn in_a_pipe_they_are_rows_of_plain_values() {
    let database = server().database();
    database.psql(SCHEMA);
    let run = on_database(&database).args(["tables"]).run();
    insta::assert_snapshot!(run.snapshot(), @r#"
    exit: 0
    --- stdout
    NAME	KIND	OWNER	ESTIMATED_ROWS	BYTES	COMMENT
    app.cheap	view	postgres			
    public."Größe 名前"	table	postgres	0	0	
    public.device	table	postgres	1200	131072	a phone,\nor a\tboard
    --- stderr
    target [database] at [socket]:5432 as postgres
    "#);
}

#[test]
fn a_pattern_means_what_psql_means() {
    let database = server().database();
    database.psql(SCHEMA);
    let names = |pattern: &str| {
        let run = on_database(&database).args(["tables", pattern]).run();
        assert_eq!(run.code, 0, "{run:?}");
        let name = |line: &str| line.split('\t').next().unwrap_or_default().to_owned();
        run.stdout.lines().skip(1).map(name).collect::<Vec<_>>()
    };
    assert_eq!(names("DEV*"), ["public.device"]);
    assert_eq!(names("app.*"), ["app.cheap"]);
    assert_eq!(names("\"Gr*\""), [""; 0]);
    assert_eq!(names("\"Größe 名前\""), ["public.\"Größe 名前\""]);
    assert_eq!(names("mainstay.*"), ["mainstay.setting"]);
    assert_eq!(names("setting"), [""; 0]);
}

#[test]
fn nothing_fits() {
    let database = server().database();
    let run = on_database(&database).args(["-q", "tables"]).run();
    assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{run:?}");
    let run = on_database(&database).args(["tables", "log*"]).run();
    assert_eq!(run.code, 0);
    assert_eq!(run.stdout, "NAME\tKIND\tOWNER\tESTIMATED_ROWS\tBYTES\tCOMMENT\n");
    assert!(run.stderr.ends_with("no table or view fits log*\n"), "{}", run.stderr);
}

#[test]
fn as_json() {
    let database = server().database();
    database.psql(SCHEMA);
    let run = on_database(&database).args(["tables", "device", "--json"]).run();
    let value: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    let device = &value["data"]["tables"][0];
    assert_eq!((&value["schema"], &device["rows"], &device["kind"]), (&1.into(), &1200.into(), &"table".into()));
    assert!(device["bytes"].as_u64().is_some_and(|bytes| bytes > 8192), "{device}");
}

#[test]
fn of_sqlite() {
    let mut cli =
        on_sqlite("CREATE TABLE device (id INTEGER PRIMARY KEY); CREATE VIEW \"All of it\" AS SELECT * FROM device;");
    insta::assert_snapshot!(cli.args(["tables"]).run().snapshot(), @r#"
    exit: 0
    --- stdout
    NAME	KIND	OWNER	ESTIMATED_ROWS	BYTES	COMMENT
    "All of it"	view				
    device	table				
    --- stderr
    target walt.db
    "#);
    let own = cli.args(["tables", "mainstay_*"]).run().stdout;
    assert_eq!(own.lines().filter(|line| line.starts_with("mainstay_")).count(), 3, "{own}");
}
