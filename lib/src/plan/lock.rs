//! PostgreSQL's locks on relations.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A lock on a relation, weakest first, as PostgreSQL numbers them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LockMode {
    /// Reading it.
    AccessShare,
    /// `SELECT … FOR UPDATE` and its like.
    RowShare,
    /// Writing rows.
    RowExclusive,
    /// `VACUUM`, `ANALYZE`, `CREATE INDEX CONCURRENTLY`, the gentle forms of `ALTER TABLE`.
    ShareUpdateExclusive,
    /// `CREATE INDEX`.
    Share,
    /// `CREATE TRIGGER`, a new foreign key.
    ShareRowExclusive,
    /// `REFRESH MATERIALIZED VIEW CONCURRENTLY`.
    Exclusive,
    /// `DROP`, `TRUNCATE`, most forms of `ALTER TABLE`.
    AccessExclusive,
}

impl LockMode {
    /// All of them, weakest first.
    pub const ALL: [Self; 8] = [
        Self::AccessShare,
        Self::RowShare,
        Self::RowExclusive,
        Self::ShareUpdateExclusive,
        Self::Share,
        Self::ShareRowExclusive,
        Self::Exclusive,
        Self::AccessExclusive,
    ];

    /// In PostgreSQL's words, lower case: `share update exclusive`.
    pub fn words(self) -> &'static str {
        match self {
            Self::AccessShare => "access share",
            Self::RowShare => "row share",
            Self::RowExclusive => "row exclusive",
            Self::ShareUpdateExclusive => "share update exclusive",
            Self::Share => "share",
            Self::ShareRowExclusive => "share row exclusive",
            Self::Exclusive => "exclusive",
            Self::AccessExclusive => "access exclusive",
        }
    }

    /// The mode that `pg_locks` calls `name`: `AccessShareLock`. `None` for what is no lock on a relation.
    pub fn of_server(name: &str) -> Option<Self> {
        let same = |mode: &Self| {
            mode.words().chars().filter(|c| *c != ' ').eq(name.to_ascii_lowercase().trim_end_matches("lock").chars())
        };
        Self::ALL.into_iter().find(same)
    }

    /// Which of other people's statements wait while somebody holds it.
    pub fn blocks(self) -> Blocks {
        match self {
            Self::AccessShare | Self::RowShare | Self::RowExclusive | Self::ShareUpdateExclusive => Blocks::Nothing,
            Self::Share | Self::ShareRowExclusive | Self::Exclusive => Blocks::Writes,
            Self::AccessExclusive => Blocks::ReadsAndWrites,
        }
    }
}

/// As in [`LockMode::words`].
impl fmt::Display for LockMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words())
    }
}

/// Which of other people's statements wait for a lock; other changes of the schema apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Blocks {
    /// Neither reads nor writes.
    Nothing,
    /// `INSERT`, `UPDATE`, `DELETE`, `MERGE`, and `SELECT … FOR UPDATE` where the lock is exclusive.
    Writes,
    /// Everything, `SELECT` too.
    ReadsAndWrites,
}

impl fmt::Display for Blocks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nothing => "nothing",
            Self::Writes => "writes",
            Self::ReadsAndWrites => "reads and writes",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_servers_names_are_known() {
        assert_eq!(LockMode::of_server("AccessShareLock"), Some(LockMode::AccessShare));
        assert_eq!(LockMode::of_server("ShareUpdateExclusiveLock"), Some(LockMode::ShareUpdateExclusive));
        assert_eq!(LockMode::of_server("ShareLock"), Some(LockMode::Share));
        assert_eq!(LockMode::of_server("SIReadLock"), None);
        assert!(LockMode::ALL.is_sorted());
    }
}
