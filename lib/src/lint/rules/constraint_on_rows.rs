//! Constraints that a row of before may break.

use crate::lint::finding::Found;
use crate::lint::look::Look;
use crate::lint::read::{Act, Does, Kind, Named, Statement};
use crate::lint::rule::{About, Example, Own, POSTGRES, Rule};
use crate::lint::world::Standing;
use crate::plan::Severity;

pub(super) const RULE: Own = Own {
    rule: Rule {
        name: "constraint-on-rows",
        severity: Some(Severity::Warning),
        about: About::Rows,
        title: "a constraint is added to a table with rows, any of which may break it",
        why: "One such row makes the migration fail.",
        more: "It asks the live database: without one it is silent.",
        instead: "look for such rows first, and mend them in the same migration",
    },
    flavors: POSTGRES,
    covers: &[],
    bad: Example::up("ALTER TABLE settings ADD CONSTRAINT settings_name UNIQUE (name);"),
    good: Example::up("ALTER TABLE drafts ADD CONSTRAINT drafts_title UNIQUE (title);"),
    check,
};

fn check(look: &Look<'_>, found: &mut Vec<Found>) {
    for (statement, act) in look.acts() {
        let Some((table, what, query)) = question(look, statement, act) else { continue };
        if !matches!(look.world.standing(table), Standing::Small | Standing::Big) {
            continue;
        }
        let one = Found::new(act.offset, format!("{what} fails if one row of {} breaks it", table.text)).on(table);
        found.push(match query {
            Some(query) => one.instead(format!("look first: {query}")),
            None => one,
        });
    }
}

/// The table, what is asked of its rows, and the query that finds those that break it.
fn question<'a>(
    look: &Look<'_>,
    statement: &Statement<'_>,
    act: &'a Act,
) -> Option<(&'a Named, String, Option<String>)> {
    match &act.does {
        Does::SetNotNull { table, column } if !is_filled(look, statement, table, column) => {
            let query = format!("SELECT count(*) FROM {} WHERE {column} IS NULL", table.text);
            Some((table, format!("{column} SET NOT NULL"), Some(query)))
        }
        Does::AddConstraint { table, kind, columns, expression, checked: true } => {
            let (name, list) = (&table.text, columns.join(", "));
            let (what, query) = match kind {
                Kind::Primary | Kind::Unique => {
                    let word = if *kind == Kind::Unique { "UNIQUE" } else { "PRIMARY KEY" };
                    let query = format!("SELECT {list} FROM {name} GROUP BY {list} HAVING count(*) > 1");
                    (format!("{word} ({list})"), Some(query))
                }
                Kind::Check => {
                    (format!("CHECK {expression}"), Some(format!("SELECT count(*) FROM {name} WHERE NOT {expression}")))
                }
                Kind::Exclusion => ("the exclusion constraint".to_owned(), None),
                Kind::Foreign => ("the foreign key".to_owned(), None),
            };
            Some((table, what, query))
        }
        _ => None,
    }
}

/// Whether no row can have NULL there: the table says so already, or the migration has filled the column before.
fn is_filled(look: &Look<'_>, statement: &Statement<'_>, table: &Named, column: &str) -> bool {
    let live = look.world.table(table).and_then(|live| live.columns.iter().find(|one| one.name == column));
    let fills = |does: &Does| match does {
        Does::Write { table: written, verb: "UPDATE", .. } => written.is(table),
        Does::AddColumn(added) => added.table.is(table) && added.column == column && added.default.is_some(),
        _ => false,
    };
    let before = look.up.iter().filter(|one| one.offset <= statement.offset);
    live.is_some_and(|live| live.not_null) || before.flat_map(|one| &one.acts).any(|act| fills(&act.does))
}
