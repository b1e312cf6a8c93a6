//! The real Alembic.

use mainstay::dialect::Version;
use mainstay::migrate::Goal;
use mainstay::plan::Hazard;
use mainstay::prepare::SafetyOutcome;
use mainstay::{Error, ErrorKind};

use super::{Project, told};

const ENV: &str = r#"import os

from alembic import context
from sqlalchemy import create_engine

with create_engine(os.environ["DATABASE_URL"]).connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
"#;

const TEMPLATE: &str = "\"\"\"${message}\"\"\"\nrevision = ${repr(up_revision)}\ndown_revision = ${repr(down_revision)}\n\n\ndef upgrade():\n    ${upgrades if upgrades else 'pass'}\n\n\ndef downgrade():\n    ${downgrades if downgrades else 'pass'}\n";

/// A project as `alembic init` leaves it, with `runner`'s three lines.
pub(super) fn project() -> Project {
    let project = Project::new();
    project
        .file("alembic.ini", "[alembic]\nscript_location = %(here)s/alembic\n")
        .file("alembic/env.py", ENV)
        .file("alembic/script.py.mako", TEMPLATE)
        .file(
            "mainstay.toml",
            "[migrations]\nrunner = { up = \"alembic upgrade {to}\", down = \"alembic downgrade {to}\", new = \"alembic revision -m {name}\" }\n",
        );
    project
}

pub(super) fn revision(project: &Project, id: &str, before: &str, up: &str, down: &str) {
    let text = format!(
        "from alembic import op\nimport sqlalchemy as sa\n\nrevision = \"{id}\"\ndown_revision = {before}\n\n\ndef upgrade():\n    {up}\n\n\ndef downgrade():\n    {down}\n"
    );
    project.file(&format!("alembic/versions/{id}_step.py"), &text);
}

/// Four revisions: two branches that are merged, one with an autocommit block.
fn branched() -> Project {
    let project = project();
    revision(
        &project,
        "a1",
        "None",
        "op.create_table('account', sa.Column('id', sa.Integer, primary_key=True))",
        "op.drop_table('account')",
    );
    revision(
        &project,
        "b2",
        "'a1'",
        "op.add_column('account', sa.Column('note', sa.Text))",
        "op.drop_column('account', 'note')",
    );
    let concurrently = "with op.get_context().autocommit_block():\n        op.execute('CREATE INDEX CONCURRENTLY account_id ON account (id)')";
    revision(&project, "c3", "'a1'", concurrently, "op.drop_index('account_id')");
    revision(&project, "d4", "('b2', 'c3')", "pass", "pass");
    project
}

#[tokio::test]
async fn from_nothing_to_the_head_and_back() {
    let mut project = branched();
    let prepared = project.open().prepare().await.expect("prepares");
    let done: Vec<String> =
        prepared.migrations.expect("a report").done.iter().map(|done| done.version.to_string()).collect();
    assert_eq!(done, ["a1", "b2", "c3", "d4"]);
    assert_eq!(prepared.version, Some(Version::new("d4")));
    assert_eq!(project.database.psql("SELECT version_num FROM alembic_version"), "d4");
    assert_eq!(
        project.database.psql("SELECT action || ' ' || detail || ' ' || result FROM mainstay.journal"),
        "migrate up a1 b2 c3 d4 ok"
    );

    // Nothing pending: the program is not even started, so it need not be there.
    project.program("alembic", "echo started; exit 1");
    project.heard.all();
    assert!(project.open().prepare().await.expect("nothing to do").migrations.is_none());
    assert_eq!(project.heard.all(), [""; 0]);
    std::fs::remove_file(project.path(".venv/bin/alembic")).expect("removed");

    // The merge has one way back that keeps both branches, then one of them is undone.
    assert_eq!(
        project.down(Goal::DownSteps(1)).await.expect("goes back").report.expect("a report").done[0].version.as_str(),
        "d4"
    );
    assert_eq!(project.standing().await, ["a1 applied", "b2 applied", "c3 applied", "d4 pending"]);
    let status = project.open().status().await.expect("a status").migrations.expect("migrations");
    assert_eq!((status.version, status.applied), (Some(Version::new("b2, c3")), 3));
    assert!(project.up().await.expect("again").report.is_some());

    project.database.psql("INSERT INTO account VALUES (1, 'kept')");
    project.file(
        "mainstay.toml",
        "[migrations]\nrunner = { up = \"alembic upgrade head\", down = \"alembic downgrade {to}\" }\n",
    );
    let refused = project.down(Goal::DownTo(Version::new("0"))).await.expect_err("it drops a column with rows");
    assert_eq!(refused.kind(), ErrorKind::Refused, "{refused:?}");
    project.allow = vec![Hazard::DeletesData];
    let back = project.down(Goal::DownTo(Version::new("a1"))).await.expect("goes back");
    assert!(matches!(back.safety, SafetyOutcome::Taken(_)), "{back:?}");
    assert_eq!(project.standing().await, ["a1 applied", "b2 pending", "c3 pending", "d4 pending"]);
}

