//! Drills of SQLite backups.

use mainstay::conn::{SqliteTarget, Target};
use mainstay::engine::connect;
use mainstay::store::State;

use super::lab::{Lab, context, read};

#[tokio::test]
async fn a_file_is_proven_or_refuted_by_its_tables() {
    let home = tempfile::tempdir().unwrap();
    let target = |name: &str| Target::Sqlite(SqliteTarget { path: home.path().join(name) });
    let mut session = connect(&target("walt.db"), &context()).await.unwrap();
    session
        .query("CREATE TABLE a (id INTEGER PRIMARY KEY, x); INSERT INTO a (x) VALUES (1), ('1'); CREATE TABLE b (y); INSERT INTO b VALUES (0.5)")
        .await
        .unwrap();
    session.close().await;
    let lab = Lab::new(target("walt.db")).await;
    let drilled = lab.drill(|_| ()).await.unwrap();
    assert!(drilled.proven, "{drilled:?}");
    assert_eq!((drilled.proof.tables, drilled.proof.rows, drilled.proof.place.as_str()), (2, 3, "a scratch file"));
    assert_eq!(lab.found().await.listed.state, State::Proven);

    // The file is another one, and the manifest knows that: only the rows tell.
    let file = lab.found().await.manifest.files[0].name.clone();
    let whole = read(&lab.folder().join(&file));
    for (change, said) in [
        ("UPDATE a SET x = 1 WHERE id = 2", "name: \"a\""),
        ("DELETE FROM b", "name: \"b\""),
        ("DROP TABLE b", "name: \"b\""),
        ("CREATE TABLE c (z)", "the table c is not in the manifest"),
    ] {
        std::fs::write(home.path().join("changed.db"), &whole).unwrap();
        let mut session = connect(&target("changed.db"), &context()).await.unwrap();
        session.query(change).await.unwrap();
        session.close().await;
        lab.replace(&file, &read(&home.path().join("changed.db"))).await;
        let drilled = lab.drill(|_| ()).await.unwrap();
        assert!(!drilled.proven && format!("{:?}", drilled.proof).contains(said), "{change}: {drilled:?}");
        std::fs::remove_file(home.path().join("changed.db")).unwrap();
    }
    // Damage of the stored bytes is damage of the backup.
    lab.replace(&file, &whole).await;
    std::fs::write(lab.folder().join(&file), &whole[..whole.len() / 2]).unwrap();
    let drilled = lab.drill(|_| ()).await.unwrap();
    assert!(!drilled.proven && drilled.proof.failures[0].contains("damaged"), "{drilled:?}");
    assert_eq!(lab.found().await.listed.state, State::Refuted);
}
