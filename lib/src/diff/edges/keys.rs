//! Keys: those that partitions get with their table, the columns that they leave, and the foreign keys that find them.

use super::{Edges, piece};
use crate::catalog::{ConstraintKind, Content, Index, Name, ObjectId, ObjectKind, Table};
use crate::diff::objects;
use crate::diff::order::Order;
use crate::diff::verb::Verb;
use crate::diff::work::Piece;
use crate::sql::ident;

impl Edges<'_, '_> {
    /// A key that all partitions get with their table is made once they are there, without keys of their own in its way.
    pub(super) fn of_keys_for_partitions(&self, order: &mut Order<Piece>) {
        let keys: Vec<&ObjectId> = self.busy.iter().filter(|id| objects::is_for_partitions(id, self.to)).collect();
        for (id, table) in keys.into_iter().filter_map(|id| Some((id, self.to.table_of(id)?))) {
            let maker = self.maker(id);
            for partition in self.below(table).into_iter().map(Table::id) {
                order.put(&piece(Verb::Attach, &partition), &maker);
                for key in self.to.parts(&partition).iter().filter(|key| objects::is_from_table(key, self.to)) {
                    order.put(&self.leaver(key), &maker);
                    order.put(&maker, &self.maker(key));
                }
            }
        }
    }

    /// A column takes NULL only once no primary key has it any more.
    pub(super) fn of_left_columns(&self, order: &mut Order<Piece>) {
        for id in &self.busy {
            let (Some(Content::Constraint(old)), Some(Content::Constraint(new))) = (self.from.get(id), self.to.get(id))
            else {
                continue;
            };
            let left = old.columns.iter().filter(|column| !new.columns.contains(column));
            for column in left.filter(|_| old.kind == ConstraintKind::Primary) {
                let column = ObjectId { kind: ObjectKind::Column, detail: column.clone(), ..id.clone() };
                order.put(&piece(Verb::Alter, id), &piece(Verb::Alter, &column));
            }
        }
    }

    /// A new foreign key takes the first index of its columns, that of a key or one by itself: one that goes or is replaced must
    /// not be there any more.
    pub(super) fn of_found_indexes(&self, order: &mut Order<Piece>) {
        for id in &self.busy {
            let Some(Content::Constraint(key)) = self.to.get(id) else { continue };
            let Some(to) = key.references.as_ref().filter(|_| self.fates.is_made(id)) else { continue };
            let Some(table) = self.from.table(&to.table) else { continue };
            let serves = |columns: &[String]| {
                let is_of = |name: &String| columns.iter().any(|column| column == name || *column == ident(name));
                columns.len() == to.columns.len() && to.columns.iter().all(is_of)
            };
            let indexes =
                table.indexes.iter().filter(|one| one.unique && one.predicate.is_none() && serves(&one.columns));
            for old in indexes.map(|index| holder(table, index)) {
                if !self.to.needs(id).contains(&old) {
                    order.put(&self.leaver(&old), &self.maker(id));
                    order.put(&piece(Verb::Alter, &old), &self.maker(id));
                }
            }
        }
    }
}

/// The key that has the index, or the index itself.
fn holder(table: &Table, index: &Index) -> ObjectId {
    match &index.constraint {
        Some(key) => ObjectId::part(ObjectKind::Constraint, &table.name, &**key),
        None => ObjectId::of(ObjectKind::Index, &Name::new(&*table.name.schema, &*index.name)),
    }
}
