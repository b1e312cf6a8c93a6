//! Values both ways.

use super::json::value;
use super::{Shape, of_default, read, write};
use crate::portable::Value;
use crate::portable::json::Line;

fn written(value: &Value<'_>, shape: &Shape) -> Result<String, String> {
    let mut out = Vec::new();
    write(value, shape, &mut out).map(|()| String::from_utf8(out).expect("JSON"))
}

fn array(shape: Shape, dimensions: usize) -> Shape {
    Shape::Array(Box::new(shape), dimensions)
}

#[test]
fn values_are_written_as_django_writes_them() {
    for (shape, text, expected) in [
        (Shape::Text, "ä\"\n", r#""ä\"\n""#),
        (Shape::Decimal, "12.50", r#""12.50""#),
        (Shape::Date, "2024-02-29", r#""2024-02-29""#),
        (Shape::Moment, "2024-02-29 12:00:00.5Z", r#""2024-02-29T12:00:00.500000Z""#),
        (Shape::Moment, "2024-02-29 12:00:00Z", r#""2024-02-29T12:00:00Z""#),
        (Shape::Timestamp, "2024-02-29 12:00:00.123456", r#""2024-02-29T12:00:00.123456""#),
        (Shape::StoredMoment, "2024-02-29 12:00:00.100000", r#""2024-02-29T12:00:00.100000Z""#),
        (Shape::StoredMoment, "2024-06-01 12:00:00.5+02:00", r#""2024-06-01T10:00:00.500000Z""#),
        (Shape::StoredMoment, "2024-06-01 12:00:00Z", r#""2024-06-01T12:00:00Z""#),
        (Shape::Interval, "1 day 02:03:04.5", r#""1 02:03:04.500000""#),
        (Shape::StoredUuid, "0123456789abcdef0123456789abcdef", r#""01234567-89ab-cdef-0123-456789abcdef""#),
        (Shape::Json, "{\"b\": 1.10,\n\"a\":[]}", r#"{"b": 1.10, "a": []}"#),
        (array(Shape::Integer, 1), "{1,2,NULL}", r#""[\"1\", \"2\", null]""#),
        (array(Shape::Boolean, 1), "{t,f}", r#""[\"True\", \"False\"]""#),
        (array(Shape::Integer, 2), "{{1,2},{3,4}}", r#""[\"[\\\"1\\\", \\\"2\\\"]\", \"[\\\"3\\\", \\\"4\\\"]\"]""#),
        (
            Shape::Range(Box::new(Shape::Integer)),
            "[1,5)",
            r#""{\"bounds\": \"[)\", \"lower\": \"1\", \"upper\": \"5\"}""#,
        ),
        (Shape::Range(Box::new(Shape::Date)), "empty", r#""{\"empty\": true}""#),
        (Shape::Hstore, r#""a"=>NULL, "b"=>"1""#, r#""{\"a\": null, \"b\": \"1\"}""#),
        (Shape::Other, "10.0.0.1", r#""10.0.0.1""#),
    ] {
        assert_eq!(written(&Value::text(text), &shape).as_deref(), Ok(expected), "{shape:?} {text}");
    }
    assert_eq!(written(&Value::Bytes(b"\x00\xff".into()), &Shape::Bytes).as_deref(), Ok("\"AP8=\""));
    assert_eq!(written(&Value::Real(f64::NAN), &Shape::Real).as_deref(), Ok("NaN"));
    assert_eq!(written(&Value::Real(1e20), &Shape::Real).as_deref(), Ok("1e20"));
    assert_eq!(written(&Value::Integer(90_000_000), &Shape::StoredDuration).as_deref(), Ok("\"00:01:30\""));
}

#[test]
fn what_python_does_not_know_is_refused() {
    for (shape, text) in [
        (Shape::Date, "0044-03-15 BC"),
        (Shape::Date, "infinity"),
        (Shape::Moment, "infinity"),
        (Shape::Moment, "12024-02-29 12:00:00Z"),
        (Shape::StoredMoment, "yesterday"),
        (Shape::StoredMoment, "2016-12-31 23:59:60"),
        (Shape::StoredMoment, "2016-12-31 23:59:59.1234567"),
        (Shape::Bytes, "cafe"),
        (array(Shape::Text, 1), "{{a,b},{c,d}}"),
        (Shape::Interval, "1 mon"),
        (Shape::Json, "null"),
        (Shape::Json, "{"),
        (array(Shape::Integer, 1), "[0:1]={1,2}"),
    ] {
        assert!(written(&Value::text(text), &shape).is_err(), "{shape:?} {text}");
    }
}

#[test]
fn bytes_are_refused_where_a_text_would_come_back() {
    for shape in [Shape::Text, Shape::Other, Shape::StoredMoment, Shape::Json] {
        assert!(written(&Value::Bytes(b"\x01".into()), &shape).is_err(), "{shape:?}");
    }
}

#[test]
fn a_default_is_a_text_of_the_databases() {
    for (shape, text, expected) in [
        (Shape::Json, "{\"a\": 1}", "Text(\"{\\\"a\\\": 1}\")"),
        (Shape::Interval, "1 day", "Text(\"1 day\")"),
        (array(Shape::Integer, 1), "{1,2}", "Text(\"{1,2}\")"),
        (Shape::Bytes, "\\x00ff", "Bytes([0, 255])"),
        (Shape::StoredDuration, "90000000", "Integer(90000000)"),
        (Shape::Boolean, "true", "Bool(true)"),
        (Shape::Text, "none", "Text(\"none\")"),
    ] {
        assert_eq!(format!("{:?}", of_default(text, &shape).unwrap()), expected, "{shape:?}");
    }
}

fn taken(text: &str, shape: &Shape) -> Option<String> {
    let json = value(&mut Line::over(text.as_bytes())).expect("JSON");
    read(&json, shape).ok().map(|value| match value {
        Value::Text(text) => text.into_owned(),
        other => format!("{other:?}"),
    })
}

#[test]
fn values_are_read_as_django_reads_them() {
    for (shape, text, expected) in [
        (Shape::Boolean, "\"True\"", Some("Bool(true)")),
        (Shape::Boolean, "2", None),
        (Shape::Integer, "\" 12 \"", Some("Integer(12)")),
        (Shape::Integer, "1.5", None),
        (Shape::Integer, "1e3", Some("Integer(1000)")),
        (Shape::Integer, "[1]", None),
        (Shape::Real, "1331650000.5", Some("Real(1331650000.5)")),
        (Shape::Real, "NaN", Some("Real(NaN)")),
        (Shape::Real, "1e999", None),
        (Shape::Decimal, "\"1E+2\"", Some("100")),
        (Shape::Decimal, "1.10", Some("1.10")),
        (Shape::Decimal, "\"twelve\"", None),
        (Shape::Text, "5", Some("5")),
        (Shape::Text, "[]", None),
        (Shape::Bytes, "\"AP8=\"", Some("Bytes([0, 255])")),
        (Shape::Bytes, "\"!\"", None),
        (Shape::Json, "{\"a\":[1.10]}", Some("{\"a\": [1.10]}")),
        (Shape::Json, "\"x\"", Some("\"x\"")),
        (Shape::Moment, "\"2024-02-29T12:00:00.123Z\"", Some("2024-02-29T12:00:00.123Z")),
        (Shape::Moment, "\"2024-02-29T12:00:00.1234567Z\"", None),
        (Shape::Moment, "\"infinity\"", None),
        (Shape::Moment, "12", None),
        (Shape::StoredMoment, "\"2024-02-29T12:00:00.5+02:00\"", Some("2024-02-29 10:00:00.500000")),
        (Shape::StoredMoment, "\"2024-02-29T12:00:00\"", Some("2024-02-29 12:00:00")),
        (Shape::StoredMoment, "\"2024-02-30T12:00:00Z\"", None),
        (Shape::Time, "\"12:00:00.1\"", Some("12:00:00.100000")),
        (Shape::Interval, "\"1 02:03:04.5\"", Some("1 days 7384.500000 seconds")),
        (Shape::StoredDuration, "\"PT1M30S\"", Some("Integer(90000000)")),
        (Shape::StoredUuid, "\"01234567-89AB-cdef-0123-456789abcdef\"", Some("0123456789abcdef0123456789abcdef")),
        (Shape::StoredUuid, "\"0123\"", None),
        (array(Shape::Integer, 1), r#""[\"1\", \"2\", null]""#, Some("{\"1\",\"2\",NULL}")),
        (array(Shape::Text, 1), r#"["a\"b"]"#, Some("{\"a\\\"b\"}")),
        (array(Shape::Text, 2), r#""[\"[\\\"a\\\"]\"]""#, Some("{{\"a\"}}")),
        (array(Shape::Integer, 1), "\"[x]\"", None),
        (
            Shape::Range(Box::new(Shape::Integer)),
            r#""{\"bounds\": \"[]\", \"lower\": \"1\", \"upper\": null}""#,
            Some("[\"1\",]"),
        ),
        (Shape::Range(Box::new(Shape::Integer)), r#""{\"empty\": true}""#, Some("empty")),
        (Shape::Hstore, r#""{\"a\": null, \"b\": \"1\"}""#, Some("\"a\"=>NULL,\"b\"=>\"1\"")),
        (Shape::Other, "null", Some("Null")),
    ] {
        assert_eq!(taken(text, &shape).as_deref(), expected, "{shape:?} {text}");
    }
}

#[test]
fn shapes_are_known_by_their_types() {
    for (data_type, shape) in [
        ("integer[]", array(Shape::Integer, 1)),
        ("interval", Shape::Interval),
        ("tstzrange", Shape::Range(Box::new(Shape::Moment))),
        ("public.hstore", Shape::Hstore),
        ("numeric(10,2)", Shape::Decimal),
        ("inet", Shape::Other),
        ("uuid", Shape::Other),
    ] {
        assert_eq!(Shape::of_postgres(data_type, 1), shape, "{data_type}");
    }
    assert_eq!(Shape::of_sqlite("bigint", false, true), Shape::StoredDuration);
    assert_eq!(Shape::of_sqlite("text", true, false), Shape::Json);
    assert_eq!(Shape::of_sqlite("char(32)", false, false), Shape::StoredUuid);
    assert_eq!(Shape::of_sqlite("integer unsigned", false, false), Shape::Integer);
}
