//! What is written reads back as it was, and nothing else is read.

use proptest::prelude::*;

use super::*;
use crate::archive::digest::Seed;
use crate::portable::{Kind, Value};

fn names(count: usize) -> Vec<String> {
    (0..count).map(|at| format!("c \"{at}\"")).collect()
}

fn line(values: &[Value<'_>]) -> Vec<u8> {
    let names = names(values.len());
    let mut lines = Lines::new(names.iter().map(|name| (name.as_str(), Kind::Any)), Seed(0));
    values.iter().for_each(|value| lines.value(value));
    lines.end();
    lines.take()
}

fn read(text: &[u8], columns: &[&str]) -> Result<Vec<Value<'static>>, Damage> {
    let columns: Vec<String> = columns.iter().map(|name| (*name).to_owned()).collect();
    let mut values = Vec::new();
    let text: &'static [u8] = text.to_vec().leak();
    Line::read(text, &columns, &mut values).map(|()| values)
}

#[test]
fn a_row_is_what_a_person_expects() {
    let values = [
        Value::Null,
        Value::Bool(true),
        Value::Integer(i64::MIN),
        Value::Real(1.0),
        Value::Real(f64::NEG_INFINITY),
        Value::text("a \"quoted\" text\nof two lines \u{1} ä 🐘"),
        Value::Bytes(b"\0\xff"[..].into()),
    ];
    let columns = ["a", "b", "c", "d", "e", "f", "g"];
    let mut lines = Lines::new(columns.map(|name| (name, Kind::Any)), Seed(0));
    values.iter().for_each(|value| lines.value(value));
    lines.end();
    let expected = "{\"a\":null,\"b\":true,\"c\":-9223372036854775808,\"d\":1.0,\"e\":{\"real\":\"-Infinity\"},\
        \"f\":\"a \\\"quoted\\\" text\\nof two lines \\u0001 ä 🐘\",\"g\":{\"hex\":\"00ff\"}}\n";
    assert_eq!(String::from_utf8_lossy(lines.ready()), expected);
    assert_eq!(read(expected.trim_end().as_bytes(), &columns).unwrap(), values);
    let own: serde_json::Value = serde_json::from_str(expected).unwrap();
    assert_eq!(own["f"], "a \"quoted\" text\nof two lines \u{1} ä 🐘");
}

#[test]
fn damage_is_told_with_its_place() {
    for (text, at, reason) in [
        ("", 0, "the line ends before its row does"),
        ("{\"a\":1", 6, "the line ends before its row does"),
        ("{\"a\":1,\"b\":\"x", 13, "the line ends within a text"),
        ("{\"a\":1}", 6, "the column `b` is missing"),
        ("{\"b\":1,\"a\":2}", 1, "the column `b` stands where `a` should be"),
        ("{\"a\":1,\"b\":2,\"c\":3}", 12, "there are more columns than the manifest says"),
        ("{\"a\":1,\"b\":2} x", 14, "something follows the row"),
        ("{\"a\":9223372036854775808,\"b\":2}", 5, "9223372036854775808 is no number that can be held"),
        ("{\"a\":1e999,\"b\":2}", 5, "1e999 is no number that can be held"),
        ("{\"a\":tru,\"b\":2}", 5, "this is no value"),
        ("{\"a\":[1],\"b\":2}", 5, "this is no value"),
        ("{\"a\":{\"hex\":\"0\"},\"b\":2}", 5, "this is no value"),
        ("{\"a\":\"\\ud800\",\"b\":2}", 12, "half a character"),
        ("{\"a\":\"\\q\",\"b\":2}", 8, "there is no such escape"),
    ] {
        let damage = read(text.as_bytes(), &["a", "b"]).unwrap_err();
        assert_eq!((damage.at, damage.reason.as_str()), (at, reason), "{text}");
    }
    assert_eq!(read(b"{\"a\":\"\xff\",\"b\":2}", &["a", "b"]).unwrap_err().reason, "the text is not UTF-8");
    let spaced = read(b" { \"a\" : 1 , \"b\" : \"\\u00e4\\ud83d\\udc18\" } ", &["a", "b"]).unwrap();
    assert_eq!(spaced, [Value::Integer(1), Value::text("ä🐘")]);
}

fn values() -> impl Strategy<Value = Vec<Value<'static>>> {
    let value = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Integer),
        any::<f64>().prop_filter("equal to itself", |number| !number.is_nan()).prop_map(Value::Real),
        any::<String>().prop_map(|text| Value::Text(text.into())),
        proptest::collection::vec(any::<u8>(), 0..20).prop_map(|bytes| Value::Bytes(bytes.into())),
    ];
    proptest::collection::vec(value, 0..6)
}

proptest! {
    #[test]
    fn what_is_written_reads_back(values in values()) {
        let line = line(&values);
        let (end, text) = line.split_last().unwrap();
        prop_assert_eq!((*end, text.contains(&b'\n')), (b'\n', false));
        let mut back = Vec::new();
        Line::read(text, &names(values.len()), &mut back).unwrap();
        prop_assert_eq!(back, values);
        prop_assert!(serde_json::from_slice::<serde_json::Value>(text).is_ok());
    }

    #[test]
    fn no_bytes_bring_it_down(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
        let _ = Line::read(&bytes, &names(2), &mut Vec::new());
    }

    #[test]
    fn half_a_line_is_no_row(values in values(), cut in any::<proptest::sample::Index>()) {
        let line = line(&values);
        let text = &line[..cut.index(line.len() - 1)];
        prop_assert!(Line::read(text, &names(values.len()), &mut Vec::new()).is_err());
    }
}
