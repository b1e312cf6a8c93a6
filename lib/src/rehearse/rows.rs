//! What the tables of the clone hold, before and after.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::catalog::Name;
use crate::dialect::are_books;
use crate::engine::{Row, Session};
use crate::error::Result;
use crate::ledger;
use crate::sql::{Flavor, ident, literal};

/// A table with more rows than this is not counted: what is slow to count is not counted twice for every migration.
const MOST: u64 = 20_000_000;

/// So many tables are counted in one query: each holds a lock until the query ends.
const TABLES_PER_QUERY: usize = 50;

/// How a table's rows have changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// The table; by its old name where it is gone.
    pub table: Name,
    /// What became of the table itself.
    pub fate: Fate,
    /// Rows before, where they were counted.
    pub before: Option<u64>,
    /// Rows after, where they were counted.
    pub after: Option<u64>,
}

/// What became of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fate {
    /// It is there as before.
    Stays,
    /// It was made.
    Made,
    /// It was dropped.
    Dropped,
}

impl Change {
    /// Rows that are gone.
    pub fn lost(&self) -> u64 {
        self.before.unwrap_or(0).saturating_sub(self.after.unwrap_or(self.before.unwrap_or(0)))
    }
}

/// A column that is gone from a table that has rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LostColumn {
    /// The table.
    pub table: Name,
    /// The column.
    pub column: String,
    /// Rows of the table, where they were counted.
    pub rows: Option<u64>,
}

/// The tables of a database at one moment.
#[derive(Clone, Debug, Default)]
pub(super) struct Inventory {
    /// By the server's number; SQLite's by name.
    tables: BTreeMap<String, Table>,
    /// Columns by table and number or, in SQLite, name.
    columns: BTreeMap<(String, String), String>,
}

#[derive(Clone, Debug)]
struct Table {
    name: Name,
    /// Has rows of its own: no view, and no table that is in partitions.
    holds_rows: bool,
    /// Bytes on disk with indexes.
    bytes: Option<u64>,
    rows: Option<u64>,
}

const POSTGRES_TABLES: &str = "
SELECT c.oid, n.nspname, c.relname, (c.relkind = 'r')::int,
  CASE WHEN c.relkind IN ('r', 'm') THEN pg_catalog.pg_total_relation_size(c.oid) END
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relpersistence <> 't'
  AND n.nspname NOT IN ('information_schema', 'mainstay') AND n.nspname !~ '^pg_'";

const POSTGRES_COLUMNS: &str = "
SELECT a.attrelid, a.attnum, a.attname FROM pg_catalog.pg_attribute a
JOIN pg_catalog.pg_class c ON c.oid = a.attrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind = 'r' AND c.relpersistence <> 't'
  AND n.nspname NOT IN ('information_schema', 'mainstay') AND n.nspname !~ '^pg_'";

const SQLITE_TABLES: &str = "
SELECT name, 'main', name, CASE WHEN sql LIKE 'CREATE VIRTUAL%' THEN 0 ELSE 1 END, NULL FROM sqlite_schema
WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'";

const SQLITE_COLUMNS: &str = "
SELECT t.name, c.name, c.name FROM sqlite_schema t JOIN pragma_table_info(t.name) c
WHERE t.type = 'table' AND t.sql NOT LIKE 'CREATE VIRTUAL%' AND t.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'";

impl Inventory {
    /// One table and nothing else.
    #[cfg(test)]
    pub(super) fn of(name: Name) -> Self {
        let table = Table { name, holds_rows: true, bytes: None, rows: None };
        Self { tables: BTreeMap::from([("1".to_owned(), table)]), columns: BTreeMap::new() }
    }

    /// Takes stock of everything.
    pub(super) async fn take(session: &mut dyn Session) -> Result<Self> {
        let mut inventory = Self::list(session).await?;
        inventory.count(session, |_, _| true).await?;
        Ok(inventory)
    }

