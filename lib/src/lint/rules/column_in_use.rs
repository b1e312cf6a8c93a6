//! Columns that something in the live database uses.

use crate::catalog::{Catalog, ObjectId, ObjectKind, Routine, Table};
use crate::lint::finding::Found;
use crate::lint::look::Look;
use crate::lint::read::{Does, Named, folded};
use crate::lint::rule::{About, Example, Own, POSTGRES, Rule};
use crate::plan::Severity;
use crate::sql::{Flavor, TokenKind, significant};

pub(super) const RULE: Own = Own {
    rule: Rule {
        name: "column-in-use",
        severity: Some(Severity::Error),
        about: About::Text,
        title: "a column is dropped, renamed or changed that something in the database uses",
        why: "For a view the server refuses, an index over several columns goes without a word, and a function fails later, when it is called.",
        more: "Indexes and functions are warnings. It asks the live database: without one it is silent.",
        instead: "drop or change what uses it first, in the same migration",
    },
    flavors: POSTGRES,
    covers: &[],
    bad: Example::up("-- mainstay: allow deletes-data\nALTER TABLE devices DROP COLUMN state;"),
    good: Example::up(
        "-- mainstay: allow deletes-data\nDROP VIEW online_devices;\nALTER TABLE devices DROP COLUMN state;",
    ),
    check,
};

/// What happens to the column.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Change {
    Drop { cascade: bool },
    Rename,
    Type,
}

fn check(look: &Look<'_>, found: &mut Vec<Found>) {
    let Some(catalog) = look.world.catalog() else { return };
    for (statement, act) in look.acts() {
        let (table, column, change) = match &act.does {
            Does::DropColumn { table, column, cascade } => (table, column, Change::Drop { cascade: *cascade }),
            Does::RenameColumn { table, column } => (table, column, Change::Rename),
            Does::ChangeType { table, column, .. } => (table, column, Change::Type),
            _ => continue,
        };
        let Some(live) = look.world.table(table).filter(|_| !look.world.is_new(table)) else { continue };
        let dropped = dropped_before(look, statement.offset);
        let one = |message: String| Found::new(act.offset, message).on(table);
        let name = format!("{}.{column}", table.text);
        let users = users(catalog, live, column, &dropped);
        if !users.is_empty() && matches!(change, Change::Drop { cascade: false } | Change::Type) {
            found.push(one(format!("{name} is used by {}: the server refuses this", users.join(", "))));
        }
        if matches!(change, Change::Drop { .. }) {
            found.extend(
                shared_indexes(live, column, &dropped)
                    .map(|index| one(format!("{index} goes with {name}")).weighs(Severity::Warning)),
            );
        }
        if change != Change::Type {
            let mentions = catalog.routines.iter().filter(|routine| mentions(routine, live, column, &dropped));
            let names: Vec<String> = mentions.map(|routine| routine.id().to_string()).collect();
            if !names.is_empty() {
                let message = format!("the text of {} names {name}", names.join(", "));
                found.push(one(message).weighs(Severity::Warning));
            }
        }
    }
}

/// What the migration has dropped before byte `offset`.
fn dropped_before<'a>(look: &Look<'a>, offset: usize) -> Vec<&'a Named> {
    let before = look.acts().filter(|(statement, _)| statement.offset < offset);
    before
        .filter_map(|(_, act)| match &act.does {
            Does::Drop { names, .. } => Some(names),
            _ => None,
        })
        .flatten()
        .collect()
}

fn is_dropped(dropped: &[&Named], name: &str) -> bool {
    dropped.iter().any(|named| named.bare() == name)
}

/// What the server will not leave without the column.
fn users(catalog: &Catalog, table: &Table, column: &str, dropped: &[&Named]) -> Vec<String> {
    let id = ObjectId::part(ObjectKind::Column, &table.name, column);
    catalog
        .dependencies
        .dependents(&id)
        .filter(|user| {
            matches!(
                user.kind,
                ObjectKind::View
                    | ObjectKind::MaterializedView
                    | ObjectKind::Function
                    | ObjectKind::Policy
                    | ObjectKind::Rule
            )
        })
        .filter(|user| !is_dropped(dropped, &user.name))
        .map(ToString::to_string)
        .collect()
}

/// Indexes that serve other columns too, in words.
fn shared_indexes<'a>(table: &'a Table, column: &str, dropped: &[&Named]) -> impl Iterator<Item = String> + 'a {
    let dropped: Vec<String> = dropped.iter().map(|named| named.bare().to_owned()).collect();
    let column = column.to_owned();
    let shared = move |index: &&crate::catalog::Index| {
        index.columns.len() > 1 && index.columns.contains(&column) && !dropped.contains(&index.name)
    };
    table.indexes.iter().filter(shared).map(|index| format!("index {} ({})", index.name, index.columns.join(", ")))
}

/// Whether a routine's text has both names as words of their own; a short body is no proof, and so only a warning.
fn mentions(routine: &Routine, table: &Table, column: &str, dropped: &[&Named]) -> bool {
    let words = |text: &str| -> Vec<String> {
        significant(text, Flavor::Postgres)
            .filter(|token| matches!(token.kind, TokenKind::Word | TokenKind::QuotedIdent))
            .map(|token| folded(token.text))
            .collect()
    };
    // The body is one string of the definition.
    let bodies = significant(&routine.definition, Flavor::Postgres).filter(|token| token.kind == TokenKind::String);
    let bodies: Vec<String> = bodies.flat_map(|body| words(inside(body.text))).collect();
    let has = |name: &str| bodies.iter().any(|word| word == name);
    has(column) && has(&table.name.name) && !is_dropped(dropped, &routine.name.name)
}

/// What stands between the quotes of a string.
fn inside(string: &str) -> &str {
    let tag = match string.strip_prefix('$').and_then(|rest| rest.find('$')) {
        Some(end) => &string[..end + 2],
        None => "'",
    };
    string.strip_prefix(tag).and_then(|rest| rest.strip_suffix(tag)).unwrap_or(string)
}
