//! Tables whose rows are not what they were: whoever has such rows, or is called with them, is out of the way meanwhile.

use super::heirs::inherited_columns;
use super::{Edges, piece};
use crate::catalog::{ObjectId, ObjectKind};
use crate::diff::objects;
use crate::diff::order::Order;
use crate::diff::verb::Verb;
use crate::diff::work::Piece;

impl Edges<'_, '_> {
    pub(super) fn of_rows(&self, order: &mut Order<Piece>) {
        for column in self.fates.held() {
            let readers = self.from.dependents(column);
            readers.iter().for_each(|reader| order.put(&self.leaver(reader), &piece(Verb::Release, column)));
        }
        // What is an heir's own, its default above all, is given to a column that has its type again.
        for (above, below, _) in inherited_columns(self.to).into_iter().filter(|(above, ..)| self.fates.is_held(above))
        {
            for own in [Verb::Restore, Verb::Alter] {
                order.put(&piece(Verb::Restore, &above), &piece(own, &below));
            }
        }
        for table in self.fates.reshaped() {
            let changes = self.changes_of_rows(table);
            let before = objects::holders(table, self.from);
            let mut before: Vec<Piece> = before.iter().map(|holder| self.let_go(holder)).collect();
            let after = objects::holders(table, self.to);
            let mut after: Vec<Piece> = after.iter().map(|holder| self.taken_up(holder)).collect();
            let taking = |part: &&ObjectId| objects::takes_rows(part, self.from);
            before.extend(self.from.parts(table).iter().filter(taking).map(|part| self.leaver(part)));
            let taking = |part: &&ObjectId| objects::takes_rows(part, self.to);
            after.extend(self.to.parts(table).iter().filter(taking).map(|part| self.maker(part)));
            for change in &changes {
                before.iter().filter(|first| first.id != change.id).for_each(|first| order.put(first, change));
                after.iter().filter(|then| then.id != change.id).for_each(|then| order.put(change, then));
            }
        }
    }

    /// The piece after which the column has no such rows any more.
    fn let_go(&self, holder: &ObjectId) -> Piece {
        match self.fates.is_dropped(holder) {
            true => self.leaver(holder),
            false if self.fates.is_held(holder) => piece(Verb::Release, holder),
            false => piece(Verb::Alter, holder),
        }
    }

    /// The piece that gives the column such rows.
    fn taken_up(&self, holder: &ObjectId) -> Piece {
        match self.fates.is_made(holder) {
            true => self.maker(holder),
            false if self.fates.is_held(holder) => piece(Verb::Restore, holder),
            false => piece(Verb::Alter, holder),
        }
    }

    /// All that is done to the rows of `table`.
    fn changes_of_rows(&self, table: &ObjectId) -> Vec<Piece> {
        let columns = self.from.parts(table).iter().chain(self.to.parts(table));
        let mut changes = vec![piece(Verb::Alter, table)];
        if let (Some(old), Some(new)) = (self.from.table(&table.qualified()), self.to.table(&table.qualified())) {
            let of_type = objects::lasting_type(old, new, self.from, self.to);
            changes.extend(of_type.map(|of_type| piece(Verb::Alter, &of_type)));
        }
        for column in columns.filter(|part| part.kind == ObjectKind::Column) {
            changes.extend([self.leaver(column), self.maker(column), piece(Verb::Alter, column)]);
            if self.fates.is_held(column) {
                changes.extend([piece(Verb::Release, column), piece(Verb::Restore, column)]);
            }
        }
        changes
    }
}