#[tokio::test]
async fn rows_are_lost_only_by_name_and_behind_a_copy() {
    let mut project = project();
    revision(&project, "a1", "None", "op.execute('CREATE TABLE t AS SELECT 1 AS a')", "op.drop_table('t')");
    project.up().await.expect("applies");
    revision(&project, "b2", "'a1'", "op.drop_table('t')", "raise RuntimeError('gone')");
    let refused = project.up().await.expect_err("it drops a table with rows");
    insta::assert_snapshot!(told(&refused, &project), @r#"
    Refused: refused to run alembic upgrade head: it drops table t, which cannot be undone (hazard deletes-data)
    at alembic/versions/b2_step.py:9:5
    hint: nothing was run; read it first: mainstay migrate plan
    hint: allow it by name: --allow deletes-data, or the line `# mainstay: allow deletes-data` at the head of the file
    "#);
    assert_eq!(project.database.psql("SELECT count(*) FROM t"), "1");
    project.allow = vec![Hazard::DeletesData];
    assert!(matches!(project.up().await.expect("applies").safety, SafetyOutcome::Taken(_)));
    let never = project.down(Goal::DownSteps(1)).await.expect_err("it raises");
    insta::assert_snapshot!(told(&never, &project), @r#"
    Source: b2_step cannot be undone: its downgrade raises
    at alembic/versions/b2_step.py:13:5
    hint: write a way back into alembic/versions/b2_step.py, or restore a copy
    "#);
}

#[tokio::test]
async fn to_a_version_and_no_further() {
    let project = branched();
    let database = project.builder().to(Some(Version::new("b"))).build().expect("builds");
    let source = database.migrations().expect("reads").expect("migrations");
    database.migrate(source.as_ref(), &Goal::Up).await.expect("applies");
    assert_eq!(project.standing().await, ["a1 applied", "b2 applied", "c3 pending", "d4 pending"]);
    project.up().await.expect("applies");
    let error = database.migrate(source.as_ref(), &Goal::Up).await.expect_err("the database is above it");
    assert_eq!(error.kind(), ErrorKind::Verification, "{error:?}");
    let error = project.builder().to(Some(Version::new("z9"))).build().expect("builds");
    let error = error.migrate(source.as_ref(), &Goal::Up).await.err().map(|error: Error| error.message().to_owned());
    assert!(error.is_some_and(|message| message.contains("z9")));
}

/// Alembic alone fails one of two that begin with an empty database: both make alembic_version.
#[tokio::test]
async fn two_at_once_both_succeed() {
    let project = branched();
    let (one, other) = (project.open(), project.open());
    let (one, other) = tokio::join!(one.prepare(), other.prepare());
    let done = |prepared: mainstay::Result<mainstay::prepare::Prepared>| {
        prepared.expect("prepares").migrations.map_or(0, |it| it.done.len())
    };
    assert_eq!(done(one) + done(other), 4, "one of them applied all, the other none");
}

#[tokio::test]
async fn a_new_revision_is_alembics_and_wants_an_up_to_date_database() {
    let project = branched();
    let refused = project.new_migration("more").await.expect_err("pending");
    insta::assert_snapshot!(told(&refused, &project), @r#"
    Refused: the database is not up to date: a1, b2, c3, d4 must be applied first
    hint: mainstay migrate up
    "#);
    project.up().await.expect("applies");
    let files = project.new_migration("My change; rm -rf $HOME 'x'").await.expect("writes");
    let text = std::fs::read_to_string(&files[0]).expect("a file");
    assert!(
        text.starts_with("\"\"\"My change; rm -rf $HOME 'x'\"\"\"\n") && text.contains("down_revision = 'd4'"),
        "{text}"
    );
    assert_eq!(project.lines().await.iter().filter(|line| line.state == "pending").count(), 1);
}

/// It fails in its third revision, behind a block that was committed: the ledger says how far it came.
#[tokio::test]
async fn a_failure_half_way_says_where_the_database_is() {
    let project = branched();
    project.up().await.expect("applies");
    project.database.psql("INSERT INTO account VALUES (1)");
    revision(
        &project,
        "e5",
        "'d4'",
        "with op.get_context().autocommit_block():\n        op.execute('CREATE TABLE e5 ()')",
        "op.drop_table('e5')",
    );
    revision(&project, "f6", "'e5'", "op.execute('SELECT 1/0')", "pass");
    let error = project.up().await.expect_err("it divides by zero");
    let told = told(&error, &project);
    let (words, hints) = told.split_once("hint: ").expect("hints");
    assert!(words.contains("`alembic upgrade head` failed (exit status: 1)\nbecause: "), "{words}");
    assert!(words.contains("division by zero"), "{words}");
    insta::assert_snapshot!(hints, @r#"
    the database is at d4; nothing was applied
    hint: e5_step ends its transaction on the way (alembic/versions/e5_step.py:9): what it did up to there stays
    hint: mend what its last lines name, then: mainstay migrate up
    hint: the database as it was before is in [project]/backups/[copy]
    "#);
    let copies: Vec<_> = std::fs::read_dir(project.path("backups")).expect("copies").collect();
    assert_eq!(copies.len(), 1);
}

#[tokio::test]
async fn a_revision_without_its_file_and_a_table_of_somebody_elses() {
    let project = branched();
    project
        .database
        .psql("CREATE TABLE alembic_version (version_num varchar(32)); INSERT INTO alembic_version VALUES ('zz')");
    insta::assert_snapshot!(told(&project.up().await.expect_err("unknown"), &project), @r#"
    Verification: the database is at revision zz, and no file in [project]/alembic/versions is that
    hint: bring its file back, or start the service's newer version; then: mainstay migrate status
    hint: nothing was run; mainstay migrate status shows all of it
    "#);
    assert_eq!(project.standing().await.last().map(String::as_str), Some("zz missing"));
    let status = project.open().status().await.expect("a status").migrations.expect("migrations");
    assert_eq!(status.problems.len(), 1, "{status:?}");
    project.database.psql("DROP TABLE alembic_version; CREATE TABLE alembic_version (a int)");
    let another = project.up().await.expect_err("another's table");
    insta::assert_snapshot!(told(&another, &project), @r#"
    Verification: the table alembic_version is not as Alembic keeps it
    because: column "version_num" does not exist
    hint: is it another program's? See what it is made of: mainstay describe alembic_version
    "#);
    project.database.psql("DROP TABLE alembic_version; CREATE TABLE _sqlx_migrations (version bigint)");
    let error = project.up().await.expect_err("another tool's database");
    assert!(error.message().contains("its migrations are kept by sqlx"), "{error:?}");
}

#[tokio::test]
async fn two_heads_stop_everything_before_anything() {
    let project = branched();
    revision(&project, "e5", "'c3'", "pass", "pass");
    insta::assert_snapshot!(told(&project.up().await.expect_err("two heads"), &project), @r#"
    Verification: alembic/versions/e5_step.py:4: there are 2 heads: d4_step, e5_step; join them: alembic merge heads -m merge
    hint: mend the files, then: mainstay migrate check
    hint: nothing was run; mainstay migrate status shows all of it
    "#);
    assert_eq!(project.database.psql("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"), "0");
}

#[tokio::test]
async fn scripts_beside_revisions_are_two_dialects() {
    let project = branched();
    project
        .file("mainstay.toml", "[migrations]\ndir = \"alembic/versions\"\n")
        .file("alembic/versions/1_x.up.sql", "SELECT 1;");
    let error = project.open().migrations().err().expect("two dialects");
    insta::assert_snapshot!(told(&error, &project), @r#"
    Source: the migrations folder [project]/alembic/versions holds two dialects: revisions of Alembic, and scripts (`1_x.up.sql`)
    hint: say which one it is, in mainstay.toml under [migrations]: dialect = "alembic"
    "#);
}

/// `-1` is what people type, and right where the history is a line.
#[tokio::test]
async fn one_step_back_must_be_one() {
    let project = project();
    for (id, before) in [("a1", "None"), ("b2", "'a1'"), ("c3", "'b2'")] {
        revision(&project, id, before, "op.execute('SELECT 1')", "op.execute('SELECT 2')");
    }
    let line = |down: &str| {
        format!("[migrations]\nrunner = {{ up = \"alembic upgrade head\", down = \"alembic downgrade {down}\" }}\n")
    };
    project.file("mainstay.toml", &line("-1"));
    project.up().await.expect("applies");
    project.down(Goal::DownSteps(1)).await.expect("goes back");
    assert_eq!(project.standing().await, ["a1 applied", "b2 applied", "c3 pending"]);
    project.file("mainstay.toml", &line("base"));
    let error = project.down(Goal::DownSteps(1)).await.expect_err("it undoes two");
    insta::assert_snapshot!(told(&error, &project), @r#"
    Verification: `alembic downgrade base` undid a1, b2, and only b2_step was to be undone
    hint: it must go back one revision: runner = { down = "alembic downgrade {to}" } under [migrations] in mainstay.toml
    hint: to have them back: mainstay migrate up
    "#);
}

/// The program logs in as the service does, and what it makes belongs to the owner.
#[tokio::test]
async fn objects_belong_to_the_owner() {
    let project = branched();
    let config = std::fs::read_to_string(project.path("mainstay.toml")).expect("reads");
    project.file("mainstay.toml", &format!("[database]\nowner = \"alembics owner\"\n{config}"));
    let name = project.database.name();
    project.database.psql(&format!(
        "CREATE ROLE \"alembics owner\"; GRANT CREATE ON SCHEMA public TO \"alembics owner\"; GRANT CREATE ON DATABASE {name} TO \"alembics owner\""
    ));
    project.up().await.expect("applies");
    let owners =
        project.database.psql("SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname IN ('public', 'mainstay')");
    assert_eq!(owners, "alembics owner");
}

#[tokio::test]
async fn an_sqlite_file_is_handed_on_too() {
    let project = project();
    revision(&project, "a1", "None", "op.execute('CREATE TABLE t (a)')", "op.drop_table('t')");
    let url = format!("sqlite:{}", project.path("service.sqlite3").display());
    let path = format!("{}:/usr/bin:/bin", mainstay_testing::python_peers().display());
    let vars = [("DATABASE_URL", url), ("PATH", path)].map(|(name, value)| (name.to_owned(), value));
    let database = mainstay::Database::project(project.folder.path()).vars(vars).build().expect("builds");
    assert_eq!(database.prepare().await.expect("prepares").version, Some(Version::new("a1")));
    assert!(database.prepare().await.expect("nothing to do").migrations.is_none());
    let mut session = database.connect().await.expect("opens");
    assert_eq!(
        session.query("SELECT version_num FROM alembic_version").await.expect("reads")[0][0].as_deref(),
        Some("a1")
    );
}
