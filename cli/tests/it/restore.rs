//! `restore`: what it says, and what it asks for.

use std::process::Command;

use mainstay_testing::{TestDatabase, TestServer, server};

use crate::{on_database, on_sqlite};

/// Dumps `database` with the server's own pg_dump.
fn dump(database: &TestDatabase, options: &[&str], to: &std::path::Path) {
    let output = Command::new(server().binaries().program("pg_dump"))
        .args(["-U", "postgres", "-p", &server().port().to_string(), "-h"])
        .arg(server().socket())
        .args(["-d", database.name()])
        .args(options)
        .arg("-f")
        .arg(to)
        .env_clear()
        .output()
        .expect("pg_dump starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn source() -> TestDatabase {
    let database = server().database();
    database.psql("CREATE TABLE devices (id int PRIMARY KEY, name text); INSERT INTO devices SELECT n, 'd' || n FROM generate_series(1, 30) n");
    database
}

#[test]
fn a_dump_takes_the_databases_place_and_the_old_one_is_kept() {
    let database = source();
    let mut cli = on_database(&database);
    dump(&database, &["-Fd"], &cli.project().join("dump"));
    dump(&database, &["-Z6"], &cli.project().join("dump.sql.gz"));
    database.psql("INSERT INTO devices VALUES (31, 'later')");

    let dry = cli.args(["restore", "./dump", "--dry-run"]).run();
    assert_eq!(dry.code, 0, "{dry:?}");
    assert!(dry.stdout.contains("asks     for your word: --yes"), "{}", dry.stdout);
    assert!(dry.stdout.contains("end the sessions of"), "{}", dry.stdout);
    let refused = cli.args(["restore", "./dump", "--no-input"]).run();
    assert_eq!(refused.code, 5, "{refused:?}");
    assert_eq!(database.psql("SELECT count(*) FROM devices"), "31");

    let done = cli.args(["restore", "./dump", "--yes", "--json"]).run();
    assert_eq!(done.code, 0, "{done:?}");
    let answer: serde_json::Value = serde_json::from_str(&done.stdout).expect("JSON");
    assert_eq!((&answer["data"]["rows"], &answer["data"]["counted"]), (&30.into(), &1.into()));
    let kept = answer["data"]["kept"].as_str().expect("the old one");
    assert!(kept.starts_with(&format!("{}_before_", database.name())), "{kept}");
    assert_eq!(database.psql("SELECT count(*) FROM devices"), "30");
    assert_eq!(server().psql(kept, "SELECT count(*) FROM devices"), "31");

    let copy = format!("{}_copy", database.name());
    let done = cli.args(["restore", "dump.sql.gz", "--into", &copy]).run();
    assert_eq!(done.code, 0, "{done:?}");
    assert!(done.stdout.contains("counted  1 tables: as many rows as were sent"), "{}", done.stdout);
    let taken = cli.args(["restore", "dump.sql.gz", "--into", &copy]).run();
    assert_eq!(taken.code, 5, "{taken:?}");
    assert!(taken.stderr.contains("there is a database"), "{}", taken.stderr);
}

#[test]
fn an_sqlite_file_comes_back_and_the_old_one_is_kept() {
    let mut cli = on_sqlite("CREATE TABLE device (id INTEGER PRIMARY KEY, name TEXT);");
    let run = cli.args(["sql", "--write", "-c", "INSERT INTO device (name) VALUES ('one')"]).run();
    assert_eq!(run.code, 0, "{run:?}");
    let run = cli.args(["backup", "create"]).run();
    assert_eq!(run.code, 0, "{run:?}");
    let run = cli.args(["sql", "--write", "-c", "INSERT INTO device (name) VALUES ('two')"]).run();
    assert_eq!(run.code, 0, "{run:?}");
    let run = cli.args(["restore", "--no-input"]).run();
    assert_eq!(run.code, 5, "{run:?}");
    let open = std::fs::File::open(cli.project().join("walt.db")).unwrap();
    let run = cli.args(["restore", "latest", "--yes"]).run();
    assert_ne!(run.code, 0, "{run:?}");
    assert!(run.stderr.contains("is in use, so it is not exchanged") && run.stderr.contains(" open"), "{run:?}");
    // The header's version for writing: 2 is WAL.
    let header = std::fs::read(cli.project().join("walt.db")).unwrap();
    assert_eq!(header[18], 2, "the file is as it was");
    drop(open);
    let run = cli.args(["restore", "latest", "--yes"]).run();
    assert_eq!(run.code, 0, "{run:?}");
    assert!(
        run.stdout.contains("every row is as it was backed up") && run.stdout.contains("rm walt_before_"),
        "{run:?}"
    );
    let run = cli.args(["sql", "--format", "plain", "-c", "SELECT count(*) FROM device"]).run();
    assert_eq!(run.stdout.trim(), "1", "{run:?}");
    let run = cli.args(["restore", "--in-place", "--confirm", "walt.db"]).run();
    assert_eq!((run.code, run.stderr.contains("not restored in place")), (2, true), "{run:?}");
    let run = cli.args(["restore", "--into", "other.db"]).run();
    assert_eq!(run.code, 0, "{run:?}");
}

#[test]
fn the_database_as_it_is_gets_a_second_one() {
    let database = source();
    let mut cli = on_database(&database);
    let copy = format!("{}_staging", database.name());
    let dry = cli.args(["restore", "live", "--into", &copy, "--dry-run"]).run();
    let (first, rest) = dry.stdout.split_once('\n').expect("several lines");
    assert!(first.starts_with(&format!("copy     {} (", database.name())), "{dry:?}");
    let told = "how      by the server, from its files\n\
                1. have the server copy the files of NAME into a database for postgres, under a scratch name\n\
                2. meanwhile whoever connects to NAME waits\n\
                3. give it the settings, rights and comment of the first\n4. name it NAME_staging\n";
    assert_eq!((dry.code, rest), (0, told.replace("NAME", database.name()).as_str()), "{dry:?}");
    let done = cli.args(["restore", "live", "--into", &copy, "--json"]).run();
    assert_eq!(done.code, 0, "{done:?}");
    let answer: serde_json::Value = serde_json::from_str(&done.stdout).expect("JSON");
    assert_eq!((&answer["data"]["by"], &answer["data"]["into"]), (&"server".into(), &copy.as_str().into()));
    assert_eq!(server().psql(&copy, "SELECT count(*) FROM devices"), "30");
    let other = format!("{}_devices", database.name());
    let done = cli.args(["restore", "live", "--only", "devices", "--into", &other]).run();
    assert_eq!(done.code, 0, "{done:?}");
    let words = ["by a backup, compared: some of the tables are wanted", "every row is as it was backed up"];
    assert!(words.iter().all(|words| done.stdout.contains(words)), "{}", done.stdout);

    for (args, words) in [
        (&["restore", "live"][..], "hint: copy it into a new one: mainstay restore live --into NAME"),
        (&["restore", "live", "--into", "a", "--from", "b"], "lies nowhere in b"),
        (&["restore", "live", "--into", "a", "--roles"], "--roles has none to make"),
    ] {
        let run = cli.args(args.iter().copied()).run();
        assert_eq!((run.code, run.stderr.contains(words)), (2, true), "{run:?}");
    }
}

#[test]
fn a_script_comes_through_a_pipe() {
    let database = source();
    let mut cli = on_database(&database);
    let copy = format!("{}_piped", database.name());
    cli.stdin("CREATE TABLE t (a int);\nCOPY t (a) FROM stdin;\n1\n2\n\\.\nCREATE INDEX ON t (a);\n");
    let done = cli.args(["restore", "-", "--into", &copy]).run();
    assert_eq!(done.code, 0, "{done:?}");
    assert_eq!(server().psql(&copy, "SELECT count(*) FROM t"), "2");
    let other = format!("{}_half", database.name());
    cli.stdin("CREATE TABLE t (a int);\nCOPY t (a) FROM stdin;\n1\n2\n");
    let half = cli.args(["restore", "-", "--into", &other]).run();
    assert_eq!(half.code, 6, "{half:?}");
    assert!(half.stderr.contains("it ends within the rows of a COPY"), "{}", half.stderr);
    assert_eq!(server().psql("postgres", &format!("SELECT count(*) FROM pg_database WHERE datname = '{other}'")), "0");
}

#[test]
fn what_is_no_backup_is_said_to_be_none() {
    let database = source();
    let mut cli = on_database(&database);
    cli.file("empty.dump", "")
        .file("cut.dump", "PGDMP\u{1}")
        .file("script.sql", "CREATE TABLE t (a int);\nSELECT 1/0;\n");
    for (name, code, words) in [
        ("latest", 1, "there is no backup in"),
        ("20260101T000000Z-x", 1, "there is no backup 20260101T000000Z-x"),
        ("./nowhere.dump", 1, "there is no file or folder ./nowhere.dump"),
        ("./empty.dump", 6, "is empty: it is no backup"),
        ("./cut.dump", 6, "ends within its table of contents"),
        ("./script.sql", 3, "division by zero"),
    ] {
        let run = cli.args(["restore", name, "--into", "never_made"]).run();
        assert_eq!(run.code, code, "{name}: {run:?}");
        assert!(run.stderr.contains(words), "{name}: {}", run.stderr);
    }
    assert_eq!(server().psql("postgres", "SELECT count(*) FROM pg_database WHERE datname = 'never_made'"), "0");
}

#[test]
fn a_backup_is_restored_from_wherever_it_lies() {
    let mut cli = on_sqlite("CREATE TABLE device (n int); INSERT INTO device VALUES (1), (2);");
    let elsewhere = tempfile::tempdir().unwrap();
    let place = elsewhere.path().display().to_string();
    let created = cli.args(["backup", "create", "--to", &place]).run();
    assert_eq!(created.code, 0, "{created:?}");
    let id = std::fs::read_dir(elsewhere.path()).unwrap().flatten().find(|entry| entry.path().is_dir()).unwrap();
    let id = id.file_name().into_string().unwrap();
    let path = format!("{place}/{id}");
    for (at, args) in [vec!["restore", &id, "--from", &place], vec!["restore", &path]].into_iter().enumerate() {
        let into = format!("copy{at}.db");
        let restored = cli.args([args, vec!["--into", &into]].concat()).run();
        assert_eq!(restored.code, 0, "{restored:?}");
        assert!(restored.stdout.contains("every row is as it was backed up"), "{restored:?}");
    }
}

/// What is typed as it was hinted restores what was asked for, and nothing else.
#[test]
fn hints_name_the_backup_that_was_asked_for_and_inserts_are_not_counted() {
    let database = source();
    let mut cli = on_database(&database);
    let file = cli.project().join("rows.sql");
    dump(&database, &["--inserts"], &file);
    let refused = cli.args(["restore", "./rows.sql", "--in-place", "--confirm", database.name()]).run();
    assert_eq!(refused.code, 5, "{refused:?}");
    for rest in ["-d ", "--in-place --clean"] {
        assert!(refused.stderr.contains(&format!("restore ./rows.sql {rest}")), "{}", refused.stderr);
    }
    let into = format!("{}_inserts", database.name());
    let restored = cli.args(["restore", "./rows.sql", "--into", &into]).run();
    assert!(restored.code == 0 && restored.stdout.contains("rows not counted"), "{restored:?}");
    server().psql("postgres", &format!("DROP DATABASE {into}"));
}

/// Roles that the server lacks are named with the command that shows them, and made by it.
#[test]
fn roles_are_made_as_the_backup_has_them() {
    let database = source();
    server().psql("postgres", "CREATE ROLE cli_walt LOGIN PASSWORD 'secret'");
    database.psql("ALTER TABLE devices OWNER TO cli_walt");
    let other = TestServer::start(&[], "");
    let url = other.database().url();
    let mut cli = on_database(&database);
    let made = cli.args(["backup", "create", "--to", "kept", "--with-passwords"]).run();
    assert_eq!(made.code, 0, "{made:?}");
    let refused = cli.args(["--url", &url, "restore", "--from", "kept", "latest", "--into", "back"]).run();
    assert_eq!(refused.code, 5, "{refused:?}");
    let hint = refused.stderr.lines().find(|line| line.contains("--roles")).expect("a hint").to_owned();
    let command = hint.split("mainstay ").nth(1).expect("a command");
    let words: Vec<&str> = command.split(' ').collect();
    assert_eq!((words[0], &words[2..]), ("restore", &["--into", "back", "--roles", "--dry-run"][..]), "{hint}");
    let shown = cli.args(["--url", &url].into_iter().chain(words.iter().copied())).run();
    assert_eq!(shown.code, 0, "{shown:?}");
    assert!(shown.stdout.contains("role     CREATE ROLE cli_walt LOGIN PASSWORD '***';\n"), "{}", shown.stdout);
    assert!(shown.stdout.contains("1. make the roles cli_walt as the backup has them\n"), "{}", shown.stdout);
    assert_eq!(other.psql("postgres", "SELECT count(*) FROM pg_roles WHERE rolname = 'cli_walt'"), "0");

    let done =
        cli.args(["--url", &url].into_iter().chain(words[..words.len() - 1].iter().copied()).chain(["--echo"])).run();
    assert_eq!(done.code, 0, "{done:?}");
    assert!(done.stdout.contains("made     roles cli_walt\n"), "{}", done.stdout);
    assert!(!done.stderr.contains("SCRAM-SHA-256$"), "{}", done.stderr);
    assert_eq!(other.psql("back", "SELECT tableowner FROM pg_tables WHERE tablename = 'devices'"), "cli_walt");
}
