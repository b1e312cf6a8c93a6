//! Views and materialised views.

use serde::{Deserialize, Serialize};

use super::{Column, Index, Name, Rule, Size, Trigger};

/// A view or materialised view.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct View {
    /// Its name.
    pub name: Name,
    /// Its rows are kept.
    pub materialized: bool,
    /// The role that owns it; empty in SQLite.
    pub owner: String,
    /// The comment.
    pub comment: Option<String>,
    /// The query; in SQLite the whole stored `CREATE VIEW` statement.
    pub definition: String,
    /// A materialised view has been filled.
    pub populated: bool,
    /// `security_barrier=true`, `check_option=local`, storage parameters of a materialised view.
    pub options: Vec<String>,
    /// A materialised view's access method: `heap`.
    pub access_method: Option<String>,
    /// A materialised view's tablespace, where it is not the database's own.
    pub tablespace: Option<String>,
    /// Estimate of a materialised view's number of rows; `None` where nobody has counted.
    pub rows: Option<u64>,
    /// A materialised view's room on disk.
    pub size: Size,
    /// Columns by position.
    pub columns: Vec<Column>,
    /// Indexes of a materialised view, by name.
    pub indexes: Vec<Index>,
    /// `INSTEAD OF` triggers, by name.
    pub triggers: Vec<Trigger>,
    /// Rewrite rules by name, without the query.
    pub rules: Vec<Rule>,
}
