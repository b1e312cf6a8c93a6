//! What a column's values mean, in words that both engines share.

use serde::{Deserialize, Serialize};

/// What a column's values mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Yes or no.
    Boolean,
    /// Whole numbers of 8 bytes at most.
    Integer,
    /// Binary numbers of 8 bytes, or of 4.
    Real,
    /// Decimal numbers of any length, as text.
    Decimal,
    /// Text.
    Text,
    /// Bytes.
    Bytes,
    /// A JSON document, as text.
    Json,
    /// A date, as text: `2024-02-29`, `0044-03-15 BC`, `infinity`.
    Date,
    /// A time of day without zone, as text.
    Time,
    /// A time without zone, as text: `2024-02-29 12:00:00.5`.
    Timestamp,
    /// A moment, as text in UTC: `2024-02-29 12:00:00.5Z`.
    Timestamptz,
    /// Anything else that PostgreSQL has, as the text that it prints.
    Other,
    /// Whatever each value says of itself: a column of SQLite's without a type that is known.
    Any,
}

impl Kind {
    /// Of a PostgreSQL type as `format_type` prints it; that of the type below for a domain.
    pub fn of_postgres(data_type: &str) -> Self {
        match without_modifier(data_type).as_str() {
            "boolean" => Self::Boolean,
            "smallint" | "integer" | "bigint" | "oid" => Self::Integer,
            "real" | "double precision" => Self::Real,
            "numeric" => Self::Decimal,
            "text" | "character varying" | "character" | "name" | "\"char\"" => Self::Text,
            "bytea" => Self::Bytes,
            "json" | "jsonb" => Self::Json,
            "date" => Self::Date,
            "time without time zone" => Self::Time,
            "timestamp without time zone" => Self::Timestamp,
            "timestamp with time zone" => Self::Timestamptz,
            _ => Self::Other,
        }
    }

    /// Of a column of SQLite's, as declared. The names are those that people and tools give; SQLite itself takes any.
    pub fn of_sqlite(declared: &str) -> Self {
        let upper = without_modifier(declared).to_ascii_uppercase();
        match upper.as_str() {
            "BOOLEAN" | "BOOL" => Self::Boolean,
            "INTEGER" | "INT" | "BIGINT" | "SMALLINT" | "TINYINT" | "MEDIUMINT" | "INT2" | "INT4" | "INT8"
            | "UNSIGNED BIG INT" | "INTEGER UNSIGNED" | "SMALLINT UNSIGNED" | "BIGINT UNSIGNED" => Self::Integer,
            "REAL" | "DOUBLE" | "DOUBLE PRECISION" | "FLOAT" | "FLOAT4" | "FLOAT8" => Self::Real,
            "NUMERIC" | "DECIMAL" => Self::Decimal,
            "TEXT" | "CLOB" | "STRING" | "VARCHAR" | "CHAR" | "CHARACTER" | "CHARACTER VARYING"
            | "VARYING CHARACTER" | "NCHAR" | "NVARCHAR" | "NATIVE CHARACTER" => Self::Text,
            "BLOB" | "BYTEA" | "BINARY" | "VARBINARY" => Self::Bytes,
            "JSON" | "JSONB" => Self::Json,
            "DATE" => Self::Date,
            "TIME" | "TIME WITHOUT TIME ZONE" => Self::Time,
            "DATETIME" | "TIMESTAMP" | "TIMESTAMP WITHOUT TIME ZONE" => Self::Timestamp,
            "TIMESTAMPTZ" | "TIMESTAMP WITH TIME ZONE" => Self::Timestamptz,
            _ => Self::Any,
        }
    }

    /// Whether rows of a column of this kind may go into one of the kind `to`. Value by value it is looked at more closely.
    pub fn may_become(self, to: Self) -> bool {
        let is_number = |kind| matches!(kind, Self::Boolean | Self::Integer | Self::Real | Self::Decimal);
        let is_any = |kind| matches!(kind, Self::Any | Self::Text);
        self == to
            || (is_number(self) && is_number(to))
            || (is_any(self) && to != Self::Bytes)
            || (is_any(to) && self != Self::Bytes)
            || self == Self::Any
            || to == Self::Any
    }
}

/// `numeric(10,2)` is `numeric`, `timestamp(3) with time zone` is `timestamp with time zone`.
pub(super) fn without_modifier(data_type: &str) -> String {
    match (data_type.find('('), data_type.find(')')) {
        (Some(open), Some(close)) if open < close => {
            format!("{}{}", data_type[..open].trim_end(), &data_type[close + 1..])
        }
        _ => data_type.trim().to_owned(),
    }
}

/// The numbers between the parentheses of a type.
pub(super) fn modifiers(data_type: &str) -> Vec<i64> {
    let inside = data_type.split_once('(').and_then(|(_, rest)| rest.split_once(')')).map(|(inside, _)| inside);
    inside.unwrap_or_default().split(',').filter_map(|number| number.trim().parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_known_by_their_names() {
        for (data_type, kind) in [
            ("numeric(10,2)", Kind::Decimal),
            ("timestamp(3) with time zone", Kind::Timestamptz),
            ("character varying(20)", Kind::Text),
            ("integer[]", Kind::Other),
            ("public.mood", Kind::Other),
            ("time with time zone", Kind::Other),
        ] {
            assert_eq!(Kind::of_postgres(data_type), kind, "{data_type}");
        }
        for (declared, kind) in [
            ("varchar(250)", Kind::Text),
            ("Boolean", Kind::Boolean),
            ("datetime", Kind::Timestamp),
            ("decimal (12, 4)", Kind::Decimal),
            ("POINT", Kind::Any),
            ("", Kind::Any),
        ] {
            assert_eq!(Kind::of_sqlite(declared), kind, "{declared}");
        }
        assert_eq!(modifiers("numeric(10,-2)"), [10, -2]);
        assert_eq!(modifiers("text"), [0_i64; 0]);
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        assert!(Kind::Text.may_become(Kind::Timestamptz) && Kind::Other.may_become(Kind::Text));
        assert!(Kind::Integer.may_become(Kind::Boolean) && Kind::Any.may_become(Kind::Bytes));
        assert!(!Kind::Date.may_become(Kind::Integer) && !Kind::Bytes.may_become(Kind::Text));
        assert!(!Kind::Json.may_become(Kind::Other) && !Kind::Timestamp.may_become(Kind::Timestamptz));
    }
}
