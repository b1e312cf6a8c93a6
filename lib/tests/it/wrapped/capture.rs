//! Another tool's whole chain, captured from a real run as migrations of our own, and adopted.

use mainstay::adopt::{Grounds, Request};
use mainstay::capture::{Capture, capture};
use mainstay::config::CommandLine;
use mainstay::{Error, ErrorKind, Result};

use super::{Project, alembic, django, told};

async fn captured(project: &Project, words: &[&str]) -> Result<Capture> {
    let builder = project.builder();
    let line = CommandLine::of_words(words.iter().map(|word| (*word).to_owned()).collect()).expect("words");
    let folder = project.path("migrations");
    capture(&builder.states()?, &builder.workshop()?, &line, &folder, "20261121").await
}

/// The project's folder becomes that of the captured files, and its database is taken over.
async fn adopted(project: &Project, at: Option<&str>) -> Result<usize> {
    project.file("mainstay.toml", "[migrations]\ndir = \"migrations\"\ndialect = \"mainstay\"\n");
    let database = project.open();
    let folder = database.folder()?.expect("a folder");
    let adoption = database.adoption(&folder, &Request { at: at.map(str::to_owned) }).await?;
    let proof = database.prove(&folder, &adoption).await?;
    database.adopt(&folder, &adoption, Grounds::Proven(&proof)).await?;
    Ok(adoption.pending)
}

fn names(capture: &Capture) -> Vec<&str> {
    capture.files.iter().map(|file| file.name.as_str()).collect()
}

fn text(project: &Project, name: &str) -> String {
    std::fs::read_to_string(project.path("migrations").join(name)).expect("reads")
}

/// Rows with everything that is hard to write down, in statements of the tool's own and of the driver's.
fn hard_rows(project: &Project) {
    alembic::revision(
        project,
        "a1",
        "None",
        "op.create_table('note', sa.Column('id', sa.Integer, primary_key=True), sa.Column('text', sa.Text), \
         sa.Column('raw', sa.LargeBinary), sa.Column('tags', sa.ARRAY(sa.Text)), sa.Column('doc', sa.JSON), \
         sa.Column('made', sa.DateTime(timezone=True), server_default=sa.text('now()')))",
        "op.drop_table('note')",
    );
    alembic::revision(
        project,
        "b2",
        "'a1'",
        "note = sa.table('note', sa.column('text', sa.Text), sa.column('raw', sa.LargeBinary), \
         sa.column('tags', sa.ARRAY(sa.Text)), sa.column('doc', sa.JSON))\n    \
         op.bulk_insert(note, [dict(text=\"it's; -- \\\\ $1 %s\", raw=b'\\x00\\xff\\'', tags=['a,b', None, 'c\"d'], \
         doc={'k': [1, None, 'ü']}), dict(text=None, raw=None, tags=None, doc=None)])\n    \
         op.get_bind().execute(sa.text('UPDATE note SET text = text || :more WHERE id = :id'), dict(more='!', id=1))\n    \
         assert op.get_bind().execute(sa.text('SELECT count(*) FROM note')).scalar() == 2",
        "op.execute('DELETE FROM note')",
    );
    alembic::revision(
        project,
        "c3",
        "'b2'",
        "op.execute(\"CREATE TYPE mood AS ENUM ('a')\")\n    op.add_column('note', sa.Column('mood', sa.Enum('a', name='mood', \
         create_type=False)))\n    with op.get_context().autocommit_block():\n        op.execute(\"ALTER TYPE mood ADD VALUE 'b'\")\n        \
         op.execute('CREATE INDEX CONCURRENTLY note_text ON note (text)')\n    op.execute(\"UPDATE note SET mood = 'b'\")",
        "pass",
    );
    alembic::revision(project, "d4", "'c3'", "pass", "pass");
}

const ROWS: &str = "SELECT row_to_json(n)::text FROM (SELECT id, text, raw, tags, doc, mood FROM note ORDER BY id) n";

