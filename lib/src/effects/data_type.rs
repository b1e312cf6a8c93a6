//! Types of columns: which changes leave the values on disk as they are.

use super::cursor::{Cursor, identifier};
use super::known::Known;
use crate::catalog::Domain;
use crate::plan::words::{Word, significant};
use crate::sql::{Flavor, TokenKind};

/// A type as somebody wrote it: `character varying(20)` is `character varying` and 20.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Type {
    name: String,
    /// Length, or precision and scale.
    numbers: Vec<i64>,
}

/// Other spellings of the same type.
const SPELLINGS: &[(&str, &str)] = &[
    ("varchar", "character varying"),
    ("char varying", "character varying"),
    ("char", "character"),
    ("bpchar", "character"),
    ("decimal", "numeric"),
    ("dec", "numeric"),
    ("int", "integer"),
    ("int4", "integer"),
    ("int2", "smallint"),
    ("int8", "bigint"),
    ("float8", "double precision"),
    ("float4", "real"),
    ("bool", "boolean"),
    ("varbit", "bit varying"),
    ("timestamp", "timestamp without time zone"),
    ("timestamptz", "timestamp with time zone"),
    ("time", "time without time zone"),
    ("timetz", "time with time zone"),
];

/// Types of the server that another schema may have under the same name: without a schema they are the server's.
const OWN: &[&str] = &[
    "bigint",
    "bit",
    "boolean",
    "box",
    "bytea",
    "character",
    "cidr",
    "circle",
    "date",
    "daterange",
    "inet",
    "int4range",
    "int8range",
    "integer",
    "interval",
    "json",
    "jsonb",
    "jsonpath",
    "line",
    "lseg",
    "macaddr",
    "macaddr8",
    "money",
    "name",
    "numeric",
    "numrange",
    "oid",
    "path",
    "point",
    "polygon",
    "real",
    "regclass",
    "regproc",
    "regrole",
    "regtype",
    "smallint",
    "text",
    "tid",
    "tsquery",
    "tsrange",
    "tstzrange",
    "tsvector",
    "uuid",
    "xid",
    "xml",
];

/// Whether the name means a type of the server, where no schema is given.
pub(super) fn is_own(name: &str) -> bool {
    OWN.contains(&name) || SPELLINGS.iter().any(|(other, usual)| *other == name || *usual == name)
}

/// Types whose values stay valid when the number grows or goes.
const GROWING: &[&str] = &[
    "character varying",
    "bit varying",
    "timestamp without time zone",
    "timestamp with time zone",
    "time without time zone",
    "time with time zone",
    "interval",
];

/// Types whose values are also values of another type without a length.
const COERCIBLE: &[(&str, &str)] = &[
    ("character varying", "text"),
    ("text", "character varying"),
    ("cidr", "inet"),
    ("xml", "text"),
    ("xml", "character varying"),
    ("bit", "bit varying"),
    ("integer", "oid"),
    ("oid", "integer"),
    ("regclass", "oid"),
    ("regtype", "oid"),
    ("regproc", "oid"),
];

/// Types that are sorted alike, so that an index of one serves the other.
const SORTED_ALIKE: &[&[&str]] = &[&["character varying", "text"], &["cidr", "inet"]];

impl Type {
    /// Reads a type as the catalog prints it.
    pub(super) fn parse(text: &str) -> Self {
        Self::of(&significant(text, Flavor::Postgres))
    }

