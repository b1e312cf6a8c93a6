//! Our archives restored by stock pg_restores, into every server that they can speak with.

use std::path::Path;

use mainstay::archive::codec::Codec;
use mainstay::archive::digest::{CopyFormat, RowReader, Rows, Seed};
use mainstay::archive::toc::{Entry, Toc, Version};
use mainstay::tool::Binaries;
use mainstay_testing::{TestDatabase, TestServer, VERSIONS, clients, server, server_of};

use super::build::{Order, build};
use super::{client, copied, roles, run, zoo};

/// The zoo's tables; what is generated is compared too.
const TABLES: [&str; 6] = ["\"S t\".big", "child", "empty", "parted", "conf", "counted_again"];

/// What else has to be the same.
const QUERIES: [&str; 7] = [
    "SELECT last_value, is_called FROM alone",
    "SELECT last_value, is_called FROM conf_numbers",
    "SELECT last_value, is_called FROM unused",
    "SELECT last_value, is_called FROM \"S t\".big_id_seq",
    "SELECT n FROM counted",
    "SELECT oid, pg_get_userbyid(lomowner), lomacl, lo_get(oid), obj_description(oid, 'pg_largeobject')
     FROM pg_largeobject_metadata ORDER BY oid",
    "SELECT relname, relispopulated FROM pg_class WHERE relkind IN ('i', 'm') AND relnamespace > 16000 OR relname ~ '^(big|counted)'
     ORDER BY 1",
];

async fn digests(server: &TestServer, database: &TestDatabase) -> Vec<Rows> {
    let client = client(server, database).await;
    let mut digests = Vec::new();
    for table in TABLES {
        let mut reader = RowReader::new(CopyFormat::Text, Seed(3));
        for message in copied(&client, &format!("COPY (SELECT * FROM {table}) TO STDOUT")).await {
            reader.push(&message).unwrap();
        }
        digests.push(reader.finish().unwrap());
    }
    digests
}

fn answers(database: &TestDatabase) -> Vec<String> {
    QUERIES.iter().map(|query| database.psql(query)).collect()
}

/// A new database on `server`, in which an extension of the zoo's kind would have made its table and its sequence.
fn empty(server: &TestServer) -> TestDatabase {
    roles(server);
    let database = server.database();
    database.psql("CREATE TABLE conf (k text PRIMARY KEY, v text); CREATE SEQUENCE conf_numbers");
    database
}

/// From 17 on, a pg_restore sets a parameter that older servers do not know.
fn fits(binaries: &Binaries, server: u32) -> bool {
    binaries.major < 17 || server >= 17
}

/// The programs that are installed beside the server of this run, whose format everybody reads.
fn installed() -> Binaries {
    clients().into_iter().find(|binaries| binaries.bin == server().binaries().bin).unwrap()
}

/// Whether these programs were built with zstd, which a packager may leave out.
fn knows_zstd(binaries: &Binaries) -> bool {
    let asked =
        run(binaries, "pg_dump", server(), &["-Fd", "-Zzstd", "-d", "nowhere", "-f"], Path::new("/nonexistent/a"));
    binaries.major >= 16 && !asked.unwrap_err().contains("compression")
}

#[tokio::test]
async fn every_pg_restore_gives_the_same_rows_serially_and_in_parallel() {
    let source = zoo(server());
    let (rows, said) = (digests(server(), &source).await, answers(&source));
    assert_eq!(rows[0].count, 6000);
    let folder = tempfile::tempdir().unwrap();
    let gzip = folder.path().join("gzip");
    let order = Order { version: Version::V1_14, codec: Codec::Gzip(1), parts: 3, binary: true };
    build(server(), &source, &installed(), &order, &gzip).await;
    let zstd = folder.path().join("zstd");
    build(server(), &source, &installed(), &Order { codec: Codec::Zstd(3), ..order }, &zstd).await;

    for binaries in clients() {
        for major in VERSIONS.into_iter().filter(|major| fits(&binaries, *major)) {
            let server = server_of(major);
            for jobs in ["-j1", "-j2"] {
                let archives = if knows_zstd(&binaries) { vec![&gzip, &zstd] } else { vec![&gzip] };
                for archive in archives {
                    let what = format!("{} into {major} {jobs} {}", binaries.version, archive.display());
                    let target = empty(server);
                    let restored = run(&binaries, "pg_restore", server, &[jobs, "-d", target.name()], archive);
                    assert_eq!(restored, Ok(()), "{what}");
                    assert_eq!(digests(server, &target).await, rows, "{what}");
                    assert_eq!(answers(&target), said, "{what}");
                }
            }
        }
    }
}

