//! `mainstay server`.

use mainstay_testing::{Cli, Run};

use crate::mainstay;

/// A project, and a folder for its server that whoever runs PostgreSQL can enter.
struct Ground {
    cli: Cli,
    folder: String,
    _parent: tempfile::TempDir,
}

impl Ground {
    fn new() -> Self {
        let parent = tempfile::Builder::new().prefix("srv").tempdir().unwrap();
        std::fs::set_permissions(parent.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        let folder = parent.path().join("pg").display().to_string();
        let mut cli = mainstay();
        // As `mainstay init` writes it.
        cli.file("mainstay.toml", "[service]\nname = \"walt\"\n\n[database]\nurl = \"env:DATABASE_URL\"\n");
        Self { cli, folder, _parent: parent }
    }

    fn run(&mut self, args: &[&str]) -> Run {
        self.cli.args(args.to_vec()).run()
    }

    fn done(&mut self, args: &[&str]) -> Run {
        let run = self.run(args);
        assert_eq!(run.code, 0, "{args:?} {}", run.snapshot());
        run
    }
}

impl Drop for Ground {
    fn drop(&mut self) {
        self.run(&["server", "stop"]);
    }
}

#[test]
fn from_nothing_to_a_prepared_database_and_its_log() {
    let mut ground = Ground::new();
    let folder = ground.folder.clone();
    let would = ground.done(&["server", "init", "--folder", &folder, "--dry-run"]);
    assert!(would.stdout.starts_with("would make a PostgreSQL ") && !std::path::Path::new(&folder).exists());
    let made = ground.done(&["server", "init", "--folder", &folder]);
    assert!(made.stdout.contains("wrote its DATABASE_URL to .env"), "{}", made.snapshot());
    let env = std::fs::read_to_string(ground.cli.project().join(".env")).unwrap();
    assert_eq!(env, format!("DATABASE_URL=postgresql://postgres@/walt?host={folder}/socket\n"));
    let none = ground.run(&["status"]);
    assert!(none.code == 4 || none.stderr.contains("mainstay"), "{}", none.snapshot());

    let started = ground.done(&["server", "start"]);
    assert!(
        started.stdout.contains(" runs (process ") && started.stdout.contains(env.trim()),
        "{}",
        started.snapshot()
    );
    let again = ground.done(&["server", "start"]);
    assert!(again.stdout.contains(" runs already"), "{}", again.snapshot());
    ground.cli.file("migrations/20260101000000_start.up.sql", "CREATE TABLE device (id int);");
    ground.done(&["prepare"]);
    let tables = ground.done(&["tables"]);
    assert!(tables.stdout.contains("device"), "{}", tables.snapshot());

    let status = ground.done(&["server", "status"]);
    let own: Vec<&str> =
        status.stdout.lines().find(|line| line.starts_with("project\t")).unwrap().split('\t').collect();
    assert_eq!((own[2], own[6]), ("running", &*format!("{folder}/data")), "{}", status.snapshot());
    let logs = ground.done(&["server", "logs"]);
    assert!(logs.stdout.contains("ready to accept connections"), "{}", logs.snapshot());
    let by_folder = ground.done(&["server", "logs", &format!("{folder}/data"), "-n", "1"]);
    assert_eq!(by_folder.stdout.lines().count(), 1);
    let logs = ground.done(&["server", "logs", "-n", "2", "--json"]);
    let said: serde_json::Value = serde_json::from_str(&logs.stdout).unwrap();
    assert_eq!((&said["data"]["server"], said["data"]["lines"].as_array().unwrap().len()), (&"project".into(), 2));
    let endless = ground.run(&["server", "logs", "-f", "--json"]);
    assert_eq!((endless.code, endless.stdout.contains("leave -f out, or --json")), (2, true), "{}", endless.snapshot());

    let stopped = ground.done(&["server", "stop"]);
    assert_eq!(stopped.stdout, "stopped\n");
    assert_eq!(ground.done(&["server", "stop"]).stdout, "it does not run\n");
    let status = ground.done(&["server", "status", "--json"]);
    let said: serde_json::Value = serde_json::from_str(&status.stdout).unwrap();
    assert_eq!(said["data"]["servers"][0]["cluster"]["state"]["is"], "stopped");
    // What was committed is there again.
    ground.done(&["server", "start"]);
    assert!(ground.done(&["tables"]).stdout.contains("device"));
}

#[test]
fn what_is_wrong_is_told_with_what_to_type() {
    let mut ground = Ground::new();
    for verb in ["start", "stop"] {
        let none = ground.run(&["server", verb]);
        assert_eq!(none.code, 1, "{}", none.snapshot());
        assert!(none.stderr.contains("hint: make one: mainstay server init"), "{}", none.snapshot());
    }
    let missing = ground.run(&["server", "init", "--major", "9"]);
    assert!(missing.stderr.contains("hint: Debian and Ubuntu: apt-get install postgresql-9"), "{}", missing.snapshot());
    let long = format!("{}{}", ground.folder, "/x".repeat(60));
    let refused = ground.run(&["server", "init", "--folder", &long]);
    assert!(
        refused.code == 1 && refused.stderr.contains("the folder of a socket can have 80"),
        "{}",
        refused.snapshot()
    );
    assert!(
        refused.stderr.contains("hint: keep it elsewhere: mainstay server init --folder"),
        "{}",
        refused.snapshot()
    );

    // The path that counts is the one that the folder turns out to have.
    let deep = ground.cli.project().join("y".repeat(70));
    std::fs::create_dir(&deep).unwrap();
    let link = format!("{}-link", ground.folder);
    std::os::unix::fs::symlink(&deep, &link).unwrap();
    for folder in ["y".repeat(70), format!("{link}/server")] {
        let refused = ground.run(&["server", "init", "--folder", &folder]);
        assert!(
            refused.code == 1 && refused.stderr.contains(" bytes, and the folder of a socket can have 80"),
            "{}",
            refused.snapshot()
        );
        assert!(std::fs::read_dir(&deep).unwrap().next().is_none() && !ground.cli.project().join(".mainstay").exists());
    }
    std::fs::remove_file(&link).unwrap();

    // A database that is named already stays the project's.
    ground.cli.file(".env", "DATABASE_URL=sqlite:walt.db");
    let folder = ground.folder.clone();
    let made = ground.done(&["server", "init", "--folder", &folder]);
    assert!(made.stdout.contains("a database is named already"), "{}", made.snapshot());
    let twice = ground.run(&["server", "init"]);
    assert!(twice.code == 5 && twice.stderr.contains("the project has a server already"), "{}", twice.snapshot());
    let nobody = ground.run(&["server", "logs", "nobody"]);
    assert!(nobody.code == 1 && nobody.stderr.contains("hint: name one: project"), "{}", nobody.snapshot());
}

#[test]
fn what_is_wrong_beside_it_is_told_before_anything_is_made() {
    let mut ground = Ground::new();
    let folder = ground.folder.clone();
    for (file, text) in [(".env", "this is no line"), ("mainstay.toml", "[service")] {
        let before = std::fs::read_to_string(ground.cli.project().join(file)).unwrap_or_default();
        ground.cli.file(file, text);
        let refused = ground.run(&["server", "init", "--folder", &folder]);
        assert!(refused.code != 0 && !std::path::Path::new(&folder).exists(), "{}", refused.snapshot());
        ground.cli.file(file, &before);
    }
    let comma = ground.run(&["server", "init", "--folder", &format!("{folder},2")]);
    assert!(comma.code == 1 && comma.stderr.contains("has ',' in it"), "{}", comma.snapshot());
    // What names a part of a database names it.
    ground.cli.file(".env", "PGDATABASE=walt\n");
    let made = ground.done(&["server", "init", "--folder", &folder]);
    assert!(made.stdout.contains("a database is named already"), "{}", made.snapshot());

    // Its data is gone: both ways out of it are the same.
    std::fs::remove_dir_all(&folder).unwrap();
    for verb in ["init", "start"] {
        let gone = ground.run(&["server", verb]);
        assert!(
            gone.code == 1 && gone.stderr.contains("hint: if its data is really gone: rm -r "),
            "{}",
            gone.snapshot()
        );
    }
    let status = ground.run(&["server", "status"]);
    assert!(status.stderr.contains("has no data in it, or leads to none"), "{}", status.snapshot());
}

#[test]
fn a_start_that_is_killed_leaves_no_half_server() {
    let mut ground = Ground::new();
    let folder = ground.folder.clone();
    ground.cli.args(["server", "init", "--folder", &folder]);
    let mut init = ground.cli.command().spawn().unwrap();
    // Whenever that is, there is a whole server afterwards or none.
    let parent = std::path::Path::new(&folder).parent().unwrap();
    while std::fs::read_dir(parent).unwrap().next().is_none() {}
    init.kill().unwrap();
    init.wait().unwrap();
    if std::path::Path::new(&folder).exists() {
        return;
    }
    assert!(std::fs::symlink_metadata(ground.cli.project().join(".mainstay/server")).is_err());
    ground.done(&["server", "init", "--folder", &folder]);
    ground.done(&["server", "start"]);
}
