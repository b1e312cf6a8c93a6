//! What one table, view or sequence is made of.

use serde::Serialize;

use crate::catalog::{
    Action, Catalog, Column, Constraint, ConstraintKind, Index, Name, Partition, Relation, Sequence, Size, Table,
    Trigger, View,
};
use crate::error::{Error, ErrorKind, Result};

use super::tables::{RelationKind, extent};

/// What one table, view or sequence is made of; what a kind does not have is empty.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Description {
    /// Its name.
    pub name: Name,
    /// What sort of thing.
    pub kind: RelationKind,
    /// The role that owns it; empty in SQLite.
    pub owner: String,
    /// The comment.
    pub comment: Option<String>,
    /// Estimate of the number of rows; `None` where nobody has counted.
    pub rows: Option<u64>,
    /// Bytes on disk in all; `None` where it cannot be told.
    pub bytes: Option<u64>,
    /// The same by parts; a partitioned table has none of its own.
    pub size: Size,
    /// Empty after a crash.
    pub unlogged: bool,
    /// Row security is enabled.
    pub row_security: bool,
    /// Columns by position, with type, nullability, default, storage and comment.
    pub columns: Vec<Column>,
    /// The primary key's columns; SQLite's may have no index.
    pub primary_key: Vec<String>,
    /// Indexes, the primary key's first.
    pub indexes: Vec<IndexLine>,
    /// Check and exclusion constraints.
    pub checks: Vec<Constraint>,
    /// Keys to other tables.
    pub foreign_keys: Vec<Constraint>,
    /// Keys of other tables, and its own, that point here.
    pub referenced_by: Vec<Referrer>,
    /// Triggers.
    pub triggers: Vec<Trigger>,
    /// The table that it is a partition of.
    pub partition_of: Option<Partition>,
    /// How it is cut into partitions.
    pub partition_key: Option<String>,
    /// Its partitions, with their bounds.
    pub partitions: Vec<(Name, String)>,
    /// Parents by plain inheritance.
    pub inherits: Vec<Name>,
    /// Storage parameters and the like.
    pub options: Vec<String>,
    /// A foreign table's server.
    pub server: Option<String>,
    /// A view's query; SQLite's stored statement.
    pub definition: Option<String>,
    /// A sequence, with all that it has.
    pub sequence: Option<Sequence>,
    /// Sequences that go away with its columns.
    pub sequences: Vec<Name>,
}

/// An index and the constraint that it serves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct IndexLine {
    /// The index.
    #[serde(flatten)]
    pub index: Index,
    /// What its constraint asks for.
    pub constraint_kind: Option<ConstraintKind>,
}

/// A foreign key that points at the table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Referrer {
    /// The table that holds the key.
    pub table: Name,
    /// The key's name.
    pub constraint: String,
    /// Its columns.
    pub columns: Vec<String>,
    /// The columns here, in the same order.
    pub references: Vec<String>,
    /// What happens there when the row here goes.
    pub on_delete: Action,
    /// The key's whole definition.
    pub definition: String,
}

/// What `name` (`table`, `schema.table`, parts quoted or not) is made of.
///
/// # Errors
/// [`ErrorKind::NotFound`] where nothing has that name; the hint tells the nearest names.
pub fn describe(catalog: &Catalog, name: &str) -> Result<Description> {
    match catalog.relation(name) {
        Some(Relation::Table(table)) => Ok(of_table(catalog, table)),
        Some(Relation::View(view)) => Ok(of_view(view)),
        Some(Relation::Sequence(sequence)) => Ok(of_sequence(sequence)),
        None => Err(missing(catalog, name)),
    }
}

fn blank(relation: Relation<'_>) -> Description {
    Description {
        name: relation.name().clone(),
        kind: RelationKind::of(relation),
        owner: String::new(),
        comment: None,
        rows: None,
        bytes: None,
        size: Size::default(),
        unlogged: false,
        row_security: false,
        columns: Vec::new(),
        primary_key: Vec::new(),
        indexes: Vec::new(),
        checks: Vec::new(),
        foreign_keys: Vec::new(),
        referenced_by: Vec::new(),
        triggers: Vec::new(),
        partition_of: None,
        partition_key: None,
        partitions: Vec::new(),
        inherits: Vec::new(),
        options: Vec::new(),
        server: None,
        definition: None,
        sequence: None,
        sequences: Vec::new(),
    }
}

