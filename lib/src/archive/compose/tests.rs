//! Entries as pg_dump writes them, and dependencies.

use super::*;
use crate::archive::digest::CopyFormat;
use crate::archive::toc::{Header, Moment};

const TABLE: u32 = 16385;
const SEQUENCE: u32 = 16384;
const VIEW: u32 = 16408;
const SECOND_VIEW: u32 = 16412;

/// A schema as pg_dump writes it, in short: a table with its key, a sequence, two materialised views.
fn schema() -> Toc {
    let relation = |id: i32, kind: &str, oid: u32, tag: &[u8]| {
        let mut entry = Entry::new(id, kind, Some(tag.to_vec()), Section::PreData);
        entry.catalog = PG_CLASS;
        entry.oid = oid;
        entry.namespace = Some(b"public".to_vec());
        entry.owner = Some(b"walt".to_vec());
        entry
    };
    let mut key = relation(3273, "CONSTRAINT", 1, b"t t_pkey");
    key.catalog = 2606;
    key.section = Section::PostData;
    key.dependencies = vec![216, 216];
    let mut other = key.clone();
    // Nothing has the highest number, and it is not free.
    (other.id, other.dependencies) = (3275, vec![4000]);
    let header = Header {
        version: Version::V1_14,
        offset_size: 8,
        compression: Compression::Level(-1),
        created: Moment::default(),
        database: None,
        server_version: None,
        dump_version: None,
    };
    let entries = vec![
        relation(216, "TABLE", TABLE, b"T"),
        relation(215, "SEQUENCE", SEQUENCE, b"it's \xe9"),
        relation(221, "MATERIALIZED VIEW", VIEW, b"m"),
        relation(222, "MATERIALIZED VIEW", SECOND_VIEW, b"m2"),
        key,
        other,
    ];
    Toc { header, entries }
}

fn composer(version: Version) -> Composer {
    Composer::new(schema(), version, Codec::Zstd(3)).unwrap()
}

/// An entry in one line: what matters for data.
fn line(entry: &Entry) -> String {
    let text = |text: &Option<Vec<u8>>| {
        text.as_deref().map_or("-".into(), |text| text.escape_ascii().to_string().replace("\\\"", "\""))
    };
    format!(
        "{} {} {} {:?} {} {} {:?} {}",
        entry.id,
        entry.kind,
        text(&entry.tag),
        entry.section,
        text(&entry.definition),
        text(&entry.copy),
        entry.dependencies,
        entry.file.escape_ascii()
    )
}

/// The lines of the entries that are not the schema's.
fn added(toc: &Toc) -> Vec<String> {
    toc.entries.iter().filter(|entry| entry.id > 4000).map(line).collect()
}

fn one(objects: &[(u32, &str)]) -> Vec<LargeObject> {
    let object = |(oid, owner): &(u32, &str)| LargeObject { oid: *oid, owner: (*owner).to_owned(), about: Vec::new() };
    objects.iter().map(object).collect()
}

#[test]
fn a_table_in_one_part_is_as_pg_dump_has_it() {
    let mut composer = composer(Version::V1_14);
    let loads = composer.table(TABLE, &["id", "Name"], CopyFormat::Text, 1).unwrap();
    assert_eq!(loads, [Load { id: 4001, file: "4001.dat".into() }]);
    let toc = composer.finish();
    let expected = r#"4001 TABLE DATA T Data - COPY public."T" (id, "Name") FROM stdin;\n [216] 4001.dat"#;
    assert_eq!(added(&toc), [expected]);
    let entry = &toc.entries[4];
    assert_eq!((entry.catalog, entry.oid, entry.had_dumper), (0, TABLE, true));
    assert_eq!(entry.owner.as_deref(), Some(b"walt".as_slice()));
    assert_eq!(toc.entries[5].dependencies, [216, 216]);
}

