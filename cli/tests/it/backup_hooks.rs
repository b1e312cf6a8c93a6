//! Commands and numbers that tell of backups: `[backup] on_success`, `on_failure`, `metrics`.

use std::os::unix::fs::PermissionsExt;

use mainstay_testing::{Cli, server};

use crate::{mainstay, on_database};

/// Writes what it is told into the file `told`.
const TELL: &str = "sh -c \"env | grep -E '^(MAINSTAY|PG|AWS|DATABASE_URL|POSTGRES)' | sort > told; echo heard\"";

fn told(cli: &Cli) -> String {
    std::fs::read_to_string(cli.project().join("told")).expect("the command has run")
}

#[test]
fn a_command_is_told_what_was_taken_and_no_secret() {
    let database = server().database();
    database.psql("CREATE TABLE device AS SELECT n FROM generate_series(1, 12) n");
    let mut cli = on_database(&database);
    let toml = format!("[backup]\non_success = {:?}\non_failure = \"false\"\nmetrics = \"out/walt.prom\"\n", TELL);
    cli.file("mainstay.toml", &toml).file("out/other", "").env("AWS_SECRET_ACCESS_KEY", "hidden");
    cli.env("PGPASSWORD", "hidden").env("MAINSTAY_ADMIN_URL", "postgresql://root:hidden@h/d");
    let run = cli.args(["backup", "create", "--compress", "none", "--dry-run"]).run();
    assert_eq!((run.code, cli.project().join("told").exists()), (0, false), "{run:?}");

    let run = cli.args(["backup", "create", "--compress", "none"]).run();
    assert_eq!(run.code, 0, "{run:?}");
    assert!(run.stderr.contains("sh: heard"), "{run:?}");
    let id = run.stdout.split(' ').next().unwrap().to_owned();
    let said = told(&cli);
    let has = |line: &str| assert!(said.lines().any(|said| said == line), "{line} is not in:\n{said}");
    has("MAINSTAY_OPERATION=create");
    has("MAINSTAY_STATE=checked");
    has(&format!("MAINSTAY_DATABASE={}", database.name()));
    has(&format!("MAINSTAY_ID={id}"));
    has("MAINSTAY_ROWS=12");
    assert!(said.contains("MAINSTAY_STORE=/") && said.contains("MAINSTAY_BYTES="), "{said}");
    assert!(!said.contains("hidden") && !said.contains("MAINSTAY_ERROR") && !said.contains("DATABASE_URL"), "{said}");

    let file = cli.project().join("out/walt.prom");
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o644);
    let text = std::fs::read_to_string(&file).unwrap();
    let label = format!("database=\"{}\"", database.name());
    assert!(
        text.contains(&format!("mainstay_backup_success_timestamp_seconds{{{label},operation=\"create\"}} ")),
        "{text}"
    );
    assert!(text.contains(&format!("mainstay_backup_rows{{{label}}} 12\n")), "{text}");
    assert!(!text.contains("failure"), "{text}");

    let run = cli.args(["backup", "verify"]).run();
    assert_eq!(run.code, 0, "{run:?}");
    let said = told(&cli);
    assert!(said.contains("MAINSTAY_OPERATION=verify\n") && said.contains(&format!("MAINSTAY_ID={id}\n")), "{said}");

    let run = cli.args(["backup", "drill"]).run();
    assert_eq!(run.code, 0, "{run:?}");
    let said = told(&cli);
    assert!(said.contains("MAINSTAY_OPERATION=drill\n") && said.contains("MAINSTAY_STATE=proven\n"), "{said}");
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.contains(&format!("mainstay_backup_proven_timestamp_seconds{{{label}}} ")), "{text}");
}

#[test]
fn a_failure_is_told_with_its_error_and_keeps_its_code() {
    let database = server().database();
    database.psql("CREATE TABLE device AS SELECT 1 AS n");
    let mut cli = on_database(&database);
    let toml =
        format!("[backup]\nto = \"kept\"\non_success = \"false\"\non_failure = {TELL:?}\nmetrics = \"walt.prom\"\n");
    cli.file("mainstay.toml", &toml);
    let run = cli.args(["-d", "nowhere", "backup", "create"]).run();
    assert_eq!(run.code, 4, "{run:?}");
    let said = told(&cli);
    assert!(said.contains("MAINSTAY_STATE=failed\n") && said.contains("MAINSTAY_DATABASE=nowhere\n"), "{said}");
    assert!(said.contains("MAINSTAY_ERROR=") && !said.contains("MAINSTAY_ID="), "{said}");
    let text = std::fs::read_to_string(cli.project().join("walt.prom")).unwrap();
    assert!(
        text.contains("mainstay_backup_failure_timestamp_seconds{database=\"nowhere\",operation=\"create\"} "),
        "{text}"
    );

    // What is damaged is a failure too.
    cli.file("mainstay.toml", &toml.replace("on_success = \"false\"\n", ""));
    let run = cli.args(["backup", "create", "--compress", "none"]).run();
    let id = run.stdout.split(' ').next().unwrap().to_owned();
    let folder = cli.project().join("kept").join(id);
    std::fs::remove_file(folder.join("toc.dat")).unwrap();
    let run = cli.args(["backup", "verify"]).run();
    assert_eq!(run.code, 6, "{run:?}");
    let said = told(&cli);
    assert!(said.contains("MAINSTAY_STATE=damaged\n") && said.contains(" is damaged: 1 file\n"), "{said}");
}

#[test]
fn a_command_that_fails_is_told_and_the_backup_stays() {
    let database = server().database();
    let mut cli = on_database(&database);
    let mut check = |lines: &str, why: &[&str]| {
        cli.file("mainstay.toml", &format!("[backup]\n{lines}\n"));
        let run = cli.args(["backup", "create", "--compress", "none"]).run();
        assert_eq!(run.code, 1, "{run:?}");
        let id = run.stdout.split(' ').next().unwrap().to_owned();
        assert!(cli.project().join("backups").join(id).join("manifest.json").is_file(), "{run:?}");
        for why in why {
            assert!(run.stderr.contains(why), "{why}: {run:?}");
        }
    };
    check("on_success = \"sh -c 'echo full >&2; exit 3'\"", &["[backup] on_success has not", "exit status: 3", "full"]);
    check("on_success = \"no-such-program x\"", &["there is no program `no-such-program`", "hint: "]);
    check("on_success = \"sleep 1000\"\nhook_timeout = \"300ms\"", &["was ended, for it took longer than 0.3 s"]);
    check("metrics = \"no/folder/walt.prom\"", &["the file for Prometheus is not up to date", "no/folder"]);
}

#[test]
fn wrong_settings_are_refused_before_anything_is_done() {
    let mut cli = mainstay();
    let mut check = |line: &str, why: &str| {
        cli.file("mainstay.toml", &format!("[backup]\n{line}\n"));
        let run = cli.args(["config", "show"]).run();
        assert_eq!((run.code, run.stderr.contains(why)), (2, true), "{run:?}");
    };
    check("on_failure = \"mail root && true\"", "`&&` is a shell's business");
    check("on_failure = \"mail {id}\"", "there is no {id}: nothing is filled in here");
    check("metrics = \"walt.txt\"", "a file whose name ends in .prom");
    check("hook_timeout = \"2 days\"", "out of range");
}
