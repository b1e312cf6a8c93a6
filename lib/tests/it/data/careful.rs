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

#[tokio::test]
async fn no_number_is_made_of_nothing() {
    let lab = Lab::new();
    let (_, from) = lab.postgres("CREATE TABLE t (id int, v text); INSERT INTO t VALUES (NULL, 'a')");
    let (path, to) = lab.sqlite("to.db", "CREATE TABLE t (id INTEGER PRIMARY KEY, v text)");
    let error = lab.copy(&from, &to).await.unwrap_err();
    assert!(error.message().contains("column `id`: NULL would become a number"), "{error:?}");
    assert_eq!(ask(&path, "SELECT count(*) FROM t"), "0");
    // In a table whose rows have no numbers, and in a column of another type, NULL is NULL.
    let (path, to) = lab.sqlite("text.db", "CREATE TABLE t (id text PRIMARY KEY, v text)");
    lab.copy(&from, &to).await.unwrap();
    assert_eq!(ask(&path, "SELECT count(*) FROM t WHERE id IS NULL"), "1");
}

#[tokio::test]
async fn a_row_that_refers_to_nothing_is_named_beside_a_column_called_rowid() {
    let lab = Lab::new();
    let ddl = "CREATE TABLE p (id text PRIMARY KEY);
               CREATE TABLE c (a text PRIMARY KEY, rowid integer, p text REFERENCES p DEFERRABLE INITIALLY DEFERRED);";
    let (_, from) =
        lab.sqlite("from.db", &format!("PRAGMA foreign_keys = OFF; {ddl} INSERT INTO c VALUES ('x', 7, 'nobody')"));
    lab.dump(&from, "dump").await;
    let (_, to) = lab.sqlite("to.db", ddl);
    let error = lab.load("dump", &to).await.unwrap_err();
    assert_eq!((error.sqlstate(), error.place().map(|place| place.line)), (Some("23503"), Some(1)), "{error:?}");
}

#[tokio::test]
async fn a_counter_goes_on_whatever_its_column_is() {
    let lab = Lab::new();
    let ddl = "CREATE SEQUENCE a; CREATE SEQUENCE b; CREATE SEQUENCE c MAXVALUE 1000;
               CREATE TABLE words (id text DEFAULT 'A' || nextval('a'), n numeric DEFAULT nextval('b'));
               CREATE TABLE many (id int DEFAULT nextval('c') * 1000 + 7);";
    let (_, from) = lab.postgres(&format!(
        "{ddl} INSERT INTO words SELECT FROM generate_series(1, 3); INSERT INTO many DEFAULT VALUES"
    ));
    let (database, to) = lab.postgres(ddl);
    lab.copy(&from, &to).await.unwrap();
    assert_eq!(database.psql("INSERT INTO words DEFAULT VALUES RETURNING id, n").lines().next(), Some("A4|4"));
    assert_eq!(database.psql("INSERT INTO many DEFAULT VALUES RETURNING id").lines().next(), Some("2007"));
    // A number that the counter never gives is not one of its own.
    let one = "CREATE SEQUENCE a MAXVALUE 1000; CREATE TABLE t (id int DEFAULT nextval('a') PRIMARY KEY);";
    let (_, from) = lab.sqlite("from.db", "CREATE TABLE t (id integer PRIMARY KEY); INSERT INTO t VALUES (5), (70000)");
    let (database, to) = lab.postgres(one);
    lab.copy(&from, &to).await.unwrap();
    assert_eq!(database.psql("INSERT INTO t DEFAULT VALUES RETURNING id").lines().next(), Some("6"));
}

#[tokio::test]
async fn binary_numbers_come_back_as_the_server_prints_them() {
    let lab = Lab::new();
    let ddl = "CREATE TYPE pair AS (x double precision);
               CREATE TABLE f (id int PRIMARY KEY, a real, c pair, d double precision[]);";
    let (_, from) = lab.postgres(&format!(
        "{ddl} INSERT INTO f SELECT n, power(2::float8, n)::real, ROW((1748001750238390.25 + n)::float8)::pair, ARRAY[1748001750238390.75 - n]
         FROM generate_series(-149, 127) n"
    ));
    let (_, file) = lab.sqlite("f.db", "CREATE TABLE f (id integer PRIMARY KEY, a real, c text, d text)");
    let (_, to) = lab.postgres(ddl);
    lab.copy(&from, &file).await.unwrap();
    lab.copy(&file, &to).await.unwrap();
    assert_eq!(lab.digests(&from).await, lab.digests(&to).await);
}

#[tokio::test]
async fn a_database_is_not_copied_onto_itself() {
    let lab = Lab::new();
    let (database, server) = lab.postgres("CREATE TABLE t (id int); INSERT INTO t VALUES (1)");
    let (path, file) = lab.sqlite("t.db", "CREATE TABLE t (id int); INSERT INTO t VALUES (1)");
    for one in [&server, &file] {
        let error = lab.copy(one, one).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Usage);
        assert!(error.message().contains("are the same database"), "{error:?}");
    }
    assert_eq!(
        (database.psql("SELECT count(*) FROM t"), ask(&path, "SELECT count(*) FROM t")),
        ("1".into(), "1".into())
    );
}

#[tokio::test]
async fn long_names_have_files_too() {
    let lab = Lab::new();
    let (schema, table) = ("表".repeat(21), "行".repeat(21));
    let ddl = format!("CREATE SCHEMA {schema}; CREATE TABLE {schema}.{table} (id int);");
    let (_, from) = lab.postgres(&format!("{ddl} INSERT INTO {schema}.{table} VALUES (1), (2)"));
    for dump in ["dump", "dump.tar.zst"] {
        lab.dump(&from, dump).await;
        let (database, to) = lab.postgres(&ddl);
        lab.load(dump, &to).await.unwrap();
        assert_eq!(database.psql(&format!("SELECT count(*) FROM {schema}.{table}")), "2", "{dump}");
    }
}
