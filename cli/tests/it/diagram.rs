//! `mainstay diagram`.

use mainstay_testing::server;

use crate::{mainstay, on_database, on_sqlite};

const SCHEMA: &str = "
CREATE SCHEMA app;
CREATE TABLE device (id int PRIMARY KEY, name varchar(40) NOT NULL UNIQUE, lab text[]);
CREATE TABLE app.test (id int PRIMARY KEY, device_id int REFERENCES device, passed boolean);
CREATE TABLE app.log (at timestamptz NOT NULL, test_id int NOT NULL REFERENCES app.test) PARTITION BY RANGE (at);
CREATE TABLE app.log_2026 PARTITION OF app.log FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY);
";

const SMALL: &str = "CREATE TABLE device (id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE test (id INTEGER PRIMARY KEY, device_id INTEGER NOT NULL REFERENCES device (id));";

#[test]
fn mermaid_on_standard_output() {
    let database = server().database();
    database.psql(SCHEMA);
    let run = on_database(&database).args(["diagram"]).run();
    insta::assert_snapshot!(run.snapshot(), @r#"
    exit: 0
    --- stdout
    erDiagram
        "app.log" {
            timestamp_with_time_zone at
            integer test_id FK
        }

        "app.test" {
            integer device_id FK
            integer id PK
            boolean passed
        }

        "public.device" {
            integer id PK
            ARRAY lab
            character_varying name UK
        }

        "app.log" }o--|| "app.test" : "test_id"
        "app.test" }o--|| "public.device" : "device_id"
    --- stderr
    target [database] at [socket]:5432 as postgres
    "#);
}

#[test]
fn of_sqlite_without_our_own_tables() {
    let mut cli = on_sqlite(SMALL);
    insta::assert_snapshot!(cli.args(["diagram"]).run().snapshot(), @r#"
    exit: 0
    --- stdout
    erDiagram
        device {
            INTEGER id PK
            TEXT name
        }

        test {
            INTEGER device_id FK
            INTEGER id PK
        }

        test }o--|| device : "device_id"
    --- stderr
    target walt.db
    "#);
    let all = cli.args(["diagram", "--all", "--names-only"]).run().stdout;
    assert!(all.contains("    mainstay_migration\n"), "{all}");
}

