//! The rows of a small database as fingerprints, so that two can be held against each other.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::ContentHash;
use crate::dialect::are_books;
use crate::engine::{Row, Session};
use crate::error::Result;
use crate::ledger;
use crate::sql::{Flavor, qualified};

/// Stands between names in one value: no name has it.
const BETWEEN: char = '\u{1f}';

/// A service's own tables with their columns. What an extension brought comes back with it.
const POSTGRES_TABLES: &str = "
SELECT n.nspname, c.relname, (SELECT string_agg(quote_ident(a.attname), chr(31) ORDER BY a.attnum) FROM pg_attribute a
  WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%'
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
ORDER BY 1, 2";

/// Where every sequence stands, with the table that it belongs to; and how many large objects there are.
const POSTGRES_POSITIONS: &str = "
SELECT s.schemaname || '.' || s.sequencename, coalesce(s.last_value::text, 'unused'),
  (SELECT max(t.relname) FROM pg_depend d JOIN pg_class t ON t.oid = d.refobjid
   WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
     AND d.objid = format('%I.%I', s.schemaname, s.sequencename)::regclass)
FROM pg_sequences s WHERE s.schemaname <> 'mainstay'
UNION ALL SELECT 'large objects', count(*)::text, NULL FROM pg_largeobject_metadata ORDER BY 1";

const SQLITE_TABLES: &str = "
SELECT 'main', s.name, (SELECT group_concat('quote(\"' || replace(c.name, '\"', '\"\"') || '\")', char(31))
  FROM pragma_table_xinfo(s.name) c WHERE c.hidden <> 1)
FROM sqlite_schema s WHERE s.type = 'table' AND s.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY 2";

/// What a database has in its tables, and where its sequences stand.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Rows {
    tables: BTreeMap<String, Table>,
    positions: BTreeMap<String, String>,
}

#[derive(Debug, PartialEq, Eq)]
struct Table {
    count: usize,
    /// Of all rows, in whatever order they lie.
    whole: ContentHash,
    /// Of each column's values by themselves.
    columns: BTreeMap<String, ContentHash>,
}

impl Rows {
    /// Reads all of them: for scratch databases, which hold what migrations put in.
    pub(crate) async fn read(session: &mut dyn Session) -> Result<Self> {
        let (mut rows, mut books) = (Self::default(), BTreeSet::new());
        let tables = match session.flavor() {
            Flavor::Postgres => {
                // A policy must not hide rows from us: the server refuses rather than leave some out.
                session.query("SET row_security = off").await?;
                session.query(POSTGRES_TABLES).await?
            }
            Flavor::Sqlite => session.query(SQLITE_TABLES).await?,
        };
        for table in tables {
            let [Some(schema), Some(name), columns] = table.as_slice() else { continue };
            if ledger::owns(schema, name) {
                continue;
            }
            let columns: Vec<&str> = columns.as_deref().unwrap_or("''").split(BETWEEN).collect();
            if are_books(name, columns.iter().map(|column| bare(column))) {
                books.insert(name.clone());
                continue;
            }
            let title = qualified(schema, name);
            let found = session.query(&format!("SELECT {} FROM {title}", columns.join(", "))).await?;
            rows.tables.insert(title, Table::new(found, &columns));
        }
        for row in positions(session).await? {
            let [Some(name), Some(position), table] = row.as_slice() else { continue };
            if table.as_ref().is_some_and(|table| books.contains(table)) {
                continue;
            }
            rows.positions.insert(name.clone(), position.clone());
        }
        Ok(rows)
    }

    /// The tables that have rows, and how many.
    pub(crate) fn counts(&self) -> impl Iterator<Item = (&str, usize)> {
        let counts = self.tables.iter().map(|(name, table)| (name.as_str(), table.count));
        counts.filter(|(_, count)| *count > 0)
    }

    /// Whether there are large objects, which no text of statements can hold.
    pub(crate) fn large_objects(&self) -> bool {
        self.positions.get("large objects").is_some_and(|count| count != "0")
    }

