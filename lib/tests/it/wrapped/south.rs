//! South's ledger, as ToMaTo's captured statements write it. South itself runs on Python 2 only.

use super::{Project, told};

fn migration(forwards: &str) -> String {
    format!(
        "from south.v2 import SchemaMigration\nclass Migration(SchemaMigration):\n    def forwards(self, orm):\n        {forwards}\n    def backwards(self, orm):\n        pass\n    models = {{}}\n"
    )
}

#[tokio::test]
async fn the_ledger_is_read_and_the_runner_brings_it_up() {
    let project = Project::new();
    project
        .file("tomato/migrations/0001_initial.py", &migration("db.create_table('host')"))
        .file("tomato/migrations/0002_time.py", &migration("db.add_column('host', 'time')"))
        .file("manage.py", "")
        .file("mainstay.toml", "[migrations]\nrunner = { up = \"south\" }\n");
    project.database.psql(
        "CREATE TABLE south_migrationhistory (id serial PRIMARY KEY, app_name varchar(255), migration varchar(255), applied timestamptz); \
         INSERT INTO south_migrationhistory (app_name, migration, applied) VALUES ('tomato', '0001_initial', now()), ('auth', '0001_x', now())",
    );
    assert_eq!(project.standing().await, ["tomato.0001_initial applied", "tomato.0002_time pending"]);
    let psql = mainstay_testing::server().binaries().program("psql");
    let insert =
        "INSERT INTO south_migrationhistory (app_name, migration, applied) VALUES ('tomato', '0002_time', now())";
    project.program("south", &format!("{} -qc \"{insert}\"", psql.display()));
    assert_eq!(
        project.up().await.expect("applies").version.map(|version| version.to_string()).as_deref(),
        Some("tomato.0002_time")
    );
    project.database.psql(
        "INSERT INTO south_migrationhistory (app_name, migration, applied) VALUES ('tomato', '0009_gone', now())",
    );
    insta::assert_snapshot!(told(&project.up().await.expect_err("its file is gone"), &project), @r#"
    Verification: the database is at revision tomato.0009_gone, and no file in [project] is that
    hint: bring its file back, or start the service's newer version; then: mainstay migrate status
    hint: nothing was run; mainstay migrate status shows all of it
    "#);
}