    /// Takes stock again; only tables among `touched` are counted, all where that is not known.
    pub(super) async fn again(&self, session: &mut dyn Session, touched: Option<&BTreeSet<Name>>) -> Result<Self> {
        let mut inventory = Self::list(session).await?;
        let Some(touched) = touched else {
            inventory.count(session, |_, _| true).await?;
            return Ok(inventory);
        };
        for (id, table) in &mut inventory.tables {
            table.rows = self.tables.get(id).and_then(|before| before.rows);
        }
        let old_name = |id: &str| self.tables.get(id).map(|before| &before.name);
        inventory
            .count(session, |id, table| {
                old_name(id).is_none_or(|old| touched.contains(old)) || touched.contains(&table.name)
            })
            .await?;
        Ok(inventory)
    }

    async fn list(session: &mut dyn Session) -> Result<Self> {
        let (tables, columns) = match session.flavor() {
            Flavor::Postgres => (POSTGRES_TABLES, POSTGRES_COLUMNS),
            Flavor::Sqlite => (SQLITE_TABLES, SQLITE_COLUMNS),
        };
        let tables = session.query(tables).await?;
        let columns = session.query(columns).await?;
        let column = |row: Row| match row.as_slice() {
            [Some(table), Some(number), Some(name)] => Some(((table.clone(), number.clone()), name.clone())),
            _ => None,
        };
        Ok(Self {
            tables: tables.iter().filter_map(table).collect(),
            columns: columns.into_iter().filter_map(column).collect(),
        })
    }

    async fn count(&mut self, session: &mut dyn Session, wanted: impl Fn(&str, &Table) -> bool) -> Result<()> {
        let flavor = session.flavor();
        let chosen: Vec<(String, Name)> = self
            .tables
            .iter()
            .filter(|(id, table)| table.holds_rows && wanted(id, table))
            .map(|(id, table)| (id.clone(), table.name.clone()))
            .collect();
        for some in chosen.chunks(TABLES_PER_QUERY) {
            let each = |one: &(String, Name)| format!("SELECT {}, ({})", literal(&one.0), counting(&one.1, flavor));
            let all: Vec<String> = some.iter().map(each).collect();
            let mut rows = session.query(&all.join(" UNION ALL ")).await;
            if rows.as_ref().is_err_and(|error| error.sqlstate().is_some()) {
                // One of them may not be read: then each by itself.
                let mut found = Vec::new();
                for one in some {
                    found.extend(session.query(&each(one)).await.unwrap_or_default());
                }
                rows = Ok(found);
            }
            self.note(some, rows?);
        }
        Ok(())
    }

    fn note(&mut self, asked: &[(String, Name)], rows: Vec<Row>) {
        for (id, _) in asked {
            if let Some(table) = self.tables.get_mut(id) {
                table.rows = None;
            }
        }
        for row in rows {
            let [Some(id), Some(count)] = row.as_slice() else { continue };
            if let Some(table) = self.tables.get_mut(id) {
                table.rows = count.parse().ok().filter(|count| *count <= MOST);
            }
        }
    }

    /// Is it a table, view or materialised view of the user's?
    pub(super) fn has(&self, name: &Name) -> bool {
        self.tables.values().any(|table| table.name == *name)
    }

    /// Bytes of the table with its indexes, where they are known.
    pub(super) fn bytes(&self, name: &Name) -> Option<u64> {
        self.tables.values().find(|table| table.name == *name)?.bytes
    }

    /// Tables that were not counted.
    pub(super) fn uncounted(&self) -> Vec<Name> {
        let uncounted = self.tables.values().filter(|table| table.holds_rows && table.rows.is_none());
        uncounted.map(|table| table.name.clone()).collect()
    }

    /// How the rows differ in `after`, a later stock; tables that migration tools keep for themselves do not count.
    pub(super) fn changes(&self, after: &Self) -> Vec<Change> {
        let mut changes = Vec::new();
        for (id, before) in self.rows() {
            let found = after.tables.get(id);
            let (table, fate) = found.map_or((&before.name, Fate::Dropped), |now| (&now.name, Fate::Stays));
            let rows = match found {
                Some(now) => now.rows,
                None => before.rows.map(|_| 0),
            };
            if fate == Fate::Dropped || rows != before.rows {
                changes.push(Change { table: table.clone(), fate, before: before.rows, after: rows });
            }
        }
        for (_, made) in after.rows().filter(|(id, _)| !self.tables.contains_key(*id)) {
            let (table, rows) = (made.name.clone(), made.rows);
            changes.push(Change { table, fate: Fate::Made, before: rows.map(|_| 0), after: rows });
        }
        changes.sort_by(|a, b| a.table.cmp(&b.table));
        changes
    }

