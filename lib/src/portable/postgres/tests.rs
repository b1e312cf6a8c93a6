//! What COPY says and what may be said in it.

use super::*;
use crate::portable::{Kind, Value};

fn read(kinds: &[Kind], row: &str) -> Result<Vec<String>, String> {
    let mut values = Vec::new();
    RowText::default()
        .read(row.as_bytes(), kinds, |value| values.push(format!("{value:?}")))
        .map(|()| values)
        .map_err(|refusal| refusal.reason)
}

#[test]
fn fields_become_values() {
    for (kind, field, expected) in [
        (Kind::Boolean, "t", "Bool(true)"),
        (Kind::Integer, "-9223372036854775808", "Integer(-9223372036854775808)"),
        (Kind::Real, "1e+20", "Real(1e20)"),
        (Kind::Real, "-Infinity", "Real(-inf)"),
        (Kind::Decimal, "12.50", "Text(\"12.50\")"),
        (Kind::Text, "a\\tb\\\\N\\n", "Text(\"a\\tb\\\\N\\n\")"),
        (Kind::Bytes, "\\\\x00ff", "Bytes([0, 255])"),
        (Kind::Timestamptz, "2024-02-29 12:00:00.5+00", "Text(\"2024-02-29 12:00:00.5Z\")"),
        (Kind::Timestamptz, "0044-03-15 00:00:00+00 BC", "Text(\"0044-03-15 00:00:00Z BC\")"),
        (Kind::Timestamptz, "infinity", "Text(\"infinity\")"),
        (Kind::Other, "\\N", "Null"),
        (Kind::Other, "{1,NULL}", "Text(\"{1,NULL}\")"),
    ] {
        assert_eq!(read(&[kind], field), Ok(vec![expected.to_owned()]), "{field}");
    }
    assert_eq!(read(&[Kind::Text, Kind::Text], "a\t").unwrap(), ["Text(\"a\")", "Text(\"\")"]);
    assert!(read(&[Kind::Text], "a\tb").is_err() && read(&[Kind::Text, Kind::Text], "a").is_err());
}

#[test]
fn a_column_takes_what_it_keeps() {
    let said = |data_type: &str, value: Value<'_>| {
        let mut out = Vec::new();
        write(&value, &Column::new(data_type, false), &mut out).map(|()| String::from_utf8(out).unwrap())
    };
    for (data_type, value, expected) in [
        ("boolean", Value::Integer(1), "t"),
        ("integer", Value::Real(7.0), "7"),
        ("bigint", Value::text("9007199254740993"), "9007199254740993"),
        ("double precision", Value::Integer(3), "3.0"),
        ("double precision", Value::text("0.50"), "0.5"),
        ("real", Value::Real(0.1), "0.1"),
        ("numeric(10,2)", Value::Real(0.25), "0.25"),
        ("numeric(10,2)", Value::text("0.250"), "0.250"),
        ("numeric(5,-2)", Value::Integer(1200), "1200"),
        ("numeric", Value::text("NaN"), "NaN"),
        ("numeric", Value::Real(1e21), "1000000000000000000000"),
        ("character varying(3)", Value::text("äöü"), "äöü"),
        ("text", Value::text("a\\b\tc\r\n"), "a\\\\b\\tc\\r\\n"),
        ("double precision", Value::text("3e10"), "30000000000.0"),
        ("numeric(10,2)", Value::text("1.5e3"), "1500"),
        ("interval(3)", Value::text("1 day 02:03:04.5670"), "1 day 02:03:04.5670"),
        ("numeric(5,2)[]", Value::text("{1.25,NULL,3.500}"), "{1.25,NULL,3.500}"),
        ("time(0) with time zone", Value::text("12:00:00+02"), "12:00:00+02"),
        ("money", Value::text("$12.50"), "$12.50"),
        ("name", Value::text("ä"), "ä"),
        ("tstzrange", Value::text("[\"2024-02-29 12:00:00.123456+00\",)"), "[\"2024-02-29 12:00:00.123456+00\",)"),
        ("bytea", Value::Bytes(b"\0\xff"[..].into()), "\\\\x00ff"),
        ("public.mood", Value::text("sad"), "sad"),
        ("jsonb", Value::text("{\"a\": \"\\\\u0000\"}"), "{\"a\": \"\\\\\\\\u0000\"}"),
        ("timestamp with time zone", Value::text("2024-02-29 12:00:00Z"), "2024-02-29 12:00:00Z"),
    ] {
        assert_eq!(said(data_type, value.clone()), Ok(expected.to_owned()), "{data_type} {value:?}");
    }
    for (data_type, value) in [
        ("boolean", Value::Integer(2)),
        ("smallint", Value::Integer(40_000)),
        ("integer", Value::Real(7.5)),
        ("double precision", Value::Integer((1 << 53) + 1)),
        ("double precision", Value::text("0.1000000000000000055511151231257827")),
        ("real", Value::Real(0.1 + 0.2)),
        ("numeric(10,2)", Value::Real(0.125)),
        ("numeric(10,2)", Value::text("0.125")),
        ("numeric(5,-2)", Value::Integer(1250)),
        ("numeric(5,2)", Value::text("Infinity")),
        ("numeric", Value::text("twelve")),
        ("numeric(5,2)[]", Value::text("{1.25,0.125}")),
        ("numeric(5)[]", Value::text("{1.5}")),
        ("interval(0)", Value::text("1 day 02:03:04.5")),
        ("interval", Value::text("PT0.1234567S")),
        ("time(0) with time zone", Value::text("12:00:00.5+02")),
        ("timestamp(3) without time zone[]", Value::text("{\"2024-02-29 12:00:00.1234\"}")),
        ("money", Value::text("12.345")),
        ("tsrange", Value::text("[2024-02-29 12:00:00.1234567,)")),
        ("name", Value::text("äääääääääääääääääääääääääääääääää")),
        ("\"char\"", Value::text("ä")),
        ("character varying(3)", Value::text("abcd")),
        ("character varying(3)", Value::text("abc ")),
        ("text", Value::text("a\0b")),
        ("jsonb", Value::text("\"\\u0000\"")),
        ("bytea", Value::text("a")),
        ("text", Value::Bytes(b"a"[..].into())),
        ("date", Value::text("2024-02-29 12:00:00")),
        ("timestamp(0) without time zone", Value::text("2024-02-29 12:00:00.5")),
        ("timestamp with time zone", Value::Integer(1_700_000_000)),
    ] {
        assert!(said(data_type, value.clone()).is_err(), "{data_type} {value:?}");
    }
}

#[test]
fn a_value_of_the_very_type_is_not_looked_at() {
    let mut out = Vec::new();
    write(&Value::text("0.125"), &Column::new("numeric(10,2)", true), &mut out).unwrap();
    assert_eq!(out, b"0.125");
}
