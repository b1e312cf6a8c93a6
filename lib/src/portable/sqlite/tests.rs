//! What SQLite keeps, held against SQLite itself.

use rusqlite::Connection;
use rusqlite::types::ValueRef;

use super::*;
use crate::portable::{Kind, Value};

/// What `declared` holds after `value`, from a column that meant `from`, was put into it; read as the column means it.
fn held(from: Kind, value: &Value<'_>, declared: &str) -> Result<String, String> {
    let kind = Kind::of_sqlite(declared);
    let column = Column { affinity: Affinity::of(declared, false), kind, from, strict: false, numbers: false };
    let given = stored(value, column)?;
    let conn = Connection::open_in_memory().unwrap();
    conn.execute_batch(&format!("CREATE TABLE t (a {declared})")).unwrap();
    let insert = "INSERT INTO t VALUES (?1)";
    match &given {
        Value::Null => conn.execute(insert, [rusqlite::types::Null]),
        Value::Integer(number) => conn.execute(insert, [number]),
        Value::Real(number) => conn.execute(insert, [number]),
        Value::Text(text) => conn.execute(insert, [text]),
        Value::Bytes(bytes) => conn.execute(insert, [bytes.as_ref()]),
        Value::Bool(_) => panic!("SQLite has no truth values"),
    }
    .unwrap();
    let read = |row: &rusqlite::Row<'_>| {
        let value = match row.get_ref(0)? {
            ValueRef::Null => Value::Null,
            ValueRef::Integer(number) => Value::Integer(number),
            ValueRef::Real(number) => Value::Real(number),
            ValueRef::Text(text) => Value::text(std::str::from_utf8(text).unwrap()),
            ValueRef::Blob(bytes) => Value::Bytes(bytes.into()),
        };
        Ok(format!("{:?}", settle(kind, value)))
    };
    Ok(conn.query_row("SELECT a FROM t", [], read).unwrap())
}

#[test]
fn a_column_keeps_what_it_is_given() {
    for (from, value, declared, expected) in [
        (Kind::Boolean, Value::Bool(true), "boolean", "Bool(true)"),
        (Kind::Boolean, Value::Bool(true), "integer", "Integer(1)"),
        (Kind::Boolean, Value::Bool(false), "text", "Text(\"false\")"),
        (Kind::Integer, Value::Integer(i64::MAX), "bigint", "Integer(9223372036854775807)"),
        (Kind::Integer, Value::Integer(7), "text", "Text(\"7\")"),
        (Kind::Integer, Value::Integer(7), "real", "Real(7.0)"),
        (Kind::Real, Value::Real(0.1 + 0.2), "text", "Text(\"0.30000000000000004\")"),
        (Kind::Real, Value::Real(0.1 + 0.2), "double precision", "Real(0.30000000000000004)"),
        (Kind::Real, Value::Real(5.0), "real", "Real(5.0)"),
        (Kind::Real, Value::Real(f64::INFINITY), "real", "Real(inf)"),
        (Kind::Decimal, Value::text("12.50"), "numeric(10,2)", "Text(\"12.5\")"),
        (Kind::Decimal, Value::text("12.50"), "text", "Text(\"12.50\")"),
        (Kind::Decimal, Value::text("9223372036854775807"), "decimal", "Text(\"9223372036854775807\")"),
        (Kind::Decimal, Value::text("0.30000000000000004"), "decimal", "Text(\"0.30000000000000004\")"),
        (Kind::Decimal, Value::text("123456789012345.25"), "decimal(20,2)", "Text(\"123456789012345.25\")"),
        (Kind::Decimal, Value::text("NaN"), "decimal", "Text(\"NaN\")"),
        (Kind::Text, Value::text("007"), "text", "Text(\"007\")"),
        (Kind::Text, Value::text("7"), "integer", "Integer(7)"),
        (
            Kind::Text,
            Value::text("12345678-1234-1234-1234-123456789abc"),
            "uuid",
            "Text(\"12345678-1234-1234-1234-123456789abc\")",
        ),
        (Kind::Text, Value::text("0.000001"), "numeric", "Text(\"0.000001\")"),
        (Kind::Text, Value::text("1.5"), "uuid", "Real(1.5)"),
        (Kind::Decimal, Value::text("0.000001"), "real", "Real(1e-6)"),
        (Kind::Json, Value::text("{\"a\": 1.0}"), "jsonb", "Text(\"{\\\"a\\\": 1.0}\")"),
        (Kind::Timestamptz, Value::text("2024-02-29 12:00:00.5Z"), "datetime", "Text(\"2024-02-29 12:00:00.5\")"),
        (Kind::Timestamptz, Value::text("2024-02-29 12:00:00.5Z"), "text", "Text(\"2024-02-29 12:00:00.5Z\")"),
        (Kind::Bytes, Value::Bytes(b"\0\xff"[..].into()), "blob", "Bytes([0, 255])"),
        (Kind::Other, Value::text("{1,2}"), "", "Text(\"{1,2}\")"),
    ] {
        assert_eq!(held(from, &value, declared).as_deref(), Ok(expected), "{value:?} in {declared}");
    }
}

#[test]
fn what_would_change_is_refused() {
    for (from, value, declared) in [
        (Kind::Integer, Value::Integer((1 << 53) + 1), "real"),
        (Kind::Real, Value::Real(f64::NAN), "real"),
        (Kind::Decimal, Value::text("0.1234567890123456789"), "numeric"),
        (Kind::Decimal, Value::text("12345678901234567890"), "numeric"),
        (Kind::Text, Value::text("007"), "integer"),
        (Kind::Text, Value::text("1e5"), "numeric"),
        (Kind::Text, Value::text(" 1"), "numeric"),
        (Kind::Text, Value::text("1.50"), "uuid"),
        (Kind::Text, Value::text("0.000001"), "uuid"),
        (Kind::Text, Value::text("100000000000000000000"), "uuid"),
        (Kind::Other, Value::text("0101"), "bit"),
        (Kind::Json, Value::text("1.0"), "json"),
    ] {
        assert!(held(from, &value, declared).is_err(), "{value:?} in {declared}");
    }
}