    /// In what `other` is not the same.
    pub(crate) fn differences(&self, other: &Self) -> Vec<Difference> {
        let mut found = Vec::new();
        for (name, table) in &self.tables {
            match other.tables.get(name) {
                Some(there) if there == table => {}
                Some(there) => {
                    let differs = |column: &&String| table.columns.get(*column) != there.columns.get(*column);
                    let columns = table.columns.keys().filter(differs).cloned().collect();
                    found.push(Difference { what: name.clone(), counts: Some((table.count, there.count)), columns });
                }
                None if table.count > 0 => {
                    found.push(Difference { what: name.clone(), counts: Some((table.count, 0)), columns: Vec::new() });
                }
                None => {}
            }
        }
        let only_there =
            other.tables.iter().filter(|(name, table)| table.count > 0 && !self.tables.contains_key(*name));
        found.extend(only_there.map(|(name, table)| Difference {
            what: name.clone(),
            counts: Some((0, table.count)),
            columns: Vec::new(),
        }));
        let moved = self.positions.iter().filter(|(name, position)| other.positions.get(*name) != Some(position));
        found.extend(moved.map(|(name, _)| Difference { what: name.clone(), counts: None, columns: Vec::new() }));
        found
    }
}

/// A table or sequence that is not the same in two databases.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Difference {
    /// The table's name, as SQL, or the sequence's.
    pub(crate) what: String,
    /// How many rows each has; `None` for a sequence.
    pub(crate) counts: Option<(usize, usize)>,
    /// The columns whose values are others.
    pub(crate) columns: Vec<String>,
}

#[cfg(feature = "postgres")]
impl Difference {
    /// Whether `others` have it too, in all that it says.
    pub(crate) fn is_within(&self, others: &[Self]) -> bool {
        let same_number = self.counts.is_none_or(|(one, other)| one == other);
        let is_same =
            |other: &&Self| other.what == self.what && self.columns.iter().all(|column| other.columns.contains(column));
        same_number && others.iter().any(|other| is_same(&other))
    }
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.counts {
            None => write!(f, "{} stands elsewhere", self.what),
            Some((one, other)) if one != other => write!(f, "{} has {one} and {other} rows", self.what),
            Some(_) if self.columns.is_empty() => write!(f, "{} has other rows", self.what),
            Some(_) => write!(f, "{} has other values in {}", self.what, self.columns.join(", ")),
        }
    }
}

impl Table {
    fn new(rows: Vec<Row>, names: &[&str]) -> Self {
        let count = rows.len();
        let mut columns = BTreeMap::new();
        for (at, name) in names.iter().enumerate() {
            let mut values: Vec<Option<&str>> = rows.iter().map(|row| row.get(at).and_then(Option::as_deref)).collect();
            values.sort_unstable();
            columns.insert((*name).to_owned(), ContentHash::of(&values));
        }
        let mut rows = rows;
        rows.sort_unstable();
        Self { count, whole: ContentHash::of(&rows), columns }
    }
}

/// A column's name without what it is asked by.
fn bare(column: &str) -> &str {
    let name = column.strip_prefix("quote(").and_then(|name| name.strip_suffix(')')).unwrap_or(column);
    name.trim_matches('"')
}

async fn positions(session: &mut dyn Session) -> Result<Vec<Row>> {
    match session.flavor() {
        Flavor::Postgres => session.query(POSTGRES_POSITIONS).await,
        Flavor::Sqlite => {
            let there = "SELECT count(*) FROM sqlite_schema WHERE name = 'sqlite_sequence'";
            if crate::engine::first_cell(&session.query(there).await?) != Some("1") {
                return Ok(Vec::new());
            }
            session
                .query("SELECT name, seq, name FROM sqlite_sequence WHERE name NOT LIKE 'mainstay\\_%' ESCAPE '\\' ORDER BY 1")
                .await
        }
    }
}
