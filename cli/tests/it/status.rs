//! `mainstay status`.

use mainstay_testing::{Cli, server};

use crate::{mainstay, on_database};

const CONFIG: &str =
    "[service]\nname = \"walt\"\n[target.here]\nurl = \"env:DATABASE_URL\"\nenvironment = \"staging\"\n";

fn with_migrations(cli: &mut Cli) {
    cli.file("mainstay.toml", "[service]\nname = \"walt\"\n")
        .file("migrations/20260101000000_start.up.sql", "CREATE TABLE device (id int PRIMARY KEY);\n")
        .file("migrations/20260102000000_more.up.sql", "ALTER TABLE device ADD name text;\n");
}

fn json(cli: &mut Cli) -> serde_json::Value {
    let run = cli.args(["status", "--json"]).run();
    assert_eq!(run.code, 0, "{run:?}");
    serde_json::from_str(&run.stdout).unwrap()
}

#[test]
fn from_fresh_to_up_to_date_to_edited() {
    let database = server().database();
    let version = database.psql("SELECT split_part(current_setting('server_version'), ' ', 1)");
    let mut cli = on_database(&database);
    with_migrations(&mut cli);
    cli.filter(&format!("PostgreSQL {version} "), "PostgreSQL [version] ");

    insta::assert_snapshot!("fresh", stable(&cli.args(["status"]).run().snapshot()));
    assert_eq!(cli.args(["status", "--exit-code"]).run().code, 10);

    assert_eq!(cli.args(["migrate", "up", "--to", "20260101000000"]).run().code, 0);
    insta::assert_snapshot!("pending", stable(&cli.args(["status"]).run().snapshot()));
    assert_eq!(cli.args(["status", "--exit-code"]).run().code, 10);

    database.psql("INSERT INTO device VALUES (1)");
    assert_eq!(cli.args(["migrate", "up"]).run().code, 0);
    insta::assert_snapshot!("up_to_date", stable(&cli.args(["status"]).run().snapshot()));
    assert_eq!(cli.args(["status", "--exit-code"]).run().code, 0);

    cli.file("migrations/20260101000000_start.up.sql", "CREATE TABLE devices (id int PRIMARY KEY);\n");
    insta::assert_snapshot!("edited", stable(&cli.args(["status"]).run().snapshot()));
    let run = cli.args(["status", "--exit-code"]).run();
    assert_eq!(run.code, 10);
}

/// Sizes grow with the server's catalogs; other tests have sessions too.
fn stable(text: &str) -> String {
    let shown = |line: &str| match line.strip_prefix("database    ") {
        None if line.starts_with("sessions    ") => {
            format!("sessions    [n] of{}", line.split_once(" of").unwrap_or_default().1)
        }
        Some(rest) => {
            let parts: Vec<&str> = rest.split(", ").collect();
            format!("database    {}, [size], {}", parts[0], parts[2])
        }
        None => match line.split_once(".dump, ") {
            Some((copies, _)) => format!("{copies}.dump, [size] in all"),
            None => line.to_owned(),
        },
    };
    text.lines().map(|line| shown(line) + "\n").collect()
}

#[test]
fn as_json() {
    let database = server().database();
    let mut cli = on_database(&database);
    with_migrations(&mut cli);
    let fresh = json(&mut cli);
    assert_eq!(fresh["schema"], 1);
    assert_eq!(fresh["data"]["next"], "mainstay prepare");
    assert_eq!(fresh["data"]["migrations"]["pending"][1]["name"], "more");
    assert_eq!(cli.args(["prepare"]).run().code, 0);
    let done = json(&mut cli);
    assert_eq!(done["data"]["migrations"]["version"], "20260102000000");
    assert_eq!(done["data"]["last"]["result"], "ok");
    assert_eq!(done["data"]["next"], serde_json::Value::Null);
    assert_eq!(done["data"]["database"]["tables"], 1);
}

#[test]
fn what_bootstrap_would_make_is_missing() {
    let database = server().database();
    let mut cli = on_database(&database);
    cli.file("mainstay.toml", "[database]\nowner = \"postgres\"\nreaders = [\"status_reader\"]\n");
    let run = cli.args(["status", "--exit-code"]).run();
    assert_eq!(run.code, 10, "{run:?}");
    assert!(run.stdout.contains("\nmissing     ") && run.stdout.contains("status_reader"), "{}", run.stdout);
    assert!(run.stdout.ends_with("\n\nnext: mainstay prepare\n"), "{}", run.stdout);
}

#[test]
fn an_owner_that_is_missing_does_not_hide_the_rest() {
    let database = server().database();
    let mut cli = on_database(&database);
    with_migrations(&mut cli);
    cli.file("mainstay.toml", "[database]\nowner = \"status_owner\"\n");
    let run = cli.args(["status"]).run();
    assert_eq!(run.code, 0, "{run:?}");
    assert!(run.stdout.contains("\nmigrations  cannot be read\n"), "{}", run.stdout);
    assert!(run.stdout.ends_with("\n\nnext: mainstay prepare\n"), "{}", run.stdout);
}

#[test]
fn a_reader_sees_what_it_may_see() {
    let database = server().database();
    let mut cli = on_database(&database);
    with_migrations(&mut cli);
    assert_eq!(cli.args(["prepare"]).run().code, 0);
    database.psql("CREATE ROLE status_looker LOGIN");
    cli.file("mainstay.toml", "[database]\nreaders = [\"status_looker\"]\n");
    cli.env("DATABASE_URL", &database.url().replace("user=postgres", "user=status_looker"));
    let run = cli.args(["status"]).run();
    assert_eq!(run.code, 0, "{run:?}");
    assert!(run.stderr.contains("warning: role status_looker cannot be read-only"), "{}", run.stderr);
    assert!(run.stdout.contains(", 1 table\nmigrations  cannot be read\nproblems    "), "{}", run.stdout);
    assert_eq!(run.stdout.matches("permission denied").count(), 1, "{}", run.stdout);
}

