//! Statements that the server refuses inside a transaction.

use crate::lint::finding::Found;
use crate::lint::look::Look;
use crate::lint::read::{Does, Statement};
use crate::lint::rule::{About, BOTH, Example, Own, Rule};
use crate::plan::Severity;
use crate::sql::{Flavor, needs_no_transaction};

pub(super) const RULE: Own = Own {
    rule: Rule {
        name: "needs-no-transaction",
        severity: Some(Severity::Error),
        about: About::Text,
        title: "a statement cannot run inside a transaction, and the script runs in one",
        why: "The server refuses it, and the migration fails.",
        more: "",
        instead: "a migration of its own that runs outside a transaction",
    },
    flavors: BOTH,
    covers: &["ban-concurrent-index-creation-in-transaction"],
    bad: Example::up("CREATE INDEX CONCURRENTLY devices_serial ON devices (serial);"),
    good: Example::up("-- mainstay: no-transaction\nCREATE INDEX CONCURRENTLY devices_serial ON devices (serial);"),
    check,
};

fn check(look: &Look<'_>, found: &mut Vec<Found>) {
    for (statements, in_down) in [(Some(look.up), false), (look.down, true)] {
        for statement in statements.into_iter().flatten().filter(|statement| statement.in_transaction) {
            let Some(what) = refused(statement, look.flavor) else { continue };
            let one = Found::new(statement.offset, format!("{what} cannot run inside a transaction"));
            found.push(Found { in_down, ..one.instead(look.no_transaction) });
        }
    }
}

fn refused(statement: &Statement<'_>, flavor: Flavor) -> Option<String> {
    let detaches =
        |does: &Does| matches!(does, Does::AlterTable { what, .. } if what == "DETACH PARTITION CONCURRENTLY");
    match statement.acts.iter().any(|act| detaches(&act.does)) {
        true => Some("DETACH PARTITION … CONCURRENTLY".to_owned()),
        false => needs_no_transaction(statement.text, flavor).map(|words| without_names(&words)),
    }
}

/// The keywords of a refused statement, without the names that follow them.
fn without_names(words: &str) -> String {
    let words: Vec<&str> = words.split(' ').collect();
    let keywords = match words.iter().position(|word| *word == "CONCURRENTLY") {
        Some(last) => last + 1,
        None if words[0] == "VACUUM" => 1,
        None => 2,
    };
    words[..keywords.min(words.len())].join(" ")
}
