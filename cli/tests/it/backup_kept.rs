//! `mainstay backup list`, `show`, `verify`, `prune` and `delete`.

use mainstay_testing::{Cli, server};
use serde_json::Value;

use crate::{mainstay, on_database};

/// The data of a run with `--json`.
fn data(cli: &mut Cli, args: &[&str]) -> Value {
    let run = cli.args(args.iter().copied().chain(["--json"])).run();
    assert_eq!(run.code, 0, "{run:?}");
    serde_json::from_str::<Value>(&run.stdout).unwrap()["data"].clone()
}

#[test]
fn backups_are_looked_at_and_given_up() {
    let database = server().database();
    database.psql("CREATE TABLE device AS SELECT n FROM generate_series(1, 1234) n");
    let mut cli = on_database(&database);
    cli.file("mainstay.toml", "[backup]\nto = \"kept\"\nkeep = { last = 1 }\n");
    let run = cli.args(["backup", "list"]).run();
    assert_eq!((run.code, run.stderr.contains("take one: mainstay backup create")), (0, true), "{run:?}");
    // The folder of the settings is made with the first backup; one that somebody names is to be there.
    for command in [["backup", "list"].as_slice(), &["backup", "prune"], &["backup", "show", "latest"]] {
        let run = cli.args(command.iter().copied().chain(["--from", "/nowhere"])).run();
        assert_eq!((run.code, run.stdout.as_str()), (1, ""), "{run:?}");
        assert!(run.stderr.contains("error: there is no folder /nowhere\nhint: "), "{run:?}");
    }
    let ids: Vec<String> = (0..2)
        .map(|_| data(&mut cli, &["backup", "create", "--compress", "none"])["id"].as_str().unwrap().to_owned())
        .collect();
    let listed = data(&mut cli, &["backup", "list"]);
    let states: Vec<_> = listed["backups"].as_array().unwrap().iter().map(|one| one["state"].clone()).collect();
    assert_eq!(states, ["checked", "checked"]);
    let run = cli.args(["backup", "list"]).run();
    assert!(run.stdout.contains(&ids[0]) && run.stdout.contains("1,234"), "{run:?}");
    let run = cli.args(["backup", "show", &ids[0]]).run();
    assert!(run.stdout.contains("public.device: 1,234 rows, 1 file"), "{run:?}");

    let run = cli.args(["backup", "verify"]).run();
    assert_eq!((run.code, run.stdout.contains(" is good: ")), (0, true), "{run:?}");
    assert!(run.stdout.contains("1,234 rows compared"), "{run:?}");
    let run = cli.args(["backup", "verify", &ids[0], "--sample", "0%"]).run();
    assert_eq!(run.code, 2, "{run:?}");
    let manifest = data(&mut cli, &["backup", "show", &ids[0]])["manifest"].clone();
    let file = manifest["tables"][0]["parts"][0]["file"].as_str().unwrap().to_owned();
    let path = cli.project().join("kept").join(&ids[0]).join(&file);
    let mut bytes = std::fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    let run = cli.args(["backup", "verify", &ids[0]]).run();
    assert_eq!(run.code, 6, "{run:?}");
    assert!(run.stdout.contains(&format!("damaged {file} of public.device: its bytes are others")), "{run:?}");
    assert!(run.stderr.contains("hint: take another one now: mainstay backup create"), "{run:?}");

    let mut oldest = ids.clone();
    oldest.sort();
    let run = cli.args(["backup", "prune", "--dry-run"]).run();
    assert!(run.stdout.contains("would remove 1 backup with "), "{run:?}");
    assert!(run.stdout.contains(&format!("keeps {}: last", oldest[1])), "{run:?}");
    assert_eq!(data(&mut cli, &["backup", "list"])["backups"].as_array().unwrap().len(), 2);
    let run = cli.args(["backup", "prune"]).run();
    assert!(run.stdout.contains(&format!("removed {} (", oldest[0])), "{run:?}");
    assert!(!cli.project().join("kept").join(&oldest[0]).exists());

    let run = cli.args(["backup", "delete", &oldest[1]]).run();
    assert_eq!((run.code, run.stderr.contains("--yes")), (5, true), "{run:?}");
    let run = cli.args(["backup", "delete", &oldest[0], "--yes"]).run();
    assert_eq!((run.code, run.stderr.contains("mainstay backup list")), (1, true), "{run:?}");
    let run = cli.args(["backup", "delete", &oldest[1], "--yes"]).run();
    assert_eq!(run.code, 0, "{run:?}");
    assert!(!cli.project().join("kept").join(&oldest[1]).exists());
}

