//! Foreign keys that no index serves.

use crate::lint::finding::Found;
use crate::lint::look::Look;
use crate::lint::read::Does;
use crate::lint::rule::{About, BOTH, Example, Own, Rule};
use crate::plan::Severity;

pub(super) const RULE: Own = Own {
    rule: Rule {
        name: "foreign-key-without-index",
        severity: Some(Severity::Note),
        about: About::Text,
        title: "no index begins with the columns of a foreign key",
        why: "Each row that is deleted or renumbered on the other side makes the server read the whole table.",
        more: "It is a warning where the table is large.",
        instead: "CREATE INDEX on the columns of the key",
    },
    flavors: BOTH,
    covers: &[],
    bad: Example::up("CREATE TABLE events (id bigint PRIMARY KEY, device bigint REFERENCES devices);"),
    good: Example::up(
        "CREATE TABLE events (id bigint PRIMARY KEY, device bigint REFERENCES devices);\n\
         CREATE INDEX events_device ON events (device);",
    ),
    check,
};

fn check(look: &Look<'_>, found: &mut Vec<Found>) {
    for (_, act) in look.acts() {
        let Does::ForeignKey { table, columns, to } = &act.does else { continue };
        let serves = |index: &&[String]| {
            index.get(..columns.len()).is_some_and(|first| columns.iter().all(|column| first.contains(column)))
        };
        if columns.is_empty() || look.world.indexes(table).iter().any(serves) {
            continue;
        }
        let message =
            format!("no index of {} begins with {}, which refers to {}", table.text, columns.join(", "), to.text);
        let one = Found::new(act.offset, message).on(table).instead(format!(
            "CREATE INDEX ON {} ({})",
            table.text,
            columns.join(", ")
        ));
        found.push(if look.big(table).is_some() { one.weighs(Severity::Warning) } else { one });
    }
}
