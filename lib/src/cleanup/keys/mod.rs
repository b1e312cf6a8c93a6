//! The SQL that finds rows and keeps in temporary tables which they are: never the rows themselves, only what they are known by
//! and the columns by which others are found.

mod deep;
mod going;
mod hold;
mod search;
mod slices;

pub(super) use deep::DEEP;
pub(super) use slices::Slice;

use super::flow::Set;
use super::graph::{Graph, Member};
use super::references::Edge;
use crate::sql::{Flavor, ident};

/// Of all rows, or of those of one batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extent {
    Whole,
    Batch,
}

/// Writes the SQL for the rows of one extent.
#[derive(Clone, Copy)]
pub(super) struct Keys<'a> {
    pub(super) graph: &'a Graph,
    pub(super) flavor: Flavor,
    pub(super) extent: Extent,
    /// Which rows of the policy's own table are old.
    pub(super) old: &'a str,
}

impl Keys<'_> {
    /// The temporary table of a set.
    pub(super) fn set(&self, set: Set) -> String {
        match set {
            Set::Going(at) => self.temporary("going", at),
            Set::Freed(at) => self.temporary("freed", at),
        }
    }

    fn temporary(&self, what: &str, at: usize) -> String {
        let extent = match self.extent {
            Extent::Whole => "whole",
            Extent::Batch => "batch",
        };
        format!("{}.mainstay_{extent}_{what}_{at}", self.schema())
    }

    fn schema(&self) -> &'static str {
        if self.flavor == Flavor::Postgres { "pg_temp" } else { "temp" }
    }

    /// Makes the temporary table `name` for rows of table `at`.
    pub(super) fn create(&self, name: &str, at: usize) -> String {
        let bare = name.rsplit('.').next().unwrap_or(name);
        format!("CREATE TEMP TABLE {bare} AS SELECT 0 AS round, x.* FROM ({}) x LIMIT 0", self.rows(at, None))
    }

    /// What makes it quick to find a single row of table `at` in the temporary table `name`, or those of a single round.
    pub(super) fn index_rounds(&self, at: usize, name: &str) -> Vec<String> {
        let known = self.known_by(at, "");
        let known: Vec<String> = known.iter().map(|column| column.trim_start_matches('.').to_owned()).collect();
        vec![self.index(name, &["round".to_owned()]), self.index(name, &known)]
    }

    fn index(&self, table: &str, columns: &[String]) -> String {
        let (schema, bare) = table.split_once('.').unwrap_or(("", table));
        let (name, columns) = (format!("{bare}_{}", columns.join("_")), columns.join(", "));
        match self.flavor {
            Flavor::Postgres => format!("CREATE INDEX IF NOT EXISTS {name} ON {table} ({columns})"),
            Flavor::Sqlite => format!("CREATE INDEX IF NOT EXISTS {schema}.{name} ON {bare} ({columns})"),
        }
    }

    /// The condition on a row of table `at`, unqualified, that it is among those that `from` (a FROM and WHERE) lists.
    fn is_among(&self, at: usize, from: &str) -> String {
        let member = &self.graph.tables[at];
        // An array makes PostgreSQL go to the rows by their places or keys, whatever it thinks of the temporary table's size.
        match self.flavor {
            Flavor::Postgres if self.is_by_place(at) => {
                let places = format!("ctid = ANY (ARRAY(SELECT s.tid {from}))");
                match member.partitioned {
                    true => format!("{places} AND (tableoid, ctid) IN (SELECT s.part, s.tid {from})"),
                    false => places,
                }
            }
            Flavor::Postgres => {
                let key = row_key(member);
                let first = format!("{} = ANY (ARRAY(SELECT s.k0 {from}))", key[0]);
                let columns: Vec<String> = (0..key.len()).map(|n| format!("s.k{n}")).collect();
                match key.len() {
                    1 => first,
                    _ => format!("{first} AND ({}) IN (SELECT {} {from})", key.join(", "), columns.join(", ")),
                }
            }
            Flavor::Sqlite => {
                let columns: Vec<String> = (0..member.row_key.len()).map(|n| format!("s.k{n}")).collect();
                format!("({}) IN (SELECT {} {from})", row_key(member).join(", "), columns.join(", "))
            }
        }
    }

    /// Rows of table `at` are known by where they are.
    pub(super) fn is_by_place(&self, at: usize) -> bool {
        self.flavor == Flavor::Postgres && self.graph.tables[at].row_key.is_empty()
    }

    /// The rows of table `at`, as temporary tables have them, that meet `condition`, in which columns stand without a table's name.
    pub(super) fn rows(&self, at: usize, condition: Option<&str>) -> String {
        let member = &self.graph.tables[at];
        let mut list = match (self.is_by_place(at), member.partitioned) {
            (true, true) => vec!["tableoid AS part".to_owned(), "ctid AS tid".to_owned()],
            (true, false) => vec!["ctid AS tid".to_owned()],
            (false, _) => row_key(member).iter().enumerate().map(|(n, column)| format!("{column} AS k{n}")).collect(),
        };
        let columns = member.columns.iter().enumerate();
        list.extend(columns.map(|(n, column)| format!("{} AS c{n}", ident(column))));
        for (number, edge) in self.graph.edges.iter().enumerate().filter(|(_, edge)| edge.from == member.name) {
            list.extend(edge.condition.as_ref().map(|condition| format!("({condition}\n) AS l{number}")));
        }
        let condition = condition.map(|condition| format!(" WHERE ({condition}\n)")).unwrap_or_default();
        format!("SELECT {} FROM {}{condition}", list.join(", "), self.table(at))
    }

    /// The columns of what [`Keys::rows`] gives of table `at`, under `alias`.
    fn columns(&self, at: usize, alias: &str) -> Vec<String> {
        let member = &self.graph.tables[at];
        let mut list = self.known_by(at, alias);
        list.extend((0..member.columns.len()).map(|n| format!("{alias}.c{n}")));
        let links = self.graph.edges.iter().enumerate().filter(|(_, edge)| edge.from == member.name);
        list.extend(links.filter(|(_, edge)| edge.condition.is_some()).map(|(number, _)| format!("{alias}.l{number}")));
        list
    }

    /// The table that refers along `edge`, in FROM and UPDATE; a key does not hold for tables that inherit from it.
    pub(super) fn referring_table(&self, edge: &Edge) -> String {
        match (self.flavor, &edge.constraint) {
            (Flavor::Postgres, Some(_)) if !edge.partitioned => format!("ONLY {}", edge.from),
            _ => edge.from.to_string(),
        }
    }

    /// The rows that refer along `edge`.
    pub(super) fn referring(&self, edge: &Edge) -> String {
        let table = self.referring_table(edge);
        match &edge.condition {
            Some(condition) => format!("(SELECT * FROM {table} WHERE ({condition}\n))"),
            None => table,
        }
    }

    /// Table `at` in FROM.
    pub(super) fn table(&self, at: usize) -> String {
        let member = &self.graph.tables[at];
        match (self.flavor, member.partitioned) {
            (Flavor::Postgres, false) => format!("ONLY {}", member.name),
            _ => member.name.to_string(),
        }
    }

    /// The condition that a row of table `at` under `alias`, as temporary tables have it, is not in the temporary table `name`.
    fn not_in(&self, at: usize, alias: &str, name: &str) -> String {
        let known = self.known_by(at, alias);
        match self.flavor {
            Flavor::Postgres => {
                let equal: Vec<String> =
                    known.iter().zip(self.known_by(at, "n")).map(|(a, b)| format!("{a} = {b}")).collect();
                format!("NOT EXISTS (SELECT FROM {name} n WHERE {})", equal.join(" AND "))
            }
            // SQLite makes an index of the list, but none for what stands in EXISTS.
            Flavor::Sqlite => {
                format!("({}) NOT IN (SELECT {} FROM {name} n)", known.join(", "), self.known_by(at, "n").join(", "))
            }
        }
    }

    /// What a row of table `at` is known by in temporary tables.
    fn known_by(&self, at: usize, alias: &str) -> Vec<String> {
        let member = &self.graph.tables[at];
        match (self.is_by_place(at), member.partitioned) {
            (true, true) => vec![format!("{alias}.part"), format!("{alias}.tid")],
            (true, false) => vec![format!("{alias}.tid")],
            (false, _) => (0..member.row_key.len()).map(|n| format!("{alias}.k{n}")).collect(),
        }
    }

    /// A column of table `at` as temporary tables call it.
    pub(super) fn key_column(&self, at: usize, column: &str) -> String {
        let place = self.graph.tables[at].columns.iter().position(|one| one == column);
        format!("c{}", place.unwrap_or_default())
    }
}

/// The columns that a row is known by, quoted; the row's own number is no name that may be quoted away.
fn row_key(member: &Member) -> Vec<String> {
    match member.row_key.as_slice() {
        [number] if ["rowid", "_rowid_", "oid"].contains(&number.as_str()) => vec![number.clone()],
        columns => columns.iter().map(|column| ident(column)).collect(),
    }
}