fn of_table(catalog: &Catalog, table: &Table) -> Description {
    let (rows, bytes) = extent(catalog, table);
    let checks = (table.constraints.iter())
        .filter(|one| matches!(one.kind, ConstraintKind::Check | ConstraintKind::Exclusion))
        .cloned()
        .collect();
    let bound = |part: &Table| part.partition_of.as_ref().map(|of| of.bound.clone()).unwrap_or_default();
    let owned = |sequence: &&Sequence| sequence.owned_by.as_ref().is_some_and(|owner| owner.table == table.name);
    Description {
        owner: table.owner.clone(),
        comment: table.comment.clone(),
        rows,
        bytes,
        size: table.size,
        unlogged: table.persistence == crate::catalog::Persistence::Unlogged,
        row_security: table.row_security,
        columns: table.columns.clone(),
        primary_key: table.primary_key().map(|key| key.columns.clone()).unwrap_or_default(),
        indexes: index_lines(&table.indexes, &table.constraints),
        checks,
        foreign_keys: table.foreign_keys().cloned().collect(),
        referenced_by: referrers(catalog, &table.name),
        triggers: table.triggers.clone(),
        partition_of: table.partition_of.clone(),
        partition_key: table.partition_key.clone(),
        partitions: catalog.partitions_of(&table.name).map(|part| (part.name.clone(), bound(part))).collect(),
        inherits: table.inherits.clone(),
        options: table.options.clone(),
        server: table.server.clone(),
        definition: table.definition.clone(),
        sequences: catalog.sequences.iter().filter(owned).map(|sequence| sequence.name.clone()).collect(),
        ..blank(Relation::Table(table))
    }
}

fn of_view(view: &View) -> Description {
    Description {
        owner: view.owner.clone(),
        comment: view.comment.clone(),
        rows: view.rows,
        bytes: view.size.total,
        size: view.size,
        columns: view.columns.clone(),
        indexes: index_lines(&view.indexes, &[]),
        triggers: view.triggers.clone(),
        options: view.options.clone(),
        definition: Some(view.definition.clone()),
        ..blank(Relation::View(view))
    }
}

fn of_sequence(sequence: &Sequence) -> Description {
    Description {
        owner: sequence.owner.clone(),
        comment: sequence.comment.clone(),
        sequence: Some(sequence.clone()),
        ..blank(Relation::Sequence(sequence))
    }
}

fn index_lines(indexes: &[Index], constraints: &[Constraint]) -> Vec<IndexLine> {
    let kind = |index: &Index| {
        let name = index.constraint.as_ref()?;
        constraints.iter().find(|constraint| constraint.name == *name).map(|constraint| constraint.kind)
    };
    let line = |index: &Index| IndexLine { index: index.clone(), constraint_kind: kind(index) };
    let mut lines: Vec<IndexLine> = indexes.iter().map(line).collect();
    // As psql has them: the primary key's first, unique ones before the others.
    lines.sort_by_key(|line| (!line.index.primary, !line.index.unique));
    lines
}

fn referrers(catalog: &Catalog, name: &Name) -> Vec<Referrer> {
    let referrer = |from: crate::catalog::Incoming<'_>| {
        let to = from.constraint.references.as_ref()?;
        Some(Referrer {
            table: from.table.name.clone(),
            constraint: from.constraint.name.clone(),
            columns: from.constraint.columns.clone(),
            references: to.columns.clone(),
            on_delete: to.on_delete,
            definition: from.constraint.definition.clone(),
        })
    };
    catalog.references_to(name).filter_map(referrer).collect()
}

fn missing(catalog: &Catalog, name: &str) -> Error {
    let error = Error::new(ErrorKind::NotFound, format!("no table, view or sequence is named {name}"));
    let near: Vec<String> = catalog.nearest(name).into_iter().take(3).map(ToString::to_string).collect();
    if near.is_empty() {
        return error.hint("list what there is: mainstay tables");
    }
    error.hint(format!("nearest: {}: mainstay describe {}", near.join(", "), near[0]))
}
