//! Databases in no encoding: bytes that are text nowhere else.

use mainstay_testing::server;

use super::lab::Lab;

#[tokio::test]
async fn bytes_of_no_encoding_come_back() {
    server().psql(
        "postgres",
        "CREATE DATABASE in_no_encoding ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0",
    );
    let source = server().named("in_no_encoding");
    source.psql(
        "CREATE TABLE t (id int PRIMARY KEY, note text);
         INSERT INTO t VALUES (1, E'caf\\xe9'), (2, 'plain'), (3, E'\\xff\\xfe'), (4, 'größe');
         CREATE TABLE e (name text DEFAULT E'd\\xe9faut', CHECK (name <> E'\\xe8'));
         INSERT INTO e DEFAULT VALUES;
         COMMENT ON TABLE t IS E'caf\\xe9'",
    );
    let lab = Lab::new(source.target()).await;
    assert_eq!(lab.found().await.manifest.source.encoding, "SQL_ASCII");
    let drilled = lab.drill(|_| ()).await.unwrap();
    assert!(drilled.proven, "{drilled:?}");
    assert_eq!(drilled.proof.rows, 5);
}
