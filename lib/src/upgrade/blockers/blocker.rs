//! A blocker: what shows it, why it keeps a cluster from being upgraded, and a statement that brings it about.

use serde::Serialize;

use super::Machine;
use crate::engine::Row;
use crate::plan::Severity;

/// Something that can be in the way of an upgrade.
#[derive(Debug)]
pub struct Blocker {
    /// What it is called.
    pub name: &'static str,
    /// `Error`: nothing is upgraded as long as it is there.
    pub severity: Severity,
    /// What is wrong where it finds something, a sentence without a point.
    pub title: &'static str,
    /// What comes of it.
    pub why: &'static str,
    /// The first old version that cannot have it.
    pub old_before: Option<u32>,
    /// The first new version that minds it.
    pub new_from: Option<u32>,
    /// What shows it.
    pub(super) look: Look,
    /// What brings it about in an empty database; nothing where it is a matter of the machine.
    pub example: &'static [&'static str],
}

/// What shows a blocker. A query's rows are object, evidence and what mends it; those of a sifted one are what the function says.
#[derive(Debug)]
pub enum Look {
    /// A query, asked once.
    Cluster(&'static str),
    /// A query, asked in every database.
    Databases(&'static str),
    /// A query, asked once, and what is wrong with a row of it.
    SiftedCluster(&'static str, fn(&[Option<String>], &Machine) -> Option<Found>),
    /// A query, asked in every database, and what is wrong with a row of it.
    SiftedDatabases(&'static str, fn(&[Option<String>], &Machine) -> Option<Found>),
    /// A look at files, programs and the disk.
    Machine(fn(&Machine) -> Vec<Found>),
}

/// One thing that is in the way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Found {
    /// What.
    pub object: String,
    /// By which it is known.
    pub evidence: String,
    /// What to do.
    pub mend: String,
}

impl Blocker {
    /// Whether it can be in the way from `old` to `new`.
    pub fn concerns(&self, old: u32, new: u32) -> bool {
        self.old_before.is_none_or(|before| old < before) && self.new_from.is_none_or(|from| new >= from)
    }

    /// Whether it is looked for before anybody is asked.
    pub(in crate::upgrade) fn is_first(&self) -> bool {
        matches!(self.name, "program-missing" | "not-shut-down")
    }

    /// What the machine shows.
    pub(in crate::upgrade) fn of_machine(&self, machine: &Machine) -> Vec<Found> {
        match self.look {
            Look::Machine(look) => look(machine),
            _ => Vec::new(),
        }
    }

    /// The query, and whether every database is asked.
    pub(in crate::upgrade) fn query(&self) -> Option<(&'static str, bool)> {
        match self.look {
            Look::Cluster(sql) | Look::SiftedCluster(sql, _) => Some((sql, false)),
            Look::Databases(sql) | Look::SiftedDatabases(sql, _) => Some((sql, true)),
            Look::Machine(_) => None,
        }
    }

    /// What an answer to its query shows.
    pub(in crate::upgrade) fn of_rows(&self, rows: Vec<Row>, machine: &Machine) -> Vec<Found> {
        match self.look {
            Look::SiftedCluster(_, sift) | Look::SiftedDatabases(_, sift) => {
                rows.iter().filter_map(|row| sift(row, machine)).collect()
            }
            _ => rows.into_iter().map(found).collect(),
        }
    }
}

fn found(row: Row) -> Found {
    let mut cells = row.into_iter().map(Option::unwrap_or_default);
    let mut next = || cells.next().unwrap_or_default();
    Found { object: next(), evidence: next(), mend: next() }
}

/// What a setting that is gone is called now, by the first version that has it no more.
pub(super) fn renamed(setting: &str) -> Option<&'static str> {
    let renamed = [("force_parallel_mode", "debug_parallel_query"), ("wal_keep_segments", "wal_keep_size")];
    renamed.into_iter().find(|(old, _)| *old == setting).map(|(_, new)| new)
}
