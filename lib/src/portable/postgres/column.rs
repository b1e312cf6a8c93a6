//! A column of PostgreSQL's that values go into.

use crate::portable::Kind;
use crate::portable::kind::modifiers;

/// What a column can hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its type as the server prints it, the type below for a domain.
    pub data_type: String,
    /// What its values mean.
    pub kind: Kind,
    /// The values come from a column of the very same type: whatever they are, it holds them.
    pub same: bool,
    pub(super) limit: Limit,
}

/// Where a type's values end. Beyond, the server would round or cut.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Limit {
    None,
    /// The lowest and the highest whole number.
    Whole(i64, i64),
    /// Binary numbers of 4 bytes.
    Single,
    /// Digits after the point.
    Scale(i64),
    /// Characters.
    Characters(usize),
    /// Bytes.
    Bytes(usize),
    /// Digits of a second.
    Fraction(usize),
    /// Digits after any point in the text of a type that has no values of its own here.
    Digits(usize),
    /// JSON that keeps no spelling.
    Jsonb,
}

impl Column {
    /// One of `data_type`; `same` if the values come from a column of that type.
    pub fn new(data_type: &str, same: bool) -> Self {
        let kind = Kind::of_postgres(data_type);
        let modifiers = modifiers(data_type);
        let first = modifiers.first().copied();
        let size = |number: i64| usize::try_from(number).unwrap_or_default();
        let limit = match kind {
            Kind::Integer => match data_type {
                "smallint" => Limit::Whole(i16::MIN.into(), i16::MAX.into()),
                "integer" => Limit::Whole(i32::MIN.into(), i32::MAX.into()),
                "oid" => Limit::Whole(0, u32::MAX.into()),
                _ => Limit::Whole(i64::MIN, i64::MAX),
            },
            Kind::Real if data_type == "real" => Limit::Single,
            Kind::Decimal => first.map_or(Limit::None, |_| Limit::Scale(modifiers.get(1).copied().unwrap_or_default())),
            Kind::Text if data_type == "name" => Limit::Bytes(63),
            Kind::Text if data_type == "\"char\"" => Limit::Bytes(1),
            Kind::Text => first.map_or(Limit::None, |most| Limit::Characters(size(most))),
            Kind::Time | Kind::Timestamp | Kind::Timestamptz => Limit::Fraction(first.map_or(6, size)),
            Kind::Json if data_type == "jsonb" => Limit::Jsonb,
            Kind::Other => digits(data_type, &modifiers),
            _ => Limit::None,
        };
        Self { data_type: data_type.to_owned(), kind, same, limit }
    }
}

/// The digits after a point that the server keeps in values of a type which it prints itself, and in those within an array or
/// range.
fn digits(data_type: &str, modifiers: &[i64]) -> Limit {
    let of = |most: Option<i64>, otherwise| {
        Limit::Digits(most.and_then(|most| usize::try_from(most).ok()).unwrap_or(otherwise))
    };
    let first = modifiers.first().copied();
    match data_type.trim_end_matches("[]") {
        "money" => Limit::Digits(2),
        "tsrange" | "tstzrange" | "tsmultirange" | "tstzmultirange" => Limit::Digits(6),
        element if element.starts_with("interval") || element.starts_with("time") => of(first, 6),
        element if element.starts_with("numeric(") => of(modifiers.get(1).copied().or(Some(0)), 0),
        _ => Limit::None,
    }
}
