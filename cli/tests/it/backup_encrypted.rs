//! `[backup] encrypt`: what is taken encrypted, what then must not be written open, and the ways to say which key opens it.

use std::os::unix::fs::PermissionsExt;

use mainstay_testing::{Cli, TestDatabase, server};

use crate::on_database;

/// A pair of keys made for this test, and another one.
const SECRET: &str = "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX";
const PUBLIC: &str = "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj";
const OTHER: &str = "AGE-SECRET-KEY-1QURSWPC8QURSWPC8QURSWPC8QURSWPC8QURSWPC8QURSWPC8QURSKMP32K";

fn encrypting(database: &TestDatabase) -> Cli {
    let mut cli = on_database(database);
    cli.file("mainstay.toml", &format!("[backup]\nto = \"kept\"\nencrypt = [\"{PUBLIC}\"]\n"));
    private(&mut cli, "backup.key", SECRET);
    cli
}

fn private(cli: &mut Cli, name: &str, text: &str) {
    cli.file(name, text);
    let mode = std::fs::Permissions::from_mode(0o600);
    std::fs::set_permissions(cli.project().join(name), mode).unwrap();
}

#[test]
fn a_backup_is_opened_by_its_key_alone() {
    let database = server().database();
    database.psql("CREATE TABLE device AS SELECT n FROM generate_series(1, 1234) n");
    let mut cli = encrypting(&database);
    let run = cli.args(["backup", "create", "--dry-run"]).run();
    assert!(run.stdout.contains(&format!("encrypted to {PUBLIC}")), "{run:?}");
    let run = cli.args(["backup", "create"]).run();
    assert_eq!((run.code, run.stdout.contains(&format!("encrypted to {PUBLIC}"))), (0, true), "{run:?}");
    let run = cli.args(["backup", "list"]).run();
    assert!(run.stdout.contains("checked") && run.stdout.contains("yes"), "{run:?}");
    let run = cli.args(["backup", "show"]).run();
    assert!(run.stdout.contains(&format!("encrypted  to {PUBLIC}")), "{run:?}");

    let run = cli.args(["backup", "verify"]).run();
    assert_eq!((run.code, run.stdout.contains("sizes and hashes alone were compared")), (0, true), "{run:?}");
    let run = cli.args(["backup", "verify", "--identity", "backup.key"]).run();
    assert_eq!((run.code, run.stdout.contains("1,234 rows compared")), (0, true), "{run:?}");
    assert!(!run.stderr.contains("warning"), "{run:?}");

    let copy = format!("{}_copy", database.name());
    let run = cli.args(["restore", "latest", "--into", &copy]).run();
    assert_eq!(run.code, 2, "{run:?}");
    assert!(run.stderr.contains("no secret key is given") && run.stderr.contains("--identity FILE"), "{run:?}");
    private(&mut cli, "other.key", OTHER);
    let run = cli.args(["restore", "latest", "--into", &copy, "--identity", "other.key"]).run();
    assert_eq!((run.code, run.stderr.contains("none of the keys opens")), (2, true), "{run:?}");
    let run = cli.args(["backup", "drill"]).run();
    assert_eq!((run.code, run.stderr.contains("no secret key is given")), (2, true), "{run:?}");
    let run = cli.args(["backup", "drill", "--identity", "backup.key"]).run();
    assert_eq!((run.code, run.stdout.contains("proven")), (0, true), "{run:?}");
    // The variable, and of several files the one that fits.
    let run = cli.env("MAINSTAY_IDENTITY", "other.key").args(["backup", "export", "latest", "no"]).run();
    assert_eq!((run.code, run.stderr.contains("none of the keys opens")), (2, true), "{run:?}");
    let both = ["--identity", "other.key", "--identity", "backup.key"];
    let run = cli.args(["restore", "latest", "--into", &copy].into_iter().chain(both)).run();
    assert_eq!((run.code, run.stdout.contains("compared 1 tables")), (0, true), "{run:?}");
    server().try_psql("postgres", "postgres", &format!("DROP DATABASE {copy}")).unwrap();
    let run = cli.env("MAINSTAY_IDENTITY", "backup.key").args(["backup", "export", "latest", "out"]).run();
    assert_eq!(run.code, 0, "{run:?}");
    assert!(cli.project().join("out/toc.dat").is_file());
}

