//! `mainstay sql` and `mainstay psql`.

use std::io::{BufRead, BufReader, Read};
use std::process::Stdio;
use std::time::{Duration, Instant};

use mainstay_testing::{Cli, TestDatabase, TestServer, server};

use crate::{mainstay, on_database, on_sqlite};

const PAYMENTS: &str = "
CREATE TABLE vms (id text, email text);
INSERT INTO vms VALUES ('capsul-1', 'forest.n.johnson@gmail.com');
CREATE TABLE payments (id int, created timestamp, email text, dollars numeric(8, 2), invalidated boolean);
INSERT INTO payments VALUES (1, '2020-05-05', 'forest.n.johnson@gmail.com', 20.00, false);
";

const MIXED: &str = "SELECT 1 AS id, E'a|b\\t\"c\",\\n名前' AS \"a text\", NULL AS nothing, '' AS empty, true AS yes,
  1.50 AS price, timestamptz '2020-05-05 12:00+00' AS at, '\\x00ff'::bytea AS bytes, '{\"a\": [1]}'::jsonb AS doc, 'NaN'::float8 AS id;
SELECT 2 AS none WHERE false; SHOW transaction_read_only";

const MIXED_SQLITE: &str =
    "SELECT 1 AS id, 'a|b,\"c\"' || char(9, 10) || '名前' AS \"a text\", NULL AS \"no value\", '' AS empty,
  1.5 AS price, x'00ff' AS bytes, CAST(x'61ff' AS text) AS broken, 7 AS id; SELECT 2 AS none WHERE 1 = 0";

const FORMATS: [&str; 7] = ["table", "csv", "tsv", "json", "jsonl", "markdown", "plain"];

fn payments() -> (TestDatabase, Cli) {
    let database = server().database();
    database.psql(PAYMENTS);
    let cli = on_database(&database);
    (database, cli)
}

fn in_every_format(cli: &mut Cli, sql: &str) -> String {
    let mut all = String::new();
    for format in FORMATS {
        let run = cli.args(["-q", "sql", "--format", format, "-c", sql]).run();
        assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{format}: {run:?}");
        all.push_str(&format!("== {format}\n{}", run.stdout));
    }
    all
}

#[test]
fn formats_on_postgres() {
    let database = server().database();
    insta::assert_snapshot!(in_every_format(&mut on_database(&database), MIXED));
}

#[test]
fn formats_on_sqlite() {
    insta::assert_snapshot!(in_every_format(&mut on_sqlite("CREATE TABLE t (id int);"), MIXED_SQLITE));
}

/// The commands of capsul's page on manual queries, with what it says that they print.
#[test]
fn capsuls_page() {
    let (_database, mut cli) = payments();
    let mut sql = |args: &[&str]| {
        let run = cli.args(["sql", "--format", "plain"].iter().chain(args).copied()).run();
        assert_eq!(run.code, 0, "{run:?}");
        run.stdout
    };
    assert_eq!(sql(&["-c", "SELECT * FROM vms"]), "capsul-1, forest.n.johnson@gmail.com\n");
    let columns = "SELECT string_agg(column_name::text, ', ') from information_schema.columns WHERE table_name='vms'; \
                   SELECT * from vms";
    assert_eq!(sql(&["-c", columns]), "id, email\ncapsul-1, forest.n.johnson@gmail.com\n");
    let payments = "SELECT id, created, email, dollars, invalidated from payments";
    assert_eq!(sql(&["-c", payments]), "1, 2020-05-05T00:00:00, forest.n.johnson@gmail.com, 20.00, FALSE\n");
    let fix = "UPDATE payments SET invalidated = True WHERE id = 1";
    assert_eq!(sql(&["--write", "-c", fix]), "1 rows affected.\n");
    assert_eq!(sql(&["-c", payments]), "1, 2020-05-05T00:00:00, forest.n.johnson@gmail.com, 20.00, TRUE\n");
}

#[test]
fn capsuls_file() {
    let (_database, mut cli) = payments();
    cli.file("test.sql", "SELECT * FROM vms;\n");
    let run = cli.args(["sql", "-f", "test.sql"]).run();
    assert_eq!(run.stdout, "id\temail\ncapsul-1\tforest.n.johnson@gmail.com\n", "{run:?}");
}

