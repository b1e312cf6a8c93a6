//! No room on the disk: a small file system of the test's own where that is allowed, else a limit on the size of files.

use std::process::Command;

use mainstay_testing::Cli;

use super::{on_postgres, on_sqlite};

/// Runs `script` in the project, in which `small` is a folder with room for `kilobytes`, and `$0` is the command.
fn with_little_room(cli: &Cli, kilobytes: u32, script: &str) -> String {
    std::fs::create_dir_all(cli.project().join("small")).unwrap();
    let mount = format!("mount -t tmpfs -o size={kilobytes}k tmpfs small");
    let ways: [&[&str]; 3] = [&["unshare", "-m"], &["unshare", "-rm"], &["sh", "-c", "exec \"$@\"", "sh"]];
    let can = |way: &[&str]| {
        let mut probe = Command::new(way[0]);
        probe.args(&way[1..]).args(["sh", "-c", &mount]).current_dir(cli.project());
        way[0] == "unshare" && probe.output().is_ok_and(|output| output.status.success())
    };
    let way = ways.into_iter().find(|way| can(way));
    // Without a file system of our own the largest file is limited, and the signal that comes with it ignored.
    let before = if way.is_some() { mount.clone() } else { format!("trap '' XFSZ; ulimit -f {}", kilobytes / 2) };
    let way = way.unwrap_or(ways[2]);
    let command = cli.command();
    let vars = command.get_envs().filter_map(|(name, value)| Some((name, value?)));
    let output = Command::new(way[0])
        .args(&way[1..])
        .args(["sh", "-c", &format!("{before}\n{script}")])
        .arg(command.get_program())
        .current_dir(cli.project())
        .envs(vars)
        .output()
        .unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

const FILL: &str = "CREATE TABLE big (text text);\n\
    INSERT INTO big WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 5000) \
    SELECT hex(randomblob(200)) FROM n;\n";

#[test]
fn an_sqlite_database_keeps_its_last_good_migration() {
    let mut cli = on_sqlite();
    cli.env("DATABASE_URL", "sqlite:small/service.sqlite3");
    cli.file("migrations/1_a.up.sql", "CREATE TABLE a (id int);\nINSERT INTO a VALUES (1);")
        .file("migrations/2_b.up.sql", FILL);
    let script = "$0 migrate up --no-input; echo exit $?\n$0 migrate status -q";
    cli.file("mainstay.toml", "[migrations]\nbackup = \"never\"\n");
    let said = with_little_room(&cli, 400, script);
    assert!(said.contains("error: 2_b failed at statement 2 of 2"), "{said}");
    assert!(said.contains("hint: make room: df -h small") || said.contains("File too large"), "{said}");
    assert!(said.contains("the database is at version 1; nothing of this migration was applied"), "{said}");
    assert!(said.contains("1\ta\tapplied\t") && said.contains("2\tb\tpending\t"), "{said}");
}

#[test]
fn without_room_for_the_copy_nothing_is_migrated() {
    let mut cli = on_sqlite();
    cli.file("mainstay.toml", "[backup]\nto = \"small\"\n").file("migrations/1_a.up.sql", FILL);
    assert_eq!(cli.args(["migrate", "up"]).run().code, 0);
    cli.file("migrations/2_b.up.sql", "CREATE TABLE b (id int);");
    let said = with_little_room(&cli, 400, "$0 prepare; echo exit $?; ls small; $0 migrate status -q");
    assert!(said.contains("error: the safety copy"), "{said}");
    assert!(said.contains("exit 1") || said.contains("exit 3"), "{said}");
    assert!(said.contains("2\tb\tpending\t"), "{said}");
    assert!(!said.contains(".sqlite3.part") && !said.contains("Z.sqlite3\n"), "nothing is left behind: {said}");
}

/// PostgreSQL writes on a full device in the middle of a migration.
#[test]
fn the_servers_disk_is_full() {
    let (mut cli, database) = on_postgres();
    cli.file("migrations/1_a.up.sql", "CREATE TABLE a (id int);");
    cli.file(
        "migrations/2_b.up.sql",
        "CREATE TABLE b (id int);\nCOPY (SELECT generate_series(1, 100000)) TO '/dev/full';\n",
    );
    let run = cli.args(["migrate", "up"]).run();
    assert_eq!(database.psql("SELECT to_regclass('b') IS NULL, (SELECT max(version) FROM mainstay.migration)"), "t|1");
    insta::assert_snapshot!(run.snapshot(), @r"
    exit: 3
    --- stdout
    --- stderr
    target [database] at [socket]:5432 as postgres
    apply 1_a ([took])
    error: 2_b failed at statement 2 of 2
     --> [project]/migrations/2_b.up.sql:2:1
    2 | COPY (SELECT generate_series(1, 100000)) TO '/dev/full';
      | ^
    caused by: could not write to COPY file: No space left on device
    SQLSTATE: 53100
    hint: the database is at version 1; nothing of this migration was applied
    hint: when there is room again: mainstay migrate up
    ");
}
