//! A column of PostgreSQL's that values go into.

use super::interval::Smallest;
use crate::catalog::Catalog;
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
    /// The same, of a time of day with a zone.
    Zoned(usize),
    /// The same, and the smallest part that an interval keeps.
    Interval(usize, Smallest),
    /// Digits after any point in the text of a type that has no values of its own here.
    Digits(usize),
    /// Binary numbers of 8 bytes within the text: points and what is made of them.
    Shape,
    /// JSON that keeps no spelling.
    Jsonb,
    /// Elements, and what stands between them.
    Array(Box<Column>, char),
    /// The bounds of a range.
    Range(Box<Column>),
    /// Those of several.
    Multirange(Box<Column>),
    /// Fields.
    Composite(Vec<Column>),
}

impl Column {
    /// One of `data_type`, a type of `catalog`; `same` if the values come from a column of a type that is called so. What is made
    /// of others may be made of others there under the same name, so that its values are looked at all the same.
    pub fn new(data_type: &str, same: bool, catalog: &Catalog) -> Self {
        let own = below(data_type, catalog);
        let limit = limit(own, catalog);
        let same = same && !has_own_parts(data_type, catalog);
        Self { data_type: own.to_owned(), kind: Kind::of_postgres(own), same, limit }
    }

    /// Whether the server may change a text that it reads for this type.
    fn may_change(&self) -> bool {
        match self.kind {
            // What is not exactly one, the server refuses itself.
            Kind::Boolean | Kind::Integer | Kind::Bytes | Kind::Json => false,
            Kind::Real | Kind::Date | Kind::Time | Kind::Timestamp | Kind::Timestamptz => true,
            Kind::Decimal | Kind::Text | Kind::Other | Kind::Any => self.limit != Limit::None,
        }
    }
}

fn limit(data_type: &str, catalog: &Catalog) -> Limit {
    let modifiers = modifiers(data_type);
    let first = modifiers.first().copied();
    let size = |number: i64| usize::try_from(number).unwrap_or_default();
    match Kind::of_postgres(data_type) {
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
        Kind::Other => of_others(data_type, first.map_or(6, size), catalog),
        _ => Limit::None,
    }
}

/// Of a type that is text here: `digits` of a second are kept.
fn of_others(data_type: &str, digits: usize, catalog: &Catalog) -> Limit {
    let inner = |data_type: &str| Some(Column::new(data_type, false, catalog)).filter(Column::may_change);
    let range = |subtype: &str| inner(subtype).map_or(Limit::None, |bound| Limit::Range(bound.into()));
    let multirange = |subtype: &str| inner(subtype).map_or(Limit::None, |bound| Limit::Multirange(bound.into()));
    if let Some(element) = data_type.strip_suffix("[]") {
        let delimiter = if element == "box" { ';' } else { ',' };
        return inner(element).map_or(Limit::None, |element| Limit::Array(element.into(), delimiter));
    }
    match data_type {
        // Before version 16 the server takes the number modulo 2^32.
        "xid" | "cid" => Limit::Whole(0, u32::MAX.into()),
        "money" => Limit::Digits(2),
        "point" | "line" | "lseg" | "box" | "path" | "polygon" | "circle" => Limit::Shape,
        "daterange" => range("date"),
        "tsrange" => range("timestamp without time zone"),
        "tstzrange" => range("timestamp with time zone"),
        "datemultirange" => multirange("date"),
        "tsmultirange" => multirange("timestamp without time zone"),
        "tstzmultirange" => multirange("timestamp with time zone"),
        interval
            if interval == "interval" || interval.starts_with("interval ") || interval.starts_with("interval(") =>
        {
            Limit::Interval(digits, Smallest::of(interval))
        }
        zoned if zoned.starts_with("time") && zoned.ends_with("with time zone") => Limit::Zoned(digits),
        own if own.contains('.') => {
            if let Some(found) = catalog.ranges.iter().find(|range| range.name.to_string() == own) {
                return range(&found.subtype);
            }
            let is_multirange =
                |range: &&crate::catalog::Range| range.multirange.as_ref().is_some_and(|name| name.to_string() == own);
            if let Some(found) = catalog.ranges.iter().find(is_multirange) {
                return multirange(&found.subtype);
            }
            match attributes(own, catalog) {
                Some(types) => {
                    let fields: Vec<Column> = types.iter().map(|one| Column::new(one, false, catalog)).collect();
                    if fields.iter().any(Column::may_change) { Limit::Composite(fields) } else { Limit::None }
                }
                None => Limit::None,
            }
        }
        _ => Limit::None,
    }
}

/// The type below a domain, and below that; `data_type` itself where it is none.
fn below<'a>(data_type: &'a str, catalog: &'a Catalog) -> &'a str {
    let mut base = data_type;
    // Names of the user's have their schema. Domains are not made of each other in a circle.
    while base.contains('.')
        && let Some(domain) = catalog.domains.iter().find(|domain| domain.name.to_string() == base)
    {
        base = &domain.data_type;
    }
    base
}

/// The types of the fields of a composite type, or of a table's rows.
fn attributes<'a>(data_type: &str, catalog: &'a Catalog) -> Option<Vec<&'a str>> {
    let composite = catalog.composites.iter().find(|one| one.name.to_string() == data_type);
    if let Some(composite) = composite {
        return Some(composite.attributes.iter().map(|one| one.data_type.as_str()).collect());
    }
    let table = catalog.tables.iter().find(|table| table.name.to_string() == data_type)?;
    Some(table.columns.iter().map(|column| column.data_type.as_str()).collect())
}

/// Whether a name of the user's may mean other parts elsewhere: a domain, a composite, a range, and arrays of them.
fn has_own_parts(data_type: &str, catalog: &Catalog) -> bool {
    let element = data_type.trim_end_matches("[]");
    if !element.contains('.') {
        return false;
    }
    let is = |name: &crate::catalog::Name| name.to_string() == element;
    let is_range = |range: &crate::catalog::Range| is(&range.name) || range.multirange.as_ref().is_some_and(is);
    catalog.domains.iter().any(|domain| is(&domain.name))
        || catalog.ranges.iter().any(is_range)
        || attributes(element, catalog).is_some()
}
