//! `proof.json`: that a backup was restored, and what came of it.

use serde::{Deserialize, Serialize};

use crate::archive::digest::{Rows, Stored};

use super::{Range, Table};

/// The outcome of a restore that was made to compare. It lies beside the manifest, which never changes, and a later one takes
/// its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    /// [`FORMAT`](super::FORMAT) of who wrote it.
    pub format: u32,
    /// The manifest that it is about, by its bytes: a proof of another one proves nothing.
    pub manifest: Stored,
    /// When the comparison ended, ISO 8601 in UTC.
    pub at: String,
    /// Who did it: the system's user and machine, `walt@backup1`.
    pub by: String,
    /// How long restoring and comparing took, in milliseconds.
    pub milliseconds: u64,
    /// Mainstay's version.
    pub mainstay: String,
    /// The version of the server that it was restored on, as it prints it; SQLite's.
    pub server: String,
    /// Where that was, for people: `a scratch database on the same server`.
    pub place: String,
    /// Tables that were compared: all of the manifest's.
    pub tables: u64,
    /// Rows that were found in them.
    pub rows: u64,
    /// Large objects that were compared.
    pub large_objects: u64,
    /// Sequences whose positions were compared.
    pub sequences: u64,
    /// Objects of which it was compared whose they are and who may do what with them; missing where nobody looked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owners: Option<u64>,
    /// The version that the migrations' ledger had afterwards; missing where nobody looked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub migration: Option<String>,
    /// Tables that differ. With no failure either, the backup is proven.
    pub mismatches: Vec<Mismatch>,
    /// What else is not as it was backed up, or kept it from being restored, a sentence each.
    pub failures: Vec<String>,
    /// What was left out and why, a sentence each.
    pub left_out: Vec<String>,
}

/// What a proof says of a manifest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It was restored, and every table had its rows.
    Proven,
    /// It was restored, and a table had other rows.
    Refuted,
    /// It is about another manifest.
    Foreign,
}

impl Proof {
    /// Whether all was as it was backed up.
    pub fn is_clean(&self) -> bool {
        self.mismatches.is_empty() && self.failures.is_empty()
    }

    /// What it says of the manifest with these bytes.
    pub fn verdict(&self, manifest: &[u8]) -> Verdict {
        match self.manifest == Stored::of(manifest) {
            false => Verdict::Foreign,
            true if self.is_clean() => Verdict::Proven,
            true => Verdict::Refuted,
        }
    }
}

/// A table that came out with other rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mismatch {
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// The rows that it should have.
    pub expected: Rows,
    /// Those that it has; missing where there is no such table.
    pub found: Option<Rows>,
    /// The ranges that differ, where the backup has any by key.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ranges: Vec<RangeMismatch>,
}

/// A range of a table that came out with other rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RangeMismatch {
    /// Which rows.
    pub range: Range,
    /// Those that it should have.
    pub expected: Rows,
    /// Those that it has.
    pub found: Rows,
}

impl Table {
    /// Compares with what a restore has made: the rows of the whole table, and those of each part in the order of
    /// [`Table::parts`], as far as they were asked for. Nothing where they are equal.
    pub fn compare(&self, found: Option<Rows>, parts: &[Option<Rows>]) -> Option<Mismatch> {
        let ranges: Vec<RangeMismatch> = self
            .parts
            .iter()
            .zip(parts)
            .filter_map(|(part, found)| {
                let (range, found) = (part.range.as_ref()?, (*found)?);
                let differs = matches!(range, Range::Key { .. }) && found != part.rows;
                differs.then(|| RangeMismatch { range: range.clone(), expected: part.rows, found })
            })
            .collect();
        if found == Some(self.rows) && ranges.is_empty() {
            return None;
        }
        Some(Mismatch { schema: self.schema.clone(), name: self.name.clone(), expected: self.rows, found, ranges })
    }
}
