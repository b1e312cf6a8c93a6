//! Values of an enum that are used before they may be.

use crate::lint::finding::Found;
use crate::lint::look::Look;
use crate::lint::read::{Does, folded};
use crate::lint::rule::{About, Example, Own, POSTGRES, Rule};
use crate::plan::Severity;
use crate::sql::{Flavor, TokenKind, literal, significant};

pub(super) const RULE: Own = Own {
    rule: Rule {
        name: "enum-value-used",
        severity: Some(Severity::Warning),
        about: About::Text,
        title: "a value is added to an enum and used in the same transaction",
        why: "The server refuses to use it before the transaction that added it has ended (SQLSTATE 55P04).",
        more: "",
        instead: "add the value in one migration, use it in the next",
    },
    flavors: POSTGRES,
    covers: &[],
    bad: Example::up(
        "ALTER TYPE state ADD VALUE 'lost' AFTER 'off';\nUPDATE drafts SET state = 'lost' WHERE state IS NULL;",
    ),
    good: Example::up("ALTER TYPE state ADD VALUE 'lost' AFTER 'off';"),
    check,
};

fn check(look: &Look<'_>, found: &mut Vec<Found>) {
    let is_made = |name: &crate::lint::read::Named| {
        look.acts().any(|(_, act)| matches!(&act.does, Does::CreateType { name: made } if made.is(name)))
    };
    for (adding, act) in look.acts() {
        let Does::AddEnumValue { name, value } = &act.does else { continue };
        if !adding.in_transaction || is_made(name) {
            continue;
        }
        let quoted = literal(value);
        let uses =
            |token: &crate::sql::Token<'_>| token.kind == TokenKind::String && folded(token.text) == folded(&quoted);
        for statement in look.up.iter().filter(|one| one.offset > adding.offset && one.in_transaction) {
            if statement.acts.iter().any(|act| matches!(act.does, Does::AddEnumValue { .. })) {
                continue;
            }
            if let Some(token) = significant(statement.text, Flavor::Postgres).find(uses) {
                let message = format!("{quoted} is used in the transaction that adds it to {}", name.text);
                found.push(Found::new(statement.offset + token.offset, message));
            }
        }
    }
}
