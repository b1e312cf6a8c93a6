//! A check: one query that finds what is wrong, why that matters, and a statement that brings it about.

use serde::Serialize;

use crate::plan::Severity;

/// Something that can be wrong with a server or a database.
#[derive(Debug)]
pub struct Check {
    /// What it is called.
    pub name: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong where it finds something, a sentence without a point.
    pub title: &'static str,
    /// What comes of it.
    pub why: &'static str,
    /// The first version that has what it reads, `150000` for 15.
    pub since: u32,
    /// Who may see it.
    pub seen_by: SeenBy,
    /// Object, evidence and command that mends it for each finding. [`ROLE`] stands for the role that the service logs in as, a
    /// literal.
    pub(super) sql: &'static str,
    /// What brings it about in an empty database; nothing where it is a matter of the server.
    pub example: &'static [&'static str],
}

/// In a check's SQL, the role that the service logs in as.
pub(super) const ROLE: &str = "$ROLE";

/// Who may see what a check reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SeenBy {
    /// Every role.
    All,
    /// A superuser alone.
    Superuser,
}

/// What a check has found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The check's name.
    pub check: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong.
    pub title: &'static str,
    /// With what.
    pub object: String,
    /// By which it is known.
    pub evidence: String,
    /// What comes of it.
    pub why: &'static str,
    /// What to type.
    pub mend: String,
}
