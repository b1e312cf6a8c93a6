//! A wrong `mainstay.toml`.

use crate::mainstay;

/// What `mainstay migrate check` says of this file.
fn said(text: &str) -> String {
    mainstay().file("mainstay.toml", text).args(["migrate", "check"]).run().snapshot()
}

#[test]
fn malformed() {
    insta::assert_snapshot!(said("[service]\nname = \"walt\n"), @r#"
    exit: 2
    --- stdout
    --- stderr
    error: [project]/mainstay.toml is not TOML: invalid basic string, expected `"`
     --> [project]/mainstay.toml:2:13
    2 | name = "walt
      |             ^
    hint: mend that line, then: mainstay config show
    "#);
}

#[test]
fn an_unknown_key_has_a_nearest_name() {
    insta::assert_snapshot!(said("[migrations]\ndir = \"sql\"\nlock_timeuot = \"2s\"\n"), @r#"
    exit: 2
    --- stdout
    --- stderr
    error: unknown key "lock_timeuot" in [migrations]
     --> [project]/mainstay.toml:3:1
    3 | lock_timeuot = "[took]"
      | ^
    hint: did you mean `lock_timeout`?
    "#);
}

#[test]
fn an_unknown_section_too() {
    insta::assert_snapshot!(said("[migration]\ndir = \"sql\"\n"), @r#"
    exit: 2
    --- stdout
    --- stderr
    error: unknown section or key "migration"
     --> [project]/mainstay.toml:1:2
    1 | [migration]
      |  ^
    hint: did you mean `migrations`?
    "#);
}

#[test]
fn a_wrong_type() {
    insta::assert_snapshot!(said("[migrations]\nlock_timeout = 2\n"), @r#"
    exit: 2
    --- stdout
    --- stderr
    error: [migrations] lock_timeout must be a duration in quotes, "[took]", not an integer
     --> [project]/mainstay.toml:2:16
    2 | lock_timeout = 2
      |                ^
    hint: mend that line, then: mainstay config show
    "#);
}

#[test]
fn not_utf8() {
    let mut cli = mainstay();
    std::fs::write(cli.project().join("mainstay.toml"), b"[service]\nname = \"b\xfcro\"\n").unwrap();
    insta::assert_snapshot!(cli.args(["migrate", "check"]).run().snapshot(), @r"
    exit: 2
    --- stdout
    --- stderr
    error: [project]/mainstay.toml:2:10 is not UTF-8: byte 0xfc
    hint: type: iconv -f LATIN1 -t UTF-8 [project]/mainstay.toml
    ");
}

#[test]
fn a_folder_where_the_file_should_be_is_not_taken_for_no_file() {
    let mut cli = mainstay();
    std::fs::create_dir(cli.project().join("mainstay.toml")).unwrap();
    insta::assert_snapshot!(cli.args(["migrate", "check"]).run().snapshot(), @r"
    exit: 1
    --- stdout
    --- stderr
    error: cannot read [project]/mainstay.toml
    caused by: Is a directory (os error 21)
    hint: type: ls -ld [project]/mainstay.toml
    ");
}

#[test]
fn two_sources_that_disagree_on_where_to_write() {
    let mut cli = mainstay();
    cli.env("DATABASE_URL", "postgresql://walt@db1/walt").env("PGHOST", "db2");
    cli.file("migrations/1_a.up.sql", "CREATE TABLE a (id int);");
    for command in
        [["migrate", "up"].as_slice(), &["prepare"], &["bootstrap"], &["migrate", "down"], &["migrate", "repair"]]
    {
        let run = cli.args(command.iter().copied()).run();
        assert_eq!(run.code, 5, "{command:?}: {run:?}");
    }
    // What writes nothing warns, and goes on to a server that is not there.
    let warned = "warning: DATABASE_URL and PGHOST disagree on the host: db1 and db2; DATABASE_URL is taken\n";
    for command in [
        ["tables"].as_slice(),
        &["migrate", "plan"],
        &["migrate", "status"],
        &["schema", "dump"],
        &["schema", "diff", "database", "migrations"],
        &["schema", "diff", "ledger", "migrations"],
        &["conn", "test"],
    ] {
        let run = cli.args(command.iter().copied()).run();
        assert_eq!((run.code, run.stderr.matches(warned).count()), (4, 1), "{command:?}: {run:?}");
    }
    insta::assert_snapshot!(cli.args(["prepare"]).run().snapshot(), @r"
    exit: 5
    --- stdout
    --- stderr
    warning: DATABASE_URL and PGHOST disagree on the host: db1 and db2; DATABASE_URL is taken
    error: refusing to write: DATABASE_URL and PGHOST disagree on the host: db1 and db2
    hint: unset one of DATABASE_URL and PGHOST
    hint: or say which database is meant with --url or --target; `mainstay conn show` has every source
    ");
}

#[test]
fn a_broken_dotenv() {
    let mut cli = mainstay();
    cli.file(".env", "DATABASE_URL='sqlite:a.sqlite3\nnonsense\n");
    insta::assert_snapshot!(cli.args(["prepare"]).run().snapshot(), @r"
    exit: 2
    --- stdout
    --- stderr
    error: a line of [project]/.env cannot be read
     --> [project]/.env:1:1
    1 | DATABASE_URL=…
      | ^
    hint: write NAME=value; a value with spaces, quotes or # stands in single quotes
    ");
}
