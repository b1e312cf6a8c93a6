//! Files and folders that may not be read or written, files that are something else, and a reader that is gone.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Stdio;

use mainstay_testing::{Cli, Run};

use super::on_sqlite;

/// The command as a user without rights: `nobody` where the tests run as root, else as ourselves.
fn as_nobody() -> Cli {
    let mut cli = match is_root() {
        true => Cli::new("setpriv"),
        false => on_sqlite(),
    };
    cli.env("DATABASE_URL", "sqlite:service.sqlite3");
    let open = |path: &Path| std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
    open(cli.project().parent().unwrap());
    open(&cli.project());
    if is_root() {
        // The built program may lie where nobody may not go.
        // By another process: a file that ours has open for writing, and a fork inherits, cannot be executed.
        let copied = std::process::Command::new("cp").arg(env!("CARGO_BIN_EXE_mainstay")).arg(cli.home()).status();
        assert!(copied.unwrap().success());
    }
    cli
}

fn run(cli: &mut Cli, args: &[&str]) -> Run {
    let program = cli.home().join("mainstay").display().to_string();
    let before = ["--reuid=65534", "--regid=65534", "--clear-groups", &program];
    let before: &[&str] = if is_root() { &before } else { &[] };
    cli.args(before.iter().chain(args).copied()).run()
}

fn is_root() -> bool {
    let output = std::process::Command::new("id").arg("-u").output().unwrap();
    output.stdout == b"0\n"
}

