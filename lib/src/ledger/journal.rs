//! The journal: who did what when, with what result.

use crate::sql::{Flavor, literal_for};

use super::{TOOL_VERSION, table};

/// One line of the journal.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The operation: `migrate up`, `bootstrap` …
    pub action: String,
    /// What it was about: versions, steps.
    pub detail: String,
    /// The machine it ran on, or empty.
    pub host: String,
    /// How long it took, in seconds.
    pub seconds: f64,
    /// `ok`, or the error's sentence.
    pub result: String,
}

/// The statement that writes `entry`.
pub fn journal_insert(flavor: Flavor, entry: &Entry) -> String {
    let (who_column, who) = match flavor {
        Flavor::Postgres => ("", ""),
        Flavor::Sqlite => ("who, ", "'', "),
    };
    format!(
        "INSERT INTO {} ({who_column}host, action, detail, seconds, tool_version, result) \
         VALUES ({who}{}, {}, {}, {:.6}, {}, {})",
        table(flavor, "journal"),
        literal_for(&entry.host, flavor),
        literal_for(&entry.action, flavor),
        literal_for(&entry.detail, flavor),
        entry.seconds,
        literal_for(TOOL_VERSION, flavor),
        literal_for(&entry.result, flavor),
    )
}

/// The statement that gives the line `id` the detail, the duration and the result of `entry`.
pub(super) fn journal_end(flavor: Flavor, id: &str, entry: &Entry) -> String {
    format!(
        "UPDATE {} SET detail = {}, seconds = {:.6}, result = {} WHERE id = {}",
        table(flavor, "journal"),
        literal_for(&entry.detail, flavor),
        entry.seconds,
        literal_for(&entry.result, flavor),
        literal_for(id, flavor),
    )
}

/// A query for the last `limit` entries, newest first: at, who, action, detail, seconds, result.
pub fn journal_query(flavor: Flavor, limit: usize) -> String {
    format!(
        "SELECT at, who, action, detail, seconds, result FROM {} ORDER BY id DESC LIMIT {limit}",
        table(flavor, "journal")
    )
}
