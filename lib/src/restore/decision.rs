//! What a restore will do, as it is shown and as it is carried out.

use serde::{Deserialize, Serialize};

use super::making::Making;
use super::object::Manner;
use super::options::{Asks, Way};
use super::select::Selection;

/// What a restore will do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestorePlan {
    /// The archive.
    pub archive: String,
    /// The database that was dumped, and the server's version then.
    pub source: String,
    /// What is done, a sentence each, in order.
    pub steps: Vec<String>,
    /// The statements that make the roles which the server lacks, without their passwords.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<String>,
    /// The database that comes of it.
    pub database: String,
    /// The database that was backed up, where the one to be replaced has another name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub other: Option<String>,
    /// What the user must agree to.
    pub asks: Asks,
    /// The name that the database of the same name is kept under.
    pub kept: Option<String>,
    /// How many tables there are.
    pub tables: usize,
    /// How many objects in all.
    pub objects: usize,
    /// How many rows, where the archive says it.
    pub rows: Option<u64>,
    /// Bytes of rows as they are stored.
    pub bytes: u64,
    /// What is left out and why, a sentence each.
    pub left_out: Vec<String>,
    /// Hash of the state that the plan assumes; restoring refuses if it has changed.
    pub state: String,
}

/// A plan, and all that carrying it out needs.
pub(super) struct Decision {
    pub(super) plan: RestorePlan,
    pub(super) selection: Selection,
    pub(super) manner: Manner,
    pub(super) making: Making,
    /// The role that sessions act as, where it is not the one connected as.
    pub(super) act_as: Option<String>,
    /// The role that the new database belongs to.
    pub(super) owner: String,
    /// Where it goes: a table alone goes into a database that is there already.
    pub(super) way: Way,
}
