//! Backups of SQLite, taken while others write.

use std::path::Path;

use mainstay::archive::codec::{Codec, Decoder};
use mainstay::backup::Taken;
use mainstay::conn::{SqliteTarget, Target};
use mainstay::engine::sqlite::digests;
use mainstay::engine::{Session, connect};

use super::super::{context, names};
use super::{read, taken};
use mainstay::ErrorKind;

fn target(path: &Path) -> Target {
    Target::Sqlite(SqliteTarget { path: path.to_owned() })
}

async fn session(path: &Path) -> Box<dyn Session> {
    connect(&target(path), &context()).await.unwrap()
}

/// The database that the backup holds, in the new file `into`.
fn unpacked(folder: &Path, taken: &Taken, into: &Path) {
    let (manifest, archive) = read(folder, taken);
    let file = &manifest.files[0];
    assert_eq!((manifest.files.len(), file.name.as_str()), (1, "database.sqlite3.zst"));
    let (mut bytes, mut decoder) = (Vec::new(), Decoder::new(Codec::Zstd(1)).unwrap());
    let stored = std::fs::read(archive.join(&file.name)).unwrap();
    decoder
        .push(&stored, &mut |piece| {
            bytes.extend(piece);
            Ok(())
        })
        .unwrap();
    decoder.finish().unwrap();
    assert_eq!(bytes.len() as u64, file.plain_bytes);
    std::fs::write(into, bytes).unwrap();
}

#[tokio::test]
async fn the_rows_are_those_of_one_moment() {
    let folder = tempfile::tempdir().unwrap();
    let (source, copies, copy) =
        (folder.path().join("walt.db"), folder.path().join("copies"), folder.path().join("copy.db"));
    let mut owner = session(&source).await;
    let kinds = "CREATE TABLE kinds (id INTEGER PRIMARY KEY, x, made GENERATED ALWAYS AS (id * 2));
        INSERT INTO kinds (x) VALUES (NULL), (1), (0.1), (-0.0), (9e999), ('a\tb'), ('1'), (x'31'), (x''), ('');
        CREATE TABLE pair (k TEXT PRIMARY KEY, v) WITHOUT ROWID; INSERT INTO pair VALUES ('a', 1);
        CREATE TABLE here (id INTEGER PRIMARY KEY, amount INTEGER); CREATE TABLE there (id INTEGER PRIMARY KEY, amount INTEGER);
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500)
            INSERT INTO here SELECT i, 100 FROM n;
        INSERT INTO there SELECT id, amount FROM here;
        CREATE VIRTUAL TABLE words USING fts5(word); INSERT INTO words VALUES ('one'), ('two')";
    for statement in kinds.split(";\n") {
        owner.query(statement).await.unwrap();
    }
    let moves = tokio::spawn(async move {
        for number in 0..4000 {
            let id = 1 + number % 500;
            let sql = format!(
                "BEGIN IMMEDIATE; UPDATE here SET amount = amount - 1 WHERE id = {id};
                 UPDATE there SET amount = amount + 1 WHERE id = {id}; COMMIT"
            );
            owner.query(&sql).await.unwrap();
            tokio::task::yield_now().await;
        }
        owner
    });
    let taken = taken(&target(&source), &copies, |_| ()).await.unwrap();
    unpacked(&copies, &taken, &copy);
    let mut copied = session(&copy).await;
    let sum = copied.query("SELECT (SELECT sum(amount) FROM here) + (SELECT sum(amount) FROM there)").await.unwrap();
    assert_eq!(sum[0][0].as_deref(), Some("100000"));
    let again = digests(copied.as_mut(), taken.manifest.seed).await.unwrap();
    assert_eq!(again, taken.manifest.tables);
    let rows: Vec<(&str, u64)> = again
        .iter()
        .filter(|table| !table.name.starts_with("words"))
        .map(|table| (table.name.as_str(), table.rows.count))
        .collect();
    assert_eq!(rows, [("here", 500), ("kinds", 10), ("pair", 1), ("there", 500)]);
    assert_eq!(again.iter().find(|table| table.name == "kinds").unwrap().columns, ["id", "x"]);

    // What differs in a kind alone is another row.
    for (change, back) in [
        ("UPDATE kinds SET x = '1' WHERE id = 2", "UPDATE kinds SET x = 1 WHERE id = 2"),
        ("UPDATE kinds SET x = x'' WHERE id = 10", "UPDATE kinds SET x = '' WHERE id = 10"),
        ("UPDATE kinds SET x = 0.1000000000000000056 + 1e-17 WHERE id = 3", "UPDATE kinds SET x = 0.1 WHERE id = 3"),
        ("DELETE FROM kinds WHERE id = 1", "INSERT INTO kinds (id, x) VALUES (1, NULL)"),
    ] {
        copied.query(change).await.unwrap();
        assert_ne!(digests(copied.as_mut(), taken.manifest.seed).await.unwrap(), again, "{change}");
        copied.query(back).await.unwrap();
        assert_eq!(digests(copied.as_mut(), taken.manifest.seed).await.unwrap(), again, "{back}");
    }
    moves.await.unwrap().close().await;
}

#[tokio::test]
async fn a_file_that_is_not_there_is_not_made() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing.db");
    let error = taken(&target(&missing), &folder.path().join("copies"), |_| ()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::DatabaseMissing, "{error:?}");
    assert_eq!(names(folder.path()), Vec::<String>::new());
}
