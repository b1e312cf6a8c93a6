//! No room for the copy. The size of our own files is limited as `ulimit -f` does, in a process of its own.

use std::process::Command;

use mainstay::conn::{Address, Host, PostgresTarget, SslMode, Target};
use mainstay_testing::{TestDatabase, server};

use super::{copy, names, search_path};

/// How the limited process is told of its server, database and folder.
const TOLD: &str = "MAINSTAY_TEST_FULL_DISK";

/// Not a test: runs under the limit, against the server of the test below.
#[tokio::test]
#[ignore = "the limited half of the test below"]
async fn limited() {
    let told = std::env::var(TOLD).unwrap();
    let [socket, database, folder] = told.split('|').collect::<Vec<_>>()[..] else { panic!("{told}") };
    let error = copy(&Target::Postgres(target(socket, database)), folder.as_ref(), &search_path()).await.unwrap_err();
    println!("\n{error:?}");
}

#[test]
fn a_full_disk_is_a_clear_error_and_leaves_nothing() {
    let database: TestDatabase = server().database();
    database.psql("CREATE TABLE a AS SELECT md5(n::text) FROM generate_series(1, 20000) AS n");
    let folder = tempfile::tempdir().unwrap();
    let told = format!("{}|{}|{}", server().socket().display(), database.name(), folder.path().display());
    let output = Command::new("/bin/sh")
        .args(["-c", "ulimit -f 64; exec \"$0\" --exact backup::full_disk::limited --ignored --nocapture"])
        .arg(std::env::current_exe().unwrap())
        .env(TOLD, told)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains("pg_dump failed"), "{said}");
    assert!(said.contains("there is no room for the copy: look at df -h"), "{said}");
    assert_eq!(names(folder.path()), [""; 0]);
}

/// A target from its parts, for a server that another process runs.
fn target(socket: &str, database: &str) -> PostgresTarget {
    let host = Host { address: Address::Socket(socket.into()), port: 5432, password: None };
    PostgresTarget { sslmode: SslMode::Disable, ..PostgresTarget::new(host, "postgres", database) }
}