#[tokio::test]
async fn alembics_chain_becomes_files_that_make_the_same() {
    let project = alembic::project();
    hard_rows(&project);
    project.up().await.expect("the real one applies");
    let capture = captured(&project, &["alembic", "upgrade", "head"]).await.expect("captures");
    assert_eq!(
        names(&capture),
        [
            "20261121000001_a1.up.sql",
            "20261121000002_b2.up.sql",
            "20261121000003_c3.up.sql",
            "20261121000004_d4.up.sql"
        ]
    );
    assert_eq!(capture.tool, Some("Alembic"));
    assert_eq!(capture.files.iter().map(|file| file.no_transaction).collect::<Vec<_>>(), [false, false, true, false]);
    assert_eq!(capture.rows, [("public.note".to_owned(), 2)]);
    assert_eq!(capture.varying, ["public.note has other values in made"]);
    assert!(!project.path("migrations").exists(), "nothing is written before it is asked for");
    capture.write().expect("writes");
    let third = text(&project, "20261121000003_c3.up.sql");
    insta::assert_snapshot!(third, @r"
    -- Alembic c3
    -- mainstay: no-transaction

    CREATE TYPE mood AS ENUM ('a');

    ALTER TABLE note ADD COLUMN mood mood;

    ALTER TYPE mood ADD VALUE 'b';

    CREATE INDEX CONCURRENTLY note_text ON note (text);

    UPDATE note SET mood = 'b';
    ");

    // What the tool has migrated is taken over, and a new database has the same rows.
    let before = project.database.psql(ROWS);
    assert_eq!(adopted(&project, None).await.expect("adopts"), 0);
    assert_eq!(project.database.psql(ROWS), before);
    let mut new = Project::new();
    std::mem::swap(&mut new.folder, &mut { project }.folder);
    new.up().await.expect("from nothing");
    assert_eq!(new.database.psql(ROWS), before);
}

#[tokio::test]
async fn djangos_chain_with_its_packages_becomes_files() {
    let project = django::project();
    project.file(
        "shop/migrations/0003_rows.py",
        r#"from django.db import migrations


def fill(apps, schema_editor):
    order = apps.get_model("shop", "Order")
    order.objects.create(note="it's 100% \\ $1", price=-3)
    order.objects.bulk_create([order(note="ü"), order(price=7)])


class Migration(migrations.Migration):
    dependencies = [("shop", "0002_price")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
"#,
    );
    project.file(
        "shop/migrations/0004_index.py",
        r#"from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("shop", "0003_rows")]
    operations = [AddIndexConcurrently("order", models.Index(fields=["price"], name="by_price"))]
"#,
    );
    project.up().await.expect("the real one applies");
    let capture = captured(&project, &["python", "manage.py", "migrate", "--noinput"]).await.expect("captures");
    let last = names(&capture);
    assert_eq!(
        last[last.len() - 4..].iter().map(|name| &name[14..]).collect::<Vec<_>>(),
        ["_shop_0001_initial.up.sql", "_shop_0002_price.up.sql", "_shop_0003_rows.up.sql", "_shop_0004_index.up.sql"]
    );
    assert_eq!(capture.tool, Some("Django"));
    assert!(capture.files[capture.files.len() - 1].no_transaction);
    capture.write().expect("writes");
    let before = project.database.psql("SELECT note, price FROM shop_order ORDER BY id");
    assert_eq!(adopted(&project, None).await.expect("adopts"), 0);
    let mut new = Project::new();
    std::mem::swap(&mut new.folder, &mut { project }.folder);
    new.up().await.expect("from nothing");
    assert_eq!(new.database.psql("SELECT note, price FROM shop_order ORDER BY id"), before);
    // Rows that Django fills in when all is done belong to the last.
    assert_ne!(new.database.psql("SELECT count(*) FROM auth_permission"), "0");
}

#[tokio::test]
async fn a_program_without_a_ledger_is_one_migration() {
    let project = Project::new();
    project.file(
        "schema.sql",
        "CREATE TABLE a (x int);\nBEGIN; CREATE TABLE gone (); ROLLBACK;\nINSERT INTO a VALUES (1);\n",
    );
    project.program("make", "psql -X -q -v ON_ERROR_STOP=1 -f schema.sql && psql -X -q -c 'CREATE TABLE b (y int)'");
    let capture = captured(&project, &["make"]).await.expect("captures");
    assert_eq!((names(&capture), capture.tool), (vec!["20261121000001_captured.up.sql"], None));
    assert_eq!((capture.files[0].statements, capture.files[0].no_transaction), (3, false));
    capture.write().expect("writes");
    project.database.psql("CREATE TABLE a (x int); CREATE TABLE b (y int)");
    assert_eq!(adopted(&project, Some("20261121000001")).await.expect("adopts"), 0);
}

async fn refused(project: &Project, words: &[&str]) -> Error {
    let error = captured(project, words).await.expect_err("refused");
    assert!(!project.path("migrations").exists(), "{error:?}");
    error
}

#[tokio::test]
async fn a_chain_that_fails_half_way_writes_nothing() {
    let project = alembic::project();
    hard_rows(&project);
    alembic::revision(&project, "e5", "'d4'", "op.execute('DROP TABLE nowhere')", "pass");
    let error = refused(&project, &["alembic", "upgrade", "head"]).await;
    assert_eq!(error.kind(), ErrorKind::Program, "{error:?}");
    assert!(error.causes().join(" ").contains("nowhere"), "{error:?}");
    assert!(error.hints()[0].starts_with("nothing was written"), "{error:?}");
}

#[tokio::test]
async fn what_no_log_has_is_refused() {
    let project = Project::new();
    project.program("idle", "true");
    insta::assert_snapshot!(told(&refused(&project, &["idle"]).await, &project), @r"
    Verification: `idle` ended well, but has changed nothing
    because: an empty database on a private server was waiting for it
    hint: it must connect by the DATABASE_URL that it is given, or by PG*: did it go to another database?
    ");
    project.program("copy", "psql -X -q -c 'CREATE TABLE a (x int)'; echo 1 | psql -X -q -c 'COPY a FROM stdin'");
    insta::assert_snapshot!(told(&refused(&project, &["copy"]).await, &project), @r"
    Unsupported: rows came by COPY … FROM stdin, which no log has
    because: COPY a FROM stdin
    hint: let the revision insert them by statements, then try again
    ");
    project.program("hidden", "psql -X -q -c 'CREATE TABLE a (x int)' -c \"DO 'BEGIN PERFORM lo_create(0); END'\"");
    assert_eq!(refused(&project, &["hidden"]).await.kind(), ErrorKind::Unsupported);
    assert_eq!(refused(&project, &["nobody"]).await.kind(), ErrorKind::Program);
    project.file("migrations/1_a.up.sql", "");
    let error = captured(&project, &["idle"]).await.expect_err("there are files");
    assert_eq!(error.kind(), ErrorKind::Usage, "{error:?}");
}

/// What a program does for another database than the one it was given is not seen, and so not written.
#[tokio::test]
async fn rows_that_come_from_elsewhere_are_noticed() {
    let project = Project::new();
    project.program(
        "make",
        "psql -X -q -c 'CREATE TABLE a (x text)' -c \"INSERT INTO a SELECT pg_backend_pid()::text || current_setting('port')\" \
         -c \"INSERT INTO a SELECT 'captured' WHERE current_setting('logging_collector') = 'on'\"",
    );
    let error = refused(&project, &["make"]).await;
    assert_eq!(error.kind(), ErrorKind::Verification, "{error:?}");
    assert!(error.causes().join(" ").contains("public.a has 2 and 1 rows"), "{error:?}");
}
