//! Where parts of tables come from.

use serde::{Deserialize, Serialize};

/// Whether a table declares a column or constraint itself or has it from a parent, by inheritance or as a partition.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// Declared here alone.
    #[default]
    Own,
    /// From a parent alone; it cannot be dropped here.
    Inherited,
    /// From a parent, and declared here too.
    Both,
}
