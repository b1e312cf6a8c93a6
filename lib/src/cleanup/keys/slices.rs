//! The rows that a search began with, numbered, so that batches take them slice by slice.

use super::Keys;
use crate::cleanup::flow::Set;
use crate::sql::Flavor;

/// A slice of the rows that a whole search began with: those numbered from `after`, not itself, to `to`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::cleanup) struct Slice {
    pub(in crate::cleanup) table: usize,
    pub(in crate::cleanup) after: u64,
    pub(in crate::cleanup) to: u64,
}

impl Keys<'_> {
    /// The temporary table that numbers the rows that a whole search of table `at` began with.
    pub(in crate::cleanup) fn numbered(&self, at: usize) -> String {
        format!("{}.mainstay_numbered_{at}", self.schema())
    }

    /// Numbers the rows that the whole search of table `at` began with and that go.
    pub(in crate::cleanup) fn number(&self, at: usize) -> String {
        let name = self.numbered(at);
        let bare = name.rsplit('.').next().unwrap_or(&name);
        let known: Vec<String> = self.known_by(at, "g");
        format!(
            "CREATE TEMP TABLE {bare} AS SELECT row_number() OVER () AS n, {} FROM {} g WHERE g.round = 0",
            known.join(", "),
            self.set(Set::Going(at))
        )
    }

    /// Lets a slice of the numbered rows be found.
    pub(in crate::cleanup) fn index_numbers(&self, at: usize) -> String {
        let name = self.numbered(at);
        match self.flavor {
            // The rows lie in the order of their numbers: which pages have which is enough, and a thousandth of the room.
            Flavor::Postgres => {
                format!("CREATE INDEX ON {name} USING brin (n) WITH (pages_per_range = 16);\nANALYZE {name}")
            }
            Flavor::Sqlite => format!("CREATE INDEX temp.mainstay_numbered_{at}_n ON mainstay_numbered_{at} (n)"),
        }
    }
}
