//! Strong locks on several tables in one transaction.

use crate::lint::finding::Found;
use crate::lint::look::Look;
use crate::lint::read::{Does, Named};
use crate::lint::rule::{About, Example, Own, POSTGRES, Rule};
use crate::plan::Severity;

pub(super) const RULE: Own = Own {
    rule: Rule {
        name: "several-locks",
        severity: Some(Severity::Warning),
        about: About::Locks,
        title: "one transaction locks several tables",
        why: "The first stays locked until the last is done, and a program that takes them in another order ends in a deadlock.",
        more: "",
        instead: "a migration for each table",
    },
    flavors: POSTGRES,
    covers: &[],
    bad: Example::up("ALTER TABLE devices ADD COLUMN note text;\nALTER TABLE readings ADD COLUMN note text;"),
    good: Example::up("ALTER TABLE devices ADD COLUMN note text;\nALTER TABLE devices ADD COLUMN place text;"),
    check,
};

fn check(look: &Look<'_>, found: &mut Vec<Found>) {
    let mut locked: Vec<(&Named, usize)> = Vec::new();
    for (_, act) in look.acts().filter(|(statement, _)| statement.in_transaction) {
        for table in strongly(&act.does) {
            if look.world.matters(About::Locks, table) && !locked.iter().any(|(other, _)| other.is(table)) {
                locked.push((table, act.offset));
            }
        }
    }
    if let [_, (second, offset), ..] = locked.as_slice() {
        let names: Vec<&str> = locked.iter().map(|(table, _)| table.text.as_str()).collect();
        let message = format!("{} stay locked until the transaction ends", listed(&names));
        found.push(Found::new(*offset, message).on(second));
    }
}

/// The tables that it locks so that nobody writes to them, and mostly nobody reads them.
fn strongly(does: &Does) -> Vec<&Named> {
    match does {
        // VALIDATE and ATTACH let others read and write.
        Does::AlterTable { what, .. }
            if what.starts_with("VALIDATE") || what.starts_with("ATTACH") || what.ends_with("SET STATISTICS") =>
        {
            Vec::new()
        }
        Does::ForeignKey { table, to, .. } => vec![table, to],
        Does::CreateIndex { .. } | Does::CreateTable { .. } | Does::Write { .. } => Vec::new(),
        Does::Drop { kind, names, .. } if kind == "TABLE" => names.iter().collect(),
        Does::Truncate { tables } | Does::LockTable { tables } => tables.iter().collect(),
        other => other.table().into_iter().collect(),
    }
}

/// `a, b and c`.
fn listed(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
