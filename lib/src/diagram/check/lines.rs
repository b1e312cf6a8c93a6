//! Which line of a diagram stands for which foreign key.

use crate::catalog::Name;

use super::super::drawn::{Drawn, DrawnRelation, End};
use super::super::graph::Relation;
use super::super::mermaid;
use super::{Change, Check, Subject};

impl Check<'_> {
    pub(super) fn relations(&mut self, drawn: &Drawn) {
        let graph = self.graph;
        let mut open = Open::new(&graph.relations);
        // Lines that name their columns choose first; others take what is left.
        let (clear, vague): (Vec<_>, Vec<_>) = drawn.relations.iter().partition(|line| open.is_named(line, self));
        for line in clear.into_iter().chain(vague) {
            let (left, right) = (self.end(drawn, &line.left), self.end(drawn, &line.right));
            let (Some(left), Some(right)) = (left, right) else {
                self.extra(line);
                continue;
            };
            if graph.aside.contains(&left) || graph.aside.contains(&right) {
                continue;
            }
            let words_allowed = !self.exact && !names_a_column(drawn, line);
            match open.take(line, &left, &right, words_allowed) {
                Some((relation, turned)) => self.cardinality(relation, line, turned),
                None => self.extra(line),
            }
        }
        for (relation, columns) in open.left() {
            let name = self.relation_name(relation);
            let whole = columns.len() == relation.columns.len();
            let detail = if whole { relation.name.clone() } else { format!("no line for {}", columns.join(", ")) };
            self.tell(Change::Missing, Subject::Relation, name, detail);
        }
    }

    /// The table at the end of a line, which names it as its entity is named.
    fn end(&self, drawn: &Drawn, id: &str) -> Option<Name> {
        let entity = drawn.entities.iter().find(|entity| entity.id == id);
        entity.and_then(|entity| self.drawn_table(entity)).or_else(|| self.table(id)).cloned()
    }

    fn relation_name(&self, relation: &Relation) -> String {
        let (from, to) = (self.graph.label(&relation.from), self.graph.label(&relation.to));
        format!("{from} -> {to} ({})", relation.columns.join(", "))
    }

    fn extra(&mut self, line: &DrawnRelation) {
        let label = if line.label.is_empty() { String::new() } else { format!(" ({})", line.label) };
        self.tell(Change::Extra, Subject::Relation, format!("{} -> {}{label}", line.left, line.right), "");
    }

    fn cardinality(&mut self, relation: &Relation, line: &DrawnRelation, turned: bool) {
        let (many, one) = if turned { (line.right_end, line.left_end) } else { (line.left_end, line.right_end) };
        // mermerd looks at primary keys alone, and at no NULL: what it writes is not stale.
        let may_be_many = !relation.one_to_one || (!self.exact && !relation.is_primary_key);
        let may_be_one = relation.one_to_one;
        let fits = if many.is_many() { may_be_many } else { may_be_one };
        let is_optional = one == End::ZeroOrOne;
        let reaches = !one.is_many() && (is_optional == relation.optional || (!self.exact && !is_optional));
        if !fits || !reaches {
            let name = self.relation_name(relation);
            let words = |many: bool, optional: bool| {
                format!("{} to {}", if many { "many" } else { "one" }, if optional { "zero or one" } else { "one" })
            };
            let was = words(many.is_many(), is_optional);
            let is = words(!relation.one_to_one, relation.optional);
            self.tell(Change::Changed, Subject::Relation, name, format!("{was}, now {is}"));
        }
    }
}

/// The foreign keys for which no line was found yet, with the columns that are still without one.
struct Open<'a>(Vec<(&'a Relation, Vec<String>)>);

impl<'a> Open<'a> {
    fn new(relations: &'a [Relation]) -> Self {
        Self(relations.iter().map(|relation| (relation, relation.columns.clone())).collect())
    }

    /// Does the line's label name a foreign key between its ends?
    fn is_named(&self, line: &DrawnRelation, check: &Check<'_>) -> bool {
        let ends = [check.table(&line.left), check.table(&line.right)];
        self.0.iter().any(|(relation, _)| {
            ends.contains(&Some(&relation.from)) && ends.contains(&Some(&relation.to)) && names(relation, &line.label)
        })
    }

    /// The key that the line stands for, and whether the line is drawn from the table that is pointed at. mermerd draws a line
    /// for each column, others one for the whole key.
    fn take(
        &mut self,
        line: &DrawnRelation,
        left: &Name,
        right: &Name,
        words_allowed: bool,
    ) -> Option<(&'a Relation, bool)> {
        let goes = |from: &Name, to: &Name, relation: &Relation| relation.from == *from && relation.to == *to;
        let points_left = line.right_end.is_many() && !line.left_end.is_many();
        let points_right = line.left_end.is_many() && !line.right_end.is_many();
        // Of a table that points at itself, only the ends tell.
        let turned = |relation: &Relation| {
            if relation.from == relation.to { points_left } else { !goes(left, right, relation) }
        };
        let by_column = |(relation, open): &(&Relation, Vec<String>)| {
            let named = open.iter().any(|column| spelled(&line.label, column));
            named && (goes(left, right, relation) || goes(right, left, relation))
        };
        let is_whole = |(relation, open): &(&Relation, Vec<String>)| {
            let there = goes(left, right, relation) && !points_left || goes(right, left, relation) && !points_right;
            there && open.len() == relation.columns.len()
        };
        let of_label = |one: &(&Relation, Vec<String>)| is_whole(one) && names(one.0, &line.label);
        if let Some(at) = self.0.iter().position(by_column) {
            let (relation, open) = &mut self.0[at];
            let column = open.iter().position(|column| spelled(&line.label, column))?;
            open.remove(column);
            return Some((*relation, turned(relation)));
        }
        let in_words = |one: &(&Relation, Vec<String>)| words_allowed && is_whole(one);
        let at = self.0.iter().position(of_label).or_else(|| self.0.iter().position(in_words))?;
        let (relation, open) = &mut self.0[at];
        open.clear();
        Some((*relation, turned(relation)))
    }

    fn left(self) -> impl Iterator<Item = (&'a Relation, Vec<String>)> {
        self.0.into_iter().filter(|(_, open)| !open.is_empty())
    }
}

/// Is the label a column of one of the ends, as they are drawn? It is more than words then.
fn names_a_column(drawn: &Drawn, line: &DrawnRelation) -> bool {
    let ends = drawn.entities.iter().filter(|entity| entity.id == line.left || entity.id == line.right);
    ends.flat_map(|entity| &entity.columns).any(|column| spelled(&line.label, &column.name))
}

/// Does a label name the key, by its constraint, one of its columns or all of them?
fn names(relation: &Relation, label: &str) -> bool {
    label == relation.name
        || relation.columns.iter().any(|column| spelled(label, column))
        || label.split(',').map(str::trim).eq(relation.columns.iter().map(String::as_str))
}

fn spelled(label: &str, column: &str) -> bool {
    label == column || mermaid::word(label) == mermaid::word(column)
}
