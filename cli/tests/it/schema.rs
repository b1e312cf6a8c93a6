//! `mainstay schema …`.

use mainstay_testing::{Cli, server};

use crate::{mainstay, on_database, on_sqlite};

const SCHEMA: &str = "CREATE TABLE device (id int PRIMARY KEY, name text); CREATE TABLE schema_migrations (version text); \
                      INSERT INTO device VALUES (1, 'a');";

fn dump(cli: &mut Cli, args: &[&str]) -> String {
    let run = cli.args(["schema", "dump"].iter().chain(args).copied()).run();
    assert_eq!(run.code, 0, "{run:?}");
    run.stdout
}

#[test]
fn the_same_schema_gives_the_same_bytes_and_is_a_state_again() {
    let (one, other) = (server().database(), server().database());
    one.psql(SCHEMA);
    other.psql(SCHEMA);
    other.psql("INSERT INTO device SELECT i FROM generate_series(2, 2000) i; ANALYZE");
    let mut cli = on_database(&one);
    let mut second = on_database(&other);
    let sql = dump(&mut cli, &[]);
    assert_eq!(sql, dump(&mut second, &[]));
    assert!(sql.contains("CREATE TABLE public.device") && !sql.contains("schema_migrations"), "{sql}");
    assert!(!sql.contains("restrict") && !sql.contains("Dumped"), "{sql}");
    let json = dump(&mut cli, &["--json"]);
    assert_eq!(json, dump(&mut second, &["--format", "json"]));

    // Saved, and read back: as SQL in a scratch database, as a snapshot by itself.
    cli.file("now.json", &json);
    assert_eq!(dump(&mut cli, &["now.json", "--json"]), json);
    cli.file("now.sql", &sql);
    assert_eq!(dump(&mut cli, &["now.sql"]), sql);
    let run = cli.args(["schema", "dump", "-o", "new.sql"]).run();
    assert_eq!((run.code, run.stdout.as_str()), (0, "wrote new.sql\n"), "{run:?}");
    assert_eq!(std::fs::read_to_string(cli.project().join("new.sql")).unwrap(), sql);
    let run = cli.args(["schema", "dump", "-o", "new.sql"]).run();
    assert_eq!(run.code, 5, "{run:?}");
}

#[test]
fn of_sqlite_too() {
    let mut cli =
        on_sqlite("CREATE TABLE device (id INTEGER PRIMARY KEY, name TEXT);\nCREATE INDEX named ON device (name)");
    let sql = dump(&mut cli, &[]);
    assert_eq!(sql, "CREATE TABLE device (id INTEGER PRIMARY KEY, name TEXT);\nCREATE INDEX named ON device (name);\n");
    assert_eq!(dump(&mut cli, &["migrations"]), sql);
    assert_eq!(dump(&mut cli, &["ledger"]), sql);
    cli.file("schema.sql", &sql);
    assert_eq!(dump(&mut cli, &["schema.sql"]), sql);
}

#[test]
fn what_is_no_state_and_what_does_not_load() {
    let database = server().database();
    let mut cli = on_database(&database);
    cli.file("broken.sql", "CREATE TABLE a (id int);\nCREATE TABLE b (id nope);");
    insta::assert_snapshot!(cli.args(["schema", "dump", "broken.sql"]).run().snapshot(), @r#"
    exit: 3
    --- stdout
    --- stderr
    error: broken.sql does not load
     --> broken.sql:2:20
    2 | CREATE TABLE b (id nope);
      |                    ^
    caused by: type "nope" does not exist
    SQLSTATE: 42704
    hint: mend broken.sql, then try again
    "#);
    insta::assert_snapshot!(cli.args(["schema", "dump", "databse"]).run().snapshot(), @"
    exit: 2
    --- stdout
    --- stderr
    error: `databse` is neither a target, nor a URL, nor a file or folder that is there
    hint: did you mean `database`?
    ");
    insta::assert_snapshot!(mainstay().args(["schema", "dump", "ledger"]).run().snapshot(), @"
    exit: 2
    --- stdout
    --- stderr
    error: `ledger` is that of the project's database, and none is named
    hint: type: mainstay conn show
    ");
    insta::assert_snapshot!(mainstay().args(["schema", "dump"]).run().snapshot(), @"
    exit: 2
    --- stdout
    --- stderr
    error: no database is named
    hint: type: export DATABASE_URL=postgresql://user@host/database
    hint: or type: mainstay init
    ");
}

/// Interrupted while a statement of the file runs: the scratch database is gone, although nobody has waited for it.
#[test]
fn an_interrupted_run_leaves_nothing() {
    let database = server().database();
    let mut cli = on_database(&database);
    cli.file("slow.sql", "CREATE TABLE a (id int);\nSELECT pg_sleep(600);");
    let child = cli.args(["schema", "dump", "slow.sql"]).command().spawn().unwrap();
    let asleep =
        "SELECT datname FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname LIKE 'mainstay_scratch%'";
    let scratch = loop {
        match server().psql("postgres", asleep) {
            name if name.is_empty() => std::thread::sleep(std::time::Duration::from_millis(20)),
            name => break name,
        }
    };
    rustix::process::kill_process(rustix::process::Pid::from_child(&child), rustix::process::Signal::INT).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    let left = server().psql("postgres", &format!("SELECT count(*) FROM pg_database WHERE datname = '{scratch}'"));
    assert_eq!(left, "0");
}
