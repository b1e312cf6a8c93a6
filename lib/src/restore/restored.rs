//! What a restore has done.

use std::time::Instant;

use serde::{Deserialize, Serialize};

use super::check::{self, Compared};
use super::crew::Tally;
use super::decision::Decision;

/// What a restore has done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Restored {
    /// The database.
    pub database: String,
    /// The name that the old one is kept under.
    pub kept: Option<String>,
    /// Tables that were restored.
    pub tables: u64,
    /// Rows that were found in them afterwards.
    pub rows: u64,
    /// Tables whose rows were compared by digest with what was backed up.
    pub compared: u64,
    /// Tables whose rows were counted, and were as many as were sent.
    pub counted: u64,
    /// Tables of which nobody knows what they should have.
    pub unknown: Vec<String>,
    /// Roles that were made.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<String>,
    /// Large objects.
    pub large_objects: u64,
    /// What was left out and why, a sentence each.
    pub left_out: Vec<String>,
    /// How long it took.
    pub seconds: f64,
}

impl Restored {
    pub(super) fn of(decision: &Decision, tally: &Tally, began: Instant) -> Self {
        let mut restored = Self {
            database: decision.plan.database.clone(),
            kept: decision.plan.kept.clone(),
            tables: decision.plan.tables as u64,
            rows: 0,
            compared: 0,
            counted: 0,
            unknown: Vec::new(),
            roles: decision.making.names.iter().cloned().collect(),
            large_objects: tally.large_objects,
            left_out: decision.plan.left_out.clone(),
            seconds: began.elapsed().as_secs_f64(),
        };
        restored.left_out.extend(tally.passed_over.iter().cloned());
        for (name, compared) in &tally.compared {
            match compared {
                Compared::Digest(rows) => {
                    restored.compared += 1;
                    restored.rows += rows.count;
                }
                Compared::Count(rows) => {
                    restored.counted += 1;
                    restored.rows += rows;
                }
                Compared::Other(_) => {}
                Compared::Unknown => restored.unknown.push(check::quoted(name)),
            }
        }
        restored
    }
}