#[tokio::test]
async fn every_version_of_the_format_is_restored_by_those_who_know_it() {
    let source = zoo(server());
    let (rows, said) = (digests(server(), &source).await, answers(&source));
    let versions =
        [(Version::V1_12, 9), (Version::V1_13, 11), (Version::V1_14, 12), (Version::V1_15, 16), (Version::V1_16, 17)];
    for binaries in clients() {
        for (version, _) in versions.into_iter().filter(|(_, since)| binaries.major >= *since) {
            let folder = tempfile::tempdir().unwrap();
            let archive = folder.path().join("archive");
            let order = Order { version, codec: Codec::None, parts: 2, binary: false };
            build(server(), &source, &binaries, &order, &archive).await;
            for jobs in ["-j1", "-j2"] {
                let what = format!("{version} by {} {jobs}", binaries.version);
                let target = empty(server_of(18));
                let restored = run(&binaries, "pg_restore", server_of(18), &[jobs, "-d", target.name()], &archive);
                assert_eq!(restored, Ok(()), "{what}");
                assert_eq!(digests(server_of(18), &target).await, rows, "{what}");
                assert_eq!(answers(&target), said, "{what}");
            }
        }
    }
}

/// A parallel pg_restore truncates a table before the COPY, and with it what other entries have loaded. Either of our two
/// precautions is enough: the marker, and entries that do not depend on the table.
#[tokio::test]
async fn a_table_in_several_entries_is_whole_by_either_precaution_and_not_without() {
    let source = zoo(server());
    source.psql("DROP TABLE child; CREATE TABLE child AS SELECT 1 AS big, 2 AS amount, 3 AS at, ''::bytea AS raw");
    let rows = digests(server(), &source).await;
    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().join("archive");
    let order = Order { version: Version::V1_14, codec: Codec::Gzip(1), parts: 6, binary: false };
    build(server(), &source, &installed(), &order, &archive).await;
    let file = archive.join("toc.dat");
    let composed = Toc::read(&std::fs::read(&file).unwrap()).unwrap();
    for (marker, depends) in [(true, false), (false, false), (true, true), (false, true)] {
        let toc = with_precautions(&composed, marker, depends);
        std::fs::write(&file, toc.to_bytes()).unwrap();
        for binaries in clients() {
            let server = if fits(&binaries, 15) { server() } else { server_of(18) };
            let safe = marker || !depends;
            let mut whole = 0;
            for _ in 0..4 {
                let target = empty(server);
                let restored = run(&binaries, "pg_restore", server, &["-j4", "-d", target.name()], &archive);
                assert!(restored.is_ok() || !safe, "{restored:?}");
                whole += u32::from(digests(server, &target).await == rows);
            }
            let what = format!("marker {marker}, depends on the table {depends}: {}", binaries.version);
            match safe {
                true => assert_eq!(whole, 4, "{what}"),
                // Mostly with exit code 0 and nothing said; a digest sees it.
                false => assert_ne!(whole, 4, "{what}"),
            }
        }
    }
}

/// The archive with the marker on the parts of `big` or without, and with parts that depend on the table or not.
fn with_precautions(toc: &Toc, marker: bool, depends: bool) -> Toc {
    let mut toc = toc.clone();
    let big = |entry: &Entry, kind: &str| entry.kind == kind && entry.tag.as_deref() == Some(b"big");
    let table = toc.entries.iter().find(|entry| big(entry, "TABLE")).unwrap().id;
    let parts: Vec<&mut Entry> = toc.entries.iter_mut().filter(|entry| big(entry, "TABLE DATA")).collect();
    assert_eq!(parts.len(), 6);
    for part in parts {
        assert!(part.definition.is_some() && part.dependencies.is_empty());
        if !marker {
            part.definition = None;
        }
        if depends {
            part.dependencies = vec![table];
        }
    }
    toc
}
