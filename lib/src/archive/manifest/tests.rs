//! Manifests as they are written, read and refused.

use crate::error::ErrorKind;

use super::*;

/// The format 1 as it was first written: it has to be readable for ever.
const FIRST: &str = include_str!("first.json");

/// The same for proofs.
const FIRST_PROOF: &str = include_str!("first_proof.json");

fn rows(count: u64, sum: u128) -> Rows {
    Rows { count, sum }
}

fn file(name: &str, codec: Codec) -> File {
    File { name: name.into(), stored: Stored::of(name.as_bytes()), codec, plain_bytes: 70 }
}

fn part(file: &str, rows: Rows, range: Option<Range>) -> Part {
    Part { file: file.into(), rows, range }
}

fn key(from: Option<i64>, to: Option<i64>) -> Option<Range> {
    Some(Range::Key { column: "id".into(), from, to })
}

fn manifest() -> Manifest {
    let table = |name: &str, copy: CopyFormat, rows: Rows, parts: Vec<Part>| Table {
        schema: "public".into(),
        name: name.into(),
        columns: vec!["id".into(), "größe".into()],
        copy,
        rows,
        parts,
    };
    Manifest {
        format: FORMAT,
        id: "20261120T023000Z-p7".into(),
        started: "2026-11-20T02:30:00Z".into(),
        finished: "2026-11-20T02:31:00Z".into(),
        source: Source {
            engine: Engine::Postgres,
            database: "walt".into(),
            version: "15.18 (Debian 15.18-0+deb12u1)".into(),
            version_number: 150_018,
            encoding: "UTF8".into(),
            system: Some("7433333333333333333".into()),
            lsn: Some("0/16B3748".into()),
            migration: None,
        },
        tools: Tools { mainstay: "0.1.0".into(), pg_dump: Some("15.18".into()) },
        seed: Seed(0xfedc),
        encryption: Some(Encryption { method: Cipher::Age, recipients: vec!["age1abc".into()] }),
        files: vec![
            file("toc.dat", Codec::None),
            file("4001.dat.zst", Codec::Zstd(3)),
            file("4002.dat.gz", Codec::Gzip(1)),
            file("4003.dat.zst", Codec::Zstd(3)),
        ],
        tables: vec![
            table(
                "users",
                CopyFormat::Text,
                rows(3, 1),
                vec![
                    part("4001.dat.zst", rows(2, u128::MAX), key(None, Some(5))),
                    part("4002.dat.gz", rows(1, 2), key(Some(6), None)),
                ],
            ),
            table("logs", CopyFormat::Binary, rows(7, 9), vec![part("4003.dat.zst", rows(7, 9), None)]),
        ],
        sequences: vec![Sequence { schema: "public".into(), name: "users_id_seq".into(), last: -3, called: true }],
        large_objects: rows(1, 5),
        left_out: vec!["the rows of the foreign table public.far".into()],
    }
}

fn proof() -> Proof {
    Proof {
        format: FORMAT,
        manifest: Stored::of(FIRST.as_bytes()),
        at: "2026-11-21T02:30:00Z".into(),
        by: "walt@backup1".into(),
        milliseconds: 1500,
        mainstay: "0.1.0".into(),
        server: "15.18".into(),
        place: "a scratch database on the same server".into(),
        tables: 2,
        rows: 10,
        large_objects: 1,
        sequences: 1,
        owners: None,
        migration: Some("20260101000000".into()),
        mismatches: Vec::new(),
        failures: Vec::new(),
        left_out: vec!["the rows of the foreign table public.far".into()],
    }
}

#[test]
fn the_first_format_is_written_and_read_as_ever() {
    assert_eq!(String::from_utf8(manifest().to_bytes()).unwrap(), FIRST);
    assert_eq!(Manifest::read(FIRST.as_bytes()).unwrap(), manifest());
}

