//! SQLite: a copy of the file, and the same report by table.

use mainstay::Database;
use mainstay::rehearse::{Fate, How, Options, Rehearsal};

fn project(sql: &[&str]) -> (tempfile::TempDir, Database) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("migrations")).unwrap();
    std::fs::create_dir(folder.path().join("tmp")).unwrap();
    for (at, sql) in sql.iter().enumerate() {
        std::fs::write(folder.path().join(format!("migrations/{}_step.up.sql", at + 1)), sql).unwrap();
    }
    let vars = [
        ("DATABASE_URL".to_owned(), format!("sqlite:{}", folder.path().join("walt.db").display())),
        ("TMPDIR".to_owned(), folder.path().join("tmp").display().to_string()),
    ];
    let database = Database::project(folder.path()).vars(vars).build().unwrap();
    (folder, database)
}

async fn rehearsed(folder: &tempfile::TempDir, database: &Database, options: Options) -> Rehearsal {
    let file = folder.path().join("walt.db");
    let before = std::fs::read(&file).ok();
    let rehearsal = database.rehearse(options).await.unwrap();
    assert_eq!(std::fs::read(&file).ok(), before, "the file was touched");
    rehearsal
}

#[tokio::test]
async fn rows_times_and_failures_are_told_and_the_file_is_not_touched() {
    let (folder, database) = project(&[
        "CREATE TABLE log (id INTEGER PRIMARY KEY, note TEXT); INSERT INTO log (note) VALUES ('a'), ('a'), (NULL); CREATE TABLE old (a); INSERT INTO old VALUES (1)",
    ]);
    database.prepare().await.unwrap();
    for (name, sql) in [
        ("2_step", "DELETE FROM log WHERE note IS NULL; DROP TABLE old"),
        ("3_step", "CREATE UNIQUE INDEX once ON log (note)"),
    ] {
        std::fs::write(folder.path().join(format!("migrations/{name}.up.sql")), sql).unwrap();
    }
    let rehearsal = rehearsed(&folder, &database, Options::default()).await;
    assert_eq!(rehearsal.clone.as_ref().unwrap().how, How::Copy);
    let [two, three] = rehearsal.migrations.as_slice() else { panic!("{rehearsal:?}") };
    let rows: Vec<(&str, Fate, u64)> =
        two.rows.iter().map(|change| (change.table.name.as_str(), change.fate, change.lost())).collect();
    assert_eq!(rows, [("log", Fate::Stays, 1), ("old", Fate::Dropped, 1)]);
    assert_eq!(two.statements.len(), 2);
    assert!(two.statements.iter().all(|ran| ran.traced.seconds > 0.0) && two.seconds > 0.0);
    let failure = three.failure.as_ref().unwrap();
    assert!(failure.sql.as_ref().unwrap().message.contains("UNIQUE"), "{failure:?}");
    assert_eq!(std::fs::read_dir(folder.path().join("tmp")).unwrap().count(), 0);
}

/// Reading a file in the old journal's mode does not switch it to another.
#[tokio::test]
async fn a_file_of_another_journal_keeps_it() {
    let (folder, database) = project(&["CREATE TABLE log (id INTEGER PRIMARY KEY)"]);
    let file = mainstay::rusqlite::Connection::open(folder.path().join("walt.db")).unwrap();
    file.execute_batch("CREATE TABLE old (a)").unwrap();
    drop(file);
    let rehearsal = rehearsed(&folder, &database, Options::default()).await;
    assert!(rehearsal.migrations[0].failure.is_none(), "{rehearsal:?}");
}

#[tokio::test]
async fn a_file_that_is_not_there_yet_is_empty_and_a_kept_clone_stays() {
    let (folder, database) = project(&["CREATE TABLE log (id INTEGER PRIMARY KEY)"]);
    let options = Options { keep: true, ..Options::default() };
    let rehearsal = rehearsed(&folder, &database, options).await;
    assert!(rehearsal.is_good() && !folder.path().join("walt.db").exists());
    let kept = rehearsal.clone.unwrap().kept.unwrap();
    assert!(std::path::Path::new(&kept).exists(), "{kept}");
}

#[tokio::test]
async fn another_file_is_not_opened() {
    let (folder, database) = project(&["ATTACH 'live.db' AS live"]);
    let error = database.rehearse(Options::default()).await.unwrap_err();
    assert!(error.message().contains("another file"), "{error:?}");
    assert!(!folder.path().join("live.db").exists());
}
