//! What squawk's parser cannot read.

use crate::lint::finding::Found;
use crate::lint::look::Look;
use crate::lint::rule::{About, Example, Own, POSTGRES, Rule};
use crate::plan::Severity;

pub(super) const RULE: Own = Own {
    rule: Rule {
        name: "not-linted",
        severity: Some(Severity::Warning),
        about: About::Text,
        title: "squawk's parser cannot read a statement",
        why: "Its rules find nothing in it, whatever it does; Mainstay's own rules still read it.",
        more: "The server may well take it: it may be newer than the parser. Expressions that are nested or chained beyond what any person \
               writes are not given to the parser at all.",
        instead: "look at it yourself; what is meant to be so: -- mainstay: allow not-linted",
    },
    flavors: POSTGRES,
    covers: &[],
    bad: Example::up("WAIT FOR LSN '0/16B3748';"),
    good: Example::up("SELECT pg_last_wal_replay_lsn();"),
    check,
};

fn check(look: &Look<'_>, found: &mut Vec<Found>) {
    for (offset, why) in look.unread {
        found.push(Found::new(*offset, format!("not linted: {why}")));
    }
}