    pub(super) fn of(words: &[Word<'_>]) -> Self {
        let mut cursor = Cursor::new(words);
        cursor.eat_any(&["PG_CATALOG"]);
        cursor.punct(".");
        let (mut name, mut numbers) = (String::new(), Vec::new());
        for word in cursor.rest() {
            match word.kind {
                TokenKind::Number => numbers.extend(word.text.parse::<i64>().ok()),
                TokenKind::Punct if matches!(word.text, "(" | ")" | ",") => {}
                _ => {
                    let glued = matches!(word.text, "." | "[" | "]") || name.is_empty() || name.ends_with('.');
                    name.push_str(if glued { "" } else { " " });
                    name.push_str(&identifier(word).unwrap_or_else(|| word.text.to_owned()));
                }
            }
        }
        if let Some((_, usual)) = SPELLINGS.iter().find(|(other, _)| *other == name) {
            name = (*usual).to_owned();
        }
        Self { name, numbers }
    }

    /// `serial` and its like: an integer with a sequence behind it.
    pub(super) fn is_serial(&self) -> bool {
        matches!(self.name.as_str(), "serial" | "bigserial" | "smallserial" | "serial2" | "serial4" | "serial8")
    }

    /// Whether it is a domain with conditions, which each value has to be held against.
    pub(super) fn is_guarded_domain(&self, known: &Known<'_>) -> bool {
        self.domains(known).iter().any(|domain| domain.not_null || !domain.constraints.is_empty())
    }

    /// The default that a column has of its type.
    pub(super) fn default<'k>(&self, known: &'k Known<'_>) -> Option<&'k str> {
        self.domains(known).first().and_then(|domain| domain.default.as_deref())
    }

    /// The domain that it is, the one beneath that, and so on.
    fn domains<'k>(&self, known: &'k Known<'_>) -> Vec<&'k Domain> {
        let mut found: Vec<&Domain> = known.domain(self.written()).into_iter().collect();
        while let Some(last) = found.last()
            // The catalog names all with their schemas but the server's own.
            && let (Some(schema), name) = Self::parse(&last.data_type).written()
            && let Some(next) = known.domain((Some(schema), name))
            && !found.iter().any(|one| one.name == next.name)
        {
            found.push(next);
        }
        found
    }

    /// The type as the catalog would print it, where it is a domain or a list of one's values.
    pub(super) fn qualified(&self, known: &Known<'_>) -> Option<String> {
        let element = self.name.trim_end_matches(['[', ']', ' ']);
        let domain = known.domain(Self { name: element.to_owned(), numbers: Vec::new() }.written())?;
        Some(format!("{}{}", domain.name, &self.name[element.len()..]))
    }

    /// Its schema and its name.
    fn written(&self) -> (Option<&str>, &str) {
        self.name.split_once('.').map_or((None, &*self.name), |(schema, name)| (Some(schema), name))
    }

    /// The type below a domain.
    fn base(&self, known: &Known<'_>) -> Self {
        self.domains(known).last().map_or_else(|| self.clone(), |domain| Self::parse(&domain.data_type))
    }

    /// Whether values of this type can stay on disk as they are when the column gets the type `new`.
    pub(super) fn keeps_values_as(&self, new: &Self, known: &Known<'_>) -> bool {
        if self == new {
            return true;
        }
        if new.is_guarded_domain(known) {
            return false;
        }
        let (old, new) = (self.base(known), new.base(known));
        let grows = match (old.numbers.as_slice(), new.numbers.as_slice()) {
            (old, new) if old == new => true,
            (_, []) => true,
            ([old], [new]) => GROWING.contains(&&*self.name) && new >= old,
            ([old, scale], [new, same]) => new >= old && scale == same,
            _ => false,
        };
        match old.name == new.name {
            // Of all types with a number only these keep what they have when it changes.
            true => old == new || (grows && (GROWING.contains(&&*old.name) || old.name == "numeric")),
            false => COERCIBLE.contains(&(&*old.name, &*new.name)) && new.numbers.is_empty(),
        }
    }

    /// Whether an index of this type serves the other one too.
    pub(super) fn sorts_like(&self, other: &Self, known: &Known<'_>) -> bool {
        let (one, other) = (self.base(known), other.base(known));
        one.name == other.name
            || SORTED_ALIKE.iter().any(|alike| alike.contains(&&*one.name) && alike.contains(&&*other.name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Catalog;

    #[test]
    fn what_stays_on_disk() {
        let catalog = Catalog::default();
        let known = Known::new(&catalog, 15);
        let check = |old: &str, new: &str, expected| {
            let keeps = Type::parse(old).keeps_values_as(&Type::parse(new), &known);
            assert_eq!(keeps, expected, "{old} to {new}");
        };
        check("character varying(10)", "varchar(20)", true);
        check("character varying(10)", "varchar(5)", false);
        check("character varying(10)", "text", true);
        check("text", "varchar", true);
        check("text", "varchar(10)", false);
        check("integer", "int4", true);
        check("integer", "bigint", false);
        check("numeric(10,2)", "numeric(12, 2)", true);
        check("numeric(10,2)", "numeric(12, 3)", false);
        check("numeric(10,2)", "numeric", true);
        check("numeric", "numeric(10,2)", false);
        check("character(5)", "character(6)", false);
        check("timestamp(3) without time zone", "timestamp", true);
        check("timestamp without time zone", "timestamptz", false);
        check("text[]", "varchar[]", false);
        check("public.mood", "text", false);
    }
}
