//! Round trips, versions, and damage of every kind.

use proptest::prelude::*;

use super::*;

/// An archive with something of everything, in `version`.
fn sample(version: Version) -> Toc {
    let mut table = Entry::new(217, "TABLE", Some(b"caf\xe9".to_vec()), Section::PreData);
    table.catalog = 1259;
    table.oid = u32::MAX;
    table.definition = Some(b"CREATE TABLE public.t (\n    n integer\n);\n".to_vec());
    table.drop = Some(b"DROP TABLE public.t;\n".to_vec());
    table.namespace = Some(b"public".to_vec());
    table.tablespace = Some(Vec::new());
    table.access_method = version.has_access_method().then(|| b"heap".to_vec());
    table.relkind = if version.has_relkind() { i32::from(b'r') } else { 0 };
    table.owner = Some(b"walt".to_vec());
    let mut data = Entry::new(3429, "TABLE DATA", Some(b"t".to_vec()), Section::Data);
    data.had_dumper = true;
    data.copy = Some(b"COPY public.t (n) FROM stdin;\n".to_vec());
    data.dependencies = vec![217, 3, 217];
    data.file = b"3429.dat".to_vec();
    let mut old = Entry::new(3430, "INDEX", None, Section::PostData);
    old.with_oids = true;
    let comment = Entry::new(3431, "COMMENT", Some(b"TABLE t".to_vec()), Section::None);
    let created = Moment { second: 58, minute: 48, hour: 18, day: 21, month: 10, year: 126, summer_time: -1 };
    let header = Header {
        version,
        offset_size: 8,
        compression: Compression::Level(-1).at(version),
        created,
        database: Some(b"walt".to_vec()),
        server_version: Some(b"15.18".to_vec()),
        dump_version: None,
    };
    Toc { header, entries: vec![table, data, old, comment] }
}

const VERSIONS: [Version; 5] = [Version::V1_12, Version::V1_13, Version::V1_14, Version::V1_15, Version::V1_16];

#[test]
fn every_version_reads_back_and_writes_the_same_bytes() {
    for version in VERSIONS {
        let toc = sample(version);
        let bytes = toc.to_bytes();
        let read = Toc::read(&bytes).unwrap();
        assert_eq!(read, toc, "{version}");
        assert_eq!(read.to_bytes(), bytes, "{version}");
    }
}

#[test]
fn the_bytes_are_where_pg_dump_has_them() {
    let bytes = sample(Version::V1_14).to_bytes();
    let begin = b"PGDMP\x01\x0e\x00\x04\x08\x03\x01\x01\x00\x00\x00\x00\x3a\x00\x00\x00";
    assert_eq!(&bytes[..begin.len()], begin);
    assert_eq!(&sample(Version::V1_16).to_bytes()[5..12], b"\x01\x10\x00\x04\x08\x03\x01");
    assert!(bytes.ends_with(b"\x00\x05\x00\x00\x00false\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00"));
}

#[test]
fn every_truncation_is_an_error_with_its_place() {
    for version in VERSIONS {
        let bytes = sample(version).to_bytes();
        for length in 0..bytes.len() {
            let error = Toc::read(&bytes[..length]).unwrap_err();
            let said = error.message();
            match length {
                0..5 => assert!(said.contains("does not begin with PGDMP"), "{length}: {said}"),
                _ => assert!(said.starts_with("toc.dat is damaged at byte "), "{length}: {said}"),
            }
        }
    }
}

