//! What an attack has found: no row is lost, doubled or changed without a word.

use mainstay::ErrorKind;
use mainstay::data::Options;

use super::lab::{Lab, ask};

#[tokio::test]
async fn a_load_goes_on_in_the_order_of_tables_that_it_was_begun_in() {
    let lab = Lab::new();
    let (_, from) = lab.sqlite(
        "from.db",
        "CREATE TABLE a (id integer, b integer); CREATE TABLE b (id integer PRIMARY KEY);
         WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 500) INSERT INTO a SELECT n, n FROM n;
         INSERT INTO b SELECT id FROM a",
    );
    lab.dump(&from, "dump").await;
    let (database, to) =
        lab.postgres("CREATE TABLE a (id bigint CHECK (id < 150), b bigint); CREATE TABLE b (id bigint PRIMARY KEY)");
    let batches = Options { batch: Some(50), ..Options::default() };
    lab.load_with("dump", &to, &batches).await.unwrap_err();
    assert_eq!(database.psql("SELECT count(*) FROM a"), "100");
    // By now the other table has to come first.
    database.psql("ALTER TABLE a DROP CONSTRAINT a_id_check; INSERT INTO b SELECT generate_series(1, 100)");
    database.psql("ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES b");
    let skip = Options { on_conflict: mainstay::data::OnConflict::Skip, ..batches };
    let error = lab.load_with("dump", &to, &skip).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused);
    assert!(error.message().contains("in another order"), "{error:?}");
    assert_eq!(database.psql("SELECT count(*) FROM a"), "100");
}

#[tokio::test]
async fn two_columns_do_not_become_one() {
    let lab = Lab::new();
    let (_, from) =
        lab.postgres("CREATE TABLE t (id int PRIMARY KEY, a text, \"A\" text); INSERT INTO t VALUES (1, 'x', 'y')");
    let (path, to) = lab.sqlite("to.db", "CREATE TABLE t (id integer PRIMARY KEY, a text)");
    let error = lab.copy(&from, &to).await.unwrap_err();
    assert!(error.message().contains("two columns of the dump"), "{error:?}");
    assert_eq!(ask(&path, "SELECT count(*) FROM t"), "0");
}

#[tokio::test]
async fn a_tables_own_on_conflict_does_not_overrule_ours() {
    let lab = Lab::new();
    let (_, from) =
        lab.sqlite("from.db", "CREATE TABLE t (id integer PRIMARY KEY, u text); INSERT INTO t VALUES (3, 'new')");
    let (path, to) = lab.sqlite(
        "to.db",
        "CREATE TABLE t (id integer PRIMARY KEY ON CONFLICT REPLACE, u text UNIQUE ON CONFLICT IGNORE);
         INSERT INTO t VALUES (3, 'precious')",
    );
    assert!(lab.copy(&from, &to).await.is_err());
    assert_eq!(ask(&path, "SELECT u FROM t"), "precious");
    let (path, to) = lab
        .sqlite("null.db", "CREATE TABLE t (id integer PRIMARY KEY, u text NOT NULL ON CONFLICT REPLACE DEFAULT 'D')");
    let (_, from) =
        lab.sqlite("nulls.db", "CREATE TABLE t (id integer PRIMARY KEY, u text); INSERT INTO t VALUES (1, NULL)");
    assert!(lab.copy(&from, &to).await.is_err());
    assert_eq!(ask(&path, "SELECT count(*) FROM t"), "0");
}

#[tokio::test]
async fn a_domain_of_the_same_name_does_not_round() {
    let lab = Lab::new();
    let with = |domain: &str| format!("CREATE DOMAIN price AS {domain}; CREATE TABLE t (id int PRIMARY KEY, p price)");
    let (_, from) = lab.postgres(&format!("{}; INSERT INTO t VALUES (1, 0.15)", with("numeric(10,2)")));
    let (database, to) = lab.postgres(&with("numeric(10,1)"));
    let error = lab.copy(&from, &to).await.unwrap_err();
    assert!(format!("{error:?}").contains("0.15"), "{error:?}");
    assert_eq!(database.psql("SELECT count(*) FROM t"), "0");
    let (database, to) = lab.postgres(&with("numeric(10,2)"));
    lab.copy(&from, &to).await.unwrap();
    assert_eq!(database.psql("SELECT p FROM t"), "0.15");
}

#[tokio::test]
async fn rows_of_tables_that_inherit_are_no_rows_of_the_table() {
    let lab = Lab::new();
    let ddl = "CREATE TABLE p (id int PRIMARY KEY, v text); CREATE TABLE c (PRIMARY KEY (id)) INHERITS (p)";
    let (_, from) = lab.postgres(&format!("{ddl}; INSERT INTO p VALUES (1, 'new')"));
    lab.dump(&from, "dump").await;
    let (database, to) =
        lab.postgres(&format!("{ddl}; INSERT INTO p VALUES (1, 'old'); INSERT INTO c VALUES (1, 'own')"));
    let update = Options { on_conflict: mainstay::data::OnConflict::Update, ..Options::default() };
    lab.load_with("dump", &to, &update).await.unwrap();
    assert_eq!(database.psql("SELECT string_agg(v, ' ' ORDER BY v) FROM p"), "new own");
}

#[tokio::test]
async fn a_dump_is_made_of_plain_files() {
    let lab = Lab::new();
    let (_, from) = lab.sqlite("from.db", "CREATE TABLE t (id integer PRIMARY KEY); INSERT INTO t VALUES (1)");
    lab.dump(&from, "dump").await;
    let file = lab.path("dump").join("t.jsonl");
    std::fs::remove_file(&file).unwrap();
    std::os::unix::fs::symlink("/dev/zero", &file).unwrap();
    let (_, to) = lab.sqlite("to.db", "CREATE TABLE t (id integer PRIMARY KEY)");
    let error = lab.load("dump", &to).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Verification);
    assert!(error.message().contains("is no plain file"), "{error:?}");
}