/// What was read again and found damaged takes no good one's place, though a drill had proven it.
#[test]
fn a_damaged_backup_is_not_the_one_that_is_kept() {
    let database = server().database();
    database.psql("CREATE TABLE device AS SELECT n FROM generate_series(1, 500) n");
    let mut cli = on_database(&database);
    cli.file("mainstay.toml", "[backup]\nto = \"kept\"\nkeep = { last = 1 }\n");
    let good = data(&mut cli, &["backup", "create"])["id"].as_str().unwrap().to_owned();
    std::thread::sleep(std::time::Duration::from_millis(1100));
    let bad = data(&mut cli, &["backup", "create"])["id"].as_str().unwrap().to_owned();
    assert_eq!(cli.args(["backup", "drill"]).run().code, 0);
    let folder = cli.project().join("kept").join(&bad);
    std::fs::write(folder.join("desktop.ini"), "no file of ours").unwrap();
    assert_eq!(cli.args(["backup", "verify"]).run().code, 6);
    let state = |cli: &mut Cli| data(cli, &["backup", "list"])["backups"][0]["state"].clone();
    assert_eq!(state(&mut cli), "proven", "what lies with it takes nothing away");

    let manifest = data(&mut cli, &["backup", "show", &bad])["manifest"].clone();
    let file = folder.join(manifest["tables"][0]["parts"][0]["file"].as_str().unwrap());
    let mut bytes = std::fs::read(&file).unwrap();
    bytes[3] ^= 1;
    std::fs::write(&file, bytes).unwrap();
    assert_eq!(cli.args(["backup", "verify"]).run().code, 6);
    assert_eq!(state(&mut cli), "refuted");
    let run = cli.args(["backup", "prune"]).run();
    assert!(cli.project().join("kept").join(&good).is_dir(), "{run:?}");
    assert!(run.stdout.contains(&format!("keeps {good}: last")), "{run:?}");
}

/// A folder that several services share: each one's `latest` is its own, whichever command asks.
#[test]
fn the_latest_is_of_the_database_connected_to() {
    let (one, other) = (server().database(), server().database());
    let mut cli = on_database(&one);
    let id = data(&mut cli, &["backup", "create"])["id"].as_str().unwrap().to_owned();
    data(&mut cli, &["backup", "create", "--url", &other.url()]);
    assert_eq!(data(&mut cli, &["backup", "show"])["backup"]["id"], id);
    assert_eq!(data(&mut cli, &["backup", "verify"])["id"], id);
    assert_eq!(data(&mut cli, &["backup", "export", "latest", "out"])["id"], id);
    assert_eq!(
        data(&mut cli, &["restore", "--dry-run"])["source"].as_str().unwrap().split(',').next(),
        Some(one.name())
    );
    // Neither's.
    for args in [&["backup", "show"][..], &["backup", "verify"], &["backup", "export", "latest", "two"], &["restore"]] {
        let run = cli.args(args.iter().copied().chain(["-d", "postgres"])).run();
        assert_eq!((run.code, run.stderr.contains(&format!("{id} of {}", one.name()))), (5, true), "{args:?}: {run:?}");
    }
    let removed = data(&mut cli, &["backup", "delete", "latest", "--yes"]);
    assert_eq!(removed["plan"]["remove"][0]["id"], id);
}

