//! `mainstay backup create` and `export`.

use mainstay_testing::server;

use crate::{mainstay, on_database};

#[test]
fn a_backup_is_told_of_and_exported() {
    let database = server().database();
    database.psql("CREATE TABLE device AS SELECT n FROM generate_series(1, 1234) n; CREATE TABLE reading (a int)");
    let mut cli = on_database(&database);
    cli.file("mainstay.toml", "[backup]\nto = \"kept\"\n");
    let run = cli.args(["backup", "create", "--dry-run"]).run();
    assert_eq!(run.code, 0, "{run:?}");
    assert!(run.stdout.starts_with("would write to ") && run.stdout.contains("public.device: "), "{run:?}");
    assert!(!cli.project().join("kept").exists());

    let run = cli.args(["backup", "create", "--compress", "gzip:1"]).run();
    assert_eq!(run.code, 0, "{run:?}");
    assert!(run.stdout.contains("1,234 rows of 2 tables, ") && run.stdout.contains("read back whole"), "{run:?}");
    let run = cli.args(["backup", "create", "--to", "other", "--rows", "text", "--json"]).run();
    let data = &serde_json::from_str::<serde_json::Value>(&run.stdout).unwrap()["data"];
    assert_eq!((data["rows"].as_u64(), data["state"].as_str()), (Some(1234), Some("checked")), "{data}");
    let id = data["id"].as_str().unwrap().to_owned();
    assert!(cli.project().join("other").join(&id).join("manifest.json").is_file());

    let run = cli.args(["backup", "export", &id, "plain", "--from", "other"]).run();
    assert_eq!(run.code, 0, "{run:?}");
    assert!(run.stdout.contains("next: pg_restore --dbname=NAME plain"), "{run:?}");
    assert!(cli.project().join("plain/toc.dat").is_file());
    let run = cli.args(["backup", "export", "20000101T000000Z-none", "no"]).run();
    assert_eq!(run.code, 1, "{run:?}");
    assert!(run.stderr.contains("hint: see which there are: mainstay backup list"), "{run:?}");

    let run = cli.args(["backup", "create", "--format", "plain", "-o", "dump.sql.gz"]).run();
    assert_eq!(run.code, 0, "{run:?}");
    assert!(cli.project().join("dump.sql.gz").is_file());
    let run = cli.args(["backup", "create", "--format", "plain"]).run();
    assert_eq!(run.code, 2, "{run:?}");
    let run = cli.args(["backup", "create", "--compress", "zip"]).run();
    assert_eq!(run.code, 2, "{run:?}");
}

#[test]
fn an_sqlite_database_too() {
    let mut cli = mainstay();
    cli.file("mainstay.toml", "[database]\nurl = \"sqlite:walt.db\"\n")
        .file("migrations/20260101000000_start.up.sql", "CREATE TABLE device (id int PRIMARY KEY);\n");
    assert_eq!(cli.args(["backup", "create"]).run().code, 4);
    assert_eq!(cli.args(["migrate", "up"]).run().code, 0);
    let run = cli.args(["backup", "create", "--json"]).run();
    assert_eq!(run.code, 0, "{run:?}");
    let data = &serde_json::from_str::<serde_json::Value>(&run.stdout).unwrap()["data"];
    assert_eq!(data["source"]["migration"], "20260101000000", "{data}");
    let run = cli.args(["backup", "export", "latest", "out"]).run();
    assert_eq!(run.code, 0, "{run:?}");
    assert!(cli.project().join("out/database.sqlite3").is_file());
}
