//! Programs that are not there, lie, hang, or say too much.

use std::time::Duration;

use mainstay::{Error, ErrorKind};

use super::{Project, told};

/// One revision of Alembic's and a runner that is not Alembic.
fn project(runner: &str) -> Project {
    let project = Project::new();
    project
        .file(
            "versions/a1_x.py",
            "revision = 'a1'\ndown_revision = None\ndef upgrade(): op.x()\ndef downgrade(): op.y()\n",
        )
        .file("mainstay.toml", &format!("[migrations]\ndir = \"versions\"\n{runner}\n"));
    project
}

async fn refused(project: &Project) -> Error {
    project.up().await.expect_err("it cannot be run")
}

#[tokio::test]
async fn no_runner_and_none_installed() {
    let project = project("");
    insta::assert_snapshot!(told(&refused(&project).await, &project), @r#"
    Config: these migrations are Alembic's, and [migrations] runner has no `up`
    hint: write into mainstay.toml, under [migrations]: runner = { up = "alembic upgrade head" }
    "#);
    project.file("mainstay.toml", "[migrations]\ndir = \"versions\"\nrunner = { up = \"alembik upgrade head\" }\n");
    let error = refused(&project).await;
    assert_eq!((error.kind(), error.message()), (ErrorKind::Program, "there is no program `alembik` to run"));
    assert!(error.causes()[0].contains(".venv/bin, ") && error.causes()[0].contains("/usr/bin"), "{error:?}");
    assert!(!project.path("backups").exists());
}

#[tokio::test]
async fn one_that_ends_well_and_has_done_nothing_is_not_believed() {
    let project = project("runner = { up = \"true\", new = \"true {name}\" }");
    insta::assert_snapshot!(told(&refused(&project).await, &project), @r#"
    Verification: `true` ended well, but applied nothing: the database has no revision
    because: alembic_version in `[db]` says so
    hint: does it work on another database? It must connect by the DATABASE_URL that it is given, or by PG*
    hint: see where this one stands: mainstay migrate status
    "#);
    project.database.psql("CREATE TABLE alembic_version (version_num text); INSERT INTO alembic_version VALUES ('a1')");
    let error = project.new_migration("x").await.expect_err("no file");
    insta::assert_snapshot!(told(&error, &project), @r#"
    Verification: `true x` ended well, but wrote no file into [project]/versions
    hint: does it keep its revisions elsewhere? Then set [migrations] dir in mainstay.toml
    "#);
}

/// What it is given leads to this database whatever it looks at, and no argument has a password.
#[tokio::test]
async fn it_is_given_the_connection_by_its_environment() {
    let project = project("runner = { up = \"show {url}\" }");
    project.program("show", "echo \"$1\"; env | grep -E '^(DATABASE_URL|PG|POSTGRES)' | sort; exit 7");
    let error = refused(&project).await;
    assert!(error.message().ends_with("failed (exit status: 7)"), "{error:?}");
    let said = project.heard.all().join("\n");
    let name = project.database.name();
    for piece in [
        &format!("show: DATABASE_URL=postgresql+psycopg://postgres@/{name}?host="),
        &format!("show: PGDATABASE={name}"),
        &format!("show: POSTGRES_DB={name}"),
        &format!("show: POSTGRESQL_DATABASE={name}"),
    ] {
        assert!(said.contains(piece.as_str()), "{piece} is not in {said}");
    }
    assert!(said.starts_with(&format!("show: postgresql+psycopg://postgres@/{name}?")), "{said}");
}

#[tokio::test]
async fn a_password_is_in_no_argument_and_in_no_word_of_it() {
    let project = project("runner = { up = \"show {url}\" }");
    project.program("show", "echo \"$1\"; echo \"I have $PGPASSWORD and $DATABASE_URL\"; exit 1");
    let url = project.database.url() + "&password=s3cr%20t";
    let database = mainstay::Database::project(project.folder.path())
        .vars([("DATABASE_URL".to_owned(), url)])
        .observer(project.heard.clone())
        .build()
        .expect("builds");
    let error = database.prepare().await.expect_err("exit 1");
    let said = format!("{}{error:?}", project.heard.all().join("\n"));
    assert!(said.contains("I have *** and postgresql://postgres:***@/") && !said.contains("s3cr"), "{said}");
}

/// Whoever gives up waiting for it takes it along, and what it has started.
#[tokio::test]
async fn one_that_hangs_dies_with_us() {
    let project = project("runner = { up = \"hang\" }");
    project.program("hang", "sleep 600 & echo $! >pid; wait");
    let pid = project.path("pid");
    {
        let database = project.open();
        let mut running = Box::pin(database.prepare());
        let written = async {
            while std::fs::read_to_string(&pid).map_or(true, |text| !text.ends_with('\n')) {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::select! {
            ended = &mut running => panic!("{ended:?}"),
            () = written => {}
        }
    }
    let pid: i32 = std::fs::read_to_string(&pid).expect("a number").trim().parse().expect("a number");
    let lives = || std::fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z "));
    for _ in 0..500 {
        if !lives() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("process {pid} outlived the run");
}