    /// Columns with values that are gone in `after`.
    pub(super) fn lost_columns(&self, after: &Self) -> Vec<LostColumn> {
        let gone = self.columns.iter().filter(|(key, _)| !after.columns.contains_key(*key));
        let mut lost: Vec<LostColumn> = gone
            .filter_map(|((id, _), column)| {
                let (before, now) = (self.tables.get(id)?, after.tables.get(id)?);
                (before.rows != Some(0) && self.is_of_user(id, before)).then(|| LostColumn {
                    table: now.name.clone(),
                    column: column.clone(),
                    rows: before.rows,
                })
            })
            .collect();
        lost.sort_by(|a, b| (&a.table, &a.column).cmp(&(&b.table, &b.column)));
        lost
    }

    fn rows(&self) -> impl Iterator<Item = (&String, &Table)> {
        self.tables.iter().filter(|(id, table)| table.holds_rows && self.is_of_user(id, table))
    }

    /// Is it neither ours nor the books of a migration tool?
    fn is_of_user(&self, id: &str, table: &Table) -> bool {
        let Name { schema, name } = &table.name;
        let from = (id.to_owned(), String::new());
        let columns = self.columns.range(from..).take_while(|((of, _), _)| of == id).map(|(_, column)| column.as_str());
        !ledger::owns(schema, name) && !are_books(name, columns)
    }
}

fn table(row: &Row) -> Option<(String, Table)> {
    let [Some(id), Some(schema), Some(name), Some(holds_rows), bytes] = row.as_slice() else { return None };
    let bytes = bytes.as_deref().and_then(|bytes| bytes.parse().ok());
    Some((id.clone(), Table { name: Name::new(schema, name), holds_rows: holds_rows == "1", bytes, rows: None }))
}

/// A query for the rows of one table alone, none of its partitions or heirs.
fn counting(name: &Name, flavor: Flavor) -> String {
    let limit = MOST + 1;
    match flavor {
        Flavor::Postgres => format!("SELECT count(*) FROM (SELECT 1 FROM ONLY {name} LIMIT {limit}) AS counted"),
        Flavor::Sqlite => {
            format!("SELECT count(*) FROM (SELECT 1 FROM {} LIMIT {limit}) AS counted", ident(&name.name))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stock(tables: &[(&str, &str, Option<u64>)], columns: &[(&str, &str)]) -> Inventory {
        let table = |(id, name, rows): &(&str, &str, Option<u64>)| {
            let name = Name::new("public", *name);
            ((*id).to_owned(), Table { name, holds_rows: true, bytes: None, rows: *rows })
        };
        let column = |(table, name): &(&str, &str)| (((*table).to_owned(), (*name).to_owned()), (*name).to_owned());
        Inventory { tables: tables.iter().map(table).collect(), columns: columns.iter().map(column).collect() }
    }

    #[test]
    fn rows_are_followed_by_number_and_not_by_name() {
        let before = stock(
            &[("1", "kept", Some(5)), ("2", "old", Some(3)), ("3", "gone", Some(7)), ("4", "huge", None)],
            &[("1", "a"), ("1", "b"), ("3", "c")],
        );
        let after = stock(
            &[("1", "kept", Some(4)), ("2", "renamed", Some(3)), ("4", "huge", None), ("5", "new", Some(2))],
            &[("1", "a")],
        );
        let told: Vec<(String, Fate, u64)> = before
            .changes(&after)
            .iter()
            .map(|change| (change.table.to_string(), change.fate, change.lost()))
            .collect();
        assert_eq!(
            told,
            [
                ("public.gone".to_owned(), Fate::Dropped, 7),
                ("public.kept".to_owned(), Fate::Stays, 1),
                ("public.new".to_owned(), Fate::Made, 0),
            ]
        );
        let lost: Vec<String> = before.lost_columns(&after).into_iter().map(|lost| lost.column).collect();
        assert_eq!(lost, ["b"], "a dropped table's columns are told by the table");
        assert_eq!(after.uncounted(), [Name::new("public", "huge")]);
    }
}
