//! Copies of a PostgreSQL database.

use std::os::unix::fs::MetadataExt;
use std::process::Command;

use mainstay::ErrorKind;
use mainstay_testing::server;

use super::{copy, names, search_path};

#[tokio::test]
async fn a_copy_restores_to_the_same_rows() {
    let database = server().database();
    database.psql("CREATE SCHEMA s; CREATE TABLE s.a (n int PRIMARY KEY, t text)");
    database.psql("INSERT INTO s.a SELECT n, 'größe ' || n FROM generate_series(1, 5000) n");
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("deep/backups");
    let done = copy(&database.target(), &folder, &search_path()).await.unwrap();

    let name = format!("{}.before-20261120T120000Z.dump", database.name());
    assert_eq!(done.path, folder.join(&name));
    assert_eq!(names(&folder), [name]);
    assert_eq!(std::fs::metadata(&done.path).unwrap().mode() & 0o777, 0o600);
    assert_eq!(std::fs::metadata(&folder).unwrap().mode() & 0o777, 0o700);
    assert_eq!(std::fs::metadata(&done.path).unwrap().len(), done.bytes);
    assert!(done.seconds > 0.0);

    let other = server().database();
    let restored = Command::new(server().binaries().program("pg_restore"))
        .args(["-U", "postgres", "--exit-on-error", "-d", other.name(), "-h"])
        .arg(server().socket())
        .arg(&done.path)
        .status();
    assert!(restored.unwrap().success());
    let digest = "SELECT count(*), md5(string_agg(a::text, ',' ORDER BY n)) FROM s.a";
    assert_eq!(other.psql(digest), database.psql(digest));
}

#[tokio::test]
async fn an_earlier_copy_is_never_written_over() {
    let database = server().database();
    let folder = tempfile::tempdir().unwrap();
    let first = copy(&database.target(), folder.path(), &search_path()).await.unwrap();
    let before = std::fs::read(&first.path).unwrap();
    let second = copy(&database.target(), folder.path(), &search_path()).await.unwrap();
    assert!(second.path.to_string_lossy().ends_with("-2.dump"), "{second:?}");
    assert_eq!(std::fs::read(&first.path).unwrap(), before);
    assert_eq!(names(folder.path()).len(), 2);
}

#[tokio::test]
async fn a_copy_that_cannot_be_complete_leaves_nothing_and_says_what_to_do() {
    let database = server().database();
    let role = format!("poor_{}", database.name());
    database.psql(&format!("CREATE ROLE {role} LOGIN; CREATE TABLE secret AS SELECT 1 AS n"));
    let folder = tempfile::tempdir().unwrap();
    let error = copy(&database.target_as(&role), folder.path(), &search_path()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Program);
    assert!(error.causes().concat().contains("permission denied for table secret"), "{error:?}");
    let hints = error.hints().join("\n");
    assert!(hints.contains("[backup] to =") && hints.contains("[migrations] backup = \"never\""), "{hints}");
    assert_eq!(names(folder.path()), [""; 0]);
}

#[tokio::test]
async fn row_security_makes_it_fail_rather_than_leave_rows_out() {
    let database = server().database();
    let role = format!("reader_{}", database.name());
    database.psql(&format!(
        "CREATE ROLE {role} LOGIN; CREATE TABLE mine AS SELECT 1 AS n; GRANT SELECT ON mine TO {role};
         ALTER TABLE mine ENABLE ROW LEVEL SECURITY"
    ));
    let folder = tempfile::tempdir().unwrap();
    let error = copy(&database.target_as(&role), folder.path(), &search_path()).await.unwrap_err();
    assert!(error.causes().concat().contains("row-level security"), "{error:?}");
    assert_eq!(names(folder.path()), [""; 0]);
}

#[tokio::test]
async fn a_folder_that_cannot_be_made_is_named() {
    let database = server().database();
    let file = tempfile::NamedTempFile::new().unwrap();
    let error = copy(&database.target(), &file.path().join("backups"), &search_path()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io);
    assert!(error.causes()[0].contains(&file.path().display().to_string()), "{error:?}");
}
