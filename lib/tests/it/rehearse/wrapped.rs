//! Another tool's migrations, run by that tool on the clone.

use mainstay::plan::LockMode;
use mainstay::rehearse::Means;

use super::Lab;

const ENV: &str = r#"import os

from alembic import context
from sqlalchemy import create_engine

with create_engine(os.environ["DATABASE_URL"]).connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
"#;

/// The real Alembic is given the clone as it would be given the database.
#[tokio::test]
async fn alembic_runs_on_the_clone() {
    let mut lab =
        Lab::new("CREATE TABLE log (id int PRIMARY KEY, note text); INSERT INTO log VALUES (1, 'a'), (2, 'b')");
    lab.path = format!("{}:{}", mainstay_testing::python_peers().display(), lab.path);
    lab.scheme = "postgresql+psycopg".to_owned();
    lab.file("alembic.ini", "[alembic]\nscript_location = %(here)s/alembic\n")
        .file("alembic/env.py", ENV)
        .file("mainstay.toml", "[migrations]\nrunner = { up = \"alembic upgrade {to}\" }\n")
        .file(
            "alembic/versions/a1_step.py",
            "from alembic import op\nimport sqlalchemy as sa\n\nrevision = \"a1\"\ndown_revision = None\n\n\ndef upgrade():\n    \
             op.alter_column('log', 'note', type_=sa.Integer, postgresql_using='length(note)')\n    \
             op.execute('DELETE FROM log WHERE id = 1')\n    op.execute('SELECT pg_sleep(0.5)')\n\n\ndef downgrade():\n    pass\n",
        );
    let rehearsal = lab.rehearsed(Means::Any).await;
    let one = &rehearsal.migrations[0];
    assert_eq!((one.failure.as_ref(), one.rows.len()), (None, 1), "{one:?}");
    assert_eq!((one.rows[0].table.name.as_str(), one.rows[0].lost()), ("log", 1));
    assert!(one.polled && one.statements.is_empty());
    assert_eq!((one.locks[0].table.name.as_str(), one.locks[0].mode), ("log", LockMode::AccessExclusive));
    assert_eq!(one.rewritten[0].table.name, "log");

    lab.file(
        "alembic/versions/b2_step.py",
        "from alembic import op\n\nrevision = \"b2\"\ndown_revision = \"a1\"\n\n\ndef upgrade():\n    \
         op.execute('SELECT nothing')\n\n\ndef downgrade():\n    pass\n",
    );
    let rehearsal = lab.rehearsed(Means::Any).await;
    let failure = rehearsal.migrations[0].failure.as_ref().unwrap();
    assert!(failure.causes.concat().contains("nothing"), "{failure:?}");
}
