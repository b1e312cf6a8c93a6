//! Ways back that leave something behind.

use std::collections::BTreeSet;

use crate::lint::finding::Found;
use crate::lint::look::Look;
use crate::lint::read::{Does, folded};
use crate::lint::rule::{About, BOTH, Example, Own, Rule};
use crate::plan::Severity;
use crate::sql::{TokenKind, significant};

pub(super) const RULE: Own = Own {
    rule: Rule {
        name: "down-incomplete",
        severity: Some(Severity::Warning),
        about: About::Text,
        title: "the way back does not mention what the way up makes",
        why: "The table or column stays, and the way up fails the next time. `mainstay migrate verify` tries all of it.",
        more: "",
        instead: "drop it in the down script",
    },
    flavors: BOTH,
    covers: &[],
    bad: Example::both("ALTER TABLE drafts ADD COLUMN note text;", "SELECT 1;"),
    good: Example::both("ALTER TABLE drafts ADD COLUMN note text;", "ALTER TABLE drafts DROP COLUMN note;"),
    check,
};

fn check(look: &Look<'_>, found: &mut Vec<Found>) {
    let Some(down) = look.down.filter(|down| !down.is_empty()) else { return };
    let words: BTreeSet<String> = down
        .iter()
        .flat_map(|statement| significant(statement.text, look.flavor))
        .filter(|token| matches!(token.kind, TokenKind::Word | TokenKind::QuotedIdent))
        .map(|token| folded(token.text))
        .collect();
    // A schema takes all that is in it, and a block's text may do anything.
    if words.contains("schema") || words.contains("do") {
        return;
    }
    for (_, act) in look.acts() {
        let (what, name) = match &act.does {
            Does::CreateTable { table, .. } if !is_dropped_or_renamed(look, table) => ("table", table.bare()),
            Does::AddColumn(column) if !words.contains(column.table.bare()) || !look.makes(&column.table) => {
                ("column", column.column.as_str())
            }
            _ => continue,
        };
        if !words.contains(name) {
            found.push(Found::new(act.offset, format!("the way back does not mention {what} {name}")));
        }
    }
}

/// Whether the way up itself does away with a table that it has made.
fn is_dropped_or_renamed(look: &Look<'_>, table: &crate::lint::read::Named) -> bool {
    look.acts().any(|(_, act)| match &act.does {
        Does::Drop { names, .. } => names.iter().any(|name| name.is(table)),
        Does::RenameTable { table: from, .. } => from.is(table),
        _ => false,
    })
}
