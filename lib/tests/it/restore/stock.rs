//! Archives of every pg_dump at hand, restored by us: the same as their sources, by pg_dump's own word.

use mainstay::conn::PostgresTarget;
use mainstay::tool::Binaries;
use mainstay_testing::{clients, server};

use super::lab::{Place, dump, fresh, into, open, postgres, run, told, zoo};

/// The programs that fit the server of this run, which say whether two databases are the same.
fn judge() -> Binaries {
    clients().into_iter().find(|binaries| binaries.bin == server().binaries().bin).unwrap()
}

async fn same_after(options: &[&str]) {
    let server = server();
    let source = zoo(server);
    let expected = told(&judge(), server, source.name());
    for binaries in clients() {
        let place = Place::new();
        dump(&binaries, server, source.name(), options, &place.path());
        let name = fresh();
        let restored = run(&mut open(&place.path()).await, &into(&name), &postgres(source.target())).await;
        let restored = restored.unwrap_or_else(|error| panic!("{} {options:?}: {error:?}", binaries.version));
        similar_asserts(&expected, &told(&judge(), server, &name), &format!("{} {options:?}", binaries.version));
        assert!(restored.counted >= 9, "{restored:?}");
        assert_eq!(restored.unknown, [""; 0]);
    }
}

/// The first line that differs is what one wants to see.
pub(super) fn similar_asserts(expected: &str, found: &str, what: &str) {
    if expected == found {
        return;
    }
    let (mut one, mut other) = (expected.lines(), found.lines());
    loop {
        match (one.next(), other.next()) {
            (a, b) if a != b => panic!("{what}:\nexpected {a:?}\n   found {b:?}"),
            (None, None) => panic!("{what}: line ends differ"),
            _ => {}
        }
    }
}

#[tokio::test]
async fn a_folder_becomes_the_same_database() {
    same_after(&["-Fd"]).await;
}

#[tokio::test]
async fn an_uncompressed_folder_and_one_through_the_roots_of_partitions_do_too() {
    same_after(&["-Fd", "-Z0", "--load-via-partition-root"]).await;
}

#[tokio::test]
async fn a_single_file_does_too() {
    same_after(&["-Fc"]).await;
    same_after(&["-Fc", "-Z0"]).await;
}

#[tokio::test]
async fn a_script_does_too_compressed_or_not() {
    same_after(&[]).await;
    same_after(&["-Z6"]).await;
    same_after(&["--create"]).await;
}

/// A dump of statements in place of rows, of which nobody counts the rows.
#[tokio::test]
async fn rows_as_statements_do_too() {
    let server = server();
    let source = zoo(server);
    let expected = told(&judge(), server, source.name());
    for options in [&["-Fd", "--inserts"][..], &["--column-inserts"]] {
        let place = Place::new();
        dump(&judge(), server, source.name(), options, &place.path());
        let name = fresh();
        run(&mut open(&place.path()).await, &into(&name), &postgres(source.target())).await.unwrap();
        similar_asserts(&expected, &told(&judge(), server, &name), &format!("{options:?}"));
    }
}

/// pg_dump writes money as the database's own setting has it, and so it must be read; only what we wrote ourselves has none.
#[tokio::test]
async fn money_is_read_as_the_server_has_it() {
    let server = server();
    let source = server.database();
    let role = fresh();
    source.psql(&format!(
        "CREATE ROLE {role} SUPERUSER LOGIN; ALTER ROLE {role} SET lc_monetary = 'POSIX'; \
         CREATE MATERIALIZED VIEW seen AS SELECT current_setting('lc_monetary') AS setting;"
    ));
    let place = Place::new();
    dump(&judge(), server, source.name(), &["-Fc"], &place.path());
    let name = fresh();
    let target = PostgresTarget { user: role.clone(), ..postgres(source.target()) };
    run(&mut open(&place.path()).await, &into(&name), &target).await.unwrap();
    assert_eq!(server.try_psql("postgres", &name, "SELECT setting FROM seen").unwrap().trim(), "POSIX");
}
