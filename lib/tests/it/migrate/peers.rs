//! The real tools: they apply and we go on; we apply and they see nothing to do.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use mainstay::dialect::Version;
use mainstay::sql::Flavor;

use super::lab::{Lab, versions};

/// dbmate from its npm package, installed once into the build folder. Takes seconds.
fn dbmate() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("peers/dbmate");
        let program = folder.join("node_modules/.bin/dbmate");
        if !program.exists() {
            std::fs::create_dir_all(&folder).expect("a folder");
            run(Command::new("npm")
                .args(["install", "--no-fund", "--no-audit", "--prefix"])
                .arg(&folder)
                .arg("dbmate"));
        }
        program
    })
}

/// What the program says; it must succeed.
fn run(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{command:?}: {said}");
    said
}

/// Runs dbmate on the lab's folder and database.
pub(super) fn run_dbmate(lab: &Lab, url: &str, arguments: &[&str]) -> String {
    let mut command = Command::new(dbmate());
    command.args(["--no-dump-schema", "--url", url, "--migrations-dir"]).arg(lab.dir()).args(arguments);
    run(&mut command)
}

fn lab(flavor: Flavor) -> (Lab, String) {
    let lab = Lab::new(flavor, "dbmate");
    lab.step(1, "one", "CREATE TABLE one (a int);", "DROP TABLE one;");
    lab.step(20, "two", "CREATE TABLE two (a int); INSERT INTO two VALUES (1);", "DROP TABLE two;");
    let url = match flavor {
        Flavor::Postgres => lab.url(),
        Flavor::Sqlite => format!("sqlite:{}", lab.folder.path().join("service.sqlite3").display()),
    };
    (lab, url)
}

#[tokio::test]
async fn dbmate_applies_and_we_go_on() {
    for flavor in [Flavor::Postgres, Flavor::Sqlite] {
        let (lab, url) = lab(flavor);
        run_dbmate(&lab, &url, &["migrate"]);
        assert!(lab.state().await.expect("reads").pending.is_empty());
        run_dbmate(&lab, &url, &["rollback"]);
        assert_eq!(versions(&lab.up().await.expect("applies")), ["20"]);
        assert!(run_dbmate(&lab, &url, &["status"]).contains("Pending: 0"));
    }
}

#[tokio::test]
async fn we_apply_and_dbmate_has_nothing_to_do() {
    for flavor in [Flavor::Postgres, Flavor::Sqlite] {
        let (mut lab, url) = lab(flavor);
        lab.rules.to = Some(Version::new("1"));
        lab.up().await.expect("applies");
        assert!(run_dbmate(&lab, &url, &["status"]).contains("Pending: 1"));
        lab.rules.to = None;
        lab.up().await.expect("applies");
        assert!(run_dbmate(&lab, &url, &["status"]).contains("Pending: 0"));
        run_dbmate(&lab, &url, &["migrate"]);
        run_dbmate(&lab, &url, &["rollback"]);
        assert_eq!(versions(&lab.up().await.expect("applies again")), ["20"]);
    }
}

/// The table that dbmate makes and the one that we make are the same.
#[tokio::test]
async fn the_tables_are_the_same() {
    for (flavor, shape) in [
        (
            Flavor::Postgres,
            "SELECT string_agg(a.attname || ' ' || format_type(a.atttypid, a.atttypmod) || a.attnotnull, ',') || \
             (SELECT string_agg(conname || pg_get_constraintdef(oid), ',') FROM pg_constraint WHERE conrelid = \
             'schema_migrations'::regclass) FROM pg_attribute a WHERE a.attrelid = 'schema_migrations'::regclass AND attnum > 0",
        ),
        (
            Flavor::Sqlite,
            "SELECT group_concat(name || type || \"notnull\" || pk) FROM pragma_table_info('schema_migrations')",
        ),
    ] {
        let ((theirs, url), (ours, _)) = (lab(flavor), lab(flavor));
        run_dbmate(&theirs, &url, &["migrate"]);
        ours.up().await.expect("applies");
        assert_eq!(ours.cell(shape).await, theirs.cell(shape).await);
    }
}
