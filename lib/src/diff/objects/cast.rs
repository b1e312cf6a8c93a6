//! How a value of one type becomes one of another: by a cast that the server has, or by its text.

use super::rewrite::Shape;
use crate::catalog::Name;
use crate::diff::side::Side;
use crate::sql::literal;

/// Types that have casts to each other. Source: `pg_cast` of PostgreSQL 13 to 18.
const FAMILIES: [&[&str]; 9] = [
    &["smallint", "integer", "bigint", "numeric", "real", "double precision"],
    &["text", "character varying", "character", "bpchar", "name", "\"char\""],
    &["bit", "bit varying"],
    &["json", "jsonb"],
    &["inet", "cidr"],
    &["macaddr", "macaddr8"],
    &["smallint", "integer", "bigint", "oid"],
    &["date", "timestamp without time zone", "timestamp with time zone"],
    &["bytea"],
];

/// What is cast to what besides.
const SINGLE: [(&str, &[&str]); 27] = [
    ("boolean", &["integer"]),
    ("integer", &["boolean", "money", "bit", "\"char\""]),
    ("bigint", &["money", "bit"]),
    ("numeric", &["money"]),
    ("money", &["numeric"]),
    ("bit", &["integer", "bigint"]),
    ("\"char\"", &["integer"]),
    ("jsonb", &["boolean", "smallint", "integer", "bigint", "numeric", "real", "double precision"]),
    ("timestamp without time zone", &["time without time zone"]),
    ("timestamp with time zone", &["time without time zone", "time with time zone"]),
    ("time without time zone", &["interval", "time with time zone"]),
    ("time with time zone", &["time without time zone"]),
    ("interval", &["time without time zone"]),
    ("box", &["point", "lseg", "polygon", "circle"]),
    ("circle", &["point", "box", "polygon"]),
    ("lseg", &["point"]),
    ("path", &["polygon"]),
    ("point", &["box"]),
    ("polygon", &["point", "path", "box", "circle"]),
    ("xid8", &["xid"]),
    ("int4range", &["int4multirange"]),
    ("int8range", &["int8multirange"]),
    ("numrange", &["nummultirange"]),
    ("daterange", &["datemultirange"]),
    ("tsrange", &["tsmultirange"]),
    ("tstzrange", &["tstzmultirange"]),
    ("regproc", &["regprocedure"]),
];

/// Types that a number without a fraction names something by.
fn names_by_number(name: &str) -> bool {
    name.starts_with("reg")
}

/// The name of a type without the numbers that it takes, and an interval's without its fields.
fn bare(data_type: &str) -> String {
    let name = Shape::of(data_type.trim_end_matches("[]")).name;
    if name.starts_with("interval ") { "interval".to_owned() } else { name }
}

/// The type that values of `data_type` have beneath all domains.
pub(super) fn beneath(data_type: &str, side: &Side<'_>) -> String {
    let element = data_type.trim_end_matches("[]");
    let domain = side.catalog.domains.iter().find(|domain| is_called(&domain.name, element));
    // A domain is never its own.
    domain.map_or_else(
        || data_type.to_owned(),
        |domain| format!("{}{}", beneath(&domain.data_type, side), &data_type[element.len()..]),
    )
}

fn is_called(name: &Name, text: &str) -> bool {
    text.contains('.') && name.to_string() == text
}

/// Has the server a cast from `old` to `new`, which are no domains? Between those that users and extensions make, it has what these
/// declare.
pub(super) fn may_be(old: &str, new: &str, to: &Side<'_>) -> bool {
    let (from, into) = (bare(old), bare(new));
    let text = |name: &str| FAMILIES[1].contains(&name);
    let (was_list, is_list) = (old.ends_with("[]"), new.ends_with("[]"));
    if was_list != is_list {
        return (text(&from) && !was_list) || (text(&into) && !is_list);
    }
    let within = |family: &[&str]| family.contains(&from.as_str()) && family.contains(&into.as_str());
    let single = || SINGLE.iter().any(|(one, others)| *one == from && others.contains(&into.as_str()));
    let number = |name: &str| FAMILIES[6].contains(&name);
    let named =
        || (names_by_number(&from) && number(&into) && into != "smallint") || (number(&from) && names_by_number(&into));
    from == into
        || text(&from)
        || text(&into)
        || FAMILIES.into_iter().any(within)
        || single()
        || named()
        || is_declared(&from, &into, to)
}

