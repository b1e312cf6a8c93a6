//! Writes to every row of a large table.

use crate::lint::finding::Found;
use crate::lint::look::Look;
use crate::lint::read::Does;
use crate::lint::rule::{About, BOTH, Example, Own, Rule};
use crate::plan::Severity;

pub(super) const RULE: Own = Own {
    rule: Rule {
        name: "whole-table-write",
        severity: Some(Severity::Warning),
        about: About::Locks,
        title: "every row of a table is written in one statement",
        why: "Every row stays locked until the transaction ends, the table grows to twice its size, and the log with it.",
        more: "",
        instead: "in batches, each a transaction: WHERE id IN (SELECT id FROM … WHERE … LIMIT 10000), until none is left",
    },
    flavors: BOTH,
    covers: &[],
    bad: Example::up("UPDATE devices SET note = '';"),
    good: Example::up("UPDATE settings SET name = lower(name);"),
    check,
};

fn check(look: &Look<'_>, found: &mut Vec<Found>) {
    for (_, act) in look.acts() {
        let Does::Write { table, verb, filtered: false } = &act.does else { continue };
        found
            .push(Found::new(act.offset, format!("{verb} without WHERE writes every row of {}", table.text)).on(table));
    }
}
