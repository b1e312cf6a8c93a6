//! Long chains of rows of one table in SQLite, of which each goes with the one before by the database's own CASCADE: it follows
//! them to a depth of a thousand, so those furthest away are deleted first.

use super::Keys;
use crate::catalog::Action;
use crate::cleanup::flow::Set;
use crate::cleanup::references::Edge;

/// So many rows one after the other are deleted at once; as many again may be triggers of the table's own.
pub(in crate::cleanup) const DEEP: u64 = 500;

/// How far each row that goes is from one that goes with no other.
const DEPTHS: &str = "temp.mainstay_depths";

impl Keys<'_> {
    /// The reference of table `at` to itself that cascades. With two of them, a row may be at several depths.
    pub(in crate::cleanup) fn chain(&self, at: usize) -> Option<&Edge> {
        let name = &self.graph.tables[at].name;
        let mut own =
            self.graph.references_to(at).filter(|(_, edge)| edge.from == *name && edge.on_delete == Action::Cascade);
        match (own.next(), own.next()) {
            (Some((_, edge)), None) => Some(edge),
            _ => None,
        }
    }

    /// What notes the depths of the rows of table `at` that go, by `edge`. Rows in a ring, and those that go with them, have none.
    pub(in crate::cleanup) fn note_depths(&self, at: usize, edge: &Edge) -> Vec<String> {
        let going = self.set(Set::Going(at));
        let own = |columns: &[String]| -> Vec<String> { columns.iter().map(|one| self.key_column(at, one)).collect() };
        let (columns, keys) = (own(&edge.columns), own(&edge.keys));
        // Whoever refers to itself goes with no other.
        let follows = |row: &str, other: &str| {
            let pairs = columns.iter().zip(&keys).enumerate();
            let equal = pairs
                .map(|(n, (column, key))| format!("{} = {other}.{key}", edge.compared(n, format!("{row}.{column}"))));
            let (one, two) = (self.known_by(at, row), self.known_by(at, other));
            format!("{} AND ({}) <> ({})", equal.collect::<Vec<_>>().join(" AND "), one.join(", "), two.join(", "))
        };
        let list = |row: &str| {
            let keys = keys.iter().map(|key| format!("{row}.{key}"));
            self.known_by(at, row).into_iter().chain(keys).collect::<Vec<_>>().join(", ")
        };
        let names = list("d").replace("d.", "");
        vec![
            self.index(&going, &columns),
            self.index(&going, &keys),
            format!(
                "CREATE TEMP TABLE {} AS WITH RECURSIVE d ({names}, depth) AS (SELECT {}, 0 FROM {going} g \
                 WHERE NOT EXISTS (SELECT 1 FROM {going} p WHERE {}) \
                 UNION ALL SELECT {}, d.depth + 1 FROM d JOIN {going} c ON {}) SELECT * FROM d",
                DEPTHS.trim_start_matches("temp."),
                list("g"),
                follows("g", "p"),
                list("c"),
                follows("c", "d"),
            ),
        ]
    }

    /// Asks for the largest depth.
    pub(in crate::cleanup) fn depth(&self) -> String {
        format!("SELECT coalesce(max(depth), 0) FROM {DEPTHS}")
    }

    /// Deletes the rows of table `at` whose depth is `from` or a little more.
    pub(in crate::cleanup) fn delete_from_depth(&self, at: usize, from: u64) -> String {
        let rows = format!("FROM {DEPTHS} s WHERE s.depth >= {from} AND s.depth < {}", from + DEEP);
        format!("DELETE FROM {} WHERE {}", self.table(at), self.is_among(at, &rows))
    }

    /// Forgets the depths.
    pub(in crate::cleanup) fn forget_depths(&self) -> String {
        format!("DROP TABLE {DEPTHS}")
    }
}
