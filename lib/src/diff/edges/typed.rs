//! Tables that are made of a type: it changes while nobody reads what goes from them, and before anything is done to what comes.

use super::{Edges, piece};
use crate::catalog::{ObjectId, ObjectKind, Table};
use crate::diff::objects;
use crate::diff::order::Order;
use crate::diff::side::Side;
use crate::diff::verb::Verb;
use crate::diff::work::Piece;

impl Edges<'_, '_> {
    pub(super) fn of_typed(&self, order: &mut Order<Piece>) {
        for new in &self.to.catalog.tables {
            let Some(old) = self.from.table(&new.name) else { continue };
            if old.of_type.is_some() || new.of_type.is_some() {
                self.of_typed_table(order, (old, new));
            }
        }
    }

    fn of_typed_table(&self, order: &mut Order<Piece>, (old, new): (&Table, &Table)) {
        let id = new.id();
        let lasting = objects::lasting_type(old, new, self.from, self.to);
        let alter = lasting.map(|of_type| piece(Verb::Alter, &of_type));
        let columns = |side: &Side<'_>| -> Vec<ObjectId> {
            side.parts(&id).iter().filter(|part| part.kind == ObjectKind::Column).cloned().collect()
        };
        for column in columns(self.from) {
            for change in [self.leaver(&column), piece(Verb::Alter, &column)] {
                order.put(&piece(Verb::Release, &id), &change);
                order.put(&change, &piece(Verb::Restore, &id));
            }
            if let Some(alter) = &alter {
                let readers = self.from.dependents(&column);
                readers.iter().for_each(|reader| order.put(&self.leaver(reader), alter));
                order.put(&self.leaver(&column), alter);
                order.put(&piece(Verb::Release, &column), alter);
            }
        }
        for column in columns(self.to) {
            order.put(&piece(Verb::Release, &id), &self.maker(&column));
            order.put(&self.maker(&column), &piece(Verb::Restore, &id));
            if let Some(alter) = &alter {
                let readers = self.to.dependents(&column);
                readers.iter().for_each(|reader| order.put(alter, &self.maker(reader)));
                for then in [self.maker(&column), piece(Verb::Alter, &column), piece(Verb::Restore, &column)] {
                    order.put(alter, &then);
                }
            }
        }
        // A table can be made of a type only when its columns stand in the same order.
        let made: Vec<Piece> = new
            .columns
            .iter()
            .map(|column| ObjectId::part(ObjectKind::Column, &new.name, &*column.name))
            .filter(|column| !self.from.has(column))
            .map(|column| self.maker(&column))
            .collect();
        made.windows(2).for_each(|pair| order.put(&pair[0], &pair[1]));
    }
}