#[test]
fn a_flipped_bit_is_an_error_or_another_archive_never_the_same() {
    for version in VERSIONS {
        let toc = sample(version);
        let bytes = toc.to_bytes();
        for at in 0..bytes.len() {
            for bit in 0..8 {
                let mut flipped = bytes.clone();
                flipped[at] ^= 1 << bit;
                if let Ok(read) = Toc::read(&flipped) {
                    assert_ne!(read, toc, "byte {at} bit {bit}");
                    assert_eq!(read.to_bytes(), flipped, "byte {at} bit {bit}");
                }
            }
        }
    }
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    let good = sample(Version::V1_14).to_bytes();
    let entries = good.windows(5).position(|window| window == b"15.18").unwrap() + 10;
    let tag = good.windows(4).position(|window| window == b"caf\xe9").unwrap();
    let cases: [(&str, usize, &[u8], &str); 9] = [
        ("magic", 0, b"X", "toc.dat is no table of contents of PostgreSQL: it does not begin with PGDMP"),
        ("old", 6, b"\x0b", "toc.dat has version 1.11 of PostgreSQL's archives, and versions 1.12 to 1.16 can be read"),
        ("new", 6, b"\x11", "toc.dat has version 1.17 of PostgreSQL's archives, and versions 1.12 to 1.16 can be read"),
        ("numbers", 8, b"\x08", "toc.dat is damaged at byte 8: the size of numbers is 8 bytes and not 4"),
        ("custom", 10, b"\x01", "toc.dat is damaged at byte 10: the format is number 1 and not 3, a directory's"),
        ("sign", 11, b"\x02", "toc.dat is damaged at byte 11: the level of compression is no number"),
        (
            "count",
            entries,
            b"\x01\x04",
            &format!("toc.dat is damaged at byte {}: the number of entries is negative", entries),
        ),
        (
            "length",
            tag - 5,
            b"\x00\xff\xff\xff\x7f",
            &format!(
                "toc.dat is damaged at byte {}: the tag of entry 1 needs 2147483647 bytes, and {} are left",
                tag - 5,
                good.len() - tag
            ),
        ),
        (
            "negative length",
            tag - 5,
            b"\x01",
            &format!("toc.dat is damaged at byte {}: the tag of entry 1 has a length of -4", tag - 5),
        ),
    ];
    for (name, at, patch, expected) in cases {
        let mut bytes = good.clone();
        bytes[at..at + patch.len()].copy_from_slice(patch);
        assert_eq!(Toc::read(&bytes).unwrap_err().message(), expected, "{name}");
    }
    let more = [good.as_slice(), b"!!"].concat();
    let said = format!("toc.dat is damaged at byte {}: the end is followed by 2 more bytes", good.len());
    assert_eq!(Toc::read(&more).unwrap_err().message(), said);
}

#[test]
fn another_version_keeps_what_matters_or_refuses() {
    let newest = sample(Version::V1_16);
    let older = newest.clone().into_version(Version::V1_14).unwrap();
    assert_eq!(older, sample(Version::V1_14));
    assert_eq!(older.into_version(Version::V1_12).unwrap(), sample(Version::V1_12));

    let refused = |change: fn(&mut Entry), version: Version| {
        let mut toc = newest.clone();
        change(&mut toc.entries[0]);
        toc.into_version(version).unwrap_err().message().to_owned()
    };
    let partitioned = |entry: &mut Entry| entry.relkind = i32::from(b'p');
    let said = "version 1.14 of PostgreSQL's archives has no place for TABLE public.caf\u{fffd}";
    assert_eq!(refused(partitioned, Version::V1_14), said);
    let columnar = |entry: &mut Entry| entry.access_method = Some(b"columnar".to_vec());
    assert_eq!(refused(columnar, Version::V1_13), said.replace("1.14", "1.13"));
}

fn text() -> impl Strategy<Value = Option<Vec<u8>>> {
    proptest::option::of(proptest::collection::vec(any::<u8>(), 0..12))
}

prop_compose! {
    fn entry()(
        (id, had_dumper, catalog, oid) in (1..i32::MAX, any::<bool>(), any::<u32>(), any::<u32>()),
        (tag, definition, drop, copy) in (text(), text(), text(), text()),
        (namespace, tablespace, access_method, owner) in (text(), text(), text(), text()),
        (kind, relkind, with_oids) in ("[A-Z ]{0,12}", -3..200, any::<bool>()),
        section in prop_oneof![Just(Section::None), Just(Section::PreData), Just(Section::Data), Just(Section::PostData)],
        dependencies in proptest::collection::vec(any::<i32>(), 0..4),
        file in proptest::collection::vec(any::<u8>(), 0..9),
    ) -> Entry {
        Entry { id, had_dumper, catalog, oid, tag, kind, section, definition, drop, copy, namespace, tablespace,
                access_method, relkind, owner, with_oids, dependencies, file }
    }
}

proptest! {
    #[test]
    fn any_archive_reads_back(entries in proptest::collection::vec(entry(), 0..6)) {
        let toc = Toc { entries, ..sample(Version::V1_16) };
        prop_assert_eq!(Toc::read(&toc.to_bytes()).unwrap(), toc);
    }

    #[test]
    fn no_bytes_bring_it_down(bytes in proptest::collection::vec(any::<u8>(), 0..200), version in 12_u8..17) {
        let front = [b"PGDMP\x01".as_slice(), &[version], b"\x00\x04\x08\x03", &bytes].concat();
        drop(Toc::read(&front));
        drop(Toc::read(&bytes));
    }
}
