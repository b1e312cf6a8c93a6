//! Conditions on the rows themselves: that they go, that they refer to one that does.

use super::{Keys, row_key};
use crate::cleanup::flow::Set;
use crate::cleanup::references::Edge;
use crate::sql::{Flavor, ident, literal};

impl Keys<'_> {
    /// The condition on a row of table `at`, unqualified, that it goes.
    pub(in crate::cleanup) fn goes(&self, at: usize) -> String {
        self.is_among(at, &format!("FROM {} s", self.set(Set::Going(at))))
    }

    /// The condition on a row of the table that refers along `edge`, unqualified, that it refers to one that goes and stays itself.
    pub(in crate::cleanup) fn left_behind(&self, edge: &Edge, to: usize) -> String {
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