/// taken, checked, proven; and refuted where it comes out otherwise.
#[test]
fn a_backup_is_proven_by_a_drill() {
    let database = server().database();
    database.psql("CREATE TABLE device AS SELECT n FROM generate_series(1, 1234) n");
    let mut cli = on_database(&database);
    cli.file("mainstay.toml", "[backup]\nto = \"kept\"\nkeep = { last = 1 }\n");
    let old = data(&mut cli, &["backup", "create", "--compress", "none"])["id"].as_str().unwrap().to_owned();
    let run = cli.args(["backup", "drill"]).run();
    assert_eq!(run.code, 0, "{run:?}");
    let said = format!(
        "{old} is proven: 1 table, 1,234 rows, the owners and rights of 2 objects, all as they were backed up (a scratch database"
    );
    assert!(run.stdout.contains(&said), "{run:?}");
    assert_eq!(data(&mut cli, &["backup", "list"])["backups"][0]["state"], "proven");
    let run = cli.args(["backup", "show"]).run();
    assert!(run.stdout.contains("proof      restored and compared at "), "{run:?}");
    let run = cli.args(["backup", "drill", "--unproven"]).run();
    assert_eq!((run.code, run.stdout.contains("--all")), (0, true), "{run:?}");

    // A second one within the same second would not be the newer one by its name.
    let folder = cli.project().join("kept");
    let first = folder.join("20200101T000000Z-first");
    std::fs::rename(folder.join(&old), &first).unwrap();
    let manifest = std::fs::read_to_string(first.join("manifest.json")).unwrap();
    let manifest = manifest.replace(&old, "20200101T000000Z-first");
    std::fs::write(first.join("manifest.json"), manifest).unwrap();
    assert_eq!(data(&mut cli, &["backup", "drill"])["drills"][0]["proven"], true);
    let new = data(&mut cli, &["backup", "create", "--compress", "none"])["id"].as_str().unwrap().to_owned();
    let run = cli.args(["backup", "prune", "--dry-run"]).run();
    assert!(run.stdout.contains("keeps 20200101T000000Z-first: newest proven"), "{run:?}");

    let rows = data(&mut cli, &["backup", "show"])["manifest"]["tables"][0]["parts"][0]["file"].clone();
    let path = folder.join(&new).join(rows.as_str().unwrap());
    let mut bytes = std::fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    let run = cli.args(["backup", "drill", "--all"]).run();
    assert_eq!(run.code, 6, "{run:?}");
    assert!(run.stdout.contains(&format!("{new} is refuted")) && run.stdout.contains("device"), "{run:?}");
    assert!(run.stdout.contains("20200101T000000Z-first is proven"), "{run:?}");
    assert!(run.stderr.contains("mainstay backup create && mainstay backup drill"), "{run:?}");
    assert_eq!(data(&mut cli, &["backup", "list"])["backups"][0]["state"], "refuted");
}

#[test]
fn production_wants_its_name() {
    let database = server().database();
    let mut cli = on_database(&database);
    let toml = format!("[target.prod]\nurl = \"{}\"\nenvironment = \"production\"\n", database.url());
    cli.file("mainstay.toml", &toml);
    let id = data(&mut cli, &["backup", "create"])["id"].as_str().unwrap().to_owned();
    let run = cli.args(["--target", "prod", "backup", "delete", &id, "--yes"]).run();
    assert_eq!(run.code, 5, "{run:?}");
    assert!(run.stderr.contains(&format!("--confirm {}", database.name())), "{run:?}");
    let run = cli.args(["--target", "prod", "backup", "delete", &id, "--confirm", database.name()]).run();
    assert_eq!(run.code, 0, "{run:?}");
}

#[test]
fn no_database_is_needed() {
    let mut cli = mainstay();
    let run = cli.args(["backup", "list"]).run();
    assert_eq!(run.code, 0, "{run:?}");
    let run = cli.args(["backup", "show"]).run();
    assert_eq!((run.code, run.stderr.contains("there is no backup in")), (1, true), "{run:?}");
    let run = cli.args(["backup", "list", "--from", "s3://backups/walt"]).run();
    assert_eq!((run.code, run.stderr.contains("AWS_ACCESS_KEY_ID")), (2, true), "{run:?}");
    cli.env("AWS_ACCESS_KEY_ID", "id")
        .env("AWS_SECRET_ACCESS_KEY", "hidden")
        .env("AWS_ENDPOINT_URL", "http://127.0.0.1:1");
    let run = cli.args(["backup", "list", "--from", "s3://backups/walt"]).run();
    assert_eq!(run.code, 4, "{run:?}");
    assert!(run.stderr.contains("cannot connect to http://127.0.0.1:1") && !run.stderr.contains("hidden"), "{run:?}");
}
