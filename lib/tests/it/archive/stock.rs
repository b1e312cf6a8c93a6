//! Tables of contents that stock pg_dumps have written.

use std::collections::{BTreeMap, BTreeSet};

use mainstay::archive::codec::Codec;
use mainstay::archive::toc::{Entry, Section, Toc, Version};
use mainstay_testing::{TestServer, clients, server};

use super::build::{Order, compose};
use super::{run, zoo};

/// The table of contents that `pg_dump` with `options` writes.
fn dumped(binaries: &mainstay::tool::Binaries, server: &TestServer, database: &str, options: &[&str]) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().join("archive");
    let options = [&["-Fd", "-d", database][..], options, &["-f"]].concat();
    run(binaries, "pg_dump", server, &options, &archive).unwrap();
    std::fs::read(archive.join("toc.dat")).unwrap()
}

/// The version of the format that a major version writes.
fn version_of(major: u32) -> Version {
    match major {
        ..=11 => Version::V1_13,
        12..=15 => Version::V1_14,
        16 => Version::V1_15,
        _ => Version::V1_16,
    }
}

#[test]
fn they_are_written_again_byte_for_byte() {
    let database = zoo(server());
    for binaries in clients() {
        for options in [&[][..], &["-s"], &["-Z0"], &["-a"], &["--load-via-partition-root", "-O", "-x"]] {
            let bytes = dumped(&binaries, server(), database.name(), options);
            let toc = Toc::read(&bytes).unwrap();
            assert!(toc.to_bytes() == bytes, "{} {options:?}", binaries.version);
            assert_eq!(toc.header.version, version_of(binaries.major));
            assert_eq!(toc.header.database.as_deref(), Some(database.name().as_bytes()));
            assert!(toc.entries.len() > 10);
        }
    }
}

#[test]
fn what_is_composed_is_what_pg_dump_writes_with_the_rows() {
    let database = zoo(server());
    for binaries in clients() {
        let version = version_of(binaries.major);
        let whole = Toc::read(&dumped(&binaries, server(), database.name(), &[])).unwrap();
        let schema = Toc::read(&dumped(&binaries, server(), database.name(), &["-s"])).unwrap();
        let order = Order { version, codec: Codec::Gzip(6), parts: 1, binary: false };
        let ours = compose(&database, schema, &order).toc;
        assert_eq!(ours.header.version, whole.header.version);
        assert_eq!(lines(&ours), lines(&whole), "{}", binaries.version);
    }
}

/// The entries without their numbers, which differ: dependencies by what they name, files by what they are.
fn lines(toc: &Toc) -> BTreeSet<String> {
    let named: BTreeMap<i32, String> = toc.entries.iter().map(|entry| (entry.id, entry.describe())).collect();
    let line = |entry: &Entry| {
        let mut entry = entry.clone();
        let needs: BTreeSet<_> = entry.dependencies.iter().filter_map(|id| named.get(id)).collect();
        let needs = format!("{needs:?}");
        let file = String::from_utf8(entry.file).unwrap().replace(&entry.id.to_string(), "ID");
        (entry.id, entry.dependencies, entry.file) = (0, Vec::new(), Vec::new());
        format!("{entry:?} {needs} {file}")
    };
    toc.entries.iter().map(line).collect()
}

#[test]
fn rows_are_between_what_comes_before_and_after() {
    let database = zoo(server());
    for binaries in clients() {
        let toc = Toc::read(&dumped(&binaries, server(), database.name(), &[])).unwrap();
        let sections: Vec<Section> =
            toc.entries.iter().map(|entry| entry.section).filter(|section| *section != Section::None).collect();
        assert!(sections.is_sorted(), "{}", binaries.version);
    }
}
