//! What a field's values are, as far as a fixture writes them differently.

use crate::portable::Kind;
use crate::portable::kind::without_modifier;

/// What a field's values are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shape {
    /// `true`, `false`
    Boolean,
    /// Whole numbers.
    Integer,
    /// Binary numbers.
    Real,
    /// Decimal numbers, as text.
    Decimal,
    /// Text.
    Text,
    /// Bytes, as base64.
    Bytes,
    /// A document, as it is.
    Json,
    /// A date.
    Date,
    /// A time of day.
    Time,
    /// A date and time with a zone.
    Moment,
    /// A date and time without one.
    Timestamp,
    /// A date and time that SQLite keeps in UTC, without its zone.
    StoredMoment,
    /// A duration.
    Interval,
    /// A duration that SQLite keeps as microseconds.
    StoredDuration,
    /// An identifier that SQLite keeps as 32 digits.
    StoredUuid,
    /// A list of these, as a text with JSON in it; so many lists within each other.
    Array(Box<Shape>, usize),
    /// From one of these to another, as a text with JSON in it.
    Range(Box<Shape>),
    /// Names and their values, as a text with JSON in it.
    Hstore,
    /// Whatever PostgreSQL prints.
    Other,
}

impl Shape {
    /// Of a PostgreSQL column: its type as `format_type` prints it, that below for a domain, and the dimensions that an array
    /// was declared with.
    pub fn of_postgres(data_type: &str, dimensions: usize) -> Self {
        if let Some(element) = data_type.strip_suffix("[]") {
            return Self::Array(Box::new(Self::of_postgres(element, 0)), dimensions.max(1));
        }
        let range = |shape| Self::Range(Box::new(shape));
        match without_modifier(data_type).as_str() {
            "interval" => Self::Interval,
            "int4range" | "int8range" => range(Self::Integer),
            "numrange" => range(Self::Decimal),
            "daterange" => range(Self::Date),
            "tsrange" => range(Self::Timestamp),
            "tstzrange" => range(Self::Moment),
            other if other == "hstore" || other.ends_with(".hstore") => Self::Hstore,
            _ if data_type.starts_with("interval") => Self::Interval,
            _ => match Kind::of_postgres(data_type) {
                Kind::Boolean => Self::Boolean,
                Kind::Integer => Self::Integer,
                Kind::Real => Self::Real,
                Kind::Decimal => Self::Decimal,
                Kind::Text => Self::Text,
                Kind::Bytes => Self::Bytes,
                Kind::Json => Self::Json,
                Kind::Date => Self::Date,
                Kind::Time => Self::Time,
                Kind::Timestamp => Self::Timestamp,
                Kind::Timestamptz => Self::Moment,
                Kind::Other | Kind::Any => Self::Other,
            },
        }
    }

    /// Of a column of SQLite's, as Django declares it. A document is told by its check, a duration by nothing at all.
    pub fn of_sqlite(declared: &str, is_document: bool, is_duration: bool) -> Self {
        let kind = Kind::of_sqlite(declared);
        if is_duration && kind == Kind::Integer {
            return Self::StoredDuration;
        }
        if declared.eq_ignore_ascii_case("char(32)") {
            return Self::StoredUuid;
        }
        match kind {
            Kind::Text if is_document => Self::Json,
            Kind::Boolean => Self::Boolean,
            Kind::Integer => Self::Integer,
            Kind::Real => Self::Real,
            Kind::Decimal => Self::Decimal,
            Kind::Text => Self::Text,
            Kind::Bytes => Self::Bytes,
            Kind::Json => Self::Json,
            Kind::Date => Self::Date,
            Kind::Time => Self::Time,
            Kind::Timestamp | Kind::Timestamptz => Self::StoredMoment,
            Kind::Other | Kind::Any => Self::Other,
        }
    }
}
