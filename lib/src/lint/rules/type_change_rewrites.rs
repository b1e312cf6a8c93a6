//! Changes of a column's type that write the whole table anew.

use crate::lint::finding::Found;
use crate::lint::look::Look;
use crate::lint::read::Does;
use crate::lint::rule::{About, Example, Own, POSTGRES, Rule};
use crate::plan::Severity;

pub(super) const RULE: Own = Own {
    rule: Rule {
        name: "type-change-rewrites",
        severity: Some(Severity::Warning),
        about: About::Locks,
        title: "a column's type is changed to one that is stored otherwise",
        why: "The whole table and its indexes are written anew under a lock against reads and writes.",
        more: "It is silent where the live database shows that only a limit grows.",
        instead: "add a column of the new type, write both, fill it in batches, then change over",
    },
    flavors: POSTGRES,
    covers: &["changing-column-type"],
    bad: Example::up("ALTER TABLE devices ALTER COLUMN owner TYPE bigint;"),
    good: Example::up("ALTER TABLE devices ALTER COLUMN serial TYPE text;"),
    check,
};

fn check(look: &Look<'_>, found: &mut Vec<Found>) {
    for (_, act) in look.acts() {
        let Does::ChangeType { table, column, to, using } = &act.does else { continue };
        let live = look.world.table(table).and_then(|live| live.columns.iter().find(|one| one.name == *column));
        let message = match live.map(|live| live.data_type.as_str()) {
            Some(from) if !using && keeps_storage(from, to) => continue,
            Some(from) => format!("{}.{column} changes from {from} to {to}: the table is written anew", table.text),
            None => format!("{}.{column} changes to {to}: the table may be written anew", table.text),
        };
        found.push(Found::new(act.offset, message).on(table));
    }
}

/// Whether every stored value of type `from` is one of type `to` as it stands.
fn keeps_storage(from: &str, to: &str) -> bool {
    let (from, to) = (Type::read(from), Type::read(to));
    let grows = |at: usize| match (from.limits.get(at), to.limits.get(at)) {
        (_, None) => true,
        (Some(from), Some(to)) => from <= to,
        (None, Some(_)) => false,
    };
    match (from.name.as_str(), to.name.as_str()) {
        ("varchar", "varchar") | ("varbit", "varbit") => grows(0),
        ("varchar" | "text", "text") | ("cidr", "inet") => true,
        ("text", "varchar") => to.limits.is_empty(),
        ("numeric", "numeric") => to.limits.is_empty() || (grows(0) && from.limits.get(1) == to.limits.get(1)),
        ("timestamp" | "timestamptz" | "time" | "timetz" | "interval", _) if from.name == to.name => grows(0),
        (one, other) => one == other && from.limits == to.limits,
    }
}

/// A type's name, its synonyms folded into one, and the numbers in its parentheses.
struct Type {
    name: String,
    limits: Vec<u32>,
}

impl Type {
    fn read(text: &str) -> Self {
        let text = text.to_lowercase();
        let (open, close) = (text.find('('), text.find(')'));
        let (limits, name) = match (open, close) {
            (Some(open), Some(close)) if open < close => {
                (&text[open + 1..close], format!("{}{}", text[..open].trim_end(), &text[close + 1..]))
            }
            _ => ("", text.clone()),
        };
        let name = match name.trim() {
            "character varying" => "varchar",
            "bit varying" => "varbit",
            "decimal" => "numeric",
            "int" | "int4" => "integer",
            "int8" => "bigint",
            "int2" => "smallint",
            "bool" => "boolean",
            "timestamp without time zone" => "timestamp",
            "timestamp with time zone" => "timestamptz",
            "time without time zone" => "time",
            "time with time zone" => "timetz",
            "double precision" | "float" => "float8",
            "real" => "float4",
            "character" | "bpchar" => "char",
            other => other.strip_prefix("pg_catalog.").unwrap_or(other),
        };
        Self {
            name: name.to_owned(),
            limits: limits.split(',').filter_map(|limit| limit.trim().parse().ok()).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::keeps_storage;

    #[test]
    fn limits_may_grow_and_types_may_not_change() {
        let check = |from: &str, to: &str, keeps: bool| assert_eq!(keeps_storage(from, to), keeps, "{from} to {to}");
        check("character varying(20)", "varchar(40)", true);
        check("character varying(20)", "VARCHAR(10)", false);
        check("character varying(20)", "text", true);
        check("character varying", "varchar(40)", false);
        check("text", "character varying", true);
        check("numeric(10,2)", "numeric(12, 2)", true);
        check("numeric(10,2)", "numeric(12,3)", false);
        check("numeric(10,2)", "numeric", true);
        check("integer", "bigint", false);
        check("integer", "int4", true);
        check("timestamp(3) without time zone", "timestamp", true);
        check("timestamp without time zone", "timestamptz", false);
        check("character(3)", "char(4)", false);
    }
}