#[test]
fn the_environment_of_a_target() {
    let database = server().database();
    let mut cli = on_database(&database);
    cli.file("mainstay.toml", CONFIG);
    let run = cli.args(["--target", "here", "status"]).run();
    assert!(run.stdout.starts_with("service     walt, staging\n"), "{run:?}");
}

#[test]
fn a_folder_that_cannot_be_read_is_a_problem() {
    let database = server().database();
    let mut cli = on_database(&database);
    cli.file("mainstay.toml", "[migrations]\ndir = \"nowhere\"\n");
    let run = cli.args(["status", "--exit-code"]).run();
    assert_eq!(run.code, 10, "{run:?}");
    assert!(run.stdout.contains("\nmigrations  cannot be read\nproblems    there is no folder "), "{}", run.stdout);
}

#[test]
fn a_server_that_is_gone() {
    let mut cli = mainstay();
    let folder = cli.project().display().to_string();
    let run = cli.args(["-h", &folder, "-U", "walt", "-d", "walt", "status"]).run();
    assert_eq!((run.code, run.stdout.as_str()), (4, ""), "{run:?}");
    assert!(run.stderr.contains("error: ") && run.stderr.contains("hint: "), "{}", run.stderr);
}

#[test]
fn of_sqlite() {
    let mut cli = mainstay();
    cli.env("DATABASE_URL", "sqlite:walt.db");
    with_migrations(&mut cli);
    let run = cli.args(["status"]).run();
    assert!(run.stdout.contains("\nmissing     the file "), "{}", run.stdout);
    assert!(!cli.project().join("walt.db").exists(), "looking makes no file");
    assert_eq!(cli.args(["prepare"]).run().code, 0);
    let run = cli.args(["status", "--exit-code"]).run();
    assert_eq!(run.code, 0, "{run:?}");
    assert!(
        run.stdout.contains(" 1 table\nmigrations  at version 20260102000000, 2 applied, nothing pending"),
        "{run:?}"
    );
}

#[test]
fn the_newest_backups_and_their_age() {
    let database = server().database();
    database.psql("CREATE TABLE device AS SELECT n FROM generate_series(1, 12) n");
    let mut cli = on_database(&database);
    let toml = "[backup]\nto = \"kept\"\ncompress = \"none\"\n";
    cli.file("mainstay.toml", toml);
    let run = cli.args(["status", "--exit-code"]).run();
    assert_eq!(run.code, 10, "{run:?}");
    assert!(run.stdout.contains("\nbackups     there is no backup\n            in /"), "{run:?}");
    assert!(run.stdout.ends_with("\nnext: mainstay backup create\n"), "{run:?}");

    let mut ids = Vec::new();
    for _ in 0..2 {
        let run = cli.args(["backup", "create"]).run();
        ids.push(run.stdout.split(' ').next().unwrap().to_owned());
    }
    ids.sort();
    let run = cli.args(["backup", "drill", &ids[0]]).run();
    assert_eq!(run.code, 0, "{run:?}");
    let run = cli.args(["status", "--exit-code"]).run();
    assert_eq!(run.code, 0, "{run:?}");
    assert!(run.stdout.contains(&format!("\nbackups     the newest {} (", ids[1])), "{run:?}");
    assert!(run.stdout.contains(&format!("            the newest that is proven {} (", ids[0])), "{run:?}");
    let backups = json(&mut cli)["data"]["backups"].clone();
    assert_eq!((&backups["last"]["id"], &backups["last"]["stale"]), (&ids[1].clone().into(), &false.into()));
    assert_eq!((&backups["proven"]["id"], &backups["proven"]["rows"]), (&ids[0].clone().into(), &12.into()));

    cli.file("mainstay.toml", &format!("{toml}stale = \"1ms\"\n"));
    let run = cli.args(["status", "--exit-code"]).run();
    assert_eq!((run.code, run.stdout.contains(" ago, ") && run.stdout.contains(", stale)")), (10, true), "{run:?}");
    cli.file("mainstay.toml", &format!("{toml}stale_proof = \"1ms\"\n"));
    let run = cli.args(["status", "--exit-code"]).run();
    assert_eq!((run.code, run.stdout.contains("the newest proven backup is older than ")), (10, true), "{run:?}");

    // Another database's are none of its own.
    let other = server().database();
    cli.env("DATABASE_URL", &other.url());
    assert_eq!(json(&mut cli)["data"]["backups"]["last"], serde_json::Value::Null);
}

#[test]
fn a_silent_store_keeps_nobody_waiting() {
    let database = server().database();
    let mut cli = on_database(&database);
    // It takes connections and never says a word.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", silent.local_addr().unwrap());
    cli.file("mainstay.toml", "[backup]\nto = \"s3://backups/walt\"\n");
    cli.env("AWS_ENDPOINT_URL", &endpoint).env("AWS_ACCESS_KEY_ID", "id").env("AWS_SECRET_ACCESS_KEY", "hidden");
    let run = cli.args(["status", "--exit-code"]).run();
    assert_eq!(run.code, 10, "{run:?}");
    assert!(run.stdout.contains("it did not answer within 5 s\n            in s3://backups/walt"), "{run:?}");
    assert!(run.stdout.contains("mainstay backup list"), "{run:?}");
    assert!(run.stdout.contains("\ndatabase    "), "the rest is told: {run:?}");
}
