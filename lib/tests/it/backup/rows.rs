//! When there is something to lose.

use mainstay::backup::has_rows;
use mainstay::conn::Target;
use mainstay::engine::connect;
use mainstay_testing::server;

use super::context;

async fn rows_in(target: &Target) -> bool {
    let mut session = connect(target, &context()).await.unwrap();
    has_rows(session.as_mut()).await.unwrap()
}

#[tokio::test]
async fn only_rows_of_the_users_own_count() {
    let cases = [
        ("", false),
        ("CREATE TABLE a (n int)", false),
        ("CREATE TABLE a (n int); INSERT INTO a VALUES (1)", true),
        ("CREATE TABLE a (n int); INSERT INTO a VALUES (1); DELETE FROM a", false),
        ("CREATE SCHEMA \"S t\"; CREATE TABLE \"S t\".\"it's \"\"a\"\"\" AS SELECT 1", true),
        ("CREATE SCHEMA mainstay; CREATE TABLE mainstay.migration AS SELECT 1", false),
        ("CREATE TABLE schema_migrations AS SELECT 1 AS version", false),
        ("CREATE TABLE schema_version AS SELECT 1 AS version", true),
        ("CREATE TABLE \"__EFMigrationsHistory\" AS SELECT 1 AS \"MigrationId\", 2 AS \"ProductVersion\"", false),
        ("CREATE TABLE schemaversion AS SELECT 1 AS version", false),
        ("CREATE TABLE south_migrationhistory AS SELECT 1 AS app_name, 2 AS migration, 3 AS applied", false),
        ("CREATE MATERIALIZED VIEW v AS SELECT 1", false),
        (
            "CREATE TABLE p (n int) PARTITION BY LIST (n); CREATE TABLE p1 PARTITION OF p DEFAULT; INSERT INTO p VALUES (1)",
            true,
        ),
        ("SELECT lo_create(0)", true),
        ("CREATE UNLOGGED TABLE u AS SELECT 1", true),
        ("CREATE TABLE n (); INSERT INTO n DEFAULT VALUES", true),
    ];
    for (sql, expected) in cases {
        let database = server().database();
        database.psql(sql);
        assert_eq!(rows_in(&database.target()).await, expected, "{sql}");
    }
}

#[tokio::test]
async fn rows_that_the_role_cannot_see_count_too() {
    let database = server().database();
    let role = format!("blind_{}", database.name());
    database.psql(&format!("CREATE ROLE {role} LOGIN; CREATE TABLE a AS SELECT 1 AS n"));
    assert!(rows_in(&database.target_as(&role)).await, "no right to read");
    database.psql(&format!("GRANT SELECT ON a TO {role}; ALTER TABLE a ENABLE ROW LEVEL SECURITY"));
    assert!(rows_in(&database.target_as(&role)).await, "row security");
}

#[tokio::test]
async fn many_tables_are_asked_about_in_several_queries() {
    let database = server().database();
    database.psql(
        "SELECT format('CREATE TABLE t%s (n int); INSERT INTO t%s VALUES (1); DELETE FROM t%s', n, n, n)
         FROM generate_series(1, 120) AS n \\gexec",
    );
    assert!(!rows_in(&database.target()).await);
    database.psql("INSERT INTO t60 VALUES (1)");
    assert!(rows_in(&database.target()).await);
}
