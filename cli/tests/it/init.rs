//! `mainstay init`.

use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;

use crate::mainstay;

const CAPSUL: &str = "CREATE TABLE schemaversion (version integer);\nINSERT INTO schemaversion VALUES (1);\n";

#[test]
fn a_new_service() {
    let mut cli = mainstay();
    insta::assert_snapshot!(cli.args(["init", "--name", "walt"]).run().snapshot(), @r"
    exit: 0
    --- stdout
    wrote mainstay.toml
    wrote migrations/
    next: mainstay migrate new create_tables, then mainstay prepare
    --- stderr
    ");
    assert!(cli.project().join("migrations").is_dir());
    let text = std::fs::read_to_string(cli.project().join("mainstay.toml")).unwrap();
    for line in ["name = \"walt\"", "url = \"env:DATABASE_URL\"", "dir = \"migrations\"", "dialect = \"mainstay\""] {
        assert!(text.lines().any(|found| found == line), "{line} is not in\n{text}");
    }
}

#[test]
fn the_next_steps_that_it_names_work() {
    let mut cli = mainstay();
    assert_eq!(cli.args(["init"]).run().code, 0);
    let new = cli.args(["migrate", "new", "create_tables"]).run();
    assert_eq!(new.code, 0, "no database need be named yet: {new:?}");
    let file = new.stdout.lines().next().and_then(|line| line.strip_prefix("wrote ")).unwrap();
    std::fs::write(file, "CREATE TABLE t (a integer);").unwrap();
    cli.env("DATABASE_URL", "sqlite:t.sqlite3");
    let prepared = cli.args(["prepare"]).run();
    assert!(prepared.stdout.contains("applied") && prepared.code == 0, "{prepared:?}");
}

#[test]
fn an_embedded_file_is_named_after_the_service() {
    let mut cli = mainstay();
    cli.args(["init", "--engine", "sqlite", "--name", "walt"]).run();
    let run = cli.args(["prepare"]).run();
    assert!(run.code == 0 && run.stdout.contains("\nwalt.sqlite3 is ready"), "{run:?}");
    assert!(cli.project().join("walt.sqlite3").exists(), "without a migration too");
}

#[test]
fn capsuls_folder_is_adopted_where_it_is() {
    let mut cli = mainstay();
    cli.file("app/schema_migrations/01_up_start.sql", CAPSUL).file(".env", "HUB_URL=postgresql://u:hush@h/d\n");
    insta::assert_snapshot!(cli.args(["init"]).run().snapshot(), @r"
    exit: 0
    --- stdout
    found app/schema_migrations/: 1 migration, capsul's layout
    found .env: HUB_URL names the database
    wrote mainstay.toml
    next: mainstay conn test, then mainstay status
    --- stderr
    ");
    let shown = cli.args(["--json", "config", "show"]).run();
    let value: serde_json::Value = serde_json::from_str(&shown.stdout).unwrap();
    assert_eq!(value["data"]["migrations"]["dir"], "app/schema_migrations");
    assert_eq!(value["data"]["migrations"]["dialect"], "capsul");
    assert_eq!(value["data"]["database"]["url"], "env:HUB_URL");
    assert!(!cli.project().join("migrations").exists());
}

#[test]
fn our_own_folder_of_another_project_is_adopted() {
    let mut cli = mainstay();
    cli.file("walt/db/migrations/1_a.up.sql", "SELECT 1;").file("walt/db/migrations/1_a.down.sql", "SELECT 1;");
    cli.file("ops/.keep", "").file("walt/node_modules/x/migrations/9_b.up.sql", "");
    let run = cli.args(["-C", "ops", "init", "--from", "../walt"]).run();
    insta::assert_snapshot!(run.snapshot(), @r"
    exit: 0
    --- stdout
    found ../walt/db/migrations/: 1 migration, mainstay's or sqlx's or golang-migrate's layout
    wrote mainstay.toml
    next: mainstay conn test, then mainstay status
    --- stderr
    ");
    let check = cli.args(["-C", "ops", "migrate", "check"]).run();
    assert_eq!((check.code, check.stdout.as_str()), (0, "no findings\n"), "{check:?}");
}

#[test]
fn nothing_is_overwritten() {
    let mut cli = mainstay();
    cli.file("mainstay.toml", "# mine\n");
    insta::assert_snapshot!(cli.args(["init"]).run().snapshot(), @r"
    exit: 5
    --- stdout
    --- stderr
    error: [project]/mainstay.toml is there already, and init overwrites nothing
    hint: see what it says: mainstay config show
    hint: see where the database stands: mainstay status
    ");
    assert_eq!(std::fs::read_to_string(cli.project().join("mainstay.toml")).unwrap(), "# mine\n");
    assert!(!cli.project().join("migrations").exists());
}

#[test]
fn a_dry_run_shows_the_file_and_writes_nothing() {
    let mut cli = mainstay();
    let run = cli.args(["init", "--dry-run", "--name", "walt"]).run();
    assert!(run.stdout.starts_with("would write mainstay.toml\nwould write migrations/\n\n# What"), "{}", run.stdout);
    assert!(run.stdout.contains("name = \"walt\"\n"), "{}", run.stdout);
    assert_eq!(std::fs::read_dir(cli.project()).unwrap().count(), 0);
}

#[test]
fn as_data() {
    let run = mainstay().args(["--json", "init"]).run();
    let value: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(value["data"]["wrote"], serde_json::json!(["mainstay.toml", "migrations/"]));
    assert_eq!(value["data"]["dry_run"], false);
}

/// Other tools that Mainstay does not run, and how each is named.
#[test]
fn other_tools_are_named_and_refused() {
    for (file, named) in [("atlas.hcl", "Atlas's (atlas.hcl)"), ("site/manage.py", "Django's (site/manage.py)")] {
        let mut cli = mainstay();
        let run = cli.file(file, "").args(["init"]).run();
        assert_eq!(run.code, 5, "{file}: {run:?}");
        assert!(run.stderr.contains(&format!("the migrations here are {named}, which")), "{}", run.stderr);
        assert!(!cli.project().join("mainstay.toml").exists(), "{file}");
    }
    let mut cli = mainstay();
    let run = cli.file("site/manage.py", "").args(["init"]).run();
    assert!(run.stderr.ends_with("cd site && mainstay init\n"), "{}", run.stderr);
}

const REVISION: &str = "revision = 'a1'\ndown_revision = None\n";
const MIGRATION: &str = "class Migration(migrations.Migration):\n    dependencies = []\n    operations = []\n";

/// Alembic's and Django's projects: what is found, and how their programs will be called.
#[test]
fn other_programs_projects_are_adopted_with_their_runner() {
    let cases = [
        (
            "alembic.ini",
            "[alembic]\nscript_location = %(here)s/db\n",
            "db/versions/a1_x.py",
            REVISION,
            "db/versions/: 1 migration, alembic's layout",
        ),
        (
            "pyproject.toml",
            "[tool.alembic]\nscript_location = \"db\"\n",
            "db/versions/a1_x.py",
            REVISION,
            "db/versions/: 1 migration, alembic's layout",
        ),
        ("manage.py", "", "shop/migrations/0001_x.py", MIGRATION, "./: 1 migration, django's layout"),
    ];
    for (mark, text, file, migration, found) in cases {
        let mut cli = mainstay();
        let run = cli
            .file(mark, text)
            .file(file, migration)
            .file(".env", "DATABASE_URL=postgresql+psycopg://a@b/c\n")
            .args(["init"])
            .run();
        assert!(run.code == 0 && run.stdout.contains(&format!("found {found}\n")), "{mark}: {run:?}");
        let check = cli.args(["migrate", "check"]).run();
        assert!(check.code == 0 && check.stderr.contains("1 migration in "), "{mark}: {check:?}");
        let config = cli.args(["config", "show"]).run().stdout;
        let runner = config.lines().find(|line| line.starts_with("runner")).unwrap_or_default();
        let up = if mark == "manage.py" { "python manage.py migrate" } else { "alembic upgrade head" };
        assert!(runner.contains(up), "{config}");
    }
    let mut cli = mainstay();
    cli.file("svc/alembic.ini", "[alembic]\n").file("svc/alembic/versions/a1_x.py", REVISION);
    let run = cli.args(["init", "--from", "svc", "--dry-run"]).run();
    assert!(run.stdout.contains("up = \"alembic -c svc/alembic.ini upgrade head\""), "{}", run.stdout);
    assert!(run.stdout.contains("dir = \"svc/alembic/versions\""), "{}", run.stdout);
}

/// Other tools' layouts that it does run: what is found, and what `[migrations] dialect` says.
#[test]
fn other_tools_layouts_are_adopted() {
    let cases = [
        ("sql/V1__a.sql", "SELECT 1;", "refinery's or flyway's", "auto"),
        ("migrations/1_a.sql", "SELECT 1;", "sqlx's", "sqlx"),
        ("db/migrations/1_a.sql", "-- migrate:up\nSELECT 1;\n-- migrate:down\nSELECT 1;\n", "dbmate's", "dbmate"),
        ("migrations/1_a.sql", "-- +goose Up\nSELECT 1;\n", "goose's", "goose"),
        ("migrations/1_a/up.sql", "SELECT 1;", "diesel's", "diesel"),
    ];
    for (file, text, layout, dialect) in cases {
        let mut cli = mainstay();
        let run = cli.file(file, text).args(["init"]).run();
        assert!(run.code == 0 && run.stdout.contains(&format!("1 migration, {layout} layout")), "{file}: {run:?}");
        let config = std::fs::read_to_string(cli.project().join("mainstay.toml")).unwrap();
        assert!(config.contains(&format!("dialect = \"{dialect}\"")), "{file}: {config}");
    }
}

#[test]
fn scripts_that_are_no_migrations_are_left_alone() {
    let mut cli = mainstay();
    cli.file("initdb.d/01_roles.sql", "CREATE ROLE a;").file("queries/report.sql", "SELECT 1;");
    let run = cli.args(["init"]).run();
    assert!(run.code == 0 && run.stdout.starts_with("wrote mainstay.toml\nwrote migrations/\n"), "{run:?}");
}

#[test]
fn a_choice_is_asked_for_and_taken() {
    let mut cli = mainstay();
    cli.file("a/migrations/1_a.up.sql", "").file("b/1_b.up.sql", "").file("manage.py", "");
    insta::assert_snapshot!(cli.args(["init"]).run().snapshot(), @r"
    exit: 5
    --- stdout
    --- stderr
    error: the migrations here are Django's (manage.py), which this folder cannot be set up for
    hint: adopt one folder by its name: mainstay init --from a/migrations
    ");
    let run = cli.args(["init", "--from", "b"]).run();
    assert!(
        run.code == 0
            && run.stdout.starts_with("found b/: 1 migration, mainstay's or sqlx's or golang-migrate's layout\n"),
        "{run:?}"
    );
}

#[test]
fn both_layouts_in_one_folder_cannot_be_adopted() {
    let mut cli = mainstay();
    cli.file("migrations/1_a.up.sql", "").file("migrations/01_up_a.sql", CAPSUL);
    let run = cli.args(["init"]).run();
    assert_eq!(run.code, 1, "{run:?}");
    assert!(run.stderr.contains("cannot adopt migrations/") && run.stderr.contains("two dialects"), "{}", run.stderr);
}

#[test]
fn a_folder_without_migrations_is_no_project_to_adopt() {
    let mut cli = mainstay();
    let run = cli.file("empty/.keep", "").args(["init", "--from", "empty"]).run();
    assert!(run.code == 2 && run.stderr.contains("has no migrations"), "{run:?}");
}

/// Root may write anywhere, so the command runs as nobody.
#[test]
fn a_read_only_folder_is_an_error_with_its_path() {
    let mut cli = mainstay();
    let folder = cli.project();
    let open = |mode| std::fs::set_permissions(folder.parent().unwrap(), std::fs::Permissions::from_mode(mode));
    open(0o755).unwrap();
    std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o555)).unwrap();
    let mut command = cli.args(["init"]).command();
    if rustix::process::geteuid().is_root() {
        command.uid(65_534);
    }
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).replace(&*folder.to_string_lossy(), "[project]");
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert_eq!(
        said,
        "error: cannot make the folder [project]/migrations\ncaused by: Permission denied (os error 13)\n"
    );
    std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o755)).unwrap();
}
