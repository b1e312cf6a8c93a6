//! `COPY … FROM stdin`: rows from a script, from standard input, and what pg_dump writes.

use std::time::{Duration, Instant};

use mainstay_testing::{Cli, TestDatabase, server};

use crate::{on_database, on_sqlite};

fn vms() -> (TestDatabase, Cli) {
    let database = server().database();
    database.psql("CREATE TABLE vms (id text, email text); INSERT INTO vms VALUES ('capsul-1', 'forest@example.org')");
    database.psql("CREATE TABLE payments (id int); INSERT INTO payments VALUES (1)");
    let cli = on_database(&database);
    (database, cli)
}

#[test]
fn rows_of_a_copy_are_counted() {
    let (database, mut cli) = vms();
    cli.file("vms.sql", "COPY vms FROM stdin;\na\tb\nc\t\\N\n\\.\nSELECT count(*) FROM vms;\n");
    let run = cli.args(["sql", "--write", "-f", "vms.sql"]).run();
    assert_eq!((run.code, run.stdout.as_str()), (0, "count\n3\n"), "{run:?}");
    assert!(run.stderr.contains("2 rows affected"), "{run:?}");
    let run = cli.stdin("COPY vms FROM stdin (FORMAT csv);\nx,\"y, z\"\n\\.\n").args(["sql", "--write"]).run();
    assert!(run.code == 0 && run.stderr.ends_with("1 row affected\n"), "{run:?}");
    let run = cli.args(["sql", "-f", "vms.sql"]).run();
    assert_eq!(run.code, 5, "{run:?}");
    assert!(run.stderr.contains("COPY … FROM writes rows, and the console is read-only"), "{run:?}");
    assert_eq!(database.psql("SELECT count(*) FROM vms").trim(), "4");
}

#[test]
fn a_copy_on_the_command_line_reads_standard_input() {
    let (database, mut cli) = vms();
    let copy = "COPY vms FROM STDIN (FORMAT csv, HEADER)";
    let run = cli.stdin("id,email\na,b\n\"c, d\",\n").args(["sql", "--write", "-c", copy]).run();
    assert_eq!((run.code, run.stdout.as_str()), (0, ""), "{run:?}");
    assert!(run.stderr.ends_with("2 rows affected\n"), "{run:?}");
    let run = cli.stdin("id,email\nx\n").args(["sql", "--write", "-c", copy]).run();
    assert_eq!(run.code, 3, "{run:?}");
    assert!(run.stderr.contains("missing data for column \"email\"") && run.stderr.contains("line 2"), "{run:?}");
    let run = cli.stdin("id,email\n").args(["sql", "-c", copy]).run();
    assert_eq!(run.code, 5, "{run:?}");
    assert_eq!(database.psql("SELECT id FROM vms ORDER BY id"), "a\nc, d\ncapsul-1");
    let mut cli = on_sqlite("CREATE TABLE vms (id int);");
    let run = cli.stdin("").args(["sql", "--write", "-c", copy]).run();
    assert!(run.code != 0 && run.stderr.contains("error:"), "{run:?}");
}

#[test]
fn an_interrupted_copy_stores_nothing() {
    let (database, mut cli) = vms();
    let mut child = cli.args(["sql", "--write", "-c", "COPY vms FROM STDIN"]).command().spawn().unwrap();
    let mut rows = child.stdin.take().unwrap();
    std::io::Write::write_all(&mut rows, b"a\tb\n").unwrap();
    let copying = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'COPY vms%'
                   AND pid <> pg_backend_pid()";
    let until = |count: &str| {
        let begun = Instant::now();
        while database.psql(copying).trim() != count {
            assert!(begun.elapsed() < Duration::from_secs(20), "waited for {count}");
            std::thread::sleep(Duration::from_millis(20));
        }
    };
    until("1");
    rustix::process::kill_process(rustix::process::Pid::from_child(&child), rustix::process::Signal::INT).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    until("0");
    assert_eq!(database.psql("SELECT count(*) FROM vms").trim(), "1");
}

#[test]
fn a_wrong_row_of_a_copy_is_told_with_its_line() {
    let (database, mut cli) = vms();
    let sql = "SELECT 1;\nCOPY payments (id) FROM stdin;\n7\nseven\n\\.\n";
    let run = cli.stdin(sql).args(["sql", "--write"]).run();
    assert_eq!(run.code, 3, "{run:?}");
    assert!(run.stderr.contains("stdin:2:1") && run.stderr.contains("COPY payments, line 2"), "{run:?}");
    assert_eq!(database.psql("SELECT count(*) FROM payments").trim(), "1");
    let run = cli.stdin("COPY vms FROM stdin;\na\tb\n").args(["sql", "--write"]).run();
    assert_eq!(run.code, 3, "{run:?}");
    assert!(run.stderr.contains("the data of COPY … FROM stdin"), "{run:?}");
}

/// What pg_dump writes as text runs as it is, with the lines that are for psql alone.
#[test]
fn a_dump_runs() {
    let (database, _cli) = vms();
    let dump = std::process::Command::new("pg_dump").args(["--no-owner", "-d", &database.url()]).output().unwrap();
    let text = String::from_utf8(dump.stdout).unwrap();
    assert!(dump.status.success() && text.contains("COPY public.vms"), "{text}");
    let other = server().database();
    let mut cli = on_database(&other);
    cli.file("dump.sql", &text);
    let run = cli.args(["sql", "--write", "-f", "dump.sql"]).run();
    assert_eq!(run.code, 0, "{run:?}");
    assert_eq!(other.psql("SELECT email FROM vms").trim(), "forest@example.org");
}
