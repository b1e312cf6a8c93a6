//! What COPY says and what may be said in it.

use super::*;
use crate::catalog::{Attribute, Catalog, Composite, Domain, Name, Range};
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

/// `price (numeric(5,2), text)`, the domain `cents` and the range `span` of binary numbers.
fn own_types() -> Catalog {
    let attribute = |data_type: &str| Attribute { data_type: data_type.to_owned(), ..Attribute::default() };
    let price = Composite {
        name: Name::new("public", "price"),
        attributes: vec![attribute("public.cents"), attribute("text")],
        ..Composite::default()
    };
    let cents =
        Domain { name: Name::new("public", "cents"), data_type: "numeric(5,2)".to_owned(), ..Domain::default() };
    let span = Range { name: Name::new("public", "span"), subtype: "double precision".to_owned(), ..Range::default() };
    Catalog { composites: vec![price], domains: vec![cents], ranges: vec![span], ..Catalog::default() }
}

#[test]
fn a_column_takes_what_it_keeps() {
    let said = |data_type: &str, value: Value<'_>| {
        let mut out = Vec::new();
        write(&value, &Column::new(data_type, false, &own_types()), &mut out).map(|()| String::from_utf8(out).unwrap())
    };
    for (data_type, value, expected) in [
        ("boolean", Value::Integer(1), "t"),
        ("integer", Value::Real(7.0), "7"),
        ("bigint", Value::text("9007199254740993"), "9007199254740993"),
        ("double precision", Value::Integer(3), "3.0"),
        ("double precision", Value::text("0.50"), "0.5"),
        ("real", Value::Real(0.1), "0.1"),
        ("real", Value::Real(30_000_001_000.0), "30000001000.0"),
        ("numeric(3,1)", Value::Bool(true), "1"),
        ("double precision", Value::Bool(false), "0.0"),
        ("boolean", Value::text("1"), "t"),
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
        ("interval day to hour", Value::text("3 days 04:00:00"), "3 days 04:00:00"),
        ("real[]", Value::text("{0.1,3.0000001e+10,NaN}"), "{0.1,3.0000001e+10,NaN}"),
        ("date[]", Value::text("{2024-02-29,infinity}"), "{2024-02-29,infinity}"),
        ("timestamp with time zone[]", Value::text("{\"2024-02-29 11:00:00+00\"}"), "{\"2024-02-29 11:00:00+00\"}"),
        ("time without time zone", Value::text("24:00:00"), "24:00:00"),
        ("point", Value::text("(0.1,-2)"), "(0.1,-2)"),
        ("box[]", Value::text("{(1,1),(0,0.5)}"), "{(1,1),(0,0.5)}"),
        ("public.price", Value::text("(1.25,EUR)"), "(1.25,EUR)"),
        ("public.price[]", Value::text("{\"(1.25,\\\"a b\\\")\",NULL}"), "{\"(1.25,\\\\\"a b\\\\\")\",NULL}"),
        ("public.cents", Value::text("1.25"), "1.25"),
        ("public.span", Value::text("[0.1,0.2)"), "[0.1,0.2)"),
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
        ("real", Value::Real(3e10)),
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
        ("xid", Value::text("4294967297")),
        ("xid[]", Value::text("{1,4294967297}")),
        ("numeric(5,2)[]", Value::text("{1e-3}")),
        ("numeric(5,-2)[]", Value::text("{1250}")),
        ("numeric(5,2)[]", Value::text("1.25")),
        ("real[]", Value::text("{0.123456789}")),
        ("date[]", Value::text("{\"2024-02-29 12:00:00\"}")),
        ("daterange", Value::text("[2024-02-29 12:00:00,)")),
        ("tstzmultirange", Value::text("{[2024-02-29 24:00:00+00,)}")),
        ("character varying(3)[]", Value::text("{\"abc \"}")),
        ("interval day to hour", Value::text("3 days 04:30:00")),
        ("interval", Value::text("0.123456 years")),
        ("time without time zone", Value::text("23:59:60")),
        ("timestamp without time zone", Value::text("2024-02-29 24:00:00")),
        ("time with time zone", Value::text("23:59:60+00")),
        ("point", Value::text("(0.1000000000000000055511151231257827,0)")),
        ("public.price", Value::text("(1.256,EUR)")),
        ("public.price[]", Value::text("{\"(1.256,EUR)\"}")),
        ("public.cents[]", Value::text("{1.256}")),
        ("public.span", Value::text("[0.1000000000000000055511151231257827,)")),
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
    // Parts of a type of the user's may be others where the values come from.
    for own in ["public.price", "public.price[]", "public.cents", "public.cents[]", "public.span"] {
        assert!(!Column::new(own, true, &own_types()).same, "{own}");
    }
    assert!(Column::new("numeric(5,2)[]", true, &own_types()).same);
    let mut out = Vec::new();
    write(&Value::text("0.125"), &Column::new("numeric(10,2)", true, &Catalog::default()), &mut out).unwrap();
    assert_eq!(out, b"0.125");
    out.clear();
    write(&Value::Real(0.1 + 0.2), &Column::new("real", true, &Catalog::default()), &mut out).unwrap();
    assert_eq!(out, b"0.30000000000000004");
}
