//! What the digests see and what they must not.

use proptest::prelude::*;
use xxhash_rust::xxh3::xxh3_128_with_seed;

use super::*;

const SEED: Seed = Seed(7);

/// The digest of `stream` in pieces of `size`.
fn digest(format: CopyFormat, stream: &[u8], size: usize) -> crate::Result<Rows> {
    let mut reader = RowReader::new(format, SEED);
    stream.chunks(size).try_for_each(|piece| reader.push(piece))?;
    reader.finish()
}

/// The same computed apart, from the rows.
fn expected(rows: &[Vec<u8>]) -> Rows {
    let sum = rows.iter().fold(0_u128, |sum, row| sum.wrapping_add(xxh3_128_with_seed(row, SEED.0)));
    Rows { count: rows.len() as u64, sum }
}

fn text(rows: &[Vec<u8>]) -> Vec<u8> {
    rows.iter().flat_map(|row| row.iter().copied().chain([b'\n'])).collect()
}

fn binary(rows: &[Vec<u8>]) -> Vec<u8> {
    [b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0".to_vec(), rows.concat(), b"\xff\xff".to_vec()].concat()
}

/// A row of binary COPY.
fn tuple(fields: &[Option<&[u8]>]) -> Vec<u8> {
    let mut row = u16::try_from(fields.len()).unwrap().to_be_bytes().to_vec();
    for field in fields {
        row.extend(field.map_or(-1, |field| i32::try_from(field.len()).unwrap()).to_be_bytes());
        row.extend(field.unwrap_or_default());
    }
    row
}

/// Rows in both formats, and their stream.
fn samples() -> [(CopyFormat, Vec<Vec<u8>>, Vec<u8>); 2] {
    let long = "long".repeat(200);
    let lines: Vec<Vec<u8>> = ["1\ta", "", "2\t\\N", "\\\\.", "a\\.", "\\.b", "\\", &long]
        .iter()
        .map(|row| row.as_bytes().to_vec())
        .collect();
    let tuples = vec![
        tuple(&[Some(b"\0\0\0\x01"), Some(b"a")]),
        tuple(&[None, Some(b"")]),
        tuple(&[]),
        tuple(&[Some(long.as_bytes()), None]),
    ];
    let streams = [text(&lines), binary(&tuples)];
    let [lines_stream, tuples_stream] = streams;
    [(CopyFormat::Text, lines, lines_stream), (CopyFormat::Binary, tuples, tuples_stream)]
}

#[test]
fn pieces_may_end_anywhere() {
    for (format, rows, stream) in samples() {
        for size in (1..60).chain([stream.len()]) {
            assert_eq!(digest(format, &stream, size).unwrap(), expected(&rows), "{format:?} {size}");
        }
    }
}

#[test]
fn what_ends_a_stored_file_is_no_row() {
    let [(_, rows, stream), _] = samples();
    for end in ["\\.\n\n\n", "\\.\n"] {
        let stored = [&stream, end.as_bytes()].concat();
        for size in [1, 2, 3, 1000, 10_000] {
            assert_eq!(digest(CopyFormat::Text, &stored, size).unwrap(), expected(&rows), "{size}");
        }
    }
    assert_eq!(digest(CopyFormat::Text, b"\\.\n\n\n", 1).unwrap(), Rows::default());
    assert_eq!(digest(CopyFormat::Text, b"", 1).unwrap(), Rows::default());
}

#[test]
fn what_is_no_copy_is_told_with_its_row() {
    let header = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
    let after = |bytes: &[u8]| [header, bytes].concat();
    let cases: Vec<(CopyFormat, Vec<u8>, &str)> = vec![
        (CopyFormat::Text, b"a\nb".to_vec(), "after row 1: the last line has no end"),
        (CopyFormat::Text, b"a\n\\.\nb\n".to_vec(), "after row 1: something follows the end"),
        (CopyFormat::Binary, b"PGCOPY".to_vec(), "after row 0: the signature is not whole"),
        (CopyFormat::Binary, b"".to_vec(), "after row 0: the signature is not whole"),
        (CopyFormat::Binary, b"1\t2\n3\t4\n5\t6\n7\t8\n9\t10\n".to_vec(), "after row 0: there is no signature"),
        (CopyFormat::Binary, after(b""), "after row 0: the mark of the end is missing"),
        (CopyFormat::Binary, after(b"\0\x01\0\0\0\x05ab"), "after row 0: the mark of the end is missing"),
        (CopyFormat::Binary, after(b"\0\0\xff\xff!"), "after row 1: something follows the end"),
        (CopyFormat::Binary, after(b"\xff\xfe"), "after row 0: a row has a negative number of fields"),
        (CopyFormat::Binary, after(b"\0\x01\xff\xff\xff\xfe"), "after row 0: a field has a negative length"),
        (
            CopyFormat::Binary,
            b"PGCOPY\n\xff\r\n\0\0\x01\0\0\0\0\0\0".to_vec(),
            "after row 0: the header has flags that are not known",
        ),
    ];
    for (format, stream, said) in cases {
        for size in [1, 1000] {
            let error = digest(format, &stream, size).unwrap_err();
            assert!(error.message().contains(said), "{}", error.message());
        }
    }
    let extended = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\x03abc\0\0\xff\xff";
    assert_eq!(digest(CopyFormat::Binary, extended, 4).unwrap(), expected(&[tuple(&[])]));
}

#[test]
fn rows_as_text_and_back() {
    let rows = Rows { count: 12, sum: 0xab };
    let json = r#"{"count":12,"sum":"000000000000000000000000000000ab"}"#;
    assert_eq!(serde_json::to_string(&rows).unwrap(), json);
    assert_eq!(serde_json::from_str::<Rows>(json).unwrap(), rows);
    assert_eq!(serde_json::to_string(&SEED).unwrap(), r#""0000000000000007""#);
    assert_eq!(serde_json::from_str::<Seed>(r#""ffffffffffffffff""#).unwrap(), Seed(u64::MAX));
    assert!(serde_json::from_str::<Seed>(r#""10000000000000000""#).is_err());
    for wrong in
        [r#"{"count":1,"sum":"ab"}"#, r#"{"count":1,"sum":"+0000000000000000000000000000001"}"#, r#"{"count":1}"#]
    {
        assert!(serde_json::from_str::<Rows>(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn the_numbers_are_those_of_the_format_for_ever() {
    let [(_, _, text), (_, _, binary)] = samples();
    let told = |format, stream: &[u8]| digest(format, stream, 1000).unwrap().to_string();
    assert_eq!(told(CopyFormat::Text, &text), "8 rows, 61fa27f8ae93e2805b2ae965299a1fd0");
    assert_eq!(told(CopyFormat::Binary, &binary), "4 rows, 163d7f646dc3c4d5d75067fd5045fa21");
    let hello = Stored::of(b"hello");
    assert_eq!((hello.bytes, &hello.blake3[..8]), (5, "ea8f163d"));
}

#[test]
fn a_pair_of_rows_that_is_there_twice_more_is_seen() {
    let rows = |lines: &[&str]| digest(CopyFormat::Text, (lines.join("\n") + "\n").as_bytes(), 9).unwrap();
    assert_ne!(rows(&["a", "b", "b"]).sum, rows(&["a", "c", "c"]).sum);
    assert_ne!(rows(&["a", "b", "b", "b"]).sum, rows(&["a", "a", "a", "b"]).sum);
}

fn lines() -> impl Strategy<Value = Vec<Vec<u8>>> {
    let line = proptest::collection::vec(any::<u8>().prop_filter("no line feed", |byte| *byte != b'\n'), 0..40);
    let line = line.prop_filter("not the end", |line| line.as_slice() != b"\\.");
    proptest::collection::vec(line, 1..30)
}

fn tuples() -> impl Strategy<Value = Vec<Vec<u8>>> {
    let field = proptest::option::of(proptest::collection::vec(any::<u8>(), 0..20));
    let row = proptest::collection::vec(field, 0..5)
        .prop_map(|fields| tuple(&fields.iter().map(Option::as_deref).collect::<Vec<_>>()));
    proptest::collection::vec(row, 1..30)
}

/// What holds in either format, for the way in which rows become a stream.
fn holds(
    format: CopyFormat,
    stream: fn(&[Vec<u8>]) -> Vec<u8>,
    rows: Vec<Vec<u8>>,
    (one, other, bit, size): (usize, usize, u8, usize),
) -> Result<(), TestCaseError> {
    let whole = digest(format, &stream(&rows), size).unwrap();
    prop_assert_eq!(whole, expected(&rows));
    let (one, other) = (one % rows.len(), other % rows.len());

    let mut turned = rows.clone();
    turned.rotate_left(one);
    turned.swap(0, other);
    prop_assert_eq!(digest(format, &stream(&turned), size).unwrap(), whole, "the order");

    let (front, back) = rows.split_at(one);
    let parts: Rows = [front, back].iter().map(|part| digest(format, &stream(part), size).unwrap()).sum();
    prop_assert_eq!(parts, whole, "the parts");

    let mut lost = rows.clone();
    lost.remove(one);
    prop_assert_ne!(digest(format, &stream(&lost), size).unwrap(), whole, "a row is lost");

    let twice = [rows.as_slice(), &[rows[one].clone(), rows[one].clone()]].concat();
    prop_assert_ne!(digest(format, &stream(&twice), size).unwrap().sum, whole.sum, "a row is there twice more");

    let mut replaced = rows.clone();
    replaced[one] = rows[other].clone();
    let same = rows[one] == rows[other];
    prop_assert_eq!(digest(format, &stream(&replaced), size).unwrap() == whole, same, "a row stands for another");

    let mut flipped = stream(&rows);
    let at = one * flipped.len() / rows.len();
    flipped[at] ^= 1 << bit;
    // The lower bits of the binary header's flags are there to be ignored.
    let ignored = format == CopyFormat::Binary && (13..15).contains(&at);
    if let (Ok(read), false) = (digest(format, &flipped, size), ignored) {
        prop_assert_ne!(read, whole, "byte {} bit {}", at, bit);
    }
    Ok(())
}

proptest! {
    #[test]
    fn text_is_told_by_its_rows(rows in lines(), how in (any::<usize>(), any::<usize>(), 0..8_u8, 1..100_usize)) {
        holds(CopyFormat::Text, text, rows, how)?;
    }

    #[test]
    fn binary_is_told_by_its_rows(rows in tuples(), how in (any::<usize>(), any::<usize>(), 0..8_u8, 1..100_usize)) {
        holds(CopyFormat::Binary, binary, rows, how)?;
    }

    #[test]
    fn no_bytes_bring_it_down(bytes in proptest::collection::vec(any::<u8>(), 0..200), size in 1..50_usize) {
        drop(digest(CopyFormat::Text, &bytes, size));
        drop(digest(CopyFormat::Binary, &bytes, size));
        drop(digest(CopyFormat::Binary, &binary(&[bytes]), size));
    }
}
