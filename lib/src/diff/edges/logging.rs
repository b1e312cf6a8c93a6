//! Tables whose changes are written to the log or not, and the foreign keys between them.

use super::{Edges, piece};
use crate::catalog::{ObjectId, ObjectKind, Persistence, Table};
use crate::diff::order::Order;
use crate::diff::verb::Verb;
use crate::diff::work::Piece;

impl Edges<'_, '_> {
    /// A logged table never points at one that is not: that which points is the first not to be logged any more, and the last to be
    /// logged again.
    pub(super) fn of_logging(&self, order: &mut Order<Piece>) {
        let becomes = |table: &Table| {
            let new = self.to.table(&table.name).filter(|new| new.persistence != table.persistence);
            new.map(|new| new.persistence)
        };
        for table in &self.from.catalog.tables {
            for key in table.foreign_keys() {
                let Some(other) = key.references.as_ref().and_then(|to| self.from.table(&to.table)) else { continue };
                let id = ObjectId::part(ObjectKind::Constraint, &table.name, &*key.name);
                let [points, stands] = [table, other].map(|table| piece(Verb::Alter, &table.id()));
                if self.fates.is_dropped(&id) {
                    order.put(&self.leaver(&id), &points);
                    order.put(&self.leaver(&id), &stands);
                } else if becomes(other) == Some(Persistence::Unlogged) {
                    order.put(&points, &stands);
                } else if becomes(table) == Some(Persistence::Permanent) {
                    order.put(&stands, &points);
                }
            }
        }
        for table in &self.to.catalog.tables {
            for key in table.foreign_keys() {
                let id = ObjectId::part(ObjectKind::Constraint, &table.name, &*key.name);
                let stands = key.references.iter().filter_map(|to| self.to.table(&to.table)).map(Table::id);
                for table in stands.chain([table.id()]).filter(|_| self.fates.is_made(&id)) {
                    order.put(&piece(Verb::Alter, &table), &self.maker(&id));
                }
            }
        }
    }
}
