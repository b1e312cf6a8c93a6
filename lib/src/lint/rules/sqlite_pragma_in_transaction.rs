//! Pragmas that do nothing inside a transaction.

use crate::lint::finding::Found;
use crate::lint::look::Look;
use crate::lint::read::Does;
use crate::lint::rule::{About, Example, Own, Rule, SQLITE};
use crate::plan::Severity;

pub(super) const RULE: Own = Own {
    rule: Rule {
        name: "sqlite-pragma-in-transaction",
        severity: Some(Severity::Warning),
        about: About::Text,
        title: "a pragma has no effect inside a transaction, and the script runs in one",
        why: "SQLite passes `PRAGMA foreign_keys` over without a word there, and refuses to change the journal.",
        more: "",
        instead: "the line `-- mainstay: foreign-keys-off` at the head, or a script outside a transaction",
    },
    flavors: SQLITE,
    covers: &[],
    bad: Example::up("PRAGMA foreign_keys = OFF;"),
    good: Example::up("-- mainstay: no-transaction\nPRAGMA foreign_keys = OFF;"),
    check,
};

fn check(look: &Look<'_>, found: &mut Vec<Found>) {
    for (statement, act) in look.acts().filter(|(statement, _)| statement.in_transaction) {
        let Does::Pragma { name } = &act.does else { continue };
        let (what, instead) = match name.as_str() {
            "foreign_keys" => (
                "PRAGMA foreign_keys has no effect inside a transaction",
                "the line `-- mainstay: foreign-keys-off` at the head",
            ),
            "journal_mode" => ("the journal cannot be changed inside a transaction", look.no_transaction),
            _ => continue,
        };
        found.push(Found::new(statement.offset, what).instead(instead));
    }
}