#[test]
fn the_key_file_is_found_by_the_configuration_and_looked_at() {
    let database = server().database();
    database.psql("CREATE TABLE device AS SELECT n FROM generate_series(1, 10) n");
    let mut cli = encrypting(&database);
    let configured = format!("[backup]\nto = \"kept\"\nencrypt = [\"{PUBLIC}\"]\nidentity = \"file:far.key\"\n");
    cli.file("mainstay.toml", &configured);
    // Where backups are only taken, the key is not there.
    assert_eq!(cli.args(["backup", "create"]).run().code, 0);
    let run = cli.args(["backup", "verify"]).run();
    assert_eq!((run.code, run.stdout.contains("sizes and hashes alone")), (0, true), "{run:?}");
    let run = cli.args(["backup", "export", "latest", "no"]).run();
    assert!(run.stderr.contains("far.key, which is not there"), "{run:?}");
    cli.file("far.key", SECRET);
    let everybody = std::fs::Permissions::from_mode(0o644);
    std::fs::set_permissions(cli.project().join("far.key"), everybody).unwrap();
    let run = cli.args(["backup", "verify"]).run();
    assert_eq!((run.code, run.stdout.contains("10 rows compared")), (0, true), "{run:?}");
    assert!(run.stderr.contains("others may read the key file") && run.stderr.contains("chmod 0600"), "{run:?}");

    for (text, said) in [
        ("age-encryption.org/v1\n-> scrypt x 18\n", "is encrypted itself"),
        ("-----BEGIN OPENSSH PRIVATE KEY-----\n", "has an SSH key"),
        ("AGE-SECRET-KEY-1SLIP\n", "line 1 of the key file"),
        ("# nothing\n", "there is no secret key in"),
    ] {
        private(&mut cli, "bad.key", text);
        let run = cli.args(["backup", "verify", "--identity", "bad.key"]).run();
        assert_eq!((run.code, run.stderr.contains(said)), (2, true), "{said}: {run:?}");
        assert!(!run.stderr.contains("1SLIP"), "{run:?}");
    }
    let run = cli.args(["backup", "verify", "--identity", "none.key"]).run();
    assert_eq!((run.code, run.stderr.contains("there is no key file none.key")), (1, true), "{run:?}");

    cli.file("mainstay.toml", "[backup]\nencrypt = [\n  \"age1slip\",\n]\n");
    let run = cli.args(["backup", "create"]).run();
    assert_eq!(run.code, 2, "{run:?}");
    assert!(run.stderr.contains("mainstay.toml:3") && run.stderr.contains("no public key of age"), "{run:?}");
}

#[test]
fn nothing_is_written_open() {
    let database = server().database();
    let mut cli = encrypting(&database);
    cli.file("migrations/20260101000000_start.up.sql", "CREATE TABLE device (id int);\n");
    assert_eq!(cli.args(["migrate", "up"]).run().code, 0);
    database.psql("INSERT INTO device VALUES (1)");
    for dry in [&[][..], &["--dry-run"]] {
        let run = cli.args(["backup", "create", "--format", "custom", "-o", "a.dump"].iter().chain(dry).copied()).run();
        assert_eq!((run.code, run.stderr.contains("a.dump would lie open")), (5, true), "{run:?}");
    }
    assert!(!cli.project().join("kept").exists() && !cli.project().join("a.dump").exists());

    // The copy before a migration is an encrypted backup.
    cli.file("migrations/20260102000000_more.up.sql", "ALTER TABLE device ADD name text;\n");
    let run = cli.args(["migrate", "up"]).run();
    assert_eq!(run.code, 0, "{run:?}");
    let kept: Vec<_> =
        std::fs::read_dir(cli.project().join("kept")).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(kept.len(), 1, "{kept:?}");
    let manifest = std::fs::read_to_string(kept[0].join("manifest.json")).unwrap();
    assert!(manifest.contains("\"encryption\""), "{manifest}");
    let files = std::fs::read_dir(&kept[0]).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let files: Vec<String> = files.filter(|name| name != "manifest.json").collect();
    assert!(files.len() > 1 && files.iter().all(|name| name.ends_with(".age")), "{files:?}");
}
