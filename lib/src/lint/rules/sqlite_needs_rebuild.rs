//! Alterations that SQLite does not have.

use crate::lint::finding::Found;
use crate::lint::look::Look;
use crate::lint::read::Does;
use crate::lint::rule::{About, Example, Own, Rule, SQLITE};
use crate::plan::Severity;

pub(super) const RULE: Own = Own {
    rule: Rule {
        name: "sqlite-needs-rebuild",
        severity: Some(Severity::Error),
        about: About::Text,
        title: "SQLite has no such ALTER TABLE",
        why: "SQLite renames tables and columns, adds columns without a key, and drops columns. All else fails.",
        more: "",
        instead: "make a new table, copy the rows, drop the old one, rename: mainstay migrate new NAME --from-schema writes that",
    },
    flavors: SQLITE,
    covers: &[],
    bad: Example::up("ALTER TABLE settings ALTER COLUMN name TYPE TEXT;"),
    good: Example::up("ALTER TABLE settings RENAME COLUMN name TO title;"),
    check,
};

fn check(look: &Look<'_>, found: &mut Vec<Found>) {
    for (_, act) in look.acts() {
        let what = match &act.does {
            Does::ChangeType { column, .. } => format!("cannot change the type of {column}"),
            Does::AddConstraint { .. } => "cannot add a constraint".to_owned(),
            Does::SetNotNull { column, .. } => format!("cannot make {column} NOT NULL"),
            Does::DropConstraint { name, .. } => format!("cannot drop constraint {name}"),
            Does::AddColumn(column) if column.primary => format!("cannot add {} as PRIMARY KEY", column.column),
            Does::AddColumn(column) if column.unique => format!("cannot add {} as UNIQUE", column.column),
            Does::AddColumn(column) if column.references && column.default.is_some() => {
                format!("cannot add {} as a foreign key with a default", column.column)
            }
            Does::AddColumn(column) if column.stored => format!("cannot add {} as STORED", column.column),
            _ => continue,
        };
        found.push(Found::new(act.offset, format!("SQLite {what}")));
    }
}
