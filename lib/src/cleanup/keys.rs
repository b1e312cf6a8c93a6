//! The SQL that finds rows and keeps in temporary tables which they are: never the rows themselves, only what they are known by
//! and the columns by which others are found.

use super::flow::{Set, Step};
use super::graph::{Graph, Member};
use super::references::Edge;
use crate::sql::{Flavor, ident, literal};

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

/// A slice of the rows that a whole search began with: those numbered from `after`, not itself, to `to`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Slice {
    pub(super) table: usize,
    pub(super) after: u64,
    pub(super) to: u64,
}

impl Keys<'_> {
    /// The temporary table of a set.
    pub(super) fn set(&self, set: Set) -> String {
        match set {
            Set::Going(at) => self.temporary("going", at),
            Set::Freed(at) => self.temporary("freed", at),
        }
    }

    /// The temporary table of rows that would go but for somebody who refers to them.
    pub(super) fn held(&self, at: usize) -> String {
        self.temporary("held", at)
    }

    /// The temporary table that numbers the rows that a whole search of table `at` began with.
    pub(super) fn numbered(&self, at: usize) -> String {
        format!("{}.mainstay_numbered_{at}", self.schema())
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

    /// Puts in the rows that a search of table `at` begins with; in a batch those of a slice.
    pub(super) fn begin(&self, at: usize, slice: Option<Slice>, held: bool) -> String {
        let mut conditions = vec![if at == 0 { format!("({}\n)", self.old) } else { self.unreferenced(at) }];
        // A swept table may be the policy's own.
        if at == 0 && self.graph.tables[0].orphans == Some(crate::config::OrphanRule::All) {
            conditions = vec![format!("({} OR ({}))", conditions[0], self.unreferenced(at))];
        }
        if let Some(slice) = slice {
            let (numbered, Slice { after, to, .. }) = (self.numbered(at), slice);
            let within = format!("FROM {numbered} s WHERE s.n > {after} AND s.n <= {to}");
            conditions.push(self.is_among(at, &within));
        }
        let rows = self.rows(at, Some(&conditions.join(" AND ")));
        let without = if held { format!(" WHERE {}", self.not_in(at, "x", &self.held(at))) } else { String::new() };
        format!("INSERT INTO {} SELECT 0, x.* FROM ({rows}) x{without}", self.set(Set::Going(at)))
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

    /// Nobody refers to a row of table `at`.
    fn unreferenced(&self, at: usize) -> String {
        let member = &self.graph.tables[at];
        let referenced = self.graph.references_to(at).filter(|(_, edge)| edge.keeps()).map(|(_, edge)| {
            let pairs = edge.columns.iter().zip(&edge.keys).enumerate();
            let equal: Vec<String> = pairs
                .map(|(n, (column, key))| {
                    let column = edge.compared(n, format!("r.{}", ident(column)));
                    format!("{column} = {}.{}", member.name, ident(key))
                })
                .collect();
            format!("NOT EXISTS (SELECT 1 FROM {} r WHERE {})", self.referring(edge), equal.join(" AND "))
        });
        let conditions: Vec<String> = referenced.collect();
        if conditions.is_empty() { "1 = 1".to_owned() } else { conditions.join(" AND ") }
    }

    /// Follows `step` from the rows that the round before has found; `full` says whether the target has rows already, `held`
    /// whether any of its table are held back.
    pub(super) fn advance(&self, step: &Step, round: u32, full: bool, held: bool) -> String {
        let (edge, at) = (&self.graph.edges[step.edge], step.target.table());
        let source = step.source.table();
        let (here, there) = if step.down { (&edge.columns, &edge.keys) } else { (&edge.keys, &edge.columns) };
        let here = here.iter().enumerate();
        let here: Vec<String> =
            here.map(|(n, column)| edge.compared(n, format!("x.{}", self.key_column(at, column)))).collect();
        let there: Vec<String> = there.iter().map(|column| format!("s.{}", self.key_column(source, column))).collect();
        let condition = if step.down { edge.condition.as_deref() } else { None };
        let is_link =
            if step.down || edge.condition.is_none() { String::new() } else { format!(" AND s.l{}", step.edge) };
        let mut sql = format!(
            "INSERT INTO {} SELECT {}, x.* FROM ({}) x WHERE ({}) IN (SELECT {} FROM {} s WHERE s.round = {round}{is_link})",
            self.set(step.target),
            round + 1,
            self.rows(at, condition),
            here.join(", "),
            there.join(", "),
            self.set(step.source),
        );
        if full {
            sql += &format!(" AND {}", self.not_in(at, "x", &self.set(step.target)));
        }
        if held && matches!(step.target, Set::Going(_)) {
            sql += &format!(" AND {}", self.not_in(at, "x", &self.held(at)));
        }
        sql
    }

    /// Puts those rows of table `at` among the held, in their `round`, that somebody refers to along `edge` who stays: `anew` among
    /// all rows, else among those that the round before has held. `full` says whether any of the table are held already.
    pub(super) fn hold(&self, at: usize, number: usize, full: bool, round: u32, anew: bool) -> String {
        let edge = &self.graph.edges[number];
        let from = self.graph.place(&edge.from);
        let pairs = |alias: &str, columns: &dyn Fn(&String) -> String| {
            let pairs = edge.columns.iter().zip(&edge.keys).enumerate();
            let equal: Vec<String> = pairs
                .map(|(n, (column, key))| {
                    let column = edge.compared(n, format!("{alias}.{}", columns(column)));
                    format!("{column} = g.{}", self.key_column(at, key))
                })
                .collect();
            equal.join(" AND ")
        };
        let mut conditions = Vec::new();
        let refers = match (edge.keeps(), from) {
            (_, Some(from)) if !anew => {
                conditions.push(format!("r.round = {}", round - 1));
                conditions.push(pairs("r", &|column| self.key_column(from, column)));
                conditions.extend(edge.condition.as_ref().map(|_| format!("r.l{number}")));
                self.held(from)
            }
            (true, Some(from)) => {
                conditions.push(pairs("r", &|column| self.key_column(from, column)));
                conditions.push(self.not_in(from, "r", &self.set(Set::Going(from))));
                format!("({})", self.rows(from, edge.condition.as_deref()))
            }
            (true, None) => {
                conditions.push(pairs("r", &|column| ident(column)));
                self.referring(edge)
            }
            // All that follow were found: one that does not go is held back itself.
            (false, from) => {
                let from = from.unwrap_or_default();
                conditions.push(pairs("r", &|column| self.key_column(from, column)));
                conditions.extend(edge.condition.as_ref().map(|_| format!("r.l{number}")));
                self.held(from)
            }
        };
        if full {
            conditions.push(self.not_in(at, "g", &self.held(at)));
        }
        let (distinct, group) = match self.flavor {
            Flavor::Postgres => (format!("DISTINCT ON ({}) ", self.known_by(at, "g").join(", ")), String::new()),
            Flavor::Sqlite => (String::new(), format!(" GROUP BY {}", self.known_by(at, "g").join(", "))),
        };
        format!(
            "INSERT INTO {} SELECT {distinct}{round}, {} FROM {} g JOIN {refers} r ON {}{group}",
            self.held(at),
            self.columns(at, "g").join(", "),
            self.set(Set::Going(at)),
            conditions.join(" AND "),
        )
    }

    /// Puts the row of table `at` among the held that rows which refer along an edge get by `defaults` instead of one that goes.
    pub(super) fn hold_default(
        &self,
        at: usize,
        number: usize,
        defaults: &[(String, String)],
        full: bool,
        round: u32,
    ) -> String {
        let edge = &self.graph.edges[number];
        let key = |column: &String| edge.columns.iter().position(|one| one == column).and_then(|n| edge.keys.get(n));
        let mut conditions: Vec<String> = defaults
            .iter()
            .filter_map(|(column, value)| Some(format!("g.{} = {value}", self.key_column(at, key(column)?))))
            .collect();
        if full {
            conditions.push(self.not_in(at, "g", &self.held(at)));
        }
        format!(
            "INSERT INTO {} SELECT {round}, {} FROM {} g WHERE {}",
            self.held(at),
            self.columns(at, "g").join(", "),
            self.set(Set::Going(at)),
            conditions.join(" AND "),
        )
    }

    /// What makes it quick to hold back row after row of table `at`, `keys` being what is referred to.
    pub(super) fn index_chain(&self, at: usize, keys: &[String]) -> Vec<String> {
        let (going, held) = (self.set(Set::Going(at)), self.held(at));
        let keys: Vec<String> = keys.iter().map(|key| self.key_column(at, key)).collect();
        let known: Vec<String> =
            self.known_by(at, "").iter().map(|name| name.trim_start_matches('.').to_owned()).collect();
        let wanted = [(&held, "round".to_owned()), (&held, known.join(", ")), (&going, keys.join(", "))];
        let create = |(table, columns): &(&String, String)| {
            let (schema, bare) = table.split_once('.').unwrap_or(("", table));
            let name = format!("{bare}_{}", columns.replace(", ", "_"));
            match self.flavor {
                Flavor::Postgres => format!("CREATE INDEX IF NOT EXISTS {name} ON {table} ({columns})"),
                Flavor::Sqlite => format!("CREATE INDEX IF NOT EXISTS {schema}.{name} ON {bare} ({columns})"),
            }
        };
        wanted.iter().map(create).collect()
    }

    /// Takes the held rows of table `at` out of those that go.
    pub(super) fn let_stay(&self, at: usize) -> String {
        let going = self.set(Set::Going(at));
        let equal: Vec<String> =
            self.known_by(at, "h").iter().zip(self.known_by(at, &going)).map(|(a, b)| format!("{a} = {b}")).collect();
        format!("DELETE FROM {going} WHERE EXISTS (SELECT 1 FROM {} h WHERE {})", self.held(at), equal.join(" AND "))
    }

    /// Numbers the rows that the whole search of table `at` began with and that go.
    pub(super) fn number(&self, at: usize) -> String {
        let name = self.numbered(at);
        let bare = name.rsplit('.').next().unwrap_or(&name);
        let known: Vec<String> = self.known_by(at, "g");
        format!(
            "CREATE TEMP TABLE {bare} AS SELECT row_number() OVER () AS n, {} FROM {} g WHERE g.round = 0",
            known.join(", "),
            self.set(Set::Going(at))
        )
    }

    /// Lets a slice of the numbered rows be found.
    pub(super) fn index_numbers(&self, at: usize) -> String {
        let name = self.numbered(at);
        match self.flavor {
            // The rows lie in the order of their numbers: which pages have which is enough, and a thousandth of the room.
            Flavor::Postgres => {
                format!("CREATE INDEX ON {name} USING brin (n) WITH (pages_per_range = 16);\nANALYZE {name}")
            }
            Flavor::Sqlite => format!("CREATE INDEX temp.mainstay_numbered_{at}_n ON mainstay_numbered_{at} (n)"),
        }
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
    fn referring(&self, edge: &Edge) -> String {
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

    /// The condition on a row of table `at`, unqualified, that it goes.
    pub(super) fn goes(&self, at: usize) -> String {
        self.is_among(at, &format!("FROM {} s", self.set(Set::Going(at))))
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

    /// A row of table `at` that meets `condition` and does not go, if there is one.
    pub(super) fn one_that_stays(&self, at: usize, condition: Option<&str>) -> String {
        let stays = self.not_in(at, "x", &self.set(Set::Going(at)));
        format!("SELECT 1 FROM ({}) x WHERE {stays} LIMIT 1", self.rows(at, condition))
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

    /// The condition on a row of the table that refers along `edge`, unqualified, that it refers to one that goes and stays itself.
    pub(super) fn left_behind(&self, edge: &Edge, to: usize) -> String {
        let columns = edge.columns.iter().enumerate();
        let columns: Vec<String> = columns.map(|(n, column)| edge.compared(n, ident(column))).collect();
        let keys: Vec<String> = edge.keys.iter().map(|key| format!("s.{}", self.key_column(to, key))).collect();
        let going = self.set(Set::Going(to));
        let mut sql = format!("({}) IN (SELECT {} FROM {going} s)", columns.join(", "), keys.join(", "));
        if let Some(condition) = &edge.condition {
            sql += &format!(" AND ({condition}\n)");
        }
        if let Some(from) = self.graph.place(&edge.from) {
            let member = &self.graph.tables[from];
            // A link holds for tables that inherit, and none of their rows goes, wherever it is.
            let own = match self.flavor {
                Flavor::Postgres if edge.constraint.is_none() && !member.partitioned => {
                    format!(" AND {}.tableoid = {}::regclass", edge.from, literal(&edge.from.to_string()))
                }
                _ => String::new(),
            };
            sql += &match self.flavor {
                Flavor::Postgres if !self.is_by_place(from) => {
                    let known = row_key(member).into_iter().zip(self.known_by(from, "n"));
                    let equal: Vec<String> = known.map(|(own, n)| format!("{n} = {}.{own}", edge.from)).collect();
                    let going = self.set(Set::Going(from));
                    format!(" AND NOT EXISTS (SELECT FROM {going} n WHERE {}{own})", equal.join(" AND "))
                }
                Flavor::Postgres => {
                    let part = if member.partitioned {
                        format!(" AND n.part = {}.tableoid", edge.from)
                    } else {
                        String::new()
                    };
                    let going = self.set(Set::Going(from));
                    format!(" AND NOT EXISTS (SELECT FROM {going} n WHERE n.tid = {}.ctid{part}{own})", edge.from)
                }
                Flavor::Sqlite => format!(" AND NOT ({})", self.goes(from)),
            };
        }
        sql
    }
}

/// The columns that a row is known by, quoted; the row's own number is no name that may be quoted away.
fn row_key(member: &Member) -> Vec<String> {
    match member.row_key.as_slice() {
        [number] if ["rowid", "_rowid_", "oid"].contains(&number.as_str()) => vec![number.clone()],
        columns => columns.iter().map(|column| ident(column)).collect(),
    }
}
