//! `mainstay demo`: the story as it is told, and that nothing is left of it.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::mainstay;

/// Every name in `folder` that a demo leaves behind when it goes wrong.
fn left(folder: &Path) -> Vec<String> {
    let names = std::fs::read_dir(folder).unwrap().flatten().map(|entry| entry.file_name());
    names.map(|name| name.to_string_lossy().into_owned()).collect()
}

/// A temporary folder of the test's own: short, for a socket must fit into it, and open to the server's user.
fn temporary() -> tempfile::TempDir {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::Builder::new().prefix("demo").tempdir_in("/tmp").unwrap();
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    folder
}

/// The story with what changes from run to run replaced.
fn story(engine: &str) -> String {
    let folder = temporary();
    let mut cli = mainstay();
    cli.env("TMPDIR", &folder.path().to_string_lossy()).filter(&folder.path().to_string_lossy(), "[tmp]");
    // Neither what is meant for another database nor the user's settings may reach the demo.
    cli.env("DATABASE_URL", "postgresql://nobody@203.0.113.1/production").env("PGHOST", "203.0.113.2");
    let run = cli.args(["demo", "--engine", engine]).run();
    assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{run:?}");
    assert!(run.stdout.lines().all(|line| line.chars().count() <= 80), "{}", run.stdout);
    assert_eq!(left(folder.path()), Vec::<String>::new());
    let mut text = String::new();
    for line in run.snapshot().lines() {
        text += &match (line.split_once("mainstay-demo-"), line.split_once(" (")) {
            (Some((before, _)), _) => format!("{before}mainstay-demo-[pid]"),
            // Another version of SQLite or pg_dump makes a copy of another size.
            (_, Some((before, after))) if after.ends_with("checked)") => format!("{before} ([size])"),
            // A time ends in as many digits as it has, and the column is as wide as its longest.
            _ if line.contains("[time]  ") || line.contains("APPLIED AT") => {
                line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect::<Vec<_>>().join("  ")
            }
            _ => line.to_owned(),
        };
        text.push('\n');
    }
    text
}

#[test]
fn on_sqlite() {
    insta::assert_snapshot!(story("sqlite"));
}

#[test]
fn on_postgres() {
    insta::assert_snapshot!(story("postgres"));
}

#[test]
fn an_unknown_engine_is_wrong_use() {
    let mut cli = mainstay();
    let run = cli.args(["demo", "--engine", "mysql"]).run();
    assert!(run.code == 2 && run.stderr.contains("possible values: sqlite, postgres"), "{run:?}");
}

#[test]
fn kept_files_are_a_project() {
    let mut cli = mainstay();
    let run = cli.args(["demo", "--keep", "shed"]).run();
    assert!(run.code == 0 && run.stdout.contains("kept in shed: cd shed && mainstay status"), "{run:?}");
    let status = cli.args(["-C", "shed", "migrate", "status", "--exit-code"]).run();
    assert_eq!(status.code, 0, "{status:?}");
    let again = cli.args(["demo", "--keep", "shed"]).run();
    assert!(again.code == 5 && again.stderr.contains("not empty"), "{again:?}");
}

#[test]
fn a_dry_run_writes_nothing() {
    let folder = temporary();
    let mut cli = mainstay();
    let run = cli.env("TMPDIR", &folder.path().to_string_lossy()).args(["demo", "--dry-run"]).run();
    assert!(run.code == 0 && run.stdout.starts_with("would write a project"), "{run:?}");
    assert!(left(folder.path()).is_empty());
}

#[test]
fn as_data_it_is_one_object() {
    let run = mainstay().args(["--json", "demo"]).run();
    let value: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(value["data"]["acts"].as_array().unwrap().len(), 9);
}

#[test]
fn an_interrupted_demo_leaves_nothing() {
    let folder = temporary();
    let mut cli = mainstay();
    cli.env("TMPDIR", &folder.path().to_string_lossy()).args(["demo", "--engine", "postgres"]);
    let mut child = cli.command().spawn().unwrap();
    let started = Instant::now();
    let up = || left(folder.path()).iter().any(|name| folder.path().join(name).join("socket/.s.PGSQL.5432").exists());
    while !up() {
        assert!(started.elapsed() < Duration::from_secs(60), "no server came up");
        std::thread::sleep(Duration::from_millis(5));
    }
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    // The server's guardian clears up after the command has ended.
    while !left(folder.path()).is_empty() {
        assert!(started.elapsed() < Duration::from_secs(60), "left: {:?}", left(folder.path()));
        std::thread::sleep(Duration::from_millis(20));
    }
}
