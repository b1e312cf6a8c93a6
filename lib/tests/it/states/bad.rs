//! What is wrong with a state is said with its place, and nothing is left behind.

use mainstay::states::State;
use mainstay_testing::server;

use crate::states::Lab;

async fn refused(files: &[(&str, &str)]) -> String {
    let lab = Lab::new(Some(server().database().target()));
    for (name, text) in files {
        lab.file(&format!("schema/{name}"), text);
    }
    let text = lab.refusal(State::Sql(lab.path("schema"))).await;
    lab.assert_clean();
    text
}

#[tokio::test]
async fn a_statement_that_does_not_parse() {
    let files = [("1.sql", "CREATE TABLE a (id int);\n\nCREATE TABLE b (\n  id int,\n  nope nope nope\n);")];
    insta::assert_snapshot!(refused(&files).await, @r#"
    Sql: schema/1.sql does not load
      at schema/1.sql:5:13:   nope nope nope
      because syntax error at or near "nope"
      hint: mend schema/1.sql, then try again
    "#);
}

#[tokio::test]
async fn what_nothing_else_makes_is_listed() {
    let files = [
        ("1.sql", "CREATE VIEW v AS SELECT * FROM nowhere;\nCREATE TABLE a (id int);"),
        ("2.sql", "CREATE VIEW w AS SELECT * FROM v;\nALTER TABLE b ADD c int;"),
    ];
    insta::assert_snapshot!(refused(&files).await, @r#"
    Sql: 3 statements do not load; besides the one shown:
      schema/2.sql:1:1: relation "v" does not exist
      schema/2.sql:2:1: relation "b" does not exist
      at schema/1.sql:1:32: CREATE VIEW v AS SELECT * FROM nowhere;
      because schema/1.sql does not load
      because relation "nowhere" does not exist
      hint: mend schema/1.sql, then try again
    "#);
}

#[tokio::test]
async fn an_extension_that_is_not_there() {
    insta::assert_snapshot!(refused(&[("1.sql", "CREATE EXTENSION no_such_thing;")]).await, @r#"
    Sql: schema/1.sql does not load
      at schema/1.sql:1:1: CREATE EXTENSION no_such_thing;
      because extension "no_such_thing" is not available
      hint: install the extension's package; those at hand: mainstay sql -c 'TABLE pg_available_extensions'
    "#);
}

#[tokio::test]
async fn a_drop_is_not_tried_again() {
    insta::assert_snapshot!(refused(&[("1.sql", "DROP TABLE a;"), ("2.sql", "CREATE TABLE a ();")]).await, @r#"
    Sql: schema/1.sql does not load
      at schema/1.sql:1:1: DROP TABLE a;
      because table "a" does not exist
      hint: mend schema/1.sql, then try again
    "#);
}

#[tokio::test]
async fn a_subscription_that_would_connect() {
    let files = [("1.sql", "CREATE SUBSCRIPTION s CONNECTION 'host=live' PUBLICATION p;")];
    insta::assert_snapshot!(refused(&files).await, @"
    Refused: CREATE SUBSCRIPTION reaches beyond the scratch database
      at schema/1.sql:1:1: CREATE SUBSCRIPTION s CONNECTION 'host=live' PUBLICATION p;
      hint: it would connect to the publisher: write WITH (connect = false) in schema/1.sql
    ");
}

#[tokio::test]
async fn files_that_cannot_be_read() {
    let lab = Lab::new(Some(server().database().target()));
    std::fs::create_dir(lab.path("empty")).unwrap();
    insta::assert_snapshot!(lab.refusal(State::Sql(lab.path("empty"))).await, @"
    Source: there is no .sql file in empty
      hint: type: ls -la empty
    ");
    insta::assert_snapshot!(lab.refusal(State::Sql(lab.path("missing.sql"))).await, @"
    Io: cannot read missing.sql
      because No such file or directory (os error 2)
      hint: the files beside it: ls -l [folder]
    ");
    lab.file("mixed/1.sql", "CREATE TABLE a ();").file("mixed/2.sql", b"CREATE TABLE gr\xf6\xdfe ();");
    insta::assert_snapshot!(lab.refusal(State::Sql(lab.path("mixed"))).await, @"
    Source: the file is not UTF-8: byte 0xf6
      at mixed/2.sql:1:16: CREATE TABLE gr
      hint: iconv -f LATIN1 -t UTF-8 mixed/2.sql > mixed/2.sql.utf8, and look at the result
    ");
    lab.file("quote.sql", "CREATE TABLE a ();\nCOMMENT ON TABLE a IS 'it''s;");
    insta::assert_snapshot!(lab.refusal(State::Sql(lab.path("quote.sql"))).await, @"
    Source: a string is never closed
      at quote.sql:2:23: COMMENT ON TABLE a IS 'it''s;
      hint: close it in quote.sql, then try again
    ");
    lab.file("psql.sql", "\\i tables.sql");
    insta::assert_snapshot!(lab.refusal(State::Sql(lab.path("psql.sql"))).await, @r"
    Source: \i is a command of psql's own, and no SQL
      at psql.sql:1:1: \i tables.sql
      hint: take it out of psql.sql; several files are read as a folder: they may stand in any order
    ");
    lab.file("open.sql", "BEGIN;\nCREATE TABLE a ();");
    insta::assert_snapshot!(lab.refusal(State::Sql(lab.path("open.sql"))).await, @"
    Source: the transaction that begins here is never ended
      at open.sql:1:1: BEGIN;
      hint: add COMMIT to open.sql, or take out BEGIN
    ");
    lab.file("snapshot.json", "{\"format\": 2}");
    insta::assert_snapshot!(lab.refusal(State::Snapshot(lab.path("snapshot.json"))).await, @"
    Source: cannot read the snapshot snapshot.json
      because it has format 2, and this Mainstay reads up to 1
      hint: read it with the Mainstay that wrote it, or a newer one: mainstay --version
    ");
    lab.assert_clean();
}
