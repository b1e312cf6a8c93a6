//! Rows that are found: where a search begins, and how it follows the references.

use super::{Keys, Slice};
use crate::cleanup::flow::{Set, Step};
use crate::sql::ident;

impl Keys<'_> {
    /// Puts in the rows that a search of table `at` begins with; in a batch those of a slice.
    pub(in crate::cleanup) fn begin(&self, at: usize, slice: Option<Slice>, held: bool) -> String {
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
    pub(in crate::cleanup) fn advance(&self, step: &Step, round: u32, full: bool, held: bool) -> String {
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

    /// A row of table `at` that meets `condition` and does not go, if there is one. PostgreSQL plans what is materialized as if all
    /// of it were wanted: for one row alone it compares each with all that go, and those that go may be the first.
    pub(in crate::cleanup) fn one_that_stays(&self, at: usize, condition: Option<&str>) -> String {
        let stays = self.not_in(at, "x", &self.set(Set::Going(at)));
        let rows = self.rows(at, condition);
        format!("WITH stays AS MATERIALIZED (SELECT 1 FROM ({rows}) x WHERE {stays}) SELECT 1 FROM stays LIMIT 1")
    }
}
