//! Rows that stay after all, for somebody who stays refers to them.

use super::Keys;
use crate::cleanup::flow::Set;
use crate::sql::{Flavor, ident};

impl Keys<'_> {
    /// The temporary table of rows that would go but for somebody who refers to them.
    pub(in crate::cleanup) fn held(&self, at: usize) -> String {
        self.temporary("held", at)
    }

    /// Puts those rows of table `at` among the held, in their `round`, that somebody refers to along `edge` who stays: `anew` among
    /// all rows, else among those that the round before has held. `full` says whether any of the table are held already.
    pub(in crate::cleanup) fn hold(&self, at: usize, number: usize, full: bool, round: u32, anew: bool) -> String {
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
    pub(in crate::cleanup) fn hold_default(
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
            .filter_map(|(column, value)| Some(format!("g.{} = ({value})", self.key_column(at, key(column)?))))
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
    pub(in crate::cleanup) fn index_chain(&self, at: usize, keys: &[String]) -> Vec<String> {
        let keys: Vec<String> = keys.iter().map(|key| self.key_column(at, key)).collect();
        let mut wanted = self.index_rounds(at, &self.held(at));
        wanted.push(self.index(&self.set(Set::Going(at)), &keys));
        wanted
    }

    /// Takes the held rows of table `at` out of those that go.
    pub(in crate::cleanup) fn let_stay(&self, at: usize) -> String {
        let going = self.set(Set::Going(at));
        let equal: Vec<String> =
            self.known_by(at, "h").iter().zip(self.known_by(at, &going)).map(|(a, b)| format!("{a} = {b}")).collect();
        format!("DELETE FROM {going} WHERE EXISTS (SELECT 1 FROM {} h WHERE {})", self.held(at), equal.join(" AND "))
    }
}