#[test]
fn a_newer_format_is_refused_by_its_number_and_a_further_field_is_not() {
    let newer = FIRST.replacen("\"format\": 1", "\"format\": 2", 1);
    let error = Manifest::read(newer.as_bytes()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert_eq!(error.message(), "manifest.json has format 2, and this Mainstay reads formats up to 1");
    // Even one that has nothing else in common.
    let error = Proof::read(br#"{"format": 9}"#).unwrap_err();
    assert_eq!(error.message(), "proof.json has format 9, and this Mainstay reads formats up to 1");

    let further = FIRST.replace("\"seed\"", "\"later\": [1, {}],\n  \"seed\"");
    assert_eq!(Manifest::read(further.as_bytes()).unwrap(), manifest());
}

#[test]
fn what_is_no_manifest_is_told() {
    let unknown = |from: &str, to: &str| FIRST.replacen(from, to, 1);
    let cases = [
        (String::new(), "EOF while parsing"),
        ("[]".into(), "invalid length 0"),
        ("{}".into(), "missing field `format`"),
        (unknown("\"format\": 1", "\"format\": 0"), ""),
        (unknown("\"format\": 1", "\"format\": -1"), "invalid value"),
        (unknown("gzip:1", "brotli:1"), "there is no compression \"brotli:1\""),
        (unknown("\"binary\"", "\"csv\""), "unknown variant `csv`"),
        (unknown("\"age\"", "\"gpg\""), "unknown variant `gpg`"),
        (unknown("\"count\": 7", "\"count\": \"7\""), "invalid type"),
        (FIRST[..FIRST.len() / 2].to_owned(), "EOF while parsing"),
    ];
    for (text, why) in cases {
        let error = Manifest::read(text.as_bytes()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Verification, "{error:?}");
        assert!(error.message().starts_with("manifest.json is damaged"), "{error:?}");
        assert!(error.causes().concat().contains(why), "{error:?}");
    }
}

#[test]
fn a_manifest_that_contradicts_itself_is_refused() {
    type Change = fn(&mut Manifest);
    let cases: [(Change, &str); 11] = [
        (|m| m.files[0].name = "../toc.dat".into(), r#""../toc.dat" is no name of a file in a backup"#),
        (|m| m.files[0].name = "a/b".into(), r#""a/b" is no name of a file in a backup"#),
        (|m| m.files[0].name = String::new(), r#""" is no name of a file in a backup"#),
        (|m| m.files[0].name = "proof.json".into(), r#""proof.json" is no name of a file in a backup"#),
        (|m| m.files[0].name = "4001.dat.zst".into(), "the file 4001.dat.zst is listed twice"),
        (|m| m.files[0].stored.blake3.truncate(63), "the file toc.dat has no BLAKE3 of 64 hexadecimal digits"),
        (|m| m.tables[1].name = "users".into(), "the table public.users is listed twice"),
        (|m| m.tables[1].parts[0].file = "5.dat".into(), "5.dat of public.logs is not among the files"),
        (|m| m.tables[1].parts[0].file = "4001.dat.zst".into(), "the file 4001.dat.zst holds rows of two parts"),
        (
            |m| m.tables[0].rows.count = 4,
            "the parts of public.users do not add up to it: 3 rows, 00000000000000000000000000000001 and not 4 rows, \
             00000000000000000000000000000001",
        ),
        (|m| m.tables[0].parts[1].range = None, "public.users has several parts, and one that says it is all"),
    ];
    for (change, said) in cases {
        let mut manifest = manifest();
        change(&mut manifest);
        let error = Manifest::read(&manifest.to_bytes()).unwrap_err();
        assert_eq!((error.message(), error.causes()), ("manifest.json contradicts itself", vec![said.to_owned()]));
    }
    let mut endless = manifest();
    endless.tables[0].parts.iter_mut().for_each(|part| part.rows.count = u64::MAX);
    assert!(endless.check().unwrap_err().message().contains("do not add up"));
    for range in [key(Some(2), Some(1)), Some(Range::Pages { from: 3, to: Some(3) })] {
        let mut manifest = manifest();
        manifest.tables[0].parts[0].range = range;
        let said = "the range of 4001.dat.zst in public.users ends before it begins";
        assert_eq!(manifest.check().unwrap_err().message(), said);
    }
}

#[test]
fn a_proof_is_of_one_manifest() {
    assert_eq!(String::from_utf8(proof().to_bytes()).unwrap(), FIRST_PROOF);
    assert_eq!(Proof::read(FIRST_PROOF.as_bytes()).unwrap(), proof());
    assert_eq!(proof().verdict(FIRST.as_bytes()), Verdict::Proven);
    assert_eq!(proof().verdict(FIRST.trim_end().as_bytes()), Verdict::Foreign);
    let mismatch = manifest().tables[1].compare(None, &[]).unwrap();
    let refuted = Proof { mismatches: vec![mismatch], ..proof() };
    assert_eq!(refuted.verdict(FIRST.as_bytes()), Verdict::Refuted);
    let failed = Proof { failures: vec!["the large objects have come out as others".into()], ..proof() };
    assert_eq!(failed.verdict(FIRST.as_bytes()), Verdict::Refuted);
    assert_eq!(Proof::read(&refuted.to_bytes()).unwrap(), refuted);
}

#[test]
fn what_differs_is_told_by_table_and_by_range_of_keys() {
    let users = &manifest().tables[0];
    let (first, second) = (users.parts[0].rows, users.parts[1].rows);
    assert_eq!(users.compare(Some(users.rows), &[Some(first), Some(second)]), None);
    assert_eq!(users.compare(Some(users.rows), &[]), None);

    let lost = rows(2, 2);
    let mismatch = users.compare(Some(lost), &[Some(first), Some(rows(0, 0))]).unwrap();
    assert_eq!((mismatch.found, mismatch.ranges.len()), (Some(lost), 1));
    assert_eq!(Some(&mismatch.ranges[0].range), users.parts[1].range.as_ref());
    // Rows that went over to another range: the whole is the same.
    assert_eq!(users.compare(Some(users.rows), &[Some(second), Some(first)]).unwrap().ranges.len(), 2);

    let mut pages = users.clone();
    pages.parts[0].range = Some(Range::Pages { from: 0, to: Some(9) });
    assert_eq!(pages.compare(Some(users.rows), &[Some(lost), Some(second)]), None);
}