#[test]
fn an_error_ends_a_script_at_its_line() {
    let (_database, mut cli) = payments();
    cli.file("a.sql", "SELECT 1 AS one;\n\nSELECT id,\n  nope FROM vms;\nSELECT 2;\n");
    insta::assert_snapshot!(cli.args(["sql", "-f", "a.sql"]).run().snapshot(), @r#"
    exit: 3
    --- stdout
    one
    1
    --- stderr
    target [database] at [socket]:5432 as postgres
    reading as role pg_read_all_data
    error: column "nope" does not exist
     --> a.sql:4:3
    4 |   nope FROM vms;
      |   ^
    SQLSTATE: 42703
    "#);
}

#[test]
fn it_goes_on_where_asked() {
    let (_database, mut cli) = payments();
    let run = cli.args(["sql", "--keep-going", "-c", "SELECT nope; DELETE FROM vms", "-c", "SELECT 2 AS two"]).run();
    assert_eq!((run.code, run.stdout.as_str()), (3, "two\n2\n"), "{run:?}");
    assert!(run.stderr.contains("\"nope\"") && run.stderr.ends_with("error: 2 of 3 statements failed\n"), "{run:?}");
}

#[test]
fn writes_are_refused_and_nothing_else_runs() {
    let (database, mut cli) = payments();
    insta::assert_snapshot!(cli.args(["sql", "-c", "COMMIT; DELETE FROM payments"]).run().snapshot(), @r#"
    exit: 5
    --- stdout
    --- stderr
    target [database] at [socket]:5432 as postgres
    reading as role pg_read_all_data
    error: COMMIT: the console is read-only, and each statement is a transaction of its own
     --> -c:1:1
    1 | COMMIT; DELETE FROM payments
      | ^
    hint: to let statements write: mainstay sql --write …
    "#);
    assert_eq!(database.psql("SELECT count(*) FROM payments").trim(), "1");
}

#[test]
fn changed_rows_are_told() {
    let (_database, mut cli) = payments();
    let run =
        cli.args(["sql", "--write", "-c", "INSERT INTO vms VALUES ('a', 'b'), ('c', 'd'); DELETE FROM vms"]).run();
    assert_eq!((run.code, run.stdout.as_str()), (0, ""));
    assert!(run.stderr.ends_with("2 rows affected\n3 rows affected\n"), "{run:?}");
}

#[test]
fn standard_input_and_its_dash() {
    let (_database, mut cli) = payments();
    for args in [&["sql"][..], &["sql", "-"], &["sql", "-f", "-"]] {
        let run = cli.stdin("SELECT id FROM vms").args(args.iter().copied()).run();
        assert_eq!((run.code, run.stdout.as_str()), (0, "id\ncapsul-1\n"), "{args:?} {run:?}");
    }
    let run = cli.stdin("SELECT 'open").args(["sql"]).run();
    assert_eq!(run.code, 3, "{run:?}");
    assert!(run.stderr.contains("stdin:1:8"), "{run:?}");
}

#[test]
fn production_wants_the_name_before_anything_runs() {
    let (database, mut cli) = payments();
    cli.file("mainstay.toml", "[target.prod]\nurl = \"env:DATABASE_URL\"\nenvironment = \"production\"\n");
    let sql = ["--target", "prod", "sql", "--write", "-c", "INSERT INTO vms VALUES ('a', 'b'); DELETE FROM vms"];
    let run = cli.args(sql).run();
    assert_eq!(run.code, 5, "{run:?}");
    assert!(run.stderr.contains(&format!("--confirm {}", database.name())), "{run:?}");
    assert_eq!(database.psql("SELECT count(*) FROM vms").trim(), "1");
    let run = cli.args(sql.iter().copied().chain(["--confirm", database.name()])).run();
    assert_eq!(run.code, 0, "{run:?}");
    assert_eq!(database.psql("SELECT count(*) FROM vms").trim(), "0");
}

#[test]
fn as_one_object() {
    let (_database, mut cli) = payments();
    let run = cli.args(["--json", "sql", "-c", "SELECT id, 7 AS n FROM vms"]).run();
    let value: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(value["data"]["statements"][0]["rows"][0], serde_json::json!({ "id": "capsul-1", "n": 7 }), "{run:?}");
}

#[test]
fn a_dry_run_lists_the_statements() {
    let (database, mut cli) = payments();
    let run = cli.args(["--dry-run", "sql", "--write", "-c", "DELETE FROM vms; SELECT 1"]).run();
    assert_eq!((run.code, run.stdout.as_str()), (0, "DELETE FROM vms;\nSELECT 1;\n"));
    assert_eq!(database.psql("SELECT count(*) FROM vms").trim(), "1");
}

#[test]
fn a_reader_that_has_seen_enough_ends_it_quietly() {
    for mut cli in [payments().1, on_sqlite("CREATE TABLE t (id int);")] {
        let sql = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000000) SELECT i FROM n";
        let mut child = cli.args(["-q", "sql", "-c", sql]).command().stdin(Stdio::null()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        assert_eq!(lines.next().unwrap().unwrap(), "i");
        drop(lines);
        let output = child.wait_with_output().unwrap();
        assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()), (Some(0), ""));
    }
}

/// The most memory that a child has used, in kB.
fn peak(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kb| kb.parse().ok()).unwrap_or(0)
}