fn mode(cli: &Cli, name: &str, mode: u32) {
    std::fs::set_permissions(cli.project().join(name), std::fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn an_unreadable_migration() {
    let mut cli = as_nobody();
    cli.file("migrations/1_a.up.sql", "CREATE TABLE a (id int);");
    mode(&cli, "migrations/1_a.up.sql", 0o000);
    insta::assert_snapshot!(run(&mut cli, &["migrate", "up"]).snapshot(), @r"
    exit: 1
    --- stdout
    --- stderr
    target service.sqlite3
    error: cannot read [project]/migrations/1_a.up.sql
    caused by: Permission denied (os error 13)
    hint: type: ls -l [project]/migrations/1_a.up.sql
    ");
}

#[test]
fn an_unreadable_configuration() {
    let mut cli = as_nobody();
    cli.file("mainstay.toml", "[service]\nname = \"walt\"\n");
    mode(&cli, "mainstay.toml", 0o000);
    insta::assert_snapshot!(run(&mut cli, &["prepare"]).snapshot(), @r"
    exit: 1
    --- stdout
    --- stderr
    error: cannot read [project]/mainstay.toml
    caused by: Permission denied (os error 13)
    hint: type: ls -ld [project]/mainstay.toml
    ");
}

#[test]
fn an_unreadable_migrations_folder() {
    let mut cli = as_nobody();
    cli.file("migrations/1_a.up.sql", "CREATE TABLE a (id int);");
    mode(&cli, "migrations", 0o000);
    let run = run(&mut cli, &["prepare"]);
    mode(&cli, "migrations", 0o755);
    insta::assert_snapshot!(run.snapshot(), @r"
    exit: 1
    --- stdout
    --- stderr
    target service.sqlite3
    error: cannot read the folder [project]/migrations
    caused by: Permission denied (os error 13)
    hint: type: ls -ld [project]/migrations
    ");
}

#[test]
fn a_read_only_folder_for_a_new_database() {
    let mut cli = as_nobody();
    cli.file("migrations/1_a.up.sql", "CREATE TABLE a (id int);");
    mode(&cli, ".", 0o555);
    let run = run(&mut cli, &["prepare"]);
    mode(&cli, ".", 0o755);
    insta::assert_snapshot!(run.snapshot(), @r"
    exit: 1
    --- stdout
    --- stderr
    target service.sqlite3
    error: cannot open the lock file service.sqlite3-mainstay-lock-migrate
    caused by: Permission denied (os error 13)
    hint: the database's folder must be writable: ls -ld .
    ");
}

#[test]
fn a_read_only_folder_around_a_database() {
    let mut cli = as_nobody();
    let mut owner = on_sqlite();
    owner.file("migrations/1_a.up.sql", "CREATE TABLE a (id int);");
    assert_eq!(owner.args(["migrate", "up"]).run().code, 0);
    let file = cli.project().join("service.sqlite3");
    std::fs::copy(owner.project().join("service.sqlite3"), &file).unwrap();
    mode(&cli, "service.sqlite3", 0o666);
    cli.file("migrations/1_a.up.sql", "CREATE TABLE a (id int);")
        .file("migrations/2_b.up.sql", "CREATE TABLE b (id int);");
    mode(&cli, ".", 0o555);
    let run = run(&mut cli, &["prepare"]);
    mode(&cli, ".", 0o755);
    insta::assert_snapshot!(run.snapshot(), @r"
    exit: 3
    --- stdout
    --- stderr
    target service.sqlite3
    error: the database file service.sqlite3 cannot be written
    caused by: attempt to write a readonly database
    SQLSTATE: 25006
    hint: the file and its folder must both be writable, SQLite keeps its journal beside the file: ls -ld service.sqlite3 .
    ");
}

#[test]
fn a_file_that_is_not_a_database() {
    let mut cli = on_sqlite();
    let text = "Dear diary, today I was mistaken for a database.\n".repeat(40);
    cli.file("service.sqlite3", &text).file("migrations/1_a.up.sql", "CREATE TABLE a (id int);");
    insta::assert_snapshot!(cli.args(["prepare"]).run().snapshot(), @r"
    exit: 6
    --- stdout
    --- stderr
    target service.sqlite3
    error: service.sqlite3 is not an SQLite database
    caused by: file is not a database
    SQLSTATE: XX001
    hint: see what it is: file service.sqlite3
    ");
    assert_eq!(std::fs::read_to_string(cli.project().join("service.sqlite3")).unwrap(), text);
}

#[test]
fn a_folder_where_the_database_should_be() {
    let mut cli = on_sqlite();
    cli.file("service.sqlite3/x", "").file("migrations/1_a.up.sql", "CREATE TABLE a (id int);");
    insta::assert_snapshot!(cli.args(["prepare"]).run().snapshot(), @r"
    exit: 1
    --- stdout
    --- stderr
    target service.sqlite3
    error: service.sqlite3 is a folder, not a database file
    hint: name a file in it: service.sqlite3/service.db
    ");
}

#[test]
fn no_folder_for_the_database() {
    let mut cli = on_sqlite();
    cli.env("DATABASE_URL", "sqlite:data/service.sqlite3").file("migrations/1_a.up.sql", "CREATE TABLE a (id int);");
    insta::assert_snapshot!(cli.args(["prepare"]).run().snapshot(), @r"
    exit: 1
    --- stdout
    --- stderr
    target data/service.sqlite3
    error: there is no place for the database data/service.sqlite3: data does not exist
    hint: make the folder: mkdir -p data
    ");
}

#[test]
fn nothing_is_configured_at_all() {
    let mut cli = Cli::new(env!("CARGO_BIN_EXE_mainstay"));
    cli.file("migrations/1_a.up.sql", "CREATE TABLE a (id int);");
    insta::assert_snapshot!(cli.args(["prepare"]).run().snapshot(), @r"
    exit: 2
    --- stdout
    --- stderr
    error: no database is named
    hint: type: export DATABASE_URL=postgresql://user@host/database
    hint: or type: mainstay init
    ");
}

#[test]
fn a_reader_that_is_gone() {
    let mut cli = on_sqlite();
    cli.file("migrations/1_a.up.sql", "CREATE TABLE a (id int);");
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = cli.args(["migrate", "up"]).command();
    let output = command.stdout(writer).stdin(Stdio::null()).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(cli.args(["migrate", "status"]).run().stdout.contains("1\ta\tapplied\t"));
}
