//! What will make a clean-up slow: references without an index. And how long it may take.

use serde::{Deserialize, Serialize};

use super::gather::Found;
use super::graph::Graph;
use super::references::{Edge, shown};
use crate::catalog::{Catalog, Index, Name, Table, TableKind};
use crate::sql::{Flavor, ident};

/// A table of fewer rows is read whole in no time.
const FEW_ROWS: u64 = 1_000;

/// The same in bytes, where nobody has counted the rows.
const FEW_BYTES: u64 = 100_000;

/// An index that is missing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MissingIndex {
    /// The reference that is followed without it: `logs.stream_id`.
    pub reference: String,
    /// What makes it, a statement for each table.
    pub create: Vec<String>,
}

/// The indexes that `graph` would be followed by and that are not there.
pub(super) fn missing_indexes(catalog: &Catalog, graph: &Graph, flavor: Flavor) -> Vec<MissingIndex> {
    let mut found: Vec<MissingIndex> = Vec::new();
    for edge in &graph.edges {
        let mut ends = vec![(&edge.from, &edge.columns)];
        // What a foreign key refers to is unique, and has an index.
        if edge.constraint.is_none() {
            ends.push((&edge.to, &edge.keys));
        }
        for (name, columns) in ends {
            let Some(table) = table(catalog, name) else { continue };
            if !is_large(catalog, table) || table.indexes.iter().any(|index| serves(index, columns)) {
                continue;
            }
            let create = creates(catalog, table, columns, flavor);
            if found.iter().all(|one| one.create != create) {
                found.push(MissingIndex { reference: edge.title(), create });
            }
        }
    }
    found
}

/// About how many seconds it takes to delete what was found, at `percent` of the time. The figures are those of a machine of 2026
/// with two cores, by `bench/cleanup.py`.
pub(super) fn seconds(catalog: &Catalog, graph: &Graph, found: &Found, missing: &[MissingIndex], percent: u8) -> f64 {
    const ROW: f64 = 6e-6;
    const INDEX: f64 = 1.5e-6;
    const REFERENCE: f64 = 6e-6;
    const UNINDEXED_ROW: f64 = 5e-8;
    let mut seconds = 0.0;
    for (at, member) in graph.tables.iter().enumerate() {
        let Some(table) = table(catalog, &member.name) else { continue };
        let mut row = ROW + INDEX * table.indexes.len() as f64;
        for (_, edge) in graph.references_to(at) {
            row += REFERENCE;
            if missing.iter().any(|one| one.reference == edge.title()) {
                row += UNINDEXED_ROW * rows_of(catalog, edge) as f64;
            }
        }
        seconds += row * found.going[at] as f64;
    }
    seconds * 100.0 / f64::from(percent)
}

fn rows_of(catalog: &Catalog, edge: &Edge) -> u64 {
    table(catalog, &edge.from).map(|table| rows(catalog, table)).unwrap_or_default()
}

fn table<'a>(catalog: &'a Catalog, name: &Name) -> Option<&'a Table> {
    catalog.tables.iter().find(|table| table.name == *name)
}

/// The rows of a table, its partitions' included, as far as they were counted.
pub(super) fn rows(catalog: &Catalog, table: &Table) -> u64 {
    let parts: u64 = catalog.partitions_of(&table.name).map(|part| rows(catalog, part)).sum();
    table.rows.unwrap_or_default() + parts
}

fn is_large(catalog: &Catalog, table: &Table) -> bool {
    if table.kind == TableKind::Partitioned {
        return catalog.partitions_of(&table.name).any(|part| is_large(catalog, part));
    }
    match table.rows {
        Some(rows) => rows >= FEW_ROWS,
        None => table.size.table.is_none_or(|bytes| bytes >= FEW_BYTES),
    }
}

/// Whether rows can be found by `columns` through `index`.
fn serves(index: &Index, columns: &[String]) -> bool {
    let whole = match &index.predicate {
        None => true,
        Some(predicate) => {
            let bare = predicate.trim_matches(|c| c == '(' || c == ')');
            columns.iter().any(|column| bare.eq_ignore_ascii_case(&format!("{} IS NOT NULL", ident(column))))
        }
    };
    let leading: Vec<&str> = index.columns.iter().take(columns.len()).map(String::as_str).collect();
    let has_all =
        columns.iter().all(|column| leading.contains(&ident(column).as_str()) || leading.contains(&column.as_str()));
    let finds = index.method.is_empty() || index.method == "btree" || (index.method == "hash" && columns.len() == 1);
    index.valid && whole && finds && has_all && leading.len() == columns.len()
}

fn creates(catalog: &Catalog, table: &Table, columns: &[String], flavor: Flavor) -> Vec<String> {
    let list: Vec<String> = columns.iter().map(|column| ident(column)).collect();
    let list = list.join(", ");
    match (flavor, table.kind) {
        (Flavor::Sqlite, _) => {
            let name = format!("{}_{}_idx", table.name.name, columns.join("_"));
            vec![format!("CREATE INDEX {} ON {} ({list})", ident(&name), shown(&table.name))]
        }
        // An index on the whole cannot be built beside its users, one on each part can.
        (Flavor::Postgres, TableKind::Partitioned) => {
            catalog.partitions_of(&table.name).flat_map(|part| creates(catalog, part, columns, flavor)).collect()
        }
        (Flavor::Postgres, _) => vec![format!("CREATE INDEX CONCURRENTLY ON {} ({list})", shown(&table.name))],
    }
}