#[test]
fn a_file_is_written_once_and_checked() {
    let mut cli = on_sqlite(SMALL);
    let dry = cli.args(["diagram", "-o", "db.svg", "--dry-run"]).run();
    assert!(dry.stderr.ends_with("db.svg would be written: 2 tables, 1 foreign key\n"), "{dry:?}");
    assert!(!cli.project().join("db.svg").exists());
    insta::assert_snapshot!(cli.args(["diagram", "-o", "db.svg"]).run().snapshot(), @"
    exit: 0
    --- stdout
    --- stderr
    target walt.db
    db.svg written: 2 tables, 1 foreign key
    ");
    let again = cli.args(["diagram", "-o", "db.svg"]).run();
    assert!(again.stderr.ends_with("db.svg is up to date: 2 tables, 1 foreign key\n"), "{again:?}");
    insta::assert_snapshot!(cli.args(["diagram", "--check", "db.svg"]).run().snapshot(), @"
    exit: 0
    --- stdout
    db.svg is up to date
    --- stderr
    target walt.db
    ");
    assert!(std::fs::read_to_string(cli.project().join("db.svg")).unwrap().starts_with("<svg "));
    // What is no diagram is not written over.
    for (file, text) in [("plan.json", "{\"version\": 1}"), ("notes.svg", "to do"), ("walt.dump", "PGDMP\u{1}")] {
        cli.file(file, text);
        let refused = cli.args(["diagram", "-o", file, "--format", "svg"]).run();
        assert_eq!(refused.code, 5, "{refused:?}");
        assert_eq!(std::fs::read_to_string(cli.project().join(file)).unwrap(), text);
    }
    let left: Vec<_> = std::fs::read_dir(cli.project()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().ends_with(".part")), "{left:?}");
}

#[test]
fn a_stale_file_is_said_to_be_so_column_by_column() {
    let mut cli = on_sqlite(SMALL);
    assert_eq!(cli.args(["diagram", "-o", "db.mmd"]).run().code, 0);
    let stale = std::fs::read_to_string(cli.project().join("db.mmd")).unwrap();
    cli.file("db.mmd", &stale.replace("        TEXT name\n", "").replace("INTEGER device_id", "BIGINT device_id"));
    insta::assert_snapshot!(cli.args(["diagram", "--check", "db.mmd"]).run().snapshot(), @"
    exit: 6
    --- stdout
    CHANGE	WHAT	NAME	DETAIL
    missing	column	device.name	TEXT
    changed	column	test.device_id	type BIGINT, now INTEGER
    --- stderr
    target walt.db
    error: db.mmd is stale: 2 differences
    hint: draw it again, with the same arguments: mainstay diagram --output db.mmd
    ");
    let run = cli.args(["diagram", "--check", "db.mmd", "--json"]).run();
    let value: serde_json::Value = serde_json::from_str(&run.stdout).expect("one object");
    assert_eq!((run.code, &value["data"]["stale"]), (6, &true.into()), "{run:?}");
    assert_eq!(value["data"]["differences"][0]["name"], "device.name");
    assert_eq!(value["data"]["differences"][0]["change"], "missing");
}

#[test]
fn as_json_the_diagram_is_data() {
    let mut cli = on_sqlite(SMALL);
    let data = |cli: &mut mainstay_testing::Cli, args: &[&str]| {
        let run = cli.args(args.iter().copied()).run();
        let value: serde_json::Value = serde_json::from_str(&run.stdout).expect("one object");
        value["data"].clone()
    };
    let graph = data(&mut cli, &["diagram", "--format", "json", "--json"]);
    assert_eq!(graph["diagram"]["entities"][1]["name"], "test", "{graph}");
    let text = data(&mut cli, &["diagram", "--json"]);
    assert!(text["diagram"].as_str().is_some_and(|text| text.starts_with("erDiagram\n")), "{text}");
    let file = data(&mut cli, &["diagram", "-o", "a.dot", "--json"]);
    assert_eq!((&file["changed"], &file["tables"]), (&true.into(), &2.into()), "{file}");
}

#[test]
fn what_cannot_be_drawn_or_checked() {
    let mut cli = on_sqlite(SMALL);
    cli.file("README.md", "# Ours\n")
        .file("flow.mmd", "flowchart LR\n  a --> b\n")
        .file("other.svg", "<svg/>")
        .file("wrong.mmd", "erDiagram\n  a -> b\n");
    let mut said = |args: &[&str]| cli.args(args.iter().copied()).run().snapshot();
    insta::assert_snapshot!(said(&["diagram", "devise"]), @"
    exit: 1
    --- stdout
    --- stderr
    target walt.db
    error: no table is named devise
    hint: nearest: main.device: mainstay diagram main.device
    ");
    insta::assert_snapshot!(said(&["diagram", "--around", "nothing", "--distance", "2"]), @"
    exit: 1
    --- stdout
    --- stderr
    target walt.db
    error: no table is named nothing
    hint: list what there is: mainstay tables
    ");
    insta::assert_snapshot!(said(&["diagram", "--schema", "app"]), @"
    exit: 1
    --- stdout
    --- stderr
    target walt.db
    error: there is no schema app
    hint: schemas with tables: main
    ");
    insta::assert_snapshot!(said(&["diagram", "-o", "a.png"]), @"
    exit: 2
    --- stdout
    --- stderr
    error: a.png has no extension that tells its format
    hint: extensions are .mmd, .svg, .dot and .json; or say it: --format mermaid
    ");
    insta::assert_snapshot!(said(&["diagram", "-o", "no/such/folder/a.svg"]), @"
    exit: 1
    --- stdout
    --- stderr
    target walt.db
    error: cannot write no/such/folder/a.svg
    caused by: No such file or directory (os error 2)
    hint: make its folder: mkdir -p no/such/folder
    ");
    insta::assert_snapshot!(said(&["diagram", "-o", "README.md"]), @"
    exit: 2
    --- stdout
    --- stderr
    error: README.md is Markdown, which is checked but not written
    hint: print the diagram and put it into a ```mermaid block there: mainstay diagram
    ");
    insta::assert_snapshot!(said(&["diagram", "--check", "gone.mmd"]), @"
    exit: 1
    --- stdout
    --- stderr
    error: cannot read gone.mmd
    caused by: No such file or directory (os error 2)
    hint: write it: mainstay diagram --output gone.mmd
    ");
    insta::assert_snapshot!(said(&["diagram", "--check", "README.md"]), @"
    exit: 2
    --- stdout
    --- stderr
    target walt.db
    error: README.md holds no erDiagram
     --> README.md:1:1
    1 | # Ours
      | ^
    hint: write it: mainstay diagram
    ");
    insta::assert_snapshot!(said(&["diagram", "--check", "flow.mmd"]), @"
    exit: 2
    --- stdout
    --- stderr
    target walt.db
    error: flow.mmd holds no erDiagram
     --> flow.mmd:1:1
    1 | flowchart LR
      | ^
    hint: write it: mainstay diagram --output flow.mmd
    ");
    insta::assert_snapshot!(said(&["diagram", "--check", "wrong.mmd"]), @"
    exit: 2
    --- stdout
    --- stderr
    target walt.db
    error: wrong.mmd cannot be read: a relationship such as }o--|| or a block of attributes is expected here
     --> wrong.mmd:2:5
    2 |   a -> b
      |     ^
    hint: write it anew: mainstay diagram --output wrong.mmd
    ");
    insta::assert_snapshot!(said(&["diagram", "--check", "other.svg"]), @"
    exit: 2
    --- stdout
    --- stderr
    target walt.db
    error: other.svg is not a picture that Mainstay has drawn
    hint: draw it: mainstay diagram --output other.svg
    ");
    insta::assert_snapshot!(said(&["diagram", "--distance", "2"]), @"
    exit: 2
    --- stdout
    --- stderr
    error: the following required arguments were not provided:
      --around <TABLE>

    Usage: mainstay diagram --around <TABLE> --distance <N> [TABLE]...

    For more information, try '--help'.
    ");
}

#[test]
fn nothing_to_draw() {
    let mut cli = mainstay();
    assert_eq!(cli.env("DATABASE_URL", "sqlite:walt.db").args(["prepare"]).run().code, 0);
    let run = cli.args(["diagram"]).run();
    insta::assert_snapshot!(run.snapshot(), @"
    exit: 2
    --- stdout
    --- stderr
    target walt.db
    error: there is nothing to draw: the database has no tables
    hint: create them first: mainstay migrate up
    ");
}