/// Is there a cast from `old` to `new` that users or extensions have made?
pub(super) fn is_declared(old: &str, new: &str, to: &Side<'_>) -> bool {
    let (from, into) = (bare(old), bare(new));
    let is = |source: &str, target: &str| bare(source) == from && bare(target) == into;
    let of_extensions = to.catalog.extensions.iter().flat_map(|one| &one.casts);
    to.catalog.casts.iter().any(|cast| is(&cast.source, &cast.target))
        || of_extensions.into_iter().any(|(source, target)| is(source, target))
}

/// Is it an enumerated type, or a list of one's values?
pub(super) fn is_enum(data_type: &str, side: &Side<'_>) -> bool {
    side.catalog.enums.iter().any(|one| is_called(&one.name, data_type.trim_end_matches("[]")))
}

/// The labels, quoted, that values of the enumerated type `old` may have and `new` lacks.
pub(super) fn labels_gone((from, old): (&Side<'_>, &str), (to, new): (&Side<'_>, &str)) -> Vec<String> {
    let labels = |side: &Side<'_>, data_type: &str| {
        let element = data_type.trim_end_matches("[]");
        let found = side.catalog.enums.iter().find(|one| is_called(&one.name, element));
        found.map(|one| one.labels.clone())
    };
    let (Some(old), Some(new)) = (labels(from, old), labels(to, new)) else { return Vec::new() };
    old.iter().filter(|label| !new.contains(label)).map(|label| literal(label)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{Catalog, Domain, Enum, Extension};

    #[test]
    fn casts_that_there_are() {
        let name = |name: &str| Name::new("public", name);
        let domain = |domain: &str, data_type: &str| Domain {
            name: name(domain),
            data_type: data_type.to_owned(),
            ..Domain::default()
        };
        let catalog = Catalog {
            domains: vec![domain("above", "public.below[]"), domain("below", "numeric(10,4)")],
            enums: vec![Enum { name: name("mood"), ..Enum::default() }],
            extensions: vec![Extension {
                casts: vec![("public.hstore".to_owned(), "jsonb".to_owned())],
                ..Extension::default()
            }],
            ..Catalog::default()
        };
        let side = Side::new(&catalog, "me");
        for (old, new, expected) in [
            ("integer", "numeric(10,2)", true),
            ("integer", "uuid", false),
            ("bigint", "boolean", false),
            ("integer", "boolean", true),
            ("integer", "timestamp with time zone", false),
            ("timestamp(3) without time zone", "date", true),
            ("text", "uuid", true),
            ("uuid", "character varying(40)", true),
            ("integer[]", "bigint[]", true),
            ("integer[]", "uuid[]", false),
            ("integer[]", "integer", false),
            ("integer[]", "text", true),
            ("text[]", "integer", false),
            ("integer", "public.mood", false),
            ("public.mood", "text", true),
            ("integer", "public.of_an_extension", false),
            ("public.hstore", "jsonb", true),
            ("jsonb", "public.hstore", false),
            ("point", "circle", false),
            ("box", "circle", true),
            ("int4range", "int8range", false),
            ("int4range", "int4multirange", true),
            ("int4range[]", "text[]", true),
            ("integer", "interval second", false),
            ("interval day", "interval second(3)", true),
            ("interval day to hour", "time(3) without time zone", true),
            ("regclass", "oid", true),
            ("bigint", "regtype", true),
            ("regtype", "regclass", false),
            ("numrange[]", "public.span[]", false),
        ] {
            assert_eq!(may_be(old, new, &side), expected, "{old} to {new}");
        }
        assert_eq!(beneath("public.above[]", &side), "numeric(10,4)[][]");
        assert_eq!(beneath("text", &side), "text");
    }
}
