//! Columns that rows of before have no value for.

use crate::lint::finding::Found;
use crate::lint::look::Look;
use crate::lint::read::Does;
use crate::lint::rule::{About, BOTH, Example, Own, Rule};
use crate::lint::world::Standing;
use crate::plan::Severity;

pub(super) const RULE: Own = Own {
    rule: Rule {
        name: "required-column",
        severity: Some(Severity::Error),
        about: About::Rows,
        title: "a NOT NULL column without a default is added to a table with rows",
        why: "The rows that are there have no value for it, and the statement fails.",
        more: "Where nobody has asked the database for rows, it is a warning.",
        instead: "give it a default, or add it without NOT NULL, fill it, then SET NOT NULL",
    },
    flavors: BOTH,
    covers: &["adding-required-field"],
    bad: Example::up("ALTER TABLE settings ADD COLUMN owner text NOT NULL;"),
    good: Example::up("ALTER TABLE settings ADD COLUMN owner text NOT NULL DEFAULT 'nobody';"),
    check,
};

fn check(look: &Look<'_>, found: &mut Vec<Found>) {
    for (_, act) in look.acts() {
        let Does::AddColumn(column) = &act.does else { continue };
        if !(column.not_null || column.primary) || column.default.is_some() || column.filled {
            continue;
        }
        let (name, table) = (&column.column, &column.table);
        let one = |message: String| Found::new(act.offset, message).on(table);
        found.push(match look.world.standing(table) {
            Standing::Unknown => {
                one(format!("{name} has no value for rows that {} may have", table.text)).weighs(Severity::Warning)
            }
            _ => one(format!("{name} has no value for the rows that {} has: this fails", table.text)),
        });
    }
}
