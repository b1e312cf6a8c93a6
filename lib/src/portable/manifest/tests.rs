//! What a manifest says, and which are refused.

use super::*;

const VERSION_1: &str = include_str!("fixtures/version_1.json");

#[test]
fn version_1_is_read_for_ever() {
    let manifest = parse(VERSION_1.as_bytes(), FILE).unwrap();
    assert_eq!((manifest.format, manifest.complete, manifest.rows()), (1, true, 3));
    assert_eq!(manifest.migration.as_deref(), Some("20120402090100"));
    let device = &manifest.tables[1];
    assert_eq!(device.full_name(), Name::new("public", "device"));
    assert_eq!(device.foreign_keys[0].table.name, "host");
    assert_eq!(device.columns[1].kind, Kind::Decimal);
    assert_eq!(manifest.to_json(), VERSION_1);
}

#[test]
fn what_is_held_whole_has_an_end() {
    let large = VERSION_1.to_owned() + &" ".repeat(usize::try_from(LARGEST).unwrap());
    let error = parse(large.as_bytes(), FILE).unwrap_err();
    assert!(error.one_line().contains("is too large to be a manifest"), "{error:?}");
}

#[test]
fn what_is_no_manifest_is_refused() {
    let change = |from: &str, to: &str| {
        assert!(VERSION_1.contains(from), "{from}");
        VERSION_1.replacen(from, to, 1)
    };
    for (text, said) in [
        (change("\"format\": 1", "\"format\": 2"), "the dump is of format 2, and this Mainstay reads up to 1"),
        (change("\"format\": 1,", ""), "it names no format"),
        (change("\"decimal\"", "\"complex\""), "is no manifest"),
        (VERSION_1[..200].to_owned(), "is no manifest"),
        (change("\"host.jsonl\"", "\"../host.jsonl\""), "is no name of a file with rows"),
        (change("\"device.jsonl\"", "\"host.jsonl\""), "the file host.jsonl is there twice"),
        (change("\"name\": \"device\"", "\"name\": \"host\""), "the table public.host is there twice"),
        (change("\"primary_key\": [\n        \"id\"", "\"primary_key\": [\n        \"no\""), "has a column `no`"),
    ] {
        let error = parse(text.as_bytes(), FILE).unwrap_err();
        assert!(error.one_line().contains(said), "{said}: {error:?}");
    }
}