#[test]
fn parts_share_the_table_and_its_index_waits_for_all() {
    let mut composer = composer(Version::V1_16);
    composer.table(TABLE, &[], CopyFormat::Binary, 3).unwrap();
    let toc = composer.finish();
    let expected = |id: i32| {
        let marker = r#"-- load via partition root public."T""#;
        format!(r#"{id} TABLE DATA T Data {marker} COPY public."T"  FROM stdin WITH (FORMAT binary);\n [] {id}.dat"#)
    };
    assert_eq!(added(&toc), [expected(4001), expected(4002), expected(4003)]);
    let waits: Vec<_> = toc.entries[7..].iter().map(|entry| entry.dependencies.as_slice()).collect();
    assert_eq!(waits, [[216, 216, 4001, 4002, 4003].as_slice(), &[4000]]);
    assert_eq!(toc.header.compression, Compression::Algorithm(Algorithm::Zstd));
}

#[test]
fn sequences_extensions_tables_and_views() {
    let mut composer = composer(Version::V1_14);
    composer.sequence(SEQUENCE, -5, false).unwrap();
    let named = ConfigTable { oid: 9, schema: "ext", name: "conf", owner: "o", after: &[] };
    let first = composer.config_table(&named, &["k"], CopyFormat::Text);
    composer.config_table(&ConfigTable { after: &[first.id], ..named }, &["k"], CopyFormat::Text);
    composer.filling(VIEW, &[]).unwrap();
    composer.filling(SECOND_VIEW, &[VIEW]).unwrap();
    let toc = composer.finish();
    let expected = [
        r#"4001 SEQUENCE SET it\'s \xe9 Data SELECT pg_catalog.setval(\'public."it\'\'s \xe9"\', -5, false);\n - [215] "#,
        r"4003 TABLE DATA conf Data - COPY ext.conf (k) FROM stdin;\n [4002] 4003.dat",
        r"4005 TABLE DATA conf Data - COPY ext.conf (k) FROM stdin;\n [4004, 4003] 4005.dat",
        r"4006 MATERIALIZED VIEW DATA m PostData REFRESH MATERIALIZED VIEW public.m;\n - [221] ",
        r"4007 MATERIALIZED VIEW DATA m2 PostData REFRESH MATERIALIZED VIEW public.m2;\n - [222, 4006] ",
    ];
    assert_eq!(added(&toc), expected);
}

#[test]
fn the_order_is_objects_rows_and_what_comes_after() {
    let mut composer = composer(Version::V1_14);
    composer.filling(VIEW, &[]).unwrap();
    composer.table(TABLE, &["n"], CopyFormat::Text, 2).unwrap();
    composer.large_objects(&one(&[(7, "walt")]));
    let sections: Vec<Section> = composer.finish().entries.iter().map(|entry| entry.section).collect();
    assert!(sections.is_sorted(), "{sections:?}");
    assert_eq!(sections.len(), 11);
}

#[test]
fn large_objects_until_1_15() {
    let mut objects = one(&[(16999, "walt"), (17000, "ada")]);
    objects[1].about = vec![About::Comment("COMMENT;\n".into()), About::Privileges("GRANT;\n".into())];
    let mut composer = composer(Version::V1_15);
    let lists = composer.large_objects(&objects);
    let texts: Vec<_> = lists.iter().map(|list| (list.file.as_str(), list.text.as_str())).collect();
    assert_eq!(texts, [("blobs.toc", "16999 blob_16999.dat\n17000 blob_17000.dat\n")]);
    let expected = [
        r"4001 BLOB 16999 PreData SELECT pg_catalog.lo_create(\'16999\');\n - [] ",
        r"4002 BLOB 17000 PreData SELECT pg_catalog.lo_create(\'17000\');\n - [] ",
        r"4003 COMMENT LARGE OBJECT 17000 None COMMENT;\n - [4002] ",
        r"4004 ACL LARGE OBJECT 17000 None GRANT;\n - [4002] ",
        r"4005 BLOBS BLOBS Data - - [] blobs.toc",
    ];
    assert_eq!(added(&composer.finish()), expected);
}

#[test]
fn large_objects_since_1_16() {
    let mut objects = one(&[(1, "walt"), (2, "walt"), (3, "ada")]);
    objects[2].about = vec![About::SecurityLabel("LABEL;\n".into())];
    let mut composer = composer(Version::V1_16);
    let lists = composer.large_objects(&objects);
    let texts: Vec<_> = lists.iter().map(|list| (list.file.as_str(), list.text.as_str())).collect();
    assert_eq!(texts, [("blobs_4002.toc", "1 blob_1.dat\n2 blob_2.dat\n"), ("blobs_4005.toc", "3 blob_3.dat\n")]);
    let expected = [
        r"4001 BLOB METADATA 1..2 Data 1\n2\n - [] ",
        r"4002 BLOBS 1..2 Data - - [4001] blobs_4002.toc",
        r"4003 BLOB METADATA 3 Data 3\n - [] ",
        r"4004 SECURITY LABEL LARGE OBJECT 3 None LABEL;\n - [4003] ",
        r"4005 BLOBS 3 Data - - [4003] blobs_4005.toc",
    ];
    assert_eq!(added(&composer.finish()), expected);

    let many: Vec<(u32, &str)> = (1..=2001).map(|oid| (oid, "walt")).collect();
    let lists = self::composer(Version::V1_16).large_objects(&one(&many));
    let sizes: Vec<usize> = lists.iter().map(|list| list.objects.len()).collect();
    assert_eq!(sizes, [1000, 1000, 1]);
}

#[test]
fn what_the_schema_has_not_is_refused() {
    let mut composer = composer(Version::V1_14);
    let said = composer.table(VIEW, &[], CopyFormat::Text, 1).unwrap_err();
    assert_eq!(said.message(), "pg_dump's schema has no TABLE with the object identifier 16408");
    let said = composer.filling(SECOND_VIEW, &[VIEW]).unwrap_err();
    assert_eq!(said.message(), "MATERIALIZED VIEW public.m2 reads from a view that is not filled before it");
    composer.sequence(SEQUENCE, 1, true).unwrap();
    let Err(said) = Composer::new(composer.finish(), Version::V1_14, Codec::None) else { panic!("it has data") };
    assert!(said.message().starts_with("the schema has data of its own: SEQUENCE SET public.it's "));
    let mut toc = schema();
    toc.entries[0].id = i32::MAX;
    let Err(said) = Composer::new(toc, Version::V1_14, Codec::None) else { panic!("no number is free") };
    assert!(said.message().contains("leaves too few free ones"));
}
