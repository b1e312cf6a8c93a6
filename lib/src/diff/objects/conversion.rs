//! What a change of type does to the values that are there.

use super::rewrite::{Shape, rewrites};

/// Texts of whatever length. Without being told how, the server refuses to cut one that is too long; an explicit cast cuts.
const TEXTS: [&str; 4] = ["text", "character varying", "character", "bpchar"];

/// What a text becomes as it is, or not at all.
const READ_WHOLE: [&str; 15] = [
    "smallint",
    "integer",
    "bigint",
    "numeric",
    "real",
    "double precision",
    "boolean",
    "uuid",
    "json",
    "jsonb",
    "xml",
    "inet",
    "cidr",
    "macaddr",
    "bytea",
];

/// Each with those that hold its values without loss; where one is too large, the server refuses.
const WIDER: [(&str, &[&str]); 16] = [
    ("smallint", &["integer", "bigint", "numeric", "real", "double precision"]),
    ("integer", &["smallint", "bigint", "numeric", "double precision"]),
    ("bigint", &["smallint", "integer", "numeric"]),
    ("real", &["double precision"]),
    ("date", &["timestamp without time zone", "timestamp with time zone"]),
    ("timestamp without time zone", &["timestamp with time zone"]),
    ("timestamp with time zone", &["timestamp without time zone"]),
    ("json", &["jsonb"]),
    ("jsonb", &["json"]),
    ("cidr", &["inet"]),
    ("bit", &["bit varying"]),
    ("int4range", &["int8range", "numrange", "int4multirange"]),
    ("int8range", &["int4range", "numrange", "int8multirange"]),
    ("numrange", &["nummultirange"]),
    ("daterange", &["tsrange", "tstzrange", "datemultirange"]),
    ("tsrange", &["tstzrange", "tsmultirange"]),
];

/// Are both texts, or arrays of such? Then a value follows by itself, or the server says that it is too long.
pub(super) fn are_texts(old: &str, new: &str) -> bool {
    let text = |data_type: &str| {
        let array = data_type.ends_with("[]");
        // An array's length stands before its brackets.
        let element = Shape::of(data_type.trim_end_matches("[]")).name;
        TEXTS.contains(&element.as_str()).then_some(array)
    };
    text(old).is_some() && text(old) == text(new)
}

/// Does every value stay what it is, or the statement fail? Else values may be cut or rounded without a word.
pub(super) fn keeps_values(old: &str, new: &str) -> bool {
    let (before, after) = (Shape::of(old), Shape::of(new));
    let (from, to) = (before.name.as_str(), after.name.as_str());
    let same_scale = || {
        let scale = |shape: &Shape| shape.sizes.get(1).copied().unwrap_or_default();
        !before.sizes.is_empty() && scale(&before) <= scale(&after)
    };
    match (from, to) {
        _ if !rewrites(old, new) || are_texts(old, new) => true,
        // Types of users know each other by their text: there is such a value or there is none.
        (from, to) if from.contains('.') && to.contains('.') => true,
        (_, "text" | "character varying") if after.sizes.is_empty() => true,
        ("numeric", "numeric") => after.sizes.is_empty() || same_scale(),
        (from, to) if TEXTS.contains(&from) && READ_WHOLE.contains(&to) => after.sizes.is_empty(),
        (from, to) => {
            let wider = WIDER.iter().any(|(narrow, wide)| *narrow == from && wide.contains(&to));
            // A whole number has nothing that a scale could round.
            wider && (after.sizes.is_empty() || to == "numeric")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_stay_and_values_that_are_cut() {
        for (old, new, keeps) in [
            ("text", "character varying(3)", true),
            ("text[]", "character varying(2)[]", true),
            ("character varying(9)", "character(3)", true),
            ("text[]", "text", true),
            ("integer", "bigint", true),
            ("bigint", "integer", true),
            ("integer", "text", true),
            ("public.mood", "text", true),
            ("text", "uuid", true),
            ("numeric(10,2)", "numeric(8,2)", true),
            ("numeric(10,2)", "numeric(12,4)", true),
            ("numeric(10,4)", "numeric(10,1)", false),
            ("numeric", "numeric(10,2)", false),
            ("numeric(5,-2)", "numeric(7,-3)", false),
            ("numeric(5,-3)", "numeric(7,-2)", true),
            ("text", "numeric(10,2)", false),
            ("text", "date", false),
            ("double precision", "integer", false),
            ("numeric", "integer", false),
            ("timestamp with time zone", "date", false),
            ("timestamp without time zone", "timestamp(0) without time zone", false),
            ("interval", "interval day", false),
            ("integer", "character varying(3)", false),
            ("integer", "numeric(10,2)", true),
            ("public.a", "public.b", true),
            ("int4range", "int8range", true),
            ("numrange", "int4range", false),
            ("tsrange", "daterange", false),
        ] {
            assert_eq!(keeps_values(old, new), keeps, "{old} to {new}");
        }
    }
}