#[test]
fn two_million_rows_pass_in_constant_memory() {
    let postgres = "SELECT i, md5(i::text) AS digest FROM generate_series(1, 2000000) i";
    let sqlite = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000000) \
                  SELECT i, hex(i) || 'aaaaaaaaaaaaaaaaaaaaaaaa' AS digest FROM n";
    for (mut cli, sql) in [(payments().1, postgres), (on_sqlite("CREATE TABLE t (id int);"), sqlite)] {
        let args = ["-q", "sql", "--timeout", "0", "--format", "csv", "-c", sql];
        let mut child = cli.args(args).command().stdin(Stdio::null()).spawn().unwrap();
        let mut out = child.stdout.take().unwrap();
        let (mut buffer, mut lines, mut most) = (vec![0; 1 << 20], 0, 0);
        loop {
            let read = out.read(&mut buffer).unwrap();
            if read == 0 {
                break;
            }
            lines += buffer[..read].iter().filter(|byte| **byte == b'\n').count();
            most = most.max(peak(child.id()));
        }
        assert!(child.wait().unwrap().success());
        assert_eq!(lines, 2_000_001);
        assert!(most > 0 && most < 60 * 1024, "{most} kB");
    }
}

#[test]
fn ctrl_c_cancels_on_the_server() {
    let (database, mut cli) = payments();
    let child = cli.args(["sql", "-c", "SELECT pg_sleep(30)"]).command().stdin(Stdio::piped()).spawn().unwrap();
    let running = || {
        let sql = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%pg_sleep(30)%' \
                   AND state = 'active' AND pid <> pg_backend_pid()";
        database.psql(sql).trim().to_owned()
    };
    let until = |count: &str| {
        let begun = Instant::now();
        while running() != count {
            assert!(begun.elapsed() < Duration::from_secs(20), "waited for {count}");
            std::thread::sleep(Duration::from_millis(50));
        }
    };
    until("1");
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    assert_eq!(child.wait_with_output().unwrap().status.code(), Some(130));
    until("0");
}

#[test]
fn backslash_commands_are_the_consoles() {
    let mut cli = on_sqlite("CREATE TABLE t (id int);");
    insta::assert_snapshot!(cli.args(["sql", "-c", "SELECT 1; \\l"]).run().snapshot(), @r"
    exit: 2
    --- stdout
    --- stderr
    target walt.db
    error: \l is a command of the console, and no SQL
     --> -c:1:11
    1 | SELECT 1; \l
      |           ^
    hint: mainstay sql -c 'SELECT datname FROM pg_database', or in the console: mainstay sql
    ");
    for (typed, hint) in [
        ("\\dt", "mainstay tables"),
        ("\\d+ t;", "mainstay describe TABLE"),
        ("/* mine */ \\du", "mainstay role list"),
        ("\\copy t FROM x", "mainstay psql"),
    ] {
        let run = cli.args(["sql", "-c", typed]).run();
        assert!(run.code == 2 && run.stderr.contains(hint), "{typed}: {run:?}");
    }
    cli.file("dump.sql", "SELECT 'a\\b';\n\\i other.sql\n");
    let run = cli.args(["sql", "-f", "dump.sql"]).run();
    assert!(run.code == 2 && run.stderr.contains("dump.sql:2:1\n") && run.stderr.contains("sql -f FILE"), "{run:?}");
}

#[test]
fn psql_takes_over() {
    let (database, mut cli) = payments();
    let run = cli.args(["psql", "--", "-XAtc", "SELECT current_database(), current_user"]).run();
    assert_eq!((run.code, run.stdout), (0, format!("{}|postgres\n", database.name())));
    let run = cli.args(["psql", "--", "-XAtc", "SELECT nope"]).run();
    assert_eq!(run.code, 1, "psql's own exit code: {run:?}");
    let run = mainstay().env("DATABASE_URL", "sqlite:walt.db").args(["psql"]).run();
    assert_eq!(run.code, 2, "{run:?}");
}

#[test]
fn psql_goes_through_via() {
    let server = TestServer::start(&[("listen_addresses", "127.0.0.1")], "host all all 127.0.0.1/32 trust");
    let tunnel = format!("exec bash -c 'exec 3<>/dev/tcp/127.0.0.1/{}; cat <&3 & cat >&3; wait'", server.port());
    let mut cli = mainstay();
    let target = |via: &str| {
        format!(
            "[target.behind]\nurl = \"postgresql://postgres@db.invalid/postgres\"\nvia = \"\"\"{via}\"\"\"\n\
             environment = \"staging\"\n"
        )
    };
    cli.file("mainstay.toml", &target(&tunnel));
    let psql = ["--target", "behind", "psql", "--", "-XAtc"];
    let run = cli.args(psql.into_iter().chain(["SELECT 40 + 2"])).run();
    assert_eq!((run.code, run.stdout.as_str()), (0, "42\n"), "{run:?}");
    let run = cli.args(psql.into_iter().chain(["SELECT nope"])).run();
    assert_eq!(run.code, 1, "psql's own exit code: {run:?}");
    cli.file("mainstay.toml", &target("echo the bastion is closed >&2; exit 3"));
    let run = cli.args(psql.into_iter().chain(["SELECT 1"])).run();
    assert!(run.code == 1 && run.stderr.contains("the bastion is closed"), "{run:?}");
}
