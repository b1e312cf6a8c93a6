//! The list of tables.

use serde::Serialize;

use crate::catalog::{Catalog, Name, Relation, Table, TableKind, View};
use crate::ledger;

use super::pattern::Pattern;

/// What sort of thing a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RelationKind {
    /// A table of its own.
    Table,
    /// A partitioned table.
    PartitionedTable,
    /// A part of a partitioned table.
    Partition,
    /// A table that another server holds.
    ForeignTable,
    /// A view.
    View,
    /// A view whose rows are kept.
    MaterializedView,
    /// A sequence.
    Sequence,
}

/// One line of the list of tables.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct TableLine {
    /// Its name.
    pub name: Name,
    /// What sort of thing.
    pub kind: RelationKind,
    /// The role that owns it; empty in SQLite.
    pub owner: String,
    /// Estimate of the number of rows, a partitioned table's being the sum of its partitions'; `None` where nobody has
    /// counted.
    pub rows: Option<u64>,
    /// Bytes on disk with indexes and large values, a partitioned table's being the sum of its partitions'; `None` where it
    /// cannot be told.
    pub bytes: Option<u64>,
    /// The comment.
    pub comment: Option<String>,
}

/// The tables, views and materialised views that `pattern` covers, by name. A pattern is psql's: `log*`, `app.*`,
/// `"Quoted"`; without one, all. Mainstay's own are left out unless the pattern names them: `mainstay.*`, in SQLite
/// `mainstay_*`.
pub fn tables(catalog: &Catalog, pattern: Option<&str>) -> Vec<TableLine> {
    let pattern = pattern.map(Pattern::parse);
    let covered = |name: &Name| match &pattern {
        Some(pattern) => pattern.covers(name) && (pattern.asks_for_own() || !ledger::owns(&name.schema, &name.name)),
        None => !ledger::owns(&name.schema, &name.name),
    };
    let tables = catalog.tables.iter().map(|table| table_line(catalog, table));
    let views = catalog.views.iter().map(view_line);
    let mut lines: Vec<TableLine> = tables.chain(views).filter(|line| covered(&line.name)).collect();
    lines.sort_by(|a, b| a.name.cmp(&b.name));
    lines
}

impl RelationKind {
    /// What sort of thing `relation` is.
    pub fn of(relation: Relation<'_>) -> Self {
        match relation {
            Relation::Sequence(_) => Self::Sequence,
            Relation::View(view) if view.materialized => Self::MaterializedView,
            Relation::View(_) => Self::View,
            Relation::Table(table) => match table.kind {
                TableKind::Partitioned => Self::PartitionedTable,
                TableKind::Foreign => Self::ForeignTable,
                TableKind::Table if table.partition_of.is_some() => Self::Partition,
                TableKind::Table => Self::Table,
            },
        }
    }

    /// In words: `partitioned table`.
    pub fn words(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::PartitionedTable => "partitioned table",
            Self::Partition => "partition",
            Self::ForeignTable => "foreign table",
            Self::View => "view",
            Self::MaterializedView => "materialized view",
            Self::Sequence => "sequence",
        }
    }
}

fn table_line(catalog: &Catalog, table: &Table) -> TableLine {
    let (rows, bytes) = extent(catalog, table);
    TableLine {
        name: table.name.clone(),
        kind: RelationKind::of(Relation::Table(table)),
        owner: table.owner.clone(),
        rows,
        bytes,
        comment: table.comment.clone(),
    }
}

fn view_line(view: &View) -> TableLine {
    TableLine {
        name: view.name.clone(),
        kind: RelationKind::of(Relation::View(view)),
        owner: view.owner.clone(),
        rows: view.rows,
        bytes: view.size.total,
        comment: view.comment.clone(),
    }
}

/// Rows and bytes; a partitioned table's are those of its parts, and unknown as soon as one part's are.
pub(super) fn extent(catalog: &Catalog, table: &Table) -> (Option<u64>, Option<u64>) {
    if table.kind != TableKind::Partitioned {
        return (table.rows, table.size.total);
    }
    let sum = |total: Option<u64>, part: Option<u64>| Some(total? + part?);
    let parts = catalog.partitions_of(&table.name).map(|part| extent(catalog, part));
    parts.fold((Some(0), Some(0)), |total, part| (sum(total.0, part.0), sum(total.1, part.1)))
}
