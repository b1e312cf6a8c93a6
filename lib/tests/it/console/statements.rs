//! What a console does with statements that it lets through.

use mainstay::ErrorKind;
use mainstay::console::{Console, Options};
use mainstay_testing::server;

use super::{console, context, run};

fn text(rows: &[Vec<String>]) -> String {
    rows.iter().map(|row| row.join(",")).collect::<Vec<_>>().join("|")
}

#[tokio::test]
async fn values_are_printed_by_the_server() {
    let database = server().database();
    let mut console = console(&database.target(), false).await;
    for (sql, expected) in [
        ("SELECT 1 AS a, NULL AS b, '' AS c", "a,b,c|1,-,"),
        ("SELECT E'a\\tb\\\\c\\nd' AS a", "a|a\tb\\c\nd"),
        ("SELECT '\\x00ff'::bytea, 0.1::float8, ARRAY[1, NULL] -- end", "bytea,float8,array|\\x00ff,0.1,{1,NULL}"),
        ("SELECT timestamp '2020-05-05' AS t, interval '1 day 2 min' AS i", "t,i|2020-05-05 00:00:00,1 day 00:02:00"),
        ("VALUES (1), (2) /* end */", "column1|1|2"),
        ("(SELECT 1 AS a) UNION SELECT 2 ORDER BY 1", "a|1|2"),
        ("SHOW transaction_read_only", "transaction_read_only|on"),
        ("SELECT current_user AS u", "u|pg_read_all_data"),
        ("SELECT FROM generate_series(1, 2)", "|"),
    ] {
        let outcome = run(&mut console, sql).await.remove(0);
        let (rows, changed) = outcome.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
        assert_eq!((text(&rows), changed), (expected.to_owned(), None), "{sql}");
    }
}

#[tokio::test]
async fn errors_have_their_place() {
    let database = server().database();
    let mut console = console(&database.target(), false).await;
    let place = |error: mainstay::Error| error.place().map(|place| (place.line, place.column));
    let mut outcomes = run(&mut console, "SELECT 1;\n\n  SELECT é,\n nope;\nSELECT 1/0;\nSELECT 'x'::int\n").await;
    assert!(outcomes[0].is_ok());
    let errors: Vec<_> = outcomes.drain(1..).map(|outcome| outcome.expect_err("fails")).collect();
    assert_eq!(errors.iter().map(|error| error.sqlstate().unwrap()).collect::<Vec<_>>(), ["42703", "22012", "22P02"]);
    assert_eq!(errors.into_iter().map(place).collect::<Vec<_>>(), [Some((3, 10)), Some((5, 1)), Some((6, 8))]);
}

#[tokio::test]
async fn each_statement_is_committed_by_itself_unless_it_says_otherwise() {
    let database = server().database();
    let mut console = console(&database.target(), true).await;
    let sql = "CREATE TABLE t (id int); INSERT INTO t VALUES (1), (2); INSERT INTO t VALUES ('x');
        BEGIN; INSERT INTO t VALUES (3); ROLLBACK; BEGIN; UPDATE t SET id = id RETURNING id; COMMIT;
        WITH a AS (SELECT 1) DELETE FROM t WHERE id = 1; CREATE INDEX CONCURRENTLY ON t (id); VACUUM t;
        COPY t FROM stdin;\n7\n8\n\\.\nSELECT array_agg(id ORDER BY id) FROM t";
    let outcomes = run(&mut console, sql).await;
    let failed: Vec<usize> = (0..outcomes.len()).filter(|at| outcomes[*at].is_err()).collect();
    assert_eq!(failed, [2], "{outcomes:?}");
    let changed: Vec<_> = outcomes.iter().flatten().filter_map(|(_, changed)| *changed).collect();
    assert_eq!(changed, [2, 1, 2, 1, 2]);
    assert_eq!(text(&outcomes.last().unwrap().as_ref().unwrap().0), "array_agg|{2,7,8}");
    console.close().await;
    assert_eq!(database.psql("SELECT count(*) FROM t").trim(), "3");
}

#[tokio::test]
async fn a_superuser_reads_as_the_configured_reader() {
    let database = server().database();
    let reader = format!("{}_reports", database.name());
    database.psql(&format!(
        "CREATE ROLE {reader}; CREATE TABLE t (id int); CREATE TABLE open (id int); GRANT SELECT ON open TO {reader}"
    ));
    let options = Options { readers: vec!["nobody_there".to_owned(), reader.clone()], ..Options::default() };
    let mut console = Console::open(&database.target(), &context(), &options).await.expect("opens");
    assert_eq!(console.reader(), Some(reader.as_str()));
    assert!(run(&mut console, "SELECT * FROM open").await[0].is_ok());
    let error = run(&mut console, "SELECT * FROM t").await.remove(0).expect_err("no right");
    assert_eq!(error.sqlstate(), Some("42501"));
    assert!(error.hints()[0].contains(&reader), "{error:?}");
}

#[tokio::test]
async fn rows_that_a_policy_hides_from_the_reader_are_an_error() {
    let database = server().database();
    database.psql("CREATE TABLE t (id int); INSERT INTO t VALUES (1); ALTER TABLE t ENABLE ROW LEVEL SECURITY");
    let mut console = console(&database.target(), false).await;
    let error = run(&mut console, "SELECT * FROM t").await.remove(0).expect_err("not all rows");
    assert_eq!(error.sqlstate(), Some("42501"), "{error:?}");
}

#[tokio::test]
async fn a_statement_has_its_time() {
    let database = server().database();
    let options = Options { timeout: Some(std::time::Duration::from_millis(50)), ..Options::default() };
    let mut console = Console::open(&database.target(), &context(), &options).await.expect("opens");
    let outcomes = run(&mut console, "SELECT pg_sleep(20); SELECT 1").await;
    let error = outcomes[0].as_ref().expect_err("too long");
    assert_eq!((error.kind(), error.sqlstate()), (ErrorKind::Sql, Some("57014")));
    assert!(outcomes[1].is_ok(), "the console goes on");
}

#[tokio::test]
async fn bytes_that_are_no_utf8_pass() {
    let database = server().database();
    let name = format!("{}_ascii", database.name());
    database
        .psql(&format!("CREATE DATABASE {name} ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0"));
    let mut console = console(&mainstay::conn::Target::Postgres(server().target("postgres", &name)), false).await;
    let (rows, _) = run(&mut console, "SELECT E'a\\xff' AS a").await.remove(0).expect("runs");
    assert_eq!(text(&rows), "a|a\u{fffd}");
}
