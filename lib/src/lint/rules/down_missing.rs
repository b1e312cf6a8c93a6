//! Migrations without a way back.

use crate::lint::finding::Found;
use crate::lint::look::Look;
use crate::lint::rule::{About, BOTH, Example, Own, Rule};
use crate::plan::Severity;

pub(super) const RULE: Own = Own {
    rule: Rule {
        name: "down-missing",
        severity: Some(Severity::Note),
        about: About::Text,
        title: "a migration has no way back",
        why: "`mainstay migrate down` stops before it; a copy is then the only way.",
        more: "Folders in which no migration has a way back are left alone.",
        instead: "write the down script",
    },
    flavors: BOTH,
    covers: &[],
    bad: Example::up("ALTER TABLE drafts ADD COLUMN note text;"),
    good: Example::both("ALTER TABLE drafts ADD COLUMN note text;", "ALTER TABLE drafts DROP COLUMN note;"),
    check,
};

fn check(look: &Look<'_>, found: &mut Vec<Found>) {
    if look.has_downs && look.down.is_none_or(<[_]>::is_empty) && !look.up.is_empty() {
        found.push(Found::new(look.start(), "there is no way back from this migration"));
    }
}
